//! The seam between plans and templates: a filled text with what a plan must know about it.
//!
//! [`with_scope`] is the way from a template [`Scope`]; tests and other callers may give any closure. Invariant:
//! every identity whose token was handed out while filling is named, through however many variables it went, and every
//! secret of the user.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;

use crate::model::identity::IdentityName;
use crate::redact::{AccessToken, IdToken};
use crate::template::{Filled, Filler, Guarded, Scope, Surroundings, TemplateProblem, TokenSource, Unfilled, Value};

/// A filled template.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct FilledText {
    /// The text; may hold secrets.
    pub text: String,
    /// The text with secrets masked.
    pub shown: String,
    /// Did a secret go into it?
    pub secret: bool,
    /// Whose tokens were handed out while this request was being filled, up to and including this text.
    pub tokens: BTreeSet<IdentityName>,
    /// The user's own secrets that were handed out, likewise.
    pub guarded: BTreeSet<Guarded>,
    /// What could not be filled.
    pub problems: Vec<TemplateProblem>,
}

impl FilledText {
    /// A text without secrets and problems.
    pub fn plain(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { shown: text.clone(), text, ..Self::default() }
    }
}

impl From<Filled> for FilledText {
    fn from(filled: Filled) -> Self {
        let shown = if filled.secret { filled.preview() } else { filled.text.clone() };
        Self { shown, text: filled.text, secret: filled.secret, problems: filled.problems, ..Self::default() }
    }
}

impl fmt::Debug for FilledText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FilledText")
            .field("shown", &self.shown)
            .field("problems", &self.problems)
            .field("tokens", &self.tokens)
            .finish_non_exhaustive()
    }
}

/// Calls `plan` with a [`fill`](super::PlanInput::fill) that takes its values from `scope`. One value per
/// variable for the whole call, and every token that leaves the scope is noted.
pub fn with_scope<T>(scope: &dyn Scope, plan: impl FnOnce(&dyn Fn(&str) -> FilledText) -> T) -> T {
    let watched = Watched { scope, handed_out: RefCell::new(BTreeSet::new()) };
    let filler = RefCell::new(Filler::new(&watched));
    plan(&|text| {
        let mut filler = filler.borrow_mut();
        let filled = FilledText::from(filler.fill_text(text));
        FilledText { tokens: watched.handed_out.borrow().clone(), guarded: filler.guarded().clone(), ..filled }
    })
}

/// A scope that remembers whose tokens were asked for.
struct Watched<'a> {
    scope: &'a dyn Scope,
    handed_out: RefCell<BTreeSet<IdentityName>>,
}

impl Scope for Watched<'_> {
    fn lookup(&self, name: &str) -> Option<Value> {
        self.scope.lookup(name)
    }

    fn request_variable(&self, request: &str, path: &str) -> Result<Value, Unfilled> {
        self.scope.request_variable(request, path)
    }

    fn suggestion(&self, name: &str) -> Option<String> {
        self.scope.suggestion(name)
    }

    fn surroundings(&self) -> Surroundings<'_> {
        Surroundings { tokens: self, ..self.scope.surroundings() }
    }
}

impl TokenSource for Watched<'_> {
    fn access_token(&self, identity: &IdentityName) -> Option<AccessToken> {
        let token = self.scope.surroundings().tokens.access_token(identity)?;
        self.handed_out.borrow_mut().insert(identity.clone());
        Some(token)
    }

    fn id_token(&self, identity: &IdentityName) -> Option<IdToken> {
        let token = self.scope.surroundings().tokens.id_token(identity)?;
        self.handed_out.borrow_mut().insert(identity.clone());
        Some(token)
    }
}
