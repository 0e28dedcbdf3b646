//! Documents, issuers, and what else may be at their place.

use proptest::prelude::*;
use rstest::rstest;
use serde_json::json;

use super::*;
use crate::auth::testing::{START, World, json as json_answer, text as text_answer};

fn issuer(text: &str) -> Issuer {
    Issuer::parse(text).unwrap()
}

fn parse(asked: &str, document: &Value) -> Result<ProviderMetadata, AuthError> {
    parse_metadata(document.to_string().as_bytes(), &issuer(asked), START)
}

/// kinde.md 1.2, as captured.
fn kinde(host: &str) -> Value {
    let at = |path: &str| format!("https://{host}{path}");
    json!({
        "issuer": at(""), "authorization_endpoint": at("/oauth2/auth"), "token_endpoint": at("/oauth2/token"),
        "userinfo_endpoint": at("/oauth2/v2/user_profile"), "jwks_uri": at("/.well-known/jwks"),
        "revocation_endpoint": at("/oauth2/revoke"), "introspection_endpoint": at("/oauth2/introspect"),
        "end_session_endpoint": at("/logout"), "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": ["address", "email", "event_hooks", "offline", "openid", "phone", "profile"],
    })
}

#[rstest]
#[case::own_host("acme.kinde.com")]
#[case::custom_domain("account.example.com")]
fn kindes_missing_device_endpoint_is_filled_in(#[case] host: &str) {
    let metadata = parse(host, &kinde(host)).unwrap();
    assert!(metadata.is_kinde() && metadata.device_endpoint_is_builtin);
    assert_eq!(metadata.device_authorization_endpoint.unwrap().as_str(), format!("https://{host}/oauth2/device/auth"));
}

#[test]
fn a_listed_device_endpoint_wins_and_others_get_none() {
    let mut document = kinde("acme.kinde.com");
    document["device_authorization_endpoint"] = json!("https://acme.kinde.com/device-new");
    let metadata = parse("acme.kinde.com", &document).unwrap();
    assert!(!metadata.device_endpoint_is_builtin);
    assert_eq!(metadata.device_authorization_endpoint.unwrap().path(), "/device-new");
    assert_eq!(parse("op.test", &json!({ "issuer": "https://op.test" })).unwrap().device_authorization_endpoint, None);
}

#[rstest]
#[case::exact("https://op.test", "https://op.test", true)]
#[case::slash_is_adopted("https://op.test", "https://op.test/", true)]
#[case::slash_is_dropped("https://op.test/", "https://op.test", true)]
#[case::path("https://op.test/realms/a", "https://op.test/realms/a", true)]
#[case::another_host("https://op.test", "https://evil.test", false)]
#[case::another_path("https://op.test/a", "https://op.test/b", false)]
#[case::another_case("https://op.test/a", "https://op.test/A", false)]
#[case::longer("https://op.test", "https://op.test.evil.test", false)]
fn the_issuer_has_to_match(#[case] asked: &str, #[case] found: &str, #[case] is_same: bool) {
    match parse(asked, &json!({ "issuer": found })) {
        Ok(metadata) => assert!(is_same && metadata.issuer.as_str() == found),
        Err(error) => assert!(!is_same && matches!(error, AuthError::IssuerMismatch { .. }), "{error}"),
    }
}

#[rstest]
#[case::plain_http(json!("http://op.test/token"))]
#[case::no_url(json!("/token"))]
#[case::script(json!("javascript:alert(1)"))]
#[case::fragment(json!("https://op.test/token#x"))]
#[case::user(json!("https://user:pass@op.test/token"))]
#[case::number(json!(7))]
fn unsafe_endpoints_are_refused_by_name(#[case] url: Value) {
    let error = parse("op.test", &json!({ "issuer": "https://op.test", "token_endpoint": url })).unwrap_err();
    assert!(matches!(&error, AuthError::BadMetadata { why, .. } if why.contains("token_endpoint")), "{error}");
}

#[test]
fn loopback_may_use_http() {
    let document = json!({ "issuer": "http://127.0.0.1:4000", "token_endpoint": "http://localhost:4000/token" });
    assert!(parse("http://127.0.0.1:4000", &document).is_ok());
}

fn paths(world: &World) -> Vec<String> {
    world.wire.requests().iter().map(|request| request.url.to_string()).collect()
}

#[tokio::test]
async fn looks_at_rfc_8414s_place_second() {
    let world = World::answering(|request| match request.url.path() {
        "/.well-known/oauth-authorization-server/tenant" => {
            json_answer(200, &json!({ "issuer": "https://op.test/tenant" }))
        }
        _ => text_answer(404, "text/plain", "no"),
    });
    discover(&world.ctx, &issuer("https://op.test/tenant/")).await.unwrap();
    assert_eq!(
        paths(&world),
        [
            "https://op.test/tenant/.well-known/openid-configuration",
            "https://op.test/.well-known/oauth-authorization-server/tenant"
        ]
    );
}

#[rstest]
#[case::web_site(200, "<!doctype html><html></html>", NotMetadata::Html, 2)]
#[case::not_found(404, "", NotMetadata::Status(404), 2)]
#[case::broken(500, "", NotMetadata::Status(500), 1)]
#[case::text(200, "hello", NotMetadata::NotJson(String::new()), 2)]
#[tokio::test]
async fn says_what_is_there_instead(
    #[case] status: u16,
    #[case] body: &'static str,
    #[case] expected: NotMetadata,
    #[case] asked: usize,
) {
    let world = World::answering(move |_| text_answer(status, "text/html", body));
    let error = discover(&world.ctx, &issuer("op.test")).await.unwrap_err();
    let AuthError::NotAnIssuer { url, why, .. } = &error else { panic!("{error}") };
    assert_eq!(url, "https://op.test/.well-known/openid-configuration", "the first place is the one to name");
    assert_eq!(std::mem::discriminant(why), std::mem::discriminant(&expected));
    assert_eq!(paths(&world).len(), asked);
    assert_eq!(error.is_passing(), status >= 500);
}

#[tokio::test]
async fn redirects_are_told_and_not_followed() {
    let world = World::answering(|_| {
        let mut answer = text_answer(301, "text/html", "")?;
        answer.headers.push(("location".to_owned(), "https://www.op.test/.well-known/openid-configuration".to_owned()));
        Ok(answer)
    });
    let error = discover(&world.ctx, &issuer("op.test")).await.unwrap_err();
    assert!(error.problem().detail.contains("redirects to `https://www.op.test/"), "{}", error.problem());
    assert!(paths(&world).iter().all(|url| url.starts_with("https://op.test/")));
}

#[test]
fn well_known_members_are_bounded() {
    let many: Vec<String> = (0..1000).map(|index| format!("scope{index}")).collect();
    let metadata = parse("op.test", &json!({ "issuer": "https://op.test", "scopes_supported": many })).unwrap();
    assert_eq!(metadata.scopes_supported.len(), LONGEST_LIST);
}

proptest! {
    #[test]
    fn never_panics(body in proptest::collection::vec(any::<u8>(), 0..200), name in "[a-z_]{1,20}", value in ".{0,40}") {
        drop(parse_metadata(&body, &issuer("op.test"), START));
        drop(parse("op.test", &json!({ "issuer": "https://op.test", name: value.clone(), "jwks_uri": value })));
    }
}
