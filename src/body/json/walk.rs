//! The pretty form of JSON as a walk over its bytes: blanks are passed over, line breaks and indents are put in.
//!
//! Only a checkpoint every few dozen lines is kept, so that a line is found without walking from the start, and
//! marks inside very long strings, so that their end is as near as their beginning. Takes valid JSON only, but
//! survives anything.

use std::ops::Range;

use crate::body::document::{Lexeme, STRIDE};
use crate::body::json::stack::Stack;
use crate::body::paint::Painter;
use crate::body::visible;

/// Columns for each open container.
const INDENT: usize = 2;

/// Deeper levels are not indented further: the text would be wider than anybody can read.
const DEEPEST_INDENT: usize = 64;

/// Lines between two checkpoints. No more than the containers that a checkpoint remembers: each line closes at most one.
const LINES: usize = 64;

/// Where lines begin.
#[derive(Debug, Clone)]
pub struct Pretty {
    line_count: usize,
    checkpoints: Vec<Checkpoint>,
    long: Vec<LongToken>,
}

#[derive(Debug, Clone, Copy)]
struct Checkpoint {
    line: usize,
    offset: usize,
    depth: usize,
    innermost: u64,
}

/// A token longer than [`STRIDE`], with the columns of places inside.
#[derive(Debug, Clone)]
struct LongToken {
    range: Range<usize>,
    marks: Vec<Mark>,
}

#[derive(Debug, Clone, Copy)]
struct Mark {
    offset: usize,
    column: usize,
}

impl Pretty {
    /// Walks over everything once. `bytes` must be valid JSON.
    pub fn build(bytes: &[u8]) -> Self {
        let mut walker = Walker::new(bytes);
        let start = Checkpoint { line: 0, offset: walker.at, depth: 0, innermost: 0 };
        let mut pretty = Self { line_count: 1, checkpoints: vec![start], long: Vec::new() };
        let (mut last, mut key) = (start, 0..0);
        while let Some(piece) = walker.step(&[]) {
            match piece {
                Piece::Break => {
                    let line = pretty.line_count;
                    pretty.line_count += 1;
                    key = 0..0;
                    if line - last.line >= LINES || walker.at - last.offset >= STRIDE {
                        let (depth, innermost) = (walker.stack.depth(), walker.stack.innermost());
                        last = Checkpoint { line, offset: walker.at, depth, innermost };
                        pretty.checkpoints.push(last);
                    }
                }
                Piece::Token(range, kind) => {
                    if range.len() > STRIDE {
                        let before = if key.is_empty() {
                            0
                        } else {
                            visible::columns_after(&bytes[key.clone()], 0) + GAP.len() + 1
                        };
                        pretty.long.push(LongToken::build(bytes, range.clone(), walker.indent() + before));
                    }
                    if kind == Lexeme::Key {
                        key = range;
                    }
                }
                Piece::Gap => {}
            }
        }
        pretty.checkpoints.shrink_to_fit();
        pretty
    }

    /// How many lines.
    pub const fn line_count(&self) -> usize {
        self.line_count
    }

    /// Memory that the index takes, in bytes.
    pub fn size(&self) -> usize {
        let marks: usize = self.long.iter().map(|token| token.marks.len()).sum();
        size_of_val(self.checkpoints.as_slice()) + marks * size_of::<Mark>()
    }

    /// Paints one line of the same bytes.
    pub fn paint(&self, bytes: &[u8], index: usize, painter: &mut Painter) {
        let after = self.checkpoints.partition_point(|checkpoint| checkpoint.line <= index);
        let Some(checkpoint) = self.checkpoints.get(after.wrapping_sub(1)) else { return };
        let mut walker = Walker::resume(bytes, checkpoint);
        let mut line = checkpoint.line;
        while line < index {
            match walker.step(&self.long) {
                Some(Piece::Break) => line += 1,
                Some(_) => {}
                None => return,
            }
        }
        painter.blanks(walker.indent());
        while !painter.is_full() {
            match walker.step(&self.long) {
                Some(Piece::Token(range, kind)) => self.paint_token(bytes, range, kind, painter),
                Some(Piece::Gap) => painter.blanks(GAP.len()),
                Some(Piece::Break) | None => return,
            }
        }
    }

    fn paint_token(&self, bytes: &[u8], range: Range<usize>, kind: Lexeme, painter: &mut Painter) {
        let mark = long_at(&self.long, range.start).and_then(|token| {
            let after = token.marks.partition_point(|mark| mark.column <= painter.from());
            token.marks.get(after.wrapping_sub(1))
        });
        match mark {
            Some(mark) => {
                painter.skip_to(mark.column);
                painter.text(&bytes[mark.offset..range.end], kind);
            }
            None => painter.text(&bytes[range], kind),
        }
    }
}

impl LongToken {
    fn build(bytes: &[u8], range: Range<usize>, column: usize) -> Self {
        let mut marks = Vec::with_capacity(range.len() / STRIDE);
        let mut mark = Mark { offset: range.start, column };
        loop {
            let (passed, column) = visible::advance(&bytes[mark.offset..range.end], mark.column, STRIDE);
            mark = Mark { offset: mark.offset + passed, column };
            if mark.offset >= range.end {
                return Self { range, marks };
            }
            marks.push(mark);
        }
    }
}

fn long_at(long: &[LongToken], start: usize) -> Option<&LongToken> {
    let at = long.binary_search_by_key(&start, |token| token.range.start).ok()?;
    long.get(at)
}

/// The pretty text of valid JSON as a whole.
pub fn write_pretty(bytes: &[u8], out: &mut Vec<u8>) {
    write_pretty_as(bytes, bytes, out);
}

/// The same for a text that has the tokens of the valid JSON `bytes` in the same places, whatever stands in them.
pub(super) fn write_pretty_as(bytes: &[u8], text: &[u8], out: &mut Vec<u8>) {
    let mut walker = Walker::new(bytes);
    while let Some(piece) = walker.step(&[]) {
        match piece {
            Piece::Token(range, _) => out.extend_from_slice(&text[range]),
            Piece::Gap => out.extend_from_slice(GAP.as_bytes()),
            Piece::Break => {
                out.push(b'\n');
                out.resize(out.len() + walker.indent(), b' ');
            }
        }
    }
}

/// What follows a colon.
const GAP: &str = " ";

enum Piece {
    /// A new line begins, indented by [`Walker::indent`].
    Break,
    /// A blank is put in.
    Gap,
    /// Bytes of the source.
    Token(Range<usize>, Lexeme),
}

struct Walker<'a> {
    bytes: &'a [u8],
    at: usize,
    stack: Stack,
    is_at_line_start: bool,
    /// The container that has just been opened closes at once, on the same line.
    is_empty: bool,
    next: Option<Piece>,
}

impl<'a> Walker<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        let start = Checkpoint { line: 0, offset: 0, depth: 0, innermost: 0 };
        Self::resume(bytes, &start)
    }

    fn resume(bytes: &'a [u8], checkpoint: &Checkpoint) -> Self {
        let stack = Stack::restore(checkpoint.depth, checkpoint.innermost);
        Self { bytes, at: checkpoint.offset, stack, is_at_line_start: true, is_empty: false, next: None }
    }

    fn indent(&self) -> usize {
        self.stack.depth().min(DEEPEST_INDENT) * INDENT
    }

    fn step(&mut self, long: &[LongToken]) -> Option<Piece> {
        let next = self.next.take();
        if next.is_none() || matches!(next, Some(Piece::Break)) {
            self.skip_blanks();
        }
        if let Some(piece) = next {
            self.is_at_line_start = matches!(piece, Piece::Break);
            return Some(piece);
        }
        let was_at_line_start = std::mem::take(&mut self.is_at_line_start);
        match self.peek()? {
            open @ (b'{' | b'[') => Some(self.open(open)),
            b'}' | b']' if self.is_empty => {
                self.is_empty = false;
                Some(self.take(1, Lexeme::Punctuation))
            }
            b'}' | b']' if !was_at_line_start => {
                self.stack.pop();
                self.is_at_line_start = true;
                Some(Piece::Break)
            }
            b'}' | b']' => Some(self.take(1, Lexeme::Punctuation)),
            b',' => {
                self.next = Some(Piece::Break);
                Some(self.take(1, Lexeme::Punctuation))
            }
            b':' => {
                self.next = Some(Piece::Gap);
                Some(self.take(1, Lexeme::Punctuation))
            }
            b'"' => {
                let length = match long_at(long, self.at) {
                    Some(token) => token.range.len(),
                    None => string_length(&self.bytes[self.at..]),
                };
                let is_key = was_at_line_start && self.stack.is_object();
                Some(self.take(length, if is_key { Lexeme::Key } else { Lexeme::Text }))
            }
            first => {
                let length = match long_at(long, self.at) {
                    Some(token) => token.range.len(),
                    None => word_length(&self.bytes[self.at..]),
                };
                Some(self.take(length, word_kind(first)))
            }
        }
    }

    fn open(&mut self, bracket: u8) -> Piece {
        let token = self.take(1, Lexeme::Punctuation);
        self.skip_blanks();
        match (self.peek(), bracket) {
            (Some(b'}' | b']'), _) => self.is_empty = true,
            (_, b'{') => self.stack.push_object(),
            _ => self.stack.push_array(),
        }
        if !self.is_empty {
            self.next = Some(Piece::Break);
        }
        token
    }

    const fn take(&mut self, length: usize, kind: Lexeme) -> Piece {
        let start = self.at;
        self.at += length;
        Piece::Token(start..self.at, kind)
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        let rest = &self.bytes[self.at..];
        self.at += rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    }
}

/// Length of the string that begins here, quotes included.
pub(super) fn string_length(bytes: &[u8]) -> usize {
    let mut at = 1;
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
        at += found;
        if bytes[at] == b'"' {
            return at + 1;
        }
        at += 2;
    }
    bytes.len()
}

/// Length of the number or literal that begins here; at least one byte.
pub(super) fn word_length(bytes: &[u8]) -> usize {
    let is_end =
        |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b',' | b':' | b'"' | b'{' | b'}' | b'[' | b']');
    bytes.iter().skip(1).position(is_end).map_or(bytes.len(), |length| length + 1)
}

/// Number or literal, by its first byte.
pub(super) const fn word_kind(first: u8) -> Lexeme {
    if matches!(first, b'-' | b'0'..=b'9') { Lexeme::Number } else { Lexeme::Literal }
}
