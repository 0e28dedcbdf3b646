//! A vault in one file, encrypted with a passphrase: Argon2id makes the key, ChaCha20-Poly1305 seals.
//!
//! For machines without a keyring; chosen by the user, never by itself. Every change takes a lock that all
//! processes share, reads the file anew, and replaces it as a whole, so no process undoes another's change.
//! Nothing is kept in memory but the derived key.

mod seal;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::model::port::{BoxFuture, Vault, VaultError, VaultKind, VaultStatus};
use crate::model::session::{SessionKey, TokenSet};
use crate::redact::Passphrase;
use crate::store::atomic::{self, FileMode};
use crate::store::detached::detached;
use crate::store::encoding::{self, StoredSession};
use crate::store::file_vault::seal::{Costs, DerivedKey};
use crate::store::refresh_lock::FileLock;

/// How long a call may take: waiting for other processes, a key derivation and the disk.
const CALL_BOUND: Duration = Duration::from_secs(10);

/// The lock that all writers of the file share.
const WRITER_LOCK: &str = "vault";

/// The largest file that is read.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

const VERSION: u8 = 1;

/// Sessions in an encrypted file.
pub struct FileVault {
    sealed: Arc<SealedFile>,
}

struct SealedFile {
    path: PathBuf,
    locks: FileLock,
    passphrase: Passphrase,
    costs: Costs,
    /// The key of the file as it was last seen; another process may have started a new file since.
    key: Mutex<Option<Arc<DerivedKey>>>,
}

/// What is sealed.
#[derive(Serialize, Deserialize)]
struct Content<'a> {
    version: u8,
    #[serde(borrow)]
    sessions: Vec<StoredSession<'a>>,
}

impl FileVault {
    /// Opens the file with `passphrase`, or gets ready to create it at the first write.
    ///
    /// Blocks for the key derivation: call it off the screen's thread.
    pub fn open(path: &Path, passphrase: Passphrase) -> Result<Self, VaultError> {
        Self::open_with(path, passphrase, Costs::RECOMMENDED)
    }

    fn open_with(path: &Path, passphrase: Passphrase, costs: Costs) -> Result<Self, VaultError> {
        if passphrase.expose().is_empty() {
            return Err(VaultError::WrongPassphrase);
        }
        let locks = FileLock::beside(path);
        let sealed = SealedFile { path: path.to_owned(), locks, passphrase, costs, key: Mutex::new(None) };
        sealed.load()?;
        Ok(Self { sealed: Arc::new(sealed) })
    }

    /// Runs `work` on a thread of its own, because locks and disks may hang.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&SealedFile, &dyn Fn() -> bool) -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, VaultError> {
        let sealed = self.sealed.clone();
        match detached(CALL_BOUND, move |is_abandoned| work(&sealed, is_abandoned)).await {
            Err(VaultError::TimedOut(bound)) => Err(VaultError::Other(format!(
                "the vault file could not be used for {} s; another bearcat process may be holding it",
                bound.as_secs()
            ))),
            result => result?,
        }
    }
}

impl Vault for FileVault {
    fn status(&self) -> BoxFuture<'_, VaultStatus> {
        Box::pin(async move {
            let probe = |sealed: &SealedFile, _: &dyn Fn() -> bool| {
                // Taking the lock creates a file beside the vault, as a write does.
                drop(sealed.locks.block_on(WRITER_LOCK)?);
                sealed.load().map(drop)
            };
            let availability = self.run(probe).await;
            VaultStatus { kind: VaultKind::EncryptedFile, name: self.sealed.path.display().to_string(), availability }
        })
    }

    fn read<'a>(&'a self, key: &'a SessionKey) -> BoxFuture<'a, Result<Option<TokenSet>, VaultError>> {
        let key = key.clone();
        Box::pin(self.run(move |sealed, _| {
            // No lock: the file is replaced as a whole, so it is whole whenever it is read.
            let Some(text) = sealed.load()? else { return Ok(None) };
            let content = parse(&text)?;
            let found = content.sessions.iter().find(|session| session.metadata.key() == key);
            Ok(found.map(StoredSession::to_tokens))
        }))
    }

    fn write<'a>(&'a self, key: &'a SessionKey, tokens: &'a TokenSet) -> BoxFuture<'a, Result<(), VaultError>> {
        let (key, tokens) = (key.clone(), tokens.clone());
        Box::pin(self.run(move |sealed, is_abandoned| sealed.replace(&key, Some(&tokens), is_abandoned)))
    }

    fn clear<'a>(&'a self, key: &'a SessionKey) -> BoxFuture<'a, Result<(), VaultError>> {
        let key = key.clone();
        Box::pin(self.run(move |sealed, is_abandoned| sealed.replace(&key, None, is_abandoned)))
    }

    fn list(&self) -> BoxFuture<'_, Result<Vec<SessionKey>, VaultError>> {
        Box::pin(self.run(|sealed, _| {
            let Some(text) = sealed.load()? else { return Ok(Vec::new()) };
            let mut keys: Vec<_> = parse(&text)?.sessions.iter().map(|session| session.metadata.key()).collect();
            keys.sort();
            Ok(keys)
        }))
    }
}

impl SealedFile {
    /// The content, opened; `None` if there is no file.
    fn load(&self) -> Result<Option<Zeroizing<String>>, VaultError> {
        self.open().map_err(|error| match error {
            // Nothing is overwritten that cannot be read: only the user may give it up.
            VaultError::Damaged(reason) => {
                VaultError::Damaged(format!("{reason}; delete {} to start anew", self.path.display()))
            }
            other => other,
        })
    }

    fn open(&self) -> Result<Option<Zeroizing<String>>, VaultError> {
        let Some(file) = self.read_file().map_err(|error| self.unusable(&error))? else { return Ok(None) };
        let mut content = self.key_of(&file)?.open(&file)?;
        let text = String::from_utf8(std::mem::take(&mut *content)).map(Zeroizing::new);
        text.map(Some).map_err(|_| VaultError::Damaged("the vault file holds no text".to_owned()))
    }

    /// Puts `tokens` in place of what is stored under `key`.
    fn replace(
        &self,
        key: &SessionKey,
        tokens: Option<&TokenSet>,
        is_abandoned: &dyn Fn() -> bool,
    ) -> Result<(), VaultError> {
        let _lock = self.locks.block_on(WRITER_LOCK)?;
        if is_abandoned() {
            // The caller was told that it failed; by now another process may have written something newer.
            return Err(VaultError::TimedOut(CALL_BOUND));
        }
        let text = self.load()?;
        let mut content = match &text {
            Some(text) => parse(text)?,
            None if tokens.is_none() => return Ok(()),
            None => Content { version: VERSION, sessions: Vec::new() },
        };
        content.sessions.retain(|session| session.metadata.key() != *key);
        content.sessions.extend(tokens.map(|tokens| StoredSession::of(key, tokens)));
        self.save(&content)?;
        self.check(key, tokens)
    }

    fn save(&self, content: &Content<'_>) -> Result<(), VaultError> {
        let size = 64 + content.sessions.iter().map(StoredSession::size_hint).sum::<usize>();
        let text = encoding::to_json(content, size)?;
        let file = self.current_key()?.seal(text.as_bytes())?;
        let dir = self.path.parent().unwrap_or(Path::new("."));
        atomic::create_private_dir(dir)
            .and_then(|()| atomic::write_atomically(&self.path, &file, FileMode::Private))
            .map_err(|error| self.unusable(&error))
    }

    /// Reads back what was written, still under the lock.
    fn check(&self, key: &SessionKey, tokens: Option<&TokenSet>) -> Result<(), VaultError> {
        let text = self.load()?;
        let content = text.as_ref().map(|text| parse(text)).transpose()?;
        let stored = content.iter().flat_map(|content| &content.sessions).find(|stored| stored.metadata.key() == *key);
        if stored.map(StoredSession::to_tokens).as_ref() == tokens {
            return Ok(());
        }
        Err(VaultError::Damaged("what was read back is not what was written".to_owned()))
    }

    fn read_file(&self) -> io::Result<Option<Vec<u8>>> {
        use io::Read;

        let file = match std::fs::File::open(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let mut bytes = Vec::new();
        file.take(MOST_BYTES).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    /// The key of `file`, derived only if the one at hand is not.
    fn key_of(&self, file: &[u8]) -> Result<Arc<DerivedKey>, VaultError> {
        let mut current = self.key.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = current.as_ref().filter(|key| key.fits(file)) {
            return Ok(key.clone());
        }
        let key = Arc::new(DerivedKey::of(&self.passphrase, file)?);
        *current = Some(key.clone());
        Ok(key)
    }

    /// The key to seal with: that of the file, or a new one where there is no file yet.
    fn current_key(&self) -> Result<Arc<DerivedKey>, VaultError> {
        let mut current = self.key.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = current.as_ref() {
            return Ok(key.clone());
        }
        let key = Arc::new(DerivedKey::new(&self.passphrase, self.costs)?);
        *current = Some(key.clone());
        Ok(key)
    }

    fn unusable(&self, error: &io::Error) -> VaultError {
        VaultError::Other(format!("the vault file {} cannot be used: {error}", self.path.display()))
    }
}

fn parse(text: &str) -> Result<Content<'_>, VaultError> {
    let content: Content<'_> = encoding::from_json(text)?;
    if content.version == VERSION {
        return Ok(content);
    }
    Err(VaultError::Damaged("the vault file was written by another version of bearcat".to_owned()))
}

#[cfg(test)]
mod tests;
