//! The imperative shell.

pub mod loopback;
