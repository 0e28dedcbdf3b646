//! Tokens in whatever somebody pastes, or a server answers: `Bearer …`, the JSON of a token response, a cookie header,
//! or a text with a JWT in it.
//!
//! Pure and bounded. What is found is kept in a redacting type that nothing else remembers: when it is dropped, it is
//! forgotten.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::redact::SecretText;
use crate::token::inspect::{MAX_SIZE, fingerprint, unwrap_pasted};

/// More tokens of one text are not told.
const MOST: usize = 20;

/// Deeper members of a JSON text are not looked at.
const DEEPEST: usize = 16;

/// Shorter runs are no JWT.
const SHORTEST_JWT: usize = 20;

/// Members of a token response (RFC 6749 section 5.1, OIDC Core section 3.1.3.3), and how JavaScript writes them.
const MEMBERS: [&str; 7] = ["access_token", "id_token", "accessToken", "idToken", "token", "jwt", "refresh_token"];

/// Cookies that hold tokens (kinde.md 8.1).
const COOKIES: [&str; 3] = ["access_token", "id_token", "kinde_token"];

/// A token and where it stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where, in a word or two: `access_token`, `cookie id_token`, `text`.
    pub place: String,
    /// The token. Not registered as a secret: it is forgotten with this value.
    pub token: SecretText,
}

/// Every token in `text`, each once, in the order in which they stand there.
pub fn find(text: &str) -> Vec<Found> {
    let text = &text[..text.floor_char_boundary(MAX_SIZE)];
    let mut found = List::default();
    let trimmed = text.trim();
    if trimmed.starts_with(['{', '['])
        && let Ok(value) = serde_json::from_str::<Value>(trimmed)
    {
        members(&value, "", 0, &mut found);
        return found.0;
    }
    cookies(trimmed, &mut found);
    if found.0.is_empty() {
        runs(text, "text", &mut found);
    }
    if found.0.is_empty() {
        // One word can be an opaque token; a sentence is none.
        let (token, _) = unwrap_pasted(trimmed);
        if !token.is_empty() && !token.contains(char::is_whitespace) {
            found.add("text", &token);
        }
    }
    found.0
}

/// Every token in cookies of these names and values; a value that the SDK split is put together again.
pub fn in_cookies<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<Found> {
    let mut found = List::default();
    add_cookies(pairs, &mut found);
    found.0
}

#[derive(Default)]
struct List(Vec<Found>);

impl List {
    fn add(&mut self, place: &str, token: &str) {
        let print = fingerprint(token);
        if self.0.len() < MOST && !self.0.iter().any(|known| fingerprint(known.token.expose()) == print) {
            let place: String = place.chars().filter(|c| !c.is_control()).take(60).collect();
            self.0.push(Found { place, token: SecretText::unregistered(token) });
        }
    }
}

/// The members of a JSON text that are tokens by their name or their look.
fn members(value: &Value, name: &str, depth: usize, found: &mut List) {
    match value {
        Value::Object(object) if depth < DEEPEST => {
            for (name, member) in object {
                members(member, name, depth + 1, found);
            }
        }
        Value::Array(entries) if depth < DEEPEST => {
            for entry in entries {
                members(entry, name, depth + 1, found);
            }
        }
        Value::String(text) => {
            let (token, _) = unwrap_pasted(text);
            let is_word = !token.is_empty() && !token.contains(char::is_whitespace);
            if MEMBERS.contains(&name) && is_word {
                found.add(name, &token);
            } else {
                runs(text, if name.is_empty() { "text" } else { name }, found);
            }
        }
        _ => {}
    }
}

/// `Cookie: access_token=…; access_token1=…; id_token=…`, with or without the name of the header.
fn cookies(text: &str, found: &mut List) {
    let lines = text.lines().flat_map(|line| {
        let line = ["set-cookie:", "cookie:"]
            .into_iter()
            .find_map(|prefix| {
                let (start, rest) = line.split_at_checked(prefix.len())?;
                start.eq_ignore_ascii_case(prefix).then_some(rest)
            })
            .unwrap_or(line);
        line.split(';')
    });
    add_cookies(lines.filter_map(|pair| pair.split_once('=')), found);
}

fn add_cookies<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>, found: &mut List) {
    let mut parts: BTreeMap<(&str, u32), &str> = BTreeMap::new();
    for (name, value) in pairs {
        let (name, value) = (name.trim(), value.trim());
        let base = name.trim_end_matches(|c: char| c.is_ascii_digit());
        let part = name[base.len()..].parse().unwrap_or(0);
        if COOKIES.contains(&base) && !value.is_empty() {
            parts.insert((base, part), value);
        } else if is_jwt(value) {
            found.add(&format!("cookie {name}"), value);
        }
    }
    for base in COOKIES {
        let joined: String = parts.range((base, 0)..=(base, u32::MAX)).map(|(_, value)| *value).collect();
        if !joined.is_empty() {
            found.add(&format!("cookie {base}"), &joined);
        }
    }
}

/// Runs of characters that look like a JWT: a header in base64url, and at least two dots.
fn runs(text: &str, place: &str, found: &mut List) {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    for run in text.split(|c: char| !is_part(c)) {
        // The full stop of a sentence is none of a token; that of an empty signature is.
        let run = if run.split('.').count() > 3 { run.trim_end_matches('.') } else { run };
        if is_jwt(run) {
            found.add(place, run);
        }
    }
}

fn is_jwt(text: &str) -> bool {
    text.len() >= SHORTEST_JWT
        && (text.starts_with("eyJ") || text.starts_with("ewo"))
        && text.split('.').count() >= 3
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    const ONE: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln";
    const TWO: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIyIn0.c2ln";

    fn shown(text: &str) -> Vec<(String, String)> {
        let text = text.replace("ONE", ONE).replace("TWO", TWO);
        let name = |token: &str| token.replace(ONE, "ONE").replace(TWO, "TWO");
        find(&text).into_iter().map(|found| (found.place, name(found.token.expose()))).collect()
    }

    #[rstest]
    #[case::alone("ONE", &[("text", "ONE")])]
    #[case::bearer("  Authorization: Bearer ONE\n", &[("text", "ONE")])]
    #[case::in_a_sentence("the token ONE, and TWO.", &[("text", "ONE"), ("text", "TWO")])]
    #[case::unsigned("see eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0. there", &[("text", "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.")])]
    #[case::twice("ONE ONE", &[("text", "ONE")])]
    #[case::token_response(
        r#"{"access_token":"ONE","id_token":"TWO","refresh_token":"r3fresh","expires_in":86400}"#,
        &[("access_token", "ONE"), ("id_token", "TWO"), ("refresh_token", "r3fresh")]
    )]
    #[case::deep_and_by_its_look(r#"[{"data":{"session":"Bearer ONE","n":1}}]"#, &[("session", "ONE")])]
    #[case::cookies("Cookie: theme=dark; access_token=ONE; id_token=TWO", &[("cookie access_token", "ONE"), ("cookie id_token", "TWO")])]
    #[case::split_cookies("access_token1=Iifq.c2ln; access_token=eyJhbGciOiJSUzI1NiJ9.eyJzdWIi", &[("cookie access_token", "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiIifq.c2ln")])]
    #[case::set_cookie("Set-Cookie: id_token=TWO; Path=/; HttpOnly\nset-cookie: other=ONE; Secure", &[("cookie other", "ONE"), ("cookie id_token", "TWO")])]
    #[case::opaque(" k_live_0123456789 ", &[("text", "k_live_0123456789")])]
    #[case::a_sentence("nothing to see here", &[])]
    #[case::nothing("", &[])]
    #[case::json_without_one(r#"{"a":1,"token":""}"#, &[])]
    fn tokens_are_found(#[case] text: &str, #[case] expected: &[(&str, &str)]) {
        let expected: Vec<(String, String)> =
            expected.iter().map(|(place, token)| ((*place).to_owned(), (*token).to_owned())).collect();
        assert_eq!(shown(text), expected);
    }

    #[test]
    fn no_more_than_some_are_told_and_none_is_printed() {
        let many: Vec<String> = (0..100).map(|n| format!("{ONE}{n}")).collect();
        let found = find(&many.join(" "));
        assert_eq!(found.len(), MOST);
        assert!(!format!("{found:?}").contains("eyJ"));
    }

    proptest! {
        #[test]
        fn any_text_is_searched_without_a_panic(text in "\\PC{0,200}", json: bool) {
            let text = if json { format!("{{\"token\": {text:?}}}") } else { text };
            prop_assert!(find(&text).len() <= MOST);
        }
    }
}
