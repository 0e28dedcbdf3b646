//! Planning and sending requests, from the outside: against servers that behave and servers that do not.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helper functions too")]

#[path = "http/support.rs"]
mod support;

#[path = "http/bodies.rs"]
mod bodies;
#[path = "http/certificates.rs"]
mod certificates;
#[path = "http/digest.rs"]
mod digest;
#[path = "http/engine.rs"]
mod engine;
#[path = "http/proxies.rs"]
mod proxies;
#[path = "http/streams.rs"]
mod streams;
#[path = "http/tls.rs"]
mod tls;
#[path = "http/transport.rs"]
mod transport;
