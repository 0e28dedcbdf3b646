//! The arguments of one curl command: its options with their values, its URLs, split at every `--next`.
//!
//! Called by [`curl`](super); [`request`](super::request) makes requests of the result.

use crate::collection::import::curl::option::{self, Role, Takes};
use crate::collection::import::curl::words::Word;

/// The options and URLs of one transfer.
#[derive(Debug, Clone, Default)]
pub(super) struct Operation {
    /// The URLs in order.
    pub urls: Vec<Word>,
    /// The options in order.
    pub options: Vec<Given>,
}

/// An option as it is given.
#[derive(Debug, Clone)]
pub(super) struct Given {
    /// As it is written: `-k`, `--insecure`. Never its value.
    pub name: String,
    /// What it does; `None`: curl has no such option.
    pub role: Option<Role>,
    /// Turned off by `--no-…`?
    pub is_on: bool,
    /// Its value; empty if it takes none.
    pub value: String,
    /// Where it stands.
    pub start: usize,
}

/// An option without the value that it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MissingValue {
    /// As it is written.
    pub name: String,
    /// Where it stands.
    pub start: usize,
}

/// Reads the words after `curl`.
pub(super) fn read(words: &[Word]) -> Result<Vec<Operation>, MissingValue> {
    let mut reader = Reader { words: words.iter(), operations: Vec::new(), operation: Operation::default() };
    let mut are_options_over = false;
    while let Some(word) = reader.words.next() {
        if are_options_over || word.text == "-" || !word.text.starts_with('-') {
            if !word.text.trim().is_empty() {
                reader.operation.urls.push(word.clone());
            }
        } else if word.text == "--" {
            are_options_over = true;
        } else if let Some(long) = word.text.strip_prefix("--") {
            reader.long(long, word)?;
        } else {
            reader.short(word)?;
        }
    }
    reader.next_operation();
    Ok(reader.operations)
}

struct Reader<'a> {
    words: std::slice::Iter<'a, Word>,
    operations: Vec<Operation>,
    operation: Operation,
}

impl Reader<'_> {
    fn long(&mut self, text: &str, word: &Word) -> Result<(), MissingValue> {
        let (name, joined) = match text.split_once('=') {
            Some((name, value)) if option::by_name(name).is_some_and(|(option, _)| option.takes == Takes::Value) => {
                (name, Some(value))
            }
            _ => (text, None),
        };
        // What follows a `=` may be a secret: it is not repeated.
        let shown = format!("--{}", name.split('=').next().unwrap_or_default());
        let Some((option, is_on)) = option::by_name(name) else {
            self.unknown(shown, word.start);
            return Ok(());
        };
        let value = match (option.takes, joined) {
            (Takes::Nothing, _) => String::new(),
            (Takes::Value, Some(value)) => value.to_owned(),
            (Takes::Value, None) => self.value(&shown, word.start)?,
        };
        self.add(shown, option.role, is_on, value, word.start);
        Ok(())
    }

    /// `-sSLk`, `-XPOST`, `-d @file`.
    fn short(&mut self, word: &Word) -> Result<(), MissingValue> {
        let letters = &word.text[1..];
        for (at, letter) in letters.char_indices() {
            let shown = format!("-{letter}");
            let Some(option) = option::by_letter(letter) else {
                self.unknown(shown, word.start);
                continue;
            };
            if option.takes == Takes::Nothing {
                self.add(shown, option.role, true, String::new(), word.start);
                continue;
            }
            let rest = &letters[at + letter.len_utf8()..];
            let value = if rest.is_empty() { self.value(&shown, word.start)? } else { rest.to_owned() };
            self.add(shown, option.role, true, value, word.start);
            break;
        }
        Ok(())
    }

    fn value(&mut self, name: &str, start: usize) -> Result<String, MissingValue> {
        let missing = || MissingValue { name: name.to_owned(), start };
        self.words.next().map(|word| word.text.clone()).ok_or_else(missing)
    }

    fn unknown(&mut self, name: String, start: usize) {
        self.operation.options.push(Given { name, role: None, is_on: true, value: String::new(), start });
    }

    fn add(&mut self, name: String, role: Role, is_on: bool, value: String, start: usize) {
        match role {
            Role::Next => self.next_operation(),
            Role::Url => self.operation.urls.push(Word { text: value, start }),
            role => self.operation.options.push(Given { name, role: Some(role), is_on, value, start }),
        }
    }

    fn next_operation(&mut self) {
        let operation = std::mem::take(&mut self.operation);
        if !operation.urls.is_empty() || !operation.options.is_empty() {
            self.operations.push(operation);
        }
    }
}
