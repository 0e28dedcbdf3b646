//! What a token is for: nothing in a JWT says so for certain, so this weighs the signs (kinde.md 6.2 to 6.4).
//!
//! Explicit signs come first (RFC 9068's `typ`, Cognito's `token_use`, Keycloak's `typ` claim, `gty`); hints after.

use serde_json::Value;

use crate::token::inspect::{Inspection, TokenUse};

/// How sure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Certainty {
    /// The token says so in a field made for it.
    Stated,
    /// Drawn from the claims that it has.
    Likely,
}

/// What a token is for, and the sign that told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Classification {
    pub(super) token_use: TokenUse,
    pub(super) certainty: Certainty,
    /// Completes `this is an ID token: it …`.
    pub(super) sign: &'static str,
}

/// Weighs the signs.
pub(super) fn classify(token: &Inspection) -> Classification {
    if let Some((token_use, sign)) = stated(token) {
        return Classification { token_use, certainty: Certainty::Stated, sign };
    }
    let (token_use, sign) = likely(token);
    Classification { token_use, certainty: Certainty::Likely, sign }
}

fn stated(token: &Inspection) -> Option<(TokenUse, &'static str)> {
    if is_client_credentials(token.claim("gty")) {
        return Some((TokenUse::MachineToMachine, "has `gty` client_credentials"));
    }
    let header_type = token.header.as_ref().and_then(|header| header.get("typ")).and_then(Value::as_str).unwrap_or("");
    let header_type = header_type.to_ascii_lowercase();
    if header_type.trim_start_matches("application/") == "at+jwt" {
        // RFC 9068 section 2.2: without a user, `sub` is the client.
        let client = token.text_claim("client_id");
        if client.is_some() && client == token.subject() {
            return Some((TokenUse::MachineToMachine, "has `typ` at+jwt and its subject is the client"));
        }
        return Some((TokenUse::Access, "has `typ` at+jwt"));
    }
    match token.text_claim("token_use").or_else(|| token.text_claim("typ")) {
        Some("access" | "Bearer") => return Some((TokenUse::Access, "says that it is an access token")),
        Some("id" | "ID") => return Some((TokenUse::Id, "says that it is an ID token")),
        _ => {}
    }
    let has_hash = token.claim("at_hash").is_some() || token.claim("c_hash").is_some();
    has_hash.then_some((TokenUse::Id, "has `at_hash`, which only ID tokens have"))
}

fn likely(token: &Inspection) -> (TokenUse, &'static str) {
    let has = |name| token.claim(name).is_some();
    let client = token.text_claim("azp").or_else(|| token.text_claim("client_id"));
    if client.is_some() && client == token.subject() {
        return (TokenUse::MachineToMachine, "has its client as subject");
    }
    if has("scp") || has("scope") {
        return (TokenUse::Access, "has scopes");
    }
    if has("nonce") {
        return (TokenUse::Id, "has `nonce`, which ID tokens have");
    }
    if has("permissions") || has("x-hasura-permissions") {
        return (TokenUse::Access, "has permissions");
    }
    if has("auth_time") {
        return (TokenUse::Id, "has `auth_time`, which ID tokens have");
    }
    if client.is_some_and(|client| token.audiences().iter().any(|audience| audience == client)) {
        return (TokenUse::Id, "is addressed to its own client");
    }
    (TokenUse::Unknown, "has no sign of either")
}

/// `gty`: Kinde writes an array, Auth0 the text `client-credentials`.
fn is_client_credentials(gty: Option<&Value>) -> bool {
    let is_it = |value: &Value| matches!(value.as_str(), Some("client_credentials" | "client-credentials"));
    match gty {
        Some(Value::Array(many)) => many.iter().any(is_it),
        Some(one) => is_it(one),
        None => false,
    }
}
