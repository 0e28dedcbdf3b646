//! `/test/…`: routes that try a client: slow, endless, broken and hostile answers. None needs a token.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, LOCATION};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::Stream;
use serde_json::{Value, json};

use crate::demo::front::{In, fingerprint};
use crate::demo::params::Params;
use crate::demo::state::Shared;

/// Most headers of `/test/headers`.
const MOST_HEADERS: usize = 5_000;

/// The routes.
pub fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/test/slow", any(slow))
        .route("/test/hang", any(hang))
        .route("/test/reset", any(reset))
        .route("/test/close", any(close))
        .route("/test/wrong-length", any(wrong_length))
        .route("/test/not-http", any(not_http))
        .route("/test/bad-gzip", any(bad_gzip))
        .route("/test/huge", get(huge))
        .route("/test/redirect-to", any(redirect_to))
        .route("/test/status/{status}", any(status))
        .route("/test/echo", any(echo))
        .route("/test/control-chars", any(control_chars))
        .route("/test/headers", any(headers))
}

fn number(query: &Params, name: &str) -> Option<u64> {
    query.get(name).and_then(|text| text.parse().ok())
}

/// `?ms=`: answers after this many milliseconds of the demo's clock.
async fn slow(State(shared): State<Arc<Shared>>, inbound: In) -> Json<Value> {
    let delay = number(&inbound.query, "ms").unwrap_or(1_000);
    shared.clock.sleep(Duration::from_millis(delay)).await;
    Json(json!({ "slept_ms": delay }))
}

/// Never answers; with `?after=N`, sends a head and N bytes, and nothing more.
async fn hang(inbound: In) -> Response {
    match number(&inbound.query, "after") {
        Some(bytes) => {
            let body = Body::from_stream(Endless { bytes, then_hang: true, is_first: true });
            ([(CONTENT_TYPE, "application/json")], body).into_response()
        }
        None => std::future::pending().await,
    }
}

/// Resets the connection.
async fn reset(inbound: In) -> StatusCode {
    inbound.control.reset();
    StatusCode::OK
}

/// Closes the connection without a byte.
async fn close(inbound: In) -> StatusCode {
    inbound.control.close();
    StatusCode::OK
}

/// Announces more bytes than it sends; with `?kind=long`, fewer.
async fn wrong_length(inbound: In) -> StatusCode {
    let announced = if inbound.query.get("kind") == Some("long") { 5 } else { 1_000 };
    let body = r#"{"length":"is not what was announced"}"#;
    inbound.control.answer_raw(format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {announced}\r\n\r\n{body}"
    ));
    StatusCode::OK
}

/// Says something that is not HTTP; with `?kind=header`, HTTP with escape sequences in a header value.
async fn not_http(inbound: In) -> StatusCode {
    let answer: &[u8] = match inbound.query.get("kind") {
        Some("header") => b"HTTP/1.1 200 OK\r\nx-title: \x1b]0;gotcha\x07\x1b[31mred\r\ncontent-length: 0\r\n\r\n",
        _ => b"SSH-2.0-OpenSSH_9.9\r\n",
    };
    inbound.control.answer_raw(answer);
    StatusCode::OK
}

/// Says gzip and is not.
async fn bad_gzip() -> Response {
    ([(CONTENT_ENCODING, "gzip"), (CONTENT_TYPE, "application/json")], r#"{"this":"is not gzip"}"#).into_response()
}

/// `?bytes=N`: valid JSON of exactly N bytes (at least 2), without ever holding it. `?length=no` does not announce it.
async fn huge(inbound: In) -> Response {
    let bytes = number(&inbound.query, "bytes").unwrap_or(1 << 30).max(2);
    let body = Body::from_stream(Endless { bytes, then_hang: false, is_first: true });
    let mut response = ([(CONTENT_TYPE, "application/json")], body).into_response();
    if inbound.query.get("length") != Some("no") {
        response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(bytes));
    }
    response
}

/// One element of the list that [`Endless`] sends.
const ROW: &[u8] = b"{\"id\":\"00000000-0000-4000-8000-000000000000\",\"name\":\"A row\",\"on\":true},\n";
/// Rows per chunk.
const ROWS: usize = 1_000;
static CHUNK: std::sync::LazyLock<Bytes> = std::sync::LazyLock::new(|| Bytes::from(ROW.repeat(ROWS)));

/// A JSON list of a given size: `[`, rows, then an empty element's worth of spaces and `]`.
struct Endless {
    bytes: u64,
    then_hang: bool,
    is_first: bool,
}

impl Endless {
    fn next_chunk(&mut self) -> Bytes {
        if self.is_first {
            self.is_first = false;
            return Bytes::from_static(b"[");
        }
        // The list must end in an element without a comma: `0]`, after as many spaces as are missing.
        let rows = (self.bytes.saturating_sub(2) / ROW.len() as u64).min(ROWS as u64) as usize;
        if rows > 0 {
            return CHUNK.slice(..rows * ROW.len());
        }
        let end: &[u8] = if self.bytes > 1 { b"0]" } else { b"]" };
        let mut last = vec![b' '; self.bytes as usize - end.len()];
        last.extend(end);
        Bytes::from(last)
    }
}

impl Stream for Endless {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let stream = self.get_mut();
        if stream.bytes == 0 {
            // Nobody wakes this task again: the rest never comes.
            return if stream.then_hang { Poll::Pending } else { Poll::Ready(None) };
        }
        let chunk = stream.next_chunk();
        stream.bytes -= chunk.len() as u64;
        Poll::Ready(Some(Ok(chunk)))
    }
}

/// `?url=`, and `?status=` (302).
async fn redirect_to(inbound: In) -> Response {
    let status = number(&inbound.query, "status").and_then(|status| StatusCode::from_u16(status as u16).ok());
    let location = inbound.query.get("url").and_then(|url| HeaderValue::from_str(url).ok());
    match location {
        Some(location) => (status.unwrap_or(StatusCode::FOUND), [(LOCATION, location)]).into_response(),
        None => (StatusCode::BAD_REQUEST, "url is missing\n").into_response(),
    }
}

/// Answers with this status.
async fn status(Path(status): Path<u16>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    (status, Json(json!({ "status": status.as_u16() }))).into_response()
}

/// Says what it got. Credentials are shown as a hash: an echo must not be a leak.
async fn echo(method: Method, uri: Uri, inbound: In, headers: HeaderMap, body: Bytes) -> Json<Value> {
    let shown: Vec<_> = headers.iter().map(|(name, value)| json!([name.as_str(), shown_value(name, value)])).collect();
    let text = std::str::from_utf8(&body).ok();
    Json(json!({
        "method": method.as_str(),
        "path": uri.path(),
        "query": inbound.query.0,
        "headers": shown,
        "body": text,
        "body_base64": text.is_none().then(|| STANDARD.encode(&body)),
        "body_size": body.len(),
    }))
}

fn shown_value(name: &HeaderName, value: &HeaderValue) -> String {
    let text = String::from_utf8_lossy(value.as_bytes());
    match (name, text.split_once(' ')) {
        (&AUTHORIZATION, Some((scheme, token))) => format!("{scheme} sha256:{}", fingerprint(token)),
        (&AUTHORIZATION, None) => format!("sha256:{}", fingerprint(&text)),
        (&COOKIE, _) => text.split("; ").map(hidden_cookie).collect::<Vec<_>>().join("; "),
        _ => text.into_owned(),
    }
}

fn hidden_cookie(pair: &str) -> String {
    match pair.split_once('=') {
        Some((name, value)) => format!("{name}=sha256:{}", fingerprint(value)),
        None => format!("sha256:{}", fingerprint(pair)),
    }
}

/// Escape sequences in the body, and their eight-bit (C1) forms in a header value, which HTTP allows.
async fn control_chars() -> Response {
    let body = "{\"title\":\"\u{1b}]0;gotcha\u{7}\",\"red\":\"\u{1b}[31mred\u{1b}[0m\",\"clear\":\"\u{1b}[2J\u{1b}[H\",\
                \"bell\":\"\u{7}\",\"clipboard\":\"\u{1b}]52;c;Z290Y2hh\u{1b}\\\\\",\"c1\":\"\u{9b}31m\u{9d}0;x\u{9c}\",\
                \"bidi\":\"\u{202e}reversed\u{202c}\",\"zero_width\":\"a\u{200b}b\"}\n";
    let value = HeaderValue::from_bytes("\u{9b}31mred\u{9d}0;gotcha\u{9c}".as_bytes());
    let mut response = ([(CONTENT_TYPE, "application/json")], body).into_response();
    if let Ok(value) = value {
        response.headers_mut().insert("x-title", value);
    }
    response
}

/// `?n=`: this many headers.
async fn headers(inbound: In) -> Response {
    let count = number(&inbound.query, "n").unwrap_or(100).min(MOST_HEADERS as u64);
    let mut response = StatusCode::OK.into_response();
    for index in 0..count {
        if let Ok(name) = HeaderName::from_bytes(format!("x-test-{index:04}").as_bytes()) {
            response.headers_mut().insert(name, HeaderValue::from(index));
        }
    }
    response
}
