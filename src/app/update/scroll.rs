//! Moving and scrolling: the tree's selection, the panels' and layers' scroll positions. Nothing leaves its bounds.

use crate::app::App;
use crate::app::hit::HitMap;
use crate::app::state::{Follow, Panel, ResponseTab, Scroll};

/// The widest line that can be scrolled to; wider ones are cut by the viewport anyway.
const WIDEST: usize = 1_000_000;

/// Columns of one step sideways.
const COLUMNS: usize = 8;

/// A movement up or down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// This many lines up.
    Up(usize),
    /// This many lines down.
    Down(usize),
    /// One page up.
    PageUp,
    /// One page down.
    PageDown,
    /// To the start.
    First,
    /// To the end.
    Last,
}

impl Step {
    /// The new scroll position of an area with `viewport` rows and, if it was told, `content` lines.
    pub fn scrolled(self, line: usize, viewport: usize, content: Option<usize>) -> usize {
        let end = content.map(|content| content.saturating_sub(viewport));
        let page = viewport.saturating_sub(1).max(1);
        let moved = match self {
            Self::Up(lines) => line.min(end.unwrap_or(line)).saturating_sub(lines),
            Self::Down(lines) => line.saturating_add(lines),
            Self::PageUp => line.min(end.unwrap_or(line)).saturating_sub(page),
            Self::PageDown => line.saturating_add(page),
            Self::First => 0,
            Self::Last => end.unwrap_or(line),
        };
        moved.min(end.unwrap_or(usize::MAX))
    }

    /// The new selected row of `rows`, of which `viewport` show.
    pub fn selected(self, row: usize, rows: usize, viewport: usize) -> usize {
        let page = viewport.saturating_sub(1).max(1);
        let moved = match self {
            Self::Up(lines) => row.saturating_sub(lines),
            Self::Down(lines) => row.saturating_add(lines),
            Self::PageUp => row.saturating_sub(page),
            Self::PageDown => row.saturating_add(page),
            Self::First => 0,
            Self::Last => usize::MAX,
        };
        moved.min(rows.saturating_sub(1))
    }
}

impl App {
    /// Moves the selection of the tree, or scrolls the panel with the focus.
    pub(super) fn step(&mut self, step: Step) {
        if self.state.focus == Panel::Tree {
            let row = step.selected(self.state.selected_row, self.state.rows.len(), self.state.viewports.tree);
            self.select_row(row);
        } else {
            self.scroll_panel(self.state.focus, step);
        }
    }

    /// Selects a row of the tree and brings it into view.
    pub(super) fn select_row(&mut self, row: usize) {
        let row = row.min(self.state.rows.len().saturating_sub(1));
        let before = self.state.selected_id().cloned();
        self.state.selected_row = row;
        if self.state.selected_id() != before.as_ref() {
            self.state.request_scroll = Scroll::default();
            self.state.response_scroll = Scroll::default();
            self.follow_current();
            self.forget_row();
        }
        self.reveal_selection();
    }

    /// Scrolls the tree so that the selection shows; tells whether it had to.
    pub(super) fn reveal_selection(&mut self) -> bool {
        let (row, height) = (self.state.selected_row, self.state.viewports.tree);
        if height == 0 {
            self.state.tree_offset = self.state.tree_offset.min(row);
            return false;
        }
        let last = self.state.rows.len().saturating_sub(height);
        let offset = self.state.tree_offset.clamp(row.saturating_sub(height - 1), row).min(last);
        std::mem::replace(&mut self.state.tree_offset, offset) != offset
    }

    /// Scrolls a panel; the tree without its selection.
    pub(super) fn scroll_panel(&mut self, panel: Panel, step: Step) {
        let state = &mut self.state;
        let (view, content) = (state.viewports, state.contents);
        match panel {
            Panel::Tree => {
                state.tree_offset = step.scrolled(state.tree_offset, view.tree, Some(state.rows.len()));
            }
            Panel::Request => {
                let line = &mut state.request_scroll.line;
                *line = step.scrolled(*line, view.request, content.map(|lines| lines.request));
            }
            Panel::Response => {
                let content = content.map(|lines| lines.response);
                let end = content.map_or(0, |content| content.saturating_sub(view.response));
                let line = &mut state.response_scroll.line;
                if state.response_follow == Follow::End && state.response_tab == ResponseTab::Body {
                    *line = end;
                }
                *line = step.scrolled(*line, view.response, content);
                // As `tail` in a pager: going to the end stays there, going up lets go.
                state.response_follow = match step {
                    Step::Last => Follow::End,
                    Step::Up(_) | Step::PageUp | Step::First => Follow::Free,
                    Step::Down(_) | Step::PageDown => state.response_follow,
                };
            }
            Panel::Token => {
                let line = &mut state.token_scroll.line;
                *line = step.scrolled(*line, view.token, content.map(|lines| lines.token));
            }
        }
    }

    pub(super) const fn scroll_left(&mut self) {
        if let Some(scroll) = self.focused_scroll() {
            scroll.column = scroll.column.saturating_sub(COLUMNS);
        }
    }

    pub(super) fn scroll_right(&mut self) {
        if let Some(scroll) = self.focused_scroll() {
            scroll.column = (scroll.column + COLUMNS).min(WIDEST);
        }
    }

    const fn focused_scroll(&mut self) -> Option<&mut Scroll> {
        match self.state.focus {
            Panel::Tree => None,
            Panel::Request => Some(&mut self.state.request_scroll),
            Panel::Response => Some(&mut self.state.response_scroll),
            Panel::Token => Some(&mut self.state.token_scroll),
        }
    }

    /// Keeps what the frame says. Only a tree of another height may have to be drawn once more.
    pub(in crate::app) fn drawn(&mut self, hits: HitMap) {
        let resized = self.state.viewports.tree != hits.viewports.tree;
        self.state.viewports = hits.viewports;
        self.state.contents = hits.contents;
        self.hits = hits;
        if resized && self.reveal_selection() {
            self.revealed = true;
        }
    }
}
