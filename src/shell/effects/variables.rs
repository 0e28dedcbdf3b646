//! Variables: inspecting a request's, storing a secret, remembering the environment.

use crate::app::effect::SendRequest;
use crate::app::msg::Msg;
use crate::model::port::Vault;
use crate::model::secret::SecretKey;
use crate::redact::SecretText;
use crate::shell::effects::Runner;
use crate::shell::{secrets, send};

impl Runner {
    pub(super) fn inspect(&mut self, request: SendRequest) {
        let services = self.services.clone();
        let id = request.id;
        self.spawn(None, async move {
            let workspace = services.workspace();
            let result = send::inspect(&services, &workspace, &send::Order::from(request)).await;
            Msg::VariablesInspected { id, result }
        });
    }

    pub(super) fn store_secret(&mut self, name: String, value: SecretText) {
        let services = self.services.clone();
        // Not cancellable: the user was told that it is being stored.
        self.spawn(None, async move {
            let key = SecretKey { name: name.clone(), environment: None };
            let now = services.auth.clock.now();
            let result = match services.vault.status().await.availability {
                Ok(()) => secrets::write(&services.vault, &key, value, &[], now).await,
                Err(error) => Err(error.problem()),
            };
            Msg::SecretStored { name, result }
        });
    }

    pub(super) fn remember_environment(&self, name: String) {
        // The demo's folder is gone when it ends.
        if self.demo.is_some() {
            return;
        }
        let (services, root) = (self.services.clone(), self.root.clone());
        tokio::task::spawn_blocking(move || services.remembered.set_environment(&root, &name));
    }
}
