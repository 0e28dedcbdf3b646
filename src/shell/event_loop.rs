//! The event loop: signals, input and answers in, effects out, one frame when something changed.
//!
//! Input is a stream and the backend a parameter, so that the whole program runs in a test. The loop drains
//! everything that waits before it draws, draws at most every [`FRAME`], and sleeps otherwise: an idle bearcat
//! uses no CPU. It decides nothing: that is `App::update`'s part.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crossterm::event::Event;
use futures_util::{FutureExt, Stream, StreamExt};
use ratatui::backend::Backend;
use ratatui::{Frame, Terminal};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::app::App;
use crate::app::effect::Effect;
use crate::app::hit::HitMap;
use crate::app::msg::Msg;
use crate::app::state::AppState;
use crate::model::port::Clock;
use crate::model::problem::Problem;
use crate::shell::input;
use crate::ui::theme::Theme;

/// The shortest time between two frames.
const FRAME: Duration = Duration::from_millis(16);

/// How many waiting messages are handled before a frame is due all the same.
const DRAIN: usize = 256;

/// Why the loop ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The user quit.
    Quit,
    /// A signal asked for it: its number.
    Signal(i32),
    /// The terminal is gone.
    InputClosed,
}

/// Draws one frame: [`crate::ui::draw`], or a test that looks at the state as well.
pub type Draw<'a> = &'a dyn Fn(&mut Frame<'_>, &AppState, &Theme) -> HitMap;

/// Opens a file in the user's editor at a line, and waits until it is closed.
pub type Edit<'a> = &'a dyn Fn(&Path, usize) -> Result<(), Problem>;

/// Runs effects; the shell's runner, or a test's recorder.
pub trait RunEffect {
    /// Starts one effect; its answers come as messages.
    fn run(&mut self, effect: Effect);
}

/// What the loop needs from outside.
pub struct Io<'a, S, N, R> {
    /// Terminal events.
    pub input: S,
    /// Signals, as their numbers; `SIGTSTP` and `SIGCONT` are not among them.
    pub signals: N,
    /// Answers of the effects.
    pub messages: mpsc::Receiver<Msg>,
    /// Runs effects.
    pub runner: R,
    /// The clock.
    pub clock: &'a dyn Clock,
    /// Draws.
    pub draw: Draw<'a>,
    /// Colours.
    pub theme: &'a Theme,
    /// Called for Ctrl+Z with the terminal still taken.
    pub suspend: Option<&'a dyn Fn()>,
    /// Opens a file of the workspace in the user's editor and waits for it, with the terminal still taken.
    pub edit: Option<Edit<'a>>,
}

/// Runs until the application quits, a signal comes, or the terminal is gone.
///
/// # Errors
/// When the backend fails to draw.
pub async fn run<B, S, N, R>(
    app: &mut App,
    first: Vec<Effect>,
    terminal: &mut Terminal<B>,
    io: Io<'_, S, N, R>,
) -> Result<Ending, B::Error>
where
    B: Backend,
    S: Stream<Item = std::io::Result<Event>> + Unpin,
    N: Stream<Item = i32> + Unpin,
    R: RunEffect,
{
    let Io { mut input, mut signals, mut messages, mut runner, clock, draw, theme, suspend, edit } = io;
    let size = terminal.size()?;
    let mut effects = app.update(Msg::Resized { width: size.width, height: size.height }, clock.now());
    effects.extend(first);
    if perform(effects, &mut runner) == Flow::Quit {
        return Ok(Ending::Quit);
    }
    let mut signals_open = true;
    let mut dirty = true;
    let mut last_frame: Option<Instant> = None;
    let mut last_update = Instant::now();
    loop {
        if dirty && last_frame.is_none_or(|at| at.elapsed() >= FRAME) {
            let mut hits = None;
            terminal.draw(|frame| hits = Some(draw(frame, app.state(), theme)))?;
            if let Some(hits) = hits {
                app.update(Msg::Drawn(Box::new(hits)), clock.now());
            }
            dirty = false;
            last_frame = Some(Instant::now());
        }
        let frame_due = last_frame.filter(|_| dirty).map(|at| at + FRAME);
        let tick_due = app.wants_tick().map(|wait| last_update + wait);

        let msg = tokio::select! {
            biased;
            signal = signals.next(), if signals_open => match signal {
                Some(number) => return Ok(Ending::Signal(number)),
                None => { signals_open = false; None }
            },
            event = input.next() => match event {
                Some(Ok(event)) if is_suspend(&event) => {
                    if let Some(suspend) = suspend {
                        suspend();
                        terminal.clear()?;
                        dirty = true;
                    }
                    None
                }
                Some(Ok(event)) => input::message(event),
                Some(Err(_)) | None => return Ok(Ending::InputClosed),
            },
            Some(msg) = messages.recv() => Some(msg),
            () = until(frame_due) => None,
            () = until(tick_due) => Some(Msg::Tick),
        };
        let Some(msg) = msg else { continue };
        last_update = Instant::now();
        dirty = true;
        if matches!(msg, Msg::Resized { .. }) {
            terminal.autoresize()?;
        }
        let mut flow = perform(app.update(msg, clock.now()), &mut runner);
        for _ in 0..DRAIN {
            let Ok(msg) = messages.try_recv() else { break };
            flow = flow.max(perform(app.update(msg, clock.now()), &mut runner));
        }
        if let Flow::Edit(path, line) = flow {
            let closed = edit.map_or(Ok(()), |edit| edit(&path, line));
            terminal.clear()?;
            // Keys that end an editor may have reached bearcat as signals; those that end programs count.
            while let Some(Some(number)) = signals.next().now_or_never() {
                if !matches!(number, SIGINT | SIGQUIT) {
                    return Ok(Ending::Signal(number));
                }
            }
            flow = perform(app.update(Msg::EditorClosed(closed), clock.now()), &mut runner);
        }
        match flow {
            Flow::Continue | Flow::Edit(..) => {}
            Flow::Redraw => terminal.clear()?,
            Flow::Quit => return Ok(Ending::Quit),
        }
    }
}

/// What follows from a message besides the effects that were started.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Flow {
    Continue,
    Redraw,
    Edit(PathBuf, usize),
    Quit,
}

/// What Ctrl+C sends.
const SIGINT: i32 = 2;

/// What Ctrl+\ sends.
const SIGQUIT: i32 = 3;

fn perform(effects: Vec<Effect>, runner: &mut impl RunEffect) -> Flow {
    let mut flow = Flow::Continue;
    for effect in effects {
        match effect {
            Effect::Quit => flow = Flow::Quit,
            Effect::Redraw => flow = flow.max(Flow::Redraw),
            Effect::OpenEditor { path, line } => flow = flow.max(Flow::Edit(path, line)),
            effect => runner.run(effect),
        }
    }
    flow
}

fn is_suspend(event: &Event) -> bool {
    use crossterm::event::{KeyCode, KeyEventKind, KeyModifiers};
    matches!(event, Event::Key(key)
        if key.code == KeyCode::Char('z') && key.modifiers == KeyModifiers::CONTROL && key.kind == KeyEventKind::Press)
}

async fn until(due: Option<Instant>) {
    match due {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}
