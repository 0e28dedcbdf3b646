//! Tests of loading: environment, identity, problems, and what survives a reload.

use super::fixture::{ENVIRONMENTS, ORDERS, REPORTS, Stage, name, outcome, request, vault, workspace, workspace_of};
use crate::app::effect::{ActAs, Effect};
use crate::app::msg::Msg;
use crate::app::session::SessionState;
use crate::app::state::{Folded, Layer, RunPhase, StartOptions, Tone};
use crate::collection::workspace::Workspace;
use crate::model::identity::{Grant, Identity, IdentityName, IdentitySource, Issuer};
use crate::model::request::TokenCarrier;

fn loaded_with(options: StartOptions, workspace: Workspace) -> (Stage, Vec<Effect>) {
    let mut stage = Stage::started(options);
    stage.tell(Msg::VaultProbed(vault(Ok(()))));
    let effects = stage.tell(Msg::WorkspaceLoaded(Box::new(workspace)));
    stage.draw();
    (stage, effects)
}

#[test]
fn the_first_environment_and_its_first_identity_are_chosen_and_its_session_is_read() {
    let (stage, effects) = loaded_with(StartOptions::default(), workspace());
    assert_eq!(stage.state().environment.as_deref(), Some("dev"));
    assert_eq!(stage.state().identity, Some(name("jane")));
    assert_eq!(effects, [Effect::LoadSession(Box::new(stage.identity("jane")))]);
    assert_eq!(*stage.session_of("jane"), SessionState::Loading);
}

#[test]
fn the_environment_and_the_identity_of_the_command_line_are_chosen() {
    let options =
        StartOptions { environment: Some("dev".to_owned()), identity: Some(name("admin")), ..StartOptions::default() };
    let (stage, _) = loaded_with(options, workspace());
    assert_eq!((stage.state().identity.clone(), stage.state().act_as), (Some(name("admin")), ActAs::Chosen));
}

#[test]
fn what_the_command_line_names_but_is_not_there_is_said() {
    let options = StartOptions { environment: Some("stage".to_owned()), ..StartOptions::default() };
    let (stage, _) = loaded_with(options, workspace());
    assert_eq!(stage.notice(), "There is no environment `stage`");
    assert_eq!(stage.state().environment.as_deref(), Some("dev"));

    let options = StartOptions { identity: Some(name("joe")), ..StartOptions::default() };
    let (stage, _) = loaded_with(options, workspace());
    assert_eq!(stage.notice(), "There is no identity `joe` in this environment");
    assert_eq!(stage.state().identity, Some(name("jane")));
    assert_eq!(stage.state().act_as, ActAs::RequestDecides);
}

#[test]
fn anonymous_can_be_chosen_on_the_command_line() {
    let options = StartOptions { identity: Some(name(IdentityName::ANONYMOUS)), ..StartOptions::default() };
    let (stage, effects) = loaded_with(options, workspace());
    assert_eq!(effects, []);
    assert_eq!(stage.state().effective_identity(), None);
}

#[test]
fn a_detected_identity_is_current_where_none_is_defined() {
    let mut detected = Identity::new("kinde", Grant::AuthorizationCode);
    detected.issuer = Some(Issuer::parse("mybusiness.kinde.com").unwrap());
    detected.source = IdentitySource::Detected { path: ".env.local".into() };
    let only = Workspace { detected: Some(detected.clone()), ..workspace_of(&[("orders.http", ORDERS)], "{}") };
    let (stage, _) = loaded_with(StartOptions::default(), only);
    assert_eq!(stage.state().identity, Some(name("kinde")));

    let both = Workspace { detected: Some(detected), ..workspace() };
    let (stage, _) = loaded_with(StartOptions::default(), both);
    assert_eq!(stage.state().identity, Some(name("jane")), "a defined one comes first");
}

#[test]
fn an_empty_folder_is_no_trouble() {
    let (mut stage, effects) = loaded_with(StartOptions::default(), Workspace::default());
    assert_eq!(effects, []);
    assert!(stage.app.tree_rows().is_empty());
    stage.press("enter f c y w r L E t ! down up pgdn G left right space / x enter esc");
    assert_eq!(stage.state().selected_request(), None);
}

#[test]
fn problems_of_files_are_told_and_shown() {
    let broken = workspace_of(&[("orders.http", ORDERS)], "{ \"dev\": ");
    let mut with_problem = broken;
    let problems: Vec<_> = with_problem.environments.problems().cloned().collect();
    assert!(!problems.is_empty());
    with_problem.problems = problems;
    let (mut stage, _) = loaded_with(StartOptions::default(), with_problem);
    assert!(stage.notice().contains("problem"));
    assert_eq!(stage.state().notice.as_ref().unwrap().tone, Tone::Bad);
    stage.press("!");
    assert!(matches!(stage.state().layers.last(), Some(Layer::Problem(_))));
    stage.press("esc");
    assert!(stage.state().layers.is_empty());
}

#[test]
fn without_problems_there_is_nothing_to_show() {
    let mut stage = Stage::loaded();
    stage.press("!");
    assert!(stage.state().layers.is_empty());
    assert_eq!(stage.notice(), "There are no problems");
}

#[test]
fn reading_again_is_asked_for_once_at_a_time_and_told() {
    let mut stage = Stage::signed_in();
    assert_eq!(stage.press("R"), [Effect::LoadWorkspace]);
    assert_eq!(stage.press("R"), []);
    stage.tell(Msg::WorkspaceLoaded(Box::new(workspace())));
    assert_eq!(stage.notice(), "The workspace was read again");
}

#[test]
fn reading_that_failed_can_be_asked_for_again() {
    let mut stage = Stage::signed_in();
    stage.press("R");
    stage.tell(Msg::Trouble(super::fixture::problem("The workspace could not be read")));
    assert_eq!(stage.press("R"), [Effect::LoadWorkspace]);
}

#[test]
fn a_reload_keeps_selection_folds_responses_and_carriers_with_their_requests() {
    let mut stage = Stage::signed_in();
    stage.select(4);
    stage.app.state.carriers.insert(request("orders.http", 4), TokenCarrier::Bearer);
    let id = stage.run();
    stage.tell(Msg::RunFinished { id, outcome: outcome(b"page") });
    stage.press("end left");
    assert_eq!(stage.state().folded.get(&1), Some(&Folded::Closed));
    stage.select(4);

    let moved = format!("### new\nGET https://new.example\n\n{ORDERS}");
    let files =
        [("a-first.http", "GET https://first.example\n"), ("orders.http", moved.as_str()), ("reports.http", REPORTS)];
    stage.tell(Msg::WorkspaceLoaded(Box::new(workspace_of(&files, ENVIRONMENTS))));

    assert_eq!(stage.state().selected_id(), Some(&request("orders.http", 5)));
    assert_eq!(stage.state().selected_request().unwrap().label(), "session page");
    assert!(matches!(stage.phase(), RunPhase::Finished(_)));
    assert_eq!(stage.state().carriers, [(request("orders.http", 5), TokenCarrier::Bearer)].into());
    assert_eq!(stage.state().folded, [(2, Folded::Closed)].into());
}

#[test]
fn a_run_whose_request_is_gone_is_cancelled_and_forgotten() {
    let mut stage = Stage::signed_in();
    let id = stage.run();
    let effects = stage.tell(Msg::WorkspaceLoaded(Box::new(workspace_of(&[("reports.http", REPORTS)], ENVIRONMENTS))));
    assert_eq!(effects, [Effect::CancelRun(id)]);
    assert!(stage.state().runs.is_empty());
    stage.tell(Msg::RunFinished { id, outcome: outcome(b"late") });
    assert!(stage.state().runs.is_empty());
}

#[test]
fn a_reload_that_changes_an_identity_forgets_its_session_only() {
    let mut stage = Stage::signed_in();
    stage.select(3);
    stage.sign_in("admin");
    let changed = ENVIRONMENTS.replacen("\"Client ID\": \"web\"", "\"Client ID\": \"other\"", 1);
    let effects = stage.tell(Msg::WorkspaceLoaded(Box::new(workspace_of(&[("orders.http", ORDERS)], &changed))));
    assert_eq!(effects, [Effect::LoadSession(Box::new(stage.identity("admin")))]);
    assert!(stage.session_of("jane").view().is_some());
    assert_eq!(*stage.session_of("admin"), SessionState::Loading);
}

#[test]
fn choosing_another_environment_forgets_sessions_and_finds_the_identity_there() {
    let mut stage = Stage::signed_in();
    let effects = stage.press("E down enter");
    assert_eq!(stage.state().environment.as_deref(), Some("prod"));
    let remembered = Effect::RememberEnvironment("prod".to_owned());
    assert_eq!(effects, [remembered, Effect::LoadSession(Box::new(stage.identity("jane")))]);
    assert_eq!(stage.identity("jane").issuer.as_ref().unwrap().as_str(), "https://prod.example");
}

#[test]
fn a_session_of_another_environment_comes_too_late() {
    let mut stage = Stage::loaded();
    let key = stage.key("jane");
    let view = super::fixture::session("jane", stage.now, super::fixture::DAY);
    stage.press("E down enter");
    stage.tell(Msg::SessionLoaded { key: key.clone(), result: Ok(Some(Box::new(view))) });
    assert_eq!(*stage.session_of("jane"), SessionState::Loading);
    stage.tell(Msg::LoggedOut { key: key.clone(), problem: None });
    stage.tell(Msg::SessionRefreshing { key });
    assert_eq!(*stage.session_of("jane"), SessionState::Loading);
}

#[test]
fn choosing_the_same_environment_changes_nothing() {
    let mut stage = Stage::signed_in();
    assert_eq!(stage.press("E enter"), []);
    assert!(stage.session_of("jane").view().is_some());
}

#[test]
fn an_identity_that_is_not_in_the_new_environment_gives_way_to_the_first() {
    let mut stage = Stage::signed_in();
    stage.press("a down down enter");
    assert_eq!(stage.state().identity, Some(name("admin")));
    stage.press("E down enter");
    assert_eq!(stage.state().identity, Some(name("jane")));
    assert_eq!(stage.state().act_as, ActAs::RequestDecides);
}
