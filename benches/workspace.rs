//! How a workspace of 10,000 requests feels: opening it, filtering it key by key, moving in it.
//!
//! `cargo bench --bench workspace` prints the slowest and the middle time of each step, and fails where one is over its
//! limit. Steps include drawing the frame that follows. Opening is measured with the files in the system's cache.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench prints, and fails by panicking")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use bearcat::app::App;
use bearcat::app::msg::Msg;
use bearcat::app::state::StartOptions;
use bearcat::collection::scan;
use bearcat::collection::workspace::Workspace;
use bearcat::keys::chord::Chord;
use bearcat::model::time::Timestamp;
use bearcat::ui::theme::Theme;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

const OPEN: Duration = Duration::from_millis(200);
const FRAME: Duration = Duration::from_millis(16);

fn main() -> ExitCode {
    let mut over = 0;
    for (files, each) in [(1, 10_000), (1_000, 10)] {
        let folder = tempfile::tempdir().unwrap();
        write_files(folder.path(), files, each);
        println!("{files} files of {each} requests");
        over += measure(folder.path(), files * each);
    }
    if over == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn write_files(folder: &Path, files: usize, each: usize) {
    let env = r#"{"dev": {"base": "https://api.example.com", "limit": 10}}"#;
    fs::write(folder.join("http-client.env.json"), env).unwrap();
    for file in 0..files {
        let mut text = String::from("@version = v1\n\n");
        for request in 0..each {
            let n = file * each + request;
            let method = ["GET", "POST", "PUT", "DELETE"][n % 4];
            let _ = write!(
                text,
                "### {} {n}\n# @auth jane\n# @require read:orders\n{method} {{{{base}}}}/{{{{version}}}}/orders/{n}?limit={{{{limit}}}}&page={}\n\
                 Accept: application/json\nX-Trace: {{{{$uuid}}}}\n",
                ["list orders", "create customer", "change invoice", "remove parcel"][n % 4],
                n % 7
            );
            if n % 4 == 1 || n % 4 == 2 {
                let _ = write!(
                    text,
                    "Content-Type: application/json\n\n{{\n  \"id\": {n},\n  \"name\": \"order {n}\"\n}}\n"
                );
            }
            text.push('\n');
        }
        let path = folder.join(format!("area{:02}/file{file:04}.http", file % 20));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

struct Screen {
    app: App,
    terminal: Terminal<TestBackend>,
    theme: Theme,
}

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

impl Screen {
    fn new(workspace: Workspace) -> Self {
        let (app, _) = App::new(StartOptions::default());
        let terminal = Terminal::new(TestBackend::new(160, 50)).unwrap();
        let mut screen = Self { app, terminal, theme: Theme::default() };
        screen.app.update(Msg::Resized { width: 160, height: 50 }, NOW);
        screen.app.update(Msg::WorkspaceLoaded(Box::new(workspace)), NOW);
        screen.draw();
        screen
    }

    fn draw(&mut self) {
        let mut hits = None;
        let (app, theme) = (&self.app, &self.theme);
        self.terminal.draw(|frame| hits = Some(bearcat::ui::draw(frame, app.state(), theme))).unwrap();
        self.app.update(Msg::Drawn(Box::new(hits.unwrap())), NOW);
    }

    /// One key and the frame that shows it.
    fn press(&mut self, key: &str) -> Duration {
        let chord: Chord = key.parse().unwrap();
        let start = Instant::now();
        self.app.update(Msg::Key(chord), NOW);
        self.draw();
        start.elapsed()
    }
}

fn measure(folder: &Path, count: usize) -> usize {
    let mut over = 0;
    let mut times = Vec::new();
    let mut workspace = Workspace::default();
    for _ in 0..9 {
        let start = Instant::now();
        workspace = scan::load(folder, None);
        times.push(start.elapsed());
    }
    let found: usize = workspace.collections.iter().map(|collection| collection.requests.len()).sum();
    assert_eq!(found, count);
    over += report("open", &mut times, OPEN);

    let mut screen = Screen::new(workspace);
    let mut moves: Vec<Duration> = (0..200).map(|_| screen.press("down")).collect();
    over += report("move down", &mut moves, FRAME);
    let mut jumps: Vec<Duration> = (0..20).flat_map(|_| [screen.press("end"), screen.press("home")]).collect();
    over += report("to the end and back", &mut jumps, FRAME);
    let mut pages: Vec<Duration> = (0..50).map(|_| screen.press("pgdn")).collect();
    over += report("page down", &mut pages, FRAME);
    screen.press("home");
    let mut folds: Vec<Duration> = (0..20).map(|_| screen.press("space")).collect();
    over += report("fold and unfold", &mut folds, FRAME);

    screen.press("/");
    let mut keys = Vec::new();
    for word in ["list", "orders/123", "INVOICE", "zzzz", "p"] {
        for c in word.chars() {
            keys.push(screen.press(&c.to_string()));
        }
        for _ in word.chars() {
            keys.push(screen.press("backspace"));
        }
    }
    over += report("filter, each key", &mut keys, FRAME);
    over
}

/// Prints a line; 1 where the slowest is over the limit.
fn report(what: &str, times: &mut [Duration], limit: Duration) -> usize {
    times.sort();
    let (middle, slowest) = (times[times.len() / 2], times[times.len() - 1]);
    let is_over = slowest > limit;
    let millis = |time: Duration| time.as_secs_f64() * 1000.0;
    let verdict = if is_over { "OVER" } else { "ok" };
    println!(
        "  {what:<22} middle {:>8.2} ms   slowest {:>8.2} ms   limit {:>4.0} ms  {verdict}",
        millis(middle),
        millis(slowest),
        millis(limit)
    );
    usize::from(is_over)
}
