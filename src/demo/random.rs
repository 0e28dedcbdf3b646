//! Random texts in the shapes that Kinde gives them: codes, tokens, identifiers.

use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Random bytes.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut buffer = [0; N];
    rand::fill(&mut buffer).expect("the operating system gives random bytes");
    buffer
}

/// `N` random bytes as base64url.
pub fn base64url<const N: usize>() -> String {
    URL_SAFE_NO_PAD.encode(bytes::<N>())
}

/// `N` random bytes as hexadecimal digits.
pub fn hex<const N: usize>() -> String {
    to_hex(&bytes::<N>())
}

/// Bytes as hexadecimal digits.
pub fn to_hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A version 4 UUID, for `jti`.
pub fn uuid() -> String {
    let mut raw = bytes::<16>();
    raw[6] = (raw[6] & 0x0f) | 0x40;
    raw[8] = (raw[8] & 0x3f) | 0x80;
    let text = to_hex(&raw);
    format!("{}-{}-{}-{}-{}", &text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..])
}

/// Eight capital letters without vowels (no words by accident), as a person types them.
pub fn user_code() -> String {
    const LETTERS: &[u8] = b"BCDFGHJKLMNPQRSTVWXZ";
    bytes::<8>().iter().map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()])).collect()
}

/// An authorisation code: two base64url parts joined by a dot.
pub fn authorization_code() -> String {
    format!("{}.{}", base64url::<24>(), base64url::<32>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        assert_eq!(uuid().len(), 36);
        assert_eq!(uuid().as_bytes()[14], b'4');
        assert!(user_code().len() == 8 && user_code().bytes().all(|byte| byte.is_ascii_uppercase()));
        assert_eq!(authorization_code().matches('.').count(), 1);
        assert_ne!(hex::<16>(), hex::<16>());
    }
}
