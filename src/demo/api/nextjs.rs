//! `/next212/…` and `/next213/…`: a Next.js app behind the Kinde SDK's middleware, before and after its version 2.13.
//!
//! The middleware looks at cookies only, so a bearer token never helps (kinde.md 8.1, 8.3). Unlike the real SDK it
//! does not refresh an expired session. The SDK's own routes are at `/api/auth/…`, where the redirects lead, and
//! under both prefixes.

mod auth_routes;
pub mod session;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::any;
use axum::{Extension, Json, Router};
use serde_json::json;

use crate::demo::api::nextjs::session::Session;
use crate::demo::api::orders;
use crate::demo::front::In;
use crate::demo::state::Shared;

/// Which SDK the app uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// 2.5 to 2.12.
    Before213,
    /// From 2.13.
    From213,
}

/// The routes.
pub fn router() -> Router<Arc<Shared>> {
    Router::new()
        .nest("/next212", app(Version::Before213))
        .nest("/next213", app(Version::From213))
        .route("/api/auth/{name}", any(auth_routes::at_root).layer(Extension(Version::From213)))
}

fn app(version: Version) -> Router<Arc<Shared>> {
    Router::new()
        .route("/api/auth/{name}", any(auth_routes::in_app))
        .route("/protect-api", any(protect_api))
        .route("/api/v1/orders", any(api_orders))
        .route("/{*path}", any(page))
        .layer(Extension(version))
}

/// What `withAuth` answers without a session.
pub fn refuse(version: Version, method: &Method, shared: &Shared) -> Response {
    let is_read = matches!(*method, Method::GET | Method::HEAD);
    match version {
        Version::Before213 => {
            let location = format!("{}/api/auth/login", shared.addresses.api);
            (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, location)]).into_response()
        }
        // Relative, and the path is the whole body: no content type, no challenge.
        Version::From213 if is_read => {
            let body = Bytes::from_static(b"/api/auth/login");
            let mut response = (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, "/api/auth/login")], body).into_response();
            response.headers_mut().remove(axum::http::header::CONTENT_TYPE);
            response
        }
        Version::From213 => refusal(StatusCode::UNAUTHORIZED, StatusCode::UNAUTHORIZED, "Unauthorized"),
    }
}

/// The SDK's JSON refusal; before 2.13 its `status` was 200 whatever the body says.
fn refusal(status: StatusCode, says: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "statusCode": says.as_u16(), "message": message }))).into_response()
}

/// `/api/v1/orders` behind `withAuth`.
async fn api_orders(
    State(shared): State<Arc<Shared>>,
    Extension(version): Extension<Version>,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(session) = Session::read(&shared, &headers).await else { return refuse(version, &method, &shared) };
    if method == Method::POST {
        return match orders::read(&body) {
            Ok(order) => {
                let order = orders::add(&shared, &order, session.access.text("sub"));
                (StatusCode::CREATED, Json(order)).into_response()
            }
            Err(problem) => (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "message": problem }))).into_response(),
        };
    }
    Json(orders::page(&shared, usize::MAX)).into_response()
}

/// `protectApi` in a handler that the middleware leaves alone (`publicPaths`). Needs `read:reports`.
async fn protect_api(
    State(shared): State<Arc<Shared>>,
    Extension(version): Extension<Version>,
    headers: HeaderMap,
) -> Response {
    let status = |honest: StatusCode| if version == Version::Before213 { StatusCode::OK } else { honest };
    match Session::read(&shared, &headers).await {
        None => refusal(status(StatusCode::UNAUTHORIZED), StatusCode::UNAUTHORIZED, "Unauthorized"),
        Some(session) if !session.access.grants("read:reports") => {
            refusal(status(StatusCode::FORBIDDEN), StatusCode::FORBIDDEN, "Forbidden")
        }
        Some(_) => {
            Json(json!({ "reports": [{ "month": "2026-10", "orders": 12, "revenue": 8431.2 }] })).into_response()
        }
    }
}

/// Every other route: the middleware comes before "not found".
async fn page(
    State(shared): State<Arc<Shared>>,
    Extension(version): Extension<Version>,
    Path(_): Path<String>,
    _inbound: In,
    method: Method,
    headers: HeaderMap,
) -> Response {
    match Session::read(&shared, &headers).await {
        None => refuse(version, &method, &shared),
        Some(_) => not_found(),
    }
}

/// Next's own page.
pub fn not_found() -> Response {
    (StatusCode::NOT_FOUND, Html("<!doctype html><title>404</title><h1>404</h1><p>This page could not be found."))
        .into_response()
}
