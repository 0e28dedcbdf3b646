//! Tests of the exports: tables per construct, and quoting held against the real interpreters where they are installed.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::*;
use crate::collection::environment::{EnvironmentFile, Environments, Layer, LayerScope, Visibility};
use crate::collection::scope::RequestScope;
use crate::model::identity::IdentityName;
use crate::model::port::Random;
use crate::model::request::AuthDirective;
use crate::model::session::TokenSet;
use crate::model::time::Timestamp;
use crate::template::Surroundings;

struct Zeros;

impl Random for Zeros {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(0);
    }
}

/// A workspace of some files in one environment.
struct Stage {
    files: Vec<Collection>,
    environments: Environments,
    tokens: BTreeMap<IdentityName, TokenSet>,
    mode: TokenMode,
}

impl Stage {
    fn new(files: &[(&str, &str)]) -> Self {
        let file = |path: &str, text: &str, visibility| EnvironmentFile::parse(Path::new(path), text, visibility);
        let public = file("public", r#"{"dev": {"base": "https://api.test", "limit": 10}}"#, Visibility::Public);
        let private = file("private", r#"{"dev": {"api_key": "private-value-of-the-key"}}"#, Visibility::Private);
        let layer = Layer { scope: LayerScope::Folder("".into()), files: vec![public, private] };
        Self {
            files: files.iter().map(|(path, text)| Collection::parse(Path::new(path), text.as_bytes())).collect(),
            environments: Environments { layers: vec![layer], ..Environments::default() },
            tokens: BTreeMap::new(),
            mode: TokenMode::Placeholder,
        }
    }

    fn export(&self, format: Format) -> Exported {
        let surroundings = Surroundings {
            now: Timestamp::from_millis(1_700_000_000_000),
            utc_offset_seconds: 0,
            random: &Zeros,
            process_environment: &self.environments.process_environment,
            dotenv: &self.environments.dotenv,
            tokens: &self.tokens,
            secrets: &crate::template::NoSecrets,
        };
        let scopes: Vec<_> = self
            .files
            .iter()
            .map(|file| RequestScope::new(file, &self.environments, Some("dev"), surroundings))
            .collect();
        let requests = self
            .files
            .iter()
            .zip(&scopes)
            .flat_map(|(collection, scope)| {
                collection.requests.iter().map(move |block| ExportSource { collection, block, scope })
            })
            .collect();
        let auth = |block: &RequestBlock| match &block.directives.auth {
            Some(AuthDirective::Identity { name, carrier }) => {
                Some(ExportAuth { identity: name.clone(), carrier: *carrier })
            }
            _ => None,
        };
        let read = |path: &Path| (path == Path::new("api/template.json")).then(|| "{\"n\": {{limit}}}".to_owned());
        let allowed = |_: &IdentityName, url: &str| url.starts_with("https://api.test");
        let input = ExportInput {
            requests,
            title: "stage".to_owned(),
            auth: &auth,
            read: &read,
            tokens: self.mode,
            allowed: &allowed,
        };
        export(format, &input)
    }
}

fn exported(format: Format, text: &str) -> String {
    Stage::new(&[("a.http", text)]).export(format).text
}

fn curl(text: &str) -> String {
    exported(Format::Curl, text)
}

#[rstest::rstest]
#[case::plain("GET https://a.test/x?a=1&b=2", "curl --url 'https://a.test/x?a=1&b=2'\n")]
#[case::scheme("GET a.test/x", "curl --url https://a.test/x\n")]
#[case::loopback("GET localhost:3000/x", "curl --url http://localhost:3000/x\n")]
#[case::host("GET /x\nHost: a.test", "curl --url https://a.test/x\n")]
#[case::blanks("GET https://a.test/a b?c=d e", "curl --url 'https://a.test/a%20b?c=d%20e'\n")]
#[case::glob("GET https://a.test/[1-3]", "curl --url 'https://a.test/[1-3]' \\\n  --globoff\n")]
#[case::dots("GET https://a.test/../x", "curl --url https://a.test/../x \\\n  --path-as-is\n")]
#[case::head("HEAD https://a.test", "curl --head \\\n  --url https://a.test\n")]
#[case::method("PURGE https://a.test", "curl --request PURGE \\\n  --url https://a.test\n")]
#[case::variable("GET {{base}}/x?n={{limit}}", "curl --url 'https://api.test/x?n=10'\n")]
#[case::vault(
    "GET {{base}}/x\nX-Api-Key: {{$secret shop-key}}",
    "curl --url https://api.test/x \\\n  --header \"X-Api-Key: $SHOP_KEY\"\n"
)]
#[case::private(
    "GET {{base}}/x\nX-Api-Key: {{api_key}}",
    "curl --url https://api.test/x \\\n  --header \"X-Api-Key: $API_KEY\"\n"
)]
#[case::unknown("GET https://a.test/{{path}}/x", "curl --url https://a.test/\"$API_PATH\"/x \\\n  --globoff\n")]
#[case::token(
    "# @auth jane\nGET https://a.test",
    "curl --url https://a.test \\\n  --header \"Authorization: Bearer $TOKEN\"\n"
)]
#[case::cookie(
    "# @auth jane cookie\nGET https://a.test",
    "curl --url https://a.test \\\n  --header \"Cookie: access_token=$TOKEN; id_token=$ID_TOKEN\"\n"
)]
#[case::basic(
    "GET https://a.test\nAuthorization: Basic jane {{api_key}}",
    "curl --url https://a.test \\\n  --user jane:\"$API_KEY\"\n"
)]
#[case::digest(
    "GET https://a.test\nAuthorization: Digest a:b",
    "curl --url https://a.test \\\n  --digest --user a:b\n"
)]
#[case::user("GET https://u:p%20q@a.test/", "curl --url https://a.test/ \\\n  --user 'u:p q'\n")]
#[case::empty_header("GET https://a.test\nX-Empty:", "curl --url https://a.test \\\n  --header 'X-Empty;'\n")]
#[case::redirects("# @redirect 3\nGET https://a.test", "curl --url https://a.test \\\n  --location --max-redirs 3\n")]
#[case::timeouts(
    "# @timeout 1500 ms\n# @connection-timeout 2\nGET https://a.test",
    "curl --url https://a.test \\\n  --max-time 1.5 \\\n  --connect-timeout 2\n"
)]
#[case::version("GET https://a.test HTTP/1.1", "curl --url https://a.test \\\n  --http1.1\n")]
#[case::at(
    "POST https://a.test\nContent-Type: text/plain\n\n@file",
    "curl --url https://a.test \\\n  --header 'Content-Type: text/plain' \\\n  --data-raw @file\n"
)]
#[case::quotes(
    "POST https://a.test\n\n{\"a\": \"it's\"}",
    "curl --url https://a.test \\\n  --header 'Content-Type:' \\\n  --data-raw '{\"a\": \"it'\\''s\"}'\n"
)]
#[case::form(
    "POST https://a.test\nContent-Type: application/x-www-form-urlencoded\n\na=b\n&c=d",
    "curl --url https://a.test \\\n  --header 'Content-Type: application/x-www-form-urlencoded' \\\n  --data-raw 'a=b&c=d'\n"
)]
#[case::file(
    "PUT https://a.test\nContent-Type: a/b\n\n< ./x y.bin",
    "curl --request PUT \\\n  --url https://a.test \\\n  --header 'Content-Type: a/b' \\\n  --data-binary '@./x y.bin'\n"
)]
#[case::mixed(
    "POST https://a.test\nContent-Type: a/b\n\nbefore\n< ./x\nafter",
    "{ printf %s 'before\n'; cat -- ./x; printf %s '\nafter'; } |\ncurl --url https://a.test \\\n  --header 'Content-Type: a/b' \\\n  --data-binary @-\n"
)]
#[case::graphql(
    "GRAPHQL https://a.test\n\nquery { a(b: \"c\") }\n\n{\"x\": 1}",
    "curl --url https://a.test \\\n  --header 'Content-Type: application/json' \\\n  --data-raw '{\"query\":\"query { a(b: \\\"c\\\") }\",\"variables\":{\"x\": 1}}'\n"
)]
fn curl_commands(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(curl(text), expected);
}

#[test]
fn multipart_becomes_form_fields() {
    let text = "POST https://a.test\nContent-Type: multipart/form-data; boundary=\"b\"\n\n--b\n\
        Content-Disposition: form-data; name=\"text\"\n\n@it's\n--b\n\
        Content-Disposition: form-data; name=\"typed\"\nContent-Type: application/json\n\n{\"a\": \"b\\\\c\"}\n--b\n\
        Content-Disposition: form-data; name=\"up\"; filename=\"x.txt\"\nContent-Type: text/plain\n\n< ./a b.txt\n--b--\n";
    let expected = "curl --url https://a.test \\\n  --form-string 'text=@it'\\''s' \\\n  \
        --form 'typed=\"{\\\"a\\\": \\\"b\\\\\\\\c\\\"}\";type=application/json' \\\n  \
        --form 'up=@\"./a b.txt\";type=text/plain;filename=\"x.txt\"'\n";
    assert_eq!(curl(text), expected);
}

#[test]
fn files_of_a_folder_are_named_from_where_bearcat_runs() {
    let stage = Stage::new(&[(
        "api/a.http",
        "POST https://a.test\nContent-Type: a/b\n\n< ./x\n###\nPOST https://a.test\nContent-Type: a/b\n\n<@ template.json\n\
         ###\nPOST https://a.test\nContent-Type: a/b\n\n< /abs",
    )]);
    let text = stage.export(Format::Curl).text;
    assert!(text.contains("--data-binary @api/x\n"), "{text}");
    assert!(text.contains("--data-raw '{\"n\": 10}'\n"), "{text}");
    assert!(text.contains("--data-binary @/abs\n"), "{text}");
}

#[test]
fn one_variable_has_one_name_and_two_have_two() {
    let exported =
        Stage::new(&[("a.http", "GET https://a.test/{{a-b}}/{{a_b}}/{{a-b}}/{{1}}/{{é}}")]).export(Format::Curl);
    assert!(exported.text.contains("/\"$A_B\"/\"$A_B_2\"/\"$A_B\"/\"$V_1\"/\"$VALUE\""), "{}", exported.text);
    assert_eq!(exported.variables.len(), 4);
    assert_eq!(exported.remarks.len(), 4, "{:?}", exported.remarks);
}

#[test]
fn two_identities_have_two_tokens() {
    let text = curl("# @auth jane\nGET https://a.test\n###\n# @auth robot\nGET https://a.test");
    assert!(text.contains("$TOKEN_JANE") && text.contains("$TOKEN_ROBOT"), "{text}");
}

#[test]
fn no_secret_is_written_and_what_stands_in_plain_text_is_taken_out() {
    let text = "# @auth jane\nPOST {{base}}/x?k={{api_key}}&p=private-value-of-the-key\nX: private-value-of-the-key\n\
        Authorization: Bearer {{$auth.token(\"jane\")}}\nContent-Type: application/json\n\n\
        {\"jwt\": \"eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl\", \"k\": \"{{api_key}}\"}\n";
    let mut stage = Stage::new(&[("a.http", text)]);
    let token = "opaque-token-of-jane-0123456789";
    stage.tokens.insert(IdentityName::new("jane"), token_set(token));
    for format in Format::ALL {
        let exported = stage.export(format);
        for secret in ["private-value-of-the-key", "eyJhbGci", token] {
            assert!(!exported.text.contains(secret), "{format:?} holds {secret}:\n{}", exported.text);
        }
        let remark = exported.remarks.iter().find(|remark| remark.contains("in plain text"));
        assert!(remark.is_some_and(|remark| remark.contains("3 places")), "{format:?}: {:?}", exported.remarks);
    }
}

fn token_set(access: &str) -> TokenSet {
    TokenSet {
        access: crate::redact::AccessToken::new(access),
        id: None,
        refresh: None,
        scope: None,
        obtained_at: Timestamp::from_millis(0),
        expires_at: None,
    }
}

#[test]
fn a_token_that_was_asked_for_goes_only_where_it_may() {
    let text = "# @auth jane\nGET {{base}}/x\n###\n# @auth jane\nGET https://evil.test/x\n###\nGET https://evil.test/\nX: {{$auth.token(\"jane\")}}";
    let mut stage = Stage::new(&[("a.http", text)]);
    let token = "opaque-token-of-jane-0123456789";
    stage.tokens.insert(IdentityName::new("jane"), token_set(token));
    stage.mode = TokenMode::Value;
    for format in [Format::Curl, Format::Python, Format::JavaScript, Format::K6, Format::Go, Format::Rust] {
        let exported = stage.export(format);
        assert_eq!(exported.text.matches(token).count(), 1, "{format:?}:\n{}", exported.text);
        assert!(exported.holds_token);
        assert!(exported.remarks.iter().any(|remark| remark.contains("left out")), "{:?}", exported.remarks);
    }
}

#[test]
fn an_http_file_for_other_clients() {
    let files = [
        (
            "a.http",
            "@x = {{base}}/v1\n@same = 1\n### list\n# @auth jane\n# @assert .status == 200\nGET {{x}}/{{ same }}?u={{$uuid}}\nAccept: a\n\n",
        ),
        ("b/c.http", "@same = 2\nPOST {{base}}/{{same}}/{{api_key}}\nX: {{$auth.token(\"jane\")}}\n\n< ./f.json\n"),
    ];
    let exported = Stage::new(&files).export(Format::Http);
    let expected = "# Made by bearcat.\n# api_key has no value here: define it in the environment\n@base = https://api.test\n\
        @same = 1\n# token has no value here: define it in the environment\n@x = {{base}}/v1\n\n\
        ### list\n# @auth jane\n# @assert .status == 200\nGET {{x}}/{{ same }}?u={{$uuid}}\n\
        Authorization: Bearer {{token}}\nAccept: a\n\n\
        ###\nPOST {{base}}/2/{{api_key}}\nX: {{token}}\n\n< b/f.json\n";
    assert_eq!(exported.text, expected);
    let again = Collection::parse(Path::new("x.http"), exported.text.as_bytes());
    assert_eq!(again.problems, []);
    assert_eq!(again.requests.len(), 2);
}

#[test]
fn a_postman_collection() {
    let text = "# What it is for\n### list\n# @auth jane\n# @assert .status == 200 and (.body.items | length) > 1\n# @assert .body | keys == []\n\
        GET {{base}}/v1/orders?a=1&b\n# &off=2\nAccept: x\n# X-Off: y\n\n###\nPOST {{base}}:8080/x\nContent-Type: application/json\n\n{\"k\": \"{{api_key}}\"}\n";
    let exported = Stage::new(&[("a.http", text)]).export(Format::Postman);
    let value: serde_json::Value = serde_json::from_str(&exported.text).unwrap();
    let first = &value["item"][0];
    assert_eq!(first["name"], "list");
    assert_eq!(first["request"]["auth"]["bearer"][0]["value"], "{{token}}");
    assert_eq!(first["request"]["url"]["raw"], "{{base}}/v1/orders?a=1&b");
    assert_eq!(first["request"]["url"]["host"], serde_json::json!(["{{base}}"]));
    assert_eq!(first["request"]["url"]["path"], serde_json::json!(["v1", "orders"]));
    let query = serde_json::json!([{"key": "a", "value": "1"}, {"key": "b", "value": null}, {"key": "off", "value": "2", "disabled": true}]);
    assert_eq!(first["request"]["url"]["query"], query);
    let headers =
        serde_json::json!([{"key": "Accept", "value": "x"}, {"key": "X-Off", "value": "y", "disabled": true}]);
    assert_eq!(first["request"]["header"], headers);
    let script = first["event"][0]["script"]["exec"].to_string();
    assert!(
        script.contains("(same(pm.response.code, 200) && length(")
            && script.contains("not said by Postman: assert .body | keys"),
        "{script}"
    );
    let second = &value["item"][1];
    assert_eq!(second["request"]["body"]["raw"], "{\"k\": \"{{api_key}}\"}");
    let variables = serde_json::json!([
        {"key": "api_key", "value": "", "type": "secret"},
        {"key": "base", "value": "https://api.test", "type": "string"},
        {"key": "token", "value": "", "type": "secret"},
    ]);
    assert_eq!(value["variable"], variables);
}

/// What goes to Postman comes back as it was.
#[test]
fn a_postman_collection_is_imported_as_the_same_requests() {
    let files = [
        (
            "shop/orders.http",
            "### list\n# @assert .status == 200\n# @assert .time_ms < 500\n# @assert .body.items[0].name == \"a\"\n\
             # @capture id = .body.items[0].id\nGET {{base}}/v1/orders?a=1&b=x%20y\n# &off=2\nAccept: application/json\n\
             # X-Off: y\n\n### create\nPOST {{base}}/v1/orders\nContent-Type: application/json\n\n\
             {\"k\": \"{{api_key}}\", \"n\": {{limit}}}\n\n\
             ### form\nPOST https://api.test/form\nContent-Type: application/x-www-form-urlencoded\n\na=1&b=x%20y\n",
        ),
        (
            "users.http",
            "### graph\nPOST https://api.test/graphql\nContent-Type: application/json\nX-Request-Type: GraphQL\n\n\
             query { a }\n\n{\"x\": 1}\n\n\
             ### bearer\nDELETE https://api.test/x\nAuthorization: Bearer {{api_key}}\n\n\
             ### basic\nGET https://api.test/x\nAuthorization: Basic jane {{api_key}}\n",
        ),
    ];
    let exported = Stage::new(&files).export(Format::Postman);
    let input = crate::collection::import::Input {
        name: Path::new("stage.json"),
        text: &exported.text,
        files: &[],
        read: &|_| Err("nothing else".to_owned()),
    };
    let import = crate::collection::import::postman::import(&input).unwrap();
    let drafts = import.files.iter().flat_map(|file| &file.requests);
    let summary: String = drafts.map(|draft| summary(draft) + "\n").collect();
    let expected = r#"list GET {{base}}/v1/orders [a=1 b=x%20y -off=2] [Accept: application/json -X-Off: y] Unspecified None [assert .status == 200, assert .time_ms < 500, assert .body.items[0].name == "a", capture id = .body.items[0].id]
create POST {{base}}/v1/orders [] [Content-Type: application/json] Unspecified Text("{\"k\": \"{{api_key}}\", \"n\": {{limit}}}") []
form POST https://api.test/form [] [Content-Type: application/x-www-form-urlencoded] Unspecified Form a=1 b=x y []
graph POST https://api.test/graphql [] [Content-Type: application/json] Unspecified GraphQl { query: "query { a }", variables: "{\"x\": 1}" } []
bearer DELETE https://api.test/x [] [] Bearer { token: "{{api_key}}", prefix: "" } None []
basic GET https://api.test/x [] [] Basic { user: "jane", password: "{{api_key}}" } None []
"#;
    assert_eq!(summary, expected);
}

fn summary(draft: &crate::collection::draft::RequestDraft) -> String {
    use crate::collection::draft::{DraftBody, DraftRow, RowState};
    let rows = |rows: &[DraftRow], between: &str| {
        let row = |row: &DraftRow| {
            let sign = if row.state == RowState::Disabled { "-" } else { "" };
            format!("{sign}{}{between}{}", row.name, row.value)
        };
        rows.iter().map(row).collect::<Vec<_>>().join(" ")
    };
    let body = match &draft.body {
        DraftBody::Form(fields) => format!("Form {}", rows(fields, "=")),
        other => format!("{other:?}"),
    };
    let kept = draft.directives.iter().filter(|(name, _)| name == "assert" || name == "capture");
    let directives: Vec<String> = kept.map(|(name, value)| format!("{name} {value}")).collect();
    format!(
        "{} {} {} [{}] [{}] {:?} {body} [{}]",
        // A small collection becomes one file: the folders go before the name.
        draft.name.as_deref().and_then(|name| name.rsplit(" / ").next()).unwrap_or_default(),
        draft.method,
        draft.url,
        rows(&draft.query, "="),
        rows(&draft.headers, ": "),
        draft.auth,
        directives.join(", ")
    )
}

#[rstest::rstest]
#[case(".status == 200", Some("same(S, 200)"))]
#[case(".status >= 200 and .status < 300", Some("(S >= 200 && S < 300)"))]
#[case(".status == 200 or (.status == 201 | not)", Some("(same(S, 200) || !(same(S, 201)))"))]
#[case(".body.items | length > 0", Some("length(at(B, [\"items\"])) > 0"))]
#[case(".body.items[0].id != null", Some("!same(at(B, [\"items\", 0, \"id\"]), null)"))]
#[case(".body[\"a b\"].c", Some("truthy(at(B, [\"a b\", \"c\"]))"))]
#[case(
    ".headers[\"content-type\"] | startswith(\"application/json\")",
    Some("String(H(\"content-type\")).startsWith(\"application/json\")")
)]
#[case(".body.items | type == \"array\"", Some("same(kind(at(B, [\"items\"])), \"array\")"))]
#[case(".body.name | test(\"^a\\\\d\")", Some("new RegExp(\"^a\\\\d\").test(String(at(B, [\"name\"])))"))]
#[case(".size < 1000", Some("Z < 1000"))]
#[case(".time_ms < 500", Some("T < 500"))]
#[case(".token.scope == \"a\"", None)]
#[case(".body.items | map(.id) == [1]", None)]
#[case("\"a\\(.b)\" == 1", None)]
#[case(".status ==", None)]
#[case("", None)]
fn assertions(#[case] source: &str, #[case] expected: Option<&str>) {
    let words = code::ResponseWords { status: "S", time: "T", size: "Z", header: "H", body: "B" };
    let check = check::parse(source);
    let condition = check.expression.as_ref().and_then(|expression| code::condition(expression, &words));
    assert_eq!(condition.as_deref(), expected);
}

#[test]
fn expressions_do_not_explode() {
    let source = format!(".{}", " | (. and .)".repeat(100));
    assert_eq!(check::parse(&source).expression, None);
    assert_eq!(check::parse(&"(".repeat(500)).expression, None);
    assert_eq!(check::parse(".time_ms < 500 and .status == 200").time_limit(), Some(500.0));
}

#[test]
fn k6_carries_captures_and_says_thresholds() {
    let text = "### login\n# @name login\n# @assert .time_ms < 300\n# @capture id = .body.id\nPOST https://a.test/login\n\n{}\n\n\
        ### next\n@key = {{$uuid}}\nGET https://a.test/{{id}}?t={{login.response.body.$.token}}&k={{key}}\nX: {{key}}\n";
    let text = exported(Format::K6, text);
    for part in [
        "\"http_req_duration{name:login}\": [\"p(95)<300\"]",
        "captured[\"id\"] = at(bodyOf(r), [\"id\"]);",
        "captured[\"login.response.body.$.token\"] = at(bodyOf(r), [\"token\"]);",
        "\"https://a.test/\" + captured[\"id\"] + \"?t=\" + captured[\"login.response.body.$.token\"] + \"&k=\" + key_uuid",
        "const key_uuid = uuid();",
        "\"X\": String(key_uuid)",
    ] {
        assert!(text.contains(part), "no {part} in\n{text}");
    }
}

#[test]
fn a_hostile_file_stays_bounded() {
    let mut text: String = (0..20).map(|n| format!("@v{n} = {}\n", format!("{{{{v{}}}}}", n + 1).repeat(10))).collect();
    text.push_str("@v20 = x\nGET https://a.test/{{v0}}\n");
    for format in Format::ALL {
        assert!(exported(format, &text).len() < 2_000_000, "{format:?}");
    }
}

/// Texts with everything that quoting is about.
fn nasty() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "'",
        "\"",
        "\\",
        "`",
        "$",
        "${",
        "{{",
        "}}",
        "$(",
        ")",
        "!",
        "\n",
        "\r",
        "\t",
        "\\n",
        "\\u0041",
        "\"\"\"",
        "'''",
        "\"#",
        "r#\"",
        "#",
        "%s",
        "%",
        "é",
        "漢",
        "\u{1f600}",
        "\u{7f}",
        "\u{1b}[2J",
        "\u{85}",
        "\u{2028}",
        "\u{202e}",
        "\u{feff}",
        "</script>",
        "*/",
        "//",
        "a",
        " ",
        "@f",
        "-x",
        "~",
        "*",
        "?",
        "[",
        "]",
        "&",
        "|",
        ";",
        "<",
        ">",
        "=",
        "\u{0}",
    ]);
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn samples(count: usize) -> Vec<String> {
    let mut runner = TestRunner::deterministic();
    (0..count).map(|_| nasty().new_tree(&mut runner).unwrap().current()).collect()
}

/// Runs an interpreter on a program; `None`: it is not installed.
fn interpreter(program: &str, args: &[&str], input: &str) -> Option<Vec<u8>> {
    use std::io::Write as _;
    let spawned = Command::new(program).args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut child) = spawned else {
        println!("left out: there is no `{program}` here");
        return None;
    };
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "`{program}` refuses:\n{input}");
    Some(output.stdout)
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn check_hex(samples: &[String], output: Option<Vec<u8>>) {
    let Some(output) = output else { return };
    let output = String::from_utf8(output).unwrap();
    let lines: Vec<&str> = output.lines().collect();
    assert_eq!(lines.len(), samples.len());
    for (sample, line) in samples.iter().zip(lines) {
        assert_eq!(line, hex(sample), "{sample:?}");
    }
}

#[test]
fn a_python_literal_cannot_be_left() {
    // A backslash before a quote at the end of a text of several lines used to end the literal early.
    for text in ["a text of several\nlines that ends in \\\"", "three \"\"\" in a\ntext of several lines \\\"\"\"\""] {
        let literal = quote::python(text);
        let inner = literal.strip_prefix("\"\"\"").and_then(|rest| rest.strip_suffix("\"\"\"")).unwrap();
        let mut rest = inner.chars();
        while let Some(c) = rest.next() {
            assert_ne!(c, '"', "{literal}");
            if c == '\\' {
                rest.next().unwrap();
            }
        }
    }
}

#[test]
fn python_reads_its_literals() {
    let samples = samples(400);
    let lines: String =
        samples.iter().map(|text| format!("print(({}).encode().hex())\n", quote::python(text))).collect();
    check_hex(&samples, interpreter("python3", &["-"], &lines));
}

#[test]
fn javascript_reads_its_literals() {
    let samples = samples(400);
    let line = |text: &String| format!("console.log(Buffer.from({}).toString('hex'));\n", quote::javascript(text));
    check_hex(&samples, interpreter("node", &["-"], &samples.iter().map(line).collect::<String>()));
}

#[test]
fn the_shell_reads_its_words() {
    // A shell word cannot hold a NUL.
    let samples: Vec<String> = samples(120).iter().map(|text| text.replace('\0', "")).collect();
    let line = |text: &String| format!("printf %s {} | od -An -v -tx1 | tr -d ' \\n'; echo\n", quote::shell(text));
    check_hex(&samples, interpreter("bash", &["-s"], &samples.iter().map(line).collect::<String>()));
}

#[test]
fn rust_reads_its_literals() {
    let samples = samples(400);
    let folder = tempfile::tempdir().unwrap();
    let lines: String =
        samples.iter().map(|text| format!("    check({}, {:?});\n", quote::rust(text), text.as_bytes())).collect();
    let source = format!(
        "fn check(text: &str, bytes: &[u8]) {{ assert_eq!(text.as_bytes(), bytes); }}\nfn main() {{\n{}}}\n",
        lines.replace("[])", "&[])").replace(", [", ", &[")
    );
    std::fs::write(folder.path().join("x.rs"), source).unwrap();
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let built = Command::new(rustc).args(["--edition", "2021", "x.rs", "-o", "x"]).current_dir(folder.path()).output();
    let Ok(built) = built else {
        println!("left out: there is no `rustc` here");
        return;
    };
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    assert!(Command::new(folder.path().join("x")).status().unwrap().success());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Whatever a file holds, every export is made, and comments stay on their lines.
    #[test]
    fn every_format_takes_anything(name in nasty(), header in nasty(), body in nasty(), assertion in nasty()) {
        let text = format!(
            "### {name}\n# @assert {assertion}\n# @capture x = {assertion}\nPOST https://a.test/{name}\nX: {header}\nContent-Type: application/json\n\n{body}\n"
        );
        for format in Format::ALL {
            let exported = exported(format, &text);
            // There may be no request in it at all.
            prop_assert!(exported.is_empty() || exported.ends_with('\n'));
        }
    }

    #[test]
    fn go_literals_hold_no_line_break_unless_raw(text in nasty()) {
        let literal = quote::go(&text);
        prop_assert!(literal.starts_with('`') || !literal.contains('\n'));
        if literal.starts_with('`') {
            prop_assert_eq!(&literal[1..literal.len() - 1], text.as_str());
        }
    }
}
