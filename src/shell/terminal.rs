//! The terminal guard: takes the terminal over, and gives it back whatever happens.
//!
//! [`TerminalGuard::enter`] is called once by the event loop's caller. The guard restores on drop; the panic hook
//! (see [`install_panic_hook`]) restores before the message is printed, unless the panic is a task's, which the loop
//! outlives; signals end the loop, which drops the guard.
//! Invariant: every mode that is switched on here is switched off in [`restore`].

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::ThreadId;

use crossterm::event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture};
use crossterm::terminal::{
    Clear, ClearType as Everything, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute};
use ratatui::Terminal;
use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

/// Is the terminal ours right now? Makes [`restore`] safe to call from anywhere, any number of times.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// The thread that draws, and ends with a panic of its own.
static OWNER: Mutex<Option<ThreadId>> = Mutex::new(None);

/// Where the report of the last panic of a task is.
static LAST_REPORT: Mutex<Option<String>> = Mutex::new(None);

/// What the guard draws to: standard output, buffered so that a frame is one write.
pub type Screen = Terminal<FullScreen<CrosstermBackend<io::BufWriter<io::Stdout>>>>;

/// A backend that never asks the terminal where its cursor is.
///
/// ratatui asks before it clears, to put the cursor back. The answer would come in between the keys, where the event
/// stream takes it away, so asking waits for seconds and then fails. Bearcat draws the whole screen and sets the
/// cursor with each frame; where it was does not matter.
#[derive(Debug)]
pub struct FullScreen<B>(B);

impl<B: Backend> Backend for FullScreen<B> {
    type Error = B::Error;

    fn draw<'a, I>(&mut self, content: I) -> Result<(), Self::Error>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        self.0.draw(content)
    }

    fn hide_cursor(&mut self) -> Result<(), Self::Error> {
        self.0.hide_cursor()
    }

    fn show_cursor(&mut self) -> Result<(), Self::Error> {
        self.0.show_cursor()
    }

    fn get_cursor_position(&mut self) -> Result<Position, Self::Error> {
        Ok(Position::ORIGIN)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> Result<(), Self::Error> {
        self.0.set_cursor_position(position)
    }

    fn clear(&mut self) -> Result<(), Self::Error> {
        self.0.clear()
    }

    fn clear_region(&mut self, clear_type: ClearType) -> Result<(), Self::Error> {
        self.0.clear_region(clear_type)
    }

    fn size(&self) -> Result<Size, Self::Error> {
        self.0.size()
    }

    fn window_size(&mut self) -> Result<WindowSize, Self::Error> {
        self.0.window_size()
    }

    fn flush(&mut self) -> Result<(), Self::Error> {
        self.0.flush()
    }
}

/// Whether the mouse is captured; without it the terminal's own selection works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MouseMode {
    /// Clicks and the wheel reach bearcat.
    Captured,
    /// They stay with the terminal.
    Left,
}

/// Holds the terminal; dropping it gives the terminal back.
#[derive(Debug)]
pub struct TerminalGuard {
    mouse: MouseMode,
}

impl TerminalGuard {
    /// Switches to raw mode and the alternate screen.
    ///
    /// # Errors
    /// When standard output is not a terminal or refuses the modes.
    pub fn enter(mouse: MouseMode) -> io::Result<(Self, Screen)> {
        let guard = Self { mouse };
        guard.take()?;
        let out = io::BufWriter::with_capacity(1 << 16, io::stdout());
        let screen = Terminal::new(FullScreen(CrosstermBackend::new(out)))?;
        Ok((guard, screen))
    }

    /// Takes the terminal (again, after [`restore`] for a suspend).
    pub fn take(&self) -> io::Result<()> {
        *OWNER.lock().unwrap_or_else(PoisonError::into_inner) = Some(std::thread::current().id());
        TAKEN.store(true, Ordering::SeqCst);
        enable_raw_mode()?;
        let mut out = io::stdout();
        execute!(out, EnterAlternateScreen, EnableBracketedPaste)?;
        if self.mouse == MouseMode::Captured {
            execute!(out, EnableMouseCapture)?;
        }
        Ok(())
    }
}

impl Drop for TerminalGuard {
    fn drop(&mut self) {
        restore();
    }
}

/// Gives the terminal back. Errors are ignored: the terminal may be gone, and there is nobody left to tell.
pub fn restore() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut out = io::stdout();
    // Cleared first: after a resize tmux gives rows of the alternate screen back to the shell.
    let _ = execute!(
        out,
        Clear(Everything::All),
        DisableMouseCapture,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        cursor::Show
    );
    let _ = out.flush();
    let _ = disable_raw_mode();
}

/// Where the report of the last panic of a task is, if one could be written.
pub fn last_report() -> Option<String> {
    LAST_REPORT.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Is this a task's thread, while another one draws?
fn is_beside_the_screen() -> bool {
    let owner = *OWNER.lock().unwrap_or_else(PoisonError::into_inner);
    TAKEN.load(Ordering::SeqCst) && owner != Some(std::thread::current().id())
}

/// Restores the terminal before a panic is reported, and masks secrets in the report. A panic of a task is reported
/// to the file only: the screen goes on, and tells it (`effects/crash.rs`).
///
/// `report` is given the masked text, to keep it in a crash report file; it must not panic.
pub fn install_panic_hook(report: impl Fn(&str) -> Option<String> + Send + Sync + 'static) {
    std::panic::set_hook(Box::new(move |info| {
        let is_task = is_beside_the_screen();
        if !is_task {
            restore();
        }
        let backtrace = std::backtrace::Backtrace::force_capture();
        let text = format!("bearcat {} panicked: {info}\n{backtrace}", env!("CARGO_PKG_VERSION"));
        let masked = crate::redact::mask(&text);
        let kept = report(&masked);
        if is_task {
            *LAST_REPORT.lock().unwrap_or_else(PoisonError::into_inner) = kept;
            return;
        }
        let mut err = io::stderr();
        let _ = writeln!(err, "{}", crate::redact::mask(&format!("bearcat {info}")));
        let _ = match kept {
            Some(place) => writeln!(err, "This is a bug in bearcat. The report (without secrets) is in {place}"),
            None => writeln!(err, "This is a bug in bearcat. Please report it."),
        };
    }));
}
