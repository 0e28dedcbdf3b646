//! Errors of the OAuth endpoints (RFC 6749 section 5.2), as JSON or as callback parameters.

use std::borrow::Cow;

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// One error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuthError {
    /// The status, where it is sent as JSON.
    pub status: StatusCode,
    /// `error`.
    pub code: Cow<'static, str>,
    /// `error_description`.
    pub description: Cow<'static, str>,
}

impl OAuthError {
    /// Any error with status 400.
    pub fn new(code: impl Into<Cow<'static, str>>, description: impl Into<Cow<'static, str>>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code: code.into(), description: description.into() }
    }

    /// The request is malformed or incomplete.
    pub fn invalid_request(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new("invalid_request", description)
    }

    /// The code or refresh token is no good.
    pub fn invalid_grant(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new("invalid_grant", description)
    }

    /// A scope is unknown or not enabled.
    pub fn invalid_scope(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new("invalid_scope", description)
    }

    /// The client may not use this grant or this API.
    pub fn unauthorized_client(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new("unauthorized_client", description)
    }

    /// The client is unknown, or its authentication failed: one text for all causes, as Kinde's.
    pub fn invalid_client() -> Self {
        let description = "Client authentication failed (e.g., unknown client, no client authentication included, or \
                           unsupported authentication method).";
        Self { status: StatusCode::UNAUTHORIZED, ..Self::new("invalid_client", description) }
    }

    /// The bearer token of a request to the provider itself is no good.
    pub fn invalid_token(status: u16) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::UNAUTHORIZED);
        Self { status, ..Self::new("invalid_token", "The access token is missing, expired, revoked or not a user's") }
    }
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        let body = json!({ "error": self.code, "error_description": self.description });
        (self.status, [(CACHE_CONTROL, "no-store")], Json(body)).into_response()
    }
}
