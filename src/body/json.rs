//! JSON, byte by byte: is it valid, where do the lines of its pretty form begin, what is on one of them.
//!
//! Values are never parsed into a tree: numbers, escapes, duplicate keys and the order of keys stay as they were
//! sent, depth costs one bit, and nothing recurses.

mod check;
mod holes;
mod raw;
mod stack;
mod walk;

pub use check::{Fault, Shape, check};
pub use holes::{check_with_holes, pretty_with_holes};
pub use raw::raw_token;
pub use walk::{Pretty, write_pretty};
