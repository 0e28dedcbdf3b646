//! Values from a token inside a sentence: whatever a server or a forger wrote, it stays one short, harmless line.

/// Longer values are cut.
const LONGEST: usize = 80;

/// `` `text` `` without control and direction characters, cut at 80 characters.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("`");
    for (count, c) in text.chars().enumerate() {
        if count == LONGEST {
            out.push('…');
            break;
        }
        out.push(if is_harmless(c) { c } else { '\u{fffd}' });
    }
    out.push('`');
    out
}

/// The same without the backticks, for values in a column of their own; cut at 160 characters.
pub(super) fn plain(text: &str) -> String {
    const LONGEST_PLAIN: usize = 160;
    let mut out: String =
        text.chars().take(LONGEST_PLAIN).map(|c| if is_harmless(c) { c } else { '\u{fffd}' }).collect();
    if text.chars().nth(LONGEST_PLAIN).is_some() {
        out.push('…');
    }
    out
}

/// `a, b and 3 more`: at most `shown` of texts that [`plain`] made.
pub(super) fn plain_list(texts: &[String], shown: usize) -> String {
    let mut out = texts.iter().take(shown).map(String::as_str).collect::<Vec<_>>().join(", ");
    if let Some(more @ 1..) = texts.len().checked_sub(shown) {
        out.push_str(" and ");
        out.push_str(&more.to_string());
        out.push_str(" more");
    }
    out
}

/// `` `a`, `b` and 3 more ``: at most `shown` of them.
pub(super) fn list<T: AsRef<str>>(texts: impl IntoIterator<Item = T>, shown: usize) -> String {
    let mut out = String::new();
    let mut more = 0_usize;
    for (index, text) in texts.into_iter().enumerate() {
        if index >= shown {
            more += 1;
            continue;
        }
        if index > 0 {
            out.push_str(", ");
        }
        out.push_str(&quoted(text.as_ref()));
    }
    if more > 0 {
        out.push_str(" and ");
        out.push_str(&more.to_string());
        out.push_str(" more");
    }
    out
}

fn is_harmless(c: char) -> bool {
    let turns_direction = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !c.is_control() && !turns_direction && c != '\u{feff}'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_hostile_text_on_one_line() {
        assert_eq!(quoted("a\u{1b}[2J\nb\u{202e}c"), "`a\u{fffd}[2J\u{fffd}b\u{fffd}c`");
        assert_eq!(quoted(&"x".repeat(200)).chars().count(), 83);
        assert_eq!(quoted(&"x".repeat(80)).chars().count(), 82);
    }

    #[test]
    fn lists_are_bounded() {
        assert_eq!(list(["a", "b", "c", "d"], 2), "`a`, `b` and 2 more");
        assert_eq!(list(["a"], 2), "`a`");
        assert_eq!(list(Vec::<String>::new(), 2), "");
    }
}
