//! Lines that are typed: the URL, the cells of a row, a field. Tab goes on to the next cell; leaving takes the whole
//! row over as one edit.

use crate::app::App;
use crate::app::completion::{Chosen, Subject, of_field};
use crate::app::preview::Previewer;
use crate::app::request_editor::auth::AuthField;
use crate::app::request_editor::sheet::{RowKind, Sheet, SheetRow};
use crate::app::request_editor::{CellInput, CellTarget, Input};
use crate::app::state::{TextField, Tone};
use crate::app::update::panel::{Handled, Left};
use crate::collection::draft::{DraftPart, PartContent};
use crate::collection::edit::{RequestEdit, Table, parts};
use crate::collection::import::curl::is_command;
use crate::keys::action::Action;

impl App {
    /// Begins to edit the URL.
    pub(in crate::app::update) fn begin_url(&mut self) {
        let Some(url) = self.state.selected_request().map(|request| request.url.text.clone()) else {
            return self.notice(Tone::Neutral, "Select a request first");
        };
        self.focus(crate::app::state::Panel::Request);
        self.state.editor.row = None;
        self.begin_input(CellTarget::Url, vec![url], 0);
    }

    /// Begins to edit a row, in the selected cell.
    pub(super) fn begin_cell(&mut self, row: &SheetRow) {
        let target = match row.kind {
            RowKind::Pair { table, index } => CellTarget::Pair { table, index: Some(index) },
            RowKind::Field(field) => CellTarget::Auth(field),
            RowKind::BodyFile => CellTarget::BodyFile,
            RowKind::Choice(_) | RowKind::Text(_) => return,
        };
        let column = self.state.editor.column;
        self.begin_input(target, row.cells.clone(), column);
    }

    /// Begins a new row at the end of a table.
    pub(super) fn begin_new_row(&mut self, table: Table, sheet: &Sheet) {
        let cells = if table == Table::Parts { 3 } else { 2 };
        self.state.editor.row = Some(sheet.rows.len());
        self.state.editor.column = 0;
        self.begin_input(CellTarget::Pair { table, index: None }, vec![String::new(); cells], 0);
    }

    /// Begins a directive whose name is known.
    pub(super) fn begin_directive(&mut self, name: &str) {
        let rows = self.state.sheet().rows.len();
        self.state.editor.row = Some(rows);
        self.state.editor.column = 1;
        self.begin_input(
            CellTarget::Pair { table: Table::Directives, index: None },
            vec![String::new(), String::new()],
            1,
        );
        if let Some(Input::Cell(cell)) = &mut self.state.editor.input {
            cell.fields[0] = TextField::new(name);
        }
        self.complete_cell();
    }

    fn begin_input(&mut self, target: CellTarget, texts: Vec<String>, column: usize) {
        let fields: Vec<TextField> = texts.iter().map(TextField::new).collect();
        let column = column.min(fields.len().saturating_sub(1));
        let cell = CellInput { target, fields, column, completion: None, before: texts };
        self.state.editor.input = Some(Input::Cell(cell));
        self.state.notice = None;
    }

    pub(super) fn cell_action(&mut self, action: Action) -> Handled {
        match action {
            Action::Accept => self.accept_cell(),
            Action::NextField => self.next_field(),
            Action::PreviousField => self.turn_cell(|column| column.saturating_sub(1)),
            Action::Back => self.drop_cell(),
            Action::Up => self.turn_completion(usize::MAX),
            Action::Down => self.turn_completion(1),
            Action::Send | Action::Help | Action::Interrupt | Action::Redraw => return Handled::No,
            // Everything that moves about or edits the field is the field's; what is the main screen's waits.
            Action::CursorLeft
            | Action::CursorRight
            | Action::CursorStart
            | Action::CursorEnd
            | Action::DeleteBack
            | Action::DeleteForward
            | Action::DeleteWord
            | Action::DeleteToStart => return Handled::No,
            _ => {}
        }
        Handled::Yes
    }

    /// Esc: the row stays as it was.
    pub(in crate::app::update) fn drop_cell(&mut self) {
        if let Some(Input::Cell(cell)) = &mut self.state.editor.input
            && cell.completion.as_ref().is_some_and(|completion| completion.chosen == Chosen::Yes)
        {
            cell.completion = None;
            return;
        }
        self.state.editor.input = None;
        self.settle_selection();
    }

    /// Enter: the chosen completion, else the whole row.
    fn accept_cell(&mut self) {
        let Some(cell) = self.state.editor.cell() else { return };
        let is_chosen = cell.completion.as_ref().is_some_and(|completion| completion.chosen == Chosen::Yes);
        // The name of a new row is not all: its value comes next.
        let has_more = matches!(cell.target, CellTarget::Pair { index: None, .. })
            && cell.column == 0
            && !cell.text(0).trim().is_empty()
            && cell.text(1).is_empty();
        if is_chosen {
            self.take_completion();
        } else if has_more {
            self.turn_cell(|_| 1);
        } else {
            self.keep_cell();
        }
    }

    /// Tab: the completion, else the next cell; behind the last one, the next row.
    fn next_field(&mut self) {
        let Some(cell) = self.state.editor.cell() else { return };
        if cell.completion.is_some() {
            return self.take_completion();
        }
        if cell.column + 1 < cell.fields.len() {
            return self.turn_cell(|column| column + 1);
        }
        let CellTarget::Pair { table, index } = cell.target else { return };
        let is_empty_new = index.is_none() && cell.text(0).trim().is_empty();
        if self.keep_cell() == Left::No || is_empty_new {
            return;
        }
        let sheet = self.state.sheet();
        let row = self.state.editor.row.map(|row| row + 1);
        match row.and_then(|row| Some((row, sheet.rows.get(row)?))) {
            Some((row, next)) => {
                self.select_sheet_row(Some(row));
                self.state.editor.column = 0;
                self.begin_cell(next);
            }
            None if table == Table::Directives => {}
            None => self.begin_new_row(table, &sheet),
        }
    }

    fn turn_cell(&mut self, to: impl FnOnce(usize) -> usize) {
        let Some(Input::Cell(cell)) = &mut self.state.editor.input else { return };
        cell.column = to(cell.column).min(cell.fields.len() - 1);
        cell.completion = None;
        self.state.editor.column = cell.column;
        self.complete_cell();
    }

    fn turn_completion(&mut self, steps: usize) {
        let Some(Input::Cell(cell)) = &mut self.state.editor.input else { return };
        if let Some(completion) = &mut cell.completion {
            let count = completion.items.len();
            completion.turn(if steps == usize::MAX { count - 1 } else { steps });
        }
    }

    fn take_completion(&mut self) {
        let Some(Input::Cell(cell)) = &mut self.state.editor.input else { return };
        let Some(completion) = cell.completion.take() else { return };
        let text = completion.suggestion().text.clone();
        let field = cell.field_mut();
        let cursor = field.text.floor_char_boundary(field.cursor);
        field.text.replace_range(completion.from.min(cursor)..cursor, &text);
        field.cursor = completion.from.min(cursor) + text.len();
    }

    /// The text of the cell has changed: what could stand at the cursor?
    pub(in crate::app::update) fn complete_cell(&mut self) {
        let Some(cell) = self.state.editor.cell() else { return };
        let subject = match (cell.target, cell.column) {
            (CellTarget::Pair { table: Table::Headers, .. }, 0) => Subject::HeaderName,
            (CellTarget::Pair { table: Table::Headers, .. }, _) => Subject::HeaderValue(cell.text(0)),
            (CellTarget::Pair { table: Table::Parts, .. }, 2) => Subject::HeaderValue("Content-Type"),
            (CellTarget::Auth(AuthField::KeyName), _) => Subject::HeaderName,
            _ => Subject::Text,
        };
        let completion = of_field(cell.field(), subject, &|| Previewer::new(&self.state).variables());
        if let Some(Input::Cell(cell)) = &mut self.state.editor.input {
            cell.completion = completion;
        }
    }

    /// Takes the row over as one edit.
    pub(super) fn keep_cell(&mut self) -> Left {
        let Some(cell) = self.state.editor.cell().cloned() else { return Left::Yes };
        let is_nothing = matches!(cell.target, CellTarget::Pair { index: None, .. })
            && cell.fields.iter().all(|field| field.text.trim().is_empty());
        if is_nothing || cell.is_unchanged() {
            self.state.editor.input = None;
            self.settle_selection();
            return Left::Yes;
        }
        if cell.target == CellTarget::Url && is_command(cell.text(0)) {
            self.state.editor.input = None;
            self.import_curl(cell.text(0));
            return Left::Yes;
        }
        if !self.write_cell(&cell) {
            return Left::No;
        }
        self.state.editor.input = None;
        self.settle_selection();
        Left::Yes
    }

    /// Writes the row; tells whether it was taken.
    fn write_cell(&mut self, cell: &CellInput) -> bool {
        let texts: Vec<String> = cell.fields.iter().map(|field| field.text.trim().to_owned()).collect();
        match cell.target {
            CellTarget::Url => self.change_request(&RequestEdit::Url(texts[0].clone())),
            CellTarget::Auth(field) => {
                let Some(form) = self.state.auth_form() else { return false };
                self.write_auth(&form.with(field, &texts[0]))
            }
            CellTarget::BodyFile => self.change_request(&RequestEdit::Body(format!("< {}", texts[0]))),
            CellTarget::Pair { table: Table::Parts, index } => {
                let index = index.and_then(|index| self.still_there(index, &cell.before));
                self.write_part(index, &cell.fields, &texts)
            }
            CellTarget::Pair { table, index } => {
                let index = index.and_then(|index| self.still_there(index, &cell.before));
                let (name, value) = (texts[0].trim_start_matches('@').to_owned(), texts[1].clone());
                let name = if table == Table::Directives { name } else { texts[0].clone() };
                self.change_request(&match index {
                    Some(index) => RequestEdit::SetRow { table, index, name, value },
                    None => RequestEdit::AddRow { table, name, value },
                })
            }
        }
    }

    /// Where a row is now that was read before the typing began: the file may have been read again meanwhile.
    fn still_there(&self, index: usize, before: &[String]) -> Option<usize> {
        let rows = self.state.sheet().rows;
        let same = rows.iter().filter_map(|row| match row.kind {
            RowKind::Pair { index, .. } if row.cells == before => Some(index),
            _ => None,
        });
        let all: Vec<usize> = same.collect();
        all.iter().copied().find(|found| *found == index).or_else(|| all.first().copied())
    }

    fn write_part(&mut self, index: Option<usize>, fields: &[TextField], texts: &[String]) -> bool {
        let old = index.and_then(|index| {
            let id = self.state.selected_id()?;
            let collection = self.state.workspace.as_ref()?.collection(id)?;
            parts(collection, id.index).into_iter().nth(index)
        });
        // Blanks around the text of a field may be meant.
        let content = match texts[1].strip_prefix("< ").map(str::trim) {
            Some(path) if !path.is_empty() && !path.contains('\n') => PartContent::File(path.to_owned()),
            _ => PartContent::Text(fields[1].text.clone()),
        };
        let content_type = Some(texts[2].clone()).filter(|text| !text.is_empty());
        let old = old.unwrap_or_default();
        // A file name that followed the old file follows the new one.
        let follows = |name: &String| matches!(&old.content, PartContent::File(path) if path.ends_with(name.as_str()));
        let file_name = old.file_name.clone().filter(|name| !follows(name));
        let part = DraftPart { name: texts[0].clone(), content, content_type, file_name, ..old };
        self.change_request(&match index {
            Some(index) => RequestEdit::SetPart { index, part },
            None => RequestEdit::AddPart(part),
        })
    }

    /// Text was pasted into the URL line: a curl command is imported. Tells whether it was one.
    pub(in crate::app::update) fn paste_curl(&mut self, text: &str) -> Handled {
        let is_url = self.types_url();
        let is_head = self.state.editor.input.is_none()
            && self.state.focus == crate::app::state::Panel::Request
            && self.state.layers.is_empty();
        if !(is_url || is_head) {
            return Handled::No;
        }
        if is_command(text) {
            self.state.editor.input = None;
            self.import_curl(text);
            return Handled::Yes;
        }
        if is_head && self.state.editor.row.is_none() && looks_like_url(text) {
            self.begin_url();
            if let Some(Input::Cell(cell)) = &mut self.state.editor.input {
                cell.field_mut().take();
            }
        }
        Handled::No
    }

    /// Is the URL being typed?
    pub(in crate::app::update) fn types_url(&self) -> bool {
        self.state.layers.is_empty() && self.state.editor.cell().is_some_and(|cell| cell.target == CellTarget::Url)
    }

    /// What cannot be imported stays in the URL line.
    pub(super) fn keep_as_url(&mut self, text: &str, problem: crate::model::problem::Problem) {
        self.begin_url();
        if let Some(Input::Cell(cell)) = &mut self.state.editor.input {
            cell.field_mut().take();
            cell.field_mut().insert(text);
        }
        self.notice(Tone::Bad, problem.title.clone());
        self.state.trouble = Some(problem);
    }
}

fn looks_like_url(text: &str) -> bool {
    let text = text.trim();
    !text.contains(char::is_whitespace) && (text.contains("://") || text.starts_with("{{"))
}
