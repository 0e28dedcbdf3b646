//! From the libraries' errors to a [`TransportFault`] and words for people.
//!
//! The whole chain of causes is looked at, because the kinds of the outer errors say little. Invariant: no URL
//! and no known secret stands in the words.

use std::error::Error;
use std::io;

use rustls::CertificateError;
use url::Url;

use crate::http::engine::SendError;
use crate::http::engine::connect::ConnectTimedOut;
use crate::http::engine::outgoing::UploadFault;
use crate::model::wire::{TransportError, TransportFault};
use crate::redact;

/// Longest message that is kept: part of it may come from a server.
const LONGEST_MESSAGE: usize = 500;

/// An error with words of our own.
pub(crate) fn error(fault: TransportFault, url: &Url, message: &str) -> TransportError {
    TransportError { fault, host: host(url), message: cleaned(message) }
}

/// `host:port`, as the URL has it.
pub(crate) fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// What reqwest's error means.
pub(crate) fn classify(error: &reqwest::Error, url: &Url) -> TransportError {
    TransportError { fault: kind(error), host: host(url), message: words(error) }
}

/// What reqwest's error means when a request with a body was sent.
pub(super) fn of_request(error: &reqwest::Error, url: &Url) -> SendError {
    match find::<UploadFault>(error) {
        Some(upload) => SendError::File { path: upload.path.clone(), reason: upload.reason.clone() },
        None => SendError::Transport(classify(error, url)),
    }
}

/// The kind of fault.
pub(crate) fn kind(error: &reqwest::Error) -> TransportFault {
    if find::<ConnectTimedOut>(error).is_some() || error.is_timeout() {
        return TransportFault::Timeout;
    }
    if error.is_dns() {
        return TransportFault::Dns;
    }
    if find::<rustls::Error>(error).is_some() {
        return TransportFault::Tls;
    }
    if let Some(fault) = causes(error).find_map(|cause| protocol_fault(&cause.to_string())) {
        return fault;
    }
    if error.is_connect() {
        return TransportFault::Connect;
    }
    let was_cut = |kind| {
        use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
        matches!(kind, ConnectionReset | ConnectionAborted | BrokenPipe | UnexpectedEof)
    };
    if causes(error).filter_map(|cause| cause.downcast_ref::<io::Error>()).any(|cause| was_cut(cause.kind())) {
        return TransportFault::Interrupted;
    }
    TransportFault::Other
}

/// hyper and h2 tell their errors apart by text only (`is_parse_too_large` is for servers).
fn protocol_fault(text: &str) -> Option<TransportFault> {
    const WORDS: [(&str, TransportFault); 12] = [
        ("message head is too large", TransportFault::TooLarge),
        ("header list size", TransportFault::TooLarge),
        ("connection closed before message completed", TransportFault::Interrupted),
        ("end of file before message length reached", TransportFault::Interrupted),
        ("unexpected EOF", TransportFault::Interrupted),
        ("stream no longer needed", TransportFault::Interrupted),
        ("invalid HTTP", TransportFault::Malformed),
        ("invalid content-length", TransportFault::Malformed),
        ("unexpected transfer-encoding", TransportFault::Malformed),
        ("Invalid chunk", TransportFault::Malformed),
        ("received unexpected message from connection", TransportFault::Malformed),
        ("http2 error", TransportFault::Interrupted),
    ];
    WORDS.iter().find(|(words, _)| text.contains(words)).map(|(_, fault)| *fault)
}

/// The cause in plain words, without a URL.
pub(crate) fn words(error: &reqwest::Error) -> String {
    if let Some(tls) = find::<rustls::Error>(error) {
        return cleaned(&tls_words(tls));
    }
    if let Some(timeout) = find::<ConnectTimedOut>(error) {
        return timeout.to_string();
    }
    // The outer errors only say that something failed; the first is reqwest's own, which may name the URL.
    let mut parts: Vec<String> = Vec::new();
    for cause in causes(error).skip(1) {
        let text = cause.to_string();
        let is_shell = cause.is::<reqwest::Error>()
            || text.starts_with("client error (")
            || text == "error reading a body from connection";
        if !is_shell && !parts.iter().any(|part| part.contains(&text)) {
            parts.push(text);
        }
    }
    if parts.is_empty() {
        return "the request could not be sent".to_owned();
    }
    cleaned(&parts.join(": "))
}

fn tls_words(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidCertificate(reason) => certificate_words(reason),
        rustls::Error::InvalidMessage(_) => {
            "the server does not speak TLS here; is it http instead of https?".to_owned()
        }
        rustls::Error::AlertReceived(alert) => format!("the server refused the handshake ({alert:?})"),
        other => other.to_string(),
    }
}

fn certificate_words(reason: &CertificateError) -> String {
    match reason {
        CertificateError::UnknownIssuer => {
            "the server's certificate is not signed by an authority that this machine trusts (self-signed, or a \
             private authority)"
                .to_owned()
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            format!("the server's certificate has expired ({reason})")
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            format!("the server's certificate is not valid yet; is this machine's clock right? ({reason})")
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            format!("the server's certificate is for another name ({reason})")
        }
        CertificateError::BadSignature => {
            "the server's certificate is not signed by the authority that it names".to_owned()
        }
        CertificateError::Revoked => "the server's certificate was revoked".to_owned(),
        CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            "the server's certificate is self-signed: it is an authority's own certificate".to_owned()
        }
        other => format!("the server's certificate was refused ({other})"),
    }
}

/// The first cause of this type.
fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    causes(error).find_map(|cause| cause.downcast_ref::<T>())
}

/// The error and its causes. `io::Error` hides what it wraps from `source`.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| {
        let error: &'a (dyn Error + 'static) = *error;
        let wrapped = error.downcast_ref::<io::Error>().and_then(|error| error.get_ref());
        match wrapped {
            Some(wrapped) => Some(wrapped as &(dyn Error + 'static)),
            None => error.source(),
        }
    })
}

fn cleaned(message: &str) -> String {
    let masked = redact::mask(message);
    let cleaned: String =
        masked.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST_MESSAGE + 1).collect();
    match cleaned.char_indices().nth(LONGEST_MESSAGE) {
        Some((end, _)) => format!("{}…", &cleaned[..end]),
        None => cleaned,
    }
}
