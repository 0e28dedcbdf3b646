//! The SDK's own routes under `/api/auth/`: login, register, setup, health, callback, logout.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::{Value, json};
use url::form_urlencoded::Serializer;

use crate::demo::api::nextjs::session::{Session, cookie, set_cookie};
use crate::demo::api::nextjs::{Version, not_found, refuse};
use crate::demo::directory::{AUDIENCE, BACKEND_CLIENT};
use crate::demo::front::{In, Inbound};
use crate::demo::issuer;
use crate::demo::random;
use crate::demo::state::Shared;

const STATE_COOKIE: &str = "ac-state-key";
/// Where a sign-in ends.
const AFTER_SIGN_IN: &str = "/next213/api/v1/orders";

/// `/api/auth/{name}`: the app has made `health` public here.
pub async fn at_root(
    State(shared): State<Arc<Shared>>,
    Extension(version): Extension<Version>,
    Path(name): Path<String>,
    inbound: In,
    method: Method,
    headers: HeaderMap,
) -> Response {
    if name == "health" && method == Method::GET {
        return Json(health(&shared)).into_response();
    }
    route(&shared, version, &name, &inbound, &method, &headers).await
}

/// `/next212/api/auth/{name}` and `/next213/api/auth/{name}`.
pub async fn in_app(
    State(shared): State<Arc<Shared>>,
    Extension(version): Extension<Version>,
    Path(name): Path<String>,
    inbound: In,
    method: Method,
    headers: HeaderMap,
) -> Response {
    route(&shared, version, &name, &inbound, &method, &headers).await
}

/// `login`, `register`, `setup` and `kinde_callback` are never behind the middleware; all others are.
async fn route(
    shared: &Shared,
    version: Version,
    name: &str,
    inbound: &Inbound,
    method: &Method,
    headers: &HeaderMap,
) -> Response {
    let is_open = matches!(name, "login" | "register" | "setup" | "kinde_callback");
    let session = Session::read(shared, headers).await;
    if !is_open && session.is_none() {
        return refuse(version, method, shared);
    }
    if method != Method::GET && method != Method::HEAD {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    match name {
        "login" => to_issuer(shared, "login"),
        "register" => to_issuer(shared, "create"),
        "setup" => setup(shared, version, session.as_ref()),
        "kinde_callback" => callback(shared, inbound, headers).await,
        "health" => Json(health(shared)).into_response(),
        "logout" => logout(shared),
        _ => not_found(),
    }
}

fn callback_url(shared: &Shared) -> String {
    format!("{}/api/auth/kinde_callback", shared.addresses.api)
}

fn to_issuer(shared: &Shared, prompt: &str) -> Response {
    let state = random::hex::<16>();
    let mut query = Serializer::new(String::new());
    query
        .append_pair("state", &state)
        .append_pair("client_id", BACKEND_CLIENT.id)
        .append_pair("redirect_uri", &callback_url(shared))
        .append_pair("response_type", "code")
        .append_pair("scope", "openid profile email offline")
        .append_pair("audience", AUDIENCE)
        .append_pair("supports_reauth", "true");
    if prompt == "create" {
        query.append_pair("prompt", prompt);
    }
    let location = format!("{}/oauth2/auth?{}", shared.addresses.issuer, query.finish());
    let mut response = (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, location)]).into_response();
    set_cookie(&mut response, STATE_COOKIE, &state);
    response
}

/// What this answers without a session tells the SDK's version (kinde.md 8.1).
fn setup(shared: &Shared, version: Version, session: Option<&Session>) -> Response {
    let env = json!({
        "clientId": BACKEND_CLIENT.id,
        "issuerUrl": shared.addresses.issuer,
        "redirectUrl": shared.addresses.api,
    });
    let Some(session) = session else {
        let status = match version {
            Version::Before213 => StatusCode::OK,
            Version::From213 => StatusCode::UNAUTHORIZED,
        };
        return (status, Json(json!({ "message": "NOT_LOGGED_IN", "env": env }))).into_response();
    };
    let claim = |name: &str| session.access.claims.get(name).cloned().unwrap_or_default();
    let body = json!({
        "message": "OK",
        "user": { "id": claim("sub") },
        "permissions": { "permissions": claim("permissions"), "orgCode": claim("org_code") },
        "featureFlags": claim("feature_flags"),
        "env": env,
    });
    Json(body).into_response()
}

fn health(shared: &Shared) -> Value {
    let api = &shared.addresses.api;
    json!({
        "apiPath": "/api/auth",
        "redirectURL": api,
        "postLoginRedirectURL": format!("{api}{AFTER_SIGN_IN}"),
        "issuerURL": shared.addresses.issuer,
        "clientID": BACKEND_CLIENT.id,
        "clientSecret": "Set correctly",
        "postLogoutRedirectURL": api,
        "audience": AUDIENCE,
        "cookieDomain": null,
        "logoutRedirectURL": api,
    })
}

/// Ends the sign-in of a browser: code for tokens, tokens into cookies.
async fn callback(shared: &Shared, inbound: &Inbound, headers: &HeaderMap) -> Response {
    let failed = |error: &str| (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({ "error": error }))).into_response();
    let Some(expected) = cookie(headers, STATE_COOKIE) else { return failed("State not found") };
    if inbound.query.get("state") != Some(&expected) {
        return failed("State mismatch");
    }
    if let Some(error) = inbound.query.get("error") {
        return failed(error);
    }
    let code = inbound.query.get("code").unwrap_or_default();
    match issuer::sign_in_backend(shared, code, &callback_url(shared)).await {
        Ok(answer) => {
            let mut response = (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, AFTER_SIGN_IN)]).into_response();
            set_cookie(&mut response, "access_token", &answer.access_token);
            set_cookie(&mut response, "id_token", &answer.id_token.unwrap_or_default());
            set_cookie(&mut response, "refresh_token", &answer.refresh_token.unwrap_or_default());
            response
        }
        Err(error) => failed(&error.code),
    }
}

fn logout(shared: &Shared) -> Response {
    let redirect: String = url::form_urlencoded::byte_serialize(shared.addresses.api.as_bytes()).collect();
    let location = format!("{}/logout?redirect={redirect}", shared.addresses.issuer);
    (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, location)]).into_response()
}
