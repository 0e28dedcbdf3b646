//! Sending one request from beginning to end: what must be sent before it, prompts, sessions, secrets, plan, network,
//! one more try after a 401, diagnosis, assertions, captures.
//!
//! The effect runner and `bearcat send` both come here, so that screen and script cannot differ.

mod after;
mod assert;
pub mod batch;
mod chain;
mod inspect;
mod preflight;
pub mod probe;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use self::batch::Batch;
pub use self::inspect::inspect;
pub use self::preflight::{Judged, judge};
use crate::app::effect::{ActAs, Answer, SendRequest};
use crate::app::msg::{AssertResult, Holder, LiveDocument, PromptQuestion, RunNote, RunOutcome, RunProgress};
use crate::app::session::{InspectedToken, SessionView};
use crate::app::state::Tone;
use crate::auth::keeper::Freshness;
use crate::body::document::{Document, Limits};
use crate::collection::file::Collection;
use crate::collection::lines;
use crate::collection::scope::RequestScope;
use crate::collection::workspace::Workspace;
use crate::diagnose::case::Case;
use crate::diagnose::diagnose;
use crate::http;
use crate::http::engine::SendEvent;
use crate::http::files::read_template;
use crate::http::plan::auth::{ChosenIdentity, effective_auth};
use crate::http::plan::error::PlanError;
use crate::http::plan::fill::{FilledText, with_scope};
use crate::http::plan::{self, Defaults, PlanInput, PlannedTls, Protocol, RequestPlan};
use crate::model::exchange::{Exchange, ResponseHead, SentRequest};
use crate::model::identity::{Identity, IdentityName, Origin};
use crate::model::problem::{Place, Problem, ProblemKind};
use crate::model::request::{BodyPiece, RequestBlock, RequestId, Requirement, TokenCarrier};
use crate::model::secret::StoredSecret;
use crate::model::session::{SessionKey, TokenKind, TokenSet};
use crate::model::tls::{ClientCertificate, HostTls, TlsOptions};
use crate::model::wire::FieldValue;
use crate::redact::{AccessToken, IdToken, SecretText};
use crate::shell::arriving::Arriving;
use crate::shell::clock::SystemRandom;
use crate::shell::memory::Memory;
use crate::shell::services::Services;
use crate::shell::{secrets, session};
use crate::store::settings::HttpVersion;
use crate::template::{Guarded, SecretSource, Surroundings, TokenSource, Value, VariableSource};
use crate::token::inspect::{fingerprint, inspect as inspect_token};
use crate::token::kinde;

/// How many requests may have to be sent before one.
const MOST_FIRST: usize = 20;

/// What to send.
#[derive(Debug, Clone)]
pub struct Order {
    /// Which request.
    pub request: RequestId,
    /// In which environment.
    pub environment: Option<String>,
    /// As whom.
    pub chosen: ChosenIdentity,
    /// How the token is carried, where it is not as the request says.
    pub carrier: Option<TokenCarrier>,
    /// How many redirects to follow, where it is not as the request says.
    pub max_redirects: Option<u32>,
    /// Origins that the user has allowed just now.
    pub allow_origins: Vec<Origin>,
    /// Variables of the command line; they win over all others.
    pub variables: Vec<(String, String)>,
    /// Answers to prompts.
    pub answers: Vec<Answer>,
    /// With which others it is sent; `None`: by itself.
    pub batch: Option<Batch>,
}

impl From<SendRequest> for Order {
    fn from(request: SendRequest) -> Self {
        let chosen = match (request.act_as, request.identity) {
            (ActAs::Chosen, Some(identity)) => ChosenIdentity::ActAs(identity),
            (_, identity) => ChosenIdentity::Current(identity),
        };
        Self {
            request: request.request,
            environment: request.environment,
            chosen,
            carrier: request.carrier,
            max_redirects: request.max_redirects,
            allow_origins: request.allow_origin.into_iter().collect(),
            variables: Vec::new(),
            answers: request.answers,
            batch: None,
        }
    }
}

/// What came of it.
pub struct Sent {
    /// The exchange, its document and findings.
    pub outcome: RunOutcome,
    /// The token that went out, taken apart.
    pub token: Option<InspectedToken>,
    /// The session that was renewed on the way.
    pub renewed: Option<(SessionKey, Box<SessionView>)>,
    /// What the user should know about how the request was put together.
    pub notes: Vec<String>,
}

/// Why nothing came back.
#[derive(Debug)]
pub enum SendError {
    /// A token or a secret would go to an origin that is not allowed for it.
    OriginNotAllowed {
        /// Whose token, or which secret.
        holder: Holder,
        /// Where to.
        origin: Origin,
    },
    /// Prompts without an answer: of the request, and of those that must be sent before it.
    NeedsAnswers(Vec<PromptQuestion>),
    /// In a [`Batch`]: a method that may change something, and was not asked for.
    UnsafeMethod {
        /// The method.
        method: String,
        /// The request that has it, where it is one that must be sent before the one that was meant.
        first: Option<String>,
    },
    /// Anything else.
    Problem(Problem),
}

impl SendError {
    /// The same for people, where nobody can be asked.
    pub fn problem(self) -> Problem {
        match self {
            Self::OriginNotAllowed { holder: Holder::Token(identity), origin } => {
                PlanError::OriginNotAllowed { identity, origin }.problem()
            }
            Self::OriginNotAllowed { holder: Holder::Secret(secret), origin } => {
                PlanError::SecretNotAllowed { secret, origin }.problem()
            }
            Self::NeedsAnswers(questions) => {
                let names: Vec<String> = questions.iter().map(|one| format!("`{}`", one.prompt.name)).collect();
                Problem::new(ProblemKind::Input, format!("The request asks for {}", names.join(", ")))
            }
            Self::UnsafeMethod { method, .. } => {
                Problem::new(ProblemKind::Input, format!("{method} may change something, and was not asked for"))
            }
            Self::Problem(problem) => problem,
        }
    }
}

impl From<Problem> for SendError {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

/// Is told how far a run has come.
pub type OnProgress<'a> = &'a (dyn Fn(RunProgress) + Send + Sync);

/// Is given the body as it comes, each piece with the head of the response; also bodies of answers that are not the
/// last (a 401 before the session was renewed).
pub type OnPiece<'a> = &'a (dyn Fn(&ResponseHead, &[u8]) + Send + Sync);

/// Who listens to a run.
#[derive(Clone, Copy)]
pub struct Listener<'a> {
    /// To how far it has come.
    pub progress: OnProgress<'a>,
    /// To the body.
    pub pieces: Option<OnPiece<'a>>,
}

/// Sends a request, and before it those whose responses it refers to. Dropping the future cancels it; a refresh that was
/// posted goes on by itself.
pub async fn send(
    services: &Arc<Services>,
    workspace: &Workspace,
    order: Order,
    progress: OnProgress<'_>,
) -> Result<Sent, SendError> {
    send_listened(services, workspace, order, Listener { progress, pieces: None }).await
}

/// The same for one who listens to the body too.
pub async fn send_listened(
    services: &Arc<Services>,
    workspace: &Workspace,
    order: Order,
    listener: Listener<'_>,
) -> Result<Sent, SendError> {
    let quietly = Listener { pieces: None, ..listener };
    let main = Run::new(services, workspace, &order)?;
    let questions = main.questions()?;
    if !questions.is_empty() {
        return Err(SendError::NeedsAnswers(questions));
    }
    main.remember_answers();
    let (mut notes, mut asserts) = main.send_first(quietly).await?;
    let mut sent = main.once(listener).await?;
    notes.append(&mut sent.outcome.notes);
    asserts.append(&mut sent.outcome.asserts);
    sent.notes.extend(notes.iter().map(|note| note.text.clone()));
    sent.outcome.notes = notes;
    sent.outcome.asserts = asserts;
    Ok(sent)
}

fn is_due(tokens: &TokenSet, services: &Services) -> bool {
    let now = services.auth.clock.now();
    tokens.expires_at.is_some_and(|at| now.seconds_until(at) < 60)
}

/// What a request needs of others before it can be put together.
struct Gathered {
    tokens: BTreeMap<IdentityName, TokenSet>,
    secrets: BTreeMap<String, StoredSecret>,
    /// The session that was renewed on the way.
    renewed: Option<(Identity, TokenSet)>,
}

/// One order with everything around it.
#[derive(Clone)]
struct Run<'a> {
    services: &'a Arc<Services>,
    workspace: &'a Workspace,
    order: &'a Order,
    collection: &'a Collection,
    block: RequestBlock,
}

impl<'a> Run<'a> {
    fn new(services: &'a Arc<Services>, workspace: &'a Workspace, order: &'a Order) -> Result<Self, Problem> {
        let gone = || {
            Problem::new(ProblemKind::Input, "This request is not in the workspace any more")
                .hint("`R` reads the workspace again")
        };
        let collection = workspace.collection(&order.request).ok_or_else(gone)?;
        let mut block = collection.requests.get(order.request.index).ok_or_else(gone)?.clone();
        if let Some(max_redirects) = order.max_redirects {
            block.directives.max_redirects = Some(max_redirects);
        }
        for origin in &order.allow_origins {
            services.allow_asked(&order.request, origin);
        }
        Ok(Self { services, workspace, order, collection, block })
    }

    fn environment(&self) -> Option<&'a str> {
        self.order.environment.as_deref()
    }

    /// Sends the requests whose responses this one refers to, unless they were sent before.
    async fn send_first(&self, quietly: Listener<'_>) -> Result<(Vec<RunNote>, Vec<AssertResult>), SendError> {
        if !self.first()?.is_empty() {
            self.check_rest().await?;
        }
        let (mut notes, mut asserts) = (Vec::new(), Vec::new());
        let mut count = 0;
        // What is sent may show what else is needed; each sending fills one gap.
        while let Some(block) = self.first()?.into_iter().next() {
            count += 1;
            if count > MOST_FIRST {
                return Err(chain::too_many().into());
            }
            let label = block.label().to_owned();
            let first = Run { block, ..*self };
            let sent = first.once(quietly).await?;
            let status = sent.outcome.exchange.head.status;
            let tone = if status < 400 { Tone::Good } else { Tone::Bad };
            notes.push(RunNote { tone, text: format!("Sent `{label}` first: it answered {status}") });
            notes.extend(sent.outcome.notes);
            asserts.extend(sent.outcome.asserts);
        }
        Ok((notes, asserts))
    }

    /// Sends this one request, and keeps what later ones may ask for.
    async fn once(&self, listener: Listener<'_>) -> Result<Sent, SendError> {
        let progress = listener.progress;
        let services = self.services;
        let Gathered { mut tokens, secrets, mut renewed } = self.gather(progress).await?;
        let plan = self.plan(&tokens, &secrets)?;
        self.check_method(&plan)?;
        let notes = plan.notes.iter().map(ToString::to_string).collect();
        let mut kept = after::Sending::of(&plan);
        let mut exchange = self.perform(plan, listener).await?;
        if let Some((identity, fresh)) = self.renew_after_401(&exchange, &tokens).await {
            progress(RunProgress::Refreshing);
            tokens.insert(identity.name.clone(), fresh.clone());
            renewed = Some((identity, fresh));
            let plan = self.plan(&tokens, &secrets)?;
            kept = after::Sending::of(&plan);
            exchange = Exchange { resent_after_refresh: true, ..self.perform(plan, listener).await? };
        }
        let renewed = match renewed {
            Some((identity, tokens)) => {
                let view = session::view(services, &identity, tokens, &[]).await;
                Some((SessionKey::of(&identity), Box::new(view)))
            }
            None => None,
        };
        self.record(kept, &exchange);
        let (mut outcome, token) = self.explain(exchange, &tokens).await;
        (outcome.notes, outcome.asserts) = self.evaluate(&outcome.exchange, token.as_ref()).await;
        Ok(Sent { outcome, token, renewed, notes })
    }

    /// Gets the sessions and secrets that the request needs; sessions that are due are renewed.
    async fn gather(&self, progress: OnProgress<'_>) -> Result<Gathered, Problem> {
        let services = self.services;
        let (needed, secret_names) = self.asked_for();
        let secrets = secrets::read(&services.vault, secret_names, self.environment()).await?;
        let mut gathered = Gathered { tokens: BTreeMap::new(), secrets, renewed: None };
        for name in needed {
            let identity = self.identity(&name)?;
            let before = services.keeper.current(&identity).await.ok().flatten();
            if before.as_ref().is_some_and(|tokens| is_due(tokens, services)) {
                progress(RunProgress::Refreshing);
            }
            let fresh = session::fresh(services, &identity, Freshness::IfDue).await?;
            if before.is_some_and(|before| before.access != fresh.access) {
                gathered.renewed = Some((identity, fresh.clone()));
            }
            gathered.tokens.insert(name, fresh);
        }
        Ok(gathered)
    }

    /// A batch sends what may change something only where that was asked for.
    fn check_method(&self, plan: &RequestPlan) -> Result<(), SendError> {
        match &self.order.batch {
            Some(batch) if !batch.methods.allow(&plan.method) => {
                let is_first = self.block.id != self.order.request;
                let first = is_first.then(|| self.block.label().to_owned());
                Err(SendError::UnsafeMethod { method: plan.method.clone(), first })
            }
            _ => Ok(()),
        }
    }

    /// What sent requests left for this one.
    fn memory(&self) -> &Memory {
        self.order.batch.as_ref().map_or(&self.services.memory, |batch| &batch.memory)
    }

    fn identity(&self, name: &IdentityName) -> Result<Identity, Problem> {
        self.workspace.identity(self.environment(), name).ok_or_else(|| {
            let known = self.workspace.identities(self.environment());
            let known: Vec<&str> = known.iter().map(|identity| identity.name.as_str()).collect();
            Problem::new(ProblemKind::Input, format!("There is no identity `{name}`"))
                .detail(format!("In this environment there are: {}", known.join(", ")))
                .hint("Define it under `Security.Auth` in http-client.env.json, or `bearcat login ISSUER --name NAME`")
        })
    }

    /// Whose sessions the request needs (the one that carries it, and those that its templates name), and which secrets.
    fn asked_for(&self) -> (BTreeSet<IdentityName>, BTreeSet<String>) {
        let asked = Asked::default();
        // Nothing can be planned without tokens; what matters is which ones are asked for.
        let _ = self.try_plan(&BTreeMap::new(), &asked, &asked);
        let mut needed = asked.identities.into_inner();
        let auth = effective_auth(&self.block, &self.order.chosen, self.order.carrier);
        // A header written by hand goes out instead of the identity's token: its session is not needed.
        let attached = auth.filter(|auth| auth.carrier != TokenCarrier::Bearer || !self.block.has_own_authorization());
        needed.extend(attached.map(|auth| auth.identity));
        needed.retain(|name| self.identity(name).is_ok() || self.is_carrier(name));
        (needed, asked.secrets.into_inner())
    }

    /// An unknown identity of `# @auth` is an error of its own; one in a template is reported with its place.
    fn is_carrier(&self, name: &IdentityName) -> bool {
        effective_auth(&self.block, &self.order.chosen, self.order.carrier).is_some_and(|auth| auth.identity == *name)
    }

    fn plan(
        &self,
        tokens: &BTreeMap<IdentityName, TokenSet>,
        secrets: &BTreeMap<String, StoredSecret>,
    ) -> Result<RequestPlan, SendError> {
        let values: BTreeMap<String, SecretText> =
            secrets.iter().map(|(name, secret)| (name.clone(), secret.value.clone())).collect();
        let allowed = Allowed { stored: secrets, ..self.allowed() };
        let (plan, guarded) = self.plan_with(tokens, tokens, &values, &allowed);
        let ask = |holder: Holder, origin: Origin| {
            self.services.asked_for_origin(self.order.request.clone(), holder.clone(), origin.clone());
            SendError::OriginNotAllowed { holder, origin }
        };
        let plan = plan.map_err(|error| match error {
            PlanError::OriginNotAllowed { identity, origin } => ask(Holder::Token(identity), origin),
            PlanError::SecretNotAllowed { secret, origin } => ask(Holder::Secret(secret), origin),
            other => SendError::Problem(other.problem()),
        })?;
        let environments = &self.workspace.environments;
        let value_of = |guarded: &Guarded| match guarded {
            Guarded::Secret(name) => values.get(name).cloned(),
            Guarded::ProcessVariable(name) => environments.process_environment.get(name).map(SecretText::new),
            Guarded::DotenvVariable(name) => environments.dotenv.get(name).map(SecretText::new),
        };
        let handed_out = guarded.into_iter().filter_map(|guarded| Some((guarded.clone(), value_of(&guarded)?)));
        self.services.hand_out(tokens, handed_out.collect());
        Ok(plan)
    }

    fn allowed(&self) -> Allowed<'_> {
        static NONE: BTreeMap<String, StoredSecret> = BTreeMap::new();
        Allowed { services: self.services, collection: &self.collection.path, stored: &NONE }
    }

    fn try_plan(
        &self,
        tokens: &BTreeMap<IdentityName, TokenSet>,
        source: &dyn TokenSource,
        secrets: &dyn SecretSource,
    ) -> Result<RequestPlan, PlanError> {
        self.plan_with(tokens, source, secrets, &self.allowed()).0
    }

    /// Plans, and tells which secrets of the user went in.
    fn plan_with(
        &self,
        tokens: &BTreeMap<IdentityName, TokenSet>,
        source: &dyn TokenSource,
        secrets: &dyn SecretSource,
        allowed_secrets: &Allowed<'_>,
    ) -> (Result<RequestPlan, PlanError>, BTreeSet<Guarded>) {
        let scope = self.scope(source, secrets);
        let settings = &self.services.settings;
        let protocol = match settings.http_version {
            HttpVersion::Auto => Protocol::Negotiated,
            HttpVersion::One => Protocol::Http1,
            HttpVersion::Two => Protocol::Http2,
        };
        let defaults = Defaults {
            timeout: settings.timeout,
            max_redirects: settings.max_redirects,
            protocol,
            ..Defaults::default()
        };
        let auth = effective_auth(&self.block, &self.order.chosen, self.order.carrier);
        let folder = self.workspace.root.join(self.collection.path.parent().unwrap_or(Path::new("")));
        let allowed = |name: &IdentityName, url: &url::Url| {
            self.identity(name).is_ok_and(|identity| self.services.allows(&identity, url))
        };
        // What went into earlier requests may come back in their responses, and from there into this one.
        let (mut known, known_secrets) = self.services.handed_out();
        let is_needed = auth.as_ref().map(|auth| auth.identity.clone());
        known.retain(|name, _| Some(name) != is_needed.as_ref());
        known.extend(tokens.iter().map(|(name, tokens)| (name.clone(), tokens.clone())));
        // By itself: a passphrase opens a file of this machine and is not sent. Still before the plan, because it may
        // be a secret that has to be read from the vault first.
        let tls = with_scope(&scope, |fill| self.tls(fill));
        let guarded = RefCell::new(BTreeSet::new());
        let plan = with_scope(&scope, |fill| {
            let fill = |text: &str| {
                let filled = fill(text);
                guarded.borrow_mut().extend(filled.guarded.iter().cloned());
                filled
            };
            let plan = plan::build(&PlanInput {
                block: &self.block,
                source: &self.collection.source,
                folder: &folder,
                fill: &fill,
                read_template: &read_template,
                tokens: &known,
                auth: auth.as_ref(),
                allowed: &allowed,
                secrets: &known_secrets,
                guard: &|secret, url| allowed_secrets.allows(secret, url),
                cookie_jar: match &self.order.batch {
                    Some(batch) => batch.jar.as_str(),
                    None => self.environment().unwrap_or_default(),
                },
                defaults: &defaults,
            });
            plan.map(|plan| RequestPlan { tls, ..plan })
        });
        (plan, guarded.into_inner())
    }

    /// The variables of the request, lowest precedence first.
    fn scope<'s>(&'s self, tokens: &'s dyn TokenSource, secrets: &'s dyn SecretSource) -> RequestScope<'s> {
        let surroundings = Surroundings {
            now: self.services.auth.clock.now(),
            utc_offset_seconds: jiff::Zoned::now().offset().seconds(),
            random: &SystemRandom,
            process_environment: &self.workspace.environments.process_environment,
            dotenv: &self.workspace.environments.dotenv,
            tokens,
            secrets,
        };
        let answers = self.order.answers.iter().filter_map(|answer| {
            let text = answer.value.clone()?;
            Some((answer.name.clone(), Value { text, source: VariableSource::Prompt }))
        });
        let given = self.order.variables.iter().map(|(name, value)| {
            let value = Value::plain(value.clone(), VariableSource::Given);
            (name.clone(), value)
        });
        RequestScope::new(self.collection, &self.workspace.environments, self.environment(), surroundings)
            .with_given(self.services.memory.captures(self.environment()))
            .with_given(self.order.batch.iter().flat_map(|batch| batch.memory.captures(self.environment())))
            .with_given(answers)
            .with_given(given)
            .with_recorded(self.recorded())
    }

    /// What environment and settings say about TLS, with the passphrases that are templates filled in.
    fn tls(&self, fill: &dyn Fn(&str) -> FilledText) -> PlannedTls {
        let with_passphrase = |client: ClientCertificate| {
            let passphrase = client.passphrase.map(|written| {
                let filled = fill(written.expose());
                if filled.problems.is_empty() { SecretText::new(filled.text) } else { written }
            });
            ClientCertificate { passphrase, ..client }
        };
        let hosts = self.services.settings.tls_hosts.iter().cloned();
        let hosts = hosts.map(|rule| HostTls { client: rule.client.map(with_passphrase), ..rule }).collect();
        let folder = self.collection.path.parent().unwrap_or(Path::new(""));
        let environment = self.workspace.environments.tls(self.environment(), folder, &self.workspace.root);
        let environment =
            environment.map(|options| TlsOptions { client: options.client.map(with_passphrase), ..options });
        PlannedTls { hosts, environment }
    }

    /// Where the body names this file.
    fn place_of_file(&self, path: &Path) -> Option<Place> {
        let named = self.block.body.iter().find_map(|piece| match piece {
            BodyPiece::File { path: written, .. } => {
                let is_it = path.ends_with(written.text.trim().trim_start_matches("./"));
                (is_it || written.text.contains("{{")).then_some(written)
            }
            BodyPiece::Text(_) => None,
        })?;
        Some(lines::place(&self.collection.path, &self.collection.source, named.span.start))
    }

    async fn perform(&self, plan: RequestPlan, listener: Listener<'_>) -> Result<Exchange, SendError> {
        let _turn = match &self.order.batch {
            Some(batch) => batch.hosts.turn(&plan.url).await,
            None => None,
        };
        (listener.progress)(RunProgress::Sending(Box::new(announced(&plan))));
        let arriving = Arriving::default();
        let events = |event: SendEvent| {
            arriving.take(&event, listener.pieces);
            if let Some(step) = step(event) {
                (listener.progress)(step);
            }
        };
        let mut sending = Box::pin(self.services.engine.send(plan, &events));
        let result = loop {
            tokio::select! {
                biased;
                result = &mut sending => break result,
                document = arriving.next() => (listener.progress)(RunProgress::Arriving(LiveDocument(document))),
            }
        };
        result.map_err(|failure| {
            let problem = failure.problem();
            SendError::Problem(match &failure.error {
                http::engine::SendError::File { path, .. } => match self.place_of_file(path) {
                    Some(place) => problem.at(place),
                    None => problem,
                },
                _ => problem,
            })
        })
    }

    /// A 401 may mean that the token was revoked: renews the session, once for each token. `None`: nothing new to try.
    async fn renew_after_401(
        &self,
        exchange: &Exchange,
        tokens: &BTreeMap<IdentityName, TokenSet>,
    ) -> Option<(Identity, TokenSet)> {
        let used = exchange.token.as_ref().filter(|_| exchange.head.status == 401)?;
        let old = tokens.get(&used.identity)?;
        if !self.services.first_401(&used.fingerprint) {
            return None;
        }
        let identity = self.identity(&used.identity).ok()?;
        let freshness = Freshness::AfterUnauthorized { stale: used.fingerprint.clone() };
        // The 401 itself is what the user has to see; why nothing could be renewed is in the sign-in log.
        let fresh = session::fresh(self.services, &identity, freshness).await.ok()?;
        (fresh.access != old.access).then_some((identity, fresh))
    }

    async fn explain(
        &self,
        exchange: Exchange,
        tokens: &BTreeMap<IdentityName, TokenSet>,
    ) -> (RunOutcome, Option<InspectedToken>) {
        let content_type = exchange.head.header("content-type").map(str::to_owned);
        let bytes = exchange.body.bytes.clone();
        let build = move || Document::build(&bytes, content_type.as_deref(), Limits::default());
        let document = tokio::task::spawn_blocking(build);
        let identity = exchange.token.as_ref().and_then(|used| self.identity(&used.identity).ok());
        let token = match (&exchange.token, &identity) {
            (Some(used), Some(identity)) => match tokens.get(&used.identity) {
                Some(tokens) => Some(self.inspected(identity, tokens, &used.fingerprint).await),
                None => None,
            },
            _ => None,
        };
        let provider = match identity.as_ref().filter(|identity| identity.issuer.is_some()) {
            Some(identity) => self.services.providers.metadata(&self.services.auth, identity).await.ok(),
            None => None,
        };
        let findings = diagnose(&Case {
            exchange: &exchange,
            identity: identity.as_ref(),
            token: token.as_ref().map(|token| &token.inspection),
            verdict: token.as_ref().map(|token| &token.verdict),
            provider: provider.as_deref(),
        });
        let document =
            document.await.unwrap_or_else(|_| Document::build(&bytes::Bytes::new(), None, Limits::default()));
        let document = Arc::new(document);
        let sent = token.as_ref().map(|token| Arc::new(token.inspection.clone()));
        let (notes, asserts) = (Vec::new(), Vec::new());
        (RunOutcome { exchange, document, findings, notes, asserts, token: sent }, token)
    }

    /// The token that went out: the access token, or the ID token where a template sent that.
    async fn inspected(&self, identity: &Identity, tokens: &TokenSet, sent: &str) -> InspectedToken {
        let is_id = tokens.id.as_ref().is_some_and(|id| fingerprint(id.expose()) == sent);
        let kind = if is_id { TokenKind::Id } else { TokenKind::Access };
        let require: &[Requirement] = &self.block.directives.require;
        let (inspection, verdict) =
            self.services.providers.verdict(&self.services.auth, identity, kind, tokens, require).await;
        let kinde = inspection.claims.as_ref().map(kinde::read).unwrap_or_default();
        InspectedToken { inspection, kinde, verdict }
    }
}

/// What is about to go out, for the line that says what is awaited; the full record comes with the exchange.
fn announced(plan: &RequestPlan) -> SentRequest {
    SentRequest { method: plan.method.clone(), url: plan.shown_url.clone(), headers: Vec::new(), body_size: 0 }
}

fn step(event: SendEvent) -> Option<RunProgress> {
    match event {
        SendEvent::Head(head) => Some(RunProgress::Head(Box::new(head))),
        SendEvent::Progress { received, expected, .. } => Some(RunProgress::Received { received, expected }),
        SendEvent::Uploading { sent, total } => Some(RunProgress::Uploading { sent, total }),
        SendEvent::Connecting { .. } | SendEvent::Sent | SendEvent::Redirected(_) => None,
    }
}

/// Where the user's own secrets may go.
struct Allowed<'a> {
    services: &'a Services,
    collection: &'a Path,
    stored: &'a BTreeMap<String, StoredSecret>,
}

impl Allowed<'_> {
    fn allows(&self, secret: &Guarded, url: &url::Url) -> bool {
        let for_good = match secret {
            Guarded::Secret(name) => self
                .stored
                .get(name)
                .is_some_and(|stored| Origin::of(url).is_some_and(|origin| stored.origins.contains(&origin))),
            Guarded::ProcessVariable(_) | Guarded::DotenvVariable(_) => false,
        };
        for_good || self.services.allows_secret(self.collection, secret, url)
    }
}

/// Remembers whose tokens and which secrets were asked for, and gives empty ones: what is made with them is never sent,
/// and a text that holds several placeholders must be looked at to its end.
#[derive(Default)]
struct Asked {
    identities: RefCell<BTreeSet<IdentityName>>,
    secrets: RefCell<BTreeSet<String>>,
}

impl TokenSource for Asked {
    fn access_token(&self, identity: &IdentityName) -> Option<AccessToken> {
        self.identities.borrow_mut().insert(identity.clone());
        Some(AccessToken::new(""))
    }

    fn id_token(&self, identity: &IdentityName) -> Option<IdToken> {
        self.identities.borrow_mut().insert(identity.clone());
        Some(IdToken::new(""))
    }
}

impl SecretSource for Asked {
    fn secret(&self, name: &str) -> Option<SecretText> {
        self.secrets.borrow_mut().insert(name.to_owned());
        Some(SecretText::unregistered(""))
    }
}

/// Decodes a token that belongs to no session.
pub fn inspect_alone(token: &str) -> InspectedToken {
    let inspection = inspect_token(token);
    let kinde = inspection.claims.as_ref().map(kinde::read).unwrap_or_default();
    InspectedToken { inspection, kinde, verdict: crate::model::verdict::Verdict::default() }
}
