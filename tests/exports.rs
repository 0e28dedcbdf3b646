//! Exports do what bearcat does: each request is sent by bearcat, and then by its export in the real `curl`, Python, Node and
//! Rust (each left out where it is not installed); the server must see the same.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helper functions too")]
#![expect(clippy::print_stdout, reason = "says what is left out")]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;

/// What a server saw of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    method: String,
    /// Percent-decoded: clients encode more or less.
    target: Vec<u8>,
    headers: BTreeMap<String, Vec<u8>>,
    body: Body,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Body {
    Bytes(Vec<u8>),
    /// Name, file name and content of each part.
    Parts(Vec<(String, Option<String>, Vec<u8>)>),
}

/// Headers that clients add of themselves are of no interest.
fn matters(name: &str) -> bool {
    name.starts_with("x-") || matches!(name, "authorization" | "content-type" | "cookie" | "accept")
}

const REQUESTS: &str = r#"
@greeting = hello
### get
GET http://HOST/a b/é?q={{greeting}}&r=%20x&s=[1]&t=it's
X-Quote: it's "quoted" $HOME `id` \n ! %s ${x} $(id) #{x}
X-Utf8: é 漢
Accept: a/b

### json
# @assert .status == 200
# @assert .body.id == 7 and .time_ms < 60000
# @capture id = .body.id
POST http://HOST/json
Content-Type: application/json
Accept: a/b

{
  "a": "it's \"q\" \\ $HOME ${x} `id` $(id) é 漢 😀 %s",
  "b": """,
  "n": [1, 2]
}

### text that begins with an at sign
POST http://HOST/text
Content-Type: text/plain
Accept: a/b

@not-a-file

### form
POST http://HOST/form
Content-Type: application/x-www-form-urlencoded
Accept: a/b

a=b%20c
&d='e'

### file
PUT http://HOST/file
Content-Type: application/octet-stream
Accept: a/b

< ./some file.bin

### mixed
POST http://HOST/mixed
Content-Type: application/octet-stream
Accept: a/b

before é
< ./some file.bin
after

### multipart
POST http://HOST/multipart
Content-Type: multipart/form-data; boundary=frontier
Accept: a/b

--frontier
Content-Disposition: form-data; name="text"

@it's "here"; a=b
--frontier
Content-Disposition: form-data; name="up"; filename="x y.bin"
Content-Type: application/x-thing

< ./some file.bin
--frontier--

### basic
GET http://HOST/basic
Authorization: Basic jane it's:a"p$w
Accept: a/b

### delete
DELETE http://HOST/delete?id=1
Accept: a/b

### graphql
POST http://HOST/graphql
Content-Type: application/json
X-Request-Type: GraphQL
Accept: a/b

query ($n: Int) { orders(first: $n, name: "it's") { id } }

{"n": 3}
"#;

/// The requests that need something that not every client has.
const ORDER: [&str; 10] = [
    "get",
    "json",
    "text that begins with an at sign",
    "form",
    "file",
    "mixed",
    "multipart",
    "basic",
    "delete",
    "graphql",
];

struct Stage {
    folder: tempfile::TempDir,
    seen: Receiver<Seen>,
}

impl Stage {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (sender, seen) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let sender = sender.clone();
                std::thread::spawn(move || {
                    while let Some(request) = read(&stream) {
                        if sender.send(request).is_err() {
                            return;
                        }
                        let _ = (&stream).write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{\"id\": 7}");
                    }
                });
            }
        });
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("all.http"), REQUESTS.replace("HOST", &address)).unwrap();
        fs::write(folder.path().join("some file.bin"), b"\x00\xff\r\nbin\x80\n").unwrap();
        Self { folder, seen }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn bearcat(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_bearcat"))
            .args(args)
            .args(["--vault", "memory"])
            .env("BEARCAT_HOME", self.path("home"))
            .current_dir(self.folder.path())
            .output()
            .unwrap()
    }

    /// What the server sees when bearcat sends each request.
    fn truth(&self) -> Vec<Seen> {
        ORDER
            .iter()
            .map(|name| {
                let sent = self.bearcat(&["send", &format!("all.http#{name}")]);
                assert!(sent.status.success(), "{name}: {}", String::from_utf8_lossy(&sent.stderr));
                self.next()
            })
            .collect()
    }

    fn next(&self) -> Seen {
        self.seen.recv_timeout(Duration::from_secs(20)).expect("the request comes")
    }

    fn export(&self, format: &str, file: &str) {
        let made = self.bearcat(&["export", format, "all.http", "--out", file]);
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }

    /// Runs a program in the folder; `false`: it is not installed.
    fn run(&self, program: &str, args: &[&str]) -> bool {
        let Ok(output) = Command::new(program).args(args).current_dir(self.folder.path()).output() else {
            println!("left out: there is no `{program}` here");
            return false;
        };
        assert!(
            output.status.success(),
            "{program} {args:?}: {}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        true
    }

    fn compare(&self, truth: &[Seen], what: &str) {
        for (expected, name) in truth.iter().zip(ORDER) {
            assert_eq!(self.next(), *expected, "{name} by {what}");
        }
    }
}

fn has(program: &str, args: &[&str]) -> bool {
    let found = Command::new(program).args(args).output().is_ok_and(|output| output.status.success());
    if !found {
        println!("left out: `{program} {}` does not work here", args.join(" "));
    }
    found
}

fn read(stream: &TcpStream) -> Option<Seen> {
    let mut reader = BufReader::new(stream);
    let line = read_line(&mut reader)?;
    let line = String::from_utf8_lossy(&line).into_owned();
    let mut words = line.split(' ');
    let (method, target) = (words.next()?.to_owned(), decode(words.next()?));
    let (mut headers, mut length, mut is_chunked) = (BTreeMap::new(), 0, false);
    loop {
        let line = read_line(&mut reader)?;
        if line.is_empty() {
            break;
        }
        let colon = line.iter().position(|byte| *byte == b':')?;
        let name = String::from_utf8_lossy(&line[..colon]).to_lowercase();
        let value = line[colon + 1..].trim_ascii().to_vec();
        match name.as_str() {
            "content-length" => length = String::from_utf8_lossy(&value).parse().ok()?,
            "transfer-encoding" => is_chunked = true,
            "expect" => (&mut &*stream).write_all(b"HTTP/1.1 100 Continue\r\n\r\n").ok()?,
            _ => {}
        }
        if matters(&name) {
            headers.insert(name, value);
        }
    }
    let mut body = vec![0; length];
    if is_chunked {
        loop {
            let size = usize::from_str_radix(String::from_utf8_lossy(&read_line(&mut reader)?).trim(), 16).ok()?;
            let mut chunk = vec![0; size];
            reader.read_exact(&mut chunk).ok()?;
            body.extend(chunk);
            read_line(&mut reader)?;
            if size == 0 {
                break;
            }
        }
    } else {
        reader.read_exact(&mut body).ok()?;
    }
    let body = parts(&mut headers, &body).map_or(Body::Bytes(body), Body::Parts);
    Some(Seen { method, target, headers, body })
}

fn read_line(reader: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut line = Vec::new();
    let count = reader.read_until(b'\n', &mut line).ok()?;
    (count > 0).then(|| line.trim_ascii_end().to_vec())
}

fn decode(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let (mut out, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let hex = text.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    out
}

/// Name, file name and content of a part.
type Part = (String, Option<String>, Vec<u8>);

/// The parts of a multipart body; its boundary is the client's own affair.
fn parts(headers: &mut BTreeMap<String, Vec<u8>>, body: &[u8]) -> Option<Vec<Part>> {
    let kind = String::from_utf8_lossy(headers.get("content-type")?).into_owned();
    let boundary = kind.strip_prefix("multipart/form-data; boundary=")?.trim_matches('"').to_owned();
    headers.insert("content-type".to_owned(), b"multipart/form-data".to_vec());
    let delimiter = format!("--{boundary}");
    let find = |text: &[u8], wanted: &[u8]| text.windows(wanted.len()).position(|window| window == wanted);
    let mut found = Vec::new();
    let mut rest = &body[find(body, delimiter.as_bytes())? + delimiter.len()..];
    while !rest.starts_with(b"--") {
        let end = find(rest, format!("\r\n{delimiter}").as_bytes())?;
        let part = &rest[2..end];
        let head = find(part, b"\r\n\r\n")?;
        let text = String::from_utf8_lossy(&part[..head]).into_owned();
        let value = |name: &str| {
            let at = text.find(&format!(" {name}=\""))? + name.len() + 3;
            text[at..].split('"').next().map(str::to_owned)
        };
        found.push((value("name")?, value("filename"), part[head + 4..].to_vec()));
        rest = &rest[end + 2 + delimiter.len()..];
    }
    Some(found)
}

#[test]
fn curl_sends_what_bearcat_sends() {
    if !has("curl", &["--version"]) || !has("bash", &["--version"]) {
        return;
    }
    let stage = Stage::new();
    let truth = stage.truth();
    stage.export("curl", "all.sh");
    stage.run("bash", &["all.sh"]);
    stage.compare(&truth, "curl");
}

#[test]
fn python_sends_what_bearcat_sends() {
    if !has("python3", &["-c", "import requests"]) {
        return;
    }
    let stage = Stage::new();
    let truth = stage.truth();
    stage.export("python", "all.py");
    stage.run("python3", &["all.py"]);
    stage.compare(&truth, "python");
}

#[test]
fn javascript_sends_what_bearcat_sends() {
    if !has("node", &["-e", "fetch"]) {
        return;
    }
    let stage = Stage::new();
    let truth = stage.truth();
    stage.export("javascript", "all.mjs");
    stage.run("node", &["all.mjs"]);
    stage.compare(&truth, "javascript");
}

/// Compiled with the crates that bearcat itself is built from.
#[test]
fn rust_sends_what_bearcat_sends() {
    let test = std::env::current_exe().unwrap();
    let crates = test.parent().unwrap();
    let (Some(reqwest), Some(tokio)) = (library(crates, "reqwest"), library(crates, "tokio")) else {
        println!("left out: the crates are not beside the test");
        return;
    };
    let stage = Stage::new();
    let truth = stage.truth();
    stage.export("rust", "all.rs");
    let externs = [format!("reqwest={}", reqwest.display()), format!("tokio={}", tokio.display())];
    let dependencies = format!("dependency={}", crates.display());
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let args = ["--edition", "2024", "all.rs", "-L", &dependencies, "--extern", &externs[0], "--extern", &externs[1]];
    if stage.run(&rustc, &args) {
        stage.run(stage.path("all").to_str().unwrap(), &[]);
        stage.compare(&truth, "rust");
    }
}

fn library(folder: &Path, name: &str) -> Option<PathBuf> {
    let is_it = |path: &PathBuf| {
        let file = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        file.starts_with(&format!("lib{name}-")) && Path::new(file).extension().is_some_and(|known| known == "rlib")
    };
    let found = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).filter(is_it);
    found.max_by_key(|path| fs::metadata(path).and_then(|metadata| metadata.modified()).ok())
}

/// k6's modules, as far as the scripts use them: requests are noted and answered with `{"id": 7}`.
const K6: [(&str, &str); 4] = [
    (
        "package.json",
        r#"{"name": "k6", "type": "module", "exports": {".": "./index.js", "./http": "./http.js", "./encoding": "./encoding.js"}}"#,
    ),
    (
        "index.js",
        "import { readFileSync } from 'node:fs';
globalThis.__ENV = process.env;
globalThis.open = (path) => { const b = readFileSync(path); return b.buffer.slice(b.byteOffset, b.byteOffset + b.length); };
globalThis.noted = [];
export function group(name, work) { globalThis.groupName = name; work(); }
export function check(r, checks) {
  for (const [name, test] of Object.entries(checks)) noted.push({ check: name, ok: test(r) });
}
",
    ),
    (
        "http.js",
        "import './index.js';
const bytes = (part) => typeof part === 'string' ? Buffer.from(part) : Buffer.from(new Uint8Array(part));
export default {
  file: (content, name, type) => ({ content, name, type }),
  request(method, url, body, params) {
    let parts = null, hex = null;
    if (body !== null && typeof body === 'object' && !(body instanceof ArrayBuffer)) {
      parts = Object.entries(body).map(([name, value]) =>
        typeof value === 'string' ? [name, null, bytes(value).toString('hex')] : [name, value.name, bytes(value.content).toString('hex')]);
    } else if (body !== null) {
      hex = bytes(body).toString('hex');
    }
    noted.push({ method, url, headers: params.headers || {}, parts, hex, tag: params.tags.name });
    return { status: 200, body: '{\"id\": 7}', headers: { 'Content-Type': 'application/json' }, timings: { duration: 5 } };
  },
};
",
    ),
    ("encoding.js", "export default { b64encode: (text) => Buffer.from(text).toString('base64') };\n"),
];

#[test]
fn k6_asks_for_what_bearcat_sends() {
    if !has("node", &["--version"]) {
        return;
    }
    let stage = Stage::new();
    let truth = stage.truth();
    stage.export("k6", "all.mjs");
    fs::create_dir_all(stage.path("node_modules/k6")).unwrap();
    for (name, text) in K6 {
        fs::write(stage.path("node_modules/k6").join(name), text).unwrap();
    }
    let program = "import('./all.mjs').then((script) => { script.default(); console.log(JSON.stringify({ options: script.options, noted })); })";
    let output = Command::new("node").args(["-e", program]).current_dir(stage.folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    let thresholds = &value["options"]["thresholds"];
    assert_eq!(thresholds["checks"], serde_json::json!(["rate==1"]));
    assert_eq!(thresholds["http_req_duration{name:json}"], serde_json::json!(["p(95)<60000"]));
    let noted = value["noted"].as_array().unwrap();
    let checks: Vec<&Value> = noted.iter().filter(|note| note.get("check").is_some()).collect();
    assert_eq!(checks.len(), 2);
    assert!(checks.iter().all(|check| check["ok"] == true), "{checks:?}");
    let requests: Vec<&Value> = noted.iter().filter(|note| note.get("method").is_some()).collect();
    assert_eq!(requests.len(), truth.len());
    for ((expected, name), request) in truth.iter().zip(ORDER).zip(requests) {
        assert_eq!(as_seen(request), *expected, "{name} by k6");
        assert_eq!(request["tag"], name);
    }
}

fn as_seen(request: &Value) -> Seen {
    let url = request["url"].as_str().unwrap();
    let path = url.split_once("://").unwrap().1;
    let target = &path[path.find('/').unwrap()..];
    let mut headers: BTreeMap<String, Vec<u8>> = request["headers"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| (name.to_lowercase(), value.as_str().unwrap().as_bytes().to_vec()))
        .collect();
    let bytes = |hex: &str| -> Vec<u8> {
        (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[at * 2..at * 2 + 2], 16).unwrap()).collect()
    };
    let body = if let Some(parts) = request["parts"].as_array() {
        headers.insert("content-type".to_owned(), b"multipart/form-data".to_vec());
        Body::Parts(
            parts
                .iter()
                .map(|part| {
                    let name = part[0].as_str().unwrap().to_owned();
                    (name, part[1].as_str().map(str::to_owned), bytes(part[2].as_str().unwrap()))
                })
                .collect(),
        )
    } else {
        Body::Bytes(request["hex"].as_str().map(bytes).unwrap_or_default())
    };
    headers.retain(|name, _| matters(name));
    Seen { method: request["method"].as_str().unwrap().to_owned(), target: decode(target), headers, body }
}
