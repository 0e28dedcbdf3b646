//! From OpenCollection YAML to items.
//!
//! Called by [`bruno`](super). The format is young: members are looked for by all names that they have had.

use serde_json::Value;

use crate::collection::import::bruno::from_bru::content_type;
use crate::collection::import::bruno::model::{Auth, Body, Environment, Field, Item, Part, PartValue};

/// A request, a folder or the collection itself.
pub(super) fn item(value: &Value) -> Item {
    let info = &value["info"];
    let mut item = Item {
        name: text(info, "name").or_else(|| text(value, "name")),
        kind: text(info, "type").or_else(|| text(value, "type")).unwrap_or_default(),
        sequence: info["seq"].as_f64().or_else(|| value["seq"].as_f64()).map(|number| number as i64),
        docs: docs(&value["docs"]),
        ..Item::default()
    };
    let request = ["http", "graphql", "request"].into_iter().map(|key| &value[key]).find(|part| part.is_object());
    for kind in ["grpc", "websocket"] {
        if value[kind].is_object() {
            kind.clone_into(&mut item.kind);
        }
    }
    for part in request.into_iter().chain([value, &value["runtime"]]) {
        read_request(part, &mut item);
    }
    if item.method.is_empty() && request.is_some() && value["request"].is_null() {
        let method = if value["graphql"].is_object() { "POST" } else { "GET" };
        method.clone_into(&mut item.method);
    }
    item.examples = value["examples"].as_array().map_or(0, Vec::len);
    if let Some(settings) = value["settings"].as_object() {
        item.settings = settings.iter().map(|(name, value)| (name.clone(), plain(value))).collect();
    }
    item
}

fn read_request(part: &Value, item: &mut Item) {
    if let Some(method) = text(part, "method") {
        item.method = method.to_uppercase();
    }
    if let Some(url) = text(part, "url") {
        item.url = url;
    }
    for param in list(part, "params") {
        if param["type"] == "path" {
            item.path.push(field(param));
        } else {
            item.query.get_or_insert_default().push(field(param));
        }
    }
    item.headers.extend(list(part, "headers").map(field));
    item.variables.extend(list(part, "variables").map(field));
    for script in list(part, "scripts") {
        let title = text(script, "type").unwrap_or_else(|| "script".to_owned());
        if let Some(code) = text(script, "code").filter(|code| !code.trim().is_empty()) {
            item.scripts.push((title, code));
        }
    }
    for assertion in list(part, "assertions") {
        let operator = text(assertion, "operator").unwrap_or_else(|| "eq".to_owned());
        let value = assertion.get("value").map(plain).unwrap_or_default();
        item.assertions.push(Field {
            name: text(assertion, "expression").unwrap_or_default(),
            value: format!("{operator} {value}").trim_end().to_owned(),
            is_enabled: is_enabled(assertion),
            description: String::new(),
        });
    }
    for action in list(part, "actions") {
        let expression = text(&action["selector"], "expression");
        let name = text(&action["variable"], "name");
        if let (Some(name), Some(value)) = (name, expression) {
            item.captures.push(Field { name, value, is_enabled: is_enabled(action), description: String::new() });
        } else {
            item.unknown.push("action".to_owned());
        }
    }
    match &part["auth"] {
        Value::String(kind) => item.auth = named_auth(kind),
        auth @ Value::Object(members) => {
            let kind = text(auth, "type").or_else(|| text(auth, "mode")).unwrap_or_default();
            let fields =
                members.iter().filter(|(name, _)| *name != "type").flat_map(|(name, value)| auth_fields(name, value));
            item.auth = match named_auth(&kind) {
                Auth::Mode(kind, _) => Auth::Mode(kind, fields.collect()),
                auth => auth,
            };
        }
        _ => {}
    }
    if part["body"].is_object() || part["body"].is_array() {
        item.body = body(&part["body"], item);
    }
}

fn named_auth(kind: &str) -> Auth {
    match kind {
        "" => Auth::Unspecified,
        "none" => Auth::None,
        "inherit" => Auth::Inherit,
        kind => Auth::Mode(kind.to_owned(), Vec::new()),
    }
}

/// Settings, those of inner objects (`credentials.clientId`) as if they stood outside.
fn auth_fields(name: &str, value: &Value) -> Vec<Field> {
    match value {
        Value::Object(members) => members.iter().flat_map(|(name, value)| auth_fields(name, value)).collect(),
        value => {
            vec![Field { name: snake_case(name), value: plain(value), is_enabled: true, description: String::new() }]
        }
    }
}

/// `accessTokenUrl` as the `.bru` language writes it: `access_token_url`.
fn snake_case(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    out
}

fn body(value: &Value, item: &mut Item) -> Body {
    // Several bodies with titles: the selected one counts.
    if let Some(variants) = value.as_array() {
        let chosen = variants.iter().find(|variant| variant["selected"] == true).or(variants.first());
        let others = variants.len().saturating_sub(1);
        item.unused_bodies.extend(std::iter::repeat_n("another body".to_owned(), others));
        return chosen.map_or(Body::None, |chosen| body(&chosen["body"], item));
    }
    if value.get("query").is_some() {
        return Body::GraphQl {
            query: text(value, "query").unwrap_or_default(),
            variables: value.get("variables").map(plain).unwrap_or_default(),
        };
    }
    let data = &value["data"];
    let kind = text(value, "type").unwrap_or_default();
    match kind.as_str() {
        "form-urlencoded" => Body::Form(list(value, "data").map(field).collect()),
        "multipart-form" => Body::Multipart(list(value, "data").map(part).collect()),
        "file" | "binary" => {
            let files: Vec<_> = list(value, "data").collect();
            let chosen = files.iter().find(|file| file["selected"] == true).or(files.first());
            chosen.map_or(Body::None, |file| Body::File {
                path: text(file, "filePath").or_else(|| text(file, "value")).unwrap_or_default(),
                content_type: text(file, "contentType").unwrap_or_default(),
            })
        }
        "" | "none" => Body::None,
        kind => match content_type(kind) {
            Some(content_type) => Body::Text { content_type, text: plain(data) },
            None => {
                item.unknown.push(format!("body:{kind}"));
                Body::None
            }
        },
    }
}

fn part(value: &Value) -> Part {
    let content = if value["type"] == "file" {
        PartValue::Files(match &value["value"] {
            Value::Array(paths) => paths.iter().map(plain).collect(),
            path => vec![plain(path)],
        })
    } else {
        PartValue::Text(value.get("value").map(plain).unwrap_or_default())
    };
    Part {
        name: text(value, "name").unwrap_or_default(),
        content,
        content_type: text(value, "contentType").unwrap_or_default(),
        is_enabled: is_enabled(value),
    }
}

/// An environment.
pub(super) fn environment(value: &Value) -> Environment {
    let mut environment = Environment { name: text(value, "name"), ..Environment::default() };
    for variable in list(value, "variables") {
        let is_secret = variable["secret"] == true;
        if is_secret { &mut environment.secrets } else { &mut environment.variables }.push(field(variable));
    }
    environment
}

fn field(value: &Value) -> Field {
    Field {
        name: text(value, "name").unwrap_or_default(),
        value: value.get("value").map(plain).unwrap_or_default(),
        is_enabled: is_enabled(value),
        description: docs(&value["description"]),
    }
}

fn is_enabled(value: &Value) -> bool {
    value["disabled"] != true && value["enabled"] != false
}

fn docs(value: &Value) -> String {
    match value {
        Value::Object(_) => text(value, "content").unwrap_or_default(),
        value => plain(value),
    }
}

fn text(value: &Value, key: &str) -> Option<String> {
    match value.get(key)? {
        Value::String(text) => Some(text.clone()),
        value @ (Value::Number(_) | Value::Bool(_)) => Some(value.to_string()),
        _ => None,
    }
}

fn list<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> + use<'v> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

/// A value as text; `{type, data}` is its data.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Object(members) if members.contains_key("data") => members.get("data").map(plain).unwrap_or_default(),
        value => value.to_string(),
    }
}
