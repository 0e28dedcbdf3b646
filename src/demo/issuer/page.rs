//! The frame of the pages for people. No script but one, no request to anywhere else; works in any browser.

use std::fmt::Write;
use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_FRAME_OPTIONS};
use axum::http::{HeaderName, StatusCode};
use axum::response::{Html, IntoResponse, Response};

use crate::demo::state::Shared;

const FRAME: &str = include_str!("../../../assets/demo/page.html");

/// No `form-action`: browsers would apply it to the redirect that follows the form, which leads to the callback.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; frame-ancestors 'none'";

/// Headers of every page.
const HEADERS: [(HeaderName, &str); 4] = [
    (CACHE_CONTROL, "no-store"),
    (CONTENT_SECURITY_POLICY, POLICY),
    (REFERRER_POLICY, "no-referrer"),
    (X_FRAME_OPTIONS, "DENY"),
];

/// Text as HTML, also inside attribute values.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// A page with this status, heading and content (HTML).
pub fn page(status: StatusCode, heading: &str, content: &str) -> Response {
    let html = FRAME.replace("{{heading}}", &escape(heading)).replace("{{content}}", content);
    (status, HEADERS, Html(html)).into_response()
}

/// A page that says what went wrong, in plain text.
pub fn problem(status: StatusCode, heading: &str, detail: &str) -> Response {
    problem_html(status, heading, &escape(detail))
}

/// A page that says what went wrong, in HTML.
pub fn problem_html(status: StatusCode, heading: &str, detail: &str) -> Response {
    page(status, heading, &format!("<p id=\"problem\">{detail}</p>"))
}

/// The page of the form post response mode.
pub fn form_post(action: &str, parameters: &[(&str, &str)]) -> String {
    let mut fields = String::new();
    for (name, value) in parameters {
        let _ = write!(fields, "<input type=\"hidden\" name=\"{}\" value=\"{}\">", escape(name), escape(value));
    }
    format!(
        "<!doctype html><title>One moment</title><form method=\"post\" action=\"{}\">{fields}<noscript><button>Go \
         on</button></noscript></form><script>document.forms[0].submit()</script>",
        escape(action)
    )
}

/// `/`: says what this is.
pub async fn front_page(State(shared): State<Arc<Shared>>) -> Response {
    let content = format!(
        "<p>This issuer lives inside bearcat and forgets everything when it stops. Its API is at <code>{}</code>.</p>\
         <p><a href=\"/device\">Enter a code</a> · <a href=\"/.well-known/openid-configuration\">Metadata</a></p>",
        escape(&shared.addresses.api)
    );
    page(StatusCode::OK, "The bearcat demo", &content)
}
