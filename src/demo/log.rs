//! The requests that the demo has seen, for tests and for the demo's own screen. Holds no secret.
//!
//! Written by the outermost layer of both servers, so that refused and dropped requests are there too.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::model::time::Timestamp;

/// Older entries are dropped beyond this many.
const LIMIT: usize = 10_000;

/// Which of the demo's ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Port {
    /// The issuer's.
    Issuer,
    /// The API's.
    Api,
}

/// One request. Recorded when it arrives; [`Self::status`] follows when it was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// When it arrived, by the demo's clock.
    pub at: Timestamp,
    /// Where it arrived.
    pub port: Port,
    /// The `Host` header.
    pub host: String,
    /// The method.
    pub method: String,
    /// The path.
    pub path: String,
    /// Query parameters and form fields, in order. Values of codes, tokens, secrets and the like are left empty.
    pub fields: Vec<(String, String)>,
    /// Names of all request headers, in lower case.
    pub header_names: Vec<String>,
    /// The first 12 hex digits of the SHA-256 of a bearer token.
    pub bearer_fingerprint: Option<String>,
    /// The status of the answer; `None`: not answered (yet), or the connection was dropped.
    pub status: Option<u16>,
}

impl Seen {
    /// The first query parameter or form field with this name.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// All values of this query parameter or form field.
    pub fn all_fields(&self, name: &str) -> Vec<&str> {
        self.fields.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect()
    }

    /// Was this header sent? The name in lower case.
    pub fn has_header(&self, name: &str) -> bool {
        self.header_names.iter().any(|header| header == name)
    }
}

/// The log of a running demo.
#[derive(Debug, Default)]
pub struct RequestLog(Mutex<Entries>);

#[derive(Debug, Default)]
struct Entries {
    entries: VecDeque<Seen>,
    /// How many entries were dropped from the front: ids go on counting.
    dropped: usize,
}

impl RequestLog {
    /// All entries, oldest first.
    pub fn entries(&self) -> Vec<Seen> {
        self.lock().entries.iter().cloned().collect()
    }

    /// Forgets everything seen so far.
    pub fn clear(&self) {
        let mut log = self.lock();
        log.dropped += log.entries.len();
        log.entries.clear();
    }

    /// Adds a request and returns its id.
    pub(crate) fn arrived(&self, seen: Seen) -> usize {
        let mut log = self.lock();
        if log.entries.len() == LIMIT {
            log.entries.pop_front();
            log.dropped += 1;
        }
        log.entries.push_back(seen);
        log.dropped + log.entries.len() - 1
    }

    /// Notes the status of the answer to request `id`.
    pub(crate) fn answered(&self, id: usize, status: u16) {
        let mut log = self.lock();
        let index = id.checked_sub(log.dropped);
        if let Some(seen) = index.and_then(|index| log.entries.get_mut(index)) {
            seen.status = Some(status);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
