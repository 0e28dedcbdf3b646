//! What a module has at its top level: imports, bindings, exports. In every style that JavaScript allows.

use tree_sitter::Node;

use crate::collection::nextjs::syntax::{Source, field, is_function, named_children, unwrap};

/// The top level of a file.
#[derive(Debug, Default)]
pub struct Module<'t> {
    /// Imported names.
    pub imports: Vec<Import>,
    /// Names that are declared here.
    pub bindings: Vec<Binding<'t>>,
    /// Exported names; the default export is called `default`.
    pub exports: Vec<Export<'t>>,
    /// `export * from "…"`.
    pub stars: Vec<String>,
}

/// An imported name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// Its name here.
    pub local: String,
    /// The module, as it is written.
    pub from: String,
    /// Its name there; `default`, or `*` for the whole module.
    pub name: String,
}

/// A name and what it is bound to.
#[derive(Debug, Clone)]
pub struct Binding<'t> {
    /// The name.
    pub name: String,
    /// What it stands for.
    pub bound: Bound<'t>,
    /// `const` and functions cannot change.
    pub fixed: Fixed,
}

/// Can a name be bound to something else later?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fixed {
    /// No.
    Yes,
    /// It may.
    No,
}

/// What a name stands for.
#[derive(Debug, Clone, Copy)]
pub enum Bound<'t> {
    /// A function or an expression.
    Node(Node<'t>),
    /// A member of an expression that was taken apart: `const { GET } = handlers`. The second node is the name of the
    /// member.
    Member(Node<'t>, Node<'t>),
}

impl<'t> Bound<'t> {
    /// Where it stands.
    pub const fn node(self) -> Node<'t> {
        match self {
            Self::Node(node) | Self::Member(node, _) => node,
        }
    }
}

/// An exported name.
#[derive(Debug, Clone)]
pub struct Export<'t> {
    /// The name outside.
    pub name: String,
    /// What it stands for.
    pub target: Target<'t>,
    /// Where it is exported.
    pub node: Node<'t>,
}

/// What an exported name stands for.
#[derive(Debug, Clone)]
pub enum Target<'t> {
    /// A name of this file.
    Local(String),
    /// A declaration or an expression in place.
    Here(Bound<'t>),
    /// `export { name } from "from"`.
    From {
        /// The module, as it is written.
        from: String,
        /// The name there.
        name: String,
    },
}

impl<'t> Module<'t> {
    /// Reads the top level of a file.
    pub fn read(source: &'t Source) -> Self {
        let mut module = Self::default();
        for statement in named_children(source.root()) {
            match statement.kind() {
                "import_statement" => module.import(source, statement),
                "export_statement" => module.export(source, statement),
                "expression_statement" => module.common_js(source, statement),
                _ => module.bindings.extend(declared(source, statement)),
            }
        }
        module
    }

    /// What a name of this file is bound to.
    pub fn binding(&self, name: &str) -> Option<&Binding<'t>> {
        self.bindings.iter().rev().find(|binding| binding.name == name)
    }

    /// The import that brings a name.
    pub fn import_of(&self, local: &str) -> Option<&Import> {
        self.imports.iter().find(|import| import.local == local)
    }

    /// The export of a name. A function may be declared several times (overloads): the last counts.
    pub fn export_of(&self, name: &str) -> Option<&Export<'t>> {
        self.exports.iter().rev().find(|export| export.name == name)
    }

    fn import(&mut self, source: &Source, statement: Node<'_>) {
        let Some(from) = field(statement, "source").and_then(|from| source.string(from)) else { return };
        if is_type_only(source, statement) {
            return;
        }
        let mut add = |local: &str, name: &str| {
            self.imports.push(Import { local: local.to_owned(), from: from.clone(), name: name.to_owned() });
        };
        for clause in named_children(statement).into_iter().filter(|child| child.kind() == "import_clause") {
            for part in named_children(clause) {
                match part.kind() {
                    "identifier" => add(source.text(part), "default"),
                    "namespace_import" => {
                        if let Some(name) = part.named_child(0) {
                            add(source.text(name), "*");
                        }
                    }
                    "named_imports" => {
                        for specifier in named_children(part) {
                            let Some(name) = field(specifier, "name") else { continue };
                            let local = field(specifier, "alias").unwrap_or(name);
                            let name = source.key(name).unwrap_or_default();
                            add(source.text(local), &name);
                        }
                    }
                    _ => {}
                }
            }
        }
    }

    fn export(&mut self, source: &'t Source, statement: Node<'t>) {
        if is_type_only(source, statement) {
            return;
        }
        let from = field(statement, "source").and_then(|from| source.string(from));
        if let Some(declaration) = field(statement, "declaration") {
            let is_default = has_token(statement, "default");
            let bindings = declared(source, declaration);
            for binding in &bindings {
                let name = if is_default { "default".to_owned() } else { binding.name.clone() };
                self.exports.push(Export { name, target: Target::Here(binding.bound), node: declaration });
            }
            if bindings.is_empty() && is_default {
                let target = Target::Here(Bound::Node(declaration));
                self.exports.push(Export { name: "default".to_owned(), target, node: declaration });
            }
            self.bindings.extend(bindings);
            return;
        }
        if let Some(value) = field(statement, "value") {
            let target = Target::Here(Bound::Node(value));
            self.exports.push(Export { name: "default".to_owned(), target, node: value });
            return;
        }
        let children = named_children(statement);
        if let Some(clause) = children.iter().find(|child| child.kind() == "export_clause") {
            for specifier in named_children(*clause) {
                let Some(name) = field(specifier, "name").and_then(|name| source.key(name)) else { continue };
                if is_type_only(source, specifier) {
                    continue;
                }
                let outside = field(specifier, "alias").and_then(|alias| source.key(alias));
                let target = match &from {
                    Some(from) => Target::From { from: from.clone(), name: name.clone() },
                    None => Target::Local(name.clone()),
                };
                self.exports.push(Export { name: outside.unwrap_or(name), target, node: specifier });
            }
            return;
        }
        let is_namespace = children.iter().any(|child| child.kind() == "namespace_export");
        if let Some(from) = from.filter(|_| !is_namespace) {
            self.stars.push(from);
        }
    }

    /// `module.exports = …`, `exports.GET = …`.
    fn common_js(&mut self, source: &'t Source, statement: Node<'t>) {
        let Some(assignment) = statement.named_child(0).filter(|node| node.kind() == "assignment_expression") else {
            return;
        };
        let (Some(left), Some(right)) = (field(assignment, "left"), field(assignment, "right")) else { return };
        let target = source.text(left);
        if target == "module.exports" {
            let value = unwrap(right);
            self.exports.push(Export {
                name: "default".to_owned(),
                target: Target::Here(Bound::Node(value)),
                node: value,
            });
            if value.kind() == "object" {
                for part in named_children(value) {
                    self.member_export(source, part);
                }
            }
        } else if let Some(name) = target.strip_prefix("module.exports.").or_else(|| target.strip_prefix("exports.")) {
            self.exports.push(Export {
                name: name.to_owned(),
                target: Target::Here(Bound::Node(right)),
                node: assignment,
            });
        }
    }

    fn member_export(&mut self, source: &'t Source, part: Node<'t>) {
        let (name, target) = match part.kind() {
            "shorthand_property_identifier" => {
                (Some(source.text(part).to_owned()), Some(Target::Local(source.text(part).to_owned())))
            }
            "pair" => (
                field(part, "key").and_then(|key| source.key(key)),
                field(part, "value").map(|value| Target::Here(Bound::Node(value))),
            ),
            "method_definition" => {
                (field(part, "name").and_then(|key| source.key(key)), Some(Target::Here(Bound::Node(part))))
            }
            _ => (None, None),
        };
        if let (Some(name), Some(target)) = (name, target) {
            self.exports.push(Export { name, target, node: part });
        }
    }
}

/// `import type`, `export type`, `{ type X }`.
fn is_type_only(source: &Source, node: Node<'_>) -> bool {
    let mut cursor = node.walk();
    node.children(&mut cursor).take(3).any(|child| !child.is_named() && source.text(child) == "type")
}

fn has_token(node: Node<'_>, token: &str) -> bool {
    let mut cursor = node.walk();
    node.children(&mut cursor).any(|child| child.kind() == token)
}

/// The names that a statement declares.
pub fn declared<'t>(source: &'t Source, statement: Node<'t>) -> Vec<Binding<'t>> {
    let mut bindings = Vec::new();
    if is_function(statement) {
        if let Some(name) = field(statement, "name") {
            bindings.push(Binding {
                name: source.text(name).to_owned(),
                bound: Bound::Node(statement),
                fixed: Fixed::Yes,
            });
        }
        return bindings;
    }
    let fixed = match statement.kind() {
        "lexical_declaration" if has_token(statement, "const") => Fixed::Yes,
        "lexical_declaration" | "variable_declaration" => Fixed::No,
        _ => return bindings,
    };
    for declarator in named_children(statement).into_iter().filter(|child| child.kind() == "variable_declarator") {
        let (Some(name), Some(value)) = (field(declarator, "name"), field(declarator, "value")) else { continue };
        if name.kind() == "identifier" {
            bindings.push(Binding { name: source.text(name).to_owned(), bound: Bound::Node(value), fixed });
        } else {
            let taken = taken_apart(source, name);
            let members = taken.into_iter().map(|(local, member)| Binding {
                name: source.text(local).to_owned(),
                bound: Bound::Member(value, member),
                fixed,
            });
            bindings.extend(members);
        }
    }
    bindings
}

/// The names of `{ a, b: c, d = 1 }`: the local name and the member's name.
pub fn taken_apart<'t>(source: &Source, pattern: Node<'t>) -> Vec<(Node<'t>, Node<'t>)> {
    let mut names = Vec::new();
    if !matches!(pattern.kind(), "object_pattern" | "array_pattern") {
        return names;
    }
    for part in named_children(pattern) {
        match part.kind() {
            "shorthand_property_identifier_pattern" | "identifier" => names.push((part, part)),
            "object_assignment_pattern" | "assignment_pattern" => {
                if let Some(left) = field(part, "left") {
                    names.push((left, left));
                }
            }
            "pair_pattern" => {
                let (Some(key), Some(value)) = (field(part, "key"), field(part, "value")) else { continue };
                let value = if value.kind() == "assignment_pattern" { field(value, "left") } else { Some(value) };
                match value {
                    Some(local) if local.kind() == "identifier" => names.push((local, key)),
                    // `{ user: { name } }`: the inner names come from the member as well.
                    Some(inner) => names.extend(
                        named_children(inner)
                            .into_iter()
                            .filter(|name| source.text(*name).chars().all(|c| c.is_alphanumeric() || c == '_'))
                            .map(|name| (name, key)),
                    ),
                    None => {}
                }
            }
            _ => {}
        }
    }
    names
}
