//! The chooser of the request panel: a few letters narrow it down.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::request_editor::sheet::Choice;
use crate::app::state::{AppState, TextField};
use crate::body::visible::cells;
use crate::keys::action::{Action, Context};
use crate::ui::canvas::Canvas;
use crate::ui::hints::MOVE;
use crate::ui::layer::{Popup, draw_rows, with_arrows};
use crate::ui::layout::split_top;
use crate::ui::text;
use crate::ui::theme::{Focus, Role};
use crate::ui::wrap::{blanks, cut};

const NOTHING: &str = "Nothing fits.";

/// The widest column of names.
const WIDEST: usize = 36;

/// Draws it.
pub fn draw(
    canvas: &mut Canvas<'_>,
    state: &AppState,
    choice: Choice,
    query: &TextField,
    selected: usize,
    places: &[Context],
) {
    let hints = with_arrows(MOVE, &[Action::Accept, Action::Back], places);
    let popup = Popup { title: title(choice), width: 84, hints };
    let theme = canvas.theme;
    let rows = state.pick_rows(choice, &query.text);
    let all = state.pick_rows(choice, "").len();
    let room = popup.content_width(canvas);
    let names = rows.iter().map(|row| cells(&row.label)).max().unwrap_or(0).min(WIDEST.min(room * 3 / 5));
    let lines: Vec<Line<'static>> = rows
        .iter()
        .map(|row| {
            let sign = if row.is_current { theme.span(Role::Good, text::GOOD) } else { Span::raw(" ") };
            let name = cut(&row.label, names);
            let gap = blanks(2 + names - cells(&name));
            let spans =
                vec![sign, Span::raw(" "), theme.span(Role::Strong, name), gap, theme.span(Role::Dim, &row.about)];
            Line::from(spans)
        })
        .collect();
    let content = popup.open(canvas, all + 2);
    let (input, rest) = split_top(content, 1);
    let prompt = placeholder(choice);
    canvas.field(input, query, Focus::Here);
    if query.text.is_empty() {
        let behind = Rect { x: input.x + 1.min(input.width), width: input.width.saturating_sub(1), ..input };
        canvas.line(behind, &theme.span(Role::Dim, prompt).into());
    }
    let list = if rest.height > 4 { split_top(rest, 1).1 } else { rest };
    if lines.is_empty() {
        canvas.line(list, &theme.span(Role::Dim, NOTHING).into());
    }
    draw_rows(canvas, list, &lines, selected);
}

const fn title(choice: Choice) -> &'static str {
    match choice {
        Choice::Method => "Method",
        Choice::BodyKind => "Kind of body",
        Choice::AuthKind => "How the request is signed",
        Choice::Identity => "Whose token",
        Choice::Directive => "Add a directive",
        Choice::Carrier => "How the token is carried",
        Choice::KeyPlace => "Where the key goes",
    }
}

const fn placeholder(choice: Choice) -> &'static str {
    match choice {
        Choice::Method => "type to find, or a method of your own",
        Choice::Directive => "type to find, or a directive of another client",
        _ => "type to find",
    }
}
