//! Refusals that the token itself explains: time, issuer, audience, signature.

use crate::diagnose::case::Case;
use crate::diagnose::cause::Cause;
use crate::diagnose::message::Meaning;
use crate::diagnose::rule::{Check, Rule};
#[cfg(test)]
use crate::diagnose::testing::{JSON, given};
use crate::model::finding::{Confidence, Remedy};
use crate::model::verdict::{CheckId, Outcome};
use crate::token::describe::length;
use crate::token::inspect::TokenUse;
#[cfg(test)]
use serde_json::json;

/// The rules.
pub const RULES: &[Rule] = &[
    Rule {
        id: "token-expired",
        rows: &[],
        about: "The token's `exp` has passed",
        check: Check::Exchange(expired),
        #[cfg(test)]
        fires: || given(401, &[], "").with_token(&json!({ "sub": "u", "exp": 1 }), &[(CheckId::Expiry, Outcome::Fail)]),
        #[cfg(test)]
        silent: || given(401, &[], "").good_token(),
    },
    Rule {
        id: "token-not-yet-valid",
        rows: &[40],
        about: "The token's `nbf` or `iat` is in the future: the clocks differ",
        check: Check::Exchange(not_yet_valid),
        #[cfg(test)]
        fires: || {
            given(401, &[JSON], r#"{"error":"Token used before issued"}"#)
                .with_token(&json!({ "sub": "u", "iat": 9_999_999_999_i64 }), &[(CheckId::IssuedAt, Outcome::Fail)])
        },
        #[cfg(test)]
        silent: || given(401, &[JSON], "{}").good_token(),
    },
    Rule {
        id: "clock-skew",
        rows: &[40],
        about: "The API's clock and this machine's differ, and it refuses a fresh token",
        check: Check::Exchange(clock_skew),
        #[cfg(test)]
        fires: || given(401, &[("date", "Thu, 01 Jan 1970 00:10:00 GMT")], "").good_token(),
        #[cfg(test)]
        silent: || given(401, &[("date", "Thu, 01 Jan 1970 00:00:20 GMT")], "").good_token(),
    },
    Rule {
        id: "issuer-differs",
        rows: &[10],
        about: "The token comes from another issuer than the identity's",
        check: Check::Exchange(issuer),
        #[cfg(test)]
        fires: || given(401, &[], "").with_token(&json!({ "sub": "u" }), &[(CheckId::Issuer, Outcome::Fail)]),
        #[cfg(test)]
        silent: || given(401, &[], "").with_token(&json!({ "sub": "u" }), &[(CheckId::Issuer, Outcome::Pass)]),
    },
    Rule {
        id: "audience-empty",
        rows: &[7, 8],
        about: "`aud` of the access token is empty",
        check: Check::Exchange(audience_empty),
        #[cfg(test)]
        fires: || {
            given(401, &[], "").with_token(
                &json!({ "sub": "u", "aud": [], "scp": ["openid"] }),
                &[(CheckId::Signature, Outcome::Pass)],
            )
        },
        #[cfg(test)]
        silent: || given(401, &[], "").good_token(),
    },
    Rule {
        id: "audience-differs",
        rows: &[8],
        about: "`aud` of the token is not what the identity asks for",
        check: Check::Exchange(audience_differs),
        #[cfg(test)]
        fires: || {
            given(401, &[], "")
                .with_token(&json!({ "sub": "u", "aud": ["https://x"] }), &[(CheckId::Audience, Outcome::Fail)])
        },
        #[cfg(test)]
        silent: || {
            given(401, &[], "")
                .with_token(&json!({ "sub": "u", "aud": ["https://x"] }), &[(CheckId::Audience, Outcome::Pass)])
        },
    },
    Rule {
        id: "audience-several",
        rows: &[9],
        about: "Two audiences were compared or sent as one text",
        check: Check::Exchange(audience_several),
        #[cfg(test)]
        fires: || {
            given(401, &[JSON], r#"{"error":"(aud) claim mismatch"}"#).with_token(
                &json!({ "sub": "u", "scp": [], "aud": ["https://a", "https://b"] }),
                &[(CheckId::Signature, Outcome::Pass)],
            )
        },
        #[cfg(test)]
        silent: || {
            given(401, &[JSON], r#"{"error":"(aud) claim mismatch"}"#).with_token(
                &json!({ "sub": "u", "scp": [], "aud": ["https://a"] }),
                &[(CheckId::Signature, Outcome::Pass)],
            )
        },
    },
    Rule {
        id: "signature-invalid",
        rows: &[11],
        about: "The signature does not hold against the issuer's key set",
        check: Check::Exchange(signature),
        #[cfg(test)]
        fires: || given(401, &[], "").with_token(&json!({ "sub": "u" }), &[(CheckId::Key, Outcome::Fail)]),
        #[cfg(test)]
        silent: || given(200, &[], "").with_token(&json!({ "sub": "u" }), &[(CheckId::Key, Outcome::Fail)]),
    },
    Rule {
        id: "algorithm-refused",
        rows: &[],
        about: "The token is signed in a way that its issuer does not use",
        check: Check::Exchange(algorithm),
        #[cfg(test)]
        fires: || given(401, &[], "").with_token(&json!({ "sub": "u" }), &[(CheckId::Algorithm, Outcome::Fail)]),
        #[cfg(test)]
        silent: || given(401, &[], "").with_token(&json!({ "sub": "u" }), &[(CheckId::Algorithm, Outcome::Pass)]),
    },
    Rule {
        id: "machine-token",
        rows: &[39],
        about: "A machine token where a user's is wanted",
        check: Check::Exchange(machine),
        #[cfg(test)]
        fires: || {
            given(403, &[], "").with_token(
                &json!({ "gty": ["client_credentials"], "aud": ["a"] }),
                &[(CheckId::Signature, Outcome::Pass)],
            )
        },
        #[cfg(test)]
        silent: || given(403, &[], "").good_token(),
    },
    Rule {
        id: "bad-token-accepted",
        rows: &[41],
        about: "An expired or tampered token was accepted",
        check: Check::Exchange(accepted),
        #[cfg(test)]
        fires: || {
            given(200, &[JSON], "[]").with_token(&json!({ "sub": "u", "exp": 1 }), &[(CheckId::Expiry, Outcome::Fail)])
        },
        #[cfg(test)]
        silent: || given(200, &[JSON], "[]").good_token(),
    },
];

/// `likely`, or `certain` when the API says the same.
fn confirmed(case: &Case<'_>, meaning: Meaning) -> Confidence {
    if case.says(meaning).is_some() { Confidence::Certain } else { Confidence::Likely }
}

fn expired(case: &Case<'_>) -> Option<Cause> {
    // Within the leeway it is good enough here, but a strict API refuses it.
    let just_now =
        case.has(CheckId::Expiry, Outcome::Warn) && case.token.is_some_and(|token| token.expires_at().is_some());
    (case.is_refused() && (just_now || case.fails(CheckId::Expiry))).then(|| {
        Cause::certain("The token has expired")
            .because(case.reason(CheckId::Expiry))
            .because(case.words_as_evidence())
            .fix("Refresh the session; without a refresh token log in again")
            .fix(
                "Ask for the scope `offline` (Kinde) or `offline_access` (others), so that bearcat refreshes by itself",
            )
            .offers(Remedy::Refresh)
    })
}

fn not_yet_valid(case: &Case<'_>) -> Option<Cause> {
    let check = [CheckId::NotBefore, CheckId::IssuedAt]
        .into_iter()
        .find(|id| case.fails(*id) || (case.has(*id, Outcome::Warn) && case.says(Meaning::NotYetValid).is_some()))?;
    case.is_refused().then(|| {
        Cause::certain("The token is not valid yet: the clocks of the provider, the API and this machine differ")
            .because(case.reason(check))
            .because(skew_as_evidence(case))
            .because(case.words_as_evidence())
            .fix(
                "Set the clock that is wrong: switch on NTP (`timedatectl set-ntp true`) on this machine and the API's",
            )
            .fix("Let the API tolerate 60 seconds of difference (`clockTolerance`, `leeway`, `ClockSkew`)")
    })
}

fn skew_as_evidence(case: &Case<'_>) -> String {
    let Some((skew, ours_is_ahead)) = case.clock_skew() else { return String::new() };
    let way = if ours_is_ahead { "behind" } else { "ahead of" };
    format!("the API's clock (its `Date` header) is {} {way} this machine's", length(skew))
}

fn clock_skew(case: &Case<'_>) -> Option<Cause> {
    let (_, ours_is_ahead) = case.clock_skew()?;
    let time = case.says(Meaning::NotYetValid).or_else(|| case.says(Meaning::Expired));
    if case.status() != 401 || case.token.is_none() || case.fails(CheckId::Expiry) || case.fails(CheckId::IssuedAt) {
        return None;
    }
    let effect = if ours_is_ahead { "a fresh token is not valid there yet" } else { "the token expires earlier there" };
    Some(
        Cause::likely("The API's clock is off: a token that holds here may not hold there")
            .sure(if time.is_some() { Confidence::Certain } else { Confidence::Possible })
            .because(skew_as_evidence(case))
            .because(format!("so {effect}"))
            .because(case.words_as_evidence())
            .fix("Compare both clocks with the true time, and set the one that is wrong (NTP)")
            .fix("Let the API tolerate 60 seconds of difference (`clockTolerance`, `leeway`, `ClockSkew`)"),
    )
}

fn issuer(case: &Case<'_>) -> Option<Cause> {
    (case.is_refused() && case.fails(CheckId::Issuer)).then(|| {
        Cause::likely("The token comes from another issuer than this identity's")
            .sure(confirmed(case, Meaning::Issuer))
            .because(case.reason(CheckId::Issuer))
            .because(case.words_as_evidence())
            .fix("Sign in at the host that the API names (KINDE_ISSUER_URL): the kinde.com host and a custom domain are two issuers, and so are two environments")
            .fix("Compare to the letter: a slash at the end makes another issuer")
            .offers(Remedy::SignIn)
    })
}

fn audience_empty(case: &Case<'_>) -> Option<Cause> {
    let token = case.token?;
    let is_empty = token.audiences().is_empty() && token.token_use() == TokenUse::Access;
    if !(case.is_refused() && is_empty) {
        return None;
    }
    let asked = case.identity.map(|identity| identity.audiences.clone()).unwrap_or_default();
    let cause = Cause::likely("The token is for no API: its `aud` (audience) is empty")
        .sure(confirmed(case, Meaning::Audience))
        .because("aud: []")
        .because(case.words_as_evidence());
    Some(if asked.is_empty() {
        cause
            .because("the identity asks for no audience")
            .fix("Register the API in Kinde (APIs) and authorise this application for it")
            .fix("Ask for it: `Audience` of the identity, or `bearcat login --audience …`, exactly as registered")
            .fix("Log in again: a refresh keeps the old audience")
            .offers(Remedy::SignIn)
    } else {
        cause
            .because(format!("asked for: {}", asked.join(", ")))
            .fix("Authorise this application for the API in Kinde (APIs, the API, Applications)")
            .fix("Copy the identifier exactly: a slash at the end or another case makes another audience")
            .fix("Log in again: a refresh keeps the old audience")
            .offers(Remedy::SignIn)
    })
}

fn audience_differs(case: &Case<'_>) -> Option<Cause> {
    let token = case.token?;
    (case.is_refused() && case.fails(CheckId::Audience) && !token.audiences().is_empty()).then(|| {
        Cause::likely("The token is for another API: its `aud` (audience) differs")
            .sure(confirmed(case, Meaning::Audience))
            .because(case.reason(CheckId::Audience))
            .because(case.words_as_evidence())
            .fix("Copy the API's identifier exactly (slash, case) into `Audience`, then log in again")
            .offers(Remedy::SignIn)
    })
}

fn audience_several(case: &Case<'_>) -> Option<Cause> {
    let audiences = case.token?.audiences();
    let joined = audiences.iter().find(|audience| audience.contains(' '));
    let says = case.says(Meaning::Audience).is_some();
    if !case.is_refused() || !(joined.is_some() || (audiences.len() > 1 && says && !case.fails(CheckId::Audience))) {
        return None;
    }
    let cause = match joined {
        Some(joined) => Cause::certain("Two audiences went out as one text, so the token is for neither API")
            .because(format!("aud holds `{joined}`"))
            .fix("Write them as two: a list in `Audience`, or `--audience` twice"),
        None => Cause::likely("The token is for several APIs, and the API compares `aud` with one text")
            .because(format!("aud: {}", audiences.join(", ")))
            .fix("Let the API take the token when its own identifier is one of `aud`"),
    };
    Some(cause.because(case.words_as_evidence()).fix("Then log in again").offers(Remedy::SignIn))
}

fn signature(case: &Case<'_>) -> Option<Cause> {
    let check = if case.fails(CheckId::Key) { CheckId::Key } else { CheckId::Signature };
    (case.is_refused() && case.fails(check)).then(|| {
        Cause::certain("The token's signature does not hold against the issuer's key set")
            .because(case.reason(check))
            .because(case.words_as_evidence())
            .fix("Was the token changed, or made by another environment or region? Log in again")
            .offers(Remedy::SignIn)
    })
}

fn algorithm(case: &Case<'_>) -> Option<Cause> {
    (case.is_refused() && case.fails(CheckId::Algorithm)).then(|| {
        Cause::certain("The token is signed in a way that its issuer does not use")
            .because(case.reason(CheckId::Algorithm))
            .because(case.words_as_evidence())
            .fix("Kinde signs with RS256 and nothing else: this token was not made by it. Log in for a real one")
            .offers(Remedy::SignIn)
    })
}

fn machine(case: &Case<'_>) -> Option<Cause> {
    let is_machine = case.token.is_some_and(|token| token.token_use() == TokenUse::MachineToMachine);
    (case.is_refused() && is_machine).then(|| {
        Cause::possible("This is a machine-to-machine token: no user, no permissions, maybe no organisation")
            .because("gty: client_credentials, no sub")
            .because(case.words_as_evidence())
            .fix("If the route works for a user, log in as one")
            .fix("Otherwise give the machine application the scopes for this API in Kinde")
            .offers(Remedy::SignIn)
    })
}

fn accepted(case: &Case<'_>) -> Option<Cause> {
    let check = [CheckId::Signature, CheckId::Algorithm, CheckId::Expiry].into_iter().find(|id| case.fails(*id))?;
    if !(200..300).contains(&case.status()) || case.exchange.token.is_none() || !case.exchange.hops.is_empty() {
        return None;
    }
    let (title, fix) = match check {
        CheckId::Expiry => (
            "An expired token was accepted: the API checks no expiry, or needs no token",
            "Check `exp` as well: Kinde's `jwt-validator` and `protectRoute` of its Express SDK look at the signature only",
        ),
        _ => (
            "A token with a bad signature was accepted: the API verifies none, or needs no token",
            "Verify the signature with the issuer's key set, and allow RS256 only",
        ),
    };
    Some(
        Cause::possible(title)
            .because(case.reason(check))
            .because(case.status_line())
            .fix("Send it without a token (`# @no-auth`): if that is accepted too, the route is public and all is well")
            .fix(fix)
            .with_sample(case.framework())
            .weakness(),
    )
}
