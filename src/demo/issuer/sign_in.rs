//! The hosted sign-in page, `/auth/cx/_:nav&m:login&psid:…`: pick a user, no password.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{HeaderValue, SET_COOKIE};
use axum::response::Response;

use crate::demo::directory::User;
use crate::demo::front::In;
use crate::demo::grant::{BrowserSession, PendingSignIn, SignedIn};
use crate::demo::issuer::authorize::{self, SESSION_COOKIE};
use crate::demo::issuer::page::{self, escape};
use crate::demo::oauth_error::OAuthError;
use crate::demo::random;
use crate::demo::state::Shared;

/// Submits the form for the first user: browsers without a person (`connection_id` of the authorisation request).
const AUTOMATIC: &str = "<script>document.querySelector('button[name=user]').click()</script>";

/// `GET`: the form.
pub async fn show(State(shared): State<Arc<Shared>>, Path(path): Path<String>) -> Response {
    let state = shared.state();
    let pending = psid(&path).and_then(|psid| state.pending.get(psid));
    let Some(pending) = pending else { return gone() };
    let mut users: Vec<_> = state.users.iter().collect();
    users.sort_by_key(|user| Some(&user.email) != pending.login_hint.as_ref());
    let heading = if path.contains("m:register") { "Create an account" } else { "Sign in" };
    page::page(StatusCode::OK, heading, &form(pending, &users))
}

fn form(pending: &PendingSignIn, users: &[&User]) -> String {
    let buttons: String = users.iter().map(|user| user_button(user, "Sign in as")).collect();
    let client = escape(pending.request.client.name);
    let script = if pending.is_automatic { AUTOMATIC } else { "" };
    format!(
        "<p><strong>{client}</strong> wants to sign you in. Choose who you are; the demo asks for no password.</p>\
         <form method=\"post\">{buttons}\
         <button class=\"quiet\" id=\"cancel\" name=\"cancel\" value=\"1\">Cancel</button></form>{script}"
    )
}

/// A button per user, with an id that tests can click: `user-jane`, `user-admin`, `user-sam`.
pub fn user_button(user: &User, verb: &str) -> String {
    let organizations: Vec<_> = user.memberships.iter().map(|membership| membership.org_name.as_str()).collect();
    let about = if organizations.is_empty() { "no organisation".to_owned() } else { organizations.join(", ") };
    let id = user.email.split('@').next().unwrap_or_default();
    format!(
        "<button id=\"user-{}\" name=\"user\" value=\"{}\">{verb} {}<small>{} · {}</small></button>",
        escape(id),
        escape(&user.email),
        escape(&user.name()),
        escape(&user.email),
        escape(&about)
    )
}

/// `POST`: signs the browser in and sends it back to the client.
pub async fn submit(State(shared): State<Arc<Shared>>, Path(path): Path<String>, inbound: In) -> Response {
    let Some(form) = &inbound.form else {
        return page::problem(StatusCode::BAD_REQUEST, "Something is missing", "The form was not sent.");
    };
    let email = form.get("user").map(str::to_owned);
    let now = shared.issuer_now();
    let cookie = random::hex::<16>();
    let (pending, user_id) = {
        let mut state = shared.state();
        let user_id = state.users.iter().find(|user| Some(&user.email) == email.as_ref()).map(|user| user.id.clone());
        let is_answer = user_id.is_some() || form.get("cancel").is_some();
        let Some(pending) = psid(&path).filter(|_| is_answer).and_then(|psid| state.pending.remove(psid)) else {
            return gone();
        };
        if let Some(user_id) = &user_id {
            let session = BrowserSession { user_id: user_id.clone(), auth_time: now.seconds() };
            state.browsers.insert(cookie.clone(), session);
        }
        (pending, user_id)
    };
    let Some(user_id) = user_id else {
        let error = OAuthError::new("access_denied", "The user cancelled the sign-in");
        return authorize::refuse_as(&shared, &pending.return_address, &error, StatusCode::SEE_OTHER);
    };
    let signed_in = SignedIn { user_id, auth_time: now.seconds(), browser: Some(cookie.clone()) };
    let PendingSignIn { request, return_address, challenge, .. } = pending;
    let mut response =
        authorize::grant_code(&shared, request, &return_address, challenge, signed_in, StatusCode::SEE_OTHER);
    set_cookie(&mut response, &cookie);
    response
}

/// Remembers the browser session in the browser.
pub fn set_cookie(response: &mut Response, cookie: &str) {
    let text = format!("{SESSION_COOKIE}={cookie}; Path=/; HttpOnly; SameSite=Lax");
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().append(SET_COOKIE, value);
    }
}

/// The page's session id out of its path.
fn psid(path: &str) -> Option<&str> {
    path.rsplit_once("&psid:").map(|(_, psid)| psid)
}

fn gone() -> Response {
    page::problem(StatusCode::BAD_REQUEST, "This page is no longer good", "Start the sign-in anew. (4321)")
}
