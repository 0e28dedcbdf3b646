//! Texts that differ from the disk, and the history of edits over all files.
//!
//! The workspace holds the texts as they are edited; a [`Document`] remembers what is on disk for those that differ.
//! A [`Step`] of the history holds what went and what came, never whole files, and is applied only to exactly the text
//! that it was made for. `update/edit` and `update/save` are the only users that change anything here.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::model::request::RequestId;

/// The most steps that can be undone.
const MOST_STEPS: usize = 1000;

/// The most bytes that the history holds.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// One saving of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SaveId(pub u64);

/// The documents and their history.
#[derive(Debug, Default)]
pub struct Documents {
    /// Files whose text differs from the disk, or that are being saved.
    pub files: BTreeMap<PathBuf, Document>,
    /// What `undo` takes back, newest last.
    pub undo: Vec<Step>,
    /// What `redo` does again, newest last.
    pub redo: Vec<Step>,
}

/// A file whose text differs from the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// What is on disk, as bearcat last knew it; `None`: no file.
    pub base: Option<Arc<[u8]>>,
    /// What became of the file on disk meanwhile.
    pub outside: Outside,
    /// Is it being saved?
    pub saving: Saving,
}

/// What became of a file that is edited here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Outside {
    /// It is as it was.
    #[default]
    Same,
    /// It has other bytes now; `None`: it is gone.
    Changed(Option<Arc<[u8]>>),
}

/// Is a document being saved?
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Saving {
    /// No.
    #[default]
    No,
    /// Yes.
    Under {
        /// Which answer is awaited.
        id: SaveId,
        /// What is being written; `None`: the file is being deleted.
        bytes: Option<Arc<[u8]>>,
        /// Was it asked for once more meanwhile?
        next: NextSave,
    },
}

/// What follows a saving that goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NextSave {
    /// Nothing.
    #[default]
    Nothing,
    /// The text as it is then is saved as well.
    Again,
}

/// One step of the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What was done, for the notice: `edit of list orders`.
    pub label: String,
    /// The files that changed, in order.
    pub changes: Vec<Change>,
    /// Where a request went that left its file.
    pub carried: Option<(RequestId, RequestId)>,
    /// The request to look at after undoing.
    pub before: Option<RequestId>,
    /// The request to look at after doing.
    pub after: Option<RequestId>,
}

/// How a file changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Its text.
    Text {
        /// Which.
        path: PathBuf,
        /// The bytes.
        splice: Splice,
        /// Where its requests went.
        moved: Moved,
    },
    /// It came into being.
    Created {
        /// Which.
        path: PathBuf,
        /// With this text.
        bytes: Arc<[u8]>,
    },
    /// It went away.
    Deleted {
        /// Which.
        path: PathBuf,
        /// With this text.
        bytes: Arc<[u8]>,
    },
    /// It has another name.
    Renamed {
        /// The old one.
        from: PathBuf,
        /// The new one.
        to: PathBuf,
    },
}

/// Where the requests of a file went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moved {
    /// Nowhere.
    Stayed,
    /// For each request of before where it is after, and the other way round.
    To {
        /// By its old index.
        forward: Vec<Option<usize>>,
        /// By its new index.
        back: Vec<Option<usize>>,
    },
}

impl Moved {
    /// From the new index of each old request; `after` is how many there are then.
    pub fn new(forward: Vec<Option<usize>>, after: usize) -> Self {
        let mut back = vec![None; after];
        for (old, new) in forward.iter().enumerate() {
            if let Some(place) = new.and_then(|new| back.get_mut(new)) {
                *place = Some(old);
            }
        }
        Self::To { forward, back }
    }

    /// Where a request went.
    pub fn forward(&self, index: usize) -> Option<usize> {
        match self {
            Self::Stayed => Some(index),
            Self::To { forward, .. } => forward.get(index).copied().flatten(),
        }
    }

    /// The other way round.
    pub fn reversed(self) -> Self {
        match self {
            Self::Stayed => Self::Stayed,
            Self::To { forward, back } => Self::To { forward: back, back: forward },
        }
    }
}

/// Bytes that went and bytes that came in their place, and the texts that this fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Splice {
    at: usize,
    removed: Vec<u8>,
    inserted: Vec<u8>,
    before: u64,
    after: u64,
}

impl Splice {
    /// What turns `old` into `new`; `None`: nothing.
    pub fn between(old: &[u8], new: &[u8]) -> Option<Self> {
        if old == new {
            return None;
        }
        let most = old.len().min(new.len());
        let at = old.iter().zip(new).take_while(|(a, b)| a == b).count();
        let end = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count().min(most - at);
        Some(Self {
            at,
            removed: old[at..old.len() - end].to_vec(),
            inserted: new[at..new.len() - end].to_vec(),
            before: fingerprint(old),
            after: fingerprint(new),
        })
    }

    /// The bytes after; `None`: this is not the text that it was made for.
    pub fn apply(&self, old: &[u8]) -> Option<Vec<u8>> {
        let end = self.at + self.removed.len();
        if fingerprint(old) != self.before || old.get(self.at..end) != Some(&self.removed[..]) {
            return None;
        }
        let mut new = Vec::with_capacity(old.len() + self.inserted.len());
        new.extend_from_slice(&old[..self.at]);
        new.extend_from_slice(&self.inserted);
        new.extend_from_slice(&old[end..]);
        Some(new)
    }

    /// What takes it back.
    pub fn reversed(self) -> Self {
        Self { at: self.at, removed: self.inserted, inserted: self.removed, before: self.after, after: self.before }
    }

    const fn size(&self) -> usize {
        self.removed.len() + self.inserted.len()
    }
}

fn fingerprint(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

impl Change {
    /// What takes it back.
    pub fn reversed(self) -> Self {
        match self {
            Self::Text { path, splice, moved } => {
                Self::Text { path, splice: splice.reversed(), moved: moved.reversed() }
            }
            Self::Created { path, bytes } => Self::Deleted { path, bytes },
            Self::Deleted { path, bytes } => Self::Created { path, bytes },
            Self::Renamed { from, to } => Self::Renamed { from: to, to: from },
        }
    }

    fn size(&self) -> usize {
        match self {
            Self::Text { splice, .. } => splice.size(),
            Self::Created { bytes, .. } | Self::Deleted { bytes, .. } => bytes.len(),
            Self::Renamed { .. } => 0,
        }
    }

    fn is_about(&self, file: &Path) -> bool {
        match self {
            Self::Text { path, .. } | Self::Created { path, .. } | Self::Deleted { path, .. } => path == file,
            Self::Renamed { from, to } => from == file || to == file,
        }
    }
}

impl Step {
    /// What takes it back.
    pub fn reversed(self) -> Self {
        Self {
            label: self.label,
            changes: self.changes.into_iter().rev().map(Change::reversed).collect(),
            carried: self.carried.map(|(from, to)| (to, from)),
            before: self.after,
            after: self.before,
        }
    }

    fn size(&self) -> usize {
        self.changes.iter().map(Change::size).sum()
    }
}

impl Documents {
    /// Does the text of this file differ from the disk?
    pub fn is_unsaved(&self, path: &Path) -> bool {
        self.files.contains_key(path)
    }

    /// Has this file changed on disk since it was edited here?
    pub fn is_in_conflict(&self, path: &Path) -> bool {
        self.files.get(path).is_some_and(|document| document.outside != Outside::Same)
    }

    /// The files that differ from the disk.
    pub fn unsaved(&self) -> impl Iterator<Item = &PathBuf> {
        self.files.keys()
    }

    /// Can a step about this file be undone or done again?
    pub(in crate::app) fn has_history(&self, path: &Path) -> bool {
        let about = |step: &Step| step.changes.iter().any(|change| change.is_about(path));
        self.undo.iter().any(about) || self.redo.iter().any(about)
    }

    /// Remembers a step that was done; what was undone before cannot be done again.
    pub(in crate::app) fn remember(&mut self, step: Step) {
        self.redo.clear();
        self.undo.push(step);
        let mut size: usize = self.undo.iter().map(Step::size).sum();
        while self.undo.len() > MOST_STEPS || (size > MOST_BYTES && self.undo.len() > 1) {
            size -= self.undo.remove(0).size();
        }
    }
}

/// Why a text cannot be the path of a collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// Nothing was typed.
    #[error("Type a path, such as `orders.http` or `admin/users.http`")]
    Empty,
    /// It would leave the workspace.
    #[error("The path must stay inside the workspace: no `..`, and not from the root")]
    Outside,
    /// The workspace's scan would not find it.
    #[error("Bearcat does not look into this folder")]
    Unread,
    /// Not a collection.
    #[error("A collection ends in `.http` or `.rest`")]
    Extension,
    /// Characters that no system takes.
    #[error("The path has characters that file names cannot have")]
    Characters,
}

/// The path of a collection that was typed: relative, with `.http` at its end.
///
/// # Errors
/// When it cannot be one.
pub fn typed_path(text: &str) -> Result<PathBuf, PathError> {
    let text = text.trim().replace('\\', "/");
    let text = text.strip_prefix("./").unwrap_or(&text);
    if text.is_empty() {
        return Err(PathError::Empty);
    }
    if text.chars().any(|c| c.is_control() || "<>:\"|?*".contains(c)) || text.split('/').any(|part| part.len() > 240) {
        return Err(PathError::Characters);
    }
    let mut path = PathBuf::from(text);
    if text.ends_with('/') || !path.components().all(|part| matches!(part, Component::Normal(_))) {
        return Err(PathError::Outside);
    }
    let is_unread = |part: &str| part.starts_with('.') || matches!(part, "node_modules" | "target");
    if text.split('/').any(is_unread) {
        return Err(PathError::Unread);
    }
    match path.extension().and_then(|extension| extension.to_str()) {
        Some(extension) if extension.eq_ignore_ascii_case("http") || extension.eq_ignore_ascii_case("rest") => {}
        Some("json" | "env" | "md" | "txt" | "yaml" | "yml") => return Err(PathError::Extension),
        _ => {
            let mut name = path.file_name().map(std::ffi::OsStr::to_owned).unwrap_or_default();
            name.push(".http");
            path.set_file_name(name);
        }
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("orders", Ok("orders.http"))]
    #[case(" ./a/b c.rest ", Ok("a/b c.rest"))]
    #[case("v1.2", Ok("v1.2.http"))]
    #[case("a\\b.HTTP", Ok("a/b.HTTP"))]
    #[case("", Err(PathError::Empty))]
    #[case("../x.http", Err(PathError::Outside))]
    #[case("a/../x.http", Err(PathError::Outside))]
    #[case("/etc/x.http", Err(PathError::Outside))]
    #[case("a/", Err(PathError::Outside))]
    #[case(".git/x.http", Err(PathError::Unread))]
    #[case("node_modules/x.http", Err(PathError::Unread))]
    #[case("package.json", Err(PathError::Extension))]
    #[case("a\nb", Err(PathError::Characters))]
    fn paths(#[case] text: &str, #[case] expected: Result<&str, PathError>) {
        assert_eq!(typed_path(text), expected.map(PathBuf::from));
    }

    proptest! {
        #[test]
        fn a_splice_goes_forth_and_back(old in "[ab]{0,12}", new in "[ab]{0,12}", other in "[ab]{0,12}") {
            let (old, new, other) = (old.as_bytes(), new.as_bytes(), other.as_bytes());
            let Some(splice) = Splice::between(old, new) else {
                prop_assert_eq!(old, new);
                return Ok(());
            };
            prop_assert_eq!(splice.apply(old), Some(new.to_vec()));
            prop_assert_eq!(splice.clone().reversed().apply(new), Some(old.to_vec()));
            prop_assert_eq!(splice.apply(other).is_some(), other == old);
        }
    }

    #[test]
    fn the_history_is_bounded() {
        let mut documents = Documents::default();
        let step = |size: usize| Step {
            label: String::new(),
            changes: vec![Change::Created { path: "a.http".into(), bytes: vec![0; size].into() }],
            carried: None,
            before: None,
            after: None,
        };
        for _ in 0..=MOST_STEPS {
            documents.remember(step(1));
        }
        assert_eq!(documents.undo.len(), MOST_STEPS);
        documents.remember(step(MOST_BYTES));
        assert_eq!(documents.undo.len(), 1);
    }

    #[test]
    fn where_requests_went_is_known_both_ways() {
        let moved = Moved::new(vec![Some(1), None, Some(0)], 3);
        assert_eq!((moved.forward(0), moved.forward(1), moved.forward(9)), (Some(1), None, None));
        let back = moved.reversed();
        assert_eq!((back.forward(0), back.forward(1), back.forward(2)), (Some(2), Some(0), None));
    }
}
