//! The workspace and the vault.

use crate::app::effect::VaultRequest;
use crate::app::msg::Msg;
use crate::model::port::{Vault, VaultKind, VaultStatus};
use crate::model::problem::{Problem, ProblemKind};
use crate::shell::effects::Runner;
use crate::shell::workspace;
use crate::store::choose::{VaultChoice, open_vault};

impl Runner {
    pub(super) fn load_workspace(&mut self) {
        let services = self.services.clone();
        let root = self.root.clone();
        self.spawn(None, async move {
            let paths = services.paths.clone();
            match tokio::task::spawn_blocking(move || workspace::load(&root, &paths)).await {
                Ok(workspace) => {
                    services.set_workspace(workspace.clone());
                    Msg::WorkspaceLoaded(Box::new(workspace))
                }
                Err(error) => Msg::Trouble(
                    Problem::new(ProblemKind::Other, "The workspace could not be read").detail(error.to_string()),
                ),
            }
        });
    }

    pub(super) fn probe_vault(&mut self) {
        let vault = self.services.vault.clone();
        self.spawn(None, async move { Msg::VaultProbed(vault.status().await) });
    }

    pub(super) fn choose_vault(&mut self, request: VaultRequest) {
        let services = self.services.clone();
        self.spawn(None, async move {
            let paths = services.paths.clone();
            let kind = match request {
                VaultRequest::Keyring => VaultKind::Keyring,
                VaultRequest::Memory => VaultKind::Memory,
                VaultRequest::File(_) => VaultKind::EncryptedFile,
            };
            // Deriving the file's key takes a while.
            let opened = tokio::task::spawn_blocking(move || match request {
                VaultRequest::Keyring => open_vault(VaultChoice::Keyring, &paths, no_passphrase),
                VaultRequest::Memory => open_vault(VaultChoice::Memory, &paths, no_passphrase),
                VaultRequest::File(passphrase) => open_vault(VaultChoice::File, &paths, || Ok(passphrase)),
            });
            match opened.await {
                Ok(Ok(vault)) => {
                    services.vault.switch(vault);
                    Msg::VaultProbed(services.vault.status().await)
                }
                Ok(Err(error)) => Msg::VaultProbed(VaultStatus { kind, name: String::new(), availability: Err(error) }),
                Err(error) => Msg::Trouble(
                    Problem::new(ProblemKind::Vault, "The vault could not be opened").detail(error.to_string()),
                ),
            }
        });
    }
}

fn no_passphrase() -> Result<crate::redact::Passphrase, crate::model::port::VaultError> {
    unreachable!("only the file vault asks for a passphrase")
}
