//! Relying-party conformance: the cases of the OpenID Foundation's Basic, Config and refresh plans for relying parties
//! that apply to a client of the code flow with RS256, one test for each, named after it.
//!
//! `login`, `fresh` and `userinfo` run against a provider in memory that really signs (the one that the unit tests of
//! `auth` use). Each refusal is asserted together with the check that is named in the error.

#![expect(clippy::unwrap_used, reason = "test support outside of test functions")]

use bearcat::{auth, model, redact};

#[expect(dead_code, reason = "the unit tests of `auth` use more of it")]
#[path = "../src/auth/testing.rs"]
mod testing;

#[path = "conformance/relying_party.rs"]
mod relying_party;

#[path = "conformance/basic.rs"]
mod basic;

#[path = "conformance/config.rs"]
mod config;

#[path = "conformance/refresh.rs"]
mod refresh;
