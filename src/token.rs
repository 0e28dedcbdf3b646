//! The token inspector and verifier: what a token says, and whether it holds.
//!
//! [`inspect`] decodes anything without trusting it, [`verify`] makes the named checks of a
//! [`Verdict`](crate::model::verdict::Verdict), [`kinde`] reads Kinde's claims, [`describe`] puts times into words,
//! [`preflight`] tells before sending whether a request would pass.
//! Pure: `now` is an argument, keys come in as a parsed [`jwks::KeySet`], and no input makes any of it fail or panic.
//! `auth` verifies ID tokens with it at login, `app` and `cli` show its verdicts, `diagnose` reads them.

pub mod inspect;

pub mod jwks;

pub mod verify;

pub mod kinde;

pub mod describe;

pub mod explain;

pub mod find;

pub mod live;

pub mod compare;

pub mod preflight;

pub mod size;

mod algorithm;

mod classify;

mod decode;

mod text;

#[cfg(test)]
pub mod testing;
