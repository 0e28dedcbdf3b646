//! The access matrix as the interface holds it: the plan, what came so far, and what is looked at. Changed by `update`
//! only; it stays when its layer is closed.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::app::msg::RunOutcome;
use crate::app::state::AppState;
use crate::diagnose::matrix::{CellId, CellPlan, CellResult, Judgement, Matrix, Methods, Summary, judge};
use crate::model::identity::IdentityName;
use crate::model::request::RequestBlock;

/// How many bytes of bodies are kept, to be opened in the response panel.
const KEPT_BYTES: usize = 16 * 1024 * 1024;

/// One sending of a matrix or of some of its cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MatrixId(pub u64);

/// The matrix that the layer shows.
#[derive(Debug)]
pub struct MatrixState {
    /// Which requests.
    pub scope: MatrixScope,
    /// Which identities; `None`: all of the environment.
    pub chosen: Option<Vec<IdentityName>>,
    /// May requests be sent that change something? `None`: the user was not asked yet.
    pub methods: Option<Methods>,
    /// In which environment.
    pub environment: Option<String>,
    /// The cells.
    pub plan: Arc<Matrix>,
    /// What came of them, in the order of the plan.
    pub results: Vec<Option<CellResult>>,
    /// The sending that goes on, and how many cells it waits for.
    pub sending: Option<(MatrixId, usize)>,
    /// The selected cell.
    pub selected: CellId,
    /// What of it shows.
    pub face: MatrixFace,
    outcomes: BTreeMap<CellId, Box<RunOutcome>>,
}

/// Which requests a matrix has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MatrixScope {
    /// Those of one file.
    File(PathBuf),
    /// Those of all files.
    All,
}

/// What the layer shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatrixFace {
    /// The grid.
    Grid,
    /// One cell at full length.
    Detail {
        /// Scroll position.
        scroll: usize,
    },
    /// The identities to choose from.
    Identities {
        /// Selected row.
        selected: usize,
    },
}

impl AppState {
    /// The requests of a matrix.
    pub fn matrix_requests(&self, scope: &MatrixScope) -> Vec<&RequestBlock> {
        let Some(workspace) = &self.workspace else { return Vec::new() };
        let collections = workspace.collections.iter().filter(|collection| match scope {
            MatrixScope::File(path) => collection.path == *path,
            // The routes of an app are no files: nobody wrote what to expect of them.
            MatrixScope::All => collection.route(0).is_none(),
        });
        collections.flat_map(|collection| &collection.requests).collect()
    }

    /// The identities that a matrix can have: those of the environment, `anonymous`, and those that `# @expect` names.
    pub fn matrix_identities(&self, scope: &MatrixScope) -> Vec<IdentityName> {
        let mut names: Vec<IdentityName> = self.identities.iter().map(|identity| identity.name.clone()).collect();
        names.push(IdentityName::new(IdentityName::ANONYMOUS));
        for expect in self.matrix_requests(scope).iter().flat_map(|block| &block.directives.expect) {
            if !names.contains(&expect.identity) {
                names.push(expect.identity.clone());
            }
        }
        names
    }
}

impl MatrixState {
    /// A matrix of which nothing was sent.
    pub fn new(scope: MatrixScope, environment: Option<String>, plan: Matrix) -> Self {
        Self {
            scope,
            chosen: None,
            methods: None,
            environment,
            results: vec![None; plan.cells.len()],
            plan: Arc::new(plan),
            sending: None,
            selected: CellId { row: 0, column: 0 },
            face: MatrixFace::Grid,
            outcomes: BTreeMap::new(),
        }
    }

    /// Another plan; results of cells that are in both stay.
    pub fn replan(&mut self, plan: Matrix) {
        let old = std::mem::replace(&mut self.plan, Arc::new(plan));
        let results = std::mem::replace(&mut self.results, vec![None; self.plan.cells.len()]);
        let outcomes = std::mem::take(&mut self.outcomes);
        let known = |id: CellId| {
            let (row, identity) = self.plan.subject(id)?;
            let is_it = |other: &&CellPlan| {
                old.subject(other.id).is_some_and(|(old_row, old_identity)| {
                    (&old_row.request, &old_row.method, &old_row.url) == (&row.request, &row.method, &row.url)
                        && old_identity == identity
                })
            };
            old.cells.iter().find(is_it).map(|plan| plan.id)
        };
        let moved: Vec<(CellId, CellId)> =
            self.plan.cells.iter().filter_map(|plan| Some((known(plan.id)?, plan.id))).collect();
        let mut outcomes = outcomes;
        for (from, to) in moved {
            let index = self.plan.index(to);
            self.results[index] = results.get(old.index(from)).cloned().flatten();
            if let Some(outcome) = outcomes.remove(&from) {
                self.outcomes.insert(to, outcome);
            }
        }
        self.selected.row = self.selected.row.min(self.plan.rows.len().saturating_sub(1));
        self.selected.column = self.selected.column.min(self.plan.columns.len().saturating_sub(1));
    }

    /// What came of a cell.
    pub fn result(&self, id: CellId) -> Option<&CellResult> {
        self.results.get(self.plan.index(id)).and_then(Option::as_ref)
    }

    /// What it means; `None`: still to come.
    pub fn judgement(&self, plan: &CellPlan) -> Option<Judgement> {
        self.result(plan.id).map(|result| judge(&plan.expected, result))
    }

    /// The selected cell.
    pub fn selected_plan(&self) -> Option<&CellPlan> {
        self.plan.cell(self.selected)
    }

    /// The counts.
    pub fn summary(&self) -> Summary {
        Summary::of(&self.plan, &self.results)
    }

    /// Was anything sent yet?
    pub fn is_untouched(&self) -> bool {
        self.sending.is_none() && self.results.iter().all(Option::is_none)
    }

    /// Takes in what came of a cell, with its response while there is room.
    pub fn take(&mut self, id: CellId, result: CellResult, outcome: Option<Box<RunOutcome>>) {
        let index = self.plan.index(id);
        if let Some(place) = self.results.get_mut(index) {
            *place = Some(result);
        }
        self.outcomes.remove(&id);
        let size = |outcome: &RunOutcome| outcome.exchange.body.bytes.len();
        let used: usize = self.outcomes.values().map(|outcome| size(outcome)).sum();
        if let Some(outcome) = outcome.filter(|outcome| used + size(outcome) <= KEPT_BYTES) {
            self.outcomes.insert(id, outcome);
        }
        if let Some((_, waiting)) = &mut self.sending {
            *waiting = waiting.saturating_sub(1);
        }
    }

    /// Forgets what came of these cells: they are sent again.
    pub fn forget(&mut self, cells: &[CellId]) {
        for id in cells {
            let index = self.plan.index(*id);
            if let Some(place) = self.results.get_mut(index) {
                *place = None;
            }
            self.outcomes.remove(id);
        }
    }

    /// The response of a cell, if it was kept.
    pub fn outcome(&self, id: CellId) -> Option<&RunOutcome> {
        self.outcomes.get(&id).map(AsRef::as_ref)
    }
}
