//! The vault on a real Secret Service, in the three states that it can be in. Ignored unless asked for: the
//! first suite never touches a real keyring. Each test needs a session of its own, for example
//!
//! ```sh
//! export HOME="$(mktemp -d)"
//! dbus-run-session -- sh -c 'printf test | gnome-keyring-daemon --unlock --components=secrets &&
//!     cargo test --test vault_secret_service -- --ignored unlocked'
//! dbus-run-session -- sh -c 'gnome-keyring-daemon --start --components=secrets &&
//!     cargo test --test vault_secret_service -- --ignored locked_later'
//! DBUS_SESSION_BUS_ADDRESS=unix:path=/nowhere cargo test --test vault_secret_service -- --ignored absent
//! ```

#![cfg(all(unix, not(target_os = "macos")))]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::time::{Duration, Instant};

use bearcat::model::identity::IdentityName;
use bearcat::model::port::{Vault, VaultError};
use bearcat::model::session::{SessionKey, TokenSet};
use bearcat::model::time::Timestamp;
use bearcat::redact::{AccessToken, IdToken, RefreshToken};
use bearcat::store::keyring_vault::KeyringVault;
use bearcat::store::refresh_lock::FileLock;

/// Every call must come back well within the vault's bound, whatever the keyring does.
const PROMPT: Duration = Duration::from_secs(7);

fn vault() -> KeyringVault {
    KeyringVault::native(FileLock::for_keyring().unwrap().dir().to_owned())
}

fn key() -> SessionKey {
    SessionKey {
        issuer: "https://mybusiness.kinde.com".to_owned(),
        client_id: "client".to_owned(),
        identity: IdentityName::new("jane"),
    }
}

fn tokens(length: usize) -> TokenSet {
    TokenSet {
        access: AccessToken::new("t".repeat(length)),
        id: Some(IdToken::new("i".repeat(1500))),
        refresh: Some(RefreshToken::new("refresh-token-value")),
        scope: Some("openid offline".to_owned()),
        obtained_at: Timestamp::from_millis(1),
        expires_at: Some(Timestamp::from_seconds(86_400)),
    }
}

#[tokio::test]
#[ignore = "needs an unlocked Secret Service of its own"]
async fn unlocked() {
    let vault = vault();
    assert_eq!(vault.status().await.availability, Ok(()));
    for length in [200, 4 * 1024, 12 * 1024, 300] {
        vault.write(&key(), &tokens(length)).await.unwrap();
        // As another process would find it.
        assert_eq!(self::vault().read(&key()).await, Ok(Some(tokens(length))));
    }
    assert_eq!(vault.list().await, Ok(vec![key()]));
    vault.clear(&key()).await.unwrap();
    assert_eq!(vault.list().await, Ok(Vec::new()));
    assert_eq!(vault.read(&key()).await, Ok(None));
    // The test of the locked keyring, which comes next, finds a session in it.
    vault.write(&key(), &tokens(100)).await.unwrap();
}

#[tokio::test]
#[ignore = "needs the Secret Service of `unlocked`, locked"]
async fn locked_later() {
    let (vault, start) = (vault(), Instant::now());
    let status = vault.status().await.availability;
    assert!(matches!(status, Err(VaultError::Locked(_))), "{status:?}");
    // Where no prompt can be shown the keyring says no; where one is shown, nobody answers it.
    let read = vault.read(&key()).await;
    assert!(matches!(read, Err(VaultError::Locked(_) | VaultError::TimedOut(_))), "{read:?}");
    let write = vault.write(&key(), &tokens(100)).await;
    assert!(matches!(write, Err(VaultError::Locked(_) | VaultError::TimedOut(_))), "{write:?}");
    assert!(start.elapsed() < 2 * PROMPT);
}

#[tokio::test]
#[ignore = "needs a session without a Secret Service"]
async fn absent() {
    let (vault, start) = (vault(), Instant::now());
    let status = vault.status().await.availability;
    assert!(matches!(status, Err(VaultError::Absent(_))), "{status:?}");
    let write = vault.write(&key(), &tokens(100)).await;
    assert!(matches!(write, Err(VaultError::Absent(_))), "{write:?}");
    assert!(start.elapsed() < PROMPT);
}
