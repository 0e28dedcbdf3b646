//! Why it was refused: every finding with its evidence and what to do.

use ratatui::text::Line;

use crate::app::state::{AppState, RunPhase};
use crate::diagnose::finding::{Confidence, Finding, Remedy};
use crate::keys::action::{Action, Context};
use crate::ui::canvas::Canvas;
use crate::ui::hints::{SCROLL, main_key};
use crate::ui::layer::{Popup, with_arrows};
use crate::ui::text;
use crate::ui::theme::{Role, Theme};
use crate::ui::wrap::{blanks, labelled};

const EVIDENCE: &str = "evidence";
const FIX: &str = "what to do";

/// Columns of a label.
const LABEL: usize = 13;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, state: &AppState, scroll: usize, places: &[Context]) {
    let hints = with_arrows(SCROLL, &[Action::Back], places);
    let popup = Popup { title: "Why", width: 100, hints };
    let width = popup.content_width(canvas);
    let Some(RunPhase::Finished(outcome)) = state.current_run().map(|run| &run.phase) else {
        return popup.lines(canvas, &[], 0);
    };
    let mut lines = Vec::new();
    for finding in &outcome.findings {
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        lines.extend(finding_lines(&canvas.theme, finding, width));
    }
    popup.lines(canvas, &lines, scroll);
}

fn finding_lines(theme: &Theme, finding: &Finding, width: usize) -> Vec<Line<'static>> {
    let role = match finding.confidence {
        Confidence::Certain => Role::Bad,
        Confidence::Likely => Role::Warn,
        Confidence::Possible => Role::Dim,
    };
    let label = vec![theme.span(role, format!("{} {}", text::WARN, finding.confidence.as_str()))];
    let mut lines = labelled(label, &finding.title, theme.style(Role::Strong), LABEL, width);
    for (index, evidence) in finding.evidence.iter().enumerate() {
        lines.extend(row(theme, if index == 0 { EVIDENCE } else { "" }, evidence, width));
    }
    for (index, step) in finding.fix.iter().enumerate() {
        let numbered = if finding.fix.len() > 1 { format!("{}. {step}", index + 1) } else { step.clone() };
        lines.extend(row(theme, if index == 0 { FIX } else { "" }, &numbered, width));
    }
    if let Some((key, does)) = remedy(finding.remedy) {
        let label = vec![blanks(LABEL), theme.span(Role::Key, key)];
        let does = format!("{does}, once this is closed");
        lines.extend(labelled(label, &does, theme.style(Role::Plain), LABEL + 3, width));
    }
    lines
}

fn row(theme: &Theme, label: &str, value: &str, width: usize) -> Vec<Line<'static>> {
    labelled(vec![theme.span(Role::Dim, label)], value, theme.style(Role::Plain), LABEL, width)
}

/// What one key does about it.
fn remedy(remedy: Option<Remedy>) -> Option<(&'static str, &'static str)> {
    match remedy? {
        Remedy::CookieMode => Some((main_key(Action::CookieMode), "sends the token as the Kinde SDK's cookies")),
        Remedy::SignIn => Some((main_key(Action::Login), "signs in")),
        Remedy::SendAccessToken => None,
    }
}
