//! Keys and sizes at random, against everything real: nothing panics, nothing odd is drawn.

use crate::stage::Setup;

const KEYS: [&str; 46] = [
    "enter",
    "enter",
    "down",
    "down",
    "up",
    "tab",
    "shift+tab",
    "left",
    "right",
    "pgdn",
    "pgup",
    "home",
    "end",
    "esc",
    "esc",
    "esc",
    "l",
    "d",
    "a",
    "c",
    "f",
    "w",
    "r",
    "t",
    "/",
    ":",
    "!",
    "y",
    "n",
    "1",
    "2",
    "3",
    "4",
    "[",
    "]",
    "?",
    "space",
    "E",
    "L",
    "b",
    "R",
    "shift+right",
    "shift+left",
    "backspace",
    "ctrl+l",
    "o",
];

#[rstest::rstest]
#[case(1)]
#[case(2)]
#[case(3)]
#[case(4)]
fn nothing_that_is_typed_brings_it_down(#[case] seed: u64) {
    let mut stage = Setup::new().settings(|settings| settings.body_limit = 200_000).manual_clock().start();
    stage.until("the workspace", |state| state.workspace.is_some());
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 33) as usize % below
    };
    for _ in 0..60 {
        for _ in 0..6 {
            stage.press(KEYS[next(KEYS.len())]);
        }
        match next(6) {
            0 => stage.resize(1 + next(140) as u16, 1 + next(50) as u16),
            1 => stage.click(next(120) as u16, next(40) as u16),
            2 => stage.clock().advance(std::time::Duration::from_secs(next(4000) as u64)),
            _ => {}
        }
        stage.see(|_| ());
    }
    stage.finish();
}
