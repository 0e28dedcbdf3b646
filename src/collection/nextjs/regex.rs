//! JavaScript's regular expressions, run with `fancy-regex`: the differences in syntax are translated, backtracking
//! is bounded. What has no counterpart is an error, so that nobody is told a guess.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use fancy_regex::{Regex, RegexBuilder};

/// More steps than this are given up.
const MOST_STEPS: usize = 100_000;

/// Longer patterns are not tried.
const LONGEST: usize = 8 * 1024;

/// A pattern that can be tried.
#[derive(Debug, Clone)]
pub struct Pattern(Regex);

/// Why a pattern cannot be tried.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`/{0}/` is a pattern that bearcat cannot try")]
pub struct Untried(pub String);

impl Pattern {
    /// Translates `/pattern/flags`.
    pub fn new(pattern: &str, flags: &str) -> Result<Self, Untried> {
        let untried = || Untried(pattern.chars().take(60).collect());
        if pattern.len() > LONGEST {
            return Err(untried());
        }
        let mut translated = translate(pattern, flags).ok_or_else(untried)?;
        // Sticky: only where the search begins.
        if flags.contains('y') {
            translated = format!("^(?:{translated})");
        }
        let regex = RegexBuilder::new(&translated)
            .case_insensitive(flags.contains('i'))
            .multi_line(flags.contains('m'))
            .dot_matches_new_line(flags.contains('s'))
            .backtrack_limit(MOST_STEPS)
            .delegate_size_limit(1024 * 1024)
            .build()
            .map_err(|_| untried())?;
        Ok(Self(regex))
    }

    /// Is it found anywhere in the text? `None`: it took too long.
    pub fn is_found_in(&self, text: &str) -> Option<bool> {
        self.0.is_match(text).ok()
    }
}

/// Patterns that were translated already: one may be tried on thousands of routes.
#[derive(Debug, Default)]
pub struct Patterns(Mutex<BTreeMap<(String, String), Result<Pattern, Untried>>>);

impl Patterns {
    /// The pattern, translated now or before.
    pub fn get(&self, pattern: &str, flags: &str) -> Result<Pattern, Untried> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (pattern.to_owned(), flags.to_owned());
        known.entry(key).or_insert_with(|| Pattern::new(pattern, flags)).clone()
    }
}

/// The pattern in the syntax of `fancy-regex`.
fn translate(pattern: &str, flags: &str) -> Option<String> {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern.chars().peekable();
    let mut class = Class::Outside;
    while let Some(c) = rest.next() {
        match (c, class) {
            ('\\', _) => {
                let next = rest.next()?;
                escape(next, &mut rest, class, flags, &mut out)?;
                if class == Class::Start {
                    class = Class::Inside;
                }
            }
            ('[', Class::Outside) => {
                out.push('[');
                if rest.peek() == Some(&'^') {
                    out.push('^');
                    rest.next();
                }
                if rest.peek() == Some(&']') {
                    rest.next();
                    // `[]` matches nothing, `[^]` anything.
                    let negated = out.ends_with('^');
                    out.truncate(out.len() - if negated { 2 } else { 1 });
                    out.push_str(if negated { r"[\s\S]" } else { r"[^\s\S]" });
                } else {
                    class = Class::Start;
                }
            }
            (']', Class::Outside) => out.push_str(r"\]"),
            (']', _) => {
                out.push(']');
                class = Class::Outside;
            }
            // These mean something inside a class of Rust, and nothing in JavaScript.
            ('[' | '&' | '~', Class::Start | Class::Inside) => {
                out.extend(['\\', c]);
                class = Class::Inside;
            }
            ('-', Class::Inside) if rest.peek() == Some(&'-') => out.push_str(r"\-"),
            ('{', Class::Outside) if !is_quantifier(&rest) => out.push_str(r"\{"),
            ('}', Class::Outside) if !closes_quantifier(&out) => out.push_str(r"\}"),
            ('#' | ' ', Class::Outside) => {
                out.push('\\');
                out.push(c);
            }
            (c, _) => {
                out.push(c);
                if class == Class::Start {
                    class = Class::Inside;
                }
            }
        }
    }
    (class == Class::Outside).then_some(out)
}

/// Inside `[…]`?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Outside,
    /// Right after `[`.
    Start,
    Inside,
}

fn escape(
    c: char,
    rest: &mut std::iter::Peekable<std::str::Chars<'_>>,
    class: Class,
    flags: &str,
    out: &mut String,
) -> Option<()> {
    let inside = class != Class::Outside;
    match c {
        // ASCII only in JavaScript.
        'd' if inside => out.push_str("0-9"),
        'd' => out.push_str("[0-9]"),
        'D' if !inside => out.push_str("[^0-9]"),
        'w' if inside => out.push_str("0-9A-Za-z_"),
        'w' => out.push_str("[0-9A-Za-z_]"),
        'W' if !inside => out.push_str("[^0-9A-Za-z_]"),
        'D' | 'W' => return None,
        's' | 'S' | 't' | 'n' | 'r' | 'f' | 'v' => out.extend(['\\', c]),
        'b' | 'B' if !inside => out.extend(['\\', c]),
        'b' => out.push_str(r"\x08"),
        'k' if !inside => out.push_str(r"\k"),
        '1'..='9' if !inside => out.extend(['\\', c]),
        '0' => out.push_str(r"\x00"),
        'x' => {
            let digits: String = [rest.next()?, rest.next()?].iter().collect();
            out.push_str(&quoted(u32::from_str_radix(&digits, 16).ok()?)?);
        }
        'u' if rest.peek() == Some(&'{') && flags.contains(['u', 'v']) => {
            rest.next();
            let digits: String = rest.by_ref().take_while(|c| *c != '}').collect();
            out.push_str(&quoted(u32::from_str_radix(&digits, 16).ok()?)?);
        }
        'u' => {
            let mut digits = String::new();
            for _ in 0..4 {
                digits.push(rest.next()?);
            }
            out.push_str(&quoted(u32::from_str_radix(&digits, 16).ok()?)?);
        }
        'p' | 'P' if flags.contains(['u', 'v']) => out.extend(['\\', c]),
        'c' => return None,
        c if c.is_ascii_alphanumeric() => return None,
        c if c.is_ascii() => out.extend(['\\', c]),
        c => out.push(c),
    }
    Some(())
}

/// A character so that it means itself.
fn quoted(code: u32) -> Option<String> {
    char::from_u32(code).map(|_| format!("\\x{{{code:x}}}"))
}

/// Does `{` begin `{2}`, `{2,}` or `{2,3}`?
fn is_quantifier(rest: &std::iter::Peekable<std::str::Chars<'_>>) -> bool {
    let inside: String = rest.clone().take(16).take_while(|c| *c != '}').collect();
    let closes = rest.clone().take(17).any(|c| c == '}');
    closes && inside.starts_with(|c: char| c.is_ascii_digit()) && inside.chars().all(|c| c.is_ascii_digit() || c == ',')
}

fn closes_quantifier(out: &str) -> bool {
    let Some(open) = out.rfind('{') else { return false };
    let inside = &out[open + 1..];
    let literal = out[..open].ends_with('\\');
    !literal && !inside.is_empty() && inside.chars().all(|c| c.is_ascii_digit() || c == ',')
        // `\x{2f}` is complete already and ends in `}`; what follows is a `}` of its own.
        || out[..open].ends_with(r"\p") || out[..open].ends_with(r"\P")
}
