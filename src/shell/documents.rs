//! The providers' documents on disk: a command that runs for a moment need not fetch metadata and keys each time.
//!
//! Only what was asked for is read, once for each issuer, and only what was fetched is written. An old document is as
//! good as none; an unknown key is fetched by `auth` in any case.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;

use crate::auth::provider::{DocumentKind, KnownDocument, Providers};
use crate::model::identity::Identity;
use crate::model::time::Timestamp;
use crate::store::cache::{CachedDocument, DocumentCache, DocumentKind as StoredKind};

/// Older documents are fetched anew.
const OLDEST: Duration = Duration::from_hours(24);

const KINDS: [(DocumentKind, StoredKind); 2] =
    [(DocumentKind::Discovery, StoredKind::Discovery), (DocumentKind::KeySet, StoredKind::KeySet)];

/// The cache directory and what of it is in memory already.
#[derive(Debug)]
pub struct Documents {
    cache: DocumentCache,
    recalled: Mutex<BTreeSet<String>>,
}

impl Documents {
    /// Documents in `cache`.
    pub fn new(cache: DocumentCache) -> Self {
        Self { cache, recalled: Mutex::default() }
    }

    /// Reads the documents of the identity's issuer, the first time that it is asked for.
    pub fn recall(&self, identity: &Identity, providers: &Providers, now: Timestamp) {
        let Some(issuer) = identity.issuer.as_ref().map(|issuer| issuer.base().to_owned()) else { return };
        if !self.recalled.lock().unwrap_or_else(PoisonError::into_inner).insert(issuer.clone()) {
            return;
        }
        for (kind, stored) in KINDS {
            let Some(document) = self.cache.load(stored, &issuer) else { continue };
            // A document from the future was written under another clock.
            let age = now.seconds_until(document.fetched_at).saturating_neg();
            if !(0..i64::try_from(OLDEST.as_secs()).unwrap_or(i64::MAX)).contains(&age) {
                continue;
            }
            let Ok(url) = document.url.parse() else { continue };
            let body = Bytes::from(document.body);
            providers.import(&KnownDocument {
                kind,
                issuer: issuer.clone(),
                url,
                fetched_at: document.fetched_at,
                body,
            });
        }
    }

    /// Writes what was fetched. A cache that cannot be written is no cache, and no error.
    pub fn keep(&self, providers: &Providers) {
        for document in providers.export() {
            let Ok(body) = String::from_utf8(document.body.to_vec()) else { continue };
            let stored = match document.kind {
                DocumentKind::Discovery => StoredKind::Discovery,
                DocumentKind::KeySet => StoredKind::KeySet,
            };
            let known = self.cache.load(stored, &document.issuer);
            if known.is_some_and(|known| known.fetched_at >= document.fetched_at) {
                continue;
            }
            let url = document.url.to_string();
            let kept = CachedDocument { url, fetched_at: document.fetched_at, body };
            let _ = self.cache.save(stored, &document.issuer, &kept);
        }
    }
}
