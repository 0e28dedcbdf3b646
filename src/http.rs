//! Planning a request (pure) and sending it (reqwest and tokio).
//!
//! `plan` turns a request block, variables and a session into a [`plan::RequestPlan`]; `engine` sends such a
//! plan and streams the answer; `transport` carries the sign-in engine's small requests. The shell and the
//! commands call them. A token leaves this module only towards an origin that its identity allows.

pub mod plan;

pub mod cookie_mode;

pub mod body_text;

pub mod cookies;

pub mod files;

pub mod engine;

pub mod transport;
