//! Everything that can go wrong with a sign-in, one variant per cause, and what the user is told.
//!
//! The texts for people are in `problem`, what `diagnose` looks at in `ended`; the variants carry what they need, already bounded and masked where it
//! comes from a provider.

mod ended;
mod problem;

use std::time::Duration;

use url::Url;

use crate::model::identity::{Grant, IdentityName};
use crate::model::port::VaultError;
use crate::model::problem::Problem;
use crate::model::verdict::Check;
use crate::model::wire::TransportError;
use crate::token::jwks::KeySetError;

/// An endpoint of a provider, in the user's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// Where the browser goes.
    Authorization,
    /// Where tokens come from.
    Token,
    /// RFC 8628.
    DeviceAuthorization,
    /// RFC 7009.
    Revocation,
    /// OIDC Core section 5.3.
    Userinfo,
    /// The key set.
    KeySet,
    /// Where the browser session ends.
    EndSession,
    /// RFC 7662.
    Introspection,
}

impl Endpoint {
    /// The name for people: `token endpoint`.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Authorization => "authorisation endpoint",
            Self::Token => "token endpoint",
            Self::DeviceAuthorization => "device endpoint",
            Self::Revocation => "revocation endpoint",
            Self::Userinfo => "userinfo endpoint",
            Self::KeySet => "key set address",
            Self::EndSession => "logout page",
            Self::Introspection => "introspection endpoint",
        }
    }
}

/// An error answer (RFC 6749 section 5.2 and its relatives).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// `error`.
    pub code: String,
    /// `error_description`.
    pub description: Option<String>,
    /// HTTP status.
    pub status: u16,
}

/// Why there is no document of provider metadata at an issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotMetadata {
    /// An HTML page: a web site, not an issuer.
    Html,
    /// A status other than 200.
    Status(u16),
    /// A redirect to another address.
    Redirect(String),
    /// Not JSON, or not an object; the parser's words.
    NotJson(String),
}

/// Why a sign-in, a refresh or a logout did not work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// `anonymous` has no session.
    #[error("`anonymous` sends no token and has no session")]
    Anonymous,
    /// Neither an issuer nor the endpoint that the grant needs.
    #[error("identity `{0}` names no issuer")]
    NoIssuer(IdentityName),
    /// The grant needs a client id.
    #[error("identity `{0}` has no client id")]
    NoClientId(IdentityName),
    /// A machine's session: it has no user.
    #[error("identity `{0}` is a machine and has no user")]
    NoUser(IdentityName),
    /// Client credentials need a secret.
    #[error("identity `{0}` has no client secret")]
    NoClientSecret(IdentityName),
    /// A pasted identity without a token.
    #[error("no token was given for identity `{0}`")]
    NothingPasted(IdentityName),
    /// Neither a listener nor a way to paste the callback was given.
    #[error("there is no way to receive the callback")]
    NoCallback,
    /// The listener could not be started, or died.
    #[error("{}", .0.title)]
    Listener(Box<Problem>),

    /// No answer came.
    #[error("{during}: {error}")]
    Transport {
        /// What it was for.
        during: &'static str,
        /// Why.
        error: TransportError,
    },
    /// The provider limits calls, or is overloaded.
    #[error("{during}: the provider answers {status} and wants us to wait")]
    Busy {
        /// What it was for.
        during: &'static str,
        /// HTTP status.
        status: u16,
        /// How long, where it says so.
        wait: Option<Duration>,
    },
    /// An answer that is neither what was asked for nor a proper error.
    #[error("{during}: unexpected answer with status {status}")]
    Unexpected {
        /// What it was for.
        during: &'static str,
        /// HTTP status.
        status: u16,
        /// What is odd about it, in a sentence, with a piece of the answer.
        why: String,
    },
    /// A redirect where none may be followed: it would replay the form with its secrets.
    #[error("{during}: the provider redirects to {to}")]
    Redirected {
        /// What it was for.
        during: &'static str,
        /// The address asked.
        from: String,
        /// Where it wants us to go.
        to: String,
    },
    /// The provider said no, with an OAuth error code.
    #[error("{during}: {}", .refusal.code)]
    Refused {
        /// What it was for.
        during: &'static str,
        /// The grant in use.
        grant: Grant,
        /// Is the provider Kinde?
        is_kinde: bool,
        /// What it said.
        refusal: Refusal,
    },

    /// There is no provider metadata at the issuer.
    #[error("{issuer} is not an issuer")]
    NotAnIssuer {
        /// What was asked for.
        issuer: String,
        /// The address that was read.
        url: String,
        /// What is there instead.
        why: NotMetadata,
    },
    /// The document names another issuer: a wrong address, or an attack (OIDC Discovery section 4.3).
    #[error("the discovery document of {asked} names another issuer")]
    IssuerMismatch {
        /// What was asked for.
        asked: String,
        /// What the document says.
        found: String,
    },
    /// A member of the document is missing or unusable.
    #[error("the discovery document of {issuer} is unusable: {why}")]
    BadMetadata {
        /// The issuer.
        issuer: String,
        /// What is wrong, in a sentence.
        why: String,
    },
    /// The provider has no such endpoint.
    #[error("{provider} names no {}", .endpoint.label())]
    EndpointMissing {
        /// Which.
        endpoint: Endpoint,
        /// The provider.
        provider: String,
    },
    /// An endpoint URL of the identity would send secrets unprotected.
    #[error("the {} {url} has to use https", .endpoint.label())]
    InsecureEndpoint {
        /// Which.
        endpoint: Endpoint,
        /// Its URL.
        url: String,
    },
    /// The key set could not be read.
    #[error("the key set of the provider cannot be read: {0}")]
    KeySet(KeySetError),
    /// The address of the key set answers with an error.
    #[error("the key set at {url} answers {status}")]
    KeySetStatus {
        /// The address.
        url: Url,
        /// HTTP status.
        status: u16,
    },

    /// The device response lacks something, or holds what must not be shown or opened.
    #[error("the device response is unusable: {0}")]
    BadDeviceResponse(String),
    /// 404 at the device endpoint.
    #[error("the provider has no device endpoint where bearcat looked")]
    DeviceEndpointNotFound(Vec<Url>),
    /// The user, or an administrator, said no.
    #[error("the sign-in was refused on the verification page")]
    DeviceDenied,
    /// The code was not entered in time.
    #[error("the device code has expired")]
    DeviceExpired,

    /// Nobody came back from the browser.
    #[error("no answer came from the browser in time")]
    CallbackTimeout {
        /// The URL that has to be registered.
        redirect_uri: Url,
        /// Is the provider Kinde?
        is_kinde: bool,
    },
    /// The provider sent the browser back with `error=`.
    #[error("the provider sent the browser back with `{code}`")]
    CallbackRefused {
        /// `error`.
        code: String,
        /// `error_description`.
        description: Option<String>,
    },
    /// What was pasted is not the callback of this sign-in.
    #[error("the callback does not belong to this sign-in: {0}")]
    WrongCallback(String),
    /// `iss` of the callback is missing or another (RFC 9207): a mix-up attack, or a wrong provider.
    #[error("the callback names another issuer")]
    CallbackIssuer {
        /// The provider's.
        expected: String,
        /// What came; `None`: nothing, though the provider promises it.
        found: Option<String>,
    },

    /// The answer has no access token, or one of a type that bearcat cannot send.
    #[error("the token response is unusable: {0}")]
    BadTokenResponse(String),
    /// `openid` was asked for, and no ID token came.
    #[error("the token response has no ID token, though `openid` was asked for")]
    NoIdToken,
    /// The ID token fails these checks, so nobody is signed in.
    #[error("the ID token is refused: {}", failed(.0))]
    IdTokenRefused(Vec<Check>),
    /// The ID token could not be verified, because there are no keys.
    #[error("the ID token cannot be verified: {0}")]
    IdTokenUnverifiable(Box<AuthError>),

    /// There is no session.
    #[error("identity `{0}` is not signed in")]
    NotSignedIn(IdentityName),
    /// The access token is out of date and there is no refresh token.
    #[error("the session of `{0}` cannot be refreshed: it has no refresh token")]
    NoRefreshToken(IdentityName),
    /// A pasted token cannot be renewed.
    #[error("the token of `{0}` was pasted and cannot be refreshed")]
    PastedIsFinal(IdentityName),
    /// The refresh token is expired, revoked or spent (`invalid_grant`, after re-reading the vault).
    #[error("the session of `{identity}` has ended")]
    SessionEnded {
        /// Whose.
        identity: IdentityName,
        /// What the provider said.
        description: Option<String>,
    },
    /// The access token was revoked to renew its claims, and then the refresh failed.
    #[error("the access token was revoked, but not renewed: {0}")]
    RenewalInterrupted(Box<AuthError>),
    /// The refreshed access token is a JWT without `exp`: both old tokens were expired (kinde.md 5.1).
    #[error("the refreshed access token has no `exp`")]
    RefreshWithoutExpiry,
    /// The refreshed ID token is of another issuer, user or audience (OIDC Core section 12.2).
    #[error("the refreshed ID token has another `{claim}`")]
    RefreshedIdToken {
        /// Which claim.
        claim: &'static str,
        /// What the session's ID token says.
        expected: String,
        /// What the new one says.
        found: String,
    },
    /// Userinfo is about somebody else (OIDC Core section 5.3.2).
    #[error("the userinfo answer is about another user")]
    UserinfoSubject {
        /// Of the ID token.
        expected: String,
        /// Of the answer; `None`: it has none.
        found: Option<String>,
    },

    /// The vault could not be read, or the lock not be taken.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// Signed in or refreshed, but the new tokens could not be stored; they are kept in memory.
    #[error("the new tokens could not be stored: {0}")]
    NotStored(VaultError),
}

impl AuthError {
    /// What the user is told: what happened, the evidence, and what to do next.
    pub fn problem(&self) -> Problem {
        problem::problem(self)
    }

    /// Does the provider say that a code or a refresh token is used up or unknown?
    pub fn is_invalid_grant(&self) -> bool {
        matches!(self, Self::Refused { refusal, .. } if refusal.code == "invalid_grant")
    }

    /// Does only a new login help? Never true for a fault of the network or an overloaded provider.
    pub const fn needs_login(&self) -> bool {
        matches!(
            self,
            Self::NotSignedIn(_) | Self::NoRefreshToken(_) | Self::SessionEnded { .. } | Self::RefreshWithoutExpiry
        )
    }

    /// Is it a fault that may pass by itself: the network, an overloaded or failing provider?
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Transport { .. } | Self::Busy { .. } => true,
            Self::Unexpected { status, .. } | Self::KeySetStatus { status, .. } => *status >= 500,
            Self::Refused { refusal, .. } => {
                refusal.status >= 500 || matches!(refusal.code.as_str(), "temporarily_unavailable" | "server_error")
            }
            Self::NotAnIssuer { why: NotMetadata::Status(status), .. } => *status >= 500,
            _ => false,
        }
    }
}

fn failed(checks: &[Check]) -> String {
    let parts: Vec<String> = checks.iter().map(|check| format!("{}: {}", check.id.label(), check.reason)).collect();
    parts.join("; ")
}

#[cfg(test)]
mod tests;
