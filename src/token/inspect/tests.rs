//! What the inspector makes of good, odd and hostile texts.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use proptest::prelude::*;
use rstest::rstest;
use serde_json::json;

use super::*;
use crate::token::testing::encode;

/// A JWT by form; the signature is three bytes of nothing.
fn jwt(claims: &Value) -> String {
    format!("{}.{}.c2ln", encode(&json!({"alg": "RS256", "kid": "4c:fa"})), encode(claims))
}

fn with_claims(claims: &Value) -> Inspection {
    inspect(&jwt(claims))
}

fn broken(why: &str) -> TokenForm {
    TokenForm::Broken(why.to_owned())
}

#[test]
fn reads_header_and_claims() {
    let token = jwt(&json!({"iss": "https://a.kinde.com", "sub": "kp_1", "jti": "j", "aud": "one"}));
    let inspection = inspect(&token);
    assert_eq!(inspection.form, TokenForm::Jwt);
    assert_eq!(inspection.algorithm(), Some("RS256"));
    assert_eq!(inspection.key_id(), Some("4c:fa"));
    assert_eq!(inspection.issuer(), Some("https://a.kinde.com"));
    assert_eq!(inspection.subject(), Some("kp_1"));
    assert_eq!(inspection.jti(), Some("j"));
    assert_eq!(inspection.size, token.len());
    assert_eq!(inspection.notes, Vec::<String>::new());
    assert_eq!(inspection.fingerprint, fingerprint(&token));
}

#[test]
fn the_fingerprint_is_the_start_of_the_sha_256() {
    assert_eq!(fingerprint("abc"), "ba7816bf8f01", "FIPS 180-2 appendix B.1");
}

#[test]
fn debug_shows_no_claims() {
    let text = format!("{:?}", with_claims(&json!({"email": "jane@acme.test"})));
    assert!(!text.contains("jane"), "{text}");
}

#[rstest]
#[case::api_key("k_live_abcdef0123456789", TokenForm::Opaque)]
#[case::fosite_with_a_dot("ory_at_abc.def", TokenForm::Opaque)]
#[case::three_opaque_parts("SG.abc.def", TokenForm::Opaque)]
#[case::paseto("v4.public.AAAA", TokenForm::Opaque)]
#[case::empty("", broken("The token is empty"))]
#[case::blank(" \n", broken("The token is empty"))]
#[case::only_bearer("Bearer ", broken("The token is empty"))]
#[case::begins_like_bearer("bearerfoo", TokenForm::Opaque)]
#[case::json("{\"access_token\":\"x\"}", broken("This is JSON; the token is the value of its `access_token`"))]
#[case::words("not a token", broken("The token has spaces or characters that no header can carry"))]
#[case::umlaut("tökén", broken("The token has spaces or characters that no header can carry"))]
#[case::header_only("eyJhbGciOiJSUzI1NiJ9", broken("Only the header of a JWT: the rest was cut off"))]
#[case::two_parts("eyJhbGciOiJSUzI1NiJ9.e30", broken("Two parts instead of three: the signature is missing"))]
#[case::four_parts("eyJhbGciOiJSUzI1NiJ9.e30.a.b", broken("A JWT has three parts; this has another number"))]
#[case::thousand_dots(&format!("eyJhbGciOiJSUzI1NiJ9{}", ".".repeat(1000)), broken("A JWT has three parts; this has another number"))]
#[case::jwe("eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.a.b.c.d", TokenForm::Jwe)]
#[case::five_parts_without_enc(
    "eyJhbGciOiJSUzI1NiJ9.a.b.c.d",
    broken("Five parts as an encrypted token has, but the header has no `enc`")
)]
#[case::broken_header("eyJhbGciOi.e30.c2ln", broken("The header is not JSON (it ends too early at line 1, column 7)"))]
#[case::beginning_only("eyJhbGciOi", broken("The header is not JSON (it ends too early at line 1, column 7)"))]
#[case::opaque_like_a_jwt("eyk3bW9zdGx5LXJhbmRvbQ", TokenForm::Opaque)]
#[case::header_not_base64("eyJ*.e30.c2ln", broken("The header is not base64url"))]
#[case::claims_not_base64("eyJhbGciOiJSUzI1NiJ9.***.c2ln", broken("The claims part is not base64url"))]
#[case::claims_array("eyJhbGciOiJSUzI1NiJ9.W10.c2ln", broken("The claims part is an array, not a JSON object"))]
#[case::claims_text(
    "eyJhbGciOiJSUzI1NiJ9.Ing.c2ln",
    broken("The claims part is not JSON (it ends too early at line 1, column 2)")
)]
#[case::signature_not_base64("eyJhbGciOiJSUzI1NiJ9.e30.*", broken("The signature is not base64url"))]
#[case::unsigned("eyJhbGciOiJub25lIn0.e30.", TokenForm::Jwt)]
#[case::unknown_algorithm("eyJhbGciOiJYWVo5OTkifQ.e30.c2ln", TokenForm::Jwt)]
#[case::algorithm_not_text("eyJhbGciOjF9.e30.c2ln", TokenForm::Jwt)]
fn tells_the_form(#[case] token: &str, #[case] form: TokenForm) {
    assert_eq!(inspect(token).form, form);
}

#[test]
fn too_large_is_not_decoded() {
    let inspection = inspect(&"e".repeat(MAX_SIZE + 1));
    assert!(matches!(&inspection.form, TokenForm::Broken(why) if why.contains("1024 KiB")));
    let large = with_claims(&json!({"x": "x".repeat(9000)}));
    assert_eq!(large.form, TokenForm::Jwt);
    assert!(large.notes[0].contains("8 KiB"), "{:?}", large.notes);
    assert!(large.defects.is_empty(), "a large token may still be a good one");
}

#[test]
fn deep_nesting_is_refused_without_harm() {
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(50_000), "]".repeat(50_000));
    let token = format!("eyJhbGciOiJSUzI1NiJ9.{}.c2ln", URL_SAFE_NO_PAD.encode(deep));
    assert!(matches!(inspect(&token).form, TokenForm::Broken(why) if why.contains("nested too deeply")));
}

#[rstest]
#[case::padded(format!("eyJhbGciOiJSUzI1NiJ9.{}.c2ln", URL_SAFE.encode("{\"a\":1}")), "padded")]
#[case::plain_base64(format!("eyJhbGciOiJSUzI1NiJ9.{}.c2ln", STANDARD.encode("{\"a\":\"???>>>\"}").trim_end_matches('=')), "plain base64")]
#[case::line_break("eyJhbGciOiJSUzI1NiJ9.\ne30.c2ln".to_owned(), "inside the token")]
#[case::bearer("Bearer eyJhbGciOiJSUzI1NiJ9.e30.c2ln".to_owned(), "`Bearer`")]
#[case::duplicate_claim(format!("eyJhbGciOiJSUzI1NiJ9.{}.c2ln", URL_SAFE_NO_PAD.encode("{\"sub\":\"a\",\"sub\":\"b\"}")), "`sub` more than once")]
#[case::duplicate_header(format!("{}.e30.c2ln", URL_SAFE_NO_PAD.encode("{\"alg\":\"none\",\"alg\":\"RS256\"}")), "`alg` more than once")]
#[case::stray_bits("eyJhbGciOiJSUzI1NiJ9.e30.c2l".to_owned(), "stray bits")]
fn notes_what_strict_readers_refuse(#[case] token: String, #[case] word: &str) {
    let inspection = inspect(&token);
    assert_eq!(inspection.form, TokenForm::Jwt, "{token}");
    assert!(inspection.defects.iter().any(|defect| defect.contains(word)), "{:?}", inspection.defects);
    assert!(inspection.notes.iter().any(|note| note.contains(word)), "{:?}", inspection.notes);
}

#[test]
fn nested_duplicates_are_only_noted() {
    let claims = URL_SAFE_NO_PAD.encode("{\"a\":{\"b\":1,\"b\":2}}");
    let inspection = inspect(&format!("eyJhbGciOiJSUzI1NiJ9.{claims}.c2ln"));
    assert!(inspection.defects.is_empty());
    assert_eq!(inspection.notes, ["Inside the claims part, `b` occurs more than once"]);
}

#[rstest]
#[case::clean("eyJx.y.z", "eyJx.y.z", 0)]
#[case::spaces("  eyJx.y.z\r\n", "eyJx.y.z", 1)]
#[case::header_line("Authorization: Bearer eyJx.y.z", "eyJx.y.z", 2)]
#[case::lower_case("authorization:bearer eyJx.y.z", "eyJx.y.z", 2)]
#[case::json_value("\"eyJx.y.z\",", "eyJx.y.z", 2)]
#[case::quotes_inside("'Bearer \"eyJx.y.z\"'", "eyJx.y.z", 2)]
#[case::wrapped_by_a_terminal("eyJx.\n  y\n  .z", "eyJx.y.z", 1)]
#[case::invisible("\u{feff}eyJx.y\u{200b}.z", "eyJx.y.z", 2)]
#[case::opaque_keeps_inner_spaces("a b", "a b", 0)]
#[case::one_quote("\"abc", "\"abc", 0)]
#[case::only_quotes("\"\"", "", 1)]
fn unwraps_what_people_paste(#[case] pasted: &str, #[case] token: &str, #[case] notes: usize) {
    let (found, found_notes) = unwrap_pasted(pasted);
    assert_eq!(found, token);
    assert_eq!(found_notes.len(), notes, "{found_notes:?}");
}

#[rstest]
#[case(json!("one"), &["one"])]
#[case(json!(["one", "two"]), &["one", "two"])]
#[case(json!([]), &[])]
#[case(json!(["one", 2, null]), &["one"])]
#[case(json!(5), &[])]
#[case(json!({"a": 1}), &[])]
fn audiences_of_any_form(#[case] aud: Value, #[case] expected: &[&str]) {
    assert_eq!(with_claims(&json!({"aud": aud})).audiences(), expected);
}

#[rstest]
#[case::seconds(json!(1_300_819_380), Some(1_300_819_380_000))]
#[case::fraction(json!(1_300_819_380.25), Some(1_300_819_380_250))]
#[case::exponent(json!(1.3e9), Some(1_300_000_000_000))]
#[case::zero(json!(0), Some(0))]
#[case::last(json!(253_402_300_799_i64), Some(253_402_300_799_000))]
#[case::milliseconds(json!(1_300_819_380_000_i64), None)]
#[case::negative(json!(-1), None)]
#[case::negative_fraction(json!(-0.5), None)]
#[case::largest(json!(u64::MAX), None)]
#[case::huge(json!(1e300), None)]
#[case::text(json!("1300819380"), None)]
#[case::null(Value::Null, None)]
fn times(#[case] value: Value, #[case] millis: Option<i64>) {
    let inspection = with_claims(&json!({"exp": value, "iat": value, "nbf": value}));
    let expected = millis.map(Timestamp::from_millis);
    assert_eq!(inspection.expires_at(), expected);
    assert_eq!(inspection.issued_at(), expected);
    assert_eq!(inspection.not_before(), expected);
}

#[test]
fn says_why_a_time_is_no_time() {
    let of = |value: Value| with_claims(&json!({"exp": value})).numeric_date("exp");
    assert_eq!(of(json!("5")), NumericDate::Unusable("is not a number".to_owned()));
    assert_eq!(of(json!(-5)), NumericDate::Unusable("is a number that is no time".to_owned()));
    let milliseconds = of(json!(1_795_442_602_000_i64));
    assert!(matches!(milliseconds, NumericDate::Unusable(why) if why.contains("milliseconds")));
    assert_eq!(with_claims(&json!({})).numeric_date("exp"), NumericDate::Absent);
}

#[rstest]
#[case::kinde_access(json!({"aud": [], "azp": "c", "scp": ["openid"], "sub": "kp_1", "permissions": []}), TokenUse::Access)]
#[case::kinde_device(json!({"aud": ["api"], "scope": "read:x", "sub": "kp_1"}), TokenUse::Access)]
#[case::kinde_id(json!({"aud": ["https://a.kinde.com", "c"], "azp": "c", "at_hash": "x", "auth_time": 1, "sub": "kp_1"}), TokenUse::Id)]
#[case::kinde_machine(json!({"aud": ["api"], "azp": "m", "gty": ["client_credentials"], "scp": [], "v": "2"}), TokenUse::MachineToMachine)]
#[case::auth0_machine(json!({"gty": "client-credentials", "scope": "x"}), TokenUse::MachineToMachine)]
#[case::other_grant(json!({"gty": ["authorization_code"], "scp": []}), TokenUse::Access)]
#[case::subject_is_the_client(json!({"sub": "c", "azp": "c", "scope": "x"}), TokenUse::MachineToMachine)]
#[case::keycloak_access(json!({"typ": "Bearer", "nonce": "n"}), TokenUse::Access)]
#[case::keycloak_id(json!({"typ": "ID"}), TokenUse::Id)]
#[case::cognito(json!({"token_use": "id"}), TokenUse::Id)]
#[case::device_id_token(json!({"aud": ["c"], "azp": "c"}), TokenUse::Id)]
#[case::nonce(json!({"nonce": "n"}), TokenUse::Id)]
#[case::auth_time(json!({"auth_time": 1}), TokenUse::Id)]
#[case::hasura(json!({"x-hasura-permissions": []}), TokenUse::Access)]
#[case::nothing(json!({"sub": "x", "aud": "c"}), TokenUse::Unknown)]
fn tells_what_it_is_for(#[case] claims: Value, #[case] expected: TokenUse) {
    assert_eq!(with_claims(&claims).token_use(), expected);
}

#[rstest]
#[case(json!({"typ": "at+jwt", "alg": "RS256"}), json!({"sub": "u", "client_id": "c", "auth_time": 1}), TokenUse::Access)]
#[case(json!({"typ": "application/AT+JWT"}), json!({"sub": "c", "client_id": "c"}), TokenUse::MachineToMachine)]
fn rfc_9068_header_type(#[case] header: Value, #[case] claims: Value, #[case] expected: TokenUse) {
    assert_eq!(inspect(&format!("{}.{}.c2ln", encode(&header), encode(&claims))).token_use(), expected);
}

#[test]
fn claims_are_shown_even_when_the_header_is_broken() {
    let inspection = inspect("eyJhbGciOi.eyJzdWIiOiJ4In0.c2ln");
    assert!(matches!(inspection.form, TokenForm::Broken(_)));
    assert_eq!(inspection.subject(), Some("x"));
}

/// Everything that reads an inspection.
fn exercise(token: &str) {
    let inspection = inspect(token);
    let _ = (inspection.algorithm(), inspection.key_id(), inspection.audiences(), inspection.token_use());
    let _ = (inspection.expires_at(), inspection.issued_at(), inspection.not_before(), format!("{inspection:?}"));
    if let Some(claims) = &inspection.claims {
        let _ = crate::token::kinde::read(claims);
    }
}

proptest! {
    #[test]
    fn any_text_is_inspected(text in any::<String>()) {
        exercise(&text);
    }

    #[test]
    fn any_token_like_text_is_inspected(text in "[ey\\.A-Za-z0-9_=+/ -]{0,120}") {
        exercise(&text);
    }

    #[test]
    fn any_parts_are_inspected(header in any::<Vec<u8>>(), claims in any::<Vec<u8>>(), signature in any::<Vec<u8>>()) {
        let parts = [header, claims, signature].map(|part| URL_SAFE_NO_PAD.encode(part));
        exercise(&parts.join("."));
    }

    #[test]
    fn mutated_json_is_inspected(at in 0_usize..80, byte in any::<u8>()) {
        let mut claims = br#"{"exp":1e9,"aud":["a",null],"scp":["x"],"roles":[{"key":"k"}],"a":"\ud83d\ude00"}"#.to_vec();
        let at = at % claims.len();
        claims[at] = byte;
        exercise(&format!("eyJhbGciOiJSUzI1NiJ9.{}.c2ln", URL_SAFE_NO_PAD.encode(claims)));
    }

    #[test]
    fn unwrapping_is_idempotent(text in "[ \"'`,;Bearer:Authoization\\n.ey]{0,60}") {
        let (once, _) = unwrap_pasted(&text);
        let (twice, notes) = unwrap_pasted(&once);
        prop_assert_eq!(&once, &twice);
        prop_assert!(notes.is_empty());
    }
}
