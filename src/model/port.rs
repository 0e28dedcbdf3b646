//! The ports: what pure and generic code asks of the outside world. The shell and the store implement them;
//! tests give their own. Futures are boxed so that the ports can be `dyn`.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use crate::model::session::{SessionKey, TokenSet};
use crate::model::time::Timestamp;
use crate::model::wire::{ProviderExchange, TransportError, WireRequest, WireResponse};

/// A boxed future, as the ports return it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The clock.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;
    /// Returns after `duration`. Dropping it cancels.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
}

/// A cryptographically secure source of random bytes.
pub trait Random: Send + Sync {
    /// Fills `buffer`.
    fn fill(&self, buffer: &mut [u8]);
}

/// Sends small requests to a provider. Follows no redirects, sends no cookies, bounds time and size.
pub trait Transport: Send + Sync {
    /// Sends one request and reads the answer to its end.
    fn send(&self, request: WireRequest) -> BoxFuture<'_, Result<WireResponse, TransportError>>;
}

/// Is told of every conversation with a provider, already redacted.
pub trait Trace: Send + Sync {
    /// Records one.
    fn record(&self, exchange: ProviderExchange);
}

/// A [`Trace`] that forgets.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoTrace;

impl Trace for NoTrace {
    fn record(&self, _exchange: ProviderExchange) {}
}

/// Which kind of vault is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VaultKind {
    /// The operating system's keyring.
    Keyring,
    /// A passphrase-encrypted file.
    EncryptedFile,
    /// Memory only: forgotten at exit.
    Memory,
}

/// The state of the vault, for the status bar, `doctor` and the question before a login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VaultStatus {
    /// Which.
    pub kind: VaultKind,
    /// The store's own name: `Secret Service`, `Keychain`, the file's path.
    pub name: String,
    /// Can it be written now? Otherwise why not.
    pub availability: Result<(), VaultError>,
}

/// Why the vault did not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// There is no keyring service on this machine or in this session.
    #[error("no keyring is available: {0}")]
    Absent(String),
    /// The keyring is locked and was not unlocked.
    #[error("the keyring is locked: {0}")]
    Locked(String),
    /// It did not answer within the bound.
    #[error("the keyring did not answer within {} s", .0.as_secs())]
    TimedOut(Duration),
    /// What was read back is not what was written, or a checksum does not fit.
    #[error("the stored session is damaged: {0}")]
    Damaged(String),
    /// The passphrase does not open the file.
    #[error("the passphrase does not open the vault file")]
    WrongPassphrase,
    /// Anything else, masked.
    #[error("{0}")]
    Other(String),
}

impl VaultError {
    /// The same for people, with what to do next.
    pub fn problem(&self) -> crate::model::problem::Problem {
        use crate::model::problem::{Problem, ProblemKind};
        let (title, hint) = match self {
            Self::Absent(_) => (
                "No keyring is available to keep your tokens in",
                "Use `--vault memory` (forgotten at exit) or `--vault file` (encrypted with a passphrase)",
            ),
            Self::Locked(_) => {
                ("The keyring is locked", "Unlock it (log in to the desktop session, or `secret-tool`), then try again")
            }
            Self::TimedOut(_) => (
                "The keyring did not answer",
                "Look for an unlock prompt behind other windows; `--vault memory` or `--vault file` work without it",
            ),
            Self::Damaged(_) => ("The stored session is damaged", "Log in again; the damaged entry is replaced"),
            Self::WrongPassphrase => (
                "The passphrase does not open the vault file",
                "Try again; a lost passphrase cannot be recovered, only the file deleted",
            ),
            Self::Other(_) => ("The keyring refused", "`bearcat doctor` shows the state of the keyring"),
        };
        let problem = Problem::new(ProblemKind::Vault, title).hint(hint);
        match self {
            // The title says it all.
            Self::WrongPassphrase => problem,
            _ => problem.detail(self.to_string()),
        }
    }
}

/// Where tokens are kept. Every call is bounded in time by the implementation.
pub trait Vault: Send + Sync {
    /// Which store, and can it be written?
    fn status(&self) -> BoxFuture<'_, VaultStatus>;
    /// The session under `key`, if there is one.
    fn read<'a>(&'a self, key: &'a SessionKey) -> BoxFuture<'a, Result<Option<TokenSet>, VaultError>>;
    /// Stores and reads back before the old value is dropped.
    fn write<'a>(&'a self, key: &'a SessionKey, tokens: &'a TokenSet) -> BoxFuture<'a, Result<(), VaultError>>;
    /// Removes the session; fine if there is none.
    fn clear<'a>(&'a self, key: &'a SessionKey) -> BoxFuture<'a, Result<(), VaultError>>;
    /// The keys of all stored sessions.
    fn list(&self) -> BoxFuture<'_, Result<Vec<SessionKey>, VaultError>>;
}

/// Held while a session is refreshed; released when dropped.
pub trait LockGuard: Send + fmt::Debug {}

/// A lock per operating-system user and session that spans processes (design.md section 4).
pub trait RefreshLock: Send + Sync {
    /// Waits for the lock, at most the implementation's bound.
    fn acquire<'a>(&'a self, key: &'a SessionKey) -> BoxFuture<'a, Result<Box<dyn LockGuard>, VaultError>>;
}
