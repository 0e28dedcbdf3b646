//! `e`: the user's own editor at the line of the selected request. What is unsaved is saved first, so that the editor
//! sees it; what comes back is read like any change on disk.

use std::path::PathBuf;

use crate::app::App;
use crate::app::effect::Effect;
use crate::app::state::Tone;
use crate::model::problem::Problem;

/// A file to open when it is saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    path: PathBuf,
    line: usize,
}

impl App {
    pub(super) fn open_editor(&mut self) {
        let Some(path) = self.selected_file() else {
            return self.notice(Tone::Neutral, "Select a request or a file first");
        };
        if let Err(error) = self.editable(&path) {
            return self.notice(Tone::Bad, error.to_string());
        }
        let line = self.state.selected_request().map_or(1, |request| request.line);
        self.opening = Some(Opening { path: path.clone(), line });
        if self.state.documents.is_unsaved(&path) {
            self.save_file(&path);
        }
    }

    /// Opens the editor when its file is saved; forgets it when saving failed or both sides have changed.
    pub(in crate::app) fn open_when_saved(&mut self) {
        use crate::app::documents::{Outside, Saving};
        let Some(opening) = &self.opening else { return };
        match self.state.documents.files.get(&opening.path) {
            None => {
                let Opening { path, line } = opening.clone();
                self.opening = None;
                self.effect(Effect::OpenEditor { path, line });
            }
            Some(document) if document.saving == Saving::No || document.outside != Outside::Same => {
                self.opening = None;
            }
            Some(_) => {}
        }
    }

    /// The editor was closed, or there is none.
    pub(in crate::app) fn editor_closed(&mut self, result: Result<(), Problem>) {
        match result {
            Ok(()) => self.reload_quietly(),
            Err(problem) => self.trouble(problem),
        }
    }
}
