//! The workspace tree: collections, their requests, and how each request's latest run ended.

use std::path::Path;

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::hit::Target;
use crate::app::state::{AppState, FilterMode, Folded, Panel, RunPhase, TreeRow};
use crate::model::request::RequestId;
use crate::ui::canvas::Canvas;
use crate::ui::layout::split_top;
use crate::ui::text;
use crate::ui::theme::{Focus, Role, Theme};
use crate::ui::wrap::{blanks, cut, line_cells, paragraph};

const NO_MATCH: &str = "Nothing matches. esc shows all requests again.";
const FIND: &str = "/";
const CHANGED: &str = "conflict";

/// Columns for the method.
const METHOD: usize = 4;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, state: &AppState, area: Rect) {
    let area = filter_line(canvas, state, area);
    canvas.hits.viewports.tree = area.height.into();
    if let Some(contents) = &mut canvas.hits.contents {
        contents.tree = state.rows.len();
    }
    if state.rows.is_empty() {
        let lines = paragraph(&canvas.theme, Role::Dim, 1, NO_MATCH, area.width.into());
        canvas.text(area, &lines);
        return;
    }
    let rows = state.rows.iter().enumerate().skip(first_row(state, area.height.into()));
    for (place, (index, row)) in area.rows().zip(rows) {
        draw_row(canvas, state, place, index, row);
    }
    canvas.scroll_bar(area, first_row(state, area.height.into()), state.rows.len());
}

/// The first visible row: the state's, but the selection shows even if the frame before this had another height.
fn first_row(state: &AppState, height: usize) -> usize {
    let last = state.rows.len().saturating_sub(height);
    state.tree_offset.min(last)
}

fn filter_line(canvas: &mut Canvas<'_>, state: &AppState, area: Rect) -> Rect {
    let Some(filter) = &state.filter else { return area };
    let (line, rest) = split_top(area, 1);
    let focus = if state.filter_mode == FilterMode::Typing { Focus::Here } else { Focus::Elsewhere };
    let sign = canvas.theme.span(Role::Key, FIND);
    canvas.line(line, &sign.into());
    let input = Rect { x: line.x + 2.min(line.width), width: line.width.saturating_sub(2), ..line };
    canvas.field(input, filter, focus);
    rest
}

fn draw_row(canvas: &mut Canvas<'_>, state: &AppState, place: Rect, index: usize, row: &TreeRow) {
    let theme = canvas.theme;
    let is_selected = index == state.selected_row;
    if is_selected {
        let role = if state.focus == Panel::Tree { Role::Selected } else { Role::Strong };
        canvas.tint(place, role);
    }
    let mark = if is_selected { theme.span(Role::Accent, "▌") } else { Span::raw(" ") };
    let (mut line, right) = match row {
        TreeRow::Collection { index, folded } => collection(state, &theme, *index, *folded),
        TreeRow::Request(id) => request(state, &theme, id, place.width.into()),
    };
    line.spans.insert(0, mark);
    let taken = canvas.line_right(place, &right);
    let width = place.width.saturating_sub(if taken == 0 { 0 } else { taken + 1 });
    canvas.line(Rect { width, ..place }, &line);
    canvas.hit(place, Target::TreeRow(index));
}

fn collection(state: &AppState, theme: &Theme, index: usize, folded: Folded) -> (Line<'static>, Line<'static>) {
    let found = state.workspace.as_ref().and_then(|workspace| workspace.collections.get(index));
    let Some(collection) = found else { return (Line::default(), Line::default()) };
    let arrow = if folded == Folded::Open { "▾ " } else { "▸ " };
    let mut line = Line::from(vec![theme.span(Role::Dim, arrow), theme.span(Role::Strong, collection.label())]);
    if state.documents.is_in_conflict(&collection.path) {
        line.spans.push(theme.span(Role::Bad, format!(" {} {CHANGED}", text::UNSAVED)));
    } else if state.documents.is_unsaved(&collection.path) {
        line.spans.push(theme.span(Role::Warn, format!(" {}", text::UNSAVED)));
    }
    let right = match (collection.problems.len(), folded) {
        (0, Folded::Open) => Line::default(),
        (0, Folded::Closed) => theme.span(Role::Dim, collection.requests.len().to_string()).into(),
        (problems, _) => theme.span(Role::Warn, format!("{} {}", text::WARN, text::count(problems, "problem"))).into(),
    };
    (line, right)
}

/// The path with forward slashes, however the system writes it.
pub fn path_label(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

fn request(state: &AppState, theme: &Theme, id: &RequestId, width: usize) -> (Line<'static>, Line<'static>) {
    let Some(request) = state.request(id) else { return (Line::default(), Line::default()) };
    let method = cut(&short_method(&request.method.text), METHOD);
    let pad = blanks(1 + METHOD.saturating_sub(line_cells(&Line::raw(method.clone()))));
    let line = Line::from(vec![
        blanks(2),
        theme.span(method_role(&request.method.text), method),
        pad,
        theme.span(Role::Plain, request.label()),
    ]);
    let room = width.saturating_sub(line_cells(&line) + 1);
    (line, marks(state, theme, id, room))
}

/// At the right of a request: who may call the route, then how the latest run ended. The word for the access shows only
/// where it takes no room from the path, its sign always.
fn marks(state: &AppState, theme: &Theme, id: &RequestId, room: usize) -> Line<'static> {
    let run = run_mark(state, theme, id);
    let Some(route) = state.route(id) else { return run };
    let (sign, role) = text::access(route.access);
    if !run.spans.is_empty() {
        return Line::from([vec![theme.span(role, sign), Span::raw(" ")], run.spans].concat());
    }
    let word = format!("{sign} {}", route.access.word());
    let fits = line_cells(&Line::raw(word.as_str())) < room;
    theme.span(role, if fits { word } else { sign.to_owned() }).into()
}

/// The methods that are longer than their column.
fn short_method(method: &str) -> String {
    match method {
        "DELETE" => "DEL".to_owned(),
        "OPTIONS" => "OPT".to_owned(),
        "PATCH" => "PTCH".to_owned(),
        "CONNECT" => "CONN".to_owned(),
        "TRACE" => "TRC".to_owned(),
        "GRAPHQL" => "GQL".to_owned(),
        other => other.to_owned(),
    }
}

/// Methods that only read look calmer than those that change something.
pub fn method_role(method: &str) -> Role {
    match method {
        "GET" | "HEAD" | "OPTIONS" | "TRACE" => Role::Good,
        "DELETE" => Role::Bad,
        _ => Role::Warn,
    }
}

fn run_mark(state: &AppState, theme: &Theme, id: &RequestId) -> Line<'static> {
    let Some(run) = state.runs.get(id) else { return Line::default() };
    let (role, mark) = match &run.phase {
        phase if phase.is_active() => (Role::Accent, text::spinner(state.now).to_owned()),
        RunPhase::Finished(outcome) => {
            let status = outcome.exchange.head.status;
            let (sign, role) = text::status(status);
            let is_suspicious = !outcome.findings.is_empty() && role == Role::Good;
            if is_suspicious {
                (Role::Warn, format!("{} {status}", text::WARN))
            } else {
                (role, format!("{sign} {status}"))
            }
        }
        RunPhase::Failed(_) => (Role::Bad, text::BAD.to_owned()),
        _ => (Role::Dim, text::NONE.to_owned()),
    };
    theme.span(role, mark).into()
}
