//! The workspace and the vault.

use std::path::{Path, PathBuf};

use crate::app::effect::VaultRequest;
use crate::app::msg::Msg;
use crate::collection::copy;
use crate::model::port::{Vault, VaultKind, VaultStatus};
use crate::model::problem::{Problem, ProblemKind};
use crate::shell::effects::Runner;
use crate::shell::workspace;
use crate::store::atomic::{FileMode, write_atomically};
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

    pub(super) fn append_to_file(&mut self, path: PathBuf, text: String) {
        let file = self.root.join(&path);
        self.spawn(None, async move {
            let written = tokio::task::spawn_blocking(move || append(&file, &text)).await;
            let result = match written {
                Ok(Ok(())) => Ok(()),
                Ok(Err(error)) => Err(unwritten(&path, &error.to_string())),
                Err(error) => Err(unwritten(&path, &error.to_string())),
            };
            Msg::AppendedToFile { path, result }
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

/// Appends requests to a file; what it holds stays as it is, and a crash leaves the old file or the new one.
fn append(file: &Path, text: &str) -> std::io::Result<()> {
    let existing = match std::fs::read(file) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error),
    };
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    write_atomically(file, &copy::appended(&existing, text), FileMode::Keep)
}

fn unwritten(path: &Path, detail: &str) -> Problem {
    Problem::new(ProblemKind::Other, format!("`{}` could not be written", path.display()))
        .detail(detail)
        .hint("Nothing was changed. Choose another file")
}

fn no_passphrase() -> Result<crate::redact::Passphrase, crate::model::port::VaultError> {
    unreachable!("only the file vault asks for a passphrase")
}
