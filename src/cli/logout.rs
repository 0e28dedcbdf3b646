//! `bearcat logout`: revoke at the provider, forget the tokens, and end the browser's session if asked.

use serde_json::json;

use crate::app::effect::BrowserSession;
use crate::auth::keeper::Revocation;
use crate::cli::args::{Common, LogoutArguments};
use crate::cli::output::{Exit, Output, clean, problem_json};
use crate::cli::start::{self, Start};
use crate::cli::{Ended, subject};
use crate::model::identity::{Grant, Identity, Issuer};
use crate::model::port::Vault;
use crate::model::problem::Problem;
use crate::model::secret::SecretKey;
use crate::model::session::SessionKey;
use crate::shell::browser;
use crate::shell::services::Services;

/// Signs out one identity, or all sessions of the vault.
pub fn run(arguments: &LogoutArguments, common: &Common, output: Output) -> Ended {
    let start = Start::new(common)?;
    let services = start.command_services(output)?;
    let workspace = subject::surroundings(&start.paths)?;
    start::small_runtime()?.run(async {
        let identities = if arguments.all {
            let stored = services.vault.list().await.map_err(|error| error.problem())?;
            let environment = subject::environment(&workspace, common)?;
            let known = workspace.identities(environment.as_deref());
            let sessions = stored.into_iter().filter(|key| SecretKey::of(key).is_none());
            sessions.map(|key| known_or_bare(key, &known)).collect()
        } else {
            vec![subject::identity(&workspace, common, arguments.name.as_deref())?]
        };
        let browser_session = if arguments.browser { BrowserSession::End } else { BrowserSession::Keep };
        let mut worst = Exit::Good;
        let (mut names, mut problems) = (Vec::new(), Vec::new());
        for identity in identities {
            if let Err(problem) = log_out(&services, &identity, browser_session).await {
                worst = output.explain(&problem);
                problems.push(problem_json(&problem));
            }
            names.push(identity.name.as_str().to_owned());
        }
        if output.json {
            output.value(&json!({ "logged_out": names, "problems": problems }));
        } else if names.is_empty() {
            output.line("No sessions are stored");
        } else {
            output.line(&format!("Logged out: {}", clean(&names.join(", "))));
        }
        Ok(worst)
    })
}

/// The tokens are gone from this machine in any case; the problem tells what did not work elsewhere.
async fn log_out(services: &Services, identity: &Identity, browser_session: BrowserSession) -> Result<(), Problem> {
    let ended = services.keeper.logout(identity, Revocation::AtProvider).await;
    let outcome = ended.map_err(|error| error.problem())?;
    if browser_session == BrowserSession::End
        && let Some(page) = outcome.end_session
    {
        browser::open(page).await?;
    }
    match outcome.revoked {
        Some(Err(error)) => Err(error.problem()),
        _ => Ok(()),
    }
}

/// A stored session whose identity is defined nowhere (any more) can still be revoked: its key has all that is needed.
fn known_or_bare(key: SessionKey, known: &[Identity]) -> Identity {
    if let Some(identity) = known.iter().find(|identity| SessionKey::of(identity) == key) {
        return identity.clone();
    }
    let mut identity = Identity::new(key.identity.as_str(), Grant::DeviceAuthorization);
    // Endpoints that an identity set itself stand behind the issuer; they are not trusted from here.
    identity.issuer = key.issuer.split(' ').next().and_then(|issuer| Issuer::parse(issuer).ok());
    identity.client_id = (!key.client_id.is_empty()).then_some(key.client_id);
    identity
}
