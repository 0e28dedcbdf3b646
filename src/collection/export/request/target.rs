//! Where a request goes: schemes, hosts, and what a URL may not hold as it is.

use std::fmt::Write as _;

use url::Url;

use crate::collection::export::resolve::Text;
use crate::model::identity::is_loopback;

/// The scheme that bearcat would add: `http` on this machine, else `https`.
pub(super) fn missing_scheme(url: &Text) -> Option<&'static str> {
    let leading = url.leading();
    if leading.is_empty() || leading.starts_with('/') || leading.starts_with("{{") {
        return None;
    }
    if let Some((scheme, _)) = leading.split_once("://")
        && !scheme.contains(['/', '?', '#', '.'])
    {
        return None;
    }
    let local = Url::parse(&format!("http://{leading}")).is_ok_and(|url| is_loopback(&url));
    Some(if local { "http://" } else { "https://" })
}

/// Is the host all there, not cut by a variable?
pub(super) fn has_whole_host(text: &str) -> bool {
    text.split_once("://").is_some_and(|(_, rest)| rest.contains(['/', '?']))
}

pub(super) fn has_host(url: &str, host: &str) -> bool {
    let authority = url.split_once("://").map_or("", |(_, rest)| rest.split(['/', '?']).next().unwrap_or_default());
    authority.eq_ignore_ascii_case(host.trim())
}

/// What no URL may hold as it is.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control()
            || matches!(c, ' ' | '"' | '<' | '>' | '`' | '\\' | '^' | '{' | '}' | '|') && !keeps_braces(c, text)
        {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                let _ = write!(out, "%{byte:02X}");
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// `{{name}}` that is kept is no text of the URL.
pub(super) fn keeps_braces(c: char, text: &str) -> bool {
    matches!(c, '{' | '}') && text.contains("{{")
}

/// `%41` is `A`.
pub(super) fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = text.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        match escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                decoded.push(byte);
                at += 3;
            }
            None => {
                decoded.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}
