//! The report as JSON. The schema is documented in the README; fields are added, never changed.

use serde_json::{Value, json};

use super::{Report, rfc3339, shown};
use crate::diagnose::matrix::{CellPlan, CellResult, Conclusion, NotSent};
use crate::model::finding::Finding;
use crate::model::problem::Problem;

/// The report as JSON, pretty.
pub fn json(report: &Report<'_>) -> String {
    let summary = report.summary();
    let rows: Vec<Value> = report
        .matrix
        .rows
        .iter()
        .enumerate()
        .map(|(index, row)| {
            let cells = report.matrix.cells.iter().filter(|plan| plan.id.row == index);
            json!({
                "file": shown(&row.request.file.display().to_string()),
                "line": row.line,
                "name": shown(&row.label),
                "method": shown(&row.method),
                "url": shown(&row.url),
                "cells": cells.map(|plan| cell(report, plan)).collect::<Vec<_>>(),
            })
        })
        .collect();
    let value = json!({
        "version": 1,
        "at": rfc3339(report.at),
        "took_ms": u64::try_from(report.took.as_millis()).unwrap_or(u64::MAX),
        "environment": report.environment.map(shown),
        "identities": report.matrix.columns.iter().map(|name| shown(name.as_str())).collect::<Vec<_>>(),
        "summary": {
            "cells": summary.cells,
            "as_expected": summary.as_expected,
            "not_as_expected": summary.not_as_expected,
            "no_expectation": summary.no_expectation,
            "failed": summary.failed,
            "not_sent": summary.not_sent + summary.pending,
            "unchecked_expectations": summary.unchecked,
            "conclusion": conclusion(summary.conclusion),
        },
        "requests": rows,
    });
    let mut text = serde_json::to_string_pretty(&value).unwrap_or_default();
    text.push('\n');
    text
}

const fn conclusion(conclusion: Conclusion) -> &'static str {
    match conclusion {
        Conclusion::Broken => "not-as-expected",
        Conclusion::NotSignedIn => "not-signed-in",
        Conclusion::Network => "network",
        Conclusion::Unusable => "unusable",
        Conclusion::Good => "good",
    }
}

fn cell(report: &Report<'_>, plan: &CellPlan) -> Value {
    let identity = report.matrix.columns.get(plan.id.column).map(|name| shown(name.as_str()));
    let mut value = json!({
        "identity": identity,
        "expected": plan.expected.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "judgement": report.judgement(plan).id(),
    });
    match report.result(plan) {
        None => value["not_sent"] = not_sent(&NotSent::Cancelled),
        Some(CellResult::NotSent(why)) => value["not_sent"] = not_sent(why),
        Some(CellResult::Failed(problem)) => value["problem"] = problem_json(problem),
        Some(CellResult::Answered(answer)) => {
            value["status"] = answer.status.into();
            value["url"] = shown(&answer.url).into();
            value["location"] = answer.location.as_deref().map(shown).into();
            value["time_ms"] = u64::try_from(answer.time.as_millis()).unwrap_or(u64::MAX).into();
            value["size"] = answer.size.into();
            value["findings"] = answer.findings.iter().map(finding).collect();
            value["notes"] = answer.notes.iter().map(|note| shown(note)).collect();
        }
    }
    value
}

fn not_sent(why: &NotSent) -> Value {
    let problem = match why {
        NotSent::NotSignedIn(problem) => problem_json(problem),
        _ => Value::Null,
    };
    json!({ "id": why.id(), "reason": shown(&why.reason()), "problem": problem })
}

fn problem_json(problem: &Problem) -> Value {
    json!({
        "kind": format!("{:?}", problem.kind).to_lowercase(),
        "title": shown(&problem.title),
        "detail": shown(&problem.detail),
        "hint": shown(&problem.hint),
    })
}

fn finding(finding: &Finding) -> Value {
    let texts = |texts: &[String]| texts.iter().map(|text| shown(text)).collect::<Vec<_>>();
    json!({
        "id": finding.id,
        "title": shown(&finding.title),
        "confidence": finding.confidence.as_str(),
        "evidence": texts(&finding.evidence),
        "fix": texts(&finding.fix),
    })
}
