//! Which requests a command means that takes several: files, requests of files, folders.

use std::path::{Path, PathBuf};

use crate::cli::output::Output;
use crate::cli::send::{find, place, split};
use crate::cli::start::Start;
use crate::collection::scan;
use crate::collection::workspace::Workspace;
use crate::model::problem::{Problem, ProblemKind};
use crate::model::request::RequestId;

/// Requests, and the workspace that they are in.
pub struct Chosen {
    /// Their files, environments and identities.
    pub workspace: Workspace,
    /// The requests, in order, each once.
    pub requests: Vec<RequestId>,
}

/// Finds the requests of `FILE`, `FILE#NAME` and `DIR`s; tells of problems around them.
pub fn choose(paths: &[String], start: &Start, output: Output) -> Result<Chosen, Problem> {
    let current = std::env::current_dir().map_err(|error| {
        Problem::new(ProblemKind::Input, "The current folder cannot be read").detail(error.to_string())
    })?;
    let root = root_of(&current, paths);
    let mut wanted: Vec<(PathBuf, Option<&str>)> = Vec::new();
    for path in paths {
        let (file, name) = split(path);
        let absolute = canonical(&current.join(file));
        let outside = || {
            Problem::new(ProblemKind::Input, format!("`{file}` is outside of {}", root.display()))
                .hint("Give paths inside one folder, or run the command once for each")
        };
        if name.is_none() && absolute.is_dir() {
            let found = scan::scan(&absolute).collections;
            if found.is_empty() {
                return Err(Problem::new(ProblemKind::Input, format!("`{file}` has no .http files")));
            }
            for relative in found {
                let inside = absolute.join(relative).strip_prefix(&root).map(Path::to_path_buf);
                wanted.push((inside.map_err(|_| outside())?, None));
            }
            continue;
        }
        if !absolute.is_file() {
            return Err(Problem::new(ProblemKind::Input, format!("There is no file `{file}`")));
        }
        let inside = absolute.strip_prefix(&root).map(Path::to_path_buf).map_err(|_| outside())?;
        wanted.push((inside, name));
    }
    let mut files: Vec<PathBuf> = wanted.iter().map(|(file, _)| file.clone()).collect();
    files.sort();
    files.dedup();
    let workspace = crate::shell::workspace::load_only(&root, &files, &start.paths);
    for problem in workspace.all_problems() {
        output.explain(problem);
    }
    let mut requests: Vec<RequestId> = Vec::new();
    for (file, name) in &wanted {
        let Some(collection) = workspace.collections.iter().find(|collection| collection.path == *file) else {
            return Err(Problem::new(ProblemKind::Input, format!("`{}` cannot be read", file.display())));
        };
        let ids: Vec<RequestId> = match name {
            Some(name) => vec![find(collection, Some(name))?],
            None => collection.requests.iter().map(|request| request.id.clone()).collect(),
        };
        for id in ids {
            if !requests.contains(&id) {
                requests.push(id);
            }
        }
    }
    if requests.is_empty() {
        return Err(Problem::new(ProblemKind::Input, format!("There are no requests in {}", paths.join(", "))));
    }
    Ok(Chosen { workspace, requests })
}

/// The workspace folder: the current one, or that of the first path where it is elsewhere.
fn root_of(current: &Path, paths: &[String]) -> PathBuf {
    let root = canonical(current);
    let first = paths.first().map_or("", |path| split(path).0);
    let absolute = canonical(&current.join(first));
    if absolute.starts_with(&root) {
        root
    } else if absolute.is_dir() {
        absolute
    } else {
        place(current.to_path_buf(), Path::new(first)).0
    }
}

fn canonical(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())
}
