//! Runs: one request, sent once (and once more after a refresh).

use tokio_util::sync::CancellationToken;

use crate::app::difference;
use crate::app::effect::{CompareOrder, SendRequest};
use crate::app::msg::{Msg, RunProgress};
use crate::http::engine::stop::stoppable;
use crate::model::exchange::RunId;
use crate::shell::effects::Runner;
use crate::shell::send::{self, SendError};
use crate::shell::tasks::TaskKey;

/// Signals that are kept; those of older runs have no use any more.
const KEPT_STOPS: usize = 64;

impl Runner {
    pub(super) fn send(&mut self, request: SendRequest) {
        let services = self.services.clone();
        let messages = self.messages.clone();
        let id = request.id;
        let stop = CancellationToken::new();
        self.stops.insert(id, stop.clone());
        while self.stops.len() > KEPT_STOPS {
            self.stops.pop_first();
        }
        self.spawn(Some(TaskKey::Run(id)), async move {
            let progress = |progress: RunProgress| {
                // Progress is for the eye; a full queue may lose some.
                let _ = messages.try_send(Msg::RunProgress { id, progress });
            };
            crate::shell::run::test_panic("BEARCAT_TEST_TASK_PANIC");
            let workspace = services.workspace();
            let order = send::Order::from(request);
            match stoppable(stop, Box::pin(send::send(&services, &workspace, order, &progress))).await {
                Ok(sent) => {
                    if let Some((key, view)) = sent.renewed {
                        let _ = messages.send(Msg::SessionLoaded { key, result: Ok(Some(view)) }).await;
                    }
                    Msg::RunFinished { id, outcome: Box::new(sent.outcome) }
                }
                Err(SendError::OriginNotAllowed { holder, origin }) => Msg::RunNeedsOrigin { id, holder, origin },
                Err(SendError::NeedsAnswers(prompts)) => Msg::RunNeedsAnswers { id, prompts },
                Err(error @ SendError::UnsafeMethod { .. }) => Msg::RunFailed { id, problem: error.problem() },
                Err(SendError::Problem(problem)) => Msg::RunFailed { id, problem },
            }
        });
    }

    /// Compares two responses: large bodies take their time, so not on the loop.
    pub(super) fn compare(&mut self, order: CompareOrder) {
        self.spawn(None, async move {
            let id = order.id;
            let work = tokio::task::spawn_blocking(move || difference::compare(&order.old, &order.new));
            // A panic of the work is the task's, which tells of it.
            let difference = Box::new(work.await.expect("the comparison ends"));
            Msg::Compared { id, difference }
        });
    }

    /// Ends the body of a run; a run that cannot be ended is stopped.
    pub(super) fn end_run(&mut self, id: RunId) {
        match self.stops.remove(&id) {
            Some(stop) => stop.cancel(),
            None => self.tasks.abort(&TaskKey::Run(id)),
        }
    }
}
