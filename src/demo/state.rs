//! What a running demo remembers, and the few operations on it that are not a request.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;

use crate::demo::directory::{self, User};
use crate::demo::family::TokenFamily;
use crate::demo::faults::{Faults, LoopbackPorts, SharedFaults};
use crate::demo::grant::{BrowserSession, CodeGrant, DeviceGrant, DeviceState, PendingSignIn, SignedIn};
use crate::demo::keys::{KeyRing, SigningKey};
use crate::demo::log::RequestLog;
use crate::demo::serve::Addresses;
use crate::model::port::Clock;
use crate::model::time::Timestamp;

/// Everything that both servers share.
pub struct Shared {
    /// Where they are reached.
    pub addresses: Addresses,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The knobs.
    pub faults: SharedFaults,
    /// The signing keys.
    pub keys: KeyRing,
    /// What was seen.
    pub log: RequestLog,
    state: Mutex<State>,
}

/// What changes.
pub struct State {
    /// The users.
    pub users: Vec<User>,
    /// Registered callback URLs.
    pub callbacks: Vec<String>,
    /// Device codes.
    pub devices: Vec<DeviceGrant>,
    /// Authorisation codes by their text.
    pub codes: HashMap<String, CodeGrant>,
    /// Sign-in pages that wait for a person, by `psid`.
    pub pending: HashMap<String, PendingSignIn>,
    /// Browsers that are signed in, by cookie.
    pub browsers: HashMap<String, BrowserSession>,
    /// Sign-ins that have tokens.
    pub families: Vec<TokenFamily>,
    /// `jti`s of revoked access tokens.
    pub revoked: HashSet<String>,
    /// Orders that were created at the API.
    pub orders: Vec<Value>,
}

impl Shared {
    /// A fresh demo.
    pub fn new(addresses: Addresses, clock: Arc<dyn Clock>, faults: Faults) -> Self {
        let mut callbacks: Vec<_> = directory::CALLBACKS.iter().map(ToString::to_string).collect();
        callbacks.push(format!("{}/api/auth/kinde_callback", addresses.api));
        let state = State {
            users: directory::users(),
            callbacks,
            devices: Vec::new(),
            codes: HashMap::new(),
            pending: HashMap::new(),
            browsers: HashMap::new(),
            families: Vec::new(),
            revoked: HashSet::new(),
            orders: Vec::new(),
        };
        Self {
            addresses,
            clock,
            faults: SharedFaults::new(faults),
            keys: KeyRing::default(),
            log: RequestLog::default(),
            state: Mutex::new(state),
        }
    }

    /// The state, locked. Never held across an await.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time by the issuer's clock, which may be off.
    pub fn issuer_now(&self) -> Timestamp {
        let offset = self.faults.update(|faults| faults.clock_offset_seconds);
        let distance = Duration::from_secs(offset.unsigned_abs());
        if offset < 0 { self.clock.now().minus(distance) } else { self.clock.now().plus(distance) }
    }

    /// The key to sign with.
    pub async fn signing_key(&self) -> Arc<SigningKey> {
        if self.faults.update(|faults| faults.rotate_before_signing) {
            self.keys.rotate();
        }
        self.keys.current().await
    }

    /// The keys that are published.
    pub async fn published_keys(&self) -> Vec<Arc<SigningKey>> {
        let published = self.faults.update(|faults| faults.published_keys);
        self.keys.published(published).await
    }

    /// Approves a waiting device code for a user. `false`: there is no such code or user.
    pub fn approve_device(&self, user_code: &str, email: &str) -> bool {
        let now = self.issuer_now();
        let mut state = self.state();
        let Some(user) = state.users.iter().find(|user| user.email == email) else { return false };
        let signed_in = SignedIn { user_id: user.id.clone(), auth_time: now.seconds(), browser: None };
        state.decide(user_code, now, DeviceState::Approved(signed_in))
    }

    /// Denies a waiting device code. `false`: there is none.
    pub fn deny_device(&self, user_code: &str) -> bool {
        let now = self.issuer_now();
        self.state().decide(user_code, now, DeviceState::Denied)
    }

    /// The user codes that wait for a person, oldest first.
    pub fn pending_user_codes(&self) -> Vec<String> {
        let now = self.issuer_now();
        let state = self.state();
        state.devices.iter().filter(|device| device.is_waiting(now)).map(|device| device.user_code.clone()).collect()
    }

    /// May a client send the browser back to this URL?
    pub fn is_callback(&self, redirect_uri: &str) -> bool {
        let ports = self.faults.update(|faults| faults.loopback_ports);
        let state = self.state();
        state.callbacks.iter().any(|registered| match ports {
            LoopbackPorts::Exact => registered == redirect_uri,
            LoopbackPorts::Any => registered == redirect_uri || same_but_port(registered, redirect_uri),
        })
    }
}

impl State {
    /// The device grant with this user code, as people type it.
    pub fn waiting_device(&mut self, user_code: &str, now: Timestamp) -> Option<&mut DeviceGrant> {
        let typed: String =
            user_code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
        self.devices.iter_mut().find(|device| device.user_code == typed && device.is_waiting(now))
    }

    fn decide(&mut self, user_code: &str, now: Timestamp, decision: DeviceState) -> bool {
        self.waiting_device(user_code, now).map(|device| device.state = decision).is_some()
    }

    /// The user with this id.
    pub fn user(&self, id: &str) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }
}

/// RFC 8252 section 7.3: the port of a loopback IP literal is not compared. `localhost` is a name, not a literal.
fn same_but_port(registered: &str, asked: &str) -> bool {
    let (Ok(mut registered), Ok(asked)) = (url::Url::parse(registered), url::Url::parse(asked)) else { return false };
    let is_literal = matches!(asked.host(), Some(url::Host::Ipv4(address)) if address.is_loopback())
        || matches!(asked.host(), Some(url::Host::Ipv6(address)) if address.is_loopback());
    if !is_literal || asked.scheme() != "http" {
        return false;
    }
    // `127.0.0.1` and `[::1]` are the same listener to a native app.
    registered.set_host(asked.host_str()).is_ok() && registered.set_port(asked.port()).is_ok() && registered == asked
}
