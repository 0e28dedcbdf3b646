//! The parser of `.http` files: blocks, and what stands before a request line; [`head`](super::head) and
//! [`body`] go on from there.
//!
//! Line by line, each line looked at a bounded number of times. Every line becomes part of a node, whatever it
//! holds: that is what makes the tree lossless.

use std::path::Path;
use std::sync::Arc;

use super::head::AfterHeaders;
use super::{Block, Collection, FileVariable, Node, NodeKind};
use crate::collection::lines::{self, Line};
use crate::collection::origin::CollectionOrigin;
use crate::collection::request_line::{self, RequestLine};
use crate::collection::{directive, file::body};
use crate::model::problem::{Place, Problem, ProblemKind};
use crate::model::request::{Directives, RequestBlock, Span, Spanned};
use crate::template::jq;

/// More problems than this in one file say no more than the first ones.
const MOST_PROBLEMS: usize = 100;

/// Parses a file.
pub(super) fn parse(path: &Path, bytes: &[u8]) -> Collection {
    let (text, wrong) = lines::decode(bytes);
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut parser = Parser {
        path,
        text: &text,
        lines: lines::split(&text, start),
        blocks: Vec::new(),
        file_variables: Vec::new(),
        requests: Vec::new(),
        problems: Vec::new(),
        more_problems: 0,
    };
    if let Some(offset) = wrong {
        let problem = Problem::new(ProblemKind::Input, "This file is not UTF-8")
            .detail("Each byte that cannot be read is shown as `?`")
            .hint("Save it as UTF-8 before sending from it")
            .at(lines::place(path, &text, offset));
        parser.problems.push(problem);
    }
    parser.file(start);
    let Parser { blocks, file_variables, requests, problems, .. } = parser;
    let original = wrong.map(|_| Arc::from(bytes));
    Collection {
        path: path.to_path_buf(),
        source: Arc::from(text),
        blocks,
        file_variables,
        requests,
        problems,
        origin: CollectionOrigin::File,
        original,
    }
}

/// The whole file's state.
pub(super) struct Parser<'a> {
    pub(super) path: &'a Path,
    pub(super) text: &'a str,
    pub(super) lines: Vec<Line>,
    blocks: Vec<Block>,
    pub(super) file_variables: Vec<FileVariable>,
    pub(super) requests: Vec<RequestBlock>,
    pub(super) problems: Vec<Problem>,
    more_problems: usize,
}

/// The block that is being read.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) nodes: Vec<Node>,
    separator_name: Option<String>,
    pub(super) name: Option<String>,
    pub(super) directives: Directives,
    pub(super) not_run: Vec<Spanned>,
    pub(super) request: Option<RequestBlock>,
}

impl Draft {
    /// Adds a line; lines of one kind that stand together become one node, where that loses nothing.
    pub(super) fn push(&mut self, kind: NodeKind, span: Span) {
        let merges = matches!(kind, NodeKind::Blank | NodeKind::Comment | NodeKind::BodyText | NodeKind::Unread);
        match self.nodes.last_mut() {
            Some(last) if merges && last.kind == kind => last.span.end = span.end,
            _ => self.nodes.push(Node { kind, span }),
        }
    }
}

impl<'a> Parser<'a> {
    fn file(&mut self, start: usize) {
        let mut at = 0;
        while at < self.lines.len() {
            let mut draft = Draft::default();
            if at == 0 && start > 0 {
                draft.push(NodeKind::ByteOrderMark, 0..start);
            }
            let first = at;
            at = self.block(first, &mut draft);
            self.finish(draft);
        }
        if self.lines.is_empty() && start > 0 {
            let nodes = vec![Node { kind: NodeKind::ByteOrderMark, span: 0..start }];
            self.blocks.push(Block { span: 0..start, nodes, request: None });
        }
        if self.more_problems > 0 {
            let title = format!("{} more problems in this file", self.more_problems);
            let place = Place { file: self.path.to_path_buf(), line: self.lines.len().max(1), column: 1 };
            self.problems.push(Problem::new(ProblemKind::Input, title).at(place));
        }
    }

    fn finish(&mut self, draft: Draft) {
        let (Some(first), Some(last)) = (draft.nodes.first(), draft.nodes.last()) else { return };
        let span = first.span.start..last.span.end;
        let request = draft.request.map(|mut request| {
            request.span = span.clone();
            request.name = draft.name.or(draft.separator_name);
            request.directives = draft.directives;
            request.not_run = draft.not_run;
            self.requests.push(request);
            self.requests.len() - 1
        });
        if request.is_none() {
            self.say_not_run(&draft.nodes);
        }
        self.blocks.push(Block { span, nodes: draft.nodes, request });
    }

    /// `import` and `run` of JetBrains without a request that would show them.
    fn say_not_run(&mut self, nodes: &[Node]) {
        for node in nodes.iter().filter(|node| node.kind == NodeKind::NotRun) {
            let text = self.text[node.span.clone()].trim();
            if is_import_or_run(text) {
                let word = text.split_whitespace().next().unwrap_or_default();
                let at = self.lines.partition_point(|line| line.next <= node.span.start);
                let problem = Problem::new(ProblemKind::Input, format!("`{word}` is kept, but not run"))
                    .detail("bearcat sends the requests of a file one by one");
                self.problem(at, 0, problem);
            }
        }
    }

    /// Reads one block; the index of the line that begins the next one.
    fn block(&mut self, first: usize, draft: &mut Draft) -> usize {
        let mut at = first;
        if self.is_separator(at) {
            let name = self.line(at).trim_matches(|c: char| c == '#' || c.is_whitespace());
            draft.separator_name = (!name.is_empty()).then(|| name.to_owned());
            draft.push(NodeKind::Separator, self.lines[at].whole());
            at += 1;
        }
        let Some(at) = self.preamble(at, draft) else { return self.end_of_block(first + 1) };
        if at >= self.lines.len() || self.is_separator(at) {
            return at;
        }
        let at = self.request_line(at, draft);
        match self.headers(at, draft) {
            AfterHeaders::Body(at) => body::read(self, at, draft),
            AfterHeaders::End(at) => at,
        }
    }

    /// Reads up to the request line and returns its index, or the index of the line that ends the block. `None`:
    /// the rest of the block was taken as unread.
    fn preamble(&mut self, mut at: usize, draft: &mut Draft) -> Option<usize> {
        let mut has_complained = false;
        while at < self.lines.len() && !self.is_separator(at) {
            let line = self.line(at);
            let text = line.trim();
            if let Some(next) = self.trivia(at, draft) {
                at = next;
            } else if let Some(close) = script_close(text) {
                at = self.script(at, close, draft);
            } else if body::is_special(text) {
                self.not_run(at, at + 1, draft);
                at += 1;
            } else if starts_with_word(text, "curl") {
                self.curl(at);
                self.unread_block(at, draft);
                return None;
            } else if is_import_or_run(text) {
                self.not_run(at, at + 1, draft);
                at += 1;
            } else {
                match request_line::parse(line) {
                    RequestLine::Request { .. } => return Some(at),
                    RequestLine::NotARequest => {
                        if !has_complained {
                            self.not_a_request(at);
                        }
                        has_complained = true;
                        at = self.unread_paragraph(at, draft);
                    }
                    RequestLine::BadMethod(span) => {
                        let title = format!("`{}` is not a request method", quote(&line[span.clone()]));
                        let hint = "Methods are upper-case words: `GET`, `POST`, `PURGE`";
                        self.problem(at, span.start, Problem::new(ProblemKind::Input, title).hint(hint));
                        self.unread_block(at, draft);
                        return None;
                    }
                    RequestLine::OtherProtocol(span) => {
                        let title = format!("`{}` requests are not supported", &line[span.clone()]);
                        let problem =
                            Problem::new(ProblemKind::Input, title).detail("bearcat sends HTTP requests only");
                        self.problem(at, span.start, problem);
                        self.unread_block(at, draft);
                        return None;
                    }
                }
            }
        }
        Some(at)
    }

    /// A blank line, comment, directive, variable or block comment: the index after it.
    pub(super) fn trivia(&mut self, at: usize, draft: &mut Draft) -> Option<usize> {
        let line = self.line(at);
        let text = line.trim_start();
        if text.is_empty() {
            draft.push(NodeKind::Blank, self.lines[at].whole());
        } else if directive::is_comment(line) {
            self.comment(at, draft);
        } else if text.starts_with('@') {
            self.variable(at, draft);
        } else if text.starts_with("/*") {
            return Some(self.block_comment(at, draft));
        } else {
            return None;
        }
        Some(at + 1)
    }

    pub(super) fn comment(&mut self, at: usize, draft: &mut Draft) {
        let line = self.line(at);
        let Some(written) = directive::parse(line) else {
            draft.push(NodeKind::Comment, self.lines[at].whole());
            return;
        };
        draft.push(NodeKind::Directive, self.lines[at].whole());
        let (name, value) = (&line[written.name.clone()], &line[written.value.clone()]);
        if name == "name" {
            if value.is_empty() {
                let hint = "Write `# @name listOrders`";
                self.problem(
                    at,
                    written.name.start,
                    Problem::new(ProblemKind::Input, "`# @name` has no name").hint(hint),
                );
            } else {
                draft.name = Some(value.to_owned());
            }
            return;
        }
        if let Err(error) = directive::apply(&mut draft.directives, name, value) {
            let title = format!("`# @{name}` cannot be read");
            self.problem(at, written.value.start, Problem::new(ProblemKind::Input, title).detail(error.to_string()));
            return;
        }
        if let Some((expression, start)) = directive::jq_of(name, value)
            && let Err(error) = jq::check(expression)
        {
            let title = format!("The jq expression of `# @{name}` cannot be read");
            let offset = if let jq::JqError::Syntax { offset, .. } = &error { *offset } else { 0 };
            let problem = Problem::new(ProblemKind::Input, title).detail(error.to_string());
            self.problem(at, written.value.start + start + offset, problem);
        }
    }

    /// `@name = value`; also `:=`, with which httpyac defines lazily.
    fn variable(&mut self, at: usize, draft: &mut Draft) {
        draft.push(NodeKind::Variable, self.lines[at].whole());
        let line = self.line(at);
        let start = line.len() - line.trim_start().len() + 1;
        let parts = line[start..].split_once('=').map(|(name, value)| {
            let name = name.strip_suffix(':').unwrap_or(name);
            (name.trim(), value.trim(), line.len() - value.trim_start().len())
        });
        let Some((name, value, value_start)) =
            parts.filter(|(name, _, _)| !name.is_empty() && !name.contains(char::is_whitespace))
        else {
            let problem = Problem::new(ProblemKind::Input, "This variable cannot be read")
                .hint("Write `@name = value`, the name without blanks");
            self.problem(at, start - 1, problem);
            return;
        };
        let base = self.lines[at].start;
        let name_start = base + start + (line[start..].len() - line[start..].trim_start().len());
        let value_start = base + value_start;
        self.file_variables.push(FileVariable {
            name: Spanned { text: name.to_owned(), span: name_start..name_start + name.len() },
            value: Spanned { text: unescape(value), span: value_start..value_start + value.len() },
            line: at + 1,
        });
    }

    fn block_comment(&mut self, first: usize, draft: &mut Draft) -> usize {
        let mut at = first;
        while at < self.lines.len() && !self.is_separator(at) {
            draft.push(NodeKind::Comment, self.lines[at].whole());
            let line = self.line(at);
            let text = if at == first { &line[line.find("/*").map_or(0, |open| open + 2)..] } else { line };
            at += 1;
            if text.contains("*/") {
                return at;
            }
        }
        let problem = Problem::new(ProblemKind::Input, "A `/*` comment is never closed").hint("Close it with `*/`");
        self.problem(first, 0, problem);
        at
    }

    /// Keeps a script that ends with `close`; the index after it.
    pub(super) fn script(&mut self, first: usize, close: ScriptClose, draft: &mut Draft) -> usize {
        let mut at = first;
        let mut is_closed = false;
        while !is_closed && at < self.lines.len() && (at == first || !self.is_separator(at)) {
            is_closed = match close {
                ScriptClose::Percent => self.line(at).contains("%}"),
                ScriptClose::Braces => self.line(at).trim() == "}}",
            };
            at += 1;
        }
        if !is_closed {
            let title = format!("A script is never closed with `{}`", close.as_str());
            self.problem(first, 0, Problem::new(ProblemKind::Input, title));
        }
        self.not_run(first, at, draft);
        at
    }

    /// Keeps the lines from `first` to before `end` as something that is not run.
    pub(super) fn not_run(&mut self, first: usize, end: usize, draft: &mut Draft) {
        let (start, last) = (self.lines[first].start, self.lines[end - 1]);
        draft.push(NodeKind::NotRun, start..last.next);
        draft.not_run.push(Spanned {
            text: lines::with_line_feeds(self.text, &self.text[start..last.end]).into_owned(),
            span: start..last.end,
        });
    }

    /// Takes the lines to the next blank line, separator or certain request line as not understood.
    pub(super) fn unread_paragraph(&mut self, mut at: usize, draft: &mut Draft) -> usize {
        let first = at;
        while at < self.lines.len() && !self.is_separator(at) {
            let line = self.line(at);
            if line.trim().is_empty() || (at > first && request_line::is_certain(line)) {
                break;
            }
            draft.push(NodeKind::Unread, self.lines[at].whole());
            at += 1;
        }
        at
    }

    fn unread_block(&mut self, at: usize, draft: &mut Draft) {
        let end = self.end_of_block(at);
        draft.push(NodeKind::Unread, self.lines[at].start..self.lines[end - 1].next);
    }

    fn end_of_block(&self, from: usize) -> usize {
        (from..self.lines.len()).find(|at| self.is_separator(*at)).unwrap_or(self.lines.len())
    }

    pub(super) fn is_separator(&self, at: usize) -> bool {
        self.line(at).starts_with("###")
    }

    pub(super) fn line(&self, at: usize) -> &'a str {
        &self.text[self.lines[at].start..self.lines[at].end]
    }

    fn curl(&mut self, at: usize) {
        let problem = Problem::new(ProblemKind::Input, "A `curl` command is not sent from a `.http` file")
            .hint("`bearcat import curl` turns it into a request");
        self.problem(at, 0, problem);
    }

    fn not_a_request(&mut self, at: usize) {
        let problem = Problem::new(ProblemKind::Input, "This line is not a request line")
            .detail("A request begins with a method and a URL: `GET https://api.example.com/orders`")
            .hint("Put `#` before a comment");
        self.problem(at, 0, problem);
    }

    /// Adds a problem at byte `column` of line `at`.
    pub(super) fn problem(&mut self, at: usize, column: usize, problem: Problem) {
        if self.problems.len() >= MOST_PROBLEMS {
            self.more_problems += 1;
            return;
        }
        let before = &self.line(at).as_bytes()[..column];
        let place = Place { file: self.path.to_path_buf(), line: at + 1, column: lines::column(before) };
        self.problems.push(problem.at(place));
    }
}

/// How a script ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ScriptClose {
    /// `%}`, on any line.
    Percent,
    /// `}}` on a line of its own.
    Braces,
}

impl ScriptClose {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Percent => "%}",
            Self::Braces => "}}",
        }
    }
}

/// Does this (trimmed) line open a script: `< {%`, `> {%`, or httpyac's `{{`, `{{@request`, `{{+after`?
pub(super) fn script_close(text: &str) -> Option<ScriptClose> {
    if text.strip_prefix(['<', '>']).is_some_and(|rest| rest.trim_start().starts_with("{%")) {
        return Some(ScriptClose::Percent);
    }
    let rest = text.strip_prefix("{{")?;
    let opens = match rest.strip_prefix(['@', '+']) {
        None => rest.is_empty(),
        Some(event) => event.chars().all(|c| c.is_alphanumeric() || c == '_'),
    };
    opens.then_some(ScriptClose::Braces)
}

/// `import ./other.http`, `import ./other.http as other`, `run ./other.http`, `run #name (@a=b)`, as newer versions of
/// JetBrains' client have them.
fn is_import_or_run(text: &str) -> bool {
    let argument = |word: &str| text.strip_prefix(word).filter(|rest| rest.starts_with(char::is_whitespace));
    let is_file = |path: &str| {
        let path = path.to_ascii_lowercase();
        [".http", ".rest"].iter().any(|extension| {
            path.find(extension).is_some_and(|at| {
                let after = &path[at + extension.len()..];
                after.is_empty() || after.starts_with(|c: char| c.is_whitespace() || matches!(c, '#' | '('))
            })
        })
    };
    argument("import").is_some_and(is_file)
        || argument("run").is_some_and(|what| what.trim_start().starts_with('#') || is_file(what))
}

fn starts_with_word(text: &str, word: &str) -> bool {
    text.strip_prefix(word).is_some_and(|rest| rest.starts_with(char::is_whitespace))
}

/// A few words of the file for a problem's text: short, and without tokens.
pub(super) fn quote(text: &str) -> String {
    let masked = crate::redact::mask(text);
    let mut short: String = masked.chars().take(30).filter(|c| !c.is_control()).collect();
    if masked.chars().count() > 30 {
        short.push('…');
    }
    short
}

/// REST Client's escapes in the value of a file variable; an unknown one stays as it is.
fn unescape(value: &str) -> String {
    if !value.contains('\\') {
        return value.to_owned();
    }
    let mut out = String::with_capacity(value.len());
    let mut rest = value.chars().peekable();
    while let Some(c) = rest.next() {
        let escaped = match (c, rest.peek()) {
            ('\\', Some('n')) => '\n',
            ('\\', Some('r')) => '\r',
            ('\\', Some('t')) => '\t',
            ('\\', Some('\\')) => '\\',
            _ => {
                out.push(c);
                continue;
            }
        };
        out.push(escaped);
        rest.next();
    }
    out
}
