//! The report of probes as JSON; the schema is documented in the README.

use serde_json::{Value, json};

use crate::diagnose::matrix::report::shown;
use crate::diagnose::probe::judge::{Outcome, ProbeJudgement, RouteReport, Setting};

/// One route of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbedRoute {
    /// The file, relative to the workspace.
    pub file: String,
    /// The request's name.
    pub name: String,
    /// Its method.
    pub method: String,
    /// Its URL as written.
    pub url: String,
    /// Whose token.
    pub identity: String,
    /// What was found, or why it was not probed.
    pub result: Result<RouteReport, String>,
}

/// The report as JSON, pretty.
pub fn json(routes: &[ProbedRoute]) -> String {
    let value = json!({ "version": 1, "routes": routes.iter().map(route).collect::<Vec<_>>() });
    let mut text = serde_json::to_string_pretty(&value).unwrap_or_default();
    text.push('\n');
    text
}

fn route(route: &ProbedRoute) -> Value {
    let mut value = json!({
        "file": shown(&route.file),
        "name": shown(&route.name),
        "method": shown(&route.method),
        "url": shown(&route.url),
        "identity": shown(&route.identity),
    });
    match &route.result {
        Err(why) => value["not_probed"] = shown(why).into(),
        Ok(report) => {
            value["setting"] = setting(&report.setting).into();
            value["controls"] =
                report.controls.iter().map(|(what, answer)| json!({ "sent": what, "answer": shown(answer) })).collect();
            value["judgements"] = report.judgements.iter().map(judgement).collect();
            value["probes"] = report
                .rows
                .iter()
                .map(|row| {
                    let reason = match &row.outcome {
                        Outcome::Unclear(why) | Outcome::NotSent(why) => Some(shown(why)),
                        Outcome::Accepted | Outcome::Refused => None,
                    };
                    json!({
                        "id": row.probe.id(),
                        "sent": row.probe.title(),
                        "outcome": row.outcome.label().replace(' ', "-"),
                        "answer": row.answer.as_deref().map(shown),
                        "reason": reason,
                    })
                })
                .collect();
        }
    }
    value
}

/// A stable id.
pub const fn setting(setting: &Setting) -> &'static str {
    match setting {
        Setting::Telling => "tells-tokens-apart",
        Setting::Public => "public",
        Setting::NotLookedAt => "token-not-looked-at",
        Setting::RefusesGood => "refuses-good",
        Setting::NoAnswer(_) => "no-answer",
    }
}

fn judgement(judgement: &ProbeJudgement) -> Value {
    let texts = |texts: &[String]| texts.iter().map(|text| shown(text)).collect::<Vec<_>>();
    json!({
        "id": judgement.id,
        "title": judgement.title,
        "severity": judgement.severity.as_str(),
        "confidence": judgement.confidence.as_str(),
        "evidence": texts(&judgement.evidence),
        "fix": texts(&judgement.fix),
    })
}
