//! The body of a request as text: what an editor shows, and what comes back from it.

use crate::collection::edit::view::View;
use crate::collection::edit::{EditError, Patch};
use crate::collection::file::{Collection, NodeKind};

/// The body as it stands in the file, comments and `< file` lines included; lines end in LF whatever the file has.
pub fn body_source(collection: &Collection, request: usize) -> String {
    let Some(view) = View::of(collection, request) else { return String::new() };
    let Some((from, to)) = body_lines(&view) else { return String::new() };
    (from..to).map(|at| view.line(at)).collect::<Vec<_>>().join("\n")
}

/// The lines of the body: from the first to the last that holds content.
pub(super) fn body_lines(view: &View<'_>) -> Option<(usize, usize)> {
    let is_body = |at: &usize| matches!(view.lines[*at].kind, NodeKind::BodyText | NodeKind::BodyFile);
    let from = (0..view.lines.len()).find(is_body)?;
    let mut to = (0..view.lines.len()).rfind(is_body)? + 1;
    while to > from && view.line(to - 1).trim().is_empty() {
        to -= 1;
    }
    (to > from).then_some((from, to))
}

/// Another body. Lines that stay the same at its start and its end keep their bytes.
pub(super) fn replace(view: &View<'_>, text: &str) -> Result<Vec<Patch>, EditError> {
    let text = text.replace("\r\n", "\n");
    let mut new: Vec<&str> = text.split('\n').collect();
    while new.last().is_some_and(|line| line.trim().is_empty()) {
        new.pop();
    }
    let blank = new.iter().take_while(|line| line.trim().is_empty()).count();
    let new = &new[blank..];
    if new.iter().any(|line| line.starts_with("###")) {
        return Err(EditError::Meaning("A line that begins with `###` would begin another request"));
    }
    if new.iter().any(|line| line.contains('\r')) {
        return Err(EditError::Meaning("A carriage return alone cannot stand in a body"));
    }
    let patches = match body_lines(view) {
        Some((from, to)) => replace_lines(view, from, to, new),
        None if new.is_empty() => Vec::new(),
        None => vec![insert(view, new)],
    };
    let changed = view.collection.patched(&patches)?;
    let is_right = changed.requests.len() == view.collection.requests.len()
        && body_source(&changed, view.request.id.index) == new.join("\n");
    if is_right {
        return Ok(patches);
    }
    Err(EditError::Meaning(
        "Part of this body would be read as something else: a request line, a script, or a comment at its start or end",
    ))
}

fn replace_lines(view: &View<'_>, from: usize, to: usize, new: &[&str]) -> Vec<Patch> {
    let ending = view.line_ending();
    if new.is_empty() {
        return vec![Patch::delete(view.whole_lines(from, to))];
    }
    let old: Vec<&str> = (from..to).map(|at| view.line(at)).collect();
    let most = old.len().min(new.len());
    let first = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let last = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count().min(most - first);
    let (gone, come) = (&old[first..old.len() - last], &new[first..new.len() - last]);
    match (gone.is_empty(), come.is_empty()) {
        (true, true) => Vec::new(),
        // Whole lines come in or go; the break of the line before is part of the text when they stand at the end.
        (true, false) => {
            let text = come.join(ending);
            if last == 0 {
                let at = view.lines[to - 1].line.end;
                vec![Patch::insert(at, format!("{ending}{text}"))]
            } else {
                vec![Patch::insert(view.lines[from + first].line.start, format!("{text}{ending}"))]
            }
        }
        (false, true) => {
            let (start, end) = (from + first, to - last);
            if last == 0 {
                vec![Patch::delete(view.lines[start - 1].line.end..view.lines[end - 1].line.end)]
            } else {
                vec![Patch::delete(view.lines[start].line.start..view.lines[end].line.start)]
            }
        }
        (false, false) => {
            let (start, end) = (from + first, to - last);
            let mut patches = Vec::new();
            if gone.len() == come.len() {
                // Line by line, so that mixed line endings stay.
                for (at, (a, b)) in gone.iter().zip(come).enumerate().filter(|(_, (a, b))| a != b) {
                    let line = view.lines[start + at].line;
                    if let Some(change) = super::difference(a, b) {
                        let span = line.start + change.span.start..line.start + change.span.end;
                        patches.push(Patch::new(span, change.text));
                    }
                }
            } else {
                let span = view.lines[start].line.start..view.lines[end - 1].line.end;
                patches.push(Patch::new(span, come.join(ending)));
            }
            patches
        }
    }
}

/// A body where there was none: after the headers and a blank line.
fn insert(view: &View<'_>, new: &[&str]) -> Patch {
    let ending = view.line_ending();
    let text = new.join(ending);
    let end = view.lines.iter().position(|line| line.kind == NodeKind::EndOfHeaders);
    if let Some(end) = end {
        let line = view.lines[end].line;
        let next = view.lines.get(end + 1);
        if line.next == line.end {
            return Patch::insert(line.end, format!("{ending}{text}"));
        }
        // A blank line stays between the body and what follows it.
        let gap = match next {
            Some(next) if next.kind != NodeKind::Blank => ending,
            None if view.block.span.end < view.collection.source.len() => ending,
            _ => "",
        };
        return Patch::insert(line.next, format!("{text}{ending}{gap}"));
    }
    let after = view.after_headers().max(view.after_target());
    let follows = view.lines.get(after).is_some() || view.block.span.end < view.collection.source.len();
    let gap = if follows { ending } else { "" };
    match view.lines.get(after) {
        Some(next) => Patch::insert(next.line.start, format!("{ending}{text}{ending}{gap}")),
        None => {
            let at = view.block.span.end;
            let has_break = view.lines.last().is_some_and(|last| last.line.next > last.line.end);
            let first = if has_break { "" } else { ending };
            let last = if has_break { ending } else { "" };
            Patch::insert(at, format!("{first}{ending}{text}{last}{gap}"))
        }
    }
}
