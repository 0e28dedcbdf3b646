//! Sends plans: connects, follows redirects one by one, streams and bounds the answer, and times all of it.
//!
//! Called by the shell and the commands; one engine lives as long as the program and keeps connections and
//! cookies. Invariants: nothing is read without a bound, nothing waits without a limit, credentials never follow
//! a redirect to another origin, and no secret stands in what is recorded. Dropping the future of [`Engine::send`]
//! cancels at once.

mod certificate;
pub(super) mod clients;
pub(super) mod connect;
mod digest;
pub(super) mod fault;
mod jar;
mod outgoing;
mod peer;
pub mod proxy;
pub(super) mod read;
mod redirect;
mod send;
pub mod stop;
mod suites;
mod tls;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Mutex;

use bytes::Bytes;

use crate::http::engine::clients::Clients;
use crate::http::engine::jar::Jars;
use crate::http::engine::proxy::ProxySettings;
use crate::http::plan::RequestPlan;
use crate::model::cookie::{CookieId, CookieView};
use crate::model::exchange::{Exchange, Hop, Peer, ResponseHead, SentRequest, Timings, TokenUsed};
use crate::model::identity::IdentityName;
use crate::model::problem::{Problem, ProblemKind};
use crate::model::time::Timestamp;
use crate::model::tls::{HostPattern, HostTls};
use crate::model::wire::TransportError;
use crate::template::Guarded;

/// How an engine works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineOptions {
    /// How many bytes of a body are kept; reading stops there.
    pub body_limit: u64,
    /// A PEM file with certificate authorities to trust besides the system's.
    pub ca_file: Option<PathBuf>,
    /// What is set for single hosts. Plans bring their own copy, with passphrases filled in.
    pub tls_hosts: Vec<HostTls>,
    /// Hosts whose certificates are not checked: the user's own word, so tokens may go there.
    pub insecure_hosts: Vec<HostPattern>,
    /// The proxies.
    pub proxy: ProxySettings,
    /// The `User-Agent` where a request has none.
    pub user_agent: String,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            body_limit: 64 * 1024 * 1024,
            ca_file: None,
            tls_hosts: Vec::new(),
            insecure_hosts: Vec::new(),
            proxy: ProxySettings::default(),
            user_agent: concat!("bearcat/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

/// Told while a request is being sent. `Debug` prints no body.
#[derive(Clone)]
pub enum SendEvent {
    /// A new connection is being made.
    Connecting {
        /// `host:port`.
        host: String,
    },
    /// The connection stands (or was kept) and the request is on its way.
    Sent,
    /// More of a large body went out.
    Uploading {
        /// Bytes so far.
        sent: u64,
        /// All of them.
        total: u64,
    },
    /// A redirect is followed, or a challenge answered.
    Redirected(Hop),
    /// The head of the last response.
    Head(ResponseHead),
    /// A piece of its body.
    Progress {
        /// Decoded bytes so far, this piece included.
        received: u64,
        /// The piece, decoded.
        chunk: Bytes,
        /// How many bytes will come, where that is known.
        expected: Option<u64>,
    },
}

impl fmt::Debug for SendEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connecting { host } => f.debug_tuple("Connecting").field(host).finish(),
            Self::Sent => f.write_str("Sent"),
            Self::Uploading { sent, total } => write!(f, "Uploading({sent} of {total} bytes)"),
            Self::Redirected(hop) => f.debug_tuple("Redirected").field(hop).finish(),
            Self::Head(head) => f.debug_tuple("Head").field(head).finish(),
            Self::Progress { received, expected, .. } => write!(f, "Progress({received} of {expected:?} bytes)"),
        }
    }
}

/// Why no answer came.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The network, TLS, or the server's end of the conversation.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// A file of the body could not be read.
    #[error("`{}` cannot be sent: {reason}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A session's token would go to a server whose certificate is not checked.
    #[error("the token of `{identity}` does not go to {host}: its certificate is not checked")]
    Unverified {
        /// Whose token.
        identity: IdentityName,
        /// The host.
        host: String,
    },
    /// A secret of the user would go to a server whose certificate is not checked.
    #[error("{secret} does not go to {host}: its certificate is not checked")]
    UnverifiedSecret {
        /// Which.
        secret: Guarded,
        /// The host.
        host: String,
    },
}

/// No answer came; with what is known of the attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendFailure {
    /// Why.
    pub error: SendError,
    /// When it was sent.
    pub at: Timestamp,
    /// The request that was not answered.
    pub request: SentRequest,
    /// Redirects that were followed before it.
    pub hops: Vec<Hop>,
    /// What was measured so far.
    pub timings: Timings,
    /// The token that went out, or would have.
    pub token: Option<TokenUsed>,
}

impl SendFailure {
    /// The same for people, with what to do next.
    pub fn problem(&self) -> Problem {
        match &self.error {
            SendError::Transport(error) => error.problem(),
            SendError::File { path, reason } => {
                Problem::new(ProblemKind::Input, format!("The body's file `{}` cannot be sent", path.display()))
                    .detail(reason.clone())
                    .hint("The path is relative to the folder of the request's file")
            }
            SendError::Unverified { identity, host } => {
                unverified(&format!("The token of `{identity}`"), "A token", host)
            }
            SendError::UnverifiedSecret { secret, host } => {
                let named = secret.to_string().replacen("the", "The", 1);
                unverified(&named, "A secret of yours", host)
            }
        }
    }
}

/// `what` may not go to a host whose certificate is not checked; `kind` says what it is an example of.
fn unverified(what: &str, kind: &str, host: &str) -> Problem {
    Problem::new(ProblemKind::Input, format!("{what} does not go to `{host}`"))
        .detail(format!(
            "`verifyHostCertificate` is false in the environment, so anybody could answer there. {kind} goes over such a \
             connection only to this machine, or where your own settings allow it"
        ))
        .hint(format!("Trust its authority (`tls.ca_file`), or add \"{host}\" to `tls.insecure_hosts` in config.toml"))
}

/// Sends requests. Cheap to make: TLS and root certificates are loaded with the first https request.
pub struct Engine {
    options: EngineOptions,
    clients: Clients,
    jars: Jars,
    /// The other end of the latest handshake with a host: a kept connection does not tell.
    peers: Mutex<BTreeMap<String, Peer>>,
}

impl fmt::Debug for Engine {
    /// Cookies are secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("options", &self.options).finish_non_exhaustive()
    }
}

impl Engine {
    /// An engine with these options. Proxies and the certificate file are looked at when they are first needed, so
    /// that a mistake in them stops only the requests that use them.
    pub fn new(options: EngineOptions) -> Result<Self, Problem> {
        if ::http::HeaderValue::from_str(&options.user_agent).is_err() {
            return Err(Problem::new(ProblemKind::Input, "The user agent has a character that a header cannot hold"));
        }
        let clients = Clients::new(options.clone());
        Ok(Self { options, clients, jars: Jars::default(), peers: Mutex::default() })
    }

    /// Sends a plan and reads the answer to its end or to the limit. Dropping the future cancels at any point.
    pub async fn send(
        &self,
        plan: RequestPlan,
        events: &(dyn Fn(SendEvent) + Send + Sync),
    ) -> Result<Exchange, Box<SendFailure>> {
        send::run(self, &plan, events).await
    }

    /// What a cookie jar holds; see [`RequestPlan::cookie_jar`].
    pub fn list_cookies(&self, jar: &str) -> Vec<CookieView> {
        self.jars.list(jar)
    }

    /// The cookies of a jar that go to `url`: name and value.
    pub fn cookies_for(&self, jar: &str, url: &::url::Url) -> Vec<(String, String)> {
        self.jars.cookies(jar, url)
    }

    /// Takes a cookie out of a jar.
    pub fn delete_cookie(&self, jar: &str, id: &CookieId) {
        self.jars.delete(jar, id);
    }

    /// Empties a cookie jar; see [`RequestPlan::cookie_jar`].
    pub fn forget_cookies(&self, jar: &str) {
        self.jars.forget(jar);
    }

    /// What goes out as `User-Agent` where nothing else is said.
    pub fn user_agent(&self) -> &str {
        &self.options.user_agent
    }

    /// The clients, for the transport.
    pub(super) const fn clients(&self) -> &Clients {
        &self.clients
    }
}
