//! Keeps sessions: reads, refreshes, stores and ends them. One state machine per identity.
//!
//! ```text
//!  fresh ── not due ──────────────────────────────────────────▶ tokens of memory or vault
//!    │ due
//!    ▼
//!  flight (one per session and process, joined by everybody who asks)
//!    lock ▶ re-read the vault ── renewed elsewhere ───────────▶ those tokens
//!             │ still due
//!             ▼
//!            post ── invalid_grant ▶ re-read ── unchanged ────▶ session ended: log in again
//!             │                         └ rotated elsewhere ──▶ once more with that token
//!             │     └ network, 5xx, 429 ──────────────────────▶ the old token while it lives, else the error
//!             ▼
//!            store (with read-back) ── fails ▶ keep in memory, tell, try again
//!             ▼
//!            new tokens
//! ```
//! The shell and the commands call it. Invariants: at most one post at a time per session on this machine; nobody sees
//! a new access token before its refresh token is in the vault or known to be kept in memory; a flight is owned by the
//! keeper, so that dropping those who wait for it never drops what was posted.

mod flight;

mod slot;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use url::Url;

use crate::auth::context::AuthContext;
use crate::auth::error::AuthError;
use crate::auth::keeper::flight::Purpose;
use crate::auth::keeper::slot::{Flight, Slot};
use crate::auth::login::{self, Events, LoginEvent, LoginOptions};
use crate::auth::provider::Providers;
use crate::auth::revoke::{self, TokenTypeHint};
use crate::model::identity::{Grant, Identity, IdentityName};
use crate::model::port::{BoxFuture, RefreshLock, Vault, VaultError};
use crate::model::session::{SessionKey, TokenSet};
use crate::token::inspect::fingerprint;

/// Two processes that share a session should not find it due at the same moment.
const LONGEST_JITTER_MILLIS: u64 = 10_000;

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
    /// A refresh failed; the access token that is still valid is used.
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
pub struct SessionKeeper {
    ctx: AuthContext,
    providers: Providers,
    vault: Arc<dyn Vault>,
    lock: Arc<dyn RefreshLock>,
    spawn: Option<Arc<dyn Spawn>>,
    notices: Arc<dyn Fn(KeeperNotice) + Send + Sync>,
    slots: Arc<Mutex<HashMap<SessionKey, Slot>>>,
    jitter: Duration,
}

impl SessionKeeper {
    /// A keeper over these ports.
    ///
    /// Without [`Self::driven_by`], a refresh whose callers were all dropped is kept, and driven on by the next call
    /// of [`Self::fresh`] or [`Self::settle`].
    pub fn new(ctx: AuthContext, providers: Providers, vault: Arc<dyn Vault>, lock: Arc<dyn RefreshLock>) -> Self {
        let mut random = [0; 8];
        ctx.random.fill(&mut random);
        let jitter = Duration::from_millis(u64::from_le_bytes(random) % LONGEST_JITTER_MILLIS);
        Self { ctx, providers, vault, lock, spawn: None, notices: Arc::new(|_| {}), slots: Arc::default(), jitter }
    }

    /// Runs refreshes as tasks of their own, so that they end even if nobody waits.
    pub fn driven_by(self, spawn: Arc<dyn Spawn>) -> Self {
        Self { spawn: Some(spawn), ..self }
    }

    /// Tells `notices` what the user should know.
    pub fn reporting_to(self, notices: Arc<dyn Fn(KeeperNotice) + Send + Sync>) -> Self {
        Self { notices, ..self }
    }

    /// The session as it is now, from memory or the vault: no network. `None`: not signed in.
    pub async fn current(&self, identity: &Identity) -> Result<Option<TokenSet>, AuthError> {
        if identity.name.is_anonymous() {
            return Ok(None);
        }
        let key = SessionKey::of(identity);
        let known = self.slots().get(&key).and_then(|slot| slot.tokens.clone());
        let kept = match known {
            Some(tokens) => Some(tokens),
            None => {
                let stored = self.vault.read(&key).await?;
                self.slots().entry(key).or_default().take_in(stored)
            }
        };
        Ok(match identity.grant {
            Grant::Pasted => self.pasted(identity, kept),
            _ => kept,
        })
    }

    /// Is this session over: its access token has expired, and the provider refused its refresh token for good? Only a
    /// new login helps then.
    pub fn has_ended(&self, identity: &Identity, tokens: &TokenSet) -> bool {
        let has_expired = tokens.expires_at.is_some_and(|at| at <= self.ctx.clock.now());
        let slots = self.slots();
        let slot = slots.get(&SessionKey::of(identity));
        let is_dead = slot.zip(tokens.refresh.as_ref()).is_some_and(|(slot, refresh)| slot.is_dead(refresh));
        has_expired && is_dead
    }

    /// A token pasted at a login, unless it has expired and the environment file has one.
    fn pasted(&self, identity: &Identity, kept: Option<TokenSet>) -> Option<TokenSet> {
        let now = self.ctx.clock.now();
        let is_alive = |tokens: &TokenSet| tokens.expires_at.is_none_or(|at| now < at);
        let of_file = || login::pasted(identity, None, now).ok();
        match kept {
            Some(tokens) if is_alive(&tokens) => Some(tokens),
            expired => of_file().or(expired),
        }
    }

    /// A session that is good to send, refreshed where `freshness` asks for it. Machine tokens are asked for anew,
    /// pasted ones stay as they are.
    pub async fn fresh(&self, identity: &Identity, freshness: Freshness) -> Result<TokenSet, AuthError> {
        loop {
            let current = self.current(identity).await?;
            if let Some(tokens) = self.good_enough(identity, &freshness, current)? {
                return Ok(tokens);
            }
            let (flight, joined) = self.board(identity, Purpose::Refresh(freshness.clone()));
            let result = flight.await;
            if joined.is_none_or(|other| other.covers(&freshness)) {
                return result;
            }
        }
    }

    /// What need not be renewed, or cannot be.
    fn good_enough(
        &self,
        identity: &Identity,
        freshness: &Freshness,
        current: Option<TokenSet>,
    ) -> Result<Option<TokenSet>, AuthError> {
        let Some(tokens) = current else {
            let can_be_had = identity.grant == Grant::ClientCredentials;
            return if can_be_had { Ok(None) } else { Err(AuthError::NotSignedIn(identity.name.clone())) };
        };
        let now = self.ctx.clock.now();
        let is_wanted = match self.slots().get(&SessionKey::of(identity)) {
            Some(slot) => slot.wants(freshness, &tokens, now, self.jitter) || slot.should_save(now),
            None => Slot::default().wants(freshness, &tokens, now, self.jitter),
        };
        if !is_wanted {
            return Ok(Some(tokens));
        }
        match (identity.grant, freshness) {
            (Grant::Pasted, Freshness::IfDue) => Ok(Some(tokens)),
            (Grant::Pasted, _) => Err(AuthError::PastedIsFinal(identity.name.clone())),
            _ => Ok(None),
        }
    }

    /// Joins the flight that is under way, or starts one. The second part is what the joined one is for.
    fn board(&self, identity: &Identity, purpose: Purpose) -> (Flight, Option<Purpose>) {
        let key = SessionKey::of(identity);
        let flight = {
            let mut slots = self.slots();
            let slot = slots.entry(key.clone()).or_default();
            if let Some((flight, purpose)) = &slot.flight {
                return (flight.clone(), Some(purpose.clone()));
            }
            let flight = flight::start(self.clone(), identity.clone(), key, purpose.clone());
            slot.flight = Some((flight.clone(), purpose));
            flight
        };
        if let Some(spawn) = &self.spawn {
            let driven = flight.clone();
            spawn.spawn(Box::pin(async move { drop(driven.await) }));
        }
        (flight, None)
    }

    /// Signs in and stores the session. Tokens that cannot be stored are kept in memory, and the user is told.
    pub async fn login(
        &self,
        identity: &Identity,
        options: LoginOptions,
        events: Events<'_>,
    ) -> Result<TokenSet, AuthError> {
        let tokens = login::login(&self.ctx, &self.providers, identity, options, events).await?;
        events(LoginEvent::Storing);
        match self.store(identity, &tokens).await {
            Err(AuthError::NotStored(error)) => {
                let problem = AuthError::NotStored(error).problem();
                events(LoginEvent::Note(format!("{}. {}", problem.title, problem.hint)));
                Ok(tokens)
            }
            other => other.map(|()| tokens),
        }
    }

    /// Stores the session of a login. When it fails with [`AuthError::NotStored`], the session works all the same:
    /// it is kept in memory.
    pub async fn store(&self, identity: &Identity, tokens: &TokenSet) -> Result<(), AuthError> {
        let key = SessionKey::of(identity);
        self.land(&key).await;
        let guard = self.lock.acquire(&key).await;
        // So that a write that fails is known to be newer than what is there.
        if let Ok(before) = self.vault.read(&key).await {
            self.slots().entry(key.clone()).or_default().take_in(before);
        }
        let stored = match &guard {
            Ok(_) => self.save(identity, &key, tokens).await,
            Err(error) => {
                self.slots().entry(key.clone()).or_default().keep_unsaved(tokens.clone(), self.ctx.clock.now());
                Err(error.clone())
            }
        };
        self.slots().entry(key).or_default().begin_anew();
        stored.map_err(AuthError::NotStored)
    }

    /// Ends the session: revokes at the provider where asked, then forgets it here whatever the provider says.
    pub async fn logout(&self, identity: &Identity, revocation: Revocation) -> Result<LogoutOutcome, AuthError> {
        if identity.name.is_anonymous() {
            return Err(AuthError::Anonymous);
        }
        let key = SessionKey::of(identity);
        self.land(&key).await;
        // Without the lock it goes on: leaving tokens behind would be worse than a race with a refresh elsewhere.
        let _guard = self.lock.acquire(&key).await.ok();
        let known = self.slots().get(&key).and_then(|slot| slot.tokens.clone());
        let session = match self.vault.read(&key).await {
            Ok(stored) => self.slots().entry(key.clone()).or_default().take_in(stored),
            Err(_) => known,
        };

        let revoked = match (&session, revocation) {
            (Some(tokens), Revocation::AtProvider) if identity.grant != Grant::Pasted => {
                Some(self.revoke(identity, tokens).await)
            }
            _ => None,
        };
        self.slots().entry(key.clone()).or_default().clear();
        self.vault.clear(&key).await?;
        let has_page = matches!(identity.grant, Grant::AuthorizationCode | Grant::DeviceAuthorization);
        let metadata = if has_page { self.providers.metadata(&self.ctx, identity).await.ok() } else { None };
        let end_session = metadata.and_then(|metadata| revoke::end_session_url(identity, &metadata, None));
        Ok(LogoutOutcome { revoked, end_session })
    }

    /// The refresh token first: where revoking it ends the whole grant, the access token's turn is a formality that
    /// may be refused.
    async fn revoke(&self, identity: &Identity, tokens: &TokenSet) -> Result<(), AuthError> {
        let metadata = self.providers.metadata(&self.ctx, identity).await?;
        let revoke = async |token: &str, hint| revoke::revoke(&self.ctx, identity, &metadata, token, hint).await;
        let Some(refresh) = &tokens.refresh else {
            return revoke(tokens.access.expose(), TokenTypeHint::Access).await;
        };
        revoke(refresh.expose(), TokenTypeHint::Refresh).await?;
        match revoke(tokens.access.expose(), TokenTypeHint::Access).await {
            Err(AuthError::Refused { .. }) => Ok(()),
            other => other,
        }
    }

    /// Gets an access token with new claims from a provider that returns the same one until it expires (Kinde):
    /// revokes the access token, refreshes, and returns both for comparison. Nothing is revoked that cannot be refreshed;
    /// a failure after the revocation is [`AuthError::RenewalInterrupted`], and the refresh token is kept.
    pub async fn renew_claims(&self, identity: &Identity) -> Result<Renewed, AuthError> {
        if identity.grant == Grant::Pasted {
            return Err(AuthError::PastedIsFinal(identity.name.clone()));
        }
        let old = self.current(identity).await?;
        let old = old.ok_or_else(|| AuthError::NotSignedIn(identity.name.clone()))?;
        loop {
            let (flight, joined) = self.board(identity, Purpose::Renew);
            let result = flight.await;
            if joined.is_none_or(|other| other == Purpose::Renew) {
                return Ok(Renewed { old, new: result? });
            }
        }
    }

    /// Forgets what memory holds of an identity, so that the vault is read anew. What could not be stored stays.
    pub fn reload(&self, identity: &Identity) {
        if let Some(slot) = self.slots().get_mut(&SessionKey::of(identity)) {
            slot.forget_stored();
        }
    }

    /// Drives every refresh under way to its end and stores what could not be stored before: call it at exit.
    pub async fn settle(&self) {
        let keys: Vec<SessionKey> = self.slots().keys().cloned().collect();
        for key in keys {
            self.land(&key).await;
            if self.slots().get(&key).and_then(Slot::unsaved).is_none() {
                continue;
            }
            let Ok(_guard) = self.lock.acquire(&key).await else { continue };
            // Another process may have stored something newer meanwhile: that stays.
            let stored = self.vault.read(&key).await;
            let unsaved = {
                let mut slots = self.slots();
                let slot = slots.entry(key.clone()).or_default();
                if let Ok(stored) = stored {
                    slot.take_in(stored);
                }
                slot.unsaved()
            };
            if let Some(tokens) = unsaved
                && self.vault.write(&key, &tokens).await.is_ok()
                && let Some(slot) = self.slots().get_mut(&key)
            {
                slot.keep(tokens);
            }
        }
    }

    /// Waits for the flight under way, if there is one.
    async fn land(&self, key: &SessionKey) {
        let flight = self.slots().get(key).and_then(|slot| slot.flight.as_ref().map(|(flight, _)| flight.clone()));
        if let Some(flight) = flight {
            drop(flight.await);
        }
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<SessionKey, Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, notice: KeeperNotice) {
        (self.notices)(notice);
    }
}

#[cfg(test)]
mod tests;
