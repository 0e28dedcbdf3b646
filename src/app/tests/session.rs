//! Tests of sessions: refreshing, failing, signing out, and what is shown of whom.

use std::time::Duration;

use rstest::rstest;

use super::fixture::{DAY, Stage, name, problem, session};
use crate::app::effect::{BrowserSession, Effect};
use crate::app::msg::Msg;
use crate::app::session::SessionState;
use crate::app::state::{Layer, Question};
use crate::model::port::VaultError;

fn refreshes(effects: &[Effect]) -> usize {
    effects.iter().filter(|effect| matches!(effect, Effect::RefreshSession(_))).count()
}

#[test]
fn r_refreshes_once_at_a_time() {
    let mut stage = Stage::signed_in();
    assert_eq!(refreshes(&stage.press("r")), 1);
    assert!(matches!(stage.session_of("jane"), SessionState::Refreshing(_)));
    assert_eq!(stage.press("r"), []);
    let key = stage.key("jane");
    stage.tell(Msg::SessionRefreshing { key });
    stage.sign_in("jane");
    assert!(matches!(stage.session_of("jane"), SessionState::SignedIn(_)));
    assert_eq!(refreshes(&stage.press("r")), 1);
}

#[test]
fn r_without_a_refresh_token_says_how_to_get_one() {
    let mut stage = Stage::loaded();
    let mut view = session("jane", stage.now, DAY);
    view.tokens.refresh = None;
    stage.session("jane", Some(view));
    assert_eq!(stage.press("r"), []);
    assert!(stage.notice().contains("`offline`"));
}

#[test]
fn r_on_a_machine_asks_for_a_new_token() {
    let mut stage = Stage::loaded();
    stage.press("a g down down down enter");
    assert_eq!(stage.state().identity, Some(name("robot")));
    let mut view = session("robot", stage.now, DAY);
    view.tokens.refresh = None;
    stage.session("robot", Some(view));
    assert_eq!(refreshes(&stage.press("r")), 1);
}

#[test]
fn r_on_a_session_that_could_not_be_read_reads_it_again() {
    let mut stage = Stage::loaded();
    let key = stage.key("jane");
    stage.tell(Msg::SessionLoaded { key, result: Err(problem("The keyring is locked")) });
    assert_eq!(stage.notice(), "The keyring is locked");
    assert_eq!(stage.press("r"), [Effect::LoadSession(Box::new(stage.identity("jane")))]);
    assert_eq!(stage.press("r"), [], "once");
}

#[test]
fn r_on_nobody_tells_how_to_sign_in() {
    let mut stage = Stage::signed_out();
    assert_eq!(stage.press("r"), []);
    assert!(stage.notice().contains("not signed in"));
}

#[test]
fn a_session_is_refreshed_a_minute_ahead_of_its_end_and_once() {
    let mut stage = Stage::signed_in();
    assert_eq!(stage.wait(DAY.saturating_sub(Duration::from_secs(61))), []);
    assert!(stage.app.wants_tick().unwrap() <= Duration::from_secs(1));
    assert_eq!(refreshes(&stage.wait(Duration::from_secs(1))), 1);
    let key = stage.key("jane");
    stage.tell(Msg::SessionLoaded { key, result: Err(problem("Nothing answers")) });
    assert!(matches!(stage.session_of("jane"), SessionState::SignedIn(_)), "the session still holds");
    assert_eq!(stage.wait(Duration::from_secs(10)), [], "not again and again");
    assert_eq!(refreshes(&stage.press("r")), 1, "but when asked");
}

#[test]
fn a_provider_that_returns_the_same_token_is_asked_once_more_after_its_end() {
    let mut stage = Stage::signed_in();
    let same = stage.state().current_view().unwrap().clone();
    let ahead = DAY.saturating_sub(Duration::from_mins(1));
    assert_eq!(refreshes(&stage.wait(ahead)), 1, "ahead of the end");
    stage.session("jane", Some(same.clone()));
    assert_eq!(refreshes(&stage.wait(Duration::from_mins(1))), 0, "not before it has expired");
    assert!(stage.app.wants_tick().is_some(), "the second try is not forgotten");
    assert_eq!(refreshes(&stage.wait(Duration::from_secs(1))), 1, "after the end");
    stage.session("jane", Some(same));
    assert_eq!(refreshes(&stage.wait(DAY)), 0, "not for ever");
}

#[test]
fn a_refreshed_session_is_refreshed_ahead_again() {
    let mut stage = Stage::signed_in();
    stage.wait(DAY);
    stage.sign_in("jane");
    assert_eq!(refreshes(&stage.wait(DAY)), 1);
}

#[test]
fn a_failed_refresh_of_an_ended_session_shows_the_problem() {
    let mut stage = Stage::signed_in();
    stage.wait(DAY);
    let key = stage.key("jane");
    stage.tell(Msg::SessionLoaded { key, result: Err(problem("Sign in again")) });
    assert!(matches!(stage.session_of("jane"), SessionState::Failed(_)));
    stage.press("w");
    assert!(matches!(stage.state().layers.last(), Some(Layer::Problem(_))));
}

#[test]
fn a_session_without_an_end_is_left_alone() {
    let mut stage = Stage::loaded();
    let mut view = session("jane", stage.now, DAY);
    view.tokens.expires_at = None;
    stage.session("jane", Some(view));
    assert_eq!(stage.wait(DAY * 30), []);
    assert_eq!(stage.app.wants_tick(), None);
}

#[test]
fn another_identitys_session_only_fills_the_map() {
    let mut stage = Stage::signed_in();
    assert_eq!(stage.sign_in("admin"), []);
    assert_eq!(stage.state().identity, Some(name("jane")));
    assert_eq!(stage.state().current_view().unwrap().identity, name("jane"));
    assert!(stage.session_of("admin").view().is_some());
}

#[test]
fn a_session_of_an_unknown_identity_is_nothing() {
    let mut stage = Stage::signed_in();
    let mut key = stage.key("jane");
    key.identity = name("stranger");
    let view = session("stranger", stage.now, DAY);
    stage.tell(Msg::SessionLoaded { key, result: Ok(Some(Box::new(view))) });
    assert!(!stage.state().sessions.contains_key(&name("stranger")));
}

#[test]
fn selecting_a_request_of_another_identity_reads_that_session_once() {
    let mut stage = Stage::signed_in();
    let effects = stage.select(3);
    assert_eq!(effects, [Effect::LoadSession(Box::new(stage.identity("admin")))]);
    assert_eq!(stage.state().shown_identity(), Some(&name("admin")));
    stage.select(0);
    assert_eq!(stage.select(3), []);
}

#[test]
fn a_request_without_a_token_shows_the_current_session() {
    let mut stage = Stage::signed_in();
    stage.select(2);
    assert_eq!(stage.state().effective_identity(), None);
    assert_eq!(stage.state().shown_identity(), Some(&name("jane")));
}

#[rstest]
#[case("y", BrowserSession::Keep)]
#[case("b", BrowserSession::End)]
fn signing_out_asks_first(#[case] key: &str, #[case] browser: BrowserSession) {
    let mut stage = Stage::signed_in();
    assert_eq!(stage.press("L"), []);
    assert_eq!(*stage.question(), Question::Logout(name("jane")));
    let identity = Box::new(stage.identity("jane"));
    assert_eq!(stage.press(key), [Effect::Logout { identity, browser }]);
    let key = stage.key("jane");
    stage.tell(Msg::LoggedOut { key, problem: None });
    assert_eq!(*stage.session_of("jane"), SessionState::SignedOut);
    assert_eq!(stage.notice(), "`jane` is signed out");
}

#[test]
fn no_keeps_the_session() {
    let mut stage = Stage::signed_in();
    assert_eq!(stage.press("L n"), []);
    assert!(stage.session_of("jane").view().is_some());
}

#[test]
fn a_logout_that_did_not_work_everywhere_says_so() {
    let mut stage = Stage::signed_in();
    stage.press("L y");
    let key = stage.key("jane");
    stage.tell(Msg::LoggedOut { key, problem: Some(problem("The provider did not revoke the token")) });
    assert_eq!(*stage.session_of("jane"), SessionState::SignedOut);
    stage.press("!");
    assert!(matches!(stage.state().layers.last(), Some(Layer::Problem(shown)) if shown.title.contains("revoke")));
}

#[test]
fn there_is_nobody_to_sign_out() {
    let mut stage = Stage::signed_out();
    assert_eq!(stage.press("L"), []);
    assert!(stage.state().layers.is_empty());
    assert_eq!(stage.notice(), "Nobody is signed in here");
}

#[test]
fn a_note_on_a_session_is_told_with_its_identity() {
    let mut stage = Stage::signed_in();
    let note = problem("The refreshed token could not be stored");
    stage.tell(Msg::SessionNote { identity: name("jane"), problem: note });
    assert_eq!(stage.notice(), "`jane`: The refreshed token could not be stored");
    assert_eq!(stage.state().problems().len(), 1);
}

#[test]
fn another_vault_may_know_what_the_first_did_not() {
    let mut stage = Stage::signed_out();
    stage.tell(Msg::VaultProbed(super::fixture::vault(Err(VaultError::Locked("no".to_owned())))));
    assert_eq!(*stage.session_of("jane"), SessionState::SignedOut);
    let effects = stage.tell(Msg::VaultProbed(super::fixture::vault(Ok(()))));
    assert_eq!(effects, [Effect::LoadSession(Box::new(stage.identity("jane")))]);
}

#[test]
fn the_sign_in_log_is_bounded() {
    let mut stage = Stage::signed_in();
    stage.press("t");
    assert!(stage.state().layers.is_empty());
    for _ in 0..150 {
        stage.tell(Msg::ProviderSpoken(Box::new(crate::model::wire::ProviderExchange {
            at: stage.now,
            purpose: "discovery",
            method: "GET",
            url: "https://dev.example".to_owned(),
            form: Vec::new(),
            result: Ok(200),
            body: String::new(),
            elapsed: Duration::ZERO,
        })));
    }
    assert_eq!(stage.state().sign_in_log.len(), 100);
    stage.press("t");
    assert!(matches!(stage.state().layers.last(), Some(Layer::SignInLog { selected: 99, scroll: 0 })));
    stage.press("pgdn up");
    assert!(matches!(stage.state().layers.last(), Some(Layer::SignInLog { selected: 98, scroll: 0 })));
}
