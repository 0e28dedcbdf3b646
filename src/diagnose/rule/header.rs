//! Refusals because of how the credentials were sent: not at all, without a scheme, the wrong kind.

use crate::diagnose::case::{Case, SentHeader};
use crate::diagnose::cause::Cause;
use crate::diagnose::message::Meaning;
use crate::diagnose::rule::{Check, Rule};
#[cfg(test)]
use crate::diagnose::testing::{JSON, given};
use crate::model::finding::{Confidence, Remedy};
use crate::token::inspect::{TokenForm, TokenUse};
#[cfg(test)]
use serde_json::json;

/// The rules.
pub const RULES: &[Rule] = &[
    Rule {
        id: "no-token-sent",
        rows: &[],
        about: "401 to a request without credentials",
        check: Check::Exchange(not_sent),
        #[cfg(test)]
        fires: || given(401, &[JSON], "{}"),
        #[cfg(test)]
        silent: || given(401, &[JSON], "{}").good_token(),
    },
    Rule {
        id: "scheme-missing",
        rows: &[43],
        about: "The Authorization header is not exactly `Bearer ` and a token",
        check: Check::Exchange(scheme),
        #[cfg(test)]
        fires: || {
            given(401, &[("content-type", "text/plain")], "Unauthorized")
                .good_token()
                .sending("Authorization", "••••••")
        },
        #[cfg(test)]
        silent: || given(401, &[("content-type", "text/plain")], "Unauthorized").good_token(),
    },
    Rule {
        id: "own-credentials-refused",
        rows: &[],
        about: "Credentials that stand in the request itself were refused; bearcat cannot check them",
        check: Check::Exchange(own),
        #[cfg(test)]
        fires: || given(401, &[JSON], "{}").sending("Authorization", "Bearer ••••••"),
        #[cfg(test)]
        silent: || given(200, &[JSON], "{}").sending("Authorization", "Bearer ••••••"),
    },
    Rule {
        id: "token-request-refused",
        rows: &[26],
        about: "A token request that was written by hand was refused with an OAuth error",
        check: Check::Exchange(token_request),
        #[cfg(test)]
        fires: || {
            given(401, &[JSON], r#"{"error":"invalid_client","error_description":"Client authentication failed"}"#)
                .method("POST")
                .at("https://b.kinde.com/oauth2/token")
        },
        #[cfg(test)]
        silent: || given(401, &[JSON], r#"{"error":"invalid_client"}"#),
    },
    Rule {
        id: "id-token-sent",
        rows: &[38],
        about: "The ID token was sent instead of the access token",
        check: Check::Exchange(id_token),
        #[cfg(test)]
        fires: || given(401, &[JSON], "{}").with_token(&json!({ "sub": "u", "at_hash": "x", "nonce": "n" }), &[]),
        #[cfg(test)]
        silent: || given(401, &[JSON], "{}").good_token(),
    },
    Rule {
        id: "api-key-sent",
        rows: &[51],
        about: "What was sent has no dots: an API key or an opaque token, not a JWT",
        check: Check::Exchange(api_key),
        #[cfg(test)]
        fires: || given(401, &[JSON], "{}").with_text("k_live_abcdefgh"),
        #[cfg(test)]
        silent: || given(200, &[JSON], "{}").with_text("k_live_abcdefgh"),
    },
    Rule {
        id: "token-broken",
        rows: &[],
        about: "What was sent looks like a JWT and is none",
        check: Check::Exchange(broken),
        #[cfg(test)]
        fires: || given(401, &[JSON], r#"{"error":"jwt malformed"}"#).with_text("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1In0"),
        #[cfg(test)]
        silent: || given(401, &[JSON], r#"{"error":"jwt malformed"}"#).good_token(),
    },
    Rule {
        id: "header-not-seen",
        rows: &[],
        about: "A token was sent and the API says that there was none",
        check: Check::Exchange(not_seen),
        #[cfg(test)]
        fires: || given(401, &[JSON], r#"{"msg":"Missing Authorization Header"}"#).good_token(),
        #[cfg(test)]
        silent: || given(401, &[JSON], r#"{"msg":"Missing Authorization Header"}"#),
    },
];

fn not_sent(case: &Case<'_>) -> Option<Cause> {
    let is_bare = case.exchange.token.is_none() && case.sent_header() == SentHeader::Absent && !sends_a_key(case);
    if token_request(case).is_some() || case.is_preflight() {
        return None;
    }
    // Django REST framework answers 403 to those whom it does not know.
    let is_unknown = case.status() == 401 || (case.status() == 403 && case.says(Meaning::Missing).is_some());
    (is_unknown && is_bare && case.exchange.hops.iter().all(|hop| !hop.credentials_dropped)).then(|| {
        Cause::certain("No token was sent, and this route wants one")
            .because(case.status_line())
            .because(case.words_as_evidence())
            .fix("Sign in, or choose an identity to act as; `# @no-auth` in the request keeps tokens away")
            .offers(Remedy::SignIn)
    })
}

fn sends_a_key(case: &Case<'_>) -> bool {
    let headers = &case.exchange.request.headers;
    headers.iter().any(|(name, _)| {
        let name = name.to_ascii_lowercase();
        name.contains("api-key")
            || name.contains("apikey")
            || name.contains("subscription-key")
            || name.contains("token")
    })
}

fn scheme(case: &Case<'_>) -> Option<Cause> {
    let written = match case.sent_header() {
        SentHeader::Scheme("Bearer" | "DPoP") | SentHeader::Absent => return None,
        SentHeader::Scheme(other) => format!("it begins with `{other} `"),
        SentHeader::Bare => "it is the token alone, without `Bearer ` before it".to_owned(),
    };
    let is_basic = matches!(case.sent_header(), SentHeader::Scheme(scheme) if scheme.eq_ignore_ascii_case("basic") || scheme.eq_ignore_ascii_case("digest"));
    let is_bad_request =
        case.status() == 400 && case.challenged("error").is_some_and(|error| error == "invalid_request");
    if is_basic || !(case.is_refused() || is_bad_request) {
        return None;
    }
    let is_only_case =
        matches!(case.sent_header(), SentHeader::Scheme(scheme) if scheme.eq_ignore_ascii_case("bearer"));
    let title = if is_only_case {
        "The scheme is not written `Bearer`: this API compares it letter by letter"
    } else {
        "The Authorization header is not `Bearer` and a token"
    };
    let is_sure =
        is_bad_request || case.says(Meaning::Scheme).is_some() || case.exchange.token.is_some() && !is_only_case;
    let confidence = if is_sure { Confidence::Certain } else { Confidence::Likely };
    Some(
        Cause::likely(title)
            .sure(confidence)
            .because(format!("the header as sent: {written}"))
            .because(case.status_line())
            .because(case.words_as_evidence())
            .fix("Write `Authorization: Bearer {{$auth.token(\"name\")}}`, with a capital B and one blank (RFC 6750 section 2.1)")
            .fix("Or leave the header out and write `# @auth name`: bearcat adds it"),
    )
}

fn own(case: &Case<'_>) -> Option<Cause> {
    let SentHeader::Scheme(scheme) = case.sent_header() else { return None };
    if token_request(case).is_some() {
        return None;
    }
    (matches!(case.status(), 401 | 403) && case.exchange.token.is_none()).then(|| {
        Cause::likely("The credentials that are written in the request were refused")
            .because(format!("sent: `Authorization: {scheme} …`, which is of no session of bearcat's"))
            .because(case.status_line())
            .because(case.words_as_evidence())
            .fix("Look at what is in it: `bearcat token --decode` takes any token")
            .fix("Or write `# @auth name` instead: bearcat sends the session's token and can check it")
    })
}

/// RFC 6749 section 5.2. Bearcat's own sign-ins never get here.
fn token_request(case: &Case<'_>) -> Option<Cause> {
    let url = &case.exchange.request.url;
    let is_token_endpoint = url.path().ends_with("/token") && case.exchange.request.method.eq_ignore_ascii_case("POST");
    if !is_token_endpoint || !matches!(case.status(), 400 | 401 | 403) {
        return None;
    }
    let body = case.json()?;
    let step = match body.get("error")?.as_str()? {
        "invalid_client" => {
            "Compare client id and secret; Kinde takes the secret in the form only, others as HTTP Basic, too"
        }
        "unauthorized_client" => "The application may not use this grant, or is not authorised for the API",
        "invalid_grant" => "The code or refresh token is used, expired, or was made for another client or redirect URI",
        "invalid_scope" => "Enable the scope for the application, or leave it out",
        "invalid_request" => {
            "Send a form (`application/x-www-form-urlencoded`) with all parameters; M2M needs `audience`"
        }
        "unsupported_grant_type" => "The provider does not offer this grant to this client",
        _ => return None,
    };
    Some(
        Cause::certain("The provider refused the token request that is written here")
            .because(case.status_line())
            .because(format!("the provider says: {}", case.words().unwrap_or_default()))
            .fix(step)
            .fix("Bearcat can do this for you, with the tokens in the vault: `bearcat login`, then `# @auth name`")
            .offers(Remedy::SignIn),
    )
}

fn id_token(case: &Case<'_>) -> Option<Cause> {
    let is_id = case.token.is_some_and(|token| token.token_use() == TokenUse::Id);
    (case.is_refused() && is_id).then(|| {
        Cause::certain("This is an ID token: it tells the app who signed in, an API wants the access token")
            .because("the token carries at_hash, nonce or auth_time, which access tokens do not")
            .because(case.words_as_evidence())
            .fix("Send the access token: `{{$auth.token(\"name\")}}` instead of `$auth.idToken`, or `# @auth name`")
            .offers(Remedy::SendAccessToken)
    })
}

fn api_key(case: &Case<'_>) -> Option<Cause> {
    let is_opaque = case.token.is_some_and(|token| token.form == TokenForm::Opaque);
    (case.is_refused() && is_opaque).then(|| {
        Cause::likely("This is no JWT but an API key or opaque token: only its issuer can check it")
            .because("the value has no dots, and a JWT (a signed token) has two")
            .because(case.words_as_evidence())
            .fix("If the API takes Kinde's API keys, it has to ask Kinde about each (`/api/v1/api_keys/verify`)")
            .fix("If it takes JWTs, sign in for an access token instead")
            .offers(Remedy::SignIn)
    })
}

fn broken(case: &Case<'_>) -> Option<Cause> {
    let Some(TokenForm::Broken(why)) = case.token.map(|token| &token.form) else { return None };
    case.is_refused().then(|| {
        Cause::certain("What was sent is no whole token")
            .because(why.clone())
            .because(case.words_as_evidence())
            .fix("Copy the token again, from the first to the last character: a terminal or a page may have cut it")
            .offers(Remedy::SignIn)
    })
}

fn not_seen(case: &Case<'_>) -> Option<Cause> {
    let pattern = case.says(Meaning::Missing)?;
    // `Missing or invalid token` says both; then the scheme's own rule knows more.
    let is_exact = !pattern.text.contains(" or ");
    (case.is_refused() && case.sent_bearer() && is_exact && case.sent_header() == SentHeader::Scheme("Bearer")).then(|| {
        Cause::likely("The token was sent, and the API says that there was none: something took the header away")
            .because("sent: `Authorization: Bearer …`")
            .because(case.words_as_evidence())
            .fix("A proxy or web server between may drop it: Apache needs `CGIPassAuth On`, nginx `proxy_set_header Authorization $http_authorization`")
            .fix("Does the API read another header or a cookie? Look where it takes the token from")
    })
}
