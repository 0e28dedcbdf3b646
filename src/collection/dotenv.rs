//! `.env` files, read as Next.js reads them.
//!
//! Used for `{{$dotenv X}}` and to detect a Kinde SDK ([`detected`](crate::collection::detected)). Pure and
//! never failing. Values never appear in `Debug`: they are mostly secrets.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::collection::lines;
use crate::model::problem::{Place, Problem, ProblemKind};
use crate::model::request::{Span, Spanned};

/// The files of a project in development, later ones over earlier ones.
pub const FILES: [&str; 4] = [".env", ".env.development", ".env.local", ".env.development.local"];

/// How deep `${…}` may go.
const DEEPEST: usize = 16;

/// How many `${…}` one value may take in: names that refer to each other must not cost exponential time.
const MOST_EXPANSIONS: usize = 1000;

/// The longest value that `${…}` may make.
const LONGEST: usize = 64 * 1024;

/// One `.env` file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DotenvFile {
    /// The file.
    pub path: PathBuf,
    /// Its entries in order.
    pub entries: Vec<Entry>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

/// `NAME=value`.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    /// The name.
    pub name: Spanned,
    /// The value without quotes, escapes replaced, `${…}` not yet.
    pub value: String,
    /// The bytes of the value, quotes included.
    pub span: Span,
    /// Where the name stands.
    pub place: Place,
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Entry({:?})", self.name.text)
    }
}

impl DotenvFile {
    /// Reads a file.
    pub fn parse(path: &Path, text: &str) -> Self {
        let mut file = Self { path: path.to_path_buf(), entries: Vec::new(), problems: Vec::new() };
        let mut at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let mut line = 1;
        while at < text.len() {
            let next = file.line(text, at, line);
            line += memchr::memchr_iter(b'\n', &text.as_bytes()[at..next]).count();
            at = next;
        }
        file
    }

    /// The entry of this name that counts: the last one.
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().rev().find(|entry| entry.name.text == name)
    }

    /// Reads the line at byte `start`; the byte after it, which is further down for a multi-line value.
    fn line(&mut self, text: &str, start: usize, number: usize) -> usize {
        let line_end = text[start..].find('\n').map_or(text.len(), |newline| start + newline);
        let next = (line_end + 1).min(text.len());
        let line = &text[start..line_end];
        let body = line.trim_start();
        if body.is_empty() || body.starts_with('#') {
            return next;
        }
        let body = match body.strip_prefix("export") {
            Some(rest) if rest.starts_with([' ', '\t']) => rest.trim_start(),
            _ => body,
        };
        let name_start = start + line.len() - body.len();
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-');
        let name = &body[..body.find(|c| !is_name(c)).unwrap_or(body.len())];
        let after = body[name.len()..].trim_start();
        let place =
            Place { file: self.path.clone(), line: number, column: lines::column(&text.as_bytes()[start..name_start]) };
        if name.is_empty() || !after.starts_with(['=', ':']) {
            let problem = Problem::new(ProblemKind::Input, "This line of a .env file cannot be read")
                .hint("Write `NAME=value`")
                .at(place);
            self.problems.push(problem);
            return next;
        }
        let value = after[1..].trim_start_matches([' ', '\t', '\r']);
        let value_start = line_end - value.len();
        let name = Spanned { text: name.to_owned(), span: name_start..name_start + name.len() };
        if let Some(quote) = value.chars().next().filter(|c| matches!(c, '"' | '\'' | '`')) {
            if let Some(length) = quoted_length(&text[value_start..], quote) {
                let span = value_start..value_start + length;
                let inner = &text[span.start + 1..span.end - 1];
                let value = if quote == '"' { unescape(inner) } else { inner.replace("\r\n", "\n") };
                self.entries.push(Entry { name, value, span: span.clone(), place });
                return text[span.end..].find('\n').map_or(text.len(), |newline| span.end + newline + 1);
            }
            let problem = Problem::new(ProblemKind::Input, "A quoted value is never closed").at(place.clone());
            self.problems.push(problem);
        }
        let value = value.split('#').next().unwrap_or_default().trim_end();
        let span = value_start..value_start + value.len();
        self.entries.push(Entry { name, value: value.to_owned(), span, place });
        next
    }
}

/// The length of the quoted text at the start of `text`, quotes included; it may span lines.
fn quoted_length(text: &str, quote: char) -> Option<usize> {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            c if c == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// In double quotes `\n` and `\r` are line breaks and `\"` a quote; `\$` is left for [`merge`].
fn unescape(text: &str) -> String {
    text.replace("\r\n", "\n").replace("\\n", "\n").replace("\\r", "\r").replace("\\\"", "\"")
}

/// The variables of several files, later ones over earlier ones, with `$NAME`, `${NAME}` and `${NAME:-default}`
/// replaced from the same files; an unknown name is empty.
pub fn merge(files: &[DotenvFile]) -> BTreeMap<String, String> {
    let mut raw: BTreeMap<&str, &str> = BTreeMap::new();
    for entry in files.iter().flat_map(|file| &file.entries) {
        raw.insert(&entry.name.text, &entry.value);
    }
    let mut merged = BTreeMap::new();
    for (name, value) in &raw {
        let mut budget = MOST_EXPANSIONS;
        merged.insert((*name).to_owned(), expand(value, &raw, &mut vec![name], &mut budget));
    }
    merged
}

fn expand<'a>(value: &'a str, raw: &BTreeMap<&'a str, &'a str>, open: &mut Vec<&'a str>, budget: &mut usize) -> String {
    let mut out = String::new();
    let mut rest = value;
    while let Some(dollar) = rest.find('$') {
        if rest[..dollar].ends_with('\\') {
            out.push_str(&rest[..dollar - 1]);
            out.push('$');
            rest = &rest[dollar + 1..];
            continue;
        }
        out.push_str(&rest[..dollar]);
        let after = &rest[dollar + 1..];
        let (name, default, length) = match after.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
            Some((inner, _)) => {
                let (name, default) = inner.split_once(":-").or_else(|| inner.split_once('-')).unwrap_or((inner, ""));
                (name, default, inner.len() + 2)
            }
            None => {
                let length = after.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(after.len());
                (&after[..length], "", length)
            }
        };
        if length == 0 {
            out.push('$');
        } else if *budget > 0 && out.len() < LONGEST && open.len() < DEEPEST && !open.contains(&name) {
            *budget -= 1;
            match raw.get(name) {
                Some(value) => {
                    open.push(name);
                    let expanded = expand(value, raw, open, budget);
                    open.pop();
                    out.push_str(if expanded.is_empty() { default } else { &expanded });
                }
                None => out.push_str(default),
            }
        }
        rest = &after[length..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Vec<(String, String)> {
        let file = DotenvFile::parse(Path::new(".env"), text);
        assert!(file.problems.is_empty(), "{:?}", file.problems);
        for entry in &file.entries {
            assert_eq!(&text[entry.name.span.clone()], entry.name.text);
        }
        file.entries.into_iter().map(|entry| (entry.name.text, entry.value)).collect()
    }

    #[rstest::rstest]
    #[case("A=b", "b")]
    #[case("  export A = b  # comment", "b")]
    #[case("A='b # c'", "b # c")]
    #[case("A=\"b\\nc\"", "b\nc")]
    #[case("A='b\\nc'", "b\\nc")]
    #[case("A=\"one\r\ntwo\"\r\n", "one\ntwo")]
    #[case("A=`it's \"so\"`", "it's \"so\"")]
    #[case("A=", "")]
    #[case("A=\"say \\\"hi\\\"\"", "say \"hi\"")]
    #[case("\u{feff}A: b", "b")]
    #[case("A=b#c", "b")]
    #[case("A=http://x/?a=b", "http://x/?a=b")]
    fn values_are_read_as_next_reads_them(#[case] text: &str, #[case] value: &str) {
        assert_eq!(read(text), [("A".to_owned(), value.to_owned())]);
    }

    #[test]
    fn lines_go_on_after_a_multi_line_value_and_after_an_error() {
        let text = "KEY=\"-----BEGIN\nabc\n-----END\" # pem\nB=1\nnot a line\nC='open\nD=2";
        let file = DotenvFile::parse(Path::new("p/.env"), text);
        let names: Vec<_> = file.entries.iter().map(|entry| (entry.name.text.as_str(), entry.value.as_str())).collect();
        assert_eq!(names, [("KEY", "-----BEGIN\nabc\n-----END"), ("B", "1"), ("C", "'open"), ("D", "2")]);
        let places: Vec<_> = file.problems.iter().map(ToString::to_string).collect();
        assert!(places[0].starts_with("p/.env:5:1: "), "{places:?}");
        assert!(places[1].starts_with("p/.env:6:1: "), "{places:?}");
    }

    #[test]
    fn later_files_win_and_names_are_expanded() {
        let base = DotenvFile::parse(Path::new(".env"), "HOST=a.test\nURL=https://${HOST}/$PATH_X${NONE:-d}\nP=a\\$b");
        let local = DotenvFile::parse(Path::new(".env.local"), "HOST=b.test\nLOOP=${LOOP}x$");
        let merged = merge(&[base, local]);
        assert_eq!(merged["URL"], "https://b.test/d");
        assert_eq!(merged["P"], "a$b");
        assert_eq!(merged["LOOP"], "x$");
    }

    #[test]
    fn values_are_not_in_debug_output() {
        let file = DotenvFile::parse(Path::new(".env"), "SECRET=hidden-value");
        assert!(!format!("{file:?}").contains("hidden-value"));
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "[A-Z=\"'`#$\\\\{}:a \n\r-]{0,80}") {
            let file = DotenvFile::parse(Path::new(".env"), &text);
            for entry in &file.entries {
                prop_assert!(text.get(entry.span.clone()).is_some());
            }
            merge(&[file]);
        }
    }
}
