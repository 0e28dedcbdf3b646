//! A frame as an SVG picture: the same cells and colours, in a window. For the README, so that its picture is true.

use std::fmt::Write;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

use crate::body::visible::cells;
use crate::ui::theme::{Palette, Theme};

/// Pixels of a cell.
const CELL: (usize, usize) = (9, 17);

/// From the top of a cell to the baseline of its text.
const BASELINE: usize = 13;

/// Around the screen.
const PADDING: usize = 12;

/// Height of the window's title bar.
const BAR: usize = 30;

const FONT: &str = "ui-monospace, 'Cascadia Mono', 'JetBrains Mono', 'DejaVu Sans Mono', Menlo, Consolas, monospace";

/// The picture of `buffer`, under the given window title, in the colours of the theme.
pub fn svg(buffer: &Buffer, title: &str, theme: &Theme) -> String {
    let colors = Colors::of(theme);
    let (columns, rows) = (usize::from(buffer.area.width), usize::from(buffer.area.height));
    let width = columns * CELL.0 + 2 * PADDING;
    let height = rows * CELL.1 + 2 * PADDING + BAR;
    let mut out = String::new();
    let mut put = |text: &str| {
        out.push_str(text);
        out.push('\n');
    };
    put(&format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         font-family=\"{FONT}\" font-size=\"15\" role=\"img\">"
    ));
    put(&format!("<title>{}</title>", escaped(title)));
    put("<style>text{white-space:pre}</style>");
    put(&format!("<rect width=\"{width}\" height=\"{height}\" rx=\"10\" fill=\"{}\"/>", colors.background));
    for (index, light) in ["#ff5f57", "#febc2e", "#28c840"].iter().enumerate() {
        put(&format!("<circle cx=\"{}\" cy=\"{}\" r=\"6\" fill=\"{light}\"/>", 20 + index * 20, BAR / 2 + 2));
    }
    put(&format!(
        "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\" fill=\"{}\" opacity=\"0.7\">{}</text>",
        width / 2,
        BAR / 2 + 7,
        colors.foreground,
        escaped(title)
    ));
    for row in 0..rows {
        for run in runs(buffer, row, &colors) {
            run.write(row, &mut out);
        }
    }
    out.push_str("</svg>\n");
    out
}

/// Cells of one look, side by side.
#[derive(Debug, PartialEq, Eq)]
struct Run {
    column: usize,
    columns: usize,
    text: String,
    look: Look,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Look {
    foreground: String,
    background: Option<String>,
    is_bold: bool,
    is_dim: bool,
    is_underlined: bool,
}

impl Run {
    fn write(&self, row: usize, out: &mut String) {
        let (x, y) = (PADDING + self.column * CELL.0, PADDING + BAR + row * CELL.1);
        let width = self.columns * CELL.0;
        if let Some(background) = &self.look.background {
            let _ = writeln!(
                out,
                "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{}\" fill=\"{background}\"/>",
                CELL.1
            );
        }
        let text = self.text.trim_end();
        if text.is_empty() && !self.look.is_underlined {
            return;
        }
        let mut style = String::new();
        if self.look.is_bold {
            style.push_str(" font-weight=\"bold\"");
        }
        if self.look.is_dim {
            style.push_str(" opacity=\"0.65\"");
        }
        if self.look.is_underlined {
            style.push_str(" text-decoration=\"underline\"");
        }
        // The length is fixed, so that columns stay in line whatever font there is.
        let length = cells(text) * CELL.0;
        let _ = writeln!(
            out,
            "<text x=\"{x}\" y=\"{}\" textLength=\"{length}\" lengthAdjust=\"spacingAndGlyphs\" fill=\"{}\"{style}>{}</text>",
            y + BASELINE,
            self.look.foreground,
            escaped(text)
        );
    }
}

fn runs(buffer: &Buffer, row: usize, colors: &Colors) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let columns = usize::from(buffer.area.width);
    let mut column = 0;
    while column < columns {
        let cell = &buffer.content[row * columns + column];
        let wide = cells(cell.symbol()).max(1);
        let look = colors.look(cell);
        match runs.last_mut().filter(|run| run.look == look) {
            Some(run) => {
                run.text.push_str(cell.symbol());
                run.columns += wide;
            }
            None => runs.push(Run { column, columns: wide, text: cell.symbol().to_owned(), look }),
        }
        column += wide;
    }
    // Leading blanks are left out by moving the run: some programs draw them narrower.
    for run in &mut runs {
        let blanks = run.text.len() - run.text.trim_start().len();
        if run.look.background.is_none() && !run.look.is_underlined {
            run.text.drain(..blanks);
            run.column += blanks;
            run.columns -= blanks;
        }
    }
    runs
}

struct Colors {
    foreground: &'static str,
    background: &'static str,
}

impl Colors {
    const fn of(theme: &Theme) -> Self {
        match theme.palette {
            Palette::Light => Self { foreground: "#24292f", background: "#ffffff" },
            Palette::Dark | Palette::None => Self { foreground: "#d8dee9", background: "#14171c" },
        }
    }

    fn look(&self, cell: &Cell) -> Look {
        let modifier = cell.modifier;
        let (mut foreground, mut background) = (hex(cell.fg), hex(cell.bg));
        if modifier.contains(Modifier::REVERSED) {
            let reversed = foreground.take().unwrap_or_else(|| self.foreground.to_owned());
            foreground = Some(background.take().unwrap_or_else(|| self.background.to_owned()));
            background = Some(reversed);
        }
        Look {
            foreground: foreground.unwrap_or_else(|| self.foreground.to_owned()),
            background,
            is_bold: modifier.contains(Modifier::BOLD),
            is_dim: modifier.contains(Modifier::DIM),
            is_underlined: modifier.contains(Modifier::UNDERLINED),
        }
    }
}

/// A colour of the 256-colour cube or its grey ramp; `None`: the terminal's own.
fn hex(color: Color) -> Option<String> {
    let (red, green, blue) = match color {
        Color::Rgb(red, green, blue) => (red, green, blue),
        Color::Indexed(index @ 16..=231) => {
            let level = |step: u8| if step == 0 { 0 } else { 55 + step * 40 };
            let cube = index - 16;
            (level(cube / 36), level(cube / 6 % 6), level(cube % 6))
        }
        Color::Indexed(index @ 232..) => {
            let grey = 8 + (index - 232) * 10;
            (grey, grey, grey)
        }
        _ => return None,
    };
    Some(format!("#{red:02x}{green:02x}{blue:02x}"))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    #[test]
    fn cells_become_runs_of_text() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 2));
        buffer.set_string(0, 0, "ab", Style::new().fg(Color::Indexed(80)));
        buffer.set_string(2, 0, "<日&", Style::new());
        buffer.set_string(4, 1, "x", Style::new().add_modifier(Modifier::REVERSED | Modifier::BOLD));
        let svg = svg(&buffer, "a & b", &Theme::dark());
        assert!(svg.contains("<title>a &amp; b</title>"));
        assert!(
            svg.contains("textLength=\"18\" lengthAdjust=\"spacingAndGlyphs\" fill=\"#5fd7d7\">ab</text>"),
            "{svg}"
        );
        assert!(
            svg.contains("textLength=\"36\" lengthAdjust=\"spacingAndGlyphs\" fill=\"#d8dee9\">&lt;日&amp;</text>"),
            "{svg}"
        );
        assert!(svg.contains("fill=\"#14171c\" font-weight=\"bold\">x</text>"), "{svg}");
    }
}
