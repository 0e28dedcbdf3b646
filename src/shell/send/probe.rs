//! One request with another token than its session's: what the probes send.
//!
//! The request is put together as always, so that variables, references and the rules for origins hold; only the token
//! that it carries is another one. Nothing is renewed, recorded or captured, no redirect is followed, and no cookie is
//! kept: each probe stands for itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Listener, Order, Run, SendError};
use crate::app::msg::RunProgress;
use crate::collection::workspace::Workspace;
use crate::http::plan::auth::effective_auth;
use crate::http::plan::error::PlanError;
use crate::http::plan::{PlannedHeader, PlannedValue, RequestPlan};
use crate::model::exchange::Exchange;
use crate::model::identity::{Identity, IdentityName, Origin};
use crate::model::problem::{Problem, ProblemKind};
use crate::model::request::{AuthDirective, TokenCarrier};
use crate::model::secret::StoredSecret;
use crate::model::session::TokenSet;
use crate::redact::{AccessToken, MASK, SecretText};
use crate::shell::services::Services;

/// What a request carries instead.
#[derive(Debug, Clone, Copy)]
pub enum Carried<'a> {
    /// Another token, in the place of the access token.
    Token(&'a AccessToken),
    /// The good token.
    Good,
    /// No token.
    Nothing,
    /// The good token after this text instead of `Bearer `.
    After(&'static str),
    /// The good token in the query.
    InQuery,
}

/// A request that is ready to be sent with other tokens.
pub struct Prepared<'a> {
    run: Run<'a>,
    tokens: BTreeMap<IdentityName, TokenSet>,
    secrets: BTreeMap<String, StoredSecret>,
    /// Whose token it carries.
    pub identity: Identity,
    /// How.
    pub carrier: TokenCarrier,
    /// Where it goes.
    pub url: url::Url,
    /// Its method.
    pub method: String,
}

/// Puts a request together, and sends those first whose responses it refers to.
pub async fn prepare<'a>(
    services: &'a Arc<Services>,
    workspace: &'a Workspace,
    order: &'a Order,
) -> Result<Prepared<'a>, SendError> {
    let run = Run::new(services, workspace, order)?;
    let auth = effective_auth(&run.block, &order.chosen, order.carrier).ok_or_else(|| {
        Problem::new(ProblemKind::Input, "The request carries no token: there is nothing to probe")
            .hint("Say with `# @auth` or `--as` whose token it carries")
    })?;
    if auth.carrier == TokenCarrier::Bearer && run.block.has_own_authorization() {
        return Err(Problem::new(ProblemKind::Input, "The request brings its own `Authorization` header")
            .hint("Take it out, and say with `# @auth` whose token goes there")
            .into());
    }
    let identity = run.identity(&auth.identity)?;
    let questions = run.questions()?;
    if !questions.is_empty() {
        return Err(SendError::NeedsAnswers(questions));
    }
    let quiet = Listener { progress: &|_: RunProgress| {}, pieces: None };
    run.send_first(quiet).await?;
    let gathered = run.gather(quiet.progress).await?;
    // The good token's plan: where it may not go, nothing is sent.
    let plan = run.plan(&gathered.tokens, &gathered.secrets)?;
    run.check_method(&plan)?;
    Ok(Prepared {
        identity,
        carrier: auth.carrier,
        url: plan.url,
        method: plan.method,
        tokens: gathered.tokens,
        secrets: gathered.secrets,
        run,
    })
}

impl Prepared<'_> {
    /// The session whose token is good.
    pub fn session(&self) -> Option<&TokenSet> {
        self.tokens.get(&self.identity.name)
    }

    /// Sends it once.
    pub async fn send(&self, carried: Carried<'_>) -> Result<Exchange, SendError> {
        let plan = self.plan(carried)?;
        let quiet = Listener { progress: &|_: RunProgress| {}, pieces: None };
        self.run.perform(plan, quiet).await
    }

    /// The same, telling `progress` when the head of the response is there.
    pub async fn send_watched(
        &self,
        carried: Carried<'_>,
        progress: super::OnProgress<'_>,
    ) -> Result<Exchange, SendError> {
        let plan = self.plan(carried)?;
        self.run.perform(plan, Listener { progress, pieces: None }).await
    }

    fn plan(&self, carried: Carried<'_>) -> Result<RequestPlan, SendError> {
        let mut tokens = self.tokens.clone();
        let mut run = self.run.clone();
        match carried {
            Carried::Token(token) => {
                if let Some(session) = tokens.get_mut(&self.identity.name) {
                    session.access = token.clone();
                }
            }
            Carried::Nothing => run.block.directives.auth = Some(AuthDirective::None),
            Carried::Good | Carried::After(_) | Carried::InQuery => {}
        }
        let values: BTreeMap<String, SecretText> =
            self.secrets.iter().map(|(name, secret)| (name.clone(), secret.value.clone())).collect();
        let allowed = super::Allowed { stored: &self.secrets, ..run.allowed() };
        let (plan, _) = run.plan_with(&tokens, &tokens, &values, &allowed);
        let mut plan = plan.map_err(|error: PlanError| SendError::Problem(error.problem()))?;
        // A token may be part of the address by a template; a forged one must not lead elsewhere.
        if Origin::of(&plan.url) != Origin::of(&self.url) || plan.method != self.method {
            return Err(Problem::new(ProblemKind::Input, "The request goes elsewhere with another token").into());
        }
        plan.max_redirects = 0;
        plan.cookie_jar = None;
        let good = self.session().map(|session| session.access.expose().to_owned()).unwrap_or_default();
        match carried {
            Carried::After(scheme) => set_authorization(&mut plan, Some(format!("{scheme}{good}"))),
            Carried::InQuery => {
                set_authorization(&mut plan, None);
                plan.url.query_pairs_mut().append_pair("access_token", &good);
                plan.shown_url.query_pairs_mut().append_pair("access_token", MASK);
            }
            Carried::Token(_) | Carried::Good | Carried::Nothing => {}
        }
        Ok(plan)
    }
}

fn set_authorization(plan: &mut RequestPlan, value: Option<String>) {
    plan.headers.retain(|header| !header.name.eq_ignore_ascii_case("authorization"));
    if let Some(value) = value {
        let value = PlannedValue::Secret { value: SecretText::new(value), shown: MASK.to_owned() };
        plan.headers.push(PlannedHeader { name: "Authorization".to_owned(), value });
    }
}
