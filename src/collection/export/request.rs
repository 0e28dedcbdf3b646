//! A request as exporters see it: every template resolved, the body taken apart, credentials told from headers.
//!
//! Called by [`export`](super::export()) once for each request; the writers of the formats only write.

mod multipart;
mod target;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use url::Url;

use crate::collection::draft::RowState;
use crate::collection::edit::{self, Table};
use crate::collection::export::check::Check;
use crate::collection::export::request::multipart::{Line, boundary, parameter, split_parts};
use crate::collection::export::request::target::{escape, has_host, has_whole_host, missing_scheme, percent_decode};
use crate::collection::export::resolve::{Context, Piece, Resolver, Syntax, Text, directives, nodes};
use crate::collection::export::{ExportInput, ExportSource, TokenMode, check};
use crate::collection::file::NodeKind;
use crate::model::identity::IdentityName;
use crate::model::request::{BodyPiece, RequestBlock, TokenCarrier};
use crate::model::session::TokenKind;
use crate::redact;
use crate::template::Scope;

/// A request, ready to be written.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ExportRequest {
    /// The folders and the file that it is in.
    pub(super) file: std::path::PathBuf,
    /// Its name, else method and URL: one line.
    pub(super) label: String,
    /// Its own name.
    pub(super) name: Option<String>,
    /// The comments before it.
    pub(super) comments: Vec<String>,
    pub(super) method: String,
    pub(super) url: Text,
    pub(super) headers: Vec<(String, Text)>,
    /// Headers and parameters that are commented out.
    pub(super) disabled_headers: Vec<(String, String)>,
    pub(super) disabled_query: Vec<(String, String)>,
    pub(super) auth: Auth,
    pub(super) body: Body,
    pub(super) max_redirects: u32,
    pub(super) timeout: Option<Duration>,
    pub(super) connection_timeout: Option<Duration>,
    /// `1.1`, `2`.
    pub(super) http_version: Option<String>,
    pub(super) checks: Vec<Check>,
    /// `# @capture name = expression`.
    pub(super) captures: Vec<(String, Check)>,
    /// Does it say that no token goes along?
    pub(super) is_anonymous: bool,
}

/// Credentials that clients have words of their own for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Auth {
    /// Whatever there is stands in the headers.
    Headers,
    /// RFC 7617.
    Basic(Text, Text),
    /// RFC 7616.
    Digest(Text, Text),
}

/// A body.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Body {
    None,
    Text(Text),
    /// The bytes of a file.
    File(Text),
    /// `multipart/form-data`.
    Multipart(Vec<Part>),
    /// Texts and files, one after the other.
    Mixed(Vec<Chunk>),
    /// GraphQL: query and variables.
    GraphQl(Text, Option<Text>),
}

/// A part of a multipart body.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    pub(super) name: Text,
    pub(super) file_name: Option<Text>,
    pub(super) content_type: Option<Text>,
    pub(super) content: Chunk,
}

/// A piece of a body.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Chunk {
    Text(Text),
    File(Text),
}

impl ExportRequest {
    /// The first header of this name.
    pub(super) fn header(&self, name: &str) -> Option<&Text> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Headers of one name put together: for targets that take each name once.
    pub(super) fn merged_headers(&self) -> Vec<(String, Text)> {
        let mut merged: Vec<(String, Text)> = Vec::new();
        for (name, value) in &self.headers {
            match merged.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
                Some((_, text)) => {
                    let separator = if name.eq_ignore_ascii_case("cookie") { "; " } else { ", " };
                    text.push(Piece::Literal(separator.to_owned()));
                    text.extend(value.clone());
                }
                None => merged.push((name.clone(), value.clone())),
            }
        }
        merged
    }

    /// The body with GraphQL written as the JSON that goes over the wire.
    pub(super) fn plain_body(&self) -> Body {
        let Body::GraphQl(query, variables) = &self.body else { return self.body.clone() };
        let mut text = Text::literal("{\"query\":\"");
        text.extend(query.clone().map(json_inner));
        text.push(Piece::Literal("\"".to_owned()));
        if let Some(variables) = variables {
            text.push(Piece::Literal(",\"variables\":".to_owned()));
            text.extend(variables.clone());
        }
        text.push(Piece::Literal("}".to_owned()));
        Body::Text(text)
    }
}

/// `text` as it stands between the quotes of a JSON string.
fn json_inner(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// Reads a request.
pub(super) fn prepare(source: &ExportSource<'_>, input: &ExportInput<'_>, resolver: &mut Resolver) -> ExportRequest {
    let block = source.block;
    let written = directives(source.collection, block);
    let prompts: BTreeSet<String> = written
        .iter()
        .filter(|(name, _)| name == "prompt")
        .filter_map(|(_, value)| value.split_whitespace().next().map(str::to_owned))
        .collect();
    let folder = source.collection.path.parent().unwrap_or(Path::new(""));
    let nowhere = |_: &IdentityName| false;
    let mut preparing = Preparing {
        allowed: &nowhere,
        input,
        block,
        folder,
        scope: source.scope,
        prompts: &prompts,
        resolver,
        tokens: input.tokens,
    };
    let (url, user) = preparing.url();
    let known = url.as_literal().or_else(|| Some(url.leading()).filter(|text| has_whole_host(text))).map(str::to_owned);
    let allowed = |identity: &IdentityName| known.as_deref().is_some_and(|url| (input.allowed)(identity, url));
    preparing.allowed = &allowed;
    let mut headers = preparing.headers(&url);
    let mut auth = preparing.credentials(&mut headers);
    if let (Some((name, password)), Auth::Headers) = (user, &auth)
        && find(&headers, "authorization").is_none()
    {
        auth = Auth::Basic(Text::literal(name), Text::literal(password));
    }
    preparing.identity(&mut headers, &auth);
    let (method, is_graphql) = preparing.method(&mut headers);
    let body = preparing.body(&mut headers, is_graphql);
    // Only Postman has a place for rows that are not sent.
    let rows = |table| if resolver.syntax == Syntax::Postman { disabled(source, table) } else { Vec::new() };
    let label = redact::mask(block.label()).into_owned();
    let value_of =
        |name: &'static str| written.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str());
    ExportRequest {
        file: source.collection.path.clone(),
        label: super::name::comment(&label),
        name: block.name.as_deref().map(|name| redact::mask(name).into_owned()),
        comments: comments(source),
        method,
        url,
        headers,
        disabled_headers: rows(Table::Headers),
        disabled_query: rows(Table::Params),
        auth,
        body,
        max_redirects: block.directives.max_redirects.unwrap_or(0),
        timeout: block.directives.timeout.filter(|timeout| !timeout.is_zero()),
        connection_timeout: block.directives.connection_timeout.filter(|timeout| !timeout.is_zero()),
        http_version: block.http_version.as_ref().map(|version| version.text.trim_start_matches("HTTP/").to_owned()),
        checks: value_of("assert").map(check::parse).collect(),
        captures: value_of("capture")
            .filter_map(|value| value.split_once('='))
            .map(|(name, expression)| (name.trim().to_owned(), check::parse(expression.trim())))
            .collect(),
        is_anonymous: block.directives.auth == Some(crate::model::request::AuthDirective::None),
    }
}

fn find<'a>(headers: &'a [(String, Text)], name: &str) -> Option<&'a Text> {
    headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

struct Preparing<'a> {
    input: &'a ExportInput<'a>,
    block: &'a RequestBlock,
    folder: &'a Path,
    scope: &'a dyn Scope,
    prompts: &'a BTreeSet<String>,
    resolver: &'a mut Resolver,
    tokens: TokenMode,
    /// May this identity's token stand in the request?
    allowed: &'a dyn Fn(&IdentityName) -> bool,
}

impl Preparing<'_> {
    fn text(&mut self, template: &str) -> Text {
        let context = Context { scope: self.scope, tokens: self.tokens, allowed: self.allowed, prompts: self.prompts };
        self.resolver.text(template, context)
    }

    /// The URL as it goes out, and the user name and password that stood in it.
    fn url(&mut self) -> (Text, Option<(String, String)>) {
        // A token has no place in a URL that is not known yet.
        let asked = std::mem::replace(&mut self.tokens, TokenMode::Placeholder);
        let mut url = self.text(&self.block.url.text).trimmed();
        if url.leading().starts_with('/') {
            let host = self.block.headers.iter().find(|header| header.name.text.eq_ignore_ascii_case("host"));
            match host {
                Some(host) => {
                    let mut whole = self.text(&host.value.text).trimmed();
                    whole.extend(url);
                    url = whole;
                }
                None => self.resolver.remark("A URL has no host, and there is no `Host` header: add it by hand"),
            }
        }
        self.tokens = asked;
        if let Some(scheme) = missing_scheme(&url) {
            let mut whole = Text::literal(scheme);
            whole.extend(url);
            url = whole;
        }
        let url = url.map(escape);
        // A fragment stays in the client.
        let url = match url.as_literal().and_then(|text| text.split_once('#')) {
            Some((before, _)) => Text::literal(before),
            None => url,
        };
        if let Some(mut parsed) = url.as_literal().and_then(|text| Url::parse(text).ok())
            && (!parsed.username().is_empty() || parsed.password().is_some())
        {
            let decode = |text: &str| percent_decode(text);
            let user = (decode(parsed.username()), decode(parsed.password().unwrap_or_default()));
            // Both only fail for URLs without a host.
            let _ = parsed.set_username("");
            let _ = parsed.set_password(None);
            return (Text::literal(parsed.as_str()), Some(user));
        }
        (url, None)
    }

    fn headers(&mut self, url: &Text) -> Vec<(String, Text)> {
        let mut headers = Vec::new();
        for header in &self.block.headers {
            let name = self.text(&header.name.text);
            let name = name.as_literal().unwrap_or(&header.name.text).trim().to_owned();
            if name.eq_ignore_ascii_case("content-length") || !is_token(&name) {
                continue;
            }
            let value = self.text(&header.value.text).trimmed();
            let is_same_host = name.eq_ignore_ascii_case("host")
                && value.as_literal().is_some_and(|host| url.as_literal().is_some_and(|url| has_host(url, host)));
            if !is_same_host {
                // A header ends at a line break, in every client.
                headers.push((name, value.map(|text| text.replace(['\r', '\n', '\0'], " "))));
            }
        }
        headers
    }

    /// `Authorization: Basic user password` and `Digest user password`, which are reckoned when sending.
    fn credentials(&mut self, headers: &mut Vec<(String, Text)>) -> Auth {
        let field = self.block.headers.iter().find(|header| header.name.text.eq_ignore_ascii_case("authorization"));
        let Some(value) = field.map(|header| header.value.text.trim()) else { return Auth::Headers };
        let Some((scheme, rest)) = value.split_once(char::is_whitespace) else { return Auth::Headers };
        let is_basic = scheme.eq_ignore_ascii_case("basic");
        if !is_basic && !scheme.eq_ignore_ascii_case("digest") {
            return Auth::Headers;
        }
        let pair = match split_pair(rest.trim()) {
            Some((user, password)) => Some((self.text(user), self.text(password))),
            None => self
                .text(rest.trim())
                .as_literal()
                .and_then(split_pair)
                .map(|(user, password)| (Text::literal(user), Text::literal(password))),
        };
        let Some((user, password)) = pair else { return Auth::Headers };
        headers.retain(|(name, _)| !name.eq_ignore_ascii_case("authorization"));
        if is_basic { Auth::Basic(user, password) } else { Auth::Digest(user, password) }
    }

    /// Adds what `# @auth` and the current identity add when sending.
    fn identity(&mut self, headers: &mut Vec<(String, Text)>, auth: &Auth) {
        let Some(wanted) = (self.input.auth)(self.block) else { return };
        let context = Context { scope: self.scope, tokens: self.tokens, allowed: self.allowed, prompts: self.prompts };
        match wanted.carrier {
            TokenCarrier::Bearer => {
                if *auth == Auth::Headers && find(headers, "authorization").is_none() {
                    let mut value = Text::literal("Bearer ");
                    value.push(self.resolver.token(TokenKind::Access, &wanted.identity, context));
                    headers.push(("Authorization".to_owned(), value));
                }
            }
            TokenCarrier::Cookie => self.cookies(headers, &wanted.identity, context),
        }
    }

    /// The session cookies of Kinde's SDK; it splits tokens of more than 3000 characters over several.
    fn cookies(&mut self, headers: &mut Vec<(String, Text)>, identity: &IdentityName, context: Context<'_>) {
        let mut value = Text::default();
        if let Some(at) = headers.iter().position(|(name, _)| name.eq_ignore_ascii_case("cookie")) {
            if headers[at].1.leading().contains("access_token=") {
                return;
            }
            value = headers.remove(at).1;
            value.push(Piece::Literal("; ".to_owned()));
        }
        value.push(Piece::Literal("access_token=".to_owned()));
        value.push(self.resolver.token(TokenKind::Access, identity, context));
        value.push(Piece::Literal("; id_token=".to_owned()));
        value.push(self.resolver.token(TokenKind::Id, identity, context));
        headers.push(("Cookie".to_owned(), value));
        self.resolver
            .remark("A token of more than 3000 characters does not fit into one session cookie: send from bearcat");
    }

    /// The method; GraphQL is a POST.
    fn method(&mut self, headers: &mut Vec<(String, Text)>) -> (String, bool) {
        let method = self.text(&self.block.method.text);
        let method: String = method
            .as_literal()
            .unwrap_or("GET")
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || "-_".contains(*c))
            .collect();
        let by_header = find(headers, "x-request-type")
            .and_then(Text::as_literal)
            .is_some_and(|value| value.eq_ignore_ascii_case("graphql"));
        headers.retain(|(name, _)| !by_header || !name.eq_ignore_ascii_case("x-request-type"));
        if method == "GRAPHQL" {
            return ("POST".to_owned(), true);
        }
        const STANDARD: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"];
        let upper = method.to_ascii_uppercase();
        let method = if STANDARD.contains(&upper.as_str()) { upper } else { method };
        (if method.is_empty() { "GET".to_owned() } else { method }, by_header)
    }

    fn body(&mut self, headers: &mut Vec<(String, Text)>, is_graphql: bool) -> Body {
        if self.block.body.is_empty() {
            return Body::None;
        }
        let content_type = find(headers, "content-type").and_then(Text::as_literal).unwrap_or_default().to_owned();
        let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if is_graphql && let [BodyPiece::Text(text)] = self.block.body.as_slice() {
            let (query, variables) = split_graphql(&text.text);
            if find(headers, "content-type").is_none() {
                headers.push(("Content-Type".to_owned(), Text::literal("application/json")));
            }
            return Body::GraphQl(self.text(query), variables.map(|variables| self.text(variables)));
        }
        if essence == "multipart/form-data"
            && let Some(parts) = boundary(&content_type).and_then(|boundary| self.parts(&boundary))
        {
            headers.retain(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
            return Body::Multipart(parts);
        }
        let mut chunks: Vec<Chunk> = Vec::new();
        for piece in &self.block.body {
            let chunk = self.chunk(piece);
            match (chunks.last_mut(), chunk) {
                (_, Chunk::Text(text)) if text.is_empty() => {}
                (Some(Chunk::Text(last)), Chunk::Text(text)) => last.extend(text),
                (_, chunk) => chunks.push(chunk),
            }
        }
        let as_sent = |text: &str| {
            if essence.starts_with("multipart/") {
                text.replace("\r\n", "\n").replace('\n', "\r\n")
            } else if essence == "application/x-www-form-urlencoded" {
                // A form over several lines is one line.
                text.split('\n').map(|line| line.trim_matches(['\r', ' ', '\t'])).collect()
            } else {
                text.to_owned()
            }
        };
        for chunk in &mut chunks {
            if let Chunk::Text(text) = chunk {
                *text = std::mem::take(text).map(as_sent);
            }
        }
        match chunks.as_mut_slice() {
            [] => Body::None,
            [Chunk::Text(text)] => Body::Text(std::mem::take(text)),
            [Chunk::File(path)] => Body::File(std::mem::take(path)),
            _ => Body::Mixed(chunks),
        }
    }

    fn chunk(&mut self, piece: &BodyPiece) -> Chunk {
        match piece {
            BodyPiece::Text(text) => Chunk::Text(self.text(&text.text)),
            BodyPiece::File { path, substitute: false, .. } => Chunk::File(self.path(&path.text)),
            BodyPiece::File { path, substitute: true, .. } => {
                let path = self.path(&path.text);
                match path.as_literal().and_then(|path| (self.input.read)(Path::new(path))) {
                    Some(template) => Chunk::Text(self.text(&template)),
                    None => {
                        self.resolver
                            .remark("A `<@` file could not be read: it is sent as it is, its variables not filled");
                        Chunk::File(path)
                    }
                }
            }
        }
    }

    /// A path relative to the folder that bearcat runs in.
    fn path(&mut self, template: &str) -> Text {
        let path = self.text(template.trim());
        let leading = path.leading();
        let is_absolute = leading.starts_with('/') || leading.starts_with('~') || leading.get(1..2) == Some(":");
        let folder = self.folder.to_string_lossy().replace('\\', "/");
        if folder.is_empty() || is_absolute || leading.is_empty() {
            return path;
        }
        let mut whole = Text::literal(format!("{folder}/"));
        whole.extend(path.map(|text| text.strip_prefix("./").unwrap_or(text).to_owned()));
        whole
    }

    /// The parts of a multipart body, if they are what clients can make: form data with names.
    fn parts(&mut self, boundary: &str) -> Option<Vec<Part>> {
        let mut parts = Vec::new();
        for lines in split_parts(&self.block.body, boundary)? {
            let end = lines.iter().position(|line| matches!(line, Line::Text("")))?;
            let (mut disposition, mut content_type) = (None, None);
            for line in &lines[..end] {
                let Line::Text(line) = line else { return None };
                let (name, value) = line.split_once(':')?;
                match name.trim().to_ascii_lowercase().as_str() {
                    "content-disposition" => disposition = Some(value.trim()),
                    "content-type" => content_type = Some(value.trim()),
                    "content-length" => {}
                    _ => return None,
                }
            }
            let disposition = disposition.filter(|value| value.to_ascii_lowercase().starts_with("form-data"))?;
            let name = self.text(&parameter(disposition, "name")?);
            let file_name = parameter(disposition, "filename").map(|name| self.text(&name));
            let content_type = content_type.map(|value| self.text(value));
            let content = self.part_content(&lines[end + 1..])?;
            parts.push(Part { name, file_name, content_type, content });
        }
        Some(parts)
    }

    fn part_content(&mut self, lines: &[Line<'_>]) -> Option<Chunk> {
        let is_blank = |line: &Line<'_>| matches!(line, Line::Text(text) if text.trim().is_empty());
        let filled: Vec<&Line<'_>> = lines.iter().filter(|line| !is_blank(line)).collect();
        if let [Line::File(piece)] = filled.as_slice() {
            return Some(self.chunk(piece));
        }
        let texts: Option<Vec<&str>> = lines
            .iter()
            .map(|line| match line {
                Line::Text(text) => Some(*text),
                Line::File(_) => None,
            })
            .collect();
        Some(Chunk::Text(self.text(&texts?.join("\r\n"))))
    }
}

/// Query and variables: the variables are a last paragraph that is a JSON object.
fn split_graphql(text: &str) -> (&str, Option<&str>) {
    let text = text.trim();
    let mut found = None;
    for (at, _) in text.match_indices('\n') {
        let (before, after) = text.split_at(at);
        let is_after_blank =
            before.contains('\n') && before.rsplit('\n').next().is_some_and(|line| line.trim().is_empty());
        if is_after_blank && after.trim_start().starts_with('{') {
            found = Some((before.trim(), after.trim()));
        }
    }
    match found {
        Some((query, variables)) if !query.is_empty() && variables.ends_with('}') => (query, Some(variables)),
        _ => (text, None),
    }
}

/// `user:password` or `user password`; blanks and colons inside `{{…}}` do not count.
fn split_pair(text: &str) -> Option<(&str, &str)> {
    let mut blank = None;
    let mut depth = 0_u32;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ':' if depth == 0 => return Some((&text[..at], &text[at + 1..])),
            c if c.is_whitespace() && depth == 0 && blank.is_none() => blank = Some(at),
            _ => {}
        }
    }
    blank.map(|at| (&text[..at], text[at..].trim_start()))
}

/// RFC 9110 section 5.6.2.
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// The comments of a request, without rows of tables that are commented out.
fn comments(source: &ExportSource<'_>) -> Vec<String> {
    let mut comments = Vec::new();
    let mut is_head = false;
    for (kind, text) in nodes(source.collection, source.block) {
        match kind {
            NodeKind::RequestLine => is_head = true,
            NodeKind::EndOfHeaders | NodeKind::BodyText | NodeKind::BodyFile => break,
            NodeKind::Comment => {
                let lines = text.lines().map(|line| line.trim().trim_start_matches(['#', '/']).trim());
                let is_row = |line: &str| {
                    line.starts_with(['?', '&']) || line.split_once(':').is_some_and(|(name, _)| is_token(name))
                };
                comments.extend(
                    lines
                        .filter(|line| !line.is_empty())
                        .filter(|line| !is_head || !is_row(line))
                        .map(|line| redact::mask(line).into_owned()),
                );
            }
            _ => {}
        }
    }
    comments
}

/// The rows of a table that are commented out.
fn disabled(source: &ExportSource<'_>, table: Table) -> Vec<(String, String)> {
    let rows = edit::rows(source.collection, source.block.id.index, table);
    let hidden = |text: &str| redact::mask(text).into_owned();
    rows.iter()
        .filter(|row| row.state == RowState::Disabled)
        .map(|row| (hidden(&row.name), hidden(&row.value)))
        .collect()
}
