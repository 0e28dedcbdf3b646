//! Finding things: the filter of the tree, and the palette.

use bearcat::app::state::Layer;

use crate::stage::Setup;

#[test]
fn a_request_is_found_by_typing_and_sent() {
    let mut stage = Setup::new().start();
    stage.select("orders");
    stage.press("/");
    stage.type_text("ping");
    stage.until("few rows", |state| state.rows.len() == 2);
    stage.press("enter");
    stage.press("down");
    stage.until("the request", |state| state.selected_request().is_some_and(|one| one.name.as_deref() == Some("Ping")));
    assert_eq!(stage.send_request().status, 200);
    stage.press("esc");
    stage.until("all rows again", |state| state.filter.is_none() && state.rows.len() > 10);
    stage.finish();
}

#[test]
fn the_palette_finds_an_action_by_its_words_and_does_it() {
    let mut stage = Setup::new().start();
    stage.select("orders");
    stage.press(":");
    stage.type_text("act as");
    stage.wait_for("identity to act as");
    stage.press("enter");
    stage.until("the switcher", |state| matches!(state.layers.as_slice(), [Layer::Identities { .. }]));
    stage.finish();
}
