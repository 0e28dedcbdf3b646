//! `middleware.ts` or `proxy.ts`: which paths it sees (its matcher) and what it does with one.
//!
//! The function is followed by hand for one concrete path: comparisons of the path, early returns, `withAuth`. Nothing
//! is run; where the code asks something that the sources do not tell, both ways are followed, and if they differ the
//! answer is that it cannot be told.

mod run;

use std::path::Path;
use std::sync::Arc;

use tree_sitter::Node;

use crate::collection::nextjs::handler::{Proof, SDK};
use crate::collection::nextjs::module::{Bound, Module, Target};
use crate::collection::nextjs::pattern::PathPattern;
use crate::collection::nextjs::project::Project;
use crate::collection::nextjs::sdk::Sdk;
use crate::collection::nextjs::syntax::{Source, field};
use crate::collection::nextjs::value::{self, Value};

/// What a middleware does with a request to a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Passage {
    /// It lets everybody through.
    Open(String),
    /// It lets only some through.
    Closed(String, Proof),
    /// It answers itself, whoever calls.
    Answered(String),
    /// It cannot be told.
    Unsure(String),
}

/// A middleware.
pub struct Gate {
    /// Its file.
    pub source: Arc<Source>,
    /// The file's name, for people.
    pub name: String,
    matcher: Matcher,
    sdk: Sdk,
}

enum Matcher {
    /// There is none: everything.
    Everything,
    /// These.
    Sources(Vec<Entry>),
    /// It cannot be told.
    Computed { line: usize },
}

struct Entry {
    pattern: Result<PathPattern, String>,
    condition: Option<String>,
    line: usize,
}

/// Headers that only Next's own prefetching sends: a condition on them never stands in the way of a request.
const PREFETCH_HEADERS: [&str; 6] =
    ["next-router-prefetch", "purpose", "x-purpose", "x-moz", "next-router-state-tree", "next-action"];

/// Middleware of other packages that decides nothing about who calls.
const HARMLESS: [&str; 2] = ["next-intl/middleware", "next-i18n-router"];

impl Gate {
    /// Reads the middleware in a file, if there is one.
    pub fn read(project: &Project<'_>, path: &Path, sdk: Sdk) -> Option<Self> {
        let source = project.source(path)?;
        let matcher = matcher(&source);
        Some(Self { name: source.name(&project.folder), source, matcher, sdk })
    }

    /// What it does with a request to `path`, which is without the app's `basePath`.
    pub fn passage(&self, project: &Project<'_>, path: &str) -> Passage {
        match self.covers(path) {
            Covered::Yes => self.decision(project, path),
            Covered::No => Passage::Open(format!("the matcher of {} does not cover it", self.name)),
            Covered::Unsure(why) => match self.decision(project, path) {
                open @ Passage::Open(_) => open,
                _ => Passage::Unsure(why),
            },
        }
    }

    fn covers(&self, path: &str) -> Covered {
        let entries = match &self.matcher {
            Matcher::Everything => return Covered::Yes,
            Matcher::Computed { line } => {
                return Covered::Unsure(format!("the matcher is computed ({} line {line})", self.name));
            }
            Matcher::Sources(entries) => entries,
        };
        let mut unsure = None;
        for entry in entries {
            let place = format!("{} line {}", self.name, entry.line);
            match (&entry.pattern, &entry.condition) {
                (Err(why), _) => unsure = unsure.or(Some(format!("{why} ({place})"))),
                (Ok(pattern), condition) => match (pattern.covers(path), condition) {
                    (Some(true), None) => return Covered::Yes,
                    (Some(true), Some(condition)) => {
                        unsure = unsure.or(Some(format!("the matcher covers it only if {condition} ({place})")));
                    }
                    (Some(false), _) => {}
                    (None, _) => unsure = unsure.or(Some(format!("the matcher takes too long to try ({place})"))),
                },
            }
        }
        unsure.map_or(Covered::No, Covered::Unsure)
    }

    /// What the function does with a path that the matcher covers.
    fn decision(&self, project: &Project<'_>, path: &str) -> Passage {
        let module = Module::read(&self.source);
        let export = ["middleware", "proxy", "default"].into_iter().find_map(|name| module.export_of(name));
        let Some(export) = export else {
            return match module.stars.first() {
                _ if self.source.is_broken() => Passage::Unsure(format!("{} has a syntax error", self.name)),
                Some(from) => Passage::Unsure(format!("{} is in `{from}`", self.name)),
                None => Passage::Open(format!("{} exports no function", self.name)),
            };
        };
        let line = self.source.line(export.node);
        let unread = |what: &str| Passage::Unsure(format!("{} line {line} decides with `{what}`", self.name));
        let start = run::Start { project, path, sdk: &self.sdk };
        match &export.target {
            Target::From { from, name } if from.starts_with(SDK) => {
                start.sdk_function(name, &Value::Undefined, &self.name, line).unwrap_or_else(|| unread(name))
            }
            Target::From { from, name } => {
                let Some(other) = project.resolve(&self.source.path, from) else { return unread(name) };
                let followed = project.with_export(&other, name, 0, &mut |source, bound| start.bound(source, bound));
                followed.unwrap_or_else(|_| unread(name))
            }
            Target::Local(name) => self.local(&start, &module, name, line),
            Target::Here(bound) => match bound {
                Bound::Node(node) if node.kind() == "identifier" => {
                    self.local(&start, &module, self.source.text(*node), line)
                }
                bound => start.bound(&self.source, *bound),
            },
        }
    }

    fn local(&self, start: &run::Start<'_>, module: &Module<'_>, name: &str, line: usize) -> Passage {
        if let Some(import) = module.import_of(name).filter(|import| import.from.starts_with(SDK)) {
            let known = start.sdk_function(&import.name, &Value::Undefined, &self.name, line);
            if let Some(passage) = known {
                return passage;
            }
        }
        let followed = start.project.with_local(&self.source, name, 0, &mut |source, bound| start.bound(source, bound));
        followed.unwrap_or_else(|_| Passage::Unsure(format!("{} line {line} decides with `{name}`", self.name)))
    }
}

enum Covered {
    Yes,
    No,
    Unsure(String),
}

/// `export const config = { matcher }`. Next takes literals only, so identifiers are not followed.
fn matcher(source: &Source) -> Matcher {
    let module = Module::read(source);
    let Some(export) = module.export_of("config") else { return Matcher::Everything };
    let line = source.line(export.node);
    let node = match &export.target {
        Target::Here(Bound::Node(node)) => *node,
        _ => return Matcher::Computed { line },
    };
    let config = value::literal(source, node);
    let matcher = match (&config, config.member("matcher")) {
        (Value::Object(_), None | Some(Value::Undefined)) => return Matcher::Everything,
        (_, Some(matcher)) => matcher.clone(),
        _ => return Matcher::Computed { line },
    };
    let lines = lines_of_matcher(source, node);
    let entries = match matcher {
        Value::List(entries) => entries,
        Value::Dynamic { line, .. } => return Matcher::Computed { line },
        one => vec![one],
    };
    let line_of = |index: usize| lines.get(index).or(lines.first()).copied().unwrap_or(line);
    Matcher::Sources(entries.iter().enumerate().map(|(index, entry)| read_entry(entry, line_of(index))).collect())
}

/// The lines of the matcher's entries.
fn lines_of_matcher(source: &Source, config: Node<'_>) -> Vec<usize> {
    let config = super::syntax::unwrap(config);
    let pairs = super::syntax::named_children(config).into_iter().filter(|part| part.kind() == "pair");
    let mut matcher =
        pairs.filter(|pair| field(*pair, "key").and_then(|key| source.key(key)).as_deref() == Some("matcher"));
    let Some(value) = matcher.find_map(|pair| field(pair, "value")) else {
        return Vec::new();
    };
    let value = super::syntax::unwrap(value);
    if value.kind() == "array" {
        return super::syntax::named_children(value).into_iter().map(|entry| source.line(entry)).collect();
    }
    vec![source.line(value)]
}

fn read_entry(entry: &Value, line: usize) -> Entry {
    let (source, condition) = match entry {
        Value::Text(source) => (Ok(source.clone()), None),
        Value::Object(_) => (
            match entry.member("source") {
                Some(Value::Text(source)) => Ok(source.clone()),
                _ => Err("the matcher is computed".to_owned()),
            },
            condition(entry),
        ),
        _ => (Err("the matcher is computed".to_owned()), None),
    };
    let pattern = source.and_then(|source| PathPattern::new(&source).map_err(|error| error.to_string()));
    Entry { pattern, condition, line }
}

/// `has` and `missing` in words, as far as they can make a difference to a request that bearcat sends.
fn condition(entry: &Value) -> Option<String> {
    let mut words = Vec::new();
    for (list, verb) in [("has", "there is"), ("missing", "there is no")] {
        match entry.member(list) {
            None | Some(Value::Undefined | Value::Null) => {}
            Some(Value::List(items)) => {
                for item in items {
                    let text = |name: &str| item.member(name).and_then(Value::as_text);
                    let (kind, key) = (text("type").unwrap_or("condition"), text("key").unwrap_or("?"));
                    let is_prefetch =
                        kind == "header" && PREFETCH_HEADERS.iter().any(|name| key.eq_ignore_ascii_case(name));
                    if list == "missing" && is_prefetch {
                        continue;
                    }
                    words.push(format!("{verb} {kind} `{key}`"));
                }
            }
            Some(_) => words.push(format!("`{list}` holds")),
        }
    }
    (!words.is_empty()).then(|| words.join(" and "))
}

/// Does a package's middleware decide nothing about who calls?
fn is_harmless(from: &str) -> bool {
    HARMLESS.contains(&from)
}
