//! Turns what the terminal reports into messages. Releases are dropped: Windows and Kitty report both.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use crossterm::event::{
    Event, EventStream, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};

use futures_util::Stream;

use crate::app::msg::{MouseInput, MouseKind, Msg};
use crate::keys::chord::{Chord, Key, Modifiers};

/// The terminal's events. A clone is the same stream; it can be stopped while another program has the terminal.
#[derive(Clone)]
pub struct TerminalInput(Rc<RefCell<Option<EventStream>>>);

impl TerminalInput {
    /// Begins to read.
    pub fn start() -> Self {
        Self(Rc::new(RefCell::new(Some(EventStream::new()))))
    }

    /// Stops reading: what is typed now goes to whoever reads the terminal next.
    pub fn stop(&self) {
        drop(self.0.borrow_mut().take());
    }

    /// Reads again, without what was typed or answered in between.
    pub fn resume(&self) {
        /// More events than this are not left over from anything.
        const MOST_LEFT_OVER: usize = 4096;
        for _ in 0..MOST_LEFT_OVER {
            match crossterm::event::poll(Duration::ZERO) {
                Ok(true) if crossterm::event::read().is_ok() => {}
                _ => break,
            }
        }
        *self.0.borrow_mut() = Some(EventStream::new());
    }
}

impl Stream for TerminalInput {
    type Item = io::Result<Event>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.0.borrow_mut().as_mut() {
            Some(stream) => Pin::new(stream).poll_next(context),
            None => Poll::Pending,
        }
    }
}

/// The message for an event; `None` for what bearcat does not use.
pub fn message(event: Event) -> Option<Msg> {
    match event {
        Event::Key(key) => chord(key).map(Msg::Key),
        Event::Paste(text) => Some(Msg::Paste(text)),
        Event::Mouse(mouse) => mouse_input(mouse).map(Msg::Mouse),
        Event::Resize(width, height) => Some(Msg::Resized { width, height }),
        Event::FocusGained | Event::FocusLost => None,
    }
}

fn chord(event: KeyEvent) -> Option<Chord> {
    if event.kind == KeyEventKind::Release {
        return None;
    }
    let shift = event.modifiers.contains(KeyModifiers::SHIFT);
    let key = match event.code {
        KeyCode::Char(c) => Key::Char(c),
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Esc,
        KeyCode::Tab | KeyCode::BackTab => Key::Tab,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Delete => Key::Delete,
        KeyCode::Insert => Key::Insert,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::F(number) => Key::F(number),
        _ => return None,
    };
    let modifiers = Modifiers {
        ctrl: event.modifiers.contains(KeyModifiers::CONTROL),
        alt: event.modifiers.contains(KeyModifiers::ALT),
        // A shifted character is another character already.
        shift: (shift && !matches!(key, Key::Char(_))) || event.code == KeyCode::BackTab,
    };
    Some(Chord::new(key, modifiers))
}

fn mouse_input(event: MouseEvent) -> Option<MouseInput> {
    let kind = match event.kind {
        MouseEventKind::Down(MouseButton::Left) => MouseKind::Press,
        MouseEventKind::ScrollUp => MouseKind::ScrollUp,
        MouseEventKind::ScrollDown => MouseKind::ScrollDown,
        _ => return None,
    };
    Some(MouseInput { kind, column: event.column, row: event.row })
}
