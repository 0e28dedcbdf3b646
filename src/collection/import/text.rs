//! Placeholders of other tools in texts.
//!
//! Used by the importers. Every `{{…}}` is shown to the importer, which says what stands there instead; names that
//! the dialect cannot have are changed the same way wherever they occur.

use std::collections::{BTreeMap, BTreeSet};

/// `text` with each `{{inner}}` replaced by what `replace` gives; `None` leaves it.
pub fn placeholders(text: &str, mut replace: impl FnMut(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find("{{") {
        // Of a longer run of braces the last two count.
        let run = rest[open..].bytes().take_while(|byte| *byte == b'{').count();
        let start = open + run - 2;
        let after = &rest[start + 2..];
        // Looked for no further than it could count: a text may have many that stay open.
        let close = after
            .char_indices()
            .find_map(|(at, c)| match c {
                '\n' | '{' => Some(None),
                '}' if after[at + 1..].starts_with('}') => Some(Some(at)),
                _ => None,
            })
            .flatten();
        let Some(close) = close else {
            out.push_str(&rest[..start + 2]);
            rest = after;
            continue;
        };
        out.push_str(&rest[..start]);
        match replace(after[..close].trim()) {
            Some(new) => out.push_str(&new),
            None => out.push_str(&rest[start..start + 2 + close + 2]),
        }
        rest = &after[close + 2..];
    }
    out.push_str(rest);
    out
}

/// Where characters are `wanted` and stand in no `{{…}}`.
pub fn outside(text: &str, wanted: impl Fn(char) -> bool) -> impl Iterator<Item = usize> {
    let mut at = 0;
    // Looked for once only: a text may have many that stay open.
    let mut may_close = true;
    std::iter::from_fn(move || {
        while let Some(c) = text.get(at..)?.chars().next() {
            if may_close && text[at..].starts_with("{{") {
                if let Some(close) = text[at..].find("}}") {
                    at += close + 2;
                    continue;
                }
                may_close = false;
            }
            let here = at;
            at += c.len_utf8();
            if wanted(c) {
                return Some(here);
            }
        }
        None
    })
}

/// What stands between braces as the name of a variable, where the dialect would take it for something else: a value
/// that it makes up or reads (`$…`), an encoded value (`%…`), a part of another request or its answer.
pub fn plain_name(inner: &str) -> String {
    let name = inner.trim();
    let mut clean: String = name
        .chars()
        .map(|c| if c.is_whitespace() || c.is_control() || "={}\"'()%$`".contains(c) { '_' } else { c })
        .collect();
    if clean.is_empty() {
        clean.push('_');
    }
    // `a.response.body.x` asks for an answer, and a colon at the end belongs to `:=`.
    if clean.contains(".response.") || clean.contains(".request.") {
        clean = clean.replace('.', "_");
    }
    while clean.ends_with(':') {
        clean.pop();
        clean.push('_');
    }
    clean
}

/// The names in `{{…}}`, in order.
pub fn names(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    if text.contains("{{") {
        placeholders(text, |inner| {
            names.push(inner.trim_start_matches('%').trim().to_owned());
            None
        });
    }
    names
}

/// Is the whole text one placeholder, or nothing? Then it holds no value of its own.
pub fn is_placeholder(text: &str) -> bool {
    let text = text.trim();
    text.is_empty() || placeholders(text, |_| Some(String::new())).trim().is_empty()
}

/// `text` so that it is sent as it is: a `{{` in it is no placeholder. `empty` is a placeholder for nothing.
pub fn literal(text: &str, empty: &str) -> String {
    if !text.contains("{{") {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut was_brace = false;
    for c in text.chars() {
        if c == '{' && was_brace {
            out.push_str(empty);
        }
        was_brace = c == '{';
        out.push(c);
    }
    out
}

/// Names of variables that the dialect can have.
#[derive(Debug, Clone, Default)]
pub struct Names {
    given: BTreeMap<String, String>,
    taken: BTreeSet<String>,
}

impl Names {
    /// The name to write for `name`: the same one wherever it can be.
    pub fn of(&mut self, name: &str) -> String {
        let name = name.trim();
        if let Some(known) = self.given.get(name) {
            return known.clone();
        }
        let mut clean = plain_name(name);
        while !self.taken.insert(clean.clone()) {
            clean.push('_');
        }
        self.given.insert(name.to_owned(), clean.clone());
        clean
    }

    /// The names that were changed, with what they became.
    pub fn changed(&self) -> impl Iterator<Item = (&str, &str)> {
        self.given.iter().filter(|(old, new)| old != new).map(|(old, new)| (old.as_str(), new.as_str()))
    }
}

/// Lines of a text, at most `most` of them, each cut off where it is long: for comments.
pub fn excerpt(text: &str, most: usize) -> (Vec<String>, bool) {
    const LONGEST_LINE: usize = 500;
    let mut is_cut = false;
    let mut lines = Vec::new();
    for line in text.lines() {
        if lines.len() == most {
            is_cut = true;
            break;
        }
        let end = line.floor_char_boundary(LONGEST_LINE.min(line.len()));
        is_cut |= end < line.len();
        lines.push(if end < line.len() { format!("{}…", &line[..end]) } else { line.to_owned() });
    }
    (lines, is_cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_replaced() {
        let seen = |text: &str| placeholders(text, |inner| (inner != "keep").then(|| format!("<{inner}>")));
        assert_eq!(seen("a{{ b }}c{{{d}}}{{keep}}{{{{x}}"), "a<b>c{<d>}{{keep}}{{<x>");
        assert_eq!(seen("{{a\nb}}{{c"), "{{a\nb}}{{c");
        assert_eq!(names("{{a}} {{%b}}"), ["a", "b"]);
        assert!(is_placeholder(" {{a}} ") && is_placeholder("") && !is_placeholder("Bearer {{a}}"));
    }

    #[test]
    fn many_open_braces_take_no_time() {
        // Looked through once for each of them, these would take hours.
        let open = "{{a ".repeat(2 << 20);
        assert_eq!(placeholders(&open, |_| Some(String::new())), open);
        assert_eq!(outside(&open, |c| c == ' ').count(), 2 << 20);
        let first = format!("{}}}}}", "{{a\n".repeat(2 << 20));
        assert_eq!(placeholders(&first, |_| Some(String::new())), first);
    }

    #[test]
    fn literal_braces_are_no_placeholder() {
        assert_eq!(literal("{{a}} {", "{{e}}"), "{{{e}}{a}} {");
        assert_eq!(placeholders(&literal("x{{{a}}", "{{e}}"), |inner| (inner == "e").then(String::new)), "x{{{a}}");
    }

    #[test]
    fn names_are_changed_consistently() {
        let mut names = Names::default();
        assert_eq!(names.of("base_url"), "base_url");
        assert_eq!(names.of("base url"), "base_url_");
        assert_eq!(names.of("base url"), "base_url_");
        assert_eq!(names.of("a=b"), "a_b");
        assert_eq!(names.of("a.b-c/d"), "a.b-c/d");
        assert_eq!(names.of("login.response.body.x"), "login_response_body_x");
        assert_eq!(names.changed().count(), 3);
    }
}
