//! The body: pieces put together as their content type wants them.
//!
//! Text goes as it is written; forms of several lines become one, multipart bodies get their line ends, boundary and
//! part headers, GraphQL becomes JSON. Files are named, not read: the engine streams them.

use std::fmt::Write;

use bytes::Bytes;

use crate::http::body_text;
use crate::http::plan::error::PlanError;
use crate::http::plan::texts::{FilledPiece, Texts};
use crate::http::plan::{PlanInput, PlannedBody, PlannedHeader, PlannedPiece, graphql, header, multipart};

/// The body of a request with these method and headers, which may be changed to what the body needs.
pub(super) fn plan(
    input: &PlanInput<'_>,
    texts: Texts,
    method: &mut String,
    headers: &mut Vec<PlannedHeader>,
) -> Result<PlannedBody, PlanError> {
    if let Some(asked) = graphql::take(method, headers) {
        return graphql::plan(input, texts, &asked, headers);
    }
    let content_type = header::find(headers, "content-type").map_or("", |header| header.value.expose());
    let essence = body_text::essence(content_type);
    if essence.starts_with("multipart/") {
        return Ok(multipart::plan(texts.body, headers));
    }
    let is_form = essence == "application/x-www-form-urlencoded";
    let mut body = PlannedBody::default();
    for piece in texts.body {
        match piece {
            FilledPiece::File { path, .. } => body.pieces.push(PlannedPiece::File(path)),
            FilledPiece::Text(filled) | FilledPiece::FileText { filled, .. } => {
                body.secret |= filled.secret;
                let text = if is_form { form(&filled.text) } else { filled.text };
                if !text.is_empty() {
                    body.pieces.push(PlannedPiece::Bytes(Bytes::from(text)));
                }
            }
        }
    }
    Ok(body)
}

/// A form over several lines is one line: neither a line break nor a blank at its ends has a meaning in it. What may
/// not stand in a form is percent-encoded, what is encoded already stays.
fn form(text: &str) -> String {
    let joined: String = text.lines().map(str::trim).collect();
    let pairs = joined.split('&').map(|pair| match pair.split_once('=') {
        Some((name, value)) => format!("{}={}", name.trim(), value.trim()),
        None => pair.trim().to_owned(),
    });
    let form = pairs.collect::<Vec<_>>().join("&");
    let mut encoded = String::with_capacity(form.len());
    for byte in form.bytes() {
        if byte.is_ascii_graphic() && !b"\"<>\\^`{|}#".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("a=1&b=2", "a=1&b=2")]
    #[case("a=1\n&b=2\n&c=3\n", "a=1&b=2&c=3")]
    #[case("a = 1 &\nb = two words", "a=1&b=two%20words")]
    #[case("a=%20&b=1+2", "a=%20&b=1+2")]
    #[case("name=José&json={\"a\":1}", "name=Jos%C3%A9&json=%7B%22a%22:1%7D")]
    #[case("token=a==", "token=a==")]
    #[case("flag", "flag")]
    #[case("", "")]
    fn forms(#[case] written: &str, #[case] sent: &str) {
        assert_eq!(form(written), sent);
    }
}
