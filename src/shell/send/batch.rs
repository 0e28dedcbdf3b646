//! One of many: requests that are sent together keep out of each other's way.
//!
//! Cookies, captured variables and recorded exchanges of a batch are its own, so that no identity gets what belongs to
//! another one; the number of requests to one host at a time is bounded; and a method that may change something is sent
//! only where the user asked for it, also in a request that has to be sent before another.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::Url;

use crate::diagnose::matrix::Methods;
use crate::model::identity::Origin;
use crate::shell::memory::Memory;
use crate::shell::services::Services;

/// What the requests of a batch share. Clones share it too.
#[derive(Clone)]
pub struct Batch {
    /// What they leave for each other.
    pub memory: Arc<Memory>,
    /// Their cookies.
    pub jar: Arc<JarName>,
    /// Which methods may be sent.
    pub methods: Methods,
    /// How many requests may be under way.
    pub hosts: HostTurns,
}

impl std::fmt::Debug for Batch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Batch").field("methods", &self.methods).finish_non_exhaustive()
    }
}

/// The name of a cookie jar that is emptied when nobody needs it any more.
pub struct JarName {
    name: String,
    services: Arc<Services>,
}

impl JarName {
    /// A jar of its own.
    pub fn new(services: &Arc<Services>, name: String) -> Self {
        Self { name, services: services.clone() }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.name
    }
}

impl Drop for JarName {
    fn drop(&mut self) {
        self.services.engine.forget_cookies(&self.name);
    }
}

/// Bounds how many requests to one origin are under way at the same time.
#[derive(Clone)]
pub struct HostTurns {
    most: usize,
    hosts: Arc<Mutex<BTreeMap<Option<Origin>, Arc<Semaphore>>>>,
}

impl HostTurns {
    /// At most `most` at a time for each origin.
    pub fn new(most: usize) -> Self {
        Self { most: most.max(1), hosts: Arc::default() }
    }

    /// Waits until there is room for one more request to `url`; the room is taken until the permit is dropped.
    pub(super) async fn turn(&self, url: &Url) -> Option<OwnedSemaphorePermit> {
        let host = {
            let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
            hosts.entry(Origin::of(url)).or_insert_with(|| Arc::new(Semaphore::new(self.most))).clone()
        };
        // Nobody closes it.
        host.acquire_owned().await.ok()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn each_origin_has_its_own_turns_and_they_come_back() {
        let turns = HostTurns::new(2);
        let url = |text: &str| Url::parse(text).unwrap();
        let (one, other) = (url("http://a.test/x"), url("http://a.test:81/x"));
        let first = turns.turn(&one).now_or_never().flatten();
        let second = turns.clone().turn(&url("http://a.test/y")).now_or_never().flatten();
        assert!(first.is_some() && second.is_some());
        assert!(turns.turn(&one).now_or_never().is_none(), "the third waits");
        assert!(turns.turn(&other).now_or_never().flatten().is_some(), "another port is another host");
        drop(second);
        assert!(turns.turn(&one).now_or_never().flatten().is_some());
    }
}
