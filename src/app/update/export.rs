//! `Y`: the selected request, or all of the selected file, copied as something else.

use crate::app::App;
use crate::app::effect::{Effect, ExportOrder};
use crate::app::state::{Layer, Tone, TreeRow};
use crate::collection::export::{Exported, Format, TokenMode};
use crate::model::problem::{Problem, ProblemKind};
use crate::model::request::RequestId;
use crate::redact::SecretText;

/// A row of the chooser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExportRow {
    /// As what.
    pub format: Format,
    /// With the token in it?
    pub tokens: TokenMode,
}

const fn row(format: Format, tokens: TokenMode) -> ExportRow {
    ExportRow { format, tokens }
}

/// The chooser, from top to bottom. Only a single command is offered with the token in it: that one is pasted, not kept.
pub const EXPORT_ROWS: [ExportRow; 9] = [
    row(Format::Curl, TokenMode::Placeholder),
    row(Format::Curl, TokenMode::Value),
    row(Format::Http, TokenMode::Placeholder),
    row(Format::Postman, TokenMode::Placeholder),
    row(Format::K6, TokenMode::Placeholder),
    row(Format::Python, TokenMode::Placeholder),
    row(Format::JavaScript, TokenMode::Placeholder),
    row(Format::Go, TokenMode::Placeholder),
    row(Format::Rust, TokenMode::Placeholder),
];

impl App {
    pub(super) fn open_export(&mut self) {
        if self.state.export_requests().is_empty() {
            return self.notice(Tone::Neutral, "Select a request or a file first");
        }
        self.push(Layer::Export { selected: 0 });
    }

    /// Asks for the export of row `row`.
    pub(super) fn export(&mut self, row: usize) {
        let Some(row) = EXPORT_ROWS.get(row) else { return };
        let requests = self.state.export_requests();
        if requests.is_empty() {
            return;
        }
        let title = requests[0].file.file_stem().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        self.effect(Effect::Export(Box::new(ExportOrder {
            format: row.format,
            tokens: row.tokens,
            requests,
            title,
            environment: self.state.environment.clone(),
            identity: self.state.identity.clone(),
            act_as: self.state.act_as,
            carriers: self.state.carriers.clone(),
        })));
    }

    /// The export is there: copies it, and says what to know about it.
    pub(in crate::app) fn exported(&mut self, what: &'static str, result: Result<Box<Exported>, Problem>) {
        let exported = match result {
            Ok(exported) => *exported,
            Err(problem) => return self.trouble(problem),
        };
        self.copy_note = note(&exported);
        self.effect(Effect::Copy { what, text: SecretText::unregistered(exported.text) });
        if !exported.remarks.is_empty() {
            let title = format!("The {what} is not all that bearcat would send");
            let problem = Problem::new(ProblemKind::Input, title).detail(exported.remarks.join("\n\n"));
            self.push(Layer::Problem(problem));
        }
    }
}

/// What must be set before it runs, for the notice.
fn note(exported: &Exported) -> Option<String> {
    if exported.holds_token {
        return Some(": the token is in it, so paste it nowhere public".to_owned());
    }
    let names: Vec<&str> = exported.variables.iter().map(|variable| variable.name.as_str()).take(4).collect();
    (!names.is_empty()).then(|| format!("; set {} before it runs", names.join(", ")))
}

impl crate::app::state::AppState {
    /// The requests that an export takes: the selected one, or all of the selected file.
    pub fn export_requests(&self) -> Vec<RequestId> {
        match self.rows.get(self.selected_row) {
            Some(TreeRow::Request(id)) => vec![id.clone()],
            Some(TreeRow::Collection { index, .. }) => {
                let collection = self.workspace.as_ref().and_then(|workspace| workspace.collections.get(*index));
                let requests = collection.into_iter().flat_map(|collection| &collection.requests);
                requests.map(|request| request.id.clone()).collect()
            }
            _ => Vec::new(),
        }
    }
}
