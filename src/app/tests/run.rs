//! Tests of sending: progress, ends, cancelling, overrides, bounds.

use std::fmt::Write as _;

use rstest::rstest;

use super::fixture::{Stage, finding, head, name, only_send, outcome, problem, request, sends, sent};
use crate::app::effect::{ActAs, Effect, SendRequest};
use crate::app::msg::{Holder, Msg, RunProgress};
use crate::app::state::{Layer, Question, ResponseTab, RunPhase, StartOptions};
use crate::model::exchange::RunId;
use crate::model::finding::Finding;
use crate::model::identity::{IdentityName, Origin};
use crate::model::problem::{Problem, ProblemKind};

#[rstest]
#[case("1")]
#[case("2")]
#[case("3")]
#[case("4")]
fn enter_sends_from_every_panel(#[case] panel: &str) {
    let mut stage = Stage::signed_in();
    stage.press(panel);
    let send = only_send(stage.press("enter"));
    let expected = SendRequest {
        id: send.id,
        request: request("orders.http", 0),
        environment: Some("dev".to_owned()),
        identity: Some(name("jane")),
        act_as: ActAs::RequestDecides,
        carrier: None,
        max_redirects: None,
        allow_origin: None,
        answers: Vec::new(),
    };
    assert_eq!(send, expected);
    assert!(matches!(stage.phase(), RunPhase::Preparing));
}

#[test]
fn a_run_goes_from_sending_to_the_response() {
    let mut stage = Stage::signed_in();
    let id = stage.run();
    stage.tell(Msg::RunProgress { id, progress: RunProgress::Refreshing });
    assert!(matches!(stage.phase(), RunPhase::Refreshing));
    stage.tell(Msg::RunProgress { id, progress: RunProgress::Received { received: 1, expected: None } });
    assert!(matches!(stage.phase(), RunPhase::Refreshing), "bytes without a head are nothing");
    let request = Box::new(sent("https://api.example/orders"));
    stage.tell(Msg::RunProgress { id, progress: RunProgress::Sending(request) });
    assert!(matches!(stage.phase(), RunPhase::Waiting(_)));
    stage.tell(Msg::RunProgress { id, progress: RunProgress::Head(Box::new(head(200))) });
    stage.tell(Msg::RunProgress { id, progress: RunProgress::Received { received: 7, expected: Some(9) } });
    assert!(
        matches!(stage.phase(), RunPhase::Receiving { received: 7, expected: Some(9), head, .. } if head.status == 200)
    );
    stage.tell(Msg::RunFinished { id, outcome: outcome(b"all") });
    assert!(matches!(stage.phase(), RunPhase::Finished(_)));
}

#[test]
fn what_comes_after_the_end_changes_nothing() {
    let mut stage = Stage::signed_in();
    let id = stage.run();
    stage.tell(Msg::RunFinished { id, outcome: outcome(b"first") });
    stage.tell(Msg::RunFinished { id, outcome: outcome(b"second") });
    stage.tell(Msg::RunFailed { id, problem: problem("late") });
    stage.tell(Msg::RunProgress { id, progress: RunProgress::Refreshing });
    assert!(matches!(stage.phase(), RunPhase::Finished(outcome) if &outcome.exchange.body.bytes[..] == b"first"));
}

#[test]
fn a_failed_run_keeps_its_problem_and_w_shows_it() {
    let mut stage = Stage::signed_in();
    let id = stage.run();
    stage.tell(Msg::RunFailed { id, problem: problem("Nothing answers at `api.example`") });
    assert!(matches!(stage.phase(), RunPhase::Failed(_)));
    stage.press("w");
    assert!(matches!(stage.state().layers.last(), Some(Layer::Problem(shown)) if shown.title.contains("api.example")));
}

#[rstest]
#[case("esc")]
#[case("ctrl+c")]
fn a_run_is_cancelled_at_once_and_its_late_result_is_nothing(#[case] key: &str) {
    let mut stage = Stage::signed_in();
    let id = stage.run();
    assert_eq!(stage.press(key), [Effect::CancelRun(id)]);
    assert!(matches!(stage.phase(), RunPhase::Cancelled));
    stage.tell(Msg::RunFinished { id, outcome: outcome(b"late") });
    stage.tell(Msg::RunProgress { id, progress: RunProgress::Refreshing });
    stage.tell(Msg::RunNeedsOrigin { id, holder: Holder::Token(name("jane")), origin: origin() });
    assert!(matches!(stage.phase(), RunPhase::Cancelled));
    assert!(stage.state().layers.is_empty());
}

#[test]
fn enter_while_a_run_goes_on_restarts_it() {
    let mut stage = Stage::signed_in();
    let first = stage.run();
    let effects = stage.press("enter");
    assert_eq!(effects[0], Effect::CancelRun(first));
    let second = only_send(effects).id;
    assert_ne!(first, second);
    stage.tell(Msg::RunFinished { id: first, outcome: outcome(b"late") });
    assert!(matches!(stage.phase(), RunPhase::Preparing));
    stage.tell(Msg::RunFinished { id: second, outcome: outcome(b"new") });
    assert!(matches!(stage.phase(), RunPhase::Finished(_)));
}

#[test]
fn each_request_has_its_own_run() {
    let mut stage = Stage::signed_in();
    let first = stage.run();
    stage.select(2);
    assert!(stage.state().current_run().is_none());
    let second = stage.run();
    stage.tell(Msg::RunFinished { id: first, outcome: outcome(b"orders") });
    assert!(matches!(stage.phase(), RunPhase::Preparing));
    stage.tell(Msg::RunFailed { id: second, problem: problem("no") });
    stage.select(0);
    assert!(matches!(stage.phase(), RunPhase::Finished(_)));
}

#[test]
fn a_new_run_shows_the_body_from_its_start() {
    let mut stage = Stage::signed_in();
    stage.press("3 right down down down");
    assert_eq!((stage.state().response_tab, stage.state().response_scroll.line), (ResponseTab::Headers, 3));
    stage.run();
    assert_eq!((stage.state().response_tab, stage.state().response_scroll.line), (ResponseTab::Body, 0));
}

#[test]
fn a_request_with_a_note_is_sent_only_after_yes() {
    let mut stage = Stage::signed_in();
    stage.select(1);
    assert_eq!(stage.press("enter enter"), [], "a key that repeats is not an answer");
    assert!(matches!(stage.question(), Question::SendNote { note, .. } if note == "This makes a real order"));
    assert_eq!(stage.press("n"), []);
    assert!(stage.state().runs.is_empty());
    stage.press("enter");
    assert_eq!(only_send(stage.press("y")).request, request("orders.http", 1));
}

#[test]
fn following_redirects_survives_the_note() {
    let mut stage = Stage::signed_in();
    stage.select(1);
    stage.press("f");
    assert_eq!(only_send(stage.press("y")).max_redirects, Some(5));
}

#[test]
fn f_sends_once_with_redirects() {
    let mut stage = Stage::signed_in();
    assert_eq!(only_send(stage.press("f")).max_redirects, Some(5));
    assert_eq!(only_send(stage.press("enter")).max_redirects, None);
}

#[test]
fn w_explains_only_what_was_refused() {
    let mut stage = Stage::signed_in();
    stage.press("w");
    assert!(stage.notice().contains("Send the request first"));
    let id = stage.run();
    stage.tell(Msg::RunFinished { id, outcome: outcome(b"ok") });
    stage.press("w");
    assert!(stage.notice().contains("not refused"));
    let id = stage.run();
    let findings: Vec<Finding> = vec![finding()];
    stage.tell(Msg::RunFinished { id, outcome: Box::new(crate::app::msg::RunOutcome { findings, ..*outcome(b"no") }) });
    stage.press("w");
    assert!(matches!(stage.state().layers.last(), Some(Layer::Why(_))));
}

fn origin() -> Origin {
    Origin::parse("https://api.example").unwrap()
}

fn needs_origin(stage: &mut Stage, id: RunId) {
    stage.tell(Msg::RunNeedsOrigin { id, holder: Holder::Token(name("jane")), origin: origin() });
}

#[test]
fn a_token_for_a_new_origin_is_asked_for_and_the_request_sent_again() {
    let mut stage = Stage::signed_in();
    let id = only_send(stage.press("f")).id;
    needs_origin(&mut stage, id);
    needs_origin(&mut stage, id);
    assert_eq!(stage.state().layers.len(), 1, "the same question twice is one");
    assert_eq!(stage.press("enter"), [], "Enter may still be held down");
    let effects = stage.press("y");
    let send = only_send(effects);
    assert_eq!(send.allow_origin, Some(origin()));
    assert_eq!(send.max_redirects, Some(5), "what was asked for stays");
    assert_ne!(send.id, id);
}

#[rstest]
#[case("n")]
#[case("esc")]
#[case("ctrl+c")]
fn an_origin_that_is_refused_ends_the_run(#[case] key: &str) {
    let mut stage = Stage::signed_in();
    let id = stage.run();
    needs_origin(&mut stage, id);
    assert_eq!(stage.press(key), []);
    assert!(matches!(stage.phase(), RunPhase::Cancelled));
    assert!(stage.notice().contains("https://api.example"));
}

#[test]
fn more_origin_questions_than_layers_fail_their_run() {
    let mut stage = Stage::signed_in();
    let files: Vec<(String, String)> =
        (0..9).map(|n| (format!("{n}.http"), format!("GET https://api.example/{n}\n"))).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let many = super::fixture::workspace_of(&files, super::fixture::ENVIRONMENTS);
    stage.tell(Msg::WorkspaceLoaded(Box::new(many)));
    stage.press("1 home");
    let mut ids = Vec::new();
    for _ in 0..9 {
        stage.press("down");
        ids.push(stage.run());
        stage.press("down");
    }
    for id in ids {
        needs_origin(&mut stage, id);
    }
    assert!(stage.state().layers.len() <= 6);
    assert!(stage.state().runs.values().any(|run| matches!(run.phase, RunPhase::Failed(_))));
}

#[test]
fn acting_as_another_wins_over_what_the_request_says() {
    let mut stage = Stage::signed_in();
    stage.select(3);
    assert_eq!(stage.state().effective_identity(), Some(&name("admin")));
    stage.press("a");
    stage.press("g down enter");
    assert_eq!(stage.state().effective_identity(), Some(&name("jane")));
    let send = only_send(stage.press("enter"));
    assert_eq!((send.identity, send.act_as), (Some(name("jane")), ActAs::Chosen));
    stage.press("a g enter");
    assert_eq!(stage.state().effective_identity(), Some(&name("admin")), "as each request says");
}

#[test]
fn no_auth_wins_over_acting_as() {
    let mut stage = Stage::signed_in();
    stage.press("a g down enter");
    stage.select(2);
    assert_eq!(stage.state().effective_identity(), None);
}

#[test]
fn a_session_that_was_refused_is_read_again_and_the_next_enter_signs_in() {
    let mut stage = Stage::signed_in();
    let id = stage.run();
    let refused = Problem::new(ProblemKind::SignIn, "The session has ended");
    let effects = stage.tell(Msg::RunFailed { id, problem: refused });
    assert_eq!(effects, [Effect::LoadSession(Box::new(stage.identity("jane")))]);
    assert!(matches!(stage.phase(), RunPhase::Failed(_)));
    stage.session("jane", None);
    super::fixture::only_login(&stage.press("enter"));
}

#[test]
fn acting_as_anonymous_sends_no_token() {
    let mut stage = Stage::signed_out();
    stage.press("a G enter");
    let send = only_send(stage.press("enter"));
    assert_eq!((send.identity, send.act_as), (Some(name(IdentityName::ANONYMOUS)), ActAs::Chosen));
}

#[test]
fn only_twenty_responses_are_kept_and_the_selected_one_always() {
    let mut text = String::new();
    for number in 0..30 {
        write!(text, "### r{number}\n# @no-auth\nGET https://api.example/{number}\n\n").unwrap();
    }
    let mut stage = Stage::started(StartOptions::default());
    stage.tell(Msg::WorkspaceLoaded(Box::new(super::fixture::workspace_of(&[("orders.http", &text)], "{}"))));
    stage.draw();
    let oldest = stage.run();
    stage.tell(Msg::RunFinished { id: oldest, outcome: outcome(b"oldest") });
    for index in 1..30 {
        stage.select(index);
        let id = stage.run();
        stage.select(0);
        stage.tell(Msg::RunFinished { id, outcome: outcome(b"x") });
    }
    assert_eq!(stage.state().runs.len(), 20);
    assert!(matches!(stage.phase(), RunPhase::Finished(_)), "the selected one stays");
    assert!(stage.state().runs.contains_key(&request("orders.http", 29)));
    assert!(!stage.state().runs.contains_key(&request("orders.http", 1)));
}

#[test]
fn bodies_are_bounded_together() {
    let mut stage = Stage::signed_in();
    let big = vec![b'x'; 40 * 1024 * 1024];
    let first = stage.run();
    stage.tell(Msg::RunFinished { id: first, outcome: outcome(&big) });
    stage.select(2);
    let second = stage.run();
    stage.tell(Msg::RunFinished { id: second, outcome: outcome(&big) });
    assert_eq!(stage.state().runs.len(), 1);
    assert!(matches!(stage.phase(), RunPhase::Finished(_)));
}

#[test]
fn a_name_that_nothing_defines_is_left_to_the_shell_to_report() {
    let mut stage = Stage::signed_in();
    stage.select(5);
    assert_eq!(sends(&stage.press("enter")), 1);
}

#[test]
fn copying_follows_the_panel() {
    let mut stage = Stage::signed_in();
    let copied = |effects: Vec<Effect>| match effects.as_slice() {
        [Effect::Copy { what, text }] => ((*what).to_owned(), text.expose().to_owned()),
        other => panic!("{other:?}"),
    };
    assert_eq!(copied(stage.press("y")), ("URL".to_owned(), "https://api.example/orders?limit=10".to_owned()));
    assert_eq!(stage.press("3 y"), []);
    let id = stage.run();
    stage.tell(Msg::RunFinished { id, outcome: outcome(b"the body") });
    assert_eq!(copied(stage.press("y")), ("body".to_owned(), "the body".to_owned()));
    assert_eq!(copied(stage.press("right y")).1, "content-type: text/plain\n");
    assert_eq!(copied(stage.press("4 y")), ("access token".to_owned(), "access-token-of-jane".to_owned()));
    assert_eq!(copied(stage.press("right y")).1, "id-token-of-jane");
    stage.tell(Msg::Copied(Ok("ID token")));
    assert_eq!(stage.notice(), "Copied the ID token");
    stage.tell(Msg::Copied(Err(problem("No clipboard here"))));
    assert_eq!(stage.notice(), "No clipboard here");
}

#[test]
fn a_copied_url_is_not_masked_from_then_on() {
    let mut stage = Stage::signed_in();
    stage.press("y");
    assert_eq!(crate::redact::mask("https://api.example/orders?limit=10"), "https://api.example/orders?limit=10");
}
