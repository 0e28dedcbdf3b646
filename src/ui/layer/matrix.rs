//! The access matrix: a grid of requests and identities that fills while it is sent, one cell at full length, and the
//! identities to choose from.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::hit::Target;
use crate::app::matrix::{MatrixFace, MatrixScope, MatrixState};
use crate::app::state::AppState;
use crate::body::visible::cells;
use crate::diagnose::matrix::report::{cell_text, detail};
use crate::diagnose::matrix::{CellPlan, CellResult, Judgement};
use crate::keys::action::{Action, Context};
use crate::model::identity::IdentityName;
use crate::ui::canvas::Canvas;
use crate::ui::hints::{MOVE, SCROLL, hints, renamed};
use crate::ui::layer::{Popup, ROOMY, shows, with_arrows};
use crate::ui::text;
use crate::ui::theme::{Role, Theme};
use crate::ui::tree::path_label;
use crate::ui::wrap::{cut, paragraph};

/// As wide as the screen allows.
const WIDE: u16 = 400;

/// A narrower column of an identity says too little.
const NARROWEST: usize = 9;

/// A wider one takes room from the others.
const WIDEST: usize = 18;

const EMPTY: &str = "There are no requests here.";
const TO_SEND: &str = "Nothing was sent yet. Enter sends every request as every identity, except those that may change \
                       something: about them you are asked.";

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, state: &AppState, places: &[Context]) {
    let Some(matrix) = &state.matrix else { return };
    match matrix.face {
        MatrixFace::Grid => grid(canvas, state, matrix, places),
        MatrixFace::Detail { scroll } => cell_detail(canvas, matrix, scroll, places),
        MatrixFace::Identities { selected } => {
            choose(canvas, matrix, &state.matrix_identities(&matrix.scope), selected, places);
        }
    }
}

fn title(matrix: &MatrixState) -> String {
    let scope = match &matrix.scope {
        MatrixScope::File(path) => path_label(path),
        MatrixScope::All => "all files".to_owned(),
    };
    let environment = matrix.environment.as_deref().map(|name| format!(" · {name}")).unwrap_or_default();
    format!("Access matrix · {scope}{environment}")
}

fn grid(canvas: &mut Canvas<'_>, state: &AppState, matrix: &MatrixState, places: &[Context]) {
    let actions: &[Action] = if matrix.sending.is_some() {
        &[Action::Accept, Action::Back]
    } else if matrix.is_untouched() {
        &[Action::Accept, Action::MatrixIdentities, Action::MatrixScope, Action::Back]
    } else {
        &[
            Action::Accept,
            Action::RunFailed,
            Action::RunAll,
            Action::ExpectSeen,
            Action::MatrixIdentities,
            Action::MatrixScope,
            Action::Back,
        ]
    };
    let mut keys = hints(actions, places);
    if matrix.sending.is_some() {
        keys = renamed(keys, Action::Back, "cancel");
    } else if matrix.is_untouched() {
        keys = renamed(keys, Action::Accept, "send");
    }
    let title = title(matrix);
    let popup = Popup { title: &title, width: WIDE, hints: keys };
    let theme = canvas.theme;
    let width = popup.content_width(canvas);
    if matrix.plan.rows.is_empty() {
        return popup.text(canvas, &paragraph(&theme, Role::Dim, 0, EMPTY, width));
    }
    let head = head(&theme, state, matrix, width, canvas.screen().height);
    let content = popup.open(canvas, usize::from(canvas.screen().height));
    let skip = (head.len() as u16).min(content.height.saturating_sub(2));
    canvas.text(Rect { height: skip, ..content }, &head);
    let area = Rect { y: content.y + skip, height: content.height - skip, ..content };
    table(canvas, matrix, area);
}

/// How far it is, and what the selected cell is about.
fn head(theme: &Theme, state: &AppState, matrix: &MatrixState, width: usize, height: u16) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    if matrix.is_untouched() && height >= ROOMY {
        lines.extend(paragraph(theme, Role::Dim, 0, TO_SEND, width));
    } else {
        let spinner = matrix.sending.map(|_| theme.span(Role::Accent, format!("{} ", text::spinner(state.now))));
        let mut line = Line::from(spinner.into_iter().collect::<Vec<_>>());
        line.spans.push(theme.span(Role::Plain, matrix.summary().line()));
        lines.push(line);
    }
    if height >= ROOMY
        && let (Some(plan), Some((row, identity))) = (matrix.selected_plan(), matrix.plan.subject(matrix.selected))
    {
        let about = format!("{} {} as {identity}", row.method, row.label);
        lines.push(Line::from(theme.span(Role::Strong, cut(&about, width))));
        let result = matrix.result(plan.id);
        let what = match result {
            Some(result) => said(plan, result),
            None => detail_of_plan(plan),
        };
        lines.push(Line::from(theme.span(Role::Dim, cut(&what, width))));
        lines.push(Line::default());
    }
    lines
}

/// One line about a result: the finding, or why nothing was sent.
fn said(plan: &CellPlan, result: &CellResult) -> String {
    match result {
        CellResult::Answered(answer) => match answer.findings.first() {
            Some(finding) => format!("{}: {}", cell_text(plan, Some(result)), finding.title),
            None => detail(plan, Some(result)).first().cloned().unwrap_or_default(),
        },
        _ => detail(plan, Some(result)).first().cloned().unwrap_or_default(),
    }
}

fn detail_of_plan(plan: &CellPlan) -> String {
    match &plan.not_sent {
        Some(why) => why.reason(),
        None if plan.expected.is_empty() => "Nothing is expected".to_owned(),
        None => format!("Expected: {}", crate::diagnose::matrix::statuses(&plan.expected)),
    }
}

/// Where the columns are.
struct Columns {
    /// Columns of the names of requests.
    label: usize,
    /// Columns of each identity.
    cell: usize,
    /// The first identity that shows.
    first: usize,
    /// How many show.
    count: usize,
}

impl Columns {
    fn of(matrix: &MatrixState, width: usize) -> Self {
        let longest = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or(0);
        let cell_texts = &mut matrix.plan.cells.iter().map(|plan| cells(&short(matrix, plan)));
        let names = &mut matrix.plan.columns.iter().map(|name| cells(name.as_str()));
        let cell = (longest(cell_texts).max(longest(names)) + 3).clamp(NARROWEST, WIDEST.min(width / 3).max(NARROWEST));
        let labels = &mut matrix.plan.rows.iter().map(|row| cells(&row.method) + 1 + cells(&row.label));
        let total = matrix.plan.columns.len();
        // The names of requests get what the identities leave, at least a third.
        let label = width.saturating_sub(cell * total).max(width / 3).min(longest(labels) + 2).max(8).min(width);
        let count = ((width - label) / cell).clamp(1, total.max(1));
        let first = matrix.selected.column.saturating_sub(count - 1).min(total.saturating_sub(count));
        Self { label, cell, first, count }
    }
}

/// What a cell says: its sign, and a word.
fn short(matrix: &MatrixState, plan: &CellPlan) -> String {
    match (matrix.result(plan.id), &plan.not_sent) {
        (Some(result), _) => {
            let sign = matrix.judgement(plan).map_or("", Judgement::sign);
            let text = match result {
                CellResult::Answered(answer) => answer.status.to_string(),
                _ => cell_text(plan, Some(result)),
            };
            format!("{sign} {text}")
        }
        (None, Some(why)) => format!("– {}", why.label()),
        (None, None) => "…".to_owned(),
    }
}

fn role(matrix: &MatrixState, plan: &CellPlan) -> Role {
    match matrix.judgement(plan) {
        Some(Judgement::AsExpected) => Role::Good,
        Some(Judgement::NotAsExpected) => Role::Bad,
        Some(Judgement::Failed) => Role::Warn,
        Some(Judgement::NoExpectation) => Role::Plain,
        Some(Judgement::NotSent) | None => Role::Dim,
    }
}

fn table(canvas: &mut Canvas<'_>, matrix: &MatrixState, area: Rect) {
    let theme = canvas.theme;
    let columns = Columns::of(matrix, area.width.into());
    let pad = |text: &str, width: usize| {
        let text = cut(text, width.saturating_sub(1));
        let used = cells(&text);
        format!("{text}{}", " ".repeat(width.saturating_sub(used)))
    };
    let shown = columns.first..(columns.first + columns.count).min(matrix.plan.columns.len());
    let before = if columns.first > 0 { "‹ " } else { "" };
    let mut names = vec![theme.span(Role::Dim, pad(before, columns.label))];
    for (index, name) in matrix.plan.columns.iter().enumerate().take(shown.end).skip(shown.start) {
        let role = if index == matrix.selected.column { Role::Strong } else { Role::Dim };
        names.push(theme.span(role, pad(name.as_str(), columns.cell)));
    }
    if shown.end < matrix.plan.columns.len() {
        names.push(theme.span(Role::Dim, "›"));
    }
    canvas.line(Rect { height: area.height.min(1), ..area }, &Line::from(names));
    let body = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let lines = rows(matrix);
    let height = usize::from(body.height);
    shows(canvas, height, lines.len());
    let at = lines.iter().position(|line| *line == GridLine::Row(matrix.selected.row)).unwrap_or(0);
    let first = at.saturating_sub(height.saturating_sub(1)).min(lines.len().saturating_sub(height));
    for (place, line) in body.rows().zip(lines.iter().skip(first)) {
        match line {
            GridLine::File(row) => {
                let path = matrix.plan.rows.get(*row).map(|row| path_label(&row.request.file)).unwrap_or_default();
                canvas.line(place, &Line::from(theme.span(Role::Accent, path)));
            }
            GridLine::Row(index) => row_cells(canvas, matrix, &columns, place, *index, &pad),
        }
    }
    canvas.scroll_bar(body, first, lines.len());
}

/// A line of the grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum GridLine {
    /// The name of the file that this row begins.
    File(usize),
    /// A request.
    Row(usize),
}

/// The requests, with the name of each file above its first one where there are several files.
fn rows(matrix: &MatrixState) -> Vec<GridLine> {
    let mut lines = Vec::new();
    let mut file = None;
    for (index, row) in matrix.plan.rows.iter().enumerate() {
        if matrix.scope == MatrixScope::All && file != Some(&row.request.file) {
            file = Some(&row.request.file);
            lines.push(GridLine::File(index));
        }
        lines.push(GridLine::Row(index));
    }
    lines
}

fn row_cells(
    canvas: &mut Canvas<'_>,
    matrix: &MatrixState,
    columns: &Columns,
    place: Rect,
    index: usize,
    pad: &dyn Fn(&str, usize) -> String,
) {
    let theme = canvas.theme;
    let Some(row) = matrix.plan.rows.get(index) else { return };
    let is_selected = index == matrix.selected.row;
    let role_of_name = if is_selected { Role::Strong } else { Role::Plain };
    let label = pad(&format!("{} {}", row.method, row.label), columns.label);
    canvas.line(place, &Line::from(theme.span(role_of_name, label)));
    let start = index * matrix.plan.columns.len();
    let plans = matrix.plan.cells.iter().skip(start + columns.first).take(columns.count);
    for (position, plan) in plans.enumerate() {
        let x = place.x + (columns.label + position * columns.cell) as u16;
        let area = Rect { x, width: columns.cell as u16, ..place }.intersection(place);
        let is_here = is_selected && plan.id.column == matrix.selected.column;
        let mark = if is_here { theme.span(Role::Accent, "▌") } else { Span::raw(" ") };
        let text = pad(&short(matrix, plan), columns.cell.saturating_sub(1));
        if is_here {
            canvas.tint(area, Role::Selected);
        }
        canvas.line(area, &Line::from(vec![mark, theme.span(role(matrix, plan), text)]));
        canvas.hit(area, Target::LayerRow(matrix.plan.index(plan.id)));
    }
}

fn cell_detail(canvas: &mut Canvas<'_>, matrix: &MatrixState, scroll: usize, places: &[Context]) {
    let actions: &[Action] = if matrix.outcome(matrix.selected).is_some() {
        &[Action::Accept, Action::ExpectSeen, Action::Back]
    } else {
        &[Action::Back]
    };
    let keys = renamed(with_arrows(SCROLL, actions, places), Action::Accept, "open the response");
    let keys = renamed(keys, Action::Back, "back");
    let popup = Popup { title: "One cell of the matrix", width: 100, hints: keys };
    let theme = canvas.theme;
    let width = popup.content_width(canvas);
    let (Some(plan), Some((row, identity))) = (matrix.selected_plan(), matrix.plan.subject(matrix.selected)) else {
        return popup.text(canvas, &[]);
    };
    let title = format!("{} {} as {identity}", row.method, row.label);
    let mut lines = paragraph(&theme, Role::Strong, 0, &title, width);
    let place = format!("{}:{}", path_label(&row.request.file), row.line);
    lines.push(Line::from(theme.span(Role::Dim, cut(&place, width))));
    lines.push(Line::default());
    if let Some(judgement) = matrix.judgement(plan) {
        let said = format!("{} {}", judgement.sign(), judgement.label());
        lines.push(Line::from(theme.span(role(matrix, plan), said)));
    }
    let texts = match matrix.result(plan.id) {
        Some(result) => detail(plan, Some(result)),
        None => vec![detail_of_plan(plan)],
    };
    for line in texts.iter().flat_map(|text| text.lines()) {
        lines.extend(paragraph(&theme, Role::Plain, 0, line, width));
    }
    popup.lines(canvas, &lines, scroll);
}

fn choose(
    canvas: &mut Canvas<'_>,
    matrix: &MatrixState,
    identities: &[IdentityName],
    selected: usize,
    places: &[Context],
) {
    let keys = with_arrows(MOVE, &[Action::ToggleRow, Action::Back], places);
    let popup = Popup { title: "Identities of the matrix", width: 60, hints: renamed(keys, Action::Back, "done") };
    let theme = canvas.theme;
    let is_in = |name: &IdentityName| matrix.chosen.as_ref().is_none_or(|chosen| chosen.contains(name));
    let rows: Vec<Line<'static>> = identities
        .iter()
        .map(|name| {
            let (mark, role) = if is_in(name) { (" [x] ", Role::Plain) } else { (" [ ] ", Role::Dim) };
            Line::from(vec![theme.span(Role::Key, mark), theme.span(role, name.to_string())])
        })
        .collect();
    popup.rows(canvas, &[], &rows, selected);
}
