//! Keys and signed tokens for tests of any module; nothing here is compiled into bearcat.
//!
//! Keys are made once per process and kind, because an RSA key takes a good part of a second without optimisation.

use std::sync::LazyLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{self, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair,
    Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384,
    RSA_PSS_SHA512, RsaPublicKeyComponents,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// A key pair of a test issuer.
pub struct TestKey {
    pair: Pair,
    public: Value,
}

enum Pair {
    Rsa(rsa::KeyPair),
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
}

static RSA: LazyLock<TestKey> = LazyLock::new(TestKey::rsa);
static OTHER_RSA: LazyLock<TestKey> = LazyLock::new(TestKey::rsa);
static P256: LazyLock<TestKey> = LazyLock::new(|| TestKey::ec("P-256"));
static P384: LazyLock<TestKey> = LazyLock::new(|| TestKey::ec("P-384"));
static P521: LazyLock<TestKey> = LazyLock::new(|| TestKey::ec("P-521"));
static ED: LazyLock<TestKey> = LazyLock::new(TestKey::ed);

/// The key for this `alg`; all RSA algorithms share one.
pub fn key_for(algorithm: &str) -> &'static TestKey {
    match algorithm {
        "ES256" => &P256,
        "ES384" => &P384,
        "ES512" => &P521,
        "EdDSA" | "Ed25519" => &ED,
        _ => &RSA,
    }
}

/// A second RSA key, for rotation and for forgeries.
pub fn other_rsa_key() -> &'static TestKey {
    &OTHER_RSA
}

/// `{"keys": […]}` as bytes.
pub fn key_set(keys: &[Value]) -> Vec<u8> {
    json!({ "keys": keys }).to_string().into_bytes()
}

/// base64url of some JSON.
pub fn encode(json: &Value) -> String {
    URL_SAFE_NO_PAD.encode(json.to_string())
}

impl TestKey {
    fn rsa() -> Self {
        let pair = rsa::KeyPair::generate(KeySize::Rsa2048).unwrap();
        let parts = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
        let public = json!({"kty": "RSA", "n": URL_SAFE_NO_PAD.encode(parts.n), "e": URL_SAFE_NO_PAD.encode(parts.e)});
        Self { pair: Pair::Rsa(pair), public }
    }

    fn ec(curve: &str) -> Self {
        let pair = EcdsaKeyPair::generate(match curve {
            "P-256" => &ECDSA_P256_SHA256_FIXED_SIGNING,
            "P-384" => &ECDSA_P384_SHA384_FIXED_SIGNING,
            _ => &ECDSA_P521_SHA512_FIXED_SIGNING,
        })
        .unwrap();
        let point = &pair.public_key().as_ref()[1..];
        let (x, y) = point.split_at(point.len() / 2);
        let public = json!({"kty": "EC", "crv": curve, "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y)});
        Self { pair: Pair::Ec(pair), public }
    }

    fn ed() -> Self {
        let pair = Ed25519KeyPair::generate().unwrap();
        let x = URL_SAFE_NO_PAD.encode(pair.public_key());
        Self { pair: Pair::Ed(pair), public: json!({"kty": "OKP", "crv": "Ed25519", "x": x}) }
    }

    /// The public key as a JWK with these members added: `json!({"kid": "a", "use": "sig"})`.
    pub fn jwk(&self, members: &Value) -> Value {
        let mut jwk = self.public.clone();
        for (name, value) in members.as_object().unwrap() {
            jwk[name] = value.clone();
        }
        jwk
    }

    /// A token with this header, signed by its `alg` if this key can, else with 256 zero bytes.
    pub fn token(&self, header: &Value, claims: &Value) -> String {
        self.sign_parts(header["alg"].as_str().unwrap_or_default(), &encode(header), &encode(claims))
    }

    /// The same for parts that are encoded already (odd JSON, duplicates).
    pub fn sign_parts(&self, algorithm: &str, header: &str, claims: &str) -> String {
        let message = format!("{header}.{claims}");
        let signature = URL_SAFE_NO_PAD.encode(self.sign(algorithm, message.as_bytes()));
        format!("{message}.{signature}")
    }

    fn sign(&self, algorithm: &str, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Ec(pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
            Pair::Ed(pair) => pair.sign(message).as_ref().to_vec(),
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                let done = match algorithm {
                    "RS256" => pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature),
                    "RS384" => pair.sign(&RSA_PKCS1_SHA384, &random, message, &mut signature),
                    "RS512" => pair.sign(&RSA_PKCS1_SHA512, &random, message, &mut signature),
                    "PS256" => pair.sign(&RSA_PSS_SHA256, &random, message, &mut signature),
                    "PS384" => pair.sign(&RSA_PSS_SHA384, &random, message, &mut signature),
                    "PS512" => pair.sign(&RSA_PSS_SHA512, &random, message, &mut signature),
                    _ => Ok(()),
                };
                done.unwrap();
                signature
            }
        }
    }
}
