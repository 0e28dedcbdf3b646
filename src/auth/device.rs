//! The device authorisation grant (RFC 8628): ask for a code, show it, poll until it was entered.
//!
//! Polling obeys the provider: `slow_down` adds 5 s for good, a missing interval is 5 s, and only an answer that is
//! final, or the code's expiry, ends it. A fault of the network never does.

use std::time::Duration;

use serde_json::{Map, Value};
use url::Url;

use crate::auth::answer::{self, Asking};
use crate::auth::client;
use crate::auth::context::AuthContext;
use crate::auth::discovery;
use crate::auth::error::{AuthError, Endpoint};
use crate::auth::login::{Events, LoginEvent, PollState};
use crate::auth::parameter;
use crate::auth::scope::Scopes;
use crate::auth::text;
use crate::auth::token_response::{self, TokenResponse};
use crate::model::identity::{Grant, Identity};
use crate::model::provider::ProviderMetadata;
use crate::model::time::Timestamp;
use crate::model::wire::{FieldValue, WireRequest, WireResponse};
use crate::redact::{DeviceCode, SecretText};

/// `interval` where the provider gives none (RFC 8628 section 3.2).
const DEFAULT_INTERVAL: Duration = Duration::from_secs(5);

/// What `slow_down` adds (RFC 8628 section 3.5).
const SLOW_DOWN: Duration = Duration::from_secs(5);

/// `expires_in` where the provider forgets it, though it must not.
const DEFAULT_LIFE: Duration = Duration::from_mins(10);

/// The longest pause after faults of the network.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// Longer codes nobody types.
const LONGEST_USER_CODE: usize = 64;

/// The path that one page of Kinde's documentation names (kinde.md 1.3).
const OTHER_KINDE_PATH: &str = "/oauth2/v2/device_authorization";

/// The answer to a device request (RFC 8628 section 3.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceAuthorization {
    /// Polled with.
    pub device_code: DeviceCode,
    /// Typed by the user.
    pub user_code: String,
    /// Where the user types it.
    pub verification_uri: Url,
    /// The same with the code in it.
    pub verification_uri_complete: Option<Url>,
    /// How long the codes live.
    pub expires_in: Duration,
    /// The shortest pause between two polls.
    pub interval: Duration,
}

/// Builds the device request. Scope and audience belong here: at the token endpoint they are ignored (kinde.md 2.2).
pub fn request(identity: &Identity, metadata: &ProviderMetadata, url: Url, scopes: &Scopes) -> WireRequest {
    let plain = |(name, value): (String, String)| (name, FieldValue::Plain(value));
    let mut request = WireRequest::post("device request", url, Vec::new());
    client::authenticate(&mut request, identity, metadata);
    request.form.extend(scopes.parameter().map(|scope| plain(("scope".to_owned(), scope))));
    request.form.extend(parameter::custom(identity).into_iter().map(plain));
    request
}

/// Builds a poll.
pub fn poll_request(identity: &Identity, metadata: &ProviderMetadata, url: Url, code: &DeviceCode) -> WireRequest {
    let grant_type = FieldValue::Plain("urn:ietf:params:oauth:grant-type:device_code".to_owned());
    let code = FieldValue::Secret(SecretText::new(code.expose()));
    let form = vec![("grant_type".to_owned(), grant_type), ("device_code".to_owned(), code)];
    let mut request = WireRequest::post("device token request", url, form);
    client::authenticate(&mut request, identity, metadata);
    let resources = parameter::resources(identity);
    request.form.extend(resources.into_iter().map(|(name, value)| (name, FieldValue::Plain(value))));
    request
}

/// Reads the members of a device response.
pub fn read(members: &Map<String, Value>) -> Result<DeviceAuthorization, AuthError> {
    let unusable = |why: &str| AuthError::BadDeviceResponse(why.to_owned());
    let text_of = |name: &str| members.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let device_code = text_of("device_code").ok_or_else(|| unusable("It has no `device_code`"))?;
    let user_code = text_of("user_code").ok_or_else(|| unusable("It has no `user_code`"))?;
    if user_code.chars().count() > LONGEST_USER_CODE || !user_code.chars().all(text::is_harmless) {
        return Err(unusable("Its `user_code` is nothing that a person could type"));
    }
    // Google's older name is understood too.
    let page = text_of("verification_uri").or_else(|| text_of("verification_url"));
    let page = page.ok_or_else(|| unusable("It has no `verification_uri`"))?;
    let verification_uri = web_page(page).ok_or_else(|| unusable("Its `verification_uri` is not an https address"))?;
    let interval = members.get("interval").and_then(token_response::seconds).unwrap_or(DEFAULT_INTERVAL);
    Ok(DeviceAuthorization {
        device_code: DeviceCode::new(device_code),
        user_code: user_code.to_owned(),
        verification_uri,
        verification_uri_complete: text_of("verification_uri_complete").and_then(web_page),
        expires_in: members.get("expires_in").and_then(token_response::seconds).unwrap_or(DEFAULT_LIFE),
        interval: interval.max(Duration::from_secs(1)),
    })
}

/// It is shown, drawn as a QR code and opened in a browser: nothing but a web address may get that far.
fn web_page(text: &str) -> Option<Url> {
    Url::parse(text).ok().filter(discovery::is_safe)
}

/// Runs the flow up to the token response.
pub async fn authorize(
    ctx: &AuthContext,
    identity: &Identity,
    metadata: &ProviderMetadata,
    scopes: &Scopes,
    events: Events<'_>,
) -> Result<(TokenResponse, WireResponse), AuthError> {
    let token_endpoint = discovery::required(metadata.token_endpoint.as_ref(), Endpoint::Token, metadata)?;
    let device = start(ctx, identity, metadata, scopes, events).await?;
    let expires_at = ctx.clock.now().plus(device.expires_in);
    events(LoginEvent::DeviceCode {
        user_code: device.user_code.clone(),
        verification_uri: device.verification_uri.clone(),
        verification_uri_complete: device.verification_uri_complete.clone(),
        expires_at,
        interval: device.interval,
    });
    let poll = || poll_request(identity, metadata, token_endpoint.clone(), &device.device_code);
    let mut pace = Pace { interval: device.interval, pause: None };
    for attempt in 1.. {
        wait(ctx, pace.next(), expires_at).await?;
        let answer = answer::ask(ctx, Asking::of(Grant::DeviceAuthorization, metadata), poll()).await;
        let state = match answer {
            Ok((members, response)) => return Ok((TokenResponse::read(&members)?, response)),
            Err(error) => pace.judge(error)?,
        };
        events(LoginEvent::Polling { attempt, interval: pace.next(), state });
    }
    Err(AuthError::DeviceExpired)
}

/// The device request, with the other path as a last resort where the endpoint is bearcat's own guess.
async fn start(
    ctx: &AuthContext,
    identity: &Identity,
    metadata: &ProviderMetadata,
    scopes: &Scopes,
    events: Events<'_>,
) -> Result<DeviceAuthorization, AuthError> {
    let endpoint = metadata.device_authorization_endpoint.as_ref();
    let url = discovery::required(endpoint, Endpoint::DeviceAuthorization, metadata)?.clone();
    let asking = Asking::of(Grant::DeviceAuthorization, metadata);
    let ask = async |url: &Url| answer::ask(ctx, asking, request(identity, metadata, url.clone(), scopes)).await;

    let first = ask(&url).await;
    if !first.as_ref().is_err_and(is_not_found) {
        return read(&first?.0);
    }
    if !metadata.device_endpoint_is_builtin {
        return Err(AuthError::DeviceEndpointNotFound(vec![url]));
    }
    let mut other = url.clone();
    other.set_path(OTHER_KINDE_PATH);
    events(LoginEvent::Note(format!("`{}` answers 404; trying `{OTHER_KINDE_PATH}` once", url.path())));
    match ask(&other).await {
        Err(error) if is_not_found(&error) => Err(AuthError::DeviceEndpointNotFound(vec![url, other])),
        second => read(&second?.0),
    }
}

fn is_not_found(error: &AuthError) -> bool {
    match error {
        AuthError::Unexpected { status, .. } => *status == 404,
        AuthError::Refused { refusal, .. } => refusal.status == 404,
        _ => false,
    }
}

/// Sleeps, but not beyond the end of the code's life.
async fn wait(ctx: &AuthContext, pause: Duration, expires_at: Timestamp) -> Result<(), AuthError> {
    let left = expires_at.since(ctx.clock.now());
    ctx.clock.sleep(pause.min(left)).await;
    if ctx.clock.now() >= expires_at { Err(AuthError::DeviceExpired) } else { Ok(()) }
}

/// How fast to poll.
struct Pace {
    interval: Duration,
    /// After a fault of the network, until an answer comes again.
    pause: Option<Duration>,
}

impl Pace {
    fn next(&self) -> Duration {
        self.pause.unwrap_or(self.interval)
    }

    /// Goes on polling, or gives the error back because it is final.
    fn judge(&mut self, error: AuthError) -> Result<PollState, AuthError> {
        if let AuthError::Refused { refusal, .. } = &error {
            match refusal.code.as_str() {
                "authorization_pending" => {
                    self.pause = None;
                    return Ok(PollState::Pending);
                }
                "slow_down" => {
                    self.pause = None;
                    self.interval += SLOW_DOWN;
                    return Ok(PollState::SlowDown);
                }
                "access_denied" => return Err(AuthError::DeviceDenied),
                "expired_token" => return Err(AuthError::DeviceExpired),
                "temporarily_unavailable" => {}
                _ => return Err(error),
            }
        }
        let asked_for = match &error {
            AuthError::Busy { wait, .. } => wait.unwrap_or(SLOW_DOWN + self.interval),
            _ if error.is_passing() => Duration::ZERO,
            _ => return Err(error),
        };
        // RFC 8628 section 3.5: back off exponentially when the connection times out.
        let doubled = (self.next() * 2).min(LONGEST_PAUSE.max(self.interval));
        self.pause = Some(doubled.max(asked_for).max(self.interval));
        Ok(PollState::NetworkFailure(error.to_string()))
    }
}

#[cfg(test)]
mod tests;
