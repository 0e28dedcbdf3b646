//! Findings on recorded exchanges of real servers: none on a healthy one, the right one first on a refusal.
//!
//! The recordings are in `tests/fixtures/healthy` and `tests/fixtures/refusals`; how they were made is in
//! `tests/fixtures/record`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use bearcat::diagnose::case::Case;
use bearcat::diagnose::diagnose;
use bearcat::model::exchange::{Connection, Exchange, ResponseBody, ResponseHead, SentRequest, Timings, TokenUsed};
use bearcat::model::finding::Finding;
use bearcat::model::identity::IdentityName;
use bearcat::model::request::TokenCarrier;
use bearcat::model::time::Timestamp;
use bearcat::model::verdict::{Check, CheckId, Outcome, Verdict};
use bearcat::token::inspect::{Inspection, inspect};

/// What was asked of us: at least so many healthy exchanges.
const HEALTHY: usize = 200;

/// One line of a recording.
struct Recorded {
    name: String,
    line: Value,
}

fn recordings(kind: &str) -> Vec<Recorded> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(kind);
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut all = Vec::new();
    for file in files {
        for line in fs::read_to_string(&file).unwrap().lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            let text = |name: &str| line[name].as_str().unwrap().to_owned();
            all.push(Recorded { name: format!("{}: {}", text("server"), text("about")), line });
        }
    }
    all
}

/// The token that is meant by a name of the recorder, and what bearcat would find about it.
fn token(name: &str, at: i64) -> (Inspection, Verdict) {
    let mut claims = json!({
        "sub": "kp_0123456789abcdef0123456789abcdef", "azp": "client", "scp": ["openid"], "permissions": ["read:orders"],
        "org_code": "org_acme", "jti": "recorded", "aud": ["https://api.acme.test"], "iss": "http://127.0.0.1:4000",
        "iat": at - 60, "exp": at + 3600,
    });
    let failing = match name {
        "good" => None,
        "expired" => {
            claims["exp"] = json!(at - 3600);
            Some(CheckId::Expiry)
        }
        "future" => {
            claims["nbf"] = json!(at + 7200);
            Some(CheckId::NotBefore)
        }
        "audience" => {
            claims["aud"] = json!(["https://other.acme.test"]);
            Some(CheckId::Audience)
        }
        "no-audience" => {
            claims["aud"] = json!([]);
            Some(CheckId::Audience)
        }
        "issuer" => {
            claims["iss"] = json!("https://other.example");
            Some(CheckId::Issuer)
        }
        "tampered" => Some(CheckId::Signature),
        "other-key" => Some(CheckId::Key),
        "opaque" => {
            let checks =
                vec![Check { id: CheckId::Signature, outcome: Outcome::Skipped, reason: "no signature".into() }];
            return (inspect("k_live_0123456789abcdef"), Verdict { checks });
        }
        other => panic!("a token of this name is not known: {other}"),
    };
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}.c2lnbmF0dXJl", part(&json!({ "alg": "RS256", "kid": "4c:fa:9e:01" })), part(&claims));
    let ids = [
        CheckId::Structure,
        CheckId::Algorithm,
        CheckId::Key,
        CheckId::Signature,
        CheckId::Issuer,
        CheckId::Audience,
        CheckId::Expiry,
        CheckId::NotBefore,
    ];
    let check = |id: CheckId| {
        let outcome = if Some(id) == failing { Outcome::Fail } else { Outcome::Pass };
        Check { id, outcome, reason: format!("the {} of the recording", id.label()) }
    };
    (inspect(&text), Verdict { checks: ids.map(check).to_vec() })
}

fn pairs(value: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    match value {
        Value::Array(pairs) => pairs.iter().map(|pair| (text(&pair[0]), text(&pair[1]))).collect(),
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), text(value))).collect(),
        _ => Vec::new(),
    }
}

fn from_hex(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()).collect()
}

fn findings(recorded: &Recorded) -> Vec<Finding> {
    let (sent, answer) = (&recorded.line["sent"], &recorded.line["answer"]);
    let headers = pairs(&answer["headers"]);
    let date =
        headers.iter().find(|(name, _)| name == "date").and_then(|(_, date)| jiff::fmt::rfc2822::parse(date).ok());
    let at = date.map_or(1_795_442_602, |date| date.timestamp().as_second());
    let token_name = sent["token"].as_str();
    let carrier = if sent["cookie"] == json!(true) { TokenCarrier::Cookie } else { TokenCarrier::Bearer };
    let mut sent_headers = pairs(&sent["headers"]);
    if let Some(scheme) = sent["scheme"].as_str() {
        sent_headers.push(("Authorization".to_owned(), format!("{scheme}••••••")));
    }
    let known = token_name.map(|name| token(name, at));
    let bytes = match (&answer["text"], &answer["hex"]) {
        (Value::String(text), _) => text.clone().into_bytes(),
        (_, Value::String(hex)) => from_hex(hex),
        _ => Vec::new(),
    };
    let exchange = Exchange {
        at: Timestamp::from_seconds(at),
        request: SentRequest {
            method: sent["method"].as_str().unwrap().to_owned(),
            url: sent["url"].as_str().unwrap().parse().unwrap(),
            headers: sent_headers,
            body_size: 0,
        },
        hops: Vec::new(),
        head: ResponseHead {
            status: u16::try_from(answer["status"].as_u64().unwrap()).unwrap(),
            reason: answer["reason"].as_str().unwrap().to_owned(),
            protocol: "HTTP/1.1".to_owned(),
            headers,
            remote_address: None,
        },
        body: ResponseBody { bytes: bytes.into(), ..ResponseBody::default() },
        timings: Timings { total: Duration::from_millis(5), ..Timings::default() },
        token: token_name.map(|_| TokenUsed {
            identity: IdentityName::new("jane"),
            carrier,
            jti: None,
            fingerprint: "0123456789ab".to_owned(),
        }),
        connection: Connection::default(),
        resent_after_refresh: false,
    };
    diagnose(&Case {
        exchange: &exchange,
        identity: None,
        token: known.as_ref().map(|(token, _)| token),
        verdict: known.as_ref().map(|(_, verdict)| verdict),
        provider: None,
    })
}

/// False findings: 0.
#[test]
fn no_finding_on_a_healthy_exchange() {
    let healthy = recordings("healthy");
    assert!(healthy.len() >= HEALTHY, "there are {}", healthy.len());
    let mut wrong = Vec::new();
    for recorded in &healthy {
        let ids: Vec<&str> = findings(recorded).iter().map(|finding| finding.id).collect();
        if !ids.is_empty() {
            wrong.push(format!("{}: {ids:?}", recorded.name));
        }
    }
    assert!(wrong.is_empty(), "{} false findings of {}:\n{}", wrong.len(), healthy.len(), wrong.join("\n"));
}

#[test]
fn healthy_exchanges_are_of_many_kinds() {
    let mut statuses: BTreeMap<u64, usize> = BTreeMap::new();
    let mut servers: BTreeMap<String, usize> = BTreeMap::new();
    for recorded in recordings("healthy") {
        *statuses.entry(recorded.line["answer"]["status"].as_u64().unwrap()).or_default() += 1;
        *servers.entry(recorded.line["server"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    for status in [200, 201, 204, 206, 301, 302, 303, 304, 307, 308, 400, 404, 409, 422, 500, 503] {
        assert!(statuses.contains_key(&status), "no healthy {status}: {statuses:?}");
    }
    assert!(servers.len() >= 8, "{servers:?}");
}

#[test]
fn the_likeliest_cause_of_a_refusal_comes_first() {
    let refusals = recordings("refusals");
    assert!(refusals.len() >= 60, "there are {}", refusals.len());
    let mut wrong = Vec::new();
    for recorded in &refusals {
        let ids: Vec<&str> = findings(recorded).iter().map(|finding| finding.id).collect();
        let expected = recorded.line["expect"].as_str().unwrap();
        if ids.first() != Some(&expected) {
            let answer = &recorded.line["answer"];
            wrong
                .push(format!("{} ({}): {ids:?}, not {expected}: {}", recorded.name, answer["status"], answer["text"]));
        }
    }
    assert!(wrong.is_empty(), "{} of {} wrong:\n{}", wrong.len(), refusals.len(), wrong.join("\n"));
}

/// Recordings are published: nothing in them opens anything, and nothing names the machine.
#[test]
fn recordings_hold_no_token_and_no_path() {
    for kind in ["healthy", "refusals"] {
        for recorded in recordings(kind) {
            let text = recorded.line.to_string();
            assert!(!text.contains("eyJ"), "{}", recorded.name);
            for word in ["/tmp/", "/root", "/work", "/home/", "secret-that"] {
                assert!(!text.contains(word), "{} has {word}", recorded.name);
            }
        }
    }
}
