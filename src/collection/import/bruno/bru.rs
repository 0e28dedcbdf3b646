//! The `.bru` language: blocks of rows, of text, or of names.
//!
//! Called by [`bruno`](super). Lenient where Bruno is; what cannot be a block is a problem with its line. Nothing here
//! knows what a block means.

use std::path::Path;

use crate::model::problem::{Place, Problem, ProblemKind};

/// A block: `headers { … }`, `body:json { … }`, `vars:secret [ … ]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    /// Its name: `body:json`.
    pub name: String,
    /// What is in it.
    pub content: Content,
}

/// What is in a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content {
    /// `name: value` lines.
    Rows(Vec<Row>),
    /// Text, its indentation taken away.
    Text(String),
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Row {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// `false`: written with `~`.
    pub is_enabled: bool,
    /// Of an annotation `@description('…')`.
    pub description: String,
}

/// Blocks that hold text.
fn is_text_block(name: &str) -> bool {
    let has_text =
        |kind: &str| matches!(kind, "json" | "text" | "xml" | "sparql" | "graphql" | "graphql:vars" | "ws" | "grpc");
    name == "tests"
        || name == "docs"
        || name.starts_with("script")
        || name.strip_prefix("body:").is_some_and(has_text)
        || name == "body"
        || name == "example"
}

/// Parses a file.
pub(super) fn parse(file: &Path, text: &str) -> Result<Vec<Block>, Problem> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
    let lines: Vec<&str> = text.split('\n').collect();
    let mut parser = Parser { file, lines: &lines, at: 0 };
    let mut blocks = Vec::new();
    while parser.at < lines.len() {
        let line = lines[parser.at];
        if line.trim().is_empty() {
            parser.at += 1;
            continue;
        }
        blocks.push(parser.block()?);
    }
    Ok(blocks)
}

struct Parser<'a> {
    file: &'a Path,
    lines: &'a [&'a str],
    at: usize,
}

impl Parser<'_> {
    fn problem(&self, line: usize, title: impl Into<String>, hint: &str) -> Problem {
        let text = self.lines.get(line).copied().unwrap_or_default();
        let column = text.chars().take_while(|c| c.is_whitespace()).count() + 1;
        let place = Place { file: self.file.to_path_buf(), line: line + 1, column };
        Problem::new(ProblemKind::Input, title).hint(hint).at(place)
    }

    fn block(&mut self) -> Result<Block, Problem> {
        let start = self.at;
        let line = self.lines[start].trim_end();
        let opened = line.trim_start();
        let (name, open, rest) = match opened.find(['{', '[']) {
            Some(at) => (opened[..at].trim(), &opened[at..=at], opened[at + 1..].trim()),
            None => ("", "", ""),
        };
        let is_name =
            !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, ':' | '-' | '_' | '.'));
        if !is_name {
            return Err(self.problem(
                start,
                "A block begins here, but it has no name",
                "Blocks look like `headers {`, rows, `}`",
            ));
        }
        self.at += 1;
        let content = if open == "[" {
            self.names(start, rest)?
        } else if rest == "}" {
            if is_text_block(name) { Content::Text(String::new()) } else { Content::Rows(Vec::new()) }
        } else if is_text_block(name) {
            self.text(start)?
        } else {
            self.rows(start)?
        };
        Ok(Block { name: name.to_owned(), content })
    }

    fn unclosed(&self, start: usize) -> Problem {
        self.problem(start, "This block is never closed", "A `}` at the start of a line ends it")
    }

    fn text(&mut self, start: usize) -> Result<Content, Problem> {
        let first = self.at;
        while let Some(line) = self.lines.get(self.at) {
            if line.trim_end() == "}" {
                let lines =
                    self.lines[first..self.at].iter().map(|line| line.strip_prefix("  ").unwrap_or(line.trim_start()));
                let text = lines.collect::<Vec<_>>().join("\n");
                self.at += 1;
                return Ok(Content::Text(text.trim_end().to_owned()));
            }
            self.at += 1;
        }
        Err(self.unclosed(start))
    }

    /// `[ a, b ]`: names; `~` before a name disables it.
    fn names(&mut self, start: usize, rest: &str) -> Result<Content, Problem> {
        let mut text = rest.to_owned();
        while !text.contains(']') {
            let Some(line) = self.lines.get(self.at) else { return Err(self.unclosed(start)) };
            self.at += 1;
            // Annotations say nothing that an import needs.
            if !line.trim_start().starts_with('@') {
                text.push('\n');
                text.push_str(line);
            }
        }
        let inner = text.split(']').next().unwrap_or_default();
        let names = inner.split([',', '\n']).map(str::trim).filter(|name| !name.is_empty());
        let rows = names.map(|name| {
            let plain = name.strip_prefix('~');
            Row { name: plain.unwrap_or(name).trim().to_owned(), is_enabled: plain.is_none(), ..Row::default() }
        });
        Ok(Content::Rows(rows.collect()))
    }

    fn rows(&mut self, start: usize) -> Result<Content, Problem> {
        let mut rows = Vec::new();
        let mut description = String::new();
        while let Some(line) = self.lines.get(self.at).copied() {
            if line.trim_end() == "}" {
                self.at += 1;
                return Ok(Content::Rows(rows));
            }
            let trimmed = line.trim();
            if trimmed.is_empty() {
                self.at += 1;
                continue;
            }
            if let Some(annotation) = trimmed.strip_prefix('@')
                && is_annotation(annotation)
            {
                let text = self.annotation(annotation)?;
                if annotation.starts_with("description") {
                    description = text;
                }
                continue;
            }
            let mut row = self.row(trimmed)?;
            row.description = std::mem::take(&mut description);
            rows.push(row);
        }
        Err(self.unclosed(start))
    }

    /// `@description('…')`, `@description('''` with more lines, `@number`; the argument.
    fn annotation(&mut self, text: &str) -> Result<String, Problem> {
        let start = self.at;
        self.at += 1;
        let Some((_, argument)) = text.split_once('(') else { return Ok(String::new()) };
        if let Some(rest) = argument.strip_prefix("'''") {
            if let Some(end) = rest.find("'''") {
                return Ok(rest[..end].trim().to_owned());
            }
            let mut lines = vec![rest.trim().to_owned()];
            while let Some(line) = self.lines.get(self.at) {
                self.at += 1;
                if let Some(end) = line.find("'''") {
                    lines.push(line[..end].trim().to_owned());
                    return Ok(lines.join("\n").trim().to_owned());
                }
                lines.push(line.trim().to_owned());
            }
            return Err(self.problem(start, "This annotation is never closed", "`''')` ends it"));
        }
        let argument = argument.trim_end().strip_suffix(')').unwrap_or(argument);
        Ok(argument.trim_matches(['\'', '"']).to_owned())
    }

    fn row(&mut self, line: &str) -> Result<Row, Problem> {
        let start = self.at;
        self.at += 1;
        let (line, is_enabled) = match line.strip_prefix('~') {
            Some(rest) => (rest.trim_start(), false),
            None => (line, true),
        };
        let quoted = line.strip_prefix('"').and_then(|rest| {
            let end = closing_quote(rest)?;
            let after = rest[end + 1..].trim_start().strip_prefix(':')?;
            Some((rest[..end].replace("\\\"", "\"").replace("\\\\", "\\"), after))
        });
        let (name, value) = match quoted {
            Some((name, value)) => (name, value),
            None => match line.split_once(':') {
                Some((name, value)) => (name.trim().to_owned(), value),
                // A name alone is a row without a value.
                None => (line.to_owned(), ""),
            },
        };
        let value = value.trim();
        let value = match value.strip_prefix("'''") {
            Some(rest) if !rest.contains("'''") => self.multi_line(start, rest)?,
            Some(rest) => {
                let (text, after) = rest.split_once("'''").unwrap_or((rest, ""));
                format!("{text}{after}")
            }
            None => value.to_owned(),
        };
        Ok(Row { name, value, is_enabled, ..Row::default() })
    }

    /// The lines up to `'''`, with the least indentation taken away; what follows `'''` stays at the end.
    fn multi_line(&mut self, start: usize, first: &str) -> Result<String, Problem> {
        let mut lines: Vec<&str> = Vec::new();
        while let Some(line) = self.lines.get(self.at).copied() {
            self.at += 1;
            let Some(end) = line.find("'''") else {
                lines.push(line);
                continue;
            };
            if !line[..end].trim().is_empty() {
                lines.push(&line[..end]);
            }
            let indents = lines.iter().filter(|line| !line.trim().is_empty());
            let least = indents.map(|line| line.len() - line.trim_start_matches(' ').len()).min().unwrap_or_default();
            let mut lines: Vec<&str> = lines.iter().map(|line| line.get(least..).unwrap_or_default()).collect();
            if !first.trim().is_empty() {
                lines.insert(0, first);
            }
            let after = line[end + 3..].trim();
            let space = if after.is_empty() { "" } else { " " };
            return Ok(format!("{}{space}{after}", lines.join("\n")));
        }
        Err(self.problem(start, "This `'''` is never closed", "Another `'''` ends the value"))
    }
}

/// `@name` or `@name(…`, and not a row whose name begins with `@`.
fn is_annotation(text: &str) -> bool {
    let length = text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    let rest = &text[length..];
    length > 0 && (rest.trim().is_empty() || rest.starts_with('('))
}

fn closing_quote(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    text.char_indices().find_map(|(at, c)| {
        let is_end = c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        is_end.then_some(at)
    })
}
