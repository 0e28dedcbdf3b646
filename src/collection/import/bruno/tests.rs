//! Collections in, requests out: the `.bru` language, its YAML form, what folders pass on, and properties.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::*;
use crate::collection::draft::{DraftAuth, DraftBody, DraftRow, PartContent, RequestDraft, RowState};

fn import_files(files: &[(&str, &str)]) -> Result<Import, Problem> {
    let texts: BTreeMap<PathBuf, String> =
        files.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect();
    let paths: Vec<PathBuf> = texts.keys().cloned().collect();
    let read = |path: &Path| texts.get(path).cloned().ok_or_else(|| "it is not there".to_owned());
    super::import(&Input { name: Path::new("my-api"), text: "", files: &paths, read: &read })
}

#[track_caller]
fn read(files: &[(&str, &str)]) -> Import {
    import_files(files).unwrap_or_else(|problem| panic!("{problem}"))
}

#[track_caller]
fn only(text: &str) -> (RequestDraft, ImportReport) {
    let read = |_: &Path| Err(String::new());
    let input = Input { name: Path::new("one.bru"), text, files: &[], read: &read };
    let mut import = super::import(&input).unwrap_or_else(|problem| panic!("{problem}"));
    (import.files[0].requests.remove(0), import.report)
}

fn rows(rows: &[DraftRow]) -> Vec<String> {
    let mark = |row: &DraftRow| if row.state == RowState::Disabled { "~" } else { "" };
    rows.iter().map(|row| format!("{}{}={}", mark(row), row.name, row.value)).collect()
}

const FULL: &str = r#"meta {
  name: Create order
  type: http
  seq: 2
}

post {
  url: {{host}}/orders/:id/items?limit=5&x=1
  body: json
  auth: bearer
}

params:query {
  limit: 5
  ~x: 1
}

params:path {
  id: 7/8
}

headers {
  @description('''
    who
    asks
  ''')
  X-Trace: {{$guid}}
  ~X-Off: 1
  "X: odd": a:b
}

auth:bearer {
  token: {{token}}
}

auth:basic {
  username: u
  password: p
}

body:json {
  {
    "a": {
      "b": "}"
    }
  }
}

body:xml {
  <a/>
}

vars:pre-request {
  host: https://a.test
  key: {{process.env.KEY}}
}

vars:post-response {
  orderId: res.body.order['the id'][0]
  odd: res.body.map(x => x)
}

assert {
  res.status: eq 201
  res.headers.X-Y: isDefined
  ~res.body.a: eq 1
  res.body.count: gt 3
  res('a.b'): eq 1
}

script:pre-request {
  if (a) {
    b();
  }
}

tests {
  test("x", () => {});
}

docs {
  Creates an order.
}

settings {
  encodeUrl: true
  timeout: 1500
  followRedirects: false
}
"#;

#[test]
fn a_whole_request() {
    let (draft, report) = only(FULL);
    assert_eq!(draft.name.as_deref(), Some("Create order"));
    assert_eq!((draft.method.as_str(), draft.url.as_str()), ("POST", "{{host}}/orders/7%2F8/items"));
    assert_eq!(rows(&draft.query), ["limit=5", "~x=1"]);
    assert_eq!(rows(&draft.headers), ["X-Trace={{$uuid}}", "~X-Off=1", "X: odd=a:b", "Content-Type=application/json"]);
    assert_eq!(draft.auth, DraftAuth::Bearer { token: "{{token}}".to_owned(), prefix: String::new() });
    assert_eq!(draft.body, DraftBody::Text("{\n  \"a\": {\n    \"b\": \"}\"\n  }\n}".to_owned()));
    let directives: Vec<_> =
        draft.directives.iter().map(|(name, value)| format!("{name} {value}").trim().to_owned()).collect();
    assert_eq!(
        directives,
        [
            "timeout 1500 ms",
            "no-redirect",
            "capture orderId = .body.order[\"the id\"][0]",
            "assert .status == 201",
            "assert .body.count > 3",
        ]
    );
    let comments = draft.comments.join("\n");
    for part in [
        "Creates an order.",
        "X-Trace: who\nasks",
        "odd = res.body.map",
        "expected (disabled): res.body.a eq 1",
        "script:pre-request (not run):\n  if (a) {\n    b();",
    ] {
        assert!(comments.contains(part), "{part}\n{comments}");
    }
    assert_eq!((report.count(Fate::Commented), report.count(Fate::Dropped)), (6, 2), "{:#?}", report.remarks);
}

#[test]
fn asserts_as_jq() {
    for (expression, condition, expected) in [
        ("res.status", "200", ".status == 200"),
        ("res.status", "eq 200", ".status == 200"),
        ("res.body.a", "neq 'x'", ".body.a != \"x\""),
        ("res.body.a", "eq Elon Musk", ".body.a == \"Elon Musk\""),
        ("res.body.a", "eq \"0123\"", ".body.a == \"0123\""),
        ("res.body.a", "eq undefined", ".body.a == null"),
        ("res.body[0]['a-b']", "eq true", ".body[0][\"a-b\"] == true"),
        (
            "res.headers['Content-Type']",
            "contains json",
            ".headers[\"content-type\"] | if type == \"array\" then any(. == \"json\") else tostring | contains(\"json\") end",
        ),
        ("res.responseTime", "lt 500", ".time_ms < 500"),
        ("res.body.a", "in 1, 2", ".body.a as $it | [1, 2] | any(. == $it)"),
        ("res.body.a", "between 1, 5", ".body.a >= 1 and .body.a <= 5"),
        ("res.body.a", "length 3", "(.body.a | length) == 3"),
        ("res.body", "matches ^a+$", ".body | tostring | test(\"^a+$\")"),
        ("res.body.a", "isNotEmpty", "(.body.a | length) > 0"),
        ("res.body.a", "isString", "(.body.a | type) == \"string\""),
    ] {
        assert_eq!(expression::assertion(expression, condition).as_deref(), Some(expected), "{expression} {condition}");
    }
    for (expression, condition) in [
        ("res.body.a.toString()", "eq 1"),
        ("res('a')", "eq 1"),
        ("res.body.length", "eq 1"),
        ("res.body.a", "eq {{x}}"),
        ("res.body.a", "matches /a/i"),
        ("req.url", "eq 1"),
        ("res.statusText", "eq OK"),
    ] {
        assert_eq!(expression::assertion(expression, condition), None, "{expression} {condition}");
    }
}

#[test]
fn bodies() {
    let request = |kind: &str, block: &str| only(&format!("post {{\n  url: a.test\n  body: {kind}\n}}\n\n{block}\n")).0;
    let draft = request("formUrlEncoded", "body:form-urlencoded {\n  a: 1\n  ~b: 2\n  c: '''\n    x\n    y\n  '''\n}");
    let DraftBody::Form(fields) = &draft.body else { panic!("{:?}", draft.body) };
    assert_eq!(rows(fields), ["a=1", "~b=2", "c=x\ny"]);
    let draft = request(
        "multipartForm",
        "body:multipart-form {\n  f: @file(a.png|/etc/b.txt) @contentType(image/png)\n  t: {\"a\":1} @contentType(application/json)\n  ~o: x\n}",
    );
    let DraftBody::Multipart(parts) = &draft.body else { panic!("{:?}", draft.body) };
    let contents: Vec<_> = parts.iter().map(|part| part.content.clone()).collect();
    let (file, text) =
        (|path: &str| PartContent::File(path.to_owned()), |text: &str| PartContent::Text(text.to_owned()));
    assert_eq!(contents, [file("./a.png"), file("./b.txt"), text("{\"a\":1}"), text("x")]);
    assert_eq!(parts[2].content_type.as_deref(), Some("application/json"));
    assert_eq!(parts[3].state, RowState::Disabled);
    let draft = request("graphql", "body:graphql {\n  { a }\n}\n\nbody:graphql:vars {\n  {\"x\": 1}\n}");
    assert_eq!(draft.body, DraftBody::GraphQl { query: "{ a }".to_owned(), variables: "{\"x\": 1}".to_owned() });
    let draft =
        request("file", "body:file {\n  ~file: @file(no.bin)\n  file: @file(x.bin) @contentType(application/pdf)\n}");
    assert_eq!(draft.body, DraftBody::File("./x.bin".to_owned()));
    assert_eq!(rows(&draft.headers), ["Content-Type=application/pdf"]);
    let draft = request("sparql", "body:sparql {\n  SELECT *\n}");
    assert_eq!(rows(&draft.headers), ["Content-Type=application/sparql-query"]);
}

#[test]
fn what_folders_pass_on() {
    let import = read(&[
        (
            "bruno.json",
            r#"{"name": "Shop", "proxy": {"enabled": true, "hostname": "p"}, "clientCertificates": {"certs": [{}]}}"#,
        ),
        (
            "collection.bru",
            "headers {\n  X-All: 1\n  X-Both: collection\n}\n\nauth {\n  mode: basic\n}\n\nauth:basic {\n  username: u\n  password: p\n}\n\nvars:pre-request {\n  v: outer\n  once: 1\n}\n",
        ),
        (
            "sub/folder.bru",
            "meta {\n  name: Sub folder\n}\n\nheaders {\n  X-Both: folder\n}\n\nvars:pre-request {\n  v: inner\n}\n",
        ),
        ("sub/b.bru", "meta {\n  name: B\n  seq: 1\n}\n\nget {\n  url: a.test/{{v}}/{{once}}\n  auth: inherit\n}\n"),
        (
            "sub/a.bru",
            "meta {\n  name: A\n  seq: 2\n}\n\nget {\n  url: a.test\n  auth: none\n}\n\nheaders {\n  x-both: own\n}\n",
        ),
        ("top.bru", "meta {\n  name: Top\n}\n\nget {\n  url: a.test/{{v}}\n}\n"),
        ("environments/dev.bru", "vars {\n  host: x\n  ~off: 1\n}\nvars:secret [\n  key,\n  ~other\n]\n"),
        ("node_modules/x/y.bru", "get {\n  url: no\n}\n"),
        ("broken.bru", "get {\n  url: x\n"),
        ("ws.bru", "meta {\n  type: ws\n}\n\nws {\n  url: ws://x\n}\n"),
        ("other.yml", "a: 1"),
    ]);
    let [file] = &import.files[..] else { panic!("{:?}", import.files) };
    let shown: Vec<_> = file
        .requests
        .iter()
        .map(|request| {
            format!("{} {} {}", request.name.as_deref().unwrap(), request.url, rows(&request.headers).join(" "))
        })
        .collect();
    assert_eq!(
        shown,
        [
            "Top a.test/outer X-All=1 X-Both=collection",
            "Sub folder / B a.test/inner/{{once}} X-All=1 X-Both=folder",
            "Sub folder / A a.test X-All=1 x-both=own",
        ]
    );
    assert!(matches!(file.requests[1].auth, DraftAuth::Basic { .. }));
    assert_eq!(file.requests[2].auth, DraftAuth::None);
    assert_eq!(file.variables, [("once".to_owned(), "1".to_owned())]);
    let environment = &import.environments[0];
    let variables: Vec<_> =
        environment.variables.iter().map(|known| (known.name.as_str(), known.sensitivity)).collect();
    assert_eq!(
        (environment.name.as_str(), variables),
        ("dev", vec![("host", Sensitivity::Plain), ("key", Sensitivity::Secret)])
    );
    let dropped: Vec<_> =
        import.report.remarks.iter().filter(|remark| remark.fate == Fate::Dropped).map(|remark| remark.kind).collect();
    assert_eq!(dropped, ["file", "proxy", "certificate", "variable", "variable", "request"]);
}

#[test]
fn signing_in_becomes_an_identity() {
    let oauth = "auth:oauth2 {\n  grant_type: authorization_code\n  callback_url: http://localhost/cb\n  authorization_url: https://id.test/a\n  access_token_url: https://id.test/t\n  client_id: {{id}}\n  client_secret: s3cret\n  scope: a b\n}\n";
    let request =
        |name: &str| format!("meta {{\n  name: {name}\n}}\n\nget {{\n  url: a.test\n  auth: oauth2\n}}\n\n{oauth}");
    let import = read(&[("a.bru", &request("One")), ("b.bru", &request("Two"))]);
    let identities = &import.environments[0].identities;
    assert_eq!(identities.len(), 1);
    assert_eq!(identities["one"]["Client Secret"], "s3cret");
    assert!(import.files[0].requests.iter().all(|request| request.auth == DraftAuth::Identity("one".to_owned())));
    assert!(!format!("{:?}", import.report).contains("s3cret"));
}

#[test]
fn the_yaml_form() {
    let import = read(&[
        (
            "opencollection.yml",
            "opencollection: '1.0.0'\ninfo: {name: Y}\nrequest:\n  headers: [{name: X-All, value: 1}]\n  auth: {type: bearer, token: '{{t}}'}\n  variables: [{name: n, value: {type: number, data: '1'}}]\n",
        ),
        ("sub/folder.yml", "info: {name: Sub, type: folder, seq: 1}\n"),
        (
            "sub/one.yml",
            "info: {name: One, type: http, seq: 1}\nhttp:\n  method: post\n  url: 'a.test/:id?x=1'\n  params: [{name: x, value: '1', type: query}, {name: id, value: '7', type: path}, {name: y, value: '2', type: query, disabled: true}]\n  body: {type: json, data: '{\"a\": 1}'}\n  auth: inherit\nruntime:\n  assertions: [{expression: res.status, operator: eq, value: '200'}]\n  actions: [{type: set-variable, selector: {expression: res.body.id, method: jsonq}, variable: {name: got, scope: runtime}}]\n  scripts: [{type: tests, code: 'x()'}]\nsettings: {timeout: 100}\ndocs: hello\n",
        ),
        (
            "sub/two.yml",
            "info: {name: Two, type: graphql}\ngraphql:\n  url: a.test\n  body: {query: '{ a }', variables: '{}'}\n",
        ),
        ("environments/dev.yml", "name: Dev\nvariables: [{name: host, value: h}, {name: s, secret: true}]\n"),
    ]);
    let [one, two] = &import.files[0].requests[..] else { panic!("{:?}", import.files) };
    assert_eq!((one.method.as_str(), one.url.as_str()), ("POST", "a.test/7"));
    assert_eq!(rows(&one.query), ["x=1", "~y=2"]);
    assert_eq!(rows(&one.headers), ["X-All=1", "Content-Type=application/json"]);
    assert_eq!(one.auth, DraftAuth::Bearer { token: "{{t}}".to_owned(), prefix: String::new() });
    let directives: Vec<_> = one.directives.iter().map(|(name, value)| format!("{name} {value}")).collect();
    assert_eq!(directives, ["timeout 100 ms", "capture got = .body.id", "assert .status == 200"]);
    assert_eq!(
        (two.method.as_str(), &two.body),
        ("POST", &DraftBody::GraphQl { query: "{ a }".to_owned(), variables: "{}".to_owned() })
    );
    assert_eq!(import.environments[0].name, "Dev");
    assert_eq!(import.environments[0].variables[1].sensitivity, Sensitivity::Secret);
}

#[test]
fn problems_say_where() {
    for (text, expected) in [
        ("get {\n  url: x\n", "one.bru:1:1: This block is never closed"),
        ("hello", "one.bru:1:1: A block begins here, but it has no name"),
        ("\n  {\n}\n", "one.bru:2:3: A block begins here, but it has no name"),
        ("headers {\n  a: '''\n    x\n}\n", "one.bru:2:3: This `'''` is never closed"),
    ] {
        let read = |_: &Path| Err(String::new());
        let input = Input { name: Path::new("one.bru"), text, files: &[], read: &read };
        let problem = super::import(&input).unwrap_err();
        assert_eq!(problem.to_string().lines().next().unwrap(), expected, "{text}");
    }
    assert!(import_files(&[("readme.md", "x")]).is_err());
}

#[test]
fn foreign_expressions_are_variables() {
    let (draft, report) = only(
        "meta {\n  name: a\n  type: http\n}\n\npost {\n  url: https://a.test/{{$dotenv KEY}}/{{x.response.body.y}}\n  body: multipartForm\n  auth: none\n}\n\nbody:multipart-form {\n  {{$secret x}}: @file({{p}})\n}\n",
    );
    assert_eq!(draft.url, "https://a.test/{{_dotenv_KEY}}/{{x_response_body_y}}");
    let DraftBody::Multipart(parts) = &draft.body else { panic!("{draft:?}") };
    assert_eq!(parts[0].name, "{{_secret_x}}");
    assert_eq!(parts[0].content, PartContent::File("./__p__".to_owned()));
    let reasons: Vec<&str> = report.remarks.iter().map(|remark| remark.reason.as_str()).collect();
    assert!(reasons.iter().any(|reason| reason.contains("it is the variable `_dotenv_KEY`")), "{reasons:?}");
    assert!(reasons.iter().any(|reason| reason.contains("cannot come from a variable")), "{reasons:?}");
}

proptest! {
    #[test]
    fn never_panics(text in "\\PC*") {
        let _ = bru::parse(Path::new("x"), &text);
    }

    #[test]
    fn never_panics_on_changed_requests(cuts in prop::collection::vec((0..FULL.len(), "[{}\\[\\]:'~@(\n a]{0,3}"), 1..8)) {
        let mut text = FULL.to_owned();
        for (at, with) in cuts {
            let end = (at + with.len()).min(text.len());
            text.replace_range(at..end, &with);
        }
        let _ = import_files(&[("a.bru", &text), ("environments/b.bru", &text), ("c/folder.bru", &text), ("collection.bru", &text)]);
    }

    #[test]
    fn expressions_never_panic(expression in "res[.\\[\\]'\"a-c0-9(){}]{0,20}", condition in "(eq|in|matches|between|length) [\\PC]{0,20}") {
        let _ = expression::assertion(&expression, &condition);
    }
}
