//! Fixed-length names and checksums for what the store keeps.

use std::fmt::Write;

use aws_lc_rs::digest::{SHA256, digest};

use crate::model::session::SessionKey;

/// The SHA-256 of `bytes` as 64 hex digits.
pub(super) fn sha256_hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(64);
    for byte in digest(&SHA256, bytes).as_ref() {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// A name for `key`: the same for the same key, different for any other, safe in file and entry names.
///
/// The identity's name comes first as far as it is plain, so that a person who looks into the keyring knows
/// what it is; the hash after it tells keys apart. Each part's length goes into the hash, because parts may
/// hold any separator.
pub(super) fn session_name(key: &SessionKey) -> String {
    let mut hashed = Vec::new();
    for part in [key.issuer.as_str(), key.client_id.as_str(), key.identity.as_str()] {
        hashed.extend_from_slice(&(part.len() as u64).to_le_bytes());
        hashed.extend_from_slice(part.as_bytes());
    }
    let readable: String =
        key.identity.as_str().chars().filter(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c)).take(40).collect();
    format!("{readable}~{}", &sha256_hex(&hashed)[..32])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::identity::IdentityName;

    fn name(issuer: &str, client_id: &str, identity: &str) -> String {
        session_name(&SessionKey {
            issuer: issuer.to_owned(),
            client_id: client_id.to_owned(),
            identity: IdentityName::new(identity),
        })
    }

    #[test]
    fn matches_a_known_vector() {
        assert_eq!(sha256_hex(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn parts_cannot_run_into_each_other() {
        let names = [name("a", "b", "c"), name("a~b", "", "c"), name("a", "", "b~c"), name("", "ab", "c")];
        for (index, one) in names.iter().enumerate() {
            assert!(names.iter().skip(index + 1).all(|other| other != one), "{names:?}");
        }
    }

    #[test]
    fn names_are_plain_and_short() {
        let name = name("https://x", "y", &format!("jane doe/../{}é", "z".repeat(500)));
        assert!(name.starts_with("janedoe..zzz"), "{name}");
        assert!(name.len() <= 73 && name.is_ascii() && !name.contains('/'), "{name}");
    }
}
