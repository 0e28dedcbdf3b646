//! Postman's templates, variables and scripts of folders, and what is inherited.

use super::{Scope, script};
use crate::collection::draft::{DraftVariable, Fate, Sensitivity};
use crate::collection::import::context::Context;
use crate::collection::import::json::Json;
use crate::collection::import::text;

impl Context {
    /// A text in the words of the dialect.
    pub(super) fn template(&mut self, text: &str) -> String {
        if !text.contains("{{") {
            return text.to_owned();
        }
        text::placeholders(text, |inner| Some(format!("{{{{{}}}}}", self.placeholder(inner))))
    }

    /// What stands between the braces instead of `inner`.
    fn placeholder(&mut self, inner: &str) -> String {
        match inner.strip_prefix('$') {
            Some(dynamic) => self.dynamic(dynamic),
            None => self.name(inner),
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
