//! `bearcat demo`: the embedded Kinde-like environment with a sample workspace.
//!
//! In a terminal the interface opens on it. Without one (or with `--check`) the main job is done once and printed:
//! sign in, send, verify. `--serve` only serves, for scripts and browsers.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;

use crate::app::state::{DemoInfo, StartOptions};
use crate::cli::args::{Common, DemoArguments, SendArguments};
use crate::cli::output::{Exit, Output};
use crate::cli::start::{self, Start};
use crate::cli::{Ended, login, send, tui};
use crate::demo::clock::SystemClock as DemoClock;
use crate::demo::workspace::{FIRST_COLLECTION, write_workspace};
use crate::demo::{Demo, DemoOptions};
use crate::model::identity::IdentityName;
use crate::model::problem::{Problem, ProblemKind};
use crate::model::request::RequestId;
use crate::shell::run::{self, Launch};
use crate::store::atomic::create_private_dir;
use crate::store::choose::VaultChoice;
use crate::store::paths::Paths;

/// Starts the demo and what is to be done with it.
pub fn run(arguments: &DemoArguments, common: &Common, output: Output) -> Ended {
    let mut start = Start::new(common)?;
    let folder = Folder::new(arguments.workspace.as_deref())?;
    // The demo neither reads nor writes the user's own files.
    start.paths = Paths::below(&folder.home);
    start.choice = match (common.vault, arguments.keyring) {
        (None, false) => VaultChoice::Memory,
        (None, true) => VaultChoice::Keyring,
        (Some(_), _) => start.choice,
    };
    start::large_runtime()?.run(async {
        let options = DemoOptions {
            issuer_port: arguments.issuer_port,
            api_port: arguments.api_port,
            clock: Arc::new(DemoClock),
            ..DemoOptions::default()
        };
        let demo = crate::demo::start(options).await.map_err(|error| {
            Problem::new(ProblemKind::Network, "The demo could not open its ports on 127.0.0.1")
                .detail(error.to_string())
                .hint("Leave out --issuer-port and --api-port to take any free ones")
        })?;
        write_workspace(&demo, &folder.workspace).map_err(|error| {
            Problem::new(
                ProblemKind::Other,
                format!("The sample workspace could not be written to {}", folder.workspace.display()),
            )
            .detail(error.to_string())
        })?;
        let demo = Arc::new(demo);
        if arguments.serve {
            return serve(&demo, &folder.workspace, output).await;
        }
        if arguments.check || !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
            return check(&start, &demo, &folder.workspace, output).await;
        }
        let launch = Launch {
            root: folder.workspace.clone(),
            options: StartOptions {
                demo: Some(DemoInfo { issuer: demo.issuer.clone(), api: demo.api.clone() }),
                open: Some(first_request()),
                ..tui::options(common)
            },
            theme: tui::theme(&start.settings, common),
            mouse: tui::mouse(&start.settings),
            demo: Some(demo),
            problems: start.problems.clone(),
        };
        run::run(launch, |listeners| start.services(listeners)).await.map(Exit::Code)
    })
}

/// Serves until a signal comes.
async fn serve(demo: &Demo, workspace: &Path, output: Output) -> Ended {
    let place = workspace.display().to_string();
    if output.json {
        output.line(&json!({ "issuer": demo.issuer_text(), "api": demo.api.as_str(), "workspace": place }).to_string());
    } else {
        output.line(&format!("issuer     {}", demo.issuer_text()));
        output.line(&format!("API        {}", demo.api));
        output.line(&format!("workspace  {place}"));
        output.note("Ctrl+C ends it");
    }
    let mut signals = crate::shell::signal::endings()
        .map_err(|error| Problem::new(ProblemKind::Other, "Signals cannot be awaited").detail(error.to_string()))?;
    let _ = futures_util::StreamExt::next(&mut signals).await;
    Ok(Exit::Good)
}

/// The main job once, without a terminal: sign in as the sample's first identity, send its first request, and print
/// what a user would see.
async fn check(start: &Start, demo: &Arc<Demo>, root: &Path, output: Output) -> Ended {
    if !output.json {
        output.note("No interface here (there is no terminal, or --check): signing in and sending once");
    }
    let services = start.services(start::quiet())?;
    let workspace = crate::shell::workspace::load(root, &start.paths);
    let environment = workspace.environments.names().into_iter().next();
    let identity = workspace
        .identity(environment.as_deref(), &IdentityName::new("jane"))
        .ok_or_else(|| Problem::new(ProblemKind::Other, "The sample workspace has no identity `jane`"))?;
    let approving = demo.clone();
    login::sign_in(&services, &identity, login::Shown::Approved(&move |code| approving.approve(code)), output).await?;
    let arguments = SendArguments { include: true, ..SendArguments::default() };
    send::send_and_print(&services, &workspace, first_request(), environment, &arguments, None, output).await
}

/// The request that a new user sends first.
fn first_request() -> RequestId {
    RequestId { file: PathBuf::from(FIRST_COLLECTION), index: 0 }
}

/// The demo's folders; temporary ones are removed at the end.
struct Folder {
    workspace: PathBuf,
    home: PathBuf,
    temporary: Option<PathBuf>,
}

impl Folder {
    fn new(chosen: Option<&Path>) -> Result<Self, Problem> {
        let mut suffix = [0; 8];
        crate::model::port::Random::fill(&crate::shell::clock::SystemRandom, &mut suffix);
        let suffix: String = suffix.iter().map(|byte| format!("{byte:02x}")).collect();
        let base = std::env::temp_dir().join(format!("bearcat-demo-{suffix}"));
        create_private_dir(&base).map_err(|error| {
            Problem::new(ProblemKind::Other, format!("The folder {} could not be made", base.display()))
                .detail(error.to_string())
        })?;
        let workspace = chosen.map_or_else(|| base.join("workspace"), Path::to_path_buf);
        Ok(Self { workspace, home: base.join("home"), temporary: Some(base) })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Some(folder) = &self.temporary {
            // Left behind in the worst case: there is nothing of value in it.
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}
