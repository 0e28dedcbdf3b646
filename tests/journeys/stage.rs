//! The stage of the journeys: the whole program without a terminal.
//!
//! [`Stage`] runs the real application, drawing, event loop, effect runner, services and the embedded demo on a
//! thread of its own. The test sends keys and waits for what the screen shows or the state holds; it never sleeps.
//! Only the desktop is missing: opened pages and copied texts go nowhere.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use bearcat::app::App;
use bearcat::app::effect::Effect;
use bearcat::app::msg::Msg;
use bearcat::app::state::{AppState, DemoInfo, StartOptions};
use bearcat::auth::keeper::KeeperNotice;
use bearcat::demo::clock::{ManualClock, SystemClock};
use bearcat::demo::faults::Faults;
use bearcat::demo::{Demo, DemoOptions, workspace};
use bearcat::keys::chord::{Chord, Key};
use bearcat::model::port::{Clock, VaultError};
use bearcat::shell::clock::SystemRandom;
use bearcat::shell::effects::{Runner, ScreenTrace, WAITING};
use bearcat::shell::event_loop::{self, Ending, Io, RunEffect};
use bearcat::shell::notice;
use bearcat::shell::services::{Listeners, Services};
use bearcat::shell::vault::SwitchableVault;
use bearcat::store::choose::{OpenVault, VaultChoice, open_vault};
use bearcat::store::paths::Paths;
use bearcat::store::settings::Settings;
use bearcat::ui::theme::Theme;
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::Terminal;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use url::Url;

use crate::screen::{PATIENCE, Screen, ScreenBackend};

/// What a journey starts with.
pub struct Setup {
    size: (u16, u16),
    faults: Faults,
    clock: Option<Arc<ManualClock>>,
    vault: Option<OpenVault>,
    settings: Settings,
    files: Vec<(String, String)>,
    options: StartOptions,
    sample: Sample,
}

/// Whether the sample workspace is there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sample {
    Whole,
    EnvironmentsOnly,
    Nothing,
}

impl Setup {
    /// The demo's sample workspace at 120x40, the system's clock, tokens in memory.
    pub fn new() -> Self {
        Self {
            size: (120, 40),
            faults: Faults::default(),
            clock: None,
            vault: None,
            settings: Settings::default(),
            files: Vec::new(),
            options: StartOptions::default(),
            sample: Sample::Whole,
        }
    }

    /// Only the demo's environments and this collection, `journey.http`.
    pub fn requests(text: &str) -> Self {
        Self { sample: Sample::EnvironmentsOnly, ..Self::new() }.file("journey.http", text)
    }

    /// An empty folder.
    pub fn empty() -> Self {
        Self { sample: Sample::Nothing, ..Self::new() }
    }

    /// Another size.
    pub fn size(mut self, columns: u16, rows: u16) -> Self {
        self.size = (columns, rows);
        self
    }

    /// A clock that stands still until the test moves it, for all parts.
    pub fn manual_clock(mut self) -> Self {
        self.clock = Some(Arc::new(ManualClock::fixed()));
        self
    }

    /// Knobs of the demo.
    pub fn faults(mut self, change: impl FnOnce(&mut Faults)) -> Self {
        change(&mut self.faults);
        self
    }

    /// Another vault than memory.
    pub fn vault(mut self, vault: OpenVault) -> Self {
        self.vault = Some(vault);
        self
    }

    /// Changes the settings.
    pub fn settings(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }

    /// Changes how the application is started.
    pub fn options(mut self, change: impl FnOnce(&mut StartOptions)) -> Self {
        change(&mut self.options);
        self
    }

    /// One more file of the workspace. `@PORT@` becomes a free port; `@API@` and `@ISSUER@` the demo's addresses.
    pub fn file(mut self, path: &str, text: &str) -> Self {
        self.files.push((path.to_owned(), text.to_owned()));
        self
    }

    /// Starts it all.
    pub fn start(self) -> Stage {
        Stage::start(self)
    }
}

/// A running program.
pub struct Stage {
    /// The demo that it talks to.
    pub demo: Arc<Demo>,
    /// Files of the program: workspace and everything else.
    pub home: tempfile::TempDir,
    clock: Option<Arc<ManualClock>>,
    input: Option<mpsc::UnboundedSender<(u64, Event)>>,
    sent: u64,
    signals: Option<mpsc::UnboundedSender<i32>>,
    screen: Arc<Screen>,
    desktop: Arc<Mutex<Desktop>>,
    runtime: Arc<Runtime>,
    thread: Option<JoinHandle<(App, Ending)>>,
}

/// What the program asked of the desktop.
#[derive(Default)]
struct Desktop {
    opened: Vec<Url>,
}

/// How a program ended.
pub struct Ended {
    /// The application as it was.
    pub app: App,
    /// Why the loop ended.
    pub ending: Ending,
}

impl Stage {
    fn start(setup: Setup) -> Self {
        let home = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let runtime = Arc::new(runtime);
        let demo_clock: Arc<dyn Clock> = match &setup.clock {
            Some(manual) => manual.clone(),
            None => Arc::new(SystemClock),
        };
        let options = DemoOptions { clock: demo_clock.clone(), faults: setup.faults, ..DemoOptions::default() };
        let demo = Arc::new(runtime.block_on(bearcat::demo::start(options)).unwrap());
        let root = home.path().join("workspace");
        write_files(&demo, &root, setup.sample, &setup.files);
        let paths = Paths::below(&home.path().join("home"));
        let vault = setup.vault.unwrap_or_else(|| open_vault(VaultChoice::Memory, &paths, || unreachable!()).unwrap());
        let app_options = StartOptions {
            demo: Some(DemoInfo { issuer: demo.issuer.clone(), api: demo.api.clone() }),
            ..setup.options
        };
        let (input, events) = mpsc::unbounded_channel();
        let (signals, numbers) = mpsc::unbounded_channel();
        let screen = Arc::new(Screen::default());
        let desktop = Arc::new(Mutex::new(Desktop::default()));
        let actors = Actors {
            paths,
            settings: setup.settings,
            vault: SwitchableVault::new(vault),
            clock: demo_clock,
            options: app_options,
            root,
            demo: demo.clone(),
            events,
            signals: numbers,
            size: setup.size,
            screen: screen.clone(),
            desktop: desktop.clone(),
        };
        let loop_runtime = runtime.clone();
        let thread = std::thread::Builder::new().name("event loop".to_owned());
        let thread = thread.spawn(move || loop_runtime.block_on(actors.play())).unwrap();
        Self {
            demo,
            home,
            clock: setup.clock,
            input: Some(input),
            sent: 0,
            signals: Some(signals),
            screen,
            desktop,
            runtime,
            thread: Some(thread),
        }
    }

    // ── Input ───────────────────────────────────────────────────────────────────────────────

    fn send(&mut self, event: Event) {
        self.sent += 1;
        // After the end nobody takes it: the wait that follows tells.
        let _ = self.input.as_ref().expect("input is open").send((self.sent, event));
    }

    /// Presses keys, as the key table writes them, separated by spaces: `tab`, `l`, `ctrl+c`, `down down enter`.
    pub fn press(&mut self, keys: &str) {
        for key in keys.split(' ') {
            let chord: Chord = key.parse().unwrap();
            self.send(Event::Key(key_event(chord)));
        }
    }

    /// Types a text.
    pub fn type_text(&mut self, text: &str) {
        for c in text.chars() {
            self.send(Event::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)));
        }
    }

    /// Pastes a text.
    pub fn paste(&mut self, text: &str) {
        self.send(Event::Paste(text.to_owned()));
    }

    /// Presses the left mouse button at a cell.
    pub fn click(&mut self, column: u16, row: u16) {
        self.mouse(MouseEventKind::Down(MouseButton::Left), column, row);
    }

    /// Presses the left mouse button on the first place where the screen shows `text`.
    pub fn click_text(&mut self, text: &str) {
        let (column, row) = self.find(text);
        self.click(column, row);
    }

    /// Turns the wheel down over a place that shows `text`.
    pub fn wheel_down_at(&mut self, text: &str) {
        let (column, row) = self.find(text);
        self.mouse(MouseEventKind::ScrollDown, column, row);
    }

    fn mouse(&mut self, kind: MouseEventKind, column: u16, row: u16) {
        self.send(Event::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }));
    }

    fn find(&self, text: &str) -> (u16, u16) {
        self.wait_for(text);
        self.screen.find(text).expect("it was there just now")
    }

    /// Changes the size of the terminal.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        self.screen.resize(columns, rows);
        self.send(Event::Resize(columns, rows));
    }

    /// A signal arrives.
    pub fn signal(&self, number: i32) {
        self.signals.as_ref().expect("signals are open").send(number).unwrap();
    }

    // ── Looking ─────────────────────────────────────────────────────────────────────────────

    /// The screen once all input was taken in and shows `text`.
    pub fn wait_for(&self, text: &str) -> String {
        self.wait_screen(&format!("`{text}` on the screen"), |screen| screen.contains(text))
    }

    /// The screen once it fits.
    pub fn wait_screen(&self, what: &str, fits: impl Fn(&str) -> bool) -> String {
        self.screen.wait(self.sent, what, fits)
    }

    /// The state once it fits: what `look` sees.
    pub fn wait<T: Send + 'static>(
        &mut self,
        what: &str,
        look: impl FnMut(&AppState) -> Option<T> + Send + 'static,
    ) -> T {
        let size = self.screen.size();
        let seen = self.screen.probe(self.sent + 1, look);
        // The same size once more: a frame is drawn even if nothing else happens.
        self.send(Event::Resize(size.0, size.1));
        self.screen.seen(what, &seen)
    }

    /// Waits until the state fits.
    pub fn until(&mut self, what: &str, fits: impl Fn(&AppState) -> bool + Send + 'static) {
        self.wait(what, move |state| fits(state).then_some(()));
    }

    /// What `look` sees in the state now, with all input taken in.
    pub fn see<T: Send + 'static>(&mut self, look: impl Fn(&AppState) -> T + Send + 'static) -> T {
        self.wait("the state", move |state| Some(look(state)))
    }

    /// Waits until something outside the program is so.
    pub fn until_outside(&self, what: &str, fits: impl Fn(&Self) -> bool) {
        let deadline = std::time::Instant::now() + PATIENCE;
        while !fits(self) {
            assert!(std::time::Instant::now() < deadline, "no {what}; the screen:\n{}", self.screen.text());
            // Nothing announces it: look again when somebody else had the processor.
            std::thread::yield_now();
        }
    }

    /// The pages that the browser was asked to open.
    pub fn opened(&self) -> Vec<Url> {
        self.desktop.lock().unwrap().opened.clone()
    }

    /// The manual clock.
    pub fn clock(&self) -> &ManualClock {
        self.clock.as_deref().expect("a manual clock was asked for")
    }

    /// Waits for work that the test itself does.
    pub fn block_on<F: Future>(&self, work: F) -> F::Output {
        self.runtime.block_on(async { tokio::time::timeout(PATIENCE, work).await.expect("done in time") })
    }

    // ── Steps that many journeys share ──────────────────────────────────────────────────────

    /// Selects a request by its name, with keys.
    pub fn select(&mut self, name: &str) {
        use bearcat::app::state::TreeRow;
        let wanted = name.to_owned();
        let row = self.wait(&format!("a request `{name}`"), move |state| {
            state.rows.iter().position(|row| match row {
                TreeRow::Request(id) => state.request(id).is_some_and(|one| one.name.as_deref() == Some(&wanted)),
                TreeRow::Collection { .. } => false,
            })
        });
        self.press("1 home");
        for _ in 0..row {
            self.press("down");
        }
        let wanted = name.to_owned();
        self.until(&format!("`{name}` selected"), move |state| {
            state.selected_request().and_then(|one| one.name.as_deref()) == Some(&wanted)
        });
    }

    /// Signs in as the shown identity with `l` and the demo's `d`, and waits for the session.
    pub fn sign_in(&mut self) {
        self.until("an identity", |state| state.shown_identity().is_some());
        self.press("l");
        self.approve();
        self.until("the session", |state| state.current_view().is_some());
        self.press("esc");
        self.until("the layer gone", |state| state.layers.is_empty());
    }

    /// Approves the device code that is shown, and lets the time to the next poll pass.
    pub fn approve(&mut self) {
        use bearcat::app::state::LoginStage;
        self.until("a device code", |state| {
            state.login().is_some_and(|login| matches!(login.stage, LoginStage::Device { .. }))
        });
        self.press("d");
        self.until_outside("approval", |stage| stage.demo.pending_user_codes().is_empty());
        if let Some(clock) = self.clock.clone() {
            self.block_on(clock.advance_to_next_sleeper());
        }
    }

    /// The response of the selected request.
    pub fn response(&mut self) -> Answer {
        self.wait("a response", |state| Answer::of(state.current_run()?))
    }

    /// Presses Enter and waits for the response of that new run.
    pub fn send_request(&mut self) -> Answer {
        let before = self.see(|state| state.current_run().map(|run| run.id));
        self.press("enter");
        self.answer_after(before)
    }

    /// Waits for the response of a newer run than `before`.
    pub fn answer_after(&mut self, before: Option<bearcat::model::exchange::RunId>) -> Answer {
        self.wait("a new response", move |state| {
            state.current_run().filter(|run| Some(run.id) != before).and_then(Answer::of)
        })
    }

    // ── The end ─────────────────────────────────────────────────────────────────────────────

    /// The terminal goes away; gives the application back.
    pub fn finish(mut self) -> Ended {
        self.input = None;
        self.ended()
    }

    /// Waits until the loop has ended by itself.
    pub fn ended(mut self) -> Ended {
        let thread = self.thread.take().expect("it runs");
        self.screen.wait_ended();
        let (app, ending) = thread.join().unwrap();
        self.screen.assert_clean();
        Ended { app, ending }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.input = None;
        if let Some(thread) = self.thread.take() {
            // A failed test has said why already.
            let _ = thread.join();
        }
    }
}

/// What a finished run came to.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The exchange.
    pub exchange: bearcat::model::exchange::Exchange,
    /// The ids of the findings.
    pub findings: Vec<&'static str>,
}

impl Answer {
    fn of(run: &bearcat::app::state::Run) -> Option<Self> {
        use bearcat::app::state::RunPhase;
        match &run.phase {
            RunPhase::Finished(outcome) => Some(Self {
                status: outcome.exchange.head.status,
                exchange: outcome.exchange.clone(),
                findings: outcome.findings.iter().map(|finding| finding.id).collect(),
            }),
            RunPhase::Failed(problem) => panic!("the run failed: {problem}"),
            _ => None,
        }
    }

    /// Was a token sent?
    pub fn carried_a_token(&self) -> bool {
        self.exchange.token.is_some()
    }
}

/// Everything that plays on the loop's thread.
struct Actors {
    paths: Paths,
    settings: Settings,
    vault: SwitchableVault,
    clock: Arc<dyn Clock>,
    options: StartOptions,
    root: PathBuf,
    demo: Arc<Demo>,
    events: mpsc::UnboundedReceiver<(u64, Event)>,
    signals: mpsc::UnboundedReceiver<i32>,
    size: (u16, u16),
    screen: Arc<Screen>,
    desktop: Arc<Mutex<Desktop>>,
}

impl Actors {
    async fn play(self) -> (App, Ending) {
        let Self { mut events, mut signals, screen, clock, .. } = self;
        let _ended = screen.ends();
        let (sender, messages) = mpsc::channel(WAITING);
        let notices = sender.clone();
        let listeners = Listeners {
            trace: Arc::new(ScreenTrace::new(sender.clone())),
            notices: Arc::new(move |notice: KeeperNotice| {
                let _ = notices.try_send(notice::message(&notice));
            }),
        };
        let random = Arc::new(SystemRandom);
        let services = Services::new(self.paths, self.settings, self.vault, clock.clone(), random, listeners).unwrap();
        let inner = Runner::new(services.clone(), sender.clone(), self.root, Some(self.demo));
        let runner = WithoutDesktop { inner, messages: sender, desktop: self.desktop };
        let (mut app, first) = App::new(self.options);
        let mut terminal = Terminal::new(ScreenBackend::new(screen.clone(), self.size)).unwrap();
        let delivered = screen.clone();
        let input = futures_util::stream::poll_fn(move |context| {
            events.poll_recv(context).map(|event| {
                event.map(|(number, event)| {
                    delivered.took(number);
                    Ok(event)
                })
            })
        });
        let observed = screen.clone();
        let draw = move |frame: &mut ratatui::Frame<'_>, state: &AppState, theme: &Theme| {
            let hits = bearcat::ui::draw(frame, state, theme);
            observed.look(state);
            hits
        };
        let io = Io {
            input,
            signals: futures_util::stream::poll_fn(move |context| signals.poll_recv(context)),
            messages,
            runner,
            clock: &*clock,
            draw: &draw,
            theme: &Theme::dark(),
            suspend: None,
            edit: None,
        };
        let Ok(ending) = event_loop::run(&mut app, first, &mut terminal, io).await;
        services.finish(Duration::from_secs(1)).await;
        (app, ending)
    }
}

/// The real runner, with a desktop that only remembers.
struct WithoutDesktop {
    inner: Runner,
    messages: mpsc::Sender<Msg>,
    desktop: Arc<Mutex<Desktop>>,
}

impl RunEffect for WithoutDesktop {
    fn run(&mut self, effect: Effect) {
        let mut desktop = self.desktop.lock().unwrap();
        match effect {
            Effect::OpenBrowser(url) => {
                desktop.opened.push(url);
                self.messages.try_send(Msg::BrowserOpened(Ok(()))).unwrap();
            }
            Effect::Copy { what, .. } => {
                self.messages.try_send(Msg::Copied(Ok(what))).unwrap();
            }
            effect => self.inner.run(effect),
        }
    }
}

fn write_files(demo: &Demo, root: &std::path::Path, sample: Sample, files: &[(String, String)]) {
    std::fs::create_dir_all(root).unwrap();
    let port = free_port().to_string();
    if sample != Sample::Nothing {
        for (path, text) in workspace::workspace_files(demo) {
            if sample == Sample::Whole || path.contains("env.json") {
                std::fs::write(root.join(path), text.replace("53180", &port)).unwrap();
            }
        }
    }
    for (path, text) in files {
        let text = text
            .replace("@PORT@", &port)
            .replace("@API@", demo.api.as_str().trim_end_matches('/'))
            .replace("@ISSUER@", demo.issuer_text());
        std::fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
        std::fs::write(root.join(path), text).unwrap();
    }
}

/// A port that nobody listens on just now.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn key_event(chord: Chord) -> KeyEvent {
    let held = chord.modifiers();
    let mut modifiers = KeyModifiers::NONE;
    modifiers.set(KeyModifiers::CONTROL, held.ctrl);
    modifiers.set(KeyModifiers::ALT, held.alt);
    modifiers.set(KeyModifiers::SHIFT, held.shift);
    let code = match chord.key() {
        Key::Char(c) => KeyCode::Char(c),
        Key::Enter => KeyCode::Enter,
        Key::Esc => KeyCode::Esc,
        Key::Tab if held.shift => KeyCode::BackTab,
        Key::Tab => KeyCode::Tab,
        Key::Backspace => KeyCode::Backspace,
        Key::Delete => KeyCode::Delete,
        Key::Insert => KeyCode::Insert,
        Key::Up => KeyCode::Up,
        Key::Down => KeyCode::Down,
        Key::Left => KeyCode::Left,
        Key::Right => KeyCode::Right,
        Key::Home => KeyCode::Home,
        Key::End => KeyCode::End,
        Key::PageUp => KeyCode::PageUp,
        Key::PageDown => KeyCode::PageDown,
        Key::F(number) => KeyCode::F(number),
    };
    KeyEvent::new(code, modifiers)
}

/// A vault for the journeys about vaults.
pub fn vault(behaviour: crate::vaults::Behaviour) -> OpenVault {
    let memory = open_vault(VaultChoice::Memory, &Paths::below(std::path::Path::new("nowhere")), || {
        Err(VaultError::Other("memory needs no passphrase".to_owned()))
    });
    OpenVault { vault: Arc::new(crate::vaults::Odd(behaviour)), lock: memory.unwrap().lock }
}
