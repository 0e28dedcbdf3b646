//! A one-line text input: the part of it that shows, with the cursor in view.

use ratatui::style::{Modifier, Style};
use unicode_segmentation::UnicodeSegmentation;

use crate::app::state::{Masked, TextField};
use crate::body::visible::{cells, shown};
use crate::ui::theme::{Focus, Palette, Role, Theme};

/// The visible part of the text, and the column of the cursor in it.
pub fn visible_part(input: &TextField, width: usize) -> (String, usize) {
    let cursor = input.text.floor_char_boundary(input.cursor);
    let (before, after) = input.text.split_at(cursor);
    let (before, after) = match input.masked {
        Masked::No => (shown(before).into_owned(), shown(after).into_owned()),
        Masked::Yes => (dots(before), dots(after)),
    };
    // The cursor stands behind the last character, so one cell is kept for it.
    let room = width.saturating_sub(1);
    let mut column = cells(&before);
    let mut start = 0;
    for grapheme in before.graphemes(true) {
        if column <= room {
            break;
        }
        column -= cells(grapheme);
        start += grapheme.len();
    }
    (format!("{}{after}", &before[start..]), column.min(room))
}

/// The look of an input: a line under it, so that its extent shows.
pub fn style(theme: &Theme, focus: Focus) -> Style {
    let underlined = Style::new().add_modifier(Modifier::UNDERLINED);
    match (focus, theme.palette) {
        (Focus::Here, Palette::None) | (Focus::Elsewhere, _) => underlined,
        (Focus::Here, _) => underlined.patch(theme.style(Role::Accent)).remove_modifier(Modifier::BOLD),
    }
}

/// A dot for each character, but no more than tell that there is something: the length of a secret is one too.
fn dots(text: &str) -> String {
    "•".repeat(text.graphemes(true).count().min(24))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(text: &str, cursor: usize, width: usize) -> (String, usize) {
        visible_part(&TextField { text: text.to_owned(), cursor, masked: Masked::No }, width)
    }

    #[test]
    fn the_cursor_is_always_in_view() {
        assert_eq!(part("abc", 3, 10), ("abc".to_owned(), 3));
        assert_eq!(part("abcdefghij", 10, 5), ("ghij".to_owned(), 4));
        assert_eq!(part("abcdefghij", 0, 5), ("abcdefghij".to_owned(), 0));
        assert_eq!(part("日本語", 9, 4), ("語".to_owned(), 2));
        assert_eq!(part("abc", 3, 0).1, 0);
    }

    #[test]
    fn secrets_are_dots() {
        let secret = TextField { text: "pass\u{1b}word".to_owned(), cursor: 4, masked: Masked::Yes };
        assert_eq!(visible_part(&secret, 20), ("•••••••••".to_owned(), 4));
    }
}
