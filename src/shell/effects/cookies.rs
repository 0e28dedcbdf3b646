//! The cookie jars, for the layer that shows them.

use crate::app::msg::Msg;
use crate::model::cookie::CookieId;
use crate::shell::effects::Runner;

impl Runner {
    pub(super) fn list_cookies(&mut self, environment: Option<String>) {
        let cookies = self.services.engine.list_cookies(environment.as_deref().unwrap_or_default());
        self.spawn(None, async move { Msg::CookiesListed { environment, cookies } });
    }

    pub(super) fn delete_cookie(&mut self, environment: Option<String>, cookie: &CookieId) {
        self.services.engine.delete_cookie(environment.as_deref().unwrap_or_default(), cookie);
        self.list_cookies(environment);
    }

    pub(super) fn clear_cookies(&mut self, environment: Option<String>) {
        self.services.engine.forget_cookies(environment.as_deref().unwrap_or_default());
        self.list_cookies(environment);
    }
}
