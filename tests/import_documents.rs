//! Imports every real OpenAPI document, curl script and Bruno collection under the folder that `BEARCAT_SAMPLES` names
//! (`openapi`, `curl`, `bruno` in it), and GitHub's OpenAPI document where `BEARCAT_GITHUB_OPENAPI` names it. Left out
//! where they name none.
//!
//! What is written must be read again without a problem, and its requests, methods and URLs must be those of a count
//! of the input that shares no code with the importers.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helper functions too")]
#![expect(clippy::print_stdout, reason = "prints the counts, and what is left out")]

use std::path::{Path, PathBuf};
use std::time::Instant;

use bearcat::collection::draft::Fate;
use bearcat::collection::environment::merge::Files;
use bearcat::collection::environment::{EnvironmentFile, Visibility};
use bearcat::collection::file::Collection;
use bearcat::collection::import::finish::finish;
use bearcat::collection::import::{self, Format, Input};
use serde_json::Value;

const LEFT_OUT: &str = "left out: no variable names a folder or file for this test";

/// The sample folder of a format.
fn folder(name: &str) -> Option<PathBuf> {
    std::env::var_os("BEARCAT_SAMPLES").map(|root| PathBuf::from(root).join(name)).filter(|path| path.is_dir())
}

/// All files below a folder, relative to it.
fn walk(root: &Path, folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(root, &path, found);
        } else {
            found.push(path.strip_prefix(root).unwrap().to_path_buf());
        }
    }
    found.sort();
}

/// Method and URL of every request, sorted.
type Requests = Vec<(String, String)>;

/// Imports, writes, and reads what was written; prints a line of figures.
fn round_trip(format: Format, path: &Path, wanted: usize) -> Requests {
    let start = Instant::now();
    let mut files = Vec::new();
    let (text, beside) = if path.is_dir() {
        walk(path, path, &mut files);
        (String::new(), path.to_path_buf())
    } else {
        (std::fs::read_to_string(path).unwrap(), path.parent().unwrap().to_path_buf())
    };
    let read = |path: &Path| std::fs::read_to_string(beside.join(path)).map_err(|error| error.to_string());
    let input = Input { name: path, text: &text, files: &files, read: &read };
    assert_eq!(import::detect(&input), Some(format), "{}", path.display());
    let imported = import::import(format, &input).unwrap_or_else(|problem| panic!("{problem}"));
    let report = imported.report.clone();
    let finished = finish(vec![imported], &Files::default()).unwrap();
    let mut requests = Requests::new();
    for (path, bytes) in finished.files.iter().take(finished.collections) {
        let collection = Collection::parse(path, bytes);
        assert_eq!(collection.problems, [], "{}: {}", path.display(), String::from_utf8_lossy(bytes));
        for request in &collection.requests {
            assert!(request.not_run.is_empty(), "{}: {:?}", path.display(), request.not_run);
            requests.push((request.method.text.clone(), request.url.text.replace("{{empty_text}}", "")));
        }
    }
    for (text, visibility) in
        [(&finished.environments.public, Visibility::Public), (&finished.environments.private, Visibility::Private)]
    {
        assert_eq!(EnvironmentFile::parse(Path::new("env"), text, visibility).problems, [], "{text}");
    }
    let taken: Vec<String> = report.taken.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    println!(
        "{}: input {wanted} requests; {} files, {} requests; changed {}, commented {}, dropped {}; taken {}; {:?}",
        path.file_name().unwrap().to_string_lossy(),
        finished.collections,
        requests.len(),
        report.count(Fate::Changed),
        report.count(Fate::Commented),
        report.count(Fate::Dropped),
        taken.join(", "),
        start.elapsed(),
    );
    requests.sort();
    requests
}

/// Every `{{name}}` and `{name}` as `{}`, without the query.
fn plain(url: &str) -> String {
    let mut out = String::new();
    let mut rest = url.split('?').next().unwrap();
    while let Some(open) = rest.find('{') {
        let Some(close) = rest[open..].find('}') else { break };
        out.push_str(&rest[..open]);
        out.push_str("{}");
        rest = rest[open + close..].trim_start_matches('}');
    }
    out + rest
}

fn document(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap();
    match serde_json::from_str(&text) {
        Ok(value) => value,
        Err(_) => serde_saphyr::from_str(&text).unwrap(),
    }
}

/// Methods and paths of a document.
fn operations(document: &Value) -> Requests {
    const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];
    let mut found = Requests::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in METHODS.iter().filter(|method| item[**method].is_object()) {
            found.push((method.to_uppercase(), format!("{{}}{}", plain(path))));
        }
    }
    found.sort();
    found
}

fn check_document(path: &Path) {
    let wanted = operations(&document(path));
    let mut read: Requests = round_trip(Format::OpenApi, path, wanted.len())
        .into_iter()
        .map(|(method, url)| (method, plain(&url)))
        .collect();
    read.sort();
    assert_eq!(read, wanted, "{}", path.display());
}

#[test]
fn openapi_documents() {
    let Some(folder) = folder("openapi") else {
        println!("{LEFT_OUT}");
        return;
    };
    let mut files = Vec::new();
    walk(&folder, &folder, &mut files);
    assert!(!files.is_empty(), "documents under {}", folder.display());
    for file in files {
        check_document(&folder.join(file));
    }
}

#[test]
fn the_document_of_github() {
    let Some(path) = std::env::var_os("BEARCAT_GITHUB_OPENAPI").map(PathBuf::from) else {
        println!("{LEFT_OUT}");
        return;
    };
    check_document(&path);
}

#[test]
fn curl_scripts() {
    let Some(folder) = folder("curl") else {
        println!("{LEFT_OUT}");
        return;
    };
    let mut files = Vec::new();
    walk(&folder, &folder, &mut files);
    for file in files {
        let path = folder.join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        // The samples have one command each, its URL first or right after `--location`.
        let words: Vec<&str> = text.split_whitespace().collect();
        let urls: Vec<String> = words
            .windows(2)
            .filter(|pair| pair[0] == "curl" || pair[0] == "--location")
            .map(|pair| pair[1].trim_matches('\'').to_owned())
            .filter(|word| word.starts_with("http"))
            .collect();
        let read = round_trip(Format::Curl, &path, urls.len());
        assert_eq!(read.iter().map(|(_, url)| url.clone()).collect::<Vec<_>>(), urls, "{}", path.display());
        let method = if text.contains("-X PUT") { "PUT" } else { "GET" };
        assert!(read.iter().all(|(read, _)| read == method), "{read:?}");
    }
}

/// Method and URL of a `.bru` request.
fn bru_request(text: &str) -> Option<(String, String)> {
    const METHODS: [&str; 7] = ["get", "put", "post", "delete", "options", "head", "patch"];
    let mut lines = text.lines();
    let method = lines.find_map(|line| METHODS.into_iter().find(|method| line.trim_end() == format!("{method} {{")))?;
    let url = lines.find_map(|line| line.trim().strip_prefix("url:"))?.trim();
    Some((method.to_uppercase(), plain(url)))
}

#[test]
fn bruno_collections() {
    let Some(folder) = folder("bruno") else {
        println!("{LEFT_OUT}");
        return;
    };
    for name in ["bru", "yml-collection"] {
        let root = folder.join(name);
        let mut files = Vec::new();
        walk(&root, &root, &mut files);
        let mut wanted = Requests::new();
        let (mut asserts, mut environments) = (0, 0);
        for file in &files {
            let text = std::fs::read_to_string(root.join(file)).unwrap();
            if file.starts_with("environments") {
                environments += 1;
            } else if file.extension().is_some_and(|extension| extension == "yml") {
                let value: Value = serde_saphyr::from_str(&text).unwrap();
                if let Some(url) = value["http"]["url"].as_str() {
                    wanted.push((value["http"]["method"].as_str().unwrap().to_owned(), plain(url)));
                }
            } else {
                wanted.extend(bru_request(&text));
                let block = text.split("\nassert {\n").nth(1).and_then(|rest| rest.split("\n}").next());
                asserts += block.map_or(0, |block| block.lines().filter(|line| line.contains(':')).count());
            }
        }
        wanted.sort();
        let mut read: Requests = round_trip(Format::Bruno, &root, wanted.len())
            .into_iter()
            .map(|(method, url)| (method, plain(&url)))
            .collect();
        read.sort();
        assert_eq!(read, wanted);
        println!("  {asserts} assertions, {environments} environments in the input");
    }
}

/// Small changes to a text, the same on every run.
struct Changes(u64);

impl Changes {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % below.max(1) as u64).unwrap()
    }

    /// A piece deleted, doubled, or replaced by what parsers stumble over.
    fn change(&mut self, text: &str) -> String {
        const ODD: [&str; 12] = ["'", "\"", "{", "}", "\n", "\\", "$ref", "\u{0}", "é", "'''", "-1", "&a *a"];
        let start = text.floor_char_boundary(self.next(text.len() + 1));
        let end = text.floor_char_boundary((start + self.next(40)).min(text.len())).max(start);
        let piece = &text[start..end];
        let with = match self.next(3) {
            0 => String::new(),
            1 => format!("{piece}{piece}"),
            _ => ODD[self.next(ODD.len())].to_owned(),
        };
        format!("{}{with}{}", &text[..start], &text[end..])
    }
}

#[test]
fn changed_samples_are_read_or_refused() {
    let Some(root) = std::env::var_os("BEARCAT_SAMPLES").map(PathBuf::from) else {
        println!("{LEFT_OUT}");
        return;
    };
    let mut changes = Changes(0x9e37_79b9_7f4a_7c15);
    let (mut read, mut refused) = (0, 0);
    for (name, format) in [("openapi", Format::OpenApi), ("curl", Format::Curl), ("bruno", Format::Bruno)] {
        let folder = root.join(name);
        let mut files = Vec::new();
        if folder.is_dir() {
            walk(&folder, &folder, &mut files);
        }
        for file in files {
            let text = std::fs::read_to_string(folder.join(&file)).unwrap();
            if text.len() > 20_000 {
                continue;
            }
            for _ in 0..30 {
                let changed = (0..=changes.next(3)).fold(text.clone(), |text, _| changes.change(&text));
                let missing = |_: &Path| Err("it is not there".to_owned());
                let input = Input { name: &file, text: &changed, files: &[], read: &missing };
                let Ok(imported) = import::import(format, &input) else {
                    refused += 1;
                    continue;
                };
                read += 1;
                let finished = finish(vec![imported], &Files::default()).unwrap();
                for (path, bytes) in finished.files.iter().take(finished.collections) {
                    let collection = Collection::parse(path, bytes);
                    assert_eq!(collection.problems, [], "{}\n{changed}", String::from_utf8_lossy(bytes));
                }
            }
        }
    }
    println!("{read} changed samples were read, {refused} refused");
    assert!(read > 0 && refused > 0);
}
