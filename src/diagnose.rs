//! Why was it refused: findings from a request, its exchange and its token's verdict, or from a sign-in. Pure.
//!
//! Each rule is one row of a table in a file of [`rule`]: its id, the rows of kinde.md that it knows, a line about it,
//! its check, and two examples. It looks at a [`Case`] (or a [`SignIn`]) and either recognises its cause or says
//! nothing. No rule may fire on a healthy response. [`matrix`] plans and judges the sending of many requests as many
//! identities, [`probe`] proves what a route verifies.

pub mod case;
pub mod cause;
pub mod challenge;
pub mod matrix;
pub mod message;
pub mod probe;
pub mod rule;
pub mod sample;
#[cfg(test)]
pub(crate) mod testing;

#[cfg(test)]
mod tests;

use crate::model::finding::{Finding, Weight};
use crate::model::sign_in::SignIn;
use case::Case;
use cause::Cause;
use rule::verifier::LAST_RESORT;
use rule::{Check, Rule};

/// The causes that fit an exchange, most certain first.
pub fn diagnose(case: &Case<'_>) -> Vec<Finding> {
    ranked(|rule| match rule.check {
        Check::Exchange(check) => check(case),
        Check::SignIn(_) => None,
    })
}

/// The causes that fit a sign-in that failed, or that gave less than was asked for; most certain first.
pub fn sign_in(sign_in: &SignIn) -> Vec<Finding> {
    ranked(|rule| match rule.check {
        Check::SignIn(check) => check(sign_in),
        Check::Exchange(_) => None,
    })
}

fn ranked(check: impl Fn(&Rule) -> Option<Cause>) -> Vec<Finding> {
    let mut findings: Vec<Finding> =
        rule::all().filter_map(|rule| check(rule).map(|cause| cause.named(rule.id, rule.rows))).collect();
    if findings.len() > 1 {
        findings.retain(|finding| finding.id != LAST_RESORT);
    }
    // Stable: rules of equal confidence keep the order of the table. What refuses comes before what is only odd.
    findings.sort_by_key(|finding| (finding.weight != Weight::Refusal, std::cmp::Reverse(finding.confidence)));
    findings
}
