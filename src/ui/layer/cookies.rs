//! The cookies that bearcat holds for the chosen environment. A value that may be a secret is never here.

use ratatui::text::{Line, Span};

use crate::app::state::AppState;
use crate::keys::action::{Action, Context};
use crate::model::cookie::CookieView;
use crate::model::time::Timestamp;
use crate::token::describe;
use crate::ui::canvas::Canvas;
use crate::ui::hints::MOVE;
use crate::ui::layer::{Popup, with_arrows};
use crate::ui::theme::{Role, Theme};
use crate::ui::wrap::{cut, labelled, paragraph};

const READING: &str = "Reading the cookies…";
const NONE: &str = "No cookies. Servers set them with `Set-Cookie`; they are kept in memory, apart for each environment, \
                    and forgotten at exit. `# @no-cookie-jar` sends a request without them.";

/// Columns of a name.
const NAME: usize = 26;

/// Columns of a value.
const VALUE: usize = 24;

/// Columns of a label in the detail.
const LABEL: usize = 10;

/// Draws it.
pub fn draw(
    canvas: &mut Canvas<'_>,
    state: &AppState,
    cookies: Option<&[CookieView]>,
    selected: usize,
    places: &[Context],
) {
    let environment = state.environment.as_deref().map_or_else(String::new, |name| format!(" of {name}"));
    let title = format!("Cookies{environment}");
    let any = cookies.is_some_and(|cookies| !cookies.is_empty());
    let actions: &[Action] =
        if any { &[Action::DeleteCookie, Action::ClearCookies, Action::Back] } else { &[Action::Back] };
    let popup = Popup { title: &title, width: 100, hints: with_arrows(MOVE, actions, places) };
    let theme = canvas.theme;
    let width = popup.content_width(canvas);
    let Some(cookies) = cookies.filter(|cookies| !cookies.is_empty()) else {
        let words = if cookies.is_none() { READING } else { NONE };
        let lines = paragraph(&theme, Role::Dim, 0, words, width);
        return popup.text(canvas, &lines);
    };
    let detail = cookies.get(selected).map(|cookie| detail(&theme, cookie, state.now, width)).unwrap_or_default();
    let rows: Vec<Line<'static>> = cookies.iter().map(|cookie| row(&theme, cookie)).collect();
    popup.rows(canvas, &detail, &rows, selected);
}

fn row(theme: &Theme, cookie: &CookieView) -> Line<'static> {
    let place = format!("{}{}", cookie.id.domain, cookie.id.path);
    let column = |text: &str, width: usize| format!("{:<width$}", cut(text, width - 2));
    Line::from(vec![
        Span::raw(" "),
        theme.span(Role::Lexeme(crate::body::document::Lexeme::Key), column(&cookie.id.name, NAME)),
        theme.span(Role::Plain, column(&cookie.shown_value, VALUE)),
        theme.span(Role::Dim, place),
    ])
}

/// All of the selected cookie, above the list.
fn detail(theme: &Theme, cookie: &CookieView, now: Timestamp, width: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let mut fact = |label: &str, value: &str| {
        lines.extend(labelled(vec![theme.span(Role::Dim, label)], value, theme.style(Role::Plain), LABEL, width));
    };
    fact("name", &cookie.id.name);
    fact("value", &cookie.shown_value);
    let reach = if cookie.host_only { "this host only" } else { "and all hosts below it" };
    fact("domain", &format!("{} ({reach})", cookie.id.domain));
    fact("path", &cookie.id.path);
    let ends = match cookie.expires {
        Some(at) => format!("{}, {}", describe::moment(at), describe::relative(at, now)),
        None => "with the session: when bearcat ends".to_owned(),
    };
    fact("ends", &ends);
    fact("flags", &if cookie.flags.is_empty() { "none".to_owned() } else { cookie.flags.join(", ") });
    lines.push(Line::default());
    lines
}
