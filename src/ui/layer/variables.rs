//! The inspector: every variable of a request with its value, its source and what is wrong with it.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::layers::{SecretField, SecretInput, VariablesLayer};
use crate::app::state::{AppState, FilterMode};
use crate::body::visible::cells;
use crate::collection::inspect::{Usage, VariableRow};
use crate::keys::action::{Action, Context};
use crate::model::wire::FieldValue;
use crate::template::VariableSource;
use crate::ui::canvas::Canvas;
use crate::ui::hints::{MOVE, hints, renamed};
use crate::ui::layer::{Popup, ROOMY, draw_rows, with_arrows};
use crate::ui::layout::{split_bottom, split_top};
use crate::ui::text;
use crate::ui::theme::{Focus, Role, Theme};
use crate::ui::wrap::{blanks, cut, paragraph};

const READING: &str = "Filling the variables";
const NONE: &str = "This request uses no variables, and there are none that it could use.";
const NONE_FITS: &str = "No variable fits.";
const ASKED: &str = "asked before sending";

/// Rows that it would like.
const ROWS: usize = 26;

/// Columns that the source needs to stand in the list.
const WIDE: usize = 70;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, state: &AppState, variables: &VariablesLayer, places: &[Context]) {
    if let Some(input) = &variables.secret {
        return secret(canvas, input, places);
    }
    let hints = match variables.filter_mode {
        FilterMode::Typing => with_arrows(MOVE, &[Action::Accept, Action::Back], places),
        FilterMode::Applied => {
            let actions = [Action::Back, Action::Find, Action::Copy, Action::SetSecret, Action::CopySecret];
            with_arrows(MOVE, &actions, places)
        }
    };
    let title = match state.request(&variables.request) {
        Some(request) => format!("Variables of {}", cut(request.label(), 60)),
        None => "Variables".to_owned(),
    };
    let popup = Popup { title: &title, width: 116, hints };
    let width = popup.content_width(canvas);
    let visible = variables.visible();
    let is_roomy = canvas.screen().height >= ROOMY;
    let detail = variables.selected_row().map(|row| detail(&canvas.theme, row, width)).unwrap_or_default();
    let detail_rows = if is_roomy { 6 } else { 2 };
    let wanted = visible.len().clamp(4, ROWS) + detail_rows + 2;
    let content = popup.open(canvas, if variables.filter.is_some() { ROWS } else { wanted });
    let theme = canvas.theme;
    let mut rest = content;
    if let Some(filter) = &variables.filter {
        let (line, below) = split_top(rest, 1);
        canvas.line(line, &theme.span(Role::Key, "/").into());
        let focus = if variables.filter_mode == FilterMode::Typing { Focus::Here } else { Focus::Elsewhere };
        canvas.field(
            Rect { x: line.x + 2.min(line.width), width: line.width.saturating_sub(2), ..line },
            filter,
            focus,
        );
        rest = below;
    }
    let Some(rows) = &variables.rows else {
        let line =
            vec![theme.span(Role::Accent, text::spinner(state.now)), theme.span(Role::Dim, format!(" {READING}"))];
        canvas.line(rest, &Line::from(line));
        return;
    };
    if visible.is_empty() {
        let says = if rows.is_empty() { NONE } else { NONE_FITS };
        canvas.text(rest, &paragraph(&theme, Role::Dim, 0, says, width));
        return;
    }
    let (below, list) = split_bottom(rest, (detail_rows as u16).min(rest.height / 2));
    let lines: Vec<Line<'static>> = table(&theme, &visible, width.saturating_sub(1));
    draw_rows(canvas, list, &lines, variables.selected.min(visible.len() - 1));
    let spare = u16::from(is_roomy && below.height > 3);
    canvas.text(Rect { y: below.y + spare, height: below.height - spare, ..below }, &detail);
}

/// Name, value, source.
fn table(theme: &Theme, rows: &[&VariableRow], width: usize) -> Vec<Line<'static>> {
    let longest = rows.iter().map(|row| cells(&row.name)).max().unwrap_or(0);
    let name_width = longest.clamp(8, (width / 3).max(8));
    let source_width = if width >= WIDE { width / 3 } else { 0 };
    let value_width = width.saturating_sub(name_width + source_width + 5);
    rows.iter()
        .map(|row| {
            let used = !matches!(row.usage, Usage::NotUsed);
            let (sign, sign_role) = match (&row.problem, used) {
                (Some(_), true) => (text::BAD, Role::Bad),
                (Some(_), false) => (text::WARN, Role::Warn),
                (None, true) => (text::GOOD, Role::Good),
                (None, false) => (text::NONE, Role::Dim),
            };
            let name_role = if used { Role::Strong } else { Role::Plain };
            let (value, value_role) = value_of(row);
            let mut spans = vec![theme.span(sign_role, sign), Span::raw(" ")];
            padded(&mut spans, theme, name_role, &row.name, name_width);
            spans.push(Span::raw(" "));
            if source_width > 0 {
                padded(&mut spans, theme, value_role, &value, value_width);
                let source = row.source.as_ref().map(ToString::to_string).unwrap_or_default();
                spans.push(Span::raw(" "));
                spans.push(theme.span(Role::Dim, cut(&source, source_width)));
            } else {
                spans.push(theme.span(value_role, cut(&value, value_width)));
            }
            Line::from(spans)
        })
        .collect()
}

fn padded(spans: &mut Vec<Span<'static>>, theme: &Theme, role: Role, text: &str, width: usize) {
    let text = cut(text, width);
    let pad = width.saturating_sub(cells(&text));
    spans.push(theme.span(role, text));
    spans.push(blanks(pad));
}

/// The value as it shows: masked, made up later, or what is wrong.
fn value_of(row: &VariableRow) -> (String, Role) {
    if let Some(problem) = &row.problem {
        return (problem.detail.lines().next().unwrap_or_default().to_owned(), Role::Bad);
    }
    match (&row.value, &row.source) {
        (Some(FieldValue::Plain(text)), Some(VariableSource::Prompt)) if text.is_empty() => {
            (ASKED.to_owned(), Role::Dim)
        }
        (Some(FieldValue::Plain(text)), _) if text.is_empty() => ("(empty)".to_owned(), Role::Dim),
        (Some(value), _) => (crate::redact::mask(value.masked()).replace('\n', "⏎"), Role::Plain),
        (None, Some(VariableSource::Response { request })) => (format!("`{request}` is sent first"), Role::Dim),
        (None, _) => ("…".to_owned(), Role::Dim),
    }
}

/// The selected variable at full length.
fn detail(theme: &Theme, row: &VariableRow, width: usize) -> Vec<Line<'static>> {
    let mut facts = Vec::new();
    if let Some(source) = &row.source {
        facts.push(source.to_string());
    }
    facts.push(match &row.usage {
        Usage::InRequest(place) => format!("used at {place}"),
        Usage::Through(variable) => format!("used in the value of `{variable}`"),
        Usage::NotUsed => "not used by this request".to_owned(),
    });
    let mut lines = paragraph(theme, Role::Dim, 0, &facts.join(text::SEPARATOR), width);
    match &row.problem {
        Some(problem) => {
            lines.extend(paragraph(theme, Role::Bad, 0, &problem.detail, width));
            if !problem.hint.is_empty() {
                lines.extend(paragraph(theme, Role::Plain, 0, &format!("→ {}", problem.hint), width));
            }
        }
        None => lines.extend(paragraph(theme, Role::Plain, 0, &value_of(row).0, width)),
    }
    lines
}

/// Name and value of a secret that is typed.
fn secret(canvas: &mut Canvas<'_>, input: &SecretInput, places: &[Context]) {
    let hints = hints(&[Action::Accept, Action::NextField, Action::Back], places);
    let word = if input.field == SecretField::Value { "store" } else { "next" };
    let popup = Popup { title: "A secret for the vault", width: 70, hints: renamed(hints, Action::Accept, word) };
    let theme = canvas.theme;
    let width = popup.content_width(canvas);
    let says = match &input.problem {
        Some(problem) => paragraph(&theme, Role::Bad, 0, &format!("{} {problem}", text::BAD), width),
        None => {
            let name = if input.name.text.is_empty() { "name" } else { input.name.text.as_str() };
            let says = format!("Requests use it as `{{{{$secret {name}}}}}`. It is kept in the vault, in no file.");
            paragraph(&theme, Role::Dim, 0, &says, width)
        }
    };
    let content = popup.open(canvas, 3 + says.len());
    let fields = [("Name", &input.name, SecretField::Name), ("Secret", &input.value, SecretField::Value)];
    for (place, (label, field, which)) in content.rows().zip(fields) {
        let focus = if input.field == which { Focus::Here } else { Focus::Elsewhere };
        let role = if focus == Focus::Here { Role::Accent } else { Role::Dim };
        let mark = if focus == Focus::Here { "▸ " } else { "  " };
        canvas.line(place, &Line::from(vec![theme.span(role, mark), theme.span(role, label)]));
        let used = 9.min(place.width);
        canvas.field(Rect { x: place.x + used, width: place.width - used, ..place }, field, focus);
    }
    let used = 3.min(content.height);
    canvas.text(Rect { y: content.y + used, height: content.height - used, ..content }, &says);
}
