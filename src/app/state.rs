//! The application's state: what `update` changes and `ui` draws. No I/O, no clock, no terminal types.

use std::collections::VecDeque;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use crate::app::difference::FormerResponse;
use crate::app::documents::Documents;
use crate::app::effect::ActAs;
use crate::app::lab::{LabLayer, ReplacedToken};
use crate::app::layers::{
    ConflictLayer, DifferenceLayer, ImportLayer, KeepLayer, OnceLayer, PromptLayer, PromptsLayer, SaveLayer,
    VariablesLayer, WhyLayer,
};
use crate::app::matrix::MatrixState;
use crate::app::msg::{Holder, LoginId, RunOutcome};
use crate::app::probe::ProbeLayer;
use crate::app::request_editor::RequestEditor;
use crate::app::request_editor::sheet::Choice;
use crate::app::session::SessionState;
use crate::body::document::Document;
use crate::collection::workspace::Workspace;
use crate::model::cookie::CookieView;
use crate::model::exchange::{ResponseHead, RunId, SentRequest};
use crate::model::identity::{Grant, Identity, IdentityName, Origin};
use crate::model::port::VaultStatus;
use crate::model::problem::Problem;
use crate::model::request::{RequestId, TokenCarrier};
use crate::model::session::TokenKind;
use crate::model::time::Timestamp;
use crate::model::wire::ProviderExchange;

/// Which panel has the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Panel {
    /// The workspace tree.
    #[default]
    Tree,
    /// The request.
    Request,
    /// The response.
    Response,
    /// The tokens.
    Token,
}

impl Panel {
    /// In the order of `Tab`.
    pub const ALL: [Self; 4] = [Self::Tree, Self::Request, Self::Response, Self::Token];
}

/// Tabs of the request panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum RequestTab {
    /// Query parameters.
    #[default]
    Params,
    /// Headers.
    Headers,
    /// Body.
    Body,
    /// Identity, carrier, requirements, allowed origins.
    Auth,
    /// Directives and scripts that are not run.
    Directives,
}

impl RequestTab {
    /// In order.
    pub const ALL: [Self; 5] = [Self::Params, Self::Headers, Self::Body, Self::Auth, Self::Directives];
}

/// Tabs of the response panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ResponseTab {
    /// The body, pretty.
    #[default]
    Body,
    /// The headers.
    Headers,
    /// Timing, protocol, address, sizes, redirect hops.
    Timing,
    /// The request as it was sent, masked.
    Sent,
}

impl ResponseTab {
    /// In order.
    pub const ALL: [Self; 4] = [Self::Body, Self::Headers, Self::Timing, Self::Sent];
}

/// A scroll position: first visible line and first visible column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scroll {
    /// First visible line.
    pub line: usize,
    /// First visible column.
    pub column: usize,
}

/// A row of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TreeRow {
    /// A collection; `problems` counts what could not be read in it.
    Collection {
        /// Index in the workspace.
        index: usize,
        /// Folded?
        folded: Folded,
    },
    /// A request.
    Request(RequestId),
}

/// Open or closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Folded {
    /// Its children show.
    #[default]
    Open,
    /// Its children are hidden.
    Closed,
}

/// Is the filter of the tree being typed?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FilterMode {
    /// It has the keys.
    Typing,
    /// It stays, the tree has the keys.
    #[default]
    Applied,
}

/// How far a run has come.
#[derive(Debug, Clone)]
pub enum RunPhase {
    /// Variables are filled, the session is looked up.
    Preparing,
    /// The session is refreshed first.
    Refreshing,
    /// Sent, or being sent.
    Waiting(Box<SentRequest>),
    /// A large body goes out.
    Uploading {
        /// The request.
        request: Box<SentRequest>,
        /// Bytes so far.
        sent: u64,
        /// All of them.
        total: u64,
    },
    /// The body arrives.
    Receiving {
        /// The head.
        head: Box<ResponseHead>,
        /// Bytes so far.
        received: u64,
        /// Bytes announced.
        expected: Option<u64>,
        /// What can be read of it already.
        document: Option<Arc<Document>>,
    },
    /// All is there.
    Finished(Box<RunOutcome>),
    /// It failed.
    Failed(Problem),
    /// The user stopped it.
    Cancelled,
}

impl RunPhase {
    /// Is it still going on?
    pub const fn is_active(&self) -> bool {
        matches!(
            self,
            Self::Preparing | Self::Refreshing | Self::Waiting(_) | Self::Uploading { .. } | Self::Receiving { .. }
        )
    }
}

/// The latest run of a request.
#[derive(Debug, Clone)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// When it began.
    pub started_at: Timestamp,
    /// How far it has come.
    pub phase: RunPhase,
    /// As whom it is sent, where that is this once only.
    pub once: Option<IdentityName>,
}

/// The sign-in layer.
#[derive(Debug, Clone)]
pub struct LoginLayer {
    /// The attempt that goes on; `None` before it begins and after it has ended.
    pub id: Option<LoginId>,
    /// Who signs in (the draft, while the form is filled in).
    pub identity: Identity,
    /// Where it stands.
    pub stage: LoginStage,
    /// Things to know, newest last.
    pub notes: Vec<String>,
}

/// Where a sign-in stands.
#[derive(Debug, Clone)]
pub enum LoginStage {
    /// The form: issuer, client, grant, audience. `field` has the cursor.
    Form(LoginForm),
    /// No safe vault: choose memory or an encrypted file before signing in.
    ChooseVault {
        /// Which line is selected.
        selected: usize,
        /// The passphrase, while it is typed.
        passphrase: Option<TextField>,
    },
    /// Talking to the provider before anything can be shown.
    Working(String),
    /// The device code is on screen.
    Device {
        /// What the user types.
        user_code: String,
        /// Where.
        verification_uri: Url,
        /// With the code in it.
        verification_uri_complete: Option<Url>,
        /// When it stops working.
        expires_at: Timestamp,
        /// Polls so far.
        attempt: u32,
        /// Time between polls.
        interval: Duration,
    },
    /// The browser has to come back.
    Browser {
        /// The authorisation URL.
        url: Url,
        /// What must be registered.
        redirect_uri: Url,
        /// When bearcat stops listening.
        expires_at: Timestamp,
        /// The callback URL, while it is pasted.
        pasted: Option<TextField>,
    },
    /// A token is pasted.
    Paste(TextField),
    /// It failed; Enter tries again.
    Failed(Problem),
    /// Done: shown for a moment, any key closes.
    Done,
}

/// The choices when there is no safe vault, in the order of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VaultOption {
    /// Forgotten at exit.
    Memory,
    /// A file, encrypted with a passphrase.
    EncryptedFile,
    /// Ask the keyring again.
    KeyringAgain,
}

impl VaultOption {
    /// In the order of the rows.
    pub const ALL: [Self; 3] = [Self::Memory, Self::EncryptedFile, Self::KeyringAgain];
}

/// The fields of the sign-in form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FormField {
    /// Issuer or domain.
    Issuer,
    /// Client id.
    ClientId,
    /// Audience.
    Audience,
    /// Name of the identity.
    Name,
    /// Which grant; not a text.
    Grant,
}

/// The sign-in form.
#[derive(Debug, Clone, Default)]
pub struct LoginForm {
    /// Which field has the cursor: an index into [`LoginForm::fields`].
    pub focused: usize,
    /// Issuer or domain.
    pub issuer: TextField,
    /// Client id.
    pub client_id: TextField,
    /// Audience.
    pub audience: TextField,
    /// Name of the identity.
    pub name: TextField,
    /// Which grant: 0 device, 1 browser (PKCE), 2 pasted token.
    pub grant: usize,
    /// What is wrong with the form.
    pub problem: Option<String>,
}

impl LoginForm {
    /// The fields from top to bottom.
    pub const fn fields() -> [FormField; 5] {
        [FormField::Issuer, FormField::ClientId, FormField::Audience, FormField::Name, FormField::Grant]
    }

    /// The grants that the form offers, by [`LoginForm::grant`].
    pub const fn grants() -> [Grant; 3] {
        [Grant::DeviceAuthorization, Grant::AuthorizationCode, Grant::Pasted]
    }

    /// The field with the cursor.
    pub fn focused_field(&self) -> FormField {
        let fields = Self::fields();
        fields[self.focused.min(fields.len() - 1)]
    }

    /// The text of a field; `None` for the grant.
    pub const fn text(&self, field: FormField) -> Option<&TextField> {
        match field {
            FormField::Issuer => Some(&self.issuer),
            FormField::ClientId => Some(&self.client_id),
            FormField::Audience => Some(&self.audience),
            FormField::Name => Some(&self.name),
            FormField::Grant => None,
        }
    }
}

/// A one-line text input. The cursor is a byte index on a character boundary.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct TextField {
    /// The text.
    pub text: String,
    /// Byte index of the cursor.
    pub cursor: usize,
    /// Is it drawn masked?
    pub masked: Masked,
}

/// Is a text drawn as dots?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Masked {
    /// As it is.
    #[default]
    No,
    /// As dots.
    Yes,
}

impl std::fmt::Debug for TextField {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.masked {
            Masked::No => write!(f, "TextField({:?})", self.text),
            Masked::Yes => f.write_str("TextField(…)"),
        }
    }
}

/// A question that must be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// Quit while runs or a sign-in are going on?
    Quit,
    /// Log out? `browser` also ends the provider's session.
    Logout(IdentityName),
    /// Send this token or secret to an origin that is not allowed for it yet?
    AllowOrigin {
        /// The run that waits.
        run: RunId,
        /// Its request.
        request: RequestId,
        /// Whose token, or which secret.
        holder: Holder,
        /// Where to.
        origin: Origin,
    },
    /// Quit while these files are not saved?
    Unsaved(Vec<PathBuf>),
    /// Take up the texts of these files that an earlier run could not save?
    Recover(Vec<PathBuf>),
    /// Revoke the access token, to get one with today's claims?
    RenewClaims(IdentityName),
    /// Delete a request?
    DeleteRequest(RequestId),
    /// Delete a file?
    DeleteFile(PathBuf),
    /// The request has a `# @note`: really send?
    SendNote {
        /// Which.
        request: RequestId,
        /// The note.
        note: String,
    },
    /// Some requests of a matrix may change something.
    SendUnsafe {
        /// Method and name of each.
        requests: Vec<String>,
        /// As how many identities.
        identities: usize,
    },
}

/// A popup. They are stacked; the top one has the keys.
#[derive(Debug, Clone)]
pub enum Layer {
    /// Sign-in.
    Login(Box<LoginLayer>),
    /// Keys, generated from the action table.
    Help {
        /// Scroll position.
        scroll: usize,
    },
    /// A question.
    Confirm(Question),
    /// A problem at full length.
    Problem(Problem),
    /// Choose the identity to act as.
    Identities {
        /// Selected row.
        selected: usize,
    },
    /// Choose the environment.
    Environments {
        /// Selected row.
        selected: usize,
    },
    /// Choose what the request or the file is copied as.
    Export {
        /// Selected row.
        selected: usize,
    },
    /// Every conversation with the provider, redacted.
    SignInLog {
        /// Selected row.
        selected: usize,
        /// Scroll position of the detail.
        scroll: usize,
    },
    /// Why was it refused: the findings at full length.
    Why(Box<WhyLayer>),
    /// The prompts of a request.
    Prompts(Box<PromptsLayer>),
    /// The variables of a request.
    Variables(Box<VariablesLayer>),
    /// The cookies of the chosen environment.
    Cookies {
        /// What the jar holds; `None` until it is known.
        cookies: Option<Vec<CookieView>>,
        /// Selected row.
        selected: usize,
    },
    /// Where to save a body.
    SaveBody(Box<SaveLayer>),
    /// One line is asked for.
    Prompt(Box<PromptLayer>),
    /// The file that a request moves to.
    Files {
        /// The request.
        request: RequestId,
        /// Selected row.
        selected: usize,
    },
    /// A file has changed on both sides.
    Conflict(Box<ConflictLayer>),
    /// Save routes to a file.
    Keep(Box<KeepLayer>),
    /// Who sends the request, this once?
    Once(OnceLayer),
    /// What differs between two responses.
    Difference(Box<DifferenceLayer>),
    /// Any token, explained.
    Lab(Box<LabLayer>),
    /// Something of the request is chosen: its method, the kind of its body, who signs it.
    Pick {
        /// What.
        choice: Choice,
        /// What was typed.
        query: TextField,
        /// Selected row.
        selected: usize,
    },
    /// Importing other tools' files.
    Import(Box<ImportLayer>),
    /// The access matrix, [`AppState::matrix`].
    Matrix,
    /// Probing a route.
    Probe(Box<ProbeLayer>),
    /// The command palette.
    Palette {
        /// What was typed.
        query: TextField,
        /// Selected row.
        selected: usize,
    },
}

/// Does the response panel stay at the end of a body that grows?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Follow {
    /// It stays where it was scrolled to.
    #[default]
    Free,
    /// The last lines always show.
    End,
}

/// A short-lived line above the status bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Good or bad.
    pub tone: Tone,
    /// The text.
    pub text: String,
    /// Gone after this.
    pub until: Timestamp,
}

/// Good or bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tone {
    /// It worked.
    Good,
    /// To know.
    Neutral,
    /// It did not work.
    Bad,
}

/// What the demo environment adds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoInfo {
    /// The demo's issuer.
    pub issuer: Url,
    /// The demo's API.
    pub api: Url,
}

/// How the application is started.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StartOptions {
    /// `--env`.
    pub environment: Option<String>,
    /// `--as`.
    pub identity: Option<IdentityName>,
    /// `bearcat demo`.
    pub demo: Option<DemoInfo>,
    /// The environment that was chosen last in this folder; `--env` wins.
    pub remembered_environment: Option<String>,
    /// Texts that an earlier run could not save.
    pub recovered: Vec<(PathBuf, Arc<[u8]>)>,
    /// The request to select at start.
    pub open: Option<RequestId>,
}

/// The state that `ui` draws.
#[derive(Debug, Default)]
pub struct AppState {
    /// The workspace; `None` until it has been read.
    pub workspace: Option<Workspace>,
    /// Texts that differ from the disk, and the history of edits.
    pub documents: Documents,
    /// How it was started.
    pub options: StartOptions,
    /// The panel with the keys.
    pub focus: Panel,
    /// Selected row of the tree.
    pub selected_row: usize,
    /// First visible row of the tree.
    pub tree_offset: usize,
    /// Folded collections, by index.
    pub folded: BTreeMap<usize, Folded>,
    /// The rows of the tree as they show: folds and filter applied. Kept up to date by `update`.
    pub rows: Vec<TreeRow>,
    /// The filter of the tree (`/`), while it is set.
    pub filter: Option<TextField>,
    /// Is the filter being typed?
    pub filter_mode: FilterMode,
    /// Tab of the request panel.
    pub request_tab: RequestTab,
    /// Scroll of the request panel.
    pub request_scroll: Scroll,
    /// What is selected and typed in the request panel.
    pub editor: RequestEditor,
    /// Tab of the response panel.
    pub response_tab: ResponseTab,
    /// Scroll of the response panel.
    pub response_scroll: Scroll,
    /// Does the response's body stay at its end?
    pub response_follow: Follow,
    /// Tab of the token panel.
    pub token_tab: Option<TokenKind>,
    /// Scroll of the token panel.
    pub token_scroll: Scroll,
    /// The chosen environment.
    pub environment: Option<String>,
    /// The environments to choose from.
    pub environments: Vec<String>,
    /// The current identity.
    pub identity: Option<IdentityName>,
    /// The identities of the environment, then those of [`Self::adhoc`]; without `anonymous`.
    pub identities: Vec<Identity>,
    /// Does the current identity win over what requests say (chosen with `a` or `--as`)?
    pub act_as: ActAs,
    /// Identities that were signed in from the form and are not in the workspace (yet).
    pub adhoc: Vec<Identity>,
    /// What is wrong with the identities of the environment.
    pub identity_problems: Vec<Problem>,
    /// Sessions by identity.
    pub sessions: BTreeMap<IdentityName, SessionState>,
    /// Where the user allowed an identity's token to go, until bearcat ends.
    pub allowed_origins: BTreeSet<(IdentityName, Origin)>,
    /// What the access token before the latest said, of each session.
    pub replaced: BTreeMap<IdentityName, ReplacedToken>,
    /// The issuer that a token was last verified against in the lab.
    pub last_issuer: Option<String>,
    /// The latest run of each request.
    pub runs: BTreeMap<RequestId, Run>,
    /// Responses that newer ones have replaced, oldest first, of each request the newest of each identity; bounded.
    pub former: BTreeMap<RequestId, Vec<FormerResponse>>,
    /// How the token is carried, where the user switched it (`c`).
    pub carriers: BTreeMap<RequestId, TokenCarrier>,
    /// The access matrix, once it was opened.
    pub matrix: Option<Box<MatrixState>>,
    /// Popups, bottom first.
    pub layers: Vec<Layer>,
    /// First visible line of the problem layer.
    pub problem_scroll: usize,
    /// The notice.
    pub notice: Option<Notice>,
    /// The vault.
    pub vault: Option<VaultStatus>,
    /// Conversations with providers, newest last, bounded.
    pub sign_in_log: VecDeque<ProviderExchange>,
    /// Terminal size in columns and rows.
    pub size: (u16, u16),
    /// Sizes of the scrollable areas as last drawn, for page keys.
    pub viewports: Viewports,
    /// Lines of what is in them as last drawn, so that scrolling stops at the end; `None`: not told.
    pub contents: Option<Viewports>,
    /// The latest trouble that belongs to nothing else; shown with the problems of the workspace.
    pub trouble: Option<Problem>,
    /// The time of the last message: what countdowns are reckoned from.
    pub now: Timestamp,
}

/// Heights of the scrollable areas as last drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Viewports {
    /// Rows of the tree.
    pub tree: usize,
    /// Rows of the request tab.
    pub request: usize,
    /// Rows of the response tab.
    pub response: usize,
    /// Rows of the token panel.
    pub token: usize,
    /// Rows of the top layer.
    pub layer: usize,
}
