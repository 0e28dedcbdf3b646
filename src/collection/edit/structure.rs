//! Whole requests: new, copied, deleted, moved inside a file. Moving to another file is [`block_text`] inserted there
//! and a deletion here.
//!
//! What belongs to a request is its `###` line or, without one, its directives and the comments right above it; the
//! file's variables and comments further up stay where they are. Blank lines belong to the place, not to the request.

use std::path::Path;

use crate::collection::edit::head::own_start;
use crate::collection::edit::view::{View, line_ending, one_line};
use crate::collection::edit::{CHANGES_OTHERS, EditError, Patch, RequestEdit, edit, same};
use crate::collection::file::{Collection, NodeKind};
use crate::model::request::Span;

/// Where a request goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Position {
    /// Before the first.
    Start,
    /// Behind this one.
    After(usize),
    /// Behind the last.
    End,
}

/// A change of which requests there are, or of their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StructureEdit {
    /// One or more requests, as text of the dialect.
    Insert {
        /// Where.
        at: Position,
        /// What.
        text: String,
    },
    /// The same request once more, behind itself, under another name.
    Duplicate(usize),
    /// A request goes; variables of the file that stand in its block stay.
    Delete(usize),
    /// A request goes to the place of another one.
    Move {
        /// From here.
        from: usize,
        /// To there.
        to: usize,
    },
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restructured {
    /// The collection as it is now.
    pub collection: Collection,
    /// For each request of before where it is now; `None`: it is gone.
    pub moved: Vec<Option<usize>>,
    /// The request to look at now.
    pub focus: Option<usize>,
}

/// Does it.
///
/// # Errors
/// When a request does not exist, or the change would alter another one.
pub fn restructure(collection: &Collection, change: &StructureEdit) -> Result<Restructured, EditError> {
    match change {
        StructureEdit::Insert { at, text } => insert(collection, *at, text),
        StructureEdit::Duplicate(request) => duplicate(collection, *request),
        StructureEdit::Delete(request) => delete(collection, *request),
        StructureEdit::Move { from, to } => shift(collection, *from, *to),
    }
}

/// The text of a new request.
///
/// # Errors
/// When a part is not one line.
pub fn new_request_text(name: &str, method: &str, url: &str) -> Result<String, EditError> {
    one_line("The name", name)?;
    one_line("The URL", url)?;
    let url = if url.trim().is_empty() { "https://" } else { url.trim() };
    let head = format!("### {}", name.trim());
    Ok(format!("{}\n{} {url}\n", head.trim_end(), method.trim()))
}

/// The text of a request, with its `###` line, lines ending in LF: what is inserted into another file.
pub fn block_text(collection: &Collection, request: usize) -> Option<String> {
    let view = View::of(collection, request)?;
    Some(with_separator(view.text(content(&view))).replace("\r\n", "\n") + "\n")
}

/// The bytes of a request, without the blank lines at its end and its last line break.
fn content(view: &View<'_>) -> Span {
    let from = own_start(view);
    let to = last_line(view).max(from);
    view.lines[from].line.start..view.lines[to].line.end
}

/// The last line with something on it.
fn last_line(view: &View<'_>) -> usize {
    (0..view.lines.len()).rfind(|at| !view.line(*at).trim().is_empty()).unwrap_or(0)
}

fn with_separator(text: &str) -> String {
    if text.starts_with("###") {
        return text.to_owned();
    }
    let ending = if text.contains("\r\n") { "\r\n" } else { "\n" };
    format!("###{ending}{text}")
}

/// Does the block at this byte begin without a `###` line?
fn is_implicit(collection: &Collection, start: usize) -> bool {
    start < collection.source.len() && !collection.source[start..].starts_with("###")
}

fn insert(collection: &Collection, at: Position, text: &str) -> Result<Restructured, EditError> {
    let text = text.replace("\r\n", "\n");
    let text = with_separator(text.trim_matches('\n'));
    let fresh = Collection::parse(Path::new("new"), text.as_bytes()).requests.len();
    if fresh == 0 {
        return Err(EditError::Refused("This text holds no request"));
    }
    let source = &collection.source;
    let count = collection.requests.len();
    let (offset, first) = match at {
        Position::Start if count > 0 => {
            let view = View::of(collection, 0).ok_or(EditError::NoRequest)?;
            (view.lines[own_start(&view)].line.start, 0)
        }
        Position::After(request) if request + 1 < count => {
            let view = View::of(collection, request).ok_or(EditError::NoRequest)?;
            (view.block.span.end, request + 1)
        }
        _ => (source.len(), count),
    };
    let ending = line_ending(collection, offset);
    let before = source[..offset].trim_start_matches('\u{feff}');
    let mut written = String::new();
    if !before.is_empty() {
        if !before.ends_with('\n') {
            written.push_str(ending);
        }
        if !before.trim_end_matches(['\r', '\n']).is_empty() && !is_blank_at_end(before) {
            written.push_str(ending);
        }
    }
    written.push_str(&text.replace('\n', ending));
    written.push_str(ending);
    if offset < source.len() {
        written.push_str(ending);
        if is_implicit(collection, offset) {
            written.push_str("###");
            written.push_str(ending);
        }
    }
    let new = collection.patched(&[Patch::insert(offset, written)])?;
    let moved = (0..count).map(|old| Some(if old < first { old } else { old + fresh })).collect();
    finish(collection, Restructured { collection: new, moved, focus: Some(first) }, fresh)
}

/// Is the last line of this text blank?
fn is_blank_at_end(text: &str) -> bool {
    let Some(text) = text.strip_suffix('\n') else { return false };
    let line = text.rsplit('\n').next().unwrap_or_default();
    line.trim().is_empty()
}

fn duplicate(collection: &Collection, request: usize) -> Result<Restructured, EditError> {
    let view = View::of(collection, request).ok_or(EditError::NoRequest)?;
    let (from, to) = (own_start(&view), last_line(&view));
    // The file's variables are not defined once more.
    let lines = (from..=to).filter(|at| view.lines[*at].kind != NodeKind::Variable).map(|at| view.line(at));
    let text = with_separator(&lines.collect::<Vec<_>>().join("\n"));
    let alone = Collection::parse(&collection.path, text.as_bytes());
    let text = match &view.request.name {
        Some(name) => {
            let change = RequestEdit::Name(free_name(collection, name));
            edit(&alone, 0, &change).map_or(text, |named| named.source.to_string())
        }
        None => text,
    };
    insert(collection, Position::After(request), &text)
}

/// A name that no request of the file has: `list orders copy`, `listOrders_2`.
fn free_name(collection: &Collection, name: &str) -> String {
    let is_identifier = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
    let candidates = (1_usize..).map(|number| match (is_identifier, number) {
        (true, number) => format!("{name}_{}", number + 1),
        (false, 1) => format!("{name} copy"),
        (false, number) => format!("{name} copy {number}"),
    });
    let is_free = |candidate: &String| collection.request_named(candidate).is_none();
    candidates.take(100_000).find(is_free).unwrap_or_else(|| name.to_owned())
}

fn delete(collection: &Collection, request: usize) -> Result<Restructured, EditError> {
    let view = View::of(collection, request).ok_or(EditError::NoRequest)?;
    let from = own_start(&view);
    let ending = view.line_ending();
    let kept: Vec<&str> = (from..view.lines.len())
        .filter(|at| view.lines[*at].kind == NodeKind::Variable)
        .map(|at| view.line(at))
        .collect();
    let mut text = String::new();
    if !kept.is_empty() {
        text.push_str("###");
        text.push_str(ending);
        for line in kept {
            text.push_str(line);
            text.push_str(ending);
        }
        text.push_str(ending);
    }
    let span = view.lines[from].line.start..view.block.span.end;
    if text.is_empty() && is_implicit(collection, view.block.span.end) && span.start > 0 {
        text = format!("###{ending}");
    }
    let new = collection.patched(&[Patch::new(span, text)])?;
    let count = collection.requests.len();
    let moved = (0..count).map(|old| (old != request).then(|| if old < request { old } else { old - 1 })).collect();
    let focus = (count > 1).then(|| request.min(count - 2));
    finish(collection, Restructured { collection: new, moved, focus }, 0)
}

fn shift(collection: &Collection, from: usize, to: usize) -> Result<Restructured, EditError> {
    let count = collection.requests.len();
    if from >= count || to >= count {
        return Err(EditError::NoRequest);
    }
    let mut order: Vec<usize> = (0..count).collect();
    let taken = order.remove(from);
    order.insert(to, taken);
    let (low, high) = (from.min(to), from.max(to));
    let mut patches = Vec::new();
    for (place, from) in order.iter().enumerate().take(high + 1).skip(low) {
        let (slot, source) = (View::of(collection, place), View::of(collection, *from));
        let (Some(slot), Some(source)) = (slot, source) else { return Err(EditError::NoRequest) };
        let text = source.text(content(&source));
        // Without a `###` line a request may only be the first.
        let text = if place == 0 { text.to_owned() } else { with_separator(text) };
        patches.push(Patch::new(content(&slot), text));
    }
    if high > low
        && let Some(next) = View::of(collection, high + 1)
    {
        let start = next.lines[own_start(&next)].line.start;
        if is_implicit(collection, start) {
            patches.push(Patch::insert(start, format!("###{}", next.line_ending())));
        }
    }
    if high == low {
        patches.clear();
    }
    let new = collection.patched(&patches)?;
    let mut moved = vec![None; count];
    for (place, old) in order.iter().enumerate() {
        moved[*old] = Some(place);
    }
    finish(collection, Restructured { collection: new, moved, focus: Some(to) }, 0)
}

/// The result, if every request that should still be there says the same as before.
fn finish(old: &Collection, new: Restructured, fresh: usize) -> Result<Restructured, EditError> {
    let staying = new.moved.iter().flatten().count();
    let all_same = new.moved.iter().enumerate().all(|(before, after)| {
        after.is_none_or(|after| {
            new.collection.requests.get(after).is_some_and(|request| same(&old.requests[before], request))
        })
    });
    if all_same && new.collection.requests.len() == staying + fresh { Ok(new) } else { Err(CHANGES_OTHERS) }
}
