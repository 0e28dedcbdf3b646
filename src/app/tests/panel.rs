//! Tests of the request panel as an editor: every arrow of its state machine, and that nothing typed is lost.

use std::path::Path;

use super::fixture::{Stage, only_send, sends};
use crate::app::effect::Effect;
use crate::app::hit::{Area, HitMap, Target};
use crate::app::msg::{MouseInput, MouseKind, Msg};
use crate::app::request_editor::auth::AuthKind;
use crate::app::request_editor::{Check, Input};
use crate::app::state::{Layer, Panel, RequestTab, StartOptions, Viewports};
use crate::collection::file::Collection;
use crate::collection::workspace::Workspace;
use crate::keys::action::Action;
use crate::keys::map::key_for;

const LIST: &str = "\
### list
# @no-auth
GET https://api.example/orders?limit=10&page=2
Accept: application/json
X-Trace: on

### create
# @no-auth
POST https://api.example/orders
Content-Type: application/json

{\"a\": {{id}}}

> {% client.test() %}
";

fn stage(text: &str) -> Stage {
    let mut stage = Stage::started(StartOptions::default());
    let collection = Collection::parse(Path::new("a.http"), text.as_bytes());
    let environments = super::fixture::environments(super::fixture::ENVIRONMENTS);
    let workspace = Workspace { collections: vec![collection], environments, ..Workspace::default() };
    stage.tell(Msg::WorkspaceLoaded(Box::new(workspace)));
    stage.draw();
    stage
}

/// The second request selected, its body tab shown.
fn at_body() -> Stage {
    let mut stage = stage(LIST);
    stage.press("down 2 ] ]");
    assert_eq!(stage.state().request_tab, RequestTab::Body);
    stage
}

impl Stage {
    fn source(&self) -> String {
        self.state().workspace.as_ref().unwrap().collections[0].source.to_string()
    }

    fn cell(&self) -> Vec<&str> {
        let cell = self.state().editor.cell().expect("a line is typed");
        cell.fields.iter().map(|field| field.text.as_str()).collect()
    }

    fn typed(&self) -> String {
        self.state().editor.text().expect("a body is typed").area.text()
    }

    fn clear(&mut self) {
        self.press("end ctrl+u");
    }
}

#[test]
fn enter_sends_from_the_url_line_and_edits_in_the_rows() {
    let mut stage = stage(LIST);
    assert_eq!(sends(&stage.press("2 enter")), 1);
    assert_eq!(sends(&stage.press("down enter")), 0);
    assert_eq!(stage.cell(), ["limit", "10"]);
    stage.press("esc esc");
    assert_eq!((stage.state().editor.row, stage.state().focus), (None, Panel::Request));
    assert_eq!(sends(&stage.press("enter")), 1);
}

#[test]
fn one_key_sends_from_everywhere_with_what_is_typed() {
    let mut stage = stage(LIST);
    stage.press("2 down right enter");
    stage.clear();
    stage.write("25");
    let effects = stage.press("f5");
    assert_eq!(only_send(effects).request.index, 0);
    assert!(stage.source().contains("?limit=25&page=2"), "{}", stage.source());
    assert!(stage.state().editor.input.is_none());
    for keys in ["1 f5", "2 down f5", "3 ctrl+g"] {
        assert_eq!(sends(&stage.press(keys)), 1, "{keys}");
    }
    assert_eq!(key_for(Action::Send, stage.state().contexts()), Some("enter"));
    stage.press("2 down");
    assert_eq!(key_for(Action::Send, stage.state().contexts()), Some("f5"));
}

#[test]
fn the_url_is_edited_with_a_live_preview_and_discarded_with_esc() {
    let mut stage = stage(LIST);
    stage.press("2 i");
    stage.clear();
    stage.write("https://other.example/x");
    stage.press("esc");
    assert_eq!(stage.source(), LIST);
    stage.press("i");
    stage.clear();
    stage.write("https://other.example/x?a=1");
    stage.press("enter");
    assert!(stage.source().contains("GET https://other.example/x?a=1\nAccept"), "{}", stage.source());
}

#[test]
fn tab_goes_from_name_to_value_and_on_to_the_next_row() {
    let mut stage = stage(LIST);
    stage.press("2 ] down enter tab");
    assert_eq!(stage.state().editor.cell().unwrap().column, 1);
    stage.clear();
    stage.write("text/plain");
    // The first Tab takes what is offered, if anything is.
    stage.press("tab");
    if stage.cell()[0] == "Accept" {
        stage.press("tab");
    }
    assert_eq!(stage.cell(), ["X-Trace", "on"]);
    stage.press("shift+tab tab tab");
    assert_eq!(stage.cell(), ["", ""]);
    stage.press("enter");
    assert_eq!(stage.source(), LIST.replace("Accept: application/json", "Accept: text/plain"));
}

#[test]
fn rows_are_added_switched_off_moved_and_removed() {
    let mut stage = stage(LIST);
    stage.press("2 n");
    stage.write("q");
    stage.press("enter");
    stage.write("x y");
    stage.press("enter");
    assert_eq!(stage.state().sheet().rows.len(), 3);
    assert_eq!(stage.state().editor.row, Some(2));
    let with_row = stage.source();
    assert!(with_row.contains("q=x"), "{with_row}");
    stage.press("space");
    assert_ne!(stage.source(), with_row);
    let request = &stage.state().workspace.as_ref().unwrap().collections[0].requests[0];
    assert!(!request.url.text.contains("q="), "{}", request.url.text);
    stage.press("space");
    assert_eq!(stage.source(), with_row);
    stage.press("K");
    assert_eq!((stage.state().editor.row, stage.state().sheet().rows[1].cells[0].as_str()), (Some(1), "q"));
    stage.press("x");
    assert_eq!(stage.source(), LIST);
}

#[test]
fn what_is_not_changed_is_not_written() {
    let mut stage = stage(LIST);
    stage.press("2 down enter enter i tab enter");
    stage.press("2 ] down enter esc 1 2 n esc n enter");
    assert_eq!(stage.source(), LIST);
}

#[test]
fn what_is_refused_stays_in_the_field() {
    let mut stage = stage(LIST);
    stage.press("2 ] down enter");
    stage.clear();
    stage.press("enter");
    assert_eq!(stage.cell()[0], "");
    assert!(!stage.notice().is_empty());
    // Nothing else happens before it is settled.
    assert_eq!(sends(&stage.press("f5")), 0);
    stage.press("esc");
    assert_eq!(stage.source(), LIST);
}

#[test]
fn names_of_headers_are_completed() {
    let mut stage = stage(LIST);
    stage.press("2 ] n");
    stage.write("if-no");
    stage.press("tab");
    assert_eq!(stage.cell(), ["If-None-Match", ""]);
    stage.press("tab");
    stage.write("{{$uu");
    stage.press("tab enter");
    assert!(stage.source().contains("X-Trace: on\nIf-None-Match: {{$uuid}}\n"), "{}", stage.source());
}

#[test]
fn enter_keeps_what_is_typed_unless_a_suggestion_was_chosen() {
    let mut stage = stage(LIST);
    stage.press("2 ] n");
    stage.write("x-forw");
    stage.press("down enter");
    assert_eq!(stage.cell()[0], "X-Forwarded-Host");
    stage.clear();
    stage.write("X-Forw");
    stage.press("enter");
    assert_eq!(stage.cell()[0], "X-Forw");
}

#[test]
fn a_body_is_taken_over_as_one_edit_and_its_script_stays() {
    let mut stage = at_body();
    stage.press("down down enter");
    assert_eq!(stage.typed(), "{\"a\": {{id}}}");
    stage.press("end left");
    stage.write(", \"b\": [1");
    stage.write("]");
    assert_eq!(stage.state().editor.text().unwrap().check, Check::Good);
    stage.press("esc");
    assert!(stage.state().editor.input.is_none());
    assert_eq!(stage.source(), LIST.replace("{\"a\": {{id}}}", "{\"a\": {{id}}, \"b\": [1]}"));
}

#[test]
fn a_body_is_reformatted_checked_and_both_are_undone() {
    let mut stage = at_body();
    stage.press("b ctrl+f");
    assert_eq!(stage.typed(), "{\n  \"a\": {{id}}\n}");
    stage.press("ctrl+u");
    assert_eq!(stage.typed(), "{\"a\": {{id}}}");
    stage.press("ctrl+r ctrl+end enter");
    stage.write(",");
    assert!(matches!(stage.state().editor.text().unwrap().check, Check::Bad { line: 4, column: 1, .. }));
    stage.press("ctrl+home ctrl+k");
    assert_eq!(stage.state().editor.text().unwrap().area.cursor().line, 3);
    assert!(stage.notice().contains("ine 4, column 1"), "{}", stage.notice());
    // Broken JSON may be meant: it is taken over all the same.
    stage.press("esc");
    assert!(stage.source().contains("}\n,\n"), "{}", stage.source());
}

#[test]
fn a_body_that_would_be_another_request_stays_in_the_editor() {
    let mut stage = at_body();
    stage.press("b ctrl+end enter");
    stage.tell(Msg::Paste("### not another one\nGET https://x.example/\n".to_owned()));
    stage.press("esc");
    assert!(stage.typed().contains("### not another one"));
    assert_eq!(stage.source(), LIST);
    assert!(!stage.notice().is_empty());
    // Neither a click elsewhere nor sending nor quitting loses it.
    stage.press("f5");
    show(&mut stage, Target::TreeRow(1));
    stage.tell(Msg::Mouse(MouseInput { kind: MouseKind::Press, column: 0, row: 0 }));
    assert!(stage.typed().contains("### not another one"));
}

#[test]
fn text_is_selected_copied_cut_and_pasted() {
    let mut stage = at_body();
    stage.press("b ctrl+t");
    let copied = stage.press("ctrl+c");
    assert!(matches!(&copied[..], [Effect::Copy { text, .. }] if text.expose() == "{\"a\": {{id}}}"), "{copied:?}");
    stage.press("ctrl+x ctrl+v ctrl+v");
    assert_eq!(stage.typed(), "{\"a\": {{id}}}{\"a\": {{id}}}");
    stage.press("home shift+right shift+end delete");
    assert_eq!(stage.typed(), "");
    // With nothing selected Ctrl+C leaves.
    stage.press("ctrl+u ctrl+c");
    assert!(stage.state().editor.input.is_none());
}

#[test]
fn letters_are_text_while_one_types() {
    let mut stage = at_body();
    stage.press("b q j ? : 1 space");
    assert!(stage.typed().starts_with("qj?:1 {"));
    assert!(stage.state().layers.is_empty());
}

#[test]
fn leaving_by_tab_mouse_or_panel_takes_the_text_over() {
    for target in [Target::RequestTab(RequestTab::Headers), Target::Panel(Panel::Response), Target::TreeRow(1)] {
        let mut stage = at_body();
        stage.press("down i");
        stage.write("[");
        show(&mut stage, target);
        stage.tell(Msg::Mouse(MouseInput { kind: MouseKind::Press, column: 0, row: 0 }));
        assert!(stage.state().editor.input.is_none(), "{target:?}");
        assert!(stage.source().contains("\n[{\"a\""), "{target:?}");
    }
}

fn show(stage: &mut Stage, target: Target) {
    let area = Area { x: 0, y: 0, width: 30, height: 1 };
    let viewports = Viewports { tree: 20, request: 20, response: 20, token: 20, layer: 20 };
    stage.tell(Msg::Drawn(Box::new(HitMap { areas: vec![(area, target)], viewports, contents: None })));
}

fn click(stage: &mut Stage, target: Target, column: u16) {
    show(stage, target);
    stage.tell(Msg::Mouse(MouseInput { kind: MouseKind::Press, column, row: 0 }));
}

#[test]
fn the_mouse_selects_edits_toggles_and_places_the_cursor() {
    let mut stage = stage(LIST);
    click(&mut stage, Target::RequestUrl, 0);
    assert_eq!(stage.cell().len(), 1);
    click(&mut stage, Target::RequestCell { row: 1, column: 1 }, 0);
    assert_eq!((stage.state().editor.row, stage.state().editor.column), (Some(1), 1));
    assert!(stage.state().editor.input.is_none());
    click(&mut stage, Target::RequestCell { row: 1, column: 1 }, 0);
    assert_eq!((stage.cell(), stage.state().editor.cell().unwrap().column), (vec!["page", "2"], 1));
    click(&mut stage, Target::RequestToggle(0), 0);
    assert!(stage.source().contains("# "), "{}", stage.source());
    assert!(!stage.state().selected_request().unwrap().url.text.contains("limit"));
    click(&mut stage, Target::RequestMethod, 0);
    assert!(matches!(stage.state().layers.last(), Some(Layer::Pick { .. })));

    let mut stage = at_body();
    click(&mut stage, Target::RequestCell { row: 1, column: 0 }, 0);
    click(&mut stage, Target::BodyLine { line: 0, column: 0, x: 4 }, 9);
    assert_eq!(stage.state().editor.text().unwrap().area.cursor().byte, 5);
}

#[test]
fn methods_are_chosen_or_typed() {
    let mut stage = stage(LIST);
    stage.press("2 m");
    stage.write("pat");
    stage.press("enter");
    assert!(stage.source().contains("PATCH https://api.example/orders?limit"), "{}", stage.source());
    stage.press("m");
    stage.write("PURGE");
    stage.press("enter");
    assert!(stage.source().contains("PURGE https://api.example/orders?limit"), "{}", stage.source());
}

#[test]
fn auth_is_chosen_and_its_fields_edited() {
    let mut stage = stage("### a\nGET https://api.example/x\n");
    stage.press("2 ] ] ] down enter");
    stage.write("basic");
    stage.press("enter");
    assert!(stage.source().contains("Authorization: Basic {{user}} {{password}}\n"), "{}", stage.source());
    stage.press("down enter");
    stage.clear();
    stage.write("secret");
    stage.press("enter");
    assert!(stage.source().contains("Authorization: Basic {{user}} secret\n"), "{}", stage.source());
    assert!(stage.state().sheet().rows.iter().any(|row| row.is_secret));
    stage.press("home up down enter");
    stage.write("an identity");
    stage.press("enter down enter");
    assert!(stage.source().starts_with("### a\n# @auth admin\nGET https://api.example/x\n"), "{}", stage.source());
    // How it is carried changes at once.
    let carrier = stage.state().sheet().rows.iter().position(|row| row.label == "carried as").unwrap();
    stage.press("home up");
    for _ in 0..=carrier {
        stage.press("down");
    }
    stage.press("enter");
    assert!(stage.source().contains("# @auth admin cookie\n"), "{}", stage.source());
    assert_eq!(stage.state().auth_form().unwrap().kind(), AuthKind::Identity);
}

#[test]
fn directives_are_offered_and_a_bad_argument_shows_at_its_row() {
    let mut stage = stage("### a\nGET https://api.example/x\n");
    stage.press("2 [ n");
    stage.write("@timeout");
    stage.press("enter");
    stage.write("soon");
    stage.press("enter");
    assert!(stage.source().contains("# @timeout soon\n"), "{}", stage.source());
    let row = &stage.state().sheet().rows[0];
    assert!(row.problem.as_ref().is_some_and(|problem| problem.contains("duration")), "{row:?}");
    stage.press("n");
    stage.write("no-cookie");
    stage.press("enter");
    assert!(stage.source().contains("# @no-cookie-jar\n"), "{}", stage.source());
}

#[test]
fn kinds_of_bodies_bring_their_header_and_their_table() {
    let mut stage = stage("### a\nPOST https://api.example/x\n");
    stage.press("2 ] ] n");
    stage.write("form");
    stage.press("enter");
    stage.write("user");
    stage.press("tab");
    stage.write("{{name}}");
    stage.press("enter");
    let form = "### a\nPOST https://api.example/x\nContent-Type: application/x-www-form-urlencoded\n\nuser={{name}}\n";
    assert_eq!(stage.source(), form);
    stage.press("esc down up enter");
    stage.write("multipart");
    stage.press("enter");
    stage.write("file");
    stage.press("enter");
    stage.write("< ./a.png");
    stage.press("tab");
    stage.write("image/png");
    stage.press("esc");
    stage.press("n");
    stage.write("file");
    stage.press("tab");
    stage.write("< ./a.png");
    stage.press("tab");
    stage.write("image/png");
    stage.press("enter");
    let source = stage.source();
    assert!(source.contains("name=\"file\"; filename=\"a.png\"\nContent-Type: image/png\n\n< ./a.png\n"), "{source}");
    stage.press("esc down up enter");
    stage.write("graphql");
    stage.press("enter");
    assert!(matches!(stage.state().editor.input, Some(Input::Text(_))));
    stage.press("esc down down enter");
    stage.write("{\"id\": 1}");
    stage.press("esc");
    let source = stage.source();
    assert!(source.contains("X-Request-Type: GraphQL\n"), "{source}");
    assert!(source.contains("}\n\n{\"id\": 1}"), "{source}");
}

#[test]
fn another_request_has_nothing_selected() {
    let mut stage = stage(LIST);
    stage.press("2 down");
    assert_eq!(stage.state().editor.row, Some(0));
    stage.press("1 down");
    assert_eq!(stage.state().editor.row, None);
}

#[test]
fn an_address_that_is_pasted_on_the_url_line_replaces_it() {
    let mut stage = stage(LIST);
    stage.press("2");
    stage.tell(Msg::Paste("https://pasted.example/a\n".to_owned()));
    assert_eq!(stage.cell(), ["https://pasted.example/a"]);
    stage.press("esc");
    assert_eq!(stage.source(), LIST);
}

#[test]
fn of_several_pasted_lines_the_url_takes_its_own() {
    let mut stage = stage(LIST);
    stage.press("2 i ctrl+u");
    stage.tell(Msg::Paste("https://pasted.example/a\n    ?b=1\n    &c=2\n".to_owned()));
    assert_eq!(stage.cell(), ["https://pasted.example/a?b=1&c=2"]);
    assert!(stage.state().notice.is_none());
    stage.press("ctrl+u");
    stage.tell(Msg::Paste("https://pasted.example/a\nAccept: */*\n".to_owned()));
    assert_eq!(stage.cell(), ["https://pasted.example/a"]);
    assert!(stage.state().notice.as_ref().is_some_and(|notice| notice.text.contains("the other line")));
}

#[test]
fn a_curl_command_that_is_pasted_into_the_url_line_is_imported() {
    let curl = "curl -X PUT 'https://api.example/things/7?full=1' \\\n  -H 'Accept: text/plain' --data '{\"a\":1}'";
    for keys in ["2", "2 i"] {
        let mut stage = stage(LIST);
        stage.press(keys);
        stage.tell(Msg::Paste(curl.to_owned()));
        let request = stage.state().selected_request().unwrap();
        assert_eq!((request.method.text.as_str(), request.name.as_deref()), ("PUT", Some("list")));
        assert!(request.url.text.starts_with("https://api.example/things/7"), "{}", request.url.text);
        assert!(stage.source().contains("{\"a\":1}"), "{}", stage.source());
        assert!(stage.source().contains("### create"), "{}", stage.source());
        assert!(stage.notice().contains("curl"), "{}", stage.notice());
        assert!(stage.state().editor.input.is_none());
    }
    // What cannot be read stays where it was pasted.
    let mut stage = stage(LIST);
    stage.press("2 i");
    stage.tell(Msg::Paste("curl 'unclosed".to_owned()));
    assert_eq!(stage.source(), LIST);
    assert!(stage.state().editor.cell().is_some() || stage.notice().contains("curl"));
}
