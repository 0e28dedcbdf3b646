//! The variables of one request: what `{{name}}` means where it stands.
//!
//! Made by whoever fills a request (the shell, the inspector). Precedence, highest first: values given on the command
//! line, answers to prompts, captured values, file variables, the environment (private over public, both over
//! `$shared`), the user's own environment files. [`with_given`](RequestScope::with_given) is called lowest first.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::collection::environment::Environments;
use crate::collection::file::Collection;
use crate::template::reference::{self, Recorded};
use crate::template::{Scope, Surroundings, Unfilled, Value, VariableSource};

/// The variables of the requests of one collection in one environment.
pub struct RequestScope<'a> {
    variables: BTreeMap<String, Value>,
    recorded: BTreeMap<String, Arc<Recorded>>,
    captures: BTreeMap<String, String>,
    environments: &'a Environments,
    environment: Option<&'a str>,
    surroundings: Surroundings<'a>,
}

impl<'a> RequestScope<'a> {
    /// The scope of `collection` in `environment`.
    pub fn new(
        collection: &Collection,
        environments: &'a Environments,
        environment: Option<&'a str>,
        surroundings: Surroundings<'a>,
    ) -> Self {
        let folder = collection.path.parent().unwrap_or(Path::new(""));
        let mut variables = environments.variables(environment, folder);
        for variable in &collection.file_variables {
            let source = VariableSource::FileVariable { file: collection.path.clone(), line: variable.line };
            variables.insert(variable.name.text.clone(), Value::plain(variable.value.text.clone(), source));
        }
        let captures = collection.requests.iter().rev().flat_map(|request| {
            let captures = request.directives.captures.iter();
            captures.map(|capture| (capture.name.clone(), request.label().to_owned()))
        });
        let captures = captures.collect();
        Self { variables, recorded: BTreeMap::new(), captures, environments, environment, surroundings }
    }

    /// Adds values that win over everything so far: captured ones, answers to prompts, the command line's.
    pub fn with_given(mut self, given: impl IntoIterator<Item = (String, Value)>) -> Self {
        self.variables.extend(given);
        self
    }

    /// Adds the last exchanges of requests, by name, for `{{request.response.…}}`.
    pub fn with_recorded(mut self, recorded: impl IntoIterator<Item = (String, Arc<Recorded>)>) -> Self {
        self.recorded.extend(recorded);
        self
    }

    /// All variables, by name: for the inspector and for completion.
    pub const fn variables(&self) -> &BTreeMap<String, Value> {
        &self.variables
    }
}

impl Scope for RequestScope<'_> {
    fn lookup(&self, name: &str) -> Option<Value> {
        self.variables.get(name).cloned()
    }

    fn request_variable(&self, request: &str, path: &str) -> Result<Value, Unfilled> {
        match self.recorded.get(request) {
            Some(recorded) => reference::find(recorded, request, path),
            None => Err(Unfilled::NotYetSent(request.to_owned())),
        }
    }

    fn suggestion(&self, name: &str) -> Option<String> {
        if let Some(request) = self.captures.get(name) {
            return Some(format!("`{request}` captures it: send that first"));
        }
        if let Some(similar) = similar(name, self.variables.keys()) {
            return Some(format!("Did you mean `{{{{{similar}}}}}`?"));
        }
        let others = self.environments.environments_with(name, self.environment);
        if others.is_empty() {
            return None;
        }
        let list = others.iter().map(|other| format!("`{other}`")).collect::<Vec<_>>().join(", ");
        Some(match self.environment {
            Some(current) => {
                format!("It is defined in {list}, but not in `{current}`: switch the environment or add it")
            }
            None => format!("It is defined in {list}, but no environment is chosen (`--env`)"),
        })
    }

    fn surroundings(&self) -> Surroundings<'_> {
        self.surroundings
    }
}

/// The name that differs from `name` in case, in separators or by one or two letters.
fn similar<'a>(name: &str, names: impl Iterator<Item = &'a String>) -> Option<&'a String> {
    let fold = |text: &str| -> Vec<char> {
        text.chars().filter(|c| !matches!(c, '-' | '_' | '.')).flat_map(char::to_lowercase).take(64).collect()
    };
    let wanted = fold(name);
    let most = if wanted.len() < 4 { 0 } else { 1 + usize::from(wanted.len() > 7) };
    names
        .map(|other| (distance(&wanted, &fold(other)), other))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, other)| other)
}

/// Levenshtein's distance.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let substitute = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = substitute.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}
