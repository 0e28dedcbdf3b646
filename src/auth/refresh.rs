//! The refresh request and what its answer means (RFC 6749 section 6, OIDC Core section 12, kinde.md 5.1).
//!
//! Pure but for [`post`]: [`super::keeper`] owns the state machine. Between the answer and the vault there is no
//! network, so that a rotated refresh token cannot get lost on the way.

use crate::auth::answer::{self, Asking};
use crate::auth::client;
use crate::auth::context::AuthContext;
use crate::auth::discovery;
use crate::auth::error::{AuthError, Endpoint};
use crate::auth::parameter;
use crate::auth::text;
use crate::auth::token_response::{self, TokenResponse};
use crate::model::identity::Identity;
use crate::model::provider::ProviderMetadata;
use crate::model::session::TokenSet;
use crate::model::time::Timestamp;
use crate::model::wire::{FieldValue, WireRequest, WireResponse};
use crate::redact::{RefreshToken, SecretText};
use crate::token::inspect::{Inspection, inspect};

/// Builds the refresh request.
pub fn request(
    identity: &Identity,
    metadata: &ProviderMetadata,
    refresh: &RefreshToken,
) -> Result<WireRequest, AuthError> {
    let url = discovery::required(metadata.token_endpoint.as_ref(), Endpoint::Token, metadata)?;
    let form = vec![
        ("grant_type".to_owned(), FieldValue::Plain("refresh_token".to_owned())),
        ("refresh_token".to_owned(), FieldValue::Secret(SecretText::new(refresh.expose()))),
    ];
    let mut request = WireRequest::post("refresh request", url.clone(), form);
    client::authenticate(&mut request, identity, metadata);
    let resources = parameter::resources(identity);
    request.form.extend(resources.into_iter().map(|(name, value)| (name, FieldValue::Plain(value))));
    Ok(request)
}

/// Posts it.
pub async fn post(
    ctx: &AuthContext,
    identity: &Identity,
    metadata: &ProviderMetadata,
    refresh: &RefreshToken,
) -> Result<(TokenResponse, WireResponse), AuthError> {
    let asking = Asking::of(identity.grant, metadata);
    let (members, response) = answer::ask(ctx, asking, request(identity, metadata, refresh)?).await?;
    Ok((TokenResponse::read(&members)?, response))
}

/// What became of the session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The session to store, in any case: it holds the refresh token that is good from now on.
    pub tokens: TokenSet,
    /// Why the new access token must not be used; then `tokens` still has the old one.
    pub refused: Option<AuthError>,
}

/// Puts the answer and the old session together.
pub fn merge(old: &TokenSet, answer: TokenResponse, now: Timestamp) -> Outcome {
    let refresh = answer.refresh.clone().or_else(|| old.refresh.clone());
    if let Some(error) = refusal(old, &answer) {
        return Outcome { tokens: TokenSet { refresh, ..old.clone() }, refused: Some(error) };
    }
    let is_same = answer.access == old.access;
    let access = inspect(answer.access.expose());
    let mut expires_at = token_response::expiry(&access, answer.expires_in, now);
    if is_same && access.expires_at().is_none() {
        // An opaque token that came again: what `expires_in` counts from is anybody's guess, so the sooner end holds.
        expires_at = [old.expires_at, expires_at].into_iter().flatten().min();
    }
    let tokens = TokenSet {
        access: answer.access,
        id: answer.id.or_else(|| old.id.clone()),
        refresh,
        scope: answer.scope.or_else(|| old.scope.clone()),
        obtained_at: if is_same { old.obtained_at } else { now },
        expires_at,
    };
    Outcome { tokens, refused: None }
}

fn refusal(old: &TokenSet, answer: &TokenResponse) -> Option<AuthError> {
    let access = inspect(answer.access.expose());
    if token_response::is_endless_jwt(&access) && !token_response::is_endless_jwt(&inspect(old.access.expose())) {
        return Some(AuthError::RefreshWithoutExpiry);
    }
    let (Some(old), Some(new)) = (&old.id, &answer.id) else { return None };
    compare(&inspect(old.expose()), &inspect(new.expose()))
}

/// OIDC Core section 12.2: same issuer, same user, and the original audience.
fn compare(old: &Inspection, new: &Inspection) -> Option<AuthError> {
    let shown = |value: Option<&str>| value.map_or("none".to_owned(), |text| format!("`{}`", text::line(text)));
    for (claim, expected, found) in [("iss", old.issuer(), new.issuer()), ("sub", old.subject(), new.subject())] {
        if expected != found {
            return Some(AuthError::RefreshedIdToken { claim, expected: shown(expected), found: shown(found) });
        }
    }
    let (expected, found) = (old.audiences(), new.audiences());
    if expected.iter().all(|entry| found.contains(entry)) {
        return None;
    }
    let list = |entries: &[String]| format!("`{}`", text::line(&entries.join(", ")));
    Some(AuthError::RefreshedIdToken { claim: "aud", expected: list(&expected), found: list(&found) })
}

#[cfg(test)]
mod tests;
