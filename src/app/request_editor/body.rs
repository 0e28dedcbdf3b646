//! Bodies by kind: what their tab shows, and what their text must be.

use crate::app::request_editor::Check;
use crate::body::json::check_with_holes;
use crate::collection::edit::body_source;
use crate::collection::file::Collection;
use crate::model::request::{BodyPiece, RequestBlock};
use crate::template::Template;

/// Longer texts are checked on demand only.
const LONGEST_LIVE_CHECK: usize = 256 * 1024;

/// The boundary of multipart bodies that are begun here.
pub const BOUNDARY: &str = "bearcat-boundary";

/// What kind of body a request has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BodyKind {
    /// None.
    None,
    /// JSON.
    Json,
    /// Any other text.
    Text,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// `multipart/form-data`.
    Multipart,
    /// GraphQL: a query and its variables.
    GraphQl,
    /// `< path`: a file as it is.
    File,
}

impl BodyKind {
    /// In the order of the chooser.
    pub const ALL: [Self; 7] =
        [Self::Json, Self::Form, Self::Multipart, Self::GraphQl, Self::Text, Self::File, Self::None];

    /// What it is called.
    pub const fn label(self) -> &'static str {
        match self {
            Self::None => "no body",
            Self::Json => "JSON",
            Self::Text => "text",
            Self::Form => "form",
            Self::Multipart => "multipart",
            Self::GraphQl => "GraphQL",
            Self::File => "file",
        }
    }

    /// What it is.
    pub const fn about(self) -> &'static str {
        match self {
            Self::None => "nothing is sent after the headers",
            Self::Json => "application/json, checked while you type",
            Self::Text => "any text, its Content-Type as the header says",
            Self::Form => "application/x-www-form-urlencoded, as a table",
            Self::Multipart => "multipart/form-data: fields and files, as a table",
            Self::GraphQl => "a query and its variables",
            Self::File => "`< path`: the bytes of a file",
        }
    }

    /// The kind of a request's body.
    pub fn of(request: &RequestBlock) -> Self {
        let content_type = header(request, "content-type").unwrap_or_default().trim().to_ascii_lowercase();
        let is_marked = header(request, "x-request-type").is_some_and(|value| value.eq_ignore_ascii_case("graphql"));
        if request.method.text == "GRAPHQL" || is_marked {
            return Self::GraphQl;
        }
        if content_type.starts_with("multipart/") && content_type.contains("boundary=") {
            return Self::Multipart;
        }
        let has_file = request.body.iter().any(|piece| matches!(piece, BodyPiece::File { .. }));
        if content_type.starts_with("application/x-www-form-urlencoded") && !has_file {
            return Self::Form;
        }
        if let [BodyPiece::File { .. }] = request.body.as_slice() {
            return Self::File;
        }
        let is_json = content_type.contains("json");
        match request.body.first() {
            None if content_type.is_empty() => Self::None,
            _ if is_json => Self::Json,
            Some(BodyPiece::Text(text))
                if content_type.is_empty() && text.text.trim_start().starts_with(['{', '[']) && !has_file =>
            {
                Self::Json
            }
            _ => Self::Text,
        }
    }
}

fn header<'a>(request: &'a RequestBlock, name: &str) -> Option<&'a str> {
    let found = request.headers.iter().find(|header| header.name.text.eq_ignore_ascii_case(name));
    found.map(|header| header.value.text.as_str())
}

/// Which part of a body a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Half {
    /// All of it.
    Whole,
    /// The query of a GraphQL body.
    Query,
    /// Its variables, JSON.
    Variables,
}

impl Half {
    /// Its text in the file: lines as they stand there, comments and `< file` included.
    pub fn text(self, collection: &Collection, request: usize) -> String {
        let whole = body_source(collection, request);
        match self {
            Self::Whole => whole,
            Self::Query => split_graphql(&whole).0.to_owned(),
            Self::Variables => split_graphql(&whole).1.to_owned(),
        }
    }

    /// The whole body with this part of it replaced.
    pub fn put(self, collection: &Collection, request: usize, text: &str) -> String {
        let whole = body_source(collection, request);
        let (query, variables) = split_graphql(&whole);
        match self {
            Self::Whole => text.to_owned(),
            Self::Query => join_graphql(text, variables),
            Self::Variables => join_graphql(query, text),
        }
    }

    /// Must the text be JSON?
    pub fn is_json(self, request: &RequestBlock) -> bool {
        match self {
            Self::Whole => BodyKind::of(request) == BodyKind::Json,
            Self::Query => false,
            Self::Variables => true,
        }
    }
}

/// Query and variables of a GraphQL body: the variables are a JSON object after a blank line.
pub fn split_graphql(body: &str) -> (&str, &str) {
    let mut depth = 0_i64;
    let mut before = 0;
    let mut is_after_blank = false;
    for line in body.split_inclusive('\n') {
        if is_after_blank && depth <= 0 && line.trim_start().starts_with('{') && before > 0 {
            let (query, variables) = body.split_at(before);
            if looks_like_object(variables) {
                return (query.trim_end_matches(['\n', '\r', ' ', '\t']), variables.trim_end());
            }
        }
        is_after_blank = line.trim().is_empty();
        let code = line.split('#').next().unwrap_or_default();
        depth += code.matches('{').count() as i64 - code.matches('}').count() as i64;
        before += line.len();
    }
    (body, "")
}

/// `{ "name": … }` or `{}`, not `{ hero { name } }`.
fn looks_like_object(text: &str) -> bool {
    let inside = text.trim_start().trim_start_matches('{').trim_start();
    inside.starts_with(['"', '}']) || inside.starts_with("{{")
}

fn join_graphql(query: &str, variables: &str) -> String {
    match (query.trim_end(), variables.trim()) {
        (query, "") => query.to_owned(),
        ("", variables) => variables.to_owned(),
        (query, variables) => format!("{query}\n\n{variables}"),
    }
}

/// Does this line of a body mean something else than its text: a comment, a file?
pub fn is_special_line(line: &str) -> bool {
    let text = line.trim_start();
    text.starts_with('#') || text.starts_with("//") || text.starts_with("< ") || text.starts_with("<@")
}

/// Checks a text that should be JSON while it is typed, if it is not too long for that.
pub fn check_live(text: &str) -> Check {
    if text.len() > LONGEST_LIVE_CHECK { Check::OnDemand } else { check(text) }
}

/// Checks a text that should be JSON; templates in it may be filled to anything. Comment lines are passed over.
pub fn check(text: &str) -> Check {
    if text.trim().is_empty() {
        return Check::Good;
    }
    let text = without_comments(text);
    match check_with_holes(text.as_bytes(), &holes(&text)) {
        Ok(_) => Check::Good,
        Err(fault) => {
            let before = &text[..text.floor_char_boundary(fault.offset)];
            let start = before.rfind('\n').map_or(0, |newline| newline + 1);
            Check::Bad {
                line: before.matches('\n').count() + 1,
                column: before[start..].chars().count() + 1,
                byte: before.len() - start,
                expected: fault.expected,
            }
        }
    }
}

/// The placeholders of a text.
pub fn holes(text: &str) -> Vec<std::ops::Range<usize>> {
    Template::parse(text).placeholders().map(|placeholder| placeholder.span.clone()).collect()
}

/// The same text with blanks in place of its comment lines, so that places stay true.
fn without_comments(text: &str) -> std::borrow::Cow<'_, str> {
    let is_comment = |line: &str| line.trim_start().starts_with('#') || line.trim_start().starts_with("//");
    if !text.lines().any(is_comment) {
        return text.into();
    }
    let lines = text.split('\n').map(|line| if is_comment(line) { " ".repeat(line.len()) } else { line.to_owned() });
    lines.collect::<Vec<_>>().join("\n").into()
}

/// Why a text was not reformatted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotReformatted {
    /// It is no JSON: the check says where.
    #[error("It is not JSON yet")]
    NotJson,
    /// Reformatting would lose comments or files.
    #[error("It has comment lines or files between its lines: they would be lost")]
    SpecialLines,
}

/// The text with one member to a line; templates stay as they are.
pub fn reformatted(text: &str) -> Result<String, NotReformatted> {
    if text.lines().any(is_special_line) {
        return Err(NotReformatted::SpecialLines);
    }
    let pretty = crate::body::json::pretty_with_holes(text.as_bytes(), &holes(text));
    let pretty = pretty.map_err(|_| NotReformatted::NotJson)?;
    String::from_utf8(pretty).map_err(|_| NotReformatted::NotJson)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("query { a }\n\n{\"id\": 1}", "query { a }", "{\"id\": 1}")]
    #[case("query { a }\n\n{}\n", "query { a }", "{}")]
    #[case("query Q {\n\n  a {\n\n  b }\n}\n", "query Q {\n\n  a {\n\n  b }\n}\n", "")]
    #[case("{ a }\n\n{ \"x\": {{id}} }", "{ a }", "{ \"x\": {{id}} }")]
    #[case("{ a }\n\n{ b }", "{ a }\n\n{ b }", "")]
    #[case("", "", "")]
    fn graphql_has_two_halves(#[case] body: &str, #[case] query: &str, #[case] variables: &str) {
        assert_eq!(split_graphql(body), (query, variables));
        let (query, variables) = split_graphql(body);
        let joined = join_graphql(query, variables);
        assert_eq!(split_graphql(&joined).1, variables);
    }

    #[test]
    fn the_first_fault_has_line_and_column() {
        assert_eq!(check("{\n  \"é\": {{id}},\n}"), Check::Bad { line: 3, column: 1, byte: 0, expected: "a key" });
        assert_eq!(check("{\"é\" 1}"), Check::Bad { line: 1, column: 6, byte: 6, expected: "`:`" });
        assert_eq!(check("{\"a\": {{id}}, \"b\": \"{{x}} y\"}"), Check::Good);
        assert_eq!(check("// told\n{\n# why\n\"a\": 1}"), Check::Good);
        assert_eq!(check(" \n"), Check::Good);
        assert_eq!(check_live(&"x".repeat(LONGEST_LIVE_CHECK + 1)), Check::OnDemand);
    }

    #[test]
    fn reformatting_keeps_templates_and_refuses_to_lose_anything() {
        assert_eq!(reformatted("{\"a\":{{id}},\"b\":[]}").unwrap(), "{\n  \"a\": {{id}},\n  \"b\": []\n}");
        assert_eq!(reformatted("{"), Err(NotReformatted::NotJson));
        assert_eq!(reformatted("{\n# no\n}"), Err(NotReformatted::SpecialLines));
        assert_eq!(reformatted("{}\n< ./rest.json"), Err(NotReformatted::SpecialLines));
    }

    #[rstest]
    #[case("GET https://a.b/\n", BodyKind::None)]
    #[case("POST https://a.b/\n\n{\"a\":1}\n", BodyKind::Json)]
    #[case("POST https://a.b/\nContent-Type: application/problem+json\n\n{{x}}\n", BodyKind::Json)]
    #[case("POST https://a.b/\nContent-Type: application/x-www-form-urlencoded\n\na=1\n", BodyKind::Form)]
    #[case("POST https://a.b/\nContent-Type: multipart/form-data; boundary=x\n\n--x--\n", BodyKind::Multipart)]
    #[case("POST https://a.b/\nX-Request-Type: GraphQL\n\n{ a }\n", BodyKind::GraphQl)]
    #[case("GRAPHQL https://a.b/\n\n{ a }\n", BodyKind::GraphQl)]
    #[case("POST https://a.b/\n\n< ./a.bin\n", BodyKind::File)]
    #[case("POST https://a.b/\n\na\n< ./a.bin\n", BodyKind::Text)]
    #[case("POST https://a.b/\nContent-Type: text/csv\n\na,b\n", BodyKind::Text)]
    fn kinds(#[case] text: &str, #[case] kind: BodyKind) {
        let collection = Collection::parse(std::path::Path::new("a.http"), text.as_bytes());
        assert_eq!(BodyKind::of(&collection.requests[0]), kind);
    }
}
