//! Importing into the workspace.

use std::path::PathBuf;

use crate::app::msg::Msg;
use crate::collection::import::report;
use crate::model::problem::{Problem, ProblemKind};
use crate::shell::effects::Runner;
use crate::shell::import::{self, ImportJob, Overwrite, PlannedImport, WriteKind};

/// Reasons that are shown of each kind.
const MOST_REASONS: usize = 100;

impl Runner {
    pub(super) fn import(&mut self, path: String) {
        let root = self.root.clone();
        // Not cancellable: files are being written.
        self.spawn(None, async move {
            let from = root.join(expanded(&path));
            let worked = tokio::task::spawn_blocking(move || {
                let planned = import::plan(&ImportJob { inputs: vec![from], format: None, out: root })?;
                planned.write(Overwrite::Refuse).map_err(|problem| Problem {
                    hint: "Move it away, or import with `bearcat import --force` on the command line".to_owned(),
                    ..problem
                })?;
                Ok(lines(&planned))
            });
            let result = worked.await.unwrap_or_else(|error| {
                Err(Problem::new(ProblemKind::Other, "The import ended early").detail(error.to_string()))
            });
            Msg::Imported { path, result }
        });
    }
}

/// `~` is the user's home.
fn expanded(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(path),
    }
}

fn lines(planned: &PlannedImport) -> Vec<String> {
    let mut lines = vec![report::taken(&planned.report)];
    for file in &planned.files {
        let word = match file.kind {
            WriteKind::New => "wrote",
            WriteKind::Extended => "added to",
            WriteKind::Unchanged => "is as before:",
            WriteKind::Taken => "replaced",
        };
        lines.push(format!("{word} {}", file.path.display()));
    }
    if planned.private_is_exposed {
        lines.push("git does not ignore http-client.private.env.json: add it to .gitignore".to_owned());
    }
    lines.extend(report::lines(&planned.report, MOST_REASONS));
    lines
}
