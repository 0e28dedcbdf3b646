//! Browser and clipboard.

use url::Url;

use crate::app::msg::Msg;
use crate::redact::SecretText;
use crate::shell::effects::Runner;
use crate::shell::{browser, clipboard};

impl Runner {
    pub(super) fn open_browser(&mut self, url: Url) {
        self.spawn(None, async move { Msg::BrowserOpened(browser::open(url).await) });
    }

    pub(super) fn copy(&mut self, what: &'static str, text: &SecretText) {
        // Written here and not in a task: it must not fall between the parts of a frame.
        let copied = clipboard::copy(text.expose()).map(|()| what);
        self.spawn(None, async move { Msg::Copied(copied) });
    }
}
