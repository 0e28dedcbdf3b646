//! Which methods a route answers: the exports of a route handler, or what an API route compares `req.method` with.

use std::collections::BTreeSet;

use tree_sitter::Node;

use crate::collection::nextjs::handler::{self, Findings};
use crate::collection::nextjs::module::{Bound, Module, Target, taken_apart};
use crate::collection::nextjs::project::{Lost, Project};
use crate::collection::nextjs::syntax::{Source, descendants, field, is_function, unwrap};

/// What Next takes from a route handler, in the order of the tree: what only reads comes first.
pub const METHODS: [&str; 7] = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"];

/// Longer chains of `export *` are given up.
const DEEPEST: usize = 8;

/// A method of a route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Method {
    /// `GET`.
    pub name: String,
    /// The line of its handler in the route's file, from 1.
    pub line: usize,
    /// What its handler does about who calls.
    pub findings: Findings,
}

/// The methods of `route.ts`.
pub fn of_route(project: &Project<'_>, source: &Source) -> (Vec<Method>, Vec<String>) {
    let mut names = BTreeSet::new();
    let mut remarks = Vec::new();
    exported(project, source, 0, &mut names, &mut remarks);
    let module = Module::read(source);
    let mut methods = Vec::new();
    for name in METHODS.into_iter().filter(|name| names.contains(*name)) {
        let line = module.export_of(name).map_or(1, |export| source.line(export.node));
        let mut look = |source: &Source, bound: Bound<'_>| handler::look_at(project, source, bound);
        let findings = project.with_export(source, name, 0, &mut look).unwrap_or_else(|lost| Findings {
            opaque: vec![match lost {
                Lost::Outside(from) => format!("the handler of `{from}` is not read"),
                Lost::Nowhere => format!("the handler `{name}` is not found"),
            }],
            ..Findings::default()
        });
        methods.push(Method { name: name.to_owned(), line, findings });
    }
    if methods.is_empty() {
        let known = module.export_of("default").is_some();
        if known {
            remarks.push("a default export is no route handler: export `GET`, `POST` and so on".to_owned());
        } else if remarks.is_empty() {
            remarks.push("no method is exported".to_owned());
        }
    }
    (methods, remarks)
}

/// The names of methods that a module exports, also through `export *`.
fn exported(
    project: &Project<'_>,
    source: &Source,
    depth: usize,
    names: &mut BTreeSet<&'static str>,
    remarks: &mut Vec<String>,
) {
    let module = Module::read(source);
    for export in &module.exports {
        names.extend(METHODS.into_iter().filter(|method| *method == export.name));
    }
    for from in &module.stars {
        match project.resolve(&source.path, from) {
            Some(other) if depth < DEEPEST && other.path != source.path => {
                exported(project, &other, depth + 1, names, remarks);
            }
            _ => remarks.push(format!("what `export * from \"{from}\"` exports cannot be read")),
        }
    }
}

/// The methods of a file below `pages/api`.
pub fn of_api_route(project: &Project<'_>, source: &Source) -> (Vec<Method>, Vec<String>) {
    let module = Module::read(source);
    let mut remarks = Vec::new();
    let Some(export) = module.export_of("default") else {
        let from = module.stars.first();
        remarks.push(from.map_or("no default export: Next has no handler for it".to_owned(), |from| {
            format!("what `export * from \"{from}\"` exports cannot be read")
        }));
        return (Vec::new(), remarks);
    };
    let line = source.line(export.node);
    let mut look = |source: &Source, bound: Bound<'_>| {
        let findings = handler::look_at(project, source, bound);
        (findings, compared(project, source, bound, 0))
    };
    let found = match &export.target {
        Target::Here(Bound::Node(node)) if unwrap(*node).kind() != "identifier" => Ok(look(source, Bound::Node(*node))),
        _ => project.with_export(source, "default", 0, &mut look),
    };
    let (findings, compared) = found.unwrap_or_else(|lost| {
        let text = match lost {
            Lost::Outside(from) => format!("the handler of `{from}` is not read"),
            Lost::Nowhere => "the handler is not found".to_owned(),
        };
        (Findings { opaque: vec![text], ..Findings::default() }, Compared::default())
    });
    let mut names: BTreeSet<&str> = compared.names.iter().map(String::as_str).collect();
    let is_told = !names.is_empty();
    if !is_told || !compared.refuses_others && !names.contains("GET") {
        names.insert("GET");
        let text = if is_told {
            "other methods than those it compares with may be answered as well"
        } else {
            "which methods it answers cannot be told: GET is assumed"
        };
        remarks.push(text.to_owned());
    }
    let methods = METHODS.into_iter().filter(|name| names.contains(name)).map(|name| {
        let mut findings = findings.clone();
        if matches!(name, "GET" | "HEAD" | "OPTIONS") {
            findings.input.json = None;
        }
        Method { name: name.to_owned(), line, findings }
    });
    (methods.collect(), remarks)
}

/// The methods that a handler compares with.
#[derive(Debug, Default, PartialEq, Eq)]
struct Compared {
    names: BTreeSet<String>,
    /// Is there an answer 405, or a comparison that lets only these on?
    refuses_others: bool,
}

fn compared(project: &Project<'_>, source: &Source, bound: Bound<'_>, depth: usize) -> Compared {
    let mut compared = Compared::default();
    let node = unwrap(bound.node());
    if is_function(node) {
        compare(source, node, &mut compared);
        return compared;
    }
    // A wrapped handler: its arguments.
    if node.kind() == "call_expression" && depth < DEEPEST {
        for argument in super::syntax::arguments(node) {
            let argument = unwrap(argument);
            let inner = if argument.kind() == "identifier" {
                let mut follow = |source: &Source, bound: Bound<'_>| self::compared(project, source, bound, depth + 1);
                project.with_local(source, source.text(argument), 0, &mut follow).unwrap_or_default()
            } else {
                self::compared(project, source, Bound::Node(argument), depth + 1)
            };
            compared.names.extend(inner.names);
            compared.refuses_others |= inner.refuses_others;
        }
    }
    compared
}

fn compare(source: &Source, function: Node<'_>, compared: &mut Compared) {
    // `const { method } = req`.
    let mut aliases = BTreeSet::new();
    for declarator in descendants(function).filter(|node| node.kind() == "variable_declarator") {
        let (Some(name), Some(value)) = (field(declarator, "name"), field(declarator, "value")) else { continue };
        if name.kind() == "identifier" && is_method(source, value, &aliases) {
            aliases.insert(source.text(name).to_owned());
        }
        if matches!(source.text(unwrap(value)), "req" | "request") {
            let taken = taken_apart(source, name).into_iter();
            aliases.extend(
                taken
                    .filter(|(_, member)| source.text(*member) == "method")
                    .map(|(local, _)| source.text(local).to_owned()),
            );
        }
    }
    let mut take = |text: Option<String>| {
        let name = text.map(|text| text.to_ascii_uppercase()).filter(|text| METHODS.contains(&text.as_str()));
        name.is_some_and(|name| compared.names.insert(name))
    };
    let mut refuses = false;
    for node in descendants(function) {
        match node.kind() {
            "binary_expression" => {
                let sides = field(node, "left").zip(field(node, "right"));
                let Some((left, right)) = sides else { continue };
                let other = if is_method(source, left, &aliases) {
                    right
                } else if is_method(source, right, &aliases) {
                    left
                } else {
                    continue;
                };
                let operator = field(node, "operator").map(|operator| source.text(operator)).unwrap_or_default();
                if matches!(operator, "===" | "==" | "!==" | "!=") {
                    take(source.string(unwrap(other)));
                    refuses |= operator.starts_with('!');
                }
            }
            "switch_statement" if field(node, "value").is_some_and(|value| is_method(source, value, &aliases)) => {
                for case in descendants(node).filter(|inner| inner.kind() == "switch_case") {
                    take(field(case, "value").and_then(|value| source.string(unwrap(value))));
                }
            }
            // `["GET", "POST"].includes(req.method)`.
            "call_expression" => {
                let callee = field(node, "function").filter(|callee| callee.kind() == "member_expression");
                let Some(object) = callee.and_then(|callee| field(callee, "object")).map(unwrap) else { continue };
                let given = super::syntax::arguments(node);
                if object.kind() == "array" && given.iter().any(|given| is_method(source, *given, &aliases)) {
                    for entry in super::syntax::named_children(object) {
                        take(source.string(entry));
                    }
                    refuses = true;
                }
            }
            "number" if source.text(node) == "405" => refuses = true,
            _ => {}
        }
    }
    compared.refuses_others |= refuses;
}

/// `req.method`, `req.method?.toUpperCase()`, or a variable that holds it.
fn is_method(source: &Source, node: Node<'_>, aliases: &BTreeSet<String>) -> bool {
    let node = unwrap(node);
    match node.kind() {
        "identifier" => aliases.contains(source.text(node)),
        "member_expression" => {
            field(node, "property").is_some_and(|property| source.text(property) == "method")
                && field(node, "object").is_some_and(|object| matches!(source.text(object), "req" | "request" | "_req"))
        }
        "call_expression" => {
            let callee = field(node, "function").filter(|callee| callee.kind() == "member_expression");
            callee.and_then(|callee| field(callee, "object")).is_some_and(|object| is_method(source, object, aliases))
        }
        _ => false,
    }
}
