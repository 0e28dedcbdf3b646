//! Sending once as somebody else, and comparing what they got.

use bearcat::app::state::Layer;

use crate::stage::{Setup, Stage};

fn signed_in(request: &str) -> Stage {
    let mut stage = Setup::new().manual_clock().start();
    stage.select(request);
    stage.sign_in();
    stage
}

/// Opens the picker and chooses.
fn once_as(stage: &mut Stage, key: &str, who: &str) {
    stage.press(key);
    stage.until("the picker", |state| matches!(state.layers.last(), Some(Layer::Once(_))));
    let wanted = who.to_owned();
    let row = stage.see(move |state| state.candidates().iter().position(|one| one.name.as_str() == wanted));
    stage.press("home");
    for _ in 0..row.unwrap() {
        stage.press("down");
    }
    stage.press("enter");
}

#[test]
fn the_auth_tab_says_before_sending_that_it_will_not_pass_and_who_would() {
    let mut stage = signed_in("A permission is missing");
    // The machine may create orders; its session is read when the picker opens.
    stage.press("A");
    stage.until("the machine", |state| {
        state.sessions.keys().any(|name| name.as_str() == "machine") && !state.layers.is_empty()
    });
    stage.press("esc 2 ] ] ]");
    stage.wait_for("It will not pass: permissions");
    stage.wait_for("create:orders");
    assert_eq!(stage.demo.count(|seen| seen.path.starts_with("/api/")), 0, "nothing was sent to find that out");
    stage.finish();
}

#[test]
fn one_request_as_two_identities_is_compared_in_one_key() {
    let mut stage = signed_in("me");
    let answer = stage.send_request();
    assert_eq!((answer.status, answer.exchange.token.unwrap().identity.as_str()), (200, "jane"));
    let run = stage.see(|state| state.current_run().map(|run| run.id));
    // Nothing to compare with yet: somebody else is asked for, and the difference follows by itself.
    once_as(&mut stage, "d", "anonymous");
    let answer = stage.answer_after(run);
    assert_eq!(answer.status, 401);
    assert!(!answer.carried_a_token());
    let screen = stage.wait_for("Difference: jane and no token");
    assert!(screen.contains("200 OK") && screen.contains("401"), "{screen}");
    stage.wait_for("only the earlier one was sent with one");
    stage.press("esc");
    stage.wait_for("once without a token");
    assert_eq!(stage.see(|state| state.shown_identity().map(ToString::to_string)), Some("jane".to_owned()));

    let run = stage.see(|state| state.current_run().map(|run| run.id));
    once_as(&mut stage, "A", "machine");
    // It was not signed in: that comes first, and then the request goes out as the machine.
    let answer = stage.answer_after(run);
    assert_eq!((answer.status, answer.exchange.token.unwrap().identity.as_str()), (200, "machine"));
    stage.wait_for("once as machine");
    assert_eq!(stage.see(|state| state.identity.as_ref().map(ToString::to_string)), Some("jane".to_owned()));
    stage.press("d");
    stage.wait_for("Difference: no token and machine");
    stage.finish();
}
