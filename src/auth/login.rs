//! Signs an identity in by its grant, and tells every step: called by the shell and by `bearcat login`.
//!
//! [`login`] returns tokens only when everything about them was checked; storing them is
//! [`super::keeper::SessionKeeper::store`]'s work. Dropping the future cancels the sign-in.

use std::fmt;
use std::time::Duration;

use futures_util::stream::BoxStream;
use url::Url;

use crate::auth::callback::CallbackListener;
use crate::auth::context::AuthContext;
use crate::auth::error::AuthError;
use crate::auth::provider::Providers;
use crate::model::identity::{Identity, Issuer};
use crate::model::session::TokenSet;
use crate::model::time::Timestamp;
use crate::redact::AccessToken;

/// How long a browser sign-in may take.
pub const DEFAULT_PATIENCE: Duration = Duration::from_mins(10);

/// How one poll of the device flow ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PollState {
    /// The user has not finished.
    Pending,
    /// Too fast: 5 s were added to the interval.
    SlowDown,
    /// No usable answer; polling goes on.
    NetworkFailure(String),
}

/// One step of a sign-in, for the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoginEvent {
    /// The provider's metadata is being read.
    Discovering {
        /// Whose.
        issuer: Issuer,
    },
    /// The user has to enter a code.
    DeviceCode {
        /// The code, as it is typed.
        user_code: String,
        /// Where.
        verification_uri: Url,
        /// The same with the code in it, for a QR code and the browser.
        verification_uri_complete: Option<Url>,
        /// Until when.
        expires_at: Timestamp,
        /// How often bearcat asks.
        interval: Duration,
    },
    /// The provider was asked whether the code has been entered.
    Polling {
        /// Counts from 1.
        attempt: u32,
        /// Until the next one.
        interval: Duration,
        /// What it said.
        state: PollState,
    },
    /// The browser has to go there.
    OpenBrowser {
        /// The authorisation request.
        url: Url,
        /// The callback URL that has to be registered, exactly.
        redirect_uri: Url,
        /// Until when bearcat waits.
        expires_at: Timestamp,
        /// What else the user should know.
        notes: Vec<String>,
    },
    /// The browser came back.
    CallbackReceived,
    /// Something came that does not belong to this sign-in; waiting goes on.
    CallbackIgnored {
        /// Why.
        reason: String,
    },
    /// The code is being exchanged for tokens.
    Exchanging,
    /// The ID token is being checked.
    Checking,
    /// The tokens go to the vault (sent by [`super::keeper::SessionKeeper::login`]).
    Storing,
    /// Something that the user should know and that stops nothing.
    Note(String),
}

/// Which page the provider should begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Prompt {
    /// As the identity's parameters say, else as the provider likes.
    #[default]
    AsConfigured,
    /// Ask for credentials even if the browser is still signed in (`prompt=login`).
    Login,
}

/// What a sign-in needs besides the identity. All of it is optional.
pub struct LoginOptions {
    /// Receives the browser's callback.
    pub listener: Option<Box<dyn CallbackListener>>,
    /// Callback URLs that the user pastes (SSH); a wrong one is told and the next is waited for.
    pub pasted: Option<BoxStream<'static, String>>,
    /// The token of a [`crate::model::identity::Grant::Pasted`] identity; wins over the one in the file.
    pub token: Option<AccessToken>,
    /// Which page first.
    pub prompt: Prompt,
    /// How long to wait for the browser.
    pub patience: Duration,
}

impl Default for LoginOptions {
    fn default() -> Self {
        Self { listener: None, pasted: None, token: None, prompt: Prompt::AsConfigured, patience: DEFAULT_PATIENCE }
    }
}

impl fmt::Debug for LoginOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginOptions").field("prompt", &self.prompt).finish_non_exhaustive()
    }
}

/// Is told of every [`LoginEvent`].
pub type Events<'a> = &'a (dyn Fn(LoginEvent) + Send + Sync);

/// Signs in.
pub async fn login(
    ctx: &AuthContext,
    providers: &Providers,
    identity: &Identity,
    options: LoginOptions,
    events: Events<'_>,
) -> Result<TokenSet, AuthError> {
    let _ = (ctx, providers, options, events);
    Err(AuthError::NotSignedIn(identity.name.clone()))
}
