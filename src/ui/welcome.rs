//! The first screen in a folder without requests: what bearcat is, what to write, what to press.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::session::SessionView;
use crate::app::state::AppState;
use crate::collection::workspace::Workspace;
use crate::keys::action::Action;
use crate::ui::canvas::Canvas;
use crate::ui::hints::main_key;
use crate::ui::layout::padded;
use crate::ui::text;
use crate::ui::theme::{Role, Theme};
use crate::ui::tree::path_label;
use crate::ui::wrap::{labelled, paragraph};

const WHAT: &str = "bearcat sends HTTP requests, signs in for you at Kinde or any OpenID Connect provider, shows the token \
                    beside each response, and tells you why an API refused.";
const WRITE: &str = "Write your first request, for example into a file named api.http in this folder:";
const EXAMPLE: [&str; 6] = [
    "@base = http://localhost:3000",
    "",
    "### List orders",
    "# @auth me",
    "GET {{base}}/api/orders?limit=10",
    "Accept: application/json",
];

/// Columns of a key.
const KEY: usize = 14;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, state: &AppState, workspace: &Workspace, area: Rect) {
    let area = padded(area, if area.width > 60 { 3 } else { 1 });
    let theme = canvas.theme;
    let width = usize::from(area.width).min(92);
    let is_roomy = area.height >= 20;
    let mut lines = Vec::new();
    if is_roomy {
        lines.push(Line::default());
        lines.extend(paragraph(&theme, Role::Plain, 0, WHAT, width));
        lines.push(Line::default());
    }
    let nothing = format!("There are no requests in {} yet.", path_label(&workspace.root));
    lines.extend(paragraph(&theme, Role::Strong, 0, &nothing, width));
    lines.extend(found(state, workspace, &theme, width));
    if is_roomy {
        lines.push(Line::default());
    }
    lines.extend(keys(state, &theme, width));
    lines.push(Line::default());
    lines.extend(paragraph(&theme, Role::Plain, 0, WRITE, width));
    if is_roomy {
        lines.push(Line::default());
    }
    lines.extend(EXAMPLE.iter().map(|line| Line::from(vec![Span::raw("    "), theme.span(Role::Accent, *line)])));
    canvas.lines(area, &lines, 0);
}

/// What is known already: a session, a Kinde project.
fn found(state: &AppState, workspace: &Workspace, theme: &Theme, width: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let mut good = |text: &str| {
        lines.extend(labelled(vec![theme.span(Role::Good, text::GOOD)], text, theme.style(Role::Good), 2, width));
    };
    if let Some(who) = state.current_view().map(SessionView::who) {
        good(&format!("You are signed in as {who}."));
    } else if let Some(identity) = &workspace.detected {
        let issuer = identity.issuer.as_ref().map(|issuer| format!(" ({issuer})")).unwrap_or_default();
        good(&format!("This folder has the settings of a Kinde SDK{issuer}."));
    }
    lines
}

fn keys(state: &AppState, theme: &Theme, width: usize) -> Vec<Line<'static>> {
    let mut rows = vec![
        (main_key(Action::Login), "sign in: the domain of your Kinde business is enough".to_owned()),
        (main_key(Action::Reload), "read the folder again, after you have written a file".to_owned()),
    ];
    let problems = state.problems().len();
    if problems > 0 {
        rows.push((
            main_key(Action::Problems),
            format!("show {} with the files here", text::count(problems, "problem")),
        ));
    }
    rows.push((main_key(Action::Help), "all keys".to_owned()));
    rows.push((main_key(Action::Quit), "quit; then `bearcat demo` shows it all on a built-in provider".to_owned()));
    let mut lines: Vec<Line<'static>> = Vec::new();
    for (key, does) in rows {
        lines.extend(labelled(
            vec![Span::raw("  "), theme.span(Role::Key, key)],
            &does,
            theme.style(Role::Plain),
            KEY,
            width,
        ));
    }
    lines
}
