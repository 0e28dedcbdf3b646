//! Ending a run early and keeping what has come: the user's Esc while a stream arrives.
//!
//! Like the watch over a connection, the signal belongs to one request and travels in a task local; a run without one
//! cannot be ended, only dropped.

use std::future::Future;

use tokio_util::sync::CancellationToken;

tokio::task_local! {
    static STOP: CancellationToken;
}

/// Runs `future`; when `signal` is given, the body that is being read ends there and counts as the answer.
pub async fn stoppable<F: Future>(signal: CancellationToken, future: F) -> F::Output {
    STOP.scope(signal, future).await
}

/// The signal of the run at hand.
pub(super) fn signal() -> CancellationToken {
    STOP.try_with(CancellationToken::clone).unwrap_or_default()
}
