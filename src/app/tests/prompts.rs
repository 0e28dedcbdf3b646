//! Tests of prompts: the form, the answers, giving up; and of the question for a secret.

use super::fixture::{Stage, name, only_send, question, request, sends, workspace_of};
use crate::app::effect::{Answer, Effect};
use crate::app::layers::PromptsLayer;
use crate::app::msg::{Holder, Msg, PromptDefault};
use crate::app::state::{Layer, Masked, Question, RunPhase};
use crate::model::exchange::RunId;
use crate::model::identity::Origin;
use crate::model::wire::FieldValue;
use crate::redact::SecretText;
use crate::template::Guarded;

fn asked(stage: &mut Stage) -> RunId {
    let id = stage.run();
    stage.tell(Msg::RunNeedsAnswers { id, prompts: vec![question("order", "7"), question("password", "")] });
    id
}

fn prompts(stage: &Stage) -> &PromptsLayer {
    match stage.state().layers.last() {
        Some(Layer::Prompts(prompts)) => prompts,
        other => panic!("no prompts but {other:?}"),
    }
}

fn plain(name: &str, text: &str) -> Answer {
    Answer { name: name.to_owned(), value: Some(FieldValue::Plain(text.to_owned())) }
}

#[test]
fn the_answers_go_with_the_request_and_secrets_are_typed_unseen() {
    let mut stage = Stage::signed_in();
    let first = asked(&mut stage);
    assert_eq!(prompts(&stage).fields[0].input.text, "7");
    assert_eq!(prompts(&stage).fields[1].input.masked, Masked::Yes);
    assert_eq!(stage.write("7"), []);
    assert_eq!(stage.press("enter"), [], "there is one more field");
    stage.write("qsecret-pass");
    assert!(!format!("{:?}", stage.state()).contains("secret-pass"));
    let effects = stage.press("enter");
    assert!(stage.state().layers.is_empty());
    let send = only_send(effects);
    assert_ne!(send.id, first);
    assert_eq!(send.request, request("orders.http", 0));
    let secret = FieldValue::Secret(SecretText::new("qsecret-pass"));
    assert_eq!(send.answers, [plain("order", "77"), Answer { name: "password".to_owned(), value: Some(secret) }]);
    assert!(!format!("{send:?}").contains("secret-pass"));
}

#[test]
fn an_empty_answer_leaves_the_environments_secret() {
    let mut stage = Stage::signed_in();
    let id = stage.run();
    let mut hidden = question("password", "");
    hidden.default = PromptDefault::Hidden;
    stage.tell(Msg::RunNeedsAnswers { id, prompts: vec![hidden, question("note", "")] });
    let send = only_send(stage.press("enter enter"));
    assert_eq!(send.answers, [Answer { name: "password".to_owned(), value: None }, plain("note", "")]);
}

#[rstest::rstest]
#[case("esc")]
#[case("ctrl+c")]
fn giving_up_sends_nothing(#[case] key: &str) {
    let mut stage = Stage::signed_in();
    let id = asked(&mut stage);
    assert_eq!(sends(&stage.press(key)), 0);
    assert!(stage.state().layers.is_empty());
    assert!(matches!(stage.phase(), RunPhase::Cancelled));
    stage.tell(Msg::RunNeedsAnswers { id, prompts: vec![question("order", "")] });
    assert!(stage.state().layers.is_empty(), "a late question is none");
}

#[test]
fn fields_are_reached_by_tab_and_by_the_mouse_and_wrap() {
    let mut stage = Stage::signed_in();
    asked(&mut stage);
    for (key, at) in [("tab", 1), ("tab", 0), ("shift+tab", 1), ("up", 0), ("down", 1)] {
        stage.press(key);
        assert_eq!(prompts(&stage).focused, at, "{key}");
    }
}

#[test]
fn answers_stay_when_an_origin_is_asked_for_afterwards() {
    let mut stage = Stage::signed_in();
    asked(&mut stage);
    let id = only_send(stage.press("enter enter")).id;
    let origin = Origin::parse("https://api.stripe.test").unwrap();
    let secret = Guarded::Secret("stripe".to_owned());
    stage.tell(Msg::RunNeedsOrigin { id, holder: Holder::Secret(secret.clone()), origin: origin.clone() });
    assert!(
        matches!(stage.question(), Question::AllowOrigin { holder: Holder::Secret(asked), .. } if *asked == secret)
    );
    let send = only_send(stage.press("y"));
    assert_eq!((send.allow_origin, send.answers.len()), (Some(origin), 2));
    assert_eq!(send.answers[0], plain("order", "7"));
}

#[test]
fn a_request_that_moved_meanwhile_is_sent_from_its_new_place() {
    let mut stage = Stage::signed_in();
    asked(&mut stage);
    let moved = format!("GET https://new.example\n\n{}", super::fixture::ORDERS);
    let workspace = workspace_of(&[("orders.http", &moved)], super::fixture::ENVIRONMENTS);
    stage.tell(Msg::WorkspaceLoaded(Box::new(workspace)));
    let send = only_send(stage.press("enter enter"));
    assert_eq!((send.request, send.answers.len()), (request("orders.http", 1), 2));
    assert_eq!(stage.state().identity, Some(name("jane")));
}

#[test]
fn of_two_questions_at_a_time_the_second_run_fails_with_what_to_do() {
    let mut stage = Stage::signed_in();
    let first = stage.run();
    stage.select(2);
    let second = stage.run();
    stage.tell(Msg::RunNeedsAnswers { id: first, prompts: vec![question("a", "")] });
    stage.tell(Msg::RunNeedsAnswers { id: second, prompts: vec![question("b", "")] });
    assert!(matches!(stage.phase(), RunPhase::Failed(problem) if problem.hint.contains("again")));
    let effects = stage.press("enter");
    assert_eq!(only_send(effects).request, request("orders.http", 0));
    assert!(!stage.press("esc").iter().any(|effect| matches!(effect, Effect::Send(_))));
}
