//! Evaluates jq expressions on a thread of their own: a program may run for ever, and the caller must not.
//!
//! A thread cannot be ended from outside. One that is given up runs on; as soon as a few do, no more are started.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::template::jq::{self, JqError, ResultKind};

/// How long the expressions of one exchange may take together.
pub const BOUND: Duration = Duration::from_secs(2);

/// How many threads are at work at most, those included that were given up.
const MOST_THREADS: usize = 8;

/// The stack of a thread: jq programs call themselves.
const STACK: usize = 16 * 1024 * 1024;

/// Threads at work, given up or not.
static RUNNING: AtomicUsize = AtomicUsize::new(0);

/// Counts a thread for as long as it runs.
struct Running;

impl Running {
    fn begin() -> Option<Self> {
        let before = RUNNING.fetch_add(1, Ordering::SeqCst);
        let running = Self;
        (before < MOST_THREADS).then_some(running)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        RUNNING.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The first result of each expression on a JSON text.
pub async fn evaluate(expressions: Vec<String>, input: Vec<u8>) -> Vec<Result<(ResultKind, String), JqError>> {
    let count = expressions.len();
    let failed = |why: String| vec![Err(JqError::Failed(why)); count];
    let Some(running) = Running::begin() else {
        return failed("jq programs of earlier requests still run: quit bearcat to end them".to_owned());
    };
    let (answer, answered) = oneshot::channel();
    let work = move || {
        let _running = running;
        let results = expressions.iter().map(|expression| jq::evaluate(expression, &input)).collect();
        // Nobody waits any more where it took too long.
        let _: Result<(), Vec<_>> = answer.send(results);
    };
    let thread = std::thread::Builder::new().name("bearcat-jq".to_owned()).stack_size(STACK).spawn(work);
    if let Err(error) = thread {
        return failed(format!("no thread could be started: {error}"));
    }
    match tokio::time::timeout(BOUND, answered).await {
        Ok(Ok(results)) => results,
        Ok(Err(_)) => failed("the jq program ended early".to_owned()),
        Err(_) => failed(format!("no result within {} s", BOUND.as_secs())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn results_come_in_order_and_one_that_never_ends_is_given_up() {
        let expressions = vec![".a".to_owned(), ".b".to_owned(), "empty".to_owned()];
        let results = evaluate(expressions, br#"{"a": "x", "b": 2}"#.to_vec()).await;
        assert_eq!(results[0], Ok((ResultKind::Text, "x".to_owned())));
        assert_eq!(results[1], Ok((ResultKind::Other, "2".to_owned())));
        assert_eq!(results[2], Err(JqError::Nothing));
        let endless = evaluate(vec!["def f: f; f".to_owned()], b"null".to_vec()).await;
        assert_eq!(endless, [Err(JqError::Failed("no result within 2 s".to_owned()))]);
    }
}
