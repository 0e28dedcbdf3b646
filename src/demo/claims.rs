//! The claims of the demo's tokens, as kinde.md sections 6.2 to 6.4 list them.

use serde_json::{Value, json};

use crate::demo::directory::{Client, User};
use crate::demo::grant::{AccessRequest, ApiScopes, SignedIn};
use crate::demo::jwt::{Claims, half_hash};
use crate::demo::random;
use crate::model::time::Timestamp;

/// The claims of a JSON object literal.
fn object(value: Value) -> Claims {
    match value {
        Value::Object(claims) => claims,
        _ => unreachable!("only called with object literals"),
    }
}

/// A user's access token.
pub fn access(request: &AccessRequest, user: &User, jti: &str, now: Timestamp, lifetime: u64) -> Claims {
    let membership = user.membership(request.org_code.as_deref());
    let permissions = membership.map(|membership| membership.permissions.clone()).unwrap_or_default();
    let mut claims = object(json!({
        "aud": request.audiences,
        "azp": request.client.id,
        "exp": now.seconds() + lifetime as i64,
        "feature_flags": user.feature_flags,
        "iat": now.seconds(),
        "iss": request.issuer,
        "jti": jti,
        "scp": request.scopes,
        "sub": user.id,
    }));
    if let Some(membership) = membership {
        claims.insert("org_code".to_owned(), json!(membership.org_code));
        let roles = membership.roles.iter().map(|role| json!({ "id": role_id(role), "key": role, "name": role }));
        claims.insert("roles".to_owned(), roles.collect());
    }
    let scope: Vec<_> = match &request.api_scopes {
        ApiScopes::All if request.audiences.is_empty() => Vec::new(),
        ApiScopes::All => permissions.clone(),
        ApiScopes::Named(named) => named.iter().filter(|scope| permissions.contains(scope)).cloned().collect(),
    };
    claims.insert("permissions".to_owned(), json!(permissions));
    if !scope.is_empty() {
        claims.insert("scope".to_owned(), json!(scope.join(" ")));
    }
    claims
}

/// The id of a role or permission, made of its key: the same at the account API and in tokens.
pub fn role_id(key: &str) -> String {
    format!("{}-demo", key.replace(':', "-"))
}

/// A user's ID token. `nonce` is that of the authorisation request; a refreshed ID token has none.
pub fn id(
    request: &AccessRequest,
    user: &User,
    signed_in: &SignedIn,
    access_token: &str,
    now: Timestamp,
    lifetime: u64,
) -> Claims {
    let org_codes: Vec<_> = user.memberships.iter().map(|membership| &membership.org_code).collect();
    let mut claims = object(json!({
        "at_hash": half_hash(access_token),
        "aud": [request.issuer, request.client.id],
        "auth_time": signed_in.auth_time,
        "azp": request.client.id,
        "exp": now.seconds() + lifetime as i64,
        "iat": now.seconds(),
        "iss": request.issuer,
        "jti": random::uuid(),
        "org_codes": org_codes,
        "rat": request.requested_at,
        "sub": user.id,
        "updated_at": signed_in.auth_time,
    }));
    if request.has_scope("profile") {
        claims.insert("name".to_owned(), json!(user.name()));
        claims.insert("given_name".to_owned(), json!(user.given_name));
        claims.insert("family_name".to_owned(), json!(user.family_name));
        claims.insert("picture".to_owned(), Value::Null);
    }
    if request.has_scope("email") {
        claims.insert("email".to_owned(), json!(user.email));
        claims.insert("email_verified".to_owned(), json!(true));
    }
    claims
}

/// A machine's access token: no `sub`, no permissions, and `gty` to tell it by.
pub fn machine(
    client: &Client,
    issuer: &str,
    audiences: &[String],
    scopes: &[&str],
    now: Timestamp,
    lifetime: u64,
) -> Claims {
    let mut claims = object(json!({
        "aud": audiences,
        "azp": client.id,
        "exp": now.seconds() + lifetime as i64,
        "gty": ["client_credentials"],
        "iat": now.seconds(),
        "iss": issuer,
        "jti": random::uuid(),
        "scope": scopes.join(" "),
        "scp": scopes,
        "v": "2",
    }));
    if let Some(org_code) = client.org_code {
        claims.insert("org_code".to_owned(), json!(org_code));
    }
    claims
}
