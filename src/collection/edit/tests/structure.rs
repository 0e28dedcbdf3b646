//! Tests of whole requests: new, copied, deleted, moved.

use super::*;

fn restructured(text: &str, change: &StructureEdit) -> String {
    match super::super::restructure(&parse(text), change) {
        Ok(new) => new.collection.source.to_string(),
        Err(error) => format!("! {error}"),
    }
}

fn insert(at: Position, text: &str) -> StructureEdit {
    StructureEdit::Insert { at, text: text.to_owned() }
}

const NEW: &str = "### n\nGET /n\n";

#[rstest::rstest]
#[case("", Position::End, "### n\nGET /n\n")]
#[case("\u{feff}", Position::Start, "\u{feff}### n\nGET /n\n")]
#[case("GET /a", Position::End, "GET /a\n\n### n\nGET /n\n")]
#[case("GET /a\n\n", Position::After(0), "GET /a\n\n### n\nGET /n\n")]
#[case(
    "GET /a\r\n\r\n### b\r\nGET /b\r\n",
    Position::After(0),
    "GET /a\r\n\r\n### n\r\nGET /n\r\n\r\n### b\r\nGET /b\r\n"
)]
#[case("GET /a\n\nGET /b\n", Position::After(0), "GET /a\n\n### n\nGET /n\n\n###\nGET /b\n")]
#[case("@x = y\n\n# mine\nGET /a\n", Position::Start, "@x = y\n\n### n\nGET /n\n\n###\n# mine\nGET /a\n")]
#[case("### a\nGET /a\n", Position::Start, "### n\nGET /n\n\n### a\nGET /a\n")]
fn insertions(#[case] text: &str, #[case] at: Position, #[case] expected: &str) {
    assert_eq!(restructured(text, &insert(at, NEW)), expected);
}

#[test]
fn what_holds_no_request_is_not_inserted() {
    assert_eq!(restructured("GET /a\n", &insert(Position::End, "# nothing\n")), "! This text holds no request");
}

#[rstest::rstest]
#[case("### a\nGET /a\n\n### b\nGET /b\n", 0, "### b\nGET /b\n")]
#[case("### a\nGET /a\n\n### b\nGET /b\n", 1, "### a\nGET /a\n\n")]
#[case("@x = y\n\n# mine\nGET /a\n\n### b\nGET /b\n", 0, "@x = y\n\n### b\nGET /b\n")]
#[case("### a\n@x = y\nGET /a\n\n### b\nGET /b\n", 0, "###\n@x = y\n\n### b\nGET /b\n")]
#[case(
    "POST /a\nContent-Type: text/plain\n\na\n\n###\nGET /b\n\nGET https://c\n",
    1,
    "POST /a\nContent-Type: text/plain\n\na\n\n###\nGET https://c\n"
)]
#[case("GET /a", 0, "")]
#[case("GET /a", 1, "! This request is not in the file any more")]
fn deletions(#[case] text: &str, #[case] request: usize, #[case] expected: &str) {
    assert_eq!(restructured(text, &StructureEdit::Delete(request)), expected);
}

#[rstest::rstest]
#[case("### a\nGET /a\n\n### b\nGET /b", 0, 1, "### b\nGET /b\n\n### a\nGET /a")]
#[case("### a\nGET /a\n\n### b\nGET /b", 1, 0, "### b\nGET /b\n\n### a\nGET /a")]
#[case("@x = y\nGET /a\n\n### b\nGET /b\n", 0, 1, "@x = y\n### b\nGET /b\n\n###\nGET /a\n")]
#[case(
    "### a\nGET /a\n\n\n### b\nGET /b\n\n### c\nGET /c\n",
    2,
    0,
    "### c\nGET /c\n\n\n### a\nGET /a\n\n### b\nGET /b\n"
)]
#[case(
    "GET https://a\n\nGET https://b\n\nGET https://c\n",
    0,
    1,
    "GET https://b\n\n###\nGET https://a\n\n###\nGET https://c\n"
)]
#[case("### a\nGET /a\n", 0, 0, "### a\nGET /a\n")]
#[case("### a\nGET /a\n", 0, 1, "! This request is not in the file any more")]
fn moves(#[case] text: &str, #[case] from: usize, #[case] to: usize, #[case] expected: &str) {
    assert_eq!(restructured(text, &StructureEdit::Move { from, to }), expected);
}

#[rstest::rstest]
#[case("### list orders\nGET /a\n", "### list orders\nGET /a\n\n### list orders copy\nGET /a\n")]
#[case("# @name list\nGET /a\n", "# @name list\nGET /a\n\n###\n# @name list_2\nGET /a\n")]
#[case(
    "### a\n@x = y\nGET /a\n\n{}\n\n### a_2\nGET /b",
    "### a\n@x = y\nGET /a\n\n{}\n\n### a_3\nGET /a\n\n{}\n\n### a_2\nGET /b"
)]
#[case("GET /a", "GET /a\n\n###\nGET /a\n")]
fn copies(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(restructured(text, &StructureEdit::Duplicate(0)), expected);
}

#[test]
fn a_request_goes_to_another_file_as_text() {
    assert_eq!(
        block_text(&parse("@x = y\r\n# mine\r\nGET /a\r\nA: b\r\n\r\n"), 0).unwrap(),
        "###\n# mine\nGET /a\nA: b\n"
    );
    assert_eq!(block_text(&parse("### a\nGET /a"), 0).unwrap(), "### a\nGET /a\n");
    assert_eq!(block_text(&parse(""), 0), None);
    assert_eq!(new_request_text(" n ", "GET", "").unwrap(), "### n\nGET https://\n");
}

#[test]
fn requests_are_found_again() {
    let found = |old: &str, new: &str| follow(&parse(old), &parse(new));
    let (a, b, c) = ("### a\nGET /a\n", "### b\nGET /b\n", "### c\nGET /c\n");
    assert_eq!(found(&[a, b].concat(), &[c, a, b].concat()), [Some(1), Some(2)]);
    assert_eq!(found(&[a, b, c].concat(), &[c, a].concat()), [Some(1), None, Some(0)]);
    assert_eq!(found(&[a, a, a].concat(), &[a, a].concat()), [Some(0), Some(1), None]);
    assert_eq!(found(&[a, b].concat(), &[b, "### a\nGET /a\nX: y\n"].concat()), [Some(1), Some(0)]);
    assert_eq!(found(a, c), [None]);
}
