//! What the session keeper has to say, in the user's words.

use crate::app::msg::Msg;
use crate::auth::keeper::KeeperNotice;
use crate::model::identity::IdentityName;
use crate::model::problem::{Problem, ProblemKind};

fn parts(notice: &KeeperNotice) -> (&IdentityName, Problem) {
    match notice {
        KeeperNotice::NotStored { identity, error } => {
            let problem = error.problem();
            let title = format!("The new tokens of `{identity}` could not be stored");
            let detail = format!("{}\nThey are kept in memory, and storing them is tried again", problem.detail);
            (identity, Problem::new(ProblemKind::Vault, title).detail(detail).hint(problem.hint))
        }
        KeeperNotice::StoredAtLast { identity } => {
            (identity, Problem::new(ProblemKind::Vault, format!("The tokens of `{identity}` are stored now")))
        }
        KeeperNotice::Postponed { identity, error } => {
            let problem = error.problem();
            let title = format!("The session of `{identity}` could not be refreshed yet: {}", problem.title);
            (identity, Problem { title, ..problem })
        }
        KeeperNotice::Note { identity, text } => (identity, Problem::new(ProblemKind::Other, text.clone())),
    }
}

/// The notice as a message to the application.
pub fn message(notice: &KeeperNotice) -> Msg {
    let (identity, problem) = parts(notice);
    Msg::SessionNote { identity: identity.clone(), problem }
}

/// The notice as text for standard error.
pub fn text(notice: &KeeperNotice) -> String {
    parts(notice).1.to_string()
}
