//! `bearcat whoami`: who is signed in, and does the token hold.

use serde_json::{Value, json};

use crate::app::session::SessionView;
use crate::cli::args::{Common, WhoamiArguments};
use crate::cli::output::{Exit, Output, clean};
use crate::cli::start::{self, Start};
use crate::cli::{Ended, session_json, subject};
use crate::model::problem::{Problem, ProblemKind};
use crate::model::verdict::Standing;
use crate::shell::services::LAST_REFRESH;
use crate::shell::{lab, session};
use crate::token::live::{self, Agreement, LiveRow, LiveTruth};

/// Prints the session of the chosen identity. Ends with 3 when there is none, or its token is rejected.
pub fn run(arguments: &WhoamiArguments, common: &Common, output: Output) -> Ended {
    let start = Start::new(common)?;
    let services = start.command_services(output)?;
    let workspace = subject::surroundings(&start.paths)?;
    let identity = subject::identity(&workspace, common, None)?;
    start::small_runtime()?.run(async {
        let Some(view) = session::load(&services, &identity).await? else {
            return Err(Problem::new(ProblemKind::SignIn, format!("`{}` is not signed in", identity.name))
                .hint(format!("bearcat login --name {}", identity.name)));
        };
        let live = if arguments.live { Some(lab::live_truth(&services, &identity).await?) } else { None };
        services.finish(LAST_REFRESH).await;
        let live = live.map(|truth| (compared(&view, &truth), truth));
        let now = services.auth.clock.now();
        let issuer = identity.issuer.as_ref().map(ToString::to_string);
        if output.json {
            let mut value = json!({
                "identity": identity.name.as_str(),
                "issuer": issuer,
                "who": view.who(),
                "access": session_json::inspected(&view.access),
                "id": view.id.as_ref().map(session_json::inspected),
                "refresh": view.tokens.refresh.is_some(),
                "permissions": view.access.kinde.permissions,
                "scopes": view.access.kinde.scopes,
                "org_code": view.access.kinde.org_code,
            });
            if let Some((rows, truth)) = &live {
                value["live"] = live_json(rows, truth);
            }
            output.value(&value);
        } else {
            output.line(&format!("{}  {}", output.paint.strong(&clean(&view.who())), clean(identity.name.as_str())));
            output.line(&format!("issuer       {}", issuer.unwrap_or_else(|| "–".to_owned())));
            if let Some(org) = &view.access.kinde.org_code {
                output.line(&format!("organisation {}", clean(org)));
            }
            if let Some(permissions) = &view.access.kinde.permissions {
                output.line(&format!("permissions  {}", clean(&permissions.join(" "))));
            }
            let refresh = if view.tokens.refresh.is_some() { "yes" } else { "no: log in again when it expires" };
            output.line(&format!("refreshes    {refresh}"));
            let (verdict, inspection) = (&view.access.verdict, &view.access.inspection);
            output.line(&format!("token        {}", session_json::summary(verdict, inspection, now, output.paint)));
            for line in session_json::verdict_lines(verdict, output.paint) {
                output.line(&format!("  {line}"));
            }
            if let Some((rows, truth)) = &live {
                print_live(rows, truth, output);
            }
        }
        let rejected = view.access.verdict.standing() == Standing::Rejected;
        Ok(if rejected { Exit::SignIn } else { Exit::Good })
    })
}

/// Token and provider side by side.
fn compared(view: &SessionView, truth: &LiveTruth) -> Vec<LiveRow> {
    let id = view.id.as_ref().and_then(|id| id.inspection.claims.as_ref());
    let person: Vec<_> = view.access.inspection.claims.iter().chain(id).collect();
    live::compare(&view.access.kinde, &person, truth)
}

fn live_json(rows: &[LiveRow], truth: &LiveTruth) -> Value {
    let rows: Vec<Value> = rows
        .iter()
        .map(|row| {
            json!({
                "what": row.what,
                "token": row.token,
                "provider": row.provider,
                "agreement": row.agreement.as_str(),
            })
        })
        .collect();
    json!({ "asked_at": truth.at.seconds(), "rows": rows, "note": truth.note })
}

fn print_live(rows: &[LiveRow], truth: &LiveTruth, output: Output) {
    output.line(&output.paint.strong("the provider says now"));
    for row in rows {
        let (sign, value) = match row.agreement {
            Agreement::Same => (output.paint.good("✔"), row.provider.clone()),
            Agreement::Differs => (output.paint.bad("✘"), format!("{} · the token says {}", row.provider, row.token)),
            Agreement::NotInToken => (output.paint.faint("–"), format!("{} (not in the token)", row.provider)),
            Agreement::NoAnswer => (output.paint.warn("!"), row.provider.clone()),
        };
        output.line(&format!("  {sign} {:<18} {}", clean(&row.what), clean(&value)));
    }
    if let Some(note) = &truth.note {
        output.line(&format!("  {}", clean(note)));
    }
    if live::is_stale(rows) {
        output.note("The token is older than a change: `bearcat token --renew` gets one with today's claims");
    }
}
