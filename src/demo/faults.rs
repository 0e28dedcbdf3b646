//! The knobs that make the demo misbehave: one field per way in which a real provider has been seen to differ or fail.
//!
//! Tests change them while the demo runs, through [`SharedFaults`]. The default of every knob is the behaviour of
//! kinde.md, so `Faults::default()` is an honest provider; what that page marks as open is a knob, never a guess.

use std::sync::{Mutex, PoisonError};

use serde_json::{Map, Value};

use crate::demo::mishap::{Endpoint, Mishap, PlannedMishap};
use crate::demo::token_fault::TokenFault;

/// What the key set endpoint publishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum PublishedKeys {
    /// The signing key, and the one before it after a rotation.
    #[default]
    CurrentAndPrevious,
    /// The signing key only.
    CurrentOnly,
    /// Every key but the signing key (an empty set before the first rotation).
    WithoutCurrent,
}

/// Who decides about a device code.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum DeviceDecision {
    /// The verification page, or the demo key.
    #[default]
    Person,
    /// Approved at once, as the user with this e-mail address.
    Approved(String),
    /// Denied at once.
    Denied,
    /// Expired at once.
    Expired,
}

/// How `expires_in` is written (kinde.md 3.5: SDKs have seen a number and a text).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ExpiresIn {
    /// A number.
    #[default]
    Number,
    /// A text.
    Text,
    /// Not there.
    Missing,
}

/// What `expires_in` says when a refresh hands out the same access token again (kinde.md 12, number 6: open).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum RefreshedExpiresIn {
    /// What is left.
    #[default]
    Remaining,
    /// The whole lifetime, which is not true.
    WholeLifetime,
}

/// How confidential clients may authenticate at the token endpoint; also what the metadata lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ClientAuthenticationMethod {
    /// `client_secret_post` only, as Kinde.
    #[default]
    Post,
    /// `client_secret_basic` only, as many others.
    Basic,
}

/// Which redirect URIs with a loopback address are accepted (kinde.md 3.4, open).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum LoopbackPorts {
    /// The port is not compared for `127.0.0.1` and `[::1]` (RFC 8252 section 7.3), but for `localhost` it is.
    #[default]
    Any,
    /// Only registered URIs, compared exactly.
    Exact,
}

/// What happens when a rotated refresh token comes back after its grace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Reuse {
    /// `invalid_grant`; the newer token stays good.
    #[default]
    Refused,
    /// `invalid_grant`, and the whole family is revoked (RFC 9700 section 4.14.2).
    RevokesFamily,
}

/// All knobs. See the module doc.
#[derive(Debug, Clone, PartialEq)]
pub struct Faults {
    /// Mishaps by endpoint; the first that fits a request strikes.
    pub mishaps: Vec<PlannedMishap>,
    /// Another `issuer` in the discovery document.
    pub discovery_issuer: Option<String>,
    /// Members to add to the discovery document or to replace in it (`device_authorization_endpoint` …).
    pub discovery_extra: Map<String, Value>,
    /// What the key set publishes.
    pub published_keys: PublishedKeys,
    /// Rotate the keys just before each signing.
    pub rotate_before_signing: bool,
    /// The provider's clock is this many seconds ahead (negative: behind): `iat`, `exp` and the `Date` header.
    pub clock_offset_seconds: i64,
    /// How access tokens are spoilt.
    pub access_token: TokenFault,
    /// How the ID token of a sign-in is spoilt.
    pub id_token: TokenFault,
    /// How the ID token of a refresh is spoilt.
    pub refreshed_id_token: TokenFault,
    /// No `refresh_token` in any answer.
    pub omit_refresh_token: bool,
    /// No `id_token` in any answer.
    pub omit_id_token: bool,
    /// A refresh does not rotate, and its answer has no `refresh_token`.
    pub refresh_without_rotation: bool,
    /// The oddity of kinde.md 5.1: a refresh answers success with a token of `aud`, `iat`, `jti` and `scp` only.
    pub refreshed_token_without_exp: bool,
    /// A refresh mints a new access token each time, as most other providers do.
    pub always_new_access_token: bool,
    /// What happens when a rotated refresh token comes back late.
    pub reuse: Reuse,
    /// How `expires_in` is written.
    pub expires_in: ExpiresIn,
    /// What it says for an access token that is handed out again.
    pub refreshed_expires_in: RefreshedExpiresIn,
    /// Seconds that an access token lives.
    pub access_lifetime: u64,
    /// Seconds that an ID token lives.
    pub id_lifetime: u64,
    /// Seconds that a refresh token lives.
    pub refresh_lifetime: u64,
    /// Seconds that a rotated refresh token keeps working.
    pub rotation_grace: u64,
    /// Seconds that an authorisation code lives.
    pub code_lifetime: u64,
    /// Seconds that a device code lives.
    pub device_lifetime: u64,
    /// Seconds between two polls.
    pub device_interval: u64,
    /// No `interval` in the device answer.
    pub omit_interval: bool,
    /// Answer this many polls with `slow_down`.
    pub slow_down: u32,
    /// Take polls at any speed, instead of answering `slow_down` to those that come faster than the interval.
    pub any_polling_speed: bool,
    /// Who decides about device codes.
    pub device_decision: DeviceDecision,
    /// The status of the device grant's errors (kinde.md 2.3, open).
    pub device_error_status: u16,
    /// The status of a refused userinfo request (kinde.md 7, open).
    pub userinfo_refusal_status: u16,
    /// Another `sub` at the userinfo endpoint.
    pub userinfo_subject: Option<String>,
    /// How confidential clients authenticate.
    pub client_authentication: ClientAuthenticationMethod,
    /// Which loopback redirect URIs are accepted.
    pub loopback_ports: LoopbackPorts,
    /// Every authorisation request ends at the callback with this `error`.
    pub authorization_error: Option<String>,
    /// Another `state` in the callback.
    pub callback_state: Option<String>,
    /// An `iss` parameter in the callback (RFC 9207); Kinde sends none.
    pub callback_issuer: Option<String>,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            mishaps: Vec::new(),
            discovery_issuer: None,
            discovery_extra: Map::new(),
            published_keys: PublishedKeys::default(),
            rotate_before_signing: false,
            clock_offset_seconds: 0,
            access_token: TokenFault::default(),
            id_token: TokenFault::default(),
            refreshed_id_token: TokenFault::default(),
            omit_refresh_token: false,
            omit_id_token: false,
            refresh_without_rotation: false,
            refreshed_token_without_exp: false,
            always_new_access_token: false,
            reuse: Reuse::default(),
            expires_in: ExpiresIn::default(),
            refreshed_expires_in: RefreshedExpiresIn::default(),
            access_lifetime: 86_400,
            id_lifetime: 3_600,
            refresh_lifetime: 1_296_000,
            rotation_grace: 30,
            code_lifetime: 600,
            device_lifetime: 600,
            device_interval: 5,
            omit_interval: false,
            slow_down: 0,
            any_polling_speed: false,
            device_decision: DeviceDecision::default(),
            device_error_status: 400,
            userinfo_refusal_status: 401,
            userinfo_subject: None,
            client_authentication: ClientAuthenticationMethod::default(),
            loopback_ports: LoopbackPorts::default(),
            authorization_error: None,
            callback_state: None,
            callback_issuer: None,
        }
    }
}

impl Faults {
    /// An honest provider with one planned mishap.
    pub fn mishap(endpoint: Endpoint, mishap: Mishap, times: Option<u32>) -> Self {
        Self { mishaps: vec![PlannedMishap { endpoint, mishap, times }], ..Self::default() }
    }

    /// Takes the next mishap for a request to `endpoint` out of the plan.
    pub(crate) fn strike(&mut self, endpoint: Endpoint) -> Option<Mishap> {
        let index = self.mishaps.iter().position(|planned| planned.endpoint == endpoint && planned.times != Some(0))?;
        let planned = &mut self.mishaps[index];
        if let Some(times) = &mut planned.times {
            *times -= 1;
        }
        Some(planned.mishap.clone())
    }
}

/// The knobs of a running demo.
#[derive(Debug, Default)]
pub struct SharedFaults(Mutex<Faults>);

impl SharedFaults {
    /// Starts with these.
    pub fn new(faults: Faults) -> Self {
        Self(Mutex::new(faults))
    }

    /// Changes knobs and returns what the closure returns. The closure must not call the demo: the lock is held.
    pub fn update<T>(&self, change: impl FnOnce(&mut Faults) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The knobs as they are now.
    pub fn snapshot(&self) -> Faults {
        self.update(|faults| faults.clone())
    }

    /// Plans one more mishap.
    pub fn plan(&self, endpoint: Endpoint, mishap: Mishap, times: Option<u32>) {
        self.update(|faults| faults.mishaps.push(PlannedMishap { endpoint, mishap, times }));
    }

    /// Back to an honest provider.
    pub fn reset(&self) {
        self.update(|faults| *faults = Faults::default());
    }
}
