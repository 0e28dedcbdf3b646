//! Bodies that arrive: following the end, letting go, ending early; uploads.

use std::sync::Arc;

use super::fixture::{Stage, head, outcome, sent};
use crate::app::effect::Effect;
use crate::app::hit::HitMap;
use crate::app::msg::{LiveDocument, Msg, RunProgress};
use crate::app::state::{Follow, RunPhase, Viewports};
use crate::body::live::LiveBody;
use crate::model::exchange::{ResponseHead, RunId};

fn arriving(lines: usize) -> RunProgress {
    let mut body = LiveBody::new(Some("text/event-stream"));
    body.push("data: x\n".repeat(lines).as_bytes());
    RunProgress::Arriving(LiveDocument(Arc::new(body.document().unwrap())))
}

fn events() -> ResponseHead {
    let mut head = head(200);
    head.headers = vec![("content-type".to_owned(), "text/event-stream".to_owned())];
    head
}

/// A run whose stream of events arrives; the panel shows 10 of its 30 lines.
fn streaming() -> (Stage, RunId) {
    let mut stage = Stage::signed_in();
    let id = stage.run();
    stage.tell(Msg::RunProgress { id, progress: RunProgress::Head(Box::new(events())) });
    stage.tell(Msg::RunProgress { id, progress: arriving(30) });
    drawn(&mut stage, 30);
    (stage, id)
}

fn drawn(stage: &mut Stage, lines: usize) {
    let viewports = Viewports { response: 10, ..Viewports::default() };
    let contents = Some(Viewports { response: lines, ..Viewports::default() });
    stage.tell(Msg::Drawn(Box::new(HitMap { viewports, contents, ..HitMap::default() })));
}

#[test]
fn a_stream_is_followed_until_it_is_scrolled_up() {
    let (mut stage, _) = streaming();
    assert_eq!(stage.state().response_follow, Follow::End);
    stage.press("3 up");
    assert_eq!((stage.state().response_follow, stage.state().response_scroll.line), (Follow::Free, 19));
    stage.press("down down down");
    assert_eq!((stage.state().response_follow, stage.state().response_scroll.line), (Follow::Free, 20));
    stage.press("end");
    assert_eq!(stage.state().response_follow, Follow::End);
    drawn(&mut stage, 50);
    stage.press("pgup");
    assert_eq!((stage.state().response_follow, stage.state().response_scroll.line), (Follow::Free, 31));
}

#[test]
fn other_bodies_stay_at_their_start() {
    let mut stage = Stage::signed_in();
    let id = stage.run();
    stage.tell(Msg::RunProgress { id, progress: RunProgress::Head(Box::new(head(200))) });
    stage.tell(Msg::RunProgress { id, progress: arriving(30) });
    assert_eq!(stage.state().response_follow, Follow::Free);
}

#[test]
fn going_to_another_request_and_back_follows_again() {
    let (mut stage, _) = streaming();
    stage.press("1 down");
    assert_eq!(stage.state().response_follow, Follow::Free);
    stage.press("up");
    assert_eq!(stage.state().response_follow, Follow::End);
}

#[test]
fn esc_ends_a_body_and_a_second_time_gives_it_up() {
    let (mut stage, id) = streaming();
    assert_eq!(stage.press("esc"), [Effect::EndRun(id)]);
    assert!(matches!(stage.phase(), RunPhase::Receiving { .. }));
    assert_eq!(stage.press("esc"), [Effect::CancelRun(id)]);
    assert!(matches!(stage.phase(), RunPhase::Cancelled));
    let (mut stage, id) = streaming();
    assert_eq!(stage.press("ctrl+c"), [Effect::EndRun(id)]);
    stage.tell(Msg::RunFinished { id, outcome: outcome(b"data: x\n") });
    assert!(matches!(stage.phase(), RunPhase::Finished(_)));
}

#[test]
fn lines_stay_while_bytes_are_counted() {
    let (mut stage, id) = streaming();
    stage.tell(Msg::RunProgress { id, progress: RunProgress::Received { received: 500, expected: None } });
    let RunPhase::Receiving { received: 500, document: Some(document), .. } = stage.phase() else {
        panic!("{:?}", stage.phase())
    };
    assert_eq!(document.line_count(), 30);
}

#[test]
fn an_upload_is_told_until_the_answer_is_awaited() {
    let mut stage = Stage::signed_in();
    let id = stage.run();
    let tell = |stage: &mut Stage, progress| stage.tell(Msg::RunProgress { id, progress });
    tell(&mut stage, RunProgress::Uploading { sent: 1, total: 9 });
    assert!(matches!(stage.phase(), RunPhase::Preparing), "nothing was sent yet");
    tell(&mut stage, RunProgress::Sending(Box::new(sent("https://api.example/orders"))));
    tell(&mut stage, RunProgress::Uploading { sent: 4, total: 9 });
    assert!(matches!(stage.phase(), RunPhase::Uploading { sent: 4, total: 9, .. }));
    tell(&mut stage, RunProgress::Uploading { sent: 9, total: 9 });
    assert!(matches!(stage.phase(), RunPhase::Waiting(_)));
}
