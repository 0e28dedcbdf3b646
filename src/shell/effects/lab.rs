//! The token lab's questions: does this token hold, what is in the cookies, what does the provider say now.

use url::Url;

use crate::app::effect::VerifyOrder;
use crate::app::msg::Msg;
use crate::model::exchange::RunId;
use crate::model::identity::Identity;
use crate::model::session::SessionKey;
use crate::shell::effects::Runner;
use crate::shell::{lab, session};

impl Runner {
    pub(super) fn verify_token(&mut self, order: VerifyOrder) {
        let services = self.services.clone();
        let VerifyOrder { id, issuer, token } = order;
        self.spawn(None, async move {
            let result = lab::verify_against(&services, issuer, &[], token.expose()).await;
            Msg::TokenVerified { id, result }
        });
    }

    pub(super) fn find_cookie_tokens(&mut self, id: RunId, environment: Option<String>, url: Url) {
        let services = self.services.clone();
        self.spawn(None, async move {
            let found = lab::tokens_of_cookies(&services, environment.as_deref(), &url);
            Msg::CookieTokensFound { id, found }
        });
    }

    pub(super) fn ask_provider(&mut self, id: RunId, identity: Identity) {
        let services = self.services.clone();
        self.spawn(None, async move {
            let result = lab::live_truth(&services, &identity).await.map(Box::new);
            Msg::ProviderAnswered { id, result }
        });
    }

    pub(super) fn renew_claims(&mut self, identity: Identity) {
        let services = self.services.clone();
        // Not cancellable: between the revocation and the refresh there is no way back.
        self.spawn(None, async move {
            let key = SessionKey::of(&identity);
            let result = match services.keeper.renew_claims(&identity).await {
                Ok(renewed) => Ok(Some(Box::new(session::view(&services, &identity, renewed.new, &[]).await))),
                Err(error) => Err(error.problem()),
            };
            Msg::SessionLoaded { key, result }
        });
    }
}
