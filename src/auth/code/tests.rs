//! The standard's PKCE vector, the authorisation URL, and the judging of callbacks.

use std::sync::Arc;

use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::auth::testing::provider::{CALLBACK, CLIENT, ISSUER, TestProvider};
use crate::auth::testing::{START, World, field};
use crate::model::identity::Issuer;

fn metadata(extra: &str) -> ProviderMetadata {
    let document = format!(
        r#"{{"issuer":"{ISSUER}","authorization_endpoint":"{ISSUER}/authorize?tenant=1","token_endpoint":"{ISSUER}/token"{extra}}}"#
    );
    crate::auth::discovery::parse_metadata(document.as_bytes(), &Issuer::parse(ISSUER).unwrap(), START).unwrap()
}

fn attempt() -> Attempt {
    Attempt {
        state: "the-state-of-this-sign-in".to_owned(),
        nonce: "the-nonce".to_owned(),
        verifier: CodeVerifier::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
        redirect_uri: Url::parse(CALLBACK).unwrap(),
    }
}

fn identity() -> Identity {
    TestProvider::identity(Grant::AuthorizationCode)
}

/// RFC 7636 appendix B.
#[test]
fn the_challenge_is_that_of_the_standard() {
    assert_eq!(challenge(&attempt().verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

#[test]
fn attempts_are_random_and_long_enough() {
    let world = World::with(&TestProvider::new());
    let (one, other) = (
        Attempt::new(&world.ctx, Url::parse(CALLBACK).unwrap()),
        Attempt::new(&world.ctx, Url::parse(CALLBACK).unwrap()),
    );
    // RFC 7636 section 4.1: 43 to 128 characters.
    assert_eq!([one.state.len(), one.nonce.len(), one.verifier.expose().len()], [43, 43, 43]);
    assert!(one.state != other.state && one.nonce != other.nonce && one.verifier != other.verifier);
    assert!(one.state != one.nonce);
}

fn pairs(url: &Url) -> Vec<(String, String)> {
    url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

#[test]
fn the_authorisation_url_has_everything_once() {
    let mut identity = identity();
    identity.audiences = vec!["https://api.test".into(), "https://b.test".into()];
    identity.org_code = Some("org_1".into());
    identity.extra_parameters = vec![("prompt".into(), "create".into()), ("nonce".into(), "fixed".into())];
    let scopes = Scopes { names: vec!["openid".into(), "offline".into()], note: None };
    let url = authorization_url(&identity, &metadata(""), &attempt(), &scopes, Prompt::AsConfigured).unwrap();
    let expected = [
        ("tenant", "1"),
        ("response_type", "code"),
        ("client_id", CLIENT),
        ("redirect_uri", CALLBACK),
        ("scope", "openid offline"),
        ("state", "the-state-of-this-sign-in"),
        ("nonce", "the-nonce"),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ("code_challenge_method", "S256"),
        ("audience", "https://api.test"),
        ("audience", "https://b.test"),
        ("org_code", "org_1"),
        ("prompt", "create"),
    ];
    assert_eq!(pairs(&url), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));

    let url = authorization_url(&identity, &metadata(""), &attempt(), &scopes, Prompt::Login).unwrap();
    let prompts: Vec<_> = pairs(&url).into_iter().filter(|(name, _)| name == "prompt").collect();
    assert_eq!(prompts, [("prompt".to_owned(), "login".to_owned())]);
}

#[test]
fn without_a_client_or_an_endpoint_there_is_no_url() {
    let mut identity = identity();
    identity.client_id = None;
    let url = |identity: &Identity, metadata: &ProviderMetadata| {
        authorization_url(identity, metadata, &attempt(), &Scopes::default(), Prompt::AsConfigured)
    };
    assert!(matches!(url(&identity, &metadata("")), Err(AuthError::NoClientId(_))));
    let mut bare = metadata("");
    bare.authorization_endpoint = None;
    let missing = url(&self::identity(), &bare);
    assert!(matches!(missing, Err(AuthError::EndpointMissing { endpoint: Endpoint::Authorization, .. })));
}

fn judged(query: &str, extra: &str) -> Judgement {
    let callback = Url::parse(&format!("{CALLBACK}?{query}")).unwrap();
    judge(&callback, &attempt(), &identity(), &metadata(extra))
}

const STATE: &str = "state=the-state-of-this-sign-in";
const SENDS_ISS: &str = r#","authorization_response_iss_parameter_supported":true"#;

#[test]
fn the_right_callback_gives_its_code() {
    let code = AuthorizationCode::new("part1.part2");
    assert_eq!(judged(&format!("code=part1.part2&scope=openid&{STATE}"), ""), Judgement::Code(code.clone()));
    assert_eq!(judged(&format!("code=part1.part2&{STATE}&iss=https://op.test"), SENDS_ISS), Judgement::Code(code));
}

#[rstest]
#[case::wrong_state("code=abc&state=other")]
#[case::longer_state("code=abc&state=the-state-of-this-sign-in-2")]
#[case::no_state("code=abc")]
#[case::no_code(STATE)]
#[case::empty_code("code=&state=the-state-of-this-sign-in")]
#[case::two_codes("code=a&code=b&state=the-state-of-this-sign-in")]
#[case::two_states("code=a&state=the-state-of-this-sign-in&state=x")]
#[case::somebody_elses_error("error=access_denied&state=other")]
#[case::an_error_without_state("error=access_denied")]
fn what_does_not_belong_here_is_foreign(#[case] query: &str) {
    assert!(matches!(judged(query, ""), Judgement::Foreign(_)), "{:?}", judged(query, ""));
}

#[rstest]
#[case::denied(&format!("error=access_denied&error_description=No+way%1b&{STATE}"), "access_denied")]
#[case::error_beside_a_code(&format!("error=server_error&code=abc&{STATE}"), "server_error")]
#[case::expired_link("error=login_link_expired&reauth_state=e30", "login_link_expired")]
fn errors_end_the_sign_in(#[case] query: &str, #[case] expected: &str) {
    let Judgement::Refused(AuthError::CallbackRefused { code, description }) = judged(query, "") else {
        panic!("{:?}", judged(query, ""));
    };
    assert_eq!(code, expected);
    assert!(!description.unwrap_or_default().contains('\u{1b}'));
}

/// RFC 9207: a wrong issuer is refused always, a missing one where the provider promises to send it.
#[rstest]
#[case::wrong("&iss=https://evil.test", "", false)]
#[case::another_slash("&iss=https://op.test/", "", false)]
#[case::missing_but_promised("", SENDS_ISS, false)]
#[case::missing("", "", true)]
fn the_issuer_of_a_callback_is_checked(#[case] iss: &str, #[case] extra: &str, #[case] is_taken: bool) {
    match judged(&format!("code=abc-code&{STATE}{iss}"), extra) {
        Judgement::Code(_) => assert!(is_taken),
        Judgement::Refused(AuthError::CallbackIssuer { .. }) => assert!(!is_taken),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_token_request_proves_that_the_code_is_ours() {
    let code = AuthorizationCode::new("secret-code-value");
    let mut identity = identity();
    identity.extra_parameters = vec![("resource".into(), "urn:api".into()), ("prompt".into(), "login".into())];
    let request = token_request(&identity, &metadata(""), &attempt(), &code).unwrap();
    let names: Vec<&str> = request.form.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["grant_type", "code", "redirect_uri", "code_verifier", "client_id", "resource"]);
    assert_eq!(field(&request, "redirect_uri"), Some(CALLBACK));
    let shown = format!("{request:?}");
    assert!(!shown.contains("secret-code-value") && !shown.contains("dBjftJeZ4CVP"), "{shown}");
}

proptest! {
    #[test]
    fn judging_never_panics_and_takes_no_code_without_the_state(query in ".{0,120}") {
        let mut callback = Url::parse(CALLBACK).unwrap();
        callback.set_query(Some(&query));
        let judgement = judge(&callback, &attempt(), &identity(), &metadata(""));
        prop_assert!(!matches!(judgement, Judgement::Code(_)));
    }
}

#[test]
fn what_waits_for_the_browser_can_cross_threads() {
    fn check<T: Send>(_: T) {}
    let world = World::with(&TestProvider::new());
    let (attempt, identity, metadata) = (attempt(), identity(), metadata(""));
    let mut sources = Sources { listener: None, pasted: None };
    let time_up = world.ctx.clock.sleep(std::time::Duration::ZERO);
    let events: Arc<dyn Fn(LoginEvent) + Send + Sync> = Arc::new(|_| {});
    check(wait(&mut sources, time_up, &attempt, &identity, &metadata, &*events));
}
