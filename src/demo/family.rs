//! A token family: one sign-in and every token that came of it.
//!
//! The rules of kinde.md 5.1 live here without a clock: refresh tokens rotate with a grace, and a refresh hands out
//! the same access token until that expires, is revoked, or the person logs out.

use std::time::Duration;

use crate::demo::faults::Reuse;
use crate::demo::grant::{AccessRequest, SignedIn};
use crate::demo::random;
use crate::model::time::Timestamp;

/// An access token that was handed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedAccess {
    /// The token.
    pub token: String,
    /// Its `jti`.
    pub jti: String,
    /// When it expires.
    pub expires_at: Timestamp,
}

/// The refresh tokens of a family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshChain {
    /// The newest one.
    pub current: String,
    expires_at: Timestamp,
    /// The one before it, and until when it keeps working.
    previous: Option<(String, Timestamp)>,
    spent: Vec<String>,
}

/// One sign-in and its tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenFamily {
    /// Its number.
    pub id: u64,
    /// What was asked for.
    pub request: AccessRequest,
    /// Who signed in.
    pub signed_in: SignedIn,
    /// The access token, while a refresh would hand it out again.
    pub access: Option<IssuedAccess>,
    /// The refresh tokens, if the scope held `offline`.
    pub refresh: Option<RefreshChain>,
    /// Nothing of it is good any more.
    pub is_revoked: bool,
}

/// Why a refresh token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshRefusal {
    /// Revoked, or its family is.
    Revoked,
    /// Too old.
    Expired,
    /// Rotated, and the grace is over.
    Rotated,
}

/// Which place a presented refresh token has in its chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Current,
    Previous { good_until: Timestamp },
    Spent,
}

impl RefreshChain {
    /// Starts a chain.
    pub fn start(now: Timestamp, lifetime: u64) -> Self {
        Self {
            current: random::base64url::<32>(),
            expires_at: now.plus(Duration::from_secs(lifetime)),
            previous: None,
            spent: Vec::new(),
        }
    }

    /// Did this chain ever hold the token?
    pub fn holds(&self, token: &str) -> bool {
        self.place_of(token).is_some()
    }

    fn place_of(&self, token: &str) -> Option<Place> {
        if self.current == token {
            return Some(Place::Current);
        }
        match &self.previous {
            Some((previous, good_until)) if previous == token => Some(Place::Previous { good_until: *good_until }),
            _ => self.spent.iter().any(|spent| spent == token).then_some(Place::Spent),
        }
    }

    fn rotate(&mut self, now: Timestamp, lifetime: u64, grace: u64) {
        let old = std::mem::replace(&mut self.current, random::base64url::<32>());
        let good_until = now.plus(Duration::from_secs(grace));
        self.spent.extend(self.previous.replace((old, good_until)).map(|(token, _)| token));
        self.expires_at = now.plus(Duration::from_secs(lifetime));
    }
}

/// The numbers that a refresh goes by.
#[derive(Debug, Clone, Copy)]
pub struct RefreshRules {
    /// Seconds that a refresh token lives.
    pub lifetime: u64,
    /// Seconds that a rotated one keeps working.
    pub grace: u64,
    /// What late reuse does.
    pub reuse: Reuse,
    /// No rotation at all.
    pub keep: bool,
}

impl TokenFamily {
    /// Takes a refresh token of this family and rotates it. A token in its grace gets the newest one again, so that
    /// two refreshes at once both end with the same pair.
    pub fn take_refresh(&mut self, token: &str, now: Timestamp, rules: RefreshRules) -> Result<(), RefreshRefusal> {
        let Some(chain) = &mut self.refresh else { return Err(RefreshRefusal::Revoked) };
        if self.is_revoked {
            return Err(RefreshRefusal::Revoked);
        }
        if now >= chain.expires_at {
            return Err(RefreshRefusal::Expired);
        }
        match chain.place_of(token) {
            Some(Place::Current) if rules.keep => Ok(()),
            Some(Place::Current) => {
                chain.rotate(now, rules.lifetime, rules.grace);
                Ok(())
            }
            Some(Place::Previous { good_until }) if now < good_until => Ok(()),
            Some(Place::Previous { .. } | Place::Spent) => {
                self.is_revoked = rules.reuse == Reuse::RevokesFamily;
                Err(RefreshRefusal::Rotated)
            }
            None => Err(RefreshRefusal::Revoked),
        }
    }

    /// The access token that a refresh hands out again, if it is still good.
    pub fn living_access(&self, now: Timestamp) -> Option<&IssuedAccess> {
        self.access.as_ref().filter(|access| now < access.expires_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::directory::SPA_CLIENT;
    use crate::demo::grant::ApiScopes;

    const RULES: RefreshRules = RefreshRules { lifetime: 1_000, grace: 30, reuse: Reuse::Refused, keep: false };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn family() -> (TokenFamily, String) {
        let request = AccessRequest {
            client: &SPA_CLIENT,
            issuer: String::new(),
            scopes: Vec::new(),
            api_scopes: ApiScopes::All,
            audiences: Vec::new(),
            org_code: None,
            nonce: None,
            requested_at: 0,
        };
        let signed_in = SignedIn { user_id: String::new(), auth_time: 0, browser: None };
        let chain = RefreshChain::start(at(0), 1_000);
        let first = chain.current.clone();
        (TokenFamily { id: 1, request, signed_in, access: None, refresh: Some(chain), is_revoked: false }, first)
    }

    fn current(family: &TokenFamily) -> String {
        family.refresh.as_ref().unwrap().current.clone()
    }

    #[test]
    fn a_rotated_token_works_for_its_grace_and_gets_the_same_successor() {
        let (mut family, first) = family();
        family.take_refresh(&first, at(10), RULES).unwrap();
        let second = current(&family);
        assert_ne!(first, second);
        family.take_refresh(&first, at(39), RULES).unwrap();
        assert_eq!(current(&family), second);
        assert_eq!(family.take_refresh(&first, at(40), RULES), Err(RefreshRefusal::Rotated));
        family.take_refresh(&second, at(41), RULES).unwrap();
        assert_eq!(family.take_refresh(&first, at(42), RULES), Err(RefreshRefusal::Rotated), "spent for good");
    }

    #[test]
    fn reuse_can_revoke_the_family() {
        let (mut family, first) = family();
        let rules = RefreshRules { reuse: Reuse::RevokesFamily, ..RULES };
        family.take_refresh(&first, at(0), rules).unwrap();
        assert_eq!(family.take_refresh(&first, at(99), rules), Err(RefreshRefusal::Rotated));
        let second = current(&family);
        assert_eq!(family.take_refresh(&second, at(99), rules), Err(RefreshRefusal::Revoked));
    }

    #[test]
    fn tokens_expire_and_can_be_kept() {
        let (mut family, first) = family();
        family.take_refresh(&first, at(999), RefreshRules { keep: true, ..RULES }).unwrap();
        assert_eq!(current(&family), first);
        assert_eq!(family.take_refresh(&first, at(1_000), RULES), Err(RefreshRefusal::Expired));
    }
}
