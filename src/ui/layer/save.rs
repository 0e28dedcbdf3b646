//! Where to save a body.

use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::app::layers::SaveLayer;
use crate::keys::action::{Action, Context};
use crate::ui::canvas::Canvas;
use crate::ui::hints::{hints, renamed};
use crate::ui::layer::Popup;
use crate::ui::layout::split_top;
use crate::ui::text;
use crate::ui::theme::{Focus, Role};
use crate::ui::wrap::{labelled, paragraph};

const WHERE: &str = "Relative to the workspace, or `~/…`, or absolute. The bytes are written as they came, decoded.";

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, save: &SaveLayer, places: &[Context]) {
    let word = if save.confirmed.is_some() { "overwrite" } else { "save" };
    let hints = renamed(hints(&[Action::Accept, Action::Back], places), Action::Accept, word);
    let title = format!("Save the body ({})", text::size(save.size));
    let popup = Popup { title: &title, width: 76, hints };
    let theme = canvas.theme;
    let width = popup.content_width(canvas);
    let mut tail = vec![Line::default()];
    match &save.problem {
        Some(problem) => {
            tail.extend(labelled(vec![theme.span(Role::Bad, text::BAD)], problem, theme.style(Role::Bad), 2, width));
        }
        None => tail.extend(paragraph(&theme, Role::Dim, 0, WHERE, width)),
    }
    let content = popup.open(canvas, 1 + tail.len());
    let (input, rest) = split_top(content, 1);
    canvas.line(input, &theme.span(Role::Key, ">").into());
    let field = Rect { x: input.x + 2.min(input.width), width: input.width.saturating_sub(2), ..input };
    canvas.field(field, &save.path, Focus::Here);
    // What is wrong must show, even where there is no room for a blank line.
    let skipped = usize::from(tail.len() > usize::from(rest.height));
    canvas.text(rest, &tail[skipped.min(tail.len())..]);
}
