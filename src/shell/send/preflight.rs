//! Would a request pass? The pre-flight for `bearcat token --for`: sends nothing to the API; reads the sessions from the
//! vault and, to verify them, the provider's keys.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Order, Run};
use crate::collection::workspace::Workspace;
use crate::http::plan::auth::{ChosenIdentity, EffectiveAuth, effective_auth};
use crate::http::plan::error::PlanError;
use crate::model::identity::{Grant, IdentityName, Origin};
use crate::model::problem::Problem;
use crate::model::request::TokenCarrier;
use crate::model::session::TokenSet;
use crate::redact::SecretText;
use crate::shell::services::Services;
use crate::shell::{secrets, session};
use crate::token::preflight::{Answer, Destination, Flight, Held, HeldSession, Preflight, preflight};

/// What the pre-flight of a request says.
pub struct Judged {
    /// The request's name.
    pub request: String,
    /// Whose token it carries; `None`: nobody's.
    pub identity: Option<IdentityName>,
    /// What is known before sending.
    pub preflight: Preflight,
    /// The same for everybody else of the environment, where it will not pass.
    pub others: Vec<(IdentityName, Preflight)>,
}

/// Judges the request that `order` names.
///
/// # Errors
/// When the request or its identity is gone, or the vault cannot be read.
pub async fn judge(services: &Arc<Services>, workspace: &Workspace, order: &Order) -> Result<Judged, Problem> {
    let run = Run::new(services, workspace, order)?;
    let auth = effective_auth(&run.block, &order.chosen, order.carrier);
    let preflight = run.judge(auth.as_ref()).await?;
    let identity = auth.map(|auth| auth.identity);
    let mut others = Vec::new();
    if preflight.answer() == Answer::Fail {
        for other in workspace.identities(order.environment.as_deref()) {
            if other.name.is_anonymous() || Some(&other.name) == identity.as_ref() {
                continue;
            }
            let order = Order { chosen: ChosenIdentity::ActAs(other.name.clone()), ..order.clone() };
            let run = Run::new(services, workspace, &order)?;
            let auth = effective_auth(&run.block, &order.chosen, order.carrier);
            // One that cannot be read is one that cannot be offered.
            if let Ok(preflight) = run.judge(auth.as_ref()).await {
                others.push((other.name, preflight));
            }
        }
    }
    Ok(Judged { request: run.block.label().to_owned(), identity, preflight, others })
}

impl Run<'_> {
    async fn judge(&self, auth: Option<&EffectiveAuth>) -> Result<Preflight, Problem> {
        let now = self.services.auth.clock.now();
        let carrier = auth.map_or(TokenCarrier::Bearer, |auth| auth.carrier);
        let judged = |held: Held<'_>, destination: Destination| {
            preflight(&Flight { require: &self.block.directives.require, carrier, destination, held }, now)
        };
        let nowhere = || Destination::Unknown(String::new());
        if self.block.has_own_authorization() && carrier == TokenCarrier::Bearer {
            return Ok(judged(Held::Own, nowhere()));
        }
        let Some(auth) = auth else { return Ok(judged(Held::Nothing, nowhere())) };
        let identity = self.identity(&auth.identity)?;
        let Some(view) = session::load(self.services, &identity).await? else {
            return Ok(judged(Held::SignedOut, nowhere()));
        };
        let tokens = BTreeMap::from([(identity.name.clone(), view.tokens.clone())]);
        let destination = self.destination(&tokens).await?;
        let held = Held::Session(HeldSession {
            access: &view.access.inspection,
            verdict: &view.access.verdict,
            expires_at: view.tokens.expires_at,
            id: view.id.as_ref().map(|id| &id.inspection),
            refreshes: view.tokens.refresh.is_some() || identity.grant == Grant::ClientCredentials,
        });
        Ok(judged(held, destination))
    }

    /// Where the request goes, as planned with these tokens.
    async fn destination(&self, tokens: &BTreeMap<IdentityName, TokenSet>) -> Result<Destination, Problem> {
        let (_, names) = self.asked_for();
        let secrets = secrets::read(&self.services.vault, names, self.environment()).await?;
        let secrets: BTreeMap<String, SecretText> =
            secrets.into_iter().map(|(name, secret)| (name, secret.value)).collect();
        Ok(match self.plan_with(tokens, tokens, &secrets, &self.allowed()).0 {
            Ok(plan) => match Origin::of(&plan.shown_url) {
                Some(origin) => Destination::Allowed(origin),
                None => Destination::Unknown("The URL has no origin".to_owned()),
            },
            Err(PlanError::OriginNotAllowed { origin, .. }) => Destination::NotAllowed(origin),
            Err(other) => Destination::Unknown(other.problem().title),
        })
    }
}
