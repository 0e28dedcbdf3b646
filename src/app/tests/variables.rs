//! Tests of the inspector and of the remembered environment.

use super::fixture::{Stage, problem, request, variable, workspace};
use crate::app::effect::{Effect, SendRequest};
use crate::app::layers::VariablesLayer;
use crate::app::msg::Msg;
use crate::app::state::{Layer, StartOptions};
use crate::collection::inspect::VariableRow;
use crate::model::wire::FieldValue;
use crate::redact::SecretText;

fn only_inspection(effects: &[Effect]) -> &SendRequest {
    match effects {
        [Effect::Inspect(request)] => request,
        other => panic!("not one inspection but {other:?}"),
    }
}

fn layer(stage: &Stage) -> &VariablesLayer {
    match stage.state().layers.last() {
        Some(Layer::Variables(variables)) => variables,
        other => panic!("no variables but {other:?}"),
    }
}

fn secret_row() -> VariableRow {
    let value = FieldValue::Secret(SecretText::new("value-of-the-row"));
    VariableRow { value: Some(value), secret: Some("stripe".to_owned()), ..variable("$secret stripe") }
}

/// The inspector with three rows, the second of them a secret.
fn opened() -> Stage {
    let mut stage = Stage::signed_in();
    let id = only_inspection(&stage.press("v")).id;
    let rows = vec![variable("base"), secret_row(), variable("tenant")];
    stage.tell(Msg::VariablesInspected { id, result: Ok(rows) });
    stage
}

#[test]
fn the_selected_request_is_inspected_as_it_would_be_sent() {
    let mut stage = Stage::signed_in();
    let effects = stage.press("v");
    let asked = only_inspection(&effects);
    assert_eq!((&asked.request, asked.environment.as_deref()), (&request("orders.http", 0), Some("dev")));
    assert!(layer(&stage).rows.is_none());
    stage.tell(Msg::VariablesInspected { id: crate::model::exchange::RunId(999), result: Ok(vec![variable("late")]) });
    assert!(layer(&stage).rows.is_none(), "the answer to another question");
    let id = asked.id;
    stage.tell(Msg::VariablesInspected { id, result: Err(problem("no vault")) });
    assert!(matches!(stage.state().layers.as_slice(), [Layer::Problem(_)]));
}

#[test]
fn rows_are_filtered_by_their_words() {
    let mut stage = opened();
    stage.press("/");
    stage.write("ten");
    assert_eq!(layer(&stage).selected_row().unwrap().name, "tenant");
    stage.press("enter");
    assert_eq!(layer(&stage).visible().len(), 1);
    stage.press("esc");
    assert_eq!(layer(&stage).visible().len(), 3);
    stage.press("/");
    stage.write("value-of-the-row");
    assert_eq!(layer(&stage).visible().len(), 0, "a secret cannot be guessed by filtering");
    stage.press("esc esc");
    assert!(stage.state().layers.is_empty());
}

#[test]
fn a_value_is_copied_and_a_secret_only_when_asked() {
    let mut stage = opened();
    let plain = stage.press("y");
    assert!(matches!(&plain[..], [Effect::Copy { what: "value", text }] if text.expose() == "value of base"));
    assert_eq!(stage.press("down y"), []);
    assert!(stage.notice().contains("`Y`"));
    let secret = stage.press("Y");
    assert!(matches!(&secret[..], [Effect::Copy { what: "secret", text }] if text.expose() == "value-of-the-row"));
}

#[test]
fn a_secret_is_set_under_the_name_of_its_row() {
    let mut stage = opened();
    stage.press("down s");
    stage.write("new-value-q");
    assert!(!format!("{:?}", stage.state()).contains("new-value-q"));
    let effects = stage.press("enter");
    let [Effect::StoreSecret { name, value }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((name.as_str(), value.expose()), ("stripe", "new-value-q"));
    assert!(layer(&stage).secret.is_none());
    let again = stage.tell(Msg::SecretStored { name: "stripe".to_owned(), result: Ok(()) });
    only_inspection(&again);
    stage.tell(Msg::SecretStored { name: "stripe".to_owned(), result: Err(problem("locked")) });
    assert!(matches!(stage.state().layers.last(), Some(Layer::Problem(_))));
}

#[test]
fn a_new_secret_needs_a_name_and_a_value() {
    let mut stage = opened();
    stage.press("s");
    assert_eq!(stage.press("enter"), []);
    assert!(layer(&stage).secret.as_ref().unwrap().problem.as_ref().unwrap().contains("name"));
    stage.write("api_key");
    assert_eq!(stage.press("enter enter"), []);
    assert!(layer(&stage).secret.as_ref().unwrap().problem.is_some());
    stage.write("v");
    let effects = stage.press("enter");
    assert!(matches!(&effects[..], [Effect::StoreSecret { name, .. }] if name == "api_key"));
    stage.press("s");
    stage.press("esc");
    assert!(layer(&stage).secret.is_none());
}

#[test]
fn a_chosen_environment_is_remembered_and_taken_up_again() {
    let mut stage = Stage::signed_in();
    stage.press("E");
    let effects = stage.press("down enter");
    assert!(effects.contains(&Effect::RememberEnvironment("prod".to_owned())));
    for (environment, remembered, expected) in
        [(None, Some("prod"), "prod"), (Some("dev"), Some("prod"), "dev"), (None, Some("gone"), "dev")]
    {
        let mut stage = Stage::started(StartOptions {
            environment: environment.map(str::to_owned),
            remembered_environment: remembered.map(str::to_owned),
            ..StartOptions::default()
        });
        stage.tell(Msg::WorkspaceLoaded(Box::new(workspace())));
        assert_eq!(stage.state().environment.as_deref(), Some(expected));
        assert_eq!(stage.notice(), "");
    }
}
