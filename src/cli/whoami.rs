//! `bearcat whoami`: who is signed in, and does the token hold.

use serde_json::json;

use crate::cli::args::Common;
use crate::cli::output::{Exit, Output, clean};
use crate::cli::start::{self, Start};
use crate::cli::{Ended, session_json, subject};
use crate::model::problem::{Problem, ProblemKind};
use crate::model::verdict::Standing;
use crate::shell::services::LAST_REFRESH;
use crate::shell::session;

/// Prints the session of the chosen identity. Ends with 3 when there is none, or its token is rejected.
pub fn run(common: &Common, output: Output) -> Ended {
    let start = Start::new(common)?;
    let services = start.command_services(output)?;
    let workspace = subject::surroundings(&start.paths)?;
    let identity = subject::identity(&workspace, common, None)?;
    start::small_runtime()?.run(async {
        let Some(view) = session::load(&services, &identity).await? else {
            return Err(Problem::new(ProblemKind::SignIn, format!("`{}` is not signed in", identity.name))
                .hint(format!("bearcat login --name {}", identity.name)));
        };
        services.finish(LAST_REFRESH).await;
        let now = services.auth.clock.now();
        let issuer = identity.issuer.as_ref().map(ToString::to_string);
        if output.json {
            output.value(&json!({
                "identity": identity.name.as_str(),
                "issuer": issuer,
                "who": view.who(),
                "access": session_json::inspected(&view.access),
                "id": view.id.as_ref().map(session_json::inspected),
                "refresh": view.tokens.refresh.is_some(),
                "permissions": view.access.kinde.permissions,
                "scopes": view.access.kinde.scopes,
                "org_code": view.access.kinde.org_code,
            }));
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
        }
        let rejected = view.access.verdict.standing() == Standing::Rejected;
        Ok(if rejected { Exit::SignIn } else { Exit::Good })
    })
}
