//! The list of sessions, as one more blob in the keyring; no secret in it.
//!
//! It lives in the keyring so that it has the keyring's scope, whatever folder a process keeps its files in.
//! Called under the writer lock only (except for reading), so that no process overwrites another's change.

use zeroize::Zeroizing;

use crate::model::port::VaultError;
use crate::model::session::SessionKey;
use crate::store::encoding::{self, StoredKey};
use crate::store::keyring_vault::blob::Blob;
use crate::store::keyring_vault::entries::Entries;

/// The only part of the index.
const SESSIONS: &str = "sessions";

fn blob() -> Blob {
    // No session has this name: theirs hold a `~`.
    Blob { name: "index".to_owned(), part_names: &[SESSIONS] }
}

/// All sessions, sorted. One whose writing was interrupted may be among them; it reads as `None`.
pub(super) fn read(entries: &mut impl Entries) -> Result<Vec<SessionKey>, VaultError> {
    let Some(parts) = blob().read(entries)? else { return Ok(Vec::new()) };
    let Some((_, text)) = parts.first() else { return Ok(Vec::new()) };
    let stored: Vec<StoredKey<'_>> = encoding::from_json(text)?;
    Ok(stored.iter().map(StoredKey::to_key).collect())
}

/// Adds `key`, if it is not there.
pub(super) fn add(entries: &mut impl Entries, key: &SessionKey) -> Result<(), VaultError> {
    let mut keys = read_or_start_again(entries)?;
    let Err(position) = keys.binary_search(key) else { return Ok(()) };
    keys.insert(position, key.clone());
    write(entries, &keys)
}

/// Removes `key`, if it is there.
pub(super) fn remove(entries: &mut impl Entries, key: &SessionKey) -> Result<(), VaultError> {
    let mut keys = read_or_start_again(entries)?;
    let Ok(position) = keys.binary_search(key) else { return Ok(()) };
    keys.remove(position);
    if keys.is_empty() { blob().clear(entries) } else { write(entries, &keys) }
}

/// A damaged index must not keep anybody from logging in; sessions come back to it when they are written.
fn read_or_start_again(entries: &mut impl Entries) -> Result<Vec<SessionKey>, VaultError> {
    match read(entries) {
        Err(VaultError::Damaged(_)) => Ok(Vec::new()),
        keys => keys.map(|mut keys| {
            keys.sort();
            keys
        }),
    }
}

fn write(entries: &mut impl Entries, keys: &[SessionKey]) -> Result<(), VaultError> {
    let stored: Vec<_> = keys.iter().map(StoredKey::of).collect();
    let text: Zeroizing<String> = encoding::to_json(&stored, 4096)?;
    blob().write(entries, &[(SESSIONS, text)])
}
