//! `bearcat matrix PATH…`: requests × identities against `# @expect`, with reports. Progress goes to standard error.

mod text;

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use futures_util::StreamExt;

use crate::cli::args::{Common, MatrixArguments};
use crate::cli::output::{Exit, Output, Paint, clean};
use crate::cli::requests::{self, Chosen};
use crate::cli::start::{self, Start};
use crate::cli::{Ended, send, subject};
use crate::diagnose::matrix::report::{self, Report, cell_text};
use crate::diagnose::matrix::{CellId, CellResult, Conclusion, Judgement, Matrix, MatrixInput, Methods, judge};
use crate::model::identity::IdentityName;
use crate::model::problem::{Problem, ProblemKind};
use crate::model::request::RequestBlock;
use crate::shell::matrix::{self, MatrixOrder};
use crate::shell::send::Sent;
use crate::shell::services::{LAST_REFRESH, Services};
use crate::store::atomic::{FileMode, write_atomically};

/// Sends what the arguments name, and reports.
pub fn run(arguments: &MatrixArguments, common: &Common, output: Output) -> Ended {
    let reports = reports(&arguments.report)?;
    let start = Start::new(common)?;
    let chosen = requests::choose(&arguments.paths, &start, output)?;
    let environment = subject::environment(&chosen.workspace, common)?;
    let order = order(&chosen, environment, arguments, common)?;
    let services = start.command_services(output)?;
    start::small_runtime()?.run(async {
        let ended = send_and_report(&services, &chosen, &order, &reports, output).await;
        services.finish(LAST_REFRESH).await;
        ended
    })
}

/// A report that was asked for.
struct Wanted {
    format: Format,
    /// `None`: standard output.
    file: Option<PathBuf>,
}

/// What a report is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    JUnit,
    Json,
    Html,
    Text,
}

/// `FORMAT` or `FORMAT=FILE`.
fn reports(given: &[String]) -> Result<Vec<Wanted>, Problem> {
    let mut reports = Vec::new();
    for text in given {
        let (name, file) = text.split_once('=').map_or((text.as_str(), None), |(name, file)| (name, Some(file)));
        let format = match name {
            "junit" => Format::JUnit,
            "json" => Format::Json,
            "html" => Format::Html,
            "text" => Format::Text,
            _ => {
                return Err(Problem::new(ProblemKind::Input, format!("There is no report `{name}`"))
                    .hint("--report junit=FILE, json=FILE, html=FILE or text=FILE; without FILE to standard output"));
            }
        };
        if file == Some("") {
            return Err(Problem::new(ProblemKind::Input, format!("`--report {text}` names no file"))
                .hint(format!("--report {name}=FILE, or --report {name} for standard output")));
        }
        reports.push(Wanted { format, file: file.map(PathBuf::from) });
    }
    if reports.iter().filter(|report| report.file.is_none()).count() > 1 {
        return Err(Problem::new(ProblemKind::Input, "Two reports cannot both go to standard output")
            .hint("--report FORMAT=FILE"));
    }
    Ok(reports)
}

fn order(
    chosen: &Chosen,
    environment: Option<String>,
    arguments: &MatrixArguments,
    common: &Common,
) -> Result<MatrixOrder, Problem> {
    let workspace = &chosen.workspace;
    let known: Vec<IdentityName> =
        workspace.identities(environment.as_deref()).into_iter().map(|identity| identity.name).collect();
    let columns = match &common.identity {
        Some(names) => named(names, &known)?,
        None => matrix::columns(workspace, environment.as_deref(), &chosen.requests),
    };
    let methods = if arguments.unsafe_methods { Methods::All } else { Methods::SafeOnly };
    let blocks: Vec<&RequestBlock> = chosen.requests.iter().filter_map(|id| workspace.request(id)).collect();
    let matrix = Matrix::plan(&MatrixInput { requests: &blocks, columns: &columns, known: &known, methods });
    Ok(MatrixOrder {
        cells: matrix.cells.iter().map(|plan| plan.id).collect(),
        matrix: Arc::new(matrix),
        environment,
        methods,
        carriers: BTreeMap::new(),
        jobs: usize::from(arguments.jobs),
        allow_origins: send::origins(&arguments.allow_origin)?,
        variables: send::variables(&arguments.variables)?,
    })
}

/// The identities of `--as a,b`.
fn named(names: &str, known: &[IdentityName]) -> Result<Vec<IdentityName>, Problem> {
    let mut columns: Vec<IdentityName> = Vec::new();
    for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        let name = IdentityName::new(name);
        if !known.contains(&name) {
            let known: Vec<&str> = known.iter().map(IdentityName::as_str).collect();
            return Err(Problem::new(ProblemKind::Input, format!("There is no identity `{name}`"))
                .detail(format!("Known here: {}", known.join(", "))));
        }
        if !columns.contains(&name) {
            columns.push(name);
        }
    }
    if columns.is_empty() {
        return Err(Problem::new(ProblemKind::Input, "`--as` names nobody").hint("--as jane,admin,anonymous"));
    }
    Ok(columns)
}

async fn send_and_report(
    services: &Arc<Services>,
    chosen: &Chosen,
    order: &MatrixOrder,
    reports: &[Wanted],
    output: Output,
) -> Ended {
    let at = services.auth.clock.now();
    let began = Instant::now();
    let progress = Progress::new(&order.matrix, output);
    let on_cell = |id: CellId, result: CellResult, _: Option<Sent>| progress.take(id, result);
    let mut signals = crate::shell::signal::endings()
        .map_err(|error| Problem::new(ProblemKind::Other, "Signals cannot be awaited").detail(error.to_string()))?;
    let stopped = tokio::select! {
        () = matrix::run(services, &chosen.workspace, order, &on_cell) => None,
        signal = signals.next() => signal,
    };
    let results = progress.finish();
    let report = Report {
        matrix: &order.matrix,
        results: &results,
        environment: order.environment.as_deref(),
        at,
        took: began.elapsed(),
    };
    write(&report, reports, output)?;
    if let Some(signal) = stopped {
        output.note("Cancelled");
        return Ok(Exit::Code(u8::try_from(128 + signal).unwrap_or(130)));
    }
    Ok(match report.summary().conclusion {
        Conclusion::Good => Exit::Good,
        Conclusion::Broken => Exit::Failed,
        Conclusion::NotSignedIn => Exit::SignIn,
        Conclusion::Network => Exit::Network,
        Conclusion::Unusable => Exit::Usage,
    })
}

/// Writes all reports, and the grid where nothing else goes to standard output.
fn write(report: &Report<'_>, reports: &[Wanted], output: Output) -> Result<(), Problem> {
    let as_text = |format: Format, paint: Paint| match format {
        Format::JUnit => report::junit(report),
        Format::Json => report::json(report),
        Format::Html => report::html(report),
        Format::Text => text::grid(report, paint),
    };
    for wanted in reports {
        let Some(file) = &wanted.file else { continue };
        store(file, &as_text(wanted.format, Paint::plain()))?;
        output.note(&format!("Wrote {}", clean(&file.display().to_string())));
    }
    let format = match reports.iter().find(|wanted| wanted.file.is_none()) {
        Some(wanted) => wanted.format,
        None if output.json => Format::Json,
        None => Format::Text,
    };
    output.raw(as_text(format, output.paint).as_bytes());
    Ok(())
}

fn store(file: &Path, text: &str) -> Result<(), Problem> {
    write_atomically(file, text.as_bytes(), FileMode::Keep).map_err(|error| {
        Problem::new(ProblemKind::Input, format!("The report could not be written to {}", file.display()))
            .detail(error.to_string())
    })
}

/// Keeps the results, and says how far it is: one line that changes on a terminal, else a line for each cell.
struct Progress<'a> {
    matrix: &'a Matrix,
    output: Output,
    is_terminal: bool,
    results: Mutex<Vec<Option<CellResult>>>,
}

impl<'a> Progress<'a> {
    fn new(matrix: &'a Matrix, output: Output) -> Self {
        let results = Mutex::new(vec![None; matrix.cells.len()]);
        Self { matrix, output, is_terminal: std::io::stderr().is_terminal(), results }
    }

    fn take(&self, id: CellId, result: CellResult) {
        let mut results = self.results.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.is_terminal {
            self.output.note(&self.line(id, &result));
        }
        if let Some(place) = results.get_mut(self.matrix.index(id)) {
            *place = Some(result);
        }
        if self.is_terminal {
            let done = results.iter().flatten().count();
            self.output.ask(&format!("\r\u{1b}[2K{done} of {} cells", results.len()));
        }
    }

    fn line(&self, id: CellId, result: &CellResult) -> String {
        let (Some(plan), Some((row, identity))) = (self.matrix.cell(id), self.matrix.subject(id)) else {
            return String::new();
        };
        let judgement = judge(&plan.expected, result);
        let text = format!(
            "{} {} {} as {}: {}",
            judgement.sign(),
            row.request.file.display(),
            row.label,
            identity,
            cell_text(plan, Some(result))
        );
        text::painted(judgement, &clean(&text), self.output.error_paint)
    }

    fn finish(self) -> Vec<Option<CellResult>> {
        if self.is_terminal {
            self.output.ask("\r\u{1b}[2K");
        }
        self.results.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Not as expected, or no answer: what a report has to explain.
const fn is_trouble(judgement: Judgement) -> bool {
    matches!(judgement, Judgement::NotAsExpected | Judgement::Failed)
}
