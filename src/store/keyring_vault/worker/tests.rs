//! A keyring that hangs: callers get their answer in time, and the thread comes back when the keyring does.

use std::sync::mpsc;

use keyring_core::mock;

use super::*;
use crate::store::keyring_vault::native::OpenKeyring;

fn worker() -> Worker {
    Worker::start(Box::new(OpenKeyring(mock::Store::new().unwrap())))
}

/// A job that returns when its sender is dropped.
fn hanging() -> (mpsc::Sender<()>, impl FnOnce(&mut Bench) -> Result<(), VaultError> + Send) {
    let (release, released) = mpsc::channel();
    (release, move |_: &mut Bench| {
        let _ = released.recv();
        Ok(())
    })
}

/// Waits until the thread has ended all jobs before this one.
fn settle(worker: &Worker) {
    let (done, ended) = mpsc::channel();
    worker.jobs.send(Box::new(move |_| done.send(()).unwrap())).unwrap();
    ended.recv().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_keyring_that_never_answers_is_given_up_and_later_callers_do_not_wait() {
    let worker = worker();
    let (release, job) = hanging();
    let start = Instant::now();
    assert_eq!(worker.run(job).await, Err(VaultError::TimedOut(CALL_BOUND)));
    assert_eq!(start.elapsed(), CALL_BOUND);

    let again = Instant::now();
    assert_eq!(worker.run(|_| Ok(1)).await, Err(VaultError::TimedOut(CALL_BOUND)));
    assert_eq!(again.elapsed(), Duration::ZERO);

    drop(release);
    settle(&worker);
    // A paused clock does not wait for threads that are at work.
    tokio::time::resume();
    assert_eq!(worker.run(|_| Ok(2)).await, Ok(2));
}

#[tokio::test(start_paused = true)]
async fn a_job_that_was_not_begun_when_its_caller_gave_up_never_runs() {
    let worker = worker();
    let (release, job) = hanging();
    let (ran, has_run) = mpsc::channel();
    let second = worker.run(move |_| {
        ran.send(()).unwrap();
        Ok(())
    });
    let (first, second) = tokio::join!(worker.run(job), second);
    assert_eq!((first, second), (Err(VaultError::TimedOut(CALL_BOUND)), Err(VaultError::TimedOut(CALL_BOUND))));
    drop(release);
    settle(&worker);
    assert_eq!(has_run.try_recv(), Err(mpsc::TryRecvError::Disconnected));
}

#[tokio::test(start_paused = true)]
async fn a_slow_keyring_that_moves_on_is_waited_for_but_not_for_ever() {
    let worker = worker();
    let steps = {
        let (sender, receiver) = std::sync::mpsc::channel();
        worker.jobs.send(Box::new(move |bench| sender.send(bench.steps.clone()).unwrap())).unwrap();
        receiver.recv().unwrap()
    };
    settle(&worker);
    let (release, job) = hanging();
    // One keyring call each 4 s, none too slow by itself.
    let moving = async {
        loop {
            tokio::time::sleep(Duration::from_secs(4)).await;
            steps.send_modify(|step| *step += 1);
        }
    };
    let start = Instant::now();
    tokio::select! {
        result = worker.run(job) => assert_eq!(result, Err(VaultError::TimedOut(JOB_BOUND))),
        () = moving => unreachable!(),
    }
    assert_eq!(start.elapsed(), JOB_BOUND);
    drop(release);
}

#[tokio::test(start_paused = true)]
async fn the_queue_is_bounded() {
    let worker = worker();
    let (release, job) = hanging();
    let (begun, has_begun) = mpsc::channel();
    let first = worker.run(move |bench| {
        begun.send(()).unwrap();
        job(bench)
    });
    let mut first = Box::pin(first);
    assert!(futures_util::poll!(&mut first).is_pending());
    has_begun.recv().unwrap();
    let mut waiting: Vec<_> = (0..QUEUE).map(|_| Box::pin(worker.run(|_| Ok(())))).collect();
    for waiting in &mut waiting {
        assert!(futures_util::poll!(waiting).is_pending());
    }
    let start = Instant::now();
    assert_eq!(worker.run(|_| Ok(())).await, Err(VaultError::TimedOut(CALL_BOUND)));
    assert_eq!(start.elapsed(), Duration::ZERO);
    drop(release);
}

#[tokio::test]
async fn a_panic_in_a_keyring_call_is_an_error_for_its_caller_only() {
    let worker = worker();
    let result = worker.run::<()>(|_| panic!("a panic in a keyring library")).await;
    assert_eq!(result, Err(gone()));
    assert_eq!(worker.run(|_| Ok(3)).await, Ok(3));
}
