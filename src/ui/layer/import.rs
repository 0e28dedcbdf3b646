//! Importing: the path, then the report.

use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::app::layers::{ImportLayer, ImportStage};
use crate::app::state::AppState;
use crate::keys::action::{Action, Context};
use crate::ui::canvas::Canvas;
use crate::ui::hints::{SCROLL, hints, renamed};
use crate::ui::layer::{Popup, with_arrows};
use crate::ui::layout::split_top;
use crate::ui::response::problem_lines;
use crate::ui::text;
use crate::ui::theme::{Focus, Role};
use crate::ui::wrap::paragraph;

const ABOUT: &str = "A file or folder of Postman, OpenAPI, curl, Insomnia, Bruno, or a browser (HAR). What it \
                     holds becomes .http files here; nothing that exists is replaced.";
const WORKING: &str = "reading and writing";
const LABEL: &str = "path";

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, state: &AppState, import: &ImportLayer, places: &[Context]) {
    let theme = canvas.theme;
    let keys = match import.stage {
        ImportStage::Asking => renamed(hints(&[Action::Accept, Action::Back], places), Action::Accept, "import"),
        ImportStage::Running => hints(&[Action::Back], places),
        ImportStage::Done { .. } => with_arrows(SCROLL, &[Action::Back], places),
    };
    let popup = Popup { title: "Import", width: 92, hints: keys };
    let width = popup.content_width(canvas);
    match &import.stage {
        ImportStage::Asking => {
            let mut lines = paragraph(&theme, Role::Dim, 0, ABOUT, width);
            if let Some(problem) = &import.problem {
                lines.push(Line::default());
                lines.extend(problem_lines(&theme, problem, width));
            }
            let content = popup.open(canvas, lines.len() + 2);
            let (input, rest) = split_top(content, 1);
            canvas.line(input, &theme.span(Role::Key, LABEL).into());
            let skip = (LABEL.len() as u16 + 1).min(input.width);
            canvas.field(Rect { x: input.x + skip, width: input.width - skip, ..input }, &import.path, Focus::Here);
            let rest = if rest.height > 2 { split_top(rest, 1).1 } else { rest };
            canvas.lines(rest, &lines, 0);
        }
        ImportStage::Running => {
            let spinner = theme.span(Role::Accent, text::spinner(state.now));
            popup.text(canvas, &[Line::from(vec![spinner, theme.span(Role::Dim, format!(" {WORKING}"))])]);
        }
        ImportStage::Done { lines, scroll } => {
            let lines: Vec<Line<'static>> = lines
                .iter()
                .flat_map(|line| {
                    let indent = line.len() - line.trim_start().len();
                    paragraph(&theme, Role::Plain, indent, line.trim_start(), width)
                })
                .collect();
            popup.lines(canvas, &lines, *scroll);
        }
    }
}
