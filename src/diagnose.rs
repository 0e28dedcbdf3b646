//! Why was it refused: findings from a request, its exchange and its token's verdict. Pure.
//!
//! Each rule is one function in a file of [`rule`] and one row of [`rule::ALL`]; it looks at a [`Case`] and either
//! recognises its cause or says nothing. No rule may fire on a healthy response. [`matrix`] plans and judges the sending
//! of many requests as many identities, [`probe`] proves what a route verifies.

pub mod case;
pub mod finding;
pub mod matrix;
pub mod probe;
pub mod rule;

#[cfg(test)]
mod tests;

use case::Case;
use finding::Finding;

/// The causes that fit, most certain first.
pub fn diagnose(case: &Case<'_>) -> Vec<Finding> {
    if !case.is_refusal() {
        return Vec::new();
    }
    let mut findings: Vec<Finding> = rule::ALL.iter().filter_map(|rule| rule(case)).collect();
    // Stable: rules of equal confidence keep the order of the table.
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.confidence));
    findings
}
