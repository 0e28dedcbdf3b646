//! The client credentials grant (RFC 6749 section 4.4; kinde.md section 4): machines, no user, no refresh token.

use crate::demo::claims;
use crate::demo::directory::{Client, ClientKind};
use crate::demo::grant::{authorized_audiences, is_registered_audience};
use crate::demo::issuer::token::mint::{Mint, TokenAnswer};
use crate::demo::issuer::token::{TokenRequest, client};
use crate::demo::oauth_error::OAuthError;

/// Hands out a machine's access token: a new one each time.
pub fn issue(request: &TokenRequest<'_>) -> Result<TokenAnswer, OAuthError> {
    let client = client::authenticate(request.shared, request.form, request.headers)?;
    if client.kind != ClientKind::MachineToMachine {
        return Err(OAuthError::unauthorized_client("Only machine to machine applications may use this grant"));
    }
    let audiences = audiences(request, client)?;
    let scopes = scopes(client, request.form.get("scope"))?;
    let faults = request.shared.faults.snapshot();
    let mint = Mint { key: request.key, faults: &faults, now: request.shared.issuer_now() };
    let claims = claims::machine(client, request.issuer, &audiences, &scopes, mint.now, faults.access_lifetime);
    Ok(TokenAnswer {
        access_token: mint.sign(claims, &faults.access_token, client),
        id_token: None,
        refresh_token: None,
        expires_in: faults.access_lifetime,
        expires_in_form: faults.expires_in,
        scope: None,
        token_type: "Bearer",
    })
}

/// None at all is an error, one that is registered but not authorised another; an unknown one is dropped without a
/// word, and the token's `aud` is empty then (kinde.md section 4, last row).
fn audiences(request: &TokenRequest<'_>, client: &Client) -> Result<Vec<String>, OAuthError> {
    let asked = request.form.list("audience");
    if asked.is_empty() {
        return Err(OAuthError::invalid_request("The audience is missing"));
    }
    let is_refused = |audience: &str| is_registered_audience(audience) && !client.audiences.contains(&audience);
    if asked.into_iter().any(is_refused) {
        return Err(OAuthError::unauthorized_client("The application is not authorized for this API"));
    }
    Ok(authorized_audiences(client, request.form))
}

/// All scopes of the application, or the subset that is asked for.
fn scopes<'a>(client: &Client, asked: Option<&'a str>) -> Result<Vec<&'a str>, OAuthError> {
    let Some(asked) = asked else { return Ok(client.scopes.to_vec()) };
    let asked: Vec<_> = asked.split_ascii_whitespace().collect();
    match asked.iter().find(|scope| !client.scopes.contains(scope)) {
        Some(unknown) => Err(OAuthError::invalid_scope(format!("The scope {unknown} is not enabled"))),
        None => Ok(asked),
    }
}
