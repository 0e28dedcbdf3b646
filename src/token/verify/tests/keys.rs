//! Algorithm, key and signature.

use super::*;

fn set(keys: &[Value]) -> KeySet {
    KeySet::parse(&key_set(keys)).unwrap()
}

fn foreign() -> Expectation {
    Expectation { audiences: vec![API.to_owned()], issuer: Some(KINDE.to_owned()), ..Expectation::anything() }
}

#[rstest]
fn every_algorithm_verifies(
    #[values(
        "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"
    )]
    alg: &str,
) {
    let key = key_for(alg);
    let token = key.token(&json!({"alg": alg, "kid": "k"}), &access_claims());
    let keys = set(&[key.jwk(&json!({"kid": "k"}))]);
    let verdict = verify(&token, Keys::Set(&keys), &foreign(), now());
    assert_eq!(verdict.standing(), Standing::Verified, "{verdict:#?}");
    assert_ne!(verdict_of(&token, &access()).standing(), Standing::Verified, "Kinde signs with RS256 and k1");

    let other_hash = if alg.ends_with("256") { alg.replace("256", "384") } else { "RS256".to_owned() };
    let lying = key.token(&json!({"alg": other_hash, "kid": "k"}), &access_claims());
    let relabelled = format!("{}.{}", encode(&json!({"alg": alg, "kid": "k"})), lying.split_once('.').unwrap().1);
    let verdict = verify(&relabelled, Keys::Set(&keys), &foreign(), now());
    assert_eq!(outcome(&verdict, CheckId::Signature), Some(Outcome::Fail));
}

#[rstest]
#[case::none(json!("none"), "unsigned")]
#[case::none_upper(json!("NONE"), "unsigned")]
#[case::none_mixed(json!("nOnE"), "unsigned")]
#[case::hs256(json!("HS256"), "the issuer signs with its private key")]
#[case::hs512(json!("HS512"), "not the client secret")]
#[case::hs_lower(json!("hs256"), "shared secret")]
#[case::not_kinde(json!("PS256"), "`PS256` is not what this issuer signs with; expected `RS256`")]
#[case::lower_case(json!("rs256"), "is not what this issuer signs with")]
#[case::unknown(json!("XYZ"), "`XYZ` is not what this issuer signs with")]
#[case::empty(json!(""), "is not what this issuer signs with")]
#[case::number(json!(256), "no `alg`, or it is not text")]
#[case::absent(Value::Null, "no `alg`, or it is not text")]
fn refused_algorithms(#[case] alg: Value, #[case] words: &str) {
    let header = with(json!({"kid": "k1", "typ": "JWT"}), &json!({"alg": alg}));
    let token = key_for("RS256").token(&header, &access_claims());
    let verdict = verdict_of(&token, &access());
    assert_check(&verdict, CheckId::Algorithm, Outcome::Fail, words);
    assert_check(&verdict, CheckId::Key, Outcome::Skipped, "algorithm is refused");
    assert_check(&verdict, CheckId::Signature, Outcome::Skipped, "algorithm is refused");
    assert_eq!(verdict.standing(), Standing::Rejected);
}

/// The forgery of old: HMAC with the public key as the secret, and a caller careless enough to allow HS256.
#[test]
fn hmac_and_none_are_refused_even_if_listed() {
    let careless = Expectation { algorithms: vec!["HS256".to_owned(), "none".to_owned()], ..access() };
    for alg in ["HS256", "none"] {
        let message = format!("{}.{}", encode(&json!({"alg": alg, "kid": "k1"})), encode(&access_claims()));
        let public = key_for("RS256").jwk(&json!({})).to_string();
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, public.as_bytes());
        let signature = URL_SAFE_NO_PAD.encode(aws_lc_rs::hmac::sign(&key, message.as_bytes()));
        let verdict = verdict_of(&format!("{message}.{signature}"), &careless);
        assert_eq!(outcome(&verdict, CheckId::Algorithm), Some(Outcome::Fail));
        assert_eq!(verdict.standing(), Standing::Rejected);
    }
}

#[test]
fn an_algorithm_that_bearcat_lacks_is_skipped() {
    let expectation = Expectation { algorithms: vec!["ES256K".to_owned()], ..access() };
    let token = key_for("RS256").token(&json!({"alg": "ES256K", "kid": "k1"}), &access_claims());
    let verdict = verdict_of(&token, &expectation);
    assert_check(&verdict, CheckId::Algorithm, Outcome::Pass, "ES256K");
    assert_check(&verdict, CheckId::Signature, Outcome::Skipped, "cannot check `ES256K`");
    assert_eq!(verdict.standing(), Standing::Unverified);
}

#[test]
fn without_keys_the_signature_is_skipped() {
    let token = signed(&access_claims());
    let verdict = verify(&token, Keys::Unavailable("The key set is still being read"), &access(), now());
    assert_check(&verdict, CheckId::Key, Outcome::Skipped, "still being read");
    assert_check(&verdict, CheckId::Signature, Outcome::Skipped, "still being read");
    assert_eq!(verdict.standing(), Standing::Unverified);
}

/// One rule for every kind of token, see `signature.rs`.
#[rstest]
#[case::named(Some(json!("a")), vec![("a", 0), ("b", 1)], Outcome::Pass, "`a`")]
#[case::named_wrongly(Some(json!("b")), vec![("a", 0), ("b", 1)], Outcome::Pass, "`b`")]
#[case::same_id_twice(Some(json!("a")), vec![("a", 1), ("a", 0)], Outcome::Pass, "`a`")]
#[case::unknown(Some(json!("z")), vec![("a", 0), ("b", 1)], Outcome::Fail, "The key `z` is not in the key set, which has `a`, `b`")]
#[case::unknown_of_many(Some(json!("z")), vec![("a", 0), ("b", 1), ("c", 1)], Outcome::Fail, "and 1 more: the token is of another environment")]
#[case::empty_set(Some(json!("z")), vec![], Outcome::Fail, "which is empty")]
#[case::not_text(Some(json!(5)), vec![("a", 0)], Outcome::Fail, "not text")]
#[case::empty_kid(Some(json!("")), vec![("a", 0)], Outcome::Fail, "not in the key set")]
#[case::kid_absent_single_jwks(None, vec![("a", 0)], Outcome::Pass, "names no key; `a` is the only one that fits")]
#[case::kid_absent_multiple_jwks(None, vec![("a", 0), ("b", 1)], Outcome::Fail, "2 that fit; OpenID Connect demands it")]
#[case::kid_absent_empty_set(None, vec![], Outcome::Fail, "the key set is empty")]
fn keys_are_chosen_by_one_rule(
    #[case] kid: Option<Value>,
    #[case] keys: Vec<(&str, usize)>,
    #[case] expected: Outcome,
    #[case] words: &str,
) {
    let pairs = [key_for("RS256"), other_rsa_key()];
    let keys: Vec<_> = keys.iter().map(|(id, pair)| pairs[*pair].jwk(&json!({"kid": id}))).collect();
    let mut header = json!({"alg": "RS256"});
    if let Some(kid) = kid {
        header["kid"] = kid;
    }
    let token = key_for("RS256").token(&header, &access_claims());
    let verdict = verify(&token, Keys::Set(&set(&keys)), &access(), now());
    assert_check(&verdict, CheckId::Key, expected, words);
    if expected == Outcome::Fail {
        assert_check(&verdict, CheckId::Signature, Outcome::Skipped, "no key");
        assert_eq!(verdict.standing(), Standing::Rejected);
    }
    let is_wrong_key = header["kid"] == "b";
    assert_eq!(verdict.standing() == Standing::Verified, expected == Outcome::Pass && !is_wrong_key);
}

/// Without `kid`, keys that cannot have signed do not make the choice ambiguous.
#[test]
fn kid_absent_and_only_one_key_fits() {
    let keys = set(&[
        other_rsa_key().jwk(&json!({"use": "enc", "kid": "enc"})),
        other_rsa_key().jwk(&json!({"alg": "RS512", "kid": "512"})),
        key_for("ES256").jwk(&json!({"kid": "ec"})),
        json!({"kty": "XYZ"}),
        key_for("RS256").jwk(&json!({})),
    ]);
    let token = key_for("RS256").token(&json!({"alg": "RS256"}), &access_claims());
    let verdict = verify(&token, Keys::Set(&keys), &access(), now());
    assert_eq!(verdict.standing(), Standing::Verified, "{verdict:#?}");
    assert_check(&verdict, CheckId::Key, Outcome::Pass, "`RSA` without `kid` is the only one");
}

#[rstest]
#[case::for_encryption(json!({"use": "enc"}), "The key `k1` is not for signatures")]
#[case::other_algorithm(json!({"alg": "PS256"}), "The key `k1` is for the algorithm `PS256` only")]
#[case::cannot_verify(json!({"key_ops": ["wrapKey"]}), "not for verifying")]
fn a_named_key_that_may_not_sign(#[case] members: Value, #[case] words: &str) {
    let keys = set(&[key_for("RS256").jwk(&with(json!({"kid": "k1"}), &members))]);
    let verdict = verify(&signed(&access_claims()), Keys::Set(&keys), &access(), now());
    assert_check(&verdict, CheckId::Key, Outcome::Fail, words);
    let unnamed = key_for("RS256").token(&json!({"alg": "RS256"}), &access_claims());
    let verdict = verify(&unnamed, Keys::Set(&keys), &access(), now());
    assert_check(&verdict, CheckId::Key, Outcome::Fail, "The token names no key, and the only key of the set");
}

#[test]
fn a_key_set_without_ids_says_so() {
    let keys = set(&[key_for("RS256").jwk(&json!({}))]);
    let verdict = verify(&signed(&access_claims()), Keys::Set(&keys), &access(), now());
    assert_check(&verdict, CheckId::Key, Outcome::Fail, "only keys without `kid`");
}

#[test]
fn a_signature_of_another_key_fails() {
    let token = other_rsa_key().token(&json!({"alg": "RS256", "kid": "k1"}), &access_claims());
    let verdict = verdict_of(&token, &access());
    assert_check(&verdict, CheckId::Signature, Outcome::Fail, "Does not fit the key `k1`");
    assert_eq!(verdict.standing(), Standing::Rejected);
}

#[test]
fn an_empty_signature_fails() {
    let token = signed(&access_claims());
    let (message, _) = token.rsplit_once('.').unwrap();
    let verdict = verdict_of(&format!("{message}."), &access());
    assert_check(&verdict, CheckId::Signature, Outcome::Fail, "empty");
}

/// A key inside the token (`jwk`, `jku`, `x5c`) is the forger's own; the header chooses nothing but the `kid`.
#[test]
fn keys_inside_the_token_are_not_used() {
    let own = other_rsa_key().jwk(&json!({"kid": "mine"}));
    let header = json!({"alg": "RS256", "kid": "mine", "jwk": own, "jku": "https://evil.test/jwks"});
    let verdict = verdict_of(&other_rsa_key().token(&header, &access_claims()), &access());
    assert_check(&verdict, CheckId::Key, Outcome::Fail, "not in the key set");
}

#[test]
fn hostile_ids_do_no_harm() {
    let token = key_for("RS256").token(&json!({"alg": "RS256", "kid": "\u{1b}[31m\n".repeat(100)}), &access_claims());
    let verdict = verdict_of(&token, &access());
    let reason = &verdict.check(CheckId::Key).unwrap().reason;
    assert!(!reason.contains('\u{1b}') && !reason.contains('\n') && reason.len() < 600, "{reason}");
}
