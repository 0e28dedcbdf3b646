//! From the bytes of a response to text: character set, and what kind of content it is.
//!
//! Called by the viewer, the findings and `send`. Pure and lenient: any bytes give some text.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// How many bytes are looked at to tell text from binary.
const SNIFFED: usize = 1024;

/// What a body holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ContentKind {
    /// `application/json` and everything with `+json`.
    Json,
    /// One JSON value per line.
    JsonLines,
    /// Server-sent events.
    EventStream,
    /// HTML.
    Html,
    /// XML.
    Xml,
    /// Any other text.
    Text,
    /// An image.
    Image,
    /// Anything else.
    Binary,
}

impl ContentKind {
    /// Can it be shown as text?
    pub const fn is_text(self) -> bool {
        !matches!(self, Self::Image | Self::Binary)
    }
}

/// Decoded text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// The text, without a byte order mark.
    pub text: Cow<'a, str>,
    /// The name of the encoding that was used: `UTF-8`, `windows-1252`.
    pub encoding: &'static str,
    /// Some bytes were no text in this encoding and stand as `�`.
    pub lossy: bool,
}

/// The media type without parameters, in lower case: `text/html`.
pub fn essence(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// A parameter of a media type: `charset`, `boundary`.
pub fn parameter<'a>(content_type: &'a str, name: &str) -> Option<&'a str> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (key, value) = parameter.split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"'))
    })
}

/// Does the media type say JSON?
pub fn is_json(content_type: &str) -> bool {
    let essence = essence(content_type);
    matches!(essence.as_str(), "application/json" | "text/json") || essence.ends_with("+json")
}

/// Does the media type say HTML?
pub fn is_html(content_type: &str) -> bool {
    matches!(essence(content_type).as_str(), "text/html" | "application/xhtml+xml")
}

/// What the body is: by its media type, else by its first bytes.
pub fn kind(content_type: Option<&str>, bytes: &[u8]) -> ContentKind {
    let content_type = content_type.unwrap_or_default();
    let essence = essence(content_type);
    match essence.as_str() {
        _ if is_json(content_type) => ContentKind::Json,
        _ if is_html(content_type) => ContentKind::Html,
        "application/x-ndjson" | "application/jsonl" | "application/x-jsonlines" | "application/json-seq" => {
            ContentKind::JsonLines
        }
        "text/event-stream" => ContentKind::EventStream,
        "application/xml" | "text/xml" => ContentKind::Xml,
        _ if essence.ends_with("+xml") && essence != "image/svg+xml" => ContentKind::Xml,
        "image/svg+xml" => ContentKind::Xml,
        _ if essence.starts_with("image/") => ContentKind::Image,
        "application/javascript"
        | "application/x-www-form-urlencoded"
        | "application/graphql"
        | "application/yaml"
        | "application/toml"
        | "application/jwt" => ContentKind::Text,
        _ if essence.starts_with("text/") => ContentKind::Text,
        _ => sniffed(bytes),
    }
}

/// The bytes as text: by a byte order mark, else the charset of the media type, else UTF-8, else windows-1252.
pub fn decode<'a>(bytes: &'a [u8], content_type: Option<&str>) -> Decoded<'a> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return decoded(encoding, &bytes[mark..]);
    }
    let named = content_type
        .and_then(|content_type| parameter(content_type, "charset"))
        .and_then(|label| Encoding::for_label(label.as_bytes()));
    if let Some(encoding) = named {
        return decoded(encoding, bytes);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Decoded { text: Cow::Borrowed(text), encoding: UTF_8.name(), lossy: false };
    }
    // JSON is UTF-8 by definition (RFC 8259); for other text the web's fallback reads better.
    let is_json = content_type.is_some_and(is_json);
    decoded(if is_json || looks_utf8(bytes) { UTF_8 } else { encoding_rs::WINDOWS_1252 }, bytes)
}

fn decoded<'a>(encoding: &'static Encoding, bytes: &'a [u8]) -> Decoded<'a> {
    let (text, lossy) = encoding.decode_without_bom_handling(bytes);
    Decoded { text, encoding: encoding.name(), lossy }
}

/// UTF-8 with a few bad bytes, or cut in the middle of a character: more good multi-byte characters than bad ones.
fn looks_utf8(bytes: &[u8]) -> bool {
    let (mut good, mut bad) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    good >= bad
}

fn sniffed(bytes: &[u8]) -> ContentKind {
    if Encoding::for_bom(bytes).is_some_and(|(encoding, _)| [UTF_16LE, UTF_16BE, UTF_8].contains(&encoding)) {
        return ContentKind::Text;
    }
    let head = &bytes[..bytes.len().min(SNIFFED)];
    if head.iter().any(|byte| *byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b)) {
        return ContentKind::Binary;
    }
    let text = head.trim_ascii_start();
    let starts = |prefix: &[u8]| text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    match text.first() {
        Some(b'{' | b'[') => ContentKind::Json,
        Some(b'<') if starts(b"<!doctype html") || starts(b"<html") => ContentKind::Html,
        Some(b'<') if starts(b"<?xml") => ContentKind::Xml,
        _ if looks_utf8(head) => ContentKind::Text,
        _ => ContentKind::Binary,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("application/json; charset=utf-8", b"", ContentKind::Json)]
    #[case("application/problem+json", b"", ContentKind::Json)]
    #[case("application/x-ndjson", b"", ContentKind::JsonLines)]
    #[case("text/event-stream", b"", ContentKind::EventStream)]
    #[case("TEXT/HTML", b"{}", ContentKind::Html)]
    #[case("image/svg+xml", b"", ContentKind::Xml)]
    #[case("application/atom+xml", b"", ContentKind::Xml)]
    #[case("image/png", b"", ContentKind::Image)]
    #[case("text/csv", b"", ContentKind::Text)]
    #[case("", b" \n{\"a\":1}", ContentKind::Json)]
    #[case("", b"<!DOCTYPE HTML><p>", ContentKind::Html)]
    #[case("application/octet-stream", b"<?xml version='1.0'?>", ContentKind::Xml)]
    #[case("application/octet-stream", b"\x00\x01", ContentKind::Binary)]
    #[case("", b"plain words", ContentKind::Text)]
    #[case("", b"", ContentKind::Text)]
    fn kinds(#[case] content_type: &str, #[case] bytes: &[u8], #[case] expected: ContentKind) {
        assert_eq!(kind(Some(content_type).filter(|text| !text.is_empty()), bytes), expected);
    }

    #[rstest]
    #[case(None, b"caf\xc3\xa9", "café", "UTF-8", false)]
    #[case(None, b"caf\xe9", "café", "windows-1252", false)]
    #[case(None, b"\xef\xbb\xbfa", "a", "UTF-8", false)]
    #[case(None, b"\xff\xfea\0", "a", "UTF-16LE", false)]
    #[case(Some("text/plain; charset=\"ISO-8859-1\""), b"\xe9", "é", "windows-1252", false)]
    #[case(Some("text/plain; charset=shift_jis"), b"\x82\xa0", "あ", "Shift_JIS", false)]
    #[case(Some("text/plain; charset=none-such"), b"a", "a", "UTF-8", false)]
    #[case(Some("application/json"), b"\"\xe9\"", "\"\u{fffd}\"", "UTF-8", true)]
    #[case(None, "ääää\u{fffd}".as_bytes().split_last().unwrap().1, "ääää\u{fffd}", "UTF-8", true)]
    fn decoding(
        #[case] content_type: Option<&str>,
        #[case] bytes: &[u8],
        #[case] text: &str,
        #[case] encoding: &str,
        #[case] lossy: bool,
    ) {
        let found = decode(bytes, content_type);
        assert_eq!((found.text.as_ref(), found.encoding, found.lossy), (text, encoding, lossy));
    }

    #[test]
    fn parameters() {
        assert_eq!(parameter("multipart/form-data; Boundary=\"a b\"; x=1", "boundary"), Some("a b"));
        assert_eq!(parameter("text/plain", "charset"), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_some_text(content_type in "\\PC{0,30}", bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            decode(&bytes, Some(&content_type));
            kind(Some(&content_type), &bytes);
        }
    }
}
