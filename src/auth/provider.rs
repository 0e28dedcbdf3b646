//! What is known of providers, cached per issuer: metadata and key sets. Shared by clones.

use std::sync::Arc;

use bytes::Bytes;
use url::Url;

use crate::auth::context::AuthContext;
use crate::auth::error::AuthError;
use crate::model::identity::Identity;
use crate::model::provider::ProviderMetadata;
use crate::model::request::Requirement;
use crate::model::session::{TokenKind, TokenSet};
use crate::model::time::Timestamp;
use crate::model::verdict::Verdict;
use crate::token::inspect::{Inspection, inspect};
use crate::token::jwks::KeySet;

/// Which document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DocumentKind {
    /// Provider metadata.
    Discovery,
    /// A key set.
    KeySet,
}

/// A document as the provider sent it, for a cache on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownDocument {
    /// Which.
    pub kind: DocumentKind,
    /// Whose: the issuer without a trailing slash.
    pub issuer: String,
    /// Where it came from.
    pub url: Url,
    /// When.
    pub fetched_at: Timestamp,
    /// The bytes.
    pub body: Bytes,
}

/// The cache.
#[derive(Clone, Default)]
pub struct Providers {}

impl Providers {
    /// The metadata of the identity's provider; endpoint URLs of the identity win over it.
    pub async fn metadata(&self, ctx: &AuthContext, identity: &Identity) -> Result<Arc<ProviderMetadata>, AuthError> {
        let _ = ctx;
        Err(AuthError::NoIssuer(identity.name.clone()))
    }

    /// The provider's keys; an unknown `kid` refetches them once, with a minimum gap.
    pub async fn key_set(
        &self,
        ctx: &AuthContext,
        identity: &Identity,
        kid: Option<&str>,
    ) -> Result<Arc<KeySet>, AuthError> {
        let _ = (ctx, kid);
        Err(AuthError::NoIssuer(identity.name.clone()))
    }

    /// Decodes and verifies a token of a session. Never fails: what cannot be checked is skipped with a reason. For a
    /// token that the session does not have, and for refresh tokens, the verdict is empty.
    pub async fn verdict(
        &self,
        ctx: &AuthContext,
        identity: &Identity,
        kind: TokenKind,
        tokens: &TokenSet,
        require: &[Requirement],
    ) -> (Inspection, Verdict) {
        let _ = (ctx, identity, kind, require);
        (inspect(tokens.access.expose()), Verdict::default())
    }

    /// Takes in a document from a cache on disk; a damaged one is ignored.
    pub fn import(&self, document: &KnownDocument) {
        let _ = document;
    }

    /// All documents, for a cache on disk.
    pub fn export(&self) -> Vec<KnownDocument> {
        Vec::new()
    }
}
