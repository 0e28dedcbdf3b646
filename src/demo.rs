//! The embedded Kinde-like environment: an issuer and a protected API on two loopback ports, in this process.
//!
//! `bearcat demo` runs it for people, and the tests run the same code with [`Faults`]. The issuer behaves as
//! kinde.md says Kinde does (section 11 there is the list); the API has routes that accept, refuse and misbehave
//! in all the ways that bearcat explains. Nothing here is secret: the client secrets are constants, the users have
//! no passwords. It listens on 127.0.0.1 only, and stops when the [`Demo`] is dropped.

pub mod browser;
pub mod clock;
pub mod directory;
pub mod faults;
pub mod log;
pub mod mishap;
pub mod token_fault;
pub mod workspace;

mod api;
mod claims;
mod family;
mod front;
mod grant;
mod issuer;
mod jwt;
mod keys;
mod oauth_error;
mod params;
mod png;
mod random;
mod serve;
mod state;
mod wire;

use std::fmt;
use std::sync::Arc;

use tokio_util::sync::{CancellationToken, DropGuard};
use url::Url;

use crate::demo::clock::SystemClock;
use crate::demo::directory::{JANE, Membership, User};
use crate::demo::faults::{Faults, SharedFaults};
use crate::demo::log::{RequestLog, Seen};
use crate::demo::serve::Addresses;
use crate::demo::state::Shared;
use crate::model::identity::Issuer;
use crate::model::port::Clock;

/// How to start a demo.
pub struct DemoOptions {
    /// The issuer's port on 127.0.0.1; 0 lets the operating system choose.
    pub issuer_port: u16,
    /// The API's port on 127.0.0.1; 0 lets the operating system choose.
    pub api_port: u16,
    /// The clock of both.
    pub clock: Arc<dyn Clock>,
    /// The knobs to start with.
    pub faults: Faults,
}

impl Default for DemoOptions {
    fn default() -> Self {
        Self { issuer_port: 0, api_port: 0, clock: Arc::new(SystemClock), faults: Faults::default() }
    }
}

impl fmt::Debug for DemoOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DemoOptions")
            .field("issuer_port", &self.issuer_port)
            .field("api_port", &self.api_port)
            .finish_non_exhaustive()
    }
}

/// A running demo. Dropping it closes both ports and every connection.
pub struct Demo {
    /// The issuer: `http://127.0.0.1:PORT/`. Its identifier has no trailing slash, see [`Self::issuer_text`].
    pub issuer: Url,
    /// The same issuer under its custom domain, `http://localhost:PORT/`: same keys and users, another `iss`.
    pub custom_domain: Url,
    /// The protected API.
    pub api: Url,
    shared: Arc<Shared>,
    _stop: DropGuard,
}

impl fmt::Debug for Demo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Demo(issuer {}, API {})", self.issuer, self.api)
    }
}

/// Binds both ports and starts serving on the current tokio runtime. The signing key is made meanwhile, on a
/// blocking thread; only a request that needs it waits for it.
pub async fn start(options: DemoOptions) -> std::io::Result<Demo> {
    let stop = CancellationToken::new();
    let (issuer_listener, api_listener) = wire::bind(options.issuer_port, options.api_port, &stop).await?;
    let addresses = Addresses::of(issuer_listener.address(), api_listener.address());
    let demo_urls = addresses.clone();
    let shared = Arc::new(Shared::new(addresses, options.clock, options.faults));
    shared.keys.warm_up();
    serve::spawn(issuer_listener, api_listener, &shared);
    Ok(Demo {
        issuer: demo_urls.issuer_url,
        custom_domain: demo_urls.custom_url,
        api: demo_urls.api_url,
        shared,
        _stop: stop.drop_guard(),
    })
}

impl Demo {
    /// The knobs, to change while it runs.
    pub fn faults(&self) -> &SharedFaults {
        &self.shared.faults
    }

    /// The issuer identifier as it stands in `iss`: without a trailing slash.
    pub fn issuer_text(&self) -> &str {
        &self.shared.addresses.issuer
    }

    /// The issuer identifier of the custom domain.
    pub fn custom_issuer_text(&self) -> &str {
        &self.shared.addresses.custom_issuer
    }

    /// The issuer identifier as a domain type.
    pub fn issuer_identifier(&self) -> Issuer {
        Issuer::parse(self.issuer_text()).expect("a loopback URL is an issuer")
    }

    /// Approves a device code as Jane: what the demo key does. `false`: no such code is waiting.
    pub fn approve(&self, user_code: &str) -> bool {
        self.approve_as(user_code, JANE)
    }

    /// Approves a device code as the user with this e-mail address. `false`: no such code or user.
    pub fn approve_as(&self, user_code: &str, email: &str) -> bool {
        self.shared.approve_device(user_code, email)
    }

    /// Denies a device code. `false`: no such code is waiting.
    pub fn deny(&self, user_code: &str) -> bool {
        self.shared.deny_device(user_code)
    }

    /// The user codes that wait for a person, oldest first.
    pub fn pending_user_codes(&self) -> Vec<String> {
        self.shared.pending_user_codes()
    }

    /// Registers one more callback URL for all applications.
    pub fn allow_callback(&self, callback: impl Into<String>) {
        self.shared.state().callbacks.push(callback.into());
    }

    /// Makes a new signing key; the old one stays published.
    pub fn rotate_keys(&self) {
        self.shared.keys.rotate();
    }

    /// Every request that was seen so far, both ports, oldest first (bounded; no secrets).
    pub fn log(&self) -> Vec<Seen> {
        self.request_log().entries()
    }

    /// How many requests fit.
    pub fn count(&self, fits: impl Fn(&Seen) -> bool) -> usize {
        self.log().iter().filter(|seen| fits(seen)).count()
    }

    /// How many token requests with this `grant_type` were seen.
    pub fn token_posts(&self, grant_type: &str) -> usize {
        self.count(|seen| seen.path == "/oauth2/token" && seen.field("grant_type") == Some(grant_type))
    }

    /// The request log itself; it can be cleared.
    pub fn request_log(&self) -> &RequestLog {
        &self.shared.log
    }

    /// The users as they are now.
    pub fn users(&self) -> Vec<User> {
        self.shared.state().users.clone()
    }

    /// Changes a user: permissions, roles, feature flags, memberships. Shows in the next new token. `false`: no such user.
    pub fn change_user(&self, email: &str, change: impl FnOnce(&mut User)) -> bool {
        let mut state = self.shared.state();
        let user = state.users.iter_mut().find(|user| user.email == email);
        user.map(change).is_some()
    }

    /// Sets a user's permissions in the default organisation. `false`: no such user, or no organisation.
    pub fn set_permissions(&self, email: &str, permissions: &[&str]) -> bool {
        self.change_membership(email, |membership| {
            membership.permissions = permissions.iter().map(ToString::to_string).collect();
        })
    }

    /// Sets a user's roles in the default organisation. `false`: no such user, or no organisation.
    pub fn set_roles(&self, email: &str, roles: &[&str]) -> bool {
        self.change_membership(email, |membership| {
            membership.roles = roles.iter().map(ToString::to_string).collect();
        })
    }

    fn change_membership(&self, email: &str, change: impl FnOnce(&mut Membership)) -> bool {
        let mut state = self.shared.state();
        let user = state.users.iter_mut().find(|user| user.email == email);
        user.and_then(|user| user.memberships.first_mut()).map(change).is_some()
    }
}

#[cfg(test)]
mod tests;
