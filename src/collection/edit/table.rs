//! Tables whose rows are lines of their own: headers and directives.

use crate::collection::directive;
use crate::collection::draft::RowState;
use crate::collection::edit::view::{View, comment, one_line};
use crate::collection::edit::{CHANGES_OTHERS, EditError, Patch, Row, pairs};
use crate::collection::file::{Collection, NodeKind};
use crate::model::request::Span;

/// Which table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Headers,
    Directives,
}

/// First words of notes that look like headers.
const NOTES: [&str; 8] = ["todo", "fixme", "note", "hint", "xxx", "hack", "example", "warning"];

/// A row and the lines that it takes, as indices of the view.
struct LineRow {
    row: Row,
    name: Span,
    value: Span,
    from: usize,
    to: usize,
}

/// The rows of the table.
pub(super) fn rows(view: &View<'_>, kind: Kind) -> Vec<Row> {
    line_rows(view, kind).into_iter().map(|found| found.row).collect()
}

fn line_rows(view: &View<'_>, kind: Kind) -> Vec<LineRow> {
    match kind {
        Kind::Headers => header_rows(view),
        Kind::Directives => directive_rows(view),
    }
}

fn header_rows(view: &View<'_>) -> Vec<LineRow> {
    let (from, to) = (view.after_target(), view.after_headers());
    let mut rows: Vec<LineRow> = Vec::new();
    for header in &view.request.headers {
        let (first, last) = (view.line_at(header.name.span.start), view.line_at(header.value.span.end.max(1) - 1));
        let first_end = view.lines[first].line.end;
        // The value's bytes may go over several lines; an empty one ends its own line.
        let last = if header.value.span.start >= first_end { first } else { last.max(first) };
        rows.push(LineRow {
            row: Row {
                name: header.name.text.clone(),
                value: header.value.text.clone(),
                state: RowState::Enabled,
                span: view.lines[first].line.start..view.lines[last].line.end,
                line: view.number(first),
            },
            name: header.name.span.clone(),
            value: header.value.span.clone(),
            from: first,
            to: last + 1,
        });
    }
    let mut at = from;
    while at < to {
        let inside = rows.iter().any(|row| (row.from..row.to).contains(&at));
        let found = (!inside && view.lines[at].kind == NodeKind::Comment).then(|| disabled_header(view, at, to));
        match found.flatten() {
            Some(row) => {
                at = row.to;
                rows.push(row);
            }
            None => at += 1,
        }
    }
    rows.sort_by_key(|row| row.from);
    rows
}

/// A header that is commented out, with the lines that continue it.
fn disabled_header(view: &View<'_>, at: usize, to: usize) -> Option<LineRow> {
    let (name, value) = commented_header(view.line(at))?;
    let mut end = at + 1;
    let mut text = view.line(at)[value.clone()].to_owned();
    let mut last = value.end;
    while end < to && view.lines[end].kind == NodeKind::Comment {
        let line = view.line(end);
        let Some(continued) = comment(line).filter(|found| found.indent.is_empty() && found.marker == "# ") else {
            break;
        };
        let is_continuation = continued.text.starts_with([' ', '\t'])
            && !continued.text.trim().is_empty()
            && !directive::is_comment(continued.text)
            && commented_header(line).is_none();
        if !is_continuation {
            break;
        }
        text.push(' ');
        text.push_str(continued.text.trim());
        last = line.trim_end().len();
        end += 1;
    }
    let base = view.lines[at].line.start;
    let last = if end == at + 1 { base + value.end } else { view.lines[end - 1].line.start + last };
    Some(LineRow {
        row: Row {
            name: view.line(at)[name.clone()].to_owned(),
            value: text,
            state: RowState::Disabled,
            span: base..view.lines[end - 1].line.end,
            line: view.number(at),
        },
        name: base + name.start..base + name.end,
        value: base + value.start..last,
        from: at,
        to: end,
    })
}

/// Name and value of `# Name: value`, as spans of the line.
fn commented_header(line: &str) -> Option<(Span, Span)> {
    let found = comment(line)?;
    let start = line.len() - found.text.len();
    let text = found.text;
    let indent = text.len() - text.trim_start().len();
    let colon = text.find(':')?;
    let name = text.get(indent..colon)?.trim_end();
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let is_name = !name.is_empty() && name.bytes().all(is_token) && !name.starts_with(['#', '&']);
    let rest = &text[colon + 1..];
    let is_note = NOTES.contains(&name.to_ascii_lowercase().as_str());
    if !is_name || is_note || rest.starts_with("//") {
        return None;
    }
    let value_start = start + colon + 1 + (rest.len() - rest.trim_start().len());
    let value_end = (start + text.trim_end().len()).max(value_start.min(line.len()));
    let value_start = value_start.min(value_end);
    Some((start + indent..start + indent + name.len(), value_start..value_end))
}

fn directive_rows(view: &View<'_>) -> Vec<LineRow> {
    let head = view.after_headers();
    let mut rows = Vec::new();
    for (at, found) in view.lines.iter().enumerate() {
        let line = view.line(at);
        let (written, offset, state) = match found.kind {
            NodeKind::Directive => match directive::parse(line) {
                Some(written) => (written, 0, RowState::Enabled),
                None => continue,
            },
            NodeKind::Comment if at < head => {
                let Some(inner) = comment(line).map(|found| found.text) else { continue };
                let Some(written) = directive::parse(inner) else { continue };
                (written, line.len() - inner.len(), RowState::Disabled)
            }
            _ => continue,
        };
        let base = found.line.start + offset;
        let name = base + written.name.start..base + written.name.end;
        let value = base + written.value.start..base + written.value.end;
        rows.push(LineRow {
            row: Row {
                name: view.text(name.clone()).to_owned(),
                value: view.text(value.clone()).to_owned(),
                state,
                span: found.line.start..found.line.end,
                line: view.number(at),
            },
            name,
            value,
            from: at,
            to: at + 1,
        });
    }
    rows
}

/// What a row of this table is in the file.
fn written(kind: Kind, name: &str, value: &str) -> String {
    let line = match kind {
        Kind::Headers => format!("{name}: {value}"),
        Kind::Directives => format!("# @{name} {value}"),
    };
    line.trim_end().to_owned()
}

fn check(kind: Kind, name: &str, value: &str) -> Result<(), EditError> {
    one_line("A name", name)?;
    one_line("A value", value)?;
    let (what, is_good) = match kind {
        Kind::Headers => {
            let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
            let is_filled = name.contains("{{") && name.contains("}}") && !name.contains(char::is_whitespace);
            ("the name of a header", is_filled || name.bytes().all(is_token))
        }
        Kind::Directives => {
            let is_good = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
            ("the name of a directive", name.chars().all(is_good))
        }
    };
    if name.is_empty() {
        return Err(EditError::Empty("The name"));
    }
    if !is_good || (kind == Kind::Headers && name.starts_with(['#', '@', '/', '&', '?', '<', '>'])) {
        return Err(EditError::BadName { what, name: name.to_owned() });
    }
    Ok(())
}

/// Another name and value.
pub(super) fn set(view: &View<'_>, kind: Kind, index: usize, name: &str, value: &str) -> Result<Collection, EditError> {
    let (name, value) = (name.trim(), value.trim());
    check(kind, name, value)?;
    let rows = line_rows(view, kind);
    let old = rows.get(index).ok_or(EditError::NoRow)?;
    let mut patches = Vec::new();
    if old.row.name != name {
        patches.push(Patch::new(old.name.clone(), name));
    }
    if old.row.value != value {
        let gap = match kind {
            // A blank after the colon, or after the name of a directive, where there is none yet.
            Kind::Headers if old.value.is_empty() && view.text(old.name.end..old.value.start).ends_with(':') => " ",
            Kind::Directives if old.value.start == old.name.end => " ",
            _ => "",
        };
        patches.push(Patch::new(old.value.clone(), format!("{gap}{value}")));
    }
    let new = view.collection.patched(&patches)?;
    let wanted = (name.to_owned(), value.to_owned(), old.row.state);
    expect(&new, view, kind, |rows| match rows.get(index) {
        Some(row) => (&row.name, &row.value, row.state) == (&wanted.0, &wanted.1, wanted.2),
        None => false,
    })?;
    Ok(new)
}

/// One more row at the end.
pub(super) fn add(view: &View<'_>, kind: Kind, name: &str, value: &str) -> Result<Collection, EditError> {
    let (name, value) = (name.trim(), value.trim());
    check(kind, name, value)?;
    let rows = line_rows(view, kind);
    let at = match kind {
        Kind::Headers => rows.last().map_or_else(|| pairs::after_query(view), |last| last.to),
        Kind::Directives => {
            let request_line = view.request_line();
            let above = rows.iter().rfind(|row| row.from < request_line);
            above.map_or(request_line, |last| last.to)
        }
    };
    let new = view.collection.patched(&[view.insert_lines(at, &written(kind, name, value))])?;
    let count = rows.len() + 1;
    expect(&new, view, kind, |rows| {
        rows.len() == count
            && rows.iter().any(|row| row.name == name && row.value == value && row.state == RowState::Enabled)
    })?;
    Ok(new)
}

/// A row goes.
pub(super) fn remove(view: &View<'_>, kind: Kind, index: usize) -> Result<Collection, EditError> {
    let rows = line_rows(view, kind);
    let row = rows.get(index).ok_or(EditError::NoRow)?;
    let new = view.collection.patched(&[Patch::delete(view.whole_lines(row.from, row.to))])?;
    expect(&new, view, kind, |after| after.len() + 1 == rows.len())?;
    Ok(new)
}

/// A row is commented out, or counts again.
pub(super) fn toggle(view: &View<'_>, kind: Kind, index: usize) -> Result<Collection, EditError> {
    let rows = line_rows(view, kind);
    let row = rows.get(index).ok_or(EditError::NoRow)?;
    let mut patches = Vec::new();
    for at in row.from..row.to {
        let line = view.lines[at].line;
        match row.row.state {
            RowState::Enabled => patches.push(Patch::insert(line.start, "# ")),
            RowState::Disabled => {
                let Some(found) = comment(view.line(at)) else { continue };
                let start = line.start + found.indent.len();
                patches.push(Patch::delete(start..start + found.marker.len()));
            }
        }
    }
    let new = view.collection.patched(&patches)?;
    expect(&new, view, kind, |after| {
        after.len() == rows.len()
            && after.iter().zip(&rows).enumerate().all(|(at, (new, old))| {
                (&new.name, &new.value) == (&old.row.name, &old.row.value)
                    && (new.state == old.row.state) == (at != index)
            })
    })?;
    Ok(new)
}

/// A row goes to another place.
pub(super) fn shift(view: &View<'_>, kind: Kind, index: usize, to: usize) -> Result<Collection, EditError> {
    let rows = line_rows(view, kind);
    if index >= rows.len() || to >= rows.len() {
        return Err(EditError::NoRow);
    }
    let mut order: Vec<usize> = (0..rows.len()).collect();
    let moved = order.remove(index);
    order.insert(to, moved);
    let lines = |row: &LineRow| view.lines[row.from].line.start..view.lines[row.to - 1].line.end;
    let mut patches = Vec::new();
    for (place, from) in order.iter().enumerate().filter(|(place, from)| place != *from) {
        patches.push(Patch::new(lines(&rows[place]), view.text(lines(&rows[*from]))));
    }
    let new = view.collection.patched(&patches)?;
    expect(&new, view, kind, |after| {
        after.len() == rows.len()
            && after.iter().zip(&order).all(|(new, from)| {
                let old = &rows[*from].row;
                (&new.name, &new.value, new.state) == (&old.name, &old.value, old.state)
            })
    })?;
    Ok(new)
}

/// Gives a header a value, adds it, or removes it.
pub(super) fn set_header(view: &View<'_>, name: &str, value: Option<&str>) -> Result<Collection, EditError> {
    let rows = header_rows(view);
    let fits = |row: &&LineRow| row.row.state == RowState::Enabled && row.row.name.eq_ignore_ascii_case(name);
    match value {
        Some(value) => match rows.iter().position(|row| fits(&row)) {
            Some(index) => {
                let kept = rows[index].row.name.clone();
                set(view, Kind::Headers, index, &kept, value)
            }
            None => add(view, Kind::Headers, name, value),
        },
        None => {
            let patches: Vec<Patch> =
                rows.iter().filter(fits).map(|row| Patch::delete(view.whole_lines(row.from, row.to))).collect();
            view.collection.patched(&patches)
        }
    }
}

/// Fails unless the table of the same request is now as wanted.
fn expect(
    new: &Collection,
    view: &View<'_>,
    kind: Kind,
    is_right: impl FnOnce(&[Row]) -> bool,
) -> Result<(), EditError> {
    let rows = View::of(new, view.request.id.index).map(|view| rows(&view, kind)).unwrap_or_default();
    if is_right(&rows) { Ok(()) } else { Err(CHANGES_OTHERS) }
}
