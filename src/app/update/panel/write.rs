//! From the editor to the documents: every change is one step of the history; what is refused is told.

use crate::app::App;
use crate::app::documents::{Change, Moved, Splice, Step};
use crate::app::request_editor::auth::AuthForm;
use crate::app::state::Tone;
use crate::collection::edit::{EditError, RequestEdit};
use crate::collection::file::Collection;
use crate::model::request::RequestId;

impl App {
    /// Changes the selected request; tells whether it was taken.
    pub(super) fn change_request(&mut self, change: &RequestEdit) -> bool {
        let Some(id) = self.state.selected_id().cloned() else { return false };
        match self.edit_request(&id, change) {
            Ok(()) => true,
            Err(error) => {
                self.refused(&error);
                false
            }
        }
    }

    /// Puts another reading of the collection of a request in its place, as one step.
    pub(super) fn put_collection(&mut self, id: &RequestId, new: &Collection) -> bool {
        match self.replace_request(id, new) {
            Ok(()) => true,
            Err(error) => {
                self.refused(&error);
                false
            }
        }
    }

    fn replace_request(&mut self, id: &RequestId, new: &Collection) -> Result<(), EditError> {
        let old = self.editable(&id.file)?;
        let Some(splice) = Splice::between(old.bytes(), new.bytes()) else { return Ok(()) };
        self.do_step(Step {
            label: format!("the edit of {}", self.name_of(id)),
            changes: vec![Change::Text { path: id.file.clone(), splice, moved: Moved::Stayed }],
            carried: None,
            before: Some(id.clone()),
            after: Some(id.clone()),
        })
    }

    /// Writes another way to sign.
    pub(super) fn write_auth(&mut self, form: &AuthForm) -> bool {
        let Some(id) = self.state.selected_id().cloned() else { return false };
        let Some(collection) = self.state.workspace.as_ref().and_then(|workspace| workspace.collection(&id)) else {
            return false;
        };
        match form.write(collection, id.index) {
            Ok(new) => self.put_collection(&id, &new),
            Err(error) => {
                self.refused(&error);
                false
            }
        }
    }

    /// An edit that cannot be written.
    pub(in crate::app::update) fn refused(&mut self, error: &EditError) {
        self.notice(Tone::Bad, error.to_string());
    }
}
