//! Texts that were not saved when bearcat was ended from outside: kept for the next start, for this user only.
//!
//! Written by the shell after a signal or a panic, read at the next start in the same workspace, and removed when the
//! user has taken or refused them. Each is two files: the path of the collection, and its text as it was edited.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::store::atomic::{FileMode, create_private_dir, write_atomically};

/// More texts than this are not read.
const MOST: usize = 1_000;

/// A larger one is not read.
const LARGEST: u64 = 64 * 1024 * 1024;

/// A text that was not saved; the path is relative to the workspace.
pub type UnsavedText = (PathBuf, Arc<[u8]>);

/// Keeps texts of the workspace at `root` in `folder`; tells how many. Texts kept earlier stay, except those that are
/// `answered` for.
///
/// # Errors
/// When one cannot be written; the others are.
pub fn keep(folder: &Path, root: &Path, texts: &[UnsavedText], answered: &[UnsavedText]) -> io::Result<usize> {
    if texts.is_empty() {
        return Ok(0);
    }
    create_private_dir(folder)?;
    let mut result = Ok(texts.len());
    for text in texts {
        if let Err(error) = keep_one(folder, root, text, answered) {
            result = Err(error);
        }
    }
    result
}

fn keep_one(folder: &Path, root: &Path, text: &UnsavedText, answered: &[UnsavedText]) -> io::Result<()> {
    let (path, bytes) = text;
    let whole = root.join(path);
    let whole = whole.to_string_lossy();
    let is_answered = |held: &[u8]| answered.iter().any(|(known, text)| known == path && text[..] == *held);
    let is_free = |place: &Path| match (read(&place.with_extension("http")), read(&place.with_extension("path"))) {
        (Held::Nothing, Held::Nothing) => true,
        (Held::Bytes(held), Held::Nothing) => held == bytes[..],
        (Held::Bytes(held), Held::Bytes(of)) => of == whole.as_bytes() && (held == bytes[..] || is_answered(&held)),
        _ => false,
    };
    let place = places(folder, &root.join(path)).find(|place| is_free(place));
    let place = place.ok_or_else(|| io::Error::new(io::ErrorKind::AlreadyExists, "too many texts are kept"))?;
    write_atomically(&place.with_extension("http"), bytes, FileMode::Private)?;
    write_atomically(&place.with_extension("path"), whole.as_bytes(), FileMode::Private)
}

/// What a file of the folder holds.
enum Held {
    /// There is no such file.
    Nothing,
    /// These bytes.
    Bytes(Vec<u8>),
    /// It is too large, or cannot be read.
    Unknown,
}

fn read(file: &Path) -> Held {
    match fs::metadata(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Held::Nothing,
        Ok(metadata) if metadata.len() <= LARGEST => fs::read(file).map_or(Held::Unknown, Held::Bytes),
        _ => Held::Unknown,
    }
}

/// The texts of the workspace at `root` that are kept in `folder`, sorted by path; of one path the latest is the last.
pub fn find(folder: &Path, root: &Path) -> Vec<UnsavedText> {
    let mut found: Vec<(PathBuf, u64, Arc<[u8]>)> = Vec::new();
    for (place, path) in kept(folder, root) {
        if let Held::Bytes(bytes) = read(&place.with_extension("http")) {
            found.push((path, number_of(&place), Arc::from(bytes)));
        }
    }
    found.sort();
    found.into_iter().map(|(path, _, bytes)| (path, bytes)).collect()
}

/// What is kept of the workspace at `root`: where, and the paths of the collections.
fn kept(folder: &Path, root: &Path) -> Vec<(PathBuf, PathBuf)> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let places = entries.flatten().take(2 * MOST).map(|entry| entry.path());
    let places = places.filter(|place| place.extension().is_some_and(|extension| extension == "path"));
    let of_root = |place: PathBuf| {
        let path = fs::read_to_string(&place).ok()?;
        let relative = Path::new(&path).strip_prefix(root).ok()?.to_path_buf();
        Some((place, relative))
    };
    places.filter_map(of_root).collect()
}

/// Removes what is kept of the workspace at `root`.
pub fn forget(folder: &Path, root: &Path) {
    for (place, _) in kept(folder, root) {
        for extension in ["path", "http"] {
            // Best effort: what stays is offered again.
            drop(fs::remove_file(place.with_extension(extension)));
        }
    }
}

/// Where texts of a path can be kept: `{hash}`, `{hash}-2` and so on.
fn places(folder: &Path, path: &Path) -> impl Iterator<Item = PathBuf> {
    let (folder, name) = (folder.to_path_buf(), name_of(path));
    (1..=MOST).map(move |number| match number {
        1 => folder.join(&name),
        _ => folder.join(format!("{name}-{number}")),
    })
}

/// The number in the name of a place.
fn number_of(place: &Path) -> u64 {
    let name = place.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    name.split_once('-').and_then(|(_, number)| number.parse().ok()).unwrap_or(1)
}

fn name_of(path: &Path) -> String {
    let mut hasher = DefaultHasher::new();
    path.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_saved_is_found_again_in_its_workspace_only() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("state/unsaved");
        let text = |path: &str, text: &str| (PathBuf::from(path), Arc::from(text.as_bytes()));
        let (shop, blog) = (home.path().join("shop"), home.path().join("blog"));
        assert_eq!(find(&folder, &shop), []);
        assert_eq!(keep(&folder, &shop, &[], &[]).unwrap(), 0);
        assert!(!folder.exists());
        let texts = [text("a.http", "GET /a"), text("deep/b.http", "GET /b")];
        assert_eq!(keep(&folder, &shop, &texts, &[]).unwrap(), 2);
        keep(&folder, &blog, &[text("a.http", "GET /blog")], &[]).unwrap();
        keep(&folder, &shop, &[text("a.http", "GET /newer")], &texts).unwrap();
        assert_eq!(find(&folder, &shop), [text("a.http", "GET /newer"), text("deep/b.http", "GET /b")]);
        forget(&folder, &shop);
        assert_eq!((find(&folder, &shop), find(&folder, &blog).len()), (Vec::new(), 1));
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
    }

    #[test]
    fn a_text_that_was_kept_earlier_is_not_overwritten() {
        let home = tempfile::tempdir().unwrap();
        let (folder, shop) = (home.path().join("unsaved"), home.path().join("shop"));
        let text = |text: &str| (PathBuf::from("a.http"), Arc::from(text.as_bytes()));
        let (first, second, third) = (text("GET /z"), text("GET /y"), text("GET /x"));
        for one in [&first, &second, &second] {
            keep(&folder, &shop, std::slice::from_ref(one), &[]).unwrap();
        }
        assert_eq!(find(&folder, &shop), [first.clone(), second.clone()], "the latest is the last");
        keep(&folder, &shop, std::slice::from_ref(&third), std::slice::from_ref(&second)).unwrap();
        assert_eq!(find(&folder, &shop), [first, third]);
        forget(&folder, &shop);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("unsaved");
        keep(&folder, home.path(), &[("a.http".into(), Arc::from(*b"x"))], &[]).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder), 0o700);
        for entry in fs::read_dir(&folder).unwrap() {
            assert_eq!(mode(&entry.unwrap().path()), 0o600);
        }
    }
}
