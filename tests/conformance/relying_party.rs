//! Bearcat as the relying party under test: one world, one provider, one browser.

use std::sync::Arc;

use crate::auth::error::AuthError;
use crate::auth::login::{LoginEvent, LoginOptions, login};
use crate::model::identity::{Grant, Identity};
use crate::model::session::TokenSet;
use crate::model::verdict::CheckId;
use crate::testing::World;
use crate::testing::provider::{Settings, TestBrowser, TestProvider};

/// The relying party and what is around it.
pub struct RelyingParty {
    pub provider: Arc<TestProvider>,
    pub world: World,
    pub browser: TestBrowser,
    pub identity: Identity,
}

impl RelyingParty {
    /// A public client, and a provider that behaves but for `change`.
    pub fn facing(change: impl FnOnce(&mut Settings)) -> Self {
        let provider = TestProvider::new();
        provider.set(change);
        let world = World::with(&provider);
        let identity = TestProvider::identity(Grant::AuthorizationCode);
        Self { provider, world, browser: TestBrowser::default(), identity }
    }

    /// Signs in with the code flow; the user's browser comes back at once.
    pub async fn sign_in(&self) -> Result<TokenSet, AuthError> {
        let options = LoginOptions { listener: Some(self.browser.listener()), ..LoginOptions::default() };
        let visit = |event| {
            if let LoginEvent::OpenBrowser { url, .. } = event {
                self.browser.comes_back_with(self.provider.visit(&url));
            }
        };
        login(&self.world.ctx, &self.world.providers, &self.identity, options, &visit).await
    }

    /// The checks for which the sign-in is refused; each has to be named in the error's text too.
    pub async fn refused_for(&self) -> Vec<CheckId> {
        let error = self.sign_in().await.expect_err("the sign-in is refused");
        let AuthError::IdTokenRefused(checks) = &error else { panic!("refused, but not for the ID token: {error}") };
        let problem = error.problem();
        for check in checks {
            assert!(problem.title.contains(check.id.label()), "{} is not named in: {problem}", check.id.label());
            assert!(problem.detail.contains(&check.reason));
        }
        checks.iter().map(|check| check.id).collect()
    }
}
