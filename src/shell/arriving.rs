//! A body while it arrives: collects its pieces and makes a readable document of them now and then.
//!
//! Used by `send` beside the engine's future. Events and JSON lines show at once, other bodies only when they take long:
//! a quick answer should not flicker. However many pieces come, a document is made a few times a second at most.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::body::document::Document;
use crate::body::kind;
use crate::body::live::LiveBody;
use crate::http::engine::SendEvent;
use crate::model::exchange::ResponseHead;
use crate::shell::send::OnPiece;

/// Between two documents.
const EVERY: Duration = Duration::from_millis(60);

/// A body that is no stream is shown after this.
const SLOW: Duration = Duration::from_millis(300);

/// A body of which more is arriving.
#[derive(Default)]
pub(super) struct Arriving {
    state: Mutex<Option<State>>,
    news: Notify,
}

struct State {
    head: ResponseHead,
    body: LiveBody,
    /// When the next document may be made.
    due: Instant,
}

impl Arriving {
    /// Takes in what the engine tells.
    pub(super) fn take(&self, event: &SendEvent, pieces: Option<OnPiece<'_>>) {
        match event {
            SendEvent::Head(head) => {
                let content_type = head.header("content-type");
                let wait = if kind::is_stream(content_type) { Duration::ZERO } else { SLOW };
                let body = LiveBody::new(content_type);
                *self.state() = Some(State { body, due: Instant::now() + wait, head: head.clone() });
            }
            SendEvent::Progress { chunk, .. } => {
                let mut state = self.state();
                let Some(state) = state.as_mut() else { return };
                match pieces {
                    // Nobody looks at a screen then.
                    Some(pieces) => pieces(&state.head, chunk),
                    None => state.body.push(chunk),
                }
                self.news.notify_one();
            }
            _ => {}
        }
    }

    /// The next document, when there is something new to see.
    pub(super) async fn next(&self) -> Arc<Document> {
        loop {
            self.news.notified().await;
            let due = self.state().as_ref().map(|state| state.due);
            if let Some(due) = due {
                tokio::time::sleep_until(due).await;
            }
            let mut state = self.state();
            let Some(state) = state.as_mut() else { continue };
            state.due = Instant::now() + EVERY;
            if let Some(document) = state.body.document() {
                return Arc::new(document);
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, Option<State>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
