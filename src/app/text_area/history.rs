//! Undo and redo of a text area: changes as what was taken out and what was put in, typing taken together.

use crate::app::text_area::{Position, end_of};

/// More changes than this are not remembered.
const MOST: usize = 10_000;

/// More bytes than this are not remembered.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// What kind of change it is: single letters that are typed one after the other are one change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// A letter was typed.
    Typing,
    /// A letter was deleted backwards.
    Deleting,
    /// Anything else.
    Other,
}

/// One change.
#[derive(Debug, Clone)]
pub struct Change {
    /// Where.
    pub start: Position,
    /// What was there.
    pub removed: String,
    /// What is there.
    pub inserted: String,
    /// Where the cursor was before.
    pub cursor: Position,
    /// What kind.
    pub kind: ChangeKind,
}

/// The changes so far.
#[derive(Debug, Clone, Default)]
pub struct History {
    undo: std::collections::VecDeque<Change>,
    redo: Vec<Change>,
    bytes: usize,
    /// May the next letter join the last change?
    is_open: bool,
}

impl History {
    /// Remembers a change that the user has made; what was taken back before cannot be made again.
    pub fn add(&mut self, change: Change) {
        for gone in self.redo.drain(..) {
            self.bytes -= size(&gone);
        }
        self.bytes += size(&change);
        let joins = self.is_open && change.kind != ChangeKind::Other;
        self.is_open = change.kind != ChangeKind::Other;
        let joined = joins && self.undo.back_mut().is_some_and(|last| join(last, &change));
        if !joined {
            self.undo.push_back(change);
        }
        while self.undo.len() > MOST || (self.bytes > MOST_BYTES && self.undo.len() > 1) {
            if let Some(gone) = self.undo.pop_front() {
                self.bytes -= size(&gone);
            }
        }
    }

    /// The next letter begins a change of its own.
    pub const fn close(&mut self) {
        self.is_open = false;
    }

    /// The last change.
    pub fn take_undo(&mut self) -> Option<Change> {
        self.is_open = false;
        self.undo.pop_back()
    }

    /// The last change that was taken back.
    pub fn take_redo(&mut self) -> Option<Change> {
        self.is_open = false;
        self.redo.pop()
    }

    /// A change was taken back.
    pub fn keep_redo(&mut self, change: Change) {
        self.redo.push(change);
    }

    /// A change was made again.
    pub fn keep_undo(&mut self, change: Change) {
        self.undo.push_back(change);
    }
}

const fn size(change: &Change) -> usize {
    change.removed.len() + change.inserted.len()
}

/// Adds a letter to the change before it, if it follows it.
fn join(last: &mut Change, next: &Change) -> bool {
    if last.kind != next.kind {
        return false;
    }
    match next.kind {
        ChangeKind::Typing if end_of(last.start, &last.inserted) == next.start && next.removed.is_empty() => {
            last.inserted.push_str(&next.inserted);
            true
        }
        ChangeKind::Deleting if end_of(next.start, &next.removed) == last.start && next.inserted.is_empty() => {
            last.removed.insert_str(0, &next.removed);
            last.start = next.start;
            true
        }
        _ => false,
    }
}
