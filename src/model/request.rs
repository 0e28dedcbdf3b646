//! A request as it is written in a `.http` file: templates not yet filled, every part with its place.

use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

use crate::model::identity::IdentityName;

/// Byte range in the source of a collection.
pub type Span = Range<usize>;

/// A piece of text and where it stands in the source.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Spanned {
    /// The text, as the parser understood it.
    pub text: String,
    /// The bytes that it was read from.
    pub span: Span,
}

/// Which request: the collection (path relative to the workspace) and its position in it, from 0.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId {
    /// Path relative to the workspace.
    pub file: PathBuf,
    /// Position among the requests of the file, from 0.
    pub index: usize,
}

/// One header line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderField {
    /// Name, as written.
    pub name: Spanned,
    /// Value template.
    pub value: Spanned,
}

/// One piece of a body; a body is their concatenation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BodyPiece {
    /// Text with templates.
    Text(Spanned),
    /// `< path`: the file as it is; `<@ path` (or `<@encoding path`): with its templates filled.
    File {
        /// The path template, relative to the collection.
        path: Spanned,
        /// Fill templates in the file?
        substitute: bool,
        /// Encoding named after `<@`, if any.
        encoding: Option<String>,
    },
}

/// How a token is carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum TokenCarrier {
    /// `Authorization: Bearer` (RFC 6750 section 2.1).
    #[default]
    Bearer,
    /// The session cookies of Kinde's Next.js SDK (kinde.md 8.1).
    Cookie,
}

/// `# @auth` or `# @no-auth`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthDirective {
    /// `# @auth <identity> [cookie]`.
    Identity {
        /// Which identity.
        name: IdentityName,
        /// Header or cookies.
        carrier: TokenCarrier,
    },
    /// `# @no-auth`.
    None,
}

/// `# @require`: what a route needs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Requirement {
    /// A permission or a scope: the key is looked for in both.
    Permission(String),
    /// An organisation code (`org_…`).
    Organization(String),
    /// A role, by its key or its name: `role:admin`.
    Role(String),
    /// A feature flag that is on: `flag:beta`.
    Flag(String),
}

/// `# @prompt`: a variable whose value is asked for before sending.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Prompt {
    /// The variable.
    pub name: String,
    /// What to ask; may be empty.
    pub description: String,
}

impl Prompt {
    /// Is the answer typed unseen, and never kept? The names that the VS Code REST Client hides, and what sounds secret.
    pub fn is_secret(&self) -> bool {
        let name = self.name.to_ascii_lowercase();
        let last = name.rsplit(['-', '_', '.']).next().unwrap_or_default();
        matches!(last, "pass" | "pwd" | "otp" | "pin") || crate::redact::sounds_secret(&name)
    }
}

/// `# @capture`: a variable for later requests, taken from the response.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Capture {
    /// The variable.
    pub name: String,
    /// The jq expression over `{status, headers, body, time_ms, size}`.
    pub expression: String,
}

/// `# @expect`: the answer that an identity must get.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Expectation {
    /// Who sends.
    pub identity: IdentityName,
    /// The status codes that are right.
    pub statuses: Vec<StatusPattern>,
}

/// A status code that is right, or a class of them: `200`, `2xx`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StatusPattern {
    /// This one.
    Code(u16),
    /// All that begin with this digit.
    Class(u16),
}

impl StatusPattern {
    /// Reads `204` or `2xx`.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        match bytes {
            [digit @ b'1'..=b'5', b'x' | b'X', b'x' | b'X'] => Some(Self::Class(u16::from(digit - b'0'))),
            [b'1'..=b'5', b'0'..=b'9', b'0'..=b'9'] => text.parse().ok().map(Self::Code),
            _ => None,
        }
    }

    /// Does this status fit?
    pub const fn fits(self, status: u16) -> bool {
        match self {
            Self::Code(code) => code == status,
            Self::Class(class) => status / 100 == class,
        }
    }
}

impl std::fmt::Display for StatusPattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Code(code) => write!(f, "{code}"),
            Self::Class(class) => write!(f, "{class}xx"),
        }
    }
}

/// The directives of a request; unknown ones are kept in [`Self::other`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Directives {
    /// `# @auth` / `# @no-auth`; the last one wins.
    pub auth: Option<AuthDirective>,
    /// `# @redirect <n>`; `# @no-redirect` is 0. `None`: the setting decides (0 by default).
    pub max_redirects: Option<u32>,
    /// `# @no-cookie-jar`.
    pub no_cookie_jar: bool,
    /// `# @timeout`.
    pub timeout: Option<Duration>,
    /// `# @connection-timeout`.
    pub connection_timeout: Option<Duration>,
    /// `# @require`.
    pub require: Vec<Requirement>,
    /// `# @note`: ask before sending.
    pub note: Option<String>,
    /// `# @prompt <name> [description]`: ask for these before sending.
    pub prompts: Vec<Prompt>,
    /// `# @capture <name> = <jq>`: variables for later requests.
    pub captures: Vec<Capture>,
    /// `# @assert <jq>`: what must be true of the exchange.
    pub asserts: Vec<String>,
    /// `# @expect <identity> <status[,status]>`: what each identity must get.
    pub expect: Vec<Expectation>,
    /// Every other `# @name value`, in order, for later features and for the Directives tab.
    pub other: Vec<(String, String)>,
}

/// One request block of a collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestBlock {
    /// Which.
    pub id: RequestId,
    /// `# @name`, else the text after `###`.
    pub name: Option<String>,
    /// The bytes of the whole block, separator line included.
    pub span: Span,
    /// Line of the request line, from 1.
    pub line: usize,
    /// Method; `GET` when the line has none.
    pub method: Spanned,
    /// URL template; the lines of a multi-line query joined.
    pub url: Spanned,
    /// `HTTP/1.1` and the like, if written.
    pub http_version: Option<Spanned>,
    /// Headers in order.
    pub headers: Vec<HeaderField>,
    /// Body pieces in order; empty: no body.
    pub body: Vec<BodyPiece>,
    /// Directives.
    pub directives: Directives,
    /// Response handler scripts and references: kept, not run, shown as such.
    pub not_run: Vec<Spanned>,
}

impl RequestBlock {
    /// Does the request bring an `Authorization` header of its own? Then no identity's bearer token is attached.
    pub fn has_own_authorization(&self) -> bool {
        self.headers.iter().any(|header| header.name.text.eq_ignore_ascii_case("authorization"))
    }

    /// What lists show: the name, else the URL template, else (the URL is missing) the method.
    pub fn label(&self) -> &str {
        match &self.name {
            Some(name) => name,
            None if self.url.text.is_empty() => &self.method.text,
            None => &self.url.text,
        }
    }
}
