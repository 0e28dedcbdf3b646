//! `/api/…`: what a well-made API accepts and refuses.

use rstest::rstest;
use serde_json::json;

use super::*;
use crate::demo::directory::{ADMIN, JANE, M2M_CLIENT, SAM};

/// A machine's token for the API.
async fn machine_token(kit: &Kit) -> String {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", M2M_CLIENT.id),
        ("client_secret", M2M_CLIENT.secret.unwrap()),
        ("audience", AUDIENCE),
    ];
    Tokens::of(&kit.token(&form).await).access
}

fn challenge(answer: &Answer) -> &str {
    answer.header("www-authenticate")
}

#[tokio::test]
async fn ping_is_for_everybody_and_other_paths_are_not_there() {
    let kit = Kit::start().await;
    assert_eq!(kit.api("/api/ping").await.json(), json!({ "pong": true, "time": 1_800_000_000 }));
    assert_eq!(kit.api("/").await.status, 200);
    let missing = kit.api("/api/v2").await;
    assert_eq!((missing.status, missing.error().as_str()), (404, "not_found"));
}

#[tokio::test]
async fn me_takes_any_good_token() {
    let kit = Kit::start().await;
    let jane = kit.device_sign_in(JANE, &[]).await.access;
    let me = kit.api_as("/api/v1/me", &jane).await.json();
    assert_eq!((&me["name"], &me["organization"]), (&json!("Jane Rivers"), &json!("org_acme")));
    let no_audience = kit.code_sign_in(SAM, &[("audience", "-")]).await.access;
    assert_eq!(kit.api_as("/api/v1/me", &no_audience).await.json()["audience"], json!([]));
    let machine = kit.api_as("/api/v1/me", &machine_token(&kit).await).await.json();
    assert_eq!((&machine["client"], &machine["name"]), (&json!(M2M_CLIENT.id), &Value::Null));
}

#[rstest]
#[case("/api/v1/me")]
#[case("/api/v1/orders")]
#[case("/api/v1/orders/1001")]
#[case("/api/v1/org/settings")]
#[tokio::test]
async fn without_a_token_there_is_a_challenge_without_an_error(#[case] path: &str) {
    let kit = Kit::start().await;
    let answer = kit.api(path).await;
    assert_eq!((answer.status, challenge(&answer)), (401, "Bearer realm=\"bearcat-demo\""));
}

#[tokio::test]
async fn bad_tokens_are_invalid_tokens_with_a_reason() {
    let kit = Kit::start().await;
    let good = kit.device_sign_in(JANE, &[]).await.access;
    let (start, signature) = good.rsplit_once('.').unwrap();
    let other = if signature.starts_with('A') { "B" } else { "A" };
    let tampered = format!("{start}.{other}{}", &signature[1..]);
    let none = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.";
    for (token, reason) in [
        ("not-a-jwt", "The token is not a JWT"),
        (none, "The token's algorithm is not RS256"),
        (tampered.as_str(), "The signature is invalid"),
    ] {
        let answer = kit.api_as("/api/v1/me", token).await;
        let expected =
            format!("Bearer realm=\"bearcat-demo\", error=\"invalid_token\", error_description=\"{reason}\"");
        assert_eq!((answer.status, challenge(&answer)), (401, expected.as_str()));
        assert_eq!(answer.json(), json!({ "error": "invalid_token", "message": reason }));
    }
    kit.advance(86_400);
    assert_eq!(kit.api_as("/api/v1/me", &good).await.json()["message"], "The token expired");
}

#[tokio::test]
async fn another_scheme_is_an_invalid_request() {
    let kit = Kit::start().await;
    let token = kit.device_sign_in(JANE, &[]).await.access;
    for header in [token.clone(), format!("Token {token}"), "Basic eDp5".to_owned()] {
        let answer = kit.answer(kit.http.get(kit.api_url("/api/v1/me")).header("authorization", header)).await;
        assert_eq!((answer.status, answer.error().as_str()), (400, "invalid_request"));
        assert!(challenge(&answer).contains("error=\"invalid_request\""));
    }
    let lower = kit.http.get(kit.api_url("/api/v1/me")).header("authorization", format!("bearer {token}"));
    assert_eq!(kit.answer(lower).await.status, 200, "the scheme is compared without case");
}

#[tokio::test]
async fn orders_need_the_audience_and_the_permission() {
    let kit = Kit::start().await;
    let jane = kit.device_sign_in(JANE, &[]).await;
    let orders = kit.api_as("/api/v1/orders?limit=3", &jane.access).await.json();
    assert_eq!((orders["orders"].as_array().unwrap().len(), &orders["total"]), (3, &json!(12)));
    assert_eq!(kit.api_as("/api/v1/orders/1003", &jane.access).await.json()["number"], 1003);
    assert_eq!(kit.api_as("/api/v1/orders/9", &jane.access).await.status, 404);
    assert_eq!(kit.api_as("/api/v1/orders", &machine_token(&kit).await).await.status, 200, "by its scope");
    let sam = kit.device_sign_in(SAM, &[]).await.access;
    let refused = kit.api_as("/api/v1/orders", &sam).await;
    assert_eq!((refused.status, refused.error().as_str()), (403, "insufficient_scope"));
    assert!(challenge(&refused).ends_with("scope=\"read:orders\""));
    let no_audience = kit.code_sign_in(JANE, &[("audience", "-")]).await.access;
    for token in [&no_audience, &jane.id] {
        let refused = kit.api_as("/api/v1/orders", token).await;
        assert_eq!((refused.status, refused.json()["message"].as_str()), (401, Some("The audience is invalid")));
    }
}

#[tokio::test]
async fn creating_an_order_needs_another_permission() {
    let kit = Kit::start().await;
    let create = async |token: &str, body: &'static str| {
        let request = kit.http.post(kit.api_url("/api/v1/orders")).bearer_auth(token).body(body);
        kit.answer(request).await
    };
    let good = r#"{"item":"Desk lamp","quantity":2}"#;
    let jane = kit.device_sign_in(JANE, &[]).await.access;
    assert_eq!(create(&jane, good).await.status, 403);
    let admin = kit.device_sign_in(ADMIN, &[]).await.access;
    let created = create(&admin, good).await;
    assert_eq!((created.status, created.header("location")), (201, "/api/v1/orders/1013"));
    let order = kit.api_as("/api/v1/orders/1013", &admin).await.json();
    assert_eq!(order["lines"], json!([{ "item": "Desk lamp", "quantity": 2 }]));
    assert_eq!(create(&admin, good).await.header("location"), "/api/v1/orders/1014");
    for bad in ["", "{}", r#"{"item":"","quantity":1}"#, r#"{"item":"x","quantity":0}"#] {
        assert_eq!(create(&admin, bad).await.status, 422, "{bad}");
    }
}

#[tokio::test]
async fn settings_need_an_organisation() {
    let kit = Kit::start().await;
    let jane = kit.device_sign_in(JANE, &[]).await.access;
    assert_eq!(kit.api_as("/api/v1/org/settings", &jane).await.json()["org_code"], "org_acme");
    let sam = kit.device_sign_in(SAM, &[]).await.access;
    for token in [sam, machine_token(&kit).await] {
        let refused = kit.api_as("/api/v1/org/settings", &token).await;
        assert_eq!((refused.status, refused.error().as_str()), (403, "insufficient_scope"));
    }
}

#[tokio::test]
async fn the_log_recognises_a_token_without_holding_it() {
    let kit = Kit::start().await;
    let token = kit.device_sign_in(JANE, &[]).await.access;
    kit.api_as("/api/v1/me", &token).await;
    let log = kit.demo.log();
    let seen = log.last().unwrap();
    assert_eq!((seen.path.as_str(), seen.method.as_str(), seen.status), ("/api/v1/me", "GET", Some(200)));
    assert!(seen.has_header("authorization"));
    assert_eq!(seen.bearer_fingerprint.as_deref(), Some(crate::demo::front::fingerprint(&token).as_str()));
    assert!(!format!("{log:?}").contains(&token));
    kit.demo.request_log().clear();
    assert_eq!(kit.demo.count(|_| true), 0);
    kit.api("/api/ping").await;
    assert_eq!(kit.demo.log()[0].status, Some(200), "ids go on counting after a clear");
}
