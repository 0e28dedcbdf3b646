//! `/next212` and `/next213`: the SDK's middleware, kinde.md 8.1 and 8.3.

use reqwest::Method;
use rstest::rstest;
use serde_json::json;

use super::*;
use crate::demo::api::nextjs::session;
use crate::demo::directory::{ADMIN, BACKEND_CLIENT, JANE};

async fn send(kit: &Kit, method: Method, path: &str, headers: &[(&str, String)]) -> Answer {
    let mut request = kit.http.request(method, kit.api_url(path));
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    kit.answer(request).await
}

/// The cookies of a session, cut as the SDK cuts them.
fn cookies(access: &str, id: &str) -> [(&'static str, String); 1] {
    let pieces = |name: &str, token: &str| {
        session::pieces(token)
            .into_iter()
            .enumerate()
            .map(|(index, piece)| match index {
                0 => format!("{name}={piece}"),
                _ => format!("{name}{index}={piece}"),
            })
            .collect::<Vec<_>>()
    };
    [("cookie", [pieces("access_token", access), pieces("id_token", id)].concat().join("; "))]
}

#[rstest]
#[case::orders("/api/v1/orders")]
#[case::not_there("/no/such/page")]
#[case::health("/api/auth/health")]
#[tokio::test]
async fn a_bearer_token_is_not_looked_at(#[case] path: &str) {
    let kit = Kit::start().await;
    let token = kit.device_sign_in(JANE, &[]).await.access;
    let (old, new) = (format!("/next212{path}"), format!("/next213{path}"));
    let absolute = format!("{}api/auth/login", kit.demo.api);
    for headers in [vec![], vec![("authorization", format!("Bearer {token}"))]] {
        for method in [Method::GET, Method::POST, Method::DELETE] {
            let answer = send(&kit, method, &old, &headers).await;
            assert_eq!((answer.status, answer.header("location")), (307, absolute.as_str()));
        }
        let read = send(&kit, Method::GET, &new, &headers).await;
        assert_eq!((read.status, read.header("location")), (307, "/api/auth/login"));
        assert_eq!((read.text.as_str(), read.header("content-type")), ("/api/auth/login", ""));
        assert_eq!(send(&kit, Method::HEAD, &new, &headers).await.status, 307);
        let write = send(&kit, Method::POST, &new, &headers).await;
        assert_eq!((write.status, write.header("www-authenticate")), (401, ""));
        assert_eq!(write.json(), json!({ "statusCode": 401, "message": "Unauthorized" }));
    }
}

#[tokio::test]
async fn the_login_route_takes_get_only_and_leads_to_the_issuers_page() {
    let kit = Kit::start().await;
    assert_eq!(send(&kit, Method::POST, "/api/auth/login", &[]).await.status, 405);
    let login = send(&kit, Method::GET, "/api/auth/login", &[]).await;
    assert_eq!(login.status, 307);
    assert!(login.header("set-cookie").starts_with("ac-state-key="));
    let authorization = login.header("location");
    assert!(authorization.starts_with(&format!("{}/oauth2/auth?state=", kit.demo.issuer_text())));
    let next = kit.answer(kit.http.get(authorization)).await;
    assert!(next.header("location").starts_with("/auth/cx/_:nav&m:login&psid:"));
    let page = kit.get(next.header("location")).await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    let register = send(&kit, Method::GET, "/next212/api/auth/register", &[]).await;
    assert!(register.header("location").ends_with("prompt=create"));
}

#[rstest]
#[case("/next212")]
#[case("/next213")]
#[tokio::test]
async fn cookie_mode_works(#[case] app: &str) {
    let kit = Kit::start().await;
    let tokens = kit.device_sign_in(JANE, &[]).await;
    let headers = cookies(&tokens.access, &tokens.id);
    let orders = format!("{app}/api/v1/orders");
    assert_eq!(send(&kit, Method::GET, &orders, &headers).await.json()["total"], 12);
    let create = kit.http.post(kit.api_url(&orders)).header("cookie", &headers[0].1);
    assert_eq!(kit.answer(create.try_clone().unwrap().json(&json!({ "item": "x", "quantity": 1 }))).await.status, 201);
    assert_eq!(kit.answer(create.body("no")).await.status, 422);
    let missing = send(&kit, Method::GET, &format!("{app}/no/such/page"), &headers).await;
    assert_eq!(missing.status, 404);
    assert!(missing.text.contains("This page could not be found."));
    assert_eq!(send(&kit, Method::GET, &format!("{app}/api/auth/nothing"), &headers).await.status, 404);
}

#[tokio::test]
async fn cookies_must_be_both_there_genuine_and_unexpired() {
    let kit = Kit::start().await;
    let tokens = kit.device_sign_in(JANE, &[]).await;
    let orders = "/next213/api/v1/orders";
    let tampered = format!("{}x", tokens.access);
    for bad in [
        cookies(&tampered, &tokens.id),
        cookies(&tokens.access, "x"),
        [("cookie", format!("access_token={}", tokens.access))],
        [("cookie", format!("id_token={}", tokens.id))],
    ] {
        assert_eq!(send(&kit, Method::GET, orders, &bad).await.status, 307);
        assert_eq!(send(&kit, Method::POST, orders, &bad).await.status, 401);
    }
    let good = cookies(&tokens.access, &tokens.id);
    assert_eq!(send(&kit, Method::GET, orders, &good).await.status, 200);
    kit.advance(3_600);
    assert_eq!(send(&kit, Method::GET, orders, &good).await.status, 307, "the ID token lives for an hour");
}

#[tokio::test]
async fn long_tokens_are_cut_in_pieces() {
    let kit = Kit::start().await;
    let many: Vec<_> = (0..400).map(|index| format!("permission:number{index}")).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    kit.demo.set_permissions(JANE, &many);
    let tokens = kit.code_sign_in(JANE, &[]).await;
    let headers = cookies(&tokens.access, &tokens.id);
    assert!(headers[0].1.contains("access_token1=") && headers[0].1.contains("access_token2="));
    assert_eq!(send(&kit, Method::GET, "/next213/api/v1/orders", &headers).await.status, 200);
    let first_piece_only = headers[0].1.replace("access_token1=", "other=");
    let answer = send(&kit, Method::GET, "/next213/api/v1/orders", &[("cookie", first_piece_only)]).await;
    assert_eq!(answer.status, 307);
}

#[rstest]
#[case("/next212", 200, 200)]
#[case("/next213", 401, 403)]
#[tokio::test]
async fn protect_api(#[case] app: &str, #[case] unauthorized: u16, #[case] forbidden: u16) {
    let kit = Kit::start().await;
    let path = format!("{app}/protect-api");
    let answer = send(&kit, Method::GET, &path, &[]).await;
    assert_eq!(answer.status, unauthorized);
    assert_eq!(answer.json(), json!({ "statusCode": 401, "message": "Unauthorized" }));
    let jane = kit.device_sign_in(JANE, &[]).await;
    let answer = send(&kit, Method::GET, &path, &cookies(&jane.access, &jane.id)).await;
    assert_eq!(answer.status, forbidden);
    assert_eq!(answer.json(), json!({ "statusCode": 403, "message": "Forbidden" }));
    let admin = kit.device_sign_in(ADMIN, &[]).await;
    let answer = send(&kit, Method::GET, &path, &cookies(&admin.access, &admin.id)).await;
    assert_eq!(answer.status, 200);
    assert!(answer.json()["reports"].is_array());
}

#[tokio::test]
async fn setup_and_health_tell_issuer_and_client() {
    let kit = Kit::start().await;
    let env = json!({
        "clientId": BACKEND_CLIENT.id,
        "issuerUrl": kit.demo.issuer_text(),
        "redirectUrl": kit.demo.api.as_str().trim_end_matches('/'),
    });
    for (path, status) in [("/api/auth/setup", 401), ("/next213/api/auth/setup", 401), ("/next212/api/auth/setup", 200)]
    {
        let answer = send(&kit, Method::GET, path, &[]).await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.json(), json!({ "message": "NOT_LOGGED_IN", "env": env }));
    }
    let tokens = kit.device_sign_in(JANE, &[]).await;
    let headers = cookies(&tokens.access, &tokens.id);
    let signed_in = send(&kit, Method::GET, "/api/auth/setup", &headers).await.json();
    assert_eq!((&signed_in["message"], &signed_in["permissions"]["orgCode"]), (&json!("OK"), &json!("org_acme")));
    let health = send(&kit, Method::GET, "/api/auth/health", &[]).await.json();
    assert_eq!((&health["clientID"], &health["issuerURL"]), (&env["clientId"], &env["issuerUrl"]));
    assert_eq!(health["clientSecret"], "Set correctly");
}

#[tokio::test]
async fn a_browser_signs_in_to_the_app() {
    let kit = Kit::start().await;
    let login = send(&kit, Method::GET, "/api/auth/login", &[]).await;
    let state = login.header("set-cookie").split(';').next().unwrap().to_owned();
    let callback = browser::sign_in(&login.header("location").parse().unwrap(), JANE).await.unwrap();
    let path = callback[url::Position::BeforePath..].to_owned();
    let no_cookie = send(&kit, Method::GET, &path, &[]).await;
    assert_eq!((no_cookie.status, no_cookie.error().as_str()), (500, "State not found"));
    let wrong = send(&kit, Method::GET, &path, &[("cookie", "ac-state-key=wrong".to_owned())]).await;
    assert_eq!((wrong.status, wrong.error().as_str()), (500, "State mismatch"));
    let done = send(&kit, Method::GET, &path, &[("cookie", state.clone())]).await;
    assert_eq!((done.status, done.header("location")), (307, "/next213/api/v1/orders"));
    let set = done.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap().split(';').next().unwrap());
    let session = [("cookie", set.collect::<Vec<_>>().join("; "))];
    assert_eq!(send(&kit, Method::GET, "/next213/api/v1/orders", &session).await.status, 200);
    let again = send(&kit, Method::GET, &path, &[("cookie", state)]).await;
    assert_eq!((again.status, again.error().as_str()), (500, "invalid_grant"), "the code is used up");
    let logout = send(&kit, Method::GET, "/api/auth/logout", &session).await;
    assert!(logout.header("location").starts_with(&format!("{}/logout?redirect=", kit.demo.issuer_text())));
}
