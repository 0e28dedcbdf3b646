//! `/seed/orders`: the first user's mistake (kinde.md 8.3), an API that verifies with the client secret by HS256.
//!
//! So every token that the issuer signs is "invalid", and only one that is signed with the secret passes.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::demo::api::orders;
use crate::demo::directory::BACKEND_CLIENT;
use crate::demo::jwt;
use crate::demo::state::Shared;

/// `GET` and `POST /seed/orders`.
pub async fn orders(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    let header = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    // The scheme is compared with its case, as hand-written checks do.
    let Some(token) = header.strip_prefix("Bearer ") else {
        return unauthorized("Unauthorized: Missing or invalid token");
    };
    let secret = BACKEND_CLIENT.secret.unwrap_or_default();
    let verified = jwt::parse(token).and_then(|parsed| parsed.verify_hs256(secret).map(|()| parsed));
    let now = shared.clock.now().seconds();
    match verified {
        // Like `jsonwebtoken` there: an `exp` is looked at if there is one.
        Ok(parsed) if parsed.seconds("exp").is_none_or(|expires| expires > now) => {
            Json(orders::page(&shared, usize::MAX)).into_response()
        }
        _ => unauthorized("Unauthorized: Invalid token"),
    }
}

fn unauthorized(message: &str) -> Response {
    (StatusCode::UNAUTHORIZED, Json(json!({ "message": message }))).into_response()
}
