//! The device response, and polling with time that passes by itself.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;
use rstest::rstest;
use serde_json::json;

use super::*;
use crate::auth::testing::provider::{CLIENT, TestProvider};
use crate::auth::testing::{START, World, fault, field, json as json_answer, text as text_answer};
use crate::model::identity::Issuer;
use crate::model::wire::{TransportError, TransportFault};

const KINDE: &str = "https://acme.kinde.com";

fn metadata() -> ProviderMetadata {
    let document = json!({ "issuer": KINDE, "token_endpoint": format!("{KINDE}/oauth2/token") }).to_string();
    crate::auth::discovery::parse_metadata(document.as_bytes(), &Issuer::parse(KINDE).unwrap(), START).unwrap()
}

fn scopes() -> Scopes {
    Scopes { names: vec!["openid".into(), "offline".into()], note: None }
}

/// kinde.md 2.2, `qr_code` included.
fn response() -> Value {
    json!({
        "device_code": "kinde_dc_0123456789", "user_code": "CSLDFDUU",
        "verification_uri": "https://acme.kinde.com/device",
        "verification_uri_complete": "https://acme.kinde.com/device?user_code=CSLDFDUU",
        "expires_in": 600, "interval": 5, "qr_code": "data:image/png;base64,AAAA",
    })
}

fn read_changed(change: impl FnOnce(&mut Value)) -> Result<DeviceAuthorization, AuthError> {
    let mut value = response();
    change(&mut value);
    read(value.as_object().unwrap())
}

#[test]
fn the_request_carries_scope_and_every_audience() {
    let mut identity = TestProvider::identity(Grant::DeviceAuthorization);
    identity.audiences = vec!["https://a.test".into(), "https://b.test".into()];
    let url = metadata().device_authorization_endpoint.unwrap();
    let request = request(&identity, &metadata(), url, &scopes());
    assert_eq!(request.url.as_str(), "https://acme.kinde.com/oauth2/device/auth");
    let form: Vec<(&str, &str)> = request.form.iter().map(|(name, value)| (name.as_str(), value.expose())).collect();
    assert_eq!(
        form,
        [
            ("client_id", CLIENT),
            ("scope", "openid offline"),
            ("audience", "https://a.test"),
            ("audience", "https://b.test")
        ]
    );
}

#[test]
fn polls_send_the_code_and_no_scope() {
    let identity = TestProvider::identity(Grant::DeviceAuthorization);
    let url = metadata().token_endpoint.unwrap();
    let request = poll_request(&identity, &metadata(), url, &DeviceCode::new("kinde_dc_0123456789"));
    let names: Vec<&str> = request.form.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["grant_type", "device_code", "client_id"]);
    assert!(!format!("{request:?}").contains("kinde_dc_"));
}

#[test]
fn reads_kindes_response() {
    let device = read_changed(|_| {}).unwrap();
    assert_eq!((device.user_code.as_str(), device.interval), ("CSLDFDUU", Duration::from_secs(5)));
    assert_eq!(device.verification_uri_complete.unwrap().query(), Some("user_code=CSLDFDUU"));
}

#[rstest]
#[case::missing(json!(null), 5)]
#[case::text(json!("7"), 7)]
#[case::zero(json!(0), 1)]
#[case::nonsense(json!("often"), 5)]
fn the_interval_is_five_seconds_unless_told(#[case] interval: Value, #[case] seconds: u64) {
    let device = read_changed(|value| value["interval"] = interval).unwrap();
    assert_eq!(device.interval, Duration::from_secs(seconds));
}

#[rstest]
#[case::no_code("device_code", json!(null))]
#[case::no_user_code("user_code", json!(""))]
#[case::a_code_with_escapes("user_code", json!("AB\u{1b}]52;c;x\u{7}"))]
#[case::an_endless_code("user_code", json!("A".repeat(65)))]
#[case::no_page("verification_uri", json!(null))]
#[case::a_script("verification_uri", json!("javascript:alert(1)"))]
#[case::a_file("verification_uri", json!("file:///etc/passwd"))]
#[case::plain_http("verification_uri", json!("http://acme.kinde.com/device"))]
fn unusable_responses_are_refused(#[case] member: &str, #[case] value: Value) {
    assert!(matches!(read_changed(|response| response[member] = value), Err(AuthError::BadDeviceResponse(_))));
}

#[test]
fn a_bad_complete_address_is_left_out() {
    let device = read_changed(|value| value["verification_uri_complete"] = json!("calc:1")).unwrap();
    assert_eq!(device.verification_uri_complete, None);
}

type Answer = Result<WireResponse, TransportError>;

/// Runs the flow against these answers of the token endpoint; the last one is repeated.
async fn run(device: Value, answers: Vec<Answer>) -> (World, Result<TokenResponse, AuthError>) {
    let next = AtomicUsize::new(0);
    let world = World::answering(move |request| match request.url.path() {
        "/oauth2/device/auth" => json_answer(200, &device),
        _ => answers[next.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1)].clone(),
    });
    let identity = TestProvider::identity(Grant::DeviceAuthorization);
    let result = authorize(&world.ctx, &identity, &metadata(), &scopes(), &world.listen()).await;
    let result = result.map(|(tokens, _)| tokens);
    (world, result)
}

fn error(code: &str) -> Answer {
    json_answer(400, &json!({ "error": code }))
}

fn success() -> Answer {
    json_answer(200, &json!({ "access_token": "an-access-token", "token_type": "bearer", "scope": "" }))
}

fn states(world: &World) -> Vec<PollState> {
    let states = world.events().into_iter().filter_map(|event| match event {
        LoginEvent::Polling { state, .. } => Some(state),
        _ => None,
    });
    states.collect()
}

#[tokio::test]
async fn shows_the_code_and_polls_at_the_interval() {
    let (world, result) =
        run(response(), vec![error("authorization_pending"), error("authorization_pending"), success()]).await;
    assert_eq!(result.unwrap().access.expose(), "an-access-token");
    assert_eq!(world.clock.sleeps(), [5, 5, 5]);
    assert_eq!(states(&world), [PollState::Pending, PollState::Pending]);
    let LoginEvent::DeviceCode { user_code, expires_at, .. } = &world.events()[0] else { panic!() };
    assert_eq!((user_code.as_str(), *expires_at), ("CSLDFDUU", START.plus(Duration::from_mins(10))));
}

#[tokio::test]
async fn slow_down_adds_five_seconds_for_good() {
    let answers = vec![
        error("slow_down"),
        error("authorization_pending"),
        error("slow_down"),
        error("authorization_pending"),
        success(),
    ];
    let (world, result) = run(response(), answers).await;
    assert!(result.is_ok());
    assert_eq!(world.clock.sleeps(), [5, 10, 10, 15, 15]);
}

/// RFC 8628 section 3.5: back off while the connection fails, and come back to the interval.
#[tokio::test]
async fn faults_of_the_network_never_end_it() {
    let answers = vec![
        fault(TransportFault::Timeout),
        fault(TransportFault::Dns),
        text_answer(502, "text/html", "<html>Bad gateway"),
        error("authorization_pending"),
        success(),
    ];
    let (world, result) = run(response(), answers).await;
    assert!(result.is_ok());
    assert_eq!(world.clock.sleeps(), [5, 10, 20, 40, 5]);
    assert!(matches!(
        states(&world)[..],
        [PollState::NetworkFailure(_), PollState::NetworkFailure(_), PollState::NetworkFailure(_), PollState::Pending]
    ));
}

#[tokio::test]
async fn a_busy_provider_is_given_the_time_it_asks_for() {
    let mut busy = text_answer(429, "text/plain", "").unwrap();
    busy.headers.push(("ratelimit-reset".to_owned(), "33".to_owned()));
    let (world, result) = run(response(), vec![Ok(busy), success()]).await;
    assert!(result.is_ok());
    assert_eq!(world.clock.sleeps(), [5, 33]);
}

#[tokio::test]
async fn it_stops_when_the_code_expires_without_sleeping_beyond() {
    let mut short = response();
    short["expires_in"] = json!(12);
    let (world, result) = run(short, vec![error("authorization_pending")]).await;
    assert_eq!(result, Err(AuthError::DeviceExpired));
    assert_eq!(world.clock.sleeps(), [5, 5, 2]);
    assert_eq!(world.wire.count("device token request"), 2);
}

#[rstest]
#[case::denied("access_denied", AuthError::DeviceDenied)]
#[case::expired("expired_token", AuthError::DeviceExpired)]
#[tokio::test]
async fn final_answers_end_it_at_once(#[case] code: &str, #[case] expected: AuthError) {
    let (world, result) = run(response(), vec![error(code)]).await;
    assert_eq!(result, Err(expected));
    assert_eq!(world.wire.count("device token request"), 1);
}

#[rstest]
#[case("server_error")]
#[case("invalid_grant")]
#[case("invalid_client")]
#[tokio::test]
async fn other_errors_end_it_too(#[case] code: &str) {
    let (_, result) = run(response(), vec![error(code)]).await;
    assert!(matches!(result, Err(AuthError::Refused { refusal, .. }) if refusal.code == code));
}

#[tokio::test]
async fn kindes_other_path_is_tried_once_and_said() {
    let asked = Mutex::new(Vec::new());
    let world = World::answering(move |request| {
        asked.lock().unwrap().push(request.url.path().to_owned());
        match request.url.path() {
            "/oauth2/v2/device_authorization" => json_answer(200, &response()),
            "/oauth2/token" => success(),
            _ => text_answer(404, "text/html", "<html>"),
        }
    });
    let identity = TestProvider::identity(Grant::DeviceAuthorization);
    assert!(authorize(&world.ctx, &identity, &metadata(), &scopes(), &world.listen()).await.is_ok());
    assert!(world.notes()[0].contains("/oauth2/v2/device_authorization"));
}

#[rstest]
#[case::by_html(text_answer(404, "text/html", "<html>"))]
#[case::by_json(json_answer(404, &json!({ "error": "not_found" })))]
#[tokio::test]
async fn no_device_endpoint_at_all(#[case] answer: Answer) {
    let world = World::answering(move |_| answer.clone());
    let identity = TestProvider::identity(Grant::DeviceAuthorization);
    let mut metadata = metadata();
    let result = authorize(&world.ctx, &identity, &metadata, &scopes(), &world.listen()).await;
    assert!(matches!(result, Err(AuthError::DeviceEndpointNotFound(tried)) if tried.len() == 2));
    // A path that the user or the provider named is not second-guessed.
    metadata.device_endpoint_is_builtin = false;
    let result = authorize(&world.ctx, &identity, &metadata, &scopes(), &world.listen()).await;
    assert!(matches!(result, Err(AuthError::DeviceEndpointNotFound(tried)) if tried.len() == 1));
}

#[test]
fn the_default_client_sends_no_client_id() {
    let mut identity = TestProvider::identity(Grant::DeviceAuthorization);
    identity.client_id = None;
    let url = metadata().device_authorization_endpoint.unwrap();
    assert_eq!(field(&request(&identity, &metadata(), url, &scopes()), "client_id"), None);
}

proptest! {
    #[test]
    fn reading_never_panics(member in "[a-z_]{1,25}", text in ".{0,30}", number in any::<f64>()) {
        drop(read_changed(|value| value[member.as_str()] = json!(text)));
        drop(read_changed(|value| value["interval"] = json!(number)));
        drop(read_changed(|value| value["expires_in"] = json!(text)));
    }
}
