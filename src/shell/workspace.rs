//! Loads a workspace with what only the shell may read: the process environment.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::collection::scan;
use crate::collection::workspace::Workspace;
use crate::store::paths::Paths;

/// The whole workspace at `root`. May take a while in a large folder: not for the loop's thread.
pub fn load(root: &Path, paths: &Paths) -> Workspace {
    complete(scan::load(root, Some(&paths.config_dir)))
}

/// Environments, identities and the named collections only.
pub fn load_only(root: &Path, collections: &[PathBuf], paths: &Paths) -> Workspace {
    complete(scan::load_only(root, collections, Some(&paths.config_dir)))
}

fn complete(mut workspace: Workspace) -> Workspace {
    workspace.environments.process_environment = process_environment();
    workspace
}

/// The variables of the process whose names and values are text.
pub fn process_environment() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}
