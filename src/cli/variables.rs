//! `bearcat variables FILE[#NAME]`: the variables of a request, without sending it.

use serde_json::json;

use crate::cli::args::{Common, VariablesArguments};
use crate::cli::output::{Exit, Output, clean, problem_json};
use crate::cli::start::{self, Start};
use crate::cli::{Ended, send};
use crate::collection::inspect::{Usage, VariableRow};
use crate::model::wire::FieldValue;
use crate::redact::mask;
use crate::shell::send::inspect;
use crate::shell::services::LAST_REFRESH;
use crate::template::VariableSource;

/// Shows them. Ends with 2 when one that the request uses has no value.
pub fn run(arguments: &VariablesArguments, common: &Common, output: Output) -> Ended {
    let start = Start::new(common)?;
    let found = send::find_request(&arguments.request, &start, common, output)?;
    let services = start.command_services(output)?;
    let order = send::order(&found, &arguments.variables, common)?;
    let rows = start::small_runtime()?.run(async {
        let rows = inspect(&services, &found.workspace, &order).await;
        services.finish(LAST_REFRESH).await;
        rows
    })?;
    let rows: Vec<&VariableRow> =
        rows.iter().filter(|row| arguments.all || !matches!(row.usage, Usage::NotUsed)).collect();
    if output.json {
        output.value(&json!({ "variables": rows.iter().map(|row| as_json(row)).collect::<Vec<_>>() }));
    } else {
        print(&rows, output);
    }
    let missing = rows.iter().any(|row| row.problem.is_some() && !matches!(row.usage, Usage::NotUsed));
    Ok(if missing { Exit::Usage } else { Exit::Good })
}

fn print(rows: &[&VariableRow], output: Output) {
    if rows.is_empty() {
        output.line("The request uses no variables");
    }
    let width = rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0).min(40);
    for row in rows {
        let sign = match (&row.problem, &row.usage) {
            (Some(_), _) => output.paint.bad("✘"),
            (None, Usage::NotUsed) => output.paint.faint("·"),
            (None, _) => output.paint.good("✔"),
        };
        let name = clean(&row.name);
        let value = match (&row.problem, &row.value) {
            (Some(problem), _) => output.paint.bad(&clean(&problem.detail)),
            (None, Some(value)) => clean(&one_line(value.masked())),
            (None, None) => match &row.source {
                Some(VariableSource::Response { request }) => {
                    output.paint.faint(&format!("`{}` is sent first", clean(request)))
                }
                _ => output.paint.faint("…"),
            },
        };
        let source = row.source.as_ref().map(|source| format!("  {}", clean(&source.to_string()))).unwrap_or_default();
        output.line(&format!("{sign} {name:<width$}  {value}{}", output.paint.faint(&source)));
        if let Some(problem) = row.problem.as_ref().filter(|problem| !problem.hint.is_empty()) {
            output.line(&format!("  {:<width$}  → {}", "", clean(&problem.hint)));
        }
    }
}

fn one_line(value: &str) -> String {
    let short: String = value.chars().take(200).collect();
    let more = if short.len() < value.len() { "…" } else { "" };
    short.replace(['\n', '\r'], " ") + more
}

fn as_json(row: &VariableRow) -> serde_json::Value {
    let (usage, place) = match &row.usage {
        Usage::InRequest(place) => ("request", Some(place.to_string())),
        Usage::Through(_) => ("variable", None),
        Usage::NotUsed => ("none", None),
    };
    let through = if let Usage::Through(variable) = &row.usage { Some(variable) } else { None };
    json!({
        "name": row.name,
        "value": row.value.as_ref().map(|value| mask(value.masked()).into_owned()),
        "secret": row.value.as_ref().is_some_and(|value| matches!(value, FieldValue::Secret(_))),
        "source": row.source.as_ref().map(ToString::to_string),
        "used_by": usage,
        "place": place,
        "variable": through,
        "problem": row.problem.as_ref().map(problem_json),
    })
}
