//! Everything that can happen to the application: the closed set of messages that [`crate::app::App::update`] takes.
//!
//! Each answer to an effect carries the id of what asked for it; an answer whose id is no longer current is ignored.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use crate::app::difference::Difference;
use crate::app::documents::SaveId;
use crate::app::matrix::MatrixId;
use crate::app::probe::{ProbeId, ProbeRefusal, ProbeStep};
use crate::app::session::SessionView;
use crate::body::document::Document;
use crate::collection::export::Exported;
use crate::collection::inspect::VariableRow;
use crate::collection::workspace::Workspace;
use crate::diagnose::matrix::{CellId, CellResult};
use crate::diagnose::probe::judge::RouteReport;
use crate::keys::chord::Chord;
use crate::model::cookie::CookieView;
use crate::model::exchange::{Exchange, ResponseHead, RunId, SentRequest};
use crate::model::finding::Finding;
use crate::model::identity::{Identity, IdentityName};
use crate::model::port::VaultStatus;
use crate::model::problem::Problem;
use crate::model::request::Prompt;
use crate::model::session::SessionKey;
use crate::model::time::Timestamp;
use crate::model::verdict::Verdict;
use crate::model::wire::ProviderExchange;
use crate::template::Guarded;
use crate::token::find::Found;
use crate::token::inspect::Inspection;
use crate::token::live::LiveTruth;

/// One sign-in attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LoginId(pub u64);

/// Something happened.
#[derive(Debug)]
pub enum Msg {
    // ── Terminal ────────────────────────────────────────────────────────────────────────────
    /// A key was pressed (never a release or repeat-release).
    Key(Chord),
    /// Text was pasted (bracketed paste).
    Paste(String),
    /// The mouse was used.
    Mouse(MouseInput),
    /// The terminal has a new size; sent once at start.
    Resized {
        /// Columns.
        width: u16,
        /// Rows.
        height: u16,
    },
    /// A frame was drawn: where everything is now. Changes nothing that is drawn.
    Drawn(Box<crate::app::hit::HitMap>),
    /// Time passed while something on screen counts or spins.
    Tick,

    // ── Workspace ───────────────────────────────────────────────────────────────────────────
    /// The workspace was read.
    WorkspaceLoaded(Box<Workspace>),
    /// Something in the workspace changed on disk.
    DiskChanged,
    /// Changes on disk are not noticed, or not everywhere.
    Unwatched(Problem),
    /// A file was written or deleted, or was not.
    FileSaved {
        /// Which saving.
        id: SaveId,
        /// Which file.
        path: PathBuf,
        /// How it went.
        outcome: SaveOutcome,
    },
    /// A file has another name, or has not.
    FileRenamed {
        /// Which saving.
        id: SaveId,
        /// The old name.
        from: PathBuf,
        /// The new name.
        to: PathBuf,
        /// How it went.
        result: Result<(), Problem>,
    },
    /// The user's editor was closed, or could not be opened.
    EditorClosed(Result<(), Problem>),
    /// Requests were appended to a file, or could not be.
    AppendedToFile {
        /// The file, relative to the workspace.
        path: PathBuf,
        /// How it went.
        result: Result<(), Problem>,
    },
    /// The state of the vault is known.
    VaultProbed(VaultStatus),

    // ── Probes ──────────────────────────────────────────────────────────────────────────────
    /// How far a probing is.
    ProbeProgress {
        /// Which.
        id: ProbeId,
        /// How far.
        step: ProbeStep,
    },
    /// A probing has ended.
    ProbeEnded {
        /// Which.
        id: ProbeId,
        /// What was found.
        result: Result<Box<RouteReport>, ProbeRefusal>,
    },

    // ── Matrix ──────────────────────────────────────────────────────────────────────────────
    /// A cell of a matrix is done.
    MatrixCell {
        /// Which sending.
        id: MatrixId,
        /// The cell.
        cell: Box<MatrixCell>,
    },
    /// All cells of a sending are done.
    MatrixEnded {
        /// Which sending.
        id: MatrixId,
    },

    // ── Sessions ────────────────────────────────────────────────────────────────────────────
    /// What the vault holds for an identity, inspected and verified. `Ok(None)`: not signed in.
    SessionLoaded {
        /// Whose: `SessionKey::of` the identity in the effect. Environments may each have an identity of one name.
        key: SessionKey,
        /// The session.
        result: Result<Option<Box<SessionView>>, Problem>,
    },
    /// A background refresh began.
    SessionRefreshing {
        /// Whose.
        key: SessionKey,
    },
    /// A logout ended. The session is gone here in any case; the problem tells what did not work elsewhere.
    LoggedOut {
        /// Whose.
        key: SessionKey,
        /// What did not work.
        problem: Option<Problem>,
    },
    /// Something to know about a session: a clock that is off, a vault that could not be written.
    SessionNote {
        /// Whose.
        identity: IdentityName,
        /// What.
        problem: Problem,
    },

    // ── Login ───────────────────────────────────────────────────────────────────────────────
    /// A sign-in advanced.
    LoginProgress {
        /// Which attempt.
        id: LoginId,
        /// How.
        progress: LoginProgress,
    },
    /// A sign-in ended. On success the session follows as [`Msg::SessionLoaded`].
    LoginEnded {
        /// Which attempt.
        id: LoginId,
        /// The identity as it is now known (saved, if it was new).
        result: Result<Box<Identity>, Problem>,
    },

    // ── Runs ────────────────────────────────────────────────────────────────────────────────
    /// A run advanced.
    RunProgress {
        /// Which run.
        id: RunId,
        /// How.
        progress: RunProgress,
    },
    /// A run ended with a response.
    RunFinished {
        /// Which run.
        id: RunId,
        /// What came back.
        outcome: Box<RunOutcome>,
    },
    /// A run ended without a response.
    RunFailed {
        /// Which run.
        id: RunId,
        /// Why.
        problem: Problem,
    },
    /// A token or a secret would go to an origin that is not allowed for it: ask.
    RunNeedsOrigin {
        /// Which run.
        id: RunId,
        /// Whose token, or which secret.
        holder: Holder,
        /// Where to.
        origin: crate::model::identity::Origin,
    },
    /// The request, or one that is sent before it, has prompts: ask.
    RunNeedsAnswers {
        /// Which run.
        id: RunId,
        /// What to ask, in order.
        prompts: Vec<PromptQuestion>,
    },

    /// Two responses were compared.
    Compared {
        /// Which comparison.
        id: RunId,
        /// What differs.
        difference: Box<Difference>,
    },

    // ── Token lab ───────────────────────────────────────────────────────────────────────────
    /// A token was verified against an issuer, or could not be.
    TokenVerified {
        /// Which question.
        id: RunId,
        /// The verdict.
        result: Result<Verdict, Problem>,
    },
    /// Tokens in the cookies that a server has set.
    CookieTokensFound {
        /// Which question.
        id: RunId,
        /// What was found.
        found: Vec<Found>,
    },
    /// What the provider says now of a session's user.
    ProviderAnswered {
        /// Which question.
        id: RunId,
        /// What it says.
        result: Result<Box<LiveTruth>, Problem>,
    },

    // ── Import ──────────────────────────────────────────────────────────────────────────────
    /// An import ended: the lines of its report, or why nothing was written.
    Imported {
        /// As it was asked for.
        path: String,
        /// The report.
        result: Result<Vec<String>, Problem>,
    },

    // ── Variables ───────────────────────────────────────────────────────────────────────────
    /// The variables of a request.
    VariablesInspected {
        /// Which inspection.
        id: RunId,
        /// What was found.
        result: Result<Vec<VariableRow>, Problem>,
    },
    /// A secret was stored, or not.
    SecretStored {
        /// Its name.
        name: String,
        /// Why not.
        result: Result<(), Problem>,
    },

    // ── Other ───────────────────────────────────────────────────────────────────────────────
    /// What the cookie jar of an environment holds.
    CookiesListed {
        /// Which.
        environment: Option<String>,
        /// The cookies.
        cookies: Vec<CookieView>,
    },
    /// A body was written to a file, or not.
    BodySaved {
        /// The path as it was typed.
        path: String,
        /// How it went.
        result: Result<SavedBody, SaveFault>,
    },
    /// Bearcat spoke with a provider (already redacted).
    ProviderSpoken(Box<ProviderExchange>),
    /// The browser was asked to open.
    BrowserOpened(Result<(), Problem>),
    /// Text was put on the clipboard; the text names what.
    Copied(Result<&'static str, Problem>),
    /// Requests were written as something else, to be copied.
    Exported {
        /// What it is, for the note.
        what: &'static str,
        /// The text, and what to know about it.
        result: Result<Box<Exported>, Problem>,
    },
    /// Something else went wrong in the shell.
    Trouble(Problem),
}

/// A body that was saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedBody {
    /// Where.
    pub path: PathBuf,
    /// How many bytes.
    pub size: u64,
}

/// Why a body was not saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SaveFault {
    /// There is a file of this name: ask.
    Exists,
    /// Anything else, in plain words.
    Failed(String),
}

/// How a saving went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SaveOutcome {
    /// It is on disk.
    Saved,
    /// The file is not as it was expected: this is on disk (`None`: nothing). Nothing was written.
    Changed(Option<Arc<[u8]>>),
    /// It could not be written; what was on disk is still there.
    Failed(Problem),
}

/// What the mouse did, in cells of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MouseInput {
    /// What.
    pub kind: MouseKind,
    /// Column, from 0.
    pub column: u16,
    /// Row, from 0.
    pub row: u16,
}

/// Kinds of mouse input that bearcat uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MouseKind {
    /// The left button went down.
    Press,
    /// The wheel went up.
    ScrollUp,
    /// The wheel went down.
    ScrollDown,
}

/// How a sign-in advanced. A mirror of the engine's events without its types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoginProgress {
    /// The provider's metadata is being read.
    Discovering,
    /// Device grant: show this.
    DeviceCode {
        /// What the user types.
        user_code: String,
        /// Where.
        verification_uri: Url,
        /// The same with the code in it: for the QR code and the browser.
        verification_uri_complete: Option<Url>,
        /// When the code stops working.
        expires_at: Timestamp,
    },
    /// Device grant: the provider was asked; `note` is set when it was slow or unreachable.
    Polled {
        /// How often so far.
        attempt: u32,
        /// Until the next time.
        interval: Duration,
        /// Anything unusual.
        note: Option<String>,
    },
    /// PKCE: this URL must be opened.
    Browser {
        /// The authorisation URL.
        url: Url,
        /// Exactly what must be registered as callback URL.
        redirect_uri: Url,
        /// When bearcat stops listening.
        expires_at: Timestamp,
    },
    /// The callback came; the code is being exchanged.
    Exchanging,
    /// The tokens are being checked.
    Checking,
    /// The tokens are being stored.
    Storing,
    /// Something to know.
    Note(String),
}

/// How a run advanced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunProgress {
    /// A session is being refreshed first.
    Refreshing,
    /// The connection is being made, the request sent.
    Sending(Box<SentRequest>),
    /// The head is here.
    Head(Box<ResponseHead>),
    /// More of a large body went out.
    Uploading {
        /// So far.
        sent: u64,
        /// All of it.
        total: u64,
    },
    /// What can be read of the body while it arrives.
    Arriving(LiveDocument),
    /// Bytes of the body so far.
    Received {
        /// So far.
        received: u64,
        /// Announced.
        expected: Option<u64>,
    },
}

/// What may go to an origin only when that is allowed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holder {
    /// The token of an identity.
    Token(IdentityName),
    /// A secret of the user.
    Secret(Guarded),
}

/// A prompt that waits for its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromptQuestion {
    /// What is asked for.
    pub prompt: Prompt,
    /// The request that asks.
    pub request: String,
    /// What stands there already.
    pub default: PromptDefault,
}

/// What an empty answer means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PromptDefault {
    /// Nothing is known.
    None,
    /// The last answer, or the value of the environment's variable.
    Shown(String),
    /// The environment has a value that is secret: without an answer it is taken.
    Hidden,
}

/// Something to know about a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunNote {
    /// Good or bad.
    pub tone: crate::app::state::Tone,
    /// The text.
    pub text: String,
}

/// A document of a body that is still arriving. Two are the same only if they are one.
#[derive(Debug, Clone)]
pub struct LiveDocument(pub Arc<Document>);

impl PartialEq for LiveDocument {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for LiveDocument {}

/// What came of a cell of a matrix.
#[derive(Debug)]
pub struct MatrixCell {
    /// Which cell.
    pub id: CellId,
    /// What came of it.
    pub result: CellResult,
    /// The response, where it is small enough to be kept.
    pub outcome: Option<Box<RunOutcome>>,
}

/// A response, ready to be shown.
#[derive(Debug, Clone)]
pub struct RunOutcome {
    /// What went out and came back.
    pub exchange: Exchange,
    /// The body, formatted and indexed.
    pub document: Arc<Document>,
    /// Why it may have been refused; empty when all is well.
    pub findings: Vec<Finding>,
    /// What was sent first, what was asserted and captured, and what could not be.
    pub notes: Vec<RunNote>,
    /// What became of each `# @assert`, those of requests that were sent first included.
    pub asserts: Vec<AssertResult>,
    /// The token that went out, decoded: its claims, never its value.
    pub token: Option<Arc<Inspection>>,
}

/// What became of one `# @assert`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssertResult {
    /// The jq expression.
    pub expression: String,
    /// Why it does not hold; `None`: it does.
    pub failure: Option<String>,
}
