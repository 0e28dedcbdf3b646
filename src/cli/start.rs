//! What every command does first: paths, settings, log, vault, services.

use std::io::IsTerminal;
use std::sync::Arc;

use tokio::runtime::{Builder, Runtime};

use crate::auth::keeper::KeeperNotice;
use crate::cli::args::{Common, VaultArgument};
use crate::cli::output::Output;
use crate::model::port::{NoTrace, VaultError};
use crate::model::problem::{Problem, ProblemKind};
use crate::redact::Passphrase;
use crate::shell::clock::{SystemClock, SystemRandom};
use crate::shell::notice::text;
use crate::shell::services::{Listeners, Services};
use crate::shell::vault::SwitchableVault;
use crate::store::choose::{VaultChoice, open_vault};
use crate::store::paths::Paths;
use crate::store::settings::Settings;

/// Holds the passphrase of the encrypted vault file, for use without a terminal.
pub const PASSPHRASE_VARIABLE: &str = "BEARCAT_PASSPHRASE";

/// What a command starts with.
pub struct Start {
    /// Where bearcat's own files are.
    pub paths: Paths,
    /// The user's settings.
    pub settings: Settings,
    /// What is wrong in them; shown, never fatal.
    pub problems: Vec<Problem>,
    /// The vault to use.
    pub choice: VaultChoice,
}

impl Start {
    /// Reads paths and settings, starts the log, installs the panic hook.
    pub fn new(common: &Common) -> Result<Self, Problem> {
        let paths = Paths::from_environment().map_err(|error| error.problem())?;
        if let Ok(program) = std::env::current_exe() {
            crate::shell::jq::use_program(program);
        }
        let (settings, problems) = Settings::load(&paths.config_file());
        crate::store::log::start(&paths, settings.log.as_deref())?;
        let state_dir = paths.state_dir.clone();
        crate::shell::terminal::install_panic_hook(move |report| {
            crate::store::log::write_crash_report(&state_dir, report).ok().map(|path| path.display().to_string())
        });
        let choice = match common.vault {
            None => settings.vault,
            Some(VaultArgument::Keyring) => VaultChoice::Keyring,
            Some(VaultArgument::File) => VaultChoice::File,
            Some(VaultArgument::Memory) => VaultChoice::Memory,
        };
        Ok(Self { paths, settings, problems, choice })
    }

    /// Opens the vault and puts the services together. Asks for the passphrase where the vault is a file.
    pub fn services(&self, listeners: Listeners) -> Result<Arc<Services>, Problem> {
        let vault = open_vault(self.choice, &self.paths, ask_passphrase).map_err(|error| error.problem())?;
        Services::new(
            self.paths.clone(),
            self.settings.clone(),
            SwitchableVault::new(vault),
            Arc::new(SystemClock),
            Arc::new(SystemRandom),
            listeners,
        )
    }

    /// The same for a command: problems of the settings and notices about sessions go to standard error.
    pub fn command_services(&self, output: Output) -> Result<Arc<Services>, Problem> {
        for problem in &self.problems {
            output.explain(problem);
        }
        let notices = Arc::new(move |notice: KeeperNotice| output.note(&text(&notice)));
        self.services(Listeners { trace: Arc::new(NoTrace), notices })
    }
}

/// Listeners that listen to nothing.
pub fn quiet() -> Listeners {
    Listeners { trace: Arc::new(NoTrace), notices: Arc::new(|_| {}) }
}

fn ask_passphrase() -> Result<Passphrase, VaultError> {
    if let Some(given) = std::env::var_os(PASSPHRASE_VARIABLE).filter(|value| !value.is_empty()) {
        let text = given.into_string().map_err(|_| VaultError::Other("the passphrase is not UTF-8".to_owned()))?;
        return Ok(Passphrase::new(text));
    }
    if !std::io::stdin().is_terminal() {
        return Err(VaultError::Locked(format!(
            "the vault file needs its passphrase; there is no terminal to ask on: set {PASSPHRASE_VARIABLE}"
        )));
    }
    let typed = rpassword::prompt_password("Passphrase of bearcat's vault file: ");
    typed.map(Passphrase::new).map_err(|error| VaultError::Other(error.to_string()))
}

/// A runtime that does not wait at its end for what cannot be cancelled (a name being looked up, a silent keyring).
pub struct CommandRuntime(Runtime);

impl CommandRuntime {
    /// Runs `work` to its end.
    pub fn run<T>(self, work: impl Future<Output = T>) -> T {
        let ended = self.0.block_on(work);
        self.0.shutdown_background();
        ended
    }
}

/// A runtime for one command: everything on this thread, so that starting costs nothing.
pub fn small_runtime() -> Result<CommandRuntime, Problem> {
    runtime(&mut Builder::new_current_thread())
}

/// A runtime for the terminal interface: large bodies and slow peers never hold up the loop.
pub fn large_runtime() -> Result<CommandRuntime, Problem> {
    runtime(Builder::new_multi_thread().worker_threads(2))
}

fn runtime(builder: &mut Builder) -> Result<CommandRuntime, Problem> {
    builder.enable_all().build().map(CommandRuntime).map_err(|error| {
        Problem::new(ProblemKind::Other, "The operating system gave no threads or timers").detail(error.to_string())
    })
}
