//! The little list of what could stand at the cursor, over everything else.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::completion::Completion;
use crate::app::request_editor::Input;
use crate::app::state::AppState;
use crate::body::visible::cells;
use crate::ui::canvas::Canvas;
use crate::ui::theme::Role;
use crate::ui::wrap::cut;

/// Columns of what a suggestion is.
const ABOUT: usize = 34;

/// Columns of a suggestion.
const WIDEST: usize = 44;

/// Draws it at the cursor, if there is anything to suggest.
pub fn draw(canvas: &mut Canvas<'_>, state: &AppState) {
    let completion = match &state.editor.input {
        Some(Input::Cell(cell)) => cell.completion.as_ref(),
        Some(Input::Text(text)) => text.completion.as_ref(),
        None => None,
    };
    let (Some(completion), Some(cursor), true) = (completion, canvas.cursor, state.layers.is_empty()) else { return };
    let screen = canvas.screen();
    let below = screen.bottom().saturating_sub(cursor.y + 2);
    let above = cursor.y.saturating_sub(screen.y + 1);
    let wanted = completion.items.len() as u16;
    let (y, height) = if wanted <= below || below >= above {
        (cursor.y + 1, wanted.min(below))
    } else {
        (cursor.y - wanted.min(above), wanted.min(above))
    };
    if height == 0 {
        return;
    }
    let (text, about) = columns(completion);
    let width = ((text + about + 3) as u16).min(screen.width);
    let x = cursor.x.min(screen.right().saturating_sub(width));
    let area = Rect { x, y, width, height };
    canvas.clear(area);
    canvas.tint(area, Role::Bar);
    let theme = canvas.theme;
    let first = completion.selected.saturating_sub(usize::from(height) - 1);
    for (place, (index, item)) in area.rows().zip(completion.items.iter().enumerate().skip(first)) {
        let is_selected = index == completion.selected;
        if is_selected {
            canvas.tint(place, Role::Selected);
        }
        let mark = if is_selected { theme.span(Role::Accent, "▸") } else { Span::raw(" ") };
        let name = cut(&item.text, text);
        let pad = " ".repeat((text + 1).saturating_sub(cells(&name)));
        let role = if is_selected { Role::Strong } else { Role::Plain };
        let line = Line::from(vec![
            mark,
            theme.span(role, name),
            Span::raw(pad),
            theme.span(Role::Dim, cut(&item.about, about)),
        ]);
        canvas.line(place, &line);
    }
}

fn columns(completion: &Completion) -> (usize, usize) {
    let widest = |texts: &mut dyn Iterator<Item = &str>, most: usize| texts.map(cells).max().unwrap_or(0).min(most);
    let text = widest(&mut completion.items.iter().map(|item| item.text.as_str()), WIDEST);
    let about = widest(&mut completion.items.iter().map(|item| item.about.as_str()), ABOUT);
    (text, about)
}
