//! The clipboard by OSC 52: works over SSH and tmux, needs no display, and never blocks.

use std::io::{self, Write};

use crossterm::clipboard::CopyToClipboard;
use crossterm::execute;

use crate::model::problem::{Problem, ProblemKind};

/// The most that is copied. Many terminals drop longer sequences without a word.
const MOST: usize = 74_994;

/// Puts `text` on the terminal's clipboard.
///
/// # Errors
/// When the text is too long for OSC 52, or the terminal is gone.
pub fn copy(text: &str) -> Result<(), Problem> {
    if text.len() > MOST {
        return Err(Problem::new(ProblemKind::Other, "Too long for the terminal's clipboard")
            .detail(format!("{} bytes; terminals take about {MOST}", text.len()))
            .hint("`bearcat send FILE --output OUT` saves a body to a file"));
    }
    let mut out = io::stdout();
    execute!(out, CopyToClipboard::to_clipboard_from(text)).and_then(|()| out.flush()).map_err(|error| {
        Problem::new(ProblemKind::Other, "The clipboard could not be written").detail(error.to_string())
    })
}
