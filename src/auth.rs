//! The sign-in engine: discovery, the grants, refresh, revocation and userinfo (design.md section 4).
//!
//! Pure builders and parsers, and flows that are generic over the ports of [`crate::model::port`]: no runtime, no
//! clock, no sockets here. The shell and the commands call [`login::login`] and [`keeper::SessionKeeper`].
//!
//! Invariants: the token endpoint's redirects are never followed; an ID token that fails a check at login yields no
//! session; a rotated refresh token is stored before the access token that came with it is used; a refresh that was
//! posted is driven to its end.

pub mod context;

pub mod error;

pub mod login;

pub mod keeper;
pub mod live;

pub mod provider;

pub mod discovery;

pub mod device;

pub mod code;

pub mod callback;

pub mod client_credentials;

pub mod refresh;

pub mod revoke;

pub mod userinfo;

pub mod id_token;

pub mod token_response;

pub mod client;

pub mod scope;

pub mod parameter;

mod answer;

mod text;

#[cfg(test)]
#[expect(dead_code, reason = "`tests/conformance.rs` uses the rest")]
mod testing;
