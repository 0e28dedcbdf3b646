//! Random sequences of messages: nothing panics, and what must always hold does.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use url::Url;

use super::fixture::{
    ENVIRONMENTS, ORDERS, REPORTS, Stage, name, outcome, problem, question, session, variable, vault, workspace_of,
};
use crate::app::effect::Effect;
use crate::app::hit::{Area, HitMap, Target};
use crate::app::msg::{Holder, LoginId, LoginProgress, MouseInput, MouseKind, Msg, RunProgress};
use crate::app::session::SessionState;
use crate::app::state::{Folded, Layer, RunPhase, StartOptions, TreeRow, Viewports};
use crate::app::tree::visible_rows;
use crate::collection::workspace::Workspace;
use crate::keys::action::ACTIONS;
use crate::model::exchange::RunId;
use crate::model::identity::{Identity, IdentityName, Origin};
use crate::model::port::VaultError;
use crate::model::request::RequestId;
use crate::model::session::SessionKey;

/// What may happen; ids and names are drawn from what exists, has existed, or never did.
#[derive(Debug, Clone)]
enum Step {
    Key(String),
    Paste(String),
    Press(usize, usize),
    Wheel(usize),
    Workspace(usize),
    Vault(usize),
    Session(usize, usize),
    LoggedOut(usize),
    Refreshing(usize),
    Progress(u64, usize),
    LoginEnded(u64, usize),
    RunProgress(u64, usize),
    RunFinished(u64),
    RunFailed(u64),
    RunNeedsOrigin(u64),
    RunNeedsAnswers(u64),
    Inspected(u64),
    Wait(u64),
    Draw(usize),
}

fn any_key() -> impl Strategy<Value = String> {
    let keys: BTreeSet<&str> = ACTIONS.iter().flat_map(|info| info.keys.iter().copied()).collect();
    let keys: Vec<String> = keys.into_iter().map(str::to_owned).collect();
    // Enter, escape, yes and the keys of sign-in and sending carry most arrows: they come more often.
    let often = vec!["enter", "enter", "esc", "esc", "esc", "y", "l", "r", "f", "c", "p", "D", "down", "up"];
    prop_oneof![
        3 => prop::sample::select(keys),
        9 => prop::sample::select(often).prop_map(str::to_owned),
        1 => "[a-z.:/]".prop_map(|c| c),
    ]
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => any_key().prop_map(Step::Key),
        1 => "\\PC{0,20}".prop_map(Step::Paste),
        2 => (0_usize..8, 0_usize..12).prop_map(|(kind, row)| Step::Press(kind, row)),
        1 => (0_usize..8).prop_map(Step::Wheel),
        1 => prop::sample::select(vec![0_usize, 0, 1, 2, 3]).prop_map(Step::Workspace),
        1 => prop::sample::select(vec![0_usize, 0, 0, 1]).prop_map(Step::Vault),
        3 => (0_usize..4).prop_map(|what| Step::Session(0, what)),
        2 => (0_usize..6, 0_usize..4).prop_map(|(who, what)| Step::Session(who, what)),
        1 => (0_usize..6).prop_map(Step::LoggedOut),
        1 => (0_usize..6).prop_map(Step::Refreshing),
        3 => (0_u64..2, 0_usize..6).prop_map(|(back, what)| Step::Progress(back, what)),
        2 => (0_u64..3, 0_usize..3).prop_map(|(back, what)| Step::LoginEnded(back, what)),
        2 => (0_u64..3, 0_usize..4).prop_map(|(back, what)| Step::RunProgress(back, what)),
        3 => (0_u64..3).prop_map(Step::RunFinished),
        1 => (0_u64..5).prop_map(Step::RunFailed),
        2 => (0_u64..3).prop_map(Step::RunNeedsOrigin),
        2 => (0_u64..3).prop_map(Step::RunNeedsAnswers),
        1 => (0_u64..3).prop_map(Step::Inspected),
        2 => prop::sample::select(vec![0_u64, 1, 100, 1600, 5000, 600_000, 90_000_000]).prop_map(Step::Wait),
        2 => (0_usize..30).prop_map(Step::Draw),
    ]
}

fn some_workspace(which: usize) -> Workspace {
    match which {
        0 => workspace_of(&[("orders.http", ORDERS), ("reports.http", REPORTS)], ENVIRONMENTS),
        1 => workspace_of(&[("reports.http", REPORTS)], ENVIRONMENTS),
        2 => workspace_of(&[("orders.http", &format!("GET https://new.example\n\n{ORDERS}"))], "{}"),
        _ => Workspace::default(),
    }
}

/// Identities that are, were or never will be.
fn some_key(stage: &Stage, who: usize) -> SessionKey {
    match stage.state().identities.get(who) {
        Some(identity) => SessionKey::of(identity),
        None => SessionKey {
            issuer: "https://prod.example".to_owned(),
            client_id: "live".to_owned(),
            identity: name("jane"),
        },
    }
}

fn some_progress(stage: &Stage, what: usize) -> LoginProgress {
    let url = Url::parse("https://dev.example/x").unwrap();
    let expires_at = stage.now.plus(Duration::from_mins(5));
    match what {
        0 => LoginProgress::Discovering,
        1 => LoginProgress::DeviceCode {
            user_code: "ABCD".to_owned(),
            verification_uri: url,
            verification_uri_complete: None,
            expires_at,
        },
        2 => LoginProgress::Polled { attempt: 1, interval: Duration::from_secs(5), note: Some("slow".to_owned()) },
        3 => LoginProgress::Browser { url: url.clone(), redirect_uri: url, expires_at },
        4 => LoginProgress::Storing,
        _ => LoginProgress::Note("note".to_owned()),
    }
}

fn target(kind: usize, row: usize) -> Target {
    use crate::app::state::{Panel, RequestTab, ResponseTab};
    match kind {
        0 => Target::Panel(Panel::ALL[row % 4]),
        1 => Target::TreeRow(row),
        2 => Target::RequestTab(RequestTab::ALL[row % 5]),
        3 => Target::ResponseTab(ResponseTab::ALL[row % 4]),
        4 => Target::TokenTab(crate::model::session::TokenKind::ALL[row % 3]),
        5 => Target::LayerRow(row),
        6 => Target::Button(ACTIONS[row * 7 % ACTIONS.len()].action),
        _ => Target::Layer,
    }
}

struct Ids {
    run: u64,
    login: u64,
}

fn msg(step: Step, stage: &Stage, ids: &Ids) -> Msg {
    let run = |back: u64| RunId(ids.run.saturating_sub(back));
    let login = |back: u64| LoginId(ids.login.saturating_sub(back));
    match step {
        Step::Key(key) => Msg::Key(key.parse().unwrap()),
        Step::Paste(text) => Msg::Paste(text),
        Step::Press(..) => Msg::Mouse(MouseInput { kind: MouseKind::Press, column: 0, row: 0 }),
        Step::Wheel(_) => Msg::Mouse(MouseInput { kind: MouseKind::ScrollDown, column: 0, row: 0 }),
        Step::Workspace(which) => Msg::WorkspaceLoaded(Box::new(some_workspace(which))),
        Step::Vault(0) => Msg::VaultProbed(vault(Ok(()))),
        Step::Vault(_) => Msg::VaultProbed(vault(Err(VaultError::Absent("no".to_owned())))),
        Step::Session(who, what) => {
            let key = some_key(stage, who);
            let mut view = session(key.identity.as_str(), stage.now, Duration::from_hours(1));
            if what == 1 {
                (view.tokens.refresh, view.tokens.id) = (None, None);
            }
            let result = match what {
                0 | 1 => Ok(Some(Box::new(view))),
                2 => Ok(None),
                _ => Err(problem("locked")),
            };
            Msg::SessionLoaded { key, result }
        }
        Step::LoggedOut(who) => Msg::LoggedOut { key: some_key(stage, who), problem: None },
        Step::Refreshing(who) => Msg::SessionRefreshing { key: some_key(stage, who) },
        Step::Progress(back, what) => Msg::LoginProgress { id: login(back), progress: some_progress(stage, what) },
        Step::LoginEnded(back, 0) => Msg::LoginEnded { id: login(back), result: Err(problem("denied")) },
        Step::LoginEnded(back, what) => {
            let identity = stage.state().login().map(|login| login.identity.clone());
            let identity = identity.filter(|_| what == 1).unwrap_or_else(Identity::anonymous);
            Msg::LoginEnded { id: login(back), result: Ok(Box::new(identity)) }
        }
        Step::RunProgress(back, what) => {
            let progress = match what {
                0 => RunProgress::Refreshing,
                1 => RunProgress::Sending(Box::new(super::fixture::sent("https://api.example"))),
                2 => RunProgress::Head(Box::new(super::fixture::head(401))),
                _ => RunProgress::Received { received: 5, expected: None },
            };
            Msg::RunProgress { id: run(back), progress }
        }
        Step::RunFinished(back) => Msg::RunFinished { id: run(back), outcome: outcome(b"body") },
        Step::RunFailed(back) => Msg::RunFailed { id: run(back), problem: problem("no") },
        Step::RunNeedsOrigin(back) => Msg::RunNeedsOrigin {
            id: run(back),
            holder: Holder::Token(name("jane")),
            origin: Origin::parse("https://api.example").unwrap(),
        },
        Step::RunNeedsAnswers(back) => {
            Msg::RunNeedsAnswers { id: run(back), prompts: vec![question("order", ""), question("password", "")] }
        }
        Step::Inspected(back) => Msg::VariablesInspected { id: run(back), result: Ok(vec![variable("base")]) },
        Step::Wait(_) => Msg::Tick,
        Step::Draw(rows) => {
            let viewports = Viewports { tree: rows, request: rows, response: rows, token: rows, layer: rows };
            Msg::Drawn(Box::new(HitMap { viewports, ..HitMap::default() }))
        }
    }
}

/// What was begun and not ended, reckoned from the effects alone.
#[derive(Default)]
struct Ledger {
    logins: BTreeSet<LoginId>,
    runs: BTreeSet<RunId>,
    run_ids: BTreeSet<RunId>,
    refreshing: BTreeSet<IdentityName>,
}

impl Ledger {
    fn before(&mut self, msg: &Msg, stage: &Stage) {
        match msg {
            Msg::LoginEnded { id, .. } => {
                self.logins.remove(id);
            }
            Msg::RunFinished { id, .. } | Msg::RunFailed { id, .. } => {
                self.runs.remove(id);
            }
            Msg::RunNeedsOrigin { id, .. } | Msg::RunNeedsAnswers { id, .. } => {
                self.runs.remove(id);
            }
            Msg::SessionLoaded { key, .. } | Msg::LoggedOut { key, .. } => {
                self.refreshing.remove(&key.identity);
            }
            // A new definition of an identity is another session.
            Msg::WorkspaceLoaded(_) => self.refreshing.clear(),
            Msg::Key(_) | Msg::Mouse(_) if stage.state().layers.iter().any(is_environments) => self.refreshing.clear(),
            Msg::VaultProbed(_) => {}
            _ => {}
        }
    }

    fn after(&mut self, effects: &[Effect]) -> Result<(), TestCaseError> {
        for effect in effects {
            match effect {
                Effect::Login { id, .. } | Effect::PasteToken { id, .. } => {
                    prop_assert!(self.logins.is_empty(), "a second sign-in while one goes on");
                    self.logins.insert(*id);
                }
                Effect::CancelLogin(id) => {
                    prop_assert!(self.logins.remove(id), "cancels what does not go on");
                }
                Effect::Send(send) => {
                    prop_assert!(self.run_ids.insert(send.id), "a run id was used twice");
                    self.runs.insert(send.id);
                }
                Effect::CancelRun(id) => {
                    self.runs.remove(id);
                }
                Effect::RefreshSession(identity) => {
                    prop_assert!(self.refreshing.insert(identity.name.clone()), "a second refresh while one goes on");
                }
                _ => {}
            }
        }
        Ok(())
    }
}

const fn is_environments(layer: &Layer) -> bool {
    matches!(layer, Layer::Environments { .. })
}

fn check_state(stage: &Stage, ledger: &Ledger) -> Result<(), TestCaseError> {
    let state = stage.state();
    prop_assert!(state.layers.len() <= 6);
    let rows = state.rows.len();
    prop_assert!(state.selected_row < rows.max(1));
    prop_assert!(state.tree_offset <= rows);
    if let Some(workspace) = &state.workspace {
        let filter = state.filter.as_ref().map(|field| field.text.as_str()).unwrap_or_default();
        prop_assert_eq!(&state.rows, &visible_rows(workspace, &state.folded, filter), "the rows are up to date");
    }
    for row in &state.rows {
        if let TreeRow::Request(id) = row {
            prop_assert!(state.request(id).is_some());
        }
    }
    let gone: Vec<&RequestId> = state.runs.keys().filter(|id| state.request(id).is_none()).collect();
    prop_assert!(gone.is_empty(), "runs of requests that are gone: {gone:?}");
    let logins = state.layers.iter().filter(|layer| matches!(layer, Layer::Login(_))).count();
    prop_assert!(logins <= 1);
    let active = state.login().is_some_and(crate::app::state::LoginLayer::is_active);
    prop_assert_eq!(active, !ledger.logins.is_empty(), "what goes on outside is what shows");
    prop_assert!(state.runs.values().filter(|run| run.phase.is_active()).count() >= ledger.runs.len());
    prop_assert!(state.folded.values().all(|folded| matches!(folded, Folded::Open | Folded::Closed)));
    prop_assert!(stage.app.wants_tick().is_none_or(|wait| !wait.is_zero()));
    Ok(())
}

fn cancelled(stage: &Stage) -> Vec<RunId> {
    let runs = stage.state().runs.values();
    runs.filter(|run| matches!(run.phase, RunPhase::Cancelled)).map(|run| run.id).collect()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 500,
        rng_seed: RngSeed::Fixed(2),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn whatever_happens_the_state_stays_sound(steps in prop::collection::vec(any_step(), 1..80)) {
        let mut stage = Stage::started(StartOptions::default());
        stage.tell(Msg::WorkspaceLoaded(Box::new(some_workspace(0))));
        if steps.len() % 4 != 0 {
            stage.tell(Msg::VaultProbed(vault(Ok(()))));
        }
        let mut ledger = Ledger::default();
        let mut ids = Ids { run: 0, login: 0 };
        for step in steps {
            if let Step::Wait(millis) = step {
                stage.now = stage.now.plus(Duration::from_millis(millis));
            }
            let under = match step {
                Step::Press(kind, row) => Some(target(kind, row)),
                Step::Wheel(kind) => Some(target(kind, 0)),
                _ => None,
            };
            if let Some(target) = under {
                let areas = vec![(Area { x: 0, y: 0, width: 1, height: 1 }, target)];
                let viewports = stage.state().viewports;
                stage.tell(Msg::Drawn(Box::new(HitMap { areas, viewports, contents: None })));
            }
            let msg = msg(step, &stage, &ids);
            let late = match &msg {
                Msg::RunFinished { id, .. } => cancelled(&stage).contains(id).then_some(*id),
                _ => None,
            };
            ledger.before(&msg, &stage);
            let effects = stage.tell(msg);
            ledger.after(&effects)?;
            for effect in &effects {
                match effect {
                    Effect::Send(send) | Effect::Inspect(send) => ids.run = ids.run.max(send.id.0),
                    Effect::Login { id, .. } | Effect::PasteToken { id, .. } => ids.login = ids.login.max(id.0),
                    _ => {}
                }
            }
            if let Some(id) = late {
                prop_assert!(cancelled(&stage).contains(&id), "a late result woke a cancelled run");
            }
            check_state(&stage, &ledger)?;
        }
        let signed_in = |session: &SessionState| session.view().is_some();
        prop_assert!(stage.state().sessions.values().filter(|one| signed_in(one)).count() <= 4);
    }
}
