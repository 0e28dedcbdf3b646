//! The examples of RFC 7515 (appendix A) and RFC 8037 (appendix A).

use super::*;
use crate::token::algorithm::Algorithm;

/// The claims of RFC 7515: `{"iss":"joe", "exp":1300819380, …}`.
const JOE: &str = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

const RS256_SIGNATURE: &str = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2\
    Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN\
    9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp\
    0igcN_IoypGlUPQGe77Rw";

const RSA_MODULUS: &str = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d\
    4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7W\
    TBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9\
    gb54h4FRWyuXpoQ";

fn at_that_time(token: &str, jwk: Value) -> Verdict {
    let set = KeySet::parse(&key_set(&[jwk])).unwrap();
    verify(token, Keys::Set(&set), &Expectation::anything(), Timestamp::from_seconds(1_300_819_000))
}

#[test]
fn rfc_7515_appendix_a_2_rs256() {
    let token = format!("eyJhbGciOiJSUzI1NiJ9.{JOE}.{RS256_SIGNATURE}");
    let verdict = at_that_time(&token, json!({"kty": "RSA", "n": RSA_MODULUS, "e": "AQAB"}));
    assert_eq!(verdict.standing(), Standing::Verified, "{verdict:#?}");
    assert_check(&verdict, CheckId::Key, Outcome::Pass, "only one that fits");
}

#[test]
fn rfc_7515_appendix_a_3_es256() {
    let signature = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    let jwk = json!({
        "kty": "EC", "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    });
    let verdict = at_that_time(&format!("eyJhbGciOiJFUzI1NiJ9.{JOE}.{signature}"), jwk);
    assert_eq!(verdict.standing(), Standing::Verified, "{verdict:#?}");
}

/// Examples whose payload is text, no claims: only the signature can be checked.
#[rstest]
#[case::rfc_7515_appendix_a_4_es512(
    "ES512",
    json!({
        "kty": "EC", "crv": "P-521",
        "x": "AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk",
        "y": "ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2",
    }),
    "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA",
    "AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRw\
     cdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn",
)]
#[case::rfc_8037_appendix_a_4_eddsa(
    "EdDSA",
    json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}),
    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
)]
fn examples_without_claims(#[case] alg: &str, #[case] jwk: Value, #[case] message: &str, #[case] signature: &str) {
    let algorithm = Algorithm::parse(alg).unwrap();
    let set = KeySet::parse(&key_set(&[jwk])).unwrap();
    let material = set.keys()[0].material_for(algorithm).unwrap();
    assert!(algorithm.verifies(material, message.as_bytes(), signature));
    assert!(!algorithm.verifies(material, &message.as_bytes()[1..], signature));
    let verdict = verify(&format!("{message}.{signature}"), Keys::Set(&set), &Expectation::anything(), now());
    assert_check(&verdict, CheckId::Structure, Outcome::Fail, "is not JSON");
}

/// RFC 7515 appendix A.1 (HS256) and A.5 (none): refused before any key is looked at.
#[rstest]
#[case::a_1(
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9",
    "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    "not the client secret"
)]
#[case::a_5("eyJhbGciOiJub25lIn0", "", "unsigned")]
fn examples_that_are_refused(#[case] header: &str, #[case] signature: &str, #[case] words: &str) {
    let verdict = at_that_time(
        &format!("{header}.{JOE}.{signature}"),
        json!({"kty": "oct", "k": "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}),
    );
    assert_check(&verdict, CheckId::Algorithm, Outcome::Fail, words);
    assert_eq!(outcome(&verdict, CheckId::Signature), Some(Outcome::Skipped));
    assert_eq!(verdict.standing(), Standing::Rejected);
}

/// OIDC Core appendix A.3 to A.6 print an access token with the `at_hash` of its ID token.
#[test]
fn openid_connect_core_appendix_a_at_hash() {
    let expectation = Expectation {
        access_token_for_hash: Some(AccessToken::new("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y")),
        ..id()
    };
    let verdict = verdict_of(&signed(&with(id_claims(), &json!({"at_hash": "77QmUPtjPfzWtF2AnpK9RQ"}))), &expectation);
    assert_check(&verdict, CheckId::AccessTokenHash, Outcome::Pass, "Fits");
}
