//! Exports: made off the loop, because a file may hold thousands of requests and template files are read.

use crate::app::effect::{ActAs, ExportOrder};
use crate::app::msg::Msg;
use crate::http::plan::auth::ChosenIdentity;
use crate::shell::effects::Runner;
use crate::shell::export::{self, Order};

impl Runner {
    pub(super) fn export(&mut self, wanted: ExportOrder) {
        let services = self.services.clone();
        let what = wanted.format.noun();
        self.spawn(None, async move {
            let workspace = services.workspace();
            let chosen = match (wanted.act_as, wanted.identity) {
                (ActAs::Chosen, Some(identity)) => ChosenIdentity::ActAs(identity),
                (_, identity) => ChosenIdentity::Current(identity),
            };
            let order = Order {
                format: wanted.format,
                requests: wanted.requests,
                title: wanted.title,
                environment: wanted.environment,
                chosen,
                carriers: wanted.carriers,
                tokens: wanted.tokens,
            };
            let result = export::export(&services, &workspace, &order).await.map(Box::new);
            Msg::Exported { what, result }
        });
    }
}
