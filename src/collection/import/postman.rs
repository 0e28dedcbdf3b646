//! Postman: collections v2.0 and v2.1 (and v1, which dumps have), environments, globals, and whole dumps.
//!
//! A collection becomes one file, or a folder of files; what it inherits (auth, behaviour) is written at each request.
//! Scripts are not run: simple assertions become `# @assert` and `# @capture`, the rest stays as comments.

mod auth;
mod body;
mod context;
mod environment;
mod request;
mod script;
#[cfg(test)]
mod tests;
mod url;
mod version_one;

use crate::collection::draft::{DraftEnvironment, Fate, Import};
use crate::collection::environment::SHARED;
use crate::collection::import::Input;
use crate::collection::import::context::Context;
use crate::collection::import::json::{self, Json};
use crate::collection::import::layout::{Entry, Folder};
use crate::collection::import::postman::context::Inherited;
use crate::model::problem::{Problem, ProblemKind};

/// Imports a file.
pub fn import(input: &Input<'_>) -> Result<Import, Problem> {
    let json = json::parse(input.name, input.text)?;
    let mut import = Import::default();
    if any(&json, &mut import) {
        Ok(import)
    } else {
        Err(Problem::new(ProblemKind::Input, format!("`{}` is no Postman file", input.name.display()))
            .detail("Expected is a collection (`info` and `item`), an environment (`values`) or a dump (`collections`)")
            .hint("In Postman: the collection's menu, Export, Collection v2.1"))
    }
}

/// Takes whatever it is; `false`: nothing that is known.
fn any(json: &Json<'_>, import: &mut Import) -> bool {
    if let Json::List(items) = json {
        let found = items.iter().filter(|item| any(item, import));
        return found.count() > 0;
    }
    if !json.get("item").is_null() || json.get("info").is_object() {
        collection(json, import);
    } else if !json.get("collections").is_null() || !json.get("environments").is_null() {
        dump(json, import);
    } else if !json.get("requests").is_null() {
        collection(&version_one::collection(json), import);
    } else if json.get("collection").is_object() {
        return any(json.get("collection"), import);
    } else if json.get("environment").is_object() {
        return any(json.get("environment"), import);
    } else if !json.get("values").is_null() {
        environment::read(json, import);
    } else {
        return false;
    }
    true
}

/// `{"version":1,"collections":[…],"environments":[…],…}`.
fn dump(json: &Json<'_>, import: &mut Import) {
    for item in json.get("collections").items() {
        if !any(item, import) {
            import.report.remark(
                Fate::Dropped,
                "collection",
                item.field("name"),
                "it has neither `item` nor `requests`",
            );
        }
    }
    for item in json.get("environments").items() {
        environment::read(item, import);
    }
    let globals = json.get("globals");
    if !globals.items().is_empty() {
        environment::globals(globals, import);
    }
    for (key, value) in json.members() {
        let is_read = matches!(key.as_ref(), "version" | "collections" | "environments" | "globals");
        let count = value.items().len().max(value.members().len());
        if !is_read && count > 0 {
            let reason = format!("bearcat has no counterpart for `{key}` of a dump");
            import.report.remark(Fate::Dropped, "setting", format!("{key} ({count})"), reason);
        }
    }
}

/// One collection.
fn collection(json: &Json<'_>, import: &mut Import) {
    let info = json.get("info");
    let name = Some(info.field("name")).filter(|name| !name.trim().is_empty()).unwrap_or_else(|| "collection".into());
    let mut context = Context::new(&name, std::mem::take(&mut import.report));
    context.enter(&name);
    let variables = json.first(&["variable", "variables"]);
    context.variables_of(variables, Scope::Collection);
    let mut inherited = Inherited::default();
    inherited.add(json);
    let mut comments = request::description(info.get("description"));
    let scripts = context.folder_scripts(json);
    comments.extend(scripts);
    let entries = items(json.get("item"), &inherited, &mut context);
    let folder = Folder { name, comments, entries };
    let finished = context.finish();
    import.files.extend(folder.files(&finished.variables));
    import.report = finished.report;
    if !finished.secrets.is_empty() || !finished.identities.is_empty() {
        import.environments.push(DraftEnvironment {
            name: SHARED.to_owned(),
            variables: finished.secrets,
            identities: finished.identities,
        });
    }
}

/// Which part of a collection variables stand in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// The collection: everywhere.
    Collection,
    /// A folder: in it only.
    Folder,
}

fn items<'a>(list: &'a Json<'a>, inherited: &Inherited<'a>, context: &mut Context) -> Vec<Entry> {
    let mut entries = Vec::new();
    for item in list.items() {
        let name = item.field("name");
        context.enter(&name);
        if item.get("request").is_null() {
            if item.get("item").is_null() && !item.is_object() {
                context.remark(Fate::Dropped, "item", "it is neither a folder nor a request");
            } else {
                entries.push(Entry::Folder(folder(item, name, inherited, context)));
            }
        } else {
            entries.push(Entry::Request(Box::new(request::read(item, inherited, context))));
        }
        context.leave();
    }
    entries
}

fn folder<'a>(item: &'a Json<'a>, name: String, inherited: &Inherited<'a>, context: &mut Context) -> Folder {
    let mut inherited = inherited.clone();
    inherited.add(item);
    let known = context.scope.clone();
    context.variables_of(item.first(&["variable", "variables"]), Scope::Folder);
    let mut comments = request::description(item.get("description"));
    comments.extend(context.folder_scripts(item));
    let entries = items(item.get("item"), &inherited, context);
    context.scope = known;
    context.report.take("folders", 1);
    Folder { name, comments, entries }
}
