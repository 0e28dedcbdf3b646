//! The demo's RSA signing keys, their rotation, and the key set document.
//!
//! Making an RSA key takes a good part of a second without optimisation, so keys are made on a blocking thread and
//! kept for the whole process: the first key of every demo is the same, and so is the second, and so on. Tests that
//! start dozens of demos make one key, and the first screen of `bearcat demo` never waits.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::demo::faults::PublishedKeys;

/// Bytes of a 2048-bit modulus.
const MODULUS_LENGTH: usize = 256;
/// The DER of the exponent 65537, with which a PKCS#1 public key ends.
const EXPONENT_DER: [u8; 5] = [0x02, 0x03, 0x01, 0x00, 0x01];

/// One key pair.
pub struct SigningKey {
    pair: KeyPair,
    /// 16 bytes as colon-separated hexadecimal pairs.
    pub id: String,
    /// The modulus, base64url.
    pub modulus: String,
}

impl SigningKey {
    fn generate() -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).expect("RSA key generation has no input that could be wrong");
        let modulus = modulus_of(&pair);
        let id = digest(&SHA256, &modulus).as_ref()[..16]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<Vec<_>>()
            .join(":");
        Self { id, modulus: URL_SAFE_NO_PAD.encode(modulus), pair }
    }

    /// RSASSA-PKCS1-v1_5 with SHA-256 (RS256).
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .expect("the buffer has the length of the modulus");
        signature
    }

    /// The public key as most programs keep it: PEM of `SubjectPublicKeyInfo` (RFC 7468 section 13).
    pub fn pem(&self) -> String {
        let der: PublicKeyX509Der<'_> =
            self.pair.public_key().as_der().expect("the key was made here, so it can be written");
        let text = STANDARD.encode(der.as_ref());
        let lines: Vec<&str> = (0..text.len()).step_by(64).map(|at| &text[at..text.len().min(at + 64)]).collect();
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
    }

    /// Is `signature` one of this key over `message`?
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, self.pair.public_key().as_ref())
            .verify(message, signature)
            .is_ok()
    }

    /// The member of `keys` in a key set, with exactly the members that Kinde's have.
    fn jwk(&self) -> Value {
        json!({ "alg": "RS256", "e": "AQAB", "kid": self.id, "kty": "RSA", "n": self.modulus, "use": "sig" })
    }
}

/// Cuts the modulus out of the PKCS#1 public key: the last [`MODULUS_LENGTH`] bytes before the exponent.
fn modulus_of(pair: &KeyPair) -> Vec<u8> {
    let der = pair.public_key().as_ref();
    let rest = der.strip_suffix(&EXPONENT_DER).expect("the exponent is always 65537");
    rest[rest.len() - MODULUS_LENGTH..].to_vec()
}

/// The keys of this process, made when first asked for.
static POOL: Mutex<Vec<Arc<OnceLock<Arc<SigningKey>>>>> = Mutex::new(Vec::new());

fn slot(index: usize) -> Arc<OnceLock<Arc<SigningKey>>> {
    let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    while pool.len() <= index {
        pool.push(Arc::default());
    }
    Arc::clone(&pool[index])
}

/// The key with this number. Blocks while it is being made.
fn pooled(index: usize) -> Arc<SigningKey> {
    Arc::clone(slot(index).get_or_init(|| Arc::new(SigningKey::generate())))
}

/// The key with this number, made off the runtime's threads if need be.
async fn pooled_async(index: usize) -> Arc<SigningKey> {
    if let Some(key) = slot(index).get() {
        return Arc::clone(key);
    }
    tokio::task::spawn_blocking(move || pooled(index)).await.expect("key generation does not panic")
}

/// The keys of one demo.
#[derive(Debug, Default)]
pub struct KeyRing(Mutex<usize>);

impl KeyRing {
    /// Starts making the first key.
    pub fn warm_up(&self) {
        let index = *self.current_index();
        drop(tokio::task::spawn_blocking(move || pooled(index)));
    }

    /// From now on the next key signs.
    pub fn rotate(&self) {
        *self.current_index() += 1;
    }

    /// The signing key.
    pub async fn current(&self) -> Arc<SigningKey> {
        let index = *self.current_index();
        pooled_async(index).await
    }

    /// The keys that the key set publishes, newest first.
    pub async fn published(&self, published: PublishedKeys) -> Vec<Arc<SigningKey>> {
        let current = *self.current_index();
        let previous = current.checked_sub(1);
        let indexes = match published {
            PublishedKeys::CurrentAndPrevious => vec![Some(current), previous],
            PublishedKeys::CurrentOnly => vec![Some(current)],
            PublishedKeys::WithoutCurrent => vec![previous],
        };
        let mut keys = Vec::new();
        for index in indexes.into_iter().flatten() {
            keys.push(pooled_async(index).await);
        }
        keys
    }

    fn current_index(&self) -> MutexGuard<'_, usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The key set document.
pub fn key_set(keys: &[Arc<SigningKey>]) -> Value {
    json!({ "keys": keys.iter().map(|key| key.jwk()).collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_signs_and_verifies_and_looks_like_kindes() {
        let key = pooled(0);
        let signature = key.sign(b"message");
        assert!(key.verifies(b"message", &signature));
        assert!(!key.verifies(b"massage", &signature));
        assert_eq!(key.id.split(':').count(), 16);
        assert_eq!(URL_SAFE_NO_PAD.decode(&key.modulus).unwrap().len(), MODULUS_LENGTH);
    }

    #[tokio::test]
    async fn rotation_keeps_the_previous_key_published() {
        let ring = KeyRing::default();
        let first = ring.current().await.id.clone();
        ring.rotate();
        let second = ring.current().await.id.clone();
        assert_ne!(first, second);
        let ids = |keys: Vec<Arc<SigningKey>>| keys.iter().map(|key| key.id.clone()).collect::<Vec<_>>();
        assert_eq!(ids(ring.published(PublishedKeys::CurrentAndPrevious).await), [second.clone(), first.clone()]);
        assert_eq!(ids(ring.published(PublishedKeys::CurrentOnly).await), [second]);
        assert_eq!(ids(ring.published(PublishedKeys::WithoutCurrent).await), [first]);
    }
}
