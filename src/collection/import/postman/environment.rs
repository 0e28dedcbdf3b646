//! Environments and globals.

use crate::collection::draft::{DraftEnvironment, DraftVariable, Fate, Import, ImportReport, Sensitivity};
use crate::collection::environment::SHARED;
use crate::collection::import::dynamic::{Substitute, substitute};
use crate::collection::import::json::Json;
use crate::collection::import::text;

/// Reads an environment or globals: `{"name": …, "values": […]}`.
pub(super) fn read(json: &Json<'_>, import: &mut Import) {
    let is_global = json.get("_postman_variable_scope").text() == Some("globals");
    let name = if is_global { SHARED.to_owned() } else { free_name(&json.field("name"), import) };
    let variables = variables(json.get("values"), &name, &mut import.report);
    if !is_global {
        import.report.take("environments", 1);
    }
    import.environments.push(DraftEnvironment { name, variables, ..DraftEnvironment::default() });
}

/// The globals of a dump: a list of variables.
pub(super) fn globals(list: &Json<'_>, import: &mut Import) {
    let variables = variables(list, SHARED, &mut import.report);
    import.environments.push(DraftEnvironment { name: SHARED.to_owned(), variables, ..DraftEnvironment::default() });
}

/// A name that no environment of this import has.
fn free_name(name: &str, import: &mut Import) -> String {
    let clean: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let clean = clean.trim();
    let base = if clean.is_empty() || clean == SHARED { "environment" } else { clean };
    let mut candidate = base.to_owned();
    let mut number = 2;
    while import.environments.iter().any(|known| known.name == candidate) {
        candidate = format!("{base} {number}");
        number += 1;
    }
    if number > 2 {
        let reason = format!("another environment of this name is there already; this one is `{candidate}`");
        import.report.remark(Fate::Changed, "environment", base, reason);
    }
    candidate
}

fn variables(list: &Json<'_>, environment: &str, report: &mut ImportReport) -> Vec<DraftVariable> {
    let mut names = text::Names::default();
    let mut variables: Vec<DraftVariable> = Vec::new();
    for item in list.items() {
        let name = item.first(&["key", "name"]).shown();
        if name.trim().is_empty() {
            continue;
        }
        let place = || format!("{environment} / {name}");
        // A missing `enabled` counts as enabled.
        if item.get("enabled").is_false() || item.get("disabled").is_true() {
            report.remark(Fate::Dropped, "variable", place(), "it is disabled");
            continue;
        }
        let written = names.of(&name);
        if written != name.trim() {
            let reason = format!("it is called `{written}`: its name has characters that no name can have");
            report.remark(Fate::Changed, "variable", place(), reason);
        }
        let value = text::placeholders(&item.field("value"), |inner| {
            Some(match inner.strip_prefix('$').map(substitute) {
                Some(Substitute::Dynamic(text)) => format!("{{{{{text}}}}}"),
                Some(Substitute::Fixed(value)) => value.to_owned(),
                Some(Substitute::Unknown) => format!("{{{{{inner}}}}}"),
                None => format!("{{{{{}}}}}", names.of(inner)),
            })
        });
        let is_secret = item.get("type").text() == Some("secret");
        let sensitivity = if is_secret { Sensitivity::Secret } else { Sensitivity::Plain };
        report.take("environment variables", 1);
        match variables.iter_mut().find(|known| known.name == written) {
            // Of two with one name the last one counts.
            Some(known) => *known = DraftVariable { name: written, value, sensitivity },
            None => variables.push(DraftVariable { name: written, value, sensitivity }),
        }
    }
    variables
}
