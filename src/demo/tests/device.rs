//! The device grant: kinde.md section 2.

use rstest::rstest;
use serde_json::json;

use super::*;
use crate::demo::directory::{JANE, SAM};
use crate::demo::faults::DeviceDecision;

#[tokio::test]
async fn the_answer_has_kindes_shape() {
    let kit = Kit::start().await;
    let answer = kit.device_request(&[("scope", SCOPE)]).await;
    assert_eq!(answer.header("cache-control"), "no-store");
    let body = answer.json();
    let user_code = body["user_code"].as_str().unwrap();
    assert!(user_code.len() == 8 && user_code.bytes().all(|byte| byte.is_ascii_uppercase()));
    assert!(body["device_code"].as_str().unwrap().starts_with("kinde_dc_"));
    let page = format!("{}/device", kit.demo.issuer_text());
    assert_eq!(body["verification_uri"], page);
    assert_eq!(body["verification_uri_complete"], format!("{page}?user_code={user_code}"));
    assert_eq!((&body["expires_in"], &body["interval"]), (&json!(600), &json!(5)));
    assert!(body["qr_code"].as_str().unwrap().starts_with("data:image/png;base64,"));
}

#[tokio::test]
async fn a_person_approves_and_the_tokens_are_kindes() {
    let kit = Kit::start().await;
    let request = kit.device_request(&[("scope", SCOPE), ("audience", AUDIENCE)]).await.json();
    let (device_code, user_code) = (request["device_code"].as_str().unwrap(), request["user_code"].as_str().unwrap());
    assert_eq!(kit.demo.pending_user_codes(), [user_code]);
    let pending = kit.poll(device_code).await;
    assert_eq!((pending.status, pending.error().as_str()), (400, "authorization_pending"));
    assert!(kit.demo.approve(user_code));
    assert!(!kit.demo.approve(user_code), "decided already");
    kit.advance(5);
    let tokens = Tokens::of(&kit.poll(device_code).await);
    assert_eq!((&tokens.body["token_type"], &tokens.body["expires_in"]), (&json!("bearer"), &json!(86_400)));
    let access = claims(&tokens.access);
    assert_eq!(access["sub"], "kp_1a7e000000000000000000000000ac3e");
    assert_eq!(access["aud"], json!([AUDIENCE]));
    assert_eq!(access["scp"], json!(["openid", "profile", "email", "offline"]));
    assert_eq!(access["scope"], "read:orders", "API scopes are in the token, not in the body");
    assert_eq!((&access["permissions"], &access["org_code"]), (&json!(["read:orders"]), &json!("org_acme")));
    assert_eq!(access["feature_flags"]["dark_mode"], json!({ "t": "b", "v": true }));
    assert_eq!(access["roles"][0]["key"], "clerk");
    assert_eq!(access["exp"].as_i64().unwrap() - access["iat"].as_i64().unwrap(), 86_400);
    assert_eq!((&access["iss"], &access["azp"]), (&json!(kit.demo.issuer_text()), &json!(DEVICE_CLIENT.id)));
    assert_eq!(access["jti"].as_str().unwrap().len(), 36);
    kit.verified(&tokens.access).await;
    kit.verified(&tokens.id).await;
    assert_eq!(header(&tokens.access)["typ"], "JWT");
    kit.advance(5);
    assert_eq!(kit.poll(device_code).await.error(), "invalid_grant", "a device code is good once");
}

#[tokio::test]
async fn denial_and_expiry() {
    let kit = Kit::start().await;
    let request = kit.device_request(&[]).await.json();
    assert!(kit.demo.deny(request["user_code"].as_str().unwrap()));
    assert_eq!(kit.poll(request["device_code"].as_str().unwrap()).await.error(), "access_denied");
    let request = kit.device_request(&[]).await.json();
    kit.advance(600);
    assert!(!kit.demo.approve(request["user_code"].as_str().unwrap()));
    assert_eq!(kit.poll(request["device_code"].as_str().unwrap()).await.error(), "expired_token");
}

#[tokio::test]
async fn polling_too_fast_is_slowed_down_for_good() {
    let kit = Kit::start().await;
    let request = kit.device_request(&[]).await.json();
    let device_code = request["device_code"].as_str().unwrap();
    assert_eq!(kit.poll(device_code).await.error(), "authorization_pending");
    kit.advance(4);
    assert_eq!(kit.poll(device_code).await.error(), "slow_down");
    kit.advance(9);
    assert_eq!(kit.poll(device_code).await.error(), "slow_down", "now ten seconds, then fifteen");
    kit.advance(15);
    assert_eq!(kit.poll(device_code).await.error(), "authorization_pending");
}

#[tokio::test]
async fn the_default_application_needs_no_client_id() {
    let kit = Kit::start().await;
    let request = kit.post("/oauth2/device/auth", &[("scope", "openid")]).await.json();
    kit.demo.approve(request["user_code"].as_str().unwrap());
    let form = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("device_code", request["device_code"].as_str().unwrap()),
    ];
    assert_eq!(kit.token(&form).await.status, 200);
}

#[rstest]
#[case::not_a_device_application(&[("client_id", SPA_CLIENT.id)], "unauthorized_client")]
#[case::unknown_application(&[("client_id", "nobody")], "invalid_client")]
#[case::unknown_scope(&[("scope", "openid nonsense")], "invalid_scope")]
#[case::api_scope_without_audience(&[("scope", "openid read:orders")], "invalid_scope")]
#[case::twice(&[("scope", "openid"), ("scope", "email")], "invalid_request")]
#[tokio::test]
async fn bad_requests(#[case] form: &[(&str, &str)], #[case] error: &str) {
    let kit = Kit::start().await;
    assert_eq!(kit.post("/oauth2/device/auth", form).await.error(), error);
}

#[tokio::test]
async fn a_json_body_is_refused() {
    let kit = Kit::start().await;
    let request = kit.http.post(kit.issuer_url("/oauth2/device/auth")).json(&json!({ "scope": "openid" }));
    let answer = kit.answer(request).await;
    assert_eq!((answer.status, answer.error().as_str()), (400, "invalid_request"));
}

#[tokio::test]
async fn scopes_decide_which_tokens_come() {
    let kit = Kit::start().await;
    let tokens = kit.device_sign_in(JANE, &[]).await;
    assert!(!tokens.id.is_empty() && !tokens.refresh.is_empty());
    let request = kit.device_request(&[("scope", "offline_access")]).await.json();
    kit.demo.approve(request["user_code"].as_str().unwrap());
    let tokens = Tokens::of(&kit.poll(request["device_code"].as_str().unwrap()).await);
    assert!(tokens.id.is_empty() && tokens.refresh.is_empty(), "offline_access is ignored without a word");
    assert_eq!(tokens.body["scope"], "");
    assert_eq!(claims(&tokens.access)["aud"], json!([]), "no audience was asked for");
}

#[tokio::test]
async fn audiences_are_dropped_unless_authorized() {
    let kit = Kit::start().await;
    let audience = |audience: &'static str| [("audience", audience), ("scope", "openid")];
    for (asked, got) in [
        (audience("https://billing.acme.test"), json!([])),
        (audience("https://api.acme.test/"), json!([])),
        (audience("https://other.test https://api.acme.test"), json!([AUDIENCE])),
    ] {
        let request = kit.device_request(&asked).await.json();
        kit.demo.approve(request["user_code"].as_str().unwrap());
        let tokens = Tokens::of(&kit.poll(request["device_code"].as_str().unwrap()).await);
        assert_eq!(claims(&tokens.access)["aud"], got, "{asked:?}");
    }
}

#[tokio::test]
async fn a_user_without_an_organisation_has_no_org_code() {
    let kit = Kit::start().await;
    let access = claims(&kit.device_sign_in(SAM, &[]).await.access);
    assert_eq!(access.get("org_code"), None);
    assert_eq!(access["permissions"], json!([]));
}

#[tokio::test]
async fn the_verification_page_approves_and_denies() {
    let kit = Kit::start().await;
    assert!(kit.get("/device").await.text.contains("name=\"user_code\""));
    assert_eq!(kit.get("/device?user_code=WRONGONE").await.status, 400);
    let request = kit.device_request(&[("scope", SCOPE), ("audience", AUDIENCE)]).await.json();
    let user_code = request["user_code"].as_str().unwrap();
    let typed = format!("{}-{}", &user_code[..4].to_lowercase(), &user_code[4..]);
    let page = kit.get(&format!("/device?user_code={typed}")).await;
    for shown in [user_code, "Acme terminal", AUDIENCE, "id=\"user-jane\"", "id=\"deny\""] {
        assert!(page.text.contains(shown), "{shown} in {}", page.text);
    }
    let done = kit.post("/device", &[("user_code", user_code), ("user", "admin@acme.test")]).await;
    assert!(done.text.contains("You are signed in"), "{}", done.text);
    let tokens = Tokens::of(&kit.poll(request["device_code"].as_str().unwrap()).await);
    assert_eq!(claims(&tokens.id)["email"], "admin@acme.test");
    let request = kit.device_request(&[]).await.json();
    let form = [("user_code", request["user_code"].as_str().unwrap()), ("deny", "1")];
    assert_eq!(kit.post("/device", &form).await.status, 200);
    assert_eq!(kit.poll(request["device_code"].as_str().unwrap()).await.error(), "access_denied");
    assert_eq!(kit.post("/device", &form).await.status, 400, "decided already");
}

#[tokio::test]
async fn the_path_of_the_troubleshooting_page_does_not_exist() {
    let kit = Kit::start().await;
    let answer = kit.post("/oauth2/v2/device_authorization", &[("client_id", DEVICE_CLIENT.id)]).await;
    assert_eq!(answer.status, 404);
}

#[tokio::test]
async fn knobs_of_the_device_flow() {
    let kit = Kit::start().await;
    kit.demo.faults().update(|faults| {
        faults.omit_interval = true;
        faults.slow_down = 2;
        faults.device_error_status = 403;
        faults.any_polling_speed = true;
    });
    let request = kit.device_request(&[]).await.json();
    assert_eq!(request.get("interval"), None);
    let device_code = request["device_code"].as_str().unwrap();
    for expected in ["slow_down", "slow_down", "authorization_pending", "authorization_pending"] {
        let answer = kit.poll(device_code).await;
        assert_eq!((answer.status, answer.error().as_str()), (403, expected));
    }
}

#[rstest]
#[case(DeviceDecision::Approved(JANE.to_owned()), "")]
#[case(DeviceDecision::Denied, "access_denied")]
#[case(DeviceDecision::Expired, "expired_token")]
#[tokio::test]
async fn decisions_without_a_person(#[case] decision: DeviceDecision, #[case] error: &str) {
    let kit = Kit::with(Faults { device_decision: decision, ..Faults::default() }).await;
    let request = kit.device_request(&[]).await.json();
    let answer = kit.poll(request["device_code"].as_str().unwrap()).await;
    assert_eq!(answer.error(), error);
}

#[tokio::test]
async fn lifetimes_and_interval_are_knobs() {
    let faults = Faults { device_lifetime: 1_800, device_interval: 1, ..Faults::default() };
    let kit = Kit::with(faults).await;
    let request = kit.device_request(&[]).await.json();
    assert_eq!((&request["expires_in"], &request["interval"]), (&json!(1_800), &json!(1)));
    kit.advance(1_799);
    let device_code = request["device_code"].as_str().unwrap();
    assert_eq!(kit.poll(device_code).await.error(), "authorization_pending");
    kit.advance(1);
    assert_eq!(kit.poll(device_code).await.error(), "expired_token");
}
