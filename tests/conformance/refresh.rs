//! The refresh plan (`oidcc-client-refreshtoken-test-plan`).

use serde_json::{Value, json};

use crate::auth::error::AuthError;
use crate::auth::keeper::Freshness;
use crate::model::session::{SessionKey, TokenSet};
use crate::redact::RefreshToken;
use crate::relying_party::RelyingParty;

/// Signs in, then refreshes at a provider whose new ID token has this claim.
async fn refresh_with(claim: &'static str, value: Value) -> (RelyingParty, TokenSet, Result<TokenSet, AuthError>) {
    let rp = RelyingParty::facing(|settings| {
        settings.refreshed_claims = Box::new(move |claims| drop(claims.insert(claim.to_owned(), value.clone())));
    });
    let keeper = rp.world.keeper();
    let signed_in = rp.sign_in().await.unwrap();
    keeper.store(&rp.identity, &signed_in).await.unwrap();
    rp.world.clock.advance(std::time::Duration::from_secs(10));
    let refreshed = keeper.fresh(&rp.identity, Freshness::Forced).await;
    (rp, signed_in, refreshed)
}

#[tokio::test]
async fn oidcc_client_test_refresh_token() {
    let (rp, old, refreshed) = refresh_with("name", json!("Jane D.")).await;
    let new = refreshed.unwrap();
    assert_ne!(new.access, old.access);
    assert_ne!(new.refresh, old.refresh);
    assert_eq!(rp.world.vault.get(&SessionKey::of(&rp.identity)), Some(new));
}

async fn check_refused(claim: &'static str, value: Value) {
    let (rp, old, refreshed) = refresh_with(claim, value).await;
    let error = refreshed.unwrap_err();
    assert!(matches!(&error, AuthError::RefreshedIdToken { claim: named, .. } if *named == claim), "{error}");
    assert!(error.problem().title.contains(claim));

    // The new tokens are not used, and the rotated refresh token is not lost.
    let kept = rp.world.vault.get(&SessionKey::of(&rp.identity)).unwrap();
    assert_eq!((&kept.access, &kept.id), (&old.access, &old.id));
    assert_eq!(kept.refresh, rp.provider.refresh_token().map(RefreshToken::new));
    assert_ne!(kept.refresh, old.refresh);
}

#[tokio::test]
async fn oidcc_client_test_refreshtoken_invalid_issuer() {
    check_refused("iss", json!("https://other.test")).await;
}

#[tokio::test]
async fn oidcc_client_test_refreshtoken_invalid_sub() {
    check_refused("sub", json!("kp_somebody-else")).await;
}

/// OIDC Core section 12.2 also wants the original audience.
#[tokio::test]
async fn oidcc_client_test_refreshtoken_invalid_aud() {
    check_refused("aud", json!(["another-client"])).await;
}
