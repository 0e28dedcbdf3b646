//! Scopes in each dialect.

use rstest::rstest;

use super::*;
use crate::auth::testing::START;
use crate::model::identity::{Grant, Issuer};

fn ask(issuer: &str, supported: &[&str], wanted: &[&str]) -> Scopes {
    let document = serde_json::json!({ "issuer": issuer, "scopes_supported": supported }).to_string();
    let issuer = Issuer::parse(issuer).unwrap();
    let metadata = crate::auth::discovery::parse_metadata(document.as_bytes(), &issuer, START).unwrap();
    let mut identity = Identity::new("jane", Grant::AuthorizationCode);
    identity.scopes = wanted.iter().map(|name| (*name).to_owned()).collect();
    for_user(&identity, &metadata)
}

const KINDE: &str = "https://acme.kinde.com";
const OTHER: &str = "https://op.test";

#[rstest]
#[case::kinde(KINDE, &["openid", "offline"], "openid profile email offline")]
#[case::kinde_whatever_it_lists(KINDE, &[], "openid profile email offline")]
#[case::standard(OTHER, &["openid", "profile", "email", "offline_access"], "openid profile email offline_access")]
#[case::nothing_listed(OTHER, &[], "openid profile email offline_access")]
#[case::hydra(OTHER, &["openid", "email", "offline"], "openid email offline")]
#[case::no_refresh(OTHER, &["openid", "profile"], "openid profile")]
fn the_usual_scopes_in_the_providers_dialect(#[case] issuer: &str, #[case] supported: &[&str], #[case] expected: &str) {
    assert_eq!(ask(issuer, supported, &[]).parameter().unwrap(), expected);
}

#[test]
fn kindes_refresh_scope_is_put_right_and_said() {
    let scopes = ask(KINDE, &[], &["openid", "offline_access", "offline", "read:orders openid"]);
    assert_eq!(scopes.names, ["openid", "offline", "read:orders"]);
    assert!(scopes.note.is_some() && scopes.asks_for_refresh_token() && scopes.asks_for_id_token());
    let scopes = ask(OTHER, &[], &["offline_access"]);
    assert_eq!((scopes.names, scopes.note), (vec!["offline_access".to_owned()], None));
}

#[test]
fn machines_ask_for_what_the_identity_names_only() {
    let identity = Identity::new("robot", Grant::ClientCredentials);
    assert_eq!(for_machine(&identity).parameter(), None);
}
