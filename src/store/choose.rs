//! Which vault is used: the user's word, never a fallback of our own.
//!
//! The shell and the commands call it once at start. When the chosen vault cannot be used, they show its
//! [`VaultStatus`](crate::model::port::VaultStatus) and let the user choose another.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::model::port::{RefreshLock, Vault, VaultError};
use crate::redact::Passphrase;
use crate::store::file_vault::FileVault;
use crate::store::keyring_vault::KeyringVault;
use crate::store::memory_vault::{MemoryLock, MemoryVault};
use crate::store::paths::Paths;
use crate::store::refresh_lock::FileLock;

/// The vaults that a user can choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum VaultChoice {
    /// The operating system's keyring.
    #[default]
    Keyring,
    /// A file encrypted with a passphrase.
    File,
    /// Memory only: forgotten at exit.
    Memory,
}

impl VaultChoice {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Keyring, Self::File, Self::Memory];

    /// The word of `--vault` and of the settings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Keyring => "keyring",
            Self::File => "file",
            Self::Memory => "memory",
        }
    }
}

impl fmt::Display for VaultChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Not one of the vaults.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a vault; use `keyring`, `file` or `memory`")]
pub struct UnknownVault(pub String);

impl FromStr for VaultChoice {
    type Err = UnknownVault;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|choice| choice.as_str() == text).ok_or_else(|| UnknownVault(text.to_owned()))
    }
}

/// A vault and the refresh lock that spans the same processes as it does.
#[derive(Clone)]
pub struct OpenVault {
    /// Where tokens are kept.
    pub vault: Arc<dyn Vault>,
    /// Held while one of its sessions is refreshed.
    pub lock: Arc<dyn RefreshLock>,
}

/// Opens the chosen vault. `passphrase` is asked for only when the choice is [`VaultChoice::File`].
///
/// The keyring is not touched yet (its first call does that, on its own thread); the file is read, and its
/// key derived, which takes a few tenths of a second: call it off the screen's thread.
pub fn open_vault(
    choice: VaultChoice,
    paths: &Paths,
    passphrase: impl FnOnce() -> Result<Passphrase, VaultError>,
) -> Result<OpenVault, VaultError> {
    match choice {
        VaultChoice::Keyring => {
            let lock = FileLock::for_keyring()?;
            let vault = KeyringVault::native(lock.dir().to_owned());
            Ok(OpenVault { vault: Arc::new(vault), lock: Arc::new(lock) })
        }
        VaultChoice::File => {
            let path = paths.vault_file();
            let lock = FileLock::beside(&path);
            Ok(OpenVault { vault: Arc::new(FileVault::open(&path, passphrase()?)?), lock: Arc::new(lock) })
        }
        VaultChoice::Memory => {
            Ok(OpenVault { vault: Arc::new(MemoryVault::default()), lock: Arc::new(MemoryLock::default()) })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::identity::IdentityName;
    use crate::model::port::VaultKind;
    use crate::model::session::SessionKey;

    fn never_asked() -> Result<Passphrase, VaultError> {
        panic!("only the file needs a passphrase")
    }

    #[test]
    fn words_and_back() {
        for choice in VaultChoice::ALL {
            assert_eq!(choice.to_string().parse(), Ok(choice));
        }
        assert_eq!("plain".parse::<VaultChoice>(), Err(UnknownVault("plain".to_owned())));
    }

    #[tokio::test]
    async fn memory() {
        let dir = tempfile::tempdir().unwrap();
        let open = open_vault(VaultChoice::Memory, &Paths::below(dir.path()), never_asked).unwrap();
        assert_eq!(open.vault.status().await.kind, VaultKind::Memory);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn file_with_its_lock_beside_it() {
        let dir = tempfile::tempdir().unwrap();
        let paths = Paths::below(dir.path());
        let open = open_vault(VaultChoice::File, &paths, || Ok(Passphrase::new("open sesame"))).unwrap();
        assert_eq!(open.vault.status().await.kind, VaultKind::EncryptedFile);
        let key = SessionKey { issuer: String::new(), client_id: String::new(), identity: IdentityName::new("jane") };
        drop(open.lock.acquire(&key).await.unwrap());
        assert!(FileLock::beside(&paths.vault_file()).dir().starts_with(&paths.data_dir));
    }

    #[test]
    fn a_passphrase_that_is_not_given_ends_it() {
        let dir = tempfile::tempdir().unwrap();
        let refused = || Err(VaultError::Other("no terminal to ask at".to_owned()));
        let result = open_vault(VaultChoice::File, &Paths::below(dir.path()), refused);
        assert_eq!(result.err(), Some(VaultError::Other("no terminal to ask at".to_owned())));
    }

    #[test]
    fn the_keyring_is_not_touched_by_opening_it_and_its_lock_is_the_users() {
        let one = open_vault(VaultChoice::Keyring, &Paths::below(std::path::Path::new("/one")), never_asked);
        assert!(one.is_ok());
        let lock = FileLock::for_keyring().unwrap();
        assert!(lock.dir().ends_with("bearcat/locks") && lock.dir().is_absolute());
    }
}
