//! The request: URL line with what it becomes, tabs, and the rows of the tab that is chosen. What is being typed shows
//! in its place.

mod auth;
mod parts;
pub mod preflight;
mod rows;
mod suggestions;
mod typed;

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::hit::Target;
use crate::app::preview::{PieceKind, Preview, Previewer};
use crate::app::request_editor::body::BodyKind;
use crate::app::request_editor::{CellTarget, Input};
use crate::app::state::{AppState, Panel, RequestTab};
use crate::collection::draft::RowState;
use crate::keys::action::Action;
use crate::model::identity::IdentityName;
use crate::model::request::RequestBlock;
use crate::template::{Part, Template};
use crate::ui::canvas::Canvas;
use crate::ui::hints::{hint, main_key};
use crate::ui::layout::split_top;
use crate::ui::text;
use crate::ui::theme::{Focus, Role, Theme};
use crate::ui::tree::method_role;
use crate::ui::wrap::{cut, cut_line, line_cells};

pub use suggestions::draw as draw_suggestions;

const NOTHING_SELECTED: &str = "No request is selected.";
const NO_TOKEN: &str = "none";

/// From this height on there is room for what the URL becomes, whoever has the keys.
const ROOMY: u16 = 7;

/// Below this height there is none even while the URL is typed.
const TIGHT: u16 = 4;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, state: &AppState, area: Rect) {
    let Some(request) = state.selected_request() else {
        let line = canvas.theme.span(Role::Dim, NOTHING_SELECTED);
        canvas.line(area, &line.into());
        return;
    };
    let (url, rest) = split_top(area, 1);
    let rest = match becomes(state, request, area.height) {
        Some(preview) => {
            let (line, rest) = split_top(rest, 1);
            draw_preview(canvas, &preview, line);
            rest
        }
        None => rest,
    };
    url_line(canvas, state, request, url);
    let (tabs, content) = split_top(rest, 1);
    tab_line(canvas, state, request, tabs);
    match &state.editor.input {
        Some(Input::Text(input)) => typed::draw(canvas, state, input, content),
        _ => rows::draw(canvas, state, request, content),
    }
}

/// What the URL becomes, where that is worth a line.
fn becomes(state: &AppState, request: &RequestBlock, height: u16) -> Option<Preview> {
    let typed = state.editor.cell().filter(|cell| cell.target == CellTarget::Url).map(|cell| cell.text(0));
    let is_typed = typed.is_some();
    let text = typed.unwrap_or(&request.url.text);
    let is_wanted = is_typed || (Previewer::has_variables(text) && (height >= ROOMY || state.focus == Panel::Request));
    (is_wanted && height >= TIGHT && state.editor.text().is_none()).then(|| Previewer::new(state).show(text))
}

fn draw_preview(canvas: &mut Canvas<'_>, preview: &Preview, area: Rect) {
    let theme = canvas.theme;
    let mut line = Line::from(theme.span(Role::Dim, "→ "));
    line.spans.extend(preview_spans(&theme, preview));
    if let Some(problem) = preview.problems.first() {
        // Why something is missing is worth more than the end of a long URL.
        let told = theme.span(Role::Bad, format!("{} {problem}", text::BAD));
        let told_width = line_cells(&told.clone().into()).min(usize::from(area.width) / 2) as u16;
        line = cut_line(&line, area.width.saturating_sub(told_width + 2).into());
        let used = canvas.line(area, &line);
        let rest = Rect { x: area.x + used + 2, width: area.width.saturating_sub(used + 2), ..area };
        canvas.line(rest, &told.into());
        return;
    }
    canvas.line(area, &line);
}

/// A filled template: what is filled, masked, made up or missing shows as such.
fn preview_spans(theme: &Theme, preview: &Preview) -> Vec<Span<'static>> {
    let pieces = preview.pieces.iter().map(|piece| {
        let (role, shown) = match piece.kind {
            PieceKind::Literal => (Role::Dim, piece.text.clone()),
            PieceKind::Filled => (Role::Plain, piece.text.clone()),
            PieceKind::Secret => (Role::Warn, piece.text.clone()),
            PieceKind::MadeUp => (Role::Accent, piece.text.clone()),
            PieceKind::Unresolved => (Role::Bad, format!("{}{}", text::BAD, piece.text)),
        };
        theme.span(role, shown)
    });
    pieces.collect()
}

fn url_line(canvas: &mut Canvas<'_>, state: &AppState, request: &RequestBlock, area: Rect) {
    let theme = canvas.theme;
    let is_running = state.current_run().is_some_and(|run| run.phase.is_active());
    let (word, action) = if is_running && state.editor.input.is_none() && state.editor.row.is_none() {
        ("cancel", Action::Back)
    } else {
        ("send", Action::Send)
    };
    let places = if state.layers.is_empty() { state.contexts() } else { &[] };
    let key = hint(action, places).map_or_else(|| main_key(action), |hint| hint.key);
    let button = Line::from(theme.span(Role::Button, format!(" {word}: {key} ")));
    let taken = canvas.line_right(area, &button);
    let place = Rect { x: area.right() - taken, width: taken, ..area };
    let is_head = state.focus == Panel::Request && state.editor.row.is_none() && state.editor.input.is_none();
    let mut x = area.x;
    if is_head {
        x += canvas.line(area, &theme.span(Role::Accent, "▌").into());
    }
    let method = theme.span(method_role(&request.method.text), &request.method.text);
    let rest = |x: u16| Rect { x, width: place.x.saturating_sub(x + u16::from(taken > 0)), ..area };
    let width = canvas.line(rest(x), &method.into());
    canvas.hit(Rect { x, width, ..area }, Target::RequestMethod);
    x += width + 1;
    canvas.hit(rest(x), Target::RequestUrl);
    match state.editor.cell().filter(|cell| cell.target == CellTarget::Url) {
        Some(cell) => canvas.field(rest(x), cell.field(), Focus::Here),
        None => {
            canvas.line(rest(x), &Line::from(template(&request.url.text, &theme)));
        }
    }
    canvas.hit(place, Target::Button(action));
}

/// A template with its placeholders set off.
fn template(text: &str, theme: &Theme) -> Vec<Span<'static>> {
    let parsed = Template::parse(text);
    let spans = parsed.parts.iter().map(|part| {
        let role = if matches!(part, Part::Placeholder(_)) { Role::Accent } else { Role::Plain };
        theme.span(role, parsed.text.get(part.span().clone()).unwrap_or_default())
    });
    spans.collect()
}

fn tab_line(canvas: &mut Canvas<'_>, state: &AppState, request: &RequestBlock, area: Rect) {
    let labels: Vec<(RequestTab, String)> = RequestTab::ALL.map(|tab| (tab, label(tab, state, request))).to_vec();
    let width = |labels: &[(RequestTab, String)]| -> usize {
        labels.iter().map(|(_, label)| line_cells(&Line::raw(label.as_str()))).sum()
    };
    // The tab that shows must be in sight: those before it make room.
    let chosen = labels.iter().position(|(tab, _)| *tab == state.request_tab).unwrap_or(0);
    let mut first = 0;
    while first < chosen && width(&labels[first..=chosen]) > usize::from(area.width) {
        first += 1;
    }
    let mut x = area.x;
    for (tab, label) in &labels[first..] {
        let role = if *tab == state.request_tab { Role::Selected } else { Role::Dim };
        let line = Line::from(canvas.theme.span(role, label));
        let width = canvas.line(Rect { x, width: area.right().saturating_sub(x), ..area }, &line);
        canvas.hit(Rect { x, width, height: 1, ..area }, Target::RequestTab(*tab));
        x += width;
    }
}

fn label(tab: RequestTab, state: &AppState, request: &RequestBlock) -> String {
    match mark_of(tab, state, request) {
        Some(mark) => format!(" {} {} ", name(tab), cut(&mark, 16)),
        None => format!(" {} ", name(tab)),
    }
}

const fn name(tab: RequestTab) -> &'static str {
    match tab {
        RequestTab::Params => "Params",
        RequestTab::Headers => "Headers",
        RequestTab::Body => "Body",
        RequestTab::Auth => "Auth",
        RequestTab::Directives => "Directives",
    }
}

/// What stands beside the name of a tab: how much is in it, or whose token.
fn mark_of(tab: RequestTab, state: &AppState, request: &RequestBlock) -> Option<String> {
    let counted = |count: usize| (count > 0).then(|| count.to_string());
    match tab {
        RequestTab::Params => counted(parts::query_of(&request.url.text).len()),
        RequestTab::Headers => counted(request.headers.len()),
        RequestTab::Body => match BodyKind::of(request) {
            BodyKind::None => None,
            _ if request.body.is_empty() => None,
            _ => Some("●".to_owned()),
        },
        RequestTab::Auth => {
            let form = state.auth_form().filter(|_| request.has_own_authorization());
            let own = form.map(|form| form.kind().label().to_owned());
            Some(own.unwrap_or_else(|| state.effective_identity().map_or(NO_TOKEN, IdentityName::as_str).to_owned()))
        }
        RequestTab::Directives => counted(parts::directive_count(state, request)),
    }
}

/// The mark of a row: does it count?
const fn check_box(state: RowState) -> &'static str {
    match state {
        RowState::Enabled => "[x] ",
        RowState::Disabled => "[ ] ",
    }
}
