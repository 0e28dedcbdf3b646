//! Hex dump lines, made when they are looked at.

use std::fmt::Write;

use crate::body::document::Lexeme;
use crate::body::paint::Painter;

/// Bytes on a line.
const WIDTH: usize = 16;

/// How many lines the dump has.
pub const fn line_count(bytes: usize) -> usize {
    bytes.div_ceil(WIDTH)
}

/// Paints one line: offset, bytes, characters.
pub fn paint(bytes: &[u8], index: usize, painter: &mut Painter) {
    let start = index.saturating_mul(WIDTH).min(bytes.len());
    let row = &bytes[start..bytes.len().min(start + WIDTH)];
    painter.text(format!("{start:08x}  ").as_bytes(), Lexeme::Punctuation);
    let mut digits = String::with_capacity(WIDTH * 3 + 2);
    for at in 0..WIDTH {
        if at == WIDTH / 2 {
            digits.push(' ');
        }
        match row.get(at) {
            Some(byte) => write!(digits, "{byte:02x} ").expect("writing to a string cannot fail"),
            None => digits.push_str("   "),
        }
    }
    painter.text(digits.as_bytes(), Lexeme::Number);
    let letters: Vec<u8> = row.iter().map(|byte| if (0x20..0x7f).contains(byte) { *byte } else { b'.' }).collect();
    painter.text(b" ", Lexeme::Plain);
    painter.text(&letters, Lexeme::Text);
}
