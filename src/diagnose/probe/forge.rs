//! Makes the tokens of the probes from a good one. Pure: the throwaway key comes in as a closure.
//!
//! A forged token may be usable at an API that verifies badly. It lives in [`AccessToken`], so that it is masked
//! wherever it shows up, and is for the origins of the good token only.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

use crate::diagnose::probe::Probe;
use crate::model::time::Timestamp;
use crate::redact::{AccessToken, ClientSecret};
use crate::token::inspect::{TokenForm, inspect};

/// An audience and an issuer that nobody has (RFC 6761 section 6.4).
const NOWHERE: &str = "https://bearcat-probe.invalid";

/// DER of `AlgorithmIdentifier { rsaEncryption, NULL }` (RFC 8017 appendix A.1).
const RSA_ENCRYPTION: [u8; 15] = [0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];

/// What tokens are made from.
#[derive(Clone, Copy)]
pub struct Material<'a> {
    /// The good access token.
    pub good: &'a AccessToken,
    /// The time.
    pub now: Timestamp,
    /// The provider's key that the good token names, if it is an RSA key.
    pub public_key: Option<PublicKey<'a>>,
    /// The client secret, where the user has one.
    pub client_secret: Option<&'a ClientSecret>,
    /// The throwaway key.
    pub throwaway: &'a Throwaway<'a>,
    /// A random text: no forged payload occurs twice.
    pub salt: &'a str,
}

/// An RSA public key.
#[derive(Debug, Clone, Copy)]
pub struct PublicKey<'a> {
    /// `n`, big-endian.
    pub modulus: &'a [u8],
    /// `e`, big-endian.
    pub exponent: &'a [u8],
    /// `kid`.
    pub id: Option<&'a str>,
}

/// A key that was made for these probes and is thrown away after them.
pub struct Throwaway<'a> {
    /// Signs with RS256.
    pub sign: &'a (dyn Fn(&[u8]) -> Vec<u8> + Sync),
    /// `n`, big-endian.
    pub modulus: &'a [u8],
    /// `e`, big-endian.
    pub exponent: &'a [u8],
}

type Object = Map<String, Value>;

/// A JWT taken apart.
struct Good<'a> {
    header: Object,
    claims: Object,
    header_text: &'a str,
    claims_text: &'a str,
    signature_text: &'a str,
}

impl<'a> Good<'a> {
    fn read(token: &'a AccessToken) -> Option<Self> {
        let inspection = inspect(token.expose());
        let mut parts = token.expose().split('.');
        let (header_text, claims_text, signature_text) = (parts.next()?, parts.next()?, parts.next()?);
        let (header, claims) = (inspection.header?, inspection.claims?);
        (inspection.form == TokenForm::Jwt).then_some(Self { header, claims, header_text, claims_text, signature_text })
    }

    /// The header with another algorithm.
    fn header_with(&self, algorithm: &str) -> Object {
        let mut header = self.header.clone();
        header.insert("alg".to_owned(), algorithm.into());
        header
    }

    fn claims_with(&self, changes: &[(&str, Value)]) -> Object {
        let mut claims = self.claims.clone();
        for (name, value) in changes {
            claims.insert((*name).to_owned(), value.clone());
        }
        claims
    }
}

/// The token of a probe; the error is why it cannot be made, in a sentence.
pub fn forge(probe: Probe, material: &Material<'_>) -> Result<AccessToken, &'static str> {
    if probe == Probe::NotAJwt {
        return Ok(AccessToken::new(format!("bearcat-probe-{}", material.salt)));
    }
    let good = Good::read(material.good).ok_or("The good token is no JWT")?;
    let now = material.now.seconds();
    let hour = 3600;
    let jti = ("jti", Value::from(format!("bearcat-probe-{}", material.salt)));
    let old_signature = |claims: &Object| join(good.header_text, &encoded(claims), good.signature_text);
    let thrown = |header: &Object, claims: &Object| signed(header, claims, |input| (material.throwaway.sign)(input));
    let unsigned = |algorithm: &str| {
        let header = good.header_with(algorithm);
        join(&encoded(&header), &encoded(&good.claims_with(std::slice::from_ref(&jti))), "")
    };
    let shared = |secret: &[u8]| {
        signed(&good.header_with("HS256"), &good.claims_with(std::slice::from_ref(&jti)), |input| hs256(secret, input))
    };
    let public = || material.public_key.ok_or("The provider's key is not known, or is no RSA key");
    let token = match probe {
        Probe::TamperedSignature => join(good.header_text, good.claims_text, &tampered(good.signature_text)?),
        Probe::TamperedPayload => old_signature(&good.claims_with(&[jti])),
        Probe::EmptySignature => join(good.header_text, good.claims_text, ""),
        Probe::ForeignKey => thrown(&good.header_with("RS256"), &good.claims_with(&[jti])),
        Probe::UnknownKey => {
            let mut header = good.header_with("RS256");
            header.insert("kid".to_owned(), format!("bearcat-probe-{}", material.salt).into());
            thrown(&header, &good.claims_with(&[jti]))
        }
        Probe::EmbeddedKey => {
            let mut header = good.header_with("RS256");
            header.shift_remove("kid");
            header.insert("jwk".to_owned(), jwk(material.throwaway.modulus, material.throwaway.exponent, None));
            thrown(&header, &good.claims_with(&[jti]))
        }
        Probe::AlgNone => unsigned("none"),
        Probe::AlgNoneCapital => unsigned("None"),
        Probe::AlgNoneUpper => unsigned("NONE"),
        Probe::AlgNoneMixed => unsigned("nOnE"),
        Probe::PublicKeyPem => shared(pem("PUBLIC KEY", &spki(&public()?)).as_bytes()),
        Probe::PublicKeyPemTrimmed => shared(pem("PUBLIC KEY", &spki(&public()?)).trim_end().as_bytes()),
        Probe::PublicKeyPkcs1 => shared(pem("RSA PUBLIC KEY", &pkcs1(&public()?)).as_bytes()),
        Probe::PublicKeyDer => shared(&spki(&public()?)),
        Probe::PublicKeyModulus => shared(BASE64_URL_SAFE_NO_PAD.encode(public()?.modulus).as_bytes()),
        Probe::PublicKeyJwk => {
            let key = public()?;
            shared(jwk(key.modulus, key.exponent, key.id).to_string().as_bytes())
        }
        Probe::ClientSecret => {
            let secret = material.client_secret.ok_or("No client secret is known for the identity")?;
            // Whoever verifies so looks for no `kid`.
            let header = Object::from_iter([("alg".to_owned(), "HS256".into()), ("typ".to_owned(), "JWT".into())]);
            signed(&header, &good.claims_with(&[jti]), |input| hs256(secret.expose().as_bytes(), input))
        }
        Probe::ExpiredRedated => old_signature(&good.claims_with(&[
            ("iat", (now - 2 * hour).into()),
            ("nbf", (now - 2 * hour).into()),
            ("exp", (now - hour).into()),
            jti,
        ])),
        Probe::NotYetValid => {
            let claims = good.claims_with(&[("nbf", (now + hour).into()), ("exp", (now + 2 * hour).into()), jti]);
            thrown(&good.header_with("RS256"), &claims)
        }
        Probe::WrongAudience => {
            thrown(&good.header_with("RS256"), &good.claims_with(&[("aud", json!([NOWHERE])), jti]))
        }
        Probe::WrongIssuer => thrown(&good.header_with("RS256"), &good.claims_with(&[("iss", NOWHERE.into()), jti])),
        Probe::NotAJwt
        | Probe::Expired
        | Probe::OtherAudience
        | Probe::OtherIssuer
        | Probe::IdToken
        | Probe::OtherIdentity
        | Probe::LowerCaseScheme
        | Probe::NoScheme
        | Probe::Query => return Err("Its token is genuine"),
    };
    Ok(AccessToken::new(token))
}

fn join(header: &str, claims: &str, signature: &str) -> String {
    format!("{header}.{claims}.{signature}")
}

fn encoded(object: &Object) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Value::Object(object.clone()).to_string())
}

fn signed(header: &Object, claims: &Object, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let input = format!("{}.{}", encoded(header), encoded(claims));
    let signature = BASE64_URL_SAFE_NO_PAD.encode(sign(input.as_bytes()));
    format!("{input}.{signature}")
}

fn hs256(secret: &[u8], input: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), input).as_ref().to_vec()
}

/// Bits in the middle: the last ones of a text in Base64 may count for nothing.
fn tampered(signature: &str) -> Result<String, &'static str> {
    let mut bytes =
        BASE64_URL_SAFE_NO_PAD.decode(signature).map_err(|_| "The good token's signature cannot be read")?;
    let middle = bytes.len() / 2;
    let byte = bytes.get_mut(middle).ok_or("The good token has no signature")?;
    *byte ^= 0x5a;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

/// A public key as a JSON Web Key (RFC 7517), with the members that Kinde's have (kinde.md 6.1).
fn jwk(modulus: &[u8], exponent: &[u8], id: Option<&str>) -> Value {
    let mut jwk = json!({ "alg": "RS256", "e": BASE64_URL_SAFE_NO_PAD.encode(exponent) });
    if let Some(id) = id {
        jwk["kid"] = id.into();
    }
    jwk["kty"] = "RSA".into();
    jwk["n"] = BASE64_URL_SAFE_NO_PAD.encode(modulus).into();
    jwk["use"] = "sig".into();
    jwk
}

/// `RSAPublicKey` (RFC 8017 appendix A.1.1).
fn pkcs1(key: &PublicKey<'_>) -> Vec<u8> {
    let mut inside = integer(key.modulus);
    inside.extend(integer(key.exponent));
    tagged(0x30, &inside)
}

/// `SubjectPublicKeyInfo` (RFC 5280 section 4.1).
fn spki(key: &PublicKey<'_>) -> Vec<u8> {
    let mut bits = vec![0];
    bits.extend(pkcs1(key));
    let mut inside = RSA_ENCRYPTION.to_vec();
    inside.extend(tagged(3, &bits));
    tagged(0x30, &inside)
}

fn integer(bytes: &[u8]) -> Vec<u8> {
    let mut number = bytes.to_vec();
    // A leading bit would make it negative.
    if number.first().is_none_or(|first| first & 0x80 != 0) {
        number.insert(0, 0);
    }
    tagged(2, &number)
}

fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut der = vec![tag];
    let length = content.len();
    if length < 0x80 {
        der.push(length as u8);
    } else {
        let bytes: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
        der.push(0x80 | bytes.len() as u8);
        der.extend(bytes);
    }
    der.extend(content);
    der
}

/// RFC 7468: lines of 64 characters.
fn pem(label: &str, der: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(der);
    let mut pem = format!("-----BEGIN {label}-----\n");
    for line in text.as_bytes().chunks(64) {
        pem.extend(line.iter().map(|byte| char::from(*byte)));
        pem.push('\n');
    }
    pem + &format!("-----END {label}-----\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn der_is_what_openssl_reads() {
        // `openssl rsa -RSAPublicKey_in` of a small key: n = 0x8001, e = 3.
        let key = PublicKey { modulus: &[0x80, 1], exponent: &[3], id: None };
        assert_eq!(pkcs1(&key), [0x30, 8, 2, 3, 0, 0x80, 1, 2, 1, 3]);
        let info = spki(&key);
        assert_eq!(info[..2], [0x30, 28]);
        assert_eq!(info[2..17], RSA_ENCRYPTION);
        assert_eq!(info[17..20], [3, 11, 0]);
        assert!(pem("PUBLIC KEY", &info).ends_with("-----END PUBLIC KEY-----\n"));
        assert_eq!(tagged(4, &[7; 300])[..4], [4, 0x82, 1, 44]);
    }
}
