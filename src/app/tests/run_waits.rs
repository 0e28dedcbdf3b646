//! Tests of requests that wait: for a session to be read, for a sign-in.

use super::fixture::{Stage, name, only_login, only_send, outcome, problem, request, sends, workspace};
use crate::app::effect::{ActAs, Effect};
use crate::app::msg::Msg;
use crate::app::session::SessionState;
use crate::app::state::RunPhase;
use crate::model::identity::IdentityName;

#[test]
fn a_request_waits_while_its_session_is_read() {
    let mut stage = Stage::loaded();
    assert_eq!(stage.press("enter"), []);
    assert!(matches!(stage.phase(), RunPhase::Preparing));
    assert_eq!(only_send(stage.sign_in("jane")).request, request("orders.http", 0));
    assert_eq!(stage.app.pending_send(), None);
}

#[test]
fn a_waiting_request_can_be_cancelled() {
    let mut stage = Stage::loaded();
    stage.press("enter");
    assert_eq!(stage.press("esc"), [], "nothing was sent that could be cancelled");
    assert!(matches!(stage.phase(), RunPhase::Cancelled));
    assert_eq!(sends(&stage.sign_in("jane")), 0);
}

#[test]
fn enter_twice_while_waiting_sends_once() {
    let mut stage = Stage::loaded();
    stage.press("enter enter");
    assert_eq!(sends(&stage.sign_in("jane")), 1);
    assert_eq!(stage.state().runs.len(), 1);
}

#[test]
fn only_the_latest_request_waits() {
    let mut stage = Stage::loaded();
    stage.press("enter");
    stage.select(4);
    stage.press("enter");
    assert_eq!(only_send(stage.sign_in("jane")).request, request("orders.http", 4));
    stage.select(0);
    assert!(matches!(stage.phase(), RunPhase::Cancelled));
}

#[test]
fn a_waiting_request_whose_identity_is_signed_out_opens_the_sign_in() {
    let mut stage = Stage::loaded();
    stage.press("enter");
    let effects = stage.session("jane", None);
    only_login(&effects);
    assert_eq!(sends(&effects), 0);
    assert!(stage.state().runs.is_empty());
    assert_eq!(stage.app.pending_send(), Some(&request("orders.http", 0)));
}

#[test]
fn a_waiting_request_fails_with_the_problem_of_its_session() {
    let mut stage = Stage::loaded();
    stage.press("enter");
    let key = stage.key("jane");
    stage.tell(Msg::SessionLoaded { key, result: Err(problem("The keyring is locked")) });
    assert!(matches!(stage.phase(), RunPhase::Failed(problem) if problem.title == "The keyring is locked"));
    let effects = stage.press("enter");
    assert_eq!(effects, [Effect::LoadSession(Box::new(stage.identity("jane")))], "Enter asks the vault again");
    assert_eq!(sends(&stage.sign_in("jane")), 1);
}

#[test]
fn a_request_without_a_token_does_not_wait() {
    let mut stage = Stage::loaded();
    stage.select(2);
    assert_eq!(sends(&stage.press("enter")), 1);
}

#[test]
fn enter_on_a_signed_out_identity_signs_in_first_and_then_sends() {
    let mut stage = Stage::signed_out();
    let effects = stage.press("enter");
    assert_eq!(sends(&effects), 0);
    let id = only_login(&effects);
    assert!(stage.state().login().unwrap().notes[0].contains("Sign in as `jane` first"));
    stage.device_code(id);
    let identity = Box::new(stage.identity("jane"));
    assert_eq!(sends(&stage.tell(Msg::LoginEnded { id, result: Ok(identity) })), 0);
    assert_eq!(*stage.session_of("jane"), SessionState::Loading);
    let effects = stage.sign_in("jane");
    assert_eq!(sends(&effects), 1);
    assert!(stage.state().layers.is_empty(), "the sign-in closes itself");
}

#[test]
fn a_sends_the_waiting_request_without_a_token_this_once() {
    let mut stage = Stage::signed_out();
    let id = only_login(&stage.press("enter"));
    stage.device_code(id);
    let effects = stage.press("a");
    assert_eq!(effects[0], Effect::CancelLogin(id));
    let send = only_send(effects);
    assert_eq!((send.identity, send.act_as), (Some(name(IdentityName::ANONYMOUS)), ActAs::Chosen));
    assert!(stage.state().layers.is_empty());
    assert_eq!(stage.state().identity, Some(name("jane")), "the current identity stays");
}

#[test]
fn a_does_nothing_in_a_sign_in_that_nothing_waits_for() {
    let mut stage = Stage::signed_out();
    let id = stage.login();
    stage.device_code(id);
    assert_eq!(stage.press("a"), []);
    assert!(stage.state().login().is_some());
}

#[test]
fn a_sign_in_that_is_cancelled_sends_nothing_later() {
    let mut stage = Stage::signed_out();
    stage.press("enter esc");
    assert_eq!(stage.app.pending_send(), None);
    assert_eq!(sends(&stage.sign_in("jane")), 0);
}

#[test]
fn a_failed_sign_in_keeps_the_request_for_the_next_try() {
    let mut stage = Stage::signed_out();
    let id = only_login(&stage.press("enter"));
    stage.tell(Msg::LoginEnded { id, result: Err(problem("denied")) });
    let id = only_login(&stage.press("enter"));
    let identity = Box::new(stage.identity("jane"));
    stage.tell(Msg::LoginEnded { id, result: Ok(identity) });
    assert_eq!(sends(&stage.sign_in("jane")), 1);
}

#[test]
fn the_waiting_request_is_the_one_of_the_requests_own_identity() {
    let mut stage = Stage::signed_in();
    stage.select(3);
    stage.session("admin", None);
    let id = only_login(&stage.press("enter"));
    assert_eq!(stage.state().login().unwrap().identity.name, name("admin"));
    let identity = Box::new(stage.identity("admin"));
    stage.tell(Msg::LoginEnded { id, result: Ok(identity) });
    assert_eq!(only_send(stage.sign_in("admin")).request, request("orders.http", 3));
}

#[test]
fn nothing_is_sent_while_the_workspace_is_read_again() {
    let mut stage = Stage::loaded();
    stage.press("enter R");
    assert_eq!(sends(&stage.sign_in("jane")), 0);
    assert_eq!(sends(&stage.tell(Msg::WorkspaceLoaded(Box::new(workspace())))), 1);
}

#[test]
fn changing_the_environment_drops_what_waits() {
    let mut stage = Stage::loaded();
    stage.press("enter E down enter");
    assert!(matches!(stage.phase(), RunPhase::Cancelled));
    assert_eq!(sends(&stage.sign_in("jane")), 0);
}

#[test]
fn quitting_asks_while_a_request_is_on_its_way() {
    let mut stage = Stage::signed_in();
    let id = stage.run();
    assert_eq!(stage.press("q"), []);
    assert_eq!(stage.press("n"), []);
    assert!(stage.state().layers.is_empty());
    stage.press("q");
    assert_eq!(stage.press("y"), [Effect::Quit]);
    let mut stage = Stage::signed_in();
    assert_eq!(stage.press("q"), [Effect::Quit]);
    stage.tell(Msg::RunFinished { id, outcome: outcome(b"late") });
}

#[test]
fn ctrl_c_cancels_first_and_then_quits() {
    let mut stage = Stage::signed_in();
    let id = stage.run();
    assert_eq!(stage.press("ctrl+c"), [Effect::CancelRun(id)]);
    assert_eq!(stage.press("ctrl+c"), [Effect::Quit]);
}

#[test]
fn ctrl_c_asks_when_another_request_runs_and_a_second_one_means_it() {
    let mut stage = Stage::signed_in();
    stage.run();
    stage.select(2);
    assert_eq!(stage.press("ctrl+c"), []);
    assert_eq!(stage.press("ctrl+c"), [Effect::Quit]);
}
