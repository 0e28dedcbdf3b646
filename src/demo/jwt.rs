//! Writing tokens, honestly or as a fault says, and reading them back with the demo's own verifier.
//!
//! The verifier is the demo API's and knows nothing of bearcat's: the two must not share a mistake.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use crate::demo::keys::SigningKey;
use crate::demo::token_fault::{KeyIdFault, SignatureFault, TokenFault};

/// The claims of a token.
pub type Claims = Map<String, Value>;

/// The `kid` of a key that nobody publishes.
const UNKNOWN_KEY_ID: &str = "00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff";

/// Signs `claims` as `fault` says; `hmac_secret` is what an HS256 fault signs with.
pub fn write(mut claims: Claims, key: &SigningKey, fault: &TokenFault, hmac_secret: &str) -> String {
    for (claim, value) in &fault.set {
        claims.insert(claim.clone(), value.clone());
    }
    for claim in &fault.remove {
        claims.shift_remove(claim);
    }
    let algorithm = match fault.signature {
        SignatureFault::Honest | SignatureFault::Tampered => "RS256",
        SignatureFault::AlgNone => "none",
        SignatureFault::Hs256WithSecret | SignatureFault::Hs256WithPublicKey => "HS256",
        SignatureFault::Es256 => "ES256",
    };
    let mut header = json!({ "alg": algorithm, "typ": "JWT" });
    match fault.key_id {
        KeyIdFault::Honest => header["kid"] = json!(key.id),
        KeyIdFault::Absent => {}
        KeyIdFault::Unknown => header["kid"] = json!(UNKNOWN_KEY_ID),
    }
    let input = format!("{}.{}", encode(&header), encode(&Value::Object(claims)));
    let signature = match fault.signature {
        SignatureFault::Honest => key.sign(input.as_bytes()),
        SignatureFault::Tampered => tampered(key.sign(input.as_bytes())),
        SignatureFault::AlgNone => Vec::new(),
        SignatureFault::Hs256WithSecret => hmac_sha256(hmac_secret, &input),
        SignatureFault::Hs256WithPublicKey => hmac_sha256(&key.modulus, &input),
        SignatureFault::Es256 => es256(input.as_bytes()),
    };
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn tampered(mut signature: Vec<u8>) -> Vec<u8> {
    if let Some(byte) = signature.get_mut(10) {
        *byte ^= 0x5a;
    }
    signature
}

fn hmac_sha256(secret: &str, input: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), input.as_bytes()).as_ref().to_vec()
}

fn es256(input: &[u8]) -> Vec<u8> {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("P-256 is a known curve");
    pair.sign(&SystemRandom::new(), input).expect("signing has no input that could be wrong").as_ref().to_vec()
}

/// `at_hash` of an access token (OIDC Core section 3.1.3.6): the left half of its SHA-256.
pub fn half_hash(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(&sha256(token)[..16])
}

/// The SHA-256 of a text.
pub fn sha256(text: &str) -> Vec<u8> {
    digest(&SHA256, text.as_bytes()).as_ref().to_vec()
}

/// The PKCE challenge of a verifier (RFC 7636 section 4.2).
pub fn challenge_of(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(sha256(verifier))
}

/// Why a token does not verify.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Not three base64url parts with JSON objects in the first two.
    Malformed,
    /// Another `alg` than RS256.
    Algorithm,
    /// No published key has this `kid`.
    UnknownKey,
    /// The signature does not fit.
    Signature,
    /// `exp` has passed, or there is none.
    Expired,
    /// `iss` is another.
    Issuer,
    /// `aud` does not hold the audience.
    Audience,
    /// `iat` or `nbf` lies in the future.
    NotYet,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "The token is not a JWT",
            Self::Algorithm => "The token's algorithm is not RS256",
            Self::UnknownKey => "The signature key was not found",
            Self::Signature => "The signature is invalid",
            Self::Expired => "The token expired",
            Self::Issuer => "The issuer is invalid",
            Self::Audience => "The audience is invalid",
            Self::NotYet => "The token is used before it was issued",
        })
    }
}

/// A token taken apart, nothing verified.
pub struct Parsed {
    /// The header.
    pub header: Claims,
    /// The claims.
    pub claims: Claims,
    input: String,
    signature: Vec<u8>,
}

/// Takes a token apart.
pub fn parse(token: &str) -> Result<Parsed, Refusal> {
    let mut parts = token.split('.');
    let (Some(header), Some(claims), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Refusal::Malformed);
    };
    let object = |part: &str| match URL_SAFE_NO_PAD.decode(part).map(|bytes| serde_json::from_slice(&bytes)) {
        Ok(Ok(Value::Object(object))) => Ok(object),
        _ => Err(Refusal::Malformed),
    };
    Ok(Parsed {
        header: object(header)?,
        claims: object(claims)?,
        input: format!("{header}.{claims}"),
        signature: URL_SAFE_NO_PAD.decode(signature).map_err(|_| Refusal::Malformed)?,
    })
}

impl Parsed {
    fn algorithm(&self) -> Option<&str> {
        self.header.get("alg").and_then(Value::as_str)
    }

    /// Verifies an RS256 signature with the published keys, and nothing else.
    pub fn verify_signature(&self, keys: &[Arc<SigningKey>]) -> Result<(), Refusal> {
        if self.algorithm() != Some("RS256") {
            return Err(Refusal::Algorithm);
        }
        let key_id = self.header.get("kid").and_then(Value::as_str);
        let key = keys.iter().find(|key| Some(key.id.as_str()) == key_id).ok_or(Refusal::UnknownKey)?;
        if !key.verifies(self.input.as_bytes(), &self.signature) {
            return Err(Refusal::Signature);
        }
        Ok(())
    }

    /// Verifies an HS256 signature: the mistake of kinde.md 8.3, where the client secret is taken for the key.
    pub fn verify_hs256(&self, secret: &str) -> Result<(), Refusal> {
        if self.algorithm() != Some("HS256") {
            return Err(Refusal::Algorithm);
        }
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        hmac::verify(&key, self.input.as_bytes(), &self.signature).map_err(|_| Refusal::Signature)
    }

    /// Verifies an RS256 signature with any RSA key: for an API that believes the key in the token.
    pub fn verifies_with(&self, modulus: &[u8], exponent: &[u8]) -> bool {
        let key = RsaPublicKeyComponents { n: modulus, e: exponent };
        key.verify(&RSA_PKCS1_2048_8192_SHA256, self.input.as_bytes(), &self.signature).is_ok()
    }

    /// Checks `exp`, `nbf` and `iat` against `now` in seconds: no leeway for the past, a minute for the future.
    pub fn verify_times(&self, now: i64) -> Result<(), Refusal> {
        const LEEWAY: i64 = 60;
        if self.seconds("exp").is_none_or(|expires| expires <= now) {
            return Err(Refusal::Expired);
        }
        let is_early = |claim| self.seconds(claim).is_some_and(|from| from > now + LEEWAY);
        if is_early("nbf") || is_early("iat") {
            return Err(Refusal::NotYet);
        }
        Ok(())
    }

    /// Checks `iss` against the issuers that are trusted.
    pub fn verify_issuer(&self, trusted: &[&str]) -> Result<(), Refusal> {
        let issuer = self.text("iss").unwrap_or_default();
        if trusted.contains(&issuer) { Ok(()) } else { Err(Refusal::Issuer) }
    }

    /// Checks that `aud`, one text or many, holds `audience`.
    pub fn verify_audience(&self, audience: &str) -> Result<(), Refusal> {
        let holds = match self.claims.get("aud") {
            Some(Value::String(one)) => one == audience,
            Some(Value::Array(many)) => many.iter().any(|value| value == audience),
            _ => false,
        };
        if holds { Ok(()) } else { Err(Refusal::Audience) }
    }

    /// A claim that is a text.
    pub fn text(&self, claim: &str) -> Option<&str> {
        self.claims.get(claim).and_then(Value::as_str)
    }

    /// A claim that is a number of seconds.
    pub fn seconds(&self, claim: &str) -> Option<i64> {
        self.claims.get(claim).and_then(Value::as_i64)
    }

    /// Do `permissions`, `scope` or `scp` hold this key (kinde.md row 37: one has to look in all three)?
    pub fn grants(&self, key: &str) -> bool {
        let in_array = |claim| {
            self.claims.get(claim).and_then(Value::as_array).is_some_and(|array| array.iter().any(|value| value == key))
        };
        in_array("permissions")
            || in_array("scp")
            || self.text("scope").is_some_and(|scope| scope.split(' ').any(|value| value == key))
    }
}
