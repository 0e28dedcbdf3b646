//! Tests of when the screen changes by itself.

use std::time::Duration;

use super::fixture::{DAY, Stage, outcome, session};
use crate::app::msg::Msg;
use crate::app::state::StartOptions;

const SPINNER: Option<Duration> = Some(Duration::from_millis(100));

#[test]
fn a_spinner_turns_until_the_workspace_is_there() {
    let stage = Stage::started(StartOptions::default());
    assert_eq!(stage.app.wants_tick(), SPINNER);
}

#[test]
fn an_idle_screen_is_woken_once_a_minute_and_not_before() {
    let mut stage = Stage::loaded();
    assert_eq!(stage.app.wants_tick(), SPINNER, "the session is being read");
    stage.sign_in("jane");
    stage.wait(Duration::from_secs(10));
    assert_eq!(stage.app.wants_tick(), Some(Duration::from_millis(50_001)));
    stage.wait(Duration::from_millis(50_001));
    assert_eq!(stage.app.wants_tick(), Some(Duration::from_mins(1)));
}

#[test]
fn nobody_signed_in_means_no_tick_at_all() {
    let stage = Stage::signed_out();
    assert_eq!(stage.app.wants_tick(), None);
}

#[test]
fn the_last_ten_minutes_are_counted_in_seconds_and_the_end_is_the_end() {
    let mut stage = Stage::loaded();
    let mut view = session("jane", stage.now, Duration::from_mins(9));
    view.tokens.refresh = None;
    stage.session("jane", Some(view));
    stage.wait(Duration::from_millis(300));
    assert_eq!(stage.app.wants_tick(), Some(Duration::from_millis(701)));
    stage.wait(DAY);
    assert_eq!(stage.app.wants_tick(), None);
}

#[test]
fn a_notice_goes_away_in_time() {
    let mut stage = Stage::signed_out();
    stage.press("L");
    assert_eq!(stage.app.wants_tick(), Some(Duration::from_secs(4)));
    stage.wait(Duration::from_secs(4));
    assert_eq!((stage.state().notice.clone(), stage.app.wants_tick()), (None, None));
}

#[test]
fn a_run_spins_and_stops() {
    let mut stage = Stage::signed_out();
    stage.select(2);
    let id = stage.run();
    assert_eq!(stage.app.wants_tick(), SPINNER);
    stage.tell(Msg::RunFinished { id, outcome: outcome(b"") });
    assert_eq!(stage.app.wants_tick(), None);
}

#[test]
fn a_device_code_counts_by_the_second_when_it_ends_soon() {
    let mut stage = Stage::signed_out();
    let id = stage.login();
    assert_eq!(stage.app.wants_tick(), SPINNER);
    stage.device_code(id);
    stage.wait(Duration::from_millis(1200));
    assert_eq!(stage.app.wants_tick(), Some(Duration::from_millis(801)));
}

#[test]
fn the_clock_may_go_backwards() {
    let mut stage = Stage::signed_in();
    stage.press("R");
    stage.now = stage.now.minus(DAY);
    stage.tell(Msg::Tick);
    assert!(stage.app.wants_tick().is_some());
}

#[test]
fn a_frame_changes_nothing_that_shows() {
    let mut stage = Stage::signed_in();
    let before = format!("{:?}", stage.state());
    stage.draw();
    assert_eq!(format!("{:?}", stage.state()), before);
}
