//! The `bearcat` command: parses the arguments, runs, reports the last error.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    bearcat::cli::run(bearcat::cli::args::Cli::parse())
}
