//! Tests of the application: one file per feature, one test per arrow, names as sentences.

mod cookies;
mod countdown;
mod edit;
mod edit_random;
mod export;
mod fixture;
mod import;
mod layers;
mod login;
mod login_vault;
mod matrix;
mod mouse;
mod panel;
mod probe;
mod prompts;
mod random;
mod run;
mod run_waits;
mod save;
mod session;
mod streams;
mod text;
mod tick;
mod tree;
mod variables;
mod workspace;
