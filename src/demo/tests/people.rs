//! The truth changes after the sign-in, as an administrator changes it; the account API tells it, the token does not.

use serde_json::json;

use super::*;
use crate::demo::directory::JANE;

async fn change(kit: &Kit, wish: &Value) -> Answer {
    kit.answer(kit.http.post(kit.api_url("/demo/people")).json(wish)).await
}

#[tokio::test]
async fn a_role_that_is_granted_later_is_in_the_account_api_and_not_in_the_token() {
    let kit = Kit::start().await;
    let tokens = kit.code_sign_in(JANE, &[]).await;
    let wish = json!({ "email": JANE, "permissions": ["read:orders", "create:orders"], "roles": ["manager"], "flags": { "dark_mode": false, "limit": 3 } });
    let answer = change(&kit, &wish).await;
    assert_eq!((answer.status, &answer.json()["roles"]), (200, &json!(["manager"])));
    assert_eq!(claims(&tokens.access)["permissions"], json!(["read:orders"]));
    let list = async |name: &str| kit.get_as(&format!("/account_api/v1/{name}"), &tokens.access).await.json();
    let keys = |value: &Value| -> Vec<String> {
        value.as_array().unwrap().iter().map(|item| item["key"].as_str().unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(keys(&list("permissions").await["data"]["permissions"]), ["read:orders", "create:orders"]);
    assert_eq!(keys(&list("roles").await["data"]["roles"]), ["manager"]);
    let flags = list("feature_flags").await["data"]["feature_flags"].clone();
    let flag = |name: &str| flags.as_array().unwrap().iter().find(|flag| flag["key"] == name).unwrap().clone();
    assert_eq!((&flag("dark_mode")["value"], &flag("limit")["type"]), (&json!(false), &json!("integer")));
    let entitlements = list("entitlements").await;
    assert_eq!(entitlements["data"]["entitlements"][0]["feature_key"], "seats");
    assert_eq!(list("properties").await["data"]["properties"][0]["value"], "Jane");
    // A refresh gives the same token; revoked first, a new one with today's claims.
    let same = Tokens::of(&kit.refresh(&tokens.refresh).await);
    assert_eq!(same.access, tokens.access);
}

#[tokio::test]
async fn what_is_not_named_stays_and_nonsense_is_refused() {
    let kit = Kit::start().await;
    let answer = change(&kit, &json!({ "email": JANE, "roles": [] })).await.json();
    assert_eq!((&answer["roles"], &answer["permissions"]), (&json!([]), &json!(["read:orders"])));
    for wish in [
        json!({}),
        json!({ "email": "nobody@acme.test" }),
        json!({ "email": JANE, "roles": "x" }),
        json!({ "email": JANE, "permissions": [1] }),
    ] {
        assert_eq!(change(&kit, &wish).await.status, 400, "{wish}");
    }
}
