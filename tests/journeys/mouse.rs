//! The mouse: rows, tabs, buttons, the wheel.

use bearcat::app::state::{Panel, RequestTab, ResponseTab};

use crate::stage::Setup;

const REQUESTS: &str =
    "### alpha\n# @no-auth\nGET @API@/test/headers?n=80\n\n### beta\n# @no-auth\nGET @API@/test/huge?bytes=60000\n";

#[test]
fn a_row_a_tab_and_the_button_are_pressed_and_the_wheel_turned() {
    let mut stage = Setup::requests(REQUESTS).start();
    stage.select("alpha");
    stage.click_text("beta");
    stage.until("the row selected", |state| {
        state.focus == Panel::Tree && state.selected_request().and_then(|one| one.name.as_deref()) == Some("beta")
    });
    stage.click_text("Directives");
    stage.until("the tab", |state| state.focus == Panel::Request && state.request_tab == RequestTab::Directives);
    stage.click_text("send: enter");
    assert_eq!(stage.response().status, 200);
    stage.click_text("A row");
    stage.until("the focus", |state| state.focus == Panel::Response);
    stage.wheel_down_at("A row");
    stage.until("the body scrolled", |state| state.response_scroll.line > 0);
    stage.click_text("Timing");
    stage.until("the tab", |state| state.response_tab == ResponseTab::Timing);
    stage.finish();
}

#[test]
fn a_press_outside_of_everything_does_nothing() {
    let mut stage = Setup::requests(REQUESTS).start();
    stage.select("alpha");
    for (column, row) in [(0, 0), (119, 0), (0, 39), (119, 39), (500, 500), (u16::MAX, u16::MAX)] {
        stage.click(column, row);
    }
    stage.see(|_| ());
    stage.finish();
}
