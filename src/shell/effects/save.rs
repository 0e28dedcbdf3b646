//! Writing a body to a file.

use std::path::{Path, PathBuf};

use crate::app::effect::{Overwrite, SaveBody};
use crate::app::msg::{Msg, SaveFault, SavedBody};
use crate::shell::effects::Runner;
use crate::store::atomic::{FileMode, write_atomically};

impl Runner {
    pub(super) fn save_body(&mut self, save: SaveBody) {
        let root = self.root.clone();
        self.spawn(None, async move {
            let typed = save.path.clone();
            let written = tokio::task::spawn_blocking(move || write(&root, &save)).await;
            let result = written.unwrap_or_else(|error| Err(SaveFault::Failed(error.to_string())));
            Msg::BodySaved { path: typed, result }
        });
    }
}

fn write(root: &Path, save: &SaveBody) -> Result<SavedBody, SaveFault> {
    let path = place(root, &save.path);
    let failed = |error: std::io::Error| SaveFault::Failed(error.to_string());
    if path.is_dir() {
        return Err(SaveFault::Failed("it is a folder".to_owned()));
    }
    let is_there = path.symlink_metadata().is_ok();
    if is_there && save.overwrite == Overwrite::Refuse {
        return Err(SaveFault::Exists);
    }
    if !is_there && path.parent().is_some_and(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) {
        return Err(SaveFault::Failed("there is no such folder".to_owned()));
    }
    write_atomically(&path, &save.bytes, FileMode::Keep).map_err(failed)?;
    Ok(SavedBody { path, size: save.bytes.len() as u64 })
}

/// Absolute, in the home folder (`~/…`), or relative to the workspace.
fn place(root: &Path, typed: &str) -> PathBuf {
    let home = || directories::BaseDirs::new().map(|dirs| dirs.home_dir().to_owned());
    match typed.strip_prefix("~/").and_then(|rest| Some(home()?.join(rest))) {
        Some(path) => path,
        None => root.join(typed),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn a_file_is_overwritten_only_when_asked() {
        let folder = tempfile::tempdir().unwrap();
        let save = |path: &str, text: &'static str, overwrite| {
            let bytes = Bytes::from_static(text.as_bytes());
            write(folder.path(), &SaveBody { path: path.to_owned(), bytes, overwrite })
        };
        let saved = save("a.json", "one", Overwrite::Refuse).unwrap();
        assert_eq!((saved.size, saved.path), (3, folder.path().join("a.json")));
        assert_eq!(save("a.json", "two", Overwrite::Refuse), Err(SaveFault::Exists));
        assert_eq!(std::fs::read(folder.path().join("a.json")).unwrap(), b"one");
        save("a.json", "two", Overwrite::Allow).unwrap();
        assert_eq!(std::fs::read(folder.path().join("a.json")).unwrap(), b"two");
        for path in ["none/a.json", "."] {
            assert!(matches!(save(path, "x", Overwrite::Allow), Err(SaveFault::Failed(_))), "{path}");
        }
    }
}
