//! What a signed-in user may ask the provider: the profile and the account API (kinde.md section 7).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use crate::demo::claims::role_id;
use crate::demo::directory::{ACME, User};
use crate::demo::front::{In, bearer};
use crate::demo::issuer::introspect;
use crate::demo::oauth_error::OAuthError;
use crate::demo::params::Params;
use crate::demo::state::Shared;

/// Items per page unless `page_size` says otherwise.
const PAGE_SIZE: usize = 10;

/// The user whose access token was sent, and the organisation in it.
async fn caller(shared: &Shared, headers: &HeaderMap) -> Option<(User, Option<String>)> {
    let parsed = introspect::verified(shared, bearer(headers)?).await.ok()?;
    let user = shared.state().user(parsed.text("sub")?)?.clone();
    Some((user, parsed.text("org_code").map(str::to_owned)))
}

/// `GET /oauth2/v2/user_profile`.
pub async fn userinfo(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    let faults = shared.faults.snapshot();
    let Some((user, _)) = caller(&shared, &headers).await else {
        return OAuthError::invalid_token(faults.userinfo_refusal_status).into_response();
    };
    let subject = faults.userinfo_subject.as_ref().unwrap_or(&user.id);
    Json(json!({
        "sub": subject,
        "id": subject,
        "provided_id": null,
        "name": user.name(),
        "given_name": user.given_name,
        "family_name": user.family_name,
        "updated_at": shared.issuer_now().seconds(),
        "email": user.email,
        "email_verified": true,
        "picture": null,
        "preferred_username": null,
    }))
    .into_response()
}

/// `GET /account_api/v1/permissions`: how things stand now, not as the token has them.
pub async fn permissions(shared: State<Arc<Shared>>, inbound: In, headers: HeaderMap) -> Response {
    list(&shared, &inbound.query, &headers, "permissions", |user, org_code| {
        let membership = user.membership(org_code).filter(|_| org_code.is_some());
        membership.map(|membership| membership.permissions.iter().map(|key| named(key)).collect()).unwrap_or_default()
    })
    .await
}

/// `GET /account_api/v1/roles`.
pub async fn roles(shared: State<Arc<Shared>>, inbound: In, headers: HeaderMap) -> Response {
    list(&shared, &inbound.query, &headers, "roles", |user, org_code| {
        let membership = user.membership(org_code).filter(|_| org_code.is_some());
        membership.map(|membership| membership.roles.iter().map(|key| named(key)).collect()).unwrap_or_default()
    })
    .await
}

/// `GET /account_api/v1/feature_flags`.
pub async fn feature_flags(shared: State<Arc<Shared>>, inbound: In, headers: HeaderMap) -> Response {
    list(&shared, &inbound.query, &headers, "feature_flags", |user, _| {
        let empty = Map::new();
        let flags = user.feature_flags.as_object().unwrap_or(&empty);
        flags.iter().map(|(key, flag)| named_flag(key, flag)).collect()
    })
    .await
}

/// `GET /account_api/v1/entitlements`: what the organisation has paid for; nothing of it is in a token.
pub async fn entitlements(shared: State<Arc<Shared>>, inbound: In, headers: HeaderMap) -> Response {
    list(&shared, &inbound.query, &headers, "entitlements", |_, org_code| {
        let of_acme = [("seats", "Seats", 25), ("exports", "Exports a day", 100)];
        let entitlement = |(key, name, most): (&str, &str, u32)| {
            json!({
                "id": format!("entitlement_{key}"),
                "feature_key": key,
                "feature_name": name,
                "entitlement_limit_max": most,
                "entitlement_limit_min": 0,
            })
        };
        of_acme.into_iter().filter(|_| org_code == Some(ACME)).map(entitlement).collect()
    })
    .await
}

/// `GET /account_api/v1/properties`.
pub async fn properties(shared: State<Arc<Shared>>, inbound: In, headers: HeaderMap) -> Response {
    list(&shared, &inbound.query, &headers, "properties", |user, _| {
        vec![json!({ "id": "prop_name", "name": "Given name", "key": "kp_usr_first_name", "value": user.given_name })]
    })
    .await
}

fn named(key: &str) -> Value {
    json!({ "id": role_id(key), "name": key, "key": key })
}

fn named_flag(key: &str, flag: &Value) -> Value {
    let kind = match flag["t"].as_str() {
        Some("b") => "boolean",
        Some("i") => "integer",
        Some("j") => "json",
        _ => "string",
    };
    json!({ "id": role_id(key), "name": key, "key": key, "type": kind, "value": flag["v"] })
}

/// One page of a list, in Kinde's envelope.
async fn list(
    shared: &Shared,
    query: &Params,
    headers: &HeaderMap,
    name: &str,
    items: impl Fn(&User, Option<&str>) -> Vec<Value>,
) -> Response {
    let Some((user, org_code)) = caller(shared, headers).await else {
        return OAuthError::invalid_token(403).into_response();
    };
    let all = items(&user, org_code.as_deref());
    let size = query.get("page_size").and_then(|size| size.parse().ok()).unwrap_or(PAGE_SIZE).max(1);
    let after = query.get("starting_after");
    let start = after.and_then(|id| all.iter().position(|item| item["id"] == id)).map_or(0, |index| index + 1);
    let page: Vec<_> = all.iter().skip(start).take(size).cloned().collect();
    let has_more = start + page.len() < all.len();
    let next = page.last().filter(|_| has_more).map(|item| item["id"].clone());
    Json(json!({
        "data": { "org_code": org_code, name: page },
        "metadata": { "has_more": has_more, "next_page_starting_after": next },
    }))
    .into_response()
}
