//! Revocation and the logout page.

use std::sync::Arc;

use rstest::rstest;
use serde_json::json;

use super::*;
use crate::auth::testing::provider::{CLIENT, SECRET, TestProvider};
use crate::auth::testing::{World, field, json as json_answer, text as text_answer};
use crate::model::identity::Grant;

async fn metadata(world: &World) -> Arc<ProviderMetadata> {
    world.providers.metadata(&world.ctx, &TestProvider::identity(Grant::AuthorizationCode)).await.unwrap()
}

#[tokio::test]
async fn the_request_has_the_hint_and_no_authorization_header_for_post() {
    let world = World::with(&TestProvider::new());
    let metadata = metadata(&world).await;
    let identity = TestProvider::confidential(Grant::AuthorizationCode);
    let request = request(&identity, &metadata, "a-token-to-revoke", TokenTypeHint::Refresh).unwrap();
    assert!(request.headers.is_empty());
    assert_eq!(field(&request, "token_type_hint"), Some("refresh_token"));
    assert_eq!(field(&request, "client_secret"), Some(SECRET));
    assert!(!format!("{request:?}").contains("a-token-to-revoke"));
}

#[rstest]
#[case::empty(text_answer(200, "text/plain", ""), true)]
#[case::unknown_client(json_answer(401, &json!({ "error": "invalid_client" })), false)]
#[case::redirect(text_answer(302, "text/plain", ""), false)]
#[case::missing(text_answer(404, "text/html", "<html>"), false)]
#[tokio::test]
async fn the_answer_needs_no_body(
    #[case] answer: Result<crate::model::wire::WireResponse, crate::model::wire::TransportError>,
    #[case] is_ok: bool,
) {
    let identity = TestProvider::identity(Grant::AuthorizationCode);
    let metadata = metadata(&World::with(&TestProvider::new())).await;
    let world = World::answering(move |_| answer.clone());
    let result = revoke(&world.ctx, &identity, &metadata, "a-token", TokenTypeHint::Access).await;
    assert_eq!(result.is_ok(), is_ok, "{result:?}");
}

#[tokio::test]
async fn the_logout_page_speaks_kindes_dialect_and_holds_no_token() {
    let world = World::with(&TestProvider::new());
    let identity = TestProvider::identity(Grant::AuthorizationCode);
    let mut metadata = Arc::unwrap_or_clone(metadata(&world).await);
    let after = Url::parse("http://localhost:3000/bye").unwrap();
    let url = end_session_url(&identity, &metadata, Some(&after)).unwrap();
    let query = format!("client_id={CLIENT}&post_logout_redirect_uri=http%3A%2F%2Flocalhost%3A3000%2Fbye");
    assert_eq!(url.query(), Some(query.as_str()));

    metadata.userinfo_endpoint = Some(Url::parse("https://op.test/oauth2/v2/user_profile").unwrap());
    let url = end_session_url(&identity, &metadata, Some(&after)).unwrap();
    assert!(url.query().unwrap().contains("redirect=http"));
    metadata.end_session_endpoint = None;
    assert_eq!(end_session_url(&identity, &metadata, None), None);
}
