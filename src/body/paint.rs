//! Cuts the visible columns out of a line that is given piece by piece, without keeping the rest.

use crate::body::document::{Lexeme, Span};
use crate::body::visible::{ascii_run, cluster};

/// Collects the spans of one line between two columns.
#[derive(Debug)]
pub struct Painter {
    from: usize,
    to: usize,
    column: usize,
    spans: Vec<Span>,
}

impl Painter {
    /// For the columns `from..from + width`.
    pub const fn new(from: usize, width: usize) -> Self {
        Self { from, to: from.saturating_add(width), column: 0, spans: Vec::new() }
    }

    /// Everything visible has been given.
    pub const fn is_full(&self) -> bool {
        self.column >= self.to
    }

    /// The first visible column: what is wholly before it may be skipped.
    pub const fn from(&self) -> usize {
        self.from
    }

    /// The line goes on in `column`; everything up to there is to the left of what is visible.
    pub const fn skip_to(&mut self, column: usize) {
        self.column = column;
    }

    /// The next piece is `columns` blanks.
    pub fn blanks(&mut self, columns: usize) {
        let end = self.column.saturating_add(columns);
        let visible = end.min(self.to).saturating_sub(self.column.max(self.from));
        if visible > 0 {
            self.push(&" ".repeat(visible), Lexeme::Plain);
        }
        self.column = end;
    }

    /// The next piece is `bytes`.
    pub fn text(&mut self, bytes: &[u8], kind: Lexeme) {
        let mut rest = bytes;
        while !rest.is_empty() && !self.is_full() {
            let run = ascii_run(rest, self.to - self.column);
            if run > 0 {
                let text = std::str::from_utf8(&rest[..run]).expect("the run is ASCII");
                self.narrow(text, kind);
                rest = &rest[run..];
                continue;
            }
            let cluster = cluster(rest, self.column);
            let kind = if cluster.is_picture { Lexeme::Picture } else { kind };
            if cluster.columns == cluster.shown.len() {
                self.narrow(&cluster.shown, kind);
            } else {
                self.wide(&cluster.shown, cluster.columns, kind);
            }
            rest = &rest[cluster.bytes..];
        }
    }

    /// The spans.
    pub fn finish(self) -> Vec<Span> {
        self.spans
    }

    /// A text of one cell for each byte.
    fn narrow(&mut self, text: &str, kind: Lexeme) {
        let end = self.column + text.len();
        let first = self.column.max(self.from).min(end);
        let last = end.min(self.to).max(first);
        if first < last {
            self.push(&text[first - self.column..last - self.column], kind);
        }
        self.column = end;
    }

    /// A cluster that cannot be cut: where only a part of it is visible, blanks are.
    fn wide(&mut self, shown: &str, columns: usize, kind: Lexeme) {
        let end = self.column + columns;
        if self.column >= self.from && end <= self.to {
            self.push(shown, kind);
            self.column = end;
        } else {
            self.blanks(columns);
        }
    }

    fn push(&mut self, text: &str, kind: Lexeme) {
        match self.spans.last_mut() {
            Some(span) if span.kind == kind => span.text.push_str(text),
            _ => self.spans.push(Span { text: text.to_owned(), kind }),
        }
    }
}
