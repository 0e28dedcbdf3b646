//! The cookies of the chosen environment: listed, deleted one by one or all at once.

use crate::app::App;
use crate::app::effect::Effect;
use crate::app::state::Layer;
use crate::model::cookie::CookieView;

impl App {
    /// `C`: the jar is the shell's, so the layer waits for the list.
    pub(super) fn open_cookies(&mut self) {
        if self.push(Layer::Cookies { cookies: None, selected: 0 }) {
            let environment = self.state.environment.clone();
            self.effect(Effect::ListCookies { environment });
        }
    }

    pub(in crate::app) fn cookies_listed(&mut self, environment: Option<&str>, listed: Vec<CookieView>) {
        if environment != self.state.environment.as_deref() {
            return;
        }
        for layer in &mut self.state.layers {
            if let Layer::Cookies { cookies, selected } = layer {
                *selected = (*selected).min(listed.len().saturating_sub(1));
                *cookies = Some(listed);
                return;
            }
        }
    }

    pub(super) fn delete_cookie(&mut self) {
        let Some(Layer::Cookies { cookies: Some(cookies), selected }) = self.state.layers.last() else { return };
        let Some(cookie) = cookies.get(*selected).map(|cookie| cookie.id.clone()) else { return };
        let environment = self.state.environment.clone();
        self.effect(Effect::DeleteCookie { environment, cookie });
    }

    pub(super) fn clear_cookies(&mut self) {
        let environment = self.state.environment.clone();
        self.effect(Effect::ClearCookies { environment });
    }
}
