//! What to send: a request block with its templates filled, a token attached, and nothing left to decide.
//!
//! Called by the shell and the commands right before sending, and by screens that preview a request. Pure:
//! variables come through [`PlanInput::fill`], template files through [`PlanInput::read_template`]. Invariant:
//! a plan that holds any part of an identity's session goes to an origin that the identity allows.

pub mod auth;
mod body;
pub mod digest;
pub mod error;
pub mod fill;
mod graphql;
mod header;
mod multipart;
mod place;
mod texts;
pub(crate) mod url;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ::url::Url;
use bytes::Bytes;

use crate::http::plan::auth::{Credentials, EffectiveAuth, Holders};
use crate::http::plan::digest::DigestCredentials;
use crate::http::plan::error::PlanError;
use crate::http::plan::fill::FilledText;
use crate::http::plan::place::Places;
use crate::http::plan::texts::Texts;
use crate::model::exchange::TokenUsed;
use crate::model::identity::IdentityName;
use crate::model::request::RequestBlock;
use crate::model::session::TokenSet;
use crate::model::tls::{HostTls, TlsOptions};
use crate::redact::SecretText;
use crate::template::Guarded;

/// As good as no timeout.
const LONGEST_TIMEOUT: Duration = Duration::from_hours(24 * 365);

/// A request that is ready to be sent. `Debug` prints no secret.
#[derive(Clone, PartialEq, Eq)]
pub struct RequestPlan {
    /// The method, as written (upper case by convention, but any token of RFC 9110 is taken).
    pub method: String,
    /// The URL that is requested; may hold secrets.
    pub url: Url,
    /// The same URL with secrets masked: the one to show and to record.
    pub shown_url: Url,
    /// Headers in order; what every client adds (`Host`, `User-Agent`, `Accept` …) is left to the engine.
    pub headers: Vec<PlannedHeader>,
    /// The body.
    pub body: PlannedBody,
    /// How long nothing may arrive (no head, then no further piece of the body) before the run ends.
    pub timeout: Duration,
    /// How long connecting may take, name resolution and TLS included.
    pub connect_timeout: Duration,
    /// How many redirects are followed.
    pub max_redirects: u32,
    /// Which protocol the request line asks for.
    pub protocol: Protocol,
    /// The name of the cookie jar to take cookies from and put them into; `None`: `# @no-cookie-jar`.
    pub cookie_jar: Option<String>,
    /// The token that goes out in the header or in the session cookies.
    pub token: Option<TokenUsed>,
    /// Whose session the request speaks for: the one to refresh when the server answers 401.
    pub credentials_for: Option<IdentityName>,
    /// Whose session's tokens go out, in whatever place. They never go over a connection whose certificate is not
    /// checked, unless the user's own settings say so, or to this machine.
    pub sessions: BTreeSet<IdentityName>,
    /// The user's own secrets that go out, in whatever place; the same holds for them.
    pub guarded: BTreeSet<Guarded>,
    /// Credentials for a Digest challenge.
    pub digest: Option<DigestCredentials>,
    /// What the environment and the settings say about TLS.
    pub tls: PlannedTls,
    /// What the user should know about how the plan was made.
    pub notes: Vec<PlanNote>,
}

impl fmt::Debug for RequestPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestPlan")
            .field("method", &self.method)
            .field("url", &self.shown_url.as_str())
            .field("headers", &self.headers)
            .field("body", &self.body)
            .field("token", &self.token)
            .field("notes", &self.notes)
            .finish_non_exhaustive()
    }
}

/// TLS for the hosts of a plan, passphrases filled in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PlannedTls {
    /// By host, from the settings; the first that matches counts.
    pub hosts: Vec<HostTls>,
    /// From the environment (`SSLConfiguration`): for the origin of the request, not for where it is redirected.
    pub environment: Option<TlsOptions>,
}

/// A header to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedHeader {
    /// The name, as written.
    pub name: String,
    /// The value.
    pub value: PlannedValue,
}

/// The value of a header.
#[derive(Clone, PartialEq, Eq)]
pub enum PlannedValue {
    /// May be shown.
    Plain(String),
    /// Holds a secret; never follows a redirect to another origin.
    Secret {
        /// For the wire.
        value: SecretText,
        /// With the secret parts masked.
        shown: String,
    },
    /// A credential that stands in the request's file in plain text. Treated like a secret, but not hidden by
    /// value elsewhere: `Bearer token` in an example must not mask these words on every screen.
    Written {
        /// For the wire.
        value: String,
        /// With the credential masked.
        shown: String,
    },
}

impl PlannedValue {
    /// The value for the wire.
    pub fn expose(&self) -> &str {
        match self {
            Self::Plain(value) | Self::Written { value, .. } => value,
            Self::Secret { value, .. } => value.expose(),
        }
    }

    /// The value for a screen.
    pub fn shown(&self) -> &str {
        match self {
            Self::Plain(value) | Self::Secret { shown: value, .. } | Self::Written { shown: value, .. } => value,
        }
    }

    /// Does it hold a secret or a credential?
    pub const fn is_secret(&self) -> bool {
        !matches!(self, Self::Plain(_))
    }
}

impl fmt::Debug for PlannedValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", crate::redact::mask(self.shown()))
    }
}

/// A body to send: its pieces in order. No pieces: no body.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct PlannedBody {
    /// The pieces.
    pub pieces: Vec<PlannedPiece>,
    /// A secret went into it: it is never repeated towards another origin.
    pub secret: bool,
}

/// A piece of a body.
#[derive(Clone, PartialEq, Eq)]
pub enum PlannedPiece {
    /// Known bytes.
    Bytes(Bytes),
    /// A file, streamed from disk when the request is sent.
    File(PathBuf),
}

impl fmt::Debug for PlannedBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = f.debug_list();
        for piece in &self.pieces {
            match piece {
                PlannedPiece::Bytes(bytes) => list.entry(&format_args!("{} bytes", bytes.len())),
                PlannedPiece::File(path) => list.entry(&format_args!("file {}", path.display())),
            };
        }
        list.finish()
    }
}

/// Which protocol to speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Protocol {
    /// HTTP/2 where TLS negotiates it, else HTTP/1.1.
    #[default]
    Negotiated,
    /// `HTTP/1.1` was written.
    Http1,
    /// `HTTP/2` was written: like [`Self::Negotiated`], and the answer says so where it is another.
    Http2,
    /// `HTTP/2 (Prior Knowledge)` was written: HTTP/2 without negotiation.
    Http2PriorKnowledge,
}

/// What the user should know about a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlanNote {
    /// The request has an `Authorization` header (or session cookies) of its own; the identity's token was not
    /// attached.
    HandWrittenCredentials {
        /// The header: `Authorization` or `Cookie`.
        header: &'static str,
        /// The identity whose token was left out.
        instead_of: IdentityName,
    },
}

impl fmt::Display for PlanNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HandWrittenCredentials { header, instead_of } => {
                write!(f, "The `{header}` header of the request is sent instead of the token of `{instead_of}`")
            }
        }
    }
}

/// What holds where a request says nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Defaults {
    /// See [`RequestPlan::timeout`].
    pub timeout: Duration,
    /// See [`RequestPlan::connect_timeout`].
    pub connect_timeout: Duration,
    /// See [`RequestPlan::max_redirects`].
    pub max_redirects: u32,
    /// See [`RequestPlan::protocol`].
    pub protocol: Protocol,
}

impl Default for Defaults {
    fn default() -> Self {
        Self {
            timeout: Duration::from_mins(1),
            connect_timeout: Duration::from_secs(10),
            max_redirects: 0,
            protocol: Protocol::Negotiated,
        }
    }
}

/// What a plan is made from.
#[derive(Clone, Copy)]
pub struct PlanInput<'a> {
    /// The request.
    pub block: &'a RequestBlock,
    /// The text of its collection: places are reckoned from it.
    pub source: &'a str,
    /// The collection's folder: files of the body are relative to it.
    pub folder: &'a Path,
    /// Fills a template; [`fill::with_scope`] makes one.
    pub fill: &'a dyn Fn(&str) -> FilledText,
    /// Reads a file that is a template itself (`<@ path`); the error is the reason in plain words.
    pub read_template: &'a dyn Fn(&Path) -> Result<Vec<u8>, String>,
    /// The sessions' tokens.
    pub tokens: &'a BTreeMap<IdentityName, TokenSet>,
    /// Whose token to attach, see [`auth::effective_auth`].
    pub auth: Option<&'a EffectiveAuth>,
    /// May this identity's token go to this URL?
    pub allowed: &'a dyn Fn(&IdentityName, &Url) -> bool,
    /// The user's secrets that went into any request so far: looked for by value.
    pub secrets: &'a [(Guarded, SecretText)],
    /// May this secret of the user go to this URL?
    pub guard: &'a dyn Fn(&Guarded, &Url) -> bool,
    /// The name of the cookie jar: one per environment.
    pub cookie_jar: &'a str,
    /// Settings.
    pub defaults: &'a Defaults,
}

/// Plans a request.
pub fn build(input: &PlanInput<'_>) -> Result<RequestPlan, PlanError> {
    let places = Places { file: &input.block.id.file, source: input.source };
    let texts = Texts::fill(input, &places)?;
    let mut method = header::method(&texts.method, places.of(&input.block.method))?;
    let mut headers = header::written(input, &texts, &places)?;
    let target = url::target(input, &texts, &places, &mut headers)?;
    let credentials = Credentials::attach(input, &mut headers)?;
    let Holders { sessions, guarded } = credentials.check_origin(input, &texts, &target, &headers)?;
    let digest = digest::take(&mut headers);
    let body = body::plan(input, texts, &mut method, &mut headers)?;
    let directives = &input.block.directives;
    Ok(RequestPlan {
        method,
        shown_url: target.shown,
        url: target.url,
        headers,
        body,
        timeout: bounded(directives.timeout.unwrap_or(input.defaults.timeout)),
        connect_timeout: bounded(directives.connection_timeout.unwrap_or(input.defaults.connect_timeout)),
        max_redirects: directives.max_redirects.unwrap_or(input.defaults.max_redirects),
        protocol: protocol(input.block, input.defaults.protocol),
        cookie_jar: (!directives.no_cookie_jar).then(|| input.cookie_jar.to_owned()),
        credentials_for: credentials.identity,
        sessions,
        guarded,
        digest,
        tls: PlannedTls::default(),
        token: credentials.token,
        notes: credentials.notes,
    })
}

/// Zero is how other clients write "no limit"; and a clock cannot reckon with every duration.
fn bounded(timeout: Duration) -> Duration {
    if timeout.is_zero() { LONGEST_TIMEOUT } else { timeout.min(LONGEST_TIMEOUT) }
}

fn protocol(block: &RequestBlock, default: Protocol) -> Protocol {
    let Some(version) = &block.http_version else { return default };
    let version = version.text.to_ascii_lowercase();
    if version.contains("prior") {
        Protocol::Http2PriorKnowledge
    } else if version.starts_with("http/1") {
        Protocol::Http1
    } else if version.starts_with("http/2") {
        Protocol::Http2
    } else {
        Protocol::Negotiated
    }
}
