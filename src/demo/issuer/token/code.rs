//! The authorisation code grant (RFC 6749 section 4.1.3, RFC 7636 section 4.6): codes are good once.

use axum::http::HeaderMap;

use crate::demo::directory::{BACKEND_CLIENT, Client, ClientKind};
use crate::demo::grant::CodeGrant;
use crate::demo::issuer::token::mint::{Mint, TokenAnswer};
use crate::demo::issuer::token::{TokenRequest, client};
use crate::demo::jwt;
use crate::demo::oauth_error::OAuthError;
use crate::demo::params::Params;
use crate::demo::state::Shared;
use crate::model::time::Timestamp;

/// Exchanges a code for tokens. A code that comes twice takes the tokens of its first use with it.
pub fn exchange(request: &TokenRequest<'_>) -> Result<TokenAnswer, OAuthError> {
    let client = client::authenticate(request.shared, request.form, request.headers)?;
    if !matches!(client.kind, ClientKind::FrontEnd | ClientKind::BackEnd) {
        return Err(OAuthError::unauthorized_client("This application may not use the authorization code flow"));
    }
    let code = request.form.get("code").ok_or_else(|| OAuthError::invalid_request("The code is missing"))?;
    let faults = request.shared.faults.snapshot();
    let mint = Mint { key: request.key, faults: &faults, now: request.shared.issuer_now() };
    let mut state = request.shared.state();
    let grant = state.codes.get(code).cloned();
    let grant = grant.ok_or_else(|| OAuthError::invalid_grant("The authorization code is not known"))?;
    if let Some(family) = grant.exchanged_for {
        for family in state.families.iter_mut().filter(|known| known.id == family) {
            family.is_revoked = true;
        }
        return Err(OAuthError::invalid_grant("The authorization code was used before"));
    }
    check(&grant, client, request.form, mint.now)?;
    let (family, answer) = mint.first_tokens(&mut state, grant.request, grant.signed_in)?;
    if let Some(code) = state.codes.get_mut(code) {
        code.exchanged_for = Some(family);
    }
    Ok(answer)
}

fn check(grant: &CodeGrant, client: &Client, form: &Params, now: Timestamp) -> Result<(), OAuthError> {
    if grant.request.client.id != client.id {
        return Err(OAuthError::invalid_grant("The authorization code was given to another application"));
    }
    if now >= grant.expires_at {
        return Err(OAuthError::invalid_grant("The authorization code has expired"));
    }
    if form.get("redirect_uri") != Some(&grant.redirect_uri) {
        return Err(OAuthError::invalid_grant("The redirect_uri differs from that of the authorization request"));
    }
    match (&grant.challenge, form.get("code_verifier")) {
        (None, None) => Ok(()),
        (Some(challenge), Some(verifier)) if is_verifier(verifier) && jwt::challenge_of(verifier) == *challenge => {
            Ok(())
        }
        _ => Err(OAuthError::invalid_grant("The code_verifier does not fit the code_challenge")),
    }
}

/// RFC 7636 section 4.1: 43 to 128 unreserved characters.
fn is_verifier(text: &str) -> bool {
    let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    (43..=128).contains(&text.len()) && text.bytes().all(is_unreserved)
}

/// The exchange that the demo's own Next.js app makes on its server: the back-end application, its secret, no PKCE.
pub async fn sign_in_backend(shared: &Shared, code: &str, redirect_uri: &str) -> Result<TokenAnswer, OAuthError> {
    let secret = BACKEND_CLIENT.secret.unwrap_or_default();
    let fields =
        [("client_id", BACKEND_CLIENT.id), ("client_secret", secret), ("code", code), ("redirect_uri", redirect_uri)];
    let form = Params(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect());
    let key = shared.signing_key().await;
    let headers = HeaderMap::new();
    exchange(&TokenRequest { shared, issuer: &shared.addresses.issuer, form: &form, headers: &headers, key: &key })
}
