//! Keys and signed tokens. RSA keys are slow to make, so the process makes each once.

use std::sync::{Arc, LazyLock};

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

/// A key of the provider.
pub struct SigningKey {
    pub id: String,
    pair: Pair,
}

enum Pair {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
}

fn rsa(id: &str) -> Arc<SigningKey> {
    Arc::new(SigningKey { id: id.to_owned(), pair: Pair::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).unwrap()) })
}

/// The provider's first RSA key.
pub static FIRST: LazyLock<Arc<SigningKey>> = LazyLock::new(|| rsa("4c:fa:9e:01"));
/// The key that it changes to.
pub static SECOND: LazyLock<Arc<SigningKey>> = LazyLock::new(|| rsa("4c:fa:9e:02"));
/// An EC key.
pub static EC: LazyLock<Arc<SigningKey>> = LazyLock::new(|| {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    Arc::new(SigningKey { id: "ec-1".to_owned(), pair: Pair::Ec(pair) })
});

impl SigningKey {
    pub fn algorithm(&self) -> &'static str {
        match self.pair {
            Pair::Rsa(_) => "RS256",
            Pair::Ec(_) => "ES256",
        }
    }

    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).unwrap();
                signature
            }
            Pair::Ec(pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
        }
    }

    pub fn jwk(&self) -> Value {
        match &self.pair {
            Pair::Rsa(pair) => {
                // PKCS#1: the modulus stands right before the five bytes of the exponent 65537.
                let der = pair.public_key().as_ref();
                let end = der.len() - 5;
                let modulus = URL_SAFE_NO_PAD.encode(&der[end - 256..end]);
                json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.id, "e": "AQAB", "n": modulus })
            }
            Pair::Ec(pair) => {
                let point = pair.public_key().as_ref();
                let number = |range: std::ops::Range<usize>| URL_SAFE_NO_PAD.encode(&point[range]);
                json!({
                    "kty": "EC", "use": "sig", "alg": "ES256", "kid": self.id,
                    "crv": "P-256", "x": number(1..33), "y": number(33..65),
                })
            }
        }
    }

    /// The public key in DER: what an attacker would use as an HMAC secret.
    pub fn public_der(&self) -> Vec<u8> {
        match &self.pair {
            Pair::Rsa(pair) => pair.public_key().as_der().unwrap().as_ref().to_vec(),
            Pair::Ec(pair) => pair.public_key().as_der().unwrap().as_ref().to_vec(),
        }
    }
}

/// A JWS in compact form, signed by `sign`.
pub fn compact(header: &Value, claims: &Map<String, Value>, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let part = |value: &[u8]| URL_SAFE_NO_PAD.encode(value);
    let claims = Value::Object(claims.clone());
    let input = format!("{}.{}", part(header.to_string().as_bytes()), part(claims.to_string().as_bytes()));
    let signature = part(&sign(input.as_bytes()));
    format!("{input}.{signature}")
}

/// HS256.
pub fn hmac_sha256(secret: &[u8], message: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message).as_ref().to_vec()
}
