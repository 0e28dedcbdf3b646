//! Values made of schemas: what an example would look like if the author had written one.
//!
//! Called for parameters and bodies. Examples, constants, defaults and enumerations go first; the rest is generated,
//! within the bounds that the schema names. Recursion is cut, `readOnly` properties are left out, and the size of a
//! value is bounded: when the budget is used up only required properties follow.

use serde_json::{Map, Number, Value};

use crate::collection::import::openapi::document::{Documents, Node};

/// How many values one example may consist of before optional properties are left out.
const BUDGET: usize = 400;

/// Deeper than this only required properties are taken.
const OPTIONAL_DEPTH: usize = 8;

/// Deeper than this nothing is taken.
const MOST_DEPTH: usize = 24;

/// The text where any will do.
pub(super) const ANY_TEXT: &str = "string";

/// The longest generated text.
const LONGEST_TEXT: usize = 200;

/// Makes one value.
pub(super) struct Sampler<'d> {
    documents: &'d Documents,
    /// The schemas around the one at hand.
    stack: Vec<usize>,
    left: usize,
    /// What people should know: alternatives that were not taken.
    pub notes: Vec<String>,
}

impl<'d> Sampler<'d> {
    /// For one value.
    pub fn new(documents: &'d Documents) -> Self {
        Self { documents, stack: Vec::new(), left: BUDGET, notes: Vec::new() }
    }

    /// A value that fits; `None`: none does, or only one without end.
    pub fn value(&mut self, node: Node<'d>) -> Option<Value> {
        if node.value.is_boolean() {
            return node.value.as_bool()?.then_some(Value::Null);
        }
        let identity = node.identity();
        if self.stack.contains(&identity) || self.stack.len() >= MOST_DEPTH {
            return None;
        }
        self.stack.push(identity);
        self.left = self.left.saturating_sub(1);
        let value = self.inside(node);
        self.stack.pop();
        value
    }

    fn inside(&mut self, node: Node<'d>) -> Option<Value> {
        let own = given(node).map(|value| coerce(value, node));
        if own.is_some() {
            return own;
        }
        // OpenAPI 3.1 lets other keywords stand beside a `$ref`.
        let referred = if node.text("$ref").is_some() {
            let target = self.documents.follow(node)?;
            let value = self.value(target)?;
            let has_more = node.value.as_object().is_some_and(|members| {
                members.keys().any(|key| matches!(key.as_str(), "properties" | "allOf" | "oneOf" | "anyOf"))
            });
            if !has_more {
                return Some(value);
            }
            Some(value)
        } else {
            None
        };
        let mut parts: Vec<Value> = referred.into_iter().collect();
        for part in node.raw("allOf").into_iter().flat_map(Node::items) {
            parts.extend(self.value(part));
        }
        for keyword in ["oneOf", "anyOf"] {
            parts.extend(self.alternative(node, keyword));
        }
        let is_composed = !parts.is_empty() || ["allOf", "oneOf", "anyOf"].iter().any(|key| node.raw(key).is_some());
        let kind = kind(node);
        if kind.is_some() || !is_composed {
            let is_plain_object = kind == Some("object");
            if !is_composed || is_plain_object {
                parts.extend(self.typed(node, kind));
            }
        }
        let value = merge(parts)?;
        Some(coerce(value, node))
    }

    /// The first of several alternatives; the others become a note.
    fn alternative(&mut self, node: Node<'d>, keyword: &str) -> Option<Value> {
        let alternatives: Vec<_> = node.raw(keyword)?.items().collect();
        let is_null = |node: &Node<'_>| node.text("type") == Some("null") || is_nothing_but_null(*node);
        let candidates: Vec<_> = alternatives.into_iter().filter(|node| !is_null(node)).collect();
        // Alternatives that only say which properties are required are no shapes of their own.
        let are_conditions = candidates.iter().all(|node| {
            node.value.as_object().is_some_and(|members| members.keys().all(|key| key == "required" || key == "not"))
        });
        if are_conditions {
            return None;
        }
        let mut chosen = None;
        for (index, candidate) in candidates.iter().enumerate() {
            if let Some(value) = self.value(*candidate) {
                chosen = Some((index, value));
                break;
            }
        }
        let (index, mut value) = chosen?;
        if let (Some(discriminator), Value::Object(members)) = (node.raw("discriminator"), &mut value)
            && let Some(property) = discriminator.text("propertyName")
        {
            let reference = candidates[index].text("$ref").unwrap_or_default();
            let mapping = discriminator.raw("mapping");
            let named = mapping.into_iter().flat_map(Node::members).find(|(_, target)| {
                let target = target.value.as_str().unwrap_or_default();
                !target.is_empty() && (target == reference || reference.ends_with(&format!("/{target}")))
            });
            let name = named.map(|(name, _)| name).or_else(|| candidates[index].reference_name());
            if let Some(name) = name {
                members.insert(property.to_owned(), Value::String(name.to_owned()));
            }
        }
        let others: Vec<String> = candidates
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != index)
            .map(|(_, node)| describe(self.documents, *node))
            .collect();
        if !others.is_empty() && self.notes.len() < 20 {
            let first = describe(self.documents, candidates[index]);
            let word = if keyword == "oneOf" { "instead of" } else { "also" };
            let note = format!("{first}; {word}: {}", others.join(", "));
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
        Some(value)
    }

    fn typed(&mut self, node: Node<'d>, kind: Option<&str>) -> Option<Value> {
        match kind {
            Some("object") => self.object(node),
            Some("array") => Some(self.array(node)),
            Some("string") => Some(Value::String(text(node))),
            Some("integer") => Some(number(node, Whole::Yes)),
            Some("number") => Some(number(node, Whole::No)),
            Some("boolean") => Some(Value::Bool(true)),
            Some("null") => Some(Value::Null),
            Some("file") => Some(Value::String(String::new())),
            _ => Some(Value::Null),
        }
    }

    fn object(&mut self, node: Node<'d>) -> Option<Value> {
        let required: Vec<&str> =
            node.raw("required").into_iter().flat_map(Node::items).filter_map(|item| item.value.as_str()).collect();
        let mut members = Map::new();
        for (name, property) in node.raw("properties").into_iter().flat_map(Node::members) {
            let is_required = required.contains(&name);
            let has_room = self.left > 0 && self.stack.len() <= OPTIONAL_DEPTH;
            if (!is_required && !has_room) || is_read_only(self.documents, property) {
                continue;
            }
            match self.value(property) {
                Some(value) => {
                    members.insert(name.to_owned(), value);
                }
                // A required property that never ends: the object cannot be either.
                None if is_required && self.is_endless(property) => return None,
                None => {}
            }
        }
        if members.is_empty()
            && let Some(additional) = node.raw("additionalProperties")
            && additional.value.as_object().is_some_and(|schema| !schema.is_empty())
            && self.left > 0
            && let Some(value) = self.value(additional)
        {
            members.insert("key".to_owned(), value);
        }
        Some(Value::Object(members))
    }

    /// Is a required property one of the schemas around it, so that no value has an end? (An optional one is left out.)
    fn is_endless(&self, property: Node<'d>) -> bool {
        self.documents.follow(property).is_some_and(|target| self.stack.contains(&target.identity()))
    }

    fn array(&mut self, node: Node<'d>) -> Value {
        let bound = |key: &str| node.raw(key).and_then(|bound| bound.value.as_u64());
        if bound("maxItems") == Some(0) {
            return Value::Array(Vec::new());
        }
        let prefix: Vec<_> = node.raw("prefixItems").into_iter().flat_map(Node::items).collect();
        if !prefix.is_empty() {
            return Value::Array(prefix.into_iter().filter_map(|item| self.value(item)).collect());
        }
        let items = node.raw("items");
        let Some(first) = items.and_then(|items| self.value(items)) else { return Value::Array(Vec::new()) };
        let count = bound("minItems").unwrap_or(1).clamp(1, 10);
        let is_unique = node.is_true("uniqueItems");
        let choices: Vec<Value> = items
            .and_then(|items| self.documents.follow(items))
            .and_then(|items| items.raw("enum"))
            .and_then(|choices| choices.value.as_array().cloned())
            .unwrap_or_default();
        let values = (0..count).map(|index| match (index, is_unique) {
            (0, _) | (_, false) => first.clone(),
            (index, true) => choices.get(index as usize).cloned().unwrap_or_else(|| vary(&first, index)),
        });
        Value::Array(values.collect())
    }
}

/// What the schema itself gives as a value.
fn given(node: Node<'_>) -> Option<Value> {
    let member = |key: &str| node.value.get(key).cloned();
    let first = |key: &str| {
        let list = node.value.get(key)?.as_array()?;
        list.iter().find(|value| !value.is_null()).or_else(|| list.first()).cloned()
    };
    let default = || member("default").filter(|value| !value.is_null());
    member("const")
        .or_else(|| member("example").filter(|value| !value.is_null()))
        .or_else(|| first("examples"))
        .or_else(default)
        .or_else(|| first("enum"))
}

/// YAML reads `1.0` as a number also where the schema says that it is a text.
fn coerce(value: Value, node: Node<'_>) -> Value {
    match value {
        Value::Number(number) if kind(node) == Some("string") => Value::String(number.to_string()),
        Value::Bool(value) if kind(node) == Some("string") => Value::String(value.to_string()),
        value => value,
    }
}

/// The type of a schema: of several the first that is not `null`; without one what its other keywords say.
pub(super) fn kind(node: Node<'_>) -> Option<&str> {
    match node.value.get("type") {
        Some(Value::String(kind)) => return Some(kind),
        Some(Value::Array(kinds)) => {
            let kinds: Vec<_> = kinds.iter().filter_map(Value::as_str).collect();
            return kinds.iter().find(|kind| **kind != "null").or(kinds.first()).copied();
        }
        _ => {}
    }
    let has = |keys: &[&str]| keys.iter().any(|key| node.value.get(key).is_some());
    if has(&["properties", "additionalProperties", "patternProperties", "minProperties"]) {
        Some("object")
    } else if has(&["items", "prefixItems", "minItems", "maxItems"]) {
        Some("array")
    } else if has(&["pattern", "minLength", "maxLength", "format", "contentEncoding", "contentMediaType"]) {
        Some("string")
    } else if has(&["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]) {
        Some("number")
    } else {
        None
    }
}

/// Is this the property of something that only answers hold?
pub(super) fn is_read_only(documents: &Documents, node: Node<'_>) -> bool {
    node.is_true("readOnly") || documents.follow(node).is_some_and(|target| target.is_true("readOnly"))
}

fn is_nothing_but_null(node: Node<'_>) -> bool {
    node.value.get("const").is_some_and(Value::is_null)
        || node.value.get("enum").and_then(Value::as_array).is_some_and(|list| list.iter().all(Value::is_null))
}

/// What people call a schema.
fn describe(documents: &Documents, node: Node<'_>) -> String {
    if let Some(name) = node.reference_name() {
        return format!("`{name}`");
    }
    if let Some(title) = node.text("title") {
        return format!("`{title}`");
    }
    let node = documents.follow(node).unwrap_or(node);
    match kind(node) {
        Some("object") => {
            let names: Vec<_> =
                node.raw("properties").into_iter().flat_map(Node::members).map(|(name, _)| name).take(3).collect();
            if names.is_empty() { "an object".to_owned() } else { format!("an object with `{}`", names.join("`, `")) }
        }
        Some("array") => "an array".to_owned(),
        Some(kind) => format!("a {kind}"),
        None => "another shape".to_owned(),
    }
}

/// Objects become one object; of other values the first counts.
fn merge(parts: Vec<Value>) -> Option<Value> {
    let mut merged: Option<Value> = None;
    for part in parts {
        match (&mut merged, part) {
            (None, part) => merged = Some(part),
            (Some(Value::Null), part) => merged = Some(part),
            (Some(Value::Object(members)), Value::Object(more)) => {
                for (name, value) in more {
                    match members.get_mut(&name) {
                        Some(known @ Value::Object(_)) if value.is_object() => {
                            if let Some(both) = merge(vec![known.take(), value]) {
                                *known = both;
                            }
                        }
                        // An empty member says less than the other one.
                        Some(known) if known.is_null() => *known = value,
                        Some(_) => {}
                        None => {
                            members.insert(name, value);
                        }
                    }
                }
            }
            _ => {}
        }
    }
    merged
}

/// Another value of the same kind.
fn vary(value: &Value, index: u64) -> Value {
    match value {
        Value::String(text) => Value::String(format!("{text}{}", index + 1)),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(number), _) => Value::from(number.saturating_add_unsigned(index)),
            (None, Some(number)) => Value::from(number + index as f64),
            _ => value.clone(),
        },
        value => value.clone(),
    }
}

/// A text of the format that the schema names, as long as it wants it.
fn text(node: Node<'_>) -> String {
    let format = node.text("format").unwrap_or_default();
    let known = match format {
        "date-time" => "2024-01-01T12:00:00Z",
        "date" => "2024-01-01",
        "time" => "12:00:00Z",
        "duration" => "P1D",
        "email" | "idn-email" => "user@example.com",
        "hostname" | "idn-hostname" => "example.com",
        "ipv4" => "192.0.2.1",
        "ipv6" => "2001:db8::1",
        "uri" | "url" | "iri" => "https://example.com",
        "uri-reference" | "iri-reference" => "/path",
        "uuid" => "3fa85f64-5717-4562-b3fc-2c963f66afa6",
        "byte" | "base64" => "c3RyaW5n",
        "json-pointer" => "/name",
        "regex" => ".*",
        "int64" | "int32" => "1",
        _ => ANY_TEXT,
    };
    let bound = |key: &str| node.raw(key).and_then(|bound| bound.value.as_u64()).map(|bound| bound as usize);
    let mut text = known.to_owned();
    if let Some(least) = bound("minLength") {
        while text.chars().count() < least.min(LONGEST_TEXT) {
            text.push_str(ANY_TEXT);
        }
    }
    let most =
        bound("maxLength").or_else(|| bound("minLength").filter(|least| *least > known.len())).unwrap_or(usize::MAX);
    text.chars().take(most).collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Whole {
    Yes,
    No,
}

/// A number within the bounds: 1 if it may be, else the nearest that may.
fn number(node: Node<'_>, whole: Whole) -> Value {
    let bound = |key: &str| node.raw(key).and_then(|bound| bound.value.as_f64());
    let step = bound("multipleOf").filter(|step| *step > 0.0);
    let gap = step.unwrap_or(1.0);
    // `exclusiveMinimum` is a flag in 3.0 and a number in 3.1.
    let lower = match (bound("minimum"), bound("exclusiveMinimum")) {
        (_, Some(exclusive)) => Some(exclusive + gap),
        (Some(least), None) if node.is_true("exclusiveMinimum") => Some(least + gap),
        (least, None) => least,
    };
    let upper = match (bound("maximum"), bound("exclusiveMaximum")) {
        (_, Some(exclusive)) => Some(exclusive - gap),
        (Some(most), None) if node.is_true("exclusiveMaximum") => Some(most - gap),
        (most, None) => most,
    };
    let mut value = 1.0_f64;
    if let Some(lower) = lower.filter(|lower| value < *lower) {
        value = lower;
    } else if let Some(upper) = upper.filter(|upper| value > *upper) {
        value = upper;
    }
    if let Some(step) = step {
        let up = (value / step).ceil() * step;
        value = if upper.is_some_and(|upper| up > upper) { (value / step).floor() * step } else { up };
    }
    // A narrow interval: `0 < x < 1`.
    let least = bound("exclusiveMinimum").or(bound("minimum"));
    let most = bound("exclusiveMaximum").or(bound("maximum"));
    if let (Some(least), Some(most)) = (least, most)
        && whole == Whole::No
        && least < most
        && lower > upper
    {
        value = f64::midpoint(least, most);
    }
    if whole == Whole::Yes {
        let value = if upper.is_some_and(|upper| value.ceil() > upper) { value.floor() } else { value.ceil() };
        return Value::from(value as i64);
    }
    if value.fract() == 0.0 && value.abs() < 1e15 {
        return Value::from(value as i64);
    }
    Number::from_f64(value).map_or(Value::from(0), Value::Number)
}
