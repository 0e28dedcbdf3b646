//! The vault in the operating system's keyring (design.md section 5).
//!
//! A session is one `Blob`: a part per token kind and one for what is known of them, in chunks, replaced as
//! a whole. An index entry names the sessions, because keyrings differ in how they search. Writers of all
//! processes of this user take turns through a lock file.
//! Invariant: keyring calls happen on one thread of their own and are bounded in time.

mod blob;
mod entries;
mod index;
mod native;
mod worker;

use std::path::PathBuf;

use zeroize::Zeroizing;

use crate::model::port::{BoxFuture, Vault, VaultError, VaultKind, VaultStatus};
use crate::model::session::{SessionKey, TokenKind, TokenSet};
use crate::store::digest::session_name;
use crate::store::encoding::{self, StoredMetadata};
use crate::store::keyring_vault::blob::{Blob, Part};
use crate::store::keyring_vault::entries::Entries;
pub use crate::store::keyring_vault::native::{Keyring, NativeKeyring, OpenKeyring};
use crate::store::keyring_vault::worker::{Bench, CALL_BOUND, Worker};
use crate::store::refresh_lock::FileLock;

/// The part that holds what is known of a session besides its tokens.
const METADATA: &str = "meta";

/// The parts of a session. The names are in every keyring that bearcat ever wrote: they never change.
const PARTS: &[&str] = &[TokenKind::Access.as_str(), TokenKind::Id.as_str(), TokenKind::Refresh.as_str(), METADATA];

/// The lock that all writers of this user's keyring share.
const WRITER_LOCK: &str = "keyring";

/// Sessions in a keyring.
pub struct KeyringVault {
    name: &'static str,
    worker: Worker,
    locks: FileLock,
}

impl KeyringVault {
    /// The keyring of the operating system. `lock_dir` is [`FileLock::for_keyring`]'s.
    pub fn native(lock_dir: PathBuf) -> Self {
        Self::new(Box::new(NativeKeyring), lock_dir)
    }

    /// Any keyring. `lock_dir` must be the same for all processes that write to it.
    pub fn new(keyring: Box<dyn Keyring>, lock_dir: PathBuf) -> Self {
        Self { name: keyring.name(), worker: Worker::start(keyring), locks: FileLock::below(lock_dir) }
    }

    /// Runs `change` while no other process writes. The lock goes with the job: when the caller gives up, a
    /// job that has begun still ends before anybody else writes.
    async fn change(
        &self,
        change: impl FnOnce(&mut Bench) -> Result<(), VaultError> + Send + 'static,
    ) -> Result<(), VaultError> {
        let guard = self.locks.take(WRITER_LOCK.to_owned(), CALL_BOUND).await?;
        let job = move |bench: &mut Bench| {
            let result = change(bench);
            drop(guard);
            result
        };
        self.worker.run(job).await
    }
}

impl Vault for KeyringVault {
    fn status(&self) -> BoxFuture<'_, VaultStatus> {
        Box::pin(async move {
            let availability = self.worker.run(Bench::probe).await;
            VaultStatus { kind: VaultKind::Keyring, name: self.name.to_owned(), availability }
        })
    }

    fn read<'a>(&'a self, key: &'a SessionKey) -> BoxFuture<'a, Result<Option<TokenSet>, VaultError>> {
        let key = key.clone();
        let job = move |bench: &mut Bench| bench.with_entries(|entries| read_session(entries, &key));
        Box::pin(self.worker.run(job))
    }

    fn write<'a>(&'a self, key: &'a SessionKey, tokens: &'a TokenSet) -> BoxFuture<'a, Result<(), VaultError>> {
        let (key, tokens) = (key.clone(), tokens.clone());
        let job = move |bench: &mut Bench| bench.with_entries(|entries| write_session(entries, &key, &tokens));
        Box::pin(self.change(job))
    }

    fn clear<'a>(&'a self, key: &'a SessionKey) -> BoxFuture<'a, Result<(), VaultError>> {
        let key = key.clone();
        let job = move |bench: &mut Bench| bench.with_entries(|entries| clear_session(entries, &key));
        Box::pin(self.change(job))
    }

    fn list(&self) -> BoxFuture<'_, Result<Vec<SessionKey>, VaultError>> {
        Box::pin(self.worker.run(|bench| bench.with_entries(|entries| index::read(entries))))
    }
}

fn session_blob(key: &SessionKey) -> Blob {
    Blob { name: session_name(key), part_names: PARTS }
}

fn read_session(entries: &mut impl Entries, key: &SessionKey) -> Result<Option<TokenSet>, VaultError> {
    let Some(parts) = session_blob(key).read(entries)? else { return Ok(None) };
    let part = |name: &str| parts.iter().find(|(part, _)| *part == name).map(|(_, text)| text.as_str());
    let missing = |name: &str| VaultError::Damaged(format!("the {name} part is missing"));
    let metadata = part(METADATA).ok_or_else(|| missing(METADATA))?;
    let metadata: StoredMetadata<'_> = encoding::from_json(metadata)?;
    if metadata.key() != *key {
        return Err(VaultError::Damaged("the entry belongs to another session".to_owned()));
    }
    let token = |kind: TokenKind| part(kind.as_str());
    let access = token(TokenKind::Access).ok_or_else(|| missing(TokenKind::Access.as_str()))?;
    Ok(Some(metadata.with_tokens(access, token(TokenKind::Id), token(TokenKind::Refresh))))
}

fn write_session(entries: &mut impl Entries, key: &SessionKey, tokens: &TokenSet) -> Result<(), VaultError> {
    let parts = session_parts(key, tokens)?;
    // First the index: whatever happens next, there is a name by which `clear` finds the entries.
    index::add(entries, key)?;
    session_blob(key).write(entries, &parts)
}

fn session_parts(key: &SessionKey, tokens: &TokenSet) -> Result<Vec<Part>, VaultError> {
    let copy = |text: &str| Zeroizing::new(text.to_owned());
    let mut parts = vec![(TokenKind::Access.as_str(), copy(tokens.access.expose()))];
    parts.extend(tokens.id.as_ref().map(|id| (TokenKind::Id.as_str(), copy(id.expose()))));
    parts.extend(tokens.refresh.as_ref().map(|refresh| (TokenKind::Refresh.as_str(), copy(refresh.expose()))));
    parts.push((METADATA, encoding::to_json(&StoredMetadata::of(key, tokens), 512)?));
    Ok(parts)
}

fn clear_session(entries: &mut impl Entries, key: &SessionKey) -> Result<(), VaultError> {
    session_blob(key).clear(entries)?;
    index::remove(entries, key)
}

#[cfg(test)]
mod tests;
