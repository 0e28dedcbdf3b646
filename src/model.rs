//! Plain domain types, ids and ports: what every other module speaks about.
//!
//! No I/O, no clock, no randomness here; those come in through the traits of [`port`].

pub mod cookie;
pub mod exchange;
pub mod finding;
pub mod identity;
pub mod port;
pub mod problem;
pub mod provider;
pub mod request;
pub mod secret;
pub mod session;
pub mod sign_in;
pub mod time;
pub mod tls;
pub mod verdict;
pub mod wire;
