//! Text as it may reach a terminal: control and invisible characters become pictures, widths are counted in cells.
//!
//! Everything that comes from a server, a file or a token passes through here before it is drawn ([`shown`] for
//! short texts, the document's lines for bodies). Works on bytes, because bodies need not be UTF-8.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns between tab stops.
const TAB: usize = 4;

/// A cell never holds more than this: a letter with a thousand accents is shown as letter and accents.
const LONGEST_CLUSTER: usize = 32;

/// The one character that tags belong to: they make it the flag of a region.
const BLACK_FLAG: char = '\u{1f3f4}';

/// How far ahead the end of a cluster is looked for.
const LOOK_AHEAD: usize = 64;

/// What the eye takes for one character, and the cells that it fills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster<'a> {
    /// What is drawn.
    pub shown: Cow<'a, str>,
    /// Cells.
    pub columns: usize,
    /// Bytes of the source.
    pub bytes: usize,
    /// Is something else drawn than what is there?
    pub is_picture: bool,
}

impl Cluster<'static> {
    fn picture(shown: String, bytes: usize) -> Self {
        let columns = shown.width();
        Self { shown: Cow::Owned(shown), columns, bytes, is_picture: true }
    }
}

/// The cluster at the start of `bytes` (which must not be empty), when it begins in `column`.
pub fn cluster(bytes: &[u8], column: usize) -> Cluster<'_> {
    let window = &bytes[..bytes.len().min(LOOK_AHEAD)];
    let text = valid_prefix(window);
    let Some(first) = text.chars().next() else {
        return Cluster::picture(char::REPLACEMENT_CHARACTER.to_string(), 1);
    };
    if first == '\t' {
        let columns = TAB - column % TAB;
        return Cluster { shown: Cow::Borrowed(&"    "[..columns]), columns, bytes: 1, is_picture: false };
    }
    if let Some(picture) = picture(first) {
        return Cluster::picture(picture, first.len_utf8());
    }
    let whole = text.graphemes(true).next().unwrap_or_default();
    // Tags and supplementary variation selectors can hide whole texts behind a letter.
    let joined = whole.find(|c| matches!(c, '\u{e0000}'..='\u{e0fff}')).filter(|_| first != BLACK_FLAG);
    let whole = &whole[..joined.unwrap_or(whole.len())];
    let grapheme = &whole[..whole.floor_char_boundary(LONGEST_CLUSTER)];
    // A grapheme cluster may hold invisible characters only where Unicode joins them to what is before.
    match cells(grapheme) {
        0 => Cluster::picture(escape(first), first.len_utf8()),
        columns => Cluster { shown: Cow::Borrowed(grapheme), columns, bytes: grapheme.len(), is_picture: false },
    }
}

/// Length of the run of plain ASCII at the start of `bytes` in which every byte is one cell; at most `limit`.
pub fn ascii_run(bytes: &[u8], limit: usize) -> usize {
    let run = bytes.iter().take(limit).take_while(|byte| (0x20..0x7f).contains(*byte)).count();
    // The last letter may carry an accent that follows it.
    if bytes.get(run).is_some_and(|byte| *byte >= 0x80) { run.saturating_sub(1) } else { run }
}

/// Walks over at least `budget` bytes (fewer at the end) to the next cluster's start: bytes passed, column reached.
pub fn advance(bytes: &[u8], column: usize, budget: usize) -> (usize, usize) {
    let (mut passed, mut column) = (0, column);
    while passed < bytes.len() && passed < budget {
        let rest = &bytes[passed..];
        let run = ascii_run(rest, budget - passed);
        if run > 0 {
            passed += run;
            column += run;
            continue;
        }
        let cluster = cluster(rest, column);
        passed += cluster.bytes;
        column += cluster.columns;
    }
    (passed, column)
}

/// The column after `bytes`, when they begin in `column`.
pub fn columns_after(bytes: &[u8], column: usize) -> usize {
    advance(bytes, column, usize::MAX - 1).1
}

/// `text` fit for a terminal: control characters as `␛`, bidirectional overrides and invisible characters as
/// `\u{202e}`. Line breaks too: for texts of several lines split first.
pub fn shown(text: &str) -> Cow<'_, str> {
    if text.chars().all(|c| c == ' ' || c.is_ascii_graphic()) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let (mut rest, mut column) = (text.as_bytes(), 0);
    while !rest.is_empty() {
        let cluster = cluster(rest, column);
        out.push_str(&cluster.shown);
        column += cluster.columns;
        rest = &rest[cluster.bytes..];
    }
    Cow::Owned(out)
}

/// Cells that a text takes, as the terminal library counts them.
pub fn cells(text: &str) -> usize {
    // Half-width sound marks have no width of their own in the tables, but terminals give them a cell.
    let marks = text.chars().filter(|c| matches!(c, '\u{ff9e}' | '\u{ff9f}')).count();
    text.width() + marks
}

/// What stands for a character that must not reach the terminal; `None`: it may.
fn picture(c: char) -> Option<String> {
    match c {
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).map(String::from),
        '\u{7f}' => Some('\u{2421}'.to_string()),
        _ if c.is_ascii() => None,
        '\u{80}'..='\u{9f}' => Some(escape(c)),
        // Bidirectional controls and marks, joiners, separators, invisible operators, fillers, tags.
        '\u{61c}'
        | '\u{ad}'
        | '\u{115f}'..='\u{1160}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}' => Some(escape(c)),
        _ if c.width().is_none() => Some(escape(c)),
        _ => None,
    }
}

fn escape(c: char) -> String {
    format!("\\u{{{:x}}}", u32::from(c))
}

fn valid_prefix(bytes: &[u8]) -> &str {
    bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_dangerous_comes_out() {
        for (given, expected) in [
            ("plain", "plain"),
            ("a\x1b[31mred", "a␛[31mred"),
            ("a\r\nb", "a␍␊b"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("user\u{202e}gpj.exe", "user\\u{202e}gpj.exe"),
            ("zero\u{200b}width", "zero\\u{200b}width"),
            ("\u{301}x", "\\u{301}x"),
            ("e\u{301}", "e\u{301}"),
            ("日本", "日本"),
            ("👨\u{200d}👩\u{200d}👧", "👨\u{200d}👩\u{200d}👧"),
            ("\tx", "    x"),
            ("del\x7f", "del␡"),
            ("hi\u{e0041}", "hi\\u{e0041}"),
        ] {
            assert_eq!(shown(given), expected);
        }
    }

    #[test]
    fn a_letter_with_a_thousand_accents_stays_small() {
        let zalgo = format!("a{}", "\u{301}".repeat(1000));
        assert!(cluster(zalgo.as_bytes(), 0).shown.len() <= LONGEST_CLUSTER);
        assert!(shown(&zalgo).starts_with("a\u{301}"));
        assert!(shown(&zalgo).ends_with("\\u{301}"));
    }

    #[test]
    fn a_character_cut_by_the_look_ahead_is_whole() {
        let text = format!("a{}é", "\u{301}".repeat(31));
        assert!(!shown(&text).contains(char::REPLACEMENT_CHARACTER));
    }

    proptest! {
        #[test]
        fn any_bytes_come_out_harmless(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let (mut rest, mut column) = (&bytes[..], 0);
            while !rest.is_empty() {
                let cluster = cluster(rest, column);
                prop_assert!(cluster.bytes > 0);
                prop_assert!(!cluster.shown.chars().any(char::is_control));
                let is_bidi = cluster.shown.contains(['\u{202e}', '\u{2066}', '\u{200f}']);
                prop_assert!(!is_bidi);
                prop_assert_eq!(cells(&cluster.shown), cluster.columns);
                column += cluster.columns;
                rest = &rest[cluster.bytes..];
            }
            prop_assert_eq!(columns_after(&bytes, 0), column);
        }

        #[test]
        fn any_text_comes_out_harmless(text in "\\PC*|[\\u{0}-\\u{9f}\\u{200b}-\\u{206f}a\\u{301}é日]{0,80}") {
            let shown = shown(&text);
            prop_assert!(!shown.chars().any(char::is_control), "{shown:?}");
        }
    }
}
