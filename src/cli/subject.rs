//! Which identity a command speaks for, and the workspace around it.

use crate::cli::args::Common;
use crate::collection::workspace::Workspace;
use crate::model::identity::{Identity, IdentityName};
use crate::model::problem::{Problem, ProblemKind};
use crate::shell::workspace;
use crate::store::paths::Paths;

/// The environments and identities around the current folder, without reading its collections.
pub fn surroundings(paths: &Paths) -> Result<Workspace, Problem> {
    let root = std::env::current_dir().map_err(|error| {
        Problem::new(ProblemKind::Input, "The current folder cannot be read").detail(error.to_string())
    })?;
    Ok(workspace::load_only(&root, &[], paths))
}

/// The environment that `--env` names, which must exist; `None`: none is named.
pub fn environment(workspace: &Workspace, common: &Common) -> Result<Option<String>, Problem> {
    let Some(name) = &common.environment else {
        return Ok(workspace.environments.names().into_iter().next());
    };
    let names = workspace.environments.names();
    if names.contains(name) {
        return Ok(Some(name.clone()));
    }
    Err(Problem::new(ProblemKind::Input, format!("There is no environment `{name}`")).hint(if names.is_empty() {
        "No http-client.env.json was found from this folder upwards".to_owned()
    } else {
        format!("There are: {}", names.join(", "))
    }))
}

/// The identity that `--as` (or `name`) means, else the first of the environment.
pub fn identity(workspace: &Workspace, common: &Common, name: Option<&str>) -> Result<Identity, Problem> {
    // What is not read because its file is broken is not missing: the place of the mistake is what helps.
    let broken = || workspace.problems.first().cloned();
    let environment = environment(workspace, common).map_err(|unknown| broken().unwrap_or(unknown))?;
    let unusable = || {
        let mut problems = workspace.environments.identity_problems(environment.as_deref()).into_iter();
        broken().or_else(|| problems.next())
    };
    let identities = workspace.identities(environment.as_deref());
    match name.or(common.identity.as_deref()) {
        Some(name) => {
            let wanted = IdentityName::new(name);
            let known: Vec<&str> = identities.iter().map(|identity| identity.name.as_str()).collect();
            let known = known.join(", ");
            identities.into_iter().find(|identity| identity.name == wanted).ok_or_else(|| {
                if let Some(problem) = unusable() {
                    return problem;
                }
                Problem::new(ProblemKind::Input, format!("There is no identity `{name}`"))
                    .detail(format!("Known here: {known}"))
                    .hint("`bearcat login ISSUER --name NAME` makes one")
            })
        }
        None => identities.into_iter().find(|identity| !identity.name.is_anonymous()).ok_or_else(|| {
            if let Some(problem) = unusable() {
                return problem;
            }
            Problem::new(ProblemKind::SignIn, "No identity is known here")
                .hint("`bearcat login mybusiness.kinde.com --client-id …` signs in and remembers it")
        }),
    }
}
