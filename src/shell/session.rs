//! Sessions as the screens and the commands show them: read, refreshed, decoded, verified.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::app::session::{InspectedToken, SessionView};
use crate::auth::error::AuthError;
use crate::auth::keeper::Freshness;
use crate::auth::login::{LoginEvent, PollState};
use crate::diagnose;
use crate::model::identity::Identity;
use crate::model::problem::Problem;
use crate::model::request::Requirement;
use crate::model::session::{TokenKind, TokenSet};
use crate::model::sign_in::{Ended, SignIn};
use crate::shell::services::Services;
use crate::token::inspect::inspect;
use crate::token::kinde;

/// A session that is good to send. The keeper drives a posted refresh to its end even if the caller goes away.
pub async fn fresh(services: &Services, identity: &Identity, freshness: Freshness) -> Result<TokenSet, Problem> {
    services.recall_documents(identity);
    services.keeper.fresh(identity, freshness).await.map_err(|error| explained(&error, identity))
}

/// A sign-in or refresh that failed: what the user is told, with the causes that fit.
pub fn explained(error: &AuthError, identity: &Identity) -> Problem {
    explained_as(error, identity, error.ended())
}

/// The same, where more is known of how it ended than the error says.
pub fn explained_as(error: &AuthError, identity: &Identity, ended: Ended) -> Problem {
    let sign_in = SignIn::of(identity, ended).with_kinde(error.is_of_kinde());
    error.problem().because(diagnose::sign_in(&sign_in))
}

/// Counts how often the provider asks for slower polling: it belongs to why a device code expired.
#[derive(Debug, Default)]
pub struct SlowDowns(AtomicU32);

impl SlowDowns {
    /// Looks at an event of the sign-in.
    pub fn take(&self, event: &LoginEvent) {
        if matches!(event, LoginEvent::Polling { state: PollState::SlowDown, .. }) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// What the user is told of a sign-in that failed.
    pub fn explained(&self, error: &AuthError, identity: &Identity) -> Problem {
        let ended = match error.ended() {
            Ended::CodeExpired { .. } => Ended::CodeExpired { slowed_down: self.0.load(Ordering::Relaxed) },
            other => other,
        };
        explained_as(error, identity, ended)
    }
}

/// Reads an identity's session and takes it apart. `None`: not signed in, or only a new login can help.
pub async fn load(services: &Services, identity: &Identity) -> Result<Option<Box<SessionView>>, Problem> {
    services.recall_documents(identity);
    let Some(tokens) = services.keeper.current(identity).await.map_err(|error| explained(&error, identity))? else {
        return Ok(None);
    };
    if services.keeper.has_ended(identity, &tokens) {
        return Ok(None);
    }
    Ok(Some(Box::new(view(services, identity, tokens, &[]).await)))
}

/// Decodes and verifies the tokens of a session. Never fails: what cannot be checked says why.
pub async fn view(services: &Services, identity: &Identity, tokens: TokenSet, require: &[Requirement]) -> SessionView {
    let access = inspected(services, identity, TokenKind::Access, &tokens, require).await;
    let id = match &tokens.id {
        Some(_) => Some(inspected(services, identity, TokenKind::Id, &tokens, &[]).await),
        None => None,
    };
    let refresh = tokens.refresh.as_ref().map(|token| inspect(token.expose()));
    SessionView { identity: identity.name.clone(), tokens, access, id, refresh }
}

async fn inspected(
    services: &Services,
    identity: &Identity,
    kind: TokenKind,
    tokens: &TokenSet,
    require: &[Requirement],
) -> InspectedToken {
    let (inspection, verdict) = services.providers.verdict(&services.auth, identity, kind, tokens, require).await;
    let kinde = inspection.claims.as_ref().map(kinde::read).unwrap_or_default();
    InspectedToken { inspection, kinde, verdict }
}
