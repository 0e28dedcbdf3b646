//! The URL of a curl command, lenient as curl is.
//!
//! Called by [`request`](super::request).

use crate::collection::draft::{DraftRow, RowShape, Sensitivity};
use crate::collection::import::secret::is_secret_variable;
use crate::collection::import::text::is_placeholder;

/// A URL, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// Without what stands in the other fields.
    pub url: String,
    /// The query, if all of it has names, or if a secret is in it.
    pub query: Vec<DraftRow>,
    /// User and password before the host.
    pub user: Option<(String, String)>,
    /// Was there something after `#`?
    pub has_fragment: bool,
}

/// Takes a URL apart; the error is its scheme, which bearcat does not speak.
pub(super) fn read(text: &str) -> Result<Target, String> {
    let mut url = clean(text.trim());
    if !url.starts_with("{{") {
        match url.split_once("://") {
            Some((scheme, rest)) if is_scheme(scheme) => {
                let scheme = scheme.to_ascii_lowercase();
                if scheme != "http" && scheme != "https" {
                    return Err(scheme);
                }
                url = format!("{scheme}://{rest}");
            }
            _ => url = format!("http://{}", url.trim_start_matches('/')),
        }
    }
    let mut target = Target { url, query: Vec::new(), user: None, has_fragment: false };
    if let Some(at) = target.url.find('#') {
        target.has_fragment = true;
        target.url.truncate(at);
    }
    take_user(&mut target);
    if let Some((url, query)) = target.url.split_once('?') {
        let rows = rows(query);
        let are_whole = query.split('&').all(|pair| !pair.is_empty() && !pair.starts_with('='));
        if !query.is_empty() && (are_whole || rows.iter().any(|row| row.sensitivity == Sensitivity::Secret)) {
            let url = url.to_owned();
            target.query = rows;
            target.url = url;
        }
    }
    Ok(target)
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

fn take_user(target: &mut Target) {
    let Some(start) = target.url.find("://").map(|at| at + 3) else { return };
    let end = target.url[start..].find(['/', '?']).map_or(target.url.len(), |at| start + at);
    let Some(at) = target.url[start..end].rfind('@') else { return };
    let user = target.url[start..start + at].to_owned();
    let (name, password) = user.split_once(':').unwrap_or((&user, ""));
    let plain = |text: &str| decode(&text.replace('+', "%2B")).unwrap_or_else(|| text.to_owned());
    target.user = Some((plain(name), plain(password)));
    target.url.replace_range(start..=start + at, "");
}

/// The rows of a query, as they go over the wire.
pub(super) fn rows(query: &str) -> Vec<DraftRow> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let Some((name, value)) = pair.split_once('=') else { return bare(pair) };
            let mut row = DraftRow::new(name, value);
            if is_secret_variable(name, value) && !is_placeholder(value) {
                row.sensitivity = Sensitivity::Secret;
            }
            row
        })
        .collect()
}

/// Does curl make several URLs of this: `{a,b}`, `[1-3]`?
pub(super) fn has_glob(url: &str) -> bool {
    let plain = url.replace("{{", "").replace("}}", "");
    let has_set = plain.split_once('{').is_some_and(|(_, rest)| rest.contains('}'));
    let after_host = plain.find("://[").map_or(0, |at| plain[at..].find(']').map_or(at, |end| at + end + 1));
    let has_range = plain[after_host..].split_once('[').and_then(|(_, rest)| rest.split_once(']'));
    has_set || has_range.is_some_and(|(range, _)| range.contains('-'))
}

/// Blanks and control characters percent-encoded; they would end the URL.
pub(super) fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if rest.starts_with("{{")
            && let Some(close) = rest.find("}}")
        {
            clean.push_str(&rest[..close + 2]);
            rest = &rest[close + 2..];
            continue;
        }
        if c.is_whitespace() || c.is_control() {
            encode_into(&mut clean, c);
        } else {
            clean.push(c);
        }
        rest = &rest[c.len_utf8()..];
    }
    clean
}

/// Everything but the unreserved characters of RFC 3986 percent-encoded; placeholders stay.
pub(super) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(inner) = rest.strip_prefix("{{")
            && let Some(close) = inner.find("}}")
        {
            // `{{%name}}` is encoded when it is filled.
            let percent = if inner.starts_with('%') { "" } else { "%" };
            encoded.extend(["{{", percent, &inner[..close], "}}"]);
            rest = &inner[close + 2..];
            continue;
        }
        if c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~') {
            encoded.push(c);
        } else {
            encode_into(&mut encoded, c);
        }
        rest = &rest[c.len_utf8()..];
    }
    encoded
}

fn encode_into(out: &mut String, c: char) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in c.encode_utf8(&mut [0; 4]).bytes() {
        out.extend(['%', char::from(HEX[usize::from(byte >> 4)]), char::from(HEX[usize::from(byte & 15)])]);
    }
}

/// Percent-decodes, `+` being a blank; `None`: not exactly an encoded text.
pub(super) fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let (high, low) = (rest.next()?, rest.next()?);
                let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
                bytes.push(digit(high)? << 4 | digit(low)?);
            }
            byte => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).ok()
}

/// A parameter without `=`.
fn bare(name: &str) -> DraftRow {
    DraftRow { shape: RowShape::Bare, ..DraftRow::new(name, "") }
}
