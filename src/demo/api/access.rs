//! Who may pass: the bearer check of a well-made API, with `WWW-Authenticate` as RFC 6750 section 3 has it.

use std::fmt::Write;

use axum::Json;
use axum::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::demo::directory::AUDIENCE;
use crate::demo::front::bearer;
use crate::demo::jwt::{self, Parsed, Refusal};
use crate::demo::state::Shared;

const REALM: &str = "bearcat-demo";

/// Why a request does not pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denial {
    /// No token at all: no error code then (RFC 6750 section 3.1).
    Missing,
    /// An `Authorization` header that is not `Bearer` and a token.
    BadHeader,
    /// The token is no good.
    Token(Refusal),
    /// The token is good, but does not hold this permission or scope.
    Permission(&'static str),
    /// The token is good, but is for no organisation.
    Organization,
}

impl Denial {
    fn parts(self) -> (StatusCode, Option<&'static str>, String) {
        match self {
            Self::Missing => (StatusCode::UNAUTHORIZED, None, "A bearer token is needed".to_owned()),
            Self::BadHeader => {
                let text = "The Authorization header must be Bearer and a token".to_owned();
                (StatusCode::BAD_REQUEST, Some("invalid_request"), text)
            }
            Self::Token(refusal) => (StatusCode::UNAUTHORIZED, Some("invalid_token"), refusal.to_string()),
            Self::Permission(key) => {
                (StatusCode::FORBIDDEN, Some("insufficient_scope"), format!("The permission {key} is needed"))
            }
            Self::Organization => {
                let text = "A token for an organization is needed".to_owned();
                (StatusCode::FORBIDDEN, Some("insufficient_scope"), text)
            }
        }
    }
}

impl IntoResponse for Denial {
    fn into_response(self) -> Response {
        let (status, code, text) = self.parts();
        let mut challenge = format!("Bearer realm=\"{REALM}\"");
        if let Some(code) = code {
            let _ = write!(challenge, ", error=\"{code}\", error_description=\"{text}\"");
        }
        if let Self::Permission(key) = self {
            let _ = write!(challenge, ", scope=\"{key}\"");
        }
        let body = json!({ "error": code.unwrap_or("unauthorized"), "message": text });
        (status, [(WWW_AUTHENTICATE, challenge)], Json(body)).into_response()
    }
}

/// Any good access token of the issuer, whatever its audience.
pub async fn any_token(shared: &Shared, headers: &HeaderMap) -> Result<Parsed, Denial> {
    if !headers.contains_key(AUTHORIZATION) {
        return Err(Denial::Missing);
    }
    let token = bearer(headers).ok_or(Denial::BadHeader)?;
    verify(shared, token).await.map_err(Denial::Token)
}

async fn verify(shared: &Shared, token: &str) -> Result<Parsed, Refusal> {
    let parsed = jwt::parse(token)?;
    parsed.verify_signature(&shared.published_keys().await)?;
    parsed.verify_issuer(&[&shared.addresses.issuer])?;
    parsed.verify_times(shared.clock.now().seconds())?;
    Ok(parsed)
}

/// A good token for this API.
pub async fn token_for_api(shared: &Shared, headers: &HeaderMap) -> Result<Parsed, Denial> {
    let parsed = any_token(shared, headers).await?;
    parsed.verify_audience(AUDIENCE).map_err(Denial::Token)?;
    Ok(parsed)
}

/// A good token for this API that holds a permission or scope.
pub async fn token_with(shared: &Shared, headers: &HeaderMap, key: &'static str) -> Result<Parsed, Denial> {
    let parsed = token_for_api(shared, headers).await?;
    if parsed.grants(key) { Ok(parsed) } else { Err(Denial::Permission(key)) }
}
