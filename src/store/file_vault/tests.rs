//! The file vault on real files; what several processes do is in `tests/vault.rs`.

use std::fs;

use super::*;
use crate::model::identity::IdentityName;
use crate::model::time::Timestamp;
use crate::redact::{AccessToken, RefreshToken};

fn key(identity: &str) -> SessionKey {
    SessionKey {
        issuer: "https://mybusiness.kinde.com".to_owned(),
        client_id: "client".to_owned(),
        identity: IdentityName::new(identity),
    }
}

fn tokens(mark: &str) -> TokenSet {
    TokenSet {
        access: AccessToken::new(format!("access-of-{mark}-{}", "x".repeat(4096))),
        id: None,
        refresh: Some(RefreshToken::new(format!("refresh-of-{mark}"))),
        scope: Some("openid".to_owned()),
        obtained_at: Timestamp::from_millis(1),
        expires_at: None,
    }
}

struct Fixture {
    dir: tempfile::TempDir,
}

impl Fixture {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("data").join("vault.bearcat")
    }

    fn open(&self, passphrase: &str) -> Result<FileVault, VaultError> {
        FileVault::open_with(&self.path(), Passphrase::new(passphrase), Costs::LEAST)
    }

    fn vault(&self) -> FileVault {
        self.open("open sesame").unwrap()
    }
}

#[tokio::test]
async fn sessions_come_back_in_another_process_and_go_when_cleared() {
    let fixture = Fixture::new();
    let vault = fixture.vault();
    assert_eq!(vault.read(&key("jane")).await, Ok(None));
    assert_eq!(vault.list().await, Ok(Vec::new()));
    vault.clear(&key("jane")).await.unwrap();
    assert!(!fixture.path().exists(), "reading and clearing create nothing");

    vault.write(&key("jane"), &tokens("jane")).await.unwrap();
    vault.write(&key("joe"), &tokens("joe")).await.unwrap();
    let other = fixture.vault();
    assert_eq!(other.read(&key("jane")).await, Ok(Some(tokens("jane"))));
    assert_eq!(other.list().await, Ok(vec![key("jane"), key("joe")]));
    other.write(&key("jane"), &tokens("jane again")).await.unwrap();
    assert_eq!(vault.read(&key("jane")).await, Ok(Some(tokens("jane again"))));
    vault.clear(&key("jane")).await.unwrap();
    assert_eq!(other.read(&key("jane")).await, Ok(None));
    assert_eq!(other.list().await, Ok(vec![key("joe")]));
}

#[tokio::test]
async fn the_file_is_private_and_shows_nothing() {
    let fixture = Fixture::new();
    let vault = fixture.vault();
    vault.write(&key("jane"), &tokens("jane")).await.unwrap();
    let bytes = fs::read(fixture.path()).unwrap();
    for text in ["access-of", "refresh-of", "kinde", "jane", "open sesame"] {
        assert!(!bytes.windows(text.len()).any(|window| window == text.as_bytes()), "{text}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&fixture.path()), 0o600);
        assert_eq!(mode(fixture.path().parent().unwrap()), 0o700);
        // A mode that somebody loosened is put right.
        fs::set_permissions(fixture.path(), fs::Permissions::from_mode(0o644)).unwrap();
        vault.write(&key("jane"), &tokens("jane")).await.unwrap();
        assert_eq!(mode(&fixture.path()), 0o600);
    }
}

#[tokio::test]
async fn wrong_passphrases_are_told_at_once() {
    let fixture = Fixture::new();
    assert_eq!(fixture.open("").err(), Some(VaultError::WrongPassphrase));
    fixture.vault().write(&key("jane"), &tokens("jane")).await.unwrap();
    assert_eq!(fixture.open("open barley").err(), Some(VaultError::WrongPassphrase));
    assert!(fixture.open("open sesame").is_ok());
}

#[tokio::test]
async fn two_processes_that_start_a_file_with_different_passphrases() {
    let fixture = Fixture::new();
    let (first, second) = (fixture.vault(), fixture.open("open barley").unwrap());
    first.write(&key("jane"), &tokens("jane")).await.unwrap();
    assert_eq!(second.write(&key("joe"), &tokens("joe")).await, Err(VaultError::WrongPassphrase));
    assert_eq!(first.list().await, Ok(vec![key("jane")]));
}

#[tokio::test]
async fn two_processes_that_start_a_file_at_once_end_with_one_key() {
    let fixture = Fixture::new();
    let vaults: Vec<_> = (0..8).map(|_| fixture.vault()).collect();
    let writes = vaults.iter().enumerate().map(|(number, vault)| async move {
        let name = format!("identity-{number}");
        vault.write(&key(&name), &tokens(&name)).await
    });
    for written in futures_util::future::join_all(writes).await {
        written.unwrap();
    }
    for vault in &vaults {
        assert_eq!(vault.list().await.unwrap().len(), 8);
    }
}

#[tokio::test]
async fn a_file_that_was_deleted_and_started_anew_elsewhere_is_read() {
    let fixture = Fixture::new();
    let vault = fixture.vault();
    vault.write(&key("jane"), &tokens("jane")).await.unwrap();
    fs::remove_file(fixture.path()).unwrap();
    assert_eq!(vault.list().await, Ok(Vec::new()));
    fixture.vault().write(&key("joe"), &tokens("joe")).await.unwrap();
    assert_eq!(vault.list().await, Ok(vec![key("joe")]));
    vault.write(&key("jane"), &tokens("jane")).await.unwrap();
    assert_eq!(vault.list().await, Ok(vec![key("jane"), key("joe")]));
}

#[tokio::test]
async fn a_damaged_file_is_told_and_not_overwritten() {
    let fixture = Fixture::new();
    let vault = fixture.vault();
    vault.write(&key("jane"), &tokens("jane")).await.unwrap();
    let mut bytes = fs::read(fixture.path()).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(fixture.path(), &bytes).unwrap();
    assert!(matches!(vault.read(&key("jane")).await, Err(VaultError::Damaged(_))));
    assert!(matches!(vault.write(&key("joe"), &tokens("joe")).await, Err(VaultError::Damaged(_))));
    assert!(matches!(vault.status().await.availability, Err(VaultError::Damaged(_))));
    assert!(matches!(fixture.open("open sesame"), Err(VaultError::Damaged(_))));
    assert_eq!(fs::read(fixture.path()).unwrap(), bytes);
}

#[tokio::test]
async fn the_status_names_the_file_and_says_whether_it_can_be_written() {
    let fixture = Fixture::new();
    let status = fixture.vault().status().await;
    assert_eq!((status.kind, status.name), (VaultKind::EncryptedFile, fixture.path().display().to_string()));
    assert_eq!(status.availability, Ok(()));

    let in_the_way = fixture.dir.path().join("file");
    fs::write(&in_the_way, "").unwrap();
    let path = in_the_way.join("vault.bearcat");
    let result = FileVault::open_with(&path, Passphrase::new("open sesame"), Costs::LEAST);
    assert!(matches!(result.err(), Some(VaultError::Other(text)) if text.contains("cannot be used")));
}

#[tokio::test(start_paused = true)]
async fn a_process_that_holds_the_file_is_not_waited_for_for_ever() {
    let fixture = Fixture::new();
    let vault = fixture.vault();
    let held = FileLock::beside(&fixture.path()).block_on(WRITER_LOCK).unwrap();
    let error = vault.write(&key("jane"), &tokens("jane")).await.unwrap_err();
    assert!(error.to_string().contains("another bearcat process"), "{error}");
    drop(held);
    // The abandoned thread gets the lock sooner or later; it must not write any more.
    drop(FileLock::beside(&fixture.path()).block_on(WRITER_LOCK).unwrap());
    assert!(!fixture.path().exists());
}
