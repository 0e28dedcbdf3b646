//! Both versions in one shape: a collection with folders and requests.

use std::collections::{HashMap, HashSet};

use crate::collection::draft::{Fate, ImportReport};
use crate::collection::import::json::Json;

/// Deeper folders are not followed: the file may say that they contain each other.
const DEEPEST: usize = 64;

/// A collection.
pub(super) struct Space<'a> {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) items: Vec<Item<'a>>,
    /// The data of the base environment.
    pub(super) base: &'a Json<'a>,
    pub(super) environments: Vec<Environment<'a>>,
}

/// A sub-environment.
pub(super) struct Environment<'a> {
    pub(super) name: String,
    pub(super) data: &'a Json<'a>,
    pub(super) is_private: bool,
}

/// What is in a folder.
pub(super) enum Item<'a> {
    /// A folder.
    Folder { json: &'a Json<'a>, items: Vec<Item<'a>> },
    /// A request over HTTP.
    Request(&'a Json<'a>),
    /// A request over something else.
    Other { json: &'a Json<'a>, kind: &'static str },
}

impl Item<'_> {
    pub(super) fn name(&self) -> String {
        match self {
            Self::Folder { json, .. } | Self::Request(json) | Self::Other { json, .. } => json.field("name"),
        }
    }
}

/// A collection of version 5.
pub(super) fn space_five<'a>(json: &'a Json<'a>) -> Space<'a> {
    let environments = json.get("environments");
    let subs = environments.get("subEnvironments").items().iter().map(|environment| Environment {
        name: environment.field("name"),
        data: environment.get("data"),
        is_private: environment.get("meta").get("isPrivate").is_true(),
    });
    Space {
        name: json.field("name"),
        description: json.get("meta").field("description"),
        items: items_five(json.get("collection"), 0),
        base: environments.get("data"),
        environments: subs.collect(),
    }
}

fn items_five<'a>(list: &'a Json<'a>, depth: usize) -> Vec<Item<'a>> {
    let item = |json: &'a Json<'a>| {
        if !json.get("children").is_null() || json.get("url").is_null() {
            let items = if depth < DEEPEST { items_five(json.get("children"), depth + 1) } else { Vec::new() };
            return Item::Folder { json, items };
        }
        match other(&json.get("meta").field("id")) {
            Some(kind) => Item::Other { json, kind },
            None => Item::Request(json),
        }
    };
    list.items().iter().filter(|json| json.is_object()).map(item).collect()
}

/// The protocol that an id speaks of.
fn other(id: &str) -> Option<&'static str> {
    if id.starts_with("ws-") {
        Some("WebSocket")
    } else if id.starts_with("greq_") {
        Some("gRPC")
    } else if id.starts_with("socketio") {
        Some("Socket.IO")
    } else if id.starts_with("mcp") {
        Some("MCP")
    } else {
        None
    }
}

/// The collections of an export of format 4.
pub(super) fn spaces<'a>(json: &'a Json<'a>, report: &mut ImportReport) -> Vec<Space<'a>> {
    let resources = json.get("resources").items();
    let mut children: HashMap<String, Vec<&'a Json<'a>>> = HashMap::new();
    let ids: HashSet<String> = resources.iter().map(|resource| resource.field("_id")).collect();
    let mut orphans = Vec::new();
    for resource in resources {
        let parent = resource.field("parentId");
        let kind = resource.field("_type");
        if kind != "workspace" && !ids.contains(&parent) && kind.starts_with("request") {
            orphans.push(resource);
        }
        children.entry(parent).or_default().push(resource);
        note(resource, &kind, report);
    }
    for list in children.values_mut() {
        list.sort_by(|a, b| sort_key(a).total_cmp(&sort_key(b)));
    }
    let mut walk = Walk { children, seen: HashSet::new() };
    let mut spaces = Vec::new();
    for workspace in resources.iter().filter(|resource| resource.field("_type") == "workspace") {
        let id = workspace.field("_id");
        let items = walk.items(&id, 0);
        let (base, environments) = walk.environments(&id);
        spaces.push(Space {
            name: workspace.field("name"),
            description: workspace.field("description"),
            items,
            base,
            environments,
        });
    }
    // Exports of single requests, and files that were cut, have no workspace.
    let orphans: Vec<Item<'a>> = orphans.into_iter().filter_map(|resource| walk.item(resource, 0)).collect();
    if !orphans.is_empty() {
        spaces.push(Space {
            name: "insomnia".to_owned(),
            description: String::new(),
            items: orphans,
            base: &Json::Null,
            environments: Vec::new(),
        });
    }
    spaces
}

/// Remarks on resources that are no requests.
fn note(resource: &Json<'_>, kind: &str, report: &mut ImportReport) {
    let is_read = matches!(
        kind,
        "workspace"
            | "request"
            | "request_group"
            | "environment"
            | "websocket_request"
            | "grpc_request"
            | "socketio_request"
            | "mcp_request"
            | "websocket_payload"
            | "socketio_payload"
    );
    let is_empty = match kind {
        "cookie_jar" => resource.get("cookies").items().is_empty(),
        "api_spec" => resource.field("contents").trim().is_empty(),
        _ => false,
    };
    if is_read || is_empty {
        return;
    }
    let (kind, reason) = match kind {
        "cookie_jar" => ("cookies", "cookies are not imported; signing in again sets them"),
        "api_spec" => ("specification", "the specification is not a request; import it as `openapi`"),
        "unit_test" | "unit_test_suite" => ("test", "its tests are scripts, and bearcat runs none"),
        "proto_file" | "proto_directory" => ("gRPC definition", "bearcat sends HTTP requests only"),
        _ => ("resource", "bearcat has no counterpart for this kind of resource"),
    };
    report.remark(Fate::Dropped, kind, name_of(resource), reason);
}

fn name_of(resource: &Json<'_>) -> String {
    let name = resource.first(&["name", "fileName", "_id"]).shown();
    if name.is_empty() { resource.field("_type") } else { name }
}

fn sort_key(resource: &Json<'_>) -> f64 {
    resource.field("metaSortKey").parse().unwrap_or(0.0)
}

struct Walk<'a> {
    children: HashMap<String, Vec<&'a Json<'a>>>,
    seen: HashSet<String>,
}

impl<'a> Walk<'a> {
    fn items(&mut self, parent: &str, depth: usize) -> Vec<Item<'a>> {
        let list = self.children.get(parent).cloned().unwrap_or_default();
        list.into_iter().filter_map(|resource| self.item(resource, depth)).collect()
    }

    fn item(&mut self, json: &'a Json<'a>, depth: usize) -> Option<Item<'a>> {
        let kind = json.field("_type");
        let id = json.field("_id");
        let item = match kind.as_str() {
            "request" => Item::Request(json),
            "request_group" => {
                if depth >= DEEPEST || !self.seen.insert(id.clone()) {
                    return None;
                }
                Item::Folder { json, items: self.items(&id, depth + 1) }
            }
            "websocket_request" => Item::Other { json, kind: "WebSocket" },
            "grpc_request" => Item::Other { json, kind: "gRPC" },
            "socketio_request" => Item::Other { json, kind: "Socket.IO" },
            "mcp_request" => Item::Other { json, kind: "MCP" },
            _ => return None,
        };
        Some(item)
    }

    fn environments(&self, workspace: &str) -> (&'a Json<'a>, Vec<Environment<'a>>) {
        let of = |parent: &str| -> Vec<&'a Json<'a>> {
            let list = self.children.get(parent).cloned().unwrap_or_default();
            list.into_iter().filter(|resource| resource.field("_type") == "environment").collect()
        };
        let bases = of(workspace);
        let base = bases.first().map_or(&Json::Null, |base| base.get("data"));
        let subs = bases.iter().flat_map(|base| of(&base.field("_id"))).map(|environment| Environment {
            name: environment.field("name"),
            data: environment.get("data"),
            is_private: environment.get("isPrivate").is_true(),
        });
        (base, subs.collect())
    }
}
