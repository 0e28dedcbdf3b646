//! The part of a block after the headers: body text, files, scripts, references.
//!
//! Called by [`parser`](super::parser). A body is a list of pieces; put together they are what is sent.

use super::parser::{Draft, Parser, ScriptClose, script_close};
use super::{Node, NodeKind};
use crate::collection::{directive, lines, request_line};
use crate::model::problem::{Problem, ProblemKind};
use crate::model::request::{BodyPiece, Directives, Span, Spanned};

/// Does this (trimmed) line mean something of its own in a body?
pub(super) fn is_special(text: &str) -> bool {
    !matches!(kind(text), Kind::Text)
}

/// What a line of a body is.
enum Kind {
    Text,
    /// `> {% … %}`, `< {% … %}`, or `{{` alone.
    Script(ScriptClose),
    /// `> file.js`, `<> file`, `>> file`, `?? status == 200`.
    NotRun,
    /// `< file`, `<@ file`, `<@latin1 file`.
    File(FileReference),
}

/// `< file`, as offsets in the trimmed line.
struct FileReference {
    path: Span,
    substitute: bool,
    encoding: Option<String>,
}

fn kind(text: &str) -> Kind {
    if let Some(close) = script_close(text) {
        return Kind::Script(close);
    }
    if let Some(rest) = text.strip_prefix("<>").or_else(|| text.strip_prefix("??")) {
        return if rest.starts_with(char::is_whitespace) && !rest.trim().is_empty() {
            Kind::NotRun
        } else {
            Kind::Text
        };
    }
    if let Some(rest) = text.strip_prefix(">>") {
        let rest = rest.strip_prefix('!').unwrap_or(rest);
        return if rest.starts_with(char::is_whitespace) && is_path(rest.trim()) { Kind::NotRun } else { Kind::Text };
    }
    if let Some(rest) = text.strip_prefix('>') {
        let is_handler = rest.starts_with(char::is_whitespace) && is_script_file(rest.trim());
        return if is_handler { Kind::NotRun } else { Kind::Text };
    }
    file_reference(text).map_or(Kind::Text, Kind::File)
}

/// A Markdown quotation (`> words`) is not a script.
fn is_script_file(text: &str) -> bool {
    let extension = text.rsplit_once('.').map(|(_, extension)| extension);
    is_path(text) && matches!(extension, Some("js" | "mjs" | "cjs" | "ts" | "lua"))
}

fn is_path(text: &str) -> bool {
    !text.is_empty() && (text.contains("{{") || !text.contains(char::is_whitespace)) && text.contains(['.', '/', '{'])
}

fn file_reference(text: &str) -> Option<FileReference> {
    let rest = text.strip_prefix('<')?;
    let (substitute, encoding, rest) = match rest.strip_prefix('@') {
        None => (false, None, rest),
        Some(rest) => {
            let length = rest.find(char::is_whitespace)?;
            let encoding = &rest[..length];
            let is_label = encoding.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_:.".contains(&byte));
            if !is_label {
                return None;
            }
            (true, (!encoding.is_empty()).then(|| encoding.to_owned()), &rest[length..])
        }
    };
    let path = rest.trim_start();
    if path.is_empty() || path.len() == rest.len() {
        return None;
    }
    let start = text.len() - path.len();
    Some(FileReference { path: start..start + path.trim_end().len(), substitute, encoding })
}

/// Comments and variables before a body; undone when they turn out to belong to the next request.
struct Trivia {
    line: usize,
    nodes: usize,
    variables: usize,
    problems: usize,
    name: Option<String>,
    directives: Directives,
}

/// The body that is being put together.
#[derive(Default)]
struct Pieces {
    pieces: Vec<BodyPiece>,
    /// The bytes of the text piece that is open.
    open: Option<Span>,
    /// The end of the last line with something on it.
    end_of_content: usize,
    has_content: bool,
}

impl Pieces {
    fn close(&mut self, text: &str) {
        if let Some(span) = self.open.take() {
            self.text_piece(text, span);
        }
    }

    fn text_piece(&mut self, text: &str, span: Span) {
        if !span.is_empty() {
            let lines = lines::with_line_feeds(text, &text[span.clone()]).into_owned();
            self.pieces.push(BodyPiece::Text(Spanned { text: lines, span }));
        }
    }

    /// Without the blank lines at its end.
    fn finish(mut self, text: &str) -> Vec<BodyPiece> {
        let end = self.end_of_content;
        if let Some(span) = self.open.take().filter(|span| span.start < end) {
            self.text_piece(text, span.start..span.end.min(end));
        }
        while let Some(BodyPiece::Text(last)) = self.pieces.last() {
            let span = last.span.clone();
            if span.end <= end {
                break;
            }
            self.pieces.pop();
            if span.start < end {
                self.text_piece(text, span.start..end);
            }
        }
        self.pieces
    }
}

/// Reads from line `at` to the end of the block; the index of the line that begins the next one.
pub(super) fn read(parser: &mut Parser<'_>, mut at: usize, draft: &mut Draft) -> usize {
    let content = Content::of(draft);
    let mut pieces = Pieces::default();
    let mut trivia: Option<Trivia> = None;
    let mut is_tail = false;
    let mut has_complained = false;
    while at < parser.lines.len() && !parser.is_separator(at) {
        let line = parser.line(at);
        let text = line.trim();
        let may_split = is_tail || (!pieces.has_content && content == Content::Unknown);
        if may_split && request_line::is_certain(line) {
            at = undo(parser, draft, trivia, at);
            break;
        }
        if text.is_empty() && (is_tail || !pieces.has_content) {
            draft.push(NodeKind::Blank, parser.lines[at].whole());
            at += 1;
            continue;
        }
        let is_comment = directive::is_comment(line) && (is_tail || content != Content::PlainText);
        if is_comment || (may_split && text.starts_with('@')) {
            if !pieces.has_content || is_tail {
                trivia.get_or_insert_with(|| Trivia {
                    line: at,
                    nodes: draft.nodes.len(),
                    variables: parser.file_variables.len(),
                    problems: parser.problems.len(),
                    name: draft.name.clone(),
                    directives: draft.directives.clone(),
                });
            } else {
                pieces.close(parser.text);
            }
            at = parser.trivia(at, draft).unwrap_or(at + 1);
            continue;
        }
        trivia = None;
        if let Some(end) = recorded_response(parser, at, content) {
            is_tail = true;
            pieces.close(parser.text);
            parser.not_run(at, end, draft);
            at = end;
            continue;
        }
        match kind(text) {
            Kind::Script(close) => {
                is_tail = true;
                pieces.close(parser.text);
                at = parser.script(at, close, draft);
            }
            Kind::NotRun => {
                is_tail = true;
                pieces.close(parser.text);
                parser.not_run(at, at + 1, draft);
                at += 1;
            }
            _ if is_tail => {
                if !has_complained {
                    after_script(parser, at);
                }
                has_complained = true;
                at = parser.unread_paragraph(at, draft);
            }
            Kind::File(reference) => {
                file(parser, at, reference, &mut pieces, draft);
                at += 1;
            }
            Kind::Text => {
                body_line(parser, at, &mut pieces, draft);
                at += 1;
            }
        }
    }
    split_trailing_blanks(parser, draft, pieces.end_of_content);
    if let Some(request) = &mut draft.request {
        request.body = pieces.finish(parser.text);
    }
    at
}

/// What the `Content-Type` says about the lines of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    /// There is no `Content-Type`.
    Unknown,
    /// `text/…`: `#` is content.
    PlainText,
    /// It holds other messages: a status line is content.
    Messages,
    /// Anything else.
    Other,
}

impl Content {
    fn of(draft: &Draft) -> Self {
        let mut headers = draft.request.iter().flat_map(|request| &request.headers);
        let Some(header) = headers.find(|header| header.name.text.eq_ignore_ascii_case("content-type")) else {
            return Self::Unknown;
        };
        let value = header.value.text.trim_start().to_ascii_lowercase();
        if value.starts_with("text/") {
            Self::PlainText
        } else if value.starts_with("multipart/") || value.contains("/http") {
            Self::Messages
        } else {
            Self::Other
        }
    }
}

/// A response that was recorded below the request, as httpyac writes it: a status line after a blank one.
fn recorded_response(parser: &Parser<'_>, at: usize, content: Content) -> Option<usize> {
    if matches!(content, Content::PlainText | Content::Messages) || !is_status_line(parser.line(at)) {
        return None;
    }
    let is_after_blank = |at: usize| at == 0 || parser.line(at - 1).trim().is_empty();
    if !is_after_blank(at) {
        return None;
    }
    let mut end = at + 1;
    while end < parser.lines.len()
        && !parser.is_separator(end)
        && !(is_after_blank(end) && request_line::is_certain(parser.line(end)))
    {
        end += 1;
    }
    while end > at + 1 && parser.line(end - 1).trim().is_empty() {
        end -= 1;
    }
    Some(end)
}

pub(super) fn is_status_line(line: &str) -> bool {
    let Some((version, rest)) = line.split_once(' ') else { return false };
    let is_version = version
        .strip_prefix("HTTP/")
        .is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'));
    let status = rest.split_whitespace().next().unwrap_or_default();
    is_version && status.len() == 3 && status.bytes().all(|byte| byte.is_ascii_digit())
}

/// Gives the comments before a request back to it; the line at which its block begins.
fn undo(parser: &mut Parser<'_>, draft: &mut Draft, trivia: Option<Trivia>, at: usize) -> usize {
    let Some(trivia) = trivia else { return at };
    let start = parser.lines[trivia.line].start;
    draft.nodes.truncate(trivia.nodes);
    if let Some(last) = draft.nodes.last_mut() {
        last.span.end = last.span.end.min(start);
    }
    draft.name = trivia.name;
    draft.directives = trivia.directives;
    parser.file_variables.truncate(trivia.variables);
    parser.problems.truncate(trivia.problems);
    trivia.line
}

fn body_line(parser: &Parser<'_>, at: usize, pieces: &mut Pieces, draft: &mut Draft) {
    let line = parser.lines[at];
    match &mut pieces.open {
        Some(span) => span.end = line.next,
        None => pieces.open = Some(line.whole()),
    }
    pieces.has_content = true;
    if !parser.line(at).trim().is_empty() {
        pieces.end_of_content = line.end;
    }
    draft.push(NodeKind::BodyText, line.whole());
}

fn file(parser: &Parser<'_>, at: usize, reference: FileReference, pieces: &mut Pieces, draft: &mut Draft) {
    let line = parser.lines[at];
    let text = parser.line(at);
    let start = line.start + (text.len() - text.trim_start().len());
    pieces.close(parser.text);
    let path = start + reference.path.start..start + reference.path.end;
    pieces.pieces.push(BodyPiece::File {
        path: Spanned { text: parser.text[path.clone()].to_owned(), span: path },
        substitute: reference.substitute,
        encoding: reference.encoding,
    });
    // The line break after the file belongs to the text that follows, if any does.
    pieces.open = Some(line.end..line.next);
    pieces.has_content = true;
    pieces.end_of_content = line.end;
    draft.push(NodeKind::BodyFile, line.whole());
}

fn after_script(parser: &mut Parser<'_>, at: usize) {
    let problem = Problem::new(ProblemKind::Input, "Text after the response handler is not read")
        .hint("Put the body before the handler, and a `###` line before another request");
    parser.problem(at, 0, problem);
}

/// Makes the blank lines after the body a node of their own.
fn split_trailing_blanks(parser: &Parser<'_>, draft: &mut Draft, end_of_content: usize) {
    let Some(at) = draft.nodes.iter().rposition(|node| node.kind == NodeKind::BodyText) else { return };
    let span = draft.nodes[at].span.clone();
    if span.start >= end_of_content {
        draft.nodes[at].kind = NodeKind::Blank;
        return;
    }
    let last = parser.lines.partition_point(|line| line.end < end_of_content);
    let after = parser.lines.get(last).map_or(span.end, |line| line.next);
    let start = if end_of_content < span.end { after.min(span.end) } else { span.end };
    if start < span.end && start > span.start {
        draft.nodes[at].span.end = start;
        draft.nodes.insert(at + 1, Node { kind: NodeKind::Blank, span: start..span.end });
    }
}
