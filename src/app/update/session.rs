//! Sessions: loading, refreshing, signing out. A message counts only for the identity as it is defined now.

use crate::app::effect::{BrowserSession, Effect};
use crate::app::session::{SessionState, SessionView};
use crate::app::state::{Layer, LoginStage, Question, Tone};
use crate::app::update::lab::AskedFor;
use crate::app::{App, AutomaticRefresh};
use crate::model::identity::{Grant, Identity, IdentityName};
use crate::model::problem::Problem;
use crate::model::session::SessionKey;
use crate::model::time::Timestamp;
use crate::model::wire::ProviderExchange;

/// How long before the end a session is refreshed.
const REFRESH_AHEAD: std::time::Duration = std::time::Duration::from_mins(1);

/// How long after its end a session is refreshed that the refresh ahead did not renew.
const REFRESH_AFTER: std::time::Duration = std::time::Duration::from_secs(1);

/// How many conversations with providers are kept.
const LOG_LENGTH: usize = 100;

impl App {
    pub(in crate::app) fn session_loaded(
        &mut self,
        key: &SessionKey,
        result: Result<Option<Box<SessionView>>, Problem>,
    ) {
        if !self.is_current(key) {
            return;
        }
        let name = key.identity.clone();
        let old = self.state.sessions.remove(&name).unwrap_or_default();
        if let Ok(Some(view)) = &result {
            self.note_new_token(&name, old.view(), view);
        } else {
            self.asked_tokens.remove(&name);
        }
        let new = match result {
            Ok(Some(view)) => {
                self.tell_lacks(&name, &old, &view);
                SessionState::SignedIn(view)
            }
            Ok(None) => SessionState::SignedOut,
            Err(problem) => self.keep_session(old, problem),
        };
        self.state.sessions.insert(name, new);
    }

    /// What a new session lacks of what was asked for, in the layer of the sign-in.
    fn tell_lacks(&mut self, name: &IdentityName, old: &SessionState, view: &SessionView) {
        let Some(identity) = self.state.identity_named(name).cloned() else { return };
        // What a refresh gave is told where the tokens are compared.
        if matches!(old, SessionState::Refreshing(_)) {
            return;
        }
        let is_this_login = self.state.login().is_some_and(|login| login.identity.name == *name);
        let Some(login) = self.login_mut().filter(|login| is_this_login && matches!(login.stage, LoginStage::Done))
        else {
            return;
        };
        let findings = view.findings_at_login(&identity);
        for finding in &findings {
            login.note(&finding.title);
        }
        if !findings.is_empty() {
            self.let_notes_be_read();
        }
    }

    /// A refresh that failed does not end a session that still holds.
    fn keep_session(&mut self, old: SessionState, problem: Problem) -> SessionState {
        match old {
            SessionState::SignedIn(view) | SessionState::Refreshing(view)
                if view.tokens.expires_at.is_none_or(|end| end > self.state.now) =>
            {
                self.trouble(problem);
                SessionState::SignedIn(view)
            }
            _ => {
                self.notice(Tone::Bad, problem.title.clone());
                SessionState::Failed(problem)
            }
        }
    }

    pub(in crate::app) fn session_refreshing(&mut self, key: &SessionKey) {
        if self.is_current(key) {
            self.mark_refreshing(&key.identity.clone());
        }
    }

    pub(super) fn mark_refreshing(&mut self, name: &IdentityName) {
        if let Some(session) = self.state.sessions.get_mut(name) {
            *session = match std::mem::take(session) {
                SessionState::SignedIn(view) => SessionState::Refreshing(view),
                other => other,
            };
        }
    }

    pub(in crate::app) fn logged_out(&mut self, key: &SessionKey, problem: Option<Problem>) {
        if !self.is_current(key) {
            return;
        }
        self.state.replaced.remove(&key.identity);
        self.state.sessions.insert(key.identity.clone(), SessionState::SignedOut);
        match problem {
            None => self.notice(Tone::Good, format!("`{}` is signed out", key.identity)),
            Some(problem) => self.trouble(problem),
        }
    }

    pub(in crate::app) fn session_note(&mut self, identity: &IdentityName, problem: Problem) {
        let title = problem.title.clone();
        self.trouble(problem);
        self.notice(Tone::Bad, format!("`{identity}`: {title}"));
    }

    pub(in crate::app) fn provider_spoken(&mut self, exchange: ProviderExchange) {
        let log = &mut self.state.sign_in_log;
        log.push_back(exchange);
        while log.len() > LOG_LENGTH {
            log.pop_front();
        }
    }

    /// Is this the session of the identity of that name as it is defined now? Another environment's is not.
    fn is_current(&self, key: &SessionKey) -> bool {
        self.state.identity_named(&key.identity).is_some_and(|identity| SessionKey::of(identity) == *key)
    }

    /// Reads the shown identity's session if it is not known, and refreshes it ahead of its end.
    pub(in crate::app) fn look_after_session(&mut self) {
        let Some(name) = self.state.shown_identity().cloned() else { return };
        match self.state.sessions.get(&name) {
            None | Some(SessionState::Unknown) => self.load_session(&name),
            Some(SessionState::SignedIn(_)) if self.refresh_due().is_some_and(|due| due <= self.state.now) => {
                let end = self.state.current_view().and_then(|view| view.tokens.expires_at);
                let now = self.state.now;
                self.refreshed_for.extend(end.map(|end| (name.clone(), AutomaticRefresh { end, at: now })));
                self.refresh(&name);
            }
            Some(_) => {}
        }
    }

    /// When the shown session is to be refreshed by itself: a minute ahead of its end, and, where that gave the same
    /// token (Kinde returns it until it expires, kinde.md 5.1), right after it. `None`: never, or that was done already.
    pub(in crate::app) fn refresh_due(&self) -> Option<Timestamp> {
        let name = self.state.shown_identity()?;
        let Some(SessionState::SignedIn(view)) = self.state.sessions.get(name) else { return None };
        let end = view.tokens.expires_at?;
        if !self.can_refresh(name) {
            return None;
        }
        match self.refreshed_for.get(name).filter(|last| last.end == end) {
            None => Some(end.minus(REFRESH_AHEAD)),
            Some(last) if last.at < end => Some(end.plus(REFRESH_AFTER)),
            Some(_) => None,
        }
    }

    pub(super) fn load_session(&mut self, name: &IdentityName) {
        let Some(identity) = self.state.identity_named(name).cloned() else { return };
        self.state.sessions.insert(name.clone(), SessionState::Loading);
        self.effect(Effect::LoadSession(Box::new(identity)));
    }

    /// A refresh token, or a client that can ask for a new token at any time.
    fn can_refresh(&self, name: &IdentityName) -> bool {
        let machine = self.state.identity_named(name).is_some_and(|one| one.grant == Grant::ClientCredentials);
        let view = self.state.sessions.get(name).and_then(SessionState::view);
        machine || view.is_some_and(|view| view.tokens.refresh.is_some())
    }

    fn refresh(&mut self, name: &IdentityName) {
        let Some(identity) = self.state.identity_named(name).cloned() else { return };
        self.mark_refreshing(name);
        self.effect(Effect::RefreshSession(Box::new(identity)));
    }

    /// `r`.
    pub(super) fn refresh_shown(&mut self) {
        let Some(name) = self.state.shown_identity().cloned() else {
            return self.notice(Tone::Neutral, "There is no identity to refresh: `l` signs in");
        };
        match self.state.sessions.get(&name) {
            Some(SessionState::SignedIn(_)) if self.can_refresh(&name) => {
                self.asked_tokens.insert(name.clone(), AskedFor::Refresh);
                self.refresh(&name);
            }
            Some(SessionState::SignedIn(_)) => self.notice(
                Tone::Neutral,
                "This session has no refresh token: sign in again (`l`), with the scope `offline` for one that renews",
            ),
            Some(SessionState::Refreshing(_) | SessionState::Loading) => {}
            Some(SessionState::SignedOut) => {
                self.notice(Tone::Neutral, format!("`{name}` is not signed in: `l` signs in"));
            }
            _ => self.load_session(&name),
        }
    }

    /// `L`: asks first.
    pub(super) fn ask_logout(&mut self) {
        match self.state.shown_identity().cloned() {
            Some(name) if self.state.current_view().is_some() => {
                self.push(Layer::Confirm(Question::Logout(name)));
            }
            _ => self.notice(Tone::Neutral, "Nobody is signed in here"),
        }
    }

    pub(super) fn logout(&mut self, name: &IdentityName, browser: BrowserSession) {
        let Some(identity) = self.state.identity_named(name).cloned() else { return };
        self.state.sessions.insert(name.clone(), SessionState::Loading);
        self.effect(Effect::Logout { identity: Box::new(identity), browser });
    }

    /// Sessions belong to an environment's definitions: none of them is known any more.
    pub(super) fn forget_sessions(&mut self) {
        self.state.sessions.clear();
        self.state.replaced.clear();
        self.refreshed_for.clear();
    }

    /// Keeps only the sessions whose identity is still defined the same way.
    pub(super) fn forget_sessions_of_changed(&mut self, before: &[Identity]) {
        let key = |list: &[Identity], name: &IdentityName| {
            list.iter().find(|identity| identity.name == *name).map(SessionKey::of)
        };
        let after = &self.state.identities;
        self.state.sessions.retain(|name, _| key(before, name) == key(after, name));
        self.state.replaced.retain(|name, _| key(before, name) == key(after, name));
    }
}
