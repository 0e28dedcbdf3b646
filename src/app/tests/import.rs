//! Tests of importing: asking for the path, the report, and what happens when nothing could be imported.

use super::fixture::{Stage, problem};
use crate::app::effect::Effect;
use crate::app::layers::{ImportLayer, ImportStage};
use crate::app::msg::Msg;
use crate::app::state::Layer;

fn layer(stage: &Stage) -> &ImportLayer {
    match stage.state().layers.last() {
        Some(Layer::Import(import)) => import,
        other => panic!("no import but {other:?}"),
    }
}

#[test]
fn a_path_is_asked_for_and_the_report_shown() {
    let mut stage = Stage::loaded();
    stage.press("I");
    assert_eq!(stage.press("enter"), [], "nothing to import yet");
    assert!(layer(&stage).problem.is_some());
    stage.write("'shop.json' ");
    assert!(layer(&stage).problem.is_none());
    assert_eq!(stage.press("enter"), [Effect::Import { path: "shop.json".to_owned() }]);
    assert!(matches!(layer(&stage).stage, ImportStage::Running));
    assert_eq!(stage.press("enter"), [], "once");

    let lines = vec!["2 requests".to_owned()];
    let effects = stage.tell(Msg::Imported { path: "shop.json".to_owned(), result: Ok(lines) });
    assert_eq!(effects, [Effect::LoadWorkspace]);
    assert!(matches!(&layer(&stage).stage, ImportStage::Done { lines, .. } if lines == &["2 requests"]));
    stage.press("esc");
    assert!(stage.state().layers.is_empty());
}

#[test]
fn a_failure_can_be_corrected() {
    let mut stage = Stage::loaded();
    stage.press("I");
    stage.write("nothing");
    stage.press("enter");
    let effects = stage.tell(Msg::Imported { path: "nothing".to_owned(), result: Err(problem("it is not there")) });
    assert_eq!(effects, []);
    assert_eq!(layer(&stage).path.text, "nothing");
    assert_eq!(layer(&stage).problem.as_ref().unwrap().title, "it is not there");
}

#[test]
fn an_import_whose_layer_was_closed_still_reloads() {
    let mut stage = Stage::loaded();
    stage.press("I");
    stage.write("shop.json");
    stage.press("enter");
    stage.press("esc");
    let effects = stage.tell(Msg::Imported { path: "shop.json".to_owned(), result: Ok(vec![]) });
    assert_eq!(effects, [Effect::LoadWorkspace]);
    assert!(stage.state().layers.is_empty());
    assert_eq!(stage.notice(), "Imported shop.json");
}
