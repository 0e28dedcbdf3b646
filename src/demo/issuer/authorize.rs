//! The authorisation endpoint (RFC 6749 section 3.1, RFC 7636, OIDC Core section 3.1.2; kinde.md section 3).
//!
//! A wrong client or callback never reaches the callback: the person sees a page with status 400. Everything else
//! goes there as `error`.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::header::{COOKIE, LOCATION};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use url::Url;

use crate::demo::directory::{self, AUTOMATIC_CONNECTION, Client, ClientKind};
use crate::demo::front::{In, Inbound};
use crate::demo::grant::{AccessRequest, ApiScopes, CodeGrant, PendingSignIn, ResponseMode, ReturnAddress, SignedIn};
use crate::demo::issuer::page::{self, escape};
use crate::demo::oauth_error::OAuthError;
use crate::demo::params::Params;
use crate::demo::random;
use crate::demo::state::Shared;

/// The cookie of a browser session.
pub const SESSION_COOKIE: &str = "bearcat_demo_session";
/// Kinde wants at least this many characters of `state` (kinde.md 3.2).
const SHORTEST_STATE: usize = 8;
/// Longer ones are refused with 414.
const LONGEST_STATE: usize = 4_096;
/// Sign-in pages that are kept at most.
const MOST_PENDING: usize = 1_000;

/// `GET /oauth2/auth`.
pub async fn begin(State(shared): State<Arc<Shared>>, inbound: In, headers: HeaderMap) -> Response {
    let query = &inbound.query;
    let Some(client) = query.get("client_id").and_then(directory::client) else {
        return page::problem(
            StatusCode::BAD_REQUEST,
            "This application is not known",
            "Look at the client ID. (1656)",
        )
        .into_response();
    };
    let redirect_uri = query.get("redirect_uri").unwrap_or_default();
    if !shared.is_callback(redirect_uri) {
        return invalid_callback(redirect_uri);
    }
    if query.get("state").is_some_and(|state| state.len() > LONGEST_STATE) {
        return StatusCode::URI_TOO_LONG.into_response();
    }
    let return_address = ReturnAddress {
        redirect_uri: redirect_uri.to_owned(),
        state: query.get("state").map(str::to_owned),
        response_mode: response_mode(query),
    };
    match check(&shared, client, &inbound) {
        Ok(request) => proceed(&shared, request, return_address, query, &headers),
        Err(error) => refuse(&shared, &return_address, &error),
    }
}

fn invalid_callback(redirect_uri: &str) -> Response {
    let detail = format!(
        "The callback URL <code>{}</code> is not in the list of this application's allowed callback URLs.",
        escape(redirect_uri)
    );
    page::problem_html(StatusCode::BAD_REQUEST, "Invalid callback URL", &detail).into_response()
}

fn response_mode(query: &Params) -> ResponseMode {
    match query.get("response_mode") {
        Some("fragment") => ResponseMode::Fragment,
        Some("form_post") => ResponseMode::FormPost,
        _ => ResponseMode::Query,
    }
}

fn check(shared: &Shared, client: &'static Client, inbound: &Inbound) -> Result<AccessRequest, OAuthError> {
    let query = &inbound.query;
    if let Some(error) = shared.faults.update(|faults| faults.authorization_error.clone()) {
        return Err(OAuthError::new(error, "The demo was told to refuse"));
    }
    if let Some(name) = query.repeated() {
        return Err(OAuthError::invalid_request(format!("The parameter {name} came twice")));
    }
    if query.get("state").is_none_or(|state| state.len() < SHORTEST_STATE) {
        return Err(OAuthError::new("invalid_state", "The state is missing or shorter than 8 characters"));
    }
    if query.get("response_type") != Some("code") {
        return Err(OAuthError::new("unsupported_response_type", "Only the response type code is supported"));
    }
    if !matches!(client.kind, ClientKind::FrontEnd | ClientKind::BackEnd) {
        return Err(OAuthError::unauthorized_client("This application may not use the authorization code flow"));
    }
    match (query.get("code_challenge"), query.get("code_challenge_method")) {
        (Some(challenge), Some("S256")) if challenge.len() == 43 => {}
        (Some(_), _) => return Err(OAuthError::invalid_request("Only a code challenge by S256 is supported")),
        (None, _) if client.kind == ClientKind::BackEnd => {}
        (None, _) => return Err(OAuthError::invalid_request("Applications without a secret must use PKCE")),
    }
    AccessRequest::read(client, inbound.issuer.clone(), query, ApiScopes::Named(Vec::new()), shared.issuer_now())
}

/// Answers at once where the browser is signed in and no prompt is asked for, else shows the sign-in page.
fn proceed(
    shared: &Shared,
    request: AccessRequest,
    return_address: ReturnAddress,
    query: &Params,
    headers: &HeaderMap,
) -> Response {
    let prompt = query.get("prompt").or_else(|| query.get("start_page"));
    let challenge = query.get("code_challenge").map(str::to_owned);
    let signed_in = browser_session(shared, headers);
    match (prompt, signed_in) {
        (None | Some("none"), Some(signed_in)) => {
            grant_code(shared, request, &return_address, challenge, signed_in, StatusCode::FOUND)
        }
        (Some("none"), None) => {
            let error = OAuthError::new("login_required", "User authentication is required");
            refuse(shared, &return_address, &error)
        }
        (prompt, _) => {
            let is_automatic = query.get("connection_id") == Some(AUTOMATIC_CONNECTION);
            let login_hint = query.get("login_hint").map(str::to_owned);
            let page = if matches!(prompt, Some("create" | "registration")) { "register" } else { "login" };
            let pending = PendingSignIn { request, return_address, challenge, login_hint, is_automatic };
            show_page(shared, pending, page)
        }
    }
}

fn show_page(shared: &Shared, pending: PendingSignIn, page: &str) -> Response {
    let psid = random::hex::<16>();
    let location = format!("/auth/cx/_:nav&m:{page}&psid:{psid}");
    let mut state = shared.state();
    if state.pending.len() >= MOST_PENDING {
        state.pending.clear();
    }
    state.pending.insert(psid, pending);
    (StatusCode::FOUND, [(LOCATION, location)]).into_response()
}

/// The person who is signed in in this browser.
pub fn browser_session(shared: &Shared, headers: &HeaderMap) -> Option<SignedIn> {
    let cookie = session_cookie(headers)?;
    let state = shared.state();
    let session = state.browsers.get(&cookie)?;
    Some(SignedIn { user_id: session.user_id.clone(), auth_time: session.auth_time, browser: Some(cookie) })
}

/// The value of the browser session's cookie.
pub fn session_cookie(headers: &HeaderMap) -> Option<String> {
    let all = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == SESSION_COOKIE).map(|(_, value)| value.to_owned())
}

/// Makes a code and sends the browser back with it.
pub fn grant_code(
    shared: &Shared,
    request: AccessRequest,
    return_address: &ReturnAddress,
    challenge: Option<String>,
    signed_in: SignedIn,
    redirect: StatusCode,
) -> Response {
    let now = shared.issuer_now();
    let faults = shared.faults.snapshot();
    let mut state = shared.state();
    let is_member = request.org_code.as_deref().is_none_or(|org_code| {
        state.user(&signed_in.user_id).is_some_and(|user| user.membership(Some(org_code)).is_some())
    });
    if !is_member {
        drop(state);
        let error = OAuthError::new("access_denied", "The user is not a member of this organization");
        return refuse_as(shared, return_address, &error, redirect);
    }
    let code = random::authorization_code();
    let scope = request.scopes.join(" ");
    let grant = CodeGrant {
        request,
        redirect_uri: return_address.redirect_uri.clone(),
        challenge,
        signed_in,
        expires_at: now.plus(Duration::from_secs(faults.code_lifetime)),
        exchanged_for: None,
    };
    state.codes.retain(|_, code| now < code.expires_at.plus(Duration::from_hours(1)));
    state.codes.insert(code.clone(), grant);
    drop(state);
    send_back(shared, return_address, &[("code", &code), ("scope", &scope)], redirect)
}

/// Sends the browser back with an error.
pub fn refuse(shared: &Shared, return_address: &ReturnAddress, error: &OAuthError) -> Response {
    refuse_as(shared, return_address, error, StatusCode::FOUND)
}

/// The same, with the status that the request's method asks for.
pub fn refuse_as(
    shared: &Shared,
    return_address: &ReturnAddress,
    error: &OAuthError,
    redirect: StatusCode,
) -> Response {
    let parameters = [("error", error.code.as_ref()), ("error_description", error.description.as_ref())];
    send_back(shared, return_address, &parameters, redirect)
}

fn send_back(
    shared: &Shared,
    return_address: &ReturnAddress,
    parameters: &[(&str, &str)],
    redirect: StatusCode,
) -> Response {
    let faults = shared.faults.snapshot();
    let state = faults.callback_state.as_ref().or(return_address.state.as_ref());
    let mut parameters = parameters.to_vec();
    parameters.extend(state.map(|state| ("state", state.as_str())));
    parameters.extend(faults.callback_issuer.as_ref().map(|issuer| ("iss", issuer.as_str())));
    let Ok(mut url) = Url::parse(&return_address.redirect_uri) else {
        return invalid_callback(&return_address.redirect_uri);
    };
    match return_address.response_mode {
        ResponseMode::Query => {
            url.query_pairs_mut().extend_pairs(&parameters);
        }
        ResponseMode::Fragment => {
            let fragment = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&parameters).finish();
            url.set_fragment(Some(&fragment));
        }
        ResponseMode::FormPost => return Html(page::form_post(url.as_str(), &parameters)).into_response(),
    }
    (redirect, [(LOCATION, url.to_string())]).into_response()
}
