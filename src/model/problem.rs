//! What a user is told when something does not work: what happened, where, and what to do next.

use std::fmt;
use std::path::PathBuf;

use crate::model::finding::Finding;

/// Which part of bearcat a problem comes from; decides the exit code of the commands (design.md section 11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProblemKind {
    /// A wrong command line, a malformed file, an unresolved variable: exit code 2.
    Input,
    /// Not signed in, or the sign-in failed: exit code 3.
    SignIn,
    /// The network, TLS, or the server's end of the conversation: exit code 4.
    Network,
    /// The vault could not be read or written: exit code 3.
    Vault,
    /// Anything else; bearcat's own fault or the operating system's: exit code 2.
    Other,
}

/// A place in a file. Line and column count from 1; the column counts characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    /// The file as the user knows it, relative to the workspace where possible.
    pub file: PathBuf,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file.display(), self.line, self.column)
    }
}

/// One readable error. Texts are sentences without a full stop and without `error:` in front.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Which part it comes from.
    pub kind: ProblemKind,
    /// What happened, in one line.
    pub title: String,
    /// The evidence: what was sent, what came back, what was expected. May be empty.
    pub detail: String,
    /// What to do next. May be empty.
    pub hint: String,
    /// Where in the user's files; boxed, because problems are returned everywhere.
    pub place: Option<Box<Place>>,
    /// Why, where `diagnose` knows more than the hint: the causes that fit, the likeliest first.
    pub findings: Vec<Finding>,
}

impl Problem {
    /// A problem with a title only; add the rest with [`Self::detail`], [`Self::hint`] and [`Self::at`].
    pub fn new(kind: ProblemKind, title: impl Into<String>) -> Self {
        Self {
            kind,
            title: title.into(),
            detail: String::new(),
            hint: String::new(),
            place: None,
            findings: Vec::new(),
        }
    }

    /// Adds the evidence.
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// Adds what to do next.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// Adds the causes that fit.
    pub fn because(mut self, findings: Vec<Finding>) -> Self {
        self.findings = findings;
        self
    }

    /// Adds where in the user's files.
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(Box::new(place));
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        f.write_str(&self.title)?;
        if !self.detail.is_empty() {
            write!(f, "\n  {}", self.detail.replace('\n', "\n  "))?;
        }
        if !self.hint.is_empty() {
            write!(f, "\n  → {}", self.hint.replace('\n', "\n    "))?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}
