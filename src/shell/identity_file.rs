//! Writes a new identity down in the user's own environment file, so that the next start knows it. Never a secret.

use std::io::ErrorKind;

use crate::collection::environment::write::write_identity;
use crate::collection::environment::{PUBLIC_FILE, SHARED};
use crate::model::identity::{Identity, IdentitySource};
use crate::model::problem::{Problem, ProblemKind};
use crate::store::atomic::{FileMode, create_private_dir, write_atomically};
use crate::store::paths::Paths;

/// Adds or replaces `identity` in the user's own `http-client.env.json`; returns it with its new source.
///
/// # Errors
/// When the file has an error (it is left alone) or cannot be written.
pub fn save(paths: &Paths, identity: &Identity) -> Result<Identity, Problem> {
    let file = paths.config_dir.join(PUBLIC_FILE);
    let unsaved = |why: &std::io::Error| {
        Problem::new(ProblemKind::Other, format!("The identity was not saved to {}", file.display()))
            .detail(why.to_string())
            .hint("The session works; the next start will not know this identity")
    };
    let existing = match std::fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        Err(error) => return Err(unsaved(&error)),
    };
    let text = write_identity(&existing, SHARED, identity).map_err(|error| error.problem(&file, &existing))?;
    create_private_dir(&paths.config_dir).map_err(|error| unsaved(&error))?;
    write_atomically(&file, text.as_bytes(), FileMode::Keep).map_err(|error| unsaved(&error))?;
    let source = IdentitySource::EnvironmentFile { path: file, environment: SHARED.to_owned() };
    Ok(Identity { source, ..identity.clone() })
}
