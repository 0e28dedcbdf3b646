//! An application in a chosen situation: fed with keys and messages, never with a terminal.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bearcat::app::App;
use bearcat::app::documents::SaveId;
use bearcat::app::effect::{CompareOrder, Effect};
use bearcat::app::msg::{LoginId, LoginProgress, Msg, RunProgress};
use bearcat::app::state::{AppState, StartOptions};
use bearcat::collection::file::Collection;
use bearcat::collection::workspace::Workspace;
use bearcat::keys::chord::Chord;
use bearcat::model::exchange::{Exchange, RunId};
use bearcat::model::port::{VaultKind, VaultStatus};
use bearcat::model::request::RequestId;
use bearcat::model::time::Timestamp;
use bearcat::ui::picture;

pub struct Stage {
    pub app: App,
    pub now: Timestamp,
    effects: VecDeque<Effect>,
}

impl Stage {
    /// As started, nothing read yet.
    pub fn start(options: StartOptions) -> Self {
        let (app, _) = App::new(options);
        Self { app, now: picture::NOW, effects: VecDeque::new() }
    }

    /// The sample's workspace, signed in, the first request selected.
    pub fn signed_in() -> Self {
        Self { app: picture::signed_in(), now: picture::NOW, effects: VecDeque::new() }
    }

    /// The sample of the picture.
    pub fn sample() -> Self {
        Self { app: picture::sample(), now: picture::NOW, effects: VecDeque::new() }
    }

    /// A workspace of these files, with a working keyring and nobody signed in.
    pub fn with_files(files: &[(&str, &str)]) -> Self {
        Self::start(StartOptions::default()).workspace(Workspace {
            root: "/home/jane/shop".into(),
            collections: files.iter().map(|(path, text)| Collection::parse(Path::new(path), text.as_bytes())).collect(),
            ..Workspace::default()
        })
    }

    /// The sample's workspace with nobody signed in.
    pub fn signed_out() -> Self {
        let mut stage = Self::start(StartOptions::default()).workspace(picture::workspace());
        stage.answer_sessions();
        stage
    }

    pub fn workspace(mut self, workspace: Workspace) -> Self {
        let vault = VaultStatus { kind: VaultKind::Keyring, name: "Secret Service".to_owned(), availability: Ok(()) };
        self.msg(Msg::VaultProbed(vault));
        self.msg(Msg::WorkspaceLoaded(Box::new(workspace)));
        self
    }

    /// All sessions that were asked for do not exist.
    pub fn answer_sessions(&mut self) {
        let asked: Vec<_> = self
            .effects
            .drain(..)
            .filter_map(|effect| match effect {
                Effect::LoadSession(identity) => Some(bearcat::model::session::SessionKey::of(&identity)),
                _ => None,
            })
            .collect();
        for key in asked {
            self.msg(Msg::SessionLoaded { key, result: Ok(None) });
        }
    }

    pub fn state(&self) -> &AppState {
        self.app.state()
    }

    pub fn msg(&mut self, msg: Msg) {
        self.effects.extend(self.app.update(msg, self.now));
    }

    /// Presses keys, written as in the key table and separated by blanks.
    pub fn keys(mut self, keys: &str) -> Self {
        for key in keys.split_whitespace() {
            let chord: Chord = key.parse().unwrap();
            self.msg(Msg::Key(chord));
        }
        self
    }

    pub fn paste(mut self, text: &str) -> Self {
        self.msg(Msg::Paste(text.to_owned()));
        self
    }

    pub fn after(mut self, time: Duration) -> Self {
        self.now = self.now.plus(time);
        self.msg(Msg::Tick);
        self
    }

    pub fn with(mut self, msg: Msg) -> Self {
        self.msg(msg);
        self
    }

    pub fn run(&self) -> RunId {
        let id = self.selected();
        self.state().runs[&id].id
    }

    pub fn selected(&self) -> RequestId {
        self.state().selected_id().unwrap().clone()
    }

    pub fn progress(self, progress: RunProgress) -> Self {
        let id = self.run();
        self.with(Msg::RunProgress { id, progress })
    }

    /// Sends the selected request and gets this.
    pub fn answered(mut self, exchange: Exchange) -> Self {
        self = self.keys("enter");
        self.run_finished(exchange)
    }

    /// The run that goes on gets this.
    pub fn run_finished(self, exchange: Exchange) -> Self {
        let (id, request) = (self.run(), self.selected());
        let outcome = picture::outcome(&self.app, &request, exchange);
        self.with(Msg::RunFinished { id, outcome: Box::new(outcome) })
    }

    /// The comparison that was asked for last.
    pub fn comparison(&self) -> Option<CompareOrder> {
        self.effects.iter().rev().find_map(|effect| match effect {
            Effect::Compare(order) => Some((**order).clone()),
            _ => None,
        })
    }

    /// The id of the sign-in that was asked for last.
    pub fn login(&self) -> LoginId {
        self.state().login().and_then(|login| login.id).unwrap()
    }

    /// The saving that was asked for last.
    pub fn saving(&self) -> (SaveId, PathBuf) {
        let orders = self.effects.iter().rev();
        let mut orders = orders.filter_map(|effect| match effect {
            Effect::SaveFile(order) => Some((order.id, order.path.clone())),
            _ => None,
        });
        orders.next().unwrap()
    }

    pub fn login_progress(self, progress: LoginProgress) -> Self {
        let id = self.login();
        self.with(Msg::LoginProgress { id, progress })
    }
}
