//! `bearcat token --compare OTHER`: two tokens claim by claim. `bearcat token --size`: how large one is.

use serde_json::{Value, json};

use crate::app::session::InspectedToken;
use crate::cli::output::{Output, clean};
use crate::model::time::Timestamp;
use crate::token::compare::{Change, ClaimChange, compare};
use crate::token::size::{self, COOKIE_PART, Fit, Sizes};

/// What differs, from `old` to `new`; `None`: one of them has no claims that can be read.
pub fn changes(old: &InspectedToken, new: &InspectedToken) -> Option<Vec<ClaimChange>> {
    Some(compare(old.inspection.claims.as_ref()?, new.inspection.claims.as_ref()?))
}

/// The changes as JSON: what says something, and the names of what differs always.
pub fn as_json(changes: Option<&[ClaimChange]>) -> Value {
    let Some(changes) = changes else { return Value::Null };
    let telling: Vec<Value> = changes.iter().filter(|change| !change.is_routine()).map(change_json).collect();
    let routine: Vec<&str> =
        changes.iter().filter(|change| change.is_routine()).map(|change| change.name.as_str()).collect();
    json!({ "changes": telling, "routine": routine })
}

fn change_json(change: &ClaimChange) -> Value {
    let mut value = json!({ "claim": change.name, "kind": change.kind() });
    match &change.change {
        Change::Added(new) => value["new"] = new.clone(),
        Change::Removed(old) => value["old"] = old.clone(),
        Change::Changed { old, new } => {
            value["old"] = old.clone();
            value["new"] = new.clone();
        }
        Change::Members { gained, lost } => {
            value["gained"] = json!(gained);
            value["lost"] = json!(lost);
        }
    }
    value
}

/// The changes in lines.
pub fn print(changes: Option<&[ClaimChange]>, now: Timestamp, output: Output) {
    let Some(changes) = changes else {
        return output.line(&output.paint.warn("at least one of the two has no claims that can be read"));
    };
    let telling: Vec<&ClaimChange> = changes.iter().filter(|change| !change.is_routine()).collect();
    if telling.is_empty() {
        output.line("no claim that says something differs");
    }
    for change in telling {
        let sign = match change.kind() {
            "added" => output.paint.good("+"),
            "removed" => output.paint.bad("-"),
            _ => output.paint.warn("~"),
        };
        output.line(&format!("{sign} {:<24} {}", clean(&change.name), clean(&change.words(now))));
    }
    let routine: Vec<&str> =
        changes.iter().filter(|change| change.is_routine()).map(|change| change.name.as_str()).collect();
    if !routine.is_empty() {
        output.line(&output.paint.faint(&format!("  as always: {}", clean(&routine.join(", ")))));
    }
}

/// The sizes as JSON.
pub fn size_json(sizes: &Sizes) -> Value {
    json!({
        "token": sizes.token,
        "bearer_header": sizes.bearer_header,
        "bearer_fits": sizes.bearer_fit().as_str(),
        "cookies": sizes.cookies(),
        "cookie_part": COOKIE_PART,
        "cookie_header": sizes.cookie_header,
        "cookies_fit": sizes.cookie_fit().as_str(),
    })
}

/// The sizes in lines. `id`: the ID token that goes beside it in cookies.
pub fn print_size(token: usize, id: Option<usize>, output: Output) {
    let sizes = size::of(token, id);
    let words = |fit: Fit| {
        if fit == Fit::Everywhere { output.paint.good(fit.words()) } else { output.paint.warn(fit.words()) }
    };
    output.line(&format!("token          {} bytes", sizes.token));
    output.line(&format!("bearer header  {} bytes: {}", sizes.bearer_header, words(sizes.bearer_fit())));
    let with = if id.is_some() { " with the ID token" } else { "" };
    output.line(&format!(
        "SDK cookies    {} of at most {COOKIE_PART} characters{with}; header {} bytes: {}",
        sizes.cookies(),
        sizes.cookie_header,
        words(sizes.cookie_fit())
    ));
}
