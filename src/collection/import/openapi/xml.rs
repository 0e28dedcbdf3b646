//! XML of a value, with the names that the schema gives.
//!
//! Called by [`body`](super::body).

use std::fmt::Write as _;

use serde_json::Value;

use crate::collection::import::openapi::document::{Documents, Node};

/// How deep elements may stand in one another.
const MOST_DEPTH: usize = 30;

/// The value as an XML document. (Writing into a `String` does not fail.)
pub(super) fn text(documents: &Documents, schema: Option<Node<'_>>, value: &Value) -> String {
    let reference = schema.and_then(Node::reference_name);
    let schema = schema.and_then(|schema| documents.follow(schema));
    let given = schema.and_then(|schema| schema.raw("xml")).and_then(|xml| xml.text("name"));
    let mut out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    element(documents, schema, &name(given.or(reference).unwrap_or("root")), value, 0, &mut out);
    out.trim_end().to_owned()
}

fn element(documents: &Documents, schema: Option<Node<'_>>, tag: &str, value: &Value, depth: usize, out: &mut String) {
    if depth > MOST_DEPTH {
        return;
    }
    let indent = "  ".repeat(depth);
    let property = |name: &str| {
        let properties = schema.and_then(|schema| schema.raw("properties"));
        properties.and_then(|properties| properties.raw(name)).and_then(|node| documents.follow(node))
    };
    match value {
        Value::Object(members) => {
            let is_attribute = |name: &str| {
                property(name).and_then(|node| node.raw("xml")).is_some_and(|xml| xml.is_true("attribute"))
            };
            let _ = write!(out, "{indent}<{tag}");
            for (key, value) in members.iter().filter(|(key, _)| is_attribute(key)) {
                let given = property(key).and_then(|node| node.raw("xml")).and_then(|xml| xml.text("name"));
                let _ = write!(out, " {}=\"{}\"", name(given.unwrap_or(key)), escape(&scalar(value)));
            }
            out.push_str(">\n");
            for (key, value) in members.iter().filter(|(key, _)| !is_attribute(key)) {
                let node = property(key);
                let xml = node.and_then(|node| node.raw("xml"));
                let tag = name(xml.and_then(|xml| xml.text("name")).unwrap_or(key));
                let Value::Array(items) = value else {
                    element(documents, node, &tag, value, depth + 1, out);
                    continue;
                };
                let item_node = node.and_then(|node| documents.get(node, "items"));
                let item_name = item_node.and_then(|node| node.raw("xml")).and_then(|xml| xml.text("name"));
                let is_wrapped = xml.is_some_and(|xml| xml.is_true("wrapped"));
                let item_tag = name(item_name.unwrap_or(if is_wrapped { key } else { &tag }));
                if is_wrapped {
                    let _ = writeln!(out, "{indent}  <{tag}>");
                }
                for item in items {
                    element(documents, item_node, &item_tag, item, depth + 1 + usize::from(is_wrapped), out);
                }
                if is_wrapped {
                    let _ = writeln!(out, "{indent}  </{tag}>");
                }
            }
            let _ = writeln!(out, "{indent}</{tag}>");
        }
        Value::Array(items) => {
            let node = schema.and_then(|schema| documents.get(schema, "items"));
            let given = node.and_then(|node| node.raw("xml")).and_then(|xml| xml.text("name"));
            let _ = writeln!(out, "{indent}<{tag}>");
            for item in items {
                element(documents, node, &name(given.unwrap_or("item")), item, depth + 1, out);
            }
            let _ = writeln!(out, "{indent}</{tag}>");
        }
        value => {
            let _ = writeln!(out, "{indent}<{tag}>{}</{tag}>", escape(&scalar(value)));
        }
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        value => value.to_string(),
    }
}

/// A name that XML takes.
fn name(text: &str) -> String {
    let mut name: String =
        text.chars().map(|c| if c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':') { c } else { '_' }).collect();
    if !name.starts_with(|c: char| c.is_alphabetic() || c == '_') {
        name.insert(0, '_');
    }
    name
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
