//! What screens draw on: the frame's buffer, the theme, and the map of what lies where.
//!
//! Nothing is drawn outside the areas that are given, however small the screen is.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Widget};

use crate::app::hit::{Area, HitMap, Target};
use crate::app::state::TextField;
use crate::body::visible::cells;
use crate::keys::action::Action;
use crate::ui::ascii;
use crate::ui::field;
use crate::ui::theme::{Focus, Role, Theme};
use crate::ui::wrap::{cut_line, line_cells};

/// The frame while it is drawn.
pub struct Canvas<'a> {
    buffer: &'a mut Buffer,
    /// The look.
    pub theme: Theme,
    /// What lies where.
    pub hits: HitMap,
    /// Where the terminal's cursor is.
    pub cursor: Option<Position>,
}

impl<'a> Canvas<'a> {
    /// An empty frame.
    pub fn new(buffer: &'a mut Buffer, theme: &Theme) -> Self {
        Self { buffer, theme: *theme, hits: HitMap::default(), cursor: None }
    }

    /// The whole screen.
    pub fn screen(&self) -> Rect {
        self.buffer.area
    }

    /// Ends the frame: nothing that a terminal must not get is left, and nothing but ASCII if that is wanted.
    pub fn finish(self) -> (HitMap, Option<Position>) {
        for cell in &mut self.buffer.content {
            ascii::sweep(cell, &self.theme);
        }
        (self.hits, self.cursor)
    }

    /// What a press in `area` means.
    pub fn hit(&mut self, area: Rect, target: Target) {
        let area = area.intersection(self.buffer.area);
        if area.is_empty() {
            return;
        }
        let area = Area { x: area.x, y: area.y, width: area.width, height: area.height };
        self.hits.areas.push((area, target));
    }

    /// Draws one line, cut to the area's first row; returns the columns that it took.
    pub fn line(&mut self, area: Rect, line: &Line<'static>) -> u16 {
        let area = area.intersection(self.buffer.area);
        if area.is_empty() {
            return 0;
        }
        let line = cut_line(line, area.width.into());
        let (end, _) = self.buffer.set_line(area.x, area.y, &line, area.width);
        end.saturating_sub(area.x)
    }

    /// Draws one line at the right end of the area's first row, if it fits; returns the columns that it took.
    pub fn line_right(&mut self, area: Rect, line: &Line<'static>) -> u16 {
        let width = line_cells(line) as u16;
        if width == 0 || width > area.width {
            return 0;
        }
        self.line(Rect { x: area.right() - width, width, ..area }, line)
    }

    /// Draws lines from `first` on, as many as there is room for, and a scroll bar if there are more.
    pub fn lines(&mut self, area: Rect, lines: &[Line<'static>], first: usize) {
        let first = first.min(lines.len().saturating_sub(area.height.into()));
        for (row, line) in area.rows().zip(lines.iter().skip(first)) {
            self.line(row, line);
        }
        self.scroll_bar(area, first, lines.len());
    }

    /// Draws lines that are not scrolled, as many as there is room for.
    pub fn text(&mut self, area: Rect, lines: &[Line<'static>]) {
        for (row, line) in area.rows().zip(lines) {
            self.line(row, line);
        }
    }

    /// Marks in the column right of `area`, if the screen has one, which part of `total` lines shows.
    pub fn scroll_bar(&mut self, area: Rect, first: usize, total: usize) {
        let height = usize::from(area.height);
        if total <= height || height == 0 {
            return;
        }
        let column = Rect { x: area.right(), width: 1, ..area }.intersection(self.buffer.area);
        if column.is_empty() {
            // A panel without a border may reach to the edge of the screen: there is no column for it.
            return;
        }
        let thumb = (height * height / total).max(1);
        let top = first.saturating_mul(height - thumb) / (total - height);
        let style = self.theme.style(Role::Accent);
        for row in column.rows().skip(top).take(thumb) {
            self.buffer[(row.x, row.y)].set_symbol("▐").set_style(style);
        }
    }

    /// Adds a style to everything in the area.
    pub fn tint(&mut self, area: Rect, role: Role) {
        let style = self.theme.style(role);
        self.buffer.set_style(area.intersection(self.buffer.area), style);
    }

    /// Sets a style in the area.
    pub fn paint(&mut self, area: Rect, style: Style) {
        self.buffer.set_style(area.intersection(self.buffer.area), style);
    }

    /// Draws a border with a title; returns the inside.
    pub fn boxed(&mut self, area: Rect, title: &Line<'static>, focus: Focus) -> Rect {
        let role = if focus == Focus::Here { Role::Accent } else { Role::Dim };
        let title = cut_line(title, area.width.saturating_sub(4).into());
        let block =
            Block::bordered().border_set(Theme::border(focus)).border_style(self.theme.style(role)).title(title);
        let inner = block.inner(area);
        block.render(area.intersection(self.buffer.area), self.buffer);
        inner
    }

    /// Clears an area for a layer.
    pub fn clear(&mut self, area: Rect) {
        Clear.render(area.intersection(self.buffer.area), self.buffer);
    }

    /// Draws key hints from left to right, as many as fit, each of them a button; returns the columns taken.
    pub fn hints(&mut self, area: Rect, hints: &[Hint]) -> u16 {
        let mut x = area.x;
        for (index, hint) in hints.iter().enumerate() {
            let gap = if index == 0 { 0 } else { HINT_GAP.len() as u16 };
            let width = hint.columns() as u16;
            if x.saturating_add(gap).saturating_add(width) > area.right() {
                break;
            }
            let gap_line = Line::from(self.theme.span(Role::Dim, &HINT_GAP[..gap.into()]));
            self.line(Rect { x, width: gap, height: 1, ..area }, &gap_line);
            let place = Rect { x: x + gap, width, height: 1, ..area };
            self.line(place, &hint.line(&self.theme));
            self.hit(place, Target::Button(hint.action));
            x = place.right();
        }
        x - area.x
    }

    /// Draws a text input and puts the cursor into it if it has the keys.
    pub fn field(&mut self, area: Rect, input: &TextField, focus: Focus) {
        let (text, column) = field::visible_part(input, area.width.into());
        let span = Span::styled(text, self.theme.style(Role::Plain));
        self.line(area, &Line::from(span));
        self.paint(Rect { height: area.height.min(1), ..area }, field::style(&self.theme, focus));
        if focus == Focus::Here && !area.intersection(self.buffer.area).is_empty() {
            self.cursor = Some(Position::new(area.x + column as u16, area.y));
        }
    }
}

/// Between two hints.
const HINT_GAP: &str = "  ";

/// Divides hints into rows of at most `width` columns.
pub fn hint_rows(hints: &[Hint], width: usize) -> Vec<&[Hint]> {
    let mut rows = Vec::new();
    let (mut start, mut used) = (0, 0);
    for (index, hint) in hints.iter().enumerate() {
        let gap = if index == start { 0 } else { HINT_GAP.len() };
        if index > start && used + gap + hint.columns() > width {
            rows.push(&hints[start..index]);
            (start, used) = (index, hint.columns());
        } else {
            used += gap + hint.columns();
        }
    }
    if start < hints.len() {
        rows.push(&hints[start..]);
    }
    rows
}

/// A key and what it does here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// The key, as it is shown.
    pub key: &'static str,
    /// What it does, in a word or two.
    pub word: &'static str,
    /// The action.
    pub action: Action,
}

impl Hint {
    /// Columns that it takes.
    pub fn columns(&self) -> usize {
        cells(self.key) + 1 + cells(self.word)
    }

    /// `enter send`.
    pub fn line(&self, theme: &Theme) -> Line<'static> {
        Line::from(vec![theme.span(Role::Key, self.key), Span::raw(" "), theme.span(Role::Dim, self.word)])
    }
}
