//! The log file and crash reports: off by default, private to the user, bounded, and masked by value.
//!
//! The shell and the commands start it once; everything else only speaks `tracing`. Nothing is ever written
//! to the terminal, and failing to write never disturbs what is logged about.

use std::backtrace::Backtrace;
use std::fs::{self, File};
use std::io::{self, Write};
use std::panic::PanicHookInfo;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::model::problem::{Problem, ProblemKind};
use crate::redact;
use crate::store::atomic::{self, FileMode};
use crate::store::paths::Paths;

/// The environment variable that turns the log on: a filter such as `debug` or `bearcat=debug,reqwest=info`.
pub const LOG_VARIABLE: &str = "BEARCAT_LOG";

/// Where a new file is begun; the one before is kept, any older one is not.
const MOST_BYTES: u64 = 5 * 1024 * 1024;

/// The longest crash report.
const LONGEST_REPORT: usize = 256 * 1024;

/// Starts the log with the filter of `BEARCAT_LOG`, else with `setting`; without either, does nothing.
pub fn start(paths: &Paths, setting: Option<&str>) -> Result<(), Problem> {
    let from_environment = std::env::var(LOG_VARIABLE).ok().filter(|filter| !filter.is_empty());
    let Some(filter) = from_environment.as_deref().or(setting) else { return Ok(()) };
    let subscriber = subscriber(&paths.log_file(), filter)?;
    // A second start in one process (tests) keeps the first log.
    drop(tracing::subscriber::set_global_default(subscriber));
    Ok(())
}

/// What a crash report says about a panic: thread, message, place, backtrace. Masked.
pub fn describe_panic(info: &PanicHookInfo<'_>) -> String {
    let thread = std::thread::current();
    let name = thread.name().unwrap_or("unnamed");
    let backtrace = Backtrace::force_capture();
    redact::mask(&format!("thread `{name}`: {info}\n\n{backtrace}")).into_owned()
}

/// Writes a crash report into `state_dir`, masked, and returns its path. It replaces the one before.
pub fn write_crash_report(state_dir: &Path, text: &str) -> io::Result<PathBuf> {
    let path = state_dir.join("crash.txt");
    let (version, os) = (env!("CARGO_PKG_VERSION"), std::env::consts::OS);
    let mut report = redact::mask(&format!("bearcat {version} on {os}\n\n{text}\n")).into_owned();
    report.truncate(report.floor_char_boundary(LONGEST_REPORT));
    atomic::create_private_dir(state_dir)?;
    atomic::write_atomically(&path, report.as_bytes(), FileMode::Private)?;
    Ok(path)
}

fn subscriber(path: &Path, filter: &str) -> Result<impl tracing::Subscriber + use<>, Problem> {
    let filter = EnvFilter::builder().parse(filter).map_err(|error| {
        Problem::new(ProblemKind::Input, "The log filter cannot be read")
            .detail(error.to_string())
            .hint(format!("Set {LOG_VARIABLE} to a level (`info`, `debug`) or to `bearcat=debug` and the like"))
    })?;
    let file = LogFile::open(path, MOST_BYTES).map_err(|error| {
        Problem::new(ProblemKind::Other, "The log file cannot be written")
            .detail(format!("{}: {error}", path.display()))
    })?;
    let log = MaskedLog(Arc::new(Mutex::new(file)));
    Ok(tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(log).finish())
}

/// Gives every event a buffer of its own, so that masking sees it as a whole.
struct MaskedLog(Arc<Mutex<LogFile>>);

/// One event, on its way into the file.
struct MaskedEvent {
    text: Vec<u8>,
    file: Arc<Mutex<LogFile>>,
}

impl<'a> MakeWriter<'a> for MaskedLog {
    type Writer = MaskedEvent;

    fn make_writer(&'a self) -> Self::Writer {
        MaskedEvent { text: Vec::new(), file: self.0.clone() }
    }
}

impl Write for MaskedEvent {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for MaskedEvent {
    fn drop(&mut self) {
        let text = String::from_utf8_lossy(&self.text);
        let masked = redact::mask(&text);
        // What a server said may be in here, and somebody will look at the file in a terminal.
        let plain: String = masked.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect();
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        // A full disk must not stop a program that is asked to log about it.
        drop(file.append(plain.as_bytes()));
    }
}

struct LogFile {
    path: PathBuf,
    file: File,
    size: u64,
    limit: u64,
}

impl LogFile {
    fn open(path: &Path, limit: u64) -> io::Result<Self> {
        if let Some(dir) = path.parent() {
            atomic::create_private_dir(dir)?;
        }
        let file = atomic::private_options().append(true).create(true).open(path)?;
        let size = file.metadata()?.len();
        Ok(Self { path: path.to_owned(), file, size, limit })
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.size > 0 && self.size + bytes.len() as u64 > self.limit {
            fs::rename(&self.path, self.path.with_extension("log.1"))?;
            *self = Self::open(&self.path, self.limit)?;
        }
        self.file.write_all(bytes)?;
        self.size += bytes.len() as u64;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::AccessToken;

    fn log_to(path: &Path, filter: &str, work: impl FnOnce()) -> String {
        tracing::subscriber::with_default(subscriber(path, filter).unwrap(), work);
        fs::read_to_string(path).unwrap()
    }

    #[test]
    fn events_are_masked_by_value() {
        let dir = tempfile::tempdir().unwrap();
        let token = AccessToken::new("canary-of-the-log");
        let text = log_to(&dir.path().join("state").join("bearcat.log"), "debug", || {
            tracing::info!(header = token.expose(), "sent Bearer {}", token.expose());
            tracing::debug!("jwt eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl\u{1b}[31m");
            tracing::trace!("filtered out");
        });
        assert!(text.contains("sent Bearer") && text.contains("jwt"), "{text}");
        for hidden in ["canary-of-the-log", "eyJ", "\u{1b}", "filtered out"] {
            assert!(!text.contains(hidden), "{hidden}: {text}");
        }
        assert_eq!(text.lines().count(), 2, "{text}");
    }

    #[test]
    fn the_file_is_bounded_and_turned_over_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("bearcat.log");
        let mut file = LogFile::open(&path, 100).unwrap();
        for number in 0..100 {
            file.append(format!("line {number:02} of the log\n").as_bytes()).unwrap();
        }
        let old = fs::read_to_string(dir.path().join("bearcat.log.1")).unwrap();
        let new = fs::read_to_string(&path).unwrap();
        assert!(old.len() <= 100 && new.len() <= 100);
        assert!(new.ends_with("line 99 of the log\n"), "{new}");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
        // A later process goes on where this one stopped.
        LogFile::open(&path, 100).unwrap().append(b"next\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), format!("{new}next\n"));
    }

    #[test]
    fn a_filter_that_is_none_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("bearcat.log");
        let problem = subscriber(&path, "bearcat=loud=very").err().unwrap();
        assert!(problem.hint.contains(LOG_VARIABLE), "{problem}");
        assert!(!path.exists());
        let problem = subscriber(dir.path(), "debug").err().unwrap();
        assert_eq!(problem.title, "The log file cannot be written");
    }

    #[test]
    fn crash_reports_are_masked_and_bounded() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("state");
        let token = AccessToken::new("canary-of-a-crash");
        write_crash_report(&state, "the first").unwrap();
        let long = format!("panicked with {} {}", token.expose(), "é".repeat(LONGEST_REPORT));
        let path = write_crash_report(&state, &long).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("bearcat ") && text.contains("panicked with ••••••"));
        assert!(!text.contains("canary") && text.len() <= LONGEST_REPORT);
        assert_eq!(fs::read_dir(&state).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn files_are_private() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&write_crash_report(dir.path(), "text").unwrap()), 0o600);
        let path = dir.path().join("bearcat.log");
        drop(LogFile::open(&path, 100).unwrap());
        assert_eq!(mode(&path), 0o600);
    }
}
