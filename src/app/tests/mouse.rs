//! Tests of the mouse.

use super::fixture::{Stage, name, only_send};
use crate::app::effect::Effect;
use crate::app::hit::{Area, HitMap, Target};
use crate::app::msg::{MouseInput, MouseKind, Msg};
use crate::app::state::{Layer, LoginStage, Panel, RequestTab, ResponseTab, Viewports};
use crate::keys::action::Action;
use crate::model::session::TokenKind;

/// One cell for each target, from left to right.
fn show(stage: &mut Stage, targets: &[Target]) {
    let cell = |at: usize| Area { x: u16::try_from(at).unwrap(), y: 0, width: 1, height: 1 };
    let areas = targets.iter().enumerate().map(|(at, target)| (cell(at), *target)).collect();
    let viewports = Viewports { tree: 4, request: 5, response: 5, token: 5, layer: 5 };
    stage.tell(Msg::Drawn(Box::new(HitMap { areas, viewports, contents: None })));
}

fn mouse(stage: &mut Stage, kind: MouseKind, target: Target) -> Vec<Effect> {
    show(stage, &[target]);
    stage.tell(Msg::Mouse(MouseInput { kind, column: 0, row: 0 }))
}

fn press(stage: &mut Stage, target: Target) -> Vec<Effect> {
    mouse(stage, MouseKind::Press, target)
}

#[test]
fn the_topmost_area_counts() {
    let area = |width| Area { x: 2, y: 3, width, height: 2 };
    let hits = HitMap {
        areas: vec![(area(10), Target::Panel(Panel::Tree)), (area(1), Target::TreeRow(7))],
        ..HitMap::default()
    };
    assert_eq!(hits.at(2, 4), Some(Target::TreeRow(7)));
    assert_eq!(hits.at(3, 4), Some(Target::Panel(Panel::Tree)));
    assert_eq!(hits.at(2, 5), None);
    assert_eq!(hits.at(1, 3), None);
}

#[test]
fn a_press_focuses_selects_and_turns_tabs() {
    let mut stage = Stage::signed_in();
    press(&mut stage, Target::Panel(Panel::Token));
    assert_eq!(stage.state().focus, Panel::Token);
    press(&mut stage, Target::TreeRow(3));
    assert_eq!((stage.state().focus, stage.state().selected_row), (Panel::Tree, 3));
    press(&mut stage, Target::RequestTab(RequestTab::Auth));
    assert_eq!((stage.state().focus, stage.state().request_tab), (Panel::Request, RequestTab::Auth));
    press(&mut stage, Target::ResponseTab(ResponseTab::Sent));
    assert_eq!((stage.state().focus, stage.state().response_tab), (Panel::Response, ResponseTab::Sent));
    press(&mut stage, Target::TokenTab(TokenKind::Refresh));
    assert_eq!(stage.state().shown_token(), TokenKind::Refresh);
}

#[test]
fn a_press_on_a_collection_folds_it_and_one_past_the_end_does_nothing() {
    let mut stage = Stage::signed_in();
    press(&mut stage, Target::TreeRow(0));
    assert_eq!(stage.app.tree_rows().len(), 4);
    press(&mut stage, Target::TreeRow(99));
    assert_eq!(stage.state().selected_row, 0);
}

#[test]
fn a_button_does_what_its_key_does() {
    let mut stage = Stage::signed_in();
    only_send(press(&mut stage, Target::Button(Action::Send)));
    press(&mut stage, Target::Button(Action::Help));
    assert!(matches!(stage.state().layers.last(), Some(Layer::Help { .. })));
    assert_eq!(press(&mut stage, Target::Button(Action::Send)), [], "not under a layer");
    press(&mut stage, Target::Button(Action::Back));
    assert!(stage.state().layers.is_empty());
}

#[test]
fn under_a_layer_nothing_is_pressed() {
    let mut stage = Stage::signed_in();
    stage.press("?");
    press(&mut stage, Target::TreeRow(3));
    press(&mut stage, Target::Panel(Panel::Token));
    press(&mut stage, Target::Layer);
    assert_eq!((stage.state().selected_row, stage.state().focus), (1, Panel::Tree));
}

#[test]
fn a_press_chooses_a_row_of_a_list() {
    let mut stage = Stage::signed_in();
    stage.press("a");
    press(&mut stage, Target::LayerRow(2));
    assert_eq!(stage.state().identity, Some(name("admin")));
    stage.press("E");
    press(&mut stage, Target::LayerRow(9));
    assert_eq!(stage.state().layers.len(), 1, "there is no such row");
    press(&mut stage, Target::LayerRow(1));
    assert_eq!(stage.state().environment.as_deref(), Some("prod"));
    stage.press(":");
    stage.write("show the keys");
    press(&mut stage, Target::LayerRow(0));
    assert!(matches!(stage.state().layers.last(), Some(Layer::Help { .. })));
}

#[test]
fn a_press_answers_a_question() {
    let mut stage = Stage::signed_in();
    stage.press("L");
    assert!(matches!(press(&mut stage, Target::Button(Action::Yes)).as_slice(), [Effect::Logout { .. }]));
}

#[test]
fn a_press_chooses_a_vault_or_a_field() {
    use crate::model::port::VaultError;
    let mut stage = Stage::signed_out();
    stage.tell(Msg::VaultProbed(super::fixture::vault(Err(VaultError::Absent(String::new())))));
    stage.press("l");
    press(&mut stage, Target::LayerRow(7));
    press(&mut stage, Target::LayerRow(1));
    assert!(matches!(stage.stage(), LoginStage::ChooseVault { selected: 1, passphrase: Some(_) }));
    assert!(matches!(press(&mut stage, Target::LayerRow(0)).as_slice(), [Effect::ChooseVault(_)]));
}

#[test]
fn the_wheel_scrolls_what_is_under_it() {
    let mut stage = Stage::signed_in();
    mouse(&mut stage, MouseKind::ScrollDown, Target::Panel(Panel::Response));
    assert_eq!((stage.state().response_scroll.line, stage.state().focus), (3, Panel::Tree));
    mouse(&mut stage, MouseKind::ScrollUp, Target::ResponseTab(ResponseTab::Body));
    assert_eq!(stage.state().response_scroll.line, 0);
    show(&mut stage, &[]);
    mouse(&mut stage, MouseKind::ScrollDown, Target::TreeRow(2));
    assert_eq!((stage.state().tree_offset, stage.state().selected_row), (3, 1), "the selection stays");
    for _ in 0..9 {
        mouse(&mut stage, MouseKind::ScrollDown, Target::Panel(Panel::Tree));
    }
    assert_eq!(stage.state().tree_offset, 6);
    stage.press("?");
    mouse(&mut stage, MouseKind::ScrollDown, Target::Panel(Panel::Tree));
    assert!(matches!(stage.state().layers.last(), Some(Layer::Help { scroll: 3 })));
}

#[test]
fn a_press_elsewhere_ends_the_typing_of_a_filter() {
    let mut stage = Stage::signed_in();
    stage.press("/ o");
    press(&mut stage, Target::Panel(Panel::Response));
    assert_eq!(stage.state().filter_mode, crate::app::state::FilterMode::Applied);
    assert_eq!(stage.state().focus, Panel::Response);
}

#[test]
fn a_press_on_nothing_is_nothing() {
    let mut stage = Stage::signed_in();
    show(&mut stage, &[]);
    assert_eq!(stage.tell(Msg::Mouse(MouseInput { kind: MouseKind::Press, column: 5, row: 5 })), []);
}
