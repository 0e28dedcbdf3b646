//! Saving a body: the name, the file that is there, what went wrong.

use bytes::Bytes;

use super::fixture::{Stage, outcome};
use crate::app::effect::{Effect, Overwrite, SaveBody};
use crate::app::layers::SaveLayer;
use crate::app::msg::{Msg, SaveFault, SavedBody};
use crate::app::state::Layer;

fn answered(body: &[u8]) -> Stage {
    let mut stage = Stage::signed_in();
    let id = stage.run();
    stage.tell(Msg::RunFinished { id, outcome: outcome(body) });
    stage
}

fn layer(stage: &Stage) -> &SaveLayer {
    match stage.state().layers.last() {
        Some(Layer::SaveBody(save)) => save,
        other => panic!("{other:?}"),
    }
}

fn saves(path: &str, overwrite: Overwrite) -> Effect {
    let bytes = Bytes::from_static(b"all");
    Effect::SaveBody(Box::new(SaveBody { path: path.to_owned(), bytes, overwrite }))
}

#[test]
fn a_file_that_is_there_is_asked_about() {
    let mut stage = answered(b"all");
    stage.press(">");
    assert_eq!(layer(&stage).path.text, "orders.txt");
    assert_eq!(stage.press("enter"), [saves("orders.txt", Overwrite::Refuse)]);
    assert_eq!(stage.press("enter"), [], "it is being written");
    stage.tell(Msg::BodySaved { path: "orders.txt".to_owned(), result: Err(SaveFault::Exists) });
    assert!(layer(&stage).problem.as_ref().unwrap().contains("overwrites"));
    stage.press("x backspace");
    assert!(layer(&stage).confirmed.is_none(), "another name was typed");
    assert_eq!(stage.press("enter"), [saves("orders.txt", Overwrite::Refuse)]);
    stage.tell(Msg::BodySaved { path: "orders.txt".to_owned(), result: Err(SaveFault::Exists) });
    assert_eq!(stage.press("enter"), [saves("orders.txt", Overwrite::Allow)]);
    let saved = SavedBody { path: "/work/orders.txt".into(), size: 3 };
    stage.tell(Msg::BodySaved { path: "orders.txt".to_owned(), result: Ok(saved) });
    assert!(stage.state().layers.is_empty());
    assert!(stage.state().notice.as_ref().unwrap().text.contains("/work/orders.txt"));
}

#[test]
fn a_failure_stays_in_sight_and_esc_leaves() {
    let mut stage = answered(b"all");
    stage.press("> enter");
    let failed = SaveFault::Failed("no space left".to_owned());
    stage.tell(Msg::BodySaved { path: "orders.txt".to_owned(), result: Err(failed) });
    assert!(layer(&stage).problem.as_ref().unwrap().contains("no space left"));
    stage.press("esc");
    assert!(stage.state().layers.is_empty());
}

#[test]
fn there_must_be_a_body() {
    let mut stage = Stage::signed_in();
    stage.press(">");
    assert!(stage.state().layers.is_empty() && stage.state().notice.is_some());
    let mut stage = answered(b"");
    stage.press(">");
    assert!(stage.state().layers.is_empty() && stage.state().notice.is_some());
}
