//! Bodies: text that the dialect gives back byte for byte, forms, parts, files, GraphQL.
//!
//! Called by [`writer`](super) after the head, because what a line of a body means depends on the content type.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::head::{BOUNDARY, Head};
use super::single_line;
use super::words::Words;
use crate::collection::directive;
use crate::collection::draft::{DraftBody, DraftPart, DraftRow, PartContent, RequestDraft, RowShape, RowState};
use crate::collection::file;
use crate::collection::request_line;

/// The body's lines, each with its line break; empty: no body.
pub(super) fn write(draft: &RequestDraft, head: &Head<'_>, words: &mut Words) -> String {
    match &draft.body {
        DraftBody::None => String::new(),
        DraftBody::Text(text) if text.is_empty() => String::new(),
        DraftBody::Text(text) => guarded(text, Surroundings::of(head), words),
        DraftBody::File(path) => format!("< {}\n", single_line(path).trim()),
        DraftBody::Form(rows) => form(rows, head, words),
        DraftBody::Multipart(parts) => multipart(parts, &head.boundary, words),
        DraftBody::GraphQl { query, variables } => {
            let text = match graphql_form(query, variables) {
                Some(text) => text,
                None => graphql_json(query, variables),
            };
            guarded(&text, Surroundings::of(head), words)
        }
    }
}

/// What stands around a body: the meaning of its lines depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Surroundings {
    /// `#` is content.
    plain_text: bool,
    /// Without a content type the first line may be a request of its own.
    untyped: bool,
}

impl Surroundings {
    fn of(head: &Head<'_>) -> Self {
        Self { plain_text: head.is_plain_text(), untyped: head.content_type().is_none() }
    }
}

/// The text, with [`Words::empty`] before every line that the parser would not take for text, and at blank lines
/// at its ends.
fn guarded(text: &str, surroundings: Surroundings, words: &mut Words) -> String {
    let mut out = String::with_capacity(text.len() + 1);
    let last = text.split('\n').count() - 1;
    for (at, line) in text.split('\n').enumerate() {
        let line = match line.strip_suffix('\r') {
            Some(line) => Cow::Owned(format!("{line}{}", words.carriage_return())),
            None => Cow::Borrowed(line),
        };
        let is_edge = at == 0 || at == last;
        if (is_edge && line.trim().is_empty()) || means_something(&line, at == 0, surroundings) {
            out.push_str(&words.empty());
        }
        out.push_str(&line);
        out.push('\n');
    }
    out
}

/// Would the parser take this line of a body for something else than text?
fn means_something(line: &str, is_first: bool, surroundings: Surroundings) -> bool {
    line.starts_with("###")
        || (!surroundings.plain_text && directive::is_comment(line))
        || file::is_special_body_line(line)
        || (is_first && surroundings.untyped && (line.trim().starts_with('@') || request_line::is_certain(line)))
}

/// Fields over several lines; the sender joins them.
fn form(rows: &[DraftRow], head: &Head<'_>, words: &mut Words) -> String {
    let is_form = head
        .content_type()
        .is_some_and(|value| value.split(';').next().unwrap_or_default().trim() == "application/x-www-form-urlencoded");
    let mut out = String::new();
    let mut mark = "";
    for row in rows {
        let text = form_row(row);
        if row.state == RowState::Disabled {
            // In the middle of a line there is no comment, and none at all in plain text.
            if !head.is_plain_text() {
                let at = if is_form { out.len() } else { 0 };
                out.insert_str(at, &format!("# &{text}\n"));
            }
            continue;
        }
        let line = format!("{mark}{text}");
        let is_first = mark.is_empty();
        let surroundings = Surroundings { plain_text: head.is_plain_text(), untyped: false };
        if is_first && (line.is_empty() || means_something(&line, true, surroundings)) {
            out.push_str(&words.empty());
        }
        out.push_str(&line);
        if is_form {
            out.push('\n');
        }
        mark = "&";
    }
    if !is_form && !mark.is_empty() {
        out.push('\n');
    }
    out
}

/// `name=value`, encoded.
pub(super) fn form_row(row: &DraftRow) -> String {
    let name = form_text(&row.name);
    match row.shape {
        RowShape::Bare => name,
        RowShape::Pair => format!("{name}={}", form_text(&row.value)),
    }
}

/// Encoded for a form; the value of a variable is encoded when it is filled in.
fn form_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let open = rest.find("{{").unwrap_or(rest.len());
        for c in rest[..open].chars() {
            match c {
                ' ' => out.push('+'),
                c if c.is_ascii_alphanumeric() || matches!(c, '*' | '-' | '.' | '_') => out.push(c),
                c => super::head::encode(&mut out, c),
            }
        }
        rest = &rest[open..];
        let Some(close) = rest.find("}}").filter(|close| !rest[2..*close].contains(['{', '\n'])) else {
            if rest.is_empty() {
                break;
            }
            out.push_str("%7B");
            rest = &rest[1..];
            continue;
        };
        let inner = rest[2..close].trim();
        // What is made up when sending needs no encoding.
        let is_plain = inner.starts_with(['%', '$']);
        out.push_str("{{");
        out.push_str(if is_plain { "" } else { "%" });
        out.push_str(&single_line(inner));
        out.push_str("}}");
        rest = &rest[close + 2..];
    }
    out
}

/// A boundary that stands in no part; the one of the header where there is one.
pub(super) fn boundary<'a>(draft: &RequestDraft, mut headers: impl Iterator<Item = &'a DraftRow>) -> String {
    let DraftBody::Multipart(parts) = &draft.body else { return BOUNDARY.to_owned() };
    let written = headers.find(|row| row.state == RowState::Enabled && row.name.eq_ignore_ascii_case("content-type"));
    let written = written.and_then(|row| {
        let at = row.value.to_ascii_lowercase().find("boundary=")?;
        let value = row.value[at + "boundary=".len()..].split(';').next()?.trim().trim_matches('"');
        let is_boundary = |c: char| c.is_ascii_alphanumeric() || "'()+_,-./:=?".contains(c);
        (!value.is_empty() && value.chars().all(is_boundary)).then(|| value.to_owned())
    });
    let mut boundary = written.unwrap_or_else(|| BOUNDARY.to_owned());
    let holds = |boundary: &str| {
        parts.iter().any(|part| matches!(&part.content, PartContent::Text(text) if text.contains(boundary)))
    };
    if holds(&boundary) {
        BOUNDARY.clone_into(&mut boundary);
    }
    while holds(&boundary) {
        boundary.push('-');
    }
    boundary
}

fn multipart(parts: &[DraftPart], boundary: &str, words: &mut Words) -> String {
    // Writing into a `String` does not fail.
    let mut out = String::new();
    for part in parts {
        let mut lines = String::new();
        let _ = write!(lines, "--{boundary}\nContent-Disposition: form-data; name=\"{}\"", quoted(&part.name));
        let file_name = part.file_name.clone().or_else(|| match &part.content {
            PartContent::File(path) => path.rsplit(['/', '\\']).next().map(str::to_owned),
            PartContent::Text(_) => None,
        });
        if let Some(file_name) = file_name {
            let _ = write!(lines, "; filename=\"{}\"", quoted(&file_name));
        }
        lines.push('\n');
        if let Some(content_type) = part.content_type.as_deref().map(single_line).filter(|text| !text.trim().is_empty())
        {
            let _ = writeln!(lines, "Content-Type: {}", content_type.trim());
        }
        lines.push('\n');
        match &part.content {
            PartContent::File(path) => {
                let _ = writeln!(lines, "< {}", single_line(path).trim());
            }
            PartContent::Text(text) => {
                let surroundings = Surroundings { plain_text: false, untyped: false };
                let text = if part.state == RowState::Enabled {
                    guarded(text, surroundings, words)
                } else {
                    format!("{text}\n")
                };
                lines.push_str(&text);
            }
        }
        match part.state {
            RowState::Enabled => out.push_str(&lines),
            RowState::Disabled => {
                for line in lines.lines() {
                    super::push_comment(&mut out, line);
                }
            }
        }
    }
    if parts.iter().any(|part| part.state == RowState::Enabled) {
        let _ = writeln!(out, "--{boundary}--");
    }
    out
}

/// A name in `Content-Disposition`, as browsers write it.
fn quoted(text: &str) -> String {
    text.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

/// Query, blank line, variables: what the sender makes JSON of. `None`: it would read another query or other variables.
pub(super) fn graphql_form(query: &str, variables: &str) -> Option<String> {
    let (query, variables) = (query.trim(), variables.trim());
    let mut lines = query.lines().skip_while(|line| !line.trim().is_empty());
    let is_split = lines.any(|line| line.trim_start().starts_with('{'));
    let is_message = serde_json::from_str::<serde_json::Value>(query).is_ok();
    if query.is_empty() || is_split || is_message || query.contains('\r') || variables.contains('\r') {
        return None;
    }
    if variables.is_empty() {
        return Some(query.to_owned());
    }
    // A variable of the dialect may stand where a number or a text will.
    let filled = crate::collection::import::text::placeholders(variables, |_| Some("0".to_owned()));
    let is_object = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&filled).is_ok();
    is_object.then(|| format!("{query}\n\n{variables}"))
}

/// The JSON that GraphQL goes over HTTP in; the variables stay as they are written.
fn graphql_json(query: &str, variables: &str) -> String {
    let query = serde_json::Value::from(query);
    let variables = variables.trim();
    if variables.is_empty() {
        format!("{{\n  \"query\": {query}\n}}")
    } else {
        format!("{{\n  \"query\": {query},\n  \"variables\": {}\n}}", variables.replace('\n', "\n  "))
    }
}
