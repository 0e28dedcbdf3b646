//! The parts of a multipart body.
//!
//! A part is the lines from its boundary to before the next one. A part that is switched off is commented line by
//! line. `# …` lines inside a part are comments of the body, as everywhere.

use std::fmt::Write as _;

use crate::collection::draft::{DraftPart, PartContent, RowState};
use crate::collection::edit::view::{View, comment, one_line};
use crate::collection::edit::{CHANGES_OTHERS, EditError, Patch, Row, body, table};
use crate::collection::file::{Collection, NodeKind};
use crate::model::request::Span;

/// The boundary of bodies that bearcat begins.
const BOUNDARY: &str = "bearcat-boundary";

/// A part and its lines, as indices of the view.
struct Found {
    part: DraftPart,
    from: usize,
    to: usize,
    /// Where the value of `name` stands, in the file.
    name: Option<Span>,
    /// The first line of the content, and the index after the last; equal when there is none.
    content: (usize, usize),
}

/// The parts, those that are commented out as well, in the order of the file.
pub fn parts(collection: &Collection, request: usize) -> Vec<DraftPart> {
    let Some(view) = View::of(collection, request) else { return Vec::new() };
    found(&view).into_iter().map(|found| found.part).collect()
}

/// The same as rows.
pub(super) fn rows(view: &View<'_>) -> Vec<Row> {
    found(view)
        .into_iter()
        .map(|found| Row {
            name: found.part.name,
            value: value_of(&found.part.content),
            state: found.part.state,
            span: view.lines[found.from].line.start..view.lines[found.to - 1].line.end,
            line: view.number(found.from),
        })
        .collect()
}

fn value_of(content: &PartContent) -> String {
    match content {
        PartContent::Text(text) => text.clone(),
        PartContent::File(path) => format!("< {path}"),
    }
}

fn content_of(value: &str) -> PartContent {
    match value.strip_prefix("< ").map(str::trim) {
        Some(path) if !path.is_empty() && !path.contains('\n') => PartContent::File(path.to_owned()),
        _ => PartContent::Text(value.to_owned()),
    }
}

/// The boundary that the `Content-Type` names.
fn boundary(view: &View<'_>) -> Option<String> {
    let header = view.request.headers.iter().find(|header| header.name.text.eq_ignore_ascii_case("content-type"))?;
    let value = &header.value.text;
    if !value.trim_start().to_ascii_lowercase().starts_with("multipart/") {
        return None;
    }
    let parameter = value.split(';').skip(1).find_map(|parameter| {
        let (key, value) = parameter.split_once('=')?;
        key.trim().eq_ignore_ascii_case("boundary").then(|| value.trim().trim_matches('"').to_owned())
    });
    parameter.filter(|boundary| !boundary.is_empty())
}

/// A line without the comment that `state` says it is in.
fn bare<'a>(view: &View<'a>, at: usize, state: RowState) -> &'a str {
    let line = view.line(at);
    match state {
        RowState::Enabled => line,
        RowState::Disabled => comment(line).map_or(line, |found| found.text),
    }
}

/// Does this line begin a part (`--boundary`) or end the body (`--boundary--`), and is it commented out?
fn delimiter(line: &str, boundary: &str) -> Option<(RowState, Delimiter)> {
    let (text, state) = match comment(line) {
        Some(found) if found.indent.is_empty() => (found.text, RowState::Disabled),
        Some(_) => return None,
        None => (line, RowState::Enabled),
    };
    match text.trim_end().strip_prefix("--")?.strip_prefix(boundary)? {
        "" => Some((state, Delimiter::Part)),
        "--" if state == RowState::Enabled => Some((state, Delimiter::End)),
        _ => None,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Delimiter {
    Part,
    End,
}

fn found(view: &View<'_>) -> Vec<Found> {
    let Some(boundary) = boundary(view) else { return Vec::new() };
    let in_body = |at: usize| {
        matches!(
            view.lines[at].kind,
            NodeKind::BodyText | NodeKind::BodyFile | NodeKind::Comment | NodeKind::Directive | NodeKind::Blank
        )
    };
    let start = view.after_headers();
    let marks: Vec<(usize, RowState, Delimiter)> = (start..view.lines.len())
        .filter(|at| in_body(*at))
        .filter_map(|at| delimiter(view.line(at), &boundary).map(|(state, what)| (at, state, what)))
        .collect();
    let end = (start..view.lines.len()).find(|at| !in_body(*at) && *at > start).unwrap_or(view.lines.len());
    let mut parts = Vec::new();
    for (index, (from, state, what)) in marks.iter().enumerate() {
        if *what == Delimiter::End {
            break;
        }
        let mut to = marks.get(index + 1).map_or(end, |next| next.0);
        if marks.get(index + 1).is_none() {
            while to > from + 1 && view.line(to - 1).trim().is_empty() {
                to -= 1;
            }
        }
        parts.push(read(view, *from, to, *state));
    }
    parts
}

fn read(view: &View<'_>, from: usize, to: usize, state: RowState) -> Found {
    let mut part = DraftPart { state, ..DraftPart::default() };
    let mut name = None;
    let mut at = from + 1;
    while at < to {
        let line = bare(view, at, state);
        if line.trim().is_empty() {
            at += 1;
            break;
        }
        let Some((field, value)) = line.split_once(':') else { break };
        let base = view.lines[at].line.end - line.len();
        if field.trim().eq_ignore_ascii_case("content-disposition") {
            if let Some(span) = parameter(line, "name") {
                line[span.clone()].clone_into(&mut part.name);
                name = Some(base + span.start..base + span.end);
            }
            part.file_name = parameter(line, "filename").map(|span| line[span].to_owned());
        } else if field.trim().eq_ignore_ascii_case("content-type") {
            part.content_type = Some(value.trim().to_owned());
        }
        at += 1;
    }
    let mut end = to;
    // The line break before the next boundary belongs to the boundary, and so does a blank line that people put there.
    while end > at && bare(view, end - 1, state).trim().is_empty() {
        end -= 1;
    }
    let content: Vec<&str> = (at..end).map(|at| bare(view, at, state)).collect();
    part.content = match content.as_slice() {
        [line] if line.trim_start().starts_with("< ") => content_of(line.trim_start()),
        lines => PartContent::Text(lines.join("\n")),
    };
    Found { part, from, to, name, content: (at, end.max(at)) }
}

/// The value of `name="…"` in a header line.
fn parameter(line: &str, name: &str) -> Option<Span> {
    let lower = line.to_ascii_lowercase();
    let mut from = 0;
    while let Some(found) = lower[from..].find(name) {
        let start = from + found;
        let is_word = lower[..start].ends_with([';', ' ', '\t']);
        let after = &line[start + name.len()..];
        if is_word && let Some(rest) = after.trim_start().strip_prefix('=') {
            let value = rest.trim_start();
            let value_start = line.len() - value.len();
            return Some(match value.strip_prefix('"') {
                Some(quoted) => {
                    let length = quoted.find('"').unwrap_or(quoted.len());
                    value_start + 1..value_start + 1 + length
                }
                None => {
                    let length = value.find(';').unwrap_or(value.len());
                    value_start..value_start + value[..length].trim_end().len()
                }
            });
        }
        from = start + name.len();
    }
    None
}

/// A part as lines, without the comment marks.
fn written(part: &DraftPart, boundary: &str) -> Result<String, EditError> {
    one_line("The name", &part.name)?;
    if part.name.is_empty() {
        return Err(EditError::Empty("The name"));
    }
    let quoted = |text: &str| text.replace('"', "%22");
    let mut text = format!("--{boundary}\nContent-Disposition: form-data; name=\"{}\"", quoted(&part.name));
    let shown = match (&part.file_name, &part.content) {
        (Some(name), _) => Some(name.clone()),
        (None, PartContent::File(path)) => path.rsplit(['/', '\\']).next().map(str::to_owned),
        (None, PartContent::Text(_)) => None,
    };
    if let Some(name) = shown {
        one_line("The file name", &name)?;
        let _ = write!(text, "; filename=\"{}\"", quoted(&name));
    }
    if let Some(kind) = &part.content_type {
        one_line("The content type", kind)?;
        let _ = write!(text, "\nContent-Type: {kind}");
    }
    let content = value_of(&part.content).replace("\r\n", "\n");
    if content.lines().any(|line| line.starts_with(&format!("--{boundary}"))) {
        return Err(EditError::Meaning("A line of the part looks like the boundary"));
    }
    text.push_str("\n\n");
    text.push_str(&content);
    Ok(text)
}

fn commented(text: &str) -> String {
    let lines = text.split('\n').map(|line| if line.is_empty() { "#".to_owned() } else { format!("# {line}") });
    lines.collect::<Vec<_>>().join("\n")
}

/// Another part in the place of one.
pub(super) fn set(view: &View<'_>, index: usize, part: &DraftPart) -> Result<Collection, EditError> {
    let parts = found(view);
    let old = parts.get(index).ok_or(EditError::NoRow)?;
    let boundary = boundary(view).ok_or(EditError::NoRow)?;
    let part = DraftPart { state: old.part.state, ..part.clone() };
    if part == old.part {
        return Ok(view.collection.clone());
    }
    let mut text = written(&part, &boundary)?;
    if part.state == RowState::Disabled {
        text = commented(&text);
    }
    let end = if old.content.1 > old.from + 1 { old.content.1 } else { old.to };
    let span = view.lines[old.from].line.start..view.lines[end - 1].line.end;
    let new = view.collection.patched(&[Patch::new(span, text.replace('\n', view.line_ending()))])?;
    expect(&new, view, |now| now.len() == parts.len() && same_content(&now[index], &part))?;
    Ok(new)
}

fn same_content(now: &DraftPart, wanted: &DraftPart) -> bool {
    let text = |part: &DraftPart| value_of(&part.content).replace("\r\n", "\n").trim_end_matches('\n').to_owned();
    now.name == wanted.name.replace('"', "%22") && text(now) == text(wanted) && now.state == wanted.state
}

/// Another name and value of a part; its content type and file name stay.
pub(super) fn set_row(view: &View<'_>, index: usize, name: &str, value: &str) -> Result<Collection, EditError> {
    let parts = found(view);
    let old = parts.get(index).ok_or(EditError::NoRow)?;
    one_line("The name", name)?;
    let content = content_of(value);
    let Some(name_span) = old.name.clone() else {
        return set(view, index, &DraftPart { name: name.to_owned(), content, ..old.part.clone() });
    };
    if name.is_empty() {
        return Err(EditError::Empty("The name"));
    }
    let mut patches = Vec::new();
    if name != old.part.name {
        patches.push(Patch::new(name_span, name.replace('"', "%22")));
    }
    if content != old.part.content {
        let (from, to) = old.content;
        if from == to {
            return set(view, index, &DraftPart { name: name.to_owned(), content, ..old.part.clone() });
        }
        let mut text = value_of(&content).replace("\r\n", "\n");
        if old.part.state == RowState::Disabled {
            text = commented(&text);
        }
        let span = view.lines[from].line.start..view.lines[to - 1].line.end;
        patches.push(Patch::new(span, text.replace('\n', view.line_ending())));
    }
    let new = view.collection.patched(&patches)?;
    let wanted = DraftPart { name: name.to_owned(), content, ..old.part.clone() };
    expect(&new, view, |now| now.len() == parts.len() && same_content(&now[index], &wanted))?;
    Ok(new)
}

/// One more part, of text or of a file.
pub(super) fn add_row(view: &View<'_>, name: &str, value: &str) -> Result<Collection, EditError> {
    add(view, &DraftPart { name: name.to_owned(), content: content_of(value), ..DraftPart::default() })
}

/// One more part. A request without a multipart body gets one.
pub(super) fn add(view: &View<'_>, part: &DraftPart) -> Result<Collection, EditError> {
    let Some(boundary) = boundary(view) else {
        if body::body_lines(view).is_some() {
            return Err(EditError::Refused("This body has no parts: its `Content-Type` names no boundary"));
        }
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        let new = table::set_header(view, "Content-Type", Some(&kind))?;
        let view = View::of(&new, view.request.id.index).ok_or(CHANGES_OTHERS)?;
        return add(&view, part);
    };
    let part = DraftPart { state: RowState::Enabled, ..part.clone() };
    let text = written(&part, &boundary)?;
    let parts = found(view);
    let closing = (view.after_headers()..view.lines.len())
        .find(|at| matches!(delimiter(view.line(*at), &boundary), Some((_, Delimiter::End))));
    let new = match (closing, parts.last()) {
        (Some(at), _) => view.collection.patched(&[view.insert_lines(at, &text)])?,
        (None, Some(last)) => {
            let text = format!("{text}\n--{boundary}--");
            view.collection.patched(&[Patch::insert(
                view.lines[last.to - 1].line.end,
                format!("{0}{1}", view.line_ending(), text.replace('\n', view.line_ending())),
            )])?
        }
        (None, None) => {
            let old = super::body_source(view.collection, view.request.id.index);
            let gap = if old.is_empty() { "" } else { "\n" };
            view.collection.patched(&body::replace(view, &format!("{old}{gap}{text}\n--{boundary}--"))?)?
        }
    };
    expect(&new, view, |now| now.len() == parts.len() + 1 && now.last().is_some_and(|last| same_content(last, &part)))?;
    Ok(new)
}

/// A part goes.
pub(super) fn remove(view: &View<'_>, index: usize) -> Result<Collection, EditError> {
    let parts = found(view);
    let part = parts.get(index).ok_or(EditError::NoRow)?;
    let new = view.collection.patched(&[Patch::delete(view.whole_lines(part.from, part.to))])?;
    expect(&new, view, |now| now.len() + 1 == parts.len())?;
    Ok(new)
}

/// A part is commented out, or counts again.
pub(super) fn toggle(view: &View<'_>, index: usize) -> Result<Collection, EditError> {
    let parts = found(view);
    let part = parts.get(index).ok_or(EditError::NoRow)?;
    let mut patches = Vec::new();
    for at in part.from..part.to {
        let (line, text) = (view.lines[at].line, view.line(at));
        match part.part.state {
            RowState::Enabled if text.is_empty() => patches.push(Patch::insert(line.start, "#")),
            RowState::Enabled => patches.push(Patch::insert(line.start, "# ")),
            RowState::Disabled => {
                if let Some(found) = comment(text) {
                    let start = line.start + found.indent.len();
                    patches.push(Patch::delete(start..start + found.marker.len()));
                }
            }
        }
    }
    let new = view.collection.patched(&patches)?;
    expect(&new, view, |now| {
        now.len() == parts.len()
            && now.iter().zip(&parts).enumerate().all(|(at, (new, old))| {
                new.name == old.part.name
                    && new.content == old.part.content
                    && (new.state == old.part.state) == (at != index)
            })
    })?;
    Ok(new)
}

/// A part goes to another place.
pub(super) fn shift(view: &View<'_>, index: usize, to: usize) -> Result<Collection, EditError> {
    let parts = found(view);
    if index >= parts.len() || to >= parts.len() {
        return Err(EditError::NoRow);
    }
    let mut order: Vec<usize> = (0..parts.len()).collect();
    let moved = order.remove(index);
    order.insert(to, moved);
    let lines = |part: &Found| view.lines[part.from].line.start..view.lines[part.to - 1].line.end;
    let patches: Vec<Patch> = order
        .iter()
        .enumerate()
        .filter(|(place, from)| place != *from)
        .map(|(place, from)| Patch::new(lines(&parts[place]), view.text(lines(&parts[*from]))))
        .collect();
    let new = view.collection.patched(&patches)?;
    expect(&new, view, |now| {
        now.len() == parts.len()
            && now.iter().zip(&order).all(|(new, from)| {
                let old = &parts[*from].part;
                (&new.name, &new.content, new.state) == (&old.name, &old.content, old.state)
            })
    })?;
    Ok(new)
}

/// Fails unless the parts of the same request are now as wanted.
fn expect(new: &Collection, view: &View<'_>, is_right: impl FnOnce(&[DraftPart]) -> bool) -> Result<(), EditError> {
    if is_right(&parts(new, view.request.id.index)) { Ok(()) } else { Err(CHANGES_OTHERS) }
}
