//! What the tests of the importers have in common: from a text to what would be written.

use std::path::Path;

use crate::collection::draft::{Fate, ImportReport};
use crate::collection::environment::merge::Files;
use crate::collection::file::Collection;
use crate::collection::import::finish::{Finished, finish};
use crate::collection::import::{Format, Input, detect, import};

/// Imports a text; the format is detected and must be this one.
pub(super) fn run(format: Format, name: &str, text: &str) -> Finished {
    let read = |_: &Path| Err("not there".to_owned());
    let input = Input { name: Path::new(name), text, files: &[], read: &read };
    assert_eq!(detect(&input), Some(format), "{text}");
    let finished = finish(vec![import(format, &input).unwrap()], &Files::default()).unwrap();
    for (path, bytes) in finished.files.iter().take(finished.collections) {
        assert_eq!(Collection::parse(path, bytes).problems, [], "{}", String::from_utf8_lossy(bytes));
    }
    finished
}

/// The text of the file at this place.
pub(super) fn text(finished: &Finished, at: usize) -> String {
    String::from_utf8(finished.files[at].1.clone()).unwrap()
}

/// `kind: reason` of the remarks with this fate.
pub(super) fn remarks(report: &ImportReport, fate: Fate) -> Vec<String> {
    let of_fate = report.remarks.iter().filter(|remark| remark.fate == fate);
    of_fate.map(|remark| format!("{}: {}", remark.kind, remark.reason)).collect()
}

/// Never panics on a sample with a piece of it replaced.
pub(super) fn survives(format: Format, sample: &str, at: usize, length: usize, piece: &str) {
    let start = sample.floor_char_boundary(at % sample.len());
    let end = sample.ceil_char_boundary((start + length).min(sample.len()));
    let text = format!("{}{piece}{}", &sample[..start], &sample[end..]);
    let read = |_: &Path| Err("not there".to_owned());
    let input = Input { name: Path::new("sample"), text: &text, files: &[], read: &read };
    if let Ok(import) = import(format, &input) {
        let finished = finish(vec![import], &Files::default()).unwrap();
        for (path, bytes) in finished.files.iter().take(finished.collections) {
            assert!(path.is_relative());
            assert_eq!(Collection::parse(path, bytes).problems, [], "{}", String::from_utf8_lossy(bytes));
        }
    }
}
