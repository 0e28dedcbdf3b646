//! Client credentials: kinde.md section 4 and 6.4.

use rstest::rstest;
use serde_json::json;

use super::*;
use crate::demo::directory::{ACME, BACKEND_CLIENT, Client, M2M_CLIENT, M2M_ORG_CLIENT, UNAUTHORIZED_AUDIENCE};
use crate::demo::faults::ClientAuthenticationMethod;

fn form<'a>(client: &Client, changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut form = vec![
        ("grant_type", "client_credentials"),
        ("client_id", client.id),
        ("client_secret", client.secret.unwrap_or_default()),
        ("audience", AUDIENCE),
    ];
    form.retain(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    form.extend(changes);
    form
}

#[tokio::test]
async fn a_machine_gets_a_token_without_a_user() {
    let kit = Kit::start().await;
    let tokens = Tokens::of(&kit.token(&form(&M2M_CLIENT, &[])).await);
    assert_eq!((tokens.refresh.as_str(), tokens.id.as_str()), ("", ""));
    assert_eq!((&tokens.body["token_type"], &tokens.body["expires_in"]), (&json!("Bearer"), &json!(86_400)));
    kit.verified(&tokens.access).await;
    let claims = claims(&tokens.access);
    assert_eq!((&claims["gty"], &claims["v"]), (&json!(["client_credentials"]), &json!("2")));
    assert_eq!((&claims["scope"], &claims["aud"]), (&json!("read:orders create:orders"), &json!([AUDIENCE])));
    for absent in ["sub", "permissions", "org_code"] {
        assert_eq!(claims.get(absent), None);
    }
}

#[tokio::test]
async fn an_org_scoped_machine_has_an_organisation() {
    let kit = Kit::start().await;
    let tokens = Tokens::of(&kit.token(&form(&M2M_ORG_CLIENT, &[])).await);
    assert_eq!(claims(&tokens.access)["org_code"], ACME);
    assert_eq!(kit.api_as("/api/v1/org/settings", &tokens.access).await.status, 200);
}

#[tokio::test]
async fn scopes_can_be_narrowed_and_unknown_audiences_are_dropped() {
    let kit = Kit::start().await;
    let narrow = Tokens::of(&kit.token(&form(&M2M_CLIENT, &[("scope", "read:orders")])).await);
    assert_eq!(claims(&narrow.access)["scope"], "read:orders");
    let unknown = Tokens::of(&kit.token(&form(&M2M_CLIENT, &[("audience", "https://api.acme.test/v2")])).await);
    assert_eq!(claims(&unknown.access)["aud"], json!([]));
    let twice = [("audience", AUDIENCE), ("audience", "https://unknown.test")];
    let twice = Tokens::of(&kit.token(&form(&M2M_CLIENT, &twice)).await);
    assert_eq!(claims(&twice.access)["aud"], json!([AUDIENCE]));
}

#[rstest]
#[case::no_audience(&M2M_CLIENT, &[("audience", "")], 400, "invalid_request")]
#[case::not_authorized(&M2M_CLIENT, &[("audience", UNAUTHORIZED_AUDIENCE)], 400, "unauthorized_client")]
#[case::wrong_type(&BACKEND_CLIENT, &[], 400, "unauthorized_client")]
#[case::scope(&M2M_CLIENT, &[("scope", "delete:orders")], 400, "invalid_scope")]
#[case::wrong_secret(&M2M_CLIENT, &[("client_secret", "wrong")], 401, "invalid_client")]
#[case::no_secret(&M2M_CLIENT, &[("client_secret", "")], 401, "invalid_client")]
#[tokio::test]
async fn refusals(#[case] client: &Client, #[case] changes: &[(&str, &str)], #[case] status: u16, #[case] error: &str) {
    let kit = Kit::start().await;
    let answer = kit.token(&form(client, changes)).await;
    assert_eq!((answer.status, answer.error().as_str()), (status, error));
}

#[tokio::test]
async fn http_basic_is_a_knob() {
    let kit = Kit::with(Faults { client_authentication: ClientAuthenticationMethod::Basic, ..Faults::default() }).await;
    let methods = kit.get("/.well-known/openid-configuration").await.json();
    assert_eq!(methods["token_endpoint_auth_methods_supported"], json!(["client_secret_basic"]));
    assert_eq!(kit.token(&form(&M2M_CLIENT, &[])).await.error(), "invalid_client", "the body no longer counts");
    let request = kit
        .http
        .post(kit.issuer_url("/oauth2/token"))
        .basic_auth(M2M_CLIENT.id, M2M_CLIENT.secret)
        .form(&[("grant_type", "client_credentials"), ("audience", AUDIENCE)]);
    assert_eq!(kit.answer(request).await.status, 200);
}
