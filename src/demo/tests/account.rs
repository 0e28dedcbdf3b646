//! Userinfo and the account API: kinde.md section 7.

use serde_json::json;

use super::*;
use crate::demo::directory::{ADMIN, JANE, M2M_CLIENT, SAM};

#[tokio::test]
async fn the_profile_is_the_users() {
    let kit = Kit::start().await;
    let tokens = kit.code_sign_in(JANE, &[]).await;
    let profile = kit.get_as("/oauth2/v2/user_profile", &tokens.access).await.json();
    assert_eq!(profile["sub"], claims(&tokens.id)["sub"]);
    assert_eq!((&profile["id"], &profile["email"]), (&profile["sub"], &json!(JANE)));
    assert_eq!(profile["picture"], Value::Null);
}

#[tokio::test]
async fn the_profile_wants_a_users_access_token() {
    let kit = Kit::start().await;
    let tokens = kit.code_sign_in(JANE, &[]).await;
    let machine = kit
        .token(&[
            ("grant_type", "client_credentials"),
            ("client_id", M2M_CLIENT.id),
            ("client_secret", M2M_CLIENT.secret.unwrap()),
            ("audience", AUDIENCE),
        ])
        .await;
    let machine = Tokens::of(&machine).access;
    for bad in ["", "not.a.jwt", &tokens.id, &machine] {
        let answer = kit.get_as("/oauth2/v2/user_profile", bad).await;
        assert_eq!((answer.status, answer.error().as_str()), (401, "invalid_token"), "{bad}");
    }
    assert_eq!(kit.get("/oauth2/v2/user_profile").await.status, 401);
    kit.advance(86_400);
    assert_eq!(kit.get_as("/oauth2/v2/user_profile", &tokens.access).await.status, 401, "expired");
}

#[tokio::test]
async fn knobs_of_the_profile() {
    let kit = Kit::start().await;
    let tokens = kit.code_sign_in(JANE, &[]).await;
    kit.demo.faults().update(|faults| {
        faults.userinfo_subject = Some("kp_somebody_else".to_owned());
        faults.userinfo_refusal_status = 403;
    });
    let profile = kit.get_as("/oauth2/v2/user_profile", &tokens.access).await;
    assert_eq!(profile.json()["sub"], "kp_somebody_else");
    assert_eq!(kit.get_as("/oauth2/v2/user_profile", "bad").await.status, 403);
}

#[tokio::test]
async fn the_account_api_tells_how_things_stand_now() {
    let kit = Kit::start().await;
    let tokens = kit.code_sign_in(JANE, &[]).await;
    kit.demo.set_permissions(JANE, &["read:orders", "read:reports"]);
    let answer = kit.get_as("/account_api/v1/permissions", &tokens.access).await.json();
    let keys: Vec<_> = answer["data"]["permissions"].as_array().unwrap().iter().map(|item| &item["key"]).collect();
    assert_eq!(keys, ["read:orders", "read:reports"], "the token still says read:orders only");
    assert_eq!((&answer["data"]["org_code"], &answer["metadata"]["has_more"]), (&json!("org_acme"), &json!(false)));
    let roles = kit.get_as("/account_api/v1/roles", &tokens.access).await.json();
    assert_eq!(roles["data"]["roles"][0]["key"], "clerk");
    let flags = kit.get_as("/account_api/v1/feature_flags", &tokens.access).await.json();
    let flag = &flags["data"]["feature_flags"][0];
    assert_eq!((&flag["key"], &flag["type"], &flag["value"]), (&json!("dark_mode"), &json!("boolean"), &json!(true)));
    assert_eq!(kit.get_as("/account_api/v1/roles", "bad").await.status, 403);
}

#[tokio::test]
async fn lists_have_pages() {
    let kit = Kit::start().await;
    let tokens = kit.code_sign_in(ADMIN, &[]).await;
    let first = kit.get_as("/account_api/v1/permissions?page_size=3", &tokens.access).await.json();
    assert_eq!(first["data"]["permissions"].as_array().unwrap().len(), 3);
    assert_eq!(first["metadata"]["has_more"], true);
    let next = first["metadata"]["next_page_starting_after"].as_str().unwrap();
    let path = format!("/account_api/v1/permissions?page_size=3&starting_after={next}");
    let last = kit.get_as(&path, &tokens.access).await.json();
    assert_eq!(last["data"]["permissions"][0]["key"], "read:reports");
    assert_eq!(last["metadata"], json!({ "has_more": false, "next_page_starting_after": null }));
}

#[tokio::test]
async fn a_user_without_an_organisation_has_nothing_there() {
    let kit = Kit::start().await;
    let tokens = kit.code_sign_in(SAM, &[]).await;
    let answer = kit.get_as("/account_api/v1/permissions", &tokens.access).await.json();
    assert_eq!(answer["data"], json!({ "org_code": null, "permissions": [] }));
    assert!(!kit.demo.set_permissions(SAM, &["read:orders"]), "there is nowhere to put them");
}
