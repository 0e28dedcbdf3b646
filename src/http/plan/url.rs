//! From the filled text of the request line to a URL.

use url::Url;

use crate::http::plan::error::PlanError;
use crate::http::plan::header;
use crate::http::plan::place::Places;
use crate::http::plan::texts::Texts;
use crate::http::plan::{PlanInput, PlannedHeader};
use crate::model::identity::is_loopback;
use crate::redact::{self, MASK};

/// What stands for a secret in a URL: the usual mask would be percent-encoded.
const URL_MASK: &str = "***";

/// The URL of a request.
pub(super) struct Target {
    pub(super) url: Url,
    /// With secrets masked.
    pub(super) shown: Url,
}

/// The URL; user name and password in it become an `Authorization` header.
pub(super) fn target(
    input: &PlanInput<'_>,
    texts: &Texts,
    places: &Places<'_>,
    headers: &mut Vec<PlannedHeader>,
) -> Result<Target, PlanError> {
    let place = || places.of(&input.block.url);
    let host = header::find(headers, "host").map(|header| header.value.expose().to_owned());
    let parse = |text: &str| parse(text, host.as_deref());
    let mut url = parse(&texts.url.text).map_err(|reason| PlanError::BadUrl {
        url: redact::mask(texts.url.shown.trim()).into_owned(),
        reason,
        place: place(),
    })?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(PlanError::UnsupportedScheme { scheme: url.scheme().to_owned(), place: place() });
    }
    url.set_fragment(None);
    let mut shown = if texts.url.secret {
        parse(&texts.url.shown.replace(MASK, URL_MASK)).unwrap_or_else(|_| hidden())
    } else {
        url.clone()
    };
    shown.set_fragment(None);
    if let Some((user, password)) = take_user(&mut url) {
        take_user(&mut shown);
        if header::find(headers, "authorization").is_none() {
            let value = header::basic(&user, &password);
            headers.push(header::added("Authorization", value, format!("Basic {MASK}"))?);
        }
    }
    Ok(Target { shown: masked(&shown), url })
}

/// Hides known secrets in a URL.
pub(crate) fn masked(url: &Url) -> Url {
    match redact::mask(url.as_str()) {
        std::borrow::Cow::Borrowed(_) => url.clone(),
        std::borrow::Cow::Owned(text) => Url::parse(&text.replace(MASK, URL_MASK)).unwrap_or_else(|_| hidden()),
    }
}

/// What stands for a URL whose masked text is none.
fn hidden() -> Url {
    Url::parse("https://hidden.invalid/").expect("a constant that is a URL")
}

/// Reads what stands in a request line; `host`: the `Host` header, for a path alone. The error completes `the URL …`.
pub(crate) fn parse(text: &str, host: Option<&str>) -> Result<Url, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("it is empty".to_owned());
    }
    let words = |error: url::ParseError| match error {
        url::ParseError::EmptyHost => "it has no host".to_owned(),
        other => other.to_string(),
    };
    if text.contains("://") && !text.starts_with('/') {
        // A `://` that only stands in the query belongs to a URL without a scheme.
        let scheme = text.split("://").next().unwrap_or_default();
        if !scheme.contains(['/', '?', '#', '.']) {
            return Url::parse(text).map_err(words);
        }
    }
    let without_scheme = match (text.strip_prefix('/'), host) {
        (Some(_), Some(host)) => format!("{}{text}", host.trim()),
        (Some(_), None) => return Err("it has no host; write the whole URL, or a `Host` header".to_owned()),
        (None, _) => text.to_owned(),
    };
    let local = Url::parse(&format!("http://{without_scheme}")).map_err(words)?;
    if is_loopback(&local) { Ok(local) } else { Url::parse(&format!("https://{without_scheme}")).map_err(words) }
}

fn take_user(url: &mut Url) -> Option<(String, String)> {
    if url.username().is_empty() && url.password().is_none() {
        return None;
    }
    let user = percent_decode(url.username());
    let password = percent_decode(url.password().unwrap_or_default());
    // Both only fail for URLs without a host, and http URLs have one.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    Some((user, password))
}

/// Undoes percent-encoding (RFC 3986 section 2.1); what is none stays, what is no UTF-8 is replaced.
pub(crate) fn percent_decode(text: &str) -> String {
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
