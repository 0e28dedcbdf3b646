//! The table of running tasks: each effect that can be cancelled is found here by its id.

use std::collections::HashMap;
use std::path::PathBuf;

use tokio::task::AbortHandle;

use crate::app::documents::SaveId;
use crate::app::matrix::MatrixId;
use crate::app::msg::LoginId;
use crate::app::probe::ProbeId;
use crate::model::exchange::RunId;
use crate::model::session::SessionKey;

/// What a task works for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TaskKey {
    /// A sign-in.
    Login(LoginId),
    /// A run.
    Run(RunId),
    /// Writing a file.
    Save(SaveId, PathBuf),
    /// Renaming a file.
    Rename(SaveId, PathBuf, PathBuf),
    /// Probing a route.
    Probe(ProbeId),
    /// Sending cells of a matrix.
    Matrix(MatrixId),
    /// Reading a session; a newer reading replaces an older one.
    Session(SessionKey),
}

/// Tasks by what they work for.
#[derive(Debug, Default)]
pub struct TaskTable {
    tasks: HashMap<TaskKey, AbortHandle>,
}

impl TaskTable {
    /// Remembers a task; one with the same key is stopped.
    pub fn insert(&mut self, key: TaskKey, task: AbortHandle) {
        self.tasks.retain(|_, task| !task.is_finished());
        if let Some(old) = self.tasks.insert(key, task) {
            old.abort();
        }
    }

    /// Stops a task at its next await. Its messages that are under way are ignored by their id.
    pub fn abort(&mut self, key: &TaskKey) {
        if let Some(task) = self.tasks.remove(key) {
            task.abort();
        }
    }
}
