//! Multipart bodies (RFC 2046, RFC 7578): line ends, the boundary, and the headers of parts that are files.

use std::path::Path;

use bytes::Bytes;

use crate::http::body_text;
use crate::http::plan::texts::FilledPiece;
use crate::http::plan::{PlannedBody, PlannedHeader, PlannedPiece, PlannedValue};
use crate::redact::SecretText;

/// RFC 2046 section 5.1.1.
const LONGEST_BOUNDARY: usize = 70;

/// The body. A `Content-Type` without a boundary gets the one that the body begins with.
pub(super) fn plan(pieces: Vec<FilledPiece>, headers: &mut [PlannedHeader]) -> PlannedBody {
    let boundary = boundary(&pieces, headers);
    let mut body = PlannedBody::default();
    let mut open = String::new();
    for piece in pieces {
        match piece {
            FilledPiece::Text(filled) => {
                body.secret |= filled.secret;
                open.push_str(&with_crlf(&filled.text));
            }
            FilledPiece::File { path, .. } => {
                complete_head(&mut open, boundary.as_deref(), &path);
                flush(&mut body, &mut open);
                body.pieces.push(PlannedPiece::File(path));
            }
            // The content of a file keeps its line ends.
            FilledPiece::FileText { filled, path } => {
                complete_head(&mut open, boundary.as_deref(), &path);
                body.secret |= filled.secret;
                open.push_str(&filled.text);
            }
        }
    }
    flush(&mut body, &mut open);
    body
}

fn flush(body: &mut PlannedBody, open: &mut String) {
    if !open.is_empty() {
        body.pieces.push(PlannedPiece::Bytes(Bytes::from(std::mem::take(open))));
    }
}

/// RFC 2046 section 5.1.1: delimiters and part headers end in CR LF.
fn with_crlf(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\n', "\r\n")
}

/// The boundary that the header names, else the body's own, which then goes into the header.
fn boundary(pieces: &[FilledPiece], headers: &mut [PlannedHeader]) -> Option<String> {
    let content_type = headers.iter_mut().find(|header| header.name.eq_ignore_ascii_case("content-type"))?;
    if let Some(named) = body_text::parameter(content_type.value.expose(), "boundary").filter(|name| !name.is_empty()) {
        return Some(named.to_owned());
    }
    let first = pieces.iter().find_map(|piece| match piece {
        FilledPiece::Text(filled) => filled.text.lines().map(str::trim_end).find(|line| !line.is_empty()),
        FilledPiece::File { .. } | FilledPiece::FileText { .. } => None,
    })?;
    let found = first.strip_prefix("--").filter(|name| is_boundary(name))?.to_owned();
    let quoted = if found.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.+'".contains(&byte)) {
        found.clone()
    } else {
        format!("\"{found}\"")
    };
    let add = |value: &str| format!("{}; boundary={quoted}", value.trim_end_matches([';', ' ']));
    content_type.value = match &content_type.value {
        PlannedValue::Plain(value) => PlannedValue::Plain(add(value)),
        PlannedValue::Secret { value, shown } => {
            PlannedValue::Secret { value: SecretText::new(add(value.expose())), shown: shown.clone() }
        }
        PlannedValue::Written { value, shown } => PlannedValue::Written { value: add(value), shown: shown.clone() },
    };
    Some(found)
}

fn is_boundary(text: &str) -> bool {
    (1..=LONGEST_BOUNDARY).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&byte))
}

/// Adds what is missing in the head of a part whose content is a file: its name and its media type. Nothing is added
/// where the text does not end with the head of a part.
fn complete_head(text: &mut String, boundary: Option<&str>, path: &Path) {
    let Some(delimiter) = boundary.map(|boundary| format!("--{boundary}\r\n")) else { return };
    let Some(start) = text.rfind(&delimiter).map(|at| at + delimiter.len()) else { return };
    // A part without any header has only its blank line.
    let Some(head) = text[start..].strip_suffix("\r\n") else { return };
    if !head.is_empty() && !head.ends_with("\r\n") || head.contains("\r\n\r\n") || head.starts_with("\r\n") {
        return;
    }
    let mut lines: Vec<String> = head.lines().map(str::to_owned).collect();
    let named =
        |line: &str, name: &str| line.split_once(':').is_some_and(|(key, _)| key.trim().eq_ignore_ascii_case(name));
    if let Some(line) = lines.iter_mut().find(|line| named(line, "content-disposition"))
        && body_text::parameter(line, "filename").is_none()
        && body_text::parameter(line, "filename*").is_none()
    {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        // As browsers escape it (HTML, "multipart/form-data encoding algorithm").
        let name = name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A");
        line.extend(["; filename=\"", &name, "\""]);
    }
    if !lines.iter().any(|line| named(line, "content-type")) {
        lines.push(format!("Content-Type: {}", mime_guess::from_path(path).first_or_octet_stream()));
    }
    text.truncate(start);
    for line in lines {
        text.push_str(&line);
        text.push_str("\r\n");
    }
    text.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::plan::fill::FilledText;
    use crate::http::plan::header;

    fn text(text: &str) -> FilledPiece {
        FilledPiece::Text(FilledText::plain(text))
    }

    fn file(path: &str) -> FilledPiece {
        FilledPiece::File { path: path.into(), written: crate::model::request::Spanned::default() }
    }

    fn headers(content_type: &str) -> Vec<PlannedHeader> {
        let value = PlannedValue::Plain(content_type.to_owned());
        vec![PlannedHeader { name: "Content-Type".to_owned(), value }]
    }

    fn content_type(headers: &[PlannedHeader]) -> Option<&str> {
        header::find(headers, "content-type").map(|header| header.value.expose())
    }

    fn wire(body: &PlannedBody) -> String {
        let piece = |piece: &PlannedPiece| match piece {
            PlannedPiece::Bytes(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
            PlannedPiece::File(path) => format!("<{}>", path.display()),
        };
        body.pieces.iter().map(piece).collect()
    }

    #[test]
    fn the_parts_that_are_files_get_name_and_type() {
        let mut head = headers("multipart/form-data; boundary=xx");
        let body = plan(
            vec![
                text(
                    "--xx\nContent-Disposition: form-data; name=\"note\"\n\ntwo\nlines\n--xx\nContent-Disposition: form-data; name=\"picture\"\n\n",
                ),
                file("/a/b c.png"),
                text(
                    "\n--xx\nContent-Disposition: form-data; name=\"data\"; filename=\"x\"\nContent-Type: text/csv\n\n",
                ),
                file("/a/data.bin"),
                text("\n--xx--\n"),
            ],
            &mut head,
        );
        assert_eq!(
            wire(&body),
            "--xx\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\ntwo\r\nlines\r\n--xx\r\n\
             Content-Disposition: form-data; name=\"picture\"; filename=\"b c.png\"\r\nContent-Type: image/png\r\n\r\n\
             </a/b c.png>\r\n--xx\r\nContent-Disposition: form-data; name=\"data\"; filename=\"x\"\r\n\
             Content-Type: text/csv\r\n\r\n</a/data.bin>\r\n--xx--\r\n"
        );
    }

    #[test]
    fn a_boundary_that_the_header_does_not_name_is_taken_from_the_body() {
        for (written, expected) in [
            ("multipart/form-data", "multipart/form-data; boundary=a-1"),
            ("multipart/mixed;", "multipart/mixed; boundary=a-1"),
            ("multipart/mixed; boundary=\"other\"", "multipart/mixed; boundary=\"other\""),
        ] {
            let mut head = headers(written);
            plan(vec![text("\n--a-1\n\nx\n--a-1--\n")], &mut head);
            assert_eq!(content_type(&head), Some(expected));
        }
        let mut head = headers("multipart/form-data");
        plan(vec![text("no delimiter")], &mut head);
        assert_eq!(content_type(&head), Some("multipart/form-data"));
    }

    #[test]
    fn a_file_within_a_text_changes_no_head() {
        let mut head = headers("multipart/mixed; boundary=b");
        let body = plan(vec![text("--b\nX: 1\n\nbefore\n\n"), file("/f"), text("\n--b--")], &mut head);
        assert_eq!(wire(&body), "--b\r\nX: 1\r\n\r\nbefore\r\n\r\n</f>\r\n--b--");
        let body = plan(vec![text("--b\n\n"), file("/f.json"), text("\n--b--")], &mut head);
        assert_eq!(wire(&body), "--b\r\nContent-Type: application/json\r\n\r\n</f.json>\r\n--b--");
    }
}
