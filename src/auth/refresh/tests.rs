//! What an answer to a refresh does to a session.

use rstest::rstest;
use serde_json::json;

use super::*;
use crate::auth::testing::keys::compact;
use crate::auth::testing::provider::{CLIENT, ISSUER, SUBJECT, TestProvider};
use crate::auth::testing::{START, World, field};
use crate::model::identity::Grant;
use crate::redact::{AccessToken, IdToken};
use std::time::Duration;

fn jwt(claims: &serde_json::Value) -> String {
    compact(&json!({ "alg": "RS256" }), claims.as_object().unwrap(), |_| b"signature".to_vec())
}

fn exp(seconds: i64) -> serde_json::Value {
    json!({ "exp": START.seconds() + seconds, "jti": format!("{seconds}") })
}

fn id_claims() -> serde_json::Value {
    json!({ "iss": ISSUER, "sub": SUBJECT, "aud": [ISSUER, CLIENT] })
}

fn old() -> TokenSet {
    TokenSet {
        access: AccessToken::new(jwt(&exp(30))),
        id: Some(IdToken::new(jwt(&id_claims()))),
        refresh: Some(RefreshToken::new("old-refresh-token")),
        scope: Some("openid".into()),
        obtained_at: START.minus(Duration::from_hours(1)),
        expires_at: Some(START.plus(Duration::from_secs(30))),
    }
}

fn answer(access: String) -> TokenResponse {
    TokenResponse {
        access: AccessToken::new(access),
        id: None,
        refresh: Some(RefreshToken::new("new-refresh-token")),
        scope: None,
        expires_in: Some(Duration::from_hours(24)),
    }
}

#[tokio::test]
async fn public_clients_send_their_id_and_no_secret() {
    let world = World::with(&TestProvider::new());
    let identity = TestProvider::identity(Grant::AuthorizationCode);
    let metadata = world.providers.metadata(&world.ctx, &identity).await.unwrap();
    let request = request(&identity, &metadata, &RefreshToken::new("old-refresh-token")).unwrap();
    let names: Vec<&str> = request.form.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["grant_type", "refresh_token", "client_id"]);
    assert_eq!(field(&request, "grant_type"), Some("refresh_token"));
}

#[test]
fn a_full_answer_replaces_everything() {
    let mut answer = answer(jwt(&exp(3600)));
    answer.id = Some(IdToken::new(jwt(&json!({ "iss": ISSUER, "sub": SUBJECT, "aud": [CLIENT, ISSUER, "more"] }))));
    let Outcome { tokens, refused } = merge(&old(), answer.clone(), START);
    assert_eq!(refused, None);
    assert_eq!((Some(&tokens.access), &tokens.id), (Some(&answer.access), &answer.id));
    assert_eq!(tokens.refresh, answer.refresh);
    assert_eq!(tokens.expires_at, Some(START.plus(Duration::from_hours(1))), "by `exp`, not by `expires_in`");
    assert_eq!((tokens.obtained_at, tokens.scope.as_deref()), (START, Some("openid")));
}

#[test]
fn what_the_answer_leaves_out_is_kept() {
    let answer = TokenResponse { refresh: None, ..answer(jwt(&exp(3600))) };
    let tokens = merge(&old(), answer, START).tokens;
    assert_eq!((tokens.refresh, tokens.id), (old().refresh, old().id));
}

/// kinde.md 5.1: the same access token comes again while it lives; its end does not move.
#[test]
fn the_same_access_token_keeps_its_end() {
    let tokens = merge(&old(), answer(jwt(&exp(30))), START).tokens;
    assert_eq!((tokens.expires_at, tokens.obtained_at), (old().expires_at, old().obtained_at));
    assert_eq!(tokens.refresh.unwrap().expose(), "new-refresh-token");

    let opaque = TokenSet { access: AccessToken::new("opaque-access"), ..old() };
    let tokens = merge(&opaque, answer("opaque-access".into()), START).tokens;
    assert_eq!(tokens.expires_at, old().expires_at);
}

#[test]
fn an_endless_access_token_is_a_failed_refresh_that_keeps_the_rotated_token() {
    let Outcome { tokens, refused } = merge(&old(), answer(jwt(&json!({ "aud": [], "scp": [] }))), START);
    assert_eq!(refused, Some(AuthError::RefreshWithoutExpiry));
    assert_eq!(tokens.access, old().access);
    assert_eq!(tokens.refresh.unwrap().expose(), "new-refresh-token");
}

#[rstest]
#[case::issuer("iss", json!("https://evil.test"))]
#[case::subject("sub", json!("kp_other"))]
#[case::audience("aud", json!([ISSUER]))]
fn the_new_id_token_is_of_the_same_user(#[case] claim: &str, #[case] value: serde_json::Value) {
    let mut claims = id_claims();
    claims[claim] = value;
    let mut answer = answer(jwt(&exp(3600)));
    answer.id = Some(IdToken::new(jwt(&claims)));
    let refused = merge(&old(), answer, START).refused.unwrap();
    assert!(matches!(&refused, AuthError::RefreshedIdToken { claim: named, .. } if *named == claim), "{refused}");
}
