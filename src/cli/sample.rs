//! `bearcat sample [FRAMEWORK]`: code that verifies a bearer token with the issuer's key set.

use crate::cli::Ended;
use crate::cli::args::SampleArguments;
use crate::cli::output::{Exit, Output};
use crate::diagnose::sample;
use crate::model::finding::Framework;
use crate::model::problem::{Problem, ProblemKind};

/// Prints the sample of a framework, or their list.
pub fn run(arguments: &SampleArguments, output: Output) -> Ended {
    let Some(wanted) = &arguments.framework else {
        for framework in Framework::ALL {
            output.line(&format!("{:<8} {}", framework.id(), framework.label()));
        }
        return Ok(Exit::Good);
    };
    let is_it = |framework: &Framework| {
        let wanted = wanted.to_lowercase();
        framework.id() == wanted || framework.label().to_lowercase() == wanted
    };
    let found = Framework::ALL.into_iter().find(is_it).ok_or_else(|| {
        let known = Framework::ALL.map(Framework::id).join(", ");
        Problem::new(ProblemKind::Input, format!("There is no sample for `{wanted}`"))
            .hint(format!("There are: {known}"))
    })?;
    output.raw(sample::text(found).as_bytes());
    Ok(Exit::Good)
}
