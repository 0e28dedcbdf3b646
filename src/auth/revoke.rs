//! Ending a session at the provider: revocation (RFC 7009) and the logout page of the browser.

use url::Url;

use crate::auth::answer::{self, Asking};
use crate::auth::client;
use crate::auth::context::AuthContext;
use crate::auth::discovery;
use crate::auth::error::{AuthError, Endpoint};
use crate::model::identity::Identity;
use crate::model::provider::ProviderMetadata;
use crate::model::wire::{FieldValue, WireRequest};
use crate::redact::SecretText;

/// What kind of token is revoked (RFC 7009 section 2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenTypeHint {
    /// `access_token`.
    Access,
    /// `refresh_token`.
    Refresh,
}

impl TokenTypeHint {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access_token",
            Self::Refresh => "refresh_token",
        }
    }
}

/// Builds the revocation request. Kinde takes it without an `Authorization` header (kinde.md 5.2).
pub fn request(
    identity: &Identity,
    metadata: &ProviderMetadata,
    token: &str,
    hint: TokenTypeHint,
) -> Result<WireRequest, AuthError> {
    let url = discovery::required(metadata.revocation_endpoint.as_ref(), Endpoint::Revocation, metadata)?;
    let form = vec![
        ("token".to_owned(), FieldValue::Secret(SecretText::new(token))),
        ("token_type_hint".to_owned(), FieldValue::Plain(hint.as_str().to_owned())),
    ];
    let mut request = WireRequest::post("revocation", url.clone(), form);
    client::authenticate(&mut request, identity, metadata);
    Ok(request)
}

/// Revokes one token. A token that the provider does not know counts as revoked, as RFC 7009 wants.
pub async fn revoke(
    ctx: &AuthContext,
    identity: &Identity,
    metadata: &ProviderMetadata,
    token: &str,
    hint: TokenTypeHint,
) -> Result<(), AuthError> {
    let request = request(identity, metadata, token, hint)?;
    let (during, url) = (request.purpose, request.url.clone());
    let response = ctx.call(request).await.map_err(|error| AuthError::Transport { during, error })?;
    answer::failure(Asking::of(identity.grant, metadata), during, &url, &response)
}

/// The page that ends the browser session, if the provider has one. No token goes into it: URLs end up in histories.
/// `after`: where the browser goes then; it has to be registered at the provider.
pub fn end_session_url(identity: &Identity, metadata: &ProviderMetadata, after: Option<&Url>) -> Option<Url> {
    let mut url = metadata.end_session_endpoint.clone()?;
    let parameters = [
        ("client_id", identity.client_id.as_deref()),
        (if metadata.is_kinde() { "redirect" } else { "post_logout_redirect_uri" }, after.map(Url::as_str)),
    ];
    for (name, value) in parameters {
        if let Some(value) = value {
            url.query_pairs_mut().append_pair(name, value);
        }
    }
    Some(url)
}

#[cfg(test)]
mod tests;
