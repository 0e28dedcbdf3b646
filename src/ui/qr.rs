//! QR codes from half blocks: two rows of modules in one row of cells. In ASCII two characters for each module.

use qrcode::{Color as Module, EcLevel, QrCode};
use ratatui::style::{Color, Style};
use ratatui::text::{Line, Span};

use crate::ui::theme::{Palette, Theme};

/// Light modules around the code; readers want some.
const QUIET: usize = 2;

/// A longer text makes a code that no terminal has room for.
const LONGEST: usize = 300;

/// The code for `text`; empty if there is none.
pub fn lines(theme: &Theme, text: &str) -> Vec<Line<'static>> {
    if text.len() > LONGEST {
        return Vec::new();
    }
    let Ok(code) = QrCode::with_error_correction_level(text, EcLevel::L) else { return Vec::new() };
    let grid = Grid { width: code.width(), modules: code.to_colors() };
    let style = style(theme);
    let side = grid.width + 2 * QUIET;
    if theme.ascii {
        return (0..side)
            .map(|y| line((0..side).map(|x| if grid.is_light(x, y) { "##" } else { "  " }), style))
            .collect();
    }
    (0..side)
        .step_by(2)
        .map(|y| {
            line((0..side).map(|x| half_block(grid.is_light(x, y), y + 1 < side && grid.is_light(x, y + 1))), style)
        })
        .collect()
}

struct Grid {
    width: usize,
    modules: Vec<Module>,
}

impl Grid {
    /// Is the module light? Everything around the code is.
    fn is_light(&self, x: usize, y: usize) -> bool {
        let inside = |at: usize| at.checked_sub(QUIET).filter(|at| *at < self.width);
        match (inside(x), inside(y)) {
            (Some(x), Some(y)) => self.modules.get(y * self.width + x) == Some(&Module::Light),
            _ => true,
        }
    }
}

/// Light modules are drawn in the foreground, so that the code is right on a dark terminal even without colours.
const fn half_block(upper: bool, lower: bool) -> &'static str {
    match (upper, lower) {
        (true, true) => "█",
        (true, false) => "▀",
        (false, true) => "▄",
        (false, false) => " ",
    }
}

/// White on black, whatever the theme: readers want dark modules on a light ground.
fn style(theme: &Theme) -> Style {
    match theme.palette {
        Palette::None => Style::new(),
        _ => Style::new().fg(Color::Indexed(231)).bg(Color::Indexed(16)),
    }
}

fn line(cells: impl Iterator<Item = &'static str>, style: Style) -> Line<'static> {
    Line::from(Span::styled(cells.collect::<String>(), style))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_has_its_finder_patterns_and_a_light_border() {
        let lines = lines(&Theme::dark(), "https://acme.kinde.com/device?user_code=ABCDEFGH");
        let rows: Vec<String> = lines.iter().map(ToString::to_string).collect();
        assert!(rows[0].chars().all(|c| c == '█'), "{}", rows[0]);
        // Quiet zone, then the dark outline, light ring and dark centre of the finder pattern.
        assert!(rows[1].starts_with("██ ▄▄▄▄▄ "), "{}", rows[1]);
        assert!(rows[2].starts_with("██ █   █ "), "{}", rows[2]);
        assert!(rows.iter().all(|row| row.chars().count() == rows[0].chars().count()));
    }

    #[test]
    fn no_code_for_texts_that_do_not_fit() {
        assert!(lines(&Theme::dark(), &"x".repeat(1000)).is_empty());
    }

    #[test]
    fn ascii_codes_are_twice_as_wide() {
        let lines = lines(&Theme::dark().in_ascii(), "x");
        assert!(lines.iter().all(|line| line.to_string().is_ascii() && line.width() == 2 * lines.len()));
    }
}
