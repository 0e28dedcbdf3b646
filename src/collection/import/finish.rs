//! What every import needs at its end: safe and unique paths, variables where they win rightly, secrets out of the
//! collections, environments merged into those that are there, text written.
//!
//! Called by the shell with all imports of one command. Pure: the texts of existing environment files come in, the
//! texts of all files to write go out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::collection::draft::{
    DraftBody, DraftEnvironment, DraftFile, DraftVariable, Fate, Import, ImportReport, PartContent,
};
use crate::collection::environment::SHARED;
use crate::collection::environment::merge::{Files, MergeError};
use crate::collection::import::{path, secret};
use crate::collection::writer;

/// An import that is ready to be written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Finished {
    /// Collections and attachments, relative to the output folder.
    pub files: Vec<(PathBuf, Vec<u8>)>,
    /// The environment files as they shall be.
    pub environments: Files,
    /// How many collections are among the files.
    pub collections: usize,
    /// What became of everything.
    pub report: ImportReport,
}

/// Puts imports together. `existing` is what the output folder has.
pub fn finish(imports: Vec<Import>, existing: &Files) -> Result<Finished, MergeError> {
    let mut import = join(imports);
    share_variables(&mut import, existing);
    let mut taken = existing.variables();
    // A secret that every environment has already can be used again, others only keep their names.
    let shared = existing.shared_secrets();
    for (name, value) in &mut taken {
        if shared.get(name) != Some(value) {
            value.clear();
        }
    }
    secret::lift(&mut import, &taken);
    let merged = existing.merge(&import.environments)?;
    let mut report = import.report;
    report.take("variables", merged.variables);
    report.take("identities", merged.identities);
    for (environment, name) in merged.kept {
        let place = format!("{environment} / {name}");
        let reason = "your environment files have it with another value, which stays";
        report.remark(Fate::Dropped, "variable", place, reason);
    }
    let collections = import.files.len();
    report.take("collections", collections);
    report.take("attached files", import.attachments.len());
    let collection_texts = import.files.into_iter().map(|file| (file.path.clone(), writer::file(&file).into_bytes()));
    let mut files: Vec<_> = collection_texts.collect();
    files.extend(import.attachments.into_iter().map(|attachment| (attachment.path, attachment.bytes)));
    Ok(Finished { files, environments: merged.files, collections, report })
}

/// One import of several, each path safe and none twice.
fn join(imports: Vec<Import>) -> Import {
    let mut joined = Import::default();
    let mut taken = BTreeSet::new();
    for mut import in imports {
        for attachment in &mut import.attachments {
            let new = path::unique(&path::safe(&attachment.path), &mut taken);
            if new != attachment.path {
                rename_attachment(&mut import.files, &attachment.path, &new);
                attachment.path = new;
            }
        }
        for file in &mut import.files {
            file.path = path::unique(&path::safe(&file.path), &mut taken);
        }
        joined.files.append(&mut import.files);
        joined.attachments.append(&mut import.attachments);
        for environment in import.environments {
            join_environment(&mut joined, environment);
        }
        for (kind, count) in import.report.taken {
            joined.report.take(kind, count);
        }
        joined.report.remarks.append(&mut import.report.remarks);
    }
    joined
}

/// Bodies that are the attachment `old` are the attachment `new` from now on.
fn rename_attachment(files: &mut [DraftFile], old: &Path, new: &Path) {
    let name = |path: &Path| format!("./{}", path.file_name().unwrap_or_default().to_string_lossy());
    for file in files.iter_mut().filter(|file| file.path.parent() == old.parent()) {
        for request in &mut file.requests {
            match &mut request.body {
                DraftBody::File(path) if *path == name(old) => *path = name(new),
                DraftBody::Multipart(parts) => {
                    for part in parts {
                        if let PartContent::File(path) = &mut part.content
                            && *path == name(old)
                        {
                            *path = name(new);
                        }
                    }
                }
                _ => {}
            }
        }
    }
}

/// Environments of one name are one environment; of two values the first stays.
fn join_environment(joined: &mut Import, environment: DraftEnvironment) {
    let Some(known) = joined.environments.iter_mut().find(|known| known.name == environment.name) else {
        joined.environments.push(environment);
        return;
    };
    for variable in environment.variables {
        match known.variables.iter().find(|other| other.name == variable.name) {
            None => known.variables.push(variable),
            Some(other) if other.value == variable.value => {}
            Some(_) => {
                let place = format!("{} / {}", known.name, variable.name);
                let reason = "two environments of this name have it with different values; the first one counts";
                joined.report.remark(Fate::Dropped, "variable", place, reason);
            }
        }
    }
    for (name, settings) in environment.identities {
        known.identities.entry(name).or_insert(settings);
    }
}

/// A variable of a collection wins over the environment's in the dialect, but not where it came from: one that an
/// environment has too goes to `$shared`, which every environment wins over.
fn share_variables(import: &mut Import, existing: &Files) {
    let mut of_environments: BTreeSet<String> = existing.variables().into_keys().collect();
    let environments = import.environments.iter().filter(|environment| environment.name != SHARED);
    of_environments.extend(environments.flat_map(|environment| &environment.variables).map(|known| known.name.clone()));
    let mut values: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (name, value) in import.files.iter().flat_map(|file| &file.variables) {
        if of_environments.contains(name) {
            values.entry(name).or_default().insert(value);
        }
    }
    let mut shared: Vec<DraftVariable> = Vec::new();
    for (name, values) in &values {
        match values.iter().collect::<Vec<_>>()[..] {
            [value] => shared.push(DraftVariable {
                name: (*name).to_owned(),
                value: (*value).to_owned(),
                ..DraftVariable::default()
            }),
            _ => {
                let reason = "several collections have it with different values, so it stays in each of them, where it \
                              wins over the environment's";
                import.report.remark(Fate::Changed, "variable", *name, reason);
            }
        }
    }
    if shared.is_empty() {
        return;
    }
    for file in &mut import.files {
        file.variables.retain(|(name, _)| !shared.iter().any(|variable| variable.name == *name));
    }
    let environment = DraftEnvironment { name: SHARED.to_owned(), variables: shared, ..DraftEnvironment::default() };
    join_environment(import, environment);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collection::draft::{Attachment, RequestDraft};

    fn file(path: &str, variables: &[(&str, &str)]) -> DraftFile {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let requests = vec![RequestDraft { url: "https://h".into(), ..RequestDraft::default() }];
        DraftFile { path: path.into(), variables, requests, ..DraftFile::default() }
    }

    fn environment(name: &str, variables: &[(&str, &str)]) -> DraftEnvironment {
        let variables = variables.iter().map(|(name, value)| DraftVariable {
            name: (*name).to_owned(),
            value: (*value).to_owned(),
            ..DraftVariable::default()
        });
        DraftEnvironment { name: name.into(), variables: variables.collect(), ..DraftEnvironment::default() }
    }

    #[test]
    fn paths_are_safe_and_unique() {
        let import = |path: &str| Import { files: vec![file(path, &[])], ..Import::default() };
        let paths = ["../../a.http", "/etc/A.http", "b/con.http"];
        let finished = finish(paths.map(import).to_vec(), &Files::default()).unwrap();
        let paths: Vec<_> = finished.files.iter().map(|(path, _)| path.to_str().unwrap()).collect();
        assert_eq!(paths, ["a.http", "etc/a.http", "b/con_.http"]);
    }

    #[test]
    fn attachments_go_with_their_requests() {
        let import = || {
            let mut file = file("a.http", &[]);
            file.requests[0].body = DraftBody::File("./a-1.bin".into());
            let attachments = vec![Attachment { path: "a-1.bin".into(), bytes: vec![0] }];
            Import { files: vec![file], attachments, ..Import::default() }
        };
        let finished = finish(vec![import(), import()], &Files::default()).unwrap();
        let text = |at: usize| String::from_utf8(finished.files[at].1.clone()).unwrap();
        assert!(text(0).contains("< ./a-1.bin") && text(1).contains("< ./a-1-2.bin"), "{}", text(1));
        assert_eq!(finished.files[3].0, Path::new("a-1-2.bin"));
    }

    #[test]
    fn an_environment_wins_over_a_variable_of_a_collection() {
        let import = Import {
            files: vec![file("a.http", &[("host", "https://default"), ("page", "1")]), file("b.http", &[("v", "1")])],
            environments: vec![environment("dev", &[("host", "https://dev"), ("v", "2")])],
            ..Import::default()
        };
        let other = Import { files: vec![file("c.http", &[("v", "3")])], ..Import::default() };
        let finished = finish(vec![import, other], &Files::default()).unwrap();
        let text = String::from_utf8(finished.files[0].1.clone()).unwrap();
        assert!(!text.contains("@host") && text.contains("@page = 1"), "{text}");
        assert!(finished.environments.public.contains("https://default"), "{}", finished.environments.public);
        assert_eq!(finished.report.count(Fate::Changed), 1, "{:?}", finished.report);
    }

    #[test]
    fn importing_twice_changes_nothing() {
        let mut first = file("a.http", &[("api_key", "sesame-1")]);
        first.requests[0].headers.push(crate::collection::draft::DraftRow::new("Authorization", "Bearer sesame-2"));
        let import =
            Import { files: vec![first], environments: vec![environment("dev", &[("x", "1")])], ..Import::default() };
        let once = finish(vec![import.clone()], &Files::default()).unwrap();
        let text = String::from_utf8(once.files[0].1.clone()).unwrap();
        assert!(!text.contains("sesame") && !once.environments.public.contains("sesame"), "{text}");
        assert!(once.environments.private.contains("sesame-1") && once.environments.private.contains("sesame-2"));
        let twice = finish(vec![import], &once.environments).unwrap();
        assert_eq!(twice.files, once.files);
        assert_eq!(twice.environments, once.environments);
    }
}
