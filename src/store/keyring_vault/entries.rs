//! Single keyring entries: the three calls that a keyring offers, with its errors put into the vault's words.
//!
//! Everything above works on the [`Entries`] trait, so that tests can fail any call they like. Entries are
//! only touched on the keyring thread.

use std::sync::Arc;

use keyring_core::{CredentialStore, Entry, Error};
use zeroize::Zeroizing;

use crate::model::port::VaultError;

/// The service name of all of bearcat's entries.
pub(super) const SERVICE: &str = "bearcat";

/// Entries by name. Each call is one call to the keyring.
pub(super) trait Entries {
    /// The value of `name`, if there is one.
    fn get(&mut self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError>;
    /// Creates or replaces `name`.
    fn set(&mut self, name: &str, value: &[u8]) -> Result<(), VaultError>;
    /// Removes `name`; fine if there is none.
    fn delete(&mut self, name: &str) -> Result<(), VaultError>;
}

/// The entries of a store; `after_call` hears of every call that came back.
pub(super) struct StoreEntries<'a> {
    pub(super) store: &'a Arc<CredentialStore>,
    pub(super) explain: &'a dyn Fn(&Error) -> VaultError,
    pub(super) after_call: &'a dyn Fn(),
}

impl StoreEntries<'_> {
    fn call<T>(&self, name: &str, call: impl FnOnce(&Entry) -> keyring_core::Result<T>) -> keyring_core::Result<T> {
        let result = self.store.build(SERVICE, name, None).and_then(|entry| call(&entry));
        (self.after_call)();
        result
    }

    /// Two entries of one name, as two collections of a Secret Service may hold: none of them can be believed.
    fn delete_all(&self, entries: &[Entry]) -> Result<(), VaultError> {
        for entry in entries {
            let result = entry.delete_credential();
            (self.after_call)();
            match result {
                Ok(()) | Err(Error::NoEntry) => {}
                Err(error) => return Err((self.explain)(&error)),
            }
        }
        Ok(())
    }
}

impl Entries for StoreEntries<'_> {
    fn get(&mut self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
        match self.call(name, Entry::get_secret) {
            Ok(value) => Ok(Some(Zeroizing::new(value))),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err((self.explain)(&error)),
        }
    }

    fn set(&mut self, name: &str, value: &[u8]) -> Result<(), VaultError> {
        let mut result = self.call(name, |entry| entry.set_secret(value));
        if let Err(Error::Ambiguous(entries)) = &result {
            self.delete_all(entries)?;
            result = self.call(name, |entry| entry.set_secret(value));
        }
        result.map_err(|error| (self.explain)(&error))
    }

    fn delete(&mut self, name: &str) -> Result<(), VaultError> {
        match self.call(name, Entry::delete_credential) {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(Error::Ambiguous(entries)) => self.delete_all(&entries),
            Err(error) => Err((self.explain)(&error)),
        }
    }
}

/// What a keyring error means, as far as it can be told without knowing the platform.
pub(super) fn explain(error: &Error) -> VaultError {
    // Never the error's `Debug`, and nothing of the variants that carry what was read.
    match error {
        Error::NoStorageAccess(cause) => VaultError::Locked(mask(cause)),
        Error::NoDefaultStore => VaultError::Absent("no keyring was opened".to_owned()),
        Error::NotSupportedByStore(reason) => VaultError::Absent(mask(reason)),
        Error::BadEncoding(_) | Error::BadDataFormat(..) | Error::BadStoreFormat(_) => {
            VaultError::Damaged("the keyring holds something that bearcat did not write".to_owned())
        }
        Error::Ambiguous(entries) => {
            VaultError::Damaged(format!("the keyring holds {} entries of one name", entries.len()))
        }
        Error::TooLong(attribute, limit) => {
            VaultError::Other(format!("the keyring takes at most {limit} characters for `{attribute}`"))
        }
        Error::PlatformFailure(cause) => VaultError::Other(mask(cause)),
        other => VaultError::Other(mask(other)),
    }
}

pub(super) fn mask(text: &(impl ToString + ?Sized)) -> String {
    crate::redact::mask(&text.to_string()).into_owned()
}
