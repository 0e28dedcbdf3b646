//! `bearcat export FORMAT FILE[#NAME]|DIR`: requests for other clients, languages and load tests.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde_json::json;

use crate::cli::args::{Common, ExportArguments};
use crate::cli::output::{Exit, Output, clean};
use crate::cli::send::{current, find, place, split};
use crate::cli::start::{self, PASSPHRASE_VARIABLE, Start};
use crate::cli::{Ended, subject};
use crate::collection::export::{Exported, Format, TokenMode};
use crate::collection::workspace::Workspace;
use crate::http::plan::auth::ChosenIdentity;
use crate::model::identity::IdentityName;
use crate::model::problem::{Problem, ProblemKind};
use crate::model::request::RequestId;
use crate::shell::export::{self, Order};
use crate::shell::services::{LAST_REFRESH, Services};
use crate::store::atomic::{FileMode, write_atomically};
use crate::store::choose::VaultChoice;

/// How long the vault may take to say which tokens must not be in an export.
const VAULT_PATIENCE: Duration = Duration::from_secs(2);

/// Writes the export to standard output or to a file.
pub fn run(arguments: &ExportArguments, common: &Common, output: Output) -> Ended {
    let start = Start::new(common)?;
    let (workspace, requests, title) = requests(&arguments.what, &start)?;
    let environment = subject::environment(&workspace, common)?;
    let chosen = match common.identity.as_deref().map(IdentityName::new) {
        Some(identity) => ChosenIdentity::ActAs(identity),
        None => ChosenIdentity::Current(current(&workspace, environment.as_deref())),
    };
    let format = Format::from(arguments.format);
    let tokens = if arguments.with_token { TokenMode::Value } else { TokenMode::Placeholder };
    let order = Order { format, requests, title, environment, chosen, carriers: BTreeMap::new(), tokens };
    let exported = start::small_runtime()?.run(async {
        let services = services(&start, tokens, output)?;
        learn_tokens(&services, &workspace, &order).await;
        let exported = export::export(&services, &workspace, &order).await;
        services.finish(LAST_REFRESH).await;
        exported
    })?;
    write(&exported, arguments, &order, output)
}

/// The requests that the argument names: one, those of a file, or those of a folder.
fn requests(what: &str, start: &Start) -> Result<(Workspace, Vec<RequestId>, String), Problem> {
    let root = std::env::current_dir().map_err(|error| {
        Problem::new(ProblemKind::Input, "The current folder cannot be read").detail(error.to_string())
    })?;
    let (file, wanted) = split(what);
    if wanted.is_none() && Path::new(file).is_dir() {
        let folder = std::fs::canonicalize(file).unwrap_or_else(|_| root.join(file));
        let workspace = crate::shell::workspace::load(&folder, &start.paths);
        let requests: Vec<RequestId> =
            workspace.collections.iter().flat_map(|collection| &collection.requests).map(|it| it.id.clone()).collect();
        if requests.is_empty() {
            return Err(Problem::new(ProblemKind::Input, format!("`{file}` has no requests")));
        }
        let title =
            folder.file_name().map_or_else(|| "requests".to_owned(), |name| name.to_string_lossy().into_owned());
        return Ok((workspace, requests, title));
    }
    let (root, file) = place(root, Path::new(file));
    if !root.join(&file).is_file() {
        return Err(Problem::new(ProblemKind::Input, format!("There is no file `{}`", file.display()))
            .hint("bearcat export curl FILE.http#NAME"));
    }
    let workspace = crate::shell::workspace::load_only(&root, std::slice::from_ref(&file), &start.paths);
    let Some(collection) = workspace.collections.first() else {
        let unreadable = || Problem::new(ProblemKind::Input, "The file cannot be read");
        return Err(workspace.problems.first().cloned().unwrap_or_else(unreadable));
    };
    let requests = match wanted {
        Some(_) => vec![find(collection, wanted)?],
        None if collection.requests.is_empty() => {
            return Err(find(collection, None)
                .err()
                .unwrap_or_else(|| Problem::new(ProblemKind::Input, format!("`{}` has no requests", file.display()))));
        }
        None => collection.requests.iter().map(|request| request.id.clone()).collect(),
    };
    let title = file.file_stem().map_or_else(|| "requests".to_owned(), |name| name.to_string_lossy().into_owned());
    Ok((workspace, requests, title))
}

/// A vault that would ask for its passphrase is opened only for the sake of a token.
fn services(start: &Start, tokens: TokenMode, output: Output) -> Result<std::sync::Arc<Services>, Problem> {
    let asks = start.choice == VaultChoice::File && std::env::var_os(PASSPHRASE_VARIABLE).is_none();
    if tokens == TokenMode::Placeholder && asks {
        let quiet = Start {
            choice: VaultChoice::Memory,
            problems: start.problems.clone(),
            settings: start.settings.clone(),
            paths: start.paths.clone(),
        };
        return quiet.command_services(output);
    }
    start.command_services(output)
}

/// Reads the sessions of the environment and the secrets, so that their values are known and found where one stands in a request in plain
/// text. A vault that does not answer holds up nothing.
async fn learn_tokens(services: &Services, workspace: &Workspace, order: &Order) {
    let read = async {
        for identity in workspace.identities(order.environment.as_deref()) {
            if !identity.name.is_anonymous() {
                // Reading is enough: a token is known to `redact` as soon as it is wrapped.
                let _ = services.keeper.current(&identity).await;
            }
        }
        let _ = crate::shell::secrets::list(&services.vault).await;
    };
    let _ = tokio::time::timeout(VAULT_PATIENCE, read).await;
}

fn write(exported: &Exported, arguments: &ExportArguments, order: &Order, output: Output) -> Ended {
    if let Some(path) = &arguments.out {
        store(path, exported)?;
    }
    if output.json {
        let value = json!({
            "format": order.format.id(),
            "requests": order.requests.len(),
            "file": arguments.out.as_ref().map(|path| path.display().to_string()),
            "text": arguments.out.is_none().then_some(&exported.text),
            "variables": exported.variables.iter().map(|variable| json!({
                "name": variable.name, "meaning": variable.meaning,
            })).collect::<Vec<_>>(),
            "remarks": exported.remarks,
            "holds_token": exported.holds_token,
        });
        if exported.holds_token {
            // The token was asked for; the rest was looked through.
            output.raw(format!("{value:#}\n").as_bytes());
        } else {
            output.value(&value);
        }
    } else if arguments.out.is_none() {
        // As it is: a token was asked for, and anything else was looked through.
        output.raw(exported.text.as_bytes());
    }
    if let Some(path) = &arguments.out {
        let count = order.requests.len();
        let requests = if count == 1 { "1 request".to_owned() } else { format!("{count} requests") };
        output.note(&format!("Wrote {requests} to {}", clean(&path.display().to_string())));
    }
    for variable in &exported.variables {
        output.note(&format!("set {}: {}", clean(&variable.name), clean(&variable.meaning)));
    }
    for remark in &exported.remarks {
        output.note(&format!("{} {}", output.error_paint.warn("note:"), clean(remark)));
    }
    if exported.holds_token {
        let warning = "The token itself stands in this export: whoever reads it can act as you until it ends";
        output.note(&output.error_paint.warn(warning));
    }
    Ok(Exit::Good)
}

/// Whole or not at all; only for the user's own eyes where a token is in it.
fn store(path: &Path, exported: &Exported) -> Result<(), Problem> {
    let mode = if exported.holds_token { FileMode::Private } else { FileMode::Keep };
    write_atomically(path, exported.text.as_bytes(), mode).map_err(|error| {
        Problem::new(ProblemKind::Input, format!("The export could not be written to {}", path.display()))
            .detail(error.to_string())
    })
}
