//! The answer of a task that panicked: whoever waits for it is told, instead of waiting for ever.
//!
//! [`super::Runner`] runs all its tasks through [`answer`]. The panic hook has written the report by then, and has left
//! the terminal to the loop, which goes on.

use std::future::Future;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;

use crate::app::msg::{Msg, SaveOutcome};
use crate::app::probe::ProbeRefusal;
use crate::model::problem::{Problem, ProblemKind};
use crate::shell::tasks::TaskKey;
use crate::shell::terminal;

/// What `work` answers; after a panic, the failure of what it worked for.
pub(super) async fn answer(key: Option<TaskKey>, work: impl Future<Output = Msg>) -> Msg {
    // Nothing of the work is looked at after a panic; what it shares is behind locks that bear poisoning.
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|_| failure(key))
}

fn failure(key: Option<TaskKey>) -> Msg {
    let detail = match terminal::last_report() {
        Some(place) => format!("The report (without secrets) is in {place}"),
        None => "No report could be written".to_owned(),
    };
    let problem = Problem::new(ProblemKind::Other, "This failed because of a bug in bearcat")
        .detail(detail)
        .hint("Please report it; everything else goes on");
    match key {
        Some(TaskKey::Login(id)) => Msg::LoginEnded { id, result: Err(problem) },
        Some(TaskKey::Run(id)) => Msg::RunFailed { id, problem },
        Some(TaskKey::Save(id, path)) => Msg::FileSaved { id, path, outcome: SaveOutcome::Failed(problem) },
        Some(TaskKey::Rename(id, from, to)) => Msg::FileRenamed { id, from, to, result: Err(problem) },
        Some(TaskKey::Session(key)) => Msg::SessionLoaded { key, result: Err(problem) },
        Some(TaskKey::Probe(id)) => Msg::ProbeEnded { id, result: Err(ProbeRefusal::Failed(problem)) },
        Some(TaskKey::Matrix(_)) | None => Msg::Trouble(problem),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::msg::LoginId;
    use crate::model::exchange::RunId;

    async fn panicking() -> Msg {
        panic!("as the test wants it");
    }

    #[tokio::test]
    async fn a_panic_ends_what_the_task_worked_for() {
        assert!(matches!(answer(Some(TaskKey::Run(RunId(7))), panicking()).await, Msg::RunFailed { id: RunId(7), .. }));
        let login = answer(Some(TaskKey::Login(LoginId(3))), panicking()).await;
        assert!(matches!(login, Msg::LoginEnded { id: LoginId(3), result: Err(_) }));
        assert!(matches!(answer(None, panicking()).await, Msg::Trouble(_)));
        assert!(matches!(answer(None, async { Msg::Tick }).await, Msg::Tick));
    }
}
