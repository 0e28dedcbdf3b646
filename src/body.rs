//! Response bodies made readable at any size: kind, pretty form, line index, lexer. Never sees a terminal.
//!
//! Built once by the shell off the screen's thread, then drawn from by `ui`. Nothing is copied: the pretty form of
//! a JSON body is a walk over its bytes, and only every few dozen lines a checkpoint is kept to start from.
//! Invariant: no text that leaves this module holds a control character or a bidirectional override.

pub mod document;
pub mod kind;
pub mod live;
pub mod visible;

mod hex;
mod image;
pub mod json;
mod markup;
mod paint;
mod text;
