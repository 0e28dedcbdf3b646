//! The files of an app as its modules see each other: reading, the meaning of `./x` and `@/x`, and what a name stands
//! for across files.
//!
//! Files come through a callback, so this stays pure; each is read and parsed once. Nothing outside the workspace is
//! asked for, and no chain of re-exports is followed for ever.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex};

use serde_json::Value as Json;

use crate::collection::nextjs::module::{Bound, Fixed, Module, Target};
use crate::collection::nextjs::syntax::{Source, unwrap};
use crate::collection::nextjs::value::{self, Budget, Names, Value};

/// Reads a file of the workspace; the path is relative to it.
pub type ReadFile<'a> = &'a (dyn Fn(&Path) -> Option<Arc<str>> + Sync);

/// Longer chains of re-exports are given up.
const DEEPEST: usize = 8;

/// What a module specifier may leave out, in the order of TypeScript.
const EXTENSIONS: [&str; 8] = ["ts", "tsx", "js", "jsx", "mts", "mjs", "cts", "cjs"];

/// The files of an app.
pub struct Project<'a> {
    /// The app's folder, relative to the workspace.
    pub folder: PathBuf,
    read: ReadFile<'a>,
    aliases: Vec<Alias>,
    sources: Mutex<BTreeMap<PathBuf, Option<Arc<Source>>>>,
}

/// `"paths": { "@/*": ["./src/*"] }` of `tsconfig.json`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Alias {
    before: String,
    after: String,
    /// Has it a `*`?
    wild: Wild,
    /// Targets, relative to the workspace, with `*`.
    targets: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wild {
    Yes,
    No,
}

/// Why what a name stands for was not found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lost {
    /// The module is not among the workspace's files.
    Outside(String),
    /// There is no such name.
    Nowhere,
}

impl<'a> Project<'a> {
    /// The files of the app in `folder`.
    pub fn new(folder: &Path, read: ReadFile<'a>) -> Self {
        let mut project = Self { folder: folder.to_path_buf(), read, aliases: Vec::new(), sources: Mutex::default() };
        project.aliases = ["tsconfig.json", "jsconfig.json"]
            .iter()
            .find_map(|name| (project.read)(&folder.join(name)))
            .map(|text| aliases(folder, &text))
            .unwrap_or_default();
        project
    }

    /// The text of a file.
    pub fn text(&self, path: &Path) -> Option<Arc<str>> {
        (self.read)(path)
    }

    /// A file, parsed.
    pub fn source(&self, path: &Path) -> Option<Arc<Source>> {
        if let Some(known) = self.sources.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get(path) {
            return known.clone();
        }
        let source = (self.read)(path).and_then(|text| Source::parse(path, text)).map(Arc::new);
        let mut sources = self.sources.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        sources.insert(path.to_path_buf(), source.clone());
        source
    }

    /// The module that a specifier means, if it is a file of the workspace.
    pub fn resolve(&self, from: &Path, specifier: &str) -> Option<Arc<Source>> {
        let is_relative =
            matches!(specifier, "." | "..") || specifier.starts_with("./") || specifier.starts_with("../");
        let bases: Vec<PathBuf> = if is_relative {
            vec![from.parent().unwrap_or(Path::new("")).join(specifier)]
        } else {
            self.aliases.iter().filter_map(|alias| alias.apply(specifier)).flatten().collect()
        };
        bases.iter().filter_map(|base| inside(base)).find_map(|base| self.module_at(&base))
    }

    fn module_at(&self, base: &Path) -> Option<Arc<Source>> {
        let is_source =
            |path: &Path| path.extension().is_some_and(|extension| EXTENSIONS.iter().any(|known| extension == *known));
        let with = |suffix: &str| PathBuf::from(format!("{}{suffix}", base.display()));
        let mut candidates = Vec::new();
        if is_source(base) {
            candidates.push(base.to_path_buf());
            // `./x.js` names `x.ts` in TypeScript's module mode.
            candidates.extend(["ts", "tsx", "mts"].map(|extension| base.with_extension(extension)));
        }
        candidates.extend(EXTENSIONS.iter().map(|extension| with(&format!(".{extension}"))));
        candidates.extend(EXTENSIONS.iter().take(4).map(|extension| base.join(format!("index.{extension}"))));
        candidates.iter().find_map(|path| self.source(path))
    }

    /// Calls `then` with what a name of a file stands for, in whatever file that is.
    pub fn with_local<R>(
        &self,
        source: &Source,
        name: &str,
        depth: usize,
        then: &mut dyn FnMut(&Source, Bound<'_>) -> R,
    ) -> Result<R, Lost> {
        if depth > DEEPEST {
            return Err(Lost::Nowhere);
        }
        let module = Module::read(source);
        if let Some(binding) = module.binding(name) {
            return match binding.bound {
                Bound::Node(node) if unwrap(node).kind() == "identifier" && source.text(unwrap(node)) != name => {
                    let other = source.text(unwrap(node));
                    self.with_local(source, other, depth + 1, then).or_else(|_| Ok(then(source, binding.bound)))
                }
                bound => Ok(then(source, bound)),
            };
        }
        let import = module.import_of(name).ok_or(Lost::Nowhere)?;
        if import.name == "*" {
            return Err(Lost::Outside(import.from.clone()));
        }
        let other = self.resolve(&source.path, &import.from).ok_or_else(|| Lost::Outside(import.from.clone()))?;
        self.with_export(&other, &import.name, depth + 1, then)
    }

    /// Calls `then` with what an exported name stands for.
    pub fn with_export<R>(
        &self,
        source: &Source,
        name: &str,
        depth: usize,
        then: &mut dyn FnMut(&Source, Bound<'_>) -> R,
    ) -> Result<R, Lost> {
        if depth > DEEPEST {
            return Err(Lost::Nowhere);
        }
        let module = Module::read(source);
        if let Some(export) = module.export_of(name) {
            return match &export.target {
                Target::Here(Bound::Node(node)) if unwrap(*node).kind() == "identifier" => {
                    let local = source.text(unwrap(*node));
                    self.with_local(source, local, depth + 1, then)
                }
                Target::Here(bound) => Ok(then(source, *bound)),
                Target::Local(local) => self.with_local(source, local, depth + 1, then),
                Target::From { from, name } => {
                    let other = self.resolve(&source.path, from).ok_or_else(|| Lost::Outside(from.clone()))?;
                    self.with_export(&other, name, depth + 1, then)
                }
            };
        }
        let mut lost = Lost::Nowhere;
        for from in module.stars.iter().filter(|_| name != "default") {
            match self.resolve(&source.path, from) {
                Some(other) => match self.with_export(&other, name, depth + 1, then) {
                    Ok(found) => return Ok(found),
                    Err(Lost::Nowhere) => {}
                    Err(outside) => lost = outside,
                },
                None => lost = Lost::Outside(from.clone()),
            }
        }
        Err(lost)
    }

    /// The value of an expression, identifiers followed through the files as long as they are constant.
    pub fn value(&self, source: &Source, node: tree_sitter::Node<'_>) -> Value {
        let budget = Budget::default();
        let find = |source: &Source, name: &str, depth: usize| self.named_value(source, name, depth, &budget);
        value::read(source, node, Names { find: &find, budget: &budget }, 0)
    }

    /// The value of a name, if it is constant.
    pub fn named_value(&self, source: &Source, name: &str, depth: usize, budget: &Budget) -> Option<Value> {
        let module = Module::read(source);
        if module.binding(name).is_some_and(|binding| binding.fixed == Fixed::No) {
            return None;
        }
        let find = |source: &Source, name: &str, depth: usize| self.named_value(source, name, depth, budget);
        let names = Names { find: &find, budget };
        let found = self.with_local(source, name, 0, &mut |source, bound| match bound {
            Bound::Node(node) => Some(value::read(source, node, names, depth + 1)),
            Bound::Member(of, member) => value::read(source, of, names, depth + 1).member(source.text(member)).cloned(),
        });
        found.ok().flatten()
    }
}

/// A path without `.` and `..`; `None` if it leaves the workspace.
fn inside(path: &Path) -> Option<PathBuf> {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::Normal(name) => plain.push(name),
            Component::CurDir => {}
            Component::ParentDir => {
                if !plain.pop() {
                    return None;
                }
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(plain)
}

impl Alias {
    fn apply(&self, specifier: &str) -> Option<Vec<PathBuf>> {
        if self.wild == Wild::No {
            return (specifier == self.before).then(|| self.targets.clone());
        }
        let rest = specifier.strip_prefix(&self.before)?.strip_suffix(&self.after)?;
        let fill = |target: &PathBuf| PathBuf::from(target.to_string_lossy().replacen('*', rest, 1));
        Some(self.targets.iter().map(fill).collect())
    }
}

/// The aliases of a `tsconfig.json`; without `extends`.
fn aliases(folder: &Path, text: &str) -> Vec<Alias> {
    let Ok(json) = serde_json::from_str::<Json>(&without_comments(text)) else { return Vec::new() };
    let options = &json["compilerOptions"];
    let base_url = options["baseUrl"].as_str();
    let base = folder.join(base_url.unwrap_or("."));
    let mut aliases = Vec::new();
    for (pattern, targets) in options["paths"].as_object().into_iter().flatten().take(200) {
        let (before, after, wild) = match pattern.split_once('*') {
            Some((before, after)) => (before, after, Wild::Yes),
            None => (pattern.as_str(), "", Wild::No),
        };
        let targets = targets.as_array().into_iter().flatten().filter_map(Json::as_str).map(|to| base.join(to));
        let targets = targets.take(8).collect();
        aliases.push(Alias { before: before.to_owned(), after: after.to_owned(), wild, targets });
    }
    if base_url.is_some() {
        aliases.push(Alias {
            before: String::new(),
            after: String::new(),
            wild: Wild::Yes,
            targets: vec![base.join("*")],
        });
    }
    aliases
}

/// JSON without comments and trailing commas, as `tsconfig.json` may have them.
pub fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.trim_start_matches('\u{feff}').chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' => {
                out.push(c);
                while let Some(c) = rest.next() {
                    out.push(c);
                    match c {
                        '\\' => out.extend(rest.next()),
                        '"' => break,
                        _ => {}
                    }
                }
            }
            '/' if rest.peek() == Some(&'/') => {
                while rest.peek().is_some_and(|c| *c != '\n') {
                    rest.next();
                }
            }
            '/' if rest.peek() == Some(&'*') => {
                rest.next();
                let mut before = ' ';
                for c in rest.by_ref() {
                    if before == '*' && c == '/' {
                        break;
                    }
                    before = c;
                }
            }
            '}' | ']' => {
                let kept = out.trim_end().len();
                if out[..kept].ends_with(',') {
                    out.truncate(kept - 1);
                }
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_trailing_commas_are_left_out() {
        let text = "{ // a\n \"a\": \"// no\", /* b */ \"c\": [1, 2, ],\n}";
        let json: Json = serde_json::from_str(&without_comments(text)).unwrap();
        assert_eq!(json, serde_json::json!({"a": "// no", "c": [1, 2]}));
    }

    #[test]
    fn nothing_outside_the_workspace_is_asked_for() {
        assert_eq!(inside(Path::new("a/../b/./c")), Some("b/c".into()));
        assert_eq!(inside(Path::new("a/../../b")), None);
        assert_eq!(inside(Path::new("/etc/passwd")), None);
    }

    #[test]
    fn modules_are_found_as_typescript_finds_them() {
        let asked = Mutex::new(Vec::new());
        let read = |path: &Path| -> Option<Arc<str>> {
            asked.lock().unwrap().push(path.to_path_buf());
            let text = match path.to_str()? {
                "web/tsconfig.json" => r#"{"compilerOptions": {"paths": {"@/*": ["./src/*"], "cfg": ["./cfg.ts"]}}}"#,
                "web/src/lib/auth.ts" | "web/cfg.ts" | "web/src/x/index.tsx" | "web/app/y.ts" => "export const a = 1",
                _ => return None,
            };
            Some(text.into())
        };
        let project = Project::new(Path::new("web"), &read);
        let from = Path::new("web/app/api/route.ts");
        let resolved = |specifier: &str| project.resolve(from, specifier).map(|source| source.path.clone());
        assert_eq!(resolved("@/lib/auth"), Some("web/src/lib/auth.ts".into()));
        assert_eq!(resolved("cfg"), Some("web/cfg.ts".into()));
        assert_eq!(resolved("../../src/x"), Some("web/src/x/index.tsx".into()));
        assert_eq!(resolved("../y.js"), Some("web/app/y.ts".into()));
        assert_eq!(resolved("next/server"), None);
        assert_eq!(resolved("../../../../../etc/passwd"), None);
        assert!(asked.lock().unwrap().iter().all(|path| path.starts_with("web")), "{asked:?}");
    }
}
