//! Reads single keys of a TOML document by type, and turns whatever does not fit into a problem with its place.

use std::borrow::Cow;
use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::model::problem::{Place, Problem, ProblemKind};

/// Problems of one file; a file that is no settings file at all must not fill the screen.
const MOST_PROBLEMS: usize = 20;

/// The document, and the problems found in it so far.
pub(super) struct Reader<'a> {
    text: &'a str,
    path: &'a Path,
    problems: Vec<(usize, Problem)>,
}

/// A key, its value, and where they stand.
pub(super) struct Found<'a> {
    pub(super) name: String,
    pub(super) key: Range<usize>,
    value: &'a DeValue<'a>,
    span: Range<usize>,
}

impl<'a> Found<'a> {
    fn new(name: String, key: Range<usize>, value: &'a Spanned<DeValue<'a>>) -> Self {
        Self { name, key, value: value.get_ref(), span: value.span() }
    }

    /// Where the value stands.
    pub(super) const fn at(&self) -> usize {
        self.span.start
    }
}

impl<'a> Reader<'a> {
    pub(super) const fn new(text: &'a str, path: &'a Path) -> Self {
        Self { text, path, problems: Vec::new() }
    }

    /// The problems in the order of the file.
    pub(super) fn finish(mut self) -> Vec<Problem> {
        self.problems.sort_by_key(|(at, _)| *at);
        self.problems.truncate(MOST_PROBLEMS);
        self.problems.into_iter().map(|(_, problem)| problem).collect()
    }

    /// Adds a problem at a byte of the text.
    pub(super) fn problem(&mut self, at: usize, title: impl Into<String>, hint: impl Into<String>) {
        let problem = Problem::new(ProblemKind::Input, title).hint(hint).at(place(self.text, self.path, at));
        self.problems.push((at, problem));
    }

    /// Every key with its value; the tables named in `tables` are opened: `limits.body_mib`.
    pub(super) fn keys(&mut self, table: &'a DeTable<'a>, tables: &[&str]) -> Vec<Found<'a>> {
        let mut keys = Vec::new();
        for (key, value) in table {
            let found = Found::new(key.get_ref().to_string(), key.span(), value);
            match found.value {
                DeValue::Table(inner) if tables.contains(&found.name.as_str()) => {
                    let inner = inner
                        .iter()
                        .map(|(key, value)| Found::new(format!("{}.{}", found.name, key.get_ref()), key.span(), value));
                    keys.extend(inner);
                }
                _ if tables.contains(&found.name.as_str()) => self.wrong_type(&found, "a table"),
                _ => keys.push(found),
            }
        }
        keys
    }

    /// The folder of the file, which relative paths in it count from.
    pub(super) fn folder(&self) -> &'a Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// Text.
    pub(super) fn text(&mut self, found: &Found<'a>) -> Option<&'a str> {
        let text = found.value.as_str();
        if text.is_none() {
            self.wrong_type(found, "text in quotes");
        }
        text
    }

    /// One of the words in `choices`.
    pub(super) fn choice<T: Copy>(&mut self, found: &Found<'a>, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text(found)?;
        let chosen = choices.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if chosen.is_none() {
            let words: Vec<_> = choices.iter().map(|(word, _)| format!("`{word}`")).collect();
            let (last, others) = words.split_last().expect("every setting of this kind has words");
            let title = format!("`{}` cannot be `{}`", found.name, shortened(text));
            self.problem(found.span.start, title, format!("Use {} or {last}", others.join(", ")));
        }
        chosen
    }

    /// `true` or `false`.
    pub(super) fn switch(&mut self, found: &Found<'a>) -> Option<bool> {
        let value = found.value.as_bool();
        if value.is_none() {
            self.wrong_type(found, "true or false");
        }
        value
    }

    /// A whole number within `range`.
    pub(super) fn number(&mut self, found: &Found<'a>, range: Range<u64>) -> Option<u64> {
        let Some(integer) = found.value.as_integer() else {
            self.wrong_type(found, "a whole number");
            return None;
        };
        let number = u64::from_str_radix(integer.as_str(), integer.radix()).ok();
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            let title = format!("`{}` is out of range", found.name);
            self.problem(found.span.start, title, format!("Use {} to {}", range.start, range.end - 1));
        }
        number
    }

    /// The keys of a table.
    pub(super) fn table(&mut self, found: &Found<'a>) -> Option<Vec<Found<'a>>> {
        let DeValue::Table(table) = found.value else {
            self.wrong_type(found, "a table");
            return None;
        };
        let key =
            |(key, value): (&'a Spanned<Cow<'a, str>>, _)| Found::new(key.get_ref().to_string(), key.span(), value);
        Some(table.iter().map(key).collect())
    }

    /// The elements of a list.
    pub(super) fn list(&mut self, found: &Found<'a>) -> Option<Vec<Found<'a>>> {
        let list = found.value.as_array();
        if list.is_none() {
            self.wrong_type(found, "a list in brackets");
        }
        let element = |value| Found::new(found.name.clone(), found.key.clone(), value);
        Some(list?.iter().map(element).collect())
    }

    fn wrong_type(&mut self, found: &Found<'a>, wanted: &str) {
        let kind = found.value.type_str();
        let title = format!("`{}` must be {wanted}", found.name);
        self.problem(found.span.start, title, format!("It is a TOML {kind} now"));
    }
}

/// What a user typed, fit for one line.
pub(super) fn shortened(text: &str) -> Cow<'_, str> {
    if text.len() <= 40 && !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    Cow::Owned(plain.take(40).chain(['…']).collect())
}

fn place(text: &str, path: &Path, at: usize) -> Place {
    let before = &text[..text.floor_char_boundary(at)];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Place {
        file: path.to_owned(),
        line: 1 + before.matches('\n').count(),
        column: 1 + before[line_start..].chars().count(),
    }
}
