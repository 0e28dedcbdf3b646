//! What is known of a provider: its endpoints and what it says it supports.

use url::Url;

use crate::model::identity::Issuer;
use crate::model::time::Timestamp;

/// Provider metadata (OpenID Connect Discovery section 3, RFC 8414 section 2), with fallbacks filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderMetadata {
    /// Exactly as the document says it; `iss` is compared with this.
    pub issuer: Issuer,
    /// Where the browser goes to sign in.
    pub authorization_endpoint: Option<Url>,
    /// Where codes, refresh tokens and client credentials are exchanged.
    pub token_endpoint: Option<Url>,
    /// RFC 8628; see [`Self::device_endpoint_is_builtin`].
    pub device_authorization_endpoint: Option<Url>,
    /// The device endpoint is bearcat's fallback, because the document names none (kinde.md 1.3).
    pub device_endpoint_is_builtin: bool,
    /// The key set.
    pub jwks_uri: Option<Url>,
    /// Claims about the user.
    pub userinfo_endpoint: Option<Url>,
    /// RFC 7009.
    pub revocation_endpoint: Option<Url>,
    /// RFC 7662.
    pub introspection_endpoint: Option<Url>,
    /// Ends the browser session.
    pub end_session_endpoint: Option<Url>,
    /// `scopes_supported`.
    pub scopes_supported: Vec<String>,
    /// `token_endpoint_auth_methods_supported`; `None` when absent (then the default is Basic).
    pub token_endpoint_auth_methods: Option<Vec<String>>,
    /// `id_token_signing_alg_values_supported`; empty when absent.
    pub id_token_signing_algorithms: Vec<String>,
    /// `code_challenge_methods_supported`; empty when absent.
    pub code_challenge_methods: Vec<String>,
    /// `authorization_response_iss_parameter_supported` (RFC 9207).
    pub sends_iss_parameter: bool,
    /// When the document was read.
    pub fetched_at: Timestamp,
}

impl ProviderMetadata {
    /// Does this provider look like Kinde: a Kinde host, or a custom domain with Kinde's endpoints?
    pub fn is_kinde(&self) -> bool {
        self.issuer.is_kinde_host()
            || self.userinfo_endpoint.as_ref().is_some_and(|url| url.path() == "/oauth2/v2/user_profile")
    }
}
