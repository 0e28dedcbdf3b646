//! Who may do what, from the keyboard: the access matrix and the probes of a route, against the demo.

use bearcat::app::matrix::MatrixFace;
use bearcat::app::probe::ProbeStage;
use bearcat::app::state::{Layer, Panel};

use crate::stage::Setup;

const CONTRACT: &str = "### orders
# @auth machine
# @expect machine 200
# @expect anonymous 200
GET @API@/api/v1/orders?limit=1

### create
# @auth machine
POST @API@/api/v1/orders
";

#[test]
fn the_matrix_fills_a_cell_is_opened_and_the_truth_is_written_down() {
    let mut stage = Setup::requests(CONTRACT).start();
    stage.select("orders");
    stage.press("M");
    stage.wait_for("Access matrix");
    stage.press("enter");
    stage.wait_for("Send also 1 request that may change something");
    stage.press("d");
    stage.until("all cells", |state| {
        let matrix = state.matrix.as_ref().unwrap();
        matrix.sending.is_none() && matrix.summary().pending == 0
    });
    let (right, wrong) = stage.see(|state| {
        let summary = state.matrix.as_ref().unwrap().summary();
        (summary.as_expected, summary.not_as_expected)
    });
    // The machine signed in by itself; nobody may be let in without a token.
    assert_eq!((right, wrong), (1, 1));
    stage.wait_screen("the grid", |screen| screen.contains("✔ 200") && screen.contains("✘ 401"));
    for _ in 0..6 {
        stage.press("right");
    }
    stage.press("e");
    stage.until("no cell is wrong", |state| state.matrix.as_ref().unwrap().summary().not_as_expected == 0);
    stage.press("enter");
    stage.until("the detail", |state| matches!(state.matrix.as_ref().unwrap().face, MatrixFace::Detail { .. }));
    stage.press("enter");
    stage.until("the response", |state| state.layers.is_empty() && state.focus == Panel::Response);
    stage.wait_for("401");
    assert_eq!(stage.demo.count(|seen| seen.method == "POST" && seen.path.starts_with("/api")), 0);
    stage.press("u");
    stage.until("the file as it was", |state| state.documents.unsaved().next().is_none());
    stage.finish();
}

#[test]
fn a_route_is_probed_and_the_report_opens() {
    let mut stage = Setup::requests("### faulty\n# @auth machine\nGET @API@/faulty/alg-none/orders\n").start();
    stage.select("faulty");
    stage.press("p");
    stage.wait_for("Send this request with bad tokens?");
    stage.press("enter");
    stage.until("the report", |state| {
        matches!(state.layers.last(), Some(Layer::Probe(probe)) if matches!(probe.stage, ProbeStage::Done { .. }))
    });
    stage.wait_for("critical: A token without a signature");
    stage.press("enter");
    stage.wait_for("what to do");
    stage.press("esc");
    stage.press("esc");
    stage.until("the main screen", |state| state.layers.is_empty());
    stage.finish();
}
