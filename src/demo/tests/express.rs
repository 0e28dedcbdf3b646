//! `/express/…`: kinde.md 8.2.

use rstest::rstest;

use super::*;
use crate::demo::directory::JANE;

async fn get(kit: &Kit, path: &str, header: Option<String>) -> Answer {
    let mut request = kit.http.get(kit.api_url(path));
    if let Some(header) = header {
        request = request.header("authorization", header);
    }
    kit.answer(request).await
}

#[tokio::test]
async fn protect_route_looks_at_the_signature_only() {
    let kit = Kit::start().await;
    let token = kit.code_sign_in(JANE, &[("audience", "-")]).await.access;
    assert_eq!(get(&kit, "/express/orders", Some(format!("Bearer {token}"))).await.status, 200);
    kit.advance(1_000_000);
    let expired = get(&kit, "/express/orders", Some(format!("Bearer {token}"))).await;
    assert_eq!(expired.status, 200, "an expired token passes");
    let scheme = get(&kit, "/express/orders", Some(format!("bearer {token}"))).await;
    assert_eq!((scheme.status, scheme.text.as_str()), (401, "Unauthorized"));
    let bad = get(&kit, "/express/orders", Some(format!("Bearer {token}x"))).await;
    assert_eq!((bad.status, bad.text.as_str()), (403, "Forbidden"));
}

#[rstest]
#[case("/express/orders")]
#[case("/express/user")]
#[tokio::test]
async fn without_a_header_the_browser_is_logged_out(#[case] path: &str) {
    let kit = Kit::start().await;
    let answer = get(&kit, path, None).await;
    let issuer = kit.demo.issuer_text();
    assert_eq!(answer.status, 302);
    assert!(answer.header("location").starts_with(&format!("{issuer}/logout?redirect=http%3A%2F%2F127.0.0.1")));
}

#[tokio::test]
async fn jwt_verify_forbids_everything_that_is_not_quite_right() {
    let kit = Kit::start().await;
    let good = kit.device_sign_in(JANE, &[]).await.access;
    let no_audience = kit.code_sign_in(JANE, &[("audience", "-")]).await.access;
    let path = "/express/strict/orders";
    assert_eq!(get(&kit, path, Some(format!("Bearer {good}"))).await.status, 200);
    for header in [None, Some(good.clone()), Some(format!("Bearer {no_audience}")), Some("Bearer x".to_owned())] {
        let answer = get(&kit, path, header).await;
        assert_eq!((answer.status, answer.text.as_str()), (403, "Forbidden"));
    }
    kit.advance(86_400);
    assert_eq!(get(&kit, path, Some(format!("Bearer {good}"))).await.status, 403);
}
