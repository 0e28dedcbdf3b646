//! `bearcat send FILE[#NAME]`: one request, from a script. The body goes to standard output, the rest to standard error.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::app::effect::Answer;
use crate::app::msg::{PromptDefault, PromptQuestion};
use crate::cli::args::{Common, SendArguments};
use crate::cli::output::{Exit, Output, clean};
use crate::cli::start::{self, Start};
use crate::cli::{Ended, findings, session_json, subject};
use crate::collection::file::Collection;
use crate::collection::workspace::Workspace;
use crate::http::body_text::{self, ContentKind};
use crate::http::plan::auth::ChosenIdentity;
use crate::model::exchange::{Exchange, ResponseHead};
use crate::model::finding::Weight;
use crate::model::identity::{IdentityName, Origin};
use crate::model::problem::{Problem, ProblemKind};
use crate::model::request::{RequestId, TokenCarrier};
use crate::model::tls::CertificateCheck;
use crate::model::wire::FieldValue;
use crate::redact::{SecretText, mask};
use crate::shell::send::{self, Listener, Order, SendError, Sent};
use crate::shell::services::{LAST_REFRESH, Services};

/// Sends the request that the argument names.
pub fn run(arguments: &SendArguments, common: &Common, output: Output) -> Ended {
    let start = Start::new(common)?;
    let Found { workspace, request, environment } = find_request(&arguments.request, &start, common, output)?;
    let services = start.command_services(output)?;
    let identity = common.identity.as_deref().map(IdentityName::new);
    start::small_runtime()?.run(async {
        let ended = send_and_print(&services, &workspace, request, environment, arguments, identity, output).await;
        services.finish(LAST_REFRESH).await;
        ended
    })
}

/// A request that a command names, with what is around it.
pub struct Found {
    /// Its collection, the environments and identities.
    pub workspace: Workspace,
    /// Which request.
    pub request: RequestId,
    /// The environment that `--env` names, else the first.
    pub environment: Option<String>,
}

/// Finds the request of `FILE[#NAME]`; tells of problems around it.
pub fn find_request(argument: &str, start: &Start, common: &Common, output: Output) -> Result<Found, Problem> {
    let (file, wanted) = split(argument);
    let root = std::env::current_dir().map_err(|error| {
        Problem::new(ProblemKind::Input, "The current folder cannot be read").detail(error.to_string())
    })?;
    let (root, file) = place(root, Path::new(file));
    if !root.join(&file).is_file() {
        return Err(Problem::new(ProblemKind::Input, format!("There is no file `{}`", file.display()))
            .hint("`FILE.http#NAME` names a request of a file"));
    }
    let workspace = crate::shell::workspace::load_only(&root, std::slice::from_ref(&file), &start.paths);
    let collection = workspace.collections.first().ok_or_else(|| {
        workspace
            .problems
            .first()
            .cloned()
            .unwrap_or_else(|| Problem::new(ProblemKind::Input, "The file cannot be read"))
    })?;
    let request = find(collection, wanted)?;
    for problem in collection.problems_of(&collection.requests[request.index]).chain(&workspace.problems) {
        output.explain(problem);
    }
    let environment = subject::environment(&workspace, common)?;
    Ok(Found { workspace, request, environment })
}

/// The order to send what was found.
pub fn order(found: &Found, given: &[String], common: &Common) -> Result<Order, Problem> {
    let environment = found.environment.clone();
    let chosen = match common.identity.as_deref() {
        Some(identity) => ChosenIdentity::ActAs(IdentityName::new(identity)),
        None => ChosenIdentity::Current(current(&found.workspace, environment.as_deref())),
    };
    Ok(Order {
        request: found.request.clone(),
        environment,
        chosen,
        carrier: None,
        max_redirects: None,
        allow_origins: Vec::new(),
        variables: variables(given)?,
        answers: Vec::new(),
        batch: None,
    })
}

/// `FILE#NAME` into its parts; a `#` that belongs to the path of a file is left there.
pub(super) fn split(argument: &str) -> (&str, Option<&str>) {
    if Path::new(argument).is_file() {
        return (argument, None);
    }
    match argument.rsplit_once('#') {
        Some((file, name)) => (file, Some(name)),
        None => (argument, None),
    }
}

/// The workspace folder and the file relative to it: the current folder, or the file's own where it is outside.
pub(super) fn place(current: PathBuf, file: &Path) -> (PathBuf, PathBuf) {
    let absolute = current.join(file);
    let absolute = std::fs::canonicalize(&absolute).unwrap_or(absolute);
    let current = std::fs::canonicalize(&current).unwrap_or(current);
    if let Ok(relative) = absolute.strip_prefix(&current) {
        return (current, relative.to_path_buf());
    }
    let folder = absolute.parent().unwrap_or(Path::new("/")).to_path_buf();
    let name = absolute.file_name().map(PathBuf::from).unwrap_or_default();
    (folder, name)
}

/// The request by name, by number from 1, or the only one.
pub(super) fn find(collection: &Collection, wanted: Option<&str>) -> Result<RequestId, Problem> {
    let names = || {
        let labels: Vec<String> = collection
            .requests
            .iter()
            .enumerate()
            .map(|(index, request)| format!("#{} {}", index + 1, clean(request.label())))
            .collect();
        labels.join("\n")
    };
    let file = collection.path.display();
    let Some(wanted) = wanted else {
        return match collection.requests.as_slice() {
            [only] => Ok(only.id.clone()),
            [] => Err(collection
                .problems
                .first()
                .cloned()
                .unwrap_or_else(|| Problem::new(ProblemKind::Input, format!("`{file}` has no requests")))),
            _ => Err(Problem::new(ProblemKind::Input, format!("`{file}` has several requests: which one?"))
                .detail(names())
                .hint(format!("Name one: `{file}#NAME`, or `{file}#1` for the first"))),
        };
    };
    let by_name = collection.request_named(wanted);
    let by_number = || wanted.parse::<usize>().ok()?.checked_sub(1).and_then(|index| collection.requests.get(index));
    by_name
        .or_else(by_number)
        .map(|request| request.id.clone())
        .ok_or_else(|| Problem::new(ProblemKind::Input, format!("`{file}` has no request `{wanted}`")).detail(names()))
}

/// Sends and prints; the exit code is 3 when the API refused the token.
pub async fn send_and_print(
    services: &Arc<Services>,
    workspace: &Workspace,
    request: RequestId,
    environment: Option<String>,
    arguments: &SendArguments,
    act_as: Option<IdentityName>,
    output: Output,
) -> Ended {
    let chosen = match act_as {
        Some(identity) => ChosenIdentity::ActAs(identity),
        None => ChosenIdentity::Current(current(workspace, environment.as_deref())),
    };
    let mut order = Order {
        request,
        environment,
        chosen,
        carrier: arguments.cookie.then_some(TokenCarrier::Cookie),
        max_redirects: arguments.redirect,
        allow_origins: Vec::new(),
        variables: variables(&arguments.variables)?,
        answers: Vec::new(),
        batch: None,
    };
    let allowed = origins(&arguments.allow_origin)?;
    let stream = Stream::new(output);
    let on_piece = |head: &ResponseHead, piece: &[u8]| stream.take(head, piece);
    let prints = !output.json && arguments.output.is_none();
    let listener =
        Listener { progress: &|_| {}, pieces: if prints { Some(&on_piece as send::OnPiece<'_>) } else { None } };
    let sent = loop {
        match send::send_listened(services, workspace, order.clone(), listener).await {
            Ok(sent) => break sent,
            Err(SendError::OriginNotAllowed { origin, .. }) if allowed.contains(&origin) => {
                services.allow_asked(&order.request, &origin);
            }
            Err(SendError::NeedsAnswers(questions)) => order.answers.extend(ask(&questions, output)?),
            Err(error) => return Err(error.problem()),
        }
    };
    let printed = stream.finish();
    print(&sent, printed, arguments, services, output)
}

/// What of a body is on standard output already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Printed {
    /// Nothing: it is printed when it is whole.
    Nothing,
    /// All of it, as it came.
    All,
}

/// Prints a body as it comes: to a file or a pipe always, on a terminal line by line where it is a stream of text.
struct Stream {
    output: Output,
    state: Mutex<StreamState>,
}

#[derive(Default)]
struct StreamState {
    /// Whether this body is printed as it comes; decided with its first piece.
    streams: Option<bool>,
    /// A line that is not whole.
    line: Vec<u8>,
}

impl Stream {
    fn new(output: Output) -> Self {
        Self { output, state: Mutex::default() }
    }

    fn take(&self, head: &ResponseHead, piece: &[u8]) {
        use std::io::IsTerminal;
        // The request may be sent once more after a 401: only the last answer is printed.
        if head.status == 401 || piece.is_empty() {
            return;
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let is_terminal = std::io::stdout().is_terminal();
        let streams = *state.streams.get_or_insert_with(|| !is_terminal || is_stream_of_text(head, piece));
        if !streams {
            return;
        }
        if !is_terminal {
            return self.output.raw(piece);
        }
        state.line.extend_from_slice(piece);
        while let Some(end) = state.line.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = state.line.drain(..=end).collect();
            self.output.line(&clean(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n'])));
        }
    }

    /// Prints a line that never ended.
    fn finish(self) -> Printed {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        if state.streams != Some(true) {
            return Printed::Nothing;
        }
        if !state.line.is_empty() {
            self.output.line(&clean(&String::from_utf8_lossy(&state.line)));
        }
        Printed::All
    }
}

/// Events, JSON lines, and any UTF-8 text whose length is not announced.
fn is_stream_of_text(head: &ResponseHead, piece: &[u8]) -> bool {
    let content_type = head.header("content-type");
    let is_utf8 = content_type
        .and_then(|content_type| body_text::parameter(content_type, "charset"))
        .is_none_or(|charset| charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("us-ascii"));
    match body_text::kind(content_type, piece) {
        ContentKind::EventStream | ContentKind::JsonLines => is_utf8,
        kind => kind.is_text() && is_utf8 && head.header("content-length").is_none(),
    }
}

/// Asks on the terminal; without one it is an error that names the flag.
fn ask(questions: &[PromptQuestion], output: Output) -> Result<Vec<Answer>, Problem> {
    use std::io::IsTerminal;
    if !(std::io::stdin().is_terminal() && std::io::stderr().is_terminal()) {
        let names: Vec<String> = questions.iter().map(|one| format!("`{}`", clean(&one.prompt.name))).collect();
        let flags: Vec<String> = questions.iter().map(|one| format!("--var {}=…", clean(&one.prompt.name))).collect();
        return Err(Problem::new(ProblemKind::Input, format!("The request asks for {}", names.join(", ")))
            .detail("There is no terminal to ask on")
            .hint(format!("Answer with {}", flags.join(" "))));
    }
    questions.iter().map(|question| ask_one(question, output)).collect()
}

fn ask_one(question: &PromptQuestion, output: Output) -> Result<Answer, Problem> {
    let unreadable = |error: std::io::Error| {
        Problem::new(ProblemKind::Input, "The answer could not be read").detail(error.to_string())
    };
    let prompt = &question.prompt;
    let asks = if prompt.description.is_empty() { &prompt.name } else { &prompt.description };
    let name = prompt.name.clone();
    let default = match &question.default {
        PromptDefault::Shown(text) => format!(" [{}]", clean(&mask(text))),
        PromptDefault::Hidden => " [from the environment]".to_owned(),
        PromptDefault::None => String::new(),
    };
    let text = format!("{} ({}){default}: ", clean(asks), clean(&name));
    if prompt.is_secret() {
        let typed = rpassword::prompt_password(text).map_err(unreadable)?;
        let keeps = typed.is_empty() && question.default == PromptDefault::Hidden;
        return Ok(Answer { name, value: (!keeps).then(|| FieldValue::Secret(SecretText::new(typed))) });
    }
    output.ask(&text);
    let mut typed = String::new();
    if std::io::stdin().read_line(&mut typed).map_err(unreadable)? == 0 {
        return Err(Problem::new(ProblemKind::Input, "No answer: nothing was sent"));
    }
    let typed = typed.trim_end_matches(['\n', '\r']).to_owned();
    let value = match &question.default {
        PromptDefault::Hidden if typed.is_empty() => None,
        PromptDefault::Shown(known) if typed.is_empty() => Some(FieldValue::Plain(known.clone())),
        _ => Some(FieldValue::Plain(typed)),
    };
    Ok(Answer { name, value })
}

/// The identity that a request without `# @auth` is sent as: the first of the environment that is signed in is for the
/// interface to choose; a script gets the first one that is defined.
pub(super) fn current(workspace: &Workspace, environment: Option<&str>) -> Option<IdentityName> {
    let identities = workspace.identities(environment);
    identities.into_iter().map(|identity| identity.name).find(|name| !name.is_anonymous())
}

pub(super) fn variables(given: &[String]) -> Result<Vec<(String, String)>, Problem> {
    given
        .iter()
        .map(|text| {
            text.split_once('=').map(|(name, value)| (name.trim().to_owned(), value.to_owned())).ok_or_else(|| {
                Problem::new(ProblemKind::Input, format!("`--var {text}` has no `=`")).hint("--var name=value")
            })
        })
        .collect()
}

/// Origins of the command line.
pub fn origins(given: &[String]) -> Result<Vec<Origin>, Problem> {
    given
        .iter()
        .map(|text| {
            Origin::parse(text).ok_or_else(|| {
                Problem::new(ProblemKind::Input, format!("`{text}` is not an origin"))
                    .hint("Like `https://api.example.com`")
            })
        })
        .collect()
}

fn print(sent: &Sent, printed: Printed, arguments: &SendArguments, services: &Services, output: Output) -> Ended {
    let exchange = &sent.outcome.exchange;
    if let Some(path) = &arguments.output {
        std::fs::write(path, &exchange.body.bytes).map_err(|error| {
            Problem::new(ProblemKind::Input, format!("The body could not be written to {}", path.display()))
                .detail(error.to_string())
        })?;
    }
    if output.json {
        output.value(&as_json(sent, arguments));
    } else {
        head(sent, arguments, services, output);
        if arguments.output.is_none() && printed == Printed::Nothing {
            body(exchange, output);
        }
        for note in sent.notes.iter().chain(&exchange.connection.notes) {
            output.note(&clean(note));
        }
        if exchange.connection.check == CertificateCheck::Skipped {
            let words = "The server's certificate was not checked: anybody could have answered";
            output.note(&output.error_paint.bad(words));
        }
        if let Some(fault) = &exchange.body.fault {
            output.note(&output.error_paint.warn(&format!("The body is not whole: {}", clean(fault))));
        }
        if exchange.body.cut {
            let limit = services.settings.body_limit / (1024 * 1024);
            output.note(&output.error_paint.warn(&format!("The body was cut at {limit} MiB (`limits.body_mib`)")));
        }
        for finding in &sent.outcome.findings {
            findings::print(finding, output);
        }
    }
    Ok(exit(sent))
}

/// With assertions they decide: a refusal that was asserted is what should be.
fn exit(sent: &Sent) -> Exit {
    let outcome = &sent.outcome;
    if !outcome.asserts.is_empty() {
        let hold = outcome.asserts.iter().all(|result| result.failure.is_none());
        return if hold { Exit::Good } else { Exit::Failed };
    }
    let refused = outcome.findings.iter().any(|finding| finding.weight == Weight::Refusal)
        || matches!(outcome.exchange.head.status, 401 | 403);
    if refused { Exit::SignIn } else { Exit::Good }
}

fn head(sent: &Sent, arguments: &SendArguments, services: &Services, output: Output) {
    let exchange = &sent.outcome.exchange;
    let (head, timings) = (&exchange.head, &exchange.timings);
    let status = format!("{} {}", head.status, clean(&head.reason));
    let status = match head.status {
        200..300 => output.error_paint.good(&status),
        300..400 => output.error_paint.warn(&status),
        _ => output.error_paint.bad(&status),
    };
    let millis = timings.total.as_secs_f64() * 1000.0;
    output.note(&format!("{status} · {millis:.0} ms · {} bytes · {}", exchange.body.bytes.len(), head.protocol));
    if arguments.include {
        for (name, value) in &head.headers {
            output.note(&format!("{}: {}", clean(name), clean(value)));
        }
    }
    if let (Some(used), Some(token)) = (&exchange.token, &sent.token) {
        let now = services.auth.clock.now();
        let how = match used.carrier {
            TokenCarrier::Bearer => "bearer",
            TokenCarrier::Cookie => "cookies",
        };
        let summary = session_json::summary(&token.verdict, &token.inspection, now, output.error_paint);
        output.note(&format!("token of {} ({how}) · {summary}", clean(used.identity.as_str())));
        if arguments.include || !sent.outcome.findings.is_empty() {
            for line in session_json::verdict_lines(&token.verdict, output.error_paint) {
                output.note(&format!("  {line}"));
            }
        }
    }
}

/// The body as it came where standard output is a file or a pipe; on a terminal without what could control it.
fn body(exchange: &Exchange, output: Output) {
    use std::io::IsTerminal;
    let bytes = &exchange.body.bytes;
    if !std::io::stdout().is_terminal() {
        output.raw(bytes);
        return;
    }
    let content_type = exchange.head.header("content-type");
    let decoded = body_text::decode(bytes, content_type);
    for line in decoded.text.lines() {
        output.line(&clean(line));
    }
}

fn as_json(sent: &Sent, arguments: &SendArguments) -> Value {
    let exchange = &sent.outcome.exchange;
    let (request, head, body) = (&exchange.request, &exchange.head, &exchange.body);
    let millis = |time: Duration| time.as_secs_f64() * 1000.0;
    let timings = &exchange.timings;
    let parsed: Option<Value> = serde_json::from_slice(&body.bytes).ok();
    let content = match (&arguments.output, parsed) {
        (Some(path), _) => json!({ "file": path.display().to_string() }),
        (None, Some(value)) => json!({ "json": value }),
        (None, None) => {
            let decoded = body_text::decode(&body.bytes, head.header("content-type"));
            json!({ "text": decoded.text })
        }
    };
    json!({
        "request": {
            "method": request.method,
            "url": request.url.as_str(),
            "headers": request.headers,
            "body_size": request.body_size,
        },
        "hops": exchange.hops.iter().map(|hop| json!({
            "url": hop.request.url.as_str(),
            "status": hop.head.status,
            "location": hop.head.header("location"),
            "credentials_dropped": hop.credentials_dropped,
        })).collect::<Vec<_>>(),
        "response": {
            "status": head.status,
            "reason": head.reason,
            "protocol": head.protocol,
            "headers": head.headers,
            "remote_address": head.remote_address.map(|address| address.to_string()),
            "size": body.bytes.len(),
            "wire_size": body.wire_size,
            "cut": body.cut,
            "stopped": body.stopped,
            "fault": body.fault,
            "body": content,
        },
        "connection": {
            "proxy": exchange.connection.proxy,
            "certificate_checked": exchange.connection.peer.as_ref()
                .map(|_| exchange.connection.check == CertificateCheck::Done),
            "client_certificate": exchange.connection.client_certificate,
            "peer": exchange.connection.peer.as_ref().map(|peer| json!({
                "subject": peer.subject,
                "issuer": peer.issuer,
                "names": peer.names,
                "not_before": peer.validity.map(|(from, _)| from.seconds()),
                "not_after": peer.validity.map(|(_, to)| to.seconds()),
                "protocol": peer.protocol,
                "cipher": peer.cipher,
            })),
            "notes": exchange.connection.notes,
        },
        "timings_ms": {
            "dns": timings.dns.map(millis),
            "connect": timings.connect.map(millis),
            "tls": timings.tls.map(millis),
            "first_byte": timings.first_byte.map(millis),
            "download": timings.download.map(millis),
            "total": millis(timings.total),
        },
        "token": exchange.token.as_ref().map(|used| json!({
            "identity": used.identity.as_str(),
            "carrier": match used.carrier { TokenCarrier::Bearer => "bearer", TokenCarrier::Cookie => "cookie" },
            "jti": used.jti,
            "fingerprint": used.fingerprint,
            "verdict": sent.token.as_ref().map(|token| session_json::verdict(&token.verdict)),
        })),
        "resent_after_refresh": exchange.resent_after_refresh,
        "asserts": sent.outcome.asserts.iter().map(|result| json!({
            "expression": result.expression,
            "holds": result.failure.is_none(),
            "failure": result.failure,
        })).collect::<Vec<_>>(),
        "findings": sent.outcome.findings.iter().map(findings::json).collect::<Vec<_>>(),
        "notes": sent.notes.iter().map(|note| mask(note).into_owned()).collect::<Vec<_>>(),
    })
}
