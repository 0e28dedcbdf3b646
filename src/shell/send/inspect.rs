//! The variables of a request as it would be sent: for the inspector and `bearcat variables`. Sends nothing, asks
//! nobody; of the vault it reads what the request names.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Order, Run, VariableSource};
use crate::app::msg::PromptDefault;
use crate::collection::inspect::{self, VariableRow};
use crate::collection::workspace::Workspace;
use crate::model::problem::Problem;
use crate::model::session::TokenSet;
use crate::redact::SecretText;
use crate::shell::secrets;
use crate::shell::services::Services;
use crate::template::Value;

/// The variables of the request that `order` names.
///
/// # Errors
/// When the request is gone, or the vault cannot be read.
pub async fn inspect(
    services: &Arc<Services>,
    workspace: &Workspace,
    order: &Order,
) -> Result<Vec<VariableRow>, Problem> {
    let run = Run::new(services, workspace, order)?;
    let (identities, names) = run.asked_for();
    let secrets = secrets::read(&services.vault, names, run.environment()).await?;
    let secrets: BTreeMap<String, SecretText> =
        secrets.into_iter().map(|(name, secret)| (name, secret.value)).collect();
    let mut tokens: BTreeMap<_, TokenSet> = BTreeMap::new();
    for name in identities {
        // One that cannot be read shows as "not signed in".
        if let Ok(identity) = run.identity(&name)
            && let Ok(Some(current)) = services.keeper.current(&identity).await
        {
            tokens.insert(name, current);
        }
    }
    let prompts = run.questions().unwrap_or_default().into_iter().filter_map(|question| match question.default {
        PromptDefault::Shown(text) => Some((question.prompt.name, Value::plain(text, VariableSource::Prompt))),
        PromptDefault::None => Some((question.prompt.name, Value::plain(String::new(), VariableSource::Prompt))),
        PromptDefault::Hidden => None,
    });
    let scope = run.scope(&tokens, &secrets).with_given(prompts);
    Ok(inspect::inspect(run.collection, &run.block, &scope))
}
