//! The lines before a body: separator, request line with its query, headers.
//!
//! Called by [`writer`](super). A single query parameter stays on the request line; several, or commented-out ones,
//! get a line each.

use std::borrow::Cow;

use super::single_line;
use super::words::Words;
use crate::collection::draft::{ApiKeyPlace, DraftAuth, DraftBody, DraftRow, RequestDraft, RowShape, RowState};
use crate::collection::request_line::{self, RequestLine};

/// The longest name of a request.
const LONGEST_NAME: usize = 200;

/// The boundary of multipart bodies, unless a part has it in its text.
pub(super) const BOUNDARY: &str = "bearcat-boundary";

/// `### name`.
pub(super) fn separator(name: Option<&str>) -> String {
    let name = name.map(clean_name).unwrap_or_default();
    if name.is_empty() { "###\n".to_owned() } else { format!("### {name}\n") }
}

/// A name on one line, as the parser gives it back.
fn clean_name(name: &str) -> String {
    let words: Vec<String> = name
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    let mut name = words.join(" ");
    name.truncate(name.floor_char_boundary(LONGEST_NAME));
    name.trim_matches(|c: char| c == '#' || c.is_whitespace()).to_owned()
}

/// The method as the dialect has it: an upper-case word; the usual ones in any case.
pub fn method(text: &str) -> String {
    let word: String = text
        .trim()
        .to_ascii_uppercase()
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        .collect();
    let line = format!("{word} https://host");
    match request_line::parse(&line) {
        RequestLine::Request { method: Some((_, method)), .. } => method,
        _ => "GET".to_owned(),
    }
}

/// Can this be the name of a header: a token of RFC 9110, or one with placeholders?
pub fn is_header_name(name: &str) -> bool {
    let mut rest = name;
    let mut literal = String::new();
    while let Some(open) = rest.find("{{") {
        let Some(close) = rest[open..].find("}}") else { return false };
        let inner = &rest[open + 2..open + close];
        if inner.trim().is_empty() || inner.contains(|c: char| c == '{' || c.is_control()) {
            return false;
        }
        literal.push_str(&rest[..open]);
        rest = &rest[open + close + 2..];
    }
    literal.push_str(rest);
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && literal.bytes().all(is_token)
}

/// The request line and the headers, put together from all parts of a draft.
pub(super) struct Head<'a> {
    method: String,
    url: String,
    fragment: String,
    /// ` HTTP/1.1`, with its blank; empty: none is asked for.
    version: String,
    query: Vec<Cow<'a, DraftRow>>,
    headers: Vec<Cow<'a, DraftRow>>,
    /// The boundary of a multipart body.
    pub(super) boundary: String,
}

impl<'a> Head<'a> {
    pub(super) fn of(draft: &'a RequestDraft) -> Self {
        let mut url = clean_url(&draft.url);
        let mut query: Vec<_> = draft.query.iter().map(Cow::Borrowed).collect();
        let mut headers: Vec<_> = draft.headers.iter().map(Cow::Borrowed).collect();
        let has = |headers: &[Cow<'_, DraftRow>], name: &str| {
            headers.iter().any(|row| row.state == RowState::Enabled && row.name.eq_ignore_ascii_case(name))
        };
        match &draft.auth {
            DraftAuth::ApiKey { name, value, place: ApiKeyPlace::Query } => {
                query.push(Cow::Owned(DraftRow::new(name.clone(), value.clone())));
            }
            auth => headers.extend(auth_header(auth).map(Cow::Owned)),
        }
        let fragment = match find_outside(&url, '#') {
            Some(at) if !query.is_empty() => url.split_off(at),
            _ => String::new(),
        };
        let boundary = super::body::boundary(draft, headers.iter().map(AsRef::as_ref));
        if !has(&headers, "content-type")
            && let Some(content_type) = default_content_type(draft, &boundary)
        {
            headers.push(Cow::Owned(DraftRow::new("Content-Type", content_type)));
        }
        if matches!(draft.body, DraftBody::Multipart(_)) {
            for row in &mut headers {
                let is_bare = row.name.eq_ignore_ascii_case("content-type")
                    && row.value.trim_start().to_ascii_lowercase().starts_with("multipart/")
                    && !row.value.to_ascii_lowercase().contains("boundary=");
                if is_bare {
                    let value = format!("{}; boundary={boundary}", row.value.trim().trim_end_matches(';'));
                    row.to_mut().value = value;
                }
            }
        }
        let method = if draft.method.trim().is_empty() { "GET".to_owned() } else { method(&draft.method) };
        if let DraftBody::GraphQl { query, variables } = &draft.body
            && super::body::graphql_form(query, variables).is_some()
            && !has(&headers, "x-request-type")
        {
            headers.push(Cow::Owned(DraftRow::new("X-Request-Type", "GraphQL")));
        }
        let version = draft.http_version.as_deref().map(|version| format!(" {}", version.trim())).unwrap_or_default();
        // Nothing but a version, which may have two words: `HTTP/2 (Prior Knowledge)`.
        let is_version = matches!(request_line::split_version(&version), (0, Some(_)));
        let version = if is_version { version } else { String::new() };
        Self { method, url, fragment, version, query, headers, boundary }
    }

    /// The `Content-Type` that goes out, lower case.
    pub(super) fn content_type(&self) -> Option<String> {
        let enabled = self.headers.iter().filter(|row| row.state == RowState::Enabled);
        let mut types = enabled.filter(|row| row.name.eq_ignore_ascii_case("content-type"));
        types.next().map(|row| single_line(&row.value).trim().to_ascii_lowercase())
    }

    /// Does the parser take `#` for content in the body?
    pub(super) fn is_plain_text(&self) -> bool {
        self.content_type().is_some_and(|value| value.starts_with("text/"))
    }

    pub(super) fn write(&self, out: &mut String, words: &mut Words) {
        let mut url = self.url.clone();
        let is_readable = |url: &str| {
            let line = format!("{} {url}", self.method);
            !url.is_empty() && matches!(request_line::parse(&line), RequestLine::Request { .. })
        };
        if !is_readable(&url) {
            url.insert_str(0, &words.empty());
        }
        let mut mark = if find_outside(&url, '?').is_some() { '&' } else { '?' };
        let mut rows: Vec<String> = Vec::new();
        let last_enabled = self.query.iter().rposition(|row| row.state == RowState::Enabled);
        for (at, row) in self.query.iter().enumerate() {
            let name = query_text(&row.name);
            let text = match row.shape {
                RowShape::Bare => name,
                RowShape::Pair => format!("{name}={}", query_text(&row.value)),
            };
            match row.state {
                RowState::Enabled => {
                    // A line that begins with `??` is another tool's assertion.
                    let text = match text.strip_prefix('?') {
                        Some(rest) => format!("%3F{rest}"),
                        None => text,
                    };
                    let fragment = if Some(at) == last_enabled { self.fragment.as_str() } else { "" };
                    let version = if Some(at) == last_enabled { self.version.as_str() } else { "" };
                    rows.push(without_version(&format!("{mark}{text}{fragment}")) + version);
                    mark = '&';
                }
                RowState::Disabled => rows.push(format!("# &{text}")),
            }
        }
        if last_enabled.is_none() {
            url.push_str(&self.fragment);
        }
        let mut url = without_version(&url);
        if last_enabled.is_none() {
            url.push_str(&self.version);
        }
        let is_inline = rows.len() == 1 && self.query[0].state == RowState::Enabled;
        out.push_str(&self.method);
        out.push(' ');
        out.push_str(&url);
        if is_inline {
            out.push_str(&rows[0]);
            out.push('\n');
        } else {
            out.push('\n');
            for row in rows {
                if !row.starts_with('#') {
                    out.push_str("    ");
                }
                out.push_str(&row);
                out.push('\n');
            }
        }
        for header in &self.headers {
            write_header(out, header, words);
        }
    }
}

fn write_header(out: &mut String, header: &DraftRow, words: &mut Words) {
    let name = single_line(header.name.trim());
    let name = name.trim();
    let value = single_line(&header.value);
    let value = value.trim();
    let line = if value.is_empty() { format!("{name}:") } else { format!("{name}: {value}") };
    if header.state == RowState::Disabled || !is_header_name(name) {
        super::push_comment(out, &line);
        return;
    }
    // The first two would be lines of the target, the third a comment.
    if name.starts_with(['?', '&', '#']) {
        out.push_str(&words.empty());
    }
    out.push_str(&line);
    out.push('\n');
}

/// The header that says who sends the request.
fn auth_header(auth: &DraftAuth) -> Option<DraftRow> {
    match auth {
        DraftAuth::Unspecified
        | DraftAuth::None
        | DraftAuth::Identity(_)
        | DraftAuth::ApiKey { place: ApiKeyPlace::Query, .. } => None,
        DraftAuth::Basic { user, password } => Some(DraftRow::new("Authorization", format!("Basic {user}:{password}"))),
        DraftAuth::Digest { user, password } => {
            Some(DraftRow::new("Authorization", format!("Digest {user}:{password}")))
        }
        DraftAuth::Bearer { token, prefix } => {
            let prefix = if prefix.trim().is_empty() { "Bearer" } else { prefix.trim() };
            Some(DraftRow::new("Authorization", format!("{prefix} {token}")))
        }
        DraftAuth::ApiKey { name, value, place: ApiKeyPlace::Header } => Some(DraftRow::new(name, value)),
        DraftAuth::ApiKey { name, value, place: ApiKeyPlace::Cookie } => {
            Some(DraftRow::new("Cookie", format!("{name}={value}")))
        }
    }
}

fn default_content_type(draft: &RequestDraft, boundary: &str) -> Option<String> {
    match &draft.body {
        DraftBody::Form(_) => Some("application/x-www-form-urlencoded".to_owned()),
        DraftBody::Multipart(_) => Some(format!("multipart/form-data; boundary={boundary}")),
        DraftBody::GraphQl { .. } => Some("application/json".to_owned()),
        DraftBody::None | DraftBody::Text(_) | DraftBody::File(_) => None,
    }
}

/// What every URL parser leaves out of a URL (WHATWG: tabs, line breaks, blanks around it) is left out.
fn clean_url(url: &str) -> String {
    let url: String = url.chars().filter(|c| !matches!(c, '\n' | '\r' | '\t')).collect();
    url.trim_matches(|c: char| c.is_whitespace() || c.is_control()).to_owned()
}

/// A name or value of the query on one line: what would end the line, or be cut off at its end, is encoded.
fn query_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let kept = text.trim_end_matches(char::is_whitespace).len();
    for (at, c) in text.char_indices() {
        if c.is_control() || (c.is_whitespace() && (at >= kept || c != ' ')) {
            encode(&mut out, c);
        } else {
            out.push(c);
        }
    }
    out
}

/// A target that ends in ` HTTP/1.1` would lose it.
fn without_version(text: &str) -> String {
    if request_line::split_version(text).1.is_none() {
        return text.to_owned();
    }
    match text.rfind([' ', '\t']) {
        Some(at) => format!("{}%20{}", &text[..at], &text[at + 1..]),
        None => text.to_owned(),
    }
}

/// Percent-encodes one character.
pub(super) fn encode(out: &mut String, c: char) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut bytes = [0; 4];
    for byte in c.encode_utf8(&mut bytes).bytes() {
        out.extend(['%', char::from(HEX[usize::from(byte >> 4)]), char::from(HEX[usize::from(byte & 15)])]);
    }
}

/// The first `wanted` that stands in no placeholder.
fn find_outside(text: &str, wanted: char) -> Option<usize> {
    let mut at = 0;
    // Looked for once only: a text may have many that stay open.
    let mut may_close = true;
    while at < text.len() {
        let rest = &text[at..];
        if may_close && rest.starts_with("{{") {
            if let Some(close) = rest.find("}}") {
                at += close + 2;
                continue;
            }
            may_close = false;
        }
        let c = rest.chars().next()?;
        if c == wanted {
            return Some(at);
        }
        at += c.len_utf8();
    }
    None
}
