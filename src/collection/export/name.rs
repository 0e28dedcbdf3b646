//! Names of the target: environment variables and identifiers, from names of the dialect.

use std::collections::BTreeMap;

/// Variables that mean something to a shell or a system: `{{path}}` must not become `$PATH`.
const TAKEN: [&str; 26] = [
    "PATH", "HOME", "USER", "SHELL", "PWD", "OLDPWD", "IFS", "TERM", "LANG", "HOSTNAME", "HOST", "LOGNAME", "MAIL",
    "EDITOR", "PAGER", "DISPLAY", "TMPDIR", "TEMP", "TMP", "UID", "EUID", "PPID", "RANDOM", "SECONDS", "LINENO",
    "PORT",
];

/// Hands out a name for each key; two keys never share one.
#[derive(Debug, Default)]
pub(super) struct Names {
    by_key: BTreeMap<String, String>,
}

impl Names {
    /// The environment variable for `key`: `api-key` is `API_KEY`.
    pub(super) fn environment(&mut self, key: &str) -> String {
        self.name(key, |key| {
            let name = identifier(key).to_ascii_uppercase();
            if TAKEN.contains(&name.as_str()) { format!("API_{name}") } else { name }
        })
    }

    fn name(&mut self, key: &str, make: impl Fn(&str) -> String) -> String {
        if let Some(known) = self.by_key.get(key) {
            return known.clone();
        }
        let wanted = make(key);
        let mut name = wanted.clone();
        let mut count = 2;
        while self.by_key.values().any(|known| *known == name) {
            name = format!("{wanted}_{count}");
            count += 1;
        }
        self.by_key.insert(key.to_owned(), name.clone());
        name
    }
}

/// ASCII letters, digits and underscores of `text`, not beginning with a digit, never empty.
pub(super) fn identifier(text: &str) -> String {
    let mut name = String::new();
    for c in text.chars().take(60) {
        let is_plain = c.is_ascii_alphanumeric();
        if is_plain {
            name.push(c);
        } else if !name.is_empty() && !name.ends_with('_') {
            name.push('_');
        }
    }
    let name = name.trim_end_matches('_');
    match name.chars().next() {
        None => "VALUE".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("V_{name}"),
        Some(_) => name.to_owned(),
    }
}

/// `text` on one line, without what could end a comment or steer a terminal.
pub(super) fn comment(text: &str) -> String {
    let is_break = |c: char| {
        c.is_control()
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let mut line: String = text.chars().map(|c| if is_break(c) { ' ' } else { c }).collect();
    line.truncate(line.floor_char_boundary(200));
    // A backslash at the end of a line goes on with the next one in some languages.
    line.trim().trim_end_matches('\\').trim_end().to_owned()
}
