//! `next.config.*`: what of it decides about paths, read as far as it is literal.

use std::path::Path;

use tree_sitter::Node;

use crate::collection::nextjs::module::Bound;
use crate::collection::nextjs::project::Project;
use crate::collection::nextjs::syntax::{Source, arguments, field, is_function, named_children, unwrap};
use crate::collection::nextjs::value::Value;
use crate::model::problem::Place;

/// The names of the file, in Next's order; the last two belong to older or newer versions.
pub const FILES: [&str; 6] =
    ["next.config.js", "next.config.mjs", "next.config.ts", "next.config.mts", "next.config.cjs", "next.config.cts"];

/// Wrappers deeper than this are not looked through.
const DEEPEST: usize = 12;

/// What decides about paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// `basePath`, without a slash at the end.
    pub base_path: String,
    /// `trailingSlash`.
    pub trailing_slash: bool,
    /// `pageExtensions`.
    pub page_extensions: Vec<String>,
    /// What could not be told.
    pub remarks: Vec<(Place, String)>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            base_path: String::new(),
            trailing_slash: false,
            page_extensions: ["tsx", "ts", "jsx", "js"].map(str::to_owned).to_vec(),
            remarks: Vec::new(),
        }
    }
}

impl Config {
    /// Reads the configuration of an app.
    pub fn read(project: &Project<'_>) -> Self {
        let found = FILES.iter().find_map(|name| project.source(&project.folder.join(name)));
        let Some(source) = found else { return Self::default() };
        let mut config = Self::default();
        let told = project.with_export(&source, "default", 0, &mut |source, bound| {
            let value = match bound {
                Bound::Node(node) => configuration(project, source, node, 0),
                Bound::Member(of, _) => Value::Dynamic { line: source.line(of), what: source.excerpt(of) },
            };
            config.take(project, source, &value);
        });
        if told.is_err() {
            config.remark(&source.path, 1, "The configuration cannot be told without running it");
        }
        config
    }

    fn remark(&mut self, file: &Path, line: usize, text: impl Into<String>) {
        self.remarks.push((Place { file: file.to_path_buf(), line, column: 1 }, text.into()));
    }

    fn take(&mut self, project: &Project<'_>, source: &Source, value: &Value) {
        let name = source.name(&project.folder);
        if let Value::Dynamic { line, what } = value {
            let text = format!("`{what}` cannot be told without running it: `basePath` and `pageExtensions` of {name}");
            return self.remark(&source.path, *line, text);
        }
        let mut unknown = Vec::new();
        match value.member("basePath") {
            None | Some(Value::Undefined | Value::Null) => {}
            Some(Value::Text(path)) => path.trim_end_matches('/').clone_into(&mut self.base_path),
            Some(other) => unknown.push(("basePath", other)),
        }
        match value.member("trailingSlash") {
            None | Some(Value::Undefined | Value::Null) => {}
            Some(other) => match other.truth() {
                Some(truth) => self.trailing_slash = truth,
                None => unknown.push(("trailingSlash", other)),
            },
        }
        match value.member("pageExtensions") {
            None | Some(Value::Undefined | Value::Null) => {}
            Some(Value::List(entries)) if entries.iter().all(|entry| entry.as_text().is_some()) => {
                self.page_extensions = entries.iter().filter_map(Value::as_text).map(str::to_owned).collect();
            }
            Some(other) => unknown.push(("pageExtensions", other)),
        }
        for (option, value) in unknown {
            let line = if let Value::Dynamic { line, .. } = value { *line } else { 1 };
            self.remark(&source.path, line, format!("`{option}` cannot be told without running {name}"));
        }
    }
}

/// The configuration that an expression stands for: an object, a function that returns one, or one in wrappers.
fn configuration(project: &Project<'_>, source: &Source, node: Node<'_>, depth: usize) -> Value {
    let node = unwrap(node);
    let unknown = || Value::Dynamic { line: source.line(node), what: source.excerpt(node) };
    if depth > DEEPEST {
        return unknown();
    }
    if is_function(node) {
        let returned = field(node, "body").and_then(returned);
        return returned.map_or_else(unknown, |value| configuration(project, source, value, depth + 1));
    }
    match node.kind() {
        "object" => project.value(source, node),
        "identifier" => {
            let name = source.text(node);
            let found = local_in_function(source, node, name)
                .map(|value| configuration(project, source, value, depth + 1))
                .or_else(|| {
                    let mut follow = |source: &Source, bound: Bound<'_>| match bound {
                        Bound::Node(node) => configuration(project, source, node, depth + 1),
                        Bound::Member(of, _) => Value::Dynamic { line: source.line(of), what: source.excerpt(of) },
                    };
                    project.with_local(source, name, 0, &mut follow).ok()
                });
            found.unwrap_or_else(unknown)
        }
        // `withX(config)`, `withX({…})(config)`, `compose(…)(config)`: a wrapper that adds to what it is given.
        "call_expression" => {
            let given = arguments(node).into_iter().map(|argument| configuration(project, source, argument, depth + 1));
            let given = given.filter(|value| matches!(value, Value::Object(_)));
            // With several objects the one that looks like Next's configuration, else the first.
            let mut objects: Vec<Value> = given.collect();
            let known = ["basePath", "trailingSlash", "pageExtensions", "reactStrictMode", "output", "images"];
            let best = objects.iter().position(|value| known.iter().any(|key| value.member(key).is_some()));
            match best.or_else(|| (!objects.is_empty()).then_some(0)) {
                Some(at) => objects.swap_remove(at),
                None => unknown(),
            }
        }
        _ => match project.value(source, node) {
            value @ Value::Object(_) => value,
            _ => unknown(),
        },
    }
}

/// What a function's body returns: an expression, or the value of the last `return` at its top level.
fn returned(body: Node<'_>) -> Option<Node<'_>> {
    if body.kind() != "statement_block" {
        return Some(body);
    }
    let returns = named_children(body).into_iter().rev().find(|statement| statement.kind() == "return_statement")?;
    returns.named_child(0)
}

/// A variable of the function that a node stands in.
fn local_in_function<'t>(source: &'t Source, node: Node<'t>, name: &str) -> Option<Node<'t>> {
    let mut above = node.parent();
    while let Some(block) = above {
        if block.kind() == "statement_block" {
            for statement in named_children(block) {
                let declared = super::module::declared(source, statement);
                if let Some(binding) = declared.iter().find(|binding| binding.name == name) {
                    return Some(binding.bound.node());
                }
            }
        }
        above = block.parent();
    }
    None
}
