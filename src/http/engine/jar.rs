//! The cookie jars of an engine, one per environment, in memory only.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use ::http::HeaderMap;
use ::http::header::SET_COOKIE;
use url::Url;

use crate::http::cookies::Jar;
use crate::http::engine::send::now;
use crate::model::cookie::{CookieId, CookieView};

/// Cookies that are taken from one response.
const MOST_AT_ONCE: usize = 200;

/// The jars, by name.
#[derive(Default)]
pub(super) struct Jars {
    jars: Mutex<BTreeMap<String, Jar>>,
}

impl Jars {
    /// The cookies for a URL: name and value.
    pub(super) fn cookies(&self, name: &str, url: &Url) -> Vec<(String, String)> {
        self.jars().get(name).map(|jar| jar.cookies(url, now())).unwrap_or_default()
    }

    /// Takes the `Set-Cookie` headers of a response.
    pub(super) fn take(&self, name: &str, url: &Url, headers: &HeaderMap) {
        let mut jars = self.jars();
        for value in headers.get_all(SET_COOKIE).iter().take(MOST_AT_ONCE) {
            let text = String::from_utf8_lossy(value.as_bytes());
            jars.entry(name.to_owned()).or_default().set(&text, url, now());
        }
    }

    /// What a jar holds.
    pub(super) fn list(&self, name: &str) -> Vec<CookieView> {
        self.jars().get(name).map(|jar| jar.list(now())).unwrap_or_default()
    }

    /// Takes one cookie out.
    pub(super) fn delete(&self, name: &str, id: &CookieId) {
        if let Some(jar) = self.jars().get_mut(name) {
            jar.delete(id);
        }
    }

    /// Empties a jar.
    pub(super) fn forget(&self, name: &str) {
        self.jars().remove(name);
    }

    fn jars(&self) -> MutexGuard<'_, BTreeMap<String, Jar>> {
        self.jars.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
