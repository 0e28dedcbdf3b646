//! Curl commands in, requests out: tables of what browsers and documentation write, and properties.

use proptest::prelude::*;

use super::*;
use crate::collection::draft::{DraftAuth, DraftBody, PartContent, RowShape, RowState, Sensitivity};

fn curl(text: &str) -> RequestDraft {
    parse(text).unwrap_or_else(|problem| panic!("{text}\n{problem}")).0
}

fn report(text: &str) -> ImportReport {
    parse(text).unwrap_or_else(|problem| panic!("{text}\n{problem}")).1
}

/// `METHOD url?query`, a line for each header, a blank line, the body.
fn show(draft: &RequestDraft) -> String {
    let mut text = format!("{} {}", draft.method, draft.url);
    for (at, row) in draft.query.iter().enumerate() {
        text.push(if at == 0 && !draft.url.contains('?') { '?' } else { '&' });
        text.push_str(&row.name);
        if row.shape == RowShape::Pair {
            text.push_str(&["=", &row.value].concat());
        }
    }
    for row in &draft.headers {
        text.push_str(&["\n", &row.name, ": ", &row.value].concat());
    }
    match &draft.body {
        DraftBody::None => {}
        DraftBody::Text(body) => text.push_str(&["\n\n", body].concat()),
        DraftBody::File(path) => text.push_str(&["\n\n< ", path].concat()),
        body => text.push_str(&["\n\n", &format!("{body:?}")].concat()),
    }
    text
}

#[track_caller]
fn check(command: &str, expected: &str) {
    assert_eq!(show(&curl(command)), expected, "{command}");
}

#[test]
fn urls() {
    for (command, expected) in [
        ("curl https://a.test", "GET https://a.test"),
        ("curl a.test/x", "GET http://a.test/x"),
        ("$ curl localhost:8080", "GET http://localhost:8080"),
        ("curl HTTPS://a.test", "GET https://a.test"),
        ("curl --url https://a.test/x", "GET https://a.test/x"),
        ("curl --url=https://a.test/x", "GET https://a.test/x"),
        ("curl.exe \"https://a.test/?q=1&r=2\"", "GET https://a.test/?q=1&r=2"),
        ("curl https://a.test/?q=1&r=2", "GET https://a.test/?q=1&r=2"),
        ("curl 'https://a.test/?flag'", "GET https://a.test/?flag"),
        ("curl 'https://a.test/a b'", "GET https://a.test/a%20b"),
        ("curl 'https://a.test/é?ü=ö'", "GET https://a.test/é?ü=ö"),
        ("curl https://a.test/x#part", "GET https://a.test/x"),
        ("curl http://[::1]:8080/x", "GET http://[::1]:8080/x"),
        ("curl \"$HOST/x\"", "GET {{HOST}}/x"),
        ("curl \"https://a.test/${ID}/x\"", "GET https://a.test/{{ID}}/x"),
        ("curl \"https://a.test/o?$top=5&$skip=1\"", "GET https://a.test/o?$top=5&$skip=1"),
        ("curl '{{base}}/x'", "GET {{base}}/x"),
        ("sudo /usr/bin/curl -- https://a.test", "GET https://a.test"),
        ("TOKEN=abc curl https://a.test", "GET https://a.test"),
        ("curl https://a.test | jq . > out.json", "GET https://a.test"),
        ("curl https://a.test 2>/dev/null && echo done", "GET https://a.test"),
        ("curl --url-query 'q=a b' --url-query '+r=%20' https://a.test/x", "GET https://a.test/x?q=a%20b&r=%20"),
    ] {
        check(command, expected);
    }
}

#[test]
fn methods_and_data() {
    let form = "Content-Type: application/x-www-form-urlencoded";
    let json = "Content-Type: application/json\nAccept: application/json";
    for (command, expected) in [
        ("curl -X DELETE https://a.test".to_owned(), "DELETE https://a.test".to_owned()),
        ("curl -XPATCH https://a.test".to_owned(), "PATCH https://a.test".to_owned()),
        ("curl --request=PUT https://a.test".to_owned(), "PUT https://a.test".to_owned()),
        ("curl -I https://a.test".to_owned(), "HEAD https://a.test".to_owned()),
        ("curl -sSLkI https://a.test".to_owned(), "HEAD https://a.test".to_owned()),
        ("curl -d a=1 -d b=2 a.test".to_owned(), format!("POST http://a.test\n{form}\n\na=1&b=2")),
        ("curl -da=1 a.test".to_owned(), format!("POST http://a.test\n{form}\n\na=1")),
        ("curl -d @x.json a.test".to_owned(), format!("POST http://a.test\n{form}\n\n< x.json")),
        ("curl --data-raw @x a.test".to_owned(), format!("POST http://a.test\n{form}\n\n@x")),
        (
            "curl --data-binary @x.bin -H 'Content-Type: image/png' a.test".to_owned(),
            "POST http://a.test\nContent-Type: image/png\n\n< x.bin".to_owned(),
        ),
        ("curl --data-urlencode 'a=b c&d' a.test".to_owned(), format!("POST http://a.test\n{form}\n\na=b%20c%26d")),
        ("curl --data-urlencode '=b c' a.test".to_owned(), format!("POST http://a.test\n{form}\n\nb%20c")),
        ("curl --data-urlencode 'é' a.test".to_owned(), format!("POST http://a.test\n{form}\n\n%C3%A9")),
        ("curl -G -d a=1 --data-urlencode 'b=x y' a.test".to_owned(), "GET http://a.test?a=1&b=x%20y".to_owned()),
        ("curl -G -d a=1 'a.test?z=0'".to_owned(), "GET http://a.test?z=0&a=1".to_owned()),
        ("curl --json '{\"a\":1}' a.test".to_owned(), format!("POST http://a.test\n{json}\n\n{{\"a\":1}}")),
        ("curl --json '{' --json '}' a.test".to_owned(), format!("POST http://a.test\n{json}\n\n{{}}")),
        ("curl --json @b.json -X PUT a.test".to_owned(), format!("PUT http://a.test\n{json}\n\n< b.json")),
        (
            "curl -T report.pdf https://a.test/up/".to_owned(),
            "PUT https://a.test/up/report.pdf\n\n< report.pdf".to_owned(),
        ),
        (
            "curl -d @- a.test <<'EOF'\n{\n  \"a\": \"$1\"\n}\nEOF\n".to_owned(),
            format!("POST http://a.test\n{form}\n\n{{  \"a\": \"$1\"}}"),
        ),
        ("curl --data-binary @- a.test <<EOF\nx\ny\nEOF\n".to_owned(), format!("POST http://a.test\n{form}\n\nx\ny\n")),
    ] {
        check(&command, &expected);
    }
}

#[test]
fn headers() {
    for (command, expected) in [
        ("curl -H 'X-A: 1' -H 'X-B:2' a.test", "GET http://a.test\nX-A: 1\nX-B: 2"),
        ("curl -H 'X-Empty;' a.test", "GET http://a.test\nX-Empty: "),
        ("curl -H 'Accept:' a.test", "GET http://a.test"),
        ("curl -H @file a.test", "GET http://a.test"),
        (
            "curl -A agent/1 -e https://b.test;auto a.test",
            "GET http://a.test\nUser-Agent: agent/1\nReferer: https://b.test",
        ),
        ("curl -b 'a=1' -b 'c=2' a.test", "GET http://a.test\nCookie: a=1; c=2"),
        ("curl -b jar.txt -c jar.txt a.test", "GET http://a.test"),
        ("curl -r 0-99 a.test", "GET http://a.test\nRange: bytes=0-99"),
        ("curl -H ':authority: a.test' -H 'X-A: 1' a.test", "GET http://a.test\nX-A: 1"),
    ] {
        check(&command.replace(";auto", "\\;auto"), expected);
    }
    let draft = curl("curl -H 'Cookie: s=1' -H 'X-Api-Key: k' -H 'X-Trace: t' -H 'Authorization: {{t}}' a.test");
    let secret: Vec<_> = draft.headers.iter().filter(|row| row.sensitivity == Sensitivity::Secret).collect();
    assert_eq!(secret.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["Cookie", "X-Api-Key"]);
    let draft = curl("curl -H 'Content-Length: 3' -d abc a.test");
    assert_eq!(draft.headers[0].state, RowState::Disabled);
}

#[test]
fn authentication() {
    let basic = |user: &str, password: &str| DraftAuth::Basic { user: user.to_owned(), password: password.to_owned() };
    let bearer = |token: &str| DraftAuth::Bearer { token: token.to_owned(), prefix: String::new() };
    for (command, expected) in [
        ("curl -u jane:pa:ss a.test", basic("jane", "pa:ss")),
        ("curl --user=jane:p a.test", basic("jane", "p")),
        ("curl -u jane a.test", basic("jane", "")),
        ("curl -u \"$USER:$PASS\" a.test", basic("{{USER}}", "{{PASS}}")),
        ("curl https://jane:p%40ss@a.test/x", basic("jane", "p@ss")),
        ("curl -H 'Authorization: Basic amFuZTpwYXNz' a.test", basic("jane", "pass")),
        ("curl -H 'authorization: bearer abc' a.test", bearer("abc")),
        ("curl -H \"Authorization: Bearer $TOKEN\" a.test", bearer("{{TOKEN}}")),
        ("curl --oauth2-bearer abc a.test", bearer("abc")),
        ("curl --digest -u jane:p a.test", DraftAuth::Digest { user: "jane".to_owned(), password: "p".to_owned() }),
        ("curl -u jane:p -H 'Authorization: Bearer abc' a.test", bearer("abc")),
        ("curl --ntlm a.test", DraftAuth::Unspecified),
    ] {
        let draft = curl(command);
        assert_eq!(draft.auth, expected, "{command}");
        assert!(draft.headers.is_empty() && !draft.url.contains('@'), "{command}");
    }
    let draft = curl("curl -H 'Authorization: AWS4 abc' a.test");
    assert_eq!(draft.headers[0].sensitivity, Sensitivity::Secret);
}

#[test]
fn multipart_forms() {
    let draft = curl(
        "curl -F 'a=1;type=text/plain;charset=utf-8' -F 'f=@x.png;type=image/png;filename=\"y;z.png\"' \
         -F 'many=@1.txt,2.txt' --form-string 'raw=@no;type=x' -F 'in=<t.txt' a.test",
    );
    assert_eq!(draft.method, "POST");
    let DraftBody::Multipart(parts) = &draft.body else { panic!("{:?}", draft.body) };
    let shown: Vec<_> = parts
        .iter()
        .map(|part| {
            let content = match &part.content {
                PartContent::Text(text) => text.clone(),
                PartContent::File(path) => format!("< {path}"),
            };
            let kind = part.content_type.as_deref().unwrap_or("-");
            format!("{} {content} {kind} {}", part.name, part.file_name.as_deref().unwrap_or("-"))
        })
        .collect();
    assert_eq!(
        shown,
        [
            "a 1 text/plain;charset=utf-8 -",
            "f < x.png image/png y;z.png",
            "many < 1.txt - -",
            "many < 2.txt - -",
            "raw @no;type=x - -",
            "in < t.txt - -",
        ]
    );
}

#[test]
fn a_multipart_body_that_a_browser_wrote_out() {
    let draft = curl(
        "curl 'https://a.test/up' -H 'content-type: multipart/form-data; boundary=----WebKitXY' --data-raw \
         $'------WebKitXY\\r\\nContent-Disposition: form-data; name=\"a\"\\r\\n\\r\\none\\r\\n------WebKitXY\\r\\n\
         Content-Disposition: form-data; name=\"f\"; filename=\"x.txt\"\\r\\nContent-Type: text/plain\\r\\n\\r\\n\\r\\n\
         ------WebKitXY--\\r\\n'",
    );
    assert!(draft.headers.is_empty());
    let DraftBody::Multipart(parts) = &draft.body else { panic!("{:?}", draft.body) };
    assert_eq!((parts[0].name.as_str(), &parts[0].content), ("a", &PartContent::Text("one".to_owned())));
    assert_eq!((parts[1].file_name.as_deref(), parts[1].content_type.as_deref()), (Some("x.txt"), Some("text/plain")));
}

#[test]
fn sending_options() {
    let directives = |command: &str| -> Vec<String> {
        let draft = curl(command);
        draft.directives.iter().map(|(name, value)| format!("{name} {value}").trim_end().to_owned()).collect()
    };
    assert_eq!(directives("curl -L a.test"), ["redirect 50"]);
    assert_eq!(directives("curl -L --max-redirs 3 a.test"), ["redirect 3"]);
    assert_eq!(directives("curl --max-redirs 3 a.test"), [""; 0]);
    assert_eq!(directives("curl -m 2.5 --connect-timeout 10 a.test"), ["timeout 2500 ms", "connection-timeout 10 s"]);
    let draft = curl("curl -k -x http://u:p@proxy:3128 --cacert ca.pem -E c.pem:pw --key c.key a.test");
    assert_eq!(
        draft.comments,
        ["curl: -k", "curl: -x http://proxy:3128", "curl: --cacert ca.pem", "curl: -E c.pem", "curl: --key c.key"]
    );
    for (option, version) in [
        ("--http1.1", Some("HTTP/1.1")),
        ("--http2", Some("HTTP/2")),
        ("--http2-prior-knowledge", Some("HTTP/2 (Prior Knowledge)")),
        ("--http3", None),
    ] {
        let draft = curl(&format!("curl {option} a.test"));
        assert_eq!(draft.http_version.as_deref(), version, "{option}");
        let text = crate::collection::writer::request(&draft);
        let read = crate::collection::file::Collection::parse(Path::new("x.http"), text.as_bytes());
        assert_eq!(read.requests[0].http_version.as_ref().map(|version| version.text.as_str()), version, "{text}");
    }
}

#[test]
fn bash_quotes() {
    for (command, expected) in [
        (r"curl 'https://a.test' \", "GET https://a.test"),
        ("curl \\\n  -X POST \\\r\n  a.test", "POST http://a.test"),
        ("curl \\  \n a.test", "GET http://a.test"),
        (r"curl -H 'X: it'\''s' a.test", "GET http://a.test\nX: it's"),
        (r#"curl -H "X: \"a\" \\ \$b \c" a.test"#, "GET http://a.test\nX: \"a\" \\ $b \\c"),
        (r"curl -H $'X: \u00e9\x41\101\t\'\\' a.test", "GET http://a.test\nX: éAA\t'\\"),
        (r"curl -H $'X: \ud83d\ude00 \xc3\xa9' a.test", "GET http://a.test\nX: 😀 é"),
        (r"curl -H X:\ a\;b a.test", "GET http://a.test\nX: a;b"),
        ("curl 'a.test'\"/x\"/y", "GET http://a.test/x/y"),
        ("# a comment\ncurl a.test # another", "GET http://a.test"),
        ("curl a.test -H 'X: #no' ", "GET http://a.test\nX: #no"),
    ] {
        check(command, expected);
    }
    assert_eq!(curl("# List orders\n# of today\ncurl a.test").comments, ["List orders", "of today"]);
}

#[test]
fn command_prompt_quotes() {
    for (command, expected) in [
        (
            "curl ^\"https://a.test/?a=1^&b=2^\" ^\r\n  -H ^\"X: ^\\^\"q^\\^\"^\"",
            "GET https://a.test/?a=1&b=2\nX: \"q\"",
        ),
        (
            "curl ^\"https://a.test^\" -H ^\"content-type: application/json^\" --data-raw ^\"^{^\\^\"a^\\^\":1,^\n\n^\\^\"b^\\^\":^\\^\"50^%^ off^\\^\"^}^\"",
            "POST https://a.test\ncontent-type: application/json\n\n{\"a\":1,\n\"b\":\"50% off\"}",
        ),
        ("curl \"https://a.test\" ^\n -H \"X: a\"\"b\"", "GET https://a.test\nX: a\"b"),
        (
            "curl \"https://a.test\" ^\n --data-raw \"C:\\dir\\\\\"",
            "POST https://a.test\nContent-Type: application/x-www-form-urlencoded\n\nC:\\dir\\",
        ),
        ("curl ^\"https://a.test/^%^20x^\" --compressed", "GET https://a.test/%20x"),
    ] {
        check(command, expected);
    }
}

#[test]
fn powershell_quotes() {
    let command = "curl.exe -X POST `\n  -H 'X: it''s' `\n  -H \"Y: `\"q`\" $env:NAME\" `\n  a.test";
    check(command, "POST http://a.test\nX: it's\nY: \"q\" {{NAME}}");
}

#[test]
fn several_commands() {
    let text = "#!/bin/sh\n# first\ncurl a.test/x ;\ncurl a.test/x; echo hi\ncurl a.test/1 a.test/2 --next -d x=1 a.test/3 -o f -s\n";
    let import = read(Path::new("dir/all.sh"), text).unwrap();
    let names: Vec<_> = import.files[0].requests.iter().filter_map(|request| request.name.as_deref()).collect();
    assert_eq!(names, ["GET /x", "GET /x (2)", "GET /1", "GET /2", "POST /3"]);
    assert_eq!(import.files[0].path, Path::new("all.http"));
    assert_eq!(import.report.taken["requests"], 5);
    assert_eq!(import.report.taken["options about output"], 2);
    assert_eq!(import.report.count(Fate::Dropped), 1, "{:?}", import.report.remarks);
    let problem = parse(text).unwrap_err();
    assert!(problem.title.contains("5 requests"), "{problem}");
}

#[test]
fn one_bad_command_keeps_the_others() {
    let import = read(Path::new("x.sh"), "curl a.test/1\ncurl -X POST\ncurl a.test/2").unwrap();
    assert_eq!(import.files[0].requests.len(), 2);
    let remark = &import.report.remarks[0];
    assert_eq!((remark.place.as_str(), remark.reason.as_str()), ("x.sh line 2", "This curl command has no URL"));
}

#[test]
fn problems_say_where() {
    for (text, expected) in [
        ("curl 'https://a.test", "curl:1:6: This `'` is never closed"),
        ("curl a.test \\\n  -H \"X: y", "curl:2:6: This `\"` is never closed"),
        ("curl a.test -H", "curl:1:13: `-H` needs a value"),
        ("curl -X POST", "curl:1:6: This curl command has no URL"),
        ("curl", "curl:1:1: This curl command has no URL"),
        ("wget a.test", "curl:1:1: This holds no curl command"),
        ("curl ftp://a.test/x", "No request could be made of this command"),
    ] {
        let problem = parse(text).unwrap_err();
        assert_eq!(problem.to_string().lines().next().unwrap(), expected, "{text}");
    }
}

#[test]
fn what_is_not_taken_is_reported() {
    for (command, word) in [
        ("curl --resolve a.test:443:127.0.0.1 a.test", "--resolve"),
        ("curl --tlsv1.2 a.test", "--tlsv1.2"),
        ("curl --bogus a.test", "--bogus"),
        ("curl -H 'Accept:' a.test", "Accept"),
        ("curl 'a.test/{a,b}'", "{a,b}"),
        ("curl 'a.test/[1-3]'", "[1-3]"),
        ("curl a.test/#x", "#"),
        ("curl -d x -F a=b a.test", "-F"),
        ("curl -b jar a.test", "-b"),
        ("curl --aws-sigv4 aws:amz a.test", "--aws-sigv4"),
        ("curl -H \"X: $(date)\" a.test", "$(…)"),
        ("curl --json '{\"password\": \"hunter2\"}' a.test", "private environment file"),
    ] {
        let report = report(command);
        assert!(report.remarks.iter().any(|remark| remark.reason.contains(word)), "{command}: {:?}", report.remarks);
    }
    assert!(report("curl -sS -o x --compressed a.test").remarks.is_empty());
}

#[test]
fn no_report_holds_a_secret() {
    let command = "curl -u jane:s3cret --proxy-user a:s3cret --pass s3cret -E c.pem:s3cret -x http://u:s3cret@p:1 \
                   --oauth2-bearer=s3cret --bogus=s3cret -H 'Authorization: Bearer s3cret' -b s3cret \
                   'https://a.test/?token=s3cret&x=1' --data 'password=s3cret&a=1'";
    let (draft, report) = parse(command).unwrap();
    assert!(!format!("{report:?}").contains("s3cret"), "{report:?}");
    let DraftBody::Form(rows) = &draft.body else { panic!("{:?}", draft.body) };
    assert_eq!(rows[0].sensitivity, Sensitivity::Secret);
    assert_eq!(draft.query[0].sensitivity, Sensitivity::Secret);
    let elsewhere = format!("{:?}{:?}{:?}{:?}", draft.directives, draft.url, draft.comments, draft.name);
    assert!(!elsewhere.contains("s3cret"), "{elsewhere}");
}

#[test]
fn commands_are_recognised() {
    for (text, expected) in [
        ("curl https://a.test", true),
        ("  $ curl.exe a", true),
        ("/usr/bin/curl a", true),
        ("curl", false),
        ("curly https://a.test", false),
        ("https://curl.se/", false),
    ] {
        assert_eq!(is_command(text), expected, "{text}");
    }
}

proptest! {
    #[test]
    fn never_panics(text in "\\PC*") {
        let _ = parse(&text);
        let _ = parse(&format!("curl {text}"));
    }

    #[test]
    fn never_panics_on_shell_like_text(
        text in r#"curl( |'|"|\\|\$|\^|`|\n|\r|-[A-Za-z#:]|--[a-z]{2,6}|[{}()<>;&|@=%!#]|[a-zé/:.?]|\$'|\\x[0-9a-f]{0,2}|\\u[d0-9a-f]{0,4}|EOF)*"#
    ) {
        let _ = read(Path::new("x"), &text);
    }

    #[test]
    fn single_quotes_give_the_text_back(value in "[^\u{0}-\u{1f}\u{7f}{}]{1,40}") {
        let quoted = value.replace('\'', r"'\''");
        let draft = curl(&format!("curl --data-raw '{quoted}' -H 'Content-Type: text/plain' a.test"));
        prop_assert_eq!(draft.body, DraftBody::Text(value));
    }
}
