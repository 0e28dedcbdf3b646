//! What differs between two responses of one request: status, headers, body, and the claims of the tokens that were sent.
//!
//! Pure, but not always quick: the shell runs [`compare()`] off the loop. Bodies are compared up to a bound, and what was
//! not looked at is told.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use crate::app::diff::{self, DiffLine};
use crate::http::body_text::{self, ContentKind};
use crate::model::exchange::{Exchange, RunId};
use crate::model::identity::IdentityName;
use crate::model::time::Timestamp;
use crate::redact;
use crate::token::compare::{self, ClaimChange};
use crate::token::inspect::Inspection;

/// More of a body is not compared.
pub const MOST_COMPARED: usize = 1024 * 1024;

/// A longer line of a body is cut.
const LONGEST_LINE: usize = 500;

/// Headers that differ between any two responses, or follow from the body.
const VOLATILE: [&str; 20] = [
    "date",
    "age",
    "expires",
    "etag",
    "last-modified",
    "content-length",
    "x-request-id",
    "x-correlation-id",
    "x-trace-id",
    "request-id",
    "traceparent",
    "cf-ray",
    "x-amzn-trace-id",
    "x-amzn-requestid",
    "x-runtime",
    "x-response-time",
    "server-timing",
    "x-vercel-id",
    "report-to",
    "nel",
];

/// A response that a newer one of the same request has replaced.
#[derive(Debug, Clone)]
pub struct FormerResponse {
    /// Its run.
    pub run: RunId,
    /// What went out and came back; the body is shared, not copied.
    pub exchange: Exchange,
    /// The token that went out, decoded.
    pub token: Option<Arc<Inspection>>,
}

impl FormerResponse {
    /// As whom it was sent; `None`: without a token.
    pub fn identity(&self) -> Option<&IdentityName> {
        self.exchange.token.as_ref().map(|token| &token.identity)
    }
}

/// One of the two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// As whom it was sent; `None`: without a token.
    pub identity: Option<IdentityName>,
    /// When.
    pub at: Timestamp,
    /// The status.
    pub status: u16,
    /// The words for it.
    pub reason: String,
    /// Bytes of the body.
    pub size: usize,
}

/// A header that differs; values of one name stand together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderDifference {
    /// Its name, in lower case.
    pub name: String,
    /// Before.
    pub old: Option<String>,
    /// After.
    pub new: Option<String>,
}

/// What became of the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BodyDifference {
    /// Neither has one.
    BothEmpty,
    /// Byte for byte the same.
    Same,
    /// The same JSON values, written differently (order of members, blanks).
    SameValues,
    /// Not the same, and not text: sizes are all there is to tell.
    Binary,
    /// Lines that differ.
    Lines(Vec<DiffLine>),
}

/// What differs between the claims of the two tokens.
#[derive(Debug, Clone, PartialEq)]
pub enum TokenDifference {
    /// Neither was sent with a token.
    NoTokens,
    /// The same token went out twice.
    SameToken,
    /// Only one was sent with a token: `true`, the new one.
    OneToken(bool),
    /// At least one of the tokens cannot be read.
    Unreadable,
    /// These claims.
    Claims(Vec<ClaimChange>),
}

/// Everything that differs.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The earlier one.
    pub old: Side,
    /// The later one.
    pub new: Side,
    /// Headers that say something.
    pub headers: Vec<HeaderDifference>,
    /// Headers that differ between any two responses, by name.
    pub volatile: Vec<String>,
    /// The body.
    pub body: BodyDifference,
    /// How the bodies were compared, and what was not looked at.
    pub notes: Vec<String>,
    /// The tokens.
    pub token: TokenDifference,
}

/// Compares two responses.
pub fn compare(old: &FormerResponse, new: &FormerResponse) -> Difference {
    let (headers, volatile) = headers(&old.exchange, &new.exchange);
    let mut notes = Vec::new();
    let body = body(&old.exchange, &new.exchange, &mut notes);
    Difference { old: side(old), new: side(new), headers, volatile, body, notes, token: tokens(old, new) }
}

fn side(response: &FormerResponse) -> Side {
    let Exchange { at, head, body, .. } = &response.exchange;
    Side {
        identity: response.identity().cloned(),
        at: *at,
        status: head.status,
        reason: head.reason.clone(),
        size: body.bytes.len(),
    }
}

fn headers(old: &Exchange, new: &Exchange) -> (Vec<HeaderDifference>, Vec<String>) {
    let values = |exchange: &Exchange, name: &str| -> Option<String> {
        let found: Vec<&str> =
            exchange.head.headers.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect();
        (!found.is_empty()).then(|| found.join(", "))
    };
    let names: BTreeSet<&str> =
        old.head.headers.iter().chain(&new.head.headers).map(|(name, _)| name.as_str()).collect();
    let (mut differ, mut volatile) = (Vec::new(), Vec::new());
    for name in names {
        let (before, after) = (values(old, name), values(new, name));
        if before == after {
            continue;
        }
        // A volatile header that only one of them has says something.
        if is_volatile(name) && before.is_some() && after.is_some() {
            volatile.push(name.to_owned());
            continue;
        }
        differ.push(HeaderDifference { name: name.to_owned(), old: before, new: after });
    }
    (differ, volatile)
}

fn is_volatile(name: &str) -> bool {
    VOLATILE.contains(&name) || name.contains("ratelimit")
}

fn body(old: &Exchange, new: &Exchange, notes: &mut Vec<String>) -> BodyDifference {
    let (before, after) = (&old.body.bytes, &new.body.bytes);
    for (word, exchange) in [("earlier", old), ("later", new)] {
        if exchange.body.cut || exchange.body.stopped || exchange.body.fault.is_some() {
            notes.push(format!("The {word} body is not whole: what came of it is compared"));
        }
    }
    if before.is_empty() && after.is_empty() {
        return BodyDifference::BothEmpty;
    }
    if before == after {
        return BodyDifference::Same;
    }
    let kind = |exchange: &Exchange| body_text::kind(exchange.head.header("content-type"), &exchange.body.bytes);
    let is_readable = |exchange: &Exchange| exchange.body.bytes.is_empty() || kind(exchange).is_text();
    if !is_readable(old) || !is_readable(new) {
        return BodyDifference::Binary;
    }
    let is_json = |exchange: &Exchange| kind(exchange) == ContentKind::Json || exchange.body.bytes.is_empty();
    if is_json(old)
        && is_json(new)
        && before.len().max(after.len()) <= MOST_COMPARED
        && let (Some(before), Some(after)) = (pretty(before), pretty(after))
    {
        let lines = masked(diff::lines(&before, &after));
        if lines.is_empty() {
            return BodyDifference::SameValues;
        }
        notes.push("JSON, with the members in alphabetical order".to_owned());
        return BodyDifference::Lines(lines);
    }
    if before.len().max(after.len()) > MOST_COMPARED {
        notes.push("Only the first MiB of the bodies is compared, line by line".to_owned());
    }
    let text = |exchange: &Exchange| {
        let bytes = &exchange.body.bytes[..exchange.body.bytes.len().min(MOST_COMPARED)];
        body_text::decode(bytes, exchange.head.header("content-type")).text.into_owned()
    };
    let lines = masked(diff::lines(&text(old), &text(new)));
    if lines.is_empty() {
        notes.push("No line differs in what was compared: line ends, or what comes later, do".to_owned());
    }
    BodyDifference::Lines(lines)
}

/// JSON with its members in order, a value on each line; an empty body is an empty text. `None`: not JSON.
fn pretty(bytes: &[u8]) -> Option<String> {
    if bytes.is_empty() {
        return Some(String::new());
    }
    let mut value: Value = serde_json::from_slice(bytes).ok()?;
    value.sort_all_objects();
    serde_json::to_string_pretty(&value).ok()
}

/// Compared as they are, shown without what is secret.
fn masked(lines: Vec<DiffLine>) -> Vec<DiffLine> {
    let shown = lines.into_iter().map(|line| {
        let mut text = redact::mask(&line.text).into_owned();
        if text.len() > LONGEST_LINE {
            text.truncate(text.floor_char_boundary(LONGEST_LINE));
            text.push('…');
        }
        DiffLine { text, ..line }
    });
    shown.collect()
}

fn tokens(old: &FormerResponse, new: &FormerResponse) -> TokenDifference {
    match (&old.token, &new.token) {
        (None, None) => TokenDifference::NoTokens,
        (None, Some(_)) => TokenDifference::OneToken(true),
        (Some(_), None) => TokenDifference::OneToken(false),
        (Some(old), Some(new)) if old.fingerprint == new.fingerprint => TokenDifference::SameToken,
        (Some(old), Some(new)) => match (&old.claims, &new.claims) {
            (Some(old), Some(new)) => TokenDifference::Claims(compare::compare(old, new)),
            _ => TokenDifference::Unreadable,
        },
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use rstest::rstest;

    use super::*;
    use crate::app::diff::Side as DiffSide;
    use crate::app::tests::fixture;
    use crate::model::exchange::{ResponseBody, TokenUsed};
    use crate::model::request::TokenCarrier;
    use crate::token::inspect::inspect;
    use crate::token::testing::encode;
    use serde_json::json;

    fn response(status: u16, content_type: &str, body: &[u8]) -> FormerResponse {
        let mut exchange = fixture::outcome(b"").exchange;
        exchange.head.status = status;
        exchange.head.headers = vec![("content-type".to_owned(), content_type.to_owned())];
        exchange.body = ResponseBody { bytes: Bytes::copy_from_slice(body), ..ResponseBody::default() };
        FormerResponse { run: RunId(1), exchange, token: None }
    }

    fn with_header(mut response: FormerResponse, name: &str, value: &str) -> FormerResponse {
        response.exchange.head.headers.push((name.to_owned(), value.to_owned()));
        response
    }

    fn signed(mut response: FormerResponse, who: &str, claims: &Value) -> FormerResponse {
        let token = inspect(&format!("{}.{}.c2ln", encode(&json!({"alg": "RS256"})), encode(claims)));
        response.exchange.token = Some(TokenUsed {
            identity: IdentityName::new(who),
            carrier: TokenCarrier::Bearer,
            jti: None,
            fingerprint: token.fingerprint.clone(),
        });
        response.token = Some(Arc::new(token));
        response
    }

    fn changed(lines: &[DiffLine]) -> Vec<String> {
        let changed = lines.iter().filter_map(|line| match line.side {
            DiffSide::Old => Some(format!("-{}", line.text)),
            DiffSide::New => Some(format!("+{}", line.text)),
            DiffSide::Both | DiffSide::Skipped => None,
        });
        changed.collect()
    }

    const JSON: &str = "application/json";

    #[test]
    fn json_is_compared_by_its_values() {
        let old = response(200, JSON, br#"{"b":1,"a":[1,2],"same":true}"#);
        let new = response(403, JSON, br#"{ "a": [1, 3], "same": true, "b": 1 }"#);
        let difference = compare(&old, &new);
        let BodyDifference::Lines(lines) = &difference.body else { panic!("{difference:?}") };
        assert_eq!(changed(lines), ["-    2", "+    3"]);
        assert_eq!((difference.old.status, difference.new.status), (200, 403));
        let rewritten = response(200, JSON, br#"{"same":true,"a":[1,2],"b":1}"#);
        assert_eq!(compare(&old, &rewritten).body, BodyDifference::SameValues);
    }

    #[rstest]
    #[case(b"", b"", BodyDifference::BothEmpty)]
    #[case(b"{}", b"{}", BodyDifference::Same)]
    #[case(b"a\n", b"a\n", BodyDifference::Same)]
    fn equal_bodies(#[case] old: &[u8], #[case] new: &[u8], #[case] expected: BodyDifference) {
        assert_eq!(compare(&response(200, JSON, old), &response(200, JSON, new)).body, expected);
    }

    #[test]
    fn text_is_compared_by_lines_and_binary_by_size() {
        let difference =
            compare(&response(200, "text/plain", b"one\ntwo\n"), &response(200, "text/plain", b"one\n2\n"));
        let BodyDifference::Lines(lines) = &difference.body else { panic!("{difference:?}") };
        assert_eq!(changed(lines), ["-two", "+2"]);
        let broken = compare(&response(200, JSON, b"{\"a\":"), &response(200, JSON, b"{}"));
        assert!(matches!(broken.body, BodyDifference::Lines(_)), "what is no JSON is text: {broken:?}");
        let image = response(200, "image/png", b"\x89PNG\r\n\x1a\n");
        assert_eq!(compare(&image, &response(200, JSON, b"{}")).body, BodyDifference::Binary);
    }

    #[test]
    fn large_bodies_are_compared_up_to_a_bound_and_the_notes_say_so() {
        let line = "0123456789abcdef\n";
        let text = line.repeat(MOST_COMPARED / line.len() + 100);
        let old = response(200, "text/plain", text.as_bytes());
        let new = response(200, "text/plain", format!("{text}more\n").as_bytes());
        let difference = compare(&old, &new);
        assert_eq!(difference.body, BodyDifference::Lines(Vec::new()));
        assert_eq!(difference.notes.len(), 2, "{:?}", difference.notes);
        let one_line = "x".repeat(10_000);
        let difference = compare(&response(200, "text/plain", b"y"), &response(200, "text/plain", one_line.as_bytes()));
        let BodyDifference::Lines(lines) = difference.body else { panic!("lines") };
        assert!(lines.iter().all(|line| line.text.len() < 600));
    }

    #[test]
    fn volatile_headers_are_set_apart() {
        let old = with_header(response(200, JSON, b""), "date", "Mon");
        let old = with_header(with_header(old, "x-ratelimit-remaining", "9"), "vary", "cookie");
        let new = with_header(response(200, "text/html", b""), "date", "Tue");
        let new = with_header(with_header(new, "x-ratelimit-remaining", "8"), "location", "/login");
        let difference = compare(&old, &new);
        assert_eq!(difference.volatile, ["date", "x-ratelimit-remaining"]);
        let shown: Vec<String> = difference
            .headers
            .iter()
            .map(|one| format!("{}: {:?} {:?}", one.name, one.old.as_deref(), one.new.as_deref()))
            .collect();
        let expected = [
            r#"content-type: Some("application/json") Some("text/html")"#,
            r#"location: None Some("/login")"#,
            r#"vary: Some("cookie") None"#,
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn the_tokens_claims_are_compared() {
        let jane = || signed(response(403, JSON, b""), "jane", &json!({"sub": "j", "permissions": ["read:orders"]}));
        let admin =
            signed(response(200, JSON, b""), "admin", &json!({"sub": "a", "permissions": ["read:orders", "x"]}));
        let nobody = || response(401, JSON, b"");
        let TokenDifference::Claims(changes) = compare(&jane(), &admin).token else { panic!("claims") };
        assert_eq!(changes.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["sub", "permissions"]);
        assert_eq!(compare(&jane(), &jane()).token, TokenDifference::SameToken);
        assert_eq!(compare(&jane(), &nobody()).token, TokenDifference::OneToken(false));
        assert_eq!(compare(&nobody(), &nobody()).token, TokenDifference::NoTokens);
        assert_eq!(compare(&nobody(), &jane()).new.identity, Some(IdentityName::new("jane")));
    }

    #[test]
    fn a_token_in_a_body_is_compared_but_not_shown() {
        let body = |signature: &str| format!("{{\"t\":\"eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.{signature}\"}}");
        let difference =
            compare(&response(200, JSON, body("aaaa").as_bytes()), &response(200, JSON, body("bbbb").as_bytes()));
        let BodyDifference::Lines(lines) = difference.body else { panic!("lines") };
        assert_eq!(changed(&lines), ["-  \"t\": \"••••••\"", "+  \"t\": \"••••••\""]);
    }
}
