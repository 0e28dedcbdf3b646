//! A shell command line as words: what the program would have got as its arguments.
//!
//! Called by [`curl`](super). Knows bash (also zsh, for what is copied from it), the command prompt of Windows, and
//! PowerShell, recognised by their line continuations and quotes. Nothing is run or looked up: `$NAME` becomes the
//! placeholder `{{NAME}}`, a command substitution stays as text, and both are noted.

use std::iter::Peekable;
use std::str::CharIndices;

/// A command: everything up to a line break, `;`, `&`, `|`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Command {
    /// Its words.
    pub words: Vec<Word>,
    /// Comment lines directly above it.
    pub comments: Vec<String>,
    /// Text of a here document or here string.
    pub input: Option<String>,
    /// What was understood differently than the shell would.
    pub notes: Vec<Note>,
}

/// A word, its quotes taken away.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Word {
    /// Its text.
    pub text: String,
    /// Its first byte in the input.
    pub start: usize,
}

/// What was understood differently than the shell would.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Note {
    /// `$NAME` became `{{NAME}}`.
    Variable(String),
    /// `$(…)` or backticks: kept as text.
    Substitution,
    /// An `&` without quotes inside a word: taken as a part of it.
    Ampersand,
    /// Output redirected to a file.
    Redirection,
    /// Bytes that are no UTF-8 text.
    NotText,
}

/// A quote that nothing closes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unclosed {
    /// Where it opens.
    pub start: usize,
    /// What opens there: `'`, `"`, `$'`.
    pub what: &'static str,
}

/// Whose rules of quoting hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dialect {
    Bash,
    CommandPrompt,
    PowerShell,
}

/// Splits `text` into commands.
pub(super) fn commands(text: &str) -> Result<Vec<Command>, Unclosed> {
    match dialect(text) {
        Dialect::CommandPrompt => Ok(command_prompt(text)),
        dialect => Shell::new(text, dialect).run(),
    }
}

/// The quotes and line continuations tell: `^"` and a `^` at a line's end are the command prompt's, a backtick there is
/// PowerShell's.
fn dialect(text: &str) -> Dialect {
    let ends_with = |mark: char| {
        text.lines().any(|line| {
            line.trim_end()
                .strip_suffix(mark)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with([' ', '\t', '"', '\'', mark]))
        })
    };
    let has_caret_quotes = text.split_whitespace().any(|word| word.starts_with("^\""));
    if has_caret_quotes || ends_with('^') {
        Dialect::CommandPrompt
    } else if ends_with('`') {
        Dialect::PowerShell
    } else {
        Dialect::Bash
    }
}

/// A word in the making.
#[derive(Default)]
struct Open {
    text: String,
    start: usize,
    is_quoted: bool,
}

struct Shell<'a> {
    source: &'a str,
    chars: Peekable<CharIndices<'a>>,
    dialect: Dialect,
    commands: Vec<Command>,
    command: Command,
    word: Option<Open>,
    comments: Vec<String>,
    /// Delimiters of here documents whose text begins at the next line.
    documents: Vec<(String, bool)>,
    /// What the next word is.
    next_is: NextWord,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum NextWord {
    Argument,
    RedirectionTarget,
    DocumentDelimiter { strips_tabs: bool },
    HereString,
}

impl<'a> Shell<'a> {
    fn new(source: &'a str, dialect: Dialect) -> Self {
        Self {
            source,
            chars: source.char_indices().peekable(),
            dialect,
            commands: Vec::new(),
            command: Command::default(),
            word: None,
            comments: Vec::new(),
            documents: Vec::new(),
            next_is: NextWord::Argument,
        }
    }

    fn run(mut self) -> Result<Vec<Command>, Unclosed> {
        while let Some((at, c)) = self.chars.next() {
            match c {
                '\n' => {
                    self.end_command();
                    self.read_documents();
                }
                c if c.is_whitespace() => self.end_word(),
                '#' if self.word.is_none() => self.comment(at),
                '\'' => self.single_quoted(at)?,
                '"' => self.double_quoted(at)?,
                '\\' if self.dialect == Dialect::Bash => self.backslash(at),
                '`' if self.dialect == Dialect::PowerShell => self.backtick(at),
                '`' => self.substitution(at, '`'),
                '$' => self.dollar(at)?,
                ';' | '|' => self.end_command(),
                '&' => self.ampersand(at),
                '>' | '<' if self.dialect == Dialect::Bash || self.word.is_none() => self.redirection(c),
                c => self.push(at, c),
            }
        }
        self.end_command();
        Ok(self.commands)
    }

    fn rest(&mut self) -> &'a str {
        let at = self.chars.peek().map_or(self.source.len(), |(at, _)| *at);
        &self.source[at..]
    }

    fn skip(&mut self, bytes: usize) {
        let end = self.source.len() - self.rest().len() + bytes;
        while self.chars.next_if(|(at, _)| *at < end).is_some() {}
    }

    fn open(&mut self, at: usize) -> &mut Open {
        self.word.get_or_insert_with(|| Open { start: at, ..Open::default() })
    }

    fn push(&mut self, at: usize, c: char) {
        self.open(at).text.push(c);
    }

    fn end_word(&mut self) {
        let Some(word) = self.word.take() else { return };
        match std::mem::replace(&mut self.next_is, NextWord::Argument) {
            NextWord::Argument => self.command.words.push(Word { text: word.text, start: word.start }),
            NextWord::RedirectionTarget => self.command.notes.push(Note::Redirection),
            NextWord::DocumentDelimiter { strips_tabs } => self.documents.push((word.text, strips_tabs)),
            NextWord::HereString => self.command.input = Some(word.text + "\n"),
        }
    }

    fn end_command(&mut self) {
        self.end_word();
        self.next_is = NextWord::Argument;
        if !self.command.words.is_empty() {
            self.command.comments = std::mem::take(&mut self.comments);
            self.commands.push(std::mem::take(&mut self.command));
        }
    }

    fn comment(&mut self, at: usize) {
        let rest = self.rest();
        let length = rest.find('\n').unwrap_or(rest.len());
        let text = self.source[at + 1..at + 1 + length].trim();
        // A comment after a blank line begins a new description.
        let is_after_blank = self.source[..at].trim_end_matches([' ', '\t']).ends_with("\n\n");
        if is_after_blank {
            self.comments.clear();
        }
        if !text.is_empty() && !text.starts_with('!') && self.command.words.is_empty() {
            self.comments.push(text.to_owned());
        }
        self.skip(length);
    }

    fn single_quoted(&mut self, at: usize) -> Result<(), Unclosed> {
        self.open(at).is_quoted = true;
        loop {
            let rest = self.rest();
            let Some(end) = rest.find('\'') else { return Err(Unclosed { start: at, what: "'" }) };
            let text = &rest[..end];
            self.open(at).text.push_str(text);
            self.skip(end + 1);
            if self.dialect == Dialect::PowerShell && self.rest().starts_with('\'') {
                self.push(at, '\'');
                self.skip(1);
                continue;
            }
            return Ok(());
        }
    }

    fn double_quoted(&mut self, start: usize) -> Result<(), Unclosed> {
        self.open(start).is_quoted = true;
        while let Some((at, c)) = self.chars.next() {
            match (c, self.dialect) {
                ('"', Dialect::PowerShell) if self.rest().starts_with('"') => {
                    self.push(at, '"');
                    self.skip(1);
                }
                ('"', _) => return Ok(()),
                ('\\', Dialect::Bash) => match self.chars.peek().copied() {
                    Some((_, '\n')) => self.skip(1),
                    Some((_, '\r')) if self.rest().starts_with("\r\n") => self.skip(2),
                    Some((_, next @ ('$' | '`' | '"' | '\\'))) => {
                        self.push(at, next);
                        self.skip(1);
                    }
                    _ => self.push(at, '\\'),
                },
                ('\\', _) if self.rest().starts_with('"') => {
                    self.push(at, '"');
                    self.skip(1);
                }
                ('`', Dialect::PowerShell) => self.backtick(at),
                ('`', _) => self.substitution(at, '`'),
                ('$', _) => self.expansion(at),
                (c, _) => self.push(at, c),
            }
        }
        Err(Unclosed { start, what: "\"" })
    }

    /// Outside of quotes: the next character as it is, or a line that goes on.
    fn backslash(&mut self, at: usize) {
        let rest = self.rest();
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t', '\r']).len();
        if rest[blanks..].starts_with('\n') {
            self.skip(blanks + 1);
        } else if let Some((_, c)) = self.chars.next() {
            self.push(at, c);
            self.open(at).is_quoted = true;
        }
    }

    /// PowerShell's escape.
    fn backtick(&mut self, at: usize) {
        let rest = self.rest();
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t', '\r']).len();
        if rest[blanks..].starts_with('\n') {
            self.skip(blanks + 1);
        } else if let Some((_, c)) = self.chars.next() {
            let c = match c {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                c => c,
            };
            self.push(at, c);
        }
    }

    fn dollar(&mut self, at: usize) -> Result<(), Unclosed> {
        if self.dialect == Dialect::Bash {
            if self.rest().starts_with('\'') {
                self.skip(1);
                return self.ansi_quoted(at);
            }
            if self.rest().starts_with('"') {
                self.skip(1);
                return self.double_quoted(at);
            }
        }
        self.expansion(at);
        Ok(())
    }

    /// `$'…'`: backslash escapes as in C.
    fn ansi_quoted(&mut self, start: usize) -> Result<(), Unclosed> {
        let mut bytes: Vec<u8> = Vec::new();
        let mut add = |c: char| bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        // Bytes above 127 written as `\xHH` are marked, because they may be parts of one character.
        loop {
            let Some((_, c)) = self.chars.next() else { return Err(Unclosed { start, what: "$'" }) };
            if c == '\'' {
                break;
            }
            if c != '\\' {
                add(c);
                continue;
            }
            let Some((_, escape)) = self.chars.next() else { return Err(Unclosed { start, what: "$'" }) };
            match escape {
                'a' => add('\u{7}'),
                'b' => add('\u{8}'),
                'e' | 'E' => add('\u{1b}'),
                'f' => add('\u{c}'),
                'n' => add('\n'),
                'r' => add('\r'),
                't' => add('\t'),
                'v' => add('\u{b}'),
                'x' => match self.digits(16, 2) {
                    Some(byte) => bytes_push(&mut add, byte),
                    None => add('x'),
                },
                'u' | 'U' => {
                    let code = self.digits(16, if escape == 'u' { 4 } else { 8 });
                    match code {
                        Some(high @ 0xd800..=0xdbff) if self.rest().starts_with("\\u") => {
                            // A surrogate pair, as browsers write characters beyond U+FFFF.
                            self.skip(2);
                            let low = self.digits(16, 4).unwrap_or_default();
                            let code = 0x1_0000 + ((high - 0xd800) << 10) + low.wrapping_sub(0xdc00).min(0x3ff);
                            add(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                        }
                        Some(code) => add(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)),
                        None => add(escape),
                    }
                }
                'c' => {
                    if let Some((_, control)) = self.chars.next() {
                        add(char::from(control as u8 & 0x1f));
                    }
                }
                '0'..='7' => {
                    let first = escape.to_digit(8).unwrap_or_default();
                    let (mut value, mut count) = (first, 1);
                    while let Some((_, c)) = self.chars.next_if(|(_, c)| count < 3 && c.is_digit(8)) {
                        value = value * 8 + c.to_digit(8).unwrap_or_default();
                        count += 1;
                    }
                    bytes_push(&mut add, value & 0xff);
                }
                other => {
                    if !matches!(other, '\'' | '"' | '\\' | '?') {
                        add('\\');
                    }
                    add(other);
                }
            }
        }
        let (text, is_text) = decode_marked(&bytes);
        if !is_text {
            self.command.notes.push(Note::NotText);
        }
        let word = self.open(start);
        word.is_quoted = true;
        word.text.push_str(&text);
        Ok(())
    }

    fn digits(&mut self, radix: u32, most: usize) -> Option<u32> {
        let (mut value, mut count) = (0_u32, 0);
        while count < most {
            let Some((_, c)) = self.chars.next_if(|(_, c)| c.is_digit(radix)) else { break };
            value = value.wrapping_mul(radix).wrapping_add(c.to_digit(radix).unwrap_or_default());
            count += 1;
        }
        (count > 0).then_some(value)
    }

    /// `$NAME`, `${NAME}`, `${NAME:-default}`, `$env:NAME`, `$(…)`; any other `$` is itself.
    fn expansion(&mut self, at: usize) {
        let rest = self.rest();
        if rest.starts_with('(') {
            self.substitution(at, ')');
            return;
        }
        // `?$filter=` and `&$top=` (OData) are meant as they stand.
        let is_parameter = self.word.as_ref().is_some_and(|word| word.text.ends_with(['?', '&']));
        if let Some(braced) = rest.strip_prefix('{') {
            let name = identifier(braced);
            let after = &braced[name.len()..];
            if !name.is_empty()
                && (after.starts_with('}') || after.starts_with(':'))
                && let Some(close) = after.find('}')
            {
                self.variable(at, name);
                self.skip(1 + name.len() + close + 1);
                return;
            }
        }
        let prefix = if self.dialect == Dialect::PowerShell && rest.starts_with("env:") { 4 } else { 0 };
        let name = identifier(&rest[prefix..]);
        if name.is_empty() || (is_parameter && rest[name.len()..].starts_with('=')) {
            self.push(at, '$');
            return;
        }
        self.variable(at, name);
        self.skip(prefix + name.len());
    }

    fn variable(&mut self, at: usize, name: &str) {
        let word = self.open(at);
        word.text.extend(["{{", name, "}}"]);
        let note = Note::Variable(name.to_owned());
        if !self.command.notes.contains(&note) {
            self.command.notes.push(note);
        }
    }

    /// Copies `$(…)` or a pair of backticks as text.
    fn substitution(&mut self, at: usize, close: char) {
        let rest = self.rest();
        let mut depth = 0_usize;
        let mut length = rest.len();
        for (index, c) in rest.char_indices() {
            if c == '(' && close == ')' {
                depth += 1;
            } else if c == close {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    length = index + c.len_utf8();
                    break;
                }
            } else if c == '\n' && close == '`' {
                // No pair on this line: the backtick is itself.
                length = 0;
                break;
            }
        }
        let opening = if close == ')' { '$' } else { '`' };
        let word = self.open(at);
        word.text.push(opening);
        word.text.push_str(&rest[..length]);
        self.skip(length);
        self.command.notes.push(Note::Substitution);
    }

    fn ampersand(&mut self, at: usize) {
        let rest = self.rest();
        let is_inside =
            self.word.is_some() && rest.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '$'));
        if is_inside {
            self.push(at, '&');
            if !self.command.notes.contains(&Note::Ampersand) {
                self.command.notes.push(Note::Ampersand);
            }
        } else if rest.starts_with('>') {
            self.end_word();
        } else {
            self.end_command();
        }
    }

    fn redirection(&mut self, c: char) {
        if self.word.as_ref().is_some_and(|word| !word.is_quoted && word.text.bytes().all(|byte| byte.is_ascii_digit()))
        {
            // The number of a descriptor: `2>`.
            self.word = None;
        }
        self.end_word();
        let rest = self.rest();
        self.next_is = if c == '<' && rest.starts_with("<<") {
            self.skip(2);
            NextWord::HereString
        } else if c == '<' && rest.starts_with('<') {
            let strips_tabs = rest.starts_with("<-");
            self.skip(if strips_tabs { 2 } else { 1 });
            NextWord::DocumentDelimiter { strips_tabs }
        } else {
            let length = rest.len() - rest.trim_start_matches(['>', '&', '|']).len();
            self.skip(length);
            NextWord::RedirectionTarget
        };
    }

    /// Here documents begin after the line that names them.
    fn read_documents(&mut self) {
        for (delimiter, strips_tabs) in std::mem::take(&mut self.documents) {
            let mut text = String::new();
            let rest = self.rest();
            let mut length = 0;
            for line in rest.split_inclusive('\n') {
                length += line.len();
                let content = if strips_tabs { line.trim_start_matches('\t') } else { line };
                if content.trim_end_matches(['\r', '\n']) == delimiter {
                    break;
                }
                text.push_str(content);
            }
            self.skip(length);
            if let Some(command) = self.commands.last_mut() {
                command.input = Some(text);
            }
        }
    }
}

fn identifier(text: &str) -> &str {
    let length = text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    if text.starts_with(|c: char| c.is_ascii_digit()) { "" } else { &text[..length] }
}

/// A byte of an escape: below 128 a character; else a private-use character that [`decode_marked`] turns back.
fn bytes_push(add: &mut impl FnMut(char), byte: u32) {
    let c = if byte < 0x80 { char::from_u32(byte) } else { char::from_u32(0xf_0000 + byte) };
    // A NUL ends a word in bash; here it is left out.
    if let Some(c) = c.filter(|c| *c != '\0') {
        add(c);
    }
}

/// Puts marked bytes together to characters; `false`: some are no UTF-8.
fn decode_marked(bytes: &[u8]) -> (String, bool) {
    let marked = String::from_utf8_lossy(bytes);
    let mut plain: Vec<u8> = Vec::with_capacity(bytes.len());
    for c in marked.chars() {
        match c as u32 {
            code @ 0xf_0080..=0xf_00ff => plain.push((code - 0xf_0000) as u8),
            _ => plain.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    let is_text = std::str::from_utf8(&plain).is_ok();
    (String::from_utf8_lossy(&plain).into_owned(), is_text)
}

/// The command prompt of Windows: first `^` and quotes by its own rules, then words by those of the C runtime.
fn command_prompt(text: &str) -> Vec<Command> {
    let mut commands = Vec::new();
    let mut characters: Vec<(usize, char)> = Vec::new();
    let mut chars = text.char_indices().peekable();
    let mut is_quoted = false;
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => {
                is_quoted = !is_quoted;
                characters.push((at, c));
            }
            '^' if !is_quoted => {
                let rest = &text[at + 1..];
                let blanks = rest.len() - rest.trim_start_matches([' ', '\t', '\r']).len();
                if rest[blanks..].starts_with('\n') {
                    // The line goes on; a line break right after it is a line break of the text.
                    let end = at + 1 + blanks + 1;
                    while chars.next_if(|(at, _)| *at < end).is_some() {}
                    let rest = &text[end..];
                    if let Some(length) = ["\r\n", "\n"].into_iter().find(|start| rest.starts_with(start)).map(str::len)
                    {
                        characters.push((end, '\n'));
                        while chars.next_if(|(at, _)| *at < end + length).is_some() {}
                    }
                } else if let Some(escaped) = chars.next() {
                    characters.push(escaped);
                }
            }
            '\r' if text[at..].starts_with("\r\n") => {}
            '\n' | '&' | '|' if !is_quoted => runtime_words(&std::mem::take(&mut characters), &mut commands),
            c => characters.push((at, c)),
        }
    }
    runtime_words(&characters, &mut commands);
    commands
}

/// Words as the C runtime of Windows splits a command line.
fn runtime_words(characters: &[(usize, char)], commands: &mut Vec<Command>) {
    let mut words: Vec<Word> = Vec::new();
    let mut word: Option<Word> = None;
    let mut is_quoted = false;
    let mut at = 0;
    while let Some(&(start, c)) = characters.get(at) {
        at += 1;
        if c.is_whitespace() && !is_quoted {
            words.extend(word.take());
            continue;
        }
        let open = word.get_or_insert_with(|| Word { text: String::new(), start });
        match c {
            '\\' => {
                let mut count = 1;
                while characters.get(at).is_some_and(|(_, c)| *c == '\\') {
                    count += 1;
                    at += 1;
                }
                let is_before_quote = characters.get(at).is_some_and(|(_, c)| *c == '"');
                let kept = if is_before_quote { count / 2 } else { count };
                open.text.extend(std::iter::repeat_n('\\', kept));
                if is_before_quote && count % 2 == 1 {
                    open.text.push('"');
                    at += 1;
                }
            }
            '"' if is_quoted && characters.get(at).is_some_and(|(_, c)| *c == '"') => {
                open.text.push('"');
                at += 1;
            }
            '"' => is_quoted = !is_quoted,
            c => open.text.push(c),
        }
    }
    words.extend(word);
    if !words.is_empty() {
        commands.push(Command { words, ..Command::default() });
    }
}
