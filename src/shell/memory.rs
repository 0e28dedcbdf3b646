//! What sent requests leave for later ones: their exchanges, for `{{login.response.…}}`, and captured variables.
//!
//! In memory only, bounded. An exchange counts for the environment and the identity that it was sent with, and until
//! its file changes.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::collection::file::Collection;
use crate::model::identity::IdentityName;
use crate::template::Value;
use crate::template::reference::Recorded;

/// How many exchanges are kept; the oldest go first.
const MOST_EXCHANGES: usize = 200;

/// How many bytes of bodies are kept.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// How many captured variables are kept.
const MOST_CAPTURES: usize = 1000;

/// Which exchange.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExchangeKey {
    /// The collection.
    pub file: PathBuf,
    /// The request's name.
    pub request: String,
    /// The environment that it was sent in.
    pub environment: Option<String>,
    /// Whose token it carried.
    pub identity: Option<IdentityName>,
}

/// The memory.
#[derive(Debug, Default)]
pub struct Memory {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    exchanges: BTreeMap<ExchangeKey, Exchange>,
    captures: BTreeMap<(Option<String>, String), Value>,
    count: u64,
}

#[derive(Debug)]
struct Exchange {
    /// The text of the collection when it was sent.
    source: Arc<str>,
    recorded: Arc<Recorded>,
    number: u64,
}

impl Memory {
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps an exchange in place of the one before.
    pub fn record(&self, key: ExchangeKey, collection: &Collection, recorded: Recorded) {
        let mut kept = self.lock();
        kept.count += 1;
        let exchange = Exchange { source: collection.source.clone(), recorded: Arc::new(recorded), number: kept.count };
        kept.exchanges.insert(key, exchange);
        loop {
            let bytes: usize = kept.exchanges.values().map(|one| one.recorded.response_body.len()).sum();
            if kept.exchanges.len() <= MOST_EXCHANGES && (bytes <= MOST_BYTES || kept.exchanges.len() == 1) {
                return;
            }
            let oldest = kept.exchanges.iter().min_by_key(|(_, one)| one.number).map(|(key, _)| key.clone());
            let Some(oldest) = oldest else { return };
            kept.exchanges.remove(&oldest);
        }
    }

    /// The exchange, if the request was sent and its file is still the same.
    pub fn recorded(&self, key: &ExchangeKey, collection: &Collection) -> Option<Arc<Recorded>> {
        let kept = self.lock();
        let exchange = kept.exchanges.get(key).filter(|exchange| exchange.source == collection.source)?;
        Some(exchange.recorded.clone())
    }

    /// Sets a captured variable, or takes it away.
    pub fn capture(&self, environment: Option<&str>, name: &str, value: Option<Value>) {
        let mut kept = self.lock();
        let key = (environment.map(str::to_owned), name.to_owned());
        match value {
            Some(value) if kept.captures.len() < MOST_CAPTURES || kept.captures.contains_key(&key) => {
                kept.captures.insert(key, value);
            }
            _ => {
                kept.captures.remove(&key);
            }
        }
    }

    /// The captured variables of an environment.
    pub fn captures(&self, environment: Option<&str>) -> Vec<(String, Value)> {
        let kept = self.lock();
        let of_environment = kept.captures.iter().filter(|((of, _), _)| of.as_deref() == environment);
        of_environment.map(|((_, name), value)| (name.clone(), value.clone())).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use bytes::Bytes;

    use super::*;
    use crate::template::VariableSource;

    fn collection(text: &str) -> Collection {
        Collection::parse(Path::new("a.http"), text.as_bytes())
    }

    fn key(request: &str, environment: &str) -> ExchangeKey {
        ExchangeKey {
            file: "a.http".into(),
            request: request.to_owned(),
            environment: Some(environment.to_owned()),
            identity: None,
        }
    }

    #[test]
    fn an_exchange_counts_until_its_file_changes_and_in_its_environment() {
        let memory = Memory::default();
        let before = collection("GET https://a.test");
        memory.record(key("login", "dev"), &before, Recorded { status: 201, ..Recorded::default() });
        assert_eq!(memory.recorded(&key("login", "dev"), &before).unwrap().status, 201);
        assert_eq!(memory.recorded(&key("login", "dev"), &collection("GET https://b.test")), None);
        assert_eq!(memory.recorded(&key("login", "prod"), &before), None);
        let other = ExchangeKey { identity: Some(IdentityName::new("jane")), ..key("login", "dev") };
        assert_eq!(memory.recorded(&other, &before), None);
    }

    #[test]
    fn the_oldest_go_first() {
        let memory = Memory::default();
        let file = collection("GET https://a.test");
        let large = Recorded { response_body: Bytes::from(vec![0; MOST_BYTES / 2]), ..Recorded::default() };
        for name in ["a", "b", "c"] {
            memory.record(key(name, "dev"), &file, large.clone());
        }
        let there = |name: &str| memory.recorded(&key(name, "dev"), &file).is_some();
        assert_eq!((there("a"), there("b"), there("c")), (false, true, true));
        for at in 0..=MOST_EXCHANGES {
            memory.record(key(&format!("r{at}"), "dev"), &file, Recorded::default());
        }
        assert_eq!((there("c"), there("r0"), there(&format!("r{MOST_EXCHANGES}"))), (false, false, true));
    }

    #[test]
    fn captures_belong_to_their_environment() {
        let memory = Memory::default();
        let value = Value::plain("7", VariableSource::Capture { request: "create".to_owned() });
        memory.capture(Some("dev"), "id", Some(value.clone()));
        assert_eq!(memory.captures(Some("dev")), [("id".to_owned(), value)]);
        assert_eq!(memory.captures(None), []);
        memory.capture(Some("dev"), "id", None);
        assert_eq!(memory.captures(Some("dev")), []);
    }
}
