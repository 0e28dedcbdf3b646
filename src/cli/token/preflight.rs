//! `bearcat token --for FILE#NAME`: would the token of that request pass, and whose would?

use serde_json::{Value, json};

use crate::cli::args::Common;
use crate::cli::output::{Exit, Output, clean};
use crate::cli::start::{self, Start};
use crate::cli::{Ended, send};
use crate::model::identity::IdentityName;
use crate::shell::send::{Judged, judge};
use crate::shell::services::LAST_REFRESH;
use crate::token::preflight::{Answer, Preflight};

/// Prints the pre-flight. Ends with 1 when the request would not pass.
pub fn run(request: &str, common: &Common, output: Output) -> Ended {
    let start = Start::new(common)?;
    let found = send::find_request(request, &start, common, output)?;
    let services = start.command_services(output)?;
    let order = send::order(&found, &[], common)?;
    let judged = start::small_runtime()?.run(async {
        let judged = judge(&services, &found.workspace, &order).await;
        services.finish(LAST_REFRESH).await;
        judged
    })?;
    if output.json {
        output.value(&as_json(&judged));
    } else {
        print(&judged, output);
    }
    Ok(if judged.preflight.answer() == Answer::Fail { Exit::Failed } else { Exit::Good })
}

fn print(judged: &Judged, output: Output) {
    let who = judged.identity.as_ref().map_or("nobody", IdentityName::as_str);
    output.line(&format!("{} as {}", output.paint.strong(&clean(&judged.request)), clean(who)));
    output.line(&format!("{} {}", sign(judged.preflight.answer(), output), judged.preflight.headline()));
    for check in &judged.preflight.checks {
        output.line(&format!("  {} {:<12} {}", sign(check.answer, output), check.id.label(), clean(&check.reason)));
    }
    for (name, preflight) in &judged.others {
        let says = format!("{}: {}", clean(name.as_str()), preflight.headline());
        output.line(&format!("  {} {says}", output.paint.strong("→")));
    }
    if judged.others.iter().any(|(_, preflight)| preflight.answer() == Answer::Pass) {
        output.note("`--as NAME` sends it as somebody else");
    }
}

fn sign(answer: Answer, output: Output) -> String {
    match answer {
        Answer::Pass => output.paint.good("✔"),
        Answer::Unknown => output.paint.faint("–"),
        Answer::Fail => output.paint.bad("✘"),
    }
}

fn as_json(judged: &Judged) -> Value {
    let others = judged.others.iter().map(|(name, preflight)| {
        let mut value = of(preflight);
        value["identity"] = json!(name.as_str());
        value
    });
    let mut value = of(&judged.preflight);
    value["request"] = json!(judged.request);
    value["identity"] = json!(judged.identity.as_ref().map(IdentityName::as_str));
    value["others"] = others.collect();
    value
}

fn of(preflight: &Preflight) -> Value {
    let checks: Vec<Value> = preflight
        .checks
        .iter()
        .map(|check| json!({ "id": check.id.id(), "answer": check.answer.as_str(), "reason": check.reason }))
        .collect();
    json!({ "answer": preflight.answer().as_str(), "headline": preflight.headline(), "checks": checks })
}
