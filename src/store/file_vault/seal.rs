//! The format of the encrypted file: bytes in, bytes out, no files here.
//!
//! ```text
//! 8   "BEARCAT" and the version, 1
//! 4   Argon2id memory in KiB   } little endian; bounded when read, because a foreign
//! 4   Argon2id passes          } file must not be able to take all memory or time
//! 4   Argon2id lanes           }
//! 16  salt
//! 16  check: a hash of the second half of the derived bytes
//! 12  nonce, fresh for every write
//! …   ChaCha20-Poly1305 of the content with the first half; all bytes before are authenticated with it
//! ```
//!
//! The check tells a wrong passphrase from a damaged file. It helps nobody to guess: each guess costs the
//! same Argon2id run as without it.

use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::{constant_time, rand};
use zeroize::Zeroizing;

use crate::model::port::VaultError;
use crate::redact::Passphrase;

const MAGIC: &[u8; 8] = b"BEARCAT\x01";
const SALT_LEN: usize = 16;
const CHECK_LEN: usize = 16;
const KEY_LEN: usize = 32;
const COSTS_END: usize = MAGIC.len() + 12;
const SALT_END: usize = COSTS_END + SALT_LEN;
const CHECK_END: usize = SALT_END + CHECK_LEN;
const HEADER_LEN: usize = CHECK_END + NONCE_LEN;

/// What Argon2id costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Costs {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl Costs {
    /// The second recommendation of RFC 9106 section 4 (64 MiB, 3 passes), on one lane because the
    /// implementation uses one thread.
    pub(super) const RECOMMENDED: Self = Self { memory_kib: 64 * 1024, passes: 3, lanes: 1 };

    /// As little as Argon2 allows, for tests.
    #[cfg(test)]
    pub(super) const LEAST: Self = Self { memory_kib: 8, passes: 1, lanes: 1 };

    /// What bearcat is willing to spend on a file that says so.
    const MOST: Self = Self { memory_kib: 1024 * 1024, passes: 64, lanes: 16 };

    fn are_bearable(self) -> bool {
        self.memory_kib <= Self::MOST.memory_kib && self.passes <= Self::MOST.passes && self.lanes <= Self::MOST.lanes
    }
}

/// A key made from a passphrase; deriving it is slow on purpose, so it is kept.
pub(super) struct DerivedKey {
    costs: Costs,
    salt: [u8; SALT_LEN],
    check: [u8; CHECK_LEN],
    key: LessSafeKey,
}

impl DerivedKey {
    /// A key for a new file.
    pub(super) fn new(passphrase: &Passphrase, costs: Costs) -> Result<Self, VaultError> {
        let mut salt = [0; SALT_LEN];
        random(&mut salt)?;
        Self::derive(passphrase, costs, salt)
    }

    /// The key of `file`. Not yet checked: [`Self::open`] does that.
    pub(super) fn of(passphrase: &Passphrase, file: &[u8]) -> Result<Self, VaultError> {
        let (costs, salt) = read_header(file)?;
        Self::derive(passphrase, costs, salt)
    }

    /// Was `file` sealed with this salt and these costs, so that this key can be used for it?
    pub(super) fn fits(&self, file: &[u8]) -> bool {
        read_header(file).is_ok_and(|header| header == (self.costs, self.salt))
    }

    fn derive(passphrase: &Passphrase, costs: Costs, salt: [u8; SALT_LEN]) -> Result<Self, VaultError> {
        let mut derived = Zeroizing::new([0; 2 * KEY_LEN]);
        Params::new(costs.memory_kib, costs.passes, costs.lanes, Some(derived.len()))
            .map(|params| Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
            .and_then(|argon2| argon2.hash_password_into(passphrase.expose().as_bytes(), &salt, derived.as_mut_slice()))
            .map_err(|_| damaged("its key derivation parameters make no sense"))?;
        let (key, rest) = derived.split_at(KEY_LEN);
        let mut check = [0; CHECK_LEN];
        check.copy_from_slice(&digest(&SHA256, rest).as_ref()[..CHECK_LEN]);
        let key = UnboundKey::new(&CHACHA20_POLY1305, key).map_err(|_| crypto_failed())?;
        Ok(Self { costs, salt, check, key: LessSafeKey::new(key) })
    }

    /// The file for `content`.
    pub(super) fn seal(&self, content: &[u8]) -> Result<Vec<u8>, VaultError> {
        let mut nonce = [0; NONCE_LEN];
        random(&mut nonce)?;
        let mut header = Vec::with_capacity(HEADER_LEN);
        header.extend_from_slice(MAGIC);
        for cost in [self.costs.memory_kib, self.costs.passes, self.costs.lanes] {
            header.extend_from_slice(&cost.to_le_bytes());
        }
        header.extend_from_slice(&self.salt);
        header.extend_from_slice(&self.check);
        header.extend_from_slice(&nonce);

        // Room for the tag at once: growing would leave a copy of the content behind.
        let mut sealed = Zeroizing::new(Vec::with_capacity(content.len() + CHACHA20_POLY1305.tag_len()));
        sealed.extend_from_slice(content);
        let nonce = Nonce::assume_unique_for_key(nonce);
        self.key.seal_in_place_append_tag(nonce, Aad::from(&header), &mut *sealed).map_err(|_| crypto_failed())?;
        header.extend_from_slice(&sealed);
        Ok(header)
    }

    /// The content of `file`.
    pub(super) fn open(&self, file: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        if !self.fits(file) {
            return Err(damaged("its header has changed"));
        }
        let (header, sealed) = file.split_at(HEADER_LEN);
        constant_time::verify_slices_are_equal(&header[SALT_END..CHECK_END], &self.check)
            .map_err(|_| VaultError::WrongPassphrase)?;
        let nonce = Nonce::try_assume_unique_for_key(&header[CHECK_END..]).map_err(|_| crypto_failed())?;
        let mut content = Zeroizing::new(sealed.to_vec());
        let length = self
            .key
            .open_in_place(nonce, Aad::from(header), &mut content)
            .map_err(|_| damaged("it was changed after it was written"))?
            .len();
        content.truncate(length);
        Ok(content)
    }
}

fn read_header(file: &[u8]) -> Result<(Costs, [u8; SALT_LEN]), VaultError> {
    if !file.starts_with(MAGIC) {
        return Err(damaged("it is not a vault of this version of bearcat"));
    }
    if file.len() < HEADER_LEN + CHACHA20_POLY1305.tag_len() {
        return Err(damaged("it is cut short"));
    }
    let cost = |index: usize| {
        let at = MAGIC.len() + 4 * index;
        let mut bytes = [0; 4];
        bytes.copy_from_slice(&file[at..at + 4]);
        u32::from_le_bytes(bytes)
    };
    let costs = Costs { memory_kib: cost(0), passes: cost(1), lanes: cost(2) };
    if !costs.are_bearable() {
        return Err(damaged("its key derivation would take too much"));
    }
    let mut salt = [0; SALT_LEN];
    salt.copy_from_slice(&file[COSTS_END..SALT_END]);
    Ok((costs, salt))
}

fn damaged(what: &str) -> VaultError {
    VaultError::Damaged(format!("the vault file cannot be read: {what}"))
}

fn crypto_failed() -> VaultError {
    VaultError::Other("the encryption library failed".to_owned())
}

fn random(bytes: &mut [u8]) -> Result<(), VaultError> {
    rand::fill(bytes).map_err(|_| VaultError::Other("the system has no random numbers".to_owned()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn passphrase(text: &str) -> Passphrase {
        Passphrase::new(text)
    }

    fn sealed(content: &[u8]) -> Vec<u8> {
        DerivedKey::new(&passphrase("right one"), Costs::LEAST).unwrap().seal(content).unwrap()
    }

    fn open_with(text: &str, file: &[u8]) -> Result<Vec<u8>, VaultError> {
        DerivedKey::of(&passphrase(text), file)?.open(file).map(|content| content.to_vec())
    }

    #[test]
    fn opens_with_the_passphrase_only() {
        let file = sealed(b"content of the vault");
        assert_eq!(open_with("right one", &file), Ok(b"content of the vault".to_vec()));
        assert_eq!(open_with("wrong one", &file), Err(VaultError::WrongPassphrase));
        assert_eq!(open_with("", &file), Err(VaultError::WrongPassphrase));
        assert!(!file.windows(7).any(|window| window == b"content"));
    }

    #[test]
    fn every_write_differs() {
        let key = DerivedKey::new(&passphrase("right one"), Costs::LEAST).unwrap();
        let (one, two) = (key.seal(b"same").unwrap(), key.seal(b"same").unwrap());
        assert_ne!(one[CHECK_END..HEADER_LEN], two[CHECK_END..HEADER_LEN]);
        assert_ne!(one[HEADER_LEN..], two[HEADER_LEN..]);
    }

    #[test]
    fn a_change_of_any_byte_is_found_out() {
        let file = sealed(b"some content");
        for at in 0..file.len() {
            for bits in [1, 0x80] {
                let mut changed = file.clone();
                changed[at] ^= bits;
                // Higher costs would be paid before the check; that they are bounded is tested below.
                if read_header(&changed).is_ok_and(|(costs, _)| costs.memory_kib > 1024) {
                    continue;
                }
                let error = open_with("right one", &changed).unwrap_err();
                let salt_or_check = (MAGIC.len()..CHECK_END).contains(&at);
                assert_eq!(error == VaultError::WrongPassphrase, salt_or_check && !is_damaged(&error), "{at}: {error}");
                assert!(is_damaged(&error) || error == VaultError::WrongPassphrase, "{at}: {error}");
                assert!(at < CHECK_END || is_damaged(&error), "{at}: {error}");
            }
        }
    }

    fn is_damaged(error: &VaultError) -> bool {
        matches!(error, VaultError::Damaged(_))
    }

    #[test]
    fn a_cut_at_any_place_is_found_out() {
        let file = sealed(b"some content");
        for length in 0..file.len() {
            let error = open_with("right one", &file[..length]).unwrap_err();
            assert!(is_damaged(&error), "{length}: {error}");
        }
    }

    #[rstest]
    #[case::memory(0, u32::MAX)]
    #[case::passes(1, 65)]
    #[case::lanes(2, 17)]
    #[case::no_memory(0, 0)]
    #[case::no_pass(1, 0)]
    #[case::no_lane(2, 0)]
    fn costs_that_are_no_costs_are_refused_before_they_are_paid(#[case] index: usize, #[case] cost: u32) {
        let mut file = sealed(b"");
        file[MAGIC.len() + 4 * index..][..4].copy_from_slice(&cost.to_le_bytes());
        assert!(is_damaged(&open_with("right one", &file).unwrap_err()));
    }

    proptest! {
        #[test]
        fn any_bytes_are_no_vault(mut file in prop::collection::vec(any::<u8>(), 0..200), starts_well: bool) {
            if starts_well && file.len() > COSTS_END {
                file[..8].copy_from_slice(MAGIC);
                file[8..COSTS_END].copy_from_slice(&[8, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0]);
            }
            prop_assert!(open_with("right one", &file).is_err());
        }
    }
}
