//! Completion while one types: header names and values, variables after `{{`. Pure: text and candidates in, a few
//! suggestions out.

use crate::app::preview::KnownVariable;
use crate::app::state::TextField;

/// More than these do not help.
const MOST: usize = 8;

/// What could stand at the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// The best first; never empty.
    pub items: Vec<Suggestion>,
    /// The one that Tab takes.
    pub selected: usize,
    /// Was it moved to? Then Enter takes it too.
    pub chosen: Chosen,
    /// The first byte of what is replaced; it ends at the cursor.
    pub from: usize,
}

/// Did the user move to a suggestion?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chosen {
    /// It is only the first.
    No,
    /// Yes.
    Yes,
}

/// Something that could stand at the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// What is put in.
    pub text: String,
    /// What it is.
    pub about: String,
}

impl Completion {
    fn of(items: Vec<Suggestion>, from: usize) -> Option<Self> {
        (!items.is_empty()).then_some(Self { items, selected: 0, chosen: Chosen::No, from })
    }

    /// Moves to another suggestion.
    pub fn turn(&mut self, steps: usize) {
        self.selected = (self.selected + steps) % self.items.len();
        self.chosen = Chosen::Yes;
    }

    /// The one that is taken.
    pub fn suggestion(&self) -> &Suggestion {
        &self.items[self.selected.min(self.items.len() - 1)]
    }
}

/// What is being typed, as far as completion cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject<'a> {
    /// A text that may hold variables and nothing else to complete.
    Text,
    /// The name of a header.
    HeaderName,
    /// The value of this header.
    HeaderValue(&'a str),
}

/// The suggestions for a field.
pub fn of_field(
    field: &TextField,
    subject: Subject<'_>,
    variables: &dyn Fn() -> Vec<KnownVariable>,
) -> Option<Completion> {
    let cursor = field.text.floor_char_boundary(field.cursor);
    let (before, after) = field.text.split_at(cursor);
    of_text(before, after, subject, variables)
}

/// The suggestions between two texts of one line.
pub fn of_text(
    before: &str,
    after: &str,
    subject: Subject<'_>,
    variables: &dyn Fn() -> Vec<KnownVariable>,
) -> Option<Completion> {
    if let Some(open) = open_braces(before) {
        return of_variables(&before[open..], after, open, &variables());
    }
    if !after.is_empty() {
        return None;
    }
    match subject {
        Subject::Text => None,
        Subject::HeaderName if before.is_empty() => None,
        Subject::HeaderName => {
            Completion::of(matching(before, HEADERS.iter().map(|(name, about, _)| (*name, *about))), 0)
        }
        Subject::HeaderValue(name) => {
            let values = HEADERS.iter().find(|(known, _, _)| known.eq_ignore_ascii_case(name.trim()));
            let values = values.map(|(_, _, values)| *values).unwrap_or_default();
            Completion::of(matching(before, values.iter().map(|value| (*value, ""))), 0)
        }
    }
}

/// Where the text after the last `{{` begins, if that is still open.
fn open_braces(before: &str) -> Option<usize> {
    let open = before.rfind("{{")? + 2;
    (!before[open..].contains("}}")).then_some(open)
}

fn of_variables(typed: &str, after: &str, open: usize, variables: &[KnownVariable]) -> Option<Completion> {
    let blanks = typed.len() - typed.trim_start().len();
    let wanted = typed[blanks..].to_lowercase();
    let close = if after.trim_start().starts_with("}}") { "" } else { "}}" };
    let fits = |variable: &&KnownVariable| variable.name.to_lowercase().contains(&wanted);
    let mut found: Vec<&KnownVariable> = variables.iter().filter(fits).collect();
    found.sort_by_key(|variable| !variable.name.to_lowercase().starts_with(&wanted));
    // What is written in full already needs no help.
    if found.first().is_some_and(|variable| variable.name == typed[blanks..]) && close.is_empty() {
        return None;
    }
    let items = found.into_iter().take(MOST);
    let items =
        items.map(|variable| Suggestion { text: format!("{}{close}", variable.name), about: variable.about.clone() });
    Completion::of(items.collect(), open + blanks)
}

fn matching<'a>(typed: &str, known: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<Suggestion> {
    let wanted = typed.to_lowercase();
    let mut found: Vec<(&str, &str)> = known.filter(|(text, _)| text.to_lowercase().contains(&wanted)).collect();
    found.sort_by_key(|(text, _)| !text.to_lowercase().starts_with(&wanted));
    if found.first().is_some_and(|(text, _)| text.eq_ignore_ascii_case(typed)) {
        return Vec::new();
    }
    let found = found.into_iter().take(MOST);
    found.map(|(text, about)| Suggestion { text: text.to_owned(), about: about.to_owned() }).collect()
}

/// The usual request headers: name, what it is for, usual values.
#[rustfmt::skip]
const HEADERS: &[(&str, &str, &[&str])] = &[
    ("Accept", "what the answer may be", &["application/json", "text/html", "text/event-stream", "application/problem+json", "*/*"]),
    ("Accept-Encoding", "compressions", &["gzip, br", "identity"]),
    ("Accept-Language", "languages", &["en", "en-GB,en;q=0.8"]),
    ("Authorization", "credentials of your own", &["Bearer {{token}}", "Basic {{user}} {{password}}", "Digest {{user}} {{password}}"]),
    ("Cache-Control", "caching", &["no-cache", "no-store", "max-age=0"]),
    ("Content-Disposition", "name of the body", &[]),
    ("Content-Encoding", "compression of the body", &["gzip"]),
    ("Content-Language", "language of the body", &[]),
    ("Content-Type", "what the body is", &["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=bearcat", "application/graphql", "application/xml", "text/plain", "application/octet-stream"]),
    ("Cookie", "cookies of your own", &[]),
    ("Expect", "ask before the body", &["100-continue"]),
    ("Forwarded", "who asked (proxies)", &[]),
    ("Host", "another host name", &[]),
    ("Idempotency-Key", "send twice, do once", &["{{$uuid}}"]),
    ("If-Match", "only this version", &[]),
    ("If-Modified-Since", "only when newer", &[]),
    ("If-None-Match", "only another version", &[]),
    ("If-Unmodified-Since", "only when not newer", &[]),
    ("Origin", "where a browser asks from (CORS)", &["http://localhost:3000"]),
    ("Prefer", "wishes (RFC 7240)", &["return=representation", "return=minimal"]),
    ("Range", "a part only", &["bytes=0-1023"]),
    ("Referer", "page that asks", &[]),
    ("Traceparent", "trace (W3C)", &[]),
    ("User-Agent", "name of the client", &[]),
    ("X-API-Key", "API key", &["{{apiKey}}"]),
    ("X-Correlation-ID", "find it in logs", &["{{$uuid}}"]),
    ("X-Forwarded-For", "who asked (proxies)", &[]),
    ("X-Forwarded-Host", "host that was asked", &[]),
    ("X-Forwarded-Proto", "scheme that was asked", &["https", "http"]),
    ("X-HTTP-Method-Override", "another method", &["PATCH", "DELETE", "PUT"]),
    ("X-Request-ID", "find it in logs", &["{{$uuid}}"]),
    ("X-Request-Type", "marks a GraphQL body", &["GraphQL"]),
    ("X-Requested-With", "asked by a script", &["XMLHttpRequest"]),
    ("X-CSRF-Token", "against forged forms", &[]),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(before: &str, after: &str, subject: Subject<'_>) -> Vec<String> {
        let variables = || {
            ["base", "apiKey", "token", "$uuid"]
                .map(|name| KnownVariable { name: name.to_owned(), about: String::new() })
                .to_vec()
        };
        let found = of_text(before, after, subject, &variables);
        found.map(|found| found.items.into_iter().map(|item| item.text).collect()).unwrap_or_default()
    }

    #[test]
    fn header_names_are_found_by_any_part_the_start_first() {
        let found = texts("cont", "", Subject::HeaderName);
        assert_eq!(found[0], "Content-Disposition");
        assert!(found.iter().any(|name| name == "Cache-Control"), "{found:?}");
        assert_eq!(texts("accept", "", Subject::HeaderName), Vec::<String>::new());
        assert_eq!(texts("", "", Subject::HeaderName), Vec::<String>::new());
    }

    #[test]
    fn header_values_belong_to_their_header() {
        assert_eq!(texts("application/j", "", Subject::HeaderValue("content-type")), ["application/json"]);
        assert_eq!(texts("", "", Subject::HeaderValue("X-Unknown")), Vec::<String>::new());
        assert_eq!(texts("app", "x", Subject::HeaderValue("Accept")), Vec::<String>::new());
    }

    #[test]
    fn variables_are_offered_inside_open_braces_only() {
        assert_eq!(texts("Bearer {{to", "", Subject::HeaderValue("Authorization")), ["token}}"]);
        assert_eq!(texts("{{ap", "}}/x", Subject::Text), ["apiKey"]);
        assert_eq!(texts("{{base}}", "", Subject::Text), Vec::<String>::new());
        assert_eq!(texts("{{", "", Subject::Text).len(), 4);
        assert_eq!(texts("{{base", "}}", Subject::Text), Vec::<String>::new());
        assert_eq!(texts("{{zzz", "", Subject::Text), Vec::<String>::new());
    }

    #[test]
    fn turning_goes_round_and_is_a_choice() {
        let mut found =
            Completion::of(matching("x-forw", HEADERS.iter().map(|(name, about, _)| (*name, *about))), 0).unwrap();
        assert_eq!((found.items.len(), found.chosen), (3, Chosen::No));
        found.turn(2);
        found.turn(1);
        assert_eq!((found.suggestion().text.as_str(), found.chosen), ("X-Forwarded-For", Chosen::Yes));
    }
}
