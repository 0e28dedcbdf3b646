//! Tests of edits, saving, conflicts, and the history over all files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::fixture::{ENVIRONMENTS, ORDERS, REPORTS, Stage, outcome, request, workspace_of};
use crate::app::documents::{Outside, SaveId};
use crate::app::effect::{Effect, SaveFile, UsedText};
use crate::app::layers::PromptKind;
use crate::app::msg::{Msg, SaveOutcome};
use crate::app::state::{Layer, Question, RunPhase, StartOptions};
use crate::collection::edit::{EditError, RequestEdit, StructureEdit};
use crate::collection::workspace::Workspace;
use crate::model::problem::{Problem, ProblemKind};
use crate::model::request::RequestId;

impl Stage {
    fn edit(&mut self, id: &RequestId, change: &RequestEdit) -> Vec<Effect> {
        self.app.edit_request(id, change).unwrap();
        self.tell(Msg::Tick)
    }

    fn method(&mut self, id: &RequestId, method: &str) -> Vec<Effect> {
        self.edit(id, &RequestEdit::Method(method.to_owned()))
    }

    fn text(&self, path: &str) -> Option<String> {
        let known = &self.state().workspace.as_ref().unwrap().collections;
        known.iter().find(|known| known.path == Path::new(path)).map(|known| known.source.to_string())
    }

    fn names(&self, path: &str) -> Vec<String> {
        let known = &self.state().workspace.as_ref().unwrap().collections;
        let found = known.iter().find(|known| known.path == Path::new(path));
        found.map(|known| known.requests.iter().map(|one| one.label().to_owned()).collect()).unwrap_or_default()
    }

    fn unsaved(&self) -> Vec<String> {
        self.state().documents.unsaved().map(|path| path.display().to_string()).collect()
    }

    fn saved(&mut self, order: &SaveFile, outcome: SaveOutcome) -> Vec<Effect> {
        self.tell(Msg::FileSaved { id: order.id, path: order.path.clone(), outcome })
    }

    fn load(&mut self, orders: &str) -> Vec<Effect> {
        self.tell(Msg::WorkspaceLoaded(Box::new(disk(orders))))
    }
}

fn disk(orders: &str) -> Workspace {
    workspace_of(&[("orders.http", orders), ("reports.http", REPORTS)], ENVIRONMENTS)
}

fn saves(effects: &[Effect]) -> Vec<SaveFile> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::SaveFile(order) => Some((**order).clone()),
            _ => None,
        })
        .collect()
}

fn only_save(effects: &[Effect]) -> SaveFile {
    let mut found = saves(effects);
    assert_eq!(found.len(), 1, "{effects:?}");
    found.remove(0)
}

fn bytes(text: &str) -> Option<Arc<[u8]>> {
    Some(Arc::from(text.as_bytes()))
}

fn posted() -> String {
    ORDERS.replacen("GET https://api.example/orders?", "PUT https://api.example/orders?", 1)
}

#[test]
fn an_edit_shows_is_sent_is_marked_and_is_saved() {
    let mut stage = Stage::signed_in();
    let id = request("orders.http", 0);
    let effects = stage.method(&id, "PUT");
    assert!(matches!(&effects[0], Effect::UseText { path, text: UsedText::Edited(text) }
        if path == Path::new("orders.http") && *text.source == *posted()));
    assert_eq!(stage.state().selected_request().unwrap().method.text, "PUT");
    assert_eq!(stage.unsaved(), ["orders.http"]);
    let order = only_save(&stage.press("s"));
    assert_eq!((order.path.clone(), order.expected.clone()), (PathBuf::from("orders.http"), bytes(ORDERS)));
    assert_eq!(order.bytes, bytes(&posted()));
    assert_eq!(saves(&stage.press("s")), [], "it is being saved");
    let effects = stage.saved(&order, SaveOutcome::Saved);
    assert_eq!((stage.unsaved(), saves(&effects)), (vec![], vec![]), "nothing has changed since");
    assert_eq!(stage.notice(), "Saved orders.http");
    assert_eq!(saves(&stage.press("s S")), []);
}

#[test]
fn a_late_answer_to_another_saving_changes_nothing() {
    let mut stage = Stage::signed_out();
    stage.method(&request("orders.http", 0), "PUT");
    let order = only_save(&stage.press("s"));
    stage.tell(Msg::FileSaved { id: SaveId(99), path: order.path.clone(), outcome: SaveOutcome::Saved });
    assert_eq!(stage.unsaved(), ["orders.http"]);
}

#[test]
fn what_is_typed_while_a_file_is_saved_stays_unsaved() {
    let mut stage = Stage::signed_out();
    stage.method(&request("orders.http", 0), "PUT");
    let order = only_save(&stage.press("s"));
    stage.method(&request("orders.http", 0), "PATCH");
    assert_eq!(saves(&stage.saved(&order, SaveOutcome::Saved)), []);
    assert_eq!(stage.unsaved(), ["orders.http"]);
    let order = only_save(&stage.press("s"));
    assert_eq!(order.expected, bytes(&posted()));
    stage.method(&request("orders.http", 0), "DELETE");
    assert_eq!(saves(&stage.press("s")), []);
    let again = only_save(&stage.saved(&order, SaveOutcome::Saved));
    stage.saved(&again, SaveOutcome::Saved);
    assert_eq!(stage.unsaved(), Vec::<String>::new(), "it was asked for once more");
}

#[test]
fn one_history_goes_over_all_files() {
    let mut stage = Stage::signed_out();
    stage.method(&request("orders.http", 0), "PUT");
    stage.method(&request("reports.http", 1), "POST");
    assert_eq!(stage.unsaved(), ["orders.http", "reports.http"]);
    stage.press("u");
    assert_eq!(
        (stage.text("reports.http").unwrap(), stage.unsaved()),
        (REPORTS.to_owned(), vec!["orders.http".into()])
    );
    assert_eq!(stage.state().selected_id(), Some(&request("reports.http", 1)), "what was undone is shown");
    assert_eq!(stage.notice(), "Undone: the edit of `yearly report`");
    stage.press("u");
    assert_eq!((stage.text("orders.http").unwrap(), stage.unsaved()), (ORDERS.to_owned(), vec![]));
    stage.press("u");
    assert_eq!(stage.notice(), "There is nothing to undo");
    stage.press("U U U");
    assert_eq!(stage.text("orders.http").unwrap(), posted());
    assert_eq!(stage.notice(), "There is nothing to redo");
    stage.press("u");
    stage.method(&request("orders.http", 2), "PUT");
    stage.press("U");
    assert_eq!(stage.notice(), "There is nothing to redo", "a new edit ends what could be redone");
}

#[test]
fn an_edit_that_is_refused_changes_nothing() {
    let mut stage = Stage::signed_out();
    let error = stage.app.edit_request(&request("orders.http", 0), &RequestEdit::Method("no method".to_owned()));
    assert!(error.is_err());
    let gone = stage.app.edit_request(&request("orders.http", 77), &RequestEdit::Method("GET".to_owned()));
    assert_eq!(gone, Err(EditError::NoRequest));
    assert!(stage.app.edit_request(&request("nothing.http", 0), &RequestEdit::Method("GET".to_owned())).is_err());
    assert_eq!((stage.text("orders.http").unwrap(), stage.unsaved()), (ORDERS.to_owned(), vec![]));
}

#[test]
fn runs_and_selection_go_with_their_requests() {
    let mut stage = Stage::signed_in();
    stage.select(2);
    let run = stage.run();
    stage.tell(Msg::RunFinished { id: run, outcome: outcome(b"pong") });
    stage.app.edit_structure(Path::new("orders.http"), &StructureEdit::Move { from: 2, to: 0 }).unwrap();
    assert_eq!(stage.names("orders.http")[..3], ["ping", "list orders", "create order"]);
    assert_eq!(stage.state().selected_id(), Some(&request("orders.http", 0)));
    assert!(matches!(stage.phase(), RunPhase::Finished(_)));
    stage.press("u");
    assert_eq!(stage.state().selected_id(), Some(&request("orders.http", 2)));
    assert!(matches!(stage.phase(), RunPhase::Finished(_)));
    stage.press("U K");
    assert_eq!(stage.notice(), "It is the first of its file: `m` moves it to another one");
    stage.press("J J");
    assert_eq!(stage.state().selected_id(), Some(&request("orders.http", 2)));
    assert_eq!(stage.text("orders.http").unwrap(), ORDERS, "moving there and back gives the old bytes");
}

#[test]
fn a_run_whose_request_is_deleted_is_stopped() {
    let mut stage = Stage::signed_in();
    stage.select(2);
    let run = stage.run();
    stage.press("x");
    assert_eq!(stage.question(), &Question::DeleteRequest(request("orders.http", 2)));
    let effects = stage.press("y");
    assert!(effects.contains(&Effect::CancelRun(run)));
    assert!(!stage.names("orders.http").contains(&"ping".to_owned()));
    stage.press("u");
    assert_eq!(stage.text("orders.http").unwrap(), ORDERS);
}

#[test]
fn requests_are_made_named_and_copied() {
    let mut stage = Stage::signed_out();
    stage.select(0);
    stage.press("n");
    stage.write("by id");
    stage.press("enter");
    assert_eq!(stage.state().selected_id(), Some(&request("orders.http", 1)));
    let made = stage.state().selected_request().unwrap();
    assert_eq!((made.label(), made.url.text.as_str()), ("by id", "https://api.example/"));
    stage.press("n");
    stage.write("DELETE https://x.test/1");
    stage.press("enter");
    let made = stage.state().selected_request().unwrap();
    assert_eq!((made.method.text.as_str(), made.url.text.as_str()), ("DELETE", "https://x.test/1"));
    stage.press("f2");
    stage.write("drop it");
    stage.press("enter D");
    assert_eq!(stage.names("orders.http")[..4], ["list orders", "by id", "drop it", "drop it copy"]);
    stage.press("u u u u");
    assert_eq!(stage.text("orders.http").unwrap(), ORDERS);
    stage.press("n esc");
    assert!(stage.state().layers.is_empty());
}

#[test]
fn a_request_moves_to_another_file_with_its_response() {
    let mut stage = Stage::signed_in();
    stage.select(2);
    let run = stage.run();
    stage.tell(Msg::RunFinished { id: run, outcome: outcome(b"pong") });
    stage.press("m");
    assert!(matches!(stage.state().layers.last(), Some(Layer::Files { .. })));
    stage.press("enter");
    assert_eq!(stage.names("reports.http"), ["monthly report", "yearly report", "ping"]);
    assert_eq!(stage.state().selected_id(), Some(&request("reports.http", 2)));
    assert!(matches!(stage.phase(), RunPhase::Finished(_)));
    assert_eq!(stage.unsaved(), ["orders.http", "reports.http"]);
    stage.press("u");
    assert_eq!(
        (stage.text("orders.http").unwrap(), stage.text("reports.http").unwrap()),
        (ORDERS.into(), REPORTS.into())
    );
    assert_eq!(stage.state().selected_id(), Some(&request("orders.http", 2)));
    assert!(matches!(stage.phase(), RunPhase::Finished(_)));
    assert_eq!(stage.unsaved(), Vec::<String>::new());
}

#[test]
fn files_are_made_named_and_deleted_on_disk_at_once() {
    let mut stage = Stage::signed_out();
    stage.press("N");
    stage.write("../x");
    stage.press("enter");
    let Some(Layer::Prompt(prompt)) = stage.state().layers.last() else { panic!("no prompt") };
    assert_eq!((&prompt.kind, prompt.problem.is_some()), (&PromptKind::NewFile, true));
    stage.press("ctrl+u");
    stage.write("admin/users");
    let order = only_save(&stage.press("enter"));
    assert_eq!((order.path.clone(), order.expected.clone()), (PathBuf::from("admin/users.http"), None));
    assert_eq!(stage.state().selected_id(), Some(&request("admin/users.http", 0)));
    stage.saved(&order, SaveOutcome::Saved);
    assert_eq!(stage.unsaved(), Vec::<String>::new());

    stage.press("up f2 ctrl+u");
    stage.write("users.http");
    let effects = stage.press("enter");
    let Some(Effect::RenameFile { id, from, to }) =
        effects.iter().find(|effect| matches!(effect, Effect::RenameFile { .. })).cloned()
    else {
        panic!("{effects:?}")
    };
    stage.tell(Msg::FileRenamed { id, from, to, result: Ok(()) });
    assert_eq!((stage.text("admin/users.http"), stage.text("users.http").is_some()), (None, true));
    assert_eq!(stage.unsaved(), Vec::<String>::new());
    stage.tell(Msg::WorkspaceLoaded(Box::new(workspace_of(
        &[("orders.http", ORDERS), ("reports.http", REPORTS), ("users.http", &stage.text("users.http").unwrap())],
        ENVIRONMENTS,
    ))));

    stage.press("end up x");
    assert_eq!(stage.question(), &Question::DeleteFile("users.http".into()));
    let order = only_save(&stage.press("y"));
    assert_eq!((order.bytes.clone(), order.expected.is_some()), (None, true));
    stage.saved(&order, SaveOutcome::Saved);
    assert_eq!((stage.text("users.http"), stage.unsaved()), (None, vec![]));
    let back = only_save(&stage.press("u"));
    assert_eq!((back.expected, back.bytes.is_some()), (None, true));
}

#[test]
fn what_the_disk_refuses_is_as_it_was() {
    let refusal = || Problem::new(ProblemKind::Other, "reports.http was not saved");
    let mut stage = Stage::signed_out();
    // Deleting.
    stage.press("end up up x");
    let order = only_save(&stage.press("y"));
    stage.saved(&order, SaveOutcome::Failed(refusal()));
    assert_eq!((stage.text("reports.http").unwrap(), stage.unsaved()), (REPORTS.to_owned(), vec![]));
    assert!(matches!(stage.state().layers.last(), Some(Layer::Problem(_))));
    stage.press("esc u");
    assert_eq!(stage.notice(), "There is nothing to undo");
    // Renaming.
    stage.press("end up up f2 ctrl+u");
    stage.write("r2");
    let effects = stage.press("enter");
    let Some(Effect::RenameFile { id, from, to }) =
        effects.iter().find(|effect| matches!(effect, Effect::RenameFile { .. })).cloned()
    else {
        panic!("{effects:?}")
    };
    stage.tell(Msg::FileRenamed { id, from, to, result: Err(refusal()) });
    assert_eq!((stage.text("reports.http").unwrap(), stage.text("r2.http")), (REPORTS.to_owned(), None));
    assert_eq!(stage.unsaved(), Vec::<String>::new());
    // Writing.
    stage.press("esc");
    stage.method(&request("orders.http", 0), "PUT");
    let order = only_save(&stage.press("S"));
    stage.saved(&order, SaveOutcome::Failed(refusal()));
    assert_eq!((stage.text("orders.http").unwrap(), stage.unsaved()), (posted(), vec!["orders.http".to_owned()]));
}

fn in_conflict(theirs: &str) -> Stage {
    let mut stage = Stage::signed_out();
    stage.method(&request("orders.http", 0), "PUT");
    let order = only_save(&stage.press("s"));
    stage.saved(&order, SaveOutcome::Changed(bytes(theirs)));
    assert!(matches!(stage.state().layers.last(), Some(Layer::Conflict(_))));
    assert!(stage.state().documents.is_in_conflict(Path::new("orders.http")));
    stage
}

#[test]
fn of_two_sides_mine_can_be_kept() {
    let mut stage = in_conflict("GET /theirs\n");
    let order = only_save(&stage.press("m"));
    assert_eq!((order.expected.clone(), order.bytes.clone()), (bytes("GET /theirs\n"), bytes(&posted())));
    stage.saved(&order, SaveOutcome::Saved);
    assert_eq!((stage.state().layers.len(), stage.unsaved()), (0, vec![]));
}

#[test]
fn of_two_sides_theirs_can_be_taken_and_mine_comes_back() {
    let mut stage = in_conflict("GET /theirs\n");
    assert_eq!(saves(&stage.press("t")), []);
    assert_eq!((stage.text("orders.http").unwrap(), stage.unsaved()), ("GET /theirs\n".to_owned(), vec![]));
    stage.press("u");
    assert_eq!((stage.text("orders.http").unwrap(), stage.unsaved()), (posted(), vec!["orders.http".to_owned()]));
    assert_eq!(only_save(&stage.press("S")).expected, bytes("GET /theirs\n"));
}

#[test]
fn of_two_sides_both_can_be_kept() {
    let mut stage = in_conflict("GET /theirs\n");
    let effects = stage.press("b enter");
    let order = only_save(&effects);
    assert_eq!((order.path.clone(), order.bytes.clone()), (PathBuf::from("orders.mine.http"), bytes(&posted())));
    stage.saved(&order, SaveOutcome::Saved);
    assert_eq!(stage.text("orders.http").unwrap(), "GET /theirs\n");
    assert_eq!((stage.state().layers.len(), stage.unsaved()), (0, vec![]));
}

#[test]
fn of_two_sides_neither_is_lost_by_going_away() {
    let mut stage = in_conflict("GET /theirs\n");
    stage.press("esc");
    assert_eq!((stage.text("orders.http").unwrap(), stage.unsaved()), (posted(), vec!["orders.http".to_owned()]));
    assert_eq!(saves(&stage.press("s")), [], "saving shows both again");
    assert!(matches!(stage.state().layers.last(), Some(Layer::Conflict(_))));
}

#[test]
fn a_file_that_was_deleted_outside_can_be_written_again_or_dropped() {
    let gone = |stage: &mut Stage| {
        stage.method(&request("orders.http", 0), "PUT");
        let order = only_save(&stage.press("s"));
        stage.saved(&order, SaveOutcome::Changed(None));
    };
    let mut stage = Stage::signed_out();
    gone(&mut stage);
    assert_eq!(only_save(&stage.press("m")).expected, None);
    let mut stage = Stage::signed_out();
    gone(&mut stage);
    stage.press("t");
    assert_eq!((stage.text("orders.http"), stage.unsaved()), (None, vec![]));
    let order = only_save(&stage.press("u"));
    assert_eq!((order.expected, order.bytes), (None, bytes(&posted())));
}

#[test]
fn changes_on_disk_are_taken_unless_the_file_is_edited() {
    let mut stage = Stage::signed_out();
    stage.select(2);
    assert_eq!(stage.tell(Msg::DiskChanged), [Effect::LoadWorkspace]);
    assert_eq!(stage.tell(Msg::DiskChanged), [], "it is being read");
    let effects = stage.load(&format!("### new\nGET /new\n\n{ORDERS}"));
    assert!(effects.contains(&Effect::LoadWorkspace), "it changed meanwhile");
    assert_eq!(stage.state().selected_id(), Some(&request("orders.http", 3)), "the selection goes with its request");
    assert_eq!(stage.notice(), "");

    stage.method(&request("orders.http", 1), "PUT");
    let mine = stage.text("orders.http").unwrap();
    stage.load("GET /theirs\n");
    assert_eq!(stage.text("orders.http").unwrap(), mine);
    assert_eq!(stage.notice(), "orders.http has changed on disk and here: saving shows both");
    assert!(stage.state().documents.is_in_conflict(Path::new("orders.http")));
    stage.press("S");
    assert!(matches!(stage.state().layers.last(), Some(Layer::Conflict(conflict))
        if conflict.theirs == bytes("GET /theirs\n")));
}

#[test]
fn a_file_that_became_what_is_edited_is_saved() {
    let mut stage = Stage::signed_out();
    stage.method(&request("orders.http", 0), "PUT");
    stage.load(&posted());
    assert_eq!(stage.unsaved(), Vec::<String>::new());
    stage.load(ORDERS);
    assert_eq!(stage.text("orders.http").unwrap(), ORDERS);
    stage.press("u");
    assert_eq!((stage.text("orders.http").unwrap(), stage.unsaved()), (posted(), vec!["orders.http".to_owned()]));
}

#[test]
fn a_conflict_that_goes_away_is_none() {
    let mut stage = Stage::signed_out();
    stage.method(&request("orders.http", 0), "PUT");
    stage.load("GET /theirs\n");
    let outside = |stage: &Stage| stage.state().documents.files[Path::new("orders.http")].outside.clone();
    assert_eq!(outside(&stage), Outside::Changed(bytes("GET /theirs\n")));
    stage.load(ORDERS);
    assert_eq!(outside(&stage), Outside::Same);
}

#[test]
fn quitting_asks_for_what_is_not_saved() {
    let mut stage = Stage::signed_out();
    stage.method(&request("orders.http", 0), "PUT");
    assert_eq!(stage.press("q"), []);
    assert_eq!(stage.question(), &Question::Unsaved(vec!["orders.http".into()]));
    assert_eq!(stage.press("n"), []);
    assert_eq!(stage.press("ctrl+c"), []);
    assert_eq!(stage.press("ctrl+c"), [], "twice is no answer");
    assert!(stage.state().layers.is_empty());
    assert_eq!(stage.press("q d"), [Effect::Quit]);
    let order = only_save(&stage.press("q y"));
    assert_eq!(stage.saved(&order, SaveOutcome::Saved).last(), Some(&Effect::Quit));
}

#[test]
fn a_saving_that_fails_ends_the_quitting() {
    let mut stage = Stage::signed_out();
    stage.method(&request("orders.http", 0), "PUT");
    let order = only_save(&stage.press("q y"));
    stage.saved(&order, SaveOutcome::Failed(Problem::new(ProblemKind::Other, "The disk is full")));
    stage.press("esc");
    let order = only_save(&stage.press("S"));
    assert!(!stage.saved(&order, SaveOutcome::Saved).contains(&Effect::Quit));
}

#[test]
fn the_editor_gets_what_is_saved() {
    let mut stage = Stage::signed_out();
    stage.select(1);
    let opened = Effect::OpenEditor { path: "orders.http".into(), line: 6 };
    assert_eq!(stage.press("e"), [opened]);
    assert_eq!(stage.tell(Msg::EditorClosed(Ok(()))), [Effect::LoadWorkspace]);
    stage.load(ORDERS);
    stage.method(&request("orders.http", 0), "PUT");
    stage.select(1);
    let effects = stage.press("e");
    let order = only_save(&effects);
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::OpenEditor { .. })));
    let effects = stage.saved(&order, SaveOutcome::Saved);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::OpenEditor { .. })));
    stage.method(&request("orders.http", 0), "GET");
    let order = only_save(&stage.press("e"));
    let effects = stage.saved(&order, SaveOutcome::Changed(bytes("x")));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::OpenEditor { .. })), "both sides first");
    stage.tell(Msg::EditorClosed(Err(Problem::new(ProblemKind::Input, "No editor is set"))));
    assert_eq!(stage.notice(), "No editor is set");
}

#[test]
fn what_an_earlier_run_could_not_save_is_offered() {
    let options = || StartOptions {
        recovered: vec![("orders.http".into(), Arc::from(posted().as_bytes()))],
        ..StartOptions::default()
    };
    let started = || {
        let mut stage = Stage::started(options());
        stage.load(ORDERS);
        stage.draw();
        stage
    };
    let mut stage = started();
    assert_eq!(stage.question(), &Question::Recover(vec!["orders.http".into()]));
    assert_eq!(stage.press("n"), []);
    let mut stage = started();
    assert_eq!(stage.press("d"), [Effect::ForgetUnsaved]);
    assert_eq!(stage.text("orders.http").unwrap(), ORDERS);
    let mut stage = started();
    let is_forgotten = |effects: &[Effect]| effects.contains(&Effect::ForgetUnsaved);
    assert!(!is_forgotten(&stage.press("y")), "nothing is saved yet");
    assert_eq!((stage.text("orders.http").unwrap(), stage.unsaved()), (posted(), vec!["orders.http".to_owned()]));
    assert_eq!(stage.app.unsaved_texts(), [(PathBuf::from("orders.http"), Arc::from(posted().as_bytes()))]);
    assert_eq!(stage.app.taken_up(), [(PathBuf::from("orders.http"), Arc::from(posted().as_bytes()))]);
    stage.method(&request("reports.http", 0), "PUT");
    let orders = stage.press("S");
    let (orders, reports) = (saves(&orders)[0].clone(), saves(&orders)[1].clone());
    assert!(!is_forgotten(&stage.saved(&orders, SaveOutcome::Saved)), "another file is not saved");
    assert!(is_forgotten(&stage.saved(&reports, SaveOutcome::Saved)));
    assert!(stage.app.taken_up().is_empty());
    let mut stage = started();
    stage.press("y");
    assert_eq!(stage.press("q d"), [Effect::ForgetUnsaved, Effect::Quit]);
    let mut stage = Stage::started(options());
    assert!(stage.load(&posted()).contains(&Effect::ForgetUnsaved), "it was saved meanwhile");
    assert!(stage.state().layers.is_empty());
}

#[test]
fn folds_stay_with_their_files() {
    let mut stage = Stage::signed_out();
    stage.press("end left");
    let rows = stage.state().rows.len();
    stage.app.create_file(Path::new("a.http"), "GET /a\n").unwrap();
    assert_eq!(stage.state().rows.len(), rows + 2);
    stage.press("u");
    assert_eq!(stage.state().rows.len(), rows);
}

#[test]
fn of_two_texts_of_one_file_the_latest_shows_and_undo_brings_the_other() {
    let text = |text: &str| (PathBuf::from("orders.http"), Arc::from(text.as_bytes()));
    let recovered = vec![text("GET /first\n"), text("GET /second\n")];
    let mut stage = Stage::started(StartOptions { recovered, ..StartOptions::default() });
    stage.load(ORDERS);
    stage.draw();
    stage.press("y");
    assert_eq!(stage.text("orders.http").unwrap(), "GET /second\n");
    stage.press("u");
    assert_eq!(stage.text("orders.http").unwrap(), "GET /first\n");
}

#[test]
fn what_is_being_typed_belongs_to_what_is_not_saved() {
    let mut stage = Stage::signed_out();
    stage.select(0);
    stage.press("2 down right enter");
    stage.write("typed");
    assert!(stage.state().editor.input.is_some());
    let texts = stage.app.unsaved_texts();
    assert_eq!(texts.len(), 1);
    assert!(String::from_utf8_lossy(&texts[0].1).contains("typed"), "{texts:?}");
}

#[test]
fn a_step_that_cannot_be_undone_now_stays() {
    let mut stage = Stage::signed_out();
    let (old, new) = (Path::new("orders.http"), Path::new("new.http"));
    stage.app.rename_file(old, new).unwrap();
    let effects = stage.tell(Msg::Tick);
    stage.app.undo();
    assert!(stage.notice().contains("the file is being saved: try again"), "{}", stage.notice());
    assert_eq!(stage.state().documents.undo.len(), 1);
    renamed(&mut stage, &effects);
    stage.app.undo();
    let effects = stage.tell(Msg::Tick);
    assert!(stage.notice().starts_with("Undone"), "{}", stage.notice());
    stage.app.redo();
    assert!(stage.notice().contains("the file is being saved: try again"), "{}", stage.notice());
    renamed(&mut stage, &effects);
    stage.app.redo();
    assert!(stage.notice().starts_with("Done again"), "{}", stage.notice());
}

fn renamed(stage: &mut Stage, effects: &[Effect]) {
    let found = effects.iter().find_map(|effect| match effect {
        Effect::RenameFile { id, from, to } => Some((*id, from.clone(), to.clone())),
        _ => None,
    });
    let (id, from, to) = found.unwrap();
    stage.tell(Msg::FileRenamed { id, from, to, result: Ok(()) });
}
