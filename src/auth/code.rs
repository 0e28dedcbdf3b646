//! The authorisation code grant with PKCE (RFC 6749 section 4.1, RFC 7636, RFC 8252, RFC 9207).
//!
//! [`super::login`] drives it: [`Attempt::new`] draws the secrets, [`authorization_url`] is opened in the browser,
//! `wait` takes the callback from the listener or from what the user pastes, [`exchange`] gets the tokens.
//! Only S256, and `state`, `nonce` and verifier have 256 random bits each.

use std::pin::pin;

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::StreamExt;
use futures_util::future::{self, Either};
use futures_util::stream::BoxStream;
use url::Url;

use crate::auth::answer::{self, Asking};
use crate::auth::callback::{CallbackListener, CallbackPage, CallbackRequest, parse_pasted_callback};
use crate::auth::client;
use crate::auth::context::AuthContext;
use crate::auth::discovery;
use crate::auth::error::{AuthError, Endpoint};
use crate::auth::login::{Events, LoginEvent, Prompt};
use crate::auth::parameter;
use crate::auth::scope::Scopes;
use crate::auth::text;
use crate::auth::token_response::TokenResponse;
use crate::model::identity::{Grant, Identity};
use crate::model::port::BoxFuture;
use crate::model::provider::ProviderMetadata;
use crate::model::wire::{FieldValue, WireRequest, WireResponse};
use crate::redact::{AuthorizationCode, CodeVerifier, SecretText};

/// Random bytes of state, nonce and verifier; in base64url that makes 43 characters.
const RANDOM_BYTES: usize = 32;

/// What one sign-in made up and has to recognise.
#[derive(Debug)]
pub struct Attempt {
    /// Comes back in the callback. Not a secret type: it is part of the address that the user sees and copies.
    pub state: String,
    /// Comes back in the ID token.
    pub nonce: String,
    /// Proves to the token endpoint that the code is ours.
    pub verifier: CodeVerifier,
    /// Where the browser comes back to.
    pub redirect_uri: Url,
}

impl Attempt {
    /// Draws state, nonce and verifier.
    pub fn new(ctx: &AuthContext, redirect_uri: Url) -> Self {
        Self {
            state: ctx.random_text(RANDOM_BYTES),
            nonce: ctx.random_text(RANDOM_BYTES),
            verifier: CodeVerifier::new(ctx.random_text(RANDOM_BYTES)),
            redirect_uri,
        }
    }
}

/// `code_challenge` for a verifier (RFC 7636 section 4.2, S256).
pub fn challenge(verifier: &CodeVerifier) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.expose().as_bytes()))
}

/// The address to open in the browser. A query that the endpoint has already is kept (RFC 6749 section 3.1).
pub fn authorization_url(
    identity: &Identity,
    metadata: &ProviderMetadata,
    attempt: &Attempt,
    scopes: &Scopes,
    prompt: Prompt,
) -> Result<Url, AuthError> {
    let endpoint = metadata.authorization_endpoint.as_ref();
    let mut url = discovery::required(endpoint, Endpoint::Authorization, metadata)?.clone();
    let client_id = identity.client_id.as_deref().ok_or_else(|| AuthError::NoClientId(identity.name.clone()))?;
    let mut query = url.query_pairs_mut();
    query.append_pair("response_type", "code");
    query.append_pair("client_id", client_id);
    query.append_pair("redirect_uri", attempt.redirect_uri.as_str());
    if let Some(scope) = scopes.parameter() {
        query.append_pair("scope", &scope);
    }
    query.append_pair("state", &attempt.state);
    if scopes.asks_for_id_token() {
        query.append_pair("nonce", &attempt.nonce);
    }
    query.append_pair("code_challenge", &challenge(&attempt.verifier));
    query.append_pair("code_challenge_method", "S256");
    for (name, value) in parameter::custom(identity) {
        if name != "prompt" || prompt == Prompt::AsConfigured {
            query.append_pair(&name, &value);
        }
    }
    if prompt == Prompt::Login {
        query.append_pair("prompt", "login");
    }
    drop(query);
    Ok(url)
}

/// What a callback is.
#[derive(Debug, PartialEq, Eq)]
pub enum Judgement {
    /// The answer to this sign-in.
    Code(AuthorizationCode),
    /// The provider's refusal of this sign-in, or an answer that must not be used.
    Refused(AuthError),
    /// It belongs to another sign-in, or to none: nothing is done with it.
    Foreign(String),
}

/// Judges a callback by its query. Nothing is believed before `state` fits.
pub fn judge(callback: &Url, attempt: &Attempt, identity: &Identity, metadata: &ProviderMetadata) -> Judgement {
    let mut parameters = Vec::<(String, String)>::new();
    for (name, value) in callback.query_pairs() {
        // RFC 6749 section 3.1: no parameter more than once.
        if parameters.iter().any(|(known, _)| *known == name) {
            return Judgement::Foreign(format!("`{}` is in it more than once", text::line(&name)));
        }
        parameters.push((name.into_owned(), value.into_owned()));
    }
    let get = |name: &str| parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let error = get("error").filter(|error| !error.is_empty());
    match get("state") {
        Some(state) if state == attempt.state => {}
        Some(_) => return Judgement::Foreign("its `state` is not the one of this sign-in".to_owned()),
        // Kinde may leave the state out when its own page was open for too long.
        None if error == Some("login_link_expired") => {}
        None => return Judgement::Foreign("it has no `state`".to_owned()),
    }
    if let Some(error) = wrong_issuer(get("iss"), identity, metadata) {
        return Judgement::Refused(error);
    }
    if let Some(code) = error {
        let description = get("error_description").map(text::line).filter(|said| !said.is_empty());
        return Judgement::Refused(AuthError::CallbackRefused { code: text::line(code), description });
    }
    match get("code").filter(|code| !code.is_empty()) {
        Some(code) => Judgement::Code(AuthorizationCode::new(code)),
        None => Judgement::Foreign("it has neither `code` nor `error`".to_owned()),
    }
}

/// RFC 9207 section 2.4.
fn wrong_issuer(found: Option<&str>, identity: &Identity, metadata: &ProviderMetadata) -> Option<AuthError> {
    identity.issuer.as_ref()?;
    let expected = metadata.issuer.as_str();
    match found {
        Some(found) if found == expected => None,
        None if !metadata.sends_iss_parameter => None,
        _ => Some(AuthError::CallbackIssuer { expected: expected.to_owned(), found: found.map(text::line) }),
    }
}

/// Answers the browser that brought the code; nobody waits for an answer to a pasted one.
pub(super) type Respond = Option<Box<dyn FnOnce(CallbackPage) + Send>>;

/// Where a callback can come from.
pub(super) struct Sources {
    /// The browser.
    pub listener: Option<Box<dyn CallbackListener>>,
    /// The user.
    pub pasted: Option<BoxStream<'static, String>>,
}

enum Arrival {
    FromBrowser(Result<CallbackRequest, AuthError>),
    FromUser(Option<String>),
    TimeUp,
}

impl Sources {
    async fn next(&mut self, time_up: &mut BoxFuture<'static, ()>) -> Arrival {
        let from_browser = async {
            match &mut self.listener {
                Some(listener) => listener.next().await,
                None => future::pending().await,
            }
        };
        let from_user = async {
            match &mut self.pasted {
                Some(pasted) => pasted.next().await,
                None => future::pending().await,
            }
        };
        match future::select(future::select(pin!(from_browser), pin!(from_user)), time_up).await {
            Either::Left((Either::Left((request, _)), _)) => Arrival::FromBrowser(request),
            Either::Left((Either::Right((pasted, _)), _)) => Arrival::FromUser(pasted),
            Either::Right(_) => Arrival::TimeUp,
        }
    }
}

/// Waits for the callback of `attempt`. Whatever does not belong to it is told, answered and forgotten.
pub(super) async fn wait(
    sources: &mut Sources,
    mut time_up: BoxFuture<'static, ()>,
    attempt: &Attempt,
    identity: &Identity,
    metadata: &ProviderMetadata,
    events: Events<'_>,
) -> Result<(AuthorizationCode, Respond), AuthError> {
    loop {
        if sources.listener.is_none() && sources.pasted.is_none() {
            return Err(AuthError::NoCallback);
        }
        let (judgement, respond): (_, Respond) = match sources.next(&mut time_up).await {
            Arrival::TimeUp => {
                let redirect_uri = attempt.redirect_uri.clone();
                return Err(AuthError::CallbackTimeout { redirect_uri, is_kinde: metadata.is_kinde() });
            }
            Arrival::FromBrowser(Ok(request)) => {
                (judge(&request.url, attempt, identity, metadata), Some(request.respond))
            }
            Arrival::FromBrowser(Err(error)) if sources.pasted.is_none() => return Err(error),
            Arrival::FromBrowser(Err(error)) => {
                sources.listener = None;
                events(LoginEvent::Note(format!("{error}; the callback can still be pasted")));
                continue;
            }
            Arrival::FromUser(None) => {
                sources.pasted = None;
                continue;
            }
            Arrival::FromUser(Some(pasted)) => match parse_pasted_callback(&pasted) {
                Ok(url) => (judge(&url, attempt, identity, metadata), None),
                Err(error) => (Judgement::Foreign(error.to_string()), None),
            },
        };
        match judgement {
            Judgement::Code(code) => return Ok((code, respond)),
            Judgement::Refused(error) => {
                answer_browser(respond, CallbackPage::Failed { reason: error.problem().title });
                return Err(error);
            }
            Judgement::Foreign(reason) => {
                answer_browser(respond, CallbackPage::Ignored);
                events(LoginEvent::CallbackIgnored { reason });
            }
        }
    }
}

pub(super) fn answer_browser(respond: Respond, page: CallbackPage) {
    if let Some(respond) = respond {
        respond(page);
    }
}

/// Builds the token request. The redirect URI goes along once more (RFC 6749 section 4.1.3).
pub fn token_request(
    identity: &Identity,
    metadata: &ProviderMetadata,
    attempt: &Attempt,
    code: &AuthorizationCode,
) -> Result<WireRequest, AuthError> {
    let url = discovery::required(metadata.token_endpoint.as_ref(), Endpoint::Token, metadata)?;
    let plain = |name: &str, value: &str| (name.to_owned(), FieldValue::Plain(value.to_owned()));
    let secret = |name: &str, value: &str| (name.to_owned(), FieldValue::Secret(SecretText::new(value)));
    let form = vec![
        plain("grant_type", "authorization_code"),
        secret("code", code.expose()),
        plain("redirect_uri", attempt.redirect_uri.as_str()),
        secret("code_verifier", attempt.verifier.expose()),
    ];
    let mut request = WireRequest::post("token request", url.clone(), form);
    client::authenticate(&mut request, identity, metadata);
    request.form.extend(parameter::resources(identity).iter().map(|(name, value)| plain(name, value)));
    Ok(request)
}

/// Exchanges the code for tokens.
pub async fn exchange(
    ctx: &AuthContext,
    identity: &Identity,
    metadata: &ProviderMetadata,
    attempt: &Attempt,
    code: &AuthorizationCode,
) -> Result<(TokenResponse, WireResponse), AuthError> {
    let request = token_request(identity, metadata, attempt, code)?;
    let asking = Asking::of(Grant::AuthorizationCode, metadata);
    let (members, response) = answer::ask(ctx, asking, request).await?;
    Ok((TokenResponse::read(&members)?, response))
}

#[cfg(test)]
mod tests;
