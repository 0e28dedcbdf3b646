//! What a token response may look like, and what is refused.

use proptest::prelude::*;
use rstest::rstest;
use serde_json::json;

use super::*;
use crate::auth::testing::START;

fn read(value: &Value) -> Result<TokenResponse, AuthError> {
    TokenResponse::read(value.as_object().unwrap())
}

#[rstest]
#[case::number(json!(86400), Some(86400))]
#[case::text(json!("86400"), Some(86400))]
#[case::fraction(json!(3599.9), Some(3599))]
#[case::negative(json!(-1), None)]
#[case::words(json!("soon"), None)]
#[case::infinite(json!("inf"), None)]
#[case::null(json!(null), None)]
fn expires_in_is_read_leniently(#[case] value: Value, #[case] expected: Option<u64>) {
    let response = read(&json!({ "access_token": "opaque-token", "expires_in": value })).unwrap();
    assert_eq!(response.expires_in, expected.map(Duration::from_secs));
    let tokens = response.into_tokens(START);
    assert_eq!(tokens.expires_at, expected.map(|seconds| START.plus(Duration::from_secs(seconds))));
}

#[rstest]
#[case(json!("bearer"), true)]
#[case(json!("Bearer"), true)]
#[case(json!("BEARER"), true)]
#[case(json!(null), true)]
#[case(json!("DPoP"), false)]
fn the_token_type_is_bearer_in_any_case(#[case] kind: Value, #[case] is_taken: bool) {
    assert_eq!(read(&json!({ "access_token": "opaque-token", "token_type": kind })).is_ok(), is_taken);
}

#[test]
fn empty_members_count_as_missing_and_an_empty_scope_is_kept() {
    let response =
        read(&json!({ "access_token": "opaque-token", "refresh_token": "", "id_token": "", "scope": "" })).unwrap();
    assert_eq!((response.refresh, response.id, response.scope.as_deref()), (None, None, Some("")));
}

#[rstest]
#[case::missing(json!({ "id_token": "x" }))]
#[case::empty(json!({ "access_token": "" }))]
#[case::not_text(json!({ "access_token": 7 }))]
#[case::two_header_lines(json!({ "access_token": "abcdef\r\nX-Evil: 1" }))]
#[case::not_ascii(json!({ "access_token": "tökentöken" }))]
fn an_access_token_that_cannot_be_sent_is_refused(#[case] value: Value) {
    assert!(matches!(read(&value), Err(AuthError::BadTokenResponse(_))));
}

#[test]
fn a_jwts_own_expiry_wins_over_expires_in() {
    // {"alg":"RS256"} . {"exp":1795464100}
    let token = "eyJhbGciOiJSUzI1NiJ9.eyJleHAiOjE3OTU0NjQxMDB9.c2lnbmF0dXJl";
    let tokens = read(&json!({ "access_token": token, "expires_in": 86400 })).unwrap().into_tokens(START);
    assert_eq!(tokens.expires_at, Some(START.plus(Duration::from_secs(100))));
}

proptest! {
    #[test]
    fn never_panics(access in ".{0,40}", expires in any::<f64>(), text in ".{0,10}", kind in ".{0,10}") {
        drop(read(&json!({ "access_token": access, "expires_in": expires, "token_type": kind, "scope": text })));
        drop(read(&json!({ "access_token": "abc", "expires_in": text })).map(|response| response.into_tokens(START)));
    }
}
