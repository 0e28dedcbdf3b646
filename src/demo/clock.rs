//! Clocks for the demo and for tests: the system's, and one that only moves when it is told to.
//!
//! [`ManualClock`] is public so that every test can hand the same clock to the demo and to what it tests: then
//! expiry, polling intervals and grace periods pass without a sleep. It moves forwards only.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::{Notify, oneshot};

use crate::model::port::{BoxFuture, Clock};
use crate::model::time::Timestamp;

/// The operating system's clock and tokio's timer.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// A clock that stands still until [`Self::advance`] moves it; sleepers wake when their moment is reached.
#[derive(Debug)]
pub struct ManualClock {
    inner: Mutex<Inner>,
    slept: Notify,
}

#[derive(Debug)]
struct Inner {
    now: Timestamp,
    sleepers: Vec<Sleeper>,
}

#[derive(Debug)]
struct Sleeper {
    wakes_at: Timestamp,
    waker: oneshot::Sender<()>,
}

impl ManualClock {
    /// A clock that shows `now`.
    pub fn new(now: Timestamp) -> Self {
        Self { inner: Mutex::new(Inner { now, sleepers: Vec::new() }), slept: Notify::new() }
    }

    /// A clock that shows a fixed moment: 2027-01-15 08:00:00 UTC.
    pub fn fixed() -> Self {
        Self::new(Timestamp::from_seconds(1_800_000_000))
    }

    /// Moves the clock and wakes everything whose time has come.
    pub fn advance(&self, duration: Duration) {
        let mut inner = self.lock();
        inner.now = inner.now.plus(duration);
        let now = inner.now;
        let due: Vec<_> = inner.sleepers.extract_if(.., |sleeper| sleeper.wakes_at <= now).collect();
        drop(inner);
        for sleeper in due {
            // A sleeper that was dropped meanwhile no longer cares.
            let _ = sleeper.waker.send(());
        }
    }

    /// Waits until at least one task sleeps, then moves the clock to the earliest moment that one waits for.
    /// Returns how far it moved.
    pub async fn advance_to_next_sleeper(&self) -> Duration {
        self.wait_for_sleepers(1).await;
        let distance = {
            let mut inner = self.lock();
            inner.drop_cancelled();
            let now = inner.now;
            inner.sleepers.iter().map(|sleeper| sleeper.wakes_at.since(now)).min().unwrap_or_default()
        };
        self.advance(distance);
        distance
    }

    /// Waits until at least `count` tasks sleep on this clock.
    pub async fn wait_for_sleepers(&self, count: usize) {
        loop {
            let slept = self.slept.notified();
            if self.sleepers() >= count {
                return;
            }
            slept.await;
        }
    }

    /// How many tasks sleep on this clock now.
    pub fn sleepers(&self) -> usize {
        let mut inner = self.lock();
        inner.drop_cancelled();
        inner.sleepers.len()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn drop_cancelled(&mut self) {
        self.sleepers.retain(|sleeper| !sleeper.waker.is_closed());
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.lock().now
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        if duration.is_zero() {
            return Box::pin(std::future::ready(()));
        }
        let (waker, woken) = oneshot::channel();
        {
            let mut inner = self.lock();
            let wakes_at = inner.now.plus(duration);
            inner.sleepers.push(Sleeper { wakes_at, waker });
        }
        self.slept.notify_waiters();
        Box::pin(async move {
            // The sender is gone only when the clock is: then nobody can wake the sleeper any more.
            let _ = woken.await;
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[tokio::test]
    async fn sleepers_wake_when_their_moment_is_reached() {
        let clock = Arc::new(ManualClock::fixed());
        let start = clock.now();
        let early = tokio::spawn(clock.sleep(Duration::from_secs(5)));
        let late = tokio::spawn(clock.sleep(Duration::from_secs(9)));
        assert_eq!(clock.sleepers(), 2);
        assert_eq!(clock.advance_to_next_sleeper().await, Duration::from_secs(5));
        early.await.unwrap();
        assert!(!late.is_finished());
        clock.advance(Duration::from_secs(4));
        late.await.unwrap();
        assert_eq!(clock.now().since(start), Duration::from_secs(9));
    }

    #[tokio::test]
    async fn a_dropped_sleep_is_forgotten() {
        let clock = ManualClock::fixed();
        drop(clock.sleep(Duration::from_secs(1)));
        assert_eq!(clock.sleepers(), 0);
    }
}
