//! Everything the application can ask of the shell. Effects are data: the shell runs each one as a task and
//! answers with a [`crate::app::msg::Msg`] that carries the same id.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use url::Url;

use crate::app::difference::FormerResponse;
use crate::app::documents::SaveId;
use crate::app::matrix::MatrixId;
use crate::app::msg::LoginId;
use crate::app::probe::ProbeId;
use crate::collection::export::{Format, TokenMode};
use crate::collection::file::Collection;
use crate::diagnose::matrix::{CellId, Matrix, Methods};
use crate::model::cookie::CookieId;
use crate::model::exchange::RunId;
use crate::model::identity::{Identity, IdentityName, Issuer, Origin};
use crate::model::request::{RequestId, TokenCarrier};
use crate::model::wire::FieldValue;
use crate::redact::{AccessToken, Passphrase, SecretText};

/// A route to probe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeRequest {
    /// The probing that answers carry.
    pub id: ProbeId,
    /// The request.
    pub request: RequestId,
    /// In which environment.
    pub environment: Option<String>,
    /// The current identity.
    pub identity: Option<IdentityName>,
    /// Does it win over what the request says?
    pub act_as: ActAs,
    /// How the token is carried, where the user switched it.
    pub carrier: Option<TokenCarrier>,
    /// Origins beyond this machine that the user confirmed.
    pub confirmed: Vec<Origin>,
}

/// Which cells of a matrix to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatrixRequest {
    /// The sending that answers carry.
    pub id: MatrixId,
    /// The whole.
    pub matrix: Arc<Matrix>,
    /// The cells.
    pub cells: Vec<CellId>,
    /// In which environment.
    pub environment: Option<String>,
    /// Which methods.
    pub methods: Methods,
    /// How the token is carried, where the user switched it.
    pub carriers: BTreeMap<RequestId, TokenCarrier>,
}

/// Do this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    // ── Workspace ───────────────────────────────────────────────────────────────────────────
    /// Read the workspace (again); answers [`crate::app::msg::Msg::WorkspaceLoaded`].
    LoadWorkspace,
    /// What is sent, and everything else that reads the workspace's texts, uses this text of a file from now on.
    UseText {
        /// Which file.
        path: PathBuf,
        /// Its text.
        text: UsedText,
    },
    /// Write or delete a file of the workspace; answers `FileSaved`.
    SaveFile(Box<SaveFile>),
    /// Give a file of the workspace another name; answers `FileRenamed`.
    RenameFile {
        /// Which saving.
        id: SaveId,
        /// The old name, relative to the workspace.
        from: PathBuf,
        /// The new one.
        to: PathBuf,
    },
    /// Open a file of the workspace in the user's editor; answers `EditorClosed`.
    OpenEditor {
        /// Which, relative to the workspace.
        path: PathBuf,
        /// At which line, from 1.
        line: usize,
    },
    /// Probe a route; answers `ProbeProgress`, then `ProbeEnded`.
    Probe(Box<ProbeRequest>),
    /// Stop a probing.
    CancelProbe(ProbeId),
    /// Send cells of a matrix; answers a `MatrixCell` for each, then `MatrixEnded`.
    RunMatrix(Box<MatrixRequest>),
    /// Stop the sending of a matrix.
    CancelMatrix(MatrixId),
    /// Forget the texts that an earlier run could not save.
    ForgetUnsaved,
    /// Append requests to a file of the workspace, which may not exist yet; answers `AppendedToFile`.
    AppendToFile {
        /// The file, relative to the workspace.
        path: PathBuf,
        /// The requests.
        text: String,
    },
    /// Is the vault there? Answers `VaultProbed`.
    ProbeVault,
    /// Use another vault from now on; answers `VaultProbed`.
    ChooseVault(VaultRequest),

    // ── Sessions ────────────────────────────────────────────────────────────────────────────
    /// Read, inspect and verify an identity's session; answers `SessionLoaded`.
    LoadSession(Box<Identity>),
    /// Refresh it now; answers `SessionRefreshing`, then `SessionLoaded`.
    RefreshSession(Box<Identity>),
    /// Revoke the access token, then refresh, so that the new one has today's claims; answers `SessionLoaded`.
    RenewClaims(Box<Identity>),
    /// What does the provider say now of the session's user? Answers `ProviderAnswered`.
    AskProvider {
        /// The question.
        id: RunId,
        /// Whose session.
        identity: Box<Identity>,
    },
    /// Verify any token against an issuer; answers `TokenVerified`.
    VerifyToken(Box<VerifyOrder>),
    /// Which tokens are in the cookies for this address? Answers `CookieTokensFound`.
    FindCookieTokens {
        /// The question.
        id: RunId,
        /// The jar of which environment.
        environment: Option<String>,
        /// The address.
        url: Url,
    },
    /// Revoke and forget; answers `LoggedOut`.
    Logout {
        /// Whose.
        identity: Box<Identity>,
        /// Also end the provider's session in the browser.
        browser: BrowserSession,
    },

    // ── Login ───────────────────────────────────────────────────────────────────────────────
    /// Sign in; answers `LoginProgress` any number of times, then `LoginEnded`.
    Login {
        /// The attempt.
        id: LoginId,
        /// Who; its grant says how.
        identity: Box<Identity>,
        /// Write the identity to the user's environment file when it succeeds.
        save: SaveIdentity,
    },
    /// Stop a sign-in at once; its late answers are ignored.
    CancelLogin(LoginId),
    /// Give a running PKCE sign-in the URL that the browser ended on.
    PasteCallback {
        /// The attempt.
        id: LoginId,
        /// As pasted.
        url: crate::redact::SecretText,
    },
    /// Keep a pasted token as an identity's session; answers like a login.
    PasteToken {
        /// The attempt.
        id: LoginId,
        /// Who.
        identity: Box<Identity>,
        /// The token.
        token: AccessToken,
    },
    /// Demo only: approve the device code as the demo's user would in the browser.
    DemoApprove {
        /// The code on screen.
        user_code: String,
    },

    // ── Runs ────────────────────────────────────────────────────────────────────────────────
    /// Send a request; answers `RunProgress`, then `RunFinished`, `RunFailed`, `RunNeedsOrigin` or
    /// `RunNeedsAnswers`.
    Send(Box<SendRequest>),
    /// Compare two responses; answers `Compared`.
    Compare(Box<CompareOrder>),
    /// Stop a run at once; its late answers are ignored.
    CancelRun(RunId),
    /// End a run whose body arrives, and keep what has come; answers `RunFinished`.
    EndRun(RunId),
    /// Write a body to a file; answers `BodySaved`.
    SaveBody(Box<SaveBody>),
    /// What does the cookie jar hold? Answers `CookiesListed`.
    ListCookies {
        /// The jar of which environment.
        environment: Option<String>,
    },
    /// Take one cookie out of the jar; answers `CookiesListed`.
    DeleteCookie {
        /// The jar of which environment.
        environment: Option<String>,
        /// Which.
        cookie: CookieId,
    },
    /// Empty the cookie jar; answers `CookiesListed`.
    ClearCookies {
        /// The jar of which environment.
        environment: Option<String>,
    },

    // ── Import ──────────────────────────────────────────────────────────────────────────────
    /// Import a file or folder into the workspace; answers `Imported`.
    Import {
        /// As typed.
        path: String,
    },

    // ── Variables ───────────────────────────────────────────────────────────────────────────
    /// Find out the variables of a request as it would be sent; answers `VariablesInspected`.
    Inspect(Box<SendRequest>),
    /// Keep a secret in the vault; answers `SecretStored`.
    StoreSecret {
        /// Its name.
        name: String,
        /// Its value.
        value: crate::redact::SecretText,
    },
    /// The user chose an environment: remember it for the next start.
    RememberEnvironment(String),

    // ── Exports ─────────────────────────────────────────────────────────────────────────────
    /// Write requests as something else; answers `Exported`.
    Export(Box<ExportOrder>),

    // ── Terminal and desktop ────────────────────────────────────────────────────────────────
    /// Open the browser; answers `BrowserOpened`.
    OpenBrowser(Url),
    /// Put text on the clipboard; answers `Copied`.
    Copy {
        /// What it is, for the note: `URL`, `code`, `body`.
        what: &'static str,
        /// The text. Wrapped: it may be a token.
        text: crate::redact::SecretText,
    },
    /// Clear the terminal and draw everything anew.
    Redraw,
    /// End the program.
    Quit,
}

/// A body to write to a file.
#[derive(Clone, PartialEq, Eq)]
pub struct SaveBody {
    /// The path as it was typed: absolute, `~/…`, or relative to the workspace.
    pub path: String,
    /// The body.
    pub bytes: Bytes,
    /// May a file be overwritten?
    pub overwrite: Overwrite,
}

impl std::fmt::Debug for SaveBody {
    /// A body may hold anything.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SaveBody({:?}, {} bytes, {:?})", self.path, self.bytes.len(), self.overwrite)
    }
}

/// May a file that is there be overwritten?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overwrite {
    /// No: ask first.
    Refuse,
    /// The user said so.
    Allow,
}

/// Which text of a file counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UsedText {
    /// That on disk.
    OfDisk,
    /// As it is edited.
    Edited(Arc<Collection>),
    /// None: it was deleted here.
    Gone,
}

/// A file to write, if it still is as it was.
#[derive(Clone, PartialEq, Eq)]
pub struct SaveFile {
    /// Which saving.
    pub id: SaveId,
    /// Relative to the workspace.
    pub path: PathBuf,
    /// What must be on disk; `None`: no file.
    pub expected: Option<Arc<[u8]>>,
    /// What is to be there; `None`: no file.
    pub bytes: Option<Arc<[u8]>>,
}

impl std::fmt::Debug for SaveFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let size = |bytes: &Option<Arc<[u8]>>| bytes.as_ref().map(|bytes| bytes.len());
        write!(f, "SaveFile({:?}, {:?} → {:?} bytes)", self.path, size(&self.expected), size(&self.bytes))
    }
}

/// Which vault to use from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VaultRequest {
    /// The operating system's keyring.
    Keyring,
    /// Forgotten at exit.
    Memory,
    /// The encrypted file, opened (or made) with this passphrase.
    File(Passphrase),
}

/// Whether a logout also ends the browser's session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BrowserSession {
    /// Leave it.
    Keep,
    /// Open the provider's logout page.
    End,
}

/// Whether a new identity is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaveIdentity {
    /// It is known already.
    Keep,
    /// Write it to the user's own environment file.
    UserFile,
}

/// A request to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendRequest {
    /// The run.
    pub id: RunId,
    /// Which request.
    pub request: RequestId,
    /// The environment, if one is chosen.
    pub environment: Option<String>,
    /// The identity that is current; a `# @auth` of the request wins unless `act_as` is set.
    pub identity: Option<IdentityName>,
    /// Use the current identity whatever the request says (but `# @no-auth`).
    pub act_as: ActAs,
    /// Override of how the token is carried (`c`).
    pub carrier: Option<TokenCarrier>,
    /// Override of the redirects to follow (`f`).
    pub max_redirects: Option<u32>,
    /// An origin that the user has just allowed for this identity or secret, for this run and this session.
    pub allow_origin: Option<Origin>,
    /// Answers to the prompts of this run.
    pub answers: Vec<Answer>,
}

/// A token to verify.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyOrder {
    /// The question.
    pub id: RunId,
    /// The issuer that the user trusts.
    pub issuer: Issuer,
    /// The token.
    pub token: SecretText,
}

/// Two responses to compare.
#[derive(Debug, Clone)]
pub struct CompareOrder {
    /// The comparison.
    pub id: RunId,
    /// The earlier one.
    pub old: FormerResponse,
    /// The later one.
    pub new: FormerResponse,
}

impl PartialEq for CompareOrder {
    /// A comparison is the same if its id is.
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for CompareOrder {}

/// An answer to a `# @prompt`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The variable.
    pub name: String,
    /// What was typed; `None`: nothing, so that the environment's value stays.
    pub value: Option<FieldValue>,
}

/// Requests to write as something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportOrder {
    /// As what.
    pub format: Format,
    /// May tokens stand in it?
    pub tokens: TokenMode,
    /// Which requests.
    pub requests: Vec<RequestId>,
    /// The name of the whole.
    pub title: String,
    /// The environment, if one is chosen.
    pub environment: Option<String>,
    /// The identity that is current; a `# @auth` of the request wins unless `act_as` is set.
    pub identity: Option<IdentityName>,
    /// Use the current identity whatever the request says (but `# @no-auth`).
    pub act_as: ActAs,
    /// Overrides of how the token is carried (`c`).
    pub carriers: BTreeMap<RequestId, TokenCarrier>,
}

/// Does the chosen identity win over the request's `# @auth`?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ActAs {
    /// The request decides.
    #[default]
    RequestDecides,
    /// The chosen identity wins; `# @no-auth` wins over both.
    Chosen,
}
