//! Servers of a document: environments with the variable `base`.
//!
//! Called by [`openapi`](super). One server goes to the environment that all others share; of several each becomes an
//! environment of its own. Servers of single paths and operations get variables of their own.

use std::collections::BTreeSet;

use crate::collection::draft::{DraftEnvironment, DraftVariable, Fate, ImportReport, Sensitivity};
use crate::collection::environment::SHARED;
use crate::collection::import::openapi::document::{Documents, Node};
use crate::collection::import::openapi::text::variable_name;
use crate::collection::import::path::slug;

/// The variable with the address of the server.
pub(super) const BASE: &str = "base";

/// Where a server without an address of its own is looked for.
const LOCAL: &str = "http://localhost";

/// The environments of an import, in the making.
#[derive(Debug, Default)]
pub(super) struct Servers {
    /// What every environment has.
    pub shared: DraftEnvironment,
    /// One for each of several servers.
    pub named: Vec<DraftEnvironment>,
    /// Addresses of single operations, with their variables.
    overrides: Vec<(String, String)>,
}

impl Servers {
    /// Reads the servers of the document.
    pub fn read(documents: &Documents, report: &mut ImportReport) -> Self {
        let root = documents.root();
        let mut servers = Self { shared: environment(SHARED), ..Self::default() };
        let found: Vec<Address> = if root.raw("swagger").is_some() {
            swagger(root)
        } else {
            root.raw("servers").into_iter().flat_map(Node::items).map(address).collect()
        };
        report.take("servers", found.len());
        let found = if found.is_empty() {
            vec![Address { url: "/".to_owned(), variables: Vec::new(), name: String::new() }]
        } else {
            found
        };
        let is_single = found.len() == 1;
        let mut names = BTreeSet::new();
        for (index, address) in found.into_iter().enumerate() {
            let url = absolute(&address.url, None, "servers", report);
            let name =
                if is_single { SHARED.to_owned() } else { unique(&environment_name(&address, index), &mut names) };
            let target = if is_single {
                &mut servers.shared
            } else {
                servers.named.push(environment(&name));
                servers.named.last_mut().expect("one was just added")
            };
            set(target, BASE, &url);
            for (name, value) in address.variables {
                set(target, &name, &value);
            }
        }
        servers
    }

    /// The placeholder for the address of an operation: its own server, its path's, or the document's.
    pub fn placeholder(&mut self, levels: &[Node<'_>], place: &str, report: &mut ImportReport) -> String {
        let own = levels.iter().rev().find_map(|level| level.raw("servers")?.items().next());
        let Some(own) = own else { return format!("{{{{{BASE}}}}}") };
        let address = address(own);
        let url = absolute(&address.url, self.base(), place, report);
        if self.base() == Some(url.as_str()) {
            return format!("{{{{{BASE}}}}}");
        }
        if let Some((_, variable)) = self.overrides.iter().find(|(known, _)| *known == url) {
            return format!("{{{{{variable}}}}}");
        }
        let host = url.split("://").nth(1).unwrap_or(&url).split(['/', ':']).next().unwrap_or_default();
        let stem = format!("{BASE}_{}", variable_name(&host.replace('-', ".")));
        let mut variable = stem.clone();
        let mut number = 2;
        while self.overrides.iter().any(|(_, taken)| *taken == variable) {
            variable = format!("{stem}_{number}");
            number += 1;
        }
        self.overrides.push((url.clone(), variable.clone()));
        report.take("servers", 1);
        set(&mut self.shared, &variable, &url);
        for (name, value) in &address.variables {
            set(&mut self.shared, name, value);
        }
        format!("{{{{{variable}}}}}")
    }

    /// The address of the first server.
    pub fn base(&self) -> Option<&str> {
        let first = self.named.first().unwrap_or(&self.shared);
        first.variables.iter().find(|variable| variable.name == BASE).map(|variable| variable.value.as_str())
    }

    /// The names of all variables.
    pub fn names(&self) -> BTreeSet<String> {
        let all = std::iter::once(&self.shared).chain(&self.named).flat_map(|environment| &environment.variables);
        all.map(|variable| variable.name.clone()).collect()
    }

    /// A variable that every environment has; a value that is there already stays.
    pub fn set(&mut self, name: &str, value: &str, sensitivity: Sensitivity) {
        if !self.shared.variables.iter().any(|variable| variable.name == name) {
            let variable = DraftVariable { name: name.to_owned(), value: value.to_owned(), sensitivity };
            self.shared.variables.push(variable);
        }
    }

    /// All environments that hold something.
    pub fn into_environments(self) -> Vec<DraftEnvironment> {
        let all = std::iter::once(self.shared).chain(self.named);
        all.filter(|environment| !environment.variables.is_empty() || !environment.identities.is_empty()).collect()
    }
}

struct Address {
    url: String,
    variables: Vec<(String, String)>,
    name: String,
}

/// OpenAPI 3: a server object.
fn address(node: Node<'_>) -> Address {
    let mut url = node.text("url").unwrap_or("/").trim().to_owned();
    let mut variables = Vec::new();
    for (name, variable) in node.raw("variables").into_iter().flat_map(Node::members) {
        let written = format!("{{{name}}}");
        if !url.contains(&written) {
            continue;
        }
        let first = variable.raw("enum").and_then(|choices| choices.items().next());
        let value =
            variable.raw("default").or(first).map(|value| super::parameter::plain(value.value)).unwrap_or_default();
        let name = variable_name(name);
        url = url.replace(&written, &format!("\u{1}{name}\u{2}"));
        variables.push((name, value));
    }
    // A variable that is not described.
    while let Some((open, close)) = url.find('{').and_then(|open| Some((open, open + url[open..].find('}')?))) {
        let name = variable_name(&url[open + 1..close]);
        url.replace_range(open..=close, &format!("\u{1}{name}\u{2}"));
        variables.push((name.clone(), name));
    }
    let url = url.replace('\u{1}', "{{").replace('\u{2}', "}}");
    let name = node.text("name").or_else(|| node.text("description")).unwrap_or_default().to_owned();
    Address { url, variables, name }
}

/// Swagger 2.0: schemes, host and path.
fn swagger(root: Node<'_>) -> Vec<Address> {
    let path = root.text("basePath").unwrap_or_default();
    let Some(host) = root.text("host") else {
        return vec![Address { url: path.to_owned(), variables: Vec::new(), name: String::new() }];
    };
    let schemes: Vec<_> =
        root.raw("schemes").into_iter().flat_map(Node::items).filter_map(|scheme| scheme.value.as_str()).collect();
    let best = ["https", "http"].into_iter().find(|scheme| schemes.contains(scheme)).unwrap_or("https");
    vec![Address { url: format!("{best}://{host}{path}"), variables: Vec::new(), name: String::new() }]
}

/// The address without a slash at its end; a relative one is put on this computer.
fn absolute(url: &str, base: Option<&str>, place: &str, report: &mut ImportReport) -> String {
    let trimmed = url.trim_end_matches('/');
    if trimmed.contains("://") || trimmed.starts_with("{{") {
        return trimmed.to_owned();
    }
    if let Some(rest) = trimmed.strip_prefix("//").filter(|rest| !rest.is_empty()) {
        return format!("https://{rest}");
    }
    let origin = base.and_then(|base| {
        let start = base.find("://")? + 3;
        Some(base[start..].find('/').map_or(base, |end| &base[..start + end]))
    });
    let path = trimmed.trim_start_matches('/');
    let path = if path.is_empty() { String::new() } else { format!("/{path}") };
    let Some(origin) = origin else {
        let reason = format!("the document does not say on which host `{url}` is: set `{BASE}` in the environment");
        report.remark(Fate::Changed, "server", place, reason);
        return format!("{LOCAL}{path}");
    };
    format!("{origin}{path}")
}

/// `Production server` → `production`; else the host.
fn environment_name(address: &Address, index: usize) -> String {
    let name = address.name.to_lowercase();
    let known = [
        ("prod", "production"),
        ("sandbox", "sandbox"),
        ("stag", "staging"),
        ("develop", "development"),
        ("local", "local"),
        ("test", "test"),
        ("demo", "demo"),
    ];
    if let Some((_, known)) = known.iter().find(|(part, _)| name.contains(part)) {
        return (*known).to_owned();
    }
    if !name.is_empty() && name.chars().count() <= 30 {
        return slug(&name);
    }
    let host = address.url.split("://").nth(1).unwrap_or_default().split(['/', ':']).next().unwrap_or_default();
    if host.is_empty() { format!("server-{}", index + 1) } else { slug(host) }
}

fn unique(name: &str, names: &mut BTreeSet<String>) -> String {
    let mut candidate = name.to_owned();
    let mut number = 2;
    while !names.insert(candidate.clone()) {
        candidate = format!("{name}-{number}");
        number += 1;
    }
    candidate
}

fn environment(name: &str) -> DraftEnvironment {
    DraftEnvironment { name: name.to_owned(), ..DraftEnvironment::default() }
}

fn set(environment: &mut DraftEnvironment, name: &str, value: &str) {
    match environment.variables.iter_mut().find(|variable| variable.name == name) {
        Some(variable) => value.clone_into(&mut variable.value),
        None => environment.variables.push(DraftVariable {
            name: name.to_owned(),
            value: value.to_owned(),
            sensitivity: Sensitivity::Plain,
        }),
    }
}
