//! Every conversation with the provider, newest last, and the selected one in full; all of it redacted.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::state::AppState;
use crate::keys::action::{Action, Context};
use crate::model::wire::ProviderExchange;
use crate::token::describe;
use crate::ui::canvas::Canvas;
use crate::ui::hints::{MOVE, renamed};
use crate::ui::layer::{Popup, draw_rows, shows, with_arrows};
use crate::ui::layout::split_top;
use crate::ui::text;
use crate::ui::theme::{Role, Theme};
use crate::ui::wrap::{labelled, paragraph};

const NOTHING: &str = "Nothing was said to a provider yet.";
const ANSWER: &str = "answer";

/// Answers to a poll that mean "not yet" (RFC 8628 section 3.5).
const WAITING: [&str; 2] = ["authorization_pending", "slow_down"];

/// Columns of a label.
const LABEL: usize = 16;

/// Columns of what a conversation was for.
const PURPOSE: usize = 18;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, state: &AppState, selected: usize, scroll: usize, places: &[Context]) {
    let hints = with_arrows(MOVE, &[Action::Back, Action::PageDown], places);
    let hints = renamed(hints, Action::PageDown, "scroll the detail");
    let popup = Popup { title: "Sign-in log", width: 110, hints };
    let content = popup.open(canvas, canvas.screen().height.into());
    let theme = canvas.theme;
    let rows: Vec<Line<'static>> = state.sign_in_log.iter().map(|exchange| row(&theme, exchange)).collect();
    if rows.is_empty() {
        canvas.line(content, &theme.span(Role::Dim, NOTHING).into());
        return;
    }
    let wanted = (content.height / 3).max(1).min(rows.len() as u16);
    let (list, rest) = split_top(content, wanted);
    draw_rows(canvas, list, &rows, selected.min(rows.len() - 1));
    let (rule, detail) = split_top(rest, 1);
    canvas.line(rule, &theme.span(Role::Dim, "─".repeat(rule.width.into())).into());
    let Some(exchange) = state.sign_in_log.get(selected) else { return };
    let lines = detail_lines(&theme, exchange, detail.width.into());
    draw_detail(canvas, detail, &lines, scroll);
}

fn draw_detail(canvas: &mut Canvas<'_>, area: Rect, lines: &[Line<'static>], scroll: usize) {
    shows(canvas, area.height.into(), lines.len());
    canvas.lines(area, lines, scroll);
}

fn row(theme: &Theme, exchange: &ProviderExchange) -> Line<'static> {
    let (sign, role, result) = result(exchange);
    let time = describe::moment(exchange.at);
    let clock = time.split(' ').nth(1).unwrap_or_default().to_owned();
    Line::from(vec![
        theme.span(Role::Dim, clock),
        Span::raw(" "),
        theme.span(role, format!("{sign} {result:<4}")),
        Span::raw(" "),
        theme.span(Role::Strong, format!("{:<PURPOSE$}", exchange.purpose)),
        theme.span(Role::Plain, format!(" {} {}", exchange.method, exchange.url.trim_start_matches("https://"))),
        theme.span(Role::Dim, format!("{}{}", text::SEPARATOR, text::duration(exchange.elapsed))),
    ])
}

fn result(exchange: &ProviderExchange) -> (&'static str, Role, String) {
    match &exchange.result {
        // Between two polls nothing is wrong.
        Ok(status @ 400) if WAITING.iter().any(|word| exchange.body.contains(word)) => {
            (text::NONE, Role::Dim, status.to_string())
        }
        Ok(status) => {
            let (sign, role) = text::status(*status);
            (sign, role, status.to_string())
        }
        Err(_) => (text::BAD, Role::Bad, "none".to_owned()),
    }
}

fn detail_lines(theme: &Theme, exchange: &ProviderExchange, width: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let mut row = |label: &str, value: &str, role| {
        lines.extend(labelled(vec![theme.span(Role::Dim, label)], value, theme.style(role), LABEL, width));
    };
    row("sent", &describe::moment(exchange.at), Role::Plain);
    row(exchange.method, &exchange.url, Role::Plain);
    for (name, value) in &exchange.form {
        row(name, value, Role::Plain);
    }
    match &exchange.result {
        Ok(status) => row(ANSWER, &status.to_string(), text::status(*status).1),
        Err(error) => {
            let problem = error.problem();
            row(ANSWER, &problem.title, Role::Bad);
            row("", &problem.detail, Role::Plain);
            row("", &problem.hint, Role::Dim);
        }
    }
    lines.extend(paragraph(theme, Role::Plain, LABEL, &exchange.body, width));
    lines
}
