//! Refusals of something in front of the API: a gateway, an access proxy, a framework's login wall. Data-driven: a row
//! says how its answer is recognised.

use crate::diagnose::case::{Case, quoted};
use crate::diagnose::cause::Cause;
use crate::diagnose::rule::{Check, Rule};
#[cfg(test)]
use crate::diagnose::testing::{JSON, given};
use crate::model::finding::Remedy;

/// The rules.
pub const RULES: &[Rule] = &[
    Rule {
        id: "gateway-aws",
        rows: &[],
        about: "AWS API Gateway refused before the API saw the request",
        check: Check::Exchange(aws),
        #[cfg(test)]
        fires: || given(401, &[JSON, ("apigw-requestid", "a=")], r#"{"message":"Unauthorized"}"#).good_token(),
        #[cfg(test)]
        silent: || given(404, &[JSON, ("apigw-requestid", "a=")], r#"{"message":"Not Found"}"#).good_token(),
    },
    Rule {
        id: "gateway-cloudflare-access",
        rows: &[],
        about: "Cloudflare Access wants its own login",
        check: Check::Exchange(cloudflare),
        #[cfg(test)]
        fires: || {
            given(302, &[("location", "https://acme.cloudflareaccess.com/cdn-cgi/access/login/app.example.com")], "")
                .good_token()
        },
        #[cfg(test)]
        silent: || given(302, &[("location", "https://acme.example.com/cdn-cgi/image/1")], "").good_token(),
    },
    Rule {
        id: "gateway-oauth2-proxy",
        rows: &[],
        about: "oauth2-proxy wants its own session",
        check: Check::Exchange(oauth2_proxy),
        #[cfg(test)]
        fires: || given(302, &[("location", "/oauth2/start?rd=%2Fapi%2Fv1%2Forders")], "").good_token(),
        #[cfg(test)]
        silent: || given(302, &[("location", "/orders/start?rd=%2Fapi")], "").good_token(),
    },
    Rule {
        id: "gateway-vercel",
        rows: &[],
        about: "Vercel's deployment protection covers the whole deployment",
        check: Check::Exchange(vercel),
        #[cfg(test)]
        fires: || {
            given(
                401,
                &[("server", "Vercel"), ("set-cookie", "_vercel_sso_nonce=x; Path=/")],
                "<html>Authentication Required</html>",
            )
            .good_token()
        },
        #[cfg(test)]
        silent: || given(200, &[JSON, ("server", "Vercel")], "{}").good_token(),
    },
    Rule {
        id: "gateway-azure",
        rows: &[],
        about: "Azure API Management wants a subscription key, or found the token missing or invalid",
        check: Check::Exchange(azure),
        #[cfg(test)]
        fires: || {
            let body = r#"{"statusCode":401,"message":"Access denied due to missing subscription key. Make sure to include subscription key when making requests to an API."}"#;
            given(401, &[JSON], body).good_token()
        },
        #[cfg(test)]
        silent: || given(200, &[JSON], r#"{"subscription":"access denied due to missing"}"#).good_token(),
    },
    Rule {
        id: "gateway-basic",
        rows: &[],
        about: "A server wants a user name and password (Basic or Digest), not a bearer token",
        check: Check::Exchange(basic),
        #[cfg(test)]
        fires: || given(401, &[("www-authenticate", "Basic realm=\"Restricted\"")], "").good_token(),
        #[cfg(test)]
        silent: || given(200, &[JSON], "{}").good_token(),
    },
    Rule {
        id: "login-redirect",
        rows: &[],
        about: "A redirect to a login page of any other framework",
        check: Check::Exchange(login_redirect),
        #[cfg(test)]
        fires: || given(302, &[("location", "/accounts/login/?next=/api/v1/orders")], "").good_token(),
        #[cfg(test)]
        silent: || given(302, &[("location", "/accounts/?next=/api/v1/orders")], "").good_token(),
    },
];

fn aws(case: &Case<'_>) -> Option<Cause> {
    let is_gateway =
        ["apigw-requestid", "x-amz-apigw-id", "x-amzn-errortype"].iter().any(|name| case.header(name).is_some());
    let body = case.json();
    let message = body.as_ref().and_then(|body| body.get("message")?.as_str()).unwrap_or_default();
    let error = case.header("x-amzn-errortype").unwrap_or_default();
    if !is_gateway || !matches!(case.status(), 401 | 403) {
        return None;
    }
    let cause = |title: &str| {
        Cause::likely(title).because(case.status_line()).because(format!("AWS API Gateway says: {}", quoted(message)))
    };
    match message {
        "Missing Authentication Token" => Some(
            cause("AWS API Gateway has no such route: it says so with `Missing Authentication Token`")
                .fix("Compare path and method with the deployed stage: the stage name is part of the path (`/prod/…`)")
                .fix("A route with IAM authorisation says the same to a request that is not signed with AWS keys"),
        ),
        "Unauthorized" => Some(
            cause("AWS API Gateway's authorizer refused the token; your API never saw the request")
                .fix("Compare `iss` and `aud` of the token with issuer and audience of the JWT authorizer, to the letter")
                .fix("Look into `WWW-Authenticate` of the answer: an HTTP API names the reason there")
                .offers(Remedy::SignIn),
        ),
        "Forbidden" | "User is not authorized to access this resource" => Some(
            cause("AWS API Gateway knows the token and does not let it through")
                .because(error)
                .fix("Compare the scopes of the token with those of the route's authorizer")
                .fix("A Lambda authorizer answers so with a policy that denies: look into its log"),
        ),
        _ => None,
    }
}

fn cloudflare(case: &Case<'_>) -> Option<Cause> {
    let by_redirect = case.location().is_some_and(|url| {
        url.host_str().is_some_and(|host| host.ends_with(".cloudflareaccess.com"))
            || url.path().starts_with("/cdn-cgi/access/login")
    });
    let by_challenge = case.is_refused() && case.challenges().iter().any(|challenge| challenge.is("cloudflare-access"));
    (by_redirect || by_challenge).then(|| {
        Cause::certain("Cloudflare Access stands before the API and wants its own login")
            .because(case.status_line())
            .fix("Send a service token of Cloudflare Access: the headers `CF-Access-Client-Id` and `CF-Access-Client-Secret`")
            .fix("Or let the API's path bypass it: an Access policy with the action Bypass")
    })
}

fn oauth2_proxy(case: &Case<'_>) -> Option<Cause> {
    let by_redirect = case
        .location()
        .is_some_and(|url| url.path().ends_with("/oauth2/start") || url.path().ends_with("/oauth2/sign_in"));
    let by_page = case.is_refused() && case.text().contains("oauth2-proxy") | case.text().contains("/oauth2/start");
    (by_redirect || by_page).then(|| {
        Cause::certain("oauth2-proxy stands before the API and reads its own cookie, not your token")
            .because(case.status_line())
            .fix("Let it accept bearer tokens: `--skip-jwt-bearer-tokens=true` and `--extra-jwt-issuers=ISSUER=AUDIENCE`")
            .fix("Or let it skip the API's path: `--skip-auth-route='^/api/'`, and verify the token in the API")
            .with_sample(case.framework())
    })
}

fn vercel(case: &Case<'_>) -> Option<Cause> {
    let sso = |name: &str, value: &str| name == "set-cookie" && value.starts_with("_vercel_sso_nonce");
    let has_nonce = case.exchange.head.headers.iter().any(|(name, value)| sso(name, value));
    let by_redirect =
        case.location().is_some_and(|url| url.path() == "/sso-api" && url.host_str() == Some("vercel.com"));
    ((case.status() == 401 && has_nonce) || by_redirect).then(|| {
        Cause::certain("Vercel's deployment protection answered: your app never saw the request")
            .because(case.status_line())
            .fix("Send the header `x-vercel-protection-bypass` with the bypass secret of the project (Deployment Protection)")
            .fix("Or test against a deployment that is not protected")
    })
}

fn azure(case: &Case<'_>) -> Option<Cause> {
    let text = case.text();
    let key = text.contains("subscription key");
    if case.status() != 401 || !(key || text.contains("access token is missing or invalid")) {
        return None;
    }
    let cause = |title: &str| Cause::likely(title).because(case.status_line()).because(case.words_as_evidence());
    Some(if key {
        cause("Azure API Management wants a subscription key, before any token is looked at")
            .fix("Send the header `Ocp-Apim-Subscription-Key` with a key of the product")
    } else {
        cause("Azure API Management's `validate-jwt` policy refused the token")
            .fix("Compare the policy's `openid-config`, audiences and issuers with the token's `iss` and `aud`")
            .offers(Remedy::SignIn)
    })
}

fn basic(case: &Case<'_>) -> Option<Cause> {
    let challenges = case.challenges();
    let wants = challenges.iter().find(|challenge| challenge.is("basic") || challenge.is("digest"))?;
    let takes_tokens = challenges.iter().any(|challenge| challenge.is("bearer") || challenge.is("dpop"));
    (case.status() == 401 && !takes_tokens).then(|| {
        let realm = wants.parameter("realm").map(|realm| format!(" for `{}`", quoted(realm)));
        Cause::certain(format!(
            "The server wants a user name and password ({}), not a bearer token",
            wants.scheme.to_lowercase()
        ))
        .because(format!("WWW-Authenticate: {}{}", wants.scheme, realm.unwrap_or_default()))
        .fix(format!("Write `Authorization: {} user password` into the request", wants.scheme))
        .fix("Is this the right server? A web server in front (nginx, a staging password) answers so, too")
    })
}

fn login_redirect(case: &Case<'_>) -> Option<Cause> {
    let to = case.location()?;
    let is_known = to.path().ends_with("/api/auth/login")
        || (to.path() == "/logout" && to.query().is_some_and(|query| query.contains("redirect=")))
        || cloudflare(case).is_some()
        || oauth2_proxy(case).is_some()
        || vercel(case).is_some();
    if is_known || !case.redirects_to_login() {
        return None;
    }
    let framework = match to.path().trim_end_matches('/') {
        "/accounts/login" => "as Django's `login_required` answers",
        "/Account/Login" => "as ASP.NET's cookie authentication answers",
        path if path.starts_with("/oauth2/authorization/") => "as Spring Security's `oauth2Login` answers",
        path if path.ends_with("/oauth2/auth") || path.ends_with("/authorize") => "straight to a provider's sign-in",
        _ => "",
    };
    let cause = if case.exchange.token.is_some() {
        Cause::likely("The route wants a browser session and sends your token to a login page")
    } else {
        Cause::possible("The route wants a browser session and sends everyone else to a login page")
    };
    Some(
        cause
            .because(case.status_line())
            .because(framework)
            .fix(
                "Protect API routes with a bearer check instead of the session's, and answer 401 instead of a redirect",
            )
            .fix("Let the session middleware skip the API's path")
            .with_sample(case.framework()),
    )
}
