//! Probing from the interface: asked, confirmed for an origin, followed, cancelled, looked at.

use super::fixture::{Stage, problem, request};
use crate::app::effect::{Effect, ProbeRequest};
use crate::app::msg::Msg;
use crate::app::probe::{ProbeLayer, ProbeRefusal, ProbeStage, ProbeStep};
use crate::app::state::Layer;
use crate::diagnose::probe::judge::{Controls, RouteReport, Sent, judge};
use crate::diagnose::probe::{Observed, Probe};
use crate::model::identity::Origin;

fn layer(stage: &Stage) -> &ProbeLayer {
    match stage.state().layers.last() {
        Some(Layer::Probe(probe)) => probe,
        other => panic!("no probe but {other:?}"),
    }
}

fn probed(effects: &[Effect]) -> ProbeRequest {
    match effects {
        [Effect::Probe(request)] => request.as_ref().clone(),
        other => panic!("no probing but {other:?}"),
    }
}

fn report() -> RouteReport {
    let answer = |status: u16| {
        Sent::Answer(Observed { status, location: None, shape: String::new(), is_refusal: status == 401 })
    };
    let sent = [(Probe::NotAJwt, answer(401)), (Probe::AlgNone, answer(200))];
    let controls = Controls { good: answer(200), none: answer(401), again: None };
    judge(&controls, &sent)
}

#[test]
fn it_asks_first_and_again_for_an_origin_beyond_this_machine() {
    let mut stage = Stage::signed_in();
    assert_eq!(stage.press("p"), []);
    let first = probed(&stage.press("enter"));
    assert_eq!((&first.request, first.confirmed.len()), (&request("orders.http", 0), 0));
    let origin = Origin::parse("https://api.example").unwrap();
    let result = Err(ProbeRefusal::NeedsConfirmation(origin.clone()));
    stage.tell(Msg::ProbeEnded { id: first.id, result });
    assert!(matches!(&layer(&stage).stage, ProbeStage::Asking(Some(asked)) if *asked == origin));
    let second = probed(&stage.press("enter"));
    assert_eq!(second.confirmed, [origin]);
    assert_ne!(second.id, first.id);
}

#[test]
fn a_no_sends_nothing() {
    let mut stage = Stage::signed_in();
    assert_eq!(stage.press("p esc"), []);
    assert!(stage.state().layers.is_empty());
}

#[test]
fn it_is_followed_cancelled_and_late_answers_change_nothing() {
    let mut stage = Stage::signed_in();
    stage.press("p");
    let request = probed(&stage.press("enter"));
    let step = ProbeStep { title: "`alg: none`".to_owned(), done: 7, total: 33 };
    stage.tell(Msg::ProbeProgress { id: request.id, step: step.clone() });
    assert!(matches!(&layer(&stage).stage, ProbeStage::Running(Some(shown)) if *shown == step));
    assert!(stage.app.wants_tick().is_some(), "the spinner turns");
    assert_eq!(stage.press("esc"), [Effect::CancelProbe(request.id)]);
    stage.press("p");
    stage.tell(Msg::ProbeEnded { id: request.id, result: Ok(Box::new(report())) });
    assert!(matches!(layer(&stage).stage, ProbeStage::Asking(None)));
}

#[test]
fn the_report_is_looked_at_row_by_row_and_probed_again() {
    let mut stage = Stage::signed_in();
    stage.press("p");
    let request = probed(&stage.press("enter"));
    stage.tell(Msg::ProbeEnded { id: request.id, result: Ok(Box::new(report())) });
    let at = |stage: &Stage| match &layer(stage).stage {
        ProbeStage::Done { selected, detail, .. } => (*selected, *detail),
        other => panic!("no report but {other:?}"),
    };
    assert_eq!(at(&stage), (0, None));
    stage.press("down down down down enter");
    assert_eq!(at(&stage), (2, Some(0)), "one judgement and two probes");
    stage.press("esc home");
    assert_eq!(at(&stage), (0, None));
    let again = probed(&stage.press("R"));
    stage.tell(Msg::ProbeEnded { id: again.id, result: Err(ProbeRefusal::Failed(problem("Nothing answers"))) });
    assert!(matches!(&layer(&stage).stage, ProbeStage::Failed(problem) if problem.title == "Nothing answers"));
    stage.press("esc");
    assert!(stage.state().layers.is_empty());
}
