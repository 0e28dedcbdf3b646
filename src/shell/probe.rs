//! Sends the probes of a route, one at a time and slowly, and judges the answers.
//!
//! The effect runner and `bearcat probe` both come here. Forged tokens go where the good token may go and nowhere else,
//! and beyond this machine only where the user said so for the origin. The key that signs them is made at run time and
//! thrown away. Dropping the future cancels.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_lc_rs::rand::SystemRandom as CryptographicRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};

use crate::app::msg::RunProgress;
use crate::app::probe::ProbeStep;
use crate::collection::workspace::Workspace;
use crate::diagnose::matrix::{Methods, is_safe};
use crate::diagnose::probe::forge::{self, Material, PublicKey, Throwaway};
use crate::diagnose::probe::judge::{Controls, RouteReport, Sent, judge};
use crate::diagnose::probe::{Observed, Probe};
use crate::http::plan::auth::ChosenIdentity;
use crate::model::identity::{IdentityName, Origin, is_loopback};
use crate::model::port::Random as _;
use crate::model::problem::{Problem, ProblemKind};
use crate::model::request::{RequestId, TokenCarrier};
use crate::redact::{AccessToken, ClientSecret};
use crate::shell::bounded::bounded;
use crate::shell::clock::SystemRandom;
use crate::shell::memory::Memory;
use crate::shell::send::batch::{Batch, HostTurns, JarName};
use crate::shell::send::probe::{Carried, Prepared, prepare};
use crate::shell::send::{Order, SendError};
use crate::shell::services::Services;
use crate::token::inspect::{Inspection, fingerprint, inspect};

/// How many probes a second are sent, unless the user says otherwise.
pub const RATE: u32 = 5;

/// A body that goes on for longer is ended: what matters has come.
const LONGEST_BODY: Duration = Duration::from_secs(5);

/// Most other sessions that are looked through for genuine tokens.
const MOST_OTHERS: usize = 50;

/// What to probe.
#[derive(Debug, Clone)]
pub struct ProbeOrder {
    /// Which request.
    pub request: RequestId,
    /// In which environment.
    pub environment: Option<String>,
    /// As whom.
    pub chosen: ChosenIdentity,
    /// How the token is carried, where it is not as the request says.
    pub carrier: Option<TokenCarrier>,
    /// Which probes; `None`: all but those that have to be named.
    pub only: Option<BTreeSet<Probe>>,
    /// Methods besides GET and HEAD that the user named.
    pub methods: Vec<String>,
    /// Origins besides this machine that the user confirmed.
    pub confirmed: Vec<Origin>,
    /// Variables of the command line.
    pub variables: Vec<(String, String)>,
    /// How many a second.
    pub rate: u32,
    /// The secret to sign with; else the identity's own.
    pub client_secret: Option<ClientSecret>,
    /// A genuine expired token that the user has.
    pub expired: Option<AccessToken>,
}

/// Why nothing was probed.
#[derive(Debug)]
pub enum ProbeStop {
    /// Forged tokens go to this origin only after a confirmation.
    NeedsConfirmation(Origin),
    /// The method is neither GET nor HEAD, and was not named.
    Method(String),
    /// The request cannot be sent.
    Send(SendError),
}

impl ProbeStop {
    /// The same for people.
    pub fn problem(self) -> Problem {
        match self {
            Self::NeedsConfirmation(origin) => {
                Problem::new(ProblemKind::Input, format!("Forged tokens would go to {origin}: confirm that first"))
                    .detail("Only probe an API that is yours, or that you may test")
                    .hint(format!("--confirm {origin}"))
            }
            Self::Method(method) => Problem::new(ProblemKind::Input, format!("{method} may change something"))
                .detail("Each probe that is accepted would do so")
                .hint(format!("--method {method} probes it all the same")),
            Self::Send(error) => error.problem(),
        }
    }
}

impl From<SendError> for ProbeStop {
    fn from(error: SendError) -> Self {
        Self::Send(error)
    }
}

/// A token, or why there is none.
type MaybeToken = Result<AccessToken, &'static str>;

/// What is made once for all routes: the throwaway key, and the tokens that were made with it.
pub struct Kit {
    pair: KeyPair,
    salt: String,
    forged: Mutex<BTreeMap<(String, Probe), MaybeToken>>,
}

impl Kit {
    /// Makes the key, on a thread that may take its time.
    ///
    /// # Errors
    /// When the cryptographic library refuses.
    pub async fn new() -> Result<Arc<Self>, Problem> {
        let failed = || Problem::new(ProblemKind::Other, "A throwaway key could not be made");
        let made = tokio::task::spawn_blocking(|| KeyPair::generate(KeySize::Rsa2048)).await;
        let pair = made.map_err(|_| failed())?.map_err(|_| failed())?;
        let mut salt = [0; 8];
        SystemRandom.fill(&mut salt);
        let salt = salt.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Arc::new(Self { pair, salt, forged: Mutex::default() }))
    }

    fn sign(&self, input: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        let signed = self.pair.sign(&RSA_PKCS1_SHA256, &CryptographicRandom::new(), input, &mut signature);
        // A signature that could not be made is as foreign as one that was.
        let _ = signed;
        signature
    }
}

/// Is told how far it is.
pub type OnStep<'a> = &'a (dyn Fn(ProbeStep) + Send + Sync);

/// Probes one route.
pub async fn run(
    services: &Arc<Services>,
    workspace: &Workspace,
    order: &ProbeOrder,
    kit: &Kit,
    on_step: OnStep<'_>,
) -> Result<RouteReport, ProbeStop> {
    let sending = sending(services, order);
    let before = expired_before(services, workspace, &sending).await;
    let prepared = prepare(services, workspace, &sending).await.map_err(|error| match error {
        SendError::UnsafeMethod { method, .. } => ProbeStop::Method(method),
        error => ProbeStop::Send(error),
    })?;
    check(order, &prepared)?;
    let probes = chosen(order, prepared.carrier);
    let tokens = tokens(services, workspace, order, kit, &prepared, before).await;
    let total = probes.len() + 3;
    let turns = Turns { services, prepared: &prepared, on_step, total, rate: order.rate };
    let good = turns.send(0, "the good token", Carried::Good).await;
    let none = turns.send(1, "no token", Carried::Nothing).await;
    let mut sent = Vec::new();
    for (index, probe) in probes.into_iter().enumerate() {
        let carried = match probe {
            Probe::LowerCaseScheme => Ok(Carried::After("bearer ")),
            Probe::NoScheme => Ok(Carried::After("")),
            Probe::Query => Ok(Carried::InQuery),
            _ => tokens.get(&probe).map_or(Err("No such token is at hand"), |token| {
                token.as_ref().map(Carried::Token).map_err(|why| *why)
            }),
        };
        let answer = match carried {
            Ok(carried) => turns.send(index + 2, probe.title(), carried).await,
            Err(why) => Sent::Skipped(why.to_owned()),
        };
        sent.push((probe, answer));
    }
    let again = turns.send(total - 1, "the good token again", Carried::Good).await;
    Ok(judge(&Controls { good, none, again: Some(again) }, &sent))
}

fn sending(services: &Arc<Services>, order: &ProbeOrder) -> Order {
    // What has to be sent first must be harmless, unless the user named a method for the route.
    let methods = if order.methods.is_empty() { Methods::SafeOnly } else { Methods::All };
    Order {
        request: order.request.clone(),
        environment: order.environment.clone(),
        chosen: order.chosen.clone(),
        carrier: order.carrier,
        max_redirects: Some(0),
        allow_origins: Vec::new(),
        variables: order.variables.clone(),
        answers: Vec::new(),
        batch: Some(Batch {
            memory: Arc::new(Memory::default()),
            jar: Arc::new(JarName::new(services, "\u{1}probe".to_owned())),
            methods,
            hosts: HostTurns::new(1),
        }),
    }
}

/// May forged tokens go there, with this method?
fn check(order: &ProbeOrder, prepared: &Prepared<'_>) -> Result<(), ProbeStop> {
    let method = &prepared.method;
    let is_named = order.methods.iter().any(|named| named.eq_ignore_ascii_case(method));
    let is_harmless = is_safe(method) && method != "OPTIONS";
    if !is_named && !is_harmless {
        return Err(ProbeStop::Method(method.clone()));
    }
    match Origin::of(&prepared.url) {
        Some(origin) if !is_loopback(&prepared.url) && !order.confirmed.contains(&origin) => {
            Err(ProbeStop::NeedsConfirmation(origin))
        }
        _ => Ok(()),
    }
}

/// The probes to send: garbage always, because the others are compared with it.
fn chosen(order: &ProbeOrder, carrier: TokenCarrier) -> Vec<Probe> {
    let is_wanted = |probe: &Probe| match &order.only {
        Some(only) => only.contains(probe) || *probe == Probe::NotAJwt,
        None => !probe.is_on_request(),
    };
    let fits = |probe: &Probe| carrier == TokenCarrier::Bearer || !probe.is_about_the_header();
    Probe::ALL.into_iter().filter(is_wanted).filter(fits).collect()
}

/// Sends one after another, not too fast.
struct Turns<'a> {
    services: &'a Arc<Services>,
    prepared: &'a Prepared<'a>,
    on_step: OnStep<'a>,
    total: usize,
    rate: u32,
}

impl Turns<'_> {
    async fn send(&self, done: usize, title: &str, carried: Carried<'_>) -> Sent {
        (self.on_step)(ProbeStep { title: title.to_owned(), done, total: self.total });
        if done > 0 {
            self.services.auth.clock.sleep(Duration::from_secs(1) / self.rate.max(1)).await;
        }
        let head = tokio::sync::Notify::new();
        let progress = |progress: RunProgress| {
            if matches!(progress, RunProgress::Head(_)) {
                head.notify_one();
            }
        };
        match bounded(&head, LONGEST_BODY, self.prepared.send_watched(carried, &progress)).await {
            Ok(exchange) => Sent::Answer(Observed::of(&exchange)),
            Err(error) => {
                let problem = error.problem();
                match problem.kind {
                    ProblemKind::Network => Sent::Failed(problem.title),
                    _ => Sent::Skipped(problem.title),
                }
            }
        }
    }
}

type Tokens = BTreeMap<Probe, MaybeToken>;

/// The session's access token, if it has expired: it is about to be renewed, and proves what a re-dated one cannot.
async fn expired_before(services: &Arc<Services>, workspace: &Workspace, order: &Order) -> Option<AccessToken> {
    let block = workspace.request(&order.request)?;
    let auth = crate::http::plan::auth::effective_auth(block, &order.chosen, order.carrier)?;
    let identity = workspace.identity(order.environment.as_deref(), &auth.identity)?;
    let tokens = services.keeper.current(&identity).await.ok()??;
    let now = services.auth.clock.now();
    inspect(tokens.access.expose()).expires_at().is_some_and(|at| at < now).then_some(tokens.access)
}

/// All tokens that can be made or are at hand.
async fn tokens(
    services: &Arc<Services>,
    workspace: &Workspace,
    order: &ProbeOrder,
    kit: &Kit,
    prepared: &Prepared<'_>,
    expired: Option<AccessToken>,
) -> Tokens {
    let Some(session) = prepared.session() else { return Tokens::new() };
    let good = inspect(session.access.expose());
    let mut tokens = genuine(services, workspace, order, prepared, &good).await;
    if let Some(expired) = order.expired.clone().or(expired) {
        tokens.insert(Probe::Expired, Ok(expired));
    }
    if let Some(id) = &session.id {
        tokens.insert(Probe::IdToken, Ok(AccessToken::new(id.expose())));
    }
    let identity = &prepared.identity;
    let keys = match good.key_id() {
        Some(id) if identity.issuer.is_some() => {
            services.providers.key_set(&services.auth, identity, Some(id)).await.ok()
        }
        _ => None,
    };
    let key = keys.as_ref().and_then(|keys| keys.find(good.key_id()?));
    let public_key = key.and_then(|key| {
        let (modulus, exponent) = key.rsa()?;
        Some(PublicKey { modulus, exponent, id: key.id.as_deref() })
    });
    let throwaway_key = kit.pair.public_key();
    let (modulus, exponent) = public_parts(throwaway_key.as_ref());
    let sign = |input: &[u8]| kit.sign(input);
    let material = Material {
        good: &session.access,
        now: services.auth.clock.now(),
        public_key,
        // What the user gave for this wins over what the identity signs in with.
        client_secret: order.client_secret.as_ref().or(identity.client_secret.as_ref()),
        throwaway: &Throwaway { sign: &sign, modulus, exponent },
        salt: &kit.salt,
    };
    let mark = fingerprint(session.access.expose());
    let mut forged = kit.forged.lock().unwrap_or_else(PoisonError::into_inner);
    for probe in Probe::ALL.into_iter().filter(|probe| probe.is_forged()) {
        let token = forged.entry((mark.clone(), probe)).or_insert_with(|| forge::forge(probe, &material));
        tokens.insert(probe, token.clone());
    }
    tokens
}

/// Modulus and exponent of a PKCS#1 public key of 2048 bits with the exponent 65537, which is what is made here.
fn public_parts(der: &[u8]) -> (&[u8], &[u8]) {
    let end = der.len().saturating_sub(5);
    (&der[end.saturating_sub(256)..end], &[1, 0, 1])
}

/// Genuine tokens of other sessions that may go to the same place. Nobody is signed in for it.
async fn genuine(
    services: &Arc<Services>,
    workspace: &Workspace,
    order: &ProbeOrder,
    prepared: &Prepared<'_>,
    good: &Inspection,
) -> Tokens {
    let mut tokens = Tokens::new();
    let now = services.auth.clock.now();
    for identity in workspace.identities(order.environment.as_deref()).into_iter().take(MOST_OTHERS) {
        let is_same: bool = identity.name == prepared.identity.name;
        if is_same
            || identity.name == IdentityName::new(IdentityName::ANONYMOUS)
            || !services.allows(&identity, &prepared.url)
        {
            continue;
        }
        let Ok(Some(session)) = services.keeper.current(&identity).await else { continue };
        let other = inspect(session.access.expose());
        let has_expired = other.expires_at().is_some_and(|at| at < now);
        let other_issuer = other.issuer() != good.issuer();
        let (theirs, ours) = (other.audiences(), good.audiences());
        let other_audience = !ours.is_empty() && !theirs.iter().any(|audience| ours.contains(audience));
        let probe = match (has_expired, other_issuer, other_audience) {
            (true, false, false) => Probe::Expired,
            (false, true, _) => Probe::OtherIssuer,
            (false, false, true) => Probe::OtherAudience,
            (false, false, false) => Probe::OtherIdentity,
            // Two things are wrong with it: it would prove neither.
            (true, _, _) => continue,
        };
        tokens.entry(probe).or_insert(Ok(session.access));
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_throwaway_key_is_read_right_and_signs() {
        let kit = Kit::new().await.unwrap();
        let public = kit.pair.public_key();
        let (modulus, exponent) = public_parts(public.as_ref());
        let parts = aws_lc_rs::rsa::PublicKeyComponents { n: modulus, e: exponent };
        let rules = &aws_lc_rs::signature::RSA_PKCS1_2048_8192_SHA256;
        assert!(parts.verify(rules, b"message", &kit.sign(b"message")).is_ok());
    }
}
