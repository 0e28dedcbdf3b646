//! One request as lines: what every edit looks at.

use crate::collection::directive;
use crate::collection::edit::{EditError, Patch};
use crate::collection::file::{Block, Collection, NodeKind};
use crate::collection::lines::{self, Line};
use crate::model::request::{RequestBlock, Span};

/// A request with the lines of its block.
pub(super) struct View<'a> {
    pub(super) collection: &'a Collection,
    pub(super) block: &'a Block,
    pub(super) request: &'a RequestBlock,
    pub(super) lines: Vec<ViewLine>,
}

/// A line and what it is part of.
#[derive(Debug, Clone, Copy)]
pub(super) struct ViewLine {
    pub(super) kind: NodeKind,
    pub(super) line: Line,
}

impl<'a> View<'a> {
    /// The view of a request; `None` if there is none with this index.
    pub(super) fn of(collection: &'a Collection, request: usize) -> Option<Self> {
        let found = collection.requests.get(request)?;
        let at = collection.blocks.partition_point(|block| block.span.end <= found.span.start);
        let block = collection.blocks[at..].iter().find(|block| block.request == Some(request))?;
        Some(Self { collection, block, request: found, lines: lines_of(collection, block) })
    }

    pub(super) fn text(&self, span: Span) -> &'a str {
        &self.collection.source[span]
    }

    /// A line without its break.
    pub(super) fn line(&self, at: usize) -> &'a str {
        let line = self.lines[at].line;
        self.text(line.start..line.end)
    }

    /// The index of the request line.
    pub(super) fn request_line(&self) -> usize {
        self.lines.iter().position(|line| line.kind == NodeKind::RequestLine).unwrap_or(0)
    }

    /// The index after the last line of the target.
    pub(super) fn after_target(&self) -> usize {
        let is_target = |line: &ViewLine| matches!(line.kind, NodeKind::RequestLine | NodeKind::TargetContinuation);
        self.lines.iter().rposition(is_target).map_or(0, |at| at + 1)
    }

    /// The index after the last line of the headers: a blank line, the body, a script, or the end of the block.
    pub(super) fn after_headers(&self) -> usize {
        let from = self.after_target();
        let ends = |line: &ViewLine| {
            matches!(
                line.kind,
                NodeKind::EndOfHeaders | NodeKind::Blank | NodeKind::BodyText | NodeKind::BodyFile | NodeKind::NotRun
            )
        };
        self.lines[from..].iter().position(ends).map_or(self.lines.len(), |at| from + at)
    }

    /// How lines end here.
    pub(super) fn line_ending(&self) -> &'static str {
        line_ending(self.collection, self.request.method.span.start)
    }

    /// The line that a byte is in, among [`Self::lines`].
    pub(super) fn line_at(&self, offset: usize) -> usize {
        self.lines.partition_point(|line| line.line.next <= offset).min(self.lines.len().saturating_sub(1))
    }

    /// The line number in the file, from 1.
    pub(super) fn number(&self, at: usize) -> usize {
        // Counted from the request line, whose number is known.
        (self.request.line + at).saturating_sub(self.request_line())
    }

    /// Inserts whole lines before line `at`; `lines` is text with `\n` between lines and none at the end.
    pub(super) fn insert_lines(&self, at: usize, lines: &str) -> Patch {
        let ending = self.line_ending();
        let text = lines.replace('\n', ending);
        match self.lines.get(at) {
            Some(line) => Patch::insert(line.line.start, format!("{text}{ending}")),
            None => {
                let end = self.block.span.end;
                if self.lines.last().is_some_and(|last| last.line.next == last.line.end) {
                    Patch::insert(end, format!("{ending}{text}"))
                } else {
                    Patch::insert(end, format!("{text}{ending}"))
                }
            }
        }
    }

    /// The bytes of the lines `from..to`, so that removing them leaves whole lines.
    pub(super) fn whole_lines(&self, from: usize, to: usize) -> Span {
        let start = self.lines[from].line.start;
        let last = self.lines[to - 1].line;
        if last.next == last.end && from > 0 {
            // The last line of the file has no break: that of the line before goes.
            return self.lines[from - 1].line.end..last.end;
        }
        start..last.next
    }
}

/// The lines of a block; a byte order mark belongs to none.
pub(super) fn lines_of(collection: &Collection, block: &Block) -> Vec<ViewLine> {
    let is_mark = block.nodes.first().is_some_and(|node| node.kind == NodeKind::ByteOrderMark);
    let start = if is_mark { block.nodes[0].span.end } else { block.span.start };
    let mut nodes = block.nodes.iter().peekable();
    let lines = lines::split(&collection.source[..block.span.end], start);
    let mut found = Vec::with_capacity(lines.len());
    for line in lines {
        while nodes.next_if(|node| node.span.end <= line.start).is_some() {}
        found.push(ViewLine { kind: nodes.peek().map_or(NodeKind::Unread, |node| node.kind), line });
    }
    found
}

/// The line ending used at a byte: that of its line, else of the line before, else of the file's first, else LF.
pub(super) fn line_ending(collection: &Collection, at: usize) -> &'static str {
    let bytes = collection.source.as_bytes();
    let ending = |newline: usize| if newline > 0 && bytes[newline - 1] == b'\r' { "\r\n" } else { "\n" };
    let after = memchr::memchr(b'\n', &bytes[at.min(bytes.len())..]).map(|found| at + found);
    let before = || memchr::memrchr(b'\n', &bytes[..at.min(bytes.len())]);
    after.or_else(before).map_or("\n", ending)
}

/// A comment line taken apart: `  # text` as indentation, marker (with one blank after it), text.
pub(super) struct Comment<'a> {
    pub(super) indent: &'a str,
    pub(super) marker: &'a str,
    pub(super) text: &'a str,
}

/// Takes a comment line apart.
pub(super) fn comment(line: &str) -> Option<Comment<'_>> {
    if !directive::is_comment(line) {
        return None;
    }
    let start = line.len() - line.trim_start().len();
    let mark = if line[start..].starts_with("//") { 2 } else { 1 };
    let blank = usize::from(line[start + mark..].starts_with([' ', '\t']));
    let text = start + mark + blank;
    Some(Comment { indent: &line[..start], marker: &line[start..text], text: &line[text..] })
}

/// Refuses line breaks and other control characters.
pub(super) fn one_line(what: &'static str, text: &str) -> Result<(), EditError> {
    if text.contains(|c: char| c.is_control() && c != '\t') { Err(EditError::NotOneLine(what)) } else { Ok(()) }
}
