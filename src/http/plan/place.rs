//! Places in the collection: from byte spans to lines and columns.

use std::path::Path;

use crate::model::problem::Place;
use crate::model::request::Spanned;
use crate::template::TemplateProblem;

/// Reckons places in one text.
#[derive(Clone, Copy)]
pub(super) struct Places<'a> {
    pub(super) file: &'a Path,
    pub(super) source: &'a str,
}

impl Places<'_> {
    /// Where a piece of the collection begins.
    pub(super) fn of(&self, piece: &Spanned) -> Place {
        self.at(piece.span.start)
    }

    /// Where a placeholder of a piece stands.
    pub(super) fn of_problem(&self, piece: &Spanned, problem: &TemplateProblem) -> Place {
        let raw = self.source.get(piece.span.clone()).unwrap_or_default();
        if raw == piece.text {
            return self.at(piece.span.start + problem.span.start);
        }
        // The parser joined lines, or turned CR LF into LF: look for the placeholder as it is written.
        let written = piece.text.get(problem.span.clone()).unwrap_or_default();
        let earlier = piece.text.get(..problem.span.start).unwrap_or_default().matches(written).count();
        match raw.match_indices(written).nth(earlier) {
            Some((offset, _)) if !written.is_empty() => self.at(piece.span.start + offset),
            _ => self.of(piece),
        }
    }

    /// The place of a byte.
    pub(super) fn at(&self, offset: usize) -> Place {
        let before = self.source.get(..offset).unwrap_or(self.source);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Place {
            file: self.file.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}
