//! Cookie jars, one per environment, in memory only.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use ::http::HeaderMap;
use ::http::header::SET_COOKIE;
use reqwest::cookie::{CookieStore, Jar};
use url::Url;

/// A jar that took so many cookies is emptied: a server must not fill the memory.
const MOST_COOKIES: usize = 3000;

/// The jars of an engine, by name.
#[derive(Debug, Default)]
pub(super) struct Jars {
    jars: Mutex<BTreeMap<String, CountedJar>>,
}

#[derive(Debug, Default)]
struct CountedJar {
    jar: Jar,
    taken: usize,
}

impl Jars {
    /// The cookies for a URL: name and value.
    pub(super) fn cookies(&self, name: &str, url: &Url) -> Vec<(String, String)> {
        let jars = self.jars();
        let Some(header) = jars.get(name).and_then(|counted| counted.jar.cookies(url)) else { return Vec::new() };
        let text = String::from_utf8_lossy(header.as_bytes());
        text.split("; ")
            .filter_map(|cookie| cookie.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    /// Takes the `Set-Cookie` headers of a response.
    pub(super) fn take(&self, name: &str, url: &Url, headers: &HeaderMap) {
        let count = headers.get_all(SET_COOKIE).iter().count();
        if count == 0 {
            return;
        }
        let mut jars = self.jars();
        let counted = jars.entry(name.to_owned()).or_default();
        if counted.taken + count > MOST_COOKIES {
            *counted = CountedJar::default();
        }
        counted.taken += count;
        counted.jar.set_cookies(&mut headers.get_all(SET_COOKIE).iter(), url);
    }

    /// Empties a jar.
    pub(super) fn forget(&self, name: &str) {
        self.jars().remove(name);
    }

    fn jars(&self) -> MutexGuard<'_, BTreeMap<String, CountedJar>> {
        self.jars.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
