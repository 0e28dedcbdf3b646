//! Lines of a file and places in it.
//!
//! Used by every parser of `collection`. A line break is LF or CR LF, in a file without any LF also CR, and belongs
//! to the line that it ends.

use std::borrow::Cow;
use std::path::Path;

use crate::model::problem::Place;
use crate::model::request::Span;

/// One line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// First byte.
    pub start: usize,
    /// End of the text, before the line break.
    pub end: usize,
    /// First byte of the next line.
    pub next: usize,
}

impl Line {
    /// The bytes of the line, its break included.
    pub const fn whole(self) -> Span {
        self.start..self.next
    }
}

/// The byte that ends lines: LF, or CR in a file that has no LF at all (JetBrains' specification, 2.2).
fn line_break(bytes: &[u8]) -> u8 {
    if memchr::memchr(b'\n', bytes).is_none() { b'\r' } else { b'\n' }
}

/// Splits `text`, from byte `from` on, into lines; no line follows a final line break.
pub fn split(text: &str, from: usize) -> Vec<Line> {
    let bytes = text.as_bytes();
    let mut lines = Vec::new();
    let mut start = from;
    for newline in memchr::memchr_iter(line_break(bytes), &bytes[from..]) {
        let newline = from + newline;
        let end = if newline > start && bytes[newline - 1] == b'\r' { newline - 1 } else { newline };
        lines.push(Line { start, end, next: newline + 1 });
        start = newline + 1;
    }
    if start < bytes.len() {
        lines.push(Line { start, end: bytes.len(), next: bytes.len() });
    }
    lines
}

/// The lines of `piece`, a part of `text`, with LF between them.
pub fn with_line_feeds<'a>(text: &str, piece: &'a str) -> Cow<'a, str> {
    if !piece.contains('\r') {
        Cow::Borrowed(piece)
    } else if line_break(text.as_bytes()) == b'\n' {
        Cow::Owned(piece.replace("\r\n", "\n"))
    } else {
        Cow::Owned(piece.replace('\r', "\n"))
    }
}

/// The place of byte `offset` in `text`; a byte inside a character counts as that character.
pub fn place(file: &Path, text: &str, offset: usize) -> Place {
    let line_break = line_break(text.as_bytes());
    let bytes = &text.as_bytes()[..offset.min(text.len())];
    let line = memchr::memchr_iter(line_break, bytes).count() + 1;
    let start = memchr::memrchr(line_break, bytes).map_or(0, |newline| newline + 1);
    Place { file: file.to_path_buf(), line, column: column(&bytes[start..]) }
}

/// The column, from 1, after the bytes `before` of a line: characters, without a byte order mark.
pub fn column(before: &[u8]) -> usize {
    let before = before.strip_prefix("\u{feff}".as_bytes()).unwrap_or(before);
    before.iter().filter(|byte| !matches!(byte, 0x80..=0xbf)).count() + 1
}

/// Decodes UTF-8, each wrong byte replaced by `?`, so that the text is as long as the bytes and a span means
/// the same in both. The second value is the offset of the first wrong byte.
pub fn decode(bytes: &[u8]) -> (String, Option<usize>) {
    let first_wrong = match std::str::from_utf8(bytes) {
        Ok(text) => return (text.to_owned(), None),
        Err(error) => error.valid_up_to(),
    };
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| '?'));
    }
    (text, Some(first_wrong))
}
