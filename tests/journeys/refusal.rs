//! Refusals, and why: the findings beside the response.

use bearcat::app::state::{Layer, StartOptions};

use crate::stage::{Setup, Stage};

fn signed_in(request: &str) -> Stage {
    let mut stage = Setup::new().manual_clock().start();
    stage.select(request);
    stage.sign_in();
    stage
}

#[test]
fn acting_as_nobody_is_refused_and_the_finding_says_that_no_token_was_sent() {
    let mut stage = signed_in("orders");
    stage.press("a");
    stage.until("the switcher", |state| matches!(state.layers.last(), Some(Layer::Identities { .. })));
    stage.wait_for("anonymous");
    stage.press("end enter");
    stage.until("acting as nobody", |state| {
        state.layers.is_empty()
            && state.identity.as_ref().is_some_and(bearcat::model::identity::IdentityName::is_anonymous)
    });
    let answer = stage.send_request();
    assert_eq!(answer.status, 401);
    assert!(!answer.carried_a_token());
    assert_eq!(answer.findings.first(), Some(&"no-token-sent"), "{:?}", answer.findings);
    stage.wait_for("401");
    stage.press("w");
    stage.until("the findings", |state| matches!(state.layers.last(), Some(Layer::Why(_))));
    stage.finish();
}

#[test]
fn acting_as_somebody_else_sends_that_token() {
    let mut stage = signed_in("me");
    stage.press("a");
    stage.until("the switcher", |state| matches!(state.layers.last(), Some(Layer::Identities { .. })));
    let row = stage.see(|state| {
        state.identity_rows().iter().position(
            |row| matches!(row, bearcat::app::view::IdentityRow::Identity(one) if one.name.as_str() == "machine"),
        )
    });
    stage.press("home");
    for _ in 0..row.unwrap() {
        stage.press("down");
    }
    stage.press("enter");
    stage.until("acting as the machine", |state| state.shown_identity().is_some_and(|name| name.as_str() == "machine"));
    stage.press("l");
    stage.until("the session", |state| state.current_view().is_some());
    stage.press("esc");
    let answer = stage.send_request();
    assert_eq!((answer.status, answer.exchange.token.unwrap().identity.as_str()), (200, "machine"));
    stage.finish();
}

#[rstest::rstest]
#[case("SDK 2.12: GET is sent to the login page")]
#[case("SDK 2.13: GET is sent to a relative login page")]
fn a_middleware_that_reads_cookies_redirects_and_cookie_mode_lets_in(#[case] request: &str) {
    let mut stage = signed_in(request);
    let refused = stage.send_request();
    assert_eq!(refused.status, 307);
    assert_eq!(refused.findings.first(), Some(&"nextjs-cookies-only"), "{:?}", refused.findings);
    let screen = stage.wait_for("307");
    assert!(screen.contains("cookie"), "the way out is shown:\n{screen}");
    let run = stage.see(|state| state.current_run().map(|run| run.id));
    stage.press("c");
    let answer = stage.answer_after(run);
    assert_eq!(answer.status, 200, "{:?}", answer.findings);
    assert_eq!(answer.exchange.token.unwrap().carrier, bearcat::model::request::TokenCarrier::Cookie);
    stage.wait_for("200 OK");
    let run = stage.see(|state| state.current_run().map(|run| run.id));
    stage.press("c");
    assert_eq!(stage.answer_after(run).status, 307, "and back");
    stage.finish();
}

#[test]
fn an_api_that_verifies_with_the_client_secret_is_found_out() {
    let mut stage = signed_in("The API verifies with the wrong key");
    let answer = stage.send_request();
    assert_eq!(answer.status, 401);
    assert_eq!(answer.findings.first(), Some(&"api-verifies-wrongly"), "{:?}", answer.findings);
    stage.wait_for("401");
    stage.finish();
}

#[test]
fn a_missing_permission_is_named() {
    let mut stage = signed_in("A permission is missing");
    let answer = stage.send_request();
    assert_eq!(answer.status, 403);
    stage.press("w");
    stage.wait_for("create:orders");
    stage.finish();
}

#[test]
fn redirects_are_followed_only_when_asked() {
    let mut stage = Setup::requests("### there\n# @no-auth\nGET @API@/test/redirect-to?url=/api/ping\n").start();
    stage.select("there");
    assert_eq!(stage.send_request().status, 302);
    let run = stage.see(|state| state.current_run().map(|run| run.id));
    stage.press("f");
    let answer = stage.answer_after(run);
    assert_eq!((answer.status, answer.exchange.hops.len()), (200, 1));
    stage.finish();
}

#[test]
fn every_request_of_the_sample_workspace_can_be_sent_without_a_panic() {
    let mut stage = Setup::new().manual_clock().options(|options: &mut StartOptions| options.open = None).start();
    stage.select("orders");
    stage.sign_in();
    for name in ["Ping", "Create an order", "One order", "Settings of the organisation", "Echo", "Eighty headers"] {
        stage.select(name);
        let answer = stage.send_request();
        assert!((200..404).contains(&answer.status), "{name}: {}", answer.status);
    }
    stage.finish();
}
