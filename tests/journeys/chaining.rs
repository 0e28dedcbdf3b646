//! A request that asks, and one that needs another: the whole way from Enter to the answer.

use bearcat::app::msg::Holder;
use bearcat::app::state::{Layer, Question, RunPhase};

use crate::stage::{Answer, Setup};

const FILE: &str = "\
### login
# @no-auth
# @prompt user Who are you?
# @prompt password
# @capture session = .body.body | fromjson | .session_token
POST @API@/test/echo
X-Password: {{password}}

{\"user\": \"{{user}}\", \"session_token\": \"tok-{{user}}-1234567\"}

### profile
# @no-auth
GET @API@/test/echo?user={{login.request.body.$.user}}&size={{login.response.body.$.body_size}}
X-Session: {{session}}
";

fn body(answer: &Answer) -> String {
    String::from_utf8(answer.exchange.body.bytes.to_vec()).unwrap()
}

#[test]
fn a_prompt_and_a_chained_request() {
    let mut stage = Setup::requests(FILE).start();
    stage.select("profile");
    stage.press("enter");
    stage.until("the prompts", |state| matches!(state.layers.last(), Some(Layer::Prompts(_))));
    stage.wait_for("Who are you?");
    stage.type_text("ada");
    stage.press("enter");
    stage.type_text("hunter2-hunter2");
    let screen = stage.wait_for("•••");
    assert!(!screen.contains("hunter2"), "{screen}");
    stage.press("enter");
    let problem = stage.wait("the end of the run", |state| match &state.current_run()?.phase {
        RunPhase::Failed(problem) => Some(problem.to_string()),
        RunPhase::Finished(_) => Some(String::new()),
        _ => None,
    });
    assert_eq!(problem, "", "the captured session is there as soon as `login` was sent");
    stage.wait_for("Sent `login` first");
    let seen = stage.demo.log();
    assert_eq!(seen.len(), 2);
    assert!(seen[0].has_header("x-password") && seen[1].has_header("x-session"));
    let echo = body(&stage.response());
    assert!(echo.contains("tok-ada-1234567") && echo.contains("[\"user\",\"ada\"]"), "{echo}");

    // Once: the next time nothing is asked and nothing sent first.
    let answer = stage.send_request();
    assert_eq!((answer.status, stage.demo.log().len()), (200, 3));

    // The inspector shows where the values come from, and masks the token.
    stage.press("v");
    let screen = stage.wait_for("from the last sending of `login`");
    // Behind the layer is the body, as the server sent it.
    let line = screen.lines().find(|line| line.contains("captured from the last")).expect("the captured variable");
    assert!(line.contains("session") && line.contains("••••••") && !line.contains("tok-ada"), "{screen}");
    stage.press("esc");
    stage.until("the layer gone", |state| state.layers.is_empty());

    // The answer is remembered, the password is not.
    stage.select("login");
    stage.press("enter");
    stage.wait_for("ada");
    stage.press("esc");
    stage
        .until("nothing sent", |state| state.current_run().is_some_and(|run| matches!(run.phase, RunPhase::Cancelled)));
    let remembered = std::fs::read_to_string(stage.home.path().join("home/state/workspaces.json")).unwrap();
    assert!(remembered.contains("ada") && !remembered.contains("hunter2"), "{remembered}");
    assert_eq!(stage.demo.log().len(), 3);
    stage.finish();
}

#[test]
fn a_secret_is_set_and_goes_to_a_foreign_origin_only_after_a_yes() {
    let mut stage = Setup::requests("### it\n# @no-auth\nGET http://0.0.0.0:1/\n").start();
    let port = stage.demo.api.port().unwrap();
    let text = format!("### it\n# @no-auth\nGET http://0.0.0.0:{port}/test/echo\nX-Key: {{{{$secret stripe}}}}\n");
    std::fs::write(stage.home.path().join("workspace/journey.http"), text).unwrap();
    stage.until("the workspace", |state| state.workspace.is_some());
    stage.press("R");
    stage.until("the secret", |state| {
        let collections = state.workspace.iter().flat_map(|workspace| &workspace.collections);
        collections.flat_map(|one| &one.requests).any(|request| request.headers.len() == 1)
    });
    stage.select("it");
    stage.press("v");
    stage.wait_for("the vault has no secret");
    stage.press("s");
    stage.type_text("value-of-the-secret-stripe");
    stage.press("enter");
    stage.wait_for("secret in the vault");
    stage.press("esc");
    stage.until("the layer gone", |state| state.layers.is_empty());
    stage.press("enter");
    stage.until("the question", |state| {
        matches!(state.layers.last(), Some(Layer::Confirm(Question::AllowOrigin { holder: Holder::Secret(_), .. })))
    });
    stage.wait_for("Send the secret `stripe` to");
    stage.press("y");
    let first = stage.response();
    let sent = first.exchange.request.headers;
    assert!(sent.iter().any(|(name, value)| name == "X-Key" && value == "••••••"), "{sent:?}");
    // It is asked once.
    stage.send_request();
    stage.finish();
}
