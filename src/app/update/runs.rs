//! What runs tell: progress, the response, a failure, the question for an origin. A run that is not the latest of
//! its request, or has ended, tells nothing.

use crate::app::App;
use crate::app::effect::Effect;
use crate::app::msg::{Holder, RunOutcome, RunProgress};
use crate::app::session::SessionState;
use crate::app::state::{Follow, Layer, Question, Run, RunPhase, Tone};
use crate::app::update::run::{Order, Sender};
use crate::body::kind;
use crate::model::exchange::RunId;
use crate::model::identity::Origin;
use crate::model::problem::{Problem, ProblemKind};
use crate::model::request::RequestId;

/// How many responses are kept.
const KEPT_RESPONSES: usize = 20;

/// How many bytes of bodies are kept.
const KEPT_BYTES: usize = 64 * 1024 * 1024;

impl App {
    /// The run with this id, if it is still going on.
    fn active_run(&mut self, id: RunId) -> Option<&mut Run> {
        self.state.runs.values_mut().find(|run| run.id == id && run.phase.is_active())
    }

    pub(in crate::app) fn run_progress(&mut self, id: RunId, progress: RunProgress) {
        let is_head = matches!(progress, RunProgress::Head(_));
        let Some(run) = self.active_run(id) else { return };
        run.phase = match (std::mem::replace(&mut run.phase, RunPhase::Preparing), progress) {
            (RunPhase::Receiving { head, document, .. }, RunProgress::Received { received, expected }) => {
                RunPhase::Receiving { head, received, expected, document }
            }
            (RunPhase::Receiving { head, received, expected, .. }, RunProgress::Arriving(document)) => {
                RunPhase::Receiving { head, received, expected, document: Some(document.0) }
            }
            (
                RunPhase::Waiting(request) | RunPhase::Uploading { request, .. },
                RunProgress::Uploading { sent, total },
            ) if sent < total => RunPhase::Uploading { request, sent, total },
            (RunPhase::Uploading { request, .. }, RunProgress::Uploading { .. }) => RunPhase::Waiting(request),
            // Bytes without a head belong to a hop that nobody sees.
            (phase, RunProgress::Received { .. } | RunProgress::Arriving(_) | RunProgress::Uploading { .. }) => phase,
            (_, RunProgress::Refreshing) => RunPhase::Refreshing,
            (_, RunProgress::Sending(sent)) => RunPhase::Waiting(sent),
            (_, RunProgress::Head(head)) => RunPhase::Receiving { head, received: 0, expected: None, document: None },
        };
        if is_head && self.state.current_run().is_some_and(|run| run.id == id) {
            self.follow_current();
        }
    }

    /// Stays at the end of the selected request's body, if that is a stream which arrives.
    pub(super) fn follow_current(&mut self) {
        let arrives = self.state.current_run().is_some_and(|run| match &run.phase {
            RunPhase::Receiving { head, .. } => kind::is_stream(head.header("content-type")),
            _ => false,
        });
        self.state.response_follow = if arrives { Follow::End } else { Follow::Free };
    }

    /// Esc while a body arrives: it ends there, and what has come is the response. A second time: it is given up.
    pub(super) fn end_current(&mut self) -> bool {
        let Some(run) = self.state.current_run() else { return false };
        let id = run.id;
        if !matches!(run.phase, RunPhase::Receiving { .. }) || self.ending == Some(id) {
            return false;
        }
        self.ending = Some(id);
        self.effect(Effect::EndRun(id));
        true
    }

    pub(in crate::app) fn run_finished(&mut self, id: RunId, outcome: Box<RunOutcome>) {
        let Some(request) = self.request_of_active(id) else { return };
        if let Some(run) = self.active_run(id) {
            run.phase = RunPhase::Finished(outcome);
        }
        self.show_awaited_difference(&request);
    }

    pub(in crate::app) fn run_failed(&mut self, id: RunId, problem: Problem) {
        let Some(request) = self.request_of_active(id) else { return };
        let signed_out = problem.kind == ProblemKind::SignIn;
        if let Some(run) = self.active_run(id) {
            run.phase = RunPhase::Failed(problem);
        }
        if signed_out {
            self.doubt_session(&request);
        }
    }

    /// The session that shows was refused: it is read again, so that the next Enter signs in.
    fn doubt_session(&mut self, request: &RequestId) {
        let once = self.state.runs.get(request).and_then(|run| run.once.clone());
        let name = once.or_else(|| self.state.identity_for(self.state.request(request)).cloned());
        if let Some(name) = name
            && matches!(self.state.sessions.get(&name), Some(SessionState::SignedIn(_)))
        {
            self.load_session(&name);
        }
    }

    pub(in crate::app) fn run_needs_origin(&mut self, id: RunId, holder: Holder, origin: &Origin) {
        let Some(request) = self.request_of_active(id) else { return };
        let asked = self
            .state
            .layers
            .iter()
            .any(|layer| matches!(layer, Layer::Confirm(Question::AllowOrigin { run, .. }) if *run == id));
        if asked {
            return;
        }
        let question = Question::AllowOrigin { run: id, request, holder, origin: origin.clone() };
        if !self.push(Layer::Confirm(question)) {
            let problem = Problem::new(ProblemKind::Input, format!("This may not go to `{origin}` yet"));
            self.run_failed(id, problem.hint("Send the request again and answer the question"));
        }
    }

    pub(super) fn request_of_active(&self, id: RunId) -> Option<RequestId> {
        let mut runs = self.state.runs.iter();
        runs.find(|(_, run)| run.id == id && run.phase.is_active()).map(|(request, _)| request.clone())
    }

    /// The user allowed the origin: the same once more.
    pub(super) fn send_to_allowed(&mut self, run: RunId, origin: Origin) {
        let Some(request) = self.request_of_active(run) else { return };
        let Some(order) = self.order_again(request) else { return };
        self.send(Order { allow_origin: Some(origin), ..order });
    }

    /// The same order once more.
    pub(super) fn order_again(&self, request: RequestId) -> Option<Order> {
        let sent = self.sent.get(&request)?;
        let once = self.state.runs.get(&request).and_then(|run| run.once.clone());
        let sender = once.map_or(Sender::Effective, Sender::Once);
        let answers = sent.answers.clone();
        Some(Order { max_redirects: sent.max_redirects, allow_origin: None, sender, request, answers })
    }

    /// The user did not: nothing is sent.
    pub(super) fn refuse_origin(&mut self, run: RunId, origin: &Origin) {
        if let Some(run) = self.active_run(run) {
            run.phase = RunPhase::Cancelled;
            self.notice(Tone::Neutral, format!("Nothing was sent to `{origin}`"));
        }
    }

    /// Drops the oldest responses above the bounds, never the selected request's.
    pub(in crate::app) fn forget_old_runs(&mut self) {
        self.forget_old_former();
        let selected = self.state.selected_id();
        let mut finished: Vec<(RunId, usize)> = self
            .state
            .runs
            .iter()
            .filter(|(request, _)| Some(*request) != selected)
            .filter_map(|(_, run)| Some((run.id, body_size(run)?)))
            .collect();
        let own = self.state.current_run().and_then(body_size);
        let (mut count, mut bytes) = (finished.len() + usize::from(own.is_some()), own.unwrap_or(0));
        bytes += finished.iter().map(|(_, size)| size).sum::<usize>();
        if count <= KEPT_RESPONSES && bytes <= KEPT_BYTES {
            return;
        }
        finished.sort_unstable();
        for (id, size) in finished {
            if count <= KEPT_RESPONSES && bytes <= KEPT_BYTES {
                break;
            }
            self.state.runs.retain(|_, run| run.id != id);
            count -= 1;
            bytes -= size;
        }
    }
}

/// The size of a finished run's body.
fn body_size(run: &Run) -> Option<usize> {
    match &run.phase {
        RunPhase::Finished(outcome) => Some(outcome.exchange.body.bytes.len()),
        _ => None,
    }
}
