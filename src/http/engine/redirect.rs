//! Where a redirect leads, and what may go there (RFC 9110 section 15.4).

use ::http::header::LOCATION;
use ::http::{HeaderMap, Method, StatusCode};
use url::Url;

use crate::http::engine::outgoing::Outgoing;
use crate::http::plan::url::percent_decode;
use crate::redact;

/// The next hop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Redirect {
    pub(super) url: Url,
    pub(super) method: Method,
    pub(super) keeps_body: bool,
    /// Scheme, host or port is another.
    pub(super) crosses_origin: bool,
}

/// The hop that a response asks for. `None`: it is no redirect, or none that is followed: without a usable
/// `Location`, or one that would carry a secret, in the body or in the URL, to another origin.
pub(super) fn next(outgoing: &Outgoing, status: StatusCode, headers: &HeaderMap) -> Option<Redirect> {
    let (method, keeps_body) = method(status, &outgoing.method)?;
    let location = headers.get(LOCATION)?;
    let location = String::from_utf8_lossy(location.as_bytes());
    let mut url = outgoing.url.join(location.trim()).ok()?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
        return None;
    }
    url.set_fragment(None);
    // A server must not choose the credentials that we send.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    let crosses_origin = url.origin() != outgoing.url.origin();
    if crosses_origin && (keeps_body && outgoing.has_secret_body() || has_secret(&url)) {
        return None;
    }
    Some(Redirect { url, method, keeps_body, crosses_origin })
}

/// Does the URL hold a secret, as it is or percent-encoded?
fn has_secret(url: &Url) -> bool {
    let decoded = percent_decode(url.as_str());
    redact::mask(url.as_str()) != url.as_str() || redact::mask(&decoded) != decoded
}

/// The method of the next hop, and whether the body goes with it.
fn method(status: StatusCode, method: &Method) -> Option<(Method, bool)> {
    match status.as_u16() {
        301 | 302 if *method == Method::POST => Some((Method::GET, false)),
        301 | 302 | 307 | 308 => Some((method.clone(), true)),
        303 if *method == Method::HEAD => Some((Method::HEAD, false)),
        303 => Some((Method::GET, false)),
        _ => None,
    }
}
