//! What a body is: by its bytes first, then by what the server says it is.

use crate::body::image::{self, Image};

/// What a body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// Nothing.
    #[default]
    Empty,
    /// One JSON value.
    Json,
    /// JSON values, one after the other on lines of their own.
    JsonLines,
    /// Server-sent events.
    Events,
    /// XML.
    Xml,
    /// HTML.
    Html,
    /// Any other text.
    Text,
    /// An image that can be recognised.
    Image {
        /// `PNG`, `JPEG`, `GIF`, `WebP`.
        format: &'static str,
        /// Width and height in pixels, where the header tells.
        size: Option<(u32, u32)>,
    },
    /// Anything else.
    Binary,
}

impl Kind {
    /// One or two words for people: `JSON`, `PNG 640 × 480`.
    pub fn label(self) -> String {
        match self {
            Self::Empty => "empty".to_owned(),
            Self::Json => "JSON".to_owned(),
            Self::JsonLines => "JSON lines".to_owned(),
            Self::Events => "events".to_owned(),
            Self::Xml => "XML".to_owned(),
            Self::Html => "HTML".to_owned(),
            Self::Text => "text".to_owned(),
            Self::Image { format, size: Some((width, height)) } => format!("{format} {width} × {height}"),
            Self::Image { format, size: None } => format!("{format} image"),
            Self::Binary => "binary".to_owned(),
        }
    }
}

/// What the server says, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Declared {
    Json,
    JsonLines,
    Events,
    Xml,
    Html,
    Other,
}

/// Bytes that are looked at to tell text from binary.
const SAMPLE: usize = 4096;

/// Of so many bytes of a text, at most one is not text.
const ODD_BYTES: usize = 10;

/// Reads a `Content-Type`.
pub(super) fn declared(content_type: Option<&str>) -> Declared {
    let essence = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match essence.as_str() {
        "application/x-ndjson"
        | "application/ndjson"
        | "application/jsonl"
        | "application/x-jsonlines"
        | "application/jsonlines"
        | "application/json-seq" => Declared::JsonLines,
        "text/event-stream" => Declared::Events,
        "text/html" | "application/xhtml+xml" => Declared::Html,
        "text/xml" | "application/xml" => Declared::Xml,
        json if json.ends_with("/json") || json.ends_with("+json") => Declared::Json,
        xml if xml.ends_with("+xml") => Declared::Xml,
        _ => Declared::Other,
    }
}

/// Does the `Content-Type` say that the body comes piece by piece, each of use by itself: events, JSON lines?
pub fn is_stream(content_type: Option<&str>) -> bool {
    matches!(declared(content_type), Declared::Events | Declared::JsonLines)
}

/// The `charset` of a `Content-Type`.
pub(super) fn charset(content_type: Option<&str>) -> Option<&str> {
    content_type?.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"'))
    })
}

/// The image that the bytes are, as a kind.
pub(super) fn image(bytes: &[u8]) -> Option<Kind> {
    image::sniff(bytes).map(|Image { format, size }| Kind::Image { format, size })
}

/// Is this rather not text?
pub(super) fn looks_binary(bytes: &[u8]) -> bool {
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    let mut odd = 0;
    for (at, byte) in sample.iter().enumerate() {
        match byte {
            0 => return true,
            b'\t' | b'\n' | b'\r' | 0x0c | 0x1b => {}
            ..0x20 | 0x7f => odd += 1,
            // A continuation or lead byte that stands alone.
            0x80.. if std::str::from_utf8(around(sample, at)).is_err() => odd += 1,
            _ => {}
        }
    }
    odd * ODD_BYTES > sample.len()
}

/// The bytes that the character at `at` consists of, if it is one.
fn around(sample: &[u8], at: usize) -> &[u8] {
    let is_lead = |byte: &u8| !matches!(byte, 0x80..0xc0);
    let start = (at.saturating_sub(3)..=at).rev().find(|start| is_lead(&sample[*start])).unwrap_or(at);
    let length = match sample[start] {
        0xc0..0xe0 => 2,
        0xe0..0xf0 => 3,
        0xf0.. => 4,
        _ => 1,
    };
    match sample.get(start..start + length) {
        Some(whole) if start + length > at => whole,
        // Cut by the end of the sample: take it for good.
        None => &[],
        Some(_) => &sample[at..=at],
    }
}

/// What a text without a telling `Content-Type` looks like.
pub(super) fn sniff_text(bytes: &[u8]) -> Kind {
    let start = bytes.trim_ascii_start();
    let begins =
        |prefix: &str| start.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix.as_bytes()));
    match start.first() {
        Some(b'{' | b'[') => Kind::Json,
        Some(b'<') if begins("<!doctype html") || begins("<html") => Kind::Html,
        Some(b'<') if begins("<?xml") => Kind::Xml,
        _ => Kind::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_types_are_read() {
        for (given, expected) in [
            ("application/json", Declared::Json),
            ("Application/Problem+JSON; charset=utf-8", Declared::Json),
            ("application/x-ndjson", Declared::JsonLines),
            ("text/html; charset=\"iso-8859-1\"", Declared::Html),
            ("image/svg+xml", Declared::Xml),
            ("text/plain", Declared::Other),
            ("", Declared::Other),
        ] {
            assert_eq!(declared(Some(given)), expected, "{given}");
        }
        assert_eq!(charset(Some("text/html; x=1; Charset=\"ISO-8859-1\"")), Some("ISO-8859-1"));
        assert_eq!(charset(Some("text/html")), None);
    }

    #[test]
    fn text_is_told_from_binary() {
        assert!(!looks_binary("Grüße, 日本, 👍 \t\r\n".as_bytes()));
        assert!(!looks_binary(b"\x1b[31mred\x1b[0m on a terminal"));
        assert!(!looks_binary(b"caf\xe9 is Latin-1, one odd byte in many"));
        assert!(looks_binary(b"PK\x03\x04\x14\0"));
        assert!(looks_binary(b"\xff\xfe\xfd\xfc\xfb"));
        let cut = "é".repeat(SAMPLE);
        assert!(!looks_binary(&cut.as_bytes()[..SAMPLE - 1]));
    }
}
