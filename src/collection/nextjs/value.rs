//! Values that stand in a source file as literals. Whatever would have to be run is [`Value::Dynamic`].

use std::cell::Cell;

use tree_sitter::Node;

use crate::collection::nextjs::syntax::{Source, field, named_children, unwrap};

/// Deeper literals are dynamic.
const DEEPEST: usize = 24;

/// More elements or members are dynamic.
const MOST_MEMBERS: usize = 1_000;

/// A value that is known without running anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// `undefined`.
    Undefined,
    /// `null`.
    Null,
    /// `true`, `false`.
    Boolean(bool),
    /// A number, as it is written.
    Number(String),
    /// A string.
    Text(String),
    /// `/pattern/flags`.
    Regex {
        /// The pattern.
        pattern: String,
        /// The flags.
        flags: String,
    },
    /// `[…]`.
    List(Vec<Self>),
    /// `{…}`; of two members of one name the later counts. A spread of something unknown is the member `...`.
    Object(Vec<(String, Self)>),
    /// A function; its name or nothing.
    Function,
    /// It cannot be told without running it.
    Dynamic {
        /// Where.
        line: usize,
        /// What stands there.
        what: String,
    },
}

/// The name of the member that stands for a spread of something unknown.
pub const SPREAD: &str = "...";

impl Value {
    /// A member of an object. What a later spread may have changed is dynamic.
    pub fn member(&self, name: &str) -> Option<&Self> {
        let Self::Object(members) = self else { return None };
        let at = members.iter().rposition(|(key, _)| key == name || key == SPREAD)?;
        Some(&members[at].1)
    }

    /// As text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Does it count as true? `None`: it cannot be told.
    pub fn truth(&self) -> Option<bool> {
        match self {
            Self::Undefined | Self::Null => Some(false),
            Self::Boolean(value) => Some(*value),
            Self::Number(number) => Some(number.parse::<f64>().ok() != Some(0.0)),
            Self::Text(text) => Some(!text.is_empty()),
            Self::Regex { .. } | Self::List(_) | Self::Object(_) | Self::Function => Some(true),
            Self::Dynamic { .. } => None,
        }
    }
}

/// Finds what an identifier stands for, at a depth.
pub type FindName<'a> = &'a dyn Fn(&Source, &str, usize) -> Option<Value>;

/// How many expressions may still be read: names that hold names twice double the work each time.
#[derive(Debug)]
pub struct Budget(Cell<usize>);

impl Default for Budget {
    fn default() -> Self {
        Self(Cell::new(20_000))
    }
}

impl Budget {
    fn spend(&self) -> bool {
        let left = self.0.get();
        self.0.set(left.saturating_sub(1));
        left > 0
    }
}

/// How identifiers are found, and how much may be read.
#[derive(Clone, Copy)]
pub struct Names<'a> {
    /// Finds one.
    pub find: FindName<'a>,
    /// What is left.
    pub budget: &'a Budget,
}

/// The value of an expression in which identifiers mean nothing.
pub fn literal(source: &Source, node: Node<'_>) -> Value {
    read(source, node, Names { find: &|_, _, _| None, budget: &Budget::default() }, 0)
}

/// The value of an expression.
pub fn read(source: &Source, node: Node<'_>, names: Names<'_>, depth: usize) -> Value {
    let node = unwrap(node);
    let dynamic = || Value::Dynamic { line: source.line(node), what: source.excerpt(node) };
    if depth > DEEPEST || !names.budget.spend() {
        return dynamic();
    }
    match node.kind() {
        "string" => source.string(node).map_or_else(dynamic, Value::Text),
        "template_string" => template(source, node, names, depth).map_or_else(dynamic, Value::Text),
        "number" => Value::Number(source.text(node).to_owned()),
        "true" => Value::Boolean(true),
        "false" => Value::Boolean(false),
        "null" => Value::Null,
        "undefined" => Value::Undefined,
        "regex" => Value::Regex {
            pattern: field(node, "pattern").map(|part| source.text(part).to_owned()).unwrap_or_default(),
            flags: field(node, "flags").map(|part| source.text(part).to_owned()).unwrap_or_default(),
        },
        "identifier" => match source.text(node) {
            "undefined" => Value::Undefined,
            name => (names.find)(source, name, depth + 1).unwrap_or_else(dynamic),
        },
        "array" => list(source, node, names, depth),
        "object" => object(source, node, names, depth),
        "unary_expression" => match (field(node, "operator").map(|part| source.text(part)), field(node, "argument")) {
            (Some("!"), Some(argument)) => {
                read(source, argument, names, depth + 1).truth().map_or_else(dynamic, |truth| Value::Boolean(!truth))
            }
            (Some("-"), Some(argument)) => match read(source, argument, names, depth + 1) {
                Value::Number(number) => Value::Number(format!("-{number}")),
                _ => dynamic(),
            },
            _ => dynamic(),
        },
        "binary_expression" => binary(source, node, names, depth).unwrap_or_else(dynamic),
        "member_expression" => member(source, node, names, depth).unwrap_or_else(dynamic),
        // `new RegExp("…")`, `Object.freeze({…})`.
        "new_expression" | "call_expression" => made(source, node, names, depth).unwrap_or_else(dynamic),
        "arrow_function"
        | "function_expression"
        | "function_declaration"
        | "generator_function"
        | "method_definition" => Value::Function,
        _ => dynamic(),
    }
}

fn template(source: &Source, node: Node<'_>, names: Names<'_>, depth: usize) -> Option<String> {
    if let Some(text) = source.string(node) {
        return Some(text);
    }
    let mut text = String::new();
    for part in named_children(node) {
        if part.kind() == "template_substitution" {
            match read(source, part.named_child(0)?, names, depth + 1) {
                Value::Text(value) | Value::Number(value) => text.push_str(&value),
                _ => return None,
            }
        } else {
            // Escapes between placeholders are rare enough to give up on.
            (part.kind() == "string_fragment").then(|| text.push_str(source.text(part)))?;
        }
    }
    Some(text)
}

fn list(source: &Source, node: Node<'_>, names: Names<'_>, depth: usize) -> Value {
    let mut values = Vec::new();
    for element in named_children(node).into_iter().take(MOST_MEMBERS) {
        if element.kind() == "spread_element" {
            let inner = element.named_child(0).map(|inner| read(source, inner, names, depth + 1));
            match inner {
                Some(Value::List(more)) if values.len() + more.len() <= MOST_MEMBERS => values.extend(more),
                _ => values.push(Value::Dynamic { line: source.line(element), what: source.excerpt(element) }),
            }
        } else {
            values.push(read(source, element, names, depth + 1));
        }
    }
    Value::List(values)
}

fn object(source: &Source, node: Node<'_>, names: Names<'_>, depth: usize) -> Value {
    let mut members = Vec::new();
    for part in named_children(node).into_iter().take(MOST_MEMBERS) {
        let dynamic = || Value::Dynamic { line: source.line(part), what: source.excerpt(part) };
        match part.kind() {
            "pair" => {
                let key = field(part, "key").and_then(|key| source.key(key));
                let value = field(part, "value").map_or_else(dynamic, |value| read(source, value, names, depth + 1));
                members.push((key.unwrap_or_else(|| SPREAD.to_owned()), value));
            }
            "shorthand_property_identifier" => {
                let name = source.text(part).to_owned();
                let value = (names.find)(source, &name, depth + 1).unwrap_or_else(dynamic);
                members.push((name, value));
            }
            "method_definition" => {
                let key = field(part, "name").and_then(|key| source.key(key));
                members.push((key.unwrap_or_else(|| SPREAD.to_owned()), Value::Function));
            }
            _ => match part.named_child(0).map(|inner| read(source, inner, names, depth + 1)) {
                Some(Value::Object(more)) if part.kind() == "spread_element" && more.len() <= MOST_MEMBERS => {
                    members.extend(more);
                }
                _ => members.push((SPREAD.to_owned(), dynamic())),
            },
        }
    }
    Value::Object(members)
}

fn binary(source: &Source, node: Node<'_>, names: Names<'_>, depth: usize) -> Option<Value> {
    let operator = source.text(field(node, "operator")?);
    let left = read(source, field(node, "left")?, names, depth + 1);
    let right = || field(node, "right").map(|right| read(source, right, names, depth + 1));
    match (operator, &left) {
        ("+", Value::Text(text)) => match right()? {
            Value::Text(more) | Value::Number(more) => Some(Value::Text(format!("{text}{more}"))),
            _ => None,
        },
        ("||", left) => {
            if left.truth()? {
                Some(left.clone())
            } else {
                right()
            }
        }
        ("&&", left) => {
            if left.truth()? {
                right()
            } else {
                Some(left.clone())
            }
        }
        ("??", Value::Null | Value::Undefined) => right(),
        ("??", Value::Dynamic { .. }) => None,
        ("??", left) => Some(left.clone()),
        _ => None,
    }
}

fn member(source: &Source, node: Node<'_>, names: Names<'_>, depth: usize) -> Option<Value> {
    let object = read(source, field(node, "object")?, names, depth + 1);
    let property = source.text(field(node, "property")?);
    object.member(property).cloned()
}

fn made(source: &Source, node: Node<'_>, names: Names<'_>, depth: usize) -> Option<Value> {
    let callee = field(node, "constructor").or_else(|| field(node, "function"))?;
    let arguments = crate::collection::nextjs::syntax::arguments(node);
    let first = || arguments.first().map(|argument| read(source, *argument, names, depth + 1));
    match source.text(callee) {
        "RegExp" => {
            let flags = arguments.get(1).map(|argument| read(source, *argument, names, depth + 1));
            let flags = flags.map_or(Some(String::new()), |flags| flags.as_text().map(str::to_owned))?;
            match first()? {
                Value::Text(pattern) => Some(Value::Regex { pattern, flags }),
                Value::Regex { pattern, flags: own } => {
                    Some(Value::Regex { pattern, flags: if flags.is_empty() { own } else { flags } })
                }
                _ => None,
            }
        }
        "Object.freeze" | "defineConfig" => first(),
        "Set" if node.kind() == "new_expression" => first(),
        _ => None,
    }
}
