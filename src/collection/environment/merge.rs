//! Adding imported environments to the two environment files.
//!
//! Called by the import. What a file has already stays, byte for byte: a variable or identity that is there with
//! another value is left alone and reported. Secrets go to the private file, everything else to the public one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::collection::draft::{DraftEnvironment, Sensitivity};
use crate::collection::environment::json::{Json, Node};
use crate::collection::environment::write::{self, WriteError};
use crate::collection::environment::{EnvironmentFile, Visibility};

/// Settings of an identity that belong into the private file.
const SECRET_SETTINGS: [&str; 5] = ["Client Secret", "Password", "Token", "Refresh Token", "Assertion"];

/// The texts of the two files; empty where there is none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Files {
    /// `http-client.env.json`.
    pub public: String,
    /// `http-client.private.env.json`.
    pub private: String,
}

/// What merging gave.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Merged {
    /// The new texts.
    pub files: Files,
    /// How many variables were added.
    pub variables: usize,
    /// How many identities were added.
    pub identities: usize,
    /// What is there already with another value, and stays: environment and name.
    pub kept: Vec<(String, String)>,
}

/// Why nothing was merged, and in which file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct MergeError {
    /// Which file.
    pub visibility: Visibility,
    /// What is wrong with it.
    pub error: WriteError,
}

impl Files {
    /// All variables of both files, by name, those of `$shared` last so that they win: for finding names that are
    /// taken.
    pub fn variables(&self) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        for (text, visibility) in [(&self.public, Visibility::Public), (&self.private, Visibility::Private)] {
            let mut file = EnvironmentFile::parse(Path::new(""), text, visibility);
            file.environments.sort_by_key(|block| block.name == super::SHARED);
            for (name, value) in file.environments.into_iter().flat_map(|block| block.variables) {
                all.insert(name, value.text.expose().to_owned());
            }
        }
        all
    }

    /// The private variables that every environment has.
    pub fn shared_secrets(&self) -> BTreeMap<String, String> {
        let file = EnvironmentFile::parse(Path::new(""), &self.private, Visibility::Private);
        let shared = file.environments.into_iter().find(|block| block.name == super::SHARED);
        let variables = shared.into_iter().flat_map(|block| block.variables);
        variables.map(|(name, value)| (name, value.text.expose().to_owned())).collect()
    }

    /// Adds `environments`.
    pub fn merge(&self, environments: &[DraftEnvironment]) -> Result<Merged, MergeError> {
        let mut merged = Merged { files: self.clone(), ..Merged::default() };
        let known = (members(&self.public, Visibility::Public)?, members(&self.private, Visibility::Private)?);
        let mut public = Additions::default();
        let mut private = Additions::default();
        for environment in environments {
            let mut seen = BTreeSet::new();
            for variable in &environment.variables {
                if !seen.insert(variable.name.as_str()) {
                    continue;
                }
                let path = [environment.name.as_str(), variable.name.as_str()];
                let existing = [(&known.1, &self.private), (&known.0, &self.public)];
                let existing = existing.into_iter().find_map(|(root, text)| value_at(root.as_ref(), text, &path));
                match existing {
                    Some(value) if value == variable.value => continue,
                    Some(_) => {
                        merged.kept.push((environment.name.clone(), variable.name.clone()));
                        continue;
                    }
                    None => {}
                }
                merged.variables += 1;
                let target = if variable.sensitivity == Sensitivity::Secret { &mut private } else { &mut public };
                target.add(&path, &variable.value);
            }
            if environment.variables.is_empty() && environment.identities.is_empty() {
                public.environment(&environment.name);
            }
            for (id, settings) in &environment.identities {
                let base = [environment.name.as_str(), "Security", "Auth", id.as_str()];
                if has(known.0.as_ref(), &base) || has(known.1.as_ref(), &base) {
                    let is_same = settings.iter().all(|(key, value)| {
                        let path: Vec<&str> = base.iter().copied().chain([key.as_str()]).collect();
                        let existing = value_at(known.0.as_ref(), &self.public, &path)
                            .or_else(|| value_at(known.1.as_ref(), &self.private, &path));
                        existing.as_deref() == Some(value.as_str())
                    });
                    if !is_same {
                        merged.kept.push((environment.name.clone(), format!("identity {id}")));
                    }
                    continue;
                }
                merged.identities += 1;
                for (key, value) in settings {
                    let path: Vec<&str> = base.iter().copied().chain([key.as_str()]).collect();
                    let is_secret = SECRET_SETTINGS.iter().any(|secret| secret.eq_ignore_ascii_case(key));
                    let target = if is_secret { &mut private } else { &mut public };
                    target.add(&path, value);
                }
            }
        }
        let at = |visibility| move |error| MergeError { visibility, error };
        merged.files.public = public.write(&self.public, known.0.as_ref()).map_err(at(Visibility::Public))?;
        merged.files.private = private.write(&self.private, known.1.as_ref()).map_err(at(Visibility::Private))?;
        Ok(merged)
    }
}

fn members(text: &str, visibility: Visibility) -> Result<Option<Node>, MergeError> {
    write::parse(text).map_err(|error| MergeError { visibility, error })
}

fn node<'a>(root: Option<&'a Node>, path: &[&str]) -> Option<&'a Node> {
    path.iter().try_fold(root?, |node, key| node.get(key))
}

fn has(root: Option<&Node>, path: &[&str]) -> bool {
    node(root, path).is_some()
}

/// The text of a value; `null` is none.
fn value_at(root: Option<&Node>, text: &str, path: &[&str]) -> Option<String> {
    let node = node(root, path)?;
    match &node.value {
        Json::Text(text) | Json::Number(text) => Some(text.clone()),
        Json::Null => None,
        _ => text.get(node.span.clone()).map(str::to_owned),
    }
}

/// What is added to one file: a tree of objects, in order.
#[derive(Default)]
struct Additions {
    members: Vec<(String, Addition)>,
}

enum Addition {
    Object(Additions),
    Text(String),
}

impl Additions {
    fn object(&mut self, name: &str) -> Option<&mut Self> {
        let at = self.members.iter().position(|(key, _)| key == name).unwrap_or_else(|| {
            self.members.push((name.to_owned(), Addition::Object(Self::default())));
            self.members.len() - 1
        });
        match &mut self.members[at].1 {
            Addition::Object(object) => Some(object),
            Addition::Text(_) => None,
        }
    }

    fn environment(&mut self, name: &str) {
        self.object(name);
    }

    fn add(&mut self, path: &[&str], value: &str) {
        let Some((last, parents)) = path.split_last() else { return };
        let mut object = self;
        for parent in parents {
            let Some(next) = object.object(parent) else { return };
            object = next;
        }
        object.members.push(((*last).to_owned(), Addition::Text(value.to_owned())));
    }

    /// The file with everything added; objects that it does not have are added whole.
    fn write(&self, text: &str, root: Option<&Node>) -> Result<String, WriteError> {
        if self.members.is_empty() {
            return Ok(text.to_owned());
        }
        if root.is_none_or(|root| root.members().is_empty() && text.trim().len() <= 2) {
            // Comments may stand in a file without an object.
            let mut out = if root.is_none() { text.to_owned() } else { String::new() };
            if !out.is_empty() && !out.ends_with('\n') {
                out.push('\n');
            }
            self.object_text(0, &mut out);
            out.push('\n');
            return Ok(out);
        }
        let mut text = text.to_owned();
        self.insert(&mut text, root, &mut Vec::new())?;
        Ok(text)
    }

    fn insert<'a>(
        &'a self,
        text: &mut String,
        known: Option<&Node>,
        path: &mut Vec<&'a str>,
    ) -> Result<(), WriteError> {
        for (key, value) in &self.members {
            path.push(key);
            let existing = known.and_then(|node| node.get(key));
            match (value, existing) {
                (Addition::Object(object), Some(existing)) if existing.is_object() => {
                    object.insert(text, Some(existing), path)?;
                }
                (Addition::Object(object), _) => {
                    let mut new = String::new();
                    object.object_text(path.len(), &mut new);
                    *text = write::set(text, path, &new)?;
                }
                (Addition::Text(value), _) => *text = write::set(text, path, &write::quote(value))?,
            }
            path.pop();
        }
        Ok(())
    }

    fn object_text(&self, depth: usize, out: &mut String) {
        if self.members.is_empty() {
            out.push_str("{}");
            return;
        }
        out.push('{');
        for (at, (key, value)) in self.members.iter().enumerate() {
            out.push_str(if at > 0 { ",\n" } else { "\n" });
            out.push_str(&"  ".repeat(depth + 1));
            out.push_str(&write::quote(key));
            out.push_str(": ");
            match value {
                Addition::Object(object) => object.object_text(depth + 1, out),
                Addition::Text(text) => out.push_str(&write::quote(text)),
            }
        }
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
        out.push('}');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collection::draft::DraftVariable;

    fn variable(name: &str, value: &str) -> DraftVariable {
        DraftVariable { name: name.into(), value: value.into(), sensitivity: Sensitivity::Plain }
    }

    fn dev() -> Vec<DraftEnvironment> {
        let secret = DraftVariable { sensitivity: Sensitivity::Secret, ..variable("key", "s3cret") };
        let settings = [("Type", "OAuth2"), ("Client ID", "abc"), ("Client Secret", "hidden")];
        let settings = settings.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        vec![DraftEnvironment {
            name: "dev".into(),
            variables: vec![variable("host", "https://a.test"), secret],
            identities: BTreeMap::from([("machine".to_owned(), settings)]),
        }]
    }

    #[test]
    fn new_files() {
        let merged = Files::default().merge(&dev()).unwrap();
        assert_eq!(
            merged.files.public,
            "{\n  \"dev\": {\n    \"host\": \"https://a.test\",\n    \"Security\": {\n      \"Auth\": {\n        \
             \"machine\": {\n          \"Client ID\": \"abc\",\n          \"Type\": \"OAuth2\"\n        }\n      }\n    \
             }\n  }\n}\n"
        );
        let private = "{\n  \"dev\": {\n    \"key\": \"s3cret\",\n    \"Security\": {\n      \"Auth\": {\n        \
                       \"machine\": {\n          \"Client Secret\": \"hidden\"\n        }\n      }\n    }\n  }\n}\n";
        assert_eq!(merged.files.private, private);
        assert_eq!((merged.variables, merged.identities, merged.kept.len()), (2, 1, 0));

        // Again: nothing changes.
        let again = merged.files.merge(&dev()).unwrap();
        assert_eq!(again, Merged { files: merged.files, ..Merged::default() });
    }

    #[test]
    fn nothing_that_is_there_is_lost() {
        let public = "{\n\t// mine\n\t\"dev\": { \"host\": \"https://mine\", \"n\": 1 },\n\t\"prod\": {}\n}\n";
        let files = Files { public: public.to_owned(), private: String::new() };
        let merged = files.merge(&dev()).unwrap();
        assert_eq!(merged.kept, [("dev".to_owned(), "host".to_owned())]);
        assert!(
            merged.files.public.contains("// mine")
                && merged.files.public.contains("\"host\": \"https://mine\", \"n\": 1")
        );
        assert!(!merged.files.public.contains("a.test"), "{}", merged.files.public);
        let read = EnvironmentFile::parse(Path::new(""), &merged.files.public, Visibility::Public);
        assert_eq!(read.problems, [], "{}", merged.files.public);
        assert_eq!(read.environments[0].auth[0].id, "machine");
        assert_eq!(
            files.variables(),
            BTreeMap::from([("host".into(), "https://mine".into()), ("n".into(), "1".into())])
        );
    }

    #[test]
    fn a_broken_file_is_not_touched() {
        let files = Files { public: "{ \"dev\": ".to_owned(), private: String::new() };
        assert_eq!(files.merge(&dev()).unwrap_err().visibility, Visibility::Public);
    }
}
