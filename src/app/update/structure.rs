//! Requests and files as a whole, as the user asks for them in the tree: new, copied, named, moved, deleted.
//!
//! Everything here ends in `edit.rs`; what needs a name asks for it in a prompt, what deletes asks first.

use std::path::{Path, PathBuf};

use crate::app::App;
use crate::app::documents::typed_path;
use crate::app::layers::{PromptKind, PromptLayer};
use crate::app::state::{Layer, Question, TextField, Tone, TreeRow};
use crate::collection::edit::{self, EditError, Position, RequestEdit, StructureEdit};
use crate::collection::request_line::{self, RequestLine};
use crate::model::request::RequestId;

/// What a new file holds.
const FIRST_REQUEST: &str = "### New request\nGET https://\n";

impl App {
    /// `n`: a new request behind the selected one.
    pub(super) fn new_request(&mut self) {
        let place = match self.state.rows.get(self.state.selected_row) {
            Some(TreeRow::Request(id)) => Some((id.file.clone(), Position::After(id.index))),
            _ => self.selected_file().map(|file| (file, Position::End)),
        };
        let Some((file, at)) = place else { return self.new_file() };
        if let Err(error) = self.editable(&file) {
            return self.notice(Tone::Bad, error.to_string());
        }
        self.prompt(PromptKind::NewRequest { file, at }, String::new());
    }

    /// `N`: a new file beside the selected one.
    pub(super) fn new_file(&mut self) {
        let folder = self.selected_file().and_then(|file| file.parent().map(Path::to_path_buf)).unwrap_or_default();
        let start = if folder.as_os_str().is_empty() { String::new() } else { format!("{}/", slashed(&folder)) };
        self.prompt(PromptKind::NewFile, start);
    }

    /// `D`: the selected request once more.
    pub(super) fn duplicate(&mut self) {
        let Some(id) = self.state.selected_id().cloned() else {
            return self.notice(Tone::Neutral, "Select a request first");
        };
        let done = self.edit_structure(&id.file, &StructureEdit::Duplicate(id.index)).map(|_| ());
        self.tell(done);
    }

    /// F2: another name for what is selected.
    pub(super) fn rename(&mut self) {
        match self.state.rows.get(self.state.selected_row).cloned() {
            Some(TreeRow::Request(id)) => {
                let name = self.state.request(&id).and_then(|request| request.name.clone()).unwrap_or_default();
                self.prompt(PromptKind::RenameRequest(id), name);
            }
            Some(TreeRow::Collection { .. }) => {
                let Some(path) = self.selected_file() else { return };
                let start = slashed(&path);
                self.prompt(PromptKind::RenameFile(path), start);
            }
            None => {}
        }
    }

    /// `K`, `J`: the selected request changes places with its neighbour.
    pub(super) fn shift_request(&mut self, towards: Towards) {
        let Some(id) = self.state.selected_id().cloned() else {
            return self.notice(Tone::Neutral, "Select a request first");
        };
        let count = self.editable(&id.file).map_or(0, |collection| collection.requests.len());
        let to = match towards {
            Towards::Start => id.index.checked_sub(1),
            Towards::End => Some(id.index + 1).filter(|to| *to < count),
        };
        let Some(to) = to else {
            let text = match towards {
                Towards::Start => "It is the first of its file: `m` moves it to another one",
                Towards::End => "It stands at the end of its file: `m` moves it to another one",
            };
            return self.notice(Tone::Neutral, text);
        };
        let done = self.edit_structure(&id.file, &StructureEdit::Move { from: id.index, to }).map(|_| ());
        self.tell(done);
    }

    /// `m`: the selected request goes to another file.
    pub(super) fn choose_file(&mut self) {
        let Some(id) = self.state.selected_id().cloned() else {
            return self.notice(Tone::Neutral, "Select a request first");
        };
        if let Err(error) = self.editable(&id.file) {
            return self.notice(Tone::Bad, error.to_string());
        }
        self.push(Layer::Files { request: id, selected: 0 });
    }

    /// The files that a request can move to.
    pub(super) fn carry_to(&mut self, id: &RequestId, row: usize) {
        match self.state.other_files(id).get(row).cloned() {
            Some(path) => {
                let done = self.carry_request(id, &path).map(|_| ());
                if done.is_ok() {
                    self.tell_moved(&path);
                }
                self.tell(done);
            }
            None => {
                let folder = id.file.parent().map(slashed).filter(|folder| !folder.is_empty());
                let start = folder.map(|folder| format!("{folder}/")).unwrap_or_default();
                self.prompt(PromptKind::MoveToNewFile(id.clone()), start);
            }
        }
    }

    /// `x`: asks, then deletes what is selected.
    pub(super) fn ask_delete(&mut self) {
        match self.state.rows.get(self.state.selected_row).cloned() {
            Some(TreeRow::Request(id)) => match self.editable(&id.file) {
                Ok(_) => {
                    self.push(Layer::Confirm(Question::DeleteRequest(id)));
                }
                Err(error) => self.notice(Tone::Bad, error.to_string()),
            },
            Some(TreeRow::Collection { .. }) => {
                let Some(path) = self.selected_file() else { return };
                match self.editable(&path) {
                    Ok(_) => {
                        self.push(Layer::Confirm(Question::DeleteFile(path)));
                    }
                    Err(error) => self.notice(Tone::Bad, error.to_string()),
                }
            }
            None => {}
        }
    }

    /// The answer was yes.
    pub(super) fn delete_request(&mut self, id: &RequestId) {
        let name = self.name_of(id);
        match self.edit_structure(&id.file, &StructureEdit::Delete(id.index)) {
            Ok(_) => self.notice(Tone::Neutral, format!("Deleted {name}: `u` brings it back")),
            Err(error) => self.notice(Tone::Bad, error.to_string()),
        }
    }

    /// The answer was yes.
    pub(super) fn delete_whole_file(&mut self, path: &Path) {
        let done = self.delete_file(path);
        self.tell(done);
    }

    /// `b` in the conflict layer: asks for the name of the other file.
    pub(super) fn ask_beside(&mut self) {
        let Some(Layer::Conflict(conflict)) = self.state.layers.last() else { return };
        let path = conflict.path.clone();
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let extension = path.extension().map_or("http".into(), |extension| extension.to_string_lossy().into_owned());
        let start = slashed(&path.with_file_name(format!("{stem}.mine.{extension}")));
        self.prompt(PromptKind::SaveBeside(path), start);
    }

    fn prompt(&mut self, kind: PromptKind, start: String) {
        self.push(Layer::Prompt(Box::new(PromptLayer { kind, field: TextField::new(start), problem: None })));
    }

    /// Enter in a prompt.
    pub(super) fn accept_prompt(&mut self) {
        let Some(Layer::Prompt(prompt)) = self.state.layers.last() else { return };
        let (kind, text) = (prompt.kind.clone(), prompt.field.text.clone());
        match self.answer_prompt(&kind, &text) {
            Ok(()) => self.state.layers.retain(|layer| !matches!(layer, Layer::Prompt(_))),
            Err(error) => {
                if let Some(Layer::Prompt(prompt)) = self.state.layers.last_mut() {
                    prompt.problem = Some(error);
                }
            }
        }
    }

    fn answer_prompt(&mut self, kind: &PromptKind, text: &str) -> Result<(), String> {
        let said = |error: EditError| error.to_string();
        match kind {
            PromptKind::NewRequest { file, at } => {
                let text = self.request_typed(file, *at, text).map_err(said)?;
                self.edit_structure(file, &StructureEdit::Insert { at: *at, text }).map(|_| ()).map_err(said)
            }
            PromptKind::RenameRequest(id) => self.edit_request(id, &RequestEdit::Name(text.to_owned())).map_err(said),
            PromptKind::NewFile => {
                let path = typed_path(text).map_err(|error| error.to_string())?;
                self.create_file(&path, FIRST_REQUEST).map_err(said)
            }
            PromptKind::RenameFile(from) => {
                let to = typed_path(text).map_err(|error| error.to_string())?;
                if to == *from { Ok(()) } else { self.rename_file(from, &to).map_err(said) }
            }
            PromptKind::MoveToNewFile(id) => {
                let path = typed_path(text).map_err(|error| error.to_string())?;
                self.carry_to_new_file(id, &path).map_err(said)
            }
            PromptKind::SaveBeside(path) => {
                let beside = typed_path(text).map_err(|error| error.to_string())?;
                self.save_mine_beside(path, &beside).map_err(said)?;
                self.state.layers.retain(|layer| !matches!(layer, Layer::Conflict(_)));
                Ok(())
            }
        }
    }

    /// The text of a new request: a name, or a request line.
    fn request_typed(&self, file: &Path, at: Position, typed: &str) -> Result<String, EditError> {
        let typed = typed.trim();
        if let RequestLine::Request { method, target, .. } = request_line::parse(typed) {
            let method = method.map_or_else(|| "GET".to_owned(), |(_, method)| method);
            return edit::new_request_text("", &method, &typed[target]);
        }
        let name = if typed.is_empty() { "New request" } else { typed };
        edit::new_request_text(name, "GET", &self.neighbouring_origin(file, at))
    }

    /// The start of the URL of the request nearby: a new one most often goes to the same server.
    fn neighbouring_origin(&self, file: &Path, at: Position) -> String {
        let Ok(collection) = self.editable(file) else { return String::new() };
        let neighbour = match at {
            Position::After(index) => collection.requests.get(index),
            Position::Start => collection.requests.first(),
            Position::End => collection.requests.last(),
        };
        let url = neighbour.map(|request| request.url.text.as_str()).unwrap_or_default();
        let end = match (url.strip_prefix("{{").and_then(|rest| rest.find("}}")), url.find("://")) {
            (Some(close), _) => close + 4,
            (None, Some(scheme)) => {
                let host = scheme + 3;
                host + url[host..].find(['/', '?', '#']).unwrap_or(url.len() - host)
            }
            (None, None) => return String::new(),
        };
        format!("{}/", &url[..end])
    }

    /// A request goes into a file that is made for it.
    fn carry_to_new_file(&mut self, id: &RequestId, path: &Path) -> Result<(), EditError> {
        let text = edit::block_text(self.editable(&id.file)?, id.index).ok_or(EditError::NoRequest)?;
        self.create_file(path, &text)?;
        self.edit_structure(&id.file, &StructureEdit::Delete(id.index))?;
        let there = RequestId { file: path.to_path_buf(), index: 0 };
        self.show_request(Some(&there));
        self.tell_moved(path);
        Ok(())
    }

    /// Two files have changed by it.
    fn tell_moved(&mut self, to: &Path) {
        self.notice(Tone::Good, format!("Moved to {}: `S` saves both files, `u` takes it back", slashed(to)));
    }

    /// Tells what went wrong.
    fn tell(&mut self, done: Result<(), EditError>) {
        if let Err(error) = done {
            self.notice(Tone::Bad, error.to_string());
        }
    }
}

/// Which way a request moves in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Towards {
    Start,
    End,
}

/// A path with forward slashes.
fn slashed(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

impl crate::app::state::AppState {
    /// The files that a request can move to.
    pub fn other_files(&self, id: &RequestId) -> Vec<PathBuf> {
        let known = self.workspace.iter().flat_map(|workspace| &workspace.collections);
        let others = known.filter(|collection| collection.path != id.file && !collection.is_read_only());
        others.map(|collection| collection.path.clone()).collect()
    }
}
