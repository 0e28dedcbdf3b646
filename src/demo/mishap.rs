//! Accidents that strike a request whatever it asks for: errors, delays, lost connections.
//!
//! They are planned in `Faults::mishaps` and carried out by the layer that every request passes first.

use std::time::Duration;

/// Which part of the demo a [`Mishap`] strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// Both well-known metadata documents.
    Discovery,
    /// Both key set paths.
    Keys,
    /// `/oauth2/device/auth`.
    DeviceAuthorization,
    /// `/oauth2/auth`.
    Authorization,
    /// The pages for people: sign-in, device verification.
    Pages,
    /// `/oauth2/token`.
    Token,
    /// `/oauth2/v2/user_profile`.
    Userinfo,
    /// `/oauth2/revoke`.
    Revocation,
    /// `/oauth2/introspect`.
    Introspection,
    /// `/account_api/…`.
    Account,
    /// `/logout`.
    Logout,
    /// Everything on the API's port.
    Api,
    /// Any other path of the issuer.
    Other,
}

/// What happens instead of (or before, or after) an honest answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mishap {
    /// Status 500 with a JSON error.
    ServerError,
    /// Status 404 with an HTML page.
    NotFound,
    /// Status 429 with `RateLimit-Reset` in seconds.
    TooManyRequests {
        /// The header's value.
        reset: u64,
    },
    /// Status 200 with an HTML page where JSON is expected.
    Html,
    /// The connection is closed before anything is processed or answered.
    Dropped,
    /// The request is processed in full (a refresh token is rotated), then the connection is closed unanswered.
    AnswerLost,
    /// The answer comes this much later, by the demo's clock.
    Slow(Duration),
}

/// A mishap at an endpoint, for a number of requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedMishap {
    /// Where.
    pub endpoint: Endpoint,
    /// What.
    pub mishap: Mishap,
    /// How many more requests it strikes; `None`: every one until it is taken out of the plan.
    pub times: Option<u32>,
}

impl Endpoint {
    /// The endpoint of the issuer that a path belongs to.
    pub(crate) fn of_issuer_path(path: &str) -> Self {
        match path {
            "/.well-known/openid-configuration" | "/.well-known/oauth-authorization-server" => Self::Discovery,
            "/.well-known/jwks" | "/.well-known/jwks.json" => Self::Keys,
            "/oauth2/device/auth" => Self::DeviceAuthorization,
            "/oauth2/auth" => Self::Authorization,
            "/oauth2/token" => Self::Token,
            "/oauth2/v2/user_profile" => Self::Userinfo,
            "/oauth2/revoke" => Self::Revocation,
            "/oauth2/introspect" => Self::Introspection,
            "/logout" => Self::Logout,
            "/device" => Self::Pages,
            _ if path.starts_with("/auth/cx/") => Self::Pages,
            _ if path.starts_with("/account_api/") => Self::Account,
            _ => Self::Other,
        }
    }
}
