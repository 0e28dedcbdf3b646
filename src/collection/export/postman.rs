//! A Postman collection, version 2.1: a folder for each file, templates kept, secrets as empty variables.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::collection::export::check::{Comparison, Expression, Step};
use crate::collection::export::code::{CHECK_FUNCTIONS, ResponseWords, condition};
use crate::collection::export::quote;
use crate::collection::export::request::{Auth, Body, Chunk, ExportRequest, Part};
use crate::collection::export::resolve::{Piece, Resolver, Text};
use crate::collection::export::{ExportInput, name};

const SCHEMA: &str = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json";

const WORDS: ResponseWords = ResponseWords {
    status: "pm.response.code",
    time: "pm.response.responseTime",
    size: "pm.response.responseSize",
    header: "((name) => pm.response.headers.get(name) ?? null)",
    body: "bodyOf()",
};

const BODY_FUNCTION: &str = r"function bodyOf() {
  try {
    return pm.response.json();
  } catch (error) {
    return pm.response.text();
  }
}
";

pub(super) fn write(requests: &[ExportRequest], input: &ExportInput<'_>, resolver: &mut Resolver) -> String {
    let mut top = Folder::default();
    let is_one_file = requests.windows(2).all(|pair| pair[0].file == pair[1].file);
    for request in requests {
        let item = item(request, resolver);
        if is_one_file {
            top.items.push(item);
        } else {
            top.folder(&request.file.with_extension("")).items.push(item);
        }
    }
    let variables: Vec<Value> = resolver
        .kept
        .iter()
        .map(|(name, value)| {
            let kind = if value.is_some() { "string" } else { "secret" };
            json!({ "key": name, "value": value.as_deref().unwrap_or_default(), "type": kind })
        })
        .collect();
    if resolver.kept.values().any(Option::is_none) {
        resolver.remark(
            "Variables without a value (secrets, prompts) are empty in the collection: fill them in in Postman",
        );
    }
    let collection = json!({
        "info": { "name": input.title, "schema": SCHEMA },
        "item": top.into_items(),
        "variable": variables,
    });
    let mut text = serde_json::to_string_pretty(&collection).unwrap_or_default();
    text.push('\n');
    text
}

#[derive(Default)]
struct Folder {
    items: Vec<Value>,
    folders: Vec<(String, Folder)>,
}

impl Folder {
    /// The folder of a file, made where it is missing.
    fn folder(&mut self, file: &Path) -> &mut Self {
        let mut folder = self;
        for component in file.components() {
            let name = component.as_os_str().to_string_lossy().into_owned();
            let at = folder.folders.iter().position(|(known, _)| *known == name).unwrap_or_else(|| {
                folder.folders.push((name, Self::default()));
                folder.folders.len() - 1
            });
            folder = &mut folder.folders[at].1;
        }
        folder
    }

    fn into_items(self) -> Vec<Value> {
        let folders =
            self.folders.into_iter().map(|(name, folder)| json!({ "name": name, "item": folder.into_items() }));
        folders.chain(self.items).collect()
    }
}

/// Postman's texts are known as a whole: variables in them are kept by name.
fn text(text: &Text) -> String {
    text.0
        .iter()
        .map(|piece| match piece {
            Piece::Literal(text) | Piece::Variable(text) | Piece::Captured(text) => text.as_str(),
            Piece::Token(token) => token.expose(),
            Piece::Live(..) => "",
        })
        .collect()
}

fn item(request: &ExportRequest, resolver: &mut Resolver) -> Value {
    let mut made = Map::new();
    made.insert("method".to_owned(), request.method.clone().into());
    let (auth, headers) = auth(request);
    let enabled = headers.iter().map(|(name, value)| json!({ "key": name, "value": text(value) }));
    let disabled =
        request.disabled_headers.iter().map(|(name, value)| json!({ "key": name, "value": value, "disabled": true }));
    made.insert("header".to_owned(), enabled.chain(disabled).collect());
    if let Some(auth) = auth {
        made.insert("auth".to_owned(), auth);
    }
    if let Some(body) = body(request) {
        made.insert("body".to_owned(), body);
    }
    made.insert("url".to_owned(), url(&text(&request.url), &request.disabled_query));
    if !request.comments.is_empty() {
        made.insert("description".to_owned(), request.comments.join("\n").into());
    }
    let mut item = Map::new();
    item.insert("name".to_owned(), request.name.clone().unwrap_or_else(|| request.label.clone()).into());
    if let Some(script) = script(request, resolver) {
        let lines: Vec<&str> = script.lines().collect();
        item.insert(
            "event".to_owned(),
            json!([{ "listen": "test", "script": { "type": "text/javascript", "exec": lines } }]),
        );
    }
    item.insert("request".to_owned(), Value::Object(made));
    let mut behaviour = Map::new();
    behaviour.insert("followRedirects".to_owned(), (request.max_redirects > 0).into());
    if request.max_redirects > 0 {
        behaviour.insert("maxRedirects".to_owned(), request.max_redirects.into());
    }
    item.insert("protocolProfileBehavior".to_owned(), Value::Object(behaviour));
    item.insert("response".to_owned(), json!([]));
    Value::Object(item)
}

/// What Postman keeps apart from the headers, and the other headers.
fn auth(request: &ExportRequest) -> (Option<Value>, Vec<&(String, Text)>) {
    let pair = |kind: &str, user: &Text, password: &Text| {
        json!({ "type": kind, kind: [
            { "key": "username", "value": text(user), "type": "string" },
            { "key": "password", "value": text(password), "type": "string" },
        ] })
    };
    let all = || request.headers.iter().collect();
    match &request.auth {
        Auth::Basic(user, password) => return (Some(pair("basic", user, password)), all()),
        Auth::Digest(user, password) => return (Some(pair("digest", user, password)), all()),
        Auth::Headers => {}
    }
    let bearer = request.header("authorization").map(text).and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        let token = token.trim();
        (scheme == "Bearer" && !token.is_empty()).then(|| token.to_owned())
    });
    match bearer {
        Some(token) => {
            let auth = json!({ "type": "bearer", "bearer": [{ "key": "token", "value": token, "type": "string" }] });
            let is_other = |header: &&(String, Text)| !header.0.eq_ignore_ascii_case("authorization");
            (Some(auth), request.headers.iter().filter(is_other).collect())
        }
        None if request.is_anonymous => (Some(json!({ "type": "noauth" })), all()),
        None => (None, all()),
    }
}

fn url(raw: &str, disabled: &[(String, String)]) -> Value {
    let (before, query) = raw.split_once('?').map_or((raw, None), |(before, query)| (before, Some(query)));
    let (protocol, rest) = match before.split_once("://") {
        Some((protocol, rest)) if !protocol.contains(['/', '{']) => (Some(protocol), rest),
        _ => (None, before),
    };
    let (authority, path) = rest.find('/').map_or((rest, None), |at| (&rest[..at], Some(&rest[at + 1..])));
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => (host, Some(port)),
        _ => (authority, None),
    };
    let mut made = Map::new();
    made.insert("raw".to_owned(), raw.into());
    if let Some(protocol) = protocol {
        made.insert("protocol".to_owned(), protocol.into());
    }
    let is_whole = host.contains("{{") || host.starts_with('[');
    let host: Vec<&str> = if is_whole { vec![host] } else { host.split('.').collect() };
    made.insert("host".to_owned(), host.into());
    if let Some(port) = port {
        made.insert("port".to_owned(), port.into());
    }
    if let Some(path) = path {
        made.insert("path".to_owned(), path.split('/').collect::<Vec<_>>().into());
    }
    let enabled = query.into_iter().flat_map(|query| query.split('&')).map(|row| match row.split_once('=') {
        Some((name, value)) => json!({ "key": name, "value": value }),
        None => json!({ "key": row, "value": null }),
    });
    let disabled = disabled.iter().map(|(name, value)| json!({ "key": name, "value": value, "disabled": true }));
    let rows: Vec<Value> = enabled.chain(disabled).collect();
    if !rows.is_empty() {
        made.insert("query".to_owned(), rows.into());
    }
    Value::Object(made)
}

fn body(request: &ExportRequest) -> Option<Value> {
    Some(match &request.body {
        Body::None => return None,
        Body::GraphQl(query, variables) => json!({ "mode": "graphql", "graphql": {
            "query": text(query), "variables": variables.as_ref().map(text).unwrap_or_default(),
        } }),
        Body::File(path) => json!({ "mode": "file", "file": { "src": text(path) } }),
        Body::Multipart(parts) => json!({ "mode": "formdata", "formdata": parts.iter().map(part).collect::<Vec<_>>() }),
        Body::Text(body) => {
            let kind = request.header("content-type").map(text).unwrap_or_default().to_ascii_lowercase();
            let essence = kind.split(';').next().unwrap_or_default().trim();
            if essence == "application/x-www-form-urlencoded" {
                return Some(json!({ "mode": "urlencoded", "urlencoded": form(&text(body)) }));
            }
            let language = match essence {
                "text/html" => "html",
                essence if essence.ends_with("json") => "json",
                essence if essence.ends_with("xml") => "xml",
                essence if essence.ends_with("javascript") => "javascript",
                _ => "text",
            };
            json!({ "mode": "raw", "raw": text(body), "options": { "raw": { "language": language } } })
        }
        Body::Mixed(chunks) => {
            let whole: String = chunks
                .iter()
                .map(|chunk| match chunk {
                    Chunk::Text(body) => text(body),
                    Chunk::File(path) => format!("< {}", text(path)),
                })
                .collect();
            json!({ "mode": "raw", "raw": whole })
        }
    })
}

fn part(part: &Part) -> Value {
    let mut made = Map::new();
    made.insert("key".to_owned(), text(&part.name).into());
    match &part.content {
        Chunk::Text(content) => {
            made.insert("value".to_owned(), text(content).into());
            made.insert("type".to_owned(), "text".into());
        }
        Chunk::File(path) => {
            made.insert("src".to_owned(), text(path).into());
            made.insert("type".to_owned(), "file".into());
        }
    }
    if let Some(kind) = &part.content_type {
        made.insert("contentType".to_owned(), text(kind).into());
    }
    if let Some(file_name) = &part.file_name {
        made.insert("fileName".to_owned(), text(file_name).into());
    }
    Value::Object(made)
}

/// The fields of a form; Postman encodes them itself.
fn form(body: &str) -> Vec<Value> {
    body.split('&')
        .filter(|row| !row.is_empty())
        .map(|row| {
            let (name, value) = row.split_once('=').unwrap_or((row, ""));
            json!({ "key": decode(name), "value": decode(value), "type": "text" })
        })
        .collect()
}

fn decode(text: &str) -> String {
    let text = text.replace('+', " ");
    let found: BTreeMap<String, String> =
        url::form_urlencoded::parse(format!("v={}", text.replace('&', "%26")).as_bytes()).into_owned().collect();
    found.get("v").cloned().unwrap_or(text)
}

/// The assertions and captures as a test script: in Postman's own words where it has them.
fn script(request: &ExportRequest, resolver: &mut Resolver) -> Option<String> {
    let mut script = String::new();
    let mut needs_functions = false;
    for check in &request.checks {
        let source = name::comment(&check.source);
        let title = quote::javascript(&source);
        let own = check.expression.as_ref().and_then(own_words);
        let condition = || check.expression.as_ref().and_then(|expression| condition(expression, &WORDS));
        let _ = if let Some(statement) = own {
            writeln!(script, "pm.test({title}, () => {statement});")
        } else if let Some(condition) = condition() {
            needs_functions = true;
            writeln!(script, "pm.test({title}, () => pm.expect({condition}).to.be.true);")
        } else {
            writeln!(script, "// not said by Postman: assert {source}")
        };
    }
    if !request.captures.is_empty() {
        resolver.remark("Captures become scripts of Postman that set collection variables");
    }
    for (name, check) in &request.captures {
        let variable = quote::javascript(name);
        let own = check.expression.as_ref().and_then(body_path);
        let value = || check.expression.as_ref().and_then(|expression| super::code::value(expression, &WORDS));
        let _ = if let Some(path) = own {
            writeln!(script, "pm.collectionVariables.set({variable}, {path});")
        } else if let Some(value) = value() {
            needs_functions = true;
            writeln!(script, "pm.collectionVariables.set({variable}, {value});")
        } else {
            writeln!(script, "// not said by Postman: capture {}", name::comment(&check.source))
        };
    }
    if needs_functions {
        script.push_str(BODY_FUNCTION);
        script.push_str(CHECK_FUNCTIONS);
    }
    (!script.is_empty()).then_some(script)
}

/// What Postman has words of its own for.
fn own_words(expression: &Expression) -> Option<String> {
    let Expression::Compare(left, comparison, right) = expression else { return None };
    let Expression::Literal(literal) = right.as_ref() else { return None };
    let is = |name: &str| matches!(left.as_ref(), Expression::Path(steps) if *steps == [Step::Key(name.to_owned())]);
    match (comparison, literal) {
        (Comparison::Equal, Value::Number(status)) if is("status") => {
            Some(format!("pm.response.to.have.status({status})"))
        }
        (Comparison::Less, Value::Number(limit)) if is("time_ms") => {
            Some(format!("pm.expect(pm.response.responseTime).to.be.below({limit})"))
        }
        (Comparison::Equal, Value::Number(_) | Value::String(_) | Value::Bool(_)) => {
            Some(format!("pm.expect({}).to.eql({literal})", body_path(left)?))
        }
        _ => None,
    }
}

/// `.body.items[0].id` as `pm.response.json().items[0].id`.
fn body_path(expression: &Expression) -> Option<String> {
    let Expression::Path(steps) = expression else { return None };
    let [Step::Key(first), rest @ ..] = steps.as_slice() else { return None };
    if first != "body" || rest.is_empty() {
        return None;
    }
    let mut path = String::from("pm.response.json()");
    for step in rest {
        let _ = match step {
            Step::Key(key) if key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') => {
                write!(path, ".{key}")
            }
            Step::Key(key) => write!(path, "[{}]", quote::javascript(key)),
            Step::Index(index) if *index >= 0 => write!(path, "[{index}]"),
            Step::Index(_) => return None,
        };
    }
    Some(path)
}
