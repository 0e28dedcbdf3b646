//! Two tokens claim by claim: what came, what went, what changed. Lists are compared as sets, times are told as ages.
//!
//! Read by the difference of two responses, the token lab, `token --compare` and "changed at the last refresh". Pure;
//! works on decoded claims, never on a token.

use serde_json::{Map, Value};

use crate::model::time::Timestamp;
use crate::token::describe;
use crate::token::text;

/// Claims that differ between any two tokens of one user: when and for which request it was made, and what is
/// reckoned from that.
const ROUTINE: [&str; 11] =
    ["exp", "iat", "nbf", "jti", "auth_time", "rat", "nonce", "at_hash", "c_hash", "sid", "updated_at"];

/// Claims that are times (RFC 7519 section 4.1, OIDC Core section 2).
const TIMES: [&str; 6] = ["exp", "iat", "nbf", "auth_time", "rat", "updated_at"];

/// A claim that differs. Members of an object have its name in front: `feature_flags.beta`.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimChange {
    /// Which claim.
    pub name: String,
    /// How.
    pub change: Change,
}

/// How a claim differs.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Only the new token has it.
    Added(Value),
    /// Only the old token has it.
    Removed(Value),
    /// Both have it, with other values.
    Changed {
        /// Before.
        old: Value,
        /// After.
        new: Value,
    },
    /// A list with other members; their order does not count.
    Members {
        /// In the new one only.
        gained: Vec<Value>,
        /// In the old one only.
        lost: Vec<Value>,
    },
}

impl ClaimChange {
    /// Does this differ between any two tokens of one user?
    pub fn is_routine(&self) -> bool {
        ROUTINE.contains(&self.name.as_str())
    }

    /// `added`, `removed`, `changed`.
    pub const fn kind(&self) -> &'static str {
        match self.change {
            Change::Added(_) => "added",
            Change::Removed(_) => "removed",
            Change::Changed { .. } | Change::Members { .. } => "changed",
        }
    }

    /// The values in words, one line: `gained create:orders; lost read:reports`.
    pub fn words(&self, now: Timestamp) -> String {
        let value = |value: &Value| self.value(value, now);
        match &self.change {
            Change::Added(new) => value(new),
            Change::Removed(old) => format!("was {}", value(old)),
            Change::Changed { old, new } => format!("{}, was {}", value(new), value(old)),
            Change::Members { gained, lost } => {
                let list = |word: &str, values: &[Value]| {
                    let shown: Vec<String> = values.iter().map(short).collect();
                    (!shown.is_empty()).then(|| format!("{word} {}", text::plain_list(&shown, 12)))
                };
                list("gained", gained).into_iter().chain(list("lost", lost)).collect::<Vec<_>>().join("; ")
            }
        }
    }

    fn value(&self, value: &Value, now: Timestamp) -> String {
        let seconds = value.as_i64().filter(|seconds| (0..=253_402_300_799).contains(seconds));
        match seconds.filter(|_| TIMES.contains(&self.name.as_str())) {
            Some(seconds) => describe::relative(Timestamp::from_seconds(seconds), now),
            None => short(value),
        }
    }
}

/// A value on one short line; of objects with a key (Kinde's roles) the key.
fn short(value: &Value) -> String {
    match value {
        Value::String(text) => text::plain(text),
        Value::Object(members) => match members.get("key").and_then(Value::as_str) {
            Some(key) => text::plain(key),
            None => text::plain(&value.to_string()),
        },
        Value::Array(entries) if entries.is_empty() => "an empty list".to_owned(),
        Value::Array(entries) => {
            let shown: Vec<String> = entries.iter().map(short).collect();
            text::plain_list(&shown, 12)
        }
        other => text::plain(&other.to_string()),
    }
}

/// Everything that differs, in the order of the new token, then what went.
pub fn compare(old: &Map<String, Value>, new: &Map<String, Value>) -> Vec<ClaimChange> {
    let mut changes = Vec::new();
    members("", old, new, &mut changes);
    changes
}

fn members(prefix: &str, old: &Map<String, Value>, new: &Map<String, Value>, changes: &mut Vec<ClaimChange>) {
    let named = |name: &str, change| ClaimChange { name: format!("{prefix}{name}"), change };
    for (name, after) in new {
        match old.get(name) {
            None => changes.push(named(name, Change::Added(after.clone()))),
            Some(before) if before == after => {}
            Some(before) => match (before, after) {
                // One level is enough: what is deeper is a value of its own.
                (Value::Object(before), Value::Object(after)) if prefix.is_empty() => {
                    members(&format!("{name}."), before, after, changes);
                }
                _ => changes.extend(difference(name, before, after).map(|change| named(name, change))),
            },
        }
    }
    for (name, before) in old.iter().filter(|(name, _)| !new.contains_key(*name)) {
        changes.push(named(name, Change::Removed(before.clone())));
    }
}

/// `None`: only the order, or the way in which a list is written, differs.
fn difference(name: &str, old: &Value, new: &Value) -> Option<Change> {
    let (Some(before), Some(after)) = (as_list(name, old), as_list(name, new)) else {
        return Some(Change::Changed { old: old.clone(), new: new.clone() });
    };
    let lacking = |from: &[Value], in_: &[Value]| -> Vec<Value> {
        let mut found: Vec<Value> = Vec::new();
        for value in from {
            if !in_.contains(value) && !found.contains(value) {
                found.push(value.clone());
            }
        }
        found
    };
    let (gained, lost) = (lacking(&after, &before), lacking(&before, &after));
    (!gained.is_empty() || !lost.is_empty()).then_some(Change::Members { gained, lost })
}

/// A list, or a text that is one: `scope` is space separated (RFC 8693 section 4.2), `aud` may be a single text.
fn as_list(name: &str, value: &Value) -> Option<Vec<Value>> {
    match value {
        Value::Array(entries) => Some(entries.clone()),
        Value::String(text) if matches!(name, "scope" | "scp") => {
            Some(text.split_whitespace().map(Value::from).collect())
        }
        Value::String(_) if name == "aud" => Some(vec![value.clone()]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

    fn shown(old: &Value, new: &Value) -> Vec<String> {
        let changes = compare(old.as_object().unwrap(), new.as_object().unwrap());
        changes.iter().map(|one| format!("{} {}: {}", one.kind(), one.name, one.words(NOW))).collect()
    }

    #[rstest]
    #[case::same(json!({"sub": "a"}), json!({"sub": "a"}), &[])]
    #[case::added(json!({}), json!({"org_code": "org_1"}), &["added org_code: org_1"])]
    #[case::removed(json!({"email": "a@b.c"}), json!({}), &["removed email: was a@b.c"])]
    #[case::changed(json!({"azp": "x"}), json!({"azp": "y"}), &["changed azp: y, was x"])]
    #[case::order_of_a_list(json!({"permissions": ["a", "b"]}), json!({"permissions": ["b", "a", "a"]}), &[])]
    #[case::members(
        json!({"permissions": ["a", "b"]}),
        json!({"permissions": ["b", "c", "d"]}),
        &["changed permissions: gained c, d; lost a"]
    )]
    #[case::roles_by_key(
        json!({"roles": [{"id": "1", "key": "clerk", "name": "Clerk"}]}),
        json!({"roles": []}),
        &["changed roles: lost clerk"]
    )]
    #[case::scope_text(json!({"scope": "openid email"}), json!({"scope": "email  offline"}), &["changed scope: gained offline; lost openid"])]
    #[case::one_audience_as_text(json!({"aud": "x"}), json!({"aud": ["x"]}), &[])]
    #[case::null(json!({"permissions": null}), json!({"permissions": []}), &["changed permissions: an empty list, was null"])]
    #[case::times(json!({"exp": 1_000_060}), json!({"exp": 1_086_400}), &["changed exp: in 1 d, was in 1 m"])]
    #[case::flags(
        json!({"feature_flags": {"beta": {"t": "b", "v": true}, "old": {"t": "b", "v": true}}}),
        json!({"feature_flags": {"beta": {"t": "b", "v": false}, "new": {"t": "i", "v": 2}}}),
        &[
            r#"changed feature_flags.beta: {"t":"b","v":false}, was {"t":"b","v":true}"#,
            r#"added feature_flags.new: {"t":"i","v":2}"#,
            r#"removed feature_flags.old: was {"t":"b","v":true}"#,
        ]
    )]
    fn claims_are_compared(#[case] old: Value, #[case] new: Value, #[case] expected: &[&str]) {
        assert_eq!(shown(&old, &new), expected);
    }

    #[test]
    fn hostile_values_stay_one_short_line() {
        let lines = shown(&json!({"a": "x"}), &json!({"a": format!("\u{1b}[2J\n{}", "y".repeat(5000))}));
        assert!(lines[0].chars().count() < 400 && !lines[0].contains(['\u{1b}', '\n']), "{lines:?}");
        let many: Vec<String> = (0..1000).map(|n| format!("p{n}")).collect();
        let lines = shown(&json!({"permissions": []}), &json!({"permissions": many}));
        assert!(lines[0].ends_with("and 988 more"), "{lines:?}");
    }

    #[test]
    fn what_differs_between_any_two_tokens_is_routine() {
        let changes = compare(
            json!({"exp": 1, "jti": "a", "permissions": []}).as_object().unwrap(),
            json!({"exp": 2, "jti": "b", "permissions": ["x"]}).as_object().unwrap(),
        );
        let routine: Vec<bool> = changes.iter().map(ClaimChange::is_routine).collect();
        assert_eq!(routine, [true, true, false]);
    }
}
