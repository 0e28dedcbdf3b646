//! From folders of requests to collections: what stays readable in one file is one file.
//!
//! Used by the importers of formats with folders. A folder with few requests is one `.http` file, its folders part
//! of the names (`Orders / Items / list`); a larger one is a folder with a file for each of its folders.

use std::collections::{BTreeMap, BTreeSet};

use crate::collection::draft::{DraftFile, RequestDraft};
use crate::collection::import::{path, text};

/// More requests than this are not put into one file, if they have folders.
const MOST_REQUESTS: usize = 100;

/// A folder of a foreign format.
#[derive(Debug, Default)]
pub struct Folder {
    /// Its name.
    pub name: String,
    /// What is said about it.
    pub comments: Vec<String>,
    /// What is in it, in order.
    pub entries: Vec<Entry>,
}

/// What is in a folder.
#[derive(Debug)]
pub enum Entry {
    /// A folder.
    Folder(Folder),
    /// A request.
    Request(Box<RequestDraft>),
}

impl Folder {
    /// The requests in it and below.
    pub fn count(&self) -> usize {
        self.entries
            .iter()
            .map(|entry| match entry {
                Entry::Folder(folder) => folder.count(),
                Entry::Request(_) => 1,
            })
            .sum()
    }

    /// Its collections; each gets those of `variables` that it uses.
    pub fn files(self, variables: &[(String, String)]) -> Vec<DraftFile> {
        let mut files = Vec::new();
        self.place(&[], &mut files);
        share(&mut files, variables);
        files
    }

    fn place(self, above: &[&str], files: &mut Vec<DraftFile>) {
        let has_folders = self.entries.iter().any(|entry| matches!(entry, Entry::Folder(_)));
        let mut file = DraftFile { path: path::collection(above, &self.name), ..DraftFile::default() };
        if !has_folders || self.count() <= MOST_REQUESTS {
            file.comments = self.comments;
            flatten(self.entries, "", &mut file.requests);
            if !file.requests.is_empty() || !file.comments.is_empty() || above.is_empty() {
                files.push(file);
            }
            return;
        }
        let inside: Vec<&str> = above.iter().copied().chain([self.name.as_str()]).collect();
        file.path = path::collection(&inside, &self.name);
        file.comments = self.comments;
        let at = files.len();
        let mut own = Vec::new();
        for entry in self.entries {
            match entry {
                Entry::Folder(folder) => folder.place(&inside, files),
                Entry::Request(request) => own.push(*request),
            }
        }
        file.requests = own;
        if !file.requests.is_empty() || !file.comments.is_empty() {
            files.insert(at, file);
        }
    }
}

fn flatten(entries: Vec<Entry>, prefix: &str, requests: &mut Vec<RequestDraft>) {
    for entry in entries {
        match entry {
            Entry::Request(request) => {
                let mut request = *request;
                if !prefix.is_empty() {
                    request.name = Some(format!("{prefix}{}", request.name.as_deref().unwrap_or("request")));
                }
                requests.push(request);
            }
            Entry::Folder(folder) => {
                let first = requests.len();
                let inner = format!("{prefix}{} / ", folder.name.replace('\n', " ").trim());
                flatten(folder.entries, &inner, requests);
                if let Some(request) = requests.get_mut(first)
                    && !folder.comments.is_empty()
                {
                    let title = format!("Folder {}", inner.trim_end_matches(" / "));
                    let comments = [title].into_iter().chain(folder.comments).chain([String::new()]);
                    request.comments.splice(0..0, comments);
                }
            }
        }
    }
}

/// Gives each file the variables that its requests use, also through other variables; what none uses goes to the
/// first file.
fn share(files: &mut [DraftFile], variables: &[(String, String)]) {
    if let [file] = files {
        file.variables.extend(variables.iter().cloned());
        return;
    }
    let values: BTreeMap<&str, Vec<String>> =
        variables.iter().map(|(name, value)| (name.as_str(), text::names(value))).collect();
    let mut used_anywhere: BTreeSet<String> = BTreeSet::new();
    for file in files.iter_mut() {
        let mut used: BTreeSet<String> = BTreeSet::new();
        let mut open: Vec<String> = Vec::new();
        for request in &file.requests {
            request.visit(&mut |part| open.extend(text::names(part)));
        }
        while let Some(name) = open.pop() {
            if let Some(inner) = values.get(name.as_str())
                && used.insert(name)
            {
                open.extend(inner.iter().cloned());
            }
        }
        file.variables.extend(variables.iter().filter(|(name, _)| used.contains(name)).cloned());
        used_anywhere.append(&mut used);
    }
    if let Some(first) = files.first_mut() {
        first.variables.extend(variables.iter().filter(|(name, _)| !used_anywhere.contains(name)).cloned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(name: &str, url: &str) -> Entry {
        Entry::Request(Box::new(RequestDraft { name: Some(name.into()), url: url.into(), ..RequestDraft::default() }))
    }

    fn folder(name: &str, entries: Vec<Entry>) -> Entry {
        Entry::Folder(Folder { name: name.into(), comments: vec![format!("about {name}")], entries })
    }

    fn paths(files: &[DraftFile]) -> Vec<String> {
        files.iter().map(|file| format!("{} {}", file.path.display(), file.requests.len())).collect()
    }

    #[test]
    fn few_requests_are_one_file() {
        let inner = folder("Items", vec![request("list", "{{a}}")]);
        let entries = vec![folder("Orders", vec![request("new", "/"), inner]), request("ping", "/")];
        let api = Folder { name: "My API".into(), comments: vec![], entries };
        let files = api.files(&[("a".into(), "1".into()), ("b".into(), "2".into())]);
        assert_eq!(paths(&files), ["my-api.http 3"]);
        let names: Vec<_> = files[0].requests.iter().map(|request| request.name.as_deref().unwrap()).collect();
        assert_eq!(names, ["Orders / new", "Orders / Items / list", "ping"]);
        assert_eq!(files[0].requests[0].comments[..2], ["Folder Orders", "about Orders"]);
        assert_eq!(files[0].variables.len(), 2);
    }

    #[test]
    fn many_requests_are_a_folder() {
        let many = |count: usize, url: &str| (0..count).map(|at| request(&at.to_string(), url)).collect::<Vec<_>>();
        let large = folder("Large", vec![folder("One", many(60, "{{a}}")), folder("Two", many(60, "/"))]);
        let entries = vec![large, folder("Small", many(2, "{{b}}")), request("ping", "/")];
        let api = Folder { name: "API".into(), comments: vec![], entries };
        let variables = [("a", "{{c}}"), ("b", "2"), ("c", "3"), ("d", "4")];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let files = api.files(&variables);
        assert_eq!(
            paths(&files),
            [
                "api/api.http 1",
                "api/large/large.http 0",
                "api/large/one.http 60",
                "api/large/two.http 60",
                "api/small.http 2"
            ]
        );
        let names = |at: usize| files[at].variables.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>();
        assert_eq!((names(0), names(2), names(3), names(4)), (vec!["d"], vec!["a", "c"], vec![], vec!["b"]));
    }
}
