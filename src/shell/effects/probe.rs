//! Probes a route; tells how far it is, then what was found.

use crate::app::effect::{ActAs, ProbeRequest};
use crate::app::msg::Msg;
use crate::app::probe::{ProbeRefusal, ProbeStep};
use crate::http::plan::auth::ChosenIdentity;
use crate::shell::effects::Runner;
use crate::shell::probe::{self, Kit, ProbeOrder, ProbeStop, RATE};
use crate::shell::tasks::TaskKey;

impl Runner {
    pub(super) fn probe(&mut self, request: ProbeRequest) {
        let services = self.services.clone();
        let messages = self.messages.clone();
        let id = request.id;
        let chosen = match (request.act_as, request.identity) {
            (ActAs::Chosen, Some(identity)) => ChosenIdentity::ActAs(identity),
            (_, identity) => ChosenIdentity::Current(identity),
        };
        let order = ProbeOrder {
            request: request.request,
            environment: request.environment,
            chosen,
            carrier: request.carrier,
            only: None,
            methods: Vec::new(),
            confirmed: request.confirmed,
            variables: Vec::new(),
            rate: RATE,
            client_secret: None,
            expired: None,
        };
        self.spawn(Some(TaskKey::Probe(id)), async move {
            let workspace = services.workspace();
            let on_step = |step: ProbeStep| {
                // Progress is for the eye; a full queue may lose some.
                let _ = messages.try_send(Msg::ProbeProgress { id, step });
            };
            let ended = match Kit::new().await {
                Ok(kit) => probe::run(&services, &workspace, &order, &kit, &on_step).await.map_err(refusal),
                Err(problem) => Err(ProbeRefusal::Failed(problem)),
            };
            Msg::ProbeEnded { id, result: ended.map(Box::new) }
        });
    }
}

fn refusal(stop: ProbeStop) -> ProbeRefusal {
    match stop {
        ProbeStop::NeedsConfirmation(origin) => ProbeRefusal::NeedsConfirmation(origin),
        stop => ProbeRefusal::Failed(stop.problem()),
    }
}
