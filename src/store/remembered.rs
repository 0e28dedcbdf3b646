//! What bearcat remembers of a workspace between runs, in the state directory: the environment that was chosen, and the
//! last answers to prompts. Never a secret: the callers keep those out, and a value that looks like one is refused.
//!
//! A damaged file counts as none, and one that cannot be written is no error: remembering is a convenience.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::redact;
use crate::store::atomic::{self, FileMode};

/// The largest file that is read.
const MOST_BYTES: u64 = 4 * 1024 * 1024;

/// How many workspaces are remembered; the one that was used longest ago goes first.
const MOST_WORKSPACES: usize = 100;

/// How many answers of a workspace are remembered.
const MOST_ANSWERS: usize = 100;

/// The longest answer that is remembered.
const LONGEST_ANSWER: usize = 4096;

const VERSION: u8 = 1;

/// The file.
#[derive(Debug)]
pub struct Remembered {
    path: PathBuf,
    /// One change at a time in this process.
    turn: Mutex<()>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Content {
    version: u8,
    /// The one that was used last stands last.
    workspaces: Vec<Entry>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Entry {
    root: PathBuf,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    environment: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    answers: BTreeMap<String, String>,
}

impl Remembered {
    /// The file in `state_dir` (`Paths::state_dir`), which need not exist.
    pub fn new(state_dir: &Path) -> Self {
        Self { path: state_dir.join("workspaces.json"), turn: Mutex::new(()) }
    }

    /// The environment that was chosen last in the workspace at `root`.
    pub fn environment(&self, root: &Path) -> Option<String> {
        self.entry(root)?.environment
    }

    /// Remembers the chosen environment.
    pub fn set_environment(&self, root: &Path, environment: &str) {
        self.change(root, |entry| entry.environment = Some(environment.to_owned()));
    }

    /// The last answers to prompts, by the name of the variable.
    pub fn answers(&self, root: &Path) -> BTreeMap<String, String> {
        self.entry(root).unwrap_or_default().answers
    }

    /// Remembers answers, but for those that look like secrets or are too long.
    pub fn set_answers<'a>(&self, root: &Path, answers: impl IntoIterator<Item = (&'a str, &'a str)>) {
        let keep: Vec<_> = answers
            .into_iter()
            .filter(|(name, answer)| {
                answer.len() <= LONGEST_ANSWER
                    && !redact::sounds_secret(name)
                    && !redact::looks_secret(answer)
                    && redact::mask(answer) == *answer
            })
            .collect();
        if keep.is_empty() {
            return;
        }
        self.change(root, |entry| {
            for (name, answer) in keep {
                if entry.answers.len() < MOST_ANSWERS || entry.answers.contains_key(name) {
                    entry.answers.insert(name.to_owned(), answer.to_owned());
                }
            }
        });
    }

    fn read(&self) -> Content {
        let mut text = String::new();
        let read = File::open(&self.path).and_then(|file| file.take(MOST_BYTES).read_to_string(&mut text));
        let content: Option<Content> = read.ok().and_then(|_| serde_json::from_str(&text).ok());
        content.filter(|content| content.version == VERSION).unwrap_or_default()
    }

    fn entry(&self, root: &Path) -> Option<Entry> {
        self.read().workspaces.into_iter().find(|entry| entry.root == root)
    }

    fn change(&self, root: &Path, change: impl FnOnce(&mut Entry)) {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let mut content = Content { version: VERSION, ..self.read() };
        let at = content.workspaces.iter().position(|entry| entry.root == root);
        let mut entry = at.map(|at| content.workspaces.remove(at)).unwrap_or_default();
        root.clone_into(&mut entry.root);
        change(&mut entry);
        content.workspaces.push(entry);
        let excess = content.workspaces.len().saturating_sub(MOST_WORKSPACES);
        content.workspaces.drain(..excess);
        let Ok(text) = serde_json::to_vec_pretty(&content) else { return };
        let written = self.path.parent().map_or(Ok(()), atomic::create_private_dir);
        if let Err(error) = written.and_then(|()| atomic::write_atomically(&self.path, &text, FileMode::Private)) {
            tracing::debug!(%error, "what is remembered of workspaces could not be written");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_and_answers_come_back_and_secrets_are_never_written() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("state");
        let remembered = Remembered::new(&state);
        let (one, other) = (Path::new("/work/one"), Path::new("/work/other"));
        assert_eq!((remembered.environment(one), remembered.answers(one).len()), (None, 0));
        remembered.set_environment(one, "dev");
        let known = redact::SecretText::new("known-value-of-a-secret");
        let jwt = "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.c2ln";
        let answers = [("order", "7"), ("api_token", "plain"), ("what", jwt), ("copy", known.expose())];
        remembered.set_answers(one, answers);
        remembered.set_environment(other, "prod");
        let again = Remembered::new(&state);
        assert_eq!(again.environment(one).as_deref(), Some("dev"));
        assert_eq!(again.environment(other).as_deref(), Some("prod"));
        assert_eq!(again.answers(one), BTreeMap::from([("order".to_owned(), "7".to_owned())]));
        let text = std::fs::read_to_string(state.join("workspaces.json")).unwrap();
        assert!(!text.contains("eyJ") && !text.contains("known-value"), "{text}");
    }

    #[test]
    fn it_is_bounded_and_a_damaged_file_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let remembered = Remembered::new(dir.path());
        for at in 0..=MOST_WORKSPACES {
            remembered.set_environment(Path::new(&format!("/{at}")), "dev");
        }
        assert_eq!(remembered.environment(Path::new("/0")), None);
        assert!(remembered.environment(Path::new(&format!("/{MOST_WORKSPACES}"))).is_some());
        std::fs::write(dir.path().join("workspaces.json"), "{").unwrap();
        assert_eq!(remembered.environment(Path::new("/5")), None);
        remembered.set_environment(Path::new("/5"), "dev");
        assert!(remembered.environment(Path::new("/5")).is_some());
    }
}
