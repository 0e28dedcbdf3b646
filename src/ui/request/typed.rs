//! A body while it is typed: line numbers, selection, the mark where it stops being JSON, and a line about all that.

use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

use crate::app::hit::Target;
use crate::app::request_editor::body::Half;
use crate::app::request_editor::{Check, TextInput};
use crate::app::state::AppState;
use crate::app::text_area::{Position, TextArea, from_column};
use crate::body::json::raw_token;
use crate::body::visible::columns_after;
use crate::template::{Part, Template};
use crate::ui::canvas::Canvas;
use crate::ui::layout::split_bottom;
use crate::ui::text;
use crate::ui::theme::{Role, Theme};
use crate::ui::wrap::cut_line;

/// Longer lines are drawn without colours: they would have to be looked through from their start.
const LONGEST_COLORED: usize = 2000;

/// Below this width there are no line numbers.
const NUMBERED: u16 = 40;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, state: &AppState, input: &TextInput, area: Rect) {
    let has_status = area.height > 2;
    let (status, body) = split_bottom(area, u16::from(has_status));
    if has_status {
        draw_status(canvas, input, status);
    }
    let lines = input.area.lines();
    let digits = lines.len().max(9).to_string().len() as u16;
    let gutter = if area.width >= NUMBERED { digits + 2 } else { 1 };
    let gutter = gutter.min(body.width);
    let content = Rect { x: body.x + gutter, width: body.width - gutter, ..body };
    let height = usize::from(body.height);
    let (first, left) = (input.area.first_line(height), input.area.first_column(content.width.into()));
    canvas.hits.viewports.request = height;
    if let Some(contents) = &mut canvas.hits.contents {
        contents.request = lines.len();
    }
    let is_json = input.check != Check::NotJson;
    for (row, (number, line)) in body.rows().zip(lines.iter().enumerate().skip(first)) {
        let place = Rect { y: row.y, height: 1, ..content };
        draw_gutter(canvas, input, number, Rect { width: gutter, ..row });
        draw_line(canvas, line, left, is_json, place);
        draw_marks(canvas, input, number, left, place);
        canvas.hit(row, Target::BodyLine { line: number, column: left, x: content.x });
    }
    canvas.scroll_bar(area, first, lines.len());
    let cursor = input.area.cursor();
    if state.layers.is_empty() && content.width > 0 && cursor.line >= first && cursor.line < first + height {
        let x = content.x + (input.area.column() - left).min(usize::from(content.width) - 1) as u16;
        canvas.cursor = Some(ratatui::layout::Position::new(x, content.y + (cursor.line - first) as u16));
    }
}

fn draw_gutter(canvas: &mut Canvas<'_>, input: &TextInput, number: usize, place: Rect) {
    let theme = canvas.theme;
    let is_bad = matches!(input.check, Check::Bad { line, .. } if line == number + 1);
    let width = usize::from(place.width);
    if width < 3 {
        let span = if is_bad { theme.span(Role::Bad, text::BAD) } else { Span::raw(" ") };
        canvas.line(place, &span.into());
        return;
    }
    let sign = if is_bad { text::BAD } else { " " };
    let role = if is_bad { Role::Bad } else { Role::Dim };
    canvas.line(place, &theme.span(role, format!("{sign}{:>1$} ", number + 1, width - 2)).into());
}

fn draw_line(canvas: &mut Canvas<'_>, line: &str, left: usize, is_json: bool, place: Rect) {
    let theme = canvas.theme;
    let spans = if left == 0 && line.len() <= LONGEST_COLORED {
        colored(&theme, line, is_json)
    } else {
        let (start, column) = from_column(line, left);
        // No character is drawn as more than a dozen cells, and none takes more than four bytes.
        let end = line.floor_char_boundary(start + usize::from(place.width) * 4 + 64);
        let gap = " ".repeat(column - left);
        vec![Span::raw(gap), theme.span(Role::Plain, &line[start..end.max(start)])]
    };
    canvas.line(place, &cut_plain(Line::from(spans), place.width));
}

/// Cut without an ellipsis: a text that goes on is no shorter for it.
fn cut_plain(line: Line<'static>, width: u16) -> Line<'static> {
    let cut = cut_line(&line, width.into());
    if crate::ui::wrap::line_cells(&line) <= width.into() { line } else { cut }
}

/// Placeholders set off, and JSON in its colours.
fn colored(theme: &Theme, line: &str, is_json: bool) -> Vec<Span<'static>> {
    let text = line.trim_start();
    if text.starts_with('#') || text.starts_with("//") || text.starts_with("< ") || text.starts_with("<@") {
        return vec![theme.span(Role::Dim, line)];
    }
    let parsed = Template::parse(line);
    let mut spans = Vec::new();
    for part in &parsed.parts {
        let piece = &line[part.span().clone()];
        match part {
            Part::Placeholder(_) => spans.push(theme.span(Role::Accent, piece)),
            Part::Literal(_) if is_json => {
                let mut at = 0;
                while at < piece.len() {
                    let (length, kind) = raw_token(&piece.as_bytes()[at..]);
                    let end = piece.floor_char_boundary((at + length).min(piece.len())).max(at + 1);
                    let end = (end..=piece.len()).find(|end| piece.is_char_boundary(*end)).unwrap_or(piece.len());
                    spans.push(theme.span(Role::Lexeme(kind), &piece[at..end]));
                    at = end;
                }
            }
            Part::Literal(_) => spans.push(theme.span(Role::Plain, piece)),
        }
    }
    // What the template parser could not place is drawn all the same.
    let drawn: usize = parsed.parts.iter().map(|part| part.span().len()).sum();
    if drawn == line.len() { spans } else { vec![theme.span(Role::Plain, line)] }
}

/// The selection, and the place of the fault.
fn draw_marks(canvas: &mut Canvas<'_>, input: &TextInput, number: usize, left: usize, place: Rect) {
    let area = &input.area;
    if let Some((start, end)) = area.selection().filter(|(start, end)| (start.line..=end.line).contains(&number)) {
        let from = if start.line == number { column(area, start) } else { 0 };
        // A line break that is selected shows as one cell.
        let to = if end.line == number { column(area, end) } else { column(area, end_of(area, number)) + 1 };
        let style = canvas.theme.style(Role::Plain).add_modifier(Modifier::REVERSED);
        canvas.paint(cells_of(place, left, from, to), style);
    }
    if let Check::Bad { line, byte, .. } = input.check
        && line == number + 1
    {
        let at = column(area, Position { line: number, byte: byte.min(area.lines()[number].len()) });
        let style = canvas.theme.style(Role::Bad).add_modifier(Modifier::UNDERLINED | Modifier::BOLD);
        canvas.paint(cells_of(place, left, at, at + 1), style);
    }
}

fn column(area: &TextArea, position: Position) -> usize {
    let line = &area.lines()[position.line];
    columns_after(&line.as_bytes()[..line.floor_char_boundary(position.byte)], 0)
}

fn end_of(area: &TextArea, line: usize) -> Position {
    Position { line, byte: area.lines()[line].len() }
}

/// The cells of a row from one column of the text to another.
fn cells_of(place: Rect, left: usize, from: usize, to: usize) -> Rect {
    let width = usize::from(place.width);
    let from = from.saturating_sub(left).min(width);
    let to = to.saturating_sub(left).min(width);
    Rect { x: place.x + from as u16, width: to.saturating_sub(from) as u16, ..place }
}

fn draw_status(canvas: &mut Canvas<'_>, input: &TextInput, area: Rect) {
    let theme = canvas.theme;
    let (role, told) = match &input.check {
        Check::NotJson => (Role::Dim, String::new()),
        Check::OnDemand => (Role::Dim, "too long to be checked while you type".to_owned()),
        Check::Good => (Role::Good, format!("{} JSON", text::GOOD)),
        Check::Bad { line, column, expected, .. } => {
            (Role::Bad, format!("{} line {line}, column {column}: expected {expected}", text::BAD))
        }
    };
    let cursor = input.area.cursor();
    let line = &input.area.lines()[cursor.line];
    let column = line[..cursor.byte].chars().take(100_000).count() + 1;
    let what = match input.half {
        Half::Whole => "",
        Half::Query => "query  ",
        Half::Variables => "variables  ",
    };
    let place = format!("{what}{}:{column}  {}", cursor.line + 1, text::size(input.area.size() as u64));
    let taken = canvas.line_right(area, &theme.span(Role::Dim, place).into());
    canvas.line(Rect { width: area.width.saturating_sub(taken + 1), ..area }, &theme.span(role, told).into());
}
