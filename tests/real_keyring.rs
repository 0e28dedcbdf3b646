//! Second suite: sessions in a real Secret Service (Debian's gnome-keyring), by the real binary, end to end. Each test
//! has a bus, a keyring daemon and a home of its own; nothing of the user's is touched.
//!
//! Ignored by default: `dbus-run-session -- cargo test --test real_keyring -- --ignored --test-threads=1`. The vault's
//! own calls on the same service are in `vault_secret_service.rs`, which the last test here runs.
#![cfg(all(unix, not(target_os = "macos")))]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helper functions too")]

mod support;

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use support::secrets::Search;
use support::world::{Ran, Running, World};

/// The vault's bound on a call is 5 s; a command makes few of them.
const BOUND: Duration = Duration::from_secs(12);

/// A session bus, and the keyring on it; both end when it is dropped.
struct Keyring {
    folder: tempfile::TempDir,
    bus: Child,
    address: String,
    daemon: Option<Child>,
}

impl Keyring {
    /// A bus with nobody on it, and no way to start anybody.
    fn absent() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("run")).unwrap();
        let config = folder.path().join("bus.conf");
        let text = format!(
            "<busconfig><type>session</type><listen>unix:path={}/bus</listen><auth>EXTERNAL</auth>\
             <policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/>\
             <allow own=\"*\"/></policy></busconfig>",
            folder.path().display()
        );
        std::fs::write(&config, text).unwrap();
        let mut bus = Command::new("dbus-daemon")
            .arg(format!("--config-file={}", config.display()))
            .args(["--nofork", "--print-address"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("dbus-daemon runs");
        let mut address = String::new();
        BufReader::new(bus.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Self { folder, bus, address: address.trim().to_owned(), daemon: None }
    }

    /// A keyring that is unlocked with a test password.
    fn unlocked() -> Self {
        let mut keyring = Self::absent();
        keyring.start(&["--unlock"]);
        keyring
    }

    fn start(&mut self, arguments: &[&str]) {
        let mut daemon = Command::new("gnome-keyring-daemon")
            .args(arguments)
            .args(["--foreground", "--components=secrets"])
            .env_clear()
            .envs(self.environment())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("gnome-keyring-daemon runs");
        daemon.stdin.take().unwrap().write_all(b"test password").unwrap();
        self.daemon = Some(daemon);
        // It is there when it has its name on the bus.
        let deadline = Instant::now() + support::PATIENCE;
        while !self.has_owner() {
            assert!(Instant::now() < deadline, "gnome-keyring-daemon did not come up");
            std::thread::yield_now();
        }
    }

    /// The same keyring after a new log-in to the desktop that did not unlock it.
    fn lock(&mut self) {
        self.end_daemon();
        self.start(&[]);
    }

    fn end_daemon(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            let _ = daemon.kill();
            let _ = daemon.wait();
        }
    }

    fn has_owner(&self) -> bool {
        let asked = Command::new("dbus-send")
            .args(["--session", "--print-reply", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus"])
            .args(["org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets"])
            .env_clear()
            .envs(self.environment())
            .output()
            .expect("dbus-send runs");
        String::from_utf8_lossy(&asked.stdout).contains("boolean true")
    }

    /// What a process needs to find this bus and no other; the keyring's files are below the folder.
    fn environment(&self) -> Vec<(&'static str, String)> {
        let folder = self.folder.path();
        vec![
            ("PATH", std::env::var("PATH").unwrap()),
            ("HOME", folder.display().to_string()),
            ("XDG_RUNTIME_DIR", folder.join("run").display().to_string()),
            ("XDG_DATA_HOME", folder.join("data").display().to_string()),
            ("DBUS_SESSION_BUS_ADDRESS", self.address.clone()),
        ]
    }

    /// The accounts of bearcat's entries, as any other program on the bus finds them.
    fn entries(&self) -> Vec<String> {
        let found = Command::new("secret-tool")
            .args(["search", "--all", "service", "bearcat"])
            .env_clear()
            .envs(self.environment())
            .output()
            .expect("secret-tool runs");
        // Attributes go to standard error; the secrets, which go to standard output, are of no interest.
        let text = String::from_utf8_lossy(&found.stderr).into_owned();
        text.lines().filter_map(|line| line.strip_prefix("attribute.username = ")).map(str::to_owned).collect()
    }

    fn files(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// `bearcat ARGS` on this bus, with the vault that it takes by itself: the keyring.
    fn bearcat(&self, world: &World, args: &[&str]) -> Command {
        let mut command = world.plain(args);
        command.env("DBUS_SESSION_BUS_ADDRESS", &self.address);
        command.env("XDG_RUNTIME_DIR", self.folder.path().join("run"));
        command
    }

    fn run(&self, world: &World, args: &[&str]) -> Ran {
        Ran::of(args, &mut self.bearcat(world, args))
    }

    fn login_jane(&self, world: &World) {
        let args = ["login", "--name", "jane"];
        let login = Running::start(&args, &mut self.bearcat(world, &args));
        let (login, code) = login.until(|line| Some(line.strip_prefix("and enter")?.trim().to_owned()));
        assert!(world.demo.approve(&code));
        login.finish().expect(0).prints(&["Signed in", "Secret Service"]);
    }
}

impl Drop for Keyring {
    fn drop(&mut self) {
        self.end_daemon();
        let _ = self.bus.kill();
        let _ = self.bus.wait();
    }
}

#[test]
#[ignore = "needs dbus, gnome-keyring and libsecret-tools"]
fn a_session_is_shared_by_the_keyring_and_gone_after_logout() {
    let (keyring, world) = (Keyring::unlocked(), World::new());
    assert_eq!(keyring.entries(), Vec::<String>::new());
    keyring.login_jane(&world);
    let session = keyring.run(&world, &["whoami", "--as", "jane", "--json"]).expect(0).json();
    assert_eq!(session["access"]["verdict"]["standing"], "verified", "{session:#}");
    assert_eq!(session["refresh"], true);
    assert!(!keyring.entries().is_empty(), "entries under the service bearcat");
    keyring.run(&world, &["doctor"]).expect(0).prints(&["✔ vault", "keyring", "1 sessions"]);
    keyring.run(&world, &["send", "orders.http#orders"]).expect(0).says(&["200 OK"]);

    // The tokens are nowhere in the clear: not in bearcat's files, not in the keyring's.
    let access = keyring.run(&world, &["token", "--as", "jane"]).expect(0).out;
    let id = keyring.run(&world, &["token", "--as", "jane", "--id"]).expect(0).out;
    let search = Search::new([access.trim(), id.trim()]);
    let files = search.in_files(&keyring.files());
    assert!(files.iter().any(|path| path.ends_with(".keyring")), "{files:?}");
    search.in_files(world.root());

    keyring.run(&world, &["login", "--name", "machine"]).expect(0);
    keyring.run(&world, &["logout", "jane"]).expect(0);
    keyring.run(&world, &["whoami", "--as", "jane"]).expect(3).says(&["not signed in"]);
    keyring.run(&world, &["whoami", "--as", "machine"]).expect(0);
    keyring.run(&world, &["logout", "--all"]).expect(0).prints(&["machine"]);
    assert_eq!(keyring.entries(), Vec::<String>::new(), "nothing is left behind");
    assert!(world.demo.count(|seen| seen.path == "/oauth2/revoke") >= 2);
}

#[test]
#[ignore = "needs dbus, gnome-keyring and libsecret-tools"]
fn a_secret_is_kept_in_the_keyring_and_goes_with_a_request() {
    let (keyring, world) = (Keyring::unlocked(), World::new());
    let value: String = ('a'..='z').cycle().take(3000).collect();
    let args = ["secret", "set", "stripe"];
    Ran::with_input(&args, &mut keyring.bearcat(&world, &args), &value).expect(0).prints(&["in the vault"]);
    assert!(!keyring.entries().is_empty(), "entries under the service bearcat");
    world.write(
        "secret.http",
        &format!("### it\n# @no-auth\nGET {}/test/echo\nX-Key: {{{{$secret stripe}}}}\n", world.api()),
    );
    let echo = keyring.run(&world, &["send", "secret.http"]).expect(0);
    assert!(echo.out.contains(&value), "it went out");
    keyring.run(&world, &["secret", "list"]).expect(0).prints(&["stripe"]);
    keyring.run(&world, &["doctor"]).expect(0).prints(&["0 sessions, 1 secret"]);
    let search = Search::new([value.as_str()]);
    search.in_files(&keyring.files());
    search.in_files(world.root());
    keyring.run(&world, &["logout", "--all"]).expect(0);
    keyring.run(&world, &["secret", "remove", "stripe"]).expect(0);
    assert_eq!(keyring.entries(), Vec::<String>::new(), "nothing is left behind");
}

#[test]
#[ignore = "needs dbus, gnome-keyring and libsecret-tools"]
fn a_token_of_twelve_kilobytes_comes_back_equal() {
    let (keyring, world) = (Keyring::unlocked(), World::new());
    for length in [12 * 1024, 40, 64 * 1024] {
        let token: String = ('a'..='z').chain('0'..='9').cycle().take(length).collect();
        let args = ["login", "--paste", "--name", "large"];
        Ran::with_input(&args, &mut keyring.bearcat(&world, &args), &token).expect(0);
        let back = keyring.run(&world, &["token", "--as", "large"]).expect(0).out;
        assert!(back.trim_end() == token, "{length} bytes: {} came back", back.len());
    }
    keyring.run(&world, &["logout", "large"]).expect(0);
    assert_eq!(keyring.entries(), Vec::<String>::new());
}

#[test]
#[ignore = "needs dbus, gnome-keyring and libsecret-tools"]
fn eight_processes_refresh_once() {
    let keyring = Keyring::unlocked();
    let world = World::with(|faults| faults.access_lifetime = 0);
    keyring.login_jane(&world);
    world.demo.faults().update(|faults| {
        faults.access_lifetime = 86_400;
        faults.rotation_grace = 0;
    });
    let args = ["token", "--as", "jane"];
    let running: Vec<_> = (0..8).map(|_| Running::start(&args, &mut keyring.bearcat(&world, &args))).collect();
    let ran: Vec<_> = running.into_iter().map(|running| running.finish().expect(0)).collect();
    assert!(ran.iter().all(|one| one.out == ran[0].out), "all have the same token");
    assert_eq!(world.demo.token_posts("refresh_token"), 1);
    keyring.run(&world, &["token", "--as", "jane", "--refresh"]).expect(0);
}

#[test]
#[ignore = "needs dbus, gnome-keyring and libsecret-tools"]
fn a_locked_keyring_is_said_to_be_locked() {
    let (mut keyring, world) = (Keyring::unlocked(), World::new());
    keyring.login_jane(&world);
    keyring.lock();
    for args in [
        &["whoami", "--as", "jane"][..],
        &["token", "--as", "jane"],
        &["send", "orders.http#orders"],
        &["login", "--name", "machine"],
        &["doctor"],
    ] {
        let start = Instant::now();
        let ran = keyring.run(&world, args).expect(3);
        assert!(format!("{}{}", ran.out, ran.err).contains("locked"), "{ran}");
        assert!(start.elapsed() < BOUND, "{args:?} took {:?}", start.elapsed());
    }
    assert_eq!(world.demo.token_posts("client_credentials"), 0, "login asks the keyring before the provider");
    // What needs no token is not held up.
    keyring.run(&world, &["send", "orders.http#Ping"]).expect(0);
}

#[test]
#[ignore = "needs dbus"]
fn a_bus_without_a_keyring_is_said_to_have_none() {
    let (keyring, world) = (Keyring::absent(), World::new());
    for args in [&["whoami", "--as", "jane"][..], &["login", "--name", "machine"], &["doctor"]] {
        let start = Instant::now();
        let ran = keyring.run(&world, args).expect(3);
        assert!(format!("{}{}", ran.out, ran.err).contains("No keyring"), "{ran}");
        assert!(start.elapsed() < BOUND, "{args:?} took {:?}", start.elapsed());
    }
    assert_eq!(world.demo.token_posts("client_credentials"), 0);
}

#[test]
#[ignore = "needs dbus and gnome-keyring"]
fn the_vault_itself() {
    let mut keyring = Keyring::unlocked();
    vault_test(&keyring, "unlocked");
    keyring.lock();
    vault_test(&keyring, "locked_later");
    vault_test(&Keyring::absent(), "absent");
}

/// Runs a test of `vault_secret_service.rs`, whose binary lies beside this one.
fn vault_test(keyring: &Keyring, name: &str) {
    let status = Command::new(env!("CARGO"))
        .args(["test", "--quiet", "--test", "vault_secret_service", "--", "--ignored", "--exact", name])
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
        .env("DBUS_SESSION_BUS_ADDRESS", &keyring.address)
        .env("XDG_RUNTIME_DIR", keyring.folder.path().join("run"))
        .status()
        .expect("cargo runs");
    assert!(status.success(), "{name}");
}
