//! Method and header fields: what may go on the wire.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::http::plan::error::PlanError;
use crate::http::plan::fill::FilledText;
use crate::http::plan::place::Places;
use crate::http::plan::texts::Texts;
use crate::http::plan::{PlanInput, PlannedHeader, PlannedValue};
use crate::model::problem::Place;
use crate::redact::{MASK, SecretText, looks_secret};

/// The methods of RFC 9110 and RFC 5789.
const STANDARD: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];

/// The method, checked.
pub(super) fn method(filled: &FilledText, place: Place) -> Result<String, PlanError> {
    let method = filled.text.trim();
    if is_token(method) && !filled.secret {
        // Methods are case-sensitive (RFC 9110 section 9.1); `get` is a slip of the pen, `Purge` may be meant.
        let upper = method.to_ascii_uppercase();
        return Ok(if STANDARD.contains(&upper.as_str()) { upper } else { method.to_owned() });
    }
    Err(PlanError::BadMethod { method: filled.shown.trim().to_owned(), place })
}

/// The headers that are written in the request. `Content-Length` is not among them: it is always reckoned.
pub(super) fn written(
    input: &PlanInput<'_>,
    texts: &Texts,
    places: &Places<'_>,
) -> Result<Vec<PlannedHeader>, PlanError> {
    let mut headers = Vec::new();
    for (field, (name, value)) in input.block.headers.iter().zip(&texts.headers) {
        let bad = |reason, place| PlanError::BadHeader { name: name.shown.clone(), reason, place: Some(place) };
        let place = || places.of(&field.name);
        let trimmed = name.text.trim();
        if !is_token(trimmed) {
            return Err(bad("a name is letters, digits and hyphens", place()));
        }
        if name.secret {
            return Err(bad("its name comes from a secret", place()));
        }
        check_value(&value.text).map_err(|reason| bad(reason, places.of(&field.value)))?;
        if trimmed.eq_ignore_ascii_case("content-length") {
            continue;
        }
        headers.push(PlannedHeader { name: trimmed.to_owned(), value: planned(trimmed, value) });
    }
    Ok(headers)
}

/// A header that the plan adds.
pub(super) fn added(name: &str, value: String, shown: String) -> Result<PlannedHeader, PlanError> {
    check_value(&value).map_err(|reason| PlanError::BadHeader { name: name.to_owned(), reason, place: None })?;
    Ok(PlannedHeader { name: name.to_owned(), value: PlannedValue::Secret { value: SecretText::new(value), shown } })
}

/// The first header of this name, in any case.
pub(super) fn find<'a>(headers: &'a [PlannedHeader], name: &str) -> Option<&'a PlannedHeader> {
    headers.iter().find(|header| header.name.eq_ignore_ascii_case(name))
}

/// `Basic base64(user:password)` (RFC 7617).
pub(super) fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}")))
}

/// Headers that carry credentials whatever their value is; they never cross origins.
pub(crate) fn is_credential(name: &str) -> bool {
    const NAMES: [&str; 6] = ["authorization", "proxy-authorization", "cookie", "x-api-key", "api-key", "x-auth-token"];
    const WORDS: [&str; 5] = ["token", "secret", "password", "api-key", "apikey"];
    let lower = name.to_ascii_lowercase();
    NAMES.contains(&lower.as_str()) || WORDS.iter().any(|word| lower.contains(word))
}

fn planned(name: &str, filled: &FilledText) -> PlannedValue {
    let text = filled.text.trim();
    if !is_credential(name) && (filled.secret || !looks_secret(text)) {
        return if filled.secret {
            PlannedValue::Secret { value: SecretText::new(text), shown: filled.shown.trim().to_owned() }
        } else {
            PlannedValue::Plain(text.to_owned())
        };
    }
    let shown = shown_credential(name, filled.shown.trim());
    let value = match basic_pair(text).filter(|_| name.eq_ignore_ascii_case("authorization")) {
        Some((user, password)) => basic(user, password),
        None => text.to_owned(),
    };
    if filled.secret {
        PlannedValue::Secret { value: SecretText::new(value), shown }
    } else {
        PlannedValue::Written { value, shown }
    }
}

/// A scheme and the names of cookies may be shown, nothing else.
fn shown_credential(name: &str, shown: &str) -> String {
    if name.eq_ignore_ascii_case("cookie") {
        let cookies = shown.split(';').map(|cookie| match cookie.trim().split_once('=') {
            Some((name, _)) => format!("{name}={MASK}"),
            None => MASK.to_owned(),
        });
        return cookies.collect::<Vec<_>>().join("; ");
    }
    match shown.split_once(char::is_whitespace) {
        Some((scheme, _)) if is_token(scheme) => format!("{scheme} {MASK}"),
        _ => MASK.to_owned(),
    }
}

/// `Basic user password` and `Basic user:password`, which other clients encode too.
fn basic_pair(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once(char::is_whitespace)?;
    let rest = rest.trim();
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    rest.split_once(':').or_else(|| rest.split_once(char::is_whitespace).map(|(user, rest)| (user, rest.trim_start())))
}

/// RFC 9110 section 5.5, with bytes above 127 let through: servers take UTF-8.
fn check_value(value: &str) -> Result<(), &'static str> {
    if value.trim().contains(['\r', '\n']) {
        return Err("its value has a line break in it");
    }
    if value.trim().chars().any(|c| c.is_control() && c != '\t') {
        return Err("its value has a control character in it");
    }
    Ok(())
}

/// RFC 9110 section 5.6.2.
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}
