//! The request line: method, target, version.
//!
//! Called by [`file`](crate::collection::file). Lenient where people are (no method, lower case), strict where
//! prose could be taken for a request.

use crate::model::request::Span;

/// Methods that may stand alone or in lower case, and that begin a request without a `###` line.
const METHODS: [&str; 11] =
    ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT", "QUERY", "GRAPHQL"];

/// First words of other tools' requests that are not HTTP requests.
const OTHER_PROTOCOLS: [&str; 12] =
    ["GRPC", "WS", "WSS", "WEBSOCKET", "MQTT", "AMQP", "RABBITMQ", "KAFKA", "SSE", "EVENTSOURCE", "RSOCKET", "STOMP"];

/// What a line is; spans are relative to the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestLine {
    /// A request.
    Request {
        /// The method in the file, and as it is sent; `None`: not written.
        method: Option<(Span, String)>,
        /// The target; empty if it is missing.
        target: Span,
        /// `HTTP/1.1`.
        version: Option<Span>,
    },
    /// Something that looks like a request but for its method.
    BadMethod(Span),
    /// A request of another protocol.
    OtherProtocol(Span),
    /// Not a request.
    NotARequest,
}

/// Reads a line.
pub fn parse(line: &str) -> RequestLine {
    let start = line.len() - line.trim_start().len();
    let (end, version) = split_version(line);
    let text = &line[start..end.max(start)];
    let first = start..start + first_word(text);
    let target = first.end + leading_space(&line[first.end..end.max(first.end)])..end.max(first.end);
    let word = &line[first.clone()];
    let rest = &line[target.clone()];

    if OTHER_PROTOCOLS.contains(&word) && !rest.is_empty() {
        return RequestLine::OtherProtocol(first);
    }
    if let Some(method) = method(word)
        && (!rest.is_empty() || METHODS.contains(&method.as_str()))
        && (METHODS.contains(&method.as_str()) || begins_target(rest))
    {
        return RequestLine::Request { method: Some((first, method)), target, version };
    }
    let is_bare = if rest.is_empty() { is_target(word) } else { begins_target(word) };
    if is_bare {
        return RequestLine::Request { method: None, target: start..end, version };
    }
    if begins_target(rest) && !rest.starts_with("{{") {
        return RequestLine::BadMethod(first);
    }
    RequestLine::NotARequest
}

/// Is this without any doubt a request line? It may then begin a request without a `###` line before it.
pub fn is_certain(line: &str) -> bool {
    let Some((method, rest)) = line.split_once([' ', '\t']) else { return false };
    METHODS.contains(&method) && begins_target(rest.trim_start())
}

/// Takes ` HTTP/1.1` (or JetBrains' ` HTTP/2 (Prior Knowledge)`) off the end: where the text before it ends, and the
/// version.
pub fn split_version(line: &str) -> (usize, Option<Span>) {
    const PRIOR: &str = "(prior knowledge)";
    let end = line.trim_end().len();
    let before = |end: usize| line[..end].rfind([' ', '\t']).map_or(0, |space| space + 1);
    let number = match end.checked_sub(PRIOR.len()).and_then(|at| line.get(at..end).map(|text| (at, text))) {
        Some((at, text)) if text.eq_ignore_ascii_case(PRIOR) => line[..at].trim_end().len(),
        _ => end,
    };
    let start = before(number);
    let is_version = line[start..number].strip_prefix("HTTP/").is_some_and(|number| {
        let mut parts = number.splitn(2, '.');
        parts.all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
    });
    if is_version { (line[..start].trim_end().len(), Some(start..end)) } else { (end, None) }
}

/// The method that `word` means, if it can be one: any upper-case token, or a usual one in any case.
fn method(word: &str) -> Option<String> {
    let upper = word.to_ascii_uppercase();
    if METHODS.contains(&upper.as_str()) {
        return Some(upper);
    }
    let is_custom = word.starts_with(|c: char| c.is_ascii_uppercase())
        && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_'));
    is_custom.then(|| word.to_owned())
}

fn begins_target(text: &str) -> bool {
    let lower = text.get(..8).unwrap_or(text).to_ascii_lowercase();
    lower.starts_with("http://") || lower.starts_with("https://") || text.starts_with('/') || text.starts_with("{{")
}

/// Could a word on a line of its own be a URL?
fn is_target(word: &str) -> bool {
    if begins_target(word) {
        return word.len() > 1;
    }
    if word.contains("://") || word.starts_with("[::") {
        return true;
    }
    let host = word.split([':', '/', '?']).next().unwrap_or_default();
    let is_host = host.starts_with(|c: char| c.is_ascii_alphanumeric())
        && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
    let is_name = host == "localhost" || host.trim_end_matches('.').contains('.');
    let has_port =
        word[host.len()..].strip_prefix(':').is_some_and(|port| port.starts_with(|c: char| c.is_ascii_digit()));
    is_host && (is_name || has_port)
}

/// The length of the first word; blanks inside `{{…}}` do not end it.
fn first_word(text: &str) -> usize {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        if text[at..].starts_with("{{") {
            depth = 1;
        } else if text[at..].starts_with("}}") {
            depth = 0;
        } else if c.is_whitespace() && depth == 0 {
            return at;
        }
    }
    text.len()
}

fn leading_space(text: &str) -> usize {
    text.len() - text.trim_start().len()
}
