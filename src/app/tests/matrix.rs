//! The access matrix: planned, asked about, sent, cancelled, looked at, and written down.

use super::fixture::{Stage, outcome, request, workspace_of};
use crate::app::effect::{Effect, MatrixRequest};
use crate::app::matrix::{MatrixFace, MatrixScope, MatrixState};
use crate::app::msg::{MatrixCell, Msg};
use crate::app::state::{Layer, Panel, Question, RunPhase};
use crate::diagnose::matrix::{CellAnswer, CellId, CellResult, Judgement, Methods};
use crate::model::identity::IdentityName;

const CONTRACT: &str = "\
### list orders
# @expect jane 200
# @expect anonymous 401
GET https://api.example/orders

### create order
POST https://api.example/orders
";

fn stage() -> Stage {
    let mut stage = Stage::signed_in();
    let files = [("orders.http", CONTRACT), ("reports.http", super::fixture::REPORTS)];
    stage.tell(Msg::WorkspaceLoaded(Box::new(workspace_of(&files, super::fixture::ENVIRONMENTS))));
    stage.sign_in("jane");
    stage.draw();
    stage.select(0);
    stage.press("M");
    stage
}

fn matrix(stage: &Stage) -> &MatrixState {
    stage.state().matrix.as_deref().expect("the matrix was opened")
}

fn sent(effects: &[Effect]) -> MatrixRequest {
    let requests: Vec<&MatrixRequest> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::RunMatrix(request) => Some(request.as_ref()),
            _ => None,
        })
        .collect();
    assert_eq!(requests.len(), 1, "one matrix is sent: {effects:?}");
    requests[0].clone()
}

fn answered(status: u16) -> CellResult {
    CellResult::Answered(Box::new(CellAnswer {
        status,
        reason: String::new(),
        url: "https://api.example/orders".to_owned(),
        location: None,
        time: std::time::Duration::ZERO,
        size: 2,
        findings: Vec::new(),
        notes: Vec::new(),
    }))
}

fn cell(row: usize, column: usize) -> CellId {
    CellId { row, column }
}

fn answer(stage: &mut Stage, request: &MatrixRequest, id: CellId, status: u16) {
    let result = MatrixCell { id, result: answered(status), outcome: Some(outcome(b"{}")) };
    stage.tell(Msg::MatrixCell { id: request.id, cell: Box::new(result) });
}

/// Sends only what is safe.
fn send(stage: &mut Stage) -> MatrixRequest {
    assert_eq!(stage.press("enter"), []);
    assert!(matches!(stage.question(), Question::SendUnsafe { requests, .. } if requests == &["POST create order"]));
    sent(&stage.press("d"))
}

#[test]
fn it_opens_planned_and_sends_nothing_by_itself() {
    let stage = stage();
    let matrix = matrix(&stage);
    let names: Vec<&str> = matrix.plan.columns.iter().map(IdentityName::as_str).collect();
    assert_eq!(names, ["jane", "admin", "robot", "anonymous"]);
    assert_eq!((matrix.plan.rows.len(), matrix.is_untouched()), (2, true));
    assert_eq!(matrix.scope, MatrixScope::File("orders.http".into()));
}

#[test]
fn what_may_change_something_is_asked_about() {
    let mut one = stage();
    let request = send(&mut one);
    assert_eq!((request.methods, request.cells.len()), (Methods::SafeOnly, 8));
    let held = request.matrix.cells.iter().filter(|plan| plan.not_sent.is_some()).count();
    assert_eq!(held, 4, "the four cells of the POST");

    let mut other = stage();
    other.press("R");
    assert_eq!(other.press("esc"), [], "no answer sends nothing");
    other.press("R");
    let request = sent(&other.press("y"));
    assert_eq!(request.methods, Methods::All);
    assert!(request.matrix.cells.iter().all(|plan| plan.not_sent.is_none()));
}

#[test]
fn cells_come_in_and_late_ones_of_a_cancelled_sending_do_not() {
    let mut stage = stage();
    let first = send(&mut stage);
    answer(&mut stage, &first, cell(0, 0), 200);
    answer(&mut stage, &first, cell(0, 3), 200);
    let judged = |stage: &Stage, id| matrix(stage).judgement(matrix(stage).plan.cell(id).unwrap());
    assert_eq!(judged(&stage, cell(0, 0)), Some(Judgement::AsExpected));
    assert_eq!(judged(&stage, cell(0, 3)), Some(Judgement::NotAsExpected));
    assert_eq!(stage.press("esc"), [Effect::CancelMatrix(first.id)]);
    answer(&mut stage, &first, cell(0, 1), 403);
    assert_eq!(judged(&stage, cell(0, 1)), None, "a late answer");
    assert!(matches!(stage.state().layers.last(), Some(Layer::Matrix)), "the first esc only cancels");

    let again = sent(&stage.press("r"));
    assert_ne!(again.id, first.id);
    assert!(
        again.cells.contains(&cell(0, 3)) && again.cells.contains(&cell(0, 1)) && !again.cells.contains(&cell(0, 0))
    );
    assert_eq!(judged(&stage, cell(0, 0)), Some(Judgement::AsExpected), "what was right stays");
    stage.tell(Msg::MatrixEnded { id: again.id });
    assert!(matrix(&stage).sending.is_none());
    stage.press("esc");
    assert!(stage.state().layers.is_empty());
    stage.press("M");
    assert!(!matrix(&stage).is_untouched(), "it is still there");
}

#[test]
fn a_cell_is_looked_at_and_its_response_opened() {
    let mut stage = stage();
    let request = send(&mut stage);
    answer(&mut stage, &request, cell(0, 1), 403);
    stage.tell(Msg::MatrixEnded { id: request.id });
    stage.press("right right left");
    assert_eq!(matrix(&stage).selected, cell(0, 1));
    stage.press("enter");
    assert!(matches!(matrix(&stage).face, MatrixFace::Detail { .. }));
    stage.press("enter");
    assert!(stage.state().layers.is_empty());
    assert_eq!(stage.state().focus, Panel::Response);
    assert!(matches!(stage.phase(), RunPhase::Finished(_)));
    stage.press("1 M down enter enter");
    assert!(stage.notice().contains("no response"), "{}", stage.notice());
    stage.press("esc esc");
    assert!(stage.state().layers.is_empty());
}

#[test]
fn what_was_seen_is_written_down_and_can_be_taken_back() {
    let mut stage = stage();
    stage.press("e");
    assert!(stage.notice().contains("no answer"));
    let request = send(&mut stage);
    answer(&mut stage, &request, cell(0, 1), 403);
    answer(&mut stage, &request, cell(0, 3), 404);
    stage.tell(Msg::MatrixEnded { id: request.id });
    let source = |stage: &Stage| stage.state().workspace.as_ref().unwrap().collections[0].source.to_string();
    stage.press("right e");
    assert!(source(&stage).contains("# @expect admin 403\n"), "{}", source(&stage));
    stage.press("right right e");
    assert!(source(&stage).contains("# @expect anonymous 404\n") && !source(&stage).contains("anonymous 401"));
    let plan = matrix(&stage).plan.cell(cell(0, 3)).unwrap();
    assert_eq!(matrix(&stage).judgement(plan), Some(Judgement::AsExpected), "planned anew, results kept");
    stage.press("esc u u");
    assert_eq!(source(&stage), CONTRACT);
}

#[test]
fn identities_and_files_are_chosen() {
    let mut stage = stage();
    stage.press("i down down space esc");
    let names: Vec<&str> = matrix(&stage).plan.columns.iter().map(IdentityName::as_str).collect();
    assert_eq!(names, ["jane", "admin", "anonymous"]);
    stage.press("f");
    assert_eq!((matrix(&stage).plan.rows.len(), &matrix(&stage).scope), (4, &MatrixScope::All));
    assert_eq!(matrix(&stage).plan.rows[2].request, request("reports.http", 0));
    stage.press("f");
    assert_eq!(matrix(&stage).plan.rows.len(), 2);
}
