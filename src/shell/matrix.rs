//! Sends the cells of a matrix: many at once, few to each host, each identity with cookies and captures of its own.
//!
//! The effect runner and `bearcat matrix` both come here. A cell goes the way of every other request (`shell::send`), so
//! that origins, secrets, refreshes and references hold; nobody is asked, and nobody is signed in. Dropping the future
//! cancels all of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use tokio::sync::Notify;

use crate::app::msg::{Holder, RunOutcome, RunProgress};
use crate::collection::workspace::Workspace;
use crate::diagnose::matrix::{CellAnswer, CellId, CellResult, Matrix, Methods, NotSent, Turn};
use crate::http::plan::auth::ChosenIdentity;
use crate::model::identity::{IdentityName, Origin};
use crate::model::port::BoxFuture;
use crate::model::problem::ProblemKind;
use crate::model::request::{RequestId, TokenCarrier};
use crate::shell::bounded::bounded;
use crate::shell::memory::Memory;
use crate::shell::send::batch::{Batch, HostTurns, JarName};
use crate::shell::send::{self, Order, SendError, Sent};
use crate::shell::services::Services;

/// How many requests to one host are under way, unless the user says otherwise.
pub const JOBS: usize = 4;

/// More lanes at a time than this times the number of jobs would only wait for a host.
const LANES_PER_JOB: usize = 4;

/// A body that goes on for longer (a stream of events) is ended there.
const LONGEST_BODY: Duration = Duration::from_secs(10);

/// What to send.
#[derive(Debug, Clone)]
pub struct MatrixOrder {
    /// The whole.
    pub matrix: Arc<Matrix>,
    /// The cells to send.
    pub cells: Vec<CellId>,
    /// In which environment.
    pub environment: Option<String>,
    /// Which methods.
    pub methods: Methods,
    /// How the token is carried, where it is not as the request says.
    pub carriers: BTreeMap<RequestId, TokenCarrier>,
    /// How many at a time for each host.
    pub jobs: usize,
    /// Origins that the user has allowed.
    pub allow_origins: Vec<Origin>,
    /// Variables of the command line.
    pub variables: Vec<(String, String)>,
}

/// Is told of each cell that is done, with all that was sent where there was an answer.
pub type OnCell<'a> = &'a (dyn Fn(CellId, CellResult, Option<Sent>) + Send + Sync);

/// Sends the cells.
pub async fn run(services: &Arc<Services>, workspace: &Workspace, order: &MatrixOrder, on_cell: OnCell<'_>) {
    let batches = batches(services, order);
    let batches = &batches;
    let send = move |id: CellId| -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let (result, sent) = cell(services, workspace, order, batches, id).await;
            on_cell(id, result, sent);
        })
    };
    in_lanes(lanes(&order.matrix, &order.cells), order.jobs.saturating_mul(LANES_PER_JOB), &send).await;
}

/// Goes through the lanes, `most` at a time; what is in one lane goes one after another.
async fn in_lanes<'a>(lanes: Vec<Vec<CellId>>, most: usize, send: &'a (dyn Fn(CellId) -> BoxFuture<'a, ()> + Sync)) {
    let go = |lane: Vec<CellId>| -> BoxFuture<'a, ()> {
        Box::pin(async move {
            for id in lane {
                send(id).await;
            }
        })
    };
    let under_way: Vec<BoxFuture<'a, ()>> = lanes.into_iter().map(go).collect();
    stream::iter(under_way).buffer_unordered(most.max(1)).for_each(|()| std::future::ready(())).await;
}

/// Which cells wait for which: those of one identity in a file that captures variables, in their order.
fn lanes(matrix: &Matrix, cells: &[CellId]) -> Vec<Vec<CellId>> {
    let mut lanes: Vec<Vec<CellId>> = Vec::new();
    let mut in_order: BTreeMap<(usize, &std::path::Path), usize> = BTreeMap::new();
    for id in cells {
        let Some(row) = matrix.rows.get(id.row).filter(|row| row.turn == Turn::InOrder) else {
            lanes.push(vec![*id]);
            continue;
        };
        let lane = *in_order.entry((id.column, &row.request.file)).or_insert_with(|| {
            lanes.push(Vec::new());
            lanes.len() - 1
        });
        lanes[lane].push(*id);
    }
    lanes
}

/// What the cells of one identity share; the hosts are shared by all.
fn batches(services: &Arc<Services>, order: &MatrixOrder) -> BTreeMap<usize, Batch> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let hosts = HostTurns::new(order.jobs);
    let batch = |column: usize| Batch {
        memory: Arc::new(Memory::default()),
        // No environment is called so.
        jar: Arc::new(JarName::new(services, format!("\u{1}matrix {number} {column}"))),
        methods: order.methods,
        hosts: hosts.clone(),
    };
    (0..order.matrix.columns.len()).map(|column| (column, batch(column))).collect()
}

async fn cell(
    services: &Arc<Services>,
    workspace: &Workspace,
    order: &MatrixOrder,
    batches: &BTreeMap<usize, Batch>,
    id: CellId,
) -> (CellResult, Option<Sent>) {
    let planned = order.matrix.cell(id).and_then(|plan| plan.not_sent.clone());
    let (Some((row, identity)), None) = (order.matrix.subject(id), &planned) else {
        return (CellResult::NotSent(planned.unwrap_or(NotSent::Cancelled)), None);
    };
    let sending = Order {
        request: row.request.clone(),
        environment: order.environment.clone(),
        chosen: ChosenIdentity::ActAs(identity.clone()),
        carrier: order.carriers.get(&row.request).copied(),
        max_redirects: None,
        allow_origins: Vec::new(),
        variables: order.variables.clone(),
        answers: Vec::new(),
        batch: batches.get(&id.column).cloned(),
    };
    let allow = Allowing { origins: &order.allow_origins, request: &row.request };
    match send_bounded(services, workspace, &sending, allow).await {
        Ok(sent) => {
            let answer = answer(&sent.outcome, sent.notes.clone());
            (CellResult::Answered(Box::new(answer)), Some(sent))
        }
        Err(error) => (unsent(error), None),
    }
}

/// Which origins were allowed beforehand, for the request at hand.
struct Allowing<'a> {
    origins: &'a [Origin],
    request: &'a RequestId,
}

/// Sends one request; a body without an end is ended.
async fn send_bounded(
    services: &Arc<Services>,
    workspace: &Workspace,
    order: &Order,
    allow: Allowing<'_>,
) -> Result<Sent, SendError> {
    let head = Notify::new();
    let progress = |progress: RunProgress| {
        if matches!(progress, RunProgress::Head(_)) {
            head.notify_one();
        }
    };
    let sending = async {
        let mut asked: Vec<Origin> = Vec::new();
        loop {
            match send::send(services, workspace, order.clone(), &progress).await {
                Err(SendError::OriginNotAllowed { origin, .. })
                    if allow.origins.contains(&origin) && asked.len() <= allow.origins.len() * 8 =>
                {
                    // Nothing is awaited between the question and this answer, so that it is the answer to this one.
                    services.allow_asked(allow.request, &origin);
                    asked.push(origin);
                }
                ended => break ended,
            }
        }
    };
    bounded(&head, LONGEST_BODY, sending).await
}

fn answer(outcome: &RunOutcome, notes: Vec<String>) -> CellAnswer {
    let exchange = &outcome.exchange;
    let location = exchange.head.header("location").filter(|_| (300..400).contains(&exchange.head.status));
    let mut notes = notes;
    if exchange.body.stopped {
        notes.push(format!("The body went on for {} s and was ended", LONGEST_BODY.as_secs()));
    }
    if let Some(fault) = &exchange.body.fault {
        notes.push(format!("The body is not whole: {fault}"));
    }
    CellAnswer {
        status: exchange.head.status,
        reason: exchange.head.reason.clone(),
        url: exchange.request.url.to_string(),
        location: location.map(str::to_owned),
        time: exchange.timings.total,
        size: exchange.body.bytes.len(),
        findings: outcome.findings.clone(),
        notes,
    }
}

fn unsent(error: SendError) -> CellResult {
    CellResult::NotSent(match error {
        SendError::OriginNotAllowed { holder, origin } => {
            let what = match holder {
                Holder::Token(identity) => format!("The token of `{identity}`"),
                Holder::Secret(secret) => format!("{secret}"),
            };
            NotSent::OriginNotAllowed { what, origin }
        }
        SendError::NeedsAnswers(questions) => {
            NotSent::Asks(questions.into_iter().map(|question| question.prompt.name).collect())
        }
        SendError::UnsafeMethod { method, first } => NotSent::UnsafeMethod { method, first },
        SendError::Problem(problem) if matches!(problem.kind, ProblemKind::SignIn | ProblemKind::Vault) => {
            NotSent::NotSignedIn(Box::new(problem))
        }
        SendError::Problem(problem) => return CellResult::Failed(Box::new(problem)),
    })
}

/// The identities of the columns, unless the user names some: those of the environment, and those that `# @expect` names
/// and nobody has.
pub fn columns(workspace: &Workspace, environment: Option<&str>, requests: &[RequestId]) -> Vec<IdentityName> {
    let mut columns: Vec<IdentityName> =
        workspace.identities(environment).into_iter().map(|identity| identity.name).collect();
    let blocks = requests.iter().filter_map(|id| workspace.request(id));
    for expect in blocks.flat_map(|block| &block.directives.expect) {
        if !columns.contains(&expect.identity) {
            columns.push(expect.identity.clone());
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::diagnose::matrix::MatrixRow;

    fn row(file: &str, index: usize, turn: Turn) -> MatrixRow {
        MatrixRow {
            request: RequestId { file: file.into(), index },
            label: String::new(),
            method: "GET".to_owned(),
            url: String::new(),
            line: 1,
            turn,
            on_request: false,
        }
    }

    fn id(row: usize, column: usize) -> CellId {
        CellId { row, column }
    }

    #[test]
    fn only_what_captures_goes_in_order_and_each_identity_by_itself() {
        let matrix = Matrix {
            columns: vec![IdentityName::new("jane"), IdentityName::new("anonymous")],
            rows: vec![row("a", 0, Turn::Any), row("b", 0, Turn::InOrder), row("b", 1, Turn::InOrder)],
            cells: Vec::new(),
        };
        let cells: Vec<CellId> = (0..3).flat_map(|row| [id(row, 0), id(row, 1)]).collect();
        let expected = [vec![id(0, 0)], vec![id(0, 1)], vec![id(1, 0), id(2, 0)], vec![id(1, 1), id(2, 1)]];
        assert_eq!(lanes(&matrix, &cells), expected);
        assert_eq!(lanes(&matrix, &[id(2, 1)]), [vec![id(2, 1)]]);
    }

    #[tokio::test]
    async fn lanes_are_bounded_in_number_and_keep_their_order() {
        let lanes: Vec<Vec<CellId>> = (0..10).map(|column| vec![id(0, column), id(1, column)]).collect();
        // The log, how many are under way, and how many were at most.
        let seen = Mutex::new((Vec::new(), 0, 0));
        let send = |id: CellId| -> BoxFuture<'_, ()> {
            let seen = &seen;
            Box::pin(async move {
                {
                    let (_, now, most) = &mut *seen.lock().unwrap();
                    *now += 1;
                    *most = (*most).max(*now);
                }
                tokio::task::yield_now().await;
                let (log, now, _) = &mut *seen.lock().unwrap();
                *now -= 1;
                log.push(id);
            })
        };
        in_lanes(lanes, 3, &send).await;
        let (log, _, most) = seen.lock().unwrap().clone();
        assert_eq!(most, 3);
        assert_eq!(log.len(), 20);
        for column in 0..10 {
            let at = |row| log.iter().position(|one| *one == id(row, column)).unwrap();
            assert!(at(0) < at(1));
        }
    }
}
