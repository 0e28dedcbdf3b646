//! Editing of a one-line text field. Called by `update` for every text input: filter, form, palette, passphrase.
//!
//! Invariant: the cursor is on a character boundary inside the text; it moves by what the eye takes for one character.

use unicode_segmentation::UnicodeSegmentation;
use zeroize::Zeroize;

use crate::app::state::{Masked, TextField};

/// No text field takes more bytes than this; a pasted token fits many times.
pub const LONGEST: usize = 64 * 1024;

impl TextField {
    /// A field with `text`, the cursor behind it.
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { cursor: text.len(), text, masked: Masked::No }
    }

    /// An empty field that is drawn masked and wiped when dropped.
    pub const fn masked() -> Self {
        Self { text: String::new(), cursor: 0, masked: Masked::Yes }
    }

    /// Inserts at the cursor. Control characters are left out, and what would not fit is cut.
    pub fn insert(&mut self, typed: &str) {
        self.mend_cursor();
        let room = LONGEST.saturating_sub(self.text.len());
        let mut clean: String = typed.chars().filter(|c| !c.is_control()).collect();
        while clean.len() > room {
            clean.pop();
        }
        self.text.insert_str(self.cursor, &clean);
        self.cursor += clean.len();
        if self.masked == Masked::Yes {
            clean.zeroize();
        }
    }

    /// Moves the cursor one character left.
    pub fn left(&mut self) {
        self.cursor -= self.last_before().len();
    }

    /// Moves the cursor one character right.
    pub fn right(&mut self) {
        self.cursor += self.first_after().len();
    }

    /// Moves the cursor to the start.
    pub const fn start(&mut self) {
        self.cursor = 0;
    }

    /// Moves the cursor to the end.
    pub const fn end(&mut self) {
        self.cursor = self.text.len();
    }

    /// Deletes the character before the cursor.
    pub fn delete_back(&mut self) {
        let width = self.last_before().len();
        self.cut(self.cursor - width);
    }

    /// Deletes the character under the cursor.
    pub fn delete_forward(&mut self) {
        let width = self.first_after().len();
        self.text.replace_range(self.cursor..self.cursor + width, "");
    }

    /// Deletes the word before the cursor and the space after it.
    pub fn delete_word(&mut self) {
        self.mend_cursor();
        let before = self.text[..self.cursor].trim_end();
        let from = before.rfind(char::is_whitespace).map_or(0, |at| {
            let space = before[at..].chars().next().map_or(0, char::len_utf8);
            at + space
        });
        self.cut(from);
    }

    /// Deletes everything before the cursor.
    pub fn delete_to_start(&mut self) {
        self.mend_cursor();
        self.cut(0);
    }

    /// Takes the text out and leaves the field empty.
    pub fn take(&mut self) -> String {
        self.cursor = 0;
        std::mem::take(&mut self.text)
    }

    fn cut(&mut self, from: usize) {
        self.text.replace_range(from..self.cursor, "");
        self.cursor = from;
    }

    fn last_before(&mut self) -> &str {
        self.mend_cursor();
        self.text[..self.cursor].graphemes(true).next_back().unwrap_or_default()
    }

    fn first_after(&mut self) -> &str {
        self.mend_cursor();
        self.text[self.cursor..].graphemes(true).next().unwrap_or_default()
    }

    /// The fields are public, so the cursor may have been set to anything.
    fn mend_cursor(&mut self) {
        self.cursor = self.text.floor_char_boundary(self.cursor);
    }
}

impl Drop for TextField {
    fn drop(&mut self) {
        if self.masked == Masked::Yes {
            self.text.zeroize();
        }
    }
}
