//! Files that change on disk: the system tells, nobody polls.
//!
//! Folders are watched, not files, because editors put new files in the place of old ones; the same folders as the
//! scan reads, and those above with the environment files. A thread sleeps until something relevant happens, waits for
//! a short silence, and sends [`Msg::DiskChanged`]. Where watching is impossible that is said once; `R` still reads.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use notify::event::{EventKind, ModifyKind};
use notify::{RecursiveMode, Watcher as _};

use crate::app::msg::Msg;
use crate::collection::nextjs::find;
use crate::collection::scan;
use crate::model::problem::{Problem, ProblemKind};

/// More folders than this are not watched.
const MOST_FOLDERS: usize = 8_192;

/// How long nothing must happen before the change is told.
const SILENCE: Duration = Duration::from_millis(80);

/// How long it may go on without silence.
const LONGEST: Duration = Duration::from_secs(1);

/// How many folders up a `package.json` is looked for.
const DEEPEST: usize = 16;

/// How much is read of a `package.json`.
const LONGEST_PACKAGE: u64 = 256 * 1024;

/// Watches until it is dropped.
#[derive(Debug)]
pub struct DiskWatch {
    stop: mpsc::Sender<Happened>,
}

#[derive(Debug)]
enum Happened {
    Changed(notify::Result<notify::Event>),
    Stop,
}

impl Drop for DiskWatch {
    fn drop(&mut self) {
        // The thread has ended already if nobody listens.
        let _ = self.stop.send(Happened::Stop);
    }
}

impl DiskWatch {
    /// Watches the workspace at `root` and the folder of the user's own environment files.
    pub fn start(root: PathBuf, config_dir: PathBuf, messages: tokio::sync::mpsc::Sender<Msg>) -> Self {
        let (stop, happened) = mpsc::channel();
        let events = stop.clone();
        let work = move || {
            let watching = Watching::new(root, config_dir, events);
            match watching {
                Ok(watching) => watching.run(&happened, &messages),
                Err(error) => tell_unwatched(&messages, &error),
            }
        };
        // Without a thread nothing is watched; that is told by the next read at the latest.
        let _ = std::thread::Builder::new().name("disk watch".to_owned()).spawn(work);
        Self { stop }
    }
}

struct Watching {
    root: PathBuf,
    config_dir: PathBuf,
    watcher: notify::RecommendedWatcher,
    folders: BTreeSet<PathBuf>,
    has_complained: bool,
}

impl Watching {
    fn new(root: PathBuf, config_dir: PathBuf, events: mpsc::Sender<Happened>) -> notify::Result<Self> {
        let handler = move |event| {
            // The thread has ended: nobody wants to know.
            let _ = events.send(Happened::Changed(event));
        };
        let watcher = notify::recommended_watcher(handler)?;
        Ok(Self { root, config_dir, watcher, folders: BTreeSet::new(), has_complained: false })
    }

    fn run(mut self, happened: &mpsc::Receiver<Happened>, messages: &tokio::sync::mpsc::Sender<Msg>) {
        self.look_at_folders(messages);
        while let Ok(first) = happened.recv() {
            let mut change = Change::default();
            if !self.take_in(first, &mut change) {
                return;
            }
            if change == Change::default() {
                continue;
            }
            let until = Instant::now() + LONGEST;
            loop {
                let left = until.saturating_duration_since(Instant::now()).min(SILENCE);
                match happened.recv_timeout(left) {
                    Ok(Happened::Stop) | Err(mpsc::RecvTimeoutError::Disconnected) => return,
                    Ok(more) => {
                        self.take_in(more, &mut change);
                    }
                    Err(mpsc::RecvTimeoutError::Timeout) => break,
                }
                if Instant::now() >= until {
                    break;
                }
            }
            if change.folders {
                self.look_at_folders(messages);
            }
            if messages.blocking_send(Msg::DiskChanged).is_err() {
                return;
            }
        }
    }

    /// Notes what an event means; `false`: it is over.
    fn take_in(&self, happened: Happened, change: &mut Change) -> bool {
        match happened {
            Happened::Stop => return false,
            // Events were lost: everything may have changed.
            Happened::Changed(Err(_)) => *change = Change { files: true, folders: true },
            Happened::Changed(Ok(event)) => {
                if event.need_rescan() {
                    *change = Change { files: true, folders: true };
                }
                if matches!(event.kind, EventKind::Access(_)) {
                    return true;
                }
                let may_be_folder = matches!(
                    event.kind,
                    EventKind::Create(_)
                        | EventKind::Remove(_)
                        | EventKind::Modify(ModifyKind::Name(_))
                        | EventKind::Any
                );
                for path in &event.paths {
                    change.files |= is_read(path);
                    if may_be_folder && (self.folders.contains(path) || path.is_dir()) {
                        *change = Change { files: true, folders: true };
                    }
                }
            }
        }
        true
    }

    /// Watches the folders that are there now.
    fn look_at_folders(&mut self, messages: &tokio::sync::mpsc::Sender<Msg>) {
        let mut wanted: BTreeSet<PathBuf> = scan::folders(&self.root, MOST_FOLDERS).into_iter().collect();
        let is_cut = wanted.len() >= MOST_FOLDERS;
        if self.config_dir.is_dir() {
            wanted.insert(self.config_dir.clone());
        }
        for gone in self.folders.difference(&wanted) {
            // It may be gone with its watch.
            let _ = self.watcher.unwatch(gone);
        }
        let mut watched = BTreeSet::new();
        let mut trouble = is_cut.then(|| notify::Error::generic("there are too many folders"));
        for folder in wanted {
            // A folder that was made anew under an old name needs a new watch: adding it once more costs nothing.
            if self.folders.contains(&folder) && !cfg!(target_os = "linux") {
                watched.insert(folder);
                continue;
            }
            match self.watcher.watch(&folder, RecursiveMode::NonRecursive) {
                Ok(()) => {
                    watched.insert(folder);
                }
                Err(_) if !folder.is_dir() => {}
                Err(error) => {
                    trouble = Some(error);
                    break;
                }
            }
        }
        self.folders = watched;
        if let Some(error) = trouble.filter(|_| !self.has_complained) {
            self.has_complained = true;
            tell_unwatched(messages, &error);
        }
    }
}

/// What has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Change {
    files: bool,
    folders: bool,
}

/// Is this a file that bearcat reads?
fn is_read(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return false };
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    extension.eq_ignore_ascii_case("http")
        || extension.eq_ignore_ascii_case("rest")
        || name.starts_with("http-client.") && extension == "json"
        || name == ".env"
        || name.starts_with(".env.")
        || name == ".gitignore"
        || name == ".ignore"
        || is_route_source(path, name)
        || find::is_relevant(path) && is_in_next_app(path)
}

/// Does a `package.json` above name Next.js? Then any source may hold what a route calls to protect itself.
fn is_in_next_app(path: &Path) -> bool {
    path.ancestors().skip(1).take(DEEPEST).any(|folder| {
        let Ok(file) = std::fs::File::open(folder.join("package.json")) else { return false };
        let mut text = String::new();
        // What cannot be read is no app of ours.
        let _ = file.take(LONGEST_PACKAGE).read_to_string(&mut text);
        text.contains("\"next\"")
    })
}

/// Does this file say what routes an app has?
fn is_route_source(path: &Path, name: &str) -> bool {
    let Some((stem, extension)) = name.rsplit_once('.') else { return false };
    matches!(extension, "ts" | "tsx" | "js" | "jsx" | "mjs" | "cjs" | "mts")
        && (matches!(stem, "route" | "middleware" | "proxy" | "next.config")
            || path.parent().is_some_and(|folder| folder.to_string_lossy().replace('\\', "/").contains("pages/api")))
}

fn tell_unwatched(messages: &tokio::sync::mpsc::Sender<Msg>, error: &notify::Error) {
    let problem = Problem::new(ProblemKind::Other, "Changes on disk are not noticed in all folders")
        .detail(error.to_string())
        .hint(
            "`R` reads the workspace again. On Linux `fs.inotify.max_user_watches` and `max_user_instances` are limits",
        );
    // A full queue loses a hint.
    let _ = messages.try_send(Msg::Unwatched(problem));
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("/w/a.http", true)]
    #[case("/w/a.REST", true)]
    #[case("/w/http-client.env.json", true)]
    #[case("/w/http-client.private.env.json", true)]
    #[case("/w/.env.local", true)]
    #[case("/w/.gitignore", true)]
    #[case("/w/.a.http.123-1.tmp", false)]
    #[case("/w/a.http~", false)]
    #[case("/w/.a.http.swp", false)]
    #[case("/w/src/app/api/x/route.ts", true)]
    #[case("/w/pages/api/x.js", true)]
    #[case("/w/src/lib.ts", false)]
    #[case("/w/README.md", false)]
    fn what_is_read(#[case] path: &str, #[case] expected: bool) {
        assert_eq!(is_read(Path::new(path)), expected);
    }

    #[test]
    fn the_sources_of_a_next_app_may_change_its_routes() {
        let folder = tempfile::tempdir().unwrap();
        let helper = folder.path().join("web/src/lib/auth.ts");
        std::fs::create_dir_all(helper.parent().unwrap()).unwrap();
        let package = folder.path().join("web/package.json");
        for (text, expected) in
            [(r#"{"dependencies":{"express":"5"}}"#, false), (r#"{"dependencies":{"next":"16"}}"#, true)]
        {
            std::fs::write(&package, text).unwrap();
            assert_eq!(is_read(&helper), expected);
            assert_eq!(is_read(&package), expected);
        }
        assert!(!is_read(&helper.with_file_name("notes.md")));
    }
}
