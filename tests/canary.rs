//! Promise 5: secrets stay secret. Tokens, codes and client secrets that the test has read on the wire go through every
//! command and the terminal interface; afterwards no file, no output and no byte on the terminal has a piece of them.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helper functions too")]

mod support;

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::Stdio;

use bearcat::demo::directory::{ADMIN, AUDIENCE, M2M_CLIENT};
use serde_json::json;
use support::secrets::{Relay, Search};
use support::world::{PASSPHRASE, Ran, Running, World, free_port};

/// A world whose provider is heard through a relay, and whose workspace holds no secret.
fn overheard() -> (World, Relay) {
    let world = World::new();
    let issuer = ("127.0.0.1", world.demo.issuer.port().unwrap());
    let relay = Relay::to(issuer.into_address());
    let base = format!("http://{}", relay.address);
    world.demo.faults().update(|faults| {
        let endpoints = [
            ("token_endpoint", "/oauth2/token"),
            ("device_authorization_endpoint", "/oauth2/device/auth"),
            ("revocation_endpoint", "/oauth2/revoke"),
        ];
        for (name, path) in endpoints {
            faults.discovery_extra.insert(name.to_owned(), json!(format!("{base}{path}")));
        }
    });
    std::fs::remove_file(world.work().join("http-client.private.env.json")).unwrap();
    (world, relay)
}

trait IntoAddress {
    fn into_address(self) -> std::net::SocketAddr;
}

impl IntoAddress for (&str, u16) {
    fn into_address(self) -> std::net::SocketAddr {
        format!("{}:{}", self.0, self.1).parse().unwrap()
    }
}

/// An API that sends credentials back in every way it can think of, and refuses. Ends with the process.
fn reflecting_api() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
            let sent = lines.by_ref().take_while(|line| !line.is_empty());
            let header = sent.filter_map(|line| {
                line.to_lowercase().starts_with("authorization:").then(|| line[14..].trim().to_owned())
            });
            let header = header.last().unwrap_or_default();
            let token = header.trim_start_matches("Bearer ");
            let _ = write!(
                stream,
                "HTTP/1.1 401 Unauthorized\r\ncontent-type: application/json\r\nconnection: close\r\n\
                 x-reflected: {header}\r\nset-cookie: token={token}; Path=/\r\nlink: <https://a.test/?t={token}>\r\n\
                 www-authenticate: Bearer error=\"invalid_token\", error_description=\"I do not like {token}\"\r\n\
                 content-length: 26\r\n\r\n{{\"error\": \"invalid token\"}}"
            );
        }
    });
    address
}

/// Everything that commands print, and the log at its most talkative.
struct Watched<'a> {
    world: &'a World,
    printed: Vec<Ran>,
}

impl Watched<'_> {
    fn run(&mut self, args: &[&str]) {
        let ran = Ran::of(args, self.world.bearcat(args).env("BEARCAT_LOG", "trace"));
        assert!(ran.code.is_some_and(|code| code < 5), "{ran}");
        self.printed.push(ran);
    }

    fn run_to(&mut self, code: i32, args: &[&str]) {
        self.run(args);
        assert_eq!(self.printed.last().unwrap().code, Some(code), "{}", self.printed.last().unwrap());
    }

    /// `-i` and `--json` too.
    fn send(&mut self, request: &str, more: &[&str]) {
        for flags in [&[][..], &["-i"], &["--json"]] {
            self.run(&[&["send", request], more, flags].concat());
        }
    }
}

#[test]
fn no_command_leaves_or_prints_a_secret() {
    let (world, relay) = overheard();
    let reflecting = reflecting_api();
    world.write(
        "hostile.http",
        &format!(
            "### headers\n# @auth jane\nGET {reflecting}/\n\n### by hand\nGET {reflecting}/\n\
             Authorization: Bearer {{{{$auth.token(\"jane\")}}}}\n\n### query\n# @no-auth\n\
             GET {reflecting}/?token={{{{$auth.token(\"jane\")}}}}\n\n### unresolved\n# @no-auth\n\
             GET {reflecting}/{{{{nothing}}}}?token={{{{$auth.token(\"jane\")}}}}\n\n### bad url\n# @no-auth\n\
             GET {{{{$auth.token(\"jane\")}}}}\n\n### bad method\n# @no-auth\n{{{{$auth.token(\"jane\")}}}} {reflecting}/\n"
        ),
    );
    let mut watched = Watched { world: &world, printed: Vec::new() };

    // Sign in with every grant.
    let log = |command: &mut std::process::Command| {
        command.env("BEARCAT_LOG", "trace");
    };
    let args = ["login", "--name", "jane", "--json"];
    let mut command = world.bearcat(&args);
    log(&mut command);
    let (login, code) =
        Running::start(&args, &mut command).until(|line| Some(line.strip_prefix("and enter")?.trim().to_owned()));
    assert!(world.demo.approve(&code));
    watched.printed.push(login.finish().expect(0));

    let port = free_port().to_string();
    let args = ["login", "--name", "admin", "--port", &port, "--no-browser"];
    let mut command = world.bearcat(&args);
    log(&mut command);
    let (login, url) = Running::start(&args, &mut command)
        .until(|line| line.split_whitespace().find(|word| word.contains("code_challenge=")).map(str::to_owned));
    world.visit(&url, ADMIN);
    watched.printed.push(login.finish().expect(0));

    let machine = ["--client-credentials", "--client-id", M2M_CLIENT.id, "--audience", AUDIENCE, "--name", "nightly"];
    let args = [&["login", world.issuer()][..], &machine].concat();
    let mut command = world.bearcat(&args);
    log(&mut command);
    command.env("BEARCAT_CLIENT_SECRET", M2M_CLIENT.secret.unwrap());
    watched.printed.push(Ran::of(&args, &mut command).expect(0));
    let wrong = "wrongSecretThatNobodyKnows0123456789abcdefghij";
    command.env("BEARCAT_CLIENT_SECRET", wrong);
    watched.printed.push(Ran::of(&args, &mut command).expect(3));

    let token = world.run(&["token", "--as", "nightly"]).out;
    let args = ["login", world.issuer(), "--paste", "--name", "pasted"];
    let mut command = world.bearcat(&args);
    log(&mut command);
    watched.printed.push(Ran::with_input(&args, &mut command, &token).expect(0));

    // Use what they gave.
    for identity in ["jane", "admin", "nightly", "pasted"] {
        watched.run_to(0, &["whoami", "--as", identity]);
        watched.run_to(0, &["whoami", "--as", identity, "--json"]);
        watched.run_to(0, &["token", "--as", identity, "--decode", "--verify"]);
        watched.run_to(0, &["token", "--as", identity, "--decode", "--verify", "--json"]);
    }
    watched.run_to(0, &["token", "--as", "jane", "--id", "--decode", "--verify"]);
    for request in ["orders.http#orders", "orders.http#4", "mistakes.http#1", "mistakes.http#5", "mistakes.http#6"] {
        watched.send(request, &[]);
    }
    watched.send("nextjs.http#1", &[]);
    watched.send("nextjs.http#1", &["--cookie"]);
    watched.send("nextjs.http#9", &[]);
    watched.send("trial.http#Echo", &[]);
    watched.send("trial.http#A redirect to another host", &[]);
    for number in 1..=6 {
        watched.send(&format!("hostile.http#{number}"), &[]);
    }
    // A secret of the vault, sent, echoed, captured and shown.
    let kept = "kept-in-the-vault-0123456789-secret-value";
    world.write(
        "secret.http",
        &format!(
            "### keep\n# @name keep\n# @no-auth\n# @prompt password\n# @capture token = .headers[\"x-reflected\"]\n\
             GET {reflecting}/\nAuthorization: Bearer {{{{$secret canary}}}}\nX-Typed: {{{{password}}}}\n\n\
             ### use\n# @name use\n# @no-auth\nGET {reflecting}/{{{{keep.response.body.$.error}}}}\n\
             Authorization: {{{{keep.response.headers.x-reflected}}}}\n\n### bad url\n# @no-auth\nGET {{{{$secret canary}}}}\n"
        ),
    );
    let args = ["secret", "set", "canary"];
    let mut command = world.bearcat(&args);
    log(&mut command);
    watched.printed.push(Ran::with_input(&args, &mut command, kept).expect(0));
    watched.run_to(0, &["secret", "list", "--json"]);
    for request in ["secret.http#keep", "secret.http#use", "secret.http#3"] {
        for command in ["send", "variables"] {
            for flags in [&[][..], &["--json"]] {
                let args = [&[command, request, "--var", "password=x"][..], flags].concat();
                watched.run(&args);
            }
        }
    }
    // Exports: of everything, and of a file with a token and a kept secret in plain text.
    world.write(
        "plain.http",
        &format!(
            "### plain\n# @auth jane\nPOST {reflecting}/?key={kept}\nX-Token: {}\nX-Key: {{{{$secret canary}}}}\n\n\
             {{\"key\": \"{kept}\", \"token\": \"{{{{$auth.token(\"jane\")}}}}\"}}\n",
            token.trim()
        ),
    );
    for format in ["curl", "http", "postman", "k6", "python", "javascript", "go", "rust"] {
        for what in [".", "plain.http"] {
            watched.run_to(0, &["export", format, what]);
            watched.run_to(0, &["export", format, what, "--json"]);
            watched.run_to(0, &["export", format, what, "--out", &format!("exported.{format}")]);
        }
    }
    std::fs::remove_file(world.work().join("plain.http")).unwrap();
    watched.run_to(0, &["token", "--as", "jane", "--refresh", "--decode"]);
    world.demo.faults().update(|faults| faults.always_new_access_token = true);
    watched.run_to(0, &["token", "--as", "jane", "--refresh", "--decode", "--json"]);
    watched.run_to(0, &["doctor"]);
    watched.run_to(0, &["doctor", "--json"]);
    let before_logout = Search::new(relay.secrets().iter().map(String::as_str)).in_files(world.root());
    assert!(before_logout.iter().any(|path| path.ends_with("vault.bearcat")), "{before_logout:?}");
    assert!(before_logout.iter().any(|path| path.ends_with("bearcat.log")), "{before_logout:?}");
    watched.run_to(0, &["logout", "jane", "--json"]);
    watched.run(&["logout", "--all"]);

    // All of it was heard, so the search means something.
    let mut secrets = relay.secrets();
    assert!(secrets.contains(M2M_CLIENT.secret.unwrap()) && secrets.contains(wrong) && secrets.contains(token.trim()));
    assert!(secrets.iter().filter(|secret| secret.starts_with("eyJ")).count() >= 6, "{}", secrets.len());
    assert!(secrets.iter().filter(|secret| !secret.starts_with("eyJ")).count() >= 7, "{}", secrets.len());
    secrets.insert(kept.to_owned());
    secrets.insert(PASSPHRASE.to_owned().replace(' ', ""));
    let search = Search::new(secrets.iter().map(String::as_str));
    search.in_files(world.root());
    for ran in &watched.printed {
        search.in_text(&format!("the output of {:?}", ran.args), ran.out.as_bytes());
        search.in_text(&format!("the errors of {:?}", ran.args), ran.err.as_bytes());
    }
}

#[test]
fn the_search_finds_what_it_should() {
    let secret = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJrcF8xIiwiYXVkIjpbXX0.c2lnbmF0dXJlLXRoYXQtaXMtbG9uZw";
    let search = Search::new([secret]);
    let wrapped = format!("│ {} │\r\n\x1b[12;3H│ {} │", &secret[..20], &secret[20..]);
    use base64::Engine;
    let encoded = base64::engine::general_purpose::STANDARD.encode(format!("client:{secret}"));
    let hexadecimal: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    for leak in [secret.to_owned(), wrapped, encoded, hexadecimal, secret[25..60].to_owned()] {
        let found = std::panic::catch_unwind(|| search.in_text("a test", leak.as_bytes()));
        assert!(found.is_err(), "{leak}");
    }
    search.in_text("a test", b"nothing of it");
}

#[cfg(unix)]
mod terminal {
    use super::*;
    use crate::support::{Tui, key};

    fn interface(world: &World, more: &[(&str, &str)]) -> Tui {
        let (work, tmp) = (world.work().display().to_string(), world.root().join("tmp").display().to_string());
        let mut environment = vec![
            ("BEARCAT_VAULT", "file"),
            ("BEARCAT_PASSPHRASE", PASSPHRASE),
            ("BEARCAT_LOG", "trace"),
            ("TMPDIR", &tmp),
        ];
        environment.extend(more);
        Tui::start_with(&world.home(), &[&work], 120, 40, &environment)
    }

    /// Opens a layer and closes it again.
    fn look(tui: &mut Tui, keys: &str, at: &str) {
        tui.press(keys);
        tui.wait_for(at);
        for _ in 0..4 {
            tui.press("\x1b[6~");
        }
        close(tui, at);
    }

    /// The keys of the main screen stand on the last line, which is drawn last: the frame is whole.
    fn is_main(screen: &str) -> bool {
        screen.lines().last().is_some_and(|line| line.contains("enter send"))
    }

    /// Waits until the sign-in has succeeded; its layer closes by itself.
    fn wait_signed_in(tui: &Tui) {
        tui.wait_until("the session", |screen| is_main(screen) && screen.contains("verified"));
    }

    /// Closes the layer that says this. Escape and the next key would be one key (Alt), so the screen is waited for.
    fn close(tui: &mut Tui, says: &str) {
        tui.press(key::ESC);
        tui.wait_until("the layer to go", |screen| is_main(screen) && !screen.contains(says));
    }

    #[test]
    fn no_screen_shows_a_secret() {
        let (world, relay) = overheard();
        let reflecting = reflecting_api();
        for file in ["mistakes.http", "nextjs.http", "trial.http"] {
            std::fs::remove_file(world.work().join(file)).unwrap();
        }
        // The last of the tree.
        world.write("z-reflected.http", &format!("### Reflected\n# @auth jane\nGET {reflecting}/\n"));
        let mut tui = interface(&world, &[]);
        tui.wait_for("orders.http");
        tui.press("l");
        let screen = tui.wait_until("the code", |_| !world.demo.pending_user_codes().is_empty());
        let code = world.demo.pending_user_codes().remove(0);
        assert!(world.demo.approve(&code), "{screen}");
        wait_signed_in(&tui);
        tui.press(key::ENTER);
        tui.wait_for("200 OK");
        look(&mut tui, "t", "┏ Sign-in log");
        look(&mut tui, "?", "┏ Keys");
        // Every tab of every panel.
        for panel in ["2", "3", "4"] {
            tui.press(panel);
            for _ in 0..6 {
                tui.press("]");
            }
        }
        tui.press("r");
        tui.press("1G");
        tui.press(key::ENTER);
        // The status is there before the reasons are.
        tui.wait_until("the findings", |screen| screen.lines().last().is_some_and(|line| line.contains("w why")));
        look(&mut tui, "w", "┏ Why");
        tui.press("3]]]");
        tui.press("4]]]");
        tui.press("L");
        tui.wait_for("yes");
        tui.press("y");
        tui.wait_for("signed out");
        tui.press("q");
        let (code, ended) = tui.wait_exit();
        assert_eq!(code, 0, "{}", ended.screen);

        let secrets = relay.secrets();
        assert!(secrets.len() >= 4, "{}", secrets.len());
        let search = Search::new(secrets.iter().map(String::as_str));
        search.in_text("the terminal", &ended.raw);
        let files = search.in_files(world.root());
        assert!(files.iter().any(|path| path.ends_with("bearcat.log")), "{files:?}");
    }

    #[test]
    #[cfg(debug_assertions)]
    fn a_panic_tells_no_secret() {
        let (world, relay) = overheard();
        world.login_jane().expect(0);
        let secrets = relay.secrets();
        let token = secrets.iter().find(|secret| secret.starts_with("eyJ")).unwrap();
        let tui = interface(&world, &[("BEARCAT_TEST_PANIC", &format!("no good: {token} at all"))]);
        let (code, ended) = tui.wait_exit();
        assert_eq!(code, 101, "{}", ended.screen);
        assert!(ended.screen.contains("no good"), "{}", ended.screen);
        let search = Search::new(secrets.iter().map(String::as_str));
        search.in_text("the terminal", &ended.raw);
        let files = search.in_files(world.root());
        assert!(files.iter().any(|path| path.ends_with("crash.txt")), "{files:?}");
    }

    #[test]
    fn the_demo_shows_none_and_leaves_nothing_behind() {
        let home = tempfile::tempdir().unwrap();
        let tmp = home.path().join("tmp");
        std::fs::create_dir(&tmp).unwrap();
        let environment = [("TMPDIR", tmp.to_str().unwrap()), ("BEARCAT_LOG", "trace")];
        let mut tui = Tui::start_with(home.path(), &["demo"], 120, 40, &environment);
        tui.wait_for("signed out");
        tui.press("l");
        tui.wait_for("approve");
        tui.press("d");
        wait_signed_in(&tui);
        tui.press(key::ENTER);
        tui.wait_for("200 OK");
        look(&mut tui, "t", "┏ Sign-in log");
        look(&mut tui, "?", "┏ Keys");
        tui.press("q");
        let (code, ended) = tui.wait_exit();
        assert_eq!(code, 0, "{}", ended.screen);
        // The beginning of every token that the demo signs.
        let header = "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6I";
        let search = Search::new([header, M2M_CLIENT.secret.unwrap()]);
        search.in_text("the terminal", &ended.raw);
        assert_eq!(search.in_files(&tmp), Vec::<String>::new());
        search.in_files(home.path());
    }
}

#[test]
fn standard_input_is_not_needed() {
    // A command that asks for a secret where there is nobody to ask must end, not hang.
    let world = World::new();
    let args = ["login", world.issuer(), "--client-credentials", "--client-id", M2M_CLIENT.id];
    Ran::of(&args, world.bearcat(&args).stdin(Stdio::null())).expect(2);
}
