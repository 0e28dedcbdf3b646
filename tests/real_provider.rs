//! Second suite: a certified OpenID provider (npm `oidc-provider`) as a foreign issuer, its own pages driven by a real
//! browser, and the loopback callback page in that browser. `.ci/run` installs what it needs.
//!
//! Ignored by default: `cd tests/real && npm ci`, then
//! `cargo test --test real_provider -- --ignored --test-threads=1`.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

mod support;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;

use serde_json::Value;

const AUDIENCE: &str = "https://api.example.test";

/// The provider, running; it ends when it is dropped.
struct Provider {
    child: Child,
    issuer: String,
}

impl Provider {
    fn start() -> Self {
        let mut child = Command::new("node")
            .arg("provider.mjs")
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("node runs");
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        // Read on: a provider that cannot write ends.
        std::thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
        let hello: Value = serde_json::from_str(&line).expect("the provider says where it listens");
        Self { issuer: hello["issuer"].as_str().unwrap().to_owned(), child }
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A home with an encrypted-file vault, so that sessions outlive each command.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn bearcat(&self, args: &[&str]) -> Command {
        let mut command = support::bearcat(self.0.path(), args);
        command.env("BEARCAT_VAULT", "file").env("BEARCAT_PASSPHRASE", "correct horse battery staple");
        command
    }

    /// Runs a command that must end well, and returns what it printed as JSON.
    fn json(&self, args: &[&str]) -> Value {
        let output = self.bearcat(args).output().unwrap();
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "bearcat {args:?} ended with {}:\n{out}\n{err}", output.status);
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error} in:\n{out}"))
    }

    /// Starts a login, opens the address that it prints in the browser as `user`; returns its result and the last page.
    fn sign_in(&self, args: &[&str], user: &str, address: impl Fn(&str) -> Option<String>) -> (Value, Value) {
        let mut login = self.bearcat(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(login.stderr.take().unwrap()).lines();
        let mut seen = String::new();
        let url = loop {
            let line = lines.next().unwrap_or_else(|| panic!("the login ended without an address:\n{seen}")).unwrap();
            seen.push_str(&line);
            seen.push('\n');
            if let Some(url) = address(&line) {
                break url;
            }
        };
        let rest = std::thread::spawn(move || lines.map_while(Result::ok).collect::<Vec<_>>().join("\n"));
        let page = browse(&url, user);
        let pid = login.id().to_string();
        let (sender, ended) = mpsc::channel();
        std::thread::spawn(move || sender.send(login.wait_with_output()));
        let output = ended.recv_timeout(support::PATIENCE).unwrap_or_else(|_| {
            let _ = Command::new("kill").arg(&pid).status();
            panic!("the login did not end:\n{seen}\nthe last page: {page}");
        });
        let output = output.unwrap();
        let rest = rest.join().unwrap();
        assert!(output.status.success(), "the login ended with {}:\n{seen}{rest}\npage: {page}", output.status);
        (serde_json::from_slice(&output.stdout).expect("JSON"), page)
    }
}

fn browse(url: &str, user: &str) -> Value {
    let output = Command::new("node")
        .args(["browser.mjs", url, user])
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real"))
        .output()
        .expect("node runs");
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the browser failed at {url}:\n{err}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// The word of a line that is an address with `part` in it.
fn word_with(part: &'static str) -> impl Fn(&str) -> Option<String> {
    move |line| line.split_whitespace().find(|word| word.starts_with("http") && word.contains(part)).map(str::to_owned)
}

fn standing(session: &Value) -> &str {
    session["access"]["verdict"]["standing"].as_str().unwrap_or("missing")
}

#[test]
#[ignore = "needs node, chromium and tests/real/node_modules"]
fn device_grant_then_refresh_then_logout() {
    let provider = Provider::start();
    let home = Home::new();
    let args = [
        "login",
        &provider.issuer,
        "--device",
        "--client-id",
        "device-client",
        "--audience",
        AUDIENCE,
        "--name",
        "dee",
        "--no-browser",
        "--json",
    ];
    let (result, page) = home.sign_in(&args, "dee", word_with("user_code="));
    assert_eq!(result["identity"], "dee", "{result}\n{page}");

    let session = home.json(&["whoami", "--as", "dee", "--json"]);
    assert_eq!(standing(&session), "verified", "{session:#}");
    assert_eq!(session["id"]["verdict"]["standing"], "verified", "{session:#}");
    assert_eq!(session["refresh"], true, "{session:#}");

    // The provider rotates refresh tokens and revokes the whole grant on reuse: twice in a row proves rotation.
    for _ in 0..2 {
        let before = session["access"]["claims"]["jti"].clone();
        home.json(&["token", "--as", "dee", "--refresh", "--decode", "--json"]);
        let renewed = home.json(&["whoami", "--as", "dee", "--json"]);
        assert_eq!(standing(&renewed), "verified", "{renewed:#}");
        assert_ne!(renewed["access"]["claims"]["jti"], before, "a new access token");
    }

    assert!(home.bearcat(&["logout", "dee"]).status().unwrap().success());
    let after = home.bearcat(&["whoami", "--as", "dee", "--json"]).output().unwrap();
    assert_eq!(after.status.code(), Some(3), "not signed in any more");
}

#[test]
#[ignore = "needs node, chromium and tests/real/node_modules"]
fn browser_grant_with_pkce_and_the_callback_page() {
    let provider = Provider::start();
    let home = Home::new();
    let args = [
        "login",
        &provider.issuer,
        "--pkce",
        "--client-id",
        "native-client",
        "--audience",
        AUDIENCE,
        "--name",
        "pat",
        "--no-browser",
        "--json",
    ];
    let (result, page) = home.sign_in(&args, "pat", word_with("code_challenge="));
    assert_eq!(result["identity"], "pat", "{result}");
    assert!(page["url"].as_str().unwrap().starts_with("http://127.0.0.1:5318"), "the callback page is shown: {page}");
    let text = page["text"].as_str().unwrap().to_lowercase();
    assert!(text.contains("bearcat") && text.contains("close"), "it says what to do now: {page}");

    let session = home.json(&["whoami", "--as", "pat", "--json"]);
    assert_eq!(standing(&session), "verified", "{session:#}");
    assert_eq!(session["who"], "pat@example.test", "{session:#}");
}

#[test]
#[ignore = "needs node and tests/real/node_modules"]
fn client_credentials_with_the_secret_in_the_body_and_by_basic() {
    let provider = Provider::start();
    for (client, secret) in
        [("machine-post", "machine-post-secret-0123456789"), ("machine-basic", "machine-basic-secret+/0123456789")]
    {
        let home = Home::new();
        let args = [
            "login",
            &provider.issuer,
            "--client-credentials",
            "--client-id",
            client,
            "--audience",
            AUDIENCE,
            "--name",
            client,
            "--scope",
            "read:orders",
            "--json",
        ];
        let mut command = home.bearcat(&args);
        command.env("BEARCAT_CLIENT_SECRET", secret);
        if client == "machine-basic" {
            command.args(["--client-auth", "basic"]);
        }
        let output = command.output().unwrap();
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{client}:\n{}\n{err}", String::from_utf8_lossy(&output.stdout));
        let session = home.json(&["whoami", "--as", client, "--json"]);
        assert_eq!(standing(&session), "verified", "{session:#}");
        assert_eq!(session["refresh"], false);
    }
}

#[test]
#[ignore = "needs node and tests/real/node_modules"]
fn a_pasted_token_is_verified_against_the_issuer() {
    let provider = Provider::start();
    let home = Home::new();
    let args = [
        "login",
        &provider.issuer,
        "--client-credentials",
        "--client-id",
        "machine-post",
        "--audience",
        AUDIENCE,
        "--name",
        "m",
        "--scope",
        "read:orders",
        "--json",
    ];
    let output = home.bearcat(&args).env("BEARCAT_CLIENT_SECRET", "machine-post-secret-0123456789").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let token = home.bearcat(&["token", "--as", "m"]).output().unwrap().stdout;

    let mut verify =
        home.bearcat(&["token", "--verify", "--issuer", &provider.issuer, "--audience", AUDIENCE, "--json", "-"]);
    let mut child = verify.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&token).unwrap();
    let output = child.wait_with_output().unwrap();
    let verdict: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(verdict["verdict"]["standing"], "verified", "{verdict:#}");

    let wrong = home
        .bearcat(&["token", "--verify", "--issuer", &provider.issuer, "--audience", "https://other.test", "--as", "m"])
        .output()
        .unwrap();
    assert_ne!(wrong.status.code(), Some(0), "another audience is not accepted");
}
