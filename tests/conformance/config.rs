//! The Config plan (`oidcc-client-config-certification-test-plan`): discovery and keys.

use serde_json::json;

use crate::auth::discovery::discover;
use crate::auth::error::AuthError;
use crate::model::identity::Issuer;
use crate::model::verdict::CheckId;
use crate::relying_party::RelyingParty;
use crate::testing::keys::{FIRST, SECOND};
use crate::testing::provider::{ISSUER, Signing};

#[tokio::test]
async fn oidcc_client_test_discovery_openid_config() {
    let rp = RelyingParty::facing(|_| {});
    let metadata = discover(&rp.world.ctx, &Issuer::parse("op.test").unwrap()).await.unwrap();
    assert_eq!(metadata.issuer.as_str(), ISSUER);
    assert_eq!(metadata.token_endpoint.unwrap().as_str(), "https://op.test/token");
    assert_eq!(rp.world.wire.requests()[0].url.as_str(), "https://op.test/.well-known/openid-configuration");
}

#[tokio::test]
async fn oidcc_client_test_discovery_issuer_mismatch() {
    let rp = RelyingParty::facing(|settings| {
        settings.metadata.insert("issuer".into(), json!("https://other.test"));
    });
    let error = rp.sign_in().await.unwrap_err();
    let AuthError::IssuerMismatch { asked, found } = &error else { panic!("{error}") };
    assert_eq!((asked.as_str(), found.as_str()), (ISSUER, "https://other.test"));
    assert_eq!(rp.world.wire.requests().len(), 1, "nothing else is asked of such a provider");
}

#[tokio::test]
async fn oidcc_client_test_discovery_jwks_uri_keys() {
    let rp = RelyingParty::facing(|settings| {
        settings.metadata.insert("jwks_uri".into(), json!("https://keys.op.test/elsewhere.json"));
    });
    rp.sign_in().await.unwrap();
    let requests = rp.world.wire.requests();
    let keys: Vec<&str> =
        requests.iter().filter(|request| request.purpose == "key set").map(|request| request.url.as_str()).collect();
    assert_eq!(keys, ["https://keys.op.test/elsewhere.json"]);
}

#[tokio::test]
async fn oidcc_client_test_signing_key_rotation() {
    let rp = RelyingParty::facing(|_| {});
    rp.sign_in().await.unwrap();
    rp.provider.set(|settings| {
        settings.signing = Signing::With(SECOND.clone());
        settings.published = vec![FIRST.jwk(), SECOND.jwk()];
    });
    rp.sign_in().await.unwrap();
    assert_eq!(rp.world.wire.count("key set"), 2, "the unknown key was worth one more look");
}

/// The keys change between the key set's being read and the signature: a moment later, and under the old `kid` too.
#[tokio::test]
async fn oidcc_client_test_signing_key_rotation_just_before_signing() {
    let rp = RelyingParty::facing(|_| {});
    rp.sign_in().await.unwrap();
    rp.provider.set(|settings| {
        settings.signing = Signing::With(SECOND.clone());
        settings.published = vec![SECOND.jwk()];
    });
    rp.sign_in().await.unwrap();

    let rp = RelyingParty::facing(|settings| settings.without_kid = true);
    rp.sign_in().await.unwrap();
    rp.provider.set(|settings| {
        settings.signing = Signing::With(SECOND.clone());
        settings.published = vec![SECOND.jwk()];
    });
    rp.sign_in().await.unwrap();
}

#[tokio::test]
async fn a_key_that_is_never_published_is_refused_and_not_asked_for_again_and_again() {
    let rp = RelyingParty::facing(|settings| settings.signing = Signing::With(SECOND.clone()));
    for _ in 0..5 {
        assert_eq!(rp.refused_for().await, [CheckId::Key]);
    }
    assert!(rp.world.wire.count("key set") <= 2, "asked {} times", rp.world.wire.count("key set"));
}

#[tokio::test]
async fn without_the_key_set_nobody_is_signed_in() {
    let rp = RelyingParty::facing(|settings| drop(settings.metadata.remove("jwks_uri")));
    let error = rp.sign_in().await.unwrap_err();
    assert!(matches!(&error, AuthError::IdTokenUnverifiable(why) if matches!(**why, AuthError::KeySetStatus { .. })));
    assert!(error.problem().detail.contains("/.well-known/jwks answers 404"), "{}", error.problem());
}
