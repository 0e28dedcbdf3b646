//! Discovery documents and key sets on disk, with their age, so that a start needs no network.
//!
//! The shell reads and writes it around the sign-in engine's fetches. Nothing here is trusted more than the
//! network is: a document is parsed and checked anew, and a damaged file counts as no file.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::model::time::Timestamp;
use crate::store::atomic::{self, FileMode};
use crate::store::digest::sha256_hex;

/// The largest document that is kept; real ones have a few kilobytes.
const MOST_BYTES: usize = 1024 * 1024;

/// The file is JSON, whose escapes can make a text six times as long.
const MOST_FILE_BYTES: u64 = 6 * MOST_BYTES as u64 + 4096;

const VERSION: u8 = 1;

/// Which document of an issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DocumentKind {
    /// The provider metadata.
    Discovery,
    /// The key set (JWKS).
    KeySet,
}

impl DocumentKind {
    const ALL: [Self; 2] = [Self::Discovery, Self::KeySet];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Discovery => "discovery",
            Self::KeySet => "keys",
        }
    }
}

/// A document as the provider sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachedDocument {
    /// Where it came from.
    pub url: String,
    /// When.
    pub fetched_at: Timestamp,
    /// The JSON text.
    pub body: String,
}

/// The cache directory.
#[derive(Debug, Clone)]
pub struct DocumentCache {
    dir: PathBuf,
}

/// The file. It names what it holds, because the file's own name is a hash.
#[derive(Serialize, Deserialize)]
struct StoredDocument {
    version: u8,
    kind: String,
    issuer: String,
    url: String,
    fetched_at_ms: i64,
    body: String,
}

impl DocumentCache {
    /// A cache in `dir` (`Paths::cache_dir`), which need not exist.
    pub const fn new(dir: PathBuf) -> Self {
        Self { dir }
    }

    /// The document of `issuer`; `None` if there is none or it is damaged.
    pub fn load(&self, kind: DocumentKind, issuer: &str) -> Option<CachedDocument> {
        let mut text = String::new();
        File::open(self.path(kind, issuer)).ok()?.take(MOST_FILE_BYTES).read_to_string(&mut text).ok()?;
        let stored: StoredDocument = serde_json::from_str(&text).ok()?;
        let is_meant = stored.version == VERSION && stored.kind == kind.as_str() && stored.issuer == issuer;
        is_meant.then_some(CachedDocument {
            url: stored.url,
            fetched_at: Timestamp::from_millis(stored.fetched_at_ms),
            body: stored.body,
        })
    }

    /// Keeps `document`. Failing is harmless: the next start fetches again.
    pub fn save(&self, kind: DocumentKind, issuer: &str, document: &CachedDocument) -> io::Result<()> {
        if document.body.len() > MOST_BYTES {
            return Err(io::Error::other("the document is too large to keep"));
        }
        let stored = StoredDocument {
            version: VERSION,
            kind: kind.as_str().to_owned(),
            issuer: issuer.to_owned(),
            url: document.url.clone(),
            fetched_at_ms: document.fetched_at.millis(),
            body: document.body.clone(),
        };
        atomic::create_private_dir(&self.dir)?;
        atomic::write_atomically(&self.path(kind, issuer), &serde_json::to_vec(&stored)?, FileMode::Private)
    }

    /// Drops both documents of `issuer`.
    pub fn forget(&self, issuer: &str) {
        for kind in DocumentKind::ALL {
            // Gone already, or never there: both are what was asked for.
            drop(fs::remove_file(self.path(kind, issuer)));
        }
    }

    fn path(&self, kind: DocumentKind, issuer: &str) -> PathBuf {
        self.dir.join(format!("{}-{}.json", kind.as_str(), &sha256_hex(issuer.as_bytes())[..32]))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ISSUER: &str = "https://mybusiness.kinde.com";

    fn document(body: &str) -> CachedDocument {
        CachedDocument {
            url: format!("{ISSUER}/.well-known/openid-configuration"),
            fetched_at: Timestamp::from_millis(1_700_000_000_123),
            body: body.to_owned(),
        }
    }

    fn cache() -> (tempfile::TempDir, DocumentCache) {
        let dir = tempfile::tempdir().unwrap();
        let cache = DocumentCache::new(dir.path().join("cache"));
        (dir, cache)
    }

    #[test]
    fn documents_come_back_with_their_age() {
        let (_dir, cache) = cache();
        assert_eq!(cache.load(DocumentKind::Discovery, ISSUER), None);
        cache.save(DocumentKind::Discovery, ISSUER, &document("{\"issuer\":\"é\"}")).unwrap();
        cache.save(DocumentKind::KeySet, ISSUER, &document("{\"keys\":[]}")).unwrap();
        assert_eq!(cache.load(DocumentKind::Discovery, ISSUER), Some(document("{\"issuer\":\"é\"}")));
        assert_eq!(cache.load(DocumentKind::KeySet, ISSUER), Some(document("{\"keys\":[]}")));
        assert_eq!(cache.load(DocumentKind::KeySet, "https://other.kinde.com"), None);
        cache.forget(ISSUER);
        assert_eq!(cache.load(DocumentKind::KeySet, ISSUER), None);
    }

    #[test]
    fn a_document_under_a_wrong_name_is_not_believed() {
        let (_dir, cache) = cache();
        cache.save(DocumentKind::KeySet, ISSUER, &document("{}")).unwrap();
        let other = "https://attacker.test";
        fs::copy(cache.path(DocumentKind::KeySet, ISSUER), cache.path(DocumentKind::KeySet, other)).unwrap();
        fs::copy(cache.path(DocumentKind::KeySet, ISSUER), cache.path(DocumentKind::Discovery, ISSUER)).unwrap();
        assert_eq!(cache.load(DocumentKind::KeySet, other), None);
        assert_eq!(cache.load(DocumentKind::Discovery, ISSUER), None);
    }

    #[test]
    fn size_is_bounded() {
        let (_dir, cache) = cache();
        let largest = document(&"\u{1}".repeat(MOST_BYTES));
        cache.save(DocumentKind::KeySet, ISSUER, &largest).unwrap();
        assert!(cache.load(DocumentKind::KeySet, ISSUER) == Some(largest));
        cache.save(DocumentKind::KeySet, ISSUER, &document(&"x".repeat(MOST_BYTES + 1))).unwrap_err();
    }

    #[cfg(unix)]
    #[test]
    fn files_are_private() {
        use std::os::unix::fs::PermissionsExt;
        let (_dir, cache) = cache();
        cache.save(DocumentKind::KeySet, ISSUER, &document("{}")).unwrap();
        let metadata = fs::metadata(cache.path(DocumentKind::KeySet, ISSUER)).unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_damaged_file_is_no_file(cut in any::<prop::sample::Index>(), junk in prop::collection::vec(any::<u8>(), 1..20)) {
            let (_dir, cache) = cache();
            cache.save(DocumentKind::KeySet, ISSUER, &document("{\"keys\":[]}")).unwrap();
            let path = cache.path(DocumentKind::KeySet, ISSUER);
            let whole = fs::read(&path).unwrap();
            fs::write(&path, &whole[..cut.index(whole.len())]).unwrap();
            prop_assert_eq!(cache.load(DocumentKind::KeySet, ISSUER), None);
            fs::write(&path, &junk).unwrap();
            prop_assert_eq!(cache.load(DocumentKind::KeySet, ISSUER), None);
        }
    }
}
