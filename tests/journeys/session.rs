//! Sessions over time: refreshed by themselves, refused, ended.

use std::time::Duration;

use bearcat::app::session::SessionState;
use bearcat::app::state::{Layer, Question};
use bearcat::demo::faults::PublishedKeys;
use bearcat::demo::mishap::{Endpoint, Mishap};

use crate::stage::{Setup, Stage};

fn signed_in(setup: Setup) -> Stage {
    let mut stage = setup.manual_clock().start();
    stage.select("orders");
    stage.sign_in();
    stage
}

fn access(stage: &mut Stage) -> String {
    stage.wait("a token", |state| Some(state.current_view()?.tokens.access.expose().to_owned()))
}

#[test]
fn a_session_that_has_run_out_is_refreshed_once_before_the_request_goes_out() {
    let mut stage = signed_in(Setup::new());
    let first = access(&mut stage);
    stage.clock().advance(Duration::from_hours(25));
    let answer = stage.send_request();
    assert_eq!(answer.status, 200);
    assert!(!answer.exchange.resent_after_refresh);
    assert_eq!(stage.demo.token_posts("refresh_token"), 1);
    stage.until("the new token", move |state| {
        state.current_view().is_some_and(|view| view.tokens.access.expose() != first)
    });
    stage.finish();
}

#[test]
fn a_session_near_its_end_refreshes_by_itself() {
    // A provider like Kinde hands out the same access token until its end; most others do not.
    let mut stage = signed_in(Setup::new().faults(|faults| faults.always_new_access_token = true));
    let first = access(&mut stage);
    stage.clock().advance(Duration::from_hours(24) - Duration::from_secs(30));
    stage.until("the new session", move |state| {
        matches!(state.current_session(), Some(SessionState::SignedIn(view)) if view.tokens.access.expose() != first)
    });
    assert_eq!(stage.demo.token_posts("refresh_token"), 1);
    stage.finish();
}

#[test]
fn after_a_401_the_session_is_renewed_and_the_request_sent_once_more() {
    let mut stage = signed_in(Setup::new().faults(|faults| faults.always_new_access_token = true));
    stage.demo.faults().update(|faults| faults.published_keys = PublishedKeys::CurrentOnly);
    stage.demo.rotate_keys();
    let answer = stage.send_request();
    assert_eq!(answer.status, 200, "{:?}", answer.findings);
    assert!(answer.exchange.resent_after_refresh);
    assert_eq!(stage.demo.token_posts("refresh_token"), 1);
    assert_eq!(stage.demo.count(|seen| seen.path == "/api/v1/orders"), 2);
    stage.finish();
}

#[test]
fn a_401_that_stays_is_not_tried_for_ever() {
    let mut stage = signed_in(Setup::new());
    stage.select("The API verifies with the wrong key");
    let answer = stage.send_request();
    assert_eq!(answer.status, 401);
    let answer = stage.send_request();
    assert_eq!(answer.status, 401);
    assert!(stage.demo.token_posts("refresh_token") <= 1, "the same token is renewed once");
    stage.finish();
}

#[test]
fn a_session_that_the_provider_ended_leads_to_the_sign_in() {
    let mut stage = signed_in(Setup::new());
    stage.clock().advance(Duration::from_hours(24 * 16));
    stage.press("enter");
    stage.until("the session to be gone", |state| {
        !matches!(state.current_session(), Some(SessionState::SignedIn(_) | SessionState::Refreshing(_)))
    });
    stage.until("words about it", |state| {
        state.login().is_some() || state.current_run().is_some_and(|run| !run.phase.is_active())
    });
    if stage.see(|state| state.login().is_none()) {
        stage.press("enter");
    }
    stage.approve();
    assert_eq!(stage.response().status, 200, "sent by itself after the new sign-in");
    stage.finish();
}

#[test]
fn r_refreshes_now() {
    let mut stage = signed_in(Setup::new().faults(|faults| faults.always_new_access_token = true));
    let first = access(&mut stage);
    stage.clock().advance(Duration::from_secs(5));
    stage.press("r");
    stage.until("the new token", move |state| {
        matches!(state.current_session(), Some(SessionState::SignedIn(view)) if view.tokens.access.expose() != first)
    });
    stage.finish();
}

#[test]
fn signing_out_asks_revokes_and_forgets() {
    let mut stage = signed_in(Setup::new());
    stage.press("L");
    stage.until(
        "the question",
        |state| matches!(state.layers.last(), Some(Layer::Confirm(Question::Logout(name))) if name.as_str() == "jane"),
    );
    stage.press("n");
    assert!(stage.see(|state| state.current_view().is_some()), "no is no");
    stage.press("L y");
    stage.until("nobody signed in", |state| matches!(state.current_session(), Some(SessionState::SignedOut)));
    assert!(stage.demo.count(|seen| seen.path == "/oauth2/revoke" && seen.status == Some(200)) >= 1);
    stage.finish();
}

#[test]
fn signing_out_can_end_the_session_in_the_browser_too() {
    let mut stage = signed_in(Setup::new());
    stage.press("L");
    stage.until("the question", |state| matches!(state.layers.last(), Some(Layer::Confirm(_))));
    stage.press("b");
    stage.until("nobody signed in", |state| matches!(state.current_session(), Some(SessionState::SignedOut)));
    stage.finish();
}

#[test]
fn the_sign_in_log_shows_the_conversations_without_secrets() {
    let mut stage = signed_in(Setup::new());
    let token = access(&mut stage);
    stage.press("t");
    stage.until("the log", |state| matches!(state.layers.last(), Some(Layer::SignInLog { .. })));
    let entries = stage.see(|state| format!("{:?}", state.sign_in_log));
    assert!(entries.contains("/oauth2/token"), "{entries}");
    assert!(!entries.contains(&token[token.len() - 40..]), "a token stands in the log");
    stage.finish();
}

#[test]
fn a_provider_that_is_down_does_not_end_a_session_that_still_holds() {
    let mut stage = signed_in(Setup::new());
    stage.demo.faults().plan(Endpoint::Token, Mishap::ServerError, None);
    stage.clock().advance(Duration::from_hours(24) - Duration::from_secs(30));
    stage.until("the failed refresh told", |state| {
        matches!(state.current_session(), Some(SessionState::SignedIn(_))) && !state.problems().is_empty()
    });
    stage.demo.faults().reset();
    assert_eq!(stage.send_request().status, 200);
    stage.finish();
}

#[test]
fn signing_out_forgets_here_even_if_the_provider_does_not_answer() {
    let mut stage = signed_in(Setup::new());
    stage.demo.faults().plan(Endpoint::Revocation, Mishap::Dropped, None);
    stage.press("L");
    stage.until("the question", |state| matches!(state.layers.last(), Some(Layer::Confirm(_))));
    stage.press("y");
    stage.until("nobody signed in", |state| matches!(state.current_session(), Some(SessionState::SignedOut)));
    assert!(stage.see(|state| !state.problems().is_empty()), "the user is told");
    stage.finish();
}
