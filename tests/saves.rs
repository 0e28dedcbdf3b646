//! Saving under the worst circumstances: killed at any moment, no room on the disk. A child process saves, this one
//! kills it and looks at what is there.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]
#![cfg(unix)]

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use bearcat::app::documents::SaveId;
use bearcat::app::effect::SaveFile;
use bearcat::app::msg::SaveOutcome;
use bearcat::shell::files;

/// Tells a child where to save.
const FOLDER: &str = "BEARCAT_TEST_SAVE_FOLDER";

/// How many savings the kills are spread over.
const SAVES: usize = 500;

/// The file with its number, and a tail that shows whether it is whole.
fn content(number: usize) -> String {
    let mut text = format!("### number {number}\nGET https://a.test/{number}\n\n");
    for line in 0..400 {
        let _ = writeln!(text, "line {line} of {number}");
    }
    let _ = writeln!(text, "# end of {number}");
    text
}

/// The number of a whole file; panics when it is not whole.
fn number_of(text: &str) -> usize {
    let number = text.lines().next().and_then(|line| line.strip_prefix("### number ")).expect("a beginning");
    let number = number.parse().unwrap();
    assert!(text == content(number), "the file is not whole");
    number
}

fn order(path: &str, expected: Option<&str>, bytes: Option<&str>) -> SaveFile {
    let arc = |text: Option<&str>| text.map(|text| Arc::from(text.as_bytes()));
    SaveFile { id: SaveId(1), path: path.into(), expected: arc(expected), bytes: arc(bytes) }
}

/// The child's part: saves until it is killed. Without the variable it is no test.
#[test]
fn child_that_saves() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let folder = Path::new(&folder);
    let mut now = fs::read_to_string(folder.join("a.http")).unwrap();
    for number in number_of(&now) + 1.. {
        let next = content(number);
        assert_eq!(files::save(folder, &order("a.http", Some(&now), Some(&next))), SaveOutcome::Saved);
        now = next;
        println!("saved {number}");
    }
}

/// This test binary once more, as the child.
fn child(test: &str, folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn temporary_files(folder: &Path) -> usize {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| Path::new(name).extension().is_some_and(|known| known == "tmp")).count()
}

#[test]
fn a_file_is_the_old_or_the_new_one_whenever_the_process_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.http");
    fs::write(&path, content(0)).unwrap();
    let (mut kills, mut last) = (0_u64, 0);
    while last < SAVES {
        let mut child = child("child_that_saves", folder.path());
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // The first saving shows that it is at work; the moment after that is anywhere in one of the next ones.
        let first = lines.by_ref().map(Result::unwrap).find(|line| line.contains("saved ")).expect("a saving");
        assert!(first.contains("saved "));
        // A different moment each time, without a source of chance that could hide a failure.
        std::thread::sleep(Duration::from_micros(kills * 7_919 % 23_000));
        child.kill().unwrap();
        child.wait().unwrap();
        let told =
            lines.map_while(Result::ok).filter_map(|line| line.split("saved ").nth(1)?.trim().parse().ok()).max();
        kills += 1;
        let number = number_of(&fs::read_to_string(&path).expect("the file is there"));
        assert!(number >= told.unwrap_or(last), "a saving that was told is lost");
        assert!(number > last, "nothing was saved");
        assert!(temporary_files(folder.path()) <= 1, "temporary files pile up");
        last = number;
    }
    eprintln!("killed {kills} times in {last} savings");
    assert!(kills >= 10, "only {kills} kills");
    // The next saving takes away what the last kill has left.
    let now = fs::read_to_string(&path).unwrap();
    assert_eq!(files::save(folder.path(), &order("a.http", Some(&now), Some("GET /\n"))), SaveOutcome::Saved);
    if cfg!(target_os = "linux") {
        assert_eq!(temporary_files(folder.path()), 0);
    }
}

/// The child's part: a file that is larger than this process may write.
#[test]
fn child_without_room() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let outcome = files::save(Path::new(&folder), &order("a.http", Some("old"), Some(&"x".repeat(200_000))));
    let SaveOutcome::Failed(problem) = outcome else { panic!("{outcome:?}") };
    println!("told: {}", problem.to_string().replace('\n', " "));
}

/// A limit on the size of files fails a write half way, as a full disk does.
#[test]
fn a_write_that_fails_half_way_leaves_the_old_text() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.http"), "old").unwrap();
    let program = std::env::current_exe().unwrap();
    // In blocks of 512 or 1024 bytes; SIGXFSZ is ignored, so that the write fails instead of the process.
    let script = "trap '' XFSZ; ulimit -f 50; exec \"$0\" --exact child_without_room --nocapture";
    let output = Command::new("sh").args(["-c", script]).arg(program).env(FOLDER, folder.path()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("a.http was not saved") && text.contains("larger than this user may write"), "{text}");
    assert_eq!(fs::read_to_string(folder.path().join("a.http")).unwrap(), "old");
    assert_eq!(temporary_files(folder.path()), 0);
}

/// The child's part, on a disk of 256 KiB of its own: there is room for the old text, not for the new one.
#[test]
fn child_on_a_full_disk() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let folder = Path::new(&folder);
    fs::write(folder.join("a.http"), "old").unwrap();
    let mut filler = fs::File::create(folder.join("filler")).unwrap();
    let mut written = 0;
    while std::io::Write::write_all(&mut filler, &[b'x'; 4096]).is_ok() {
        written += 4096;
        assert!(written < 1024 * 1024, "the disk is not small");
    }
    let outcome = files::save(folder, &order("a.http", Some("old"), Some(&"x".repeat(100_000))));
    let SaveOutcome::Failed(problem) = outcome else { panic!("{outcome:?}") };
    assert_eq!(fs::read_to_string(folder.join("a.http")).unwrap(), "old");
    assert_eq!(temporary_files(folder), 0);
    // With room again the same saving works; what is still open keeps its room.
    drop(filler);
    fs::remove_file(folder.join("filler")).unwrap();
    let saved = files::save(folder, &order("a.http", Some("old"), Some(&"x".repeat(100_000))));
    assert_eq!(saved, SaveOutcome::Saved);
    println!("told: {}", problem.to_string().replace('\n', " "));
}

/// A real full disk: a small file system of memory, in a mount namespace of its own.
#[test]
#[ignore = "mounts a file system: second suite"]
fn a_full_disk_leaves_the_old_text() {
    let folder = tempfile::tempdir().unwrap();
    let program = std::env::current_exe().unwrap();
    let script =
        "mount -t tmpfs -o size=256k tmpfs \"$1\" || exit 77; exec \"$0\" --exact child_on_a_full_disk --nocapture";
    let namespace = ["--user", "--map-root-user", "--mount", "sh", "-c", script];
    let output =
        Command::new("unshare").args(namespace).arg(program).arg(folder.path()).env(FOLDER, folder.path()).output();
    let output = output.unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    if !text.contains("running 1 test") {
        // Where namespaces are forbidden the test above, with a limit on file sizes, has to do.
        eprintln!("not run: no file system can be mounted here: {}", String::from_utf8_lossy(&output.stderr));
        return;
    }
    assert!(output.status.success() && text.contains("a.http was not saved"), "{text}");
    assert!(text.contains("The disk is full"), "{text}");
}
