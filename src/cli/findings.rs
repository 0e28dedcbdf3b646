//! Findings as the commands print them: the same text as on the screen, in plain form, and as JSON.

use serde_json::{Value, json};

use crate::cli::output::{Output, clean};
use crate::model::finding::{Finding, Framework, Remedy, Weight};

/// Prints a finding on standard error.
pub fn print(finding: &Finding, output: Output) {
    let paint = output.error_paint;
    let label = match finding.weight {
        Weight::Refusal => paint.bad("why:"),
        Weight::Weakness => paint.warn("weakness:"),
        Weight::Notice => paint.warn("mind:"),
    };
    output.note("");
    output.note(&format!("{label} {}", paint.strong(&clean(&finding.title))));
    output.note(&format!("  sure: {}", finding.confidence.as_str()));
    for evidence in &finding.evidence {
        output.note(&format!("  because: {}", clean(evidence)));
    }
    for (index, step) in finding.fix.iter().enumerate() {
        output.note(&format!("  {}. {}", index + 1, clean(step)));
    }
    if let Some(command) = finding.remedy.and_then(command) {
        output.note(&format!("  → {command}"));
    }
    if let Some(first) = finding.sample {
        let others: Vec<&str> = Framework::ALL.iter().filter(|one| **one != first).map(|one| one.id()).collect();
        output.note(&format!("  → code that verifies: bearcat sample {} (or {})", first.id(), others.join(", ")));
    }
}

/// What a command does about it.
const fn command(remedy: Remedy) -> Option<&'static str> {
    match remedy {
        Remedy::CookieMode => Some("send the tokens as the SDK's cookies: bearcat send --cookie"),
        Remedy::SignIn => Some("sign in: bearcat login"),
        Remedy::Refresh | Remedy::SendAccessToken => None,
    }
}

const fn remedy_id(remedy: Remedy) -> &'static str {
    match remedy {
        Remedy::CookieMode => "cookie-mode",
        Remedy::SignIn => "sign-in",
        Remedy::Refresh => "refresh",
        Remedy::SendAccessToken => "send-access-token",
    }
}

/// A finding as JSON.
pub fn json(finding: &Finding) -> Value {
    json!({
        "id": finding.id,
        "rows": finding.rows,
        "weight": finding.weight.as_str(),
        "title": finding.title,
        "evidence": finding.evidence,
        "confidence": finding.confidence.as_str(),
        "fix": finding.fix,
        "remedy": finding.remedy.map(remedy_id),
        "sample": finding.sample.map(Framework::id),
    })
}
