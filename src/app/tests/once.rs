//! Sending once as somebody else, and the difference of the last two responses.

use std::time::Duration;

use super::fixture::{DAY, Stage, name, only_send, outcome, request, session, workspace_of};
use crate::app::difference::{Difference, compare};
use crate::app::effect::{ActAs, CompareOrder, Effect};
use crate::app::layers::OncePurpose;
use crate::app::msg::{Holder, Msg, RunOutcome};
use crate::app::state::{Layer, RunPhase};
use crate::model::exchange::{RunId, TokenUsed};
use crate::model::identity::{IdentityName, Origin};
use crate::model::request::TokenCarrier;
use crate::token::preflight::Answer;

/// `jane` and `admin` are signed in, `robot` is not.
fn both_signed_in() -> Stage {
    let mut stage = Stage::signed_in();
    stage.session("admin", Some(session("admin", stage.now, DAY)));
    stage.session("robot", None);
    stage
}

/// The row of the picker with this name.
fn choose(stage: &mut Stage, who: &str) -> Vec<Effect> {
    let row = stage.state().candidates().iter().position(|one| one.name == name(who)).unwrap();
    stage.press("home");
    for _ in 0..row {
        stage.press("down");
    }
    stage.press("enter")
}

fn answered_as(who: Option<&str>, body: &[u8]) -> Box<RunOutcome> {
    let mut outcome = outcome(body);
    outcome.exchange.token = who.map(|who| TokenUsed {
        identity: name(who),
        carrier: TokenCarrier::Bearer,
        jti: None,
        fingerprint: format!("of {who}"),
    });
    outcome
}

/// Sends as the state says, or once as somebody, and gets an answer.
fn send_as(stage: &mut Stage, who: Option<&str>, body: &[u8]) {
    let effects = match who {
        None => stage.press("enter"),
        Some(who) => {
            stage.press("A");
            choose(stage, who)
        }
    };
    let id = only_send(effects).id;
    let token = who.or(Some("jane")).filter(|who| *who != "anonymous");
    stage.tell(Msg::RunFinished { id, outcome: answered_as(token, body) });
}

fn comparison(effects: Vec<Effect>) -> CompareOrder {
    let mut orders = effects.into_iter().filter_map(|effect| match effect {
        Effect::Compare(order) => Some(*order),
        _ => None,
    });
    orders.next().expect("two responses are compared")
}

fn sides(order: &CompareOrder) -> (Option<&str>, Option<&str>) {
    (order.old.identity().map(IdentityName::as_str), order.new.identity().map(IdentityName::as_str))
}

#[test]
fn a_request_is_sent_once_as_somebody_else_and_the_identity_stays() {
    let mut stage = both_signed_in();
    stage.press("A");
    assert!(matches!(stage.state().layers.last(), Some(Layer::Once(once)) if once.purpose == OncePurpose::Send));
    let send = only_send(choose(&mut stage, "admin"));
    assert_eq!((send.identity, send.act_as), (Some(name("admin")), ActAs::Chosen));
    assert_eq!(stage.state().current_run().unwrap().once, Some(name("admin")));
    assert_eq!((stage.state().identity.clone(), stage.state().act_as), (Some(name("jane")), ActAs::RequestDecides));
    // The next one is as before.
    let send = only_send(stage.press("enter"));
    assert_eq!((send.identity, send.act_as), (Some(name("jane")), ActAs::RequestDecides));
    assert_eq!(stage.state().current_run().unwrap().once, None);
}

#[test]
fn anonymous_is_one_of_them_and_wins_over_what_the_request_says() {
    let mut stage = both_signed_in();
    stage.select(3);
    stage.press("A");
    let send = only_send(choose(&mut stage, "anonymous"));
    assert_eq!((send.identity, send.act_as), (Some(name("anonymous")), ActAs::Chosen));
}

#[test]
fn opening_the_picker_reads_the_sessions_that_were_not_read() {
    let mut stage = Stage::signed_in();
    let effects = stage.press("A");
    let read: Vec<String> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::LoadSession(identity) => Some(identity.name.to_string()),
            _ => None,
        })
        .collect();
    assert_eq!(read, ["admin", "robot"]);
    assert!(stage.app.wants_tick().is_some(), "a spinner turns");
}

#[test]
fn somebody_who_is_signed_out_signs_in_first_and_then_it_is_sent_as_them() {
    let mut stage = both_signed_in();
    stage.press("A");
    let effects = choose(&mut stage, "robot");
    assert!(stage.state().login().is_some(), "{effects:?}");
    assert_eq!(stage.app.pending_send(), Some(&request("orders.http", 0)));
    let id = stage.state().login().unwrap().id.unwrap();
    let identity = Box::new(stage.identity("robot"));
    stage.tell(Msg::LoginEnded { id, result: Ok(identity) });
    let view = session("robot", stage.now, DAY);
    let send = only_send(stage.session("robot", Some(view)));
    assert_eq!((send.identity, send.act_as), (Some(name("robot")), ActAs::Chosen));
    assert_eq!(stage.state().identity, Some(name("jane")), "who signs in for one request is not the current identity");
}

#[test]
fn an_origin_that_is_allowed_later_is_asked_for_the_same_sender() {
    let mut stage = both_signed_in();
    stage.press("A");
    let id = only_send(choose(&mut stage, "admin")).id;
    let origin = Origin::parse("https://api.example").unwrap();
    stage.tell(Msg::RunNeedsOrigin { id, holder: Holder::Token(name("admin")), origin: origin.clone() });
    let send = only_send(stage.press("y"));
    assert_eq!((send.identity, send.act_as), (Some(name("admin")), ActAs::Chosen));
    assert!(stage.state().allowed_origins.contains(&(name("admin"), origin)));
    assert_eq!(stage.state().current_run().unwrap().once, Some(name("admin")));
}

#[test]
fn a_request_that_carries_nobodys_token_says_so_instead() {
    let mut stage = both_signed_in();
    stage.select(2);
    stage.press("A");
    assert!(stage.state().layers.is_empty());
    assert!(stage.notice().contains("@no-auth"), "{}", stage.notice());
}

#[test]
fn the_one_who_would_pass_is_selected() {
    let mut stage = Stage::loaded();
    let text = "### a\n# @require write:things\nGET http://localhost:1/x\n";
    let environments = super::fixture::ENVIRONMENTS;
    stage.tell(Msg::WorkspaceLoaded(Box::new(workspace_of(&[("orders.http", text)], environments))));
    let scopes = |stage: &Stage, who: &str, scope: &str| {
        let mut view = session(who, stage.now, DAY);
        let claims = serde_json::json!({ "scp": [scope], "exp": stage.now.seconds() + 60 });
        let token = format!(
            "{}.{}.c2ln",
            crate::token::testing::encode(&serde_json::json!({"alg": "RS256"})),
            crate::token::testing::encode(&claims)
        );
        view.access.inspection = crate::token::inspect::inspect(&token);
        view.access.verdict.checks =
            [crate::model::verdict::CheckId::Signature, crate::model::verdict::CheckId::Audience]
                .map(|id| crate::model::verdict::Check {
                    id,
                    outcome: crate::model::verdict::Outcome::Pass,
                    reason: String::new(),
                })
                .to_vec();
        view
    };
    let jane = scopes(&stage, "jane", "read:things");
    let admin = scopes(&stage, "admin", "write:things");
    stage.session("jane", Some(jane));
    stage.session("admin", Some(admin));
    stage.select(0);
    assert_eq!(stage.state().preflight().unwrap().answer(), Answer::Fail);
    stage.press("A");
    let Some(Layer::Once(once)) = stage.state().layers.last() else { panic!("the picker is open") };
    assert_eq!(stage.state().candidates()[once.selected].name, name("admin"));
    assert_eq!(stage.state().candidates()[once.selected].preflight.answer(), Answer::Pass);
}

#[test]
fn the_last_responses_of_two_identities_are_compared() {
    let mut stage = both_signed_in();
    send_as(&mut stage, None, b"one");
    send_as(&mut stage, Some("admin"), b"two");
    let order = comparison(stage.press("d"));
    assert_eq!(sides(&order), (Some("jane"), Some("admin")));
    assert_eq!(&order.old.exchange.body.bytes[..], b"one");
    stage.press("esc");
    // Two more of the admin: Jane's is still the one to compare with.
    send_as(&mut stage, Some("admin"), b"three");
    send_as(&mut stage, Some("admin"), b"four");
    let order = comparison(stage.press("d"));
    assert_eq!(sides(&order), (Some("jane"), Some("admin")));
    assert_eq!(&order.new.exchange.body.bytes[..], b"four");
}

#[test]
fn two_runs_of_one_identity_are_compared_where_there_is_no_other() {
    let mut stage = both_signed_in();
    send_as(&mut stage, None, b"one");
    send_as(&mut stage, None, b"two");
    let order = comparison(stage.press("d"));
    assert_eq!(sides(&order), (Some("jane"), Some("jane")));
    let difference = compare(&order.old, &order.new);
    let id = order.id;
    stage.tell(Msg::Compared { id: RunId(id.0 + 100), difference: Box::new(difference.clone()) });
    assert!(shown(&stage).is_none(), "another comparison's answer does not count");
    stage.tell(Msg::Compared { id, difference: Box::new(difference) });
    assert!(shown(&stage).is_some());
}

fn shown(stage: &Stage) -> Option<&Difference> {
    match stage.state().layers.last() {
        Some(Layer::Difference(layer)) => layer.difference.as_ref(),
        other => panic!("no difference but {other:?}"),
    }
}

#[test]
fn with_one_response_the_other_is_fetched_first() {
    let mut stage = both_signed_in();
    stage.press("d");
    assert!(stage.notice().contains("Send the request first"), "{}", stage.notice());
    send_as(&mut stage, None, b"one");
    stage.press("d");
    assert!(matches!(stage.state().layers.last(), Some(Layer::Once(once)) if once.purpose == OncePurpose::Compare));
    let id = only_send(choose(&mut stage, "anonymous")).id;
    let order = comparison(stage.tell(Msg::RunFinished { id, outcome: answered_as(None, b"two") }));
    assert_eq!(sides(&order), (Some("jane"), None));
    // From there on with somebody else.
    stage.press("A");
    let id = only_send(choose(&mut stage, "admin")).id;
    let order = comparison(stage.tell(Msg::RunFinished { id, outcome: answered_as(Some("admin"), b"three") }));
    assert_eq!(sides(&order), (None, Some("admin")));
}

#[test]
fn a_difference_does_not_open_over_something_else() {
    let mut stage = both_signed_in();
    send_as(&mut stage, None, b"one");
    stage.press("d");
    let id = only_send(choose(&mut stage, "admin")).id;
    stage.press("?");
    stage.tell(Msg::RunFinished { id, outcome: answered_as(Some("admin"), b"two") });
    assert!(matches!(stage.state().layers.as_slice(), [Layer::Help { .. }]));
    stage.press("esc");
    assert_eq!(sides(&comparison(stage.press("d"))), (Some("jane"), Some("admin")));
}

#[test]
fn former_responses_are_bounded() {
    let mut stage = both_signed_in();
    let large = vec![b'x'; 20 * 1024 * 1024];
    for who in [None, Some("admin"), Some("anonymous"), None] {
        send_as(&mut stage, who, &large);
    }
    stage.wait(Duration::from_secs(1));
    let kept: usize = stage.state().former.values().flatten().map(|one| one.exchange.body.bytes.len()).sum();
    assert!(kept <= 32 * 1024 * 1024, "{kept}");
    assert!(matches!(stage.phase(), RunPhase::Finished(_)));
}

#[test]
fn what_is_kept_follows_a_request_that_moves() {
    let mut stage = both_signed_in();
    send_as(&mut stage, None, b"one");
    send_as(&mut stage, Some("admin"), b"two");
    stage.press("1 J");
    assert_eq!(stage.state().selected_id(), Some(&request("orders.http", 1)));
    assert_eq!(sides(&comparison(stage.press("d"))), (Some("jane"), Some("admin")));
}
