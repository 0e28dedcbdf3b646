//! The refresh grant: kinde.md 5.1.

use serde_json::json;

use super::*;
use crate::demo::directory::{BACKEND_CLIENT, JANE};
use crate::demo::faults::{ExpiresIn, RefreshedExpiresIn, Reuse};

#[tokio::test]
async fn a_refresh_rotates_and_hands_out_the_same_access_token() {
    let kit = Kit::start().await;
    let first = kit.code_sign_in(JANE, &[]).await;
    kit.advance(1_000);
    let second = Tokens::of(&kit.refresh(&first.refresh).await);
    assert_eq!(second.access, first.access);
    assert_ne!(second.refresh, first.refresh);
    assert_eq!(second.body["expires_in"], 85_400, "what is left");
    let id = claims(&second.id);
    assert_eq!((id.get("nonce"), &id["at_hash"]), (None, &json!(jwt::half_hash(&second.access))));
    assert_eq!((&id["sub"], &id["auth_time"]), (&claims(&first.id)["sub"], &claims(&first.id)["auth_time"]));
    assert_eq!(kit.demo.token_posts("refresh_token"), 1);
}

#[tokio::test]
async fn an_expired_access_token_is_renewed_with_new_claims() {
    let kit = Kit::start().await;
    let first = kit.code_sign_in(JANE, &[]).await;
    kit.demo.set_permissions(JANE, &["read:orders", "create:orders"]);
    kit.demo.set_roles(JANE, &["boss"]);
    let same = Tokens::of(&kit.refresh(&first.refresh).await);
    assert_eq!(claims(&same.access)["permissions"], json!(["read:orders"]), "stale until it expires");
    kit.advance(86_400);
    let renewed = claims(&Tokens::of(&kit.refresh(&same.refresh).await).access);
    assert_eq!(renewed["permissions"], json!(["read:orders", "create:orders"]));
    assert_eq!(renewed["roles"][0]["key"], "boss");
    assert_eq!(renewed["exp"], 1_800_000_000 + 2 * 86_400);
}

#[tokio::test]
async fn the_old_token_works_for_thirty_seconds() {
    let kit = Kit::start().await;
    let first = kit.code_sign_in(JANE, &[]).await;
    let second = Tokens::of(&kit.refresh(&first.refresh).await);
    kit.advance(29);
    assert_eq!(Tokens::of(&kit.refresh(&first.refresh).await).refresh, second.refresh);
    kit.advance(1);
    let late = kit.refresh(&first.refresh).await;
    assert_eq!((late.status, late.error().as_str()), (400, "invalid_grant"));
    assert_eq!(kit.refresh(&second.refresh).await.status, 200, "the newer one stays good");
}

#[tokio::test]
async fn refresh_tokens_expire_and_belong_to_a_client() {
    let kit = Kit::start().await;
    let tokens = kit.code_sign_in(JANE, &[]).await;
    let other_client = [
        ("grant_type", "refresh_token"),
        ("client_id", BACKEND_CLIENT.id),
        ("client_secret", BACKEND_CLIENT.secret.unwrap()),
        ("refresh_token", &tokens.refresh),
    ];
    assert_eq!(kit.token(&other_client).await.error(), "invalid_grant");
    assert_eq!(kit.refresh("").await.error(), "invalid_request");
    kit.advance(1_296_000);
    assert_eq!(kit.refresh(&tokens.refresh).await.error(), "invalid_grant");
}

#[tokio::test]
async fn the_form_is_required_and_refreshes_are_counted() {
    let kit = Kit::start().await;
    let request = kit.http.post(kit.issuer_url("/oauth2/token")).json(&json!({ "grant_type": "refresh_token" }));
    assert_eq!(kit.answer(request).await.error(), "invalid_request");
    assert_eq!(kit.demo.token_posts("refresh_token"), 0, "a JSON body is not read");
    let tokens = kit.code_sign_in(JANE, &[]).await;
    kit.refresh(&tokens.refresh).await;
    let log = kit.demo.log();
    let seen = log.iter().rev().find(|seen| seen.field("grant_type") == Some("refresh_token")).unwrap();
    assert_eq!((seen.status, seen.field("client_id")), (Some(200), Some(SPA_CLIENT.id)));
    assert_eq!(seen.field("refresh_token"), Some(""), "secrets stay out of the log");
    assert!(!format!("{log:?}").contains(&tokens.refresh) && !format!("{log:?}").contains(VERIFIER));
}

#[tokio::test]
async fn knobs_of_what_is_handed_out() {
    let kit = Kit::start().await;
    kit.demo.faults().update(|faults| {
        faults.omit_refresh_token = true;
        faults.omit_id_token = true;
        faults.expires_in = ExpiresIn::Text;
    });
    let tokens = kit.code_sign_in(JANE, &[]).await;
    assert_eq!((tokens.refresh.as_str(), tokens.id.as_str()), ("", ""));
    assert_eq!(tokens.body["expires_in"], "86400");
    kit.demo.faults().update(|faults| {
        *faults = Faults { expires_in: ExpiresIn::Missing, access_lifetime: 60, id_lifetime: 30, ..Faults::default() };
    });
    let tokens = kit.code_sign_in(JANE, &[]).await;
    assert_eq!(tokens.body.get("expires_in"), None);
    let lifetime = |token: &str| claims(token)["exp"].as_i64().unwrap() - claims(token)["iat"].as_i64().unwrap();
    assert_eq!((lifetime(&tokens.access), lifetime(&tokens.id)), (60, 30));
}

#[tokio::test]
async fn knobs_of_the_refresh() {
    let kit = Kit::with(Faults { rotation_grace: 5, refresh_lifetime: 50, ..Faults::default() }).await;
    let first = kit.code_sign_in(JANE, &[]).await;
    kit.demo.faults().update(|faults| faults.refresh_without_rotation = true);
    let kept = Tokens::of(&kit.refresh(&first.refresh).await);
    assert_eq!(kept.refresh, "", "the old one is to be kept");
    kit.demo.faults().update(|faults| {
        faults.refresh_without_rotation = false;
        faults.always_new_access_token = true;
        faults.refreshed_expires_in = RefreshedExpiresIn::WholeLifetime;
    });
    let second = Tokens::of(&kit.refresh(&first.refresh).await);
    assert_ne!(second.access, first.access);
    kit.demo.faults().update(|faults| faults.always_new_access_token = false);
    kit.advance(4);
    let same = Tokens::of(&kit.refresh(&first.refresh).await);
    assert_eq!((&same.access, &same.body["expires_in"]), (&second.access, &json!(86_400)));
    kit.demo.faults().update(|faults| faults.reuse = Reuse::RevokesFamily);
    kit.advance(1);
    assert_eq!(kit.refresh(&first.refresh).await.error(), "invalid_grant");
    assert_eq!(kit.refresh(&second.refresh).await.error(), "invalid_grant", "the family is gone");
    let last = kit.code_sign_in(JANE, &[]).await;
    kit.advance(50);
    assert_eq!(kit.refresh(&last.refresh).await.error(), "invalid_grant", "50 s is the whole lifetime");
}

#[tokio::test]
async fn a_refreshed_token_can_lack_almost_everything() {
    let kit = Kit::start().await;
    let first = kit.code_sign_in(JANE, &[]).await;
    kit.demo.faults().update(|faults| faults.refreshed_token_without_exp = true);
    let answer = kit.refresh(&first.refresh).await;
    let tokens = Tokens::of(&answer);
    let names: Vec<_> = claims(&tokens.access).as_object().unwrap().keys().cloned().collect();
    assert_eq!(names, ["aud", "iat", "jti", "scp"]);
    assert_eq!(header(&tokens.access).get("kid"), None);
    assert_eq!(tokens.id, "");
}

#[tokio::test]
async fn two_refreshes_at_once_end_with_the_same_pair() {
    let kit = Kit::start().await;
    let first = kit.code_sign_in(JANE, &[]).await;
    let (one, two) = tokio::join!(kit.refresh(&first.refresh), kit.refresh(&first.refresh));
    let (one, two) = (Tokens::of(&one), Tokens::of(&two));
    assert_eq!((one.refresh, one.access), (two.refresh, two.access));
}
