//! The matrix as a grid of text, and what there is to explain below it. Each cell has a sign, so that colour is never
//! the only difference.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

use crate::cli::matrix::is_trouble;
use crate::cli::output::{Paint, clean};
use crate::diagnose::matrix::report::{Report, cell_text, detail};
use crate::diagnose::matrix::{CellPlan, CellResult, Judgement, judge};

/// A longer name of a request is cut in the grid.
const WIDEST_LABEL: usize = 44;

/// The grid.
pub fn grid(report: &Report<'_>, paint: Paint) -> String {
    let matrix = report.matrix;
    let labels: Vec<String> =
        matrix.rows.iter().map(|row| cut(&clean(&format!("{} {}", row.method, row.label)))).collect();
    let label_width = labels.iter().map(|label| label.width()).max().unwrap_or(0).max(7);
    let cells: Vec<String> = matrix.cells.iter().map(|plan| cell(report, plan)).collect();
    let names: Vec<String> = matrix.columns.iter().map(|name| clean(name.as_str())).collect();
    let count = matrix.columns.len();
    let width_of = |column: usize| {
        let texts = cells.iter().skip(column).step_by(count.max(1)).map(|text| text.width());
        texts.max().unwrap_or(0).max(names[column].width())
    };
    let widths: Vec<usize> = (0..count).map(width_of).collect();
    let mut text = String::new();
    let mut file = None;
    for (index, row) in matrix.rows.iter().enumerate() {
        if file != Some(&row.request.file) {
            let separator = if file.is_some() { "\n" } else { "" };
            file = Some(&row.request.file);
            let _ = writeln!(text, "{separator}{}", paint.strong(&clean(&row.request.file.display().to_string())));
            let head = names.iter().zip(&widths).map(|(name, width)| pad(name, *width));
            let head: Vec<String> = std::iter::once(pad("", label_width)).chain(head).collect();
            let _ = writeln!(text, "  {}", paint.faint(head.join("  ").trim_end()));
        }
        let _ = write!(text, "  {}", pad(&labels[index], label_width));
        for plan in matrix.cells.iter().filter(|plan| plan.id.row == index) {
            let padded = pad(&cells[matrix.index(plan.id)], widths[plan.id.column]);
            let _ = write!(text, "  {}", painted(judgement(report, plan), &padded, paint));
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    explain(report, paint, &mut text);
    let signs: Vec<String> =
        Judgement::ALL.iter().map(|judgement| format!("{} {}", judgement.sign(), judgement.label())).collect();
    let _ = writeln!(text, "\n{}", paint.faint(&signs.join("   ")));
    let summary = report.summary();
    let _ = writeln!(text, "{}", paint.strong(&summary.line()));
    if summary.unchecked > 0 {
        let _ = writeln!(text, "{}", paint.warn(&format!("{} could not be checked", expectations(summary.unchecked))));
    }
    text
}

fn expectations(count: usize) -> String {
    if count == 1 { "1 expectation".to_owned() } else { format!("{count} expectations") }
}

/// What is wrong at full length, and why cells were not sent, each reason once.
fn explain(report: &Report<'_>, paint: Paint, text: &mut String) {
    let matrix = report.matrix;
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for plan in &matrix.cells {
        let Some((row, identity)) = matrix.subject(plan.id) else { continue };
        let result = result(report, plan);
        if let Some(CellResult::NotSent(why)) = result {
            *reasons.entry(format!("{}: {}", why.label(), clean(&why.reason()))).or_default() += 1;
        }
        if !is_trouble(judgement(report, plan)) {
            continue;
        }
        let title = format!("{} {} as {}", row.request.file.display(), row.label, identity);
        let _ = writeln!(text, "\n{}", painted(judgement(report, plan), &clean(&title), paint));
        for line in detail(plan, result).iter().flat_map(|line| line.lines()) {
            let _ = writeln!(text, "  {}", clean(line));
        }
    }
    if !reasons.is_empty() {
        let _ = writeln!(text, "\n{}", paint.strong("Not sent"));
    }
    for (reason, count) in reasons {
        let _ = writeln!(text, "  {count} × {reason}");
    }
}

fn result<'a>(report: &Report<'a>, plan: &CellPlan) -> Option<&'a CellResult> {
    report.results.get(report.matrix.index(plan.id)).and_then(Option::as_ref)
}

fn judgement(report: &Report<'_>, plan: &CellPlan) -> Judgement {
    result(report, plan).map_or(Judgement::NotSent, |result| judge(&plan.expected, result))
}

fn cell(report: &Report<'_>, plan: &CellPlan) -> String {
    clean(&format!("{} {}", judgement(report, plan).sign(), cell_text(plan, result(report, plan))))
}

/// In the colour of a judgement.
pub fn painted(judgement: Judgement, text: &str, paint: Paint) -> String {
    match judgement {
        Judgement::AsExpected => paint.good(text),
        Judgement::NotAsExpected => paint.bad(text),
        Judgement::Failed => paint.warn(text),
        Judgement::NoExpectation => text.to_owned(),
        Judgement::NotSent => paint.faint(text),
    }
}

fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

fn cut(text: &str) -> String {
    if text.width() <= WIDEST_LABEL {
        return text.to_owned();
    }
    let mut cut = String::new();
    for c in text.chars() {
        if cut.width() + 1 >= WIDEST_LABEL {
            break;
        }
        cut.push(c);
    }
    cut + "…"
}
