//! As whom is the request sent, this once: every identity with what is known of it before sending.

use ratatui::text::{Line, Span};

use crate::app::layers::{OnceLayer, OncePurpose};
use crate::app::preflight::Candidate;
use crate::app::session::SessionState;
use crate::app::state::AppState;
use crate::body::visible::cells;
use crate::keys::action::{Action, Context};
use crate::ui::canvas::Canvas;
use crate::ui::hints::MOVE;
use crate::ui::layer::{Popup, with_arrows};
use crate::ui::request::preflight::sign;
use crate::ui::text;
use crate::ui::theme::{Role, Theme};
use crate::ui::wrap::{blanks, cut, paragraph};

const SENDS: &str = "This request once; the current identity stays. Judged before sending, by the session of each:";
const COMPARES: &str = "This request once, and then what differs from the response that shows:";

/// Columns of a name.
const NAME: usize = 20;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, state: &AppState, once: &OnceLayer, places: &[Context]) {
    let hints = with_arrows(MOVE, &[Action::Accept, Action::Back], places);
    let (title, explains) = match once.purpose {
        OncePurpose::Send => ("Send once as", SENDS),
        OncePurpose::Compare => ("Compare with", COMPARES),
    };
    let popup = Popup { title, width: 90, hints };
    let width = popup.content_width(canvas);
    let theme = canvas.theme;
    let mut head = paragraph(&theme, Role::Dim, 0, explains, width);
    head.push(Line::default());
    if canvas.screen().height < super::ROOMY {
        head.clear();
    }
    let candidates = state.candidates();
    let name = NAME.min(width / 3);
    let rows: Vec<Line<'static>> = candidates.iter().map(|one| row(state, &theme, one, name)).collect();
    popup.rows(canvas, &head, &rows, once.selected.min(rows.len().saturating_sub(1)));
}

fn row(state: &AppState, theme: &Theme, candidate: &Candidate, width: usize) -> Line<'static> {
    let name = cut(candidate.name.as_str(), width);
    let pad = blanks(width + 1 - cells(&name));
    let is_current = state.effective_identity() == Some(&candidate.name);
    let (sign, role) = sign(candidate.preflight.answer());
    let mut spans = vec![theme.span(role, sign), Span::raw(" "), theme.span(Role::Strong, name), pad];
    if is_current {
        spans.push(theme.span(Role::Dim, format!("now{}", text::SEPARATOR)));
    }
    spans.push(match state.sessions.get(&candidate.name) {
        Some(SessionState::Loading) => theme.span(Role::Accent, text::spinner(state.now)),
        _ => theme.span(Role::Dim, candidate.preflight.headline()),
    });
    Line::from(spans)
}
