//! A small vocabulary for tests that drive the real binary in a pseudo-terminal: start it, press keys, wait for what
//! is on the screen. Nothing sleeps: every wait ends with the condition, or fails with the screen in its message.
#![expect(dead_code, reason = "each test binary uses its own part of it")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

pub mod secrets;
pub mod world;

use std::io::{Read, Write};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// How long a condition may take before the test fails. Long, because machines are shared; never waited out.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// The bytes of a few keys.
pub mod key {
    pub const ENTER: &str = "\r";
    pub const ESC: &str = "\x1b";
    pub const TAB: &str = "\t";
    pub const UP: &str = "\x1b[A";
    pub const DOWN: &str = "\x1b[B";
    pub const F2: &str = "\x1bOQ";
    pub const CTRL_C: &str = "\x03";
    pub const CTRL_Z: &str = "\x1a";
}

struct Shared {
    parser: vt100::Parser,
    raw: Vec<u8>,
    closed: bool,
}

/// Bearcat in a pseudo-terminal.
pub struct Tui {
    shared: Arc<(Mutex<Shared>, Condvar)>,
    writer: Box<dyn Write + Send>,
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
}

impl Tui {
    /// Starts `bearcat ARGS` with a home of its own at `home`, in a terminal of this size.
    pub fn start(home: &Path, args: &[&str], columns: u16, rows: u16) -> Self {
        Self::start_with(home, args, columns, rows, &[])
    }

    /// The same with more environment variables.
    pub fn start_with(home: &Path, args: &[&str], columns: u16, rows: u16, environment: &[(&str, &str)]) -> Self {
        let pair = native_pty_system()
            .openpty(PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 })
            .expect("a pseudo-terminal");
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_bearcat"));
        command.args(args);
        command.cwd(home);
        command.env_clear();
        for (name, value) in hermetic_environment(home) {
            command.env(name, value);
        }
        for (name, value) in environment {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).expect("bearcat starts");
        drop(pair.slave);
        let shared = Arc::new((
            Mutex::new(Shared { parser: vt100::Parser::new(rows, columns, 0), raw: Vec::new(), closed: false }),
            Condvar::new(),
        ));
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let sink = Arc::clone(&shared);
        std::thread::spawn(move || {
            let mut buffer = vec![0; 65_536];
            loop {
                let read = reader.read(&mut buffer).unwrap_or(0);
                let mut shared = sink.0.lock().unwrap();
                if read == 0 {
                    shared.closed = true;
                    sink.1.notify_all();
                    return;
                }
                shared.parser.process(&buffer[..read]);
                shared.raw.extend_from_slice(&buffer[..read]);
                sink.1.notify_all();
            }
        });
        let writer = pair.master.take_writer().expect("a writer");
        Self { shared, writer, master: pair.master, child }
    }

    /// Types keys.
    pub fn press(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).expect("the terminal takes keys");
        self.writer.flush().expect("the terminal takes keys");
    }

    /// Waits until the screen's text satisfies `condition`, and returns it.
    pub fn wait_until(&self, what: &str, condition: impl Fn(&str) -> bool) -> String {
        self.wait(what, |screen| Some(screen.contents()).filter(|text| condition(text)))
    }

    /// Waits until the terminal's modes satisfy `condition`; see [`Self::modes`].
    pub fn wait_modes(&self, what: &str, condition: impl Fn((bool, bool, bool, bool)) -> bool) {
        self.wait(what, |screen| condition(modes(screen)).then_some(()));
    }

    fn wait<T>(&self, what: &str, look: impl Fn(&vt100::Screen) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        let mut shared = self.shared.0.lock().unwrap();
        loop {
            if let Some(found) = look(shared.parser.screen()) {
                return found;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let text = shared.parser.screen().contents();
            assert!(!left.is_zero() && !shared.closed, "waited for {what}; the screen is:\n{text}");
            shared = self.shared.1.wait_timeout(shared, left).unwrap().0;
        }
    }

    /// Waits for text on the screen.
    pub fn wait_for(&self, text: &str) -> String {
        self.wait_until(&format!("{text:?}"), |screen| screen.contains(text))
    }

    /// Waits until text is gone from the screen.
    pub fn wait_gone(&self, text: &str) -> String {
        self.wait_until(&format!("{text:?} to go"), |screen| !screen.contains(text))
    }

    /// The screen's text now.
    pub fn screen(&self) -> String {
        self.shared.0.lock().unwrap().parser.screen().contents()
    }

    /// Everything that was ever written to the terminal.
    pub fn raw(&self) -> Vec<u8> {
        self.shared.0.lock().unwrap().raw.clone()
    }

    /// Is the alternate screen in use, the mouse captured, bracketed paste on, or the cursor hidden?
    pub fn modes(&self) -> (bool, bool, bool, bool) {
        modes(self.shared.0.lock().unwrap().parser.screen())
    }

    /// Changes the terminal's size.
    pub fn resize(&self, columns: u16, rows: u16) {
        self.shared.0.lock().unwrap().parser.screen_mut().set_size(rows, columns);
        self.master.resize(PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }).expect("a new size");
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.child.process_id().expect("a process id")
    }

    /// Sends a signal by name (`TERM`).
    pub fn signal(&self, name: &str) {
        let status = std::process::Command::new("kill").args([&format!("-{name}"), &self.pid().to_string()]).status();
        assert!(status.expect("kill runs").success());
    }

    /// Waits for the end of the program and of its output; returns its exit code.
    pub fn wait_exit(mut self) -> (u32, Ended) {
        let deadline = Instant::now() + PATIENCE;
        let mut shared = self.shared.0.lock().unwrap();
        while !shared.closed {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "bearcat did not end; the screen is:\n{}", shared.parser.screen().contents());
            shared = self.shared.1.wait_timeout(shared, left).unwrap().0;
        }
        drop(shared);
        let modes = self.modes();
        let code = self.child.wait().expect("an exit status").exit_code();
        let shared = self.shared.0.lock().unwrap();
        (code, Ended { modes, screen: shared.parser.screen().contents(), raw: shared.raw.clone() })
    }
}

impl Drop for Tui {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

fn modes(screen: &vt100::Screen) -> (bool, bool, bool, bool) {
    (
        screen.alternate_screen(),
        screen.mouse_protocol_mode() != vt100::MouseProtocolMode::None,
        screen.bracketed_paste(),
        screen.hide_cursor(),
    )
}

/// What was left when the program ended.
pub struct Ended {
    /// See [`Tui::modes`].
    pub modes: (bool, bool, bool, bool),
    /// The screen.
    pub screen: String,
    /// Everything that was ever written.
    pub raw: Vec<u8>,
}

/// An environment without anything of the user's: no keyring, no display, no proxies.
pub fn hermetic_environment(home: &Path) -> Vec<(String, String)> {
    let mut environment = vec![
        ("HOME".to_owned(), home.display().to_string()),
        ("BEARCAT_HOME".to_owned(), home.join("bearcat-home").display().to_string()),
        ("XDG_RUNTIME_DIR".to_owned(), home.join("run").display().to_string()),
        ("TERM".to_owned(), "xterm-256color".to_owned()),
        ("LANG".to_owned(), "C.UTF-8".to_owned()),
        ("PATH".to_owned(), std::env::var("PATH").unwrap_or_default()),
        // An address where nobody listens: the keyring is absent, at once.
        ("DBUS_SESSION_BUS_ADDRESS".to_owned(), "unix:path=/nonexistent/bus".to_owned()),
    ];
    // Coverage and sanitizer runs need their variables.
    environment.extend(std::env::vars().filter(|(name, _)| name.starts_with("LLVM_")));
    environment
}

/// `bearcat ARGS` as a plain command with a home of its own.
pub fn bearcat(home: &Path, args: &[&str]) -> std::process::Command {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_bearcat"));
    command.args(args).current_dir(home).env_clear().envs(hermetic_environment(home));
    command
}
