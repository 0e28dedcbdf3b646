//! `/faulty/{fault}/orders`: an API with one mistake in how it verifies, for the probes to find; `strict` has none.

use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::demo::api::orders;
use crate::demo::directory::{AUDIENCE, DEVICE_CLIENT};
use crate::demo::front::{In, bearer};
use crate::demo::jwt::{self, Parsed, Refusal};
use crate::demo::state::Shared;

/// The routes.
pub fn router() -> Router<Arc<Shared>> {
    Router::new().route("/faulty/{fault}/orders", get(orders).post(orders))
}

async fn orders(
    State(shared): State<Arc<Shared>>,
    Path(fault): Path<String>,
    inbound: In,
    headers: HeaderMap,
) -> Response {
    let in_query = inbound.query.get("access_token").filter(|_| fault == "query");
    let Some(token) = bearer(&headers).or(in_query) else {
        return match fault.as_str() {
            "anything" if headers.contains_key(AUTHORIZATION) => list(&shared),
            "optional" | "lenient" => public(),
            "refusal-200" => refused(StatusCode::OK),
            _ => refused(StatusCode::UNAUTHORIZED),
        };
    };
    match passes(&shared, &fault, token).await {
        Ok(()) if fault.starts_with("forbidden") => {
            (StatusCode::FORBIDDEN, Json(json!({ "message": "The permission read:reports is needed" }))).into_response()
        }
        Ok(()) => list(&shared),
        Err(_) => match fault.as_str() {
            "lenient" => public(),
            "crash" => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            "refusal-200" => refused(StatusCode::OK),
            _ => refused(StatusCode::UNAUTHORIZED),
        },
    }
}

fn list(shared: &Shared) -> Response {
    Json(orders::page(shared, usize::MAX)).into_response()
}

/// What everybody may see.
fn public() -> Response {
    Json(json!({ "orders": [], "public": true })).into_response()
}

fn refused(status: StatusCode) -> Response {
    (status, Json(json!({ "statusCode": 401, "message": "Unauthorized" }))).into_response()
}

async fn passes(shared: &Shared, fault: &str, token: &str) -> Result<(), Refusal> {
    if fault == "anything" {
        return Ok(());
    }
    let parsed = jwt::parse(token)?;
    if is_forgery_that_passes(shared, fault, &parsed, token).await {
        return Ok(());
    }
    if !matches!(fault, "decode-only" | "decode-and-check" | "forbidden-decode") {
        parsed.verify_signature(&shared.published_keys().await)?;
    }
    if matches!(fault, "decode-only" | "forbidden-decode") {
        return Ok(());
    }
    if fault != "expired" {
        parsed.verify_times(shared.clock.now().seconds())?;
    }
    if fault != "issuer" {
        parsed.verify_issuer(&[&shared.addresses.issuer])?;
    }
    match fault {
        "audience" => Ok(()),
        // Meant well: "the client's own tokens are fine as well".
        "id-token" => parsed.verify_audience(AUDIENCE).or_else(|_| parsed.verify_audience(DEVICE_CLIENT.id)),
        _ => parsed.verify_audience(AUDIENCE),
    }
}

async fn is_forgery_that_passes(shared: &Shared, fault: &str, parsed: &Parsed, token: &str) -> bool {
    let algorithm = parsed.header.get("alg").and_then(Value::as_str).unwrap_or_default();
    let keys = shared.published_keys().await;
    let Some(key) = keys.first() else { return false };
    match fault {
        "alg-none" => algorithm == "none",
        "alg-none-any-case" => algorithm.eq_ignore_ascii_case("none") && algorithm != "none",
        "public-key" => parsed.verify_hs256(&key.pem()).is_ok(),
        "public-key-modulus" => parsed.verify_hs256(&key.modulus).is_ok(),
        "empty-signature" => token.ends_with('.'),
        "unknown-key" => {
            let id = parsed.header.get("kid").and_then(Value::as_str);
            algorithm == "RS256" && !keys.iter().any(|key| Some(key.id.as_str()) == id)
        }
        "embedded-key" => embedded(parsed),
        _ => false,
    }
}

/// Verifies with the key that the token brings.
fn embedded(parsed: &Parsed) -> bool {
    let Some(jwk) = parsed.header.get("jwk") else { return false };
    let number = |name: &str| URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap_or_default()).unwrap_or_default();
    parsed.verifies_with(&number("n"), &number("e"))
}
