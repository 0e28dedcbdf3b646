//! Evaluates jq expressions of files where they can do no harm: a program may run for ever, or ask for more memory than
//! there is, which ends a process.
//!
//! The `bearcat` binary starts itself as a helper process ([`serve`]), which is killed when its time is over and may take
//! so much memory. Without the binary (in tests) a thread does it, and is given up.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;
use tokio::sync::oneshot;

use crate::template::jq::{self, JqError, LONGEST_RESULT, ResultKind};

/// How long the expressions of one exchange may take together.
pub const BOUND: Duration = Duration::from_secs(5);

/// The command of the helper process.
pub const COMMAND: &str = "jq-helper";

/// How much memory the helper may take, in KiB.
const MEMORY: u64 = 2 * 1024 * 1024;

/// How many threads are at work at most, those included that were given up.
const MOST_THREADS: usize = 8;

/// The stack that expressions run on: jq programs call themselves.
const STACK: usize = 16 * 1024 * 1024;

/// The most that is read of a helper or by it.
const MOST_BYTES: u64 = 128 * 1024 * 1024;

/// The binary that is started as a helper.
static PROGRAM: OnceLock<PathBuf> = OnceLock::new();

/// Threads at work, given up or not.
static RUNNING: AtomicUsize = AtomicUsize::new(0);

/// The first result of an expression, or why there is none.
pub type Evaluated = Result<(ResultKind, String), String>;

/// Expressions run in this program, started with [`COMMAND`], from now on.
pub fn use_program(path: PathBuf) {
    // The first one counts: there is one.
    let _ = PROGRAM.set(path);
}

/// The first result of each expression on a JSON text.
pub async fn evaluate(expressions: Vec<String>, input: Vec<u8>) -> Vec<Evaluated> {
    let count = expressions.len();
    let work = async {
        match PROGRAM.get() {
            Some(program) => in_process(program, &expressions, &input).await,
            None => in_thread(expressions, input).await,
        }
    };
    let results = match tokio::time::timeout(BOUND, work).await {
        Ok(Ok(results)) if results.len() == count => return results,
        Ok(Ok(_)) => "the jq program ended early: it may have asked for too much memory".to_owned(),
        Ok(Err(error)) => format!("jq could not be started: {error}"),
        Err(_) => format!("no result within {} s", BOUND.as_secs()),
    };
    vec![Err(results); count]
}

/// What a helper is asked.
#[derive(Serialize, Deserialize)]
struct Question {
    expressions: Vec<String>,
    input: String,
}

/// What it answers.
#[derive(Serialize, Deserialize)]
enum Answer {
    Null,
    Text(String),
    Other(String),
    Failed(String),
}

impl Answer {
    fn of(result: Result<(ResultKind, String), JqError>) -> Self {
        match result {
            Ok((ResultKind::Null, _)) => Self::Null,
            Ok((ResultKind::Text, text)) => Self::Text(text),
            Ok((ResultKind::Other, text)) => Self::Other(text),
            Err(error) => Self::Failed(error.to_string()),
        }
    }

    fn result(self) -> Evaluated {
        match self {
            Self::Null => Ok((ResultKind::Null, "null".to_owned())),
            Self::Text(text) => Ok((ResultKind::Text, text)),
            Self::Other(text) => Ok((ResultKind::Other, text)),
            Self::Failed(why) => Err(why),
        }
    }
}

fn all(expressions: &[String], input: &[u8]) -> Vec<Answer> {
    expressions.iter().map(|expression| Answer::of(jq::evaluate(expression, input))).collect()
}

/// The helper process: reads a question from standard input, answers on standard output.
///
/// # Errors
/// When the question cannot be read or the answer not written.
pub fn serve() -> io::Result<()> {
    let mut text = Vec::new();
    io::stdin().take(MOST_BYTES).read_to_end(&mut text)?;
    let question: Question = serde_json::from_slice(&text)?;
    let work = move || all(&question.expressions, question.input.as_bytes());
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(work)?;
    let answers = thread.join().map_err(|_| io::Error::other("it panicked"))?;
    let mut out = io::stdout();
    out.write_all(&serde_json::to_vec(&answers)?)?;
    out.flush()
}

async fn in_process(program: &Path, expressions: &[String], input: &[u8]) -> io::Result<Vec<Evaluated>> {
    let question = Question { expressions: expressions.to_vec(), input: String::from_utf8_lossy(input).into_owned() };
    let question = serde_json::to_vec(&question)?;
    let mut child = helper(program)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let mut stdin = child.stdin.take().ok_or_else(|| io::Error::other("no standard input"))?;
    let stdout = child.stdout.take().ok_or_else(|| io::Error::other("no standard output"))?;
    let ask = async move {
        // One that ended early does not listen; its answer tells.
        let _ = stdin.write_all(&question).await;
    };
    let listen = async move {
        let mut answer = Vec::new();
        let most = MOST_BYTES.min((expressions.len() as u64 + 1) * 8 * LONGEST_RESULT as u64);
        stdout.take(most).read_to_end(&mut answer).await.map(|_| answer)
    };
    let ((), answer) = futures_util::future::join(ask, listen).await;
    let answers: Vec<Answer> = serde_json::from_slice(&answer?).unwrap_or_default();
    Ok(answers.into_iter().map(Answer::result).collect())
}

/// The helper with a bound on its memory, where the system has one, and nothing of the environment.
#[cfg(unix)]
fn helper(program: &Path) -> Command {
    let mut command = Command::new("/bin/sh");
    command.env_clear().arg("-c").arg(format!("ulimit -v {MEMORY} 2>/dev/null; exec \"$0\" {COMMAND}")).arg(program);
    command
}

#[cfg(not(unix))]
fn helper(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.arg(COMMAND);
    command
}

/// Counts a thread for as long as it runs.
struct Running;

impl Running {
    fn begin() -> Option<Self> {
        let before = RUNNING.fetch_add(1, Ordering::SeqCst);
        let running = Self;
        (before < MOST_THREADS).then_some(running)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        RUNNING.fetch_sub(1, Ordering::SeqCst);
    }
}

async fn in_thread(expressions: Vec<String>, input: Vec<u8>) -> io::Result<Vec<Evaluated>> {
    let running = Running::begin().ok_or_else(|| io::Error::other("programs of earlier requests still run"))?;
    let (answer, answered) = oneshot::channel();
    let work = move || {
        let _running = running;
        // Nobody waits any more where it took too long.
        let _: Result<(), Vec<Answer>> = answer.send(all(&expressions, &input));
    };
    std::thread::Builder::new().name("bearcat-jq".to_owned()).stack_size(STACK).spawn(work)?;
    Ok(answered.await.unwrap_or_default().into_iter().map(Answer::result).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn results_come_in_order_and_a_long_one_is_given_up() {
        let expressions = vec![".a".to_owned(), ".b".to_owned(), "empty".to_owned(), ".c".to_owned()];
        let results = evaluate(expressions, br#"{"a": "x", "b": 2}"#.to_vec()).await;
        assert_eq!(results[0], Ok((ResultKind::Text, "x".to_owned())));
        assert_eq!(results[1], Ok((ResultKind::Other, "2".to_owned())));
        assert_eq!(results[2], Err("the expression gives nothing".to_owned()));
        assert_eq!(results[3], Ok((ResultKind::Null, "null".to_owned())));
        // It ends some time, so that the test does not leave a thread behind for ever.
        let endless = evaluate(vec!["reduce range(50000000) as $i (0; . + 1)".to_owned()], b"null".to_vec()).await;
        assert_eq!(endless, [Err("no result within 5 s".to_owned())]);
    }
}
