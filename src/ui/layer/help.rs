//! Every key, from the table of actions.

use ratatui::text::{Line, Span};

use crate::keys::action::{Action, ActionInfo, Context, rows_of};
use crate::ui::canvas::Canvas;
use crate::ui::hints::{SCROLL, key_label};
use crate::ui::layer::{Popup, with_arrows};
use crate::ui::theme::{Role, Theme};
use crate::ui::wrap::labelled;

/// Columns of the keys.
const KEYS: usize = 20;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, scroll: usize, places: &[Context]) {
    let hints = with_arrows(SCROLL, &[Action::PageDown, Action::Back], places);
    let popup = Popup { title: "Keys", width: 96, hints };
    let lines = lines(&canvas.theme, popup.content_width(canvas));
    popup.lines(canvas, &lines, scroll);
}

fn lines(theme: &Theme, width: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    for context in Context::ALL {
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        lines.push(theme.span(Role::Strong, context.title()).into());
        lines.extend(rows_of(context).flat_map(|info| row(theme, info, width)));
    }
    lines
}

fn row(theme: &Theme, info: &ActionInfo, width: usize) -> Vec<Line<'static>> {
    let mut keys = vec![Span::raw("  ")];
    for (index, key) in info.keys.iter().enumerate() {
        if index > 0 {
            keys.push(theme.span(Role::Dim, ", "));
        }
        keys.push(theme.span(Role::Key, key_label(key)));
    }
    labelled(keys, info.doc, theme.style(Role::Plain), KEYS.min(width / 3), width)
}
