//! Import of Bruno collections: a folder of `.bru` files, its YAML form (OpenCollection), or a single request.
//!
//! Pure: the list of files and a way to read them come in, drafts go out. Headers, authentication and variables of the
//! collection and its folders go into each request, because a `.http` file inherits nothing.

mod bru;
mod expression;
mod from_bru;
mod from_yaml;
mod model;
mod request;
#[cfg(test)]
mod tests;
mod variables;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::collection::draft::{DraftEnvironment, DraftVariable, Fate, Import, ImportReport, Sensitivity};
use crate::collection::environment::SHARED;
use crate::collection::import::bruno::model::{Environment, Item};
use crate::collection::import::bruno::request::Maker;
use crate::collection::import::bruno::variables::Variables;
use crate::collection::import::layout::{Entry, Folder};
use crate::collection::import::{Input, text, yaml};
use crate::model::problem::{Problem, ProblemKind};

/// Reads a collection or a single request.
pub fn import(input: &Input<'_>) -> Result<Import, Problem> {
    let mut reader = Reader {
        input,
        report: ImportReport::default(),
        identities: BTreeMap::new(),
        variables: Variables::default(),
        problem: None,
    };
    let mut root = Branch {
        name: input.name.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned()),
        ..Branch::default()
    };
    let mut environments = Vec::new();
    if input.files.is_empty() {
        reader.single(&mut root, &mut environments)?;
    } else {
        reader.folder(&mut root, &mut environments);
    }
    if root.count() == 0 && environments.is_empty() {
        return Err(reader.problem.unwrap_or_else(|| {
            Problem::new(ProblemKind::Input, format!("`{}` holds no Bruno collection", input.name.display()))
                .hint("Name the folder that has `bruno.json` or `opencollection.yml`")
        }));
    }
    reader.variables.collect(&root);
    let folder = reader.convert(root, &mut Vec::new(), "");
    let variables = reader.variables.shared();
    let files = folder.files(&variables);
    reader.report.take("variables", variables.len());
    reader.report.take("environments", environments.len());
    if !reader.identities.is_empty() {
        environments.insert(
            0,
            DraftEnvironment { name: SHARED.to_owned(), identities: reader.identities, ..DraftEnvironment::default() },
        );
    }
    Ok(Import { files, environments, report: reader.report, ..Import::default() })
}

/// A folder with its requests.
#[derive(Debug, Default)]
struct Branch {
    /// The name of the folder.
    name: String,
    /// `collection.bru`, `folder.bru`, or their YAML.
    settings: Item,
    /// Its requests with the names of their files.
    requests: Vec<(String, Item)>,
    /// Its folders.
    folders: BTreeMap<String, Branch>,
}

impl Branch {
    fn count(&self) -> usize {
        self.requests.len() + self.folders.values().map(Branch::count).sum::<usize>()
    }

    fn at(&mut self, folder: &Path) -> &mut Branch {
        let mut branch = self;
        for part in folder.components() {
            let name = part.as_os_str().to_string_lossy().into_owned();
            branch = branch.folders.entry(name.clone()).or_insert_with(|| Branch { name, ..Branch::default() });
        }
        branch
    }
}

struct Reader<'a> {
    input: &'a Input<'a>,
    report: ImportReport,
    identities: BTreeMap<String, BTreeMap<String, String>>,
    variables: Variables,
    /// The first file that could not be read.
    problem: Option<Problem>,
}

impl Reader<'_> {
    /// One file.
    fn single(&mut self, root: &mut Branch, environments: &mut Vec<DraftEnvironment>) -> Result<(), Problem> {
        let (name, text) = (self.input.name, self.input.text);
        if is_bru(name) {
            self.report.take("files", 1);
            root.requests.push((root.name.clone(), from_bru::item(bru::parse(name, text)?)));
            return Ok(());
        }
        let value = yaml::parse(text, name)?;
        self.report.take("files", 1);
        if value.get("opencollection").is_some() {
            bundle(&value, root);
            let bundled =
                ["environments"].iter().filter_map(|key| value.get(*key).or_else(|| value["config"].get(*key)));
            for environment in bundled.filter_map(Value::as_array).flatten() {
                environments.push(self.environment("environment", from_yaml::environment(environment)));
            }
        } else {
            root.requests.push((root.name.clone(), from_yaml::item(&value)));
        }
        Ok(())
    }

    /// All files of a folder.
    fn folder(&mut self, root: &mut Branch, environments: &mut Vec<DraftEnvironment>) {
        for path in self.input.files {
            if !is_part(path) {
                continue;
            }
            let text = match (self.input.read)(path) {
                Ok(text) => text,
                Err(reason) => {
                    self.report.remark(Fate::Dropped, "file", path.display().to_string(), reason);
                    continue;
                }
            };
            if let Err(problem) = self.file(path, &text, root, environments) {
                let reason = match &problem.place {
                    Some(place) => format!("line {}: {}", place.line, problem.title),
                    None => problem.title.clone(),
                };
                self.report.remark(Fate::Dropped, "file", path.display().to_string(), reason);
                self.problem.get_or_insert(problem);
            }
        }
    }

    fn file(
        &mut self,
        path: &Path,
        text: &str,
        root: &mut Branch,
        environments: &mut Vec<DraftEnvironment>,
    ) -> Result<(), Problem> {
        let folder = path.parent().unwrap_or(Path::new(""));
        let stem = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        let is_environment = folder.file_name() == Some(OsStr::new("environments"));
        if path == Path::new("bruno.json") {
            self.configuration(text, root);
            self.report.take("files", 1);
            return Ok(());
        }
        if is_bru(path) {
            let blocks = bru::parse(path, text)?;
            self.report.take("files", 1);
            if is_environment {
                environments.push(self.environment(&stem, from_bru::environment(blocks)));
                return Ok(());
            }
            let item = from_bru::item(blocks);
            match stem.as_str() {
                "collection" if folder.as_os_str().is_empty() => {
                    root.settings = Item { name: root.settings.name.take(), ..item }
                }
                "folder" => root.at(folder).settings = item,
                _ => root.at(folder).requests.push((stem, item)),
            }
            return Ok(());
        }
        let value = yaml::parse(text, path)?;
        let is_collection = value.get("opencollection").is_some();
        if is_environment && value.get("http").is_none() {
            environments.push(self.environment(&stem, from_yaml::environment(&value)));
        } else if is_collection {
            bundle(&value, root);
            self.configured(&value["config"]);
        } else if stem == "folder" || value["info"]["type"] == "folder" {
            root.at(folder).settings = from_yaml::item(&value);
        } else if value["info"].is_object() {
            root.at(folder).requests.push((stem, from_yaml::item(&value)));
        } else {
            // Another YAML file that lies there.
            return Ok(());
        }
        self.report.take("files", 1);
        Ok(())
    }

    /// `bruno.json`.
    fn configuration(&mut self, text: &str, root: &mut Branch) {
        let Ok(value) = serde_json::from_str::<Value>(text) else {
            self.report.remark(Fate::Dropped, "file", "bruno.json", "it is no JSON");
            return;
        };
        if let Some(name) = value["name"].as_str() {
            root.settings.name = Some(name.to_owned());
        }
        self.configured(&value);
    }

    /// Settings of a whole collection that bearcat keeps elsewhere.
    fn configured(&mut self, value: &Value) {
        let proxy = &value["proxy"];
        if proxy.is_object() && proxy["enabled"] != false && proxy["disabled"] != true && proxy["inherit"] != true {
            self.report.remark(
                Fate::Dropped,
                "proxy",
                "collection",
                "set the proxy in bearcat's settings or `HTTPS_PROXY`",
            );
        }
        let certificates = value["clientCertificates"]["certs"].as_array().map_or(0, Vec::len);
        if certificates > 0 {
            let reason = format!("{certificates} client certificates: set them in the environment");
            self.report.remark(Fate::Dropped, "certificate", "collection", reason);
        }
    }

    fn environment(&mut self, stem: &str, environment: Environment) -> DraftEnvironment {
        let name = environment.name.unwrap_or_else(|| stem.to_owned());
        let mut draft = DraftEnvironment { name: name.clone(), ..DraftEnvironment::default() };
        let plain = environment.variables.into_iter().map(|field| (field, Sensitivity::Plain));
        let secret = environment.secrets.into_iter().map(|field| (field, Sensitivity::Secret));
        for (field, sensitivity) in plain.chain(secret) {
            if !field.is_enabled {
                let place = format!("{name} / {}", field.name);
                self.report.remark(Fate::Dropped, "variable", place, "it is disabled");
                continue;
            }
            draft.variables.retain(|known| known.name != field.name);
            draft.variables.push(DraftVariable {
                name: text::plain_name(&field.name),
                value: variables::translate(&field.value),
                sensitivity,
            });
            self.report.take("environment variables", 1);
        }
        draft
    }

    /// The requests of a branch and of those below it.
    fn convert(&mut self, branch: Branch, above: &mut Vec<Item>, place: &str) -> Folder {
        let Branch { name, settings, mut requests, folders } = branch;
        let name = settings.name.clone().unwrap_or(name);
        let place = if place.is_empty() { name.clone() } else { format!("{place} / {name}") };
        let mut comments: Vec<String> = settings.docs.trim().lines().map(str::to_owned).collect();
        for (title, code) in &settings.scripts {
            comments.extend(request::script(title, code));
            self.report.remark(Fate::Commented, "script", place.clone(), format!("`{title}` is not run"));
        }
        for kind in &settings.unused_auth {
            let reason = format!("the authentication `{kind}` is filled in, but not in use");
            self.report.remark(Fate::Dropped, "auth", place.clone(), reason);
        }
        for name in settings.unknown.iter().cloned().chain(settings.captures.iter().map(|field| field.name.clone())) {
            self.report.remark(Fate::Dropped, "block", place.clone(), format!("`{name}` is not known in a folder"));
        }
        above.push(settings);
        let mut entries: Vec<(i64, usize, Entry)> = Vec::new();
        requests.sort_by(|(one, a), (other, b)| {
            (a.sequence.unwrap_or(i64::MAX), one).cmp(&(b.sequence.unwrap_or(i64::MAX), other))
        });
        for (stem, item) in requests {
            let request_place = format!("{place} / {}", item.name.as_deref().unwrap_or(&stem));
            if item.url.trim().is_empty() && item.method.is_empty()
                || matches!(item.kind.as_str(), "grpc" | "ws" | "websocket")
            {
                let kind = if item.kind.is_empty() { "no request" } else { item.kind.as_str() };
                self.report.remark(
                    Fate::Dropped,
                    "request",
                    request_place,
                    format!("bearcat sends HTTP requests; this is `{kind}`"),
                );
                continue;
            }
            let levels: Vec<&Item> = above.iter().collect();
            let mut maker = Maker {
                levels: &levels,
                place: &request_place,
                report: &mut self.report,
                identities: &mut self.identities,
            };
            let mut draft = maker.request(&item);
            draft.name.get_or_insert(stem);
            self.variables.apply(&levels, &item, &request_place, &mut draft, &mut self.report);
            let at = entries.len();
            entries.push((item.sequence.unwrap_or(i64::MAX), at, Entry::Request(Box::new(draft))));
        }
        // Requests come before folders, as Bruno shows a folder's own requests in a collection run.
        let mut inner: Vec<Branch> = folders.into_values().filter(|folder| folder.count() > 0).collect();
        inner.sort_by_key(|folder| folder.settings.sequence.unwrap_or(i64::MAX));
        let mut all: Vec<Entry> = entries.into_iter().map(|(_, _, entry)| entry).collect();
        for folder in inner {
            all.push(Entry::Folder(self.convert(folder, above, &place)));
        }
        above.pop();
        self.report.take("folders", 1);
        Folder { name, comments, entries: all }
    }
}

/// A YAML collection with its items in the same file.
fn bundle(value: &Value, root: &mut Branch) {
    root.settings = Item { kind: "collection".to_owned(), method: String::new(), ..from_yaml::item(value) };
    add_items(&value["items"], root, 0);
}

fn add_items(items: &Value, branch: &mut Branch, depth: usize) {
    if depth > 50 {
        return;
    }
    for (index, value) in items.as_array().into_iter().flatten().enumerate() {
        let item = from_yaml::item(value);
        let name = item.name.clone().unwrap_or_else(|| format!("{}", index + 1));
        if item.kind == "folder" || value["items"].is_array() {
            let inner = branch.folders.entry(name.clone()).or_insert_with(|| Branch { name, ..Branch::default() });
            inner.settings = item;
            add_items(&value["items"], inner, depth + 1);
        } else {
            branch.requests.push((name, item));
        }
    }
}

fn is_bru(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("bru"))
}

/// Files that a collection is made of.
fn is_part(path: &PathBuf) -> bool {
    let is_hidden = path.components().any(|part| {
        let name = part.as_os_str().to_string_lossy();
        name.starts_with('.') || name == "node_modules"
    });
    let extension = path.extension().and_then(OsStr::to_str).unwrap_or_default().to_ascii_lowercase();
    !is_hidden && (path == Path::new("bruno.json") || matches!(extension.as_str(), "bru" | "yml" | "yaml"))
}
