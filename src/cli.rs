//! The commands, one file each. Standard output carries the result, standard error the rest (design.md section 11).

pub mod args;
mod demo;
mod doctor;
mod export;
mod findings;
mod import;
mod login;
mod logout;
mod matrix;
mod output;
mod probe;
mod requests;
mod sample;
mod secret;
mod send;
mod session_json;
mod start;
mod subject;
mod token;
mod tui;
mod variables;
mod whoami;

use std::process::ExitCode;

use clap::CommandFactory;

use crate::model::problem::Problem;
use args::{Cli, Command};
use output::{Exit, Output};

/// How a command ends: an exit code, or a problem that is reported first.
type Ended = Result<Exit, Problem>;

/// Runs what the command line says.
pub fn run(cli: Cli) -> ExitCode {
    let output = Output::new(&cli.common);
    let common = cli.common;
    let ended = match cli.command {
        None => tui::run(cli.dir, &common),
        Some(Command::Demo(arguments)) => demo::run(&arguments, &common, output),
        Some(Command::Login(arguments)) => login::run(&arguments, &common, output),
        Some(Command::Logout(arguments)) => logout::run(&arguments, &common, output),
        Some(Command::Whoami(arguments)) => whoami::run(&arguments, &common, output),
        Some(Command::Token(arguments)) => token::run(&arguments, &common, output),
        Some(Command::Send(arguments)) => send::run(&arguments, &common, output),
        Some(Command::Matrix(arguments)) => matrix::run(&arguments, &common, output),
        Some(Command::Probe(arguments)) => probe::run(&arguments, &common, output),
        Some(Command::Import(arguments)) => import::run(&arguments, output),
        Some(Command::Variables(arguments)) => variables::run(&arguments, &common, output),
        Some(Command::Secret { command }) => secret::run(&command, &common, output),
        Some(Command::Export(arguments)) => export::run(&arguments, &common, output),
        Some(Command::Sample(arguments)) => sample::run(&arguments, output),
        Some(Command::Doctor) => doctor::run(&common, output),
        Some(Command::Completions { shell }) => completions(shell, output),
        Some(Command::Man) => manual(output),
        Some(Command::JqHelper) => {
            let served = crate::shell::jq::serve();
            return if served.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
        }
        Some(Command::Screenshot) => {
            output.raw(crate::ui::picture::main_screen().as_bytes());
            Ok(Exit::Good)
        }
    };
    match ended {
        Ok(exit) => exit.into(),
        Err(problem) => output.problem(&problem).into(),
    }
}

fn completions(shell: clap_complete::Shell, output: Output) -> Ended {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "bearcat", &mut text);
    output.raw(&text);
    Ok(Exit::Good)
}

fn manual(output: Output) -> Ended {
    let mut text = Vec::new();
    let made = clap_mangen::Man::new(Cli::command()).render(&mut text);
    made.map_err(|error| {
        Problem::new(crate::model::problem::ProblemKind::Other, "The manual page could not be made")
            .detail(error.to_string())
    })?;
    output.raw(&text);
    Ok(Exit::Good)
}
