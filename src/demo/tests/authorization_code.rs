//! The authorisation code grant: kinde.md section 3.

use rstest::rstest;
use serde_json::json;

use super::*;
use crate::demo::directory::{ADMIN, AUTOMATIC_CONNECTION, BACKEND_CLIENT, GLOBEX, JANE, M2M_CLIENT, SAM};
use crate::demo::faults::LoopbackPorts;

fn value<'a>(callback: &'a [(String, String)], name: &str) -> &'a str {
    callback.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
}

/// Where a redirect of this answer leads.
fn redirect(answer: &Answer) -> Vec<(String, String)> {
    assert!([302, 303].contains(&answer.status), "{answer:?}");
    Url::parse(answer.header("location")).unwrap().query_pairs().into_owned().collect()
}

#[tokio::test]
async fn the_page_leads_to_a_code_and_the_code_to_tokens() {
    let kit = Kit::start().await;
    let first = kit.answer(kit.http.get(kit.authorization_url(&[]))).await;
    assert_eq!(first.status, 302);
    let page = first.header("location");
    let psid = page.strip_prefix("/auth/cx/_:nav&m:login&psid:").unwrap();
    assert_eq!(psid.len(), 32);
    let page = kit.get(page).await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(page.text.contains("Acme desktop") && page.text.contains("id=\"user-admin\""));
    let path = first.header("location");
    let done = kit.post(path, &[("user", JANE)]).await;
    let callback = redirect(&done);
    let names: Vec<_> = callback.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["code", "scope", "state"]);
    assert_eq!(value(&callback, "state"), "a-long-enough-state");
    assert_eq!(value(&callback, "code").matches('.').count(), 1);
    assert!(done.header("set-cookie").contains("HttpOnly; SameSite=Lax"));
    assert_eq!(kit.post(path, &[("user", JANE)]).await.status, 400, "a page is good once");

    let tokens = Tokens::of(&kit.exchange(value(&callback, "code")).await);
    let (access, id) = (claims(&tokens.access), claims(&tokens.id));
    kit.verified(&tokens.id).await;
    assert_eq!(id["aud"], json!([kit.demo.issuer_text(), SPA_CLIENT.id]));
    assert_eq!((&id["nonce"], &id["azp"]), (&json!("the-nonce"), &json!(SPA_CLIENT.id)));
    assert_eq!(id["at_hash"], jwt::half_hash(&tokens.access));
    assert_eq!(id["sub"], access["sub"]);
    assert_eq!(id["exp"].as_i64().unwrap() - id["iat"].as_i64().unwrap(), 3_600);
    assert_eq!(id["auth_time"], 1_800_000_000);
    assert_eq!((&id["email"], &id["name"]), (&json!(JANE), &json!("Jane Rivers")));
    assert_eq!(id["org_codes"], json!(["org_acme"]));
    assert_eq!(access["scp"], json!(["openid", "profile", "email", "offline"]));
    assert_eq!(access.get("scope"), None, "no API scope was asked for");
    assert!(!tokens.refresh.is_empty());
}

#[rstest]
#[case::unknown_client(&[("client_id", "nobody")], "not known")]
#[case::unknown_callback(&[("redirect_uri", "https://evil.example/?a=<b>")], "https://evil.example/?a=&lt;b&gt;")]
#[case::other_path(&[("redirect_uri", "http://127.0.0.1:53180/callback/")], "Invalid callback URL")]
#[case::other_port_by_name(&[("redirect_uri", "http://localhost:53181/callback")], "Invalid callback URL")]
#[case::no_callback(&[("redirect_uri", "-")], "Invalid callback URL")]
#[tokio::test]
async fn a_wrong_client_or_callback_shows_a_page(#[case] changes: &[(&str, &str)], #[case] shown: &str) {
    let kit = Kit::start().await;
    let answer = kit.answer(kit.http.get(kit.authorization_url(changes))).await;
    assert_eq!((answer.status, answer.header("location")), (400, ""));
    assert!(answer.header("content-type").starts_with("text/html") && answer.text.contains(shown), "{}", answer.text);
}

#[tokio::test]
async fn callbacks_with_another_port_are_a_knob() {
    let kit = Kit::start().await;
    let other_port = [("redirect_uri", "http://127.0.0.1:9/callback")];
    let begin = async || kit.answer(kit.http.get(kit.authorization_url(&other_port))).await.status;
    assert_eq!(begin().await, 302);
    kit.demo.faults().update(|faults| faults.loopback_ports = LoopbackPorts::Exact);
    assert_eq!(begin().await, 400);
    kit.demo.allow_callback("http://127.0.0.1:9/callback");
    assert_eq!(begin().await, 302);
}

#[rstest]
#[case::short_state(&[("state", "seven77")], "invalid_state")]
#[case::no_state(&[("state", "-")], "invalid_state")]
#[case::response_type(&[("response_type", "token")], "unsupported_response_type")]
#[case::no_challenge(&[("code_challenge", "-")], "invalid_request")]
#[case::plain(&[("code_challenge_method", "plain")], "invalid_request")]
#[case::no_method(&[("code_challenge_method", "-")], "invalid_request")]
#[case::scope(&[("scope", "openid nonsense")], "invalid_scope")]
#[case::machine(&[("client_id", M2M_CLIENT.id)], "unauthorized_client")]
#[case::device(&[("client_id", DEVICE_CLIENT.id)], "unauthorized_client")]
#[case::prompt_none(&[("prompt", "none")], "login_required")]
#[tokio::test]
async fn other_errors_go_to_the_callback(#[case] changes: &[(&str, &str)], #[case] error: &str) {
    let kit = Kit::start().await;
    let answer = kit.answer(kit.http.get(kit.authorization_url(changes))).await;
    assert!(answer.header("location").starts_with(CALLBACK));
    assert_eq!(value(&redirect(&answer), "error"), error);
}

#[tokio::test]
async fn a_parameter_comes_once_and_a_state_has_a_length() {
    let kit = Kit::start().await;
    let mut url = kit.authorization_url(&[]);
    url.query_pairs_mut().append_pair("nonce", "again");
    assert_eq!(value(&redirect(&kit.answer(kit.http.get(url)).await), "error"), "invalid_request");
    let long = "s".repeat(5_000);
    let url = kit.authorization_url(&[("state", &long)]);
    assert_eq!(kit.answer(kit.http.get(url)).await.status, 414);
}

#[tokio::test]
async fn cancelling_is_access_denied() {
    let kit = Kit::start().await;
    let page = kit.answer(kit.http.get(kit.authorization_url(&[]))).await;
    let done = kit.post(page.header("location"), &[("cancel", "1")]).await;
    assert_eq!(value(&redirect(&done), "error"), "access_denied");
    assert_eq!(value(&redirect(&done), "state"), "a-long-enough-state");
}

#[tokio::test]
async fn a_browser_session_skips_the_page_unless_login_is_asked_for() {
    let kit = Kit::start().await;
    let page = kit.answer(kit.http.get(kit.authorization_url(&[]))).await;
    let done = kit.post(page.header("location"), &[("user", SAM)]).await;
    let cookie = done.header("set-cookie").split(';').next().unwrap().to_owned();
    let again = async |changes: &[(&str, &str)]| {
        kit.answer(kit.http.get(kit.authorization_url(changes)).header("cookie", &cookie)).await
    };
    let answer = again(&[("prompt", "none")]).await;
    let tokens = Tokens::of(&kit.exchange(value(&redirect(&answer), "code")).await);
    assert_eq!(claims(&tokens.id)["email"], SAM);
    assert!(again(&[]).await.header("location").starts_with(CALLBACK));
    assert!(again(&[("prompt", "login")]).await.header("location").contains("m:login"));
    let register = again(&[("prompt", "create")]).await;
    assert!(register.header("location").contains("m:register"));
    assert!(kit.get(register.header("location")).await.text.contains("Create an account"));
}

#[tokio::test]
async fn logout_ends_the_session_and_the_access_token_is_not_handed_out_again() {
    let kit = Kit::start().await;
    let page = kit.answer(kit.http.get(kit.authorization_url(&[]))).await;
    let done = kit.post(page.header("location"), &[("user", JANE)]).await;
    let cookie = done.header("set-cookie").split(';').next().unwrap().to_owned();
    let tokens = Tokens::of(&kit.exchange(value(&redirect(&done), "code")).await);
    let back = kit.demo.api.as_str();
    let url = kit.issuer_url(&format!("/logout?redirect={back}"));
    let answer = kit.answer(kit.http.get(url).header("cookie", &cookie)).await;
    assert_eq!((answer.status, answer.header("location")), (302, back));
    assert!(answer.header("set-cookie").contains("Max-Age=0"));
    let prompt_none = kit.authorization_url(&[("prompt", "none")]);
    let answer = kit.answer(kit.http.get(prompt_none).header("cookie", &cookie)).await;
    assert_eq!(value(&redirect(&answer), "error"), "login_required");
    let refreshed = Tokens::of(&kit.refresh(&tokens.refresh).await);
    assert_ne!(refreshed.access, tokens.access);
    let elsewhere = kit.get("/logout?redirect=https://evil.example/").await;
    assert_eq!((elsewhere.status, elsewhere.header("location")), (200, ""));
}

#[tokio::test]
async fn an_organisation_can_be_asked_for() {
    let kit = Kit::start().await;
    let tokens = kit.code_sign_in(ADMIN, &[("org_code", GLOBEX)]).await;
    let access = claims(&tokens.access);
    assert_eq!((&access["org_code"], &access["permissions"]), (&json!(GLOBEX), &json!(["read:orders"])));
    let refused = kit.callback(SAM, &[("org_code", GLOBEX)]).await;
    assert_eq!(value(&refused, "error"), "access_denied");
}

#[tokio::test]
async fn api_scopes_are_granted_as_far_as_the_user_has_them() {
    let kit = Kit::start().await;
    let tokens = kit.code_sign_in(JANE, &[("scope", "openid read:orders create:orders")]).await;
    assert_eq!(claims(&tokens.access)["scope"], "read:orders");
    assert_eq!(tokens.body["scope"], "openid");
}

#[rstest]
#[case::wrong_verifier("code_verifier", "0123456789012345678901234567890123456789012", "invalid_grant")]
#[case::short_verifier("code_verifier", "short", "invalid_grant")]
#[case::no_verifier("code_verifier", "", "invalid_grant")]
#[case::other_callback("redirect_uri", "http://localhost:53180/callback", "invalid_grant")]
#[case::unknown_code("code", "un.known", "invalid_grant")]
#[case::no_code("code", "", "invalid_request")]
#[case::other_client("client_id", M2M_CLIENT.id, "invalid_client")]
#[case::secret_of_a_public_client("client_secret", "any", "invalid_client")]
#[case::unknown_client("client_id", "nobody", "invalid_client")]
#[case::device_client("client_id", DEVICE_CLIENT.id, "unauthorized_client")]
#[case::grant_type("grant_type", "password", "invalid_request")]
#[tokio::test]
async fn bad_exchanges(#[case] name: &str, #[case] replaced: &str, #[case] error: &str) {
    let kit = Kit::start().await;
    let code = kit.code(JANE, &[]).await;
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("client_id", SPA_CLIENT.id),
        ("code", &code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    form.retain(|(key, _)| *key != name);
    form.push((name, replaced));
    assert_eq!(kit.token(&form).await.error(), error);
}

#[tokio::test]
async fn a_code_is_good_once_and_takes_its_tokens_along() {
    let kit = Kit::start().await;
    let code = kit.code(JANE, &[]).await;
    let tokens = Tokens::of(&kit.exchange(&code).await);
    assert_eq!(kit.exchange(&code).await.error(), "invalid_grant");
    assert_eq!(kit.refresh(&tokens.refresh).await.error(), "invalid_grant", "replay revokes");
}

#[tokio::test]
async fn a_code_expires_after_its_lifetime() {
    let kit = Kit::with(Faults { code_lifetime: 60, ..Faults::default() }).await;
    let code = kit.code(JANE, &[]).await;
    kit.advance(60);
    assert_eq!(kit.exchange(&code).await.error(), "invalid_grant");
}

#[tokio::test]
async fn a_back_end_application_needs_its_secret_in_the_body() {
    let kit = Kit::start().await;
    let changes = [("client_id", BACKEND_CLIENT.id), ("code_challenge", "-"), ("code_challenge_method", "-")];
    let code = kit.code(JANE, &changes).await;
    let secret = BACKEND_CLIENT.secret.unwrap();
    let form = [("grant_type", "authorization_code"), ("code", code.as_str()), ("redirect_uri", CALLBACK)];
    let basic = kit.http.post(kit.issuer_url("/oauth2/token")).basic_auth(BACKEND_CLIENT.id, Some(secret)).form(&form);
    let answer = kit.answer(basic).await;
    assert_eq!((answer.status, answer.error().as_str()), (401, "invalid_client"), "HTTP Basic is not for Kinde");
    let mut form = form.to_vec();
    form.push(("client_id", BACKEND_CLIENT.id));
    assert_eq!(kit.token(&form).await.error(), "invalid_client", "no secret");
    form.push(("client_secret", secret));
    assert_eq!(kit.token(&form).await.status, 200);
}

#[tokio::test]
async fn response_modes() {
    let kit = Kit::start().await;
    let fragment = kit.authorization_url(&[("response_mode", "fragment"), ("prompt", "none")]);
    let location = kit.answer(kit.http.get(fragment)).await.header("location").to_owned();
    assert!(location.starts_with(&format!("{CALLBACK}#error=login_required&")), "{location}");
    let form_post = kit.authorization_url(&[("response_mode", "form_post"), ("prompt", "none")]);
    let page = kit.answer(kit.http.get(form_post)).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("name=\"error\" value=\"login_required\""), "{}", page.text);
}

#[tokio::test]
async fn the_page_can_sign_in_by_itself_for_headless_browsers() {
    let kit = Kit::start().await;
    let changes = [("connection_id", AUTOMATIC_CONNECTION), ("login_hint", ADMIN)];
    let begin = kit.answer(kit.http.get(kit.authorization_url(&changes))).await;
    let page = kit.get(begin.header("location")).await;
    assert!(page.text.contains(".click()"));
    assert!(page.text.find("user-admin").unwrap() < page.text.find("user-jane").unwrap(), "the hinted user is first");
    let plain = kit.answer(kit.http.get(kit.authorization_url(&[]))).await;
    assert!(!kit.get(plain.header("location")).await.text.contains("<script"));
}

#[tokio::test]
async fn knobs_of_the_callback() {
    let kit = Kit::start().await;
    kit.demo.faults().update(|faults| {
        faults.callback_state = Some("another-state".to_owned());
        faults.callback_issuer = Some("https://other.example".to_owned());
    });
    let callback = kit.callback(JANE, &[]).await;
    assert_eq!((value(&callback, "state"), value(&callback, "iss")), ("another-state", "https://other.example"));
    kit.demo.faults().update(|faults| faults.authorization_error = Some("server_error".to_owned()));
    assert_eq!(value(&kit.callback(JANE, &[]).await, "error"), "server_error");
}
