//! Sessions: read, refresh, log out.

use crate::app::effect::BrowserSession;
use crate::app::msg::Msg;
use crate::auth::keeper::{Freshness, Revocation};
use crate::model::identity::Identity;
use crate::model::session::SessionKey;
use crate::shell::effects::Runner;
use crate::shell::tasks::TaskKey;
use crate::shell::{browser, session};

impl Runner {
    pub(super) fn load_session(&mut self, identity: Identity) {
        let services = self.services.clone();
        self.spawn(Some(TaskKey::Session(SessionKey::of(&identity))), async move {
            let result = session::load(&services, &identity).await;
            Msg::SessionLoaded { key: SessionKey::of(&identity), result }
        });
    }

    pub(super) fn refresh_session(&mut self, identity: Identity) {
        let services = self.services.clone();
        let messages = self.messages.clone();
        self.spawn(Some(TaskKey::Session(SessionKey::of(&identity))), async move {
            let _ = messages.send(Msg::SessionRefreshing { key: SessionKey::of(&identity) }).await;
            let result = match session::fresh(&services, &identity, Freshness::Forced).await {
                Ok(tokens) => Ok(Some(Box::new(session::view(&services, &identity, tokens, &[]).await))),
                Err(problem) => Err(problem),
            };
            Msg::SessionLoaded { key: SessionKey::of(&identity), result }
        });
    }

    pub(super) fn logout(&mut self, identity: Identity, browser_session: BrowserSession) {
        let services = self.services.clone();
        // Not cancellable: half a logout is worse than none.
        self.spawn(None, async move {
            let problem = match services.keeper.logout(&identity, Revocation::AtProvider).await {
                Ok(outcome) => {
                    let unrevoked = outcome.revoked.and_then(Result::err).map(|error| error.problem());
                    let page = outcome.end_session.filter(|_| browser_session == BrowserSession::End);
                    let unopened = match page {
                        Some(page) => browser::open(page).await.err(),
                        None => None,
                    };
                    unrevoked.or(unopened)
                }
                Err(error) => Some(error.problem()),
            };
            Msg::LoggedOut { key: SessionKey::of(&identity), problem }
        });
    }
}
