//! Why it was refused: every finding with its evidence and what to do; or the code that verifies a token.

use ratatui::text::{Line, Span};

use crate::app::layers::WhyLayer;
use crate::diagnose::sample;
use crate::keys::action::{Action, Context};
use crate::model::finding::{Framework, Remedy};
use crate::ui::canvas::Canvas;
use crate::ui::finding;
use crate::ui::hints::SCROLL;
use crate::ui::layer::{Popup, with_arrows};
use crate::ui::theme::{Role, Theme};
use crate::ui::wrap::wrap;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, why: &WhyLayer, places: &[Context]) {
    match why.sample {
        Some(framework) => code(canvas, why, framework, places),
        None => causes(canvas, why, places),
    }
}

fn causes(canvas: &mut Canvas<'_>, why: &WhyLayer, places: &[Context]) {
    let mut actions = Vec::new();
    if why.first_sample().is_some() {
        actions.push(Action::ShowSample);
    }
    for finding in &why.findings {
        let action = match finding.remedy {
            Some(Remedy::CookieMode) => Action::CookieMode,
            Some(Remedy::SignIn) => Action::Login,
            Some(Remedy::Refresh) => Action::RefreshSession,
            Some(Remedy::SendAccessToken) | None => continue,
        };
        if !actions.contains(&action) {
            actions.push(action);
        }
    }
    actions.extend([Action::Copy, Action::Back]);
    let popup = Popup { title: "Why", width: 100, hints: with_arrows(SCROLL, &actions, places) };
    let width = popup.content_width(canvas);
    let mut lines: Vec<Line<'static>> = Vec::new();
    for finding in &why.findings {
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        lines.extend(finding::lines(&canvas.theme, finding, width));
    }
    popup.lines(canvas, &lines, why.scroll);
}

fn code(canvas: &mut Canvas<'_>, why: &WhyLayer, framework: Framework, places: &[Context]) {
    let actions = [Action::Copy, Action::NextTab, Action::ShowSample, Action::Back];
    let hints = crate::ui::hints::renamed(with_arrows(SCROLL, &actions, places), Action::ShowSample, "causes");
    let popup = Popup { title: "Verify the token", width: 100, hints };
    let width = popup.content_width(canvas);
    let mut lines = tabs(&canvas.theme, framework, width);
    lines.push(Line::default());
    for line in sample::text(framework).lines() {
        let role = if is_comment(line) { Role::Dim } else { Role::Plain };
        let wrapped = if line.is_empty() { vec![String::new()] } else { wrap(line, width) };
        lines.extend(wrapped.into_iter().map(|text| Line::from(canvas.theme.span(role, text))));
    }
    popup.lines(canvas, &lines, why.scroll);
}

fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("//") || line.starts_with('#')
}

/// The frameworks, the one that shows marked; in two lines where one is too narrow.
fn tabs(theme: &Theme, shown: Framework, width: usize) -> Vec<Line<'static>> {
    let mut lines: Vec<Vec<Span<'static>>> = vec![Vec::new()];
    let mut used = 0;
    for framework in Framework::ALL {
        let text =
            if framework == shown { format!("[{}]", framework.label()) } else { format!(" {} ", framework.label()) };
        let role = if framework == shown { Role::Strong } else { Role::Dim };
        if used + text.len() > width {
            lines.push(Vec::new());
            used = 0;
        }
        used += text.len();
        if let Some(line) = lines.last_mut() {
            line.push(theme.span(role, text));
        }
    }
    lines.into_iter().map(Line::from).collect()
}
