//! Reads the real files of other tools beside the project (`../shared/samples`, or the folder that `BEARCAT_SAMPLES`
//! names); left out where there is none.
//!
//! The files are other people's, in other tools' dialects: nothing may panic, no byte may be lost, each `.http` file must
//! either have a request or say why it has none, and the numbers stay what they are until someone means to change them.

#![expect(clippy::print_stdout, reason = "says what is left out")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use bearcat::collection::file::{Collection, NodeKind};
use bearcat::collection::scan;

fn folder() -> Option<PathBuf> {
    let named = std::env::var_os("BEARCAT_SAMPLES").map(PathBuf::from);
    let folder = named.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/samples"));
    if folder.is_dir() {
        return Some(folder);
    }
    println!("left out: there is no folder `{}` with other tools' files", folder.display());
    None
}

/// The spans of blocks and nodes cover the file without a gap.
fn check_lossless(collection: &Collection, bytes: &[u8]) {
    assert_eq!(collection.bytes(), bytes, "{}", collection.path.display());
    let mut at = 0;
    for block in &collection.blocks {
        assert_eq!(block.span.start, at, "{}", collection.path.display());
        for node in &block.nodes {
            assert_eq!(node.span.start, at, "{}", collection.path.display());
            at = node.span.end;
        }
        assert_eq!(block.span.end, at, "{}", collection.path.display());
    }
    assert_eq!(at, bytes.len(), "{}", collection.path.display());
}

#[test]
fn foreign_files_are_read() {
    let Some(folder) = folder() else { return };
    let files = scan::scan(&folder).collections;
    assert!(!files.is_empty(), "no `.http` file under {}", folder.display());
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for path in &files {
        let bytes = fs::read(folder.join(path)).unwrap();
        let collection = Collection::parse(path, &bytes);
        check_lossless(&collection, &bytes);
        *counts.entry("requests".to_owned()).or_default() += collection.requests.len();
        for problem in &collection.problems {
            *counts.entry(kind(&problem.title)).or_default() += 1;
        }
        assert!(is_explained(&collection), "{}: no request and no problem", path.display());
    }
    let summary: String = counts.iter().map(|(kind, count)| format!("{count:4} {kind}\n")).collect();
    println!("{} files\n{summary}", files.len());
    if std::env::var_os("BEARCAT_SAMPLES").is_none() {
        assert_eq!(files.len(), 293);
        assert_eq!(summary, EXPECTED, "the samples are read otherwise than before:\n{summary}");
    }
}

const EXPECTED: &str = concat!(
    "  16 AMQP requests are not supported\n",
    "  13 GRPC requests are not supported\n",
    "   2 KAFKA requests are not supported\n",
    "  10 MQTT requests are not supported\n",
    "   3 SSE requests are not supported\n",
    "  19 The body begins without a blank line before it\n",
    "   3 This header line cannot be read: … …\n",
    "  19 This line is not a request line\n",
    "   1 This variable cannot be read\n",
    "   3 WS requests are not supported\n",
    " 474 requests\n",
);

/// What a problem says, without the words of the file in it.
fn kind(title: &str) -> String {
    let mut out = String::new();
    for (index, part) in title.split('`').enumerate() {
        out.push_str(if index % 2 == 0 || part.bytes().all(|byte| byte.is_ascii_uppercase()) { part } else { "…" });
    }
    out
}

/// Whatever a file holds, it is kept as a `.http` file too: collections of other tools, specifications, scripts.
#[test]
fn any_file_is_kept_byte_for_byte() {
    let Some(folder) = folder() else { return };
    let mut folders = vec![folder];
    let mut count = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = fs::read(&path).unwrap();
            for bytes in [bytes.clone(), with_crlf(&bytes), without_last(&bytes)] {
                check_lossless(&Collection::parse(&path, &bytes), &bytes);
            }
            count += 1;
        }
    }
    println!("{count} files");
    assert!(count > 100);
}

fn with_crlf(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().flat_map(|byte| if *byte == b'\n' { vec![b'\r', b'\n'] } else { vec![*byte] }).collect()
}

fn without_last(bytes: &[u8]) -> Vec<u8> {
    bytes.split_last().map(|(_, rest)| rest.to_vec()).unwrap_or_default()
}

/// Has the file a request, or a problem, or nothing but variables, comments and scripts?
fn is_explained(collection: &Collection) -> bool {
    let has_content = collection.blocks.iter().flat_map(|block| &block.nodes).any(|node| node.kind == NodeKind::Unread);
    !collection.requests.is_empty() || !collection.problems.is_empty() || !has_content
}
