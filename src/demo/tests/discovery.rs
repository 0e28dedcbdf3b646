//! Discovery and keys: kinde.md 1.2 and 6.1.

use serde_json::{Value, json};

use super::*;

#[tokio::test]
async fn the_document_lists_exactly_what_kindes_does() {
    let kit = Kit::start().await;
    let base = kit.demo.issuer_text();
    assert!(!base.ends_with('/'));
    let expected = json!({
        "issuer": base,
        "authorization_endpoint": format!("{base}/oauth2/auth"),
        "token_endpoint": format!("{base}/oauth2/token"),
        "userinfo_endpoint": format!("{base}/oauth2/v2/user_profile"),
        "jwks_uri": format!("{base}/.well-known/jwks"),
        "revocation_endpoint": format!("{base}/oauth2/revoke"),
        "introspection_endpoint": format!("{base}/oauth2/introspect"),
        "end_session_endpoint": format!("{base}/logout"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["form_post", "query", "fragment"],
        "code_challenge_methods_supported": ["S256"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
        "subject_types_supported": ["public"],
        "scopes_supported": ["address", "email", "event_hooks", "offline", "openid", "phone", "profile"],
        "claims_supported": ["aud", "exp", "iat", "iss", "sub"],
        "request_uri_parameter_supported": false,
    });
    for path in ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"] {
        assert_eq!(kit.get(path).await.json(), expected);
    }
}

#[tokio::test]
async fn the_key_set_is_on_both_paths_and_looks_like_kindes() {
    let kit = Kit::start().await;
    let first = kit.get("/.well-known/jwks").await.json();
    assert_eq!(first, kit.get("/.well-known/jwks.json").await.json());
    let [key] = first["keys"].as_array().unwrap().as_slice() else { panic!("one key: {first}") };
    let mut members: Vec<_> = key.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(members, ["alg", "e", "kid", "kty", "n", "use"]);
    assert_eq!((&key["alg"], &key["e"], &key["kty"]), (&json!("RS256"), &json!("AQAB"), &json!("RSA")));
    let kid = key["kid"].as_str().unwrap();
    assert!(kid.len() == 47 && kid.split(':').all(|pair| pair.len() == 2), "{kid}");
}

#[tokio::test]
async fn the_key_set_is_refused_with_an_authorization_header() {
    let kit = Kit::start().await;
    assert_eq!(kit.get_as("/.well-known/jwks", "any.old.token").await.status, 403);
}

#[tokio::test]
async fn the_custom_domain_is_another_issuer_with_the_same_keys() {
    let kit = Kit::start().await;
    let custom = kit.demo.custom_domain.join("/.well-known/openid-configuration").unwrap();
    let document = kit.answer(kit.http.get(custom)).await.json();
    assert_eq!(document["issuer"], kit.demo.custom_issuer_text());
    assert_ne!(kit.demo.custom_issuer_text(), kit.demo.issuer_text());
    let keys = kit.answer(kit.http.get(document["jwks_uri"].as_str().unwrap())).await.json();
    assert_eq!(keys, kit.get("/.well-known/jwks").await.json());
    let device = kit.demo.custom_domain.join("/oauth2/device/auth").unwrap();
    let device: Value = kit.answer(kit.http.post(device).form(&[("scope", "openid")])).await.json();
    assert!(kit.demo.approve(device["user_code"].as_str().unwrap()));
    let tokens = Tokens::of(&kit.poll(device["device_code"].as_str().unwrap()).await);
    assert_eq!(claims(&tokens.access)["iss"], kit.demo.custom_issuer_text());
    assert_eq!(claims(&tokens.id)["iss"], kit.demo.custom_issuer_text());
    let answer = kit.api_as("/api/v1/me", &tokens.access).await;
    assert_eq!((answer.status, answer.json()["message"].as_str()), (401, Some("The issuer is invalid")));
}

#[tokio::test]
async fn other_host_names_are_not_served() {
    let kit = Kit::start().await;
    for url in [kit.issuer_url("/.well-known/jwks"), kit.api_url("/api/ping")] {
        let answer = kit.answer(kit.http.get(url).header("host", "rebound.example")).await;
        assert_eq!(answer.status, 421);
    }
}

#[tokio::test]
async fn unknown_paths_show_a_page() {
    let kit = Kit::start().await;
    let answer = kit.get("/oauth2/v3/nothing").await;
    assert_eq!(answer.status, 404);
    assert!(answer.header("content-type").starts_with("text/html"));
    assert!(kit.get("/").await.text.contains("bearcat demo"));
}

#[tokio::test]
async fn the_date_header_is_the_demos_time() {
    let kit = Kit::start().await;
    assert_eq!(kit.get("/.well-known/jwks").await.header("date"), "Fri, 15 Jan 2027 08:00:00 GMT");
    assert_eq!(kit.api("/api/ping").await.header("date"), "Fri, 15 Jan 2027 08:00:00 GMT");
}

#[tokio::test]
async fn everything_closes_when_the_demo_is_dropped() {
    let kit = Kit::start().await;
    kit.get("/").await;
    let hanging = {
        let request = kit.http.get(kit.api_url("/test/hang"));
        tokio::spawn(async move { request.send().await })
    };
    while kit.demo.count(|seen| seen.path == "/test/hang") == 0 {
        tokio::task::yield_now().await;
    }
    let issuer = kit.issuer_url("/");
    drop(kit.demo);
    assert!(hanging.await.unwrap().is_err(), "an open connection ends");
    // The listener closes a moment after the token is cancelled.
    while kit.http.get(issuer.clone()).send().await.is_ok() {
        tokio::task::yield_now().await;
    }
}
