//! The protected API.
use std::sync::Arc;

use axum::Router;

use crate::demo::state::Shared;

pub fn router(_shared: Arc<Shared>) -> Router {
    Router::new()
}
