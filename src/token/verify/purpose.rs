//! What the token is for: its kind, and the ties of an ID token to one login (`nonce`, `at_hash`).

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::model::verdict::{Check, CheckId, Outcome};
use crate::token::algorithm::Algorithm;
use crate::token::classify::{Certainty, Classification, classify};
use crate::token::inspect::TokenUse;
use crate::token::verify::{Context, check};

pub(super) fn checks(context: &Context<'_>) -> Vec<Check> {
    let mut checks = vec![kind(context)];
    if context.judged_as() == TokenUse::Id || context.expectation.nonce.is_some() {
        checks.push(nonce(context));
    }
    if context.judged_as() == TokenUse::Id || context.expectation.access_token_for_hash.is_some() {
        checks.push(access_token_hash(context));
    }
    checks
}

/// A stated kind decides; a likely one only warns, because foreign issuers mix the claims freely.
fn kind(context: &Context<'_>) -> Check {
    let id = CheckId::TokenKind;
    let Classification { token_use: actual, certainty, sign } = classify(context.token);
    let what = format!("This is {}: it {sign}", actual.with_article());
    let expected = match context.expectation.token_use {
        None | Some(TokenUse::Unknown) => return check(id, Outcome::Skipped, format!("{what}; nothing was expected")),
        Some(expected) => expected,
    };
    let mismatch = match certainty {
        Certainty::Stated => Outcome::Fail,
        Certainty::Likely => Outcome::Warn,
    };
    match (expected, actual) {
        _ if expected == actual => check(id, Outcome::Pass, what),
        (TokenUse::Id, _) if certainty == Certainty::Likely && is_for_client(context) => {
            check(id, Outcome::Pass, "An ID token for this client, by its `aud`")
        }
        (_, TokenUse::Unknown) => {
            let reason = format!("Cannot be told: the token {sign}; expected {}", expected.with_article());
            check(id, Outcome::Skipped, reason)
        }
        (TokenUse::Access, TokenUse::MachineToMachine) => {
            // kinde.md section 9, row 39.
            let reason = format!("{what}, names no user, and an API that wants one refuses it; sign in as a user");
            check(id, Outcome::Warn, reason)
        }
        (TokenUse::MachineToMachine, TokenUse::Access) => {
            check(id, Outcome::Skipped, format!("{what}; whether of a machine or a user cannot be told"))
        }
        (TokenUse::Access | TokenUse::MachineToMachine, _) => {
            // kinde.md section 9, row 38.
            check(id, mismatch, format!("{what}; an API has to get the access token"))
        }
        (TokenUse::Id | TokenUse::Unknown, _) => {
            check(id, mismatch, format!("{what}; expected {}", expected.with_article()))
        }
    }
}

fn is_for_client(context: &Context<'_>) -> bool {
    let client = context.expectation.client_id.as_ref();
    client.is_some_and(|client| context.token.audiences().contains(client))
}

fn nonce(context: &Context<'_>) -> Check {
    let id = CheckId::Nonce;
    let claim = context.token.claim("nonce");
    match (&context.expectation.nonce, claim) {
        (None, None) => check(id, Outcome::Skipped, "None was sent, and the token has none"),
        (None, Some(_)) => check(id, Outcome::Skipped, "It is not known here which one was sent"),
        (Some(_), None) => {
            check(id, Outcome::Fail, "A nonce was sent, but the token has none: it may belong to another login")
        }
        (Some(sent), Some(Value::String(received))) if sent == received => {
            check(id, Outcome::Pass, "The one that was sent")
        }
        (Some(_), Some(Value::String(_))) => {
            check(id, Outcome::Fail, "Not the one that was sent: the token belongs to another login")
        }
        (Some(_), Some(_)) => check(id, Outcome::Fail, "`nonce` is not text"),
    }
}

/// OIDC Core 3.1.3.6: the left half of the access token's hash, by the hash of the signature algorithm. In the code
/// flow the claim is optional, so a token without it is not refused.
fn access_token_hash(context: &Context<'_>) -> Check {
    let id = CheckId::AccessTokenHash;
    let claim = match context.token.claim("at_hash") {
        None => return check(id, Outcome::Skipped, "The token has no `at_hash`, which the code flow leaves open"),
        Some(Value::String(claim)) => claim,
        Some(_) => return check(id, Outcome::Fail, "`at_hash` is not text"),
    };
    let Some(access_token) = &context.expectation.access_token_for_hash else {
        return check(id, Outcome::Skipped, "The access token that came with it is not here");
    };
    let Some(algorithm) = context.token.algorithm().and_then(Algorithm::parse) else {
        return check(id, Outcome::Skipped, "The algorithm names no hash that bearcat knows");
    };
    let hash = digest::digest(algorithm.digest(), access_token.expose().as_bytes());
    let left = &hash.as_ref()[..hash.as_ref().len() / 2];
    if *claim == URL_SAFE_NO_PAD.encode(left) {
        return check(id, Outcome::Pass, "Fits the access token");
    }
    check(id, Outcome::Fail, "Does not fit the access token: the two did not come together")
}
