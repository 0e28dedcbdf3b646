//! Which scopes to ask for: the identity's own, or the usual ones in the provider's dialect.
//!
//! Kinde's refresh scope is `offline`; `offline_access` it takes without an error and without a refresh token
//! (kinde.md 5.1). Everybody else has OIDC Core's `offline_access`.

use crate::model::identity::Identity;
use crate::model::provider::ProviderMetadata;

/// Kinde's name for the scope that gives a refresh token.
const KINDE_OFFLINE: &str = "offline";

/// OIDC Core's name for it (section 11).
const STANDARD_OFFLINE: &str = "offline_access";

/// The scopes of one request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scopes {
    /// In order, each once.
    pub names: Vec<String>,
    /// What was changed, and why.
    pub note: Option<String>,
}

impl Scopes {
    /// The value of the `scope` parameter; `None` when there is nothing to ask for.
    pub fn parameter(&self) -> Option<String> {
        (!self.names.is_empty()).then(|| self.names.join(" "))
    }

    /// Is an ID token asked for?
    pub fn asks_for_id_token(&self) -> bool {
        self.names.iter().any(|name| name == "openid")
    }

    /// Is a refresh token asked for?
    pub fn asks_for_refresh_token(&self) -> bool {
        self.names.iter().any(|name| name == KINDE_OFFLINE || name == STANDARD_OFFLINE)
    }
}

/// For the grants with a user.
pub fn for_user(identity: &Identity, metadata: &ProviderMetadata) -> Scopes {
    if identity.scopes.is_empty() {
        return Scopes { names: usual(metadata), note: None };
    }
    let mut scopes = for_machine(identity);
    if metadata.is_kinde() && scopes.names.iter().any(|name| name == STANDARD_OFFLINE) {
        scopes.names = unique(
            scopes.names.iter().map(|name| if name == STANDARD_OFFLINE { KINDE_OFFLINE } else { name.as_str() }),
        );
        scopes.note = Some(
            "Asked for `offline` instead of `offline_access`: Kinde gives no refresh token for the latter".to_owned(),
        );
    }
    scopes
}

/// For client credentials: what the identity names, nothing else.
pub fn for_machine(identity: &Identity) -> Scopes {
    Scopes { names: unique(identity.scopes.iter().flat_map(|entry| entry.split_whitespace())), note: None }
}

/// `openid profile email` and the refresh scope, without what the provider is known not to have.
fn usual(metadata: &ProviderMetadata) -> Vec<String> {
    let supported = &metadata.scopes_supported;
    let lists = |name: &str| supported.iter().any(|scope| scope == name);
    let offline = if metadata.is_kinde() || lists(KINDE_OFFLINE) { KINDE_OFFLINE } else { STANDARD_OFFLINE };
    ["openid", "profile", "email", offline]
        .into_iter()
        .filter(|name| *name == "openid" || metadata.is_kinde() || supported.is_empty() || lists(name))
        .map(str::to_owned)
        .collect()
}

fn unique<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut seen = Vec::<String>::new();
    for name in names {
        if !seen.iter().any(|known| known == name) {
            seen.push(name.to_owned());
        }
    }
    seen
}

#[cfg(test)]
mod tests;
