//! Type and size of an image, read from its first bytes.

/// An image format and, where its header tells, its size in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Image {
    /// `PNG`, `JPEG`, `GIF`, `WebP`.
    pub format: &'static str,
    /// Width and height.
    pub size: Option<(u32, u32)>,
}

/// The image that `bytes` begin, if they begin one.
pub fn sniff(bytes: &[u8]) -> Option<Image> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Some(Image { format: "PNG", size: png(bytes) });
    }
    if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
        return Some(Image { format: "GIF", size: pair(little_16(bytes, 6), little_16(bytes, 8)) });
    }
    if bytes.starts_with(b"\xff\xd8\xff") {
        return Some(Image { format: "JPEG", size: jpeg(bytes) });
    }
    if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        return Some(Image { format: "WebP", size: webp(bytes) });
    }
    None
}

fn png(bytes: &[u8]) -> Option<(u32, u32)> {
    let header = bytes.get(12..24).filter(|header| header.starts_with(b"IHDR"))?;
    let word = |at: usize| header.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes);
    pair(word(4), word(8))
}

/// Walks over the segments to the frame header, which has the size.
fn jpeg(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2;
    while bytes.get(at) == Some(&0xff) {
        let marker = *bytes.get(at + 1)?;
        if marker == 0xff {
            at += 1;
            continue;
        }
        let is_frame = matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc);
        if is_frame {
            return pair(big_16(bytes, at + 7), big_16(bytes, at + 5));
        }
        let stands_alone = matches!(marker, 0x01 | 0xd0..=0xd8);
        at += if stands_alone { 2 } else { 2 + big_16(bytes, at + 2)? as usize };
    }
    None
}

fn webp(bytes: &[u8]) -> Option<(u32, u32)> {
    match bytes.get(12..16)? {
        b"VP8 " => {
            let side = |at| little_16(bytes, at).map(|side| side & 0x3fff);
            pair(side(26), side(28))
        }
        b"VP8L" => {
            let bits = u32::from_le_bytes(bytes.get(21..25)?.try_into().ok()?);
            Some(((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1))
        }
        b"VP8X" => {
            let side = |at: usize| {
                let raw = bytes.get(at..at + 3)?;
                Some(u32::from_le_bytes([raw[0], raw[1], raw[2], 0]) + 1)
            };
            pair(side(24), side(27))
        }
        _ => None,
    }
}

fn pair(width: Option<u32>, height: Option<u32>) -> Option<(u32, u32)> {
    width.zip(height)
}

fn little_16(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 2)?.try_into().ok().map(|raw| u32::from(u16::from_le_bytes(raw)))
}

fn big_16(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 2)?.try_into().ok().map(|raw| u32::from(u16::from_be_bytes(raw)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn size(bytes: &[u8]) -> Option<(&'static str, Option<(u32, u32)>)> {
        sniff(bytes).map(|image| (image.format, image.size))
    }

    #[test]
    fn sizes_are_read_from_the_headers() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x02\x80\0\0\x01\xe0\x08\x06";
        assert_eq!(size(png), Some(("PNG", Some((640, 480)))));
        assert_eq!(size(b"GIF89a\x10\x00\x20\x00"), Some(("GIF", Some((16, 32)))));
        let jpeg = b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x11\x08\0\x30\0\x40\x03";
        assert_eq!(size(jpeg), Some(("JPEG", Some((64, 48)))));
        let vp8x = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x7f\0\0\x3f\0\0";
        assert_eq!(size(vp8x), Some(("WebP", Some((128, 64)))));
        let vp8l = b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f\x07\xc0\x03\0";
        assert_eq!(size(vp8l), Some(("WebP", Some((8, 16)))));
        let vp8 = b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x40\x01\xf0\x00";
        assert_eq!(size(vp8), Some(("WebP", Some((320, 240)))));
    }

    #[test]
    fn cut_headers_have_no_size() {
        assert_eq!(size(b"\x89PNG\r\n\x1a\n\0\0"), Some(("PNG", None)));
        assert_eq!(size(b"\xff\xd8\xff\xe0\0\x00"), Some(("JPEG", None)));
        assert_eq!(size(b"BM"), None);
    }

    proptest! {
        #[test]
        fn any_header_is_survived(tail in proptest::collection::vec(any::<u8>(), 0..64)) {
            for head in [&b"\x89PNG\r\n\x1a\n"[..], b"GIF89a", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBPVP8 ", b"RIFF\0\0\0\0WEBPVP8X"] {
                sniff(&[head, &tail].concat());
            }
        }
    }
}
