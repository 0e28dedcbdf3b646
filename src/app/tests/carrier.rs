//! `c`: cookie mode is written into the request, and taken back; where it cannot be written it lasts for the session.

use std::path::Path;
use std::sync::Arc;

use super::fixture::{DAY, Stage, name, only_send, outcome, session, workspace};
use crate::app::effect::Effect;
use crate::app::msg::Msg;
use crate::collection::file::Collection;
use crate::collection::origin::{CollectionOrigin, Routes};
use crate::model::request::{AuthDirective, TokenCarrier};

fn source(stage: &Stage) -> String {
    let workspace = stage.state().workspace.as_ref().unwrap();
    workspace.collections[0].source.to_string()
}

fn sends(effects: &[Effect]) -> usize {
    super::fixture::sends(effects)
}

#[test]
fn c_writes_the_directive_and_sends_again_what_was_sent() {
    let mut stage = Stage::signed_in();
    let before = source(&stage);
    assert_eq!(sends(&stage.press("c")), 0, "nothing was sent yet");
    assert_eq!(stage.state().effective_carrier(), TokenCarrier::Cookie);
    assert!(source(&stage).contains("# @auth jane cookie"), "{}", source(&stage));
    assert!(stage.notice().contains("# @auth jane cookie"), "{}", stage.notice());
    assert_eq!(stage.state().documents.unsaved().count(), 1);
    assert!(stage.state().carriers.is_empty(), "the request itself says it");

    let id = stage.run();
    stage.tell(Msg::RunFinished { id, outcome: outcome(b"ok") });
    let effects = stage.press("c");
    assert_eq!(sends(&effects), 1, "sent again");
    assert_eq!(source(&stage), before, "taken back to the letter");
    assert_eq!(stage.state().documents.unsaved().count(), 0);
    assert_eq!(stage.state().effective_carrier(), TokenCarrier::Bearer);
    assert!(stage.notice().contains("taken back"), "{}", stage.notice());
}

#[test]
fn c_sends_what_the_file_says() {
    let mut stage = Stage::signed_in();
    let id = stage.run();
    stage.tell(Msg::RunFinished { id, outcome: outcome(b"no") });
    let send = stage.press("c").into_iter().find_map(|effect| match effect {
        Effect::Send(send) => Some(send),
        _ => None,
    });
    assert_eq!(send.unwrap().carrier, None, "the request says it, so nothing has to be overridden");
}

#[test]
fn u_takes_it_back_too() {
    let mut stage = Stage::signed_in();
    let before = source(&stage);
    stage.press("c");
    stage.press("u");
    assert_eq!(source(&stage), before);
    assert_eq!(stage.state().effective_carrier(), TokenCarrier::Bearer);
}

#[test]
fn after_another_edit_the_directive_is_written_anew() {
    let mut stage = Stage::signed_in();
    stage.press("c");
    // A duplicate of the request comes after it in the history.
    stage.press("D");
    stage.select(0);
    assert_eq!(stage.state().effective_carrier(), TokenCarrier::Cookie);
    stage.press("c");
    let request = stage.state().selected_request().unwrap();
    let expected = AuthDirective::Identity { name: name("jane"), carrier: TokenCarrier::Bearer };
    assert_eq!(request.directives.auth, Some(expected));
}

#[test]
fn c_starts_from_what_the_request_says() {
    let mut stage = Stage::signed_in();
    stage.select(4);
    assert_eq!(stage.state().effective_carrier(), TokenCarrier::Cookie);
    stage.press("c");
    assert_eq!(stage.state().effective_carrier(), TokenCarrier::Bearer);
    assert!(source(&stage).contains("# @auth jane\nGET https://api.example/page"), "{}", source(&stage));
}

#[test]
fn cookie_mode_needs_an_id_token_and_says_so() {
    let mut stage = Stage::signed_out();
    let before = source(&stage);
    stage.press("c");
    assert!(stage.notice().contains("sign in as `jane` first"), "{}", stage.notice());
    let mut view = session("jane", stage.now, DAY);
    view.tokens.id = None;
    stage.session("jane", Some(view));
    stage.press("c");
    assert!(stage.notice().contains("`openid`"));
    stage.select(2);
    stage.press("c");
    assert!(stage.notice().contains("without a token"));
    assert!(stage.state().carriers.is_empty());
    assert_eq!(source(&stage), before);
}

/// A route that was found in sources: there is no file to write into.
#[test]
fn a_route_without_a_file_keeps_it_for_the_session() {
    let mut stage = Stage::signed_in();
    let mut workspace = workspace();
    let mut routes =
        Collection::parse(Path::new("routes (Next.js)"), b"### orders\nGET http://127.0.0.1:3000/api/orders\n");
    let label = "routes (Next.js)".to_owned();
    let origin = CollectionOrigin::Routes(Arc::new(Routes { label, ..Routes::default() }));
    routes.origin = origin;
    workspace.collections.insert(0, routes);
    stage.tell(Msg::WorkspaceLoaded(Box::new(workspace)));
    stage.sign_in("jane");
    stage.press("home down");
    assert_eq!(stage.state().selected_request().unwrap().label(), "orders");
    let id = stage.run();
    stage.tell(Msg::RunFinished { id, outcome: outcome(b"no") });
    assert_eq!(only_send(stage.press("c")).carrier, Some(TokenCarrier::Cookie));
    assert!(stage.notice().contains("`F` saves it"), "{}", stage.notice());
    assert_eq!(stage.state().documents.unsaved().count(), 0);
    let id = stage.run();
    stage.tell(Msg::RunFinished { id, outcome: outcome(b"ok") });
    assert_eq!(only_send(stage.press("c")).carrier, Some(TokenCarrier::Bearer));
}
