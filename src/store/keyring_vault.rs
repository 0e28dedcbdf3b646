//! The vault in the operating system's keyring (design.md section 5).
//!
//! Invariant: keyring calls happen on one thread of their own and are bounded in time.

use std::path::PathBuf;

use crate::model::port::{BoxFuture, Vault, VaultError, VaultKind, VaultStatus};
use crate::model::session::{SessionKey, TokenSet};

/// Sessions in a keyring.
pub struct KeyringVault {
    lock_dir: PathBuf,
}

impl KeyringVault {
    /// The keyring of the operating system; `lock_dir` holds the lock that writers of all processes share.
    pub const fn native(lock_dir: PathBuf) -> Self {
        Self { lock_dir }
    }

    fn absent(&self) -> VaultError {
        VaultError::Absent(format!("not built yet ({})", self.lock_dir.display()))
    }
}

impl Vault for KeyringVault {
    fn status(&self) -> BoxFuture<'_, VaultStatus> {
        let availability = Err(self.absent());
        let name = "keyring".to_owned();
        Box::pin(std::future::ready(VaultStatus { kind: VaultKind::Keyring, name, availability }))
    }

    fn read<'a>(&'a self, _key: &'a SessionKey) -> BoxFuture<'a, Result<Option<TokenSet>, VaultError>> {
        Box::pin(std::future::ready(Err(self.absent())))
    }

    fn write<'a>(&'a self, _key: &'a SessionKey, _tokens: &'a TokenSet) -> BoxFuture<'a, Result<(), VaultError>> {
        Box::pin(std::future::ready(Err(self.absent())))
    }

    fn clear<'a>(&'a self, _key: &'a SessionKey) -> BoxFuture<'a, Result<(), VaultError>> {
        Box::pin(std::future::ready(Err(self.absent())))
    }

    fn list(&self) -> BoxFuture<'_, Result<Vec<SessionKey>, VaultError>> {
        Box::pin(std::future::ready(Err(self.absent())))
    }
}
