//! Environments. To be written.

use crate::model::identity::Identity;

/// The environments of a workspace.
#[derive(Debug, Clone, Default)]
pub struct Environments;

impl Environments {
    /// Their names, in order of appearance; `$shared` is not one.
    pub fn names(&self) -> Vec<String> {
        Vec::new()
    }

    /// The identities of one environment (`None`: those of `$shared` and of the user's own file).
    pub fn identities(&self, _environment: Option<&str>) -> Vec<Identity> {
        Vec::new()
    }
}
