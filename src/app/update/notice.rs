//! Notices, and what goes away by itself.

use std::time::Duration;

use crate::app::state::{Layer, LoginStage, Notice, Tone};
use crate::app::{App, Reading};
use crate::model::problem::Problem;

/// How long a notice stays.
const SHORT: Duration = Duration::from_secs(4);

/// How long bad news stay.
const LONG: Duration = Duration::from_secs(8);

impl App {
    /// Shows a line for a while.
    pub(super) fn notice(&mut self, tone: Tone, text: impl Into<String>) {
        let stay = if tone == Tone::Bad { LONG } else { SHORT };
        self.state.notice = Some(Notice { tone, text: text.into(), until: self.state.now.plus(stay) });
    }

    /// Something in the shell went wrong. If it was the reading of the workspace, that may be asked for again.
    pub(in crate::app) fn shell_trouble(&mut self, problem: Problem) {
        self.reading = Reading::Idle;
        self.trouble(problem);
    }

    /// Changes on disk are not noticed.
    pub(in crate::app) fn unwatched(&mut self, problem: Problem) {
        self.trouble(problem);
    }

    /// Tells of a problem in one line and keeps it whole for the problem layer.
    pub(super) fn trouble(&mut self, problem: Problem) {
        self.notice(Tone::Bad, problem.title.clone());
        self.state.trouble = Some(problem);
    }

    pub(in crate::app) fn browser_opened(&mut self, result: Result<(), Problem>) {
        let Err(problem) = result else { return };
        match self.login_mut() {
            Some(login) => login.note("The browser could not be opened: open the URL yourself (`u` copies it)"),
            None => self.trouble(problem),
        }
    }

    pub(in crate::app) fn copied(&mut self, result: Result<&'static str, Problem>) {
        match result {
            Ok(what) => {
                let more = self.copy_note.take().unwrap_or_default();
                self.notice(Tone::Good, format!("Copied the {what}{more}"));
            }
            Err(problem) => {
                self.copy_note = None;
                self.trouble(problem);
            }
        }
    }

    /// Takes away the notice and the finished sign-in layer when their time is over.
    pub(in crate::app) fn expire(&mut self) {
        let now = self.state.now;
        if self.state.notice.as_ref().is_some_and(|notice| notice.until <= now) {
            self.state.notice = None;
        }
        if self.done_until.is_some_and(|until| until <= now) {
            self.done_until = None;
            self.state
                .layers
                .retain(|layer| !matches!(layer, Layer::Login(login) if matches!(login.stage, LoginStage::Done)));
        }
    }
}
