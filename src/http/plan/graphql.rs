//! GraphQL over HTTP: query and variables become one JSON body.
//!
//! Asked for by the method `GRAPHQL` (JetBrains) or the header `X-Request-Type: GraphQL` (REST Client), which do not go
//! out themselves. The variables are a JSON object after a blank line; their text is sent as it is written.

use bytes::Bytes;

use crate::http::plan::error::PlanError;
use crate::http::plan::place::Places;
use crate::http::plan::texts::{FilledPiece, Texts};
use crate::http::plan::{PlanInput, PlannedBody, PlannedHeader, PlannedPiece, PlannedValue, header};
use crate::model::request::{BodyPiece, Spanned};

/// A request that is to be sent as GraphQL.
pub(super) struct Asked {
    /// `X-GraphQL-Operation`.
    operation: Option<String>,
}

/// Does the request ask for GraphQL? Takes away what only says so.
pub(super) fn take(method: &mut String, headers: &mut Vec<PlannedHeader>) -> Option<Asked> {
    let says = |header: &PlannedHeader| header.value.expose().trim().eq_ignore_ascii_case("graphql");
    let by_header = header::find(headers, "x-request-type").is_some_and(says);
    if !by_header && method != "GRAPHQL" {
        return None;
    }
    if method == "GRAPHQL" {
        "POST".clone_into(method);
    }
    let operation = header::find(headers, "x-graphql-operation").map(|header| header.value.expose().trim().to_owned());
    headers.retain(|header| {
        !["x-request-type", "x-graphql-operation"].iter().any(|name| header.name.eq_ignore_ascii_case(name))
    });
    Some(Asked { operation: operation.filter(|name| !name.is_empty()) })
}

/// The JSON body; a `Content-Type` is added where there is none.
pub(super) fn plan(
    input: &PlanInput<'_>,
    texts: Texts,
    asked: &Asked,
    headers: &mut Vec<PlannedHeader>,
) -> Result<PlannedBody, PlanError> {
    let places = Places { file: &input.block.id.file, source: input.source };
    let mut text = String::new();
    let mut secret = false;
    for piece in texts.body {
        match piece {
            FilledPiece::Text(filled) | FilledPiece::FileText { filled, .. } => {
                secret |= filled.secret;
                text.push_str(&filled.text);
            }
            FilledPiece::File { path, written } => {
                let unreadable = |reason: String| PlanError::UnreadableFile {
                    path: written.text.trim().into(),
                    reason,
                    place: places.of(&written),
                };
                let bytes = (input.read_template)(&path).map_err(unreadable)?;
                text.push_str(&String::from_utf8(bytes).map_err(|_| unreadable("it is not UTF-8 text".to_owned()))?);
            }
        }
    }
    let text = text.replace("\r\n", "\n");
    if text.trim().is_empty() {
        return Ok(PlannedBody::default());
    }
    let body = body(&text, asked.operation.as_deref()).map_err(|reason| PlanError::BadBody {
        reason,
        place: last_text(input).map_or_else(|| places.of(&input.block.url), |piece| places.of(piece)),
    })?;
    if header::find(headers, "content-type").is_none() {
        let value = PlannedValue::Plain("application/json".to_owned());
        headers.push(PlannedHeader { name: "Content-Type".to_owned(), value });
    }
    Ok(PlannedBody { pieces: vec![PlannedPiece::Bytes(Bytes::from(body))], secret })
}

fn last_text<'a>(input: &PlanInput<'a>) -> Option<&'a Spanned> {
    input.block.body.iter().rev().find_map(|piece| match piece {
        BodyPiece::Text(text) => Some(text),
        BodyPiece::File { .. } => None,
    })
}

fn body(text: &str, operation: Option<&str>) -> Result<String, String> {
    // A whole message that was written as JSON stays what it is.
    if serde_json::from_str::<serde_json::Value>(text).is_ok_and(|value| value.get("query").is_some()) {
        return Ok(text.trim().to_owned());
    }
    let (query, variables) = split(text)?;
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let mut body = format!("{{\"query\":{}", quoted(query.trim()));
    if let Some(variables) = variables {
        body.push_str(",\"variables\":");
        body.push_str(variables);
    }
    if let Some(operation) = operation {
        body.push_str(",\"operationName\":");
        body.push_str(&quoted(operation));
    }
    body.push('}');
    Ok(body)
}

/// Query and variables: what follows a blank line and is a JSON object to the end.
fn split(text: &str) -> Result<(&str, Option<&str>), String> {
    let mut problem = None;
    let mut at = 0;
    let mut after_blank = false;
    for line in text.split_inclusive('\n') {
        let rest = text[at..].trim();
        if after_blank && rest.starts_with('{') {
            match serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(rest) {
                Ok(_) => return Ok((&text[..at], Some(rest))),
                // `{ "…` is meant as JSON, `{ field` is GraphQL.
                Err(error) if rest[1..].trim_start().starts_with('"') => {
                    problem.get_or_insert_with(|| format!("the variables are not JSON: {error}"));
                }
                Err(_) => {}
            }
        }
        after_blank = line.trim().is_empty();
        at += line.len();
    }
    problem.map_or(Ok((text, None)), Err)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("query { a }", None, r#"{"query":"query { a }"}"#)]
    #[case("{ a }\n", None, r#"{"query":"{ a }"}"#)]
    #[case(
        "query Q($n: Int) {\n\n  a(n: $n)\n}\n\n{ \"n\": 1.50 }\n",
        None,
        "{\"query\":\"query Q($n: Int) {\\n\\n  a(n: $n)\\n}\",\"variables\":{ \"n\": 1.50 }}"
    )]
    #[case(
        "query A { a }\n\nquery B { b }\n\n{}",
        Some("B"),
        "{\"query\":\"query A { a }\\n\\nquery B { b }\",\"variables\":{},\"operationName\":\"B\"}"
    )]
    #[case("{ \"query\": \"{ a }\" }", None, "{ \"query\": \"{ a }\" }")]
    #[case("{ a }\n\n{ b }", None, r#"{"query":"{ a }\n\n{ b }"}"#)]
    fn bodies(#[case] written: &str, #[case] operation: Option<&str>, #[case] sent: &str) {
        assert_eq!(body(written, operation).unwrap(), sent);
    }

    #[test]
    fn variables_that_are_no_json_are_told() {
        let error = body("query { a }\n\n{ \"n\": }", None).unwrap_err();
        assert!(error.starts_with("the variables are not JSON: "), "{error}");
    }
}
