//! The tokens that are forged, and what answers are judged to prove.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rstest::rstest;
use serde_json::{Value, json};

use super::forge::{Material, PublicKey, Throwaway, forge};
use super::judge::{Controls, Outcome, RouteReport, Sent, Setting, judge};
use super::{Observed, Probe};
use crate::model::time::Timestamp;
use crate::redact::{AccessToken, ClientSecret};

const NOW: i64 = 1_800_000_000;

fn part(value: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(value.to_string())
}

fn good_token() -> AccessToken {
    let header = part(&json!({ "alg": "RS256", "kid": "real", "typ": "JWT" }));
    let claims = part(
        &json!({ "aud": ["https://api"], "iss": "https://issuer", "jti": "1", "exp": NOW + 100, "permissions": ["read:orders"] }),
    );
    AccessToken::new(format!("{header}.{claims}.{}", BASE64_URL_SAFE_NO_PAD.encode([7; 64])))
}

/// Header, claims and signature of a forged token.
fn forged(probe: Probe) -> (Value, Value, Vec<u8>) {
    let (good, secret) = (good_token(), ClientSecret::new("client-secret-of-a-test"));
    let material = Material {
        good: &good,
        now: Timestamp::from_seconds(NOW),
        public_key: Some(PublicKey { modulus: &[0x80, 1], exponent: &[1, 0, 1], id: Some("real") }),
        client_secret: Some(&secret),
        throwaway: &Throwaway { sign: &|_| vec![1, 2, 3], modulus: &[9, 9], exponent: &[3] },
        salt: "salt",
    };
    let token = forge(probe, &material).unwrap();
    assert_ne!(token, good);
    let parts: Vec<&str> = token.expose().split('.').collect();
    let [header, claims, signature] = parts[..] else { panic!("{probe:?} is no JWT") };
    let bytes = |part: &str| BASE64_URL_SAFE_NO_PAD.decode(part).unwrap();
    let json = |part: &str| serde_json::from_slice(&bytes(part)).unwrap();
    (json(header), json(claims), bytes(signature))
}

#[rstest]
#[case(Probe::TamperedSignature, "RS256", Some("real"), 64)]
#[case(Probe::TamperedPayload, "RS256", Some("real"), 64)]
#[case(Probe::EmptySignature, "RS256", Some("real"), 0)]
#[case(Probe::ForeignKey, "RS256", Some("real"), 3)]
#[case(Probe::UnknownKey, "RS256", Some("bearcat-probe-salt"), 3)]
#[case(Probe::EmbeddedKey, "RS256", None, 3)]
#[case(Probe::AlgNone, "none", Some("real"), 0)]
#[case(Probe::AlgNoneMixed, "nOnE", Some("real"), 0)]
#[case(Probe::PublicKeyPem, "HS256", Some("real"), 32)]
#[case(Probe::PublicKeyDer, "HS256", Some("real"), 32)]
#[case(Probe::ClientSecret, "HS256", None, 32)]
#[case(Probe::ExpiredRedated, "RS256", Some("real"), 64)]
#[case(Probe::WrongAudience, "RS256", Some("real"), 3)]
fn tokens_are_forged_as_their_title_says(
    #[case] probe: Probe,
    #[case] algorithm: &str,
    #[case] key: Option<&str>,
    #[case] signature: usize,
) {
    let (header, claims, bytes) = forged(probe);
    assert_eq!((header["alg"].as_str(), header["kid"].as_str()), (Some(algorithm), key));
    assert_eq!(bytes.len(), signature);
    assert_eq!(claims["permissions"], json!(["read:orders"]), "what the route needs stays");
    assert_eq!(header.get("jwk").is_some(), probe == Probe::EmbeddedKey);
    let is_as_it_was = matches!(probe, Probe::TamperedSignature | Probe::EmptySignature);
    assert_eq!(claims["jti"] == json!("1"), is_as_it_was, "no forged payload is one that the provider knows");
}

#[test]
fn the_shared_secrets_differ_and_so_do_the_claims() {
    let public = [
        Probe::PublicKeyPem,
        Probe::PublicKeyPemTrimmed,
        Probe::PublicKeyPkcs1,
        Probe::PublicKeyDer,
        Probe::PublicKeyModulus,
        Probe::PublicKeyJwk,
        Probe::ClientSecret,
    ];
    let signatures: std::collections::BTreeSet<Vec<u8>> = public.into_iter().map(|probe| forged(probe).2).collect();
    assert_eq!(signatures.len(), public.len());
    assert!(forged(Probe::ExpiredRedated).1["exp"].as_i64().unwrap() < NOW);
    assert!(forged(Probe::NotYetValid).1["nbf"].as_i64().unwrap() > NOW);
    assert_eq!(forged(Probe::WrongIssuer).1["iss"], "https://bearcat-probe.invalid");
}

#[test]
fn what_cannot_be_made_says_why() {
    let opaque = AccessToken::new("k_live_0123456789abcdef");
    let material = Material {
        good: &opaque,
        now: Timestamp::from_seconds(NOW),
        public_key: None,
        client_secret: None,
        throwaway: &Throwaway { sign: &|_| Vec::new(), modulus: &[], exponent: &[] },
        salt: "salt",
    };
    assert_eq!(forge(Probe::ForeignKey, &material), Err("The good token is no JWT"));
    let good = good_token();
    let material = Material { good: &good, ..material };
    assert!(forge(Probe::PublicKeyPem, &material).is_err() && forge(Probe::ClientSecret, &material).is_err());
    assert!(forge(Probe::IdToken, &material).is_err());
}

#[test]
fn ids_are_unique_and_read_back() {
    let ids: std::collections::BTreeSet<&str> = Probe::ALL.into_iter().map(Probe::id).collect();
    assert_eq!(ids.len(), Probe::ALL.len());
    assert!(Probe::ALL.into_iter().all(|probe| Probe::parse(probe.id()) == Some(probe)));
}

fn answer(status: u16, shape: &str) -> Sent {
    Sent::Answer(Observed {
        status,
        location: (status == 307).then(|| "https://app/login".to_owned()),
        shape: shape.to_owned(),
        is_refusal: matches!(status, 307 | 401 | 403) || shape == "statusCode=401",
    })
}

/// All probes are answered so, but for these.
fn route(good: Sent, none: Sent, bad: &Sent, others: &[(Probe, Sent)]) -> RouteReport {
    let probes = Probe::ALL.into_iter().filter(|probe| !probe.is_about_the_header());
    let sent: Vec<(Probe, Sent)> = probes
        .map(|probe| {
            let other = others.iter().find(|(of, _)| *of == probe).map(|(_, sent)| sent.clone());
            (probe, other.unwrap_or_else(|| bad.clone()))
        })
        .collect();
    judge(&Controls { again: Some(good.clone()), good, none }, &sent)
}

fn ids(report: &RouteReport) -> Vec<&'static str> {
    report.judgements.iter().map(|judgement| judgement.id).collect()
}

#[rstest]
#[case::strict(answer(200, "orders"), answer(401, ""), answer(401, "invalid"), &[], &["verifies-signature"])]
#[case::same_refusal_for_all(answer(200, "orders"), answer(403, ""), answer(403, ""), &[], &["verifies-signature"])]
#[case::redirects_without(answer(200, "orders"), answer(307, ""), answer(403, ""), &[], &["verifies-signature"])]
#[case::refusal_in_a_200(
    answer(200, "orders"), answer(200, "statusCode=401"), answer(200, "statusCode=401"), &[], &["verifies-signature"]
)]
#[case::forbidden(answer(403, "permission"), answer(401, ""), answer(401, "invalid"), &[], &["verifies-signature"])]
#[case::forbidden_but_forged(
    answer(403, "permission"), answer(401, ""), answer(401, "invalid"),
    &[(Probe::TamperedPayload, answer(403, "permission"))], &["accepts-forged"]
)]
#[case::public(answer(200, "pong"), answer(200, "pong"), answer(200, "pong"), &[], &["public"])]
#[case::cookies_only(answer(307, ""), answer(307, ""), answer(307, ""), &[], &["not-looked-at"])]
#[case::refuses_good(answer(401, "invalid"), answer(401, "missing"), answer(401, "invalid"), &[], &["refuses-good"])]
#[case::client_secret(
    answer(401, "invalid"), answer(401, "missing"), answer(401, "invalid"),
    &[(Probe::ClientSecret, answer(200, "orders"))], &["verifies-with-client-secret"]
)]
#[case::anything(answer(200, "orders"), answer(401, ""), answer(200, "orders"), &[], &["accepts-anything"])]
#[case::other_lists_are_accepted_too(
    answer(200, "orders,total"), answer(401, ""), answer(401, ""), &[(Probe::OtherAudience, answer(200, "orders"))],
    &["ignores-audience"]
)]
#[case::follows_are_not_told_again(
    answer(200, "orders"), answer(401, ""), answer(401, ""),
    &[(Probe::ForeignKey, answer(200, "orders")), (Probe::AlgNone, answer(200, "orders")), (Probe::WrongAudience, answer(200, "orders"))],
    &["accepts-forged", "ignores-audience"]
)]
#[case::lenient(
    answer(200, "orders"), answer(200, "public"), answer(200, "public"), &[], &["verifies-signature"]
)]
#[case::fails(
    answer(200, "orders"), answer(401, ""), answer(500, ""), &[], &["fails-on-bad-token", "verifies-signature"]
)]
#[case::limited(
    answer(200, "orders"), answer(401, ""), answer(401, ""),
    &[(Probe::TamperedSignature, answer(429, "slow down"))], &["not-proven"]
)]
#[case::no_answer(Sent::Failed("Nothing answers".to_owned()), answer(401, ""), answer(401, ""), &[], &["no-answer"])]
fn answers_prove(
    #[case] good: Sent,
    #[case] none: Sent,
    #[case] bad: Sent,
    #[case] others: &[(Probe, Sent)],
    #[case] expected: &[&str],
) {
    let report = route(good, none, &bad, others);
    assert_eq!(ids(&report), expected, "{report:#?}");
}

#[test]
fn a_good_token_that_is_refused_at_the_end_proves_nothing() {
    let good = answer(200, "orders");
    let bad = answer(401, "");
    let sent = [(Probe::NotAJwt, bad.clone()), (Probe::TamperedSignature, bad.clone())];
    let report = judge(&Controls { good, none: bad, again: Some(answer(429, "slow down")) }, &sent);
    assert_eq!(ids(&report), ["unsteady"]);
    assert!(!report.is_weak());
}

#[test]
fn what_is_not_sent_is_neither_accepted_nor_refused() {
    let (good, bad) = (answer(200, "orders"), answer(401, ""));
    let skipped = Sent::Skipped("No such token is at hand".to_owned());
    let report = route(good, bad.clone(), &bad, &[(Probe::Expired, skipped)]);
    let row = report.rows.iter().find(|row| row.probe == Probe::Expired).unwrap();
    assert!(matches!(row.outcome, Outcome::NotSent(_)));
    assert_eq!(report.setting, Setting::Telling);
    let evidence = &report.judgements[0].evidence;
    assert!(evidence.iter().any(|line| line.starts_with("not proven: expiry")), "{evidence:?}");
}
