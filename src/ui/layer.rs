//! Layers over the main screen, one file each. All of them are drawn, bottom first; the top one has the keys.

mod confirm;
mod conflict;
mod cookies;
mod device;
mod difference;
mod environments;
mod export;
mod files;
mod form;
mod help;
mod identities;
mod import;
mod keep;
mod lab;
mod log;
mod login;
mod matrix;
mod once;
mod palette;
mod pick;
mod probe;
mod problem;
mod prompt;
mod prompts;
mod save;
mod variables;
mod vault;
mod why;

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::hit::Target;
use crate::app::state::{AppState, Layer};
use crate::keys::action::{Action, Context};
use crate::ui::canvas::{Canvas, Hint, hint_rows};
use crate::ui::hints::hints;
use crate::ui::layout::{centered, padded, split_bottom};
use crate::ui::theme::{Focus, Role};

/// Draws all layers.
pub fn draw(canvas: &mut Canvas<'_>, state: &AppState) {
    for (index, layer) in state.layers.iter().enumerate() {
        canvas.cursor = None;
        // Hints of a covered layer would name keys that go elsewhere.
        let places = if index + 1 == state.layers.len() { state.contexts() } else { &[] };
        match layer {
            Layer::Login(login) => login::draw(canvas, state, login, places),
            Layer::Help { scroll } => help::draw(canvas, *scroll, places),
            Layer::Confirm(question) => confirm::draw(canvas, question, places),
            Layer::Problem(problem) => problem::draw(canvas, problem, state.problem_scroll, places),
            Layer::Identities { selected } => identities::draw(canvas, state, *selected, places),
            Layer::Environments { selected } => environments::draw(canvas, state, *selected, places),
            Layer::Export { selected } => export::draw(canvas, state, *selected, places),
            Layer::SignInLog { selected, scroll } => log::draw(canvas, state, *selected, *scroll, places),
            Layer::Why(why) => why::draw(canvas, why, places),
            Layer::Prompts(prompts) => prompts::draw(canvas, prompts, places),
            Layer::Variables(variables) => variables::draw(canvas, state, variables, places),
            Layer::Cookies { cookies, selected } => {
                cookies::draw(canvas, state, cookies.as_deref(), *selected, places);
            }
            Layer::SaveBody(save) => save::draw(canvas, save, places),
            Layer::Prompt(prompt) => prompt::draw(canvas, prompt, places),
            Layer::Files { request, selected } => files::draw(canvas, state, request, *selected, places),
            Layer::Conflict(conflict) => conflict::draw(canvas, conflict, places),
            Layer::Keep(layer) => keep::draw(canvas, state, layer, places),
            Layer::Probe(probe) => probe::draw(canvas, state, probe, places),
            Layer::Matrix => matrix::draw(canvas, state, places),
            Layer::Import(import) => import::draw(canvas, state, import, places),
            Layer::Once(once) => once::draw(canvas, state, once, places),
            Layer::Lab(lab) => lab::draw(canvas, state, lab, places),
            Layer::Difference(layer) => difference::draw(canvas, state, layer, places),
            Layer::Palette { query, selected } => palette::draw(canvas, query, *selected, places),
            Layer::Pick { choice, query, selected } => {
                pick::draw(canvas, state, *choice, query, *selected, places);
            }
        }
    }
}

/// Below this height popups say less.
const ROOMY: u16 = 20;

/// A popup: how it looks and which keys it names.
struct Popup<'a> {
    title: &'a str,
    /// Columns that it would like.
    width: u16,
    hints: Vec<Hint>,
}

/// The hints for moving or scrolling, then those of some actions.
fn with_arrows(arrows: Hint, actions: &[Action], places: &[Context]) -> Vec<Hint> {
    std::iter::once(arrows).filter(|_| !places.is_empty()).chain(hints(actions, places)).collect()
}

impl Popup<'_> {
    /// Columns of its content.
    fn content_width(&self, canvas: &Canvas<'_>) -> usize {
        usize::from(self.width.min(canvas.screen().width)).saturating_sub(4)
    }

    /// Draws the frame for so many lines of content; returns where the content goes.
    fn open(&self, canvas: &mut Canvas<'_>, lines: usize) -> Rect {
        let screen = canvas.screen();
        let rows = hint_rows(&self.hints, self.content_width(canvas));
        // More than one row of keys only where the content does not suffer.
        let most = if screen.height < ROOMY { 1 } else { 3 };
        let rows = &rows[..rows.len().min(most)];
        let key_rows = rows.len() as u16;
        let wanted = u16::try_from(lines).unwrap_or(u16::MAX).saturating_add(3 + key_rows);
        let area = centered(screen, self.width, wanted.min(screen.height));
        canvas.clear(area);
        canvas.hit(area, Target::Layer);
        let title = canvas.theme.span(Role::Accent, format!(" {} ", self.title));
        let inner = padded(canvas.boxed(area, &title.into(), Focus::Here), 1);
        let (keys, rest) = split_bottom(inner, key_rows);
        for (place, row) in keys.rows().zip(rows) {
            canvas.hints(place, row);
        }
        // The blank line above the keys goes first when there is no room.
        let spare = u16::from(rest.height > 4);
        let content = Rect { height: rest.height - spare, ..rest };
        shows(canvas, content.height.into(), lines);
        content
    }

    /// Draws lines that stay where they are.
    fn text(&self, canvas: &mut Canvas<'_>, lines: &[Line<'static>]) {
        let content = self.open(canvas, lines.len());
        canvas.text(content, lines);
    }

    /// Draws lines that can be scrolled.
    fn lines(&self, canvas: &mut Canvas<'_>, lines: &[Line<'static>], first: usize) {
        let content = self.open(canvas, lines.len());
        canvas.lines(content, lines, first);
    }

    /// Draws rows of which one is selected.
    fn rows(&self, canvas: &mut Canvas<'_>, head: &[Line<'static>], rows: &[Line<'static>], selected: usize) {
        let content = self.open(canvas, head.len() + rows.len());
        canvas.lines(content, head, 0);
        let skip = (head.len() as u16).min(content.height);
        let list = Rect { y: content.y + skip, height: content.height - skip, ..content };
        draw_rows(canvas, list, rows, selected);
    }
}

/// Draws rows with a mark at the selected one, which always shows.
fn draw_rows(canvas: &mut Canvas<'_>, area: Rect, rows: &[Line<'static>], selected: usize) {
    let height = usize::from(area.height);
    shows(canvas, height, rows.len());
    let first = selected.saturating_sub(height.saturating_sub(1)).min(rows.len().saturating_sub(height));
    for (place, (index, row)) in area.rows().zip(rows.iter().enumerate().skip(first)) {
        let is_selected = index == selected;
        if is_selected {
            canvas.tint(place, Role::Selected);
        }
        let mark = if is_selected { canvas.theme.span(Role::Accent, "▌") } else { Span::raw(" ") };
        let mut line = row.clone();
        line.spans.insert(0, mark);
        canvas.line(place, &line);
        canvas.hit(place, Target::LayerRow(index));
    }
    canvas.scroll_bar(area, first, rows.len());
}

/// Remembers what page keys need.
fn shows(canvas: &mut Canvas<'_>, height: usize, lines: usize) {
    canvas.hits.viewports.layer = height;
    if let Some(contents) = &mut canvas.hits.contents {
        contents.layer = lines;
    }
}
