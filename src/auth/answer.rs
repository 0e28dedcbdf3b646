//! Reads a provider's answers: a JSON object, or the one error that fits. Shared by all flows.
//!
//! What decides is the JSON member `error`, not the status: providers differ in the statuses they use for the same
//! error (kinde.md 2.3). Redirects are errors, because following one would replay a form with its secrets.

use std::time::Duration;

use serde_json::{Map, Value};
use url::Url;

use crate::auth::context::AuthContext;
use crate::auth::error::{AuthError, Refusal};
use crate::auth::text;
use crate::model::identity::Grant;
use crate::model::provider::ProviderMetadata;
use crate::model::time::Timestamp;
use crate::model::wire::{WireRequest, WireResponse};

/// Waits beyond this are a time of day in seconds, not a number of seconds.
const LONGEST_WAIT: Duration = Duration::from_hours(24);

/// How far the clocks may differ before the user is told (kinde.md 6.5).
const TOLERATED_SKEW_SECONDS: i64 = 60;

/// What a request is for; decides the words of its errors.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asking {
    /// The grant of the identity.
    pub grant: Grant,
    /// Is the provider Kinde?
    pub is_kinde: bool,
}

impl Asking {
    pub(super) fn of(grant: Grant, metadata: &ProviderMetadata) -> Self {
        Self { grant, is_kinde: metadata.is_kinde() }
    }
}

/// Sends `request` and reads its answer.
pub(super) async fn ask(
    ctx: &AuthContext,
    asking: Asking,
    request: WireRequest,
) -> Result<(Map<String, Value>, WireResponse), AuthError> {
    let (during, url) = (request.purpose, request.url.clone());
    let response = ctx.call(request).await.map_err(|error| AuthError::Transport { during, error })?;
    let members = object(asking, during, &url, &response)?;
    Ok((members, response))
}

/// The JSON object of a successful answer.
pub(super) fn object(
    asking: Asking,
    during: &'static str,
    url: &Url,
    response: &WireResponse,
) -> Result<Map<String, Value>, AuthError> {
    failure(asking, during, url, response)?;
    match serde_json::from_slice(&response.body) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(unexpected(during, response, "the answer is JSON, but no object")),
        Err(_) => Err(unexpected(during, response, "the answer is not JSON")),
    }
}

/// The error of an answer, if it is one.
pub(super) fn failure(
    asking: Asking,
    during: &'static str,
    url: &Url,
    response: &WireResponse,
) -> Result<(), AuthError> {
    let status = response.status;
    if (300..400).contains(&status) {
        let to = response.header("location").map(without_query).unwrap_or_default();
        return Err(AuthError::Redirected { during, from: url.to_string(), to });
    }
    if let Some(refusal) = refusal(response) {
        let tells_to_wait = matches!(refusal.code.as_str(), "slow_down" | "authorization_pending");
        if status != 429 || tells_to_wait {
            return Err(AuthError::Refused { during, grant: asking.grant, is_kinde: asking.is_kinde, refusal });
        }
    }
    match status {
        200..=299 => Ok(()),
        429 | 503 => Err(AuthError::Busy { during, status, wait: wait(response) }),
        _ => Err(unexpected(during, response, "the answer has no `error`")),
    }
}

/// `error` and `error_description`, where the body has them.
fn refusal(response: &WireResponse) -> Option<Refusal> {
    let body: Value = serde_json::from_slice(&response.body).ok()?;
    let code = body.get("error")?.as_str().filter(|code| !code.is_empty())?;
    let description = body.get("error_description").and_then(Value::as_str).map(text::line);
    let description = description.filter(|description| !description.is_empty());
    Some(Refusal { code: text::line(code), description, status: response.status })
}

fn unexpected(during: &'static str, response: &WireResponse, why: &str) -> AuthError {
    let why = if looks_like_html(&response.body) {
        "the answer is an HTML page".to_owned()
    } else if response.body.is_empty() {
        "the answer is empty".to_owned()
    } else {
        format!("{why}: {}", text::line(&String::from_utf8_lossy(&response.body)))
    };
    AuthError::Unexpected { during, status: response.status, why }
}

/// Does the body begin like an HTML page?
pub(super) fn looks_like_html(body: &[u8]) -> bool {
    let start: Vec<u8> =
        body.iter().skip_while(|byte| byte.is_ascii_whitespace()).take(14).map(u8::to_ascii_lowercase).collect();
    start.starts_with(b"<!doctype html") || start.starts_with(b"<html") || start.starts_with(b"<head")
}

/// An address for people: its query may hold secrets.
pub(super) fn without_query(location: &str) -> String {
    text::line(location.split(['?', '#']).next().unwrap_or_default())
}

/// `Retry-After` or Kinde's `RateLimit-Reset`, in seconds.
pub(super) fn wait(response: &WireResponse) -> Option<Duration> {
    let seconds =
        ["retry-after", "ratelimit-reset"].into_iter().find_map(|name| response.header(name)?.trim().parse().ok());
    seconds.map(Duration::from_secs).filter(|wait| *wait <= LONGEST_WAIT)
}

/// What to tell the user when this machine's clock and the provider's `Date` differ by more than a minute.
pub(super) fn clock_note(response: &WireResponse, now: Timestamp) -> Option<String> {
    let date = jiff::fmt::rfc2822::parse(response.header("date")?.trim()).ok()?;
    let ahead = now.seconds().saturating_sub(date.timestamp().as_second());
    if ahead.abs() <= TOLERATED_SKEW_SECONDS {
        return None;
    }
    let direction = if ahead > 0 { "ahead of" } else { "behind" };
    Some(format!(
        "This machine's clock is {} s {direction} the provider's: tokens may look expired, or not valid yet",
        ahead.abs()
    ))
}

#[cfg(test)]
mod tests;
