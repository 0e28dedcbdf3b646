//! The panel before anything was sent: what to press, and what will happen.

use ratatui::text::{Line, Span};

use crate::app::session::SessionState;
use crate::app::state::AppState;
use crate::keys::action::Action;
use crate::ui::hints::main_key;
use crate::ui::theme::{Role, Theme};
use crate::ui::wrap::{labelled, paragraph};

const NOTHING_SELECTED: &str = "Select a request, then send it.";
const DEMO: &str = "This is the demo. An identity provider like Kinde and an API protected by it run inside bearcat; \
                    nothing leaves this machine.";

/// Columns of a key.
const KEY: usize = 8;

/// The lines.
pub fn lines(state: &AppState, theme: &Theme, width: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    if state.options.demo.is_some() {
        lines.extend(paragraph(theme, Role::Plain, 0, DEMO, width));
        lines.push(Line::default());
    }
    if state.selected_id().is_none() {
        lines.extend(paragraph(theme, Role::Dim, 0, NOTHING_SELECTED, width));
        return lines;
    }
    let mut row = |key: &'static str, does: &str| {
        let label = vec![Span::raw(" "), theme.span(Role::Key, key)];
        lines.extend(labelled(label, does, theme.style(Role::Plain), KEY, width));
    };
    let signed_out = matches!(state.current_session(), Some(SessionState::SignedOut));
    match state.effective_identity() {
        Some(name) if signed_out => {
            row(main_key(Action::Send), &format!("signs in as {name}, then sends the request"));
        }
        Some(name) => row(main_key(Action::Send), &format!("sends the request with the token of {name}")),
        None => row(main_key(Action::Send), "sends the request, without a token"),
    }
    row(main_key(Action::NextPanel), "goes from panel to panel");
    row(main_key(Action::Help), "shows all keys");
    lines
}
