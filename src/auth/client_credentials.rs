//! The client credentials grant (RFC 6749 section 4.4): a machine's token, no user, no refresh token.

use crate::auth::answer::{self, Asking};
use crate::auth::client;
use crate::auth::context::AuthContext;
use crate::auth::discovery;
use crate::auth::error::{AuthError, Endpoint};
use crate::auth::parameter;
use crate::auth::scope;
use crate::auth::token_response::TokenResponse;
use crate::model::identity::{Grant, Identity};
use crate::model::provider::ProviderMetadata;
use crate::model::wire::{FieldValue, WireRequest, WireResponse};

/// Builds the token request.
pub fn request(identity: &Identity, metadata: &ProviderMetadata) -> Result<WireRequest, AuthError> {
    if identity.client_id.is_none() {
        return Err(AuthError::NoClientId(identity.name.clone()));
    }
    if identity.client_secret.is_none() {
        return Err(AuthError::NoClientSecret(identity.name.clone()));
    }
    let url = discovery::required(metadata.token_endpoint.as_ref(), Endpoint::Token, metadata)?;
    let plain = |(name, value): (String, String)| (name, FieldValue::Plain(value));
    let form = vec![plain(("grant_type".to_owned(), "client_credentials".to_owned()))];
    let mut request = WireRequest::post("client credentials request", url.clone(), form);
    client::authenticate(&mut request, identity, metadata);
    let scope = scope::for_machine(identity).parameter();
    request.form.extend(scope.map(|scope| plain(("scope".to_owned(), scope))));
    request.form.extend(parameter::custom(identity).into_iter().map(plain));
    Ok(request)
}

/// Gets a token.
pub async fn acquire(
    ctx: &AuthContext,
    identity: &Identity,
    metadata: &ProviderMetadata,
) -> Result<(TokenResponse, WireResponse), AuthError> {
    let asking = Asking::of(Grant::ClientCredentials, metadata);
    let (members, response) = answer::ask(ctx, asking, request(identity, metadata)?).await?;
    let mut tokens = TokenResponse::read(&members)?;
    // RFC 6749 section 4.4.3: there should be none, and bearcat renews by asking again.
    tokens.refresh = None;
    Ok((tokens, response))
}
