//! Secrets that the user keeps in the vault by name, for `{{$secret name}}`.
//!
//! Every vault keeps a secret as it keeps a session: under a [`SessionKey`] whose issuer no provider can have. What
//! may be done with it (the origins that it may be sent to) is kept with it, where no file of a workspace can change it.

use crate::model::identity::{IdentityName, Origin};
use crate::model::session::{SessionKey, TokenSet};
use crate::model::time::Timestamp;
use crate::redact::{AccessToken, SecretText};

/// The issuer in the keys of secrets: not a URL, so never a provider's.
const ISSUER: &str = "bearcat:secret";

/// The longest name.
const LONGEST_NAME: usize = 100;

/// The longest secret in bytes.
pub const LONGEST_SECRET: usize = 64 * 1024;

/// Which secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretKey {
    /// Its name.
    pub name: String,
    /// The environment that it is for; `None`: for all that have none of their own.
    pub environment: Option<String>,
}

impl SecretKey {
    /// What a name may be, for error texts.
    pub const NAME_RULE: &'static str = "a name has letters, digits, `-`, `_` and `.`";

    /// Can a secret have this name?
    pub fn is_name(text: &str) -> bool {
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
        !text.is_empty() && text.len() <= LONGEST_NAME && text.chars().all(is_part)
    }

    /// The key under which a vault keeps it.
    pub fn session_key(&self) -> SessionKey {
        SessionKey {
            issuer: ISSUER.to_owned(),
            client_id: self.environment.clone().unwrap_or_default(),
            identity: IdentityName::new(self.name.clone()),
        }
    }

    /// The secret under a vault's key; `None`: a session is kept there.
    pub fn of(key: &SessionKey) -> Option<Self> {
        (key.issuer == ISSUER).then(|| Self {
            name: key.identity.as_str().to_owned(),
            environment: Some(key.client_id.clone()).filter(|environment| !environment.is_empty()),
        })
    }
}

/// A secret as the vault keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSecret {
    /// The value.
    pub value: SecretText,
    /// Where it may be sent besides this machine, without asking.
    pub origins: Vec<Origin>,
    /// When it was set.
    pub set_at: Timestamp,
}

impl StoredSecret {
    /// As a vault keeps it.
    pub fn to_tokens(&self) -> TokenSet {
        let origins: Vec<&str> = self.origins.iter().map(Origin::as_str).collect();
        TokenSet {
            access: AccessToken::new(self.value.expose()),
            id: None,
            refresh: None,
            scope: (!origins.is_empty()).then(|| origins.join(" ")),
            obtained_at: self.set_at,
            expires_at: None,
        }
    }

    /// What a vault gave back.
    pub fn of(tokens: &TokenSet) -> Self {
        let origins = tokens.scope.as_deref().unwrap_or_default().split(' ').filter_map(Origin::parse).collect();
        Self { value: SecretText::new(tokens.access.expose()), origins, set_at: tokens.obtained_at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_comes_back_and_is_no_session() {
        for environment in [None, Some("dev".to_owned())] {
            let key = SecretKey { name: "stripe".to_owned(), environment };
            assert_eq!(SecretKey::of(&key.session_key()), Some(key));
        }
        let session = SessionKey {
            issuer: "https://acme.kinde.com".to_owned(),
            client_id: String::new(),
            identity: IdentityName::new("stripe"),
        };
        assert_eq!(SecretKey::of(&session), None);
        let secret = StoredSecret {
            value: SecretText::new("value-of-a-secret"),
            origins: ["https://a.test", "https://b.test:8443"].iter().filter_map(|text| Origin::parse(text)).collect(),
            set_at: Timestamp::from_seconds(7),
        };
        assert_eq!(StoredSecret::of(&secret.to_tokens()), secret);
    }

    #[rstest::rstest]
    #[case("stripe_key-2.test", true)]
    #[case("clé", true)]
    #[case("", false)]
    #[case("a b", false)]
    #[case("a/b", false)]
    fn names(#[case] name: &str, #[case] good: bool) {
        assert_eq!(SecretKey::is_name(name), good);
    }
}
