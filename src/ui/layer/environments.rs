//! The environment switcher.

use ratatui::text::{Line, Span};

use crate::app::state::AppState;
use crate::keys::action::{Action, Context};
use crate::ui::canvas::Canvas;
use crate::ui::hints::MOVE;
use crate::ui::layer::{Popup, with_arrows};
use crate::ui::text;
use crate::ui::theme::Role;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, state: &AppState, selected: usize, places: &[Context]) {
    let hints = with_arrows(MOVE, &[Action::Accept, Action::Back], places);
    let popup = Popup { title: "Environment", width: 50, hints };
    let theme = canvas.theme;
    let rows: Vec<Line<'static>> = state
        .environments
        .iter()
        .map(|name| {
            let is_chosen = state.environment.as_ref() == Some(name);
            let sign = if is_chosen { theme.span(Role::Good, text::GOOD) } else { Span::raw(" ") };
            Line::from(vec![sign, Span::raw(" "), theme.span(Role::Plain, name)])
        })
        .collect();
    popup.rows(canvas, &[], &rows, selected);
}
