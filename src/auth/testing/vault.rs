//! A vault that fails on demand, and a lock that several keepers can share.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::lock::{Mutex as AsyncMutex, OwnedMutexGuard};

use super::yield_now;
use crate::model::port::{BoxFuture, LockGuard, RefreshLock, Vault, VaultError, VaultKind, VaultStatus};
use crate::model::session::{SessionKey, TokenSet};

/// In memory, with faults.
#[derive(Default)]
pub struct FakeVault {
    pub sessions: Mutex<HashMap<SessionKey, TokenSet>>,
    /// So many writes fail from now on.
    pub failing_writes: AtomicUsize,
    /// Every read times out.
    pub blocked: AtomicBool,
    pub writes: AtomicUsize,
}

impl FakeVault {
    pub fn put(&self, key: SessionKey, tokens: TokenSet) {
        self.sessions.lock().unwrap().insert(key, tokens);
    }

    pub fn get(&self, key: &SessionKey) -> Option<TokenSet> {
        self.sessions.lock().unwrap().get(key).cloned()
    }

    pub fn fail_writes(&self, count: usize) {
        self.failing_writes.store(count, Ordering::SeqCst);
    }

    pub fn block(&self, blocked: bool) {
        self.blocked.store(blocked, Ordering::SeqCst);
    }

    fn check(&self) -> Result<(), VaultError> {
        if self.blocked.load(Ordering::SeqCst) { Err(VaultError::TimedOut(Duration::from_secs(5))) } else { Ok(()) }
    }
}

impl Vault for FakeVault {
    fn status(&self) -> BoxFuture<'_, VaultStatus> {
        let status = VaultStatus { kind: VaultKind::Memory, name: "fake".to_owned(), availability: self.check() };
        Box::pin(async move { status })
    }

    fn read<'a>(&'a self, key: &'a SessionKey) -> BoxFuture<'a, Result<Option<TokenSet>, VaultError>> {
        Box::pin(async move {
            yield_now().await;
            self.check()?;
            Ok(self.get(key))
        })
    }

    fn write<'a>(&'a self, key: &'a SessionKey, tokens: &'a TokenSet) -> BoxFuture<'a, Result<(), VaultError>> {
        Box::pin(async move {
            yield_now().await;
            self.check()?;
            self.writes.fetch_add(1, Ordering::SeqCst);
            let fails =
                self.failing_writes.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
            if fails.is_ok() {
                return Err(VaultError::Locked("as the test wants it".to_owned()));
            }
            self.put(key.clone(), tokens.clone());
            Ok(())
        })
    }

    fn clear<'a>(&'a self, key: &'a SessionKey) -> BoxFuture<'a, Result<(), VaultError>> {
        Box::pin(async move {
            self.check()?;
            self.sessions.lock().unwrap().remove(key);
            Ok(())
        })
    }

    fn list(&self) -> BoxFuture<'_, Result<Vec<SessionKey>, VaultError>> {
        Box::pin(async move { Ok(self.sessions.lock().unwrap().keys().cloned().collect()) })
    }
}

/// One lock for all sessions: stricter than needed, which is what a test wants.
#[derive(Default)]
pub struct FakeLock(Arc<AsyncMutex<()>>);

#[derive(Debug)]
struct Held(#[expect(dead_code, reason = "held until dropped")] OwnedMutexGuard<()>);

impl LockGuard for Held {}

impl RefreshLock for FakeLock {
    fn acquire<'a>(&'a self, _key: &'a SessionKey) -> BoxFuture<'a, Result<Box<dyn LockGuard>, VaultError>> {
        let mutex = self.0.clone();
        Box::pin(async move {
            let held: Box<dyn LockGuard> = Box::new(Held(mutex.lock_owned().await));
            Ok(held)
        })
    }
}
