//! `/express/…`: an Express app with Kinde's middleware (kinde.md 8.2). It has no sessions, so bearer is the only way in.

use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, LOCATION};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::demo::api::orders;
use crate::demo::directory::AUDIENCE;
use crate::demo::jwt::{self, Refusal};
use crate::demo::state::Shared;

/// The routes.
pub fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/express/orders", get(protect_route).post(protect_route))
        .route("/express/strict/orders", get(jwt_verify).post(jwt_verify))
        .route("/express/user", get(get_user))
}

fn authorization(headers: &HeaderMap) -> Option<&str> {
    headers.get(AUTHORIZATION).map(|value| value.to_str().unwrap_or_default())
}

/// `protectRoute`: looks at the signature only, so that an expired token passes.
async fn protect_route(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    let Some(header) = authorization(&headers) else { return to_logout(&shared) };
    let Some(token) = header.strip_prefix("Bearer ") else {
        return (StatusCode::UNAUTHORIZED, "Unauthorized").into_response();
    };
    let keys = shared.published_keys().await;
    match jwt::parse(token).and_then(|parsed| parsed.verify_signature(&keys)) {
        Ok(()) => Json(orders::page(&shared, usize::MAX)).into_response(),
        Err(_) => (StatusCode::FORBIDDEN, "Forbidden").into_response(),
    }
}

/// `jwtVerify(issuer, { audience })`: checks everything, and says `Forbidden` to everything.
async fn jwt_verify(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    let token = authorization(&headers).and_then(|header| header.strip_prefix("Bearer ")).unwrap_or_default();
    match verify_all(&shared, token).await {
        Ok(()) => Json(orders::page(&shared, usize::MAX)).into_response(),
        Err(_) => (StatusCode::FORBIDDEN, "Forbidden").into_response(),
    }
}

async fn verify_all(shared: &Shared, token: &str) -> Result<(), Refusal> {
    let parsed = jwt::parse(token)?;
    parsed.verify_signature(&shared.published_keys().await)?;
    parsed.verify_issuer(&[&shared.addresses.issuer])?;
    parsed.verify_times(shared.clock.now().seconds())?;
    parsed.verify_audience(AUDIENCE)
}

/// `getUser`: needs a session, which a bearer token is not.
async fn get_user(State(shared): State<Arc<Shared>>) -> Response {
    to_logout(&shared)
}

fn to_logout(shared: &Shared) -> Response {
    let redirect: String = url::form_urlencoded::byte_serialize(shared.addresses.api.as_bytes()).collect();
    let location = format!("{}/logout?redirect={redirect}", shared.addresses.issuer);
    (StatusCode::FOUND, [(LOCATION, location)]).into_response()
}
