//! Signs an identity in by its grant, and tells every step: called by the shell and by `bearcat login`.
//!
//! [`login`] returns tokens only when everything about them was checked; storing them is
//! [`super::keeper::SessionKeeper::store`]'s work. Dropping the future cancels the sign-in.

use std::fmt;
use std::time::Duration;

use futures_util::stream::BoxStream;
use url::Url;

use crate::auth::answer;
use crate::auth::callback::{CallbackListener, CallbackPage};
use crate::auth::client_credentials;
use crate::auth::code::{self, Attempt, Sources};
use crate::auth::context::AuthContext;
use crate::auth::device;
use crate::auth::discovery;
use crate::auth::error::{AuthError, Endpoint};
use crate::auth::id_token::{self, Assurance, SentAlong};
use crate::auth::parameter;
use crate::auth::provider::Providers;
use crate::auth::scope::{self, Scopes};
use crate::auth::token_response::TokenResponse;
use crate::model::identity::{Grant, Identity, Issuer};
use crate::model::provider::ProviderMetadata;
use crate::model::session::TokenSet;
use crate::model::time::Timestamp;
use crate::model::wire::WireResponse;
use crate::redact::{AccessToken, AuthorizationCode};
use crate::token::inspect::unwrap_pasted;

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

/// Signs in by the identity's grant, and checks everything about the tokens that came.
pub async fn login(
    ctx: &AuthContext,
    providers: &Providers,
    identity: &Identity,
    options: LoginOptions,
    events: Events<'_>,
) -> Result<TokenSet, AuthError> {
    if identity.name.is_anonymous() {
        return Err(AuthError::Anonymous);
    }
    if identity.grant == Grant::Pasted {
        return pasted(identity, options.token.as_ref(), ctx.clock.now());
    }
    if let Some(issuer) = &identity.issuer {
        events(LoginEvent::Discovering { issuer: issuer.clone() });
    }
    let metadata = providers.metadata(ctx, identity).await?;
    if let Some(note) = parameter::left_out(identity) {
        events(LoginEvent::Note(note));
    }
    let flow = Flow { ctx, providers, identity, metadata: &metadata, events };
    match identity.grant {
        Grant::DeviceAuthorization => flow.device().await,
        Grant::AuthorizationCode => flow.browser(options).await,
        Grant::ClientCredentials | Grant::Pasted => flow.machine().await,
    }
}

/// A token as it was pasted, without what people paste around it.
pub fn pasted(identity: &Identity, token: Option<&AccessToken>, now: Timestamp) -> Result<TokenSet, AuthError> {
    let nothing = || AuthError::NothingPasted(identity.name.clone());
    let token = token.or(identity.pasted.as_ref()).ok_or_else(nothing)?;
    let (clean, _) = unwrap_pasted(token.expose());
    if clean.is_empty() {
        return Err(nothing());
    }
    let response = TokenResponse::of_access_token(&clean)?;
    Ok(response.into_tokens(now))
}

/// What all grants share.
#[derive(Clone, Copy)]
struct Flow<'a> {
    ctx: &'a AuthContext,
    providers: &'a Providers,
    identity: &'a Identity,
    metadata: &'a ProviderMetadata,
    events: Events<'a>,
}

impl Flow<'_> {
    async fn device(self) -> Result<TokenSet, AuthError> {
        let Self { ctx, identity, metadata, events, .. } = self;
        let scopes = self.scopes();
        let (tokens, response) = device::authorize(ctx, identity, metadata, &scopes, events).await?;
        if tokens.id.is_none() && scopes.asks_for_id_token() {
            // kinde.md 2.4: whether Kinde's device flow gives one is not settled.
            self.note("The provider sent no ID token with the device flow: who signed in is told by the access token");
        }
        self.finish(tokens, &response, &scopes, None).await
    }

    async fn machine(self) -> Result<TokenSet, AuthError> {
        (self.events)(LoginEvent::Exchanging);
        let (tokens, response) = client_credentials::acquire(self.ctx, self.identity, self.metadata).await?;
        self.finish(tokens, &response, &Scopes::default(), None).await
    }

    async fn browser(self, options: LoginOptions) -> Result<TokenSet, AuthError> {
        let Self { ctx, identity, metadata, events, .. } = self;
        let scopes = self.scopes();
        let mut sources = Sources { listener: options.listener, pasted: options.pasted };
        let redirect_uri = match (&sources.listener, &identity.redirect_uri) {
            (Some(listener), _) => listener.redirect_uri(),
            (None, Some(own)) => own.clone(),
            (None, None) => default_redirect_uri(),
        };
        let attempt = Attempt::new(ctx, redirect_uri.clone());
        let url = code::authorization_url(identity, metadata, &attempt, &scopes, options.prompt)?;
        // Known to be missing before the user goes through the pages for nothing.
        discovery::required(metadata.token_endpoint.as_ref(), Endpoint::Token, metadata)?;
        let notes = self.browser_notes(&sources);
        let expires_at = ctx.clock.now().plus(options.patience);
        events(LoginEvent::OpenBrowser { url, redirect_uri, expires_at, notes });

        let time_up = ctx.clock.sleep(options.patience);
        let (code, respond) = code::wait(&mut sources, time_up, &attempt, identity, metadata, events).await?;
        events(LoginEvent::CallbackReceived);
        let result = self.redeem(&attempt, &code, &scopes).await;
        let page = match &result {
            Ok(_) => CallbackPage::SignedIn,
            Err(error) => CallbackPage::Failed { reason: error.problem().title },
        };
        code::answer_browser(respond, page);
        result
    }

    async fn redeem(self, attempt: &Attempt, code: &AuthorizationCode, scopes: &Scopes) -> Result<TokenSet, AuthError> {
        (self.events)(LoginEvent::Exchanging);
        let (tokens, response) = code::exchange(self.ctx, self.identity, self.metadata, attempt, code).await?;
        if tokens.id.is_none() && scopes.asks_for_id_token() {
            return Err(AuthError::NoIdToken);
        }
        let nonce = scopes.asks_for_id_token().then_some(attempt.nonce.as_str());
        self.finish(tokens, &response, scopes, nonce).await
    }

    /// Checks the ID token, and says what the user should know about the answer.
    async fn finish(
        self,
        tokens: TokenResponse,
        response: &WireResponse,
        scopes: &Scopes,
        nonce: Option<&str>,
    ) -> Result<TokenSet, AuthError> {
        let now = self.ctx.clock.now();
        if let Some(note) = answer::clock_note(response, now) {
            self.note(&note);
        }
        if let Some(id_token) = &tokens.id {
            (self.events)(LoginEvent::Checking);
            let along = SentAlong { access: &tokens.access, nonce };
            let checked =
                id_token::check(self.ctx, self.providers, self.identity, self.metadata, id_token, along).await?;
            if checked == Assurance::FromTokenEndpoint {
                self.note(
                    "The ID token's signature was not checked: the identity names no issuer, so there are no keys",
                );
            }
        }
        if tokens.refresh.is_none() && scopes.asks_for_refresh_token() {
            self.note(
                "The provider gave no refresh token, so this session ends with its access token. Is the refresh scope \
                 allowed for the client? Some providers want `prompt` set to `consent`",
            );
        }
        Ok(tokens.into_tokens(now))
    }

    fn scopes(self) -> Scopes {
        let scopes = scope::for_user(self.identity, self.metadata);
        if let Some(note) = &scopes.note {
            self.note(note);
        }
        scopes
    }

    fn browser_notes(self, sources: &Sources) -> Vec<String> {
        let mut notes = sources.listener.as_ref().map(|listener| listener.notes()).unwrap_or_default();
        let methods = &self.metadata.code_challenge_methods;
        if !methods.is_empty() && !methods.iter().any(|method| method == "S256") {
            notes.push("The provider does not list PKCE with S256; bearcat sends it all the same".to_owned());
        }
        notes
    }

    fn note(self, text: &str) {
        (self.events)(LoginEvent::Note(text.to_owned()));
    }
}

/// The callback URL when nobody listens and the identity names none: the first one that bearcat asks to register.
fn default_redirect_uri() -> Url {
    Url::parse("http://127.0.0.1:53180/callback").expect("a constant URL parses")
}

#[cfg(test)]
mod tests;
