//! What people paste.

use proptest::prelude::*;
use rstest::rstest;

use super::*;

#[rstest]
#[case::whole("http://127.0.0.1:53180/callback?code=abc&state=xyz")]
#[case::quoted("  'http://127.0.0.1:53180/callback?code=abc&state=xyz'\n")]
#[case::wrapped_by_the_terminal("http://127.0.0.1:53180/callback?co\nde=abc&state=x\r\n  yz")]
#[case::query("?code=abc&state=xyz")]
#[case::bare_query("code=abc&state=xyz")]
fn reads_what_people_paste(#[case] pasted: &str) {
    let url = parse_pasted_callback(pasted).unwrap();
    assert_eq!(url.query(), Some("code=abc&state=xyz"));
}

#[rstest]
#[case::nothing("  ", "Nothing")]
#[case::the_wrong_address("https://op.test/authorize?response_type=code&state=x", "sign-in page")]
#[case::no_code("http://127.0.0.1:53180/callback", "neither")]
#[case::words("I am lost", "neither")]
#[case::huge(&"x".repeat(20_000), "too long")]
fn says_what_is_wrong_with_it(#[case] pasted: &str, #[case] expected: &str) {
    let error = parse_pasted_callback(pasted).unwrap_err();
    assert!(matches!(&error, AuthError::WrongCallback(why) if why.contains(expected)), "{error}");
}

#[test]
fn debug_hides_the_code() {
    let url = Url::parse("http://127.0.0.1:1/callback?code=s3cret").unwrap();
    let request = CallbackRequest { url, respond: Box::new(|_| {}) };
    assert_eq!(format!("{request:?}"), "CallbackRequest(/callback)");
}

proptest! {
    #[test]
    fn never_panics(pasted in ".{0,200}") {
        drop(parse_pasted_callback(&pasted));
        drop(parse_pasted_callback(&format!("http://{pasted}?code={pasted}")));
    }
}
