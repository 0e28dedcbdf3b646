//! Parameters of operations: path, query, header and cookie, in the styles of the specification.
//!
//! Called by [`operation`](super::operation). Swagger 2.0 parameters, which are their own schemas, are read too.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::collection::draft::{DraftRow, Fate, ImportReport, RequestDraft, RowState};
use crate::collection::import::openapi::document::{Documents, Node};
use crate::collection::import::openapi::schema::{self, ANY_TEXT, Sampler};
use crate::collection::import::openapi::text::{encode, first_line, variable_name};

/// What the parameters of an operation make of its request.
#[derive(Debug, Default)]
pub(super) struct Applied {
    /// Variables of the path with their values.
    pub variables: Vec<(String, String)>,
    /// Lines about parameters.
    pub comments: Vec<String>,
}

/// A parameter.
struct Parameter<'d> {
    node: Node<'d>,
    name: &'d str,
    place: &'d str,
}

/// Puts the parameters of the path item and the operation into the request.
pub(super) fn apply<'d>(
    documents: &'d Documents,
    levels: &[Node<'d>],
    path: &str,
    draft: &mut RequestDraft,
    place: &str,
    report: &mut ImportReport,
) -> Applied {
    let mut applied = Applied::default();
    let mut cookies: Vec<(RowState, String)> = Vec::new();
    let mut url = path.to_owned();
    for parameter in collect(documents, levels, place, report) {
        let Parameter { node, name, .. } = parameter;
        let is_required = node.is_true("required") || parameter.place == "path";
        let state = if is_required { RowState::Enabled } else { RowState::Disabled };
        let value = sample(documents, node);
        report.take("parameters", 1);
        match parameter.place {
            "path" => in_path(name, node, &value, &mut url, &mut applied),
            "query" => {
                for (name, value) in in_query(name, node, &value) {
                    draft.query.push(DraftRow { state, ..DraftRow::new(name, value) });
                }
            }
            "header" if ["accept", "content-type", "authorization"].contains(&name.to_ascii_lowercase().as_str()) => {
                report.remark(
                    Fate::Dropped,
                    "parameter",
                    place,
                    format!("the specification ignores a header parameter `{name}`"),
                );
            }
            "header" => {
                let value = simple(&value, explodes(node, "simple"));
                draft.headers.push(DraftRow { state, ..DraftRow::new(name, value) });
            }
            "cookie" => {
                let explode = explodes(node, "form");
                cookies.extend(
                    form(name, &value, explode).into_iter().map(|(name, value)| (state, format!("{name}={value}"))),
                );
            }
            "querystring" => {
                let text = plain(&value);
                draft.query.extend(
                    text.split('&')
                        .filter_map(|pair| pair.split_once('='))
                        .map(|(name, value)| DraftRow { state, ..DraftRow::new(name, value) }),
                );
            }
            other => {
                report.remark(Fate::Dropped, "parameter", place, format!("bearcat knows no parameters in `{other}`"));
            }
        }
        applied.comments.extend(comment(documents, node, name));
    }
    for state in [RowState::Enabled, RowState::Disabled] {
        let pairs: Vec<_> =
            cookies.iter().filter(|(known, _)| *known == state).map(|(_, pair)| pair.as_str()).collect();
        if !pairs.is_empty() {
            draft.headers.push(DraftRow { state, ..DraftRow::new("Cookie", pairs.join("; ")) });
        }
    }
    undeclared(&mut url, &mut applied);
    draft.url.push_str(&url);
    applied
}

/// Those of the operation hide those of the path with the same name and place.
fn collect<'d>(
    documents: &'d Documents,
    levels: &[Node<'d>],
    place: &str,
    report: &mut ImportReport,
) -> Vec<Parameter<'d>> {
    let mut parameters: Vec<Parameter<'d>> = Vec::new();
    for level in levels {
        for item in level.raw("parameters").into_iter().flat_map(Node::items) {
            let Some(node) = documents.follow(item) else {
                let name = item.reference_name().unwrap_or_default();
                report.remark(Fate::Dropped, "parameter", place, format!("`{name}` could not be found"));
                continue;
            };
            let (Some(name), Some(kind)) = (node.text("name"), node.text("in")) else {
                report.remark(Fate::Dropped, "parameter", place, "a parameter without `name` and `in`");
                continue;
            };
            if matches!(kind, "body" | "formData") {
                continue;
            }
            parameters.retain(|known| (known.name, known.place) != (name, kind));
            parameters.push(Parameter { node, name, place: kind });
        }
    }
    parameters
}

/// The value of a parameter: its example, else one of its schema.
fn sample(documents: &Documents, node: Node<'_>) -> Value {
    let schema = documents.get(node, "schema").unwrap_or(node);
    if let Some(example) =
        node.value.get("example").or_else(|| node.value.get("x-example")).filter(|value| !value.is_null())
    {
        return example.clone();
    }
    let mut examples = node.raw("examples").into_iter().flat_map(Node::members);
    if let Some(value) = examples.find_map(|(_, node)| documents.follow(node)?.value.get("value").cloned()) {
        return value;
    }
    if let Some((media_type, content)) = documents.get(node, "content").and_then(|content| content.members().next()) {
        let content = documents.follow(content).unwrap_or(content);
        let value = content
            .value
            .get("example")
            .cloned()
            .or_else(|| documents.get(content, "schema").and_then(|schema| Sampler::new(documents).value(schema)));
        let value = value.unwrap_or(Value::Null);
        return if media_type.contains("json") && !value.is_string() {
            Value::String(value.to_string())
        } else {
            value
        };
    }
    Sampler::new(documents).value(schema).unwrap_or(Value::Null)
}

fn explodes(node: Node<'_>, style: &str) -> bool {
    if let Some(format) = node.text("collectionFormat") {
        return format == "multi";
    }
    let is_swagger = node.raw("schema").is_none() && node.raw("content").is_none();
    match node.value.get("explode").and_then(Value::as_bool) {
        Some(explode) => explode,
        None => style == "form" && !is_swagger,
    }
}

fn in_path(name: &str, node: Node<'_>, value: &Value, url: &mut String, applied: &mut Applied) {
    let written = format!("{{{name}}}");
    if !url.contains(&written) {
        return;
    }
    let style = node.text("style").unwrap_or("simple");
    let text = simple(value, explodes(node, style));
    // An empty segment would be another path; the name says more than the word that stands for any text.
    let text = if text.is_empty() || text == ANY_TEXT { name.to_owned() } else { text };
    let variable = variable_name(name);
    let prefix = match style {
        "label" => ".".to_owned(),
        "matrix" => format!(";{name}="),
        _ => String::new(),
    };
    *url = url.replace(&written, &format!("{prefix}\u{1}{variable}\u{2}"));
    applied.variables.push((variable, encode(&text)));
}

/// `{name}` in the path without a parameter that says more.
fn undeclared(url: &mut String, applied: &mut Applied) {
    let mut out = String::new();
    let mut rest = url.as_str();
    while let Some(open) = rest.find('{') {
        let Some(close) = rest[open..].find('}') else { break };
        let name = &rest[open + 1..open + close];
        out.push_str(&rest[..open]);
        if name.is_empty() || name.contains(['{', '\u{1}']) {
            out.push_str(&rest[open..=open]);
            rest = &rest[open + 1..];
            continue;
        }
        let variable = variable_name(name);
        out.extend(["\u{1}", variable.as_str(), "\u{2}"]);
        if !applied.variables.iter().any(|(known, _)| *known == variable) {
            applied.variables.push((variable, encode(name)));
        }
        rest = &rest[open + close + 1..];
    }
    out.push_str(rest);
    *url = out.replace('\u{1}', "{{").replace('\u{2}', "}}");
}

/// The rows of a query parameter, encoded.
fn in_query(name: &str, node: Node<'_>, value: &Value) -> Vec<(String, String)> {
    let style = match node.text("collectionFormat") {
        Some("ssv") => "spaceDelimited",
        Some("pipes") => "pipeDelimited",
        Some("tsv") => "tabDelimited",
        _ => node.text("style").unwrap_or("form"),
    };
    let explode = explodes(node, style);
    let separator = match style {
        "spaceDelimited" => "%20",
        "pipeDelimited" => "%7C",
        "tabDelimited" => "%09",
        _ => ",",
    };
    let encoded_name = encode(name);
    match value {
        Value::Object(members) if style == "deepObject" => {
            let mut rows = Vec::new();
            deep(&encoded_name, members, &mut rows);
            rows
        }
        Value::Array(items) if !explode => {
            let items: Vec<_> = items.iter().map(|item| encode(&plain(item))).collect();
            vec![(encoded_name, items.join(separator))]
        }
        value => {
            form(name, value, explode).into_iter().map(|(name, value)| (encode(&name), encode_list(&value))).collect()
        }
    }
}

/// Commas between items stay; they separate.
fn encode_list(text: &str) -> String {
    encode(text).replace("%2C", ",")
}

fn deep(name: &str, members: &serde_json::Map<String, Value>, rows: &mut Vec<(String, String)>) {
    for (key, value) in members {
        let name = format!("{name}[{}]", encode(key));
        match value {
            Value::Object(members) => deep(&name, members, rows),
            Value::Array(items) => rows.extend(items.iter().map(|item| (format!("{name}[]"), encode(&plain(item))))),
            value => rows.push((name, encode(&plain(value)))),
        }
    }
}

/// The style `form`, not encoded.
fn form(name: &str, value: &Value, explode: bool) -> Vec<(String, String)> {
    match value {
        Value::Array(items) if explode && !items.is_empty() => {
            items.iter().map(|item| (name.to_owned(), plain(item))).collect()
        }
        Value::Object(members) if explode && !members.is_empty() => {
            members.iter().map(|(key, value)| (key.clone(), plain(value))).collect()
        }
        value => vec![(name.to_owned(), simple(value, false))],
    }
}

/// The style `simple`, not encoded: `a,b`, `k,v`, `k=v`.
pub(super) fn simple(value: &Value, explode: bool) -> String {
    match value {
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(","),
        Value::Object(members) => {
            let mark = if explode { "=" } else { "," };
            let pairs: Vec<_> = members.iter().map(|(key, value)| format!("{key}{mark}{}", plain(value))).collect();
            pairs.join(",")
        }
        value => plain(value),
    }
}

/// A text without quotes; other values as JSON; nothing for `null`.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        value => value.to_string(),
    }
}

/// `limit: how many (10, 20, 50); deprecated`, where there is something to say.
fn comment(documents: &Documents, node: Node<'_>, name: &str) -> Option<String> {
    let schema = documents.get(node, "schema").unwrap_or(node);
    let mut text = node.text("description").or_else(|| schema.text("description")).map(first_line).unwrap_or_default();
    let items = documents.get(schema, "items");
    let choices = schema.raw("enum").or_else(|| items.and_then(|items| items.raw("enum")));
    if let Some(choices) = choices {
        let choices: BTreeSet<_> =
            choices.items().map(|choice| plain(choice.value)).filter(|text| !text.is_empty()).collect();
        if choices.len() > 1 {
            let shown: Vec<_> = choices.iter().take(20).map(String::as_str).collect();
            let more = if choices.len() > 20 { ", …" } else { "" };
            let space = if text.is_empty() { "" } else { " " };
            text = format!("{text}{space}({}{more})", shown.join(", "));
        }
    }
    if node.is_true("deprecated") || schema::kind(schema).is_some() && schema.is_true("deprecated") {
        text = if text.is_empty() { "deprecated".to_owned() } else { format!("{text}; deprecated") };
    }
    (!text.is_empty()).then(|| format!("{name}: {text}"))
}
