//! An OpenAPI document with the files that it refers to, and the way from a `$ref` to what it names.
//!
//! Called by every module of [`openapi`](super). All files are read before anything is made of them. Invariant: no file
//! outside the folder of the document is asked for, and no URL.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Component, Path, PathBuf};

use serde_json::Value;

use crate::collection::draft::{Fate, ImportReport};
use crate::collection::import::yaml;
use crate::model::problem::{Place, Problem, ProblemKind};

/// How many files a document may consist of.
const MOST_FILES: usize = 10_000;

/// How many references may follow one another.
const LONGEST_CHAIN: usize = 50;

/// A document and its files.
pub(super) struct Documents {
    files: Vec<File>,
    index: HashMap<PathBuf, usize>,
    /// References that lead nowhere, and why.
    broken: RefCell<BTreeMap<String, &'static str>>,
    /// How many members begin with `x-`.
    pub extensions: usize,
}

struct File {
    path: PathBuf,
    value: Value,
    /// `$anchor` and `$id` of schemas.
    anchors: HashMap<String, String>,
}

/// A value and the file that it stands in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node<'d> {
    /// The value.
    pub value: &'d Value,
    file: usize,
}

impl<'d> Node<'d> {
    /// A member as it is written.
    pub fn raw(self, key: &str) -> Option<Node<'d>> {
        self.value.get(key).map(|value| Node { value, file: self.file })
    }

    /// A text member.
    pub fn text(self, key: &str) -> Option<&'d str> {
        self.value.get(key)?.as_str()
    }

    /// A member that is `true`.
    pub fn is_true(self, key: &str) -> bool {
        self.value.get(key).and_then(Value::as_bool).unwrap_or(false)
    }

    /// The members of an object, as they are written.
    pub fn members(self) -> impl Iterator<Item = (&'d str, Node<'d>)> {
        let file = self.file;
        let members = self.value.as_object().into_iter().flatten();
        members.map(move |(key, value)| (key.as_str(), Node { value, file }))
    }

    /// The items of a list, as they are written.
    pub fn items(self) -> impl Iterator<Item = Node<'d>> {
        let file = self.file;
        self.value.as_array().into_iter().flatten().map(move |value| Node { value, file })
    }

    /// Where it stands in memory: the same node has the same number.
    pub fn identity(self) -> usize {
        std::ptr::from_ref(self.value) as usize
    }

    /// The last step of its `$ref`: what people call the thing.
    pub fn reference_name(self) -> Option<&'d str> {
        let reference = self.text("$ref")?;
        let name = reference.rsplit('/').next().unwrap_or(reference);
        Some(name.split('.').next().filter(|name| !name.is_empty()).unwrap_or(name))
    }
}

impl Documents {
    /// Reads the document and, one after the other, the files that it refers to.
    pub fn load(
        name: &Path,
        text: &str,
        read: &dyn Fn(&Path) -> Result<String, String>,
        report: &mut ImportReport,
    ) -> Result<Self, Problem> {
        let value = parse(name, text)?;
        let path = PathBuf::from(name.file_name().unwrap_or_default());
        let mut documents =
            Self { files: Vec::new(), index: HashMap::new(), broken: RefCell::default(), extensions: 0 };
        let mut wanted = documents.add(path, value);
        let mut refused: BTreeSet<PathBuf> = BTreeSet::new();
        while let Some(path) = wanted.pop_first() {
            if documents.index.contains_key(&path) || refused.contains(&path) {
                continue;
            }
            if documents.files.len() >= MOST_FILES {
                report.remark(Fate::Dropped, "file", path.display().to_string(), "the document has too many files");
                refused.insert(path);
                continue;
            }
            match read(&path).and_then(|text| parse(&path, &text).map_err(|problem| problem.to_string())) {
                Ok(value) => {
                    report.take("files", 1);
                    wanted.extend(documents.add(path, value));
                }
                Err(reason) => {
                    report.remark(Fate::Dropped, "file", path.display().to_string(), reason);
                    refused.insert(path);
                }
            }
        }
        Ok(documents)
    }

    /// Keeps a file; the files that it refers to.
    fn add(&mut self, path: PathBuf, value: Value) -> BTreeSet<PathBuf> {
        let mut walk = Walk::default();
        walk.value(&value, &mut String::new(), Within::Object);
        self.extensions += walk.extensions;
        let wanted = walk.references.iter().filter_map(|reference| {
            let (file, _) = split(reference);
            (!file.is_empty()).then(|| resolve(&path, file).ok()).flatten()
        });
        let wanted = wanted.collect();
        self.index.insert(path.clone(), self.files.len());
        self.files.push(File { path, value, anchors: walk.anchors });
        wanted
    }

    /// The whole document.
    pub fn root(&self) -> Node<'_> {
        Node { value: &self.files[0].value, file: 0 }
    }

    /// The node itself, or what its `$ref` names; `None`: it leads nowhere.
    pub fn follow<'d>(&'d self, node: Node<'d>) -> Option<Node<'d>> {
        let mut node = node;
        for _ in 0..LONGEST_CHAIN {
            let Some(reference) = node.text("$ref") else { return Some(node) };
            node = self.target(node.file, reference)?;
        }
        None
    }

    /// A member, its `$ref` followed.
    pub fn get<'d>(&'d self, node: Node<'d>, key: &str) -> Option<Node<'d>> {
        self.follow(node.raw(key)?)
    }

    /// The items of a list member, each `$ref` followed.
    pub fn list<'d>(&'d self, node: Node<'d>, key: &str) -> Vec<Node<'d>> {
        let Some(list) = self.get(node, key) else { return Vec::new() };
        list.items().filter_map(|item| self.follow(item)).collect()
    }

    fn target(&self, from: usize, reference: &str) -> Option<Node<'_>> {
        let (file, fragment) = split(reference);
        let index = if file.is_empty() {
            from
        } else {
            match resolve(&self.files[from].path, file) {
                Ok(path) => match self.index.get(&path) {
                    Some(index) => *index,
                    None => return None, // reported with the file
                },
                Err(reason) => return self.leads_nowhere(reference, reason),
            }
        };
        let file = &self.files[index];
        let value = if fragment.is_empty() {
            Some(&file.value)
        } else if fragment.starts_with('/') {
            file.value.pointer(&fragment)
        } else {
            file.anchors.get(&fragment).and_then(|pointer| file.value.pointer(pointer))
        };
        match value {
            Some(value) => Some(Node { value, file: index }),
            None => self.leads_nowhere(reference, "the document has no such part"),
        }
    }

    fn leads_nowhere(&self, reference: &str, reason: &'static str) -> Option<Node<'_>> {
        self.broken.borrow_mut().insert(reference.to_owned(), reason);
        None
    }

    /// Reports every reference that led nowhere, once.
    pub fn report_broken(&self, report: &mut ImportReport) {
        for (reference, reason) in self.broken.borrow().iter() {
            report.remark(Fate::Dropped, "reference", reference, *reason);
        }
    }
}

/// JSON or YAML, told apart by the first character.
fn parse(file: &Path, text: &str) -> Result<Value, Problem> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if !text.trim_start().starts_with(['{', '[']) {
        return yaml::parse(text, file);
    }
    serde_json::from_str(text).or_else(|error| {
        // YAML may begin with a brace too.
        yaml::parse(text, file).map_err(|_| {
            Problem::new(ProblemKind::Input, "This JSON cannot be read").detail(error.to_string()).at(Place {
                file: file.to_path_buf(),
                line: error.line().max(1),
                column: error.column().max(1),
            })
        })
    })
}

/// File and fragment of a reference, percent-decoded.
fn split(reference: &str) -> (&str, String) {
    let (file, fragment) = reference.split_once('#').unwrap_or((reference, ""));
    (file, percent_decode(fragment))
}

fn percent_decode(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = text.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        if let Some(byte) = code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            decoded.push(byte);
            at += 3;
        } else {
            decoded.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// The file that `reference` names, seen from the file `from`; both relative to the folder of the document.
fn resolve(from: &Path, reference: &str) -> Result<PathBuf, &'static str> {
    if reference.contains("://") || reference.starts_with("//") || reference.starts_with("urn:") {
        return Err("bearcat does not fetch parts of a document from the network: save them beside it");
    }
    const OUTSIDE: &str = "the file is outside of the folder of the document";
    let reference = percent_decode(reference).replace('\\', "/");
    let mut path = from.parent().unwrap_or(Path::new("")).to_path_buf();
    for part in Path::new(&reference).components() {
        match part {
            Component::Normal(name) => path.push(name),
            Component::CurDir => {}
            Component::ParentDir => {
                if !path.pop() {
                    return Err(OUTSIDE);
                }
            }
            Component::RootDir | Component::Prefix(_) => return Err(OUTSIDE),
        }
    }
    if reference.get(1..2) == Some(":") || path.as_os_str().is_empty() {
        return Err(OUTSIDE);
    }
    Ok(path)
}

/// What a walk over a whole file finds.
#[derive(Default)]
struct Walk {
    references: BTreeSet<String>,
    anchors: HashMap<String, String>,
    extensions: usize,
}

/// What the keys of an object are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    /// Words of OpenAPI.
    Object,
    /// Names that the author made up.
    Names,
    /// Data: examples and the like.
    Data,
}

impl Walk {
    fn value(&mut self, value: &Value, pointer: &mut String, within: Within) {
        let length = pointer.len();
        match value {
            Value::Object(members) => {
                if within == Within::Object {
                    for key in ["$anchor", "$dynamicAnchor", "$id"] {
                        if let Some(name) = members.get(key).and_then(Value::as_str) {
                            self.anchors.insert(name.trim_start_matches('#').to_owned(), pointer.clone());
                        }
                    }
                }
                for (key, value) in members {
                    if key == "$ref"
                        && within != Within::Data
                        && let Some(reference) = value.as_str()
                    {
                        self.references.insert(reference.to_owned());
                        continue;
                    }
                    if within == Within::Object && key.starts_with("x-") {
                        self.extensions += 1;
                        continue;
                    }
                    pointer.push('/');
                    pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
                    self.value(value, pointer, next_within(within, key));
                    pointer.truncate(length);
                }
            }
            Value::Array(items) => {
                let within = if within == Within::Names { Within::Object } else { within };
                for (index, item) in items.iter().enumerate() {
                    pointer.push('/');
                    pointer.push_str(&index.to_string());
                    self.value(item, pointer, within);
                    pointer.truncate(length);
                }
            }
            _ => {}
        }
    }
}

fn next_within(within: Within, key: &str) -> Within {
    match (within, key) {
        (Within::Data, _) => Within::Data,
        (Within::Names, _) => Within::Object,
        (Within::Object, "example" | "default" | "enum" | "const" | "value") => Within::Data,
        (
            Within::Object,
            "properties"
            | "patternProperties"
            | "schemas"
            | "responses"
            | "parameters"
            | "examples"
            | "requestBodies"
            | "headers"
            | "securitySchemes"
            | "links"
            | "callbacks"
            | "pathItems"
            | "definitions"
            | "$defs"
            | "content"
            | "securityDefinitions"
            | "webhooks"
            | "encoding"
            | "variables"
            | "scopes"
            | "mapping",
        ) => Within::Names,
        (Within::Object, _) => Within::Object,
    }
}
