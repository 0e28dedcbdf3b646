//! One renewal of one session, from the lock to the vault: see the diagram in [`super`].

use std::time::Duration;

use futures_util::FutureExt;

use crate::auth::answer;
use crate::auth::client_credentials;
use crate::auth::error::AuthError;
use crate::auth::keeper::slot::Flight;
use crate::auth::keeper::{Freshness, KeeperNotice, SessionKeeper};
use crate::auth::refresh;
use crate::auth::revoke::{self, TokenTypeHint};
use crate::auth::token_response::TokenResponse;
use crate::model::identity::{Grant, Identity};
use crate::model::port::VaultError;
use crate::model::provider::ProviderMetadata;
use crate::model::session::{SessionKey, TokenSet};
use crate::model::wire::WireResponse;
use crate::redact::RefreshToken;

/// Pauses between attempts to store a rotated token.
const SAVE_PAUSES: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(2)];

/// What a flight is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A refresh.
    Refresh(Freshness),
    /// Revoke the access token, then refresh.
    Renew,
}

impl Purpose {
    /// Does its result answer to `freshness`? Otherwise whoever joined it looks again at what there is then.
    pub(super) fn covers(&self, freshness: &Freshness) -> bool {
        match (self, freshness) {
            (_, Freshness::IfDue) | (Self::Renew | Self::Refresh(Freshness::Forced), _) => true,
            (Self::Refresh(own), other) => own == other,
        }
    }
}

/// Takes the flight off the slot when it ends, also by a panic.
struct Landing {
    keeper: SessionKeeper,
    key: SessionKey,
}

impl Drop for Landing {
    fn drop(&mut self) {
        let flight = self.keeper.slots().get_mut(&self.key).and_then(|slot| slot.flight.take());
        // Only now that the lock is free again.
        drop(flight);
    }
}

/// A flight that nobody has polled yet.
pub(super) fn start(keeper: SessionKeeper, identity: Identity, key: SessionKey, purpose: Purpose) -> Flight {
    let landing = Landing { keeper: keeper.clone(), key: key.clone() };
    let flight = async move {
        let _landing = landing;
        keeper.fly(&identity, &key, &purpose).await
    };
    flight.boxed().shared()
}

impl SessionKeeper {
    async fn fly(&self, identity: &Identity, key: &SessionKey, purpose: &Purpose) -> Result<TokenSet, AuthError> {
        let result = self.renew_locked(identity, key, purpose).await;
        match result {
            Err(error) if *purpose == Purpose::Refresh(Freshness::IfDue) => self.postpone(identity, key, error),
            other => other,
        }
    }

    /// What keeps us from a new access token is no reason to refuse one that is still good.
    fn postpone(&self, identity: &Identity, key: &SessionKey, error: AuthError) -> Result<TokenSet, AuthError> {
        let is_harmless =
            matches!(error, AuthError::Vault(_) | AuthError::NoRefreshToken(_) | AuthError::SessionEnded { .. });
        let now = self.ctx.clock.now();
        let known = self.slots().get(key).and_then(|slot| slot.tokens.clone());
        let alive = known.filter(|tokens| tokens.expires_at.is_none_or(|at| now < at));
        let Some(tokens) = alive.filter(|_| is_harmless || error.is_passing()) else { return Err(error) };
        if let Some(slot) = self.slots().get_mut(key) {
            slot.rest_a_moment(&tokens, now);
        }
        if !matches!(error, AuthError::NoRefreshToken(_)) {
            self.tell(KeeperNotice::Postponed { identity: identity.name.clone(), error });
        }
        Ok(tokens)
    }

    async fn renew_locked(
        &self,
        identity: &Identity,
        key: &SessionKey,
        purpose: &Purpose,
    ) -> Result<TokenSet, AuthError> {
        let _guard = self.lock.acquire(key).await?;
        let session = self.reread(identity, key).await?;
        let Some(session) = session else {
            return match identity.grant {
                Grant::ClientCredentials => self.acquire(identity, key).await,
                _ => Err(AuthError::NotSignedIn(identity.name.clone())),
            };
        };
        let now = self.ctx.clock.now();
        if let Purpose::Refresh(freshness) = purpose
            && !self.slots().entry(key.clone()).or_default().wants(freshness, &session, now, self.jitter)
        {
            return Ok(session);
        }
        let metadata = self.providers.metadata(&self.ctx, identity).await?;
        if *purpose == Purpose::Renew {
            if identity.grant != Grant::ClientCredentials {
                // What cannot be refreshed must not be revoked: the session would be gone.
                self.usable_refresh_token(identity, key, &session)?;
            }
            let access = session.access.expose();
            revoke::revoke(&self.ctx, identity, &metadata, access, TokenTypeHint::Access).await?;
        }
        let renewed = match identity.grant {
            Grant::ClientCredentials => self.acquire(identity, key).await,
            _ => self.refresh(identity, key, &metadata, session, purpose).await,
        };
        match purpose {
            Purpose::Renew => renewed.map_err(|error| AuthError::RenewalInterrupted(Box::new(error))),
            Purpose::Refresh(_) => renewed,
        }
    }

    /// The session as the vault has it now, under the lock: another process may have renewed or ended it.
    async fn reread(&self, identity: &Identity, key: &SessionKey) -> Result<Option<TokenSet>, AuthError> {
        let stored = self.vault.read(key).await;
        let (session, unsaved) = {
            let mut slots = self.slots();
            let slot = slots.entry(key.clone()).or_default();
            let session = stored.map(|stored| slot.take_in(stored));
            (session, slot.unsaved())
        };
        let Some(unsaved) = unsaved else { return Ok(session?) };
        // Memory has what the vault would have, had it taken it.
        self.save_once(identity, key, &unsaved).await;
        Ok(Some(unsaved))
    }

    async fn acquire(&self, identity: &Identity, key: &SessionKey) -> Result<TokenSet, AuthError> {
        let metadata = self.providers.metadata(&self.ctx, identity).await?;
        let (answer, response) = client_credentials::acquire(&self.ctx, identity, &metadata).await?;
        let tokens = answer.into_tokens(self.ctx.clock.now());
        // A machine token that cannot be stored is asked for again by the next process: told, but no error.
        drop(self.save(identity, key, &tokens).await);
        self.after_answer(identity, &response);
        Ok(tokens)
    }

    async fn refresh(
        &self,
        identity: &Identity,
        key: &SessionKey,
        metadata: &ProviderMetadata,
        session: TokenSet,
        purpose: &Purpose,
    ) -> Result<TokenSet, AuthError> {
        let refresh = self.usable_refresh_token(identity, key, &session)?;
        let refused = match refresh::post(&self.ctx, identity, metadata, &refresh).await {
            Err(error) if error.is_invalid_grant() => error,
            other => return self.take_answer(identity, key, &session, other?).await,
        };
        // Somebody who does not keep our lock may have rotated it: only the vault can tell.
        let stored = self.vault.read(key).await?;
        let Some(other) = stored.filter(|other| other.refresh.as_ref() != Some(&refresh)) else {
            return Err(self.ended(identity, key, &refresh, refused));
        };
        self.slots().entry(key.clone()).or_default().keep(other.clone());
        self.tell(KeeperNotice::Note {
            identity: identity.name.clone(),
            text: "The session was renewed elsewhere at the same moment; its new tokens are used".to_owned(),
        });
        let now = self.ctx.clock.now();
        let is_due = self.slots().entry(key.clone()).or_default().wants(&Freshness::IfDue, &other, now, self.jitter);
        if !is_due && *purpose != Purpose::Renew {
            return Ok(other);
        }
        let refresh = self.usable_refresh_token(identity, key, &other)?;
        match refresh::post(&self.ctx, identity, metadata, &refresh).await {
            Err(error) if error.is_invalid_grant() => Err(self.ended(identity, key, &refresh, error)),
            answer => self.take_answer(identity, key, &other, answer?).await,
        }
    }

    fn usable_refresh_token(
        &self,
        identity: &Identity,
        key: &SessionKey,
        session: &TokenSet,
    ) -> Result<RefreshToken, AuthError> {
        let refresh = session.refresh.clone().ok_or_else(|| AuthError::NoRefreshToken(identity.name.clone()))?;
        if self.slots().get(key).is_some_and(|slot| slot.is_dead(&refresh)) {
            return Err(AuthError::SessionEnded { identity: identity.name.clone(), description: None });
        }
        Ok(refresh)
    }

    fn ended(&self, identity: &Identity, key: &SessionKey, refresh: &RefreshToken, error: AuthError) -> AuthError {
        self.slots().entry(key.clone()).or_default().bury(refresh);
        let description = match error {
            AuthError::Refused { refusal, .. } => refusal.description,
            _ => None,
        };
        AuthError::SessionEnded { identity: identity.name.clone(), description }
    }

    /// Stores first, then says whether the new access token may be used.
    async fn take_answer(
        &self,
        identity: &Identity,
        key: &SessionKey,
        old: &TokenSet,
        (answer, response): (TokenResponse, WireResponse),
    ) -> Result<TokenSet, AuthError> {
        let now = self.ctx.clock.now();
        let refresh::Outcome { tokens, refused } = refresh::merge(old, answer, now);
        if tokens != *old {
            // A failure was told; the tokens are kept in memory and good to use.
            drop(self.save(identity, key, &tokens).await);
        }
        self.after_answer(identity, &response);
        if let Some(error) = refused {
            return Err(error);
        }
        if tokens.access == old.access
            && let Some(slot) = self.slots().get_mut(key)
        {
            slot.rest_until_expiry(&tokens, now);
        }
        Ok(tokens)
    }

    fn after_answer(&self, identity: &Identity, response: &WireResponse) {
        if let Some(text) = answer::clock_note(response, self.ctx.clock.now()) {
            self.tell(KeeperNotice::Note { identity: identity.name.clone(), text });
        }
    }

    /// Writes to the vault, trying again; what cannot be written is kept in memory, and the user is told.
    pub(super) async fn save(
        &self,
        identity: &Identity,
        key: &SessionKey,
        tokens: &TokenSet,
    ) -> Result<(), VaultError> {
        let mut result = self.vault.write(key, tokens).await;
        for pause in SAVE_PAUSES {
            if result.is_ok() {
                break;
            }
            self.ctx.clock.sleep(pause).await;
            result = self.vault.write(key, tokens).await;
        }
        let now = self.ctx.clock.now();
        match &result {
            Ok(()) => self.slots().entry(key.clone()).or_default().keep(tokens.clone()),
            Err(error) => {
                self.slots().entry(key.clone()).or_default().keep_unsaved(tokens.clone(), now);
                self.tell(KeeperNotice::NotStored { identity: identity.name.clone(), error: error.clone() });
            }
        }
        result
    }

    /// One more attempt for what could not be stored.
    async fn save_once(&self, identity: &Identity, key: &SessionKey, tokens: &TokenSet) {
        let result = self.vault.write(key, tokens).await;
        let now = self.ctx.clock.now();
        let mut slots = self.slots();
        let slot = slots.entry(key.clone()).or_default();
        match result {
            Ok(()) => {
                slot.keep(tokens.clone());
                drop(slots);
                self.tell(KeeperNotice::StoredAtLast { identity: identity.name.clone() });
            }
            Err(_) => slot.keep_unsaved(tokens.clone(), now),
        }
    }
}
