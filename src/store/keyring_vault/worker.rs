//! The keyring thread: all keyring calls happen on it, one after the other, and nobody waits for it long.
//!
//! A keyring call can block for as long as an unlock prompt is open, or for ever. So callers wait with a
//! bound that starts again with every keyring call that comes back (a long token is many calls), and with a
//! bound for the whole. While a call hangs that somebody gave up on, further callers are told so at once.
//! The thread is never joined: it must not keep the process from ending.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::Duration;

use keyring_core::{CredentialStore, Error};
use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, sleep_until};

use crate::model::port::VaultError;
use crate::store::keyring_vault::entries::{Entries, StoreEntries};
use crate::store::keyring_vault::native::Keyring;

/// How long one keyring call may take.
pub(super) const CALL_BOUND: Duration = Duration::from_secs(5);

/// How long all calls of one job may take together.
pub(super) const JOB_BOUND: Duration = Duration::from_secs(30);

/// Jobs that may wait for the thread; more callers are told that the keyring does not answer.
const QUEUE: usize = 16;

type Job = Box<dyn FnOnce(&mut Bench) + Send>;

/// The caller's end of the keyring thread.
pub(super) struct Worker {
    jobs: SyncSender<Job>,
    /// Counts the keyring calls that came back, and the jobs that ended.
    steps: watch::Receiver<u64>,
    /// One more than the step that a caller gave up at; 0: never.
    stalled_after: AtomicU64,
}

/// What a job works with, on the thread.
pub(super) struct Bench {
    keyring: Box<dyn Keyring>,
    store: Option<Arc<CredentialStore>>,
    steps: watch::Sender<u64>,
}

impl Worker {
    /// Starts the thread. The keyring is opened by the first job.
    pub(super) fn start(keyring: Box<dyn Keyring>) -> Self {
        let (jobs, queue) = sync_channel(QUEUE);
        let (sender, steps) = watch::channel(0);
        let bench = Bench { keyring, store: None, steps: sender };
        let thread = thread::Builder::new().name("bearcat-keyring".to_owned());
        if let Err(error) = thread.spawn(move || work(&queue, bench)) {
            // The queue is gone with the closure, so every job is refused; here is the reason.
            tracing::error!(%error, "the keyring thread could not be started");
        }
        Self { jobs, steps, stalled_after: AtomicU64::new(0) }
    }

    /// Runs `job` on the thread. One that was not begun when its caller gave up is not run at all.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Bench) -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, VaultError> {
        let mut steps = self.steps.clone();
        let step = *steps.borrow_and_update();
        if self.stalled_after.load(Ordering::Relaxed) == step + 1 {
            return Err(VaultError::TimedOut(CALL_BOUND));
        }
        let (answer, receiver) = oneshot::channel();
        let job: Job = Box::new(move |bench| {
            if !answer.is_closed() {
                drop(answer.send(job(bench)));
            }
        });
        match self.jobs.try_send(job) {
            Ok(()) => self.wait(receiver, steps).await,
            Err(TrySendError::Full(_)) => Err(VaultError::TimedOut(CALL_BOUND)),
            Err(TrySendError::Disconnected(_)) => Err(gone()),
        }
    }

    async fn wait<T>(
        &self,
        mut receiver: oneshot::Receiver<Result<T, VaultError>>,
        mut steps: watch::Receiver<u64>,
    ) -> Result<T, VaultError> {
        let last = Instant::now() + JOB_BOUND;
        loop {
            let next = last.min(Instant::now() + CALL_BOUND);
            tokio::select! {
                biased;
                answer = &mut receiver => return answer.unwrap_or_else(|_| Err(gone())),
                Ok(()) = steps.changed() => {}
                () = sleep_until(next) => break,
            }
        }
        if Instant::now() >= last {
            return Err(VaultError::TimedOut(JOB_BOUND));
        }
        let step = *steps.borrow();
        self.stalled_after.store(step + 1, Ordering::Relaxed);
        Err(VaultError::TimedOut(CALL_BOUND))
    }
}

fn gone() -> VaultError {
    VaultError::Other("the keyring call ended without an answer".to_owned())
}

fn work(queue: &Receiver<Job>, mut bench: Bench) {
    while let Ok(job) = queue.recv() {
        // A panic inside a keyring library costs its caller an error, and the others nothing.
        if catch_unwind(AssertUnwindSafe(|| job(&mut bench))).is_err() {
            bench.store = None;
        }
        bench.step();
    }
}

impl Bench {
    /// Runs `work` on the keyring's entries, opening the keyring first if it is not open.
    ///
    /// A connection that was open before may be dead (the service was started again, say), so after an
    /// error that may mean this, `work` is done over on a new one. It must not matter how often it is done.
    pub(super) fn with_entries<T>(
        &mut self,
        work: impl Fn(&mut StoreEntries<'_>) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        if let Some(store) = self.store.take() {
            match self.on_store(store, &work) {
                Err(VaultError::Absent(_) | VaultError::Other(_)) => {}
                result => return result,
            }
        }
        let store = self.open()?;
        self.on_store(store, &work)
    }

    /// Runs `work` on `store`, which stays open unless it may be dead.
    fn on_store<T>(
        &mut self,
        store: Arc<CredentialStore>,
        work: impl Fn(&mut StoreEntries<'_>) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        let keyring = &self.keyring;
        let explain = |error: &Error| keyring.explain(error);
        let after_call = || self.step();
        let result = work(&mut StoreEntries { store: &store, explain: &explain, after_call: &after_call });
        if !matches!(result, Err(VaultError::Absent(_) | VaultError::Other(_))) {
            self.store = Some(store);
        }
        result
    }

    /// Can the keyring be written now? Finds out without a prompt, as far as the platform lets it.
    pub(super) fn probe(&mut self) -> Result<(), VaultError> {
        let result = self.keyring.probe();
        self.step();
        result?;
        // A name that nobody writes: says whether calls come through at all.
        self.with_entries(|entries| entries.get("probe").map(drop))
    }

    fn open(&mut self) -> Result<Arc<CredentialStore>, VaultError> {
        let result = self.keyring.open();
        self.step();
        result.map_err(|error| self.keyring.explain_opening(&error))
    }

    fn step(&self) {
        self.steps.send_modify(|step| *step += 1);
    }
}

#[cfg(test)]
mod tests;
