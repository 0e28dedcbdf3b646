//! Sends plans: connects, follows redirects one by one, streams and bounds the answer, and times all of it.
//!
//! Called by the shell and the commands; one engine lives as long as the program and keeps connections and
//! cookies. Invariants: nothing is read without a bound, nothing waits without a limit, credentials never follow
//! a redirect to another origin, and no secret stands in what is recorded. Dropping the future of [`Engine::send`]
//! cancels at once.

pub(super) mod clients;
pub(super) mod connect;
pub(super) mod fault;
mod jar;
mod outgoing;
pub(super) mod read;
mod redirect;
mod send;
mod tls;

use std::fmt;
use std::path::PathBuf;

use bytes::Bytes;

use crate::http::engine::clients::Clients;
use crate::http::engine::jar::Jars;
use crate::http::plan::RequestPlan;
use crate::model::exchange::{Exchange, Hop, ResponseHead, SentRequest, Timings, TokenUsed};
use crate::model::problem::{Problem, ProblemKind};
use crate::model::time::Timestamp;
use crate::model::wire::TransportError;

/// How an engine works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineOptions {
    /// How many bytes of a body are kept; reading stops there.
    pub body_limit: u64,
    /// A PEM file with certificate authorities to trust besides the system's.
    pub ca_file: Option<PathBuf>,
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
            proxy: ProxySettings::default(),
            user_agent: concat!("bearcat/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

/// Proxies by the usual variables. Loopback addresses are never proxied.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct ProxySettings {
    /// `HTTP_PROXY`: for http URLs.
    pub http: Option<String>,
    /// `HTTPS_PROXY`: for https URLs.
    pub https: Option<String>,
    /// `ALL_PROXY`: where the other two say nothing.
    pub all: Option<String>,
    /// `NO_PROXY`: hosts that are reached directly.
    pub no: Option<String>,
}

impl ProxySettings {
    /// Reads the variables, in upper or lower case.
    pub fn from_environment() -> Self {
        let read = |upper: &str| {
            [upper.to_owned(), upper.to_ascii_lowercase()]
                .iter()
                .find_map(|name| std::env::var(name).ok())
                .filter(|value| !value.trim().is_empty())
        };
        Self { http: read("HTTP_PROXY"), https: read("HTTPS_PROXY"), all: read("ALL_PROXY"), no: read("NO_PROXY") }
    }
}

impl fmt::Debug for ProxySettings {
    /// Proxy URLs may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProxySettings")
            .field("http", &self.http.is_some())
            .field("https", &self.https.is_some())
            .field("all", &self.all.is_some())
            .field("no", &self.no)
            .finish()
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
    /// A redirect is followed.
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
        }
    }
}

/// Sends requests. Cheap to make: TLS and root certificates are loaded with the first https request.
pub struct Engine {
    options: EngineOptions,
    clients: Clients,
    jars: Jars,
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
        Ok(Self { options, clients, jars: Jars::default() })
    }

    /// Sends a plan and reads the answer to its end or to the limit. Dropping the future cancels at any point.
    pub async fn send(
        &self,
        plan: RequestPlan,
        events: &(dyn Fn(SendEvent) + Send + Sync),
    ) -> Result<Exchange, Box<SendFailure>> {
        send::run(self, &plan, events).await
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
