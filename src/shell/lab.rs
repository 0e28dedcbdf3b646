//! What the token lab and `bearcat token` ask of the outside: verifying any token against an issuer that the user names,
//! the tokens in a cookie jar, the provider's own view of a session.

use std::sync::Arc;

use url::Url;

use crate::auth::keeper::Freshness;
use crate::auth::live;
use crate::model::identity::{Grant, Identity, Issuer};
use crate::model::problem::Problem;
use crate::model::verdict::Verdict;
use crate::shell::services::Services;
use crate::shell::session;
use crate::token::find::{Found, in_cookies};
use crate::token::inspect::{TokenUse, inspect};
use crate::token::live::LiveTruth;
use crate::token::verify::{Expectation, Keys, verify};

/// Verifies `token` against the keys of `issuer`, which the user trusts; what the token says of its issuer decides
/// nothing.
///
/// # Errors
/// When the provider's metadata or keys cannot be read.
pub async fn verify_against(
    services: &Services,
    issuer: Issuer,
    audiences: &[String],
    token: &str,
) -> Result<Verdict, Problem> {
    let inspection = inspect(token);
    let mut identity = Identity::new("verification", Grant::Pasted);
    identity.issuer = Some(issuer);
    let metadata = services.providers.metadata(&services.auth, &identity).await.map_err(|error| error.problem())?;
    let kid = inspection.key_id();
    let keys = services.providers.key_set(&services.auth, &identity, kid).await.map_err(|error| error.problem())?;
    let expectation = Expectation {
        token_use: None,
        ..match inspection.token_use() {
            TokenUse::Id => Expectation { audiences: audiences.to_vec(), ..Expectation::access(&metadata.issuer, &[]) },
            _ => Expectation::access(&metadata.issuer, audiences),
        }
    };
    Ok(verify(token, Keys::Set(&keys), &expectation.for_provider(&metadata), services.auth.clock.now()))
}

/// Tokens in the cookies that a server has set for `url`.
pub fn tokens_of_cookies(services: &Services, environment: Option<&str>, url: &Url) -> Vec<Found> {
    let cookies = services.engine.cookies_for(environment.unwrap_or_default(), url);
    in_cookies(cookies.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}

/// What the provider says now of a session's user.
///
/// # Errors
/// When there is no session, or nothing that can be asked.
pub async fn live_truth(services: &Arc<Services>, identity: &Identity) -> Result<LiveTruth, Problem> {
    let tokens = session::fresh(services, identity, Freshness::IfDue).await?;
    live::live_truth(&services.auth, &services.providers, identity, &tokens).await.map_err(|error| error.problem())
}
