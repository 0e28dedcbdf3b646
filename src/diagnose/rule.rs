//! The tables of rules, a file for each theme. A row names what it knows and brings its own two examples.

mod app;
mod arrival;
mod gateway;
mod grant;
mod header;
mod login;
mod middleware;
mod redirect;
mod session;
mod token;
pub mod verifier;

use crate::diagnose::case::Case;
use crate::diagnose::cause::Cause;
#[cfg(test)]
use crate::diagnose::testing::Given;
use crate::model::sign_in::SignIn;

/// One rule.
pub struct Rule {
    /// Stable id, for `--json` and for tests: `nextjs-cookies-only`.
    pub id: &'static str,
    /// The rows of kinde.md section 9 that it knows; empty: general knowledge.
    pub rows: &'static [u8],
    /// What it recognises, in one line.
    pub about: &'static str,
    /// Recognises its cause, or says nothing.
    pub check: Check,
    /// An example on which it fires.
    #[cfg(test)]
    pub fires: fn() -> Given,
    /// The nearest example on which it must say nothing.
    #[cfg(test)]
    pub silent: fn() -> Given,
}

/// What a rule looks at.
#[derive(Clone, Copy)]
pub enum Check {
    /// A request and its response.
    Exchange(fn(&Case<'_>) -> Option<Cause>),
    /// A sign-in, a refresh, the reading of keys.
    SignIn(fn(&SignIn) -> Option<Cause>),
}

/// All rules, theme by theme; among equally confident ones the first wins.
const TABLES: &[&[Rule]] = &[
    middleware::RULES,
    gateway::RULES,
    redirect::RULES,
    header::RULES,
    token::RULES,
    grant::RULES,
    arrival::RULES,
    app::RULES,
    verifier::RULES,
    login::RULES,
    session::RULES,
];

/// All rules.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    TABLES.iter().flat_map(|table| table.iter())
}

/// What a route has to do instead of reading cookies; for every finding about session middleware.
const VERIFY_IN_THE_HANDLER: [&str; 2] = [
    "Let the middleware (or proxy.ts) skip this path: `publicPaths: [\"/api/v1\"]`, or return early for it",
    "In the route handler verify the token of the `Authorization` header with the issuer's key set: RS256 only, issuer, audience, expiry (the sample shows how)",
];
