//! "Will it pass?" in the Auth tab: the pre-flight in one line, what speaks against it, and who else would pass.

use ratatui::text::{Line, Span};

use crate::app::preflight::Candidate;
use crate::app::state::AppState;
use crate::keys::action::Action;
use crate::token::preflight::{Answer, Preflight, PreflightCheck, PreflightId};
use crate::ui::hints::main_key;
use crate::ui::text;
use crate::ui::theme::{Role, Theme};
use crate::ui::wrap::{blanks, flow, labelled};

const QUESTION: &str = "will it pass";
const NOBODY: &str = "Nobody else here is known to pass";

/// Columns of the label of a check.
const CHECK: usize = 15;

/// More names than this are counted only.
const MOST_NAMES: usize = 4;

/// The lines; `label`: columns of the tab's labels.
pub fn lines(state: &AppState, theme: &Theme, label: usize, width: usize) -> Vec<Line<'static>> {
    let Some(preflight) = state.preflight() else { return Vec::new() };
    let (sign, role) = sign(preflight.answer());
    let headline = format!("{sign} {}", preflight.headline());
    let style = theme.style(role).patch(theme.style(Role::Strong));
    let mut lines = labelled(vec![theme.span(Role::Dim, QUESTION)], &headline, style, label, width);
    lines.extend(checks(theme, &preflight, width));
    if preflight.answer() == Answer::Fail {
        lines.extend(others(state, theme, width));
    }
    lines
}

/// Sign and colour of an answer.
pub const fn sign(answer: Answer) -> (&'static str, Role) {
    match answer {
        Answer::Pass => (text::GOOD, Role::Good),
        Answer::Unknown => (text::NONE, Role::Dim),
        Answer::Fail => (text::BAD, Role::Bad),
    }
}

/// What speaks against it first, what is not known next, and then what holds, on one line.
fn checks(theme: &Theme, preflight: &Preflight, width: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    if preflight.checks.len() == 1 {
        // The headline says it.
        return lines;
    }
    for answer in [Answer::Fail, Answer::Unknown] {
        let (sign, role) = sign(answer);
        for check in preflight.checks.iter().filter(|check| check.answer == answer) {
            let label = vec![blanks(2), theme.span(role, sign), Span::raw(" "), theme.span(role, check.id.label())];
            lines.extend(labelled(label, &check.reason, theme.style(Role::Plain), CHECK + 2, width));
        }
    }
    let held = preflight.checks.iter().filter(|check| check.answer == Answer::Pass).map(|check| {
        let (sign, role) = self::sign(Answer::Pass);
        vec![theme.span(role, sign), Span::raw(" "), theme.span(Role::Dim, held(check))]
    });
    lines.extend(flow(held.collect(), 2, 2, width));
    lines
}

/// A check that holds: for what the request needs, with what was found.
fn held(check: &PreflightCheck) -> String {
    match check.id {
        PreflightId::Permissions | PreflightId::Scopes | PreflightId::Organization => {
            format!("{}: {}", check.id.label(), check.reason)
        }
        _ => check.id.label().to_owned(),
    }
}

/// Who would pass instead, judged by the sessions that are in memory.
fn others(state: &AppState, theme: &Theme, width: usize) -> Vec<Line<'static>> {
    let current = state.effective_identity();
    let candidates = state.candidates();
    let others = || candidates.iter().filter(|one| Some(&one.name) != current && !one.name.is_anonymous());
    let names = |fits: &dyn Fn(&&Candidate) -> bool| -> Vec<&str> {
        others().filter(fits).map(|one| one.name.as_str()).collect()
    };
    let passing = names(&|one| one.preflight.answer() == Answer::Pass);
    let unread = names(&|one| is_not_loaded(&one.preflight));
    let key = main_key(Action::ActOnce);
    let says = match (passing.as_slice(), unread.as_slice()) {
        ([], []) => NOBODY.to_owned(),
        ([], unread) => format!("{NOBODY}; not read from the vault yet: {} ({key} looks)", list(unread)),
        (passing, _) => format!("{} would pass: {key} sends it once as somebody else", list(passing)),
    };
    let role = if passing.is_empty() { Role::Dim } else { Role::Accent };
    labelled(vec![blanks(2), theme.span(role, "→")], &says, theme.style(role), 4, width)
}

/// Was the session of this candidate not looked up?
pub fn is_not_loaded(preflight: &Preflight) -> bool {
    matches!(preflight.checks.as_slice(), [only] if only.id == PreflightId::Session && only.answer == Answer::Unknown)
}

fn list(names: &[&str]) -> String {
    let shown = names.iter().take(MOST_NAMES).copied().collect::<Vec<_>>().join(", ");
    match names.len().checked_sub(MOST_NAMES) {
        Some(more @ 1..) => format!("{shown} and {more} more"),
        _ => shown,
    }
}
