//! Where the client secret goes.

use rstest::rstest;
use url::Url;

use super::*;
use crate::auth::testing::field;
use crate::auth::testing::provider::{CLIENT, SECRET, TestProvider};
use crate::model::identity::{Grant, Issuer};

fn metadata(issuer: &str, methods: Option<&[&str]>) -> ProviderMetadata {
    let mut document = serde_json::json!({ "issuer": issuer });
    if let Some(methods) = methods {
        document["token_endpoint_auth_methods_supported"] = serde_json::json!(methods);
    }
    let issuer = Issuer::parse(issuer).unwrap();
    crate::auth::discovery::parse_metadata(document.to_string().as_bytes(), &issuer, crate::auth::testing::START)
        .unwrap()
}

fn request_of(identity: &Identity, metadata: &ProviderMetadata) -> WireRequest {
    let mut request = WireRequest::post("test", Url::parse("https://op.test/token").unwrap(), Vec::new());
    authenticate(&mut request, identity, metadata);
    request
}

const KINDE: &str = "https://acme.kinde.com";
const OTHER: &str = "https://op.test";

#[rstest]
#[case::kinde_without_a_list(KINDE, None, false)]
#[case::kinde_with_a_wrong_list(KINDE, Some(&["client_secret_basic"][..]), false)]
#[case::default_of_the_standard(OTHER, None, true)]
#[case::post_where_listed(OTHER, Some(&["client_secret_basic", "client_secret_post"][..]), false)]
#[case::basic_only(OTHER, Some(&["client_secret_basic"][..]), true)]
#[case::neither(OTHER, Some(&["private_key_jwt"][..]), false)]
fn the_secret_goes_where_the_metadata_says(
    #[case] issuer: &str,
    #[case] methods: Option<&[&str]>,
    #[case] is_in_header: bool,
) {
    let request = request_of(&TestProvider::confidential(Grant::AuthorizationCode), &metadata(issuer, methods));
    assert_eq!(request.headers.len() == 1, is_in_header);
    assert_eq!(field(&request, "client_secret"), (!is_in_header).then_some(SECRET));
    assert_eq!(field(&request, "client_id"), (!is_in_header).then_some(CLIENT));
    assert!(!format!("{request:?}").contains(SECRET));
}

/// RFC 6749 section 2.3.1: form-encoded first, then joined, then base64.
#[test]
fn basic_encodes_id_and_secret_before_joining() {
    let header = basic("id with space", &ClientSecret::new("a:b%c+d"));
    let decoded = STANDARD.decode(header.expose().strip_prefix("Basic ").unwrap()).unwrap();
    assert_eq!(String::from_utf8(decoded).unwrap(), "id+with+space:a%3Ab%25c%2Bd");
    assert!(!crate::redact::mask(&format!("sent {}", header.expose())).contains("aWQrd2l0aCtzcGFjZ"));
}

#[test]
fn public_clients_send_their_id_and_a_default_client_nothing() {
    let mut identity = TestProvider::identity(Grant::DeviceAuthorization);
    assert_eq!(field(&request_of(&identity, &metadata(OTHER, None)), "client_id"), Some(CLIENT));
    identity.client_id = None;
    assert!(request_of(&identity, &metadata(KINDE, None)).form.is_empty());
}
