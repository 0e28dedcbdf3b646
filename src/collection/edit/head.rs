//! Method, URL, name and identity of a request.

use crate::collection::directive;
use crate::collection::edit::view::{View, one_line};
use crate::collection::edit::{EditError, Patch, difference};
use crate::collection::file::{Collection, NodeKind};
use crate::collection::request_line;
use crate::model::request::{AuthDirective, Span, TokenCarrier};

/// Another method.
pub(super) fn method(view: &View<'_>, method: &str) -> Result<Vec<Patch>, EditError> {
    let method = method.trim();
    if method.is_empty() {
        return Err(EditError::Empty("The method"));
    }
    let is_method = method.starts_with(|c: char| c.is_ascii_uppercase())
        && method.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || b"-_".contains(&byte));
    if !is_method {
        return Err(EditError::BadName { what: "a method: methods are upper-case words", name: method.to_owned() });
    }
    let old = &view.request.method;
    if old.text == method {
        return Ok(Vec::new());
    }
    let patch = if old.span.is_empty() {
        Patch::insert(old.span.start, format!("{method} "))
    } else {
        Patch::new(old.span.clone(), method)
    };
    verified(view, vec![patch], |new, at| new.requests[at].method.text == method)
}

/// Another URL: only what differs from the old one is written, so lines that stay the same stay apart.
pub(super) fn url(view: &View<'_>, url: &str) -> Result<Vec<Patch>, EditError> {
    let url = url.trim();
    one_line("The URL", url)?;
    if url.is_empty() {
        return Err(EditError::Empty("The URL"));
    }
    let old = &view.request.url;
    let Some(change) = difference(&old.text, url) else { return Ok(Vec::new()) };
    let places = target_places(view);
    let patch = if old.text.is_empty() {
        let after_method = view.request.method.span.end;
        let gap = if view.text(after_method..old.span.start).is_empty() { " " } else { "" };
        Patch::insert(old.span.start, format!("{gap}{url}"))
    } else {
        Patch::new(source_span(&places, &change.span), change.text)
    };
    verified(view, vec![patch], |new, at| new.requests[at].url.text == url)
}

/// The parts of the target, one for each line: where in the joined text, and where in the file.
fn target_places(view: &View<'_>) -> Vec<(usize, Span)> {
    let url = &view.request.url;
    let mut places = Vec::new();
    let mut joined = 0;
    for at in view.request_line()..view.after_target() {
        let found = &view.lines[at];
        if !matches!(found.kind, NodeKind::RequestLine | NodeKind::TargetContinuation) {
            continue;
        }
        let line = view.line(at);
        let (end, _) = request_line::split_version(line);
        let start = line.len() - line.trim_start().len();
        let start = (found.line.start + start).max(url.span.start);
        let end = (found.line.start + end).max(start);
        places.push((joined, start..end));
        joined += end - start;
    }
    places
}

/// Where a part of the joined text stands in the file.
fn source_span(places: &[(usize, Span)], span: &Span) -> Span {
    // Text put in at a seam goes to the end of the line above.
    let find = |offset: usize| {
        let part = places.iter().find(|(joined, part)| offset <= joined + part.len());
        part.or_else(|| places.last()).map_or(0, |(joined, part)| part.start + (offset - joined).min(part.len()))
    };
    // What is taken out begins in the line that holds it.
    let find_start = |offset: usize| {
        let part = places.iter().find(|(joined, part)| offset < joined + part.len());
        part.map_or_else(|| find(offset), |(joined, part)| part.start + (offset - joined))
    };
    if span.is_empty() {
        let at = find(span.start);
        return at..at;
    }
    find_start(span.start)..find(span.end)
}

/// Another name: of `# @name` where there is one, else of the `###` line, which is made where it is missing.
pub(super) fn name(view: &View<'_>, name: &str) -> Result<Vec<Patch>, EditError> {
    let name = name.trim();
    one_line("The name", name)?;
    if view.request.name.as_deref().unwrap_or_default() == name {
        return Ok(Vec::new());
    }
    let patch = match named_by(view) {
        Some((at, _)) if name.is_empty() => Patch::delete(view.whole_lines(at, at + 1)),
        Some((_, value)) => Patch::new(value, name),
        None => separator_name(view, name),
    };
    let wanted = (!name.is_empty()).then_some(name);
    verified(view, vec![patch], |new, at| match wanted {
        Some(wanted) => new.requests[at].name.as_deref() == Some(wanted),
        // Below `# @name` the name of the `###` line may come to light.
        None => true,
    })
}

/// The last `# @name` line and its value.
fn named_by(view: &View<'_>) -> Option<(usize, Span)> {
    let lines = view.lines.iter().enumerate().rev();
    lines.filter(|(_, line)| line.kind == NodeKind::Directive).find_map(|(at, found)| {
        let line = view.line(at);
        let written = directive::parse(line)?;
        let is_name = &line[written.name] == "name" && !written.value.is_empty();
        let base = found.line.start;
        is_name.then(|| (at, base + written.value.start..base + written.value.end))
    })
}

fn separator_name(view: &View<'_>, name: &str) -> Patch {
    if view.lines.first().is_some_and(|line| line.kind == NodeKind::Separator) {
        let line = view.line(0);
        let marks = line.len() - line.trim_start_matches('#').len();
        let gap =
            if name.is_empty() || line[marks..].starts_with(char::is_whitespace) && !line[marks..].trim().is_empty() {
                let rest = &line[marks..];
                &rest[..rest.len() - rest.trim_start().len()]
            } else {
                " "
            };
        let start = view.lines[0].line.start;
        let end = start + line.trim_end().len();
        let gap = if name.is_empty() { "" } else { gap };
        return Patch::new(start + marks..end.max(start + marks), format!("{gap}{name}"));
    }
    view.insert_lines(own_start(view), &format!("### {name}"))
}

/// The first line that belongs to the request itself: its directives, scripts, and the comments right above it; not
/// the variables of the file, nor what stands further up.
pub(super) fn own_start(view: &View<'_>) -> usize {
    if view.lines.first().is_some_and(|line| line.kind == NodeKind::Separator) {
        return 0;
    }
    let request_line = view.request_line();
    let belongs = |kind: NodeKind| matches!(kind, NodeKind::Directive | NodeKind::NotRun);
    let mut start = view.lines[..request_line].iter().position(|line| belongs(line.kind)).unwrap_or(request_line);
    while start > 0 && matches!(view.lines[start - 1].kind, NodeKind::Comment | NodeKind::Directive) {
        start -= 1;
    }
    start
}

/// Another `# @auth`.
pub(super) fn auth(view: &View<'_>, auth: Option<&AuthDirective>) -> Result<Collection, EditError> {
    let found: Vec<(usize, Span)> = view
        .lines
        .iter()
        .enumerate()
        .filter(|(_, line)| line.kind == NodeKind::Directive)
        .filter_map(|(at, line)| {
            let written = directive::parse(view.line(at))?;
            let is_auth = matches!(&view.line(at)[written.name.clone()], "auth" | "no-auth");
            let base = line.line.start;
            is_auth.then(|| (at, base + written.name.start..base + written.value.end.max(written.name.end)))
        })
        .collect();
    let text = match auth {
        None => None,
        Some(AuthDirective::None) => Some("no-auth".to_owned()),
        Some(AuthDirective::Identity { name, carrier }) => {
            if name.as_str().contains(char::is_whitespace) || name.as_str().is_empty() {
                return Err(EditError::BadName { what: "an identity: no blanks", name: name.to_string() });
            }
            let carried = if *carrier == TokenCarrier::Cookie { " cookie" } else { "" };
            Some(format!("auth {name}{carried}"))
        }
    };
    let patches = match (text, found.last()) {
        (None, _) => found.iter().map(|(at, _)| Patch::delete(view.whole_lines(*at, at + 1))).collect(),
        (Some(text), Some((_, span))) => vec![Patch::new(span.clone(), text)],
        (Some(text), None) => vec![view.insert_lines(view.request_line(), &format!("# @{text}"))],
    };
    let new = view.collection.patched(&patches)?;
    let now = new.requests.get(view.request.id.index).and_then(|request| request.directives.auth.as_ref());
    let is_anonymous = |auth: &AuthDirective| match auth {
        AuthDirective::None => true,
        AuthDirective::Identity { name, .. } => name.is_anonymous(),
    };
    let same = now == auth || now.zip(auth).is_some_and(|(now, auth)| is_anonymous(now) && is_anonymous(auth));
    if same { Ok(new) } else { Err(super::CHANGES_OTHERS) }
}

/// The patches, if the file that they make is read as wanted.
fn verified(
    view: &View<'_>,
    patches: Vec<Patch>,
    is_right: impl FnOnce(&Collection, usize) -> bool,
) -> Result<Vec<Patch>, EditError> {
    let new = view.collection.patched(&patches)?;
    let at = view.request.id.index;
    let right = new.requests.len() == view.collection.requests.len() && is_right(&new, at);
    if right { Ok(patches) } else { Err(super::CHANGES_OTHERS) }
}
