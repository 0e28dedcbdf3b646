//! The request of one hop: from a plan to what goes on the wire, and to what is recorded of it.

use std::borrow::Cow;
use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use ::http::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HOST, HeaderName,
    HeaderValue, PROXY_AUTHORIZATION, TRANSFER_ENCODING, USER_AGENT,
};
use ::http::{HeaderMap, Method};
use bytes::{Bytes, BytesMut};
use futures_util::stream;
use tokio::fs::File;
use tokio::io::AsyncReadExt;
use url::Url;

use crate::http::cookie_mode;
use crate::http::engine::connect::Watch;
use crate::http::engine::digest::{self, HashedBody};
use crate::http::engine::jar::Jars;
use crate::http::engine::redirect::Redirect;
use crate::http::engine::{SendError, fault};
use crate::http::files;
use crate::http::plan::digest::DigestCredentials;
use crate::http::plan::{self, PlannedBody, PlannedPiece, RequestPlan};
use crate::model::exchange::SentRequest;
use crate::model::identity::{IdentityName, Origin};
use crate::model::request::TokenCarrier;
use crate::model::wire::TransportFault;
use crate::redact::{self, MASK};
use crate::template::Guarded;

/// Bodies up to this size are handed over whole, larger ones in pieces of it.
const PIECE: usize = 64 * 1024;

/// What bearcat can undo, best first.
const CODINGS: &str = "gzip, br, zstd, deflate";

/// A request that may go through several hops.
pub(super) struct Outgoing {
    pub(super) method: Method,
    pub(super) url: Url,
    shown_url: Url,
    headers: Vec<Header>,
    body: PlannedBody,
    jar: Option<String>,
    digest: Option<Digest>,
    /// The origin that the request names; `None` after a redirect to another.
    origin: Option<Origin>,
    /// Whose session's tokens go with it.
    sessions: BTreeSet<IdentityName>,
    /// The user's own secrets that go with it.
    guarded: BTreeSet<Guarded>,
    /// The planned `Cookie` header holds the SDK's session: cookies of the jar must not mix with it.
    has_session_cookies: bool,
}

/// Credentials for challenges, and how often one was answered on this hop.
struct Digest {
    credentials: DigestCredentials,
    answers: usize,
}

/// How often a challenge is answered: once, and once more where the server says that its nonce was stale.
const MOST_ANSWERS: usize = 2;

#[derive(Clone)]
struct Header {
    name: HeaderName,
    value: HeaderValue,
    /// As recorded: the name as written, secrets masked.
    shown: (String, String),
    is_secret: bool,
}

impl Header {
    fn plain(name: HeaderName, value: HeaderValue) -> Self {
        let shown = (title_case(name.as_str()), String::from_utf8_lossy(value.as_bytes()).into_owned());
        Self { name, value, shown, is_secret: false }
    }

    fn must_stay_in_origin(&self) -> bool {
        self.is_secret || [AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION].contains(&self.name)
    }
}

/// A request ready to be executed, and its record.
pub(super) struct Opened {
    pub(super) request: reqwest::Request,
    pub(super) sent: SentRequest,
}

impl Outgoing {
    /// The first hop of a plan.
    pub(super) fn new(plan: &RequestPlan, user_agent: &str) -> Result<Self, SendError> {
        let unsendable = |what: &str| fault::error(TransportFault::Other, &plan.url, what);
        let method = Method::from_bytes(plan.method.as_bytes()).map_err(|_| unsendable("the method is not a word"))?;
        let mut headers = Vec::with_capacity(plan.headers.len() + 4);
        for header in &plan.headers {
            let unsendable = || unsendable(&format!("the header `{}` cannot be sent", header.name));
            let name = HeaderName::from_bytes(header.name.as_bytes()).map_err(|_| unsendable())?;
            let mut value = HeaderValue::from_bytes(header.value.expose().as_bytes()).map_err(|_| unsendable())?;
            value.set_sensitive(header.value.is_secret());
            let shown = (header.name.clone(), redact::mask(header.value.shown()).into_owned());
            headers.push(Header { name, value, shown, is_secret: header.value.is_secret() });
        }
        let agent = HeaderValue::from_str(user_agent).unwrap_or(HeaderValue::from_static("bearcat"));
        for (name, value) in [
            (USER_AGENT, agent),
            (ACCEPT, HeaderValue::from_static("*/*")),
            (ACCEPT_ENCODING, HeaderValue::from_static(CODINGS)),
        ] {
            if !headers.iter().any(|header| header.name == name) {
                headers.push(Header::plain(name, value));
            }
        }
        Ok(Self {
            method,
            url: plan.url.clone(),
            shown_url: plan.shown_url.clone(),
            headers,
            body: plan.body.clone(),
            jar: plan.cookie_jar.clone(),
            digest: plan.digest.clone().map(|credentials| Digest { credentials, answers: 0 }),
            origin: Origin::of(&plan.url),
            sessions: plan.sessions.iter().chain(&plan.credentials_for).cloned().collect(),
            guarded: plan.guarded.clone(),
            has_session_cookies: plan.token.as_ref().is_some_and(|token| token.carrier == TokenCarrier::Cookie),
        })
    }

    /// The name of the cookie jar.
    pub(super) fn jar(&self) -> Option<&str> {
        self.jar.as_deref()
    }

    /// The origin that the request names, as long as it goes there.
    pub(super) const fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    /// Whose session's tokens go with it.
    pub(super) fn session(&self) -> Option<&IdentityName> {
        self.sessions.first()
    }

    /// A secret of the user that goes with it.
    pub(super) fn secret(&self) -> Option<&Guarded> {
        self.guarded.first()
    }

    /// Answers a Digest challenge: the next sending carries the answer. `Ok(false)`: there is none to answer, or it was
    /// answered already. The error says why it cannot be answered.
    pub(super) async fn answer_challenge(&mut self, headers: &HeaderMap) -> Result<bool, String> {
        let Some(answers) = self.digest.as_ref().map(|digest| digest.answers) else { return Ok(false) };
        let Some(challenge) = digest::challenge(headers) else { return Ok(false) };
        if answers >= MOST_ANSWERS || (answers > 0 && !challenge.stale) {
            return Ok(false);
        }
        let body = self.hashed_body();
        let Some(digest) = &mut self.digest else { return Ok(false) };
        digest.answers += 1;
        let answer = digest::answer(challenge, &digest.credentials, self.method.as_str(), &self.url, body, None)?;
        let mut value = HeaderValue::from_str(&answer).map_err(|_| "its realm cannot stand in a header".to_owned())?;
        value.set_sensitive(true);
        let shown = ("Authorization".to_owned(), format!("Digest {MASK}"));
        self.headers.retain(|header| header.name != AUTHORIZATION);
        self.headers.push(Header { name: AUTHORIZATION, value, shown, is_secret: true });
        Ok(true)
    }

    fn hashed_body(&self) -> HashedBody<'static> {
        let mut whole = Vec::new();
        for piece in &self.body.pieces {
            match piece {
                PlannedPiece::Bytes(bytes) => whole.extend_from_slice(bytes),
                PlannedPiece::File(_) => return HashedBody::Streamed,
            }
        }
        HashedBody::Whole(Cow::Owned(whole))
    }

    /// Does the body hold what must not be repeated towards another origin: a secret, or a file of this machine?
    pub(super) fn has_secret_body(&self) -> bool {
        self.body.secret || self.body.pieces.iter().any(|piece| matches!(piece, PlannedPiece::File(_)))
    }

    /// The record of this hop before it is opened.
    pub(super) fn record(&self) -> SentRequest {
        SentRequest {
            method: self.method.to_string(),
            url: self.shown_url.clone(),
            headers: self.headers.iter().map(|header| header.shown.clone()).collect(),
            body_size: 0,
        }
    }

    /// Opens the files of the body, adds cookies and length.
    pub(super) async fn open(&self, jars: &Jars, watch: &Arc<Watch>) -> Result<Opened, SendError> {
        let body = OpenBody::open(&self.body).await?;
        let size = body.size;
        let mut headers = self.headers.clone();
        if let Some(name) = &self.jar {
            self.add_cookies(&mut headers, jars.cookies(name, &self.url));
        }
        let is_chunked = headers.iter().any(|header| header.name == TRANSFER_ENCODING);
        let has_length = size > 0 || [Method::POST, Method::PUT, Method::PATCH].contains(&self.method);
        if has_length && !is_chunked {
            headers.push(Header::plain(CONTENT_LENGTH, HeaderValue::from(size)));
        }
        let mut request = reqwest::Request::new(self.method.clone(), self.url.clone());
        let mut map = HeaderMap::with_capacity(headers.len());
        for header in &headers {
            map.append(header.name.clone(), header.value.clone());
        }
        *request.headers_mut() = map;
        *request.body_mut() = body.into_body(Arc::clone(watch));
        let mut sent = SentRequest { body_size: size, ..self.record() };
        sent.headers = headers.into_iter().map(|header| header.shown).collect();
        if !sent.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            sent.headers.insert(0, ("Host".to_owned(), fault::host(&self.url)));
        }
        Ok(Opened { request, sent })
    }

    /// Cookies of the jar join the ones of the plan, which win by name.
    fn add_cookies(&self, headers: &mut Vec<Header>, mut cookies: Vec<(String, String)>) {
        let planned = headers.iter().position(|header| header.name == COOKIE);
        let (written, shown) = match planned.map(|index| &headers[index]) {
            Some(header) => (String::from_utf8_lossy(header.value.as_bytes()).into_owned(), header.shown.1.clone()),
            None => (String::new(), String::new()),
        };
        let is_planned = |name: &str| {
            written.split(';').any(|cookie| cookie.trim().split_once('=').is_some_and(|(known, _)| known == name))
        };
        let would_mix = |name: &str| self.has_session_cookies && cookie_mode::is_session_cookie(name);
        cookies.retain(|(name, _)| !is_planned(name) && !would_mix(name));
        if cookies.is_empty() {
            return;
        }
        let join = |first: String, rest: Vec<String>| {
            std::iter::once(first).filter(|first| !first.is_empty()).chain(rest).collect::<Vec<_>>().join("; ")
        };
        let value = join(written, cookies.iter().map(|(name, value)| format!("{name}={value}")).collect());
        let shown = join(shown, cookies.iter().map(|(name, _)| format!("{name}={MASK}")).collect());
        let Ok(mut value) = HeaderValue::from_bytes(value.as_bytes()) else { return };
        value.set_sensitive(true);
        let header = Header { name: COOKIE, value, shown: ("Cookie".to_owned(), shown), is_secret: true };
        match planned {
            Some(index) => headers[index] = header,
            None => headers.push(header),
        }
    }

    /// Turns to where a redirect points. Returns whether credentials were dropped.
    pub(super) fn follow(&mut self, redirect: Redirect) -> bool {
        let mut dropped = false;
        if let Some(digest) = &mut self.digest {
            // An answer is for one URL; the next one is asked for anew.
            digest.answers = 0;
            self.headers.retain(|header| header.name != AUTHORIZATION);
        }
        if redirect.crosses_origin {
            dropped = self.digest.take().is_some();
            self.origin = None;
            self.sessions.clear();
            self.guarded.clear();
            let before = self.headers.len();
            self.headers.retain(|header| !header.must_stay_in_origin());
            dropped |= self.headers.len() < before;
            self.has_session_cookies = false;
            self.headers.retain(|header| header.name != HOST);
        }
        if !redirect.keeps_body {
            self.body = PlannedBody::default();
            let about_body = [CONTENT_TYPE, CONTENT_ENCODING, CONTENT_LENGTH, TRANSFER_ENCODING];
            self.headers.retain(|header| {
                !about_body.contains(&header.name)
                    && header.name != ::http::header::CONTENT_LANGUAGE
                    && header.name != ::http::header::CONTENT_LOCATION
            });
        }
        self.method = redirect.method;
        self.shown_url = plan::url::masked(&redirect.url);
        self.url = redirect.url;
        dropped
    }
}

/// `content-type` as it goes out over HTTP/1: `Content-Type`.
fn title_case(name: &str) -> String {
    let mut starts_word = true;
    let to_title = |c: char| {
        let titled = if starts_word { c.to_ascii_uppercase() } else { c };
        starts_word = c == '-';
        titled
    };
    name.chars().map(to_title).collect()
}

/// A file of the body could not be read to its end; travels through reqwest's error.
#[derive(Debug)]
pub(super) struct UploadFault {
    pub(super) path: PathBuf,
    pub(super) reason: String,
}

impl fmt::Display for UploadFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.path.display(), self.reason)
    }
}

impl std::error::Error for UploadFault {}

/// A body with its files open.
struct OpenBody {
    pieces: VecDeque<OpenPiece>,
    size: u64,
}

enum OpenPiece {
    Bytes(Bytes),
    File { file: File, path: PathBuf, left: u64 },
}

impl OpenBody {
    async fn open(body: &PlannedBody) -> Result<Self, SendError> {
        let mut open = Self { pieces: VecDeque::with_capacity(body.pieces.len()), size: 0 };
        for piece in &body.pieces {
            match piece {
                PlannedPiece::Bytes(bytes) => {
                    open.size += bytes.len() as u64;
                    open.pieces.push_back(OpenPiece::Bytes(bytes.clone()));
                }
                PlannedPiece::File(path) => {
                    let (file, size) =
                        files::open(path).await.map_err(|reason| SendError::File { path: path.clone(), reason })?;
                    open.size += size;
                    open.pieces.push_back(OpenPiece::File { file, path: path.clone(), left: size });
                }
            }
        }
        Ok(open)
    }

    fn into_body(mut self, watch: Arc<Watch>) -> Option<reqwest::Body> {
        if self.size == 0 {
            return None;
        }
        if self.pieces.len() == 1
            && let Some(OpenPiece::Bytes(bytes)) = self.pieces.front_mut().filter(|_| self.size <= PIECE as u64)
        {
            return Some(reqwest::Body::from(std::mem::take(bytes)));
        }
        let stream = stream::try_unfold(self.pieces, move |mut pieces| {
            let watch = Arc::clone(&watch);
            async move {
                watch.touch();
                let piece = next_piece(&mut pieces).await?;
                watch.upload(piece.as_ref().map_or(0, Bytes::len));
                Ok::<_, io::Error>(piece.map(|bytes| (bytes, pieces)))
            }
        });
        Some(reqwest::Body::wrap_stream(stream))
    }
}

/// The next bytes of the body, at most [`PIECE`] of them.
async fn next_piece(pieces: &mut VecDeque<OpenPiece>) -> io::Result<Option<Bytes>> {
    while let Some(piece) = pieces.front_mut() {
        match piece {
            OpenPiece::Bytes(bytes) if bytes.is_empty() => {}
            OpenPiece::Bytes(bytes) => return Ok(Some(bytes.split_to(bytes.len().min(PIECE)))),
            OpenPiece::File { left: 0, .. } => {}
            OpenPiece::File { file, path, left } => {
                let upload = |reason| io::Error::other(UploadFault { path: path.clone(), reason });
                let mut buffer = BytesMut::with_capacity(PIECE);
                let read =
                    file.take(*left).read_buf(&mut buffer).await.map_err(|error| upload(files::plain_words(&error)))?;
                if read == 0 {
                    return Err(upload("it became shorter while it was being sent".to_owned()));
                }
                *left -= read as u64;
                return Ok(Some(buffer.freeze()));
            }
        }
        pieces.pop_front();
    }
    Ok(None)
}
