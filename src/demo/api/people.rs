//! `POST /demo/people`: what an administrator would do on Kinde's pages, so that a token gets older than the truth
//! before one's eyes. For the demo only; it asks nobody who they are.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, routing::post};
use serde_json::{Value, json};

use crate::demo::directory::User;
use crate::demo::state::Shared;

/// More permissions or roles than this are refused.
const MOST: usize = 50;

/// The routes.
pub fn router() -> Router<Arc<Shared>> {
    Router::new().route("/demo/people", post(change))
}

/// Changes a user: permissions and roles in the default organisation, feature flags. What is not named stays.
async fn change(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let Ok(wish) = serde_json::from_slice::<Value>(&body) else { return refused("The body must be JSON") };
    let Some(email) = wish["email"].as_str() else { return refused("email must name a user") };
    let (Ok(permissions), Ok(roles)) = (texts(&wish["permissions"]), texts(&wish["roles"])) else {
        return refused("permissions and roles must be lists of texts");
    };
    let mut state = shared.state();
    let Some(user) = state.users.iter_mut().find(|user| user.email == email) else {
        return refused("There is no such user");
    };
    if let Some(membership) = user.memberships.first_mut() {
        membership.permissions = permissions.unwrap_or_else(|| std::mem::take(&mut membership.permissions));
        membership.roles = roles.unwrap_or_else(|| std::mem::take(&mut membership.roles));
    }
    if let Some(flags) = wish["flags"].as_object() {
        for (name, value) in flags.iter().take(MOST) {
            user.feature_flags[name] = json!({ "t": kind(value), "v": value });
        }
    }
    Json(described(user)).into_response()
}

fn described(user: &User) -> Value {
    let membership = user.memberships.first();
    json!({
        "email": user.email,
        "org_code": membership.map(|membership| &membership.org_code),
        "permissions": membership.map(|membership| &membership.permissions),
        "roles": membership.map(|membership| &membership.roles),
        "feature_flags": user.feature_flags,
    })
}

/// `Ok(None)`: not named.
fn texts(value: &Value) -> Result<Option<Vec<String>>, ()> {
    match value {
        Value::Null => Ok(None),
        Value::Array(entries) if entries.len() <= MOST => {
            let texts: Option<Vec<String>> = entries.iter().map(|entry| entry.as_str().map(str::to_owned)).collect();
            texts.map(Some).ok_or(())
        }
        _ => Err(()),
    }
}

/// Kinde's letter for the type of a flag (kinde.md 6.2).
const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "b",
        Value::Number(_) => "i",
        Value::String(_) => "s",
        _ => "j",
    }
}

fn refused(why: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": "bad_request", "message": why }))).into_response()
}
