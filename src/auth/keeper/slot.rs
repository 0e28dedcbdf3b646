//! What the keeper has in memory of one session, and the questions that are decided from it alone.

use std::time::Duration;

use futures_util::future::Shared;

use crate::auth::error::AuthError;
use crate::auth::keeper::flight::Purpose;
use crate::auth::keeper::{Freshness, fingerprint};
use crate::model::port::BoxFuture;
use crate::model::session::TokenSet;
use crate::model::time::Timestamp;
use crate::redact::RefreshToken;

/// How long before its expiry an access token is due (design.md section 4).
const AHEAD: Duration = Duration::from_mins(1);

/// The pause after a refresh that brought nothing new, or failed while the old token is still good.
const REST: Duration = Duration::from_secs(10);

/// The pause between two attempts to store what could not be stored.
const SAVE_AGAIN: Duration = Duration::from_secs(30);

/// A renewal under way; clones wait for the same one.
pub(super) type Flight = Shared<BoxFuture<'static, Result<TokenSet, AuthError>>>;

/// One session.
#[derive(Default)]
pub(super) struct Slot {
    /// As last read from the vault or written to it, or kept because it could not be.
    pub tokens: Option<TokenSet>,
    /// The renewal under way and what it is for.
    pub flight: Option<(Flight, Purpose)>,
    /// `tokens` are newer than the vault's; tried to store at this time.
    unsaved_since: Option<Timestamp>,
    /// What the vault held when it was last looked at.
    in_vault: Seen,
    /// The refresh token that the provider refused, by its fingerprint.
    dead: Option<String>,
    /// This access token (by its fingerprint) is not due before that time.
    rest: Option<(String, Timestamp)>,
}

/// What a look into the vault showed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Seen {
    /// Nobody has looked.
    #[default]
    Unknown,
    /// No session.
    Nothing,
    /// A session, by the fingerprints of its tokens.
    Session(String, Option<String>),
}

impl Seen {
    fn of(stored: Option<&TokenSet>) -> Self {
        match stored {
            None => Self::Nothing,
            Some(tokens) => Self::Session(
                fingerprint(tokens.access.expose()),
                tokens.refresh.as_ref().map(|token| fingerprint(token.expose())),
            ),
        }
    }
}

impl Slot {
    /// Does `freshness` ask for another token than this one?
    pub(super) fn wants(&self, freshness: &Freshness, tokens: &TokenSet, now: Timestamp, jitter: Duration) -> bool {
        match freshness {
            Freshness::Forced => true,
            Freshness::IfDue => self.is_due(tokens, now, jitter),
            Freshness::AfterUnauthorized { stale } => {
                fingerprint(tokens.access.expose()) == *stale || self.is_due(tokens, now, jitter)
            }
        }
    }

    fn is_due(&self, tokens: &TokenSet, now: Timestamp, jitter: Duration) -> bool {
        let Some(expires_at) = tokens.expires_at else { return false };
        if let Some((access, until)) = &self.rest
            && now < *until
            && fingerprint(tokens.access.expose()) == *access
        {
            return false;
        }
        // A token that lives for a minute must not be due from its birth.
        let life = expires_at.since(tokens.obtained_at);
        now.plus((AHEAD + jitter).min(life / 2)) >= expires_at
    }

    /// The same access token came again, as Kinde does until it expires: asking again before is in vain.
    pub(super) fn rest_until_expiry(&mut self, tokens: &TokenSet, now: Timestamp) {
        let soonest = now.plus(REST);
        let until = tokens.expires_at.map_or(soonest, |at| at.max(soonest));
        self.rest = Some((fingerprint(tokens.access.expose()), until));
    }

    /// A refresh failed for a passing reason.
    pub(super) fn rest_a_moment(&mut self, tokens: &TokenSet, now: Timestamp) {
        self.rest = Some((fingerprint(tokens.access.expose()), now.plus(REST)));
    }

    /// Takes what the vault holds, unless memory has something newer; gives what counts. What could not be stored is
    /// newer as long as the vault holds what it held then: another content is somebody's later login, refresh or
    /// logout. Clocks have no say in it; they jump.
    pub(super) fn take_in(&mut self, stored: Option<TokenSet>) -> Option<TokenSet> {
        let seen = Seen::of(stored.as_ref());
        let is_changed = self.in_vault != Seen::Unknown && self.in_vault != seen;
        if self.unsaved_since.is_none() || is_changed {
            self.unsaved_since = None;
            self.tokens = stored;
        }
        self.in_vault = seen;
        self.tokens.clone()
    }

    /// These tokens are in the vault.
    pub(super) fn keep(&mut self, tokens: TokenSet) {
        self.in_vault = Seen::of(Some(&tokens));
        self.tokens = Some(tokens);
        self.unsaved_since = None;
    }

    /// These tokens could not be stored.
    pub(super) fn keep_unsaved(&mut self, tokens: TokenSet, now: Timestamp) {
        self.tokens = Some(tokens);
        self.unsaved_since = Some(now);
    }

    /// What could not be stored.
    pub(super) fn unsaved(&self) -> Option<TokenSet> {
        self.unsaved_since.and(self.tokens.clone())
    }

    /// Is it time to try again to store it?
    pub(super) fn should_save(&self, now: Timestamp) -> bool {
        self.unsaved_since.is_some_and(|since| now.since(since) >= SAVE_AGAIN)
    }

    /// A login: nothing of the session before counts any more.
    pub(super) fn begin_anew(&mut self) {
        self.dead = None;
        self.rest = None;
    }

    /// A logout. A flight under way stays: it finds the vault empty.
    pub(super) fn clear(&mut self) {
        self.tokens = None;
        self.unsaved_since = None;
        self.begin_anew();
    }

    /// Forgets what the vault has too.
    pub(super) fn forget_stored(&mut self) {
        if self.unsaved_since.is_none() {
            self.tokens = None;
            self.rest = None;
        }
    }

    /// The provider refused this refresh token for good.
    pub(super) fn bury(&mut self, refresh: &RefreshToken) {
        self.dead = Some(fingerprint(refresh.expose()));
    }

    /// Was this refresh token refused before?
    pub(super) fn is_dead(&self, refresh: &RefreshToken) -> bool {
        self.dead.as_ref() == Some(&fingerprint(refresh.expose()))
    }
}
