//! One line that is asked for: the name of a request, the path of a file.

use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::app::layers::{PromptKind, PromptLayer};
use crate::keys::action::{Action, Context};
use crate::ui::canvas::Canvas;
use crate::ui::hints::hints;
use crate::ui::layer::Popup;
use crate::ui::text;
use crate::ui::theme::{Focus, Role};
use crate::ui::tree::path_label;
use crate::ui::wrap::{labelled, paragraph};

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, prompt: &PromptLayer, places: &[Context]) {
    let (title, explanation) = texts(&prompt.kind);
    let popup = Popup { title, width: 72, hints: hints(&[Action::Accept, Action::Back], places) };
    let theme = canvas.theme;
    let width = popup.content_width(canvas);
    let mut tail = vec![Line::default()];
    match &prompt.problem {
        Some(problem) => {
            tail.extend(labelled(vec![theme.span(Role::Bad, text::BAD)], problem, theme.style(Role::Bad), 2, width));
        }
        None => tail.extend(paragraph(&theme, Role::Dim, 0, &explanation, width)),
    }
    let content = popup.open(canvas, 1 + tail.len());
    canvas.field(Rect { height: content.height.min(1), ..content }, &prompt.field, Focus::Here);
    let below = Rect { y: content.y + 1, height: content.height.saturating_sub(1), ..content };
    // On a low screen the blank line goes first.
    let skipped = tail.len().saturating_sub(below.height.into()).min(1);
    canvas.text(below, &tail[skipped..]);
}

fn texts(kind: &PromptKind) -> (&'static str, String) {
    match kind {
        PromptKind::NewRequest { .. } => {
            ("New request", "Its name, or its request line: `POST https://api.example.com/orders`".to_owned())
        }
        PromptKind::RenameRequest(_) => ("Name of the request", "Empty: no name".to_owned()),
        PromptKind::NewFile => {
            ("New file", "Its path in the workspace; folders are made: `admin/users.http`".to_owned())
        }
        PromptKind::RenameFile(_) => ("Name of the file", "Its path in the workspace; folders are made".to_owned()),
        PromptKind::MoveToNewFile(_) => {
            ("Move to a new file", "Its path in the workspace; folders are made".to_owned())
        }
        PromptKind::SaveBeside(path) => {
            ("Save mine as", format!("Your text goes into this file; {} stays as it is on disk", path_label(path)))
        }
    }
}
