//! Insomnia: export format 4 (JSON or YAML) and the collections of version 5 (YAML).
//!
//! Both are brought into one shape first: folders with requests. A base environment belongs to the collection, its
//! sub-environments become environments. Template tags are mapped where their meaning is certain.

mod auth;
mod request;
mod template;
#[cfg(test)]
mod tests;
mod tree;

use std::borrow::Cow;
use std::path::Path;

use crate::collection::draft::{DraftEnvironment, DraftVariable, Fate, Import, Sensitivity};
use crate::collection::environment::SHARED;
use crate::collection::import::Input;
use crate::collection::import::context::Context;
use crate::collection::import::json::{self, Json};
use crate::collection::import::layout::{Entry, Folder};
use crate::model::problem::{Problem, ProblemKind};
use tree::{Item, Space};

/// Imports a file.
pub fn import(input: &Input<'_>) -> Result<Import, Problem> {
    let text = input.text.trim_start_matches('\u{feff}').trim_start();
    let json = if text.starts_with('{') {
        json::parse(input.name, input.text)?
    } else {
        json::parse_yaml(input.name, input.text)?
    };
    let mut import = Import::default();
    let kind = json.field("type");
    let spaces = if kind.contains(".insomnia.rest/") {
        version_five(&json, &kind, input.name, &mut import)?
    } else if !json.get("resources").is_null() {
        tree::spaces(&json, &mut import.report)
    } else {
        return Err(unknown(input.name));
    };
    for space in spaces {
        collection(&space, &mut import);
    }
    Ok(import)
}

fn unknown(name: &Path) -> Problem {
    Problem::new(ProblemKind::Input, format!("`{}` is no export of Insomnia", name.display()))
        .detail("Expected is `__export_format: 4` with `resources`, or `type: collection.insomnia.rest/5.0`")
        .hint("In Insomnia: the collection's menu, Export, Insomnia v4 or v5")
}

fn version_five<'a>(
    json: &'a Json<'a>,
    kind: &str,
    name: &Path,
    import: &mut Import,
) -> Result<Vec<Space<'a>>, Problem> {
    if kind.starts_with("environment.") {
        import.report.take("environments", 0);
    } else if kind.starts_with("mock.") {
        import.report.remark(Fate::Dropped, "mock server", json.field("name"), "bearcat serves nothing");
    } else if !matches!(json.get("collection"), Json::List(_)) {
        // A specification may have no requests yet.
        if !kind.starts_with("spec.") {
            return Err(Problem::new(ProblemKind::Input, "This Insomnia file has no requests")
                .detail(format!("`{}` says that it is a collection, but has no list `collection`", name.display()))
                .hint("Export it again in Insomnia"));
        }
    }
    if kind.starts_with("spec.") && !json.get("spec").is_null() {
        let reason = "the specification is not a request; import it as `openapi`";
        import.report.remark(Fate::Dropped, "specification", json.field("name"), reason);
    }
    for key in ["certificates", "testSuites", "cookieJar"] {
        let value = json.get(key);
        let is_empty = value.is_null() || (key == "cookieJar" && value.get("cookies").items().is_empty());
        if !is_empty {
            let reason = format!("bearcat has no counterpart for `{key}`");
            import.report.remark(Fate::Dropped, "setting", json.field("name"), reason);
        }
    }
    Ok(vec![tree::space_five(json)])
}

fn collection(space: &Space<'_>, import: &mut Import) {
    let name = if space.name.trim().is_empty() { "collection" } else { space.name.trim() };
    let mut context = Context::new(name, std::mem::take(&mut import.report));
    context.enter(name);
    context.name_requests(&space.items);
    let base = flat(space.base, &mut context);
    context.report.take("collection variables", base.len());
    for (name, value) in base {
        if crate::collection::import::secret::is_secret_name(&name) {
            context.secrets.push(DraftVariable { name, value, sensitivity: Sensitivity::Secret });
        } else {
            context.define(&name, &value);
        }
    }
    let mut comments = lines(&space.description);
    let mut entries = entries(&space.items, None, &mut context, &mut comments);
    keep_names(&mut entries, &context);
    for environment in &space.environments {
        let variables = flat(environment.data, &mut context);
        let sensitivity = if environment.is_private { Sensitivity::Secret } else { Sensitivity::Plain };
        let variables: Vec<_> =
            variables.into_iter().map(|(name, value)| DraftVariable { name, value, sensitivity }).collect();
        context.report.take("environments", 1);
        context.report.take("environment variables", variables.len());
        let clean: String = environment.name.chars().filter(|c| !c.is_control()).collect();
        let name = if clean.trim().is_empty() { "environment".to_owned() } else { clean.trim().to_owned() };
        import.environments.push(DraftEnvironment { name, variables, ..DraftEnvironment::default() });
    }
    let finished = context.finish();
    let folder = Folder { name: name.to_owned(), comments, entries };
    let is_empty = folder.count() == 0 && finished.variables.is_empty();
    if !is_empty {
        import.files.extend(folder.files(&finished.variables));
    }
    import.report = finished.report;
    if !finished.secrets.is_empty() || !finished.identities.is_empty() {
        import.environments.push(DraftEnvironment {
            name: SHARED.to_owned(),
            variables: finished.secrets,
            identities: finished.identities,
        });
    }
}

/// Takes the names away that no request refers to.
fn keep_names(entries: &mut [Entry], context: &Context) {
    for entry in entries {
        match entry {
            Entry::Folder(folder) => keep_names(&mut folder.entries, context),
            Entry::Request(request) => {
                request.directives.retain(|(name, value)| name != "name" || context.referred.contains(value));
            }
        }
    }
}

/// The entries of a folder. `auth`: what they inherit; `others`: where requests that are not HTTP are noted.
fn entries<'a>(
    items: &[Item<'a>],
    auth: Option<&'a Json<'a>>,
    context: &mut Context,
    others: &mut Vec<String>,
) -> Vec<Entry> {
    let mut entries = Vec::new();
    for item in items {
        context.enter(&item.name());
        match item {
            Item::Folder { json, items } => entries.push(Entry::Folder(folder(json, items, auth, context))),
            Item::Request(json) => entries.push(Entry::Request(Box::new(request::read(json, auth, context)))),
            Item::Other { json, kind } => {
                let (name, url) = (json.field("name"), json.field("url"));
                others.push(format!("{kind} request `{name}`: {url}"));
                context.remark(
                    Fate::Commented,
                    "request",
                    format!("it is a {kind} request; bearcat sends HTTP requests only"),
                );
            }
        }
        context.leave();
    }
    entries
}

fn folder<'a>(
    json: &'a Json<'a>,
    items: &[Item<'a>],
    inherited: Option<&'a Json<'a>>,
    context: &mut Context,
) -> Folder {
    let known = context.scope.clone();
    for (name, value) in flat(json.get("environment"), context) {
        let written = context.define(&name, &value);
        context.scope.insert(name, written);
        context.report.take("collection variables", 1);
    }
    let own = json.get("authentication");
    let auth = if auth::is_said(own) { Some(own) } else { inherited };
    let mut comments = lines(&request::description(json));
    for (key, title) in [("preRequestScript", "before"), ("afterResponseScript", "after")] {
        comments.extend(request::script(json, key, title, context));
    }
    if !json.get("headers").items().is_empty() {
        context.remark(
            Fate::Dropped,
            "header",
            "headers of a folder are not inherited in the dialect; add them to its requests",
        );
    }
    let entries = entries(items, auth, context, &mut comments);
    context.scope = known;
    context.report.take("folders", 1);
    Folder { name: json.field("name"), comments, entries }
}

fn lines(text: &str) -> Vec<String> {
    let text = text.trim();
    if text.is_empty() { Vec::new() } else { text.lines().map(str::to_owned).collect() }
}

/// The variables of an environment: nested objects as `user.name`, lists as JSON.
fn flat(data: &Json<'_>, context: &mut Context) -> Vec<(String, String)> {
    let mut variables = Vec::new();
    for (key, value) in data.members() {
        flatten(key, value, context, &mut variables);
    }
    variables
}

fn flatten(name: &str, value: &Json<'_>, context: &mut Context, variables: &mut Vec<(String, String)>) {
    match value {
        Json::Object(members) if !members.is_empty() => {
            for (key, value) in members {
                flatten(&format!("{name}.{key}"), value, context, variables);
            }
        }
        Json::Null => {}
        value => {
            let value: Cow<'_, str> = Cow::Owned(value.shown());
            let value = context.nunjucks(&value);
            let name = context.name(name);
            variables.push((name, value));
        }
    }
}
