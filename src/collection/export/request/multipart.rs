//! The parts of a multipart body, and the parameters of the headers that describe them.

use crate::model::request::BodyPiece;

/// A line of a multipart body.
pub(super) enum Line<'a> {
    Text(&'a str),
    File(&'a BodyPiece),
}

/// The lines of each part between the delimiters.
pub(super) fn split_parts<'a>(body: &'a [BodyPiece], boundary: &str) -> Option<Vec<Vec<Line<'a>>>> {
    let delimiter = format!("--{boundary}");
    let mut parts: Vec<Vec<Line<'a>>> = Vec::new();
    let mut is_closed = false;
    for piece in body {
        let BodyPiece::Text(text) = piece else {
            let part = parts.last_mut().filter(|_| !is_closed)?;
            // The text before a file ends with a line break, which leaves an empty line.
            part.pop_if(|line| matches!(line, Line::Text("")));
            part.push(Line::File(piece));
            continue;
        };
        for (index, line) in text.text.split('\n').enumerate() {
            let line = line.trim_end_matches('\r');
            // After a file its line ends: that is no line of its own.
            let ends_file = index == 0
                && line.is_empty()
                && matches!(parts.last().and_then(|part| part.last()), Some(Line::File(_)));
            match line.trim_end().strip_prefix(delimiter.as_str()) {
                Some("") if !is_closed => parts.push(Vec::new()),
                Some("--") if !is_closed && !parts.is_empty() => is_closed = true,
                _ if is_closed || parts.is_empty() => {
                    if !line.trim().is_empty() {
                        return None;
                    }
                }
                _ if ends_file => {}
                _ => parts.last_mut()?.push(Line::Text(line)),
            }
        }
    }
    (is_closed && !parts.is_empty()).then_some(parts)
}

/// `name="value"` of a header's value.
pub(super) fn parameter(value: &str, name: &str) -> Option<String> {
    let mut rest = value;
    while let Some(at) = rest.find(';') {
        rest = rest[at + 1..].trim_start();
        let Some((key, after)) = rest.split_once('=') else { continue };
        let found = key.trim().eq_ignore_ascii_case(name);
        let after = after.trim_start();
        let (text, next) = match after.strip_prefix('"') {
            Some(quoted) => {
                let mut text = String::new();
                let mut chars = quoted.char_indices();
                let mut end = quoted.len();
                while let Some((at, c)) = chars.next() {
                    match c {
                        '\\' => text.extend(chars.next().map(|(_, c)| c)),
                        '"' => {
                            end = at + 1;
                            break;
                        }
                        c => text.push(c),
                    }
                }
                (text, &quoted[end.min(quoted.len())..])
            }
            None => {
                let end = after.find(';').unwrap_or(after.len());
                (after[..end].trim().to_owned(), &after[end..])
            }
        };
        if found {
            return Some(text);
        }
        rest = next;
    }
    None
}

pub(super) fn boundary(content_type: &str) -> Option<String> {
    parameter(content_type, "boundary").filter(|boundary| !boundary.is_empty())
}
