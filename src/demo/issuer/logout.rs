//! `/logout`: ends the browser session (kinde.md 5.3).

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{HeaderValue, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use url::Url;

use crate::demo::front::In;
use crate::demo::issuer::authorize::{SESSION_COOKIE, session_cookie};
use crate::demo::issuer::page;
use crate::demo::state::Shared;
use crate::model::identity::is_loopback;

/// `GET /logout?redirect=…`. After it a refresh gives a fresh access token, because the old one died with the session.
pub async fn logout(State(shared): State<Arc<Shared>>, inbound: In, headers: HeaderMap) -> Response {
    if let Some(cookie) = session_cookie(&headers) {
        end_session(&shared, &cookie);
    }
    let target = inbound.query.get("redirect").filter(|target| Url::parse(target).is_ok_and(|url| is_loopback(&url)));
    let mut response = match target {
        Some(target) => (StatusCode::FOUND, [(LOCATION, target.to_owned())]).into_response(),
        None => page::page(StatusCode::OK, "You are signed out", "<p id=\"done\">You can close this page.</p>"),
    };
    let gone = format!("{SESSION_COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
    if let Ok(value) = HeaderValue::from_str(&gone) {
        response.headers_mut().append(SET_COOKIE, value);
    }
    response
}

fn end_session(shared: &Shared, cookie: &str) {
    let mut state = shared.state();
    state.browsers.remove(cookie);
    let mut ended = Vec::new();
    for family in state.families.iter_mut().filter(|family| family.signed_in.browser.as_deref() == Some(cookie)) {
        ended.extend(family.access.take().map(|access| access.jti));
    }
    state.revoked.extend(ended);
}
