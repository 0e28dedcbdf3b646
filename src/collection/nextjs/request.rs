//! Routes as requests: drafts for a file, and the read-only collection of the tree.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::collection::dotenv;
use crate::collection::draft::{DraftAuth, DraftBody, DraftFile, DraftRow, Fate, Import, RequestDraft, RowState};
use crate::collection::environment::Environments;
use crate::collection::file::Collection;
use crate::collection::nextjs::find::{self, Candidates};
use crate::collection::nextjs::{Carrier, NextApp, Route};
use crate::collection::origin::{Access, CollectionOrigin, RouteNote, Routes};
use crate::collection::writer;
use crate::model::identity::{Grant, Identity};
use crate::model::problem::{Problem, ProblemKind};
use crate::model::request::Requirement;
use crate::template::VariableSource;

/// The variable that holds where the app answers.
pub const BASE: &str = "base";

/// The name of a collection of routes; its path is this in the app's folder.
pub const NAME: &str = "routes (Next.js)";

/// More source files than this are not read for an import.
const MOST_IMPORTED: usize = 20_000;

/// What the surroundings decide about the requests.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Surroundings {
    /// The identity to sign protected routes with.
    pub identity: Option<Signer>,
    /// Who defines `{{base}}`?
    pub base: BaseFrom,
}

/// An identity for protected routes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    /// Its name.
    pub name: String,
    /// Can it have an ID token, which the SDK's cookies need?
    pub id_token: IdToken,
}

/// Can a session of an identity have an ID token?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdToken {
    /// A person signs in.
    Yes,
    /// A machine, or a pasted token.
    No,
}

/// Who defines `{{base}}`?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BaseFrom {
    /// The collection itself.
    #[default]
    Collection,
    /// An environment.
    Environment,
}

/// The collection of an app, to be written to a file.
pub fn draft(app: &NextApp, surroundings: &Surroundings) -> DraftFile {
    let folder = app.folder.to_string_lossy().replace('\\', "/");
    let place = if folder.is_empty() { "here".to_owned() } else { format!("in {folder}") };
    let variables = match surroundings.base {
        BaseFrom::Collection => vec![(BASE.to_owned(), app.base.clone())],
        BaseFrom::Environment => Vec::new(),
    };
    DraftFile {
        path: app.folder.join("routes.http"),
        comments: vec![
            format!("The routes of the Next.js app {place}, read from its sources; nothing was run."),
            format!("{{{{{BASE}}}}}: from {}", app.base_from),
        ],
        variables,
        requests: app.routes.iter().map(|route| request(route, surroundings)).collect(),
    }
}

/// A route as a request.
pub fn request(route: &Route, surroundings: &Surroundings) -> RequestDraft {
    let mut comments = vec![
        format!("{}: {}", route.access.word(), route.reason),
        format!("{} line {}", route.place.file.to_string_lossy().replace('\\', "/"), route.place.line),
    ];
    comments.extend(route.remarks.iter().cloned());
    let mut directives: Vec<(String, String)> = Vec::new();
    for name in &route.parameters {
        directives.push(("prompt".to_owned(), name.clone()));
    }
    if !route.require.is_empty() {
        let words: Vec<String> = route.require.iter().filter_map(requirement).collect();
        if !words.is_empty() {
            directives.push(("require".to_owned(), words.join(" ")));
        }
    }
    let (headers, body) = body(route);
    RequestDraft {
        name: Some(route.label.clone()),
        comments,
        directives,
        method: route.method.clone(),
        url: format!("{{{{{BASE}}}}}{}", route.path),
        query: route
            .query
            .iter()
            .map(|name| DraftRow { state: RowState::Disabled, ..DraftRow::new(name.clone(), "") })
            .collect(),
        headers,
        auth: auth(route, surroundings),
        body,
        ..RequestDraft::default()
    }
}

/// A word of `# @require`; `None`: it cannot be written as one.
fn requirement(requirement: &Requirement) -> Option<String> {
    let (prefix, name) = match requirement {
        Requirement::Permission(name) => ("", name),
        Requirement::Organization(name) => ("org:", name),
        Requirement::Role(name) => ("role:", name),
        Requirement::Flag(name) => ("flag:", name),
    };
    let is_word = !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c.is_control() || c == ',');
    is_word.then(|| format!("{prefix}{name}"))
}

fn auth(route: &Route, surroundings: &Surroundings) -> DraftAuth {
    if route.access == Access::Public {
        return DraftAuth::None;
    }
    let Some(signer) = &surroundings.identity else { return DraftAuth::Unspecified };
    match (route.carrier, signer.id_token) {
        // The SDK looks at cookies only (kinde.md 8.1).
        (Some(Carrier::KindeCookies), IdToken::Yes) => DraftAuth::Identity(format!("{} cookie", signer.name)),
        _ => DraftAuth::Identity(signer.name.clone()),
    }
}

/// An empty body of the form that the handler reads.
fn body(route: &Route) -> (Vec<DraftRow>, DraftBody) {
    if !matches!(route.method.as_str(), "POST" | "PUT" | "PATCH" | "DELETE") {
        return Default::default();
    }
    let content_type = |value: &str| vec![DraftRow::new("Content-Type", value)];
    match &route.json {
        Some(members) => {
            let object: serde_json::Map<String, serde_json::Value> =
                members.iter().map(|member| (member.clone(), serde_json::Value::String(String::new()))).collect();
            let text = serde_json::to_string_pretty(&object).unwrap_or_default();
            (content_type("application/json"), DraftBody::Text(text))
        }
        None if route.form => (content_type("application/x-www-form-urlencoded"), DraftBody::None),
        None => Default::default(),
    }
}

/// What the tree shows for an app, when there are `count` of them.
fn label(app: &NextApp, count: usize) -> String {
    let folder = app.folder.to_string_lossy().replace('\\', "/");
    if folder.is_empty() || count == 1 && !folder.contains('/') && folder.len() < 2 {
        return NAME.to_owned();
    }
    format!("routes ({folder})")
}

/// The read-only collection of an app, of `count` apps in the workspace.
pub fn collection(app: &NextApp, count: usize, surroundings: &Surroundings) -> Collection {
    let path: PathBuf = app.folder.join(NAME);
    let text = writer::file(&draft(app, surroundings));
    let mut collection = Collection::parse(&path, text.as_bytes());
    let note =
        |route: &Route| RouteNote { access: route.access, reason: route.reason.clone(), place: route.place.clone() };
    collection.origin = CollectionOrigin::Routes(Arc::new(Routes {
        label: label(app, count),
        folder: app.folder.clone(),
        notes: app.routes.iter().map(note).collect(),
    }));
    collection.problems = app
        .remarks
        .iter()
        .map(|(place, text)| Problem::new(ProblemKind::Input, text.clone()).at(place.clone()))
        .collect();
    collection
}

/// The read-only collections of the apps.
pub fn collections(apps: &[NextApp], environments: &Environments, detected: Option<&Identity>) -> Vec<Collection> {
    let identity = signer(environments, detected);
    let make = |app: &NextApp| {
        let base = base_from(app, apps.len(), environments);
        let surroundings = Surroundings { identity: identity.clone(), base };
        collection(app, apps.len(), &surroundings)
    };
    apps.iter().map(make).collect()
}

/// An identity that every environment has: the first that is defined, else the detected one.
pub fn signer(environments: &Environments, detected: Option<&Identity>) -> Option<Signer> {
    let names = environments.names();
    let known = |name: &str, identity: &Identity| {
        environments.identities(Some(name)).iter().any(|other| other.name == identity.name)
    };
    let first = names.first().map(|name| environments.identities(Some(name))).unwrap_or_default();
    let everywhere = first.into_iter().find(|identity| names.iter().all(|name| known(name, identity)));
    let identity = everywhere.or_else(|| detected.cloned())?;
    let id_token = match identity.grant {
        Grant::DeviceAuthorization | Grant::AuthorizationCode => IdToken::Yes,
        Grant::ClientCredentials | Grant::Pasted => IdToken::No,
    };
    let is_word = !identity.name.as_str().contains(char::is_whitespace);
    is_word.then(|| Signer { name: identity.name.to_string(), id_token })
}

/// Does an environment say where the app answers? With several apps only one in the app's own folder can mean it.
pub fn base_from(app: &NextApp, count: usize, environments: &Environments) -> BaseFrom {
    let names = environments.names();
    let all = names.iter().map(|name| Some(name.as_str())).chain([None]);
    let defines = |name: Option<&str>| {
        let variables = environments.variables(name, &app.folder);
        match variables.get(BASE).map(|value| &value.source) {
            None => false,
            Some(VariableSource::Environment { file, .. }) => {
                count == 1 || !app.folder.as_os_str().is_empty() && file.starts_with(&app.folder)
            }
            Some(_) => count == 1,
        }
    };
    if all.into_iter().any(defines) { BaseFrom::Environment } else { BaseFrom::Collection }
}

/// `bearcat import nextjs`: the apps of a folder as collections.
pub fn import(files: &[PathBuf], read: &dyn Fn(&Path) -> Result<String, String>) -> Result<Import, Problem> {
    let mut candidates = Candidates::default();
    for file in files {
        candidates.note(file);
    }
    // Helpers and settings may be in any file of the app; all of them are read before, once.
    let relevant = files.iter().filter(|file| find::is_relevant(file)).take(MOST_IMPORTED).cloned();
    // Settings are hidden files, which no list has.
    let folders: BTreeSet<&Path> =
        files.iter().filter_map(|file| file.parent()).filter(|folder| is_root(folder, files)).collect();
    let settings = folders.into_iter().chain([Path::new("")]);
    let settings = settings.flat_map(|folder| dotenv::FILES.iter().map(move |name| folder.join(name)));
    let relevant = relevant.chain(settings);
    let mut texts: BTreeMap<PathBuf, Arc<str>> = BTreeMap::new();
    for file in relevant {
        if let Ok(text) = read(&file) {
            texts.insert(file, text.into());
        }
    }
    let text_of = |path: &Path| texts.get(path).cloned();
    let mut problems = Vec::new();
    let mut import = Import::default();
    for files in find::apps(&candidates, &text_of, &mut problems) {
        let app = super::read(&files, &text_of);
        if app.routes.is_empty() {
            continue;
        }
        import.report.take("routes", app.routes.len());
        for (place, text) in &app.remarks {
            import.report.remark(Fate::Changed, "route", format!("{}:{}", place.file.display(), place.line), text);
        }
        import.files.push(draft(&app, &Surroundings::default()));
    }
    for problem in problems {
        import.report.remark(Fate::Dropped, "route", problem.title, problem.detail);
    }
    if import.files.is_empty() {
        return Err(Problem::new(ProblemKind::Input, "No Next.js app with routes was found here")
            .detail("An app is a folder with `next` in its package.json, or with a next.config, and an `app` or `pages` folder")
            .hint("Name the folder of the app: `bearcat import nextjs apps/web`"));
    }
    Ok(import)
}

/// Has a folder a `package.json` of its own?
fn is_root(folder: &Path, files: &[PathBuf]) -> bool {
    files.binary_search(&folder.join("package.json")).is_ok()
}
