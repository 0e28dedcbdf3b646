//! `/seed/orders`: the first user's mistake, kinde.md 8.3.

use serde_json::json;

use super::*;
use crate::demo::directory::{BACKEND_CLIENT, JANE};
use crate::demo::token_fault::{SignatureFault, TokenFault};

async fn refused_with(kit: &Kit, header: Option<&str>) -> String {
    let mut request = kit.http.get(kit.api_url("/seed/orders"));
    if let Some(header) = header {
        request = request.header("authorization", header);
    }
    let answer = kit.answer(request).await;
    assert_eq!((answer.status, answer.header("www-authenticate")), (401, ""));
    answer.json()["message"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn every_token_of_the_issuer_is_invalid() {
    let kit = Kit::start().await;
    let token = kit.device_sign_in(JANE, &[]).await.access;
    for header in [format!("Bearer {token}"), format!("Bearer {token}x"), "Bearer nonsense".to_owned()] {
        assert_eq!(refused_with(&kit, Some(&header)).await, "Unauthorized: Invalid token");
    }
    for header in [None, Some("bearer x.y.z"), Some(token.as_str()), Some("Basic eDp5")] {
        assert_eq!(refused_with(&kit, header).await, "Unauthorized: Missing or invalid token");
    }
    let post = kit.answer(kit.http.post(kit.api_url("/seed/orders"))).await;
    assert_eq!(post.json(), json!({ "message": "Unauthorized: Missing or invalid token" }));
}

#[tokio::test]
async fn only_the_secret_opens_it() {
    let kit = Kit::start().await;
    let key = kit.demo.shared.signing_key().await;
    let hs256 = |secret: &str, expires: i64| {
        let claims = serde_json::from_value(json!({ "sub": "anybody", "exp": expires })).unwrap();
        jwt::write(claims, &key, &TokenFault::signed(SignatureFault::Hs256WithSecret), secret)
    };
    let secret = BACKEND_CLIENT.secret.unwrap();
    let answer = kit.api_as("/seed/orders", &hs256(secret, 1_800_000_060)).await;
    assert_eq!((answer.status, &answer.json()["total"]), (200, &json!(12)));
    for forged in [hs256("another secret", 1_800_000_060), hs256(secret, 1_800_000_000)] {
        assert_eq!(refused_with(&kit, Some(&format!("Bearer {forged}"))).await, "Unauthorized: Invalid token");
    }
}
