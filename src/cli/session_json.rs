//! A token and its verdict as JSON and as lines for people: the same words for `whoami`, `token` and `send`.

use serde_json::{Value, json};

use crate::app::session::InspectedToken;
use crate::cli::output::{Paint, clean};
use crate::model::time::Timestamp;
use crate::model::verdict::{Outcome, Standing, Verdict};
use crate::token::describe;
use crate::token::inspect::{Inspection, TokenForm};

/// The verdict as JSON; the ids are stable.
pub fn verdict(verdict: &Verdict) -> Value {
    let checks: Vec<Value> = verdict
        .checks
        .iter()
        .map(|check| json!({ "id": check.id.id(), "outcome": outcome(check.outcome), "reason": check.reason }))
        .collect();
    json!({ "standing": standing(verdict.standing()), "checks": checks })
}

/// What is in a token as JSON: header and claims, never the token.
pub fn inspection(inspection: &Inspection) -> Value {
    json!({
        "form": form(&inspection.form),
        "use": inspection.token_use().label(),
        "fingerprint": inspection.fingerprint,
        "size": inspection.size,
        "header": inspection.header,
        "claims": inspection.claims,
        "notes": inspection.notes,
    })
}

/// Both.
pub fn inspected(token: &InspectedToken) -> Value {
    let mut value = inspection(&token.inspection);
    value["verdict"] = verdict(&token.verdict);
    value
}

/// The checks, a line each.
pub fn verdict_lines(verdict: &Verdict, paint: Paint) -> Vec<String> {
    verdict
        .checks
        .iter()
        .map(|check| {
            let sign = match check.outcome {
                Outcome::Pass => paint.good("✔"),
                Outcome::Fail => paint.bad("✘"),
                Outcome::Warn => paint.warn("!"),
                Outcome::Skipped => paint.faint("–"),
            };
            format!("{sign} {:<12} {}", check.id.label(), clean(&check.reason))
        })
        .collect()
}

/// One line: `verified · expires in 23 h 58 m`.
pub fn summary(verdict: &Verdict, inspection: &Inspection, now: Timestamp, paint: Paint) -> String {
    let standing = match verdict.standing() {
        Standing::Verified => paint.good("✔ verified"),
        Standing::Rejected => paint.bad("✘ rejected"),
        Standing::Unverified => paint.warn("! not verified"),
    };
    match inspection.expires_at() {
        Some(at) => format!("{standing} · {}", describe::expiry(at, now)),
        None => standing,
    }
}

/// The decoded parts, pretty.
pub fn decoded_lines(inspection: &Inspection) -> Vec<String> {
    let mut lines = vec![form(&inspection.form)];
    for (title, part) in [("header", &inspection.header), ("claims", &inspection.claims)] {
        if let Some(part) = part {
            lines.push(title.to_owned());
            let text = serde_json::to_string_pretty(part).unwrap_or_default();
            lines.extend(text.lines().map(|line| format!("  {}", clean(line))));
        }
    }
    lines.extend(inspection.notes.iter().map(|note| format!("note: {}", clean(note))));
    lines
}

fn form(form: &TokenForm) -> String {
    match form {
        TokenForm::Jwt => "JWT".to_owned(),
        TokenForm::Jwe => "JWE (encrypted: only its recipient can read it)".to_owned(),
        TokenForm::Opaque => "opaque (not a JWT: an API key, or a token only its issuer can read)".to_owned(),
        TokenForm::Broken(why) => format!("broken JWT: {why}"),
    }
}

const fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "pass",
        Outcome::Fail => "fail",
        Outcome::Warn => "warn",
        Outcome::Skipped => "skipped",
    }
}

/// `verified`, `rejected`, `unverified`.
pub const fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Verified => "verified",
        Standing::Rejected => "rejected",
        Standing::Unverified => "unverified",
    }
}
