//! Tests of layers: help, palette, switchers, and what keys reach.

use super::fixture::{Stage, finding, name, outcome};
use crate::app::effect::{ActAs, Effect};
use crate::app::msg::{Msg, RunOutcome};
use crate::app::state::{Layer, Panel, RequestTab, ResponseTab, Viewports};
use crate::app::update::palette_rows;
use crate::app::view::IdentityRow;
use crate::keys::action::{ACTIONS, Action, Context};
use crate::model::session::TokenKind;

#[test]
fn help_opens_once_scrolls_and_closes() {
    let mut stage = Stage::signed_in();
    stage.press("? ?");
    assert_eq!(stage.state().layers.len(), 1);
    stage.press("down j pgdn up");
    assert!(matches!(stage.state().layers.last(), Some(Layer::Help { scroll: 20 })));
    stage.press("q");
    assert!(stage.state().layers.is_empty());
}

#[test]
fn scrolling_stops_at_the_end_that_was_drawn() {
    let mut stage = Stage::signed_in();
    stage.press("?");
    let viewports = Viewports { layer: 10, response: 10, ..Viewports::default() };
    let contents = Some(Viewports { layer: 14, response: 3, ..Viewports::default() });
    stage.tell(Msg::Drawn(Box::new(crate::app::hit::HitMap { viewports, contents, ..Default::default() })));
    stage.press("pgdn pgdn");
    assert!(matches!(stage.state().layers.last(), Some(Layer::Help { scroll: 4 })));
    stage.press("home end up");
    assert!(matches!(stage.state().layers.last(), Some(Layer::Help { scroll: 3 })));
    stage.press("esc 3 down");
    assert_eq!(stage.state().response_scroll.line, 0, "all of it shows");
}

#[test]
fn keys_of_the_main_screen_do_nothing_under_a_layer() {
    let mut stage = Stage::signed_in();
    stage.press("?");
    assert_eq!(stage.press("enter l L a r f tab 3 / :"), []);
    assert_eq!(stage.state().layers.len(), 1);
    assert_eq!(stage.state().focus, Panel::Tree);
}

#[test]
fn ctrl_c_closes_a_layer() {
    let mut stage = Stage::signed_in();
    stage.press("?");
    assert_eq!(stage.press("ctrl+c"), []);
    assert!(stage.state().layers.is_empty());
}

#[test]
fn the_palette_finds_actions_by_what_they_do() {
    let first = |query: &str| palette_rows(query).first().map(|info| info.action);
    assert_eq!(first("sign out"), Some(Action::Logout));
    assert_eq!(first("cookie"), Some(Action::CookieMode));
    assert_eq!(first("no such thing at all"), None);
    let everything = palette_rows("");
    assert!(everything.iter().any(|info| info.action == Action::Quit));
    assert!(everything.iter().all(|info| matches!(info.context, Context::Main | Context::Tree | Context::Global)));
}

#[test]
fn the_palette_does_what_is_chosen() {
    let mut stage = Stage::signed_in();
    stage.press(":");
    stage.write("environment");
    stage.press("enter");
    assert!(matches!(stage.state().layers.as_slice(), [Layer::Environments { .. }]));
    stage.press("esc :");
    stage.write("zzzz");
    assert_eq!(stage.press("enter"), []);
    assert!(matches!(stage.state().layers.last(), Some(Layer::Palette { .. })), "nothing to choose");
    stage.press("ctrl+u down down");
    assert!(matches!(stage.state().layers.last(), Some(Layer::Palette { selected: 2, .. })));
    stage.write("q");
    assert!(matches!(stage.state().layers.last(), Some(Layer::Palette { selected: 0, .. })));
}

#[test]
fn every_action_of_the_palette_can_be_done_on_an_empty_screen() {
    for info in palette_rows("") {
        let mut stage = Stage::started(crate::app::state::StartOptions::default());
        stage.press(":");
        stage.write(info.id);
        stage.press("enter");
    }
}

#[test]
fn the_switcher_has_the_identities_and_anonymous() {
    let mut stage = Stage::signed_in();
    let names: Vec<String> = stage
        .state()
        .identity_rows()
        .iter()
        .map(|row| match row {
            IdentityRow::AsRequestsSay => "*".to_owned(),
            IdentityRow::Identity(identity) => identity.name.to_string(),
            IdentityRow::Anonymous => "anonymous".to_owned(),
        })
        .collect();
    assert_eq!(names, ["*", "jane", "admin", "robot", "anonymous"]);
    stage.press("a");
    assert!(matches!(stage.state().layers.last(), Some(Layer::Identities { selected: 0 })));
    let effects = stage.press("down down enter");
    assert_eq!(effects, [Effect::LoadSession(Box::new(stage.identity("admin")))]);
    assert_eq!((stage.state().identity.clone(), stage.state().act_as), (Some(name("admin")), ActAs::Chosen));
    stage.press("a");
    assert!(matches!(stage.state().layers.last(), Some(Layer::Identities { selected: 2 })));
    stage.press("esc");
    assert_eq!(stage.state().identity, Some(name("admin")), "escape chooses nothing");
}

#[test]
fn tab_goes_round_the_panels_and_numbers_go_there() {
    let mut stage = Stage::signed_in();
    let mut seen = vec![stage.state().focus];
    for _ in 0..4 {
        stage.press("tab");
        seen.push(stage.state().focus);
    }
    assert_eq!(seen, [Panel::Tree, Panel::Request, Panel::Response, Panel::Token, Panel::Tree]);
    stage.press("shift+tab");
    assert_eq!(stage.state().focus, Panel::Token);
    stage.press("3");
    assert_eq!(stage.state().focus, Panel::Response);
}

#[test]
fn tabs_turn_in_the_panel_with_the_focus() {
    let mut stage = Stage::signed_in();
    stage.press("]");
    assert_eq!(stage.state().request_tab, RequestTab::Headers);
    stage.press("2 left left");
    assert_eq!(stage.state().request_tab, RequestTab::Directives);
    stage.press("3 ] ]");
    assert_eq!(stage.state().response_tab, ResponseTab::Timing);
    stage.press("4 right");
    assert_eq!(stage.state().shown_token(), TokenKind::Id);
}

#[test]
fn panels_scroll_sideways_and_back() {
    let mut stage = Stage::signed_in();
    stage.press("3 shift+right shift+right shift+left");
    assert_eq!(stage.state().response_scroll.column, 8);
    stage.press("shift+left shift+left 1 shift+right");
    assert_eq!(stage.state().response_scroll.column, 0);
}

#[test]
fn another_request_starts_at_the_top() {
    let mut stage = Stage::signed_in();
    stage.press("3 down down 1 down");
    assert_eq!(stage.state().response_scroll.line, 0);
}

#[test]
fn redraw_is_an_effect_everywhere() {
    let mut stage = Stage::signed_in();
    assert_eq!(stage.press("ctrl+l"), [Effect::Redraw]);
    assert_eq!(stage.press("? ctrl+l"), [Effect::Redraw]);
}

#[test]
fn trouble_is_told_and_kept() {
    let mut stage = Stage::signed_in();
    stage.tell(Msg::Trouble(super::fixture::problem("The log cannot be written")));
    assert_eq!(stage.notice(), "The log cannot be written");
    stage.press("! down");
    assert!(matches!(stage.state().layers.last(), Some(Layer::Problem(_))));
    assert_eq!(stage.state().problem_scroll, 1);
    stage.press("esc !");
    assert_eq!(stage.state().problem_scroll, 0);
}

#[test]
fn every_place_reaches_its_own_actions() {
    let mut stage = Stage::signed_in();
    let mut places = vec![stage.state().contexts()];
    stage.press("/");
    places.push(stage.state().contexts());
    stage.press("esc ?");
    places.push(stage.state().contexts());
    stage.press("esc :");
    places.push(stage.state().contexts());
    stage.press("esc L");
    places.push(stage.state().contexts());
    stage.press("n 2 down");
    places.push(stage.state().contexts());
    stage.press("enter");
    places.push(stage.state().contexts());
    stage.press("esc esc 1 a");
    places.push(stage.state().contexts());
    stage.press("esc C");
    places.push(stage.state().contexts());
    stage.press("esc l");
    places.push(stage.state().contexts());
    stage.press("esc M");
    places.push(stage.state().contexts());
    stage.press("esc p");
    places.push(stage.state().contexts());
    stage.press("esc v");
    places.push(stage.state().contexts());
    stage.press("s");
    places.push(stage.state().contexts());
    stage.press("esc esc 4");
    places.push(stage.state().contexts());
    stage.press("T");
    places.push(stage.state().contexts());
    let mut reached: Vec<Context> = places.concat();
    reached.extend([Context::Global, Context::Form, Context::Choice, Context::Conflict, Context::Body]);
    reached.extend([Context::Difference, Context::Why]);
    let missing = ACTIONS.iter().find(|info| !reached.contains(&info.context));
    assert_eq!(missing, None);
}

#[test]
fn why_scrolls() {
    let mut stage = Stage::signed_in();
    let id = stage.run();
    let refused = RunOutcome { findings: vec![finding()], ..*outcome(b"") };
    stage.tell(Msg::RunFinished { id, outcome: Box::new(refused) });
    stage.press("w j j k");
    assert!(matches!(stage.state().layers.last(), Some(Layer::Why(why)) if why.scroll == 1));
}
