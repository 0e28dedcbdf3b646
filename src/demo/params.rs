//! Query and form parameters: in order, names may repeat.

/// Parameters as they came.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Params(pub Vec<(String, String)>);

/// Parameters whose values are secrets: they stay out of the log.
const SECRET: [&str; 8] = [
    "access_token",
    "client_secret",
    "code",
    "code_verifier",
    "device_code",
    "id_token_hint",
    "refresh_token",
    "token",
];

impl Params {
    /// Reads `application/x-www-form-urlencoded` text.
    pub fn parse(text: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(text).map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
    }

    /// The first parameter with this name; one without a value counts as left out (RFC 6749 section 3.1).
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// All values of this name, and a value with spaces counts as several: js-utils sends audiences so (kinde.md 3.2).
    pub fn list(&self, name: &str) -> Vec<&str> {
        let values = self.0.iter().filter(|(key, _)| key == name);
        values.flat_map(|(_, value)| value.split_ascii_whitespace()).collect()
    }

    /// A name that came twice although it may not (RFC 6749 section 3.2); only `audience` may.
    pub fn repeated(&self) -> Option<&str> {
        let names = || self.0.iter().map(|(name, _)| name.as_str()).filter(|name| *name != "audience");
        names().enumerate().find(|(index, name)| names().take(*index).any(|earlier| earlier == *name)).map(|(_, n)| n)
    }

    /// The same for the log: values of secret parameters left empty.
    pub fn without_secrets(&self) -> impl Iterator<Item = (String, String)> {
        self.0.iter().map(|(name, value)| {
            let value = if SECRET.contains(&name.as_str()) { "" } else { value };
            (name.clone(), value.to_owned())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_lists_and_repetitions() {
        let params = Params::parse(b"audience=a&audience=b+c&scope=x&empty=&scope=y&code=s3cret");
        assert_eq!(params.list("audience"), ["a", "b", "c"]);
        assert_eq!(params.get("scope"), Some("x"));
        assert_eq!(params.get("empty"), None);
        assert_eq!(params.repeated(), Some("scope"));
        assert!(params.without_secrets().all(|(_, value)| value != "s3cret"));
        assert_eq!(Params::parse(b"audience=a&audience=b").repeated(), None);
    }
}
