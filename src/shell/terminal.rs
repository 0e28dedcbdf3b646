//! The terminal guard: takes the terminal over, and gives it back whatever happens.
//!
//! [`TerminalGuard::enter`] is called once by the event loop's caller. The guard restores on drop; the panic hook
//! (see [`install_panic_hook`]) restores before the message is printed; signals end the loop, which drops the guard.
//! Invariant: every mode that is switched on here is switched off in [`restore`].

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture};
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use crossterm::{cursor, execute};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;

/// Is the terminal ours right now? Makes [`restore`] safe to call from anywhere, any number of times.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// What the guard draws to: standard output, buffered so that a frame is one write.
pub type Screen = Terminal<CrosstermBackend<io::BufWriter<io::Stdout>>>;

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
        let screen = Terminal::new(CrosstermBackend::new(io::BufWriter::with_capacity(1 << 16, io::stdout())))?;
        Ok((guard, screen))
    }

    /// Takes the terminal (again, after [`restore`] for a suspend).
    pub fn take(&self) -> io::Result<()> {
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
    let _ = execute!(out, DisableMouseCapture, DisableBracketedPaste, LeaveAlternateScreen, cursor::Show);
    let _ = out.flush();
    let _ = disable_raw_mode();
}

/// Restores the terminal before a panic is reported, and masks secrets in the report.
///
/// `report` is given the masked text, to keep it in a crash report file; it must not panic.
pub fn install_panic_hook(report: impl Fn(&str) -> Option<String> + Send + Sync + 'static) {
    std::panic::set_hook(Box::new(move |info| {
        restore();
        let backtrace = std::backtrace::Backtrace::force_capture();
        let text = format!("bearcat {} panicked: {info}\n{backtrace}", env!("CARGO_PKG_VERSION"));
        let masked = crate::redact::mask(&text);
        let kept = report(&masked);
        let mut err = io::stderr();
        let _ = writeln!(err, "{}", crate::redact::mask(&format!("bearcat {info}")));
        let _ = match kept {
            Some(place) => writeln!(err, "This is a bug in bearcat. The report (without secrets) is in {place}"),
            None => writeln!(err, "This is a bug in bearcat. Please report it."),
        };
    }));
}
