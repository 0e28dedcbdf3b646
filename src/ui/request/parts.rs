//! The tabs that show what stands in the file: query parameters, headers, body, directives.

use std::time::Duration;

use ratatui::text::Line;

use crate::model::request::{AuthDirective, BodyPiece, Directives, RequestBlock, TokenCarrier};
use crate::ui::text;
use crate::ui::theme::{Role, Theme};
use crate::ui::token::needs;
use crate::ui::wrap::{labelled, paragraph};

const NO_PARAMS: &str = "The URL has no query parameters.";
const NO_HEADERS: &str = "No headers of its own; bearcat adds what is needed, and the token.";
const NO_BODY: &str = "No body.";
const NO_DIRECTIVES: &str = "No directives. Comments such as `# @auth jane` or `# @redirect 5` above the request line.";
const NOT_RUN: &str = "Kept in the file, but not run by bearcat:";

/// Columns of a label.
const LABEL: usize = 16;

/// More lines of a body than this are not prepared: the file is the place to read it.
const LONGEST_BODY: usize = 2000;

/// The query parameters of a URL template, as they are written.
pub fn query_of(url: &str) -> Vec<(&str, Option<&str>)> {
    let Some((_, query)) = url.split_once('?') else { return Vec::new() };
    let query = query.split('#').next().unwrap_or_default();
    let pairs = query.split('&').map(str::trim).filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').map_or((pair, None), |(name, value)| (name, Some(value)))).collect()
}

/// The query parameters.
pub fn params(request: &RequestBlock, theme: &Theme, width: usize) -> Vec<Line<'static>> {
    let pairs = query_of(&request.url.text);
    if pairs.is_empty() {
        return paragraph(theme, Role::Dim, 0, NO_PARAMS, width);
    }
    pairs.into_iter().flat_map(|(name, value)| row(theme, name, value.unwrap_or_default(), width)).collect()
}

/// The headers.
pub fn headers(request: &RequestBlock, theme: &Theme, width: usize) -> Vec<Line<'static>> {
    if request.headers.is_empty() {
        return paragraph(theme, Role::Dim, 0, NO_HEADERS, width);
    }
    request.headers.iter().flat_map(|header| row(theme, &header.name.text, &header.value.text, width)).collect()
}

/// The body, as text and files.
pub fn body(request: &RequestBlock, theme: &Theme, width: usize) -> Vec<Line<'static>> {
    if request.body.is_empty() {
        return paragraph(theme, Role::Dim, 0, NO_BODY, width);
    }
    let pieces = request.body.iter().flat_map(|piece| match piece {
        BodyPiece::Text(text) => paragraph(theme, Role::Plain, 0, &text.text, width),
        BodyPiece::File { path, substitute, encoding } => {
            let how = match (substitute, encoding) {
                (false, _) => "file, sent as it is".to_owned(),
                (true, None) => "file, its placeholders are filled".to_owned(),
                (true, Some(encoding)) => format!("file in {encoding}, its placeholders are filled"),
            };
            row(theme, "<", &format!("{} ({how})", path.text), width)
        }
    });
    pieces.take(LONGEST_BODY).collect()
}

/// How many directives there are, scripts included.
pub fn directive_count(request: &RequestBlock) -> usize {
    known(&request.directives).len() + request.directives.other.len() + request.not_run.len()
}

/// The directives, and what is not run.
pub fn directives(request: &RequestBlock, theme: &Theme, width: usize) -> Vec<Line<'static>> {
    if directive_count(request) == 0 {
        return paragraph(theme, Role::Dim, 0, NO_DIRECTIVES, width);
    }
    let known = known(&request.directives);
    let other = request.directives.other.iter().map(|(name, value)| (format!("@{name}"), value.clone()));
    let mut lines: Vec<_> =
        known.into_iter().chain(other).flat_map(|(name, value)| row(theme, &name, &value, width)).collect();
    if !request.not_run.is_empty() {
        lines.extend(paragraph(theme, Role::Warn, 0, NOT_RUN, width));
        lines.extend(request.not_run.iter().flat_map(|script| paragraph(theme, Role::Dim, 2, &script.text, width)));
    }
    lines
}

fn known(directives: &Directives) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    let mut push = |name: &str, value: String| rows.push((name.to_owned(), value));
    match &directives.auth {
        Some(AuthDirective::Identity { name, carrier }) => {
            let cookie = if *carrier == TokenCarrier::Cookie { " cookie" } else { "" };
            push("@auth", format!("{name}{cookie}"));
        }
        Some(AuthDirective::None) => push("@no-auth", String::new()),
        None => {}
    }
    if let Some(hops) = directives.max_redirects {
        push("@redirect", format!("{hops} ({})", if hops == 0 { "redirects are not followed" } else { "at most" }));
    }
    if directives.no_cookie_jar {
        push("@no-cookie-jar", "cookies are neither sent nor kept".to_owned());
    }
    let seconds = |time: Duration| text::duration(time);
    if let Some(time) = directives.timeout {
        push("@timeout", seconds(time));
    }
    if let Some(time) = directives.connection_timeout {
        push("@connection-timeout", seconds(time));
    }
    for requirement in &directives.require {
        push("@require", needs::label(requirement));
    }
    if let Some(note) = &directives.note {
        push("@note", if note.is_empty() { "asks before sending".to_owned() } else { note.clone() });
    }
    for prompt in &directives.prompts {
        push("@prompt", format!("{} {}", prompt.name, prompt.description).trim_end().to_owned());
    }
    for capture in &directives.captures {
        push("@capture", format!("{} = {}", capture.name, capture.expression));
    }
    for assert in &directives.asserts {
        push("@assert", assert.clone());
    }
    for expected in &directives.expect {
        let statuses: Vec<String> = expected.statuses.iter().map(ToString::to_string).collect();
        push("@expect", format!("{} {}", expected.identity, statuses.join(",")));
    }
    rows
}

fn row(theme: &Theme, name: &str, value: &str, width: usize) -> Vec<Line<'static>> {
    labelled(
        vec![theme.span(Role::Lexeme(crate::body::document::Lexeme::Key), name)],
        value,
        theme.style(Role::Plain),
        LABEL,
        width,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_taken_apart_as_written() {
        assert_eq!(query_of("{{base}}/a?x=1&y&z=a=b#f"), [("x", Some("1")), ("y", None), ("z", Some("a=b"))]);
        assert_eq!(query_of("https://a.b/"), []);
        assert_eq!(query_of("/a?"), []);
    }
}
