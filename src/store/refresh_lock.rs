//! The refresh lock: one process at a time refreshes a session (design.md section 4).
//!
//! An operating-system lock on a file, so that it ends with its process. The directory has the scope of the
//! vault: one per user of the operating system for the keyring, the file's own folder for a file vault.
//! Lock files stay where they are: removing one would let two processes hold locks on two files of one name.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::model::port::{BoxFuture, LockGuard, RefreshLock, VaultError};
use crate::model::session::SessionKey;
use crate::store::atomic;
use crate::store::detached::detached;
use crate::store::digest::session_name;

/// How long a refresh lock is waited for.
pub const WAIT_BOUND: Duration = Duration::from_mins(1);

/// Locks as files in one directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileLock {
    dir: PathBuf,
}

/// A held lock; the operating system gives it back when the file is closed, however the process ends.
#[derive(Debug)]
pub(super) struct FileGuard {
    file: File,
}

impl LockGuard for FileGuard {}

impl Drop for FileGuard {
    fn drop(&mut self) {
        // Closing does it too, but some platforms take their time.
        drop(self.file.unlock());
    }
}

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

    /// Takes the lock `name`, waiting as long as it takes: for threads that may block.
    pub(super) fn block_on(&self, name: &str) -> Result<FileGuard, VaultError> {
        let path = self.dir.join(format!("{name}.lock"));
        let lock = || -> io::Result<FileGuard> {
            atomic::create_private_dir(&self.dir)?;
            let file = atomic::private_options().read(true).write(true).create(true).truncate(false).open(&path)?;
            file.lock()?;
            Ok(FileGuard { file })
        };
        lock().map_err(|error| VaultError::Other(format!("the lock {} cannot be taken: {error}", path.display())))
    }

    /// Takes the lock `name`, waiting at most `bound`.
    pub(super) async fn take(&self, name: String, bound: Duration) -> Result<FileGuard, VaultError> {
        let lock = self.clone();
        // Given up, the thread stays until the lock is free, and then lets it go at once.
        detached(bound, move |_| lock.block_on(&name)).await?
    }
}

impl RefreshLock for FileLock {
    fn acquire<'a>(&'a self, key: &'a SessionKey) -> BoxFuture<'a, Result<Box<dyn LockGuard>, VaultError>> {
        Box::pin(async move {
            match self.take(session_name(key), WAIT_BOUND).await {
                Ok(guard) => Ok(Box::new(guard) as Box<dyn LockGuard>),
                Err(VaultError::TimedOut(bound)) => Err(waited_too_long(bound)),
                Err(error) => Err(error),
            }
        })
    }
}

/// The holder of a refresh lock did not come to an end.
pub(super) fn waited_too_long(bound: Duration) -> VaultError {
    VaultError::Other(format!("this session has been refreshed elsewhere for {} s without an end", bound.as_secs()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::identity::IdentityName;

    fn key(identity: &str) -> SessionKey {
        SessionKey {
            issuer: "https://issuer.test".to_owned(),
            client_id: "client".to_owned(),
            identity: IdentityName::new(identity),
        }
    }

    #[tokio::test]
    async fn one_holder_at_a_time_and_other_sessions_are_free() {
        let dir = tempfile::tempdir().unwrap();
        let lock = FileLock::below(dir.path().join("locks"));
        let held = lock.acquire(&key("jane")).await.unwrap();
        let other = lock.acquire(&key("joe")).await.unwrap();
        // A second open file description is what another process has.
        let path = dir.path().join("locks").join(format!("{}.lock", session_name(&key("jane"))));
        let second = File::options().read(true).write(true).open(&path).unwrap();
        assert!(matches!(second.try_lock(), Err(std::fs::TryLockError::WouldBlock)));
        drop(held);
        second.try_lock().unwrap();
        drop(other);
    }

    #[tokio::test]
    async fn waits_for_the_holder() {
        let dir = tempfile::tempdir().unwrap();
        let lock = FileLock::below(dir.path().to_owned());
        let held = lock.acquire(&key("jane")).await.unwrap();
        let waiting = tokio::spawn({
            let lock = lock.clone();
            async move { lock.acquire(&key("jane")).await.map(drop) }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(held);
        waiting.await.unwrap().unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn gives_up_after_the_bound_and_leaves_no_lock_behind() {
        let dir = tempfile::tempdir().unwrap();
        let lock = FileLock::below(dir.path().to_owned());
        let held = lock.block_on(&session_name(&key("jane"))).unwrap();
        let error = lock.acquire(&key("jane")).await.unwrap_err();
        assert!(error.to_string().contains("60 s"), "{error}");
        drop(held);
        // The abandoned thread may get the lock first; it lets go at once, so this returns.
        lock.block_on(&session_name(&key("jane"))).unwrap();
    }

    #[tokio::test]
    async fn an_unusable_directory_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("file"), "").unwrap();
        let error = FileLock::below(dir.path().join("file").join("locks")).acquire(&key("jane")).await.unwrap_err();
        assert!(error.to_string().contains("cannot be taken"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn lock_files_are_private() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let lock = FileLock::below(dir.path().join("locks"));
        drop(lock.block_on("x").unwrap());
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(lock.dir()), 0o700);
        assert_eq!(mode(&lock.dir().join("x.lock")), 0o600);
    }
}
