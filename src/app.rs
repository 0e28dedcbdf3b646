//! The application as a state machine: `update` is the only place where its state changes.
//!
//! `App::update(&mut self, msg, now) -> Vec<Effect>` does no I/O and reads no clock; the shell runs the effects
//! and answers with messages. `ui` draws the state.

pub mod completion;
pub mod countdown;
pub mod diff;
pub mod difference;
pub mod documents;
pub mod effect;
pub mod hit;
pub mod lab;
pub mod layers;
pub mod matrix;
pub mod msg;
pub mod preflight;
pub mod preview;
pub mod probe;
pub mod request_editor;
pub mod session;
pub mod state;
pub mod text;
pub mod text_area;
pub mod tick;
pub mod tree;
pub mod update;
pub mod view;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::app::effect::{ActAs, Effect, SendRequest};
use crate::app::hit::HitMap;
use crate::app::msg::{LoginId, Msg};
use crate::app::state::{AppState, StartOptions, TreeRow};
use crate::app::update::editor::Opening;
use crate::app::update::files::{Leaving, Recovered};
use crate::app::update::lab::AskedFor;
use crate::app::update::once::Awaited;
use crate::app::update::run::{Order, Pending};
use crate::model::exchange::RunId;
use crate::model::identity::IdentityName;
use crate::model::request::RequestId;
use crate::model::time::Timestamp;

/// The application.
#[derive(Debug)]
pub struct App {
    state: AppState,
    /// What the last frame drew where.
    hits: HitMap,
    /// Effects of the message at hand.
    outbox: Vec<Effect>,
    next_run: u64,
    next_login: u64,
    next_save: u64,
    next_matrix: u64,
    next_probe: u64,
    /// What the latest run of each request asked for: the origin question sends it again.
    sent: BTreeMap<RequestId, SendRequest>,
    /// The run that was asked to end with what has come.
    ending: Option<RunId>,
    /// A request that waits for a session.
    pending: Option<Pending>,
    /// A request that waits for the answer to its note.
    asked: Option<Order>,
    /// Is the workspace being read?
    reading: Reading,
    /// Does a sign-in wait for the vault's answer?
    vault_wait: VaultWait,
    /// When the sign-in layer that says "done" goes away.
    done_until: Option<Timestamp>,
    /// The latest refresh of each identity's session that happened by itself.
    refreshed_for: BTreeMap<IdentityName, AutomaticRefresh>,
    /// Does the program end when everything is saved?
    leaving: Leaving,
    /// What became of the texts that an earlier run could not save?
    recovered: Recovered,
    /// The editor opens when its file is saved.
    opening: Option<Opening>,
    /// The disk changed while it was being read.
    reread: Reread,
    /// What the notice of the next copy says besides: the variables that an export needs.
    copy_note: Option<String>,
    /// The request to select when the workspace is read next.
    wanted: Option<RequestId>,
    /// Where routes were saved last.
    kept_in: Option<PathBuf>,
    /// A difference that shows when a run has ended.
    awaited: Option<Awaited>,
    /// New tokens that the user asked for, and how.
    asked_tokens: BTreeMap<IdentityName, AskedFor>,
    /// The tree was scrolled after the frame was drawn; it must be drawn once more.
    revealed: bool,
}

/// A refresh that happened by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct AutomaticRefresh {
    /// The end of the token that it was for.
    end: Timestamp,
    /// When it was asked for.
    at: Timestamp,
}

/// Is the workspace being read?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// No.
    Idle,
    /// Yes, and bearcat wanted it.
    Quietly,
    /// Yes, because the user asked: tell how it went.
    Asked,
}

/// Did the disk change while it was being read?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reread {
    /// No.
    No,
    /// Yes: it is read once more.
    Wanted,
}

/// Does a sign-in wait for the vault's answer?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum VaultWait {
    /// No.
    None,
    /// For the first probe.
    Probe,
    /// For the vault that the user chose.
    Choice,
}

impl App {
    /// The application as it starts, and the first things to do.
    pub fn new(options: StartOptions) -> (Self, Vec<Effect>) {
        let act_as = if options.identity.is_some() { ActAs::Chosen } else { ActAs::RequestDecides };
        let state = AppState { environment: options.environment.clone(), act_as, options, ..AppState::default() };
        let app = Self {
            state,
            hits: HitMap::default(),
            outbox: Vec::new(),
            next_run: 0,
            next_login: 0,
            next_save: 0,
            next_matrix: 0,
            next_probe: 0,
            sent: BTreeMap::new(),
            ending: None,
            pending: None,
            asked: None,
            reading: Reading::Quietly,
            vault_wait: VaultWait::None,
            done_until: None,
            refreshed_for: BTreeMap::new(),
            leaving: Leaving::No,
            recovered: Recovered::Nothing,
            opening: None,
            reread: Reread::No,
            copy_note: None,
            wanted: None,
            kept_in: None,
            awaited: None,
            asked_tokens: BTreeMap::new(),
            revealed: false,
        };
        (app, vec![Effect::LoadWorkspace, Effect::ProbeVault])
    }

    /// What is drawn.
    pub const fn state(&self) -> &AppState {
        &self.state
    }

    /// The rows of the tree as they show.
    pub fn tree_rows(&self) -> &[TreeRow] {
        &self.state.rows
    }

    /// The request that is sent as soon as its identity is signed in.
    pub fn pending_send(&self) -> Option<&RequestId> {
        self.pending.as_ref().map(|pending| &pending.order.request)
    }

    /// Takes in what happened and says what is to be done. The only place where the state changes.
    pub fn update(&mut self, msg: Msg, now: Timestamp) -> Vec<Effect> {
        match msg {
            // The frame is drawn already: nothing that shows may change here.
            Msg::Drawn(hits) => self.drawn(*hits),
            msg => {
                self.state.now = now;
                self.revealed = false;
                self.handle(msg);
                self.settle();
            }
        }
        std::mem::take(&mut self.outbox)
    }

    fn handle(&mut self, msg: Msg) {
        match msg {
            Msg::Key(chord) => self.key(chord),
            Msg::Paste(text) => self.paste(&text),
            Msg::Mouse(input) => self.mouse(input),
            Msg::Resized { width, height } => self.state.size = (width, height),
            Msg::Drawn(_) | Msg::Tick => {}
            Msg::WorkspaceLoaded(workspace) => self.workspace_loaded(*workspace),
            Msg::DiskChanged => self.disk_changed(),
            Msg::Unwatched(problem) => self.unwatched(problem),
            Msg::FileSaved { id, path, outcome } => self.file_saved(id, &path, outcome),
            Msg::FileRenamed { id, from, to, result } => self.file_renamed(id, &from, &to, result),
            Msg::EditorClosed(result) => self.editor_closed(result),
            Msg::AppendedToFile { path, result } => self.appended_to_file(&path, result),
            Msg::VaultProbed(status) => self.vault_probed(status),
            Msg::SessionLoaded { key, result } => self.session_loaded(&key, result),
            Msg::SessionRefreshing { key } => self.session_refreshing(&key),
            Msg::LoggedOut { key, problem } => self.logged_out(&key, problem),
            Msg::SessionNote { identity, problem } => self.session_note(&identity, problem),
            Msg::LoginProgress { id, progress } => self.login_progress(id, progress),
            Msg::LoginEnded { id, result } => self.login_ended(id, result),
            Msg::RunProgress { id, progress } => self.run_progress(id, progress),
            Msg::RunFinished { id, outcome } => self.run_finished(id, outcome),
            Msg::RunFailed { id, problem } => self.run_failed(id, problem),
            Msg::RunNeedsOrigin { id, holder, origin } => self.run_needs_origin(id, holder, &origin),
            Msg::RunNeedsAnswers { id, prompts } => self.run_needs_answers(id, prompts),
            Msg::TokenVerified { id, result } => self.token_verified(id, result),
            Msg::CookieTokensFound { id, found } => self.cookie_tokens_found(id, found),
            Msg::ProviderAnswered { id, result } => self.provider_answered(id, result),
            Msg::Compared { id, difference } => self.compared(id, *difference),
            Msg::Imported { path, result } => self.imported(&path, result),
            Msg::VariablesInspected { id, result } => self.variables_inspected(id, result),
            Msg::SecretStored { name, result } => self.secret_stored(&name, result),
            Msg::ProbeProgress { id, step } => self.probe_progress(id, step),
            Msg::ProbeEnded { id, result } => self.probe_ended(id, result),
            Msg::MatrixCell { id, cell } => self.matrix_cell(id, *cell),
            Msg::MatrixEnded { id } => self.matrix_ended(id),
            Msg::CookiesListed { environment, cookies } => self.cookies_listed(environment.as_deref(), cookies),
            Msg::BodySaved { path, result } => self.body_saved(&path, result),
            Msg::ProviderSpoken(exchange) => self.provider_spoken(*exchange),
            Msg::BrowserOpened(result) => self.browser_opened(result),
            Msg::Copied(result) => self.copied(result),
            Msg::Exported { what, result } => self.exported(what, result),
            Msg::Trouble(problem) => self.shell_trouble(problem),
        }
    }

    /// What follows from the state and the time, whatever the message was.
    fn settle(&mut self) {
        self.expire();
        self.look_after_session();
        self.resume_pending();
        self.open_when_saved();
        self.forget_old_runs();
    }

    fn new_run_id(&mut self) -> RunId {
        self.next_run += 1;
        RunId(self.next_run)
    }

    fn new_login_id(&mut self) -> LoginId {
        self.next_login += 1;
        LoginId(self.next_login)
    }

    fn effect(&mut self, effect: Effect) {
        self.outbox.push(effect);
    }
}
