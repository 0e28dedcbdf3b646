//! A small workspace, sessions and outcomes, and [`Stage`]: an application with a clock that tests turn by hand.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use crate::app::App;
use crate::app::effect::{Effect, SendRequest};
use crate::app::hit::HitMap;
use crate::app::msg::{LoginId, LoginProgress, Msg, PromptDefault, PromptQuestion, RunOutcome};
use crate::app::session::{InspectedToken, SessionState, SessionView};
use crate::app::state::{AppState, Layer, LoginStage, Question, RunPhase, StartOptions, Viewports};
use crate::collection::environment::{EnvironmentFile, Environments, Layer as FileLayer, LayerScope, Visibility};
use crate::collection::file::Collection;
use crate::collection::inspect::{Usage, VariableRow};
use crate::collection::workspace::Workspace;
use crate::model::exchange::{Connection, Exchange, ResponseBody, ResponseHead, RunId, SentRequest, Timings};
use crate::model::finding::{Confidence, Finding, Weight};
use crate::model::identity::{Identity, IdentityName};
use crate::model::port::{VaultError, VaultKind, VaultStatus};
use crate::model::problem::{Problem, ProblemKind};
use crate::model::request::{Prompt, RequestId};
use crate::model::session::{SessionKey, TokenSet};
use crate::model::time::Timestamp;
use crate::model::verdict::Verdict;
use crate::model::wire::FieldValue;
use crate::redact::{AccessToken, IdToken, RefreshToken};
use crate::template::VariableSource;
use crate::token::inspect::inspect;
use crate::token::kinde::KindeClaims;

pub const ORDERS: &str = "\
### list orders
GET https://api.example/orders?limit=10

### create order
# @note This makes a real order
POST https://api.example/orders

### ping
# @no-auth
GET https://api.example/ping

### all users
# @auth admin
GET https://api.example/users

### session page
# @auth jane cookie
GET https://api.example/page

### ghost
# @auth nobody
GET https://api.example/ghost
";

pub const REPORTS: &str = "\
### monthly report
GET https://api.example/reports

### yearly report
GET https://api.example/reports/year
";

pub const ENVIRONMENTS: &str = r#"{
  "dev": { "Security": { "Auth": {
    "jane": { "Type": "OAuth2", "Grant Type": "Device Authorization", "Issuer": "https://dev.example", "Client ID": "dev" },
    "admin": { "Type": "OAuth2", "Grant Type": "Authorization Code", "Issuer": "https://dev.example", "Client ID": "web" },
    "robot": { "Type": "OAuth2", "Grant Type": "Client Credentials", "Issuer": "https://dev.example", "Client ID": "m2m" }
  } } },
  "prod": { "Security": { "Auth": {
    "jane": { "Type": "OAuth2", "Grant Type": "Device Authorization", "Issuer": "https://prod.example", "Client ID": "live" }
  } } }
}"#;

pub const START: Timestamp = Timestamp::from_seconds(1_800_000_000);

pub fn environments(text: &str) -> Environments {
    let path = Path::new("http-client.env.json");
    let file = EnvironmentFile::parse(path, text, Visibility::Public);
    let layer = FileLayer { scope: LayerScope::Folder(Path::new("").to_path_buf()), files: vec![file] };
    Environments { layers: vec![layer], ..Environments::default() }
}

pub fn workspace_of(files: &[(&str, &str)], env: &str) -> Workspace {
    let collections = files.iter().map(|(path, text)| Collection::parse(Path::new(path), text.as_bytes())).collect();
    Workspace { collections, environments: environments(env), ..Workspace::default() }
}

pub fn workspace() -> Workspace {
    workspace_of(&[("orders.http", ORDERS), ("reports.http", REPORTS)], ENVIRONMENTS)
}

pub fn request(file: &str, index: usize) -> RequestId {
    RequestId { file: file.into(), index }
}

pub fn name(text: &str) -> IdentityName {
    IdentityName::new(text)
}

pub fn problem(title: &str) -> Problem {
    Problem::new(ProblemKind::Network, title)
}

pub fn vault(availability: Result<(), VaultError>) -> VaultStatus {
    VaultStatus { kind: VaultKind::Keyring, name: "Secret Service".to_owned(), availability }
}

/// A session with all three tokens that ends after `lasts`.
pub fn session(identity: &str, now: Timestamp, lasts: Duration) -> SessionView {
    let access = AccessToken::new(format!("access-token-of-{identity}"));
    let id = IdToken::new(format!("id-token-of-{identity}"));
    let inspected = |token: &str| InspectedToken {
        inspection: inspect(token),
        kinde: KindeClaims::default(),
        verdict: Verdict::default(),
    };
    SessionView {
        identity: name(identity),
        access: inspected(access.expose()),
        id: Some(inspected(id.expose())),
        refresh: None,
        tokens: TokenSet {
            access,
            id: Some(id),
            refresh: Some(RefreshToken::new(format!("refresh-token-of-{identity}"))),
            scope: None,
            obtained_at: now,
            expires_at: Some(now.plus(lasts)),
        },
    }
}

pub const DAY: Duration = Duration::from_hours(24);

pub fn sent(url: &str) -> SentRequest {
    SentRequest { method: "GET".to_owned(), url: Url::parse(url).unwrap(), headers: Vec::new(), body_size: 0 }
}

pub fn head(status: u16) -> ResponseHead {
    ResponseHead {
        status,
        reason: String::new(),
        protocol: "HTTP/1.1".to_owned(),
        headers: vec![("content-type".to_owned(), "text/plain".to_owned())],
        remote_address: None,
    }
}

pub fn outcome(body: &[u8]) -> Box<RunOutcome> {
    let body = ResponseBody { bytes: bytes::Bytes::copy_from_slice(body), ..ResponseBody::default() };
    Box::new(RunOutcome {
        exchange: Exchange {
            at: START,
            request: sent("https://api.example/orders?limit=10"),
            hops: Vec::new(),
            head: head(200),
            body,
            timings: Timings::default(),
            token: None,
            connection: Connection::default(),
            resent_after_refresh: false,
        },
        document: Arc::default(),
        findings: Vec::new(),
        notes: Vec::new(),
        asserts: Vec::new(),
        token: None,
    })
}

/// A prompt of the request that is sent.
pub fn question(variable: &str, last: &str) -> PromptQuestion {
    PromptQuestion {
        prompt: Prompt { name: variable.to_owned(), description: String::new() },
        request: "list orders".to_owned(),
        default: if last.is_empty() { PromptDefault::None } else { PromptDefault::Shown(last.to_owned()) },
    }
}

/// A variable as the shell tells of it.
pub fn variable(text: &str) -> VariableRow {
    VariableRow {
        name: text.to_owned(),
        usage: Usage::NotUsed,
        value: Some(FieldValue::Plain(format!("value of {text}"))),
        source: Some(VariableSource::Dotenv),
        problem: None,
        secret: None,
    }
}

pub fn finding() -> Finding {
    Finding {
        id: "nextjs-cookies-only",
        rows: &[1],
        weight: Weight::Refusal,
        title: "The middleware reads cookies only".to_owned(),
        evidence: Vec::new(),
        confidence: Confidence::Likely,
        fix: Vec::new(),
        remedy: None,
        sample: None,
    }
}

/// An application and its clock.
pub struct Stage {
    pub app: App,
    pub now: Timestamp,
}

impl Stage {
    /// Just started: nothing is known yet.
    pub fn started(options: StartOptions) -> Self {
        let (app, effects) = App::new(options);
        assert_eq!(effects, [Effect::LoadWorkspace, Effect::ProbeVault]);
        let mut stage = Self { app, now: START };
        stage.tell(Msg::Resized { width: 120, height: 40 });
        stage
    }

    /// The workspace is loaded, the vault works, the session of `jane` is being read.
    pub fn loaded() -> Self {
        let mut stage = Self::started(StartOptions::default());
        stage.tell(Msg::VaultProbed(vault(Ok(()))));
        stage.tell(Msg::WorkspaceLoaded(Box::new(workspace())));
        stage.draw();
        stage
    }

    /// Nobody is signed in.
    pub fn signed_out() -> Self {
        let mut stage = Self::loaded();
        stage.session("jane", None);
        stage
    }

    /// `jane` is signed in, for a day.
    pub fn signed_in() -> Self {
        let mut stage = Self::loaded();
        stage.sign_in("jane");
        stage
    }

    pub fn state(&self) -> &AppState {
        self.app.state()
    }

    pub fn tell(&mut self, msg: Msg) -> Vec<Effect> {
        self.app.update(msg, self.now)
    }

    /// Presses keys, given as in the key table, separated by spaces; tells all effects.
    pub fn press(&mut self, keys: &str) -> Vec<Effect> {
        keys.split(' ').flat_map(|key| self.tell(Msg::Key(key.parse().unwrap()))).collect()
    }

    pub fn write(&mut self, text: &str) -> Vec<Effect> {
        text.chars()
            .flat_map(|c| self.tell(Msg::Key(crate::keys::chord::Chord::plain(crate::keys::chord::Key::Char(c)))))
            .collect()
    }

    pub fn wait(&mut self, time: Duration) -> Vec<Effect> {
        self.now = self.now.plus(time);
        self.tell(Msg::Tick)
    }

    /// A frame with twenty rows in every area.
    pub fn draw(&mut self) {
        let viewports = Viewports { tree: 20, request: 20, response: 20, token: 20, layer: 20 };
        self.tell(Msg::Drawn(Box::new(HitMap { viewports, ..HitMap::default() })));
    }

    pub fn identity(&self, identity: &str) -> Identity {
        self.state().identity_named(&name(identity)).unwrap().clone()
    }

    pub fn key(&self, identity: &str) -> SessionKey {
        SessionKey::of(&self.identity(identity))
    }

    pub fn session(&mut self, identity: &str, view: Option<SessionView>) -> Vec<Effect> {
        let key = self.key(identity);
        self.tell(Msg::SessionLoaded { key, result: Ok(view.map(Box::new)) })
    }

    pub fn sign_in(&mut self, identity: &str) -> Vec<Effect> {
        let view = session(identity, self.now, DAY);
        self.session(identity, Some(view))
    }

    pub fn session_of(&self, identity: &str) -> &SessionState {
        self.state().sessions.get(&name(identity)).unwrap_or(&SessionState::Unknown)
    }

    /// Selects a request of `orders.http`.
    pub fn select(&mut self, index: usize) -> Vec<Effect> {
        let at = |stage: &Self| stage.state().selected_id() == Some(&request("orders.http", index));
        let mut effects = self.press("1 home");
        while !at(self) {
            let before = self.state().selected_row;
            effects.extend(self.press("down"));
            assert_ne!(self.state().selected_row, before, "there is no such request");
        }
        effects
    }

    /// Sends the selected request and tells the run.
    pub fn run(&mut self) -> RunId {
        only_send(self.press("enter")).id
    }

    pub fn phase(&self) -> &RunPhase {
        &self.state().current_run().unwrap().phase
    }

    pub fn stage(&self) -> &LoginStage {
        &self.state().login().expect("the sign-in layer is open").stage
    }

    pub fn question(&self) -> &Question {
        match self.state().layers.last() {
            Some(Layer::Confirm(question)) => question,
            other => panic!("no question but {other:?}"),
        }
    }

    pub fn notice(&self) -> &str {
        self.state().notice.as_ref().map(|notice| notice.text.as_str()).unwrap_or_default()
    }

    /// Presses `l` and tells the attempt.
    pub fn login(&mut self) -> LoginId {
        only_login(&self.press("l"))
    }

    pub fn device_code(&mut self, id: LoginId) {
        let progress = LoginProgress::DeviceCode {
            user_code: "ABCD-EFGH".to_owned(),
            verification_uri: Url::parse("https://dev.example/device").unwrap(),
            verification_uri_complete: Some(Url::parse("https://dev.example/device?user_code=ABCD-EFGH").unwrap()),
            expires_at: self.now.plus(Duration::from_mins(10)),
        };
        self.tell(Msg::LoginProgress { id, progress });
    }

    pub fn browser(&mut self, id: LoginId) -> Vec<Effect> {
        let progress = LoginProgress::Browser {
            url: Url::parse("https://dev.example/oauth2/auth?state=x").unwrap(),
            redirect_uri: Url::parse("http://127.0.0.1:53180/callback").unwrap(),
            expires_at: self.now.plus(Duration::from_mins(5)),
        };
        self.tell(Msg::LoginProgress { id, progress })
    }
}

/// The one request that is sent.
pub fn only_send(effects: Vec<Effect>) -> SendRequest {
    let mut sends = effects.into_iter().filter_map(|effect| match effect {
        Effect::Send(send) => Some(*send),
        _ => None,
    });
    let send = sends.next().expect("something is sent");
    assert_eq!(sends.next(), None, "one request is sent");
    send
}

/// The one sign-in that begins.
pub fn only_login(effects: &[Effect]) -> LoginId {
    let logins: Vec<LoginId> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Login { id, .. } | Effect::PasteToken { id, .. } => Some(*id),
            _ => None,
        })
        .collect();
    assert_eq!(logins.len(), 1, "one sign-in begins in {effects:?}");
    logins[0]
}

pub fn sends(effects: &[Effect]) -> usize {
    effects.iter().filter(|effect| matches!(effect, Effect::Send(_))).count()
}
