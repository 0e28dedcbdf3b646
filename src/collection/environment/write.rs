//! Writing one identity into the text of an environment file.
//!
//! Called after the login screen or `bearcat login --name`. Changes only the bytes of the settings that differ:
//! order, comments, indentation, unknown settings and everything else stay. Secrets are never written.

use std::path::Path;

use crate::collection::environment::json::{self, Json, Node};
use crate::collection::environment::{EnvironmentFile, Environments, Layer, LayerScope, Visibility};
use crate::collection::lines;
use crate::model::identity::{Grant, Identity, Issuer};
use crate::model::problem::{Problem, ProblemKind};

/// Why an identity was not written; the file stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// The file has errors; writing into it could lose something.
    #[error("{message}")]
    Malformed {
        /// The byte of the first error.
        offset: usize,
        /// The error.
        message: &'static str,
    },
    /// Something on the way to the identity is not an object.
    #[error("an object is expected here")]
    NotAnObject {
        /// Its byte.
        offset: usize,
    },
}

impl WriteError {
    /// The same for people; `existing` is the text that was not changed.
    pub fn problem(&self, file: &Path, existing: &str) -> Problem {
        let (Self::Malformed { offset, .. } | Self::NotAnObject { offset }) = self;
        Problem::new(ProblemKind::Input, "The identity was not saved, because the environment file has an error")
            .detail(self.to_string())
            .hint("Correct the file and save again")
            .at(lines::place(file, existing, *offset))
    }
}

/// A value to write.
#[derive(Debug, Clone, PartialEq, Eq)]
enum NewValue {
    Text(String),
    List(Vec<String>),
}

impl NewValue {
    /// One text for one word, a list for more, nothing for none.
    fn words(words: &[String]) -> Option<Self> {
        match words {
            [] => None,
            [word] => Some(Self::Text(word.clone())),
            words => Some(Self::List(words.to_vec())),
        }
    }

    fn write(&self) -> String {
        match self {
            Self::Text(text) => quote(text),
            Self::List(items) => {
                format!("[{}]", items.iter().map(|item| quote(item)).collect::<Vec<_>>().join(", "))
            }
        }
    }
}

pub(super) fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// `existing` (the text of a public environment file; empty for a new one) with `identity` added to
/// `environment`, or changed there.
pub fn write_identity(existing: &str, environment: &str, identity: &Identity) -> Result<String, WriteError> {
    let base = [environment, "Security", "Auth", identity.name.as_str()];
    let known = read_back(existing, environment, identity);
    let mut text = existing.to_owned();
    let known_settings = known.as_ref().map(settings).unwrap_or_default();
    for (key, value) in settings(identity) {
        let path: Vec<&str> = base.iter().copied().chain([key]).collect();
        let old = known_settings.iter().find(|(other, _)| *other == key).and_then(|(_, value)| value.clone());
        // A setting that means the same stays as it is written: it may be a `{{variable}}`. So does one whose
        // variable is not in this file: its value may be private.
        if old == value || (old.is_none() && is_template(&text, &path)) {
            continue;
        }
        text = match value {
            Some(value) => set(&text, &path, &value.write())?,
            None => remove(&text, &path)?,
        };
    }
    write_parameters(text, &base, known.as_ref(), identity)
}

/// The identity as the file has it now, where it can be read.
fn read_back(existing: &str, environment: &str, identity: &Identity) -> Option<Identity> {
    let file = EnvironmentFile::parse(Path::new(""), existing, Visibility::Public);
    let layer = Layer { scope: LayerScope::User, files: vec![file] };
    let environments = Environments { layers: vec![layer], ..Environments::default() };
    environments.identities(Some(environment)).into_iter().find(|known| known.name == identity.name)
}

/// The settings that bearcat writes, in the order of a new entry. `None`: to be removed.
fn settings(identity: &Identity) -> Vec<(&'static str, Option<NewValue>)> {
    let text = |text: Option<&str>| text.map(|text| NewValue::Text(text.to_owned()));
    let is_static = identity.grant == Grant::Pasted;
    let endpoints = &identity.endpoints;
    let origins: Vec<_> = identity.origins.iter().map(|origin| origin.as_str().to_owned()).collect();
    let scope = identity.scopes.join(" ");
    vec![
        ("Type", text(Some(if is_static { "Static" } else { "OAuth2" }))),
        ("Grant Type", text((!is_static).then(|| identity.grant.as_str()))),
        ("Issuer", text(identity.issuer.as_ref().map(Issuer::as_str))),
        ("Auth URL", text(endpoints.authorization.as_ref().map(url::Url::as_str))),
        ("Token URL", text(endpoints.token.as_ref().map(url::Url::as_str))),
        ("Device Auth URL", text(endpoints.device_authorization.as_ref().map(url::Url::as_str))),
        ("Revoke URL", text(endpoints.revocation.as_ref().map(url::Url::as_str))),
        ("Redirect URL", text(identity.redirect_uri.as_ref().map(url::Url::as_str))),
        ("Client ID", text(identity.client_id.as_deref())),
        ("Scope", text((!scope.is_empty()).then_some(scope.as_str()))),
        ("Audience", NewValue::words(&identity.audiences)),
        ("Origins", (!origins.is_empty()).then_some(NewValue::List(origins))),
    ]
}

/// `Custom Request Parameters`: only those that differ are touched.
fn write_parameters(
    mut text: String,
    base: &[&str],
    known: Option<&Identity>,
    identity: &Identity,
) -> Result<String, WriteError> {
    let parameters = |identity: &Identity| {
        let mut all: Vec<(String, Vec<String>)> = Vec::new();
        let org_code = identity.org_code.iter().map(|code| ("org_code".to_owned(), code.clone()));
        for (key, value) in org_code.chain(identity.extra_parameters.iter().cloned()) {
            match all.iter_mut().find(|(known, _)| *known == key) {
                Some((_, values)) => values.push(value),
                None => all.push((key, vec![value])),
            }
        }
        all
    };
    let (old, new) = (known.map(parameters).unwrap_or_default(), parameters(identity));
    let path = |key| base.iter().copied().chain(["Custom Request Parameters", key]).collect::<Vec<&str>>();
    for (key, values) in &new {
        let is_known = old.iter().any(|(known, _)| known == key);
        if !old.iter().any(|(known, kept)| known == key && kept == values)
            && (is_known || !is_template(&text, &path(key)))
            && let Some(value) = NewValue::words(values)
        {
            text = set(&text, &path(key), &value.write())?;
        }
    }
    for (key, _) in old.iter().filter(|(key, _)| !new.iter().any(|(kept, _)| kept == key)) {
        text = remove(&text, &path(key))?;
    }
    // JetBrains writes the audience here; bearcat's own setting would otherwise only add to it.
    if known.is_some_and(|known| known.audiences != identity.audiences) {
        text = remove(&text, &path("audience"))?;
    }
    Ok(text)
}

/// Stands a `{{variable}}` at `path`?
fn is_template(text: &str, path: &[&str]) -> bool {
    let (root, _) = json::parse(text);
    let mut node = root.as_ref();
    for key in path {
        node = node.and_then(|node| node.get(key));
    }
    node.is_some_and(|node| text[node.span.clone()].contains("{{"))
}

pub(super) fn parse(text: &str) -> Result<Option<Node>, WriteError> {
    let (root, errors) = json::parse(text);
    if let Some(error) = errors.first() {
        return Err(WriteError::Malformed { offset: error.offset, message: error.message });
    }
    match root {
        Some(root) if !root.is_object() => Err(WriteError::NotAnObject { offset: root.span.start }),
        root => Ok(root),
    }
}

/// Sets the member at `path` to the JSON text `value`; objects on the way are made.
pub(super) fn set(text: &str, path: &[&str], value: &str) -> Result<String, WriteError> {
    let Some(root) = parse(text)? else {
        let line_break = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        return set(&format!("{text}{line_break}{{}}\n"), path, value);
    };
    let mut object = &root;
    for (depth, key) in path.iter().enumerate() {
        let Some(member) = object.member(key) else {
            return Ok(insert(text, &root, object, &path[depth..], value));
        };
        if depth + 1 == path.len() {
            let span = member.value.span.clone();
            return Ok(format!("{}{value}{}", &text[..span.start], &text[span.end..]));
        }
        if !member.value.is_object() {
            return Err(WriteError::NotAnObject { offset: member.value.span.start });
        }
        object = &member.value;
    }
    Ok(text.to_owned())
}

/// Adds `path`, nested as deep as it is long, as the last member of `object`.
fn insert(text: &str, root: &Node, object: &Node, path: &[&str], value: &str) -> String {
    let line_break = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let unit = indentation_unit(text, root);
    let outer = indentation(text, object.span.start);
    let members = object.members();
    let is_inline = !members.is_empty() && !text[object.span.clone()].contains('\n');
    let indent = match members.last() {
        Some(last) if !is_inline => indentation(text, last.key.span.start).to_owned(),
        _ => format!("{outer}{unit}"),
    };
    let member = nested(path, value, &indent, &unit, line_break);
    let Some(last) = members.last() else {
        let span = &object.span;
        let inner = text[span.start + 1..span.end - 1].trim_end();
        let inner = format!("{{{inner}{line_break}{indent}{member}{line_break}{outer}}}");
        return format!("{}{inner}{}", &text[..span.start], &text[span.end..]);
    };
    let end = last.value.span.end;
    let comma = json::after_blanks(text, end);
    let (at, separator) = if text[comma..].starts_with(',') { (comma + 1, "") } else { (end, ",") };
    if is_inline {
        return format!("{}{separator} {member}{}", &text[..at], &text[at..]);
    }
    // A comment at the end of the line stays with the member that it is about.
    let line_end = text[at..].find('\n').map_or(at, |newline| at + text[at..at + newline].trim_end().len());
    let line_end = if json::after_blanks(text, at) > line_end { line_end } else { at };
    let comment = &text[at..line_end];
    format!("{}{separator}{comment}{line_break}{indent}{member}{}", &text[..at], &text[line_end..])
}

fn nested(path: &[&str], value: &str, indent: &str, unit: &str, line_break: &str) -> String {
    match path {
        [] => value.to_owned(),
        [key] => format!("{}: {value}", quote(key)),
        [key, rest @ ..] => {
            let inner = format!("{indent}{unit}");
            let member = nested(rest, value, &inner, unit, line_break);
            format!("{}: {{{line_break}{inner}{member}{line_break}{indent}}}", quote(key))
        }
    }
}

/// Removes the member at `path`, if it is there, with its comma.
fn remove(text: &str, path: &[&str]) -> Result<String, WriteError> {
    let Some(root) = parse(text)? else { return Ok(text.to_owned()) };
    let mut object = &root;
    let Some((key, parents)) = path.split_last() else { return Ok(text.to_owned()) };
    for parent in parents {
        let Some(next) = object.get(parent).filter(|next| next.is_object()) else { return Ok(text.to_owned()) };
        object = next;
    }
    let Json::Object(members) = &object.value else { return Ok(text.to_owned()) };
    let Some(at) = members.iter().rposition(|member| member.key.text == *key) else { return Ok(text.to_owned()) };
    let span = if let Some(next) = members.get(at + 1) {
        members[at].key.span.start..next.key.span.start
    } else {
        let start = if at == 0 { members[at].key.span.start } else { members[at - 1].value.span.end };
        start..members[at].value.span.end
    };
    Ok(format!("{}{}", &text[..span.start], &text[span.end..]))
}

/// The blanks at the start of the line of byte `at`.
fn indentation(text: &str, at: usize) -> &str {
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let line = &text[start..at];
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

fn indentation_unit(text: &str, root: &Node) -> String {
    let unit = root.members().first().map(|member| indentation(text, member.key.span.start)).unwrap_or_default();
    if unit.is_empty() { "  ".to_owned() } else { unit.to_owned() }
}
