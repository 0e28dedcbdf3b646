//! Bearcat: a terminal API tester that signs in for you and tells you why an API refused.
//!
//! ARCHITECTURE.md has the map and the invariants. In short: everything down to `app` is a functional
//! core without I/O (`auth`, `http` and `store` have their edges behind the ports of [`model::port`]), the
//! `shell` and the `cli` are the imperative part, and `tests/tidy.rs` enforces which module may use which.
//!
//! # Words
//! - **workspace**: the folder that bearcat runs in. **collection**: a `.http` or `.rest` file in it.
//!   **request**: one block of such a file.
//! - **environment**: a named set of variables. **identity**: a named way to sign in. **session**: the
//!   tokens that an identity holds now.
//! - **run**: one sending of one request. **exchange**: what went out and came back.
//! - **verdict**: the result of inspecting a token, a list of **checks**. **finding**: one diagnosed cause.
//! - **vault**: where secrets are kept.

pub mod redact;

pub mod model;

pub mod template;

pub mod collection;

pub mod token;

pub mod diagnose;

pub mod body;

pub mod keys;

pub mod auth;

pub mod http;

pub mod store;

pub mod app;

pub mod ui;

pub mod demo;

pub mod shell;

pub mod cli;
