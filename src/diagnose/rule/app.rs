//! Answers of Kinde's own routes: the SDK's callback, the Management API, the hosted pages.

use crate::diagnose::case::{Case, quoted};
use crate::diagnose::cause::Cause;
use crate::diagnose::rule::{Check, Rule};
#[cfg(test)]
use crate::diagnose::testing::{HTML, JSON, given};
use crate::model::finding::Remedy;
#[cfg(test)]
use crate::model::verdict::{CheckId, Outcome};
#[cfg(test)]
use serde_json::json;

/// The rules.
pub const RULES: &[Rule] = &[
    Rule {
        id: "callback-state",
        rows: &[31],
        about: "The SDK's callback found no state, or another one",
        check: Check::Exchange(state),
        #[cfg(test)]
        fires: || {
            given(500, &[JSON], r#"{"error":"State not found"}"#)
                .at("https://app.example.com/api/auth/kinde_callback?code=x")
        },
        #[cfg(test)]
        silent: || given(500, &[JSON], r#"{"error":"State not found"}"#).at("https://app.example.com/api/v1/states/7"),
    },
    Rule {
        id: "management-api",
        rows: &[50],
        about: "Kinde's Management API wants an M2M token of the kinde.com host",
        check: Check::Exchange(management),
        #[cfg(test)]
        fires: || {
            given(403, &[JSON], r#"{"errors":[{"code":"TOKEN_INVALID","message":"Invalid token"}]}"#)
                .with_token(
                    &json!({ "gty": ["client_credentials"], "iss": "https://account.example.com", "aud": ["https://b.kinde.com/api"] }),
                    &[(CheckId::Signature, Outcome::Pass)],
                )
                .at("https://b.kinde.com/api/v1/users")
        },
        #[cfg(test)]
        silent: || given(403, &[JSON], r#"{"errors":[{"code":"TOKEN_INVALID"}]}"#).good_token(),
    },
    Rule {
        id: "kinde-page-stale",
        rows: &[52],
        about: "Kinde's error page for an old or bookmarked sign-in address (4321, 8809)",
        check: Check::Exchange(stale_page),
        #[cfg(test)]
        fires: || given(400, &[HTML], "<h1>Error code 4321</h1>").at("https://b.kinde.com/auth/cx/_:nav&m:login"),
        #[cfg(test)]
        silent: || given(200, &[HTML], "<h1>Order 4321</h1>").at("https://b.example.com/orders"),
    },
    Rule {
        id: "kinde-page-malformed",
        rows: &[53],
        about: "Kinde's error page for a malformed authorisation request (1656)",
        check: Check::Exchange(malformed_page),
        #[cfg(test)]
        fires: || given(400, &[HTML], "<p>Error code: 1656</p>").at("https://b.kinde.com/oauth2/auth?client_id=x"),
        #[cfg(test)]
        silent: || given(400, &[HTML], "<p>Error code: 1656</p>").at("https://b.example.com/shop"),
    },
    Rule {
        id: "kinde-page-no-method",
        rows: &[21],
        about: "Kinde's page that sees no way to authenticate the user",
        check: Check::Exchange(no_method),
        #[cfg(test)]
        fires: || {
            given(200, &[HTML], "<p>We don't see a way to authenticate you</p>")
                .at("https://b.kinde.com/auth/cx/_:nav&m:auth_error")
        },
        #[cfg(test)]
        silent: || given(200, &[HTML], "<p>Sign in</p>").at("https://b.kinde.com/auth/cx/_:nav&m:login"),
    },
    Rule {
        id: "callback-url-unknown",
        rows: &[18, 19],
        about: "Kinde's page about an invalid callback URL",
        check: Check::Exchange(callback_url),
        #[cfg(test)]
        fires: || {
            given(400, &[HTML], "<h1>Invalid callback URL</h1>")
                .at("https://b.kinde.com/oauth2/auth?redirect_uri=http%3A%2F%2F127.0.0.1%3A1%2Fcb&audience=a")
        },
        #[cfg(test)]
        silent: || given(400, &[HTML], "<h1>Invalid address</h1>").at("https://b.kinde.com/oauth2/auth"),
    },
];

fn state(case: &Case<'_>) -> Option<Cause> {
    let is_callback = case.exchange.request.url.path().ends_with("/kinde_callback");
    let text = case.text();
    let is_it = text.contains("state not found") || text.contains("state mismatch");
    (is_callback && case.status() >= 400 && is_it).then(|| {
        Cause::certain("The sign-in came back to another place than it began at: the app does not know its state")
            .because(case.status_line())
            .because(case.words_as_evidence())
            .fix("Begin on the domain of KINDE_SITE_URL: a preview deployment or `127.0.0.1` beside `localhost` is another one")
            .fix("Link to the login route with a plain `<a>`: `next/link` fetches it in advance and uses up the state")
            .fix("Clear the app's cookies, check the cookie domain, and sign in anew")
    })
}

/// A host of Kinde's, or the provider's own domain.
fn is_at_provider(case: &Case<'_>) -> bool {
    let url = &case.exchange.request.url;
    let host = url.host_str().unwrap_or_default();
    let own = case.provider.and_then(|provider| url::Url::parse(provider.issuer.as_str()).ok());
    host.ends_with(".kinde.com") || own.is_some_and(|own| own.origin() == url.origin())
}

fn management(case: &Case<'_>) -> Option<Cause> {
    let url = &case.exchange.request.url;
    let host = url.host_str().unwrap_or_default();
    if !matches!(case.status(), 401 | 403) || !host.ends_with(".kinde.com") || !url.path().starts_with("/api/v1/") {
        return None;
    }
    let wanted = format!("https://{host}/api");
    let token = case.token?;
    let issuer = token.issuer().unwrap_or_default();
    let audiences = token.audiences();
    Some(
        Cause::likely("Kinde's Management API wants a machine token of the kinde.com host")
            .because(case.status_line())
            .because(format!("iss: {}; aud: {}", quoted(issuer), audiences.join(", ")))
            .because(format!("wanted: iss `https://{host}`, aud `{wanted}`"))
            .fix(format!("Use client credentials at `https://{host}`, not at the custom domain"))
            .fix(format!(
                "Ask for the audience `{wanted}`, and authorise the machine application for the Management API"
            ))
            .fix("Enable the scopes that this route needs for the application (APIs, Kinde Management API)")
            .offers(Remedy::SignIn),
    )
}

/// An error page of Kinde's with one of these codes.
fn page_with<'a>(case: &Case<'_>, codes: &[&'a str]) -> Option<&'a str> {
    if !case.is_html() || !is_at_provider(case) {
        return None;
    }
    let text = case.text();
    codes.iter().copied().find(|code| text.contains(code) && text.contains("error"))
}

fn stale_page(case: &Case<'_>) -> Option<Cause> {
    let code = page_with(case, &["4321", "8809", "login_link_expired"])?;
    Some(
        Cause::certain("This sign-in page is from an earlier attempt, and Kinde cannot go on with it")
            .because(format!("Kinde's page shows `{code}`"))
            .fix("Start the sign-in anew from the app or with `bearcat login`: a bookmarked or old page has no memory")
            .fix("Stay in one browser: the attempt belongs to the one that it began in"),
    )
}

fn malformed_page(case: &Case<'_>) -> Option<Cause> {
    let code = page_with(case, &["1656"])?;
    Some(
        Cause::certain("Kinde found the authorisation request malformed (error 1656)")
            .because(format!("Kinde's page shows `{code}`"))
            .fix("Compare the address: response_type, client_id, redirect_uri, scope and a state of 8 characters or more")
            .fix("A redirect URI with plain http is for localhost only"),
    )
}

fn no_method(case: &Case<'_>) -> Option<Cause> {
    let text = case.text();
    let is_it = text.contains("way to authenticate you") || text.contains("way to authenticate the user");
    (case.is_html() && is_at_provider(case) && is_it).then(|| {
        Cause::certain("Kinde sees no way to sign you in: no sign-in method is on for this application")
            .because("Kinde's page says that it sees no way to authenticate you")
            .fix("Switch one on for the application in Kinde (Settings, Authentication, the method, Applications)")
            .fix("A new application of the type Device and IoT has none at first")
    })
}

fn callback_url(case: &Case<'_>) -> Option<Cause> {
    let is_it = case.text().contains("invalid callback url");
    (case.is_html() && is_at_provider(case) && is_it).then(|| {
        let url = &case.exchange.request.url;
        let asked = url.query_pairs().find(|(name, _)| name == "redirect_uri").map(|(_, value)| value.into_owned());
        let has_audience = url.query_pairs().any(|(name, _)| name == "audience");
        let cause = Cause::certain("Kinde does not know this callback URL, so the browser never comes back")
            .because("Kinde's page says: invalid callback URL")
            .because(asked.map(|asked| format!("redirect_uri: {asked}")).unwrap_or_default())
            .fix("Add exactly this URL to Allowed callback URLs of the application: scheme, host, port, path, no slash more")
            .fix("Compare the client id: another application has another list");
        if has_audience {
            cause.fix("If it worked before `audience` was sent: Kinde compares more strictly then; register the URL all the same")
        } else {
            cause
        }
    })
}
