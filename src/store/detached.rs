//! Work that may block for ever (a lock, a disk) on a thread of its own, with a bound for the caller.
//!
//! Not `spawn_blocking`: the runtime waits for those threads when it shuts down, and bearcat must be able to
//! leave while one of them hangs.

use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::model::port::VaultError;

/// Runs `work` on a new thread and waits for it, at most `bound`.
///
/// `work` is given a question to ask before it changes anything: has the caller gone away (timed out or
/// cancelled)? A result that nobody waits for any more is dropped.
pub(super) async fn detached<T: Send + 'static>(
    bound: Duration,
    work: impl FnOnce(&dyn Fn() -> bool) -> T + Send + 'static,
) -> Result<T, VaultError> {
    let (answer, receiver) = oneshot::channel();
    let run = move || {
        let result = work(&|| answer.is_closed());
        drop(answer.send(result));
    };
    thread::Builder::new()
        .name("bearcat-store".to_owned())
        .spawn(run)
        .map_err(|error| VaultError::Other(format!("no thread could be started: {error}")))?;
    match tokio::time::timeout(bound, receiver).await {
        Ok(Ok(result)) => Ok(result),
        Ok(Err(_)) => Err(VaultError::Other("the thread at work ended early".to_owned())),
        Err(_) => Err(VaultError::TimedOut(bound)),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn answers() {
        assert_eq!(detached(Duration::from_mins(1), |_| 7).await, Ok(7));
    }

    #[tokio::test(start_paused = true)]
    async fn gives_up_on_work_that_hangs_and_tells_it() {
        let (release, released) = mpsc::channel::<()>();
        let (told, was_told) = mpsc::channel();
        let bound = Duration::from_secs(5);
        let result = detached(bound, move |is_abandoned| {
            // Returns when the sender goes away, after the caller gave up.
            let _ = released.recv();
            told.send(is_abandoned()).unwrap();
        })
        .await;
        assert_eq!(result, Err(VaultError::TimedOut(bound)));
        drop(release);
        assert_eq!(was_told.recv(), Ok(true));
    }
}
