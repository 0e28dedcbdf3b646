//! The command palette.

use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::app::state::TextField;
use crate::app::update::palette_rows;
use crate::keys::action::{Action, Context};
use crate::ui::canvas::Canvas;
use crate::ui::hints::{MOVE, key_label};
use crate::ui::layer::{Popup, draw_rows, with_arrows};
use crate::ui::layout::split_top;
use crate::ui::theme::{Focus, Role};

const NOTHING: &str = "No action fits.";

/// Columns of the key.
const KEY: usize = 11;

/// Rows that it would like, found or not, so that it keeps its size while one types.
const ROWS: usize = 14;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, query: &TextField, selected: usize, places: &[Context]) {
    let hints = with_arrows(MOVE, &[Action::Accept, Action::Back], places);
    let popup = Popup { title: "Palette", width: 88, hints };
    let theme = canvas.theme;
    let rows: Vec<Line<'static>> = palette_rows(&query.text)
        .into_iter()
        .map(|info| {
            let key = key_label(info.keys.first().copied().unwrap_or_default());
            Line::from(vec![theme.span(Role::Key, format!("{key:<KEY$}")), theme.span(Role::Plain, info.doc)])
        })
        .collect();
    let content = popup.open(canvas, ROWS + 2);
    let (input, rest) = split_top(content, 1);
    canvas.line(input, &theme.span(Role::Key, ":").into());
    let field = Rect { x: input.x + 2.min(input.width), width: input.width.saturating_sub(2), ..input };
    canvas.field(field, query, Focus::Here);
    let list = if rest.height > 4 { split_top(rest, 1).1 } else { rest };
    if rows.is_empty() {
        canvas.line(list, &theme.span(Role::Dim, NOTHING).into());
    }
    draw_rows(canvas, list, &rows, selected);
}
