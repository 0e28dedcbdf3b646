//! The body: the lines that show, and nothing else of it.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::state::{AppState, Follow};
use crate::body::document::{Document, Lexeme};
use crate::ui::canvas::Canvas;
use crate::ui::theme::Role;

const EMPTY: &str = "The body is empty.";

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, state: &AppState, document: &Document, area: Rect) {
    super::shows(canvas, area.height, document.line_count());
    if document.line_count() == 0 {
        canvas.line(area, &canvas.theme.span(Role::Dim, EMPTY).into());
        return;
    }
    let last = document.line_count().saturating_sub(area.height.into());
    let first = match state.response_follow {
        Follow::End => last,
        Follow::Free => state.response_scroll.line.min(last),
    };
    for (place, index) in area.rows().zip(first..document.line_count()) {
        let spans = document.line(index, state.response_scroll.column, area.width.into());
        let spans: Vec<Span<'static>> =
            spans.into_iter().map(|span| Span::styled(span.text, canvas.theme.style(role(span.kind)))).collect();
        canvas.line(place, &Line::from(spans));
    }
    canvas.scroll_bar(area, first, document.line_count());
}

const fn role(kind: Lexeme) -> Role {
    Role::Lexeme(kind)
}
