//! The Basic plan (`oidcc-client-basic-certification-test-plan`).

use rstest::rstest;
use serde_json::{Map, Value, json};

use crate::auth::error::AuthError;
use crate::auth::userinfo::userinfo;
use crate::model::identity::{ClientAuthentication, Grant};
use crate::model::session::TokenKind;
use crate::model::verdict::{CheckId, Standing};
use crate::relying_party::RelyingParty;
use crate::testing::keys::{self, EC, FIRST, SECOND};
use crate::testing::provider::{CLIENT, ClientCheck, SECRET, SUBJECT, Settings, Signing, TestProvider};
use crate::testing::{field, provider};

type Claims = Map<String, Value>;

fn changing_id_token(change: impl Fn(&mut Claims) + Send + 'static) -> RelyingParty {
    RelyingParty::facing(|settings| settings.id_claims = Box::new(change))
}

fn without(claim: &'static str) -> RelyingParty {
    changing_id_token(move |claims| {
        claims.remove(claim).expect("the claim was there");
    })
}

#[tokio::test]
async fn oidcc_client_test() {
    let rp = RelyingParty::facing(|_| {});
    let tokens = rp.sign_in().await.unwrap();
    assert!(tokens.id.is_some() && tokens.refresh.is_some());
    let (_, verdict) = rp.world.providers.verdict(&rp.world.ctx, &rp.identity, TokenKind::Id, &tokens, &[]).await;
    assert_eq!(verdict.standing(), Standing::Verified, "{verdict:?}");
}

#[tokio::test]
async fn oidcc_client_test_nonce_invalid() {
    let rp = changing_id_token(|claims| drop(claims.insert("nonce".into(), json!("of-another-login"))));
    assert_eq!(rp.refused_for().await, [CheckId::Nonce]);
}

#[tokio::test]
async fn oidcc_client_test_nonce_missing() {
    assert_eq!(without("nonce").refused_for().await, [CheckId::Nonce]);
}

#[tokio::test]
async fn oidcc_client_test_invalid_iss() {
    let rp = changing_id_token(|claims| drop(claims.insert("iss".into(), json!("https://other.test"))));
    assert!(rp.refused_for().await.contains(&CheckId::Issuer));
}

#[tokio::test]
async fn oidcc_client_test_missing_iss() {
    assert!(without("iss").refused_for().await.contains(&CheckId::Issuer));
}

#[tokio::test]
async fn oidcc_client_test_missing_sub() {
    assert_eq!(without("sub").refused_for().await, [CheckId::Subject]);
}

#[rstest]
#[case::another_client(json!("another-client"))]
#[case::many_without_us(json!(["https://op.test", "another-client"]))]
#[case::empty(json!([]))]
#[tokio::test]
async fn oidcc_client_test_invalid_aud(#[case] audience: Value) {
    let rp = changing_id_token(move |claims| drop(claims.insert("aud".into(), audience.clone())));
    assert_eq!(rp.refused_for().await, [CheckId::Audience]);
}

#[tokio::test]
async fn oidcc_client_test_missing_aud() {
    assert_eq!(without("aud").refused_for().await, [CheckId::Audience]);
}

#[tokio::test]
async fn oidcc_client_test_azp_of_another_client() {
    let rp = changing_id_token(|claims| drop(claims.insert("azp".into(), json!("another-client"))));
    assert_eq!(rp.refused_for().await, [CheckId::AuthorizedParty]);
}

#[tokio::test]
async fn oidcc_client_test_missing_iat() {
    assert_eq!(without("iat").refused_for().await, [CheckId::IssuedAt]);
}

#[tokio::test]
async fn oidcc_client_test_missing_exp() {
    assert_eq!(without("exp").refused_for().await, [CheckId::Expiry]);
}

#[tokio::test]
async fn oidcc_client_test_expired() {
    let rp = changing_id_token(|claims| {
        let issued = claims["iat"].as_i64().unwrap();
        claims.insert("exp".into(), json!(issued - 61));
        claims.insert("iat".into(), json!(issued - 3661));
    });
    assert_eq!(rp.refused_for().await, [CheckId::Expiry]);
}

#[tokio::test]
async fn oidcc_client_test_invalid_athash() {
    let rp = changing_id_token(|claims| drop(claims.insert("at_hash".into(), json!("AAAAAAAAAAAAAAAAAAAAAA"))));
    assert_eq!(rp.refused_for().await, [CheckId::AccessTokenHash]);
}

/// In the code flow `at_hash` is optional (OIDC Core 3.1.3.6), so a token without it is accepted.
#[tokio::test]
async fn oidcc_client_test_missing_athash() {
    assert!(without("at_hash").sign_in().await.is_ok());
}

#[tokio::test]
async fn oidcc_client_test_kid_absent_single_jwks() {
    let rp = RelyingParty::facing(|settings| settings.without_kid = true);
    assert!(rp.sign_in().await.is_ok());
}

/// A relying party may refuse, or try all keys; bearcat refuses, because nothing says which key was meant.
#[tokio::test]
async fn oidcc_client_test_kid_absent_multiple_jwks() {
    let rp = RelyingParty::facing(|settings| {
        settings.without_kid = true;
        settings.published = vec![FIRST.jwk(), SECOND.jwk()];
    });
    assert_eq!(rp.refused_for().await, [CheckId::Key]);
}

#[tokio::test]
async fn oidcc_client_test_idtoken_sig_rs256() {
    let rp = RelyingParty::facing(|settings| {
        settings.signing = Signing::With(SECOND.clone());
        settings.published = vec![FIRST.jwk(), EC.jwk(), SECOND.jwk()];
    });
    assert!(rp.sign_in().await.is_ok());
}

#[tokio::test]
async fn oidcc_client_test_idtoken_sig_none() {
    let rp = RelyingParty::facing(|settings| settings.signing = Signing::Unsigned);
    assert_eq!(rp.refused_for().await, [CheckId::Algorithm]);
}

#[tokio::test]
async fn oidcc_client_test_invalid_sig_rs256() {
    let rp = RelyingParty::facing(|settings| settings.signing = Signing::Broken(FIRST.clone()));
    assert_eq!(rp.refused_for().await, [CheckId::Signature]);
}

#[tokio::test]
async fn oidcc_client_test_invalid_sig_es256() {
    let rp = RelyingParty::facing(|settings| {
        settings.signing = Signing::Broken(EC.clone());
        settings.published = vec![FIRST.jwk(), EC.jwk()];
    });
    assert_eq!(rp.refused_for().await, [CheckId::Signature]);
}

#[rstest]
#[case::another_secret(b"another secret".to_vec())]
#[case::the_client_secret(SECRET.as_bytes().to_vec())]
#[case::the_public_key(FIRST.public_der())]
#[tokio::test]
async fn oidcc_client_test_invalid_sig_hs256(#[case] secret: Vec<u8>) {
    let rp = RelyingParty::facing(|settings| settings.signing = Signing::Hmac(secret));
    assert_eq!(rp.refused_for().await, [CheckId::Algorithm]);
}

fn with_secret(check: ClientCheck, methods: &'static [&'static str]) -> RelyingParty {
    let mut rp = RelyingParty::facing(|settings| {
        settings.client = check;
        settings.metadata.insert("token_endpoint_auth_methods_supported".into(), json!(methods));
    });
    rp.identity = TestProvider::confidential(Grant::AuthorizationCode);
    rp
}

#[tokio::test]
async fn oidcc_client_test_client_secret_post() {
    let rp = with_secret(ClientCheck::Post, &["client_secret_post"]);
    assert!(rp.sign_in().await.is_ok());
}

#[tokio::test]
async fn oidcc_client_test_client_secret_basic() {
    let rp = with_secret(ClientCheck::Basic, &["client_secret_basic"]);
    assert!(rp.sign_in().await.is_ok());
}

/// Without a list the standard's default is Basic (OIDC Discovery section 3).
#[tokio::test]
async fn oidcc_client_test_client_secret_basic_is_the_default() {
    let mut rp = with_secret(ClientCheck::Basic, &[]);
    rp.provider.set(|settings| drop(settings.metadata.remove("token_endpoint_auth_methods_supported")));
    assert!(rp.sign_in().await.is_ok());
    // Written down by the user, the method wins over metadata.
    rp.identity.client_authentication = ClientAuthentication::Post;
    rp.provider.set(|settings| settings.client = ClientCheck::Post);
    assert!(rp.sign_in().await.is_ok());
}

#[tokio::test]
async fn oidcc_client_test_scope_userinfo_claims() {
    let mut rp = RelyingParty::facing(|_| {});
    rp.identity.scopes = ["openid", "email", "profile"].map(str::to_owned).to_vec();
    let tokens = rp.sign_in().await.unwrap();
    let claims = userinfo(&rp.world.ctx, &rp.world.providers, &rp.identity, &tokens).await.unwrap();
    assert_eq!(claims["sub"], SUBJECT);
    assert_eq!(claims["email"], "jane@acme.test");
}

#[tokio::test]
async fn oidcc_client_test_userinfo_bearer_header() {
    let rp = RelyingParty::facing(|_| {});
    let tokens = rp.sign_in().await.unwrap();
    userinfo(&rp.world.ctx, &rp.world.providers, &rp.identity, &tokens).await.unwrap();
    let sent = rp.world.wire.requests().pop().unwrap();
    assert_eq!((sent.method, sent.url.as_str()), ("GET", "https://op.test/userinfo"));
    assert_eq!(sent.headers[0].1.expose(), format!("Bearer {}", tokens.access.expose()));
    assert!(sent.url.query().is_none() && sent.form.is_empty(), "the token is in the header only");
}

#[rstest]
#[case::of_another_user(json!({ "sub": "kp_somebody-else" }))]
#[case::missing(json!({ "email": "jane@acme.test" }))]
#[tokio::test]
async fn oidcc_client_test_userinfo_invalid_sub(#[case] answer: Value) {
    let rp = RelyingParty::facing(|settings| settings.userinfo = answer);
    let tokens = rp.sign_in().await.unwrap();
    let error = userinfo(&rp.world.ctx, &rp.world.providers, &rp.identity, &tokens).await.unwrap_err();
    assert!(matches!(&error, AuthError::UserinfoSubject { expected, .. } if expected == SUBJECT), "{error}");
    assert!(error.problem().to_string().contains("sub"));
}

/// Not a case of the suite, but what it takes for granted of a code flow client: PKCE, state, nonce, exact redirect URI.
#[tokio::test]
async fn the_requests_are_as_the_provider_expects() {
    let rp = RelyingParty::facing(|_: &mut Settings| {});
    rp.sign_in().await.unwrap();
    let requests = rp.world.wire.requests();
    let token = requests.iter().find(|request| request.purpose == "token request").unwrap();
    assert_eq!(field(token, "client_id"), Some(CLIENT));
    assert_eq!(field(token, "redirect_uri"), Some(provider::CALLBACK));
    assert_eq!(field(token, "code_verifier").map(str::len), Some(43));
    assert!(requests.iter().filter(|request| request.purpose == "key set").all(|request| request.headers.is_empty()));
    assert_eq!(keys::FIRST.algorithm(), "RS256");
}
