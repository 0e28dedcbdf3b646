//! A light lexer for XML and HTML: tags, attributes, values, comments. Good enough to read by, for any input.

use memchr::memmem;

use crate::body::document::Lexeme;

/// Where in the markup a place is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum State {
    /// Between tags.
    #[default]
    Content,
    /// In a tag.
    Tag,
    /// In an attribute's value, with its quote.
    Value(u8),
    /// In a comment.
    Comment,
}

/// The token at the start of `bytes` (not empty).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// Its length.
    pub length: usize,
    /// Its kind.
    pub kind: Lexeme,
    /// Where what follows is.
    pub after: State,
}

/// The token at the start of `bytes` (not empty).
pub fn token(state: State, bytes: &[u8]) -> Token {
    match state {
        State::Content => content(bytes),
        State::Tag => tag(bytes),
        State::Value(quote) => until(memchr::memchr(quote, bytes), 1, bytes, Lexeme::Text, state, State::Tag),
        State::Comment => until(memmem::find(bytes, b"-->"), 3, bytes, Lexeme::Comment, state, State::Content),
    }
}

fn content(bytes: &[u8]) -> Token {
    let plain = |length| Token { length, kind: Lexeme::Plain, after: State::Content };
    if bytes[0] != b'<' {
        return plain(memchr::memchr(b'<', bytes).unwrap_or(bytes.len()));
    }
    if bytes.starts_with(b"<!--") {
        return Token { length: 4, kind: Lexeme::Comment, after: State::Comment };
    }
    let is_tag = bytes.get(1).is_some_and(|next| next.is_ascii_alphabetic() || matches!(next, b'/' | b'!' | b'?'));
    if !is_tag {
        return plain(1);
    }
    let name = bytes[2..].iter().take_while(|byte| is_name(**byte)).count();
    Token { length: 2 + name, kind: Lexeme::Tag, after: State::Tag }
}

fn tag(bytes: &[u8]) -> Token {
    let token = |length, kind, after| Token { length, kind, after };
    match bytes[0] {
        b'>' => token(1, Lexeme::Tag, State::Content),
        b'/' | b'?' => token(1, Lexeme::Tag, State::Tag),
        quote @ (b'"' | b'\'') => token(1, Lexeme::Text, State::Value(quote)),
        first if is_name(first) => {
            token(bytes.iter().take_while(|byte| is_name(**byte)).count(), Lexeme::Attribute, State::Tag)
        }
        first if first.is_ascii_whitespace() => {
            token(bytes.iter().take_while(|byte| byte.is_ascii_whitespace()).count(), Lexeme::Plain, State::Tag)
        }
        _ => token(1, Lexeme::Punctuation, State::Tag),
    }
}

fn until(end: Option<usize>, tail: usize, bytes: &[u8], kind: Lexeme, inside: State, after: State) -> Token {
    match end {
        Some(end) => Token { length: end + tail, kind, after },
        None => Token { length: bytes.len(), kind, after: inside },
    }
}

const fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b':' | b'.') || byte >= 0x80
}
