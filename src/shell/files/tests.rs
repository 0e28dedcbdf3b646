//! Tests of writing collections on a real file system.

use super::*;
use crate::app::documents::SaveId;

fn order(path: &str, expected: Option<&str>, bytes: Option<&str>) -> SaveFile {
    let arc = |text: Option<&str>| text.map(|text| Arc::from(text.as_bytes()));
    SaveFile { id: SaveId(1), path: path.into(), expected: arc(expected), bytes: arc(bytes) }
}

fn text(folder: &tempfile::TempDir, path: &str) -> Option<String> {
    fs::read_to_string(folder.path().join(path)).ok()
}

fn failed(outcome: SaveOutcome) -> String {
    match outcome {
        SaveOutcome::Failed(problem) => problem.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn only_what_is_known_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(save(folder.path(), &order("a/b.http", None, Some("one"))), SaveOutcome::Saved);
    assert_eq!(save(folder.path(), &order("a/b.http", Some("one"), Some("two"))), SaveOutcome::Saved);
    assert_eq!(text(&folder, "a/b.http").as_deref(), Some("two"));
    let theirs = SaveOutcome::Changed(Some(Arc::from("two".as_bytes())));
    assert_eq!(save(folder.path(), &order("a/b.http", Some("one"), Some("three"))), theirs);
    assert_eq!(save(folder.path(), &order("a/b.http", None, Some("three"))), theirs);
    assert_eq!(save(folder.path(), &order("a/b.http", Some("one"), None)), theirs);
    assert_eq!(text(&folder, "a/b.http").as_deref(), Some("two"));
    // Somebody else has written the same.
    assert_eq!(save(folder.path(), &order("a/b.http", Some("one"), Some("two"))), SaveOutcome::Saved);
    assert_eq!(save(folder.path(), &order("a/b.http", Some("two"), None)), SaveOutcome::Saved);
    assert_eq!(text(&folder, "a/b.http"), None);
    // It was deleted meanwhile.
    assert_eq!(save(folder.path(), &order("a/b.http", Some("two"), Some("three"))), SaveOutcome::Changed(None));
    assert_eq!(save(folder.path(), &order("a/b.http", Some("two"), None)), SaveOutcome::Saved);
}

#[test]
fn names_are_never_taken_from_others() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.http"), "a").unwrap();
    fs::write(folder.path().join("b.http"), "b").unwrap();
    let problem = rename(folder.path(), Path::new("a.http"), Path::new("b.http")).unwrap_err().to_string();
    assert!(problem.contains("a.http was not renamed") && problem.contains("already"), "{problem}");
    rename(folder.path(), Path::new("a.http"), Path::new("deep/er/c.http")).unwrap();
    assert_eq!(
        (text(&folder, "deep/er/c.http").as_deref(), text(&folder, "b.http").as_deref()),
        (Some("a"), Some("b"))
    );
    let problem = rename(folder.path(), Path::new("a.http"), Path::new("d.http")).unwrap_err().to_string();
    assert!(problem.contains("does not exist"), "{problem}");
}

#[test]
fn a_folder_in_the_way_is_told() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a"), "a file").unwrap();
    let problem = failed(save(folder.path(), &order("a/b.http", None, Some("x"))));
    assert!(problem.contains("a/b.http was not") && problem.contains("still here"), "{problem}");
}

#[cfg(unix)]
mod unix {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn a_read_only_file_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.http");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
        let problem = failed(save(folder.path(), &order("a.http", Some("old"), Some("new"))));
        assert!(problem.contains("read-only"), "{problem}");
        assert_eq!(text(&folder, "a.http").as_deref(), Some("old"));
    }

    #[test]
    fn mode_and_link_stay() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("real")).unwrap();
        let real = folder.path().join("real/a.http");
        fs::write(&real, "old").unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
        symlink("real/a.http", folder.path().join("a.http")).unwrap();
        assert_eq!(save(folder.path(), &order("a.http", Some("old"), Some("new"))), SaveOutcome::Saved);
        assert!(fs::symlink_metadata(folder.path().join("a.http")).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&real).unwrap(), "new");
        assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
    }

    #[test]
    fn a_dangling_link_is_a_file_that_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        symlink("nowhere/a.http", folder.path().join("a.http")).unwrap();
        assert_eq!(save(folder.path(), &order("a.http", Some("old"), Some("new"))), SaveOutcome::Changed(None));
        let problem = failed(save(folder.path(), &order("a.http", None, Some("new"))));
        assert!(problem.contains("symbolic link points to"), "{problem}");
        assert!(fs::symlink_metadata(folder.path().join("a.http")).unwrap().is_symlink());
        fs::create_dir(folder.path().join("nowhere")).unwrap();
        assert_eq!(save(folder.path(), &order("a.http", None, Some("new"))), SaveOutcome::Saved);
        assert_eq!(text(&folder, "nowhere/a.http").as_deref(), Some("new"));
    }
}
