//! What is known while a collection of a foreign format is walked: names, variables, identities, where we are.
//!
//! Used by the importers of formats with folders; each adds how it reads templates.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::collection::draft::{DraftVariable, Fate, ImportReport};
use crate::collection::import::dynamic::{Substitute, substitute};
use crate::collection::import::{path, text};

/// The state of a walk over one collection.
pub(in crate::collection::import) struct Context {
    pub(in crate::collection::import) report: ImportReport,
    /// The collection's name as a word, for names that are made up.
    pub(in crate::collection::import) stem: String,
    /// Names of variables that mean something else inside the folder at hand.
    pub(in crate::collection::import) scope: BTreeMap<String, String>,
    pub(in crate::collection::import) identities: BTreeMap<String, BTreeMap<String, String>>,
    pub(in crate::collection::import) names: text::Names,
    variables: Vec<(String, String)>,
    pub(in crate::collection::import) secrets: Vec<DraftVariable>,
    /// What was remarked once already.
    pub(in crate::collection::import) unknown: BTreeSet<String>,
    path: Vec<String>,
    /// Insomnia: the words that requests are referred to by, by id.
    pub(in crate::collection::import) requests: HashMap<String, String>,
    /// The names of requests that another one refers to.
    pub(in crate::collection::import) referred: BTreeSet<String>,
    /// What stands in placeholders already in the words of the dialect.
    pub(in crate::collection::import) made: BTreeSet<String>,
    /// Questions to ask before sending: variable and label.
    pub(in crate::collection::import) prompts: BTreeMap<String, String>,
    /// Tags without a counterpart, by the variable that stands for them.
    pub(in crate::collection::import) unmapped: BTreeMap<String, String>,
}

/// What a walk gives besides the requests.
pub(in crate::collection::import) struct Finished {
    pub(in crate::collection::import) report: ImportReport,
    pub(in crate::collection::import) variables: Vec<(String, String)>,
    pub(in crate::collection::import) secrets: Vec<DraftVariable>,
    pub(in crate::collection::import) identities: BTreeMap<String, BTreeMap<String, String>>,
}

impl Context {
    pub(in crate::collection::import) fn new(name: &str, report: ImportReport) -> Self {
        Self {
            report,
            stem: path::slug(name),
            scope: BTreeMap::new(),
            identities: BTreeMap::new(),
            names: text::Names::default(),
            variables: Vec::new(),
            secrets: Vec::new(),
            unknown: BTreeSet::new(),
            path: Vec::new(),
            requests: HashMap::new(),
            referred: BTreeSet::new(),
            made: BTreeSet::new(),
            prompts: BTreeMap::new(),
            unmapped: BTreeMap::new(),
        }
    }

    pub(in crate::collection::import) fn enter(&mut self, name: &str) {
        self.path.push(name.chars().filter(|c| !c.is_control()).take(100).collect());
    }

    pub(in crate::collection::import) fn leave(&mut self) {
        self.path.pop();
    }

    /// Notes something about the place at hand.
    pub(in crate::collection::import) fn remark(&mut self, fate: Fate, kind: &'static str, reason: impl Into<String>) {
        self.report.remark(fate, kind, self.path.join(" / "), reason);
    }

    /// The name of a variable as it is written here.
    pub(in crate::collection::import) fn name(&mut self, name: &str) -> String {
        match self.scope.get(name.trim()) {
            Some(known) => known.clone(),
            None => self.names.of(name),
        }
    }

    /// What stands between the braces instead of `$dynamic`. One that is not known is a variable: the dialect must not
    /// take it for one of its own, which may read secrets.
    pub(in crate::collection::import) fn dynamic(&mut self, dynamic: &str) -> String {
        match substitute(dynamic) {
            Substitute::Dynamic(text) => text.to_owned(),
            Substitute::Fixed(value) => {
                let name = self.define(dynamic, value);
                if self.unknown.insert(format!("${dynamic}")) {
                    let reason = format!("`{{{{${dynamic}}}}}` is the variable `{name}` with a fixed value");
                    self.remark(Fate::Changed, "dynamic variable", reason);
                }
                name
            }
            Substitute::Unknown => {
                let inner = format!("${dynamic}");
                let name = self.names.of(&inner);
                if self.unknown.insert(inner) {
                    let reason = format!("`{{{{${dynamic}}}}}` is not known; it is the variable `{name}`");
                    self.remark(Fate::Changed, "dynamic variable", reason);
                }
                name
            }
        }
    }

    /// The path of a file that is sent, inside the folder.
    pub(in crate::collection::import) fn reference(&mut self, source: &str) -> String {
        let (path, lost) = path::reference(source);
        self.report.take("file references", 1);
        for lost in lost {
            let reason = match lost {
                path::Lost::Folders => {
                    "a file is named by a path on the author's machine; it is looked for beside the collection"
                }
                path::Lost::Placeholder => path::PLACEHOLDER_LOST,
            };
            self.remark(Fate::Changed, "file", reason);
        }
        path
    }

    /// Makes sure that a variable of this value is there, under this name or a similar one; the name.
    pub(in crate::collection::import) fn define(&mut self, name: &str, value: &str) -> String {
        let base = self.names.of(name);
        let mut candidate = base.clone();
        let mut number = 2;
        loop {
            match self.variables.iter_mut().find(|(known, _)| *known == candidate) {
                None if self.secrets.iter().all(|secret| secret.name != candidate) => {
                    self.variables.push((candidate.clone(), value.to_owned()));
                    return candidate;
                }
                Some((_, known)) if known == value || value.is_empty() => return candidate,
                Some((_, known)) if known.is_empty() => {
                    value.clone_into(known);
                    return candidate;
                }
                _ => {
                    candidate = format!("{base}_{number}");
                    number += 1;
                }
            }
        }
    }

    /// The name of the identity with these settings.
    pub(in crate::collection::import) fn identity(&mut self, settings: BTreeMap<String, String>) -> String {
        if let Some((name, _)) = self.identities.iter().find(|(_, known)| **known == settings) {
            return name.clone();
        }
        let mut name = self.stem.clone();
        let mut number = 2;
        while self.identities.contains_key(&name) {
            name = format!("{}-{number}", self.stem);
            number += 1;
        }
        self.identities.insert(name.clone(), settings);
        name
    }

    pub(in crate::collection::import) fn finish(mut self) -> Finished {
        let changed: Vec<(String, String)> =
            self.names.changed().map(|(old, new)| (old.to_owned(), new.to_owned())).collect();
        for (old, new) in changed {
            let reason =
                format!("the variable `{old}` is called `{new}`: its name has characters that no name can have");
            self.remark(Fate::Changed, "variable", reason);
        }
        Finished { report: self.report, variables: self.variables, secrets: self.secrets, identities: self.identities }
    }
}
