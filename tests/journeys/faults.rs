//! Servers that break off, lie or attack: readable words, and nothing reaches the terminal that it would obey.

use bearcat::app::state::{Layer, RunPhase};

use crate::stage::{Setup, Stage};

fn one(path: &str) -> Stage {
    let mut stage = Setup::requests(&format!("### it\n# @no-auth\nGET @API@{path}\n")).start();
    stage.select("it");
    stage
}

#[test]
fn a_huge_body_is_cut_and_says_so() {
    let requests = "### it\n# @no-auth\nGET @API@/test/huge?bytes=20000000\n";
    let mut stage = Setup::requests(requests).settings(|settings| settings.body_limit = 1024 * 1024).start();
    stage.select("it");
    let answer = stage.send_request();
    assert!(answer.exchange.body.cut);
    assert!(answer.exchange.body.bytes.len() <= 1024 * 1024);
    stage.wait_for("cut");
    stage.press("3 end");
    stage.finish();
}

#[rstest::rstest]
#[case::reset("/test/reset")]
#[case::closed("/test/close")]
#[case::not_http("/test/not-http")]
fn a_broken_connection_is_told_in_words(#[case] path: &str) {
    let mut stage = one(path);
    stage.press("enter");
    let problem = stage.wait("a failure", |state| match &state.current_run()?.phase {
        RunPhase::Failed(problem) => Some(problem.clone()),
        _ => None,
    });
    assert!(!problem.title.contains("hyper") && !problem.title.contains("os error"), "{problem}");
    let first_word: String = problem.title.split(' ').take(2).collect::<Vec<_>>().join(" ");
    stage.wait_for(&first_word);
    stage.press("w");
    stage.until("the problem at full length", |state| !state.layers.is_empty());
    stage.finish();
}

#[rstest::rstest]
#[case::short("/test/wrong-length")]
#[case::gzip("/test/bad-gzip")]
fn a_body_that_ends_badly_says_why(#[case] path: &str) {
    let mut stage = one(path);
    stage.press("enter");
    let words = stage.wait("an end", |state| match &state.current_run()?.phase {
        RunPhase::Failed(problem) => Some(problem.to_string()),
        RunPhase::Finished(outcome) => Some(outcome.exchange.body.fault.clone().expect("a fault is told")),
        _ => None,
    });
    assert!(!words.is_empty() && !words.contains("hyper::"), "{words}");
    let start: String = words.split(' ').take(2).collect::<Vec<_>>().join(" ");
    stage.wait_for(&start);
    stage.press("w");
    stage.until("the words at full length", |state| matches!(state.layers.last(), Some(Layer::Problem(_))));
    stage.finish();
}

#[test]
fn nobody_listens_and_bearcat_says_where() {
    let mut stage = Setup::requests("### it\n# @no-auth\nGET http://127.0.0.1:@PORT@/\n").start();
    stage.select("it");
    stage.press("enter");
    let problem = stage.wait("a failure", |state| match &state.current_run()?.phase {
        RunPhase::Failed(problem) => Some(problem.to_string()),
        _ => None,
    });
    assert!(problem.contains("127.0.0.1"), "{problem}");
    stage.finish();
}

#[test]
fn control_characters_of_a_server_never_reach_the_screen() {
    let mut stage = one("/test/control-chars");
    let answer = stage.send_request();
    assert!(answer.exchange.body.bytes.contains(&0x1b), "the server did send them");
    stage.wait_for("gotcha");
    stage.press("3");
    for _ in 0..4 {
        stage.press("right");
        stage.see(|_| ());
    }
    // Every cell of every frame is checked at the end.
    stage.finish();
}

#[test]
fn control_characters_in_files_never_reach_the_screen() {
    let requests = "### a\u{1b}]0;owned\u{7}b\u{202e}c\n# @no-auth\nGET @API@/api/ping?x=\u{1b}[31m\n";
    let mut stage = Setup::requests(requests).file("bad\u{1b}[31m.http", "GET @API@/\n").start();
    stage.until("the workspace", |state| state.workspace.is_some());
    for key in ["down", "down", "enter", "tab", "right", "right", "right", "right", "tab", "tab", "!", "esc"] {
        stage.press(key);
        stage.see(|_| ());
    }
    stage.finish();
}

#[test]
fn a_request_that_times_out_says_after_how_long() {
    let mut stage = Setup::requests("### it\n# @no-auth\n# @timeout 1 s\nGET @API@/test/hang\n").start();
    stage.select("it");
    stage.press("enter");
    let problem = stage.wait("a failure", |state| match &state.current_run()?.phase {
        RunPhase::Failed(problem) => Some(problem.to_string()),
        _ => None,
    });
    assert!(problem.contains("1 s"), "{problem}");
    stage.finish();
}
