//! Vaults that do not work: one that is not there, and one that never answers.

use bearcat::model::port::{BoxFuture, Vault, VaultError, VaultKind, VaultStatus};
use bearcat::model::session::{SessionKey, TokenSet};

/// How an [`Odd`] vault misbehaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// There is no keyring.
    Absent,
    /// No call ever comes back.
    Silent,
    /// It is empty and takes nothing.
    ReadOnly,
}

/// A vault that does not work.
pub struct Odd(pub Behaviour);

impl Odd {
    fn refuse<T: Send + 'static>(&self) -> BoxFuture<'_, Result<T, VaultError>> {
        match self.0 {
            Behaviour::Absent => Box::pin(async { Err(absent()) }),
            Behaviour::Silent => Box::pin(std::future::pending()),
            Behaviour::ReadOnly => Box::pin(async { Err(VaultError::Other("the disk is full".to_owned())) }),
        }
    }
}

fn absent() -> VaultError {
    VaultError::Absent("no service answers on the session bus".to_owned())
}

impl Vault for Odd {
    fn status(&self) -> BoxFuture<'_, VaultStatus> {
        let status =
            || VaultStatus { kind: VaultKind::Keyring, name: "Secret Service".to_owned(), availability: Err(absent()) };
        match self.0 {
            Behaviour::Absent => Box::pin(async move { status() }),
            Behaviour::Silent => Box::pin(std::future::pending()),
            Behaviour::ReadOnly => Box::pin(async move { VaultStatus { availability: Ok(()), ..status() } }),
        }
    }

    fn read<'a>(&'a self, _: &'a SessionKey) -> BoxFuture<'a, Result<Option<TokenSet>, VaultError>> {
        match self.0 {
            Behaviour::ReadOnly => Box::pin(async { Ok(None) }),
            _ => self.refuse(),
        }
    }

    fn write<'a>(&'a self, _: &'a SessionKey, _: &'a TokenSet) -> BoxFuture<'a, Result<(), VaultError>> {
        self.refuse()
    }

    fn clear<'a>(&'a self, _: &'a SessionKey) -> BoxFuture<'a, Result<(), VaultError>> {
        self.refuse()
    }

    fn list(&self) -> BoxFuture<'_, Result<Vec<SessionKey>, VaultError>> {
        self.refuse()
    }
}
