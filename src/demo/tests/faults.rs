//! The knobs that the other files do not turn: mishaps, spoilt tokens, keys, the clock.

use rstest::rstest;
use serde_json::json;

use super::*;
use crate::demo::directory::JANE;
use crate::demo::faults::PublishedKeys;
use crate::demo::jwt::Refusal;
use crate::demo::mishap::{Endpoint, Mishap};
use crate::demo::token_fault::{KeyIdFault, SignatureFault, TokenFault};

#[rstest]
#[case::discovery(Endpoint::Discovery, "/.well-known/openid-configuration")]
#[case::discovery_twin(Endpoint::Discovery, "/.well-known/oauth-authorization-server")]
#[case::keys(Endpoint::Keys, "/.well-known/jwks")]
#[case::userinfo(Endpoint::Userinfo, "/oauth2/v2/user_profile")]
#[case::authorization(Endpoint::Authorization, "/oauth2/auth")]
#[case::pages(Endpoint::Pages, "/device")]
#[case::account(Endpoint::Account, "/account_api/v1/roles")]
#[case::logout(Endpoint::Logout, "/logout")]
#[case::other(Endpoint::Other, "/")]
#[tokio::test]
async fn a_mishap_strikes_its_endpoint_as_often_as_planned(#[case] endpoint: Endpoint, #[case] path: &str) {
    let kit = Kit::with(Faults::mishap(endpoint, Mishap::ServerError, Some(2))).await;
    let honest = kit.api("/api/ping").await;
    assert_eq!(honest.status, 200, "another endpoint");
    for _ in 0..2 {
        let answer = kit.get(path).await;
        assert_eq!((answer.status, answer.error().as_str()), (500, "server_error"));
    }
    assert_ne!(kit.get(path).await.status, 500);
}

#[rstest]
#[case::device(Endpoint::DeviceAuthorization, "/oauth2/device/auth")]
#[case::token(Endpoint::Token, "/oauth2/token")]
#[case::revocation(Endpoint::Revocation, "/oauth2/revoke")]
#[case::introspection(Endpoint::Introspection, "/oauth2/introspect")]
#[tokio::test]
async fn posts_have_mishaps_too(#[case] endpoint: Endpoint, #[case] path: &str) {
    let kit = Kit::with(Faults::mishap(endpoint, Mishap::NotFound, None)).await;
    let answer = kit.post(path, &[]).await;
    assert_eq!((answer.status, answer.header("content-type")), (404, "text/html; charset=utf-8"));
    assert_eq!(kit.post(path, &[]).await.status, 404, "until it is taken out of the plan");
    kit.demo.faults().reset();
    assert_ne!(kit.post(path, &[]).await.status, 404);
}

#[tokio::test]
async fn the_kinds_of_mishaps() {
    let kit = Kit::start().await;
    let keys = "/.well-known/jwks";
    kit.demo.faults().plan(Endpoint::Keys, Mishap::TooManyRequests { reset: 17 }, Some(1));
    let answer = kit.get(keys).await;
    assert_eq!((answer.status, answer.header("ratelimit-reset")), (429, "17"));
    kit.demo.faults().plan(Endpoint::Keys, Mishap::Html, Some(1));
    let answer = kit.get(keys).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "text/html; charset=utf-8"));
    kit.demo.faults().plan(Endpoint::Api, Mishap::Dropped, Some(1));
    assert!(kit.try_answer(kit.http.post(kit.api_url("/api/ping")).body("once")).await.is_err());
    kit.demo.faults().plan(Endpoint::Keys, Mishap::Slow(Duration::from_secs(20)), Some(1));
    let request = kit.http.get(kit.issuer_url(keys));
    let slow = tokio::spawn(async move { request.send().await.unwrap().status() });
    assert_eq!(kit.clock.advance_to_next_sleeper().await, Duration::from_secs(20));
    assert_eq!(slow.await.unwrap(), 200);
}

#[tokio::test]
async fn a_lost_answer_has_rotated_all_the_same() {
    let kit = Kit::start().await;
    let first = kit.code_sign_in(JANE, &[]).await;
    kit.demo.faults().plan(Endpoint::Token, Mishap::AnswerLost, Some(1));
    let form = [("grant_type", "refresh_token"), ("client_id", SPA_CLIENT.id), ("refresh_token", &first.refresh)];
    let request = kit.http.post(kit.issuer_url("/oauth2/token")).form(&form);
    assert!(kit.try_answer(request).await.is_err());
    let log = kit.demo.log();
    assert_eq!(log.last().unwrap().status, None, "processed, not answered");
    let again = Tokens::of(&kit.refresh(&first.refresh).await);
    assert_ne!(again.refresh, first.refresh, "the grace helps");
    kit.advance(30);
    assert_eq!(kit.refresh(&first.refresh).await.error(), "invalid_grant", "but not for long");
}

#[rstest]
#[case(SignatureFault::Tampered, "RS256", Refusal::Signature)]
#[case(SignatureFault::AlgNone, "none", Refusal::Algorithm)]
#[case(SignatureFault::Hs256WithSecret, "HS256", Refusal::Algorithm)]
#[case(SignatureFault::Hs256WithPublicKey, "HS256", Refusal::Algorithm)]
#[case(SignatureFault::Es256, "ES256", Refusal::Algorithm)]
#[tokio::test]
async fn signatures_can_be_wrong(#[case] signature: SignatureFault, #[case] algorithm: &str, #[case] refusal: Refusal) {
    let kit = Kit::start().await;
    kit.demo.faults().update(|faults| {
        faults.id_token = TokenFault::signed(signature);
        faults.access_token = TokenFault::signed(signature);
    });
    let tokens = kit.code_sign_in(JANE, &[]).await;
    let keys = kit.demo.shared.published_keys().await;
    for token in [&tokens.id, &tokens.access] {
        assert_eq!(header(token)["alg"], algorithm);
        assert_eq!(jwt::parse(token).unwrap().verify_signature(&keys), Err(refusal));
    }
    assert_eq!(kit.api_as("/api/v1/me", &tokens.access).await.status, 401);
}

#[tokio::test]
async fn an_hmac_fault_signs_with_what_it_says() {
    let kit = Kit::start().await;
    let sign_in = async |signature| {
        kit.demo.faults().update(|faults| faults.id_token = TokenFault::signed(signature));
        jwt::parse(&kit.code_sign_in(JANE, &[]).await.id).unwrap()
    };
    let with_secret = sign_in(SignatureFault::Hs256WithSecret).await;
    with_secret.verify_hs256(SPA_CLIENT.id).unwrap();
    let with_key = sign_in(SignatureFault::Hs256WithPublicKey).await;
    with_key.verify_hs256(&kit.demo.shared.signing_key().await.modulus).unwrap();
}

#[rstest]
#[case(KeyIdFault::Absent, Value::Null)]
#[case(KeyIdFault::Unknown, json!("00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff"))]
#[tokio::test]
async fn key_ids_can_be_wrong(#[case] fault: KeyIdFault, #[case] expected: Value) {
    let kit = Kit::with(Faults { id_token: TokenFault::key_id(fault), ..Faults::default() }).await;
    let tokens = kit.code_sign_in(JANE, &[]).await;
    assert_eq!(header(&tokens.id)["kid"], expected);
    assert_ne!(header(&tokens.access)["kid"], expected, "the other token is honest");
}

#[rstest]
#[case::nonce("nonce", json!("another"))]
#[case::at_hash("at_hash", json!("AAAAAAAAAAAAAAAAAAAAAA"))]
#[case::iss("iss", json!("https://other.example"))]
#[case::aud("aud", json!(["somebody"]))]
#[case::sub("sub", json!("kp_other"))]
#[tokio::test]
async fn claims_can_be_wrong_or_missing(#[case] claim: &str, #[case] wrong: Value) {
    let kit = Kit::with(Faults { id_token: TokenFault::setting(claim, wrong.clone()), ..Faults::default() }).await;
    let tokens = kit.code_sign_in(JANE, &[]).await;
    kit.verified(&tokens.id).await;
    assert_eq!(claims(&tokens.id)[claim], wrong);
    assert_ne!(claims(&tokens.access).get(claim), Some(&wrong));
    kit.demo.faults().update(|faults| faults.id_token = TokenFault::removing(claim));
    assert_eq!(claims(&kit.code_sign_in(JANE, &[]).await.id).get(claim), None);
}

#[tokio::test]
async fn refreshed_id_tokens_have_their_own_fault() {
    let fault = TokenFault::setting("sub", "kp_other");
    let kit = Kit::with(Faults { refreshed_id_token: fault, ..Faults::default() }).await;
    let first = kit.code_sign_in(JANE, &[]).await;
    assert_ne!(claims(&first.id)["sub"], "kp_other");
    let second = Tokens::of(&kit.refresh(&first.refresh).await);
    assert_eq!(claims(&second.id)["sub"], "kp_other");
}

#[tokio::test]
async fn access_tokens_can_come_from_another_issuer() {
    let fault = TokenFault::setting("iss", "https://other.example");
    let kit = Kit::with(Faults { access_token: fault, ..Faults::default() }).await;
    let tokens = kit.code_sign_in(JANE, &[]).await;
    assert_eq!(kit.api_as("/api/v1/me", &tokens.access).await.json()["message"], "The issuer is invalid");
}

#[tokio::test]
async fn discovery_can_say_other_things() {
    let kit = Kit::start().await;
    kit.demo.faults().update(|faults| {
        faults.discovery_issuer = Some("https://other.example".to_owned());
        faults.discovery_extra.insert("device_authorization_endpoint".to_owned(), json!("https://other.example/d"));
        faults.discovery_extra.insert("jwks_uri".to_owned(), json!("https://other.example/k"));
    });
    let document = kit.get("/.well-known/openid-configuration").await.json();
    assert_eq!(document["issuer"], "https://other.example");
    assert_eq!(document["device_authorization_endpoint"], "https://other.example/d");
    assert_eq!(document["jwks_uri"], "https://other.example/k");
}

/// The ids of the published keys.
async fn published(kit: &Kit) -> Vec<String> {
    let keys = kit.get("/.well-known/jwks").await.json();
    keys["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn keys_rotate_and_the_old_one_stays_published() {
    let kit = Kit::start().await;
    let before = published(&kit).await;
    let old = kit.code_sign_in(JANE, &[]).await;
    kit.demo.rotate_keys();
    let new = kit.code_sign_in(JANE, &[]).await;
    let after = published(&kit).await;
    assert_eq!((after.len(), &after[1]), (2, &before[0]));
    assert_eq!(header(&new.access)["kid"], after[0].as_str());
    for token in [&old.access, &new.access] {
        assert_eq!(kit.api_as("/api/v1/me", token).await.status, 200);
    }
    kit.demo.faults().update(|faults| faults.published_keys = PublishedKeys::CurrentOnly);
    assert_eq!(published(&kit).await, [after[0].clone()]);
    let refused = kit.api_as("/api/v1/me", &old.access).await;
    assert_eq!(refused.json()["message"], "The signature key was not found");
}

#[tokio::test]
async fn the_signing_key_can_be_missing_from_the_key_set() {
    let kit = Kit::with(Faults { published_keys: PublishedKeys::WithoutCurrent, ..Faults::default() }).await;
    assert_eq!(published(&kit).await, Vec::<String>::new());
    let tokens = kit.code_sign_in(JANE, &[]).await;
    let answer = kit.api_as("/api/v1/me", &tokens.access).await;
    assert_eq!(answer.json()["message"], "The signature key was not found");
}

#[tokio::test]
async fn keys_can_rotate_just_before_signing() {
    let kit = Kit::start().await;
    let cached = published(&kit).await;
    kit.demo.faults().update(|faults| faults.rotate_before_signing = true);
    let code = kit.code(JANE, &[]).await;
    let tokens = Tokens::of(&kit.exchange(&code).await);
    kit.demo.faults().update(|faults| faults.rotate_before_signing = false);
    let kid = header(&tokens.id)["kid"].as_str().unwrap().to_owned();
    assert!(!cached.contains(&kid));
    assert!(published(&kit).await.contains(&kid));
}

#[rstest]
#[case(3_600, "Fri, 15 Jan 2027 09:00:00 GMT")]
#[case(-3_600, "Fri, 15 Jan 2027 07:00:00 GMT")]
#[tokio::test]
async fn the_providers_clock_can_be_off(#[case] offset: i64, #[case] date: &str) {
    let kit = Kit::with(Faults { clock_offset_seconds: offset, ..Faults::default() }).await;
    let tokens = kit.code_sign_in(JANE, &[]).await;
    assert_eq!(claims(&tokens.access)["iat"], 1_800_000_000 + offset);
    assert_eq!(kit.get("/").await.header("date"), date);
    assert_eq!(kit.api("/api/ping").await.header("date"), "Fri, 15 Jan 2027 08:00:00 GMT", "the API's is right");
    let expected = if offset > 0 { 401 } else { 200 };
    assert_eq!(kit.api_as("/api/v1/me", &tokens.access).await.status, expected, "used before it was issued");
}
