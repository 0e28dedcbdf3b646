//! Runs effects: one task each, answers as messages. A file per effect family.

mod cookies;
mod crash;
mod desktop;
mod export;
mod files;
mod import;
mod lab;
mod login;
mod matrix;
mod probe;
mod run;
mod save;
mod session;
mod variables;
mod workspace;

use std::collections::BTreeMap;
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::app::effect::Effect;
use crate::app::msg::Msg;
use crate::demo::Demo;
use crate::model::exchange::RunId;
use crate::model::port::Trace;
use crate::model::wire::ProviderExchange;
use crate::shell::event_loop::RunEffect;
use crate::shell::services::Services;
use crate::shell::tasks::{TaskKey, TaskTable};

/// How many messages may wait for the loop before tasks are held up.
pub const WAITING: usize = 1024;

/// Starts tasks and knows them by their ids.
pub struct Runner {
    services: Arc<Services>,
    messages: mpsc::Sender<Msg>,
    root: PathBuf,
    tasks: TaskTable,
    demo: Option<Arc<Demo>>,
    pasted: login::PastedCallbacks,
    stops: BTreeMap<RunId, CancellationToken>,
}

impl Runner {
    /// A runner for the workspace at `root`.
    pub fn new(services: Arc<Services>, messages: mpsc::Sender<Msg>, root: PathBuf, demo: Option<Arc<Demo>>) -> Self {
        let pasted = login::PastedCallbacks::default();
        Self { services, messages, root, tasks: TaskTable::default(), demo, pasted, stops: BTreeMap::new() }
    }

    /// Runs `work` as a task and sends its answer.
    fn spawn(&mut self, key: Option<TaskKey>, work: impl Future<Output = Msg> + Send + 'static) {
        let messages = self.messages.clone();
        let waiting = key.clone();
        let task = tokio::spawn(async move {
            let answer = crash::answer(waiting, work).await;
            // The loop has ended: nobody waits for the answer.
            let _ = messages.send(answer).await;
        });
        if let Some(key) = key {
            self.tasks.insert(key, task.abort_handle());
        }
    }
}

impl RunEffect for Runner {
    fn run(&mut self, effect: Effect) {
        match effect {
            Effect::LoadWorkspace => self.load_workspace(),
            Effect::UseText { path, text } => self.services.use_text(&path, text),
            Effect::SaveFile(order) => self.save_file(*order),
            Effect::RenameFile { id, from, to } => self.rename_file(id, from, to),
            Effect::ForgetUnsaved => self.forget_unsaved(),
            Effect::AppendToFile { path, text } => self.append_to_file(path, text),
            Effect::ProbeVault => self.probe_vault(),
            Effect::ChooseVault(request) => self.choose_vault(request),
            Effect::LoadSession(identity) => self.load_session(*identity),
            Effect::RefreshSession(identity) => self.refresh_session(*identity),
            Effect::Logout { identity, browser } => self.logout(*identity, browser),
            Effect::Login { id, identity, save } => self.login(id, *identity, save),
            Effect::CancelLogin(id) => self.cancel_login(id),
            Effect::PasteCallback { id, url } => self.paste_callback(id, &url),
            Effect::PasteToken { id, identity, token } => self.paste_token(id, *identity, token),
            Effect::DemoApprove { user_code } => self.demo_approve(&user_code),
            Effect::Send(request) => self.send(*request),
            Effect::RenewClaims(identity) => self.renew_claims(*identity),
            Effect::AskProvider { id, identity } => self.ask_provider(id, *identity),
            Effect::VerifyToken(order) => self.verify_token(*order),
            Effect::FindCookieTokens { id, environment, url } => self.find_cookie_tokens(id, environment, url),
            Effect::Compare(order) => self.compare(*order),
            Effect::CancelRun(id) => self.tasks.abort(&TaskKey::Run(id)),
            Effect::Probe(request) => self.probe(*request),
            Effect::CancelProbe(id) => self.tasks.abort(&TaskKey::Probe(id)),
            Effect::RunMatrix(request) => self.run_matrix(*request),
            Effect::CancelMatrix(id) => self.tasks.abort(&TaskKey::Matrix(id)),
            Effect::Import { path } => self.import(path),
            Effect::Inspect(request) => self.inspect(*request),
            Effect::StoreSecret { name, value } => self.store_secret(name, value),
            Effect::RememberEnvironment(name) => self.remember_environment(name),
            Effect::EndRun(id) => self.end_run(id),
            Effect::SaveBody(save) => self.save_body(*save),
            Effect::ListCookies { environment } => self.list_cookies(environment),
            Effect::DeleteCookie { environment, cookie } => self.delete_cookie(environment, &cookie),
            Effect::ClearCookies { environment } => self.clear_cookies(environment),
            Effect::Export(order) => self.export(*order),
            Effect::OpenBrowser(url) => self.open_browser(url),
            Effect::Copy { what, text } => self.copy(what, &text),
            // The loop's own.
            Effect::Quit | Effect::Redraw | Effect::OpenEditor { .. } => {}
        }
    }
}

/// Passes the conversations with providers on to the screen.
pub struct ScreenTrace(mpsc::Sender<Msg>);

impl ScreenTrace {
    /// Sends to the loop's messages.
    pub const fn new(messages: mpsc::Sender<Msg>) -> Self {
        Self(messages)
    }
}

impl Trace for ScreenTrace {
    fn record(&self, exchange: ProviderExchange) {
        // A full queue loses a line of the sign-in log, never a sign-in.
        let _ = self.0.try_send(Msg::ProviderSpoken(Box::new(exchange)));
    }
}
