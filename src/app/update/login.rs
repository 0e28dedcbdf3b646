//! Signing in: the vault first, then the attempt, then its messages. A message counts only for the attempt whose id
//! the layer holds; there is one layer, so there is one attempt.

use std::time::Duration;

use crate::app::effect::{Effect, SaveIdentity};
use crate::app::msg::{LoginId, LoginProgress};
use crate::app::session::SessionState;
use crate::app::state::{Layer, LoginForm, LoginLayer, LoginStage, TextField, Tone};
use crate::app::update::run::{Sender, WaitsFor};
use crate::app::view::can_sign_in;
use crate::app::{App, VaultWait};
use crate::model::identity::{Grant, Identity};
use crate::model::port::VaultStatus;
use crate::model::problem::Problem;

/// How long a finished sign-in shows.
const DONE_SHOWS: Duration = Duration::from_millis(1500);

/// The same with something to read in it.
const NOTES_SHOW: Duration = Duration::from_secs(8);

/// RFC 8628 section 3.2: the interval when the provider names none.
const DEFAULT_INTERVAL: Duration = Duration::from_secs(5);

/// More notes than this are not kept.
const MOST_NOTES: usize = 20;

impl LoginLayer {
    /// Adds a note, unless it is the latest already.
    pub(super) fn note(&mut self, text: &str) {
        if self.notes.last().is_some_and(|last| last == text) {
            return;
        }
        self.notes.push(text.to_owned());
        let excess = self.notes.len().saturating_sub(MOST_NOTES);
        self.notes.drain(..excess);
    }
}

impl App {
    pub(super) fn login_mut(&mut self) -> Option<&mut LoginLayer> {
        self.state.layers.iter_mut().find_map(|layer| match layer {
            Layer::Login(login) => Some(&mut **login),
            _ => None,
        })
    }

    /// `l`: the shown identity, else the first that can sign in, else the form.
    pub(super) fn login_shown(&mut self) {
        let shown = self.state.shown_identity().and_then(|name| self.state.identity_named(name));
        let identity = shown.or_else(|| self.state.identities.iter().find(|identity| can_sign_in(identity)));
        self.open_login(identity.cloned());
    }

    /// Opens the sign-in layer: for an identity that can sign in the vault is looked at first.
    pub(super) fn open_login(&mut self, identity: Option<Identity>) {
        self.done_until = None;
        let ready = identity.as_ref().is_some_and(can_sign_in);
        let identity = identity.unwrap_or_else(|| Identity::new("", Grant::DeviceAuthorization));
        let stage = if ready {
            LoginStage::Working("Looking at the vault".to_owned())
        } else {
            LoginStage::Form(LoginForm::of(&identity))
        };
        let layer = LoginLayer { id: None, identity, stage, notes: Vec::new() };
        if self.push(Layer::Login(Box::new(layer))) && ready {
            self.vault_then_sign_in();
        }
    }

    /// Where the tokens will be kept is settled before the user signs in, not after.
    pub(super) fn vault_then_sign_in(&mut self) {
        let available = self.state.vault.as_ref().map(|vault| vault.availability.is_ok());
        match available {
            Some(true) => self.attempt(),
            Some(false) => self.set_stage(LoginStage::ChooseVault { selected: 0, passphrase: None }),
            None => {
                self.vault_wait = VaultWait::Probe;
                self.set_stage(LoginStage::Working("Looking at the vault".to_owned()));
            }
        }
    }

    pub(in crate::app) fn vault_probed(&mut self, status: VaultStatus) {
        let available = status.availability.clone();
        let changed = self
            .state
            .vault
            .as_ref()
            .is_some_and(|old| (old.kind, &old.name) != (status.kind, &status.name) || old.availability.is_err());
        self.state.vault = Some(status);
        if changed && available.is_ok() {
            // What another vault did not hold, or could not tell, this one may.
            self.state.sessions.retain(|_, session| session.view().is_some());
        }
        if std::mem::replace(&mut self.vault_wait, VaultWait::None) == VaultWait::None {
            return;
        }
        match available {
            Ok(()) => self.attempt(),
            Err(error) => {
                if let Some(login) = self.login_mut() {
                    login.note(&error.to_string());
                }
                self.set_stage(LoginStage::ChooseVault { selected: 0, passphrase: None });
            }
        }
    }

    /// Starts an attempt with the layer's identity.
    pub(super) fn attempt(&mut self) {
        let Some(login) = self.state.login() else { return };
        let identity = login.identity.clone();
        match (identity.grant, &identity.pasted) {
            (Grant::Pasted, None) => self.set_stage(LoginStage::Paste(TextField::masked())),
            (Grant::Pasted, Some(token)) => {
                let token = token.clone();
                let id = self.begin("Checking the token");
                self.effect(Effect::PasteToken { id, identity: Box::new(identity), token });
            }
            _ => {
                let id = self.begin("Asking the provider");
                let known = self.state.workspace_knows(&identity.name);
                let save = if known { SaveIdentity::Keep } else { SaveIdentity::UserFile };
                self.effect(Effect::Login { id, identity: Box::new(identity), save });
            }
        }
    }

    /// A new attempt in place of the one that is going on.
    pub(super) fn begin(&mut self, doing: &str) -> LoginId {
        self.stop_attempt();
        let id = self.new_login_id();
        if let Some(login) = self.login_mut() {
            login.id = Some(id);
            login.stage = LoginStage::Working(doing.to_owned());
        }
        id
    }

    /// Cancels the attempt, if one is going on.
    pub(super) fn stop_attempt(&mut self) {
        let active = self.login_mut().filter(|login| login.is_active()).and_then(|login| login.id.take());
        if let Some(id) = active {
            self.effect(Effect::CancelLogin(id));
        }
    }

    pub(super) fn set_stage(&mut self, stage: LoginStage) {
        if let Some(login) = self.login_mut() {
            login.stage = stage;
        }
    }

    /// Cancels the sign-in and closes its layer; what waited for it is not sent.
    pub(super) fn cancel_login(&mut self) {
        self.stop_attempt();
        if self.pending.as_ref().is_some_and(|pending| pending.waits_for == WaitsFor::Login) {
            self.pending = None;
        }
        self.close_login();
    }

    pub(super) fn close_login(&mut self) {
        self.vault_wait = VaultWait::None;
        self.done_until = None;
        self.state.layers.retain(|layer| !matches!(layer, Layer::Login(_)));
    }

    /// The layer, if this is the attempt that it holds and it is going on.
    fn attempt_of(&mut self, id: LoginId) -> Option<&mut LoginLayer> {
        self.login_mut().filter(|login| login.id == Some(id) && login.is_active())
    }

    pub(in crate::app) fn login_progress(&mut self, id: LoginId, progress: LoginProgress) {
        let Some(login) = self.attempt_of(id) else { return };
        match progress {
            LoginProgress::Discovering => login.working("Reading the provider's metadata"),
            LoginProgress::Exchanging => login.working("Exchanging the code for tokens"),
            LoginProgress::Checking => login.working("Checking the tokens"),
            LoginProgress::Storing => login.working("Storing the tokens in the vault"),
            LoginProgress::Note(text) => login.note(&text),
            LoginProgress::DeviceCode { user_code, verification_uri, verification_uri_complete, expires_at } => {
                login.stage = LoginStage::Device {
                    user_code,
                    verification_uri,
                    verification_uri_complete,
                    expires_at,
                    attempt: 0,
                    interval: DEFAULT_INTERVAL,
                };
            }
            LoginProgress::Polled { attempt: polls, interval: pause, note } => {
                if let LoginStage::Device { attempt, interval, .. } = &mut login.stage {
                    (*attempt, *interval) = (polls, pause);
                }
                if let Some(note) = note {
                    login.note(&note);
                }
            }
            LoginProgress::Browser { url, redirect_uri, expires_at } => {
                login.stage = LoginStage::Browser { url: url.clone(), redirect_uri, expires_at, pasted: None };
                self.effect(Effect::OpenBrowser(url));
            }
        }
    }

    pub(in crate::app) fn login_ended(&mut self, id: LoginId, result: Result<Box<Identity>, Problem>) {
        let Some(login) = self.attempt_of(id) else { return };
        login.id = None;
        match result {
            Ok(identity) => {
                login.stage = LoginStage::Done;
                self.signed_in(*identity);
            }
            Err(problem) => login.stage = LoginStage::Failed(problem),
        }
    }

    /// A finished sign-in with notes shows longer.
    pub(super) fn let_notes_be_read(&mut self) {
        self.done_until = Some(self.state.now.plus(NOTES_SHOW));
    }

    fn signed_in(&mut self, identity: Identity) {
        let name = identity.name.clone();
        if !self.state.workspace_knows(&name) {
            self.state.adhoc.retain(|other| other.name != name);
            self.state.adhoc.push(identity);
            self.list_identities();
            // The shell has to know it too, before anything is sent with it.
            self.reload_quietly();
        }
        let mut is_once = false;
        if let Some(pending) = self.pending.as_mut().filter(|pending| pending.waits_for == WaitsFor::Login) {
            pending.identity = name.clone();
            // Who signs in for one request only does not become the current identity.
            if let Sender::Once(once) = &mut pending.order.sender {
                *once = name.clone();
                is_once = true;
            }
        }
        self.state.sessions.insert(name.clone(), SessionState::Loading);
        self.done_until = Some(self.state.now.plus(DONE_SHOWS));
        self.notice(Tone::Good, format!("Signed in as `{name}`"));
        if !is_once {
            self.state.identity = Some(name);
        }
    }
}

impl LoginLayer {
    fn working(&mut self, doing: &str) {
        self.stage = LoginStage::Working(doing.to_owned());
    }
}
