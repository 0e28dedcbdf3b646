//! The main screen: status line, panels, key line; and what stands in the middle before there are requests.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::hit::Target;
use crate::app::request_editor::Input;
use crate::app::state::{AppState, Panel};
use crate::body::visible::cells;
use crate::ui::canvas::Canvas;
use crate::ui::hints::Hidden;
use crate::ui::layout::{Emphasis, Shape, areas, padded};
use crate::ui::theme::{Focus, Role};
use crate::ui::{request, response, status, text, token, tree, welcome};

/// While the folder is being read.
const READING: &str = "Reading the workspace";

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, state: &AppState) {
    let areas = areas(canvas.screen(), emphasis(state));
    status::draw_top(canvas, state, areas.status);
    match &state.workspace {
        None => reading(canvas, state, areas.middle),
        Some(workspace) if workspace.collections.iter().all(|collection| collection.requests.is_empty()) => {
            welcome::draw(canvas, state, workspace, areas.middle);
        }
        Some(_) => panels(canvas, state, areas.shape),
    }
    request::draw_suggestions(canvas, state);
    let hidden = match areas.shape {
        Shape::Wide { .. } => Hidden::Nothing,
        Shape::Medium { .. } if state.focus != Panel::Token => Hidden::Nothing,
        Shape::Narrow { .. } if state.focus == Panel::Response => Hidden::Nothing,
        Shape::Medium { .. } | Shape::Narrow { .. } => Hidden::Response,
    };
    status::draw_bottom(canvas, state, areas.keys, hidden);
}

/// Who edits needs room.
fn emphasis(state: &AppState) -> Emphasis {
    match (&state.editor.input, state.editor.row) {
        (Some(Input::Text(_)), _) => Emphasis::Text,
        (Some(Input::Cell(_)), _) => Emphasis::Rows,
        (None, Some(_)) if state.focus == Panel::Request => Emphasis::Rows,
        _ => Emphasis::None,
    }
}

fn reading(canvas: &mut Canvas<'_>, state: &AppState, area: Rect) {
    let theme = canvas.theme;
    let line = Line::from(vec![
        theme.span(Role::Accent, text::spinner(state.now)),
        Span::raw(" "),
        theme.span(Role::Dim, READING),
    ]);
    canvas.line(padded(area, 1), &line);
}

fn panels(canvas: &mut Canvas<'_>, state: &AppState, shape: Shape) {
    match shape {
        Shape::Wide { tree, request, response, token } => {
            framed(canvas, state, &[Panel::Tree], Panel::Tree, tree);
            framed(canvas, state, &[Panel::Request], Panel::Request, request);
            framed(canvas, state, &[Panel::Response], Panel::Response, response);
            framed(canvas, state, &[Panel::Token], Panel::Token, token);
        }
        Shape::Medium { tree, request, lower } => {
            framed(canvas, state, &[Panel::Tree], Panel::Tree, tree);
            framed(canvas, state, &[Panel::Request], Panel::Request, request);
            let shown = if state.focus == Panel::Token { Panel::Token } else { Panel::Response };
            framed(canvas, state, &[Panel::Response, Panel::Token], shown, lower);
        }
        Shape::Narrow { tabs, panel } => {
            tab_line(canvas, state, tabs);
            canvas.hit(panel, Target::Panel(state.focus));
            content(
                canvas,
                state,
                state.focus,
                if state.focus == Panel::Tree { without_last_column(panel) } else { padded(panel, 1) },
            );
        }
    }
}

/// Without a border the scroll bar needs a column.
const fn without_last_column(area: Rect) -> Rect {
    Rect { width: area.width.saturating_sub(1), ..area }
}

/// A panel with its border; `tabs` are the panels that share the border, `shown` is the one that shows.
fn framed(canvas: &mut Canvas<'_>, state: &AppState, tabs: &[Panel], shown: Panel, area: Rect) {
    let focus = if state.focus == shown { Focus::Here } else { Focus::Elsewhere };
    let mut title = Vec::new();
    let mut places = Vec::new();
    for panel in tabs {
        let role = match (*panel == shown, focus) {
            (true, Focus::Here) => Role::Accent,
            (true, Focus::Elsewhere) => Role::Strong,
            (false, _) => Role::Dim,
        };
        let label = format!(" {} ", label(state, *panel));
        let at: usize = title.iter().map(|span: &Span<'_>| cells(&span.content)).sum();
        places.push((*panel, at as u16, cells(&label) as u16));
        title.push(canvas.theme.span(role, label));
    }
    canvas.hit(area, Target::Panel(shown));
    let inner = canvas.boxed(area, &Line::from(title), focus);
    for (panel, at, width) in places {
        let place = Rect { x: area.x + 1 + at, width, height: 1, ..area };
        canvas.hit(place.intersection(area), Target::Panel(panel));
    }
    // The tree's first column is for the mark of the selection.
    content(canvas, state, shown, if shown == Panel::Tree { inner } else { padded(inner, 1) });
}

fn content(canvas: &mut Canvas<'_>, state: &AppState, panel: Panel, area: Rect) {
    match panel {
        Panel::Tree => tree::draw(canvas, state, area),
        Panel::Request => request::draw(canvas, state, area),
        Panel::Response => response::draw(canvas, state, area),
        Panel::Token => token::draw(canvas, state, area),
    }
}

/// The panels as tabs, for screens with room for one.
fn tab_line(canvas: &mut Canvas<'_>, state: &AppState, area: Rect) {
    let theme = canvas.theme;
    let mut x = area.x;
    for (number, panel) in (1..).zip(Panel::ALL) {
        let is_shown = panel == state.focus;
        let label = match area.width {
            0..40 if !is_shown => format!("{number}"),
            0..46 => format!("{number} {}", name(panel)),
            _ => format!(" {number} {} ", name(panel)),
        };
        let gap = u16::from(x > area.x && area.width < 46);
        x += gap;
        let role = if is_shown { Role::Selected } else { Role::Dim };
        let width =
            canvas.line(Rect { x, width: area.right().saturating_sub(x), ..area }, &theme.span(role, label).into());
        canvas.hit(Rect { x, width, ..area }, Target::Panel(panel));
        x += width;
    }
}

/// The title of a panel: its key, its name, and what it is about.
fn label(state: &AppState, panel: Panel) -> String {
    let number = Panel::ALL.iter().position(|other| *other == panel).unwrap_or(0) + 1;
    let about = match panel {
        Panel::Request => state.selected_request().and_then(|request| request.name.clone()),
        Panel::Token => state.shown_identity().map(ToString::to_string),
        Panel::Tree | Panel::Response => None,
    };
    match about {
        Some(about) => format!("{number} {}{}{about}", name(panel), text::SEPARATOR),
        None => format!("{number} {}", name(panel)),
    }
}

const fn name(panel: Panel) -> &'static str {
    match panel {
        Panel::Tree => "Requests",
        Panel::Request => "Request",
        Panel::Response => "Response",
        Panel::Token => "Tokens",
    }
}
