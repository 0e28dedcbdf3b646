//! The verdict: first what does not hold, then what does; at the end of the panel every check with its reason.

use ratatui::text::{Line, Span};

use crate::app::countdown::time_left;
use crate::app::session::InspectedToken;
use crate::model::time::Timestamp;
use crate::model::verdict::{Check, CheckId, Outcome, Standing};
use crate::token::describe;
use crate::token::inspect::TokenForm;
use crate::ui::text;
use crate::ui::theme::{Role, Theme};
use crate::ui::wrap::{flow, labelled, paragraph};

const VERIFIED: &str = "Verified: every check holds";
const UNVERIFIED: &str = "Decoded, not verified";
const EVERY_CHECK: &str = "Every check";
const OPAQUE: &str = "Opaque: this text is not a JWT, so there is nothing to decode or verify";
const ENCRYPTED: &str = "Encrypted (JWE): only its recipient can read it";

/// Columns of sign and word.
pub const WORD: usize = 10;

/// The sign of a token's tab.
pub fn sign(token: &InspectedToken, now: Timestamp) -> (&'static str, Role) {
    if has_expired(token, now) {
        return (text::BAD, Role::Bad);
    }
    let (sign, role, _) = text::standing(token.verdict.standing());
    (sign, role)
}

/// A verdict holds for the moment in which it was made; expiry goes on.
fn has_expired(token: &InspectedToken, now: Timestamp) -> bool {
    token.inspection.expires_at().is_some_and(|at| at <= now)
}

/// The verdict in one sentence, and the time that is left.
pub fn headline(theme: &Theme, token: &InspectedToken, now: Timestamp, width: usize) -> Vec<Line<'static>> {
    let mut lines = standing(theme, token, now, width);
    if let Some(at) = token.inspection.expires_at().filter(|at| *at > now) {
        lines.extend(paragraph(theme, Role::Plain, 2, &expiry(at, now), width));
    }
    lines
}

/// How the checks ended, those that do not hold first.
pub fn results(theme: &Theme, token: &InspectedToken, now: Timestamp, width: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let checks = &token.verdict.checks;
    for outcome in [Outcome::Fail, Outcome::Warn] {
        let is_told = |check: &Check| check.id == CheckId::Expiry && has_expired(token, now);
        let of_outcome = checks.iter().filter(|check| live_outcome(check, token, now) == outcome);
        for check in of_outcome.filter(|check| !is_told(check)) {
            let reason = format!("{}: {}", check.id.label(), reason(check, token, now));
            lines.extend(labelled(word(theme, outcome), &reason, theme.style(text::sign_of(outcome).1), WORD, width));
        }
    }
    for outcome in [Outcome::Pass, Outcome::Skipped] {
        let labels: Vec<&str> = checks
            .iter()
            .filter(|check| live_outcome(check, token, now) == outcome)
            .map(|check| check.id.label())
            .collect();
        lines.extend(labels_of(theme, outcome, &labels, width));
    }
    lines
}

fn standing(theme: &Theme, token: &InspectedToken, now: Timestamp, width: usize) -> Vec<Line<'static>> {
    let verdict = &token.verdict;
    let (sign, role, text) = match verdict.standing() {
        _ if has_expired(token, now) => (text::BAD, Role::Bad, expired(token, now)),
        _ if token.inspection.form == TokenForm::Opaque => (text::NONE, Role::Warn, OPAQUE.to_owned()),
        _ if token.inspection.form == TokenForm::Jwe => (text::NONE, Role::Warn, ENCRYPTED.to_owned()),
        Standing::Verified => (text::GOOD, Role::Good, VERIFIED.to_owned()),
        Standing::Rejected => {
            let failed: Vec<&str> = verdict.failures().map(|check| check.id.label()).collect();
            (text::BAD, Role::Bad, format!("Rejected: {}", failed.join(", ")))
        }
        Standing::Unverified => {
            let why = verdict.check(CheckId::Signature).map(|check| format!(": {}", check.reason)).unwrap_or_default();
            (text::WARN, Role::Warn, format!("{UNVERIFIED}{why}"))
        }
    };
    let style = theme.style(role).patch(theme.style(Role::Strong));
    labelled(vec![theme.span(role, sign)], &text, style, 2, width)
}

fn expired(token: &InspectedToken, now: Timestamp) -> String {
    let at = token.inspection.expires_at().unwrap_or(now);
    format!("Expired {} ({})", text::ago(at, now), describe::moment_near(at, now))
}

fn word(theme: &Theme, outcome: Outcome) -> Vec<Span<'static>> {
    let (sign, role) = text::sign_of(outcome);
    vec![theme.span(role, sign), Span::raw(" "), theme.span(role, text::word_of(outcome))]
}

/// Checks that ended alike, side by side behind the word.
fn labels_of(theme: &Theme, outcome: Outcome, labels: &[&str], width: usize) -> Vec<Line<'static>> {
    if labels.is_empty() {
        return Vec::new();
    }
    let pieces = labels.iter().map(|label| vec![theme.span(Role::Plain, *label)]).collect();
    let mut lines = flow(pieces, WORD, 2, width);
    if let Some(first) = lines.first_mut() {
        let mut spans = word(theme, outcome);
        let used: usize = spans.iter().map(|span| span.content.chars().count()).sum();
        spans.push(Span::raw(" ".repeat(WORD.saturating_sub(used))));
        first.spans.splice(..1, spans);
    }
    lines
}

/// Every check with its reason.
pub fn reasons(theme: &Theme, token: &InspectedToken, now: Timestamp, width: usize) -> Vec<Line<'static>> {
    if token.verdict.checks.is_empty() {
        return Vec::new();
    }
    let mut lines = paragraph(theme, Role::Strong, 0, EVERY_CHECK, width);
    for check in &token.verdict.checks {
        let outcome = live_outcome(check, token, now);
        let (sign, role) = text::sign_of(outcome);
        let label = vec![theme.span(role, sign), Span::raw(" "), theme.span(Role::Plain, check.id.label())];
        lines.extend(labelled(label, &reason(check, token, now), theme.style(Role::Dim), super::LABEL, width));
    }
    lines
}

fn live_outcome(check: &Check, token: &InspectedToken, now: Timestamp) -> Outcome {
    let passes = matches!(check.outcome, Outcome::Pass | Outcome::Warn);
    if check.id == CheckId::Expiry && passes && has_expired(token, now) { Outcome::Fail } else { check.outcome }
}

/// The reason, with times reckoned from now and not from when the verdict was made.
fn reason(check: &Check, token: &InspectedToken, now: Timestamp) -> String {
    let inspection = &token.inspection;
    match (check.id, check.outcome) {
        (CheckId::Expiry, Outcome::Pass) => {
            inspection.expires_at().map_or_else(|| check.reason.clone(), |at| expiry(at, now))
        }
        (CheckId::IssuedAt, Outcome::Pass) => {
            inspection.issued_at().map_or_else(|| check.reason.clone(), |at| past("Issued", at, now))
        }
        (CheckId::NotBefore, Outcome::Pass) => {
            inspection.not_before().map_or_else(|| check.reason.clone(), |at| past("Valid since", at, now))
        }
        _ => check.reason.clone(),
    }
}

/// `Expires 14:01:22 UTC, in 23h58m`.
pub fn expiry(at: Timestamp, now: Timestamp) -> String {
    match time_left(now, at) {
        Some(left) => format!("Expires {}, in {left}", describe::moment_near(at, now)),
        None => format!("Expired {}, {}", describe::moment_near(at, now), text::ago(at, now)),
    }
}

fn past(verb: &str, at: Timestamp, now: Timestamp) -> String {
    format!("{verb} {}, {}", describe::moment_near(at, now), text::ago(at, now))
}
