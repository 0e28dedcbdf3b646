//! Names of files made from names in foreign files.
//!
//! Used by the importers and [`finish`](super::finish). Names are hostile: what comes out is one plain component
//! that every file system takes, and that the walk over a workspace does not skip.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

/// The longest name of a file or folder, in bytes, without its extension.
const LONGEST: usize = 80;

/// Names that Windows keeps for devices, and folders that a workspace does not show.
const TAKEN: [&str; 29] = [
    "con",
    "prn",
    "aux",
    "nul",
    "com0",
    "com1",
    "com2",
    "com3",
    "com4",
    "com5",
    "com6",
    "com7",
    "com8",
    "com9",
    "lpt0",
    "lpt1",
    "lpt2",
    "lpt3",
    "lpt4",
    "lpt5",
    "lpt6",
    "lpt7",
    "lpt8",
    "lpt9",
    "conin$",
    "conout$",
    "node_modules",
    "target",
    "clock$",
];

/// One component of a path: lower case, words joined by hyphens.
pub fn slug(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() || matches!(c, '_' | '.') {
            out.push(c);
        } else if !out.ends_with('-') {
            out.push('-');
        }
    }
    let mut out = trimmed(&out);
    out.truncate(out.floor_char_boundary(LONGEST));
    let mut out = trimmed(&out);
    if out.is_empty() {
        out.push_str("collection");
    }
    let stem = out.split('.').next().unwrap_or_default();
    if TAKEN.contains(&stem) {
        out.insert(stem.len(), '_');
    }
    out
}

/// A leading dot hides a file; trailing ones are lost on Windows.
fn trimmed(text: &str) -> String {
    text.trim_matches(|c| matches!(c, '-' | '.' | '_')).to_owned()
}

/// The path of a collection: `folders/name.http`.
pub fn collection(folders: &[&str], name: &str) -> PathBuf {
    let mut path: PathBuf = folders.iter().map(|folder| slug(folder)).collect();
    path.push(format!("{}.http", slug(name)));
    path
}

/// The path with every component made safe; its extension stays.
pub fn safe(path: &Path) -> PathBuf {
    let names: Vec<String> = path
        .components()
        .filter_map(|part| match part {
            Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
            _ => None,
        })
        .collect();
    let Some((last, folders)) = names.split_last() else { return PathBuf::from("collection.http") };
    let mut safe: PathBuf = folders.iter().map(|folder| slug(folder)).collect();
    safe.push(match last.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => format!("{}.{}", slug(stem), slug(extension)),
        _ => slug(last),
    });
    safe
}

/// The path, or the same with a number, so that it is not in `taken`, also where upper and lower case are one.
pub fn unique(path: &Path, taken: &mut BTreeSet<String>) -> PathBuf {
    let key = |path: &Path| path.to_string_lossy().to_lowercase();
    let mut candidate = path.to_path_buf();
    let mut number = 2;
    while !taken.insert(key(&candidate)) {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let extension = path.extension().unwrap_or_default().to_string_lossy();
        candidate = path.with_file_name(format!("{stem}-{number}.{extension}"));
        number += 1;
    }
    candidate
}

/// What a reference had that it cannot keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lost {
    /// It was outside of the folder; only its name is left.
    Folders,
    /// A placeholder: its value could lead out of the folder.
    Placeholder,
}

/// The remark on a placeholder in the name of a file.
pub const PLACEHOLDER_LOST: &str =
    "a file name cannot come from a variable, which could lead out of the folder: write the name of the file";

/// The path of a file that a foreign file refers to, as it is written after `<`: never outside the folder, and without
/// placeholders.
pub fn reference(path: &str) -> (String, Vec<Lost>) {
    let written: String = path.trim().chars().filter(|c| !c.is_control()).collect();
    let path = written.replace("{{", "__").replace("}}", "__");
    let mut lost = Vec::new();
    if written.contains("{{") {
        lost.push(Lost::Placeholder);
    }
    let parts: Vec<&str> = path.split(['/', '\\']).collect();
    let has_drive = parts.first().is_some_and(|first| first.len() == 2 && first.ends_with(':'));
    let is_outside = path.starts_with(['/', '\\', '~']) || has_drive || parts.contains(&"..");
    let inside: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty() && *part != ".").collect();
    if !is_outside {
        return (format!("./{}", inside.join("/")), lost);
    }
    let name = inside.last().filter(|name| **name != ".." && !name.ends_with(':')).unwrap_or(&"file");
    lost.push(Lost::Folders);
    (format!("./{name}"), lost)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("My API (v2)", "my-api-v2")]
    #[case("../../etc/passwd", "etc-passwd")]
    #[case("", "collection")]
    #[case("...", "collection")]
    #[case("CON", "con_")]
    #[case("aux.txt", "aux_.txt")]
    #[case("node_modules", "node_modules_")]
    #[case("Größe 日本", "größe-日本")]
    #[case("a\u{0}b\nc\u{202e}", "a-b-c")]
    #[case("C:\\x", "c-x")]
    #[case(".git", "git")]
    fn slugs(#[case] name: &str, #[case] expected: &str) {
        assert_eq!(slug(name), expected);
    }

    #[rstest]
    #[case("a/b.png", "./a/b.png", &[])]
    #[case("./a b.png", "./a b.png", &[])]
    #[case("/etc/passwd", "./passwd", &[Lost::Folders])]
    #[case("../../x", "./x", &[Lost::Folders])]
    #[case("C:\\Users\\me\\x.txt", "./x.txt", &[Lost::Folders])]
    #[case("~/.ssh/id", "./id", &[Lost::Folders])]
    #[case("..", "./file", &[Lost::Folders])]
    #[case("{{p}}", "./__p__", &[Lost::Placeholder])]
    #[case("{\u{1}{p}}", "./__p__", &[Lost::Placeholder])]
    #[case("../{{{p}}}", "./__{p__}", &[Lost::Placeholder, Lost::Folders])]
    fn references(#[case] path: &str, #[case] expected: &str, #[case] lost: &[Lost]) {
        assert_eq!(reference(path), (expected.to_owned(), lost.to_vec()));
    }

    #[test]
    fn unique_in_any_case() {
        let mut taken = BTreeSet::new();
        assert_eq!(unique(Path::new("a/b.http"), &mut taken), Path::new("a/b.http"));
        assert_eq!(unique(Path::new("a/B.http"), &mut taken), Path::new("a/B-2.http"));
        assert_eq!(unique(Path::new("a/b.http"), &mut taken), Path::new("a/b-3.http"));
    }

    proptest! {
        #[test]
        fn safe_paths_are_plain(text in "\\PC{0,20}|[./\\\\a-c:]{0,20}|[\u{0}-\u{7f}]{0,20}") {
            let path = safe(Path::new(&text));
            prop_assert!(path.components().all(|part| matches!(part, Component::Normal(_))), "{path:?}");
            prop_assert!(path.components().count() > 0);
            prop_assert_eq!(slug(&slug(&text)), slug(&text));
        }
    }
}
