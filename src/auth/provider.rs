//! What is known of providers, cached per issuer: metadata and key sets. Shared by clones.
//!
//! Called by every flow and by whoever shows a token. Key sets are read without any `Authorization` header; an
//! unknown `kid` refetches the set at once, then again only after a gap, so that odd tokens cannot make bearcat hammer
//! a provider. The lock is never held while something is awaited.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use url::Url;

use crate::auth::answer;
use crate::auth::context::AuthContext;
use crate::auth::discovery;
use crate::auth::error::{AuthError, Endpoint, NotMetadata};
use crate::model::identity::{Grant, Identity, Issuer};
use crate::model::provider::ProviderMetadata;
use crate::model::request::Requirement;
use crate::model::session::{TokenKind, TokenSet};
use crate::model::time::Timestamp;
use crate::model::verdict::Verdict;
use crate::model::wire::WireRequest;
use crate::token::inspect::{Inspection, inspect};
use crate::token::jwks::KeySet;
use crate::token::verify::{Expectation, Keys, verify};

/// The gap between two refetches of one key set for the sake of an unknown key.
pub const REFETCH_GAP: Duration = Duration::from_secs(30);

/// Documents older than this are read again when they are needed.
const LONGEST_AGE: Duration = Duration::from_hours(24);

/// An ID token may be issued this much before the access token that came with it.
const SAME_ANSWER: Duration = Duration::from_secs(5);

/// Why nothing of an identity without an issuer can be verified.
pub(super) const NO_ISSUER: &str = "the identity names no issuer, so there are no keys to verify with";

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
pub struct Providers {
    known: Arc<Mutex<Known>>,
}

#[derive(Default)]
struct Known {
    metadata: HashMap<String, Document<ProviderMetadata>>,
    keys: HashMap<String, KnownKeys>,
}

#[derive(Clone)]
struct Document<T> {
    value: Arc<T>,
    url: Url,
    fetched_at: Timestamp,
    body: Bytes,
}

struct KnownKeys {
    document: Document<KeySet>,
    /// The last refetch for the sake of an unknown key.
    refetched_at: Option<Timestamp>,
}

impl Providers {
    /// The metadata of the identity's provider; endpoint URLs of the identity win over it.
    pub async fn metadata(&self, ctx: &AuthContext, identity: &Identity) -> Result<Arc<ProviderMetadata>, AuthError> {
        let metadata = match &identity.issuer {
            None => Arc::new(from_endpoints(identity, None, ctx.clock.now())?),
            Some(issuer) => match self.discovered(ctx, issuer).await {
                // A plain OAuth server without discovery, whose endpoints the user wrote down.
                Err(AuthError::NotAnIssuer { why: NotMetadata::Status(404) | NotMetadata::Html, .. })
                    if identity.endpoints.token.is_some() =>
                {
                    Arc::new(from_endpoints(identity, Some(issuer), ctx.clock.now())?)
                }
                other => other?,
            },
        };
        with_overrides(metadata, identity)
    }

    async fn discovered(&self, ctx: &AuthContext, issuer: &Issuer) -> Result<Arc<ProviderMetadata>, AuthError> {
        let known = self.lock().metadata.get(issuer.base()).cloned();
        let now = ctx.clock.now();
        if let Some(document) = known.as_ref().filter(|document| now.since(document.fetched_at) < LONGEST_AGE) {
            return Ok(document.value.clone());
        }
        match (discovery::fetch(ctx, issuer).await, known) {
            (Ok(fetched), _) => {
                let value = Arc::new(fetched.metadata);
                let document = Document { value: value.clone(), url: fetched.url, fetched_at: now, body: fetched.body };
                self.lock().metadata.insert(issuer.base().to_owned(), document);
                Ok(value)
            }
            (Err(error), Some(old)) if error.is_passing() => Ok(old.value),
            (Err(error), _) => Err(error),
        }
    }

    /// The provider's keys. A `kid` that they do not have is worth one refetch, at most every [`REFETCH_GAP`].
    pub async fn key_set(
        &self,
        ctx: &AuthContext,
        identity: &Identity,
        kid: Option<&str>,
    ) -> Result<Arc<KeySet>, AuthError> {
        let metadata = self.metadata(ctx, identity).await?;
        let (name, now) = (keys_name(&metadata), ctx.clock.now());
        let known = self.lock().keys.get(&name).map(|keys| (keys.document.clone(), keys.refetched_at));
        let Some((document, refetched_at)) = known else {
            return self.fetch_keys(ctx, &metadata, None).await;
        };
        if kid.is_some_and(|kid| document.value.find(kid).is_none()) {
            if refetched_at.is_some_and(|at| now.since(at) < REFETCH_GAP) {
                return Ok(document.value);
            }
            return self.fetch_keys(ctx, &metadata, Some(now)).await;
        }
        if now.since(document.fetched_at) < LONGEST_AGE {
            return Ok(document.value);
        }
        match self.fetch_keys(ctx, &metadata, refetched_at).await {
            Err(error) if error.is_passing() => Ok(document.value),
            other => other,
        }
    }

    /// The keys, read anew because a signature does not fit the known ones; `None` if that was done a moment ago.
    pub(super) async fn other_keys(&self, ctx: &AuthContext, metadata: &ProviderMetadata) -> Option<Arc<KeySet>> {
        let now = ctx.clock.now();
        {
            let known = self.lock();
            let keys = known.keys.get(&keys_name(metadata))?;
            if keys.refetched_at.is_some_and(|at| now.since(at) < REFETCH_GAP) {
                return None;
            }
        }
        self.fetch_keys(ctx, metadata, Some(now)).await.ok()
    }

    async fn fetch_keys(
        &self,
        ctx: &AuthContext,
        metadata: &ProviderMetadata,
        refetched_at: Option<Timestamp>,
    ) -> Result<Arc<KeySet>, AuthError> {
        let name = keys_name(metadata);
        // Counted before it is known how it ends: a failing key set must not be asked for every token either.
        if let Some(keys) = self.lock().keys.get_mut(&name) {
            keys.refetched_at = refetched_at;
        }
        let (url, body) = read_key_set(ctx, metadata).await?;
        let value = Arc::new(KeySet::parse(&body).map_err(AuthError::KeySet)?);
        let document = Document { value: value.clone(), url, fetched_at: ctx.clock.now(), body };
        self.lock().keys.insert(name, KnownKeys { document, refetched_at });
        Ok(value)
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
        let text = match kind {
            TokenKind::Access => tokens.access.expose(),
            TokenKind::Id => tokens.id.as_ref().map_or("", |token| token.expose()),
            TokenKind::Refresh => tokens.refresh.as_ref().map_or("", |token| token.expose()),
        };
        let inspection = inspect(text);
        if text.is_empty() || kind == TokenKind::Refresh {
            return (inspection, Verdict::default());
        }
        let metadata = self.metadata(ctx, identity).await;
        let mut expectation = expectation(identity, kind, metadata.as_deref().ok());
        expectation.require = require.to_vec();
        if kind == TokenKind::Id && came_together(&inspection, tokens) {
            expectation.access_token_for_hash = Some(tokens.access.clone());
        }
        let keys = match metadata {
            _ if identity.issuer.is_none() => Err(NO_ISSUER.to_owned()),
            Ok(_) => self.key_set(ctx, identity, inspection.key_id()).await.map_err(|error| unavailable(&error)),
            Err(error) => Err(unavailable(&error)),
        };
        let keys = match &keys {
            Ok(set) => Keys::Set(set),
            Err(why) => Keys::Unavailable(why),
        };
        let verdict = verify(text, keys, &expectation, ctx.clock.now());
        (inspection, verdict)
    }

    /// Takes in a document from a cache on disk; a damaged one is ignored, and a newer known one wins.
    pub fn import(&self, document: &KnownDocument) {
        let Ok(issuer) = Issuer::parse(&document.issuer) else { return };
        let KnownDocument { kind, url, fetched_at, body, .. } = document.clone();
        let mut known = self.lock();
        match kind {
            DocumentKind::Discovery => {
                if let Ok(metadata) = discovery::parse_metadata(&body, &issuer, fetched_at) {
                    let document = Document { value: Arc::new(metadata), url, fetched_at, body };
                    known.metadata.entry(issuer.base().to_owned()).or_insert(document);
                }
            }
            DocumentKind::KeySet => {
                if let Ok(keys) = KeySet::parse(&body) {
                    let name = keys_name_of(&issuer, Some(&url));
                    let document = Document { value: Arc::new(keys), url, fetched_at, body };
                    known.keys.entry(name).or_insert(KnownKeys { document, refetched_at: None });
                }
            }
        }
    }

    /// All documents, for a cache on disk.
    pub fn export(&self) -> Vec<KnownDocument> {
        let known = self.lock();
        let metadata =
            known.metadata.iter().map(|(issuer, document)| export(DocumentKind::Discovery, issuer, document));
        let keys = known.keys.iter().filter_map(|(name, keys)| {
            let (issuer, _) = name.split_once(' ')?;
            Some(export(DocumentKind::KeySet, issuer, &keys.document))
        });
        metadata.chain(keys).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn export<T>(kind: DocumentKind, issuer: &str, document: &Document<T>) -> KnownDocument {
    KnownDocument {
        kind,
        issuer: issuer.to_owned(),
        url: document.url.clone(),
        fetched_at: document.fetched_at,
        body: document.body.clone(),
    }
}

/// Keys are known by issuer and address: a document that names another `jwks_uri` than before means other keys.
fn keys_name(metadata: &ProviderMetadata) -> String {
    keys_name_of(&metadata.issuer, metadata.jwks_uri.as_ref())
}

fn keys_name_of(issuer: &Issuer, url: Option<&Url>) -> String {
    format!("{} {}", issuer.base(), url.map_or("", Url::as_str))
}

/// Reads the key set from `jwks_uri`, or from Kinde's two paths where the document names none.
async fn read_key_set(ctx: &AuthContext, metadata: &ProviderMetadata) -> Result<(Url, Bytes), AuthError> {
    let addresses = match &metadata.jwks_uri {
        Some(url) => vec![url.clone()],
        None => ["/.well-known/jwks", "/.well-known/jwks.json"]
            .iter()
            .map(|path| discovery::well_known(&metadata.issuer, &format!("{}{path}", metadata.issuer.base())))
            .collect::<Result<_, _>>()?,
    };
    let during = "key set";
    let mut missing = None;
    for url in addresses {
        let answer = ctx.call(WireRequest::get(during, url.clone())).await;
        let response = answer.map_err(|error| AuthError::Transport { during, error })?;
        match response.status {
            200 => return Ok((url, response.body)),
            429 | 503 => {
                return Err(AuthError::Busy { during, status: response.status, wait: answer::wait(&response) });
            }
            404 => missing = missing.or(Some(AuthError::KeySetStatus { url, status: 404 })),
            300..=399 => {
                let to = response.header("location").map(answer::without_query).unwrap_or_default();
                return Err(AuthError::Redirected { during, from: url.to_string(), to });
            }
            status => return Err(AuthError::KeySetStatus { url, status }),
        }
    }
    Err(missing.unwrap_or_else(|| AuthError::EndpointMissing {
        endpoint: Endpoint::KeySet,
        provider: metadata.issuer.to_string(),
    }))
}

/// Metadata for an identity without discovery: only what it says itself.
fn from_endpoints(
    identity: &Identity,
    issuer: Option<&Issuer>,
    fetched_at: Timestamp,
) -> Result<ProviderMetadata, AuthError> {
    let no_issuer = || AuthError::NoIssuer(identity.name.clone());
    let issuer = match issuer {
        Some(issuer) => issuer.clone(),
        None => {
            let token = identity.endpoints.token.as_ref().ok_or_else(no_issuer)?;
            Issuer::parse(&token.origin().ascii_serialization()).map_err(|_| insecure(Endpoint::Token, token))?
        }
    };
    Ok(ProviderMetadata {
        issuer,
        authorization_endpoint: None,
        token_endpoint: None,
        device_authorization_endpoint: None,
        device_endpoint_is_builtin: false,
        jwks_uri: None,
        userinfo_endpoint: None,
        revocation_endpoint: None,
        introspection_endpoint: None,
        end_session_endpoint: None,
        scopes_supported: Vec::new(),
        token_endpoint_auth_methods: Some(vec!["client_secret_post".to_owned()]),
        id_token_signing_algorithms: Vec::new(),
        code_challenge_methods: Vec::new(),
        sends_iss_parameter: false,
        fetched_at,
    })
}

fn with_overrides(metadata: Arc<ProviderMetadata>, identity: &Identity) -> Result<Arc<ProviderMetadata>, AuthError> {
    let own = &identity.endpoints;
    let overrides = [
        (Endpoint::Authorization, &own.authorization),
        (Endpoint::Token, &own.token),
        (Endpoint::DeviceAuthorization, &own.device_authorization),
        (Endpoint::Revocation, &own.revocation),
    ];
    let mut metadata = metadata;
    for (endpoint, url) in overrides {
        let Some(url) = url else { continue };
        if !discovery::is_safe(url) {
            return Err(insecure(endpoint, url));
        }
        let changed = Arc::make_mut(&mut metadata);
        match endpoint {
            Endpoint::Authorization => changed.authorization_endpoint = Some(url.clone()),
            Endpoint::Token => changed.token_endpoint = Some(url.clone()),
            Endpoint::Revocation => changed.revocation_endpoint = Some(url.clone()),
            _ => {
                changed.device_authorization_endpoint = Some(url.clone());
                changed.device_endpoint_is_builtin = false;
            }
        }
    }
    Ok(metadata)
}

fn insecure(endpoint: Endpoint, url: &Url) -> AuthError {
    AuthError::InsecureEndpoint { endpoint, url: answer::without_query(url.as_str()) }
}

/// What a token of this session has to be.
fn expectation(identity: &Identity, kind: TokenKind, metadata: Option<&ProviderMetadata>) -> Expectation {
    let Some(metadata) = metadata else {
        return Expectation { client_id: identity.client_id.clone(), ..Expectation::anything() };
    };
    let audiences: Vec<String> = crate::auth::parameter::custom(identity)
        .into_iter()
        .filter(|(name, _)| name == "audience")
        .map(|(_, value)| value)
        .collect();
    let issuer = &metadata.issuer;
    let mut expectation = match (kind, identity.grant) {
        (TokenKind::Id, _) => Expectation::id_token(issuer, ""),
        (_, Grant::ClientCredentials) => Expectation::machine(issuer, &audiences),
        // A pasted token may be a user's or a machine's: Kinde's test token is the latter.
        (_, Grant::Pasted) => Expectation { token_use: None, ..Expectation::access(issuer, &audiences) },
        (_, Grant::DeviceAuthorization | Grant::AuthorizationCode) => Expectation::access(issuer, &audiences),
    };
    expectation.client_id.clone_from(&identity.client_id);
    if identity.issuer.is_none() {
        expectation.issuer = None;
    }
    expectation.for_provider(metadata)
}

/// Did the ID token come with this access token? After a refresh that brought no new ID token it did not, and its
/// `at_hash` says nothing.
fn came_together(id_token: &Inspection, tokens: &TokenSet) -> bool {
    let access = inspect(tokens.access.expose()).issued_at();
    match (id_token.issued_at(), access) {
        (Some(id), Some(access)) => id.plus(SAME_ANSWER) >= access,
        _ => false,
    }
}

fn unavailable(error: &AuthError) -> String {
    let problem = error.problem();
    match problem.detail.lines().next_back() {
        Some(detail) => format!("{} ({detail})", problem.title),
        None => problem.title,
    }
}

#[cfg(test)]
mod tests;
