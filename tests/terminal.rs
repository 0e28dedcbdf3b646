//! Journeys of the real binary in a pseudo-terminal, against the embedded demo: the first minute of a new user, and
//! that the terminal is given back whatever happens.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

mod support;

use support::{Tui, key};

fn demo(columns: u16, rows: u16) -> (tempfile::TempDir, Tui) {
    let home = tempfile::tempdir().unwrap();
    let tui = Tui::start(home.path(), &["demo"], columns, rows);
    (home, tui)
}

/// `l`, the demo approves; the layer closes by itself. (Esc here could come together with the next key, which is how
/// a terminal writes Alt.)
fn sign_in(tui: &mut Tui) {
    tui.press("l");
    tui.wait_for("approve");
    tui.press("d");
    tui.wait_until("the session", |screen| screen.contains("jane@acme.test") && screen.contains("verified"));
    tui.wait_until("the main screen", |screen| screen.contains("enter send") && screen.contains("verified"));
}

#[test]
fn a_new_user_signs_in_sends_and_sees_the_verified_token() {
    let (_home, mut tui) = demo(120, 40);
    tui.wait_for("orders.http");
    sign_in(&mut tui);
    tui.press(key::ENTER);
    // With the sign: all of it has come, and the run has ended.
    let screen = tui.wait_for("✔ 200 OK");
    assert!(screen.contains("signature"), "the token's checks are beside the response:\n{screen}");
    assert!(screen.contains("read:orders"), "its permissions too:\n{screen}");
    tui.press("q");
    let (code, ended) = tui.wait_exit();
    assert_eq!(code, 0);
    assert_eq!(ended.modes, (false, false, false, false), "the terminal is as it was");
}

#[test]
fn the_same_works_on_a_small_terminal() {
    let (_home, mut tui) = demo(80, 24);
    tui.wait_for("orders.http");
    sign_in(&mut tui);
    tui.press(key::ENTER);
    tui.wait_for("✔ 200 OK");
    tui.resize(40, 12);
    tui.wait_until("the tree with the status", |screen| screen.contains("4 Tokens") && screen.contains("✔ 200"));
    tui.resize(15, 4);
    tui.wait_for("small");
    tui.resize(120, 40);
    tui.wait_for("orders.http");
    tui.press("q");
    assert_eq!(tui.wait_exit().0, 0);
}

#[test]
fn sending_without_a_session_offers_to_sign_in_and_then_sends() {
    let (_home, mut tui) = demo(120, 40);
    tui.wait_for("orders.http");
    tui.press(key::ENTER);
    tui.wait_for("approve");
    tui.press("d");
    tui.wait_for("200 OK");
}

#[test]
fn a_request_is_sent_once_without_a_token_and_the_two_answers_are_compared() {
    let (_home, mut tui) = demo(80, 24);
    tui.wait_for("orders.http");
    sign_in(&mut tui);
    tui.press(key::ENTER);
    tui.wait_for("200 OK");
    tui.press("A");
    tui.wait_for("Send once as");
    // The last row: without a token.
    tui.press("G");
    tui.press(key::ENTER);
    tui.wait_for("once without a token");
    tui.press("d");
    let screen = tui.wait_for("Difference: jane and no token");
    assert!(screen.contains("200 OK") && screen.contains("401"), "{screen}");
    tui.press(key::ESC);
    tui.wait_gone("Difference");
    tui.press("q");
    assert_eq!(tui.wait_exit().0, 0);
}

#[test]
fn a_token_is_pasted_into_the_lab_explained_compared_and_forgotten() {
    let (_home, mut tui) = demo(120, 40);
    tui.wait_for("orders.http");
    sign_in(&mut tui);
    tui.press("T");
    tui.wait_for("access token of jane");
    tui.press("m");
    tui.wait_for("Marked");
    // Bracketed paste, as a terminal sends it.
    let claims =
        "eyJpc3MiOiJodHRwczovL2Vsc2UudGVzdCIsInN1YiI6InBhc3RlZC1wZXJzb24iLCJwZXJtaXNzaW9ucyI6WyJhbGw6dGhpbmdzIl19";
    let token = format!("eyJhbGciOiJSUzI1NiIsImtpZCI6IngifQ.{claims}.c2lnbmF0dXJl");
    tui.press(&format!("\u{1b}[200~Authorization: Bearer {token}\u{1b}[201~"));
    let screen = tui.wait_for("Compared with the access token of jane");
    assert!(screen.contains("pasted") && screen.contains("gained all:things"), "{screen}");
    assert!(screen.contains("it says that it comes from https://else.test"), "{screen}");
    tui.press(key::ESC);
    tui.wait_gone("Token lab");
    tui.press("T");
    let screen = tui.wait_for("access token of jane");
    assert!(!screen.contains("pasted-person") && !screen.contains("Marked"), "{screen}");
    tui.press(key::ESC);
    tui.wait_gone("Token lab");
    tui.press("q");
    let (code, ended) = tui.wait_exit();
    assert_eq!(code, 0);
    assert!(!String::from_utf8_lossy(&ended.raw).contains(&claims[..40]), "the token itself was never drawn");
}

#[test]
fn signals_end_the_program_and_restore_the_terminal() {
    for (name, number) in [("TERM", 15), ("HUP", 1), ("INT", 2)] {
        let (_home, tui) = demo(100, 30);
        tui.wait_for("orders.http");
        tui.signal(name);
        let (code, ended) = tui.wait_exit();
        assert_eq!(code, 128 + number, "SIG{name}");
        assert_eq!(ended.modes, (false, false, false, false), "SIG{name}: the terminal is as it was");
    }
}

#[test]
fn a_panic_restores_the_terminal_and_leaves_a_report_without_secrets() {
    let home = tempfile::tempdir().unwrap();
    let environment = [("BEARCAT_TEST_PANIC", "panic with eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2ln inside")];
    let tui = Tui::start_with(home.path(), &["demo"], 100, 30, &environment);
    let (code, ended) = tui.wait_exit();
    assert_eq!(code, 101);
    assert_eq!(ended.modes, (false, false, false, false), "the terminal is as it was");
    assert!(ended.screen.contains("bug in bearcat"), "the user is told:\n{}", ended.screen);
    assert!(!String::from_utf8_lossy(&ended.raw).contains("eyJhbGci"), "the token is masked");
}

/// The loop outlives a task: the run ends with a problem, the screen stays, and the program goes on.
#[test]
fn a_panic_of_a_task_ends_its_run_and_leaves_the_screen() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("a.http"), "GET http://127.0.0.1:9/\n").unwrap();
    let environment =
        [("BEARCAT_TEST_TASK_PANIC", "panic with eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2ln inside")];
    let mut tui = Tui::start_with(home.path(), &["."], 120, 40, &environment);
    tui.wait_for("a.http");
    tui.press(key::ENTER);
    tui.wait_until("the run's end", |screen| screen.contains("bug in bearcat") && screen.contains("crash.txt"));
    tui.wait_modes("the screen to be kept", |(alternate, ..)| alternate);
    tui.press("q");
    let (code, ended) = tui.wait_exit();
    assert_eq!(code, 0);
    assert_eq!(ended.modes, (false, false, false, false), "the terminal is as it was");
    assert!(!String::from_utf8_lossy(&ended.raw).contains("eyJhbGci"), "the token is masked");
}

#[test]
fn suspending_gives_the_terminal_back_and_continuing_takes_it_again() {
    let (_home, mut tui) = demo(100, 30);
    tui.wait_for("orders.http");
    tui.press(key::CTRL_Z);
    tui.wait_modes("the alternate screen to be left", |(alternate, ..)| !alternate);
    let stopped = || std::fs::read_to_string(format!("/proc/{}/stat", tui.pid())).unwrap_or_default();
    if cfg!(target_os = "linux") {
        let deadline = std::time::Instant::now() + support::PATIENCE;
        while !stopped().contains(") T ") {
            assert!(std::time::Instant::now() < deadline, "bearcat did not stop");
            std::thread::yield_now();
        }
    }
    tui.signal("CONT");
    tui.wait_modes("the alternate screen", |(alternate, ..)| alternate);
    tui.wait_for("orders.http");
    tui.press("?");
    tui.wait_for("Main screen");
    tui.press(key::ESC);
    tui.wait_gone("Main screen");
    tui.press("q");
    assert_eq!(tui.wait_exit().0, 0);
}

/// Copies a folder.
fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Answers one request with its first line.
fn echo_once() -> (u16, std::thread::JoinHandle<String>) {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let served = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = Vec::new();
        let mut buffer = [0; 1024];
        while !head.windows(4).any(|end| end == b"\r\n\r\n") {
            let count = stream.read(&mut buffer).unwrap();
            assert!(count > 0, "the request ended early");
            head.extend_from_slice(&buffer[..count]);
        }
        let first = String::from_utf8_lossy(&head).lines().next().unwrap_or_default().to_owned();
        let body = format!("{{\"asked\": \"{first}\"}}");
        let length = body.len();
        write!(stream, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}")
            .unwrap();
        first
    });
    (port, served)
}

#[test]
fn the_routes_of_a_monorepo_are_seen_sent_and_saved() {
    let home = tempfile::tempdir().unwrap();
    let shop = home.path().join("shop");
    copy(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/nextjs/monorepo"), &shop);
    let (port, served) = echo_once();
    std::fs::write(shop.join("apps/web/.env.local"), format!("KINDE_SITE_URL=http://127.0.0.1:{port}\n")).unwrap();
    let mut tui = Tui::start(home.path(), &["shop"], 120, 40);
    let screen = tui.wait_for("routes (apps/we");
    assert!(screen.contains("routes (apps/admin)"), "{screen}");
    tui.wait_until("marks with their words", |screen| {
        ["○ public", "● protected"].iter().all(|mark| screen.contains(mark))
    });
    tui.press("/health\r");
    tui.wait_for("GET {{base}}/api/public/health");
    tui.press(key::ENTER);
    tui.wait_for("200 OK");
    assert_eq!(served.join().unwrap(), "GET /api/public/health HTTP/1.1");
    tui.press("F");
    tui.wait_for("Save to a file");
    tui.press(key::ENTER);
    tui.wait_for("Saved to");
    let text = std::fs::read_to_string(shop.join("apps/web/routes.http")).unwrap();
    assert!(text.contains("GET {{base}}/api/public/health"), "{text}");
    tui.press("q");
    assert_eq!(tui.wait_exit().0, 0);
}

#[test]
fn an_empty_folder_is_explained() {
    let home = tempfile::tempdir().unwrap();
    let mut tui = Tui::start(home.path(), &["."], 100, 30);
    let screen = tui.wait_for("bearcat demo");
    assert!(screen.contains(".http"), "it says which file to write:\n{screen}");
    tui.press("q");
    assert_eq!(tui.wait_exit().0, 0);
}

const TWO: &str = "### one\r\nGET http://127.0.0.1:9/one\r\n\r\n### two\r\n# a comment  \r\nGET http://127.0.0.1:9/two";

fn editing(text: &str, environment: &[(&str, &str)]) -> (tempfile::TempDir, Tui) {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("a.http"), text).unwrap();
    let tui = Tui::start_with(home.path(), &["."], 120, 40, environment);
    tui.wait_for("/one");
    (home, tui)
}

fn on_disk(home: &tempfile::TempDir, file: &str) -> String {
    std::fs::read_to_string(home.path().join(file)).unwrap_or_default()
}

fn wait_on_disk(home: &tempfile::TempDir, file: &str, text: &str) {
    let deadline = std::time::Instant::now() + support::PATIENCE;
    while on_disk(home, file) != text {
        assert!(std::time::Instant::now() < deadline, "{file} is {:?}", on_disk(home, file));
        std::thread::yield_now();
    }
}

#[test]
fn an_edit_is_marked_saved_byte_for_byte_and_undone() {
    let (home, mut tui) = editing(TWO, &[]);
    tui.press(key::F2);
    tui.wait_for("Name of the request");
    tui.press(" and only");
    tui.press(key::ENTER);
    tui.wait_for("a.http •");
    assert_eq!(on_disk(&home, "a.http"), TWO, "nothing is written yet");
    tui.press("s");
    tui.wait_for("Saved a.http");
    tui.wait_gone("a.http •");
    assert_eq!(on_disk(&home, "a.http"), TWO.replace("### one", "### one and only"));
    tui.press("u");
    tui.wait_for("a.http •");
    tui.press("q");
    tui.wait_for("Save 1 file before you go?");
    tui.press("n");
    tui.wait_gone("before you go?");
    tui.press("q");
    tui.wait_for("before you go?");
    tui.press("y");
    assert_eq!(tui.wait_exit().0, 0);
    assert_eq!(on_disk(&home, "a.http"), TWO);
}

#[test]
fn changes_of_others_show_by_themselves_and_a_conflict_loses_neither_side() {
    let (home, mut tui) = editing(TWO, &[]);
    // As editors do it: a new file in the place of the old one.
    let theirs = TWO.replace("/two", "/three");
    std::fs::write(home.path().join("a.http~"), &theirs).unwrap();
    std::fs::rename(home.path().join("a.http~"), home.path().join("a.http")).unwrap();
    tui.press("j");
    tui.wait_for("/three");
    std::fs::create_dir(home.path().join("deep")).unwrap();
    std::fs::write(home.path().join("deep/b.http"), "GET http://a.test/deep\n").unwrap();
    tui.wait_for("deep/b.http");
    std::fs::write(home.path().join("deep/b.http"), "GET http://a.test/deeper\n").unwrap();
    tui.wait_for("/deeper");

    tui.press("D");
    tui.wait_for("two_2");
    std::fs::write(home.path().join("a.http"), TWO).unwrap();
    tui.wait_for("a.http • conflict");
    tui.press("s");
    tui.wait_for("Changed on both sides");
    tui.wait_for("- GET http://127.0.0.1:9/two");
    tui.press(key::ESC);
    tui.wait_gone("Changed on both sides");
    assert_eq!(on_disk(&home, "a.http"), TWO);
    tui.press("s");
    tui.wait_for("Changed on both sides");
    tui.press("b");
    tui.wait_for("Save mine as");
    tui.press(key::ENTER);
    tui.wait_for("a.mine.http");
    let mine = format!("{theirs}\r\n\r\n### two_2\r\n# a comment  \r\nGET http://127.0.0.1:9/three\r\n");
    wait_on_disk(&home, "a.mine.http", &mine);
    assert_eq!(on_disk(&home, "a.http"), TWO);
}

#[test]
fn the_users_editor_opens_at_the_line_and_its_text_comes_back() {
    let editor = tempfile::tempdir().unwrap();
    let script = editor.path().join("vim");
    let told = editor.path().join("told");
    let text = format!(
        "#!/bin/sh\necho \"$@\" > {0}\necho EDITING\nread line < /dev/tty\necho \"$line\" >> {0}\nprintf '### three\\nGET http://127.0.0.1:9/edited\\n' > \"$2\"\n",
        told.display()
    );
    std::fs::write(&script, text).unwrap();
    std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let (home, mut tui) = editing(TWO, &[("VISUAL", script.to_str().unwrap())]);
    tui.press("j");
    tui.wait_for("/two");
    tui.press("e");
    tui.wait_modes("the terminal to be given to the editor", |(alternate, ..)| !alternate);
    tui.wait_for("EDITING");
    tui.press("typed\n");
    tui.wait_modes("the alternate screen", |(alternate, ..)| alternate);
    tui.wait_for("/edited");
    let told = std::fs::read_to_string(told).unwrap();
    let path = home.path().canonicalize().unwrap().join("a.http");
    assert!(told.starts_with("+6 ") && told.contains(path.to_str().unwrap()), "{told}");
    assert!(told.ends_with("typed\n"), "what was typed went to the editor: {told}");
    tui.press("?");
    tui.wait_for("Main screen");
    tui.press(key::ESC);
    tui.wait_gone("Main screen");
    tui.press("q");
    assert_eq!(tui.wait_exit().0, 0);
}

#[test]
fn without_an_editor_it_is_told_how_to_set_one() {
    let (_home, mut tui) = editing(TWO, &[("VISUAL", ""), ("EDITOR", "")]);
    tui.press("e");
    tui.wait_for("No editor is set");
    tui.press("!");
    tui.wait_for("export EDITOR=nano");
}

#[test]
fn what_a_signal_kept_from_being_saved_is_offered_at_the_next_start() {
    let (home, mut tui) = editing(TWO, &[]);
    tui.press("D");
    tui.wait_for("a.http •");
    tui.signal("TERM");
    assert_eq!(tui.wait_exit().0, 128 + 15);
    assert_eq!(on_disk(&home, "a.http"), TWO);
    let mut tui = Tui::start(home.path(), &["."], 120, 40);
    tui.wait_for("Bearcat was ended before these were saved");
    tui.press("y");
    tui.wait_for("a.http •");
    tui.wait_for("one_2");
    tui.press("s");
    tui.wait_for("Saved a.http");
    tui.press("q");
    assert_eq!(tui.wait_exit().0, 0);
    let mut tui = Tui::start(home.path(), &["."], 120, 40);
    tui.wait_for("one_2");
    tui.press("q");
    assert_eq!(tui.wait_exit().0, 0);
}
