//! Writing a file so that a reader, a crash or a full disk sees the old content or the new, never a mixture.
//!
//! Used for every file that bearcat writes, the user's and its own. Symbolic links are followed: the file
//! that they point to is replaced, the link stays.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Who may read the file afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileMode {
    /// Only this user (0600), whatever the file's mode was.
    Private,
    /// As the file is now; a new file gets the user's default.
    Keep,
}

/// Links followed before a chain counts as a loop; Linux stops at the same number.
const MOST_LINKS: usize = 40;

/// Makes the names of temporary files unique within the process; the process id does it across processes.
static COUNTER: AtomicU64 = AtomicU64::new(0);

/// Replaces the content of `path` with `bytes`, or creates it. The parent directory must exist.
///
/// The bytes go to a temporary file in the same directory, which is synced and then renamed, so the
/// content is whole on disk before it has the name.
pub fn write_atomically(path: &Path, bytes: &[u8], mode: FileMode) -> io::Result<()> {
    let target = follow_links(path)?;
    let kept = match mode {
        FileMode::Private => None,
        FileMode::Keep => fs::metadata(&target).ok().map(|metadata| metadata.permissions()),
    };
    clear_stale(&target);
    let (mut file, temporary) = create_temporary(&target, mode)?;
    let written = (|| {
        file.write_all(bytes)?;
        if let Some(permissions) = kept {
            file.set_permissions(permissions)?;
        }
        file.sync_all()?;
        drop(file);
        fs::rename(&temporary, &target)
    })();
    if let Err(error) = written {
        // Best effort: the error that matters is the first one.
        drop(fs::remove_file(&temporary));
        return Err(error);
    }
    sync_directory_of(&target);
    Ok(())
}

/// Creates `dir` and its parents; what is created is for this user only (0700).
pub fn create_private_dir(dir: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

/// Options that create files for this user only.
pub(super) fn private_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// The file that `path` means in the end; it need not exist.
fn follow_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        match fs::read_link(&path) {
            // A relative target counts from the link's own directory; join takes an absolute one as it is.
            Ok(target) => path = path.parent().unwrap_or(Path::new("")).join(target),
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::other(format!("{}: too many levels of symbolic links", path.display())))
}

/// Removes temporary files of this target that processes have left behind which are no more.
fn clear_stale(target: &Path) {
    let (Some(folder), Some(name)) = (target.parent(), target.file_name()) else { return };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let name = name.to_string_lossy();
    let prefix = format!(".{}.", &name[..name.floor_char_boundary(120)]);
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let found = entry.file_name();
        let Some(found) = found.to_str() else { continue };
        let process = found
            .strip_prefix(&prefix)
            .and_then(|rest| rest.strip_suffix(".tmp"))
            .and_then(|rest| rest.split_once('-'))
            .filter(|(_, count)| count.parse::<u64>().is_ok())
            .and_then(|(process, _)| process.parse::<u32>().ok());
        if process.is_some_and(|process| process != std::process::id() && is_gone(process, &entry)) {
            // Best effort: it only takes room.
            drop(fs::remove_file(entry.path()));
        }
    }
}

/// Has the process of a temporary file ended? Where that cannot be asked, one of a day ago has.
fn is_gone(process: u32, entry: &fs::DirEntry) -> bool {
    if cfg!(target_os = "linux") && Path::new("/proc/self").exists() {
        return !Path::new("/proc").join(process.to_string()).exists();
    }
    let written = entry.metadata().and_then(|metadata| metadata.modified());
    written.is_ok_and(|at| at.elapsed().is_ok_and(|age| age > std::time::Duration::from_hours(24)))
}

fn create_temporary(target: &Path, mode: FileMode) -> io::Result<(File, PathBuf)> {
    let name = target.file_name().ok_or_else(|| io::Error::other("not the name of a file"))?.to_string_lossy();
    // Names end at 255 bytes on most file systems, and this one gets longer.
    let name = &name[..name.floor_char_boundary(120)];
    // Readable by others only if the file in its place is, or nothing is in its place yet.
    let mut options = match mode {
        FileMode::Keep if !target.exists() => OpenOptions::new(),
        FileMode::Keep | FileMode::Private => private_options(),
    };
    options.write(true).create_new(true);
    loop {
        let count = COUNTER.fetch_add(1, Ordering::Relaxed);
        let temporary = target.with_file_name(format!(".{name}.{}-{count}.tmp", std::process::id()));
        match options.open(&temporary) {
            Ok(file) => return Ok((file, temporary)),
            // Left behind by a crashed process that had the same id.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

/// Makes the rename itself durable where the platform can. Without it the old content may come back after a
/// power cut, still whole: so failing is no error.
fn sync_directory_of(target: &Path) {
    #[cfg(unix)]
    if let Some(dir) = target.parent() {
        let dir = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
        drop(File::open(dir).and_then(|dir| dir.sync_all()));
    }
    #[cfg(not(unix))]
    let _ = target;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names_in(dir: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn replaces_and_leaves_nothing_beside() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.http");
        write_atomically(&path, b"one", FileMode::Keep).unwrap();
        write_atomically(&path, b"two", FileMode::Keep).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(names_in(dir.path()), ["a.http"]);
    }

    #[test]
    fn a_failed_write_leaves_the_old_content_and_nothing_beside() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("taken");
        fs::create_dir(&path).unwrap();
        fs::write(path.join("inside"), "x").unwrap();
        // A folder cannot be replaced by a file: the rename at the end fails.
        write_atomically(&path, b"new", FileMode::Private).unwrap_err();
        assert_eq!(fs::read(path.join("inside")).unwrap(), b"x");
        assert_eq!(names_in(dir.path()), ["taken"]);
    }

    #[test]
    fn what_dead_processes_left_behind_is_cleared() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.http");
        // No process has this number: Linux ends at four million.
        let stale = dir.path().join(".a.http.4000000001-7.tmp");
        let mine = dir.path().join(format!(".a.http.{}-999999.tmp", std::process::id()));
        let others = [".b.http.4000000001-7.tmp", ".a.http.x-7.tmp", ".a.http.4000000001-7.tmp~"];
        fs::write(&stale, "half").unwrap();
        fs::write(&mine, "of another thread").unwrap();
        for name in &others {
            fs::write(dir.path().join(name), "kept").unwrap();
        }
        write_atomically(&path, b"one", FileMode::Keep).unwrap();
        assert_eq!(stale.exists(), !cfg!(target_os = "linux"));
        assert!(mine.exists() && others.iter().all(|name| dir.path().join(name).exists()));
    }

    #[cfg(unix)]
    mod unix {
        use super::*;
        use std::os::unix::fs::{PermissionsExt, symlink};

        fn mode(path: &Path) -> u32 {
            fs::metadata(path).unwrap().permissions().mode() & 0o777
        }

        #[rstest::rstest]
        #[case(FileMode::Keep, 0o640, 0o640)]
        #[case(FileMode::Keep, 0o600, 0o600)]
        #[case(FileMode::Private, 0o644, 0o600)]
        fn modes(#[case] wanted: FileMode, #[case] before: u32, #[case] after: u32) {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("file");
            fs::write(&path, "old").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(before)).unwrap();
            write_atomically(&path, b"new", wanted).unwrap();
            assert_eq!(mode(&path), after);
        }

        #[test]
        fn a_new_private_file_is_private() {
            let dir = tempfile::tempdir().unwrap();
            let below = dir.path().join("a").join("b");
            create_private_dir(&below).unwrap();
            assert_eq!(mode(&below), 0o700);
            write_atomically(&below.join("file"), b"new", FileMode::Private).unwrap();
            assert_eq!(mode(&below.join("file")), 0o600);
        }

        #[test]
        fn links_stay_links() {
            let dir = tempfile::tempdir().unwrap();
            let real = dir.path().join("real");
            fs::create_dir(&real).unwrap();
            symlink("real/target", dir.path().join("second")).unwrap();
            symlink("second", dir.path().join("first")).unwrap();
            for text in ["created through a dangling link", "replaced"] {
                write_atomically(&dir.path().join("first"), text.as_bytes(), FileMode::Keep).unwrap();
                assert_eq!(fs::read_to_string(real.join("target")).unwrap(), text);
            }
            assert!(fs::symlink_metadata(dir.path().join("first")).unwrap().is_symlink());
            assert!(fs::symlink_metadata(dir.path().join("second")).unwrap().is_symlink());
        }

        #[test]
        fn a_loop_of_links_is_an_error() {
            let dir = tempfile::tempdir().unwrap();
            symlink("b", dir.path().join("a")).unwrap();
            symlink("a", dir.path().join("b")).unwrap();
            write_atomically(&dir.path().join("a"), b"x", FileMode::Keep).unwrap_err();
        }
    }
}
