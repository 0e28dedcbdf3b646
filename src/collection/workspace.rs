//! The workspace: everything that was read of a folder, as `app` and `http::plan` use it. Loaded by [`super::scan`].

use std::path::PathBuf;

use crate::collection::dotenv::DotenvFile;
use crate::collection::environment::Environments;
use crate::collection::file::Collection;
use crate::collection::nextjs::NextApp;
use crate::model::identity::{Identity, IdentityName};
use crate::model::problem::Problem;
use crate::model::request::{RequestBlock, RequestId};

/// A folder and what was read of it.
#[derive(Debug, Clone, Default)]
pub struct Workspace {
    /// The folder, absolute.
    pub root: PathBuf,
    /// The collections, sorted by path; paths are relative to the folder.
    pub collections: Vec<Collection>,
    /// Environments, their variables and identities: the workspace's and the user's own.
    pub environments: Environments,
    /// An identity that the project's `.env` files of a Kinde SDK describe.
    pub detected: Option<Identity>,
    /// Those `.env` files; [`super::detected::client_secret`] takes the secret from them, after asking.
    pub dotenv: Vec<DotenvFile>,
    /// The Next.js apps; their routes are among the collections.
    pub apps: Vec<NextApp>,
    /// What could not be read; the rest is there all the same. Problems of a collection are in the collection.
    pub problems: Vec<Problem>,
}

impl Workspace {
    /// The request with this id.
    pub fn request(&self, id: &RequestId) -> Option<&RequestBlock> {
        self.collection(id)?.requests.get(id.index)
    }

    /// The collection that a request is in.
    pub fn collection(&self, id: &RequestId) -> Option<&Collection> {
        // Sorted, and asked for each row of each frame.
        let at = self.collections.partition_point(|collection| collection.path < id.file);
        let found = self.collections.get(at).filter(|collection| collection.path == id.file);
        found.or_else(|| self.collections.iter().find(|collection| collection.path == id.file))
    }

    /// The problems of the workspace and of all its collections.
    pub fn all_problems(&self) -> impl Iterator<Item = &Problem> {
        self.problems.iter().chain(self.collections.iter().flat_map(|collection| &collection.problems))
    }

    /// The identities that can be used in an environment: its own, then the detected one, then `anonymous`.
    pub fn identities(&self, environment: Option<&str>) -> Vec<Identity> {
        let mut identities = self.environments.identities(environment);
        if let Some(detected) = &self.detected
            && identities.iter().all(|identity| identity.name != detected.name)
        {
            identities.push(detected.clone());
        }
        identities.push(Identity::anonymous());
        identities
    }

    /// The identity of this name in an environment.
    pub fn identity(&self, environment: Option<&str>, name: &IdentityName) -> Option<Identity> {
        self.identities(environment).into_iter().find(|identity| &identity.name == name)
    }
}
