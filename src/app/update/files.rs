//! Saving: what goes to the disk, what comes back from there, and what happens when both sides have changed.
//!
//! A file is written only over the bytes that bearcat knows; anything else is a conflict, which shows both sides and
//! loses neither. An edited text stays in memory whatever the disk says.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::app::App;
use crate::app::diff;
use crate::app::documents::{Change, Moved, NextSave, Outside, SaveId, Saving, Splice, Step};
use crate::app::effect::{Effect, SaveFile};
use crate::app::layers::ConflictLayer;
use crate::app::msg::SaveOutcome;
use crate::app::state::{Layer, Question, Tone};
use crate::app::update::panel::Left;
use crate::collection::edit::{EditError, follow};
use crate::collection::file::Collection;
use crate::collection::workspace::Workspace;
use crate::model::problem::Problem;

/// Does the program end when everything is saved?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Leaving {
    /// No.
    #[default]
    No,
    /// Yes.
    WhenSaved,
}

/// What became of the texts of an earlier run that are still kept on disk?
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Recovered {
    /// Nothing was taken up.
    #[default]
    Nothing,
    /// These were taken up as edits, and not everything is saved yet: they stay on disk until it is.
    Pending(Vec<(PathBuf, Arc<[u8]>)>),
}

impl App {
    /// Saves the file of the selection.
    pub fn save(&mut self) {
        let Some(path) = self.selected_file() else {
            return self.notice(Tone::Neutral, "Select a request or a file first");
        };
        if !self.state.documents.is_unsaved(&path) {
            return self.notice(Tone::Neutral, format!("{} has no unsaved changes", path.display()));
        }
        self.save_file(&path);
    }

    /// Saves all files.
    pub fn save_all(&mut self) {
        let paths: Vec<PathBuf> = self.state.documents.unsaved().cloned().collect();
        if paths.is_empty() {
            return self.notice(Tone::Neutral, "There are no unsaved changes");
        }
        for path in paths {
            self.save_file(&path);
        }
    }

    /// Saves a file, unless it is known to have changed on disk: then both sides are shown.
    pub(super) fn save_file(&mut self, path: &Path) {
        let text = self.text_of(path);
        let id = self.new_save_id();
        let Some(document) = self.state.documents.files.get_mut(path) else { return };
        if let Outside::Changed(theirs) = &document.outside {
            let theirs = theirs.clone();
            return self.open_conflict(path, theirs);
        }
        if document.saving != Saving::No {
            super::edit::once_more(&mut document.saving);
            return;
        }
        document.saving = Saving::Under { id, bytes: text.clone(), next: NextSave::Nothing };
        let order = SaveFile { id, path: path.to_path_buf(), expected: document.base.clone(), bytes: text };
        self.effect(Effect::SaveFile(Box::new(order)));
    }

    /// Gives a file its new name on disk; one that was never written is written under it.
    pub(super) fn save_name(&mut self, from: &Path, to: &Path) {
        match self.state.documents.files.get(to).map(|document| &document.saving) {
            Some(Saving::Under { id, .. }) => {
                let effect = Effect::RenameFile { id: *id, from: from.to_path_buf(), to: to.to_path_buf() };
                self.effect(effect);
            }
            Some(Saving::No) => self.save_file(to),
            None => {}
        }
    }

    pub(super) fn new_save_id(&mut self) -> SaveId {
        self.next_save += 1;
        SaveId(self.next_save)
    }

    /// The file of the selected row.
    pub(super) fn selected_file(&self) -> Option<PathBuf> {
        use crate::app::state::TreeRow;
        match self.state.rows.get(self.state.selected_row)? {
            TreeRow::Request(id) => Some(id.file.clone()),
            TreeRow::Collection { index, .. } => {
                Some(self.state.workspace.as_ref()?.collections.get(*index)?.path.clone())
            }
        }
    }

    /// A saving ended.
    pub(in crate::app) fn file_saved(&mut self, id: SaveId, path: &Path, outcome: SaveOutcome) {
        let Some(document) = self.state.documents.files.get_mut(path) else { return };
        let Saving::Under { id: current, bytes, next } = document.saving.clone() else { return };
        if current != id {
            return;
        }
        document.saving = Saving::No;
        match outcome {
            SaveOutcome::Saved => {
                let is_deletion = bytes.is_none();
                document.base = bytes;
                document.outside = Outside::Same;
                self.settle_document(path);
                let verb = if is_deletion { "Deleted" } else { "Saved" };
                self.notice(Tone::Good, format!("{verb} {}", path.display()));
                if next == NextSave::Again {
                    self.save_file(path);
                }
                self.forget_recovered_when_saved();
                self.leave_when_saved();
            }
            SaveOutcome::Changed(theirs) => {
                if theirs.as_deref() == bytes.as_deref() {
                    document.base = theirs;
                    self.settle_document(path);
                    self.forget_recovered_when_saved();
                    return self.leave_when_saved();
                }
                document.outside = Outside::Changed(theirs.clone());
                self.leaving = Leaving::No;
                self.open_conflict(path, theirs);
            }
            SaveOutcome::Failed(problem) => self.not_saved(path, bytes.is_none(), problem),
        }
    }

    /// The text stays here; a file that could not be deleted is there again.
    fn not_saved(&mut self, path: &Path, is_deletion: bool, problem: Problem) {
        self.leaving = Leaving::No;
        if is_deletion && let Some(base) = self.state.documents.files.get(path).and_then(|known| known.base.clone()) {
            self.forget_step(|change| matches!(change, Change::Deleted { path: about, .. } if about == path));
            let selection = self.selection();
            self.put_text(path, Some(Collection::parse(path, &base)));
            self.select_again(selection, &|id| Some(id.clone()));
        }
        self.trouble(problem.clone());
        self.push(Layer::Problem(problem));
    }

    /// A file has its new name, or kept the old one.
    pub(in crate::app) fn file_renamed(&mut self, id: SaveId, from: &Path, to: &Path, result: Result<(), Problem>) {
        let is_current = |path: &Path| {
            let document = self.state.documents.files.get(path);
            document.is_some_and(|known| matches!(known.saving, Saving::Under { id: current, .. } if current == id))
        };
        if !is_current(to) {
            return;
        }
        for path in [from, to] {
            if let Some(document) = self.state.documents.files.get_mut(path) {
                document.saving = Saving::No;
            }
        }
        match result {
            Ok(()) => {
                self.settle_document(from);
                self.settle_document(to);
                self.forget_recovered_when_saved();
                self.notice(Tone::Good, format!("{} is now {}", from.display(), to.display()));
                // Environment files count for folders: the requests may have others now.
                self.reload_quietly();
            }
            Err(problem) => {
                self.leaving = Leaving::No;
                self.take_name_back(from, to);
                self.trouble(problem.clone());
                self.push(Layer::Problem(problem));
            }
        }
    }

    /// The name as it was, without asking the disk.
    fn take_name_back(&mut self, from: &Path, to: &Path) {
        self.forget_step(
            |change| matches!(change, Change::Renamed { from: a, to: b } if a == from && b == to || a == to && b == from),
        );
        let Some(text) = self.text_of(to) else { return };
        if let Some(document) = self.state.documents.files.remove(to) {
            self.state.documents.files.insert(from.to_path_buf(), document);
        }
        let selected = self.state.selected_id().cloned();
        let back = |id: &crate::model::request::RequestId| {
            let file = if id.file == to { from.to_path_buf() } else { id.file.clone() };
            Some(crate::model::request::RequestId { file, index: id.index })
        };
        self.put_text(from, Some(Collection::parse(from, &text)));
        self.state.documents.files.insert(
            to.to_path_buf(),
            crate::app::documents::Document { base: None, outside: Outside::Same, saving: Saving::No },
        );
        self.put_text(to, None);
        self.rekey(&back);
        let wanted = selected.and_then(|id| back(&id));
        self.show_request(wanted.as_ref());
    }

    /// A step that the disk refused cannot be undone.
    fn forget_step(&mut self, is_about: impl Fn(&Change) -> bool) {
        let documents = &mut self.state.documents;
        for steps in [&mut documents.undo, &mut documents.redo] {
            if let Some(at) = steps.iter().rposition(|step| step.changes.iter().any(&is_about)) {
                steps.remove(at);
            }
        }
    }

    /// The program ends if that was wanted and nothing is unsaved any more.
    fn leave_when_saved(&mut self) {
        if self.leaving == Leaving::WhenSaved && self.state.documents.files.is_empty() {
            self.effect(Effect::Quit);
        }
    }

    /// Saves everything, then ends the program.
    pub(super) fn save_and_quit(&mut self) {
        self.leaving = Leaving::WhenSaved;
        self.save_all();
    }

    // ── Both sides have changed ─────────────────────────────────────────────────────────────

    pub(super) fn open_conflict(&mut self, path: &Path, theirs: Option<Arc<[u8]>>) {
        let mine = self.text_of(path);
        let text = |bytes: &Option<Arc<[u8]>>| {
            bytes.as_deref().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default()
        };
        let lines = diff::lines(&text(&theirs), &text(&mine));
        self.state.layers.retain(|layer| !matches!(layer, Layer::Conflict(_)));
        self.push(Layer::Conflict(Box::new(ConflictLayer {
            path: path.to_path_buf(),
            theirs,
            mine,
            lines,
            scroll: 0,
        })));
    }

    fn conflict(&self) -> Option<&ConflictLayer> {
        match self.state.layers.last() {
            Some(Layer::Conflict(conflict)) => Some(conflict),
            _ => None,
        }
    }

    /// Mine goes over theirs.
    pub(super) fn keep_mine(&mut self) {
        let Some((path, theirs)) = self.conflict().map(|layer| (layer.path.clone(), layer.theirs.clone())) else {
            return;
        };
        self.state.layers.pop();
        let Some(document) = self.state.documents.files.get_mut(&path) else { return };
        document.base = theirs;
        document.outside = Outside::Same;
        self.settle_document(&path);
        self.save_file(&path);
    }

    /// Theirs counts; mine can be had back by undoing.
    pub(super) fn take_theirs(&mut self) {
        let Some((path, theirs)) = self.conflict().map(|layer| (layer.path.clone(), layer.theirs.clone())) else {
            return;
        };
        self.state.layers.pop();
        self.take_disk(&path, theirs.as_ref(), Vec::new());
    }

    /// Theirs counts for the file, mine goes into another one.
    pub(super) fn save_mine_beside(&mut self, path: &Path, beside: &Path) -> Result<(), EditError> {
        let mine = self.text_of(path).unwrap_or_default();
        let known = self.state.documents.files.get(path).map(|document| document.outside.clone());
        let Some(Outside::Changed(theirs)) = known else { return Ok(()) };
        if self.free_for(beside).is_err() {
            return Err(EditError::Refused("There is a file of this name"));
        }
        self.take_disk(path, theirs.as_ref(), vec![Change::Created { path: beside.to_path_buf(), bytes: mine }]);
        Ok(())
    }

    fn free_for(&self, path: &Path) -> Result<(), ()> {
        if self.text_of(path).is_some() { Err(()) } else { Ok(()) }
    }

    /// The text becomes what is on disk, as a step that can be undone.
    fn take_disk(&mut self, path: &Path, theirs: Option<&Arc<[u8]>>, more: Vec<Change>) {
        let mine = self.text_of(path);
        if let Some(document) = self.state.documents.files.get_mut(path) {
            document.base = theirs.cloned();
            document.outside = Outside::Same;
        }
        let mut changes: Vec<Change> =
            self.change_between(path, mine.as_deref(), theirs.map(|bytes| &**bytes)).into_iter().collect();
        changes.extend(more);
        if changes.is_empty() {
            return self.settle_document(path);
        }
        let step = Step {
            label: format!("taking {} from the disk", path.display()),
            changes,
            carried: None,
            before: self.state.selected_id().cloned(),
            after: None,
        };
        if let Err(error) = self.do_step(step) {
            self.notice(Tone::Bad, error.to_string());
        }
        self.notice(Tone::Good, format!("{} is as it is on disk; undo brings your text back", path.display()));
    }

    fn change_between(&self, path: &Path, old: Option<&[u8]>, new: Option<&[u8]>) -> Option<Change> {
        let path = path.to_path_buf();
        match (old, new) {
            (Some(old), Some(new)) => {
                let (a, b) = (Collection::parse(&path, old), Collection::parse(&path, new));
                let moved = Moved::new(follow(&a, &b), b.requests.len());
                Splice::between(old, new).map(|splice| Change::Text { path, splice, moved })
            }
            (Some(old), None) => Some(Change::Deleted { path, bytes: Arc::from(old) }),
            (None, Some(new)) => Some(Change::Created { path, bytes: Arc::from(new) }),
            (None, None) => None,
        }
    }

    // ── The disk was read ───────────────────────────────────────────────────────────────────

    /// Puts the edited texts over what was read, and notes which files have changed on both sides.
    pub(super) fn keep_edits(&mut self, loaded: &mut Workspace) {
        let paths: Vec<PathBuf> = self.state.documents.unsaved().cloned().collect();
        let mut conflicts = Vec::new();
        for path in paths {
            let found = loaded.collections.iter().position(|collection| collection.path == path);
            let disk: Option<Arc<[u8]>> = found.map(|at| Arc::from(loaded.collections[at].bytes()));
            let mut known = self.state.workspace.iter().flat_map(|workspace| &workspace.collections);
            let mine = known.find(|collection| collection.path == path).cloned();
            let Some(document) = self.state.documents.files.get_mut(&path) else { continue };
            let is_known = match &document.saving {
                // The saving itself looks.
                Saving::Under { .. } => true,
                Saving::No => disk == document.base,
            };
            if is_known {
                document.outside = Outside::Same;
            } else if document.saving == Saving::No && disk.as_deref() == mine.as_ref().map(Collection::bytes) {
                document.base = disk;
                document.outside = Outside::Same;
            } else if document.outside != Outside::Changed(disk.clone()) {
                document.outside = Outside::Changed(disk);
                conflicts.push(path.display().to_string());
            }
            match (found, mine) {
                (Some(at), Some(mine)) => loaded.collections[at] = mine,
                (Some(at), None) => {
                    loaded.collections.remove(at);
                }
                (None, Some(mine)) => {
                    let at = loaded.collections.partition_point(|known| known.path < mine.path);
                    loaded.collections.insert(at, mine);
                }
                (None, None) => {}
            }
        }
        if let Some(first) = conflicts.first() {
            self.notice(Tone::Bad, format!("{first} has changed on disk and here: saving shows both"));
        }
    }

    /// Forgets the documents that are what is on disk.
    pub(super) fn settle_documents(&mut self) {
        let paths: Vec<PathBuf> = self.state.documents.unsaved().cloned().collect();
        for path in paths {
            self.settle_document(&path);
        }
    }

    /// What changed on disk belongs to the history of a file that was edited here.
    pub(super) fn remember_outside_changes(&mut self, old: &Workspace, new: &Workspace) {
        let mut changes = Vec::new();
        for before in &old.collections {
            if !self.state.documents.has_history(&before.path) || before.is_read_only() {
                continue;
            }
            let after = new.collections.iter().find(|collection| collection.path == before.path);
            let Some(after) = after.filter(|after| after.bytes() != before.bytes()) else { continue };
            changes.extend(self.change_between(&before.path, Some(before.bytes()), Some(after.bytes())));
        }
        if !changes.is_empty() {
            self.state.documents.remember(Step {
                label: "the change on disk".to_owned(),
                changes,
                carried: None,
                before: None,
                after: None,
            });
        }
    }

    /// The texts that are not saved. What is being typed is taken over first.
    pub fn unsaved_texts(&mut self) -> Vec<(PathBuf, Arc<[u8]>)> {
        if self.leave_input() == Left::No {
            // The first refusal only says that the text has changed meanwhile.
            let _ = self.leave_input();
        }
        self.edited_texts()
    }

    /// The texts that are not saved, without what is being typed.
    pub fn edited_texts(&self) -> Vec<(PathBuf, Arc<[u8]>)> {
        let paths = self.state.documents.unsaved();
        paths.filter_map(|path| Some((path.clone(), self.text_of(path)?))).collect()
    }

    /// Asks about what an earlier run could not save.
    pub(super) fn offer_recovered(&mut self) {
        let texts = self.state.options.recovered.clone();
        let is_new = |(path, text): &(PathBuf, Arc<[u8]>)| self.text_of(path).as_deref() != Some(&**text);
        let paths: Vec<PathBuf> = texts.iter().filter(|text| is_new(text)).map(|(path, _)| path.clone()).collect();
        if !paths.is_empty() {
            self.push(Layer::Confirm(Question::Recover(paths)));
        } else if !texts.is_empty() {
            self.effect(Effect::ForgetUnsaved);
        }
    }

    /// The texts of an earlier run that were taken up, and are still kept on disk.
    pub fn taken_up(&self) -> &[(PathBuf, Arc<[u8]>)] {
        match &self.recovered {
            Recovered::Nothing => &[],
            Recovered::Pending(texts) => texts,
        }
    }

    /// What was taken up from an earlier run is kept on disk until nothing differs from the disk any more.
    fn forget_recovered_when_saved(&mut self) {
        if self.state.documents.files.is_empty() {
            self.forget_recovered();
        }
    }

    /// What was taken up from an earlier run need not be kept any longer.
    pub(super) fn forget_recovered(&mut self) {
        if std::mem::take(&mut self.recovered) != Recovered::Nothing {
            self.effect(Effect::ForgetUnsaved);
        }
    }

    /// Takes up what an earlier run could not save, as edits. They are kept on disk until they are saved. Of several
    /// texts of one file the latest shows; undoing brings the others back.
    pub(super) fn recover(&mut self) {
        let texts = std::mem::take(&mut self.state.options.recovered);
        let mut waiting = texts.clone();
        while !waiting.is_empty() {
            let mut paths = BTreeSet::new();
            let (round, later): (Vec<_>, Vec<_>) =
                waiting.into_iter().partition(|(path, _)| paths.insert(path.clone()));
            waiting = later;
            if let Err(error) = self.take_up(&round) {
                // What could not be taken up is offered again at the next start.
                return self.notice(Tone::Bad, error.to_string());
            }
        }
        self.recovered = Recovered::Pending(texts);
        self.forget_recovered_when_saved();
    }

    fn take_up(&mut self, texts: &[(PathBuf, Arc<[u8]>)]) -> Result<(), EditError> {
        let change =
            |(path, text): &(PathBuf, Arc<[u8]>)| self.change_between(path, self.text_of(path).as_deref(), Some(text));
        let changes: Vec<Change> = texts.iter().filter_map(change).collect();
        if changes.is_empty() {
            return Ok(());
        }
        self.do_step(Step {
            label: "taking up what was not saved".to_owned(),
            changes,
            carried: None,
            before: self.state.selected_id().cloned(),
            after: None,
        })
    }

    /// Quit, but something is unsaved.
    pub(super) fn ask_unsaved(&mut self) {
        let files = self.state.documents.unsaved().cloned().collect();
        self.push(Layer::Confirm(Question::Unsaved(files)));
    }
}
