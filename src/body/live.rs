//! A body that is still arriving: text that grows at its end, readable at any moment.
//!
//! The shell pushes pieces and now and then takes a [`Document`]. What is complete is indexed once and shared by all
//! documents after it, so that the work stays linear however slowly a stream drips. Pure. A line that is longer than
//! any screen needs is shown as several until the body is whole.

use std::sync::Arc;

use bytes::Bytes;
use encoding_rs::Decoder;

use crate::body::document::{Document, Note};
use crate::body::kind::{self, Declared, Kind};
use crate::body::text::{Language, Lines};

/// Bytes of a piece that stays. Small in tests, so that small inputs reach every path.
const PIECE: usize = if cfg!(test) { 32 } else { 64 * 1024 };

/// A line without an end is cut here.
const LONGEST_OPEN: usize = 4 * PIECE;

/// Bytes that tell text from anything else.
const SNIFFED: usize = 64;

/// Whole lines of a body, indexed.
#[derive(Debug)]
pub struct Piece {
    pub(super) bytes: Bytes,
    pub(super) lines: Lines,
    pub(super) first_line: usize,
}

/// A body that is still arriving.
pub struct LiveBody {
    declared: Declared,
    kind: Option<(Kind, Language)>,
    decoder: Option<Decoder>,
    notes: Vec<Note>,
    done: Vec<Arc<Piece>>,
    /// What follows the pieces.
    open: Vec<u8>,
}

impl LiveBody {
    /// A body of which nothing has come.
    pub fn new(content_type: Option<&str>) -> Self {
        let encoding = kind::charset(content_type)
            .and_then(|name| encoding_rs::Encoding::for_label(name.as_bytes()))
            .filter(|encoding| *encoding != encoding_rs::UTF_8);
        Self {
            declared: kind::declared(content_type),
            kind: None,
            decoder: encoding.map(encoding_rs::Encoding::new_decoder),
            notes: encoding.map(|encoding| Note::Decoded(encoding.name())).into_iter().collect(),
            done: Vec::new(),
            open: Vec::new(),
        }
    }

    /// More of it.
    pub fn push(&mut self, bytes: &[u8]) {
        match &mut self.decoder {
            None => self.open.extend_from_slice(bytes),
            Some(decoder) => {
                let room = decoder.max_utf8_buffer_length(bytes.len()).unwrap_or(bytes.len() * 3);
                let mut text = String::with_capacity(room);
                // Written with all the room that it can need, so one call takes everything.
                let _ = decoder.decode_to_string(bytes, &mut text, false);
                self.open.extend_from_slice(text.as_bytes());
            }
        }
        if self.kind.is_none() {
            self.kind = self.sniff();
        }
        while self.open.len() >= PIECE {
            let end = match memchr::memrchr(b'\n', &self.open) {
                Some(newline) => newline + 1,
                None if self.open.len() >= LONGEST_OPEN => floor_char(&self.open, PIECE),
                None => return,
            };
            let piece = self.piece(Bytes::copy_from_slice(&self.open[..end]));
            self.done.push(Arc::new(piece));
            self.open.drain(..end);
        }
    }

    /// What is there. `None`: nothing yet, or nothing that can be read as text.
    pub fn document(&self) -> Option<Document> {
        let (kind, _) = self.kind?;
        if kind == Kind::Binary {
            return None;
        }
        let mut pieces = self.done.clone();
        // A character that is not whole yet would be drawn as damage.
        let whole = match std::str::from_utf8(&self.open) {
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            _ => self.open.len(),
        };
        if whole > 0 {
            pieces.push(Arc::new(self.piece(Bytes::copy_from_slice(&self.open[..whole]))));
        }
        Some(Document::arriving(kind, pieces.into(), self.notes.clone()))
    }

    fn piece(&self, bytes: Bytes) -> Piece {
        let language = self.kind.map_or(Language::Plain, |(_, language)| language);
        let first_line = self.done.last().map_or(0, |last| last.first_line + last.lines.line_count());
        Piece { lines: Lines::build(&bytes, language), bytes, first_line }
    }

    /// What it is, by what it says and how it begins.
    fn sniff(&self) -> Option<(Kind, Language)> {
        let is_short = self.open.len() < SNIFFED;
        match self.declared {
            Declared::Events => return Some((Kind::Events, Language::Events)),
            Declared::JsonLines => return Some((Kind::JsonLines, Language::Json)),
            _ if self.open.is_empty() => return None,
            _ if kind::image(&self.open).is_some() || (!is_short && kind::looks_binary(&self.open)) => {
                return Some((Kind::Binary, Language::Plain));
            }
            _ => {}
        }
        let kind = match self.declared {
            Declared::Json => Kind::Json,
            Declared::Xml => Kind::Xml,
            Declared::Html => Kind::Html,
            _ if is_short && self.open.contains(&0) => Kind::Binary,
            _ => kind::sniff_text(&self.open),
        };
        let language = match kind {
            Kind::Json => Language::Json,
            Kind::Xml | Kind::Html => Language::Markup,
            _ => Language::Plain,
        };
        Some((kind, language))
    }
}

/// The start of the character that holds byte `at`.
fn floor_char(bytes: &[u8], at: usize) -> usize {
    (at.saturating_sub(3)..=at)
        .rev()
        .find(|start| bytes.get(*start).is_none_or(|byte| !matches!(byte, 0x80..0xc0)))
        .unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::body::document::{Lexeme, Limits};

    fn lines(document: &Document) -> Vec<String> {
        let text = |index| document.line(index, 0, 1000).into_iter().map(|span| span.text).collect::<String>();
        (0..document.line_count()).map(text).collect()
    }

    #[test]
    fn events_show_as_they_come() {
        let mut body = LiveBody::new(Some("text/event-stream"));
        assert!(body.document().is_none());
        body.push(b"event: a\nda");
        assert_eq!(lines(&body.document().unwrap()), ["event: a", "da"]);
        body.push(b"ta: {\"n\": 1}\n\n: still here\n");
        let document = body.document().unwrap();
        assert_eq!(lines(&document), ["event: a", "data: {\"n\": 1}", "", ": still here"]);
        assert_eq!(document.kind(), Kind::Events);
        let kinds: Vec<Lexeme> = document.line(1, 0, 80).into_iter().map(|span| span.kind).collect();
        assert_eq!(kinds[0], Lexeme::Key);
        assert!(kinds.contains(&Lexeme::Number), "{kinds:?}");
        assert_eq!(document.line(3, 0, 80)[0].kind, Lexeme::Comment);
    }

    #[test]
    fn a_character_in_two_pieces_is_shown_when_it_is_whole() {
        let mut body = LiveBody::new(Some("text/plain"));
        body.push("caf\u{e9}".as_bytes().split_last().unwrap().1);
        assert_eq!(lines(&body.document().unwrap()), ["caf"]);
        body.push(&[0xa9]);
        assert_eq!(lines(&body.document().unwrap()), ["café"]);
        let mut latin = LiveBody::new(Some("text/plain; charset=iso-8859-1"));
        latin.push(b"caf\xe9");
        assert_eq!(lines(&latin.document().unwrap()), ["café"]);
    }

    #[test]
    fn what_is_no_text_is_not_shown() {
        let mut body = LiveBody::new(Some("image/png"));
        body.push(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR");
        assert!(body.document().is_none());
        let mut body = LiveBody::new(None);
        body.push(&[0, 1, 2, 3]);
        assert!(body.document().is_none());
    }

    #[test]
    fn pieces_that_are_complete_are_shared() {
        let mut body = LiveBody::new(Some("application/x-ndjson"));
        for n in 0..40 {
            body.push(format!("{{\"n\":{n}}}\n").as_bytes());
        }
        let before = body.done.clone();
        body.push(b"{\"n\":40}\n");
        assert!(before.len() > 5 && before.iter().zip(&body.done).all(|(a, b)| Arc::ptr_eq(a, b)));
        let document = body.document().unwrap();
        assert_eq!((document.line_count(), lines(&document)[40].as_str()), (41, "{\"n\":40}"));
    }

    proptest! {
        /// However a text is cut, it shows like the same text read at once (as long as its lines are short).
        #[test]
        fn cuts_do_not_show(text in "([a-zé:{}\"0-9]{0,20}\n){0,30}", cuts in proptest::collection::vec(1usize..9, 1..40)) {
            let mut body = LiveBody::new(Some("text/event-stream"));
            let mut rest = text.as_bytes();
            let mut cuts = cuts.iter().cycle();
            while !rest.is_empty() {
                let (piece, after) = rest.split_at((*cuts.next().unwrap()).min(rest.len()));
                body.push(piece);
                rest = after;
            }
            let whole = Document::build(&Bytes::from(text.clone()), Some("text/event-stream"), Limits::default());
            let shown = body.document().unwrap_or_default();
            prop_assert_eq!(lines(&shown), lines(&whole));
            prop_assert_eq!(shown.text(), text);
        }

        #[test]
        fn any_bytes(pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..60), 0..20)) {
            let mut body = LiveBody::new(Some("text/plain"));
            for piece in &pieces {
                body.push(piece);
                if let Some(document) = body.document() {
                    lines(&document);
                }
            }
        }
    }
}
