//! Parts of multipart bodies: of `-F` options, and of a body that a browser wrote out.
//!
//! Called by [`request`](super::request).

use crate::collection::draft::{DraftPart, PartContent};

/// What one `-F` gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Form {
    /// Its parts: several for `@a,b`.
    pub parts: Vec<DraftPart>,
    /// Why something was left out.
    pub dropped: Vec<String>,
}

/// A part with text.
pub(super) fn text(name: &str, text: &str) -> DraftPart {
    DraftPart { name: name.to_owned(), content: PartContent::Text(text.to_owned()), ..DraftPart::default() }
}

/// `name=text`, `name=@file`, `name=<file`, each with `;type=…`, `;filename=…`; `None`: there is no `=`.
pub(super) fn form(option: &str) -> Option<Form> {
    let (name, value) = option.split_once('=')?;
    let mut form = Form::default();
    let (is_file, is_content) = (value.starts_with('@'), value.starts_with('<'));
    let mut rest = if is_file || is_content { &value[1..] } else { value };
    loop {
        let (content, after) =
            take(rest, if is_file { &[';', ','] } else { &[';'] }, value.starts_with('"') || is_file);
        rest = after;
        let mut part = DraftPart { name: name.to_owned(), ..DraftPart::default() };
        part.content =
            if is_file || is_content { PartContent::File(content.clone()) } else { PartContent::Text(content) };
        while let Some(parameters) = rest.strip_prefix(';') {
            let (parameter, after) = take(parameters, if is_file { &[';', ','] } else { &[';'] }, true);
            let trimmed = parameter.trim_start();
            if let Some(kind) = strip_prefix(trimmed, "type=") {
                part.content_type = Some(kind.trim().to_owned());
            } else if let Some(file_name) = strip_prefix(trimmed, "filename=") {
                part.file_name = Some(file_name.to_owned());
            } else if strip_prefix(trimmed, "headers=").is_some() {
                form.dropped.push("`-F` with `;headers=`: a part has no headers of its own".to_owned());
            } else if strip_prefix(trimmed, "encoder=").is_some() {
                form.dropped.push("`-F` with `;encoder=`: a part is sent as it is".to_owned());
            } else if let Some(kind) = part.content_type.as_mut().filter(|_| trimmed.contains('=')) {
                // A parameter of the type: `;type=text/plain;charset=utf-8`.
                kind.push(';');
                kind.push_str(&parameter);
            } else if let PartContent::Text(text) = &mut part.content {
                // No parameter that curl knows: a part of the text.
                text.push(';');
                text.push_str(&parameter);
            }
            rest = after;
        }
        if is_content {
            form.dropped
                .push("`-F name=<file` sends the file without a file name; `< file` sends its name too".to_owned());
        }
        if matches!(&part.content, PartContent::File(path) if path == "-") {
            form.dropped.push("`-F` takes the file from standard input, which is not at hand".to_owned());
        } else {
            form.parts.push(part);
        }
        match rest.strip_prefix(',') {
            Some(next) if is_file => rest = next,
            _ => return Some(form),
        }
    }
}

fn strip_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let start = text.get(..prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then(|| &text[prefix.len()..])
}

/// Text up to one of `ends`; a part in double quotes loses them and may hold the ends.
fn take<'a>(text: &'a str, ends: &[char], are_quotes_known: bool) -> (String, &'a str) {
    let mut taken = String::new();
    let mut is_quoted = false;
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' if are_quotes_known => is_quoted = !is_quoted,
            '\\' if is_quoted => match chars.next() {
                Some((_, c @ ('"' | '\\'))) => taken.push(c),
                Some((_, c)) => taken.extend(['\\', c]),
                None => taken.push('\\'),
            },
            c if ends.contains(&c) && !is_quoted => return (taken, &text[at..]),
            c => taken.push(c),
        }
    }
    (taken, "")
}

/// The parts of a `multipart/form-data` body; `None`: it is not exactly one.
pub(super) fn read(body: &str, content_type: &str) -> Option<Vec<DraftPart>> {
    let at = content_type.to_ascii_lowercase().find("boundary=")? + "boundary=".len();
    let boundary = content_type[at..].split(';').next()?.trim().trim_matches('"');
    if boundary.is_empty() {
        return None;
    }
    let body = body.replace("\r\n", "\n");
    let delimiter = format!("--{boundary}");
    let body = body.strip_prefix(&delimiter)?;
    let mut parts = Vec::new();
    let between = format!("\n{delimiter}");
    let mut pieces = body.split(&between).peekable();
    while let Some(piece) = pieces.next() {
        if pieces.peek().is_none() {
            return (piece.trim_end() == "--").then_some(parts);
        }
        parts.push(part(piece.strip_prefix('\n')?)?);
    }
    None
}

fn part(text: &str) -> Option<DraftPart> {
    let (head, content) = match text.strip_prefix('\n') {
        Some(content) => ("", content),
        None => text.split_once("\n\n").or_else(|| Some((text.strip_suffix('\n')?, "")))?,
    };
    let mut part = DraftPart { content: PartContent::Text(content.to_owned()), ..DraftPart::default() };
    for line in head.lines() {
        let (name, value) = line.split_once(':')?;
        if name.eq_ignore_ascii_case("content-disposition") {
            part.name = parameter(value, "name").unwrap_or_default();
            part.file_name = parameter(value, "filename");
        } else if name.eq_ignore_ascii_case("content-type") {
            part.content_type = Some(value.trim().to_owned());
        } else {
            return None;
        }
    }
    Some(part)
}

/// `name="value"` in a `Content-Disposition`.
fn parameter(text: &str, name: &str) -> Option<String> {
    let mut rest = text;
    while let Some((_, after)) = rest.split_once(';') {
        let (key, value) = after.split_once('=')?;
        if key.trim().eq_ignore_ascii_case(name) {
            let value = value.trim_start();
            let quoted = value.strip_prefix('"').and_then(|value| value.split_once('"')).map(|(value, _)| value);
            return Some(quoted.unwrap_or_else(|| value.split(';').next().unwrap_or_default().trim()).to_owned());
        }
        rest = match value.trim_start().strip_prefix('"').and_then(|value| value.split_once('"')) {
            Some((_, after)) => after,
            None => value,
        };
    }
    None
}
