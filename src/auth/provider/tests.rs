//! Caching of documents and keys, overrides, verdicts.

use std::sync::Arc;

use rstest::rstest;
use serde_json::json;

use super::*;
use crate::auth::testing::keys::{FIRST, SECOND};
use crate::auth::testing::provider::{ISSUER, TestProvider};
use crate::auth::testing::{World, fault, json as json_answer, text as text_answer};
use crate::model::verdict::{CheckId, Outcome, Standing};
use crate::model::wire::TransportFault;
use crate::redact::{AccessToken, RefreshToken};

fn identity() -> Identity {
    TestProvider::identity(Grant::AuthorizationCode)
}

fn world() -> (Arc<TestProvider>, World) {
    let provider = TestProvider::new();
    let world = World::with(&provider);
    (provider, world)
}

async fn keys(world: &World, kid: Option<&str>) -> Result<Arc<KeySet>, AuthError> {
    world.providers.key_set(&world.ctx, &identity(), kid).await
}

#[tokio::test]
async fn documents_are_read_once_and_shared_by_clones() {
    let (_, world) = world();
    keys(&world, Some(&FIRST.id)).await.unwrap();
    let clone = world.providers.clone();
    clone.key_set(&world.ctx, &identity(), None).await.unwrap();
    assert_eq!((world.wire.count("discovery"), world.wire.count("key set")), (1, 1));
    world.clock.advance(LONGEST_AGE);
    keys(&world, Some(&FIRST.id)).await.unwrap();
    assert_eq!((world.wire.count("discovery"), world.wire.count("key set")), (2, 2));
}

#[tokio::test]
async fn an_unknown_key_refetches_at_once_then_after_the_gap() {
    let (provider, world) = world();
    keys(&world, None).await.unwrap();
    for _ in 0..10 {
        assert!(keys(&world, Some("unknown")).await.unwrap().find("unknown").is_none());
    }
    assert_eq!(world.wire.count("key set"), 2);
    provider.set(|settings| settings.published.push(SECOND.jwk()));
    world.clock.advance(REFETCH_GAP);
    assert!(keys(&world, Some(&SECOND.id)).await.unwrap().find(&SECOND.id).is_some());
    assert_eq!(world.wire.count("key set"), 3);
}

#[tokio::test]
async fn kindes_second_path_is_the_last_resort_and_no_header_is_sent() {
    let world = World::answering(|request| {
        assert!(request.headers.is_empty());
        match request.url.path() {
            "/.well-known/openid-configuration" => json_answer(200, &json!({ "issuer": ISSUER })),
            "/.well-known/jwks.json" => json_answer(200, &json!({ "keys": [] })),
            _ => text_answer(404, "text/plain", ""),
        }
    });
    keys(&world, None).await.unwrap();
    let urls: Vec<String> = world.wire.requests()[1..].iter().map(|request| request.url.to_string()).collect();
    assert_eq!(urls, ["https://op.test/.well-known/jwks", "https://op.test/.well-known/jwks.json"]);
}

#[rstest]
#[case::forbidden(403, "wrong host or region")]
#[case::missing(404, "/.well-known/jwks")]
#[tokio::test]
async fn a_key_set_that_is_not_there_says_why(#[case] status: u16, #[case] hint: &str) {
    let (_, world) = world();
    let metadata = world.providers.metadata(&world.ctx, &identity()).await.unwrap();
    let failing = World::answering(move |_| text_answer(status, "text/plain", ""));
    let error = read_key_set(&failing.ctx, &metadata).await.unwrap_err();
    assert!(error.problem().hint.contains(hint), "{}", error.problem());
}

#[tokio::test]
async fn endpoints_of_the_identity_win_and_have_to_be_safe() {
    let (_, world) = world();
    let mut identity = identity();
    identity.endpoints.token = Some(Url::parse("https://proxy.test/token").unwrap());
    identity.endpoints.device_authorization = Some(Url::parse("http://127.0.0.1:9/device").unwrap());
    let metadata = world.providers.metadata(&world.ctx, &identity).await.unwrap();
    assert_eq!(metadata.token_endpoint.as_ref().unwrap().host_str(), Some("proxy.test"));
    assert_eq!(metadata.authorization_endpoint.as_ref().unwrap().path(), "/authorize");

    identity.endpoints.token = Some(Url::parse("http://proxy.test/token?x=s3cret").unwrap());
    let error = world.providers.metadata(&world.ctx, &identity).await.unwrap_err();
    assert!(matches!(&error, AuthError::InsecureEndpoint { url, .. } if url == "http://proxy.test/token"));
}

#[tokio::test]
async fn an_identity_without_an_issuer_lives_by_its_endpoints() {
    let world = World::answering(|request| panic!("asked for {}", request.url));
    let mut identity = Identity { issuer: None, ..identity() };
    assert!(matches!(world.providers.metadata(&world.ctx, &identity).await, Err(AuthError::NoIssuer(_))));
    identity.endpoints.token = Some(Url::parse("https://op.test/oauth/token").unwrap());
    let metadata = world.providers.metadata(&world.ctx, &identity).await.unwrap();
    assert_eq!(metadata.token_endpoint, identity.endpoints.token);
    let (_, verdict) = world.providers.verdict(&world.ctx, &identity, TokenKind::Access, &tokens("a.b.c"), &[]).await;
    assert_ne!(verdict.standing(), Standing::Verified);
}

#[tokio::test]
async fn a_plain_oauth_server_needs_no_discovery_document() {
    let world = World::answering(|_| text_answer(404, "text/plain", "no"));
    let mut identity = identity();
    assert!(world.providers.metadata(&world.ctx, &identity).await.is_err());
    identity.endpoints.token = Some(Url::parse("https://op.test/oauth/token").unwrap());
    assert!(world.providers.metadata(&world.ctx, &identity).await.is_ok());
}

fn tokens(access: &str) -> TokenSet {
    TokenSet {
        access: AccessToken::new(access),
        id: None,
        refresh: Some(RefreshToken::new("a-refresh-token")),
        scope: None,
        obtained_at: crate::auth::testing::START,
        expires_at: None,
    }
}

#[tokio::test]
async fn verdicts_never_fail_and_say_what_could_not_be_checked() {
    let world = World::answering(|_| fault(TransportFault::Connect));
    let token = "eyJhbGciOiJSUzI1NiIsImtpZCI6IngifQ.eyJpc3MiOiJodHRwczovL29wLnRlc3QifQ.c2ln";
    let (inspection, verdict) =
        world.providers.verdict(&world.ctx, &identity(), TokenKind::Access, &tokens(token), &[]).await;
    assert_eq!(inspection.issuer(), Some(ISSUER));
    let signature = verdict.check(CheckId::Signature).unwrap();
    assert_eq!(signature.outcome, Outcome::Skipped);
    let key = verdict.check(CheckId::Key).unwrap();
    assert!(format!("{}{}", key.reason, signature.reason).contains("Nothing answers"), "{key:?} {signature:?}");

    let refresh = world.providers.verdict(&world.ctx, &identity(), TokenKind::Refresh, &tokens(token), &[]).await;
    let absent = world.providers.verdict(&world.ctx, &identity(), TokenKind::Id, &tokens(token), &[]).await;
    assert!(refresh.1.checks.is_empty() && absent.1.checks.is_empty());
}

#[tokio::test]
async fn documents_survive_on_disk_with_their_age() {
    let (_, world) = world();
    keys(&world, None).await.unwrap();
    let documents = world.providers.export();
    assert_eq!(documents.len(), 2);

    let offline = World::answering(|_| fault(TransportFault::Dns));
    for document in &documents {
        offline.providers.import(document);
        offline.providers.import(&KnownDocument { body: Bytes::from_static(b"damaged"), ..document.clone() });
    }
    let known = offline.providers.key_set(&offline.ctx, &identity(), Some(&FIRST.id)).await.unwrap();
    assert!(known.find(&FIRST.id).is_some());
    assert!(offline.wire.requests().is_empty());

    // Too old, but better than nothing while the network is away.
    offline.clock.advance(LONGEST_AGE * 2);
    assert!(offline.providers.key_set(&offline.ctx, &identity(), Some(&FIRST.id)).await.is_ok());
    assert!(!offline.wire.requests().is_empty());
}

/// After a refresh without a new ID token the old one's `at_hash` says nothing about the new access token.
#[test]
fn at_hash_counts_only_for_tokens_of_one_answer() {
    let jwt = |iat: i64| {
        let claims = json!({ "iat": iat });
        crate::auth::testing::keys::compact(&json!({ "alg": "RS256" }), claims.as_object().unwrap(), |_| vec![1])
    };
    let with_access = |iat| tokens(&jwt(iat));
    assert!(came_together(&inspect(&jwt(1000)), &with_access(1000)));
    assert!(came_together(&inspect(&jwt(2000)), &with_access(1000)), "Kinde gives the same access token again");
    assert!(!came_together(&inspect(&jwt(1000)), &with_access(2000)));
    assert!(!came_together(&inspect(&jwt(1000)), &tokens("opaque-access-token")));
}
