//! The rules of ARCHITECTURE.md that a machine can check: which module may use which, what pure modules may not
//! touch, how long a file may grow, and that the README's key table is the key map.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The modules in their order: from `model` down a module uses only rows above it (and what `MAY_USE` says).
const MAY_USE: &[(&str, &[&str])] = &[
    ("redact", &[]),
    ("model", &["redact"]),
    ("template", &["redact", "model"]),
    ("collection", &["redact", "model", "template"]),
    ("token", &["redact", "model"]),
    ("diagnose", &["redact", "model", "token"]),
    ("body", &[]),
    ("keys", &[]),
    ("auth", &["redact", "model", "token"]),
    ("http", &["redact", "model", "template"]),
    ("store", &["redact", "model"]),
    ("app", &["redact", "model", "template", "collection", "token", "diagnose", "body", "keys", "auth", "http"]),
    ("ui", &["redact", "model", "app", "keys", "body", "token", "collection", "diagnose", "http", "template"]),
    // A stand-in provider and its API, for `bearcat demo` and the tests; it shares only the vocabulary.
    ("demo", &["redact", "model"]),
    (
        "shell",
        &[
            "redact",
            "model",
            "template",
            "collection",
            "token",
            "diagnose",
            "body",
            "keys",
            "auth",
            "http",
            "store",
            "app",
            "ui",
            "demo",
        ],
    ),
    (
        "cli",
        &[
            "redact",
            "model",
            "template",
            "collection",
            "token",
            "diagnose",
            "body",
            "keys",
            "auth",
            "http",
            "store",
            "app",
            "ui",
            "demo",
            "shell",
        ],
    ),
];

/// What a pure file must not name.
const IMPURE: &[&str] = &[
    "tokio::",
    "reqwest",
    "rusqlite",
    "keyring_core",
    "secret_service",
    "std::fs",
    "std::env",
    "SystemTime",
    "Instant::now",
    "std::net::Tcp",
];

/// Modules whose every file is pure.
const PURE: &[&str] = &["model", "template", "collection", "token", "diagnose", "body", "keys", "auth", "app", "ui"];

/// Pure files of modules that have an edge, and edges of modules that are pure otherwise.
const PURE_FILES: &[&str] = &["http/plan.rs", "http/cookie_mode.rs", "http/cookies.rs", "http/body_text.rs"];
const EDGES: &[&str] = &[
    // Walks the workspace folder; everything else in `collection` is text in, data out.
    "collection/scan.rs",
    // Reads the sources of Next.js apps that the walk found.
    "collection/nextjs/scan.rs",
];

/// Longest file without its tests.
const MOST_LINES: usize = 800;

/// Files that write source text of other programs: the names in it are text.
const WRITERS: &[&str] = &["collection/export/rust.rs"];

fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    assert!(found.len() > 50, "the sources were found");
    found
}

fn module_of(file: &str) -> &str {
    file.split('/').next().unwrap().trim_end_matches(".rs")
}

fn is_test_file(file: &str) -> bool {
    file.ends_with("tests.rs") || file.contains("/tests/") || file.contains("testing") || file.ends_with("fixtures.rs")
}

/// The source without its `#[cfg(test)] mod tests { … }`, which by convention ends the file.
fn without_tests(text: &str) -> &str {
    text.find("#[cfg(test)]\nmod ")
        .filter(|&at| text[at..].lines().nth(1).is_some_and(|line| line.ends_with('{')))
        .map_or(text, |at| &text[..at])
}

/// Lines that are not comments, numbered from 1.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

#[test]
fn modules_use_only_what_they_may() {
    let may_use: BTreeMap<_, _> = MAY_USE.iter().copied().collect();
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        let module = module_of(&file);
        if module == "main" || module == "lib" || is_test_file(&file) {
            continue;
        }
        let allowed = may_use.get(module).unwrap_or_else(|| panic!("{file}: module `{module}` is not in the table"));
        for (line, code) in code_lines(without_tests(&text)) {
            for (at, _) in code.match_indices("crate::") {
                let used: String = code[at + 7..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                if !used.is_empty() && used != module && !allowed.contains(&used.as_str()) {
                    wrong.push(format!("src/{file}:{line}: `{module}` must not use `{used}`"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn pure_modules_do_no_io() {
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        let pure = PURE.contains(&module_of(&file)) || PURE_FILES.contains(&file.as_str());
        let is_exempt = EDGES.contains(&file.as_str()) || WRITERS.contains(&file.as_str());
        if !pure || is_exempt || is_test_file(&file) {
            continue;
        }
        for (line, code) in code_lines(without_tests(&text)) {
            for impure in IMPURE {
                if code.contains(impure) {
                    wrong.push(format!("src/{file}:{line}: a pure module names `{impure}`"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn terminal_io_is_the_shells() {
    for (file, text) in sources() {
        let allowed = matches!(module_of(&file), "shell" | "cli");
        let named = code_lines(&text).any(|(_, code)| code.contains("crossterm::"));
        assert!(allowed || !named, "src/{file} names crossterm; only the shell speaks with the terminal");
    }
}

#[test]
fn files_stay_short() {
    for (file, text) in sources() {
        let lines = without_tests(&text).lines().count();
        assert!(is_test_file(&file) || lines <= MOST_LINES, "src/{file} has {lines} lines without its tests");
    }
}

#[test]
fn main_is_thin() {
    let main = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/main.rs")).unwrap();
    assert!(main.lines().count() < 60);
}

#[test]
fn every_file_says_what_it_is() {
    for (file, text) in sources() {
        assert!(text.starts_with("//!"), "src/{file} has no module documentation");
    }
}

#[test]
fn the_readme_has_the_key_map() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let table = bearcat::keys::table_markdown();
    assert!(readme.contains(table.trim()), "README.md's key table differs from the key map; it should be:\n{table}");
}
