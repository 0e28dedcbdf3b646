//! The layer that every request of both servers passes first: host check, log, mishaps, the `Date` header.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, DATE, HOST, HeaderMap};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::json;

use crate::demo::jwt;
use crate::demo::log::{Port, Seen};
use crate::demo::mishap::{Endpoint, Mishap};
use crate::demo::params::Params;
use crate::demo::random;
use crate::demo::state::Shared;
use crate::demo::wire::Control;

/// Longest form that the issuer reads.
const LONGEST_FORM: usize = 64 * 1024;

/// What the layer has read of a request; handlers take it as an extension.
#[derive(Debug, Clone)]
pub struct Inbound {
    /// The issuer identifier under which the request came: the plain one or the custom domain's.
    pub issuer: String,
    /// The query.
    pub query: Params,
    /// The body, if it is a form. Read for the issuer only.
    pub form: Option<Params>,
    /// The connection.
    pub control: Control,
}

/// The state of the layer.
#[derive(Clone)]
pub struct Front {
    /// The demo.
    pub shared: Arc<Shared>,
    /// Which server it stands before.
    pub port: Port,
}

/// The layer.
pub async fn pass(
    State(front): State<Front>,
    ConnectInfo(control): ConnectInfo<Control>,
    request: Request,
    next: Next,
) -> Response {
    let Some(issuer) = front.issuer_of(request.headers()) else {
        // A page on the web could otherwise reach the demo through a name that it points at 127.0.0.1.
        return (StatusCode::MISDIRECTED_REQUEST, "This host is not served here\n").into_response();
    };
    let (request, form) = match read_form(front.port, request).await {
        Ok(read) => read,
        Err(response) => return response,
    };
    let query = Params::parse(request.uri().query().unwrap_or_default().as_bytes());
    let inbound = Inbound { issuer, query, form, control };
    let id = front.shared.log.arrived(front.seen(&request, &inbound));
    let mut response = front.answer(request, &inbound, next).await;
    if let Some(date) = front.date() {
        response.headers_mut().insert(DATE, date);
    }
    if !inbound.control.is_cut() {
        front.shared.log.answered(id, response.status().as_u16());
    }
    response
}

/// Reads the body of a form request to the issuer, and leaves every other body alone.
async fn read_form(port: Port, request: Request) -> Result<(Request, Option<Params>), Response> {
    let is_form = content_type(request.headers()).is_some_and(|kind| kind == "application/x-www-form-urlencoded");
    if port == Port::Api || request.method() != Method::POST || !is_form {
        return Ok((request, None));
    }
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, LONGEST_FORM).await else {
        return Err(StatusCode::PAYLOAD_TOO_LARGE.into_response());
    };
    Ok((Request::from_parts(parts, Body::empty()), Some(Params::parse(&bytes))))
}

/// The media type of a body, without parameters, in lower case.
pub fn content_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

/// The token of a `Bearer` header; the scheme is compared without case (RFC 9110 section 11.1).
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

impl Front {
    /// The issuer under whose name the request came; `None` for a host that is not ours.
    fn issuer_of(&self, headers: &HeaderMap) -> Option<String> {
        let addresses = &self.shared.addresses;
        let host = headers.get(HOST)?.to_str().ok()?;
        let is = |url: &str| url.strip_prefix("http://") == Some(host);
        match self.port {
            Port::Issuer if is(&addresses.custom_issuer) => Some(addresses.custom_issuer.clone()),
            Port::Issuer => is(&addresses.issuer).then(|| addresses.issuer.clone()),
            Port::Api => (is(&addresses.api) || is(&addresses.custom_api)).then(|| addresses.issuer.clone()),
        }
    }

    fn seen(&self, request: &Request, inbound: &Inbound) -> Seen {
        let headers = request.headers();
        let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok()).unwrap_or_default();
        let form = inbound.form.iter().flat_map(Params::without_secrets);
        Seen {
            at: self.shared.clock.now(),
            port: self.port,
            host: text(HOST).to_owned(),
            method: request.method().to_string(),
            path: request.uri().path().to_owned(),
            fields: inbound.query.without_secrets().chain(form).collect(),
            header_names: headers.keys().map(|name| name.as_str().to_owned()).collect(),
            bearer_fingerprint: bearer(headers).map(fingerprint),
            status: None,
        }
    }

    async fn answer(&self, mut request: Request, inbound: &Inbound, next: Next) -> Response {
        let endpoint = match self.port {
            Port::Issuer => Endpoint::of_issuer_path(request.uri().path()),
            Port::Api => Endpoint::Api,
        };
        request.extensions_mut().insert(inbound.clone());
        match self.shared.faults.update(|faults| faults.strike(endpoint)) {
            None => next.run(request).await,
            Some(Mishap::Slow(delay)) => {
                self.shared.clock.sleep(delay).await;
                next.run(request).await
            }
            Some(Mishap::AnswerLost) => {
                let response = next.run(request).await;
                inbound.control.close();
                response
            }
            Some(Mishap::Dropped) => {
                inbound.control.close();
                StatusCode::NO_CONTENT.into_response()
            }
            Some(Mishap::ServerError) => {
                let body = json!({ "error": "server_error", "error_description": "The demo was told to fail" });
                (StatusCode::INTERNAL_SERVER_ERROR, Json(body)).into_response()
            }
            Some(Mishap::NotFound) => {
                (StatusCode::NOT_FOUND, Html("<!doctype html><title>404</title><p>Not found")).into_response()
            }
            Some(Mishap::TooManyRequests { reset }) => {
                let body = json!({ "errors": [{ "code": "TOO_MANY_REQUESTS", "message": "Too many requests" }] });
                let headers = [("RateLimit-Reset", reset.to_string())];
                (StatusCode::TOO_MANY_REQUESTS, headers, Json(body)).into_response()
            }
            Some(Mishap::Html) => Html("<!doctype html><title>Hello</title><p>This is not JSON").into_response(),
        }
    }

    /// The demo's own time: hyper would write the system's.
    fn date(&self) -> Option<HeaderValue> {
        let now = match self.port {
            Port::Issuer => self.shared.issuer_now(),
            Port::Api => self.shared.clock.now(),
        };
        let timestamp = jiff::Timestamp::from_second(now.seconds()).ok()?;
        let text = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&timestamp).ok()?;
        HeaderValue::from_str(&text).ok()
    }
}

/// The first 12 hex digits of a token's SHA-256.
pub fn fingerprint(token: &str) -> String {
    random::to_hex(&jwt::sha256(token)[..6])
}

/// The extractor for [`Inbound`].
pub type In = Extension<Inbound>;
