//! Where the panels are, by the size of the screen.

use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::ui::canvas::Canvas;
use crate::ui::theme::Role;
use crate::ui::wrap::wrap;

/// Below this nothing useful can be drawn.
const SMALLEST: (u16, u16) = (20, 6);

/// What is promised to work.
const PROMISED: (u16, u16) = (40, 12);

/// From here on response and tokens stand side by side.
const WIDE: (u16, u16) = (100, 18);

/// From here on there is more than one panel.
const MEDIUM: (u16, u16) = (60, 16);

/// How the panels are arranged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// All four show.
    Wide {
        /// The tree.
        tree: Rect,
        /// The request.
        request: Rect,
        /// The response.
        response: Rect,
        /// The tokens.
        token: Rect,
    },
    /// Response and tokens are tabs of one panel.
    Medium {
        /// The tree.
        tree: Rect,
        /// The request.
        request: Rect,
        /// Response or tokens.
        lower: Rect,
    },
    /// One panel at a time, under a line of tabs.
    Narrow {
        /// The tabs.
        tabs: Rect,
        /// The panel.
        panel: Rect,
    },
}

/// The areas of the main screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Areas {
    /// The line at the top.
    pub status: Rect,
    /// Between the two lines.
    pub middle: Rect,
    /// The line at the bottom.
    pub keys: Rect,
    /// The panels in the middle.
    pub shape: Shape,
}

/// How much room the request has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Emphasis {
    /// As much as it needs to be read.
    None,
    /// More: its rows are being edited.
    Rows,
    /// Most: its body is being typed.
    Text,
}

/// Divides the screen.
pub fn areas(screen: Rect, emphasis: Emphasis) -> Areas {
    let status = Rect { height: 1.min(screen.height), ..screen };
    let keys = Rect { y: screen.bottom().saturating_sub(1), height: 1.min(screen.height), ..screen };
    let middle = Rect { y: status.bottom(), height: screen.height.saturating_sub(2), ..screen };
    Areas { status, middle, keys, shape: shape(screen, middle, emphasis) }
}

fn shape(screen: Rect, middle: Rect, emphasis: Emphasis) -> Shape {
    let fits = |size: (u16, u16)| screen.width >= size.0 && screen.height >= size.1;
    if !fits(MEDIUM) {
        let tabs = Rect { height: 1.min(middle.height), ..middle };
        let panel = Rect { y: tabs.bottom(), height: middle.height.saturating_sub(1), ..middle };
        return Shape::Narrow { tabs, panel };
    }
    let (tree, right) = split_left(middle, (middle.width * 28 / 100).clamp(24, 44));
    let height = match emphasis {
        Emphasis::None => (right.height * 3 / 10).clamp(7, 14),
        Emphasis::Rows => (right.height / 2).clamp(9, 20),
        Emphasis::Text => right.height * 7 / 10,
    };
    let (request, lower) = split_top(right, height);
    if !fits(WIDE) {
        return Shape::Medium { tree, request, lower };
    }
    let (response, token) = split_left(lower, lower.width * 54 / 100);
    Shape::Wide { tree, request, response, token }
}

/// `width` columns at the left, and the rest.
pub fn split_left(area: Rect, width: u16) -> (Rect, Rect) {
    let width = width.min(area.width);
    let left = Rect { width, ..area };
    (left, Rect { x: left.right(), width: area.width - width, ..area })
}

/// `height` rows at the top, and the rest.
pub fn split_top(area: Rect, height: u16) -> (Rect, Rect) {
    let height = height.min(area.height);
    let top = Rect { height, ..area };
    (top, Rect { y: top.bottom(), height: area.height - height, ..area })
}

/// `height` rows at the bottom, and the rest above them.
pub fn split_bottom(area: Rect, height: u16) -> (Rect, Rect) {
    let height = height.min(area.height);
    let (rest, bottom) = split_top(area, area.height - height);
    (bottom, rest)
}

/// An area without its outer columns.
pub fn padded(area: Rect, columns: u16) -> Rect {
    let columns = columns.min(area.width / 2);
    Rect { x: area.x + columns, width: area.width - 2 * columns, ..area }
}

/// A layer's area: in the middle of the screen, at most this large.
pub fn centered(screen: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(screen.width), height.min(screen.height));
    let x = screen.x + (screen.width - width) / 2;
    let y = screen.y + (screen.height - height) / 2;
    Rect { x, y, width, height }
}

/// Can nothing be drawn here?
pub const fn is_too_small(screen: Rect) -> bool {
    screen.width < SMALLEST.0 || screen.height < SMALLEST.1
}

/// Says so, as far as there is room.
pub fn too_small(canvas: &mut Canvas<'_>) {
    let screen = canvas.screen();
    let text = format!("terminal too small ({}x{}), needs {}x{}", screen.width, screen.height, PROMISED.0, PROMISED.1);
    let lines: Vec<Line<'static>> = wrap(&text, screen.width.into())
        .into_iter()
        .map(|line| Line::from(canvas.theme.span(Role::Plain, line)))
        .collect();
    for (row, line) in screen.rows().zip(&lines) {
        canvas.line(row, line);
    }
}
