//! Tests of the import of HTTP archives.

use proptest::prelude::*;

use crate::collection::draft::Fate;
use crate::collection::import::Format;
use crate::collection::import::testing::{remarks, run, survives, text};

const ARCHIVE: &str = r#"{"log":{"version":"1.2","entries":[
    {"_resourceType":"document","request":{"method":"GET","url":"https://shop.test/?q=a%20b&flag#top","httpVersion":"h2",
      "headers":[{"name":":authority","value":"shop.test"},{"name":"sec-fetch-mode","value":"navigate"},
        {"name":"accept","value":"text/html"},{"name":"cookie","value":"sid=cookie-one-1"}],
      "queryString":[{"name":"q","value":"a%20b"},{"name":"flag","value":""}]}},
    {"_resourceType":"image","request":{"method":"GET","url":"https://shop.test/logo.png","headers":[]}},
    {"request":{"method":"GET","url":"https://shop.test/app.js","headers":[]},"response":{"content":{"mimeType":"text/javascript"}}},
    {"_resourceType":"preflight","request":{"method":"OPTIONS","url":"https://api.test/orders","headers":[]}},
    {"_resourceType":"xhr","request":{"method":"POST","url":"https://api.test:8443/orders","headers":[
        {"name":"authorization","value":"Bearer bearer-token-1"},{"name":"content-type","value":"application/json"},
        {"name":"content-length","value":"9"}],
      "postData":{"mimeType":"application/json","text":"{\"a\":\"{{b}}\"}"}}},
    {"_resourceType":"xhr","request":{"method":"POST","url":"https://api.test:8443/orders","headers":[
        {"name":"authorization","value":"Bearer bearer-token-1"},{"name":"content-type","value":"application/json"}],
      "postData":{"mimeType":"application/json","text":"{\"a\":\"{{b}}\"}"}}},
    {"_resourceType":"fetch","request":{"method":"PUT","url":"https://api.test:8443/file","headers":[],
      "postData":{"mimeType":"application/octet-stream","encoding":"base64","text":"/wD+"}}},
    {"_resourceType":"fetch","request":{"method":"POST","url":"https://shop.test/form","headers":[{"name":"Cookie","value":"sid=cookie-two-2"}],
      "postData":{"mimeType":"application/x-www-form-urlencoded","text":"a=1+2&password=pa55word-3"}}},
    {"_resourceType":"websocket","request":{"method":"GET","url":"wss://shop.test/ws","headers":[]}}
]}}"#;

#[test]
fn an_archive_of_a_browser() {
    let finished = run(Format::Har, "shop.har", ARCHIVE);
    let paths: Vec<_> = finished.files.iter().map(|(path, _)| path.to_str().unwrap()).collect();
    assert_eq!(paths, ["shop.test.http", "api.test-8443.http", "api.test-8443-body-3.bin"]);
    assert_eq!(finished.files[2].1, [0xff, 0x00, 0xfe]);
    let (shop, api) = (text(&finished, 0), text(&finished, 1));
    for expected in [
        "### GET /\nGET https://shop.test/\n    ?q=a%20b\n    &flag\naccept: text/html\nCookie: {{shop_test_cookie}}\n",
        "POST https://shop.test/form\nCookie: {{shop_test_cookie}}\nContent-Type: application/x-www-form-urlencoded\n\n\
         a=1+2\n&password={{%shop_test_password}}\n",
    ] {
        assert!(shop.contains(expected), "{expected}\n---\n{shop}");
    }
    for expected in [
        "@empty_text =\n",
        "authorization: Bearer {{api_test_8443_token}}\ncontent-type: application/json\n\n{\"a\":\"{{{empty_text}}{b}}\"}\n",
        "< ./api.test-8443-body-3.bin\n",
    ] {
        assert!(api.contains(expected), "{expected}\n---\n{api}");
    }
    let private = &finished.environments.private;
    assert!(private.contains("cookie-two-2") && !private.contains("cookie-one-1"), "{private}");
    let dropped = remarks(&finished.report, Fate::Dropped);
    let requests: Vec<_> = dropped.iter().filter(|line| line.starts_with("request:")).collect();
    assert_eq!(
        requests,
        [
            "request: part of a page (image)",
            "request: part of a page (text/javascript)",
            "request: part of a page (preflight)",
            "request: the same request is there already",
            "request: `wss:` is not HTTP",
        ]
    );
    assert_eq!(finished.report.taken["requests"], 4);
}

#[test]
fn parameters_with_files() {
    let request = r#"{"method":"POST","url":"http://h.test/x","queryString":[{"name":"a b","value":"&"}],
        "postData":{"mimeType":"multipart/form-data","params":[{"name":"f","fileName":"/tmp/hello.txt","contentType":"text/plain"},
        {"name":"g","value":"text","fileName":"g.txt"},{"name":"h","value":"{{i}}"}]}}"#;
    let text = text(&run(Format::Har, "request.json", request), 0);
    for expected in
        ["http://h.test/x?a+b=%26\n", "< ./hello.txt\n", "filename=\"g.txt\"\n\ntext\n", "{{{empty_text}}{i}}\n"]
    {
        assert!(text.contains(expected), "{expected}\n---\n{text}");
    }
}

#[test]
fn names_of_files_are_literal() {
    let archive = r#"{"log":{"version":"1.2","entries":[{"request":{"method":"POST","url":"https://a.test/","headers":[],
        "postData":{"mimeType":"multipart/form-data","params":[
            {"name":"f","fileName":"{{$dotenv KEY}}","contentType":"text/{{$dotenv KEY}}"}]}}}]}}"#;
    let finished = run(Format::Har, "x.har", archive);
    let text = text(&finished, 0);
    assert!(!text.contains("{{$"), "{text}");
    assert!(text.contains("< ./__$dotenv KEY__\n"), "{text}");
    let changed = remarks(&finished.report, Fate::Changed);
    assert!(changed.iter().any(|line| line.contains("cannot come from a variable")), "{changed:?}");
}

#[test]
fn many_listed_parameters_take_no_time() {
    // Compared with each other, these would take minutes.
    let names: Vec<String> = (0..30_000).map(|number| format!("n{number}=v%20{number}")).collect();
    let listed: Vec<String> =
        (0..30_000).rev().map(|number| format!(r#"{{"name":"n{number}","value":"v {number}"}}"#)).collect();
    let archive = format!(
        r#"{{"log":{{"version":"1.2","entries":[{{"request":{{"method":"GET","url":"https://a.test/?{}","headers":[],
        "queryString":[{},{{"name":"more","value":"1"}}]}}}}]}}}}"#,
        names.join("&"),
        listed.join(",")
    );
    let finished = run(Format::Har, "x.har", &archive);
    assert_eq!(finished.report.taken["query parameters"], 30_001);
}

proptest! {
    #[test]
    fn any_damage_is_survived(at in 0..ARCHIVE.len(), length in 0..40_usize, piece in "\\PC{0,8}|null|\\[\\]|\\{\\}|\"\"|\"\\{\\{\"") {
        survives(Format::Har, ARCHIVE, at, length, &piece);
    }
}
