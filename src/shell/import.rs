//! Importing from disk: reads what is to be imported, and writes what came of it, all or nothing.
//!
//! Called by `bearcat import` and by the terminal interface. No existing file is replaced unless that was asked for;
//! environment files are added to.

use std::cell::RefCell;
use std::fs;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use crate::collection::draft::{Import, ImportReport};
use crate::collection::environment::merge::{Files, MergeError};
use crate::collection::environment::{PRIVATE_FILE, PUBLIC_FILE, Visibility};
use crate::collection::import::finish::{self, Finished};
use crate::collection::import::{self, Format, Input};
use crate::collection::lines;
use crate::model::problem::{Problem, ProblemKind};
use crate::store::atomic::{FileMode, write_atomically};

/// A larger file is not imported.
const LARGEST: u64 = 512 * 1024 * 1024;

/// More files of a folder are not looked at.
const MOST_FILES: usize = 50_000;

/// Folders that hold other people's files or build results.
const SKIPPED: [&str; 5] = ["node_modules", "target", ".next", ".git", "dist"];

/// What to import, and where to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportJob {
    /// Files and folders; `-` is standard input.
    pub inputs: Vec<PathBuf>,
    /// Their format; `None`: each says so itself.
    pub format: Option<Format>,
    /// The folder to write into; made if it is missing.
    pub out: PathBuf,
}

/// What becomes of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WriteKind {
    /// There is none yet.
    New,
    /// It is an environment file, and is added to.
    Extended,
    /// It is there with these bytes already.
    Unchanged,
    /// Another one is there.
    Taken,
}

/// A file to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedFile {
    /// Relative to the output folder.
    pub path: PathBuf,
    /// What it shall hold.
    pub bytes: Vec<u8>,
    /// What becomes of it.
    pub kind: WriteKind,
    mode: FileMode,
    /// What an environment file held when this was planned.
    before: String,
}

/// An import before anything is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedImport {
    /// The output folder.
    pub out: PathBuf,
    /// The files, in the order in which they are written.
    pub files: Vec<PlannedFile>,
    /// What became of everything.
    pub report: ImportReport,
    /// Is a private environment file written that git does not ignore?
    pub private_is_exposed: bool,
    /// The format of each input.
    pub formats: Vec<(PathBuf, Format)>,
}

/// May files that are there be replaced?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Overwrite {
    /// No: then nothing at all is written.
    Refuse,
    /// Yes.
    Replace,
}

/// Reads the inputs and says what would be written.
pub fn plan(job: &ImportJob) -> Result<PlannedImport, Problem> {
    let mut imports = Vec::new();
    let mut formats = Vec::new();
    for name in &job.inputs {
        let (format, import) = read_input(name, job.format)?;
        formats.push((name.clone(), format));
        imports.push(import);
    }
    let existing = Files { public: existing(&job.out, PUBLIC_FILE)?, private: existing(&job.out, PRIVATE_FILE)? };
    let finished = finish::finish(imports, &existing).map_err(|error| merge_problem(&error, &job.out, &existing))?;
    Ok(planned(job, finished, &existing, formats))
}

fn planned(job: &ImportJob, finished: Finished, existing: &Files, formats: Vec<(PathBuf, Format)>) -> PlannedImport {
    let mut files: Vec<PlannedFile> = finished
        .files
        .into_iter()
        .map(|(path, bytes)| {
            let target = job.out.join(&path);
            let kind = match fs::read(&target) {
                // It could lead out of the folder.
                _ if is_link(&target) => WriteKind::Taken,
                Ok(known) if known == bytes => WriteKind::Unchanged,
                Ok(_) => WriteKind::Taken,
                Err(error) if error.kind() == io::ErrorKind::NotFound => WriteKind::New,
                Err(_) => WriteKind::Taken,
            };
            PlannedFile { path, bytes, kind, mode: FileMode::Keep, before: String::new() }
        })
        .collect();
    let environments = [
        (PRIVATE_FILE, finished.environments.private, &existing.private, FileMode::Private),
        (PUBLIC_FILE, finished.environments.public, &existing.public, FileMode::Keep),
    ];
    let mut private_is_exposed = false;
    for (name, new, old, mode) in environments {
        if new == *old {
            continue;
        }
        private_is_exposed |= mode == FileMode::Private && !is_ignored(&job.out);
        let target = job.out.join(name);
        let kind = if target.exists() {
            WriteKind::Extended
        } else if is_link(&target) {
            WriteKind::Taken
        } else {
            WriteKind::New
        };
        // Before the collections, so that these never refer to what is not there.
        files.insert(0, PlannedFile { path: name.into(), bytes: new.into_bytes(), kind, mode, before: old.clone() });
    }
    PlannedImport { out: job.out.clone(), files, report: finished.report, private_is_exposed, formats }
}

impl PlannedImport {
    /// The files that are in the way.
    pub fn taken(&self) -> impl Iterator<Item = &PlannedFile> {
        self.files.iter().filter(|file| file.kind == WriteKind::Taken)
    }

    /// Writes everything, each file whole or not at all. With [`Overwrite::Refuse`] nothing is written if a file is in
    /// the way.
    pub fn write(&self, overwrite: Overwrite) -> Result<(), Problem> {
        if overwrite == Overwrite::Refuse
            && let Some(first) = self.taken().next()
        {
            let count = self.taken().count();
            let others = if count > 1 { format!(" (and {} more)", count - 1) } else { String::new() };
            let title = format!("`{}` is there already{others}; nothing was written", first.path.display());
            return Err(Problem::new(ProblemKind::Input, title)
                .detail("It differs from what would be written")
                .hint("`--force` replaces it, `--out DIR` writes elsewhere, `--dry-run` shows what would be written"));
        }
        for file in self.files.iter().filter(|file| file.kind != WriteKind::Unchanged) {
            let path = self.out.join(&file.path);
            let folder = path.parent().unwrap_or(&self.out);
            let written = is_inside(&self.out, &file.path)
                .and_then(|()| fs::create_dir_all(folder))
                .and_then(|()| file.is_as_planned(&path))
                .and_then(|()| write_atomically(&path, &file.bytes, file.mode));
            written.map_err(|error| {
                Problem::new(ProblemKind::Input, format!("`{}` cannot be written", path.display()))
                    .detail(error.to_string())
                    .hint("What was written before stays; once this is corrected, import again")
            })?;
        }
        Ok(())
    }
}

impl PlannedFile {
    /// Nobody may have written to its place since it was planned.
    fn is_as_planned(&self, path: &Path) -> io::Result<()> {
        let is_changed = match self.kind {
            WriteKind::New => fs::symlink_metadata(path).is_ok(),
            WriteKind::Extended => read_text(path)? != self.before,
            WriteKind::Unchanged | WriteKind::Taken => false,
        };
        if is_changed { Err(io::Error::other("another program has written it in the meantime")) } else { Ok(()) }
    }
}

fn is_link(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink())
}

/// No folder on the way may be a link, nor the file one that leads out of the output folder.
fn is_inside(out: &Path, path: &Path) -> io::Result<()> {
    let mut folder = out.to_path_buf();
    for part in path.parent().unwrap_or(Path::new("")).components() {
        let Component::Normal(name) = part else { return Err(io::Error::other("the path leaves the output folder")) };
        folder.push(name);
        if is_link(&folder) {
            return Err(io::Error::other(format!("`{}` is a link", folder.display())));
        }
    }
    let target = out.join(path);
    if is_link(&target) && !fs::canonicalize(&target)?.starts_with(fs::canonicalize(out)?) {
        return Err(io::Error::other("it is a link that leads out of the output folder"));
    }
    Ok(())
}

/// Adds the private environment file to the `.gitignore` of `out`.
pub fn ignore_private_file(out: &Path) -> Result<(), Problem> {
    let path = out.join(".gitignore");
    let mut text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(unreadable(&path, &error)),
    };
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(PRIVATE_FILE);
    text.push('\n');
    write_atomically(&path, text.as_bytes(), FileMode::Keep).map_err(|error| {
        Problem::new(ProblemKind::Input, format!("`{}` cannot be written", path.display())).detail(error.to_string())
    })
}

/// Does git ignore the private environment file in `out`? Also where there is no repository.
fn is_ignored(out: &Path) -> bool {
    let absolute = std::path::absolute(out).unwrap_or_else(|_| out.to_path_buf());
    let Some(top) = absolute.ancestors().position(|folder| folder.join(".git").exists()) else { return true };
    absolute.ancestors().take(top + 1).any(|folder| {
        let (rules, _) = ignore::gitignore::Gitignore::new(folder.join(".gitignore"));
        let path = absolute.join(PRIVATE_FILE);
        rules.matched_path_or_any_parents(path.strip_prefix(folder).unwrap_or(&path), false).is_ignore()
    })
}

fn existing(out: &Path, name: &str) -> Result<String, Problem> {
    let path = out.join(name);
    match read_text(&path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(unreadable(&path, &error)),
    }
}

fn merge_problem(error: &MergeError, out: &Path, existing: &Files) -> Problem {
    let (name, text) = match error.visibility {
        Visibility::Public => (PUBLIC_FILE, &existing.public),
        Visibility::Private => (PRIVATE_FILE, &existing.private),
    };
    let problem = error.error.problem(&out.join(name), text);
    Problem { title: "Nothing was imported, because an environment file has an error".to_owned(), ..problem }
        .hint("Correct the file and import again")
}

fn read_input(name: &Path, format: Option<Format>) -> Result<(Format, Import), Problem> {
    let is_folder = name.is_dir();
    let text = if is_folder {
        String::new()
    } else if name == Path::new("-") {
        read_bounded(io::stdin()).map_err(|error| unreadable(name, &error))?
    } else {
        read_text(name).map_err(|error| unreadable(name, &error))?
    };
    let files = if is_folder { files_in(name) } else { Vec::new() };
    let folder = if is_folder { name } else { name.parent().unwrap_or(Path::new("")) };
    let total = RefCell::new(text.len() as u64);
    let read = |path: &Path| -> Result<String, String> {
        let is_plain = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if !is_plain {
            return Err("it is outside the folder".to_owned());
        }
        let root = fs::canonicalize(if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
        let target = fs::canonicalize(folder.join(path)).map_err(|error| error.to_string())?;
        if !root.is_ok_and(|root| target.starts_with(root)) {
            return Err("it is outside the folder".to_owned());
        }
        let text = read_text(&target).map_err(|error| error.to_string())?;
        *total.borrow_mut() += text.len() as u64;
        if *total.borrow() > LARGEST { Err("the input is too large".to_owned()) } else { Ok(text) }
    };
    let input = Input { name, text: &text, files: &files, read: &read };
    let format = format.or_else(|| import::detect(&input)).ok_or_else(|| import::unknown(&input))?;
    Ok((format, import::import(format, &input)?))
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let walker = ignore::WalkBuilder::new(folder)
        .max_depth(Some(24))
        .require_git(false)
        .follow_links(false)
        .filter_entry(|entry| entry.depth() == 0 || !SKIPPED.iter().any(|name| entry.file_name() == *name))
        .build();
    let files = walker.filter_map(Result::ok).filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()));
    let mut files: Vec<PathBuf> = files
        .filter_map(|entry| entry.path().strip_prefix(folder).ok().map(Path::to_path_buf))
        .take(MOST_FILES)
        .collect();
    files.sort();
    files
}

fn read_text(path: &Path) -> io::Result<String> {
    read_bounded(fs::File::open(path)?)
}

fn read_bounded(reader: impl Read) -> io::Result<String> {
    let mut bytes = Vec::new();
    reader.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(io::Error::other(format!("it is larger than {} MiB", LARGEST / 1024 / 1024)));
    }
    // No copy of a large file where it is UTF-8.
    Ok(String::from_utf8(bytes).unwrap_or_else(|error| lines::decode(error.as_bytes()).0))
}

fn unreadable(path: &Path, error: &io::Error) -> Problem {
    Problem::new(ProblemKind::Input, format!("`{}` cannot be read", path.display())).detail(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(folder: &Path) -> ImportJob {
        let input = folder.join("x.json");
        let collection = r#"{"info":{"name":"x","schema":"https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},
            "item":[{"name":"a","request":{"method":"GET","url":"https://a.test"}}]}"#;
        fs::write(&input, collection).unwrap();
        ImportJob { inputs: vec![input], format: None, out: folder.join("out") }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_never_written_through() {
        let folder = tempfile::tempdir().unwrap();
        let job = job(folder.path());
        let outside = folder.path().join("outside");
        let planned = plan(&job).unwrap();
        fs::create_dir(&job.out).unwrap();
        std::os::unix::fs::symlink(&outside, job.out.join("x.http")).unwrap();
        planned.write(Overwrite::Refuse).unwrap_err();
        let planned = plan(&job).unwrap();
        assert_eq!(planned.taken().count(), 1);
        planned.write(Overwrite::Refuse).unwrap_err();
        assert!(!outside.exists());
    }

    #[test]
    fn what_others_wrote_in_the_meantime_stays() {
        let folder = tempfile::tempdir().unwrap();
        let mut job = job(folder.path());
        let environment = folder.path().join("dev.json");
        let text = r#"{"name":"dev","values":[{"key":"host","value":"h"}],"_postman_variable_scope":"environment"}"#;
        fs::write(&environment, text).unwrap();
        job.inputs.push(environment);
        fs::create_dir(&job.out).unwrap();
        let public = job.out.join(PUBLIC_FILE);
        fs::write(&public, "{}").unwrap();
        let planned = plan(&job).unwrap();
        fs::write(&public, "{ }").unwrap();
        planned.write(Overwrite::Refuse).unwrap_err();
        assert_eq!(fs::read_to_string(&public).unwrap(), "{ }");
        plan(&job).unwrap().write(Overwrite::Refuse).unwrap();
    }
}
