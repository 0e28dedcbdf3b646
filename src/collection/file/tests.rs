//! Tests of the parser of `.http` files: tables per construct, and what must hold for any bytes.

use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::model::request::BodyPiece;

fn parse(text: &str) -> Collection {
    let collection = Collection::parse(Path::new("a.http"), text.as_bytes());
    check_spans(&collection, text.as_bytes());
    collection
}

/// What must hold for every file.
fn check_spans(collection: &Collection, bytes: &[u8]) {
    assert_eq!(collection.bytes(), bytes);
    assert_eq!(collection.source.len(), bytes.len());
    let mut at = 0;
    for block in &collection.blocks {
        assert_eq!(block.span.start, at);
        for node in &block.nodes {
            assert_eq!(node.span.start, at, "{:?}", collection.blocks);
            assert!(node.span.end > at, "an empty node: {node:?}");
            at = node.span.end;
        }
        assert_eq!(block.span.end, at);
    }
    assert_eq!(at, bytes.len(), "{:?}", collection.blocks);
    let within = |piece: &Spanned, outer: &Span| {
        assert!(piece.span.start <= piece.span.end);
        assert!(outer.start <= piece.span.start && piece.span.end <= outer.end, "{piece:?} not in {outer:?}");
        assert!(collection.source.get(piece.span.clone()).is_some(), "{piece:?} splits a character");
    };
    for request in &collection.requests {
        let outer = &request.span;
        within(&request.method, outer);
        within(&request.url, outer);
        request.http_version.iter().for_each(|piece| within(piece, outer));
        for header in &request.headers {
            within(&header.name, outer);
            within(&header.value, outer);
        }
        for piece in &request.body {
            match piece {
                BodyPiece::Text(text) => within(text, outer),
                BodyPiece::File { path, .. } => within(path, outer),
            }
        }
        request.not_run.iter().for_each(|piece| within(piece, outer));
    }
    for variable in &collection.file_variables {
        within(&variable.name, &(0..bytes.len()));
        within(&variable.value, &(0..bytes.len()));
    }
    for problem in &collection.problems {
        assert!(problem.place.is_some(), "{problem:?}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_kept(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        check_spans(&Collection::parse(Path::new("x.http"), &bytes), &bytes);
    }

    #[test]
    fn any_mixture_of_constructs_is_kept(pieces in proptest::collection::vec(piece(), 0..25)) {
        let text = pieces.concat();
        check_spans(&Collection::parse(Path::new("x.http"), text.as_bytes()), text.as_bytes());
    }
}

/// Pieces that mean something, in any order, with any line break.
fn piece() -> impl Strategy<Value = String> {
    let text = prop::sample::select(vec![
        "###",
        "### name",
        "# @name a",
        "// @auth jane",
        "# @timeout x",
        "# comment",
        "// comment",
        "/*",
        "*/",
        "GET https://a.test",
        "POST /x HTTP/1.1",
        "https://a.test",
        "get {{host}}/x",
        "BAD! https://x",
        "POST",
        "curl x",
        "  ?a=b",
        "&c=d",
        "  Accept: x",
        "Content-Type: text/plain",
        "Content-Type: application/json",
        "no colon",
        "",
        " ",
        "\t",
        "{",
        "{{",
        "}}",
        "{{x}}",
        "< ./file",
        "<@ ./f",
        "<@latin1 f",
        "<tag>",
        "> {%",
        "%}",
        "> {% x %}",
        "> h.js",
        "<> r.json",
        ">> out.txt",
        "?? status == 200",
        "@a = b",
        "@broken",
        "é ü 漢",
        "--boundary",
        "WS wss://x",
        "\u{feff}",
        "\u{a0}",
        "import x",
        "...spread",
    ]);
    (text, prop::sample::select(vec!["\n", "\r\n", "", "\n\n", "\r"])).prop_map(|(text, end)| format!("{text}{end}"))
}

fn body(request: &RequestBlock) -> String {
    request
        .body
        .iter()
        .map(|piece| match piece {
            BodyPiece::Text(text) => text.text.clone(),
            BodyPiece::File { path, substitute, encoding } => {
                format!(
                    "«{}{}{}»",
                    path.text,
                    if *substitute { " filled" } else { "" },
                    encoding.as_deref().unwrap_or("")
                )
            }
        })
        .collect()
}
