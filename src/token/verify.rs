//! The named checks of a token, each with a reason: signature, issuer, audience, times and the rest.
//!
//! Called at login for ID tokens (a failed check refuses the login) and for every token on the screen.
//! Nothing is believed that is not in the key set or in the [`Expectation`]; the token chooses neither.

mod parties;
mod purpose;
mod required;
mod signature;
mod times;

use std::time::Duration;

use crate::model::identity::Issuer;
use crate::model::provider::ProviderMetadata;
use crate::model::request::Requirement;
use crate::model::time::Timestamp;
use crate::model::verdict::{Check, CheckId, Outcome, Verdict};
use crate::redact::AccessToken;
use crate::token::algorithm;
use crate::token::inspect::{self, Inspection, TokenForm, TokenUse};
use crate::token::jwks::KeySet;

/// How far two clocks may differ (kinde.md 6.5).
pub const DEFAULT_LEEWAY: Duration = Duration::from_mins(1);

/// The keys to verify with.
#[derive(Debug, Clone, Copy)]
pub enum Keys<'a> {
    /// The provider's key set.
    Set(&'a KeySet),
    /// There are none; the signature is skipped and this is said as the reason (`The key set is still being read`).
    Unavailable(&'a str),
}

/// What a token is compared with. Build one with [`Self::access`], [`Self::machine`], [`Self::id_token`] or
/// [`Self::anything`] and change fields by struct update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation {
    /// `iss` must be this, exactly; `None`: not checked.
    pub issuer: Option<String>,
    /// `aud` must hold one of these; empty: not compared, but an empty `aud` of an access token warns.
    pub audiences: Vec<String>,
    /// The client: in `aud` and `azp` of an ID token, in `azp` of an access token.
    pub client_id: Option<String>,
    /// What the token must be for; `None`: anything.
    pub token_use: Option<TokenUse>,
    /// Allowed values of `alg`. HMAC and `none` are refused even if they are listed.
    pub algorithms: Vec<String>,
    /// The nonce that was sent with the authorisation request.
    pub nonce: Option<String>,
    /// The access token that came with an ID token, for `at_hash`.
    pub access_token_for_hash: Option<AccessToken>,
    /// What the request needs (`# @require`).
    pub require: Vec<Requirement>,
    /// How far the clocks may differ.
    pub leeway: Duration,
}

impl Expectation {
    /// Nothing known: any issuer, kind and audience, every asymmetric algorithm.
    pub fn anything() -> Self {
        Self {
            issuer: None,
            audiences: Vec::new(),
            client_id: None,
            token_use: None,
            algorithms: algorithm::ALL_NAMES.map(str::to_owned).to_vec(),
            nonce: None,
            access_token_for_hash: None,
            require: Vec::new(),
            leeway: DEFAULT_LEEWAY,
        }
    }

    /// A user's access token of this issuer; `audiences` are those that were asked for (may be empty).
    pub fn access(issuer: &Issuer, audiences: &[String]) -> Self {
        let expectation = Self {
            issuer: Some(issuer.as_str().to_owned()),
            audiences: audiences.to_vec(),
            token_use: Some(TokenUse::Access),
            ..Self::anything()
        };
        if issuer.is_kinde_host() { expectation.with_kinde_algorithms() } else { expectation }
    }

    /// The same for a token of the client credentials grant.
    pub fn machine(issuer: &Issuer, audiences: &[String]) -> Self {
        Self { token_use: Some(TokenUse::MachineToMachine), ..Self::access(issuer, audiences) }
    }

    /// An ID token of this issuer for this client. Add `nonce` and `access_token_for_hash` where they are known.
    pub fn id_token(issuer: &Issuer, client_id: &str) -> Self {
        Self { client_id: Some(client_id.to_owned()), token_use: Some(TokenUse::Id), ..Self::access(issuer, &[]) }
    }

    /// Narrows the allowed algorithms to what this provider signs with: RS256 for Kinde on any domain; for the ID
    /// tokens of others what their metadata lists.
    pub fn for_provider(mut self, provider: &ProviderMetadata) -> Self {
        if provider.is_kinde() {
            return self.with_kinde_algorithms();
        }
        let listed = &provider.id_token_signing_algorithms;
        if self.token_use == Some(TokenUse::Id) && !listed.is_empty() {
            self.algorithms.retain(|algorithm| listed.contains(algorithm));
        }
        self
    }

    /// Kinde signs with RS256 and nothing else (kinde.md 6.1).
    fn with_kinde_algorithms(self) -> Self {
        Self { algorithms: vec!["RS256".to_owned()], ..self }
    }
}

/// Makes every check that `expectation` asks for. Never fails; what cannot be checked is skipped with a reason.
///
/// Checks without a meaning for the token are left out: `nonce` for an access token, permissions when nothing is
/// required. The verdict holds for `now`; ask again when the token's `exp`, `nbf` or `iat` is passed.
pub fn verify(token: &str, keys: Keys<'_>, expectation: &Expectation, now: Timestamp) -> Verdict {
    let inspection = inspect::inspect(token);
    let context = Context { token: &inspection, expectation, now };
    let mut checks = vec![signature::structure(&context)];
    if inspection.form == TokenForm::Jwt {
        let (clean, _) = inspect::unwrap_pasted(token);
        checks.extend(signature::checks(&context, &clean, keys));
        checks.extend(parties::checks(&context));
        checks.extend(times::checks(&context));
        checks.extend(purpose::checks(&context));
        checks.extend(required::checks(&context));
    } else {
        checks.push(check(CheckId::Signature, Outcome::Skipped, "There is no signature to check"));
        checks.extend(required::skipped(&context));
    }
    checks.sort_by_key(|check| check.id);
    Verdict { checks }
}

/// What a request needs (`# @require`) against what a token grants, without looking at anything else of it.
pub fn required(token: &Inspection, require: &[Requirement]) -> Vec<Check> {
    let expectation = Expectation { require: require.to_vec(), ..Expectation::anything() };
    required::checks(&Context { token, expectation: &expectation, now: Timestamp::from_seconds(0) })
}

/// What every check looks at.
struct Context<'a> {
    token: &'a Inspection,
    expectation: &'a Expectation,
    now: Timestamp,
}

impl Context<'_> {
    /// The rules that apply: those of the expected kind, else of the kind that the token seems to be.
    fn judged_as(&self) -> TokenUse {
        match self.expectation.token_use {
            Some(TokenUse::Unknown) | None => self.token.token_use(),
            Some(expected) => expected,
        }
    }

    fn leeway(&self) -> String {
        crate::token::describe::length(self.expectation.leeway)
    }
}

fn check(id: CheckId, outcome: Outcome, reason: impl Into<String>) -> Check {
    Check { id, outcome, reason: reason.into() }
}

#[cfg(test)]
mod tests;
