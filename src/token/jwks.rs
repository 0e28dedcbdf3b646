//! JSON Web Key Sets (RFC 7517), read leniently: a key that bearcat cannot use is kept with the reason, so that
//! one odd key never makes a provider's whole set unreadable.
//!
//! `auth` fetches and caches the bytes; [`super::verify`] picks the key.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, ED25519, ParsedPublicKey,
    VerificationAlgorithm,
};
use serde_json::{Map, Value};

use crate::model::problem::{Problem, ProblemKind};
use crate::token::algorithm::Algorithm;
use crate::token::decode;
use crate::token::text;

/// Why a text is not a key set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    /// More than [`KeySet::MAX_SIZE`] bytes.
    #[error("the key set is larger than {} KiB", KeySet::MAX_SIZE / 1024)]
    TooLarge,
    /// More than [`KeySet::MAX_KEYS`] keys.
    #[error("the key set has {0} keys, more than the {max} that bearcat reads", max = KeySet::MAX_KEYS)]
    TooManyKeys(usize),
    /// Not a JSON object: an HTML error page, say. Completes `the key set …`.
    #[error("the key set {0}")]
    NotJson(String),
    /// JSON, but no object with an array `keys`.
    #[error("the answer is JSON, but no key set: it has no array `keys`")]
    NoKeys,
}

impl KeySetError {
    /// The same for people.
    pub fn problem(&self) -> Problem {
        Problem::new(ProblemKind::SignIn, "The provider's key set cannot be read")
            .detail(self.to_string())
            .hint("Is `jwks_uri` of the discovery document right? Kinde serves the keys at `/.well-known/jwks`")
    }
}

/// A provider's public keys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeySet {
    keys: Vec<Key>,
}

/// One key of a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// `kid`; any text.
    pub id: Option<String>,
    /// `kty`: `RSA`, `EC`, `OKP` …
    pub kind: String,
    /// `alg`, where the provider ties the key to one algorithm.
    pub algorithm: Option<String>,
    /// `use`: `sig` or `enc`.
    pub usage: Option<String>,
    /// The key itself, or why bearcat cannot verify signatures with it.
    material: Result<Material, String>,
}

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Material {
    /// RSA, big-endian numbers without leading zeros.
    Rsa {
        /// `n`.
        modulus: Vec<u8>,
        /// `e`.
        exponent: Vec<u8>,
    },
    /// A point of an elliptic curve, uncompressed.
    Ec {
        /// `crv`.
        curve: Curve,
        /// 4, `x`, `y`.
        point: Vec<u8>,
    },
    /// Ed25519.
    Ed25519(Vec<u8>),
}

/// The curves of RFC 7518 section 6.2.1.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Curve {
    /// NIST P-256.
    P256,
    /// NIST P-384.
    P384,
    /// NIST P-521.
    P521,
}

impl KeySet {
    /// The largest document that is read.
    pub const MAX_SIZE: usize = 1024 * 1024;
    /// The most keys that are read.
    pub const MAX_KEYS: usize = 500;

    /// Reads a key set; a single key on its own counts as a set of one.
    pub fn parse(bytes: &[u8]) -> Result<Self, KeySetError> {
        if bytes.len() > Self::MAX_SIZE {
            return Err(KeySetError::TooLarge);
        }
        let document = decode::json_object(bytes).map_err(KeySetError::NotJson)?.members;
        let keys = match document.get("keys") {
            Some(Value::Array(keys)) if keys.len() > Self::MAX_KEYS => {
                return Err(KeySetError::TooManyKeys(keys.len()));
            }
            Some(Value::Array(keys)) => keys.iter().map(Key::read).collect(),
            None if document.contains_key("kty") => vec![Key::read_members(&document)],
            _ => return Err(KeySetError::NoKeys),
        };
        Ok(Self { keys })
    }

    /// All keys, usable or not, in the order of the document.
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// The first key with this `kid`. A token whose `kid` is not found is worth one refetch.
    pub fn find(&self, id: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.id.as_deref() == Some(id))
    }
}

impl Key {
    /// Why bearcat cannot verify signatures with this key; `None`: it can.
    pub fn unusable(&self) -> Option<&str> {
        self.material.as_ref().err().map(String::as_str)
    }

    /// Modulus and exponent of an RSA key, big-endian without leading zeros.
    pub fn rsa(&self) -> Option<(&[u8], &[u8])> {
        match &self.material {
            Ok(Material::Rsa { modulus, exponent }) => Some((modulus, exponent)),
            _ => None,
        }
    }

    /// The key, if it may verify a signature of this algorithm; else why not, completing `the key …`.
    pub(super) fn material_for(&self, algorithm: Algorithm) -> Result<&Material, String> {
        let material = self.material.as_ref().map_err(Clone::clone)?;
        if !algorithm.fits(material) {
            return Err(format!("is of another kind ({})", text::quoted(&self.kind)));
        }
        match self.algorithm.as_deref() {
            Some(own) if Algorithm::parse(own) != Some(algorithm) => {
                Err(format!("is for the algorithm {} only", text::quoted(own)))
            }
            _ => Ok(material),
        }
    }

    /// A few words to recognise it by.
    pub(super) fn label(&self) -> String {
        match &self.id {
            Some(id) => text::quoted(id),
            None => format!("{} without `kid`", text::quoted(&self.kind)),
        }
    }

    fn read(value: &Value) -> Self {
        match value {
            Value::Object(members) => Self::read_members(members),
            _ => Self {
                id: None,
                kind: String::new(),
                algorithm: None,
                usage: None,
                material: Err("is not a JSON object".to_owned()),
            },
        }
    }

    fn read_members(members: &Map<String, Value>) -> Self {
        let text_of = |name| members.get(name).and_then(Value::as_str).map(str::to_owned);
        Self {
            id: text_of("kid"),
            kind: text_of("kty").unwrap_or_default(),
            algorithm: text_of("alg"),
            usage: text_of("use"),
            material: read_material(members),
        }
    }
}

/// The public key of a JWK; the error completes `the key …`.
fn read_material(members: &Map<String, Value>) -> Result<Material, String> {
    if let Some(usage) = members.get("use").filter(|usage| usage.as_str() != Some("sig")) {
        return Err(format!("is not for signatures (`use` is {})", text::quoted(usage.as_str().unwrap_or("no text"))));
    }
    if let Some(operations) = members.get("key_ops") {
        let operations = operations.as_array().map(Vec::as_slice).unwrap_or_default();
        if !operations.iter().any(|operation| operation.as_str() == Some("verify")) {
            return Err("is not for verifying (`key_ops` lacks `verify`)".to_owned());
        }
    }
    match members.get("kty").and_then(Value::as_str) {
        Some("RSA") => read_rsa(members),
        Some("EC") => read_ec(members),
        Some("OKP") => read_okp(members),
        Some("oct") => Err("is a shared secret, which has no place in a public key set".to_owned()),
        Some(other) => Err(format!("has the kind {}, which bearcat does not know", text::quoted(other))),
        None => Err("has no `kty`".to_owned()),
    }
}

fn number(members: &Map<String, Value>, name: &str) -> Result<Vec<u8>, String> {
    let encoded = members.get(name).and_then(Value::as_str).ok_or_else(|| format!("has no `{name}`"))?;
    let (bytes, _) = decode::base64url(encoded).map_err(|why| format!("cannot be read: `{name}` {why}"))?;
    Ok(bytes)
}

fn read_rsa(members: &Map<String, Value>) -> Result<Material, String> {
    let significant = |bytes: Vec<u8>| bytes.into_iter().skip_while(|byte| *byte == 0).collect::<Vec<u8>>();
    let modulus = significant(number(members, "n")?);
    let exponent = significant(number(members, "e")?);
    let bits = modulus.first().map_or(0, |first| modulus.len() * 8 - first.leading_zeros() as usize);
    if bits < 2048 {
        return Err(format!("has only {bits} bits; RSA keys need 2048 (RFC 7518 section 3.3)"));
    }
    if bits > 8192 {
        return Err(format!("has {bits} bits, more than the 8192 that bearcat can use"));
    }
    if exponent.is_empty() || exponent.len() > 8 {
        return Err("has an impossible exponent".to_owned());
    }
    Ok(Material::Rsa { modulus, exponent })
}

fn read_ec(members: &Map<String, Value>) -> Result<Material, String> {
    let (curve, length, rules): (_, _, &'static dyn VerificationAlgorithm) =
        match members.get("crv").and_then(Value::as_str).unwrap_or_default() {
            "P-256" => (Curve::P256, 32, &ECDSA_P256_SHA256_FIXED),
            "P-384" => (Curve::P384, 48, &ECDSA_P384_SHA384_FIXED),
            "P-521" => (Curve::P521, 66, &ECDSA_P521_SHA512_FIXED),
            other => return Err(format!("is on the curve {}, which bearcat does not know", text::quoted(other))),
        };
    let mut point = vec![4];
    for name in ["x", "y"] {
        let coordinate = number(members, name)?;
        if coordinate.len() > length {
            return Err(format!("cannot be read: `{name}` is too long"));
        }
        // RFC 7518 section 6.2.1.2 wants the full length; some providers drop leading zeros.
        point.resize(point.len() + length - coordinate.len(), 0);
        point.extend(coordinate);
    }
    checked(rules, &point)?;
    Ok(Material::Ec { curve, point })
}

fn read_okp(members: &Map<String, Value>) -> Result<Material, String> {
    match members.get("crv").and_then(Value::as_str).unwrap_or_default() {
        "Ed25519" => {
            let bytes = number(members, "x")?;
            checked(&ED25519, &bytes)?;
            Ok(Material::Ed25519(bytes))
        }
        other => Err(format!("is on the curve {}, which bearcat does not know", text::quoted(other))),
    }
}

fn checked(rules: &'static dyn VerificationAlgorithm, bytes: &[u8]) -> Result<(), String> {
    ParsedPublicKey::new(rules, bytes).map(drop).map_err(|_| "is no point of its curve".to_owned())
}

#[cfg(test)]
mod tests;
