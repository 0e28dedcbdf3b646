//! `WWW-Authenticate` taken apart (RFC 9110 section 11.6.1, RFC 6750 section 3, RFC 9449 section 7.1): several
//! challenges in one header or in several, quoted texts with commas in them, parameters without a challenge.

/// More than this is not read.
const LONGEST: usize = 8 * 1024;

/// More challenges than this are not read.
const MOST: usize = 16;

/// One challenge.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Challenge {
    /// `Bearer`, `DPoP`, `Basic` …, as written.
    pub scheme: String,
    /// The names in lower case, and their values without quotes, in order.
    pub parameters: Vec<(String, String)>,
}

impl Challenge {
    /// The parameter with this (lower-case) name.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Is it of this scheme?
    pub fn is(&self, scheme: &str) -> bool {
        self.scheme.eq_ignore_ascii_case(scheme)
    }
}

/// The challenges of one header value. Never fails: what cannot be read ends it.
pub fn parse(value: &str) -> Vec<Challenge> {
    let mut reader = Reader { rest: &value[..value.floor_char_boundary(LONGEST)] };
    let mut challenges: Vec<Challenge> = Vec::new();
    while challenges.len() <= MOST {
        reader.skip(|c| c.is_whitespace() || c == ',');
        let Some(word) = reader.token() else { break };
        // `name = value` belongs to the challenge before; anything else begins one.
        if let Some(value) = reader.value() {
            if let Some(challenge) = challenges.last_mut() {
                challenge.parameters.push((word.to_ascii_lowercase(), value));
            }
            continue;
        }
        challenges.push(Challenge { scheme: word.to_owned(), parameters: Vec::new() });
        reader.skip_token68();
    }
    challenges
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn skip(&mut self, is_skipped: impl Fn(char) -> bool) {
        self.rest = self.rest.trim_start_matches(is_skipped);
    }

    /// A word of RFC 9110 section 5.6.2.
    fn token(&mut self) -> Option<&'a str> {
        let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        let end = self.rest.find(|c| !is_token(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!word.is_empty()).then_some(word)
    }

    /// `= value` or `= "value"` after a name; `None`, and nothing read, if there is no `=`.
    fn value(&mut self) -> Option<String> {
        let rest = self.rest.trim_start().strip_prefix('=')?;
        // `abc==`: the padding of a token68, not a parameter.
        if rest.starts_with('=') {
            return None;
        }
        let rest = rest.trim_start();
        let Some(quoted) = rest.strip_prefix('"') else {
            let end = rest.find([',', ' ', '\t']).unwrap_or(rest.len());
            let (value, rest) = rest.split_at(end);
            self.rest = rest;
            return Some(value.to_owned());
        };
        let mut value = String::new();
        let mut chars = quoted.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '\\' => value.extend(chars.next().map(|(_, escaped)| escaped)),
                '"' => {
                    self.rest = &quoted[at + 1..];
                    return Some(value);
                }
                c => value.push(c),
            }
        }
        self.rest = "";
        Some(value)
    }

    /// The credentials of `Negotiate abc==`: not a parameter, not a scheme.
    fn skip_token68(&mut self) {
        let after = self.rest.trim_start_matches([' ', '\t']);
        let end = after.find(|c: char| !(c.is_ascii_alphanumeric() || "-._~+/".contains(c))).unwrap_or(after.len());
        let (word, rest) = after.split_at(end);
        let padded = rest.trim_start_matches('=');
        let is_padded = rest.starts_with("==") || (rest.starts_with('=') && padded.trim_start().is_empty());
        let ends = padded.trim_start().is_empty() || padded.trim_start().starts_with(',');
        if !word.is_empty() && ends && (is_padded || rest.trim_start().is_empty() || rest.trim_start().starts_with(','))
        {
            self.rest = padded;
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn shown(value: &str) -> Vec<String> {
        let one = |challenge: &Challenge| {
            let parameters: Vec<String> =
                challenge.parameters.iter().map(|(name, value)| format!("{name}<{value}>")).collect();
            format!("{} {}", challenge.scheme, parameters.join(" ")).trim().to_owned()
        };
        parse(value).iter().map(one).collect()
    }

    #[rstest]
    #[case::bare("Bearer", &["Bearer"])]
    #[case::realm(r#"Bearer realm="api""#, &["Bearer realm<api>"])]
    #[case::rfc_6750(
        r#"Bearer realm="example", error="invalid_token", error_description="The token expired, it says""#,
        &["Bearer realm<example> error<invalid_token> error_description<The token expired, it says>"]
    )]
    #[case::no_commas(r#"Bearer scope="" error="invalid_token""#, &["Bearer scope<> error<invalid_token>"])]
    #[case::unquoted("bearer Error=invalid_token,scope=read", &["bearer error<invalid_token> scope<read>"])]
    #[case::escaped(r#"Bearer error_description="say \"no\"", error=x"#, &[r#"Bearer error_description<say "no"> error<x>"#])]
    #[case::two(
        r#"Bearer error="invalid_token", DPoP algs="ES256 RS256", error="invalid_token""#,
        &["Bearer error<invalid_token>", "DPoP algs<ES256 RS256> error<invalid_token>"]
    )]
    #[case::two_bare("Bearer, Basic realm=\"x\"", &["Bearer", "Basic realm<x>"])]
    #[case::token68("Negotiate YWJj==, Bearer realm=\"a\"", &["Negotiate", "Bearer realm<a>"])]
    #[case::token68_alone("Negotiate YWJjZA", &["Negotiate"])]
    #[case::spaces("Bearer realm = \"a\" ,  error = invalid_request", &["Bearer realm<a> error<invalid_request>"])]
    #[case::unclosed("Bearer error=\"invalid", &["Bearer error<invalid>"])]
    #[case::no_scheme("error=\"x\"", &[])]
    #[case::rubbish("\u{1b}[2J", &[])]
    #[case::empty("", &[])]
    fn reads_challenges(#[case] value: &str, #[case] expected: &[&str]) {
        assert_eq!(shown(value), expected);
    }

    #[test]
    fn a_long_header_is_read_in_part() {
        let many = "Bearer, ".repeat(100_000);
        assert_eq!(parse(&many).len(), MOST + 1);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(value in "[A-Za-z=,\" \\\\é\\t]{0,80}") {
            for challenge in parse(&value) {
                proptest::prop_assert!(!challenge.scheme.is_empty());
            }
        }
    }
}
