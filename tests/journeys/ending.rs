//! The ways in which the program ends.

use bearcat::app::state::{Layer, Question};
use bearcat::shell::event_loop::Ending;

use crate::stage::Setup;

const HANGS: &str = "### hangs\n# @no-auth\nGET @API@/test/hang\n";

#[test]
fn q_ends_it_when_nothing_runs() {
    let mut stage = Setup::new().start();
    stage.select("orders");
    stage.until("quiet", |state| !state.has_active_run());
    stage.press("q");
    assert_eq!(stage.ended().ending, Ending::Quit);
}

#[test]
fn q_asks_while_something_runs() {
    let mut stage = Setup::requests(HANGS).start();
    stage.select("hangs");
    stage.press("enter");
    stage.until("a run", bearcat::app::state::AppState::has_active_run);
    stage.press("q");
    stage.until("the question", |state| matches!(state.layers.last(), Some(Layer::Confirm(Question::Quit))));
    stage.press("n");
    stage.until("no question", |state| state.layers.is_empty() && state.has_active_run());
    stage.press("q y");
    assert_eq!(stage.ended().ending, Ending::Quit);
}

#[test]
fn ctrl_c_cancels_first_and_quits_then() {
    let mut stage = Setup::requests(HANGS).start();
    stage.select("hangs");
    stage.press("enter");
    stage.until("a run", bearcat::app::state::AppState::has_active_run);
    stage.press("ctrl+c");
    stage.until("nothing runs", |state| !state.has_active_run());
    stage.press("ctrl+c");
    assert_eq!(stage.ended().ending, Ending::Quit);
}

#[rstest::rstest]
#[case(15)]
#[case(1)]
#[case(2)]
fn a_signal_ends_it_whatever_runs(#[case] number: i32) {
    let mut stage = Setup::requests(HANGS).start();
    stage.select("hangs");
    stage.press("enter");
    stage.until("a run", bearcat::app::state::AppState::has_active_run);
    stage.signal(number);
    assert_eq!(stage.ended().ending, Ending::Signal(number));
}

#[test]
fn a_terminal_that_is_gone_ends_it() {
    let mut stage = Setup::new().start();
    stage.select("orders");
    assert_eq!(stage.finish().ending, Ending::InputClosed);
}
