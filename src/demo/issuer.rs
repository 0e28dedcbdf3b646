//! The issuer: discovery, keys, the grants, and the pages for people. One file per feature.
//!
//! Handlers get what the front layer read as [`Inbound`](crate::demo::front::Inbound), take the state's lock once,
//! and never hold it across an await.

mod account;
mod authorize;
mod device;
mod discovery;
mod introspect;
mod logout;
mod page;
mod sign_in;
mod token;
mod verification;

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use crate::demo::state::Shared;

pub use token::sign_in_backend;

/// All routes of the issuer.
pub fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/", get(page::front_page))
        .route("/.well-known/openid-configuration", get(discovery::metadata))
        .route("/.well-known/oauth-authorization-server", get(discovery::metadata))
        .route("/.well-known/jwks", get(discovery::key_set))
        .route("/.well-known/jwks.json", get(discovery::key_set))
        .route("/oauth2/device/auth", post(device::authorize))
        .route("/oauth2/auth", get(authorize::begin))
        .route("/auth/cx/{page}", get(sign_in::show).post(sign_in::submit))
        .route("/device", get(verification::show).post(verification::submit))
        .route("/oauth2/token", post(token::answer))
        .route("/oauth2/revoke", post(introspect::revoke))
        .route("/oauth2/introspect", post(introspect::introspect))
        .route("/oauth2/v2/user_profile", get(account::userinfo))
        .route("/account_api/v1/permissions", get(account::permissions))
        .route("/account_api/v1/roles", get(account::roles))
        .route("/account_api/v1/feature_flags", get(account::feature_flags))
        .route("/account_api/v1/entitlements", get(account::entitlements))
        .route("/account_api/v1/properties", get(account::properties))
        .route("/logout", get(logout::logout))
        .fallback(unknown_page)
        .with_state(shared)
}

/// Also the answer at `/oauth2/v2/device_authorization`, the path that Kinde's troubleshooting page names (kinde.md 1.3).
async fn unknown_page() -> Response {
    page::problem(StatusCode::NOT_FOUND, "This page could not be found", "Look at the address, or start again.")
        .into_response()
}
