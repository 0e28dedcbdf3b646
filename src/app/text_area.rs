//! A text of many lines while it is edited: cursor, selection, undo. No terminal, no drawing.
//!
//! Called by `update` for bodies. Every change goes through one splice, so undo and redo are the same thing backwards.
//! Invariant: cursor and anchor stand on character boundaries inside the text; the cursor moves by what the eye takes
//! for one character. A line may be a megabyte long: no key costs more than a look at its own line.

mod history;
mod motion;

use unicode_segmentation::UnicodeSegmentation;

use crate::app::text_area::history::{Change, ChangeKind, History};
use crate::body::visible::{advance, cluster};

pub use crate::app::text_area::motion::{Motion, Selecting};

/// A text never grows beyond this many bytes.
pub const LONGEST: usize = 16 * 1024 * 1024;

/// What the Tab key puts in.
const INDENT: &str = "  ";

/// A place in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Position {
    /// The line, from 0.
    pub line: usize,
    /// The byte in it, on a character boundary.
    pub byte: usize,
}

/// Did a text fit?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// Yes.
    Whole,
    /// No: nothing was put in.
    TooLong,
}

/// The text and where the cursor is.
#[derive(Clone)]
pub struct TextArea {
    lines: Vec<String>,
    cursor: Position,
    anchor: Option<Position>,
    /// The column that moving up and down keeps to.
    wanted: Option<usize>,
    /// First visible line.
    top: usize,
    size: usize,
    history: History,
    revision: u64,
}

impl std::fmt::Debug for TextArea {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A body may hold secrets.
        write!(f, "TextArea({} lines, {} bytes)", self.lines.len(), self.size)
    }
}

impl TextArea {
    /// The text with the cursor at its start; line breaks become LF.
    pub fn new(text: &str) -> Self {
        let text = unified(text);
        let lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
        Self {
            lines,
            cursor: Position::default(),
            anchor: None,
            wanted: None,
            top: 0,
            size: text.len(),
            history: History::default(),
            revision: 0,
        }
    }

    /// The whole text.
    pub fn text(&self) -> String {
        self.lines.join("\n")
    }

    /// Its lines; there is always one.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// Bytes of the text.
    pub const fn size(&self) -> usize {
        self.size
    }

    /// Counts the changes: another number, another text.
    pub const fn revision(&self) -> u64 {
        self.revision
    }

    /// Where the cursor is.
    pub const fn cursor(&self) -> Position {
        self.cursor
    }

    /// Start and end of the selection, if something is selected.
    pub fn selection(&self) -> Option<(Position, Position)> {
        let anchor = self.anchor.filter(|anchor| *anchor != self.cursor)?;
        Some((anchor.min(self.cursor), anchor.max(self.cursor)))
    }

    /// The text that is selected; empty if nothing is.
    pub fn selected(&self) -> String {
        self.selection().map(|(start, end)| self.between(start, end)).unwrap_or_default()
    }

    /// The first line to draw in `height` rows, with the cursor in view.
    pub fn first_line(&self, height: usize) -> usize {
        let height = height.max(1);
        let last = self.lines.len().saturating_sub(height);
        self.top.min(last).clamp((self.cursor.line + 1).saturating_sub(height), self.cursor.line)
    }

    /// The first column to draw in `width` columns, with the cursor in view. Moves in steps of half a screen, so that
    /// the text does not crawl along with the cursor.
    pub fn first_column(&self, width: usize) -> usize {
        let (column, step) = (self.column(), (width / 2).max(1));
        if column < width.max(1) { 0 } else { ((column + 1 - width.max(1)).div_ceil(step)) * step }
    }

    /// The column of the cursor in its line, in cells.
    pub fn column(&self) -> usize {
        self.column_of(self.cursor)
    }

    /// Remembers the view, so that it stays while the cursor moves inside.
    pub fn reveal(&mut self, height: usize) {
        self.top = self.first_line(height);
    }

    /// The place nearest to a cell of the text.
    pub fn at_cell(&self, line: usize, column: usize) -> Position {
        let line = line.min(self.lines.len() - 1);
        Position { line, byte: self.byte_at(line, column) }
    }

    /// Puts the cursor to a place, without a selection.
    pub fn jump(&mut self, to: Position) {
        let line = to.line.min(self.lines.len() - 1);
        let byte = self.lines[line].floor_char_boundary(to.byte);
        self.moved();
        (self.cursor, self.anchor, self.wanted) = (Position { line, byte }, None, None);
    }

    /// Selects everything.
    pub fn select_all(&mut self) {
        self.moved();
        (self.anchor, self.cursor, self.wanted) = (Some(Position::default()), self.end(), None);
    }

    /// Puts a text in place of the selection.
    #[must_use]
    pub fn insert(&mut self, text: &str) -> Fit {
        let text = unified(text);
        let kind = match text.graphemes(true).nth(1) {
            None if text != "\n" && self.selection().is_none() => ChangeKind::Typing,
            _ => ChangeKind::Other,
        };
        self.put(&text, kind)
    }

    /// Begins a new line, indented like this one.
    #[must_use]
    pub fn newline(&mut self) -> Fit {
        let start = self.selection().map_or(self.cursor, |(start, _)| start);
        let before = &self.lines[start.line][..start.byte];
        let indent = &before[..before.len() - before.trim_start_matches([' ', '\t']).len()];
        let text = format!("\n{indent}");
        self.put(&text, ChangeKind::Other)
    }

    /// Indents.
    #[must_use]
    pub fn tab(&mut self) -> Fit {
        self.put(INDENT, ChangeKind::Other)
    }

    /// Deletes the selection, else the character before the cursor.
    pub fn delete_back(&mut self) {
        self.delete_towards(Motion::Left, ChangeKind::Deleting);
    }

    /// Deletes the selection, else the character under the cursor.
    pub fn delete_forward(&mut self) {
        self.delete_towards(Motion::Right, ChangeKind::Other);
    }

    /// Deletes the selection, else the word before the cursor.
    pub fn delete_word(&mut self) {
        self.delete_towards(Motion::WordLeft, ChangeKind::Other);
    }

    /// Deletes the selection, else everything before the cursor on its line.
    pub fn delete_to_start(&mut self) {
        self.delete_towards(Motion::LineStart, ChangeKind::Other);
    }

    /// Takes the selection out and tells what it was.
    pub fn cut(&mut self) -> String {
        let text = self.selected();
        if !text.is_empty() {
            let _ = self.put("", ChangeKind::Other);
        }
        text
    }

    /// Puts another text in place of everything, as one change; the cursor stays on its line as far as there is one.
    #[must_use]
    pub fn replace_all(&mut self, text: &str) -> Fit {
        let (line, end) = (self.cursor.line, self.end());
        let fit = self.splice(Position::default(), end, &unified(text), ChangeKind::Other);
        let line = line.min(self.lines.len() - 1);
        self.cursor = Position { line, byte: 0 };
        fit
    }

    /// Puts a text in place of the bytes from `start` to `end` of the cursor's line, as one change.
    #[must_use]
    pub fn replace_in_line(&mut self, start: usize, end: usize, text: &str) -> Fit {
        let line = self.cursor.line;
        let place = |byte| Position { line, byte: self.lines[line].floor_char_boundary(byte) };
        let (start, end) = (place(start), place(end.max(start)));
        self.splice(start, end, &unified(text), ChangeKind::Other)
    }

    /// Takes the last change back; tells whether there was one.
    pub fn undo(&mut self) -> bool {
        let Some(change) = self.history.take_undo() else { return false };
        let end = end_of(change.start, &change.inserted);
        self.exchange(change.start, end, &change.removed);
        (self.cursor, self.anchor, self.wanted) = (change.cursor, None, None);
        self.history.keep_redo(change);
        true
    }

    /// Makes the last change again that was taken back; tells whether there was one.
    pub fn redo(&mut self) -> bool {
        let Some(change) = self.history.take_redo() else { return false };
        let end = end_of(change.start, &change.removed);
        self.exchange(change.start, end, &change.inserted);
        (self.cursor, self.anchor, self.wanted) = (end_of(change.start, &change.inserted), None, None);
        self.history.keep_undo(change);
        true
    }

    fn put(&mut self, text: &str, kind: ChangeKind) -> Fit {
        let (start, end) = self.selection().unwrap_or((self.cursor, self.cursor));
        self.splice(start, end, text, kind)
    }

    fn delete_towards(&mut self, motion: Motion, kind: ChangeKind) {
        let (start, end, kind) = match self.selection() {
            Some((start, end)) => (start, end, ChangeKind::Other),
            None => {
                let other = self.after(motion);
                (other.min(self.cursor), other.max(self.cursor), kind)
            }
        };
        if start < end {
            let _ = self.splice(start, end, "", kind);
        }
    }

    /// The one way in which the text changes by the user's hand.
    fn splice(&mut self, start: Position, end: Position, text: &str, kind: ChangeKind) -> Fit {
        let removed = self.between(start, end);
        if self.size - removed.len() + text.len() > LONGEST {
            return Fit::TooLong;
        }
        if removed.is_empty() && text.is_empty() {
            return Fit::Whole;
        }
        let cursor = self.cursor;
        self.exchange(start, end, text);
        self.history.add(Change { start, removed, inserted: text.to_owned(), cursor, kind });
        (self.cursor, self.anchor, self.wanted) = (end_of(start, text), None, None);
        Fit::Whole
    }

    fn exchange(&mut self, start: Position, end: Position, text: &str) {
        self.size = self.size - self.length(start, end) + text.len();
        self.revision += 1;
        let mut parts = text.split('\n');
        let first = parts.next().unwrap_or_default();
        if start.line == end.line && !text.contains('\n') {
            self.lines[start.line].replace_range(start.byte..end.byte, first);
            return;
        }
        let tail = self.lines[end.line].split_off(end.byte);
        self.lines[start.line].truncate(start.byte);
        self.lines[start.line].push_str(first);
        let rest: Vec<String> = parts.map(str::to_owned).collect();
        self.lines.splice(start.line + 1..=end.line, rest);
        let last = start.line + text.matches('\n').count();
        self.lines[last].push_str(&tail);
    }

    fn between(&self, start: Position, end: Position) -> String {
        if start.line == end.line {
            return self.lines[start.line][start.byte..end.byte].to_owned();
        }
        let mut text = self.lines[start.line][start.byte..].to_owned();
        for line in &self.lines[start.line + 1..end.line] {
            text.push('\n');
            text.push_str(line);
        }
        text.push('\n');
        text.push_str(&self.lines[end.line][..end.byte]);
        text
    }

    fn length(&self, start: Position, end: Position) -> usize {
        if start.line == end.line {
            return end.byte - start.byte;
        }
        let between: usize = self.lines[start.line + 1..end.line].iter().map(|line| line.len() + 1).sum();
        self.lines[start.line].len() - start.byte + 1 + between + end.byte
    }

    fn end(&self) -> Position {
        let line = self.lines.len() - 1;
        Position { line, byte: self.lines[line].len() }
    }

    /// What is typed next is a change of its own.
    const fn moved(&mut self) {
        self.history.close();
    }

    fn column_of(&self, position: Position) -> usize {
        let before = &self.lines[position.line].as_bytes()[..position.byte];
        crate::body::visible::columns_after(before, 0)
    }

    /// The byte of the character that a column of a line falls on.
    fn byte_at(&self, line: usize, column: usize) -> usize {
        let bytes = self.lines[line].as_bytes();
        let (mut at, mut now) = (0, 0);
        while at < bytes.len() && now < column {
            let run = crate::body::visible::ascii_run(&bytes[at..], column - now);
            if run > 0 {
                (at, now) = (at + run, now + run);
                continue;
            }
            let next = cluster(&bytes[at..], now);
            if now + next.columns > column {
                break;
            }
            (at, now) = (at + next.bytes, now + next.columns);
        }
        debug_assert!(self.lines[line].is_char_boundary(at), "clusters end between characters");
        self.lines[line].floor_char_boundary(at)
    }
}

/// Where a text that begins at `start` ends.
fn end_of(start: Position, text: &str) -> Position {
    match text.rsplit_once('\n') {
        None => Position { line: start.line, byte: start.byte + text.len() },
        Some((before, last)) => Position { line: start.line + before.matches('\n').count() + 1, byte: last.len() },
    }
}

/// Line breaks as LF.
fn unified(text: &str) -> std::borrow::Cow<'_, str> {
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n").into() } else { text.into() }
}

/// The part of a line from a column on, as bytes, and the column at which it really begins.
pub fn from_column(line: &str, column: usize) -> (usize, usize) {
    let (bytes, mut at, mut now) = (line.as_bytes(), 0, 0);
    while at < bytes.len() && now < column {
        let (passed, reached) = advance(&bytes[at..], now, 1);
        if passed == 0 {
            break;
        }
        (at, now) = (at + passed, reached);
    }
    (at, now)
}

#[cfg(test)]
mod tests;
