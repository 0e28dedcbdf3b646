//! How tokens are spoilt: signature, `kid`, and any claim.
//!
//! `Faults` has one for each kind of token; the default is an honest token.

use serde_json::{Map, Value};

/// How tokens of a kind are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SignatureFault {
    /// RS256 with the published key.
    #[default]
    Honest,
    /// RS256, but some bits of the signature are flipped.
    Tampered,
    /// `alg: none` with an empty signature.
    AlgNone,
    /// HS256 with the client's secret as the key (the client id where there is no secret).
    Hs256WithSecret,
    /// HS256 with the published public key's modulus as the key.
    Hs256WithPublicKey,
    /// A correct ES256 signature of a key that is not published, under the published key's `kid`.
    Es256,
}

/// What the `kid` of tokens says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum KeyIdFault {
    /// The id of the signing key.
    #[default]
    Honest,
    /// No `kid` at all.
    Absent,
    /// The id of a key that nobody publishes.
    Unknown,
}

/// How tokens of one kind are spoilt.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TokenFault {
    /// The signature.
    pub signature: SignatureFault,
    /// The `kid`.
    pub key_id: KeyIdFault,
    /// Claims to add or replace, after all others are known: `nonce`, `at_hash`, `iss`, `sub` …
    pub set: Map<String, Value>,
    /// Claims to leave out.
    pub remove: Vec<String>,
}

impl TokenFault {
    /// Only this claim is wrong.
    pub fn setting(claim: &str, value: impl Into<Value>) -> Self {
        Self { set: Map::from_iter([(claim.to_owned(), value.into())]), ..Self::default() }
    }

    /// Only this claim is missing.
    pub fn removing(claim: &str) -> Self {
        Self { remove: vec![claim.to_owned()], ..Self::default() }
    }

    /// Only the signature is wrong.
    pub fn signed(signature: SignatureFault) -> Self {
        Self { signature, ..Self::default() }
    }

    /// Only the `kid` is wrong.
    pub fn key_id(key_id: KeyIdFault) -> Self {
        Self { key_id, ..Self::default() }
    }
}
