//! Environment files: `http-client.env.json` and `http-client.private.env.json`.
//!
//! An [`EnvironmentFile`] is one file as it was read; [`Environments`] puts files together by folder and answers
//! what an environment's variables and identities are. Everything in a private file is secret. Later wins:
//! the user's own files, then the workspace's; in each `$shared` before the environment, public before private.

pub mod identity;
pub mod json;
pub mod merge;
pub mod ssl;
#[cfg(test)]
mod tests;
pub mod write;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::collection::environment::json::{Json, Member, Node};
use crate::collection::environment::ssl::SslConfiguration;
use crate::collection::lines;
use crate::model::identity::Identity;
use crate::model::problem::{Place, Problem, ProblemKind};
use crate::template::{Value, VariableSource};

/// The name of the public file.
pub const PUBLIC_FILE: &str = "http-client.env.json";

/// The name of the private file.
pub const PRIVATE_FILE: &str = "http-client.private.env.json";

/// The block whose variables every environment has.
pub const SHARED: &str = "$shared";

/// Members of an environment that configure things and are not variables.
const NOT_VARIABLES: [&str; 2] = ["Security", "SSLConfiguration"];

/// May a file be committed?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Visibility {
    /// `http-client.env.json`.
    Public,
    /// `http-client.private.env.json`: everything in it is secret.
    Private,
}

/// One environment file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvironmentFile {
    /// The file, relative to the workspace where possible.
    pub path: PathBuf,
    /// Public or private.
    pub visibility: Visibility,
    /// Its environments in order, `$shared` among them.
    pub environments: Vec<EnvironmentBlock>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

/// One environment of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvironmentBlock {
    /// Its name.
    pub name: String,
    /// Its variables in order.
    pub variables: Vec<(String, Value)>,
    /// `Security.Auth` in order.
    pub auth: Vec<AuthEntry>,
    /// `SSLConfiguration`.
    pub ssl: SslConfiguration,
}

/// One entry of `Security.Auth`, not interpreted yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthEntry {
    /// The identity's name.
    pub id: String,
    /// Its settings, with their places.
    pub settings: Vec<(Member, Place)>,
    /// Where it stands.
    pub place: Place,
}

impl EnvironmentFile {
    /// Reads a file. Never fails: after an error the rest is still read.
    pub fn parse(path: &Path, text: &str, visibility: Visibility) -> Self {
        let mut file = Self { path: path.to_path_buf(), visibility, environments: Vec::new(), problems: Vec::new() };
        let (root, errors) = json::parse(text);
        for error in errors {
            let problem = Problem::new(ProblemKind::Input, "This environment file is not valid JSON")
                .detail(error.message)
                .at(lines::place(path, text, error.offset));
            file.problems.push(problem);
        }
        let Some(root) = root else { return file };
        if !root.is_object() {
            file.not_an_object(text, &root, "An environment file is an object of environments");
            return file;
        }
        for member in root.members() {
            if !member.value.is_object() {
                file.not_an_object(text, &member.value, "An environment is an object of variables");
                continue;
            }
            let block = file.block(text, member);
            match file.environments.iter_mut().find(|known| known.name == block.name) {
                Some(known) => *known = block,
                None => file.environments.push(block),
            }
        }
        file
    }

    fn not_an_object(&mut self, text: &str, node: &Node, title: &str) {
        let problem = Problem::new(ProblemKind::Input, title)
            .hint("Write `{ \"dev\": { \"host\": \"https://api.example.com\" } }`")
            .at(lines::place(&self.path, text, node.span.start));
        self.problems.push(problem);
    }

    fn block(&mut self, text: &str, member: &Member) -> EnvironmentBlock {
        let name = member.key.text.clone();
        let source = VariableSource::Environment { file: self.path.clone(), environment: name.clone() };
        let variables = member
            .value
            .members()
            .iter()
            .filter(|variable| !NOT_VARIABLES.contains(&variable.key.text.as_str()))
            .filter_map(|variable| {
                let value = variable_text(text, &variable.value)?;
                let value = match self.visibility {
                    Visibility::Public => Value::plain(value, source.clone()),
                    Visibility::Private => Value::secret(value, source.clone()),
                };
                Some((variable.key.text.clone(), value))
            })
            .collect();
        let auth = member.value.get("Security").and_then(|security| security.get("Auth"));
        let mut entries: Vec<AuthEntry> = Vec::new();
        for entry in auth.map(Node::members).unwrap_or_default() {
            if !entry.value.is_object() {
                self.not_an_object(text, &entry.value, "An entry of `Security.Auth` is an object of settings");
                continue;
            }
            let place = |offset| lines::place(&self.path, text, offset);
            let settings = entry.value.members();
            entries.push(AuthEntry {
                id: entry.key.text.clone(),
                settings: settings.iter().map(|setting| (setting.clone(), place(setting.key.span.start))).collect(),
                place: place(entry.key.span.start),
            });
        }
        let ssl = member.value.member("SSLConfiguration").map(|ssl| self.ssl(text, ssl)).unwrap_or_default();
        EnvironmentBlock { name, variables, auth: entries, ssl }
    }

    fn environment(&self, name: &str) -> Option<&EnvironmentBlock> {
        self.environments.iter().find(|environment| environment.name == name)
    }
}

/// The text of a variable: scalars as they are, lists and objects as JSON, `null` as no variable.
fn variable_text(text: &str, node: &Node) -> Option<String> {
    match &node.value {
        Json::Null => None,
        Json::Bool(value) => Some(value.to_string()),
        Json::Number(value) | Json::Text(value) => Some(value.clone()),
        Json::List(_) | Json::Object(_) => text.get(node.span.clone()).map(str::to_owned),
    }
}

/// Where the files of a layer apply.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum LayerScope {
    /// Collections in this folder of the workspace (empty: its root) and below.
    Folder(PathBuf),
    /// Everywhere, with the lowest precedence: the user's own files in the config folder.
    User,
}

/// The public and the private file of one folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// Where they apply.
    pub scope: LayerScope,
    /// The files: public first.
    pub files: Vec<EnvironmentFile>,
}

/// All environments of a workspace.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Environments {
    /// The layers, in any order.
    pub layers: Vec<Layer>,
    /// The process environment, for `{{$processEnv X}}` in identities; the shell fills it in.
    pub process_environment: BTreeMap<String, String>,
    /// The merged `.env` files, for `{{$dotenv X}}`.
    pub dotenv: BTreeMap<String, String>,
}

impl fmt::Debug for Environments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environments").field("layers", &self.layers).finish_non_exhaustive()
    }
}

impl Environments {
    /// The names of all environments, in order of appearance, the workspace's first.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        let (workspace, user): (Vec<_>, Vec<_>) =
            self.layers.iter().partition(|layer| matches!(layer.scope, LayerScope::Folder(_)));
        let files = workspace.into_iter().chain(user).flat_map(|layer| &layer.files);
        for environment in files.flat_map(|file| &file.environments) {
            if environment.name != SHARED && !names.contains(&environment.name) {
                names.push(environment.name.clone());
            }
        }
        names
    }

    /// The variables of `environment` (`None`: only those of `$shared`) for the collections in `folder`
    /// (relative to the workspace; empty: its root).
    pub fn variables(&self, environment: Option<&str>, folder: &Path) -> BTreeMap<String, Value> {
        let mut variables = BTreeMap::new();
        for block in self.layers_of(folder).into_iter().flat_map(|layer| layer.blocks(environment)) {
            variables.extend(block.1.variables.iter().cloned());
        }
        variables
    }

    /// The environments, other than `except`, that have the variable `name`: for the hint at an unknown one.
    pub fn environments_with(&self, name: &str, except: Option<&str>) -> Vec<String> {
        let has = |environment: &String| {
            let blocks = self.layers.iter().flat_map(|layer| layer.blocks(Some(environment)));
            blocks.flat_map(|(_, block)| &block.variables).any(|(variable, _)| variable == name)
        };
        self.names()
            .into_iter()
            .filter(|environment| Some(environment.as_str()) != except && has(environment))
            .collect()
    }

    /// The identities of `environment`, in order. Those that cannot be used are left out;
    /// [`Self::identity_problems`] says why.
    pub fn identities(&self, environment: Option<&str>) -> Vec<Identity> {
        identity::read(self, environment).0
    }

    /// What is wrong with the identities of `environment`.
    pub fn identity_problems(&self, environment: Option<&str>) -> Vec<Problem> {
        identity::read(self, environment).1
    }

    /// What is wrong with the files.
    pub fn problems(&self) -> impl Iterator<Item = &Problem> {
        self.layers.iter().flat_map(|layer| &layer.files).flat_map(|file| &file.problems)
    }

    /// The layers that apply in `folder`, lowest precedence first: the user's, then the nearest of the workspace.
    /// Where none stands above the folder, the only one there is counts.
    fn layers_of(&self, folder: &Path) -> Vec<&Layer> {
        let folders = || {
            self.layers.iter().filter_map(|layer| match &layer.scope {
                LayerScope::Folder(path) => Some((path, layer)),
                LayerScope::User => None,
            })
        };
        let nearest = folders()
            .filter(|(path, _)| folder.starts_with(path))
            .max_by_key(|(path, _)| path.components().count())
            .or_else(|| folders().next().filter(|_| folders().count() == 1));
        let user = self.layers.iter().filter(|layer| layer.scope == LayerScope::User);
        user.chain(nearest.map(|(_, layer)| layer)).collect()
    }
}

impl Layer {
    /// The blocks that make up `environment`, lowest precedence first.
    pub(crate) fn blocks<'a>(
        &'a self,
        environment: Option<&'a str>,
    ) -> impl Iterator<Item = (&'a EnvironmentFile, &'a EnvironmentBlock)> {
        let names = std::iter::once(SHARED).chain(environment.filter(|name| *name != SHARED));
        names.flat_map(|name| self.files.iter().filter_map(move |file| Some((file, file.environment(name)?))))
    }
}
