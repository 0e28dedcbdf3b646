//! Writing the user's collections: only over what is known, whole or not at all.
//!
//! Called by the effect runner on a thread that may block. A file is replaced by renaming (`store::atomic`), so that a
//! crash at any moment leaves the old text or the new one.

use std::fs;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::app::effect::SaveFile;
use crate::app::msg::SaveOutcome;
use crate::model::problem::{Problem, ProblemKind};
use crate::store::atomic::{FileMode, write_atomically};

/// A larger file is no collection that bearcat has loaded.
const LARGEST: u64 = 64 * 1024 * 1024;

/// Writes or deletes a file, if it still holds what is expected.
pub fn save(root: &Path, order: &SaveFile) -> SaveOutcome {
    let path = root.join(&order.path);
    let now = match current(&path) {
        Ok(now) => now,
        Err(error) => return SaveOutcome::Failed(problem("read", &order.path, &error)),
    };
    if now.as_deref() != order.expected.as_deref() {
        return if now.as_deref() == order.bytes.as_deref() { SaveOutcome::Saved } else { SaveOutcome::Changed(now) };
    }
    let done = match &order.bytes {
        Some(bytes) => write(root, &path, bytes),
        None => fs::remove_file(&path),
    };
    match done {
        Ok(()) => SaveOutcome::Saved,
        Err(error) => SaveOutcome::Failed(problem("saved", &order.path, &error)),
    }
}

/// Gives a file another name; there must be none of that name.
///
/// # Errors
/// When that is not possible: the file keeps its name then.
pub fn rename(root: &Path, from: &Path, to: &Path) -> Result<(), Problem> {
    let (old, new) = (root.join(from), root.join(to));
    let taken = fs::symlink_metadata(&new).is_ok() && !is_same_file(&old, &new);
    let renamed = if taken {
        Err(io::Error::new(ErrorKind::AlreadyExists, format!("there is a file {} already", to.display())))
    } else {
        make_folders(root, &new).and_then(|()| fs::rename(&old, &new))
    };
    renamed.map_err(|error| problem("renamed", from, &error))
}

/// A task that did not end as it should.
pub fn interrupted(error: &dyn std::error::Error) -> Problem {
    Problem::new(ProblemKind::Other, "The file was not saved").detail(error.to_string()).hint(KEPT)
}

const KEPT: &str = "Your text is still here: save it again when the reason is gone";

/// What is on disk; `None`: nothing. A file that is too large is an error: half of it would be taken for the whole.
pub(super) fn current(path: &Path) -> io::Result<Option<Arc<[u8]>>> {
    let file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(io::Error::other("the file is larger than 64 MiB"));
    }
    Ok(Some(bytes.into()))
}

fn write(root: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    // Replacing a file asks for rights on its folder only: a file that was made read-only is left alone all the same.
    if fs::metadata(path).is_ok_and(|metadata| metadata.permissions().readonly()) {
        return Err(io::Error::new(ErrorKind::PermissionDenied, "the file is read-only"));
    }
    make_folders(root, path)?;
    write_atomically(path, bytes, FileMode::Keep)
}

/// The folders of a new file. A folder that is gone with all its files is made again.
fn make_folders(root: &Path, path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if folder != root && !folder.as_os_str().is_empty() => fs::create_dir_all(folder),
        _ => Ok(()),
    }
}

/// On systems that do not tell capitals apart, the new name may be the file itself.
fn is_same_file(a: &Path, b: &Path) -> bool {
    let whole = |path: &Path| -> Option<PathBuf> { fs::canonicalize(path).ok() };
    whole(a).is_some() && whole(a) == whole(b)
}

fn problem(verb: &str, path: &Path, error: &io::Error) -> Problem {
    let why = match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            "Bearcat may not write there: the file, its folder or the disk is read-only"
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "The disk is full",
        ErrorKind::FileTooLarge => "The file is larger than this user may write",
        ErrorKind::NotFound => "The folder, or what a symbolic link points to, does not exist",
        ErrorKind::IsADirectory | ErrorKind::NotADirectory => {
            "There is a folder where the file should be, or a file instead of a folder"
        }
        ErrorKind::AlreadyExists => "There is a file of this name already",
        _ => "The system refused",
    };
    Problem::new(ProblemKind::Other, format!("{} was not {verb}", path.display()))
        .detail(format!("{why} ({error})"))
        .hint(KEPT)
}

#[cfg(test)]
mod tests;
