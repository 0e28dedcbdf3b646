//! The application as a state machine: `update` is the only place where its state changes.
//!
//! `App::update(&mut self, msg, now) -> Vec<Effect>` does no I/O and reads no clock; the shell runs the effects
//! and answers with messages. `ui` draws the state.

pub mod effect;
pub mod hit;
pub mod msg;
pub mod session;
pub mod state;
