//! `/api/v1`: an API that does it right.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::demo::api::access::{self, Denial};
use crate::demo::api::orders;
use crate::demo::directory::UNAUTHORIZED_AUDIENCE;
use crate::demo::front::In;
use crate::demo::state::Shared;

/// Orders per page unless `limit` says otherwise.
const PAGE: usize = 20;

/// `GET /api/ping`: for everybody.
pub async fn ping(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(json!({ "pong": true, "time": shared.clock.now().seconds() }))
}

/// `GET /api/v1/me`: any good token.
pub async fn me(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Result<Json<Value>, Denial> {
    let token = access::any_token(&shared, &headers).await?;
    let claim = |name: &str| token.claims.get(name).cloned().unwrap_or_default();
    let user = token.text("sub").and_then(|id| shared.state().user(id).cloned());
    Ok(Json(json!({
        "subject": claim("sub"),
        "name": user.map(|user| user.name()),
        "client": claim("azp"),
        "organization": claim("org_code"),
        "permissions": claim("permissions"),
        "audience": claim("aud"),
        "expires_at": claim("exp"),
    })))
}

/// `GET /api/v1/orders`: the audience and `read:orders`.
pub async fn list_orders(
    State(shared): State<Arc<Shared>>,
    inbound: In,
    headers: HeaderMap,
) -> Result<Json<Value>, Denial> {
    access::token_with(&shared, &headers, "read:orders").await?;
    let limit = inbound.query.get("limit").and_then(|limit| limit.parse().ok()).unwrap_or(PAGE);
    Ok(Json(orders::page(&shared, limit)))
}

/// `POST /api/v1/orders`: the audience and `create:orders`.
pub async fn create_order(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Denial> {
    let token = access::token_with(&shared, &headers, "create:orders").await?;
    Ok(match orders::read(&body) {
        Ok(order) => {
            let order = orders::add(&shared, &order, token.text("sub"));
            let location = format!("/api/v1/orders/{}", order["number"]);
            (StatusCode::CREATED, [(LOCATION, location)], Json(order)).into_response()
        }
        Err(problem) => {
            let body = json!({ "error": "invalid_order", "message": problem });
            (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response()
        }
    })
}

/// `GET /api/v1/orders/{number}`: as the list.
pub async fn one_order(
    State(shared): State<Arc<Shared>>,
    Path(number): Path<u64>,
    headers: HeaderMap,
) -> Result<Response, Denial> {
    access::token_with(&shared, &headers, "read:orders").await?;
    Ok(match orders::all(&shared).into_iter().find(|order| order["number"] == number) {
        Some(order) => Json(order).into_response(),
        None => {
            let body = json!({ "error": "not_found", "message": format!("There is no order {number}") });
            (StatusCode::NOT_FOUND, Json(body)).into_response()
        }
    })
}

/// `GET /api/v1/org/settings`: the audience and an organisation.
pub async fn org_settings(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Result<Json<Value>, Denial> {
    let token = access::token_for_api(&shared, &headers).await?;
    let org_code = token.text("org_code").ok_or(Denial::Organization)?;
    Ok(Json(json!({
        "org_code": org_code,
        "plan": "team",
        "seats": { "bought": 25, "used": 19 },
        "billing_api": UNAUTHORIZED_AUDIENCE,
        "working_days": ["Mon", "Tue", "Wed", "Thu", "Fri"],
        "currency": "EUR",
    })))
}
