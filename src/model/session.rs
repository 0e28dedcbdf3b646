//! Sessions: the tokens that an identity holds now, and where they are kept.

use crate::model::identity::{Identity, IdentityName};
use crate::model::time::Timestamp;
use crate::redact::{AccessToken, IdToken, RefreshToken};

/// The tokens of one sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenSet {
    /// The access token.
    pub access: AccessToken,
    /// The ID token, where the scope held `openid`.
    pub id: Option<IdToken>,
    /// The refresh token, where the provider gave one.
    pub refresh: Option<RefreshToken>,
    /// The scope that the provider granted, as it said it; may be empty.
    pub scope: Option<String>,
    /// When the provider answered.
    pub obtained_at: Timestamp,
    /// When the access token expires: its own `exp` if it is a JWT, else reckoned from `expires_in`.
    pub expires_at: Option<Timestamp>,
}

/// Which session: one per issuer, client and identity. The vault's entries are named after it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionKey {
    /// The issuer's text, followed by the endpoints that the identity sets itself: a file that names another endpoint
    /// must not get the tokens of the session before. Empty for pasted tokens.
    pub issuer: String,
    /// The client id; empty where the provider has a default client.
    pub client_id: String,
    /// The identity.
    pub identity: IdentityName,
}

impl SessionKey {
    /// The key of `identity`'s session.
    pub fn of(identity: &Identity) -> Self {
        let endpoints = &identity.endpoints;
        let issuer = identity.issuer.as_ref().map(|issuer| issuer.base().to_owned());
        let own = [&endpoints.token, &endpoints.revocation].into_iter().flatten().map(ToString::to_string);
        let issuer = issuer.into_iter().chain(own).collect::<Vec<_>>().join(" ");
        Self { issuer, client_id: identity.client_id.clone().unwrap_or_default(), identity: identity.name.clone() }
    }
}

/// Which token of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TokenKind {
    /// The access token.
    Access,
    /// The ID token.
    Id,
    /// The refresh token.
    Refresh,
}

impl TokenKind {
    /// All kinds, in the order in which screens show them.
    pub const ALL: [Self; 3] = [Self::Access, Self::Id, Self::Refresh];

    /// The short name: `access`, `id`, `refresh`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Id => "id",
            Self::Refresh => "refresh",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::identity::{Grant, Issuer};

    #[test]
    fn another_endpoint_is_another_session() {
        let mut identity = Identity::new("jane", Grant::DeviceAuthorization);
        identity.issuer = Some(Issuer::parse("https://acme.kinde.com/").unwrap());
        let plain = SessionKey::of(&identity);
        assert_eq!(plain.issuer, "https://acme.kinde.com");
        identity.endpoints.token = Some("https://evil.example/token".parse().unwrap());
        assert_ne!(SessionKey::of(&identity), plain);
        identity.endpoints.token = None;
        identity.endpoints.revocation = Some("https://evil.example/revoke".parse().unwrap());
        assert_ne!(SessionKey::of(&identity), plain);
    }
}
