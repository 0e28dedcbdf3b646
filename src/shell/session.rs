//! Sessions as the screens and the commands show them: read, refreshed, decoded, verified.

use crate::app::session::{InspectedToken, SessionView};
use crate::auth::keeper::Freshness;
use crate::model::identity::Identity;
use crate::model::problem::Problem;
use crate::model::request::Requirement;
use crate::model::session::{TokenKind, TokenSet};
use crate::shell::services::Services;
use crate::token::inspect::inspect;
use crate::token::kinde;

/// A session that is good to send. The keeper drives a posted refresh to its end even if the caller goes away.
pub async fn fresh(services: &Services, identity: &Identity, freshness: Freshness) -> Result<TokenSet, Problem> {
    services.recall_documents(identity);
    services.keeper.fresh(identity, freshness).await.map_err(|error| error.problem())
}

/// Reads an identity's session and takes it apart. `None`: not signed in, or only a new login can help.
pub async fn load(services: &Services, identity: &Identity) -> Result<Option<Box<SessionView>>, Problem> {
    services.recall_documents(identity);
    let Some(tokens) = services.keeper.current(identity).await.map_err(|error| error.problem())? else {
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
