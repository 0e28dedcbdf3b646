//! What the popups that ask or show something hold: prompts, importing, variables, saving, conflicts.
//!
//! [`crate::app::state::Layer`] is the closed list of popups; those with more than a row or two to remember have their
//! state here. Changed by `update` only.

use std::path::PathBuf;
use std::sync::Arc;

use crate::app::diff::DiffLine;
use crate::app::difference::Difference;
use crate::app::msg::PromptQuestion;
use crate::app::state::{FilterMode, TextField};
use crate::collection::copy::Copied;
use crate::collection::edit::Position;
use crate::collection::inspect::VariableRow;
use crate::model::exchange::RunId;
use crate::model::finding::{Finding, Framework};
use crate::model::problem::Problem;
use crate::model::request::RequestId;
use crate::model::wire::FieldValue;

/// The prompts of a request and of those that are sent before it, as one form.
#[derive(Debug, Clone)]
pub struct PromptsLayer {
    /// The run that waits.
    pub run: RunId,
    /// The fields from top to bottom.
    pub fields: Vec<PromptField>,
    /// Which field has the cursor.
    pub focused: usize,
}

/// One prompt.
#[derive(Debug, Clone)]
pub struct PromptField {
    /// What is asked.
    pub question: PromptQuestion,
    /// The answer.
    pub input: TextField,
}

/// Importing a file or folder.
#[derive(Debug, Clone, Default)]
pub struct ImportLayer {
    /// Its path, relative to the workspace.
    pub path: TextField,
    /// How far it is.
    pub stage: ImportStage,
    /// Why it did not work the last time.
    pub problem: Option<Problem>,
}

/// How far an import is.
#[derive(Debug, Clone, Default)]
pub enum ImportStage {
    /// The path is being typed.
    #[default]
    Asking,
    /// Files are read and written.
    Running,
    /// Written; the report.
    Done {
        /// Its lines.
        lines: Vec<String>,
        /// Scroll position.
        scroll: usize,
    },
}

/// The inspector: every variable that a request uses or could use.
#[derive(Debug, Clone)]
pub struct VariablesLayer {
    /// The inspection whose answer counts.
    pub id: RunId,
    /// The request.
    pub request: RequestId,
    /// What was found; `None` until it is there.
    pub rows: Option<Vec<VariableRow>>,
    /// Selected row, counted over those that fit the filter.
    pub selected: usize,
    /// The filter.
    pub filter: Option<TextField>,
    /// Is the filter being typed?
    pub filter_mode: FilterMode,
    /// A secret that is being typed.
    pub secret: Option<SecretInput>,
}

/// A secret that is being typed.
#[derive(Debug, Clone)]
pub struct SecretInput {
    /// Its name.
    pub name: TextField,
    /// Its value, masked.
    pub value: TextField,
    /// Which of the two has the cursor.
    pub field: SecretField,
    /// What is wrong.
    pub problem: Option<String>,
}

/// The fields of a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretField {
    /// The name.
    Name,
    /// The value.
    Value,
}

impl VariablesLayer {
    /// The rows that fit the filter: every word of it stands in the name, the value that shows, or the source.
    pub fn visible(&self) -> Vec<&VariableRow> {
        let filter = self.filter.as_ref().map(|field| field.text.to_lowercase()).unwrap_or_default();
        let words: Vec<&str> = filter.split_whitespace().collect();
        let fits = |row: &&VariableRow| {
            let value = row.value.as_ref().map_or("", FieldValue::masked);
            let source = row.source.as_ref().map(ToString::to_string).unwrap_or_default();
            let text = format!("{} {value} {source}", row.name).to_lowercase();
            words.iter().all(|word| text.contains(word))
        };
        self.rows.iter().flatten().filter(fits).collect()
    }

    /// The selected row.
    pub fn selected_row(&self) -> Option<&VariableRow> {
        let visible = self.visible();
        visible.get(self.selected.min(visible.len().saturating_sub(1))).copied()
    }
}

/// The question where to save a body.
#[derive(Debug, Clone)]
pub struct SaveLayer {
    /// The path, while it is typed.
    pub path: TextField,
    /// Whose body.
    pub run: RunId,
    /// Its size in bytes.
    pub size: u64,
    /// What is wrong with the path, or has to be confirmed.
    pub problem: Option<String>,
    /// The path of a file that is there and may be overwritten: the next Enter does.
    pub confirmed: Option<String>,
    /// Is it being written?
    pub writing: bool,
}

/// One line that is asked for.
#[derive(Debug, Clone)]
pub struct PromptLayer {
    /// What for.
    pub kind: PromptKind,
    /// What is typed.
    pub field: TextField,
    /// Why it was not taken.
    pub problem: Option<String>,
}

/// What a line is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PromptKind {
    /// A new request: its name, or its request line.
    NewRequest {
        /// In which file.
        file: PathBuf,
        /// Where.
        at: Position,
    },
    /// Another name of a request.
    RenameRequest(RequestId),
    /// The path of a new file.
    NewFile,
    /// The new path of a file.
    RenameFile(PathBuf),
    /// The path of a new file that a request goes to.
    MoveToNewFile(RequestId),
    /// The path of a file for the edited text of one that has changed on disk.
    SaveBeside(PathBuf),
}

/// A file that has changed on both sides.
#[derive(Debug, Clone)]
pub struct ConflictLayer {
    /// Which.
    pub path: PathBuf,
    /// What is on disk; `None`: nothing.
    pub theirs: Option<Arc<[u8]>>,
    /// What is edited here; `None`: it was deleted here.
    pub mine: Option<Arc<[u8]>>,
    /// The difference, from the disk to here.
    pub lines: Vec<DiffLine>,
    /// Scroll position.
    pub scroll: usize,
}

/// Who sends the selected request, this once?
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnceLayer {
    /// What for.
    pub purpose: OncePurpose,
    /// Selected row of [`crate::app::state::AppState::candidates`].
    pub selected: usize,
}

/// Why a request is sent once as somebody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OncePurpose {
    /// To see the response.
    Send,
    /// To compare the response with the one that is there.
    Compare,
}

/// What differs between two responses.
#[derive(Debug, Clone)]
pub struct DifferenceLayer {
    /// The comparison whose answer counts.
    pub id: RunId,
    /// The request.
    pub request: RequestId,
    /// What was found; `None` until it is there.
    pub difference: Option<Difference>,
    /// Scroll position.
    pub scroll: usize,
}

/// Why it was refused.
#[derive(Debug, Clone)]
pub struct WhyLayer {
    /// The causes, the likeliest first.
    pub findings: Vec<Finding>,
    /// The code that shows in their place.
    pub sample: Option<Framework>,
    /// Scroll position.
    pub scroll: usize,
}

impl WhyLayer {
    /// From the beginning.
    pub const fn of(findings: Vec<Finding>) -> Self {
        Self { findings, sample: None, scroll: 0 }
    }

    /// The framework whose code is shown first; `None`: no cause has code.
    pub fn first_sample(&self) -> Option<Framework> {
        self.findings.iter().find_map(|finding| finding.sample)
    }

    /// The causes as plain text, to be copied.
    pub fn as_text(&self) -> String {
        let one = |finding: &Finding| {
            let mut lines = vec![format!("{} ({})", finding.title, finding.confidence.as_str())];
            lines.extend(finding.evidence.iter().map(|evidence| format!("  because: {evidence}")));
            lines.extend(finding.fix.iter().enumerate().map(|(index, step)| format!("  {}. {step}", index + 1)));
            lines.join("\n")
        };
        self.findings.iter().map(one).collect::<Vec<_>>().join("\n\n")
    }
}

/// What is saved to which file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeepLayer {
    /// The read-only collection.
    pub from: PathBuf,
    /// What of it.
    pub copied: Copied,
    /// The path, while it is typed.
    pub path: TextField,
    /// What is wrong with it.
    pub problem: Option<String>,
}
