//! The same screens when everything foreign tries to take the terminal over.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bearcat::app::msg::{LoginProgress, MatrixCell, Msg, RunProgress};
use bearcat::app::probe::ProbeRefusal;
use bearcat::app::session::{InspectedToken, SessionView};
use bearcat::app::state::{Layer, StartOptions};
use bearcat::collection::file::Collection;
use bearcat::collection::workspace::Workspace;
use bearcat::diagnose::matrix::{CellAnswer, CellResult};
use bearcat::model::exchange::{Exchange, ResponseBody};
use bearcat::model::identity::{Grant, Identity, IdentityName, Issuer};
use bearcat::model::port::{VaultError, VaultKind, VaultStatus};
use bearcat::model::problem::{Place, Problem, ProblemKind};
use bearcat::model::session::{SessionKey, TokenSet};
use bearcat::model::verdict::{Check, CheckId, Outcome, Verdict};
use bearcat::model::wire::ProviderExchange;
use bearcat::redact::{AccessToken, IdToken};
use bearcat::token::{inspect, kinde};
use bearcat::ui::picture::{self, NOW};
use bytes::Bytes;
use serde_json::json;

use crate::stage::Stage;

/// Escape sequences, a C1 control, bidirectional overrides, invisible characters, line breaks, a very long word.
pub const EVIL: &str = "\u{1b}]8;;http://evil\u{7}\u{9b}2J\u{202e}txt.exe\u{2066}\u{200b}\u{feff}\r\n\t\0\u{7f}日本👨\u{200d}👩\u{301}\u{301}e\u{e0041}";

fn evil(label: &str) -> String {
    format!("{label}{EVIL}{}", "x".repeat(300))
}

fn token() -> String {
    let claims = json!({
        "iss": evil("https://"), "sub": evil("kp_"), "aud": [evil("a"), 1], "azp": evil("c"), "jti": evil("j"),
        "exp": NOW.seconds() + 3600, "iat": NOW.seconds(), "org_code": evil("org_"), "org_name": evil("n"),
        "permissions": [evil("p")], "roles": [{"id": evil("i"), "key": evil("k"), "name": evil("n")}, evil("plain")],
        "feature_flags": {evil("flag"): {"t": "s", "v": evil("v")}}, "scp": [evil("s")], "email": evil("e"),
        "name": evil("name"), "phone_number": evil("1"), "trial_expires_on": evil("t"), evil("other"): {evil("in"): evil("v")},
        "user_properties": {evil("prop"): {"v": evil("v")}}, "nonce": evil("n"),
    });
    let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.c2ln", part(&json!({"alg": evil("RS"), "kid": evil("kid")})), part(&claims))
}

fn session(identity: &IdentityName) -> SessionView {
    let text = token();
    let inspection = inspect::inspect(&text);
    let outcomes = [Outcome::Pass, Outcome::Fail, Outcome::Warn, Outcome::Skipped];
    let ids = [CheckId::Structure, CheckId::Signature, CheckId::Issuer, CheckId::Audience];
    let checks = ids.into_iter().zip(outcomes).map(|(id, outcome)| Check { id, outcome, reason: evil("because") });
    let inspected = InspectedToken {
        kinde: inspection.claims.as_ref().map(kinde::read).unwrap_or_default(),
        verdict: Verdict { checks: checks.collect() },
        inspection,
    };
    SessionView {
        identity: identity.clone(),
        tokens: TokenSet {
            access: AccessToken::new(&*text),
            id: Some(IdToken::new(&*text)),
            refresh: None,
            scope: None,
            obtained_at: NOW,
            expires_at: Some(NOW.plus(Duration::from_hours(1))),
        },
        access: inspected.clone(),
        id: Some(inspected.clone()),
        refresh: Some(inspected.inspection),
    }
}

fn problem() -> Problem {
    Problem::new(ProblemKind::Other, evil("title"))
        .detail(format!("{}\n{}", evil("one"), evil("two")))
        .hint(evil("hint"))
        .at(Place { file: evil("file").into(), line: 1, column: usize::MAX })
}

fn identity() -> Identity {
    let mut identity = Identity::new(evil("id"), Grant::DeviceAuthorization);
    identity.issuer = Some(Issuer::parse("https://issuer.example").unwrap());
    identity.client_id = Some(evil("client"));
    identity.audiences = vec![evil("aud")];
    identity.org_code = Some(evil("org"));
    identity
}

fn workspace() -> Workspace {
    let line = EVIL.replace(['\r', '\n'], " ");
    let file = format!(
        "### {line}\n# @auth {}\n# @note {line}\n# @require {line}\n# @{line} {line}\nGET https://a.example/{line}?{line}={line}\nX-{line}: {line}\nX-Ok: {line}\n\n{EVIL}\n\n> {{% {line} %}}\n",
        line.replace(' ', "")
    );
    let mut broken = Collection::parse(std::path::Path::new(&evil("name")), file.as_bytes());
    broken.problems.push(problem());
    Workspace {
        root: evil("/root").into(),
        collections: vec![broken],
        problems: vec![problem()],
        detected: Some(identity()),
        ..Workspace::default()
    }
}

fn exchange() -> Exchange {
    let mut exchange = picture::exchange(401, &evil("No"), "text/plain", EVIL);
    exchange.head.headers.push((evil("x-"), evil("v")));
    exchange.head.protocol = evil("HTTP");
    exchange.request.headers.push((evil("x-"), evil("v")));
    exchange.request.method = evil("GET");
    exchange.body = ResponseBody {
        bytes: Bytes::from(format!("{{\"{}\": [\"{}\"", evil("key"), evil("value"))),
        cut: true,
        fault: Some(evil("fault")),
        wire_size: Some(u64::MAX),
        stopped: false,
    };
    exchange.token.as_mut().unwrap().jti = Some(evil("jti"));
    exchange
}

fn start() -> Stage {
    let mut stage = Stage::start(StartOptions::default()).workspace(workspace());
    let status = VaultStatus { kind: VaultKind::Keyring, name: evil("vault"), availability: Ok(()) };
    stage.msg(Msg::VaultProbed(status));
    let name = stage.state().identity.clone();
    if let Some(name) = name {
        let key = SessionKey::of(stage.state().identity_named(&name).unwrap());
        let view = session(&name);
        stage.msg(Msg::SessionLoaded { key, result: Ok(Some(Box::new(view))) });
    }
    stage
}

fn answered() -> Stage {
    let mut stage = start().keys("enter");
    if stage.state().runs.is_empty() {
        stage = stage.keys("y");
    }
    let (id, request) = (stage.run(), stage.selected());
    let outcome = picture::outcome(&stage.app, &request, exchange());
    stage.with(Msg::RunFinished { id, outcome: Box::new(outcome) })
}

/// Hostile versions of all kinds of screens.
pub fn screens() -> Vec<(&'static str, Stage)> {
    let failed = || {
        let mut stage = start().keys("enter");
        if stage.state().runs.is_empty() {
            stage = stage.keys("y");
        }
        let id = stage.run();
        stage.with(Msg::RunFailed { id, problem: problem() })
    };
    let login = || {
        let stage = start().keys("l");
        let layer = stage.state().login().map(|login| login.id);
        assert!(matches!(layer, Some(Some(_))), "the sign-in goes on");
        stage
    };
    let device = LoginProgress::DeviceCode {
        user_code: evil("CODE"),
        verification_uri: "https://a.example/%1b%9b?x=\u{202e}".parse().unwrap(),
        verification_uri_complete: None,
        expires_at: NOW.plus(Duration::from_mins(10)),
    };
    let receiving = {
        let mut stage = start().keys("enter");
        if stage.state().runs.is_empty() {
            stage = stage.keys("y");
        }
        stage.progress(RunProgress::Head(Box::new(exchange().head)))
    };
    let spoken = ProviderExchange {
        at: NOW,
        purpose: "token request",
        method: "POST",
        url: evil("https://"),
        form: vec![(evil("n"), evil("v"))],
        result: Ok(200),
        body: evil("body"),
        elapsed: Duration::MAX,
    };
    let login_failed = {
        let stage = login();
        let id = stage.login();
        stage.with(Msg::LoginEnded { id, result: Err(problem()) })
    };
    let matrix = |keys: &str| {
        let mut stage = start().keys("M enter");
        if stage.state().matrix.as_ref().unwrap().sending.is_none() {
            stage = stage.keys("d");
        }
        let matrix = stage.state().matrix.as_ref().unwrap();
        let ((id, _), plan) = (matrix.sending.unwrap(), matrix.plan.clone());
        for (index, cell) in plan.cells.iter().enumerate() {
            let result = if index % 2 == 0 {
                CellResult::Failed(Box::new(problem()))
            } else {
                CellResult::Answered(Box::new(CellAnswer {
                    status: 599,
                    reason: evil("reason"),
                    url: evil("https://"),
                    location: Some(evil("/")),
                    time: Duration::MAX,
                    size: usize::MAX,
                    findings: Vec::new(),
                    notes: vec![evil("note")],
                }))
            };
            let cell = MatrixCell { id: cell.id, result, outcome: None };
            stage.msg(Msg::MatrixCell { id, cell: Box::new(cell) });
        }
        stage.keys(keys)
    };
    let probe_failed = {
        let stage = start().keys("p enter");
        let id = match stage.state().layers.last() {
            Some(Layer::Probe(probe)) => probe.id,
            other => panic!("no probe but {other:?}"),
        };
        stage.with(Msg::ProbeEnded { id, result: Err(ProbeRefusal::Failed(problem())) })
    };
    vec![
        ("matrix", matrix("right")),
        ("matrix detail", matrix("enter")),
        ("matrix detail of an answer", matrix("right enter")),
        ("probe", start().keys("p")),
        ("probe failed", probe_failed),
        ("start", start()),
        ("request tabs", start().keys("2 right")),
        ("request body", start().keys("2 right right")),
        ("request auth", start().keys("2 right right right")),
        ("request directives", start().keys("2 left")),
        ("request typed", start().keys("2 ] ] down down enter").paste(EVIL)),
        ("request cell", start().keys("2 ] n").paste(EVIL)),
        ("request url", start().keys("2 i")),
        ("request rows", start().keys("2 ] down")),
        ("request directive rows", start().keys("2 [ down down")),
        ("request pick", start().keys("2 m").paste(EVIL)),
        ("request auth choice", start().keys("2 ] ] ] down enter")),
        ("note", start().keys("enter")),
        ("answered", answered()),
        ("answered headers", answered().keys("3 right")),
        ("answered timing", answered().keys("3 right right")),
        ("answered sent", answered().keys("3 left")),
        ("why", answered().keys("w")),
        ("failed", failed()),
        ("problem", failed().keys("w")),
        ("receiving", receiving),
        ("token", start().keys("4")),
        ("lab", start().keys("T")),
        ("lab end", start().keys("T end")),
        ("lab pasted", start().keys("T m").paste(&token())),
        ("once", start().keys("A")),
        ("token end", start().keys("4 end")),
        ("id token", start().keys("4 right")),
        ("problems", start().keys("!")),
        ("identities", start().keys("a")),
        ("find", start().keys("/").paste(EVIL)),
        ("palette", start().keys(":").paste(EVIL)),
        ("logout", start().keys("L")),
        ("login", login()),
        ("login note", login().login_progress(LoginProgress::Note(evil("note")))),
        ("login device", login().login_progress(device)),
        ("login failed", login_failed),
        ("log", start().with(Msg::ProviderSpoken(Box::new(spoken))).keys("t")),
        (
            "vault",
            start()
                .with(Msg::VaultProbed(VaultStatus {
                    kind: VaultKind::Keyring,
                    name: evil("v"),
                    availability: Err(VaultError::Other(evil("no"))),
                }))
                .keys("l"),
        ),
        (
            "first run",
            Stage::start(StartOptions::default()).workspace(Workspace {
                root: evil("/").into(),
                detected: Some(identity()),
                ..Workspace::default()
            }),
        ),
    ]
}
