//! A token goes only where it may go.
#![cfg(unix)]

use bearcat::app::msg::Holder;
use bearcat::app::state::{Layer, Question, RunPhase};

use crate::stage::{Setup, Stage};

/// The demo's API under an address that is no loopback address, but leads there.
fn stage() -> Stage {
    let mut stage = Setup::requests("### it\n# @auth jane\nGET http://0.0.0.0:1/\n").manual_clock().start();
    let port = stage.demo.api.port().unwrap();
    let text = format!("### it\n# @auth jane\nGET http://0.0.0.0:{port}/api/v1/orders\n");
    std::fs::write(stage.home.path().join("workspace/journey.http"), text).unwrap();
    stage.until("the workspace", |state| state.workspace.is_some());
    stage.press("R");
    stage.until("the address", move |state| {
        state
            .workspace
            .iter()
            .flat_map(|workspace| &workspace.collections)
            .flat_map(|one| &one.requests)
            .any(|request| request.url.text.contains(&port.to_string()))
    });
    stage.select("it");
    stage.sign_in();
    stage.press("enter");
    stage.until("the question", |state| {
        matches!(state.layers.last(), Some(Layer::Confirm(Question::AllowOrigin { holder: Holder::Token(identity), .. })) if identity.as_str() == "jane")
    });
    stage.wait_for("0.0.0.0");
    assert_eq!(stage.demo.count(|seen| seen.path == "/api/v1/orders"), 0, "nothing goes out before the answer");
    stage
}

#[test]
fn a_foreign_origin_gets_the_token_only_after_a_yes() {
    let mut stage = stage();
    stage.press("y");
    assert!(stage.response().carried_a_token());
    assert!(stage.send_request().carried_a_token(), "it is asked once");
    stage.finish();
}

#[test]
fn after_a_no_nothing_is_sent() {
    let mut stage = stage();
    stage.press("n");
    stage.until("a cancelled run", |state| {
        state.current_run().is_some_and(|run| matches!(run.phase, RunPhase::Cancelled))
    });
    assert_eq!(stage.demo.count(|seen| seen.path == "/api/v1/orders"), 0);
    stage.press("enter");
    stage.until("the question again", |state| matches!(state.layers.last(), Some(Layer::Confirm(_))));
    stage.finish();
}

#[test]
fn a_redirect_to_another_origin_does_not_take_the_token_along() {
    let mut stage = Setup::new().manual_clock().start();
    stage.select("A redirect to another host");
    stage.sign_in();
    let answer = stage.send_request();
    assert_eq!((answer.status, answer.exchange.hops.len()), (200, 1));
    assert!(answer.exchange.hops[0].credentials_dropped);
    assert!(!String::from_utf8_lossy(&answer.exchange.body.bytes).contains("authorization"));
    stage.finish();
}
