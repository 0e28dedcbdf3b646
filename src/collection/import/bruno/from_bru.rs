//! From `.bru` blocks to items.
//!
//! Called by [`bruno`](super).

use crate::collection::import::bruno::bru::{Block, Content, Row};
use crate::collection::import::bruno::model::{Auth, Body, Environment, Field, Item, Part, PartValue};

const METHODS: [&str; 9] = ["get", "post", "put", "patch", "delete", "head", "options", "trace", "connect"];

/// A request, a folder or the collection itself.
pub(super) fn item(blocks: Vec<Block>) -> Item {
    let mut item = Item::default();
    let mut body_kind = String::new();
    let mut auth_kind = None;
    let mut bodies: Vec<(String, Content)> = Vec::new();
    let mut auths: Vec<(String, Vec<Field>)> = Vec::new();
    for Block { name, content } in blocks {
        let (head, rest) = name.split_once(':').unwrap_or((name.as_str(), ""));
        match (head, rest, content) {
            ("meta", _, Content::Rows(rows)) => {
                for row in rows {
                    match row.name.as_str() {
                        "name" => item.name = Some(row.value),
                        "type" => item.kind = row.value,
                        "seq" => item.sequence = row.value.trim().parse::<f64>().ok().map(|number| number as i64),
                        _ => {}
                    }
                }
            }
            (method, "", Content::Rows(rows)) if METHODS.contains(&method) || method == "http" => {
                item.method = method.to_uppercase();
                for row in rows {
                    match row.name.as_str() {
                        "method" => item.method = row.value.to_uppercase(),
                        "url" => item.url = row.value,
                        "body" => body_kind = row.value,
                        "auth" => auth_kind = Some(row.value),
                        _ => {}
                    }
                }
            }
            ("params", "path", Content::Rows(rows)) => item.path = fields(rows),
            ("params" | "query", _, Content::Rows(rows)) => item.query.get_or_insert_default().extend(fields(rows)),
            ("headers", _, Content::Rows(rows)) => item.headers = fields(rows),
            ("auth", "", Content::Rows(rows)) => {
                auth_kind = rows.into_iter().find(|row| row.name == "mode").map(|row| row.value).or(auth_kind);
            }
            ("auth", mode, Content::Rows(rows)) => auths.push((mode.to_owned(), fields(rows))),
            ("body", kind, content) => bodies.push((if kind.is_empty() { "json" } else { kind }.to_owned(), content)),
            ("vars", "post-response", Content::Rows(rows)) => item.captures = fields(rows),
            ("vars", _, Content::Rows(rows)) => item.variables.extend(fields(rows)),
            ("assert", _, Content::Rows(rows)) => item.assertions = fields(rows),
            ("script" | "tests", _, Content::Text(text)) => {
                if !text.trim().is_empty() {
                    item.scripts.push((name, text));
                }
            }
            ("docs", _, Content::Text(text)) => item.docs = text,
            ("settings", _, Content::Rows(rows)) => {
                item.settings = rows.into_iter().map(|row| (row.name, row.value)).collect();
            }
            ("example", ..) => item.examples += 1,
            ("grpc" | "ws", ..) if item.kind.is_empty() => item.kind = name,
            _ => item.unknown.push(name),
        }
    }
    choose_auth(&mut item, auth_kind.as_deref(), auths);
    choose_body(&mut item, &body_kind, bodies);
    item
}

fn fields(rows: Vec<Row>) -> Vec<Field> {
    let field =
        |row: Row| Field { name: row.name, value: row.value, is_enabled: row.is_enabled, description: row.description };
    rows.into_iter().map(field).collect()
}

fn choose_auth(item: &mut Item, kind: Option<&str>, auths: Vec<(String, Vec<Field>)>) {
    let is_empty = |fields: &[Field]| fields.iter().all(|field| field.value.trim().is_empty());
    let chosen = kind.map(|kind| if kind == "api-key" { "apikey" } else { kind });
    item.auth = match chosen {
        None | Some("") => Auth::Unspecified,
        Some("none") => Auth::None,
        Some("inherit") => Auth::Inherit,
        Some(kind) => Auth::Mode(kind.to_owned(), Vec::new()),
    };
    for (mode, fields) in auths {
        match &mut item.auth {
            Auth::Mode(kind, settings) if *kind == mode => *settings = fields,
            // Further blocks of the chosen mode: `auth:oauth2:additional_params:…`.
            Auth::Mode(kind, _) if mode.starts_with(&format!("{kind}:")) => {
                if !fields.is_empty() {
                    item.unknown.push(format!("auth:{mode}"));
                }
            }
            _ if is_empty(&fields) => {}
            _ => item.unused_auth.push(mode),
        }
    }
}

fn choose_body(item: &mut Item, kind: &str, bodies: Vec<(String, Content)>) {
    let wanted = match kind {
        "formUrlEncoded" | "form-urlencoded" => "form-urlencoded",
        "multipartForm" | "multipart-form" => "multipart-form",
        other => other,
    };
    let mut graphql = (String::new(), String::new());
    for (kind, content) in bodies {
        let is_empty = match &content {
            Content::Rows(rows) => rows.is_empty(),
            Content::Text(text) => text.trim().is_empty(),
        };
        let is_wanted = kind == wanted || (wanted == "graphql" && kind == "graphql:vars");
        if !is_wanted {
            if !is_empty {
                item.unused_bodies.push(kind);
            }
            continue;
        }
        match (kind.as_str(), content) {
            ("graphql", Content::Text(text)) => graphql.0 = text,
            ("graphql:vars", Content::Text(text)) => graphql.1 = text,
            ("form-urlencoded", Content::Rows(rows)) => item.body = Body::Form(fields(rows)),
            ("multipart-form", Content::Rows(rows)) => {
                item.body = Body::Multipart(rows.into_iter().map(part).collect());
            }
            ("file", Content::Rows(rows)) => {
                // Of several files the one that is not disabled is sent.
                let chosen = rows.iter().find(|row| row.is_enabled).or(rows.first());
                if let Some(row) = chosen {
                    let (value, content_type) = take_content_type(&row.value);
                    let path = file_list(&value).and_then(|files| files.into_iter().next()).unwrap_or(value);
                    item.body = Body::File { path, content_type };
                }
            }
            (kind, Content::Text(text)) => {
                if let Some(content_type) = content_type(kind) {
                    item.body = Body::Text { content_type, text };
                }
            }
            (kind, Content::Rows(_)) => item.unknown.push(format!("body:{kind}")),
        }
    }
    if wanted == "graphql" && !(graphql.0.is_empty() && graphql.1.is_empty()) {
        item.body = Body::GraphQl { query: graphql.0, variables: graphql.1 };
    }
}

/// What Bruno sends with a text of this kind.
pub(super) fn content_type(kind: &str) -> Option<&'static str> {
    match kind {
        "json" => Some("application/json"),
        "text" => Some("text/plain"),
        "xml" => Some("application/xml"),
        "sparql" => Some("application/sparql-query"),
        _ => None,
    }
}

fn part(row: Row) -> Part {
    let (value, content_type) = take_content_type(&row.value);
    let content = match file_list(&value) {
        Some(files) => PartValue::Files(files),
        None => PartValue::Text(value),
    };
    Part { name: row.name, content, content_type, is_enabled: row.is_enabled }
}

/// Takes `@contentType(…)` off the end.
fn take_content_type(value: &str) -> (String, String) {
    const MARK: &str = "@contentType(";
    match value.rfind(MARK) {
        Some(at) if value.trim_end().ends_with(')') => {
            let inner = value[at + MARK.len()..].trim_end();
            (value[..at].trim_end().to_owned(), inner[..inner.len() - 1].trim().to_owned())
        }
        _ => (value.to_owned(), String::new()),
    }
}

/// The paths in `@file(a|b)`.
fn file_list(value: &str) -> Option<Vec<String>> {
    let inner = value.trim().strip_prefix("@file(")?.strip_suffix(')')?;
    Some(inner.split('|').map(|path| path.trim().to_owned()).filter(|path| !path.is_empty()).collect())
}

/// An environment.
pub(super) fn environment(blocks: Vec<Block>) -> Environment {
    let mut environment = Environment::default();
    for Block { name, content } in blocks {
        let Content::Rows(rows) = content else { continue };
        match name.as_str() {
            "vars:secret" => environment.secrets.extend(fields(rows)),
            name if name.starts_with("vars") => environment.variables.extend(fields(rows)),
            _ => {}
        }
    }
    environment
}
