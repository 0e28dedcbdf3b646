//! No change of a good token is verified, and nothing panics whatever comes in.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;

static KEYS: LazyLock<KeySet> = LazyLock::new(|| {
    let algorithms = ["RS256", "ES256", "ES384", "ES512", "EdDSA"];
    let keys: Vec<_> = algorithms.iter().map(|alg| key_for(alg).jwk(&json!({"kid": alg, "alg": alg}))).collect();
    KeySet::parse(&key_set(&keys)).unwrap()
});

fn token(alg: &str) -> String {
    key_for(alg).token(&json!({"alg": alg, "kid": alg}), &access_claims())
}

fn standing(token: &str) -> Standing {
    let expectation = Expectation { algorithms: Expectation::anything().algorithms, ..access() };
    verify(token, Keys::Set(&KEYS), &expectation, now()).standing()
}

fn any_algorithm() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("RS256"), Just("ES256"), Just("ES384"), Just("ES512"), Just("EdDSA")]
}

#[test]
fn the_unchanged_tokens_are_verified() {
    for alg in ["RS256", "ES256", "ES384", "ES512", "EdDSA"] {
        assert_eq!(standing(&token(alg)), Standing::Verified, "{alg}");
    }
}

/// All of them, not a sample: one bit of one character of an ES256 token.
#[test]
fn no_flipped_bit_is_verified() {
    let good = token("ES256").into_bytes();
    for at in 0..good.len() {
        for bit in 0..7 {
            let mut changed = good.clone();
            changed[at] ^= 1 << bit;
            let changed = String::from_utf8(changed).expect("ASCII stays ASCII when the top bit is left alone");
            assert_ne!(standing(&changed), Standing::Verified, "bit {bit} of byte {at}: {changed}");
        }
    }
}

/// The same on the decoded bytes, so that the result is always good base64url.
#[test]
fn no_flipped_bit_of_a_decoded_part_is_verified() {
    let good = token("EdDSA");
    let parts: Vec<Vec<u8>> = good.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap()).collect();
    for (index, part) in parts.iter().enumerate() {
        for at in 0..part.len() {
            for bit in 0..8 {
                let mut changed = parts.clone();
                changed[index][at] ^= 1 << bit;
                let token = changed.iter().map(|part| URL_SAFE_NO_PAD.encode(part)).collect::<Vec<_>>().join(".");
                assert_ne!(standing(&token), Standing::Verified, "bit {bit} of byte {at} of part {index}");
            }
        }
    }
}

proptest! {
    #[test]
    fn no_replaced_character_is_verified(alg in any_algorithm(), at in any::<prop::sample::Index>(), c in any::<char>()) {
        let good = token(alg);
        let at = at.index(good.len());
        prop_assume!(!good[at..].starts_with(c));
        prop_assert_ne!(standing(&format!("{}{c}{}", &good[..at], &good[at + 1..])), Standing::Verified);
    }

    #[test]
    fn no_inserted_text_is_verified(alg in any_algorithm(), at in any::<prop::sample::Index>(), text in "[ -~\n]{1,3}") {
        let good = token(alg);
        let at = at.index(good.len() + 1);
        prop_assert_ne!(standing(&format!("{}{text}{}", &good[..at], &good[at..])), Standing::Verified);
    }

    #[test]
    fn no_cut_token_is_verified(alg in any_algorithm(), from in any::<prop::sample::Index>(), length in 1_usize..40) {
        let good = token(alg);
        let from = from.index(good.len());
        let to = (from + length).min(good.len());
        prop_assert_ne!(standing(&format!("{}{}", &good[..from], &good[to..])), Standing::Verified);
    }

    #[test]
    fn no_signature_of_another_token_is_verified(alg in any_algorithm(), subject in "[a-z]{1,8}") {
        let (good, other) = (token(alg), with(access_claims(), &json!({"sub": subject})));
        let other = key_for(alg).token(&json!({"alg": alg, "kid": alg}), &other);
        let (message, _) = good.rsplit_once('.').unwrap();
        let (_, signature) = other.rsplit_once('.').unwrap();
        prop_assert_ne!(standing(&format!("{message}.{signature}")), Standing::Verified);
    }

    #[test]
    fn any_text_gets_a_verdict(text in any::<String>(), millis in any::<i64>()) {
        let verdict = verify(&text, Keys::Set(&KEYS), &id(), Timestamp::from_millis(millis));
        prop_assert_ne!(verdict.standing(), Standing::Verified);
        prop_assert_eq!(verdict.checks.first().map(|check| check.id), Some(CheckId::Structure));
    }

    #[test]
    fn any_signed_claims_get_a_verdict_at_any_time(
        name in "iss|aud|exp|nbf|iat|azp|sub|nonce|at_hash|permissions|scope|org_code|gty|typ",
        value in prop_oneof![
            Just(Value::Null), any::<i64>().prop_map(Value::from), any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from), any::<Vec<String>>().prop_map(Value::from),
        ],
        millis in any::<i64>(),
        leeway in any::<u64>(),
    ) {
        let claims = json!({"exp": NOW, name: value});
        let token = key_for("EdDSA").token(&json!({"alg": "EdDSA", "kid": "EdDSA"}), &claims);
        let expectation = Expectation {
            algorithms: vec!["EdDSA".to_owned()],
            leeway: Duration::from_millis(leeway),
            require: vec![Requirement::Permission("a".to_owned()), Requirement::Organization("b".to_owned())],
            ..id()
        };
        let verdict = verify(&token, Keys::Set(&KEYS), &expectation, Timestamp::from_millis(millis));
        prop_assert_eq!(outcome(&verdict, CheckId::Signature), Some(Outcome::Pass));
        for check in &verdict.checks {
            prop_assert!(!check.reason.contains(char::is_control), "{:?}", check);
        }
    }
}
