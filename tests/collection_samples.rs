//! Reads every `.http` file under the folder that `BEARCAT_SAMPLES` names; left out where it names none.
//!
//! The files are other people's, in other tools' dialects: nothing may panic, no byte may be lost, and each file
//! must either have a request or say why it has none.

use std::path::PathBuf;

use bearcat::collection::file::{Collection, NodeKind};
use bearcat::collection::scan;

#[test]
fn foreign_files_are_read() {
    let Some(folder) = std::env::var_os("BEARCAT_SAMPLES").map(PathBuf::from) else {
        println!("left out: BEARCAT_SAMPLES names no folder with `.http` files");
        return;
    };
    let files = scan::scan(&folder).collections;
    assert!(!files.is_empty(), "no `.http` file under {}", folder.display());
    let (mut requests, mut problems) = (0, 0);
    for path in &files {
        let bytes = std::fs::read(folder.join(path)).unwrap();
        let collection = Collection::parse(path, &bytes);
        let kept: usize = collection.blocks.iter().flat_map(|block| &block.nodes).map(|node| node.span.len()).sum();
        assert_eq!(kept, bytes.len(), "{}", path.display());
        requests += collection.requests.len();
        problems += collection.problems.len();
        for problem in &collection.problems {
            println!("{}", problem.to_string().lines().next().unwrap_or_default());
        }
        assert!(is_explained(&collection), "{}: no request and no problem", path.display());
    }
    println!("{} files, {requests} requests, {problems} problems", files.len());
}

/// Has the file a request, or a problem, or nothing but variables, comments and scripts?
fn is_explained(collection: &Collection) -> bool {
    let has_content = collection.blocks.iter().flat_map(|block| &block.nodes).any(|node| node.kind == NodeKind::Unread);
    !collection.requests.is_empty() || !collection.problems.is_empty() || !has_content
}
