//! The environment switcher.

use std::path::Path;

use ratatui::text::{Line, Span};

use crate::app::state::AppState;
use crate::body::visible::cells;
use crate::keys::action::{Action, Context};
use crate::ui::canvas::Canvas;
use crate::ui::hints::MOVE;
use crate::ui::layer::{Popup, ROOMY, draw_rows, with_arrows};
use crate::ui::layout::split_bottom;
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::wrap::{blanks, cut, paragraph};

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, state: &AppState, selected: usize, places: &[Context]) {
    let hints = with_arrows(MOVE, &[Action::Accept, Action::Back], places);
    let popup = Popup { title: "Environment", width: 78, hints };
    let theme = canvas.theme;
    let width = popup.content_width(canvas);
    let longest = state.environments.iter().map(|name| cells(name)).max().unwrap_or(0);
    let name_width = longest.clamp(4, 24).min(width / 2);
    let rows: Vec<Line<'static>> = state
        .environments
        .iter()
        .map(|name| {
            let is_chosen = state.environment.as_ref() == Some(name);
            let sign = if is_chosen { theme.span(Role::Good, text::GOOD) } else { Span::raw(" ") };
            let name_shown = cut(name, name_width);
            let pad = blanks(name_width + 2 - cells(&name_shown));
            let about = theme.span(Role::Dim, about(state, name));
            Line::from(vec![sign, Span::raw(" "), theme.span(Role::Plain, name_shown), pad, about])
        })
        .collect();
    let defined = state.environments.get(selected).map(|name| defines(state, name)).unwrap_or_default();
    let mut detail = paragraph(&theme, Role::Dim, 0, &defined, width);
    let most = if canvas.screen().height >= ROOMY { 3 } else { 1 };
    detail.truncate(most);
    let content = popup.open(canvas, rows.len() + 1 + detail.len());
    let (below, list) = split_bottom(content, (detail.len() as u16).min(content.height / 2));
    draw_rows(canvas, list, &rows, selected);
    canvas.text(below, &detail);
}

/// How much an environment defines.
fn about(state: &AppState, name: &str) -> String {
    let Some(workspace) = &state.workspace else { return String::new() };
    let variables = workspace.environments.variables(Some(name), Path::new("")).len();
    let identities = workspace.identities(Some(name)).iter().filter(|one| !one.name.is_anonymous()).count();
    format!("{}, {}", text::count(variables, "variable"), count_identities(identities))
}

fn count_identities(count: usize) -> String {
    if count == 1 { "1 identity".to_owned() } else { format!("{count} identities") }
}

/// The names of what it defines: variables (a star: secret), then identities.
fn defines(state: &AppState, name: &str) -> String {
    let Some(workspace) = &state.workspace else { return String::new() };
    let variables = workspace.environments.variables(Some(name), Path::new(""));
    let variables =
        variables.iter().map(|(name, value)| if value.is_secret() { format!("{name}*") } else { name.clone() });
    let identities = workspace.identities(Some(name)).into_iter().filter(|one| !one.name.is_anonymous());
    let identities = identities.map(|one| format!("@{}", one.name));
    variables.chain(identities).collect::<Vec<_>>().join("  ")
}
