//! A run that is still going on.

use ratatui::text::{Line, Span};

use crate::app::state::RunPhase;
use crate::keys::action::Action;
use crate::model::time::Timestamp;
use crate::ui::hints::main_key;
use crate::ui::text;
use crate::ui::theme::{Role, Theme};
use crate::ui::wrap::paragraph;

const PREPARING: &str = "Preparing: filling variables, reading the session";
const REFRESHING: &str = "Refreshing the session first";

/// Columns of the progress bar.
const BAR: u64 = 30;

/// What is going on, and for how long.
pub fn lines(theme: &Theme, phase: &RunPhase, started: Timestamp, now: Timestamp, width: usize) -> Vec<Line<'static>> {
    let doing = match phase {
        RunPhase::Preparing => PREPARING.to_owned(),
        RunPhase::Refreshing => REFRESHING.to_owned(),
        RunPhase::Waiting(sent) => format!("Waiting for {}", sent.url.host_str().unwrap_or("the server")),
        RunPhase::Uploading { request, .. } => {
            format!("Sending the body to {}", request.url.host_str().unwrap_or("the server"))
        }
        RunPhase::Receiving { head, .. } => format!("Receiving {} {}", head.status, head.reason),
        RunPhase::Finished(_) | RunPhase::Failed(_) | RunPhase::Cancelled => String::new(),
    };
    let mut lines = vec![Line::from(vec![
        theme.span(Role::Accent, text::spinner(now)),
        Span::raw(" "),
        theme.span(Role::Plain, doing),
        theme.span(Role::Dim, text::SEPARATOR),
        theme.span(Role::Plain, text::elapsed(now.since(started))),
    ])];
    match phase {
        RunPhase::Receiving { received, expected, .. } => lines.extend(received_lines(theme, *received, *expected)),
        RunPhase::Uploading { sent, total, .. } => lines.extend(received_lines(theme, *sent, Some(*total))),
        RunPhase::Waiting(sent) => {
            lines.extend(paragraph(theme, Role::Dim, 2, &format!("{} {}", sent.method, sent.url), width));
        }
        _ => {}
    }
    lines.push(Line::default());
    let keeps = matches!(phase, RunPhase::Receiving { .. });
    let does = if keeps { " ends it and keeps what came." } else { " cancels." };
    lines.push(Line::from(vec![theme.span(Role::Key, main_key(Action::Back)), theme.span(Role::Dim, does)]));
    lines
}

fn received_lines(theme: &Theme, received: u64, expected: Option<u64>) -> Vec<Line<'static>> {
    let Some(expected) = expected.filter(|expected| *expected > 0) else {
        return vec![Line::from(theme.span(Role::Plain, format!("  {} so far", text::size(received))))];
    };
    let share = received.min(expected);
    let filled = (u128::from(share) * u128::from(BAR) / u128::from(expected)) as usize;
    let percent = u128::from(share) * 100 / u128::from(expected);
    let bar = Line::from(vec![
        Span::raw("  "),
        theme.span(Role::Accent, "━".repeat(filled)),
        theme.span(Role::Dim, "─".repeat(BAR as usize - filled)),
        theme.span(Role::Plain, format!(" {percent} %")),
    ]);
    let sizes = format!("  {} of {}", text::size(received), text::size(expected));
    vec![bar, theme.span(Role::Plain, sizes).into()]
}
