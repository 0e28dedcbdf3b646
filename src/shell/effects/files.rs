//! Files of the workspace: writing, deleting, renaming.

use std::path::PathBuf;

use crate::app::documents::SaveId;
use crate::app::effect::SaveFile;
use crate::app::msg::{Msg, SaveOutcome};
use crate::shell::effects::Runner;
use crate::shell::files;
use crate::shell::tasks::TaskKey;
use crate::store::unsaved;

impl Runner {
    pub(super) fn save_file(&mut self, order: SaveFile) {
        let services = self.services.clone();
        let root = self.root.clone();
        self.spawn(Some(TaskKey::Save(order.id, order.path.clone())), async move {
            let (id, path) = (order.id, order.path.clone());
            let written = order.bytes.clone();
            let saved = tokio::task::spawn_blocking(move || files::save(&root, &order)).await;
            let outcome = saved.unwrap_or_else(|error| SaveOutcome::Failed(files::interrupted(&error)));
            if outcome == SaveOutcome::Saved {
                services.put_saved(&path, written.as_deref());
            }
            Msg::FileSaved { id, path, outcome }
        });
    }

    pub(super) fn forget_unsaved(&self) {
        let (folder, root) = (self.services.paths.unsaved_dir(), self.root.clone());
        // Nobody waits for it.
        drop(tokio::task::spawn_blocking(move || unsaved::forget(&folder, &root)));
    }

    pub(super) fn rename_file(&mut self, id: SaveId, from: PathBuf, to: PathBuf) {
        let root = self.root.clone();
        self.spawn(Some(TaskKey::Rename(id, from.clone(), to.clone())), async move {
            let (old, new) = (from.clone(), to.clone());
            let renamed = tokio::task::spawn_blocking(move || files::rename(&root, &old, &new)).await;
            let result = renamed.unwrap_or_else(|error| Err(files::interrupted(&error)));
            Msg::FileRenamed { id, from, to, result }
        });
    }
}
