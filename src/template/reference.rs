//! Request variables: `{{login.response.body.$.token}}`, as the VS Code REST Client writes them.
//!
//! [`find`] takes a value out of a [`Recorded`] exchange. JSON is read by JSONPath (RFC 9535); XPath is not read.
//! What looks like a token is secret. Pure; called through a [`Scope`](crate::template::Scope).

use std::fmt;

use bytes::Bytes;
use serde_json::Value as Json;
use serde_json_path::JsonPath;

use crate::redact::{looks_secret, sounds_secret};
use crate::template::{Unfilled, Value, VariableSource};

/// The longest path: the parser of paths calls itself.
const LONGEST_PATH: usize = 500;

/// The largest body that is read for a value.
pub const LARGEST_BODY: usize = 16 * 1024 * 1024;

/// Headers whose values are credentials.
const CREDENTIALS: [&str; 5] = ["authorization", "cookie", "set-cookie", "proxy-authorization", "x-api-key"];

/// One sending of a request, as far as later requests can refer to it. In memory only.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Recorded {
    /// The status of the response.
    pub status: u16,
    /// The headers of the request.
    pub request_headers: Vec<(String, String)>,
    /// The names of the request's headers that are not kept: they held something secret.
    pub withheld_headers: Vec<String>,
    /// The body of the request.
    pub request_body: SentBody,
    /// The headers of the response.
    pub response_headers: Vec<(String, String)>,
    /// The body of the response.
    pub response_body: Bytes,
}

/// What is kept of the body that a request was sent with.
#[derive(Clone, PartialEq, Eq, Default)]
pub enum SentBody {
    /// There was none.
    #[default]
    None,
    /// All of it.
    Kept(Bytes),
    /// Nothing: it is too large, or a file.
    TooLarge,
    /// Nothing: it held something secret.
    Withheld,
}

impl fmt::Debug for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recorded({}, {} bytes)", self.status, self.response_body.len())
    }
}

/// Which side of the exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Request,
    Response,
}

impl Side {
    const fn noun(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Response => "response",
        }
    }
}

/// The value at `path` (`response.body.$.token`, `request.headers.X-Id`) of the exchange of `request`.
pub fn find(recorded: &Recorded, request: &str, path: &str) -> Result<Value, Unfilled> {
    let (side, rest) = match path.split_once('.') {
        Some(("response", rest)) => (Side::Response, rest),
        Some(("request", rest)) => (Side::Request, rest),
        _ => return Err(unreadable(path)),
    };
    let (text, is_secret) = if let Some(rest) = rest.strip_prefix("headers") {
        header(recorded, side, request, rest)?
    } else if let Some(rest) = rest.strip_prefix("body") {
        body(recorded, side, request, rest)?
    } else {
        return Err(unreadable(path));
    };
    let source = match side {
        Side::Response => VariableSource::Response { request: request.to_owned() },
        Side::Request => VariableSource::Request { request: request.to_owned() },
    };
    Ok(if is_secret || looks_secret(&text) { Value::secret(text, source) } else { Value::plain(text, source) })
}

fn unreadable(path: &str) -> Unfilled {
    Unfilled::BadArgument(format!(
        "`{path}` is not a part of an exchange: write `response.body.$.name`, `response.body.*` or \
         `response.headers.Name`"
    ))
}

/// `.Name`, `['Name']`.
fn header(recorded: &Recorded, side: Side, request: &str, rest: &str) -> Result<(String, bool), Unfilled> {
    let bracketed = rest.strip_prefix('[').and_then(|inner| inner.strip_suffix(']'));
    let name = match (rest.strip_prefix('.'), bracketed) {
        (Some(name), _) => name,
        (_, Some(inner)) => inner.trim_matches(['\'', '"']),
        _ => "",
    };
    if name.is_empty() {
        return Err(Unfilled::BadArgument("name the header: `response.headers.Location`".to_owned()));
    }
    let headers = match side {
        Side::Request => &recorded.request_headers,
        Side::Response => &recorded.response_headers,
    };
    let found = headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    let is_secret = CREDENTIALS.contains(&name.to_ascii_lowercase().as_str()) || sounds_secret(name);
    found.map(|(_, value)| (value.clone(), is_secret)).ok_or_else(|| {
        if side == Side::Request && recorded.withheld_headers.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            return Unfilled::NotInMessage(withheld(&format!("header `{name}`"), request));
        }
        let answered = match side {
            Side::Response => format!(" (it answered {})", recorded.status),
            Side::Request => String::new(),
        };
        Unfilled::NotInMessage(format!("the {} of `{request}` has no header `{name}`{answered}", side.noun()))
    })
}

fn withheld(what: &str, request: &str) -> String {
    format!("the {what} of `{request}` held something secret: it is not kept, so that no secret wanders on")
}

/// Nothing or `.*` (all of it), `.$.a`, `.a`, `[0]`.
fn body(recorded: &Recorded, side: Side, request: &str, rest: &str) -> Result<(String, bool), Unfilled> {
    let bytes = match side {
        Side::Response => &recorded.response_body,
        Side::Request => match &recorded.request_body {
            SentBody::Kept(bytes) => bytes,
            SentBody::None => {
                return Err(Unfilled::NotInMessage(format!("`{request}` was sent without a body")));
            }
            SentBody::TooLarge => {
                let why = format!("the body of `{request}` was a file or too large: it is not kept");
                return Err(Unfilled::NotInMessage(why));
            }
            SentBody::Withheld => return Err(Unfilled::NotInMessage(withheld("body", request))),
        },
    };
    if bytes.len() > LARGEST_BODY {
        let most = LARGEST_BODY / 1024 / 1024;
        return Err(Unfilled::NotInMessage(format!("the body is larger than {most} MiB: nothing is taken out of it")));
    }
    let path = rest.strip_prefix('.').unwrap_or(rest);
    if matches!(path, "" | "*") {
        let text = std::str::from_utf8(bytes);
        let text = text.map_err(|_| Unfilled::NotInMessage(format!("the {} is not text", side.noun())))?;
        return Ok((text.to_owned(), false));
    }
    if path.starts_with('/') {
        let why = "XPath is not read: bearcat takes values out of JSON (`response.body.$.name`), or all (`.body.*`)";
        return Err(Unfilled::BadArgument(why.to_owned()));
    }
    json(recorded, side, request, bytes, path)
}

fn json(
    recorded: &Recorded,
    side: Side,
    request: &str,
    bytes: &[u8],
    written: &str,
) -> Result<(String, bool), Unfilled> {
    // REST Client wants the `$`, others leave it out.
    let path = match written.chars().next() {
        Some('$') => written.to_owned(),
        Some('[') => format!("${written}"),
        _ => format!("$.{written}"),
    };
    if path.len() > LONGEST_PATH {
        return Err(Unfilled::BadArgument(format!("a JSONPath has at most {LONGEST_PATH} characters")));
    }
    let parsed = JsonPath::parse(&path).map_err(|error| {
        let at = path.chars().count().min(error.position() + 1);
        Unfilled::BadArgument(format!("`{path}` is not a JSONPath: {} at character {at}", error.message()))
    })?;
    let root: Json = serde_json::from_slice(bytes).map_err(|_| {
        let answered = match side {
            Side::Response => format!(": it answered {}", recorded.status),
            Side::Request => String::new(),
        };
        Unfilled::NotInMessage(format!("the {} of `{request}` is not JSON{answered}", side.noun()))
    })?;
    let found = parsed.query(&root);
    let Some(node) = found.first() else {
        let answered = match side {
            Side::Response => format!(" (it answered {})", recorded.status),
            Side::Request => String::new(),
        };
        let text = format!("the {} of `{request}` has nothing at `{path}`{answered}", side.noun());
        return Err(Unfilled::NotInMessage(text));
    };
    let text = match node {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    };
    let last = path.rsplit(['.', '[']).next().unwrap_or_default();
    Ok((text, sounds_secret(last)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn recorded() -> Recorded {
        Recorded {
            status: 201,
            request_headers: vec![("X-Id".to_owned(), "7".to_owned())],
            withheld_headers: vec!["Authorization".to_owned()],
            request_body: SentBody::Kept(Bytes::from_static(br#"{"user":"jane"}"#)),
            response_headers: vec![
                ("location".to_owned(), "/orders/9".to_owned()),
                ("set-cookie".to_owned(), "sid=1".to_owned()),
            ],
            response_body: Bytes::from_static(
                br#"{"token":"abc","user":{"id":7,"name":"Jo \u00e9"},"items":[{"id":"a"},{"id":"b"}],"ok":true,"none":null,"jwt":"eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.c2ln"}"#,
            ),
        }
    }

    #[rstest::rstest]
    #[case("response.body.$.user.id", "7", false)]
    #[case("response.body.$.user.name", "Jo é", false)]
    #[case("response.body.user.name", "Jo é", false)]
    #[case("response.body.$.items[1].id", "b", false)]
    #[case("response.body.$.items[*].id", "a", false)]
    #[case("response.body.$..id", "7", false)]
    #[case("response.body.$.items[?@.id=='b']", r#"{"id":"b"}"#, false)]
    #[case("response.body.$['user']['id']", "7", false)]
    #[case("response.body['user'].id", "7", false)]
    #[case("response.body.$.ok", "true", false)]
    #[case("response.body.$.none", "null", false)]
    #[case("response.body.$.token", "abc", true)]
    #[case("response.body.$['token']", "abc", true)]
    #[case("response.body.$.jwt", "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.c2ln", true)]
    #[case("response.headers.Location", "/orders/9", false)]
    #[case("response.headers['Location']", "/orders/9", false)]
    #[case("response.headers.Set-Cookie", "sid=1", true)]
    #[case("request.headers.x-id", "7", false)]
    #[case("request.body.$.user", "jane", false)]
    #[case("request.body.*", r#"{"user":"jane"}"#, false)]
    #[case("request.body", r#"{"user":"jane"}"#, false)]
    fn values(#[case] path: &str, #[case] text: &str, #[case] is_secret: bool) {
        let value = find(&recorded(), "login", path).unwrap();
        assert_eq!((value.text.expose(), value.is_secret()), (text, is_secret));
    }

    #[rstest::rstest]
    #[case("response.body.$.gone", "the response of `login` has nothing at `$.gone` (it answered 201)")]
    #[case("response.body.$[", "`$[` is not a JSONPath: ")]
    #[case("response.body.//order/id", "XPath is not read")]
    #[case("response.headers.X-None", "the response of `login` has no header `X-None` (it answered 201)")]
    #[case("response.headers", "name the header")]
    #[case("response.headers.", "name the header")]
    #[case("answer.body.$.x", "not a part of an exchange")]
    #[case("response.status", "not a part of an exchange")]
    fn what_is_not_there(#[case] path: &str, #[case] says: &str) {
        let error = find(&recorded(), "login", path).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }

    #[test]
    fn a_body_that_is_no_json_is_told() {
        let html = Recorded { response_body: Bytes::from_static(b"<html>"), ..recorded() };
        let error = find(&html, "login", "response.body.$.x").unwrap_err().to_string();
        assert_eq!(error, "the response of `login` is not JSON: it answered 201");
        assert_eq!(find(&html, "login", "response.body.*").unwrap().text.expose(), "<html>");
        let deep = Recorded { response_body: Bytes::from("[".repeat(100_000)), ..recorded() };
        assert!(find(&deep, "login", "response.body.$[0]").unwrap_err().to_string().contains("not JSON"));
    }

    #[rstest::rstest]
    #[case(SentBody::None, "`login` was sent without a body")]
    #[case(SentBody::TooLarge, "the body of `login` was a file or too large: it is not kept")]
    #[case(
        SentBody::Withheld,
        "the body of `login` held something secret: it is not kept, so that no secret wanders on"
    )]
    fn why_a_sent_body_is_not_there(#[case] request_body: SentBody, #[case] says: &str) {
        let bare = Recorded { request_body, ..recorded() };
        assert_eq!(find(&bare, "login", "request.body.$.x").unwrap_err().to_string(), says);
    }

    #[test]
    fn a_withheld_header_is_told_from_one_that_was_not_sent() {
        let error =
            |name: &str| find(&recorded(), "login", &format!("request.headers.{name}")).unwrap_err().to_string();
        assert!(error("authorization").contains("held something secret"));
        assert!(error("X-None").contains("has no header"));
    }

    #[test]
    fn nothing_of_it_is_in_debug_output() {
        assert_eq!(
            format!("{:?}", recorded()),
            "Recorded(201, 170 bytes)".replace("170", &recorded().response_body.len().to_string())
        );
    }

    proptest! {
        #[test]
        fn any_path_is_read(path in "(response|request)\\.(body|headers)[.$\\[\\]'a-z0-9?@()*:=!<>&|, -]{0,40}") {
            drop(find(&recorded(), "login", &path));
        }

        #[test]
        fn every_member_is_found_by_its_name(name in "[a-z_][a-z0-9_]{0,10}", value in "[a-z ]{0,20}") {
            let body = serde_json::json!({ "first": 1, "inner": { name.clone(): value.clone() } }).to_string();
            let recorded = Recorded { response_body: Bytes::from(body), ..Recorded::default() };
            let found = find(&recorded, "r", &format!("response.body.$.inner.{name}")).unwrap();
            prop_assert_eq!(found.text.expose(), value.as_str());
        }
    }
}
