//! The token endpoint: reads the form, authenticates the client, and hands over to the grant.
//!
//! As Kinde: secrets are taken from the body only, the body must be a form, and a parameter comes once.

mod client;
mod code;
mod device;
mod machine;
mod mint;
mod refresh;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::demo::front::{In, Inbound};
use crate::demo::keys::SigningKey;
use crate::demo::oauth_error::OAuthError;
use crate::demo::params::Params;
use crate::demo::state::Shared;

pub use client::authenticate;
pub use code::sign_in_backend;
pub use mint::TokenAnswer;

/// RFC 8628 section 3.4.
const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// What a grant needs to do its work.
pub struct TokenRequest<'a> {
    /// The demo.
    pub shared: &'a Shared,
    /// The issuer identifier under which the request came.
    pub issuer: &'a str,
    /// The form.
    pub form: &'a Params,
    /// The headers: HTTP Basic may be in there.
    pub headers: &'a HeaderMap,
    /// The key to sign with.
    pub key: &'a SigningKey,
}

/// `POST /oauth2/token`.
pub async fn answer(State(shared): State<Arc<Shared>>, inbound: In, headers: HeaderMap) -> Response {
    // Taken before the lock, because making a key takes a while.
    let key = shared.signing_key().await;
    match dispatch(&shared, &inbound, &headers, &key) {
        Ok(answer) => ([(CACHE_CONTROL, "no-store")], Json(answer.to_json())).into_response(),
        Err(error) => error.into_response(),
    }
}

fn dispatch(
    shared: &Shared,
    inbound: &Inbound,
    headers: &HeaderMap,
    key: &SigningKey,
) -> Result<TokenAnswer, OAuthError> {
    let form = inbound.form.as_ref();
    let form = form.ok_or_else(|| OAuthError::invalid_request("The content type must be a URL-encoded form"))?;
    if let Some(name) = form.repeated() {
        return Err(OAuthError::invalid_request(format!("The parameter {name} came twice")));
    }
    let request = TokenRequest { shared, issuer: &inbound.issuer, form, headers, key };
    match form.get("grant_type") {
        Some("authorization_code") => code::exchange(&request),
        Some("refresh_token") => refresh::refresh(&request),
        Some("client_credentials") => machine::issue(&request),
        Some(DEVICE_GRANT) => device::poll(&request).map_err(|error| with_device_status(shared, error)),
        _ => Err(OAuthError::invalid_request("The grant_type is missing or not supported")),
    }
}

/// Kinde does not document the status of the device grant's errors, so it is a knob.
fn with_device_status(shared: &Shared, error: OAuthError) -> OAuthError {
    if error.status != StatusCode::BAD_REQUEST {
        return error;
    }
    let status = shared.faults.update(|faults| faults.device_error_status);
    OAuthError { status: StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST), ..error }
}
