//! Every screen and layer that a user can meet, by name.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bearcat::app::lab::Live;
use bearcat::app::msg::{
    Holder, LiveDocument, LoginProgress, MatrixCell, Msg, PromptDefault, PromptQuestion, RunNote, RunProgress,
    SaveFault, SaveOutcome,
};
use bearcat::app::probe::{ProbeId, ProbeRefusal, ProbeStep};
use bearcat::app::state::{DemoInfo, Layer, StartOptions, Tone};
use bearcat::body::live::LiveBody;
use bearcat::collection::file::Collection;
use bearcat::collection::inspect::{Usage, VariableRow};
use bearcat::collection::nextjs::{self, AppFiles};
use bearcat::collection::workspace::Workspace;
use bearcat::diagnose::matrix::{CellAnswer, CellResult, NotSent};
use bearcat::diagnose::probe::judge::{Controls, Sent, judge};
use bearcat::diagnose::probe::{Observed, Probe};
use bearcat::model::cookie::{CookieId, CookieView};
use bearcat::model::exchange::{Connection, Exchange, Hop, Peer, ResponseBody};
use bearcat::model::finding::{Confidence, Finding, Weight};
use bearcat::model::identity::{Grant, Identity, IdentityName, Issuer, Origin};
use bearcat::model::port::{VaultError, VaultKind, VaultStatus};
use bearcat::model::problem::{Place, Problem, ProblemKind};
use bearcat::model::request::Prompt;
use bearcat::model::session::SessionKey;
use bearcat::model::sign_in::{Ended, SignIn};
use bearcat::model::time::Timestamp;
use bearcat::model::tls::CertificateCheck;
use bearcat::model::wire::{FieldValue, ProviderExchange, TransportError, TransportFault};
use bearcat::redact::SecretText;
use bearcat::template::{Guarded, VariableSource};
use bearcat::token::live::{AccountCall, AccountList, LiveTruth};
use bearcat::ui::picture::{self, NOW, exchange};
use bytes::Bytes;
use url::Url;

use crate::stage::Stage;

const ORDERS: &str = r#"{"orders":[{"id":"9f2c","item":"honey","amount":12,"gift":false},{"id":"9f2d","item":"salmon","amount":3,"note":null}],"total":2,"next":null}"#;

const LOGIN_PAGE: &str = "<!doctype html>\n<html lang=\"en\">\n  <head><title>Sign in</title></head>\n  <body class=\"kinde\">\n    <!-- hosted page -->\n    <form method=\"post\"><input name=\"email\"></form>\n  </body>\n</html>\n";

/// A broken file among good ones.
const BROKEN: &str =
    "### Broken\nGET https://api.acme.test/a\nthis is no header\n\n### Fine\nGET https://api.acme.test/b\n";

const SCRIPTED: &str = "### Upload\n# @auth jane\n# @note Writes to the live shop\n# @redirect 3\n# @no-cookie-jar\n# @timeout 5 s\n# @require write:files org_5e1f0c9a7b2\n# @expect jane 201\nPUT https://api.acme.test/files?name=report.pdf&public\nContent-Type: application/pdf\n\n< ./report.pdf\n\n> {% client.test(\"ok\", () => {}) %}\n";

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn ok() -> Exchange {
    Exchange {
        request: get("https://api.acme.test/api/v1/orders?limit=10&status=open"),
        ..exchange(200, "OK", "application/json", ORDERS)
    }
}

fn get(text: &str) -> bearcat::model::exchange::SentRequest {
    let base = exchange(200, "OK", "text/plain", "").request;
    bearcat::model::exchange::SentRequest { method: "GET".to_owned(), url: url(text), body_size: 0, ..base }
}

/// What the Kinde SDK's middleware answers to a bearer token.
fn to_login() -> Exchange {
    let mut exchange = Exchange {
        request: get("http://localhost:3000/api/v1/orders"),
        ..exchange(307, "Temporary Redirect", "text/plain", "/api/auth/login")
    };
    exchange.head.headers.insert(0, ("location".to_owned(), "/api/auth/login".to_owned()));
    exchange
}

fn with_body(body: ResponseBody, content_type: &str) -> Exchange {
    Exchange { body, ..exchange(200, "OK", content_type, "") }
}

fn key(stage: &Stage) -> SessionKey {
    let name = stage.state().shown_identity().unwrap().clone();
    SessionKey::of(stage.state().identity_named(&name).unwrap())
}

fn vault(availability: Result<(), VaultError>) -> Msg {
    Msg::VaultProbed(VaultStatus { kind: VaultKind::Keyring, name: "Secret Service".to_owned(), availability })
}

fn empty() -> Stage {
    Stage::start(StartOptions::default())
        .workspace(Workspace { root: "/home/jane/shop".into(), ..Workspace::default() })
}

fn prompts() -> Stage {
    let stage = Stage::signed_in().keys("enter");
    let id = stage.run();
    let question = |name: &str, description: &str, default: PromptDefault| PromptQuestion {
        prompt: Prompt { name: name.to_owned(), description: description.to_owned() },
        request: "list orders".to_owned(),
        default,
    };
    let prompts = vec![
        question("order", "Which order?", PromptDefault::Shown("9f2c".to_owned())),
        question("otp", "The code of your authenticator", PromptDefault::None),
        question("password", "", PromptDefault::Hidden),
    ];
    stage.with(Msg::RunNeedsAnswers { id, prompts })
}

fn variables() -> Stage {
    let stage = Stage::signed_in().keys("v");
    let id = match stage.state().layers.last() {
        Some(Layer::Variables(variables)) => variables.id,
        other => panic!("no variables but {other:?}"),
    };
    let place = |column| Place { file: "orders.http".into(), line: 5, column };
    let environment = |file: &str| VariableSource::Environment { file: file.into(), environment: "dev".to_owned() };
    let row = |name: &str, usage: Usage, value: FieldValue, source: VariableSource| VariableRow {
        name: name.to_owned(),
        usage,
        value: Some(value),
        source: Some(source),
        problem: None,
        secret: None,
    };
    let plain = |text: &str| FieldValue::Plain(text.to_owned());
    let hidden = || FieldValue::Secret(SecretText::new("never-on-a-screen"));
    let login = VariableSource::Response { request: "login".to_owned() };
    let unknown = Problem::new(ProblemKind::Input, "`{{tenannt}}` cannot be filled")
        .detail("no variable has this name")
        .hint("Did you mean `{{tenant}}`?");
    let broken = VariableRow {
        value: None,
        source: None,
        problem: Some(unknown),
        ..row("tenannt", Usage::InRequest(place(40)), plain(""), VariableSource::Dotenv)
    };
    let stripe = VariableRow {
        secret: Some("stripe".to_owned()),
        ..row("$secret stripe", Usage::InRequest(place(20)), hidden(), VariableSource::Secret)
    };
    let made_up =
        VariableRow { value: None, ..row("$uuid", Usage::InRequest(place(30)), plain(""), VariableSource::Dynamic) };
    let rows = vec![
        row("base", Usage::InRequest(place(5)), plain("https://api.acme.example"), environment("http-client.env.json")),
        stripe,
        row("login.response.body.$.user.id", Usage::InRequest(place(25)), plain("usr_7"), login),
        made_up,
        broken,
        row(
            "host",
            Usage::Through("base".to_owned()),
            plain("api.acme.example"),
            VariableSource::FileVariable { file: "orders.http".into(), line: 3 },
        ),
        row("order", Usage::InRequest(place(50)), plain(""), VariableSource::Prompt),
        row("api_key", Usage::NotUsed, hidden(), environment("http-client.private.env.json")),
        row("tenant", Usage::NotUsed, plain("acme"), environment("http-client.env.json")),
    ];
    stage.with(Msg::VariablesInspected { id, result: Ok(rows) })
}

/// The report of an import.
fn imported() -> Stage {
    let stage = Stage::signed_in().keys("I s h o p enter");
    let lines = [
        "12 requests, 30 headers, 2 environments, 1 collection",
        "wrote http-client.env.json",
        "wrote shop-api.http",
        "Kept as a comment (3)",
        "  3 scripts: bearcat runs no scripts (Shop API / Orders / list, Shop API / Orders / new, Shop API / ping)",
    ];
    let result = Ok(lines.map(str::to_owned).to_vec());
    stage.with(Msg::Imported { path: "shop".to_owned(), result })
}

/// A response with what was sent before it and captured from it.
fn noted() -> Stage {
    let stage = Stage::signed_in().keys("enter");
    let (id, request) = (stage.run(), stage.selected());
    let mut outcome = picture::outcome(&stage.app, &request, ok());
    let note = |tone, text: &str| RunNote { tone, text: text.to_owned() };
    outcome.notes = vec![
        note(Tone::Good, "Sent `login` first: it answered 200"),
        note(Tone::Good, "Captured `order_id`"),
        note(Tone::Bad, "`token` could not be captured: the expression gives null"),
    ];
    stage.with(Msg::RunFinished { id, outcome: Box::new(outcome) })
}

const HANDLER: &str = "\
import { getKindeServerSession } from '@kinde-oss/kinde-auth-nextjs/server'
export async function GET(request) { request.nextUrl.searchParams.get('limit') }
export async function POST(request) {
  const { getPermission } = getKindeServerSession()
  if (!(await getPermission('write:orders'))?.isGranted) return new Response(null, { status: 403 })
  const { item, amount } = await request.json()
}
";

/// The routes of a Next.js app, beside a file.
fn routes() -> Stage {
    let files: &[(&str, &str)] = &[
        ("app/api/health/route.ts", "export const GET = () => Response.json({})"),
        ("app/api/orders/route.ts", HANDLER),
        ("app/api/orders/[id]/route.ts", "export const GET = h; export const DELETE = h; function h() {}"),
        ("app/api/hooks/[...path]/route.ts", "import { hook } from 'hooks'\nexport const POST = hook()"),
        (
            "proxy.ts",
            "import { withAuth } from '@kinde-oss/kinde-auth-nextjs/middleware'\n\
             export default withAuth({ publicPaths: ['/api/health'] })\n\
             export const config = { matcher: ['/((?!api/hooks).*)'] }",
        ),
    ];
    let paths = files.iter().map(|(path, _)| (*path).into()).collect();
    let app = nextjs::read(&AppFiles { files: paths, ..AppFiles::default() }, &|path| {
        files.iter().find(|(name, _)| Path::new(name) == path).map(|(_, text)| Arc::from(*text))
    });
    let apps = vec![app];
    let mut workspace = picture::workspace();
    workspace.collections.truncate(1);
    let found = nextjs::request::collections(&apps, &workspace.environments, None);
    workspace.collections.extend(found);
    workspace.apps = apps;
    let mut stage = Stage::start(StartOptions::default()).workspace(workspace);
    stage.answer_sessions();
    stage.keys("end")
}

fn demo() -> Stage {
    let demo = DemoInfo { issuer: url("http://127.0.0.1:40100"), api: url("http://127.0.0.1:40101") };
    let mut stage =
        Stage::start(StartOptions { demo: Some(demo), ..StartOptions::default() }).workspace(picture::workspace());
    stage.answer_sessions();
    stage
}

/// The provider knows more than the token.
fn live() -> Stage {
    let stage = Stage::signed_in().keys("4 o");
    let items = |keys: &[&str]| keys.iter().map(|key| serde_json::json!({ "key": key })).collect();
    let list = |keys: &[&str]| Ok(AccountList { org_code: None, items: items(keys), cut: false });
    let refused = Problem::new(ProblemKind::SignIn, "refused with 403").detail("invalid_token");
    let truth = LiveTruth {
        at: NOW,
        userinfo: Ok(serde_json::json!({ "email": "jane@acme.test" }).as_object().unwrap().clone()),
        account: vec![
            (AccountCall::Permissions, list(&["read:orders", "read:customers", "create:orders"])),
            (AccountCall::Roles, list(&["member"])),
            (AccountCall::Entitlements, Err(refused)),
        ],
        note: None,
    };
    let id = match stage.state().lab().map(|lab| &lab.live) {
        Some(Live::Asking(id)) => *id,
        other => panic!("nobody was asked: {other:?}"),
    };
    stage.with(Msg::ProviderAnswered { id, result: Ok(Box::new(truth)) })
}

/// An answer with orders.
fn listed(body: &str) -> Exchange {
    let mut exchange = exchange(403, "Forbidden", "application/json; charset=utf-8", body);
    exchange.head.headers.push(("www-authenticate".to_owned(), "Bearer error=\"insufficient_scope\"".to_owned()));
    exchange.head.headers[0] = ("date".to_owned(), "Mon, 23 Nov 2026 14:03:40 GMT".to_owned());
    exchange.token = None;
    exchange
}

/// Two responses to the same request, compared.
fn difference(second: &Exchange) -> Stage {
    let mut stage = Stage::signed_in().answered(ok()).keys("enter").run_finished(second.clone()).keys("d");
    let (id, order) = match (stage.state().layers.last(), stage.comparison()) {
        (Some(Layer::Difference(layer)), Some(order)) => (layer.id, order),
        other => panic!("nothing is compared: {other:?}"),
    };
    let difference = Box::new(bearcat::app::difference::compare(&order.old, &order.new));
    stage.msg(Msg::Compared { id, difference });
    stage
}

/// The selected file is edited, and has this text on disk meanwhile.
fn conflict(theirs: &str) -> Stage {
    let mut stage = Stage::signed_in().keys("D s");
    let (id, path) = stage.saving();
    stage.msg(Msg::FileSaved { id, path, outcome: SaveOutcome::Changed(Some(theirs.as_bytes().into())) });
    stage
}

/// The selected file is edited, and gone from the disk.
fn gone() -> Stage {
    let mut stage = Stage::signed_in().keys("D s");
    let (id, path) = stage.saving();
    stage.msg(Msg::FileSaved { id, path, outcome: SaveOutcome::Changed(None) });
    stage
}

fn device(stage: Stage) -> Stage {
    stage.keys("l").login_progress(LoginProgress::DeviceCode {
        user_code: "CSLDFDUU".to_owned(),
        verification_uri: url("https://acme.kinde.com/device"),
        verification_uri_complete: Some(url("https://acme.kinde.com/device?user_code=CSLDFDUU")),
        expires_at: NOW.plus(Duration::from_mins(10)),
    })
}

fn browser() -> Stage {
    Stage::signed_out().keys("l p").login_progress(LoginProgress::Browser {
        url: url("https://acme.kinde.com/oauth2/auth?response_type=code&client_id=7d1c3a9e5b8f4026a1c4e7d09b63f258&redirect_uri=http%3A%2F%2F127.0.0.1%3A53180%2Fcallback&scope=openid%20profile%20email%20offline&state=c3RhdGUtb2YtdGhlLXNhbXBsZQ&nonce=bm9uY2Utb2YtdGhlLXNhbXBsZQ&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256&audience=https%3A%2F%2Fapi.acme.test"),
        redirect_uri: url("http://127.0.0.1:53180/callback"),
        expires_at: NOW.plus(Duration::from_mins(5)),
    })
}

fn spoken(purpose: &'static str, method: &'static str, path: &str, result: Result<u16, TransportError>) -> Msg {
    let form = if method == "POST" {
        [("client_id", "7d1c3a9e5b8f4026a1c4e7d09b63f258"), ("device_code", "••••••")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec()
    } else {
        Vec::new()
    };
    let body = match result {
        Ok(400) => "{\n  \"error\": \"authorization_pending\"\n}",
        Ok(_) => "{\n  \"access_token\": \"••••••\",\n  \"expires_in\": 86400\n}",
        Err(_) => "",
    };
    Msg::ProviderSpoken(Box::new(ProviderExchange {
        at: NOW,
        purpose,
        method,
        url: format!("https://acme.kinde.com{path}"),
        form,
        result,
        body: body.to_owned(),
        elapsed: Duration::from_millis(87),
    }))
}

fn log() -> Stage {
    let refused = TransportError {
        fault: TransportFault::Timeout,
        host: "acme.kinde.com".to_owned(),
        message: "operation timed out".to_owned(),
    };
    Stage::signed_in()
        .with(spoken("discovery", "GET", "/.well-known/openid-configuration", Ok(200)))
        .with(spoken("device request", "POST", "/oauth2/device/auth", Ok(200)))
        .with(spoken("token request", "POST", "/oauth2/token", Ok(400)))
        .with(spoken("token request", "POST", "/oauth2/token", Err(refused)))
        .with(spoken("token request", "POST", "/oauth2/token", Ok(200)))
        .with(spoken("key set", "GET", "/.well-known/jwks", Ok(200)))
}

fn network_problem() -> Problem {
    TransportError {
        fault: TransportFault::Tls,
        host: "api.acme.test:443".to_owned(),
        message: "invalid peer certificate: UnknownIssuer".to_owned(),
    }
    .problem()
}

fn cookies(names: &[&str]) -> Stage {
    let stage = Stage::signed_in().keys("C");
    let environment = stage.state().environment.clone();
    let cookies = names.iter().zip(0..).map(|(name, at)| CookieView {
        id: CookieId { domain: "api.acme.test".to_owned(), path: "/".to_owned(), name: (*name).to_owned() },
        shown_value: if at == 0 { "dark".to_owned() } else { "••••••".to_owned() },
        host_only: at != 0,
        expires: (at == 1).then(|| NOW.plus(Duration::from_hours(30))),
        flags: vec!["Secure".to_owned(), "SameSite=Lax".to_owned()],
    });
    let cookies = cookies.collect();
    stage.with(Msg::CookiesListed { environment, cookies })
}

/// Events that arrive; more of them than the panel has lines.
fn arriving() -> Stage {
    let mut head = ok().head;
    head.headers = vec![("content-type".to_owned(), "text/event-stream".to_owned())];
    let mut body = LiveBody::new(Some("text/event-stream"));
    for n in 1..=40 {
        body.push(format!("event: tick\ndata: {{\"n\": {n}, \"of\": \"forty\"}}\n\n").as_bytes());
    }
    let document = LiveDocument(std::sync::Arc::new(body.document().unwrap()));
    Stage::signed_in()
        .keys("enter")
        .progress(RunProgress::Head(Box::new(head)))
        .progress(RunProgress::Received { received: 1560, expected: None })
        .progress(RunProgress::Arriving(document))
        .after(Duration::from_secs(7))
}

fn stopped() -> Exchange {
    let bytes = Bytes::from_static(b"data: one\n\ndata: two\n\n");
    with_body(ResponseBody { bytes, stopped: true, ..ResponseBody::default() }, "text/event-stream")
}

fn over_tls(check: CertificateCheck) -> Exchange {
    let peer = Peer {
        subject: "CN=api.acme.test".to_owned(),
        issuer: "CN=Acme Internal CA, O=Acme".to_owned(),
        names: vec!["api.acme.test".to_owned(), "*.acme.test".to_owned()],
        validity: Some((Timestamp::from_seconds(1_770_000_000), Timestamp::from_seconds(1_801_536_000))),
        protocol: Some("TLS 1.3"),
        cipher: Some("TLS_AES_256_GCM_SHA384".to_owned()),
    };
    let connection = Connection {
        proxy: Some("socks5://127.0.0.1:1080".to_owned()),
        peer: Some(peer),
        check,
        client_certificate: Some("certs/client.p12".to_owned()),
        notes: Vec::new(),
    };
    let challenge = Hop {
        request: get("https://api.acme.test/api/v1/orders?limit=10&status=open"),
        head: exchange(401, "Unauthorized", "text/plain", "").head,
        credentials_dropped: false,
    };
    Exchange { connection, hops: vec![challenge], ..ok() }
}

/// Requests with everything that can be edited.
const SHOP: &str = "@base = https://api.acme.test\n@shop = berlin\n\n### List\nGET {{base}}/orders\n    ?limit=10\n    # &status=open\n    &shop={{shop}}\n    &since={{since}}\nAccept: application/json\n# X-Debug: 1\nAuthorization: Bearer 8f14e45fceea167a\n\n### Create\n# @timeout soon\n# @note Writes to the live shop\n# # @redirect 3\nPOST {{base}}/orders\nContent-Type: application/json\n\n{\n  \"item\": \"honey\",\n  \"amount\": {{amount}}\n}\n\n> {% client.test(\"ok\", () => {}) %}\n\n### Sign up\nPOST {{base}}/users\nContent-Type: application/x-www-form-urlencoded\nAuthorization: Basic jane secret\n\nname=Jane&\nrole={{role}}\n\n### Upload\nPOST {{base}}/files\nContent-Type: multipart/form-data; boundary=x\n\n--x\nContent-Disposition: form-data; name=\"title\"\n\nReport of May\n--x\nContent-Disposition: form-data; name=\"file\"; filename=\"may.pdf\"\nContent-Type: application/pdf\n\n< ./may.pdf\n--x--\n\n### Search\nPOST {{base}}/graphql\nX-Request-Type: GraphQL\n\nquery Find($id: ID!) {\n  order(id: $id) { item }\n}\n\n{\"id\": \"9f2c\"}\n";

/// The panels.
pub fn main_screens() -> Vec<(&'static str, Stage)> {
    let waiting = || {
        let sent = get("https://api.acme.test/api/v1/orders?limit=10&status=open");
        Stage::signed_in()
            .keys("enter")
            .progress(RunProgress::Sending(Box::new(sent)))
            .after(Duration::from_millis(1230))
    };
    let receiving = |expected| {
        waiting()
            .progress(RunProgress::Head(Box::new(ok().head)))
            .progress(RunProgress::Received { received: 3_400_000, expected })
    };
    let cut = ResponseBody { bytes: Bytes::from_static(b"line one\nline two\n"), cut: true, ..ResponseBody::default() };
    let fault = ResponseBody {
        bytes: Bytes::from_static(b"{\"orders\":[{\"id\":"),
        wire_size: Some(512),
        fault: Some("connection closed before message completed".to_owned()),
        ..ResponseBody::default()
    };
    let png = Bytes::from_static(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x02\x80\0\0\x01\xe0\x08\x06\0\0\0");
    let mut hopped = ok();
    hopped.hops.push(Hop {
        request: get("http://localhost:3000/api"),
        head: to_login().head,
        credentials_dropped: true,
    });
    let expired = Duration::from_hours(25);
    vec![
        ("reading", Stage::start(StartOptions::default())),
        ("routes", routes()),
        ("routes_auth", routes().keys("2 right right right")),
        ("first_run", empty()),
        ("first_run_problems", Stage::with_files(&[("broken.http", "GARBAGE without a request\n: x")])),
        ("nothing_sent", Stage::signed_in()),
        ("sample", Stage::sample()),
        ("preparing", Stage::signed_in().keys("enter")),
        ("waiting", waiting()),
        ("receiving", receiving(Some(12_000_000))),
        ("receiving_unknown_size", receiving(None)),
        ("uploading", waiting().progress(RunProgress::Uploading { sent: 3_400_000, total: 12_000_000 })),
        ("arriving", arriving()),
        ("arriving_scrolled", arriving().keys("3 home")),
        ("stopped", Stage::signed_in().answered(stopped()).keys("3")),
        ("over_tls", Stage::signed_in().answered(over_tls(CertificateCheck::Done)).keys("3 right right")),
        ("unchecked", Stage::signed_in().answered(over_tls(CertificateCheck::Skipped)).keys("3")),
        ("ok", Stage::signed_in().answered(ok()).keys("3")),
        ("ok_headers", Stage::signed_in().answered(ok()).keys("3 right")),
        ("ok_timing", Stage::signed_in().answered(hopped).keys("3 right right")),
        ("ok_sent", Stage::signed_in().answered(ok()).keys("3 left")),
        ("to_login", Stage::signed_in().answered(to_login())),
        (
            "login_page",
            Stage::signed_in().answered(exchange(200, "OK", "text/html; charset=utf-8", LOGIN_PAGE)).keys("3"),
        ),
        (
            "unauthorized",
            Stage::signed_in().answered(exchange(401, "Unauthorized", "text/plain", "Invalid token")).keys("3"),
        ),
        ("no_content", Stage::signed_in().answered(exchange(204, "No Content", "text/plain", "")).keys("3")),
        ("body_cut", Stage::signed_in().answered(with_body(cut, "text/plain")).keys("3")),
        ("body_fault", Stage::signed_in().answered(with_body(fault, "application/json")).keys("3")),
        (
            "image",
            Stage::signed_in()
                .answered(with_body(ResponseBody { bytes: png, ..ResponseBody::default() }, "image/png"))
                .keys("3"),
        ),
        ("run_failed", {
            let stage = Stage::signed_in().keys("enter");
            let id = stage.run();
            stage.with(Msg::RunFailed { id, problem: network_problem() }).keys("3")
        }),
        ("run_cancelled", Stage::signed_in().keys("enter esc 3")),
        ("request_headers", Stage::signed_in().keys("down 2 right")),
        ("request_body", Stage::signed_in().keys("down 2 right right")),
        ("request_auth", Stage::signed_in().keys("down 2 right right right")),
        ("request_directives", Stage::with_files(&[("files.http", SCRIPTED)]).keys("2 left")),
        ("edit_url", Stage::with_files(&[("shop.http", SHOP)]).keys("2 i").paste("&page={{page}}")),
        ("edit_params", Stage::with_files(&[("shop.http", SHOP)]).keys("2 down down")),
        ("edit_row", Stage::with_files(&[("shop.http", SHOP)]).keys("2 down enter tab")),
        ("edit_headers", Stage::with_files(&[("shop.http", SHOP)]).keys("2 ] down down down")),
        ("edit_new_header", Stage::with_files(&[("shop.http", SHOP)]).keys("2 ] n").paste("acc")),
        (
            "edit_variable",
            Stage::with_files(&[("shop.http", SHOP)]).keys("2 ] n").paste("X-Shop").keys("tab").paste("{{"),
        ),
        ("edit_json", Stage::with_files(&[("shop.http", SHOP)]).keys("down b down down end").paste(",")),
        ("edit_json_selected", Stage::with_files(&[("shop.http", SHOP)]).keys("down b down shift+down shift+end")),
        ("edit_form", Stage::with_files(&[("shop.http", SHOP)]).keys("down down 2 ] ] down down")),
        ("edit_multipart", Stage::with_files(&[("shop.http", SHOP)]).keys("down down down 2 ] ] down down down")),
        ("edit_graphql", Stage::with_files(&[("shop.http", SHOP)]).keys("end 2 ] ] down down down")),
        ("edit_auth_basic", Stage::with_files(&[("shop.http", SHOP)]).keys("down down 2 ] ] ] down down down")),
        ("edit_auth_identity", Stage::signed_in().keys("down 2 ] ] ] down down")),
        ("edit_directives", Stage::with_files(&[("shop.http", SHOP)]).keys("down 2 [ down down")),
        ("find", Stage::signed_in().keys("/ r e p")),
        ("find_nothing", Stage::signed_in().keys("/ x y z")),
        ("folded", Stage::signed_in().keys("home left")),
        ("workspace_problems", Stage::with_files(&[("broken.http", BROKEN)])),
        ("token_access", Stage::signed_in().keys("4")),
        ("token_access_scrolled", Stage::signed_in().keys("4 pgdn")),
        ("token_id", Stage::signed_in().keys("4 right")),
        ("token_refresh", Stage::signed_in().keys("4 left")),
        ("token_lacks_permission", Stage::signed_in().keys("down 4")),
        ("token_expired", Stage::signed_in().after(expired).keys("4")),
        ("session_refreshing", {
            let stage = Stage::signed_in();
            let key = key(&stage);
            stage.with(Msg::SessionRefreshing { key }).keys("4")
        }),
        ("session_loading", Stage::start(StartOptions::default()).workspace(picture::workspace()).keys("4")),
        ("session_failed", {
            let stage = Stage::start(StartOptions::default()).workspace(picture::workspace());
            let key = key(&stage);
            let problem = VaultError::TimedOut(Duration::from_secs(5)).problem();
            stage.with(Msg::SessionLoaded { key, result: Err(problem) }).keys("4")
        }),
        ("signed_out", Stage::signed_out().keys("4")),
        ("no_token", Stage::with_files(&[("a.http", "GET https://api.acme.test/\n")]).keys("4")),
        ("unknown_identity", Stage::with_files(&[("a.http", "# @auth ghost\nGET https://api.acme.test/\n")]).keys("4")),
        ("demo", demo()),
    ]
}

/// The matrix of two files, asked for and answered in several ways.
fn matrix(keys: &str) -> Stage {
    const SHOP: &str = "### List orders\n# @expect jane 200\n# @expect anonymous 401\nGET {{base}}/orders\n\n### Create order\n# @expect jane 201\nPOST {{base}}/orders\n\n### A report with a name that is much too long for a column\nGET {{base}}/reports\n";
    let mut stage = Stage::signed_in();
    let mut workspace = picture::workspace();
    workspace.collections = vec![
        Collection::parse(Path::new("shop.http"), SHOP.as_bytes()),
        Collection::parse(Path::new("team/users.http"), b"GET {{base}}/users\n"),
    ];
    stage.msg(Msg::WorkspaceLoaded(Box::new(workspace)));
    stage.keys("down M f").keys(keys)
}

/// The same with answers.
fn matrix_answered(keys: &str) -> Stage {
    let mut stage = matrix("R d");
    let (id, _) = stage.state().matrix.as_ref().unwrap().sending.unwrap();
    let plan = stage.state().matrix.as_ref().unwrap().plan.clone();
    let answer = |status: u16, title: &str| {
        let mut answer = CellAnswer {
            status,
            reason: "Reason".to_owned(),
            url: "https://api.acme.test/orders".to_owned(),
            location: None,
            time: Duration::from_millis(34),
            size: 512,
            findings: Vec::new(),
            notes: Vec::new(),
        };
        if !title.is_empty() {
            answer.findings.push(Finding {
                id: "permission-missing",
                rows: &[],
                weight: Weight::Refusal,
                title: title.to_owned(),
                evidence: vec!["Lacks `read:reports`".to_owned()],
                confidence: Confidence::Certain,
                fix: vec!["Give the user the permission in Kinde".to_owned()],
                remedy: None,
                sample: None,
            });
        }
        CellResult::Answered(Box::new(answer))
    };
    let signed_out = Problem::new(ProblemKind::SignIn, "Nobody is signed in as `robot`").hint("bearcat login");
    for (index, cell) in plan.cells.iter().enumerate() {
        let result = match (&cell.not_sent, index % 4) {
            (Some(why), _) => CellResult::NotSent(why.clone()),
            (None, 0) => answer(200, ""),
            (None, 1) => answer(403, "A permission that this route needs is not in the token"),
            (None, 2) => CellResult::NotSent(NotSent::NotSignedIn(Box::new(signed_out.clone()))),
            (None, _) if index > 12 => continue,
            (None, _) => answer(200, ""),
        };
        let cell = MatrixCell { id: cell.id, result, outcome: None };
        stage.msg(Msg::MatrixCell { id, cell: Box::new(cell) });
    }
    stage.keys(keys)
}

/// The probes of a route that takes `alg: none`, asked for and answered.
fn probed(keys: &str) -> Stage {
    let stage = Stage::signed_in().keys("p enter");
    let id = match stage.state().layers.last() {
        Some(Layer::Probe(probe)) => probe.id,
        other => panic!("no probe but {other:?}"),
    };
    let answer = |status: u16| {
        Sent::Answer(Observed { status, location: None, shape: String::new(), is_refusal: status == 401 })
    };
    let sent: Vec<(Probe, Sent)> = Probe::ALL
        .into_iter()
        .map(|probe| match probe {
            Probe::AlgNone => (probe, answer(200)),
            Probe::Expired | Probe::OtherIssuer => (probe, Sent::Skipped("No such token is at hand".to_owned())),
            _ => (probe, answer(401)),
        })
        .collect();
    let report = judge(&Controls { good: answer(200), none: answer(401), again: None }, &sent);
    stage.with(Msg::ProbeEnded { id, result: Ok(Box::new(report)) }).keys(keys)
}

/// The same before an answer.
fn probing(answer: impl FnOnce(ProbeId) -> Msg) -> Stage {
    let stage = Stage::signed_in().keys("p enter");
    let id = match stage.state().layers.last() {
        Some(Layer::Probe(probe)) => probe.id,
        other => panic!("no probe but {other:?}"),
    };
    stage.with(answer(id))
}

/// What a provider says to a wrong client.
fn refused_client() -> SignIn {
    let mut identity = Identity::new("jane", Grant::DeviceAuthorization);
    identity.issuer = Some(Issuer::parse("acme.kinde.com").unwrap());
    identity.client_id = Some("7d1c3a9e5b8f4026a1c4e7d09b63f258".to_owned());
    let ended = Ended::Refused {
        during: "device request".to_owned(),
        code: "invalid_client".to_owned(),
        description: Some("Client authentication failed".to_owned()),
        status: Some(401),
    };
    SignIn::of(&identity, ended)
}

/// The layers.
pub fn layers() -> Vec<(&'static str, Stage)> {
    let no_keyring =
        || Stage::signed_out().with(vault(Err(VaultError::Absent("no D-Bus session".to_owned())))).keys("l");
    let sign_in_failed = |problem: Problem| {
        let stage = Stage::signed_out().keys("l");
        let id = stage.login();
        stage.with(Msg::LoginEnded { id, result: Err(problem) })
    };
    let refused = Problem::new(ProblemKind::SignIn, "The provider refused the client")
        .detail("POST https://acme.kinde.com/oauth2/device/auth answered 401 `invalid_client`: Client authentication failed")
        .hint("Is the client id of an application of type Device and IoT, in this environment of your business?")
        .because(bearcat::diagnose::sign_in(&refused_client()));
    let asks_origin = {
        let stage = Stage::signed_in().keys("enter");
        let id = stage.run();
        stage.with(Msg::RunNeedsOrigin {
            id,
            holder: Holder::Token(IdentityName::new("jane")),
            origin: Origin::parse("https://staging.acme.example").unwrap(),
        })
    };
    let asks_secret = {
        let stage = Stage::signed_in().keys("enter");
        let id = stage.run();
        stage.with(Msg::RunNeedsOrigin {
            id,
            holder: Holder::Secret(Guarded::Secret("stripe".to_owned())),
            origin: Origin::parse("https://api.stripe.example").unwrap(),
        })
    };
    vec![
        ("unsaved", Stage::signed_in().keys("D")),
        ("new_request", Stage::signed_in().keys("n")),
        ("new_file_problem", Stage::signed_in().keys("N . . / x enter")),
        ("move_to", Stage::signed_in().keys("m down")),
        ("confirm_delete_request", Stage::signed_in().keys("x")),
        ("confirm_delete_file", Stage::signed_in().keys("home x")),
        ("confirm_unsaved", Stage::signed_in().keys("D q")),
        ("confirm_recover", {
            let recovered = vec![(std::path::PathBuf::from("orders.http"), b"GET /".as_slice().into())];
            Stage::start(StartOptions { recovered, ..StartOptions::default() }).workspace(picture::workspace())
        }),
        ("conflict", conflict("### List orders\nGET {{base}}/api/v2/orders\n")),
        ("conflict_gone", gone()),
        ("save_beside", conflict("GET https://api.acme.test/theirs\n").keys("b")),
        ("keep", routes().keys("F")),
        ("keep_problem", routes().keys("F ctrl+u . . / x enter")),
        ("login_form", empty().keys("l")),
        ("login_form_choice", empty().keys("l shift+tab right")),
        ("login_form_problem", empty().keys("l").paste("not a domain").keys("enter")),
        ("login_vault", no_keyring()),
        ("login_vault_passphrase", no_keyring().keys("down enter s e c r e t")),
        ("login_working", Stage::signed_out().keys("l").after(Duration::from_millis(300))),
        ("login_device", {
            let polled = LoginProgress::Polled { attempt: 3, interval: Duration::from_secs(5), note: None };
            device(Stage::signed_out()).after(Duration::from_secs(19)).login_progress(polled)
        }),
        ("login_device_trouble", {
            let note = Some("acme.kinde.com did not answer; asking goes on".to_owned());
            let polled = LoginProgress::Polled { attempt: 4, interval: Duration::from_secs(10), note };
            device(Stage::signed_out()).after(Duration::from_secs(40)).login_progress(polled)
        }),
        ("login_device_demo", device(demo())),
        ("login_device_expired", device(Stage::signed_out()).after(Duration::from_secs(700))),
        ("login_browser", browser()),
        ("login_browser_paste", browser().keys("v").paste("http://127.0.0.1:53180/callback?code=abc&state=def")),
        ("login_paste", Stage::signed_out().keys("l P").paste("eyJhbGciOiJSUzI1NiJ9.e30.c2ln")),
        ("login_failed", sign_in_failed(refused.clone())),
        ("login_failed_why", sign_in_failed(refused).keys("w")),
        ("login_done", {
            let stage = Stage::signed_out().keys("l");
            let id = stage.login();
            let mut identity = Identity::new("jane", Grant::DeviceAuthorization);
            identity.issuer = Some(Issuer::parse("acme.kinde.com").unwrap());
            stage.with(Msg::LoginEnded { id, result: Ok(Box::new(identity)) })
        }),
        ("help", Stage::signed_in().keys("?")),
        ("help_scrolled", Stage::signed_in().keys("? pgdn")),
        ("confirm_quit", Stage::signed_in().keys("enter q")),
        ("confirm_logout", Stage::signed_in().keys("L")),
        ("confirm_origin", asks_origin),
        ("confirm_secret", asks_secret),
        ("matrix", matrix("")),
        ("matrix_confirm", matrix("R")),
        ("matrix_sending", matrix_answered("right")),
        ("matrix_detail", matrix_answered("right enter")),
        ("matrix_identities", matrix("i down space")),
        ("probe", Stage::signed_in().keys("p")),
        (
            "probe_origin",
            probing(|id| {
                let origin = Origin::parse("https://api.acme.test").unwrap();
                Msg::ProbeEnded { id, result: Err(ProbeRefusal::NeedsConfirmation(origin)) }
            }),
        ),
        (
            "probe_sending",
            probing(|id| {
                let step = ProbeStep { title: Probe::PublicKeyPem.title().to_owned(), done: 11, total: 33 };
                Msg::ProbeProgress { id, step }
            }),
        ),
        ("probe_failed", probing(|id| Msg::ProbeEnded { id, result: Err(ProbeRefusal::Failed(network_problem())) })),
        ("probe_report", probed("")),
        ("probe_judgement", probed("enter")),
        ("probe_row", probed("down down down down down enter")),
        ("prompts", prompts()),
        ("prompts_second", prompts().keys("tab s e c r e t")),
        ("import", Stage::signed_in().keys("I s h o p")),
        ("import_problem", Stage::signed_in().keys("I enter")),
        ("import_report", imported()),
        ("variables", variables()),
        ("variables_reading", Stage::signed_in().keys("v")),
        ("variables_problem", variables().keys("down down down down")),
        ("variables_filter", variables().keys("/ b a s e")),
        ("variables_secret", variables().keys("down s h u s h")),
        ("response_notes", noted()),
        ("confirm_note", Stage::with_files(&[("files.http", &SCRIPTED.replace("# @auth jane\n", ""))]).keys("enter")),
        ("problem", {
            let stage = Stage::signed_in().keys("enter");
            let id = stage.run();
            stage.with(Msg::RunFailed { id, problem: network_problem() }).keys("w")
        }),
        ("problems", Stage::with_files(&[("broken.http", BROKEN)]).keys("!")),
        ("identities", Stage::signed_in().keys("a down")),
        ("environments", Stage::signed_in().keys("E")),
        ("cookies", cookies(&["theme", "connect.sid", "__Host-csrf"])),
        ("cookies_none", cookies(&[])),
        ("save_body", Stage::signed_in().answered(ok()).keys(">")),
        (
            "save_body_exists",
            Stage::signed_in()
                .answered(ok())
                .keys("> enter")
                .with(Msg::BodySaved { path: "orders.json".to_owned(), result: Err(SaveFault::Exists) }),
        ),
        ("export", Stage::signed_in().keys("Y")),
        ("export of a file", Stage::signed_in().keys("up up up Y down")),
        ("pick_method", Stage::signed_in().keys("2 m")),
        ("pick_method_own", Stage::signed_in().keys("2 m").paste("PURGE")),
        ("pick_auth", Stage::signed_in().keys("2 ] ] ] down enter")),
        ("pick_body", Stage::signed_in().keys("2 ] ] down enter")),
        ("pick_identity", Stage::signed_in().keys("2 ] ] ] down enter").paste("an identity").keys("enter")),
        ("pick_directive", Stage::signed_in().keys("2 [ n")),
        ("sign_in_log", log().keys("t")),
        ("sign_in_log_no_answer", log().keys("t up up")),
        ("why", Stage::sample().keys("w")),
        ("why_cookies_only", Stage::signed_in().answered(to_login()).keys("w")),
        ("response_once", {
            let mut nobodys = exchange(401, "Unauthorized", "application/json", "{}");
            nobodys.token = None;
            nobodys.request.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("authorization"));
            Stage::signed_in().keys("A end enter").run_finished(nobodys)
        }),
        ("lab", Stage::signed_in().keys("T")),
        ("lab_end", Stage::signed_in().keys("T end")),
        ("lab_empty", Stage::signed_out().keys("T")),
        ("lab_paste", Stage::signed_in().keys("T v e y J")),
        ("lab_issuer", Stage::signed_in().keys("T s")),
        ("lab_compared", Stage::signed_in().keys("T m i")),
        (
            "lab_several",
            Stage::signed_in().keys("T").paste(r#"{"access_token":"k_live_0123456789","refresh_token":"abc"}"#),
        ),
        ("lab_live", live()),
        ("lab_problem", Stage::signed_in().keys("T e")),
        ("confirm_renew", Stage::signed_in().keys("4 n")),
        ("once", Stage::signed_in().keys("A")),
        ("once_compare", Stage::signed_in().answered(ok()).keys("d")),
        ("difference", difference(&listed(r#"{"orders":[{"id":"9f2c","amount":13}],"next":null,"total":1}"#))),
        ("difference_comparing", Stage::signed_in().answered(ok()).keys("enter").run_finished(ok()).keys("d")),
        ("difference_same", difference(&ok())),
        ("why_code", Stage::signed_in().answered(to_login()).keys("w s")),
        ("palette", Stage::signed_in().keys(":")),
        ("palette_query", Stage::signed_in().keys(": c o o k")),
        ("palette_nothing", Stage::signed_in().keys(": z z z")),
    ]
}
