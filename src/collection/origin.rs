//! Where a collection comes from: a file of the workspace, or the routes of an app that were found in its sources.
//!
//! A collection that was found is a normal [`Collection`](crate::collection::file::Collection) whose text was
//! generated: it is sent, shown and filtered like any other, but there is no file to write to.

use std::path::PathBuf;
use std::sync::Arc;

use crate::model::problem::Place;

/// Where a collection comes from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum CollectionOrigin {
    /// A `.http` or `.rest` file.
    #[default]
    File,
    /// The routes of an app; the text is generated, and there is nothing to save it to.
    Routes(Arc<Routes>),
}

/// The routes of an app.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Routes {
    /// What the tree shows: `routes (Next.js)`, `routes (apps/web)`.
    pub label: String,
    /// The app's folder, relative to the workspace.
    pub folder: PathBuf,
    /// What is known of each request, by its index in the collection.
    pub notes: Vec<RouteNote>,
}

/// What is known of a route, read from the app's sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteNote {
    /// Who may call it.
    pub access: Access,
    /// Why, in words: `middleware.ts line 12 protects it`.
    pub reason: String,
    /// Where its handler stands.
    pub place: Place,
}

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Access {
    /// Anybody.
    Public,
    /// Only who is signed in.
    Protected,
    /// It cannot be told without running the app.
    Unknown,
}

impl Access {
    /// The word for people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Protected => "protected",
            Self::Unknown => "unknown",
        }
    }
}
