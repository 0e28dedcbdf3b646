//! Statuses, errors, waits and clocks of answers.

use proptest::prelude::*;
use rstest::rstest;
use serde_json::json;

use super::*;
use crate::auth::error::AuthError;
use crate::auth::testing::{START, json as json_answer, text as text_answer};

const ASKING: Asking = Asking { grant: Grant::AuthorizationCode, is_kinde: true };

fn read(response: &WireResponse) -> Result<Map<String, Value>, AuthError> {
    object(ASKING, "token request", &Url::parse("https://op.test/token?secret=1").unwrap(), response)
}

fn with_header(mut response: WireResponse, name: &str, value: &str) -> WireResponse {
    response.headers.push((name.to_owned(), value.to_owned()));
    response
}

#[rstest]
#[case::created(201)]
#[case::ok(200)]
fn takes_objects_with_a_status_of_success(#[case] status: u16) {
    assert_eq!(read(&json_answer(status, &json!({ "a": 1 })).unwrap()).unwrap()["a"], 1);
}

#[rstest]
#[case::by_the_book(400)]
#[case::as_a_success(200)]
#[case::as_unauthorised(401)]
fn the_member_error_decides_whatever_the_status(#[case] status: u16) {
    let answer = json_answer(status, &json!({ "error": "invalid_grant", "error_description": "too\u{1b}[31m old\n" }));
    let error = read(&answer.unwrap()).unwrap_err();
    assert!(error.is_invalid_grant() && !error.is_passing());
    let AuthError::Refused { refusal, .. } = error else { panic!() };
    assert_eq!(refusal.description.as_deref(), Some("too\u{fffd}[31m old"));
}

#[test]
fn redirects_are_errors_and_their_query_is_not_shown() {
    let answer = text_answer(307, "text/html", "").unwrap();
    let error = read(&with_header(answer, "location", "https://evil.test/take?code=s3cret")).unwrap_err();
    assert!(matches!(&error, AuthError::Redirected { to, .. } if to == "https://evil.test/take"), "{error}");
}

#[rstest]
#[case::kinde(429, "ratelimit-reset", "17", Some(17))]
#[case::standard(503, "retry-after", " 5 ", Some(5))]
#[case::a_date(503, "retry-after", "Mon, 23 Nov 2026 20:00:00 GMT", None)]
#[case::a_time_of_day(429, "ratelimit-reset", "1795464000", None)]
fn busy_providers_say_how_long(
    #[case] status: u16,
    #[case] name: &str,
    #[case] value: &str,
    #[case] seconds: Option<u64>,
) {
    let error = read(&with_header(text_answer(status, "text/plain", "slow down").unwrap(), name, value)).unwrap_err();
    assert!(error.is_passing());
    assert!(matches!(error, AuthError::Busy { wait, .. } if wait == seconds.map(Duration::from_secs)));
}

#[test]
fn too_many_requests_with_an_error_is_busy_unless_the_device_flow_says_more() {
    let busy = json_answer(429, &json!({ "error": "too_many_requests" })).unwrap();
    assert!(matches!(read(&busy).unwrap_err(), AuthError::Busy { .. }));
    let slow = json_answer(429, &json!({ "error": "slow_down" })).unwrap();
    assert!(matches!(read(&slow).unwrap_err(), AuthError::Refused { .. }));
}

#[rstest]
#[case::html(200, "  <!DOCTYPE HTML><p>Hello", "HTML page")]
#[case::an_array(200, "[1]", "no object")]
#[case::nothing(200, "", "empty")]
#[case::cut(200, r#"{"access_token":"#, "not JSON")]
#[case::kindes_other_errors(400, r#"{"errors":{"code":"ROUTE_NOT_FOUND"}}"#, "ROUTE_NOT_FOUND")]
fn says_what_is_odd(#[case] status: u16, #[case] body: &str, #[case] expected: &str) {
    let error = read(&text_answer(status, "text/plain", body).unwrap()).unwrap_err();
    assert!(matches!(&error, AuthError::Unexpected { why, .. } if why.contains(expected)), "{error:?}");
}

#[rstest]
#[case::right("Mon, 23 Nov 2026 20:00:30 GMT", None)]
#[case::ahead("Mon, 23 Nov 2026 19:58:00 GMT", Some("120 s ahead of"))]
#[case::behind("Mon, 23 Nov 2026 20:02:00 GMT", Some("120 s behind"))]
#[case::nonsense("yesterday", None)]
fn tells_of_clocks_that_differ(#[case] date: &str, #[case] expected: Option<&str>) {
    let response = with_header(text_answer(200, "text/plain", "").unwrap(), "date", date);
    let note = clock_note(&response, START);
    assert_eq!(note.is_some(), expected.is_some(), "{note:?}");
    assert!(note.unwrap_or_default().contains(expected.unwrap_or_default()));
}

proptest! {
    #[test]
    fn never_panics(status in 100_u16..600, body in proptest::collection::vec(any::<u8>(), 0..200), date in ".{0,40}") {
        let mut response = text_answer(status, "x", "").unwrap();
        response.body = body.into();
        let response = with_header(with_header(response, "date", &date), "location", &date);
        drop(read(&response));
        drop(clock_note(&response, START));
        wait(&response);
    }
}
