//! Refusals of a good token: the fault is in the API's own verification or authorisation.

use crate::diagnose::case::Case;
use crate::diagnose::finding::{Confidence, Finding};
use crate::model::request::TokenCarrier;
use crate::model::verdict::{CheckId, Outcome, Standing};

fn verified(case: &Case<'_>) -> bool {
    case.verdict.is_some_and(|verdict| verdict.standing() == Standing::Verified)
}

/// Was the token in the header? An API that reads no cookies has not seen the one of cookie mode.
fn sent_bearer(case: &Case<'_>) -> bool {
    case.exchange.token.as_ref().is_some_and(|token| token.carrier == TokenCarrier::Bearer)
}

/// Row 6: the token verifies here, yet the API calls it invalid: it checks with the client secret, most likely.
pub fn good_token_called_invalid(case: &Case<'_>) -> Option<Finding> {
    let says_invalid =
        case.text().contains("invalid token") || case.challenge().is_some_and(|text| text.contains("invalid_token"));
    let rs256 = case.token.and_then(|token| token.algorithm()).is_some_and(|alg| alg == "RS256");
    if case.status() != 401 || !says_invalid || !verified(case) || !sent_bearer(case) {
        return None;
    }
    // Good only by the leeway: a strict API is right to refuse it.
    if [CheckId::Expiry, CheckId::NotBefore].into_iter().any(|time| case.has(time, Outcome::Warn)) {
        return None;
    }
    let mut evidence = vec![case.status_line(), "the same token holds here against the issuer's key set".to_owned()];
    if rs256 {
        evidence.push("alg RS256: signed with the issuer's private key, not with your client secret".to_owned());
    }
    Some(Finding {
        id: "api-verifies-wrongly",
        row: Some(6),
        title: "Your token is good; the API verifies it wrongly (with the client secret, most likely)".to_owned(),
        evidence,
        confidence: if case.challenge().is_some() { Confidence::Possible } else { Confidence::Likely },
        fix: vec![
            "Verify with the issuer's public keys: `createRemoteJWKSet(new URL(KINDE_ISSUER_URL + \"/.well-known/jwks\"))`".to_owned(),
            "`jwtVerify(token, keys, { algorithms: [\"RS256\"], issuer: KINDE_ISSUER_URL, audience: \"…\" })`; the client secret plays no part".to_owned(),
            "If it does so already, compare its issuer and audience with the token's".to_owned(),
        ],
        remedy: None,
    })
}

/// A verified token and 403: who you are is clear, what you may do is not enough.
pub fn forbidden_good_token(case: &Case<'_>) -> Option<Finding> {
    if case.status() != 403 || !verified(case) || case.exchange.token.is_none() {
        return None;
    }
    Some(Finding {
        id: "forbidden",
        row: Some(34),
        title: "The API knows you and does not let you: a permission, role or organisation is missing".to_owned(),
        evidence: vec![case.status_line(), "the token itself holds".to_owned()],
        confidence: Confidence::Possible,
        fix: vec![
            "Compare the permissions and the organisation in the token panel with what the route asks for".to_owned(),
            "Write what it needs into the request (`# @require read:orders`): bearcat then checks it".to_owned(),
        ],
        remedy: None,
    })
}
