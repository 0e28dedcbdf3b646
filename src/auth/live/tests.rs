//! What is asked, of whom, how often; and that a call which fails leaves the others.

use serde_json::{Map, json};

use super::*;
use crate::auth::testing::keys::{self, compact};
use crate::auth::testing::{World, json as json_answer, text as text_answer};
use crate::model::identity::Issuer;
use crate::model::time::Timestamp;
use crate::model::wire::{TransportError, WireResponse};
use crate::redact::AccessToken;

const KINDE: &str = "https://acme.kinde.com";

type Answer = Result<WireResponse, TransportError>;

/// Kinde's metadata, its profile, and this for the account API.
fn kinde(account: impl Fn(&WireRequest) -> Answer + Send + Sync + 'static) -> World {
    World::answering(move |request| match request.url.path() {
        "/.well-known/openid-configuration" => json_answer(
            200,
            &json!({
                "issuer": KINDE,
                "token_endpoint": format!("{KINDE}/oauth2/token"),
                "userinfo_endpoint": format!("{KINDE}/oauth2/v2/user_profile"),
                "jwks_uri": format!("{KINDE}/.well-known/jwks"),
            }),
        ),
        "/oauth2/v2/user_profile" => json_answer(200, &json!({ "sub": "kp_1", "email": "jane@acme.test" })),
        path if path.starts_with("/account_api/v1/") => account(request),
        other => panic!("asked for {other}"),
    })
}

fn session(issuer: &str) -> TokenSet {
    let claims: Map<String, Value> =
        json!({ "iss": issuer, "sub": "kp_1", "exp": 2_000_000_000 }).as_object().unwrap().clone();
    let key = keys::FIRST.clone();
    let header = json!({ "alg": key.algorithm(), "kid": key.id });
    TokenSet {
        access: AccessToken::new(compact(&header, &claims, |message| key.sign(message))),
        id: None,
        refresh: None,
        scope: None,
        obtained_at: Timestamp::from_seconds(0),
        expires_at: None,
    }
}

fn identity(grant: Grant) -> Identity {
    let mut identity = Identity::new("jane", grant);
    identity.issuer = Some(Issuer::parse(KINDE).unwrap());
    identity
}

async fn asked(world: &World, issuer: &str) -> LiveTruth {
    live_truth(&world.ctx, &world.providers, &identity(Grant::DeviceAuthorization), &session(issuer)).await.unwrap()
}

fn keys_of(list: &AccountList) -> Vec<&str> {
    list.items.iter().filter_map(|item| item["key"].as_str()).collect()
}

fn query(request: &WireRequest, name: &str) -> Option<String> {
    request.url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

#[tokio::test]
async fn every_list_is_asked_for_with_the_session_and_all_pages_are_read() {
    let world = kinde(|request| {
        let name = request.url.path().rsplit('/').next().unwrap().to_owned();
        assert!(
            request
                .headers
                .iter()
                .any(|(header, value)| { *header == "Authorization" && value.expose().starts_with("Bearer ey") })
        );
        let (item, next) = match query(request, "starting_after").as_deref() {
            None => ("one", Some("first")),
            Some("first") => ("two", Some("second")),
            Some(_) => ("three", None),
        };
        json_answer(
            200,
            &json!({
                "data": { "org_code": "org_1", name: [{ "id": item, "key": item }] },
                "metadata": { "has_more": next.is_some(), "next_page_starting_after": next },
            }),
        )
    });
    let truth = asked(&world, KINDE).await;
    assert_eq!(truth.userinfo.unwrap()["email"], "jane@acme.test");
    assert_eq!(truth.account.len(), AccountCall::ALL.len());
    for (call, list) in &truth.account {
        let list = list.as_ref().unwrap();
        assert_eq!(keys_of(list), ["one", "two", "three"], "{call:?}");
        assert_eq!((list.org_code.as_deref(), list.cut), (Some("org_1"), false));
    }
    assert!(world.trace.exchanges().iter().all(|one| !format!("{one:?}").contains("eyJ")), "no token in the log");
}

#[tokio::test]
async fn pages_are_bounded_and_a_place_that_is_named_again_ends_them() {
    let endless = kinde(|request| {
        let after = query(request, "starting_after").map_or(0, |after| after.parse::<u32>().unwrap());
        let metadata = json!({ "has_more": true, "next_page_starting_after": (after + 1).to_string() });
        json_answer(200, &json!({ "data": { "permissions": [{ "key": "p" }] }, "metadata": metadata }))
    });
    let truth = asked(&endless, KINDE).await;
    let permissions = truth.account[0].1.as_ref().unwrap();
    assert_eq!((permissions.items.len(), permissions.cut), (MOST_PAGES, true));
    let circling = kinde(|_| {
        let metadata = json!({ "has_more": true, "next_page_starting_after": "here" });
        json_answer(200, &json!({ "data": { "permissions": [{ "key": "p" }] }, "metadata": metadata }))
    });
    let truth = asked(&circling, KINDE).await;
    assert_eq!(truth.account[0].1.as_ref().unwrap().items.len(), 2);
}

#[tokio::test]
async fn each_refusal_is_told_for_itself() {
    let world = kinde(|request| match request.url.path().rsplit('/').next().unwrap() {
        "permissions" => json_answer(403, &json!({ "error": "invalid_token", "error_description": "wrong audience" })),
        "roles" => text_answer(404, "text/html", "<!doctype html><title>Not found</title>"),
        "feature_flags" => {
            let mut busy = text_answer(429, "text/plain", "").unwrap();
            busy.headers.push(("ratelimit-reset".to_owned(), "30".to_owned()));
            Ok(busy)
        }
        "entitlements" => json_answer(200, &json!({ "data": { "entitlements": [{ "feature_key": "seats" }] } })),
        _ => json_answer(200, &json!({ "data": null })),
    });
    let truth = asked(&world, KINDE).await;
    let problem = |at: usize| truth.account[at].1.as_ref().unwrap_err().clone();
    assert!(problem(0).title.contains("403") && problem(0).detail.contains("wrong audience"), "{}", problem(0));
    assert!(problem(1).title.contains("404"), "{}", problem(1));
    assert!(problem(2).title.contains("429") && problem(2).detail.contains("30 s"), "{}", problem(2));
    assert_eq!(truth.account[3].1.as_ref().unwrap().items.len(), 1);
    assert_eq!(truth.account[4].1.as_ref().unwrap().items.len(), 0);
}

#[tokio::test]
async fn the_account_api_is_asked_at_the_identitys_issuer_only() {
    let world = kinde(|request| panic!("asked {}", request.url));
    for foreign in ["https://evil.kinde.com", "https://acme.kinde.com.evil.test", "http://acme.kinde.com"] {
        let truth = asked(&world, foreign).await;
        assert!(truth.account.is_empty() && truth.note.is_some(), "{foreign}");
    }
    assert!(world.wire.requests().iter().all(|request| request.url.host_str() == Some("acme.kinde.com")));
}

#[tokio::test]
async fn other_providers_are_asked_for_the_profile_only() {
    let world = World::answering(|request| match request.url.path() {
        "/.well-known/openid-configuration" => json_answer(
            200,
            &json!({
                "issuer": "https://op.test", "token_endpoint": "https://op.test/token",
                "userinfo_endpoint": "https://op.test/userinfo", "jwks_uri": "https://op.test/jwks",
            }),
        ),
        "/userinfo" => json_answer(200, &json!({ "sub": "kp_1" })),
        other => panic!("asked for {other}"),
    });
    let mut other = identity(Grant::AuthorizationCode);
    other.issuer = Some(Issuer::parse("https://op.test").unwrap());
    let truth = live_truth(&world.ctx, &world.providers, &other, &session("https://op.test")).await.unwrap();
    assert!(truth.userinfo.is_ok() && truth.account.is_empty() && truth.note.is_none());
}

#[tokio::test]
async fn a_machine_has_no_user_to_ask_about() {
    let world = World::answering(|request| panic!("asked for {}", request.url));
    let result = live_truth(&world.ctx, &world.providers, &identity(Grant::ClientCredentials), &session(KINDE)).await;
    assert!(matches!(result, Err(AuthError::NoUser(_))));
}
