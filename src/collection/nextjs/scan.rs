//! Finding and reading the Next.js apps of a workspace. The edge of this module: it touches the disk, on threads that
//! may block, bounded in number and size.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::collection::lines;
use crate::collection::nextjs::find::{self, Candidates};
use crate::collection::nextjs::project::ReadFile;
use crate::collection::nextjs::syntax::LARGEST;
use crate::collection::nextjs::{AppFiles, NextApp, Reader};
use crate::model::problem::Problem;

/// More threads than this do not make it faster.
const MOST_THREADS: usize = 8;

/// The text of a file, if it is one and not too large.
fn text(path: &Path) -> Option<String> {
    let about = fs::metadata(path).ok()?;
    if !about.is_file() || about.len() > LARGEST as u64 {
        return None;
    }
    Some(lines::decode(&fs::read(path).ok()?).0)
}

/// Finds and reads the apps of a workspace.
pub fn load(root: &Path, candidates: &Candidates) -> (Vec<NextApp>, Vec<Problem>) {
    let mut problems = Vec::new();
    let read = |path: &Path| text(&root.join(path)).map(Arc::from);
    let found = find::apps(candidates, &read, &mut problems);
    let apps = found.iter().map(|files| load_app(files, &read)).filter(|app| !app.routes.is_empty());
    (apps.collect(), problems)
}

/// Reads one app, its route files on several threads.
fn load_app(files: &AppFiles, read: ReadFile<'_>) -> NextApp {
    let reader = Reader::new(files, read);
    let count = reader.files().len();
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS).min(count.div_ceil(16));
    if threads <= 1 {
        let found = (0..count).map(|index| reader.routes(index)).collect();
        return reader.finish(found);
    }
    let next = AtomicUsize::new(0);
    let mut found: Vec<(usize, _)> = std::thread::scope(|scope| {
        let work = || {
            let mut found = Vec::new();
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= count {
                    return found;
                }
                found.push((index, reader.routes(index)));
            }
        };
        let handles: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        handles.into_iter().filter_map(|handle| handle.join().ok()).flatten().collect()
    });
    found.sort_by_key(|(index, _)| *index);
    reader.finish(found.into_iter().map(|(_, routes)| routes).collect())
}
