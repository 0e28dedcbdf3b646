//! `bearcat probe PATH…`: proves what routes verify, by sending them bad tokens. Slow on purpose.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;

use futures_util::StreamExt;

use crate::app::probe::ProbeStep;
use crate::cli::args::{Common, ProbeArguments};
use crate::cli::output::{Exit, Output, Paint, clean};
use crate::cli::requests::{self, Chosen};
use crate::cli::start::{self, Start};
use crate::cli::{Ended, send, subject};
use crate::diagnose::probe::Probe;
use crate::diagnose::probe::judge::{Outcome, RouteReport, Setting, Severity};
use crate::diagnose::probe::report::{self, ProbedRoute};
use crate::http::plan::auth::{ChosenIdentity, effective_auth};
use crate::model::identity::{IdentityName, Origin};
use crate::model::problem::{Problem, ProblemKind};
use crate::model::request::{RequestId, TokenCarrier};
use crate::redact::{AccessToken, ClientSecret};
use crate::shell::probe::{self, Kit, ProbeOrder, ProbeStop};
use crate::shell::send::SendError;
use crate::shell::services::{LAST_REFRESH, Services};
use crate::store::atomic::{FileMode, write_atomically};

/// Holds a client secret, for the probe that signs with it.
const SECRET_VARIABLE: &str = "BEARCAT_CLIENT_SECRET";

/// Holds a genuine token that has expired.
const EXPIRED_VARIABLE: &str = "BEARCAT_EXPIRED_TOKEN";

/// Probes what the arguments name, and reports.
pub fn run(arguments: &ProbeArguments, common: &Common, output: Output) -> Ended {
    let reports = reports(&arguments.report)?;
    let start = Start::new(common)?;
    let chosen = requests::choose(&arguments.paths, &start, output)?;
    let environment = subject::environment(&chosen.workspace, common)?;
    let template = template(&chosen, environment, arguments, common)?;
    let services = start.command_services(output)?;
    start::small_runtime()?.run(async {
        let ended = probe_and_report(&services, &chosen, &template, &reports, output).await;
        services.finish(LAST_REFRESH).await;
        ended
    })
}

/// A report that was asked for; without a file it goes to standard output.
struct Wanted {
    is_json: bool,
    file: Option<PathBuf>,
}

fn reports(given: &[String]) -> Result<Vec<Wanted>, Problem> {
    let read = |text: &String| {
        let (name, file) = text.split_once('=').map_or((text.as_str(), None), |(name, file)| (name, Some(file)));
        if !matches!(name, "json" | "text") || file == Some("") {
            return Err(Problem::new(ProblemKind::Input, format!("`--report {text}` is no report"))
                .hint("--report json=FILE or text=FILE; without FILE to standard output"));
        }
        Ok(Wanted { is_json: name == "json", file: file.map(PathBuf::from) })
    };
    let reports: Vec<Wanted> = given.iter().map(read).collect::<Result<_, _>>()?;
    if reports.iter().filter(|wanted| wanted.file.is_none()).count() > 1 {
        return Err(Problem::new(ProblemKind::Input, "Two reports cannot both go to standard output")
            .hint("--report FORMAT=FILE"));
    }
    Ok(reports)
}

/// The order for every route, but for the route.
fn template(
    chosen: &Chosen,
    environment: Option<String>,
    arguments: &ProbeArguments,
    common: &Common,
) -> Result<ProbeOrder, Problem> {
    let identity = match common.identity.as_deref() {
        Some(identity) => ChosenIdentity::ActAs(IdentityName::new(identity)),
        None => ChosenIdentity::Current(send::current(&chosen.workspace, environment.as_deref())),
    };
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    Ok(ProbeOrder {
        request: RequestId { file: PathBuf::new(), index: 0 },
        environment,
        chosen: identity,
        carrier: arguments.cookie.then_some(TokenCarrier::Cookie),
        only: only(&arguments.only)?,
        methods: arguments.method.clone(),
        confirmed: send::origins(&arguments.confirm)?,
        variables: send::variables(&arguments.variables)?,
        rate: u32::from(arguments.rate),
        client_secret: variable(SECRET_VARIABLE).map(ClientSecret::new),
        expired: variable(EXPIRED_VARIABLE).map(|token| AccessToken::new(token.trim())),
    })
}

fn only(given: &[String]) -> Result<Option<BTreeSet<Probe>>, Problem> {
    if given.is_empty() {
        return Ok(None);
    }
    let read = |id: &String| {
        Probe::parse(id.trim()).ok_or_else(|| {
            let known: Vec<&str> = Probe::ALL.into_iter().map(Probe::id).collect();
            Problem::new(ProblemKind::Input, format!("There is no probe `{id}`"))
                .detail(format!("There are: {}", known.join(", ")))
        })
    };
    given.iter().map(read).collect::<Result<_, _>>().map(Some)
}

async fn probe_and_report(
    services: &Arc<Services>,
    chosen: &Chosen,
    template: &ProbeOrder,
    reports: &[Wanted],
    output: Output,
) -> Ended {
    let mut signals = crate::shell::signal::endings()
        .map_err(|error| Problem::new(ProblemKind::Other, "Signals cannot be awaited").detail(error.to_string()))?;
    let mut routes = Vec::new();
    let stopped = tokio::select! {
        ended = probe_all(services, chosen, template, &mut routes, output) => ended.map(|()| None)?,
        signal = signals.next() => signal,
    };
    write(&routes, reports, output)?;
    if let Some(signal) = stopped {
        output.note("Cancelled");
        return Ok(Exit::Code(u8::try_from(128 + signal).unwrap_or(130)));
    }
    let reports = || routes.iter().filter_map(|route| route.result.as_ref().ok());
    if reports().any(RouteReport::is_weak) {
        return Ok(Exit::Failed);
    }
    let is_silent = reports().any(|report| matches!(report.setting, Setting::NoAnswer(_)));
    Ok(if is_silent { Exit::Network } else { Exit::Good })
}

async fn probe_all(
    services: &Arc<Services>,
    chosen: &Chosen,
    template: &ProbeOrder,
    routes: &mut Vec<ProbedRoute>,
    output: Output,
) -> Result<(), Problem> {
    let kit = Kit::new().await?;
    let mut template = template.clone();
    for request in &chosen.requests {
        let Some(block) = chosen.workspace.request(request) else { continue };
        let auth = effective_auth(block, &template.chosen, template.carrier);
        let label = format!("{} {}", block.method.text, block.label());
        let title = clean(&format!("{} {label}", request.file.display()));
        let progress = Progress { output, is_terminal: std::io::stderr().is_terminal(), title: &title };
        let result = loop {
            let order = ProbeOrder { request: request.clone(), ..template.clone() };
            match probe::run(services, &chosen.workspace, &order, &kit, &|step| progress.show(&step)).await {
                Err(ProbeStop::NeedsConfirmation(origin)) if ask(&origin, output)? => template.confirmed.push(origin),
                ended => break ended,
            }
        };
        progress.clear();
        let result = match result {
            Ok(report) => Ok(report),
            Err(stop) => {
                // One request of many that carries no token, or changes something, is nothing to stop for.
                let is_passed_over = chosen.requests.len() > 1 && is_passed_over(&stop);
                let problem = stop.problem();
                if !is_passed_over {
                    return Err(problem);
                }
                Err(problem.title)
            }
        };
        routes.push(ProbedRoute {
            file: request.file.display().to_string(),
            name: block.label().to_owned(),
            method: block.method.text.clone(),
            url: block.url.text.clone(),
            identity: auth.map_or_else(|| IdentityName::ANONYMOUS.to_owned(), |auth| auth.identity.to_string()),
            result,
        });
    }
    Ok(())
}

fn is_passed_over(stop: &ProbeStop) -> bool {
    match stop {
        ProbeStop::Method(_) | ProbeStop::Send(SendError::NeedsAnswers(_)) => true,
        ProbeStop::Send(SendError::Problem(problem)) => problem.kind == ProblemKind::Input,
        ProbeStop::Send(_) | ProbeStop::NeedsConfirmation(_) => false,
    }
}

/// Asks on the terminal; without one the answer is no, and the problem names the flag.
fn ask(origin: &Origin, output: Output) -> Result<bool, Problem> {
    if !(std::io::stdin().is_terminal() && std::io::stderr().is_terminal()) {
        return Ok(false);
    }
    output.ask(&format!(
        "Send forged tokens to {}? Only if it is yours, or you may test it [y/N] ",
        clean(origin.as_str())
    ));
    let mut typed = String::new();
    std::io::stdin()
        .read_line(&mut typed)
        .map_err(|error| Problem::new(ProblemKind::Input, "The answer could not be read").detail(error.to_string()))?;
    Ok(matches!(typed.trim(), "y" | "Y" | "yes"))
}

/// One line that changes on a terminal, else one for each route.
struct Progress<'a> {
    output: Output,
    is_terminal: bool,
    title: &'a str,
}

impl Progress<'_> {
    fn show(&self, step: &ProbeStep) {
        if self.is_terminal {
            let (done, total) = (step.done + 1, step.total);
            self.output.ask(&format!("\r\u{1b}[2K{}: {done} of {total}, {}", self.title, step.title));
        } else if step.done == 0 {
            self.output.note(&format!("{}: {} requests", self.title, step.total));
        }
    }

    fn clear(&self) {
        if self.is_terminal {
            self.output.ask("\r\u{1b}[2K");
        }
    }
}

fn write(routes: &[ProbedRoute], reports: &[Wanted], output: Output) -> Result<(), Problem> {
    let as_text = |is_json: bool, paint: Paint| if is_json { report::json(routes) } else { text(routes, paint) };
    for wanted in reports {
        let Some(file) = &wanted.file else { continue };
        let report = as_text(wanted.is_json, Paint::plain());
        write_atomically(file, report.as_bytes(), FileMode::Keep).map_err(|error| {
            Problem::new(ProblemKind::Input, format!("The report could not be written to {}", file.display()))
                .detail(error.to_string())
        })?;
        output.note(&format!("Wrote {}", clean(&file.display().to_string())));
    }
    let printed = reports.iter().find(|wanted| wanted.file.is_none());
    let is_json = printed.map_or(output.json, |wanted| wanted.is_json);
    output.raw(as_text(is_json, output.paint).as_bytes());
    Ok(())
}

fn text(routes: &[ProbedRoute], paint: Paint) -> String {
    let mut text = String::new();
    for (index, route) in routes.iter().enumerate() {
        let title = format!("{}  {} {} as {}", route.file, route.method, route.name, route.identity);
        let separator = if index > 0 { "\n" } else { "" };
        let _ = writeln!(text, "{separator}{}", paint.strong(&clean(&title)));
        match &route.result {
            Err(why) => {
                let _ = writeln!(text, "  {}", paint.faint(&clean(&format!("– not probed: {why}"))));
            }
            Ok(report) => route_text(report, paint, &mut text),
        }
    }
    text
}

fn route_text(report: &RouteReport, paint: Paint, text: &mut String) {
    for judgement in &report.judgements {
        let title = clean(&judgement.title);
        let line = match judgement.severity {
            Severity::None if judgement.id == "verifies-signature" => paint.good(&format!("✔ {title}")),
            Severity::None => paint.warn(&format!("· {title}")),
            severity => paint.bad(&format!("✘ {}: {title}", severity.as_str())),
        };
        let _ = writeln!(text, "  {line}");
        for evidence in &judgement.evidence {
            let _ = writeln!(text, "    {}", clean(evidence));
        }
        for step in &judgement.fix {
            let _ = writeln!(text, "    → {}", clean(step));
        }
    }
    for (what, answer) in &report.controls {
        let _ = writeln!(text, "  {:<9} {}: {}", "control", what, clean(answer));
    }
    for row in &report.rows {
        let (label, title) = (row.outcome.label(), row.probe.title());
        let padded = format!("{label:<9}");
        let painted = match &row.outcome {
            Outcome::Accepted if row.probe.weakness().is_some() => paint.bad(&padded),
            Outcome::Accepted | Outcome::Refused => padded,
            Outcome::Unclear(_) => paint.warn(&padded),
            Outcome::NotSent(_) => paint.faint(&padded),
        };
        let answer = match (&row.outcome, &row.answer) {
            (Outcome::NotSent(why) | Outcome::Unclear(why), None) => why.clone(),
            (Outcome::Unclear(why), Some(answer)) => format!("{answer} ({why})"),
            (_, answer) => answer.clone().unwrap_or_default(),
        };
        let _ = writeln!(text, "  {painted} {title}: {}", clean(&answer));
    }
}
