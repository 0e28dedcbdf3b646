//! The access matrix: planned from the texts as they are edited, sent by the shell, looked at cell by cell.

use crate::app::App;
use crate::app::effect::{Effect, MatrixRequest};
use crate::app::matrix::{MatrixFace, MatrixId, MatrixScope, MatrixState};
use crate::app::msg::{MatrixCell, RunOutcome};
use crate::app::state::{Layer, Panel, Question, Run, RunPhase, Tone};
use crate::app::update::scroll::Step;
use crate::collection::draft::RowState;
use crate::collection::edit::{self, RequestEdit, Table};
use crate::diagnose::matrix::{CellId, CellResult, Matrix, MatrixInput, Methods};
use crate::keys::action::Action;
use crate::model::identity::IdentityName;
use crate::model::request::RequestId;

impl App {
    /// `M`: the matrix of the selected file; what was sent before is still there.
    pub(super) fn open_matrix(&mut self) {
        let Some(file) = self.selected_file() else {
            return self.notice(Tone::Neutral, "Select a request or a file first");
        };
        let is_current = self.state.matrix.as_ref().is_some_and(|matrix| {
            let fits = matrix.scope == MatrixScope::All || matrix.scope == MatrixScope::File(file.clone());
            (fits && matrix.environment == self.state.environment) || matrix.sending.is_some()
        });
        if is_current {
            self.replan_matrix();
        } else {
            let scope = MatrixScope::File(file);
            let plan = self.planned_matrix(&scope, None, Methods::SafeOnly);
            self.state.matrix = Some(Box::new(MatrixState::new(scope, self.state.environment.clone(), plan)));
        }
        self.push(Layer::Matrix);
    }

    fn planned_matrix(&self, scope: &MatrixScope, chosen: Option<&[IdentityName]>, methods: Methods) -> Matrix {
        let all = self.state.matrix_identities(scope);
        let columns: Vec<IdentityName> = match chosen {
            Some(chosen) => all.iter().filter(|name| chosen.contains(name)).cloned().collect(),
            None => all,
        };
        let mut known: Vec<IdentityName> = self.state.identities.iter().map(|identity| identity.name.clone()).collect();
        known.push(IdentityName::new(IdentityName::ANONYMOUS));
        let requests = self.state.matrix_requests(scope);
        Matrix::plan(&MatrixInput { requests: &requests, columns: &columns, known: &known, methods })
    }

    /// Plans anew from the texts as they are now; not while cells are under way.
    fn replan_matrix(&mut self) {
        let Some(matrix) = self.state.matrix.as_ref().filter(|matrix| matrix.sending.is_none()) else { return };
        let methods = matrix.methods.unwrap_or_default();
        let plan = self.planned_matrix(&matrix.scope, matrix.chosen.as_deref(), methods);
        if let Some(matrix) = &mut self.state.matrix {
            matrix.replan(plan);
        }
    }

    /// An action in the layer.
    pub(super) fn matrix_action(&mut self, action: Action) {
        let Some(face) = self.state.matrix.as_ref().map(|matrix| matrix.face) else { return self.drop_matrix_layer() };
        match (face, action) {
            (_, Action::Back) => self.leave_matrix(),
            (_, Action::RunAll) => self.ask_all_cells(),
            (_, Action::RunFailed) => self.send_failed_cells(),
            (MatrixFace::Identities { .. }, Action::Accept | Action::ToggleRow) => self.toggle_matrix_identity(),
            (MatrixFace::Detail { .. }, Action::Accept) => self.open_cell(),
            (MatrixFace::Grid, Action::Accept) => self.look_at_cell(),
            (MatrixFace::Grid | MatrixFace::Detail { .. }, Action::ExpectSeen) => self.expect_seen(),
            (MatrixFace::Grid, Action::MatrixIdentities) => self.show_matrix_identities(),
            (MatrixFace::Grid, Action::MatrixScope) => self.switch_matrix_scope(),
            (MatrixFace::Grid, Action::CellLeft) => self.select_column(|column, _| column.saturating_sub(1)),
            (MatrixFace::Grid, Action::CellRight) => self.select_column(|column, last| (column + 1).min(last)),
            (_, Action::Up) => self.matrix_step(Step::Up(1)),
            (_, Action::Down) => self.matrix_step(Step::Down(1)),
            (_, Action::PageUp) => self.matrix_step(Step::PageUp),
            (_, Action::PageDown) => self.matrix_step(Step::PageDown),
            (_, Action::First) => self.matrix_step(Step::First),
            (_, Action::Last) => self.matrix_step(Step::Last),
            _ => {}
        }
    }

    pub(super) fn matrix_step(&mut self, step: Step) {
        let view = self.state.viewports.layer;
        let content = self.state.contents.map(|contents| contents.layer);
        let identities = match &self.state.matrix {
            Some(matrix) => self.state.matrix_identities(&matrix.scope).len(),
            None => 0,
        };
        let Some(matrix) = &mut self.state.matrix else { return };
        let rows = matrix.plan.rows.len();
        match &mut matrix.face {
            MatrixFace::Grid => matrix.selected.row = step.selected(matrix.selected.row, rows, view),
            MatrixFace::Detail { scroll } => *scroll = step.scrolled(*scroll, view, content),
            MatrixFace::Identities { selected } => *selected = step.selected(*selected, identities, view),
        }
    }

    fn select_column(&mut self, go: impl FnOnce(usize, usize) -> usize) {
        if let Some(matrix) = &mut self.state.matrix {
            matrix.selected.column = go(matrix.selected.column, matrix.plan.columns.len().saturating_sub(1));
        }
    }

    /// A cell, or a row of the list of identities, was pressed.
    pub(super) fn press_matrix(&mut self, index: usize) {
        let Some(matrix) = &mut self.state.matrix else { return };
        match matrix.face {
            MatrixFace::Grid => {
                if let Some(plan) = matrix.plan.cells.get(index) {
                    let id = plan.id;
                    let was_selected = matrix.selected == id;
                    matrix.selected = id;
                    if was_selected {
                        self.look_at_cell();
                    }
                }
            }
            MatrixFace::Detail { .. } => {}
            MatrixFace::Identities { .. } => {
                matrix.face = MatrixFace::Identities { selected: index };
                self.toggle_matrix_identity();
            }
        }
    }

    /// Esc: stops the sending, else one step back, else closes the layer.
    pub(super) fn leave_matrix(&mut self) {
        let Some(matrix) = &mut self.state.matrix else { return self.drop_matrix_layer() };
        if matrix.face != MatrixFace::Grid {
            matrix.face = MatrixFace::Grid;
            return self.replan_matrix();
        }
        match matrix.sending.take() {
            Some((id, _)) => {
                self.effect(Effect::CancelMatrix(id));
                self.notice(Tone::Neutral, "Cancelled: what had come stays");
            }
            None => self.drop_matrix_layer(),
        }
    }

    fn drop_matrix_layer(&mut self) {
        self.state.layers.retain(|layer| !matches!(layer, Layer::Matrix));
    }

    /// Enter: the first time sends, then shows the cell at full length.
    fn look_at_cell(&mut self) {
        let Some(matrix) = &mut self.state.matrix else { return };
        if matrix.is_untouched() {
            return self.ask_all_cells();
        }
        matrix.face = MatrixFace::Detail { scroll: 0 };
    }

    /// `R`: all cells; before any that may change something, the user is asked.
    fn ask_all_cells(&mut self) {
        self.replan_matrix();
        let Some(matrix) = self.state.matrix.as_ref().filter(|matrix| matrix.sending.is_none()) else { return };
        let unsafe_rows: Vec<String> =
            matrix.plan.rows_on_request().map(|row| format!("{} {}", row.method, row.label)).collect();
        if unsafe_rows.is_empty() {
            return self.send_all_cells(Methods::SafeOnly);
        }
        let identities = matrix.plan.columns.len();
        self.push(Layer::Confirm(Question::SendUnsafe { requests: unsafe_rows, identities }));
    }

    /// The answer to the question, or none was needed.
    pub(super) fn send_all_cells(&mut self, methods: Methods) {
        let Some(matrix) = &mut self.state.matrix else { return };
        matrix.methods = Some(methods);
        self.replan_matrix();
        let Some(matrix) = &self.state.matrix else { return };
        let cells = matrix.plan.cells.iter().map(|plan| plan.id).collect();
        self.send_cells(cells);
    }

    /// `r`.
    fn send_failed_cells(&mut self) {
        self.replan_matrix();
        let Some(matrix) = self.state.matrix.as_ref().filter(|matrix| matrix.sending.is_none()) else { return };
        if matrix.is_untouched() {
            return self.ask_all_cells();
        }
        let failed = matrix.plan.failed(&matrix.results);
        if failed.is_empty() {
            return self.notice(Tone::Good, "There is nothing to send again: no cell is wrong or without an answer");
        }
        self.send_cells(failed);
    }

    fn send_cells(&mut self, cells: Vec<CellId>) {
        self.next_matrix += 1;
        let id = MatrixId(self.next_matrix);
        let Some(matrix) = self.state.matrix.as_mut().filter(|_| !cells.is_empty()) else { return };
        matrix.forget(&cells);
        matrix.sending = Some((id, cells.len()));
        matrix.face = MatrixFace::Grid;
        let request = MatrixRequest {
            id,
            matrix: matrix.plan.clone(),
            cells,
            environment: matrix.environment.clone(),
            methods: matrix.methods.unwrap_or_default(),
            carriers: self.state.carriers.clone(),
        };
        self.effect(Effect::RunMatrix(Box::new(request)));
    }

    pub(in crate::app) fn matrix_cell(&mut self, id: MatrixId, cell: MatrixCell) {
        if let Some(matrix) = self.sending_matrix(id) {
            matrix.take(cell.id, cell.result, cell.outcome);
        }
    }

    pub(in crate::app) fn matrix_ended(&mut self, id: MatrixId) {
        let Some(matrix) = self.sending_matrix(id) else { return };
        matrix.sending = None;
        let line = matrix.summary().line();
        if !matches!(self.state.layers.last(), Some(Layer::Matrix)) {
            self.notice(Tone::Neutral, format!("The matrix is done: {line}"));
        }
        self.replan_matrix();
    }

    fn sending_matrix(&mut self, id: MatrixId) -> Option<&mut MatrixState> {
        self.state.matrix.as_deref_mut().filter(|matrix| matrix.sending.is_some_and(|(sending, _)| sending == id))
    }

    fn show_matrix_identities(&mut self) {
        if let Some(matrix) = self.state.matrix.as_mut() {
            if matrix.sending.is_some() {
                return self.notice(Tone::Neutral, "Cells are under way: esc cancels them");
            }
            matrix.face = MatrixFace::Identities { selected: 0 };
        }
    }

    fn toggle_matrix_identity(&mut self) {
        let Some(matrix) = &self.state.matrix else { return };
        let MatrixFace::Identities { selected } = matrix.face else { return };
        let all = self.state.matrix_identities(&matrix.scope);
        let Some(name) = all.get(selected).cloned() else { return };
        let mut chosen = matrix.chosen.clone().unwrap_or_else(|| all.clone());
        match chosen.iter().position(|known| *known == name) {
            Some(_) if chosen.len() == 1 => {
                return self.notice(Tone::Neutral, "One identity has to stay");
            }
            Some(at) => {
                chosen.remove(at);
            }
            None => chosen.push(name),
        }
        let is_all = all.iter().all(|name| chosen.contains(name));
        if let Some(matrix) = &mut self.state.matrix {
            matrix.chosen = (!is_all).then_some(chosen);
        }
        self.replan_matrix();
    }

    /// `f`: all files, or the one that is selected in the tree.
    fn switch_matrix_scope(&mut self) {
        let file = self.selected_file();
        let Some(matrix) = &mut self.state.matrix else { return };
        if matrix.sending.is_some() {
            return self.notice(Tone::Neutral, "Cells are under way: esc cancels them");
        }
        matrix.scope = match (&matrix.scope, file) {
            (MatrixScope::File(_), _) => MatrixScope::All,
            (MatrixScope::All, Some(file)) => MatrixScope::File(file),
            (MatrixScope::All, None) => return,
        };
        self.replan_matrix();
    }

    /// Enter in the detail: the response in its panel, as if it had just come.
    fn open_cell(&mut self) {
        let Some(matrix) = &self.state.matrix else { return };
        let Some((row, identity)) = matrix.plan.subject(matrix.selected) else { return };
        let identity = identity.clone();
        let (request, outcome) = (row.request.clone(), matrix.outcome(matrix.selected).cloned());
        let Some(outcome) = outcome else {
            let why = match matrix.result(matrix.selected) {
                Some(CellResult::Answered(_)) => "The response was too large to keep: send the request by itself",
                _ => "There is no response to open",
            };
            return self.notice(Tone::Neutral, why);
        };
        self.show_response_of(&request, identity, outcome);
    }

    fn show_response_of(&mut self, request: &RequestId, identity: IdentityName, outcome: RunOutcome) {
        self.cancel_run_of(request);
        let id = self.new_run_id();
        // The panel says as whom it was sent, where that is not who sends it otherwise.
        let is_usual = self.state.identity_for(self.state.request(request)) == Some(&identity);
        let once = (!is_usual).then_some(identity);
        let run = Run { id, started_at: self.state.now, phase: RunPhase::Finished(Box::new(outcome)), once };
        if let Some(old) = self.state.runs.insert(request.clone(), run) {
            self.keep_former(request, old);
        }
        if let Some(matrix) = &mut self.state.matrix {
            matrix.face = MatrixFace::Grid;
        }
        self.drop_matrix_layer();
        self.show_request(Some(request));
        self.state.response_scroll = crate::app::state::Scroll::default();
        self.focus(Panel::Response);
    }

    /// `e`: what came is what is expected from now on; an edit like any other.
    fn expect_seen(&mut self) {
        let Some(matrix) = &self.state.matrix else { return };
        let Some((row, identity)) = matrix.plan.subject(matrix.selected) else { return };
        let Some(CellResult::Answered(answer)) = matrix.result(matrix.selected) else {
            return self.notice(Tone::Neutral, "There is no answer to expect");
        };
        let (request, value) = (row.request.clone(), format!("{identity} {}", answer.status));
        let collection = self.state.workspace.as_ref().and_then(|workspace| workspace.collection(&request));
        let rows = collection.map(|collection| edit::rows(collection, request.index, Table::Directives));
        let written = rows.unwrap_or_default().iter().position(|row| {
            let is_theirs = row.value.split_whitespace().next() == Some(identity.as_str());
            row.name == "expect" && row.state == RowState::Enabled && is_theirs
        });
        let (table, name) = (Table::Directives, "expect".to_owned());
        let change = match written {
            Some(index) => RequestEdit::SetRow { table, index, name, value: value.clone() },
            None => RequestEdit::AddRow { table, name, value: value.clone() },
        };
        match self.edit_request(&request, &change) {
            Ok(()) => {
                self.notice(Tone::Good, format!("`# @expect {value}`: not saved yet; `u` takes it back"));
                self.replan_matrix();
            }
            Err(error) => self.refused(&error),
        }
    }
}
