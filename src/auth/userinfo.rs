//! Userinfo (OIDC Core section 5.3): claims about the user, checked to be about the same one.

use serde_json::{Map, Value};

use crate::auth::answer::{self, Asking};
use crate::auth::context::AuthContext;
use crate::auth::discovery;
use crate::auth::error::{AuthError, Endpoint};
use crate::auth::provider::Providers;
use crate::auth::text;
use crate::model::identity::Identity;
use crate::model::session::TokenSet;
use crate::model::wire::{FieldValue, WireRequest};
use crate::redact::SecretText;
use crate::token::inspect::inspect;

/// Reads the userinfo endpoint with the session's access token. Its `sub` must be the ID token's, else the answer is
/// refused whole (OIDC Core section 5.3.2); without an ID token the access token's `sub` stands in.
pub async fn userinfo(
    ctx: &AuthContext,
    providers: &Providers,
    identity: &Identity,
    tokens: &TokenSet,
) -> Result<Map<String, Value>, AuthError> {
    let metadata = providers.metadata(ctx, identity).await?;
    let url = discovery::required(metadata.userinfo_endpoint.as_ref(), Endpoint::Userinfo, &metadata)?;
    let mut request = WireRequest::get("userinfo", url.clone());
    let bearer = SecretText::new(format!("Bearer {}", tokens.access.expose()));
    request.headers.push(("Authorization", FieldValue::Secret(bearer)));
    let (members, _) = answer::ask(ctx, Asking::of(identity.grant, &metadata), request).await?;

    let token = tokens.id.as_ref().map_or(tokens.access.expose(), |id| id.expose());
    if let Some(expected) = inspect(token).subject() {
        let found = members.get("sub").and_then(Value::as_str);
        if found != Some(expected) {
            let (expected, found) = (text::line(expected), found.map(text::line));
            return Err(AuthError::UserinfoSubject { expected, found });
        }
    }
    Ok(members)
}
