//! The vault on keyring-core's mock store and on stores that misbehave. Never on a real keyring.

use std::any::Any;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use keyring_core::api::CredentialStoreApi;
use keyring_core::{CredentialStore, Entry, Error, mock};
use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::model::identity::IdentityName;
use crate::model::time::Timestamp;
use crate::redact::{AccessToken, IdToken, RefreshToken};
use crate::store::encoding::tests::any_session;
use crate::store::keyring_vault::entries::SERVICE;

fn key(identity: &str) -> SessionKey {
    SessionKey {
        issuer: "https://mybusiness.kinde.com".to_owned(),
        client_id: "client".to_owned(),
        identity: IdentityName::new(identity),
    }
}

fn tokens(access_length: usize) -> TokenSet {
    TokenSet {
        access: AccessToken::new("a.B-".repeat(access_length / 4)),
        id: Some(IdToken::new("id-token-value")),
        refresh: Some(RefreshToken::new("refresh-token-value")),
        scope: Some("openid offline".to_owned()),
        obtained_at: Timestamp::from_millis(1_700_000_000_123),
        expires_at: Some(Timestamp::from_seconds(1_700_086_400)),
    }
}

struct Fixture {
    store: Arc<mock::Store>,
    dir: tempfile::TempDir,
}

impl Fixture {
    fn new() -> Self {
        Self { store: mock::Store::new().unwrap(), dir: tempfile::tempdir().unwrap() }
    }

    /// A vault as another process would have it: own thread, own lock, same keyring.
    fn vault(&self) -> KeyringVault {
        vault_on(self.store.clone(), &self.dir)
    }

    /// The stored entries; the mock keeps empty ones for every name that was ever asked for.
    fn entries(&self) -> Vec<(String, Vec<u8>)> {
        let mut inner = self.store.inner.lock().unwrap();
        let stored = |cred: &Arc<mock::Cred>| {
            assert_eq!(cred.specifiers.0, SERVICE);
            let value = cred.inner.lock().unwrap().get_mut().secret.clone()?;
            Some((cred.specifiers.1.clone(), value))
        };
        inner.get_mut().iter().filter_map(stored).collect()
    }
}

fn vault_on(store: Arc<CredentialStore>, dir: &tempfile::TempDir) -> KeyringVault {
    KeyringVault::new(Box::new(OpenKeyring(store)), dir.path().join("locks"))
}

#[rstest]
#[case::small(100)]
#[case::kinde_with_permissions(4 * 1024)]
#[case::large(12 * 1024)]
#[tokio::test]
async fn sessions_come_back_also_in_another_process(#[case] length: usize) {
    let fixture = Fixture::new();
    let written = tokens(length);
    fixture.vault().write(&key("jane"), &written).await.unwrap();
    assert_eq!(fixture.vault().read(&key("jane")).await, Ok(Some(written)));
    assert_eq!(fixture.vault().read(&key("joe")).await, Ok(None));
    assert!(fixture.entries().iter().all(|(_, value)| value.len() <= 1000));

    let rotated = TokenSet { id: None, refresh: None, scope: None, expires_at: None, ..tokens(1200) };
    fixture.vault().write(&key("jane"), &rotated).await.unwrap();
    assert_eq!(fixture.vault().read(&key("jane")).await, Ok(Some(rotated)));
    assert!(!fixture.entries().iter().any(|(_, value)| value == b"refresh-token-value"));

    fixture.vault().clear(&key("jane")).await.unwrap();
    fixture.vault().clear(&key("jane")).await.unwrap();
    assert_eq!(fixture.entries(), []);
}

#[tokio::test]
async fn the_metadata_holds_no_token_and_entries_are_named_by_hash() {
    let fixture = Fixture::new();
    fixture.vault().write(&key("jane"), &tokens(100)).await.unwrap();
    for (name, value) in fixture.entries() {
        assert!(name == "index" || name.starts_with("index/") || name.starts_with("jane~"), "{name}");
        let holds_a_token = ["/access/", "/id/", "/refresh/"].iter().any(|part| name.contains(part));
        let text = String::from_utf8(value).unwrap();
        assert_eq!(holds_a_token, text.contains("token-value") || text.contains("a.B-"), "{name}");
    }
}

#[tokio::test]
async fn the_index_knows_all_sessions_of_all_processes() {
    let fixture = Fixture::new();
    assert_eq!(fixture.vault().list().await, Ok(Vec::new()));
    let names: Vec<_> = (0..12).map(|number| format!("identity-{number:02}")).collect();
    let writers = names.iter().map(|name| {
        let vault = fixture.vault();
        async move { vault.write(&key(name), &tokens(2000)).await }
    });
    for written in futures_util::future::join_all(writers).await {
        written.unwrap();
    }
    let expected: Vec<_> = names.iter().map(|name| key(name)).collect();
    assert_eq!(fixture.vault().list().await, Ok(expected.clone()));
    let (first, rest) = expected.split_first().unwrap();
    fixture.vault().clear(first).await.unwrap();
    assert_eq!(fixture.vault().list().await, Ok(rest.to_vec()));
}

#[tokio::test]
async fn writers_of_one_session_take_turns() {
    let fixture = Fixture::new();
    let writers = (1..=8).map(|size| {
        let vault = fixture.vault();
        async move { vault.write(&key("jane"), &tokens(size * 700)).await }
    });
    for written in futures_util::future::join_all(writers).await {
        written.unwrap();
    }
    let stored = fixture.vault().read(&key("jane")).await.unwrap().unwrap();
    let chunks = stored.access.expose().len().div_ceil(1000);
    // Head, access, id, refresh, metadata; index head and chunk: nothing of the other seven.
    assert_eq!(fixture.entries().len(), 1 + chunks + 3 + 2);
}

#[tokio::test]
async fn a_damaged_index_hides_no_session_and_heals() {
    let fixture = Fixture::new();
    fixture.vault().write(&key("jane"), &tokens(100)).await.unwrap();
    fixture.store.build(SERVICE, "index", None).unwrap().set_secret(b"?").unwrap();
    assert!(matches!(fixture.vault().list().await, Err(VaultError::Damaged(_))));
    assert_eq!(fixture.vault().read(&key("jane")).await, Ok(Some(tokens(100))));
    fixture.vault().write(&key("jane"), &tokens(200)).await.unwrap();
    assert_eq!(fixture.vault().list().await, Ok(vec![key("jane")]));
}

#[tokio::test]
async fn an_entry_under_a_wrong_name_is_not_believed() {
    let fixture = Fixture::new();
    fixture.vault().write(&key("jane"), &tokens(100)).await.unwrap();
    let (from, to) = (session_name(&key("jane")), session_name(&key("joe")));
    for (name, value) in fixture.entries() {
        fixture.store.build(SERVICE, &name.replace(&from, &to), None).unwrap().set_secret(&value).unwrap();
    }
    assert!(matches!(fixture.vault().read(&key("joe")).await, Err(VaultError::Damaged(_))));
}

fn platform(text: &str) -> Box<dyn std::error::Error + Send + Sync> {
    text.into()
}

#[rstest]
#[case::locked(Error::NoStorageAccess(platform("locked up")), VaultError::Locked("locked up".to_owned()))]
#[case::other(Error::PlatformFailure(platform("disk full")), VaultError::Other("disk full".to_owned()))]
#[case::absent(Error::NoDefaultStore, VaultError::Absent("no keyring was opened".to_owned()))]
#[case::too_long(
    Error::TooLong("user".to_owned(), 20),
    VaultError::Other("the keyring takes at most 20 characters for `user`".to_owned())
)]
#[case::ambiguous(
    Error::Ambiguous(Vec::new()),
    VaultError::Damaged("the keyring holds 0 entries of one name".to_owned())
)]
#[tokio::test]
async fn keyring_errors_in_the_vaults_words(#[case] error: Error, #[case] expected: VaultError) {
    let fixture = Fixture::new();
    let entry = fixture.store.build(SERVICE, &session_name(&key("jane")), None).unwrap();
    entry.as_any().downcast_ref::<mock::Cred>().unwrap().set_error(error);
    assert_eq!(fixture.vault().read(&key("jane")).await, Err(expected));
}

#[tokio::test]
async fn a_connection_that_died_is_made_anew_and_a_locked_keyring_is_not_asked_twice() {
    let fixture = Fixture::new();
    let vault = fixture.vault();
    vault.write(&key("jane"), &tokens(100)).await.unwrap();
    let entry = fixture.store.build(SERVICE, &session_name(&key("jane")), None).unwrap();
    let fail = |error| entry.as_any().downcast_ref::<mock::Cred>().unwrap().set_error(error);
    fail(Error::PlatformFailure(platform("no such session")));
    assert_eq!(vault.read(&key("jane")).await, Ok(Some(tokens(100))));
    fail(Error::NoStorageAccess(platform("dismissed")));
    assert_eq!(vault.read(&key("jane")).await, Err(VaultError::Locked("dismissed".to_owned())));
}

#[tokio::test]
async fn error_texts_hold_nothing_of_what_was_read() {
    let canary = "canary-of-the-keyring-vault";
    drop(RefreshToken::new(canary));
    for error in [
        Error::BadEncoding(canary.as_bytes().to_vec()),
        Error::BadDataFormat(canary.as_bytes().to_vec(), platform(canary)),
        Error::BadStoreFormat(canary.to_owned()),
        Error::PlatformFailure(platform(&format!("cannot store `{canary}`"))),
        Error::NoStorageAccess(platform(canary)),
        Error::Invalid("secret".to_owned(), canary.to_owned()),
        Error::NotSupportedByStore(canary.to_owned()),
    ] {
        let told = entries::explain(&error);
        assert!(!format!("{told} {told:?} {}", told.problem()).contains(canary), "{told}");
    }
}

#[cfg(all(unix, not(target_os = "macos")))]
#[rstest]
#[case(secret_service::Error::Locked, "the keyring is locked: the default collection of the Secret Service")]
#[case(secret_service::Error::Prompt, "the keyring is locked: the unlock prompt was dismissed or could not be shown")]
#[case(secret_service::Error::PromptDisconnected, "the keyring is locked: the unlock prompt went away")]
#[case(secret_service::Error::NoResult, "no keyring is available: the Secret Service has no default collection")]
#[case(secret_service::Error::Unavailable, "no keyring is available: no D-Bus session bus was found")]
#[case(secret_service::Error::Crypto("odd"), "Crypto error: odd")]
fn secret_service_errors_in_the_vaults_words(#[case] error: secret_service::Error, #[case] expected: &str) {
    // Both wrappings occur for most of them, depending on the call.
    assert_eq!(NativeKeyring.explain(&Error::PlatformFailure(Box::new(error))).to_string(), expected);
}

/// A store whose calls hang while it is shut.
#[derive(Debug)]
struct GatedStore {
    inner: Arc<mock::Store>,
    is_shut: Mutex<bool>,
    opened: Condvar,
}

impl GatedStore {
    fn shut() -> Arc<Self> {
        Arc::new(Self { inner: mock::Store::new().unwrap(), is_shut: Mutex::new(true), opened: Condvar::new() })
    }

    fn open(&self) {
        *self.is_shut.lock().unwrap() = false;
        self.opened.notify_all();
    }
}

impl CredentialStoreApi for GatedStore {
    fn vendor(&self) -> String {
        "gated".to_owned()
    }

    fn id(&self) -> String {
        "gated".to_owned()
    }

    fn build(&self, service: &str, user: &str, mods: Option<&HashMap<&str, &str>>) -> keyring_core::Result<Entry> {
        drop(self.opened.wait_while(self.is_shut.lock().unwrap(), |is_shut| *is_shut).unwrap());
        self.inner.build(service, user, mods)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

#[tokio::test(start_paused = true)]
async fn a_vault_that_never_answers_lets_everybody_go_in_time() {
    let dir = tempfile::tempdir().unwrap();
    let store = GatedStore::shut();
    let vault = vault_on(store.clone(), &dir);
    let start = tokio::time::Instant::now();
    let timed_out = VaultError::TimedOut(CALL_BOUND);
    let (key, other) = (key("jane"), key("joe"));
    let (read, list, status) = tokio::join!(vault.read(&key), vault.list(), vault.status());
    assert_eq!(
        (read, list, status.availability),
        (Err(timed_out.clone()), Err(timed_out.clone()), Err(timed_out.clone()))
    );
    assert_eq!(start.elapsed(), CALL_BOUND);
    assert_eq!(vault.read(&other).await, Err(timed_out));
    assert_eq!(start.elapsed(), CALL_BOUND);
    store.open();
}

#[tokio::test]
async fn the_vault_answers_again_when_the_keyring_does() {
    let dir = tempfile::tempdir().unwrap();
    let store = GatedStore::shut();
    let vault = vault_on(store.clone(), &dir);
    let key = key("jane");
    let mut hanging = vault.read(&key);
    assert!(futures_util::poll!(&mut hanging).is_pending());
    store.open();
    assert_eq!(hanging.await, Ok(None));
    vault.write(&key, &tokens(10)).await.unwrap();
    assert_eq!(vault.read(&key).await, Ok(Some(tokens(10))));
}

/// A keyring that cannot be opened at first, and is locked as long as its probe says so.
struct LateKeyring {
    store: Arc<mock::Store>,
    is_running: Arc<AtomicBool>,
    is_locked: bool,
}

impl Keyring for LateKeyring {
    fn name(&self) -> &'static str {
        "late keyring"
    }

    fn open(&mut self) -> keyring_core::Result<Arc<CredentialStore>> {
        if self.is_running.load(Ordering::Relaxed) {
            return Ok(self.store.clone());
        }
        Err(Error::PlatformFailure(platform("nobody is there")))
    }

    fn probe(&mut self) -> Result<(), VaultError> {
        if self.is_locked { Err(VaultError::Locked("the collection".to_owned())) } else { Ok(()) }
    }
}

#[tokio::test]
async fn a_keyring_that_starts_later_is_found() {
    let fixture = Fixture::new();
    let is_running = Arc::new(AtomicBool::new(false));
    let late = LateKeyring { store: fixture.store.clone(), is_running: is_running.clone(), is_locked: false };
    let vault = KeyringVault::new(Box::new(late), fixture.dir.path().to_owned());
    let absent = VaultError::Absent("nobody is there".to_owned());
    assert_eq!(
        vault.status().await,
        VaultStatus { kind: VaultKind::Keyring, name: "late keyring".to_owned(), availability: Err(absent.clone()) }
    );
    assert_eq!(vault.write(&key("jane"), &tokens(10)).await, Err(absent));
    is_running.store(true, Ordering::Relaxed);
    assert_eq!(vault.status().await.availability, Ok(()));
    vault.write(&key("jane"), &tokens(10)).await.unwrap();
}

#[tokio::test]
async fn the_status_says_locked_without_touching_an_entry() {
    let fixture = Fixture::new();
    let is_running = Arc::new(AtomicBool::new(true));
    let late = LateKeyring { store: fixture.store.clone(), is_running, is_locked: true };
    let vault = KeyringVault::new(Box::new(late), fixture.dir.path().to_owned());
    assert_eq!(vault.status().await.availability, Err(VaultError::Locked("the collection".to_owned())));
    assert!(fixture.store.inner.lock().unwrap().get_mut().is_empty());
}

/// Entries in memory, for the properties.
#[derive(Default)]
struct Plain(std::collections::BTreeMap<String, Vec<u8>>);

impl Entries for Plain {
    fn get(&mut self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
        Ok(self.0.get(name).cloned().map(Zeroizing::new))
    }

    fn set(&mut self, name: &str, value: &[u8]) -> Result<(), VaultError> {
        self.0.insert(name.to_owned(), value.to_vec());
        Ok(())
    }

    fn delete(&mut self, name: &str) -> Result<(), VaultError> {
        self.0.remove(name);
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_sessions_live_side_by_side(sessions in prop::collection::vec(any_session(), 1..6)) {
        let mut entries = Plain::default();
        let mut expected = std::collections::BTreeMap::new();
        for (key, tokens) in sessions {
            write_session(&mut entries, &key, &tokens).unwrap();
            expected.insert(key, tokens);
        }
        prop_assert_eq!(index::read(&mut entries).unwrap(), expected.keys().cloned().collect::<Vec<_>>());
        for (key, tokens) in &expected {
            prop_assert_eq!(read_session(&mut entries, key).unwrap(), Some(tokens.clone()));
            clear_session(&mut entries, key).unwrap();
            prop_assert_eq!(read_session(&mut entries, key).unwrap(), None);
        }
        prop_assert!(entries.0.is_empty());
    }
}
