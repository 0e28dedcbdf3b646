//! Files that are broken: told with their place, while everything else works.

use bearcat::app::state::{Layer, RunPhase};

use crate::stage::Setup;

#[test]
fn broken_files_are_told_with_line_and_column_while_the_rest_works() {
    let broken =
        "### fine\n# @no-auth\nGET @API@/api/ping\n\n### broken\n# @no-auth\nGET @API@/api/ping\nno colon here\n\n{}\n";
    let mut stage = Setup::requests(broken)
        .file("http-client.private.env.json", "{\n  \"demo\": {\n    \"a\": 1,,\n  }\n}\n")
        .start();
    let places = stage.wait("problems", |state| {
        let problems = state.problems();
        (problems.len() >= 2)
            .then(|| problems.iter().filter_map(|one| Some(one.place.as_ref()?.to_string())).collect::<Vec<_>>())
    });
    assert!(places.iter().any(|place| place.starts_with("journey.http:8:")), "{places:?}");
    assert!(places.iter().any(|place| place.starts_with("http-client.private.env.json:3:")), "{places:?}");
    stage.press("!");
    stage.until("the problems", |state| matches!(state.layers.last(), Some(Layer::Problem(_))));
    stage.wait_for("journey.http:8:");
    stage.press("esc");
    stage.select("fine");
    assert_eq!(stage.send_request().status, 200);
    assert!(stage.see(|state| state.identities.iter().any(|one| one.name.as_str() == "jane")));
    stage.finish();
}

#[test]
fn a_variable_that_nobody_sets_is_named_with_its_place() {
    let mut stage = Setup::requests("### it\n# @no-auth\nGET @API@/api/{{nobody}}\n").start();
    stage.select("it");
    stage.press("enter");
    let problem = stage.wait("a failure", |state| match &state.current_run()?.phase {
        RunPhase::Failed(problem) => Some(problem.to_string()),
        _ => None,
    });
    assert!(problem.contains("nobody") && problem.contains("journey.http:3:"), "{problem}");
    assert_eq!(stage.demo.log().len(), 0, "nothing is sent");
    stage.finish();
}

#[test]
fn a_mended_file_is_read_again() {
    let mut stage = Setup::requests("### it\n# @no-auth\nGET @API@/api/{{nobody}}\n").start();
    stage.select("it");
    let text = format!("### it\n# @no-auth\nGET {}api/ping\n", stage.demo.api);
    std::fs::write(stage.home.path().join("workspace/journey.http"), text).unwrap();
    stage.press("R");
    stage.until("the new request", |state| {
        state.selected_request().is_some_and(|request| request.url.text.ends_with("/api/ping"))
    });
    assert_eq!(stage.send_request().status, 200);
    stage.finish();
}

#[test]
fn an_empty_folder_says_what_to_do() {
    let mut stage = Setup::empty().start();
    stage.until("the workspace", |state| state.workspace.is_some());
    stage.wait_for(".http");
    stage.press("l");
    stage.until("the form", |state| {
        state.login().is_some_and(|login| matches!(login.stage, bearcat::app::state::LoginStage::Form(_)))
    });
    stage.finish();
}

#[test]
fn a_collection_is_imported_and_sent() {
    let postman = r#"{"info":{"name":"Shop","schema":"https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},
        "item":[{"name":"Ping","request":{"method":"GET","url":"@API@/api/ping"},"event":[{"listen":"test","script":{"exec":["x"]}}]}]}"#;
    let mut stage = Setup::empty().file("shop.json", postman).start();
    stage.until("the workspace", |state| state.workspace.is_some());
    stage.press("I");
    stage.until("the layer", |state| matches!(state.layers.last(), Some(Layer::Import(_))));
    stage.type_text("nothing.json");
    stage.press("enter");
    stage.wait_for("nothing.json");
    stage.until(
        "the problem",
        |state| matches!(state.layers.last(), Some(Layer::Import(import)) if import.problem.is_some()),
    );
    stage.press("ctrl+u");
    stage.type_text("shop.json");
    stage.press("enter");
    stage.wait_for("1 request");
    stage.wait_for("Kept as a comment (1)");
    stage.press("esc");
    stage.until("the collection", |state| {
        state.workspace.as_ref().is_some_and(|workspace| !workspace.collections.is_empty())
    });
    stage.select("Ping");
    assert_eq!(stage.send_request().status, 200);
    let folder = stage.home.path().join("workspace");
    let written = std::fs::read_dir(folder)
        .unwrap()
        .flatten()
        .filter(|entry| entry.path().extension().is_some_and(|extension| extension == "http"));
    assert_eq!(written.count(), 1);
    stage.finish();
}
