//! Tests of the tree: rows, folds, filter, selection.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use super::fixture::{ENVIRONMENTS, Stage, request, workspace_of};
use crate::app::msg::Msg;
use crate::app::state::{FilterMode, Folded, StartOptions, TreeRow};

fn labels(stage: &Stage) -> Vec<String> {
    let rows = stage.app.tree_rows().iter();
    rows.map(|row| match row {
        TreeRow::Collection { index, folded } => format!("{index} {folded:?}"),
        TreeRow::Request(id) => stage.state().request(id).unwrap().label().to_owned(),
    })
    .collect()
}

#[test]
fn the_first_request_is_selected_at_the_start() {
    let stage = Stage::loaded();
    assert_eq!(stage.state().selected_request().unwrap().label(), "list orders");
    assert_eq!(stage.state().selected_row, 1);
}

#[test]
fn the_request_named_at_the_start_is_selected() {
    let open = Some(request("reports.http", 1));
    let mut stage = Stage::started(StartOptions { open: open.clone(), ..StartOptions::default() });
    stage.tell(Msg::WorkspaceLoaded(Box::new(super::fixture::workspace())));
    assert_eq!(stage.state().selected_id(), open.as_ref());
}

#[test]
fn moving_stops_at_both_ends() {
    let mut stage = Stage::loaded();
    stage.press("up up up up");
    assert_eq!(stage.state().selected_row, 0);
    stage.press("G down");
    assert_eq!(stage.state().selected_row, stage.app.tree_rows().len() - 1);
    stage.press("g j k");
    assert_eq!(stage.state().selected_row, 0);
}

#[test]
fn left_folds_the_collection_of_the_selected_request_and_right_unfolds_it() {
    let mut stage = Stage::loaded();
    stage.press("down down left");
    assert_eq!(labels(&stage), ["0 Closed", "1 Open", "monthly report", "yearly report"]);
    assert_eq!((stage.state().selected_row, stage.state().selected_id()), (0, None));
    stage.press("right");
    assert_eq!(stage.app.tree_rows().len(), 10);
    stage.press("space");
    assert_eq!(labels(&stage)[0], "0 Closed");
}

#[test]
fn right_on_a_request_keeps_the_selection() {
    let mut stage = Stage::loaded();
    stage.press("down right");
    assert_eq!(stage.state().selected_row, 2);
}

#[test]
fn enter_on_a_collection_folds_it_and_sends_nothing() {
    let mut stage = Stage::loaded();
    assert_eq!(stage.press("home enter"), []);
    assert_eq!(labels(&stage)[0], "0 Closed");
    stage.press("enter");
    assert_eq!(labels(&stage)[0], "0 Open");
}

#[test]
fn the_filter_finds_all_of_its_words_in_name_method_url_and_file() {
    let mut stage = Stage::loaded();
    stage.press("/");
    stage.write("post");
    assert_eq!(labels(&stage), ["0 Open", "create order"]);
    stage.press("ctrl+u");
    stage.write("reports year");
    assert_eq!(labels(&stage), ["1 Open", "yearly report"]);
    assert_eq!(stage.state().selected_request().unwrap().label(), "yearly report");
    stage.press("ctrl+u");
    stage.write("nothing like it");
    assert!(stage.app.tree_rows().is_empty());
    assert_eq!(stage.state().selected_request(), None);
    stage.press("down up pgdn end enter esc");
    assert_eq!(stage.app.tree_rows().len(), 10);
}

#[test]
fn the_filter_shows_what_is_in_folded_collections_and_folds_come_back() {
    let mut stage = Stage::loaded();
    stage.press("left /");
    stage.write("ping");
    assert_eq!(labels(&stage), ["0 Open", "ping"]);
    stage.press("esc");
    assert_eq!(labels(&stage)[..2], ["0 Closed", "1 Open"]);
}

#[test]
fn keys_are_text_while_the_filter_is_typed_and_arrows_still_move() {
    let mut stage = Stage::loaded();
    stage.press("/ q l");
    assert_eq!(stage.state().filter.as_ref().unwrap().text, "ql");
    stage.press("ctrl+u");
    stage.write("report");
    stage.press("down");
    assert_eq!(stage.state().selected_request().unwrap().label(), "yearly report");
}

#[test]
fn enter_keeps_the_filter_and_escape_on_the_tree_clears_it() {
    let mut stage = Stage::loaded();
    stage.press("/");
    stage.write("year");
    stage.press("enter");
    assert_eq!(stage.state().filter_mode, FilterMode::Applied);
    assert_eq!(labels(&stage).len(), 2);
    stage.press("esc");
    assert_eq!(stage.state().filter, None);
    assert_eq!(stage.state().selected_request().unwrap().label(), "yearly report", "the selection stays");
}

#[test]
fn an_empty_filter_is_none() {
    let mut stage = Stage::loaded();
    stage.press("/ enter");
    assert_eq!((stage.state().filter.clone(), stage.state().filter_mode), (None, FilterMode::Applied));
    stage.press("/ space tab");
    assert_eq!((stage.state().filter.clone(), stage.state().filter_mode), (None, FilterMode::Applied));
}

#[test]
fn the_selection_is_kept_in_view() {
    let mut stage = Stage::loaded();
    let viewports = crate::app::state::Viewports { tree: 4, ..Default::default() };
    let hits = crate::app::hit::HitMap { viewports, ..Default::default() };
    stage.tell(Msg::Drawn(Box::new(hits)));
    stage.press("end");
    assert_eq!((stage.state().selected_row, stage.state().tree_offset), (9, 6));
    stage.press("pgup");
    assert_eq!((stage.state().selected_row, stage.state().tree_offset), (6, 6));
    stage.press("pgup");
    assert_eq!((stage.state().selected_row, stage.state().tree_offset), (3, 3));
}

#[test]
fn a_smaller_tree_is_scrolled_to_its_selection_and_drawn_once_more() {
    let mut stage = Stage::signed_in();
    stage.press("end");
    let hits = |tree| {
        let viewports = crate::app::state::Viewports { tree, ..Default::default() };
        Msg::Drawn(Box::new(crate::app::hit::HitMap { viewports, ..Default::default() }))
    };
    stage.tell(hits(4));
    assert_eq!(stage.state().tree_offset, 6);
    assert!(stage.app.wants_tick().unwrap() <= Duration::from_millis(100));
    stage.wait(Duration::from_millis(100));
    stage.tell(hits(4));
    assert!(stage.app.wants_tick().unwrap() > Duration::from_secs(1));
}

#[test]
fn ten_thousand_requests_are_filtered_while_one_types() {
    let mut text = String::new();
    for number in 0..10_000 {
        writeln!(text, "### request number {number}\nGET https://api.example/items/{number}?expand=all\n").unwrap();
    }
    let mut stage = Stage::loaded();
    stage.tell(Msg::WorkspaceLoaded(Box::new(workspace_of(&[("many.http", &text)], ENVIRONMENTS))));
    assert_eq!(stage.app.tree_rows().len(), 10_001);
    stage.press("/");
    let before = Instant::now();
    stage.write("9999");
    let took = before.elapsed();
    assert_eq!(stage.app.tree_rows().len(), 2);
    // Generous: an unoptimised build on a busy machine. One walk takes a few milliseconds in a release build.
    assert!(took < Duration::from_secs(4), "{took:?}");
    stage.press("esc home");
    assert_eq!(stage.state().folded.get(&0), None::<&Folded>);
}
