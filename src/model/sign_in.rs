//! How a sign-in, a refresh or the reading of keys ended, in plain data: what `diagnose` looks at.
//!
//! The shell makes one from an identity and what `auth` answered. No tokens: what matters of them is told apart.

use std::time::Duration;

use crate::model::identity::{Grant, Identity};
use crate::model::time::Timestamp;

/// One conversation with a provider, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// How it was tried.
    pub grant: Grant,
    /// Is the provider Kinde?
    pub is_kinde: bool,
    /// The issuer that was asked.
    pub issuer: Option<String>,
    /// The client id that was sent.
    pub client_id: Option<String>,
    /// Was a client secret sent?
    pub sends_secret: bool,
    /// The scopes that were asked for.
    pub scopes: Vec<String>,
    /// The audiences that were asked for.
    pub audiences: Vec<String>,
    /// `prompt`, where it was given.
    pub prompt: Option<String>,
    /// How it ended.
    pub ended: Ended,
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// With tokens.
    Granted(Granted),
    /// The provider said no, with an OAuth error (RFC 6749 sections 4.1.2.1 and 5.2).
    Refused {
        /// What it was for: `device request`, `refresh` …
        during: String,
        /// `error`.
        code: String,
        /// `error_description`.
        description: Option<String>,
        /// HTTP status; `None`: it came with the browser.
        status: Option<u16>,
    },
    /// An address answered with this status instead.
    Answered {
        /// What is there: `key set`, `device endpoint` …
        what: &'static str,
        /// The address.
        url: String,
        /// HTTP status.
        status: u16,
    },
    /// Too many calls, or overloaded.
    Busy {
        /// HTTP status.
        status: u16,
        /// How long to wait, where it says so.
        wait: Option<Duration>,
    },
    /// Nobody came back from the browser.
    NobodyCame {
        /// The callback URL.
        redirect_uri: String,
    },
    /// No port for the callback.
    NoPort {
        /// What the system said.
        detail: String,
    },
    /// The device code was not entered in time.
    CodeExpired {
        /// How often the provider asked for slower polling.
        slowed_down: u32,
    },
    /// The refresh token is used up or unknown.
    SessionEnded {
        /// `error_description`.
        description: Option<String>,
    },
    /// The new access token has no `exp`.
    WithoutExpiry,
    /// The discovery document names another issuer.
    OtherIssuer {
        /// What it names.
        found: String,
    },
    /// The ID token is not valid at this machine's time.
    WrongTime {
        /// The failed check, in a sentence.
        reason: String,
    },
    /// Anything else.
    Other,
}

/// What the tokens of a sign-in say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Granted {
    /// `aud` of the access token; `None`: it cannot be read.
    pub audiences: Option<Vec<String>>,
    /// The scopes in the token and in the answer; `None`: neither tells.
    pub scopes: Option<Vec<String>>,
    /// Is there a refresh token?
    pub has_refresh_token: bool,
    /// Is there an ID token?
    pub has_id_token: bool,
    /// `auth_time` of the ID token.
    pub authenticated_at: Option<Timestamp>,
    /// When the provider answered.
    pub obtained_at: Timestamp,
    /// A refresh gave the access token that was there before.
    pub is_same_token: bool,
}

impl SignIn {
    /// The sign-in of `identity`.
    pub fn of(identity: &Identity, ended: Ended) -> Self {
        let parameter =
            |name: &str| identity.extra_parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        Self {
            grant: identity.grant,
            is_kinde: identity.issuer.as_ref().is_some_and(super::identity::Issuer::is_kinde_host),
            issuer: identity.issuer.as_ref().map(|issuer| issuer.as_str().to_owned()),
            client_id: identity.client_id.clone(),
            sends_secret: identity.client_secret.is_some(),
            scopes: identity.scopes.clone(),
            audiences: identity.audiences.clone(),
            prompt: parameter("prompt"),
            ended,
        }
    }

    /// The same, with what is known of the provider.
    pub fn with_kinde(mut self, is_kinde: bool) -> Self {
        self.is_kinde |= is_kinde;
        self
    }

    /// Was this scope asked for?
    pub fn asks_for(&self, scope: &str) -> bool {
        self.scopes.iter().any(|asked| asked == scope)
    }
}
