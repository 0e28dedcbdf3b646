//! Runs the terminal interface: takes the terminal, joins loop, runner and services, and gives everything back.

use std::io::{IsTerminal, Write};
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::FutureExt;
use tokio::sync::mpsc;

use crate::app::App;
use crate::app::msg::Msg;
use crate::app::state::StartOptions;
use crate::auth::keeper::KeeperNotice;
use crate::demo::Demo;
use crate::model::port::Clock;
use crate::model::problem::{Problem, ProblemKind};
use crate::shell::clock::SystemClock;
use crate::shell::effects::{Runner, ScreenTrace, WAITING};
use crate::shell::event_loop::{self, Ending, Io};
use crate::shell::input::TerminalInput;
use crate::shell::services::{LAST_REFRESH, Listeners, Services};
use crate::shell::terminal::{MouseMode, TerminalGuard};
use crate::shell::watch::DiskWatch;
use crate::shell::{editor, notice, signal, terminal};
use crate::store::unsaved;
use crate::ui::theme::Theme;

/// What the interface starts with.
pub struct Launch {
    /// The workspace folder.
    pub root: PathBuf,
    /// Environment, identity, demo.
    pub options: StartOptions,
    /// Colours and signs.
    pub theme: Theme,
    /// Whether the mouse is captured.
    pub mouse: MouseMode,
    /// The embedded environment, for `bearcat demo`.
    pub demo: Option<Arc<Demo>>,
    /// Told to the user on the first screen.
    pub problems: Vec<Problem>,
}

/// Runs until the user quits; returns the exit code.
///
/// # Errors
/// When there is no terminal, or it refuses.
pub async fn run(
    launch: Launch,
    services: impl FnOnce(Listeners) -> Result<Arc<Services>, Problem>,
) -> Result<u8, Problem> {
    if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        return Err(Problem::new(ProblemKind::Input, "The terminal interface needs a terminal")
            .hint("In scripts use the commands: `bearcat send FILE#NAME`, `bearcat token`; see `bearcat --help`"));
    }
    let (sender, messages) = mpsc::channel(WAITING);
    let services = services(listeners(&sender))?;
    let runner = Runner::new(services.clone(), sender.clone(), launch.root.clone(), launch.demo);
    let unsaved_dir = services.paths.unsaved_dir();
    let recovered = unsaved::find(&unsaved_dir, &launch.root);
    let (mut app, first) = App::new(StartOptions { recovered, ..launch.options });
    for problem in launch.problems {
        let _ = sender.try_send(Msg::Trouble(problem));
    }
    let signals = signal::endings().map_err(|error| refused(&error))?;
    let (guard, mut screen) = TerminalGuard::enter(launch.mouse).map_err(|error| refused(&error))?;
    test_panic("BEARCAT_TEST_PANIC");
    let suspend = || {
        terminal::restore();
        signal::suspend();
        // If the terminal is gone meanwhile, the next read says so and ends the loop.
        let _ = guard.take();
    };
    let input = TerminalInput::start();
    let edit = |path: &Path, line: usize| {
        input.stop();
        terminal::restore();
        let closed = editor::open(&launch.root.join(path), line);
        let taken = guard.take();
        input.resume();
        taken.map_err(|error| refused(&error)).and(closed)
    };
    let watch = DiskWatch::start(launch.root.clone(), services.paths.config_dir.clone(), sender.clone());
    let io = Io {
        input: input.clone(),
        signals,
        messages,
        runner,
        clock: &SystemClock as &dyn Clock,
        draw: &crate::ui::draw,
        theme: &launch.theme,
        suspend: Some(&suspend),
        edit: Some(&edit),
    };
    // Texts are whole after each message, so they can be kept whatever went wrong in one.
    let ended = AssertUnwindSafe(event_loop::run(&mut app, first, &mut screen, io)).catch_unwind().await;
    let mut kept = Ok(0);
    if !matches!(ended, Ok(Ok(Ending::Quit))) {
        let texts = if ended.is_err() { texts_after_panic(&mut app) } else { app.unsaved_texts() };
        kept = unsaved::keep(&unsaved_dir, &launch.root, &texts, app.taken_up());
    }
    drop(watch);
    drop(screen);
    drop(guard);
    if let Err(error) = kept {
        // The terminal may be gone as well.
        let _ = writeln!(std::io::stderr(), "bearcat: what was not saved could not be kept: {error}");
    }
    services.finish(LAST_REFRESH).await;
    match ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic)) {
        Ok(Ending::Quit) => Ok(0),
        Ok(Ending::Signal(number)) => Ok(u8::try_from(128 + number).unwrap_or(1)),
        // Nobody is there to read an error.
        Ok(Ending::InputClosed) => Ok(129),
        Err(error) => Err(refused(&error)),
    }
}

/// The texts to keep when a message ended in a panic: what was being typed may be what caused it.
fn texts_after_panic(app: &mut App) -> Vec<unsaved::UnsavedText> {
    let texts = std::panic::catch_unwind(AssertUnwindSafe(|| app.unsaved_texts()));
    texts.unwrap_or_else(|_| app.edited_texts())
}

/// Everything that happens on the way becomes a message.
fn listeners(sender: &mpsc::Sender<Msg>) -> Listeners {
    let notices = sender.clone();
    Listeners {
        trace: Arc::new(ScreenTrace::new(sender.clone())),
        notices: Arc::new(move |notice: KeeperNotice| {
            // A full queue loses a notice, never a session.
            let _ = notices.try_send(notice::message(&notice));
        }),
    }
}

fn refused(error: &dyn std::error::Error) -> Problem {
    Problem::new(ProblemKind::Other, "The terminal refused").detail(error.to_string())
}

/// Lets a test prove what a panic does to the terminal; not in release builds.
pub(super) fn test_panic(variable: &str) {
    if cfg!(debug_assertions)
        && let Ok(text) = std::env::var(variable)
    {
        panic!("{text}");
    }
}
