//! What the sign-in engine says to a provider, and what comes back: small, form-encoded, redacted in `Debug`.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use url::Url;

use crate::model::problem::{Problem, ProblemKind};
use crate::model::time::Timestamp;

/// A value that goes to the provider; secret ones are never printed.
#[derive(Clone, PartialEq, Eq)]
pub enum FieldValue {
    /// May be shown.
    Plain(String),
    /// A code, token, verifier or client secret.
    Secret(crate::redact::SecretText),
}

impl FieldValue {
    /// The value for the wire.
    pub fn expose(&self) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Secret(secret) => secret.expose(),
        }
    }

    /// The value for a screen or a log.
    pub fn masked(&self) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Secret(_) => crate::redact::MASK,
        }
    }
}

impl fmt::Debug for FieldValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.masked())
    }
}

/// A request to a provider. Never follows redirects: a 307 would replay the form with its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WireRequest {
    /// What it is for, in the user's words: `discovery`, `key set`, `device request`, `token request` …
    pub purpose: &'static str,
    /// `GET` or `POST`.
    pub method: &'static str,
    /// The endpoint.
    pub url: Url,
    /// Extra headers; `Accept: application/json` and the content type of the form are added by the transport.
    pub headers: Vec<(&'static str, FieldValue)>,
    /// Sent as `application/x-www-form-urlencoded` when the method is POST. Names may repeat.
    pub form: Vec<(String, FieldValue)>,
}

impl WireRequest {
    /// A GET without an `Authorization` header.
    pub fn get(purpose: &'static str, url: Url) -> Self {
        Self { purpose, method: "GET", url, headers: Vec::new(), form: Vec::new() }
    }

    /// A POST of a form.
    pub fn post(purpose: &'static str, url: Url, form: Vec<(String, FieldValue)>) -> Self {
        Self { purpose, method: "POST", url, headers: Vec::new(), form }
    }
}

/// A provider's answer, read to its end and bounded in size by the transport.
#[derive(Clone, PartialEq, Eq)]
pub struct WireResponse {
    /// HTTP status.
    pub status: u16,
    /// Headers, names in lower case, in order; values that are not text are dropped.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
    /// From the first byte sent to the last byte read.
    pub elapsed: Duration,
}

impl WireResponse {
    /// The first header with this (lower-case) name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for WireResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WireResponse")
            .field("status", &self.status)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish_non_exhaustive()
    }
}

/// Why no answer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TransportFault {
    /// The host name has no address.
    Dns,
    /// Nobody listens, or the way there is closed.
    Connect,
    /// No answer in time.
    Timeout,
    /// The certificate was refused, or the handshake failed.
    Tls,
    /// No trusted root certificates on this machine.
    NoRootCertificates,
    /// The connection was closed or reset before the answer was whole.
    Interrupted,
    /// The answer is not HTTP, or has a wrong length or encoding.
    Malformed,
    /// The answer is larger than the bound.
    TooLarge,
    /// Anything else.
    Other,
}

/// No answer came.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{host}: {message}")]
pub struct TransportError {
    /// What kind of failure.
    pub fault: TransportFault,
    /// Host and port that were tried.
    pub host: String,
    /// The library's words, masked.
    pub message: String,
}

impl TransportError {
    /// The same for people, with what to do next.
    pub fn problem(&self) -> Problem {
        let host = &self.host;
        let (title, hint) = match self.fault {
            TransportFault::Dns => (
                format!("The name `{host}` has no address"),
                "Check the spelling of the domain; Kinde's regional hosts look like `mybusiness.eu.kinde.com`",
            ),
            TransportFault::Connect => {
                (format!("Nothing answers at `{host}`"), "Is the server running, and is the port right?")
            }
            TransportFault::Timeout => {
                (format!("`{host}` did not answer in time"), "Try again, or raise the timeout (`# @timeout 60 s`)")
            }
            TransportFault::Tls => (
                format!("The TLS connection to `{host}` was refused"),
                "For a company or self-signed certificate set `tls.ca_file` in config.toml or SSL_CERT_FILE to its CA",
            ),
            TransportFault::NoRootCertificates => (
                "This machine has no trusted root certificates".to_owned(),
                "Install them (Debian: `apt-get install ca-certificates`) or set SSL_CERT_FILE to a PEM file",
            ),
            TransportFault::Interrupted => {
                (format!("`{host}` closed the connection before the answer was whole"), "Try again")
            }
            TransportFault::Malformed => (
                format!("`{host}` sent something that is not proper HTTP"),
                "Is this an HTTP server, and is it http or https?",
            ),
            TransportFault::TooLarge => {
                (format!("`{host}` sent more than bearcat takes for this kind of answer"), "Is this the right address?")
            }
            TransportFault::Other => (format!("The request to `{host}` failed"), ""),
        };
        Problem::new(ProblemKind::Network, title).detail(self.message.clone()).hint(hint)
    }
}

/// One conversation with a provider, redacted: shown in the sign-in log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderExchange {
    /// When it was sent.
    pub at: Timestamp,
    /// See [`WireRequest::purpose`].
    pub purpose: &'static str,
    /// The method.
    pub method: &'static str,
    /// The endpoint; secret query values masked.
    pub url: String,
    /// Form fields, secret values masked.
    pub form: Vec<(String, String)>,
    /// The status, or what went wrong.
    pub result: Result<u16, TransportError>,
    /// The answer's body, masked by value, cut at 4 KiB.
    pub body: String,
    /// From the first byte sent to the last byte read.
    pub elapsed: Duration,
}
