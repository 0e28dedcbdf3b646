//! Key sets: good, odd and damaged ones.

use proptest::prelude::*;
use rstest::rstest;
use serde_json::json;

use super::*;
use crate::token::testing::{key_for, key_set};

fn only_key(jwk: Value) -> Key {
    let set = KeySet::parse(&key_set(&[jwk])).unwrap();
    assert_eq!(set.keys().len(), 1);
    set.keys()[0].clone()
}

/// A number with this many bits, as `n`.
fn modulus(bits: usize) -> String {
    use base64::Engine;
    let mut bytes = vec![0xff; bits.div_ceil(8)];
    bytes[0] = 0xff >> (bytes.len() * 8 - bits);
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

#[rstest]
#[case("RS256")]
#[case("ES256")]
#[case("ES384")]
#[case("ES512")]
#[case("EdDSA")]
fn reads_every_kind(#[case] algorithm: &str) {
    let key = only_key(key_for(algorithm).jwk(&json!({"kid": "k", "alg": algorithm, "use": "sig"})));
    assert_eq!(key.unusable(), None);
    assert_eq!(key.id.as_deref(), Some("k"));
    assert_eq!(key.usage.as_deref(), Some("sig"));
    assert!(key.material_for(Algorithm::parse(algorithm).unwrap()).is_ok());
}

#[rstest]
#[case::rsa_for_ec("RS256", json!({}), Algorithm::Es256, "is of another kind (`RSA`)")]
#[case::other_curve("ES256", json!({}), Algorithm::Es384, "is of another kind (`EC`)")]
#[case::tied_to_another("RS256", json!({"alg": "RS512"}), Algorithm::Rs256, "is for the algorithm `RS512` only")]
#[case::for_encryption("RS256", json!({"alg": "RSA-OAEP"}), Algorithm::Rs256, "is for the algorithm `RSA-OAEP` only")]
#[case::encryption_use("RS256", json!({"use": "enc"}), Algorithm::Rs256, "is not for signatures (`use` is `enc`)")]
fn a_key_is_used_for_what_it_is_for(
    #[case] kind: &str,
    #[case] members: Value,
    #[case] wanted: Algorithm,
    #[case] why: &str,
) {
    assert_eq!(only_key(key_for(kind).jwk(&members)).material_for(wanted).unwrap_err(), why);
}

#[rstest]
#[case::rs_family(Algorithm::Ps512)]
#[case::same(Algorithm::Rs256)]
fn an_rsa_key_without_alg_fits_all_rsa_algorithms(#[case] wanted: Algorithm) {
    assert!(only_key(key_for("RS256").jwk(&json!({}))).material_for(wanted).is_ok());
}

#[test]
fn both_names_of_ed25519_are_one_algorithm() {
    let key = only_key(key_for("EdDSA").jwk(&json!({"alg": "EdDSA"})));
    assert!(key.material_for(Algorithm::parse("Ed25519").unwrap()).is_ok());
}

#[rstest]
#[case::no_object(json!(5), "is not a JSON object")]
#[case::empty(json!({}), "has no `kty`")]
#[case::unknown_kind(json!({"kty": "XYZ"}), "has the kind `XYZ`, which bearcat does not know")]
#[case::symmetric(json!({"kty": "oct", "k": "AAAA"}), "is a shared secret, which has no place in a public key set")]
#[case::use_not_text(json!({"kty": "RSA", "use": 5}), "is not for signatures (`use` is `no text`)")]
#[case::cannot_verify(json!({"kty": "RSA", "key_ops": ["encrypt"]}), "is not for verifying (`key_ops` lacks `verify`)")]
#[case::no_modulus(json!({"kty": "RSA", "e": "AQAB"}), "has no `n`")]
#[case::bad_modulus(json!({"kty": "RSA", "n": "***", "e": "AQAB"}), "cannot be read: `n` is not base64url")]
#[case::short_modulus(json!({"kty": "RSA", "n": modulus(1024), "e": "AQAB"}), "has only 1024 bits; RSA keys need 2048 (RFC 7518 section 3.3)")]
#[case::almost(json!({"kty": "RSA", "n": modulus(2047), "e": "AQAB"}), "has only 2047 bits; RSA keys need 2048 (RFC 7518 section 3.3)")]
#[case::empty_modulus(json!({"kty": "RSA", "n": "", "e": "AQAB"}), "has only 0 bits; RSA keys need 2048 (RFC 7518 section 3.3)")]
#[case::long_modulus(json!({"kty": "RSA", "n": modulus(16384), "e": "AQAB"}), "has 16384 bits, more than the 8192 that bearcat can use")]
#[case::no_exponent(json!({"kty": "RSA", "n": modulus(2048), "e": "AAAA"}), "has an impossible exponent")]
#[case::bitcoin(json!({"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"}), "is on the curve `secp256k1`, which bearcat does not know")]
#[case::no_curve(json!({"kty": "EC"}), "is on the curve ``, which bearcat does not know")]
#[case::long_coordinate(json!({"kty": "EC", "crv": "P-256", "x": modulus(512), "y": "AA"}), "cannot be read: `x` is too long")]
#[case::off_curve(json!({"kty": "EC", "crv": "P-256", "x": "AQ", "y": "AQ"}), "is no point of its curve")]
#[case::ed448(json!({"kty": "OKP", "crv": "Ed448", "x": "AA"}), "is on the curve `Ed448`, which bearcat does not know")]
#[case::short_ed25519(json!({"kty": "OKP", "crv": "Ed25519", "x": "AA"}), "is no point of its curve")]
fn a_bad_key_is_kept_with_its_reason(#[case] jwk: Value, #[case] why: &str) {
    assert_eq!(only_key(jwk).unusable(), Some(why));
}

#[test]
fn one_bad_key_spoils_nothing() {
    let good = key_for("RS256").jwk(&json!({"kid": "good"}));
    let set = KeySet::parse(&key_set(&[json!(null), json!({"kty": "oct", "kid": "bad"}), good])).unwrap();
    assert_eq!(set.keys().len(), 3);
    assert_eq!(set.find("good").unwrap().unusable(), None);
    assert!(set.find("bad").unwrap().unusable().is_some());
    assert_eq!(set.find("none"), None);
}

#[test]
fn leading_zeros_come_and_go() {
    let padded_rsa = {
        let mut jwk = key_for("RS256").jwk(&json!({"kid": "a"}));
        jwk["e"] = json!("AAAAAAAAAQAB");
        jwk
    };
    assert_eq!(only_key(padded_rsa), only_key(key_for("RS256").jwk(&json!({"kid": "a"}))));
}

#[test]
fn a_single_key_is_a_set_of_one() {
    let set = KeySet::parse(key_for("RS256").jwk(&json!({"kid": "k"})).to_string().as_bytes()).unwrap();
    assert_eq!(set.keys().len(), 1);
}

#[rstest]
#[case::html(b"<html>", KeySetError::NotJson("is not JSON (syntax error at line 1, column 1)".to_owned()))]
#[case::empty(b"", KeySetError::NotJson("is not JSON (it ends too early at line 1, column 0)".to_owned()))]
#[case::array(b"[]", KeySetError::NotJson("is an array, not a JSON object".to_owned()))]
#[case::other_object(br#"{"error":"x"}"#, KeySetError::NoKeys)]
#[case::keys_not_array(br#"{"keys":{}}"#, KeySetError::NoKeys)]
fn what_is_no_key_set(#[case] bytes: &[u8], #[case] error: KeySetError) {
    assert_eq!(KeySet::parse(bytes).unwrap_err(), error);
    assert!(!error.problem().title.is_empty());
}

#[test]
fn size_is_bounded() {
    assert_eq!(KeySet::parse(&vec![b' '; KeySet::MAX_SIZE + 1]).unwrap_err(), KeySetError::TooLarge);
    let many = vec![json!({}); KeySet::MAX_KEYS + 1];
    assert_eq!(KeySet::parse(&key_set(&many)).unwrap_err(), KeySetError::TooManyKeys(KeySet::MAX_KEYS + 1));
}

proptest! {
    #[test]
    fn any_bytes_are_parsed(bytes in any::<Vec<u8>>()) {
        let _ = KeySet::parse(&bytes);
    }

    #[test]
    fn any_members_are_parsed(
        kind in "RSA|EC|OKP|oct|x",
        curve in "P-256|P-384|P-521|Ed25519|x",
        numbers in proptest::collection::vec("[A-Za-z0-9_=*-]{0,90}", 4),
    ) {
        let jwk = json!({"kty": kind, "crv": curve, "n": numbers[0], "e": numbers[1], "x": numbers[2], "y": numbers[3]});
        prop_assert_eq!(KeySet::parse(&key_set(&[jwk])).unwrap().keys().len(), 1);
    }

    #[test]
    fn a_mutated_key_never_panics(kind in "RS256|ES256|ES384|ES512|EdDSA", at in any::<usize>(), byte in any::<u8>()) {
        let mut bytes = key_set(&[key_for(&kind).jwk(&json!({"kid": "k"}))]);
        let at = at % bytes.len();
        bytes[at] = byte;
        let _ = KeySet::parse(&bytes);
    }
}
