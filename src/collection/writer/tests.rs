//! Tests of the writer.

use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::collection::draft::{ApiKeyPlace, DraftBody, DraftPart, DraftRow, PartContent, RowShape, RowState};
use crate::collection::environment::Environments;
use crate::collection::file::Collection;
use crate::collection::scope::RequestScope;
use crate::model::identity::IdentityName;
use crate::model::port::Random;
use crate::model::request::{BodyPiece, RequestBlock};
use crate::model::session::TokenSet;
use crate::model::time::Timestamp;
use crate::template::{Filler, NoSecrets, Surroundings};

struct NoRandom;

impl Random for NoRandom {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(0);
    }
}

fn parse(text: &str) -> Collection {
    let collection = Collection::parse(Path::new("test.http"), text.as_bytes());
    assert_eq!(collection.problems, [], "{text}");
    collection
}

/// The text, filled from the file's own variables.
fn fill(collection: &Collection, text: &str) -> String {
    let environments = Environments::default();
    let empty = BTreeMap::new();
    let tokens: BTreeMap<IdentityName, TokenSet> = BTreeMap::new();
    let surroundings = Surroundings {
        now: Timestamp::default(),
        utc_offset_seconds: 0,
        random: &NoRandom,
        process_environment: &empty,
        dotenv: &empty,
        tokens: &tokens,
        secrets: &NoSecrets,
    };
    let scope = RequestScope::new(collection, &environments, None, surroundings);
    Filler::new(&scope).fill_text(text).text
}

fn body(collection: &Collection, request: &RequestBlock) -> String {
    let pieces = request.body.iter().map(|piece| match piece {
        BodyPiece::Text(text) => fill(collection, &text.text),
        BodyPiece::File { path, .. } => format!("<file {}>", path.text),
    });
    pieces.collect()
}

fn headers(collection: &Collection, request: &RequestBlock) -> Vec<(String, String)> {
    let headers = request.headers.iter();
    headers.map(|header| (fill(collection, &header.name.text), fill(collection, &header.value.text))).collect()
}

fn row(name: &str, value: &str) -> DraftRow {
    DraftRow::new(name, value)
}

fn off(name: &str, value: &str) -> DraftRow {
    DraftRow { state: RowState::Disabled, ..row(name, value) }
}

fn orders() -> RequestDraft {
    RequestDraft {
        name: Some("list orders".into()),
        comments: vec!["All of them.\n@auth is no directive here\n\nend".into()],
        directives: vec![("timeout".into(), "10 s".into())],
        method: "get".into(),
        url: "{{base}}/orders".into(),
        query: vec![row("page", "1"), off("size", "{{size}}"), row("sort", "-created at")],
        headers: vec![row("Accept", "application/json"), off("X-Debug", "1")],
        trailing_comments: vec!["200 OK\n{}".into()],
        ..RequestDraft::default()
    }
}

#[test]
fn a_collection_reads_well() {
    let file = DraftFile {
        path: "orders.http".into(),
        comments: vec!["Orders".into()],
        variables: vec![("base".into(), "https://api.test\\v1".into()), ("size".into(), "20".into())],
        requests: vec![
            orders(),
            RequestDraft {
                method: "POST".into(),
                url: "{{base}}/orders".into(),
                auth: DraftAuth::Bearer { token: "{{token}}".into(), prefix: String::new() },
                headers: vec![row("Content-Type", "application/json")],
                body: DraftBody::Text("{\n  \"id\": 1\n}".into()),
                ..RequestDraft::default()
            },
        ],
    };
    let text = super::file(&file);
    assert_eq!(
        text,
        "# Orders\n\n@base = https://api.test\\\\v1\n@size = 20\n\n### list orders\n# All of them.\n\
         # \\@auth is no directive here\n#\n# end\n# @timeout 10 s\nGET {{base}}/orders\n    ?page=1\n\
         # &size={{size}}\n    &sort=-created at\nAccept: application/json\n# X-Debug: 1\n\n# 200 OK\n# {}\n\n\
         ###\nPOST {{base}}/orders\nContent-Type: application/json\nAuthorization: Bearer {{token}}\n\n\
         {\n  \"id\": 1\n}\n"
    );
    let collection = parse(&text);
    assert_eq!(collection.requests.len(), 2);
    assert_eq!(collection.requests[0].url.text, "{{base}}/orders?page=1&sort=-created at");
    assert_eq!(collection.requests[0].directives.auth, None);
    assert_eq!(collection.file_variable("base").unwrap().value.text, "https://api.test\\v1");
}

#[rstest]
#[case::one_row(vec![row("a", "1")], "https://h/x", "https://h/x?a=1")]
#[case::bare(vec![DraftRow { shape: RowShape::Bare, ..row("a", "") }, row("b", "")], "https://h/x", "https://h/x?a&b=")]
#[case::after_a_query(vec![row("a", "1"), row("b", "2")], "https://h/x?y", "https://h/x?y&a=1&b=2")]
#[case::before_the_fragment(vec![row("a", "1")], "https://h/x#top", "https://h/x?a=1#top")]
#[case::placeholder_with_a_mark(vec![row("a", "1")], "{{x?}}", "{{x?}}?a=1")]
#[case::line_breaks(vec![row("a", "1\r\n2"), row("b", "x ")], "https://h/\n x ", "https://h/ x?a=1%0D%0A2&b=x%20")]
#[case::version(vec![], "https://h/x HTTP/1.1", "https://h/x%20HTTP/1.1")]
#[case::version_in_a_row(vec![row("a", "b HTTP/1.1"), row("c", " HTTP/2")], "https://h", "https://h?a=b%20HTTP/1.1&c=%20HTTP/2")]
#[case::question_marks(vec![row("?a", "1"), row("b", "?")], "https://h", "https://h?%3Fa=1&b=?")]
#[case::no_scheme(vec![], "api.test/x", "api.test/x")]
#[case::nothing(vec![], "", "")]
fn urls(#[case] query: Vec<DraftRow>, #[case] url: &str, #[case] expected: &str) {
    for method in ["GET", "PURGE"] {
        let draft = RequestDraft { method: method.into(), url: url.into(), query: query.clone(), ..Default::default() };
        let text = request(&draft);
        let collection = parse(&text);
        assert_eq!(collection.requests[0].method.text, method, "{text}");
        assert_eq!(fill(&collection, &collection.requests[0].url.text), expected, "{text}");
    }
}

#[rstest]
#[case("get", "GET")]
#[case("", "GET")]
#[case("Purge", "PURGE")]
#[case("M-SEARCH", "M-SEARCH")]
#[case("WS", "GET")]
#[case("a\nb c", "ABC")]
#[case("1", "GET")]
fn methods(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(method(text), expected);
    let draft = RequestDraft { method: text.into(), url: "https://h".into(), ..Default::default() };
    assert_eq!(parse(&request(&draft)).requests[0].method.text, expected);
}

#[rstest]
#[case(vec![], "HTTP/1.1", Some("HTTP/1.1"))]
#[case(vec![row("a", "1")], "HTTP/2", Some("HTTP/2"))]
#[case(vec![row("a", "1"), row("b", "2"), off("c", "3")], "HTTP/1.0", Some("HTTP/1.0"))]
#[case(vec![], "h2\nX: y", None)]
fn versions(#[case] query: Vec<DraftRow>, #[case] version: &str, #[case] expected: Option<&str>) {
    let draft =
        RequestDraft { url: "https://h".into(), query, http_version: Some(version.into()), ..RequestDraft::default() };
    let text = request(&draft);
    let request = &parse(&text).requests[0];
    assert_eq!(request.http_version.as_ref().map(|version| version.text.as_str()), expected, "{text}");
    assert!(!request.url.text.contains("HTTP"), "{text}");
}

#[test]
fn headers_that_look_like_something_else() {
    let draft = RequestDraft {
        url: "https://h".into(),
        headers: vec![
            row("#hash", "1"),
            row("&and", "2"),
            row("{{name}}", " 3\n4 "),
            row("Empty", ""),
            row("two words", "lost to a comment"),
            row("{{open", "too"),
        ],
        ..RequestDraft::default()
    };
    let text = request(&draft);
    let collection = parse(&text);
    let expected = [("#hash", "1"), ("&and", "2"), ("{{name}}", "3 4"), ("Empty", "")];
    let expected: Vec<_> = expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    assert_eq!(headers(&collection, &collection.requests[0]), expected, "{text}");
    assert!(text.contains("# two words: lost to a comment\n"), "{text}");
}

#[rstest]
#[case(DraftAuth::None, "# @no-auth\n")]
#[case(DraftAuth::Identity("jane".into()), "# @auth jane\n")]
#[case(DraftAuth::Basic { user: "u".into(), password: "{{p}}".into() }, "Authorization: Basic u:{{p}}\n")]
#[case(DraftAuth::Digest { user: "u".into(), password: "{{p}}".into() }, "Authorization: Digest u:{{p}}\n")]
#[case(DraftAuth::Bearer { token: "{{t}}".into(), prefix: "Token".into() }, "Authorization: Token {{t}}\n")]
#[case(DraftAuth::ApiKey { name: "k".into(), value: "{{v}}".into(), place: ApiKeyPlace::Header }, "\nk: {{v}}\n")]
#[case(DraftAuth::ApiKey { name: "k".into(), value: "{{v}}".into(), place: ApiKeyPlace::Query }, "https://h?k={{v}}\n")]
#[case(DraftAuth::ApiKey { name: "k".into(), value: "{{v}}".into(), place: ApiKeyPlace::Cookie }, "Cookie: k={{v}}\n")]
fn authentication(#[case] auth: DraftAuth, #[case] expected: &str) {
    let text = request(&RequestDraft { url: "https://h".into(), auth, ..Default::default() });
    parse(&text);
    assert!(text.contains(expected), "{text}");
}

#[test]
fn forms() {
    let form = vec![row("a b", "1&2"), off("c", "3"), row("d", "{{d}} {{$uuid}}{{"), row("é", "\n")];
    let draft = RequestDraft { url: "https://h".into(), body: DraftBody::Form(form), ..Default::default() };
    let text = request(&draft);
    let collection = parse(&text);
    let sent: String = body(&collection, &collection.requests[0]).lines().collect();
    assert_eq!(sent, "a+b=1%262&d={{%d}}+00000000-0000-4000-8000-000000000000%7B%7B&%C3%A9=%0A", "{text}");
    assert!(text.contains("\n# &c=3\n"), "{text}");

    // With another content type line breaks would be sent.
    let draft = RequestDraft { headers: vec![row("content-type", "text/x")], ..draft };
    let text = request(&draft);
    assert!(
        text.contains("###\n# &c=3\nGET") && text.ends_with("\n\na+b=1%262&d={{%d}}+{{$uuid}}%7B%7B&%C3%A9=%0A\n"),
        "{text}"
    );
}

#[test]
fn parts() {
    let part = |name: &str, content| DraftPart { name: name.into(), content, ..DraftPart::default() };
    let draft = RequestDraft {
        url: "https://h".into(),
        body: DraftBody::Multipart(vec![
            part("text", PartContent::Text("# no comment\n--bearcat-boundary\n".into())),
            DraftPart {
                content_type: Some("image/png".into()),
                ..part("file \"1\"", PartContent::File("./pictures/a b.png".into()))
            },
            DraftPart { state: RowState::Disabled, ..part("off", PartContent::Text("x".into())) },
        ]),
        ..RequestDraft::default()
    };
    let text = request(&draft);
    let collection = parse(&text);
    let request = &collection.requests[0];
    assert_eq!(request.headers[0].value.text, "multipart/form-data; boundary=bearcat-boundary-");
    assert_eq!(
        body(&collection, request),
        "--bearcat-boundary-\nContent-Disposition: form-data; name=\"text\"\n\n# no comment\n--bearcat-boundary\n\n\
         --bearcat-boundary-\nContent-Disposition: form-data; name=\"file %221%22\"; filename=\"a b.png\"\n\
         Content-Type: image/png\n\n<file ./pictures/a b.png>\n--bearcat-boundary---",
        "{text}"
    );
    assert!(text.contains("# Content-Disposition: form-data; name=\"off\"\n#\n# x\n"), "{text}");
}

#[test]
fn graphql() {
    let draft = RequestDraft {
        method: "POST".into(),
        url: "https://h".into(),
        body: DraftBody::GraphQl {
            query: "query {\n  a(b: \"c\")\n}".into(),
            variables: "{\n  \"d\": {{d}}\n}".into(),
        },
        ..RequestDraft::default()
    };
    let text = request(&draft);
    assert!(text.contains("X-Request-Type: GraphQL\n\nquery {\n  a(b: \"c\")\n}\n\n{\n  \"d\": {{d}}\n}\n"), "{text}");

    // Variables that are no object can only be written as they will go out.
    let odd =
        DraftBody::GraphQl { query: "query {\n  a(b: \"c\")\n}".into(), variables: "{\n  \"d\": {{d}}\n} x".into() };
    let collection = parse(&request(&RequestDraft { body: odd, ..draft }));
    assert_eq!(
        body(&collection, &collection.requests[0]).replace(" x\n", "\n"),
        "{\n  \"query\": \"query {\\n  a(b: \\\"c\\\")\\n}\",\n  \"variables\": {\n    \"d\": {{d}}\n  }\n}"
    );
}

#[test]
fn own_names_do_not_hide_those_of_the_draft() {
    let file = DraftFile {
        variables: vec![("empty_text".into(), " padded ".into())],
        requests: vec![RequestDraft {
            url: "https://h/{{empty_text}}".into(),
            body: DraftBody::Text("# x {{empty_text_}}".into()),
            ..RequestDraft::default()
        }],
        ..DraftFile::default()
    };
    let text = super::file(&file);
    let collection = parse(&text);
    assert_eq!(fill(&collection, &collection.requests[0].url.text), "https://h/ padded ", "{text}");
    assert_eq!(body(&collection, &collection.requests[0]), "# x {{empty_text_}}", "{text}");
}

#[rstest]
#[case("### not a separator\n###\n")]
#[case("# not a comment\n  // nor this\n/* or this */")]
#[case("< ./not/a/file\n<@ nor this")]
#[case("> {% script %}\n> handler.js\n>> file.txt\n<> file\n?? status == 200\n{{\n}}\n{{@request\n}}")]
#[case("GET https://not.a.request\n\nPOST https://nor.this")]
#[case("@no = variable")]
#[case("\n\n leading and trailing \n\n\n")]
#[case("   ")]
#[case("\r\na\r\n\r\nb\rc\r")]
#[case("a\n\nHTTP/1.1 200 OK\n\nb")]
#[case("a\n\n### b\n\nGET https://x")]
fn bodies_keep_their_bytes(#[case] text: &str) {
    for content_type in ["", "application/json", "text/markdown", "message/http"] {
        let headers = if content_type.is_empty() { vec![] } else { vec![row("Content-Type", content_type)] };
        let first = RequestDraft {
            method: "POST".into(),
            url: "https://h".into(),
            headers,
            body: DraftBody::Text(text.into()),
            trailing_comments: vec!["an example".into()],
            ..RequestDraft::default()
        };
        let file = DraftFile { requests: vec![first, orders()], ..DraftFile::default() };
        let written = super::file(&file);
        let collection = parse(&written);
        assert_eq!(collection.requests.len(), 2, "{written}");
        assert_eq!(body(&collection, &collection.requests[0]), text, "{content_type}: {written}");
        assert!(collection.requests.iter().all(|request| request.not_run.is_empty()), "{written}");
    }
}

fn line() -> impl Strategy<Value = String> {
    let special = prop::sample::select(vec![
        "###",
        "### x",
        "# x",
        "// x",
        "/* x",
        "< file",
        "<@ file",
        "> {%",
        "> a.js",
        ">> a.txt",
        "<> a",
        "?? a",
        "{{",
        "}}",
        "{{name}}",
        "@a = b",
        "GET https://x",
        "POST /x",
        "HTTP/1.1 200 OK",
        "",
        " ",
        "\t",
        "\r",
        "{",
        "--x",
        "{{empty_text}}",
        "curl x",
        "run x",
        "\u{feff}",
        "\u{a0}",
        "\u{85}",
    ]);
    prop_oneof![3 => special.prop_map(str::to_owned), 1 => "[ -~\r\t\u{e9}]{0,12}"]
}

fn text() -> impl Strategy<Value = String> {
    (prop::collection::vec((line(), line()), 0..6), any::<bool>()).prop_map(|(lines, is_open)| {
        let lines: Vec<String> = lines.into_iter().map(|(a, b)| format!("{a}{b}")).collect();
        lines.join("\n") + if is_open { "" } else { "\r\n" }
    })
}

fn some_row() -> impl Strategy<Value = DraftRow> {
    ("[!-~\u{e9} ]{0,8}", "[ -~\r\n\t\u{e9}]{0,10}", any::<bool>(), any::<bool>()).prop_map(
        |(name, value, on, pair)| DraftRow {
            state: if on { RowState::Enabled } else { RowState::Disabled },
            shape: if pair { RowShape::Pair } else { RowShape::Bare },
            value: if pair { value } else { String::new() },
            ..row(&name, "")
        },
    )
}

fn some_request() -> impl Strategy<Value = RequestDraft> {
    (
        (
            prop::option::of(text()),
            prop::collection::vec(text(), 0..2),
            "[A-Za-z-]{0,6}",
            "[a-z0-9/ ?&=.%\u{e9}\n]{0,14}",
        ),
        prop::collection::vec(some_row(), 0..4),
        prop::collection::vec(some_row(), 0..4),
        prop::option::of(prop::sample::select(vec!["application/json", "text/plain", "message/http", "{{type}}"])),
        prop_oneof![
            Just(DraftBody::None),
            text().prop_map(DraftBody::Text),
            prop::collection::vec(some_row(), 0..4).prop_map(DraftBody::Form),
        ],
        prop::collection::vec(text(), 0..2),
    )
        .prop_map(|((name, comments, method, url), query, mut headers, content_type, body, trailing_comments)| {
            if let Some(content_type) = content_type {
                headers.insert(0, row("Content-Type", content_type));
            }
            RequestDraft {
                name,
                comments,
                method,
                url: format!("https://h/{url}"),
                query,
                headers,
                body,
                trailing_comments,
                ..RequestDraft::default()
            }
        })
}

/// The URL with its enabled rows, everything that a line cannot hold encoded.
fn expected_url(draft: &RequestDraft) -> String {
    let encoded = |text: &str| -> String {
        let text = text.replace('\r', "%0D").replace('\n', "%0A").replace('\t', "%09");
        text.replace(' ', "%20")
    };
    let mut url = draft.url.trim().to_owned();
    for row in draft.query.iter().filter(|row| row.state == RowState::Enabled) {
        url.push(if url.contains('?') { '&' } else { '?' });
        url.push_str(&encoded(&row.name));
        if row.shape == RowShape::Pair {
            url.push('=');
            url.push_str(&encoded(&row.value));
        }
    }
    url
}

/// As the URL standard reads it.
fn normal(url: &str) -> String {
    url::Url::parse(url).unwrap().as_str().replace("%3F", "?")
}

proptest! {
    /// Bodies byte for byte; rows, methods and the number of requests, whatever the texts hold.
    #[test]
    fn what_is_written_is_read_back(requests in prop::collection::vec(some_request(), 1..4)) {
        let draft = DraftFile { requests, comments: vec!["@x\n### y".into()], ..DraftFile::default() };
        let written = super::file(&draft);
        let collection = Collection::parse(Path::new("test.http"), written.as_bytes());
        prop_assert_eq!(&collection.problems, &[], "{}", written);
        prop_assert_eq!(collection.requests.len(), draft.requests.len(), "{}", written);
        for (read, draft) in collection.requests.iter().zip(&draft.requests) {
            let wanted = if draft.method.is_empty() { "GET".to_owned() } else { method(&draft.method) };
            prop_assert_eq!(&read.method.text, &wanted);
            prop_assert!(read.not_run.is_empty(), "{}", written);
            prop_assert_eq!(&read.directives, &crate::model::request::Directives::default());

            let url = fill(&collection, &read.url.text);
            let expected = expected_url(draft);
            prop_assert_eq!(normal(&url), normal(&expected), "{}", written);

            let names: Vec<_> = headers(&collection, read).into_iter().map(|(name, _)| name).collect();
            let wanted: Vec<_> = draft.headers.iter()
                .filter(|row| row.state == RowState::Enabled && is_header_name(row.name.trim()))
                .map(|row| row.name.trim().to_owned()).collect();
            prop_assert_eq!(&names[..wanted.len()], &wanted[..], "{}", written);

            if let DraftBody::Text(text) = &draft.body {
                prop_assert_eq!(&body(&collection, read), text, "{}", written);
            }
            if let DraftBody::Form(rows) = &draft.body {
                let sent: String = body(&collection, read).lines().collect();
                let fields: Vec<(String, String)> = url::form_urlencoded::parse(sent.as_bytes()).into_owned().collect();
                let wanted: Vec<(String, String)> = rows.iter()
                    .filter(|row| row.state == RowState::Enabled && !(row.name.is_empty() && row.shape == RowShape::Bare))
                    .map(|row| (row.name.clone(), row.value.clone())).collect();
                prop_assert_eq!(fields, wanted, "{}", written);
            }
        }
    }
}
