//! Probing a route: the question before it, how far it is, and the report with every probe.

use ratatui::text::{Line, Span};

use crate::app::probe::{ProbeLayer, ProbeStage, ProbeStep};
use crate::app::state::AppState;
use crate::diagnose::matrix::report::shown;
use crate::diagnose::probe::judge::{Outcome, ProbeJudgement, ProbeRow, RouteReport, Severity};
use crate::keys::action::{Action, Context};
use crate::model::identity::Origin;
use crate::model::problem::Problem;
use crate::ui::canvas::Canvas;
use crate::ui::hints::{MOVE, SCROLL, hints, renamed};
use crate::ui::layer::{Popup, with_arrows};
use crate::ui::text;
use crate::ui::theme::{Role, Theme};
use crate::ui::wrap::{cut, labelled, paragraph};

const ASKS: &str = "About thirty requests go out, one by one, each with a token that is bad in another way. The answers \
                    tell what the route verifies. Nothing is stored.";
const ASKS_ORIGIN: &str =
    "Forged tokens go there only if you say so: probe an API that is yours, or that you may test.";

/// Columns of a label in the detail.
const LABEL: usize = 12;

/// Columns of an outcome.
const OUTCOME: usize = 10;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, state: &AppState, probe: &ProbeLayer, places: &[Context]) {
    match &probe.stage {
        ProbeStage::Asking(origin) => ask(canvas, probe, origin.as_ref(), places),
        ProbeStage::Running(step) => running(canvas, state, probe, step.as_ref(), places),
        ProbeStage::Failed(problem) => failed(canvas, probe, problem, places),
        ProbeStage::Done { report, selected, detail: None } => list(canvas, probe, report, *selected, places),
        ProbeStage::Done { report, selected, detail: Some(scroll) } => {
            detail(canvas, report, *selected, *scroll, places);
        }
    }
}

fn title(probe: &ProbeLayer) -> String {
    format!("Probe · {}", probe.title)
}

fn ask(canvas: &mut Canvas<'_>, probe: &ProbeLayer, origin: Option<&Origin>, places: &[Context]) {
    let keys = renamed(hints(&[Action::Accept, Action::Back], places), Action::Accept, "send them");
    let popup = Popup { title: &title(probe), width: 72, hints: renamed(keys, Action::Back, "no") };
    let theme = canvas.theme;
    let width = popup.content_width(canvas);
    let (question, means) = match origin {
        None => ("Send this request with bad tokens?".to_owned(), ASKS),
        Some(origin) => (format!("Send forged tokens to {origin}?"), ASKS_ORIGIN),
    };
    let mut lines = paragraph(&theme, Role::Strong, 0, &question, width);
    lines.push(Line::default());
    lines.extend(paragraph(&theme, Role::Plain, 0, means, width));
    popup.text(canvas, &lines);
}

fn running(
    canvas: &mut Canvas<'_>,
    state: &AppState,
    probe: &ProbeLayer,
    step: Option<&ProbeStep>,
    places: &[Context],
) {
    let keys = renamed(hints(&[Action::Back], places), Action::Back, "cancel");
    let popup = Popup { title: &title(probe), width: 72, hints: keys };
    let theme = canvas.theme;
    let width = popup.content_width(canvas);
    let (count, what) = match step {
        Some(step) => (format!("{} of {}", step.done + 1, step.total), step.title.clone()),
        None => ("Making a throwaway key".to_owned(), String::new()),
    };
    let first = Line::from(vec![
        theme.span(Role::Accent, text::spinner(state.now)),
        theme.span(Role::Plain, format!(" {count}")),
    ]);
    let lines = [first, Line::from(theme.span(Role::Dim, cut(&what, width)))];
    popup.text(canvas, &lines);
}

fn failed(canvas: &mut Canvas<'_>, probe: &ProbeLayer, problem: &Problem, places: &[Context]) {
    let keys = hints(&[Action::RunAll, Action::Back], places);
    let popup = Popup { title: &title(probe), width: 72, hints: keys };
    let theme = canvas.theme;
    let width = popup.content_width(canvas);
    let mut lines = paragraph(&theme, Role::Bad, 0, &problem.title, width);
    for part in [&problem.detail, &problem.hint] {
        for line in part.lines() {
            lines.extend(paragraph(&theme, Role::Plain, 0, line, width));
        }
    }
    popup.text(canvas, &lines);
}

fn list(canvas: &mut Canvas<'_>, probe: &ProbeLayer, report: &RouteReport, selected: usize, places: &[Context]) {
    let keys = with_arrows(MOVE, &[Action::Accept, Action::RunAll, Action::Back], places);
    let popup = Popup { title: &title(probe), width: 110, hints: keys };
    let theme = canvas.theme;
    let judgements = report.judgements.iter().map(|judgement| judgement_row(&theme, judgement));
    let rows: Vec<Line<'static>> = judgements.chain(report.rows.iter().map(|row| probe_row(&theme, row))).collect();
    popup.rows(canvas, &[], &rows, selected);
}

fn role(judgement: &ProbeJudgement) -> Role {
    match judgement.severity {
        Severity::None if judgement.id == "verifies-signature" => Role::Good,
        Severity::None | Severity::Low => Role::Warn,
        Severity::Medium | Severity::High | Severity::Critical => Role::Bad,
    }
}

fn judgement_row(theme: &Theme, judgement: &ProbeJudgement) -> Line<'static> {
    let role = role(judgement);
    let sign = match role {
        Role::Good => "✔ ".to_owned(),
        Role::Warn if judgement.severity == Severity::None => "· ".to_owned(),
        _ => format!("✘ {}: ", judgement.severity.as_str()),
    };
    Line::from(vec![Span::raw(" "), theme.span(role, sign), theme.span(Role::Strong, judgement.title.clone())])
}

fn probe_row(theme: &Theme, row: &ProbeRow) -> Line<'static> {
    let label = format!("   {:<OUTCOME$}", row.outcome.label());
    let role = match &row.outcome {
        Outcome::Accepted if row.probe.weakness().is_some() => Role::Bad,
        Outcome::Accepted | Outcome::Refused => Role::Plain,
        Outcome::Unclear(_) => Role::Warn,
        Outcome::NotSent(_) => Role::Dim,
    };
    let answer = row.answer.as_deref().map(|answer| format!(": {}", shown(answer))).unwrap_or_default();
    Line::from(vec![
        theme.span(role, label),
        theme.span(if role == Role::Dim { Role::Dim } else { Role::Plain }, row.probe.title()),
        theme.span(Role::Dim, answer),
    ])
}

fn detail(canvas: &mut Canvas<'_>, report: &RouteReport, selected: usize, scroll: usize, places: &[Context]) {
    let keys = renamed(with_arrows(SCROLL, &[Action::Back], places), Action::Back, "back");
    let popup = Popup { title: "One row of the report", width: 100, hints: keys };
    let theme = canvas.theme;
    let width = popup.content_width(canvas);
    let lines = match report.judgements.get(selected) {
        Some(judgement) => judgement_lines(&theme, judgement, width),
        None => match report.rows.get(selected - report.judgements.len().min(selected)) {
            Some(row) => row_lines(&theme, report, row, width),
            None => Vec::new(),
        },
    };
    popup.lines(canvas, &lines, scroll);
}

fn fact(theme: &Theme, label: &str, value: &str, width: usize) -> Vec<Line<'static>> {
    labelled(vec![theme.span(Role::Dim, label)], &shown(value), theme.style(Role::Plain), LABEL, width)
}

fn judgement_lines(theme: &Theme, judgement: &ProbeJudgement, width: usize) -> Vec<Line<'static>> {
    let mut lines = paragraph(theme, Role::Strong, 0, &judgement.title, width);
    lines.push(Line::default());
    if judgement.severity > Severity::None {
        lines.extend(fact(theme, "severity", judgement.severity.as_str(), width));
        lines.extend(fact(theme, "sure", judgement.confidence.as_str(), width));
    }
    for (index, evidence) in judgement.evidence.iter().enumerate() {
        lines.extend(fact(theme, if index == 0 { "evidence" } else { "" }, evidence, width));
    }
    for (index, step) in judgement.fix.iter().enumerate() {
        lines.extend(fact(theme, if index == 0 { "what to do" } else { "" }, step, width));
    }
    lines
}

fn row_lines(theme: &Theme, report: &RouteReport, row: &ProbeRow, width: usize) -> Vec<Line<'static>> {
    let mut lines = paragraph(theme, Role::Strong, 0, row.probe.title(), width);
    lines.push(Line::default());
    lines.extend(fact(theme, "outcome", row.outcome.label(), width));
    if let Some(answer) = &row.answer {
        lines.extend(fact(theme, "answer", answer, width));
    }
    if let Outcome::Unclear(why) | Outcome::NotSent(why) = &row.outcome {
        lines.extend(fact(theme, "because", why, width));
    }
    if row.probe.proves_only_if_accepted() && row.outcome == Outcome::Refused {
        let why = "The signature alone is reason enough to refuse it: this proves nothing more";
        lines.extend(fact(theme, "note", why, width));
    }
    for (what, answer) in &report.controls {
        lines.extend(fact(theme, "compared", &format!("{what}: {answer}"), width));
    }
    lines
}
