//! Everything that bearcat keeps on this machine: the vault for tokens, settings, caches, the log, and the
//! file primitives under them. The shell and the commands call it; it uses `model` and `redact` only.
//!
//! Invariant: secrets go to a [`Vault`](crate::model::port::Vault) and nowhere else, and no vault ever
//! replaces another by itself.

pub mod atomic;
pub mod cache;
pub mod choose;
mod detached;
mod digest;
mod encoding;
pub mod file_vault;
pub mod keyring_vault;
pub mod log;
pub mod memory_vault;
pub mod paths;
pub mod refresh_lock;
pub mod remembered;
pub mod settings;
pub mod unsaved;
