//! The system's clock and random source: the real implementations of the ports that logic takes as arguments.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::model::port::{BoxFuture, Clock, Random};
use crate::model::time::Timestamp;

/// The system's wall clock and tokio's timer.
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

/// The operating system's cryptographically secure random source.
///
/// Asked directly: the generator of the cryptographic library gathers entropy of its own for some 40 ms at its first
/// use, which every start would pay.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, buffer: &mut [u8]) {
        getrandom::fill(buffer).expect("the operating system provides random bytes");
    }
}
