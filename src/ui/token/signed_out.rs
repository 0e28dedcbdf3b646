//! The panel when there is no token to show, and what to press to get one.

use ratatui::text::Line;

use crate::app::state::AppState;
use crate::app::view::can_sign_in;
use crate::keys::action::Action;
use crate::model::identity::{Identity, IdentityName};
use crate::ui::hints::main_key;
use crate::ui::text;
use crate::ui::theme::{Role, Theme};
use crate::ui::wrap::{labelled, paragraph};

const NO_TOKEN: &str = "This request goes out without a token.";

/// For an identity without a session.
pub fn lines(state: &AppState, theme: &Theme, width: usize) -> Vec<Line<'static>> {
    let Some(name) = state.shown_identity() else { return Vec::new() };
    let Some(identity) = state.identity_named(name) else { return undefined(theme, name, width) };
    let title = format!("Not signed in as {name}.");
    let mut lines = labelled(vec![theme.span(Role::Warn, text::NONE)], &title, theme.style(Role::Strong), 2, width);
    lines.extend(how(theme, identity, width));
    lines.push(Line::default());
    lines.extend(key(theme, Action::Login, "signs in", width));
    lines.extend(key(theme, Action::ActAs, "chooses another identity", width));
    lines
}

/// For requests without an identity.
pub fn no_identity(state: &AppState, theme: &Theme, width: usize) -> Vec<Line<'static>> {
    let mut lines = paragraph(theme, Role::Strong, 0, NO_TOKEN, width);
    lines.push(Line::default());
    lines.extend(key(theme, Action::Login, "signs in: a domain such as mybusiness.kinde.com is enough", width));
    if !state.identities.is_empty() {
        lines.extend(key(theme, Action::ActAs, "chooses an identity to act as", width));
    }
    lines
}

fn undefined(theme: &Theme, name: &IdentityName, width: usize) -> Vec<Line<'static>> {
    let title = format!("No identity `{name}` is defined here.");
    let mut lines = labelled(vec![theme.span(Role::Bad, text::BAD)], &title, theme.style(Role::Bad), 2, width);
    let where_to = "Define it in http-client.env.json under Security, Auth, or sign in with a new one.";
    lines.extend(paragraph(theme, Role::Dim, 2, where_to, width));
    lines.push(Line::default());
    lines.extend(key(theme, Action::ActAs, "chooses another identity", width));
    lines
}

fn how(theme: &Theme, identity: &Identity, width: usize) -> Vec<Line<'static>> {
    if !can_sign_in(identity) {
        return Vec::new();
    }
    let place = identity.issuer.as_ref().map(|issuer| format!(" at {issuer}")).unwrap_or_default();
    paragraph(theme, Role::Dim, 2, &format!("{}{place}", identity.grant.as_str()), width)
}

fn key(theme: &Theme, action: Action, does: &str, width: usize) -> Vec<Line<'static>> {
    labelled(vec![theme.span(Role::Key, main_key(action))], does, theme.style(Role::Plain), 3, width)
}
