//! Large letters for the user code: five by five dots, two rows of dots in one row of cells.

use ratatui::text::{Line, Span};

use crate::ui::theme::{Role, Theme};

/// Dots of a letter in each direction.
const DOTS: usize = 5;

/// Columns before the letters.
const INDENT: usize = 2;

/// Longer codes would not fit anywhere.
const LONGEST: usize = 12;

/// Columns that a code takes.
pub fn columns(code: &str) -> usize {
    INDENT + code.chars().count() * (DOTS + 1)
}

/// The code in large letters; empty if it has characters without a large form, and in ASCII.
pub fn lines(theme: &Theme, code: &str) -> Vec<Line<'static>> {
    if theme.ascii || code.chars().count() > LONGEST {
        return Vec::new();
    }
    let Some(letters) = code.chars().map(letter).collect::<Option<Vec<_>>>() else { return Vec::new() };
    (0..DOTS)
        .step_by(2)
        .map(|row| {
            let text: String = letters.iter().map(|rows| cells(rows[row], rows.get(row + 1).copied())).collect();
            Line::from(vec![Span::raw(" ".repeat(INDENT)), theme.span(Role::Key, text)])
        })
        .collect()
}

fn cells(upper: u8, lower: Option<u8>) -> String {
    let dots = (0..DOTS).rev().map(|at| {
        let is_set = |row: u8| row >> at & 1 == 1;
        match (is_set(upper), lower.is_some_and(is_set)) {
            (true, true) => '█',
            (true, false) => '▀',
            (false, true) => '▄',
            (false, false) => ' ',
        }
    });
    dots.chain([' ']).collect()
}

/// Rows of five dots, the leftmost in the highest of five bits.
#[rustfmt::skip]
const fn letter(c: char) -> Option<[u8; DOTS]> {
    Some(match c.to_ascii_uppercase() {
        'A' => [0b01110, 0b10001, 0b11111, 0b10001, 0b10001],
        'B' => [0b11110, 0b10001, 0b11110, 0b10001, 0b11110],
        'C' => [0b01111, 0b10000, 0b10000, 0b10000, 0b01111],
        'D' => [0b11110, 0b10001, 0b10001, 0b10001, 0b11110],
        'E' => [0b11111, 0b10000, 0b11110, 0b10000, 0b11111],
        'F' => [0b11111, 0b10000, 0b11110, 0b10000, 0b10000],
        'G' => [0b01111, 0b10000, 0b10011, 0b10001, 0b01111],
        'H' => [0b10001, 0b10001, 0b11111, 0b10001, 0b10001],
        'I' => [0b11111, 0b00100, 0b00100, 0b00100, 0b11111],
        'J' => [0b00111, 0b00010, 0b00010, 0b10010, 0b01100],
        'K' => [0b10010, 0b10100, 0b11000, 0b10100, 0b10010],
        'L' => [0b10000, 0b10000, 0b10000, 0b10000, 0b11111],
        'M' => [0b10001, 0b11011, 0b10101, 0b10001, 0b10001],
        'N' => [0b10001, 0b11001, 0b10101, 0b10011, 0b10001],
        'O' => [0b01110, 0b10001, 0b10001, 0b10001, 0b01110],
        'P' => [0b11110, 0b10001, 0b11110, 0b10000, 0b10000],
        'Q' => [0b01110, 0b10001, 0b10101, 0b10010, 0b01101],
        'R' => [0b11110, 0b10001, 0b11110, 0b10010, 0b10001],
        'S' => [0b01111, 0b10000, 0b01110, 0b00001, 0b11110],
        'T' => [0b11111, 0b00100, 0b00100, 0b00100, 0b00100],
        'U' => [0b10001, 0b10001, 0b10001, 0b10001, 0b01110],
        'V' => [0b10001, 0b10001, 0b10001, 0b01010, 0b00100],
        'W' => [0b10001, 0b10001, 0b10101, 0b11011, 0b10001],
        'X' => [0b10001, 0b01010, 0b00100, 0b01010, 0b10001],
        'Y' => [0b10001, 0b01010, 0b00100, 0b00100, 0b00100],
        'Z' => [0b11111, 0b00010, 0b00100, 0b01000, 0b11111],
        '0' => [0b01110, 0b10011, 0b10101, 0b11001, 0b01110],
        '1' => [0b00100, 0b01100, 0b00100, 0b00100, 0b01110],
        '2' => [0b11110, 0b00001, 0b01110, 0b10000, 0b11111],
        '3' => [0b11110, 0b00001, 0b01110, 0b00001, 0b11110],
        '4' => [0b10010, 0b10010, 0b11111, 0b00010, 0b00010],
        '5' => [0b11111, 0b10000, 0b11110, 0b00001, 0b11110],
        '6' => [0b01110, 0b10000, 0b11110, 0b10001, 0b01110],
        '7' => [0b11111, 0b00010, 0b00100, 0b01000, 0b01000],
        '8' => [0b01110, 0b10001, 0b01110, 0b10001, 0b01110],
        '9' => [0b01110, 0b10001, 0b01111, 0b00001, 0b01110],
        '-' => [0b00000, 0b00000, 0b01110, 0b00000, 0b00000],
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_become_three_rows() {
        let rows: Vec<String> = lines(&Theme::dark(), "HI").iter().map(ToString::to_string).collect();
        assert_eq!(rows, ["  █   █ ▀▀█▀▀ ", "  █▀▀▀█   █   ", "  ▀   ▀ ▀▀▀▀▀ "]);
    }

    #[test]
    fn every_letter_of_a_code_has_its_own_form() {
        let known: Vec<_> = ('A'..='Z').chain('0'..='9').map(|c| letter(c).unwrap()).collect();
        assert!((0..known.len()).all(|at| !known[..at].contains(&known[at])));
        assert!(lines(&Theme::dark(), "AB日").is_empty());
    }
}
