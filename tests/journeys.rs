//! Journeys in process: the whole program without a terminal, against the embedded demo.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "journeys/screen.rs"]
mod screen;
#[path = "journeys/stage.rs"]
mod stage;
#[path = "journeys/vaults.rs"]
mod vaults;

#[path = "journeys/access.rs"]
mod access;
#[path = "journeys/acting.rs"]
mod acting;
#[path = "journeys/chaining.rs"]
mod chaining;
#[path = "journeys/editing.rs"]
mod editing;
#[path = "journeys/ending.rs"]
mod ending;
#[path = "journeys/faults.rs"]
mod faults;
#[path = "journeys/files.rs"]
mod files;
#[path = "journeys/finding.rs"]
mod finding;
#[path = "journeys/first_user.rs"]
mod first_user;
#[path = "journeys/idle.rs"]
mod idle;
#[path = "journeys/lab.rs"]
mod lab;
#[path = "journeys/mouse.rs"]
mod mouse;
#[path = "journeys/origin.rs"]
mod origin;
#[path = "journeys/random.rs"]
mod random;
#[path = "journeys/refusal.rs"]
mod refusal;
#[path = "journeys/routes.rs"]
mod routes;
#[path = "journeys/running.rs"]
mod running;
#[path = "journeys/session.rs"]
mod session;
#[path = "journeys/sign_in.rs"]
mod sign_in;
#[path = "journeys/vault.rs"]
mod vault;
