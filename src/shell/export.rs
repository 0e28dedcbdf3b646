//! Exports with what only the shell may read: the clock, template files, sessions.
//!
//! The effect runner and `bearcat export` both come here, so that screen and script cannot differ. A session is read
//! only where a token is asked for; otherwise what is known of sessions is only looked for in the text.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use url::Url;

use crate::auth::keeper::Freshness;
use crate::collection::export::{self, ExportAuth, ExportInput, ExportSource, Exported, Format, TokenMode};
use crate::collection::file::Collection;
use crate::collection::scope::RequestScope;
use crate::collection::workspace::Workspace;
use crate::http::plan::auth::{ChosenIdentity, effective_auth};
use crate::model::identity::IdentityName;
use crate::model::problem::{Problem, ProblemKind};
use crate::model::request::{RequestBlock, RequestId, TokenCarrier};
use crate::model::session::TokenSet;
use crate::shell::clock::SystemRandom;
use crate::shell::services::Services;
use crate::shell::session;
use crate::template::{NoSecrets, Surroundings};

/// A larger template file is not read.
const LARGEST_TEMPLATE: u64 = 4 * 1024 * 1024;

/// What to export.
#[derive(Debug, Clone)]
pub struct Order {
    /// As what.
    pub format: Format,
    /// Which requests, in order.
    pub requests: Vec<RequestId>,
    /// The name of the whole.
    pub title: String,
    /// In which environment.
    pub environment: Option<String>,
    /// As whom.
    pub chosen: ChosenIdentity,
    /// How the token is carried, where it is not as the request says.
    pub carriers: BTreeMap<RequestId, TokenCarrier>,
    /// May tokens stand in it?
    pub tokens: TokenMode,
}

/// Exports. Reads sessions only for [`TokenMode::Value`].
pub async fn export(services: &Services, workspace: &Workspace, order: &Order) -> Result<Exported, Problem> {
    let mut tokens = BTreeMap::new();
    if order.tokens == TokenMode::Value {
        for name in identities(workspace, order) {
            let Some(identity) = workspace.identity(order.environment.as_deref(), &name) else { continue };
            tokens.insert(name, session::fresh(services, &identity, Freshness::IfDue).await?);
        }
        if tokens.is_empty() {
            return Err(Problem::new(ProblemKind::Input, "No request here carries a token")
                .hint("Leave `--with-token` out, or say with `# @auth` or `--as` whose token it is"));
        }
    }
    let allowed = |name: &IdentityName, url: &str| {
        let identity = workspace.identity(order.environment.as_deref(), name);
        identity.is_some_and(|identity| Url::parse(url).is_ok_and(|url| services.allows(&identity, &url)))
    };
    let now = services.auth.clock.now();
    let order = order.clone();
    Ok(write(workspace, &order, &tokens, now, &allowed))
}

/// Exports without any token.
pub fn write(
    workspace: &Workspace,
    order: &Order,
    tokens: &BTreeMap<IdentityName, TokenSet>,
    now: crate::model::time::Timestamp,
    allowed: &dyn Fn(&IdentityName, &str) -> bool,
) -> Exported {
    let surroundings = Surroundings {
        now,
        utc_offset_seconds: jiff::Zoned::now().offset().seconds(),
        random: &SystemRandom,
        process_environment: &workspace.environments.process_environment,
        dotenv: &workspace.environments.dotenv,
        tokens,
        // A secret of the vault stands in no export.
        secrets: &NoSecrets,
    };
    let environment = order.environment.as_deref();
    let files: BTreeSet<&Path> = order.requests.iter().map(|id| id.file.as_path()).collect();
    let scopes: BTreeMap<&Path, (&Collection, RequestScope<'_>)> = workspace
        .collections
        .iter()
        .filter(|collection| files.contains(collection.path.as_path()))
        .map(|collection| {
            let scope = RequestScope::new(collection, &workspace.environments, environment, surroundings);
            (collection.path.as_path(), (collection, scope))
        })
        .collect();
    let requests = order
        .requests
        .iter()
        .filter_map(|id| {
            let (collection, scope) = scopes.get(id.file.as_path())?;
            Some(ExportSource { collection, block: collection.requests.get(id.index)?, scope })
        })
        .collect();
    let auth = |block: &RequestBlock| {
        let carrier = order.carriers.get(&block.id).copied();
        let auth = effective_auth(block, &order.chosen, carrier)?;
        Some(ExportAuth { identity: auth.identity, carrier: auth.carrier })
    };
    let read = |path: &Path| template_file(&workspace.root.join(path));
    let input =
        ExportInput { requests, title: order.title.clone(), auth: &auth, read: &read, tokens: order.tokens, allowed };
    export::export(order.format, &input)
}

/// Whose tokens the requests carry.
fn identities(workspace: &Workspace, order: &Order) -> BTreeSet<IdentityName> {
    let blocks = order.requests.iter().filter_map(|id| workspace.request(id));
    blocks
        .filter_map(|block| effective_auth(block, &order.chosen, order.carriers.get(&block.id).copied()))
        .map(|auth| auth.identity)
        .collect()
}

fn template_file(path: &Path) -> Option<String> {
    let size = std::fs::metadata(path).ok()?.len();
    if size > LARGEST_TEMPLATE {
        return None;
    }
    String::from_utf8(std::fs::read(path).ok()?).ok()
}
