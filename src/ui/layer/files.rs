//! The files that a request can move to.

use ratatui::text::{Line, Span};

use crate::app::state::AppState;
use crate::keys::action::{Action, Context};
use crate::model::request::RequestId;
use crate::ui::canvas::Canvas;
use crate::ui::hints::{MOVE, renamed};
use crate::ui::layer::{Popup, with_arrows};
use crate::ui::theme::Role;
use crate::ui::tree::path_label;

const NEW: &str = "a new file …";

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, state: &AppState, request: &RequestId, selected: usize, places: &[Context]) {
    let hints = renamed(with_arrows(MOVE, &[Action::Accept, Action::Back], places), Action::Accept, "move here");
    let popup = Popup { title: "Move to", width: 60, hints };
    let theme = canvas.theme;
    let files = state.other_files(request);
    let known = files.iter().map(|path| Line::from(vec![Span::raw(" "), theme.span(Role::Plain, path_label(path))]));
    let rows: Vec<Line<'static>> =
        known.chain([Line::from(vec![Span::raw(" "), theme.span(Role::Accent, NEW)])]).collect();
    popup.rows(canvas, &[], &rows, selected);
}
