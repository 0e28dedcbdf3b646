//! Time, on tokio's paused clock: an idle screen draws nothing, a countdown once a second.

use std::sync::Arc;
use std::time::Duration;

use bearcat::app::App;
use bearcat::app::effect::Effect;
use bearcat::app::msg::{LoginProgress, Msg};
use bearcat::app::state::StartOptions;
use bearcat::model::port::{BoxFuture, Clock, VaultKind, VaultStatus};
use bearcat::model::session::SessionKey;
use bearcat::model::time::Timestamp;
use bearcat::shell::event_loop::{self, Ending, Io, RunEffect};
use bearcat::store::paths::Paths;
use bearcat::ui::theme::Theme;
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use futures_util::StreamExt;
use ratatui::Terminal;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::screen::{Screen, ScreenBackend};

const ENVIRONMENT: &str = r#"{"dev": {"Security": {"Auth": {"jane": {"Type": "OAuth2", "Grant Type": "Device Authorization",
    "Issuer": "http://127.0.0.1:9", "Client ID": "client"}}}}}"#;

/// Tokio's clock as a wall clock: paused, it moves when everybody sleeps.
struct PausedClock(Instant);

impl Clock for PausedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(1_800_000_000).plus(self.0.elapsed())
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// Answers every effect at once: a workspace, a vault, nobody signed in, a device code that nobody approves.
struct Answering {
    messages: mpsc::Sender<Msg>,
    folder: tempfile::TempDir,
}

impl RunEffect for Answering {
    fn run(&mut self, effect: Effect) {
        let answer = match effect {
            Effect::LoadWorkspace => {
                let root = self.folder.path();
                Msg::WorkspaceLoaded(Box::new(bearcat::shell::workspace::load(root, &Paths::below(&root.join("home")))))
            }
            Effect::ProbeVault => Msg::VaultProbed(VaultStatus {
                kind: VaultKind::Memory,
                name: "memory".to_owned(),
                availability: Ok(()),
            }),
            Effect::LoadSession(identity) => Msg::SessionLoaded { key: SessionKey::of(&identity), result: Ok(None) },
            Effect::Login { id, .. } => Msg::LoginProgress {
                id,
                progress: LoginProgress::DeviceCode {
                    user_code: "ABCD-EFGH".to_owned(),
                    verification_uri: "http://127.0.0.1:9/device".parse().unwrap(),
                    verification_uri_complete: None,
                    expires_at: Timestamp::from_seconds(1_800_000_000 + 75),
                },
            },
            _ => return,
        };
        self.messages.try_send(answer).unwrap();
    }
}

/// Runs the loop with these keys at the start; `watch` gets the screen meanwhile, then the input closes.
async fn play<F: Future<Output = ()>>(keys: &[KeyCode], watch: impl FnOnce(Arc<Screen>) -> F) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.http"), "### it\n# @auth jane\nGET http://127.0.0.1:9/\n").unwrap();
    std::fs::write(folder.path().join("http-client.env.json"), ENVIRONMENT).unwrap();
    let (messages, answers) = mpsc::channel(64);
    let (input, events) = mpsc::unbounded_channel::<Event>();
    let events =
        futures_util::stream::unfold(events, |mut events| async move { Some((Ok(events.recv().await?), events)) });
    let screen = Arc::new(Screen::default());
    let mut terminal = Terminal::new(ScreenBackend::new(screen.clone(), (100, 30))).unwrap();
    let clock = PausedClock(Instant::now());
    let (mut app, first) = App::new(StartOptions::default());
    let io = Io {
        input: events.boxed_local(),
        signals: futures_util::stream::pending(),
        messages: answers,
        runner: Answering { messages, folder },
        clock: &clock,
        draw: &bearcat::ui::draw,
        theme: &Theme::dark(),
        suspend: None,
        edit: None,
    };
    let running = event_loop::run(&mut app, first, &mut terminal, io);
    let watching = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        for key in keys {
            input.send(Event::Key(KeyEvent::new(*key, KeyModifiers::NONE))).unwrap();
        }
        tokio::time::sleep(Duration::from_secs(10)).await;
        watch(screen).await;
        drop(input);
    };
    let (ended, ()) = tokio::join!(running, watching);
    assert_eq!(ended, Ok(Ending::InputClosed));
}

#[tokio::test(start_paused = true)]
async fn a_screen_on_which_nothing_happens_is_not_drawn_again() {
    play(&[], |screen| async move {
        let before = screen.frames();
        assert!(before > 0, "it was drawn once");
        tokio::time::sleep(Duration::from_mins(1)).await;
        assert_eq!(screen.frames(), before, "no frame in a minute");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn the_countdown_of_a_device_code_is_drawn_once_a_second() {
    play(&[KeyCode::Char('l')], |screen| async move {
        assert!(screen.text().contains("ABCD-EFGH"), "{}", screen.text());
        let before = screen.frames();
        tokio::time::sleep(Duration::from_secs(10)).await;
        let drawn = screen.frames() - before;
        assert!((9..=12).contains(&drawn), "{drawn} frames in ten seconds");
        let now = screen.text();
        tokio::time::sleep(Duration::from_secs(3)).await;
        assert_ne!(screen.text(), now, "it counts");
    })
    .await;
}
