//! Revocation (RFC 7009) and introspection (RFC 7662); kinde.md 5.2 and 7.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::demo::directory::Client;
use crate::demo::family::TokenFamily;
use crate::demo::front::{In, bearer};
use crate::demo::issuer::token;
use crate::demo::jwt::{self, Parsed, Refusal};
use crate::demo::oauth_error::OAuthError;
use crate::demo::state::{Shared, State as DemoState};

/// `POST /oauth2/revoke`: 200 for every token that is not good any more, known or not.
pub async fn revoke(State(shared): State<Arc<Shared>>, inbound: In, headers: HeaderMap) -> Response {
    let Some(form) = &inbound.form else {
        return OAuthError::invalid_request("The content type must be a URL-encoded form").into_response();
    };
    let client = match token::authenticate(&shared, form, &headers) {
        Ok(client) => client,
        Err(error) => return error.into_response(),
    };
    let Some(token) = form.get("token") else {
        return OAuthError::invalid_request("The token is missing").into_response();
    };
    revoke_token(&mut shared.state(), client, token);
    StatusCode::OK.into_response()
}

/// A refresh token takes its family with it; an access token goes alone, so that a refresh gives a new one.
fn revoke_token(state: &mut DemoState, client: &Client, token: &str) {
    let holds = |family: &TokenFamily| family.refresh.as_ref().is_some_and(|chain| chain.holds(token));
    let mut families = state.families.iter_mut().filter(|family| family.request.client.id == client.id);
    let Some(family) = families.find(|family| holds(family)) else {
        revoke_access(state, client, token);
        return;
    };
    family.is_revoked = true;
    state.revoked.extend(family.access.take().map(|access| access.jti));
}

fn revoke_access(state: &mut DemoState, client: &Client, token: &str) {
    let Ok(parsed) = jwt::parse(token) else { return };
    if parsed.text("azp") != Some(client.id) {
        return;
    }
    let Some(jti) = parsed.text("jti") else { return };
    for family in &mut state.families {
        family.access.take_if(|access| access.jti == jti);
    }
    state.revoked.insert(jti.to_owned());
}

/// `POST /oauth2/introspect`, for anybody with a good token of their own.
pub async fn introspect(State(shared): State<Arc<Shared>>, inbound: In, headers: HeaderMap) -> Response {
    let caller = verified(&shared, bearer(&headers).unwrap_or_default()).await;
    if caller.is_err() {
        return OAuthError::invalid_token(401).into_response();
    }
    let Some(token) = inbound.form.as_ref().and_then(|form| form.get("token")) else {
        return OAuthError::invalid_request("The token is missing").into_response();
    };
    match verified(&shared, token).await {
        Ok(parsed) => Json(describe(&parsed)).into_response(),
        Err(_) => Json(json!({ "active": false })).into_response(),
    }
}

fn describe(parsed: &Parsed) -> Value {
    let claim = |name: &str| parsed.claims.get(name).cloned().unwrap_or_default();
    json!({ "active": true, "aud": claim("aud"), "client_id": claim("azp"), "exp": claim("exp"), "iat": claim("iat") })
}

/// An access token that this issuer still honours.
pub async fn verified(shared: &Shared, token: &str) -> Result<Parsed, Refusal> {
    let parsed = jwt::parse(token)?;
    parsed.verify_signature(&shared.published_keys().await)?;
    parsed.verify_issuer(&[&shared.addresses.issuer, &shared.addresses.custom_issuer])?;
    parsed.verify_times(shared.issuer_now().seconds())?;
    let is_revoked = parsed.text("jti").is_none_or(|jti| shared.state().revoked.contains(jti));
    // An ID token has the same signature and issuer, but is none of the access tokens.
    if is_revoked || parsed.claims.contains_key("at_hash") {
        return Err(Refusal::Signature);
    }
    Ok(parsed)
}
