//! Keeps sessions: reads, refreshes, stores and ends them. One state machine per identity.

use std::sync::Arc;

use url::Url;

use crate::auth::context::AuthContext;
use crate::auth::error::AuthError;
use crate::auth::login::{Events, LoginOptions};
use crate::auth::provider::Providers;
use crate::model::identity::{Identity, IdentityName};
use crate::model::port::{BoxFuture, RefreshLock, Vault, VaultError};
use crate::model::session::TokenSet;

/// When a session has to be renewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Freshness {
    /// If the access token expires within a minute.
    IfDue,
    /// If the access token is still the one that an API refused with 401.
    AfterUnauthorized {
        /// The fingerprint of the refused token ([`crate::token::inspect::fingerprint`]).
        stale: String,
    },
    /// In any case.
    Forced,
}

/// What a logout does besides forgetting the tokens here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Revocation {
    /// Revoke them at the provider.
    #[default]
    AtProvider,
    /// Leave them to expire.
    Skip,
}

/// How a logout ended; the tokens are gone from this machine in any case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutOutcome {
    /// Were they revoked? `None`: there was nothing to revoke, or it was not asked for.
    pub revoked: Option<Result<(), AuthError>>,
    /// Open this in the browser to end the browser session too.
    pub end_session: Option<Url>,
}

/// The tokens before and after claims were renewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renewed {
    /// Before.
    pub old: TokenSet,
    /// After.
    pub new: TokenSet,
}

/// Something about a session that the user should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeeperNotice {
    /// New tokens could not be stored; they are kept in memory, and it is tried again.
    NotStored {
        /// Whose.
        identity: IdentityName,
        /// Why.
        error: VaultError,
    },
    /// They are stored now.
    StoredAtLast {
        /// Whose.
        identity: IdentityName,
    },
    /// A refresh failed for a passing reason; the access token that is still valid is used.
    Postponed {
        /// Whose.
        identity: IdentityName,
        /// Why.
        error: AuthError,
    },
    /// Anything else.
    Note {
        /// Whose.
        identity: IdentityName,
        /// One sentence.
        text: String,
    },
}

/// Drives a posted refresh to its end when everybody who waited for it has gone.
pub trait Spawn: Send + Sync {
    /// Runs `task` in the background.
    fn spawn(&self, task: BoxFuture<'static, ()>);
}

impl<F: Fn(BoxFuture<'static, ()>) + Send + Sync> Spawn for F {
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        self(task);
    }
}

/// Keeps sessions. Clones share everything.
#[derive(Clone)]
pub struct SessionKeeper {}

impl SessionKeeper {
    /// A keeper over these ports.
    ///
    /// Without [`Self::driven_by`], a refresh whose callers were all dropped is kept and driven on by the next call
    /// of [`Self::fresh`] or [`Self::settle`].
    pub fn new(ctx: AuthContext, providers: Providers, vault: Arc<dyn Vault>, lock: Arc<dyn RefreshLock>) -> Self {
        let _ = (ctx, providers, vault, lock);
        Self {}
    }

    /// Runs refreshes as tasks of their own, so that they end even if nobody waits.
    pub fn driven_by(self, spawn: Arc<dyn Spawn>) -> Self {
        let _ = spawn;
        self
    }

    /// Tells `notices` what the user should know.
    pub fn reporting_to(self, notices: Arc<dyn Fn(KeeperNotice) + Send + Sync>) -> Self {
        let _ = notices;
        self
    }

    /// The session as it is now, from memory or the vault: no network. `None`: not signed in.
    pub async fn current(&self, identity: &Identity) -> Result<Option<TokenSet>, AuthError> {
        let _ = identity;
        Ok(None)
    }

    /// A session that is good to send, refreshed where `freshness` asks for it.
    pub async fn fresh(&self, identity: &Identity, freshness: Freshness) -> Result<TokenSet, AuthError> {
        let _ = freshness;
        Err(AuthError::NotSignedIn(identity.name.clone()))
    }

    /// Signs in and stores the session.
    pub async fn login(
        &self,
        identity: &Identity,
        options: LoginOptions,
        events: Events<'_>,
    ) -> Result<TokenSet, AuthError> {
        let _ = (options, events);
        Err(AuthError::NotSignedIn(identity.name.clone()))
    }

    /// Stores the session of a login. When it fails with [`AuthError::NotStored`], the session works all the same:
    /// it is kept in memory.
    pub async fn store(&self, identity: &Identity, tokens: &TokenSet) -> Result<(), AuthError> {
        let _ = (identity, tokens);
        Ok(())
    }

    /// Ends the session: revokes at the provider where asked, then forgets it here whatever the provider says.
    pub async fn logout(&self, identity: &Identity, revocation: Revocation) -> Result<LogoutOutcome, AuthError> {
        let _ = (identity, revocation);
        Ok(LogoutOutcome { revoked: None, end_session: None })
    }

    /// Gets an access token with new claims from a provider that returns the same one until it expires (Kinde):
    /// revokes the access token, refreshes, and returns both for comparison.
    pub async fn renew_claims(&self, identity: &Identity) -> Result<Renewed, AuthError> {
        Err(AuthError::NotSignedIn(identity.name.clone()))
    }

    /// Forgets what memory holds of an identity, so that the vault is read anew.
    pub fn reload(&self, identity: &Identity) {
        let _ = identity;
    }

    /// Drives every refresh under way to its end and stores what could not be stored before: call it at exit.
    pub async fn settle(&self) {}
}
