//! Tokens of JSON as it stands, for lines that are shown unformatted (JSON lines, broken JSON).

use crate::body::document::Lexeme;
use crate::body::json::walk::{string_length, word_kind, word_length};

/// The token at the start of `bytes` (part of one line, not empty): its length and kind.
pub fn raw_token(bytes: &[u8]) -> (usize, Lexeme) {
    match bytes[0] {
        b'{' | b'}' | b'[' | b']' | b',' | b':' => (1, Lexeme::Punctuation),
        b'"' => {
            let length = string_length(bytes);
            let is_key = bytes[length..].iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':');
            (length, if is_key { Lexeme::Key } else { Lexeme::Text })
        }
        first if first.is_ascii_whitespace() => {
            (bytes.iter().take_while(|byte| byte.is_ascii_whitespace()).count(), Lexeme::Plain)
        }
        first => (word_length(bytes), word_kind(first)),
    }
}
