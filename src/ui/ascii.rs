//! The last look at each cell before it reaches the terminal.

use ratatui::buffer::Cell;

use crate::body::visible::{cells, shown};
use crate::ui::theme::Theme;

/// Replaces what must not or should not be drawn. Texts were made safe before; this is the net under them.
pub fn sweep(cell: &mut Cell, theme: &Theme) {
    let symbol = cell.symbol();
    if symbol.is_ascii() && !symbol.bytes().any(|byte| byte.is_ascii_control()) {
        return;
    }
    let safe = shown(symbol);
    if *safe != *symbol {
        let width = cells(symbol).max(1);
        cell.set_symbol(&"?".repeat(width));
        return;
    }
    if theme.ascii {
        let width = cells(symbol).max(1);
        let nearest = nearest(symbol);
        cell.set_symbol(&nearest.repeat(width));
    }
}

/// The ASCII character that comes nearest to one of bearcat's own signs; `?` for everything else.
fn nearest(symbol: &str) -> &'static str {
    match symbol {
        "✔" => "+",
        "✘" => "x",
        "–" | "─" | "━" | "→" | "·" => "-",
        "│" | "┃" | "▌" | "▐" => "|",
        "╭" | "╮" | "╰" | "╯" | "┌" | "┐" | "└" | "┘" | "├" | "┤" | "┬" | "┴" | "┼" | "┏" | "┓" | "┗" | "┛" => {
            "+"
        }
        "•" | "●" => "*",
        "○" => "o",
        "…" => "~",
        "▸" => ">",
        "▾" => "v",
        "█" => "#",
        "↑" => "^",
        "↓" => "v",
        "×" => "x",
        "⠋" | "⠴" => "|",
        "⠙" | "⠦" => "/",
        "⠹" | "⠧" | "⠸" | "⠇" => "-",
        "⠼" | "⠏" => "\\",
        "␛" | "␀" | "␇" | "␈" | "␉" | "␊" | "␍" => "^",
        _ => "?",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn swept(symbol: &str, theme: &Theme) -> String {
        let mut cell = Cell::default();
        cell.set_symbol(symbol);
        sweep(&mut cell, theme);
        cell.symbol().to_owned()
    }

    #[test]
    fn nothing_dangerous_is_left_in_a_cell() {
        assert_eq!(swept("\u{202e}", &Theme::dark()), "?");
        assert_eq!(swept("a\u{1b}", &Theme::dark()).chars().filter(|c| c.is_control()).count(), 0);
        assert_eq!(swept("日", &Theme::dark()), "日");
    }

    #[test]
    fn ascii_keeps_widths() {
        assert_eq!(swept("✔", &Theme::dark().in_ascii()), "+");
        assert_eq!(swept("日", &Theme::dark().in_ascii()), "??");
        assert_eq!(swept("a", &Theme::dark().in_ascii()), "a");
    }
}
