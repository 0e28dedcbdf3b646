//! The token response (RFC 6749 section 5.1), read leniently: what providers get wrong without harm is taken.
//!
//! `expires_in` may be text or a number, `token_type` any case or missing, `scope` empty (kinde.md 2.3, 3.5). What
//! would be of no use is refused: no access token, one of another type than bearer, or one that no header can carry.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::auth::error::AuthError;
use crate::auth::text;
use crate::model::session::TokenSet;
use crate::model::time::Timestamp;
use crate::redact::{AccessToken, IdToken, RefreshToken};
use crate::token::inspect::{Inspection, TokenForm, inspect};

const UNFIT: &str = "The access token holds characters that no header can carry";

/// What the token endpoint gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenResponse {
    /// The access token.
    pub access: AccessToken,
    /// The ID token, where there is one.
    pub id: Option<IdToken>,
    /// The refresh token, where there is one.
    pub refresh: Option<RefreshToken>,
    /// The granted scope, where it says so.
    pub scope: Option<String>,
    /// How long the access token lives, by the provider's word.
    pub expires_in: Option<Duration>,
}

impl TokenResponse {
    /// An access token alone, as a user pastes it.
    pub fn of_access_token(token: &str) -> Result<Self, AuthError> {
        let access = AccessToken::new(token);
        if !fits_header(access.expose()) {
            return Err(AuthError::BadTokenResponse(UNFIT.to_owned()));
        }
        Ok(Self { access, id: None, refresh: None, scope: None, expires_in: None })
    }

    /// Reads the members of a successful answer.
    pub fn read(members: &Map<String, Value>) -> Result<Self, AuthError> {
        let unusable = |why: String| Err(AuthError::BadTokenResponse(why));
        let text_of = |name: &str| members.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let Some(access) = text_of("access_token") else {
            return unusable("It has no `access_token`".to_owned());
        };
        let access = Self::of_access_token(access)?.access;
        if let Some(kind) = text_of("token_type").filter(|kind| !kind.eq_ignore_ascii_case("bearer")) {
            return unusable(format!("The token type is `{}`; bearcat sends `Bearer` only", text::line(kind)));
        }
        Ok(Self {
            access,
            id: text_of("id_token").map(IdToken::new),
            refresh: text_of("refresh_token").map(RefreshToken::new),
            scope: members.get("scope").and_then(Value::as_str).map(text::line),
            expires_in: members.get("expires_in").and_then(seconds),
        })
    }

    /// The session of a login.
    pub fn into_tokens(self, now: Timestamp) -> TokenSet {
        let expires_at = expiry(&inspect(self.access.expose()), self.expires_in, now);
        TokenSet {
            access: self.access,
            id: self.id,
            refresh: self.refresh,
            scope: self.scope,
            obtained_at: now,
            expires_at,
        }
    }
}

/// When an access token expires: its own `exp`, because a provider may hand out one that has lived for a while
/// (kinde.md 5.1); for an opaque one by `expires_in`.
pub(super) fn expiry(access: &Inspection, expires_in: Option<Duration>, now: Timestamp) -> Option<Timestamp> {
    access.expires_at().or_else(|| expires_in.map(|life| now.plus(life)))
}

/// Is it a JWT that never says when it ends?
pub(super) fn is_endless_jwt(access: &Inspection) -> bool {
    access.form == TokenForm::Jwt && access.expires_at().is_none()
}

/// Visible ASCII: anything else would split or break a header line.
fn fits_header(token: &str) -> bool {
    token.bytes().all(|byte| byte.is_ascii_graphic())
}

/// A number of seconds as a number or as text; nonsense counts as missing.
pub(super) fn seconds(value: &Value) -> Option<Duration> {
    let seconds = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    // A hundred years: beyond, it is no lifetime.
    (0.0..3.2e9).contains(&seconds).then(|| Duration::from_secs(seconds as u64))
}

#[cfg(test)]
mod tests;
