//! Revocation and introspection: kinde.md 5.2 and 7.

use serde_json::json;

use super::*;
use crate::demo::directory::JANE;

async fn revoke(kit: &Kit, token: &str) -> u16 {
    kit.post("/oauth2/revoke", &[("client_id", SPA_CLIENT.id), ("token", token)]).await.status
}

#[tokio::test]
async fn a_revoked_access_token_is_replaced_by_the_next_refresh() {
    let kit = Kit::start().await;
    let first = kit.code_sign_in(JANE, &[]).await;
    assert_eq!(kit.get_as("/oauth2/v2/user_profile", &first.access).await.status, 200);
    assert_eq!(revoke(&kit, &first.access).await, 200);
    assert_eq!(kit.get_as("/oauth2/v2/user_profile", &first.access).await.status, 401);
    assert_eq!(kit.api_as("/api/v1/me", &first.access).await.status, 200, "a JWT stays good for offline verifiers");
    let second = Tokens::of(&kit.refresh(&first.refresh).await);
    assert_ne!(second.access, first.access);
    assert_eq!(kit.get_as("/oauth2/v2/user_profile", &second.access).await.status, 200);
}

#[tokio::test]
async fn a_revoked_refresh_token_takes_the_family_along() {
    let kit = Kit::start().await;
    let tokens = kit.code_sign_in(JANE, &[]).await;
    assert_eq!(revoke(&kit, &tokens.refresh).await, 200);
    assert_eq!(kit.refresh(&tokens.refresh).await.error(), "invalid_grant");
    assert_eq!(kit.get_as("/oauth2/v2/user_profile", &tokens.access).await.status, 401);
}

#[tokio::test]
async fn unknown_tokens_are_fine_and_others_tokens_are_safe() {
    let kit = Kit::start().await;
    assert_eq!(revoke(&kit, "never-heard-of").await, 200);
    let tokens = kit.device_sign_in(JANE, &[]).await;
    revoke(&kit, &tokens.access).await;
    revoke(&kit, &tokens.refresh).await;
    assert_eq!(kit.get_as("/oauth2/v2/user_profile", &tokens.access).await.status, 200, "another client's");
    let no_client = kit.post("/oauth2/revoke", &[("token", "x")]).await;
    assert_eq!((no_client.status, no_client.error().as_str()), (401, "invalid_client"));
    let no_token = kit.post("/oauth2/revoke", &[("client_id", SPA_CLIENT.id)]).await;
    assert_eq!((no_token.status, no_token.error().as_str()), (400, "invalid_request"));
    assert_eq!(kit.answer(kit.http.post(kit.issuer_url("/oauth2/revoke"))).await.status, 400);
}

#[tokio::test]
async fn introspection_tells_active_from_inactive() {
    let kit = Kit::start().await;
    let tokens = kit.code_sign_in(JANE, &[]).await;
    let introspect = async |bearer: &str, token: &str| {
        let request = kit.http.post(kit.issuer_url("/oauth2/introspect")).bearer_auth(bearer).form(&[("token", token)]);
        kit.answer(request).await
    };
    let active = introspect(&tokens.access, &tokens.access).await.json();
    assert_eq!((&active["active"], &active["client_id"]), (&json!(true), &json!(SPA_CLIENT.id)));
    assert_eq!((&active["aud"], &active["exp"]), (&json!([AUDIENCE]), &claims(&tokens.access)["exp"]));
    assert_eq!(introspect(&tokens.access, "a.b.c").await.json(), json!({ "active": false }));
    assert_eq!(introspect(&tokens.access, &tokens.id).await.json(), json!({ "active": false }));
    assert_eq!(introspect("bad", &tokens.access).await.status, 401);
    let empty = kit.http.post(kit.issuer_url("/oauth2/introspect")).bearer_auth(&tokens.access);
    assert_eq!(kit.answer(empty).await.status, 400);
}
