//! Runs under way: cancelled, sent anew, seen at every size.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc;
use std::time::Duration;

use bearcat::app::state::RunPhase;

use crate::screen::PATIENCE;
use crate::stage::Setup;

/// A server that reads one request, answers nothing, and tells when the client has gone.
fn silent_server() -> (u16, mpsc::Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (gone, told) = mpsc::channel();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut buffer = [0; 4096];
        // Zero bytes or an error: the other end has closed.
        while stream.read(&mut buffer).is_ok_and(|count| count > 0) {}
        let _ = gone.send(());
    });
    (port, told)
}

#[test]
fn escape_cancels_a_hanging_run_and_the_server_sees_it() {
    let (port, gone) = silent_server();
    let mut stage = Setup::requests(&format!("### hangs\n# @no-auth\nGET http://127.0.0.1:{port}/\n")).start();
    stage.select("hangs");
    stage.press("enter");
    stage.until("a run", bearcat::app::state::AppState::has_active_run);
    stage.press("esc");
    stage.until("a cancelled run", |state| {
        state.current_run().is_some_and(|run| matches!(run.phase, RunPhase::Cancelled))
    });
    gone.recv_timeout(PATIENCE).expect("the connection is closed");
    stage.finish();
}

#[test]
fn the_late_answer_of_a_cancelled_run_changes_nothing() {
    let mut stage = Setup::requests("### slow\n# @no-auth\nGET @API@/test/slow?ms=5000\n").manual_clock().start();
    stage.select("slow");
    stage.press("enter");
    stage.block_on(stage.clock().wait_for_sleepers(1));
    stage.press("esc");
    stage.until("a cancelled run", |state| {
        state.current_run().is_some_and(|run| matches!(run.phase, RunPhase::Cancelled))
    });
    stage.clock().advance(Duration::from_secs(6));
    let ended = stage.finish();
    let run = ended.app.state().current_run().unwrap();
    assert!(matches!(run.phase, RunPhase::Cancelled), "{:?}", run.phase);
}

#[test]
fn enter_during_a_run_sends_anew_and_only_the_new_answer_counts() {
    let mut stage = Setup::requests("### slow\n# @no-auth\nGET @API@/test/slow?ms=5000\n").manual_clock().start();
    stage.select("slow");
    stage.press("enter");
    stage.block_on(stage.clock().wait_for_sleepers(1));
    let first = stage.see(|state| state.current_run().map(|run| run.id));
    stage.press("enter");
    stage.until("another run", move |state| state.current_run().map(|run| run.id) != first);
    stage.until_outside("second request", |stage| stage.demo.count(|seen| seen.path == "/test/slow") == 2);
    stage.block_on(stage.clock().wait_for_sleepers(1));
    stage.until_outside("answer", |stage| {
        stage.clock().advance(Duration::from_secs(6));
        stage.demo.count(|seen| seen.path == "/test/slow" && seen.status == Some(200)) >= 1
    });
    assert_eq!(stage.answer_after(first).status, 200);
    stage.finish();
}

#[test]
fn other_requests_are_sent_while_one_hangs() {
    let requests = "### hangs\n# @no-auth\nGET @API@/test/hang\n\n### quick\n# @no-auth\nGET @API@/api/ping\n";
    let mut stage = Setup::requests(requests).start();
    stage.select("hangs");
    stage.press("enter");
    stage.until("a run", bearcat::app::state::AppState::has_active_run);
    stage.select("quick");
    assert_eq!(stage.send_request().status, 200);
    assert!(stage.see(bearcat::app::state::AppState::has_active_run), "the first still waits");
    stage.finish();
}

#[test]
fn the_window_is_resized_during_a_run() {
    let requests =
        "### stops\n# @no-auth\nGET @API@/test/hang?after=20000\n\n### quick\n# @no-auth\nGET @API@/api/ping\n";
    let mut stage = Setup::requests(requests).start();
    stage.select("stops");
    stage.press("enter");
    stage.until("a body that arrives", |state| {
        state.current_run().is_some_and(|run| matches!(run.phase, RunPhase::Receiving { received, .. } if received > 0))
    });
    for (columns, rows) in [(120, 40), (80, 24), (40, 12), (15, 4), (1, 1), (40, 12), (80, 24), (120, 40)] {
        stage.resize(columns, rows);
        stage.until("the size", move |state| state.size == (columns, rows) && state.has_active_run());
    }
    stage.press("esc");
    stage.select("quick");
    assert_eq!(stage.send_request().status, 200);
    stage.wait_for("200 OK");
    stage.finish();
}

#[rstest::rstest]
#[case((120, 40), "200 OK")]
#[case((80, 24), "200 OK")]
#[case((40, 12), "200")]
fn the_main_job_works_at_every_size(#[case] (columns, rows): (u16, u16), #[case] status: &str) {
    let mut stage = Setup::new().size(columns, rows).manual_clock().start();
    stage.select("orders");
    stage.press("enter");
    stage.approve();
    assert_eq!(stage.response().status, 200);
    stage.press("3");
    stage.wait_for(status);
    stage.finish();
}

#[test]
fn a_window_that_is_too_small_says_so() {
    let mut stage = Setup::new().size(15, 4).start();
    stage.until("the workspace", |state| state.workspace.is_some());
    stage.wait_screen("words", |screen| screen.to_lowercase().contains("small"));
    stage.finish();
}

#[test]
fn a_body_that_drips_is_shown_when_it_is_all_there() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (go, went) = mpsc::channel::<()>();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 4096]);
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 11\r\n\r\nfirst").unwrap();
        let _ = went.recv();
        stream.write_all(b"-last!").unwrap();
    });
    let mut stage = Setup::requests(&format!("### drips\n# @no-auth\nGET http://127.0.0.1:{port}/\n")).start();
    stage.select("drips");
    stage.press("enter");
    stage.until("the first bytes", |state| {
        state.current_run().is_some_and(|run| matches!(run.phase, RunPhase::Receiving { .. }))
    });
    go.send(()).unwrap();
    assert_eq!(&stage.response().exchange.body.bytes[..], b"first-last!");
    stage.wait_for("first-last!");
    stage.finish();
}

/// Events come one by one, each is on the screen before the next is sent, and Esc keeps them.
#[test]
fn events_show_as_they_come_and_esc_keeps_them() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (drip, drops) = mpsc::channel::<&str>();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 4096]);
        let head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
        stream.write_all(head).unwrap();
        for piece in drops {
            if stream.write_all(format!("{:x}\r\n{piece}\r\n", piece.len()).as_bytes()).is_err() {
                return;
            }
        }
    });
    let mut stage = Setup::requests(&format!("### events\n# @no-auth\nGET http://127.0.0.1:{port}/\n")).start();
    stage.select("events");
    stage.press("enter");
    drip.send("data: first event\n\n").unwrap();
    stage.wait_for("first event");
    drip.send("data: second event\n\n").unwrap();
    stage.wait_for("second event");
    assert!(stage.see(bearcat::app::state::AppState::has_active_run), "the stream goes on");
    stage.press("esc");
    let body = stage.response().exchange.body.clone();
    assert_eq!(&body.bytes[..], b"data: first event\n\ndata: second event\n\n");
    assert!(body.stopped);
    stage.wait_for("You ended it");
    stage.finish();
}
