//! `w`: the causes, the code, the keys that do something about it; also of sign-ins and sessions.

use super::fixture::{DAY, Stage, finding, outcome, session};
use crate::app::effect::Effect;
use crate::app::layers::WhyLayer;
use crate::app::msg::{Msg, RunOutcome};
use crate::app::state::Layer;
use crate::model::finding::{Finding, Framework, Remedy};
use crate::model::problem::{Problem, ProblemKind};
use crate::model::session::SessionKey;
use crate::model::time::Timestamp;

fn with_code() -> Finding {
    Finding {
        evidence: vec!["307 to /api/auth/login".to_owned()],
        fix: vec!["Verify the token".to_owned()],
        remedy: Some(Remedy::CookieMode),
        sample: Some(Framework::Express),
        ..finding()
    }
}

fn refused(findings: Vec<Finding>) -> Stage {
    let mut stage = Stage::signed_in();
    let id = stage.run();
    stage.tell(Msg::RunFinished { id, outcome: Box::new(RunOutcome { findings, ..*outcome(b"no") }) });
    stage
}

fn why(stage: &Stage) -> &WhyLayer {
    match stage.state().layers.last() {
        Some(Layer::Why(why)) => why,
        other => panic!("{other:?}"),
    }
}

fn copied(effects: &[Effect]) -> String {
    let copied = effects.iter().find_map(|effect| match effect {
        Effect::Copy { text, .. } => Some(text.expose().to_owned()),
        _ => None,
    });
    copied.expect("something is copied")
}

#[test]
fn code_is_shown_switched_and_copied() {
    let mut stage = refused(vec![finding(), with_code()]);
    stage.press("w");
    assert_eq!(why(&stage).sample, None);
    let text = copied(&stage.press("y"));
    assert!(text.contains("307 to /api/auth/login") && text.contains("1. Verify the token"), "{text}");
    stage.press("s");
    assert_eq!(why(&stage).sample, Some(Framework::Express), "the framework that fits comes first");
    stage.press("right");
    assert_eq!(why(&stage).sample, Some(Framework::FastApi));
    assert!(copied(&stage.press("y")).contains("import jwt"));
    stage.press("left left left");
    assert_eq!(why(&stage).sample, Some(Framework::AspNet), "from the first to the last");
    stage.press("esc");
    assert_eq!(why(&stage).sample, None, "back to the causes");
    stage.press("esc");
    assert!(stage.state().layers.is_empty());
}

#[test]
fn a_cause_without_code_says_so() {
    let mut stage = refused(vec![finding()]);
    stage.press("w s");
    assert_eq!(why(&stage).sample, None);
    assert!(stage.notice().contains("no code"), "{}", stage.notice());
}

#[test]
fn the_keys_of_the_remedies_work_in_the_layer() {
    let mut stage = refused(vec![with_code()]);
    stage.press("w");
    let effects = stage.press("c");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Send(_))), "sent in cookie mode");
    assert!(stage.state().layers.is_empty());

    let mut stage = refused(vec![with_code()]);
    stage.press("w l");
    assert!(matches!(stage.state().layers.last(), Some(Layer::Login(_))));
}

#[test]
fn a_sign_in_that_failed_is_explained() {
    let mut stage = Stage::signed_out();
    let id = stage.login();
    let problem = Problem::new(ProblemKind::SignIn, "No answer came from the browser").because(vec![with_code()]);
    stage.tell(Msg::LoginEnded { id, result: Err(problem) });
    stage.press("w");
    assert_eq!(why(&stage).findings, [with_code()]);
    stage.press("l");
    assert!(matches!(stage.state().layers.last(), Some(Layer::Login(_))), "back in the sign-in");
}

#[test]
fn a_run_that_failed_with_a_sign_in_is_explained() {
    let mut stage = Stage::signed_in();
    let id = stage.run();
    let problem = Problem::new(ProblemKind::SignIn, "The session has ended").because(vec![with_code()]);
    stage.tell(Msg::RunFailed { id, problem });
    stage.press("w");
    assert_eq!(why(&stage).findings, [with_code()]);
}

#[test]
fn a_session_that_lacks_something_is_explained_at_the_sign_in_and_later() {
    let mut stage = Stage::signed_out();
    let identity = stage.identity("jane");
    let id = stage.login();
    stage.tell(Msg::LoginEnded { id, result: Ok(Box::new(identity.clone())) });
    let mut view = session("jane", stage.now, DAY);
    view.tokens.refresh = None;
    stage.tell(Msg::SessionLoaded { key: SessionKey::of(&identity), result: Ok(Some(Box::new(view))) });
    let notes = stage.state().login().map(|login| login.notes.clone()).unwrap_or_default();
    assert!(notes.iter().any(|note| note.contains("no refresh token")), "{notes:?}");
    stage.press("esc w");
    assert_eq!(why(&stage).findings[0].id, "device-tokens-missing");
}

#[test]
fn a_refresh_that_changes_nothing_is_told() {
    let mut stage = Stage::signed_in();
    let key = SessionKey::of(&stage.identity("jane"));
    stage.press("r");
    let view = session("jane", Timestamp::from_seconds(stage.now.seconds()), DAY);
    stage.tell(Msg::SessionLoaded { key, result: Ok(Some(Box::new(view))) });
    assert!(stage.notice().contains("same access token"), "{}", stage.notice());
}
