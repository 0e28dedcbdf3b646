//! What each message does to the state: a file per feature. Called by `App::update` only; the exceptions are
//! [`palette_rows`] and [`EXPORT_ROWS`], which `ui` draws.

mod carrier;
mod cookies;
mod copy;
mod edit;
pub(in crate::app) mod editor;
mod export;
pub(in crate::app) mod files;
mod form;
mod import;
mod keep;
mod keys;
pub(in crate::app) mod lab;
mod layers;
mod login;
mod login_keys;
mod matrix;
mod mouse;
mod notice;
pub(in crate::app) mod once;
mod palette;
mod panel;
mod probe;
mod prompts;
pub(in crate::app) mod run;
mod runs;
mod save;
mod scroll;
mod session;
mod structure;
mod variables;
mod why;
mod workspace;

pub use export::{EXPORT_ROWS, ExportRow};
pub use palette::palette_rows;
