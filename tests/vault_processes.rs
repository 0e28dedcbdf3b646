//! Vault and locks between processes: this test binary starts itself as the other process.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helper functions too")]

use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use bearcat::model::identity::IdentityName;
use bearcat::model::port::{RefreshLock, Vault};
use bearcat::model::session::{SessionKey, TokenSet};
use bearcat::model::time::Timestamp;
use bearcat::redact::{AccessToken, Passphrase, RefreshToken};
use bearcat::store::file_vault::FileVault;
use bearcat::store::refresh_lock::FileLock;

/// What the child process does.
const JOB: &str = "BEARCAT_TEST_JOB";
/// The folder that it does it in.
const FOLDER: &str = "BEARCAT_TEST_FOLDER";
/// Its number among its siblings.
const NUMBER: &str = "BEARCAT_TEST_NUMBER";

const PROCESSES: usize = 4;
const ROUNDS: usize = 25;
const SESSIONS: usize = 3;

fn key(identity: &str) -> SessionKey {
    SessionKey {
        issuer: "https://mybusiness.kinde.com".to_owned(),
        client_id: "client".to_owned(),
        identity: IdentityName::new(identity),
    }
}

fn tokens(mark: &str) -> TokenSet {
    TokenSet {
        access: AccessToken::new(format!("access-{mark}-{}", "x".repeat(3000))),
        id: None,
        refresh: Some(RefreshToken::new(format!("refresh-{mark}"))),
        scope: None,
        obtained_at: Timestamp::from_millis(0),
        expires_at: None,
    }
}

fn start(job: &str, folder: &Path, number: usize) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture"])
        .env(JOB, job)
        .env(FOLDER, folder)
        .env(NUMBER, number.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn wait_for_all(children: Vec<Child>) {
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
}

fn vault_in(folder: &Path) -> FileVault {
    FileVault::open(&folder.join("vault.bearcat"), Passphrase::new("open sesame")).unwrap()
}

fn lock_in(folder: &Path) -> FileLock {
    FileLock::below(folder.join("locks"))
}

/// Not a test by itself: the body of the other processes.
#[tokio::test]
async fn child() {
    let Ok(job) = env::var(JOB) else { return };
    let folder = PathBuf::from(env::var(FOLDER).unwrap());
    let number = env::var(NUMBER).unwrap();
    match job.as_str() {
        "count" => count(&folder).await,
        "write" => {
            for session in 0..SESSIONS {
                let name = format!("identity-{number}-{session}");
                vault_in(&folder).write(&key(&name), &tokens(&name)).await.unwrap();
            }
        }
        "hold" => {
            let _held = lock_in(&folder).acquire(&key("jane")).await.unwrap();
            println!("held");
            // Until the parent kills this process: its end of the pipe stays open.
            std::io::stdin().lines().for_each(drop);
        }
        other => panic!("unknown job {other}"),
    }
}

/// Adds to a number in a file, without any other care than the lock.
async fn count(folder: &Path) {
    let path = folder.join("count");
    for _ in 0..ROUNDS {
        let held = lock_in(folder).acquire(&key("jane")).await.unwrap();
        let count: usize = fs::read_to_string(&path).unwrap().parse().unwrap();
        fs::write(&path, (count + 1).to_string()).unwrap();
        drop(held);
    }
}

#[test]
fn processes_that_hold_the_refresh_lock_exclude_each_other() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("count"), "0").unwrap();
    wait_for_all((0..PROCESSES).map(|number| start("count", folder.path(), number)).collect());
    assert_eq!(fs::read_to_string(folder.path().join("count")).unwrap(), (PROCESSES * ROUNDS).to_string());
}

#[tokio::test]
async fn a_lock_ends_with_its_process() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = start("hold", folder.path(), 0);
    let output = BufReader::new(child.stdout.take().unwrap());
    assert!(output.lines().map_while(Result::ok).any(|line| line.ends_with("held")));

    let lock = lock_in(folder.path());
    // Another session is free, this one is not.
    let (jane, joe) = (key("jane"), key("joe"));
    drop(lock.acquire(&joe).await.unwrap());
    let mut waiting = lock.acquire(&jane);
    let is_waiting = tokio::select! {
        biased;
        _ = &mut waiting => false,
        // Long enough for a lock that is free: the one above was taken and given back in it.
        _ = lock.acquire(&joe) => true,
    };
    assert!(is_waiting);
    child.kill().unwrap();
    child.wait().unwrap();
    waiting.await.unwrap();
}

#[tokio::test]
async fn processes_that_write_one_vault_file_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    wait_for_all((0..PROCESSES).map(|number| start("write", folder.path(), number)).collect());
    let vault = vault_in(folder.path());
    assert_eq!(vault.list().await.unwrap().len(), PROCESSES * SESSIONS);
    for number in 0..PROCESSES {
        for session in 0..SESSIONS {
            let name = format!("identity-{number}-{session}");
            assert_eq!(vault.read(&key(&name)).await.unwrap(), Some(tokens(&name)), "{name}");
        }
    }
}
