//! JUnit XML, as CI systems read it: a test suite for each file, a test case for each cell.

use std::fmt::Write as _;
use std::path::Path;

use super::{Report, cell_text, detail, rfc3339, row_title, shown};
use crate::diagnose::matrix::{CellPlan, CellResult, Judgement, NotSent};

/// The report as JUnit XML.
///
/// Not as expected is a failure; no answer, and an expectation of somebody who is not signed in, is an error; what was
/// not sent for another reason, and what nothing is expected of, is skipped.
pub fn junit(report: &Report<'_>) -> String {
    let mut files: Vec<&Path> = Vec::new();
    for row in &report.matrix.rows {
        if !files.contains(&row.request.file.as_path()) {
            files.push(&row.request.file);
        }
    }
    let suites: Vec<Suite> = files.iter().map(|file| Suite::of(report, file)).collect();
    let sum = |count: fn(&Suite) -> usize| suites.iter().map(count).sum::<usize>();
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(
        xml,
        "<testsuites name=\"bearcat matrix\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{:.3}\">",
        sum(|suite| suite.tests),
        sum(|suite| suite.failures),
        sum(|suite| suite.errors),
        sum(|suite| suite.skipped),
        report.took.as_secs_f64(),
    );
    for suite in &suites {
        let _ = writeln!(
            xml,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{:.3}\" \
             timestamp=\"{}\">",
            escape(&suite.name),
            suite.tests,
            suite.failures,
            suite.errors,
            suite.skipped,
            suite.seconds,
            rfc3339(report.at),
        );
        xml.push_str(&suite.cases);
        xml.push_str("  </testsuite>\n");
    }
    xml.push_str("</testsuites>\n");
    xml
}

/// One file's test cases.
#[derive(Default)]
struct Suite {
    name: String,
    cases: String,
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
    seconds: f64,
}

impl Suite {
    fn of(report: &Report<'_>, file: &Path) -> Self {
        let mut suite = Self { name: shown(&file.display().to_string()), ..Self::default() };
        for plan in &report.matrix.cells {
            let Some((row, identity)) = report.matrix.subject(plan.id) else { continue };
            if row.request.file == file {
                let name = format!("{} as {}", row_title(row), shown(identity.as_str()));
                suite.add(report, plan, &name);
            }
        }
        suite
    }

    fn add(&mut self, report: &Report<'_>, plan: &CellPlan, name: &str) {
        let result = report.result(plan);
        let seconds = match result {
            Some(CellResult::Answered(answer)) => answer.time.as_secs_f64(),
            _ => 0.0,
        };
        self.tests += 1;
        self.seconds += seconds;
        let (class, name) = (escape(&self.name), escape(name));
        let _ = write!(self.cases, "    <testcase classname=\"{class}\" name=\"{name}\" time=\"{seconds:.3}\"");
        let text = escape(&cell_text(plan, result));
        let lines = escape(&detail(plan, result).join("\n"));
        let why = detail(plan, result).first().cloned().unwrap_or_default();
        let why = escape(&why);
        let is_missed =
            !plan.expected.is_empty() && matches!(result, Some(CellResult::NotSent(NotSent::NotSignedIn(_))));
        let inside = match report.judgement(plan) {
            Judgement::AsExpected => String::new(),
            Judgement::NotAsExpected => {
                self.failures += 1;
                format!("<failure type=\"not-as-expected\" message=\"{text}\">{lines}</failure>")
            }
            Judgement::Failed => {
                self.errors += 1;
                format!("<error type=\"no-answer\" message=\"{why}\">{lines}</error>")
            }
            Judgement::NotSent if is_missed => {
                self.errors += 1;
                format!("<error type=\"not-signed-in\" message=\"{why}\">{lines}</error>")
            }
            Judgement::NotSent => {
                self.skipped += 1;
                format!("<skipped message=\"{why}\"/>")
            }
            Judgement::NoExpectation => {
                self.skipped += 1;
                format!("<skipped message=\"Nothing is expected; the answer was {text}\"/>")
            }
        };
        if inside.is_empty() {
            self.cases.push_str("/>\n");
        } else {
            let _ = writeln!(self.cases, ">{inside}</testcase>");
        }
    }
}

/// For texts and attributes of XML 1.0; characters that it does not have were taken out by [`shown`].
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            c => out.push(c),
        }
    }
    out
}
