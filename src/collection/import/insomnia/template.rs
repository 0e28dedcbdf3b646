//! Insomnia's templates: `{{ _.name }}` and `{% tag … %}`.
//!
//! Tags with a certain counterpart become one (`uuid`, `now`, `timestamp`, `prompt`, `response`); another becomes a
//! variable without a value, so that sending says what is missing instead of sending the tag.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::tree::Item;
use crate::collection::draft::{Fate, RequestDraft};
use crate::collection::import::context::Context;
use crate::collection::import::json::Json;
use crate::collection::import::text;

impl Context {
    /// Remembers under which names the requests can be referred to.
    pub(super) fn name_requests(&mut self, items: &[Item<'_>]) {
        for item in items {
            match item {
                Item::Folder { items, .. } => self.name_requests(items),
                Item::Request(json) => {
                    let id = json.first(&["_id"]).shown();
                    let id = if id.is_empty() { json.get("meta").field("id") } else { id };
                    let words: String =
                        json.field("name").chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
                    let words = words.trim_matches('_');
                    let name = if words.is_empty() { "request".to_owned() } else { words.to_owned() };
                    let taken = self.requests.values().any(|known| *known == name);
                    let name = if taken { format!("{name}_{}", self.requests.len()) } else { name };
                    self.requests.insert(id, name);
                }
                Item::Other { .. } => {}
            }
        }
    }

    /// Gives a request its name, where others refer to it, and the questions and tags that it has.
    pub(super) fn take_directives(&mut self, json: &Json<'_>, draft: &mut RequestDraft) {
        let id = json.field("_id");
        let id = if id.is_empty() { json.get("meta").field("id") } else { id };
        // Taken away again where no other request refers to it.
        if let Some(name) = self.requests.get(&id) {
            draft.directives.insert(0, ("name".to_owned(), name.clone()));
        }
        for (name, label) in std::mem::take(&mut self.prompts) {
            draft.directives.push(("prompt".to_owned(), format!("{name} {label}").trim().to_owned()));
        }
        let mut used = Vec::new();
        draft.visit(&mut |part| used.extend(text::names(part)));
        for (name, tag) in &self.unmapped {
            if used.contains(name) {
                draft.comments.push(format!("{name} stands for the tag `{{% {} %}}`", short(tag)));
            }
        }
    }

    /// A text in the words of the dialect.
    pub(super) fn nunjucks(&mut self, text: &str) -> String {
        let text = self.tags(text);
        if !text.contains("{{") {
            return text;
        }
        text::placeholders(&text, |inner| Some(format!("{{{{{}}}}}", self.nunjucks_name(inner))))
    }

    fn nunjucks_name(&mut self, inner: &str) -> String {
        if self.made.contains(inner) {
            return inner.to_owned();
        }
        if let Some(dynamic) = inner.strip_prefix('$') {
            return self.dynamic(dynamic);
        }
        let (name, filter) = inner.split_once('|').map_or((inner, None), |(name, filter)| (name, Some(filter.trim())));
        let name = name.trim();
        let name = name.strip_prefix("_.").unwrap_or(name);
        let bracketed = name.strip_prefix("_[").and_then(|rest| rest.strip_suffix(']'));
        let name = bracketed.map_or(name, |name| name.trim_matches(['\'', '"']));
        if let Some(filter) = filter {
            let reason = format!("the filter `{}` has no counterpart; the value goes out as it is", short(filter));
            self.remark(Fate::Changed, "template", reason);
        }
        self.name(name)
    }

    /// Every `{% … %}` replaced.
    fn tags(&mut self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(open) = rest.find("{%") {
            let Some(close) = rest[open + 2..].find("%}").map(|at| at + 2) else { break };
            out.push_str(&rest[..open]);
            let tag = rest[open + 2..open + close].trim_matches(['-', ' ', '\t', '\n', '\r']);
            let name = self.tag(tag);
            out.extend(["{{", &name, "}}"]);
            self.made.insert(name);
            rest = &rest[open + close + 2..];
        }
        out.push_str(rest);
        out
    }

    /// What stands between the braces instead of a tag.
    fn tag(&mut self, tag: &str) -> String {
        let (word, arguments) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
        let arguments = split(arguments);
        let argument = |at: usize| arguments.get(at).map_or("", String::as_str);
        match (word, argument(0)) {
            ("uuid", _) | ("faker", "guid" | "randomUUID") => return "$uuid".to_owned(),
            ("now" | "timestamp", "unix") => return "$timestamp".to_owned(),
            ("now", "iso-8601" | "") | ("faker", "isoTimestamp") => return "$isoTimestamp".to_owned(),
            ("faker", "timestamp") => return "$timestamp".to_owned(),
            ("prompt", title) => {
                let words: String = title
                    .chars()
                    .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' })
                    .collect();
                let words = words.trim_matches('_');
                let is_name = words.starts_with(|c: char| c.is_ascii_alphabetic());
                let name = self.names.of(&if is_name { words.to_owned() } else { format!("answer_{words}") });
                self.prompts.insert(name.clone(), argument(1).to_owned());
                return name;
            }
            ("response", kind @ ("body" | "header" | "raw")) => {
                if let Some(request) = self.requests.get(argument(1)).cloned()
                    && let Some(path) = response_path(kind, argument(2))
                {
                    self.referred.insert(request.clone());
                    return format!("{request}.response.{path}");
                }
            }
            _ => {}
        }
        let word: String = word.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(30).collect();
        let mut name = format!("tag_{word}");
        let mut number = 2;
        while self.unmapped.get(&name).is_some_and(|known| known != tag) {
            name = format!("tag_{word}_{number}");
            number += 1;
        }
        if self.unmapped.insert(name.clone(), tag.to_owned()).is_none() {
            let reason = format!("the tag `{word}` has no counterpart; give the variable `{name}` a value");
            self.remark(Fate::Commented, "template", reason);
        }
        name
    }
}

/// `body.$.token` or `headers.Name`.
fn response_path(kind: &str, filter: &str) -> Option<String> {
    if kind == "raw" {
        return Some("body.*".to_owned());
    }
    let decoded = filter
        .strip_prefix("b64::")
        .and_then(|rest| rest.split("::").next())
        .and_then(|text| String::from_utf8(BASE64_STANDARD.decode(text).ok()?).ok());
    let filter = decoded.as_deref().unwrap_or(filter).trim();
    let is_plain = !filter.is_empty() && !filter.contains(['{', '}', '\n', '\r']);
    match kind {
        "header" if is_plain => Some(format!("headers.{filter}")),
        "body" if is_plain && filter.starts_with('$') => Some(format!("body.{filter}")),
        _ => None,
    }
}

/// The arguments of a tag: `'a', "b", 3`.
fn split(text: &str) -> Vec<String> {
    let mut arguments = Vec::new();
    let mut current = String::new();
    let mut quote = None;
    for c in text.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => current.push(c),
            None if matches!(c, '\'' | '"') => quote = Some(c),
            None if c == ',' => arguments.push(std::mem::take(&mut current)),
            None if c.is_whitespace() => {}
            None => current.push(c),
        }
    }
    if !current.is_empty() || !arguments.is_empty() || text.contains(['\'', '"']) {
        arguments.push(current);
    }
    arguments
}

fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(40).collect()
}
