//! Refusals that the token itself explains.

use crate::diagnose::case::Case;
use crate::diagnose::finding::{Confidence, Finding, Remedy};
use crate::model::verdict::{CheckId, Outcome};
use crate::token::inspect::TokenUse;

fn finding(id: &'static str, row: u8, title: &str, evidence: Vec<String>, fix: &[&str]) -> Finding {
    Finding {
        id,
        row: Some(row),
        title: title.to_owned(),
        evidence,
        confidence: Confidence::Likely,
        fix: fix.iter().map(|&step| step.to_owned()).collect(),
        remedy: None,
    }
}

fn refused_by_api(case: &Case<'_>) -> bool {
    matches!(case.status(), 401 | 403)
}

/// No token was sent to a route that wants one.
pub fn not_sent(case: &Case<'_>) -> Option<Finding> {
    (case.status() == 401 && case.exchange.token.is_none()).then(|| Finding {
        id: "no-token-sent",
        row: None,
        title: "No token was sent, and this route wants one".to_owned(),
        evidence: vec![case.status_line()],
        confidence: Confidence::Certain,
        fix: vec![
            "Sign in with `l`, or choose an identity with `a`; `# @no-auth` in the request keeps tokens away"
                .to_owned(),
        ],
        remedy: Some(Remedy::SignIn),
    })
}

/// Row 38: an ID token went out.
pub fn id_token_sent(case: &Case<'_>) -> Option<Finding> {
    let is_id = case.token.is_some_and(|token| token.token_use() == TokenUse::Id);
    (refused_by_api(case) && is_id).then(|| Finding {
        confidence: Confidence::Certain,
        remedy: Some(Remedy::SendAccessToken),
        ..finding(
            "id-token-sent",
            38,
            "This is an ID token: it tells the app who signed in, an API wants the access token",
            vec!["the token carries at_hash, nonce or auth_time, which access tokens do not".to_owned()],
            &["Send the access token: `{{$auth.token(\"id\")}}`, or `# @auth`"],
        )
    })
}

/// Expired, and the API noticed.
pub fn expired(case: &Case<'_>) -> Option<Finding> {
    // Within the leeway it is good enough here, but a strict API refuses it.
    let just_now =
        case.has(CheckId::Expiry, Outcome::Warn) && case.token.is_some_and(|token| token.expires_at().is_some());
    (refused_by_api(case) && (just_now || case.fails(CheckId::Expiry))).then(|| Finding {
        confidence: Confidence::Certain,
        ..finding(
            "token-expired",
            40,
            "The token has expired",
            vec![case.reason(CheckId::Expiry)],
            &[
                "Refresh with `r`; without a refresh token log in again with `l`",
                "Ask for the scope `offline` so that bearcat can refresh by itself",
            ],
        )
    })
}

/// Row 10: another issuer.
pub fn issuer_differs(case: &Case<'_>) -> Option<Finding> {
    (refused_by_api(case) && case.fails(CheckId::Issuer)).then(|| {
        finding("issuer-differs", 10, "The token comes from another issuer than this identity's", vec![case.reason(CheckId::Issuer)], &[
            "Sign in at the same host that the API names in KINDE_ISSUER_URL: the kinde.com host and a custom domain are different issuers",
        ])
    })
}

/// Row 7: `aud` is empty.
pub fn audience_empty(case: &Case<'_>) -> Option<Finding> {
    let empty = case.token.is_some_and(|token| token.audiences().is_empty() && token.token_use() == TokenUse::Access);
    (refused_by_api(case) && empty).then(|| {
        finding("audience-empty", 7, "The token is for no API: its `aud` is empty", vec!["aud: []".to_owned()], &[
            "Register the API in Kinde (APIs) and authorise this application for it",
            "Ask for it: `Audience` of the identity, or `bearcat login --audience …`; the text must be exactly the registered one",
            "Log in again: a refresh keeps the old audience",
        ])
    })
}

/// Rows 8 and 9: another audience than the one that was asked for.
pub fn audience_differs(case: &Case<'_>) -> Option<Finding> {
    let token = case.token?;
    (refused_by_api(case) && case.fails(CheckId::Audience) && !token.audiences().is_empty()).then(|| {
        finding(
            "audience-differs",
            8,
            "The token is for another API",
            vec![case.reason(CheckId::Audience)],
            &["Copy the API's identifier exactly (slash, case) into `Audience`, then log in again"],
        )
    })
}

/// Row 11: the signature does not fit the issuer's keys.
pub fn signature_invalid(case: &Case<'_>) -> Option<Finding> {
    let key_missing = case.fails(CheckId::Key);
    (refused_by_api(case) && (key_missing || case.fails(CheckId::Signature))).then(|| Finding {
        confidence: Confidence::Certain,
        ..finding(
            "signature-invalid",
            11,
            "The token's signature does not hold against the issuer's key set",
            vec![if key_missing { case.reason(CheckId::Key) } else { case.reason(CheckId::Signature) }],
            &["Was the token changed, or made by another environment or region? Log in again with `l`"],
        )
    })
}

/// Row 39: a machine token where a user is wanted.
pub fn machine_token_for_user_route(case: &Case<'_>) -> Option<Finding> {
    let machine = case.token.is_some_and(|token| token.token_use() == TokenUse::MachineToMachine);
    (refused_by_api(case) && machine).then(|| Finding {
        confidence: Confidence::Possible,
        ..finding(
            "machine-token",
            39,
            "This is a machine-to-machine token: it has no user, no permissions and maybe no organisation",
            vec!["gty: client_credentials, no sub".to_owned()],
            &[
                "If the route works for a user, log in as one with `l`",
                "Check the scopes of the machine application for this API",
            ],
        )
    })
}

/// Rows 34, 35 and 37: what the request says it needs is not in the token.
pub fn requirement_missing(case: &Case<'_>) -> Option<Finding> {
    if !refused_by_api(case) {
        return None;
    }
    let (id, row, check, title) = [
        ("permission-missing", 34, CheckId::Permissions, "A permission that this route needs is not in the token"),
        ("scope-missing", 37, CheckId::Scopes, "A scope that this route needs is not in the token"),
        (
            "organisation-differs",
            35,
            CheckId::Organization,
            "The token is for another organisation than this route needs",
        ),
    ]
    .into_iter()
    .find(|(_, _, check, _)| case.has(*check, Outcome::Fail))?;
    Some(Finding {
        confidence: Confidence::Certain,
        ..finding(
            id,
            row,
            title,
            vec![case.reason(check)],
            &[
                "Give the user the role or permission in that organisation in Kinde, then log in again: a refresh returns the same token until it expires",
                "For another organisation log in with its code: `bearcat login --org org_…`",
            ],
        )
    })
}
