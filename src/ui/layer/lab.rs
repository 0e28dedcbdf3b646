//! The token lab: any token, explained, verified, measured, compared.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::lab::{LabInput, LabLayer, LabRow, Live, RowTone, Verification};
use crate::app::state::AppState;
use crate::body::visible::cells;
use crate::keys::action::{Action, Context};
use crate::ui::canvas::Canvas;
use crate::ui::hints::{MOVE, hints, key_in, renamed};
use crate::ui::layer::{Popup, shows, with_arrows};
use crate::ui::layout::split_top;
use crate::ui::text;
use crate::ui::theme::{Focus, Role, Theme};
use crate::ui::wrap::{cut_line, labelled, paragraph};

const EMPTY: &str = "Paste a token: as it is, with `Bearer` before it, as the JSON of a token response, or as a cookie \
                     header. It is kept in memory only, and forgotten when this closes.";
const TOKEN: &str = "A token, `Bearer …`, JSON or a cookie header; unseen, and forgotten when the lab closes";
const ISSUER: &str = "The issuer that you trust, like `mybusiness.kinde.com`: its keys decide";

/// Columns of a label.
const LABEL: usize = 22;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, state: &AppState, lab: &LabLayer, places: &[Context]) {
    let actions: &[Action] = match &lab.input {
        Some(LabInput::Issuer(_)) => &[Action::Accept, Action::NextField, Action::Back],
        Some(LabInput::Token(_)) => &[Action::Accept, Action::Back],
        None => &[
            Action::LabPaste,
            Action::VerifyAgainst,
            Action::MarkToken,
            Action::LiveTruth,
            Action::RenewClaims,
            Action::Copy,
            Action::LabAccess,
            Action::LabId,
            Action::LabResponse,
            Action::CopyHeader,
            Action::CopyPayload,
            Action::CopySecret,
            Action::Back,
        ],
    };
    let hints = match &lab.input {
        None => with_arrows(MOVE, actions, places),
        Some(LabInput::Issuer(_)) => {
            renamed(renamed(hints(actions, places), Action::Accept, "verify"), Action::NextField, "the token's own")
        }
        Some(LabInput::Token(_)) => renamed(hints(actions, places), Action::Accept, "look at it"),
    };
    let popup = Popup { title: "Token lab", width: 112, hints };
    let content = popup.open(canvas, canvas.screen().height.into());
    let content = input(canvas, lab, content);
    let theme = canvas.theme;
    if lab.shown().is_none() {
        let lines = paragraph(&theme, Role::Plain, 0, EMPTY, content.width.into());
        let key = key_in(Action::LabPaste, Context::Lab);
        let last = Line::from(vec![theme.span(Role::Key, key), theme.span(Role::Dim, " opens an input for it.")]);
        let lines: Vec<Line<'static>> = lines.into_iter().chain([last]).collect();
        shows(canvas, content.height.into(), lines.len());
        return canvas.text(content, &lines);
    }
    draw_rows(canvas, state, lab, content);
}

/// What is typed, or why the last wish could not be granted; returns what is left.
fn input(canvas: &mut Canvas<'_>, lab: &LabLayer, area: Rect) -> Rect {
    let theme = canvas.theme;
    let width = usize::from(area.width);
    let mut rest = area;
    if let Some(LabInput::Token(field) | LabInput::Issuer(field)) = &lab.input {
        let explains = if matches!(lab.input, Some(LabInput::Token(_))) { TOKEN } else { ISSUER };
        let lines = paragraph(&theme, Role::Dim, 0, explains, width);
        let height = (lines.len() as u16).min(rest.height.saturating_sub(1));
        let (place, below) = split_top(rest, height);
        canvas.text(place, &lines);
        let (place, below) = split_top(below, 1);
        canvas.field(place, field, Focus::Here);
        rest = below;
        if let (Some(LabInput::Issuer(_)), Some(issuer)) =
            (&lab.input, lab.shown().and_then(|token| token.inspected.inspection.issuer()))
        {
            let says = format!("The token says {issuer}: take that only if you know it");
            let lines = paragraph(&theme, Role::Dim, 0, &says, width);
            let (place, below) = split_top(rest, (lines.len() as u16).min(2));
            canvas.text(place, &lines);
            rest = below;
        }
    }
    if let Some(problem) = &lab.problem {
        let role = if matches!(lab.input, Some(LabInput::Token(_))) { Role::Dim } else { Role::Warn };
        let sign = if role == Role::Dim { text::NONE } else { text::WARN };
        let lines = labelled(vec![theme.span(role, sign)], problem, theme.style(role), 2, width);
        let (place, below) = split_top(rest, (lines.len() as u16).min(2));
        canvas.text(place, &lines);
        rest = below;
    }
    rest
}

fn draw_rows(canvas: &mut Canvas<'_>, state: &AppState, lab: &LabLayer, area: Rect) {
    let theme = canvas.theme;
    let width = usize::from(area.width).saturating_sub(1);
    let busy = matches!(lab.live, Live::Asking(_)) || matches!(lab.verification, Verification::Running { .. });
    let rows = lab.rows(state);
    let selected = lab.selected.min(rows.len().saturating_sub(1));
    let mut lines: Vec<(usize, Line<'static>)> = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        let spinner = (busy && is_busy(row)).then(|| text::spinner(state.now));
        if row.tone == RowTone::Title && index > 0 {
            lines.push((index, Line::default()));
        }
        lines.extend(row_lines(&theme, row, spinner, width).into_iter().map(|line| (index, line)));
    }
    let height = usize::from(area.height);
    // Pages are reckoned in rows: most of them have one line.
    shows(canvas, height, rows.len());
    let start = lines.iter().position(|(index, _)| *index == selected).unwrap_or(0);
    let end = lines.iter().rposition(|(index, _)| *index == selected).map_or(1, |at| at + 1);
    // As far up as it can be with the whole of the selected row in sight.
    let first = end.saturating_sub(height).min(start);
    for (place, (index, line)) in area.rows().zip(lines.iter().skip(first)) {
        let mark = if *index == selected { theme.span(Role::Accent, "▌") } else { Span::raw(" ") };
        let mut line = cut_line(line, width);
        line.spans.insert(0, mark);
        canvas.line(place, &line);
        canvas.hit(place, crate::app::hit::Target::LayerRow(*index));
    }
    canvas.scroll_bar(area, first, lines.len());
}

fn is_busy(row: &LabRow) -> bool {
    row.label.starts_with("Asking") || row.label == "verifying"
}

fn row_lines(theme: &Theme, row: &LabRow, spinner: Option<&str>, width: usize) -> Vec<Line<'static>> {
    let role = role(row.tone);
    if row.tone == RowTone::Title {
        let mut line = Line::from(theme.span(Role::Strong, &row.label));
        line.spans.extend(spinner.map(|spinner| theme.span(Role::Accent, format!(" {spinner}"))));
        return vec![line];
    }
    let sign = match row.tone {
        RowTone::Good if !row.label.starts_with(['✔', '+']) => "✔ ",
        RowTone::Bad if !row.label.starts_with(['✘', '-']) => "✘ ",
        RowTone::Warn if !row.label.starts_with(['!', '~']) => "! ",
        _ => "",
    };
    let is_signed = !sign.is_empty() || row.label.starts_with(['✔', '✘', '!', '–', '+', '-', '~']);
    let pad = if is_signed { "" } else { "  " };
    let label_role = if row.tone == RowTone::Plain { Role::Dim } else { role };
    let mut label = vec![theme.span(label_role, format!("{pad}{sign}{}", row.label))];
    label.extend(spinner.map(|spinner| theme.span(Role::Accent, format!(" {spinner}"))));
    let value_role = match row.tone {
        RowTone::Bad | RowTone::Warn => role,
        RowTone::Dim => Role::Dim,
        _ => Role::Plain,
    };
    let mut lines = labelled(label, &row.value, theme.style(value_role), LABEL, width);
    if !row.about.is_empty() {
        let room = lines.last().map_or(0, |line| width.saturating_sub(crate::ui::wrap::line_cells(line)));
        if cells(&row.about) + 3 <= room
            && let Some(last) = lines.last_mut()
        {
            last.push_span(theme.span(Role::Dim, format!(" · {}", row.about)));
        } else if width > 60 {
            lines.extend(paragraph(theme, Role::Dim, LABEL.min(width / 2), &row.about, width));
        }
    }
    lines
}

const fn role(tone: RowTone) -> Role {
    match tone {
        RowTone::Title => Role::Strong,
        RowTone::Plain => Role::Plain,
        RowTone::Dim => Role::Dim,
        RowTone::Good => Role::Good,
        RowTone::Warn => Role::Warn,
        RowTone::Bad => Role::Bad,
    }
}
