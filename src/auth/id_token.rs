//! The checks of an ID token at login (OIDC Core section 3.1.3.7). A failed one means that nobody is signed in.
//!
//! A signature that does not fit the known keys is tried once more with the key set read anew: the provider may have
//! changed its keys just before it signed.

use crate::auth::context::AuthContext;
use crate::auth::error::AuthError;
use crate::auth::provider::Providers;
use crate::model::identity::Identity;
use crate::model::provider::ProviderMetadata;
use crate::model::verdict::{CheckId, Outcome, Verdict};
use crate::redact::{AccessToken, IdToken};
use crate::token::inspect::inspect;
use crate::token::verify::{Expectation, Keys, verify};

/// How much of an accepted ID token was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assurance {
    /// All of it, signature included.
    Verified,
    /// All but signature and issuer: the identity names only endpoint URLs. The token came straight from the token
    /// endpoint over TLS, which OIDC Core section 3.1.3.7 step 6 takes in place of the signature.
    FromTokenEndpoint,
}

/// What the sign-in sent or received along with the ID token.
#[derive(Debug, Clone, Copy)]
pub struct SentAlong<'a> {
    /// The access token of the same answer, for `at_hash`.
    pub access: &'a AccessToken,
    /// The nonce of the authorisation request; the device flow has none.
    pub nonce: Option<&'a str>,
}

/// Checks `id_token`.
pub async fn check(
    ctx: &AuthContext,
    providers: &Providers,
    identity: &Identity,
    metadata: &ProviderMetadata,
    id_token: &IdToken,
    along: SentAlong<'_>,
) -> Result<Assurance, AuthError> {
    let expectation = expectation(identity, metadata, along);
    let now = ctx.clock.now();
    let text = id_token.expose();
    if identity.issuer.is_none() {
        let verdict = verify(text, Keys::Unavailable(crate::auth::provider::NO_ISSUER), &expectation, now);
        return refuse_failures(&verdict).map(|()| Assurance::FromTokenEndpoint);
    }
    let inspection = inspect(text);
    let keys = providers.key_set(ctx, identity, inspection.key_id()).await;
    let keys = match keys {
        Ok(keys) => keys,
        Err(error) => {
            // What is wrong by itself is the better answer than that the keys are missing.
            let verdict = verify(text, Keys::Unavailable("the key set cannot be read"), &expectation, now);
            refuse_failures(&verdict)?;
            return Err(AuthError::IdTokenUnverifiable(Box::new(error)));
        }
    };
    let mut verdict = verify(text, Keys::Set(&keys), &expectation, now);
    if blames_keys(&verdict)
        && let Some(others) = providers.other_keys(ctx, metadata).await
    {
        verdict = verify(text, Keys::Set(&others), &expectation, now);
    }
    refuse_failures(&verdict)?;
    match verdict.check(CheckId::Signature) {
        Some(check) if check.outcome == Outcome::Pass => Ok(Assurance::Verified),
        other => Err(AuthError::IdTokenRefused(other.into_iter().cloned().collect())),
    }
}

fn expectation(identity: &Identity, metadata: &ProviderMetadata, along: SentAlong<'_>) -> Expectation {
    let expected = Expectation::id_token(&metadata.issuer, "");
    Expectation {
        // Without a client id Kinde chooses its default device application: there is none to compare with.
        client_id: identity.client_id.clone(),
        issuer: identity.issuer.as_ref().map(|_| metadata.issuer.to_string()),
        nonce: along.nonce.map(str::to_owned),
        access_token_for_hash: Some(along.access.clone()),
        ..expected
    }
    .for_provider(metadata)
}

fn blames_keys(verdict: &Verdict) -> bool {
    verdict.failures().any(|check| matches!(check.id, CheckId::Key | CheckId::Signature))
}

fn refuse_failures(verdict: &Verdict) -> Result<(), AuthError> {
    let failures: Vec<_> = verdict.failures().cloned().collect();
    if failures.is_empty() { Ok(()) } else { Err(AuthError::IdTokenRefused(failures)) }
}
