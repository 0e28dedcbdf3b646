//! What the commands print: results to standard output, everything else to standard error, both masked by value.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use serde_json::Value;

use crate::cli::args::{ColorChoice, Common};
use crate::cli::findings;
use crate::model::problem::{Problem, ProblemKind};
use crate::redact;

/// How a command ends, in the numbers of `--help`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0.
    Good,
    /// 1: an expectation failed.
    Failed,
    /// 2: usage or bad file.
    Usage,
    /// 3: not signed in, or sign-in failed.
    SignIn,
    /// 4: network.
    Network,
    /// Any other code: 128 and the number of the signal that ended the program.
    Code(u8),
}

impl Exit {
    /// The code of a problem.
    pub const fn of(kind: ProblemKind) -> Self {
        match kind {
            ProblemKind::Input | ProblemKind::Other => Self::Usage,
            ProblemKind::SignIn | ProblemKind::Vault => Self::SignIn,
            ProblemKind::Network => Self::Network,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Good => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::SignIn => 3,
            Exit::Network => 4,
            Exit::Code(code) => code,
        })
    }
}

/// Colours of the terminal, or none.
#[derive(Debug, Clone, Copy)]
pub struct Paint {
    on: bool,
}

impl Paint {
    /// No colours.
    pub const fn plain() -> Self {
        Self { on: false }
    }

    fn wrap(self, code: &str, text: &str) -> String {
        if self.on { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// For what is good.
    pub fn good(self, text: &str) -> String {
        self.wrap("32", text)
    }

    /// For what is bad.
    pub fn bad(self, text: &str) -> String {
        self.wrap("31", text)
    }

    /// For what needs a look.
    pub fn warn(self, text: &str) -> String {
        self.wrap("33", text)
    }

    /// For titles.
    pub fn strong(self, text: &str) -> String {
        self.wrap("1", text)
    }

    /// For what matters less.
    pub fn faint(self, text: &str) -> String {
        self.wrap("2", text)
    }
}

/// Standard output and standard error, as one command uses them.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    /// Results as JSON?
    pub json: bool,
    /// Colours on standard output.
    pub paint: Paint,
    /// Colours on standard error.
    pub error_paint: Paint,
}

impl Output {
    /// As the flags and the terminal say.
    pub fn new(common: &Common) -> Self {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let on = |terminal: bool| match common.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => terminal && !plain,
        };
        Self {
            json: common.json,
            paint: Paint { on: on(io::stdout().is_terminal()) },
            error_paint: Paint { on: on(io::stderr().is_terminal()) },
        }
    }

    /// A line of the result. A reader that has gone away (`| head`) is no error.
    pub fn line(&self, text: &str) {
        let _ = writeln!(io::stdout(), "{}", redact::mask(text));
    }

    /// The result as JSON.
    pub fn value(&self, value: &Value) {
        self.line(&json_text(value));
    }

    /// Bytes of the result as they are: a body, a token that was asked for.
    pub fn raw(&self, bytes: &[u8]) {
        let mut out = io::stdout();
        let _ = out.write_all(bytes);
        let _ = out.flush();
    }

    /// A line for people, on standard error.
    pub fn note(&self, text: &str) {
        let _ = writeln!(io::stderr(), "{}", redact::mask(text));
    }

    /// A question for people, on standard error; the answer is typed behind it.
    pub fn ask(&self, text: &str) {
        let _ = write!(io::stderr(), "{}", redact::mask(text));
        let _ = io::stderr().flush();
    }

    /// A problem: readable on standard error, and as JSON on standard output where that was asked for.
    pub fn problem(&self, problem: &Problem) -> Exit {
        if self.json {
            self.value(&serde_json::json!({ "error": problem_json(problem) }));
        }
        self.explain(problem)
    }

    /// A problem on standard error only, where the result has it in another way or goes on without it.
    pub fn explain(&self, problem: &Problem) -> Exit {
        let mut text = String::new();
        if let Some(place) = &problem.place {
            text = clean(&format!("{place}: "));
        }
        self.note(&(text + &self.error_paint.bad(&clean(&problem.title))));
        for line in problem.detail.lines() {
            self.note(&format!("  {}", clean(line)));
        }
        for line in problem.hint.lines() {
            self.note(&format!("  {} {}", self.error_paint.strong("→"), clean(line)));
        }
        for finding in &problem.findings {
            findings::print(finding, *self);
        }
        Exit::of(problem.kind)
    }
}

/// What steers a terminal or turns the direction of writing has no place on it, whoever sent it.
pub fn clean(text: &str) -> String {
    text.chars().map(|c| if is_harmful(c) && c != '\t' { '\u{fffd}' } else { c }).collect()
}

/// A control character (also of the second set, which some terminals obey), or one that turns the direction.
fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// The value as JSON that a terminal may show: what serde leaves as it is in a text is escaped too.
fn json_text(value: &Value) -> String {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    let is_bare = |c: char| c > '\u{7e}' && is_harmful(c);
    if !text.contains(is_bare) {
        return text;
    }
    let escaped = |c: char| if is_bare(c) { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() };
    text.chars().map(escaped).collect()
}

/// A problem as JSON.
pub fn problem_json(problem: &Problem) -> Value {
    let place = problem.place.as_ref().map(|place| {
        serde_json::json!({ "file": place.file.display().to_string(), "line": place.line, "column": place.column })
    });
    serde_json::json!({
        "kind": format!("{:?}", problem.kind).to_lowercase(),
        "title": problem.title,
        "detail": problem.detail,
        "hint": problem.hint,
        "place": place,
        "findings": problem.findings.iter().map(findings::json).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_steers_a_terminal_is_printed() {
        assert_eq!(clean("a\u{1b}[2J\u{9b}2Jb\u{202e}c\u{2066}d\te"), "a\u{fffd}[2J\u{fffd}2Jb\u{fffd}c\u{fffd}d\te");
        assert_eq!(clean("日本 \u{1f468}\u{200d}\u{1f469}"), "日本 \u{1f468}\u{200d}\u{1f469}");
    }

    #[test]
    fn json_holds_it_escaped_and_unchanged() {
        let value = serde_json::json!({ "text": "a\u{9b}2J\u{7f}\u{202e}é\n" });
        let text = json_text(&value);
        assert!(!text.chars().any(|c| is_harmful(c) && c != '\n'), "{text:?}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }
}
