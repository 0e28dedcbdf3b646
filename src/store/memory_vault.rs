//! A vault that forgets at exit, for machines without a keyring, the demo and tests; and its refresh lock.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::model::port::{BoxFuture, LockGuard, RefreshLock, Vault, VaultError, VaultKind, VaultStatus};
use crate::model::session::{SessionKey, TokenSet};
use crate::store::refresh_lock::{WAIT_BOUND, waited_too_long};

/// Sessions in memory.
#[derive(Default)]
pub struct MemoryVault {
    sessions: Mutex<BTreeMap<SessionKey, TokenSet>>,
}

impl MemoryVault {
    fn with<T>(&self, change: impl FnOnce(&mut BTreeMap<SessionKey, TokenSet>) -> T) -> T {
        change(&mut self.sessions.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Vault for MemoryVault {
    fn status(&self) -> BoxFuture<'_, VaultStatus> {
        let status = VaultStatus { kind: VaultKind::Memory, name: "memory only".to_owned(), availability: Ok(()) };
        Box::pin(std::future::ready(status))
    }

    fn read<'a>(&'a self, key: &'a SessionKey) -> BoxFuture<'a, Result<Option<TokenSet>, VaultError>> {
        Box::pin(std::future::ready(Ok(self.with(|sessions| sessions.get(key).cloned()))))
    }

    fn write<'a>(&'a self, key: &'a SessionKey, tokens: &'a TokenSet) -> BoxFuture<'a, Result<(), VaultError>> {
        self.with(|sessions| sessions.insert(key.clone(), tokens.clone()));
        Box::pin(std::future::ready(Ok(())))
    }

    fn clear<'a>(&'a self, key: &'a SessionKey) -> BoxFuture<'a, Result<(), VaultError>> {
        self.with(|sessions| sessions.remove(key));
        Box::pin(std::future::ready(Ok(())))
    }

    fn list(&self) -> BoxFuture<'_, Result<Vec<SessionKey>, VaultError>> {
        Box::pin(std::future::ready(Ok(self.with(|sessions| sessions.keys().cloned().collect()))))
    }
}

/// A refresh lock for one process: no other process can see the sessions of a [`MemoryVault`].
#[derive(Default)]
pub struct MemoryLock {
    locks: Mutex<BTreeMap<SessionKey, Arc<tokio::sync::Mutex<()>>>>,
}

#[derive(Debug)]
struct MemoryGuard {
    _held: tokio::sync::OwnedMutexGuard<()>,
}

impl LockGuard for MemoryGuard {}

impl RefreshLock for MemoryLock {
    fn acquire<'a>(&'a self, key: &'a SessionKey) -> BoxFuture<'a, Result<Box<dyn LockGuard>, VaultError>> {
        let lock = {
            let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
            locks.entry(key.clone()).or_default().clone()
        };
        Box::pin(async move {
            let wait = tokio::time::timeout(WAIT_BOUND, lock.lock_owned());
            let held = wait.await.map_err(|_| waited_too_long(WAIT_BOUND))?;
            Ok(Box::new(MemoryGuard { _held: held }) as Box<dyn LockGuard>)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::identity::IdentityName;
    use crate::model::time::Timestamp;
    use crate::redact::AccessToken;

    fn key(identity: &str) -> SessionKey {
        SessionKey { issuer: String::new(), client_id: String::new(), identity: IdentityName::new(identity) }
    }

    fn tokens(access: &str) -> TokenSet {
        TokenSet {
            access: AccessToken::new(access),
            id: None,
            refresh: None,
            scope: None,
            obtained_at: Timestamp::default(),
            expires_at: None,
        }
    }

    #[tokio::test]
    async fn remembers_until_cleared() {
        let vault = MemoryVault::default();
        vault.write(&key("jane"), &tokens("one")).await.unwrap();
        vault.write(&key("jane"), &tokens("two")).await.unwrap();
        assert_eq!(vault.read(&key("jane")).await, Ok(Some(tokens("two"))));
        assert_eq!(vault.list().await, Ok(vec![key("jane")]));
        vault.clear(&key("jane")).await.unwrap();
        assert_eq!(vault.read(&key("jane")).await, Ok(None));
        assert_eq!(vault.status().await.availability, Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn its_lock_has_one_holder_and_a_bound() {
        let lock = MemoryLock::default();
        let held = lock.acquire(&key("jane")).await.unwrap();
        drop(lock.acquire(&key("joe")).await.unwrap());
        let start = tokio::time::Instant::now();
        lock.acquire(&key("jane")).await.unwrap_err();
        assert_eq!(start.elapsed(), WAIT_BOUND);
        drop(held);
        lock.acquire(&key("jane")).await.unwrap();
    }
}
