//! Whole sign-ins against a provider that really signs.

use std::sync::Arc;

use futures_util::StreamExt;
use rstest::rstest;
use serde_json::json;

use super::*;
use crate::auth::testing::provider::{CALLBACK, ClientCheck, TestBrowser, TestProvider};
use crate::auth::testing::{World, fault, json as json_answer};
use crate::model::wire::TransportFault;

struct Scene {
    provider: Arc<TestProvider>,
    world: World,
    browser: TestBrowser,
    identity: Identity,
}

fn scene(grant: Grant) -> Scene {
    let provider = TestProvider::new();
    let world = World::with(&provider);
    Scene { world, provider, browser: TestBrowser::default(), identity: TestProvider::identity(grant) }
}

impl Scene {
    fn with_browser(&self) -> LoginOptions {
        LoginOptions { listener: Some(self.browser.listener()), ..LoginOptions::default() }
    }

    /// Signs in; `answer` makes the callbacks that come back from the authorisation URL.
    async fn login(
        &self,
        options: LoginOptions,
        answer: impl Fn(&TestProvider, &Url) -> Vec<Url> + Send + Sync,
    ) -> Result<TokenSet, AuthError> {
        let record = self.world.listen();
        let events = |event| {
            if let LoginEvent::OpenBrowser { url, .. } = &event {
                for callback in answer(&self.provider, url) {
                    self.browser.comes_back_with(callback);
                }
            }
            record(event);
        };
        login(&self.world.ctx, &self.world.providers, &self.identity, options, &events).await
    }
}

fn returns(provider: &TestProvider, url: &Url) -> Vec<Url> {
    vec![provider.visit(url)]
}

#[tokio::test]
async fn the_browser_sign_in_tells_every_step() {
    let scene = scene(Grant::AuthorizationCode);
    scene.login(scene.with_browser(), returns).await.unwrap();
    let events = scene.world.events();
    let [discovering, open, received, exchanging, checking] = &events[..] else { panic!("{events:?}") };
    assert!(matches!(discovering, LoginEvent::Discovering { .. }));
    let LoginEvent::OpenBrowser { redirect_uri, .. } = open else { panic!() };
    assert_eq!(redirect_uri.as_str(), CALLBACK);
    assert_eq!(
        [received, exchanging, checking],
        [&LoginEvent::CallbackReceived, &LoginEvent::Exchanging, &LoginEvent::Checking]
    );
    assert_eq!(scene.browser.pages(), [CallbackPage::SignedIn]);
}

#[tokio::test]
async fn other_tabs_and_wrong_states_are_answered_and_ignored() {
    let scene = scene(Grant::AuthorizationCode);
    let answer = |provider: &TestProvider, url: &Url| {
        let stale = Url::parse(&format!("{CALLBACK}?code=old-code&state=of-an-old-tab")).unwrap();
        let empty = Url::parse(CALLBACK).unwrap();
        vec![stale, empty, provider.visit(url)]
    };
    scene.login(scene.with_browser(), answer).await.unwrap();
    assert_eq!(scene.browser.pages(), [CallbackPage::Ignored, CallbackPage::Ignored, CallbackPage::SignedIn]);
    let ignored = scene.world.events().into_iter().filter(|event| matches!(event, LoginEvent::CallbackIgnored { .. }));
    assert_eq!(ignored.count(), 2);
}

#[tokio::test]
async fn a_refusal_in_the_browser_ends_it_and_the_page_says_so() {
    let scene = scene(Grant::AuthorizationCode);
    let answer = |_: &TestProvider, url: &Url| {
        let state = url.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
        vec![Url::parse(&format!("{CALLBACK}?error=access_denied&state={state}")).unwrap()]
    };
    let error = scene.login(scene.with_browser(), answer).await.unwrap_err();
    assert!(matches!(&error, AuthError::CallbackRefused { code, .. } if code == "access_denied"));
    assert_eq!(scene.browser.pages(), [CallbackPage::Failed { reason: error.problem().title }]);
    assert_eq!(scene.world.wire.count("token request"), 0);
}

#[tokio::test]
async fn a_failed_exchange_is_shown_in_the_browser_too() {
    let scene = scene(Grant::AuthorizationCode);
    let refused = json_answer(401, &json!({ "error": "invalid_client" }));
    scene.provider.set(|settings| settings.instead.push_back(refused));
    let error = scene.login(scene.with_browser(), returns).await.unwrap_err();
    assert!(error.problem().title.contains("refused the token request"));
    assert_eq!(scene.browser.pages(), [CallbackPage::Failed { reason: error.problem().title }]);
}

#[tokio::test]
async fn it_waits_no_longer_than_patience_and_names_the_callback_url() {
    let scene = scene(Grant::AuthorizationCode);
    let error = scene.login(scene.with_browser(), |_, _| Vec::new()).await.unwrap_err();
    assert!(error.problem().hint.contains(&format!("exactly `{CALLBACK}`")), "{}", error.problem());
    assert_eq!(scene.world.clock.sleeps(), [DEFAULT_PATIENCE.as_secs()]);
}

#[tokio::test]
async fn without_any_way_back_it_does_not_begin_to_wait() {
    let scene = scene(Grant::AuthorizationCode);
    let result = scene.login(LoginOptions::default(), returns).await;
    assert_eq!(result, Err(AuthError::NoCallback));
}

/// Over SSH: the callback is pasted; what is wrong is told, and the next is waited for.
#[tokio::test]
async fn the_callback_can_be_pasted() {
    let scene = scene(Grant::AuthorizationCode);
    let (provider, seen) = (scene.provider.clone(), Arc::new(std::sync::Mutex::new(None::<Url>)));
    let opened = seen.clone();
    let pastes = futures_util::stream::iter(0..3).map(move |turn| match turn {
        0 => "https://op.test/authorize?response_type=code".to_owned(),
        1 => format!("{CALLBACK}?code=x&state=wrong"),
        _ => format!("  {}\n", provider.visit(seen.lock().unwrap().as_ref().unwrap())),
    });
    let options = LoginOptions { pasted: Some(pastes.boxed()), ..LoginOptions::default() };
    let remember = |_: &TestProvider, url: &Url| {
        *opened.lock().unwrap() = Some(url.clone());
        Vec::new()
    };
    scene.login(options, remember).await.unwrap();
    let ignored = scene.world.events().into_iter().filter(|event| matches!(event, LoginEvent::CallbackIgnored { .. }));
    assert_eq!(ignored.count(), 2);
}

#[tokio::test]
async fn a_code_flow_without_the_id_token_it_asked_for_is_refused() {
    let scene = scene(Grant::AuthorizationCode);
    scene.provider.set(|settings| settings.response = Box::new(|body| drop(body.remove("id_token"))));
    assert_eq!(scene.login(scene.with_browser(), returns).await, Err(AuthError::NoIdToken));
    // Without `openid` there is none to expect.
    let mut plain = self::scene(Grant::AuthorizationCode);
    plain.identity.scopes = vec!["read:orders".into()];
    plain.provider.set(|settings| settings.response = Box::new(|body| drop(body.remove("id_token"))));
    assert!(plain.login(plain.with_browser(), returns).await.is_ok());
}

#[tokio::test]
async fn the_device_sign_in_shows_a_code_and_checks_the_id_token() {
    let scene = scene(Grant::DeviceAuthorization);
    scene.provider.set(|settings| {
        settings.polls = [json!({ "error": "authorization_pending" }), json!({ "error": "slow_down" })].into();
    });
    let tokens = scene.login(LoginOptions::default(), returns).await.unwrap();
    assert!(tokens.id.is_some());
    assert_eq!(scene.world.clock.sleeps(), [5, 5, 10]);
    assert!(scene.world.events().contains(&LoginEvent::Checking));
    assert!(scene.world.notes().is_empty());

    let forged = self::scene(Grant::DeviceAuthorization);
    forged.provider.set(|settings| {
        settings.id_claims = Box::new(|claims| drop(claims.insert("aud".into(), json!("somebody-else"))));
    });
    let error = forged.login(LoginOptions::default(), returns).await.unwrap_err();
    assert!(matches!(error, AuthError::IdTokenRefused(_)));
}

/// kinde.md 2.4: whether Kinde's device flow gives ID and refresh tokens is not settled; both may be missing.
#[tokio::test]
async fn a_device_answer_with_an_access_token_only_is_taken_and_said() {
    let scene = scene(Grant::DeviceAuthorization);
    scene.provider.set(|settings| {
        settings.response = Box::new(|body| body.retain(|name, _| name == "access_token"));
    });
    let tokens = scene.login(LoginOptions::default(), returns).await.unwrap();
    assert_eq!((tokens.id, tokens.refresh), (None, None));
    assert!(tokens.expires_at.is_some(), "by the token's own `exp`");
    let notes = scene.world.notes();
    assert!(notes[0].contains("no ID token") && notes[1].contains("no refresh token"), "{notes:?}");
}

#[tokio::test]
async fn client_credentials_need_a_client_and_its_secret() {
    let mut scene = scene(Grant::ClientCredentials);
    assert!(matches!(scene.login(LoginOptions::default(), returns).await, Err(AuthError::NoClientSecret(_))));
    scene.identity = TestProvider::confidential(Grant::ClientCredentials);
    scene.identity.audiences = vec!["https://api.test".into()];
    scene.provider.set(|settings| settings.client = ClientCheck::Post);
    let tokens = scene.login(LoginOptions::default(), returns).await.unwrap();
    assert_eq!((tokens.refresh, tokens.id), (None, None));
    let request = scene.world.wire.requests().pop().unwrap();
    let names: Vec<&str> = request.form.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["grant_type", "client_id", "client_secret", "audience"], "no default scopes");
}

#[rstest]
#[case::plain("an-opaque-token", "an-opaque-token")]
#[case::with_bearer("Bearer an-opaque-token\n", "an-opaque-token")]
#[case::in_quotes("\"an-opaque-token\"", "an-opaque-token")]
#[tokio::test]
async fn pasted_tokens_lose_what_was_pasted_around_them(#[case] pasted: &str, #[case] expected: &str) {
    let mut scene = scene(Grant::Pasted);
    assert!(matches!(scene.login(LoginOptions::default(), returns).await, Err(AuthError::NothingPasted(_))));
    scene.identity.pasted = Some(AccessToken::new(pasted));
    let tokens = scene.login(LoginOptions::default(), returns).await.unwrap();
    assert_eq!(tokens.access.expose(), expected);
    assert!(scene.world.wire.requests().is_empty());
}

#[tokio::test]
async fn anonymous_cannot_sign_in() {
    let mut scene = scene(Grant::Pasted);
    scene.identity = Identity::anonymous();
    assert_eq!(scene.login(LoginOptions::default(), returns).await, Err(AuthError::Anonymous));
}

#[tokio::test]
async fn custom_parameters_that_were_left_out_are_told() {
    let mut scene = scene(Grant::DeviceAuthorization);
    scene.identity.extra_parameters = vec![("client_id".into(), "other".into())];
    scene.login(LoginOptions::default(), returns).await.unwrap();
    assert!(scene.world.notes()[0].contains("`client_id`"));
}

#[tokio::test]
async fn a_clock_that_is_off_is_told() {
    let mut answer = json_answer(200, &json!({ "access_token": "opaque-access-token" })).unwrap();
    answer.headers.push(("date".to_owned(), "Mon, 23 Nov 2026 19:50:00 GMT".to_owned()));
    let mut scene = scene(Grant::ClientCredentials);
    scene.identity = TestProvider::confidential(Grant::ClientCredentials);
    scene.provider.set(|settings| settings.instead.push_back(Ok(answer)));
    scene.login(LoginOptions::default(), returns).await.unwrap();
    assert!(scene.world.notes()[0].contains("600 s ahead"));
}

/// Without an issuer there are no keys: everything else of the ID token is checked, and the rest is said.
#[tokio::test]
async fn an_identity_with_endpoints_only_signs_in_with_a_note() {
    let mut scene = scene(Grant::AuthorizationCode);
    scene.identity.issuer = None;
    scene.identity.endpoints.token = Some(Url::parse("https://op.test/token").unwrap());
    scene.identity.endpoints.authorization = Some(Url::parse("https://op.test/authorize").unwrap());
    scene.login(scene.with_browser(), returns).await.unwrap();
    assert!(scene.world.notes().iter().any(|note| note.contains("signature was not checked")));
    assert_eq!(scene.world.wire.count("discovery") + scene.world.wire.count("key set"), 0);

    scene.provider.set(|settings| {
        settings.id_claims = Box::new(|claims| drop(claims.insert("nonce".into(), json!("replayed"))));
    });
    let again = scene.login(scene.with_browser(), returns).await;
    assert!(matches!(again, Err(AuthError::IdTokenRefused(_))), "{again:?}");
}

#[tokio::test]
async fn an_unreachable_issuer_is_a_fault_of_the_network() {
    let world = World::answering(|_| fault(TransportFault::Dns));
    let identity = TestProvider::identity(Grant::DeviceAuthorization);
    let error = login(&world.ctx, &world.providers, &identity, LoginOptions::default(), &|_| {}).await.unwrap_err();
    assert!(error.is_passing());
    assert_eq!(error.problem().kind, crate::model::problem::ProblemKind::Network);
}

/// Design promise 5: no secret in the sign-in log, the events or any error text.
#[tokio::test]
async fn no_secret_is_in_the_log_or_the_events() {
    let mut scene = scene(Grant::AuthorizationCode);
    scene.identity = TestProvider::confidential(Grant::AuthorizationCode);
    scene.provider.set(|settings| settings.client = ClientCheck::Basic);
    scene.provider.set(|settings| {
        settings.metadata.insert("token_endpoint_auth_methods_supported".into(), json!(["client_secret_basic"]));
    });
    let tokens = scene.login(scene.with_browser(), returns).await.unwrap();
    let shown = format!("{:?}{:?}", scene.world.trace.exchanges(), scene.world.events());
    let secrets = [
        tokens.access.expose(),
        tokens.id.as_ref().unwrap().expose(),
        tokens.refresh.as_ref().unwrap().expose(),
        crate::auth::testing::provider::SECRET,
        "kinde.code-1234567890",
    ];
    for secret in secrets {
        assert!(!shown.contains(secret), "{secret} is in the log");
    }
    let verifier = scene.world.wire.requests();
    let verifier = verifier.iter().find_map(|request| crate::auth::testing::field(request, "code_verifier")).unwrap();
    assert!(!shown.contains(verifier));
    assert!(scene.world.trace.exchanges().iter().any(|exchange| exchange.purpose == "token request"));
}
