//! Probing a route from the interface: what is asked, how far it is, and the report. Changed by `update` only.

use crate::diagnose::probe::judge::RouteReport;
use crate::model::identity::Origin;
use crate::model::problem::Problem;
use crate::model::request::RequestId;

/// One probing of a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProbeId(pub u64);

/// How far a probing is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeStep {
    /// What is being sent.
    pub title: String,
    /// How many were sent before.
    pub done: usize,
    /// How many there are.
    pub total: usize,
}

/// Why nothing was probed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProbeRefusal {
    /// Forged tokens go to this origin only after a confirmation.
    NeedsConfirmation(Origin),
    /// Anything else.
    Failed(Problem),
}

/// The layer.
#[derive(Debug, Clone)]
pub struct ProbeLayer {
    /// The probing whose answers count.
    pub id: ProbeId,
    /// The request.
    pub request: RequestId,
    /// What it is called.
    pub title: String,
    /// Origins that the user confirmed.
    pub confirmed: Vec<Origin>,
    /// How far it is.
    pub stage: ProbeStage,
}

/// How far the layer is.
#[derive(Debug, Clone)]
pub enum ProbeStage {
    /// The user is asked, the second time about an origin beyond this machine.
    Asking(Option<Origin>),
    /// Tokens are sent.
    Running(Option<ProbeStep>),
    /// It cannot be done.
    Failed(Problem),
    /// The report.
    Done {
        /// What was found.
        report: Box<RouteReport>,
        /// Selected row: the judgements, then the probes.
        selected: usize,
        /// Scroll position of the selected row's detail, while that shows.
        detail: Option<usize>,
    },
}

impl ProbeLayer {
    /// Are tokens being sent?
    pub const fn is_running(&self) -> bool {
        matches!(self.stage, ProbeStage::Running(_))
    }
}
