//! What the provider says now about the user of a session: userinfo, and Kinde's account API (kinde.md section 7).
//!
//! Asked when the user asks, never by itself. The access token goes to the host of its `iss` only if that is the
//! issuer of the identity; each call fails for itself, and the others are told all the same.

use serde_json::Value;
use url::Url;

use crate::auth::answer::{self, Asking};
use crate::auth::context::AuthContext;
use crate::auth::error::AuthError;
use crate::auth::provider::Providers;
use crate::auth::userinfo;
use crate::model::identity::{Grant, Identity};
use crate::model::problem::{Problem, ProblemKind};
use crate::model::provider::ProviderMetadata;
use crate::model::session::TokenSet;
use crate::model::wire::{FieldValue, WireRequest};
use crate::redact::SecretText;
use crate::token::describe;
use crate::token::inspect::inspect;
use crate::token::live::{AccountCall, AccountList, LiveTruth};

/// Items that are asked for at once; the API's own default is 10.
const PAGE_SIZE: &str = "100";

/// More pages of one list are not read.
const MOST_PAGES: usize = 10;

/// More items of one page are not kept.
const MOST_ITEMS: usize = 1000;

/// Asks everything that this session may ask.
///
/// # Errors
/// When nothing can be asked: a machine's token has no user, and the provider has to be reachable.
pub async fn live_truth(
    ctx: &AuthContext,
    providers: &Providers,
    identity: &Identity,
    tokens: &TokenSet,
) -> Result<LiveTruth, AuthError> {
    if identity.grant == Grant::ClientCredentials {
        return Err(AuthError::NoUser(identity.name.clone()));
    }
    let metadata = providers.metadata(ctx, identity).await?;
    let userinfo = userinfo::userinfo(ctx, providers, identity, tokens).await.map_err(|error| told(&error));
    let (mut account, mut note) = (Vec::new(), None);
    if metadata.is_kinde() {
        match account_base(identity, &metadata, tokens) {
            Ok(base) => {
                for call in AccountCall::ALL {
                    let list = list(ctx, identity, &metadata, tokens, &base, call).await;
                    account.push((call, list.map_err(|error| told(&error))));
                }
            }
            Err(why) => note = Some(why),
        }
    }
    Ok(LiveTruth { at: ctx.clock.now(), userinfo, account, note })
}

/// Why a call gave nothing, in few words: several of them stand below each other.
fn told(error: &AuthError) -> Problem {
    let new = |title: String| Problem::new(ProblemKind::SignIn, title);
    match error {
        AuthError::Refused { refusal, .. } => {
            let said = refusal.description.clone().unwrap_or_else(|| refusal.code.clone());
            new(format!("refused with {}", refusal.status)).detail(said)
        }
        AuthError::Busy { status, wait, .. } => {
            let wait = wait.map_or_else(String::new, |wait| format!("wait {}", describe::length(wait)));
            new(format!("too many calls ({status})")).detail(wait)
        }
        AuthError::Unexpected { status, why, .. } => new(format!("no list: status {status}")).detail(why.clone()),
        other => other.problem(),
    }
}

/// The host of the token's `iss`, which must be the identity's issuer: a token must not name where it is sent.
fn account_base(identity: &Identity, metadata: &ProviderMetadata, tokens: &TokenSet) -> Result<Url, String> {
    let token = inspect(tokens.access.expose());
    let expected = metadata.issuer.as_str();
    let is_identitys = identity.issuer.as_ref().is_some_and(|issuer| issuer.same_base(expected));
    match token.issuer() {
        Some(issuer) if issuer == expected && is_identitys => {
            let base = format!("{}/account_api/v1/", metadata.issuer.base());
            base.parse().map_err(|_| "The issuer is no URL that could be asked".to_owned())
        }
        _ => Err("The account API was not asked: the token's `iss` is not the identity's issuer".to_owned()),
    }
}

/// All pages of one list, as far as the bound.
async fn list(
    ctx: &AuthContext,
    identity: &Identity,
    metadata: &ProviderMetadata,
    tokens: &TokenSet,
    base: &Url,
    call: AccountCall,
) -> Result<AccountList, AuthError> {
    let mut found = AccountList { org_code: None, items: Vec::new(), cut: false };
    let mut after: Option<String> = None;
    for page in 1..=MOST_PAGES {
        let mut url = base.clone();
        url.set_path(&format!("{}{}", base.path(), call.name()));
        url.query_pairs_mut().append_pair("page_size", PAGE_SIZE);
        if let Some(after) = &after {
            url.query_pairs_mut().append_pair("starting_after", after);
        }
        let mut request = WireRequest::get("account API", url);
        let bearer = SecretText::new(format!("Bearer {}", tokens.access.expose()));
        request.headers.push(("Authorization", FieldValue::Secret(bearer)));
        let (members, _) = answer::ask(ctx, Asking::of(identity.grant, metadata), request).await?;
        let data = members.get("data");
        found.org_code = found
            .org_code
            .or_else(|| data.and_then(|data| data.get("org_code")).and_then(Value::as_str).map(str::to_owned));
        let items = data.and_then(|data| data.get(call.name())).and_then(Value::as_array);
        let items = items.map(Vec::as_slice).unwrap_or_default();
        found.items.extend(items.iter().take(MOST_ITEMS).cloned());
        let next = members.get("metadata").filter(|metadata| metadata.get("has_more") == Some(&Value::Bool(true)));
        let next = next.and_then(|metadata| metadata.get("next_page_starting_after")).and_then(Value::as_str);
        match next {
            // A provider that names the same place again would be asked for ever.
            Some(next) if after.as_deref() != Some(next) => {
                found.cut = page == MOST_PAGES;
                after = Some(next.to_owned());
            }
            _ => break,
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
