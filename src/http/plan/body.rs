//! The body: pieces put together as their content type wants them.

use bytes::Bytes;

use crate::http::body_text;
use crate::http::plan::header;
use crate::http::plan::texts::{FilledPiece, Texts};
use crate::http::plan::{PlannedBody, PlannedHeader, PlannedPiece};

/// The body of a request with these headers.
pub(super) fn plan(texts: Texts, headers: &[PlannedHeader]) -> PlannedBody {
    let content_type = header::find(headers, "content-type").map_or("", |header| header.value.expose());
    let essence = body_text::essence(content_type);
    let mut body = PlannedBody::default();
    for piece in texts.body {
        match piece {
            FilledPiece::File(path) => body.pieces.push(PlannedPiece::File(path)),
            FilledPiece::Text(filled) => {
                body.secret |= filled.secret;
                let text = written_as(&essence, filled.text);
                if !text.is_empty() {
                    body.pieces.push(PlannedPiece::Bytes(Bytes::from(text)));
                }
            }
        }
    }
    body
}

fn written_as(essence: &str, text: String) -> String {
    if essence.starts_with("multipart/") {
        return with_crlf(&text);
    }
    if essence == "application/x-www-form-urlencoded" && text.contains('\n') {
        // A form over several lines is one line: a line break has no meaning in it.
        return text.lines().map(str::trim).collect();
    }
    text
}

/// RFC 2046 section 5.1.1: delimiters and part headers end in CR LF.
fn with_crlf(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\n', "\r\n")
}
