//! Texts that were not saved when bearcat was ended from outside: kept for the next start, for this user only.
//!
//! Written by the shell after a signal or a panic, read at the next start in the same workspace, and removed when the
//! user has taken or refused them. Each is two files: the path of the collection, and its text as it was edited.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::store::atomic::{FileMode, create_private_dir, write_atomically};

/// More texts than this are not read.
const MOST: usize = 1_000;

/// A larger one is not read.
const LARGEST: u64 = 64 * 1024 * 1024;

/// A text that was not saved; the path is relative to the workspace.
pub type UnsavedText = (PathBuf, Arc<[u8]>);

/// Keeps texts of the workspace at `root` in `folder`; tells how many.
///
/// # Errors
/// When one cannot be written; the others are.
pub fn keep(folder: &Path, root: &Path, texts: &[UnsavedText]) -> io::Result<usize> {
    if texts.is_empty() {
        return Ok(0);
    }
    create_private_dir(folder)?;
    let mut result = Ok(texts.len());
    for (path, bytes) in texts {
        let whole = root.join(path);
        let name = name_of(&whole);
        let text = write_atomically(&folder.join(format!("{name}.http")), bytes, FileMode::Private);
        let path = whole.to_string_lossy();
        let place = text
            .and_then(|()| write_atomically(&folder.join(format!("{name}.path")), path.as_bytes(), FileMode::Private));
        if let Err(error) = place {
            result = Err(error);
        }
    }
    result
}

/// The texts of the workspace at `root` that are kept in `folder`, sorted by path.
pub fn find(folder: &Path, root: &Path) -> Vec<UnsavedText> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut found = Vec::new();
    for entry in entries.flatten().take(2 * MOST) {
        let place = entry.path();
        if place.extension().is_none_or(|extension| extension != "path") {
            continue;
        }
        let text = place.with_extension("http");
        let is_small = fs::metadata(&text).is_ok_and(|metadata| metadata.len() <= LARGEST);
        let (Ok(path), true) = (fs::read_to_string(&place), is_small) else { continue };
        if let (Ok(relative), Ok(bytes)) = (Path::new(&path).strip_prefix(root), fs::read(&text)) {
            found.push((relative.to_path_buf(), Arc::from(bytes)));
        }
    }
    found.sort();
    found
}

/// Removes what is kept of the workspace at `root`.
pub fn forget(folder: &Path, root: &Path) {
    for (path, _) in find(folder, root) {
        let name = name_of(&root.join(path));
        for extension in ["path", "http"] {
            // Best effort: what stays is offered again.
            drop(fs::remove_file(folder.join(format!("{name}.{extension}"))));
        }
    }
}

fn name_of(path: &Path) -> String {
    let mut hasher = DefaultHasher::new();
    path.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_saved_is_found_again_in_its_workspace_only() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("state/unsaved");
        let text = |path: &str, text: &str| (PathBuf::from(path), Arc::from(text.as_bytes()));
        let (shop, blog) = (home.path().join("shop"), home.path().join("blog"));
        assert_eq!(find(&folder, &shop), []);
        assert_eq!(keep(&folder, &shop, &[]).unwrap(), 0);
        assert!(!folder.exists());
        let texts = [text("a.http", "GET /a"), text("deep/b.http", "GET /b")];
        assert_eq!(keep(&folder, &shop, &texts).unwrap(), 2);
        keep(&folder, &blog, &[text("a.http", "GET /blog")]).unwrap();
        keep(&folder, &shop, &[text("a.http", "GET /newer")]).unwrap();
        assert_eq!(find(&folder, &shop), [text("a.http", "GET /newer"), text("deep/b.http", "GET /b")]);
        forget(&folder, &shop);
        assert_eq!((find(&folder, &shop), find(&folder, &blog).len()), (Vec::new(), 1));
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("unsaved");
        keep(&folder, home.path(), &[("a.http".into(), Arc::from(*b"x"))]).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder), 0o700);
        for entry in fs::read_dir(&folder).unwrap() {
            assert_eq!(mode(&entry.unwrap().path()), 0o600);
        }
    }
}
