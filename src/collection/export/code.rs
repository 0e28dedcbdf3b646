//! What the writers of source text share: pieces put together as an expression, checks as JavaScript.

use serde_json::Value;

use crate::collection::export::check::{Comparison, Expression, Step, TextTest};
use crate::collection::export::quote;
use crate::collection::export::resolve::{Live, Piece, Text};

/// Writes a text as an expression: literals and other pieces with `plus` between them.
pub(super) fn joined(
    text: &Text,
    literal: impl Fn(&str) -> String,
    variable: impl Fn(&str) -> String,
    plus: &str,
) -> String {
    if text.is_empty() {
        return literal("");
    }
    let mut out: Vec<String> = Vec::new();
    for piece in &text.0 {
        out.push(match piece {
            Piece::Literal(text) => literal(text),
            Piece::Token(token) => literal(token.expose()),
            Piece::Variable(name) | Piece::Captured(name) => variable(name),
            // Only k6 is given such pieces, and it has a writer of its own.
            Piece::Live(..) => literal(""),
        });
    }
    out.join(plus)
}

/// How a script asks for the parts of a response.
pub(super) struct ResponseWords {
    pub(super) status: &'static str,
    pub(super) time: &'static str,
    pub(super) size: &'static str,
    /// A function that takes the name of a header.
    pub(super) header: &'static str,
    /// The body as a value.
    pub(super) body: &'static str,
}

/// A check as a JavaScript expression that is true or false; `None`: a part of it has no counterpart.
pub(super) fn condition(expression: &Expression, words: &ResponseWords) -> Option<String> {
    Some(match expression {
        Expression::Compare(left, comparison, right) => {
            let (left, right) = (value(left, words)?, value(right, words)?);
            match comparison {
                Comparison::Equal => format!("same({left}, {right})"),
                Comparison::Unequal => format!("!same({left}, {right})"),
                Comparison::Less => format!("{left} < {right}"),
                Comparison::LessOrEqual => format!("{left} <= {right}"),
                Comparison::Greater => format!("{left} > {right}"),
                Comparison::GreaterOrEqual => format!("{left} >= {right}"),
            }
        }
        Expression::And(left, right) => format!("({} && {})", condition(left, words)?, condition(right, words)?),
        Expression::Or(left, right) => format!("({} || {})", condition(left, words)?, condition(right, words)?),
        Expression::Not(of) => format!("!({})", condition(of, words)?),
        Expression::Text(of, test, text) => {
            let (of, text) = (value(of, words)?, quote::javascript(text));
            match test {
                TextTest::Contains => format!("String({of}).includes({text})"),
                TextTest::StartsWith => format!("String({of}).startsWith({text})"),
                TextTest::EndsWith => format!("String({of}).endsWith({text})"),
                TextTest::Matches => format!("new RegExp({text}).test(String({of}))"),
            }
        }
        other => format!("truthy({})", value(other, words)?),
    })
}

/// An expression as a JavaScript value.
pub(super) fn value(expression: &Expression, words: &ResponseWords) -> Option<String> {
    Some(match expression {
        Expression::Literal(literal) => json(literal),
        Expression::Path(steps) => path(steps, words)?,
        Expression::Into(of, steps) => format!("at({}, {})", value(of, words)?, steps_json(steps)),
        Expression::Length(of) => format!("length({})", value(of, words)?),
        Expression::Type(of) => format!("kind({})", value(of, words)?),
        other => condition(other, words)?,
    })
}

fn path(steps: &[Step], words: &ResponseWords) -> Option<String> {
    let (first, rest) = steps.split_first()?;
    let Step::Key(first) = first else { return None };
    match (first.as_str(), rest) {
        ("status", []) => Some(words.status.to_owned()),
        ("time_ms", []) => Some(words.time.to_owned()),
        ("size", []) => Some(words.size.to_owned()),
        ("headers", [Step::Key(name)]) => Some(format!("{}({})", words.header, quote::javascript(name))),
        ("body", []) => Some(words.body.to_owned()),
        ("body", rest) => Some(format!("at({}, {})", words.body, steps_json(rest))),
        _ => None,
    }
}

fn steps_json(steps: &[Step]) -> String {
    let steps: Vec<String> = steps
        .iter()
        .map(|step| match step {
            Step::Key(name) => quote::javascript(name),
            Step::Index(index) => index.to_string(),
        })
        .collect();
    format!("[{}]", steps.join(", "))
}

fn json(value: &Value) -> String {
    match value {
        Value::String(text) => quote::javascript(text),
        other => other.to_string(),
    }
}

/// The functions that [`condition`] and [`value`] call.
pub(super) const CHECK_FUNCTIONS: &str = r#"function at(value, path) {
  for (const step of path) {
    if (value === null || value === undefined) return null;
    value = Array.isArray(value) && typeof step === "number" && step < 0 ? value[value.length + step] : value[step];
  }
  return value === undefined ? null : value;
}

function same(a, b) {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

function truthy(value) {
  return value !== null && value !== undefined && value !== false;
}

function length(value) {
  if (value === null || value === undefined) return 0;
  return typeof value === "object" && !Array.isArray(value) ? Object.keys(value).length : value.length;
}

function kind(value) {
  if (value === null || value === undefined) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}
"#;

/// JavaScript for a value that is made up when sending.
pub(super) fn live(live: Live) -> String {
    match live {
        Live::Uuid => "uuid()".to_owned(),
        Live::Timestamp => "Math.floor(Date.now() / 1000)".to_owned(),
        Live::IsoTimestamp => "new Date().toISOString()".to_owned(),
        Live::Integer(from, to) => format!("({from} + Math.floor(Math.random() * {}))", to.saturating_sub(from)),
    }
}
