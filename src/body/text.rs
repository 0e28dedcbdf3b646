//! Lines of a text as it stands, with a lexer that fits: plain, JSON lines, markup.

use crate::body::document::{Lexeme, STRIDE};
use crate::body::json;
use crate::body::markup::{self, State};
use crate::body::paint::Painter;
use crate::body::visible;

/// Lines between two checkpoints.
const LINES: usize = 64;

/// Which lexer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// None.
    Plain,
    /// JSON that is not reformatted.
    Json,
    /// XML or HTML.
    Markup,
    /// Server-sent events: `field: value`, the values often JSON.
    Events,
}

/// Where lines begin.
#[derive(Debug, Clone)]
pub struct Lines {
    language: Language,
    line_count: usize,
    checkpoints: Vec<Checkpoint>,
    long: Vec<LongLine>,
}

#[derive(Debug, Clone, Copy)]
struct Checkpoint {
    line: usize,
    offset: usize,
    state: State,
}

/// A line longer than [`STRIDE`], with the columns of places inside.
#[derive(Debug, Clone)]
struct LongLine {
    line: usize,
    marks: Vec<Mark>,
}

#[derive(Debug, Clone, Copy)]
struct Mark {
    offset: usize,
    column: usize,
    cursor: Cursor,
}

/// The state of the lexer in a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cursor {
    /// A token begins here.
    Start(State),
    /// In a token of this kind that ends after so many bytes.
    Inside(Lexeme, usize, State),
}

impl Lines {
    /// Walks over everything once.
    pub fn build(bytes: &[u8], language: Language) -> Self {
        let start = Checkpoint { line: 0, offset: 0, state: State::Content };
        let mut lines = Self { language, line_count: 0, checkpoints: vec![start], long: Vec::new() };
        let (mut at, mut state, mut last) = (0, State::Content, start);
        while at < bytes.len() {
            let line = lines.line_count;
            if line - last.line >= LINES || at - last.offset >= STRIDE {
                last = Checkpoint { line, offset: at, state };
                lines.checkpoints.push(last);
            }
            let (text, next) = line_at(bytes, at);
            if text.len() > STRIDE {
                lines.long.push(LongLine { line, marks: marks(text, at, language, state) });
            }
            state = state_after(text, language, state);
            lines.line_count += 1;
            at = next;
        }
        lines.checkpoints.shrink_to_fit();
        lines
    }

    /// How many lines.
    pub const fn line_count(&self) -> usize {
        self.line_count
    }

    /// Memory that the index takes, in bytes.
    pub fn size(&self) -> usize {
        let marks: usize = self.long.iter().map(|line| line.marks.len()).sum();
        size_of_val(self.checkpoints.as_slice()) + marks * size_of::<Mark>()
    }

    /// Paints one line of the same bytes.
    pub fn paint(&self, bytes: &[u8], index: usize, painter: &mut Painter) {
        let after = self.checkpoints.partition_point(|checkpoint| checkpoint.line <= index);
        let Some(checkpoint) = self.checkpoints.get(after.wrapping_sub(1)) else { return };
        let (mut at, mut state) = (checkpoint.offset, checkpoint.state);
        for _ in checkpoint.line..index {
            let (text, next) = line_at(bytes, at);
            state = state_after(text, self.language, state);
            at = next;
        }
        let (text, _) = line_at(bytes, at);
        let mark = self.mark_before(index, painter.from());
        let start = mark.map_or(at, |mark| mark.offset);
        if let Some(mark) = mark {
            painter.skip_to(mark.column);
        }
        let cursor = mark.map_or(Cursor::Start(state), |mark| mark.cursor);
        paint_tokens(&text[start - at..], self.language, cursor, painter);
    }

    fn mark_before(&self, line: usize, column: usize) -> Option<&Mark> {
        let at = self.long.binary_search_by_key(&line, |long| long.line).ok()?;
        let marks = &self.long[at].marks;
        let after = marks.partition_point(|mark| mark.column <= column);
        marks.get(after.wrapping_sub(1))
    }
}

/// The line that begins at `at`, without its line break, and where the next one begins.
fn line_at(bytes: &[u8], at: usize) -> (&[u8], usize) {
    let rest = bytes.get(at..).unwrap_or_default();
    let (line, length) = match memchr::memchr(b'\n', rest) {
        Some(end) => (&rest[..end], end + 1),
        None => (rest, rest.len()),
    };
    (line.strip_suffix(b"\r").filter(|_| length > line.len()).unwrap_or(line), at + length)
}

/// Only markup goes on over line ends.
fn state_after(line: &[u8], language: Language, mut state: State) -> State {
    if language != Language::Markup {
        return state;
    }
    let mut rest = line;
    while !rest.is_empty() {
        let token = markup::token(state, rest);
        state = token.after;
        rest = &rest[token.length..];
    }
    state
}

/// Length, kind and following state of the token that is here.
fn token_at(rest: &[u8], language: Language, cursor: Cursor) -> (usize, Lexeme, State) {
    match (cursor, language) {
        (Cursor::Inside(kind, length, after), _) => (length, kind, after),
        (Cursor::Start(state), Language::Plain) => (rest.len(), Lexeme::Plain, state),
        (Cursor::Start(state), Language::Json) => {
            let (length, kind) = json::raw_token(rest);
            (length, kind, state)
        }
        (Cursor::Start(State::Content), Language::Events) => match memchr::memchr(b':', rest) {
            Some(0) => (rest.len(), Lexeme::Comment, State::Content),
            Some(colon) => (colon + 1, Lexeme::Key, State::Tag),
            None => (rest.len(), Lexeme::Plain, State::Content),
        },
        // Behind the field's name; a line begins anew.
        (Cursor::Start(state), Language::Events) => {
            let (length, kind) = json::raw_token(rest);
            (length, kind, state)
        }
        (Cursor::Start(state), Language::Markup) => {
            let token = markup::token(state, rest);
            (token.length, token.kind, token.after)
        }
    }
}

fn paint_tokens(line: &[u8], language: Language, mut cursor: Cursor, painter: &mut Painter) {
    let mut rest = line;
    while !rest.is_empty() && !painter.is_full() {
        let (length, kind, after) = token_at(rest, language, cursor);
        painter.text(&rest[..length], kind);
        rest = &rest[length..];
        cursor = Cursor::Start(after);
    }
}

fn marks(line: &[u8], offset: usize, language: Language, state: State) -> Vec<Mark> {
    let mut marks = Vec::with_capacity(line.len() / STRIDE);
    let (mut at, mut column, mut cursor, mut last) = (0, 0, Cursor::Start(state), 0);
    while at < line.len() {
        let (length, kind, after) = token_at(&line[at..], language, cursor);
        let end = at + length;
        while at < end {
            let (passed, reached) = visible::advance(&line[at..end], column, (last + STRIDE).saturating_sub(at).max(1));
            at += passed;
            column = reached;
            cursor = if at < end { Cursor::Inside(kind, end - at, after) } else { Cursor::Start(after) };
            if at - last >= STRIDE && at < line.len() {
                marks.push(Mark { offset: offset + at, column, cursor });
                last = at;
            }
        }
    }
    marks
}
