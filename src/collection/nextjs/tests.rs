//! The routes of made-up apps.

mod access;
mod apps;
mod matchers;
mod methods;
mod properties;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{AppFiles, NextApp, Route, read};
use crate::model::request::Requirement;

/// An app of these files.
fn app(files: &[(&str, &str)]) -> NextApp {
    app_with(files, &[])
}

fn app_with(files: &[(&str, &str)], settings: &[(&str, &str)]) -> NextApp {
    let texts: BTreeMap<PathBuf, Arc<str>> =
        files.iter().map(|(path, text)| (PathBuf::from(path), Arc::from(*text))).collect();
    let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let files = AppFiles { folder: PathBuf::new(), files: texts.keys().cloned().collect(), settings };
    read(&files, &|path: &Path| texts.get(path).cloned())
}

/// Method and label of every route.
fn listed(app: &NextApp) -> Vec<String> {
    app.routes.iter().map(|route| format!("{} {}", route.method, route.label)).collect()
}

/// Method, label, access and reason of every route.
fn told(app: &NextApp) -> Vec<String> {
    let line = |route: &Route| format!("{} {} {}: {}", route.method, route.label, route.access.word(), route.reason);
    app.routes.iter().map(line).collect()
}

/// The only route of this method.
fn route<'a>(app: &'a NextApp, method: &str) -> &'a Route {
    app.routes.iter().find(|route| route.method == method).unwrap_or_else(|| panic!("{method}: {app:#?}"))
}

fn permission(key: &str) -> Requirement {
    Requirement::Permission(key.to_owned())
}
