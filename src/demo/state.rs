//! What a running demo remembers, and the few operations on it that are not a request.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::demo::directory::{self, User};
use crate::demo::faults::{Faults, SharedFaults};
use crate::demo::keys::KeyRing;
use crate::demo::log::RequestLog;
use crate::demo::serve::Addresses;
use crate::model::port::Clock;

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
}

impl Shared {
    /// A fresh demo.
    pub fn new(addresses: Addresses, clock: Arc<dyn Clock>, faults: Faults) -> Self {
        let state = State {
            users: directory::users(),
            callbacks: directory::CALLBACKS.iter().map(ToString::to_string).collect(),
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

    pub fn approve_device(&self, _user_code: &str, _email: &str) -> bool {
        false
    }
    pub fn deny_device(&self, _user_code: &str) -> bool {
        false
    }
    pub fn pending_user_codes(&self) -> Vec<String> {
        Vec::new()
    }
}
