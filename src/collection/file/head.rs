//! The head of a request: the request line with the further lines of its target, and the headers.
//!
//! Called by [`parser`](super::parser) at a line that is a request line.

use super::NodeKind;
use super::body;
use super::parser::{Draft, Parser, quote};
use crate::collection::directive;
use crate::collection::request_line::{self, RequestLine};
use crate::model::problem::{Problem, ProblemKind};
use crate::model::request::{Directives, HeaderField, RequestBlock, RequestId, Span, Spanned};

/// Where the headers ended.
pub(super) enum AfterHeaders {
    /// The body begins at this line.
    Body(usize),
    /// The block ends at this line.
    End(usize),
}

impl Parser<'_> {
    /// Reads the request line and the further lines of its target; the index after them.
    pub(super) fn request_line(&mut self, first: usize, draft: &mut Draft) -> usize {
        let line = self.line(first);
        let RequestLine::Request { method, target, mut version } = request_line::parse(line) else { return first };
        draft.push(NodeKind::RequestLine, self.lines[first].whole());
        let base = self.lines[first].start;
        let mut url = Spanned { text: line[target.clone()].to_owned(), span: base + target.start..base + target.end };
        let mut version_base = base;
        let mut at = first + 1;
        while at < self.lines.len() && !self.is_separator(at) {
            let line = self.line(at);
            if directive::is_comment(line) && self.continues_after_comments(at) {
                self.comment(at, draft);
            } else if is_continuation(line) {
                let (end, written) = request_line::split_version(line);
                let start = line.len() - line.trim_start().len();
                let end = end.max(start);
                url.text.push_str(&line[start..end]);
                url.span.end = self.lines[at].start + end;
                if written.is_some() {
                    version = written;
                    version_base = self.lines[at].start;
                }
                draft.push(NodeKind::TargetContinuation, self.lines[at].whole());
            } else {
                break;
            }
            at += 1;
        }
        if url.text.is_empty() {
            let hint = "Write the URL after the method: `GET https://api.example.com/orders`";
            let problem = Problem::new(ProblemKind::Input, "This request has no URL").hint(hint);
            self.problem(first, target.start, problem);
        }
        let method = match method {
            Some((span, text)) => Spanned { text, span: base + span.start..base + span.end },
            None => Spanned { text: "GET".to_owned(), span: url.span.start..url.span.start },
        };
        let version = version.map(|span| version_base + span.start..version_base + span.end);
        draft.request = Some(RequestBlock {
            id: RequestId { file: self.path.to_path_buf(), index: self.requests.len() },
            name: None,
            span: 0..0,
            line: first + 1,
            method,
            url,
            http_version: version.map(|span| Spanned { text: self.text[span.clone()].to_owned(), span }),
            headers: Vec::new(),
            body: Vec::new(),
            directives: Directives::default(),
            not_run: Vec::new(),
        });
        at
    }

    /// Is the run of comments at `at` followed by one more line of the target?
    fn continues_after_comments(&self, at: usize) -> bool {
        let end = self.lines.len().min(at + 50);
        (at..end).map(|at| self.line(at)).find(|line| !directive::is_comment(line)).is_some_and(is_continuation)
    }

    pub(super) fn headers(&mut self, mut at: usize, draft: &mut Draft) -> AfterHeaders {
        while at < self.lines.len() && !self.is_separator(at) {
            let line = self.line(at);
            let text = line.trim();
            if text.is_empty() {
                draft.push(NodeKind::EndOfHeaders, self.lines[at].whole());
                return AfterHeaders::Body(at + 1);
            }
            if request_line::is_certain(line) {
                return AfterHeaders::End(at);
            }
            if body::is_special(text) {
                return AfterHeaders::Body(at);
            }
            if directive::is_comment(line) || text.starts_with('@') {
                at = self.trivia(at, draft).unwrap_or(at + 1);
                continue;
            }
            if !self.header(at, draft) {
                return AfterHeaders::Body(at);
            }
            at += 1;
        }
        AfterHeaders::End(at)
    }

    /// Reads a header line. `false`: this is the body, and its blank line is missing.
    fn header(&mut self, at: usize, draft: &mut Draft) -> bool {
        let line = self.line(at);
        let base = self.lines[at].start;
        let start = line.len() - line.trim_start().len();
        let header = split_header(line);
        if start > 0
            && header.is_none()
            && let Some(last) = draft.request.as_mut().and_then(|request| request.headers.last_mut())
        {
            last.value.text.push(' ');
            last.value.text.push_str(line.trim());
            last.value.span.end = base + line.trim_end().len();
            draft.push(NodeKind::HeaderContinuation, self.lines[at].whole());
            return true;
        }
        let Some((name, value)) = header else {
            let text = line.trim();
            if text.starts_with(['{', '[', '"', '<']) {
                let problem = Problem::new(ProblemKind::Input, "The body begins without a blank line before it")
                    .hint("Leave one line empty between the headers and the body");
                self.problem(at, start, problem);
                return false;
            }
            let word = text.split_whitespace().next().unwrap_or_default();
            let title = format!("This header line cannot be read: `{}` …", quote(word));
            let detail = "A header is a name without blanks, a colon and a value: `Accept: application/json`";
            let problem = Problem::new(ProblemKind::Input, title)
                .detail(detail)
                .hint("Before a body there must be an empty line, before another request a `###` line");
            self.problem(at, start, problem);
            draft.push(NodeKind::Unread, self.lines[at].whole());
            return true;
        };
        draft.push(NodeKind::Header, self.lines[at].whole());
        if let Some(request) = &mut draft.request {
            let spanned =
                |span: Span| Spanned { text: line[span.clone()].to_owned(), span: base + span.start..base + span.end };
            request.headers.push(HeaderField { name: spanned(name), value: spanned(value) });
        }
        true
    }
}

/// Is this one more line of the target: `?query`, `&query`, or indented and not a header?
fn is_continuation(line: &str) -> bool {
    let text = line.trim_start();
    if text.is_empty() || text.starts_with("??") || directive::is_comment(line) || body::is_special(text.trim_end()) {
        return false;
    }
    if text.starts_with(['?', '&']) {
        return true;
    }
    text.len() < line.len()
        && !text.starts_with('@')
        && split_header(line).is_none_or(|(_, value)| {
            // `https://…` and `a:8080/x` are targets; a header has a blank after its colon.
            line[..value.start].ends_with(':')
        })
}

/// Name and value of a header line, as spans in it.
fn split_header(line: &str) -> Option<(Span, Span)> {
    let start = line.len() - line.trim_start().len();
    let mut colon = None;
    let mut at = start;
    while at < line.len() {
        let rest = &line[at..];
        if rest.starts_with("{{") {
            at += rest.find("}}").map_or(rest.len(), |close| close + 2);
        } else if rest.starts_with(':') {
            colon = Some(at);
            break;
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    let colon = colon?;
    let name = line[start..colon].trim_end();
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let is_name = !name.is_empty() && (name.contains("{{") || name.bytes().all(is_token));
    let value = line[colon + 1..].trim();
    let value_start = line.len() - line[colon + 1..].trim_start().len();
    is_name.then_some((start..start + name.len(), value_start..value_start + value.len()))
}
