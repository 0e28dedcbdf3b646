//! The lossless tree of a `.http` file.
//!
//! [`Collection::parse`] takes any bytes, never fails and never panics. The spans of all nodes, put together,
//! are the file, byte for byte; the requests refer into them. An editor changes the bytes of single spans.
//!
//! How the dialects are reconciled:
//! - Comment lines (`#`, `//`) may stand anywhere, also in a body, where they are left out as JetBrains and
//!   REST Client do it; not in a `text/*` body, where `#` is content.
//! - Blank lines around a body are not part of it; line breaks inside are LF whatever the file has.
//! - A certain request line (`GET https://…`) after a blank line begins a request even without `###`, unless
//!   the request above has a `Content-Type`, which makes it a body.
//! - Scripts, response references and recorded responses, output redirections and assertions of other tools are
//!   kept as `not_run`.

mod body;
mod head;
mod parser;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::collection::lines;
use crate::collection::origin::{CollectionOrigin, RouteNote};
use crate::model::problem::{Place, Problem};
use crate::model::request::{RequestBlock, Span, Spanned};

/// A `.http` or `.rest` file, parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collection {
    /// Path, relative to the workspace.
    pub path: PathBuf,
    /// The text. Bytes that are not UTF-8 are `?` here, so spans fit this text and [`Self::bytes`] alike.
    pub source: Arc<str>,
    /// The blocks in order; their spans cover the file without gaps.
    pub blocks: Vec<Block>,
    /// `@name = value`, in order; of two with one name the later wins.
    pub file_variables: Vec<FileVariable>,
    /// The requests in order.
    pub requests: Vec<RequestBlock>,
    /// What could not be read.
    pub problems: Vec<Problem>,
    /// Where it comes from.
    pub origin: CollectionOrigin,
    original: Option<Arc<[u8]>>,
}

/// `@name = value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileVariable {
    /// Its name.
    pub name: Spanned,
    /// Its value: a template, with `\n`, `\r`, `\t` and `\\` replaced.
    pub value: Spanned,
    /// Its line, from 1.
    pub line: usize,
}

/// A part of the file, at most one request: from a `###` line to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Its bytes.
    pub span: Span,
    /// Its nodes in order; their spans cover the block without gaps.
    pub nodes: Vec<Node>,
    /// The index of its request in [`Collection::requests`].
    pub request: Option<usize>,
}

/// One or more whole lines of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// Its bytes, line breaks included.
    pub span: Span,
}

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NodeKind {
    /// A byte order mark.
    ByteOrderMark,
    /// `### name`.
    Separator,
    /// Blank lines that mean nothing.
    Blank,
    /// Comments.
    Comment,
    /// `# @name value`.
    Directive,
    /// `@name = value`.
    Variable,
    /// Method, target, version.
    RequestLine,
    /// A further line of the target.
    TargetContinuation,
    /// `Name: value`.
    Header,
    /// A further, indented line of a header's value.
    HeaderContinuation,
    /// The blank line between headers and body.
    EndOfHeaders,
    /// Body text.
    BodyText,
    /// `< file`.
    BodyFile,
    /// A script, reference, redirection or assertion that bearcat does not run.
    NotRun,
    /// Not understood; a problem says so.
    Unread,
}

/// Would this line of a body be taken for a file, a script, a redirection or a recorded response?
pub(super) fn is_special_body_line(line: &str) -> bool {
    body::is_special(line.trim()) || body::is_status_line(line)
}

impl Collection {
    /// Parses a file. `path` is what problems and request ids say.
    pub fn parse(path: &Path, bytes: &[u8]) -> Self {
        parser::parse(path, bytes)
    }

    /// The file as it was read.
    pub fn bytes(&self) -> &[u8] {
        self.original.as_deref().unwrap_or(self.source.as_bytes())
    }

    /// Is there no file to write changes to? Then a request can be sent, or saved to a file.
    pub const fn is_read_only(&self) -> bool {
        matches!(self.origin, CollectionOrigin::Routes(_))
    }

    /// What lists show: the path with forward slashes, or the name of what was found.
    pub fn label(&self) -> String {
        match &self.origin {
            CollectionOrigin::File => self.path.to_string_lossy().replace('\\', "/"),
            CollectionOrigin::Routes(routes) => routes.label.clone(),
        }
    }

    /// What is known of the route that a request was made from.
    pub fn route(&self, request: usize) -> Option<&RouteNote> {
        match &self.origin {
            CollectionOrigin::File => None,
            CollectionOrigin::Routes(routes) => routes.notes.get(request),
        }
    }

    /// The first request of this name.
    pub fn request_named(&self, name: &str) -> Option<&RequestBlock> {
        self.requests.iter().find(|request| request.name.as_deref() == Some(name))
    }

    /// The file variable of this name that counts: the last one.
    pub fn file_variable(&self, name: &str) -> Option<&FileVariable> {
        self.file_variables.iter().rev().find(|variable| variable.name.text == name)
    }

    /// The problems inside the lines of one request.
    pub fn problems_of<'a>(&'a self, request: &RequestBlock) -> impl Iterator<Item = &'a Problem> + use<'a> {
        let first = self.place(request.span.start).line;
        let last = self.place(request.span.end.saturating_sub(1).max(request.span.start)).line;
        self.problems
            .iter()
            .filter(move |problem| problem.place.as_ref().is_some_and(|place| (first..=last).contains(&place.line)))
    }

    /// Line and column of a byte.
    pub fn place(&self, offset: usize) -> Place {
        lines::place(&self.path, &self.source, offset)
    }

    /// Where byte `offset` of a piece's *text* stands in the file. The text may be shorter than the source (line
    /// breaks and the indentation of a multi-line target are left out).
    pub fn place_in(&self, piece: &Spanned, offset: usize) -> Place {
        let source = self.source.get(piece.span.clone()).unwrap_or_default();
        let mut wanted = piece.text.get(..offset).unwrap_or(&piece.text).chars().peekable();
        let mut at = piece.span.start;
        let mut rest = source.chars();
        for c in rest.by_ref() {
            match wanted.peek() {
                Some(expected) if *expected == c => {
                    wanted.next();
                }
                Some(_) => {}
                None if c.is_whitespace() && piece.text.get(offset..).is_some_and(|text| !text.starts_with(c)) => {}
                None => break,
            }
            at += c.len_utf8();
        }
        self.place(at)
    }
}
