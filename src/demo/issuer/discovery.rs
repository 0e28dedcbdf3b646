//! The metadata document, which lists exactly what Kinde's does, and the key set.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::demo::directory::OIDC_SCOPES;
use crate::demo::faults::ClientAuthenticationMethod;
use crate::demo::front::In;
use crate::demo::keys;
use crate::demo::state::Shared;

/// `/.well-known/openid-configuration` and `/.well-known/oauth-authorization-server`: no device endpoint in either.
pub async fn metadata(State(shared): State<Arc<Shared>>, inbound: In) -> Json<Value> {
    let base = &inbound.issuer;
    let faults = shared.faults.snapshot();
    let method = match faults.client_authentication {
        ClientAuthenticationMethod::Post => "client_secret_post",
        ClientAuthenticationMethod::Basic => "client_secret_basic",
    };
    let mut document = json!({
        "issuer": faults.discovery_issuer.as_ref().unwrap_or(base),
        "authorization_endpoint": format!("{base}/oauth2/auth"),
        "token_endpoint": format!("{base}/oauth2/token"),
        "userinfo_endpoint": format!("{base}/oauth2/v2/user_profile"),
        "jwks_uri": format!("{base}/.well-known/jwks"),
        "revocation_endpoint": format!("{base}/oauth2/revoke"),
        "introspection_endpoint": format!("{base}/oauth2/introspect"),
        "end_session_endpoint": format!("{base}/logout"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["form_post", "query", "fragment"],
        "code_challenge_methods_supported": ["S256"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": [method],
        "subject_types_supported": ["public"],
        "scopes_supported": OIDC_SCOPES,
        "claims_supported": ["aud", "exp", "iat", "iss", "sub"],
        "request_uri_parameter_supported": false,
    });
    for (member, value) in faults.discovery_extra {
        document[member] = value;
    }
    Json(document)
}

/// Both key set paths. A request with an `Authorization` header is refused, as Kinde does (kinde.md 6.1).
pub async fn key_set(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    if headers.contains_key(AUTHORIZATION) {
        return StatusCode::FORBIDDEN.into_response();
    }
    Json(keys::key_set(&shared.published_keys().await)).into_response()
}
