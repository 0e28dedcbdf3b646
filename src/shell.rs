//! The imperative shell: event loop, terminal, effects, services. It runs what `app` asks for and decides nothing.

mod arriving;
pub mod browser;
pub mod clipboard;
pub mod clock;
pub mod documents;
pub mod editor;
pub mod effects;
pub mod event_loop;
pub mod files;
pub mod identity_file;
pub mod import;
pub mod input;
pub mod jq;
pub mod loopback;
pub mod memory;
pub mod notice;
pub mod run;
pub mod secrets;
pub mod send;
pub mod services;
pub mod session;
pub mod signal;
pub mod tasks;
pub mod terminal;
pub mod vault;
pub mod watch;
pub mod workspace;
