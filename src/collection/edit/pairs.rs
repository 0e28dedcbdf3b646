//! Tables whose rows are pairs in running text: query parameters and form fields.
//!
//! A pair may stand inside a line (`?a=1&b=2`), on a line of its own (`&b=2`), or commented out on a line of its own.
//! The module documentation of [`super`] says how the three go over into each other and back.

use crate::collection::draft::RowState;
use crate::collection::edit::body::body_lines;
use crate::collection::edit::view::{View, comment, one_line};
use crate::collection::edit::{CHANGES_OTHERS, EditError, Patch, Row};
use crate::collection::file::{Collection, NodeKind};
use crate::collection::request_line;
use crate::model::request::Span;

/// How lines that are broken out of another one are indented.
const INDENT: &str = "    ";

/// Which table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Query,
    Form,
}

/// A pair and its bytes.
#[derive(Debug, Clone)]
struct Pair {
    state: RowState,
    /// `?` or `&` before it; may stand at the end of the line above.
    separator: Option<Span>,
    /// Name and value.
    text: Span,
    name: Span,
    /// What follows `=`; `None`: there is no `=`.
    value: Option<Span>,
    /// The line that it begins in, as an index of the view.
    at: usize,
    /// Does it go on in the next line?
    spread: bool,
}

/// What a line is.
#[derive(Debug, Clone)]
enum Shape {
    /// Part of the running text; its content.
    Text(Span),
    /// A pair that is commented out.
    Disabled {
        /// What goes when it counts again, after the indentation.
        marker: Span,
        /// `&` at its end: it goes on in the next line.
        tail: Option<Span>,
    },
    /// Anything else.
    Other,
}

/// A list of pairs, and the lines that it is in.
struct Pairs<'a, 'v> {
    view: &'v View<'a>,
    kind: Kind,
    /// The first line, and the index after the last.
    from: usize,
    shapes: Vec<Shape>,
    pairs: Vec<Pair>,
    /// Where the first parameter of a URL goes: after the path.
    end_of_path: usize,
}

/// The rows of the table.
pub(super) fn rows(view: &View<'_>, kind: Kind) -> Vec<Row> {
    let pairs = Pairs::of(view, kind);
    pairs.pairs.iter().map(|pair| pairs.row(pair)).collect()
}

/// The index after the target and the parameters that are commented out behind it.
pub(super) fn after_query(view: &View<'_>) -> usize {
    let mut to = view.after_target();
    while view.lines.get(to).is_some_and(|line| line.kind == NodeKind::Comment)
        && disabled(view.line(to), Kind::Query).is_some()
    {
        to += 1;
    }
    to
}

/// Is this body a form?
fn is_form(view: &View<'_>) -> bool {
    let header = view.request.headers.iter().find(|header| header.name.text.eq_ignore_ascii_case("content-type"));
    header.is_some_and(|header| {
        header.value.text.trim().to_ascii_lowercase().starts_with("application/x-www-form-urlencoded")
    })
}

impl<'a, 'v> Pairs<'a, 'v> {
    fn of(view: &'v View<'a>, kind: Kind) -> Self {
        let mut pairs = Self { view, kind, from: 0, shapes: Vec::new(), pairs: Vec::new(), end_of_path: 0 };
        match kind {
            Kind::Query => pairs.read_query(),
            Kind::Form => pairs.read_form(),
        }
        pairs.pairs.sort_by_key(|pair| pair.text.start);
        pairs
    }

    fn read_query(&mut self) {
        let view = self.view;
        self.from = view.request_line();
        let to = after_query(view);
        let url = view.request.url.span.clone();
        for at in self.from..to {
            let found = view.lines[at];
            let shape = match found.kind {
                NodeKind::RequestLine | NodeKind::TargetContinuation => {
                    let line = view.line(at);
                    let (end, _) = request_line::split_version(line);
                    let start = (found.line.start + line.len() - line.trim_start().len()).max(url.start);
                    Shape::Text(start..(found.line.start + end).max(start))
                }
                NodeKind::Comment => self.read_disabled(at),
                _ => Shape::Other,
            };
            self.shapes.push(shape);
        }
        self.read_text();
    }

    fn read_form(&mut self) {
        let view = self.view;
        if !is_form(view) {
            return;
        }
        let is_disabled =
            |at: usize| view.lines[at].kind == NodeKind::Comment && disabled(view.line(at), Kind::Form).is_some();
        // Fields that are commented out may begin and end the body, or be all of it.
        let start = view.lines.iter().position(|line| line.kind == NodeKind::EndOfHeaders).map(|at| at + 1);
        let (mut from, mut to) = match (body_lines(view), start) {
            (Some(lines), _) => lines,
            (None, Some(start)) => match (start..view.lines.len()).find(|at| is_disabled(*at)) {
                Some(first) => (first, first),
                None => return,
            },
            (None, None) => return,
        };
        while from > start.unwrap_or(from) && is_disabled(from - 1) {
            from -= 1;
        }
        while to < view.lines.len() && is_disabled(to) {
            to += 1;
        }
        self.from = from;
        for at in from..to {
            let found = view.lines[at];
            let shape = match found.kind {
                NodeKind::BodyText => {
                    let line = view.line(at);
                    let start = found.line.start + line.len() - line.trim_start().len();
                    Shape::Text(start..(found.line.start + line.trim_end().len()).max(start))
                }
                NodeKind::Comment => self.read_disabled(at),
                _ => Shape::Other,
            };
            self.shapes.push(shape);
        }
        self.read_text();
    }

    fn read_disabled(&mut self, at: usize) -> Shape {
        let Some(found) = disabled(self.view.line(at), self.kind) else { return Shape::Other };
        let base = self.view.lines[at].line.start;
        let moved = |span: Span| base + span.start..base + span.end;
        self.pairs.push(Pair {
            state: RowState::Disabled,
            separator: found.separator.map(moved),
            text: moved(found.text),
            name: moved(found.name),
            value: found.value.map(moved),
            at,
            spread: false,
        });
        Shape::Disabled { marker: moved(found.marker), tail: found.tail.map(moved) }
    }

    /// The pairs that count.
    fn read_text(&mut self) {
        let mut in_pairs = self.kind == Kind::Form;
        let mut is_over = false;
        let mut open: Option<Pair> = None;
        let mut separator: Option<Span> = None;
        let source: &str = &self.view.collection.source;
        let url_start = self.view.request.url.span.start;
        self.end_of_path = url_start;
        let mut done = Vec::new();
        for (index, shape) in self.shapes.iter().enumerate() {
            let Shape::Text(content) = shape else { continue };
            let at = self.from + index;
            let mut offset = content.start;
            if let Some(pair) = &mut open {
                pair.spread = true;
            }
            while offset < content.end && !is_over {
                let rest = &source[offset..content.end];
                let width = if rest.starts_with("{{") {
                    rest.find("}}").map_or(rest.len(), |close| close + 2)
                } else {
                    rest.chars().next().map_or(1, char::len_utf8)
                };
                let c = rest.as_bytes()[0];
                if in_pairs && c == b'&' || !in_pairs && c == b'?' {
                    in_pairs = true;
                    done.extend(open.take());
                    separator = Some(offset..offset + 1);
                } else if c == b'#' && self.kind == Kind::Query {
                    is_over = true;
                } else if in_pairs {
                    let pair = open.get_or_insert_with(|| Pair {
                        state: RowState::Enabled,
                        separator: separator.take(),
                        text: offset..offset,
                        name: offset..offset,
                        value: None,
                        at,
                        spread: false,
                    });
                    // Blanks before a pair, as in `a = 1 & b = 2`, are no part of it.
                    if pair.text.is_empty() && rest.starts_with([' ', '\t']) {
                        pair.text = offset + width..offset + width;
                        pair.name = pair.text.clone();
                    } else {
                        pair.text.end = offset + width;
                        match &mut pair.value {
                            Some(value) => value.end = offset + width,
                            None if c == b'=' => pair.value = Some(offset + 1..offset + 1),
                            None => pair.name.end = offset + width,
                        }
                    }
                } else {
                    self.end_of_path = offset + width;
                }
                offset += width;
            }
        }
        done.extend(open);
        // A pair that ended with its line was not continued by an empty rest.
        for pair in &mut done {
            pair.spread &= self.view.line_at(pair.text.end.max(1) - 1) != pair.at;
        }
        self.pairs.extend(done.into_iter().filter(|pair| !pair.text.is_empty()));
    }

    /// The text of some bytes, without the line breaks and indentation in between.
    fn joined(&self, span: &Span) -> String {
        let mut text = String::new();
        for shape in &self.shapes {
            if let Shape::Text(content) = shape {
                let (start, end) = (span.start.max(content.start), span.end.min(content.end));
                if start < end {
                    text.push_str(self.view.text(start..end));
                }
            }
        }
        text
    }

    fn piece(&self, pair: &Pair, span: &Span) -> String {
        let text = if pair.spread { self.joined(span) } else { self.view.text(span.clone()).to_owned() };
        text.trim().to_owned()
    }

    fn row(&self, pair: &Pair) -> Row {
        Row {
            name: self.piece(pair, &pair.name),
            value: pair.value.as_ref().map(|value| self.piece(pair, value)).unwrap_or_default(),
            state: pair.state,
            span: pair.text.clone(),
            line: self.view.number(pair.at),
        }
    }

    fn shape(&self, at: usize) -> Option<&Shape> {
        self.shapes.get(at.checked_sub(self.from)?)
    }

    fn content(&self, at: usize) -> Option<Span> {
        match self.shape(at) {
            Some(Shape::Text(content)) => Some(content.clone()),
            _ => None,
        }
    }

    /// The bytes from the separator on, if that stands right before the pair.
    fn whole(&self, pair: &Pair) -> Span {
        match &pair.separator {
            Some(separator) if separator.end == pair.text.start => separator.start..pair.text.end,
            _ => pair.text.clone(),
        }
    }

    /// The separator of a pair that counts.
    fn sign(&self, is_first: bool) -> &'static str {
        match self.kind {
            Kind::Query if is_first => "?",
            Kind::Query => "&",
            Kind::Form if is_first => "",
            Kind::Form => "&",
        }
    }

    /// What makes the separators right when the pairs for which `counts` holds are those that count.
    fn separators(&self, changed: usize, counts: impl Fn(usize) -> bool) -> Vec<Patch> {
        let mut patches = Vec::new();
        let mut is_first = true;
        for (index, pair) in self.pairs.iter().enumerate() {
            if !counts(index) {
                continue;
            }
            let sign = self.sign(is_first);
            is_first = false;
            if index == changed || pair.state == RowState::Disabled {
                continue;
            }
            match &pair.separator {
                // A form that begins with `&` means the same.
                Some(_) if self.kind == Kind::Form => {}
                Some(separator) if self.view.text(separator.clone()) != sign => {
                    patches.push(Patch::new(separator.clone(), sign));
                }
                None if !sign.is_empty() && !self.follows_separator(pair) => {
                    patches.push(Patch::insert(pair.text.start, sign));
                }
                _ => {}
            }
        }
        patches
    }

    /// Does the line above end in `&`, commented out or not?
    fn follows_separator(&self, pair: &Pair) -> bool {
        self.view.text(self.view.lines[self.from].line.start..pair.text.start).trim_end().ends_with('&')
    }

    /// Is a pair the only thing on its line?
    fn is_alone(&self, pair: &Pair) -> bool {
        let Some(content) = self.content(pair.at) else { return false };
        let whole = self.whole(pair);
        let rest = self.view.text(whole.end.min(content.end)..content.end);
        let is_first_line = self.kind == Kind::Query && pair.at == self.from;
        !pair.spread && !is_first_line && whole.start == content.start && (rest.is_empty() || rest == "&")
    }

    fn patches_to_disable(&self, index: usize) -> Result<Vec<Patch>, EditError> {
        let pair = &self.pairs[index];
        let mut patches = self.separators(index, |at| at != index && self.pairs[at].state == RowState::Enabled);
        let Some(content) = self.content(pair.at) else { return Err(EditError::NoRow) };
        let line = self.view.lines[pair.at].line;
        let whole = self.whole(pair);
        if self.is_alone(pair) {
            let marker = if whole.start == line.start && pair.separator.is_some() { "#" } else { "# " };
            patches.push(Patch::insert(whole.start, marker));
            return Ok(patches);
        }
        if pair.spread {
            return Err(EditError::Refused("This value goes over several lines: edit it in the file"));
        }
        let ending = self.view.line_ending();
        let sign = match &pair.separator {
            Some(separator) if separator.end == pair.text.start => self.view.text(separator.clone()),
            _ => "&",
        };
        let text = format!("{sign}{}", self.piece(pair, &pair.text));
        let has_front = whole.start > content.start || (self.kind == Kind::Query && pair.at == self.from);
        let next = self.pairs.get(index + 1).and_then(|next| next.separator.as_ref());
        let has_back = next.is_some_and(|next| next.start == pair.text.end && next.end < content.end);
        match (has_front, has_back) {
            (true, true) => {
                patches.push(Patch::new(whole, format!("{ending}# {text}&{ending}{INDENT}")));
            }
            (true, false) => {
                let end = self.view.lines[self.view.line_at(pair.text.end - 1)].line.end;
                if whole.end == end {
                    patches.push(Patch::new(whole, format!("{ending}# {text}")));
                } else {
                    patches.push(Patch::delete(whole));
                    patches.push(Patch::insert(end, format!("{ending}# {text}")));
                }
            }
            (false, _) => {
                let indent = self.view.text(line.start..content.start);
                let marker = if indent.is_empty() { "#" } else { "# " };
                let tail = if has_back { "&" } else { "" };
                patches.push(Patch::insert(line.start, format!("{indent}{marker}{text}{tail}{ending}")));
                patches.push(Patch::delete(whole));
            }
        }
        Ok(patches)
    }

    fn no_comment_inside(&self, pair: &Pair) -> Result<(), EditError> {
        let last = self.view.line_at(pair.text.end - 1);
        let plain = (pair.at..=last).all(|at| self.content(at).is_some());
        if plain {
            Ok(())
        } else {
            Err(EditError::Refused("There is a comment inside this value: edit it in the file"))
        }
    }

    fn patches_to_enable(&self, index: usize) -> Result<Vec<Patch>, EditError> {
        let pair = &self.pairs[index];
        let counts = |at: usize| at == index || self.pairs[at].state == RowState::Enabled;
        let mut patches = self.separators(index, counts);
        let Some(Shape::Disabled { marker, tail }) = self.shape(pair.at).cloned() else { return Err(EditError::NoRow) };
        let view = self.view;
        let line = view.lines[pair.at].line;
        let is_first = !self.pairs[..index].iter().any(|pair| pair.state == RowState::Enabled);
        let text = view.text(pair.text.clone());
        // A separator at the end of the line above does for this one.
        let is_separated = pair.separator.is_none() && self.ends_with_separator(pair.at);
        let sign = if is_separated { "" } else { self.sign(is_first) };
        let came_from_line =
            marker.start == line.start && view.text(marker.clone()) == "# " && pair.separator.is_some();
        let above = (pair.at > 0).then(|| self.content(pair.at - 1)).flatten().filter(|_| came_from_line);
        let below = self
            .content(pair.at + 1)
            .filter(|content| tail.is_some() && view.text(content.clone()).starts_with(['&', '?']));
        let joined_at = above.map(|content| self.end_of_pairs(content));
        match (joined_at, below) {
            (Some(above), Some(below)) if above == view.lines[pair.at - 1].line.end => {
                patches.push(Patch::new(above..below.start, format!("{sign}{text}")));
            }
            (Some(above), _) => {
                patches.push(Patch::insert(above, format!("{sign}{text}")));
                patches.push(Patch::delete(view.lines[pair.at - 1].line.end..line.end));
            }
            (None, Some(below)) => {
                patches.push(Patch::delete(line.start..line.next));
                // The separator of the first pair below may have a patch at the same place.
                patches.push(Patch::insert(below.start, format!("{sign}{text}")));
            }
            (None, None) => {
                let indent = if came_from_line && self.kind == Kind::Query { INDENT } else { "" };
                let from = pair.separator.as_ref().map_or(pair.text.start, |separator| separator.start);
                let kept = view.text(from..pair.text.start);
                let sign = if pair.separator.is_none() && (is_separated || is_first && self.kind == Kind::Form) {
                    ""
                } else if self.kind == Kind::Form && !kept.is_empty() {
                    kept
                } else {
                    sign
                };
                patches.push(Patch::new(marker.start..pair.text.start, format!("{indent}{sign}")));
                patches.extend(tail.filter(|_| pair.separator.is_some()).map(Patch::delete));
            }
        }
        Ok(patches)
    }

    /// Where one more pair goes in a line: before a fragment.
    fn end_of_pairs(&self, content: Span) -> usize {
        let text = self.view.text(content.clone());
        let last = self.pairs.iter().rfind(|pair| {
            pair.state == RowState::Enabled && content.start <= pair.text.start && pair.text.end <= content.end
        });
        match (last, self.kind) {
            (Some(pair), _) => pair.text.end,
            (None, Kind::Query) if self.end_of_path > content.start && self.end_of_path <= content.end => {
                self.end_of_path
            }
            (None, _) => content.start + text.len(),
        }
    }

    fn ends_with_separator(&self, at: usize) -> bool {
        let above = self.shapes[..at - self.from].iter().rev().find_map(|shape| match shape {
            Shape::Text(content) => Some(self.view.text(content.clone())),
            _ => None,
        });
        above.is_some_and(|text| text.ends_with(['&', '?']))
    }
}

/// A commented-out pair in a line; spans are relative to the line.
struct Disabled {
    marker: Span,
    separator: Option<Span>,
    text: Span,
    name: Span,
    value: Option<Span>,
    tail: Option<Span>,
}

/// `# &name=value`, `# ?name=value`, and `# name=value` where it cannot be prose.
fn disabled(line: &str, kind: Kind) -> Option<Disabled> {
    let found = comment(line)?;
    let start = found.indent.len();
    let marker = start..start + found.marker.len();
    let text = found.text.trim_end();
    let (end, _) = match kind {
        Kind::Query => request_line::split_version(text),
        Kind::Form => (text.len(), None),
    };
    let text = &text[..end];
    let separator = text.starts_with(['&', '?']).then_some(marker.end..marker.end + 1);
    let pair = &text[usize::from(separator.is_some())..];
    let pair_start = marker.end + usize::from(separator.is_some());
    let has_tail = separator.is_some() && pair.ends_with('&');
    let pair = if has_tail { &pair[..pair.len() - 1] } else { pair.strip_suffix('&').unwrap_or(pair) };
    if pair.is_empty() || pair.starts_with(char::is_whitespace) || separator.is_none() && !is_plain(pair) {
        return None;
    }
    let end = pair_start + pair.len();
    let equals = equals_sign(pair).map(|at| pair_start + at);
    Some(Disabled {
        marker,
        separator,
        text: pair_start..end,
        name: pair_start..equals.unwrap_or(end),
        value: equals.map(|at| at + 1..end),
        tail: has_tail.then_some(end..end + 1),
    })
}

/// Is this `name=value` without blanks?
fn is_plain(pair: &str) -> bool {
    let Some((name, _)) = pair.split_once('=') else { return false };
    let is_name = |c: char| c.is_ascii_alphanumeric() || "_-.[]%$".contains(c);
    !name.is_empty() && name.chars().all(is_name) && !pair.contains(char::is_whitespace)
}

/// The first `=` outside `{{…}}`.
fn equals_sign(text: &str) -> Option<usize> {
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("{{") {
            at += rest.find("}}").map_or(rest.len(), |close| close + 2);
        } else if rest.starts_with('=') {
            return Some(at);
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    None
}

/// Is a text the name of a pair?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum IsName {
    Yes,
    No,
}

/// Escapes what would end a name or a value; templates stay.
fn escaped(text: &str, kind: Kind, is_name: IsName) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if rest.starts_with("{{")
            && let Some(close) = rest.find("}}")
        {
            out.push_str(&rest[..close + 2]);
            rest = &rest[close + 2..];
            continue;
        }
        match c {
            '&' => out.push_str("%26"),
            '#' if kind == Kind::Query => out.push_str("%23"),
            ' ' => out.push_str("%20"),
            '\t' => out.push_str("%09"),
            '=' if is_name == IsName::Yes => out.push_str("%3D"),
            c => out.push(c),
        }
        rest = &rest[c.len_utf8()..];
    }
    out
}

/// Name and value as they are written.
fn written(kind: Kind, name: &str, value: &str) -> Result<(String, String), EditError> {
    one_line("A name", name)?;
    one_line("A value", value)?;
    if name.trim().is_empty() {
        return Err(EditError::Empty("The name"));
    }
    Ok((escaped(name.trim(), kind, IsName::Yes), escaped(value, kind, IsName::No)))
}

/// Another name and value.
pub(super) fn set(view: &View<'_>, kind: Kind, index: usize, name: &str, value: &str) -> Result<Collection, EditError> {
    let pairs = Pairs::of(view, kind);
    let pair = pairs.pairs.get(index).ok_or(EditError::NoRow)?;
    let old = pairs.row(pair);
    let mut patches = Vec::new();
    // What was not changed keeps its spelling.
    let name = if name.trim() == old.name { old.name.clone() } else { written(kind, name, "")?.0 };
    let value = if value == old.value { old.value.clone() } else { written(kind, "x", value)?.1 };
    if pair.spread {
        pairs.no_comment_inside(pair)?;
        let equals = if pair.value.is_some() || !value.is_empty() { "=" } else { "" };
        if (&name, &value) != (&old.name, &old.value) {
            patches.push(Patch::new(pair.text.clone(), format!("{name}{equals}{value}")));
        }
    } else {
        if name != old.name {
            patches.push(Patch::new(pair.name.clone(), name.as_str()));
        }
        if value != old.value {
            match &pair.value {
                Some(span) => patches.push(Patch::new(span.clone(), value.as_str())),
                None => patches.push(Patch::insert(pair.text.end, format!("={value}"))),
            }
        }
    }
    let mut wanted: Vec<Row> = pairs.pairs.iter().map(|pair| pairs.row(pair)).collect();
    (wanted[index].name, wanted[index].value) = (name, value);
    checked(view, kind, &patches, &wanted)
}

/// One more pair at the end.
pub(super) fn add(view: &View<'_>, kind: Kind, name: &str, value: &str) -> Result<Collection, EditError> {
    let pairs = Pairs::of(view, kind);
    let (name, value) = written(kind, name, value)?;
    let text = format!("{name}={value}");
    let ending = view.line_ending();
    let is_first = pairs.pairs.iter().all(|pair| pair.state == RowState::Disabled);
    let sign = pairs.sign(is_first);
    let mut wanted: Vec<Row> = pairs.pairs.iter().map(|pair| pairs.row(pair)).collect();
    let patches = match pairs.pairs.last() {
        Some(last) if last.state == RowState::Disabled => {
            let line = view.lines[last.at].line;
            let indent = view.text(line.start..line.end);
            let indent = &indent[..indent.len() - indent.trim_start().len()];
            let indent = if indent.is_empty() && kind == Kind::Query { INDENT } else { indent };
            vec![Patch::insert(line.end, format!("{ending}{indent}{sign}{text}"))]
        }
        Some(last) if pairs.is_alone(last) => {
            let line = view.lines[last.at].line;
            let content = pairs.content(last.at).unwrap_or(line.start..line.end);
            let indent = view.text(line.start..content.start);
            let sign = if view.text(content.clone()).ends_with('&') { "" } else { sign };
            vec![Patch::insert(content.end, format!("{ending}{indent}{sign}{text}"))]
        }
        Some(last) => vec![Patch::insert(last.text.end, format!("{sign}{text}"))],
        None if kind == Kind::Query => {
            let rest = view.text(pairs.end_of_path..view.request.url.span.end.max(pairs.end_of_path));
            match rest.strip_prefix('?') {
                Some(_) => vec![Patch::insert(pairs.end_of_path + 1, text)],
                None => vec![Patch::insert(pairs.end_of_path, format!("?{text}"))],
            }
        }
        None if !is_form(view) => {
            return Err(EditError::Refused("This body is not a form: its `Content-Type` says so"));
        }
        None => {
            let patches = super::body::replace(view, &text)?;
            wanted.push(row_of(&name, &value));
            return checked(view, kind, &patches, &wanted);
        }
    };
    wanted.push(row_of(&name, &value));
    checked(view, kind, &patches, &wanted)
}

fn row_of(name: &str, value: &str) -> Row {
    Row { name: name.to_owned(), value: value.to_owned(), state: RowState::Enabled, span: 0..0, line: 0 }
}

/// A pair goes.
pub(super) fn remove(view: &View<'_>, kind: Kind, index: usize) -> Result<Collection, EditError> {
    let pairs = Pairs::of(view, kind);
    let pair = pairs.pairs.get(index).ok_or(EditError::NoRow)?;
    let mut patches = Vec::new();
    if pair.state == RowState::Enabled {
        patches = pairs.separators(index, |at| at != index && pairs.pairs[at].state == RowState::Enabled);
    }
    let last = view.line_at(pair.text.end - 1);
    let begins_and_ends_lines = pair.spread
        && !(kind == Kind::Query && pair.at == pairs.from)
        && pairs.content(pair.at).is_some_and(|content| content.start == pairs.whole(pair).start)
        && pairs.content(last).is_some_and(|content| content.end == pair.text.end);
    if begins_and_ends_lines {
        pairs.no_comment_inside(pair)?;
        patches.push(Patch::delete(view.whole_lines(pair.at, last + 1)));
    } else if pair.state == RowState::Disabled || pairs.is_alone(pair) {
        patches.push(Patch::delete(view.whole_lines(pair.at, pair.at + 1)));
    } else {
        patches.push(Patch::delete(pairs.whole(pair)));
    }
    let mut wanted: Vec<Row> = pairs.pairs.iter().map(|pair| pairs.row(pair)).collect();
    wanted.remove(index);
    checked(view, kind, &patches, &wanted)
}

/// A pair is commented out, or counts again.
pub(super) fn toggle(view: &View<'_>, kind: Kind, index: usize) -> Result<Collection, EditError> {
    let pairs = Pairs::of(view, kind);
    let pair = pairs.pairs.get(index).ok_or(EditError::NoRow)?;
    let mut wanted: Vec<Row> = pairs.pairs.iter().map(|pair| pairs.row(pair)).collect();
    let (patches, state) = match pair.state {
        RowState::Enabled => (pairs.patches_to_disable(index)?, RowState::Disabled),
        RowState::Disabled => (pairs.patches_to_enable(index)?, RowState::Enabled),
    };
    wanted[index].state = state;
    checked(view, kind, &patches, &wanted)
}

/// A pair goes to another place: the texts change places, then those that change sides are switched.
pub(super) fn shift(view: &View<'_>, kind: Kind, index: usize, to: usize) -> Result<Collection, EditError> {
    let pairs = Pairs::of(view, kind);
    if index >= pairs.pairs.len() || to >= pairs.pairs.len() {
        return Err(EditError::NoRow);
    }
    let mut order: Vec<usize> = (0..pairs.pairs.len()).collect();
    let moved = order.remove(index);
    order.insert(to, moved);
    let mut patches = Vec::new();
    for (place, from) in order.iter().enumerate().filter(|(place, from)| place != *from) {
        let (slot, source) = (&pairs.pairs[place], &pairs.pairs[*from]);
        if slot.spread || source.spread {
            return Err(EditError::Refused("A value that goes over several lines cannot be moved here"));
        }
        patches.push(Patch::new(slot.text.clone(), view.text(source.text.clone())));
    }
    let wanted: Vec<Row> = order.iter().map(|from| pairs.row(&pairs.pairs[*from])).collect();
    let mut new = view.collection.patched(&patches)?;
    for (place, wanted) in wanted.iter().enumerate() {
        let request = view.request.id.index;
        let now = View::of(&new, request).ok_or(CHANGES_OTHERS)?;
        if rows(&now, kind).get(place).is_some_and(|row| row.state != wanted.state) {
            new = toggle(&now, kind, place)?;
        }
    }
    expect(&new, view, kind, &wanted)?;
    Ok(new)
}

fn checked(view: &View<'_>, kind: Kind, patches: &[Patch], wanted: &[Row]) -> Result<Collection, EditError> {
    let new = view.collection.patched(patches)?;
    expect(&new, view, kind, wanted)?;
    Ok(new)
}

/// Fails unless the rows are as wanted.
fn expect(new: &Collection, view: &View<'_>, kind: Kind, wanted: &[Row]) -> Result<(), EditError> {
    let rows = View::of(new, view.request.id.index).map(|view| rows(&view, kind)).unwrap_or_default();
    let is_right = rows.len() == wanted.len()
        && rows
            .iter()
            .zip(wanted)
            .all(|(row, wanted)| (&row.name, &row.value, row.state) == (&wanted.name, &wanted.value, wanted.state));
    if is_right { Ok(()) } else { Err(CHANGES_OTHERS) }
}
