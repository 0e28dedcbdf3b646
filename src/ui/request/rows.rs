//! The rows of a tab: selected, typed, commented out; below a row what it becomes, what it is for, what is wrong.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::hit::Target;
use crate::app::preview::Previewer;
use crate::app::request_editor::body::BodyKind;
use crate::app::request_editor::sheet::{RowKind, Sheet, SheetRow};
use crate::app::request_editor::{CellInput, CellTarget};
use crate::app::state::{AppState, Panel, RequestTab};
use crate::body::document::Lexeme;
use crate::body::visible::cells;
use crate::collection::draft::RowState;
use crate::model::request::RequestBlock;
use crate::redact::MASK;
use crate::ui::canvas::Canvas;
use crate::ui::request::{auth, check_box, parts, preview_spans, template};
use crate::ui::text;
use crate::ui::theme::{Focus, Role, Theme};
use crate::ui::wrap::{blanks, cut, paragraph, wrap};

/// Columns of the mark of the selection.
const MARK: u16 = 1;

/// Columns of the mark that a row counts.
const BOX: u16 = 4;

/// Columns of a label.
const LABEL: u16 = 13;

/// The narrowest column of names.
const NARROWEST: u16 = 8;

/// Columns of a content type.
const CONTENT_TYPE: u16 = 18;

/// More lines of a body are not prepared: the editor shows them.
const MOST_LINES: usize = 400;

/// One row with the lines below it.
struct Drawn {
    row: Option<SheetRow>,
    below: Vec<Line<'static>>,
}

impl Drawn {
    /// Has the row a line of its own? A text without a label begins at once.
    fn has_head(&self) -> bool {
        self.row.as_ref().is_some_and(|row| !(matches!(row.kind, RowKind::Text(_)) && row.label.is_empty()))
    }
}

/// Draws them.
pub fn draw(canvas: &mut Canvas<'_>, state: &AppState, request: &RequestBlock, area: Rect) {
    let theme = canvas.theme;
    let sheet = state.sheet();
    let width = usize::from(area.width);
    let selected = state.editor.row.filter(|_| state.focus == Panel::Request);
    let typed = state.editor.cell().filter(|cell| cell.target != CellTarget::Url);
    let mut drawn = prepare(state, &theme, &sheet, selected, typed, width);
    let tail = tail(state, request, &sheet, &theme, width);
    let is_empty = drawn.is_empty();
    if is_empty || (sheet.table.is_some() && drawn.len() == 1 && state.request_tab == RequestTab::Body) {
        let lines = parts::empty(state.request_tab, &theme, width);
        if typed.is_none() || is_empty {
            drawn.push(Drawn { row: None, below: lines });
        }
    }
    drawn.push(Drawn { row: None, below: tail });
    let height_of = |drawn: &Drawn| usize::from(drawn.has_head()) + drawn.below.len();
    let total: usize = drawn.iter().map(height_of).sum();
    let height = usize::from(area.height);
    canvas.hits.viewports.request = height;
    if let Some(contents) = &mut canvas.hits.contents {
        contents.request = total;
    }
    let mut first = state.request_scroll.line.min(total.saturating_sub(height));
    if let Some(selected) = selected.filter(|selected| *selected < drawn.len()) {
        let start: usize = drawn[..selected].iter().map(height_of).sum();
        // The row itself comes first, then as much as there is room for of what is below it.
        let end = start + height_of(&drawn[selected]).min(height.max(1));
        first = first.clamp(end.saturating_sub(height), start.max(end.saturating_sub(height)));
    }
    let names = name_column(&sheet, typed, area.width);
    let mut at = 0;
    for (index, one) in drawn.iter().enumerate() {
        for line in 0..height_of(one) {
            let shown = at >= first && at < first + height;
            let place = Rect { y: area.y + (at.saturating_sub(first)) as u16, height: 1, ..area };
            at += 1;
            if !shown {
                continue;
            }
            match (&one.row, line) {
                (Some(row), 0) if one.has_head() => {
                    draw_row(canvas, state, row, index, selected == Some(index), typed, names, place);
                }
                (row, line) => {
                    let below = &one.below[line - usize::from(one.has_head())];
                    canvas.line(place, below);
                    if row.is_some() {
                        canvas.hit(place, Target::RequestCell { row: index, column: 0 });
                    }
                }
            }
        }
    }
    canvas.scroll_bar(area, first, total);
}

/// The rows with what stands below them; a new row that is typed comes last.
fn prepare(
    state: &AppState,
    theme: &Theme,
    sheet: &Sheet,
    selected: Option<usize>,
    typed: Option<&CellInput>,
    width: usize,
) -> Vec<Drawn> {
    let previewer = Previewer::new(state);
    let mut drawn: Vec<Drawn> = sheet
        .rows
        .iter()
        .enumerate()
        .map(|(index, row)| {
            let is_selected = selected == Some(index);
            Drawn { row: Some(row.clone()), below: below(theme, &previewer, row, is_selected, typed, width) }
        })
        .collect();
    if let Some(cell) = typed.filter(|cell| matches!(cell.target, CellTarget::Pair { index: None, .. })) {
        let CellTarget::Pair { table, .. } = cell.target else { return drawn };
        let row = SheetRow {
            kind: RowKind::Pair { table, index: usize::MAX },
            cells: cell.fields.iter().map(|field| field.text.clone()).collect(),
            label: "",
            state: RowState::Enabled,
            problem: None,
            about: crate::app::request_editor::directives::find(cell.text(0)).map_or("", |known| known.about),
            is_secret: false,
        };
        let below = below(theme, &previewer, &row, true, Some(cell), width);
        drawn.push(Drawn { row: Some(row), below });
    }
    drawn
}

/// What stands below a row.
fn below(
    theme: &Theme,
    previewer: &Previewer<'_>,
    row: &SheetRow,
    is_selected: bool,
    typed: Option<&CellInput>,
    width: usize,
) -> Vec<Line<'static>> {
    let indent = usize::from(MARK + BOX);
    let mut lines = Vec::new();
    if let RowKind::Text(_) = row.kind {
        lines.extend(text_lines(theme, &row.cells[0], is_selected, width));
    }
    if let Some(problem) = &row.problem {
        lines.extend(paragraph(theme, Role::Bad, indent, &format!("{} {problem}", text::BAD), width));
    }
    if !is_selected {
        return lines;
    }
    let value = match (typed, row.kind) {
        (_, RowKind::Text(_) | RowKind::Choice(_)) => "",
        (Some(cell), _) => cell.field().text.as_str(),
        (None, RowKind::Pair { .. }) => row.cells.get(1).map_or("", String::as_str),
        (None, _) => row.cells[0].as_str(),
    };
    if Previewer::has_variables(value) {
        let preview = previewer.show(value);
        let mut line = Line::from(vec![blanks(indent), theme.span(Role::Dim, "→ ")]);
        line.spans.extend(preview_spans(theme, &preview));
        lines.push(line);
        // What is being completed is not wrong yet.
        let is_completed = typed.is_some_and(|cell| cell.completion.is_some());
        for problem in preview.problems.iter().take(usize::from(!is_completed)) {
            lines.extend(paragraph(theme, Role::Bad, indent, &format!("{} {problem}", text::BAD), width));
        }
    }
    if row.is_secret && typed.is_none() {
        lines.extend(paragraph(theme, Role::Warn, indent, &format!("{} {LITERAL_SECRET}", text::WARN), width));
    }
    if !row.about.is_empty() {
        lines.extend(paragraph(theme, Role::Dim, indent, row.about, width));
    }
    lines
}

const LITERAL_SECRET: &str = "This stands in the file in plain text. Write a variable such as `{{password}}` instead, and give it its value in http-client.private.env.json: that file is not shared.";

/// The lines of a body that is not being typed.
fn text_lines(theme: &Theme, body: &str, is_selected: bool, width: usize) -> Vec<Line<'static>> {
    let mark = || if is_selected { theme.span(Role::Accent, "▌") } else { Span::raw(" ") };
    let room = width.saturating_sub(1).max(1);
    if body.trim().is_empty() {
        return vec![Line::from(vec![mark(), theme.span(Role::Dim, "empty; enter writes it")])];
    }
    let lines = body.lines().flat_map(|line| if line.is_empty() { vec![String::new()] } else { wrap(line, room) });
    let lines = lines.take(MOST_LINES).map(|line| {
        let mut spans = vec![mark()];
        spans.extend(template(&line, theme));
        Line::from(spans)
    });
    lines.collect()
}

/// Columns of the names.
fn name_column(sheet: &Sheet, typed: Option<&CellInput>, width: u16) -> u16 {
    let pairs = sheet.rows.iter().filter(|row| matches!(row.kind, RowKind::Pair { .. }));
    let names = pairs.map(|row| row.cells[0].as_str()).chain(typed.map(|cell| cell.text(0)));
    let widest = names.map(|name| cells(&cut(name, 60))).max().unwrap_or(0) as u16;
    let room = width.saturating_sub(MARK + BOX);
    // A name that is typed needs a column for the cursor.
    (widest + 2).clamp(NARROWEST.min(room), (room * 2 / 5).max(NARROWEST.min(room)))
}

#[expect(clippy::too_many_arguments, reason = "one row, and everything that can be said of it")]
fn draw_row(
    canvas: &mut Canvas<'_>,
    state: &AppState,
    row: &SheetRow,
    index: usize,
    is_selected: bool,
    typed: Option<&CellInput>,
    names: u16,
    place: Rect,
) {
    let theme = canvas.theme;
    let typed = typed.filter(|_| is_selected);
    if is_selected && typed.is_none() {
        canvas.tint(place, Role::Selected);
    }
    let mark = if is_selected { theme.span(Role::Accent, "▌") } else { Span::raw(" ") };
    canvas.line(place, &mark.into());
    let inner = Rect { x: place.x + MARK, width: place.width.saturating_sub(MARK), ..place };
    match row.kind {
        RowKind::Pair { .. } => draw_pair(canvas, state, row, index, is_selected, typed, names, inner),
        _ => draw_field(canvas, row, index, typed, inner),
    }
}

#[expect(clippy::too_many_arguments, reason = "one row, and everything that can be said of it")]
fn draw_pair(
    canvas: &mut Canvas<'_>,
    state: &AppState,
    row: &SheetRow,
    index: usize,
    is_selected: bool,
    typed: Option<&CellInput>,
    names: u16,
    place: Rect,
) {
    let theme = canvas.theme;
    let is_off = row.state == RowState::Disabled;
    let width = BOX.min(place.width);
    let check = Rect { width, ..place };
    canvas.line(check, &theme.span(if is_off { Role::Dim } else { Role::Good }, check_box(row.state)).into());
    canvas.hit(check, Target::RequestToggle(index));
    let rest = Rect { x: place.x + width, width: place.width - width, ..place };
    for (column, cell) in cell_places(rest, names, row.cells.len()).into_iter().enumerate() {
        canvas.hit(cell, Target::RequestCell { row: index, column });
        if let Some(input) = typed {
            let focus = if input.column == column { Focus::Here } else { Focus::Elsewhere };
            let input_place = Rect { width: cell.width.saturating_sub(1), ..cell };
            if let Some(field) = input.fields.get(column) {
                canvas.field(input_place, field, focus);
            }
            continue;
        }
        let value = row.cells.get(column).map(String::as_str).unwrap_or_default();
        let at = if is_directive(row) && column == 0 { "@" } else { "" };
        let mut spans = if is_off {
            vec![theme.span(Role::Dim, format!("{at}{value}"))]
        } else if column == 0 {
            vec![theme.span(Role::Lexeme(Lexeme::Key), format!("{at}{value}"))]
        } else if row.is_secret && column == 1 {
            vec![theme.span(Role::Plain, masked(value))]
        } else {
            template(value, &theme)
        };
        if column == 1 && !is_off && !is_selected && Previewer::has_variables(value) {
            spans.push(theme.span(Role::Dim, "  → "));
            spans.extend(preview_spans(&theme, &Previewer::new(state).show(value)));
        }
        let inner = Rect { width: cell.width.saturating_sub(u16::from(column + 1 < row.cells.len())), ..cell };
        let drawn = canvas.line(inner, &Line::from(spans));
        if is_selected && state.editor.column == column {
            // The cell that Enter edits shows without colours, too.
            let style = theme.style(Role::Plain).add_modifier(ratatui::style::Modifier::UNDERLINED);
            canvas.paint(Rect { width: drawn.max(1).min(inner.width), ..inner }, style);
        }
    }
}

fn is_directive(row: &SheetRow) -> bool {
    matches!(row.kind, RowKind::Pair { table: crate::collection::edit::Table::Directives, .. })
}

/// The cells of a row.
fn cell_places(area: Rect, names: u16, count: usize) -> Vec<Rect> {
    let names = names.min(area.width);
    let first = Rect { width: names, ..area };
    let rest = Rect { x: area.x + names, width: area.width - names, ..area };
    if count < 3 {
        return vec![first, rest];
    }
    let last = CONTENT_TYPE.min(rest.width / 3);
    let value = Rect { width: rest.width - last, ..rest };
    vec![first, value, Rect { x: value.right(), width: last, ..rest }]
}

/// A choice, a field, or the head of a text.
fn draw_field(canvas: &mut Canvas<'_>, row: &SheetRow, index: usize, typed: Option<&CellInput>, place: Rect) {
    let theme = canvas.theme;
    canvas.hit(place, Target::RequestCell { row: index, column: 0 });
    let label = Rect { width: LABEL.min(place.width), ..place };
    canvas.line(label, &theme.span(Role::Dim, row.label).into());
    let value = Rect { x: label.right(), width: place.width - label.width, ..place };
    if let Some(input) = typed {
        return canvas.field(value, input.field(), Focus::Here);
    }
    let spans = match row.kind {
        RowKind::Choice(_) => vec![theme.span(Role::Strong, &row.cells[0]), theme.span(Role::Dim, " ▾")],
        RowKind::Text(_) => return,
        _ if row.is_secret => vec![theme.span(Role::Plain, MASK)],
        _ => template(&row.cells[0], &theme),
    };
    canvas.line(value, &Line::from(spans));
}

/// A credential: its scheme may show.
fn masked(value: &str) -> String {
    match value.split_once(char::is_whitespace) {
        Some((scheme, _)) if scheme.chars().all(|c| c.is_ascii_alphanumeric()) => format!("{scheme} {MASK}"),
        _ => MASK.to_owned(),
    }
}

/// What a tab says below its rows.
fn tail(state: &AppState, request: &RequestBlock, sheet: &Sheet, theme: &Theme, width: usize) -> Vec<Line<'static>> {
    match state.request_tab {
        RequestTab::Auth => {
            let mut lines = auth::lines(state, request, theme, width.saturating_sub(1));
            // In line with the rows, which begin with the mark of the selection.
            for line in &mut lines {
                line.spans.insert(0, blanks(1));
            }
            lines
        }
        RequestTab::Directives => parts::not_run(request, theme, width),
        RequestTab::Body if BodyKind::of(request) != BodyKind::None && !sheet.rows.is_empty() => {
            parts::not_run(request, theme, width)
        }
        _ => Vec::new(),
    }
}
