//! Client authentication (RFC 6749 section 2.3; kinde.md 1.2): the secret in the body, HTTP Basic only as a fault.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::demo::directory::{self, Client};
use crate::demo::faults::ClientAuthenticationMethod;
use crate::demo::oauth_error::OAuthError;
use crate::demo::params::Params;
use crate::demo::state::Shared;

/// Who asks? Public clients must not send a secret: it is the wrong application then (kinde.md row 26).
pub fn authenticate(shared: &Shared, form: &Params, headers: &HeaderMap) -> Result<&'static Client, OAuthError> {
    let method = shared.faults.update(|faults| faults.client_authentication);
    let basic = basic(headers);
    let (id, secret) = match (method, &basic) {
        (ClientAuthenticationMethod::Basic, Some((id, secret))) => (Some(id.as_str()), Some(secret.as_str())),
        // With Basic required, a secret in the body counts for nothing.
        (ClientAuthenticationMethod::Basic, None) => (form.get("client_id"), None),
        (ClientAuthenticationMethod::Post, _) => (form.get("client_id"), form.get("client_secret")),
    };
    let client = id.and_then(directory::client).ok_or_else(OAuthError::invalid_client)?;
    if client.secret != secret {
        return Err(OAuthError::invalid_client());
    }
    Ok(client)
}

/// Id and secret of an HTTP Basic header, form-encoded inside (RFC 6749 section 2.3.1).
fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let encoded = headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
    let text = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    let decode = |text: &str| Params::parse(text.as_bytes()).0.into_iter().next().map(|(name, _)| name);
    Some((decode(id)?, decode(secret)?))
}
