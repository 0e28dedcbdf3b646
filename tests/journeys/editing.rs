//! Editing on the screen: from a key press to the server's log and to the bytes on disk.

use crate::stage::{Setup, Stage};

const FILE: &str = "\
### place order
# @no-auth
POST @API@/test/echo?dry=yes
    &limit=10
X-Trace: one
Content-Type: application/json

{\"item\": \"honey\"}

> {% client.test(\"kept\", () => {}) %}

### after it
# @no-auth
GET @API@/api/ping
";

fn on_disk(stage: &Stage) -> String {
    std::fs::read_to_string(stage.home.path().join("workspace/journey.http")).unwrap()
}

/// Takes what is in the field away and types something else.
fn instead(stage: &mut Stage, text: &str) {
    stage.press("end ctrl+u");
    stage.type_text(text);
}

#[test]
fn what_is_edited_is_sent_and_only_its_bytes_are_saved() {
    let mut stage = Setup::requests(FILE).start();
    stage.select("place order");
    let before = on_disk(&stage);

    // A parameter is switched off.
    stage.press("2 down down space");
    stage.until("one parameter less", |state| {
        state.selected_request().is_some_and(|request| !request.url.text.contains("limit"))
    });
    // A header gets another value.
    stage.press("] down right enter");
    instead(&mut stage, "two");
    stage.press("enter");
    // The body gets a member, by the editor.
    stage.press("b end left");
    stage.type_text(", \"amount\": 3");
    stage.wait_for("JSON");
    // Sent while the body is still open: it is taken over first.
    let run = stage.see(|state| state.current_run().map(|run| run.id));
    stage.press("f5");
    let answer = stage.answer_after(run);
    assert_eq!(answer.status, 200);
    let echo = String::from_utf8_lossy(&answer.exchange.body.bytes).into_owned();
    assert!(echo.contains("amount") && echo.contains("honey"), "{echo}");
    let seen = stage.demo.log().into_iter().find(|seen| seen.path == "/test/echo").unwrap();
    assert_eq!((seen.method.as_str(), seen.field("dry"), seen.field("limit")), ("POST", Some("yes"), None));
    assert!(seen.has_header("x-trace"));
    assert_eq!(on_disk(&stage), before, "nothing is saved by itself");

    stage.press("s");
    stage.until("saved", |state| state.documents.unsaved().next().is_none());
    let expected = before
        .replace("    &limit=10\n", "    # &limit=10\n")
        .replace("X-Trace: one", "X-Trace: two")
        .replace("{\"item\": \"honey\"}", "{\"item\": \"honey\", \"amount\": 3}");
    assert_eq!(on_disk(&stage), expected);

    // Everything can be taken back, one step for each of the three.
    stage.press("u u u");
    stage.press("s");
    stage.until_outside("the old bytes", |stage| on_disk(stage) == before);
    stage.finish();
}

#[test]
fn a_new_request_is_typed_from_nothing_on_a_small_screen() {
    let mut stage = Setup::requests("### it\n# @no-auth\nGET @API@/nothing\n").size(40, 12).start();
    stage.select("it");
    let url = format!("{}test/echo", stage.demo.api);
    stage.press("i");
    instead(&mut stage, &url);
    stage.press("enter m");
    stage.type_text("post");
    stage.press("enter b");
    stage.type_text("form");
    stage.press("enter");
    stage.type_text("user");
    stage.press("tab");
    stage.type_text("Jane Doe");
    let run = stage.see(|state| state.current_run().map(|run| run.id));
    stage.press("f5");
    let answer = stage.answer_after(run);
    let echo: serde_json::Value = serde_json::from_slice(&answer.exchange.body.bytes).unwrap();
    assert_eq!((answer.status, &echo["method"]), (200, &serde_json::json!("POST")));
    let body = echo["body"].as_str().unwrap();
    assert!(matches!(body, "user=Jane+Doe" | "user=Jane%20Doe"), "{body}");
    stage.finish();
}
