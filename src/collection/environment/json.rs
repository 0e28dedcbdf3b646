//! A lenient JSON reader with byte spans.
//!
//! Used for environment files: it tolerates comments and trailing commas (JetBrains does), says where an error
//! is, goes on with the next member after one, and its spans let an editor change single members. Never panics;
//! depth is bounded. Values never appear in `Debug`, because private files hold secrets.

use std::fmt;

use crate::model::request::{Span, Spanned};

/// Deeper nesting is refused.
const DEEPEST: usize = 64;

/// More errors than this are not listed.
const MOST_ERRORS: usize = 20;

/// A value with its place.
#[derive(Clone, PartialEq, Eq)]
pub struct Node {
    /// The bytes of the value.
    pub span: Span,
    /// The value.
    pub value: Json,
}

/// A JSON value.
#[derive(Clone, PartialEq, Eq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as it is written.
    Number(String),
    /// A string, unescaped.
    Text(String),
    /// `[…]`.
    List(Vec<Node>),
    /// `{…}`.
    Object(Vec<Member>),
}

/// `"key": value`.
#[derive(Clone, PartialEq, Eq)]
pub struct Member {
    /// The key, unescaped; its span holds the quotes.
    pub key: Spanned,
    /// The value.
    pub value: Node,
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Node({:?})", self.span)
    }
}

impl fmt::Debug for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Member({:?})", self.key.text)
    }
}

impl Node {
    /// The members of an object; none for anything else.
    pub fn members(&self) -> &[Member] {
        match &self.value {
            Json::Object(members) => members,
            _ => &[],
        }
    }

    /// The member with this key; of two the last.
    pub fn member(&self, key: &str) -> Option<&Member> {
        self.members().iter().rev().find(|member| member.key.text == key)
    }

    /// The value of the member with this key.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.member(key).map(|member| &member.value)
    }

    /// Is it an object?
    pub const fn is_object(&self) -> bool {
        matches!(self.value, Json::Object(_))
    }
}

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonError {
    /// The byte.
    pub offset: usize,
    /// What was expected.
    pub message: &'static str,
}

/// Reads `text`. `None`: there is no value in it at all.
pub fn parse(text: &str) -> (Option<Node>, Vec<JsonError>) {
    let mut reader = Reader { text, bytes: text.as_bytes(), at: 0, errors: Vec::new() };
    if text.starts_with('\u{feff}') {
        reader.at = '\u{feff}'.len_utf8();
    }
    reader.skip_blanks();
    if reader.at == text.len() {
        return (None, reader.errors);
    }
    let root = reader.value(0);
    reader.skip_blanks();
    if reader.at < text.len() && reader.errors.is_empty() {
        reader.error(reader.at, "nothing may follow the closing brace");
    }
    (root, reader.errors)
}

/// The first byte after blanks and comments from `from` on.
pub fn after_blanks(text: &str, from: usize) -> usize {
    let mut reader = Reader { text, bytes: text.as_bytes(), at: from, errors: Vec::new() };
    reader.skip_blanks();
    reader.at
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    errors: Vec<JsonError>,
}

impl Reader<'_> {
    fn error(&mut self, offset: usize, message: &'static str) {
        if self.errors.len() < MOST_ERRORS {
            self.errors.push(JsonError { offset, message });
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        loop {
            match self.bytes.get(self.at..).unwrap_or_default() {
                [b' ' | b'\t' | b'\r' | b'\n', ..] => self.at += 1,
                [b'/', b'/', ..] | [b'#', ..] => self.at = self.end_of_line(),
                [b'/', b'*', ..] => {
                    let close = self.text[self.at + 2..].find("*/");
                    if close.is_none() {
                        self.error(self.at, "a `/*` comment is never closed");
                    }
                    self.at = close.map_or(self.bytes.len(), |close| self.at + 2 + close + 2);
                }
                _ => return,
            }
        }
    }

    fn end_of_line(&self) -> usize {
        memchr::memchr(b'\n', &self.bytes[self.at..]).map_or(self.bytes.len(), |newline| self.at + newline)
    }

    fn value(&mut self, depth: usize) -> Option<Node> {
        let start = self.at;
        let value = match self.peek() {
            Some(b'{' | b'[') if depth >= DEEPEST => {
                self.error(start, "this is nested too deeply");
                self.skip_value();
                return None;
            }
            Some(b'{') => self.object(depth),
            Some(b'[') => self.list(depth),
            Some(b'"') => Json::Text(self.string()?),
            _ => self.word()?,
        };
        Some(Node { span: start..self.at, value })
    }

    fn object(&mut self, depth: usize) -> Json {
        self.at += 1;
        let mut members = Vec::new();
        loop {
            self.skip_blanks();
            match self.peek() {
                None => {
                    self.error(self.at, "a `}` is missing");
                    break;
                }
                Some(b'}') => {
                    self.at += 1;
                    break;
                }
                Some(b',') => {
                    self.error(self.at, "a member is missing before this comma");
                    self.at += 1;
                    continue;
                }
                Some(b'"') => {}
                Some(b']') => {
                    self.error(self.at, "`]` closes an object; write `}`");
                    self.at += 1;
                    break;
                }
                Some(_) => {
                    self.error(self.at, "a key in double quotes is expected here");
                    self.skip_member();
                    continue;
                }
            }
            if let Some(member) = self.one_member(depth) {
                members.push(member);
            } else {
                self.skip_member();
                continue;
            }
            self.end_of_member(b'}');
        }
        Json::Object(members)
    }

    fn one_member(&mut self, depth: usize) -> Option<Member> {
        let start = self.at;
        let text = self.string()?;
        let key = Spanned { text, span: start..self.at };
        self.skip_blanks();
        if self.peek() != Some(b':') {
            self.error(self.at, "a colon is missing after the key");
            return None;
        }
        self.at += 1;
        self.skip_blanks();
        let value = self.value(depth + 1)?;
        Some(Member { key, value })
    }

    fn list(&mut self, depth: usize) -> Json {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.skip_blanks();
            match self.peek() {
                None => {
                    self.error(self.at, "a `]` is missing");
                    break;
                }
                Some(b']') => {
                    self.at += 1;
                    break;
                }
                Some(b'}') => {
                    self.error(self.at, "a `]` is missing before this brace");
                    break;
                }
                Some(b',') => {
                    self.error(self.at, "a value is missing before this comma");
                    self.at += 1;
                    continue;
                }
                Some(_) => {}
            }
            let Some(item) = self.value(depth + 1) else {
                self.skip_member();
                continue;
            };
            items.push(item);
            self.end_of_member(b']');
        }
        Json::List(items)
    }

    /// Takes the comma after a member; says so where it is missing.
    fn end_of_member(&mut self, close: u8) {
        self.skip_blanks();
        match self.peek() {
            Some(b',') => self.at += 1,
            Some(byte) if byte == close => {}
            None | Some(b'}' | b']') => {}
            Some(_) => {
                self.error(self.at, "a comma is missing before this");
                if self.peek() != Some(b'"') && close == b'}' {
                    self.skip_member();
                }
            }
        }
    }

    /// After an error: goes to the next member of the same object, or to its end.
    fn skip_member(&mut self) {
        loop {
            self.skip_blanks();
            match self.peek() {
                None | Some(b'}' | b']') => return,
                Some(b',') => {
                    self.at += 1;
                    return;
                }
                Some(_) => self.skip_value(),
            }
        }
    }

    /// Steps over one token, or over everything between brackets; always moves on.
    fn skip_value(&mut self) {
        let mut depth = 0_usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth = depth.saturating_sub(1),
                b'"' => {
                    self.string_end();
                    if depth == 0 {
                        return;
                    }
                    continue;
                }
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                break;
            }
        }
        while !self.text.is_char_boundary(self.at) {
            self.at += 1;
        }
    }

    /// `true`, `false`, `null` or a number.
    fn word(&mut self) -> Option<Json> {
        let start = self.at;
        let rest = &self.bytes[start..];
        let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte)).count();
        let word = &self.text[start..start + length];
        let value = match word {
            "true" => Json::Bool(true),
            "false" => Json::Bool(false),
            "null" => Json::Null,
            number if serde_json::from_str::<serde_json::Number>(number).is_ok() => Json::Number(number.to_owned()),
            _ => {
                self.error(
                    start,
                    "a value is expected here: text in double quotes, a number, `true`, `false`, `{` or `[`",
                );
                return None;
            }
        };
        self.at += length;
        Some(value)
    }

    /// Steps over a string; `false` if it does not end on its line.
    fn string_end(&mut self) -> bool {
        self.at += 1;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    self.at += 1;
                    return true;
                }
                b'\n' => return false,
                b'\\' => self.at = (self.at + 2).min(self.bytes.len()),
                _ => self.at += 1,
            }
        }
        false
    }

    fn string(&mut self) -> Option<String> {
        let start = self.at;
        if !self.string_end() {
            self.error(start, "this text has no closing quote on its line");
            while !self.text.is_char_boundary(self.at) {
                self.at += 1;
            }
            return None;
        }
        match serde_json::from_str(&self.text[start..self.at]) {
            Ok(text) => Some(text),
            Err(_) => {
                self.error(start, "this text has a wrong escape or a control character; write `\\\\` for a backslash");
                None
            }
        }
    }
}
