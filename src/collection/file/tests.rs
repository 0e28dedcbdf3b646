//! Tests of the parser of `.http` files: tables per construct, and what must hold for any bytes.

use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::model::request::{BodyPiece, RequestId, StatusPattern};

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

    /// Real files with a few bytes changed, where the folder of samples is there.
    #[test]
    fn mutated_samples_are_kept(which in any::<prop::sample::Index>(), changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 0..8)) {
        let samples = samples();
        if samples.is_empty() {
            return Ok(());
        }
        let mut bytes = which.get(samples).clone();
        for (at, byte, kind) in changes {
            let at = if bytes.is_empty() { 0 } else { at.index(bytes.len()) };
            match kind {
                0 => bytes.insert(at, byte),
                1 if !bytes.is_empty() => { bytes.remove(at); }
                2 => bytes.truncate(at),
                _ => bytes.insert(at, b'\n'),
            }
        }
        check_spans(&Collection::parse(Path::new("x.http"), &bytes), &bytes);
    }

    #[test]
    fn any_mixture_of_constructs_is_kept(pieces in proptest::collection::vec(piece(), 0..25)) {
        let text = pieces.concat();
        check_spans(&Collection::parse(Path::new("x.http"), text.as_bytes()), text.as_bytes());
    }
}

/// The files of the samples beside the project, of any kind; none where the folder is absent.
fn samples() -> &'static Vec<Vec<u8>> {
    static SAMPLES: std::sync::OnceLock<Vec<Vec<u8>>> = std::sync::OnceLock::new();
    SAMPLES.get_or_init(|| {
        let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/samples")];
        let mut found = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if entry.metadata().is_ok_and(|metadata| metadata.len() < 20_000) {
                    found.extend(std::fs::read(path));
                }
            }
        }
        if found.is_empty() {
            println!("left out: there is no folder of samples beside the project");
        }
        found.sort();
        found
    })
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
        "import ./x.http",
        "run #a",
        "GET /x HTTP/2 (Prior Knowledge)",
        "===",
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

fn only(text: &str) -> RequestBlock {
    let collection = parse(text);
    assert_eq!(collection.problems, [], "{text}");
    assert_eq!(collection.requests.len(), 1, "{text}");
    collection.requests[0].clone()
}

fn problems(text: &str) -> Vec<String> {
    parse(text).problems.iter().map(|problem| problem.to_string().lines().next().unwrap().to_owned()).collect()
}

#[rstest::rstest]
#[case("GET https://a.test", "GET", "https://a.test", None)]
#[case("https://a.test/x y", "GET", "https://a.test/x y", None)]
#[case("a.test:8080/x", "GET", "a.test:8080/x", None)]
#[case("localhost:3000", "GET", "localhost:3000", None)]
#[case("/path", "GET", "/path", None)]
#[case("{{ base }}/x", "GET", "{{ base }}/x", None)]
#[case("  post\t{{ base }}/x?a=b c  HTTP/1.1  ", "POST", "{{ base }}/x?a=b c", Some("HTTP/1.1"))]
#[case("PURGE https://a.test HTTP/2", "PURGE", "https://a.test", Some("HTTP/2"))]
#[case("GET https://a.test HTTP/2 (Prior Knowledge)", "GET", "https://a.test", Some("HTTP/2 (Prior Knowledge)"))]
#[case("OPTIONS * HTTP/1.1", "OPTIONS", "*", Some("HTTP/1.1"))]
#[case("GRAPHQL https://a.test/graphql", "GRAPHQL", "https://a.test/graphql", None)]
#[case("GET https://a.test\n  ?a=b\n  &c=d HTTP/1.1\n", "GET", "https://a.test?a=b&c=d", Some("HTTP/1.1"))]
#[case("GET https://a.test\n?a=b\n&c=d", "GET", "https://a.test?a=b&c=d", None)]
#[case("GET https://a.test\r\n    /b\r\n\t/c", "GET", "https://a.test/b/c", None)]
#[case("GET https://a.test\n  ?a=b\n# comment\n  &c=d", "GET", "https://a.test?a=b&c=d", None)]
#[case("\u{feff}GET https://a.test", "GET", "https://a.test", None)]
fn request_lines(#[case] text: &str, #[case] method: &str, #[case] url: &str, #[case] version: Option<&str>) {
    let request = only(text);
    assert_eq!((request.method.text.as_str(), request.url.text.as_str()), (method, url));
    assert_eq!(request.http_version.map(|version| version.text).as_deref(), version);
    assert!(request.headers.is_empty() && request.body.is_empty());
}

#[rstest::rstest]
#[case("###\nGET /", None)]
#[case("### list orders  \nGET /", Some("list orders"))]
#[case("##### list #####\nGET /", Some("list"))]
#[case("### a\n# @name b\nGET /", Some("b"))]
#[case("# @name=b\nGET /", Some("b"))]
#[case("# @name = b\nGET /", Some("b"))]
#[case("// @name b c\nGET /", Some("b c"))]
#[case("#@name b\nGET /", Some("b"))]
fn names(#[case] text: &str, #[case] name: Option<&str>) {
    assert_eq!(only(text).name.as_deref(), name);
}

#[rstest::rstest]
#[case("import ./a.http")]
#[case("import ../b/a.rest as other")]
#[case("run ./a.http")]
#[case("run ./a.http (@host=x, @n=2)")]
#[case("run #list orders")]
#[case("run ./a.http#login")]
fn import_and_run_lines_are_kept_with_the_request(#[case] line: &str) {
    let request = only(&format!("### x\n{line}\nGET /b"));
    assert_eq!(request.not_run.iter().map(|piece| piece.text.as_str()).collect::<Vec<_>>(), [line]);
}

#[test]
fn a_file_with_cr_alone_has_lines() {
    let collection = parse("### a\rGET /1\rA: b\r\r{\r  1\r}\r\r### b\rGET /2\rbad\r");
    assert_eq!(collection.requests.len(), 2);
    assert_eq!(body(&collection.requests[0]), "{\n  1\n}");
    assert_eq!(collection.problems[0].place.as_ref().unwrap().to_string(), "a.http:11:1");
}

#[test]
fn directives_of_other_tools_are_kept_in_order() {
    let request = only(
        "# @no-log\n// @no-auto-encoding\n# @use-os-credentials\n# @prompt id The id\n# @loop for 3\n# @ref login\nGET /",
    );
    let kept: Vec<_> = request.directives.other.iter().map(|(name, value)| format!("{name}={value}")).collect();
    for expected in ["no-log=", "no-auto-encoding=", "use-os-credentials=", "loop=for 3", "ref=login"] {
        assert!(kept.iter().any(|kept| kept == expected), "{expected} is not in {kept:?}");
    }
}

#[test]
fn headers_with_comments_folding_and_templates() {
    let request = only(
        "GET /\nAccept:text/html \n# Not: sent\n  // nor: this\nX-{{a:b}}: {{c}}: d\nX-Long: one,\n  two\n  X-Indented: 3\nEmpty:\n",
    );
    let headers: Vec<_> = request.headers.iter().map(|h| (h.name.text.as_str(), h.value.text.as_str())).collect();
    let expected = [
        ("Accept", "text/html"),
        ("X-{{a:b}}", "{{c}}: d"),
        ("X-Long", "one, two"),
        ("X-Indented", "3"),
        ("Empty", ""),
    ];
    assert_eq!(headers, expected);
}

#[rstest::rstest]
#[case::blank_lines_around("\n\n{}\n\n\n", "{}")]
#[case::blank_lines_inside("\na\n\n\nb\n", "a\n\n\nb")]
#[case::crlf("\r\na\r\n\r\nb\r\n", "a\n\nb")]
#[case::comments("\n{\n# c\n// d\n}\n# e\n", "{\n}")]
#[case::only_comments("\n# a\n\n// b\n", "")]
#[case::file("\n< ./a b.json\n", "«./a b.json»")]
#[case::filled_file("\n<@ ./a\n", "«./a filled»")]
#[case::encoded_file("\n<@latin1 {{dir}}/a", "«{{dir}}/a filledlatin1»")]
#[case::files_in_text("\n--b\n\n< ./a\n--b\n< ./c\n\n--b--\n", "--b\n\n«./a»\n--b\n«./c»\n\n--b--")]
#[case::file_then_comment("\n< ./a\n# c\nb", "«./a»\nb")]
#[case::xml("\n<a>\n< b>\n</a>", "<a>\n«b>»\n</a>")]
#[case::tags("\n<a>\n<>\n</>\n<@x>", "<a>\n<>\n</>\n<@x>")]
#[case::quotation("\n> he said\n>> she said\n?not a check", "> he said\n>> she said\n?not a check")]
#[case::no_blank_line_before_a_file("< ./a", "«./a»")]
#[case::trailing_spaces("\na  \n   \n", "a  ")]
fn bodies(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(body(&only(&format!("POST /\n{text}"))), expected);
}

#[test]
fn hash_lines_are_content_in_a_text_body() {
    let request = only("POST /\nContent-Type: text/markdown\n\n# Title\n\nGET /x is a path\n");
    assert_eq!(body(&request), "# Title\n\nGET /x is a path");
}

#[rstest::rstest]
#[case("\n> {% client.log(1) %}", "> {% client.log(1) %}")]
#[case("\n> {%\n### no\n", "> {%")]
#[case("\n> ./handler.js", "> ./handler.js")]
#[case("> {%\n  a\n%}\n", "> {%\n  a\n%}")]
#[case("\n<> 2024.json", "<> 2024.json")]
#[case("\n>> out.json", ">> out.json")]
#[case("\n>>! {{dir}}/out.json", ">>! {{dir}}/out.json")]
#[case("\n?? status == 200", "?? status == 200")]
#[case("\n{{\n  console.log(1)\n}}\n", "{{\n  console.log(1)\n}}")]
#[case("\nHTTP/1.1 200 OK\na: b\n\n{}\n\n", "HTTP/1.1 200 OK\na: b\n\n{}")]
fn what_is_not_run_is_kept(#[case] text: &str, #[case] kept: &str) {
    let collection = parse(&format!("GET /\n{text}"));
    let request = &collection.requests[0];
    assert_eq!(request.not_run.iter().map(|piece| piece.text.as_str()).collect::<Vec<_>>(), [kept]);
    assert_eq!(body(request), "");
}

#[test]
fn scripts_after_a_body_and_before_a_request() {
    let request = only("< {%\n  request.x = 1\n%}\n< ./before.js\nPOST /\n\n{}\n\n> {% a %}\n<> b.json\n");
    assert_eq!(body(&request), "{}");
    let kept: Vec<_> = request.not_run.iter().map(|piece| piece.text.as_str()).collect();
    assert_eq!(kept, ["< {%\n  request.x = 1\n%}", "< ./before.js", "> {% a %}", "<> b.json"]);
}

#[test]
fn variables_are_read_wherever_they_stand() {
    let collection = parse(
        "@a = 1\n@b={{a}} x\n  @c := C:\\\\d\\n\\q\n###\n@d\t=\té = f \nGET /\n@e = 2\n\n@f = 3\n\n### x\n@a = 4",
    );
    assert_eq!(collection.problems, []);
    let variables: Vec<_> =
        collection.file_variables.iter().map(|v| (v.name.text.as_str(), v.value.text.as_str(), v.line)).collect();
    let expected = [
        ("a", "1", 1),
        ("b", "{{a}} x", 2),
        ("c", "C:\\d\n\\q", 3),
        ("d", "é = f", 5),
        ("e", "2", 7),
        ("f", "3", 9),
        ("a", "4", 12),
    ];
    assert_eq!(variables, expected);
    assert_eq!(collection.file_variable("a").unwrap().value.text, "4");
    for variable in &collection.file_variables {
        assert_eq!(&collection.source[variable.name.span.clone()], variable.name.text);
    }
    assert_eq!(collection.requests[0].body, []);
}

#[test]
fn requests_without_separators_are_split() {
    let text = "GET /a\nGET /b\n\n# @name c\n# why\n@v = 1\nPOST /c\n\n{}\n\n> {% x %}\n\n# @auth jane\nGET /d\n";
    let collection = parse(text);
    assert_eq!(collection.problems, []);
    let requests: Vec<_> =
        collection.requests.iter().map(|r| (r.url.text.as_str(), r.name.as_deref(), r.line)).collect();
    assert_eq!(requests, [("/a", None, 1), ("/b", None, 2), ("/c", Some("c"), 7), ("/d", None, 14)]);
    assert_eq!(collection.requests[2].directives.auth, None);
    assert!(collection.requests[3].directives.auth.is_some());
    assert_eq!(collection.file_variables.len(), 1);
    assert!(text[collection.requests[2].span.clone()].starts_with("# @name c"));
}

#[test]
fn a_request_line_inside_a_body_is_body() {
    let request = only("POST /batch\nContent-Type: application/http\n\nGET /a HTTP/1.1\n\nGET /b\n");
    assert_eq!(body(&request), "GET /a HTTP/1.1\n\nGET /b");
}

#[test]
fn directives_after_the_body_count() {
    let request = only("POST /\n\n{}\n\n# @timeout 3\n# @assert .status == 200\n");
    assert_eq!(request.directives.timeout, Some(std::time::Duration::from_secs(3)));
    assert_eq!(request.directives.asserts, [".status == 200"]);
    assert_eq!(body(&request), "{}");
}

#[test]
fn several_requests_of_one_name_are_all_there() {
    let collection = parse("### a\nGET /1\n### a\nGET /2\n###\n\n###");
    assert_eq!(collection.requests.len(), 2);
    assert_eq!(collection.request_named("a").unwrap().url.text, "/1");
    assert_eq!(collection.requests[1].id, RequestId { file: "a.http".into(), index: 1 });
    assert_eq!(collection.blocks.iter().map(|block| block.request).collect::<Vec<_>>(), [Some(0), Some(1), None, None]);
}

#[rstest::rstest]
#[case("GE:T https://a.test\nX: y\n\nbody\n### b\nGET /b", &["a.http:1:1: `GE:T` is not a request method"])]
#[case("POST\n### b\nGET /b", &["a.http:1:5: This request has no URL"])]
#[case("GET HTTP/1.1", &["a.http:1:4: This request has no URL"])]
#[case("GET /\nAccept json\nB: c", &["a.http:2:1: This header line cannot be read: `Accept` …"])]
#[case("GET /\n{\"a\":\n1}", &["a.http:2:1: The body begins without a blank line before it"])]
#[case("prose é here\nand more\n\nGET /b", &["a.http:1:1: This line is not a request line"])]
#[case("# é\n  # é @no\n# @timeout ünf\nGET /b", &["a.http:3:12: `# @timeout` cannot be read"])]
#[case("// éé @x\n#  @name\nGET /", &["a.http:2:5: `# @name` has no name"])]
#[case("curl https://a.test \\\n  -H 'a: b'\n###\nGET /b", &["a.http:1:1: A `curl` command is not sent from a `.http` file"])]
#[case("import ./a.http\n###\nGET /b", &["a.http:1:1: `import` is kept, but not run"])]
#[case("### x\nrun #login (@a=b)\n### b\nGET /b", &["a.http:2:1: `run` is kept, but not run"])]
#[case("run away\n\nGET /b", &["a.http:1:1: This line is not a request line"])]
#[case("WS wss://a.test\n\n{}\n###\nGET /b", &["a.http:1:1: `WS` requests are not supported"])]
#[case("@a b\n@=c\nGET /", &["a.http:1:1: This variable cannot be read", "a.http:2:1: This variable cannot be read"])]
#[case("GET /\n\n> {% x\n### b\nGET /b", &["a.http:3:1: A script is never closed with `%}`"])]
#[case("/* open\nGET /", &["a.http:1:1: A `/*` comment is never closed"])]
#[case("POST /\n\n> {% %}\ntext\nmore\n\nagain\n", &["a.http:4:1: Text after the response handler is not read"])]
fn malformed_pieces_have_a_place_and_the_rest_loads(#[case] text: &str, #[case] expected: &[&str]) {
    assert_eq!(problems(text), expected);
    if text.contains("/b") {
        assert_eq!(parse(text).requests.last().unwrap().url.text, "/b");
    }
}

#[test]
fn bytes_that_are_not_utf_8_keep_their_place() {
    let bytes = b"@a = \xff\xfe\nGET /\xe9t\xe9\nX: \xf0\x9f\n";
    let collection = Collection::parse(Path::new("a.http"), bytes);
    check_spans(&collection, bytes);
    assert_eq!(collection.requests[0].url.text, "/?t?");
    assert_eq!(collection.problems.len(), 1);
    assert!(collection.problems[0].to_string().starts_with("a.http:1:6: This file is not UTF-8"));
}

#[test]
fn places_of_a_piece_are_found_in_the_file() {
    let collection = parse("GET https://a.test\n    ?a=é\r\n    &b={{x}}\n\n{\r\n  {{y}}\r\n}");
    let request = &collection.requests[0];
    let url = &request.url;
    assert_eq!(collection.place_in(url, url.text.find("{{x}}").unwrap()).to_string(), "a.http:3:8");
    assert_eq!(collection.place_in(url, 0).to_string(), "a.http:1:5");
    let BodyPiece::Text(text) = &request.body[0] else { panic!("no text") };
    assert_eq!(collection.place_in(text, text.text.find("{{y}}").unwrap()).to_string(), "a.http:6:3");
}

#[test]
fn problems_of_one_request() {
    let collection = parse("### a\nGET /\nbad\n### b\nGET /b\nworse\n");
    let titles = |at: usize| {
        collection.problems_of(&collection.requests[at]).map(|problem| problem.title.clone()).collect::<Vec<_>>()
    };
    assert_eq!(titles(0), ["This header line cannot be read: `bad` …"]);
    assert_eq!(titles(1), ["This header line cannot be read: `worse` …"]);
}

#[test]
fn a_file_of_nonsense_has_a_bounded_number_of_problems() {
    let collection = parse(&"@\n".repeat(5000));
    assert_eq!(collection.problems.len(), 101);
    assert_eq!(collection.problems[100].title, "4900 more problems in this file");
}

#[test]
fn a_token_in_a_wrong_line_is_not_quoted() {
    let text = "GET /\neyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl\n";
    assert!(!problems(text)[0].contains("eyJ"));
}

#[test]
fn the_tree_of_a_request() {
    use NodeKind::{
        Blank, BodyFile, BodyText, Comment, Directive, EndOfHeaders, Header, NotRun, RequestLine, Separator,
        TargetContinuation, Variable,
    };
    let collection =
        parse("### n\n\n@a = b\n# c\n# d\n# @auth x\nPOST /\n  ?a\nA: b\n\n\n{\n\n}\n# c\n< ./f\n\n\n> {%\n%}\n");
    let kinds: Vec<_> = collection.blocks[0].nodes.iter().map(|node| node.kind).collect();
    let expected = [
        Separator,
        Blank,
        Variable,
        Comment,
        Directive,
        RequestLine,
        TargetContinuation,
        Header,
        EndOfHeaders,
        Blank,
        BodyText,
        Comment,
        BodyFile,
        Blank,
        NotRun,
    ];
    assert_eq!(kinds, expected);
}

#[test]
fn prompts_captures_assertions_and_expectations_are_read() {
    let text = "### a\n# @prompt order  Which order?\n// @prompt otp\n# @prompt order Which one?\n\
                # @capture token = .body.token\n# @capture id=.body.items[0].id == 1\n# @assert .status == 200\n\
                # @expect jane 200,204\n# @expect anonymous 401 4xx\nGET https://a.test\n";
    let collection = parse(text);
    assert_eq!(collection.problems, []);
    let directives = &collection.requests[0].directives;
    let prompts: Vec<_> =
        directives.prompts.iter().map(|one| (one.name.as_str(), one.description.as_str(), one.is_secret())).collect();
    assert_eq!(prompts, [("otp", "", true), ("order", "Which one?", false)]);
    let captures: Vec<_> = directives.captures.iter().map(|one| (one.name.as_str(), one.expression.as_str())).collect();
    assert_eq!(captures, [("token", ".body.token"), ("id", ".body.items[0].id == 1")]);
    assert_eq!(directives.asserts, [".status == 200"]);
    let expected: Vec<_> =
        directives.expect.iter().map(|one| (one.identity.as_str(), one.statuses.as_slice())).collect();
    let (code, class) = (StatusPattern::Code, StatusPattern::Class);
    assert_eq!(expected, [("jane", &[code(200), code(204)][..]), ("anonymous", &[code(401), class(4)])]);
    assert!(directives.other.is_empty());
}

#[rstest::rstest]
#[case("# @prompt", 1, "takes the name of a variable")]
#[case("# @prompt {{x}}", 11, "takes the name of a variable")]
#[case("# @capture token .body", 12, "takes the name of a variable and a jq expression")]
#[case("# @capture token =", 12, "takes the name of a variable and a jq expression")]
#[case("# @capture token = .body.(", 26, "is missing")]
#[case("# @assert", 1, "must be true")]
#[case("# @assert .status ==", 21, "is missing")]
#[case("# @expect jane", 11, "status codes")]
#[case("# @expect jane 20", 11, "status codes")]
#[case("# @expect jane 6xx", 11, "classes")]
#[case("# @expect jane xx", 11, "classes")]
fn bad_ones_are_told_with_their_place(#[case] line: &str, #[case] column: usize, #[case] says: &str) {
    let collection = parse(&format!("### a\n{line}\nGET https://a.test\n"));
    let [problem] = &collection.problems[..] else { panic!("{:?}", collection.problems) };
    let place = problem.place.as_ref().unwrap();
    assert!(problem.detail.contains(says), "{problem}");
    assert_eq!(place.line, 2);
    assert!(place.column >= column.min(10), "{place} in {line}");
}
