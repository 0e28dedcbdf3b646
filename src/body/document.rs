//! A response body, ready to be shown: what it is, how many lines it has, and any part of any line.
//!
//! The shell builds it off the screen's thread ([`Document::build`]); `ui` asks for the lines that show. Holds the
//! body's own bytes (shared, not copied) and an index that is a small fraction of them.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use crate::body::hex;
use crate::body::json::{self, Fault, Pretty, Shape};
use crate::body::kind::{self, Declared, Kind};
use crate::body::live::Piece;
use crate::body::paint::Painter;
use crate::body::text::{Language, Lines};
use crate::body::visible;

/// Bytes between two places from which a walk can begin. Small in tests, so that small inputs reach every path.
pub(super) const STRIDE: usize = if cfg!(test) { 48 } else { 16 * 1024 };

/// What a piece of a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lexeme {
    /// Nothing special.
    Plain,
    /// Brackets, commas, colons.
    Punctuation,
    /// A JSON key.
    Key,
    /// A JSON string, an attribute's value.
    Text,
    /// A number, the digits of a hex dump.
    Number,
    /// `true`, `false`, `null`.
    Literal,
    /// A tag's name and brackets.
    Tag,
    /// An attribute's name.
    Attribute,
    /// A comment.
    Comment,
    /// What stands for something that cannot be shown: `␛`, `\u{202e}`.
    Picture,
}

/// A piece of a line. The text is safe for a terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// What is drawn.
    pub text: String,
    /// What it is.
    pub kind: Lexeme,
}

/// How much work may be put into a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// JSON larger than this is shown as it is, in bytes.
    pub format: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { format: 512 * 1024 * 1024 }
    }
}

/// Something to know about how the body is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// It is said to be JSON, or looks like it, but is not.
    NotJson {
        /// What should stand there.
        expected: &'static str,
        /// Line of the text as it is, from 1.
        line: usize,
        /// Column in cells, from 1.
        column: usize,
    },
    /// It was decoded from this encoding.
    Decoded(&'static str),
    /// Too large to be formatted.
    TooLarge,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotJson { expected, line, column } => {
                write!(f, "not valid JSON: {expected} expected at line {line}, column {column}; shown as it is")
            }
            Self::Decoded(encoding) => write!(f, "decoded from {encoding}"),
            Self::TooLarge => f.write_str("too large to be formatted; shown as it is"),
        }
    }
}

/// A body, ready to be shown.
#[derive(Clone, Default)]
pub struct Document {
    kind: Kind,
    bytes: Bytes,
    notes: Vec<Note>,
    form: Form,
}

#[derive(Clone, Default)]
enum Form {
    #[default]
    Nothing,
    Pretty(Pretty),
    Lines(Lines),
    /// Of a body that is still arriving: pieces that stay, each of whole lines.
    Pieces(Arc<[Arc<Piece>]>),
    Hex,
}

impl Document {
    /// Reads a body. Linear in its size; a big one takes a while, so not on the screen's thread.
    pub fn build(bytes: &Bytes, content_type: Option<&str>, limits: Limits) -> Self {
        if bytes.is_empty() {
            return Self::default();
        }
        if let Some(kind) = kind::image(bytes) {
            return Self { kind, bytes: bytes.clone(), notes: Vec::new(), form: Form::Hex };
        }
        let (bytes, notes) = decode(bytes, content_type);
        if kind::looks_binary(&bytes) {
            return Self { kind: Kind::Binary, bytes, notes, form: Form::Hex };
        }
        let mut document = Self { kind: Kind::Text, bytes, notes, form: Form::Nothing };
        document.choose_form(kind::declared(content_type), limits);
        document
    }

    fn choose_form(&mut self, declared: Declared, limits: Limits) {
        let kind = match declared {
            Declared::Json => Kind::Json,
            Declared::JsonLines => Kind::JsonLines,
            Declared::Events => Kind::Events,
            Declared::Xml => Kind::Xml,
            Declared::Html => Kind::Html,
            Declared::Other => kind::sniff_text(&self.bytes),
        };
        let (kind, language) = match kind {
            Kind::Json if self.bytes.len() > limits.format => {
                self.notes.push(Note::TooLarge);
                (Kind::Json, Language::Json)
            }
            Kind::Json => match json::check(&self.bytes) {
                Ok(Shape::One) => {
                    self.kind = Kind::Json;
                    self.form = Form::Pretty(Pretty::build(&self.bytes));
                    return;
                }
                Ok(Shape::Lines) => (Kind::JsonLines, Language::Json),
                Err(fault) => self.not_json(&fault, declared),
            },
            Kind::JsonLines => (kind, Language::Json),
            Kind::Events => (kind, Language::Events),
            Kind::Xml | Kind::Html => (kind, Language::Markup),
            _ => (Kind::Text, Language::Plain),
        };
        self.kind = kind;
        self.form = Form::Lines(Lines::build(&self.bytes, language));
    }

    /// What a text is that should be JSON: a login page sent as JSON is a page all the same.
    fn not_json(&mut self, fault: &Fault, declared: Declared) -> (Kind, Language) {
        let sniffed = kind::sniff_text(&self.bytes);
        if declared == Declared::Json || self.bytes.trim_ascii_start().starts_with(b"{") {
            self.notes.push(note_of(&self.bytes, fault));
        }
        match sniffed {
            Kind::Html | Kind::Xml => (sniffed, Language::Markup),
            Kind::Json => (Kind::Text, Language::Json),
            _ => (Kind::Text, Language::Plain),
        }
    }

    /// A body that is still arriving.
    pub(super) fn arriving(kind: Kind, pieces: Arc<[Arc<Piece>]>, notes: Vec<Note>) -> Self {
        Self { kind, bytes: Bytes::new(), notes, form: Form::Pieces(pieces) }
    }

    /// What it is.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// What to know about how it is shown.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// Is it shown in another form than it was sent in?
    pub const fn is_formatted(&self) -> bool {
        matches!(self.form, Form::Pretty(_))
    }

    /// How many lines there are.
    pub fn line_count(&self) -> usize {
        match &self.form {
            Form::Nothing => 0,
            Form::Pieces(pieces) => pieces.last().map_or(0, |last| last.first_line + last.lines.line_count()),
            Form::Pretty(pretty) => pretty.line_count(),
            Form::Lines(lines) => lines.line_count(),
            Form::Hex => hex::line_count(self.bytes.len()),
        }
    }

    /// The columns `first_column..first_column + width` of a line, as far as there are any.
    pub fn line(&self, index: usize, first_column: usize, width: usize) -> Vec<Span> {
        let mut painter = Painter::new(first_column, width);
        if index < self.line_count() {
            match &self.form {
                Form::Nothing => {}
                Form::Pretty(pretty) => pretty.paint(&self.bytes, index, &mut painter),
                Form::Lines(lines) => lines.paint(&self.bytes, index, &mut painter),
                Form::Pieces(pieces) => {
                    let after = pieces.partition_point(|piece| piece.first_line <= index);
                    if let Some(piece) = pieces.get(after.wrapping_sub(1)) {
                        piece.lines.paint(&piece.bytes, index - piece.first_line, &mut painter);
                    }
                }
                Form::Hex => hex::paint(&self.bytes, index, &mut painter),
            }
        }
        painter.finish()
    }

    /// The whole text in the form in which it is shown, for copying and saving; binary and images as they are.
    /// Not made safe for a terminal.
    pub fn text(&self) -> Bytes {
        match &self.form {
            Form::Pretty(_) => {
                let mut out = Vec::with_capacity(self.bytes.len() * 2);
                json::write_pretty(&self.bytes, &mut out);
                Bytes::from(out)
            }
            Form::Pieces(pieces) => {
                Bytes::from(pieces.iter().flat_map(|piece| piece.bytes.iter().copied()).collect::<Vec<_>>())
            }
            _ => self.bytes.clone(),
        }
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let index = match &self.form {
            Form::Pretty(pretty) => pretty.size(),
            Form::Lines(lines) => lines.size(),
            Form::Pieces(pieces) => pieces.iter().map(|piece| piece.lines.size()).sum(),
            Form::Nothing | Form::Hex => 0,
        };
        f.debug_struct("Document")
            .field("kind", &self.kind)
            .field("bytes", &self.bytes.len())
            .field("lines", &self.line_count())
            .field("index_bytes", &index)
            .finish_non_exhaustive()
    }
}

/// The text as UTF-8: a byte order mark decides, then the declared charset. UTF-8 stays the same bytes.
fn decode(bytes: &Bytes, content_type: Option<&str>) -> (Bytes, Vec<Note>) {
    if let Some((encoding, mark)) = encoding_rs::Encoding::for_bom(bytes) {
        let rest = bytes.slice(mark..);
        return if encoding == encoding_rs::UTF_8 { (rest, Vec::new()) } else { decode_from(&rest, encoding) };
    }
    let declared = kind::charset(content_type).and_then(|name| encoding_rs::Encoding::for_label(name.as_bytes()));
    match declared {
        Some(encoding) if encoding == encoding_rs::UTF_8 || (encoding.is_ascii_compatible() && bytes.is_ascii()) => {
            (bytes.clone(), Vec::new())
        }
        Some(encoding) => decode_from(bytes, encoding),
        None => (bytes.clone(), Vec::new()),
    }
}

fn decode_from(bytes: &Bytes, encoding: &'static encoding_rs::Encoding) -> (Bytes, Vec<Note>) {
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    (Bytes::from(text.into_owned()), vec![Note::Decoded(encoding.name())])
}

fn note_of(bytes: &[u8], fault: &Fault) -> Note {
    let before = &bytes[..fault.offset.min(bytes.len())];
    let line_start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
    let line = memchr::memchr_iter(b'\n', before).count() + 1;
    let column = visible::columns_after(&before[line_start..], 0) + 1;
    Note::NotJson { expected: fault.expected, line, column }
}

#[cfg(test)]
mod tests;
