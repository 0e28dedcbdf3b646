//! A screen that two threads share: the event loop draws on it, the test reads it and waits for it.
//!
//! Every frame remembers which input had been taken in before it was drawn, so a wait never sees an older frame.
//! Every frame is checked when it is drawn: no control character and no token may reach a terminal.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bearcat::app::state::AppState;
use ratatui::backend::{Backend, ClearType, TestBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use unicode_width::UnicodeWidthStr;

/// How long a journey waits for anything before it fails.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The shared screen.
#[derive(Default)]
pub struct Screen {
    inner: Mutex<Inner>,
    changed: Condvar,
}

#[derive(Default)]
struct Inner {
    backend: Option<TestBackend>,
    size: (u16, u16),
    frames: u64,
    /// The number of the last input that the loop took.
    taken: u64,
    /// The same when the last frame was drawn.
    shown: u64,
    probe: Option<(u64, Probe)>,
    /// The frame that the probe was satisfied by; it is on the screen when that many were drawn.
    probed: u64,
    ended: bool,
    dirt: Vec<String>,
}

/// Looks at the state; `true`: it has seen what it wants.
type Probe = Box<dyn FnMut(&AppState) -> bool + Send>;

/// What a probe has seen.
pub type Seen<T> = Arc<Mutex<Option<T>>>;

impl Screen {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The screen as text.
    pub fn text(&self) -> String {
        self.lock().text()
    }

    /// The size that the terminal has now.
    pub fn size(&self) -> (u16, u16) {
        self.lock().size
    }

    /// How many frames were drawn.
    pub fn frames(&self) -> u64 {
        self.lock().frames
    }

    /// Gives the terminal another size.
    pub fn resize(&self, columns: u16, rows: u16) {
        let mut inner = self.lock();
        inner.size = (columns, rows);
        if let Some(backend) = &mut inner.backend {
            backend.resize(columns, rows);
        }
    }

    /// The loop took this input.
    pub fn took(&self, number: u64) {
        self.lock().taken = number;
    }

    /// Waits for a frame that was drawn after input number `after` and fits.
    pub fn wait(&self, after: u64, what: &str, fits: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + PATIENCE;
        let mut inner = self.lock();
        loop {
            let text = inner.text();
            if inner.shown >= after && fits(&text) {
                return text;
            }
            assert!(!inner.ended, "the program ended while waiting for {what}; the screen:\n{text}");
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "waited in vain for {what}; the screen:\n{text}");
            inner = self.changed.wait_timeout(inner, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Lets `look` look at the state of every frame drawn after input number `after`, until it sees something.
    pub fn probe<T: Send + 'static>(
        &self,
        after: u64,
        mut look: impl FnMut(&AppState) -> Option<T> + Send + 'static,
    ) -> Seen<T> {
        let seen: Seen<T> = Arc::default();
        let found = seen.clone();
        let probe = move |state: &AppState| {
            let value = look(state);
            let has = value.is_some();
            *found.lock().unwrap_or_else(PoisonError::into_inner) = value;
            has
        };
        self.lock().probe = Some((after, Box::new(probe)));
        seen
    }

    /// Waits until the probe has seen something.
    pub fn seen<T>(&self, what: &str, seen: &Seen<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        let mut inner = self.lock();
        loop {
            let drawn = inner.frames >= inner.probed || inner.ended;
            if drawn && let Some(value) = seen.lock().unwrap_or_else(PoisonError::into_inner).take() {
                return value;
            }
            assert!(!inner.ended, "the program ended while waiting for {what}; the screen:\n{}", inner.text());
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "waited in vain for {what}; the screen:\n{}", inner.text());
            inner = self.changed.wait_timeout(inner, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Called by the loop with the state of each frame.
    pub fn look(&self, state: &AppState) {
        let taken = self.lock().taken;
        let Some((after, mut probe)) = self.lock().probe.take() else { return };
        // The probe runs without the lock: one that panics ends the loop, not the screen.
        let satisfied = taken >= after && probe(state);
        let mut inner = self.lock();
        if satisfied {
            inner.probed = inner.frames + 1;
        } else if inner.probe.is_none() {
            inner.probe = Some((after, probe));
        }
        drop(inner);
        self.changed.notify_all();
    }

    /// Tells everybody when the returned guard is dropped.
    pub fn ends(self: &Arc<Self>) -> impl Drop + use<> {
        Ends(self.clone())
    }

    /// Waits until the loop has ended.
    pub fn wait_ended(&self) {
        let deadline = Instant::now() + PATIENCE;
        let mut inner = self.lock();
        while !inner.ended {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "the program does not end; the screen:\n{}", inner.text());
            inner = self.changed.wait_timeout(inner, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// No frame ever held anything that a terminal would obey, or a token.
    pub fn assert_clean(&self) {
        let inner = self.lock();
        assert!(inner.dirt.is_empty(), "control characters or tokens were drawn: {:?}", inner.dirt);
    }

    /// The first cell where the screen shows `text`.
    pub fn find(&self, text: &str) -> Option<(u16, u16)> {
        let screen = self.text();
        screen.lines().enumerate().find_map(|(row, line)| {
            let column = line[..line.find(text)?].width();
            Some((column as u16, row as u16))
        })
    }
}

struct Ends(Arc<Screen>);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.lock().ended = true;
        self.0.changed.notify_all();
    }
}

impl Inner {
    fn text(&self) -> String {
        let Some(backend) = &self.backend else { return String::new() };
        let buffer = backend.buffer();
        let mut text = String::new();
        for y in 0..buffer.area.height {
            let mut line = String::new();
            let mut skip = 0;
            for x in 0..buffer.area.width {
                let symbol = buffer[(x, y)].symbol();
                if skip == 0 {
                    line.push_str(symbol);
                    skip = symbol.width();
                }
                skip = skip.saturating_sub(1);
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

/// The backend that draws on a [`Screen`].
pub struct ScreenBackend(Arc<Screen>);

impl ScreenBackend {
    /// Draws on `screen`, which gets this size.
    pub fn new(screen: Arc<Screen>, size: (u16, u16)) -> Self {
        {
            let mut inner = screen.lock();
            inner.size = size;
            inner.backend = Some(TestBackend::new(size.0, size.1));
        }
        Self(screen)
    }

    fn with<T>(&self, work: impl FnOnce(&mut TestBackend) -> T) -> T {
        work(self.0.lock().backend.as_mut().expect("the backend is there from the start"))
    }
}

/// What a terminal would obey, or what would change the order of the letters around it.
fn is_dirty(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The beginning of a JWT, and enough of it to be one.
fn shows_a_token(line: &str) -> bool {
    line.match_indices("eyJ").any(|(at, _)| {
        line[at..].chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')).count() > 16
    })
}

impl Backend for ScreenBackend {
    type Error = std::convert::Infallible;

    fn draw<'a, I>(&mut self, content: I) -> Result<(), Self::Error>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut inner = self.0.lock();
        let size = inner.size;
        let cells: Vec<_> = content.filter(|(x, y, _)| *x < size.0 && *y < size.1).collect();
        let dirt = cells.iter().filter(|(_, _, cell)| cell.symbol().contains(is_dirty));
        let dirt: Vec<_> = dirt.map(|(x, y, cell)| format!("{:?} at {x},{y}", cell.symbol())).collect();
        inner.dirt.extend(dirt);
        inner.backend.as_mut().expect("the backend is there from the start").draw(cells.into_iter())
    }

    fn hide_cursor(&mut self) -> Result<(), Self::Error> {
        self.with(TestBackend::hide_cursor)
    }

    fn show_cursor(&mut self) -> Result<(), Self::Error> {
        self.with(TestBackend::show_cursor)
    }

    fn get_cursor_position(&mut self) -> Result<Position, Self::Error> {
        self.with(TestBackend::get_cursor_position)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> Result<(), Self::Error> {
        self.with(|backend| backend.set_cursor_position(position))
    }

    fn clear(&mut self) -> Result<(), Self::Error> {
        self.with(TestBackend::clear)
    }

    fn clear_region(&mut self, clear_type: ClearType) -> Result<(), Self::Error> {
        self.with(|backend| backend.clear_region(clear_type))
    }

    fn size(&self) -> Result<Size, Self::Error> {
        self.with(|backend| backend.size())
    }

    fn window_size(&mut self) -> Result<WindowSize, Self::Error> {
        self.with(TestBackend::window_size)
    }

    fn flush(&mut self) -> Result<(), Self::Error> {
        let mut inner = self.0.lock();
        inner.frames += 1;
        inner.shown = inner.taken;
        let leaks: Vec<_> = inner.text().lines().filter(|line| shows_a_token(line)).map(str::to_owned).collect();
        inner.dirt.extend(leaks);
        drop(inner);
        self.0.changed.notify_all();
        Ok(())
    }
}
