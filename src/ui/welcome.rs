//! The first screen in a folder without requests: what bearcat is, what to write, what to press.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::session::SessionView;
use crate::app::state::AppState;
use crate::collection::workspace::Workspace;
use crate::keys::action::Action;
use crate::ui::canvas::Canvas;
use crate::ui::hints::tree_key;
use crate::ui::layout::padded;
use crate::ui::text;
use crate::ui::theme::{Role, Theme};
use crate::ui::tree::path_label;
use crate::ui::wrap::{labelled, paragraph};

const WHAT: &str = "bearcat sends HTTP requests, signs in for you at Kinde or any OpenID Connect provider, shows the \
                    token beside each response, and tells you why an API refused.";
const WRITE: &str = "Write your first request into a file that ends in .http, for example api.http:";
const EXAMPLE: &str = "@base = http://localhost:3000

### List orders
GET {{base}}/api/orders?limit=10
Accept: application/json";
const WRITE_SHORT: &str = "Write a file such as api.http:";
const EXAMPLE_SHORT: &str = "### List orders
GET http://localhost:3000/api/orders";

/// Columns of a key.
const KEY: usize = 6;

/// From here on everything is said.
const ROOMY: (u16, u16) = (60, 20);

/// The widest text that is pleasant to read.
const WIDEST: usize = 92;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, state: &AppState, workspace: &Workspace, area: Rect) {
    let theme = canvas.theme;
    let is_roomy = area.width >= ROOMY.0 && area.height >= ROOMY.1;
    let area = padded(area, if is_roomy { 3 } else { 1 });
    let width = usize::from(area.width).min(WIDEST);
    let lines = if is_roomy { long(state, workspace, &theme, width) } else { short(state, workspace, &theme, width) };
    canvas.text(area, &lines);
}

fn long(state: &AppState, workspace: &Workspace, theme: &Theme, width: usize) -> Vec<Line<'static>> {
    let mut lines = vec![Line::default()];
    lines.extend(paragraph(theme, Role::Plain, 0, WHAT, width));
    lines.push(Line::default());
    lines.extend(nothing(workspace, theme, width));
    lines.extend(found(state, workspace, theme, width));
    lines.push(Line::default());
    let mut key = |action, does: &str| lines.extend(row(theme, action, does, width));
    key(Action::Login, sign_in(state, workspace));
    key(Action::NewFile, "makes a file with a first request; files that you write yourself show up here");
    let problems = state.problems().len();
    if problems > 0 {
        key(Action::Problems, &format!("shows {} with the files here", text::count(problems, "problem")));
    }
    key(Action::Help, "shows all keys");
    key(Action::Quit, "quits; `bearcat demo` then shows everything on a provider of its own");
    lines.push(Line::default());
    lines.extend(paragraph(theme, Role::Plain, 0, WRITE, width));
    lines.push(Line::default());
    lines.extend(paragraph(theme, Role::Accent, 3, EXAMPLE, width));
    lines
}

fn short(state: &AppState, workspace: &Workspace, theme: &Theme, width: usize) -> Vec<Line<'static>> {
    let mut lines = nothing(workspace, theme, width);
    lines.extend(found(state, workspace, theme, width));
    lines.extend(row(theme, Action::Login, "signs in", width));
    lines.extend(row(theme, Action::NewFile, "makes a file", width));
    lines.extend(paragraph(theme, Role::Plain, 0, WRITE_SHORT, width));
    lines.extend(paragraph(theme, Role::Accent, 1, EXAMPLE_SHORT, width));
    lines
}

fn nothing(workspace: &Workspace, theme: &Theme, width: usize) -> Vec<Line<'static>> {
    let text = format!("There are no requests in {} yet.", path_label(&workspace.root));
    paragraph(theme, Role::Strong, 0, &text, width)
}

/// What `l` asks for here: nothing more, where an identity is known.
fn sign_in(state: &AppState, workspace: &Workspace) -> &'static str {
    if state.current_view().is_some() {
        return "signs in anew";
    }
    match workspace.detected {
        Some(_) => "signs in with these settings",
        None => "signs in: asks for your Kinde domain and a client ID",
    }
}

/// What is known already: a session, a Kinde project.
fn found(state: &AppState, workspace: &Workspace, theme: &Theme, width: usize) -> Vec<Line<'static>> {
    let text = if let Some(who) = state.current_view().map(SessionView::who) {
        format!("You are signed in as {who}.")
    } else if let Some(identity) = &workspace.detected {
        let issuer = identity.issuer.as_ref().map(|issuer| format!(" ({issuer})")).unwrap_or_default();
        format!("This folder has the settings of a Kinde SDK{issuer}.")
    } else {
        return Vec::new();
    };
    labelled(vec![theme.span(Role::Good, text::GOOD)], &text, theme.style(Role::Good), 2, width)
}

fn row(theme: &Theme, action: Action, does: &str, width: usize) -> Vec<Line<'static>> {
    let key = vec![Span::raw("  "), theme.span(Role::Key, tree_key(action))];
    labelled(key, does, theme.style(Role::Plain), KEY, width)
}
