//! What the last frame drew where: the mouse asks it, and page keys take their step from it.

use crate::app::state::{Panel, RequestTab, ResponseTab, Viewports};
use crate::keys::action::Action;
use crate::model::session::TokenKind;

/// A rectangle of cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Area {
    /// Left column.
    pub x: u16,
    /// Top row.
    pub y: u16,
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

impl Area {
    /// Is the cell inside?
    pub const fn contains(&self, column: u16, row: u16) -> bool {
        column >= self.x && row >= self.y && column - self.x < self.width && row - self.y < self.height
    }
}

/// What a press of the mouse means at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A panel: gets the focus, takes the wheel.
    Panel(Panel),
    /// A row of the tree, counted over all rows.
    TreeRow(usize),
    /// A tab of the request panel.
    RequestTab(RequestTab),
    /// The method of the request.
    RequestMethod,
    /// The URL of the request.
    RequestUrl,
    /// A cell of a row of the request panel.
    RequestCell {
        /// The row.
        row: usize,
        /// The cell.
        column: usize,
    },
    /// The mark of a row of the request panel: commented out, or not.
    RequestToggle(usize),
    /// A line of the body that is being typed; its first column on the screen is this column of the text.
    BodyLine {
        /// The line.
        line: usize,
        /// The column.
        column: usize,
        /// Where that is on the screen.
        x: u16,
    },
    /// A tab of the response panel.
    ResponseTab(ResponseTab),
    /// A tab of the token panel.
    TokenTab(TokenKind),
    /// A row of the top layer.
    LayerRow(usize),
    /// A button or a hint in the status bar: does the action.
    Button(Action),
    /// The inside of the top layer: takes the wheel, swallows presses.
    Layer,
}

/// The areas of one frame. Later areas lie over earlier ones.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HitMap {
    /// Areas and what they mean, bottom first.
    pub areas: Vec<(Area, Target)>,
    /// Heights of the scrollable areas.
    pub viewports: Viewports,
    /// Lines of what is in them, so that scrolling stops at the end. Without it nothing stops it.
    pub contents: Option<Viewports>,
}

impl HitMap {
    /// What lies at a cell: the topmost area.
    pub fn at(&self, column: u16, row: u16) -> Option<Target> {
        self.areas.iter().rev().find(|(area, _)| area.contains(column, row)).map(|(_, target)| *target)
    }
}
