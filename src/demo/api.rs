//! The protected API: routes that accept and refuse in all the ways that bearcat explains.
//!
//! `/api/v1` is how it should be done; `/seed`, `/next212`, `/next213` and `/express` are how it is done elsewhere
//! (kinde.md section 8); `/faulty` has one mistake in verifying
//! for each name, and `/test` is for the HTTP engine. The API verifies tokens with the issuer's published keys.

mod access;
mod express;
mod faulty;
pub mod nextjs;
mod orders;
mod people;
mod seed;
mod trial;
mod v1;

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;

use crate::demo::state::Shared;

/// All routes of the API.
pub fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/", get(index))
        .route("/api/ping", get(v1::ping))
        .route("/api/v1/me", get(v1::me))
        .route("/api/v1/orders", get(v1::list_orders).post(v1::create_order))
        .route("/api/v1/orders/{number}", get(v1::one_order))
        .route("/api/v1/org/settings", get(v1::org_settings))
        .route("/seed/orders", get(seed::orders).post(seed::orders))
        .merge(express::router())
        .merge(faulty::router())
        .merge(nextjs::router())
        .merge(trial::router())
        .merge(people::router())
        .fallback(not_found)
        .with_state(shared)
}

async fn index() -> Response {
    Json(json!({ "name": "The bearcat demo API", "routes": ["/api/ping", "/api/v1/me", "/api/v1/orders"] }))
        .into_response()
}

async fn not_found() -> Response {
    (StatusCode::NOT_FOUND, Json(json!({ "error": "not_found", "message": "There is no such route" }))).into_response()
}
