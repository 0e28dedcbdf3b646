//! Ends bodies that have no end: streams of events would hold up whoever sends many requests.

use std::convert::Infallible;
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::http::engine::stop::stoppable;

/// Drives `sending`; `longest` after the last head that `head` told of, the body that is being read is ended there.
pub async fn bounded<F: Future>(head: &Notify, longest: Duration, sending: F) -> F::Output {
    let stop = CancellationToken::new();
    let watch = async {
        head.notified().await;
        while tokio::time::timeout(longest, head.notified()).await.is_ok() {}
        stop.cancel();
        std::future::pending::<Infallible>().await
    };
    tokio::select! {
        biased;
        sent = stoppable(stop.clone(), Box::pin(sending)) => sent,
        never = watch => match never {},
    }
}
