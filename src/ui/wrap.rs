//! Texts fitted into columns: wrapped at blanks, cut with an ellipsis, set one beside the other. Counts cells.

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation;

use crate::body::visible::{cells, shown};
use crate::ui::theme::{Role, Theme};

/// Shows that something was cut off.
pub const ELLIPSIS: &str = "…";

/// More than this is not wrapped: it could not be read, and the screen must not wait for it.
const LONGEST: usize = 64 * 1024;

/// Breaks `text` into lines of at most `width` cells, at blanks where there are any. Its own line breaks stay.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    if width == 0 {
        return Vec::new();
    }
    let end = text.floor_char_boundary(LONGEST);
    let mut lines: Vec<String> = text[..end].lines().flat_map(|line| wrap_line(&shown(line), width)).collect();
    if end < text.len() {
        lines.push(ELLIPSIS.to_owned());
    }
    lines
}

fn wrap_line(line: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let (mut current, mut used) = (String::new(), 0);
    for word in line.split_inclusive(' ') {
        let bare = cells(word.trim_end_matches(' '));
        // A word longer than any line begins where the last one ended.
        if used > 0 && used + bare > width && bare <= width {
            lines.push(finish(&mut current));
            used = 0;
        }
        if used + bare <= width {
            current.push_str(word);
            used += cells(word);
            continue;
        }
        for grapheme in word.graphemes(true) {
            let wide = cells(grapheme);
            if used + wide > width && used > 0 {
                lines.push(finish(&mut current));
                used = 0;
            }
            current.push_str(grapheme);
            used += wide;
        }
    }
    lines.push(finish(&mut current));
    lines
}

fn finish(current: &mut String) -> String {
    let line = std::mem::take(current);
    line.trim_end_matches(' ').to_owned()
}

/// The text cut to `width` cells, with an ellipsis if something is missing.
pub fn cut(text: &str, width: usize) -> String {
    let text = shown(text);
    if cells(&text) <= width {
        return text.into_owned();
    }
    let Some(room) = width.checked_sub(cells(ELLIPSIS)) else { return String::new() };
    let mut out = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        used += cells(grapheme);
        if used > room {
            break;
        }
        out.push_str(grapheme);
    }
    out + ELLIPSIS
}

/// A line cut to `width` cells.
pub fn cut_line(line: &Line<'static>, width: usize) -> Line<'static> {
    if line_cells(line) <= width {
        return line.clone();
    }
    let mut left = width;
    let mut spans = Vec::new();
    for (index, span) in line.spans.iter().enumerate() {
        let wide = cells(&span.content);
        let is_last = index + 1 == line.spans.len();
        // An ellipsis must fit behind this span if anything follows it.
        if wide < left || (is_last && wide == left) {
            left -= wide;
            spans.push(span.clone());
            continue;
        }
        let text = cut(&format!("{}{ELLIPSIS}", span.content), left);
        spans.push(Span::styled(text, span.style));
        break;
    }
    Line::from(spans).style(line.style)
}

/// Cells that a line takes.
pub fn line_cells(line: &Line<'_>) -> usize {
    line.spans.iter().map(|span| cells(&span.content)).sum()
}

/// A text in one role, wrapped, each line indented.
pub fn paragraph(theme: &Theme, role: Role, indent: usize, text: &str, width: usize) -> Vec<Line<'static>> {
    let wrapped = wrap(text, width.saturating_sub(indent).max(1));
    wrapped.into_iter().map(|line| Line::from(vec![blanks(indent), theme.span(role, line)])).collect()
}

/// A label in front of a wrapped text: the text's further lines hang under its first. A label that is too long for
/// its columns has a line of its own.
pub fn labelled(
    label: Vec<Span<'static>>,
    text: &str,
    style: Style,
    column: usize,
    width: usize,
) -> Vec<Line<'static>> {
    let used: usize = label.iter().map(|span| cells(&span.content)).sum();
    let column = column.min(width / 2).max(1);
    let mut lines = Vec::new();
    let mut label = Some(label);
    if used + 1 > column {
        lines.push(Line::from(label.take().unwrap_or_default()));
    }
    for part in wrap(text, width.saturating_sub(column).max(1)) {
        let mut spans = match label.take() {
            Some(mut spans) => {
                spans.push(blanks(column - used));
                spans
            }
            None => vec![blanks(column)],
        };
        spans.push(Span::styled(part, style));
        lines.push(Line::from(spans));
    }
    lines.extend(label.map(Line::from));
    lines
}

/// Sets pieces one after the other, `gap` blanks between them, and begins a new line where one does not fit.
pub fn flow(pieces: Vec<Vec<Span<'static>>>, indent: usize, gap: usize, width: usize) -> Vec<Line<'static>> {
    let mut lines: Vec<Line<'static>> = Vec::new();
    let mut used = 0;
    for piece in pieces {
        let wide: usize = piece.iter().map(|span| cells(&span.content)).sum();
        match lines.last_mut().filter(|_| used + gap + wide <= width) {
            Some(line) => {
                line.spans.push(blanks(gap));
                line.spans.extend(piece);
                used += gap + wide;
            }
            None => {
                let mut spans = vec![blanks(indent)];
                spans.extend(piece);
                lines.push(Line::from(spans));
                used = indent + wide;
            }
        }
    }
    lines
}

/// Blanks.
pub fn blanks(columns: usize) -> Span<'static> {
    Span::raw(" ".repeat(columns))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn texts_break_at_blanks_and_long_words_anywhere() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefghij kl", 4), ["abcd", "efgh", "ij", "kl"]);
        assert_eq!(wrap("日本語", 4), ["日本", "語"]);
        assert_eq!(wrap("a\n\nb", 4), ["a", "", "b"]);
        assert_eq!(wrap("", 4), Vec::<String>::new());
    }

    #[test]
    fn cut_texts_end_in_an_ellipsis() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(cut("日本語", 4), "日…");
        assert_eq!(cut("abc", 0), "");
        let line = Line::from(vec![Span::raw("ab"), Span::raw("cdef"), Span::raw("gh")]);
        assert_eq!(cut_line(&line, 6).to_string(), "abcde…");
        assert_eq!(cut_line(&line, 2).to_string(), "a…");
        assert_eq!(cut_line(&line, 8).to_string(), "abcdefgh");
    }

    #[test]
    fn labels_hang() {
        let lines = labelled(vec![Span::raw("key")], "one two three", Style::new(), 5, 15);
        assert_eq!(lines.iter().map(ToString::to_string).collect::<Vec<_>>(), ["key  one two", "     three"]);
        let lines = labelled(vec![Span::raw("long-key")], "one", Style::new(), 5, 15);
        assert_eq!(lines.iter().map(ToString::to_string).collect::<Vec<_>>(), ["long-key", "     one"]);
    }

    proptest! {
        #[test]
        fn no_line_is_too_wide(text in "[a-z日é👍 \\n\\t\\u{1b}\\u{202e}]{0,60}", width in 2usize..20) {
            for line in wrap(&text, width) {
                // A picture such as `\u{202e}` is broken like any long word.
                prop_assert!(cells(&line) <= width, "{line:?}");
                prop_assert!(!line.chars().any(char::is_control));
            }
            prop_assert!(cells(&cut(&text, width)) <= width);
        }
    }
}
