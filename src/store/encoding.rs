//! Sessions as bytes, for the two vaults that outlive the process.
//!
//! The secret types have no serde on purpose; the private structures here borrow from them and from buffers
//! that are wiped, and exist only while a session is written or read.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::model::identity::IdentityName;
use crate::model::port::VaultError;
use crate::model::session::{SessionKey, TokenSet};
use crate::model::time::Timestamp;
use crate::redact::{AccessToken, IdToken, RefreshToken};

/// Whose session it is.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredKey<'a> {
    #[serde(borrow)]
    issuer: Cow<'a, str>,
    #[serde(borrow)]
    client_id: Cow<'a, str>,
    #[serde(borrow)]
    identity: Cow<'a, str>,
}

impl<'a> StoredKey<'a> {
    pub(super) fn of(key: &'a SessionKey) -> Self {
        Self {
            issuer: Cow::Borrowed(&key.issuer),
            client_id: Cow::Borrowed(&key.client_id),
            identity: Cow::Borrowed(key.identity.as_str()),
        }
    }

    pub(super) fn to_key(&self) -> SessionKey {
        SessionKey {
            issuer: self.issuer.clone().into_owned(),
            client_id: self.client_id.clone().into_owned(),
            identity: IdentityName::new(self.identity.clone()),
        }
    }
}

/// What is known of a session besides its tokens; no secret.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredMetadata<'a> {
    #[serde(borrow, flatten)]
    key: StoredKey<'a>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    scope: Option<Cow<'a, str>>,
    obtained_at_ms: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_at_ms: Option<i64>,
}

impl<'a> StoredMetadata<'a> {
    pub(super) fn of(key: &'a SessionKey, tokens: &'a TokenSet) -> Self {
        Self {
            key: StoredKey::of(key),
            scope: tokens.scope.as_deref().map(Cow::Borrowed),
            obtained_at_ms: tokens.obtained_at.millis(),
            expires_at_ms: tokens.expires_at.map(Timestamp::millis),
        }
    }

    pub(super) fn key(&self) -> SessionKey {
        self.key.to_key()
    }

    /// The session, with its tokens put back.
    pub(super) fn with_tokens(&self, access: &str, id: Option<&str>, refresh: Option<&str>) -> TokenSet {
        TokenSet {
            access: AccessToken::new(access),
            id: id.map(IdToken::new),
            refresh: refresh.map(RefreshToken::new),
            scope: self.scope.as_deref().map(str::to_owned),
            obtained_at: Timestamp::from_millis(self.obtained_at_ms),
            expires_at: self.expires_at_ms.map(Timestamp::from_millis),
        }
    }
}

/// A whole session in the file vault.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredSession<'a> {
    #[serde(borrow)]
    pub(super) metadata: StoredMetadata<'a>,
    #[serde(borrow)]
    access: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    id: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    refresh: Option<Cow<'a, str>>,
}

impl<'a> StoredSession<'a> {
    pub(super) fn of(key: &'a SessionKey, tokens: &'a TokenSet) -> Self {
        Self {
            metadata: StoredMetadata::of(key, tokens),
            access: Cow::Borrowed(tokens.access.expose()),
            id: tokens.id.as_ref().map(|id| Cow::Borrowed(id.expose())),
            refresh: tokens.refresh.as_ref().map(|refresh| Cow::Borrowed(refresh.expose())),
        }
    }

    pub(super) fn to_tokens(&self) -> TokenSet {
        self.metadata.with_tokens(&self.access, self.id.as_deref(), self.refresh.as_deref())
    }

    /// Room that its JSON needs when nothing is escaped.
    pub(super) fn size_hint(&self) -> usize {
        let optional = |text: &Option<Cow<'_, str>>| text.as_deref().map_or(0, str::len);
        512 + self.access.len() + optional(&self.id) + optional(&self.refresh) + optional(&self.metadata.scope)
    }
}

/// `value` as JSON in a buffer that is wiped.
///
/// `size_hint` avoids growing the buffer, because growing leaves a copy behind that nobody wipes.
pub(super) fn to_json(value: &impl Serialize, size_hint: usize) -> Result<Zeroizing<String>, VaultError> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(size_hint));
    serde_json::to_writer(&mut *bytes, value).map_err(|error| damaged(&error))?;
    // Moved, not copied: the buffer is wiped by its new owner.
    String::from_utf8(std::mem::take(&mut *bytes))
        .map(Zeroizing::new)
        .map_err(|_| VaultError::Other("a session could not be written down".to_owned()))
}

/// Reads JSON; what it borrows stays in `text`.
pub(super) fn from_json<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, VaultError> {
    serde_json::from_str(text).map_err(|error| damaged(&error))
}

/// Says where, never what: serde's own words quote the value that it did not expect.
fn damaged(error: &serde_json::Error) -> VaultError {
    VaultError::Damaged(format!("unexpected content at byte {} of line {}", error.column(), error.line()))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Any session, also with tokens that no provider would give.
    pub(in crate::store) fn any_session() -> impl Strategy<Value = (SessionKey, TokenSet)> {
        let key = (any::<String>(), any::<String>(), any::<String>());
        let tokens = (any::<String>(), any::<Option<String>>(), any::<Option<String>>(), any::<Option<String>>());
        (key, tokens, any::<i64>(), any::<Option<i64>>()).prop_map(
            |((issuer, client_id, identity), (access, id, refresh, scope), obtained_at, expires_at)| {
                let key = SessionKey { issuer, client_id, identity: IdentityName::new(identity) };
                let tokens = TokenSet {
                    access: AccessToken::new(access),
                    id: id.map(IdToken::new),
                    refresh: refresh.map(RefreshToken::new),
                    scope,
                    obtained_at: Timestamp::from_millis(obtained_at),
                    expires_at: expires_at.map(Timestamp::from_millis),
                };
                (key, tokens)
            },
        )
    }

    proptest! {
        #[test]
        fn sessions_come_back((key, tokens) in any_session()) {
            let stored = StoredSession::of(&key, &tokens);
            let text = to_json(&stored, stored.size_hint()).unwrap();
            let read: StoredSession<'_> = from_json(&text).unwrap();
            prop_assert_eq!(read.metadata.key(), key);
            prop_assert_eq!(read.to_tokens(), tokens);
        }

        #[test]
        fn nonsense_is_an_error_without_its_content(text in "\\PC*") {
            if let Err(error) = from_json::<StoredSession<'_>>(&text) {
                prop_assert!(error.to_string().starts_with("the stored session is damaged: unexpected content at byte"));
            }
        }
    }
}
