//! Documents of every kind, and what holds for all of them.

use super::*;
use proptest::prelude::*;
use rstest::rstest;

const JSON: Option<&str> = Some("application/json");

fn build(text: impl AsRef<[u8]>, content_type: Option<&str>) -> Document {
    Document::build(&Bytes::copy_from_slice(text.as_ref()), content_type, Limits::default())
}

fn plain(spans: &[Span]) -> String {
    spans.iter().map(|span| span.text.as_str()).collect()
}

fn lines(document: &Document) -> Vec<String> {
    (0..document.line_count()).map(|index| plain(&document.line(index, 0, usize::MAX))).collect()
}

/// What `width` columns from `from` on show of a whole line; wide characters at the edges become blanks.
fn window(line: &str, from: usize, width: usize) -> String {
    let mut cells: Vec<String> = Vec::new();
    let mut rest = line.as_bytes();
    while !rest.is_empty() {
        let cluster = visible::cluster(rest, 0);
        cells.push(cluster.shown.to_string());
        cells.extend((1..cluster.columns).map(|_| String::new()));
        rest = &rest[cluster.bytes..];
    }
    let to = from.saturating_add(width).min(cells.len());
    let from = from.min(to);
    if from == to {
        return String::new();
    }
    let is_cut_at = |at: usize| cells.get(at).is_some_and(String::is_empty);
    let (is_cut_left, is_cut_right) = (is_cut_at(from), is_cut_at(to));
    let mut shown = cells[from..to].to_vec();
    if is_cut_left {
        shown[0] = " ".to_owned();
    }
    if is_cut_right {
        *shown.last_mut().unwrap() = " ".to_owned();
    }
    shown.concat()
}

#[test]
fn json_is_laid_out_and_kept_exactly() {
    let document = build(
        r#"{"b":1.0e+99, "a":[ ] ,"b":{"x":{}}, "n":12345678901234567890123,"s":"\u00e9\/","l":[true,null]}"#,
        JSON,
    );
    assert_eq!(document.kind(), Kind::Json);
    assert_eq!(
        lines(&document).join("\n"),
        r#"{
  "b": 1.0e+99,
  "a": [],
  "b": {
    "x": {}
  },
  "n": 12345678901234567890123,
  "s": "\u00e9\/",
  "l": [
    true,
    null
  ]
}"#
    );
}

#[test]
fn lexemes_are_told_apart() {
    let document = build(r#"{"key":"text","n":-1,"t":true,"nested":["in"]}"#, JSON);
    let kinds = |index| document.line(index, 0, 80).into_iter().map(|span| (span.text, span.kind)).collect::<Vec<_>>();
    let of = |text: &str, kind| (text.to_owned(), kind);
    assert_eq!(
        kinds(1),
        [
            of("  ", Lexeme::Plain),
            of("\"key\"", Lexeme::Key),
            of(":", Lexeme::Punctuation),
            of(" ", Lexeme::Plain),
            of("\"text\"", Lexeme::Text),
            of(",", Lexeme::Punctuation)
        ]
    );
    assert_eq!(kinds(2)[4], of("-1", Lexeme::Number));
    assert_eq!(kinds(3)[4], of("true", Lexeme::Literal));
    assert_eq!(kinds(5)[1], of("\"in\"", Lexeme::Text));
}

#[rstest]
#[case(b"", None, Kind::Empty, 0)]
#[case(b"null", JSON, Kind::Json, 1)]
#[case(b"{\"a\":1}", None, Kind::Json, 3)]
#[case(b"[1]", Some("text/plain"), Kind::Json, 3)]
#[case(b"{\"a\":1}\n{\"a\":2}\n", JSON, Kind::JsonLines, 2)]
#[case(b"{\"a\":1}\n", Some("application/x-ndjson"), Kind::JsonLines, 1)]
#[case(b"<!DOCTYPE html><p>hi", None, Kind::Html, 1)]
#[case(b"<?xml version=\"1.0\"?>\n<a/>", None, Kind::Xml, 2)]
#[case(b"Unauthorized", Some("text/plain"), Kind::Text, 1)]
#[case(b"a\r\nb\n\nc", None, Kind::Text, 4)]
#[case(b"\xef\xbb\xbf{}", JSON, Kind::Json, 1)]
#[case(b"PK\x03\x04\0\0\0\0ABCDEFGHIJ", Some("application/zip"), Kind::Binary, 2)]
#[case(b"GIF89a\x01\0\x02\0", Some("text/plain"), Kind::Image { format: "GIF", size: Some((1, 2)) }, 1)]
fn kinds_and_line_counts(
    #[case] bytes: &[u8],
    #[case] content_type: Option<&str>,
    #[case] kind: Kind,
    #[case] line_count: usize,
) {
    let document = build(bytes, content_type);
    assert_eq!((document.kind(), document.line_count()), (kind, line_count));
}

#[rstest]
#[case(
    "{\n \"a\": tru }",
    JSON,
    "not valid JSON: `true`, `false`, `null` or another value expected at line 2, column 7; shown as it is"
)]
#[case("Unauthorized", JSON, "not valid JSON: a value expected at line 1, column 1; shown as it is")]
fn invalid_json_is_shown_as_it_is(#[case] text: &str, #[case] content_type: Option<&str>, #[case] note: &str) {
    let document = build(text, content_type);
    assert_eq!(document.kind(), Kind::Text);
    assert_eq!(document.notes()[0].to_string(), note);
    assert_eq!(lines(&document).join("\n"), text);
}

#[test]
fn a_login_page_that_claims_to_be_json_is_html() {
    let document = build("<!doctype html><title>Sign in</title>", JSON);
    assert_eq!(document.kind(), Kind::Html);
    assert!(matches!(document.notes(), [Note::NotJson { .. }]));
    assert!(document.line(0, 0, 80).iter().any(|span| span.kind == Lexeme::Tag));
}

#[test]
fn other_encodings_are_decoded() {
    let latin = build(b"caf\xe9", Some("text/plain; charset=ISO-8859-1"));
    assert_eq!(lines(&latin), ["café"]);
    assert_eq!(latin.notes(), [Note::Decoded("windows-1252")]);
    let utf16 = build(b"\xff\xfeh\0i\0", None);
    assert_eq!(lines(&utf16), ["hi"]);
    let unmarked = build(b"h\0i\0", Some("text/plain; charset=utf-16le"));
    assert_eq!(lines(&unmarked), ["hi"]);
    assert_eq!(lines(&build(b"bad \xff byte in a text", None)), ["bad \u{fffd} byte in a text"]);
}

#[test]
fn control_characters_are_pictured() {
    let document = build("a\x1b]8;;http://evil\x07b\u{202e}c\td", None);
    assert_eq!(lines(&document), ["a␛]8;;http://evil␇b\\u{202e}c    d"]);
    let spans = document.line(0, 0, 80);
    assert_eq!((spans[1].text.as_str(), spans[1].kind), ("␛", Lexeme::Picture));
}

#[test]
fn binary_is_dumped() {
    let document = build(b"\0\x01\x02ABC\xff", None);
    assert_eq!(lines(&document), [format!("00000000  {:<50}{}", "00 01 02 41 42 43 ff", "...ABC.")]);
}

#[test]
fn markup_goes_on_over_lines() {
    let document = build("<a href='x\ny' b=1>t<!-- c\n<b> --></a>", Some("text/html"));
    let kind_of = |line: usize, text: &str| {
        let spans = document.line(line, 0, 80);
        spans.iter().find(|span| span.text.contains(text)).unwrap_or_else(|| panic!("{spans:?}")).kind
    };
    assert_eq!(kind_of(0, "<a"), Lexeme::Tag);
    assert_eq!(kind_of(1, "y'"), Lexeme::Text);
    assert_eq!(kind_of(2, "<b>"), Lexeme::Comment);
    assert_eq!(kind_of(2, "</a"), Lexeme::Tag);
}

#[test]
fn one_very_long_line_can_be_read_to_its_end() {
    let text = format!("{{\"key\":\"{}é日end\"}}", "0123456789".repeat(1000));
    let document = build(&text, JSON);
    let whole = plain(&document.line(1, 0, usize::MAX));
    assert_eq!(plain(&document.line(1, 10_010, 80)), "é日end\"");
    for from in [0, 5, 8, 50, 5000, 10_009, 10_010, 10_011, 10_012, 20_000] {
        assert_eq!(plain(&document.line(1, from, 7)), window(&whole, from, 7), "from {from}");
    }
}

#[test]
fn depth_costs_nothing() {
    let depth = 100_000;
    let document = build("[".repeat(depth) + "1" + &"]".repeat(depth), JSON);
    assert_eq!(document.line_count(), 2 * depth + 1);
    assert_eq!(plain(&document.line(depth, 0, 500)).trim(), "1");
    assert_eq!(
        lines(&build("[".repeat(70) + "{\"a\":1}" + &"]".repeat(70), JSON)).last().map(String::as_str),
        Some("]")
    );
}

#[test]
fn too_large_json_is_not_formatted() {
    let body = Bytes::from_static(b"{\"a\":1}");
    let document = Document::build(&body, JSON, Limits { format: 3 });
    assert_eq!((document.line_count(), document.notes()), (1, &[Note::TooLarge][..]));
}

#[test]
fn debug_prints_sizes_only() {
    let shown = format!("{:?}", build("{\"secret\":1}", JSON));
    assert!(shown.contains("bytes: 12") && !shown.contains("secret"), "{shown}");
}

fn json_value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        "\\PC{0,12}|[a-zé日👍\\u{301}\\n\\t\"\\\\]{0,90}".prop_map(Into::into),
    ];
    leaf.prop_recursive(6, 80, 12, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..12).prop_map(Into::into),
            proptest::collection::vec(("[a-z]{0,3}|[x日]{50,70}", inner), 0..12)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn the_pretty_form_is_the_same_value(value in json_value(), spaced in any::<bool>()) {
        let text = if spaced { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
        let document = build(&text, JSON);
        prop_assert_eq!(document.kind(), Kind::Json);
        let pretty = document.text();
        let parse = |bytes: &[u8]| serde_json::from_slice::<serde_json::Value>(bytes).unwrap();
        prop_assert_eq!(parse(&pretty), parse(text.as_bytes()));
        let expected: Vec<String> =
            std::str::from_utf8(&pretty).unwrap().lines().map(pictured).collect();
        prop_assert_eq!(lines(&document), expected);
    }

    #[test]
    fn any_window_shows_what_the_whole_line_has(
        value in json_value(), ndjson in any::<bool>(), from in 0usize..200, width in 0usize..100,
    ) {
        let content_type = if ndjson { Some("application/x-ndjson") } else { JSON };
        let document = build(value.to_string(), content_type);
        for index in 0..document.line_count() {
            let whole = plain(&document.line(index, 0, usize::MAX));
            prop_assert_eq!(plain(&document.line(index, from, width)), window(&whole, from, width));
        }
    }

    #[test]
    fn any_bytes_are_survived_and_come_out_harmless(
        bytes in proptest::collection::vec(any::<u8>(), 0..400),
        prefix in prop_oneof![Just(""), Just("{\"a\":"), Just("<a b='"), Just("text "), Just("\u{feff}[")],
        content_type in prop_oneof![
            Just(None), Just(JSON), Just(Some("text/html")), Just(Some("text/plain; charset=utf-16")), Just(Some("application/x-ndjson")),
        ],
        from in 0usize..100,
    ) {
        let document = build([prefix.as_bytes(), &bytes].concat(), content_type);
        for index in 0..=document.line_count() {
            for span in document.line(index, from, 60).iter().chain(&document.line(index, 0, usize::MAX)) {
                prop_assert!(!span.text.chars().any(char::is_control), "{:?}", span);
                let is_bidi = span.text.contains(['\u{202e}', '\u{2066}', '\u{feff}']);
                prop_assert!(!is_bidi, "{:?}", span);
            }
        }
    }

    #[test]
    fn texts_keep_their_lines(text in "[a-z<>'=é日\\r\\n ]{0,200}", html in any::<bool>()) {
        let document = build(&text, Some(if html { "text/html" } else { "text/css" }));
        let expected: Vec<String> = text.lines().map(pictured).collect();
        prop_assert_eq!(lines(&document), expected);
    }
}

/// `line` as it is shown. The pieces of a line are made safe one by one, so a cluster never spans two of them.
fn pictured(line: &str) -> String {
    visible::shown(line).into_owned()
}
