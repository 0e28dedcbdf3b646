//! Finding and loading the files of a workspace: the only file of `collection` that touches the disk.
//!
//! Called by the shell and the commands, on a thread that may block. Depth, number and size are bounded; a file
//! that cannot be read is a problem, never a failure.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::thread;

use ignore::WalkBuilder;

use crate::collection::detected;
use crate::collection::dotenv::{self, DotenvFile};
use crate::collection::environment::{
    EnvironmentFile, Environments, Layer, LayerScope, PRIVATE_FILE, PUBLIC_FILE, Visibility,
};
use crate::collection::file::Collection;
use crate::collection::lines;
use crate::collection::nextjs;
use crate::collection::workspace::Workspace;
use crate::model::problem::{Place, Problem, ProblemKind};

/// Folders that hold other people's files or build results.
const SKIPPED: [&str; 6] = ["node_modules", "target", ".next", ".git", ".svn", ".hg"];

/// Deeper folders are not entered.
const DEEPEST: usize = 24;

/// More collections than this are not loaded.
const MOST_COLLECTIONS: usize = 2_000;

/// More entries of folders than this are not looked at.
const MOST_ENTRIES: usize = 200_000;

/// With fewer files to read for each, a thread costs more than it gives.
const FEWEST_FOR_A_THREAD: usize = 16;

/// A larger collection is not loaded.
const LARGEST_COLLECTION: u64 = 32 * 1024 * 1024;

/// A larger environment or `.env` file is not loaded.
const LARGEST_SETTINGS: u64 = 4 * 1024 * 1024;

/// What a walk over a workspace found; paths are relative to its root where they are inside.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WorkspaceFiles {
    /// `.http` and `.rest` files, sorted.
    pub collections: Vec<PathBuf>,
    /// Folders with an environment file, and where its variables apply.
    pub environments: Vec<(PathBuf, LayerScope)>,
    /// `.env` files of the nearest folder that has one, in [`dotenv::FILES`] order.
    pub dotenv: Vec<PathBuf>,
    /// Files that may belong to a Next.js app.
    pub next_candidates: nextjs::find::Candidates,
    /// Folders that could not be read, bounds that were reached.
    pub problems: Vec<Problem>,
}

/// Loads one collection of `workspace` again after it changed on disk; one that is gone is removed.
pub fn reload(workspace: &mut Workspace, path: &Path) {
    workspace.problems.retain(|problem| problem.place.as_ref().is_none_or(|place| place.file != path));
    workspace.collections.retain(|collection| collection.path != path);
    if let Some(collection) = collection(&workspace.root, path, &mut workspace.problems) {
        let at = workspace.collections.partition_point(|known| known.path < collection.path);
        workspace.collections.insert(at, collection);
    }
}

/// Looks for the files of the workspace at `root`.
pub fn scan(root: &Path) -> WorkspaceFiles {
    let mut found = WorkspaceFiles::default();
    walk(root, &mut found);
    found.collections.sort();
    look_above(root, &mut found);
    found
}

/// The environment files and `.env` files of `root` and, where it has none, of the nearest folder above it.
fn look_above(root: &Path, found: &mut WorkspaceFiles) {
    let above = folders_above(root);
    if !found.environments.iter().any(|(_, scope)| *scope == LayerScope::Folder(PathBuf::new()))
        && let Some(folder) = above.iter().find(|folder| has_environment_file(folder))
    {
        found.environments.push((folder.clone(), LayerScope::Folder(PathBuf::new())));
    }
    found.environments.sort();
    let dotenv_folder = std::iter::once(root).chain(above.iter().map(PathBuf::as_path));
    found.dotenv = dotenv_folder
        .map(|folder| dotenv::FILES.iter().map(|name| folder.join(name)).filter(|path| path.is_file()).collect())
        .find(|files: &Vec<PathBuf>| !files.is_empty())
        .unwrap_or_default();
}

/// The folders that a scan of `root` looks into, and those above it that it asks for environment files; at most `most`.
pub fn folders(root: &Path, most: usize) -> Vec<PathBuf> {
    let above = folders_above(root);
    let inside = walker(root).filter_map(Result::ok).take(MOST_ENTRIES);
    let inside = inside.filter(|entry| entry.file_type().is_some_and(|kind| kind.is_dir()));
    above.into_iter().chain(inside.map(ignore::DirEntry::into_path)).take(most).collect()
}

/// Walks over everything that may be part of the workspace.
fn walker(root: &Path) -> ignore::Walk {
    WalkBuilder::new(root)
        .max_depth(Some(DEEPEST))
        .require_git(false)
        .follow_links(false)
        .hidden(false)
        .filter_entry(|entry| entry.depth() == 0 || is_entered(entry.file_name()))
        .build()
}

fn walk(root: &Path, found: &mut WorkspaceFiles) {
    let mut environment_folders = Vec::new();
    for (count, entry) in walker(root).enumerate() {
        if count >= MOST_ENTRIES || found.collections.len() >= MOST_COLLECTIONS {
            let problem = Problem::new(ProblemKind::Input, "This folder is too large to be read whole")
                .detail(format!("{} collections found in the first {count} entries", found.collections.len()))
                .hint("Start bearcat in a smaller folder");
            found.problems.push(problem);
            break;
        }
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let problem = Problem::new(ProblemKind::Input, "A folder cannot be read").detail(error.to_string());
                found.problems.push(problem);
                continue;
            }
        };
        let path = entry.path();
        let relative = path.strip_prefix(root).unwrap_or(path);
        let is_file =
            entry.file_type().is_some_and(|kind| kind.is_file()) || (entry.path_is_symlink() && path.is_file());
        // Routes may be in `.well-known`; nothing else that is hidden is of interest.
        let is_hidden = relative.components().any(|part| part.as_os_str().to_string_lossy().starts_with('.'));
        if is_file && is_collection(path) && !is_hidden {
            found.collections.push(relative.to_path_buf());
        } else if is_file {
            found.next_candidates.note(relative);
        }
        // The private file is ignored by git as a rule, so it is looked for beside each folder's files.
        if entry.file_type().is_some_and(|kind| kind.is_dir()) && has_environment_file(path) {
            environment_folders.push((path.to_path_buf(), LayerScope::Folder(relative.to_path_buf())));
        }
    }
    found.environments = environment_folders;
}

/// Is an entry looked at? Not what is hidden, but for the folder of well-known URLs (RFC 8615).
fn is_entered(name: &std::ffi::OsStr) -> bool {
    let is_hidden = name.to_string_lossy().starts_with('.') && name != ".well-known";
    !is_hidden && !SKIPPED.iter().any(|skipped| name == *skipped)
}

fn is_collection(path: &Path) -> bool {
    path.extension().is_some_and(|extension| ["http", "rest"].iter().any(|known| extension.eq_ignore_ascii_case(known)))
}

fn has_environment_file(folder: &Path) -> bool {
    folder.join(PUBLIC_FILE).is_file() || folder.join(PRIVATE_FILE).is_file()
}

/// The folders above `root` up to the top of its repository, nearest first; none outside a repository.
fn folders_above(root: &Path) -> Vec<PathBuf> {
    let absolute = fs::canonicalize(root).unwrap_or_else(|_| root.to_path_buf());
    let Some(top) = absolute.ancestors().position(|folder| folder.join(".git").exists()) else { return Vec::new() };
    absolute.ancestors().skip(1).take(top).map(Path::to_path_buf).collect()
}

/// Loads the workspace at `root`; `config_folder` is where the user's own environment files are.
pub fn load(root: &Path, config_folder: Option<&Path>) -> Workspace {
    load_found(root, scan(root), config_folder)
}

/// Loads environments and identities only, and those `collections` (relative to `root`): what a command needs.
/// The folder is not walked, so this takes no longer in a large one.
pub fn load_only(root: &Path, collections: &[PathBuf], config_folder: Option<&Path>) -> Workspace {
    let mut found = WorkspaceFiles { collections: collections.to_vec(), ..WorkspaceFiles::default() };
    let folders = collections.iter().filter_map(|path| path.parent()).chain([Path::new("")]);
    for folder in folders.flat_map(Path::ancestors) {
        let entry = (root.join(folder), LayerScope::Folder(folder.to_path_buf()));
        if has_environment_file(&entry.0) && !found.environments.contains(&entry) {
            found.environments.push(entry);
        }
    }
    look_above(root, &mut found);
    load_found(root, found, config_folder)
}

fn load_found(root: &Path, found: WorkspaceFiles, config_folder: Option<&Path>) -> Workspace {
    let mut problems = found.problems;
    let mut collections = collections(root, &found.collections, &mut problems);
    let mut layers = Vec::new();
    for (folder, scope) in &found.environments {
        layers.push(layer(root, folder, scope.clone(), &mut problems));
    }
    if let Some(folder) = config_folder.filter(|folder| has_environment_file(folder)) {
        layers.push(layer(root, folder, LayerScope::User, &mut problems));
    }
    let mut dotenv = Vec::new();
    for path in &found.dotenv {
        if let Some(text) = text(root, path, &mut problems) {
            dotenv.push(DotenvFile::parse(shown(root, path), &text));
        }
    }
    let environments = Environments { layers, process_environment: BTreeMap::new(), dotenv: dotenv::merge(&dotenv) };
    problems.extend(environments.problems().cloned());
    problems.extend(dotenv.iter().flat_map(|file| file.problems.iter().cloned()));
    let (detected, detection_problems) = detected::detect(&dotenv);
    problems.extend(detection_problems);
    let detected = detected.map(|detected| detected.identity);
    let (apps, app_problems) = nextjs::scan::load(root, &found.next_candidates);
    problems.extend(app_problems);
    collections.extend(nextjs::request::collections(&apps, &environments, detected.as_ref()));
    collections.sort_by(|a, b| a.path.cmp(&b.path));
    let root = std::path::absolute(root).unwrap_or_else(|_| root.to_path_buf());
    Workspace { root, collections, environments, detected, dotenv, apps, problems }
}

/// Reads and parses collections, in order, on as many threads as help.
fn collections(root: &Path, paths: &[PathBuf], problems: &mut Vec<Problem>) -> Vec<Collection> {
    let threads = thread::available_parallelism().map_or(1, usize::from).min(paths.len() / FEWEST_FOR_A_THREAD);
    let read = |paths: &[PathBuf]| {
        let mut problems = Vec::new();
        let read: Vec<Collection> = paths.iter().filter_map(|path| collection(root, path, &mut problems)).collect();
        (read, problems)
    };
    let parts: Vec<(Vec<Collection>, Vec<Problem>)> = if threads < 2 {
        vec![read(paths)]
    } else {
        thread::scope(|scope| {
            let shares = paths.chunks(paths.len().div_ceil(threads));
            let running: Vec<_> = shares.map(|share| scope.spawn(|| read(share))).collect();
            running
                .into_iter()
                .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect()
        })
    };
    let mut all = Vec::new();
    for (read, said) in parts {
        all.extend(read);
        problems.extend(said);
    }
    all
}

fn collection(root: &Path, path: &Path, problems: &mut Vec<Problem>) -> Option<Collection> {
    match read(&root.join(path), LARGEST_COLLECTION) {
        Ok(bytes) => Some(Collection::parse(path, &bytes)),
        Err(error) => {
            problems.push(unreadable(path, &error));
            None
        }
    }
}

fn layer(root: &Path, folder: &Path, scope: LayerScope, problems: &mut Vec<Problem>) -> Layer {
    let names = [(PUBLIC_FILE, Visibility::Public), (PRIVATE_FILE, Visibility::Private)];
    let mut files = Vec::new();
    for (name, visibility) in names {
        let path = folder.join(name);
        if path.is_file()
            && let Some(text) = text(root, &path, problems)
        {
            files.push(EnvironmentFile::parse(shown(root, &path), &text, visibility));
        }
    }
    Layer { scope, files }
}

/// The text of a settings file.
fn text(root: &Path, path: &Path, problems: &mut Vec<Problem>) -> Option<String> {
    match read(path, LARGEST_SETTINGS) {
        Ok(bytes) => {
            let (text, wrong) = lines::decode(&bytes);
            if let Some(offset) = wrong {
                let problem = Problem::new(ProblemKind::Input, "This file is not UTF-8")
                    .hint("Save it as UTF-8")
                    .at(lines::place(shown(root, path), &text, offset));
                problems.push(problem);
            }
            Some(text)
        }
        Err(error) => {
            problems.push(unreadable(shown(root, path), &error));
            None
        }
    }
}

/// Reads a file, at most `largest` bytes.
fn read(path: &Path, largest: u64) -> io::Result<Vec<u8>> {
    let file = fs::File::open(path)?;
    let mut bytes = Vec::new();
    file.take(largest + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > largest {
        return Err(io::Error::other(format!("it is larger than {} MiB", largest / 1024 / 1024)));
    }
    Ok(bytes)
}

fn unreadable(path: &Path, error: &io::Error) -> Problem {
    let place = Place { file: path.to_path_buf(), line: 1, column: 1 };
    Problem::new(ProblemKind::Input, format!("`{}` cannot be read", path.display())).detail(error.to_string()).at(place)
}

/// The path as the user knows it: relative to the workspace where it is inside.
fn shown<'a>(root: &Path, path: &'a Path) -> &'a Path {
    path.strip_prefix(root).unwrap_or(path)
}
