//! JSON with holes: a text that becomes JSON when its templates are filled. Checked and made pretty as if each hole
//! were a value already; what stands in a hole is never touched.
//!
//! Every hole is covered with a stand-in of the same length, so that offsets stay true: inside a string with letters,
//! elsewhere with a string, which may be a key or a value.

use std::ops::Range;

use crate::body::json::check::{Fault, Shape, check};
use crate::body::json::walk::write_pretty_as;

/// Looks through a text whose `holes` (in order, apart from each other) are filled later.
pub fn check_with_holes(text: &[u8], holes: &[Range<usize>]) -> Result<Shape, Fault> {
    check(&covered(text, holes))
}

/// The pretty form of such a text, if it is valid.
pub fn pretty_with_holes(text: &[u8], holes: &[Range<usize>]) -> Result<Vec<u8>, Fault> {
    let covered = covered(text, holes);
    match check(&covered)? {
        Shape::One => {
            let mut out = Vec::with_capacity(text.len() * 2);
            write_pretty_as(&covered, text, &mut out);
            Ok(out)
        }
        // Each value on a line of its own is what its reader wants: it stays as it is.
        Shape::Lines => Ok(text.to_vec()),
    }
}

/// The text with stand-ins for its holes.
fn covered(text: &[u8], holes: &[Range<usize>]) -> Vec<u8> {
    let mut out = text.to_vec();
    let mut at = 0;
    let mut holes = holes;
    while at < text.len() {
        while let Some((first, rest)) = holes.split_first()
            && (first.end <= at || first.end > text.len() || first.start >= first.end)
        {
            holes = rest;
        }
        let Some(hole) = holes.first() else { break };
        // A word with a hole in it (`{{id}}`, `-{{n}}`, `{{a}}{{b}}`, `{{n}}.5`) is one value.
        let end = end_of_word(text, at, holes);
        if end > at {
            if hole.start < end {
                out[at..end].fill(b'x');
                out[at] = b'"';
                out[end - 1] = b'"';
            }
            at = end;
        } else if text[at] == b'"' {
            at = cover_string(text, at, holes, &mut out);
        } else {
            at += 1;
        }
    }
    out
}

/// The end of the run of bytes from `at` on that is neither blank nor a sign of JSON, holes included.
fn end_of_word(text: &[u8], at: usize, mut holes: &[Range<usize>]) -> usize {
    let mut end = at;
    while end < text.len() {
        if let Some((hole, rest)) = holes.split_first().filter(|(hole, _)| hole.start <= end) {
            end = end.max(hole.end.min(text.len()));
            holes = rest;
        } else if text[end].is_ascii_whitespace() || b"{}[],:\"".contains(&text[end]) {
            break;
        } else {
            end += 1;
        }
    }
    end
}

/// Covers the holes of the string that begins at `start`; where it ends.
fn cover_string(text: &[u8], start: usize, mut holes: &[Range<usize>], out: &mut [u8]) -> usize {
    let mut at = start + 1;
    while at < text.len() {
        if let Some((hole, rest)) = holes.split_first().filter(|(hole, _)| hole.start <= at) {
            let end = hole.end.min(text.len());
            if end > at {
                out[at..end].fill(b'x');
                at = end;
            }
            holes = rest;
            continue;
        }
        match text[at] {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `{{…}}` on one line, as templates are.
    fn holes(text: &str) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(open) = text[at..].find("{{").map(|open| at + open) {
            let Some(close) = text[open..].find("}}").map(|close| open + close + 2) else { break };
            found.push(open..close);
            at = close;
        }
        found
    }

    fn pretty(text: &str) -> Result<String, usize> {
        let pretty = pretty_with_holes(text.as_bytes(), &holes(text));
        pretty.map(|text| String::from_utf8(text).unwrap()).map_err(|fault| fault.offset)
    }

    #[test]
    fn templates_are_values_keys_and_parts_of_strings() {
        for (text, expected) in [
            (r#"{"a":{{id}},"b":[{{x}},1]}"#, "{\n  \"a\": {{id}},\n  \"b\": [\n    {{x}},\n    1\n  ]\n}"),
            (r#"{"a":"x {{$auth.token("id")}} y"}"#, "{\n  \"a\": \"x {{$auth.token(\"id\")}} y\"\n}"),
            (r#"{{{key}}:1,"b":-{{n}}.5}"#, "{\n  {{key}}: 1,\n  \"b\": -{{n}}.5\n}"),
            ("[{{a}}{{b}}]", "[\n  {{a}}{{b}}\n]"),
            ("{{all}}", "{{all}}"),
        ] {
            // `{{{key}}` opens an object: its template begins one byte later.
            let given: Vec<_> = if text.starts_with("{{{") { vec![1..8, 16..21] } else { holes(text) };
            let found = pretty_with_holes(text.as_bytes(), &given).unwrap();
            assert_eq!(String::from_utf8(found).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn faults_keep_their_place() {
        assert_eq!(pretty(r#"{"a": {{id}} "b": 1}"#), Err(13));
        assert_eq!(pretty(r#"{"a": "{{id}}", }"#), Err(16));
        assert_eq!(pretty(r#"{"a": {{id}"#), Err(7));
    }

    #[test]
    fn without_holes_it_is_plain_json() {
        assert_eq!(pretty(r#"{"a":[1,2]}"#).unwrap(), "{\n  \"a\": [\n    1,\n    2\n  ]\n}");
        assert_eq!(pretty("{\"a\":1}\n{\"a\":2}").unwrap(), "{\"a\":1}\n{\"a\":2}");
    }

    proptest! {
        #[test]
        fn any_text_and_any_holes_are_survived(
            text in "[\\[\\]{}\",:0-9a \\\\\\n-]{0,40}",
            cuts in proptest::collection::vec(0_usize..45, 0..8),
        ) {
            let mut cuts = cuts;
            cuts.sort_unstable();
            let holes: Vec<_> = cuts.chunks_exact(2).map(|pair| pair[0]..pair[1]).collect();
            let _ = pretty_with_holes(text.as_bytes(), &holes);
        }

        #[test]
        fn nothing_but_blanks_changes(text in "(\\{\"a\": *(\\{\\{x y\\}\\}|\"b \\{\\{z\\}\\}\"|[1-9][0-9]{0,2}) *,\"c\":\\[ *\\{\\{q\\}\\} *\\]\\})") {
            let given = holes(&text);
            let pretty = pretty_with_holes(text.as_bytes(), &given).unwrap();
            let bare = |text: &[u8]| text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect::<Vec<_>>();
            prop_assert_eq!(bare(&pretty), bare(text.as_bytes()));
        }
    }
}
