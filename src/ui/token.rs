//! The tokens beside the response: decoded, verified, claim by claim, with the time that is left.

mod checks;
mod claims;
pub mod needs;
mod refresh;
mod signed_out;

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::hit::Target;
use crate::app::session::{InspectedToken, SessionState, SessionView};
use crate::app::state::AppState;
use crate::model::session::TokenKind;
use crate::token::compare::compare;
use crate::ui::canvas::Canvas;
use crate::ui::layout::split_top;
use crate::ui::response::{problem_lines, sent_once_as};
use crate::ui::text;
use crate::ui::theme::{Role, Theme};
use crate::ui::wrap::{labelled, paragraph};

const LOADING: &str = "Reading the session from the vault, fetching the provider's keys";
const REFRESHING: &str = "Refreshing the session";
const NO_ID_TOKEN: &str = "There is no ID token: it comes with the scope `openid`.";

const LACKS: &str = "lacks";

/// Columns of a label.
const LABEL: usize = 13;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, state: &AppState, area: Rect) {
    let theme = canvas.theme;
    let width = usize::from(area.width);
    let view = match state.current_session() {
        _ if state.shown_identity().is_none() => {
            return lines(canvas, state, area, &signed_out::no_identity(state, &theme, width));
        }
        None | Some(SessionState::Unknown | SessionState::SignedOut) => {
            return lines(canvas, state, area, &signed_out::lines(state, &theme, width));
        }
        Some(SessionState::Loading) => return lines(canvas, state, area, &[busy(state, &theme, LOADING)]),
        Some(SessionState::Failed(problem)) => {
            return lines(canvas, state, area, &problem_lines(&theme, problem, width));
        }
        Some(SessionState::SignedIn(view) | SessionState::Refreshing(view)) => view,
    };
    let (tabs, content) = split_top(area, 1);
    tab_line(canvas, state, view, tabs);
    let mut shown = sent_by_another(state, &theme, width);
    if matches!(state.current_session(), Some(SessionState::Refreshing(_))) {
        shown.push(busy(state, &theme, REFRESHING));
    }
    shown.extend(match state.shown_token() {
        TokenKind::Access => {
            let mut lines = checks::headline(&theme, &view.access, state.now, width);
            lines.extend(unmet(state, &theme, view, width));
            lines.extend(refreshed(state, &theme, view, width));
            lines.extend(details(state, &theme, &view.access, width));
            lines
        }
        TokenKind::Id => match &view.id {
            Some(token) => {
                let mut lines = checks::headline(&theme, token, state.now, width);
                lines.extend(details(state, &theme, token, width));
                lines
            }
            None => paragraph(&theme, Role::Dim, 0, NO_ID_TOKEN, width),
        },
        TokenKind::Refresh => refresh::lines(state, &theme, view, width),
    });
    lines(canvas, state, content, &shown);
}

/// What the last refresh changed, in a line for each claim that says something.
fn refreshed(state: &AppState, theme: &Theme, view: &SessionView, width: usize) -> Vec<Line<'static>> {
    let Some(replaced) = state.replaced.get(&view.identity) else { return Vec::new() };
    let (Some(old), Some(new)) = (&replaced.inspection.claims, &view.access.inspection.claims) else {
        return Vec::new();
    };
    let changes = compare(old, new);
    let telling: Vec<String> = changes
        .iter()
        .filter(|change| !change.is_routine())
        .map(|change| format!("{}: {}", change.name, change.words(state.now)))
        .collect();
    let says = if telling.is_empty() { "nothing but times and numbers".to_owned() } else { telling.join("; ") };
    let ago = text::ago(replaced.at, state.now);
    let label = vec![theme.span(Role::Accent, "~"), Span::raw(" ")];
    labelled(label, &format!("Changed at the last refresh, {ago}: {says}"), theme.style(Role::Plain), 2, width)
}

/// The response beside it was somebody else's: this is not the token that went out.
fn sent_by_another(state: &AppState, theme: &Theme, width: usize) -> Vec<Line<'static>> {
    let Some(once) = state.current_run().and_then(|run| run.once.as_ref()) else { return Vec::new() };
    let Some(name) = state.shown_identity().filter(|name| *name != once) else { return Vec::new() };
    let words = format!("The token of {name}; the response was sent {}", sent_once_as(once));
    labelled(vec![theme.span(Role::Warn, text::WARN)], &words, theme.style(Role::Warn), 2, width)
}

fn lines(canvas: &mut Canvas<'_>, state: &AppState, area: Rect, lines: &[Line<'static>]) {
    canvas.hits.viewports.token = area.height.into();
    if let Some(contents) = &mut canvas.hits.contents {
        contents.token = lines.len();
    }
    canvas.lines(area, lines, state.token_scroll.line);
}

fn busy(state: &AppState, theme: &Theme, doing: &str) -> Line<'static> {
    Line::from(vec![theme.span(Role::Accent, text::spinner(state.now)), Span::raw(" "), theme.span(Role::Dim, doing)])
}

fn details(state: &AppState, theme: &Theme, token: &InspectedToken, width: usize) -> Vec<Line<'static>> {
    let mut lines = checks::results(theme, token, state.now, width);
    lines.push(Line::default());
    lines.extend(claims::lines(theme, token, state.now, width));
    lines.push(Line::default());
    lines.extend(checks::reasons(theme, token, state.now, width));
    lines
}

/// What the selected request needs and this token has not: it will be refused.
fn unmet(state: &AppState, theme: &Theme, view: &SessionView, width: usize) -> Vec<Line<'static>> {
    let required = state.selected_request().map_or(&[][..], |request| request.directives.require.as_slice());
    let missing = required.iter().filter(|requirement| !needs::has(view, requirement));
    let lines = missing.flat_map(|requirement| {
        let label = vec![theme.span(Role::Bad, text::BAD), Span::raw(" "), theme.span(Role::Bad, LACKS)];
        labelled(label, &needs::label(requirement), theme.style(Role::Bad), checks::WORD, width)
    });
    lines.collect()
}

fn tab_line(canvas: &mut Canvas<'_>, state: &AppState, view: &SessionView, area: Rect) {
    let shown = state.shown_token();
    let mut x = area.x;
    for kind in TokenKind::ALL {
        let (sign, name) = match kind {
            TokenKind::Access => (checks::sign(&view.access, state.now), "Access"),
            TokenKind::Id => (view.id.as_ref().map_or(ABSENT, |token| checks::sign(token, state.now)), "ID"),
            TokenKind::Refresh => (if view.tokens.refresh.is_some() { PRESENT } else { ABSENT }, "Refresh"),
        };
        let role = if kind == shown { Role::Selected } else { Role::Dim };
        let line = Line::from(vec![
            canvas.theme.span(role, " "),
            canvas.theme.span(sign.1, sign.0).patch_style(background(&canvas.theme, role)),
            canvas.theme.span(role, format!(" {name} ")),
        ]);
        let width = canvas.line(Rect { x, width: area.right().saturating_sub(x), ..area }, &line);
        canvas.hit(Rect { x, width, height: 1, ..area }, Target::TokenTab(kind));
        x += width;
    }
}

const ABSENT: (&str, Role) = (text::NONE, Role::Dim);
const PRESENT: (&str, Role) = ("•", Role::Dim);

/// The tab's background under a sign in its own colour.
fn background(theme: &Theme, role: Role) -> ratatui::style::Style {
    let style = theme.style(role);
    ratatui::style::Style { fg: None, ..style }
}
