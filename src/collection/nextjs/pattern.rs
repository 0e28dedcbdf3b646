//! The `source` of a middleware's matcher: Next's own use of path-to-regexp 6 (`/about/:path*`, `/((?!api).*)`),
//! translated to a regular expression and tried on a path.
//!
//! Next makes one pattern of the source, with what it adds for its data requests; letters count as they are written.

use std::fmt::Write;

use crate::collection::nextjs::regex::{Pattern, Untried};

/// What Next appends, so that its own data requests are covered as the page is (`.json`, `.rsc`).
const SUFFIX: &str = r"{(\.json|\.rsc|\.segments/.+\.segment\.rsc)}?";
const ROOT_SUFFIX: &str = r"(/?index|/?index\.json|/?index(?:\.rsc|\.segments/.+\.segment\.rsc))?";

/// Delimiters of a path.
const DELIMITERS: &str = "/#?";

/// A matcher's source, ready to be tried.
#[derive(Debug, Clone)]
pub struct PathPattern(Pattern);

/// Why a source cannot be tried.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPattern {
    /// Next refuses it as well.
    #[error("Next does not take the matcher: {0}")]
    Invalid(String),
    /// The regular expression cannot be tried here.
    #[error(transparent)]
    Untried(#[from] Untried),
}

impl PathPattern {
    /// Translates a source.
    pub fn new(source: &str) -> Result<Self, BadPattern> {
        if !source.starts_with('/') {
            return Err(BadPattern::Invalid("it must start with `/`".to_owned()));
        }
        let suffix = if source == "/" { ROOT_SUFFIX } else { SUFFIX };
        let tokens = parse(&format!("{source}{suffix}")).map_err(BadPattern::Invalid)?;
        Ok(Self(Pattern::new(&expression(&tokens), "")?))
    }

    /// Does it cover the path? `None`: it took too long.
    pub fn covers(&self, path: &str) -> Option<bool> {
        self.0.is_found_in(path)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Text(String),
    Key(Key),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Key {
    prefix: String,
    suffix: String,
    pattern: String,
    modifier: Option<char>,
    name: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Lexeme {
    Char(char),
    Escaped(char),
    Modifier(char),
    Open,
    Close,
    Name(String),
    Pattern(String),
    End,
}

fn lex(source: &str) -> Result<Vec<Lexeme>, String> {
    let mut lexemes = Vec::new();
    let mut rest = source.chars().peekable();
    while let Some(c) = rest.next() {
        lexemes.push(match c {
            '*' | '+' | '?' => Lexeme::Modifier(c),
            '\\' => Lexeme::Escaped(rest.next().unwrap_or('\\')),
            '{' => Lexeme::Open,
            '}' => Lexeme::Close,
            ':' => {
                let mut name = String::new();
                while let Some(c) = rest.next_if(|c| c.is_ascii_alphanumeric() || *c == '_') {
                    name.push(c);
                }
                if name.is_empty() {
                    return Err("a name is missing after `:`".to_owned());
                }
                Lexeme::Name(name)
            }
            '(' => Lexeme::Pattern(group(&mut rest)?),
            c => Lexeme::Char(c),
        });
    }
    lexemes.push(Lexeme::End);
    Ok(lexemes)
}

/// What stands between `(` and its `)`.
fn group(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<String, String> {
    let mut pattern = String::new();
    let mut depth = 1;
    if rest.peek() == Some(&'?') {
        return Err("a pattern cannot start with `?`".to_owned());
    }
    while let Some(c) = rest.next() {
        match c {
            '\\' => {
                pattern.push(c);
                pattern.extend(rest.next());
                continue;
            }
            ')' => {
                depth -= 1;
                if depth == 0 {
                    break;
                }
            }
            '(' => {
                depth += 1;
                if rest.peek() != Some(&'?') {
                    return Err("capturing groups are not allowed inside a pattern".to_owned());
                }
            }
            _ => {}
        }
        pattern.push(c);
    }
    if depth != 0 {
        return Err("a `)` is missing".to_owned());
    }
    if pattern.is_empty() {
        return Err("an empty pattern".to_owned());
    }
    Ok(pattern)
}

struct Lexemes {
    all: Vec<Lexeme>,
    at: usize,
}

impl Lexemes {
    fn peek(&self) -> &Lexeme {
        self.all.get(self.at).unwrap_or(&Lexeme::End)
    }

    fn take<T>(&mut self, wanted: impl Fn(&Lexeme) -> Option<T>) -> Option<T> {
        let found = wanted(self.peek());
        self.at += usize::from(found.is_some());
        found
    }

    fn modifier(&mut self) -> Option<char> {
        self.take(|lexeme| if let Lexeme::Modifier(c) = lexeme { Some(*c) } else { None })
    }

    fn text(&mut self) -> String {
        let mut text = String::new();
        while let Some(c) = self.take(|lexeme| match lexeme {
            Lexeme::Char(c) | Lexeme::Escaped(c) => Some(*c),
            _ => None,
        }) {
            text.push(c);
        }
        text
    }

    fn name(&mut self) -> Option<String> {
        self.take(|lexeme| if let Lexeme::Name(name) = lexeme { Some(name.clone()) } else { None })
    }

    fn pattern(&mut self) -> Option<String> {
        self.take(|lexeme| if let Lexeme::Pattern(pattern) = lexeme { Some(pattern.clone()) } else { None })
    }
}

fn parse(source: &str) -> Result<Vec<Token>, String> {
    let mut lexemes = Lexemes { all: lex(source)?, at: 0 };
    let mut tokens: Vec<Token> = Vec::new();
    let mut path = String::new();
    let mut count = 0;
    let mut number = || {
        count += 1;
        (count - 1).to_string()
    };
    let flush = |path: &mut String, tokens: &mut Vec<Token>| {
        if !path.is_empty() {
            tokens.push(Token::Text(std::mem::take(path)));
        }
    };
    while *lexemes.peek() != Lexeme::End {
        let char = lexemes.take(|lexeme| if let Lexeme::Char(c) = lexeme { Some(*c) } else { None });
        let name = lexemes.name();
        let pattern = lexemes.pattern();
        if name.is_some() || pattern.is_some() {
            let mut prefix = char.map(String::from).unwrap_or_default();
            if !matches!(char, None | Some('.' | '/')) {
                path.push_str(&prefix);
                prefix.clear();
            }
            flush(&mut path, &mut tokens);
            let pattern = match pattern {
                Some(pattern) => pattern,
                None => safe_pattern(&prefix, &tokens)?,
            };
            let name = name.unwrap_or_else(&mut number);
            tokens.push(Token::Key(Key { prefix, suffix: String::new(), pattern, modifier: lexemes.modifier(), name }));
            continue;
        }
        let plain = char.or_else(|| lexemes.take(|l| if let Lexeme::Escaped(c) = l { Some(*c) } else { None }));
        if let Some(c) = plain {
            path.push(c);
            continue;
        }
        flush(&mut path, &mut tokens);
        if lexemes.take(|lexeme| (*lexeme == Lexeme::Open).then_some(())).is_some() {
            let prefix = lexemes.text();
            let name = lexemes.name();
            let pattern = lexemes.pattern();
            let suffix = lexemes.text();
            lexemes
                .take(|lexeme| (*lexeme == Lexeme::Close).then_some(()))
                .ok_or_else(|| "a `}` is missing".to_owned())?;
            let pattern = match (&name, pattern) {
                (Some(_), None) => safe_pattern(&prefix, &tokens)?,
                (_, pattern) => pattern.unwrap_or_default(),
            };
            let name = name.unwrap_or_else(|| if pattern.is_empty() { String::new() } else { number() });
            tokens.push(Token::Key(Key { prefix, suffix, pattern, modifier: lexemes.modifier(), name }));
            continue;
        }
        if *lexemes.peek() != Lexeme::End {
            return Err(match lexemes.peek() {
                Lexeme::Modifier(c) => format!("`{c}` stands where it repeats nothing"),
                _ => "a brace stands where none is expected".to_owned(),
            });
        }
    }
    flush(&mut path, &mut tokens);
    Ok(tokens)
}

/// The pattern of a name without one: up to the next delimiter.
fn safe_pattern(prefix: &str, tokens: &[Token]) -> Result<String, String> {
    let before = match tokens.last() {
        _ if !prefix.is_empty() => prefix,
        Some(Token::Text(text)) => text,
        Some(Token::Key(key)) => {
            return Err(format!("text is missing between two parameters, after `{}`", key.name));
        }
        None => "",
    };
    if before.is_empty() || before.chars().any(|c| DELIMITERS.contains(c)) {
        return Ok(format!("[^{}]+?", quoted(DELIMITERS)));
    }
    Ok(format!("(?:(?!{})[^{}])+?", quoted(before), quoted(DELIMITERS)))
}

/// A text so that it means itself.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if ".+*?=^!:${}()[]|/\\".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn expression(tokens: &[Token]) -> String {
    let mut out = "^".to_owned();
    for token in tokens {
        let key = match token {
            Token::Text(text) => {
                out.push_str(&quoted(text));
                continue;
            }
            Token::Key(key) => key,
        };
        let repeats = matches!(key.modifier, Some('*' | '+'));
        // Next gives a repetition without surroundings a slash, because path-to-regexp refuses it otherwise.
        let bare = key.prefix.is_empty() && key.suffix.is_empty();
        let prefix = if repeats && bare { r"\/".to_owned() } else { quoted(&key.prefix) };
        let suffix = quoted(&key.suffix);
        let modifier = key.modifier.map(String::from).unwrap_or_default();
        // Writing to a string cannot fail.
        let _ = if key.pattern.is_empty() {
            write!(out, "(?:{prefix}{suffix}){modifier}")
        } else if repeats {
            let optional = if key.modifier == Some('*') { "?" } else { "" };
            let pattern = &key.pattern;
            write!(out, "(?:{prefix}((?:{pattern})(?:{suffix}{prefix}(?:{pattern}))*){suffix}){optional}")
        } else if bare {
            write!(out, "({}){modifier}", key.pattern)
        } else {
            write!(out, "(?:{prefix}({}){suffix}){modifier}", key.pattern)
        };
    }
    out.push_str(r"[\/#\?]?$");
    out
}
