//! Import of OpenAPI 3.0, 3.1 and 3.2 documents and of Swagger 2.0, in JSON or YAML.
//!
//! Pure: the text of the document and a way to read the files beside it come in, drafts go out. One collection for each
//! tag (else for each first segment of the path), an environment for each server, an identity for each way to sign in.
//! What has no place in a request (answers, callbacks, links, `x-…`) is counted in the report.

mod body;
mod document;
mod operation;
mod parameter;
mod schema;
mod security;
mod server;
#[cfg(test)]
mod tests;
mod text;
mod xml;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::collection::draft::{DraftFile, Fate, Import, ImportReport};
use crate::collection::import::Input;
use crate::collection::import::openapi::document::{Documents, Node};
use crate::collection::import::openapi::operation::{Context, LeftOut, Operation};
use crate::collection::import::openapi::security::Security;
use crate::collection::import::openapi::server::Servers;
use crate::collection::import::path;
use crate::model::problem::{Place, Problem, ProblemKind};

/// The methods of a path, in the order in which they are written.
const METHODS: [&str; 9] = ["get", "post", "put", "patch", "delete", "head", "options", "trace", "query"];

/// Reads a document.
pub fn import(input: &Input<'_>) -> Result<Import, Problem> {
    let mut report = ImportReport::default();
    let documents = Documents::load(input.name, input.text, input.read, &mut report)?;
    let root = documents.root();
    check_version(root, input)?;
    let servers = Servers::read(&documents, &mut report);
    let security = Security::read(&documents, &servers, &mut report);
    let mut context = Context { documents: &documents, security, servers, left_out: LeftOut::default() };
    let mut files = Files::new(&documents, context.servers.names());
    for (path, item) in root.raw("paths").into_iter().flat_map(Node::members) {
        if !path.starts_with('/') {
            if !path.starts_with("x-") {
                report.remark(Fate::Dropped, "path", path, "a path begins with `/`");
            }
            continue;
        }
        let Some(target) = documents.follow(item) else {
            report.remark(Fate::Dropped, "path", path, "its description could not be found");
            continue;
        };
        // Methods may stand beside a `$ref`.
        let beside = if item.text("$ref").is_some() { Some(item) } else { None };
        for level in std::iter::once(target).chain(beside) {
            for (method, node) in operations(level) {
                let operation = context.operation(method, path, level, node, &mut report);
                files.add(path, operation);
            }
        }
    }
    documents.report_broken(&mut report);
    report_left_out(&documents, context.left_out, &mut report);
    let files = files.finish();
    if files.is_empty() {
        report.remark(Fate::Dropped, "document", input.name.display().to_string(), "it describes no operations");
    }
    let environments = context.servers.into_environments();
    Ok(Import { files, environments, report, ..Import::default() })
}

fn check_version(root: Node<'_>, input: &Input<'_>) -> Result<(), Problem> {
    let place = Place { file: input.name.to_path_buf(), line: 1, column: 1 };
    let version = ["openapi", "swagger"].iter().find_map(|key| root.raw(key)).map(|node| parameter::plain(node.value));
    match version {
        Some(version) if version.starts_with("3.") || version == "3" || version.starts_with('2') => Ok(()),
        Some(version) => {
            let version: String = version.chars().take(20).collect();
            Err(Problem::new(ProblemKind::Input, format!("OpenAPI `{version}` is not known"))
                .hint("bearcat reads OpenAPI 3.0, 3.1, 3.2 and Swagger 2.0")
                .at(place))
        }
        None => Err(Problem::new(ProblemKind::Input, "This is no OpenAPI document")
            .hint("Its first lines say `openapi: 3.1.0` or `swagger: \"2.0\"`")
            .at(place)),
    }
}

/// The operations of a path item in their order.
fn operations(item: Node<'_>) -> Vec<(&str, Node<'_>)> {
    let usual = item.members().filter(|(method, node)| METHODS.contains(method) && node.value.is_object());
    let additional = item.raw("additionalOperations").into_iter().flat_map(Node::members);
    usual.chain(additional).collect()
}

/// What has no place in a request, in one line for each kind.
fn report_left_out(documents: &Documents, left_out: LeftOut, report: &mut ImportReport) {
    let webhooks = documents.root().raw("webhooks").map_or(0, |webhooks| webhooks.members().count());
    for (kind, count, reason) in [
        ("callback", left_out.callbacks, "callbacks: they are requests of the server"),
        ("webhook", webhooks, "webhooks: they are requests of the server"),
        ("link", left_out.links, "links between operations: write `# @capture` for what a later request needs"),
        ("response", left_out.responses, "descriptions of answers: they are no part of a request"),
        ("extension", documents.extensions, "`x-…` members: they mean something only to the tool that wrote them"),
    ] {
        if count > 0 {
            report.remark(Fate::Dropped, kind, "document", format!("{count} {reason}"));
        }
    }
}

/// The collections in the making.
struct Files<'d> {
    documents: &'d Documents,
    /// In the order of the document's tags, then of first use.
    order: Vec<String>,
    files: HashMap<String, DraftFile>,
    /// Names of requests, for all files: requests are found by name.
    names: BTreeSet<String>,
    /// Names of variables that mean something in the environments: no variable of a path may hide them.
    reserved: BTreeSet<String>,
}

impl<'d> Files<'d> {
    fn new(documents: &'d Documents, reserved: BTreeSet<String>) -> Self {
        let tags = documents.root().raw("tags").into_iter().flat_map(Node::items);
        let order = tags.filter_map(|tag| tag.text("name")).map(str::to_owned).collect();
        Self { documents, order, files: HashMap::new(), names: BTreeSet::new(), reserved }
    }

    fn add(&mut self, path: &str, operation: Operation) {
        let group = operation.tag.clone().unwrap_or_else(|| first_segment(path).to_owned());
        if !self.order.contains(&group) {
            self.order.push(group.clone());
        }
        let comments = |documents| head(documents, &group);
        let documents = self.documents;
        let file = self.files.entry(group.clone()).or_insert_with(|| DraftFile {
            path: path::collection(&[], &group),
            comments: comments(documents),
            ..DraftFile::default()
        });
        let mut draft = operation.draft;
        let mut renamed: BTreeMap<String, String> = BTreeMap::new();
        for (written, value) in operation.variables {
            let name = if self.reserved.contains(&written) { format!("path_{written}") } else { written.clone() };
            if name != written {
                renamed.insert(written.clone(), name.clone());
            }
            match file.variables.iter().find(|(known, _)| *known == name) {
                None => file.variables.push((name, value)),
                // One name, another kind of value (`id`: a number here, a UUID there).
                Some((_, known)) if is_number(known) != is_number(&value) => {
                    let kind = if is_number(&value) { "number" } else { "name" };
                    let other = format!("{name}_{kind}");
                    if !file.variables.iter().any(|(known, _)| *known == other) {
                        file.variables.push((other.clone(), value));
                    }
                    renamed.insert(written, other);
                }
                Some(_) => {}
            }
        }
        for (from, to) in renamed {
            // What stands before the path is the server.
            let start = draft.url.find("}}").map_or(0, |close| close + 2);
            let path = draft.url[start..].replace(&format!("{{{{{from}}}}}"), &format!("{{{{{to}}}}}"));
            draft.url.replace_range(start.., &path);
        }
        let stem = draft.name.unwrap_or_else(|| format!("{} {path}", draft.method));
        let mut name = stem.clone();
        let mut number = 2;
        while !self.names.insert(name.clone()) {
            name = format!("{stem} ({number})");
            number += 1;
        }
        draft.name = Some(name);
        file.requests.push(draft);
    }

    fn finish(mut self) -> Vec<DraftFile> {
        self.order.iter().filter_map(|group| self.files.remove(group)).collect()
    }
}

/// What a path is about: its first segment that is no parameter, no version and not just `api`.
fn first_segment(path: &str) -> &str {
    let named = || path.split('/').filter(|segment| !segment.is_empty() && !segment.starts_with('{'));
    let is_prefix = |segment: &str| {
        let number = segment.strip_prefix('v').unwrap_or_default();
        segment == "api" || (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
    };
    named().find(|segment| !is_prefix(segment)).or_else(|| named().next()).unwrap_or("root")
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The comments at the top of a collection.
fn head(documents: &Documents, group: &str) -> Vec<String> {
    let root = documents.root();
    let info = root.raw("info");
    let title = info.and_then(|info| info.text("title")).unwrap_or("OpenAPI document");
    let version = info.and_then(|info| info.raw("version")).map(|version| parameter::plain(version.value));
    let mut comments = vec![format!("{} {}", text::first_line(title), version.unwrap_or_default()).trim().to_owned()];
    let tags = root.raw("tags").into_iter().flat_map(Node::items);
    let tag = tags.filter(|tag| tag.text("name") == Some(group)).find_map(|tag| tag.text("description"));
    comments.extend(tag.map(text::lines).unwrap_or_default());
    comments
}
