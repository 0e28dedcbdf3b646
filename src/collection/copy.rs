//! Requests of a read-only collection as text for a file of the workspace: what is appended, and to what.
//!
//! Called by `app` for "save to a file" and by the shell that writes. What a file holds already keeps its bytes.

use crate::collection::file::Collection;
use crate::model::request::RequestBlock;

/// What is copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Copied {
    /// One request, by its index.
    Request(usize),
    /// All of them.
    Everything,
}

/// The text of requests of `from`, with the file variables that they need and `target` does not define. A variable that
/// `target` defines with another value is written out in its place: of two definitions of one file the later would
/// win for all its requests.
pub fn text(from: &Collection, copied: Copied, target: Option<&Collection>) -> String {
    if copied == Copied::Everything && target.is_none() {
        return from.source.to_string();
    }
    let blocks: Vec<&RequestBlock> = match copied {
        Copied::Request(index) => from.requests.get(index).into_iter().collect(),
        Copied::Everything => from.requests.iter().collect(),
    };
    let mut texts: Vec<String> = Vec::new();
    let mut missing: Vec<String> = Vec::new();
    let mut written_out: Vec<(String, &str)> = Vec::new();
    for variable in &from.file_variables {
        let (name, value) = (variable.name.text.as_str(), variable.value.text.as_str());
        let placeholder = format!("{{{{{name}}}}}");
        if !blocks.iter().any(|block| from.source[block.span.clone()].contains(&placeholder)) {
            continue;
        }
        match target.and_then(|target| target.file_variable(name)) {
            Some(known) if known.value.text == value => {}
            Some(_) => written_out.push((placeholder, value)),
            None => missing.push(from.source[variable.name.span.start..variable.value.span.end].to_owned()),
        }
    }
    for block in blocks {
        let mut text = from.source[block.span.clone()].to_owned();
        let at = block.method.span.start.max(block.span.start) - block.span.start;
        if !missing.is_empty() {
            // In front of the request line, where every client takes them for variables.
            let line = text[..at.min(text.len())].rfind('\n').map_or(0, |newline| newline + 1);
            let definitions: String =
                missing.drain(..).map(|variable| format!("@{}\n", variable.trim_start_matches('@'))).collect();
            text.insert_str(line, &definitions);
        }
        for (placeholder, value) in &written_out {
            text = text.replace(placeholder, value);
        }
        texts.push(text.trim_end().to_owned() + "\n");
    }
    texts.join("\n")
}

/// The bytes of a file with requests appended. All that it held stays, byte for byte; the new lines end as its own do.
pub fn appended(existing: &[u8], addition: &str) -> Vec<u8> {
    let mut bytes = existing.to_vec();
    let breaks = memchr::memchr_iter(b'\n', existing).count();
    let windows = memchr::memmem::find_iter(existing, b"\r\n").count();
    let line_break = if windows * 2 > breaks { "\r\n" } else { "\n" };
    let has_content = !existing.iter().all(u8::is_ascii_whitespace);
    if has_content {
        if !existing.ends_with(b"\n") {
            bytes.extend_from_slice(line_break.as_bytes());
        }
        bytes.extend_from_slice(line_break.as_bytes());
        if !addition.starts_with("###") {
            bytes.extend_from_slice(b"###");
            bytes.extend_from_slice(line_break.as_bytes());
        }
    }
    bytes.extend_from_slice(addition.replace("\r\n", "\n").replace('\n', line_break).as_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use rstest::rstest;

    use super::*;

    const ROUTES: &str = "\
# The routes
@base = http://localhost:3000

### /api/a
# public
GET {{base}}/api/a

### /api/b
POST {{base}}/api/b
Content-Type: application/json

{}
";

    fn parse(text: &str) -> Collection {
        Collection::parse(Path::new("x.http"), text.as_bytes())
    }

    #[rstest]
    #[case::new_file(None, "### /api/a\n# public\n@base = http://localhost:3000\nGET {{base}}/api/a\n")]
    #[case::defines_nothing(
        Some("GET https://x.test\n"),
        "### /api/a\n# public\n@base = http://localhost:3000\nGET {{base}}/api/a\n"
    )]
    #[case::defines_the_same(Some("@base = http://localhost:3000\n"), "### /api/a\n# public\nGET {{base}}/api/a\n")]
    #[case::defines_another(
        Some("@base = https://x.test\n"),
        "### /api/a\n# public\nGET http://localhost:3000/api/a\n"
    )]
    fn one_request(#[case] target: Option<&str>, #[case] expected: &str) {
        let target = target.map(parse);
        assert_eq!(text(&parse(ROUTES), Copied::Request(0), target.as_ref()), expected);
    }

    #[test]
    fn everything() {
        assert_eq!(text(&parse(ROUTES), Copied::Everything, None), ROUTES);
        let more = text(&parse(ROUTES), Copied::Everything, Some(&parse("")));
        assert_eq!(more.matches("@base").count(), 1, "{more}");
        assert_eq!(parse(&more).requests.len(), 2);
        assert_eq!(text(&parse(ROUTES), Copied::Request(9), None), "");
    }

    #[rstest]
    #[case::empty("", "### a\nGET /\n")]
    #[case::blank("\n", "\n### a\nGET /\n")]
    #[case::line_break("GET /x\n", "GET /x\n\n### a\nGET /\n")]
    #[case::no_line_break("GET /x", "GET /x\n\n### a\nGET /\n")]
    #[case::windows("GET /x\r\n", "GET /x\r\n\r\n### a\r\nGET /\r\n")]
    #[case::mixed("a\nb\nGET /x\r\n", "a\nb\nGET /x\r\n\n### a\nGET /\n")]
    fn what_was_there_stays(#[case] existing: &str, #[case] expected: &str) {
        let bytes = appended(existing.as_bytes(), "### a\nGET /\n");
        assert_eq!(String::from_utf8(bytes).unwrap(), expected);
    }

    #[test]
    fn bytes_that_are_no_text_stay_as_well() {
        let bytes = appended(b"# \xff\xfe\nGET /x\n", "### a\n");
        assert!(bytes.starts_with(b"# \xff\xfe\nGET /x\n"), "{bytes:?}");
    }

    #[test]
    fn a_body_does_not_swallow_what_follows() {
        let bytes = appended(b"POST /x\n\nbody", "### a\nGET https://y.test\n");
        let collection = Collection::parse(Path::new("x.http"), &bytes);
        assert_eq!(collection.requests.len(), 2);
    }
}
