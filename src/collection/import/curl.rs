//! Import of curl commands: what browsers copy, what documentation shows, scripts with several of them.
//!
//! Pure: text in, drafts out; nothing is run, no file is read. Called by the `import` command and by the editor, when
//! such a command is pasted into the URL line. The words of the shell are made by [`words`], the options read by
//! [`arguments`], and [`request`] does what curl would.

mod arguments;
mod multipart;
mod option;
mod request;
#[cfg(test)]
mod tests;
mod url;
mod words;

use std::path::Path;

use crate::collection::draft::{DraftFile, Fate, Import, ImportReport, RequestDraft};
use crate::collection::import::Input;
use crate::collection::import::curl::words::{Command, Note, Word};
use crate::collection::import::path;
use crate::collection::lines;
use crate::model::problem::{Problem, ProblemKind};

/// What places in a pasted text are called.
const PASTED: &str = "curl";

/// Is this text a curl command, as far as its first word tells?
pub fn is_command(text: &str) -> bool {
    let text = text.trim_start().trim_start_matches(['$', '>', '%']).trim_start();
    let word = text.split_whitespace().next().unwrap_or_default();
    is_curl(word) && text.len() > word.len()
}

/// Reads a single command.
pub fn parse(text: &str) -> Result<(RequestDraft, ImportReport), Problem> {
    let mut import = read(Path::new(PASTED), text)?;
    let mut requests: Vec<_> = import.files.iter_mut().flat_map(|file| std::mem::take(&mut file.requests)).collect();
    match requests.len() {
        1 => {
            let request = RequestDraft { name: None, ..requests.remove(0) };
            Ok((request, import.report))
        }
        0 => Err(nothing_taken(&import.report)),
        count => Err(Problem::new(ProblemKind::Input, format!("This holds {count} requests, not one"))
            .hint("Paste one command, or save them to a file and run `bearcat import curl <file>`")),
    }
}

/// Reads all commands of a file.
pub fn import(input: &Input<'_>) -> Result<Import, Problem> {
    read(input.name, input.text)
}

/// `file` is what problems say, and names the collection.
fn read(file: &Path, text: &str) -> Result<Import, Problem> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let commands = words::commands(text).map_err(|unclosed| {
        Problem::new(ProblemKind::Input, format!("This `{}` is never closed", unclosed.what))
            .hint("Copy the command again, whole")
            .at(lines::place(file, text, unclosed.start))
    })?;
    let mut report = ImportReport::default();
    let mut requests = Vec::new();
    let mut first_problem = None;
    for command in &commands {
        let Some(words) = curl_words(&command.words) else {
            let word = command.words.first().map_or("", |word| word.text.as_str());
            // A word may hold a secret (`TOKEN=…`): only its beginning is shown.
            let shown: String =
                word.chars().take_while(|c| c.is_alphanumeric() || "-_./".contains(*c)).take(30).collect();
            let place = line_of(file, text, command);
            report.remark(Fate::Dropped, "command", place, format!("`{shown}` is not curl: it was not run"));
            continue;
        };
        match command_requests(file, text, command, words, &mut report) {
            Ok(read) => requests.extend(read),
            // One bad command does not keep the others out.
            Err(problem) => {
                let place = line_of(file, text, command);
                report.remark(Fate::Dropped, "command", place, problem.title.clone());
                first_problem.get_or_insert(problem);
            }
        }
    }
    if commands.iter().all(|command| curl_words(&command.words).is_none()) {
        let problem = Problem::new(ProblemKind::Input, "This holds no curl command");
        return Err(problem.hint("A command begins with the word `curl`").at(lines::place(file, text, 0)));
    }
    if let Some(problem) = first_problem.filter(|_| requests.is_empty()) {
        return Err(problem);
    }
    name_apart(&mut requests);
    let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let stem = stem.filter(|stem| stem != "-").unwrap_or_else(|| PASTED.to_owned());
    let draft = DraftFile { path: path::collection(&[], &stem), requests, ..DraftFile::default() };
    Ok(Import { files: vec![draft], report, ..Import::default() })
}

fn command_requests(
    file: &Path,
    text: &str,
    command: &Command,
    words: &[Word],
    report: &mut ImportReport,
) -> Result<Vec<RequestDraft>, Problem> {
    let start = words.first().map_or(0, |word| word.start);
    let operations = arguments::read(words).map_err(|missing| {
        Problem::new(ProblemKind::Input, format!("`{}` needs a value", missing.name))
            .hint("Copy the command again, whole")
            .at(lines::place(file, text, missing.start))
    })?;
    let place = line_of(file, text, command);
    let mut requests = Vec::new();
    for operation in &operations {
        if operation.urls.is_empty() {
            let at = operation.options.first().map_or(start, |given| given.start);
            return Err(Problem::new(ProblemKind::Input, "This curl command has no URL")
                .hint("Write the URL: `curl https://api.example.com/orders`")
                .at(lines::place(file, text, at)));
        }
        requests.extend(request::requests(operation, command.input.as_deref(), &place, report));
    }
    if operations.is_empty() {
        return Err(Problem::new(ProblemKind::Input, "This curl command has no URL")
            .hint("Write the URL: `curl https://api.example.com/orders`")
            .at(lines::place(file, text, command.words.first().map_or(0, |word| word.start))));
    }
    for note in &command.notes {
        remark_note(note, &place, report);
    }
    if let [first, ..] = requests.as_mut_slice() {
        first.comments.splice(0..0, command.comments.iter().cloned());
    }
    for request in &mut requests {
        request.name = Some(name_of(request));
    }
    Ok(requests)
}

fn remark_note(note: &Note, place: &str, report: &mut ImportReport) {
    let (kind, reason) = match note {
        Note::Variable(name) => ("variable", format!("`${name}` became `{{{{{name}}}}}`: set it in an environment")),
        Note::Substitution => {
            ("variable", "a command in `$(…)` or backticks is not run: its text stands there".to_owned())
        }
        Note::Ampersand => ("url", "an `&` without quotes was taken as a part of the text".to_owned()),
        Note::NotText => ("body", "bytes that are no UTF-8 text became `\u{fffd}`: send them from a file".to_owned()),
        Note::Redirection => {
            report.take("options about output", 1);
            return;
        }
    };
    report.remark(Fate::Changed, kind, place, reason);
}

/// The words after `curl`, if the command is one.
fn curl_words(words: &[Word]) -> Option<&[Word]> {
    let mut rest = words;
    loop {
        let (first, after) = rest.split_first()?;
        let word = first.text.as_str();
        if is_curl(word) {
            return Some(after);
        }
        let is_assignment = word.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        });
        let is_prefix =
            matches!(word, "$" | ">" | "%" | "sudo" | "time" | "env" | "exec" | "command" | "if" | "!" | "do" | "then");
        if !is_assignment && !is_prefix {
            return None;
        }
        rest = after;
    }
}

fn is_curl(word: &str) -> bool {
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
    name.eq_ignore_ascii_case("curl") || name.eq_ignore_ascii_case("curl.exe")
}

fn line_of(file: &Path, text: &str, command: &Command) -> String {
    let start = command.words.first().map_or(0, |word| word.start);
    format!("{} line {}", file.display(), lines::place(file, text, start).line)
}

/// `GET /orders/7`.
fn name_of(request: &RequestDraft) -> String {
    let rest = request.url.split_once("://").map_or(request.url.as_str(), |(_, rest)| rest);
    let path = rest.find('/').map_or("/", |at| &rest[at..]);
    let path = path.split(['?', '#']).next().unwrap_or(path);
    format!("{} {path}", request.method)
}

/// Two requests of one name would be confused: the later ones get a number.
fn name_apart(requests: &mut [RequestDraft]) {
    let mut seen = std::collections::HashMap::<String, usize>::new();
    for request in requests {
        let Some(name) = &mut request.name else { continue };
        let count = seen.entry(name.clone()).or_default();
        *count += 1;
        if *count > 1 {
            *name = format!("{name} ({count})");
        }
    }
}

fn nothing_taken(report: &ImportReport) -> Problem {
    let reasons: Vec<_> = report.remarks.iter().map(|remark| remark.reason.as_str()).collect();
    Problem::new(ProblemKind::Input, "No request could be made of this command").detail(reasons.join("\n"))
}
