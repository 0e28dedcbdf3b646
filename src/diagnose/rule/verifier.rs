//! Refusals of a token that holds here: the fault is in the API's own verification or authorisation. Where the API's
//! words contradict our checks, this says so.

use crate::diagnose::case::{Case, SentHeader, quoted};
use crate::diagnose::cause::Cause;
use crate::diagnose::message::Meaning;
use crate::diagnose::rule::{Check, Rule};
#[cfg(test)]
use crate::diagnose::testing::{JSON, TEXT, given};
use crate::model::finding::{Confidence, Framework, Remedy};
use crate::model::verdict::CheckId;
use crate::token::describe::length;
use crate::token::inspect::{Inspection, TokenForm, TokenUse};

/// The rule that fits every refusal of a token.
pub const LAST_RESORT: &str = "refused-without-reason";

/// The rules.
pub const RULES: &[Rule] = &[
    Rule {
        id: "api-verifies-wrongly",
        rows: &[6],
        about: "The token holds here and the API calls it invalid: it verifies with the client secret, most likely",
        check: Check::Exchange(verifies_wrongly),
        #[cfg(test)]
        fires: || given(401, &[JSON], r#"{"message":"Unauthorized: Invalid token"}"#).good_token(),
        #[cfg(test)]
        silent: || given(401, &[JSON], r#"{"message":"Unauthorized: Invalid token"}"#).good_token().by_cookie(),
    },
    Rule {
        id: "api-wrong-key",
        rows: &[6],
        about: "The API takes HMAC, or was given a secret where a public key is needed",
        check: Check::Exchange(wrong_key),
        #[cfg(test)]
        fires: || given(401, &[JSON], r#"{"error":"invalid algorithm"}"#).good_token(),
        #[cfg(test)]
        silent: || given(401, &[JSON], r#"{"error":"no algorithm"}"#).good_token(),
    },
    Rule {
        id: "api-says-audience",
        rows: &[7],
        about: "The API expects another audience than the token has, and the token has what was asked for",
        check: Check::Exchange(other_audience),
        #[cfg(test)]
        fires: || given(401, &[JSON], r#"{"error":"jwt audience invalid. expected: https://other"}"#).good_token(),
        #[cfg(test)]
        silent: || given(401, &[JSON], r#"{"error":"no audience"}"#).good_token(),
    },
    Rule {
        id: "api-says-issuer",
        rows: &[10],
        about: "The API expects another issuer than the one that the token verifies for",
        check: Check::Exchange(other_issuer),
        #[cfg(test)]
        fires: || {
            given(
                401,
                &[(
                    "www-authenticate",
                    r#"Bearer error="invalid_token", error_description="The issuer 'https://b.kinde.com' is invalid""#,
                )],
                "",
            )
            .good_token()
        },
        #[cfg(test)]
        silent: || given(401, &[("www-authenticate", "Bearer error=\"invalid_token\"")], "").good_token(),
    },
    Rule {
        id: "api-says-signature",
        rows: &[11],
        about: "The API finds no key or a bad signature, and the signature holds here",
        check: Check::Exchange(other_keys),
        #[cfg(test)]
        fires: || {
            given(
                401,
                &[(
                    "www-authenticate",
                    r#"Bearer error="invalid_token", error_description="The signature key was not found""#,
                )],
                "",
            )
            .good_token()
        },
        #[cfg(test)]
        silent: || given(401, &[("www-authenticate", "Bearer error=\"invalid_token\"")], "").good_token(),
    },
    Rule {
        id: "api-cannot-read-keys",
        rows: &[12, 13],
        about: "The API could not read the issuer's key set",
        check: Check::Exchange(no_keys),
        #[cfg(test)]
        fires: || {
            given(500, &[JSON], r#"{"message":"Expected 200 OK from the JSON Web Key Set HTTP response"}"#).good_token()
        },
        #[cfg(test)]
        silent: || given(500, &[JSON], r#"{"message":"Expected 200 OK"}"#).good_token(),
    },
    Rule {
        id: "api-says-expired",
        rows: &[],
        about: "The API calls a token expired or not yet valid that is valid now",
        check: Check::Exchange(other_time),
        #[cfg(test)]
        fires: || given(401, &[JSON], r#"{"error":"jwt expired"}"#).good_token(),
        #[cfg(test)]
        silent: || given(401, &[JSON], r#"{"error":"jwt"}"#).good_token(),
    },
    Rule {
        id: "api-says-malformed",
        rows: &[],
        about: "The API cannot read a token that is a whole JWT",
        check: Check::Exchange(other_form),
        #[cfg(test)]
        fires: || given(401, &[JSON], r#"{"error":"jwt malformed"}"#).good_token(),
        #[cfg(test)]
        silent: || given(401, &[JSON], r#"{"error":"jwt"}"#).good_token(),
    },
    Rule {
        id: "express-forbidden",
        rows: &[44],
        about: "Kinde's Express middleware answers a bare `Forbidden` to every token that it does not accept",
        check: Check::Exchange(express_forbidden),
        #[cfg(test)]
        fires: || given(403, &[TEXT], "Forbidden").good_token(),
        #[cfg(test)]
        silent: || given(403, &[JSON], r#"{"message":"Forbidden"}"#).good_token(),
    },
    Rule {
        id: "forbidden",
        rows: &[34],
        about: "403 to a token that holds: it knows you and does not let you",
        check: Check::Exchange(forbidden),
        #[cfg(test)]
        fires: || given(403, &[JSON], r#"{"message":"Forbidden"}"#).good_token(),
        #[cfg(test)]
        silent: || given(404, &[JSON], r#"{"message":"Not found"}"#).good_token(),
    },
    Rule {
        id: LAST_RESORT,
        rows: &[],
        about: "401 or 403 without a reason, and nothing else explains it",
        check: Check::Exchange(no_reason),
        #[cfg(test)]
        fires: || given(401, &[JSON], "{}").good_token(),
        #[cfg(test)]
        silent: || given(401, &[JSON], r#"{"error":"jwt expired"}"#).good_token(),
    },
];

/// Refused, though the bearer token in it holds here, and not only by the leeway.
fn refuses_good_token(case: &Case<'_>) -> bool {
    case.is_refused() && case.is_verified() && case.sent_bearer() && !case.is_at_its_limit()
}

/// The recipe: what to verify with, and the values of this token.
fn verify_with_the_key_set(case: &Case<'_>, cause: Cause) -> Cause {
    let issuer = case.token.and_then(|token| token.issuer()).unwrap_or("the issuer").to_owned();
    let keys = case.provider.and_then(|provider| provider.jwks_uri.as_ref()).map(ToString::to_string);
    let keys = keys.unwrap_or_else(|| format!("{}/.well-known/jwks", issuer.trim_end_matches('/')));
    let audiences = case.token.map(Inspection::audiences).unwrap_or_default();
    let audience =
        audiences.first().map_or_else(|| "the API's identifier".to_owned(), |first| format!("`{}`", quoted(first)));
    cause
        .fix(format!("Verify with the issuer's public keys, at {}", quoted(&keys)))
        .fix(format!("Allow RS256 only, and check issuer `{}`, audience {audience} and expiry", quoted(&issuer)))
        .with_sample(case.framework())
}

fn verifies_wrongly(case: &Case<'_>) -> Option<Cause> {
    let says = case.said().find(|pattern| pattern.means == Meaning::Invalid)?;
    // `Missing or invalid token`: the header's own rules come first, and here it is written as it should be.
    let is_about_the_header =
        case.says(Meaning::Missing).is_some() && case.sent_header() != SentHeader::Scheme("Bearer");
    // The text holds something more exact: another rule knows more.
    let is_exact = case.said().any(|pattern| !matches!(pattern.means, Meaning::Invalid | Meaning::Missing));
    if case.status() != 401 || is_exact || is_about_the_header || !refuses_good_token(case) {
        return None;
    }
    let is_id = case.token.is_some_and(|token| token.token_use() == TokenUse::Id);
    let algorithm = case.token.and_then(|token| token.algorithm()).unwrap_or_default();
    let cause = Cause::likely("Your token is good; the API verifies it wrongly (with the client secret, most likely)")
        .sure(if case.challenges().is_empty() && !is_id { Confidence::Likely } else { Confidence::Possible })
        .because(format!("the API says: {}", case.words().unwrap_or_else(|| says.text.to_owned())))
        .because("the same token holds here against the issuer's key set: signature, issuer and expiry")
        .because(if algorithm == "RS256" {
            "alg RS256: signed with the issuer's private key, so your client secret (HS256) can never verify it"
        } else {
            ""
        });
    Some(
        verify_with_the_key_set(case, cause)
            .fix("If it does so already, compare its issuer and audience with the token's"),
    )
}

fn wrong_key(case: &Case<'_>) -> Option<Cause> {
    case.says(Meaning::WrongKey)?;
    if !refuses_good_token(case) {
        return None;
    }
    let cause =
        Cause::certain("The API verifies with a secret, or does not allow RS256: no token of the issuer can pass")
            .because(case.words_as_evidence())
            .because("alg RS256, and the signature holds here against the issuer's key set");
    Some(verify_with_the_key_set(case, cause).fix("The client secret plays no part in verifying a token"))
}

fn other_audience(case: &Case<'_>) -> Option<Cause> {
    let pattern = case.says(Meaning::Audience)?;
    let audiences = case.token?.audiences();
    if !refuses_good_token(case) || audiences.is_empty() {
        return None;
    }
    Some(
        Cause::likely("The API expects another audience than this token has")
            .sure(if audiences.len() == 1 { Confidence::Certain } else { Confidence::Likely })
            .because(case.words_as_evidence())
            .because(format!(
                "aud of the token: {} (what was asked for, so it holds here)",
                quoted(&audiences.join(", "))
            ))
            .because(format!("the words are those of {}", pattern.library))
            .fix("Compare the audience in the API's settings with `aud`, to the letter: slash, case, http or https")
            .fix("If the API is right: write its identifier into `Audience` of the identity, and log in again")
            .fix("If the token is right: correct the API's audience")
            .with_sample(case.framework()),
    )
}

fn other_issuer(case: &Case<'_>) -> Option<Cause> {
    case.says(Meaning::Issuer)?;
    let issuer = case.token?.issuer().unwrap_or_default();
    refuses_good_token(case).then(|| {
        Cause::certain("The API expects another issuer than the one that made this token")
            .because(case.words_as_evidence())
            .because(format!(
                "iss of the token: {}; its signature holds here against that issuer's keys",
                quoted(issuer)
            ))
            .fix(format!(
                "Set the API's issuer (KINDE_ISSUER_URL) to exactly `{}`: no slash at the end, not the custom domain",
                quoted(issuer)
            ))
            .fix("Or sign in at the host that the API names: a custom domain and the kinde.com host are two issuers")
            .offers(Remedy::SignIn)
            .with_sample(case.framework())
    })
}

fn other_keys(case: &Case<'_>) -> Option<Cause> {
    let pattern = case.said().find(|pattern| matches!(pattern.means, Meaning::KeyNotFound | Meaning::Signature))?;
    if !refuses_good_token(case) {
        return None;
    }
    let kid = case.token.and_then(|token| token.key_id()).unwrap_or_default();
    let cause = if pattern.means == Meaning::KeyNotFound {
        Cause::certain("The API looks for the key elsewhere: the signature holds against the issuer's key set")
            .because(case.words_as_evidence())
            .because(format!("kid of the token: {}; the issuer's key set has it", quoted(kid)))
            .fix("Compare the domain in the API's settings: another environment or region has other keys")
            .fix("Was a key rotated? Restart the API, and let it fetch the keys again when a `kid` is unknown")
            .fix("ASP.NET: packages of Microsoft.IdentityModel in different versions say so, too; bring them to one")
    } else {
        Cause::certain("The API finds the signature bad, and it is good: the API verifies with another key")
            .because(case.words_as_evidence())
            .because("the signature holds here against the issuer's key set")
            .fix("Is it verifying with the client secret, or a key that was pasted into its settings? Take the key set instead")
    };
    Some(verify_with_the_key_set(case, cause))
}

fn no_keys(case: &Case<'_>) -> Option<Cause> {
    case.says(Meaning::KeySet)?;
    let is_error = case.is_refused() || case.status() >= 500;
    (is_error && case.exchange.token.is_some()).then(|| {
        let cause = Cause::certain("The API could not read the issuer's key set, so it can verify no token")
            .because(case.words_as_evidence())
            .fix("Try the address from where the API runs: 404 is a misspelt path, 403 a wrong host or an Authorization header sent along")
            .fix("At Kinde both `/.well-known/jwks` and `/.well-known/jwks.json` exist, others do not; discovery names it in `jwks_uri`");
        verify_with_the_key_set(case, cause)
    })
}

fn other_time(case: &Case<'_>) -> Option<Cause> {
    let pattern = case.said().find(|pattern| matches!(pattern.means, Meaning::Expired | Meaning::NotYetValid))?;
    if !refuses_good_token(case) || case.clock_skew().is_some() {
        return None;
    }
    let left = case.token.and_then(Inspection::expires_at).map(|at| length(at.since(case.exchange.at)));
    let is_expired = pattern.means == Meaning::Expired;
    let title = if is_expired {
        "The API calls the token expired, and it is not: another token was seen, or a clock is off"
    } else {
        "The API calls the token not yet valid, and it is: it looks at another clock"
    };
    Some(
        Cause::likely(title)
            .because(case.words_as_evidence())
            .because(left.map(|left| format!("`exp` of the token that was sent is {left} away")).unwrap_or_default())
            .fix("Compare the API's clock with the true time (NTP), also inside its container")
            .fix("Does the API look at a cookie or a stored session instead of the header? Then that one is old"),
    )
}

fn other_form(case: &Case<'_>) -> Option<Cause> {
    case.says(Meaning::Malformed)?;
    let is_whole = case.token.is_some_and(|token| token.form == TokenForm::Jwt);
    (refuses_good_token(case) && is_whole).then(|| {
        Cause::likely("The API cannot read the token, and it is whole: the API cuts it out of the header wrongly")
            .because(case.words_as_evidence())
            .because("three parts, and the signature holds here")
            .fix("Take the text after `Bearer ` (one blank), without quotes, and hand over nothing else")
            .with_sample(case.framework())
    })
}

fn express_forbidden(case: &Case<'_>) -> Option<Cause> {
    let is_bare = case.text().trim() == "forbidden" && !case.is_html();
    if case.status() != 403 || !is_bare || case.json().is_some() || !case.sent_bearer() {
        return None;
    }
    let token = case.token?;
    let checks = [CheckId::Issuer, CheckId::Audience, CheckId::Expiry, CheckId::Signature];
    let failing: Vec<String> = checks.iter().filter(|id| case.fails(**id)).map(|id| case.reason(*id)).collect();
    let cause =
        Cause::possible("A bare `Forbidden`: Kinde's Express middleware says so to every token that it refuses")
            .because("403 and nothing but the word `Forbidden`")
            .because_all(failing)
            .because(format!(
                "iss: {}; aud: {}",
                quoted(token.issuer().unwrap_or("none")),
                quoted(&token.audiences().join(", "))
            ));
    Some(
        cause
            .fix("Compare `issuerBaseUrl` of the middleware with `iss`, and the `audience` of `jwtVerify` with `aud`")
            .fix("If both fit, the route's own check refused: look for permissions, roles and organisation")
            .with_sample(Framework::Express),
    )
}

fn forbidden(case: &Case<'_>) -> Option<Cause> {
    let is_good = case.is_verified() && case.exchange.token.is_some();
    let is_id = case.token.is_some_and(|token| token.token_use() == TokenUse::Id);
    // When the API names what it wants, another rule says it better.
    (case.status() == 403 && is_good && !is_id && case.challenged("scope").is_none()).then(|| {
        Cause::possible("The API knows you and does not let you: a permission, role or organisation is missing")
            .because(case.status_line())
            .because(case.words_as_evidence())
            .because("the token itself holds")
            .fix("Compare the permissions and the organisation in the token with what the route asks for")
            .fix("Write what it needs into the request (`# @require read:orders`): bearcat then checks it")
    })
}

/// The last resort: [`crate::diagnose`] drops it where anything else fits.
fn no_reason(case: &Case<'_>) -> Option<Cause> {
    if !matches!(case.status(), 401 | 403) || case.exchange.token.is_none() {
        return None;
    }
    let cause = if case.is_verified() {
        Cause::possible("The API refused a token that holds here, and does not say why")
            .because("the token holds here: signature, issuer, expiry")
            .fix("Look into the API's log: its JWT library knows the reason")
    } else {
        Cause::possible("The API refused the token and does not say why; bearcat could not check it either")
            .because(case.reason(CheckId::Signature))
            .fix("Give the identity an `Issuer`: then bearcat can check the token and say more")
    };
    Some(verify_with_the_key_set(case, cause.because(case.status_line()).because(case.words_as_evidence())))
}
