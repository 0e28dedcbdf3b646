//! The access matrix: requests × identities, and what each must get (`# @expect`). Pure.
//!
//! [`Matrix::plan`] says which cells there are and which of them are not sent; whoever sends them gives a [`CellResult`]
//! for each, and [`judge`] and [`Summary`] say what it means. Reports are made in [`report`].

pub mod report;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use crate::model::finding::Finding;
use crate::model::identity::{IdentityName, Origin};
use crate::model::problem::{Problem, ProblemKind};
use crate::model::request::{AuthDirective, RequestBlock, RequestId, StatusPattern, TokenCarrier};

/// Requests × identities.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Matrix {
    /// The identities, in the order of the columns.
    pub columns: Vec<IdentityName>,
    /// The requests.
    pub rows: Vec<MatrixRow>,
    /// All cells, row by row.
    pub cells: Vec<CellPlan>,
}

/// One request of a matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatrixRow {
    /// Which.
    pub request: RequestId,
    /// Its name.
    pub label: String,
    /// Its method, as written.
    pub method: String,
    /// Its URL, as written.
    pub url: String,
    /// Line of the request line, from 1.
    pub line: usize,
    /// When it is sent.
    pub turn: Turn,
    /// Is it sent only when the user asked for it: its method may change something, or it says `# @note`?
    pub on_request: bool,
}

/// When a request is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Turn {
    /// Whenever there is room.
    Any,
    /// After the requests of its file that stand before it: the file captures variables (`# @capture`).
    InOrder,
}

/// Which cell: positions among the rows and the columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CellId {
    /// The request.
    pub row: usize,
    /// The identity.
    pub column: usize,
}

/// One request as one identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellPlan {
    /// Which.
    pub id: CellId,
    /// The statuses that are right; empty: nothing is expected.
    pub expected: Vec<StatusPattern>,
    /// Why it is not sent, if that is known beforehand.
    pub not_sent: Option<NotSent>,
}

/// Why a cell is not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotSent {
    /// Its method, or that of a request that must be sent before it, may change something, and that was not asked for.
    UnsafeMethod {
        /// The method.
        method: String,
        /// The request that has it, where it is another one.
        first: Option<String>,
    },
    /// `# @note`: ask before sending, and nobody asked for it.
    AsksFirst,
    /// `# @no-auth`: it is the same for all, and is sent as `anonymous` only.
    NoToken,
    /// It brings an `Authorization` header of its own: it is the same for all, and is sent as `anonymous` only.
    OwnCredentials,
    /// `# @expect` names an identity that the environment does not have.
    UnknownIdentity,
    /// It asks for these variables (`# @prompt`), and nobody can be asked.
    Asks(Vec<String>),
    /// The identity, or another one that the request needs, has no session.
    NotSignedIn(Box<Problem>),
    /// A token or a secret would go to an origin that is not allowed for it.
    OriginNotAllowed {
        /// The token or secret, in words.
        what: String,
        /// Where to.
        origin: Origin,
    },
    /// It was cancelled before.
    Cancelled,
}

impl NotSent {
    /// In a few words, for a cell.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::UnsafeMethod { .. } | Self::AsksFirst => "not asked for",
            Self::NoToken => "no token",
            Self::OwnCredentials => "own header",
            Self::UnknownIdentity => "unknown",
            Self::Asks(_) => "asks",
            Self::NotSignedIn(_) => "not signed in",
            Self::OriginNotAllowed { .. } => "origin",
            Self::Cancelled => "cancelled",
        }
    }

    /// A stable id for reports.
    pub const fn id(&self) -> &'static str {
        match self {
            Self::UnsafeMethod { .. } => "unsafe-method",
            Self::AsksFirst => "asks-first",
            Self::NoToken => "no-token",
            Self::OwnCredentials => "own-credentials",
            Self::UnknownIdentity => "unknown-identity",
            Self::Asks(_) => "asks",
            Self::NotSignedIn(_) => "not-signed-in",
            Self::OriginNotAllowed { .. } => "origin-not-allowed",
            Self::Cancelled => "cancelled",
        }
    }

    /// In one sentence.
    pub fn reason(&self) -> String {
        match self {
            Self::UnsafeMethod { method, first: None } => {
                format!("{method} may change something, and is sent only when asked for")
            }
            Self::UnsafeMethod { method, first: Some(first) } => {
                format!("`{first}` would be sent first, and {method} may change something: only when asked for")
            }
            Self::AsksFirst => "`# @note`: it is sent only when asked for".to_owned(),
            Self::NoToken => "`# @no-auth`: the same for everybody, sent as `anonymous` only".to_owned(),
            Self::OwnCredentials => {
                "The request brings its own `Authorization` header: the same for everybody, sent as `anonymous` only"
                    .to_owned()
            }
            Self::UnknownIdentity => "The environment has no identity of this name".to_owned(),
            Self::Asks(names) => {
                let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
                format!("It asks for {}", names.join(", "))
            }
            Self::NotSignedIn(problem) => problem.title.clone(),
            Self::OriginNotAllowed { what, origin } => format!("{what} may not go to {origin}"),
            Self::Cancelled => "Cancelled before it was sent".to_owned(),
        }
    }
}

/// What came of a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CellResult {
    /// An answer.
    Answered(Box<CellAnswer>),
    /// Nothing was sent.
    NotSent(NotSent),
    /// It was sent, or was about to be, and no answer came.
    Failed(Box<Problem>),
}

/// What a report says of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellAnswer {
    /// The status: a redirect to a login page counts as what it is.
    pub status: u16,
    /// Its reason phrase.
    pub reason: String,
    /// The URL that answered; secrets masked.
    pub url: String,
    /// Where a redirect points.
    pub location: Option<String>,
    /// How long it took.
    pub time: Duration,
    /// The size of the body in bytes.
    pub size: usize,
    /// Why it was refused.
    pub findings: Vec<Finding>,
    /// What else there is to know.
    pub notes: Vec<String>,
}

/// What a result means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Judgement {
    /// The status is one of those that were expected.
    AsExpected,
    /// It is not.
    NotAsExpected,
    /// There was an answer, and nothing was expected.
    NoExpectation,
    /// Nothing was sent.
    NotSent,
    /// No answer came.
    Failed,
}

impl Judgement {
    /// All.
    pub const ALL: [Self; 5] =
        [Self::AsExpected, Self::NotAsExpected, Self::NoExpectation, Self::NotSent, Self::Failed];

    /// In words.
    pub const fn label(self) -> &'static str {
        match self {
            Self::AsExpected => "as expected",
            Self::NotAsExpected => "not as expected",
            Self::NoExpectation => "nothing expected",
            Self::NotSent => "not sent",
            Self::Failed => "no answer",
        }
    }

    /// A stable id for reports.
    pub const fn id(self) -> &'static str {
        match self {
            Self::AsExpected => "as-expected",
            Self::NotAsExpected => "not-as-expected",
            Self::NoExpectation => "no-expectation",
            Self::NotSent => "not-sent",
            Self::Failed => "failed",
        }
    }

    /// The sign that stands in a cell.
    pub const fn sign(self) -> &'static str {
        match self {
            Self::AsExpected => "✔",
            Self::NotAsExpected => "✘",
            Self::NoExpectation => "·",
            Self::NotSent => "–",
            Self::Failed => "!",
        }
    }
}

/// May methods be sent that change something?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Methods {
    /// GET, HEAD and OPTIONS only (RFC 9110 section 9.2.1), and nothing that says `# @note`.
    #[default]
    SafeOnly,
    /// The user asked for all.
    All,
}

impl Methods {
    /// May a request with this method be sent?
    pub fn allow(self, method: &str) -> bool {
        self == Self::All || is_safe(method)
    }
}

/// GET, HEAD and OPTIONS change nothing (RFC 9110 section 9.2.1; TRACE is left out: nobody needs it here).
pub fn is_safe(method: &str) -> bool {
    ["GET", "HEAD", "OPTIONS"].iter().any(|safe| method.trim().eq_ignore_ascii_case(safe))
}

/// What a matrix is made from.
#[derive(Debug, Clone, Copy)]
pub struct MatrixInput<'a> {
    /// The requests, in order.
    pub requests: &'a [&'a RequestBlock],
    /// The identities of the columns, in order.
    pub columns: &'a [IdentityName],
    /// The identities that the environment has.
    pub known: &'a [IdentityName],
    /// May methods be sent that change something?
    pub methods: Methods,
}

impl Matrix {
    /// The cells of these requests and identities.
    pub fn plan(input: &MatrixInput<'_>) -> Self {
        let captures = input.requests.iter().filter(|block| !block.directives.captures.is_empty());
        let in_order: BTreeSet<&PathBuf> = captures.map(|block| &block.id.file).collect();
        let rows = input.requests.iter().map(|block| MatrixRow {
            request: block.id.clone(),
            label: block.label().to_owned(),
            method: block.method.text.clone(),
            url: block.url.text.clone(),
            line: block.line,
            turn: if in_order.contains(&block.id.file) { Turn::InOrder } else { Turn::Any },
            on_request: block.directives.note.is_some() || !is_safe(&block.method.text),
        });
        let mut cells = Vec::with_capacity(input.requests.len() * input.columns.len());
        for (row, block) in input.requests.iter().enumerate() {
            for (column, identity) in input.columns.iter().enumerate() {
                let rows = block.directives.expect.iter().filter(|expect| expect.identity == *identity);
                let mut expected: Vec<StatusPattern> = rows.flat_map(|expect| expect.statuses.clone()).collect();
                expected.dedup();
                let not_sent = not_sent(block, identity, input);
                cells.push(CellPlan { id: CellId { row, column }, expected, not_sent });
            }
        }
        Self { columns: input.columns.to_vec(), rows: rows.collect(), cells }
    }

    /// The cell at a place.
    pub fn cell(&self, id: CellId) -> Option<&CellPlan> {
        (id.column < self.columns.len()).then(|| self.cells.get(self.index(id))).flatten()
    }

    /// Where the cell stands among [`Self::cells`].
    pub const fn index(&self, id: CellId) -> usize {
        id.row * self.columns.len() + id.column
    }

    /// The request and the identity of a cell.
    pub fn subject(&self, id: CellId) -> Option<(&MatrixRow, &IdentityName)> {
        Some((self.rows.get(id.row)?, self.columns.get(id.column)?))
    }

    /// The requests that are sent only when the user asked for them.
    pub fn rows_on_request(&self) -> impl Iterator<Item = &MatrixRow> {
        self.rows.iter().filter(|row| row.on_request)
    }

    /// The cells to send again: those whose answer was wrong or missing, and those whose reason may be gone.
    pub fn failed(&self, results: &[Option<CellResult>]) -> Vec<CellId> {
        let is_failed = |plan: &&CellPlan| match results.get(self.index(plan.id)).and_then(Option::as_ref) {
            None => plan.not_sent.is_none(),
            Some(CellResult::NotSent(why)) => {
                matches!(why, NotSent::Cancelled | NotSent::NotSignedIn(_) | NotSent::OriginNotAllowed { .. })
            }
            Some(result) => matches!(judge(&plan.expected, result), Judgement::NotAsExpected | Judgement::Failed),
        };
        self.cells.iter().filter(is_failed).map(|plan| plan.id).collect()
    }
}

fn not_sent(block: &RequestBlock, identity: &IdentityName, input: &MatrixInput<'_>) -> Option<NotSent> {
    if !identity.is_anonymous() {
        if !input.known.contains(identity) {
            return Some(NotSent::UnknownIdentity);
        }
        let carrier = match &block.directives.auth {
            Some(AuthDirective::None) => return Some(NotSent::NoToken),
            Some(AuthDirective::Identity { carrier, .. }) => *carrier,
            None => TokenCarrier::Bearer,
        };
        if carrier == TokenCarrier::Bearer && block.has_own_authorization() {
            return Some(NotSent::OwnCredentials);
        }
    }
    if block.directives.note.is_some() && input.methods == Methods::SafeOnly {
        return Some(NotSent::AsksFirst);
    }
    // A template in its place is looked at when it is filled.
    let method = &block.method.text;
    let is_template = method.contains("{{");
    (!is_template && !input.methods.allow(method))
        .then(|| NotSent::UnsafeMethod { method: method.clone(), first: None })
}

/// What a result means, where `expected` are the right statuses.
pub fn judge(expected: &[StatusPattern], result: &CellResult) -> Judgement {
    match result {
        CellResult::NotSent(_) => Judgement::NotSent,
        CellResult::Failed(_) => Judgement::Failed,
        CellResult::Answered(_) if expected.is_empty() => Judgement::NoExpectation,
        CellResult::Answered(answer) if expected.iter().any(|pattern| pattern.fits(answer.status)) => {
            Judgement::AsExpected
        }
        CellResult::Answered(_) => Judgement::NotAsExpected,
    }
}

/// `200 or 204`.
pub fn statuses(expected: &[StatusPattern]) -> String {
    expected.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ")
}

/// How all of it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    /// How many cells there are.
    pub cells: usize,
    /// Answers that were as expected.
    pub as_expected: usize,
    /// Answers that were not.
    pub not_as_expected: usize,
    /// Answers where nothing was expected.
    pub no_expectation: usize,
    /// Cells that were not sent.
    pub not_sent: usize,
    /// Cells that got no answer.
    pub failed: usize,
    /// Cells that are still to come.
    pub pending: usize,
    /// Expectations that could not be checked.
    pub unchecked: usize,
    /// What it comes to.
    pub conclusion: Conclusion,
}

/// What a matrix comes to; the first that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Conclusion {
    /// An expectation does not hold.
    Broken,
    /// An identity that something is expected of is not signed in.
    NotSignedIn,
    /// The network failed.
    Network,
    /// Something in the files stands in the way of sending, or of checking an expectation.
    Unusable,
    /// All expectations that were checked hold.
    #[default]
    Good,
}

impl Summary {
    /// Counts the results; `None`: still to come.
    pub fn of(matrix: &Matrix, results: &[Option<CellResult>]) -> Self {
        let mut summary = Self { cells: matrix.cells.len(), ..Self::default() };
        for plan in &matrix.cells {
            let Some(result) = results.get(matrix.index(plan.id)).and_then(Option::as_ref) else {
                summary.pending += 1;
                continue;
            };
            match judge(&plan.expected, result) {
                Judgement::AsExpected => summary.as_expected += 1,
                Judgement::NotAsExpected => summary.not_as_expected += 1,
                Judgement::NoExpectation => summary.no_expectation += 1,
                Judgement::NotSent => summary.not_sent += 1,
                Judgement::Failed => summary.failed += 1,
            }
            let is_answered = matches!(result, CellResult::Answered(_));
            summary.unchecked += usize::from(!plan.expected.is_empty() && !is_answered);
            summary.conclusion = summary.conclusion.min(conclusion(plan, result));
        }
        summary
    }

    /// `12 as expected · 1 not as expected · 3 not sent`.
    pub fn line(&self) -> String {
        let counts = [
            (self.as_expected, Judgement::AsExpected.label()),
            (self.not_as_expected, Judgement::NotAsExpected.label()),
            (self.no_expectation, "with nothing expected"),
            (self.failed, "without an answer"),
            (self.not_sent, Judgement::NotSent.label()),
            (self.pending, "to come"),
        ];
        let counts: Vec<String> =
            counts.iter().filter(|(count, _)| *count > 0).map(|(count, label)| format!("{count} {label}")).collect();
        if counts.is_empty() { "no cells".to_owned() } else { counts.join(" · ") }
    }
}

fn conclusion(plan: &CellPlan, result: &CellResult) -> Conclusion {
    let is_expected = !plan.expected.is_empty();
    match result {
        CellResult::Answered(_) if judge(&plan.expected, result) == Judgement::NotAsExpected => Conclusion::Broken,
        CellResult::Answered(_) => Conclusion::Good,
        CellResult::Failed(problem) if problem.kind == ProblemKind::Network => Conclusion::Network,
        // A variable without a value, often because a request before it was refused.
        CellResult::Failed(_) if is_expected => Conclusion::Unusable,
        CellResult::Failed(_) => Conclusion::Good,
        CellResult::NotSent(NotSent::NotSignedIn(_)) if is_expected => Conclusion::NotSignedIn,
        // Known and wanted so.
        CellResult::NotSent(NotSent::UnsafeMethod { .. } | NotSent::AsksFirst | NotSent::Cancelled) => Conclusion::Good,
        CellResult::NotSent(_) if is_expected => Conclusion::Unusable,
        CellResult::NotSent(_) => Conclusion::Good,
    }
}
