//! Runs and exchanges: what went out, what came back, and with which token.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use url::Url;

use crate::model::identity::IdentityName;
use crate::model::request::TokenCarrier;
use crate::model::time::Timestamp;
use crate::model::tls::CertificateCheck;

/// One sending of one request; every late answer is recognised by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(pub u64);

/// How long each phase took; `None`: it did not happen (a connection was reused) or cannot be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Timings {
    /// Name resolution.
    pub dns: Option<Duration>,
    /// TCP connect.
    pub connect: Option<Duration>,
    /// TLS handshake.
    pub tls: Option<Duration>,
    /// From the request being sent to the response head.
    pub first_byte: Option<Duration>,
    /// From the head to the end of the body.
    pub download: Option<Duration>,
    /// All of it, redirects included.
    pub total: Duration,
}

/// Which token went out: enough to recognise it, never its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenUsed {
    /// Whose.
    pub identity: IdentityName,
    /// Header or cookies.
    pub carrier: TokenCarrier,
    /// The token's `jti`, if it is a JWT that has one.
    pub jti: Option<String>,
    /// The first 12 hex digits of the token's SHA-256.
    pub fingerprint: String,
}

/// A request head as it was sent; secret header values are masked already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentRequest {
    /// Method.
    pub method: String,
    /// URL.
    pub url: Url,
    /// Headers in order, secrets masked.
    pub headers: Vec<(String, String)>,
    /// Size of the body in bytes.
    pub body_size: u64,
}

/// A response head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseHead {
    /// Status.
    pub status: u16,
    /// The reason phrase: the standard one for the status.
    pub reason: String,
    /// `HTTP/1.1`, `HTTP/2`.
    pub protocol: String,
    /// Headers in order, names in lower case, values decoded leniently (hostile: strip before drawing).
    pub headers: Vec<(String, String)>,
    /// The peer.
    pub remote_address: Option<SocketAddr>,
}

impl ResponseHead {
    /// The first header with this (lower-case) name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// A redirect that was followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    /// What was sent.
    pub request: SentRequest,
    /// What came back.
    pub head: ResponseHead,
    /// `Authorization` and cookies were dropped for the next hop, because its origin is another.
    pub credentials_dropped: bool,
}

impl Hop {
    /// Was this the server's demand for credentials (Digest), and no redirect?
    pub const fn is_challenge(&self) -> bool {
        self.head.status == 401
    }
}

/// What the request went over.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Connection {
    /// The proxy, without its credentials: `socks5://127.0.0.1:1080`.
    pub proxy: Option<String>,
    /// The server's certificate and what TLS agreed on; `None` without TLS.
    pub peer: Option<Peer>,
    /// Was the certificate checked?
    pub check: CertificateCheck,
    /// The file of the client certificate that was offered.
    pub client_certificate: Option<String>,
    /// Other things to know about it.
    pub notes: Vec<String>,
}

/// The other end of a TLS connection. Texts come from the server: strip before drawing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Peer {
    /// Whom the certificate names.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// Host names and addresses that it is for.
    pub names: Vec<String>,
    /// When it begins and when it ends.
    pub validity: Option<(Timestamp, Timestamp)>,
    /// `TLS 1.3`.
    pub protocol: Option<&'static str>,
    /// `TLS_AES_256_GCM_SHA384`.
    pub cipher: Option<String>,
}

/// The body of a response, bounded.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct ResponseBody {
    /// Decoded bytes (content encoding undone), cut at the limit.
    pub bytes: Bytes,
    /// `true`: there was more than the limit, and reading stopped there.
    pub cut: bool,
    /// Bytes on the wire, where the length was announced.
    pub wire_size: Option<u64>,
    /// The body ended early (connection lost, wrong length, bad encoding): the library's words.
    pub fault: Option<String>,
    /// `true`: the user ended it; what had come is here.
    pub stopped: bool,
}

impl std::fmt::Debug for ResponseBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ResponseBody({} bytes, cut: {}, fault: {:?})", self.bytes.len(), self.cut, self.fault)
    }
}

/// What went out and what came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// When it was sent.
    pub at: Timestamp,
    /// The last request of the chain (the only one when no redirect was followed).
    pub request: SentRequest,
    /// Redirects that were followed before it.
    pub hops: Vec<Hop>,
    /// The response head.
    pub head: ResponseHead,
    /// The response body.
    pub body: ResponseBody,
    /// Timings.
    pub timings: Timings,
    /// The token that went out, if any.
    pub token: Option<TokenUsed>,
    /// The connection of the last request.
    pub connection: Connection,
    /// The session was refreshed after a 401 and the request sent once more.
    pub resent_after_refresh: bool,
}
