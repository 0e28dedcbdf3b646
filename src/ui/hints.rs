//! Which keys matter now: the hints of the status bar and of the layers, all from the table of actions.

use crate::app::request_editor::sheet::{RowKind, SheetRow};
use crate::app::session::SessionState;
use crate::app::state::{AppState, FilterMode, Panel, RunPhase, TreeRow};
use crate::keys::action::{Action, Context};
use crate::keys::map::key_for;
use crate::model::finding::Remedy;
use crate::model::problem::ProblemKind;
use crate::ui::canvas::Hint;

/// The hint for an action at a place, if it has a key there.
pub fn hint(action: Action, places: &[Context]) -> Option<Hint> {
    let key = key_label(key_for(action, places)?);
    let word = action.info_in(places)?.short;
    Some(Hint { key, word, action })
}

/// A key as it is shown: arrows as arrows.
pub fn key_label(key: &'static str) -> &'static str {
    match key {
        "up" => "↑",
        "down" => "↓",
        "left" => "←",
        "right" => "→",
        other => other,
    }
}

/// The hint for moving up and down.
pub const MOVE: Hint = Hint { key: "↑↓", word: "move", action: Action::Down };

/// The hint for scrolling.
pub const SCROLL: Hint = Hint { key: "↑↓", word: "scroll", action: Action::Down };

/// The hints for some actions at a place, in this order.
pub fn hints(actions: &[Action], places: &[Context]) -> Vec<Hint> {
    actions.iter().filter_map(|action| hint(*action, places)).collect()
}

/// The same with another word for one of the actions, where the table's is too general.
pub fn renamed(mut hints: Vec<Hint>, action: Action, word: &'static str) -> Vec<Hint> {
    for hint in hints.iter_mut().filter(|hint| hint.action == action) {
        hint.word = word;
    }
    hints
}

/// The key for an action of the main screen.
pub fn main_key(action: Action) -> &'static str {
    key_in(action, Context::Main)
}

/// The key for an action while the tree has the focus.
pub fn tree_key(action: Action) -> &'static str {
    key_for(action, &[Context::Tree, Context::Main]).map_or("", key_label)
}

/// The key for an action in a context.
pub fn key_in(action: Action, context: Context) -> &'static str {
    key_for(action, &[context]).map_or("", key_label)
}

/// The hints of the main screen, the most urgent first.
pub fn main_hints(state: &AppState, hidden: Hidden) -> Vec<Hint> {
    hints(&main_actions(state, hidden), state.contexts())
}

/// Is the response out of sight, because another panel has its place?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hidden {
    /// It shows.
    Nothing,
    /// It does not.
    Response,
}

fn main_actions(state: &AppState, hidden: Hidden) -> Vec<Action> {
    let requests = state.workspace.iter().flat_map(|workspace| &workspace.collections);
    if requests.map(|collection| collection.requests.len()).sum::<usize>() == 0 {
        let problems = (!state.problems().is_empty()).then_some(Action::Problems);
        let first = [Action::Login, Action::NewFile].into_iter().chain(problems);
        return first.chain([Action::Help, Action::Palette, Action::Quit]).collect();
    }
    if state.filter_mode == FilterMode::Typing {
        return vec![Action::Accept, Action::Back, Action::Help];
    }
    if let Some(actions) = editor_actions(state) {
        return actions;
    }
    let mut actions = Vec::new();
    if state.current_run().is_some_and(|run| run.phase.is_active()) {
        actions.push(Action::Back);
    }
    let selected = state.rows.get(state.selected_row);
    match selected {
        Some(TreeRow::Collection { .. }) if state.focus == Panel::Tree => actions.push(Action::ToggleFold),
        Some(TreeRow::Request(_)) => actions.push(Action::Send),
        _ => {}
    }
    if hidden == Hidden::Response && state.current_run().is_some() {
        actions.push(Action::FocusResponse);
    }
    actions.extend(response_actions(state));
    if !is_signed_in(state) {
        actions.push(Action::Login);
    }
    if state.documents.unsaved().next().is_some() {
        actions.push(Action::SaveAll);
        actions.push(Action::Undo);
    }
    if !state.problems().is_empty() {
        actions.push(Action::Problems);
    }
    if state.focus == Panel::Request && state.selected_id().is_some() {
        actions.extend([Action::EditHere, Action::Down, Action::AddRow, Action::EditBody, Action::ChooseMethod]);
    }
    actions.extend([Action::Help, Action::NextPanel, Action::ActAs]);
    if state.focus != Panel::Tree {
        actions.push(Action::NextTab);
    }
    actions.extend([Action::Find, Action::Palette]);
    if is_signed_in(state) {
        if state.focus == Panel::Token {
            actions.extend([Action::TokenLab, Action::LiveTruth, Action::RenewClaims]);
        }
        actions.extend([Action::RefreshSession, Action::Logout]);
    }
    actions.extend([Action::Copy, Action::Quit]);
    actions
}

/// What can be done in the request panel while something in it is selected or typed.
fn editor_actions(state: &AppState) -> Option<Vec<Action>> {
    use crate::app::request_editor::Input;
    match &state.editor.input {
        Some(Input::Cell(_)) => {
            return Some(vec![Action::Accept, Action::Back, Action::NextField, Action::Send, Action::Help]);
        }
        Some(Input::Text(text)) => {
            let mut actions = vec![Action::Back];
            if text.check != crate::app::request_editor::Check::NotJson {
                actions.extend([Action::FormatBody, Action::CheckBody]);
            }
            actions.extend([Action::Undo, Action::Send, Action::Redo, Action::SelectAll, Action::Help]);
            return Some(actions);
        }
        None => {}
    }
    let row = state.editor.row.filter(|_| state.focus == Panel::Request)?;
    let sheet = state.sheet();
    let mut actions = vec![Action::EditHere];
    let is_pair = |row: &SheetRow| matches!(row.kind, RowKind::Pair { .. });
    let is_pair = sheet.rows.get(row).is_some_and(is_pair);
    if is_pair {
        actions.extend([Action::ToggleRow, Action::AddRow, Action::RemoveRow]);
    }
    actions.extend([Action::Send, Action::Back, Action::Help]);
    if is_pair {
        actions.push(Action::RowDown);
    }
    actions.push(Action::NextTab);
    Some(actions)
}

/// What can be done about the response that shows.
fn response_actions(state: &AppState) -> Vec<Action> {
    let mut actions = Vec::new();
    match state.current_run().map(|run| &run.phase) {
        Some(RunPhase::Finished(outcome)) => {
            if !outcome.findings.is_empty() {
                actions.push(Action::Why);
            }
            if state.focus == Panel::Response && !outcome.exchange.body.bytes.is_empty() {
                actions.push(Action::SaveBody);
            }
            if state.focus == Panel::Response {
                actions.push(Action::Difference);
            }
            if outcome.findings.iter().any(|finding| finding.remedy == Some(Remedy::CookieMode)) {
                actions.push(Action::CookieMode);
            }
            if (300..400).contains(&outcome.exchange.head.status) {
                actions.push(Action::FollowRedirects);
            }
        }
        Some(RunPhase::Failed(problem)) => {
            actions.push(Action::Why);
            // Nothing was sent: a variable may be the reason.
            if problem.kind == ProblemKind::Input {
                actions.push(Action::Variables);
            }
        }
        _ => {}
    }
    actions
}

fn is_signed_in(state: &AppState) -> bool {
    state
        .current_session()
        .is_some_and(|session| matches!(session, SessionState::SignedIn(_) | SessionState::Refreshing(_)))
}
