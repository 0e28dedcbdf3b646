//! Which keyring: the operating system's, or one that a test made.
//!
//! The only file that knows the platforms. All of it runs on the keyring thread.

use std::sync::Arc;

use keyring_core::{CredentialStore, Error};

use crate::model::port::VaultError;
use crate::store::keyring_vault::entries::{explain, mask};

/// A keyring that can be opened. Called on the keyring thread only; every call may block.
pub trait Keyring: Send {
    /// The keyring's own name, for the status bar.
    fn name(&self) -> &'static str;

    /// Opens it; called again after it failed.
    fn open(&mut self) -> keyring_core::Result<Arc<CredentialStore>>;

    /// Can it be written now? Must not open a prompt. `Ok` if the platform has no way to find out.
    fn probe(&mut self) -> Result<(), VaultError> {
        Ok(())
    }

    /// What an error of one of its entries means.
    fn explain(&self, error: &Error) -> VaultError {
        explain(error)
    }

    /// What an error of [`Self::open`] means.
    fn explain_opening(&self, error: &Error) -> VaultError {
        match error {
            Error::PlatformFailure(cause) => VaultError::Absent(mask(cause)),
            other => self.explain(other),
        }
    }
}

/// A store that is open already: what tests use.
#[derive(Debug, Clone)]
pub struct OpenKeyring(pub Arc<CredentialStore>);

impl Keyring for OpenKeyring {
    fn name(&self) -> &'static str {
        "keyring"
    }

    fn open(&mut self) -> keyring_core::Result<Arc<CredentialStore>> {
        Ok(self.0.clone())
    }
}

/// The operating system's keyring.
#[derive(Debug, Clone, Copy)]
pub struct NativeKeyring;

#[cfg(all(unix, not(target_os = "macos")))]
impl Keyring for NativeKeyring {
    fn name(&self) -> &'static str {
        "Secret Service"
    }

    fn open(&mut self) -> keyring_core::Result<Arc<CredentialStore>> {
        Ok(zbus_secret_service_keyring_store::Store::new()?)
    }

    fn probe(&mut self) -> Result<(), VaultError> {
        use secret_service::EncryptionType;
        use secret_service::blocking::SecretService;

        // No secret is read or written here, so the session needs no encryption.
        let service =
            SecretService::connect(EncryptionType::Plain).map_err(|error| absent(explain_secret_service(&error)))?;
        // The default collection is where new entries would go. Looking at it does not unlock it.
        let collection = service.get_default_collection();
        collection.and_then(|collection| collection.ensure_unlocked()).map_err(|error| explain_secret_service(&error))
    }

    fn explain(&self, error: &Error) -> VaultError {
        match error {
            Error::PlatformFailure(cause) | Error::NoStorageAccess(cause) => {
                cause.downcast_ref::<secret_service::Error>().map_or_else(|| explain(error), explain_secret_service)
            }
            other => explain(other),
        }
    }

    fn explain_opening(&self, error: &Error) -> VaultError {
        absent(self.explain(error))
    }
}

/// What goes wrong while a connection is made means that there is nobody to talk to.
#[cfg(all(unix, not(target_os = "macos")))]
fn absent(error: VaultError) -> VaultError {
    match error {
        VaultError::Other(reason) => VaultError::Absent(reason),
        told => told,
    }
}

#[cfg(all(unix, not(target_os = "macos")))]
fn explain_secret_service(error: &secret_service::Error) -> VaultError {
    use secret_service::Error as Service;

    match error {
        Service::Locked => VaultError::Locked("the default collection of the Secret Service".to_owned()),
        Service::Prompt => VaultError::Locked("the unlock prompt was dismissed or could not be shown".to_owned()),
        Service::PromptDisconnected => VaultError::Locked("the unlock prompt went away".to_owned()),
        Service::NoResult => VaultError::Absent("the Secret Service has no default collection".to_owned()),
        Service::Unavailable => VaultError::Absent("no D-Bus session bus was found".to_owned()),
        other => {
            // D-Bus errors are told by their name, which stands first in the text.
            let text = mask(other);
            let names = |names: &[&str]| names.iter().any(|name| text.contains(name));
            if names(&["Secret.Error.IsLocked"]) {
                VaultError::Locked(text)
            } else if names(&["DBus.Error.ServiceUnknown", "DBus.Error.NameHasNoOwner", "DBus.Error.Spawn"]) {
                VaultError::Absent("no Secret Service is running on this D-Bus session bus".to_owned())
            } else {
                VaultError::Other(text)
            }
        }
    }
}

#[cfg(target_os = "macos")]
impl Keyring for NativeKeyring {
    fn name(&self) -> &'static str {
        "Keychain"
    }

    fn open(&mut self) -> keyring_core::Result<Arc<CredentialStore>> {
        Ok(apple_native_keyring_store::keychain::Store::new()?)
    }
}

#[cfg(windows)]
impl Keyring for NativeKeyring {
    fn name(&self) -> &'static str {
        "Windows Credential Manager"
    }

    fn open(&mut self) -> keyring_core::Result<Arc<CredentialStore>> {
        Ok(windows_native_keyring_store::Store::new()?)
    }
}
