//! What is known while a collection is walked: names, variables, where we are, what is inherited.

use std::collections::{BTreeMap, BTreeSet};

use super::{Scope, script};
use crate::collection::draft::{DraftVariable, Fate, ImportReport, Sensitivity};
use crate::collection::import::dynamic::{Substitute, substitute};
use crate::collection::import::json::Json;
use crate::collection::import::{path, text};

/// The state of a walk over one collection.
pub(super) struct Context {
    pub(super) report: ImportReport,
    /// The collection's name as a word, for names that are made up.
    pub(super) stem: String,
    /// Names of variables that mean something else inside the folder at hand.
    pub(super) scope: BTreeMap<String, String>,
    pub(super) identities: BTreeMap<String, BTreeMap<String, String>>,
    names: text::Names,
    variables: Vec<(String, String)>,
    secrets: Vec<DraftVariable>,
    unknown: BTreeSet<String>,
    path: Vec<String>,
}

/// What a walk gives besides the requests.
pub(super) struct Finished {
    pub(super) report: ImportReport,
    pub(super) variables: Vec<(String, String)>,
    pub(super) secrets: Vec<DraftVariable>,
    pub(super) identities: BTreeMap<String, BTreeMap<String, String>>,
}

impl Context {
    pub(super) fn new(name: &str, report: ImportReport) -> Self {
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
        }
    }

    pub(super) fn enter(&mut self, name: &str) {
        self.path.push(name.chars().filter(|c| !c.is_control()).take(100).collect());
    }

    pub(super) fn leave(&mut self) {
        self.path.pop();
    }

    /// Notes something about the place at hand.
    pub(super) fn remark(&mut self, fate: Fate, kind: &'static str, reason: impl Into<String>) {
        self.report.remark(fate, kind, self.path.join(" / "), reason);
    }

    /// A text in the words of the dialect.
    pub(super) fn template(&mut self, text: &str) -> String {
        if !text.contains("{{") {
            return text.to_owned();
        }
        text::placeholders(text, |inner| Some(format!("{{{{{}}}}}", self.placeholder(inner))))
    }

    /// What stands between the braces instead of `inner`.
    fn placeholder(&mut self, inner: &str) -> String {
        let Some(dynamic) = inner.strip_prefix('$') else { return self.name(inner) };
        match substitute(dynamic) {
            Substitute::Dynamic(text) => text.to_owned(),
            Substitute::Fixed(value) => {
                let name = self.define(dynamic, value);
                if self.unknown.insert(inner.to_owned()) {
                    let reason = format!("`{{{{{inner}}}}}` is the variable `{name}` with a fixed value");
                    self.remark(Fate::Changed, "dynamic variable", reason);
                }
                name
            }
            Substitute::Unknown => {
                if self.unknown.insert(inner.to_owned()) {
                    let reason = format!("`{{{{{inner}}}}}` is not known; it stays as it is written");
                    self.remark(Fate::Changed, "dynamic variable", reason);
                }
                inner.to_owned()
            }
        }
    }

    /// The name of a variable as it is written here.
    pub(super) fn name(&mut self, name: &str) -> String {
        match self.scope.get(name.trim()) {
            Some(known) => known.clone(),
            None => self.names.of(name),
        }
    }

    /// Makes sure that a variable of this value is there, under this name or a similar one; the name.
    pub(super) fn define(&mut self, name: &str, value: &str) -> String {
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

    /// Reads a list of variables.
    pub(super) fn variables_of(&mut self, list: &Json<'_>, scope: Scope) {
        let pairs: Vec<(String, &Json<'_>)> = match list {
            Json::Object(members) => members.iter().map(|(key, value)| (key.clone().into_owned(), value)).collect(),
            list => list.items().iter().map(|item| (item.first(&["key", "id", "name"]).shown(), item)).collect(),
        };
        for (name, item) in pairs {
            if name.trim().is_empty() {
                continue;
            }
            if item.get("disabled").is_true() {
                let reason = format!("the variable `{name}` is disabled");
                self.remark(Fate::Dropped, "variable", reason);
                continue;
            }
            let value = if item.is_object() { item.field("value") } else { item.shown() };
            let value = self.template(&value);
            if item.get("type").text() == Some("secret") {
                let name = self.names.of(&name);
                self.secrets.push(DraftVariable { name, value, sensitivity: Sensitivity::Secret });
            } else {
                let written = self.define(&name, &value);
                if scope == Scope::Folder {
                    self.scope.insert(name.trim().to_owned(), written);
                }
            }
            self.report.take("collection variables", 1);
        }
    }

    /// The scripts of a folder or collection, as comments.
    pub(super) fn folder_scripts(&mut self, item: &Json<'_>) -> Vec<String> {
        let scripts = script::read(item.get("event"));
        let mut comments = Vec::new();
        for script in scripts {
            self.remark(
                Fate::Commented,
                "script",
                "bearcat runs no scripts; this one held for every request of its folder",
            );
            comments.extend(script.comments());
        }
        comments
    }

    pub(super) fn finish(mut self) -> Finished {
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

/// What requests have from their folders.
#[derive(Debug, Clone, Default)]
pub(super) struct Inherited<'a> {
    /// The nearest auth.
    pub(super) auth: Option<&'a Json<'a>>,
    /// `protocolProfileBehavior`, the outermost first.
    pub(super) behaviours: Vec<&'a Json<'a>>,
}

impl<'a> Inherited<'a> {
    /// Adds what a folder says.
    pub(super) fn add(&mut self, item: &'a Json<'a>) {
        let auth = item.get("auth");
        if auth.is_object() && !matches!(auth.get("type").text(), None | Some("inherit")) {
            self.auth = Some(auth);
        }
        if item.get("protocolProfileBehavior").is_object() {
            self.behaviours.push(item.get("protocolProfileBehavior"));
        }
    }

    /// What holds of a behaviour: the innermost word on it.
    pub(super) fn behaviour(&self, name: &str) -> Option<&'a Json<'a>> {
        self.behaviours.iter().rev().map(|behaviour| behaviour.get(name)).find(|value| !value.is_null())
    }
}
