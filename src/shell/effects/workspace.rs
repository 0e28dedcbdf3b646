//! The workspace and the vault.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::app::documents::SaveId;
use crate::app::effect::{SaveFile, VaultRequest};
use crate::app::msg::{Msg, SaveOutcome};
use crate::collection::copy;
use crate::model::port::{Vault, VaultKind, VaultStatus};
use crate::model::problem::{Problem, ProblemKind};
use crate::shell::effects::Runner;
use crate::shell::{files, workspace};
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
        let (root, file) = (self.root.clone(), path.clone());
        self.spawn(None, async move {
            let written = tokio::task::spawn_blocking(move || append(&root, &file, &text)).await;
            let result = written.unwrap_or_else(|error| Err(unwritten(&path, &error.to_string())));
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
fn append(root: &Path, path: &Path, text: &str) -> Result<(), Problem> {
    let existing = files::current(&root.join(path)).map_err(|error| unwritten(path, &error.to_string()))?;
    append_to(root, path, existing, text)
}

/// Appends requests to what a file holds, if it still holds it.
fn append_to(root: &Path, path: &Path, existing: Option<Arc<[u8]>>, text: &str) -> Result<(), Problem> {
    let bytes = copy::appended(existing.as_deref().unwrap_or_default(), text);
    // Nobody waits for an answer under this number.
    let order = SaveFile { id: SaveId(0), path: path.into(), expected: existing, bytes: Some(bytes.into()) };
    match files::save(root, &order) {
        SaveOutcome::Saved => Ok(()),
        SaveOutcome::Changed(_) => Err(unwritten(path, "the file changed meanwhile: try again")),
        SaveOutcome::Failed(problem) => Err(unwritten(path, &problem.detail)),
    }
}

fn unwritten(path: &Path, detail: &str) -> Problem {
    Problem::new(ProblemKind::Other, format!("`{}` could not be written", path.display()))
        .detail(detail)
        .hint("Nothing was changed. Try again, or choose another file")
}

fn no_passphrase() -> Result<crate::redact::Passphrase, crate::model::port::VaultError> {
    unreachable!("only the file vault asks for a passphrase")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_a_file_got_meanwhile_is_not_lost() {
        let root = tempfile::tempdir().unwrap();
        let (path, file) = (Path::new("deep/a.http"), root.path().join("deep/a.http"));
        append(root.path(), path, "### a\nGET /a\n").unwrap();
        append(root.path(), path, "### b\nGET /b\n").unwrap();
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.starts_with("### a\nGET /a\n") && text.ends_with("### b\nGET /b\n"), "{text}");
        let known = files::current(&file).unwrap();
        fs::write(&file, "GET /theirs\n").unwrap();
        let problem = append_to(root.path(), path, known, "### c\nGET /c\n").unwrap_err().to_string();
        assert!(problem.contains("the file changed meanwhile: try again"), "{problem}");
        assert_eq!(fs::read_to_string(&file).unwrap(), "GET /theirs\n");
    }

    #[test]
    fn a_read_only_file_and_a_too_large_one_stay_as_they_are() {
        let root = tempfile::tempdir().unwrap();
        let (path, file) = (Path::new("a.http"), root.path().join("a.http"));
        fs::write(&file, "GET /a\n").unwrap();
        let mut permissions = fs::metadata(&file).unwrap().permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&file, permissions).unwrap();
        let problem = append(root.path(), path, "### b\nGET /b\n").unwrap_err().to_string();
        assert!(problem.contains("read-only"), "{problem}");
        assert_eq!(fs::read_to_string(&file).unwrap(), "GET /a\n");
        let size = 64 * 1024 * 1024 + 1;
        fs::File::create(root.path().join("large.http")).unwrap().set_len(size).unwrap();
        let problem = append(root.path(), Path::new("large.http"), "### b\nGET /b\n").unwrap_err().to_string();
        assert!(problem.contains("larger than 64 MiB"), "{problem}");
        assert_eq!(fs::metadata(root.path().join("large.http")).unwrap().len(), size);
    }
}
