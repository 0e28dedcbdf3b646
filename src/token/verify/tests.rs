//! Every check: passed, failed and skipped; the vectors of the RFCs; and that no changed token ever verifies.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::model::verdict::Standing;
use crate::token::testing::{encode, key_for, key_set, other_rsa_key};

mod claims;
mod keys;
mod mutations;
mod vectors;

/// 2026-11-23 14:03:22 UTC.
const NOW: i64 = 1_795_442_602;
const KINDE: &str = "https://acme.kinde.com";
const CLIENT: &str = "0123456789abcdef0123456789abcdef";
const API: &str = "https://api.acme.test";

fn now() -> Timestamp {
    Timestamp::from_seconds(NOW)
}

fn issuer(text: &str) -> Issuer {
    Issuer::parse(text).unwrap()
}

fn access() -> Expectation {
    Expectation::access(&issuer(KINDE), &[API.to_owned()])
}

fn id() -> Expectation {
    Expectation { nonce: Some("n-1".to_owned()), ..Expectation::id_token(&issuer(KINDE), CLIENT) }
}

fn access_claims() -> Value {
    json!({
        "aud": [API], "azp": CLIENT, "exp": NOW + 86_280, "iat": NOW - 120, "iss": KINDE, "jti": "j-1", "sub": "kp_1",
        "scp": ["openid", "email"], "org_code": "org_1", "permissions": ["read:orders"],
    })
}

fn id_claims() -> Value {
    json!({
        "aud": [KINDE, CLIENT], "azp": CLIENT, "exp": NOW + 3600, "iat": NOW, "iss": KINDE, "sub": "kp_1",
        "nonce": "n-1", "auth_time": NOW, "at_hash": "x",
    })
}

/// `claims` with these members put in; null takes one out.
fn with(mut claims: Value, changes: &Value) -> Value {
    let members = claims.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            members.shift_remove(name);
        } else {
            members.insert(name.clone(), value.clone());
        }
    }
    claims
}

fn signed(claims: &Value) -> String {
    key_for("RS256").token(&json!({"alg": "RS256", "kid": "k1", "typ": "JWT"}), claims)
}

fn provider_keys() -> KeySet {
    KeySet::parse(&key_set(&[key_for("RS256").jwk(&json!({"kid": "k1", "alg": "RS256", "use": "sig"}))])).unwrap()
}

fn verdict_of(token: &str, expectation: &Expectation) -> Verdict {
    verify(token, Keys::Set(&provider_keys()), expectation, now())
}

fn outcome(verdict: &Verdict, id: CheckId) -> Option<Outcome> {
    verdict.check(id).map(|check| check.outcome)
}

/// The check's outcome, and its reason holds the words.
fn assert_check(verdict: &Verdict, id: CheckId, expected: Outcome, words: &str) {
    let found = verdict.check(id).unwrap_or_else(|| panic!("no check {id:?} in {verdict:#?}"));
    assert_eq!(found.outcome, expected, "{found:?}");
    assert!(found.reason.contains(words), "{words:?} is not in {found:?}");
    assert!(!found.reason.ends_with('.') && !found.reason.contains("  "), "{found:?}");
}

#[test]
fn a_good_access_token_is_verified() {
    let verdict = verdict_of(&signed(&access_claims()), &access());
    assert_eq!(verdict.standing(), Standing::Verified, "{verdict:#?}");
    let ids: Vec<_> = verdict.checks.iter().map(|check| (check.id, check.outcome)).collect();
    assert_eq!(
        ids,
        [
            (CheckId::Structure, Outcome::Pass),
            (CheckId::Algorithm, Outcome::Pass),
            (CheckId::Key, Outcome::Pass),
            (CheckId::Signature, Outcome::Pass),
            (CheckId::Issuer, Outcome::Pass),
            (CheckId::Audience, Outcome::Pass),
            (CheckId::Expiry, Outcome::Pass),
            (CheckId::NotBefore, Outcome::Skipped),
            (CheckId::IssuedAt, Outcome::Pass),
            (CheckId::Subject, Outcome::Pass),
            (CheckId::TokenKind, Outcome::Pass),
        ]
    );
    assert_check(&verdict, CheckId::Expiry, Outcome::Pass, "Expires 14:01:22 UTC, in 23 h 58 m");
}

#[test]
fn a_good_id_token_is_verified() {
    let access_token = signed(&access_claims());
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, access_token.as_bytes());
    let claims = with(id_claims(), &json!({"at_hash": URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16])}));
    let expectation = Expectation { access_token_for_hash: Some(AccessToken::new(access_token)), ..id() };
    let verdict = verdict_of(&signed(&claims), &expectation);
    assert_eq!(verdict.standing(), Standing::Verified, "{verdict:#?}");
    assert!(verdict.checks.iter().all(|check| check.outcome == Outcome::Pass || check.id == CheckId::NotBefore));
}

#[test]
fn no_reason_shows_the_token_or_the_nonce() {
    let token = signed(&access_claims());
    let expectation = Expectation { nonce: Some("secret-nonce".to_owned()), ..id() };
    for verdict in [verdict_of(&token, &access()), verdict_of(&token, &expectation)] {
        for part in token.split('.') {
            assert!(verdict.checks.iter().all(|check| !check.reason.contains(part)));
        }
        assert!(verdict.checks.iter().all(|check| !check.reason.contains("secret-nonce")));
    }
}

#[test]
fn algorithms_follow_the_provider() {
    assert_eq!(access().algorithms, ["RS256"]);
    let foreign = Expectation::access(&issuer("https://login.example.com"), &[]);
    assert!(foreign.algorithms.iter().any(|algorithm| algorithm == "PS384"));
    assert!(!foreign.algorithms.iter().any(|algorithm| algorithm.starts_with("HS") || algorithm == "none"));

    let mut provider = ProviderMetadata {
        issuer: issuer("https://login.example.com"),
        authorization_endpoint: None,
        token_endpoint: None,
        device_authorization_endpoint: None,
        device_endpoint_is_builtin: false,
        jwks_uri: None,
        userinfo_endpoint: None,
        revocation_endpoint: None,
        introspection_endpoint: None,
        end_session_endpoint: None,
        scopes_supported: Vec::new(),
        token_endpoint_auth_methods: None,
        id_token_signing_algorithms: vec!["HS256".to_owned(), "ES256".to_owned()],
        code_challenge_methods: Vec::new(),
        sends_iss_parameter: false,
        fetched_at: now(),
    };
    let for_id = Expectation::id_token(&provider.issuer, "c").for_provider(&provider);
    assert_eq!(for_id.algorithms, ["ES256"], "what the provider lists and bearcat can check");
    assert_eq!(foreign.clone().for_provider(&provider), foreign, "the list is about ID tokens only");
    provider.userinfo_endpoint = Some("https://login.example.com/oauth2/v2/user_profile".parse().unwrap());
    assert_eq!(foreign.for_provider(&provider).algorithms, ["RS256"], "Kinde on a custom domain");
}

#[rstest]
#[case::api_key("k_live_abc", Outcome::Skipped, "API key", Standing::Unverified)]
#[case::jwe(
    "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.a.b.c.d",
    Outcome::Skipped,
    "encrypted",
    Standing::Unverified
)]
#[case::broken("eyJhbGciOiJSUzI1NiJ9.e30", Outcome::Fail, "signature is missing", Standing::Rejected)]
#[case::empty("", Outcome::Fail, "empty", Standing::Rejected)]
fn what_is_no_signed_jwt(
    #[case] token: &str,
    #[case] expected: Outcome,
    #[case] words: &str,
    #[case] standing: Standing,
) {
    let expectation = Expectation {
        require: vec![Requirement::Permission("a".to_owned()), Requirement::Organization("b".to_owned())],
        ..access()
    };
    let verdict = verdict_of(token, &expectation);
    assert_check(&verdict, CheckId::Structure, expected, words);
    assert_check(&verdict, CheckId::Signature, Outcome::Skipped, "no signature");
    assert_check(&verdict, CheckId::Permissions, Outcome::Skipped, "cannot be read");
    assert_check(&verdict, CheckId::Organization, Outcome::Skipped, "cannot be read");
    assert_eq!(verdict.standing(), standing);
    assert_eq!(verdict_of(token, &id()).standing(), Standing::Rejected, "an ID token has to be a signed JWT");
}

#[rstest]
#[case::bearer(format!("Bearer {}", signed(&access_claims())), "`Bearer`")]
#[case::line_break(format!("{}\n", signed(&access_claims())), "around the token")]
#[case::duplicate_claim(
    key_for("RS256").sign_parts("RS256", &encode(&json!({"alg": "RS256", "kid": "k1"})),
        &URL_SAFE_NO_PAD.encode(format!("{{\"aud\":[],{}", &access_claims().to_string()[1..]))),
    "`aud` more than once"
)]
#[case::duplicate_header(
    key_for("RS256").sign_parts("RS256", &URL_SAFE_NO_PAD.encode("{\"alg\":\"none\",\"kid\":\"k1\",\"alg\":\"RS256\"}"),
        &encode(&access_claims())),
    "`alg` more than once"
)]
#[case::critical(
    key_for("RS256").token(&json!({"alg": "RS256", "kid": "k1", "crit": ["b64"], "b64": true}), &access_claims()),
    "`b64` as critical"
)]
#[case::critical_empty(
    key_for("RS256").token(&json!({"alg": "RS256", "kid": "k1", "crit": []}), &access_claims()),
    "names nothing"
)]
#[case::critical_no_array(
    key_for("RS256").token(&json!({"alg": "RS256", "kid": "k1", "crit": 1}), &access_claims()),
    "names nothing"
)]
fn what_a_strict_reader_refuses_is_rejected(#[case] token: String, #[case] words: &str) {
    let verdict = verdict_of(&token, &access());
    assert_check(&verdict, CheckId::Structure, Outcome::Fail, words);
    assert_eq!(outcome(&verdict, CheckId::Signature), Some(Outcome::Pass), "the signature as such is good");
    assert_eq!(verdict.standing(), Standing::Rejected);
}
