//! `bearcat import`: other tools' files become `.http` files and environments, with a report of every part.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::cli::Ended;
use crate::cli::args::ImportArguments;
use crate::cli::output::{Exit, Output, clean};
use crate::collection::draft::{Fate, ImportReport};
use crate::collection::environment::PRIVATE_FILE;
use crate::collection::import::Format;
use crate::collection::import::report;
use crate::model::problem::{Problem, ProblemKind};
use crate::shell::import::{self, ImportJob, Overwrite, PlannedImport, WriteKind};

/// Reasons that are printed without `--verbose`.
const MOST_GROUPS: usize = 20;

/// Reads, plans, writes, reports.
pub fn run(arguments: &ImportArguments, output: Output) -> Ended {
    let job = job(arguments)?;
    let planned = import::plan(&job)?;
    let written = if arguments.dry_run {
        Ok(())
    } else {
        planned.write(if arguments.force { Overwrite::Replace } else { Overwrite::Refuse })
    };
    let mut is_exposed = planned.private_is_exposed;
    if written.is_ok() && is_exposed && arguments.gitignore && !arguments.dry_run {
        import::ignore_private_file(&job.out)?;
        is_exposed = false;
    }
    if let Err(problem) = written {
        for file in planned.taken() {
            output.note(&clean(&format!("is there already: {}", job.out.join(&file.path).display())));
        }
        return Err(problem);
    }
    if output.json {
        output.value(&as_json(&planned, arguments.dry_run));
    } else {
        print(&planned, arguments, output);
    }
    if is_exposed {
        output.note(&format!("{} git does not ignore {PRIVATE_FILE}", output.error_paint.warn("!")));
        output.note("  → `--gitignore` adds it to .gitignore; secrets belong into no repository");
    }
    Ok(Exit::Good)
}

/// The first word may be a format.
fn job(arguments: &ImportArguments) -> Result<ImportJob, Problem> {
    let mut inputs = arguments.inputs.clone();
    let word = inputs.first().and_then(|first| first.to_str()).and_then(|word| word.parse::<Format>().ok());
    let is_word = word.is_some() && (inputs.len() > 1 || !inputs[0].exists());
    let format = word.filter(|_| is_word);
    if is_word {
        inputs.remove(0);
    }
    if inputs.is_empty() {
        let word = format.map_or("", Format::as_str);
        return Err(Problem::new(ProblemKind::Input, "What should be imported?")
            .hint(format!("Name a file or a folder, or `-` for standard input: `bearcat import {word} FILE`")));
    }
    let out = arguments.out.clone().unwrap_or_else(|| PathBuf::from("."));
    Ok(ImportJob { inputs, format, out })
}

fn print(planned: &PlannedImport, arguments: &ImportArguments, output: Output) {
    let taken = report::taken(&planned.report);
    let verb = if arguments.dry_run { "Would import" } else { "Imported" };
    let formats: Vec<String> =
        planned.formats.iter().map(|(name, format)| format!("{} ({format})", name.display())).collect();
    output.line(&format!("{} {}", output.paint.strong(verb), clean(&formats.join(", "))));
    if !taken.is_empty() {
        output.line(&format!("  {taken}"));
    }
    for file in &planned.files {
        let mark = match (file.kind, arguments.dry_run) {
            (WriteKind::New, false) => "wrote",
            (WriteKind::New, true) => "would write",
            (WriteKind::Extended, false) => "added to",
            (WriteKind::Extended, true) => "would add to",
            (WriteKind::Unchanged, _) => "is as before:",
            (WriteKind::Taken, false) => "replaced",
            (WriteKind::Taken, true) => "would need --force:",
        };
        let path = if planned.out == Path::new(".") { file.path.clone() } else { planned.out.join(&file.path) };
        output.line(&format!("  {mark} {}", clean(&path.display().to_string())));
    }
    if !arguments.verbose {
        for line in report::lines(&planned.report, MOST_GROUPS) {
            output.line(&clean(&line));
        }
        return;
    }
    for group in report::groups(&planned.report) {
        for place in &group.places {
            output.line(&clean(&format!("{}: {}: {place}: {}", report::title(group.fate), group.kind, group.reason)));
        }
    }
}

fn as_json(planned: &PlannedImport, is_dry: bool) -> Value {
    let files: Vec<Value> = planned
        .files
        .iter()
        .map(|file| {
            let state = match file.kind {
                WriteKind::New => "new",
                WriteKind::Extended => "extended",
                WriteKind::Unchanged => "unchanged",
                WriteKind::Taken if is_dry => "taken",
                WriteKind::Taken => "replaced",
            };
            json!({ "path": planned.out.join(&file.path).display().to_string(), "state": state })
        })
        .collect();
    let formats: Vec<Value> = planned
        .formats
        .iter()
        .map(|(name, format)| json!({ "input": name.display().to_string(), "format": format.as_str() }))
        .collect();
    json!({ "inputs": formats, "written": !is_dry, "files": files, "report": report_json(&planned.report) })
}

fn report_json(report: &ImportReport) -> Value {
    let remarks: Vec<Value> = report
        .remarks
        .iter()
        .map(|remark| {
            let fate = match remark.fate {
                Fate::Changed => "changed",
                Fate::Commented => "commented",
                Fate::Dropped => "dropped",
            };
            json!({ "fate": fate, "kind": remark.kind, "place": remark.place, "reason": remark.reason })
        })
        .collect();
    json!({ "taken": report.taken, "remarks": remarks })
}
