//! Text from a provider on its way to a person: bounded, without control or direction characters, masked by value.

use crate::redact;

/// The longest piece of a provider's text inside one of our sentences.
const LONGEST: usize = 300;

/// One short harmless line.
pub(super) fn line(text: &str) -> String {
    let masked = redact::mask(text);
    let mut out = String::new();
    for (count, c) in masked.chars().enumerate() {
        if count == LONGEST {
            out.push('…');
            break;
        }
        match c {
            '\n' | '\r' | '\t' => out.push(' '),
            c if is_harmless(c) => out.push(c),
            _ => out.push('\u{fffd}'),
        }
    }
    out.trim().to_owned()
}

/// Several lines, cut after `limit` bytes; mask before calling, so that no secret is cut in half.
pub(super) fn block(text: &str, limit: usize) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if out.len() + c.len_utf8() > limit {
            out.push('…');
            break;
        }
        match c {
            '\n' | '\t' => out.push(c),
            '\r' => {}
            c if is_harmless(c) => out.push(c),
            _ => out.push('\u{fffd}'),
        }
    }
    out
}

/// Neither a control character nor one that turns the direction of writing or hides.
pub(super) fn is_harmless(c: char) -> bool {
    let turns_direction = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !c.is_control() && !turns_direction && c != '\u{feff}'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_short_and_harmless() {
        assert_eq!(line(" a\u{1b}[2J\nb\u{202e}c "), "a\u{fffd}[2J b\u{fffd}c");
        assert_eq!(line(&"x".repeat(400)).chars().count(), 301);
    }

    #[test]
    fn blocks_keep_lines_and_stop_at_the_limit() {
        assert_eq!(block("a\r\n\tb\u{7}", 100), "a\n\tb\u{fffd}");
        assert_eq!(block("ééé", 4), "éé…");
    }
}
