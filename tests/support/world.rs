//! The demo in this process, and the real binary against it: a home, a workspace and a temporary folder of its own,
//! and what a command printed.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

use bearcat::demo::faults::Faults;
use bearcat::demo::{Demo, DemoOptions, browser, workspace};
use serde_json::Value;

/// The passphrase of the encrypted vault file.
pub const PASSPHRASE: &str = "correct horse battery staple";

/// A demo and a user of it.
pub struct World {
    /// The issuer and the API.
    pub demo: Demo,
    runtime: tokio::runtime::Runtime,
    folder: tempfile::TempDir,
}

impl World {
    /// An honest demo that takes polls every second.
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    /// A demo with these knobs turned.
    pub fn with(turn: impl FnOnce(&mut Faults)) -> Self {
        let mut faults = Faults { device_interval: 1, any_polling_speed: true, ..Faults::default() };
        turn(&mut faults);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let options = DemoOptions { faults, ..DemoOptions::default() };
        let demo = runtime.block_on(bearcat::demo::start(options)).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let world = Self { demo, runtime, folder };
        for part in ["home", "work", "tmp"] {
            std::fs::create_dir(world.root().join(part)).unwrap();
        }
        workspace::write_workspace(&world.demo, &world.work()).unwrap();
        world
    }

    /// Everything that a command may write is below it.
    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// The user's home.
    pub fn home(&self) -> PathBuf {
        self.root().join("home")
    }

    /// The workspace, which commands run in.
    pub fn work(&self) -> PathBuf {
        self.root().join("work")
    }

    /// Writes a file of the workspace.
    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.work().join(name), text).unwrap();
    }

    /// The issuer, as it is given to `login`.
    pub fn issuer(&self) -> &str {
        self.demo.issuer_text()
    }

    /// The API without a slash at the end.
    pub fn api(&self) -> &str {
        self.demo.api.as_str().trim_end_matches('/')
    }

    /// `bearcat ARGS` in the workspace, with no vault chosen.
    pub fn plain(&self, args: &[&str]) -> Command {
        let mut command = super::bearcat(&self.home(), args);
        command.current_dir(self.work()).env("TMPDIR", self.root().join("tmp")).stdin(Stdio::null());
        command
    }

    /// The same with the encrypted vault file, so that sessions outlive a command.
    pub fn bearcat(&self, args: &[&str]) -> Command {
        let mut command = self.plain(args);
        command.env("BEARCAT_VAULT", "file").env("BEARCAT_PASSPHRASE", PASSPHRASE);
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, args: &[&str]) -> Ran {
        Ran::of(args, &mut self.bearcat(args))
    }

    /// Signs the sample's `machine` in.
    pub fn login_machine(&self) {
        self.run(&["login", "--name", "machine"]).expect(0);
    }

    /// Signs `jane` in with the device flow, approved as soon as the code is on standard error.
    pub fn login_jane(&self) -> Ran {
        self.login_by_device(&["login", "--name", "jane"])
    }

    /// Runs a device login and approves its code as Jane.
    pub fn login_by_device(&self, args: &[&str]) -> Ran {
        let login = Running::start(args, &mut self.bearcat(args));
        let (login, code) = login.until(|line| Some(line.strip_prefix("and enter")?.trim().to_owned()));
        assert!(self.demo.approve(&code), "{code} is not one of {:?}", self.demo.pending_user_codes());
        login.finish()
    }

    /// Runs a browser login, with the demo's own browser at the address that it prints.
    pub fn login_by_browser(&self, args: &[&str], user: &str) -> Ran {
        let login = Running::start(args, &mut self.bearcat(args));
        let (login, url) = login
            .until(|line| line.split_whitespace().find(|word| word.contains("code_challenge=")).map(str::to_owned));
        let page = self.visit(&url, user);
        assert_eq!(page.status, 200, "{}", page.body);
        login.finish()
    }

    /// Signs in at an authorisation URL as `user` and goes on to the callback.
    pub fn visit(&self, url: &str, user: &str) -> browser::Page {
        self.runtime.block_on(browser::sign_in_and_return(&url.parse().unwrap(), user)).unwrap()
    }

    /// Runs a future on the demo's runtime.
    pub fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }
}

/// A port where nobody listens (any more).
pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A command that runs, its standard error read line by line.
pub struct Running {
    args: Vec<String>,
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStderr>>,
    seen: String,
}

impl Running {
    /// Starts it.
    pub fn start(args: &[&str], command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        Self { args: args.iter().map(ToString::to_string).collect(), child, lines, seen: String::new() }
    }

    /// Reads standard error until `wanted` finds something in a line.
    pub fn until<T>(mut self, wanted: impl Fn(&str) -> Option<T>) -> (Self, T) {
        loop {
            let Some(line) = self.lines.next() else {
                panic!("bearcat {:?} ended early:\n{}", self.args, self.seen);
            };
            let line = line.unwrap();
            self.seen.push_str(&line);
            self.seen.push('\n');
            if let Some(found) = wanted(&line) {
                return (self, found);
            }
        }
    }

    /// Writes to its standard input, which was piped, and closes that.
    pub fn type_in(&mut self, text: &str) {
        self.child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for its end.
    pub fn finish(mut self) -> Ran {
        let lines = self.lines;
        let rest: JoinHandle<String> =
            std::thread::spawn(move || lines.map_while(Result::ok).map(|line| line + "\n").collect());
        let mut out = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
        let code = self.child.wait().unwrap().code();
        Ran::new(self.args, code, out, self.seen + &rest.join().unwrap())
    }
}

/// What a command printed, and how it ended.
#[derive(Debug)]
pub struct Ran {
    /// The arguments.
    pub args: Vec<String>,
    /// The exit code.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Ran {
    /// Runs a command to its end.
    pub fn of(args: &[&str], command: &mut Command) -> Self {
        let output = command.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let args = args.iter().map(ToString::to_string).collect();
        Self::new(args, output.status.code(), text(&output.stdout), text(&output.stderr))
    }

    /// Runs a command with this standard input.
    pub fn with_input(args: &[&str], command: &mut Command, input: &str) -> Self {
        let mut running = Running::start(args, command.stdin(Stdio::piped()));
        running.type_in(input);
        running.finish()
    }

    /// No command but `token` prints a token, whatever happens.
    fn new(args: Vec<String>, code: Option<i32>, out: String, err: String) -> Self {
        let ran = Self { args, code, out, err };
        assert!(!ran.err.contains("eyJ"), "a token on standard error: {ran}");
        let is_token = ran.args.iter().any(|arg| arg == "token");
        assert!(is_token || !ran.out.contains("eyJ"), "a token on standard output: {ran}");
        ran
    }

    /// Fails unless it ended with this code.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self}");
        self
    }

    /// Fails unless standard error has all of these texts.
    #[track_caller]
    pub fn says(self, texts: &[&str]) -> Self {
        for text in texts {
            assert!(self.err.contains(text), "no {text:?} on standard error: {self}");
        }
        self
    }

    /// Fails unless standard output has all of these texts.
    #[track_caller]
    pub fn prints(self, texts: &[&str]) -> Self {
        for text in texts {
            assert!(self.out.contains(text), "no {text:?} on standard output: {self}");
        }
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self}"))
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { args, code, out, err } = self;
        write!(f, "bearcat {args:?} ended with {code:?}\n--- standard output\n{out}\n--- standard error\n{err}")
    }
}
