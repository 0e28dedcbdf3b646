//! The identity switcher: as whom requests are sent.

use ratatui::text::{Line, Span};

use crate::app::countdown::time_left;
use crate::app::effect::ActAs;
use crate::app::session::{SessionState, SessionView};
use crate::app::state::AppState;
use crate::app::view::IdentityRow;
use crate::body::visible::cells;
use crate::keys::action::{Action, Context};
use crate::model::identity::{Identity, IdentityName};
use crate::ui::canvas::Canvas;
use crate::ui::hints::MOVE;
use crate::ui::layer::{Popup, with_arrows};
use crate::ui::text;
use crate::ui::theme::{Role, Theme};
use crate::ui::wrap::{blanks, cut};

const AS_REQUESTS_SAY: &str = "As each request says";
const OR_CURRENT: &str = "its `# @auth`; without one, as ";
const ANONYMOUS: &str = "send no token, whatever requests say";

/// Columns of a name.
const NAME: usize = 22;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, state: &AppState, selected: usize, places: &[Context]) {
    let hints = with_arrows(MOVE, &[Action::Accept, Action::Back], places);
    let popup = Popup { title: "Act as", width: 84, hints };
    let name_width = NAME.min(popup.content_width(canvas) / 2);
    let rows: Vec<Line<'static>> =
        state.identity_rows().iter().map(|row| line(state, &canvas.theme, row, name_width)).collect();
    popup.rows(canvas, &[], &rows, selected);
}

fn line(state: &AppState, theme: &Theme, row: &IdentityRow<'_>, width: usize) -> Line<'static> {
    let chosen = state.identity.as_ref().filter(|_| state.act_as == ActAs::Chosen);
    match row {
        IdentityRow::AsRequestsSay => {
            let current = state.identity.as_ref().map_or("nobody", IdentityName::as_str);
            let is_chosen = state.act_as == ActAs::RequestDecides;
            spans(
                theme,
                is_chosen,
                AS_REQUESTS_SAY,
                width,
                vec![theme.span(Role::Dim, format!("{OR_CURRENT}{current}"))],
            )
        }
        IdentityRow::Anonymous => {
            let is_chosen = chosen.is_some_and(IdentityName::is_anonymous);
            spans(theme, is_chosen, IdentityName::ANONYMOUS, width, vec![theme.span(Role::Dim, ANONYMOUS)])
        }
        IdentityRow::Identity(identity) => {
            let is_chosen = chosen == Some(&identity.name);
            spans(theme, is_chosen, identity.name.as_str(), width, about(state, theme, identity))
        }
    }
}

fn spans(theme: &Theme, is_chosen: bool, name: &str, width: usize, about: Vec<Span<'static>>) -> Line<'static> {
    let sign = if is_chosen { theme.span(Role::Good, text::GOOD) } else { Span::raw(" ") };
    let name = cut(name, width);
    let pad = blanks(width + 1 - cells(&name));
    let mut spans = vec![sign, Span::raw(" "), theme.span(Role::Strong, name), pad];
    spans.extend(about);
    Line::from(spans)
}

/// The session, then how it signs in.
fn about(state: &AppState, theme: &Theme, identity: &Identity) -> Vec<Span<'static>> {
    let mut spans = match state.sessions.get(&identity.name) {
        Some(SessionState::SignedIn(view) | SessionState::Refreshing(view)) => signed_in(state, theme, view),
        Some(SessionState::Loading) => vec![theme.span(Role::Accent, text::spinner(state.now))],
        Some(SessionState::SignedOut) => vec![theme.span(Role::Dim, format!("{} signed out", text::NONE))],
        Some(SessionState::Failed(_)) => vec![theme.span(Role::Bad, format!("{} session cannot be read", text::BAD))],
        None | Some(SessionState::Unknown) => vec![theme.span(Role::Dim, identity.grant.as_str())],
    };
    if let Some(issuer) = &identity.issuer {
        let host = issuer.base().split_once("://").map_or(issuer.base(), |(_, host)| host);
        spans.push(theme.span(Role::Dim, format!("{}{host}", text::SEPARATOR)));
    }
    if let Some(code) = &identity.org_code {
        spans.push(theme.span(Role::Dim, format!("{}{code}", text::SEPARATOR)));
    }
    spans
}

fn signed_in(state: &AppState, theme: &Theme, view: &SessionView) -> Vec<Span<'static>> {
    let (sign, role, _) = text::standing(view.access.verdict.standing());
    let left = view.tokens.expires_at.map(|until| time_left(state.now, until));
    match left {
        Some(None) => vec![theme.span(Role::Bad, format!("{} expired", text::BAD))],
        Some(Some(left)) => vec![theme.span(role, format!("{sign} {} {left}", view.who()))],
        None => vec![theme.span(role, format!("{sign} {}", view.who()))],
    }
}
