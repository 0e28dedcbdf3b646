//! Sending: from Enter to [`Effect::Send`]. A request may have to wait for the answer to its note, for its session
//! to be read, or for a sign-in; at most one waits at a time.

use crate::app::App;
use crate::app::effect::{ActAs, Answer, Effect, SendRequest};
use crate::app::session::SessionState;
use crate::app::state::{Follow, Layer, LoginStage, Question, ResponseTab, Run, RunPhase, Scroll, Tone, TreeRow};
use crate::model::exchange::RunId;
use crate::model::identity::{IdentityName, Origin};
use crate::model::request::{RequestId, TokenCarrier};

/// How many redirects `f` follows.
const FOLLOWED: u32 = 5;

/// What to send, before it is known that it can be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Which request.
    pub request: RequestId,
    /// Override of the redirects to follow.
    pub max_redirects: Option<u32>,
    /// An origin that was just allowed.
    pub allow_origin: Option<Origin>,
    /// Who sends it.
    pub sender: Sender,
    /// Answers to its prompts.
    pub answers: Vec<Answer>,
}

/// Who sends a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sender {
    /// As the state says.
    Effective,
    /// This one, this once, whatever the request says (but `# @no-auth`); `anonymous` sends no token.
    Once(IdentityName),
}

impl Sender {
    /// Nobody: this once without a token.
    pub fn anonymous() -> Self {
        Self::Once(IdentityName::new(IdentityName::ANONYMOUS))
    }

    /// As whom, if it is this once only.
    pub const fn once(&self) -> Option<&IdentityName> {
        match self {
            Self::Effective => None,
            Self::Once(name) => Some(name),
        }
    }
}

/// A request that waits for a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// What to send.
    pub order: Order,
    /// Whose session.
    pub identity: IdentityName,
    /// What it waits for.
    pub waits_for: WaitsFor,
}

/// What a request waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitsFor {
    /// The session is being read; the run shows already.
    Session(RunId),
    /// The user signs in.
    Login,
}

impl Order {
    /// The request as the state says.
    pub const fn of(request: RequestId) -> Self {
        Self { request, max_redirects: None, allow_origin: None, sender: Sender::Effective, answers: Vec::new() }
    }
}

impl Pending {
    /// The same for a request that has a new place in its file.
    pub fn moved_to(self, request: RequestId) -> Self {
        Self { order: Order { request, ..self.order }, ..self }
    }
}

impl App {
    /// Enter: sends the selected request; on a collection, folds or unfolds it.
    pub(super) fn send_selected(&mut self) {
        match self.state.rows.get(self.state.selected_row) {
            Some(TreeRow::Request(id)) => self.order(Order::of(id.clone())),
            Some(TreeRow::Collection { .. }) => self.fold(None),
            None => self.notice(Tone::Neutral, "There is no request to send"),
        }
    }

    /// `f`.
    pub(super) fn send_following(&mut self) {
        match self.state.selected_id().cloned() {
            Some(id) => self.order(Order { max_redirects: Some(FOLLOWED), ..Order::of(id) }),
            None => self.notice(Tone::Neutral, "Select a request first"),
        }
    }

    /// Sends, after asking for the note if there is one.
    pub(super) fn order(&mut self, order: Order) {
        let note = self.state.request(&order.request).and_then(|request| request.directives.note.clone());
        match note {
            Some(note) => {
                let question = Question::SendNote { request: order.request.clone(), note };
                self.asked = Some(order);
                self.push(Layer::Confirm(question));
            }
            None => self.send(order),
        }
    }

    /// Sends, unless the session has to be read first or the user has to sign in first: a request that says an
    /// identity must not silently go out without its token.
    pub(super) fn send(&mut self, order: Order) {
        let Some(request) = self.state.request(&order.request) else { return };
        let brings_own = request.has_own_authorization() && self.state.carrier_of(request) == TokenCarrier::Bearer;
        let name = match &order.sender {
            _ if brings_own => None,
            Sender::Once(name) => Some(name.clone()).filter(|name| !name.is_anonymous()),
            Sender::Effective => self.state.identity_for(Some(request)).cloned(),
        };
        // A name that nothing defines is the shell's to report, with the places where it looked.
        let Some(name) = name.filter(|name| self.state.identity_named(name).is_some()) else {
            return self.dispatch(order);
        };
        match self.state.sessions.get(&name) {
            Some(SessionState::SignedIn(_) | SessionState::Refreshing(_)) => self.dispatch(order),
            Some(SessionState::Loading) => self.hold(order, name),
            Some(SessionState::SignedOut) => self.sign_in_first(order, &name),
            None | Some(SessionState::Unknown | SessionState::Failed(_)) => {
                self.load_session(&name);
                self.hold(order, name);
            }
        }
    }

    /// Starts the run and waits for the session before anything is sent.
    fn hold(&mut self, order: Order, identity: IdentityName) {
        self.drop_pending();
        let run = self.start_run(&order);
        self.pending = Some(Pending { order, identity, waits_for: WaitsFor::Session(run) });
    }

    fn sign_in_first(&mut self, order: Order, name: &IdentityName) {
        let Some(identity) = self.state.identity_named(name).cloned() else { return };
        self.drop_pending();
        self.pending = Some(Pending { order, identity: name.clone(), waits_for: WaitsFor::Login });
        self.open_login(Some(identity));
        if let Some(login) = self.login_mut() {
            login.note(&format!("Sign in as `{name}` first, then the request is sent (`a`: send it without a token)"));
        }
    }

    fn dispatch(&mut self, order: Order) {
        let id = self.start_run(&order);
        let send = self.as_sent(id, order);
        self.sent.insert(send.request.clone(), send.clone());
        self.effect(Effect::Send(Box::new(send)));
    }

    /// An order with what the state says of how it is sent.
    pub(super) fn as_sent(&self, id: RunId, order: Order) -> SendRequest {
        let anonymous = order.sender.once().is_some_and(IdentityName::is_anonymous);
        let (identity, act_as) = match order.sender {
            Sender::Once(name) => (Some(name), ActAs::Chosen),
            Sender::Effective => (self.state.identity.clone(), self.state.act_as),
        };
        SendRequest {
            id,
            environment: self.state.environment.clone(),
            identity,
            act_as,
            carrier: self.state.carriers.get(&order.request).copied().filter(|_| !anonymous),
            max_redirects: order.max_redirects,
            allow_origin: order.allow_origin,
            request: order.request,
            answers: order.answers,
        }
    }

    /// A new run in place of the request's old one, which is cancelled if it is still going on.
    fn start_run(&mut self, order: &Order) -> RunId {
        let request = &order.request;
        self.cancel_run_of(request);
        let id = self.new_run_id();
        let once = order.sender.once().cloned();
        let run = Run { id, started_at: self.state.now, phase: RunPhase::Preparing, once };
        if let Some(old) = self.state.runs.insert(request.clone(), run) {
            self.keep_former(request, old);
        }
        if self.state.selected_id() == Some(request) {
            self.state.response_scroll = Scroll::default();
            self.state.response_follow = Follow::Free;
            self.state.response_tab = ResponseTab::Body;
        }
        id
    }

    /// Stops the run of a request, whether it was sent or waits; tells whether there was one.
    pub(super) fn cancel_run_of(&mut self, request: &RequestId) -> bool {
        let Some(run) = self.state.runs.get_mut(request).filter(|run| run.phase.is_active()) else { return false };
        let id = run.id;
        run.phase = RunPhase::Cancelled;
        self.stop(id);
        true
    }

    /// Stops a run whose request is gone.
    pub(super) fn abandon(&mut self, run: &Run) {
        if run.phase.is_active() {
            self.stop(run.id);
        }
    }

    fn stop(&mut self, id: RunId) {
        match &self.pending {
            Some(pending) if pending.waits_for == WaitsFor::Session(id) => self.pending = None,
            _ => self.effect(Effect::CancelRun(id)),
        }
    }

    /// Nothing waits any more; a run that only waited is cancelled.
    pub(super) fn drop_pending(&mut self) {
        let Some(pending) = self.pending.take() else { return };
        if let WaitsFor::Session(id) = pending.waits_for
            && let Some(run) = self.state.runs.values_mut().find(|run| run.id == id)
        {
            run.phase = RunPhase::Cancelled;
        }
    }

    /// Goes on with the request that waits, when what it waits for has come.
    pub(in crate::app) fn resume_pending(&mut self) {
        // A new identity is known to the shell only when the workspace was read again.
        if self.reading != super::super::Reading::Idle {
            return;
        }
        let Some(pending) = &self.pending else { return };
        let session = self.state.sessions.get(&pending.identity);
        match (session, pending.waits_for) {
            (Some(SessionState::SignedIn(_) | SessionState::Refreshing(_)), WaitsFor::Session(_)) => {
                self.take_pending_and_send();
            }
            (Some(SessionState::SignedIn(_) | SessionState::Refreshing(_)), WaitsFor::Login)
                if self.state.login().is_none_or(|login| matches!(login.stage, LoginStage::Done)) =>
            {
                self.close_login();
                self.take_pending_and_send();
            }
            (Some(SessionState::SignedOut), WaitsFor::Session(_)) => self.take_pending_and_send(),
            (Some(SessionState::Failed(problem)), WaitsFor::Session(id)) => {
                let problem = problem.clone();
                self.pending = None;
                self.run_failed(id, problem);
            }
            (Some(SessionState::Failed(_)), WaitsFor::Login) if self.state.login().is_none() => self.pending = None,
            _ => {}
        }
    }

    fn take_pending_and_send(&mut self) {
        let Some(pending) = self.pending.take() else { return };
        if let WaitsFor::Session(id) = pending.waits_for {
            self.state.runs.retain(|_, run| run.id != id);
        }
        self.send(pending.order);
    }

    /// `a` in the sign-in layer.
    pub(super) fn send_anonymously(&mut self) {
        let Some(pending) = self.pending.take() else { return };
        self.cancel_login();
        self.send(Order { sender: Sender::anonymous(), ..pending.order });
    }
}
