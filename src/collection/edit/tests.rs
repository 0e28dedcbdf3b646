//! Tests of edits: tables per kind of edit, and what must hold for any edit of any file.

use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::collection::draft::PartContent;
use crate::model::identity::IdentityName;
use crate::model::request::TokenCarrier;

mod any;
mod structure;

fn parse(text: &str) -> Collection {
    Collection::parse(Path::new("a.http"), text.as_bytes())
}

fn after(text: &str, request: usize, change: &RequestEdit) -> String {
    match edit(&parse(text), request, change) {
        Ok(new) => new.source.to_string(),
        Err(error) => format!("! {error}"),
    }
}

fn set(table: Table, index: usize, name: &str, value: &str) -> RequestEdit {
    RequestEdit::SetRow { table, index, name: name.to_owned(), value: value.to_owned() }
}

fn add(table: Table, name: &str, value: &str) -> RequestEdit {
    RequestEdit::AddRow { table, name: name.to_owned(), value: value.to_owned() }
}

const fn toggle(table: Table, index: usize) -> RequestEdit {
    RequestEdit::ToggleRow { table, index }
}

const fn remove(table: Table, index: usize) -> RequestEdit {
    RequestEdit::RemoveRow { table, index }
}

const fn shift(table: Table, index: usize, to: usize) -> RequestEdit {
    RequestEdit::MoveRow { table, index, to }
}

/// The rows as text: `name=value`, in brackets when commented out.
fn shown(text: &str, table: Table) -> String {
    let rows = rows(&parse(text), 0, table).into_iter().map(|row| match row.state {
        RowState::Enabled => format!("{}={}", row.name, row.value),
        RowState::Disabled => format!("({}={})", row.name, row.value),
    });
    rows.collect::<Vec<_>>().join(" ")
}

#[rstest::rstest]
#[case(Table::Params, "GET https://a.test/x?a=1&b={{y?&=}}&c HTTP/1.1\n", "a=1 b={{y?&=}} c=")]
#[case(Table::Params, "GET https://a.test/x?a=1#top&b=2\n", "a=1")]
#[case(Table::Params, "GET {{host}}/x\n  ?a=1\n  # &b=2\n  &c=3\nA: b", "a=1 (b=2) c=3")]
#[case(Table::Params, "GET /x\n# ?a=1\n# a note\nA: b", "(a=1)")]
#[case(Table::Params, "GET /x?a=long\n   er&b=2", "a=longer b=2")]
#[case(Table::Params, "GET /x\n\na=1&b=2", "")]
#[case(
    Table::Headers,
    "GET /x\nA: b\n# C: d\n// E: f\n# just a note\n# Note: not a header\n# https://x.test\n",
    "A=b (C=d) (E=f)"
)]
#[case(Table::Headers, "GET /x\n# &a=1\n#   A: long\n#    er\nB: c\n  d\n\n# E: f", "(A=long er) B=c d")]
#[case(Table::Headers, "GET /x\nEmpty:\nB: c", "Empty= B=c")]
#[case(
    Table::Directives,
    "# @name x\n# # @auth jane\n# note\nGET /x\n# @no-redirect\n",
    "name=x (auth=jane) no-redirect="
)]
#[case(
    Table::Form,
    "POST /x\nContent-Type: application/x-www-form-urlencoded\n\na=1&b=2&\nc=3\n# &d=4\n# a note",
    "a=1 b=2 c=3 (d=4)"
)]
#[case(Table::Form, "POST /x\nContent-Type: application/json\n\na=1", "")]
#[case(
    Table::Parts,
    "POST /x\nContent-Type: multipart/form-data; boundary=b\n\n--b\nContent-Disposition: form-data; name=\"a\"\n\n1\n\
     # --b\n# Content-Disposition: form-data; name=c; filename=x\n#\n# < ./f.png\n--b--\n",
    "a=1 (c=< ./f.png)"
)]
fn rows_are_read(#[case] table: Table, #[case] text: &str, #[case] expected: &str) {
    assert_eq!(shown(text, table), expected);
}

/// Switching off gives the second text, and switching on again the first.
#[rstest::rstest]
#[case(Table::Headers, 0, "GET /\nA: b\n", "GET /\n# A: b\n")]
#[case(Table::Headers, 1, "GET /\r\nA: b\r\n  C: d \r\n\te\r\nF: g", "GET /\r\nA: b\r\n#   C: d \r\n# \te\r\nF: g")]
#[case(Table::Headers, 0, "GET /\nA: b", "GET /\n# A: b")]
#[case(Table::Directives, 0, "// @auth jane\nGET /\n", "# // @auth jane\nGET /\n")]
#[case(
    Table::Directives,
    1,
    "\u{feff}### x\n# @name y\n  # @timeout 5 \nGET /\n",
    "\u{feff}### x\n# @name y\n#   # @timeout 5 \nGET /\n"
)]
#[case(Table::Params, 0, "GET /x?a=1\n", "GET /x\n# ?a=1\n")]
#[case(Table::Params, 0, "GET /x?a=1", "GET /x\n# ?a=1")]
#[case(Table::Params, 0, "GET /x?a=1&b=2 HTTP/1.1\n", "GET /x\n# ?a=1&\n    ?b=2 HTTP/1.1\n")]
#[case(Table::Params, 1, "GET /x?a=1&b=2 HTTP/1.1 \n", "GET /x?a=1 HTTP/1.1 \n# &b=2\n")]
#[case(Table::Params, 1, "GET /x?a=1&b=2&c=3 HTTP/1.1\nH: i", "GET /x?a=1\n# &b=2&\n    &c=3 HTTP/1.1\nH: i")]
#[case(Table::Params, 1, "GET /x?a=1&b=2#top\r\n", "GET /x?a=1#top\r\n# &b=2\r\n")]
#[case(Table::Params, 0, "GET /x\n  ?a=1\n  &b=2\n", "GET /x\n  # ?a=1\n  ?b=2\n")]
#[case(Table::Params, 1, "GET /x\n  ?a=1\n  &b=2\n", "GET /x\n  ?a=1\n  # &b=2\n")]
#[case(Table::Params, 1, "GET /x\n?a=1\n&b=2\n&c=3", "GET /x\n?a=1\n#&b=2\n&c=3")]
#[case(Table::Params, 1, "GET /x?a=1\n  &b=2&c=3\n", "GET /x?a=1\n  # &b=2&\n  &c=3\n")]
#[case(Table::Params, 2, "GET /x?a=1\n  &b=2&c=3\n", "GET /x?a=1\n  &b=2\n# &c=3\n")]
#[case(Table::Params, 0, "/x?{{q}}\n\nbody", "/x\n# ?{{q}}\n\nbody")]
#[case(
    Table::Form,
    1,
    "POST /\nContent-Type: application/x-www-form-urlencoded\n\na=1&b=2&c=3\n",
    "POST /\nContent-Type: application/x-www-form-urlencoded\n\na=1\n# &b=2&\n    &c=3\n"
)]
#[case(
    Table::Form,
    0,
    "POST /\nContent-Type: application/x-www-form-urlencoded\n\na=1&\nb=2",
    "POST /\nContent-Type: application/x-www-form-urlencoded\n\n# a=1&\nb=2"
)]
#[case(
    Table::Form,
    1,
    "POST /\nContent-Type: application/x-www-form-urlencoded\n\na=1\n&b=2\n",
    "POST /\nContent-Type: application/x-www-form-urlencoded\n\na=1\n#&b=2\n"
)]
#[case(
    Table::Form,
    0,
    "POST /\nContent-Type: application/x-www-form-urlencoded\n\na=1\n",
    "POST /\nContent-Type: application/x-www-form-urlencoded\n\n# a=1\n"
)]
fn rows_are_switched_off_and_on(#[case] table: Table, #[case] index: usize, #[case] on: &str, #[case] off: &str) {
    assert_eq!(after(on, 0, &toggle(table, index)), off);
    assert_eq!(after(off, 0, &toggle(table, index)), on);
}

/// What others wrote is switched on too.
#[rstest::rstest]
#[case(Table::Headers, 0, "GET /\n//A: b\n", "GET /\nA: b\n")]
#[case(Table::Headers, 0, "GET /\n  #A: b\n", "GET /\n  A: b\n")]
#[case(Table::Params, 0, "GET /\n  // &a=1 \n  ?b=2", "GET /\n  ?a=1 \n  &b=2")]
#[case(Table::Params, 1, "GET /?a=1\n# &b=2\n# &c=3", "GET /?a=1&b=2\n# &c=3")]
#[case(Table::Params, 2, "GET /?a=1\n# &b=2\n# &c=3", "GET /?a=1\n# &b=2\n    &c=3")]
fn rows_of_others_are_switched_on(#[case] table: Table, #[case] index: usize, #[case] off: &str, #[case] on: &str) {
    assert_eq!(after(off, 0, &toggle(table, index)), on);
}

#[rstest::rstest]
#[case("GET /a\n", RequestEdit::Method("POST".into()), "POST /a\n")]
#[case("https://a.test\n", RequestEdit::Method("PUT".into()), "PUT https://a.test\n")]
#[case("get /a", RequestEdit::Method("GET".into()), "get /a")]
#[case("GET /a", RequestEdit::Method("not a method".into()), "! `not a method` cannot be a method: methods are upper-case words")]
#[case("GET /a", RequestEdit::Method(" ".into()), "! The method must not be empty")]
#[case("GET /a HTTP/1.1 \n", RequestEdit::Url("/b".into()), "GET /b HTTP/1.1 \n")]
#[case("GET /a\n  ?b=1\n  # &x=9\n  &c=2\n", RequestEdit::Url("/a?b=3&c=2".into()), "GET /a\n  ?b=3\n  # &x=9\n  &c=2\n")]
#[case("GET /a\n  ?b=1\n  &c=2\n", RequestEdit::Url("/a?b=1&c=2&d=3".into()), "GET /a\n  ?b=1\n  &c=2&d=3\n")]
#[case("GET\n\n{}", RequestEdit::Url("/b".into()), "GET /b\n\n{}")]
#[case("GET /a\n", RequestEdit::Url("/b\nA: c".into()), "! The URL must be one line")]
#[case("GET /a\n", RequestEdit::Url("/b HTTP/1.1".into()), "! Written there it would change how the rest of the file is read")]
#[case("### old \nGET /", RequestEdit::Name("new".into()), "### new \nGET /")]
#[case("###\r\nGET /", RequestEdit::Name("new".into()), "### new\r\nGET /")]
#[case("### old\nGET /", RequestEdit::Name(String::new()), "###\nGET /")]
#[case("### x\n# @name old\nGET /", RequestEdit::Name("new".into()), "### x\n# @name new\nGET /")]
#[case("### x\n# @name old\nGET /", RequestEdit::Name(String::new()), "### x\nGET /")]
#[case("@a = b\n# top\n\n# mine\nGET /\n", RequestEdit::Name("new".into()), "@a = b\n# top\n\n### new\n# mine\nGET /\n")]
#[case("### x\nGET /\n", RequestEdit::Auth(Some(AuthDirective::None)), "### x\n# @no-auth\nGET /\n")]
#[case("// @auth  jane\nGET /\n", RequestEdit::Auth(Some(AuthDirective::Identity { name: IdentityName::new("bob"), carrier: TokenCarrier::Cookie })), "// @auth bob cookie\nGET /\n")]
#[case("# @no-auth\n# @auth jane\nGET /\n", RequestEdit::Auth(None), "GET /\n")]
fn heads(#[case] text: &str, #[case] change: RequestEdit, #[case] expected: &str) {
    assert_eq!(after(text, 0, &change), expected);
}

#[rstest::rstest]
#[case("GET /\nA:b\nC: d\n", set(Table::Headers, 0, "A", "x"), "GET /\nA:x\nC: d\n")]
#[case("GET /\nA:\n", set(Table::Headers, 0, "B", "x"), "GET /\nB: x\n")]
#[case("GET /\n# A: b\n", set(Table::Headers, 0, "A", "x"), "GET /\n# A: x\n")]
#[case("GET /\nA: b\n", set(Table::Headers, 0, "A b", "x"), "! `A b` cannot be the name of a header")]
#[case("GET /\nA: b\n", set(Table::Headers, 0, "A", "x\ny"), "! A value must be one line")]
#[case("GET /\nA: b\n", set(Table::Headers, 1, "A", "x"), "! This row is not in the file any more")]
#[case("GET /", add(Table::Headers, "A", "b"), "GET /\nA: b")]
#[case("GET /\r\nX: y\r\n\r\n{}", add(Table::Headers, "A", "b"), "GET /\r\nX: y\r\nA: b\r\n\r\n{}")]
#[case("GET /\n\n{}", add(Table::Headers, "A", "b"), "GET /\nA: b\n\n{}")]
#[case("GET /\nA: b\nC: d", remove(Table::Headers, 1), "GET /\nA: b")]
#[case("GET /\nA: b\n  more\nC: d\n", remove(Table::Headers, 0), "GET /\nC: d\n")]
#[case("GET /\nA: b\nC: d\n# E: f", shift(Table::Headers, 2, 0), "GET /\n# E: f\nA: b\nC: d")]
#[case("GET /\nA: b\n", RequestEdit::Header { name: "a".into(), value: Some("c".into()) }, "GET /\nA: c\n")]
#[case("GET /\nA: b\na: c\n", RequestEdit::Header { name: "A".into(), value: None }, "GET /\n")]
#[case("### n\n# @auth x\nGET /", set(Table::Directives, 0, "auth", "y"), "### n\n# @auth y\nGET /")]
#[case("# @no-auth\nGET /", set(Table::Directives, 0, "timeout", "5"), "# @timeout 5\nGET /")]
#[case("### n\n# @auth x\nGET /", add(Table::Directives, "timeout", "5"), "### n\n# @auth x\n# @timeout 5\nGET /")]
#[case("GET /?a=1&b=2", set(Table::Params, 1, "c", "3 & {{x & y}}"), "GET /?a=1&c=3%20%26%20{{x & y}}")]
#[case("GET /?a", set(Table::Params, 0, "a", "1"), "GET /?a=1")]
#[case("GET /?a=x+y%20z", set(Table::Params, 0, "b", "x+y%20z"), "GET /?b=x+y%20z")]
#[case("GET /x HTTP/1.1", add(Table::Params, "a", "1"), "GET /x?a=1 HTTP/1.1")]
#[case("GET /x#top", add(Table::Params, "a", "1"), "GET /x?a=1#top")]
#[case("GET /x?a=1#top", add(Table::Params, "b", ""), "GET /x?a=1&b=#top")]
#[case("GET /x\n  ?a=1 \n", add(Table::Params, "b", "2"), "GET /x\n  ?a=1\n  &b=2 \n")]
#[case("GET /x\n# ?a=1\n", add(Table::Params, "b", "2"), "GET /x\n# ?a=1\n    ?b=2\n")]
#[case("GET /x?a=1&b=2", remove(Table::Params, 0), "GET /x?b=2")]
#[case("GET /x?a=1", remove(Table::Params, 0), "GET /x")]
#[case("GET /x\n  ?a=1\n  &b=2", remove(Table::Params, 0), "GET /x\n  ?b=2")]
#[case("GET /x\n  ?a=1\n  &b=2", remove(Table::Params, 1), "GET /x\n  ?a=1")]
#[case("GET /x?a=1&b=2&c=3", shift(Table::Params, 0, 2), "GET /x?b=2&c=3&a=1")]
#[case("GET /x\n  ?a=1\n  # &b=2", shift(Table::Params, 1, 0), "GET /x\n  # ?b=2\n  ?a=1")]
#[case(
    "POST /\nContent-Type: application/x-www-form-urlencoded\n",
    add(Table::Form, "a", "1&"),
    "POST /\nContent-Type: application/x-www-form-urlencoded\n\na=1%26\n"
)]
#[case(
    "POST /\nContent-Type: application/x-www-form-urlencoded\n\na=1&\nb=2",
    add(Table::Form, "c", "3"),
    "POST /\nContent-Type: application/x-www-form-urlencoded\n\na=1&\nb=2\n&c=3"
)]
#[case("POST /\n", add(Table::Form, "a", "1"), "! This body is not a form: its `Content-Type` says so")]
fn tables(#[case] text: &str, #[case] change: RequestEdit, #[case] expected: &str) {
    assert_eq!(after(text, 0, &change), expected);
}

#[rstest::rstest]
#[case("GET /", "{}", "GET /\n\n{}")]
#[case("GET /\n", "{}", "GET /\n\n{}\n")]
#[case("GET /\nA: b\n\n", "{}", "GET /\nA: b\n\n{}\n")]
#[case("GET /\n\n###\nGET /b\n", "{}", "GET /\n\n{}\n\n###\nGET /b\n")]
#[case("GET /\n###\nGET /b\n", "{}", "GET /\n\n{}\n\n###\nGET /b\n")]
#[case("GET /\n\n> {% x %}\n", "{}", "GET /\n\n{}\n\n> {% x %}\n")]
#[case("GET /\r\n\r\n{\r\n \"a\": 1\n}\r\n\r\n", "{\n \"a\": 2\n}", "GET /\r\n\r\n{\r\n \"a\": 2\n}\r\n\r\n")]
#[case("GET /\r\n\r\n{\r\n}\r\n", "{\n1,\n2\n}", "GET /\r\n\r\n{\r\n1,\r\n2\r\n}\r\n")]
#[case("GET /\n\na\nb\nc\n", "a\nc", "GET /\n\na\nc\n")]
#[case("GET /\n\na\nb", "a", "GET /\n\na")]
#[case("GET /\n\na\nb\n\n###\n", "", "GET /\n\n\n###\n")]
#[case("GET /\n\na\n# note\nb\n", "a\n# note\nc", "GET /\n\na\n# note\nc\n")]
#[case("GET /\n\n< ./f\n", "< ./g", "GET /\n\n< ./g\n")]
#[case("GET /\n\na\n", "a\n### b", "! A line that begins with `###` would begin another request")]
#[case(
    "GET /\n",
    "GET https://b.test",
    "! Part of this body would be read as something else: a request line, a script, or a comment at its start or end"
)]
fn bodies(#[case] text: &str, #[case] body: &str, #[case] expected: &str) {
    assert_eq!(after(text, 0, &RequestEdit::Body(body.to_owned())), expected);
}

#[test]
fn the_body_is_shown_as_it_stands() {
    let text = "POST /\r\n\r\n# before\r\n{\r\n  # inside\r\n}\r\n< ./f\r\n\r\n# after\r\n> {% x %}\r\n";
    assert_eq!(body_source(&parse(text), 0), "{\n  # inside\n}\n< ./f");
}

const MULTIPART: &str = "POST /\nContent-Type: multipart/form-data; boundary=b\n\n--b\nContent-Disposition: form-data; \
                         name=\"a\"\n\nwords\n--b\nContent-Disposition: form-data; name=\"f\"; filename=\"x.png\"\n\
                         Content-Type: image/png\n\n< ./x.png\n--b--\n";

#[test]
fn parts_are_edited() {
    assert_eq!(shown(MULTIPART, Table::Parts), "a=words f=< ./x.png");
    let off = after(MULTIPART, 0, &toggle(Table::Parts, 1));
    assert!(off.contains("\nwords\n# --b\n# Content-Disposition: form-data; name=\"f\"; filename=\"x.png\"\n# Content-Type: image/png\n#\n# < ./x.png\n--b--\n"), "{off}");
    assert_eq!(after(&off, 0, &toggle(Table::Parts, 1)), MULTIPART);
    assert_eq!(
        after(MULTIPART, 0, &set(Table::Parts, 0, "b", "two\nlines")),
        MULTIPART.replace("\"a\"", "\"b\"").replace("words", "two\nlines")
    );
    assert_eq!(after(MULTIPART, 0, &set(Table::Parts, 1, "f", "< ./y.png")), MULTIPART.replace("< ./x", "< ./y"));
    let swapped = after(MULTIPART, 0, &shift(Table::Parts, 1, 0));
    assert_eq!(shown(&swapped, Table::Parts), "f=< ./x.png a=words");
    assert_eq!(after(&swapped, 0, &shift(Table::Parts, 0, 1)), MULTIPART);
    let added = after(MULTIPART, 0, &add(Table::Parts, "c", "3"));
    assert_eq!(shown(&added, Table::Parts), "a=words f=< ./x.png c=3");
    assert_eq!(after(&added, 0, &remove(Table::Parts, 2)), MULTIPART);
}

#[test]
fn a_first_part_brings_boundary_and_content_type() {
    let part = DraftPart {
        name: "f".to_owned(),
        content: PartContent::File("./a/b.png".to_owned()),
        content_type: Some("image/png".to_owned()),
        ..DraftPart::default()
    };
    let text = after("POST /\n", 0, &RequestEdit::AddPart(part));
    assert_eq!(
        text,
        "POST /\nContent-Type: multipart/form-data; boundary=bearcat-boundary\n\n--bearcat-boundary\n\
         Content-Disposition: form-data; name=\"f\"; filename=\"b.png\"\nContent-Type: image/png\n\n< ./a/b.png\n\
         --bearcat-boundary--\n"
    );
    assert_eq!(parts(&parse(&text), 0)[0].file_name.as_deref(), Some("b.png"));
}

/// A header that is gone may turn a body into a request: then it stays.
#[test]
fn what_would_change_another_request_is_refused() {
    let text = "POST /a\nContent-Type: text/plain\n\nGET https://b.test\n";
    let expected = "! Written there it would change how the rest of the file is read";
    assert_eq!(after(text, 0, &remove(Table::Headers, 0)), expected);
    assert_eq!(after(text, 0, &toggle(Table::Headers, 0)), expected);
    assert_eq!(after(text, 1, &RequestEdit::Method("GET".to_owned())), "! This request is not in the file any more");
}

#[test]
fn bytes_that_are_not_text_stay() {
    let bytes = b"# \xff\xfe\nGET /x?a=1&b=\xe9\nX: \xf0\n";
    let collection = Collection::parse(Path::new("a.http"), bytes);
    let new = edit(&collection, 0, &add(Table::Headers, "A", "b")).unwrap();
    assert_eq!(new.bytes(), b"# \xff\xfe\nGET /x?a=1&b=\xe9\nX: \xf0\nA: b\n");
    let new = edit(&collection, 0, &set(Table::Params, 0, "a", "2")).unwrap();
    assert_eq!(new.bytes(), b"# \xff\xfe\nGET /x?a=2&b=\xe9\nX: \xf0\n");
}

#[test]
fn patches_must_fit() {
    let collection = parse("GET /é\n");
    let patched = |patches: &[Patch]| collection.patched(patches).map(|new| new.source.to_string());
    assert_eq!(patched(&[]), Ok("GET /é\n".to_owned()));
    assert_eq!(patched(&[Patch::new(4..5, "x"), Patch::insert(0, "# a\n")]), Ok("# a\nGET xé\n".to_owned()));
    assert_eq!(patched(&[Patch::delete(6..7)]), Err(EditError::Misfit));
    assert_eq!(patched(&[Patch::delete(0..99)]), Err(EditError::Misfit));
    assert_eq!(patched(&[Patch::delete(0..3), Patch::delete(2..4)]), Err(EditError::Misfit));
    let backwards = Patch { span: std::ops::Range { start: 3, end: 2 }, text: String::new() };
    assert_eq!(patched(&[backwards]), Err(EditError::Misfit));
}

#[test]
fn a_plan_is_the_smallest_patch() {
    let collection = parse("GET /a?x=1&y=2\nA: b\n");
    assert_eq!(plan(&collection, 0, &set(Table::Params, 1, "y", "23")), Ok(vec![Patch::insert(14, "3")]));
    assert_eq!(plan(&collection, 0, &set(Table::Params, 1, "y", "2")), Ok(vec![]));
}
