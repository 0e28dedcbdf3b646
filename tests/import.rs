//! `bearcat import` as a user runs it: what is written where, what is never overwritten, what is said.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helper functions too")]

mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

const COLLECTION: &str = r#"{"info":{"name":"Shop","schema":"https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},
    "item":[{"name":"list","request":{"method":"GET","url":"{{host}}/orders","auth":{"type":"bearer","bearer":[{"key":"token","value":"never-on-a-screen"}]}},
    "event":[{"listen":"prerequest","script":{"exec":["x()"]}}]}]}"#;
const ENVIRONMENT: &str =
    r#"{"name":"dev","values":[{"key":"host","value":"https://dev.test"}],"_postman_variable_scope":"environment"}"#;

struct World(tempfile::TempDir);

struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl World {
    fn new() -> Self {
        let world = Self(tempfile::tempdir().unwrap());
        fs::write(world.path().join("shop.json"), COLLECTION).unwrap();
        fs::write(world.path().join("dev.json"), ENVIRONMENT).unwrap();
        world
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn run(&self, args: &[&str]) -> Ran {
        let mut command: Command = support::bearcat(self.path(), args);
        let output = command.current_dir(self.path()).stdin(Stdio::null()).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap()
    }

    fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path().join(folder)).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Ran {
    #[track_caller]
    fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.out, self.err);
        assert!(!self.out.contains("never-on-a-screen") && !self.err.contains("never-on-a-screen"), "{}", self.out);
        self
    }
}

#[test]
fn a_collection_and_its_environment() {
    let world = World::new();
    let ran = world.run(&["import", "shop.json", "dev.json", "--out", "out"]).ends(0);
    assert_eq!(world.names("out"), ["http-client.env.json", "http-client.private.env.json", "shop.http"]);
    let shop = world.read("out/shop.http");
    assert!(shop.contains("GET {{host}}/orders\nAuthorization: Bearer {{shop_token}}\n"), "{shop}");
    assert!(world.read("out/http-client.private.env.json").contains("never-on-a-screen"));
    assert!(world.read("out/http-client.env.json").contains("https://dev.test"));
    for expected in ["1 request", "wrote out/shop.http", "Kept as a comment (1)", "1 script: bearcat runs no scripts"] {
        assert!(ran.out.contains(expected), "{expected}: {}", ran.out);
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let path = world.path().join("out/http-client.private.env.json");
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    // Once more: everything is there already.
    let ran = world.run(&["import", "postman", "shop.json", "dev.json", "--out", "out"]).ends(0);
    assert!(ran.out.contains("is as before: out/shop.http"), "{}", ran.out);
}

#[test]
fn nothing_is_overwritten_unless_asked_for() {
    let world = World::new();
    fs::create_dir(world.path().join("out")).unwrap();
    fs::write(world.path().join("out/shop.http"), "GET https://mine.test\n").unwrap();
    let ran = world.run(&["import", "shop.json", "--out", "out"]).ends(2);
    assert!(ran.err.contains("is there already") && ran.err.contains("--force"), "{}", ran.err);
    assert_eq!(world.read("out/shop.http"), "GET https://mine.test\n");
    assert_eq!(world.names("out"), ["shop.http"], "nothing else was written either");

    let ran = world.run(&["import", "shop.json", "--out", "out", "--dry-run", "--json"]).ends(0);
    let value: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(value["written"], false);
    assert_eq!(value["files"][1]["state"], "taken");
    assert_eq!(value["report"]["taken"]["requests"], 1);
    assert_eq!(world.names("out"), ["shop.http"]);

    world.run(&["import", "shop.json", "--out", "out", "--force"]).ends(0);
    assert!(world.read("out/shop.http").contains("{{host}}"));
}

#[test]
fn git_is_told_to_ignore_the_secrets() {
    let world = World::new();
    fs::create_dir_all(world.path().join("repository/.git")).unwrap();
    let ran = world.run(&["import", "shop.json", "--out", "repository"]).ends(0);
    assert!(ran.err.contains("git does not ignore http-client.private.env.json"), "{}", ran.err);
    fs::remove_file(world.path().join("repository/http-client.private.env.json")).unwrap();
    let ran = world.run(&["import", "shop.json", "--out", "repository", "--gitignore"]).ends(0);
    assert!(!ran.err.contains("git does not ignore"), "{}", ran.err);
    assert_eq!(world.read("repository/.gitignore"), "http-client.private.env.json\n");
}

#[test]
fn what_cannot_be_read_is_said() {
    let world = World::new();
    fs::write(world.path().join("broken.json"), "{\n  \"info\": nope }").unwrap();
    fs::write(world.path().join("strange.txt"), "hello").unwrap();
    let ran = world.run(&["import", "postman", "broken.json"]).ends(2);
    assert!(ran.err.contains("broken.json:2:"), "{}", ran.err);
    let ran = world.run(&["import", "strange.txt"]).ends(2);
    assert!(ran.err.contains("does not say what it is") && ran.err.contains("insomnia"), "{}", ran.err);
    let ran = world.run(&["import", "missing.json"]).ends(2);
    assert!(ran.err.contains("`missing.json` cannot be read"), "{}", ran.err);
    world.run(&["import"]).ends(2);
}

#[cfg(unix)]
#[test]
fn links_do_not_lead_out_of_the_folder() {
    let world = World::new();
    let elsewhere = tempfile::tempdir().unwrap();
    fs::create_dir(world.path().join("out")).unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), world.path().join("out/shop")).unwrap();
    let many: Vec<String> = (0..120)
        .map(|at| format!(r#"{{"name":"r{at}","request":{{"method":"GET","url":"https://a.test/{at}"}}}}"#))
        .collect();
    let text = format!(r#"{{"info":{{"name":"Shop"}},"item":[{{"name":"F","item":[{}]}}]}}"#, many.join(","));
    fs::write(world.path().join("large.json"), text).unwrap();
    let ran = world.run(&["import", "large.json", "--out", "out"]).ends(2);
    assert!(ran.err.contains("is a link"), "{}", ran.err);
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}
