//! Edits of texts: requests, whole requests, whole files; undo and redo over all of them.
//!
//! Every change goes through [`Step`]: worked out first, then applied to the workspace's texts, then remembered.
//! What the state keeps by [`RequestId`] goes with its request. Whether there is a file is settled on disk at once
//! (`save.rs`); texts wait until they are saved.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::app::App;
use crate::app::documents::{Change, Document, Moved, NextSave, Outside, Saving, Splice, Step};
use crate::app::effect::{Effect, SendRequest, UsedText};
use crate::app::layers::PromptKind;
use crate::app::state::{Folded, Layer, Question, Tone, TreeRow};
use crate::collection::edit::{self, EditError, Position, RequestEdit, Restructured, StructureEdit};
use crate::collection::file::Collection;
use crate::model::request::RequestId;

/// The refusal for collections that were found in an app's sources.
const READ_ONLY: EditError =
    EditError::Refused("This was found in the app's sources: there is no file to change; `F` saves it to one");

impl App {
    /// Changes a request of the workspace; the file is saved later.
    ///
    /// # Errors
    /// When the edit is refused: nothing has changed then.
    pub fn edit_request(&mut self, id: &RequestId, change: &RequestEdit) -> Result<(), EditError> {
        let old = self.editable(&id.file)?;
        let new = edit::edit(old, id.index, change)?;
        let Some(splice) = Splice::between(old.bytes(), new.bytes()) else { return Ok(()) };
        let label = format!("the edit of {}", self.name_of(id));
        let change = Change::Text { path: id.file.clone(), splice, moved: Moved::Stayed };
        self.do_step(Step {
            label,
            changes: vec![change],
            carried: None,
            before: Some(id.clone()),
            after: Some(id.clone()),
        })
    }

    /// Changes which requests a file has, or their order; tells which request to look at now.
    ///
    /// # Errors
    /// When the edit is refused: nothing has changed then.
    pub fn edit_structure(&mut self, file: &Path, change: &StructureEdit) -> Result<Option<RequestId>, EditError> {
        let (splice, moved, focus) = self.planned(file, change)?;
        let before = self.state.selected_id().cloned();
        let after = focus.map(|index| RequestId { file: file.to_path_buf(), index });
        let label = match change {
            StructureEdit::Insert { .. } => "the new request".to_owned(),
            StructureEdit::Duplicate(_) => "the copy".to_owned(),
            StructureEdit::Delete(index) => {
                let id = RequestId { file: file.to_path_buf(), index: *index };
                format!("the deletion of {}", self.name_of(&id))
            }
            StructureEdit::Move { .. } => "the move".to_owned(),
        };
        if let Some(splice) = splice {
            let changes = vec![Change::Text { path: file.to_path_buf(), splice, moved }];
            self.do_step(Step { label, changes, carried: None, before, after: after.clone() })?;
        }
        Ok(after)
    }

    /// Moves a request to the end of another file.
    ///
    /// # Errors
    /// When the edit is refused: nothing has changed then.
    pub fn carry_request(&mut self, id: &RequestId, to: &Path) -> Result<RequestId, EditError> {
        if to == id.file {
            return Err(EditError::Refused("The request is in this file already"));
        }
        let text = edit::block_text(self.editable(&id.file)?, id.index).ok_or(EditError::NoRequest)?;
        let (removed, moved_here, _) = self.planned(&id.file, &StructureEdit::Delete(id.index))?;
        let (inserted, moved_there, focus) = self.planned(to, &StructureEdit::Insert { at: Position::End, text })?;
        let there = RequestId { file: to.to_path_buf(), index: focus.unwrap_or(0) };
        let change = |path: &Path, splice: Option<Splice>, moved| {
            splice.map(|splice| Change::Text { path: path.to_path_buf(), splice, moved })
        };
        let changes = change(to, inserted, moved_there).into_iter().chain(change(&id.file, removed, moved_here));
        self.do_step(Step {
            label: format!("the move of {}", self.name_of(id)),
            changes: changes.collect(),
            carried: Some((id.clone(), there.clone())),
            before: Some(id.clone()),
            after: Some(there.clone()),
        })?;
        Ok(there)
    }

    /// Makes a new file with this text, on disk as well.
    ///
    /// # Errors
    /// When there is one of this name.
    pub fn create_file(&mut self, path: &Path, text: &str) -> Result<(), EditError> {
        self.free(path)?;
        let has_request = !Collection::parse(path, text.as_bytes()).requests.is_empty();
        self.do_step(Step {
            label: format!("the new file {}", path.display()),
            changes: vec![Change::Created { path: path.to_path_buf(), bytes: Arc::from(text.as_bytes()) }],
            carried: None,
            before: self.state.selected_id().cloned(),
            after: has_request.then(|| RequestId { file: path.to_path_buf(), index: 0 }),
        })
    }

    /// Deletes a file, on disk as well.
    ///
    /// # Errors
    /// When it is not there, or is being saved.
    pub fn delete_file(&mut self, path: &Path) -> Result<(), EditError> {
        let bytes: Arc<[u8]> = Arc::from(self.editable(path)?.bytes());
        self.do_step(Step {
            label: format!("the deletion of {}", path.display()),
            changes: vec![Change::Deleted { path: path.to_path_buf(), bytes }],
            carried: None,
            before: self.state.selected_id().cloned(),
            after: None,
        })
    }

    /// Gives a file another name, on disk as well; what is not saved in it stays so.
    ///
    /// # Errors
    /// When there is one of the new name, or it is being saved.
    pub fn rename_file(&mut self, from: &Path, to: &Path) -> Result<(), EditError> {
        self.editable(from)?;
        self.free(to)?;
        let renamed = |id: &RequestId| RequestId {
            file: if id.file == from { to.to_path_buf() } else { id.file.clone() },
            index: id.index,
        };
        let before = self.state.selected_id().cloned();
        self.do_step(Step {
            label: format!("the new name of {}", from.display()),
            changes: vec![Change::Renamed { from: from.to_path_buf(), to: to.to_path_buf() }],
            carried: None,
            after: before.as_ref().map(renamed),
            before,
        })
    }

    /// Takes the latest step back. A step that cannot be taken back now stays.
    pub fn undo(&mut self) {
        let Some(step) = self.state.documents.undo.pop() else {
            return self.notice(Tone::Neutral, "There is nothing to undo");
        };
        let label = step.label.clone();
        let reversed = step.reversed();
        match self.apply(&reversed) {
            Ok(()) => {
                self.state.documents.redo.push(reversed.reversed());
                self.notice(Tone::Neutral, format!("Undone: {label}"));
            }
            Err(error @ EditError::NotNow(_)) => {
                self.state.documents.undo.push(reversed.reversed());
                self.notice(Tone::Bad, format!("Cannot undo {label}: {error}"));
            }
            Err(error) => self.notice(Tone::Bad, format!("Cannot undo {label}: {error}")),
        }
    }

    /// Does the latest step again that was taken back. A step that cannot be done again now stays.
    pub fn redo(&mut self) {
        let Some(step) = self.state.documents.redo.pop() else {
            return self.notice(Tone::Neutral, "There is nothing to redo");
        };
        let label = step.label.clone();
        match self.apply(&step) {
            Ok(()) => {
                self.state.documents.undo.push(step);
                self.notice(Tone::Neutral, format!("Done again: {label}"));
            }
            Err(error @ EditError::NotNow(_)) => {
                self.state.documents.redo.push(step);
                self.notice(Tone::Bad, format!("Cannot redo {label}: {error}"));
            }
            Err(error) => self.notice(Tone::Bad, format!("Cannot redo {label}: {error}")),
        }
    }

    /// The text of a file that can be changed.
    pub(super) fn editable(&self, file: &Path) -> Result<&Collection, EditError> {
        let found = self.state.workspace.iter().flat_map(|workspace| &workspace.collections);
        let collection = found.into_iter().find(|collection| collection.path == file).ok_or(EditError::NoRequest)?;
        if collection.is_read_only() { Err(READ_ONLY) } else { Ok(collection) }
    }

    /// Fails if there is a file of this name.
    fn free(&self, path: &Path) -> Result<(), EditError> {
        let fold = |path: &Path| path.to_string_lossy().to_lowercase();
        let mut known = self.state.workspace.iter().flat_map(|workspace| &workspace.collections);
        if known.any(|collection| fold(&collection.path) == fold(path)) {
            return Err(EditError::NotNow("There is a file of this name"));
        }
        Ok(())
    }

    fn planned(
        &self,
        file: &Path,
        change: &StructureEdit,
    ) -> Result<(Option<Splice>, Moved, Option<usize>), EditError> {
        let old = self.editable(file)?;
        let Restructured { collection, moved, focus } = edit::restructure(old, change)?;
        let moved = Moved::new(moved, collection.requests.len());
        Ok((Splice::between(old.bytes(), collection.bytes()), moved, focus))
    }

    /// How notices call a request.
    pub(super) fn name_of(&self, id: &RequestId) -> String {
        let label = self.state.request(id).map(|request| request.label().to_owned()).unwrap_or_default();
        let short: String = label.chars().take(40).collect();
        format!("`{short}`")
    }

    /// Applies a step and remembers it.
    pub(super) fn do_step(&mut self, step: Step) -> Result<(), EditError> {
        self.apply(&step)?;
        self.state.documents.remember(step);
        Ok(())
    }

    /// Applies a step: all of it or nothing.
    pub(super) fn apply(&mut self, step: &Step) -> Result<(), EditError> {
        const MISFIT: EditError = EditError::Refused("the file has changed since");
        let mut texts: Vec<(PathBuf, Option<Collection>)> = Vec::new();
        for change in &step.changes {
            match change {
                Change::Text { path, splice, .. } => {
                    let new = splice.apply(self.editable(path)?.bytes()).ok_or(MISFIT)?;
                    texts.push((path.clone(), Some(Collection::parse(path, &new))));
                }
                Change::Created { path, bytes } => {
                    self.free(path)?;
                    texts.push((path.clone(), Some(Collection::parse(path, bytes))));
                }
                Change::Deleted { path, bytes } => {
                    if self.editable(path)?.bytes() != &bytes[..] {
                        return Err(MISFIT);
                    }
                    texts.push((path.clone(), None));
                }
                Change::Renamed { from, to } => {
                    self.free(to)?;
                    if self.state.documents.files.get(from).is_some_and(|document| document.saving != Saving::No) {
                        return Err(EditError::NotNow("the file is being saved: try again"));
                    }
                    texts.push((to.clone(), Some(Collection::parse(to, self.editable(from)?.bytes()))));
                    texts.push((from.clone(), None));
                }
            }
        }
        let selection = self.selection();
        let closed = self.closed_files();
        for change in &step.changes {
            if let Change::Renamed { from, to } = change {
                self.rename_document(from, to);
            }
        }
        for (path, text) in texts {
            self.put_text(&path, text);
        }
        self.close_files(&closed, step);
        let places = |id: &RequestId| moved_by(step, id);
        self.rekey(&places);
        match &step.after {
            Some(id) => self.show_request(Some(id)),
            None => self.select_again(selection, &places),
        }
        for change in &step.changes {
            match change {
                Change::Created { path, .. } | Change::Deleted { path, .. } => self.save_file(path),
                Change::Renamed { from, to } => self.save_name(from, to),
                Change::Text { .. } => {}
            }
        }
        Ok(())
    }

    /// Puts a text in the place of a file's, with everything that follows from it; `None`: the file is gone.
    pub(super) fn put_text(&mut self, path: &Path, text: Option<Collection>) {
        let Some(workspace) = &mut self.state.workspace else { return };
        let found = workspace.collections.iter().position(|collection| collection.path == path);
        let base = found.map(|at| Arc::from(workspace.collections[at].bytes()));
        self.state.documents.files.entry(path.to_path_buf()).or_insert_with(|| Document {
            base,
            outside: Outside::Same,
            saving: Saving::No,
        });
        let used = text.as_ref().map_or(UsedText::Gone, |text| UsedText::Edited(Arc::new(text.clone())));
        match (found, text) {
            (Some(at), Some(text)) => workspace.collections[at] = text,
            (Some(at), None) => {
                workspace.collections.remove(at);
            }
            (None, Some(text)) => {
                let at = workspace.collections.partition_point(|known| known.path < text.path);
                workspace.collections.insert(at, text);
            }
            (None, None) => {}
        }
        self.effect(Effect::UseText { path: path.to_path_buf(), text: used });
        self.settle_document(path);
    }

    /// Forgets a document that is what is on disk.
    pub(super) fn settle_document(&mut self, path: &Path) {
        let current = self.text_of(path);
        let Some(document) = self.state.documents.files.get(path) else { return };
        let is_clean = document.saving == Saving::No
            && document.outside == Outside::Same
            && document.base.as_deref() == current.as_deref();
        if is_clean {
            self.state.documents.files.remove(path);
            self.effect(Effect::UseText { path: path.to_path_buf(), text: UsedText::OfDisk });
        }
    }

    /// The bytes of a file as they are edited.
    pub(super) fn text_of(&self, path: &Path) -> Option<Arc<[u8]>> {
        let mut known = self.state.workspace.iter().flat_map(|workspace| &workspace.collections);
        known.find(|collection| collection.path == path).map(|collection| Arc::from(collection.bytes()))
    }

    /// The document goes with the file's name. What is on disk under the old name is being renamed from now on.
    fn rename_document(&mut self, from: &Path, to: &Path) {
        let base = self.text_of(from);
        let moved = self.state.documents.files.remove(from);
        let mut document = moved.unwrap_or(Document { base, outside: Outside::Same, saving: Saving::No });
        let mut gone = Document { base: None, outside: Outside::Same, saving: Saving::No };
        if document.base.is_some() {
            let id = self.new_save_id();
            document.saving = Saving::Under { id, bytes: document.base.clone(), next: NextSave::Nothing };
            gone.saving = Saving::Under { id, bytes: None, next: NextSave::Nothing };
        }
        self.state.documents.files.insert(to.to_path_buf(), document);
        self.state.documents.files.insert(from.to_path_buf(), gone);
    }

    /// The files whose rows are folded.
    fn closed_files(&self) -> Vec<PathBuf> {
        let Some(workspace) = &self.state.workspace else { return Vec::new() };
        let closed = self.state.folded.iter().filter(|(_, folded)| **folded == Folded::Closed);
        closed.filter_map(|(index, _)| Some(workspace.collections.get(*index)?.path.clone())).collect()
    }

    /// Folds belong to files, not to positions.
    fn close_files(&mut self, closed: &[PathBuf], step: &Step) {
        let Some(workspace) = &self.state.workspace else { return };
        let name = |path: &PathBuf| {
            let renamed = step.changes.iter().find_map(|change| match change {
                Change::Renamed { from, to } if from == path => Some(to.clone()),
                _ => None,
            });
            renamed.unwrap_or_else(|| path.clone())
        };
        let closed: Vec<PathBuf> = closed.iter().map(name).collect();
        let kept = workspace.collections.iter().enumerate().filter(|(_, known)| closed.contains(&known.path));
        self.state.folded = kept.map(|(index, _)| (index, Folded::Closed)).collect();
    }

    /// Makes the rows anew and selects a request, also one whose file is folded.
    pub(super) fn show_request(&mut self, wanted: Option<&RequestId>) {
        if let (Some(id), Some(workspace)) = (wanted, &self.state.workspace)
            && let Some(index) = workspace.collections.iter().position(|collection| collection.path == id.file)
        {
            self.state.folded.remove(&index);
        }
        self.rebuild_rows(wanted);
    }

    /// What is selected in the tree.
    pub(super) fn selection(&self) -> Option<Selected> {
        match self.state.selected_id() {
            Some(id) => Some(Selected::Request(id.clone())),
            None => self.selected_file().map(Selected::File),
        }
    }

    /// Makes the rows anew and selects what was selected, where it is now.
    pub(super) fn select_again(
        &mut self,
        selection: Option<Selected>,
        place: &dyn Fn(&RequestId) -> Option<RequestId>,
    ) {
        match selection {
            Some(Selected::Request(id)) => {
                let wanted = place(&id);
                // Gone: what stands in its place now is selected, as after any deletion.
                self.rebuild_rows(Some(wanted.as_ref().unwrap_or(&id)));
            }
            Some(Selected::File(path)) => {
                let row = self.state.selected_row;
                self.rebuild_rows(None);
                let is_it = |row: &TreeRow| match row {
                    TreeRow::Collection { index, .. } => {
                        let known = self.state.workspace.as_ref().and_then(|known| known.collections.get(*index));
                        known.is_some_and(|known| known.path == path)
                    }
                    TreeRow::Request(_) => false,
                };
                let found = self.state.rows.iter().position(is_it);
                self.select_row(found.unwrap_or(row));
            }
            None => self.rebuild_rows(None),
        }
    }

    /// Everything that is kept by request goes to where `place` says; what belongs to a request that is gone goes too.
    pub(super) fn rekey(&mut self, place: &dyn Fn(&RequestId) -> Option<RequestId>) {
        let mut sent = std::mem::take(&mut self.sent);
        for (id, run) in std::mem::take(&mut self.state.runs) {
            let order = sent.remove(&id);
            match place(&id) {
                Some(new) => {
                    self.sent.extend(order.map(|order| (new.clone(), SendRequest { request: new.clone(), ..order })));
                    self.state.runs.insert(new, run);
                }
                None => self.abandon(&run),
            }
        }
        let former = std::mem::take(&mut self.state.former);
        self.state.former = former.into_iter().filter_map(|(id, kept)| Some((place(&id)?, kept))).collect();
        self.awaited = None;
        let carriers = std::mem::take(&mut self.state.carriers);
        self.state.carriers = carriers.into_iter().filter_map(|(id, carrier)| Some((place(&id)?, carrier))).collect();
        if let Some(pending) = self.pending.take() {
            self.pending = place(&pending.order.request).map(|id| pending.moved_to(id));
        }
        self.asked = self.asked.take().and_then(|order| {
            let request = place(&order.request)?;
            Some(super::run::Order { request, ..order })
        });
        self.state.layers.retain_mut(|layer| match layer {
            Layer::Confirm(Question::AllowOrigin { request, .. } | Question::SendNote { request, .. }) => {
                match place(request) {
                    Some(new) => {
                        *request = new;
                        true
                    }
                    None => false,
                }
            }
            Layer::Confirm(Question::DeleteRequest(request)) | Layer::Files { request, .. } => match place(request) {
                Some(new) => {
                    *request = new;
                    true
                }
                None => false,
            },
            Layer::Variables(variables) => match place(&variables.request) {
                Some(new) => {
                    variables.request = new;
                    true
                }
                None => false,
            },
            Layer::Prompt(prompt) => match &mut prompt.kind {
                PromptKind::RenameRequest(request) | PromptKind::MoveToNewFile(request) => match place(request) {
                    Some(new) => {
                        *request = new;
                        true
                    }
                    None => false,
                },
                _ => true,
            },
            _ => true,
        });
    }
}

/// What is selected in the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Selected {
    Request(RequestId),
    File(PathBuf),
}

/// Where a step takes a request.
fn moved_by(step: &Step, id: &RequestId) -> Option<RequestId> {
    if let Some((from, to)) = &step.carried
        && from == id
    {
        return Some(to.clone());
    }
    let mut id = id.clone();
    for change in &step.changes {
        match change {
            Change::Text { path, moved, .. } if *path == id.file => id.index = moved.forward(id.index)?,
            Change::Deleted { path, .. } if *path == id.file => return None,
            Change::Renamed { from, to } if *from == id.file => id.file.clone_from(to),
            _ => {}
        }
    }
    Some(id)
}

/// Marks a saving that goes on to be followed by another one.
pub(super) const fn once_more(saving: &mut Saving) {
    if let Saving::Under { next, .. } = saving {
        *next = NextSave::Again;
    }
}
