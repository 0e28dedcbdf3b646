//! A QR code as a PNG data URI: the non-standard `qr_code` member of Kinde's device answer.
//!
//! Grey, one bit per pixel, stored without compression: a few hundred bytes, and no image library.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use qrcode::{Color, QrCode};

/// Pixels per module.
const SCALE: usize = 4;
/// White modules around the code, as the standard asks for.
const QUIET: usize = 4;

/// `data:image/png;base64,…` of the QR code of `text`; `None` if the text is too long for one.
pub fn qr_data_uri(text: &str) -> Option<String> {
    let code = QrCode::new(text).ok()?;
    let modules = code.width();
    let side = (modules + 2 * QUIET) * SCALE;
    let is_dark = |x: usize, y: usize| {
        let inside = |pixel: usize| (pixel / SCALE).checked_sub(QUIET).filter(|module| *module < modules);
        inside(x).zip(inside(y)).is_some_and(|position| code[position] == Color::Dark)
    };
    let mut rows = Vec::with_capacity(side * (side / 8 + 2));
    for y in 0..side {
        rows.push(0); // filter type: none
        for byte in 0..side.div_ceil(8) {
            let pixels = (0..8).map(|bit| byte * 8 + bit);
            rows.push(pixels.fold(0, |value, x| (value << 1) | u8::from(x < side && !is_dark(x, y))));
        }
    }
    Some(format!("data:image/png;base64,{}", STANDARD.encode(png(side as u32, &rows))))
}

fn png(side: u32, rows: &[u8]) -> Vec<u8> {
    let mut header = Vec::new();
    header.extend(side.to_be_bytes());
    header.extend(side.to_be_bytes());
    header.extend([1, 0, 0, 0, 0]); // one bit, grey, deflate, adaptive filters, not interlaced
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut out, *b"IHDR", &header);
    chunk(&mut out, *b"IDAT", &zlib_stored(rows));
    chunk(&mut out, *b"IEND", &[]);
    out
}

fn chunk(out: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    out.extend((data.len() as u32).to_be_bytes());
    let start = out.len();
    out.extend(kind);
    out.extend(data);
    let checksum = crc32(&out[start..]);
    out.extend(checksum.to_be_bytes());
}

/// A zlib stream of stored blocks (RFC 1950, RFC 1951 section 3.2.4).
fn zlib_stored(data: &[u8]) -> Vec<u8> {
    let mut out = vec![0x78, 0x01];
    let blocks = data.chunks(usize::from(u16::MAX));
    let last = blocks.len().saturating_sub(1);
    for (index, block) in blocks.enumerate() {
        let length = block.len() as u16;
        out.push(u8::from(index == last));
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend(block);
    }
    out.extend(adler32(data).to_be_bytes());
    out
}

fn adler32(data: &[u8]) -> u32 {
    let (low, high) = data.iter().fold((1_u32, 0_u32), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % 65_521;
        (low, (high + low) % 65_521)
    });
    (high << 16) | low
}

fn crc32(data: &[u8]) -> u32 {
    !data.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_fit_their_test_vectors() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(adler32(b"Wikipedia"), 0x11e6_0398);
    }

    #[test]
    fn a_code_becomes_a_square_png() {
        let uri = qr_data_uri("http://127.0.0.1:4000/device?user_code=BCDFGHJK").unwrap();
        let bytes = STANDARD.decode(uri.strip_prefix("data:image/png;base64,").unwrap()).unwrap();
        assert!(bytes.starts_with(b"\x89PNG\r\n\x1a\n"));
        assert_eq!(bytes[16..20], bytes[20..24], "width and height");
        assert!(bytes.ends_with(b"IEND\xaeB`\x82"));
        assert_eq!(qr_data_uri(&"x".repeat(5_000)), None);
    }
}
