//! The vault in use, which the user may change while bearcat runs (to memory, or to an encrypted file).

use std::sync::{Arc, PoisonError, RwLock};

use crate::model::port::{BoxFuture, LockGuard, RefreshLock, Vault, VaultError, VaultStatus};
use crate::model::session::{SessionKey, TokenSet};
use crate::store::choose::OpenVault;

/// Passes every call to the vault that is in use at that moment.
#[derive(Clone)]
pub struct SwitchableVault {
    current: Arc<RwLock<OpenVault>>,
}

impl SwitchableVault {
    /// Starts with `vault`.
    pub fn new(vault: OpenVault) -> Self {
        Self { current: Arc::new(RwLock::new(vault)) }
    }

    /// Uses `vault` from now on. Calls under way end on the old one.
    pub fn switch(&self, vault: OpenVault) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = vault;
    }

    fn now(&self) -> OpenVault {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Vault for SwitchableVault {
    fn status(&self) -> BoxFuture<'_, VaultStatus> {
        let vault = self.now().vault;
        Box::pin(async move { vault.status().await })
    }

    fn read<'a>(&'a self, key: &'a SessionKey) -> BoxFuture<'a, Result<Option<TokenSet>, VaultError>> {
        let vault = self.now().vault;
        Box::pin(async move { vault.read(key).await })
    }

    fn write<'a>(&'a self, key: &'a SessionKey, tokens: &'a TokenSet) -> BoxFuture<'a, Result<(), VaultError>> {
        let vault = self.now().vault;
        Box::pin(async move { vault.write(key, tokens).await })
    }

    fn clear<'a>(&'a self, key: &'a SessionKey) -> BoxFuture<'a, Result<(), VaultError>> {
        let vault = self.now().vault;
        Box::pin(async move { vault.clear(key).await })
    }

    fn list(&self) -> BoxFuture<'_, Result<Vec<SessionKey>, VaultError>> {
        let vault = self.now().vault;
        Box::pin(async move { vault.list().await })
    }
}

impl RefreshLock for SwitchableVault {
    fn acquire<'a>(&'a self, key: &'a SessionKey) -> BoxFuture<'a, Result<Box<dyn LockGuard>, VaultError>> {
        let lock = self.now().lock;
        Box::pin(async move { lock.acquire(key).await })
    }
}
