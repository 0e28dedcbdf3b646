//! jq expressions (`# @capture`, `# @assert`): read by `collection`, evaluated by the shell on a thread that may be
//! given up, because a program may run for ever.
//!
//! The jq of the `jaq` crates, without what reaches out of the expression: no environment, no files, no exit.

use std::fmt::{self, Write};

use jaq_core::load::{Arena, File, Loader, lex, parse};
use jaq_core::native::{self, run};
use jaq_core::{Bind, Compiler, Ctx, Error as JaqError, RunPtr, Vars, data, unwrap_valr};
use jaq_json::{Val, read};

/// The longest expression in bytes.
pub const LONGEST: usize = 4096;

/// How deep brackets may be nested, and how many keywords an expression may have: the parser calls itself for each.
const DEEPEST: usize = 64;

/// The longest result in bytes.
pub const LONGEST_RESULT: usize = 1024 * 1024;

/// What is done by jaq's own functions of these names is nothing for an expression in a file: ending the program,
/// reading the environment, writing to the terminal.
const REPLACED: [&str; 4] = ["halt", "env", "debug_empty", "stderr_empty"];

/// Why there is no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JqError {
    /// Beyond the bounds.
    #[error("the expression is longer than {LONGEST} bytes or nested more than {DEEPEST} deep")]
    TooLarge,
    /// Not jq.
    #[error("{expected} is missing{}", if .found.is_empty() { " at the end".to_owned() } else { format!(" before `{}`", .found) })]
    Syntax {
        /// Where, as a byte of the expression.
        offset: usize,
        /// What should stand there.
        expected: String,
        /// What stands there; empty: nothing.
        found: String,
    },
    /// No such function or variable.
    #[error("jq has no {0}")]
    Undefined(String),
    /// It ran and failed.
    #[error("{0}")]
    Failed(String),
    /// It gave nothing.
    #[error("the expression gives nothing")]
    Nothing,
    /// It gave too much.
    #[error("the result is longer than {} MiB", LONGEST_RESULT / 1024 / 1024)]
    LongResult,
}

/// What an expression gives: the text of a string, the JSON text of anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ResultKind {
    /// `null`.
    Null,
    /// A string; its text is given without quotes.
    Text,
    /// Anything else.
    Other,
}

/// Is this jq, as far as its form goes?
pub fn check(expression: &str) -> Result<(), JqError> {
    bounded(expression)?;
    let tokens = lex::Lexer::new(expression).lex().map_err(|errors| {
        let (expected, found) = errors.into_iter().next().map_or(("an expression", ""), |(e, f)| (e.as_str(), f));
        syntax(expression, expected, found)
    })?;
    let parsed = parse::Parser::new(&tokens).parse(parse::Parser::term);
    parsed.map(drop).map_err(|errors| match errors.into_iter().next() {
        Some((expected, found)) => syntax(expression, expected.as_str(), lex::Token::opt_as_str(found, expression)),
        None => syntax(expression, "an expression", ""),
    })
}

fn bounded(expression: &str) -> Result<(), JqError> {
    let mut depth = 0_usize;
    let mut deepest = 0;
    for byte in expression.bytes() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    const NESTING: [&str; 8] = ["try", "if", "def", "reduce", "foreach", "label", "as", "elif"];
    let words = expression.split(|c: char| !c.is_alphanumeric()).filter(|word| NESTING.contains(word)).count();
    let signs = expression.matches('-').count();
    let fits = expression.len() <= LONGEST && deepest <= DEEPEST && words <= DEEPEST && signs <= DEEPEST;
    if fits { Ok(()) } else { Err(JqError::TooLarge) }
}

fn syntax(whole: &str, expected: &str, found: &str) -> JqError {
    let start = (found.as_ptr() as usize).checked_sub(whole.as_ptr() as usize).filter(|start| *start <= whole.len());
    let offset = start.unwrap_or(whole.len());
    let found: String = found.chars().take(20).filter(|c| !c.is_control()).collect();
    JqError::Syntax { offset, expected: expected.to_owned(), found }
}

/// Evaluates `expression` on a JSON text: its first result. May take for ever: call it on a thread of its own.
pub fn evaluate(expression: &str, input: &[u8]) -> Result<(ResultKind, String), JqError> {
    check(expression)?;
    let definitions = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
    let arena = Arena::default();
    let modules = Loader::new(definitions)
        .load(&arena, File { code: expression, path: () })
        .map_err(|_| JqError::Failed("the expression cannot be read".to_owned()))?;
    let functions = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
    let functions = functions
        .filter(|function| !REPLACED.contains(&function.0))
        .chain(replacements().map(run::<data::JustLut<Val>>));
    let filter = Compiler::default().with_funs(functions).compile(modules).map_err(|errors| {
        let undefined = errors.into_iter().flat_map(|(_, errors)| errors).next();
        undefined.map_or_else(
            || JqError::Failed("the expression cannot be compiled".to_owned()),
            |(name, kind)| JqError::Undefined(format!("{} `{name}`", kind.as_str())),
        )
    })?;
    let input = read::parse_single(input).map_err(|error| JqError::Failed(error.to_string()))?;
    let context = Ctx::<data::JustLut<Val>>::new(&filter.lut, Vars::new([]));
    match filter.id.run((context, input)).map(unwrap_valr).next() {
        None => Err(JqError::Nothing),
        Some(Err(error)) => Err(JqError::Failed(short(&error.to_string()))),
        Some(Ok(value)) => text_of(&value),
    }
}

type Function = native::Filter<RunPtr<data::JustLut<Val>>>;

/// Functions in place of [`REPLACED`].
fn replacements() -> impl Iterator<Item = Function> {
    fn function(name: &'static str, arity: usize, function: RunPtr<data::JustLut<Val>>) -> Function {
        (name, vec![Bind::Var(()); arity].into_boxed_slice(), function)
    }
    [
        function("halt", 1, |_| {
            Box::new(std::iter::once(Err(JaqError::str("an expression cannot end the program").into())))
        }),
        function("env", 0, |_| Box::new(std::iter::once(Ok(Val::obj(jaq_json::Map::default()))))),
        function("debug_empty", 0, |_| Box::new(std::iter::empty())),
        function("stderr_empty", 0, |_| Box::new(std::iter::empty())),
    ]
    .into_iter()
}

fn text_of(value: &Val) -> Result<(ResultKind, String), JqError> {
    let (kind, text) = match value {
        Val::Null => (ResultKind::Null, "null".to_owned()),
        Val::TStr(text) => {
            if text.len() > LONGEST_RESULT {
                return Err(JqError::LongResult);
            }
            (ResultKind::Text, String::from_utf8_lossy(text).into_owned())
        }
        other => {
            let mut capped = Capped(String::new());
            write!(capped, "{other}").map_err(|_| JqError::LongResult)?;
            (ResultKind::Other, capped.0)
        }
    };
    Ok((kind, text))
}

/// A text that takes no more than it may: a value may share its parts, and be endless when written out.
struct Capped(String);

impl Write for Capped {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.0.len() + text.len() > LONGEST_RESULT {
            return Err(fmt::Error);
        }
        self.0.push_str(text);
        Ok(())
    }
}

/// jq's errors quote the value: a body may be long, and hold tokens.
fn short(text: &str) -> String {
    let masked = crate::redact::mask(text);
    let mut short: String = masked.chars().filter(|c| !c.is_control()).take(120).collect();
    if masked.chars().count() > 120 {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const INPUT: &str = r#"{"status":200,"headers":{"x-id":"7"},"body":{"token":"t-1","items":[{"id":1},{"id":2}],"none":null},"time_ms":12,"size":40}"#;

    #[rstest::rstest]
    #[case(".body.token", ResultKind::Text, "t-1")]
    #[case(".status", ResultKind::Other, "200")]
    #[case(".headers[\"x-id\"]", ResultKind::Text, "7")]
    #[case(".body.items | map(.id) | add", ResultKind::Other, "3")]
    #[case(".body.items[0]", ResultKind::Other, r#"{"id":1}"#)]
    #[case(".body.none", ResultKind::Null, "null")]
    #[case(".body.gone", ResultKind::Null, "null")]
    #[case("[.body.items[] | select(.id > 1)] | length", ResultKind::Other, "1")]
    #[case("\"a\\(.status)\"", ResultKind::Text, "a200")]
    #[case("env", ResultKind::Other, "{}")]
    #[case(".status | debug", ResultKind::Other, "200")]
    #[case(".body.token | ascii_upcase | sub(\"T\"; \"x\")", ResultKind::Text, "x-1")]
    fn expressions(#[case] expression: &str, #[case] kind: ResultKind, #[case] text: &str) {
        assert_eq!(evaluate(expression, INPUT.as_bytes()), Ok((kind, text.to_owned())));
    }

    #[rstest::rstest]
    #[case(".body.", "is missing")]
    #[case(".[", "is missing")]
    #[case("", "is missing")]
    #[case("nothing_of_the_kind", "jq has no filter `nothing_of_the_kind`")]
    #[case("$nobody", "jq has no variable `$nobody`")]
    #[case("empty", "gives nothing")]
    #[case("halt", "cannot end the program")]
    #[case(".status | keys", "cannot")]
    #[case("input", "jq has no filter")]
    #[case("\"x\" * 2000000", "longer than 1 MiB")]
    #[case(
        "[.] | [.,.] | [.,.] | [.,.] | [.,.] | [.,.] | [.,.] | [.,.] | [.,.] | [.,.] | [.,.] | [.,.] | [.,.] | [.,.] | [.,.] | [.,.] | [.,.] | [.,.] | [.,.] | [.,.] | [.,.] | [.,.]",
        "longer than 1 MiB"
    )]
    fn failures(#[case] expression: &str, #[case] says: &str) {
        let error = evaluate(expression, INPUT.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }

    #[test]
    fn the_place_of_a_mistake_is_told() {
        let Err(JqError::Syntax { offset, .. }) = check(".a | )") else { panic!("a syntax error") };
        assert_eq!(offset, 5);
    }

    #[test]
    fn nesting_is_bounded() {
        for text in ["(".repeat(4000), "try ".repeat(1000), "- ".repeat(2000), "if ".repeat(1000), ".".repeat(5000)] {
            assert_eq!(check(&text), Err(JqError::TooLarge));
        }
        assert_eq!(check(&format!("{}.{}", "(".repeat(60), ")".repeat(60))), Ok(()));
    }

    proptest! {
        #[test]
        fn any_text_is_checked(text in "[.|,()\\[\\]{}a-c$\"\\\\: =<>0-9?#@/*-]{0,60}") {
            drop(check(&text));
        }
    }
}
