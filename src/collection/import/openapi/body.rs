//! Bodies of operations, from their examples or their schemas.
//!
//! Called by [`operation`](super::operation). JSON is taken before forms, forms before anything else; the other content
//! types are named in a comment.

use serde_json::{Map, Value};

use crate::collection::draft::{
    DraftBody, DraftPart, DraftRow, Fate, ImportReport, PartContent, RequestDraft, RowState,
};
use crate::collection::import::openapi::document::{Documents, Node};
use crate::collection::import::openapi::parameter::{plain, simple};
use crate::collection::import::openapi::schema::{self, Sampler};
use crate::collection::import::openapi::xml;

/// Writes one body.
pub(super) struct Writer<'d, 'r> {
    /// The document.
    pub documents: &'d Documents,
    /// Where this is, for remarks.
    pub place: &'r str,
    /// Where remarks go.
    pub report: &'r mut ImportReport,
    /// Lines about the body.
    pub comments: Vec<String>,
}

impl<'d> Writer<'d, '_> {
    /// OpenAPI 3: `requestBody`.
    pub fn request_body(&mut self, node: Node<'d>, draft: &mut RequestDraft) {
        let Some(node) = self.documents.follow(node) else {
            self.remark(Fate::Dropped, "body", "the body's description could not be found");
            return;
        };
        let content: Vec<_> = node.raw("content").into_iter().flat_map(Node::members).collect();
        let Some(index) = preferred(content.iter().map(|(media_type, _)| *media_type)) else { return };
        let (media_type, media) = content[index];
        let media = self.documents.follow(media).unwrap_or(media);
        if let Some(description) = node.text("description") {
            self.comments.push(format!("body: {}", super::text::first_line(description)));
        }
        let others: Vec<_> = content.iter().map(|(other, _)| *other).filter(|other| *other != media_type).collect();
        if !others.is_empty() {
            self.comments.push(format!("The body may also be {}", others.join(", ")));
            self.remark(Fate::Commented, "content type", "the first of several was taken; a comment names the others");
        }
        let schema = media.raw("schema");
        let example = self.example(media);
        self.content(media_type, schema, example, Some(media), draft);
        self.report.take("bodies", 1);
    }

    /// Swagger 2.0: a parameter in `body`, or fields in `formData`.
    pub fn swagger(&mut self, parameters: &[Node<'d>], consumes: &[&str], draft: &mut RequestDraft) {
        let of = |place: &str| -> Vec<Node<'d>> {
            parameters.iter().copied().filter(|node| node.text("in") == Some(place)).collect()
        };
        if let Some(body) = of("body").first() {
            let index = preferred(consumes.iter().copied()).unwrap_or_default();
            let media_type = consumes.get(index).copied().unwrap_or("application/json");
            if consumes.len() > 1 {
                let others: Vec<_> = consumes.iter().copied().filter(|other| *other != media_type).collect();
                self.comments.push(format!("The body may also be {}", others.join(", ")));
                self.remark(
                    Fate::Commented,
                    "content type",
                    "the first of several was taken; a comment names the others",
                );
            }
            let example = body.raw("x-example").map(|node| node.value.clone());
            self.content(media_type, body.raw("schema"), example, None, draft);
            self.report.take("bodies", 1);
            return;
        }
        let fields = of("formData");
        if fields.is_empty() {
            return;
        }
        let has_file = fields.iter().any(|field| field.text("type") == Some("file"));
        let is_multipart = has_file || consumes.iter().any(|media_type| media_type.starts_with("multipart/"));
        let mut rows = Vec::new();
        let mut parts = Vec::new();
        for field in fields {
            let name = field.text("name").unwrap_or_default();
            let state = if field.is_true("required") { RowState::Enabled } else { RowState::Disabled };
            let value = Sampler::new(self.documents).value(field).unwrap_or(Value::Null);
            if is_multipart {
                let content = if field.text("type") == Some("file") {
                    PartContent::File(format!("./{}", file_name(name, "")))
                } else {
                    PartContent::Text(simple(&value, false))
                };
                parts.push(DraftPart { name: name.to_owned(), content, state, ..DraftPart::default() });
            } else {
                rows.push(DraftRow { state, ..DraftRow::new(name, simple(&value, false)) });
            }
        }
        draft.body = if is_multipart {
            enable_all_if_none(&mut parts, |part| &mut part.state);
            DraftBody::Multipart(parts)
        } else {
            content_type(draft, "application/x-www-form-urlencoded");
            enable_all_if_none(&mut rows, |row| &mut row.state);
            DraftBody::Form(rows)
        };
        self.report.take("bodies", 1);
    }

    fn remark(&mut self, fate: Fate, kind: &'static str, reason: impl Into<String>) {
        self.report.remark(fate, kind, self.place, reason);
    }

    /// `example`, or the first of `examples`; the names of the others become a comment.
    fn example(&mut self, media: Node<'d>) -> Option<Value> {
        if let Some(example) = media.value.get("example") {
            return Some(example.clone());
        }
        let mut found = None;
        let mut others = Vec::new();
        for (name, node) in media.raw("examples").into_iter().flat_map(Node::members) {
            let Some(node) = self.documents.follow(node) else { continue };
            let value = node.value.get("value").or_else(|| node.value.get("dataValue"));
            let value = value.or_else(|| node.value.get("serializedValue"));
            match value {
                Some(value) if found.is_none() => found = Some(value.clone()),
                Some(_) => others.push(node.text("summary").unwrap_or(name)),
                None if node.raw("externalValue").is_some() => {
                    self.remark(Fate::Dropped, "example", format!("the example `{name}` stands in another file"));
                }
                None => {}
            }
        }
        if !others.is_empty() {
            let names: Vec<_> = others.iter().take(20).map(|name| super::text::first_line(name)).collect();
            self.comments.push(format!("The document has more examples of the body: {}", names.join(", ")));
            let reason = "the first of several examples was taken; a comment names the others";
            self.remark(Fate::Commented, "example", reason);
        }
        found
    }

    fn sample(&mut self, schema: Option<Node<'d>>) -> Option<Value> {
        let mut sampler = Sampler::new(self.documents);
        let value = sampler.value(schema?);
        for note in sampler.notes {
            self.comments.push(format!("The body shows {note}"));
            self.remark(Fate::Commented, "alternative", "the first of several shapes was taken");
        }
        value
    }

    fn content(
        &mut self,
        media_type: &str,
        schema: Option<Node<'d>>,
        example: Option<Value>,
        media: Option<Node<'d>>,
        draft: &mut RequestDraft,
    ) {
        let kind = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if kind == "application/x-www-form-urlencoded" {
            content_type(draft, media_type);
            draft.body = DraftBody::Form(self.form(schema, example));
            return;
        }
        if kind == "multipart/form-data" || (kind.starts_with("multipart/") && schema.is_some()) {
            if kind != "multipart/form-data" {
                content_type(draft, media_type);
            }
            draft.body = DraftBody::Multipart(self.parts(schema, example, media));
            return;
        }
        let media_type = if kind.contains('*') {
            if kind.starts_with("text") { "text/plain" } else { "application/json" }
        } else {
            media_type
        };
        content_type(draft, media_type);
        if is_binary(self.documents, &kind, schema) && !matches!(example, Some(Value::String(_))) {
            draft.body = DraftBody::File(format!("./{}", file_name("body", &kind)));
            return;
        }
        let is_example = example.is_some();
        let value = example.or_else(|| self.sample(schema));
        let text = if is_json(&kind) || kind.contains('*') {
            json_text(value, schema.and_then(|schema| self.documents.follow(schema)))
        } else if kind.ends_with("/xml") || kind.ends_with("+xml") {
            match value {
                Some(Value::String(text)) if is_example => text,
                Some(value) => xml::text(self.documents, schema, &value),
                None => String::new(),
            }
        } else {
            match value.unwrap_or(Value::Null) {
                Value::String(text) => text,
                Value::Null => String::new(),
                value => pretty(&value),
            }
        };
        if text.contains("{{") {
            self.remark(Fate::Changed, "placeholder", "`{{…}}` is filled with a variable when the request is sent");
        }
        draft.body = if text.is_empty() { DraftBody::None } else { DraftBody::Text(text) };
    }

    fn form(&mut self, schema: Option<Node<'d>>, example: Option<Value>) -> Vec<DraftRow> {
        let is_example = example.is_some();
        let required = self.required(schema);
        let mut rows = Vec::new();
        match example.or_else(|| self.sample(schema)) {
            Some(Value::Object(members)) => {
                for (name, value) in members {
                    let is_enabled = is_example || required.contains(&name);
                    let state = if is_enabled { RowState::Enabled } else { RowState::Disabled };
                    match value {
                        Value::Array(items) if items.iter().all(|item| !item.is_object()) => {
                            let items =
                                items.iter().map(|item| DraftRow { state, ..DraftRow::new(name.clone(), plain(item)) });
                            rows.extend(items);
                        }
                        value => rows.push(DraftRow { state, ..DraftRow::new(name, plain(&value)) }),
                    }
                }
            }
            Some(Value::String(text)) => {
                let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
                rows.extend(pairs.map(|(name, value)| {
                    let plain = |text: &str| {
                        let pairs = url::form_urlencoded::parse(text.as_bytes()).next();
                        pairs.map_or_else(String::new, |(name, _)| name.into_owned())
                    };
                    DraftRow::new(plain(name), plain(value))
                }));
            }
            _ => {}
        }
        enable_all_if_none(&mut rows, |row| &mut row.state);
        rows
    }

    fn parts(&mut self, schema: Option<Node<'d>>, example: Option<Value>, media: Option<Node<'d>>) -> Vec<DraftPart> {
        let required = self.required(schema);
        let is_example = example.is_some();
        let mut values = match self.sample(schema) {
            Some(Value::Object(members)) => members,
            _ => Map::new(),
        };
        if let Some(Value::Object(members)) = example {
            values.retain(|name, _| members.contains_key(name));
            values.extend(members);
        }
        let encoding = media.and_then(|media| media.raw("encoding"));
        let mut parts = Vec::new();
        for (name, value) in values {
            let is_enabled = is_example || required.contains(&name);
            let state = if is_enabled { RowState::Enabled } else { RowState::Disabled };
            let property = schema.and_then(|schema| self.property(schema, &name, 0));
            let given = encoding.and_then(|encoding| encoding.raw(&name)).and_then(|node| node.text("contentType"));
            let given =
                given.and_then(|given| given.split(',').next()).map(str::trim).filter(|given| !given.contains('*'));
            let items = property.and_then(|property| self.documents.get(property, "items"));
            let is_file = |node: Node<'_>| {
                node.text("format") == Some("binary")
                    || node.text("contentEncoding") == Some("binary")
                    || node.raw("contentMediaType").is_some() && node.raw("contentEncoding").is_none()
                    || node.text("type") == Some("file")
            };
            let is_file = property.is_some_and(is_file) || items.is_some_and(is_file);
            let mut part = |content, content_type: Option<&str>| {
                parts.push(DraftPart {
                    name: name.clone(),
                    content,
                    content_type: content_type.map(str::to_owned),
                    state,
                    ..DraftPart::default()
                });
            };
            match value {
                _ if is_file => {
                    part(PartContent::File(format!("./{}", file_name(&name, given.unwrap_or_default()))), given);
                }
                Value::Array(items) if !items.is_empty() && items.iter().all(|item| !item.is_object()) => {
                    for item in &items {
                        part(PartContent::Text(plain(item)), given);
                    }
                }
                value @ (Value::Object(_) | Value::Array(_)) => {
                    part(PartContent::Text(pretty(&value)), given.or(Some("application/json")));
                }
                value => part(PartContent::Text(plain(&value)), given),
            }
        }
        enable_all_if_none(&mut parts, |part| &mut part.state);
        parts
    }

    /// A property of a schema, also of those that it is put together from.
    fn property(&self, schema: Node<'d>, name: &str, depth: usize) -> Option<Node<'d>> {
        let schema = self.documents.follow(schema)?;
        if let Some(property) = schema.raw("properties").and_then(|properties| properties.raw(name)) {
            return self.documents.follow(property);
        }
        if depth > 10 {
            return None;
        }
        let mut composed =
            ["allOf", "oneOf", "anyOf"].into_iter().filter_map(|key| schema.raw(key)).flat_map(Node::items);
        composed.find_map(|part| self.property(part, name, depth + 1))
    }

    fn required(&self, schema: Option<Node<'d>>) -> Vec<String> {
        let mut required = Vec::new();
        let mut open: Vec<_> = schema.into_iter().collect();
        for _ in 0..50 {
            let Some(node) = open.pop().and_then(|node| self.documents.follow(node)) else { continue };
            let names = node.raw("required").into_iter().flat_map(Node::items);
            required.extend(names.filter_map(|name| name.value.as_str()).map(str::to_owned));
            open.extend(node.raw("allOf").into_iter().flat_map(Node::items));
        }
        required
    }
}

/// Where nothing is required, everything is shown.
fn enable_all_if_none<T>(rows: &mut [T], mut state: impl FnMut(&mut T) -> &mut RowState) {
    if rows.iter_mut().all(|row| *state(row) == RowState::Disabled) {
        for row in rows {
            *state(row) = RowState::Enabled;
        }
    }
}

fn content_type(draft: &mut RequestDraft, media_type: &str) {
    draft.headers.push(DraftRow::new("Content-Type", media_type));
}

/// The content type that is taken, of several.
fn preferred<'a>(media_types: impl Iterator<Item = &'a str>) -> Option<usize> {
    let rank = |media_type: &str| {
        let kind = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match kind.as_str() {
            "application/json" => 0,
            kind if is_json(kind) => 1,
            "application/x-www-form-urlencoded" => 2,
            "multipart/form-data" => 3,
            kind if kind.ends_with("/xml") || kind.ends_with("+xml") => 4,
            kind if kind.starts_with("text/") => 5,
            _ => 6,
        }
    };
    media_types.enumerate().min_by_key(|(index, media_type)| (rank(media_type), *index)).map(|(index, _)| index)
}

fn is_json(kind: &str) -> bool {
    kind.ends_with("/json") || kind.ends_with("+json")
}

fn is_binary(documents: &Documents, kind: &str, schema: Option<Node<'_>>) -> bool {
    let schema = schema.and_then(|schema| documents.follow(schema));
    let is_text = kind.starts_with("text/")
        || is_json(kind)
        || kind.contains("xml")
        || kind.contains("yaml")
        || kind.contains('*');
    let says_binary =
        schema.is_some_and(|schema| schema.text("format") == Some("binary") || schema.text("type") == Some("file"));
    says_binary
        || kind == "application/octet-stream"
        || ["image/", "audio/", "video/", "font/"].iter().any(|start| kind.starts_with(start))
        || (!is_text && schema.is_none_or(|schema| schema.raw("type").is_none() && schema.raw("properties").is_none()))
}

/// `avatar.png` for a field `avatar`.
fn file_name(field: &str, kind: &str) -> String {
    let name: String =
        field.chars().map(|c| if c.is_alphanumeric() || matches!(c, '_' | '-') { c } else { '_' }).collect();
    let extension = match kind {
        "image/png" => "png",
        "image/jpeg" => "jpg",
        "image/gif" => "gif",
        "image/svg+xml" => "svg",
        "application/pdf" => "pdf",
        "application/zip" => "zip",
        "application/gzip" => "gz",
        "text/csv" => "csv",
        "text/plain" => "txt",
        _ => "bin",
    };
    format!("{name}.{extension}")
}

/// JSON as a body; an example that is a text already holds JSON if its schema is not a text.
fn json_text(value: Option<Value>, schema: Option<Node<'_>>) -> String {
    match value {
        Some(Value::String(text)) => {
            let is_text = schema.is_some_and(|schema| schema::kind(schema) == Some("string"));
            let parsed =
                serde_json::from_str::<Value>(&text).ok().filter(|value| value.is_object() || value.is_array());
            match parsed {
                Some(value) if !is_text => pretty(&value),
                _ => Value::String(text).to_string(),
            }
        }
        Some(Value::Null) | None => "{}".to_owned(),
        Some(value) => pretty(&value),
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
}
