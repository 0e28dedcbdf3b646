//! The signature algorithms of RFC 7518 section 3, RFC 8037 and RFC 9864, and the raw signature check.
//!
//! The cryptography is jsonwebtoken's on aws-lc, for its signature check only: names, headers, claims and times are
//! judged by [`super::verify`]. ES512 goes to aws-lc directly, because jsonwebtoken lacks it.

use aws_lc_rs::digest;
use aws_lc_rs::signature::{ECDSA_P521_SHA512_FIXED, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm as Jose, DecodingKey};

use crate::token::jwks::{Curve, Material};

/// An asymmetric signature algorithm that can be checked with a public key set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// The same with SHA-384.
    Rs384,
    /// The same with SHA-512.
    Rs512,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// The same with SHA-384.
    Ps384,
    /// The same with SHA-512.
    Ps512,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// ECDSA on P-521 with SHA-512.
    Es512,
    /// Ed25519, called `EdDSA` by RFC 8037 and `Ed25519` by RFC 9864.
    Ed25519,
}

/// The names of all algorithms, as `alg` writes them.
pub(super) const ALL_NAMES: [&str; 11] =
    ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"];

impl Algorithm {
    /// Names are compared exactly (RFC 7515 section 4.1.1).
    pub(super) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "RS256" => Self::Rs256,
            "RS384" => Self::Rs384,
            "RS512" => Self::Rs512,
            "PS256" => Self::Ps256,
            "PS384" => Self::Ps384,
            "PS512" => Self::Ps512,
            "ES256" => Self::Es256,
            "ES384" => Self::Es384,
            "ES512" => Self::Es512,
            "EdDSA" | "Ed25519" => Self::Ed25519,
            _ => return None,
        })
    }

    /// Can a key of this material have made such a signature?
    pub(super) const fn fits(self, material: &Material) -> bool {
        match self {
            Self::Rs256 | Self::Rs384 | Self::Rs512 | Self::Ps256 | Self::Ps384 | Self::Ps512 => {
                matches!(material, Material::Rsa { .. })
            }
            Self::Es256 => matches!(material, Material::Ec { curve: Curve::P256, .. }),
            Self::Es384 => matches!(material, Material::Ec { curve: Curve::P384, .. }),
            Self::Es512 => matches!(material, Material::Ec { curve: Curve::P521, .. }),
            Self::Ed25519 => matches!(material, Material::Ed25519(_)),
        }
    }

    /// The hash of `at_hash`: that of the signature algorithm (OIDC Core 3.1.3.6); SHA-512 inside Ed25519.
    pub(super) fn digest(self) -> &'static digest::Algorithm {
        match self {
            Self::Rs256 | Self::Ps256 | Self::Es256 => &digest::SHA256,
            Self::Rs384 | Self::Ps384 | Self::Es384 => &digest::SHA384,
            Self::Rs512 | Self::Ps512 | Self::Es512 | Self::Ed25519 => &digest::SHA512,
        }
    }

    /// Does `signature` (base64url) belong to `message` under this key? A key of another kind answers no.
    pub(super) fn verifies(self, material: &Material, message: &[u8], signature: &str) -> bool {
        let jose = match self {
            Self::Rs256 => Jose::RS256,
            Self::Rs384 => Jose::RS384,
            Self::Rs512 => Jose::RS512,
            Self::Ps256 => Jose::PS256,
            Self::Ps384 => Jose::PS384,
            Self::Ps512 => Jose::PS512,
            Self::Es256 => Jose::ES256,
            Self::Es384 => Jose::ES384,
            Self::Es512 => return self.fits(material) && verifies_es512(material, message, signature),
            Self::Ed25519 => Jose::EdDSA,
        };
        if !self.fits(material) {
            return false;
        }
        let key = match material {
            Material::Rsa { modulus, exponent } => DecodingKey::from_rsa_raw_components(modulus, exponent),
            // An uncompressed point is what aws-lc takes here, whatever the function is called.
            Material::Ec { point, .. } => DecodingKey::from_ec_der(point),
            Material::Ed25519(bytes) => DecodingKey::from_ed_der(bytes),
        };
        jsonwebtoken::crypto::verify(signature, message, &key, jose).unwrap_or(false)
    }
}

fn verifies_es512(material: &Material, message: &[u8], signature: &str) -> bool {
    let (Material::Ec { point, .. }, Ok(signature)) = (material, URL_SAFE_NO_PAD.decode(signature)) else {
        return false;
    };
    UnparsedPublicKey::new(&ECDSA_P521_SHA512_FIXED, point).verify(message, &signature).is_ok()
}
