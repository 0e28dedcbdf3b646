//! Reports of a matrix: JUnit for CI, JSON for scripts, one HTML file for people.
//!
//! Everything that came from files and servers passes [`shown`]: a known secret, or what looks like a token, is in no
//! report, and neither is what steers a terminal.

mod html;
mod json;
mod junit;

use std::borrow::Cow;
use std::time::Duration;

use crate::diagnose::matrix::{CellPlan, CellResult, Judgement, Matrix, Summary, judge, statuses};
use crate::model::problem::ProblemKind;
use crate::model::time::Timestamp;
use crate::redact;

pub use html::html;
pub use json::json;
pub use junit::junit;

/// The longest text of a server that a report keeps.
const LONGEST: usize = 2000;

/// What a report is made from.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// The cells.
    pub matrix: &'a Matrix,
    /// Their results; `None`: it was cancelled before.
    pub results: &'a [Option<CellResult>],
    /// The environment.
    pub environment: Option<&'a str>,
    /// When it began.
    pub at: Timestamp,
    /// How long it took.
    pub took: Duration,
}

impl Report<'_> {
    /// The counts.
    pub fn summary(&self) -> Summary {
        Summary::of(self.matrix, self.results)
    }

    fn result(&self, plan: &CellPlan) -> Option<&CellResult> {
        self.results.get(self.matrix.index(plan.id)).and_then(Option::as_ref)
    }

    fn judgement(&self, plan: &CellPlan) -> Judgement {
        self.result(plan).map_or(Judgement::NotSent, |result| judge(&plan.expected, result))
    }
}

/// What a cell says in a few words: `200`, `403, not 200`, `not signed in`.
pub fn cell_text(plan: &CellPlan, result: Option<&CellResult>) -> String {
    match result {
        None => "cancelled".to_owned(),
        Some(CellResult::NotSent(why)) => why.label().to_owned(),
        Some(CellResult::Failed(problem)) if problem.kind == ProblemKind::Network => "no answer".to_owned(),
        Some(CellResult::Failed(_)) => "cannot be sent".to_owned(),
        Some(result @ CellResult::Answered(answer)) => match judge(&plan.expected, result) {
            Judgement::NotAsExpected => format!("{}, not {}", answer.status, statuses(&plan.expected)),
            _ => answer.status.to_string(),
        },
    }
}

/// What there is to say about a cell, line by line.
pub fn detail(plan: &CellPlan, result: Option<&CellResult>) -> Vec<String> {
    let mut lines = Vec::new();
    match result {
        None => lines.push("Cancelled before it was sent".to_owned()),
        Some(CellResult::NotSent(why)) => {
            lines.push(format!("Not sent: {}", why.reason()));
            if let crate::diagnose::matrix::NotSent::NotSignedIn(problem) = why {
                lines.extend([&problem.detail, &problem.hint].into_iter().filter(|text| !text.is_empty()).cloned());
            }
        }
        Some(CellResult::Failed(problem)) => {
            lines.push(problem.title.clone());
            lines.extend([&problem.detail, &problem.hint].into_iter().filter(|text| !text.is_empty()).cloned());
        }
        Some(CellResult::Answered(answer)) => {
            let mut line = format!("{} {}", answer.status, answer.reason);
            if let Some(location) = &answer.location {
                line = format!("{line} to {location}");
            }
            lines.push(format!("{line} · {} ms · {} bytes", answer.time.as_millis(), answer.size));
            lines.push(answer.url.clone());
            if let Some(finding) = answer.findings.first() {
                lines.push(format!("{} ({})", finding.title, finding.confidence.as_str()));
                lines.extend(finding.evidence.iter().map(|evidence| format!("because: {evidence}")));
                lines.extend(finding.fix.iter().map(|step| format!("→ {step}")));
            }
            lines.extend(answer.notes.iter().cloned());
        }
    }
    if !plan.expected.is_empty() {
        lines.push(format!("Expected: {}", statuses(&plan.expected)));
    }
    lines.iter().map(|line| shown(line)).collect()
}

/// A text as a report may hold it: no secret, nothing that steers, of bounded length.
pub fn shown(text: &str) -> String {
    let (text, _) = redact::scrub(text, &[]);
    let text: Cow<'_, str> = match text.char_indices().nth(LONGEST) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Owned(text),
    };
    text.chars().map(|c| if is_harmful(c) { '\u{fffd}' } else { c }).collect()
}

/// A control character, or one that turns the direction of writing.
fn is_harmful(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t'))
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
        || matches!(c, '\u{fffe}' | '\u{ffff}')
}

/// `GET List orders`.
fn row_title(row: &crate::diagnose::matrix::MatrixRow) -> String {
    shown(&format!("{} {}", row.method, row.label))
}

/// `2026-11-26T07:10:40Z` (RFC 3339).
fn rfc3339(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.millis())
        .map_or_else(|_| String::new(), |at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}
