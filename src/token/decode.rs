//! base64url and JSON of a token's parts: strict first, then lenient with a word on what was wrong.
//!
//! The inspector shows what the lenient reading finds; the verifier refuses a token with any defect, because
//! strict readers do (RFC 7515 section 2) and two readers of one token must never see different claims.

use std::collections::HashSet;
use std::fmt;

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, URL_SAFE_NO_PAD};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// No more repeated names than this are remembered; a hostile token could hold thousands.
const MOST_DUPLICATES: usize = 5;

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The bytes of a base64url text, and what a strict reader would refuse about it.
pub(super) fn base64url(text: &str) -> Result<(Vec<u8>, Option<&'static str>), &'static str> {
    if let Ok(bytes) = URL_SAFE_NO_PAD.decode(text) {
        return Ok((bytes, None));
    }
    let defect = if text.ends_with('=') {
        "is padded with `=`, which base64url in a JWT never is"
    } else if text.contains(['+', '/']) {
        "is plain base64 (`+` and `/`), not base64url"
    } else {
        "has stray bits at its end"
    };
    let url_safe = text.replace('+', "-").replace('/', "_");
    LENIENT.decode(url_safe).map(|bytes| (bytes, Some(defect))).map_err(|_| "is not base64url")
}

/// A JSON object and the names that occur more than once in it.
#[derive(Debug, Default)]
pub(super) struct JsonObject {
    /// The members; of repeated names the last.
    pub(super) members: Map<String, Value>,
    /// Names repeated at the top, at most a few of them.
    pub(super) duplicates: Vec<String>,
    /// Names repeated deeper down, at most a few of them.
    pub(super) nested_duplicates: Vec<String>,
}

/// Reads a JSON object; the error completes `the header …`. Nesting is bounded by serde_json (128).
pub(super) fn json_object(bytes: &[u8]) -> Result<JsonObject, String> {
    let value: Value = serde_json::from_slice(bytes).map_err(|error| match std::str::from_utf8(bytes) {
        Err(_) => "is not text (UTF-8)".to_owned(),
        Ok(_) => format!("is not JSON ({})", explain(&error)),
    })?;
    let kind = match value {
        Value::Object(members) => {
            let mut scan = DuplicateScan::default();
            // The same bytes parsed a moment ago, so this cannot fail; if it did, nothing would be reported.
            let mut reader = serde_json::Deserializer::from_slice(bytes);
            let _ = Level { scan: &mut scan, depth: 0 }.deserialize(&mut reader);
            return Ok(JsonObject { members, duplicates: scan.top, nested_duplicates: scan.nested });
        }
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "an array",
    };
    Err(format!("is {kind}, not a JSON object"))
}

/// serde_json's words without anything quoted from the input.
fn explain(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        serde_json::error::Category::Eof => "it ends too early",
        _ if error.to_string().starts_with("recursion limit") => "it is nested too deeply",
        _ => "syntax error",
    };
    format!("{what} at line {}, column {}", error.line(), error.column())
}

/// serde_json silently keeps the last of several members with one name; this finds them.
#[derive(Default)]
struct DuplicateScan {
    top: Vec<String>,
    nested: Vec<String>,
}

struct Level<'a> {
    scan: &'a mut DuplicateScan,
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Level<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Level<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { scan, depth } = self;
        let mut seen = HashSet::new();
        while let Some(name) = map.next_key::<String>()? {
            map.next_value_seed(Level { scan: &mut *scan, depth: depth + 1 })?;
            let Some(repeated) = seen.replace(name) else { continue };
            let list = if depth == 0 { &mut scan.top } else { &mut scan.nested };
            if list.len() < MOST_DUPLICATES && !list.contains(&repeated) {
                list.push(repeated);
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Self { scan, depth } = self;
        while seq.next_element_seed(Level { scan: &mut *scan, depth: depth + 1 })?.is_some() {}
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::strict("eyJhIjoxfQ", Ok(None))]
    #[case::padded("eyJhIjoxfQ==", Ok(Some("is padded with `=`, which base64url in a JWT never is")))]
    #[case::plain_alphabet("+/8", Ok(Some("is plain base64 (`+` and `/`), not base64url")))]
    #[case::stray_bits("eyJhIjoxfR", Ok(Some("has stray bits at its end")))]
    #[case::foreign("ey!", Err("is not base64url"))]
    #[case::impossible_length("eyJhI", Err("is not base64url"))]
    #[case::empty("", Ok(None))]
    fn reads_base64url(#[case] text: &str, #[case] expected: Result<Option<&'static str>, &'static str>) {
        assert_eq!(base64url(text).map(|(_, defect)| defect), expected);
    }

    #[rstest]
    #[case("[1]", "is an array, not a JSON object")]
    #[case("\"x\"", "is text, not a JSON object")]
    #[case("1", "is a number, not a JSON object")]
    #[case("null", "is null, not a JSON object")]
    #[case("true", "is true or false, not a JSON object")]
    #[case("{\"a\":", "is not JSON (it ends too early at line 1, column 5)")]
    #[case("{\"a\":x}", "is not JSON (syntax error at line 1, column 6)")]
    #[case("{} {}", "is not JSON (syntax error at line 1, column 4)")]
    fn says_why_it_is_no_object(#[case] json: &str, #[case] why: &str) {
        assert_eq!(json_object(json.as_bytes()).unwrap_err(), why);
    }

    #[test]
    fn bytes_that_are_no_text_and_deep_nesting_are_refused() {
        assert_eq!(json_object(b"{\"a\":\"\xff\"}").unwrap_err(), "is not text (UTF-8)");
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(json_object(deep.as_bytes()).unwrap_err().contains("nested too deeply"));
    }

    #[test]
    fn finds_duplicates_at_the_top_and_below() {
        let object =
            json_object(br#"{"a":1,"b":{"c":1,"c":2},"a":[{"d":1},{"d":1}],"e":[{"f":1,"\u0066":2}],"a":3}"#).unwrap();
        assert_eq!(object.duplicates, ["a"]);
        assert_eq!(object.nested_duplicates, ["c", "f"]);
        assert_eq!(object.members["a"], 3, "the last one is kept");
        let members: Vec<String> = (0..100).map(|i| format!("\"k{}\":{i}", i / 2)).collect();
        let many = json_object(format!("{{{}}}", members.join(",")).as_bytes()).unwrap();
        assert_eq!(many.duplicates.len(), MOST_DUPLICATES);
    }
}
