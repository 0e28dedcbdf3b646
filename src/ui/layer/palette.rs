//! The command palette.

use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::app::state::TextField;
use crate::app::update::palette_rows;
use crate::keys::action::{Action, Context};
use crate::ui::canvas::Canvas;
use crate::ui::layer::{Popup, draw_rows};
use crate::ui::layout::split_top;
use crate::ui::theme::{Focus, Role};
use crate::ui::wrap::labelled;

const NOTHING: &str = "No action fits.";

/// Columns of the key.
const KEY: usize = 14;

/// Rows that it would like, found or not, so that it keeps its size while one types.
const ROWS: usize = 18;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, query: &TextField, selected: usize, places: &[Context]) {
    let actions = [Action::Accept, Action::Back];
    let popup = Popup { title: "Palette", width: 84, actions: &actions, places };
    let theme = canvas.theme;
    let width = popup.content_width(canvas).saturating_sub(1);
    let rows: Vec<Line<'static>> = palette_rows(&query.text)
        .into_iter()
        .map(|info| {
            let key = vec![theme.span(Role::Key, info.keys.first().copied().unwrap_or_default())];
            labelled(key, info.doc, theme.style(Role::Plain), KEY, width).into_iter().next().unwrap_or_default()
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
