//! `# @assert`: does the exchange fulfil what the request's file says of it?
//!
//! An assertion is a jq expression that gives `true` or `false`. Where it compares, its left side is evaluated as well, so
//! that a failure can say what was there instead.

use crate::app::msg::{AssertResult, RunNote};
use crate::app::state::Tone;
use crate::redact::mask;
use crate::shell::jq::Evaluated;
use crate::template::jq::ResultKind;

/// How many characters of a value are shown.
const LONGEST_SHOWN: usize = 120;

/// The comparisons of jq, the longer ones first.
const COMPARISONS: [&str; 6] = ["==", "!=", "<=", ">=", "<", ">"];

/// The expressions to evaluate for these assertions: each, and the left side of each that compares.
pub(super) fn expressions(asserts: &[String]) -> Vec<String> {
    let left = asserts.iter().filter_map(|assert| left_side(assert)).map(str::to_owned);
    asserts.iter().cloned().chain(left).collect()
}

/// The results, from those of [`expressions`].
pub(super) fn results(asserts: &[String], evaluated: &[Evaluated]) -> Vec<AssertResult> {
    let (own, left) = evaluated.split_at(asserts.len().min(evaluated.len()));
    let mut left = left.iter();
    asserts
        .iter()
        .zip(own)
        .map(|(assert, result)| {
            let found = left_side(assert).and_then(|side| Some((side, left.next()?)));
            AssertResult { expression: assert.clone(), failure: failure(result, found) }
        })
        .collect()
}

/// Why it does not hold; `None`: it does.
fn failure(result: &Evaluated, left: Option<(&str, &Evaluated)>) -> Option<String> {
    match result {
        Ok((ResultKind::Other, text)) if text == "true" => None,
        Ok((ResultKind::Other, text)) if text == "false" => Some(match left {
            Some((side, Ok((kind, value)))) => format!("`{side}` is {}", shown(*kind, value)),
            Some((side, Err(why))) => format!("`{side}` has no value: {why}"),
            None => "it gives false".to_owned(),
        }),
        Ok((kind, value)) => Some(format!("it gives {}, not true or false", shown(*kind, value))),
        Err(why) => Some(why.clone()),
    }
}

fn shown(kind: ResultKind, value: &str) -> String {
    let value = mask(value);
    let short = match value.char_indices().nth(LONGEST_SHOWN) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.into_owned(),
    };
    match kind {
        ResultKind::Text => format!("\"{short}\""),
        ResultKind::Null | ResultKind::Other => short,
    }
}

/// What the user reads: every failure, and how many held.
pub(super) fn notes(results: &[AssertResult]) -> Vec<RunNote> {
    let failed = results.iter().filter_map(|result| Some((result, result.failure.as_ref()?)));
    let mut notes: Vec<RunNote> = failed
        .map(|(result, why)| RunNote {
            tone: Tone::Bad,
            text: format!("Assertion failed: `{}`: {why}", result.expression),
        })
        .collect();
    let held = results.len() - notes.len();
    let text = match (held, notes.is_empty()) {
        (0, _) => return notes,
        (1, true) => "The assertion holds".to_owned(),
        (held, true) => format!("All {held} assertions hold"),
        (held, false) => format!("{held} of {} assertions hold", results.len()),
    };
    notes.push(RunNote { tone: Tone::Good, text });
    notes
}

/// What stands before the only comparison of an expression, outside of brackets and texts. `None` where there is none,
/// or where more than a comparison is going on (`and`, `or`, `|`, …): then the left side alone would say little.
fn left_side(expression: &str) -> Option<&str> {
    let bytes = expression.as_bytes();
    let (mut depth, mut quoted, mut at) = (0_usize, false, 0);
    let mut found = None;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if quoted => at += 1,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.checked_sub(1)?,
            // Assignments, alternatives, definitions and comments are no plain comparisons.
            b'|' | b',' | b';' | b'#' | b'?' if depth == 0 => return None,
            _ if depth > 0 => {}
            _ => {
                let rest = expression.get(at..).unwrap_or_default();
                if let Some(operator) = COMPARISONS.iter().find(|operator| rest.starts_with(**operator)) {
                    if found.replace(at).is_some() {
                        return None;
                    }
                    at += operator.len() - 1;
                } else if bytes[at] == b'=' {
                    return None;
                }
            }
        }
        at += 1;
    }
    let side = expression[..found?].trim();
    let is_joined = expression.split_whitespace().any(|word| matches!(word, "and" | "or" | "if" | "def" | "as"));
    (!is_joined && !side.is_empty()).then_some(side)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::template::jq;

    #[rstest]
    #[case::equal(".status == 200", Some(".status"))]
    #[case::nested(".body.items[0] .id != \"a == b\"", Some(".body.items[0] .id"))]
    #[case::bracketed("(.body | length) > 3", Some("(.body | length)"))]
    #[case::bound(".time_ms<=500", Some(".time_ms"))]
    #[case::quoted(r#".headers["a\"<b"] == "x""#, Some(r#".headers["a\"<b"]"#))]
    #[case::no_comparison(".body | has(\"id\")", None)]
    #[case::piped(".body | .a == 1", None)]
    #[case::two(".status >= 200 and .status < 300", None)]
    #[case::joined("(.a == 1) or .status == 2", None)]
    #[case::assignment(".a = 1", None)]
    #[case::nothing("== 1", None)]
    #[case::empty("", None)]
    fn the_left_side_of_a_comparison(#[case] expression: &str, #[case] expected: Option<&str>) {
        assert_eq!(left_side(expression), expected);
    }

    fn checked(asserts: &[&str]) -> Vec<AssertResult> {
        let asserts: Vec<String> = asserts.iter().map(|&text| text.to_owned()).collect();
        let input = br#"{"status":401,"body":{"name":"x","n":null},"token":null}"#;
        let evaluated: Vec<Evaluated> = expressions(&asserts)
            .iter()
            .map(|expression| jq::evaluate(expression, input).map_err(|error| error.to_string()))
            .collect();
        results(&asserts, &evaluated)
    }

    #[test]
    fn a_failure_says_what_was_there_instead() {
        let results = checked(&[
            ".status == 401",
            ".status == 200",
            ".body.name == \"y\"",
            ".body | has(\"id\")",
            ".body.n == 1",
            ".status",
            ".status ==",
        ]);
        let failures: Vec<Option<&str>> = results.iter().map(|result| result.failure.as_deref()).collect();
        assert_eq!(
            failures[..6],
            [
                None,
                Some("`.status` is 401"),
                Some("`.body.name` is \"x\""),
                Some("it gives false"),
                Some("`.body.n` is null"),
                Some("it gives 401, not true or false"),
            ]
        );
        assert!(failures[6].is_some_and(|why| why.contains("missing")), "{failures:?}");
        let notes = notes(&results);
        assert_eq!(notes.iter().filter(|note| note.tone == Tone::Bad).count(), 6);
        assert_eq!(notes.last().map(|note| note.text.as_str()), Some("1 of 7 assertions hold"));
    }

    #[test]
    fn what_holds_is_one_line() {
        let texts = |asserts: &[&str]| notes(&checked(asserts)).into_iter().map(|note| note.text).collect::<Vec<_>>();
        assert_eq!(texts(&[".status == 401"]), ["The assertion holds"]);
        assert_eq!(texts(&[".status == 401", ".status < 500"]), ["All 2 assertions hold"]);
        assert_eq!(texts(&[]), Vec::<String>::new());
    }
}
