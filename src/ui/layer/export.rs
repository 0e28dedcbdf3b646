//! The chooser of what a request or a file is copied as.

use ratatui::text::{Line, Span};

use crate::app::state::{AppState, TreeRow};
use crate::app::update::EXPORT_ROWS;
use crate::collection::export::{Format, TokenMode};
use crate::keys::action::{Action, Context};
use crate::ui::canvas::Canvas;
use crate::ui::hints::MOVE;
use crate::ui::layer::{Popup, with_arrows};
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::tree::path_label;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, state: &AppState, selected: usize, places: &[Context]) {
    let hints = with_arrows(MOVE, &[Action::Accept, Action::Back], places);
    let popup = Popup { title: "Copy as", width: 58, hints };
    let theme = canvas.theme;
    let subject = match state.rows.get(state.selected_row) {
        Some(TreeRow::Request(id)) => state.request(id).map(|request| request.label().to_owned()),
        Some(TreeRow::Collection { index, .. }) => {
            let collection = state.workspace.as_ref().and_then(|workspace| workspace.collections.get(*index));
            collection.map(|collection| {
                format!("{}: {}", path_label(&collection.path), text::count(collection.requests.len(), "request"))
            })
        }
        _ => None,
    };
    let head = [Line::from(theme.span(Role::Dim, subject.unwrap_or_default())), Line::default()];
    let rows: Vec<Line<'static>> = EXPORT_ROWS
        .iter()
        .map(|row| match row.tokens {
            TokenMode::Placeholder if row.format == Format::Curl => Line::from(vec![
                theme.span(Role::Plain, row.format.title()),
                Span::raw(", "),
                theme.span(Role::Dim, "the token as $TOKEN"),
            ]),
            TokenMode::Placeholder => Line::from(theme.span(Role::Plain, row.format.title())),
            TokenMode::Value => Line::from(vec![
                theme.span(Role::Plain, row.format.title()),
                Span::raw(", "),
                theme.span(Role::Warn, "with the token itself in it"),
            ]),
        })
        .collect();
    popup.rows(canvas, &head, &rows, selected);
}
