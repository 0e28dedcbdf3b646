//! The token lab: any token, explained, verified, measured, compared. What the layer holds, and its rows.
//!
//! A pasted token lives in redacting types inside the layer and nowhere else: it is forgotten when the layer closes. The
//! rows are data, so that they can be tested without a screen; `ui` draws them.

mod rows;

use crate::app::session::{InspectedToken, SessionView};
use crate::app::state::{AppState, TextField};
use crate::model::exchange::RunId;
use crate::model::identity::IdentityName;
use crate::model::problem::Problem;
use crate::model::session::TokenKind;
use crate::model::time::Timestamp;
use crate::model::verdict::Verdict;
use crate::redact::SecretText;
use crate::token::find::Found;
use crate::token::inspect::{Inspection, inspect};
use crate::token::kinde;
use crate::token::live::LiveTruth;

pub use rows::{Copied, LabRow, RowTone, changes};

/// The layer.
#[derive(Debug, Clone, Default)]
pub struct LabLayer {
    /// The tokens of the latest source, of which one shows.
    pub tokens: Vec<LabToken>,
    /// Which of them shows.
    pub at: usize,
    /// The token that others are compared with.
    pub marked: Option<LabToken>,
    /// What is being typed.
    pub input: Option<LabInput>,
    /// How the token that shows was verified, if it was asked for.
    pub verification: Verification,
    /// What the provider says now.
    pub live: Live,
    /// The question that waits for the tokens of a response.
    pub looking: Option<RunId>,
    /// Selected row.
    pub selected: usize,
    /// Why the latest wish could not be granted.
    pub problem: Option<String>,
}

/// A token in the lab.
#[derive(Debug, Clone)]
pub struct LabToken {
    /// Where it came from.
    pub source: LabSource,
    /// The token.
    pub text: SecretText,
    /// Taken apart.
    pub inspected: InspectedToken,
    /// Bytes of the ID token that goes beside it in the SDK's cookies, where it is known.
    pub beside: Option<usize>,
}

/// Where a token came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LabSource {
    /// The session of an identity.
    Session(IdentityName, TokenKind),
    /// Pasted.
    Pasted(String),
    /// The response that shows.
    Response(String),
}

impl LabSource {
    /// In words.
    pub fn words(&self) -> String {
        match self {
            Self::Session(name, TokenKind::Access) => format!("access token of {name}"),
            Self::Session(name, TokenKind::Id) => format!("ID token of {name}"),
            Self::Session(name, TokenKind::Refresh) => format!("refresh token of {name}"),
            Self::Pasted(place) if place == "text" => "pasted".to_owned(),
            Self::Pasted(place) => format!("pasted, {place}"),
            Self::Response(place) => format!("from the response, {place}"),
        }
    }
}

/// What is typed in the lab.
#[derive(Debug, Clone)]
pub enum LabInput {
    /// A token.
    Token(TextField),
    /// The issuer to verify against.
    Issuer(TextField),
}

/// The answer to "does it hold, as this issuer sees it?"
#[derive(Debug, Clone, Default)]
pub enum Verification {
    /// Nobody asked: a session's token has its own verdict.
    #[default]
    NotAsked,
    /// The issuer's keys are fetched.
    Running {
        /// Which question.
        id: RunId,
        /// Against which issuer.
        issuer: String,
    },
    /// Done.
    Done {
        /// Against which issuer.
        issuer: String,
        /// Check by check.
        verdict: Verdict,
    },
    /// It could not be checked.
    Failed(Problem),
}

/// What the provider says now.
#[derive(Debug, Clone, Default)]
pub enum Live {
    /// Nobody asked.
    #[default]
    NotAsked,
    /// It is asked.
    Asking(RunId),
    /// It answered.
    Done(Box<LiveTruth>),
    /// It could not be asked.
    Failed(Problem),
}

/// The token that a newer one of the same session has replaced: what it said, never itself.
#[derive(Debug, Clone, PartialEq)]
pub struct ReplacedToken {
    /// What it said.
    pub inspection: Inspection,
    /// When the newer one came.
    pub at: Timestamp,
}

impl LabToken {
    /// A token of a session.
    pub fn of_session(view: &SessionView, kind: TokenKind) -> Option<Self> {
        let source = LabSource::Session(view.identity.clone(), kind);
        let id_size = view.tokens.id.as_ref().map(|id| id.expose().len());
        match kind {
            TokenKind::Access => Some(Self {
                source,
                text: SecretText::unregistered(view.tokens.access.expose()),
                inspected: view.access.clone(),
                beside: id_size,
            }),
            TokenKind::Id => Some(Self {
                source,
                text: SecretText::unregistered(view.tokens.id.as_ref()?.expose()),
                inspected: view.id.clone()?,
                beside: None,
            }),
            TokenKind::Refresh => None,
        }
    }

    /// A token that was found somewhere.
    pub fn found(found: Found, source: LabSource) -> Self {
        let inspection = inspect(found.token.expose());
        let kinde = inspection.claims.as_ref().map(kinde::read).unwrap_or_default();
        let inspected = InspectedToken { inspection, kinde, verdict: Verdict::default() };
        Self { source, text: found.token, inspected, beside: None }
    }

    /// Whose session it is of.
    pub const fn identity(&self) -> Option<&IdentityName> {
        match &self.source {
            LabSource::Session(name, _) => Some(name),
            LabSource::Pasted(_) | LabSource::Response(_) => None,
        }
    }

    /// The same token?
    pub fn is_same(&self, other: &Self) -> bool {
        self.inspected.inspection.fingerprint == other.inspected.inspection.fingerprint
    }
}

impl LabLayer {
    /// The token that shows.
    pub fn shown(&self) -> Option<&LabToken> {
        self.tokens.get(self.at)
    }

    /// Shows these tokens, the first of them.
    pub fn show(&mut self, tokens: Vec<LabToken>) {
        self.tokens = tokens;
        self.turn_to(0);
    }

    /// Shows another of the tokens.
    pub fn turn_to(&mut self, at: usize) {
        self.at = at;
        self.selected = 0;
        self.verification = Verification::NotAsked;
        self.live = Live::NotAsked;
        self.problem = None;
    }

    /// The verdict that counts: the one that was asked for, else the session's own.
    pub fn verdict(&self) -> Option<&Verdict> {
        match &self.verification {
            Verification::Done { verdict, .. } => Some(verdict),
            Verification::Running { .. } | Verification::Failed(_) => None,
            Verification::NotAsked => {
                self.shown().map(|token| &token.inspected.verdict).filter(|verdict| !verdict.checks.is_empty())
            }
        }
    }

    /// The text field that has the keys.
    pub const fn text_mut(&mut self) -> Option<&mut TextField> {
        match &mut self.input {
            Some(LabInput::Token(field) | LabInput::Issuer(field)) => Some(field),
            None => None,
        }
    }
}

impl AppState {
    /// The lab, wherever it is in the stack.
    pub fn lab(&self) -> Option<&LabLayer> {
        self.layers.iter().find_map(|layer| match layer {
            crate::app::state::Layer::Lab(lab) => Some(&**lab),
            _ => None,
        })
    }
}
