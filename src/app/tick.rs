//! When the screen changes by itself: countdowns, spinners, notices that go away. Nothing else wakes bearcat, so an
//! idle screen costs nothing.

use std::time::Duration;

use crate::app::App;
use crate::app::countdown::changes_in;
use crate::app::lab::{Live, Verification};
use crate::app::layers::ImportStage;
use crate::app::session::SessionState;
use crate::app::state::{AppState, Layer, LoginLayer, LoginStage};
use crate::model::time::Timestamp;

/// Between two steps of a spinner.
const SPINNER: Duration = Duration::from_millis(100);

/// The shortest wait: a clock that stands still must not make the loop spin.
const SHORTEST: Duration = Duration::from_millis(1);

impl App {
    /// How long the shell may sleep before [`crate::app::msg::Msg::Tick`] is due, reckoned from the last message.
    /// `None`: nothing changes by itself.
    pub fn wants_tick(&self) -> Option<Duration> {
        let state = &self.state;
        let spinner = (spins(state) || self.revealed).then_some(SPINNER);
        let notice = state.notice.as_ref().map(|notice| notice.until.since(state.now));
        let done = self.done_until.map(|until| until.since(state.now));
        let login = state.login().and_then(deadline).and_then(|until| changes_in(state.now, until));
        let waits = [spinner, notice, done, login, self.session_changes_in()];
        waits.into_iter().flatten().min().map(|wait| wait.max(SHORTEST))
    }

    /// When the countdown of the shown session changes, or its refresh is due.
    fn session_changes_in(&self) -> Option<Duration> {
        let view = self.state.current_view()?;
        let expires_at = view.tokens.expires_at?;
        let countdown = changes_in(self.state.now, expires_at);
        let refresh = self.refresh_due().map(|due| due.since(self.state.now)).filter(|wait| !wait.is_zero());
        countdown.into_iter().chain(refresh).min()
    }
}

fn spins(state: &AppState) -> bool {
    let session = matches!(state.current_session(), Some(SessionState::Loading | SessionState::Refreshing(_)));
    let login = state.login().is_some_and(|login| matches!(login.stage, LoginStage::Working(_)));
    let list = matches!(state.layers.last(), Some(Layer::Identities { .. } | Layer::Once(_)))
        && state.sessions.values().any(|session| matches!(session, SessionState::Loading));
    let inspects = matches!(state.layers.last(), Some(Layer::Variables(variables)) if variables.rows.is_none());
    let imports =
        matches!(state.layers.last(), Some(Layer::Import(import)) if matches!(import.stage, ImportStage::Running));
    let matrix = matches!(state.layers.last(), Some(Layer::Matrix))
        && state.matrix.as_ref().is_some_and(|matrix| matrix.sending.is_some());
    let probe = matches!(state.layers.last(), Some(Layer::Probe(probe)) if probe.is_running());
    let compares = matches!(state.layers.last(), Some(Layer::Difference(layer)) if layer.difference.is_none());
    let asks = matches!(state.layers.last(), Some(Layer::Lab(lab))
        if lab.looking.is_some()
            || matches!(lab.live, Live::Asking(_))
            || matches!(lab.verification, Verification::Running { .. }));
    state.workspace.is_none()
        || matrix
        || probe
        || asks
        || compares
        || imports
        || inspects
        || session
        || login
        || list
        || state.has_active_run()
}

/// When the code or the listener of a sign-in ends.
const fn deadline(login: &LoginLayer) -> Option<Timestamp> {
    match login.stage {
        LoginStage::Device { expires_at, .. } | LoginStage::Browser { expires_at, .. } => Some(expires_at),
        _ => None,
    }
}
