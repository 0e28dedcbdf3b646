//! The request panel as an editor: moving over its rows, and what the keys do to them. What is typed has files of its
//! own: [`cells`] for lines, [`texts`] for bodies; [`choices`] has the chooser.

mod cells;
mod choices;
mod curl;
mod texts;
mod write;

use crate::app::App;
use crate::app::request_editor::Input;
use crate::app::request_editor::sheet::{Choice, RowKind, Sheet, SheetRow};
use crate::app::state::{Panel, RequestTab, Tone};
use crate::app::update::scroll::Step;
use crate::collection::edit::{RequestEdit, Table};
use crate::keys::action::Action;

/// Was an action the editor's?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Handled {
    /// It is done.
    Yes,
    /// Somebody else has to do it.
    No,
}

impl App {
    /// An action on the main screen, before the other panels get it.
    pub(super) fn editor_action(&mut self, action: Action) -> Handled {
        match &self.state.editor.input {
            Some(Input::Cell(_)) => self.cell_action(action),
            Some(Input::Text(_)) => self.text_action(action),
            None if self.state.focus == Panel::Request => self.sheet_action(action),
            None => Handled::No,
        }
    }

    fn sheet_action(&mut self, action: Action) -> Handled {
        match action {
            Action::EditHere => self.edit_here(),
            Action::ChooseMethod => self.open_choice(Choice::Method),
            Action::AddRow => self.begin_row(),
            Action::RemoveRow => self.change_row(|table, index| RequestEdit::RemoveRow { table, index }),
            Action::ToggleRow => self.toggle_row(),
            Action::RowUp => self.shift_row(Step::Up(1)),
            Action::RowDown => self.shift_row(Step::Down(1)),
            Action::CellLeft => self.state.editor.column = 0,
            Action::CellRight => self.next_cell(),
            Action::FormatBody => self.format_body(),
            Action::Up => return self.step_rows(Step::Up(1)),
            Action::Down => return self.step_rows(Step::Down(1)),
            Action::PageUp => return self.step_rows(Step::PageUp),
            Action::PageDown => return self.step_rows(Step::PageDown),
            Action::First => return self.step_rows(Step::First),
            Action::Last => return self.step_rows(Step::Last),
            Action::Back if self.state.editor.row.is_some() => self.select_sheet_row(None),
            _ => return Handled::No,
        }
        Handled::Yes
    }

    /// Moves the selection; at its ends the panel scrolls.
    fn step_rows(&mut self, step: Step) -> Handled {
        let rows = self.state.sheet().rows.len();
        let next = match (self.state.editor.row, step) {
            // Of a body its text is wanted more often than its kind.
            (None, Step::Down(_)) if rows > 1 && self.state.request_tab == RequestTab::Body => Some(1),
            (None, Step::Down(_)) if rows > 0 => Some(0),
            (None, _) => return Handled::No,
            (Some(0), Step::Up(_)) => None,
            (Some(row), Step::Down(_)) if row + 1 >= rows => return Handled::No,
            (Some(row), step) => Some(step.selected(row, rows, self.state.viewports.request)),
        };
        self.select_sheet_row(next);
        Handled::Yes
    }

    /// Selects a row of the tab, or the URL line.
    pub(super) fn select_sheet_row(&mut self, row: Option<usize>) {
        let cells = row.and_then(|row| self.state.sheet().rows.into_iter().nth(row)).map_or(0, |row| row.cells.len());
        self.state.editor.row = row;
        self.state.editor.column = self.state.editor.column.min(cells.saturating_sub(1));
        let height = self.state.viewports.request.max(1);
        let line = &mut self.state.request_scroll.line;
        // Each row is at least one line; what is drawn below a row is brought into view by the drawing.
        *line = match row {
            None => 0,
            Some(row) => (*line).clamp((row + 1).saturating_sub(height), row),
        };
    }

    fn next_cell(&mut self) {
        let cells = self.selected_sheet_row().map_or(1, |row| row.cells.len());
        self.state.editor.column = (self.state.editor.column + 1).min(cells.saturating_sub(1));
    }

    /// The row that is selected.
    pub(super) fn selected_sheet_row(&self) -> Option<SheetRow> {
        self.state.sheet().rows.into_iter().nth(self.state.editor.row?)
    }

    /// Enter on a row, and `i`: edits what is selected; with nothing selected, the URL.
    pub(super) fn edit_here(&mut self) {
        if self.state.selected_request().is_none() {
            return self.notice(Tone::Neutral, "Select a request first");
        }
        let Some(row) = self.selected_sheet_row() else {
            return match (self.state.editor.row, self.state.request_tab) {
                // A tab without rows: the first one is made.
                (Some(_), _) => self.begin_row(),
                (None, _) => self.begin_url(),
            };
        };
        match row.kind {
            RowKind::Pair { .. } | RowKind::Field(_) | RowKind::BodyFile => self.begin_cell(&row),
            RowKind::Choice(choice) => self.choose(choice),
            RowKind::Text(half) => self.begin_text(half),
        }
    }

    /// `b`: the body, whatever shows.
    pub(super) fn edit_body(&mut self) {
        if self.state.selected_request().is_none() {
            return self.notice(Tone::Neutral, "Select a request first");
        }
        self.focus(Panel::Request);
        self.show_request_tab(RequestTab::Body);
        match self.state.sheet().rows.len() {
            0 | 1 => self.open_choice(Choice::BodyKind),
            _ => {
                self.select_sheet_row(Some(1));
                if self.selected_sheet_row().is_some_and(|row| !matches!(row.kind, RowKind::Pair { .. })) {
                    self.edit_here();
                }
            }
        }
    }

    /// `n`: one more row. On the Directives tab the known ones are offered.
    pub(super) fn begin_row(&mut self) {
        if self.state.selected_request().is_none() {
            return self.notice(Tone::Neutral, "Select a request first");
        }
        let sheet = self.state.sheet();
        match sheet.table {
            Some(Table::Directives) => self.open_choice(Choice::Directive),
            Some(table) => self.begin_new_row(table, &sheet),
            None if self.state.request_tab == RequestTab::Body => self.open_choice(Choice::BodyKind),
            // Here `a` keeps its meaning.
            None => self.open_identities(),
        }
    }

    fn toggle_row(&mut self) {
        match self.selected_sheet_row().map(|row| row.kind) {
            Some(RowKind::Choice(choice)) => self.choose(choice),
            Some(RowKind::Pair { .. }) => self.change_row(|table, index| RequestEdit::ToggleRow { table, index }),
            _ => {}
        }
    }

    /// Changes the selected row of a table.
    fn change_row(&mut self, change: impl FnOnce(Table, usize) -> RequestEdit) {
        let Some(RowKind::Pair { table, index }) = self.selected_sheet_row().map(|row| row.kind) else {
            return self.notice(Tone::Neutral, "This row stays: Enter changes it");
        };
        self.change_request(&change(table, index));
        self.settle_selection();
    }

    /// Moves the selected row of a table one place; the selection goes with it.
    fn shift_row(&mut self, step: Step) {
        let Some(RowKind::Pair { table, index }) = self.selected_sheet_row().map(|row| row.kind) else { return };
        let rows = self.state.sheet().rows;
        let of_table = rows.iter().filter(|row| matches!(row.kind, RowKind::Pair { .. })).count();
        let to = step.selected(index, of_table, 1);
        if to == index {
            return;
        }
        if self.change_request(&RequestEdit::MoveRow { table, index, to }) {
            let first = rows.len() - of_table;
            self.select_sheet_row(Some(first + to));
        }
    }

    /// The selection stays inside its sheet.
    pub(super) fn settle_selection(&mut self) {
        let rows = self.state.sheet().rows.len();
        let row = self.state.editor.row.map(|row| row.min(rows.saturating_sub(1))).filter(|_| rows > 0);
        self.select_sheet_row(row);
    }

    /// Takes over what is being typed, before anything else happens. `No`: it cannot be taken over as it is, and stays
    /// where it is.
    pub(super) fn leave_input(&mut self) -> Left {
        match &self.state.editor.input {
            None => Left::Yes,
            Some(Input::Cell(_)) => self.keep_cell(),
            Some(Input::Text(_)) => self.keep_text(),
        }
    }

    /// Another tab or request shows: nothing is selected in it yet.
    pub(super) fn forget_row(&mut self) {
        self.state.editor.row = None;
        self.state.editor.column = 0;
    }

    /// A cell was pressed: selects it; again: edits it.
    pub(super) fn press_cell(&mut self, row: usize, column: usize) {
        self.focus(Panel::Request);
        let sheet: Sheet = self.state.sheet();
        let Some(pressed) = sheet.rows.get(row) else { return };
        let column = column.min(pressed.cells.len().saturating_sub(1));
        let is_selected = self.state.editor.row == Some(row) && self.state.editor.column == column;
        let is_one_press = !matches!(pressed.kind, RowKind::Pair { .. });
        self.select_sheet_row(Some(row));
        self.state.editor.column = column;
        if is_selected || is_one_press {
            self.edit_here();
        }
    }

    /// The mark before a row was pressed.
    pub(super) fn press_toggle(&mut self, row: usize) {
        self.focus(Panel::Request);
        self.select_sheet_row(Some(row));
        self.toggle_row();
    }
}

/// Was what was being typed taken over?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    /// Yes, or there was nothing.
    Yes,
    /// No: it is still being typed, and a notice says why.
    No,
}
