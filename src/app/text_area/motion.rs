//! Moving the cursor of a text area.

use unicode_segmentation::UnicodeSegmentation;

use crate::app::text_area::{Position, TextArea};

/// A movement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Motion {
    /// One character to the left, over the line's start too.
    Left,
    /// One character to the right, over the line's end too.
    Right,
    /// So many lines up.
    Up(usize),
    /// So many lines down.
    Down(usize),
    /// To the start of this or the last word.
    WordLeft,
    /// Behind this or the next word.
    WordRight,
    /// To the start of the line; there, to its first letter.
    LineStart,
    /// To the end of the line.
    LineEnd,
    /// To the start of the text.
    Top,
    /// To the end of the text.
    Bottom,
}

/// Does moving select?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selecting {
    /// No; what was selected is so no more.
    No,
    /// From where it began to where the cursor goes.
    Yes,
}

impl TextArea {
    /// Moves the cursor.
    pub fn step(&mut self, motion: Motion, selecting: Selecting) {
        self.moved();
        // Left and right first fold a selection up to that end.
        if selecting == Selecting::No
            && let Some((start, end)) = self.selection()
            && matches!(motion, Motion::Left | Motion::Right)
        {
            self.cursor = if motion == Motion::Left { start } else { end };
            (self.anchor, self.wanted) = (None, None);
            return;
        }
        let is_vertical = matches!(motion, Motion::Up(_) | Motion::Down(_));
        let wanted = self.wanted.filter(|_| is_vertical).unwrap_or_else(|| self.column());
        let to = self.after_from(motion, wanted);
        self.anchor = match selecting {
            Selecting::No => None,
            Selecting::Yes => Some(self.anchor.unwrap_or(self.cursor)),
        };
        self.cursor = to;
        self.wanted = is_vertical.then_some(wanted);
    }

    /// Where the cursor would be.
    pub(super) fn after(&self, motion: Motion) -> Position {
        self.after_from(motion, self.column())
    }

    fn after_from(&self, motion: Motion, column: usize) -> Position {
        let Position { line, byte } = self.cursor;
        let here = &self.lines[line];
        let on_line = |byte| Position { line, byte };
        match motion {
            Motion::Left => match here[..byte].graphemes(true).next_back() {
                Some(before) => on_line(byte - before.len()),
                None => self.end_of_line_before(line),
            },
            Motion::Right => match here[byte..].graphemes(true).next() {
                Some(after) => on_line(byte + after.len()),
                None => self.start_of_line_after(line),
            },
            Motion::Up(_) if line == 0 => on_line(0),
            Motion::Up(lines) => self.at_cell(line.saturating_sub(lines), column),
            Motion::Down(_) if line + 1 == self.lines.len() => on_line(here.len()),
            Motion::Down(lines) => self.at_cell(line.saturating_add(lines), column),
            Motion::WordLeft if byte == 0 => self.end_of_line_before(line),
            Motion::WordLeft => on_line(word_before(here, byte)),
            Motion::WordRight if byte == here.len() => self.start_of_line_after(line),
            Motion::WordRight => on_line(word_after(here, byte)),
            Motion::LineStart => {
                let indent = here.len() - here.trim_start().len();
                on_line(if byte == 0 { indent } else { 0 })
            }
            Motion::LineEnd => on_line(here.len()),
            Motion::Top => Position::default(),
            Motion::Bottom => self.end(),
        }
    }

    fn end_of_line_before(&self, line: usize) -> Position {
        match line.checked_sub(1) {
            Some(above) => Position { line: above, byte: self.lines[above].len() },
            None => Position { line, byte: 0 },
        }
    }

    fn start_of_line_after(&self, line: usize) -> Position {
        if line + 1 < self.lines.len() {
            Position { line: line + 1, byte: 0 }
        } else {
            Position { line, byte: self.lines[line].len() }
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn word_before(line: &str, byte: usize) -> usize {
    let before = line[..byte].trim_end_matches(|c| !is_word(c));
    let start = before.trim_end_matches(is_word).len();
    // Signs alone are passed as a whole.
    if before.is_empty() { 0 } else { start }
}

fn word_after(line: &str, byte: usize) -> usize {
    let rest = &line[byte..];
    let signs = rest.len() - rest.trim_start_matches(|c| !is_word(c)).len();
    let word = rest[signs..].len() - rest[signs..].trim_start_matches(is_word).len();
    byte + signs + word
}
