//! `Authorization: Digest user password`, as JetBrains and REST Client write it: credentials for the server's
//! challenge, which the engine answers (RFC 7616). The header itself never goes out.

use std::fmt;

use crate::http::plan::PlannedHeader;
use crate::redact::SecretText;

/// User and password for Digest authentication.
#[derive(Clone, PartialEq, Eq)]
pub struct DigestCredentials {
    /// The user.
    pub user: String,
    /// The password.
    pub password: SecretText,
}

impl fmt::Debug for DigestCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DigestCredentials(…)")
    }
}

/// Takes the credentials out of the headers. A complete `Digest username="…", response="…"` stays a header.
pub(super) fn take(headers: &mut Vec<PlannedHeader>) -> Option<DigestCredentials> {
    let at = headers.iter().position(|header| header.name.eq_ignore_ascii_case("authorization"))?;
    let (user, password) = pair(headers[at].value.expose())?;
    // Registered only where a variable made it a secret: a word of an example must not be masked everywhere.
    let credentials =
        DigestCredentials { user: user.to_owned(), password: SecretText::unregistered(password.to_owned()) };
    headers.remove(at);
    Some(credentials)
}

/// `Digest user password` and `Digest user:password`.
fn pair(value: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = value.trim().split_once(char::is_whitespace)?;
    let rest = rest.trim();
    let is_complete = rest.to_ascii_lowercase().contains("response=");
    if !scheme.eq_ignore_ascii_case("digest") || is_complete {
        return None;
    }
    rest.split_once(char::is_whitespace)
        .map(|(user, password)| (user, password.trim_start()))
        .or_else(|| rest.split_once(':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs() {
        assert_eq!(pair("Digest jane pass word"), Some(("jane", "pass word")));
        assert_eq!(pair("digest jane:pa:ss"), Some(("jane", "pa:ss")));
        assert_eq!(pair("Digest a:b c"), Some(("a:b", "c")));
        assert_eq!(pair("Digest username=\"jane\", realm=\"r\", response=\"00\""), None);
        assert_eq!(pair("Basic jane secret"), None);
        assert_eq!(pair("Digest"), None);
    }
}
