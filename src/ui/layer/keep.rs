//! "Save to a file": what is saved, and the path to type.

use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::app::layers::KeepLayer;
use crate::app::state::AppState;
use crate::collection::copy::Copied;
use crate::keys::action::{Action, Context};
use crate::ui::canvas::Canvas;
use crate::ui::hints::{hints, renamed};
use crate::ui::layer::Popup;
use crate::ui::layout::split_top;
use crate::ui::text;
use crate::ui::theme::{Focus, Role};
use crate::ui::wrap::{labelled, paragraph};

const LABEL: &str = "file ";
const EXPLAIN: &str = "An existing file is appended to and keeps all that it has. The request can be changed there.";

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, state: &AppState, layer: &KeepLayer, places: &[Context]) {
    let hints = renamed(hints(&[Action::Accept, Action::Back], places), Action::Accept, "save");
    let popup = Popup { title: "Save to a file", width: 72, hints };
    let theme = canvas.theme;
    let width = popup.content_width(canvas);
    let head = paragraph(&theme, Role::Strong, 0, &what(state, layer), width);
    let mut tail = vec![Line::default()];
    match &layer.problem {
        Some(problem) => {
            tail.extend(labelled(vec![theme.span(Role::Bad, text::BAD)], problem, theme.style(Role::Bad), 2, width));
        }
        None => tail.extend(paragraph(&theme, Role::Dim, 0, EXPLAIN, width)),
    }
    let content = popup.open(canvas, head.len() + 1 + tail.len());
    let (top, rest) = split_top(content, (head.len() as u16).min(content.height.saturating_sub(1)));
    canvas.text(top, &head);
    let (input, below) = split_top(rest, 1);
    let taken = canvas.line(input, &theme.span(Role::Dim, LABEL).into());
    let field = Rect { x: input.x + taken, width: input.width.saturating_sub(taken), ..input };
    canvas.field(field, &layer.path, Focus::Here);
    // What is wrong must show, even where there is no room for the blank line.
    let overflow = tail.len().saturating_sub(below.height.into()).min(1);
    canvas.text(below, &tail[overflow..]);
}

fn what(state: &AppState, layer: &KeepLayer) -> String {
    let collections = state.workspace.iter().flat_map(|workspace| &workspace.collections);
    let Some(from) = collections.into_iter().find(|collection| collection.path == layer.from) else {
        return "Nothing".to_owned();
    };
    match layer.copied {
        Copied::Everything => format!("{}: {}", from.label(), text::count(from.requests.len(), "request")),
        Copied::Request(index) => from
            .requests
            .get(index)
            .map_or_else(|| "Nothing".to_owned(), |request| format!("{} {}", request.method.text, request.label())),
    }
}
